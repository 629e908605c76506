"""Rules of a `unique` programme that some village meets together."""

from __future__ import annotations

from itertools import combinations

from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import Words
from fundcalc.language.edges import overlapping
from fundcalc.language.show import literal
from fundcalc.language.simplify import simplify
from fundcalc.policy.plan import Plan, PlanProgramme, PlanRule


def overlaps(plan: Plan) -> list[Diagnostic]:
    """One finding for each overlapping pair, with a village that meets both.

    Only conditions that compare single facts with constants are decided here; others are left alone.
    """
    ranges = {id_: (fact.low, fact.high) for id_, fact in plan.policy.facts.items()}
    found: list[Diagnostic] = []
    for programme in plan.programmes:
        if programme.programme.hit_policy != "unique":
            continue
        for one, two in combinations(programme.rules, 2):
            first, second = (simplify(rule.when, plan.constants) for rule in (one, two))
            village = overlapping(first, second, ranges)
            if village is not None:
                facts = plan.policy.facts
                witness = {
                    id_: literal(value, facts[id_].type)
                    for id_, value in village.items()
                    if id_ in facts
                }
                found.append(_overlap(programme, one, two, witness))
    return found


def _overlap(
    programme: PlanProgramme, one: PlanRule, two: PlanRule, witness: dict[str, str]
) -> Diagnostic:
    return Diagnostic(
        "FC701",
        "error",
        Words(
            f"项目 `{programme.id}` 只许一条规则适用，而 `{one.id}` 与 `{two.id}` 重叠",
            f"`{programme.id}` allows one rule, but `{one.id}` and `{two.id}` overlap",
        ),
        (two.rule.span, one.rule.span),
        Words(
            "让条件互不重叠，或改用 first / collect",
            "make the conditions exclude each other, or use `first` or `collect`",
        ),
        witness,
    )
