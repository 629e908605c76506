"""Cases that are missing, as TOML for the author to confirm: a village each, and what is computed for it."""

from __future__ import annotations

from collections.abc import Iterator

import tomlkit

from fundcalc.analysis.coverage import Coverage, Goal, Key, shown, wish
from fundcalc.analysis.replay import Replay, replay
from fundcalc.engines.result import Row
from fundcalc.language.datatypes import Date, Number, YesNo
from fundcalc.language.nodes import Value, names
from fundcalc.language.show import literal
from fundcalc.policy.model import IDENTITY, Policy
from fundcalc.policy.plan import Plan, PlanProgramme, planned_expressions, upstream

_HEAD = (
    "# 建议的案例。expect 和 fired 由程序算出，不是依据：逐条核对，改好名称后再采用。\n"
    "# Suggested cases. `expect` and `fired` were computed, which proves nothing: confirm each against\n"
    "# the source, give it a name that says why, and then keep it.\n"
)


def suggested_cases(policy: Policy, found: Coverage) -> str:
    """TOML with a case for every goal that is missing and that a village can reach; empty if none.

    What a case expects was computed: its author must confirm it.
    """
    done: set[Key] = set()
    edges_first = sorted(found.missing, key=lambda goal: goal.kind != "edge")
    cases = [case for goal in edges_first for case in _case(policy, goal, done)]
    return "\n".join([_HEAD, *cases]) if cases else ""


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
    wanted = wish(goal)
    if goal.kind != "rule":
        others = [r for r in view.programme.rules if r.id != goal.rule]
        apart = [z3.Not(villages.holds(view.programme, rule)) for rule in others]
        row = view.village(goal.span, wanted, *apart, alone=alone)
        if row is not None:
            return row
    return view.village(goal.span, wanted, alone=alone)


def _toml(policy: Policy, goal: Goal, seen: Replay) -> str:
    view, programme = goal.view, goal.view.programme
    name = f"{goal.programme}.{goal.rule}: {goal.wanted.en}".replace("`", "")
    lines = ["[[case]]", f"name = {_string(name)}"]
    if view.under:
        pairs = ", ".join(f"{id_} = {_string(option)}" for id_, option in view.under)
        lines.append(f"readings = {{ {pairs} }}")
    row = seen.rows[0]
    facts = [
        f"{id_} = {_written(row[id_], policy.facts[id_].type)}"
        for id_ in _facts(policy, view.plan, programme, row)
    ]
    lines.append(f"village = {{ {', '.join(facts)} }}")
    outputs = [
        f"{o.id} = {_written(seen.value(o.id), o.type)}" for o in programme.programme.outputs
    ]
    lines.append(f"expect = {{ {', '.join(outputs)} }} # 待核对 computed: confirm")
    otherwise = programme.programme.otherwise
    fired = seen.fired(programme) or ((otherwise.id,) if otherwise is not None else ())
    listed = ", ".join(_string(id_) for id_ in fired)
    lines.append(f"fired = {{ {programme.id} = [{listed}] }}")
    return "\n".join(lines) + "\n"


def _facts(policy: Policy, plan: Plan, programme: PlanProgramme, row: Row) -> list[str]:
    """The facts to write: what must be there, and what is used and not as usual."""
    used = {
        name.id
        for one in upstream(plan, programme)
        for node in planned_expressions(one)
        for name in names(node)
    }
    return [
        id_
        for id_, fact in policy.facts.items()
        if (fact.required and (id_ not in IDENTITY or id_ == "county" or id_ in used))
        or (id_ in used and row[id_] != fact.default)
    ]


def _written(value: Value, kind: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_string(text) for text in value)}]"
    if isinstance(kind, Number):
        text = literal(value, kind)
        return text.removesuffix(".00")
    if isinstance(kind, YesNo | Date):
        return literal(value, kind)
    return _string(str(value))


def _string(text: str) -> str:
    return tomlkit.item(text).as_string()
