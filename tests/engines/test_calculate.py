"""Every way to calculate comes to the row evaluator's results, and what hinges is what recomputing says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.corpus import Example, examples
from tests.policy.test_faults import CATALOGUE, FILES
from tests.strategies import YES_NO, Made, loaded, policies, programme, sound

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines import calculate as module
from fundcalc.engines import columnar
from fundcalc.engines.calculate import Engine, calculate, reference
from fundcalc.engines.durable import EngineFault
from fundcalc.engines.hinges import hinged, hinges
from fundcalc.engines.result import Result
from fundcalc.engines.rules import Agenda
from fundcalc.engines.written import Judge
from fundcalc.policy.plan import Plan, make_plan

EXAMPLES = [e for e in examples() if e.error is None]


def plan_of(made: Made, reading: str = "one") -> Plan:
    return make_plan(sound(made.bundle), readings={"reading": reading})


def plainly(result: Result) -> object:
    fired = {id_: list(ids) for id_, ids in result.fired.items()}
    return [dict(row) for row in result.rows], fired, list(result.pools)


def brute(plan: Plan, result: Result) -> dict[tuple[str, str], dict[str, dict[int, object]]]:
    """For every other option all villages computed anew, whole."""
    found: dict[tuple[str, str], dict[str, dict[int, object]]] = {}
    columns = {id_: result.column(id_) for id_ in plan.policy.facts}
    for id_, reading in plan.policy.readings.items():
        for option in reading.options:
            if option == plan.readings[id_]:
                continue
            other = make_plan(plan.policy, plan.on, {**plan.readings, id_: option})
            again = reference(other, columns)
            changes = found[id_, option] = {}
            for output in (o.id for p in plan.programmes for o in p.outputs):
                pairs = zip(result.column(output), again.column(output), strict=True)
                moved = {n: new for n, (old, new) in enumerate(pairs) if old != new}
                if moved:
                    changes[output] = moved
    return found


def as_found(plan: Plan, result: Result) -> dict[tuple[str, str], dict[str, dict[int, object]]]:
    return {
        (h.reading, h.option): {o: {i: c[i] for i in c} for o, c in h.changes.items()}
        for h in hinges(plan, result)
    }


@settings(max_examples=25)
@given(policies(), st.sampled_from(["one", "two"]))
def test_every_way_on_random_policies(made: Made, reading: str) -> None:
    plan = plan_of(made, reading)
    villages = len(made.columns["name"])
    expected = reference(plan, made.columns)
    with pytest.MonkeyPatch.context() as patch:
        results = {}
        ways: list[Engine] = ["rules", "columnar", "auto"]
        for engine in ways:
            results[engine] = calculate(plan, made.columns, engine=engine)
        patch.setattr(module, "ALL_CHECKED", 0)
        results["sampled"] = calculate(plan, made.columns)
    for name, result in results.items():
        assert plainly(result) == plainly(expected), name
        assert result.checked == (0 if name == "columnar" else villages), name
    assert as_found(plan, results["rules"]) == as_found(plan, results["columnar"])
    assert as_found(plan, expected) == brute(plan, expected)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_every_way_on_the_corpus(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = reference(example.plan, example.columns)
    for most in (20_000, 0):
        monkeypatch.setattr(module, "ALL_CHECKED", most)
        try:
            found = calculate(example.plan, example.columns)
        except PolicyProblem as problem:  # products beyond 64 bits, which durable-rules refuses
            assert [one.code for one in problem.diagnostics] == ["FC404"]  # noqa: PT017
            assert example.policy.id == "wide"
            continue
        assert plainly(found) == plainly(expected)


@pytest.mark.parametrize(
    "example", [e for e in EXAMPLES if e.policy.readings], ids=lambda example: example.id
)
def test_what_hinges_is_what_recomputing_says(example: Example) -> None:
    plan, result = example.plan, reference(example.plan, example.columns)
    try:
        expected = brute(plan, result)
    except PolicyProblem:
        assert any(hinge.undecided is not None for hinge in hinges(plan, result))
        return
    assert as_found(plan, result) == expected
    marks = hinged(hinges(plan, result), len(result.rows))
    for reading, mask in marks.items():
        moved = {
            at for (name, _), changes in expected.items() if name == reading
            for one in changes.values() for at in one
        }  # fmt: skip
        assert set(mask.nonzero()[0].tolist()) == moved
    assert set(marks) == {name for (name, _), changes in expected.items() if changes}


def test_without_villages_there_is_nothing_to_decide_and_nothing_hinges() -> None:
    plan = EXAMPLES[0].plan
    nothing: dict[str, list[object]] = {id_: [] for id_ in plan.policy.facts}
    result = calculate(plan, nothing)  # type: ignore[arg-type]
    assert not result.rows and result.checked == 0
    assert all(not hinge.changes for hinge in hinges(plan, result))
    assert hinged(hinges(plan, result), 0) == {}


def several() -> Example:
    """A roster of some villages of the policy about hit policies."""
    return next(e for e in EXAMPLES if e.id.startswith("hits, all with"))


def test_columns_that_cannot_decide_leave_it_to_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    example = several()
    expected = reference(example.plan, example.columns)

    def cannot(*_: object, **__: object) -> object:
        raise columnar.Anomaly

    for name in ("run", "again"):
        monkeypatch.setattr(columnar, name, cannot)
    for engine, checked in (("auto", 0), ("columnar", 0)):
        result = calculate(example.plan, example.columns, engine=engine)  # type: ignore[arg-type]
        assert plainly(result) == plainly(expected)
        assert result.checked == checked
    assert as_found(example.plan, expected) == brute(example.plan, expected)


def test_rules_that_the_evaluator_does_not_find_stop_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    example = several()
    plan, matches = example.plan, Judge.matches

    def wrong(self: Judge, row: object) -> tuple[str, ...]:
        found = matches(self, row)  # type: ignore[arg-type]
        return found[1:] if self.id == "added" else found

    monkeypatch.setattr(Judge, "matches", wrong)
    with pytest.raises(PolicyProblem) as caught:
        calculate(plan, example.columns, engine="rules")
    (found,) = caught.value.diagnostics
    first = next(n for n, ids in enumerate(reference(plan, example.columns).fired["added"]))
    assert found.code == "FC599"
    assert "`added`" in found.message.en and str(example.columns["name"][first]) in found.message.en
    assert found.spans[0].file.endswith("added.toml")


def test_an_engine_that_fails_is_told_with_the_village(monkeypatch: pytest.MonkeyPatch) -> None:
    example = several()

    def fails(*_: object) -> None:
        raise EngineFault("the agenda did not end")

    monkeypatch.setattr(Agenda, "fire", fails)
    with pytest.raises(PolicyProblem) as caught:
        calculate(example.plan, example.columns, engine="rules")
    (found,) = caught.value.diagnostics
    assert found.code == "FC598" and "the agenda did not end" in found.message.en
    assert str(example.columns["name"][0]) in found.message.en


@pytest.mark.parametrize("engine", ["rules", "auto"])
def test_progress_adds_up_to_all_villages(engine: Engine) -> None:
    example = several()
    times = 20
    columns = {
        id_: [f"{n:06d}" for n in range(len(values) * times)]
        if id_ == "code"
        else [*values] * times
        for id_, values in example.columns.items()
    }
    told: list[int] = []
    calculate(example.plan, columns, told.append, engine)
    assert sum(told) == len(columns["code"]) and len(told) > 1


STOPS = [e for e in examples() if e.policy.id in ("stops", "hits") and e.error is not None]


@pytest.mark.parametrize("engine", ["rules", "columnar", "auto"])
@pytest.mark.parametrize("example", STOPS, ids=lambda example: example.id)
def test_a_stop_names_the_village_and_the_place(example: Example, engine: Engine) -> None:
    with pytest.raises(PolicyProblem) as caught:
        calculate(example.plan, example.columns, engine=engine)
    (found,) = caught.value.diagnostics
    assert found.code == example.error
    name, county = (str(example.columns[id_][0]) for id_ in ("name", "county"))
    code = str(example.columns["code"][0])
    said = found.message.en + (found.hint.en if found.hint else "")
    of_the_pool = "pool" in example.id or "counted" in example.id  # a sum has no village
    assert (county if of_the_pool else f"{name} ({county}, {code})") in said
    with pytest.raises(PolicyProblem) as plainly_:
        reference(example.plan, example.columns)
    assert plainly_.value.diagnostics == caught.value.diagnostics
    assert found.spans[0].line > 0 and found.spans[0].text


def test_two_rules_for_one_village_are_named_with_the_facts_that_they_rest_on() -> None:
    example = next(e for e in STOPS if e.error == "FC401")
    with pytest.raises(PolicyProblem) as caught:
        reference(example.plan, example.columns)
    (found,) = caught.value.diagnostics
    assert "`first_step`" in found.message.en and "`second_step`" in found.message.en
    assert "`single`" in found.message.en
    assert found.witness == {"step": "3"}
    assert "second_step" in found.spans[0].text


def test_many_villages_without_anybody_watching() -> None:
    example = several()
    columns = {
        id_: [f"{n:06d}" for n in range(len(values) * 20)] if id_ == "code" else [*values] * 20
        for id_, values in example.columns.items()
    }
    assert calculate(example.plan, columns).checked == len(columns["code"])


HINGING = {
    "flag": programme("flag", "是否", "Flag", "first", "flagged", YES_NO)
    + """[[rule]]
id = "large"
source = "paper"
when = "people >= 1_000 and edge == 'in' or people > 1_000"
then = true
[otherwise]
id = "small"
value = "poor"
""",
    "listing": programme("listing", "清单", "Listing", "collect", "listed")
    + """[[rule]]
id = "a"
source = "paper"
when = "people >= 1_000 and edge == 'in' or people > 1_000"
then = "name if poor else 'a'"
[[rule]]
id = "b"
source = "paper"
when = "poor"
then = "'b' if edge == 'in' else name"
[otherwise]
id = "none"
""",
    "sorted": programme("sorted", "分类", "Sorted", "collect", "kinds")
    + """[[rule]]
id = "a"
source = "paper"
when = "people >= 1_000 and edge == 'in' or people > 1_000"
[[rule]]
id = "b"
source = "paper"
when = "poor"
[otherwise]
id = "none"
""",
}


def test_answers_and_lists_hinge_on_a_reading_too() -> None:
    listed = '"grant", "kind", "part"'
    catalogue = CATALOGUE.replace(listed, f'{listed}, "flag", "listing", "sorted"')
    texts = {**FILES, "policies.toml": catalogue}
    texts |= {f"rules/{id_}.toml": text for id_, text in HINGING.items()}
    policy = loaded(texts)
    plan = make_plan(policy)
    people, poor = [999, 1_000, 1_001, 1_000, 5], [False, False, True, True, True]
    columns = {
        "name": [f"村{n}" for n in range(5)], "county": ["甲县", "乙县", "甲县", "乙县", "甲县"],
        "people": people, "poor": poor, "founded": [720_000] * 5,
    }  # fmt: skip
    results = [calculate(plan, columns, engine=engine) for engine in ("rules", "columnar")]  # type: ignore[arg-type]
    for result in results:
        expected = brute(plan, reference(plan, columns))  # type: ignore[arg-type]
        assert as_found(plan, result) == expected
    changes = expected["edge", "out"]
    assert changes["flagged"] == {1: False}
    assert changes["kinds"] == {1: (), 3: ("b",)}
    assert changes["listed"] == {
        1: (), 2: ("村2", "村2"), 3: ("村3",), 4: ("村4",),
    }  # fmt: skip
