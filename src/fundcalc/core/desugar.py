"""Expressions of the language turned into the core: every construct that engines need not know.

Minus, other decimals, `abs`, `round` in every direction, `not in`, `count` and lists of numbers are
written here with the core's few nodes, each once. That the row evaluator knows them as written, and
by other code, is what makes it a witness.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import assert_never

from fundcalc.base.money import Direction
from fundcalc.core import nodes as core
from fundcalc.core.interval import VILLAGES, ZERO, Interval
from fundcalc.core.nodes import FALSE, TRUE, Kind, Node, whole
from fundcalc.language import nodes as written
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, Unknown, YesNo
from fundcalc.language.evaluate import simplify
from fundcalc.language.nodes import Value


def kind_of(type_: Type) -> Kind:
    """What the core calls a type."""
    match type_:
        case Number():
            return "number"
        case Date():
            return "date"
        case YesNo():
            return "truth"
        case Text():
            return "text"
        case Texts():
            return "texts"
        case Unknown():
            raise AssertionError("an expression with mistakes is never planned")
    assert_never(type_)


@dataclass(slots=True)
class Desugar:
    """Turns expressions into core nodes.

    `prefix` tells the names that `Let` gives apart from those of other programmes; `constants` are the
    parameters and readings put in; `known` has the bounds of every fact and earlier output that is a
    number or a date; a group has at most `villages`. `origins` notes what a node was written as.
    """

    prefix: str
    constants: Mapping[str, Value]
    known: Mapping[str, Interval]
    villages: int = VILLAGES
    origins: dict[Node, written.Node] = field(default_factory=dict)
    _lets: count[int] = field(default_factory=lambda: count(1))

    def node(self, expression: written.Node) -> Node:
        """An expression as a core node."""
        return self._node(simplify(expression, self.constants))

    def _node(self, node: written.Node) -> Node:
        made = self._made(node)
        self.origins.setdefault(made, node)
        return made

    def _made(self, node: written.Node) -> Node:
        match node:
            case written.Const():
                return core.const(node.value, kind_of(node.type))
            case written.Name():
                kind = kind_of(node.type)
                counts = kind in ("number", "date")
                return core.name(node.id, kind, self.known[node.id] if counts else ZERO)
            case written.Negative():
                return core.minus(whole(0), self._node(node.item))
            case written.Rescale():
                return core.times(self._node(node.item), whole(10**node.power))
            case written.Arithmetic():
                return self._arithmetic(node)
            case written.Compare():
                return core.compare(node.op, self._node(node.left), self._node(node.right))
            case written.Contains():
                found = self._contains(node)
                return core.negation(found) if node.negated else found
            case written.Logic():
                return core.logic(node.op, map(self._node, node.items))
            case written.Negation():
                return core.negation(self._node(node.item))
            case written.One():
                return whole(1)
            case written.Choice():
                case_ = (self._node(node.condition), self._node(node.yes))
                return core.choice([case_], self._node(node.no))
            case written.Extreme():
                return core.extreme(node.op, list(map(self._node, node.items)))
            case written.Absolute():
                return self._let(self._node(node.item), _absolute)
            case written.Round():
                return self._round(node)
            case written.Aggregate():
                item = whole(1) if node.item is None else self._node(node.item)
                where = TRUE if node.where is None else self._node(node.where)
                return core.group(item, where, self.villages)
        assert_never(node)

    def _let(self, value: Node, body: Callable[[Node], Node]) -> Node:
        return core.let(f"#{self.prefix}{next(self._lets)}", value, body)

    def _arithmetic(self, node: written.Arithmetic) -> Node:
        assert node.op != "/", (
            "a quotient stands only within a rounding, as numerator and denominator"
        )
        made = core.arithmetic(node.op, self._node(node.left), self._node(node.right))
        return replace(made, kind="date") if isinstance(node.type, Date) else made

    def _contains(self, node: written.Contains) -> Node:
        item = self._node(node.item)
        if not isinstance(node.container, tuple):
            return core.member(item, self._node(node.container))
        values = [choice.value for choice in node.container]
        if item.kind == "text":
            return core.member(item, core.const(tuple(map(str, values)), "texts"))
        same = [core.const(value, item.kind) for value in values]
        return self._let(
            item, lambda one: core.logic("or", [core.compare("==", one, value) for value in same])
        )

    def _round(self, node: written.Round) -> Node:
        step = whole(node.step)
        top, bottom = self._node(node.numerator), self._node(node.denominator)
        bottom = core.times(bottom, step)
        return core.times(
            self._let(
                bottom, lambda b: self._let(top, lambda t: self._above(t, b, node.direction))
            ),
            step,
        )

    def _above(self, top: Node, bottom: Node, direction: Direction) -> Node:
        """The rounded quotient, with the divisor's sign moved to the top."""
        bounds = top.bounds.over(bottom.bounds, direction)
        negative = core.compare("<", bottom, whole(0))
        if negative != FALSE:
            largest = bottom.bounds.absolute().high
            least = 0 if bottom.bounds.low <= 0 <= bottom.bounds.high else 1
            turned = core.choice([(negative, core.minus(whole(0), top))], top)
            above = core.choice(
                [(negative, core.minus(whole(0), bottom))], bottom, within=Interval(least, largest)
            )
            return self._let(
                above, lambda b: self._let(turned, lambda t: self._rounded(t, b, direction, bounds))
            )
        return self._rounded(top, bottom, direction, bounds)

    def _rounded(self, top: Node, bottom: Node, direction: Direction, bounds: Interval) -> Node:
        """`money.divide` in the core: the quotient below, or the one above where that is meant."""
        rising = core.compare(">=", top, whole(0))

        def above(below: Node, rest: Node) -> Node:
            some = core.compare(">", rest, whole(0))
            match direction:
                case "floor":
                    return FALSE
                case "ceiling":
                    return some
                case "down":
                    return core.logic("and", [some, core.negation(rising)])
                case "up":
                    return core.logic("and", [some, rising])
                case "half up":
                    return _nearer(rest, bottom, rising)
                case "half down":
                    return _nearer(rest, bottom, core.negation(rising))
                case "half even":
                    return _nearer(rest, bottom, _odd(below))
            assert_never(direction)

        def chosen(below: Node) -> Node:
            meant = self._let(_rest(top, bottom, below), lambda rest: above(below, rest))
            return core.choice([(meant, core.plus(below, whole(1)))], below, within=bounds)

        return self._let(core.quotient(top, bottom), chosen)


def _absolute(item: Node) -> Node:
    bounds = item.bounds.absolute()
    return core.choice(
        [(core.compare("<", item, whole(0)), core.minus(whole(0), item))], item, within=bounds
    )


def _rest(top: Node, bottom: Node, below: Node) -> Node:
    """What is left of the top; within the divisor, and so narrower than its parts seem."""
    most = max(bottom.bounds.high - 1, 0)
    low, high = top.bounds
    product = Interval(0 if low >= 0 else low - most, max(high, 0))
    rest = Interval(0, most)
    if below.fails or bottom.bounds.low == 0:  # where it fails, anything may stand here, unused
        product, rest = product.union(top.bounds), rest.union(top.bounds)
    taken = core.arithmetic("*", below, bottom, within=product)
    return core.arithmetic("-", top, taken, within=rest)


def _nearer(rest: Node, bottom: Node, tie: Node) -> Node:
    """Whether the rest is more than half of the divisor, or just half where a tie goes up."""
    left = core.minus(bottom, rest)
    if tie == TRUE:
        return core.compare(">=", rest, left)
    just = core.logic("and", [core.compare("==", rest, left), tie])
    return core.logic("or", [core.compare(">", rest, left), just])


def _odd(number: Node) -> Node:
    half = core.quotient(number, whole(2))
    low, high = number.bounds
    twice = core.arithmetic("*", half, whole(2), within=Interval(low - 1, high))
    rest = core.arithmetic("-", number, twice, within=Interval(0, 1))
    return core.compare("==", rest, whole(1))
