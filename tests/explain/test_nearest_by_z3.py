"""Conditions that are not linear in a fact: the nearest value is found whatever the rules give."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.cli.small import OTHERWISE, YUAN, decides, fact, policy, rule

from fundcalc.analysis import smt
from fundcalc.engines.calculate import reference
from fundcalc.explain.gather import Explainer
from fundcalc.language.nodes import Value
from fundcalc.policy.load import load
from fundcalc.policy.plan import make_plan

FEW, MANY = 1, 4_000
"""Every value is tried, or z3 looks: all numbers are so many times as large."""


def facts(many: int) -> str:
    people = fact("people", 'unit = "person"', f"range = [1, {many * 10_000}]")
    return people + fact("income", YUAN, "range = [0, 9]")


def programme(kind: str, many: int) -> str:
    """One in which the 500th person, or that times so many, decides."""
    return (
        KINDS[kind].replace("250_000", str(250_000 * many**2)).replace("> 500", f"> {500 * many}")
    )


NEAR, SURE = "abs(people * people - 250_000) > 500", "income >= 0"
TEXT = 'type = "text"\n'
NO_TEXT = '\n[otherwise]\nid = "none"\nvalue = "\'no\'"\n'
NOTHING = '\n[otherwise]\nid = "none"\n'
KINDS = {
    "collect": decides("collect", unit="") + rule("r", NEAR, "'far'") + NOTHING,
    "collect with one that stays": decides("collect", unit="")
    + rule("s", SURE, "'all'")
    + rule("r", NEAR, "'far'"),
    "the same text twice": decides("collect", unit="") + rule("s", SURE, "name") + rule("r", NEAR, "name"),
    "in another order": decides("collect", unit="")
    + rule("s", SURE, f"'a' if {NEAR} else 'b'")
    + rule("r", SURE, f"'b' if {NEAR} else 'a'"),
    "collect count": decides("collect count", unit="")
    + '\n[[rule]]\nid = "r"\nsource = "paper"\n' + f'when = "{NEAR}"\n' + OTHERWISE,
    "text": decides("unique", unit=TEXT) + rule("r", NEAR, "'far'") + NO_TEXT,
    "any": decides("any") + rule("r", NEAR, "5") + rule("s", f"{NEAR} and {SURE}", "5") + OTHERWISE,
    "collect max": decides("collect max") + rule("s", SURE, "3") + rule("r", NEAR, "7"),
    "collect sum": decides("collect sum") + rule("s", SURE, "3") + rule("r", NEAR, "7"),
    "first": decides("first") + rule("r", NEAR, "7") + rule("s", SURE, "3"),
    "unique without otherwise": decides("unique")
    + rule("r", NEAR, "7") + rule("s", f"not ({NEAR})", "3"),
}  # fmt: skip


@pytest.mark.parametrize(("people", "nearest"), [(300, [0]), (700, [0]), (500, [-1, 1])])
@pytest.mark.parametrize("many", [FEW, MANY])
@pytest.mark.parametrize("kind", KINDS)
def test_the_nearest_value_is_named(
    tmp_path: Path, kind: str, many: int, people: int, nearest: list[int]
) -> None:
    found, _ = load(policy(tmp_path, facts=facts(many), g=programme(kind, many)))
    columns: dict[str, list[Value]] = {"name": ["甲村"], "people": [people * many], "income": [1]}
    result = reference(make_plan(found), columns)
    [decision] = Explainer(result, lambda id_, index: "assumed").explain(0).decisions
    changes = [one.to.value for one in decision.would_change if one.fact == "people"]
    assert sorted(map(str, changes)) == [str(500 * many + away) for away in nearest]


def test_what_z3_does_not_find_within_its_steps_is_left_unsaid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps are counted, so that what is said of a village is the same on a slow machine."""
    found, _ = load(policy(tmp_path, facts=facts(MANY), g=programme("first", MANY)))
    columns: dict[str, list[Value]] = {"name": ["甲村"], "people": [300 * MANY], "income": [1]}
    result = reference(make_plan(found), columns)
    monkeypatch.setattr(smt, "NEAREST", 1)
    [decision] = Explainer(result, lambda id_, index: "assumed").explain(0).decisions
    assert not [one for one in decision.would_change if one.fact == "people"]


def test_days_are_tried_without_z3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Months between days turn back and forth too often for z3, which gave up or took seconds."""
    monkeypatch.setattr(smt, "nearest", None)
    days = fact("born", 'type = "date"', "range = [1900-01-01, 2100-12-31]")
    apart = "abs(months(born, date(2026, 1, 1)) - 12 * month) != 1 * month"
    found, _ = load(
        policy(tmp_path, facts=days, g=decides("first") + rule("r", apart, "7") + OTHERWISE)
    )
    born = date(2025, 1, 15).toordinal()
    columns: dict[str, list[Value]] = {"name": ["甲村"], "born": [born]}
    [decision] = (
        Explainer(reference(make_plan(found), columns), lambda id_, index: "assumed")
        .explain(0)
        .decisions
    )
    moved = [date.fromordinal(int(str(change.to.value))) for change in decision.would_change]
    assert moved == [date(2025, 1, 1), date(2025, 2, 2)]
