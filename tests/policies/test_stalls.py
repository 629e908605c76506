"""Stalls: one fact says which row it is. Every paper names it, and each figure is held against its row.

The policy beside this file is invented.
"""

from __future__ import annotations

import json
import re
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

from fundcalc.base.apart import lines, read

FOLDER = ROOT / "tests" / "policies" / "stalls"
STALLS = ["A-01", "A-02", "007", "1024"]
KINDS = {
    "alone": ("", ""),
    "in_groups": ('identity = ["stall"]', 'identity = ["stall"]\ngroups = ["trade"]'),
    "by_code": ("stall]", "code]"),
}


def lay_out(kind: str, folder: Path) -> Path:
    """The policy with its roster in a folder: without groups, with them, or of a `code`."""
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    declared = folder / "rules" / "roster.toml"
    text = declared.read_text("utf-8").replace(*KINDS[kind])
    if kind == "by_code":
        text = text.replace('["stall"]', '["code"]')
    declared.write_text(text, "utf-8")
    return folder


@pytest.fixture(params=list(KINDS))
def stalls(request: pytest.FixtureRequest, cli: Cli, tmp_path: Path) -> Path:
    """One of them in the test's own folder."""
    return lay_out(request.param, tmp_path)


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


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_letters_are_to_the_row_and_found_again(cli: Cli, stalls: Path, lang: str) -> None:
    run(cli)
    assert cli("letter", "1", "-o", "letters", "--lang", lang).code == 0
    letters = sorted((stalls / "letters").glob("*.pdf"))
    assert [letter.stem for letter in letters] == sorted(STALLS)
    for letter in letters:
        texts = [line.text for line in lines(read(letter.read_bytes()))]
        [to] = [t for t in texts if f"{letter.stem}{'：' if lang == 'zh' else ':'}" in t]
        assert to.count(letter.stem) == 1
        answer = cli("runs", "verify", "1", "--paper", letter)
        assert answer.code == 0 and " of 1 stall " in " ".join(answer.out.split()), answer.said


GROUP = re.compile(r"组|(?i:\bgroups?\b)")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_is_told_by_groups_where_there_are_none(
    cli: Cli, tmp_path: Path, lang: str
) -> None:
    lay_out("alone", tmp_path)
    text = (tmp_path / "roster.csv").read_text("utf-8")
    (tmp_path / "next.csv").write_text(text.replace("12.5", "13.5"), "utf-8")
    run(cli, "-o", "o.xlsx", "--lang", lang)
    said = cli("run", "roster.csv", "--details", "--no-record", "--lang", lang).said
    files = ("c.xlsx", "c.html", "c.json")
    for file in files:
        compared = ["compare", "current", "current", "next.csv", "--old-roster", "roster.csv"]
        answer = cli(*compared, "-o", file, "--lang", lang)
        assert answer.code == 0, answer.said
        said += answer.out
    assert cli("report", "1", "-o", "r.html", "--lang", lang).code == 0
    corrects = ("--corrects", "1", "--reason", "13.5", "-o", "n.xlsx", "--lang", lang)
    said += cli("run", "next.csv", *corrects).said
    for command in (["balance"], ["doubts", "1"], ["near", "1"], ["show", "2"], ["list"]):
        said += cli("runs", *command, "--lang", lang).said
    assert cli("runs", "doubts", "1", "-o", "d.xlsx", "--lang", lang).code == 0
    for page in ("c.html", "r.html"):
        said += re.sub(
            "(?s)<(script|style).*?</\\1>|<[^>]+>", "\n", (tmp_path / page).read_text("utf-8")
        )
    for book in ("o.xlsx", "c.xlsx", "d.xlsx", "n.xlsx"):
        for sheet in openpyxl.load_workbook(tmp_path / book).worksheets:
            for row in sheet.iter_rows(values_only=True):
                said += "\n".join(str(cell) for cell in row if cell is not None) + "\n"
    known = "双重核对|double-checked|combination|规则组合"
    assert not [n for n in said.splitlines() if GROUP.search(n) and not re.search(known, n)]
    assert ("查找摊号" if lang == "zh" else "Find a stall number") in said
    assert '"counties": []' in (tmp_path / "c.json").read_text("utf-8")


def test_sheets_are_asked_for_by_the_groups_own_name(cli: Cli, tmp_path: Path) -> None:
    lay_out("in_groups", tmp_path)
    for by in ("county", "trade"):
        run(cli, "-o", f"{by}.xlsx", "--by", by, "--no-record", "--lang", "zh")
        assert {"菜", "肉"} <= set(openpyxl.load_workbook(tmp_path / f"{by}.xlsx").sheetnames)
    answer = cli("run", "roster.csv", "-o", "o.xlsx", "--by", "town")
    assert answer.code == 2 and "county, trade" in answer.err
    lay_out("alone", tmp_path / "alone")
    answer = cli("run", "roster.csv", "-o", "o.xlsx", "--by", "county", cwd=tmp_path / "alone")
    assert answer.code == 0 and "FC857" in answer.err and "no groups" in answer.err
