"""A policy varied: some parameters at other values, or the values of another year.

Nothing is written to the policy's files; the varied policy has a digest of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.nearest import did_you_mean
from fundcalc.language.datatypes import Date, Number, Texts, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.model import DatedValue, Parameter, Policy
from fundcalc.policy.plan import Plan
from fundcalc.policy.planning import make_plan
from fundcalc.policy.typed import mended
from fundcalc.policy.values import value_of, wanted


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
    unknown = [
        say("FC840", Span(f"--set {name}"), hint=did_you_mean(name, policy.parameters), name=name)
        for name in values
        if name not in policy.parameters
    ]
    if unknown:
        raise PolicyProblem(unknown)
    if not values:
        return policy
    changed = {
        name: replace(policy.parameters[name], values=(DatedValue(on, value),), growth=None)
        for name, value in values.items()
    }
    text = f"{policy.digest}\n{on}\n{sorted(values.items())}"
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    return replace(policy, parameters={**policy.parameters, **changed}, digest=digest)


def parameter_value(policy: Policy, name: str, text: str) -> Value:
    """What somebody wrote as a parameter's value: a number in its unit (yuan, not fen), or a text.

    A list of text is separated by commas; yes/no is `true` or `false`. Raises PolicyProblem where the
    parameter is unknown or the text is no value of its type.
    """
    parameter = policy.parameters.get(name)
    if parameter is None:
        raise PolicyProblem(
            [
                say(
                    "FC840",
                    Span(f"--set {name}"),
                    hint=did_you_mean(name, policy.parameters),
                    name=name,
                )
            ]
        )
    value = value_of(_raw(parameter, text.strip()), parameter.type)
    if value is None:
        raise PolicyProblem([_bad(parameter, text)])
    return value


def _raw(parameter: Parameter, text: str) -> object:
    """The text as TOML would have given it."""
    kind = parameter.type
    if isinstance(kind, Number):
        try:
            return Decimal(text.replace("_", ""))
        except InvalidOperation:
            return text
    if isinstance(kind, Texts):
        return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
    if isinstance(kind, Date):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    if isinstance(kind, YesNo):
        return {"true": True, "false": False}.get(text.lower())
    return text


def _bad(parameter: Parameter, text: str) -> Diagnostic:
    kind = parameter.type
    mend = mended(text) if isinstance(kind, Number) else None
    return say(
        "FC841",
        Span(f"--set {parameter.id}={text}"),
        hint=mend,
        text=text,
        name=parameter.id,
        kind=wanted(kind),
    )
