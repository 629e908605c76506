"""A value is used for a year in which nobody has confirmed it."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic

CODE = "FC708"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every parameter whose value on the plan's date was last confirmed in an earlier year.

    What a document of its own gives is confirmed on the day on which it begins.
    """
    plan = bench.plan
    for id_, since in plan.since.items():
        parameter = bench.policy.parameters[id_]
        if (day := parameter.confirmed) is None:
            continue
        if any(value.source and value.since == since for value in parameter.values):
            day = max(day, since)
        if day.year >= plan.on.year and since <= day:
            continue
        if day.year >= plan.on.year:
            yield say("FC708.before", parameter.span, id=id_, since=since, day=day)
        else:
            yield say(CODE, parameter.span, id=id_, since=since, day=day, on=plan.on)
