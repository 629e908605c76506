"""Shares of pools in columns: groups, amounts, weights, caps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from fundcalc.base.money import INT64_MAX
from fundcalc.core.decision import Allot
from fundcalc.core.nodes import Group, Node
from fundcalc.engines.columnar import sharing
from fundcalc.engines.columnar.lower import Lowered
from fundcalc.engines.columnar.values import Anomaly, Array, Bools, Column, Words, full
from fundcalc.engines.result import PoolUse


class Pools:
    """Shares pools among villages; `rank` gives the villages' places by code."""

    def __init__(
        self,
        env: Mapping[str, Column],
        villages: int,
        rank: Callable[[], Array],
        *,
        record: bool = True,
    ) -> None:
        """`record` says whether each pool's use is wanted."""
        self._record = record
        self._env = env
        self._villages = villages
        self._rank = rank

    def share(
        self, lowered: Lowered, programme: str, step: Allot, claims: Bools
    ) -> tuple[Array, list[PoolUse]]:
        """Every village's share in fen, 0 for those without a claim, and the groups' pools.

        Raises Anomaly where an amount, a weight or a cap is negative or leaves 64 bits.
        """
        share = step.share
        group, groups = self._groups(share.per)
        pools = self._amounts(lowered, share.pool, group, groups)
        everyone = bool(claims.all())
        at = slice(None) if everyone else np.flatnonzero(claims)
        mine = group[at]
        weights = self._weights(lowered, share.by, claims)[at]
        caps = None
        if share.at_most is not None:
            same = share.at_most == share.by
            caps = weights if same else self._weights(lowered, share.at_most, claims)[at]
        claimed = sharing.tally(mine, groups)
        self._refuse(pools if share.per == "all" else pools[claimed > 0])
        given = sharing.share(pools, mine, weights, caps, lambda: self._rank()[at])
        found = given
        if not everyone:
            found = np.zeros(self._villages, dtype=np.int64)
            found[at] = given
        if not self._record:
            return found, []
        head = (programme, step.item, share.per)
        names = self._names(share.per)
        return found, _uses(head, group, names, pools, claimed, (mine, weights, given))

    def _groups(self, per: str) -> tuple[Array, int]:
        """Each village's group, in order of first appearance, and how many there are."""
        if per == "all":
            return np.zeros(self._villages, dtype=np.int64), 1
        if per == "village":
            return np.arange(self._villages), self._villages
        words = self._env[per]
        assert isinstance(words, Words) and isinstance(words.codes, np.ndarray)
        return words.codes, len(words.table)

    def _names(self, per: str) -> Callable[[int], str]:
        """What a group is called."""
        if per == "all":
            return lambda group: ""
        if per == "village":
            return str
        words = self._env[per]
        assert isinstance(words, Words)
        return words.table.__getitem__

    def _amounts(self, lowered: Lowered, node: Node, group: Array, groups: int) -> Array:
        """Each group's pool in fen."""

        def total(part: Group) -> Array:
            counted = lowered.truth(part.where)
            numbers = full(lowered.number(part.item, counted), self._villages)
            among = np.where(counted, numbers, 0)
            return sharing.total(among, group, groups)

        return full(Lowered({}, groups, total).number(node), groups)

    def _weights(self, lowered: Lowered, node: Node, claims: Bools) -> Array:
        """A weight or cap of each village that claims."""
        values = full(lowered.number(node, claims), self._villages)
        if node.bounds.low < 0 and bool((claims & (values < 0)).any()):
            raise Anomaly
        return values

    def _refuse(self, claimed: Array) -> None:
        """A negative pool that somebody claims is an anomaly; so is one of 64 bits at its end."""
        if len(claimed) and (claimed.min() < 0 or claimed.max() > INT64_MAX // 2):
            raise Anomaly


def _uses(
    head: tuple[str, str, str],
    group: Array,
    names: Callable[[int], str],
    pools: Array,
    claimed: Array,
    shared: tuple[Array, Array, Array],
) -> list[PoolUse]:
    """The use of each pool with claims, in order of first appearance; `all` always.

    `shared` has group, weight and share of each claim.
    """
    mine, weights, given = shared
    groups = len(pools)
    at = np.flatnonzero(claimed) if head[2] != "all" else np.zeros(1, dtype=np.int64)
    parts = (
        pools, sharing.tally(group, groups), sharing.total(weights > 0, mine, groups),
        sharing.total(weights, mine, groups), sharing.total(given, mine, groups),
    )  # fmt: skip
    rows = zip(at.tolist(), *(part[at].tolist() for part in parts), strict=True)
    return [PoolUse(*head, names(g), *row) for g, *row in rows]
