"""Rosters made on the spot: good ones, and each fault once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import xlsxwriter

from fundcalc.policy import bundle, load
from fundcalc.policy.model import Fact, Policy
from fundcalc.roster.model import Roster
from fundcalc.roster.read import read_roster as read_for

HEADER = [
    "代码",
    "村名",
    "乡镇",
    "县",
    "常住人口",
    "集体经济收入",
    "已安排党建经费",
    "其他班子成员",
]
ROW = ["140123904209", "鹰落沟村", "示例镇", "娄烦县", 1200, 60000, 0, 4]

Sheet = Sequence[Sequence[object]]
Read = Callable[..., Roster]


@pytest.fixture(scope="session")
def facts() -> Mapping[str, Fact]:
    """The facts of the shipped policy, in which any size of figure is typical."""
    return {id_: replace(fact, typical=None) for id_, fact in shipped_policy().facts.items()}


def read_roster(path: Path, facts: Mapping[str, Fact], **options: object) -> Roster:
    """Read a roster under the shipped policy with other facts."""
    return read_for(path, replace(shipped_policy(), facts=facts), **options)  # type: ignore[arg-type]


@cache
def shipped_policy() -> Policy:
    """The shipped policy."""
    root = Path(__file__).resolve().parents[2]
    policy, found = load.read(bundle.find(root))
    assert policy is not None, found
    return policy


@pytest.fixture
def csv_of(tmp_path: Path, facts: Mapping[str, Fact]) -> Read:
    """Write text as a CSV and read it."""

    def read(text: str | bytes, encoding: str = "utf-8", **options: object) -> Roster:
        path = tmp_path / "roster.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return read_roster(path, facts, **options)

    return read


@pytest.fixture
def xlsx_of(tmp_path: Path, facts: Mapping[str, Fact]) -> Read:
    """Write rows as a workbook and read it; `merge` has areas as row, column, row, column, text."""

    def read(
        rows: Sheet,
        merge: Sequence[tuple[int, int, int, int, str]] = (),
        more: Mapping[str, Sheet] | None = None,
        **options: object,
    ) -> Roster:
        path = tmp_path / "roster.xlsx"
        with xlsxwriter.Workbook(path) as book:
            for name, cells in {"名册": rows, **(more or {})}.items():
                sheet = book.add_worksheet(name)
                for at, row in enumerate(cells):
                    for column, cell in enumerate(row):
                        _write(book, sheet, at, column, cell)
                for area in merge if name == "名册" else ():
                    sheet.merge_range(*area)
        return read_roster(path, facts, **options)

    return read


def _write(book: xlsxwriter.Workbook, sheet: object, row: int, column: int, cell: object) -> None:
    """Strings stay strings; a tuple is a formula with its stored value."""
    if cell is None or cell == "":
        return
    if isinstance(cell, tuple):
        sheet.write_formula(row, column, cell[0], None, cell[1])  # type: ignore[attr-defined]
    elif isinstance(cell, str):
        sheet.write_string(row, column, cell)  # type: ignore[attr-defined]
    elif isinstance(cell, bool | int | float):
        sheet.write(row, column, cell)  # type: ignore[attr-defined]
    else:
        form = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_datetime(row, column, cell, form)  # type: ignore[attr-defined]


@pytest.fixture
def village() -> Callable[..., list[object]]:
    """A good row with some cells changed by their place."""

    def row(**changes: object) -> list[object]:
        names = ["code", "name", "town", "county", "residents", "income", "existing", "cadres"]
        return [changes.get(name, value) for name, value in zip(names, ROW, strict=True)]

    return row


@pytest.fixture
def header() -> list[str]:
    """The header that goes with `village`."""
    return list(HEADER)
