"""Stalls: one fact says which row it is. Every paper names it, and each figure is held against its row.

The policy beside this file is invented.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest
from tests.cli.clean import cleaned
from tests.conftest import ROOT, Cli
from tests.formulas.office import soffice
from tests.ledger.test_paper import printed

FOLDER = ROOT / "tests" / "policies" / "stalls"
STALLS = ["A-01", "A-02", "007", "1024"]
KINDS = {
    "alone": ("", ""),
    "in_groups": ('identity = ["stall"]', 'identity = ["stall"]\ngroups = ["trade"]'),
    "by_code": ("stall]", "code]"),
}


@pytest.fixture(params=list(KINDS))
def stalls(request: pytest.FixtureRequest, cli: Cli, tmp_path: Path) -> Path:
    """The policy with its roster in the test's own folder: without groups, with them, or of a `code`."""
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    declared = tmp_path / "rules" / "roster.toml"
    text = declared.read_text("utf-8").replace(*KINDS[request.param])
    if request.param == "by_code":
        text = text.replace('["stall"]', '["code"]')
    declared.write_text(text, "utf-8")
    return tmp_path


def run(cli: Cli, *more: object) -> None:
    """A run that is recorded, of the roster in the folder."""
    answer = cli("run", "roster.csv", *more)
    assert answer.code == 0, answer.said


def typed_over(path: Path, old: float, new: float, title: str) -> str:
    """A figure of the stall A-02 below a title typed over on a workbook; returns the cell."""
    book = openpyxl.load_workbook(path)
    sheet = book[title]
    row = next(row for row in sheet.iter_rows() if "A-02" in [cell.value for cell in row])
    cell = next(cell for cell in row if cell.value == old)
    cell.value = new
    book.save(path)
    return f"{path.name}!{title}!{cell.coordinate}"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_paper_is_held_row_by_row(cli: Cli, stalls: Path, lang: str) -> None:
    papers = ("o.xlsx", "o.csv", "o.json")
    run(cli, *(part for paper in papers for part in ("-o", paper)), "--lang", lang)
    for paper in papers:
        answer = cli("runs", "verify", "1", "--paper", paper)
        assert answer.code == 0 and " of 4 stalls held" in " ".join(answer.out.split()), answer.said
    text = (stalls / "o.csv").read_text("utf-8-sig")
    (stalls / "f.csv").write_text(text.replace("1500.00", "1507.00"), "utf-8")
    data = json.loads((stalls / "o.json").read_bytes())
    data["villages"][1]["aid_due"] = "1507.00"
    data["villages"].reverse()
    (stalls / "f.json").write_text(json.dumps(data), "utf-8")
    shutil.copy("o.xlsx", "f.xlsx")
    title = {"zh": "签发表", "en": "To sign"}[lang]
    cell = typed_over(stalls / "f.xlsx", 1500, 1507, title)
    for paper, where in (("f.csv", "f.csv!"), ("f.json", "f.json!villages"), ("f.xlsx", cell)):
        answer = cli("runs", "verify", "1", "--paper", paper, "--format", "json")
        [found] = json.loads(answer.out)["papers"][0]["differences"]
        assert answer.code == 1 and found["where"].startswith(where), found
        assert found["village"].split()[0] == "A-02" and found["paper"].startswith("1507")


def test_the_audit_pack_holds_them_too(cli: Cli, stalls: Path) -> None:
    run(cli, "-o", "o.xlsx", "-o", "o.csv", "--lang", "zh")
    assert cli("runs", "export", "1", "pack").code == 0
    (stalls / "f.csv").write_text(
        (stalls / "o.csv").read_text("utf-8-sig").replace("1500.00", "1507.00"), "utf-8"
    )
    check = [sys.executable, "pack/check.py", "--paper"]
    for paper, code in (("o.xlsx", 0), ("o.csv", 0), ("f.csv", 1)):
        answer = subprocess.run(
            [*check, paper], capture_output=True, text=True, cwd=stalls, check=False
        )
        assert answer.returncode == code, answer.stdout
    assert "A-02" in answer.stdout and "1507" in answer.stdout


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not on this machine")
def test_a_printed_sheet_is_held_row_by_row(cli: Cli, stalls: Path) -> None:
    run(cli, "-o", "o.xlsx", "-o", "f.xlsx", "--lang", "zh")
    typed_over(stalls / "f.xlsx", 1500, 1507, "签发表")
    printed(stalls / "o.xlsx", "pdf", stalls, stalls / "f.xlsx")
    answer = cli("runs", "verify", "1", "--paper", "o.pdf")
    assert answer.code == 0 and "figures of 4 stalls" in answer.out, answer.said
    answer = cli("runs", "verify", "1", "--paper", "f.pdf")
    assert answer.code == 1 and "A-02" in answer.out and "1,507.00" in answer.out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_notice_says_whose_each_amount_is(cli: Cli, stalls: Path, lang: str) -> None:
    run(cli, "--public", "-o", "notice.xlsx", "--lang", lang)
    [sheet] = openpyxl.load_workbook(stalls / "notice.xlsx").worksheets
    rows = list(sheet.iter_rows(values_only=True))
    head = next(row for row in rows if row[0] in ("序号", "No."))
    assert head[1] in ("摊号", "Stall number")
    assert sorted(str(row[1]) for row in rows if isinstance(row[0], int)) == sorted(STALLS)
    answer = cli("runs", "verify", "1", "--paper", "notice.xlsx")
    assert answer.code == 0 and "of 4 stalls" in answer.out


def test_sums_stand_below_number_and_identity(cli: Cli, stalls: Path) -> None:
    """Their words are as wide as both columns together, which every strip of pages repeats."""
    run(cli, "-o", "o.xlsx", "--lang", "zh")
    sheet = openpyxl.load_workbook(stalls / "o.xlsx")["签发表"]
    [total] = [
        cell for row in sheet.iter_rows() for cell in row if cell.value == "合计（4 个摊位）"
    ]
    assert any(
        merged.min_row == total.row and (merged.min_col, merged.max_col) == (1, 2)
        for merged in sheet.merged_cells.ranges
    )
    assert (sheet.column_dimensions["B"].width or 0) > 15


def test_what_a_correction_pays_names_the_row(cli: Cli, stalls: Path) -> None:
    run(cli)
    text = (stalls / "roster.csv").read_text("utf-8")
    (stalls / "roster.csv").write_text(text.replace("12.5", "13.5"), "utf-8")
    run(cli, "--corrects", "1", "--reason", "量错", "--differences", "due.xlsx", "--lang", "zh")
    assert cli("runs", "show", "2", "--differences", "due.csv").code == 0
    [sheet] = openpyxl.load_workbook(stalls / "due.xlsx").worksheets
    rows = [row for row in sheet.iter_rows(values_only=True) if "A-02" in row]
    assert [row[1] for row in rows] == ["A-02"]
    for paper in ("due.xlsx", "due.csv"):
        answer = cli("runs", "verify", "2", "--paper", paper)
        assert answer.code == 0 and "of 1 stall" in answer.out, answer.said


def test_a_database_tells_rows_apart_by_it(cli: Cli, stalls: Path) -> None:
    parts = cleaned(cli, stalls / "roster.csv")
    run(cli, "-o", "o.csv", "--no-record")
    assert cli("run", parts, "--backend", "duckdb", "--no-record", "-o", "d.csv").code == 0
    assert sorted((stalls / "d.csv").read_text("utf-8-sig").splitlines()) == sorted(
        (stalls / "o.csv").read_text("utf-8-sig").splitlines()
    )
    (stalls / "more.csv").write_text("摊号,行当,面积\nA-02,肉,3\n", "utf-8")
    assert cli("roster", "clean", "more.csv", "-o", "more").code == 0
    shutil.copy(next((stalls / "more").glob("*.parquet")), parts / "part-00001.parquet")
    answer = cli("run", parts, "--backend", "duckdb", "--no-record")
    assert answer.code == 1 and "A-02" in answer.err and answer.err.count("FC635") == 1
    assert "part-00001.parquet!A2" in answer.err


@pytest.mark.parametrize(("change", "code"), [("A-02", "FC635"), ("-4", "FC623")])
def test_the_printed_statement_stops_at_rows_that_are_wrong(
    cli: Cli, stalls: Path, change: str, code: str
) -> None:
    """Also where no result asks for what tells rows apart."""
    [part] = cleaned(cli, stalls / "roster.csv").glob("*.parquet")
    roster, statement = pl.read_parquet(part), cli("sql").out
    database = duckdb.connect()
    assert len(database.execute(statement).fetchall()) == 4
    number = roster.columns[0]
    roster = (
        roster.with_columns(pl.col(number).replace("007", change))
        if code == "FC635"
        else roster.with_columns(area=pl.col("area") * -1)
    )
    assert len(roster) == 4
    with pytest.raises(duckdb.Error, match=code):
        database.execute(statement).fetchall()
