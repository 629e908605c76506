"""Amounts of rules held against each other: rules cut into boxes, and by how much one gives more."""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Literal, Self, cast

from fundcalc.analysis.bench import View
from fundcalc.base import dataclass
from fundcalc.base.money import INT64_MAX
from fundcalc.core.desugar import Desugar
from fundcalc.core.interval import Interval
from fundcalc.engines.result import Row
from fundcalc.language.datatypes import Number, YesNo, is_money
from fundcalc.language.edges import Grid, atoms, bits_of, choices, decided, value_of
from fundcalc.language.evaluate import evaluation, simplify
from fundcalc.language.nodes import (
    Arithmetic,
    Const,
    Extreme,
    Logic,
    Name,
    Negation,
    Negative,
    Node,
    Rescale,
    Round,
    children,
    names,
    walk,
)
from fundcalc.policy.model import Fact, Output, Programme
from fundcalc.policy.plan import deciding_expressions, limits, values_of

Exact = int | Fraction


@dataclass(frozen=True, slots=True)
class Linear:
    """A formula: multiples of others (`parts`, by their numbers), and between which ends the rest is."""

    parts: Mapping[int, Exact]
    low: Exact
    high: Exact


@dataclass(frozen=True, slots=True)
class Best:
    """The least or the greatest of formulas."""

    op: Literal["min", "max"]
    items: tuple[Formula, ...]


Formula = Linear | Best
Reach = Mapping[str, tuple[int | None, int | None]]


class Pieces:
    """Rules cut so that each piece is a box of facts and gives a formula without a choice.

    `rules` has the number of the rule of each, `values` what it gives; last stands what `otherwise` gives, if
    anything. None where rules are no boxes, or what they give rests on more than facts.
    """

    def __init__(
        self, view: View, grid: Grid, rules: Sequence[int], values: Sequence[Node]
    ) -> None:
        self.grid, self.rules, self.values = grid, rules, values
        self.tests = [evaluation(value) for value in values]
        self.fixed = all(value_of(value) is not None for value in values)
        self._bounds: list[tuple[str | None, Interval]] = []
        self._numbers: dict[Node, int] = {}
        self._limits = limits(view.plan.policy.facts)
        self._desugar = Desugar("?", view.plan.constants, self._limits)
        self._formulas = [self._formula(value) for value in values]
        self._facts = sorted({name.id for value in values for name in names(value)})
        self._known: dict[tuple[object, ...], Exact] = {}

    @classmethod
    def made(cls, view: View) -> Self | None:
        """Those of a view's programme."""
        if "pieces" not in view.cache:
            view.cache["pieces"] = [cls._made(view) if view.grid is not None else None]
        return cast("Self | None", view.cache["pieces"][0])

    @classmethod
    def _made(cls, view: View) -> Self | None:
        programme, constants = view.programme, view.plan.constants
        whens, rules, values = list[Node](), list[int](), list[Node]()
        for n, rule in enumerate(programme.rules):
            if rule.then is None:
                return None
            for conditions, value in _branches(simplify(rule.then, constants), ()):
                both = Logic(YesNo(), rule.when.at, "and", (rule.when, *conditions))
                whens.append(both if conditions else rule.when)
                rules.append(n)
                values.append(value)
        if programme.otherwise is not None:
            values.append(simplify(programme.otherwise.value, constants))
        every = (name.kind for value in values for name in names(value))
        grid = view.grid if len(rules) == len(programme.rules) else view.gridded(whens)
        if grid is None or not set(every) <= {"fact"} or any(map(any, map(choices, values))):
            return None
        return cls(view, grid, rules, values)

    def rise(self, fact: str) -> bool:
        """Whether no piece plainly gives less where a fact is more."""
        return all(self._rises(value, fact) for value in self.values)

    def _rises(self, node: Node, fact: str) -> bool:
        if all(name.id != fact for name in names(node)):
            return True
        match node:
            case Name():
                return True
            case Arithmetic(op="*"):
                sides = (node.left, node.right)
                least = min(self._desugar.node(side).bounds.low for side in sides)
                return least >= 0 and all(self._rises(side, fact) for side in sides)
            case Arithmetic(op="-"):
                apart = all(name.id != fact for name in names(node.right))
                return apart and self._rises(node.left, fact)
            case Round(denominator=Const(value=int(bottom))):
                return bottom > 0 and self._rises(node.numerator, fact)
            case Arithmetic(op="+") | Extreme() | Rescale():
                return all(self._rises(child, fact) for child in children(node))
        return False

    def most(self, piece: int, other: int, reach: Reach) -> Exact:
        """At most by how much one piece gives more than another, of facts that reach so far."""
        key = (piece, other, *(reach.get(id_) for id_ in self._facts))
        if key not in self._known:
            one, two = self._formulas[piece], self._formulas[other]
            self._known[key] = self._over(one, two, reach)
        return self._known[key]

    def _over(self, one: Formula, other: Formula, reach: Reach) -> Exact:
        if isinstance(other, Best) and other.op == "min":
            return max(self._over(one, item, reach) for item in other.items)
        if isinstance(one, Best) and one.op == "max":
            return max(self._over(item, other, reach) for item in one.items)
        if isinstance(other, Best):
            return min(self._over(one, item, reach) for item in other.items)
        if isinstance(one, Best):
            return min(self._over(item, other, reach) for item in one.items)
        most = one.high - other.low
        if one.parts != other.parts:
            for part in {**one.parts, **other.parts}:
                by = one.parts.get(part, 0) - other.parts.get(part, 0)
                id_, bounds = self._bounds[part]
                low, high = reach.get(id_, bounds) if id_ is not None else bounds
                end = high if by > 0 else low
                most += by * (bounds[by > 0] if end is None else end)
        return most

    def _formula(self, node: Node) -> Formula:
        if isinstance(node, Extreme):
            return Best(node.op, tuple(map(self._formula, node.items)))
        return self._linear(node)

    def _linear(self, node: Node) -> Linear:
        match node:
            case Const(value=int(value)):
                return Linear({}, value, value)
            case Rescale():
                return _times(self._linear(node.item), 10**node.power)
            case Negative():
                return _times(self._linear(node.item), -1)
            case Arithmetic(op="+" | "-"):
                right = _times(self._linear(node.right), 1 if node.op == "+" else -1)
                return _plus(self._linear(node.left), right)
            case Arithmetic(op="*"):
                left, right = self._linear(node.left), self._linear(node.right)
                for one, other in ((left, right), (right, left)):
                    if not one.parts and one.low == one.high:
                        return _times(other, one.low)
            case Round(denominator=Const(value=int(bottom))) if bottom > 0:
                top = self._linear(node.numerator)
                top = top if bottom == 1 else _times(top, Fraction(1, bottom))
                half = node.direction.startswith("half")
                near = Fraction(node.step, 2 if half else 1)
                return _plus(top, Linear({}, -near, near))
            case _:
                pass
        if node not in self._numbers:
            self._numbers[node] = len(self._bounds)
            id_ = node.id if isinstance(node, Name) else None
            known = id_ is not None and id_ in self._limits
            bounds = self._limits[id_] if known and id_ else self._desugar.node(node).bounds
            self._bounds.append((id_, bounds))
        return Linear({self._numbers[node]: 1}, 0, 0)


class _Order:
    """Pieces by a number that each has: which have at least or at most so much, and the end of a set."""

    def __init__(self, numbers: Mapping[int, Exact]) -> None:
        ranked = sorted(numbers, key=lambda piece: numbers[piece])
        self._numbers = [numbers[piece] for piece in ranked]
        self._below = list(accumulate((1 << piece for piece in ranked), operator.or_, initial=0))

    def at_most(self, number: Exact) -> int:
        """The pieces with at most so much, a bit each."""
        return self._below[bisect_right(self._numbers, number)]

    def at_least(self, number: Exact) -> int:
        """The pieces with at least so much, a bit each."""
        return self._below[-1] & ~self._below[bisect_left(self._numbers, number)]

    def greatest(self, pieces: int) -> Exact:
        """The greatest number of some pieces; there must be one."""
        places = range(len(self._numbers))
        return self._numbers[
            bisect_left(places, True, key=lambda n: not pieces & ~self._below[n + 1])
        ]

    def least(self, pieces: int) -> Exact:
        """The least number of some pieces; there must be one."""
        places = range(len(self._numbers))
        return self._numbers[
            bisect_left(places, True, key=lambda n: bool(pieces & self._below[n + 1]))
        ]


class Ranks:
    """Pieces as their hit policy ranks them; of a charge what is paid counts below zero.

    `low` and `high` have by how much more each gives than the one that they are held against.
    """

    def __init__(self, view: View, pieces: Pieces, charge: bool) -> None:
        turned = {"collect max": "collect min", "collect min": "collect max"} if charge else {}
        policy = view.programme.hit_policy
        self.hit, self.sign = turned.get(policy, policy), -1 if charge else 1
        self.last = len(pieces.rules) if view.programme.otherwise is not None else None
        self.low, self.high = dict[int, Exact](), dict[int, Exact]()
        self._lows, self._highs = _Order({}), _Order({})
        self._pieces, values = (
            pieces,
            (cast("int", value_of(value) or 0) for value in pieces.values),
        )
        self._fixed = [self.sign * value for value in values]

    def compare(self, piece: int, others: int, reach: Reach) -> None:
        """By how much others give more than a piece, at least and at most; of a sum what they give."""
        pieces, last = self._pieces, [] if self.last is None else [self.last]
        base = 0 if self.hit == "collect sum" or not pieces.fixed else self._fixed[piece]
        low, high = dict[int, Exact](), dict[int, Exact]()
        for other in (*bits_of(others), *last):
            if pieces.fixed:
                low[other] = high[other] = self._fixed[other] - base
            else:
                low[other] = -pieces.most(piece, other, reach)
                high[other] = pieces.most(other, piece, reach)
        self.low, self.high = low, high
        if self.hit in ("collect max", "collect min"):
            self._lows, self._highs = _Order(low), _Order(high)

    def counting(self, whole: int, some: int) -> int:
        """Of the pieces that hold on one side in some of a part those that may count: others are beaten."""
        if whole and self.hit == "first":
            return some & ((whole & -whole) * 2 - 1)
        if whole and self.hit == "collect max":
            return some & self._highs.at_least(self._lows.greatest(whole))
        if whole and self.hit == "collect min":
            return some & self._lows.at_most(self._highs.least(whole))
        return some

    def least(self, whole: int, some: int) -> Exact:
        """The least that may be given after a step."""
        if whole and self.hit == "collect max":
            return self._lows.greatest(whole)
        last = [] if whole or self.last is None else [self.last]
        return min((self.low[n] for n in (*bits_of(some), *last)), default=INT64_MAX)

    def decided(self, row: Row, holding: int) -> tuple[int, int | None]:
        """The pieces that decide, and what they give; None where a village is refused."""
        values = {n: self.sign * cast("int", self._pieces.tests[n](row)) for n in bits_of(holding)}
        amounts = list(values.values())
        if not values:
            last = None if self.last is None else self._pieces.tests[self.last](row)
            return 0, None if last is None else self.sign * cast("int", last)
        if self.hit == "first":
            return holding & -holding, amounts[0]
        if self.hit == "collect sum":
            return holding, sum(amounts)
        if self.hit == "unique" and len(amounts) > 1:
            return holding, None
        best = min(amounts) if self.hit == "collect min" else max(amounts)
        alike = sum(1 << n for n, amount in values.items() if amount == best)
        if self.hit == "any" and alike != holding:
            return holding, None
        return alike, best


def _times(formula: Linear, by: Exact) -> Linear:
    ends = sorted((formula.low * by, formula.high * by))
    return Linear({part: many * by for part, many in formula.parts.items() if by}, *ends)


def _plus(one: Linear, other: Linear) -> Linear:
    parts = {
        part: one.parts.get(part, 0) + other.parts.get(part, 0)
        for part in {**one.parts, **other.parts}
    }
    return Linear(parts, one.low + other.low, one.high + other.high)


def _branches(value: Node, conditions: tuple[Node, ...]) -> Iterator[tuple[tuple[Node, ...], Node]]:
    """What an amount is under each way in which the comparisons of its choices turn out."""
    choice = next(choices(value), None)
    if choice is None:
        yield conditions, value
        return
    atom = next(atoms(choice.condition))
    for holds in (True, False):
        condition = atom if holds else Negation(YesNo(), atom.at, atom)
        yield from _branches(simplify(decided(value, atom, holds), {}), (*conditions, condition))


# -- what an output rests on


def resting(view: View, output: Output) -> list[Node]:
    """The expressions of the programme that decide an output: of its rules, and of what it uses."""
    programme, values = view.programme, [] if output.value is None else [output.value]
    every = [node for rule in programme.rules for node in (rule.when, *values_of(rule))]
    every += [] if programme.otherwise is None else [programme.otherwise.value]
    for also in reversed(programme.also):
        used = {name.id for node in values for name in names(node)}
        values += values_of(also) if also.id in used else ()
    return [*every, *values]


def gained(programme: Programme, fact: Fact) -> int:
    """What a unit more may bring by itself, or cost by rounding: the coarsest step of money, in fen."""
    steps: list[int] = [
        100 * part.step // 10 ** (part.type.decimals or 0)
        for node in deciding_expressions(programme)
        for part in walk(node)
        if isinstance(part, Round) and isinstance(part.type, Number) and is_money(part.type)
    ]
    steps += [10**fact.decimals] if is_money(fact.type) else []
    return max(steps, default=0)


def fixed(programme: Programme, output: Output) -> bool:
    """Whether equal rules always give the same of an output."""
    last = programme.otherwise
    amounts = [*(rule.then for rule in programme.rules), last.value if last is not None else None]
    every = (name.kind for node in amounts if node is not None for name in names(node))
    return output is programme.result and set(every) <= {"parameter"}
