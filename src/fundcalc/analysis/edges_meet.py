"""Pairs of rules that hold together for one number only: where two tiers meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from fundcalc.analysis.atoms import Threshold, thresholds
from fundcalc.analysis.bench import View
from fundcalc.language.evaluate import simplify
from fundcalc.policy.plan import PlanRule

_UPPER, _LOWER = ("<", "<="), (">", ">=")


@dataclass(frozen=True, slots=True)
class Edge:
    """One rule's upper threshold at another's lower one."""

    below: PlanRule
    above: PlanRule
    upper: Threshold
    lower: Threshold


def edges_of(view: View) -> Iterator[Edge]:
    """Every pair of rules of which one stops at the number where the other begins."""
    uppers: dict[tuple[str, int], list[tuple[PlanRule, Threshold]]] = {}
    lowers: dict[tuple[str, int], list[tuple[PlanRule, Threshold]]] = {}
    for rule in view.programme.rules:
        for one in set(thresholds(simplify(rule.when, view.plan.constants))):
            side = uppers if one.op in _UPPER else lowers if one.op in _LOWER else None
            if side is not None:
                side.setdefault((one.name.id, one.value), []).append((rule, one))
    for key, below in uppers.items():
        for (rule, upper), (other, lower) in product(below, lowers.get(key, [])):
            if rule is not other:
                yield Edge(rule, other, upper, lower)


def meeting(view: View) -> list[Edge]:
    """The edges whose number both rules take, while they share no other village."""
    if "meeting" in view.kept:
        return view.kept["meeting"]
    villages, span = view.space.villages, view.programme.programme.span
    found: list[Edge] = []
    for edge in edges_of(view):
        if (edge.upper.op, edge.lower.op) != ("<=", ">="):
            continue
        number = villages.term(edge.upper.name)
        both = [villages.holds(view.programme, rule) for rule in (edge.below, edge.above)]
        if view.never(span, *both, number != edge.upper.value):
            found.append(edge)
    view.kept["meeting"] = found
    return found
