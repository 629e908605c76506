"""A policy varied: parameters at other values, other years, other readings, one or every combination.

Nothing is written to the policy's files; a varied policy has a digest of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import product
from math import prod
from typing import TypeVar

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span, in_order
from fundcalc.base.words import did_you_mean
from fundcalc.language.datatypes import Date, Number, Texts, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.load import load
from fundcalc.policy.model import DatedValue, Parameter, Policy
from fundcalc.policy.plan import Plan, make_plan, settle_readings
from fundcalc.policy.values import decimals, mended, same_day, value_of, wanted

MOST_SCENARIOS = 10_000


def plan_with(
    policy: Policy,
    on: date | None = None,
    readings: Mapping[str, str] | None = None,
    values: Mapping[str, Value] | None = None,
) -> Plan:
    """A plan in which some parameters have other values, money in fen (see `parameter_value`).

    Raises PolicyProblem: an unknown parameter, and all that `make_plan` raises.
    """
    day = on or policy.on
    return make_plan(varied(policy, day, values or {}), day, readings)


def varied(policy: Policy, on: date, values: Mapping[str, Value]) -> Policy:
    """The policy with some parameters at given values from a day on, which growth does not raise.

    Raises PolicyProblem where a parameter is unknown.
    """
    unknown = [_unknown(policy, name) for name in values if name not in policy.parameters]
    if unknown:
        raise PolicyProblem(unknown)
    if not values:
        return policy
    changed = {
        name: replace(policy.parameters[name], values=(DatedValue(on, value),), growth=None)
        for name, value in values.items()
    }
    scales = {
        name: parameter.type.decimals
        for name, parameter in changed.items()
        if parameter.open and isinstance(parameter.type, Number) and parameter.type.decimals
    }
    text = f"{policy.digest}\n{on}\n{sorted(values.items())}{sorted(scales.items()) or ''}"
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    parameters = {**policy.parameters, **changed}
    return replace(policy, parameters=parameters, digest=digest, varied=tuple(changed))


def finer(policy: Policy, values: Mapping[str, Iterable[str]]) -> Policy:
    """The policy in which open parameters have the decimals that values to be tried need.

    `values` are texts as `parameter_values` takes them. Raises PolicyProblem where the policy's expressions
    need a number with fewer.
    """
    more: dict[str, int] = {}
    for name, texts in values.items():
        parameter = policy.parameters.get(name)
        if parameter is not None and parameter.open:
            parts = [part.strip() for text in texts for part in text.split(":")]
            more[name] = max([decimals(_raw(parameter, part)) for part in parts], default=0)
    return with_decimals(policy, more)


def with_decimals(policy: Policy, more: Mapping[str, int]) -> Policy:
    """The policy in which some open parameters have at least so many decimals; else the same policy."""
    decimals = {
        name: parameter.type.decimals or 0
        for name, parameter in policy.parameters.items()
        if parameter.open and isinstance(parameter.type, Number)
    }
    wider = {name: max(decimals[name], more.get(name, 0)) for name in decimals}
    if wider == decimals:
        return policy
    label = next(iter(policy.parameters.values())).span.file.rpartition("/")[0]
    return load(Bundle(label, dict(policy.files)), wider)[0]


def parameter_value(policy: Policy, name: str, text: str) -> Value:
    """What somebody wrote as a parameter's value: a number in its unit (yuan, not fen), or a text.

    A list of text is separated by commas; yes/no is `true` or `false`. Raises PolicyProblem where the
    parameter is unknown or the text is no value of its type.
    """
    parameter = policy.parameters.get(name)
    if parameter is None:
        raise PolicyProblem([_unknown(policy, name)])
    value = value_of(_raw(parameter, text.strip()), parameter.type)
    if value is None:
        kind = parameter.type
        hint = mended(text) if isinstance(kind, Number) else None
        span = Span(f"--set {name}={text}")
        raise PolicyProblem(
            [say("FC841", span, hint=hint, text=text, name=name, kind=wanted(kind, parameter))]
        )
    return value


def _unknown(policy: Policy, name: str) -> Diagnostic:
    hint = did_you_mean(name, policy.parameters)
    return say("FC840", Span(f"--set {name}"), hint=hint, name=name)


def texts_of(text: str) -> list[str]:
    """The texts of a list that somebody wrote, without what stands between them."""
    return [part.strip() for part in re.split(r"[,，、;；\n]", text) if part.strip()]


def _raw(parameter: Parameter, text: str) -> object:
    kind = parameter.type
    if isinstance(kind, Number):
        try:
            return Decimal(text.replace("_", ""))
        except InvalidOperation:
            return text
    if isinstance(kind, Texts):
        return texts_of(text)
    if isinstance(kind, Date):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    if isinstance(kind, YesNo):
        return {"true": True, "false": False}.get(text.lower())
    return text


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
    return [
        Scenario(year, options, amounts, plan_with(policy, same_day(day, year), options, amounts))
        for year in list(years) or [day.year]
        for options in _each(readings)
        for amounts in _each(values)
    ]


T = TypeVar("T")


def _each(choices: Mapping[str, Sequence[T]]) -> Iterator[dict[str, T]]:
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
