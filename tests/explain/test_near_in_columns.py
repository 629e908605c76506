"""Lines found for many villages at once are those that are found village by village."""

from __future__ import annotations

from fractions import Fraction
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.strategies import Made, policies, sound

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines.calculate import calculate
from fundcalc.explain import gather
from fundcalc.explain.gather import Explainer, near
from fundcalc.policy.plan import make_plan


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(policies(villages=12), st.sampled_from([Fraction(1, 20), Fraction(1, 2)]))
def test_groups_give_what_villages_give(made: Made, within: Fraction) -> None:
    plan = make_plan(sound(made.bundle))
    try:
        result = calculate(plan, made.columns, engine="columnar")
    except PolicyProblem:
        return
    origin = lambda fact, index: "A1"  # noqa: E731
    with patch.object(gather, "_FEW", 1000):
        one_by_one = near(Explainer(result, origin), within)
    with patch.object(gather, "_FEW", 1):
        assert near(Explainer(result, origin), within) == one_by_one
