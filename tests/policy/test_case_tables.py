"""Cases as a table: every kind of cell becomes what TOML would say, and faults name their cell."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from tests.policy.test_faults import CASES, FILES

from fundcalc.base.diagnostics import Diagnostic
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.cases import Case, read_cases
from fundcalc.policy.load import read

HEADER = [
    "case", "on", "reading: edge", "people", "设立", "poor", "", "amount", "expect：called",
    "fired:grant", "hinges_on",
]  # fmt: skip
ROWS: list[list[Any]] = [
    ["甲", date(2020, 7, 1), "out", 10, datetime(1955, 1, 1), True, "aside", 2000.5, "small", "old", "edge"],
    ["甲", None, None, "1,000", "1960-01-01", "否", None, 0, "other", "[]", "[]"],
    [None, None, None, 12, None, None, None, None, None, None, None],
]  # fmt: skip


def cases(name: str, data: bytes) -> tuple[list[Case], list[Diagnostic]]:
    files = {path: text.encode() for path, text in FILES.items() if text != CASES}
    bundle = Bundle("", {**files, f"rules/cases/{name}": data})
    policy, found = read(bundle)
    assert policy is not None, found
    return read_cases(bundle, policy)


def as_csv(rows: list[list[Any]]) -> bytes:
    def shown(cell: Any) -> str:
        text = "" if cell is None else str(cell)
        return f'"{text}"' if "," in text else text

    lines = [",".join(shown(cell) for cell in row) for row in rows]
    return ("\ufeff\n" + "\n".join(lines) + "\n,,,\n").encode()


def as_xlsx(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_table_says_what_a_file_of_cases_says(kind: str) -> None:
    data = as_csv([HEADER, *ROWS]) if kind == "csv" else as_xlsx([HEADER, *ROWS])
    found, problems = cases(f"t.{kind}", data)
    assert not problems
    one, other = found
    assert (one.name, one.on, dict(one.readings)) == ("甲", date(2020, 7, 1), {"edge": "out"})
    assert [v.facts["people"] for v in one.villages] == [10, 1_000]
    assert [v.facts["poor"] for v in one.villages] == [True, False]
    assert one.villages[0].facts["founded"] == date(1955, 1, 1).toordinal()
    assert {e.id: e.value for e in one.villages[0].outputs} == {
        "amount": 200_050,
        "called": "small",
    }
    assert [e.value for v in one.villages for e in v.fired] == [("old",), ()]
    assert [v.hinges_on.value for v in one.villages if v.hinges_on] == [("edge",), ()]
    row = 5 if kind == "csv" else 4
    assert other.name == f"t.{kind} {row}" and other.on is None
    assert other.villages[0].facts["people"] == 12
    assert other.villages[0].facts["founded"] == date(1960, 1, 1).toordinal()  # the default
    first = 2 if kind == "csv" else 1
    assert one.villages[0].outputs[0].span.file == f"rules/cases/t.{kind}!H{first + 1}"


@pytest.mark.parametrize(
    ("column", "text", "code", "cell"),
    [
        ("people", "many", "FC115", "A2"), ("founded", "1955-13-01", "FC115", "A2"),
        ("founded", "yesterday", "FC115", "A2"), ("poor", "maybe", "FC115", "A2"),
        ("founded", "1955-01-01 noon", "FC115", "A2"), ("founded", "19550101", "FC115", "A2"),
        ("founded", "43100", "FC115", "A2"), ("people", '"1,5"', "FC115", "A2"),
        ("people", "1_000", "FC115", "A2"), ("people", "NaN", "FC115", "A2"),
        ("people", "1e3", "FC115", "A2"), ("people", "Infinity", "FC115", "A2"),
        ("expect:amount", '"10,00"', "FC115", "A2"), ("expect:amount", "5万", "FC115", "A2"),
        ("on", "140121000202", "FC115", "A2"), ("on", "2017/12/31", "FC115", "A2"),
        ("on", "2017-02-29", "FC115", "A2"), ("on", "2017-12-31 or so", "FC115", "A2"),
        ("on", "true", "FC115", "A2"), ("on", "3.5", "FC115", "A2"), ("on", "2017-W01-1", "FC115", "A2"),
        ("expect:amount", "0.001", "FC115", "A2"), ("fired:grant", "older", "FC802", "A2"),
        ("reading:edge", "off", "FC109", "A2"), ("nobody", "1", "FC802", "A1"),
        ("fired:nobody", "old", "FC802", "A2"), ("expect:nobody", "1", "FC802", "A2"),
    ],
)  # fmt: skip
def test_a_fault_names_its_cell(column: str, text: str, code: str, cell: str) -> None:
    _, problems = cases("t.csv", f"{column},name\n{text},x\n".encode())
    assert [(one.code, one.spans[0].file) for one in problems] == [
        (code, f"rules/cases/t.csv!{cell}")
    ]


@pytest.mark.parametrize(
    "cell", [20171231, 43100.5, True, datetime(2017, 12, 31, 8, 30), "31.12.2017"]
)
def test_a_cell_of_a_workbook_that_is_no_day(cell: object) -> None:
    for column in ("on", "founded"):
        _, problems = cases("t.xlsx", as_xlsx([[column, "name"], [cell, "x"]]))
        assert [(one.code, one.spans[0].file) for one in problems] == [
            ("FC115", "rules/cases/t.xlsx!A2")
        ]


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("on", ("2020-01-01", "2020-07-01")), ("on", ("", "2020-07-01")),
        ("reading:edge", ("in", "out")), ("reading:edge", ("", "out")),
    ],
)  # fmt: skip
def test_rows_of_one_case_are_on_one_day(column: str, cells: tuple[str, str]) -> None:
    table = f"case,{column},people\n甲,{cells[0]},1\n甲,{cells[1]},2\n甲,,3\n"
    _, problems = cases("t.csv", table.encode())
    assert [(one.code, one.spans[0].file) for one in problems] == [
        ("FC806", "rules/cases/t.csv!B3")
    ]


def test_full_width_digits_and_thousands_are_understood() -> None:
    found, problems = cases("t.csv", 'people\n"２，３４５"\n"+1,000"\n'.encode())
    assert not problems
    assert [one.villages[0].facts["people"] for one in found] == [2_345, 1_000]


@pytest.mark.parametrize(
    ("name", "data", "codes"),
    [
        ("t.csv", b"", []), ("t.csv", b" , \n,\n", []), ("t.xlsx", b"no workbook", ["FC805"]),
        ("t.csv", b"people\n" + b"1" * 200_000, ["FC805"]), ("t.csv", b"people,people\n1,2\n", ["FC107"]),
        ("t.csv", b"x" * 5_000_001, ["FC004"]), ("t.csv", "人口\n7\n".encode("gb18030"), []),
    ],
)  # fmt: skip
def test_what_is_no_table_of_cases(name: str, data: bytes, codes: list[str]) -> None:
    found, problems = cases(name, data)
    assert [one.code for one in problems] == codes
    if not codes:
        assert [c.villages[0].facts["people"] for c in found] == ([7] if b"7" in data else [])
