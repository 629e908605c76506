"""LibreOffice works every formula out anew and comes to what the program computes, to the fen."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import strategies as st

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines.calculate import reference
from fundcalc.language.nodes import Value
from fundcalc.policy.load import read
from fundcalc.policy.plan import Plan, make_plan
from tests.drawing import drawn
from tests.formulas import books
from tests.formulas.office import Sheets, cells, recalculated, soffice
from tests.strategies import Made, columns, policies

pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(soffice() is None, reason="LibreOffice (soffice) is not on this machine"),
    pytest.mark.xdist_group("office"),
]
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "taiyuan-2017.xlsx"
EVERYTHING = Path(__file__).parent / "everything"
SEED = 20171114
Columns = dict[str, list[Value]]


@dataclass
class Case:
    """A workbook, what was changed in it, and the plan and facts that it must now agree with."""

    path: Path
    plan: Plan
    columns: Columns
    at: dict[str, int]
    changed: bool


class Desk:
    """Workbooks written and changed, to be recalculated in one go."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.cases: list[Case] = []

    def write(self, plan: Plan, facts: Columns) -> list[str]:
        """One workbook; returns the codes of its warnings."""
        path = self._folder / f"{len(self.cases)}.xlsx"
        warned = books.write(path, plan, facts)
        at = books.lowered(plan, facts).outputs
        self.cases.append(Case(path, plan, facts, at, changed=False))
        return warned

    def change(
        self, facts: Columns, constants: dict[str, Value] | None = None, **readings: str
    ) -> None:
        """A copy of the workbook last written, with other facts, parameters and readings typed in."""
        last = next(case for case in reversed(self.cases) if not case.changed)
        names = books.lowered(last.plan, last.columns).names
        plan = make_plan(last.plan.policy, last.plan.on, {**last.plan.readings, **readings})
        plan = replace(plan, constants={**plan.constants, **(constants or {})})
        typed: dict[str, object] = {
            names[id_]: plan.policy.readings[id_].options[option].en
            for id_, option in readings.items()
        }
        for id_, value in (constants or {}).items():
            kind = plan.policy.parameters[id_].type
            typed[names[id_]] = (
                list(value) if isinstance(value, tuple) else books.typed(value, kind)
            )
        path = self._folder / f"{len(self.cases)}.xlsx"
        path.write_bytes(last.path.read_bytes())
        books.edit(path, plan, facts, typed)
        self.cases.append(Case(path, plan, facts, last.at, changed=True))

    def agree(self) -> list[Sheets]:
        """Recalculate all, and hold them against the program."""
        found = recalculated([case.path for case in self.cases], self._folder)
        for case, sheets in zip(self.cases, found, strict=True):
            differ = books.differences(sheets, case.plan, case.columns, case.at)
            assert not differ, (case.path.name, differ[:8])
            if not case.changed:
                said = books.checks(sheets, case.plan, len(case.columns["code"]))
                assert set(said) == {"agree"}
                assert not list(_stale(cells(case.path), sheets)), case.path.name
        return found


def _stale(stored: Sheets, computed: Sheets) -> Iterator[tuple[str, int, int, object, object]]:
    """Cells of the sheets of formulas that store something else than what they come to."""
    for sheet in sorted({"Formulas", "Workings", "Pools"} & stored.keys()):
        for row, (before, after) in enumerate(zip(stored[sheet], computed[sheet], strict=True)):
            for place, (old, new) in enumerate(zip(before, after, strict=True)):
                # a file keeps 15 digits; and in a stored text _x0041_ stands for a letter
                same = old == new or (isinstance(new, str) and "_x0041_" in new)
                if not same and not (
                    isinstance(old, float) and old == pytest.approx(new, rel=1e-13)
                ):
                    yield sheet, row, place, old, new


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def example() -> tuple[Plan, Columns]:
    policy = api.load_policy(ROOT)
    roster = api.read_roster(EXAMPLE, policy)
    return api.plan(policy), {id_: list(values) for id_, values in roster.columns.items()}


def some(
    facts: Columns, share: float, change: Callable[[random.Random, str, Value], Value]
) -> Columns:
    """The facts with a share of their cells changed; codes and names stay."""
    chance = random.Random(1)
    fixed = ("code", "name")
    return {
        id_: [
            value if id_ in fixed or chance.random() > share else change(chance, id_, value)
            for value in values
        ]
        for id_, values in facts.items()
    }


def test_the_example_and_changes_to_it(desk: Desk) -> None:
    """890 villages as they are; then other facts, other parameters, other readings."""
    plan, facts = example()
    assert not desk.write(plan, facts)
    counties = sorted({str(county) for county in facts["county"]})

    def other(chance: random.Random, id_: str, value: Value) -> Value:
        if id_ == "county":
            return chance.choice(counties)
        if isinstance(value, bool):
            return not value
        return value if isinstance(value, str) else int(value * chance.choice([0, 1, 2, 0.37]))  # type: ignore[operator]

    changed = some(facts, 0.3, other)
    desk.change(changed)
    more: dict[str, Value] = {
        "baseline_guarantee": 17_000_001, "supplement_per_village": 123_457, "subsidy_floor": 999_999,
        "large_village_residents": 600, "backstop_counties": (counties[2], "没有的县"),
    }  # fmt: skip
    desk.change(
        facts, more, large_village_clause="within_income_test", thousand_or_more="exclusive"
    )
    desk.change(changed, {}, supplement_pool="citywide", backstop_counties_in_pool="yes")
    desk.change(changed, more, supplement_pool="flat_per_village")
    found = desk.agree()
    said = books.checks(found[1], plan, len(facts["code"]))
    assert {"agree", "differs"} == set(said)


WORDS = [
    "", "a", "A", "*", "?", "~", "~*?", "=1+1", "@x", "a b", "SORT(a)", "sort(a)", "甲", "甲" * 300,
    'q"q', "a\tb", "b", "_x0041_", " b ", "TRUE", "007", "1e5",
]  # fmt: skip
TOWNS = ["A*", "a*", "A?", "~", "=x", "", ">5", "甲乡", "007", "7"]
COUNTIES = ["甲县", "=1+1", "A*", "a*", "<1"]
DAYS = [(1900, 3, 1), (1949, 12, 31), (2000, 2, 29), (2020, 6, 30), (2019, 12, 31), (9999, 12, 31)]
EDGES = {
    "n": ([-1000, -901, -1, 0, 1, 2, 3, 10, 11, 1000], 1000),
    "d": ([-50, -1, 0, 1, 3, 50], 50),
    "m": ([0, 1, -1, 100_001, 100_000, -100_001, 50, 49, 150, -150], 10**8),
}


def awkward(seed: int, villages: int = 40) -> Columns:
    """Facts for the policy that uses everything: edges, signs, names that a spreadsheet might misread."""
    chance = random.Random(seed)
    many = range(villages)
    facts: Columns = {"code": [f"{n:06d}" for n in many], "name": [f"村{n}" for n in many]}
    for id_, choices in (("town", TOWNS), ("county", COUNTIES), ("word", WORDS)):
        facts[id_] = [chance.choice(choices) for _ in many]
    for id_, (edges, most) in EDGES.items():
        facts[id_] = [chance.choice([*edges, chance.randint(-most, most)]) for _ in many]
    facts["w"] = [chance.choice([0, 1, 100, chance.randint(0, 10**9)]) for _ in many]
    facts["c"] = [chance.choice([0, 1, 100_001, chance.randint(0, 10**8)]) for _ in many]
    facts["day"] = [date(*chance.choice(DAYS)).toordinal() for _ in many]
    facts["flag"] = [chance.random() < 0.5 for _ in many]
    return facts


def test_every_part_of_the_language(desk: Desk) -> None:
    """Every node, hit policy and rounding, with names that are wildcards or look like formulas."""
    policy = api.load_policy(EVERYTHING)
    for seed, how in enumerate(("by_town", "all", "alone")):
        plan = api.plan(policy, readings={"how": how})
        assert not desk.write(plan, awkward(seed))
        other = {"by_town": "all", "all": "alone", "alone": "by_town"}[how]
        constants: dict[str, Value] = {
            "line": 5, "R1C1": 0, "县名": ("A*", "b"), "word_now": "~*?", "rate": 33, "switch": False,
            "day_now": date(2019, 12, 31).toordinal(),
        }  # fmt: skip
        desk.change(awkward(seed + 10), constants, how=other, edge="no")
    desk.agree()


@dataclass
class Drawn:
    """A random policy with two rosters of the same villages, and other readings and parameters."""

    made: Made
    other: Columns
    readings: tuple[str, str]
    limit: int


@st.composite
def changes(draw: st.DrawFn, villages: int) -> Drawn:
    made = draw(policies(villages=villages))
    before = [id_ for id_ in made.columns if id_.startswith("before.")]
    other = columns(draw, len(made.columns["code"]), before)
    other.update({id_: made.columns[id_] for id_ in ("code", "name")})
    reading = st.sampled_from(["one", "two"])
    limit = draw(st.sampled_from([0, 1, 5_000_000, 9_000_055]))
    return Drawn(made, other, (draw(reading), draw(reading)), limit)


def hold(desk: Desk, cases: list[Drawn]) -> None:
    """Write and change a workbook a case; those that the program refuses to compute are left out."""
    for one in cases:
        policy, _ = read(one.made.bundle)
        assert policy is not None
        first, second = one.readings
        plan = make_plan(policy, readings={"reading": first})
        try:
            reference(plan, one.made.columns)
        except PolicyProblem:
            continue
        desk.write(plan, one.made.columns)
        other = make_plan(policy, readings={"reading": second})
        other = replace(other, constants={**other.constants, "limit": one.limit})
        try:
            reference(other, one.other)
        except PolicyProblem:
            continue
        desk.change(one.other, {"limit": one.limit}, reading=second)
    assert len(desk.cases) > len(cases)
    desk.agree()


def test_random_policies(desk: Desk) -> None:
    hold(desk, drawn(changes(villages=12), 7, SEED))


@pytest.mark.slow
def test_many_random_policies(desk: Desk) -> None:
    hold(desk, drawn(changes(villages=25), 120, SEED))
