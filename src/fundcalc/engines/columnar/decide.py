"""One programme over all villages: which rules hold, what they decide, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from fundcalc.engines.columnar.lower import Lowered
from fundcalc.engines.columnar.pools import Pools
from fundcalc.engines.columnar.values import (
    Anomaly,
    Array,
    Bools,
    Column,
    Lists,
    Num,
    Words,
    bools,
    full,
    merged,
    number,
    operate,
    select,
    wide,
)
from fundcalc.engines.result import PoolUse
from fundcalc.language.bounds import Interval
from fundcalc.language.datatypes import Text, Texts, YesNo
from fundcalc.language.nodes import Node, Value
from fundcalc.language.simplify import simplify
from fundcalc.policy.plan import Plan, PlanProgramme, PlanShare

Held = list[tuple[str, Bools]]
"""The rules that decided, each with the villages that it decided."""

_MAY_MEET = ("any", "collect max", "collect min")
"""Policies under which several rules that hold give one amount of theirs; under the others that give
one, only one decides, and a sum takes all."""

_NOTHING = Interval(0, 0)


class Decider:
    """Decides programmes in turn; outputs go into the environment."""

    def __init__(self, plan: Plan, env: dict[str, Column], villages: int, pools: Pools) -> None:
        self._plan = plan
        self._env = env
        self._villages = villages
        self._pools = pools
        self._lowered = Lowered(env, villages)
        self.uses: list[PoolUse] = []

    def decide(self, programme: PlanProgramme) -> Held:
        """The rules that decided. Raises Anomaly where a village cannot be decided."""
        held, none = self._held(programme)
        self._env[programme.programme.result.id] = self._result(programme, held, none)
        for also in programme.also:
            if also.share is not None:
                everyone = np.ones(self._villages, dtype=np.bool_)
                column: Column = self._shared(programme.id, also.output.id, also.share, everyone)
            else:
                assert also.value is not None
                column = self._checked(self._value(also.value, True))
            self._env[also.output.id] = column
        return held

    def _put(self, node: Node) -> Node:
        return simplify(node, self._plan.constants)

    def _value(self, node: Node, mask: Array | bool) -> Column:
        return self._lowered.column(self._put(node), mask)

    def _checked(self, column: Column) -> Column:
        """A number that leaves 64 bits is an anomaly."""
        if not isinstance(column, Num):
            return column
        values = full(column, self._villages)
        return Num(values, column.range) if column.range.fits_int64 else number(values)

    # -- rules ----------------------------------------------------------------------------------

    def _held(self, programme: PlanProgramme) -> tuple[Held, Bools]:
        """The rules that decide, and the villages that none does."""
        policy = programme.programme.hit_policy
        held: Held = []
        taken = np.zeros(self._villages, dtype=np.bool_)
        for rule in programme.rules:
            holds = bools(self._lowered.truth(self._put(rule.when)), self._villages)
            if policy == "unique" and (twice := taken & holds).any():
                raise Anomaly(int(np.argmax(twice)))
            if policy == "first":
                holds = holds & ~taken
            taken |= holds
            held.append((rule.id, holds))
        if programme.otherwise is None and not taken.all():
            raise Anomaly(int(np.argmin(taken)))
        return held, ~taken

    def _result(self, programme: PlanProgramme, held: Held, none: Bools) -> Column:
        policy, result = programme.programme.hit_policy, programme.programme.result
        if policy == "collect count":
            counts = np.zeros(self._villages, dtype=np.int64)
            for _, mask in held:
                counts += mask
            return self._numbers(programme, Num(counts, Interval(0, len(held))), none)
        values = [self._rule_value(programme, n, mask) for n, (_, mask) in enumerate(held)]
        masks = [mask for _, mask in held]
        if isinstance(result.type, Texts):
            return self._collected(programme, masks, values, none)
        if isinstance(result.type, Text):
            return self._said(programme, masks, values, none)
        if isinstance(result.type, YesNo):
            return self._yes_no(programme, masks, values, none)
        return self._numbers(programme, self._amount(policy, masks, values), none)

    def _rule_value(self, programme: PlanProgramme, index: int, mask: Bools) -> Column:
        rule = programme.rules[index]
        if rule.share is not None:
            return self._shared(programme.id, rule.id, rule.share, mask)
        assert rule.then is not None
        return self._value(rule.then, mask)

    def _shared(self, programme: str, item: str, share: PlanShare, claims: Bools) -> Num:
        found, uses = self._pools.share(self._lowered, programme, item, share, claims)
        self.uses += uses
        return number(found)

    # -- hit policies ---------------------------------------------------------------------------

    def _amount(self, policy: str, masks: Sequence[Bools], values: Sequence[Column]) -> Num:
        """The amounts that the rules give by the hit policy; 0 where none decides."""
        numbers = [value for value in values if isinstance(value, Num)]
        each = [number.range.union(_NOTHING) for number in numbers]
        within = reduce(Interval.plus if policy == "collect sum" else Interval.union, each)
        wide_ = not within.fits_int64
        found: Array = np.zeros(self._villages, dtype=object if wide_ else np.int64)
        product = np.empty_like(found)
        so_far = np.zeros(self._villages, dtype=np.bool_)
        for mask, one in zip(masks, numbers, strict=True):
            amounts = wide(one) if wide_ else one.values
            if policy in _MAY_MEET:
                both = so_far & mask
                if both.any():
                    self._meet(policy, found, amounts, both)
                so_far, mask = so_far | mask, mask & ~so_far  # noqa: PLW2901 - those met are done
            if one.range != _NOTHING:
                found += np.multiply(mask, amounts, out=product)
        return Num(found, within)

    def _meet(self, policy: str, found: Array, amounts: Array | int, both: Bools) -> None:
        """Two rules that decide the same villages: the greater or the lesser, or no difference."""
        if policy in ("collect max", "collect min"):
            pick = np.maximum if policy == "collect max" else np.minimum
            pick(found, select(both, amounts, found), out=found)
        elif (differs := both & np.not_equal(found, amounts)).any():
            raise Anomaly(int(np.argmax(differs)))

    def _numbers(self, programme: PlanProgramme, found: Num, none: Bools) -> Column:
        """The amounts with what `otherwise` says put in."""
        if programme.otherwise is not None:
            rest = self._value(programme.otherwise, none)
            assert isinstance(rest, Num)
            if rest.range != _NOTHING:
                within = found.range.union(rest.range)
                found = operate(lambda a, b: a + none * b, within, found, rest)
        return self._checked(found)

    def _said(
        self,
        programme: PlanProgramme,
        masks: Sequence[Bools],
        values: Sequence[Column],
        none: Bools,
    ) -> Words:
        """Text: rules under `any` must agree; under the other policies only one decides."""
        texts = [value for value in values if isinstance(value, Words)]
        self._agree(masks, texts, lambda a, b: a.equals(b))
        rest = self._value(programme.otherwise, none) if programme.otherwise is not None else None
        assert rest is None or isinstance(rest, Words)
        return merged(list(zip(masks, texts, strict=True))[::-1], self._villages, rest)

    def _yes_no(
        self,
        programme: PlanProgramme,
        masks: Sequence[Bools],
        values: Sequence[Column],
        none: Bools,
    ) -> Bools:
        said = [bools(value, self._villages) for value in values]  # type: ignore[arg-type]
        self._agree(masks, said, np.equal)
        found = np.zeros(self._villages, dtype=np.bool_)
        for mask, one in zip(masks[::-1], said[::-1], strict=True):
            found = np.where(mask, one, found)
        if programme.otherwise is not None:
            rest = self._lowered.truth(self._put(programme.otherwise), none)
            found = np.where(none, rest, found)
        return found

    def _agree(
        self,
        masks: Sequence[Bools],
        values: Sequence[Value] | Sequence[Words] | Sequence[Bools],
        same: Callable[..., Array | bool],
    ) -> None:
        """Of rules that hold together, all must say the same; raises Anomaly."""
        for later, mask in enumerate(masks):
            for earlier in range(later):
                both = masks[earlier] & mask
                if both.any():
                    differs = both & ~np.asarray(same(values[earlier], values[later]))
                    if differs.any():
                        raise Anomaly(int(np.argmax(differs)))

    def _collected(
        self,
        programme: PlanProgramme,
        masks: Sequence[Bools],
        values: Sequence[Column],
        none: Bools,
    ) -> Lists:
        parts = [(m, v) for m, v in zip(masks, values, strict=True) if isinstance(v, Words)]
        if programme.otherwise is not None:
            rest = self._value(programme.otherwise, none)
            assert isinstance(rest, Lists)
            parts += [(none & condition, text) for condition, text in rest.parts]
        return Lists(tuple(parts))
