"""Cells of .xlsx files as programs write them, and as they might: what each shows and what it is."""

from __future__ import annotations

import io

import openpyxl
import pytest
import xlsxwriter
from tests.roster.files.conftest import Read, Refused
from tests.roster.files.making import STRICT, package, sheet, strings, styles

from fundcalc.roster.sheet import (
    DATE,
    ERROR,
    FORMATTED,
    NOT_COMPUTED,
    NUMBER,
    RUNS,
    TEXT,
    YES_NO,
    Sheet,
)


def cell(found: Sheet, row: int = 0, column: int = 0) -> tuple[str, int]:
    return str(found.cells[row, column]), found.kind(row, column)


CELLS = [
    ('<c r="A1"><v>300</v></c>', "300", NUMBER),
    ('<c r="A1"><v>140123204209.0</v></c>', "140123204209", NUMBER),
    ('<c r="A1"><v>3.3000000000000003</v></c>', "3.3", NUMBER),
    ('<c r="A1"><v>3&#48;0</v></c>', "300", NUMBER),
    ('<c r="A1"><v>3<!-- x -->00</v></c>', "300", NUMBER),
    ('<c r="A1"><v><![CDATA[300]]></v></c>', "300", NUMBER),
    ("<c><v>300</v></c>", "300", NUMBER),
    ('<c r="$A$1"><v>300</v></c>', "300", NUMBER),
    ('<c r="a1"><v>300</v></c>', "300", NUMBER),
    ("<c r='A1' t='n'><v> 300\n</v></c>", "300", NUMBER),
    ('<c r="A1"><v>1_0</v></c>', "1_0", TEXT),
    ('<c r="A1"><v>nan</v></c>', "nan", TEXT),
    ('<c r="A1" t="s"><v>0</v></c>', "甲村", TEXT),
    ('<c r="A1" t="inlineStr"><is><t>甲</t></is></c>', "甲", TEXT),
    ('<c r="A1" t="inlineStr"><is><r><t>甲</t></r><r><t>村</t></r></is></c>', "甲村", TEXT),
    ('<c r="A1" t="str"><v>a_x000D_b_x005F_c</v></c>', "a\rb_c", TEXT),
    ('<c r="A1" t="b"><v>1</v></c>', "TRUE", YES_NO),
    ('<c r="A1" t="b"><v>0</v></c>', "FALSE", YES_NO),
    ('<c r="A1" t="d"><v>2017-12-31T00:00:00</v></c>', "2017-12-31", DATE),
    ('<c r="A1" t="d"><v>2017-12-31T08:30:00Z</v></c>', "2017-12-31 08:30:00", DATE),
    ('<c r="A1" t="e"><v>#N/A</v></c>', "#N/A", ERROR),
    ('<c t="e"><f>X</f><v>#REF!</v></c>', "#REF!", ERROR),
    ('<c r="A1"><f>1+2</f><v>3</v></c>', "3", NUMBER),
    ('<c r="A1" t="str"><f>A2</f><v></v></c><c r="B1"><v>1</v></c>', "", TEXT),
    ('<c r="A1"><f>1+2</f></c>', "", NOT_COMPUTED),
    ("<c><f>1+2</f></c>", "", NOT_COMPUTED),
    ('<c r="A1"><f>1+2</f><v/></c>', "", NOT_COMPUTED),
    ('<c r="A1"><f>1+2</f><v></v></c>', "", NOT_COMPUTED),
    ('<c r="A1" t="str"><f>1+2</f></c>', "", NOT_COMPUTED),
    ('<c r="A1"><f><![CDATA[1<2]]></f></c>', "", NOT_COMPUTED),
    ('<c r="A1"><f>1<!-- > -->+2</f></c>', "", NOT_COMPUTED),
    ('<c r="A1"><f t="shared" si="0"/></c>', "", NOT_COMPUTED),
]


@pytest.mark.parametrize(("xml", "text", "kind"), CELLS)
@pytest.mark.parametrize("form", ["plain", "prefixed", "strict", "utf-16"])
def test_a_cell(read: Read, xml: str, text: str, kind: int, form: str) -> None:
    made = sheet(f'<row r="1">{xml}</row>', space=STRICT if form == "strict" else "")
    if form != "strict":
        made = sheet(f'<row r="1">{xml}</row>')
    if form == "prefixed":
        for name in ("worksheet", "sheetData", "row", "c", "v", "f", "is", "t", "r"):
            made = made.replace(f"</{name}>", f"</x:{name}>")
            for end in (" ", ">", "/"):
                made = made.replace(f"<{name}{end}", f"<x:{name}{end}")
        made = made.replace("xmlns=", "xmlns:x=")
    data = f'<?xml version="1.0" encoding="utf-16"?>{made}'.encode("utf-16")
    texts = strings("甲村")
    found = read(package(data if form == "utf-16" else made, texts=texts))
    assert cell(found) == (text, kind)


def test_cells_are_placed_by_their_order_where_they_have_no_address(read: Read) -> None:
    rows = (
        '<row><c><v>1</v></c><c r="C1"><v>2</v></c><c><v>3</v></c></row>'
        '<row r="4"><c/><c><v>4</v></c></row>'
    )
    found = read(package(sheet(rows)))
    assert [*found.rows()] == [("1", "", "2", "3"), ("",) * 4, ("",) * 4, ("", "4", "", "")]


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ('<row r="2"><c r="F2"><v>1</v></c><c r="F2"><v>2</v></c></row>', "F2"),
        ('<row r="2"><c r="F2"><v>1</v></c><c r="E2"><v>2</v></c></row>', "E2"),
        ('<row r="2"><c r="A2"/></row><row r="2"><c r="B2"><v>2</v></c></row>', "A2"),
        ('<row r="3"><c r="A3"/></row><row r="2"><c r="A2"><v>2</v></c></row>', "A2"),
        ('<row r="2"><c r="A3"><v>1</v></c></row>', "A3"),
    ],
)
def test_an_address_that_stands_twice_is_named(refused: Refused, rows: str, place: str) -> None:
    assert refused(package(sheet(rows))).spans[0].file == f"名册.xlsx!S1!{place}"


RICH = [
    ("<r><t>300</t></r><r><rPr><vertAlign val='superscript'/></rPr><t>1</t></r>", "300[上标 1]", RUNS),
    ("<r><t>H</t></r><r><rPr><vertAlign val='subscript'/></rPr><t>2</t></r>", "H[下标 2]", RUNS),
    ("<r><rPr><strike/></rPr><t>5</t></r><r><t>3</t></r>", "[删除线 5]3", RUNS),
    ("<r><rPr><strike/></rPr><t>5</t></r><r><rPr><strike/><b/></rPr><t>6</t></r><r><t>3</t></r>",
     "[删除线 56]3", RUNS),
    ("<r><rPr><strike val='0'/></rPr><t>5</t></r><r><t>3</t></r>", "53", TEXT),
    ("<r><rPr><b/></rPr><t>甲</t></r><r><t>村</t></r>", "甲村", TEXT),
    ("<r><rPr><strike/></rPr><t> </t></r><r><t>3</t></r>", " 3", TEXT),
    ("<t>甲</t><rPh sb='0' eb='1'><t>jia</t></rPh>", "甲", TEXT),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "text", "kind"), RICH)
def test_runs_of_a_text(read: Read, inside: str, text: str, kind: int) -> None:
    other = '<c r="B1"><v>1</v></c></row>'
    shared = sheet('<row r="1"><c r="A1" t="s"><v>0</v></c>' + other)
    assert cell(read(package(shared, texts=strings(inside)))) == (text, kind)
    inline = sheet(f'<row r="1"><c r="A1" t="inlineStr"><is>{inside}</is></c>{other}')
    assert cell(read(package(inline))) == (text, kind)


def test_struck_out_cells_and_rows(read: Read) -> None:
    looks = styles(fonts=["<strike/>", '<vertAlign val="superscript"/>', '<strike val="0"/>'])
    rows = (
        '<row r="1"><c r="A1" s="1" t="s"><v>0</v></c><c r="B1" s="1"><v>5</v></c></row>'
        '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" s="1"><v>5</v></c></row>'
        '<row r="3"><c r="A3" s="3" t="s"><v>0</v></c><c r="B3" s="2"><v>1</v></c></row>'
        '<row r="4"><c r="A4" t="s"><v>1</v></c><c r="B4" s="1"/><c r="C4" s="1"><v>7</v></c></row>'
    )
    texts = strings("甲村", "<r><rPr><strike/></rPr><t>丙村</t></r>")
    found = read(package(sheet(rows), texts=texts, looks=looks))
    assert found.struck == [0, 3]
    assert cell(found, 0, 1) == ("5", NUMBER)
    assert cell(found, 1, 1) == ("[删除线 5]", RUNS)
    assert cell(found, 2, 1) == ("[上标 1]", RUNS)
    assert cell(found, 2, 0) == ("甲村", TEXT)


def test_hidden_rows(read: Read) -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" hidden="1"><c r="A2"><v>2</v></c></row>'
        '<row r="3" hidden="true"><c r="A3" s="0"/></row><row r="4" ht="0"><c r="A4"><v>4</v></c></row>'
        '<row r="5" hidden="0"><c r="A5"><v>5</v></c></row>'
    )
    assert read(package(sheet(rows))).hidden == [1, 3]
    hides = '<sheetFormatPr zeroHeight="1"/>'
    assert read(package(sheet(rows, before=hides))).hidden == [0, 1, 3]


def test_number_formats(read: Read) -> None:
    codes = ['0.00"万元"', "0!.0,", "0%", "yyyy/m/d", "#,##0.00", "00000"]
    values = ("4.3", "43000", "0.8", "43100", "5", "12")
    cells = "".join(f'<c s="{at}"><v>{value}</v></c>' for at, value in enumerate(values, 1))
    found = read(package(sheet(f"<row>{cells}</row>"), looks=styles(codes)))
    assert [*found.rows()] == [("4.3", "4.3", "80", "2017-12-31", "5", "00012")]
    kinds = [FORMATTED, FORMATTED + 1, FORMATTED + 2, DATE, NUMBER, NUMBER]
    assert [found.kind(0, at) for at in range(6)] == kinds
    assert [(f.code, f.power, f.unit) for f in found.formats] == [
        (codes[0], 0, "万元"), (codes[1], 4, ""), (codes[2], -2, "%"),
    ]  # fmt: skip


def test_formats_without_a_code_and_the_other_epoch(read: Read) -> None:
    looks = styles().replace('<xf numFmtId="0"', "".join(
        f'<xf numFmtId="{number}" fontId="0"/>' for number in (14, 31, 57, 9, 44)
    ) + '<xf numFmtId="0"')  # fmt: skip
    made = sheet("<row>" + "".join(f'<c s="{at}"><v>1</v></c>' for at in range(5)) + "</row>")
    found = read(package(made, looks=looks))
    assert [*found.rows()] == [("1900-01-01",) * 3 + ("100", "1")]
    assert [f.unit for f in found.formats] == ["%", "元"]
    found = read(package(made, looks=looks, book='<workbookPr date1904="1"/>'))
    assert cell(found) == ("1904-01-02", DATE)


FORMULAS = (
    '<row r="1"><c r="A1"><v>5</v></c><c r="B1"><f>A1</f><v>{}</v></c>'
    '<c r="C1"><f>1</f><v>{}</v></c></row>'
)


@pytest.mark.parametrize(
    ("values", "book", "writer", "kinds"),
    [
        (("0", "0"), '<calcPr fullCalcOnLoad="1"/>', "Microsoft Excel", [5, 5]),
        (("0", "3"), '<calcPr fullCalcOnLoad="1"/>', "Microsoft Excel", [5, 1]),
        (("0", "0"), "<calcPr/>", "Microsoft Excel", [1, 1]),
        (("0", "0"), "", "WPS Spreadsheets", [1, 1]),
        (("0", "0"), "", "LibreOffice/7.4$Linux", [1, 1]),
        (("0", "0"), "", "Apache POI", [5, 5]),
        (("0", "3"), "", "Apache POI", [1, 1]),
        (("0.0", "0"), '<calcPr calcId="124519"/>', "Microsoft Excel", [5, 5]),
    ],
)
def test_stored_results_that_are_all_nought(
    read: Read, values: tuple[str, str], book: str, writer: str, kinds: list[int]
) -> None:
    found = read(package(sheet(FORMULAS.format(*values)), book=book, writer=writer))
    assert [found.kind(0, at) for at in (1, 2)] == kinds
    assert found.cells[0, 1] == ("" if kinds[0] == NOT_COMPUTED else values[0])


@pytest.mark.parametrize(("writer", "zeros"), [("Microsoft Excel", 0), ("Apache POI", 1)])
def test_a_column_of_noughts_by_a_writer_that_computes_nothing(
    read: Read, writer: str, zeros: int
) -> None:
    """Another column has results: whoever wrote the file kept some, and perhaps not all."""
    found = read(package(sheet(FORMULAS.format("0", "3")), writer=writer))
    assert found.zeros == zeros


def test_columns_that_are_hidden(read: Read) -> None:
    before = (
        '<cols><col min="2" max="3" hidden="1"/><col min="5" max="9" width="0"/>'
        '<col min="12" max="12"/></cols>'
    )
    found = read(package(sheet('<row r="1"><c r="A1"><v>1</v></c></row>', before=before)))
    assert found.hidden_columns == {1, 2, *range(4, 9)}


def test_formulas_that_fill_several_cells(read: Read) -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f t="array" ref="B1:C2">x</f></c></row>'
        '<row r="2"><c r="B2"/><c r="D2"><v>1</v></c></row><row r="3"><c r="B3"/><c r="D3"><v>1</v></c></row>'
    )
    found = read(package(sheet(rows)))
    assert [found.kind(0, 1), found.kind(0, 2)] == [NOT_COMPUTED, NOT_COMPUTED]
    assert [found.kind(1, 1), found.kind(1, 2)] == [NOT_COMPUTED, NOT_COMPUTED]
    assert [found.kind(2, 1), found.kind(2, 3)] == [TEXT, NUMBER]


def test_a_library_that_computes_nothing(read: Read) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write_formula("A1", "=1+1")
    assert read(out.getvalue()).kind(0, 0) == NOT_COMPUTED
    made, out = openpyxl.Workbook(), io.BytesIO()
    made.active["A1"] = "=1+1"
    made.save(out)
    assert read(out.getvalue()).kind(0, 0) == NOT_COMPUTED


def test_merged_cells_and_what_stands_after_the_rows(read: Read) -> None:
    after = (
        '<mergeCells><mergeCell ref="A1:C2"/></mergeCells>'
        '<extLst><ext><row r="1"><c/></row></ext></extLst>'
    )
    found = read(
        package(sheet('<row r="1"><c r="A1"><v>1</v></c><extLst><c/></extLst></row>', after=after))
    )
    assert found.merged == [(0, 0, 1, 2)]
    assert found.area(1, 2) == (0, 0, 1, 2)


def test_many_rows_with_a_gap_stay_where_they_are(read: Read) -> None:
    rows = "".join(f'<row r="{at}"><c r="B{at}"><v>{at}</v></c></row>' for at in (1, 9000, 30000))
    found = read(package(sheet(rows)))
    assert found.cells.height == 30000
    assert found.cells["c1"].filter(found.cells["c1"] != "").to_list() == ["1", "9000", "30000"]
    assert [found.kind(at, 1) for at in (0, 1, 8999, 29999)] == [NUMBER, TEXT, NUMBER, NUMBER]


def test_blank_rows_and_columns_at_the_end_are_not_there(read: Read) -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="Z1" t="s"><v>0</v></c></row>'
        '<row r="99"><c r="A99" t="s"><v>0</v></c></row>'
    )
    assert read(package(sheet(rows), texts=strings("  "))).cells.shape == (1, 1)


def test_a_cell_without_a_style_has_the_first(read: Read) -> None:
    looks = styles(['0"万元"']).replace('<xf numFmtId="0" fontId="0"/>', "")
    found = read(package(sheet("<row><c><v>5</v></c></row>"), looks=looks))
    assert [form.unit for form in found.formats] == ["万元"]
