"""A programme that decides once for a group: added up once, in no row, the same on every way out."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from tests.cli import small
from tests.cli.small import fact, policy, rule
from tests.conftest import Cli

CITY = """
[payers.city]
title = { zh = "市财政", en = "City" }
[parameters.base]
title = { zh = "基数", en = "Base" }
unit = "yuan/year"
source = "paper"
values = { 2019-01-01 = 50_000 }
[parameters.each]
title = { zh = "每个弱村", en = "Each weak village" }
unit = "yuan/year/village"
source = "paper"
values = { 2019-01-01 = 10_000 }
"""
COUNTY = '\n[facts.county]\ntitle = { zh = "县", en = "County" }\ntype = "text"\nrequired = true\n'
FACTS = (
    COUNTY
    + COUNTY.replace("facts.county", "facts.town").replace('"县"', '"乡"').replace("County", "Town")
    + fact("people", 'unit = "person"', "range = [1, 10_000]")
    + fact("weak", 'type = "yes/no"')
)
HEAD = 'hit_policy = "first"\noutput = "{}"\n{}'
MONEY = 'unit = "yuan/year"\npayer = "city"\n'
NONE = '\n[otherwise]\nid = "none"\nvalue = 0\n'
FLOOR = HEAD.format("granted", MONEY) + rule("small", "people < 1_000", "base") + NONE
FUND = (
    HEAD.format("fund", MONEY + 'per = "county"\n')
    + rule("some", "count(where=weak) > 0", "base + count(where=weak) * each")
    + NONE
)
GRADE = (
    HEAD.format("grade", 'type = "text"\nper = "county"\n')
    + '\n[[rule]]\nid = "A"\nsource = "paper"\nwhen = "fund > base * 1.2"\n\n[otherwise]\nid = "B"\n'
)
OF_TOWN = (
    HEAD.format("of_town", MONEY + 'per = ["county", "town"]\n')
    + rule("more", "sum(people) >= 500 and grade == 'A'", "base")
    + NONE
)
ON_TOP = HEAD.format("on_top", MONEY) + rule("a", "grade == 'A' and weak", "fund") + NONE
ROWS = (
    "name,county,town,people,weak", "甲村,子县,东乡,100,yes", "乙村,丑县,东乡,200,no",
    "丙村,子县,东乡,450,yes", "丁村,丑县,西乡,1200,no", "戊村,子县,西乡,10,no",
)  # fmt: skip
"""In 子县 two weak villages: 50,000 + 2 x 10,000, so its grade is A; of its towns 东乡 has 550 people."""


def write(folder: Path) -> Path:
    """The policy in a folder."""
    return policy(
        folder, head=CITY, facts=FACTS, floor=FLOOR, fund_=FUND, grade_=GRADE, town_=OF_TOWN,
        top=ON_TOP,
    )  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path)
    return small.roster(tmp_path, *ROWS)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_group_counts_once(cli: Cli, path: Path) -> None:
    found = json.loads(cli("run", path, "--format", "json").out)
    amounts = {one["name"]: one["amounts"] for one in found["counties"]}
    assert amounts["子县"] == {
        "granted": "150000.00", "on_top": "140000.00", "fund": "70000.00", "of_town": "50000.00",
        "grade": "A",
    }  # fmt: skip
    assert amounts["丑县"]["fund"] == "0.00" and amounts["丑县"]["grade"] == "B"
    assert found["total"]["amounts"]["fund"] == "70000.00"
    whole = 200_000 + 140_000 + 70_000 + 50_000
    assert found["totals"] == [{"payer": "city", "unit": "yuan/year", "amount": f"{whole}.00"}]
    towns = [one for one in found["groups"] if one["per"] == ["county", "town"]]
    assert [(tuple(t["group"].values()), t["villages"], t["amounts"]) for t in towns] == [
        (("子县", "东乡"), 2, {"of_town": "50000.00"}),
        (("丑县", "东乡"), 1, {"of_town": "0.00"}),
        (("丑县", "西乡"), 1, {"of_town": "0.00"}),
        (("子县", "西乡"), 1, {"of_town": "0.00"}),
    ]
    assert found["rules"]["Programme fund_"] == {"some": 1, "none": 1}
    assert found["double_checked"] == 5


def test_rows_have_what_is_theirs_and_groups_a_file_of_their_own(cli: Cli, path: Path) -> None:
    for ending in ("csv", "parquet"):
        answer = cli("run", path, "--no-record", "-o", path.with_name(f"out.{ending}"))
        assert "[FC859]" in answer.err and f"out.county.town.{ending}" in answer.err
    of_rows, groups = rows(path.with_name("out.csv")), rows(path.with_name("out.county.csv"))
    assert not {"fund", "grade", "of_town"} & {*of_rows[0]} and len(of_rows) == 5
    assert [(g["county"], g["villages"], g["fund"], g["grade"], g["fund__rule"]) for g in groups] == [
        ("子县", "3", "70000.00", "A", "some"), ("丑县", "2", "0.00", "B", "none"),
    ]  # fmt: skip
    assert path.with_name("out.county.parquet").exists()


def test_the_file_of_groups_is_written_over_nothing_else(cli: Cli, path: Path) -> None:
    """A roster may have that very name."""
    roster = path.rename(path.with_name("out.county.csv"))
    before = roster.read_bytes()
    refused = cli("run", roster, "--no-record", "-o", path.with_name("out.csv"))
    assert refused.code == 2 and "[FC859]" in refused.err and roster.read_bytes() == before
    roster.rename(path)
    for lang in ("zh", "en"):  # its own it writes again
        assert (
            cli("run", path, "--no-record", "-o", path.with_name("out.csv"), "--lang", lang).code
            == 0
        )


def test_the_order_of_rows_changes_no_group(cli: Cli, path: Path) -> None:
    one, other = (
        json.loads(cli("run", some, "--format", "json", "--no-record").out)
        for some in (path, small.roster(path.parent, ROWS[0], *reversed(ROWS[1:]), name="r.csv"))
    )
    by_group = [
        {tuple(g["group"].items()): (g["amounts"], g["villages"]) for g in found["groups"]}
        for found in (one, other)
    ]
    assert by_group[0] == by_group[1] and one["totals"] == other["totals"]


def test_a_database_comes_to_the_same(cli: Cli, path: Path) -> None:
    pytest.importorskip("duckdb")
    assert cli("roster", "clean", path, "-o", path.with_name("clean")).code == 0
    clean = path.with_name("clean") / "clean.parquet"
    given = clean if clean.exists() else path.with_name("clean")
    out = path.with_name("d.csv")
    found = json.loads(cli("run", given, "--backend", "duckdb", "--format", "json", "-o", out).out)
    mine = json.loads(cli("run", path, "--format", "json", "--no-record").out)
    for key in ("counties", "total", "totals", "groups", "rules"):
        assert found[key] == mine[key], key
    assert rows(path.with_name("d.county.csv"))[0]["fund"] == "70000.00"


def test_versions_years_and_corrections_tell_groups(cli: Cli, path: Path) -> None:
    """One weak village more in 子县: its fund is another, which no correction of villages has."""
    more = small.roster(path.parent, *ROWS[:-1], "戊村,子县,西乡,10,yes", name="more.csv")
    found = json.loads(
        cli("compare", "current", "current", more, "--old-roster", path, "--format", "json").out
    )
    fund = next(one for one in found["groups"] if one["output"] == "fund")
    assert (fund["old"], fund["new"]) == ("70000.00", "80000.00")
    assert fund["changed"] == [{"group": {"county": "子县"}, "from": "70000.00", "to": "80000.00"}]
    years = json.loads(cli("project", path, "--years", "2020:2021", "--format", "json").out)
    assert "460000.00" in json.dumps(years)
    assert cli("run", path).code == 0
    corrected = cli(
        "run",
        more,
        "--corrects",
        "last",
        "--reason",
        "one more",
        "--prepared-by",
        "x",
        "--lang",
        "en",
    )
    assert corrected.code == 0 and "[FC848]" in corrected.err
    assert (
        "to pay 100,000.00" in corrected.out
    )  # 戊村 gets 80,000 on top, 甲村 and 丙村 10,000 each


def test_the_pack_and_the_workbook_hold_what_groups_get(cli: Cli, path: Path) -> None:
    """Each row has it in the pack and where rows are computed again; there nothing adds it up."""
    book, pack = path.with_name("out.xlsx"), path.with_name("pack")
    assert cli("run", path, "-o", book, "--lang", "en").code == 0
    assert "agrees with run" in cli("runs", "verify", "last", "--paper", book).out
    assert cli("runs", "export", "last", pack).code == 0
    check = [sys.executable, str(pack / "check.py"), "--paper", str(book)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    sheets = openpyxl.load_workbook(book)
    title = "fund_"
    cells = [row for row in sheets["Summary"].iter_rows() if any(c.value for c in row)]
    at = next(c.column for row in cells for c in row if title in str(c.value))
    assert 70_000 in {row[at - 1].value for row in cells}
    [total] = [row for row in sheets["Formulas"].iter_rows() if row[0].value == "Total"]
    heads = {c.column: str(c.value) for row in sheets["Formulas"].iter_rows(max_row=6) for c in row}
    assert not any(total[n - 1].value for n, head in heads.items() if title in head)


def test_a_village_is_told_what_its_group_got_and_gets_none_of_it(cli: Cli, path: Path) -> None:
    said = cli("explain", "甲村", "--roster", path, "--lang", "en").out
    assert "(by County)" in said and "70,000" in said
    [total] = [line for line in said.splitlines() if line.startswith("In all")]
    assert "120,000" in total


def test_the_table_of_groups_is_held_against_the_run(cli: Cli, path: Path) -> None:
    """A changed amount is named with its group, in whatever order the groups stand."""
    table = path.with_name("out.county.csv")
    assert cli("run", path, "-o", path.with_name("out.csv"), "--lang", "zh").code == 0
    same = cli("runs", "verify", "last", "--paper", table)
    assert same.code == 0 and "4 figures of 2 groups" in same.out
    towns = cli("runs", "verify", "last", "--paper", path.with_name("out.county.town.csv"))
    assert towns.code == 0 and "8 figures of 4 groups" in towns.out
    head, one, other = table.read_text("utf-8-sig").splitlines()
    table.write_text("\n".join([head, other, one.replace("70000.00", "70001.00")]), "utf-8-sig")
    found = cli("runs", "verify", "last", "--paper", table)
    assert found.code == 1 and "子县: 项目fund_" in found.out
    assert "70001.00" in found.out and "70000.00" in found.out
    table.write_text("\n".join([head, one, other.replace("丑县", "寅县")]), "utf-8-sig")
    found = cli("runs", "verify", "last", "--paper", table)
    assert found.code == 1 and "寅县" in found.out and "丑县" in found.out
    small.roster(path.parent, *ROWS[:-1], "戊村,子县,西乡,10,yes")
    assert cli("run", path, "-o", path.with_name("out.csv")).code == 0
    found = cli("runs", "verify", "1", "--paper", table.with_name("out.county.csv"))
    assert found.code == 2 and "[FC881]" in found.err


SCOPE = """
[readings.scope]
question = { zh = "每个弱村，还是每个村？", en = "Each weak village, or each?" }
chosen = "weak"
options = { weak = { zh = "弱村", en = "weak ones" }, all = { zh = "各村", en = "each" } }
"""
IN_SCOPE = FUND.replace("where=weak", "where=weak or scope == 'all'")
OF_TOWNS = HEAD.format("of_name", MONEY + 'per = "town"\n') + rule("all_", "true", "each")


def test_what_groups_get_hangs_on_a_reading_too(cli: Cli, tmp_path: Path) -> None:
    """Under the other one the city pays 10,000 more for 子县, 70,000 for 丑县, 20,000 and 50,000 with it."""
    policy(
        tmp_path, head=CITY + SCOPE, facts=FACTS, floor=FLOOR, fund_=IN_SCOPE, grade_=GRADE,
        town_=OF_TOWN, top=ON_TOP,
    )  # fmt: skip
    path = small.roster(tmp_path, *ROWS)
    said = "weak ones: 5 villages, else City +150,000.00"
    asked = tmp_path / "asked.txt"
    assert said in cli("run", path, "-o", asked, "--lang", "en").out
    assert "5 villages would differ: City +150,000.00 yuan/year" in asked.read_text("utf-8")
    pytest.importorskip("duckdb")
    clean = tmp_path / "clean.parquet"
    assert cli("roster", "clean", path, "-o", clean).code == 0
    assert said in cli("run", clean, "--backend", "duckdb").out


def test_a_group_of_several_counties_stands_with_its_first_row(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    policy(tmp_path, head=CITY, facts=FACTS, floor=FLOOR, fund_=OF_TOWNS)
    path = small.roster(tmp_path, *ROWS)
    assert cli("roster", "clean", path, "-o", tmp_path / "clean.parquet").code == 0
    both = [
        json.loads(cli("run", given, "--format", "json", "--no-record", *how).out)["counties"]
        for given, how in ((path, ()), (tmp_path / "clean.parquet", ("--backend", "duckdb")))
    ]
    assert both[0] == both[1]
    assert [one["amounts"]["of_name"] for one in both[0]] == ["10000.00", "10000.00"]


POT = HEAD.format("shared", MONEY) + (
    '\n[[rule]]\nid = "all_"\nsource = "paper"\nwhen = "true"\n'
    'share = { pool = "POOL", per = "county", by = "people" }\n'
)


@pytest.mark.parametrize("pool", ["fund", "sum(fund)", "base + sum(fund)"])
def test_a_pool_of_what_groups_get_is_told_how_to_be_written(
    cli: Cli, path: Path, pool: str
) -> None:
    (path.parent / "rules" / "top.toml").write_text(
        (path.parent / "rules" / "top.toml").read_text("utf-8").partition("hit_policy")[0]
        + POT.replace("POOL", pool), "utf-8",
    )  # fmt: skip
    for lang, told in (("en", "write its formula in the pool"), ("zh", "把它的算式写在 pool 里")):
        found = cli("check", "--lang", lang, cwd=path.parent)
        assert found.code == 1 and told in found.out + found.err and "top.toml:" in found.out


def test_what_a_group_gets_is_not_set_by_hand(cli: Cli, path: Path) -> None:
    head = "village,output,amount,code,reason,document,approver"
    small.roster(path.parent, head, "甲村,fund,5,other,why,doc,me", name="hand.csv")
    for lang, told in (("en", "is one for a group"), ("zh", "每组一笔，不能逐村调整")):
        found = cli("run", path, "--overrides", path.with_name("hand.csv"), "--lang", lang)
        assert found.code == 2 and "hand.csv:2:" in found.err and told in found.err
