"""A run is corrected once; what is to be paid counts from what was last paid."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli import small
from tests.cli.small import OTHERWISE, YUAN, decides, fact, policy, rule
from tests.ledger.conftest import VILLAGES

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.ledger.standing import Standing

if TYPE_CHECKING:
    from tests.conftest import Answer
    from tests.ledger.conftest import Cli, Make

FEWER = [VILLAGES[0].replace("1200,60000", "900,60000"), *VILLAGES[1:]]
"""The first village loses the guaranteed funds of a large one: 200,000 less."""


def correct(cli: Cli, roster: Path, run: object, *options: str) -> Answer:
    return cli("run", roster, "--corrects", run, "--reason", "人口核实", *options)


def said(answer: Answer) -> str:
    return " ".join((answer.out + answer.err).split())


def differences(cli: Cli, run: object, folder: Path) -> dict[tuple[str, str], str]:
    assert cli("runs", "show", run, "--differences", "d.csv").code == 0
    with (folder / "d.csv").open(encoding="utf-8-sig", newline="") as file:
        return {(row["name"], row["output"]): row["difference"] for row in csv.DictReader(file)}


def test_a_run_corrected_twice_would_pay_twice(cli: Cli, roster: Make, ledger: Path) -> None:
    cli("run", roster())
    assert correct(cli, roster(*FEWER), 1).code == 0
    refused = correct(cli, roster(), 1)
    assert refused.code == 2 and "FC831" in refused.err and "0002-" in refused.err
    assert len(api.runs(ledger)) == 2
    assert correct(cli, roster(), 2).code == 0
    third = correct(cli, roster(), 1)
    assert third.code == 2 and "0003-" in third.err
    first, second, _ = json.loads(cli("runs", "list", "--format", "json").out)
    assert [one["run"] for one in first["corrected_by"]] == [second["id"]]
    assert cli("runs", "verify").code == 0


def test_differences_count_from_what_was_last_paid(cli: Cli, roster: Make, tmp_path: Path) -> None:
    """The second run was returned, so nothing was paid on it: the third counts from the first."""
    cli("run", roster())
    correct(cli, roster(*FEWER), 1)
    before = differences(cli, 2, tmp_path)
    cli("runs", "review", "2", "--by", "李四", "--return", "--reason", "有误")
    answer = correct(cli, roster(*FEWER), 2)
    assert (
        answer.code == 0
        and "FC833" in answer.err
        and "differences count from 0001-" in said(answer)
    )
    assert differences(cli, 3, tmp_path) == before != {}
    assert cli("runs", "verify").code == 0


def test_nothing_was_paid_at_all(cli: Cli, roster: Make, tmp_path: Path) -> None:
    cli("run", roster())
    cli("runs", "review", "1", "--by", "李四", "--return", "--reason", "有误")
    answer = correct(cli, roster(*FEWER), 1, "-o", "o.csv")
    assert answer.code == 0 and "all is to be paid in full" in said(answer)
    found = differences(cli, 2, tmp_path)
    assert not [value for value in found.values() if value.startswith("-")]
    with (tmp_path / "o.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            assert float(row["municipal_share_before"]) == 0
            assert row["municipal_share_difference"] == row["municipal_share"]
    assert cli("runs", "verify").code == 0


def test_what_was_approved_before_it_was_returned_may_have_been_paid(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    """Its correction pays no village a second time, as if it had not been returned."""
    cli("run", roster(), "--prepared-by", "张三")
    cli("runs", "review", "1", "--by", "李四", "--approve")
    correct(cli, roster(*FEWER), 1, "--prepared-by", "张三")
    wanted = differences(cli, 2, tmp_path)
    cli("run", roster(), "--prepared-by", "张三")
    cli("runs", "review", "3", "--by", "李四", "--approve")
    returned = cli("runs", "review", "3", "--by", "李四", "--return", "--reason", "有误")
    assert "FC835" in returned.err and "may have been paid" in said(returned)
    answer = correct(cli, roster(*FEWER), 3, "--prepared-by", "张三")
    assert answer.code == 0 and "FC833" in answer.err
    assert "had been approved by 李四" in said(answer)
    assert "differences count from it" in said(answer)
    assert differences(cli, 4, tmp_path) == wanted != {}
    assert cli("runs", "verify").code == 0


def test_a_record_that_forgets_what_was_approved_is_found(
    cli: Cli, roster: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As programs wrote them for which every run that was returned was unpaid."""
    cli("run", roster(), "--prepared-by", "张三")
    cli("runs", "review", "1", "--by", "李四", "--approve")
    cli("runs", "review", "1", "--by", "李四", "--return", "--reason", "有误")
    with monkeypatch.context() as patch:
        patch.setattr(Standing, "void", lambda self, run: self.state(run) == "returned")
        correct(cli, roster(*FEWER), 1, "--prepared-by", "张三")
    answer = cli("runs", "verify")
    assert answer.code == 1 and "it may pay twice" in said(answer)
    assert "are others" not in said(answer)


def test_an_approved_run_is_corrected_by_a_name(cli: Cli, roster: Make) -> None:
    cli("run", roster(), "--prepared-by", "张三")
    cli("runs", "review", "1", "--by", "李四", "--approve")
    refused = correct(cli, roster(*FEWER), 1)
    assert refused.code == 2 and "FC832" in refused.err and "李四" in refused.err
    answer = correct(cli, roster(*FEWER), 1, "--prepared-by", "张三")
    assert answer.code == 0 and "FC832" in answer.err
    assert "to be reviewed" in cli("runs", "list").out


def test_a_correction_of_an_unknown_run(cli: Cli, roster: Make) -> None:
    cli("run", roster())
    answer = correct(cli, roster(), 9)
    assert answer.code == 2 and "FC826" in answer.err
    assert correct(cli, roster(), "").code == 2


@pytest.mark.parametrize("change", [("--on", "2018-12-31"), ("--policy", "p")])
def test_another_date_or_policy_is_said(cli: Cli, roster: Make, change: tuple[str, str]) -> None:
    cli("run", roster())
    cli("init", "p")
    file = Path("p/policies.toml")
    file.write_text(file.read_text(encoding="utf-8") + "\n# another\n", encoding="utf-8")
    answer = correct(cli, roster(*FEWER), 1, *change)
    assert answer.code == 0 and "FC834" in answer.err
    assert "FC834" not in correct(cli, roster(), 2, *change).err


def test_two_corrections_at_once(cli: Cli, roster: Make, ledger: Path) -> None:
    """Both were worked out before either was recorded: the second is refused, not paid too."""
    file = roster()
    cli("run", file)
    policy = api.load_policy()
    run = api.calculate(api.plan(policy), api.read_roster(file, policy))
    first, second = (api.correct(run, ledger, "1", reason) for reason in "ab")
    api.record(first, ledger)
    with pytest.raises(PolicyProblem, match="meanwhile"):
        api.record(second, ledger)
    assert len(api.runs(ledger)) == 2


PAID = 'unit = "{}"\npayer = "city"\n'
CITY = '[payers.city]\ntitle = { zh = "市财政", en = "City" }\n'
LINE = "".join(
    f'[parameters.{id_}]\ntitle = {{ zh = "{id_}", en = "{id_}" }}\nunit = "{unit}"\nsource = "paper"\n'
    f"values = {{ 2020-01-01 = {value} }}\n"
    for id_, unit, value in (
        ("line", "yuan/year", 500), ("step_a", "yuan/month", 200), ("step_b", "yuan/year", 200),
    )
)  # fmt: skip
INCOME = fact("income", 'unit = "yuan/year"', "range = [0, 100_000]")


def paying(id_: str, unit: str, when: str, then: str, more: str = "") -> str:
    return decides("first", id_, PAID.format(unit) + more) + rule("some", when, then) + OTHERWISE


def test_amounts_of_several_units_are_not_added_up(cli: Cli, tmp_path: Path) -> None:
    """200 a month less and 200 a year more is not nothing."""
    policy(
        tmp_path, head=CITY + LINE, facts=INCOME,
        a=paying("monthly", "yuan/month", "income < line", "step_a"),
        b=paying("yearly", "yuan/year", "income >= line", "step_b"),
    )  # fmt: skip
    path = small.roster(tmp_path, "name,income", "甲村,10")
    assert cli("run", path).code == 0
    path = small.roster(tmp_path, "name,income", "甲村,1000")
    refused = correct(cli, path, 1)
    assert refused.code == 2 and "[FC848]" in refused.err
    assert "yuan/month" in refused.err and len(api.runs(tmp_path / "fundcalc.db")) == 1


def test_a_charge_that_changes_is_told_and_is_in_no_correction(cli: Cli, tmp_path: Path) -> None:
    policy(
        tmp_path, head=LINE, facts=INCOME,
        a=decides("first", "fee", YUAN + 'direction = "charge"\n')
        + rule("some", "income >= line", "step_b") + OTHERWISE,
    )  # fmt: skip
    for income in (10, 1000):
        path = small.roster(tmp_path, "name,income", f"甲村,{income}")
        answer = cli("run", path) if income == 10 else correct(cli, path, 1, "--lang", "en")
    assert answer.code == 0 and "[FC848]" in answer.err and "charges of 1 village" in said(answer)


@pytest.mark.parametrize("payer", ["", 'payer = "city"\n'])
def test_a_count_that_changes_is_told(cli: Cli, tmp_path: Path, payer: str) -> None:
    """Nobody pays a post: a correction says that it changed, and has no sheet where nobody pays anything."""
    posts = decides("first", "posts", 'unit = "person"\n') + rule("two", "income >= line", "2")
    funds = paying("funds", "yuan/year", "true", "step_b")
    policy(
        tmp_path, head=CITY + LINE, facts=INCOME, a=posts + OTHERWISE,
        b=funds if payer else funds.replace('payer = "city"\n', ""),
    )  # fmt: skip
    assert cli("run", small.roster(tmp_path, "name,income", "甲村,1000", "乙村,10")).code == 0
    path = small.roster(tmp_path, "name,income", "甲村,10", "乙村,20")
    refused = correct(cli, path, 1, "--differences", "d.xlsx", "--no-record", "--lang", "en")
    assert (refused.code, (tmp_path / "d.xlsx").exists()) == ((0, True) if payer else (2, False))
    assert ("there is nothing to pay" in said(refused)) is (not payer)
    answer = correct(cli, path, 1, "--lang", "en")
    assert answer.code == 0 and "Programme a: 1 village" in said(answer)
    assert ("no amount differs" in said(answer)) is bool(payer)
    shown = said(cli("runs", "show", 2, "--lang", "en"))
    assert ("Nobody pays anything" in shown) is (not payer)


def test_villages_that_cannot_be_told_apart_are_corrected_by_nobody(
    cli: Cli, tmp_path: Path
) -> None:
    code = '[facts.code]\ntitle = { zh = "代码", en = "Code" }\ntype = "text"\n'
    paid = paying("yearly", "yuan/year", "income >= line", "step_b")
    given = small.files(head=CITY + LINE, a=paid)
    given["rules/village.toml"] = code + INCOME + '\n[roster]\nidentity = ["code"]\n'
    for name, text in given.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    rows = "K1,10", ",10", ",1000"
    assert cli("run", small.roster(tmp_path, "code,income", *rows)).code == 0
    refused = correct(cli, small.roster(tmp_path, "code,income", *reversed(rows)), 1)
    assert refused.code == 2 and "[FC903]" in refused.err
