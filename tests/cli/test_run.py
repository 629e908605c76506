"""`fundcalc run`: results, totals, rejects, exit codes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fundcalc.reports import files

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

Make = Callable[..., Path]
GOOD = "140121000201,东村,甲镇,清徐县,1200,60000,100000,4,5000"
POOR = "140123000201,西村,乙乡,娄烦县,300,0,,3,8000"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_example_adds_up(cli: Cli, example: Path, tmp_path: Path) -> None:
    answer = cli("run", example, "-o", tmp_path / "o.csv", "-o", tmp_path / "o.json", "--no-record",
                 "--details")  # fmt: skip
    assert answer.code == 0
    found = rows(tmp_path / "o.csv")
    assert len(found) == 890
    sums = {
        name: sum(Decimal(row[name]) for row in found)
        for name in ("party_dues_share", "collective_support_share", "subsidy_total",
                     "municipal_share", "county_share")
    }  # fmt: skip
    assert sums["party_dues_share"] == Decimal("3785000.00")
    assert sums["collective_support_share"] == Decimal("20420000.00")
    assert sums["municipal_share"] + sums["county_share"] == sums["subsidy_total"]
    for text in ("20,556,600.00", "77.6 % = 431/555", "98.4 % = 555/564", "890 decided alike"):
        assert text in answer.out
    data = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    assert [v["code"] for v in data["villages"]] == [row["code"] for row in found]
    assert data["double_checked"] == 890


def test_the_json_has_what_the_csv_has_in_whatever_parts_it_is_written(
    cli: Cli, example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_JSON_PART", 100)
    cli("run", example, "-o", tmp_path / "o.csv", "-o", tmp_path / "o.json", "--no-record")
    content = (tmp_path / "o.json").read_bytes()
    data = json.loads(content)
    assert data["villages"] == rows(tmp_path / "o.csv")
    assert content.decode() == json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def test_every_rule_and_band_occurs_in_the_example(cli: Cli, example: Path) -> None:
    data = json.loads(cli("run", example, "--format", "json", "--no-record").out)
    never = [rule for rules in data["rules"].values() for rule, count in rules.items() if not count]
    assert not never, f"examples/make_taiyuan.py makes no village to which {never} applies"
    assert data["hinges"].keys() >= {"large_village_clause", "thousand_or_more"}


def test_columns_stand_in_the_public_order(cli: Cli, roster: Make, tmp_path: Path) -> None:
    assert cli("run", roster(GOOD), "-o", tmp_path / "o.csv", "--lang", "en").code == 0
    header = (tmp_path / "o.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    assert header[:4] == ["code", "name", "town", "county"]
    amounts = [
        "guaranteed_funds", "funding_gap", "operating_funds_rule", "subsidy_total", "subsidy_gap",
        "cadre_subsidy_rule", "municipal_share", "county_share", "municipal_backstop_rule",
        "party_dues_share", "collective_support_share", "income_band", "support_measures", "flags",
    ]  # fmt: skip
    assert [name for name in header if name in amounts] == amounts
    assert (tmp_path / "o.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_amounts_and_flags_of_one_village(cli: Cli, roster: Make, tmp_path: Path) -> None:
    cli("run", roster(GOOD, POOR), "-o", tmp_path / "o.csv")
    east, west = rows(tmp_path / "o.csv")
    assert east["guaranteed_funds"] == "200000.00"
    assert east["operating_funds_rule"] == "large_village"
    assert "large_village_clause" in east["flags"]
    assert west["operating_funds_rule"] == "income_tested"
    assert west["funding_gap"] == "170000.00"
    assert "existing_funding:assumed" in west["flags"]
    assert west["support_measures"] == "break_zero_plan"


def test_chinese_tables_have_no_ids(cli: Cli, roster: Make, tmp_path: Path) -> None:
    answer = cli("run", roster(GOOD, POOR), "-o", tmp_path / "o.csv", "--lang", "zh")
    east, west = rows(tmp_path / "o.csv")
    assert (east["保障经费（元/年）"], east["有活动场所"]) == ("200000.00", "是")
    assert east["村级党建工作经费·规则"] == "千人以上的村" and "是否独立于" in east["标记"]
    assert west["扶持措施"] == "消除空壳村计划" and "已安排党建经费按默认值" in west["标记"]
    assert "合计 " in answer.out and "先请示口径" in answer.out


def test_rejects_stop_the_run_and_are_listed_all_at_once(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    bad = roster(
        "140121000201,东村,甲镇,清徐县,-5,60000,0,4,5000",
        "140121000202,南村,甲镇,清徐县,300,5万,0,4,5000",
        GOOD.replace("0201", "0203").replace("东村", "北村"),
    )
    answer = cli("run", bad, "-o", tmp_path / "o.csv", "--rejects", tmp_path / "r.csv")
    assert answer.code == 1
    assert "E2" in answer.err and "F3" in answer.err
    assert not (tmp_path / "o.csv").exists()
    assert len(rows(tmp_path / "r.csv")) == 2
    assert not answer.out


def test_rejects_can_be_skipped(cli: Cli, roster: Make, tmp_path: Path) -> None:
    bad = roster(GOOD, "140121000202,南村,甲镇,清徐县,300,5万,0,4,5000")
    answer = cli("run", bad, "--skip-rejects", "-o", tmp_path / "o.csv", "--rejects",
                 tmp_path / "r.json")  # fmt: skip
    assert answer.code == 0
    assert len(rows(tmp_path / "o.csv")) == 1
    [reject] = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert reject["cell"] == "F3" and reject["value"] == "5万"


@pytest.mark.parametrize("more", [(), ("--format", "json"), ("--details",)])
def test_where_no_village_is_left_nothing_is_written(
    cli: Cli, roster: Make, tmp_path: Path, more: tuple[str, ...]
) -> None:
    bad = POOR.replace(",300,", ",x,")
    answer = cli("run", roster(bad), "--skip-rejects", "-o", "o.xlsx", *more)
    assert answer.code == 1 and "no village is left" in answer.err
    assert not (tmp_path / "o.xlsx").exists() and not (tmp_path / "fundcalc.db").exists()


def test_where_no_file_can_be_is_said_before_computing(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    """A folder that is missing is made and said; a folder or a file in the way is a usage error."""
    cli("run", roster(GOOD), "--ledger", "l.db")
    again = ("run", roster(POOR), "--ledger", "l.db", "--corrects", "1", "--reason", "r")
    (tmp_path / "dir.xlsx").mkdir()
    for wrong, said in (
        (("-o", "dir.xlsx"), "dir.xlsx is a folder"),
        (("--differences", "dir.xlsx"), "dir.xlsx is a folder"),
        (("-o", "roster.csv/a.xlsx"), "a folder is wanted, and roster.csv is a file"),
        (("--differences", "roster.csv/a/b.csv"), "a folder is wanted, and roster.csv is a file"),
    ):
        answer = cli(*again, *wrong)
        assert answer.code == 2 and said in " ".join(answer.err.split()), answer.err
    assert len(json.loads(cli("runs", "list", "--ledger", "l.db", "--format", "json").out)) == 1
    answer = cli(*again, "--differences", "a/b/d.csv", "-o", "c/o.csv")
    assert answer.code == 0 and "Made the folder c" in answer.err
    assert f"Made the folder {Path('a/b')}" in answer.err and (tmp_path / "a/b/d.csv").exists()
    last = ("last", "--ledger", "l.db")
    for command, wanted in (
        (("report", *last, "-o", "e/r.html"), "e/r.html"),
        (("letter", *last, "-o", "f/g", "--one-file"), "f/g"),
        (("runs", "show", *last, "--differences", "h/d.csv"), "h/d.csv"),
        (("runs", "doubts", *last, "-o", "i/d.csv"), "i/d.csv"),
    ):
        answer = cli(*command)
        assert answer.code == 0, (command, answer.err)
        assert ("Made the folder" in answer.err) == (command[0] != "letter"), answer.err
        assert (tmp_path / wanted).exists()
    answer = cli("letter", *last, "-o", "roster.csv")
    assert answer.code == 2 and "a folder is wanted" in " ".join(answer.err.split())


def test_rejects_as_json(cli: Cli, roster: Make) -> None:
    bad = roster("140121000202,南村,甲镇,清徐县,300,5万,0,4,5000")
    answer = cli("run", bad, "--format", "json")
    assert answer.code == 1
    assert json.loads(answer.out)["rejects"][0]["cell"] == "F2"


def test_a_county_that_the_policy_names_and_the_roster_lacks_is_a_warning(
    cli: Cli, roster: Make
) -> None:
    answer = cli("run", roster(GOOD))
    assert answer.code == 0
    assert "娄烦县" in answer.err and "FC407" in answer.err


def test_a_reading_changes_the_result(cli: Cli, roster: Make, tmp_path: Path) -> None:
    reading = "large_village_clause=within_income_test"
    cli("run", roster(GOOD), "--reading", reading, "-o", tmp_path / "o.csv")
    assert rows(tmp_path / "o.csv")[0]["guaranteed_funds"] == "0.00"


def test_formulas_in_names_are_neutralised(cli: Cli, roster: Make, tmp_path: Path) -> None:
    evil = GOOD.replace("东村", "\"=cmd|' /C calc'!A0\"")
    assert cli("run", roster(evil), "-o", tmp_path / "o.csv").code == 0
    assert rows(tmp_path / "o.csv")[0]["name"].startswith("'=")


def test_same_input_same_bytes(cli: Cli, example: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        cli("run", example, "-o", tmp_path / f"{name}.csv", "-o", tmp_path / f"{name}.json")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (["--on", "2016-12-31"], "FC301"), (["--on", "yesterday"], "not a date"),
        (["--reading", "large_village_clause=both"], "FC304"), (["--reading", "x=y"], "FC303"),
        (["--reading", "nonsense"], "NAME=VALUE"), (["-o", "o.pdf"], "ending"),
        (["--policy", "nowhere"], "FC001"), (["--engine", "abacus"], "abacus"),
        (["--sheet", "no such"], ""), (["--nonsense"], "--nonsense"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_exits_2(cli: Cli, example: Path, extra: list[str], said: str) -> None:
    answer = cli("run", example, "--no-record", *extra)
    assert answer.code == 2
    assert said in answer.err
    assert not answer.out


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.xlsx", None), ("empty.csv", b""), ("empty.xlsx", b""), ("text.xlsx", b"hello"),
        ("noise.xlsx", bytes(range(256)) * 40), ("noise.csv", bytes(range(128, 256)) * 40),
        ("roster.docx", b"PK"), ("header.csv", "代码,村名\n".encode()),
    ],
)  # fmt: skip
def test_unreadable_rosters_exit_2(
    cli: Cli, tmp_path: Path, name: str, content: bytes | None
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    answer = cli("run", path)
    assert answer.code == 2
    assert "error" in answer.err


def test_an_output_that_cannot_be_written_leaves_nothing(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    (tmp_path / "o.csv").mkdir()
    answer = cli("run", roster(GOOD), "-o", tmp_path / "o.csv")
    assert answer.code == 2
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".fundcalc")] == []


def test_two_villages_under_a_unique_rule_stop_the_run(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    assert cli("init", tmp_path / "p").code == 0
    rules = tmp_path / "p" / "rules" / "income_band.toml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(
        text.replace("collective_income >= upper_band_edge", "collective_income >= 0"),
        encoding="utf-8",
    )
    answer = cli("run", roster(POOR), "--policy", tmp_path / "p", "-o", tmp_path / "o.csv")
    assert answer.code == 2
    assert "FC401" in answer.err and "西村" in answer.err
    assert not (tmp_path / "o.csv").exists()
    checked = cli("check", tmp_path / "p", "--format", "json")
    assert checked.code == 1
    found: list[dict[str, Any]] = json.loads(checked.out)
    assert {d["code"] for d in found} == {"FC701", "FC706"}
    overlap = next(d for d in found if d["code"] == "FC701")
    assert overlap["witness"]["collective_income"]


NEED = """
[programme]
id = "need"
title = { zh = "有无缺口", en = "Need" }
hit_policy = "first"
output = "in_need"
type = "yes/no"
[[rule]]
id = "gap"
source = "people-daily-2017"
when = "funding_gap > 0"
then = "true"
[otherwise]
id = "none"
value = "false"
"""


@pytest.mark.parametrize("engine", ["rules", "columnar", "auto"])
def test_an_output_may_be_yes_or_no(cli: Cli, roster: Make, tmp_path: Path, engine: str) -> None:
    cli("init", "mine")
    catalogue = tmp_path / "mine" / "policies.toml"
    text = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(
        text.replace('"support_measures",', '"support_measures", "need",'), "utf-8"
    )
    (tmp_path / "mine" / "rules" / "need.toml").write_text(NEED, encoding="utf-8")
    lines = (GOOD, "140121000202,西村,甲镇,清徐县,10,60000,0,4,5000")
    answer = cli("run", roster(*lines), "--policy", "mine", "-o", "o.csv", "--engine", engine)
    assert answer.code == 0, answer.err
    assert [row["in_need"] for row in rows(tmp_path / "o.csv")] == ["true", "false"]


def test_a_country_is_summed_up_in_lines_that_a_person_reads(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    lines = [f"{n:012d},村{n},镇,县{n},1200,60000,0,4,5000" for n in range(201)]
    said = cli("run", roster(*lines), "--no-record", "--details").out
    assert "201 in all" in said and "县200" not in said and len(said.splitlines()) < 105
    data = json.loads(cli("run", tmp_path / "roster.csv", "--no-record", "--format", "json").out)
    assert len(data["counties"]) == 201
    assert "县199" in cli("run", roster(*lines[:200]), "--no-record", "--details").out


def test_no_output_is_written_over_what_is_read_or_over_another(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    path, overrides = roster(GOOD), tmp_path / "by-hand.csv"
    overrides.write_text("village,output,amount,code,reason,document,approver\n", encoding="utf-8")
    before = path.read_bytes(), overrides.read_bytes()
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    twice = tmp_path / "o.xlsx"
    for arguments in (
        ("-o", path),
        ("-o", link),
        ("--rejects", path),
        ("--overrides", overrides, "-o", overrides),
        ("-o", twice, "--marked", twice),
        ("-o", twice, "-o", tmp_path / "." / "o.xlsx"),
    ):
        answer = cli("run", path, "--no-record", "--lang", "en", *arguments)
        assert answer.code == 2 and "name another" in answer.err
        assert str(arguments[-1]) in answer.err.replace("\n", "")
    assert (path.read_bytes(), overrides.read_bytes()) == before
    assert not twice.exists()


@pytest.mark.parametrize("command", ["grid", "project"])
def test_no_command_writes_over_its_roster(cli: Cli, roster: Make, command: str) -> None:
    path = roster(GOOD)
    before = path.read_bytes()
    answer = cli(command, path, "--years", "2017:2018", "-o", path)
    assert answer.code == 2 and path.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("--master", "local[1]"), "--master"),
        (("--memory", "1GB"), "--memory"),
        (("--master", "local[1]", "--backend", "duckdb"), "--master"),
        (("--memory", "1GB", "--backend", "spark"), "--memory"),
    ],
)
@pytest.mark.parametrize("command", ["run", "grid"])
def test_an_option_of_a_back_end_without_it_is_refused(
    cli: Cli, roster: Make, command: str, arguments: tuple[str, ...], option: str
) -> None:
    answer = cli(command, roster(GOOD), *arguments)
    assert answer.code == 2 and not answer.out
    assert f"{option}: " in answer.err and "--backend" in answer.err


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("--prepared-by", "Wang"), "--prepared-by"),
        (("--reviewed-by", "Li"), "--reviewed-by"),
        (("--engine", "rules"), "--engine"),
        (("--column", "代码=code"), "--column"),
    ],
)
def test_what_a_back_end_would_ignore_is_refused(
    cli: Cli, roster: Make, arguments: tuple[str, ...], option: str
) -> None:
    answer = cli("run", roster(GOOD), "--backend", "duckdb", *arguments)
    assert answer.code == 2 and option in answer.err


def test_a_unit_without_a_sheet_to_sign_is_refused(cli: Cli, roster: Make, tmp_path: Path) -> None:
    answer = cli("run", roster(GOOD), "--unit", "wan", "-o", tmp_path / "o.csv")
    assert answer.code == 2 and "--unit" in answer.err and not (tmp_path / "o.csv").exists()


def test_a_part_that_lacks_listed_counties_is_told_once_and_calmly(cli: Cli, roster: Make) -> None:
    answer = cli("run", roster(GOOD), "--no-record", "--lang", "en")
    assert answer.err.count("FC407") == 1
    assert "no village of `娄烦县`, `阳曲县`" in answer.err
    assert "such as one township" in answer.err and "[parameters." not in answer.err


@pytest.mark.parametrize("written", ["娄烦", "太原市娄烦县"])
def test_a_listed_county_under_another_spelling_is_that_county_and_said(
    cli: Cli, roster: Make, written: str
) -> None:
    answer = cli("run", roster(POOR.replace("娄烦县", written)), "--no-record", "--lang", "en")
    said = " ".join(answer.err.split())
    assert answer.code == 0
    assert f"counties under several spellings: {written} → 娄烦县" in said
    assert "no village of `阳曲县`, which" in answer.err


@pytest.mark.parametrize("written", ["娄烦区"])
def test_a_listed_county_written_otherwise_is_named(cli: Cli, roster: Make, written: str) -> None:
    answer = cli("run", roster(POOR.replace("娄烦县", written)), "--no-record", "--lang", "en")
    assert answer.code == 0
    assert f"County `娄烦县`; the roster has no village of it, but `{written}`" in " ".join(
        answer.err.split()
    )
    assert "no village of `阳曲县`, which" in answer.err


@pytest.mark.parametrize("written", ["清徐县", "县", "孟县"])
def test_another_county_is_not_taken_for_a_listed_one(cli: Cli, roster: Make, written: str) -> None:
    answer = cli("run", roster(POOR.replace("娄烦县", written)), "--no-record", "--lang", "en")
    assert "but `" not in answer.err


def test_a_county_written_otherwise_than_in_the_policy_is_told_with_its_mend(
    cli: Cli, roster: Make
) -> None:
    other = GOOD.replace("清徐县", "娄烦区")
    said = " ".join(cli("run", roster(other), "--no-record", "--lang", "en").err.split())
    assert "the policy names County `娄烦县`; the roster has no village of it, but `娄烦区`" in said
    assert "if they are one, write `娄烦县` in the roster" in said
