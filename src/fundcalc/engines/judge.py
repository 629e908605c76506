"""One programme made ready to decide: which rules hold for a row, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.money import fits_int64
from fundcalc.engines import messages
from fundcalc.engines.result import Row, label
from fundcalc.language.evaluate import DivisionByZero, Evaluation, evaluation
from fundcalc.language.nodes import Node, Value
from fundcalc.language.show import literal
from fundcalc.language.simplify import simplify
from fundcalc.policy.plan import Plan, PlanProgramme, PlanRule

Fired = tuple[str, ...]


class Judge:
    """A programme compiled for the row evaluator.

    `matches` gives the rules whose conditions hold; `fired` what is left under the hit policy;
    `combine` the result of the fired rules' values. Every failure is a PolicyProblem.
    """

    def __init__(self, plan: Plan, programme: PlanProgramme) -> None:
        self.plan = plan
        self.programme = programme
        self.id = programme.id
        self.policy = programme.programme.hit_policy
        self._tests = [(rule.id, self.compile(rule.when)) for rule in programme.rules]
        self._values = {
            rule.id: self.compile(rule.then) for rule in programme.rules if rule.then is not None
        }
        self._otherwise = self.compile(programme.otherwise) if programme.otherwise else None
        self._also = [
            (also.output.id, self.compile(also.value) if also.value else None, also.output.span)
            for also in programme.also
        ]
        self._order = {rule.id: index for index, rule in enumerate(programme.rules)}

    def compile(self, node: Node) -> Evaluation:
        """An expression ready for rows: parameters put in."""
        return evaluation(simplify(node, self.plan.constants))

    def rule(self, id_: str) -> PlanRule:
        """The rule of this id."""
        return self.programme.rules[self._order[id_]]

    def matches(self, row: Row) -> Fired:
        """Ids of the rules whose conditions hold, in the order written."""
        try:
            return tuple([id_ for id_, test in self._tests if test(row)])
        except DivisionByZero:
            raise self._fail(self._zero(self.programme.programme.span, row)) from None

    def fired(self, matches: Fired, row: Row) -> Fired:
        """The rules that decide: the first only, or all; several under `unique` are an error."""
        if len(matches) <= 1:
            return matches
        if self.policy == "first":
            return matches[:1]
        if self.policy == "unique":
            span = self.rule(matches[1]).rule.span
            found = messages.matched_twice(
                span, self.id, matches, label(row), self._witness(matches, row)
            )
            raise self._fail(found)
        return matches

    def values(self, fired: Fired, row: Row) -> list[Value]:
        """The values of the fired rules that share no pool."""
        try:
            return [self._values[id_](row) for id_ in fired]
        except DivisionByZero:
            raise self._fail(self._zero(self.rule(fired[0]).rule.span, row)) from None

    def combine(self, fired: Fired, values: Sequence[Value], row: Row) -> Value:
        """The programme's result from the fired rules' values, by its hit policy."""
        if not fired:
            return self._no_rule(row)
        if self.policy == "any" and any(value != values[0] for value in values):
            span = self.rule(fired[1]).rule.span
            raise self._fail(messages.any_disagree(span, self.id, fired, label(row)))
        value = _COMBINE[self.policy](values)
        self.check(self.programme.programme.result.id, value, row)
        return value

    def _no_rule(self, row: Row) -> Value:
        if self._otherwise is None:
            span = self.programme.programme.span
            raise self._fail(messages.nothing_holds(span, self.id, label(row)))
        try:
            value = self._otherwise(row)
        except DivisionByZero:
            raise self._fail(self._zero(self.programme.programme.span, row)) from None
        self.check(self.programme.programme.result.id, value, row)
        return value

    def settle(self, row: Row, fired: Fired) -> None:
        """Write a programme without pools into the row: its result, then what follows from it."""
        row[self.programme.programme.result.id] = self.combine(
            fired, self.values(fired, row) if fired else (), row
        )
        for index in range(len(self._also)):
            self.further(row, index)

    def further(self, row: Row, index: int) -> None:
        """Write one further output without a pool into the row."""
        id_, value, span = self._also[index]
        assert value is not None
        try:
            found = value(row)
        except DivisionByZero:
            raise self._fail(self._zero(span, row)) from None
        self.check(id_, found, row)
        row[id_] = found

    def check(self, output: str, value: Value, row: Row) -> None:
        """Refuse an amount that leaves 64 bits."""
        if isinstance(value, int) and not fits_int64(value):
            span = next(o.span for o in self.programme.programme.outputs if o.id == output)
            raise self._fail(messages.out_of_range(span, output, label(row)))

    def _witness(self, matches: Fired, row: Row) -> dict[str, object]:
        """The facts on which the rules' conditions rest."""
        from fundcalc.language.nodes import names

        facts = self.plan.policy.facts
        used = [name.id for id_ in matches for name in names(self.rule(id_).when)]
        return {id_: literal(row[id_], facts[id_].type) for id_ in used if id_ in facts}

    def _zero(self, span: Span, row: Row) -> Diagnostic:
        return messages.division_by_zero(span, label(row))

    def _fail(self, found: Diagnostic) -> PolicyProblem:
        return PolicyProblem([found])


def _only(values: Sequence[Value]) -> Value:
    return values[0]


def _ints(values: Sequence[Value]) -> list[int]:
    return [value for value in values if isinstance(value, int)]


_COMBINE: dict[str, Callable[[Sequence[Value]], Value]] = {
    "unique": _only,
    "first": _only,
    "any": _only,
    "collect": lambda values: tuple(str(value) for value in values),
    "collect max": lambda values: max(_ints(values)),
    "collect min": lambda values: min(_ints(values)),
    "collect sum": lambda values: sum(_ints(values)),
    "collect count": len,
}
