"""What corrections left open: listed, carried next to another year's amounts, settled, never paid twice."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from pypdf import PdfReader
from tests.cli import small
from tests.cli.small import fact
from tests.conftest import ROOT
from tests.ledger.conftest import VILLAGES
from tests.ledger.test_corrections import CITY, FEWER, correct, paying, said
from tests.ledger.test_forged_further import change_last
from tests.ledger.test_verify import rewritten

from fundcalc import api

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make

CHANGED = [
    *FEWER[:2], FEWER[2].replace(",5,7000", ",9,7000"), FEWER[3].replace(",,3,8000", ",,1,20000"),
    FEWER[4],
]  # fmt: skip
"""One village has fewer people, one more members to pay, and one fewer and more that it has already."""

NEXT_YEAR = ("--on", "2018-12-31")
WITHOUT_SUBSIDY = [line.rsplit(",", 1)[0] + ",50000" for line in VILLAGES]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def open_(cli: Cli) -> dict[str, dict[str, Decimal]]:
    """What is open, by village and payer."""
    answer = cli("runs", "balance", "--format", "json")
    assert answer.code == 0, answer.err
    return {
        one["name"]: {payer: Decimal(amount) for payer, amount in one["payers"].items()}
        for one in json.loads(answer.out)["villages"]
    }


def changed(cli: Cli, run: object) -> dict[str, dict[str, Decimal]]:
    """The differences of a correction, by village and payer."""
    assert cli("runs", "show", run, "--differences", "d.csv").code == 0
    found: dict[str, dict[str, Decimal]] = {}
    for row in table(Path("d.csv")):
        payers = found.setdefault(row["name"], {})
        payers[row["payer"]] = payers.get(row["payer"], Decimal(0)) + Decimal(row["difference"])
    return {
        name: kept
        for name, payers in found.items()
        if (kept := {payer: amount for payer, amount in payers.items() if amount})
    }


@pytest.fixture
def corrected(cli: Cli, roster: Make) -> dict[str, dict[str, Decimal]]:
    """A run of which more people were reported than there are; what its correction changes."""
    cli("run", roster(), "--prepared-by", "张三")
    assert correct(cli, roster(*CHANGED), 1).code == 0
    found = changed(cli, 2)
    amounts = [amount for payers in found.values() for amount in payers.values()]
    assert (
        min(amounts) < 0 < max(amounts)
        and len({p for payers in found.values() for p in payers}) > 1
    )
    return found


def test_nothing_to_carry_over_is_said_as_that(cli: Cli, roster: Make) -> None:
    assert cli("run", roster()).code == 0
    answer = cli("run", roster(), *NEXT_YEAR, "--carry", "--details", "--lang", "zh")
    assert answer.code == 0 and "以前更正没有未办的补拨、抵扣" in answer.out
    shown = cli("runs", "show", "last", "--lang", "zh").out
    assert "0 个村；列在金额旁边" not in answer.out + shown


def test_a_letter_says_what_is_carried_and_agrees_with_its_run(
    cli: Cli, roster: Make, corrected: dict[str, dict[str, Decimal]], tmp_path: Path
) -> None:
    assert cli("run", roster(*CHANGED), *NEXT_YEAR, "--carry").code == 0
    assert cli("letter", "3", "东村", "--one-file", "-o", tmp_path / "L", "--lang", "zh").code == 0
    [letter] = (tmp_path / "L").glob("*.pdf")
    said_ = re.sub(r"\s", "", PdfReader(letter).pages[0].extract_text())
    assert "上年结转（另计，不在合计之内）" in said_
    for amount in corrected["东村"].values():
        assert f"{'补拨' if amount > 0 else '抵扣'}{abs(amount):,.2f}元" in said_
    assert cli("runs", "verify", "3", "--paper", letter).code == 0


def test_what_was_settled_or_approved_before_it_was_returned_counts(
    cli: Cli, roster: Make, corrected: dict[str, dict[str, Decimal]]
) -> None:
    """Else a correction of it would pay once more what was carried out."""
    cli("runs", "review", "2", "--by", "李四", "--approve")
    cli("runs", "review", "2", "--by", "李四", "--return", "--reason", "有误")
    assert open_(cli) == corrected
    assert cli("runs", "balance", "--settled", "2", "--by", "王五", "--reason", "凭证").code == 0
    left = open_(cli)
    assert left != corrected
    assert correct(cli, roster(*CHANGED), 2, "--prepared-by", "张三").code == 0
    assert changed(cli, 3) == {} and open_(cli) == left


def test_what_carried_and_was_approved_is_not_carried_again(
    cli: Cli, roster: Make, corrected: dict[str, dict[str, Decimal]]
) -> None:
    assert cli("run", roster(*CHANGED), *NEXT_YEAR, "--carry").code == 0
    left = open_(cli)
    cli("runs", "review", "3", "--by", "李四", "--approve")
    cli("runs", "review", "3", "--by", "李四", "--return", "--reason", "有误")
    again = cli("run", roster(*CHANGED), *NEXT_YEAR, "--carry")
    assert "FC838" in again.err and "correct that run" in said(again)
    assert open_(cli) == left != corrected


def test_all_differences_are_open_at_first(
    cli: Cli, corrected: dict[str, dict[str, Decimal]], tmp_path: Path
) -> None:
    assert open_(cli) == corrected
    text = cli("runs", "balance", "-o", "b.xlsx", "-o", "b.csv", "-o", "b.json")
    codes = {row.split(",")[0] for row in VILLAGES if row.split(",")[1] in corrected}
    assert codes and all(f"\n{code}  " in text.out for code in codes)  # on one line each
    assert text.code == 0 and "东村" in text.out and "Next:" in text.out
    rows = table(tmp_path / "b.csv")
    amounts = [Decimal(row["To pay"]) - Decimal(row["To deduct"]) for row in rows]
    wanted = [amount for payers in corrected.values() for amount in payers.values()]
    assert sorted(amounts) == sorted(wanted)
    assert {row["From corrections"][:4] for row in rows} == {"0002"}
    [sheet] = openpyxl.load_workbook(tmp_path / "b.xlsx").worksheets
    cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "东村" in cells and {float(abs(amount)) for amount in amounts} <= set(cells)
    data = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    assert Decimal(data["total"]["net"]) == sum(amounts)


def test_a_correction_of_a_correction_adds_up(cli: Cli, roster: Make, corrected: Any) -> None:
    correct(cli, roster(), 2)
    assert open_(cli) == {}
    assert "Nothing is left" in cli("runs", "balance").out
    assert "没有余额" in cli("runs", "balance", "--lang", "zh").out


def test_a_correction_that_was_returned_does_not_count(
    cli: Cli, roster: Make, corrected: Any
) -> None:
    cli("runs", "review", "2", "--by", "李四", "--return", "--reason", "有误")
    assert open_(cli) == {}
    correct(cli, roster(*CHANGED), 2)
    assert open_(cli) == corrected


def test_it_is_carried_next_to_the_amounts_and_never_into_them(
    cli: Cli, roster: Make, corrected: dict[str, dict[str, Decimal]], tmp_path: Path
) -> None:
    file = roster(*CHANGED)
    cli("run", file, *NEXT_YEAR, "--no-record", "-o", "plain.csv")
    answer = cli("run", file, *NEXT_YEAR, "--carry", "-o", "c.csv", "-o", "c.json", "-o", "c.xlsx")
    assert answer.code == 0, answer.err
    assert "Carried over from corrections before" in said(answer)
    plain, carried = table(tmp_path / "plain.csv"), table(tmp_path / "c.csv")
    for one, other in zip(plain, carried, strict=True):
        assert one.items() <= other.items()
        wanted = corrected.get(other["name"], {})
        assert Decimal(other["carried"]) == sum(wanted.values())
        for payer, amount in wanted.items():
            assert Decimal(other[f"carried_{payer}"]) == amount
    data = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert {one["name"] for one in data["carry"]["villages"]} == set(corrected)
    sheets = openpyxl.load_workbook(tmp_path / "c.xlsx").worksheets
    cells = [cell for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row]
    assert {float(sum(payers.values())) for payers in corrected.values()} <= set(cells)
    assert any("Carried over" in str(cell) for cell in cells)
    assert "carry" in json.loads(cli("runs", "show", "3", "--format", "json").out)
    again = cli("runs", "show", "3")
    assert "Carried over from corrections before" in said(again)
    assert cli("runs", "verify").code == 0
    cli("runs", "export", "3", "pack")
    check = [sys.executable, "check.py"]
    for expected in (0, 1):
        done = subprocess.run(check, cwd=tmp_path / "pack", capture_output=True, check=False)
        assert done.returncode == expected, done.stdout.decode()
        results = tmp_path / "pack" / "results.csv"
        rows = results.read_text("utf-8-sig").replace("-100000.00,", "-200000.00,")
        results.write_text(rows, "utf-8-sig")


def test_what_could_not_be_deducted_stays_open(
    cli: Cli, roster: Make, corrected: dict[str, dict[str, Decimal]], tmp_path: Path
) -> None:
    """The village gets less than what it owes; a village that is gone keeps owing."""
    cli("run", roster(*WITHOUT_SUBSIDY), *NEXT_YEAR, "--carry", "-o", "c.json")
    data = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    left = {
        one["name"]: {
            payer: rest
            for payer, both in one["payers"].items()
            if (rest := Decimal(both["carried"]) - Decimal(both["settled"]))
        }
        for one in data["carry"]["villages"]
    }
    assert open_(cli) == {name: payers for name, payers in left.items() if payers}
    for one in data["carry"]["villages"]:
        for both in one["payers"].values():
            assert abs(Decimal(both["settled"])) <= abs(Decimal(both["carried"]))
    cli("run", roster(*VILLAGES[1:]), "--on", "2019-12-31", "--carry")
    assert open_(cli).get("东村", {}) == left["东村"]
    assert cli("runs", "verify").code == 0


def test_nothing_is_carried_twice(cli: Cli, roster: Make, corrected: Any, tmp_path: Path) -> None:
    file = roster(*CHANGED)
    cli("run", file, *NEXT_YEAR, "--carry", "-o", "c.csv")
    before = open_(cli)
    again = cli("run", file, *NEXT_YEAR, "--carry", "-o", "d.csv")
    assert again.code == 0 and "FC838" in again.err
    rest = {name: sum(payers.values()) for name, payers in before.items()}
    assert {
        row["name"]: Decimal(row["carried"])
        for row in table(tmp_path / "d.csv")
        if Decimal(row["carried"])
    } == rest
    cli("runs", "review", "4", "--by", "李四", "--return", "--reason", "重复")
    cli("runs", "review", "3", "--by", "李四", "--return", "--reason", "重算")
    assert open_(cli) == corrected
    third = cli("run", file, *NEXT_YEAR, "--carry", "-o", "e.csv")
    assert "FC838" not in third.err
    assert table(tmp_path / "e.csv") == table(tmp_path / "c.csv")
    assert cli("runs", "verify").code == 0


def test_differences_that_were_carried_out(
    cli: Cli, roster: Make, corrected: dict[str, dict[str, Decimal]]
) -> None:
    refused = cli("runs", "balance", "--settled", "1", "--by", "王五")
    assert refused.code == 2 and "FC839" in refused.err
    nobody = cli("runs", "balance", "--settled", "2")
    assert nobody.code == 2 and "--by" in nobody.err
    assert cli("runs", "balance", "--by", "王五").code == 2
    answer = cli("runs", "balance", "--settled", "2", "--by", "王五", "--reason", "凭证 12 号")
    assert answer.code == 0 and "sha256:" in answer.err
    open_now = open_(cli)
    assert all(amount < 0 for payers in open_now.values() for amount in payers.values())
    twice = cli("runs", "balance", "--settled", "2", "--by", "王五")
    assert twice.code == 2 and "FC839" in twice.err and "王五" in twice.err
    cli("runs", "review", "2", "--by", "李四", "--return", "--reason", "有误")
    returned = cli("runs", "balance", "--settled", "2", "--by", "王五")
    assert returned.code == 2 and "FC839" in returned.err
    assert cli("runs", "verify").code == 0


def test_it_is_the_same_whether_said_before_or_after_another_correction(
    cli: Cli, roster: Make, corrected: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settle = ("runs", "balance", "--settled", "2", "--by", "王五", "--reason", "凭证")
    assert cli(*settle).code == 0
    correct(cli, roster(), 2)
    said_before = open_(cli)
    assert any(amount < 0 for payers in said_before.values() for amount in payers.values())

    monkeypatch.setenv("FUNDCALC_LEDGER", str(tmp_path / "another.db"))
    cli("run", roster(), "--prepared-by", "张三")
    correct(cli, roster(*CHANGED), 1)
    correct(cli, roster(), 2)
    assert open_(cli) == {}
    assert cli(*settle).code == 0
    assert open_(cli) == said_before
    villages = json.loads(cli("runs", "balance", "--format", "json").out)["villages"]
    assert {run[:4] for village in villages for run in village["runs"]} <= {"0002", "0003"}
    assert all(village["runs"] for village in villages)
    assert cli("runs", "verify").code == 0


def test_no_ledger_has_no_balance(cli: Cli, roster: Make, ledger: Path) -> None:
    assert cli("runs", "balance").code == 2
    answer = cli("run", roster(), "--carry")
    assert answer.code == 2 and "FC824" in answer.err and not ledger.exists()


@pytest.mark.parametrize(("old", "new"), [(b'"settled": "', b'"settled": "1'), (b"villages", b"v")])
def test_what_was_carried_is_computed_again(
    cli: Cli, roster: Make, corrected: Any, ledger: Path, old: bytes, new: bytes
) -> None:
    cli("run", roster(*CHANGED), *NEXT_YEAR, "--carry")
    change_last(ledger, rewritten("carry.json", old, new))
    answer = cli("runs", "verify", "3")
    assert answer.code == 1 and "carr" in said(answer)


def test_the_ledger_grew_between_computing_and_recording(
    cli: Cli, roster: Make, corrected: Any, ledger: Path
) -> None:
    from fundcalc.base.diagnostics import PolicyProblem

    policy = api.load_policy()
    run = api.calculate(api.plan(policy), api.read_roster(roster(), policy))
    carried = api.carry(run, ledger)
    cli("runs", "review", "2", "--by", "李四", "--approve")
    with pytest.raises(PolicyProblem, match="grew"):
        api.record(carried, ledger)


def test_what_was_carried_is_not_carried_out_again(
    cli: Cli, roster: Make, corrected: dict[str, dict[str, Decimal]]
) -> None:
    """Differences that a later run settled are neither settled nor paid a second time."""
    cli("run", roster(*CHANGED), *NEXT_YEAR, "--carry")
    before = open_(cli)
    refused = cli("runs", "balance", "--settled", "2", "--by", "王五")
    assert refused.code == 2 and "FC839" in refused.err and "nothing of run" in refused.err
    assert open_(cli) == before


def test_policies_that_pay_in_other_units_have_accounts_of_their_own(
    cli: Cli, tmp_path: Path
) -> None:
    """The city owes a village 200 a month under one policy, and takes back 300 a year under the other."""
    income = fact("income", 'unit = "yuan/year"', "range = [0, 100_000]")
    for name, unit, before, after in (
        ("monthly", "yuan/month", 500, 700), ("yearly", "yuan/year", 900, 600),
    ):  # fmt: skip
        line = (
            f'[parameters.first]\ntitle = {{ zh = "先", en = "First" }}\nunit = "{unit}"\nsource = "paper"\n'
            f"values = {{ 2019-01-01 = {before} }}\n"
        )
        for folder, head in (
            (name, line),
            (f"{name}_now", line.replace(f"= {before} ", f"= {after} ")),
        ):
            small.policy(
                tmp_path / folder, head=CITY + head, facts=income,
                a=paying(name, unit, "income > 0", "first"),
            )  # fmt: skip
    path = small.roster(tmp_path, "name,income", "甲村,10")
    for name in ("monthly", "yearly"):
        assert cli("run", path, "--policy", name).code == 0
    for at, name in ((1, "monthly"), (2, "yearly")):
        done = correct(cli, path, at, "--policy", f"{name}_now", "--lang", "en", "--details")
        assert done.code == 0, done.err
        assert (
            f"Corrects 000{at}" in done.out
            and f"(in {'yuan/month' if at == 1 else 'yuan'})" in done.out
        )
    for at, unit in (("3", "yuan/month"), ("4", "yuan")):
        data = json.loads(
            cli("runs", "show", at, "--differences", "d.json", "--format", "json").out
        )
        written = json.loads((tmp_path / "d.json").read_text(encoding="utf-8"))
        assert data["correction"] == written and written["unit"] == unit
        assert cli("runs", "verify", at, "--paper", "d.json").code == 0
    shown = cli("runs", "balance", "--lang", "en", "-o", "b.csv", "-o", "b.xlsx", "-o", "b.json")
    assert shown.code == 0, shown.err
    assert "yuan/month" in shown.out and "Total" not in shown.out
    assert [(row["Unit"], row["To pay"], row["To deduct"]) for row in table(tmp_path / "b.csv")] == [
        ("yuan", "0.00", "300.00"), ("yuan/month", "200.00", "0.00"),
    ]  # fmt: skip
    data = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    assert data["total"] is None
    assert [(one["unit"], one["net"]) for one in data["totals"]] == [
        ("yuan", "-300.00"), ("yuan/month", "200.00"),
    ]  # fmt: skip
    carried = cli("run", path, "--policy", "yearly_now", "--carry", "--lang", "en")
    assert "1 village: to pay 0.00, to deduct 300.00 yuan" in carried.out.replace("\n  ", " ")
    left = cli("runs", "balance", "--lang", "zh").out
    assert "元/月" in left and "200.00" in left and "300.00" not in left
    assert cli("runs", "balance", "--settled", "3", "--by", "王").code == 0
    assert json.loads(cli("runs", "balance", "--format", "json").out)["villages"] == []
    assert cli("runs", "verify").code == 0


def test_what_is_paid_by_the_month_is_said_so_on_every_paper(cli: Cli, tmp_path: Path) -> None:
    """A director who signs 810.50 yuan for 810.50 yuan a month signs a twelfth."""
    folder = ROOT / "examples" / "policies" / "household"
    lines = (folder / "roster.csv").read_text(encoding="utf-8").splitlines()
    more = tmp_path / "more.csv"
    more.write_text(
        "\n".join([lines[0], lines[1].replace(",1,0,0", ",2,1,0"), *lines[2:]]), "utf-8"
    )
    zh = ("--policy", folder, "--lang", "zh")
    assert cli("run", folder / "roster.csv", *zh).code == 0
    assert (
        cli("run", more, *zh, "--corrects", "1", "--reason", "核实", "--differences", "d.xlsx").code
        == 0
    )
    assert cli("runs", "show", "2", "--differences", "d.csv", "--lang", "zh").code == 0
    assert cli("run", more, *zh, "--on", "2026-12-31", "--carry", "-o", "c.xlsx").code == 0
    assert "差额（元/月）" in (tmp_path / "d.csv").read_text(encoding="utf-8-sig")
    for name in ("d.xlsx", "c.xlsx"):
        sheet = openpyxl.load_workbook(tmp_path / name).worksheets[0]
        cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell]
        assert not [cell for cell in cells if "单位：元" in cell or "¥" in cell or "元，" in cell]
        heads = ["抵扣", "上年结转（另计）"]
        assert any(
            cell.replace("\n", "") in [f"{head}（元/月）" for head in heads] for cell in cells
        )
    assert (
        cli("letter", "2", lines[1].split(",")[1], "-o", tmp_path / "L", "--lang", "zh").code == 0
    )
    [letter] = (tmp_path / "L").glob("*.pdf")
    assert "合计（元/月）：补拨" in re.sub(r"\s", "", PdfReader(letter).pages[0].extract_text())
    for run, paper in {"2": ("d.xlsx", "d.csv", letter), "3": ("c.xlsx",)}.items():
        for path in paper:
            assert cli("runs", "verify", run, "--paper", path).code == 0
