"""What a run's record must look like before anything is taken from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TEXTS = {str: str}
"""An object of texts, whatever their names."""

RECORD: Mapping[Any, Any] = {
    "format": int,
    "seq": int,
    "previous": str,
    "recorded_at": str,
    "prepared_by": str | None,
    "reviewed_by": str | None,
    "corrects": {"id": str, "head": str, "reason": str},
    "program": {"fundcalc": str, **_TEXTS},
    "engine": {"asked": str, "double_checked": int},
    "policy": {"id": str, "digest": str, "on": str, "readings": _TEXTS},
    "roster": {
        "file": str,
        "sheet": str | None,
        "digest": str,
        "villages": int,
        "rejected_rows": int,
    },
    "overrides": int,
    "totals": _TEXTS,
    "parts": _TEXTS,
}
_MAY_BE_NULL = ("corrects",)


def fits(data: Any, wanted: Any = RECORD) -> bool:
    """Whether JSON data have all that is wanted, each of its kind; there may be more."""
    if not isinstance(wanted, Mapping):
        return isinstance(data, wanted)
    if not isinstance(data, Mapping):
        return False
    for key, kind in wanted.items():
        if key is str:
            if not all(isinstance(value, kind) for value in data.values()):
                return False
        elif key in _MAY_BE_NULL and data.get(key) is None:
            continue
        elif key not in data or not fits(data[key], kind):
            return False
    return True
