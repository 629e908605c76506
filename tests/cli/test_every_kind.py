"""Facts, parameters and results of every kind (dates, choices, lists, yes/no) through every command."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from tests.cli.clean import cleaned, edited
from tests.cli.conftest import ROOT, Cli
from tests.conformance.corpus import examples

from fundcalc import api
from fundcalc.base.money import plain
from fundcalc.language.datatypes import Date, Number

HITS = ROOT / "tests" / "conformance" / "policies" / "hits"
EVERYTHING = ROOT / "tests" / "formulas" / "everything"
HEADER = "code,name,town,county,people,income,funds,kind,since,poor"
ROWS = (
    "000000000001,东村,一镇,甲县,0,50000,0,山区,1999-12-31,yes",
    "000000000002,南村,,乙县,5000,60000.01,7,平川,2010-06-01,no",
    "000000000003,西村,二镇,丙县,5001,60000,90000000000000,,2010-06-02,",
    "000000000004,北村,二镇,丁县,1,-0.03,,,,是",
    "000000000005,中村,一镇,甲县,4998,55000,12.5,平川,2000-02-29,否",
)
Roster = Callable[..., Path]


@pytest.fixture
def villages(roster: Roster) -> Path:
    return roster(*ROWS, header=HEADER)


def table(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


def test_a_database_reads_dates_choices_and_ticks_alike(
    cli: Cli, villages: Path, tmp_path: Path
) -> None:
    pytest.importorskip("duckdb", reason="duckdb is not installed")
    assert cli("run", villages, "--policy", HITS, "-o", "a.csv", "-o", "a.parquet").code == 0
    clean = cleaned(cli, villages, "--policy", HITS)
    assert cli("run", clean, "--policy", HITS, "--backend", "duckdb", "-o", "b.csv").code == 0
    assert table(tmp_path / "b.csv").equals(table(tmp_path / "a.csv"))
    typed = pl.read_parquet(tmp_path / "a.parquet").select(HEADER.split(","))
    assert typed.schema["since"] == pl.Date
    typed.write_parquet(tmp_path / "typed.parquet")
    assert cli("run", "typed.parquet", "--policy", HITS, "-o", "c.csv").code == 0
    again = table(tmp_path / "c.csv").drop("flags")
    assert again.equals(table(tmp_path / "a.csv").drop("flags"))


def test_a_database_rejects_days_and_choices_that_cannot_be(cli: Cli, villages: Path) -> None:
    pytest.importorskip("duckdb", reason="duckdb is not installed")
    cells = ("东村", "kind", "海边"), ("西村", "since", date(1899, 12, 31)), ("中村", "people", -1)
    clean = edited(cleaned(cli, villages, "--policy", HITS), *cells)
    answer = cli("run", clean, "--policy", HITS, "--backend", "duckdb")
    assert answer.code == 1
    for code in ("FC632", "FC625", "FC623"):
        assert code in answer.err, code


def test_what_is_no_day_and_no_choice_is_rejected(cli: Cli, roster: Roster) -> None:
    path = roster(
        "000000000001,东村,一镇,甲县,1,1,1,海边,2010-06-01,yes",
        "000000000002,南村,一镇,甲县,1,1,1,山区,2010-02-30,yes",
        "000000000003,西村,一镇,甲县,1,1,1,山区,1899-12-31,yes",
        "000000000004,北村,一镇,甲县,1,1,1,山区,2010-06-01,maybe",
        "000000000005,中村,一镇,甲县,1.5,x,-1,山区,2010-06-01,no",
        header=HEADER,
    )
    answer = cli("run", path, "--policy", HITS)
    said = answer.out + answer.err
    assert answer.code == 1
    for code in ("FC632", "FC631", "FC625", "FC630", "FC624", "FC621", "FC623"):
        assert code in said, code


def test_a_workbook_with_days_in_its_cells_reads_as_the_text_does(
    cli: Cli, villages: Path, tmp_path: Path
) -> None:
    policy = api.load_policy(HITS)
    rows = [line.split(",") for line in ROWS]
    since = api.read_roster(villages, policy).columns["since"]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER.split(","))
    for row, day in zip(rows, since, strict=True):
        cells: list[object] = list(row)
        cells[8] = datetime.fromordinal(int(day)) if row[8] else None  # type: ignore[arg-type]
        sheet.append(cells)
    book.save(tmp_path / "days.xlsx")
    assert api.read_roster(tmp_path / "days.xlsx", policy).columns == (
        api.read_roster(villages, policy).columns
    )
    sheet.cell(3, 9).value = 40_330
    sheet.cell(3, 9).number_format = "General"
    book.save(tmp_path / "days.xlsx")
    rejected = api.read_roster(tmp_path / "days.xlsx", policy).rejects
    assert [(one.code, one.cell) for one in rejected] == [("FC631", "I3")]


def test_the_template_offers_choices_and_days_and_reads_back(cli: Cli, tmp_path: Path) -> None:
    assert cli("roster", "template", "-o", "t.xlsx", "--policy", HITS, "--lang", "en").code == 0
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert sheet is not None
    rules = sheet.data_validations.dataValidation
    assert any(rule.type == "list" and rule.formula1 == '"山区,平川"' for rule in rules)
    (days,) = [rule for rule in rules if rule.type == "date"]
    assert days.operator in (None, "between")
    headers = {str(cell.value).lstrip("*"): cell.column for cell in sheet[3] if cell.value}
    assert "山区" in str(sheet.cell(3, headers["Kind"]).comment.text)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("policy", [HITS, EVERYTHING])
def test_every_rule_is_shown(cli: Cli, policy: Path, lang: str, tmp_path: Path) -> None:
    whole = api.load_policy(policy)
    for form in ("text", "json", "html"):
        answer = cli("show", "--policy", policy, "--format", form, "--lang", lang)
        assert answer.code == 0, answer.err
        for programme in whole.programmes:
            assert programme.title.say(lang) in answer.out
    assert cli("show", "--policy", policy, "-o", "s.xlsx", "--lang", lang).code == 0
    sheets = openpyxl.load_workbook(tmp_path / "s.xlsx")
    shown = {str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row}
    assert {programme.title.say(lang) for programme in whole.programmes} <= shown


def test_an_explanation_says_what_the_table_says(cli: Cli, villages: Path, tmp_path: Path) -> None:
    cli("run", villages, "--policy", HITS, "-o", "a.csv", "--lang", "en")
    for row in table(tmp_path / "a.csv").iter_rows(named=True):
        answer = cli(
            "explain", row["code"], "--policy", HITS, "--roster", villages, "--format", "json"
        )
        assert answer.code == 0
        found = json.loads(answer.out)
        for decision in found["decisions"]:
            for id_, one in decision["outputs"].items():
                value = one["value"]
                shown = "+".join(value) if isinstance(value, list) else str(value)
                if isinstance(value, bool):
                    shown = "yes" if value else "no"
                assert (row[id_] or "") == shown, id_
            fired = row[f"{decision['programme']}_rule"] or ""
            assert "+".join(decision["fired"]) in (fired, "")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_list_that_changes_is_told_as_it_is_written(
    cli: Cli, villages: Path, tmp_path: Path, lang: str
) -> None:
    old, new = '["甲县", "乙县"]', '["甲县"]'
    shutil.copytree(HITS, tmp_path / "new")
    path = tmp_path / "new" / "policies.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    answer = cli("compare", HITS, "new", villages, "--lang", lang)
    assert answer.code == 0, answer.err
    assert re.search("甲县[,、，] ?乙县", answer.out)
    answer = cli("project", villages, "--policy", HITS, "--years", "2019:2022", "--lang", lang)
    assert answer.code == 0, answer.err
    assert "60,000" in answer.out


@pytest.mark.parametrize("policy", ["hits", "pools", "stops"])
def test_the_printed_statement_gives_what_a_run_gives(
    cli: Cli, tmp_path: Path, policy: str
) -> None:
    """The conformance policies' own cases as a table in somebody's database."""
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    folder = HITS.parent / policy
    name = next(e.id for e in examples() if e.id.startswith(f"{policy}, all with"))
    example = next(e for e in examples() if e.id == name)
    facts = example.policy.facts
    small = [
        at
        for at in range(len(example.columns["name"]))
        if all(abs(v[at]) < 10**17 for v in example.columns.values() if isinstance(v[at], int))  # type: ignore[arg-type]
    ]
    columns = {
        id_: [_written(values[at], facts[id_].type) for at in small]
        for id_, values in example.columns.items()
    }
    pl.DataFrame(columns).write_parquet(tmp_path / "roster.parquet")
    answer = cli("run", "roster.parquet", "--policy", folder, "-o", "a.parquet", "--on",
                 example.plan.on.isoformat())  # fmt: skip
    assert answer.code == 0, answer.err
    statement = cli("sql", "--policy", folder, "--on", example.plan.on.isoformat()).out
    with duckdb.connect() as connection:
        connection.execute("CREATE VIEW roster AS SELECT * FROM read_parquet('roster.parquet')")
        bare = statement.rstrip().rstrip(";")
        connection.execute(f"COPY ({bare}) TO 'b.parquet' (FORMAT parquet)")
    ours, theirs = pl.read_parquet("b.parquet"), pl.read_parquet("a.parquet").sort("code")
    assert ours.select(theirs.columns).equals(theirs)
    other = cli("sql", "--policy", folder, "--dialect", "spark")
    assert other.code == 0
    for programme in example.policy.programmes:
        assert f"`{programme.result.id}`" in other.out


def _written(value: object, kind: object) -> object:
    """A value as a table has it: days as days, amounts exact."""
    if isinstance(kind, Date):
        return date.fromordinal(int(str(value)))
    if isinstance(kind, Number):
        return Decimal(plain(int(str(value)), kind.decimals or 0))
    return value
