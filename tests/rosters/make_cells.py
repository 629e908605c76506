"""Make the rosters whose files are odd: `python -m tests.rosters.make_cells [NAME…]`.

What a cell shows and what it holds, workbooks part by part as other programs write them, files that are
not what their name says, and files that are out of bounds. Places and figures are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import xlwt
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from tests.roster.files.making import package, sheet
from tests.rosters.villages import HEADER, VILLAGES, Cell, Row, changed, columns, headed, in_wan
from tests.rosters.writing import Examples, csv, xlsx

good, bad = Examples("good"), Examples("bad")
ALL: list[Row] = [HEADER, *VILLAGES]
INCOME = HEADER.index("集体经济收入")
KINDS = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.worksheet+xml"/></Types>'
)


def formatted(path: Path, rows: Sequence[Row], formats: Mapping[str, str]) -> None:
    """A workbook with a number format for each column of its first letter, or for one cell."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    for place, code in formats.items():
        whole = list(book.active[place]) if place.isalpha() else [book.active[place]]
        for cell in whole:
            cell.number_format = code
    book.save(path)


def rich(path: Path, cell: str, *runs: tuple[str, Mapping[str, object]]) -> None:
    """A workbook of which one cell has runs in fonts of their own."""
    book = openpyxl.Workbook()
    for row in ALL:
        book.active.append(list(row))
    blocks = [TextBlock(InlineFont(**font), text) for text, font in runs]
    book.active[cell] = CellRichText(*blocks)
    book.save(path)


def raw(
    path: Path,
    cells: Mapping[str, str],
    rows: Sequence[Row] = ALL,
    *,
    addresses: bool = True,
    book: str = "",
    writer: str = "Microsoft Excel",
) -> None:
    """A workbook part by part; `cells` are the insides of some <c> by address, with attributes before |."""
    lines = []
    for at, row in enumerate(rows, 1):
        line = ""
        for column, cell in enumerate(row):
            name = f"{chr(65 + column)}{at}"
            number = isinstance(cell, int | float)
            own = f"|<v>{cell}</v>" if number else f't="inlineStr"|<is><t>{cell or ""}</t></is>'
            attributes, _, inside = cells.get(name, own).partition("|")
            address = f' r="{name}"' if addresses else ""
            line += f"<c{address} {attributes}>{inside}</c>"
        lines.append(f'<row r="{at}">{line}</row>' if addresses else f"<row>{line}</row>")
    path.write_bytes(
        package(
            sheet("".join(lines)), book=book, writer=writer, parts={"[Content_Types].xml": KINDS}
        )
    )


def per_income(say: Callable[[Cell], str]) -> dict[str, str]:
    """The cells of the income written otherwise."""
    return {f"F{at}": say(row[INCOME]) for at, row in enumerate(VILLAGES, 2)}


# -- what a cell shows ----------------------------------------------------------------------------


@good
def formats_that_name_the_unit(folder: Path) -> None:
    """4.3 in a column without a unit, shown as 4.30万元."""
    rows: list[Row] = [HEADER, *columns(in_wan)]
    formatted(folder / "roster.xlsx", rows, {"F": '0.00"万元"', "G": '#,##0.0"万元"'})


@good
def formats_that_divide(folder: Path) -> None:
    """43000 under （万元）, shown as 4.3."""
    top = headed(
        {"集体经济收入": "集体经济收入（万元）", "已安排党建经费": "已安排党建经费（万元）"}
    )
    formatted(folder / "roster.xlsx", [top, *VILLAGES], {"F": "0!.0,", "G": "0!.0000"})


@good
def formats_that_show_thousands(folder: Path) -> None:
    """170000 under （千元）, shown as 170."""
    top = headed({"已安排党建经费": "已安排党建经费（千元）"})
    formatted(folder / "roster.xlsx", [top, *VILLAGES], {"G": "#,##0,"})


@good
def formats_with_a_sign_of_yuan(folder: Path) -> None:
    formatted(
        folder / "roster.xlsx", ALL, {"F": '"¥"#,##0.00', "G": "_ ¥* #,##0.00_ ", "I": '#,##0"元"'}
    )


@good
def formats_in_an_xls(folder: Path) -> None:
    """Dates, hidden rows and number formats are those of an old workbook too: here 4.3 shown as 4.30万元."""
    book = xlwt.Workbook()
    page = book.add_sheet("名册")
    wan = xlwt.easyxf(num_format_str='0.00"万元"')
    for at, row in enumerate([HEADER, *columns(in_wan)]):
        for column, cell in enumerate(row):
            page.write(at, column, cell, *([wan] if at and column in (INCOME, INCOME + 1) else []))
    page.row(3).hidden = True
    book.save(str(folder / "roster.xls"))


@good
def a_workbook_with_macros(folder: Path) -> None:
    xlsx(folder / "roster.xlsm", ALL)


@good
def xml_as_only_a_parser_reads_it(folder: Path) -> None:
    cells = {
        "E2": "|<v>6&#50;0</v>",
        "E3": "|<v>10<!-- x -->00</v>",
        "E4": "|<v><![CDATA[999]]></v>",
    }
    raw(folder / "roster.xlsx", cells)


@good
def cells_without_addresses(folder: Path) -> None:
    raw(folder / "roster.xlsx", {}, addresses=False)


@good
def formulas_that_are_nought(folder: Path) -> None:
    """Two formulas whose stored result is 0, in a workbook that a spreadsheet has saved."""
    raw(folder / "roster.xlsx", {"G3": "|<f>G4*2</f><v>0</v>", "F4": "|<f>1-1</f><v>0</v>"})


@bad
def fc629_a_percentage_among_amounts(folder: Path) -> None:
    rows = changed(3, "已安排党建经费", 0.75)
    formatted(folder / "roster.xlsx", [HEADER, *rows], {"G5": "0%"})


@bad
def fc629_dollars_by_the_format(folder: Path) -> None:
    formatted(folder / "roster.xlsx", ALL, {"F": "[$$-409]#,##0.00"})


@bad
def fc629_households_by_the_format(folder: Path) -> None:
    formatted(folder / "roster.xlsx", ALL, {"E": '0"户"'})


@bad
def fc619_a_raised_footnote(folder: Path) -> None:
    rich(folder / "roster.xlsx", "E3", ("1000", {}), ("2", {"vertAlign": "superscript"}))


@bad
def fc619_a_lowered_mark_in_a_name(folder: Path) -> None:
    rich(folder / "roster.xlsx", "B4", ("丙村", {}), ("注1", {"vertAlign": "subscript"}))


@bad
def fc619_a_figure_struck_out_before_the_one_that_holds(folder: Path) -> None:
    rich(folder / "roster.xlsx", "G5", ("150000", {"strike": True}), ("170000", {}))


@bad
def fc626_formulas_without_a_value(folder: Path) -> None:
    raw(folder / "roster.xlsx", per_income(lambda cell: f't="str"|<f>0+{cell}</f>'))


@bad
def fc626_formulas_in_cells_without_addresses(folder: Path) -> None:
    cells = per_income(lambda cell: f"|<f>0+{cell}</f>")
    raw(folder / "roster.xlsx", cells, addresses=False)


@bad
def fc626_formulas_with_a_comparison(folder: Path) -> None:
    cells = per_income(lambda cell: f"|<f><!-- x --><![CDATA[IF(1<2,{cell},0)]]></f>")
    raw(folder / "roster.xlsx", cells)


@bad
def fc626_formulas_all_nought(folder: Path) -> None:
    """As a program writes them that does not calculate and asks the spreadsheet to."""
    rows = columns(lambda title, cell: (f"=0+{cell}", 0) if title == "集体经济收入" else cell)
    xlsx(folder / "roster.xlsx", [HEADER, *rows])


@bad
def fc626_formulas_in_an_xls(folder: Path) -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("名册")
    for at, row in enumerate(ALL):
        for column, cell in enumerate(row):
            formula = bool(at) and column == INCOME
            page.write(at, column, xlwt.Formula(f"{cell}+0") if formula else cell)
    book.save(str(folder / "roster.xls"))


@bad
def fc626_an_error_in_a_cell_without_an_address(folder: Path) -> None:
    cells = {"H3": 't="e"|<f>#REF!+1</f><v>#REF!</v>'}
    raw(folder / "roster.xlsx", cells, addresses=False)


@bad
def fc603_one_address_twice(folder: Path) -> None:
    raw(folder / "roster.xlsx", {"H3": '|<v>5</v></c><c r="H3"><v>7</v>'})


@bad
def fc630_a_dash_is_no_blank(folder: Path) -> None:
    """A dash where a blank would be taken for the default."""
    xlsx(folder / "roster.xlsx", [HEADER, *changed(3, "有活动场所", "——")])


@bad
def fc621_a_dash_among_amounts(folder: Path) -> None:
    xlsx(folder / "roster.xlsx", [HEADER, *changed(1, "已安排党建经费", "—")])


# -- files that are not what they seem ------------------------------------------------------------


@good
def tabs_in_a_file_called_xls(folder: Path) -> None:
    csv(folder / "roster.csv", ALL, "gb18030", sep="\t", end="\r\n")
    (folder / "roster.csv").rename(folder / "roster.xls")


@good
def two_csv_files_put_together(folder: Path) -> None:
    csv(folder / "roster.csv", [HEADER, *VILLAGES[:4]], "utf-8-sig")
    first = (folder / "roster.csv").read_bytes()
    csv(folder / "roster.csv", [HEADER, *VILLAGES[4:]], "utf-8-sig")
    (folder / "roster.csv").write_bytes(first + (folder / "roster.csv").read_bytes())


@good
def headers_that_are_ids(folder: Path) -> None:
    top = ["code", "name", "town", "county", "residents", "collective_income", "existing_funding",
           "other_cadres", "current_subsidy", "registered_poor", "weak_organisation",
           "former_empty_shell", "has_venue", "first_secretary"]  # fmt: skip
    xlsx(folder / "roster.xlsx", [top, *VILLAGES])


@bad
def fc603_the_lock_file_of_an_open_workbook(folder: Path) -> None:
    name = "张三"
    data = bytes([len(name)]) + name.encode("utf-16-le").ljust(54, b" ") + b"\0" * 110
    (folder / "~$roster.xlsx").write_bytes(data)


@bad
def fc603_xml_of_2003(folder: Path) -> None:
    cells = "".join(f'<Cell><Data ss:Type="String">{title}</Data></Cell>' for title in HEADER)
    text = (
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Sheet1">'
        f"<Table><Row>{cells}</Row></Table></Worksheet></Workbook>\n"
    )
    (folder / "roster.xls").write_text(text, encoding="utf-8")


@bad
def fc603_a_csv_not_copied_to_its_end(folder: Path) -> None:
    csv(folder / "roster.csv", ALL)
    data = (folder / "roster.csv").read_bytes()
    (folder / "roster.csv").write_bytes(data[:-40] + b"\0" * 4096)


# -- bounds ---------------------------------------------------------------------------------------


@bad
def fc606_a_row_beyond_the_sheet(folder: Path) -> None:
    row = '<row r="4000000000"><c r="A4000000000"><v>1</v></c></row>'
    top = "".join(f'<c t="inlineStr"><is><t>{title}</t></is></c>' for title in HEADER)
    (folder / "roster.xlsx").write_bytes(package(sheet(f"<row>{top}</row>{row}")))


@bad
def fc606_too_many_sheets(folder: Path) -> None:
    empty = sheet("")
    (folder / "roster.xlsx").write_bytes(package(*[empty] * 300))


@bad
def fc606_a_text_beyond_a_cell(folder: Path) -> None:
    csv(folder / "roster.csv", [HEADER, *changed(2, "村名", "丙" * 40_000)])


@bad
def fc603_entities_that_grow(folder: Path) -> None:
    bomb = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    (folder / "roster.xlsx").write_bytes(package(bomb + sheet("<row><c><v>&b;</v></c></row>")))


# -- what leaves on a terminal --------------------------------------------------------------------


@bad
def fc621_an_escape_in_a_figure(folder: Path) -> None:
    csv(folder / "roster.csv", [HEADER, *changed(1, "集体经济收入", "50\x1b[2K000")])


@bad
def fc638_a_bell_in_a_name(folder: Path) -> None:
    csv(folder / "roster.csv", [HEADER, *changed(1, "村名", "乙\x07村")])


if __name__ == "__main__":
    good.write()
    bad.write()
