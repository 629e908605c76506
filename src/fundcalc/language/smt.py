"""Typed nodes as terms of z3, which then says whether some village meets a condition.

Numbers are whole numbers without bounds, as in the row evaluator; dates are ordinals; a text is a number
from `Codes`, negative where it is none of the texts the policy names; a list of text is its
possible items, each with the condition under which it is in the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, cast

import z3

from fundcalc.base.money import INT64_MAX, Direction
from fundcalc.language import nodes
from fundcalc.language.datatypes import (
    FIRST_DAY,
    LAST_DAY,
    Date,
    Number,
    Text,
    Texts,
    Type,
    YesNo,
)
from fundcalc.language.evaluate import DivisionByZero, evaluation
from fundcalc.language.nodes import Node, Value, names, walk

Term = Any
"""A z3 term, or a list of (condition, text) pairs for a list of text; z3 has no types to speak of."""
Lookup = Callable[[nodes.Name], Term]

OTHERS = 4
"""How many different texts that the policy does not name are told apart."""
OTHER = "其他"
"""A text that the policy does not name."""


class Codes:
    """Numbers for texts: from 0 for those that the policy names, below 0 for others."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def of(self, text: str) -> int:
        """The number of a text."""
        return self._codes.setdefault(text, len(self._codes))

    def text(self, code: int) -> str:
        """The text of a number; an invented one below 0."""
        if code >= 0:
            return list(self._codes)[code]
        other = f"{OTHER}{-code if code < -1 else ''}"
        return other if other not in self._codes else other * 2

    def knows(self, text: str) -> bool:
        """Whether the policy names a text."""
        return text in self._codes

    @property
    def many(self) -> int:
        """How many texts are known."""
        return len(self._codes)


class Encoder:
    """Turns nodes into terms. `lookup` gives the term of a name.

    `side` collects what is always true of the auxiliary numbers of a rounding.
    """

    def __init__(self, lookup: Lookup, codes: Codes) -> None:
        self._lookup = lookup
        self._codes = codes
        self.side: list[Term] = []

    def term(self, node: Node) -> Term:
        """The node's term."""
        if not isinstance(node, nodes.Const) and _constant(node):
            try:
                return self.value(evaluation(node)({}), node.type)
            except DivisionByZero:
                pass
        return _MAKERS[type(node)](self, node)

    def value(self, value: Value, kind: Type) -> Term:
        """A constant's term."""
        if isinstance(value, bool):
            return z3.BoolVal(value)
        if isinstance(value, int):
            return z3.IntVal(value)
        if isinstance(value, str):
            return z3.IntVal(self._codes.of(value))
        return [(z3.BoolVal(True), z3.IntVal(self._codes.of(text))) for text in value]

    def const(self, node: nodes.Const) -> Term:
        """A literal."""
        return self.value(node.value, node.type)

    def name(self, node: nodes.Name) -> Term:
        """A fact, parameter or output."""
        return self._lookup(node)

    def negative(self, node: nodes.Negative) -> Term:
        """Minus."""
        return -self.term(node.item)

    def rescale(self, node: nodes.Rescale) -> Term:
        """More decimals."""
        return self.term(node.item) * 10**node.power

    def arithmetic(self, node: nodes.Arithmetic) -> Term:
        """Sum, difference, product."""
        left, right = self.term(node.left), self.term(node.right)
        if node.op == "+":
            return left + right
        return left - right if node.op == "-" else left * right

    def compare(self, node: nodes.Compare) -> Term:
        """One comparison."""
        left, right = self.term(node.left), self.term(node.right)
        return _COMPARE[node.op](left, right)

    def contains(self, node: nodes.Contains) -> Term:
        """`in`, `not in`."""
        item = self.term(node.item)
        if isinstance(node.container, tuple):
            found = z3.Or([item == self.term(choice) for choice in node.container])
        else:
            listed = cast("Sequence[tuple[Term, Term]]", self.term(node.container))
            found = z3.Or([z3.And(there, item == text) for there, text in listed])
        return z3.Not(found) if node.negated else found

    def logic(self, node: nodes.Logic) -> Term:
        """`and`, `or`."""
        items = [self.term(item) for item in node.items]
        return z3.And(items) if node.op == "and" else z3.Or(items)

    def negation(self, node: nodes.Negation) -> Term:
        """`not`."""
        return z3.Not(self.term(node.item))

    def choice(self, node: nodes.Choice) -> Term:
        """`a if c else b`."""
        condition, yes, no = map(self.term, (node.condition, node.yes, node.no))
        if not isinstance(node.type, Texts):
            return z3.If(condition, yes, no)
        found = (condition, yes), (z3.Not(condition), no)
        return [(z3.And(when, there), text) for when, one in found for there, text in one]

    def extreme(self, node: nodes.Extreme) -> Term:
        """`min`, `max`."""
        return reduce(smaller if node.op == "min" else larger, map(self.term, node.items))

    def absolute(self, node: nodes.Absolute) -> Term:
        """`abs`."""
        item = self.term(node.item)
        return z3.If(item >= 0, item, -item)

    def aggregate(self, node: nodes.Aggregate) -> Term:
        """`count`, `sum` over a group of one village."""
        item = self.term(node.item) if node.item is not None else z3.IntVal(1)
        return item if node.where is None else z3.If(self.term(node.where), item, z3.IntVal(0))

    def round(self, node: nodes.Round) -> Term:
        """A rounded quotient; where the divisor is zero it may be anything."""
        top, bottom = self.term(node.numerator), self.term(node.denominator) * node.step
        divisor = z3.simplify(bottom)
        if z3.is_int_value(divisor) and divisor.as_long() > 0:
            whole = top / divisor  # Euclid's division is the floor for a divisor above zero
            rest = top - whole * divisor
        else:
            whole, rest = z3.FreshInt("whole"), z3.FreshInt("rest")
            top, divisor = z3.If(bottom < 0, -top, top), z3.If(bottom < 0, -bottom, bottom)
            exact = z3.And(top == whole * divisor + rest, rest >= 0, rest < divisor)
            self.side.append(z3.Or(bottom == 0, exact))
        return _rounded(top, whole, rest, divisor, node.direction) * node.step


def larger(one: Term, other: Term) -> Term:
    """The greater of two numbers."""
    return z3.If(one >= other, one, other)


def smaller(one: Term, other: Term) -> Term:
    """The lesser of two numbers."""
    return z3.If(one <= other, one, other)


def lists_differ(one: Sequence[tuple[Term, Term]], other: Sequence[tuple[Term, Term]]) -> Term:
    """Whether two lists of text differ: in length, or in the text at some place."""
    mine, many = _placed(one)
    theirs, more = _placed(other)
    apart = [
        z3.And(there, also, place == at, text != word)
        for there, place, text in mine
        for also, at, word in theirs
    ]
    return z3.Or([many != more, *apart])


def _placed(items: Sequence[tuple[Term, Term]]) -> tuple[list[tuple[Term, Term, Term]], Term]:
    """Each possible item with the place that it has if it is there, and how many there are."""
    found: list[tuple[Term, Term, Term]] = []
    place: Term = z3.IntVal(0)
    for there, text in items:
        found.append((there, place, text))
        place = place + z3.If(there, z3.IntVal(1), z3.IntVal(0))
    return found, place


def _rounded(top: Term, whole: Term, rest: Term, divisor: Term, direction: Direction) -> Term:
    """`whole` is the floor and `rest` what is left of it; see base.money.divide."""
    up = whole + z3.If(rest > 0, z3.IntVal(1), z3.IntVal(0))
    if direction == "floor":
        return whole
    if direction == "ceiling":
        return up
    if direction == "down":
        return z3.If(top > 0, whole, up)
    if direction == "up":
        return z3.If(top > 0, up, whole)
    tie = z3.If(top > 0, whole + 1, whole) if direction == "half up" else whole + whole % 2
    near = z3.If(2 * rest > divisor, whole + 1, whole)
    return z3.If(2 * rest == divisor, tie, near)


def _constant(node: Node) -> bool:
    return not any(isinstance(part, nodes.Name | nodes.Aggregate) for part in walk(node))


_COMPARE: dict[str, Callable[[Term, Term], Term]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}

_MAKERS: dict[type[Node], Callable[..., Term]] = {
    nodes.Const: Encoder.const,
    nodes.Name: Encoder.name,
    nodes.Negative: Encoder.negative,
    nodes.Rescale: Encoder.rescale,
    nodes.Arithmetic: Encoder.arithmetic,
    nodes.Compare: Encoder.compare,
    nodes.Contains: Encoder.contains,
    nodes.Logic: Encoder.logic,
    nodes.Negation: Encoder.negation,
    nodes.Choice: Encoder.choice,
    nodes.Extreme: Encoder.extreme,
    nodes.Absolute: Encoder.absolute,
    nodes.Aggregate: Encoder.aggregate,
    nodes.Round: Encoder.round,
}


def variable(name: str, kind: Type) -> Term:
    """A fresh term for a value of a type; a list of text has none."""
    return z3.Bool(name) if isinstance(kind, YesNo) else z3.Int(name)


def domain(
    term: Term, kind: Type, ends: tuple[int | None, int | None], codes: Sequence[int]
) -> list[Term]:
    """What is known of a variable: its range, or the texts that it may be (None: any other too).

    A number without a range is not negative, since rosters refuse that, and fits 64 bits.
    """
    low, high = ends
    if isinstance(kind, Text):
        known = [term == code for code in codes]
        return [z3.Or(known if kind.options is not None else [*known, _other(term)])]
    if isinstance(kind, Date):
        return [term >= (low or FIRST_DAY), term <= (high or LAST_DAY)]
    if isinstance(kind, Number):
        least = 0 if low is None else low
        return [term >= least, term <= (INT64_MAX if high is None else high)]
    return []


def _other(term: Term) -> Term:
    return z3.And(term < 0, term >= -OTHERS)


def texts_in(expressions: Sequence[Node], codes: Codes) -> dict[str, set[int] | None]:
    """For each text name the codes of what it is compared with; None where that is no constant."""
    found: dict[str, set[int] | None] = {}
    for node in expressions:
        for part in walk(node):
            if isinstance(part, nodes.Compare):
                for side, other in ((part.left, part.right), (part.right, part.left)):
                    _note(found, side, [other], codes)
            elif isinstance(part, nodes.Contains):
                inside = part.container if isinstance(part.container, tuple) else [part.container]
                _note(found, part.item, inside, codes)
    return found


def may_be(
    kinds: Mapping[str, Type], compared: Mapping[str, set[int] | None], codes: Codes
) -> dict[str, list[int]]:
    """For each name the codes that its text may have: its options, or else what it is compared with.

    `compared` is from `texts_in`. A text without options may be another, too.
    """
    options = {
        id_: [codes.of(option) for option in sorted(kind.options)]
        for id_, kind in kinds.items()
        if isinstance(kind, Text) and kind.options
    }
    found: dict[str, list[int]] = {}
    for id_ in kinds:
        known = compared.get(id_, set())
        found[id_] = list(range(codes.many)) if known is None else sorted(known)
    return {**found, **options}


def _note(
    found: dict[str, set[int] | None], name: Node, others: Sequence[Node], codes: Codes
) -> None:
    if not (isinstance(name, nodes.Name) and isinstance(name.type, Text | Texts)):
        return
    known = found.setdefault(name.id, set())
    for other in others:
        if not isinstance(other, nodes.Const):
            found[name.id] = known = None
        if known is not None and isinstance(other, nodes.Const):
            values = other.value if isinstance(other.value, tuple) else (str(other.value),)
            known.update(codes.of(text) for text in values)


def may_miss_all(conditions: Sequence[Node], ranges: Mapping[str, tuple[Any, Any]]) -> bool:
    """Whether some row may meet none of the conditions, whatever the names in them are; True if unknown.

    For conditions that boxes cannot decide. Outputs of other programmes may have any value here.
    """
    codes = Codes()
    used = {name.id: name for node in conditions for name in names(node)}
    if any(isinstance(name.type, Texts) for name in used.values()):
        return True
    encoder = Encoder(lambda name: variable(name.id, name.type), codes)
    texts = texts_in(conditions, codes)
    solver = z3.Solver()
    solver.set("rlimit", 2_000_000)
    solver.set("ctrl_c", False)  # z3 would take Ctrl-C for itself
    terms = [z3.Not(encoder.term(node)) for node in conditions]
    kinds = {id_: name.type for id_, name in used.items() if name.kind == "fact"}
    listed = may_be(kinds, texts, codes)
    for id_, kind in kinds.items():
        ends = ranges.get(id_, (None, None))
        solver.add(domain(variable(id_, kind), kind, ends, listed[id_]))
    solver.add(*terms, *encoder.side)
    return bool(solver.check() != z3.unsat)
