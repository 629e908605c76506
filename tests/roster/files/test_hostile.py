"""Files made to harm: each ends in words, within ten seconds of CPU and a gigabyte."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.roster.files.conftest import Read, Refused
from tests.roster.files.making import package, sheet, strings, styles

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.roster.files.book import open_book

ONE = sheet('<row r="1"><c r="A1"><v>1</v></c></row>')
LAUGHS = "".join(
    f'<!ENTITY a{at} "{"x" * 10 if at == 0 else f"&a{at - 1};" * 10}">' for at in range(12)
)
ENTITY = f"<!DOCTYPE x [{LAUGHS}]>{ONE.replace('<v>1', '<v>&a9;')}"
WIDE = f'<?xml version="1.0" encoding="utf-16"?>{ENTITY}'
ARRAYS = "".join(
    f'<row r="{at}"><c r="A{at}"><f t="array" ref="A{at}:A{at + 5}">1</f></c></row>'
    for at in range(1, 40_000)
)

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "entities": (lambda: package(ENTITY), "FC603"),
    "entities in UTF-16": (lambda: package(WIDE.encode("utf-16")), "FC603"),
    "entities in the styles": (lambda: package(ONE, looks=ENTITY), "FC603"),
    "entities in the texts": (lambda: package(ONE, texts=ENTITY), "FC603"),
    "deep tags": (lambda: package(sheet("<row>" + "<x>" * 3_000_000)), "FC606"),
    "deep tags in the styles": (lambda: package(ONE, looks="<styleSheet>" + "<x>" * 3_000_000), "FC606"),
    "an endless comment": (lambda: package(sheet("<!--" + "< " * 5_000_000 + "-->")), "FC606"),
    "an endless attribute": (lambda: package(sheet(f'<row r="{"1" * 9_000_000}"/>')), "FC606"),
    "an endless text": (
        lambda: package(sheet(f'<row><c t="str"><v>{"x" * 9_000_000}</v></c></row>')),
        "FC606",
    ),
    "a long text": (lambda: package(sheet(f'<row><c t="str"><v>{"x" * 32_768}</v></c></row>')), "FC606"),
    "a long shared text": (lambda: package(ONE, texts=strings("x" * 32_768)), "FC606"),
    "a long number": (lambda: package(sheet(f"<row><c><v>{'9' * 3_000_000}</v></c></row>")), "FC606"),
    "one text everywhere": (
        lambda: package(
            sheet(("<row>" + '<c t="s"><v>0</v></c>' * 100 + "</row>") * 2000),
            texts=strings("好" * 32_000),
        ),
        "FC606",
    ),
    "one row of a million cells": (lambda: package(sheet("<row>" + "<c/>" * 2_000_000 + "</row>")), "FC606"),
    "too many rows": (lambda: package(sheet("<row/>" * 1_048_577)), "FC606"),
    "a row beyond": (lambda: package(sheet('<row r="4294967295"><c><v>1</v></c></row>')), "FC606"),
    "a row far beyond": (lambda: package(sheet(f'<row r="{"9" * 99}"><c><v>1</v></c></row>')), "FC603"),
    "a column beyond": (lambda: package(sheet('<row r="1"><c r="XFE1"><v>1</v></c></row>')), "FC606"),
    "a far cell": (lambda: package(sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')), "FC606"),
    "a far row": (
        lambda: package(sheet('<row><c r="GR1"><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>')),
        "FC606",
    ),
    "a huge formula": (
        lambda: package(sheet('<row><c r="A1"><f t="array" ref="A1:XFD1048576">1</f></c></row>')),
        "FC606",
    ),
    "many merged cells": (
        lambda: package(sheet("", after='<mergeCells><mergeCell ref="A1:CV40000"/></mergeCells>')),
        "FC606",
    ),
    "many formats": (
        lambda: package(
            sheet("".join(f'<row><c s="{at}"><v>1</v></c></row>' for at in range(1, 11_000))),
            looks=styles([f'0"u{at}"' for at in range(11_000)]),
        ),
        "FC606",
    ),
    "257 sheets": (lambda: package(*[ONE] * 257), "FC606"),
    "no sheets": (package, "FC605"),
    "a text that is not there": (lambda: package(sheet('<row><c t="s"><v>7</v></c></row>')), "FC603"),
    "a cell in a value": (lambda: package(sheet("<row><c><v>3<c/>0</v></c></row>")), "FC603"),
    "two values": (lambda: package(sheet("<row><c><v>3</v><v>4</v></c></row>")), "FC603"),
    "one part twice": (lambda: package(ONE, parts={"XL/worksheets/Sheet1.xml": ONE}), "FC603"),
    "another root": (lambda: package(ONE.replace("worksheet", "chartsheet")), "FC603"),
    "a bomb": (lambda: package(b"\0" * 150_000_000), "FC606"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(refused: Refused, name: str) -> None:
    make, code = HOSTILE[name]
    assert refused(make()).code == code


def test_a_sheets_count_and_size_are_not_asked_for(read: Read) -> None:
    texts = strings("甲").replace("<sst ", '<sst count="4294967295" uniqueCount="4294967295" ')
    made = sheet('<row><c t="s"><v>0</v></c></row>', before='<dimension ref="A1:XFD1048576"/>')
    assert [*read(package(made, texts=texts)).rows()] == [("甲",)]


def test_many_formulas_that_fill_several_cells_are_read_in_time(read: Read) -> None:
    assert read(package(sheet(ARRAYS))).cells.height == 39_999


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc tells of memory here")
@pytest.mark.parametrize("name", ["one text everywhere", "deep tags", "one row of a million cells"])
def test_within_a_gigabyte(tmp_path: Path, name: str) -> None:
    path = tmp_path / "名册.xlsx"
    path.write_bytes(HOSTILE[name][0]())
    code = (
        "import re, sys; from pathlib import Path\n"
        "from fundcalc.base.diagnostics import PolicyProblem\n"
        "from fundcalc.roster.files.book import open_book\n"
        "try: book = open_book(Path(sys.argv[1])); book.load('S1')\n"
        "except PolicyProblem:\n"
        # not getrusage: that begins with the memory of the process that starts this one
        "  print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, env=env, capture_output=True, check=True)
    assert int(done.stdout) < 1_000_000


def test_what_stands_at_a_path(tmp_path: Path) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    names = ["folder.xlsx", "none.xlsx"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.xlsx")
        names.append("pipe.xlsx")
    for name in names:
        with pytest.raises(PolicyProblem) as caught:
            open_book(tmp_path / name)
        assert [one.code for one in caught.value.diagnostics] == ["FC601"]


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes there alone")
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xb4\xe5.csv")
    path.write_bytes(b"a,b\n1,2\n")
    assert open_book(path).file == "\ufffd\ufffd.csv"
    path.write_bytes(b"\0")
    with pytest.raises(PolicyProblem) as caught:
        open_book(path)
    caught.value.diagnostics[0].spans[0].file.encode()
