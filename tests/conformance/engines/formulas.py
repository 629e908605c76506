"""The workbook's formulas, worked out by LibreOffice; many workbooks in one go, as it starts slowly.

The sheet shows which rules decide, so rules are compared too; it has pools in a form of its own, and knows
nothing of hinges. Outputs that a workbook stores without a formula are left out. What cannot be decided is
refused before there is a workbook.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from tests.conformance.engine import Columns, Outcome
from tests.formulas import books
from tests.formulas.office import Sheets, recalculated, soffice

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines.formulas import Formulas
from fundcalc.engines.formulas.cells import FIRST_ROW
from fundcalc.engines.result import JOIN, JOINS
from fundcalc.language.datatypes import Date, Texts
from fundcalc.policy.columns import result_titles
from fundcalc.policy.plan import Plan

NAME, GROUP, SLOW, MARKS = "formulas", "formulas", True, ("office",)


def missing() -> str | None:
    return None if soffice() else "LibreOffice (soffice) is not on this machine"


def run(plan: Plan, columns: Columns) -> Outcome:
    [found] = many([(plan, columns)])
    if isinstance(found, PolicyProblem):
        raise found
    return found


def many(cases: Sequence[tuple[Plan, Columns]]) -> list[Outcome | PolicyProblem]:
    """The outcome of each, or why there is no workbook."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [folder / f"{number}.xlsx" for number in range(len(cases))]
        made = [_write(path, *case) for path, case in zip(paths, cases, strict=True)]
        there = [path for path, one in zip(paths, made, strict=True) if isinstance(one, Formulas)]
        sheets = iter(recalculated(there, folder) if there else [])
        return [
            _outcome(next(sheets), plan, columns, one) if isinstance(one, Formulas) else one
            for (plan, columns), one in zip(cases, made, strict=True)
        ]


def _write(path: Path, plan: Plan, columns: Columns) -> Formulas | PolicyProblem:
    """A workbook without the results that are stored beside the formulas: none can be read back."""
    try:
        books.write(path, plan, columns)
    except PolicyProblem as problem:
        return problem
    books.edit(path, plan, columns, {})
    return books.lowered(plan, columns)


def _outcome(sheets: Sheets, plan: Plan, columns: Columns, found: Formulas) -> Outcome:
    villages = len(columns["name"])
    stored = {id_ for id_, _ in found.left_out}
    at = {id_: place for id_, place in found.outputs.items() if id_ not in stored}
    outputs = books.outputs(sheets, plan, at, villages)
    for programme in plan.policy.programmes:
        called = {title.en: id_ for id_, title in result_titles(programme).items()}
        for output in programme.outputs:
            if output.id not in outputs:
                continue
            ids = called if output is programme.result else {}
            join = JOINS["en"] if ids else JOIN
            cells = outputs[output.id]
            if isinstance(output.type, Date):
                outputs[output.id] = [c.toordinal() if isinstance(c, date) else c for c in cells]
            elif isinstance(output.type, Texts):
                outputs[output.id] = [_items(cell, join, ids) for cell in cells]
            elif ids:
                outputs[output.id] = [ids.get(str(cell), cell) for cell in cells]
    fired = {one.id: _fired(sheets, plan, found, one.id, villages) for one in plan.programmes}
    return Outcome(outputs, fired)  # type: ignore[arg-type]


def _items(cell: object, join: str, ids: Mapping[str, str]) -> object:
    """The texts of a list; rules that stand there by their titles, by their ids."""
    if not isinstance(cell, str):
        return cell
    return tuple(ids.get(one, one) for one in cell.split(join)) if cell else ()


def _fired(
    sheets: Sheets, plan: Plan, found: Formulas, id_: str, villages: int
) -> list[tuple[str, ...]]:
    """The rules that decide; their columns stand before the result's."""
    programme = plan.policy.programme(id_)
    first = found.outputs[programme.result.id] - len(programme.rules)
    return [
        tuple(r.id for at, r in enumerate(programme.rules, first) if row[at] == 1)
        for row in sheets["Formulas"][FIRST_ROW - 1 : FIRST_ROW - 1 + villages]
    ]
