"""A policy's own worked examples: run through the engines, what they reach, and those that are missing.

They should reach every rule, both outcomes of every condition, and every edge from both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from fundcalc.analysis.bench import Bench, Replay, View, replay
from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span, as_json
from fundcalc.base.words import Lang, Words
from fundcalc.engines.calculate import calculate
from fundcalc.engines.hinges import hinged, hinges
from fundcalc.engines.result import Result, Row
from fundcalc.language.datatypes import FIRST_DAY, LAST_DAY, Date, Number, Texts, Type, YesNo
from fundcalc.language.edges import Threshold, atoms, decided, thresholds
from fundcalc.language.evaluate import NoValue, evaluation, row_finder, simplify
from fundcalc.language.nodes import (
    Arithmetic,
    Compare,
    Const,
    Ends,
    Logic,
    Lookup,
    Node,
    TableRow,
    Value,
    walk,
)
from fundcalc.language.show import literal, show
from fundcalc.policy import bundle as bundles
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.cases import Case, CaseVillage, Expected, read_cases
from fundcalc.policy.edit import quoted, toml_value
from fundcalc.policy.load import read
from fundcalc.policy.model import IDENTITY, Otherwise, Output, Policy, Programme, Rule
from fundcalc.policy.plan import Plan, make_plan, upstream, used_names, values_of

if TYPE_CHECKING:
    from fundcalc.core.smt import Term


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that a case expects of one of its villages, held against what came out.

    `kind` is `output` (then `type` is its), `fired` or `hinges_on`; `programme` is empty for the last.
    """

    village: int
    kind: Literal["output", "fired", "hinges_on"]
    programme: str
    expected: Expected
    found: Value
    type: Type

    @property
    def passed(self) -> bool:
        """Whether it came out."""
        return self.found == self.expected.value


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case, what did not come out (nothing where it passed), and what the engines made of it.

    `held` has each thing that it expects, in the order of its villages.
    """

    case: Case
    failures: tuple[Diagnostic, ...]
    result: Result | None = None
    held: tuple[Held, ...] = ()


def run_cases(path: Path | Bundle | None) -> list[Outcome]:
    """Run every worked example of the policy at a path. Raises PolicyProblem where it or they are broken."""
    return policy_and_cases(path)[1]


def policy_and_cases(path: Path | Bundle | None) -> tuple[Policy, list[Outcome]]:
    """The policy with every case run. Raises PolicyProblem where policy or cases are broken.

    Without a case to show it, a policy that may miss a village is refused here as by every other command.
    """
    bundle = bundles.find(path)
    policy, problems = read(bundle)
    if policy is None:
        raise PolicyProblem(problems)
    cases, problems = read_cases(bundle, policy)
    if problems:
        raise PolicyProblem(problems)
    if not cases:
        make_plan(policy)
    return policy, [_run(policy, case) for case in cases]


def _run(policy: Policy, case: Case) -> Outcome:
    try:
        plan = make_plan(policy, case.on, case.readings)
        gone = list(_of_other_days(case, plan))
        if gone:
            return Outcome(case, tuple(gone))
        columns = {id_: [v.facts[id_] for v in case.villages] for id_ in policy.facts}
        result = calculate(plan, columns)
        marked = None
        if any(village.hinges_on for village in case.villages):
            marked = hinged(hinges(plan, result), len(case.villages))
    except PolicyProblem as problem:
        return Outcome(case, tuple(problem.diagnostics))
    expectations: list[Held] = []
    for index, village in enumerate(case.villages):
        expectations += _hold(village, result, index)
        if village.hinges_on is not None and marked is not None:
            readings = tuple(sorted(id_ for id_, mask in marked.items() if mask[index]))
            expectations.append(Held(index, "hinges_on", "", village.hinges_on, readings, Texts()))
    failures = [
        _differs(case, expectation) for expectation in expectations if not expectation.passed
    ]
    return Outcome(case, tuple(failures), result, tuple(expectations))


def _of_other_days(case: Case, plan: Plan) -> Iterator[Diagnostic]:
    """What the case expects of programmes that are not in force on its day."""
    absent = {id_: p for p in plan.absent for id_ in (p.id, *(o.id for o in p.outputs))}
    for village in case.villages:
        for expected in (*village.outputs, *village.fired):
            if expected.id in absent:
                id_ = absent[expected.id].id
                yield say("FC801.absent", expected.span, case=case.name, programme=id_, on=plan.on)


def _hold(village: CaseVillage, result: Result, index: int) -> Iterator[Held]:
    policy = result.plan.policy
    owners = {o.id: (p.id, o.type) for p in policy.programmes for o in p.outputs}
    for expected in village.outputs:
        programme, kind = owners[expected.id]
        value = result.rows[index][expected.id]
        yield Held(index, "output", programme, expected, value, kind)
    for expected in village.fired:
        fired: Value = result.fired[expected.id][index]
        otherwise = policy.programme(expected.id).otherwise
        if not fired and otherwise is not None and expected.value == (otherwise.id,):
            fired = expected.value
        yield Held(index, "fired", expected.id, expected, fired, Texts())


def _differs(case: Case, expectation: Held) -> Diagnostic:
    expected, got = (
        literal(v, expectation.type) or "[]"
        for v in (expectation.expected.value, expectation.found)
    )
    span, what = expectation.expected.span, expectation.expected.id
    return say("FC801", span, case=case.name, what=what, wanted=expected, found=got)


Key = tuple[str, ...]
_KINDS = {
    "rule": Words("规则", "rules"),
    "condition": Words("条件", "conditions"),
    "edge": Words("界限", "edges"),
}


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing that a case should show, and the view under which it can be shown.

    `kind` is `rule`, `condition` or `edge`; `wanted` says what is to happen: `node` is to be `value`, in a
    village for which the rule hinges on the comparison `atom`; without one, for which it decides.
    """

    key: Key
    kind: str
    programme: str
    rule: str
    wanted: Words
    span: Span
    view: View
    node: Node | None = None
    value: int | bool = True
    atom: Node | None = None


@dataclass(slots=True)
class Coverage:
    """How many goals of each kind there are, and those that no case reaches."""

    totals: dict[str, int] = field(default_factory=dict)
    missing: list[Goal] = field(default_factory=list)

    def reached(self, kind: str) -> int:
        """Goals of a kind that some case reaches."""
        return self.totals.get(kind, 0) - sum(1 for goal in self.missing if goal.kind == kind)


def test_with_coverage(path: Path | Bundle | None) -> tuple[Policy, list[Outcome], Coverage]:
    """Run the policy's own worked examples, and tell the rules, conditions and edges that none reaches.

    Raises PolicyProblem where policy or cases are broken.
    """
    policy, outcomes = policy_and_cases(path)
    results = [outcome.result for outcome in outcomes if outcome.result is not None]
    return policy, outcomes, coverage(policy, results)


def coverage(policy: Policy, results: Iterable[Result]) -> Coverage:
    """Hold the results of cases against the policy. What no village can show is no goal."""
    reached: set[Key] = set()
    for result in results:
        reached |= shown(result)
    covered = Coverage()
    for goal in _all_goals(policy):
        if goal.key not in reached and goal.view.never(goal.span, _wish(goal)):
            continue
        covered.totals[goal.kind] = covered.totals.get(goal.kind, 0) + 1
        if goal.key not in reached:
            covered.missing.append(goal)
    return covered


def _all_goals(policy: Policy) -> list[Goal]:
    bench = Bench(policy, make_plan(policy), {})
    by_key: dict[Key, Goal] = {}
    for programme in bench.plan.programmes:
        for view in bench.views(programme, "FC799"):
            for goal in _goals(view):
                by_key.setdefault(goal.key, goal)
    return list(by_key.values())


def _goals(view: View) -> Iterator[Goal]:
    programme = view.programme
    declared = programme.otherwise
    if declared is not None:
        yield _rule_goal(view, declared.id, declared.span, happens=True)
    for rule in programme.rules:
        if isinstance(rule.when, Const):
            continue
        yield _rule_goal(view, rule.id, rule.span, happens=True)
        yield _rule_goal(view, rule.id, rule.span, happens=False)
        for atom in atoms(rule.when):
            yield from _atom_goals(view, rule, atom)
    for part, node in _looked_up(programme):
        for place, row, number in _band_ends(node):
            key, text = _row_key(programme, part, node, place, row, number)
            says = Words(f"查到 `{text}`", f"`{text}` is looked up")
            asked = Logic(YesNo(), node.at, "and", tuple(_asked(node, place, row, number)))
            yield Goal(key, "edge", programme.id, part.id, says, part.span, view, asked)


Giving = Rule | Otherwise | Output


def _looked_up(programme: Programme) -> Iterator[tuple[Giving, Lookup]]:
    """What a programme looks up for what it gives, with the rule or the output that is given."""
    last = programme.otherwise
    parts: list[tuple[Giving, Iterable[Node]]] = [(r, values_of(r)) for r in programme.rules]
    parts += [] if last is None else [(last, (last.value,))]
    parts += [(output, values_of(output)) for output in programme.further]
    for part, values in parts:
        for node in dict.fromkeys(n for value in values for n in walk(value)):
            if isinstance(node, Lookup):
                yield part, node


def _band_ends(node: Lookup) -> Iterator[tuple[int, TableRow, int]]:
    """Where a row of a table ends, or begins, beside another: the place of the key, the row, the number."""
    for place, key in enumerate(node.keys):
        if not isinstance(key.type, Number):
            continue
        ends = [cast("Ends", row.keys[place]) for row in node.rows]
        begin, end = {low for low, _ in ends}, {high for _, high in ends}
        for row, (low, high) in zip(node.rows, ends, strict=True):
            if low is not None and low - 1 in end:
                yield place, row, low
            if high is not None and high + 1 in begin:
                yield place, row, high


def _asked(node: Lookup, place: int, row: TableRow, number: int) -> Iterator[Node]:
    """That a row of a table is looked up, by a number for one of its keys."""
    for at, (key, value) in enumerate(zip(node.keys, row.keys, strict=True)):
        if isinstance(value, str):
            yield Compare(YesNo(), key.at, "==", key, Const(key.type, key.at, value))
            continue
        low, high = (number, number) if at == place else value
        if low is not None:
            yield Compare(YesNo(), key.at, ">=", key, Const(key.type, key.at, low))
        if high is not None:
            yield Compare(YesNo(), key.at, "<=", key, Const(key.type, key.at, high))


def _row_key(
    programme: Programme, part: Giving, node: Lookup, place: int, row: TableRow, number: int
) -> tuple[Key, str]:
    """A goal's key, and the look-up in words."""
    said = []
    for at, (key, value) in enumerate(zip(node.keys, row.keys, strict=True)):
        ends = (number,) if at == place else (value,) if isinstance(value, str) else value
        said.append("..".join("" if end is None else literal(end, key.type) for end in ends))
    text = f"{node.table}[{', '.join(said)}]"
    return ("edge", programme.id, part.id, show(node), str(place), text), text


def _rule_goal(view: View, rule: str, span: Span, *, happens: bool) -> Goal:
    says = Words("适用", "applies") if happens else Words("不适用", "does not apply")
    key = ("rule", view.programme.id, rule, str(happens))
    return Goal(key, "rule", view.programme.id, rule, says, span, view, None, happens)


def _atom_goals(view: View, rule: Rule, atom: Node) -> Iterator[Goal]:
    text, where = show(atom), rule.places
    span = where(*atom.at) if where is not None else rule.span
    for value, zh, en in ((True, "成立", "true"), (False, "不成立", "false")):
        says = Words(f"`{text}` {zh}", f"`{text}` is {en}")
        key = ("condition", *_place(view.programme, rule, atom), str(value))
        yield Goal(
            key, "condition", view.programme.id, rule.id, says, span, view, atom, value, atom
        )
    fixed = simplify(atom, view.plan.constants)
    for threshold in thresholds(fixed):
        for number in _around(threshold):
            shown_ = literal(number, threshold.name.type)
            says = Words(f"`{threshold.name.id}` 为 {shown_}", f"`{threshold.name.id}` of {shown_}")
            key = ("edge", *_place(view.programme, rule, atom), threshold.name.id, str(number))
            yield Goal(
                key,
                "edge",
                view.programme.id,
                rule.id,
                says,
                span,
                view,
                threshold.name,
                number,
                atom,
            )
    apart = _apart(fixed)
    if apart is not None:
        assert isinstance(atom, Compare)
        sides = show(atom.left), show(atom.right)
        for number, (zh, en) in _BETWEEN.items():
            says = Words(zh.format(*sides), en.format(*sides))
            key = ("edge", *_place(view.programme, rule, atom), "", str(number))
            yield Goal(
                key, "edge", view.programme.id, rule.id, says, span, view, apart, number, atom
            )


_BETWEEN = {
    -1: ("`{0}` 比 `{1}` 少最小一档", "`{0}` just below `{1}`"),
    0: ("`{0}` 等于 `{1}`", "`{0}` equal to `{1}`"),
    1: ("`{0}` 比 `{1}` 多最小一档", "`{0}` just above `{1}`"),
}
"""What an edge between two expressions is called, by their difference in the smallest unit."""


def _apart(atom: Node) -> Arithmetic | None:
    """The difference of two numbers that a comparison holds against each other; None of any other."""
    if not isinstance(atom, Compare) or not isinstance(atom.left.type, Number):
        return None
    constant = isinstance(atom.left, Const) or isinstance(atom.right, Const)
    if constant and any(thresholds(atom)):
        return None
    return Arithmetic(atom.left.type, atom.at, "-", atom.left, atom.right)


def _around(threshold: Threshold) -> list[int]:
    """A threshold and its neighbours; of days those that there are."""
    around = [threshold.value - 1, threshold.value, threshold.value + 1]
    if isinstance(threshold.name.type, Date):
        return [day for day in around if FIRST_DAY <= day <= LAST_DAY]
    return around


def _place(programme: Programme, rule: Rule, atom: Node) -> Key:
    return (programme.id, rule.id, f"{atom.at[0]}-{atom.at[1]}", show(atom))


def _wish(goal: Goal) -> Term:
    import z3

    villages, programme = goal.view.space.villages, goal.view.programme
    if goal.node is not None and goal.atom is not None:
        rule = next(rule for rule in programme.rules if rule.id == goal.rule)
        if_true, if_false = (villages.term(decided(rule.when, goal.atom, v)) for v in (True, False))
        return z3.And(villages.term(goal.node) == goal.value, if_true != if_false)
    if goal.node is not None:
        return z3.And(villages.term(goal.node), _gives(goal))
    decides = _gives(goal)
    return decides if goal.value else z3.Not(decides)


def _gives(goal: Goal) -> Term:
    """Whether the goal's rule, or `otherwise`, decides; a further output is there of every village."""
    programme, villages = goal.view.programme, goal.view.space.villages
    for rule in programme.rules:
        if rule.id == goal.rule:
            return villages.decides(programme, rule)
    last = programme.otherwise
    none = last is not None and last.id == goal.rule
    return villages.none_holds(programme) if none else villages.encoder.value(True)


def shown(result: Result) -> set[Key]:
    """The keys of all goals that the villages of a result reach."""
    reached: set[Key] = set()
    for programme in result.plan.programmes:
        otherwise = programme.otherwise
        for fired in result.fired[programme.id]:
            for rule in programme.rules:
                reached.add(("rule", programme.id, rule.id, str(rule.id in fired)))
            if not fired and otherwise is not None:
                reached.add(("rule", programme.id, otherwise.id, "True"))
        for rule in programme.rules:
            for atom in atoms(rule.when):
                reached |= _atom_shown(result, _place(programme, rule, atom), rule, atom)
        for part, node in _looked_up(programme):
            reached.update(_band_ends_shown(result, programme, part, node))
    return reached


def _band_ends_shown(
    result: Result, programme: Programme, part: Giving, node: Lookup
) -> Iterator[Key]:
    """The ends of bands by which the villages that a rule decides, or that have an output, look up."""
    keys = [evaluation(simplify(key, result.plan.constants)) for key in node.keys]
    find = row_finder(node.rows)
    for row, fired in zip(result.rows, result.fired[programme.id], strict=True):
        decides = part.id in fired if isinstance(part, Rule) else not fired
        if not decides and not isinstance(part, Output):
            continue
        with suppress(NoValue):
            values = tuple(key(row) for key in keys)
            asked = find(values)
            for place, table_row, number in _band_ends(node):
                if table_row is asked and values[place] == number:
                    yield _row_key(programme, part, node, place, table_row, number)[0]


def _atom_shown(result: Result, place: Key, rule: Rule, atom: Node) -> set[Key]:
    """What the rows show of a comparison; not those for which the rule is the same whatever it says."""
    reached: set[Key] = set()
    constants = result.plan.constants
    fixed = simplify(atom, constants)
    test, edges = evaluation(fixed), list(thresholds(fixed))
    if_true, if_false = (
        evaluation(simplify(decided(rule.when, atom, v), constants)) for v in (True, False)
    )
    apart = _apart(fixed)
    difference = None if apart is None else evaluation(apart)
    for row in result.rows:
        with suppress(NoValue):
            if bool(if_true(row)) is bool(if_false(row)):
                continue
            reached.add(("condition", *place, str(bool(test(row)))))
            if difference is not None:
                reached.add(("edge", *place, "", str(difference(row))))
            for edge in edges:
                reached.add(("edge", *place, edge.name.id, str(row[edge.name.id])))
    return reached


def coverage_text(coverage: Coverage) -> tuple[Words, list[Words]]:
    """How much is reached, in one line, and a line with its place for each thing that no case reaches."""
    zh, en = [], []
    for kind, name in _KINDS.items():
        reached = f"{coverage.reached(kind)}/{coverage.totals.get(kind, 0)}"
        zh.append(f"{name.zh} {reached}")
        en.append(f"{name.en} {reached}")
    totals = Words(f"覆盖：{'，'.join(zh)}", f"Reached: {', '.join(en)}")
    return totals, [_missing_text(goal) for goal in coverage.missing]


def _missing_text(goal: Goal) -> Words:
    under = ", ".join(f"{id_} = {option}" for id_, option in goal.view.under)
    zh, en = f"（解读 {under}）" if under else "", f" (under {under})" if under else ""
    place = f"{goal.span}  {goal.programme}.{goal.rule}"
    return Words(f"{place}：{goal.wanted.zh}{zh}", f"{place}: {goal.wanted.en}{en}")


_HEAD = (
    "# 建议的案例。expect 和 fired 由程序算出，不是依据：逐条核对，改好名称后再采用。\n"
    "# Suggested cases. `expect` and `fired` were computed, which proves nothing: confirm each against\n"
    "# the source, give it a name that says why, and then keep it.\n"
)


def suggested_cases(policy: Policy, coverage: Coverage) -> str:
    """TOML with a case for every goal that is missing and that a village can reach; empty if none.

    What a case expects was computed: its author must confirm it.
    """
    done: set[Key] = set()
    edges_first = sorted(coverage.missing, key=lambda goal: goal.kind != "edge")
    cases = [case for goal in edges_first for case in _case(policy, goal, done)]
    left = [_left_out(goal) for goal in edges_first if goal.key not in done]
    return "\n".join([_HEAD, *cases, *left]) if cases or left else ""


def _left_out(goal: Goal) -> str:
    """A comment about what no case is suggested for, and why."""
    text = _missing_text(goal)
    known = len(goal.view.bench.unsure)
    row = _village(goal, alone=True)
    if len(goal.view.bench.unsure) > known:
        why = words("cases.no_conclusion")
    elif row is None:
        why = words("cases.takes_others")
    else:
        seen = replay(goal.view.plan, goal.view.programme, [row])
        message = seen.problems[0].message if seen.problems else words("cases.did_not_come_out")
        why = words("cases.not_decided", why=message)
    return f"# {text.zh}：没有建议，{why.zh}\n# {text.en}: none suggested, {why.en}\n"


def _case(policy: Policy, goal: Goal, done: set[Key]) -> Iterator[str]:
    if goal.key in done:
        return
    view = goal.view
    for alone in (True, False):
        row = _village(goal, alone=alone)
        if row is None:
            return
        seen = replay(view.plan, view.programme, [row])
        if seen.result is not None and goal.key in shown(seen.result):
            done |= shown(seen.result)
            yield _toml(policy, goal, seen)
            return


def _village(goal: Goal, *, alone: bool) -> Row | None:
    """A village for which the goal matters: with no other rule in the way, if there is one."""
    import z3

    view, villages = goal.view, goal.view.space.villages
    wish = _wish(goal)
    if goal.kind != "rule":
        others = [r for r in view.programme.rules if r.id != goal.rule]
        apart = [z3.Not(villages.holds(view.programme, rule)) for rule in others]
        row = view.village(goal.span, wish, *apart, alone=alone)
        if row is not None:
            return row
    return view.village(goal.span, wish, alone=alone)


def _toml(policy: Policy, goal: Goal, seen: Replay) -> str:
    view, programme = goal.view, goal.view.programme
    name = f"{goal.programme}.{goal.rule}: {goal.wanted.en}".replace("`", "")
    lines = ["[[case]]", f"name = {quoted(name)}"]
    if view.under:
        pairs = ", ".join(f"{id_} = {quoted(option)}" for id_, option in view.under)
        lines.append(f"readings = {{ {pairs} }}")
    row = seen.rows[0]
    facts = [
        f"{policy.facts[id_].called} = {toml_value(row[id_], policy.facts[id_].type)}"
        for id_ in _facts(policy, view.plan, programme, row)
    ]
    lines.append(f"village = {{ {', '.join(facts)} }}")
    outputs = [f"{o.id} = {toml_value(seen.value(o.id), o.type)}" for o in programme.outputs]
    lines.append(f"expect = {{ {', '.join(outputs)} }} # 待核对 computed: confirm")
    otherwise = programme.otherwise
    fired = seen.fired(programme) or ((otherwise.id,) if otherwise is not None else ())
    listed = ", ".join(quoted(id_) for id_ in fired)
    lines.append(f"fired = {{ {programme.id} = [{listed}] }}")
    return "\n".join(lines) + "\n"


def _facts(policy: Policy, plan: Plan, programme: Programme, row: Row) -> list[str]:
    """The facts to write: what must be there for any programme, and what is used and not as usual."""
    used, anywhere = used_names(upstream(plan, programme)), used_names(plan.programmes)
    return [
        id_
        for id_, fact in policy.facts.items()
        if (fact.required and (id_ not in IDENTITY or id_ == "county" or id_ in anywhere))
        or (id_ in used and row[id_] != fact.default)
    ]


def cases_json(outcomes: Sequence[Outcome], reached: Coverage | None, lang: Lang) -> Any:
    """A list of cases; with what they reach an object that has them under `cases`."""
    cases = [
        {"case": o.case.name, "file": o.case.span.file, "passed": not o.failures,
         "failures": [as_json(failure, lang) for failure in o.failures]}
        for o in outcomes
    ]  # fmt: skip
    if reached is None:
        return cases
    kinds = {
        kind: {"reached": reached.reached(kind), "of": total}
        for kind, total in reached.totals.items()
    }
    listed = [
        {"kind": goal.kind, "programme": goal.programme, "rule": goal.rule,
         "missing": goal.wanted.say(lang), "file": goal.span.file, "line": goal.span.line}
        for goal in reached.missing
    ]  # fmt: skip
    return {"cases": cases, "coverage": kinds, "missing": listed}
