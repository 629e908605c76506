"""The pieces of a recorded run, each read and held against its digest when it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Any, TypeVar

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import Words
from fundcalc.ledger import messages
from fundcalc.ledger.store import Entry, Ledger, unpacked, unpacked_as_it_is

T = TypeVar("T")


class Pieces:
    """The stored pieces of one run, unpacked and checked when they are asked for.

    With `trusting` a piece is taken although its digest differs, to say what is in it.
    """

    def __init__(self, ledger: Ledger, entry: Entry, *, trusting: bool = False) -> None:
        self._path, self.entry, self._trusting = str(ledger.path), entry, trusting
        self.parts = self.read_as("", lambda _: entry.parts)
        self._packed = ledger.packed(self.parts.values())

    def content(self, name: str) -> bytes:
        """The bytes of a piece. Raises PolicyProblem where they are missing or others."""
        wanted = self.parts.get(name)
        stored = self._packed.get(wanted) if wanted is not None else None
        if wanted is None or stored is None:
            raise self.damage(name, Words("缺少", "is missing"))
        try:
            return unpacked(wanted, *stored)
        except ValueError:
            altered = unpacked_as_it_is(*stored) if self._trusting else None
            if altered is not None:
                return altered
            raise self.damage(name, Words("与其摘要不符", "is not what its digest says")) from None

    def read_as(self, name: str, read: Callable[[bytes], T]) -> T:
        """A piece as what it means; the record where no name is given."""
        content = self.content(name) if name else self.entry.record
        try:
            return read(content)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
            raise self.damage(name, Words("读不懂", "cannot be understood")) from None

    def json(self, name: str) -> Any:
        """A piece that is JSON."""
        return self.read_as(name, json.loads)

    def damage(self, name: str, what: Words) -> PolicyProblem:
        """What to raise where a piece is not what was written."""
        zh = f"记录 {self.entry.id} 的 {name or '记录本身'} {what.zh}"
        en = f"{name or 'the record'} of run {self.entry.id} {what.en}"
        return PolicyProblem([messages.damaged(self._path, Words(zh, en))])


class Lazy(MutableMapping[str, list[T]]):
    """Columns by name, each read at its first use."""

    def __init__(self, names: Sequence[str], read: Callable[[str], list[T]]) -> None:
        self._found: dict[str, list[T] | None] = dict.fromkeys(names)
        self._read = read

    def __getitem__(self, name: str) -> list[T]:
        found = self._found[name]
        if found is None:
            found = self._found[name] = self._read(name)
        return found

    def __setitem__(self, name: str, values: list[T]) -> None:
        self._found[name] = values

    def __delitem__(self, name: str) -> None:
        del self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
