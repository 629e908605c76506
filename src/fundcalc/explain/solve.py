"""The nearest values found by z3, where a condition or an amount is not linear in one fact.

Whole numbers only, with a time limit; what z3 cannot tell in time, or what it has no words for, is
UNKNOWN. Nothing that it finds is said before it has been replayed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import z3

from fundcalc.base.money import Direction, divide
from fundcalc.engines.result import Row
from fundcalc.language import nodes, smt
from fundcalc.language.evaluate import DivisionByZero
from fundcalc.language.nodes import Node, Value
from fundcalc.language.simplify import simplify
from fundcalc.policy.model import Fact
from fundcalc.policy.plan import Plan, PlanProgramme

MILLISECONDS = 500
UNKNOWN: Final = object()


class _Beyond(Exception):
    """An expression that is not put to z3."""


def nearest(
    plan: Plan, chain: Sequence[PlanProgramme], row: Row, fact: Fact, sign: int
) -> Any:  # fmt: skip
    """The nearest number above (`sign` 1) or below (-1) that changes an output of the last programme.

    None where there is none, UNKNOWN where z3 cannot tell. No programme of the chain may share a pool.
    """
    current = row[fact.id]
    assert isinstance(current, int)
    number = z3.Int(fact.id)
    try:
        terms = _Terms(plan, {**row, fact.id: number})
        for programme in chain:
            terms.programme(programme)
    except (_Beyond, DivisionByZero):
        return UNKNOWN
    optimizer = z3.Optimize()
    optimizer.set("timeout", MILLISECONDS)
    optimizer.add(number < current if sign < 0 else number > current)
    optimizer.add(*smt.domain(number, fact.type, (fact.low, fact.high), ()))
    optimizer.add(*terms.conditions)
    outputs = [output.id for output in chain[-1].programme.outputs]
    optimizer.add(z3.Or([terms.differs(id_, row[id_]) for id_ in outputs]))
    aim = optimizer.minimize(number) if sign > 0 else optimizer.maximize(number)
    answer = optimizer.check()
    if answer == z3.unsat:
        return None
    if answer != z3.sat:
        return UNKNOWN
    found = optimizer.lower(aim) if sign > 0 else optimizer.upper(aim)
    return found.as_long() if z3.is_int_value(found) else UNKNOWN


class _Terms:
    """Expressions as z3 terms; what rests on known values alone stays a value of Python.

    Text is kept as numbers, one for each different text. `conditions` must hold for a decision.
    """

    def __init__(self, plan: Plan, values: Mapping[str, Any]) -> None:
        self._plan = plan
        self._texts: dict[str, int] = {}
        self._values = {id_: self._plain(value) for id_, value in values.items()}
        self.conditions: list[Any] = []

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._texts.setdefault(value, len(self._texts))
        if isinstance(value, tuple):
            return {self._plain(item): True for item in value}
        return value

    def differs(self, output: str, value: Value) -> Any:
        """Whether an output is not what it is now."""
        term, plain = self._values[output], self._plain(value)
        if not isinstance(term, dict):
            return term != plain
        return z3.Or([holds != (key in plain) for key, holds in term.items()])

    def programme(self, programme: PlanProgramme) -> None:
        """Work out a programme's outputs."""
        if programme.has_pool:
            raise _Beyond
        holds = [self._term(rule.when) for rule in programme.rules]
        self._values[programme.programme.result.id] = self._result(programme, holds)
        for also in programme.also:
            assert also.value is not None
            self._values[also.output.id] = self._term(also.value)

    def _result(self, programme: PlanProgramme, holds: list[Any]) -> Any:
        policy = programme.programme.hit_policy
        if policy == "collect":
            ids = [self._plain(rule.id) for rule in programme.rules]
            found = dict(zip(ids, holds, strict=True))
            if programme.otherwise is not None:
                for key in self._term(programme.otherwise):
                    found[key] = z3.Not(z3.Or(holds))
            return found
        if policy == "collect count":
            return z3.Sum([z3.If(one, 1, 0) for one in holds])
        values = [self._then(rule.then) for rule in programme.rules]
        if policy == "unique":
            self.conditions.append(z3.AtMost(*map(_truth, holds), 1))
        if policy == "any":
            self.conditions += [
                z3.Implies(z3.And(one, two), a == b)
                for one, a in zip(holds, values, strict=True)
                for two, b in zip(holds, values, strict=True)
            ]
        if programme.otherwise is None:
            self.conditions.append(z3.Or(holds))
            none: Any = values[-1]
        else:
            none = self._term(programme.otherwise)
        if policy in ("unique", "first", "any"):
            result = none
            for one, value in zip(reversed(holds), reversed(values), strict=True):
                result = _choose(one, value, result)
            return result
        return _choose(z3.Or(holds), _joined(policy, holds, values), none)

    def _then(self, node: Node | None) -> Any:
        if node is None:
            raise _Beyond
        return self._term(node)

    def _term(self, node: Node) -> Any:
        return self._of(simplify(node, self._plan.constants))

    def _of(self, node: Node) -> Any:  # noqa: PLR0911, C901 - one line a node
        match node:
            case nodes.Const():
                return self._plain(node.value)
            case nodes.Name():
                return self._values[node.id]
            case nodes.Negative():
                return -self._of(node.item)
            case nodes.Rescale():
                return self._of(node.item) * 10**node.power
            case nodes.Arithmetic() | nodes.Compare():
                return _OPERATORS[node.op](self._of(node.left), self._of(node.right))
            case nodes.Contains():
                return self._contains(node)
            case nodes.Logic():
                join = z3.And if node.op == "and" else z3.Or
                return join([self._of(item) for item in node.items])
            case nodes.Negation():
                return z3.Not(self._of(node.item))
            case nodes.Choice():
                return _choose(*(self._of(part) for part in (node.condition, node.yes, node.no)))
            case nodes.Extreme():
                return _extreme(node.op, [self._of(item) for item in node.items])
            case nodes.Absolute():
                item = self._of(node.item)
                return _choose(item >= 0, item, -item)
            case nodes.Round():
                return self._rounded(node)
            case nodes.Aggregate():
                raise _Beyond
        raise TypeError(f"no such node: {type(node).__name__}")

    def _contains(self, node: nodes.Contains) -> Any:
        item = self._of(node.item)
        if isinstance(node.container, tuple):
            members = {self._plain(choice.value): True for choice in node.container}
        else:
            members = self._of(node.container)
        found = z3.Or([z3.And(item == key, holds) for key, holds in members.items()])
        return z3.Not(found) if node.negated else found

    def _rounded(self, node: nodes.Round) -> Any:
        top, bottom = self._of(node.numerator), self._of(node.denominator)
        if not isinstance(bottom, int):
            raise _Beyond
        if not bottom:
            raise DivisionByZero(node.at)
        if isinstance(top, int):
            return divide(top, bottom * node.step, node.direction) * node.step
        return _divided(top, bottom * node.step, node.direction) * node.step


def _truth(value: Any) -> Any:
    return z3.BoolVal(value) if isinstance(value, bool) else value


def _choose(condition: Any, yes: Any, no: Any) -> Any:
    if isinstance(condition, bool):
        return yes if condition else no
    if isinstance(yes, dict):
        keys = dict.fromkeys([*yes, *no])
        return {key: z3.If(condition, yes.get(key, False), no.get(key, False)) for key in keys}
    return z3.If(condition, yes, no)


def _extreme(op: str, items: Sequence[Any]) -> Any:
    found = items[0]
    for item in items[1:]:
        found = _choose(item < found if op == "min" else item > found, item, found)
    return found


def _joined(policy: str, holds: Sequence[Any], values: Sequence[Any]) -> Any:
    """The greatest, the least or the sum of the values whose rules hold; at least one does."""
    if policy == "collect sum":
        return z3.Sum([_choose(one, value, 0) for one, value in zip(holds, values, strict=True)])
    op = policy.removeprefix("collect ")
    found, some = values[0], _truth(holds[0])
    for one, value in zip(holds[1:], values[1:], strict=True):
        better = _extreme(op, [found, value])
        found = _choose(_truth(one), _choose(some, better, value), found)
        some = z3.Or(some, one)
    return found


def _divided(top: Any, bottom: int, direction: Direction) -> Any:
    """As `money.divide`: z3 divides whole numbers so that the rest is never negative."""
    if bottom < 0:
        top, bottom = -top, -bottom
    floor, rest = top / bottom, top % bottom
    exact = rest == 0
    up = {
        "floor": z3.BoolVal(False),
        "ceiling": z3.BoolVal(True),
        "down": top < 0,
        "up": top > 0,
        "half up": z3.If(top > 0, 2 * rest >= bottom, 2 * rest > bottom),
        "half even": z3.Or(2 * rest > bottom, z3.And(2 * rest == bottom, floor % 2 == 1)),
    }[direction]
    return z3.If(z3.And(z3.Not(exact), up), floor + 1, floor)


def _operators() -> Iterator[tuple[str, Any]]:
    import operator

    yield from {
        "+": operator.add, "-": operator.sub, "*": operator.mul, "<": operator.lt,
        "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq,
        "!=": operator.ne,
    }.items()  # fmt: skip


_OPERATORS: dict[str, Any] = dict(_operators())
