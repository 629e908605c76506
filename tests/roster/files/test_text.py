"""Rows as lines of text: encodings, separators, and files that are not what their names say."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import Cli
from tests.roster.files.conftest import Read, Refused

from fundcalc.roster.files import source
from fundcalc.roster.files.book import open_book

HEAD = "代码,村名,备注\n"


def notices(path: Path) -> list[str]:
    return [said.en for said in open_book(path).notices]


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        (HEAD + "1,甲村,好\n", [("代码", "村名", "备注"), ("1", "甲村", "好")]),
        ("代码\t村\t备注\n1\t甲\t大,小,新,旧\n", [("代码", "村", "备注"), ("1", "甲", "大,小,新,旧")]),
        ("代码;村;备注\n1;甲;大,小,新,旧\n", [("代码", "村", "备注"), ("1", "甲", "大,小,新,旧")]),
        ("市,2017,报\na\tb\tc\n1\t2\t,\n", [("市,2017,报", "", ""), ("a", "b", "c"), ("1", "2", ",")]),
        ('代码,村名,备注\n1,"甲;村",a;b;c;d\n', [("代码", "村名", "备注"), ("1", "甲;村", "a;b;c;d")]),
        ("a,b\n1,2,3\n", [("a", "b", ""), ("1", "2", "3")]),
        ('a,b\n"1\n2",3\n\n4,5\n\n', [("a", "b"), ("1\n2", "3"), ("", ""), ("4", "5")]),
        ("a,b,,\n1,2,,\n , ,,\n", [("a", "b"), ("1", "2")]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("in_columns", [False, True])
def test_cells(
    read: Read,
    lines: str,
    rows: object,
    ends: str,
    in_columns: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(source, "FROM", 0 if in_columns else 10**9)
    found = read(lines.replace("\n", ends).encode(), "名册.csv")
    assert [tuple(c.replace("\r", "") for c in row) for row in found.rows()] == rows
    assert found.kinds is None and found.merged is None


def test_encodings(read: Read, refused: Refused, tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        found = read((HEAD + "1,甲村,\n").encode(encoding), "名册.csv")
        assert [*found.rows()] == [("代码", "村名", "备注"), ("1", "甲村", "")]
    assert notices(tmp_path / "名册.csv") == ["read as GB18030"]
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        assert refused((HEAD * 9).encode(encoding), "名册.csv").code == "FC607"


def test_files_put_together(read: Read, tmp_path: Path) -> None:
    data = (HEAD + "1,甲村,\n").encode("utf-8-sig")
    found = read(data + data, "名册.csv")
    assert [row[0] for row in found.rows()] == ["代码", "1", "代码", "1"]
    (said,) = notices(tmp_path / "名册.csv")
    assert said.startswith("line 3 begins with the mark")


def test_what_is_seen_only_in_columns_is_said(cli: Cli, tmp_path: Path) -> None:
    head = "代码,村名,县,常住人口（人）,上年集体经济收入（元/年）,其他班子成员（人）,备注"
    rows = [f'="1499{at:08}",村{at},子县,800,50000,2,{"注" * 20}' for at in range(30_000)]
    (tmp_path / "a.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    half = "\n".join([head, *(row.replace('="', "").replace('"', "") for row in rows)])
    (tmp_path / "b.csv").write_text(
        f"{half}\n\ufeff{head}\n149999999999,末村,子县,9,1,2,无\n", "utf-8"
    )
    for name, said in {
        "a": '30,000 cells are written ="…" (the first is a.csv!A2)',
        "b": "line 30002 begins with the mark that begins a file",
    }.items():
        assert (tmp_path / f"{name}.csv").stat().st_size > source.FROM
        assert said in " ".join(cli("roster", "check", f"{name}.csv").err.split())


def test_tabs_under_a_workbooks_name(read: Read, tmp_path: Path) -> None:
    found = read("代码\t村名\t备注\n1\t甲村\t\n".encode("gb18030"), "名册.xls")
    assert [*found.rows()] == [("代码", "村名", "备注"), ("1", "甲村", "")]
    assert notices(tmp_path / "名册.xls")[0].startswith("the file is tab-separated text")


@pytest.mark.parametrize(
    ("name", "data", "code", "said"),
    [
        ("~$名册.xlsx", b"x" * 165, "FC603", "temporary file"),
        (
            "名册.xls",
            b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>',
            "FC603",
            "2003",
        ),
        ("名册.xls", b"<html><table><tr><td>1</td></tr></table></html>", "FC603", "web page"),
        ("名册.xlsx", b"code,name", "FC603", "CSV text"),
        ("名册.csv", b"PK\x03\x04xxxx", "FC603", "a workbook"),
        ("名册.csv", b"a,b\n1,2\n" + b"\0" * 4096, "FC603", "NUL"),
        ("名册.csv", b"\0" * 4096 + b"a,b\n1,2\n", "FC603", "NUL"),
        ("名册.xlsx", b"\0" * 4096 + b"PK\x03\x04", "FC603", "NUL"),
        ("名册.csv", b'a,b\n"1,2\n', "FC608", "quotes"),
        ("名册.csv", b"a,b\n1," + b"x" * 32_768 + b"\n", "FC606", "32,767"),
        ("名册.csv", b"," * 250, "FC606", "251 columns"),
        ("名册.txt", b"a", "FC602", ".txt"),
    ],
)
def test_what_is_not_read_is_named(
    refused: Refused, name: str, data: bytes, code: str, said: str
) -> None:
    found = refused(data, name)
    assert found.code == code
    assert said in found.message.en


def test_padding_is_placed(refused: Refused) -> None:
    assert refused(b"a,b\n1,2\n" + b"\0" * 99, "名册.csv").spans[0].file.endswith("名册.csv:3")
