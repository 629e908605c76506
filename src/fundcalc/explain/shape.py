"""How outputs move with one fact, between the edges of the policy's conditions.

`Shape` says whether a search by halving finds the nearest change between two edges, or whether it
takes a solver.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum

from fundcalc.language import nodes
from fundcalc.language.edges import edges
from fundcalc.language.nodes import Node, Value, walk
from fundcalc.language.simplify import simplify
from fundcalc.policy.plan import Plan, PlanProgramme, PlanShare


class Shape(IntEnum):
    """Between two edges: the same, a straight line, never turning back, or anything."""

    same = 0
    straight = 1
    one_way = 2
    any = 3


def marks(plan: Plan, expressions: Sequence[Node]) -> dict[str, list[Value]]:
    """For each fact the values on both sides of every edge at which one of its comparisons turns."""
    facts = plan.policy.facts
    ranges = {id_: (fact.low, fact.high) for id_, fact in facts.items()}
    found: dict[str, set[Value]] = {}
    for node in expressions:
        for part in walk(simplify(node, plan.constants)):
            if isinstance(part, nodes.Compare | nodes.Contains | nodes.Name):
                for name, values in (edges([part], ranges) or {}).items():
                    if name in facts:
                        found.setdefault(name, set()).update(values)
    return {name: sorted(values) for name, values in found.items()}


def shape(plan: Plan, chain: Sequence[PlanProgramme], fact: str) -> Shape:
    """How the outputs of the last programme of a chain move with a fact."""
    finder = _Shapes(plan, fact)
    found = Shape.same
    for programme in chain:
        found = finder.programme(programme)
    return found


class _Shapes:
    def __init__(self, plan: Plan, fact: str) -> None:
        self._plan = plan
        self._known: dict[str, Shape] = {fact: Shape.straight}

    def programme(self, programme: PlanProgramme) -> Shape:
        """The worst shape of its outputs, which are noted for those that use them."""
        of = self._node
        conditions = max((of(rule.when) for rule in programme.rules), default=Shape.same)
        results = [of(rule.then) for rule in programme.rules if rule.then is not None]
        results += [_shared(of, rule.share) for rule in programme.rules if rule.share is not None]
        if programme.otherwise is not None:
            results.append(of(programme.otherwise))
        result = max(results, default=Shape.same)
        if programme.programme.hit_policy.startswith("collect ") and result > Shape.same:
            result = Shape.any if len(results) > 1 else result
        worst = Shape.any if conditions is Shape.any else result
        self._known[programme.programme.result.id] = worst
        for also in programme.also:
            if also.share is not None:
                found = _shared(of, also.share)
            else:
                assert also.value is not None
                found = of(also.value)
            self._known[also.output.id] = found
            worst = max(worst, found)
        return worst

    def _node(self, node: Node) -> Shape:
        return self._of(simplify(node, self._plan.constants))

    def _of(self, node: Node) -> Shape:
        match node:
            case nodes.Const():
                return Shape.same
            case nodes.Name():
                return self._known.get(node.id, Shape.same)
            case nodes.Negative() | nodes.Rescale():
                return self._of(node.item)
            case nodes.Arithmetic():
                return self._arithmetic(node)
            case nodes.Compare():
                return self._turns(node)
            case nodes.Contains():
                return Shape.same if isinstance(node.item, nodes.Name) else Shape.any
            case nodes.Logic():
                return max(self._of(item) for item in node.items)
            case nodes.Negation():
                return self._of(node.item)
            case nodes.Choice():
                return max(self._of(part) for part in (node.condition, node.yes, node.no))
            case nodes.Extreme():
                return _bent([self._of(item) for item in node.items])
            case nodes.Absolute():
                return Shape.same if self._of(node.item) is Shape.same else Shape.any
            case nodes.Round():
                whole = self._of(node.denominator) is Shape.same
                top = self._of(node.numerator)
                return _bent([top]) if whole else Shape.any
            case nodes.Aggregate():
                parts = [self._of(part) for part in (node.item, node.where) if part is not None]
                return max(parts, default=Shape.same)
        raise TypeError(f"no such node: {type(node).__name__}")

    def _arithmetic(self, node: nodes.Arithmetic) -> Shape:
        left, right = self._of(node.left), self._of(node.right)
        if Shape.same in (left, right):
            return max(left, right)
        straight = left is Shape.straight and right is Shape.straight and node.op in "+-"
        return Shape.straight if straight else Shape.any

    def _turns(self, node: nodes.Compare) -> Shape:
        """A comparison turns at edges that are known, or at places that only a solver finds."""
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if (
                isinstance(one, nodes.Name)
                and one.kind == "fact"
                and isinstance(other, nodes.Const)
            ):
                return Shape.same
        both = max(self._of(node.left), self._of(node.right))
        return Shape.same if both is Shape.same else Shape.any


def _bent(items: Sequence[Shape]) -> Shape:
    """What min, max or rounding make of it: one item that moves keeps its direction."""
    moving = [item for item in items if item is not Shape.same]
    if not moving:
        return Shape.same
    return Shape.any if len(moving) > 1 else max(moving[0], Shape.one_way)


def _shared(of: Callable[[Node], Shape], share: PlanShare) -> Shape:
    """A share of a pool: what the village gets grows with its weight, its cap and the pool."""
    parts = [of(share.pool), of(share.by), of(share.at_most) if share.at_most else Shape.same]
    return _bent([max(parts)])
