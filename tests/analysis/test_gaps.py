"""A gap is found where one is, and none where there is none: held against every village that there can be."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from fundcalc.analysis.check import check_policy
from fundcalc.engines.written import Judge
from fundcalc.language.nodes import Value
from fundcalc.policy.plan import draft_plan
from tests.cli.small import YUAN, decides, fact, files, rule
from tests.strategies import loaded

PLACES, PEOPLE, HEADS = ("甲", "乙", "丙"), range(4), range(3)
FACTS = (
    fact("place", 'type = "text"', f"options = {list(PLACES)}")
    + fact("people", 'unit = "person"', "range = [0, 3]")
    + fact("heads", 'unit = "person"', "range = [0, 2]")
    + fact("weak", 'type = "yes/no"')
)
ATOMS = st.sampled_from(
    [
        "place == '丙'", "place != '甲'", "place in ['甲', '乙']", "place not in ['乙']", "weak", "not weak",
        "people > 1", "people == 3", "heads < 2", "people <= heads", "people * heads > 2",
        "abs(people - heads) != 1", "max(people, 2) != heads", "people * people != heads * heads",
        "round(people / 2, 1, 'half up') > heads", "people - heads < 2", "heads in [0, 2]",
    ]
)  # fmt: skip
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} and {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} or {two[1]})"),
        st.tuples(inner, ATOMS, inner).map(
            lambda three: f"({three[0]} if {three[1]} else {three[2]})"
        ),
    ),
    max_leaves=3,
)


@settings(max_examples=40)
@given(st.lists(CONDITIONS, min_size=1, max_size=5))
def test_every_gap_is_found(conditions: list[str]) -> None:
    rules = "".join(rule(f"r{n}", when, "1") for n, when in enumerate(conditions))
    policy = loaded(files(facts=FACTS, g=decides("collect sum", "granted", YUAN) + rules))
    plan, told = draft_plan(policy)
    judge = Judge(plan, plan.programmes[0])
    everyone: list[dict[str, Value]] = [
        {"name": "村", "place": place, "people": people, "heads": heads, "weak": weak}
        for place, people, heads, weak in product(PLACES, PEOPLE, HEADS, (False, True))
    ]
    missed = [row for row in everyone if not judge.matches(dict(row))]
    assert bool(told) == bool(missed)
    gaps = [one for one in check_policy(policy) if one.code == "FC111"]
    assert len(gaps) == bool(missed)
    for gap in gaps:
        assert gap.witness is not None
        shown = {id_: str(value) for id_, value in gap.witness.items()}
        used = [
            {
                id_: str(value).lower() if isinstance(value, bool) else str(value)
                for id_, value in row.items()
            }
            for row in missed
        ]
        assert any(shown.items() <= row.items() for row in used)
