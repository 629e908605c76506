"""What a change of policy, of its readings or amounts, or of the roster does to the money.

Both sides are added up: who gains and who loses, by county, by programme and by payer, whom it moves most.
What is compared is what somebody pays: the outputs that name a payer; in a policy where none does, every
programme's own amount. Every table's parts add up to the total, money and villages alike. Beside that stand
the pools, and results that are no money.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fundcalc.analysis.bridge import Step, bridge, moved_by
from fundcalc.analysis.sides import (
    MONEY,
    Amounts,
    Basis,
    Columns,
    Measure,
    Places,
    Side,
    Version,
    Villages,
    add,
    amounts_of,
    difference,
    exact_sum,
    match,
    measure_of,
    measures,
)
from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.words import Words, same
from fundcalc.engines import absent
from fundcalc.engines.calculate import calculate, unmet_whole, without_rules
from fundcalc.engines.result import JOIN, Result
from fundcalc.engines.totals import GroupChange, PoolChange, group_changes, pool_changes, total
from fundcalc.language.datatypes import Number, Text, Texts, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.columns import rule_titles
from fundcalc.policy.model import IDENTITY, Fact, Output, Policy
from fundcalc.policy.values import percent
from fundcalc.roster.model import Roster
from fundcalc.roster.read import read_roster

Sides = tuple[Side, Side]


@dataclass(slots=True)
class Changed:
    """A result that is not added up, such as a grade or a rate: in how many villages it changes.

    `moves` has what changed to what, each with its villages, the commonest first; `who` the villages, in
    roster order. `shown`: it is a result on paper.
    """

    policies: tuple[Policy, Policy]
    old: Output
    new: Output
    shown: bool
    at: NDArray[np.bool_]
    moves: list[tuple[Value, Value, int]]
    who: list[tuple[dict[str, Value], Value, Value]]

    @property
    def villages(self) -> int:
        """How many."""
        return int(self.at.sum())


def others(sides: Sides, villages: Villages, most: int | None) -> list[Changed]:
    """The results that nothing adds up and that both have; at most so many of its villages are named."""
    old, new = sides
    in_both = (villages.old >= 0) & (villages.new >= 0)
    at_old, at_new = villages.old[in_both], villages.new[in_both]
    every = (o for p in old.plan.policy.programmes if not p.per for o in p.outputs)
    of_old = {o.id: o for o in every if not _summed(old, o)}
    shown = {o.id for side in sides for o in side.plan.policy.told_outputs}
    changes: list[Changed] = []
    for output in (o for p in new.plan.policy.listed_programmes for o in p.outputs):
        if output.id not in of_old or output.per or _summed(new, output):
            continue
        before = of_old[output.id]
        (old_codes, olds), (new_codes, news) = (
            _coded(old.result, before),
            _coded(new.result, output),
        )
        was, now = old_codes[at_old], new_codes[at_new]
        place = {_exact(value, output): n for n, value in enumerate(news)}
        like = [place.get(_exact(value, before), -1) for value in olds]
        differs = np.array(like or [-1], dtype=np.int64)[was] != now
        pairs = Counter(zip(was[differs].tolist(), now[differs].tolist(), strict=True))
        at = np.zeros(len(villages), dtype=np.bool_)
        at[np.flatnonzero(in_both)[differs]] = True
        listed = np.flatnonzero(at)[:most]
        changes.append(Changed(
            (old.plan.policy, new.plan.policy), before, output, output.id in shown, at,
            [(olds[a], news[b], n) for (a, b), n in pairs.most_common()],
            [
                (identity(new.roster, int(villages.new[village])),
                 olds[old_codes[villages.old[village]]], news[new_codes[villages.new[village]]])
                for village in listed
            ],
        ))  # fmt: skip
    return changes


def _summed(side: Side, output: Output) -> bool:
    return output in side.plan.policy.summed_outputs


_APART = "\0"
"""Between the texts of a list: no text has it."""


def _coded(result: Result, output: Output) -> tuple[Places, list[Value]]:
    """An output by village as places in a list of all its values."""
    if isinstance(output.type, Text | Texts):
        codes, table = result.labels(output.id, join=_APART.join)
        place = {
            text: n for n, text in enumerate(dict.fromkeys(table))
        }  # several rules may give one text
        same = np.array([place[text] for text in table], dtype=np.int64)
        texts: list[Value] = list(place)
        if isinstance(output.type, Texts):
            texts = [tuple(text.split(_APART)) if text else () for text in place]
        return same[np.asarray(codes, dtype=np.int64)], texts
    values, places = np.unique(result.numbers(output.id), return_inverse=True)
    own = bool if isinstance(output.type, YesNo) else int
    return places.astype(np.int64), [own(value) for value in values.tolist()]


def _exact(value: Value, output: Output) -> object:
    """A value as two versions have it alike: a number with its unit, whatever its decimals."""
    kind = output.type
    if isinstance(kind, Number) and isinstance(value, int):
        return Fraction(value, 10 ** (kind.decimals or 0)), kind.unit
    return type(kind).__name__, value


Way = Literal["up", "down", "shifted", "joined", "left"]
"""`shifted`: the total stays, but another pays it, or as another amount."""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A programme that decides by other rules than before: ids joined by `+`, or the `otherwise` id."""

    programme: str
    title: Words
    old: str
    new: str
    was: Words
    now: Words


@dataclass(frozen=True, slots=True)
class Mover:
    """A village whose money changes: who it is, fen before and after, and the steps that moved it."""

    who: dict[str, Value]
    way: Way
    old: int
    new: int
    steps: list[tuple[Step, int]]
    rules: list[RuleChange]

    @property
    def change(self) -> int:
        """What it comes to, in fen."""
        return self.new - self.old


@dataclass(frozen=True, slots=True)
class Both:
    """Both sides, their villages, each village's total before and after, and the bridge's steps."""

    old: Side
    new: Side
    villages: Villages
    amounts: tuple[Amounts, Amounts]
    steps: Sequence[Step]


class Shifts:
    """How much moves in each village: the gains of its single amounts, or their losses if they are more.

    So an amount that passes from one payer to another counts once, though the village's total stays.
    """

    def __init__(self, pairs: Sequence[tuple[Amounts, Amounts]], villages: int) -> None:
        gains = [np.zeros(villages, dtype=np.int64)]
        losses = [np.zeros(villages, dtype=np.int64)]
        for before, after in pairs:
            by = difference(after, before)
            gains.append(np.maximum(by, 0))
            losses.append(np.maximum(-by, 0))
        self._gains, self._losses = add(gains, villages), add(losses, villages)
        self.size = np.maximum(self._gains, self._losses)

    def totals(self) -> tuple[int, int]:
        """Villages with some change, and the fen that move."""
        money = max(exact_sum(self._gains), exact_sum(self._losses))
        return int((self.size != 0).sum()), money


def movers(both: Both, shifts: Shifts, most: int | None, measure: Measure) -> list[Mover]:
    """Those that move, the largest change first, equal ones in roster order; at most so many."""
    at = np.flatnonzero(shifts.size != 0)
    at = at[np.argsort(-shifts.size[at], kind="stable")]
    listed = at if most is None else at[:most]
    return [_mover(both, int(village), measure) for village in listed]


def _mover(both: Both, village: int, measure: Measure) -> Mover:
    was, now = int(both.villages.old[village]), int(both.villages.new[village])
    before, after = (int(amounts[village]) for amounts in both.amounts)
    who = identity(*((both.new.roster, now) if now >= 0 else (both.old.roster, was)))
    better = after < before if measure.charge else after > before
    way: Way = "shifted" if after == before else "up" if better else "down"
    if was < 0 or now < 0:
        way = "joined" if was < 0 else "left"
    stayed = was >= 0 and now >= 0
    rules = _rules(both.old.result, both.new.result, was, now) if stayed else []
    return Mover(who, way, before, after, moved_by(both.steps, village), rules)


def identity(roster: Roster, row: int) -> dict[str, Value]:
    """Who a village is."""
    columns = roster.columns
    return {part: columns[part][row] for part in IDENTITY if part in columns}


def _rules(old: Result, new: Result, was: int, now: int) -> list[RuleChange]:
    known = {p.id for p in old.plan.policy.programmes}
    changes: list[RuleChange] = []
    for programme in new.plan.policy.listed_programmes:
        if programme.id in known:
            before, after = _met(old, programme.id, was), _met(new, programme.id, now)
            if before != after:
                said = (_called(old, programme.id, before), _called(new, programme.id, after))
                changes.append(RuleChange(programme.id, programme.title, before, after, *said))
    return changes


def _met(result: Result, programme: str, row: int) -> str:
    ids = result.fired[programme][row]
    otherwise = result.plan.policy.programme(programme).otherwise
    return JOIN.join(ids) or (otherwise.id if otherwise is not None else "")


def _called(result: Result, programme: str, met: str) -> Words:
    titles = rule_titles(result.plan.policy.programme(programme))
    said = [titles.get(id_, same(id_)) for id_ in met.split(JOIN)]
    return Words("、".join(title.zh for title in said), ", ".join(title.en for title in said))


COUNTY = "county"


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a table: so much of a measure before and after, and the villages that it moved which way.

    `gained` and `lost` are what moved of those who gain and of those who lose (negative), villages that
    joined or left the roster apart, in `entered` and `withdrawn`. Of a charge those gain who pay less, so
    that there `gained` is negative.
    """

    id: str
    title: Words
    old: int
    new: int
    up: int = 0
    down: int = 0
    same: int = 0
    joined: int = 0
    left: int = 0
    gained: int = 0
    lost: int = 0
    entered: int = 0
    withdrawn: int = 0
    measure: Measure = MONEY

    @property
    def change(self) -> int:
        """What it comes to, in fen."""
        return self.new - self.old

    @property
    def moves(self) -> bool:
        """Whether it differs for some village, though perhaps not in all."""
        return bool(self.change or self.up or self.down or self.joined or self.left)

    @property
    def villages(self) -> int:
        """Villages of either roster."""
        return self.up + self.down + self.same + self.joined + self.left


@dataclass(slots=True)
class Lane:
    """What is compared in one measure, which alone adds up.

    `moved` counts the villages of which some amount changes (though its total may not); `size` is how much
    moves: all gains of single amounts added up, or all losses, whichever is more.
    """

    measure: Measure
    outputs: list[Output]
    total: Part
    moved: int
    size: int
    counties: list[Part]
    programmes: list[Part]
    payers: list[Part]
    steps: list[Step]
    movers: list[Mover]

    def over(self, share: Decimal) -> bool:
        """Whether more than a share of the villages, or of the old total, moves."""
        villages = self.moved > share * self.total.villages
        return villages or self.size > share * abs(self.total.old)


@dataclass(slots=True)
class Comparison:
    """All of it. `lanes` has a unit each of what is granted, money first, one at least.

    `outputs` has every amount, granted or not; `others` the results that nothing adds up; `touched` counts
    the villages of which any of what papers show changes; `groups` has what is decided once for groups.
    """

    old: Side
    new: Side
    lanes: list[Lane]
    outputs: list[Part]
    pools: list[PoolChange]
    others: list[Changed]
    touched: int
    groups: list[GroupChange]

    @property
    def main(self) -> Lane:
        """The first: money where there is any."""
        return self.lanes[0]

    @property
    def changed(self) -> bool:
        """Whether any result of any village differs."""
        villages = any(lane.moved for lane in self.lanes) or any(
            other.villages for other in self.others
        )
        return villages or any(group.who for group in self.groups)

    def over(self, share: Decimal) -> bool:
        """Whether more than a share of the villages, or of an old total, moves."""
        villages = self.touched > share * self.main.total.villages
        groups = any(group.over(share) for group in self.groups)
        return villages or groups or any(lane.over(share) for lane in self.lanes)

    def keep(self, most: int) -> None:
        """Name no more villages than so many of each kind."""
        for lane in self.lanes:
            lane.movers = lane.movers[:most]
        for other in self.others:
            other.who = other.who[:most]


def compare_sides(
    old: Side, new: Side, columns: Columns | None = None, most: int | None = 20
) -> Comparison:
    """Hold two sides against each other.

    `columns` is the new roster as the old policy reads it, where the two differ; None where it cannot.
    `most` limits the movers listed. Raises PolicyProblem where villages cannot be told apart.
    """
    villages = match(old.roster, new.roster)
    policies = (old.plan.policy, new.plan.policy)
    granted = [output for policy in policies for output in policy.granted_outputs]
    every = {o.id: o for policy in reversed(policies) for o in policy.summed_outputs}
    measured = [
        (measure, {o.id: o for o in granted if measure.has(o)}) for measure in measures(granted)
    ] or [(MONEY, {})]
    steps = bridge(old, new, villages, columns, [(measure, list(ids)) for measure, ids in measured])
    touched = np.zeros(len(villages), dtype=np.bool_)
    lanes: list[Lane] = []
    for (measure, outputs), lane_steps in zip(measured, steps, strict=True):
        tally = _Tally(old, new, villages, measure)
        before, after = tally.both(outputs)
        shifts = Shifts([tally.both([id_]) for id_ in outputs], len(villages))
        touched |= shifts.size != 0
        lanes.append(Lane(
            measure, list(outputs.values()),
            tally.part("", words("versions.total"), before, after),
            *shifts.totals(),
            tally.counties(before, after),
            [tally.part(o.id, o.title, *tally.both([o.id])) for o in outputs.values()],
            tally.payers(list(outputs)),
            lane_steps,
            movers(Both(old, new, villages, (before, after), lane_steps), shifts, most, measure),
        ))  # fmt: skip
    parts = [_Tally(old, new, villages, measure_of(o)).every(o) for o in every.values()]
    changes = others((old, new), villages, most)
    for change in changes:
        touched |= change.at & change.shown
    pools = pool_changes(old.result, new.result)
    return Comparison(
        old,
        new,
        lanes,
        parts,
        pools,
        changes,
        int(touched.sum()),
        group_changes(old.result, new.result),
    )


class _Tally:
    """Adds up amounts of both sides by village and group."""

    def __init__(self, old: Side, new: Side, villages: Villages, measure: Measure) -> None:
        self._sides, self._measure = (old, new), measure
        self._villages = villages
        self._places = (villages.old, villages.new)
        self._joined, self._left = villages.joined, villages.left

    def every(self, output: Output) -> Part:
        """A row of an output, granted or not."""
        return self.part(output.id, output.title, *self.both([output.id], granted=False))

    def both(self, ids: Iterable[str], *, granted: bool = True) -> tuple[Amounts, Amounts]:
        """The outputs added up by village, before and after; `granted` as each side's policy has it."""
        ids = list(ids)
        before, after = (
            self._villages.spread(
                amounts_of(side.result, ids, self._measure, granted=granted), places
            )
            for side, places in zip(self._sides, self._places, strict=True)
        )
        return before, after

    def part(self, id_: str, title: Words, before: Amounts, after: Amounts) -> Part:
        """A row over all villages."""
        return self._part(id_, title, (before, after), slice(None))

    def _part(
        self,
        id_: str,
        title: Words,
        amounts: tuple[Amounts, Amounts],
        at: slice | Places,
    ) -> Part:
        before, after = amounts[0][at], amounts[1][at]
        joined, left = self._joined[at], self._left[at]
        diff = difference(after, before)
        stayed = ~joined & ~left
        more, less = stayed & (diff > 0), stayed & (diff < 0)
        up, down = (less, more) if self._measure.charge else (more, less)
        return Part(
            id_, title, exact_sum(before), exact_sum(after),
            int(up.sum()), int(down.sum()), int((stayed & (diff == 0)).sum()),
            int(joined.sum()), int(left.sum()),
            exact_sum(diff[up]), exact_sum(diff[down]), exact_sum(diff[joined]), exact_sum(diff[left]),
            self._measure,
        )  # fmt: skip

    def counties(self, before: Amounts, after: Amounts) -> list[Part]:
        """By county: what each side paid in it, and its villages (of the new roster, or that left).

        A village that moved to another county counts in the new one, with its whole gain or loss. Nothing
        where neither policy has counties.
        """
        (old_codes, old_names), (new_codes, new_names) = (
            side.result.groups(COUNTY) for side in self._sides
        )
        grouped = any(side.plan.policy.grouped for side in self._sides)
        if not grouped:
            return []
        names = list(dict.fromkeys([*new_names, *old_names]))
        place = {name: n for n, name in enumerate(names)}
        was = self._spread_codes(old_codes, [place[name] for name in old_names], 0)
        now = self._spread_codes(new_codes, [place[name] for name in new_names], 1)
        old, new = _by_group(before, was, len(names)), _by_group(after, now, len(names))
        codes = np.where(now >= 0, now, was)
        order = np.argsort(codes, kind="stable")
        ends = np.searchsorted(codes[order], np.arange(len(names) + 1))
        return [
            replace(
                self._part(name, same(name), (before, after), order[ends[n] : ends[n + 1]]),
                old=old[n], new=new[n],
            )
            for n, name in enumerate(names)
        ]  # fmt: skip

    def _spread_codes(self, codes: Places, to: list[int], side: int) -> Places:
        places = self._places[side]
        spread = np.full(len(places), -1, dtype=np.int64)
        present = places >= 0
        if len(codes):
            spread[present] = np.array(to, dtype=np.int64)[codes][places[present]]
        return spread

    def payers(self, ids: Sequence[str]) -> list[Part]:
        """By payer, each side by its own policy's."""
        policies = [side.plan.policy for side in self._sides]
        who = [{o.id: o.payer for o in policy.granted_outputs} for policy in policies]
        who = [{id_: payer for id_, payer in payer_of.items() if id_ in ids} for payer_of in who]
        titles = {**policies[0].payers, **policies[1].payers}
        parts: list[Part] = []
        for payer in [*titles, None]:
            of_payer = [
                [id_ for id_ in ids if id_ in payer_of and payer_of[id_] == payer]
                for payer_of in who
            ]
            if not any(of_payer):
                continue
            before, after = (
                self._villages.spread(amounts_of(side.result, side_ids, self._measure), places)
                for side, side_ids, places in zip(self._sides, of_payer, self._places, strict=True)
            )
            title = words("versions.no_payer") if payer is None else titles[payer]
            parts.append(self.part(payer or "", title, before, after))
        return parts


def _by_group(amounts: Amounts, codes: Places, groups: int) -> list[int]:
    """Amounts added up by group; those of villages without one (-1) are zero."""
    known = codes >= 0
    return [int(amount) for amount in total(amounts[known], codes[known], groups).tolist()]


def compare(
    versions: tuple[Version, Version],
    rosters: tuple[Path | None, Path | None],
    basis: Basis,
    most: int | None = 20,
) -> Comparison | list[Roster]:
    """Run both versions and hold them against each other.

    `rosters` are the old and the new one's files; None is a recorded run's own, and for OLD without one
    the new side's. `most` limits the movers listed. Where rows are rejected nothing is compared, and the
    rosters that have them come back. Raises PolicyProblem.
    """
    old, new = versions
    read = _rosters(versions, rosters, basis)
    distinct = read[:1] if read[0] is read[1] else read
    faulty = [r for r in distinct if any(reject.severity == "error" for reject in r.rejects)]
    if faulty:
        return faulty
    columns = _new_as_old(old, new, (rosters[1], read[1]), basis)
    return compare_sides(_run(old, read[0]), _run(new, read[1]), columns, most)


def compare_read(
    versions: tuple[Version, Version],
    roster: Roster,
    most: int | None = 20,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Both versions of a policy with the same facts on a roster that is read already.

    `progress` is told how many more villages are done, of twice as many. Raises PolicyProblem.
    """
    old, new = (_run(version, roster, progress) for version in versions)
    return compare_sides(old, new, roster.columns, most)


def _run(version: Version, roster: Roster, progress: Callable[[int], None] | None = None) -> Side:
    return Side(version, roster, calculate(version.plan(), roster.columns, progress))


def _rosters(
    versions: tuple[Version, Version], files: tuple[Path | None, Path | None], basis: Basis
) -> tuple[Roster, Roster]:
    (old, new), (old_file, new_file) = versions, files
    new_roster = new.roster if new_file is None else _read(new_file, new.policy, new.on, basis)
    if new_roster is None:
        raise PolicyProblem([say("FC905", Span(new.label))])
    if old_file is None and old.roster is not None:
        return old.roster, new_roster
    file = old_file or new_file
    if file is None or (file == new_file and same_facts(old.policy, new.policy)):
        return new_roster, new_roster
    return _read(file, old.policy, old.on, basis), new_roster


def _read(file: Path, policy: Policy, on: date, basis: Basis) -> Roster:
    return read_roster(file, policy, sheet=basis.sheet, columns=basis.columns, on=on)


def _new_as_old(
    old: Version, new: Version, source: tuple[Path | None, Roster], basis: Basis
) -> Columns | None:
    """The new roster as the old policy reads it; None where it cannot."""
    file, roster = source
    if same_facts(old.policy, new.policy):
        return roster.columns
    if file is None:
        return None
    try:
        again = _read(file, old.policy, new.on, basis)
    except PolicyProblem:
        return None
    return again.columns if len(again) == len(roster) else None


def same_facts(policy: Policy, other: Policy) -> bool:
    """Whether both read a roster alike."""

    def plain(fact: Fact) -> tuple[object, ...]:
        return (
            fact.title, fact.aliases, fact.type, fact.required, fact.default, fact.low, fact.high,
            fact.digits,
        )  # fmt: skip

    facts = [{id_: plain(fact) for id_, fact in p.facts.items()} for p in (policy, other)]
    return facts[0] == facts[1]


def unmet(comparison: Comparison) -> list[Words]:
    """What must hold of all villages together and does not, by side: it stops a run, no comparison."""
    sides = ((words("reports.old"), comparison.old), (words("reports.new"), comparison.new))
    return [
        words("versions.unmet", which=label, text=diagnostic.message)
        for label, side in sides
        for diagnostic in unmet_whole(side.result)
    ]


def absent_names(comparison: Comparison) -> list[Diagnostic]:
    """A warning for each name, such as a county, that either policy lists and its roster lacks.

    Also of what either asks of the run before and nothing gave, and of who double-checked where it was not
    the rules engine.
    """
    sides = (comparison.old, comparison.new)
    by_message = {d.message: d for s in sides for d in absent.absent_names(s.plan, s.roster.column)}
    for side in sides:
        by_message |= {
            d.message: d for d in absent.no_run_before(side.plan.policy, side.roster.gives)
        }
    return [*by_message.values(), *without_rules(max(side.result.checked for side in sides))]


def share(text: str) -> Decimal:
    """`5 %` or `5%` as 0.05. Raises PolicyProblem where it is no percentage."""
    number = percent(text)
    if number is None:
        raise PolicyProblem([say("FC906", Span(f"--stop-over {text}"), text=text)])
    return number
