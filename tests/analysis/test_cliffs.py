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
from fundcalc.language.nodes import Lookup, Node, Value, walk
from fundcalc.policy.model import Output, Policy, Rule
from fundcalc.policy.plan import Plan, draft_plan
from tests.cli.small import OTHERWISE, YUAN, decides, fact, files, rule
from tests.strategies import loaded

PLACES, MOST = ("甲", "乙"), {"people": 7, "days": 4}
FACTS = fact("place", 'type = "text"', f"options = {list(PLACES)}") + "".join(
    fact(id_, 'unit = "1"', f"range = [0, {most}]") for id_, most in MOST.items()
)
BANDS = {"0..2": 200, "3..4": 300, "5": 150, "6..": 150}
THERE = {("甲", "0..1"): 90, ("甲", "2.."): 60, ("乙", "0..3"): 50, ("乙", "4.."): 90}
MUST = '\n[[must]]\nwhen = "days <= 3 or people > 2"\n'
RATE = """
[parameters.rate]
title = { zh = "标准", en = "Rate" }
unit = "yuan/year"
source = "paper"
values = { 2019-01-01 = 90 }
"""


def table(id_: str, keys: list[str], *rows: str) -> str:
    """A look-up table of amounts a year."""
    return f"""
[tables.{id_}]
title = {{ zh = "表", en = "Table" }}
keys = {keys}
unit = "yuan/year"
source = "paper"
rows = [{", ".join(f"{{ {row} }}" for row in rows)}]
"""


TABLES = (
    table("paid", ["people"], *(f"people = '{b}', value = {v}" for b, v in BANDS.items()))
    + table("by_tier", ["tier"], "tier = 'small', value = 220", "tier = 'large', value = 180")
    + table(
        "there",
        ["place", "days"],
        *(f"place = '{p}', days = '{b}', value = {v}" for (p, b), v in THERE.items()),
    )
)
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
        "paid[people]",
        "paid[people + 1]",
        "there[place, days] * people",
        "by_tier[tier]",
        "100 + paid[days] if place == '甲' else 350",
    ]
)
FURTHER = (
    "granted",
    "min(granted * days, 500)",
    "granted if days < 3 else 150",
    "granted + paid[people] * days",
)
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
    return loaded(files(facts=facts, head=RATE + TABLES, tier=tier, g=text))


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
        given = evaluation(simplify(rule.then, self.plan.constants))(self.result.rows[index])
        return given == self.result.number(index, self.programme.result.id)

    def flips(self, node: Node | None, one: int, other: int) -> bool:
        """Whether a choice turns, or another row of a table is looked up."""
        if node is None:
            return False
        looked = [part for part in walk(node) if isinstance(part, Lookup)]
        turning = [choice.condition for choice in choices(node)] + looked
        ones, others = (self.result.rows[index] for index in (one, other))
        return any(evaluation(part)(ones) != evaluation(part)(others) for part in turning)

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


def looked_up(then: str, falls: set[int], *, also: str = "") -> Policy:
    """An amount by 300 bands of people, rising but for some."""
    bands = "\n".join(f"{10 * n}..{10 * n + 9},{n - 2 * (n in falls) + 9}" for n in range(300))
    head = table("paid", ["people"]).replace("rows = []", 'file = "tables/paid.csv"')
    facts = fact("people", 'unit = "1"', "range = [0, 2_999]") + fact(
        "days", 'unit = "1"', "range = [0, 9]"
    )
    text = decides("first") + rule("r", "days > 2", then) + OTHERWISE + also
    return loaded(
        {**files(facts=facts, head=head, g=text), "tables/paid.csv": f"people,value\n{bands}"}
    )


@pytest.mark.parametrize("then", ["paid[people]", "paid[people] * people"])
def test_a_fall_from_row_to_row_of_a_long_table_is_found_without_asking_z3(
    monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    monkeypatch.setattr(z3.Solver, "check", lambda solver, *given: z3.unknown)
    for falls, wanted in ((set[int](), []), ({150}, ["(1499 → 1500)"])):
        steps = [
            one.message.en for one in check_policy(looked_up(then, falls)) if one.code == "FC711"
        ]
        assert [
            re.findall(r"\(.* → .*?\)", step)[0] for step in steps if "`people`" in step
        ] == wanted


def test_a_fall_of_what_two_facts_make_is_looked_for_at_every_row() -> None:
    also = f'\n[[also]]\nid = "more"\n{YUAN}value = "max(paid[people] * days - granted, 0)"\n'
    found = check_policy(looked_up("100", {20}, also=also))
    (fall,) = [one for one in found if one.code == "FC711" and "`people`" in one.message.en]
    assert "`more`: 1 more of `people` (199 → 200)" in fall.message.en
