"""Comparisons of random policies, variations and rosters: parts and steps add up to two plain runs."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fundcalc.analysis.bridge import group_totals
from fundcalc.analysis.compare import Comparison, compare_sides
from fundcalc.analysis.sides import Side, Version
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines.calculate import calculate, reference
from fundcalc.language.datatypes import is_money
from fundcalc.language.nodes import Value
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.load import read
from fundcalc.policy.model import Policy
from fundcalc.roster.model import Roster
from tests.strategies import columns, policies

PAYERS = (
    '[payers.city]\ntitle = { zh = "市", en = "City" }\n'
    '[payers.county]\ntitle = { zh = "县", en = "County" }\n'
)
ON = date(2020, 1, 1)


class Pair:
    """Two versions over two rosters, shown by their columns and files."""

    def __init__(self, old: Side, new: Side, content: tuple[dict[str, bytes], ...]) -> None:
        self.old, self.new, self._content = old, new, content

    def __repr__(self) -> str:
        files = "\n".join(f"--- {n}\n{t.decode()}" for c in self._content for n, t in c.items())
        sides = [
            (s.version.readings, s.version.values, s.roster.columns) for s in (self.old, self.new)
        ]
        return f"{sides}\n{files}"[:25_000]


def paid(content: dict[str, bytes], who: list[str]) -> dict[str, bytes]:
    """The policy's files with payers for its programmes of money."""
    made = dict(content)
    made["policies.toml"] += PAYERS.encode()
    for number, payer in enumerate(who):
        name = f"rules/p{number}.toml"
        text = made.get(name, b"").decode()
        if payer and 'unit = "yuan/year"\n' in text.split("[[rule]]")[0]:
            made[name] = text.replace("hit_policy", f'payer = "{payer}"\nhit_policy', 1).encode()
    return made


def roster(found: dict[str, list[Value]], name: str) -> Roster:
    count = len(found["code"])
    return Roster(name, None, f"sha256:{name}", found, rows=list(range(2, count + 2)))


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    made = draw(policies(villages=8, before=False))
    who = draw(st.lists(st.sampled_from(["", "city", "county"]), min_size=4, max_size=4))
    base = paid(made.bundle.content, who)
    other = dict(base)
    if draw(st.booleans()):
        other = paid(made.bundle.content, draw(st.permutations(who)))
    if draw(st.booleans()):
        other["rules/p0.toml"] = other["rules/p0.toml"].replace(b"income", b"funds")
    one, two = policy(base), policy(other)
    old_roster = roster(made.columns, "old")
    new_roster = old_roster
    if draw(st.booleans()):
        new_roster = roster(columns(draw, draw(st.integers(1, 8))), "new")
    values: dict[str, Value] = {}
    if draw(st.booleans()):
        values["limit"] = draw(st.sampled_from([0, 5_000_000, 9_000_055]))
    if draw(st.booleans()):
        values["each"] = draw(st.sampled_from([0, 33, 900_000]))
    if draw(st.booleans()):
        values["listed"] = draw(st.sampled_from([(), ("乙县",), ("甲县", "丙县")]))
    readings = draw(st.sampled_from([{}, {"reading": "two"}]))
    try:
        return Pair(
            side(Version("old", one, ON, {}, {}), old_roster),
            side(Version("new", two, ON, readings, values), new_roster),
            (base, other),
        )
    except PolicyProblem:
        assume(False)
        raise


def policy(content: dict[str, bytes]) -> Policy:
    found, problems = read(Bundle("", content))
    assume(found is not None)
    assert found is not None, problems
    return found


def side(version: Version, of: Roster) -> Side:
    return Side(version, of, calculate(version.plan(), of.columns, engine="columnar"))


def plain(one: Side) -> tuple[int, Counter[str], Counter[str], Counter[str]]:
    """Total, by county, by output and by payer, from the row evaluator in plain Python."""
    result = reference(one.plan, one.roster.columns)
    outputs = [(p, o) for p in one.plan.policy.programmes for o in p.outputs if p.adds_up(o)]
    money = [(p, o) for p, o in outputs if is_money(o.type) and not o.charge]
    if any(o.payer for _, o in money):
        bills = [(o.id, o.payer) for _, o in money if o.payer]
    else:
        bills = [(o.id, "") for p, o in money if o is p.result]
    county: Counter[str] = Counter()
    output: Counter[str] = Counter()
    payer: Counter[str] = Counter()
    for row in result.rows:
        for id_, who in bills:
            amount = row[id_]
            assert isinstance(amount, int)
            county[str(row["county"])] += amount
            output[id_] += amount
            payer[str(who)] += amount
    return sum(output.values()), county, output, payer


def nonzero(found: Counter[str]) -> dict[str, int]:
    return {key: value for key, value in found.items() if value}


@settings(max_examples=25)
@given(pairs())
def test_every_table_agrees_with_two_plain_runs(pair: Pair) -> None:
    found = compare_sides(pair.old, pair.new, pair.new.roster.columns)
    measure = found.main.measure  # where no money is given, what is counted or charged comes first
    assume(measure.unit.in_yuan and not measure.charge)
    for number, one in enumerate((pair.old, pair.new)):
        total, county, output, payer = plain(one)
        parts = {"old": lambda p: p.old, "new": lambda p: p.new}[("old", "new")[number]]
        assert parts(found.main.total) == total
        for table, expected in (
            (found.main.counties, county), (found.main.programmes, output), (found.main.payers, payer),
        ):  # fmt: skip
            shown = {part.id: parts(part) for part in table if parts(part)}
            if table is found.main.programmes:
                shown = {id_: fen for id_, fen in shown.items() if id_ in expected}
            assert shown == nonzero(expected)


@settings(max_examples=25)
@given(pairs())
def test_parts_and_steps_add_up(pair: Pair) -> None:
    found = compare_sides(pair.old, pair.new, pair.new.roster.columns, most=None)
    total = found.main.total
    for table in (found.main.counties, found.main.programmes, found.main.payers):
        assert sum(p.old for p in table) == total.old and sum(p.new for p in table) == total.new
    for key in ("up", "down", "same", "joined", "left", "gained", "lost"):
        assert sum(getattr(p, key) for p in found.main.counties) == getattr(total, key), key
    assert total.gained + total.lost + total.entered + total.withdrawn == total.change
    assert sum(step.change for step in found.main.steps) == total.change
    assert sum(change for _, change in group_totals(found.main.steps)) == total.change
    for payer in found.main.payers:
        assert sum(step.payers.get(payer.id, 0) for step in found.main.steps) == payer.change


@settings(max_examples=15)
@given(pairs())
def test_each_mover_is_explained_by_its_steps(pair: Pair) -> None:
    found = compare_sides(pair.old, pair.new, pair.new.roster.columns, most=None)
    assert len(found.main.movers) == found.main.moved
    for mover in found.main.movers:
        assert sum(change for _, change in mover.steps) == mover.change
        assert mover.steps
    if found.main.total.change:
        assert found.changed and found.main.size >= abs(found.main.total.change)


@settings(max_examples=10)
@given(pairs())
def test_a_version_does_not_differ_from_itself(pair: Pair) -> None:
    found = compare_sides(pair.old, pair.old, pair.old.roster.columns)
    assert not found.changed and not found.main.movers and not found.main.size
    assert not any(step.moves for step in found.main.steps)


@settings(max_examples=10)
@given(pairs(), st.randoms(use_true_random=False))
def test_the_order_of_the_roster_does_not_matter(pair: Pair, random: object) -> None:
    count = len(pair.new.roster)
    order = list(range(count))
    random.shuffle(order)  # type: ignore[attr-defined]
    mixed = {k: [v[n] for n in order] for k, v in pair.new.roster.columns.items()}
    other = side(pair.new.version, roster(mixed, "mixed"))
    one = compare_sides(pair.old, pair.new, pair.new.roster.columns)
    two = compare_sides(pair.old, other, mixed)
    assert one.main.total == two.main.total
    assert sums(one) == sums(two)


def sums(found: Comparison) -> list[tuple[str, str, int]]:
    return [(s.kind, s.id, s.change) for s in found.main.steps if s.moves]


def test_amounts_beyond_64_bits_are_added_exactly() -> None:
    from fundcalc.analysis.sides import add, difference, exact_sum

    most = np.iinfo(np.int64).max
    big = np.array([most, most], dtype=np.int64)
    assert exact_sum(big) == 2 * most
    assert exact_sum(add([big, big], 2)) == 4 * most
    assert exact_sum(difference(big, -big)) == 4 * most
