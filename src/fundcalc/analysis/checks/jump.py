"""A value is a hundred times another than the one before it.

某个标准与上一个数值相差百倍以上。

Amounts move by some percent a year, not a hundredfold: more likely ten-thousands (万元) were typed for
yuan, or a zero slipped. Write the amount in the parameter's unit; where the step is meant, give the
reason in `jump_ok`, by the day of the value.

标准逐年增减一般不过百分之几，不会相差百倍：多半是把“万元”当成“元”写了，或多写、少写了零。请按参数的单位
改正；确属有意的，在 `jump_ok` 里按数值的日期写明理由。

Bad:

    [parameters.limit]
    title = { zh = "收入线", en = "Limit" }
    unit = "yuan/year"
    source = "paper"
    values = { 2015-01-01 = 40_000, 2018-01-01 = 5 }

Good:

    [parameters.limit]
    title = { zh = "收入线", en = "Limit" }
    unit = "yuan/year"
    source = "paper"
    values = { 2015-01-01 = 40_000, 2018-01-01 = 45_000 }
"""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.policy.jumps import jumps

CODE = "FC716"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every dated value that jumps, in force on the plan's date or not."""
    for parameter in bench.policy.parameters.values():
        yield from jumps(parameter)
