"""z3 and the enumeration of boxes say the same of gaps, overlaps and rules that never decide."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundcalc.analysis.check import check_policy
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.language.edges import boxes, edges
from fundcalc.language.evaluate import evaluation, simplify
from fundcalc.language.nodes import Const, Value
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.load import read
from fundcalc.policy.model import Policy, Programme
from fundcalc.policy.plan import draft_plan
from tests.closed_sets import AMOUNTS, COMPARISONS
from tests.strategies import VILLAGE, catalogue

OPTIONS = ("one", "two")


@st.composite
def simple_policies(draw: st.DrawFn) -> Bundle:
    """A programme whose conditions compare single facts with constants, and whose amounts are constants."""
    hit = draw(st.sampled_from(AMOUNTS))
    lines = [
        '[programme]\nid = "p0"\ntitle = { zh = "项目", en = "P" }',
        f'hit_policy = "{hit}"\noutput = "o"\nunit = "yuan/year"',
    ]
    for index in range(draw(st.integers(1, 5))):
        then = draw(st.sampled_from(["0", "100", "200", "100 if reading == 'one' else 50"]))
        when = condition(draw, 2)
        lines.append(f'[[rule]]\nid = "r{index}"\nsource = "s"\nwhen = "{when}"\nthen = "{then}"')
    if draw(st.booleans()):
        lines.append('[otherwise]\nid = "none"\nvalue = 0')
    head = catalogue("p0")
    files = {
        "policies.toml": head,
        "rules/village.toml": VILLAGE,
        "rules/p0.toml": "\n".join(lines),
    }
    return Bundle("", {name: text.encode() for name, text in files.items()})


def condition(draw: st.DrawFn, depth: int) -> str:
    if depth == 0 or draw(st.integers(0, 2)) == 0:
        op = draw(st.sampled_from(COMPARISONS))
        return draw(
            st.sampled_from(
                [
                    f"people {op} crowd", f"people {op} 1_001", f"people {op} 0", f"income {op} limit",
                    f"60_000 {op} income", "poor", "not poor", "poor == false", "county in listed",
                    "county not in ['甲县', '丁县']", "county == '乙县'", "reading == 'one'",
                    "20 < people <= crowd", f"income {op} 1_000_000",
                ]
            )
        )  # fmt: skip
    a, b = condition(draw, depth - 1), condition(draw, depth - 1)
    shape = draw(
        st.sampled_from(["({} and {})", "({} or {})", "not ({} and {})", "({} if {} else poor)"])
    )
    return shape.format(a, b)


@dataclass
class Told:
    """What boxes say of the programme under all options of the reading."""

    gap: bool
    covered: bool
    pairs: set[frozenset[str]]
    never: set[str]
    beaten: set[str]


def by_boxes(policy: Policy) -> Told:
    told = Told(gap=False, covered=True, pairs=set(), never=set(), beaten=set())
    off = {rule.id: 0 for rule in policy.programmes[0].rules}
    for option in OPTIONS:
        plan, _ = draft_plan(policy, None, {"reading": option})
        programme = plan.programmes[0]
        for rule in programme.rules:
            off[rule.id] += isinstance(rule.when, Const) and not rule.when.value
        conditions = {r.id: simplify(r.when, plan.constants) for r in programme.rules}
        ranges = {id_: (fact.low, fact.high) for id_, fact in policy.facts.items()}
        found = edges(list(conditions.values()), ranges)
        assert found is not None
        rows = boxes(found)
        assert rows is not None
        tests = {id_: evaluation(node) for id_, node in conditions.items()}
        held = {tuple(id_ for id_, test in tests.items() if test(row)) for row in rows}
        note(told, programme, held)
    told.never |= {id_ for id_, times in off.items() if times == len(OPTIONS)}
    return told


def note(told: Told, programme: Programme, held: set[tuple[str, ...]]) -> None:
    policy = programme.hit_policy
    values: dict[str, Value] = {r.id: evaluation(r.then)({}) for r in programme.rules if r.then}
    told.gap |= () in held
    told.covered &= () not in held
    for together in held:
        for pair in combinations(together, 2):
            if policy == "unique" or (policy == "any" and values[pair[0]] != values[pair[1]]):
                told.pairs.add(frozenset(pair))
    for rule in programme.rules:
        mine = [together for together in held if rule.id in together]
        if not mine and not isinstance(rule.when, Const):
            told.never.add(rule.id)
        elif mine and beaten(policy, rule.id, mine, values):
            told.beaten.add(rule.id)


def beaten(policy: str, rule: str, mine: list[tuple[str, ...]], values: dict[str, Value]) -> bool:
    if policy == "first":
        return all(together[0] != rule for together in mine)
    if policy in ("collect max", "collect min"):
        sign = 1 if policy == "collect max" else -1
        return all(best(together, values, sign) != rule for together in mine)
    return False


def best(together: tuple[str, ...], values: dict[str, Value], sign: int) -> str:
    """The first of those that give most (or least)."""
    return max(together, key=lambda id_: sign * int(values[id_]))  # type: ignore[arg-type]


def rules_of(policy: Policy, found: list[Diagnostic], *codes: str) -> list[frozenset[str]]:
    by_span = {rule.span: rule.id for rule in policy.programmes[0].rules}
    return [frozenset(by_span[s] for s in d.spans) for d in found if d.code in codes]


@settings(max_examples=50)
@given(bundle=simple_policies())
def test_boxes_and_z3_agree(bundle: Bundle) -> None:
    they_agree(bundle)


@pytest.mark.slow
@settings(max_examples=2_000)
@given(bundle=simple_policies())
def test_boxes_and_z3_agree_on_many(bundle: Bundle) -> None:
    they_agree(bundle)


def they_agree(bundle: Bundle) -> None:
    policy, found = read(bundle)
    assert policy is not None, found
    told, found = by_boxes(policy), check_policy(policy)
    codes = {d.code for d in found}
    assert "FC799" not in codes
    declared = policy.programmes[0].otherwise is not None
    assert ("FC111" in codes) == (told.gap and not declared)
    assert ("FC705" in codes) == (told.covered and declared)
    if policy.programmes[0].hit_policy in ("unique", "any"):
        assert set(rules_of(policy, found, "FC701", "FC702", "FC709")) == told.pairs
    never = {id_ for ids in rules_of(policy, found, "FC703") for id_ in ids}
    assert never == told.never
    first_named = {d.where for d in found if d.code == "FC704"}
    assert {r.id for r in policy.programmes[0].rules if r.span in first_named} == told.beaten
