"""Facts as the engine sees them: 64-bit integers in numbered slots.

The engine compares two integers exactly; between other types it guesses ("5" equals 5, "true" equals
True). So yes/no becomes 1 and 0, and a text becomes the number of the constant that it equals, or 0 where
it equals none. Text is compared as written: no folding of case, width or composition.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final, NamedTuple

from fundcalc.engines.durable.conditions import FieldType, Operator, Test, Value

INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1
CONSTANT_BITS: Final = 8 * struct.calcsize("l")  # the engine keeps a rule's constants as C long
_NO_CONSTANT: Final = 0


class EngineValueError(ValueError):
    """A fact or constant that the engine must not see; `field` names it, `problem` says why."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"field {field!r}: {problem}")
        self.field = field
        self.problem = problem


class Literal(NamedTuple):
    """A test of one slot with an integer constant."""

    slot: int
    op: Operator
    value: int


class Codec:
    """The declared fields: turns facts and constants into integers and refuses all others.

    Constants come first, facts afterwards: texts are numbered in the order of their tests.
    """

    def __init__(self, fields: Mapping[str, FieldType]) -> None:
        for name, kind in fields.items():
            if kind not in (int, bool, str):
                raise EngineValueError(name, f"declared as {kind!r}, not as int, bool or str")
        self._fields = {name: (slot, kind) for slot, (name, kind) in enumerate(fields.items())}
        self._texts: dict[str, int] = {}

    def literal(self, test: Test) -> Literal:
        """The test of the field's slot; raises EngineValueError where field, type or operator is wrong."""
        slot, kind = self._declared(test.field)
        if kind is not int and test.op not in ("==", "!="):
            raise EngineValueError(test.field, f"{kind.__name__} cannot be compared by {test.op}")
        if isinstance(test.value, str):
            self._texts.setdefault(test.value, len(self._texts) + 1)
        return Literal(slot, test.op, self._integer(test.field, kind, test.value))

    def integers(self, facts: Mapping[str, Value]) -> list[int]:
        """All declared fields by slot; raises EngineValueError unless they are there, and they alone."""
        try:
            found = [
                self._integer(name, kind, facts[name]) for name, (_, kind) in self._fields.items()
            ]
        except KeyError as missing:
            raise EngineValueError(missing.args[0], "has no value") from None
        if len(facts) != len(found):
            self.changes(facts)
        return found

    def changes(self, facts: Mapping[str, Value]) -> list[tuple[int, int]]:
        """Slot and integer of some fields; raises EngineValueError where one is unknown or wrong."""
        found = []
        for name, value in facts.items():
            slot, kind = self._declared(name)
            found.append((slot, self._integer(name, kind, value)))
        return found

    def _declared(self, name: str) -> tuple[int, FieldType]:
        try:
            return self._fields[name]
        except KeyError:
            raise EngineValueError(name, "is not declared") from None

    def _integer(self, name: str, kind: FieldType, value: Value) -> int:
        if type(value) is not kind:
            raise EngineValueError(
                name, f"{value!r} is {type(value).__name__}, not {kind.__name__}"
            )
        if isinstance(value, str):
            return self._texts.get(value, _NO_CONSTANT)
        if not INT_MIN <= value <= INT_MAX:
            raise EngineValueError(name, f"{value} does not fit 64 bits")
        return int(value)
