"""Which village a person means by a code or a name."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence

from fundcalc.language.nodes import Value

_ENDINGS = ("村民委员会", "村委会", "村")


def find(rows: Sequence[Mapping[str, Value]], wanted: str) -> list[int]:
    """Positions of the villages meant; several where a name is ambiguous, none where unknown.

    An exact code or name comes first, then the name without 村, 村委会 or 村民委员会.
    """
    wanted = _folded(wanted)
    tests: list[Callable[[Mapping[str, Value]], bool]] = [
        lambda row: _folded(str(row.get("code", ""))) == wanted,
        lambda row: _folded(str(row.get("name", ""))) == wanted,
        lambda row: short_name(str(row.get("name", ""))) == short_name(wanted),
    ]
    for test in tests:
        found = [index for index, row in enumerate(rows) if test(row)]
        if found and wanted:
            return found
    return []


def near(rows: Sequence[Mapping[str, Value]], wanted: str, most: int = 8) -> list[int]:
    """Positions of villages whose name or code contains the text, for a reader to choose from."""
    part = short_name(wanted)
    hits = [
        index
        for index, row in enumerate(rows)
        if part and (part in _folded(str(row.get("name", ""))) or part in str(row.get("code", "")))
    ]
    return hits[:most]


def short_name(name: str) -> str:
    """A village's name without the ending that registers add or leave out."""
    name = _folded(name)
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
