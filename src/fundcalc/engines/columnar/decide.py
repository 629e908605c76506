"""One programme over all villages: the steps of its decision in the core, each a column or a refusal."""

from __future__ import annotations

from functools import reduce
from typing import assert_never, cast

import numpy as np

from fundcalc.core import nodes as core
from fundcalc.core.decision import Agree, Allot, AtLeastOne, AtMostOne, Decision, Define, Output
from fundcalc.engines.columnar.lower import Lowered
from fundcalc.engines.columnar.pools import Pools
from fundcalc.engines.columnar.values import Anomaly, Array, Bools, Column, bools, full
from fundcalc.engines.result import PoolUse

Held = list[tuple[str, Bools]]
"""The rules that decided, each with the villages that it decided."""


class Decider:
    """Decides programmes in turn; their columns go into the environment."""

    def __init__(self, env: dict[str, Column], villages: int, pools: Pools) -> None:
        self._env = env
        self._villages = villages
        self._pools = pools
        self._lowered = Lowered(env, villages)
        self.uses: list[PoolUse] = []

    def decide(self, decision: Decision) -> Held:
        """The rules that decided. Raises Anomaly where a village cannot be decided."""
        for step in decision.steps:
            match step:
                case Define():
                    self._env[step.name.id] = self._lowered.column(step.node)
                case Output():
                    self._env[step.name.id] = self._checked(step)
                case Allot():
                    claims = self._truth(step.claims)
                    shares, uses = self._pools.share(self._lowered, decision.id, step, claims)
                    self._env[step.name.id] = shares
                    self.uses += uses
                case AtMostOne():
                    self._at_most_one([self._truth(name) for name in step.conditions])
                case AtLeastOne():
                    self._refuse(~reduce(np.logical_or, map(self._truth, step.conditions)))
                case Agree():
                    for holds, value in step.cases:
                        differs = core.compare("!=", value, step.result)
                        self._refuse(self._truth(holds) & self._truth(differs))
                case _:
                    assert_never(step)
        return [(rule, self._truth(name)) for rule, name in decision.decides]

    def _truth(self, node: core.Node) -> Bools:
        return bools(self._lowered.truth(node), self._villages)

    def _checked(self, step: Output) -> Column:
        """An output; a number that leaves 64 bits is an anomaly."""
        column = self._lowered.column(step.node)
        if step.node.kind in ("number", "date"):
            return full(cast("Array | int", column), self._villages)
        return column

    def _at_most_one(self, conditions: list[Bools]) -> None:
        taken = np.zeros(self._villages, dtype=np.bool_)
        for holds in conditions:
            self._refuse(taken & holds)
            taken |= holds

    def _refuse(self, wrong: Bools) -> None:
        if wrong.any():
            raise Anomaly(int(np.argmax(wrong)))
