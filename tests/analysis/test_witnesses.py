"""Every witness, read back from what is shown, does on the row evaluator what the finding says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings

from fundcalc.analysis import smt
from fundcalc.analysis.check import check_policy
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.money import scaled
from fundcalc.engines.calculate import reference
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Date, Number, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.declarations import empty_value
from fundcalc.policy.load import read
from fundcalc.policy.model import Fact, Policy
from fundcalc.policy.plan import draft_plan
from tests.strategies import Made, policies

FAILS = {"FC111": "FC403", "FC701": "FC401", "FC702": "FC402", "FC712": "FC404", "FC714": "FC405",
         "FC715": "FC406"}  # fmt: skip


def value(fact: Fact, text: object) -> Value:
    kind = fact.type
    if isinstance(kind, YesNo):
        return text == "true"
    if isinstance(kind, Date):
        return date.fromisoformat(str(text)).toordinal()
    if isinstance(kind, Number):
        number = scaled(Decimal(str(text)), kind.decimals or 0)
        assert number is not None
        return number
    return str(text)


def decide(policy: Policy, diagnostic: Diagnostic) -> Result:
    """The witness on the row evaluator, under the readings that the finding names."""
    assert diagnostic.witness
    said = diagnostic.message.en
    readings = {}
    if said.startswith("under the reading "):
        listed = said.removeprefix("under the reading ").partition(":")[0]
        readings = dict(pair.split(" = ") for pair in listed.split(", "))
    plan, _ = draft_plan(policy, None, readings)
    row: dict[str, list[Value]] = {}
    for id_, fact in policy.facts.items():
        given_ = diagnostic.witness.get(id_)
        usual = fact.default if fact.default is not None else empty_value(fact.type)
        row[id_] = [value(fact, given_) if given_ is not None else usual]
    return reference(plan, row)


def holds(policy: Policy, diagnostic: Diagnostic) -> None:
    code = FAILS.get(diagnostic.code)
    if code is not None:
        with pytest.raises(PolicyProblem) as problem:
            decide(policy, diagnostic)
        assert code in {d.code for d in problem.value.diagnostics}
        return
    try:
        result = decide(policy, diagnostic)
    except PolicyProblem:
        return  # another programme cannot decide this village
    if diagnostic.code in ("FC703", "FC704"):
        programme, rule = owner(policy, diagnostic)
        fired = result.fired[programme][0]
        hit = policy.programme(programme).hit_policy
        assert rule not in fired or (diagnostic.code == "FC704" and hit.startswith("collect"))


def owner(policy: Policy, diagnostic: Diagnostic) -> tuple[str, str]:
    return next(
        (programme.id, rule.id)
        for programme in policy.programmes
        for rule in programme.rules
        if rule.span == diagnostic.where
    )


def every_witness_holds(bundle: Bundle) -> None:
    policy, found = read(bundle)
    assert policy is not None, found
    for diagnostic in check_policy(policy):
        assert diagnostic.severity in ("error", "warning", "note")
        if diagnostic.witness:
            holds(policy, diagnostic)


@settings(max_examples=10)
@given(made=policies(villages=1))
def test_witnesses_of_random_policies(made: Made) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smt, "TURN", 200_000)  # what takes z3 longer is left to the many
        every_witness_holds(made.bundle)


@pytest.mark.slow
@settings(max_examples=500)
@given(made=policies(villages=1))
def test_witnesses_of_many_random_policies(made: Made) -> None:
    every_witness_holds(made.bundle)
