"""Typed expressions as SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from fundcalc.core.interval import Interval
from fundcalc.engines.sql.division import divided
from fundcalc.engines.sql.piece import Piece, fits, joined, number, within
from fundcalc.engines.sql.stages import Stages
from fundcalc.language import nodes
from fundcalc.language.datatypes import Date, Number
from fundcalc.language.evaluate import DivisionByZero, aggregate_key, evaluation, simplify
from fundcalc.language.nodes import Node, Value, walk

Env = Mapping[str, Piece]
_COMPARE = {"==": "=", "!=": "<>"}
_BOUNDS = {"+": Interval.plus, "-": Interval.minus, "*": Interval.times}


class Lowering:
    """Writes nodes over an environment of columns; what is used twice becomes a column of its own."""

    def __init__(self, stages: Stages, constants: Mapping[str, Value]) -> None:
        self._stages = stages
        self._constants = constants
        self.dialect = stages.dialect

    def sql(self, node: Node, env: Env) -> Piece:
        """An expression with the parameters put in. Raises TooWide."""
        return self._node(simplify(node, self._constants), env)

    def _node(self, node: Node, env: Env) -> Piece:
        if not any(isinstance(part, nodes.Name | nodes.Aggregate) for part in walk(node)):
            return self._constant(node)
        return _MAKERS[type(node)](self, node, env)

    def _constant(self, node: Node) -> Piece:
        try:
            value = evaluation(node)({})
        except DivisionByZero:
            return Piece("NULL", fails=True, literal=True)
        return self.literal(value)

    def literal(self, value: Value) -> Piece:
        """A value as it is written."""
        if isinstance(value, bool):
            return Piece("TRUE" if value else "FALSE")
        if isinstance(value, int):
            return number(value)
        if isinstance(value, tuple):
            return Piece(self.dialect.texts([self.dialect.string(text) for text in value]))
        return Piece(self.dialect.string(value))

    def _name(self, node: nodes.Name, env: Env) -> Piece:
        return env[node.id]

    def _aggregate(self, node: nodes.Aggregate, env: Env) -> Piece:
        return env[aggregate_key(node)]

    # -- numbers ------------------------------------------------------------------------------

    def _negative(self, node: nodes.Negative, env: Env) -> Piece:
        item = self._node(node.item, env)
        return self._arithmetic("-", number(0), item)

    def _rescale(self, node: nodes.Rescale, env: Env) -> Piece:
        return self._arithmetic("*", self._node(node.item, env), number(10**node.power))

    def _binary(self, node: nodes.Arithmetic, env: Env) -> Piece:
        return self._arithmetic(node.op, self._node(node.left, env), self._node(node.right, env))

    def _arithmetic(self, op: str, a: Piece, b: Piece) -> Piece:
        bounds = _BOUNDS[op](a.bounds, b.bounds)
        wide = a.wide or b.wide or not fits(bounds)
        left = self.dialect.widened(a.text) if wide and not (a.wide or b.wide) else str(a)
        return within(joined(f"{left} {op} {b}", a, b), bounds, wide=wide)

    def _absolute(self, node: nodes.Absolute, env: Env) -> Piece:
        item = self._node(node.item, env)
        bounds = item.bounds.absolute()
        wide = item.wide or not fits(bounds)
        inside = self.dialect.widened(item.text) if wide and not item.wide else item.text
        return within(joined(f"ABS({inside})", item, atom=True), bounds, wide=wide)

    def _extreme(self, node: nodes.Extreme, env: Env) -> Piece:
        items = [self._node(item, env) for item in node.items]
        items = [self._stages.let(item) if item.fails else item for item in items]
        pick = Interval.greatest if node.op == "max" else Interval.least
        bounds = reduce(pick, (item.bounds for item in items))
        call = "GREATEST" if node.op == "max" else "LEAST"
        text = f"{call}({', '.join(item.text for item in items)})"
        failing = " OR ".join(f"{item} IS NULL" for item in items if item.fails)
        if failing:  # both databases leave NULL out of GREATEST and LEAST
            text = f"CASE WHEN {failing} THEN NULL ELSE {text} END"
        wide = any(item.wide for item in items)
        return within(joined(text, *items, atom=True), bounds, wide=wide)

    def _round(self, node: nodes.Round, env: Env) -> Piece:
        top, bottom = self._node(node.numerator, env), self._node(node.denominator, env)
        bottom = (
            number(bottom.low * node.step)
            if bottom.literal and not bottom.fails
            else self._arithmetic("*", bottom, number(node.step))
        )
        quotient = divided(self._stages, top, bottom, node.direction)
        return self._arithmetic("*", quotient, number(node.step)) if node.step != 1 else quotient

    # -- conditions ---------------------------------------------------------------------------

    def _compare(self, node: nodes.Compare, env: Env) -> Piece:
        a, b = self._node(node.left, env), self._node(node.right, env)
        return joined(f"{a} {_COMPARE.get(node.op, node.op)} {b}", a, b)

    def _contains(self, node: nodes.Contains, env: Env) -> Piece:
        item, container = self._node(node.item, env), node.container
        if isinstance(container, tuple):
            values: Sequence[Value] = [choice.value for choice in container]
        elif isinstance(container, nodes.Const):
            assert isinstance(container.value, tuple)
            values = container.value
        else:
            list_ = self._node(container, env)
            found = f"array_contains({list_}, {item})"
            return joined(f"NOT {found}" if node.negated else found, item, list_)
        listed = ", ".join(self.literal(value).text for value in values)
        if not listed:
            never = "TRUE" if node.negated else "FALSE"
            text = f"CASE WHEN {item} IS NULL THEN NULL ELSE {never} END" if item.fails else never
            return joined(text, item, atom=True)
        return joined(f"{item} {'NOT ' if node.negated else ''}IN ({listed})", item)

    def _logic(self, node: nodes.Logic, env: Env) -> Piece:
        items = [self._node(item, env) for item in node.items]
        if not any(item.fails for item in items):
            return joined(f" {node.op.upper()} ".join(map(str, items)), *items)
        found = items[-1]
        for item in reversed(items[:-1]):
            found = _shortcut(node.op, self._stages.let(item) if item.fails else item, found)
        return found

    def _negation(self, node: nodes.Negation, env: Env) -> Piece:
        item = self._node(node.item, env)
        return joined(f"NOT {item}", item)

    def _choice(self, node: nodes.Choice, env: Env) -> Piece:
        condition = self._node(node.condition, env)
        yes, no = self._node(node.yes, env), self._node(node.no, env)
        text = f"CASE WHEN {condition.text} THEN {yes.text} ELSE {no.text} END"
        if condition.fails:
            condition = self._stages.let(condition)
            text = f"CASE WHEN {condition} THEN {yes.text} WHEN NOT {condition} THEN {no.text} END"
        found = joined(text, condition, yes, no, atom=True)
        if not isinstance(node.type, Number | Date):
            return found
        if yes.literal and no.literal:
            found = replace(found, text=f"CAST({found.text} AS BIGINT)")
        return within(found, yes.bounds.union(no.bounds), wide=yes.wide or no.wide)


def _shortcut(op: str, first: Piece, rest: Piece) -> Piece:
    """`and` or `or` that looks at the rest only where it must, as one row at a time does."""
    if op == "and":
        no = f"WHEN NOT {first} THEN FALSE" if first.fails else "ELSE FALSE"
        text = f"CASE WHEN {first} THEN {rest.text} {no} END"
    else:
        no = f"WHEN NOT {first} THEN {rest.text}" if first.fails else f"ELSE {rest.text}"
        text = f"CASE WHEN {first} THEN TRUE {no} END"
    return joined(text, first, rest, atom=True)


_MAKERS: dict[type[Node], Callable[..., Piece]] = {
    nodes.Name: Lowering._name,  # noqa: SLF001 - a table of the class's own methods
    nodes.Aggregate: Lowering._aggregate,  # noqa: SLF001
    nodes.Negative: Lowering._negative,  # noqa: SLF001
    nodes.Rescale: Lowering._rescale,  # noqa: SLF001
    nodes.Arithmetic: Lowering._binary,  # noqa: SLF001
    nodes.Compare: Lowering._compare,  # noqa: SLF001
    nodes.Contains: Lowering._contains,  # noqa: SLF001
    nodes.Logic: Lowering._logic,  # noqa: SLF001
    nodes.Negation: Lowering._negation,  # noqa: SLF001
    nodes.Choice: Lowering._choice,  # noqa: SLF001
    nodes.Extreme: Lowering._extreme,  # noqa: SLF001
    nodes.Absolute: Lowering._absolute,  # noqa: SLF001
    nodes.Round: Lowering._round,  # noqa: SLF001
}
