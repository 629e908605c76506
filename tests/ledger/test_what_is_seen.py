"""What a sheet shows beside or in place of the texts of its cells is held against the run's sheet."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Font
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from tests.conftest import ROOT
from tests.formulas.office import soffice
from tests.ledger.conftest import VILLAGES
from tests.ledger.test_paper import printed, sheets

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make

SIGN, SUM = "签发表", "汇总表"
Change = Callable[[Any], object]


def altered(path: Path, changes: dict[str, Change]) -> list[str]:
    """Copies of a workbook, each with one change, as arguments."""
    args: list[str] = []
    for number, change in enumerate(changes.values()):
        book = openpyxl.load_workbook(path)
        change(book)
        name = path.with_name(f"{number}-{path.name}")
        book.save(name)
        args += ["--paper", str(name)]
    return args


def held(cli: Cli, args: list[str], run_id: str = "1", lang: str = "zh") -> list[Any]:
    answer = cli("runs", "verify", run_id, *args, "--format", "json", "--lang", lang)
    papers: list[Any] = json.loads(answer.out)["papers"]
    return papers


def at(sheet: str, cell: str, value: object) -> Change:
    return lambda book: setattr(book[sheet][cell], "value", value)


def look(name: str, value: object, cell: str = "J8") -> Change:
    return lambda book: setattr(book[SIGN][cell], name, value)


def put(part: str, name: str, value: object, sheet: str = SIGN) -> Change:
    """An attribute of a row (8), a column (J) or the sheet."""

    def change(book: Any) -> None:
        of = book[sheet]
        if part:
            of = of.row_dimensions[int(part)] if part.isdigit() else of.column_dimensions[part]
        setattr(of, name, value)

    return change


def conditional(book: Any) -> None:
    shown = DifferentialStyle(numFmt=NumberFormat(numFmtId=200, formatCode='"200,000.00"'))
    book[SIGN].conditional_formatting.add("J8", Rule("expression", dxf=shown, formula=["TRUE"]))


def exchanged(book: Any) -> None:
    heads = book[SIGN]["F5"], book[SIGN]["K5"]
    heads[0].value, heads[1].value = heads[1].value, heads[0].value


def footer(book: Any) -> None:
    foot = book[SIGN].oddFooter
    foot.left.text = foot.right.text = None
    foot.center.text = "以上合计 9,999,999 元"


def in_part(book: Any) -> None:
    figure = book[SIGN]["J8"].value
    first = TextBlock(InlineFont(color="FFFFFFFF"), str(figure)[0])
    book[SIGN]["J8"].value = CellRichText(first, str(figure)[1:])


NAMED: dict[str, tuple[Change, str, str]] = {
    "a row": (put("8", "hidden", True), "hidden", f"{SIGN}!A8"),
    "a height": (put("8", "height", 0.5), "hidden", f"{SIGN}!A8"),
    "a line of the summary": (put("7", "hidden", True, SUM), "hidden", f"{SUM}!A7"),
    "a column": (put("J", "hidden", True), "hidden", f"{SIGN}!J3"),
    "a sheet": (put("", "sheet_state", "hidden"), "hidden", SIGN),
    "the summary": (put("", "sheet_state", "veryHidden", SUM), "hidden", SUM),
    "a format of nothing": (look("number_format", ";;;"), "hidden", f"{SIGN}!J8"),
    "a format of words": (look("number_format", '"200,000.00"'), "differs", f"{SIGN}!J8"),
    "a format without a sign": (look("number_format", '"-"0.00'), "hidden", f"{SIGN}!J8"),
    "a format of a text": (look("number_format", '0;0;0;"假村"', "B8"), "hidden", f"{SIGN}!B8"),
    "white": (look("font", Font(color="FFFFFFFF")), "hidden", f"{SIGN}!J8"),
    "white in part": (in_part, "hidden", f"{SIGN}!J8"),
    "small": (look("font", Font(size=1)), "hidden", f"{SIGN}!J8"),
    "repeated": (look("alignment", Alignment(horizontal="fill"), "K8"), "hidden", f"{SIGN}!K8"),
    "merged": (lambda book: book[SIGN].merged_cells.add("I8:J8"), "hidden", f"{SIGN}!J8"),
    "printed in part": (put("", "print_area", "A1:T8"), "hidden", f"{SIGN}!A9"),
    "conditional": (conditional, "hidden", f"{SIGN}!J8"),
    "a foot": (footer, "unassigned", SIGN),
    "a foot without digests": (footer, "missing", SIGN),
    "a comment": (look("comment", Comment("实发 200,000 元", "某")), "hidden", f"{SIGN}!J8"),
    "heads of programmes": (exchanged, "differs", f"{SIGN}!F5"),
    "a running number": (at(SIGN, "A8", 5), "unassigned", f"{SIGN}!A8"),
    "a title": (
        at(SUM, "A1", "太原市2018年村级党建经费保障资金测算汇总表"),
        "differs",
        f"{SUM}!A1",
    ),
    "what is to be settled": (at(SUM, "A4", None), "missing", SUM),
    "who prepared it": (at(SIGN, "C22", "制表人：王五"), "differs", f"{SIGN}!C22"),
}


def test_what_the_printed_sheet_shows_otherwise_is_named(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    look = ("--lang", "zh", "--prepared-by", "张三")
    assert cli("run", roster(), "-o", tmp_path / "s.xlsx", *look).code == 0
    args = altered(tmp_path / "s.xlsx", {name: change for name, (change, _, _) in NAMED.items()})
    wrong = {}
    for lang in ("zh", "en"):
        papers = dict(zip(NAMED, held(cli, args, lang=lang), strict=True))
        for name, (_, kind, where) in NAMED.items():
            named = papers[name]["differences"]
            found = [(one["kind"], one["where"].partition("!")[2]) for one in named]
            if (kind, where) not in found or len(found) > 3:
                wrong[name] = named
    assert not wrong


def test_what_an_office_does_to_a_sheet_is_no_difference(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    """Signing it, filling in what was blank, other type, colours and widths, and dashes for nothing."""
    assert cli("run", roster(), "-o", tmp_path / "s.xlsx", "--lang", "zh").code == 0
    changes: dict[str, Change] = {
        "signed": at(SIGN, "C22", "制表人：王五"),
        "issued": at(SIGN, "C2", "编制单位：并州市财政局        文号：并财〔2018〕15号"),
        "larger": look("font", Font(size=12, color="FF9C0006", bold=True)),
        "wider": put("J", "width", 30),
        "a currency": look("number_format", '[$¥-804]#,##0.00;[$¥-804]\\-#,##0.00;"-"'),
        "a remark": look("comment", Comment("已核对", "某")),
        "printed with more": put("", "print_area", "A1:W40"),
    }
    papers = held(cli, altered(tmp_path / "s.xlsx", changes))
    found = {name: paper["differences"] for name, paper in zip(changes, papers, strict=True)}
    assert not any(found.values()), found
    told = {name: paper["notes"] for name, paper in zip(changes, papers, strict=True)}
    assert any("王五" in note for note in told["signed"]), told


SHAPE = """<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:twoCellAnchor><xdr:from><xdr:col>9</xdr:col>
<xdr:row>7</xdr:row></xdr:from><xdr:to><xdr:col>9</xdr:col><xdr:row>7</xdr:row></xdr:to><xdr:sp><xdr:spPr>{fill}</xdr:spPr>
<xdr:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:twoCellAnchor></xdr:wsDr>"""
LINK = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="../drawings/d.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing"/></Relationships>"""


def test_what_is_drawn_over_figures_is_named(cli: Cli, roster: Make, tmp_path: Path) -> None:
    """A shape that covers one, or text in a box; a frame without either is none."""
    assert cli("run", roster(), "-o", tmp_path / "s.xlsx", "--lang", "zh").code == 0
    part = sheets(tmp_path / "s.xlsx")[SIGN]
    args: list[str] = []
    for name, fill, text in (
        ("over", "<a:solidFill/>", ""),
        ("text", "<a:noFill/>", "20万元"),
        ("frame", "<a:noFill/>", ""),
    ):
        (tmp_path / f"{name}.xlsx").write_bytes((tmp_path / "s.xlsx").read_bytes())
        with zipfile.ZipFile(tmp_path / f"{name}.xlsx", "a") as book:
            book.writestr("xl/drawings/d.xml", SHAPE.format(fill=fill, text=text))
            book.writestr(part.replace("worksheets/", "worksheets/_rels/") + ".rels", LINK)
        args += ["--paper", str(tmp_path / f"{name}.xlsx")]
    found = [[one["where"].partition("!")[2] for one in p["differences"]] for p in held(cli, args)]
    assert found == [[f"{SIGN}!J8"], [f"{SIGN}!J8"], []]


def test_what_is_paid_and_taken_back_says_which_run_it_corrects(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    assert cli("run", roster()).code == 0
    mended = [line.replace(",1200,", ",900,") for line in VILLAGES]
    corrects = ["--corrects", "last", "--reason", "人口核实", "--lang", "zh"]
    assert cli("run", roster(*mended), *corrects, "--differences", tmp_path / "d.xlsx").code == 0
    sheet = openpyxl.load_workbook(tmp_path / "d.xlsx").worksheets[0]
    [cell] = [c for row in sheet.iter_rows() for c in row if "人口核实" in str(c.value)]
    changes = {
        "as it is": at(sheet.title, cell.coordinate, cell.value),
        "the reason": at(sheet.title, cell.coordinate, cell.value.replace("人口", "收入")),
        "the run": at(sheet.title, cell.coordinate, cell.value.replace("0001-", "0007-")),
    }
    papers = held(cli, altered(tmp_path / "d.xlsx", changes), "2")
    assert [paper["clean"] for paper in papers] == [True, False, False]
    for paper in papers[1:]:
        assert paper["differences"][0]["where"].endswith(cell.coordinate)


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not on this machine")
def test_a_sheet_saved_by_a_spreadsheet_program_is_the_same(cli: Cli, tmp_path: Path) -> None:
    """Number formats, formulas, heads and feet as LibreOffice writes them."""
    folder = ROOT / "examples" / "policies" / "equalisation"
    run = ["run", folder / "roster.csv", "--policy", folder, "--lang", "en"]
    assert cli(*run, "-o", tmp_path / "s.xlsx", "--unit", "wan").code == 0
    (tmp_path / "out").mkdir()
    printed(tmp_path / "s.xlsx", "xlsx", tmp_path / "out")
    [paper] = held(cli, ["--paper", str(tmp_path / "out" / "s.xlsx")])
    assert paper["clean"], paper["differences"]
