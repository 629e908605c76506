"""A value is used for a year in which nobody has confirmed it.

某个标准在所用的年度还没有人确认过。

`confirmed` is the last day on which somebody checked that a value still holds. Amounts are set year by
year: where the policy's date lies in a later year, or the value began after that day, an old
amount may be paid unnoticed. Check the source, then write the new day, or a new dated value.

`confirmed` 是最后一次有人核对该标准仍然有效的日期。标准一般逐年确定：如果政策日期已在以后的年度，或这个值
是在核对之后才生效的，就可能不知不觉按旧标准发放。请核对出处，再写上新的日期，或补上新的值。

Bad:

    [parameters.limit]
    title = { zh = "收入线", en = "Limit" }
    unit = "yuan/year"
    source = "paper"
    values = { 2015-01-01 = 40_000 }
    confirmed = 2016-03-01

Good:

    [parameters.limit]
    title = { zh = "收入线", en = "Limit" }
    unit = "yuan/year"
    source = "paper"
    values = { 2015-01-01 = 40_000 }
    confirmed = 2017-03-01
"""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench
from fundcalc.base.diagnostics import Diagnostic, warning
from fundcalc.base.words import Words

CODE = "FC708"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every parameter whose value on the plan's date was last confirmed in an earlier year."""
    plan = bench.plan
    for id_, since in plan.since.items():
        parameter = bench.policy.parameters[id_]
        day = parameter.confirmed
        if day is None or (day.year >= plan.on.year and since <= day):
            continue
        began = day.year >= plan.on.year
        yield warning(
            CODE,
            parameter.span,
            Words(
                f"参数 `{id_}` 的值自 {since} 起有效，最后确认于 {day}"
                + ("，在它生效之前" if began else f"，而政策日期是 {plan.on}"),
                f"the value of `{id_}` holds from {since} and was last confirmed on {day}, "
                + ("before it began" if began else f"but the policy's date is {plan.on}"),
            ),
            Words(
                "核对出处后，更新 confirmed 或补上新的值",
                "check the source, then write the new day in `confirmed`, or add the new value",
            ),
        )
