"""The front of the engines: a plan and a roster's columns in, every village decided, twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines import columnar, double, rules, written
from fundcalc.engines.result import Result, identity, label, rows_of, values_of
from fundcalc.engines.rules import Progress
from fundcalc.language.datatypes import Date, Number
from fundcalc.language.nodes import Value
from fundcalc.language.show import literal
from fundcalc.policy.plan import Plan, fact_limits

if TYPE_CHECKING:
    from fundcalc.engines.columnar.views import Decided

Engine = Literal["auto", "rules", "columnar"]

ALL_CHECKED = 20_000
"""Villages up to which every decision is made on both engines."""


def calculate(
    plan: Plan,
    columns: Mapping[str, Sequence[Value]],
    progress: Progress | None = None,
    engine: Engine = "auto",
) -> Result:
    """Decide every village.

    `auto` decides in columns and on the rules engine as well: all villages of a roster of up to 20,000,
    else a sample of 5,000 and some whole pools; a difference stops the run. `columns` maps every fact
    of the policy to its values in roster order, money in fen. Raises PolicyProblem where a value is
    outside what its fact may be, or the policy cannot decide a village.
    """
    refuse_outside(plan, columns)
    villages = len(next(iter(columns.values()), ()))
    if engine == "rules" or not villages:
        return rules.run(plan, rows_of(columns), progress)
    if engine == "auto" and villages <= ALL_CHECKED:
        result = rules.run(plan, rows_of(columns), progress)
        decided = _decided(plan, columns)
        if decided is None:
            result.checked = 0
        else:
            double.compare(result, decided)
        return result
    decided = _decided(plan, columns)
    if decided is None:
        return written.run(plan, rows_of(columns))
    result = columnar.InColumns(plan, decided)
    if engine == "auto":
        result.checked = double.check_sample(result, progress)
    return result


def refuse_outside(plan: Plan, columns: Mapping[str, Sequence[Value]]) -> None:
    """Raise PolicyProblem where a fact's least or greatest value is one that no roster may have.

    The bounds of a plan rest on the facts' ranges. Readers of rosters reject what lies outside, but
    whoever calls from Python may not.
    """
    found = []
    for id_, values in columns.items():
        fact = plan.policy.facts[id_]
        if not len(values) or not isinstance(fact.type, Number | Date):
            continue
        column = np.asarray(values) if hasattr(values, "dtype") else np.array(values, dtype=object)
        within = plan.bounds[id_]
        for at in (int(np.argmin(column)), int(np.argmax(column))):
            if not within.low <= column[at] <= within.high:
                row = {
                    part: str(values_of(columns[part][at : at + 1])[0])
                    for part in identity(columns)
                }
                found.append(
                    say(
                        "FC846",
                        fact.span,
                        village=label(row),
                        title=fact.title,
                        shown=literal(int(column[at]), fact.type),
                        low=literal(fact_limits(fact).low, fact.type),
                        high=literal(fact_limits(fact).high, fact.type),
                    )
                )
                break
    if found:
        raise PolicyProblem(found)


def reference(plan: Plan, columns: Mapping[str, Sequence[Value]]) -> Result:
    """The same by the row evaluator alone."""
    return written.run(plan, rows_of(columns))


def _decided(plan: Plan, columns: Mapping[str, Sequence[Value]]) -> Decided | None:
    """In columns; None where a village cannot be decided, which the row evaluator explains."""
    try:
        return columnar.run(plan, columns)
    except columnar.Anomaly:
        written.run(plan, rows_of(columns))
        return None
