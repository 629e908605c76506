"""A value is a hundred times another than the one before it."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.policy.plan import planned_expressions
from fundcalc.policy.values import jumps, table_jumps, tables_of_rates

CODE = "FC716"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every dated value that jumps, in force on the plan's date or not, and rows of tables that do."""
    policy = bench.policy
    for parameter in policy.parameters.values():
        yield from jumps(parameter)
    rates = tables_of_rates(policy, planned_expressions)
    for table in policy.tables.values():
        yield from table_jumps(table, rates=table.id in rates)
