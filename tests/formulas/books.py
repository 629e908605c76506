"""Workbooks written, edited and compared with what the program computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from fundcalc import api
from fundcalc.engines.calculate import reference
from fundcalc.engines.formulas import Formulas, formulas
from fundcalc.engines.formulas.cells import FIRST_ROW
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Date, Number, Texts, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.plan import Plan
from fundcalc.reports.workbook.live import lead
from fundcalc.roster.model import Roster
from tests.formulas.office import Sheets

Columns = Mapping[str, Sequence[Value]]


def roster_of(columns: Columns) -> Roster:
    """Columns as a roster that has been read."""
    villages = len(next(iter(columns.values())))
    return Roster(
        "roster.csv", None, "sha256:0", {id_: list(values) for id_, values in columns.items()},
        {id_: [False] * villages for id_ in columns}, {}, range(villages),
    )  # fmt: skip


def write(path: Path, plan: Plan, columns: Columns) -> list[str]:
    """Write the English workbook; returns the codes of its warnings."""
    run = api.calculate(plan, roster_of(columns))
    return [warning.code for warning in api.write(run, path, "en")]


def lowered(plan: Plan, columns: Columns) -> Formulas:
    """The formulas as the workbook has them."""
    return formulas(plan, reference(plan, columns), lead(plan.policy.facts), "yes")


def edit(path: Path, plan: Plan, columns: Columns, named: Mapping[str, object]) -> None:
    """Write other facts over the input sheet, and other values into the cells of these names."""
    book = openpyxl.load_workbook(path)
    sheet = book["Inputs"]
    at = {sheet.cell(3, column).value: column for column in range(1, sheet.max_column + 1)}
    for id_, values in columns.items():
        kind = plan.policy.facts[id_].type
        for row, value in enumerate(values, FIRST_ROW):
            sheet.cell(row, at[id_]).value = typed(value, kind)
            if isinstance(value, str):
                sheet.cell(row, at[id_]).data_type = "s"
    for name, value in named.items():
        [(where, cells)] = book.defined_names[name].destinations
        _put(book[where], cells.replace("$", ""), value)
    book.save(path)


def _put(sheet: Any, cells: str, value: object) -> None:
    """A value in a named cell, or items in the cells of a list; money is entered in yuan, in column C."""
    if isinstance(value, list):
        for (cell,), one in zip(sheet[cells], [*value, *[None] * 99], strict=False):
            cell.value = one
    else:
        sheet[cells.replace("G", "C")].value = value


def typed(value: Value, kind: object) -> object:
    if isinstance(kind, YesNo):
        return "yes" if value else "no"
    if isinstance(kind, Number) and kind.decimals:
        assert isinstance(value, int)
        return value / 10**kind.decimals
    return date.fromordinal(int(value)) if isinstance(kind, Date) else value  # type: ignore[arg-type]


def outputs(
    sheets: Sheets, plan: Plan, at: Mapping[str, int], villages: int
) -> dict[str, list[object]]:
    """The outputs that the sheet of formulas shows, as the program counts them."""
    rows = sheets["Formulas"][FIRST_ROW - 1 : FIRST_ROW - 1 + villages]
    kinds = {o.id: o.type for p in plan.policy.programmes for o in p.outputs}
    return {id_: [_read(row[place], kinds[id_]) for row in rows] for id_, place in at.items()}


def _read(cell: object, kind: object) -> object:
    if isinstance(kind, Number) and isinstance(cell, int | float):
        return round(cell * 10 ** (kind.decimals or 0))
    return bool(cell) if isinstance(kind, YesNo) and isinstance(cell, int | float) else cell


def expected(result: Result, plan: Plan) -> dict[str, list[object]]:
    """The outputs as computed, lists joined."""
    found: dict[str, list[object]] = {}
    for programme in plan.policy.programmes:
        for output in programme.outputs:
            values = result.column(output.id)
            joined = isinstance(output.type, Texts)
            found[output.id] = ["+".join(v) if joined else v for v in values]  # type: ignore[arg-type]
    return found


def checks(sheets: Sheets, plan: Plan, villages: int) -> list[object]:
    """What the check column says."""
    place = lead(plan.policy.facts) - 1
    return [row[place] for row in sheets["Formulas"][FIRST_ROW - 1 : FIRST_ROW - 1 + villages]]


def differences(
    sheets: Sheets, plan: Plan, columns: Columns, at: Mapping[str, int]
) -> list[tuple[str, int, object, object]]:
    """Output, village, what the sheet shows and what the program computes, where they differ."""
    want = expected(reference(plan, columns), plan)
    got = outputs(sheets, plan, at, len(columns["code"]))
    return [
        (id_, index, one, other)
        for id_, values in want.items()
        for index, (one, other) in enumerate(zip(got[id_], values, strict=True))
        if one != other
    ]
