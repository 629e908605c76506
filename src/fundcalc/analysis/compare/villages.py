"""The villages of two rosters put side by side: by code, or by county, town and name without codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundcalc.analysis.compare.amounts import Amounts
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem, Span
from fundcalc.engines.result import values_of
from fundcalc.language.nodes import Value
from fundcalc.policy.model import IDENTITY
from fundcalc.roster.model import Roster

Places = NDArray[np.int64]
Columns = Mapping[str, Sequence[Value]]


@dataclass(frozen=True, slots=True)
class Villages:
    """Every village of either roster: its row in the old and in the new one, -1 where it is not there.

    Those of the new roster come first, in its order; then those that only the old one has.
    """

    old: Places
    new: Places

    def __len__(self) -> int:
        return len(self.old)

    @property
    def joined(self) -> NDArray[np.bool_]:
        """Only in the new roster."""
        return self.old < 0

    @property
    def left(self) -> NDArray[np.bool_]:
        """Only in the old roster."""
        return self.new < 0

    def spread(self, amounts: Amounts, places: Places) -> Amounts:
        """A roster's amounts by village; 0 for those that it has not."""
        spread = np.zeros(len(places), dtype=object if amounts.dtype == object else np.int64)
        there = places >= 0
        spread[there] = amounts[places[there]]
        return spread


def match(old: Roster, new: Roster) -> Villages:
    """Put two rosters side by side. Raises PolicyProblem where names alone do not tell villages apart."""
    if old is new or (old.digest == new.digest and _same(old, new)):
        places = np.arange(len(new), dtype=np.int64)
        return Villages(places, places)
    by_code = all(_all_there(one.columns.get("code")) for one in (old, new))
    old_keys, new_keys = _keys(old, by_code), _keys(new, by_code)
    where = {key: place for place, key in enumerate(old_keys)}
    at = np.array([where.get(key, -1) for key in new_keys], dtype=np.int64)
    gone = np.ones(len(old_keys), dtype=np.bool_)
    gone[at[at >= 0]] = False
    only_old = np.flatnonzero(gone)
    return Villages(
        np.concatenate([at, only_old]),
        np.concatenate(
            [np.arange(len(new_keys), dtype=np.int64), np.full(len(only_old), -1, dtype=np.int64)]
        ),
    )


def _same(old: Roster, new: Roster) -> bool:
    """Whether two rosters from the same bytes kept the same rows."""
    return list(old.rows) == list(new.rows)


def _all_there(column: Sequence[Value] | None) -> bool:
    return column is not None and all(bool(code) for code in column)


def _keys(roster: Roster, by_code: bool) -> Sequence[object]:
    if by_code:
        return values_of(roster.columns["code"])
    parts = [roster.columns.get(part) for part in IDENTITY[1:]]
    columns = [values_of(part) if part is not None else [""] * len(roster) for part in parts]
    keys = list(zip(*columns, strict=True))
    seen: set[object] = set()
    for key in keys:
        if key in seen:
            village = " ".join(str(part) for part in key if part)
            raise PolicyProblem([say("FC903", Span(roster.file), village=village)])
        seen.add(key)
    return keys
