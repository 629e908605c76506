"""Conditions for durable_rules: comparisons of one field with a constant, joined by and, or, not.

What is beyond that (a difference of two facts, arithmetic, a long list) becomes a field of its own,
worked out by the row evaluator before the stage that needs it.
"""

from __future__ import annotations

from typing import cast

from fundcalc.engines.durable import AllOf, AnyOf, Condition, FieldType, Not, Test
from fundcalc.engines.durable import Value as EngineValue
from fundcalc.engines.result import Row
from fundcalc.language.datatypes import Date, Number, Text, YesNo
from fundcalc.language.evaluate import Evaluation, evaluation
from fundcalc.language.nodes import (
    Arithmetic,
    Compare,
    Comparison,
    Const,
    Contains,
    Logic,
    Name,
    Negation,
    Node,
    Round,
    walk,
)
from fundcalc.language.show import show
from fundcalc.language.simplify import simplify
from fundcalc.policy.plan import Plan

_FLIPPED: dict[Comparison, Comparison] = {
    "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=",
}  # fmt: skip
_LONGEST_LIST = 8
_ALWAYS, _NEVER = AllOf(()), AnyOf(())


class Fields:
    """The flat fact that the engine sees: facts and outputs by name, derived fields by expression."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.types: dict[str, FieldType] = {}
        self._derived: dict[str, dict[str, Evaluation]] = {}
        self._known: set[str] = set()

    def plain(self, name: Name, stage: str) -> str:
        """A fact or output as a field."""
        if name.id not in self.types:
            self.types[name.id] = _field_type(name)
        self._derived.setdefault(stage, {})[name.id] = evaluation(name)
        return name.id

    def derive(self, node: Node, kind: FieldType, stage: str) -> str:
        """An expression as a field, set before its stage."""
        key = f"= {show(node)}"
        self.types[key] = kind
        self._derived.setdefault(stage, {})[key] = evaluation(node)
        return key

    def start(self) -> dict[str, EngineValue]:
        """The fact with every field at its default."""
        return {name: kind() for name, kind in self.types.items()}

    def derived(self, stage: str, row: Row) -> dict[str, EngineValue]:
        """The fields that a stage's rules use, from facts and from outputs of earlier stages."""
        return {
            key: cast("EngineValue", value(row))
            for key, value in self._derived.get(stage, {}).items()
        }


def _field_type(name: Name) -> FieldType:
    if isinstance(name.type, YesNo):
        return bool
    return str if isinstance(name.type, Text) else int


def lower(node: Node, fields: Fields, stage: str) -> Condition:
    """A rule's condition for the engine; the fields it needs are noted in `fields`."""
    return _lower(simplify(node, fields.plan.constants), fields, stage)


def _lower(node: Node, fields: Fields, stage: str) -> Condition:
    match node:
        case Const():
            return _ALWAYS if node.value else _NEVER
        case Name():
            return Test(fields.plain(node, stage), "==", True)
        case Negation():
            return Not(_lower(node.item, fields, stage))
        case Logic() if any(isinstance(part, Round) for part in walk(node)):
            # one field for all of it: `and` and `or` keep a quotient from dividing by zero
            return Test(fields.derive(node, bool, stage), "==", True)
        case Logic():
            parts = tuple(_lower(item, fields, stage) for item in node.items)
            return AllOf(parts) if node.op == "and" else AnyOf(parts)
        case Compare():
            return _compare(node, fields, stage)
        case Contains():
            return _contains(node, fields, stage)
    return Test(fields.derive(node, bool, stage), "==", True)


def _compare(node: Compare, fields: Fields, stage: str) -> Condition:
    left, right, op = node.left, node.right, node.op
    if isinstance(left, Const):
        left, right, op = right, left, _FLIPPED[op]
    if isinstance(left, Name) and isinstance(right, Const):
        return Test(fields.plain(left, stage), op, _engine_value(right))
    if isinstance(left.type, Number | Date) and not isinstance(left, Const):
        difference = Arithmetic(left.type, node.at, "-", left, right)
        return Test(fields.derive(difference, int, stage), op, 0)
    return Test(fields.derive(node, bool, stage), "==", True)


def _engine_value(node: Const) -> EngineValue:
    assert isinstance(node.value, int | str)
    return node.value


def _contains(node: Contains, fields: Fields, stage: str) -> Condition:
    values = _choices(node)
    if not isinstance(node.item, Name) or values is None or len(values) > _LONGEST_LIST:
        return Test(fields.derive(node, bool, stage), "==", True)
    field = fields.plain(node.item, stage)
    found = AnyOf(tuple(Test(field, "==", value) for value in values))
    return Not(found) if node.negated else found


def _choices(node: Contains) -> list[EngineValue] | None:
    if isinstance(node.container, tuple):
        return [_engine_value(choice) for choice in node.container]
    if isinstance(node.container, Const) and isinstance(node.container.value, tuple):
        return list(node.container.value)
    return None
