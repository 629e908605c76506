"""One village decided again with a fact changed, all else as it was.

Only what can differ is computed: the village itself, and where a pool is shared the villages of its
group. Where one pool feeds another, all villages are decided again.
"""

from __future__ import annotations

from collections.abc import Sequence

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines import rows
from fundcalc.engines.judge import Fired, Judge
from fundcalc.engines.pools import settle
from fundcalc.engines.result import Result, Row, group_of, tie_order
from fundcalc.language.nodes import names
from fundcalc.policy.plan import Plan, PlanProgramme, planned_expressions


class Replay:
    """Decides a programme again for single villages of a result."""

    def __init__(self, result: Result, programme: PlanProgramme) -> None:
        self._result = result
        self.programme = programme
        self.upstream = upstream(result.plan, programme)
        self._judges = [Judge(result.plan, one) for one in self.upstream]
        pooled = [one.has_pool for one in self.upstream]
        self._one_pool = sum(pooled) <= 1

    def changed(self, index: int, change: Row) -> tuple[Row, Fired] | None:
        """The village's row and the rules that decide then.

        None where they are as before, or where
        no decision is possible.
        """
        try:
            found = self._local(index, change) if self._one_pool else self._whole(index, change)
        except PolicyProblem:
            return None
        if found is None or found[1] == self._result.fired[self.programme.id][index]:
            return None
        return found

    def _local(self, index: int, change: Row) -> tuple[Row, Fired] | None:
        row: Row = {**self._result.rows[index], **change}
        fired: Fired = ()
        for judge in self._judges:
            fired = judge.fired(judge.matches(row), row)
            if judge.id == self.programme.id and fired == self._result.fired[judge.id][index]:
                return None
            if judge.programme.has_pool:
                self._share(judge, index, row, fired)
            else:
                judge.settle(row, fired)
        return row, fired

    def _share(self, judge: Judge, index: int, row: Row, fired: Fired) -> None:
        """Share the pools of the village's group anew; its outputs are written into the row."""
        members = self._members(judge.programme, index, row)
        before = self._result.fired[judge.id]
        if len(members) == len(self._result.rows):
            group = [dict(one) for one in self._result.rows]
        else:
            group = [dict(self._result.rows[i]) for i in members]
        place = members.index(index)
        group[place] = row
        all_fired = [fired if i == index else before[i] for i in members]
        settle(judge, group, all_fired, tie_order(group))

    def _members(self, programme: PlanProgramme, index: int, row: Row) -> Sequence[int]:
        """The villages with which it shares."""
        shares = [rule.share for rule in programme.rules] + [also.share for also in programme.also]
        pers = {share.per for share in shares if share is not None}
        everyone = range(len(self._result.rows))
        if len(pers) != 1 or pers == {"all"}:
            return everyone
        [per] = pers
        if per == "village":
            return [index]
        wanted = group_of(row, per, index)
        known = self._result.column(per)
        return [i for i in everyone if i == index or str(known[i]) == wanted]

    def _whole(self, index: int, change: Row) -> tuple[Row, Fired]:
        replay = [dict(row) for row in self._result.rows]
        replay[index].update(change)
        again = rows.run(self._result.plan, replay, only={one.id for one in self.upstream})
        return replay[index], again.fired[self.programme.id][index]


def upstream(plan: Plan, programme: PlanProgramme) -> list[PlanProgramme]:
    """The programme and those whose outputs it uses, in order of computation."""
    needed = {programme.id}
    for one in reversed(plan.programmes):
        if one.id not in needed:
            continue
        used = {n.id for node in planned_expressions(one) for n in names(node)}
        for other in plan.programmes:
            if used & {o.id for o in other.programme.outputs}:
                needed.add(other.id)
    return [p for p in plan.programmes if p.id in needed]
