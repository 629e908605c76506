"""Many plans over one roster, one after the other; only what a plan changes is decided again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fundcalc.engines import columnar
from fundcalc.engines.calculate import calculate
from fundcalc.engines.columnar import Decided, InColumns
from fundcalc.engines.result import Result
from fundcalc.language.nodes import Value, names
from fundcalc.policy.plan import Plan, planned_expressions


def results(plans: Sequence[Plan], facts: Mapping[str, Sequence[Value]]) -> Iterator[Result]:
    """Each plan's result, in columns; the first is double-checked as `calculate` does it.

    All plans are of one policy, its parameters' values apart. Uses of pools are those of the first
    plan only. Raises PolicyProblem where a village cannot be decided.
    """
    last: tuple[Plan, Decided] | None = None
    for plan in plans:
        result = _next(plan, *last, facts) if last else _first(plan, facts)
        if isinstance(result, InColumns):
            last = plan, result.decided
        yield result


def _first(plan: Plan, facts: Mapping[str, Sequence[Value]]) -> Result:
    checked = calculate(plan, facts)
    if isinstance(checked, InColumns):
        return checked
    found = calculate(plan, facts, engine="columnar")
    found.checked = checked.checked
    return found


def _next(
    plan: Plan, before: Plan, decided: Decided, facts: Mapping[str, Sequence[Value]]
) -> Result:
    try:
        return InColumns(plan, columnar.again(plan, decided, changed(before, plan)))
    except columnar.Anomaly:
        return calculate(plan, facts, engine="columnar")


def changed(one: Plan, other: Plan) -> set[str]:
    """The programmes that two plans of one policy decide differently, or may."""
    found: set[str] = set()
    outputs: set[str] = set()
    for programme, before, after in zip(other.programmes, one.core, other.core, strict=True):
        used = {name.id for node in planned_expressions(programme) for name in names(node)}
        if used & outputs or before != after:
            found.add(programme.id)
            outputs |= {output.id for output in programme.outputs}
    return found
