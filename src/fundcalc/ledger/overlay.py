"""A result with amounts set by hand over it, and what follows from them within the same village.

Rules are not decided anew and shares of pools stay: nobody else's amount changes. Of the village itself,
what the policy computes by a formula from a changed amount is computed again, in the order of the policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.engines.result import ALL, PoolUse, Result, Row, label
from fundcalc.engines.written import Judge
from fundcalc.language.evaluate import evaluation, simplify
from fundcalc.language.nodes import Node, Value, names
from fundcalc.ledger import messages
from fundcalc.ledger.overrides import Override
from fundcalc.policy.plan import PlanProgramme

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fundcalc.engines.patterns import Labels


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is no longer what the rules gave; `by` is the override, None where it follows."""

    index: int
    output: str
    before: Value
    after: Value
    by: Override | None


def follow(result: Result, overrides: Sequence[Override]) -> list[Change]:
    """Everything that overrides change, village by village. Raises PolicyProblem.

    An amount that would follow and be less than nothing is refused.
    """
    by_village: dict[int, dict[str, Override]] = {}
    for one in overrides:
        by_village.setdefault(one.index, {})[one.output] = one
    follower = _Follower(result)
    changes = [c for index, ones in by_village.items() for c in follower.village(index, ones)]
    if follower.faults:
        raise PolicyProblem(follower.faults)
    return changes


def exceeded(result: Result, changes: Sequence[Change]) -> list[Diagnostic]:
    """A warning for each pool of which more is given, with the overrides, than there is."""
    added: dict[tuple[str, str, str], int] = {}
    pools: dict[tuple[str, str, str], PoolUse] = {}
    for change in changes:
        pool = _pool(result, change)
        if pool is not None and isinstance(change.after, int) and isinstance(change.before, int):
            key = (pool.programme, pool.item, pool.group)
            pools[key] = pool
            added[key] = added.get(key, 0) + change.after - change.before
    return [
        messages.pool_exceeded(
            result.plan.policy.programme(pool.programme).title, pool.group, more - pool.leftover
        )
        for key, more in added.items()
        if more > (pool := pools[key]).leftover
    ]


def _pool(result: Result, change: Change) -> PoolUse | None:
    """The pool of which a changed output is a share."""
    for programme in result.plan.programmes:
        if change.output == programme.programme.result.id:
            for rule in programme.rules:
                if rule.share and rule.id in result.fired[programme.id][change.index]:
                    return result.pool_of(programme.id, rule.id, change.index)
        for also in programme.also:
            if also.share and also.output.id == change.output:
                return result.pool_of(programme.id, also.output.id, change.index)
    return None


class _Follower:
    """Works out what follows, with each programme made ready once."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._judges = [Judge(result.plan, programme) for programme in result.plan.programmes]
        self.faults: list[Diagnostic] = []

    def village(self, index: int, ones: Mapping[str, Override]) -> Iterator[Change]:
        before = self._result.rows[index]
        row = dict(before)
        changed: set[str] = set()
        for judge in self._judges:
            for output in self._again(judge, index, row, changed, ones):
                if row[output] == before[output] and output not in ones:
                    continue
                changed.add(output)
                change = Change(index, output, before[output], row[output], ones.get(output))
                if change.by is None and _negative(change):
                    self._refuse(next(iter(ones.values())), change, row)
                yield change

    def _again(
        self, judge: Judge, index: int, row: Row, changed: set[str], ones: Mapping[str, Override]
    ) -> Iterator[str]:
        """The outputs of a programme, each after it was settled in the row."""
        programme = judge.programme
        main = programme.programme.result.id
        fired = self._result.fired[programme.id][index]
        if main in ones:
            row[main] = ones[main].amount
        elif _result_uses(programme, fired) & changed:
            row[main] = judge.combine(fired, judge.values(fired, row) if fired else (), row)
        yield main
        for position, also in enumerate(programme.also):
            id_ = also.output.id
            if id_ in ones:
                row[id_] = ones[id_].amount
            elif also.value is not None and _uses(also.value) & changed:
                judge.further(row, position)
            yield id_

    def _refuse(self, override: Override, change: Change, row: Row) -> None:
        titles = {o.id: o.title for p in self._result.plan.policy.programmes for o in p.outputs}
        assert isinstance(change.after, int)
        self.faults.append(
            messages.override_negative(
                Span(override.place), label(row), titles[change.output], change.output, change.after
            )
        )


def _negative(change: Change) -> bool:
    return isinstance(change.after, int) and change.after < 0


def _uses(node: Node) -> set[str]:
    return {name.id for name in names(node)}


def _result_uses(programme: PlanProgramme, fired: Sequence[str]) -> set[str]:
    """What the result is computed from; nothing where a share of a pool is part of it."""
    rules = [rule for rule in programme.rules if rule.id in fired]
    if any(rule.share is not None for rule in rules):
        return set()
    nodes = [rule.then for rule in rules if rule.then is not None]
    if not rules and programme.otherwise is not None:
        nodes = [programme.otherwise]
    return {id_ for node in nodes for id_ in _uses(node)}


class Overlaid(Result):
    """What the rules gave, with the changes over it. Rules, pools and hinges are those of the rules."""

    def __init__(self, base: Result, changes: Sequence[Change]) -> None:
        self._base = base
        self._by_output: dict[str, dict[int, Value]] = {}
        by_village: dict[int, Row] = {}
        for change in changes:
            self._by_output.setdefault(change.output, {})[change.index] = change.after
            by_village.setdefault(change.index, {})[change.output] = change.after
        rows = _Rows(base.rows, by_village)
        super().__init__(base.plan, rows, base.fired, base.pools, base.checked)
        self._villages = sorted(by_village)

    def column(self, name: str) -> list[Value]:
        """All villages' values of a fact or an output."""
        values = self._base.column(name)
        if name not in self._by_output:
            return values
        values = list(values)
        for index, value in self._by_output[name].items():
            values[index] = value
        return values

    def numbers(self, name: str, at: slice = ALL) -> NDArray[np.int64]:
        """The villages' values of a number, in its smallest unit."""
        if name not in self._by_output:
            return self._base.numbers(name, at)
        numbers = self._base.numbers(name).copy()
        for index, value in self._by_output[name].items():
            numbers[index] = value
        return numbers[at]

    def as_read(self, name: str) -> Sequence[Value] | None:
        """A text fact as the roster has it, where it came as a series; None elsewhere."""
        return self._base.as_read(name)

    def groups(self, name: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """Each village's place in the list of a text's values, which stand in order of appearance."""
        return self._base.groups(name)

    def labels(self, name: str, at: slice = ALL) -> Labels:
        """A text, or a list of texts joined by `+`, by village."""
        changed = name in self._by_output
        return super().labels(name, at) if changed else self._base.labels(name, at)

    def held(self, programme: str) -> list[tuple[str, NDArray[np.bool_]]]:
        """The rules of a programme, each with the villages that it decided."""
        return self._base.held(programme)

    def rules_met(self, programme: str, at: slice = ALL) -> Labels:
        """Ids of the rules that decided, joined by `+`, or the `otherwise` id, by village."""
        return self._base.rules_met(programme, at)

    def truth(self, node: Node) -> NDArray[np.bool_]:
        """The villages for which a condition holds."""
        found = self._base.truth(node).copy()
        holds = evaluation(simplify(node, self.plan.constants))
        for index in self._villages:
            found[index] = bool(holds(self.rows[index]))
        return found


class _Rows(Sequence[Row]):
    def __init__(self, base: Sequence[Row], changed: Mapping[int, Row]) -> None:
        self._base, self._changed = base, changed

    def __len__(self) -> int:
        return len(self._base)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self[i] for i in range(len(self))[index]]
        at = range(len(self))[index]
        return {**self._base[at], **self._changed.get(at, {})}

    def __iter__(self) -> Iterator[Row]:
        for index, row in enumerate(self._base):
            changed = self._changed.get(index)
            yield row if changed is None else {**row, **changed}
