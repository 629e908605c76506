"""A step at which money is lost is found where one is, and none where none is: held against every village."""

from __future__ import annotations

import re
from itertools import product

import pytest
import z3
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fundcalc.analysis.check import check_policy
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.engines.calculate import reference
from fundcalc.engines.result import Result
from fundcalc.language.edges import choices
from fundcalc.language.evaluate import evaluation, simplify
from fundcalc.language.nodes import Node, Value
from fundcalc.policy.model import Output, Policy, Rule
from fundcalc.policy.plan import Plan, draft_plan
from tests.cli.small import OTHERWISE, YUAN, decides, fact, files, rule
from tests.strategies import loaded

PLACES, MOST = ("甲", "乙"), {"people": 7, "days": 4}
FACTS = fact("place", 'type = "text"', f"options = {list(PLACES)}") + "".join(
    fact(id_, 'unit = "1"', f"range = [0, {most}]") for id_, most in MOST.items()
)
MUST = '\n[[must]]\nwhen = "days <= 3 or people > 2"\n'
RATE = """
[parameters.rate]
title = { zh = "标准", en = "Rate" }
unit = "yuan/year"
source = "paper"
values = { 2019-01-01 = 90 }
"""
CHARGE = 'direction = "charge"\n'
ATOMS = st.sampled_from(
    [
        "place == '甲'", "people < 3", "people >= 3", "people > 4", "people == 2", "days <= 1", "days > 2",
        "people in [1, 5]", "days != 2", "tier == 'small'", "people > 1 and days < 3",
    ]
)  # fmt: skip
CONDITIONS = st.one_of(ATOMS, st.tuples(ATOMS, ATOMS).map(" and ".join))
AMOUNTS = st.sampled_from(
    [
        "100",
        "200",
        "300",
        "400",
        "300 if people > 3 else 200",
        "min(people * rate, 300)",
        "people * rate",
    ]
)
FURTHER = ("granted", "min(granted * days, 500)", "granted if days < 3 else 150")
HITS = ("unique", "first", "any", "collect max", "collect min", "collect sum")


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    hit, otherwise = draw(st.sampled_from(HITS)), draw(st.sampled_from((0, 250)))
    rules = "".join(
        rule(f"r{n}", draw(CONDITIONS), draw(AMOUNTS)) for n in range(draw(st.integers(1, 5)))
    )
    also, unit = draw(st.sampled_from(FURTHER)), YUAN + draw(st.sampled_from(("", CHARGE)))
    tier = (
        'hit_policy = "first"\noutput = "tier"\ntype = "text"\n[[rule]]\nid = "small"\nsource = "paper"\n'
        'when = "people < 4"\n[otherwise]\nid = "large"\n'
    )
    rest = f'\n[otherwise]\nid = "none"\nvalue = {otherwise}\n\n[[also]]\nid = "also"\n{YUAN}'
    rest += f'value = "{also} if people > 0 else 50"\n'
    facts = FACTS + draw(st.sampled_from(("", MUST)))
    text = decides(hit, "granted", unit) + rules + rest
    return loaded(files(facts=facts, head=RATE, tier=tier, g=text))


class Everyone:
    """Every village that may be, decided by the row evaluator."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.programme = plan, plan.programme("g")
        rows = product(PLACES, *(range(most + 1) for most in MOST.values()))
        musts = [evaluation(must.when) for must in plan.policy.musts]
        self.at: dict[tuple[object, ...], int] = {}
        kept: list[dict[str, Value]] = []
        for place, people, days in rows:
            row: dict[str, Value] = {"name": "村", "place": place, "people": people, "days": days}
            if all(must(row) for must in musts):
                self.at[place, people, days] = len(kept)
                kept.append(row)
        self.rows = kept
        self.result: Result = reference(plan, {id_: [row[id_] for row in kept] for id_ in kept[0]})

    def beside(self, index: int, id_: str, by: int) -> int | None:
        row = {**self.rows[index]}
        row[id_] = int(row[id_]) + by  # type: ignore[arg-type]
        return self.at.get((row["place"], row["people"], row["days"]))

    def value(self, output: Output, index: int | None) -> int:
        assert index is not None
        number = self.result.number(index, output.id)
        return -number if output.charge else number

    def fired(self, index: int | None) -> tuple[str, ...]:
        assert index is not None
        return self.result.fired["g"][index]

    def wins(self, rule: Rule, index: int) -> bool:
        """Whether a rule decides, or has the greatest or least amount of those that do."""
        if rule.id not in self.fired(index) or not self.programme.hit_policy.startswith(
            ("collect max", "collect min")
        ):
            return rule.id in self.fired(index)
        assert rule.then is not None
        given = evaluation(simplify(rule.then, self.plan.constants))(self.rows[index])
        return given == self.result.number(index, self.programme.result.id)

    def flips(self, node: Node | None, one: int, other: int) -> bool:
        tests = [evaluation(choice.condition) for choice in choices(node)] if node else []
        ones, others = (self.result.rows[index] for index in (one, other))
        return any(test(ones) != test(others) for test in tests)

    def slope(self, output: Output, one: int | None, other: int | None) -> int:
        """What is lost from one to the other under the same rules."""
        if one is None or other is None or self.fired(one) != self.fired(other):
            return 0
        return self.value(output, one) - self.value(output, other)

    def cliffs(self) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for id_, output, here in product(MOST, self.programme.outputs, range(len(self.rows))):
            after = self.beside(here, id_, 1)
            if after is None:
                continue
            loss = self.value(output, here) - self.value(output, after)
            before, further = self.beside(here, id_, -1), self.beside(here, id_, 2)
            usual = self.slope(output, before, here), self.slope(output, after, further)
            if loss > max(0, *usual):
                found |= {(item, id_) for item in self.lost(output, here, after)}
        return found

    def lost(self, output: Output, here: int, after: int) -> set[str]:
        found = set()
        for one in self.programme.rules:
            mine, theirs = self.wins(one, here), self.wins(one, after)
            started = not self.fired(here) and theirs
            if (mine and not theirs) or started or (mine and self.flips(one.then, here, after)):
                found.add(one.id)
        if output is not self.programme.result and self.flips(output.value, here, after):
            found.add(output.id)
        return found


def told(policy: Policy, one: Diagnostic) -> tuple[str, str]:
    found = re.match(r"`(\w+)`: 1 more of `(\w+)`", one.message.en)
    assert found is not None
    return found[1], found[2]


def they_agree(policy: Policy) -> None:
    plan, _ = draft_plan(policy)
    try:
        everyone = Everyone(plan)
    except PolicyProblem:
        assume(False)  # two rules meet
    found = check_policy(policy)
    assert "FC799" not in {one.code for one in found}
    assert {told(policy, one) for one in found if one.code == "FC711"} == everyone.cliffs()


@settings(max_examples=40)
@given(policies())
def test_every_step_is_found(policy: Policy) -> None:
    they_agree(policy)


@pytest.mark.slow
@settings(max_examples=1_500)
@given(policies())
def test_every_step_is_found_of_many(policy: Policy) -> None:
    they_agree(policy)


def test_a_step_is_found_behind_one_from_otherwise() -> None:
    rules = rule("r0", "days > 2", "min(people * rate, 300)") + rule("r1", "place == '甲'", "100")
    text = decides("first") + rules + '\n[otherwise]\nid = "none"\nvalue = 250\n'
    policy = loaded(files(facts=FACTS, head=RATE, g=text))
    found = {told(policy, one) for one in check_policy(policy) if one.code == "FC711"}
    assert found == {("r0", "days"), ("r1", "days")} == Everyone(draft_plan(policy)[0]).cliffs()


def long_table(rows: int) -> Policy:
    """Counties with three bands each, every one of which gives less than the one below it."""
    counties = [f"县{n}" for n in range(rows // 3)]
    cells = ("< 500", '"[500..1500)"', ">= 1500")
    lines = [
        f'r{3 * at + band},,paper,,,"""{county}""",{cell},{1000 * (rows - 3 * at - band)}'
        for at, county in enumerate(counties)
        for band, cell in enumerate(cells)
    ]
    facts = fact("county", 'type = "text"', f"options = {counties}")
    facts += fact("people", 'unit = "person"', "range = [0, 100_000]")
    text = decides("first") + 'rules_from = "tables/g.csv"\n' + OTHERWISE
    table = "\n".join(["id,title,source,from,until,county,people,granted", *lines])
    return loaded({**files(facts=facts, g=text), "tables/g.csv": table})


def test_steps_of_a_long_table_are_counted_without_asking_z3(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    policy = long_table(300)
    monkeypatch.setattr(z3.Solver, "check", lambda solver, *given: z3.unknown)
    found = check_policy(policy)
    steps = [one for one in found if one.code == "FC711"]
    last = {f"r{3 * n + 2}" for n in range(100)}
    every = {one.id for one in policy.programmes[0].rules}
    assert {told(policy, one) for one in steps} == {(id_, "people") for id_ in every - last}
    assert not {"FC704", "FC711"} & {one.about for one in found}


def test_many_places_without_a_conclusion_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = "".join(rule(f"r{n}", f"people * days > {n}", str(n)) for n in range(6))
    monkeypatch.setattr(z3.Solver, "check", lambda solver, *given: z3.unknown)
    policy = loaded(files(facts=FACTS, g=decides("first") + rules + OTHERWISE))
    found = check_policy(policy)
    (one,) = [one for one in found if one.about == "FC703"]
    assert one.code == "FC799" and "at 6 places of this programme" in one.message.en
    assert one.hint is not None and "`range`" in one.hint.en
