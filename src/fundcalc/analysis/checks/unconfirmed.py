"""A value is used for a year in which nobody has confirmed it."""

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
