"""Amounts of money by village: which are compared, added up exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fundcalc.base.words import Words
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import is_money
from fundcalc.policy.model import Policy

Amounts = NDArray[np.int64] | NDArray[np.object_]


def paid_outputs(policy: Policy) -> list[tuple[str, Words, str | None]]:
    """The amounts that somebody pays: id, title, payer; all results if none is."""
    found = [
        (o.id, o.title, o.payer)
        for p in policy.listed_programmes
        for o in p.outputs
        if is_money(o.type)
    ]
    results = {p.result.id for p in policy.programmes}
    payable = [one for one in found if one[2] is not None]
    return payable or [one for one in found if one[0] in results]


def amounts_of(result: Result, ids: Sequence[str], *, paid: bool = True) -> Amounts:
    """Outputs added up by village: those of them that the result's own policy pays, or has at all."""
    policy = result.plan.policy
    if paid:
        there = {id_ for id_, _, _ in paid_outputs(policy)}
    else:
        there = {o.id for p in policy.programmes for o in p.outputs if is_money(o.type)}
    return add([result.numbers(id_) for id_ in ids if id_ in there], len(result.rows))


def add(columns: Sequence[Amounts], villages: int) -> Amounts:
    """Amounts added village by village, in Python's integers where 64 bits might not hold them."""
    if not columns:
        return np.zeros(villages, dtype=np.int64)
    most = sum(int(np.abs(column).max(initial=0)) for column in columns)
    wide = most > np.iinfo(np.int64).max // 2
    total = columns[0].astype(object if wide else np.int64)
    for column in columns[1:]:
        total = total + column
    return total


def exact_sum(amounts: Amounts) -> int:
    """The sum, whatever its size."""
    if amounts.dtype != object and len(amounts):
        most = int(np.abs(amounts).max()) * len(amounts)
        if most <= np.iinfo(np.int64).max:
            return int(amounts.sum())
    return sum(amounts.tolist())


def difference(one: Amounts, other: Amounts) -> Amounts:
    """One less the other, village by village, exactly."""
    most = int(np.abs(one).max(initial=0)) + int(np.abs(other).max(initial=0))
    if most > np.iinfo(np.int64).max or one.dtype != other.dtype:
        return one.astype(object) - other.astype(object)  # type: ignore[no-any-return]
    return one - other
