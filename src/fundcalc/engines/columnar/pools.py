"""Shares of pools in columns: groups, amounts, weights, caps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from fundcalc.base.money import INT64_MAX
from fundcalc.engines.columnar import sharing
from fundcalc.engines.columnar.lower import Lowered
from fundcalc.engines.columnar.values import (
    Anomaly,
    Array,
    Bools,
    Column,
    Words,
    bools,
    full,
    number,
)
from fundcalc.engines.result import PoolUse
from fundcalc.language.evaluate import aggregate_key
from fundcalc.language.nodes import Aggregate, Node, Value, walk
from fundcalc.language.simplify import simplify
from fundcalc.policy.plan import PlanShare


class Pools:
    """Shares pools among villages; `rank` gives the villages' places by code."""

    def __init__(
        self,
        env: Mapping[str, Column],
        constants: Mapping[str, Value],
        villages: int,
        rank: Callable[[], Array],
        *,
        record: bool = True,
    ) -> None:
        """`record` says whether each pool's use is wanted."""
        self._record = record
        self._env = env
        self._constants = constants
        self._villages = villages
        self._rank = rank

    def share(
        self, lowered: Lowered, programme: str, item: str, share: PlanShare, claims: Bools
    ) -> tuple[Array, list[PoolUse]]:
        """Every village's share in fen, 0 for those without a claim, and the groups' pools.

        Raises Anomaly where an amount, a weight or a cap is negative or leaves 64 bits.
        """
        group, names = self._groups(share.per)
        pools = self._amounts(lowered, share.pool, group, len(names))
        at = np.flatnonzero(claims)
        mine = group[at]
        weights = self._weights(lowered, share.by, claims)[at]
        caps = None
        if share.at_most is not None:
            caps = self._weights(lowered, share.at_most, claims)[at]
        self._refuse(pools, mine, share.per)
        given = sharing.share(pools, mine, weights, caps, lambda: self._rank()[at])
        found = np.zeros(self._villages, dtype=np.int64)
        found[at] = given
        if not self._record:
            return found, []
        uses = _Uses(programme, item, share.per).write(group, names, pools, mine, weights, given)
        return found, uses

    def _groups(self, per: str) -> tuple[Array, tuple[str, ...]]:
        """Each village's group and the groups' names, in order of first appearance."""
        if per == "all":
            return np.zeros(self._villages, dtype=np.int64), ("",)
        if per == "village":
            return np.arange(self._villages), tuple(map(str, range(self._villages)))
        words = self._env[per]
        assert isinstance(words, Words) and isinstance(words.codes, np.ndarray)
        return words.codes, words.table

    def _amounts(self, lowered: Lowered, node: Node, group: Array, groups: int) -> Array:
        """Each group's pool in fen."""
        node = simplify(node, self._constants)
        env: dict[str, Column] = {}
        for part in walk(node):
            if isinstance(part, Aggregate):
                counted = True if part.where is None else lowered.truth(part.where)
                if part.item is None:
                    values = bools(counted, self._villages).astype(np.int64)
                else:
                    values = full(lowered.number(part.item, counted), self._villages)
                    values = np.where(counted, values, 0)
                env[aggregate_key(part)] = number(sharing.total(values, group, groups))
        return full(Lowered(env, groups).number(node), groups)

    def _weights(self, lowered: Lowered, node: Node, claims: Bools) -> Array:
        """A weight or cap of each village that claims."""
        values = full(lowered.number(simplify(node, self._constants), claims), self._villages)
        if bool((claims & (values < 0)).any()):
            raise Anomaly
        return values

    def _refuse(self, pools: Array, mine: Array, per: str) -> None:
        """A negative pool that somebody claims is an anomaly; so is one of 64 bits at its end."""
        claimed = pools if per == "all" else pools[mine]
        if bool((claimed < 0).any()) or bool((np.abs(claimed) > INT64_MAX // 2).any()):
            raise Anomaly


class _Uses:
    """The record of a share's pools."""

    def __init__(self, programme: str, item: str, per: str) -> None:
        self._head = (programme, item, per)

    def write(
        self,
        group: Array,
        names: tuple[str, ...],
        pools: Array,
        mine: Array,
        weights: Array,
        given: Array,
    ) -> list[PoolUse]:
        """One use a group with claims, in order of first appearance; `all` always."""
        groups = len(names)
        members = np.bincount(group, minlength=groups)
        claimed = np.bincount(mine, minlength=groups)
        weighing = np.bincount(mine[weights > 0], minlength=groups)
        sums = sharing.total(weights, mine, groups)
        used = sharing.total(given, mine, groups)
        return [
            PoolUse(
                *self._head, names[g], int(pools[g]), int(members[g]), int(weighing[g]),
                int(sums[g]), int(used[g]),
            )
            for g in range(groups)
            if claimed[g] or self._head[2] == "all"
        ]  # fmt: skip
