"""The result as an Excel workbook: the sheets to sign, live formulas, rules, notes, rejects, data.

One file a kind of sheet; formulas come from `fundcalc.engines.formulas`. No text of a roster ever becomes a
formula.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.words import Lang, Words
from fundcalc.engines.formulas import Formulas, formulas
from fundcalc.engines.formulas.cells import LIMIT
from fundcalc.engines.hinges import Hinge
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Number
from fundcalc.reports.columns import Filled
from fundcalc.reports.columns import columns as all_columns
from fundcalc.reports.groups import in_rows
from fundcalc.reports.settings import SheetSettings
from fundcalc.reports.summary import Summary
from fundcalc.reports.workbook.form import Form
from fundcalc.reports.workbook.live import (
    Live,
    Parameters,
    leading_columns,
    write_inputs,
    write_pools,
    write_work,
)
from fundcalc.reports.workbook.paper import MOST_ROWS, OTHER_ROWS, Paper
from fundcalc.reports.workbook.sheets import (
    MOST_REASONS,
    finish,
    write_corrections,
    write_data,
    write_notes,
    write_rejects,
    write_rules,
)
from fundcalc.reports.workbook.sign import Signing
from fundcalc.roster.model import Roster

MOST_SHEETS = 250
"""Counties that have a sheet each."""

_PAID = "_paid"

MOST_LIVE = 5_000
"""Villages up to which there are live formulas: with more, a spreadsheet takes too long to follow."""


@dataclass(frozen=True)
class Material:
    """All that a workbook shows of a run.

    Where amounts were set by hand, `ruled` is what the rules gave: formulas and `columns` are of that, the
    sheets to sign are of what is paid, `result`. `about` may hold `run` and `head` (the run's id and the
    ledger's digest, for the footer), `notice` (a line under the title) and `remarks` by village.
    """

    result: Result
    ruled: Result
    summary: Summary
    hinges: Sequence[Hinge]
    columns: Sequence[Filled]
    about: Mapping[str, Any]
    roster: Roster


def as_xlsx(
    material: Material, lang: Lang, settings: SheetSettings
) -> tuple[bytes, list[Diagnostic]]:
    """The result as a workbook, and warnings of what could not be a formula.

    The same input gives the same bytes. Raises PolicyProblem for more villages than a sheet has rows, and
    for more counties than a workbook is to have sheets of.
    """
    result, ruled = material.result, material.ruled
    paper = Paper(result.plan, len(result.rows), lang, settings)
    _refuse(Signing(paper, result, material.summary, (), material.about))
    with _no_collector():
        if settings.public:
            Signing(paper, result, material.summary, (), material.about).notice()
            return paper.close(), []
        columns = _with_paid(material)
        outputs = {o.id for p in result.plan.policy.programmes for o in p.outputs}
        titled = [c for c in columns if lang == "en" and c.called and c.id in outputs]
        ids = result.plan.policy.ids
        data = {
            ids.get(column.id, column.id): place for place, column in enumerate([*columns, *titled])
        }
        paid = {id_.removesuffix(_PAID): place for id_, place in data.items()}
        signing = Signing(paper, result, material.summary, material.hinges, material.about, paid)
        warnings = signing.write()
        live_formulas = _formulas(paper, ruled)
        if live_formulas is not None:
            Live(paper, ruled, live_formulas, data, signing.check_cell).write()
        write_rules(paper, result)
        left_out, unwritten = _left_out(result, live_formulas)
        write_notes(
            paper, result, material.summary, material.roster.assumed, material.about, left_out
        )
        write_rejects(paper, material.roster.rejects)
        write_corrections(paper, material.roster.corrections)
        if live_formulas is not None:
            write_inputs(paper, result, live_formulas, material.roster.assumed)
            Parameters(paper, ruled, live_formulas).write()
            write_pools(paper, ruled, live_formulas)
            write_work(paper, live_formulas)
        write_data(paper, columns, titled, len(result.rows))
        finish(paper, material.about)
        return paper.close(), [*warnings, *unwritten]


def refuse(material: Material, lang: Lang, settings: SheetSettings) -> None:
    """Raise what `as_xlsx` would, where nothing is as large as a cell can hold without drawing a sheet."""
    paper = Paper(material.result.plan, 0, lang, settings, outline=True)
    _refuse(Signing(paper, material.result, material.summary, (), material.about))
    numbers = [c.numbers for c in _with_paid(material) if isinstance(c.type, Number)]
    numbers.append(np.array([*(settings.carried or {0: 0}).values()]))
    together = sum(np.abs(values.astype(float)).sum() for values in numbers)
    if together >= LIMIT / 10:  # a sum of sums may be larger than all of them
        outline(material, lang, settings)


def outline(material: Material, lang: Lang, settings: SheetSettings) -> list[Form]:
    """What stands on the sheets to sign or on the notice, without a workbook. Raises as `as_xlsx`."""
    result = material.result
    paper = Paper(result.plan, 0, lang, settings, outline=True)
    signing = Signing(paper, result, material.summary, material.hinges, material.about)
    _refuse(signing)
    if settings.public:
        signing.notice()
    else:
        signing.write()
    return signing.sheets


def _with_paid(material: Material) -> list[Filled]:
    """The columns, and of each amount that was set by hand what is paid after all."""
    columns = [*material.columns, *in_rows(material.ruled)]
    if material.result is material.ruled:
        return columns
    outputs = [o for p in material.result.plan.policy.programmes for o in p.outputs]
    by_hand = words("book.by_hand")
    paid = [
        replace(
            column, id=column.id + _PAID,
            title=Words(f"{column.title.zh}·{by_hand.zh}", f"{column.title.en}: {by_hand.en}"),
        )
        for column in all_columns(material.result, (), {}) if column.id in {o.id for o in outputs}
    ]  # fmt: skip
    return [*columns, *paid]


@contextmanager
def _no_collector() -> Iterator[None]:
    """No garbage collection: among so many cells there are no cycles, and looking for some takes time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _refuse(signing: Signing) -> None:
    """Raise PolicyProblem for too many villages or counties, and for a notice of nothing that is public."""
    result, settings = signing.result, signing.paper.settings
    villages, signed = len(result.rows), not settings.public
    counties, towns = result.groups("county")[0], result.groups("town")[0]
    subtotals = len(set(counties.tolist())) + len(set(zip(counties, towns, strict=True)))
    if villages + subtotals + OTHER_ROWS > MOST_ROWS:
        raise PolicyProblem([say("FC853", villages=villages, most=MOST_ROWS)])
    if not signed and not any(c.kind != "text" and c.summed for c in signing.columns(public=True)):
        raise PolicyProblem([say("FC858")])
    if signed and settings.by_county and len(signing.counties) > MOST_SHEETS:
        raise PolicyProblem([say("FC856", counties=len(signing.counties), most=MOST_SHEETS)])


def _formulas(paper: Paper, result: Result) -> Formulas | None:
    """The formulas; None where there are too many villages, or none."""
    if not 0 < len(result.rows) <= MOST_LIVE:
        return None
    before = leading_columns(result.plan.policy.facts)
    return formulas(result.plan, result, before, paper.say("book.yes"), paper.lang)


def _left_out(
    result: Result, live_formulas: Formulas | None
) -> tuple[list[tuple[str, Words]], list[Diagnostic]]:
    """What is left out, for the notes and as warnings."""
    villages = len(result.rows)
    if live_formulas is not None:
        titles = {o.id: o for p in result.plan.policy.programmes for o in p.outputs}
        warnings = [
            say(
                "FC850.digits" if why == words("formulas.digits") else "FC850",
                titles[id_].span,
                output=id_,
                why=why,
            )
            for id_, why in live_formulas.left_out
        ]
        return live_formulas.left_out, warnings
    warnings = []
    if villages > MOST_LIVE:
        warnings.append(say("FC851", villages=villages, most=MOST_LIVE))
    if villages > MOST_REASONS:
        warnings.append(say("FC852", villages=villages, most=MOST_REASONS))
    return [(f"{villages:,}", warning.message) for warning in warnings], warnings
