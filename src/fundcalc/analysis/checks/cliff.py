"""One more resident, or one more yuan of income, loses a village money, or costs it more than that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import z3

from fundcalc.analysis.bench import MANY, Replay, View, each_view, replay
from fundcalc.analysis.smt import Undecided, Villages
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.money import grouped
from fundcalc.core.smt import Term
from fundcalc.engines.result import Row
from fundcalc.language.datatypes import Number, is_money
from fundcalc.language.edges import choices, thresholds
from fundcalc.language.evaluate import simplify
from fundcalc.language.nodes import Node, Round, walk
from fundcalc.language.show import literal
from fundcalc.policy.model import Fact, Output, Rule
from fundcalc.policy.plan import deciding_expressions, upstream, used_names

CODE = "FC711"
_FEW = 8
"""Items that are asked about one by one."""


@dataclass(frozen=True, slots=True)
class Item:
    """A rule, or a further output, at which money may be lost; `lost` says when it is that one."""

    id: str
    span: Span
    lost: Term


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every rule at whose edge a village loses money."""
    if len(view.programme.rules) > MANY and (view.gaps or "overlap" in view.kept):
        return  # what a long table gives is not known before it has neither gap nor overlap
    result = view.programme.result
    further = [a for a in view.programme.further if is_money(a.type)]
    if is_money(result.type):
        further = [a for a in further if a.value is None or any(choices(a.value))]
    elif not further:
        return
    used = used_names(upstream(view.plan, view.programme))
    for id_, fact in view.plan.policy.facts.items():
        if id_ not in used or not isinstance(fact.type, Number):
            continue
        step = _Step(view, fact, fact.type)
        rules = list(step.rules())
        if is_money(result.type):
            yield from step.losses(result, rules)
        for also in further:
            yield from step.losses(also, [*rules, *step.choices(also)])


class _Step:
    """One fact made one unit greater: the villages here, after it, and a unit before."""

    def __init__(self, view: View, fact: Fact, kind: Number) -> None:
        self._view = view
        self._fact = fact
        self._kind = kind
        self._by = 10**fact.decimals
        self._here = view.space.villages
        self._after, self._before = (view.space.shifted(fact.id, n) for n in (self._by, -self._by))

    def rules(self) -> Iterator[Item]:
        """The rules that may be lost, or that take over from `otherwise`."""
        programme = self._view.programme
        for rule in programme.rules:
            here, after = self._decides(self._here, rule), self._decides(self._after, rule)
            started = z3.And(self._here.none_holds(programme), after)
            lost = [z3.And(here, z3.Not(after)), started]
            if rule.then is not None:
                lost += [z3.And(here, flip) for flip in self._flips(rule.then)]
            yield Item(rule.id, rule.span, z3.Or(lost))

    def _decides(self, villages: Villages, rule: Rule) -> Term:
        programme = self._view.programme
        decides = villages.decides(programme, rule)
        if programme.hit_policy in ("collect max", "collect min"):
            mine = villages.value(programme, rule) == villages.result(programme)
            return z3.And(decides, mine)
        return decides

    def choices(self, also: Output) -> Iterator[Item]:
        """The choices within a further output, as one item, if there are any."""
        flips = self._flips(also.value) if also.value is not None else []
        if flips:
            yield Item(also.id, also.span, z3.Or(flips))

    def _flips(self, value: Node) -> list[Term]:
        conditions = [choice.condition for choice in choices(value)]
        return [self._here.term(one) != self._after.term(one) for one in conditions]

    def losses(self, output: Output, items: list[Item]) -> Iterator[tuple[object, Diagnostic]]:
        """Every item at which some village loses of an output more than it gains, and more than before.

        Of a charge it loses what it pays more.
        """
        items = [item for item in items if (item.id, self._fact.id) not in self._view.told]
        flipped = z3.Or([item.lost for item in items])
        room = self._within(self._by)
        if not items or self._view.never(items[0].span, flipped, room):
            return
        loss = self._lost(self._here, self._after, output)
        usual = [self._slope(-self._by, self._before, self._here, output)]
        if not is_money(self._kind):  # what each further one costs is no step
            further = self._view.space.shifted(self._fact.id, 2 * self._by)
            usual.append(self._slope(2 * self._by, self._after, further, output))
        gained = max(self._by if is_money(self._kind) else 0, self._coarsest())
        fallen = [room, loss > gained, *(loss > one for one in usual)]
        for item in self._suspects(items, fallen):
            row = self._village(item, fallen)
            told = self._replayed(row, output.id) if row is not None else None
            if (
                told is not None
                and (told[1] - told[0] if output.charge else told[0] - told[1]) > gained
            ):
                yield (item.id, self._fact.id), self._finding(item, output, *told)

    def _suspects(self, items: list[Item], fallen: list[Term]) -> Iterator[Item]:
        """Those at which some village may lose; of many, halves at which none does are asked about once."""
        if len(items) <= _FEW:
            yield from items
            return
        half = len(items) // 2
        for some in (items[:half], items[half:]):
            try:
                lost = z3.Or([item.lost for item in some])
                none = not self._view.space.possible(lost, *fallen, *self._view.sound)
            except Undecided:
                none = False
            if not none:
                yield from self._suspects(some, fallen)

    def _village(self, item: Item, fallen: list[Term]) -> Row | None:
        """A village that loses; where z3 gives up over all, one a unit around each threshold is asked for."""
        space = self._view.space
        alone = bool(space.sides.alone)
        try:
            return space.village(item.lost, *fallen, alone=alone)
        except Undecided:
            pass
        for start in self._starts():
            at = space.facts[self._fact.id] == start
            row = self._view.village(item.span, item.lost, *fallen, at, alone=alone)
            if row is not None:
                return row
        return None

    def _starts(self) -> list[int]:
        starts: set[int] = set()
        for rule in self._view.programme.rules:
            for one in thresholds(simplify(rule.when, self._view.plan.constants)):
                if one.name.id == self._fact.id:
                    edge = one.value - self._by
                    starts |= {one.value, one.value - 1, edge, edge + 1}
        low, high = self._fact.low or 0, self._fact.high
        return sorted(s for s in starts if s >= low and (high is None or s + self._by <= high))

    def _within(self, by: int) -> Term:
        term, moved = self._view.space.facts[self._fact.id], self._after if by > 0 else self._before
        musts = [moved.term(must.when) for must in self._view.bench.policy.musts]
        if by < 0:
            return z3.And(term + by >= (self._fact.low or 0), *musts)
        ends = [] if self._fact.high is None else [term + by <= self._fact.high]
        return z3.And(*ends, *musts)

    def _lost(self, lower: Villages, upper: Villages, output: Output) -> Term:
        before, after = lower.output(output.id), upper.output(output.id)
        return after - before if output.charge else before - after

    def _slope(self, by: int, lower: Villages, upper: Villages, output: Output) -> Term:
        """What a unit beside loses under the same rules: that is a slope, no step; nothing out of range."""
        programme = self._view.programme
        alike = [
            lower.decides(programme, rule) == upper.decides(programme, rule)
            for rule in programme.rules
        ]
        lost = self._lost(lower, upper, output)
        return z3.If(z3.And(self._within(by), *alike), lost, z3.IntVal(0))

    def _coarsest(self) -> int:
        """The coarsest step to which the programme rounds money, in fen: no more is lost by rounding."""
        steps = [
            100 * part.step // 10 ** (part.type.decimals or 0)
            for node in deciding_expressions(self._view.programme)
            for part in walk(node)
            if isinstance(part, Round) and isinstance(part.type, Number) and is_money(part.type)
        ]
        return max(steps, default=0)

    def _stepped(self, row: Row) -> Row:
        return {**row, self._fact.id: int(row[self._fact.id]) + self._by}  # type: ignore[arg-type]

    def _replayed(self, row: Row, output: str) -> tuple[int, int, Replay] | None:
        """The output before and after the step, and the village; each alone where it shares pools."""
        plan, programme = self._view.plan, self._view.programme
        rows = [row, self._stepped(row)]
        if any(one.looks_around for one in upstream(plan, programme)):
            seen = [(replay(plan, programme, [one]), 0) for one in rows]
        else:
            both = replay(plan, programme, rows)
            seen = [(both, 0), (both, 1)]
        if any(one.result is None for one, _ in seen):
            return None
        before, after = (one.value(output, index) for one, index in seen)
        assert isinstance(before, int) and isinstance(after, int)
        return before, after, seen[0][0]

    def _finding(
        self, item: Item, output: Output, before: int, after: int, seen: Replay
    ) -> Diagnostic:
        id_, row = self._fact.id, seen.rows[0]
        return self._view.say(
            "FC711.charge" if output.charge else CODE, item.span, seen=seen, item=item.id, fact=id_,
            step=words("checks.one_yuan") if is_money(self._kind) else "1",
            start=literal(row[id_], self._kind), end=literal(self._stepped(row)[id_], self._kind),
            output=output.id, amount=grouped(abs(before - after), 2),
        )  # fmt: skip
