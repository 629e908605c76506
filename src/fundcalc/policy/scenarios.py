"""A policy under many circumstances: years, readings and parameter values, each combination a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from math import prod
from typing import TypeVar

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem, Span, in_order
from fundcalc.language.datatypes import Number
from fundcalc.language.nodes import Value
from fundcalc.policy.model import Policy
from fundcalc.policy.plan import Plan
from fundcalc.policy.planning import settle_readings
from fundcalc.policy.values import same_day
from fundcalc.policy.variation import parameter_value, plan_with

MOST_SCENARIOS = 10_000


@dataclass(frozen=True, slots=True)
class Scenario:
    """One combination, with its plan. Only what was asked to vary is named; money is in fen."""

    year: int
    readings: Mapping[str, str]
    values: Mapping[str, Value]
    plan: Plan


def scenarios(
    policy: Policy,
    on: date | None,
    years: Sequence[int],
    readings: Mapping[str, Sequence[str]],
    values: Mapping[str, Sequence[Value]],
) -> list[Scenario]:
    """Every combination: years outermost, then readings, then values, each in the order given.

    A year's plan has the values of the same day of that year as `on`, or the policy's own date, with
    growth; a value given here holds in every year as it is. Raises PolicyProblem: more than 10,000
    combinations, unknown names, a year in which the policy has no values.
    """
    day = on or policy.on
    count = max(len(years), 1) * prod(map(len, [*readings.values(), *values.values()]))
    if count > MOST_SCENARIOS:
        raise PolicyProblem([say("FC843", count=count, most=MOST_SCENARIOS)])
    unknown = [d for name, some in readings.items() for option in some
               for d in settle_readings(policy, {name: option})[1]]  # fmt: skip
    if unknown:
        raise PolicyProblem(in_order(unknown))
    found: list[Scenario] = []
    for year in list(years) or [day.year]:
        for options in _each(readings):
            for amounts in _each(values):
                plan = plan_with(policy, same_day(day, year), options, amounts)
                found.append(Scenario(year, options, amounts, plan))
    return found


T = TypeVar("T")


def _each(choices: Mapping[str, Sequence[T]]) -> Iterator[dict[str, T]]:
    """Every combination of one choice a name."""
    for chosen in product(*choices.values()):
        yield dict(zip(choices, chosen, strict=True))


def parameter_values(policy: Policy, name: str, text: str) -> list[Value]:
    """`1000:5000:500` (from, to, step; both ends included) or one value, in the parameter's unit.

    Raises PolicyProblem: an unknown parameter, a value that is none, a step that leads nowhere.
    """
    parameter = policy.parameters.get(name)
    if ":" not in text or (parameter is not None and not isinstance(parameter.type, Number)):
        return [parameter_value(policy, name, text)]
    ends = [parameter_value(policy, name, part) for part in text.split(":")]
    if len(ends) != 3:
        raise PolicyProblem([say("FC842", Span(f"--set {name}={text}"), text=text)])
    first, last, step = (int(end) for end in ends if isinstance(end, int))
    if not step or (last - first) * step < 0:
        raise PolicyProblem([say("FC842", Span(f"--set {name}={text}"), text=text)])
    if (last - first) // step >= MOST_SCENARIOS:
        raise PolicyProblem([say("FC843", count=(last - first) // step + 1, most=MOST_SCENARIOS)])
    return list(range(first, last + (1 if step > 0 else -1), step))
