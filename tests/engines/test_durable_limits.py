"""Every limit of the engine, from below, at and above: met by splitting, or refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import pytest

from fundcalc.engines import durable
from fundcalc.engines.durable import AllOf, AnyOf, Condition, Not, Rule, Stage, guard

beside = durable.Test


def unchanged(
    stage: str, fired: tuple[str, ...], facts: Mapping[str, durable.Value]
) -> dict[str, durable.Value]:
    return {}


def numbered(conditions: list[Condition]) -> tuple[Rule, ...]:
    return tuple(Rule(str(n), when) for n, when in enumerate(conditions))


def fired(conditions: list[Condition], **facts: int) -> list[int]:
    agenda = durable.Agenda(dict.fromkeys(facts, int), [Stage("s", numbered(conditions))])
    found = agenda.fire(facts, unchanged)["s"]
    assert agenda.fire(facts, unchanged)["s"] == found
    return [int(rule) for rule in found]


def refusal(*conditions: Condition, stages: int = 1) -> durable.LimitError:
    rules = numbered(list(conditions))
    with pytest.raises(durable.LimitError) as caught:
        durable.Agenda({"n": int}, [Stage(f"s{n}", rules) for n in range(stages)])
    return caught.value


@pytest.mark.parametrize("count", [59, 60, 61, 63, 64, 65, 120, 121, 300, 1000])
def test_matches_at_once(count: int) -> None:
    """The engine's stack holds 64."""
    rules: list[Condition] = [beside("n", ">", n) for n in range(count)]
    assert fired(rules, n=count) == list(range(count))
    assert fired(rules, n=count // 2) == list(range(count // 2))


@pytest.mark.parametrize("count", [255, 256, 257, 600])
def test_rules_with_the_same_condition(count: int) -> None:
    """The engine overwrites memory at the 257th below one test."""
    same: list[Condition] = [beside("n", "==", 1)] * count
    assert fired(same, n=1) == list(range(count))
    assert fired(same, n=2) == []


@pytest.mark.parametrize("count", [511, 512, 513, 1500])
def test_constants_beside_one_field(count: int) -> None:
    """The engine hangs at the 513th below one test."""
    equal: list[Condition] = [beside("n", "==", n) for n in range(count)]
    assert fired(equal, n=count - 1) == [count - 1]
    listed = AnyOf(tuple(equal))
    assert fired([listed, Not(listed)], n=count - 1) == [0]
    assert fired([listed, Not(listed)], n=count) == [1]


@pytest.mark.parametrize("count", [199, 200, 201, 253, 254, 600])
def test_fields(count: int) -> None:
    """A fact holds 255 properties, of which the engine takes two."""
    facts = {f"f{n}": n for n in range(count)}
    every = AllOf(tuple(beside(name, "==", value) for name, value in facts.items()))
    assert fired([every, Not(every)], **facts) == [0]
    for wrong in (0, count // 2, count - 1):
        assert fired([every, Not(every)], **facts | {f"f{wrong}": -1}) == [1]
    each: list[Condition] = [beside(name, "==", value) for name, value in facts.items()]
    assert fired(each, **facts | {"f7": -1}) == [n for n in range(count) if n != 7]


@pytest.mark.parametrize("count", [5, 6, 14, 15, 16, 32, 33])
def test_all_of_many_any(count: int) -> None:
    """The engine takes 15 joints in a pattern, and fires 2 to the power of `count` times."""
    names = [f"f{n}" for n in range(count)]
    every = AllOf(tuple(AnyOf((beside(name, ">", 0), beside(name, ">", 1))) for name in names))
    facts = dict.fromkeys(names, 2)
    assert fired([every, Not(every)], **facts) == [0]
    for wrong in names:
        assert fired([every, Not(every)], **facts | {wrong: 0}) == [1]


def test_helpers_of_helpers() -> None:
    """`any` below `all` below `any` below `all` …: one level needs what the one before derived."""
    condition: Condition = beside("n", "==", 0)
    for depth in range(1, 6):
        others = tuple(beside("n", "==", 10 * depth + n) for n in range(7))
        small = tuple(beside("n", "!=", 100 * depth + n) for n in range(3))
        condition = AllOf((AnyOf((condition, *others)), AnyOf((*small, beside("n", "<", -depth)))))
    agenda = durable.Agenda({"n": int}, [Stage("s", (Rule("r", condition),))])
    reached = [n for n in range(-9, 600) if agenda.fire({"n": n}, unchanged)["s"]]
    assert reached == [0, *(10 * depth + n for depth in range(1, 6) for n in range(7))]


def test_helpers_of_one_stage_see_what_the_stage_before_derived() -> None:
    lists = [AnyOf(tuple(beside(name, "==", n) for n in range(8))) for name in ("a", "b", "c")]
    rules = (Rule("r", AllOf(tuple(lists))),)
    agenda = durable.Agenda(dict.fromkeys("abc", int), [Stage("s", rules), Stage("t", rules)])

    def flip(stage: str, fired: tuple[str, ...], facts: Mapping[str, object]) -> dict[str, int]:
        return {"a": -1 if fired else 7}

    assert agenda.fire({"a": 0, "b": 0, "c": 0}, flip) == {"s": ("r",), "t": ()}
    assert agenda.fire({"a": 9, "b": 0, "c": 0}, flip) == {"s": (), "t": ("r",)}
    assert agenda.fire({"a": 9, "b": 9, "c": 0}, flip) == {"s": (), "t": ()}


def nested(depth: int) -> Condition:
    condition: Condition = beside("n", ">", 0)
    for _ in range(depth - 1):
        condition = Not(condition)
    return condition


def test_nesting() -> None:
    assert fired([nested(guard.NESTING - 1), nested(guard.NESTING)], n=1) == [0]
    problem = refusal(nested(1), nested(guard.NESTING + 1))
    assert (problem.problem, problem.limit, problem.rule) == ("nesting", guard.NESTING, "1")
    assert str(problem) == "stage 's0', rule '1': a condition nested more than 100 deep"
    assert refusal(nested(100_000)).problem == "nesting"


def test_size() -> None:
    tests = tuple(beside("n", "!=", n) for n in range(guard.SIZE))
    assert fired([AllOf(tests[1:])], n=-1) == [0]
    assert refusal(AllOf(tests)).problem == "size"
    doubled: Condition = tests[0]
    for _ in range(60):
        doubled = AllOf((doubled, doubled))
    assert refusal(doubled).problem == "size"


def test_rules_in_all() -> None:
    """The engine holds 4,096 rules in a ruleset."""
    rules: list[Condition] = [beside("n", ">", n) for n in range(3935)]
    assert fired(rules[:-1], n=5) == [0, 1, 2, 3, 4]  # 3,934 and 66 that close a step
    problem = refusal(*rules)
    assert (problem.problem, problem.limit, problem.stage, problem.rule) == (
        "rules", guard.RULES, "s0", None,
    )  # fmt: skip
    assert str(problem) == "stage 's0': more than 4000 rules in all"


def test_steps_in_all() -> None:
    """The engine hangs at the 513th test below one test."""
    rules = numbered([beside("n", ">", 0)])
    agenda = durable.Agenda({"n": int}, [Stage(str(n), rules) for n in range(guard.STEPS)])
    found = agenda.fire({"n": 1}, unchanged)
    assert list(found.items()) == [(str(n), ("0",)) for n in range(guard.STEPS)]
    problem = refusal(beside("n", ">", 0), stages=guard.STEPS + 1)
    assert (problem.problem, problem.limit, problem.stage) == ("steps", 500, "s500")


def test_constants_must_fit_the_engines_own_integer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine keeps constants as C long: 32 bits on Windows."""
    monkeypatch.setattr(guard, "CONSTANT_BITS", 32)
    assert fired([beside("n", "<", 2**31 - 1), beside("n", ">=", -(2**31))], n=2**40) == [1]
    for value in (2**31, -(2**31) - 1):
        problem = refusal(beside("n", "<", value))
        assert (problem.problem, problem.limit) == ("constant", 32)


def test_internal_names_have_hashes_of_their_own() -> None:
    """The engine tells fields apart by this hash alone (fnv1Hash32 in its state.c)."""

    def hashed(name: str) -> int:
        value = 0x811C9DC5
        for byte in name.encode():
            value = (value ^ byte) * 16777619 % 2**32
        return value

    assert hashed("sid") == 3593476751 and hashed("id") == 926444256  # as written there
    assert hashed("costarring") == hashed("liquid")
    names = ["s", "id", "sid", "$s", *(f"f{n}" for n in range(guard.FIELDS_IN_STEP))]
    assert not [pair for pair in combinations(names, 2) if len(set(map(hashed, pair))) == 1]
