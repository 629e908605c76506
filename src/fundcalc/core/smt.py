"""The core as terms of z3, which then says whether some village meets a condition.

Numbers are whole numbers without bounds, as in the row evaluator; dates are ordinals; a text is a number
from `Codes`, negative where it is none of the texts the policy names; a list of text is its
possible items, each with the condition under which it is in the list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, assert_never

import z3

from fundcalc.base.money import INT64_MAX
from fundcalc.core import nodes as core
from fundcalc.core.desugar import Desugar
from fundcalc.core.interval import Interval
from fundcalc.language import datatypes
from fundcalc.language import nodes as written
from fundcalc.language.datatypes import Text, Texts, Type
from fundcalc.language.evaluate import counted_rows
from fundcalc.language.nodes import Comparison, Value, names, walk

Term = Any
"""A z3 term, or a list of (condition, text) pairs for a list of text; z3 has no types to speak of."""
Lookup = Callable[[core.Name], Term]
Ends = tuple[int | None, int | None]

OTHERS = 4
"""How many different texts that the policy does not name are told apart."""
OTHER = "其他"
"""A text that the policy does not name."""
ANY_NUMBER = Interval(-(10**40), 10**40)
"""Stands for the bounds of a number of which nothing is known."""


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
    """Turns the core's nodes into terms. `lookup` gives the term of a name.

    What is always true of the auxiliary numbers of a quotient is added to `side`.
    """

    def __init__(self, lookup: Lookup, codes: Codes, side: list[Term]) -> None:
        self._lookup = lookup
        self._codes = codes
        self._side = side
        self._lets: dict[str, Term] = {}

    def value(self, value: Value) -> Term:
        """A constant's term."""
        if isinstance(value, bool):
            return z3.BoolVal(value)
        if isinstance(value, int):
            return z3.IntVal(value)
        if isinstance(value, str):
            return z3.IntVal(self._codes.of(value))
        return [(z3.BoolVal(True), z3.IntVal(self._codes.of(text))) for text in value]

    def term(self, node: core.Node) -> Term:
        """The node's term. A quotient may be anything where its divisor is zero."""
        match node:
            case core.Const():
                return self.value(node.value)
            case core.Name():
                return self._lets[node.id] if node.id in self._lets else self._lookup(node)
            case core.Let():
                self._lets[node.name.id] = self.term(node.value)
                return self.term(node.body)
            case core.Arithmetic():
                return _calculated(node.op, self.term(node.left), self.term(node.right))
            case core.Quotient():
                return self._quotient(self.term(node.top), self.term(node.bottom))
            case core.Compare():
                return _compared(node.op, self.term(node.left), self.term(node.right))
            case core.Logic():
                items = [self.term(item) for item in node.items]
                return z3.And(items) if node.op == "and" else z3.Or(items)
            case core.Not():
                return z3.Not(self.term(node.item))
            case core.Choice():
                return self._choice(node)
            case core.Lookup():
                return self._looked_up(node)
            case core.Extreme():
                return reduce(smaller if node.op == "min" else larger, map(self.term, node.items))
            case core.Member():
                item, texts = self.term(node.item), self.term(node.texts)
                return z3.Or([z3.And(there, item == text) for there, text in texts])
            case core.Listing():
                return [(self.term(there), self.term(text)) for there, text in node.parts]
            case core.Group():  # of one village
                return z3.If(self.term(node.where), self.term(node.item), z3.IntVal(0))
        assert_never(node)

    def _choice(self, node: core.Choice) -> Term:
        cases = [(self.term(condition), self.term(value)) for condition, value in node.cases]
        found = self.term(node.rest)
        for condition, value in reversed(cases):
            if node.kind == "texts":
                parts = (condition, value), (z3.Not(condition), found)
                found = [(z3.And(when, there), text) for when, one in parts for there, text in one]
            else:
                found = z3.If(condition, value, found)
        return found

    def _looked_up(self, node: core.Lookup) -> Term:
        """Anything may stand where there is no row, as where a divisor is zero."""
        item, absent = self.term(node.item), None
        found = absent = self.value(node.rest) if node.rest is not None else z3.FreshInt("absent")
        rows = zip(node.keys, node.values, strict=True)
        for key, value in rows if node.ranged else reversed(list(rows)):
            here = self.value(key)
            holds = item >= here if node.ranged else item == here
            found = z3.If(holds, absent if value is None else self.value(value), found)
        return found

    def _quotient(self, top: Term, bottom: Term) -> Term:
        if z3.is_int_value(bottom) and bottom.as_long() > 0:
            return top / bottom  # Euclid's division is the floor for a divisor above zero
        whole, rest = z3.FreshInt("whole"), z3.FreshInt("rest")
        exact = z3.And(top == whole * bottom + rest, rest >= 0, rest < bottom)
        self._side.append(z3.Or(bottom == 0, exact))
        return whole


def _calculated(op: core.Operator, left: Term, right: Term) -> Term:
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    assert_never(op)


def _compared(op: Comparison, left: Term, right: Term) -> Term:
    match op:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "==":
            return left == right
        case "!=":
            return left != right
    assert_never(op)


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


def variable(name: str, kind: Type) -> Term:
    """A fresh term for a value of a type; a list of text has none."""
    return z3.Bool(name) if isinstance(kind, datatypes.YesNo) else z3.Int(name)


def domain(term: Term, kind: Type, ends: Ends, codes: Sequence[int]) -> list[Term]:
    """What is known of a variable: its range, or the texts that it may be (None: any other too).

    A number without a range is not negative, since rosters refuse that, and fits 64 bits.
    """
    low, high = ends
    match kind:
        case Text():
            known = [term == code for code in codes]
            other = z3.And(term < 0, term >= -OTHERS)
            return [z3.Or(known if kind.options is not None else [*known, other])]
        case datatypes.Date():
            return [term >= (low or datatypes.FIRST_DAY), term <= (high or datatypes.LAST_DAY)]
        case datatypes.Number():
            least = 0 if low is None else low
            return [term >= least, term <= (INT64_MAX if high is None else high)]
        case datatypes.YesNo() | Texts() | datatypes.Unknown():
            return []
        case _:
            assert_never(kind)


@dataclass(frozen=True, slots=True)
class Facts:
    """Variables for facts, and what holds of each. `open_texts` may be texts that no expression names."""

    terms: dict[str, Term]
    domain: list[Term]
    open_texts: set[str]


def facts_of(
    kinds: Mapping[str, Type],
    ends: Mapping[str, Ends],
    expressions: Sequence[written.Node],
    codes: Codes,
) -> Facts:
    """Facts of these types and ranges, with the texts that the expressions tell apart."""
    compared = _texts_compared(expressions, codes)
    options = {
        id_: [codes.of(option) for option in sorted(kind.options)]
        for id_, kind in kinds.items()
        if isinstance(kind, Text) and kind.options
    }
    terms = {id_: variable(id_, kind) for id_, kind in kinds.items()}
    found: list[Term] = []
    for id_, kind in kinds.items():
        known = compared.get(id_, set())
        texts = range(codes.many) if known is None else sorted(known)
        found += domain(terms[id_], kind, ends.get(id_, (None, None)), options.get(id_, texts))
    return Facts(terms, found, {id_ for id_ in kinds if compared.get(id_, set()) is not None})


def _texts_compared(
    expressions: Sequence[written.Node], codes: Codes
) -> dict[str, set[int] | None]:
    """For each text name the codes of what it is compared with; None where that is no constant.

    Then it may be any text there is, so that afterwards all are known.
    """
    found: dict[str, set[int] | None] = {}
    for node in expressions:
        for part in walk(node):
            if isinstance(part, written.Compare):
                for side, other in ((part.left, part.right), (part.right, part.left)):
                    _note(found, side, [other], codes)
            elif isinstance(part, written.Lookup):
                for place, key in enumerate(part.keys):
                    wanted = [row.keys[place] for row in part.rows]
                    texts = [text for text in wanted if isinstance(text, str)]
                    if isinstance(key.type, Text):
                        _note(found, key, [written.Const(Text(), (0, 0), t) for t in texts], codes)
            elif isinstance(part, written.Contains):
                inside = part.container if isinstance(part.container, tuple) else [part.container]
                _note(found, part.item, inside, codes)
    constants = (p for node in expressions for p in walk(node) if isinstance(p, written.Const))
    for constant in constants:
        if isinstance(constant.type, Text | Texts):
            _texts(constant, codes)
    return found


def _note(
    found: dict[str, set[int] | None],
    name: written.Node,
    others: Sequence[written.Node],
    codes: Codes,
) -> None:
    if not (isinstance(name, written.Name) and isinstance(name.type, Text | Texts)):
        return
    known = found.setdefault(name.id, set())
    for other in others:
        if not isinstance(other, written.Const):
            found[name.id] = known = None
        if known is not None and isinstance(other, written.Const):
            known.update(_texts(other, codes))


def _texts(constant: written.Const, codes: Codes) -> list[int]:
    value = constant.value
    return [codes.of(text) for text in (value if isinstance(value, tuple) else (str(value),))]


def may_miss_all(conditions: Sequence[written.Node], ranges: Mapping[str, Ends]) -> bool:
    """Whether some row may meet none of the conditions, whatever the names in them are; True if unknown.

    For conditions that boxes cannot decide. Outputs of other programmes may have any value here.
    """
    codes = Codes()
    used = {name.id: name for node in conditions for name in names(node)}
    if any(isinstance(name.type, Texts) for name in used.values()):
        return True
    variables = {id_: variable(id_, name.type) for id_, name in used.items()}
    variables |= {counted_rows(id_): z3.Int(counted_rows(id_)) for id_ in used}
    side: list[Term] = []
    encoder = Encoder(lambda name: variables[name.id], codes, side)
    desugar = Desugar("", {}, defaultdict(lambda: ANY_NUMBER))
    kinds = {id_: name.type for id_, name in used.items() if name.kind == "fact" or id_ in ranges}
    facts = facts_of(kinds, ranges, conditions, codes)
    solver = z3.Solver()
    solver.set("rlimit", 2_000_000)
    solver.set("ctrl_c", False)  # z3 would take Ctrl-C for itself
    solver.add(facts.domain)
    solver.add(*(z3.Not(encoder.term(desugar.node(node))) for node in conditions), *side)
    return bool(solver.check() != z3.unsat)
