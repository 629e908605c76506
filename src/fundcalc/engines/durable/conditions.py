"""The language of conditions: a field beside a constant, joined by all, any, not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Value: TypeAlias = int | bool | str
FieldType: TypeAlias = type[int] | type[bool] | type[str]
Operator: TypeAlias = Literal["<", "<=", ">", ">=", "==", "!="]

OPPOSITE: Final[dict[Operator, Operator]] = {
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "==": "!=",
    "!=": "==",
}


@dataclass(frozen=True, slots=True)
class Test:
    """True where the field compares so with the constant. Yes/no and text know only == and !=."""

    field: str
    op: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class AllOf:
    """True where every part is; without parts always true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True where at least one part is; without parts never true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True where the part is not. Every field has a value, so there is no third case."""

    part: Condition


Condition: TypeAlias = Test | AllOf | AnyOf | Not


def parts(condition: Condition) -> tuple[Condition, ...]:
    """What a condition is directly made of; nothing for a Test."""
    match condition:
        case Not(part):
            return (part,)
        case AllOf(inner) | AnyOf(inner):
            return inner
    return ()
