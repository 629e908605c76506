"""The adapter to durable_rules against ten lines of plain Python, and what it does with faults."""

from __future__ import annotations

import operator
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import durable_rules_engine as compiled
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.closed_sets import COMPARISONS

from fundcalc.engines import durable
from fundcalc.engines.durable import AllOf, AnyOf, Condition, Not, Rule, Stage, guard
from fundcalc.engines.durable.agenda import Host
from fundcalc.engines.durable.guard import INT_MAX, INT_MIN

Facts = dict[str, durable.Value]
Fired = tuple[str, ...]

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
assert set(COMPARE) == set(COMPARISONS)


def holds(condition: Condition, facts: Mapping[str, durable.Value]) -> bool:
    match condition:
        case Not(part):
            return not holds(part, facts)
        case AllOf(parts):
            return all(holds(part, facts) for part in parts)
        case AnyOf(parts):
            return any(holds(part, facts) for part in parts)
    return COMPARE[condition.op](facts[condition.field], condition.value)


def plain(stages: list[Stage], facts: Facts, settle: durable.Settle) -> dict[str, Fired]:
    facts, done = dict(facts), {}
    for stage in stages:
        fired = tuple(rule.id for rule in stage.rules if holds(rule.when, facts))
        done[stage.id] = fired
        facts |= settle(stage.id, fired, facts)
    return done


# Names that the engine reserves or confuses: `costarring` and `liquid` have the same hash.
FIELDS: dict[str, durable.FieldType] = {
    "户籍人口": int, "id": int, "costarring": int, "liquid": int,
    "$s": bool, "sid": str, "县": str, "应得": int, "已定": bool, "规则": str,
}  # fmt: skip
INTS = st.integers(-3, 3) | st.sampled_from(
    [INT_MIN, INT_MIN + 1, -(2**53) - 1, -(2**31) - 1, 2**31, 2**53 + 1, INT_MAX - 1, INT_MAX]
)
TEXTS = st.sampled_from([
    "", "婁煩縣", "娄烦县", "娄烦", "5", "05", "true", "True", '"', "\\", "a\0b", "\ud800", "规甲", "规乙",
])  # fmt: skip
KINDS: dict[object, st.SearchStrategy[Any]] = {int: INTS, bool: st.booleans(), str: TEXTS}


def comparisons(name: str) -> st.SearchStrategy[Condition]:
    kind = FIELDS[name]
    operators = st.sampled_from(list(COMPARE) if kind is int else ["==", "!="])
    return st.builds(durable.Test, st.just(name), operators, KINDS[kind])


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.sampled_from(list(FIELDS)).flatmap(comparisons),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(AllOf, st.lists(inner, max_size=4).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=4).map(tuple)),
    ),
    max_leaves=25,
)
RULES = st.lists(CONDITIONS, max_size=5).map(
    lambda found: tuple(Rule(f"规{'甲乙丙丁戊'[n]}", when) for n, when in enumerate(found))
)
STAGES = st.lists(RULES, max_size=4).map(
    lambda found: [Stage(f"项目{n}", rules) for n, rules in enumerate(found)]
)
VILLAGES = st.lists(
    st.fixed_dictionaries({name: KINDS[kind] for name, kind in FIELDS.items()}),
    min_size=1, max_size=5,
)  # fmt: skip


def derive(stage: str, fired: Fired, facts: Mapping[str, durable.Value]) -> Facts:
    """Later stages see how many rules fired so far, whether any did here, and which one last."""
    before = facts["应得"]
    assert isinstance(before, int)
    count = before + len(fired) if before < 100 else -5
    return {"应得": count, "已定": bool(fired)} | ({"规则": fired[-1]} if fired else {})


def compare(stages: list[Stage], villages: list[Facts]) -> None:
    agenda = durable.Agenda(FIELDS, stages)
    for village in villages:
        assert agenda.fire(village, derive) == plain(stages, village, derive)


@settings(deadline=None, max_examples=250)
@given(STAGES, VILLAGES)
def test_fires_what_plain_python_would(stages: list[Stage], villages: list[Facts]) -> None:
    compare(stages, villages)


@settings(
    deadline=None, max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STAGES, VILLAGES)
def test_fires_the_same_however_finely_it_is_split(
    monkeypatch: pytest.MonkeyPatch, stages: list[Stage], villages: list[Facts]
) -> None:
    for limit in ("RULES_IN_STEP", "FIELDS_IN_STEP", "ALTERNATIVES"):
        monkeypatch.setattr(guard, limit, 2)
    compare(stages, villages)


@pytest.mark.slow
@settings(deadline=None, max_examples=20_000)
@given(STAGES, VILLAGES)
def test_fires_what_plain_python_would_at_length(
    stages: list[Stage], villages: list[Facts]
) -> None:
    compare(stages, villages)


def rule(name: str, field: str, op: durable.Operator, value: durable.Value) -> Rule:
    return Rule(name, durable.Test(field, op, value))


def unchanged(stage: str, fired: Fired, facts: Mapping[str, durable.Value]) -> Facts:
    return {}


def test_stages_chain_through_what_settle_returns() -> None:
    stages = [
        Stage("base", (rule("poor", "income", "<", 100), rule("any", "income", ">=", 0))),
        Stage("subsidy", (rule("paid", "granted", ">=", 7), rule("unpaid", "granted", "<", 7))),
        Stage("none", ()),
    ]
    seen: list[tuple[str, Fired, Facts]] = []

    def settle(stage: str, fired: Fired, facts: Mapping[str, durable.Value]) -> Facts:
        seen.append((stage, fired, dict(facts)))
        return {"granted": 7} if "poor" in fired else {}

    agenda = durable.Agenda({"income": int, "granted": int}, stages)
    fired = agenda.fire({"income": 99, "granted": 0}, settle)

    assert fired == {"base": ("poor", "any"), "subsidy": ("paid",), "none": ()}
    assert seen == [
        ("base", ("poor", "any"), {"income": 99, "granted": 0}),
        ("subsidy", ("paid",), {"income": 99, "granted": 7}),
        ("none", (), {"income": 99, "granted": 7}),
    ]
    assert agenda.fire({"income": 100, "granted": 0}, settle)["subsidy"] == ("unpaid",)


def test_an_agenda_without_stages_fires_nothing() -> None:
    assert durable.Agenda({}, []).fire({}, unchanged) == {}


def test_the_callers_facts_stay_as_they_are() -> None:
    facts: Facts = {"n": 0}
    durable.Agenda({"n": int}, [Stage("s", ())]).fire(facts, lambda *_: {"n": 1})
    assert facts == {"n": 0}


class Stopped(Exception):
    pass


@pytest.mark.parametrize("kind", [Stopped, KeyboardInterrupt, SystemExit, MemoryError])
def test_what_settle_raises_leaves_unchanged_and_leaves_nothing_behind(
    kind: type[BaseException],
) -> None:
    stages = [Stage(name, (rule("r", "n", ">", 0),)) for name in "abc"]
    agenda = durable.Agenda({"n": int}, stages)
    raised = kind("here")

    def fail(stage: str, fired: Fired, facts: Mapping[str, durable.Value]) -> Facts:
        if stage == "b":
            raise raised
        return {}

    for _ in range(3):
        with pytest.raises(kind) as caught:
            agenda.fire({"n": 1}, fail)
        assert caught.value is raised
        assert agenda.fire({"n": 0}, unchanged) == {"a": (), "b": (), "c": ()}
        assert agenda.fire({"n": 1}, unchanged) == {"a": ("r",), "b": ("r",), "c": ("r",)}


AGENDA_FIELDS: dict[str, durable.FieldType] = {"n": int, "b": bool, "t": str}
GOOD: Facts = {"n": 1, "b": True, "t": "x"}


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("n", INT_MAX + 1, "9223372036854775808 does not fit 64 bits"),
        ("n", INT_MIN - 1, "-9223372036854775809 does not fit 64 bits"),
        ("n", True, "True is bool, not int"),
        ("n", 1.0, "1.0 is float, not int"),
        ("n", None, "None is NoneType, not int"),
        ("n", "1", "'1' is str, not int"),
        ("b", 1, "1 is int, not bool"),
        ("t", b"x", "b'x' is bytes, not str"),
        ("x", 1, "is not declared"),
    ],
)
def test_unfit_facts_are_refused_before_the_engine_sees_them(
    field: str, value: Any, problem: str
) -> None:
    agenda = durable.Agenda(AGENDA_FIELDS, [Stage("s", (rule("r", "n", "==", 1),))])
    with pytest.raises(durable.EngineValueError) as given_:
        agenda.fire(GOOD | {field: value}, unchanged)
    with pytest.raises(durable.EngineValueError) as settled:
        agenda.fire(GOOD, lambda *_: {field: value})
    for caught in (given_.value, settled.value):
        assert (caught.field, caught.problem) == (field, problem)
    assert agenda.fire(GOOD, unchanged) == {"s": ("r",)}


def test_a_missing_fact_is_refused() -> None:
    agenda = durable.Agenda(AGENDA_FIELDS, [])
    with pytest.raises(durable.EngineValueError, match="'t': has no value"):
        agenda.fire({"n": 1, "b": True}, unchanged)
    with pytest.raises(durable.EngineValueError, match="'t': has no value"):
        agenda.fire({"n": 1, "b": True, "other": 1}, unchanged)


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        (durable.Test("n", "<", INT_MAX + 1), "does not fit 64 bits"),
        (durable.Test("n", "==", True), "True is bool, not int"),
        (durable.Test("n", "==", "1"), "'1' is str, not int"),
        (durable.Test("b", "==", 0), "0 is int, not bool"),
        (durable.Test("b", "<", True), "bool cannot be compared by <"),
        (durable.Test("t", ">=", "x"), "str cannot be compared by >="),
        (durable.Test("x", "==", 1), "is not declared"),
    ],
)
def test_unfit_constants_are_refused(test: durable.Test, problem: str) -> None:
    with pytest.raises(durable.EngineValueError, match=problem) as caught:
        durable.Agenda(AGENDA_FIELDS, [Stage("s", (Rule("r", Not(AllOf((test,)))),))])
    assert caught.value.field == test.field


def test_other_types_of_fields_are_refused() -> None:
    fields: Any = {"amount": float}
    with pytest.raises(durable.EngineValueError, match="'amount': declared as <class 'float'>"):
        durable.Agenda(fields, [])


def test_ids_must_be_unique() -> None:
    with pytest.raises(ValueError, match="stage declared twice: s"):
        durable.Agenda({}, [Stage("s", ()), Stage("s", ())])
    twice = (Rule("r", AllOf(())), Rule("r", AllOf(())))
    with pytest.raises(ValueError, match="rule in stage 's' declared twice: r"):
        durable.Agenda({}, [Stage("s", twice)])


def test_rules_that_are_always_or_never_true() -> None:
    always, never = AllOf(()), AnyOf(())
    rules = (
        Rule("always", always), Rule("never", never), Rule("not never", Not(never)),
        Rule("not always", Not(always)), Rule("both", AllOf((always, never))),
        Rule("either", AnyOf((never, always))),
    )  # fmt: skip
    agenda = durable.Agenda({}, [Stage("s", rules)])
    assert agenda.fire({}, unchanged) == {"s": ("always", "not never", "either")}


def small_agenda() -> durable.Agenda:
    return durable.Agenda({"n": int}, [Stage("s", (rule("r", "n", "==", 1),)), Stage("t", ())])


def test_the_rules_are_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    agenda = small_agenda()
    monkeypatch.delattr(compiled, "create_ruleset")
    assert [bool(agenda.fire({"n": n}, unchanged)["s"]) for n in range(3)] == [False, True, False]


def test_an_agenda_cut_short_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    agenda = small_agenda()
    monkeypatch.setattr(compiled, "complete_and_start_action", lambda *_: None)
    with pytest.raises(durable.EngineFault, match="stopped at step 1 of 2"):
        agenda.fire({"n": 1}, unchanged)
    monkeypatch.undo()
    assert agenda.fire({"n": 1}, unchanged) == {"s": ("r",), "t": ()}


def test_a_closing_rule_that_fires_twice_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "complete_and_start_action", lambda *_: '{"r1":{}}')
    with pytest.raises(durable.EngineFault, match="rule r1 of step 0 fired in step 1"):
        small_agenda().fire({"n": 1}, unchanged)


def test_errors_of_the_engine_are_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    agenda = small_agenda()

    def fail(*_: object) -> None:
        raise compiled.error("error code: 303")

    monkeypatch.setattr(compiled, "start_action_for_state", fail)
    with pytest.raises(durable.EngineFault, match="durable_rules failed: error code: 303"):
        agenda.fire({"n": 1}, unchanged)
    monkeypatch.setattr(compiled, "start_action_for_state", lambda *_: None)
    with pytest.raises(durable.EngineFault, match="no rule for the fact"):
        agenda.fire({"n": 1}, unchanged)
    monkeypatch.setattr(compiled, "assert_fact", lambda *_: (2, 1))
    with pytest.raises(durable.EngineFault, match="did not take the fact"):
        agenda.fire({"n": 1}, unchanged)
    monkeypatch.undo()
    with pytest.raises(durable.EngineFault, match="refuses the rules"):
        Host('{"r": 1}')


def test_it_starts_no_thread_and_warns_of_nothing() -> None:
    running = threading.enumerate()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        agenda = small_agenda()
        for n in range(100):
            agenda.fire({"n": n}, unchanged)
    assert threading.enumerate() == running


MEMORY = """
import sys
from pathlib import Path
from fundcalc.engines import durable as d

def agenda():
    rules = tuple(d.Rule(f"r{n}", d.Test("n", ">", n)) for n in range(20))
    return d.Agenda({"n": int, "out": int}, [d.Stage(f"s{n}", rules) for n in range(3)])

def pages():
    return int(Path("/proc/self/statm").read_text().split()[1])

def stop(*_):
    raise KeyboardInterrupt

def work(times):
    lasting = agenda()
    for number in range(times):
        lasting.fire({"n": number % 30, "out": 0}, lambda _, fired, __: {"out": len(fired)})
        if number % 20 == 0:
            brief = agenda()
            try:
                brief.fire({"n": number, "out": 0}, stop)
            except KeyboardInterrupt:
                pass

def growth():
    before = pages()
    work(2500)
    return (pages() - before) * 4

work(500)
print(min(growth() for _ in range(3)))  # what leaks grows each time; what the machine does, does not
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
def test_memory_does_not_grow_with_villages_agendas_or_failures() -> None:
    """Every agenda that is not given back would take some 800 KB."""
    source = Path(durable.__file__).parents[3]
    found = subprocess.run(
        [sys.executable, "-c", MEMORY],
        env={"PYTHONPATH": str(source)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(found.stdout) < 2_000  # KB
