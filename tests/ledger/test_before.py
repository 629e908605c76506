"""What a policy calls `before.…`: from a recorded run or a column, told where it is absent, and kept."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from tests.cli import small
from tests.cli.small import OTHERWISE, decides, fact, policy, rule
from tests.conftest import ROOT, Cli

from fundcalc import api

BASE = ROOT / "tests" / "diagnostics" / "base"
HEAD = "代码,村名,县,人口,收入,软弱"
LAST = [
    "149901100201,甲村,子县,100,40000,否",  # granted 50,000
    "149901100202,乙村,丑县,200,60000,是",  # nothing
    "149901100203,丙村,丑县,300,10000,否",
]
NOW = [
    "149901100201,甲村,子县,110,70000,否",
    "149901100202,乙村,丑县,200,60000,否",
    "149901100204,丁村,丑县,20,60000,否",
]


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A policy that keeps 95 % of last time's grant, a person more for who grew; and rosters (invented)."""
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    kept = "round(before.granted * 0.95, 0.01, 'up') + a_head * max(people - before.people, 0)"
    edited(tmp_path / "rules/floor.toml", "value = 0", f'value = "0 if before.weak else {kept}"')
    with (tmp_path / "policies.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[parameters.a_head]\ntitle = { zh = "每增一人", en = "A head more" }\nsource = "paper"\n'
            'unit = "yuan/(person·year)"\nvalues = { 2017-01-01 = 100 }\nconfirmed = 2017-12-31\n'
        )
    for name, rows in (("last.csv", LAST), ("now.csv", NOW)):
        write(tmp_path / name, rows)
    return tmp_path


def write(path: Path, rows: list[str], *more: str) -> None:
    heads = [HEAD, *more] if more else [HEAD]
    path.write_text("\n".join([",".join(heads), *rows]) + "\n", encoding="utf-8")


def granted(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["name"]: row["granted"] for row in csv.DictReader(file)}


def ran(cli: Cli, folder: Path, *args: str, roster: str = "now.csv") -> tuple[int, str]:
    """The exit code, and all that a run says."""
    done = cli("run", roster, "-o", "result.csv", *args, "--lang", "en", cwd=folder)
    return done.code, " ".join(done.said.split())


def test_values_come_from_the_run_village_by_village(cli: Cli, folder: Path) -> None:
    code, said = ran(cli, folder, roster="last.csv")
    assert code == 0 and "[FC415]" in said  # the first year
    code, said = ran(cli, folder, "--before", "1")
    assert code == 0 and "FC415" not in said
    assert "`before.people` from run 0001-" in said and "values of 2017-12-31" in said
    assert "it may not be the run before" in said  # of the same day
    assert "may not be" not in ran(cli, folder, "--before", "1", "--on", "2018-12-31")[1]
    assert "note[FC884]: 1 village of the roster not in run 0001-" in said and "丁村" in said
    assert granted(folder / "result.csv") == {
        "甲村": "48500.00",  # 95 % of 50,000, and ten people more
        "乙村": "0.00",  # weak last time
        "丁村": "2000.00",  # not there: twenty more than nobody
    }


def test_a_run_is_explained_and_verified_from_what_it_kept(cli: Cli, folder: Path) -> None:
    assert ran(cli, folder, roster="last.csv")[0] == ran(cli, folder, "--before", "1")[0] == 0
    (folder / "rules" / "floor.toml").unlink()
    said = cli("explain", "甲村", "--run", "2", "--full", "--lang", "en", cwd=folder).said
    assert "Floor of the run before 50,000.00 yuan/year run before, 0001-" in " ".join(said.split())
    said = cli("explain", "丁村", "--run", "2", "--full", "--lang", "zh", cwd=folder).said
    assert "没有" in said and "上次测算 0001-" in said
    data = json.loads(
        cli("explain", "甲村", "--run", "2", "--format", "json", "--lang", "en", cwd=folder).out
    )
    facts = data["decisions"][0]["facts"]
    assert facts["before.granted"]["origin"].startswith("run:0001-")
    verified = cli("runs", "verify", "--lang", "en", cwd=folder)
    assert verified.code == 0 and "3 villages computed again alike" in verified.said
    run = api.open_run(folder / "fundcalc.db", "2")
    assert run.roster.column("before.people") == [100, 200, 0]
    assert run.roster.origin("before.people", 2).endswith("!absent")


@pytest.mark.parametrize("header", ["before.granted", "上次的保障（元）"])
def test_a_column_goes_before_the_run(cli: Cli, folder: Path, header: str) -> None:
    assert ran(cli, folder, roster="last.csv")[0] == 0
    write(folder / "now.csv", [f"{row},{n}000" for n, row in enumerate(NOW, 1)], header)
    code, said = ran(cli, folder, "--before", "1")
    assert code == 0 and "`before.granted` from a column of the roster, not from run 0001-" in said
    found = granted(folder / "result.csv")
    assert found == {"甲村": "1950.00", "乙村": "0.00", "丁村": "4850.00"}
    said = cli("explain", "甲村", "--run", "2", "--full", "--lang", "en", cwd=folder).said
    assert "1,000.00 yuan/year G2" in " ".join(said.split())


def test_one_village_of_a_roster_is_explained_with_the_run_before(cli: Cli, folder: Path) -> None:
    assert ran(cli, folder, roster="last.csv")[0] == 0
    asked = ["explain", "甲村", "--roster", "now.csv", "--lang", "en"]
    without, before = (cli(*asked, *more, cwd=folder) for more in ([], ["--before", "1"]))
    assert without.code == before.code == 0
    assert "[FC415]" in without.said and "48,500" not in without.said
    assert "[FC415]" not in before.said and "48,500" in before.said


def test_a_run_that_was_corrected_is_said_to_be(cli: Cli, folder: Path) -> None:
    assert ran(cli, folder, roster="last.csv")[0] == 0
    again = ["--corrects", "1", "--reason", "甲村少报", "--prepared-by", "某"]
    assert ran(cli, folder, *again, roster="last.csv")[0] == 0
    code, said = ran(cli, folder, "--before", "1")
    assert code == 0 and "run 0001-" in said and "was corrected by 0002-" in said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_run_that_cannot_be_the_run_before(cli: Cli, folder: Path, lang: str) -> None:
    assert ran(cli, folder, roster="last.csv")[0] == 0
    (folder / "result.csv").unlink()
    wrong = {
        "none": ("now.csv", "149901100201,甲村", "149901100209,甲村"),
        "policy": ("policies.toml", 'id = "small"', 'id = "other"'),
        "kind": ("rules/floor.toml", "before.people", "before.weeks"),
        "lacks": ("rules/floor.toml", "before.people", "before.new"),
        "value": ("rules/village.toml", "range = [1, 10_000]", "range = [1, 199]"),
    }
    new = '\n[[also]]\nid = "{}"\nunit = "person"\ndecimals = {}\nvalue = "people"\n'
    said = {}
    for kind, (name, old, text) in wrong.items():
        kept = {path: path.read_bytes() for path in folder.rglob("*.*")}
        edited(folder / name, old, text)
        if kind == "none":
            edited(folder / name, "149901100202,乙村", "149901100208,乙村")
        if kind == "value":
            edited(folder / "now.csv", "丑县,200", "丑县,199")
        if kind in ("kind", "lacks"):
            with (folder / "rules" / "visits.toml").open("a", encoding="utf-8") as file:
                file.write(new.format("new" if kind == "lacks" else "weeks", 0))
        done = cli(
            "run", "now.csv", "-o", "result.csv", "--before", "1", "--lang", lang, cwd=folder
        )
        assert done.code == 2 and "FC883" in done.err, (kind, done.said)
        assert not (folder / "result.csv").exists()
        said[kind] = done.err
        for path, content in kept.items():
            path.write_bytes(content)
    assert len(set(said.values())) == len(said)


def test_a_projection_looks_back_as_runs_year_after_year_do(cli: Cli, folder: Path) -> None:
    for number, year in enumerate((2017, 2018, 2019)):
        more = ["--before", str(number)] if number else []
        assert ran(cli, folder, "--on", f"{year}-12-31", *more)[0] == 0
    totals = [run.data["totals"]["granted"] for run in api.runs(folder / "fundcalc.db")]
    done = cli("project", "now.csv", "--years", "2017:2019", "--format", "json", cwd=folder)
    years = json.loads(done.out)["years"]
    assert [year["outputs"]["granted"] for year in years] == totals
    assert len(set(totals)) == 3


def test_what_may_be_below_nothing_on_another_day_is_taken(cli: Cli, tmp_path: Path) -> None:
    """This day's policy never gives less than nothing; the run before was of a day on which it did."""
    cut = """
[parameters.cut]
title = { zh = "扣减", en = "Cut" }
unit = "yuan/year"
source = "paper"
values = { 2020-01-01 = 100, 2022-01-01 = 0 }
"""
    policy(
        tmp_path, head=cut, facts=fact("income", 'unit = "yuan/year"', "range = [0, 1_000]"),
        g=decides("first") + rule("paid", "income > 0", "income - cut") + OTHERWISE
        + '\n[[also]]\nid = "more"\ntitle = { zh = "差", en = "More" }\nunit = "yuan/year"\n'
        'value = "granted - before.granted"\n',
    )  # fmt: skip
    path = small.roster(tmp_path, "name,income", "甲村,30")
    assert cli("run", path, "--on", "2021-06-30").code == 0
    done = cli("run", path, "--before", "1", "--on", "2022-12-31", "-o", "o.csv", "--lang", "en")
    assert done.code == 0, done.said
    with (tmp_path / "o.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["more"] for row in csv.DictReader(file)] == ["100.00"]


def test_years_that_look_back_are_not_said_to_be_alike(cli: Cli, tmp_path: Path) -> None:
    policy(
        tmp_path, facts=fact("people", 'unit = "person"', "range = [0, 9]"),
        g=decides("first") + rule("paid", "people > 0", "before.granted + step") + OTHERWISE,
        head='[parameters.step]\ntitle = { zh = "一", en = "One" }\nunit = "yuan/year"\n'
        'source = "paper"\nvalues = { 2020-01-01 = 100 }\n',
    )  # fmt: skip
    path = small.roster(tmp_path, "name,people", "甲村,3")
    said = cli("project", path, "--years", "2020:2022", "--lang", "en").out
    assert "300.00" in said and "the same in all" not in said
    alike = cli("project", path, "--years", "2020", "--lang", "en").out
    assert "the same in all" in alike
    told = cli("grid", path, "--years", "2020:2022", "--lang", "en")
    assert "[FC415]" in told.err and "fundcalc project" in told.err
    assert "fundcalc project" not in cli("grid", path, "--years", "2020", "--lang", "en").err


LIMIT = """
[parameters.limit]
title = { zh = "标准", en = "Limit" }
unit = "yuan/year"
source = "paper"
values = { %s }
"""
GROWTH = """growth = { rate = "3 %", every = "year", after = 2019-01-01, round = {\
 to = 1, direction = "half up" } }
"""
MANY = ", ".join(f"{1900 + n}-01-01 = {900 + n}" for n in range(80))
CUT = "round(before.granted * 95 / 100, 0.01, 'half up')"


@pytest.mark.parametrize(
    ("limit", "then", "negative"),
    [
        ("2019-01-01 = 900", f"limit if people > 9 else {CUT}", False),
        ("2019-01-01 = 900", f"limit - people * limit if people > 9 else {CUT}", True),
        (MANY, "limit", False),
        (f"2019-01-01 = 900 }}\n{GROWTH}#", "limit", False),
        (f"2019-01-01 = -900 }}\n{GROWTH}#", "limit", True),
    ],
    ids=["less each year", "below nothing", "many days", "growth", "growth below nothing"],
)
def test_a_weight_of_the_run_before_is_negative_only_where_the_output_may_be(
    tmp_path: Path, limit: str, then: str, negative: bool
) -> None:
    facts = fact("people", 'unit = "1"', "range = [0, 100]")
    share = (
        'share = { pool = "limit * 9 if limit > 0 else 0", per = "all", by = "before.granted + 5" }'
    )
    paid = (
        decides("unique", "paid")
        + f'[[rule]]\nid = "s"\nsource = "paper"\nwhen = "people > 2"\n{share}\n'
    )
    own = decides("unique") + rule("r", "people > 1", then) + OTHERWISE
    policy(tmp_path, facts=facts, head=LIMIT % limit, own=own, paid=paid + OTHERWISE)
    found = [one.code for one in api.check(tmp_path, None, {})]
    assert ("FC714" in found) == negative


BAND = """hit_policy = "first"
output = "band"
type = "text"
output_title = { zh = "档次", en = "Band" }
[[rule]]
id = "small"
title = { zh = "小村", en = "Small" }
source = "paper"
when = "people < 5"
[otherwise]
id = "large"
title = { zh = "大村", en = "Large" }
"""


@pytest.mark.parametrize("cell", ["small", "小村", "Small"])
def test_what_a_programme_of_texts_gave_is_read_by_title_as_well(
    cli: Cli, tmp_path: Path, cell: str
) -> None:
    facts = fact("people", 'unit = "person"', "range = [0, 9]")
    paid = decides("unique") + rule("grew", "before.band == 'small' and band == 'large'", "100")
    policy(tmp_path, facts=facts, band=BAND, paid=paid + OTHERWISE)
    path = small.roster(tmp_path, "name,people,before.band", f"甲村,8,{cell}")
    assert cli("run", path, "-o", "o.csv", "--lang", "en", cwd=tmp_path).code == 0
    with (tmp_path / "o.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["before.band"], row["granted"]) == ("small", "100.00")
    other = small.roster(tmp_path, "name,people,before.band", "甲村,8,中村")
    assert "FC632" in cli("run", other, "--lang", "en", cwd=tmp_path).said
