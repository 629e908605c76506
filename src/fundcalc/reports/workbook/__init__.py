"""The result as an Excel workbook: the sheet to sign, live formulas, rules, notes, rejects, data.

One file a kind of sheet; formulas come from `fundcalc.engines.formulas`. No text of a roster ever becomes a
formula.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.words import Lang, Words
from fundcalc.engines.formulas import Formulas, formulas
from fundcalc.engines.formulas.cells import TOO_MANY_DIGITS
from fundcalc.engines.result import Result
from fundcalc.reports.columns import Filled
from fundcalc.reports.summary import Summary
from fundcalc.reports.workbook.live import (
    Live,
    Parameters,
    lead,
    write_inputs,
    write_pools,
    write_work,
)
from fundcalc.reports.workbook.paper import MOST_ROWS, OTHER_ROWS, Paper, Unit
from fundcalc.reports.workbook.sheets import (
    MOST_REASONS,
    write_data,
    write_notes,
    write_rejects,
    write_rules,
)
from fundcalc.reports.workbook.sign import write_sign
from fundcalc.roster.model import Reject

MOST_LIVE = 5_000
"""Villages up to which there are live formulas: with more, a spreadsheet takes too long to follow."""


def as_xlsx(  # noqa: PLR0913 - a workbook shows all there is
    result: Result,
    summary: Summary,
    columns: Sequence[Filled],
    about: Mapping[str, Any],
    lang: Lang,
    *,
    unit: Unit = "yuan",
    public: bool = False,
    rejects: Sequence[Reject] = (),
    assumed: Mapping[str, Sequence[bool]] | None = None,
    ruled: Result | None = None,
) -> tuple[bytes, list[Diagnostic]]:
    """The result as a workbook, and warnings of what could not be a formula.

    `about` may hold `run` and `head` (the run's id and the ledger's digest, for the footer) and `notice`
    (a line under the title, such as “invented data”). `unit` is that of the sheet to sign. `public`
    leaves out all but the public notice. Where amounts were set by hand, `ruled` is what the rules gave:
    formulas and `columns` are of that, the sheet to sign is of what is paid. The same input gives the
    same bytes. Raises PolicyProblem for more villages than a sheet has rows.
    """
    _refuse_too_many(result)
    paper = Paper(result.plan, len(result.rows), lang, unit)
    with _no_collector():
        write_sign(paper, result, summary, columns, about, public=public)
        if public:
            return paper.close(), []
        ruled = ruled or result
        found = _formulas(paper, ruled)
        if found is not None:
            data = {column.id: place for place, column in enumerate(columns)}
            Live(paper, ruled, found, data).write()
        write_rules(paper, result)
        left_out, warnings = _left_out(result, found)
        write_notes(paper, result, summary, columns, about, left_out)
        if rejects:
            write_rejects(paper, rejects)
        if found is not None:
            write_inputs(paper, result, found, assumed or {})
            Parameters(paper, ruled, found).write()
            write_pools(paper, ruled, found)
            write_work(paper, found)
        write_data(paper, columns, len(result.rows))
        return paper.close(), warnings


@contextmanager
def _no_collector() -> Iterator[None]:
    """Cells by the hundred thousand and no circles among them: looking for some takes a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _refuse_too_many(result: Result) -> None:
    villages = len(result.rows)
    counties, towns = result.groups("county")[0], result.groups("town")[0]
    subtotals = len(set(counties.tolist())) + len(set(zip(counties, towns, strict=True)))
    if villages + subtotals + OTHER_ROWS > MOST_ROWS:
        raise PolicyProblem([say("FC853", villages=villages, most=MOST_ROWS)])


def _formulas(paper: Paper, result: Result) -> Formulas | None:
    """The formulas; None where there are too many villages, or none."""
    if not 0 < len(result.rows) <= MOST_LIVE:
        return None
    return formulas(result.plan, result, lead(result.plan.policy.facts), paper.say("book.yes"))


def _left_out(
    result: Result, found: Formulas | None
) -> tuple[list[tuple[str, Words]], list[Diagnostic]]:
    """What is left out, for the notes and as warnings."""
    villages = len(result.rows)
    if found is not None:
        titles = {o.id: o for p in result.plan.policy.programmes for o in p.outputs}
        warnings = [
            say(
                "FC850.digits" if why == TOO_MANY_DIGITS else "FC850",
                titles[id_].span,
                output=id_,
                why=why,
            )
            for id_, why in found.left_out
        ]
        return found.left_out, warnings
    warnings = []
    if villages > MOST_LIVE:
        warnings.append(say("FC851", villages=villages, most=MOST_LIVE))
    if villages > MOST_REASONS:
        warnings.append(say("FC852", villages=villages, most=MOST_REASONS))
    return [(f"{villages:,}", warning.message) for warning in warnings], warnings
