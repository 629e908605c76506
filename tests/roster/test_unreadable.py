"""Files that cannot be read and headers that cannot be settled: a diagnostic, never a guess."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from tests.roster.conftest import read_roster

from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, render
from fundcalc.policy.model import Fact
from fundcalc.roster.model import Roster

Row = Callable[..., list[object]]
Read = Callable[..., Roster]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _problem(read: Callable[[], object]) -> list[Diagnostic]:
    with pytest.raises(PolicyProblem) as caught:
        read()
    for one in caught.value.diagnostics:
        assert render(one, "zh")
        assert render(one, "en")
    return list(caught.value.diagnostics)


FILES = [
    ("roster.ods", b"x", "FC602"),
    ("roster", b"x", "FC602"),
    ("roster.xlsx", b"", "FC605"),
    ("roster.csv", b"", "FC605"),
    ("roster.csv", b"\xef\xbb\xbf\r\n \r\n", "FC605"),
    ("roster.xlsx", b"code,name", "FC603"),
    ("roster.xlsx", b"PK\x03\x04" + b"x" * 500, "FC603"),
    ("roster.xls", OLE + b"\0" * 600, "FC603"),
    ("roster.xls", OLE, "FC603"),
    ("roster.xls", b"<html><table><tr><td>1</td></tr></table></html>", "FC603"),
    ("roster.csv", b"PK\x03\x04" + b"x" * 500, "FC603"),
    ("roster.xlsx", OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "FC604"),
    ("roster.csv", b"\xff\xff\xff\xff\n", "FC607"),
    ("roster.csv", b"\xef\xbb\xbfname\n\xb4\xe5,1\n", "FC607"),
    ("roster.csv", "name,county\n甲村,子县\n".encode("utf-16-le"), "FC607"),
    ("roster.csv", b'code,name\n"1,2\n3,4\n', "FC608"),
    ("roster.csv", b"name\n" + b"x" * 1_000_001 + b"\n", "FC606"),
    ("roster.csv", b'name,x\n"' + b"x\n" * 100_000 + b'",1\n', "FC606"),
    ("roster.csv", b"," * 300 + b"\n", "FC606"),
    ("roster.csv", b"a,b,c\n1,2,3\n", "FC611"),
    ("roster.csv", "村名,县,常住人口,集体经济收入,其他班子成员\n".encode(), "FC605"),
]


def test_one_sheet_of_two_that_cannot_be_read(
    xlsx_of: Read, tmp_path: Path, facts: Mapping[str, Fact], header: list[str], village: Row
) -> None:
    """Its villages are not left out for being on a sheet that cannot be read."""
    second = [header, village(code="140123904210", name="河北村")]
    assert len(xlsx_of([header, village()], more={"二": second}).rows) == 2
    path, broken = tmp_path / "roster.xlsx", tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(broken, "w") as copy:
        for part in whole.namelist():
            data = whole.read(part)
            if part.endswith("sheet2.xml"):
                data = data.replace(b'r="B2"', b'r="A2"')
            copy.writestr(part, data)
    found = _problem(lambda: read_roster(broken, facts))
    assert [one.code for one in found] == ["FC603"]


@pytest.mark.parametrize(("name", "data", "code"), FILES)
def test_files(
    tmp_path: Path, facts: Mapping[str, Fact], name: str, data: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert [d.code for d in _problem(lambda: read_roster(path, facts))] == [code]


def test_no_file_and_a_folder(tmp_path: Path, facts: Mapping[str, Fact]) -> None:
    assert [d.code for d in _problem(lambda: read_roster(tmp_path / "no.csv", facts))] == ["FC601"]
    (tmp_path / "dir.csv").mkdir()
    assert [d.code for d in _problem(lambda: read_roster(tmp_path / "dir.csv", facts))] == ["FC601"]


def test_a_pipe_is_not_waited_for(tmp_path: Path, facts: Mapping[str, Fact]) -> None:
    os.mkfifo(tmp_path / "roster.csv")
    (found,) = _problem(lambda: read_roster(tmp_path / "roster.csv", facts))
    assert found.code == "FC601" and "not a file" in found.message.en


def test_a_workbook_of_half_a_gigabyte(tmp_path: Path, facts: Mapping[str, Fact]) -> None:
    path = tmp_path / "roster.xlsx"
    with path.open("wb") as file:
        file.truncate(500_000_000)
    (found,) = _problem(lambda: read_roster(path, facts))
    assert found.code == "FC606" and "400 MB" in found.message.en


def test_millions_of_merged_cells(
    tmp_path: Path, facts: Mapping[str, Fact], header: list[str], village: Row
) -> None:
    made, path = tmp_path / "made.xlsx", tmp_path / "roster.xlsx"
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, village())
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A3:CV40000"/></mergeCells>'
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"</sheetData>", merged))
    (found,) = _problem(lambda: read_roster(path, facts))
    assert found.code == "FC606" and "merged" in found.message.en


def test_every_cut_of_a_workbook(
    tmp_path: Path, facts: Mapping[str, Fact], header: list[str], village: Row
) -> None:
    path = tmp_path / "roster.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, village())
    data = path.read_bytes()
    for end in range(0, len(data), max(len(data) // 50, 1)):
        path.write_bytes(data[:end])
        assert _problem(lambda: read_roster(path, facts))[0].code in ("FC603", "FC605")


def test_a_zip_bomb(tmp_path: Path, facts: Mapping[str, Fact]) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b"\0" * 150_000_000)
    path = tmp_path / "roster.xlsx"
    path.write_bytes(data.getvalue())
    assert [d.code for d in _problem(lambda: read_roster(path, facts))] == ["FC606"]


def test_a_far_cell(
    tmp_path: Path, facts: Mapping[str, Fact], header: list[str], village: Row
) -> None:
    for cell, code in (("XFD1048576", "FC606"), ("GZ9", "FC606"), ("AZ1048576", "FC606")):
        path = tmp_path / "roster.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, header)
            sheet.write_row(1, 0, village())
            sheet.write_string(cell, "x")
        (found,) = _problem(lambda path=path: read_roster(path, facts))  # type: ignore[misc]
        assert found.code == code


def test_a_million_empty_rows(
    tmp_path: Path, facts: Mapping[str, Fact], header: list[str], village: Row
) -> None:
    path = tmp_path / "roster.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, village())
        for row in range(2, 1_000_000, 5):
            sheet.set_row(row, 20, bold)
        sheet.write_blank(1_048_575, 300, None, bold)
    assert len(read_roster(path, facts)) == 1


# -- headers --------------------------------------------------------------------------------------


def _codes(read: Callable[[], object]) -> list[str]:
    return [d.code for d in _problem(read)]


def test_a_missing_column(xlsx_of: Read, header: list[str], village: Row) -> None:
    header[4] = "户籍"
    assert _codes(lambda: xlsx_of([header, village()])) == ["FC612"]
    roster = xlsx_of([header, village()], columns={"户籍": "residents"})
    assert roster.columns["residents"] == [1200]


def test_a_near_header_is_asked_about(xlsx_of: Read, header: list[str], village: Row) -> None:
    header[4] = "常驻人口"
    (found,) = _problem(lambda: xlsx_of([header, village()]))
    assert found.code == "FC612"
    assert found.hint is not None
    assert '--column "常驻人口=residents"' in found.hint.en


def test_a_near_header_of_an_optional_fact_is_asked_about(
    xlsx_of: Read, header: list[str], village: Row
) -> None:
    header[6] = "已安排的党建经费"
    (found,) = _problem(lambda: xlsx_of([header, village(existing=5)]))
    assert (found.code, found.where.file) == ("FC613", "roster.xlsx!名册!G1")
    settled = xlsx_of(
        [header, village(existing=5)], columns={"已安排的党建经费": "existing_funding"}
    )
    assert settled.columns["existing_funding"] == [500]
    ignored = xlsx_of([header, village(existing=5)], columns={"已安排的党建经费": ""})
    assert ignored.assumed["existing_funding"] == [True]


def test_the_same_fact_twice(xlsx_of: Read, header: list[str], village: Row) -> None:
    rows = [[*header, "2015年集体经济收入"], [*village(), 7]]
    assert _codes(lambda: xlsx_of(rows)) == ["FC615"]
    roster = xlsx_of(rows, columns={"2015年集体经济收入": "collective_income"})
    assert roster.columns["collective_income"] == [700]


def test_a_header_of_two_facts(xlsx_of: Read, header: list[str], village: Row) -> None:
    top = ["", "", "", "", "软弱涣散村", "", "", ""]
    merge = [(0, 4, 0, 5, "软弱涣散村")]
    assert _codes(lambda: xlsx_of([top, header, village()], merge=merge))[0] in ("FC614", "FC612")


@pytest.mark.parametrize(
    ("column", "title", "code"),
    [
        (5, "集体经济收入（w）", "FC616"),
        (5, "集体经济收入（美元）", "FC616"),
        (5, "集体经济收入（人）", "FC617"),
        (5, "集体经济收入（元/月）", "FC617"),
        (4, "常住人口（万元）", "FC617"),
        (4, "常住人口（户）", "FC617"),
        (1, "村名（元）", "FC617"),
    ],
)
def test_units_that_do_not_go(
    xlsx_of: Read, header: list[str], village: Row, column: int, title: str, code: str
) -> None:
    header[column] = title
    (found,) = _problem(lambda: xlsx_of([header, village()]))
    assert (found.code, found.where.file) == (code, f"roster.xlsx!名册!{'ABCDEFGH'[column]}1")


def test_a_scale_above_a_group_of_columns(xlsx_of: Read, header: list[str], village: Row) -> None:
    """What looks like a unit of money and cannot be read is asked about, wherever it stands."""
    below = [*header[:5], "集体经济收入", *header[6:]]
    merge = [(0, c, 1, c, header[c]) for c in range(8) if c not in (5, 6)] + [
        (0, 5, 0, 6, "万元左右")
    ]
    found = _problem(lambda: xlsx_of([[""] * 8, below, village()], merge=merge))
    assert {one.code for one in found} == {"FC616"} and "万元左右" in found[0].message.en


def test_an_unknown_unit_line(xlsx_of: Read, header: list[str], village: Row) -> None:
    found = _problem(lambda: xlsx_of([["单位：万美元"], header, village()]))
    assert {d.code for d in found} == {"FC616"}


def test_two_units_above_the_table(xlsx_of: Read, header: list[str], village: Row) -> None:
    rows = [["单位：万元"], ["单位：元"], header, village()]
    assert set(_codes(lambda: xlsx_of(rows))) == {"FC651"}


def test_part_of_a_fact_is_not_the_fact(xlsx_of: Read, header: list[str], village: Row) -> None:
    below = ["", "", "", "", "其中男性", "", "", ""]
    merge = [(0, c, 1, c, header[c]) for c in range(8) if c != 4]
    top = ["", "", "", "", "常住人口", "", "", ""]
    (found,) = _problem(lambda: xlsx_of([top, below, village()], merge=merge))
    assert found.code == "FC612"
    assert found.hint is not None
    assert '--column "常住人口/其中男性=residents"' in found.hint.en
    settled = {"常住人口/其中男性": "residents"}
    assert xlsx_of([top, below, village()], merge=merge, columns=settled).rows == [3]


def test_wrong_options(xlsx_of: Read, header: list[str], village: Row) -> None:
    rows = [header, village()]
    assert _codes(lambda: xlsx_of(rows, columns={"村名": "nam"})) == ["FC618"]
    assert _codes(lambda: xlsx_of(rows, columns={"没有": "name"})) == ["FC618"]
    assert _codes(lambda: xlsx_of(rows, sheet="没有")) == ["FC609"]


def test_a_csv_has_no_sheets(csv_of: Read) -> None:
    (found,) = _problem(lambda: csv_of("村名,县\n甲村,子县\n", sheet="名册"))
    assert found.code == "FC609"
    assert found.hint is not None and found.hint.en == "a CSV has no sheets; leave --sheet out"


@pytest.mark.parametrize("title", ["常住人口)", "常驻人口（人）", "2017年常驻人口(人)(年底)"])
def test_a_header_that_is_nearly_one(
    xlsx_of: Read, header: list[str], village: Row, title: str
) -> None:
    header[4] = title
    (found,) = _problem(lambda: xlsx_of([header, village()]))
    assert found.code == "FC612"
    assert found.hint is not None and f'--column "{title}=residents"' in found.hint.en


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("多少人（人）（年底）", None),
        ("多少人（户籍）", None),
        ("多少人（元左右）", "FC616"),
    ],
)
def test_what_stands_in_brackets_of_a_header_that_the_user_named(
    xlsx_of: Read, header: list[str], village: Row, title: str, code: str | None
) -> None:
    """A note may stay; what may be a unit must be one."""
    header[4] = title
    rows, columns = [header, village()], {title: "residents"}
    if code is None:
        assert xlsx_of(rows, columns=columns).columns["residents"] == [1200]
    else:
        assert _codes(lambda: xlsx_of(rows, columns=columns)) == [code]


def test_a_day_where_a_yes_belongs(xlsx_of: Read, header: list[str], village: Row) -> None:
    roster = xlsx_of([[*header, "贫困村"], [*village(), datetime(2017, 12, 31)]])
    assert [(one.code, one.cell) for one in roster.rejects] == [("FC627", "I2")]


@pytest.mark.parametrize(
    ("cell", "mend"),
    [
        ("5人", "5"),
        ("5万", "50000"),
        ("5斤", "figures"),
        ("5万斤", "figures"),
        ("5.5人", "figures"),
    ],
)
def test_a_unit_in_a_cell(
    csv_of: Read, header: list[str], village: Row, cell: str, mend: str
) -> None:
    """What is meant is suggested where it is clear."""
    text = "\n".join(",".join(map(str, row)) for row in [header, village(residents=cell)])
    (found,) = csv_of(text).rejects
    assert (found.code, found.cell) == ("FC622", "E2")
    assert found.mend is not None and found.mend.en.startswith(f"write {mend}")


def test_several_sheets(xlsx_of: Read, header: list[str], village: Row) -> None:
    other = {"说明": [["本表为演示"]], "村": [["村名", "县"], ["甲", "乙"]]}
    roster = xlsx_of([header, village()], more=other)
    assert roster.sheet == "名册"
    twice = {"名册2": [header, village(name="乙村")]}
    assert _codes(lambda: xlsx_of([header, village()], more=twice)) == ["FC610"]
    assert xlsx_of([header, village()], more=twice, sheet="名册2").columns["name"] == ["乙村"]
