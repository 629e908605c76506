"""The front of the engines: a plan and a roster's columns in, every village decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from fundcalc.engines import rows, rules
from fundcalc.engines.result import Result, rows_of
from fundcalc.engines.rules import Progress
from fundcalc.language.nodes import Value
from fundcalc.policy.plan import Plan

Engine = Literal["auto", "rules"]


def calculate(
    plan: Plan,
    columns: Mapping[str, Sequence[Value]],
    progress: Progress | None = None,
) -> Result:
    """Decide every village on the rules engine, each decision checked by the row evaluator.

    `columns` maps every fact of the policy to its values in roster order, money in fen. Raises
    PolicyProblem where the policy cannot decide a village.
    """
    return rules.run(plan, rows_of(columns), progress)


def reference(plan: Plan, columns: Mapping[str, Sequence[Value]]) -> Result:
    """The same by the row evaluator alone."""
    return rows.run(plan, rows_of(columns))
