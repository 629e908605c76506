"""The list of doubts: what an auditor asks about first, each with its cells and the amounts at stake.

Against a run before: villages that fell just under or rose just over a line, jumps, figures of two villages
exchanged, villages that are gone or new. Of the run itself: amounts set by hand, cells set right by hand,
readings on which an amount hinges, assumed facts, equal figures, villages close to a line.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from itertools import chain
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.words import Words, same
from fundcalc.engines.hinges import Hinge
from fundcalc.engines.result import Result
from fundcalc.explain.decision import Amount
from fundcalc.explain.gather import Explainer, Near, near, out_of_reach
from fundcalc.explain.words import said
from fundcalc.language.datatypes import Number, YesNo, is_money
from fundcalc.language.nodes import Value, names
from fundcalc.ledger.by_hand import Change
from fundcalc.ledger.differences import places_in
from fundcalc.policy.model import IDENTITY, Fact
from fundcalc.policy.plan import planned_expressions
from fundcalc.reports.summary import stake_said
from fundcalc.roster.model import ASSUMED, CellCorrection, Roster, place

Kind = Literal[
    "line", "jump", "swap", "gone", "new", "by_hand", "corrected", "hinge", "assumed", "equal",
    "near", "sample",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order of the list: what changed, what people did, what it rests on, and last what was drawn."""

SINCE: tuple[Kind, ...] = ("line", "jump", "swap", "gone", "new")
"""Those that need a run before."""

MOST = 20_000
"""Entries of one kind; of more those with most at stake are listed, and the rest is said."""

_JUMP = 2
"""From twice as much, or half, a figure jumped."""
_FEW, _MANY = 3, 10
"""Villages from which an equal figure is odd: one to the yuan or fen, and one in hundreds of yuan; of more
than 10,000 villages accordingly more."""
_LISTED = 6
"""Villages of one figure that are named."""
_ODD = 10_000
_ROUND = 100_000
"""A thousand yuan: multiples of it are common."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Doubt:
    """One entry. `index` is the village's position, None where the run lacks it or no village is meant.

    `moves` is the money at stake in fen; `cells` are those of the run before and of this one, of several
    on one sheet the further ones without it (`a.csv!E2, F2`).
    """

    kind: Kind
    index: int | None
    who: tuple[str, str, str, str]
    what: Words
    moves: int
    fact: Words | None = None
    values: tuple[Words | None, Words | None] = (None, None)
    cells: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Sample:
    """How many villages are drawn, and by what."""

    size: int
    seed: str


@dataclass(slots=True)
class Doubts:
    """All entries in the order of the list; `left_out` counts those beyond `MOST`, with the money."""

    run: str
    before: str | None
    villages: int
    entries: list[Doubt] = field(default_factory=list)
    left_out: dict[Kind, tuple[int, int]] = field(default_factory=dict)
    unreached: Sequence[str] = ()
    """Programmes whose pools are too large to be shared again, so that nothing is said of their lines."""
    sample: Sample | None = None
    unit: Words | None = None
    """In what the money at stake is; None where there is none."""
    apart: bool = False
    """Whether there is money in other units, which is not counted in it."""

    def counts(self) -> dict[Kind, tuple[int, int]]:
        """Entries of each kind that has any, and the money at stake in fen, those left out among them."""
        counts: dict[Kind, tuple[int, int]] = {}
        for kind in KINDS:
            moves = [doubt.moves for doubt in self.entries if doubt.kind == kind]
            beyond = self.left_out.get(kind, (0, 0))
            if moves or beyond[0]:
                counts[kind] = len(moves) + beyond[0], sum(moves) + beyond[1]
        return counts


@dataclass(frozen=True, slots=True)
class Side:
    """A run to look at: its id, what is paid, and the roster that it was computed from."""

    id: str
    result: Result
    roster: Roster


@dataclass(frozen=True, slots=True)
class Subject(Side):
    """The run in question, with what explains it and what people set by hand."""

    explainer: Explainer
    hinges: Sequence[Hinge]
    changes: Sequence[Change]


def find(
    subject: Subject,
    old: Side | None = None,
    *,
    within: Fraction = Fraction(1, 20),
    sample: Sample | None = None,
    kinds: Collection[Kind] = KINDS,
) -> Doubts:
    """All doubts of some kinds about a run; those about changes only where a run before is given."""
    finder = _Finder(subject, within)
    before = old.id if old is not None else None
    doubts = Doubts(subject.id, before, len(subject.result.rows), sample=sample)
    doubts.unreached = out_of_reach(subject.explainer)
    policy = subject.result.plan.policy
    if policy.stake_unit is not None:
        doubts.unit = stake_said(policy)
        paid_outputs = [output for output in policy.money_outputs if output.payer is not None]
        doubts.apart = not all(map(policy.at_stake, paid_outputs))
    entries: dict[Kind, Iterator[tuple[int, Callable[[], Doubt]]]] = {}
    crossed: set[tuple[int, str]] = set()
    if old is not None:
        since = _Since(finder, old)
        crossed = since.crossed
        entries |= {
            "line": since.lines(), "jump": since.jumps(), "swap": since.swaps(),
            "gone": since.gone(), "new": since.new(),
        }  # fmt: skip
    entries |= {
        "by_hand": finder.by_hand(), "corrected": finder.corrected(), "hinge": finder.hinge(),
        "assumed": finder.assumed(), "equal": finder.equal(), "near": finder.near(crossed),
    }  # fmt: skip
    if sample is not None:
        entries["sample"] = finder.drawn(sample)
    for kind in (kind for kind in KINDS if kind in kinds):
        ranked = sorted(entries.get(kind, ()), key=lambda entry: -entry[0])
        doubts.entries += [make() for _, make in ranked[:MOST]]
        if ranked[MOST:]:
            doubts.left_out[kind] = len(ranked) - MOST, sum(moves for moves, _ in ranked[MOST:])
    return doubts


Entries = Iterator[tuple[int, Callable[[], Doubt]]]
"""The money at stake of each entry, and what makes it: of many only those with most are made."""


class _Finder:
    """What the run itself gives cause to ask."""

    def __init__(self, subject: Subject, within: Fraction) -> None:
        self.subject, self.within = subject, within
        self.result, self.roster = subject.result, subject.roster
        policy = self.result.plan.policy
        self.facts: Mapping[str, Fact] = policy.facts
        self.outputs = {o.id: o for p in policy.programmes for o in p.outputs}
        self.paid = paid(self.result)
        frames = subject.explainer.frames.programmes
        self._of_programme = {f.programme.id: paid(self.result, f.programme.id) for f in frames}
        self._using: dict[str, list[str]] = defaultdict(list)
        for frame in frames:
            for id_ in frame.facts:
                self._using[id_].append(frame.programme.id)
        self._of_reading: dict[str, dict[str, None]] = defaultdict(dict)
        for node in chain(*map(planned_expressions, self.result.plan.open_programmes)):
            used = list(names(node))
            facts = [name.id for name in used if name.id in self.facts and name.id not in IDENTITY]
            for name in used:
                if name.kind == "reading":
                    self._of_reading[name.id] |= dict.fromkeys(facts)

    def who(self, index: int) -> tuple[str, str, str, str]:
        """Code, name, town and county of a village."""
        return identity(self.roster, index)

    def rests_on(self, ids: Iterable[str]) -> Numbers:
        """By village what those programmes pay that use any of some facts."""
        programmes = {programme for id_ in ids for programme in self._using.get(id_, ())}
        nothing = np.zeros(len(self.result.rows), dtype=np.int64)
        return sum((self._of_programme[programme] for programme in programmes), nothing)

    def in_words(self, id_: str, value: Value) -> Words:
        """A fact's or output's value for a reader."""
        kind = self.facts[id_].type if id_ in self.facts else self.outputs[id_].type
        amount = Amount(value.item() if isinstance(value, np.generic) else value, kind)
        return Words(said(amount, "zh"), said(amount, "en"))

    def cell(self, id_: str, index: int) -> str:
        """Where a fact stands; nothing where it was assumed."""
        origin = self.roster.origin(id_, index)
        return "" if origin == ASSUMED else origin

    def cells(self, ids: Iterable[str], index: int) -> str:
        """Where some facts stand, or would stand were they filled in; else where the village does."""
        cells: list[str] = []
        last = ""
        for id_ in ids:
            cell = self.roster.stands(id_, index) or self.cell(id_, index)
            source, _, place = cell.rpartition("!")
            if cell and cell not in cells:
                cells.append(place if source and source == last else cell)
                last = source
        return ", ".join(cells) or _row(self.roster, index)

    def values(self, ids: Iterable[str], index: int) -> Words:
        """Some facts of a village, each with its value."""
        said = [
            (self.facts[id_].title, self.in_words(id_, self.roster.column(id_)[index]))
            for id_ in ids
        ]
        return Words(
            "、".join(f"{title.zh} {value.zh}" for title, value in said),
            ", ".join(f"{title.en} {value.en}" for title, value in said),
        )

    def fact(self, kind: Kind, index: int, id_: str, what: Words, moves: int) -> Doubt:
        """An entry about one fact of a village."""
        value = self.in_words(id_, self.roster.column(id_)[index])
        title, cell = self.facts[id_].title, self.cell(id_, index)
        return Doubt(kind, index, self.who(index), what, moves, title, (None, value), ("", cell))

    def by_hand(self) -> Entries:
        """Amounts that were set in place of what the rules gave."""
        for change in self.subject.changes:
            before, after = change.before, change.after
            if change.by is None or not isinstance(before, int) or not isinstance(after, int):
                continue
            counts = self.result.plan.policy.at_stake(self.outputs[change.output])
            moves = abs(after - before) if counts else 0

            def make(change: Change = change, moves: int = moves) -> Doubt:
                assert change.by is not None
                grounds = {
                    "reason": change.by.reason,
                    "document": change.by.document,
                    "by": change.by.approver,
                }
                what = words("auditing.doubt_by_hand", **grounds)
                id_, index = change.output, change.index
                values = self.in_words(id_, change.before), self.in_words(id_, change.after)
                title, cells = self.outputs[id_].title, ("", change.by.place)
                return Doubt("by_hand", index, self.who(index), what, moves, title, values, cells)

            yield moves, make

    def corrected(self) -> Entries:
        """Cells that were set right by hand before anything was computed."""
        places: dict[str, tuple[int, str]] = {}
        corrected_columns = {
            correction.cell.rstrip("0123456789"): "" for correction in self.roster.corrections
        }
        first = 0
        for part in self.roster.parts:
            for id_, column in part.cells.items():
                if place(part.file, part.sheet, column) in corrected_columns:
                    for position in range(first, first + part.villages):
                        cell = f"{column}{self.roster.rows[position]}"
                        places[place(part.file, part.sheet, cell)] = position, id_
            first += part.villages
        for correction in self.roster.corrections:
            index, id_ = places.get(correction.cell, (None, ""))
            moves = int(self.rests_on([id_])[index]) if index is not None else 0

            def make(
                correction: CellCorrection = correction,
                index: int | None = index,
                id_: str = id_,
                moves: int = moves,
            ) -> Doubt:
                who = self.who(index) if index is not None else ("", "", "", "")
                what = words("auditing.doubt_corrected", why=correction.why, by=correction.by)
                values = (same(correction.was or "—"), same(correction.now or "—"))
                title = self.facts[id_].title if id_ else None
                return Doubt(
                    "corrected", index, who, what, moves, title, values, ("", correction.cell)
                )

            yield moves, make

    def hinge(self) -> Entries:
        """Amounts that another option of a reading would change: of all options the one that moves most.

        Where the policy has no money every result counts. What is in another unit has nothing at stake.
        """
        policy = self.result.plan.policy
        money, at_stake = policy.money_outputs, policy.at_stake
        largest: dict[tuple[int, str], tuple[int, str]] = {}
        for hinge in self.subject.hinges:
            moves: dict[int, int] = defaultdict(int)
            for id_, changed in hinge.changes.items():
                if not money:
                    moves.update(dict.fromkeys(changed, 0))
                    continue
                output = self.outputs[id_]
                if output.payer is None and not output.charge:
                    continue
                if not at_stake(output):
                    for index, _ in changed.pairs():
                        moves[index] += 0
                    continue
                amounts = self.result.numbers(id_)
                for index, value in changed.pairs():
                    moves[index] += (
                        abs(value - int(amounts[index])) if isinstance(value, int) else 0
                    )
            for index, fen in moves.items():
                if fen > largest.get((index, hinge.reading), (-1, ""))[0]:
                    largest[index, hinge.reading] = fen, hinge.option
        for (index, reading), (fen, option) in largest.items():

            def make(
                index: int = index, reading: str = reading, option: str = option, fen: int = fen
            ) -> Doubt:
                about = self.result.plan.policy.readings[reading]
                what = words(
                    "auditing.doubt_hinge", question=about.question, other=about.options[option]
                )
                ids = [id_ for id_ in self._of_reading[reading] if id_ in self.roster.columns]
                value = self.values(ids, index) if ids else None
                cells = "", self.cells(ids, index)
                return Doubt("hinge", index, self.who(index), what, fen, None, (None, value), cells)

            yield fen, make

    def assumed(self) -> Entries:
        """Villages for which the roster lacks a fact that money rests on."""
        marks = {
            id_: np.asarray(flags, dtype=np.bool_)
            for id_, flags in self.roster.assumed.items()
            if id_ in self._using
        }
        if not marks:
            return
        together: NDArray[np.bool_] = np.logical_or.reduce(list(marks.values()))
        rests = {id_: self.rests_on([id_]) for id_ in marks}
        for index in np.flatnonzero(together).tolist():
            ids = [id_ for id_, mark in marks.items() if mark[index]]
            fen = max(int(rests[id_][index]) for id_ in ids)

            def make(index: int = index, ids: list[str] = ids, fen: int = fen) -> Doubt:
                what = words("auditing.doubt_assumed", facts=self.values(ids, index))
                cells = "", self.cells(ids, index)
                return Doubt("assumed", index, self.who(index), what, fen, cells=cells)

            yield fen, make

    def equal(self) -> Entries:
        """Money that is the same, to the fen and no round figure, in several villages."""
        for id_, fact in self.facts.items():
            if not is_money(fact.type) or id_ not in self.roster.columns:
                continue
            column = np.asarray(self.roster.column(id_), dtype=np.int64)
            values, counts = np.unique(column, return_counts=True)
            least = np.where(values % _ODD == 0, _MANY, _FEW) * max(1, len(column) // _ODD)
            rests = self.rests_on([id_])
            for value in values[(counts >= least) & (values % _ROUND != 0)].tolist():
                indices = np.flatnonzero(column == value).tolist()
                fen = int(rests[indices].sum())

                def make(indices: list[int] = indices, id_: str = id_, fen: int = fen) -> Doubt:
                    others = [
                        f"{self.name_and_code(i)} {self.cell(id_, i)}".strip()
                        for i in indices[1:_LISTED]
                    ]
                    rest = len(indices) - 1 - len(others)
                    joined = Words("、".join(others), ", ".join(others))
                    what = words("auditing.doubt_equal", n=len(indices), others=joined)
                    if rest:
                        what = words(
                            "auditing.doubt_equal_more", n=len(indices), others=joined, more=rest
                        )
                    return self.fact("equal", indices[0], id_, what, fen)

                yield fen, make

    def name_and_code(self, index: int) -> str:
        """A village's name and code."""
        code, name, _, _ = self.who(index)
        return f"{name} {code}".strip()

    def near(self, crossed: set[tuple[int, str]]) -> Entries:
        """Villages close to a line, but those that crossed it."""
        for close in near(self.subject.explainer, self.within):
            if (close.index, close.fact) not in crossed:
                yield close.moves, lambda close=close: self.at_line("near", close, None)  # type: ignore[misc]

    def at_line(self, kind: Kind, close: Near, before: tuple[Words, str] | None) -> Doubt:
        """A village at a line, and what it was before, if known."""
        titles = self.outputs
        changes = [
            (titles[id_].title, said_both(close.before[id_]), said_both(after))
            for id_, after in close.change.outputs.items()
        ]
        then = Words(
            "；".join(f"{t.zh} {b.zh} → {a.zh}" for t, b, a in changes),
            "; ".join(f"{t.en} {b.en} → {a.en}" for t, b, a in changes),
        )
        line = said_both(close.threshold)
        if before is None:
            what = words("auditing.doubt_near", line=line, then=then)
        elif close.value.value < close.threshold.value:  # type: ignore[operator]
            what = words("auditing.doubt_under", line=line, then=then)
        else:
            what = words("auditing.doubt_over", line=line, then=then)
        values = (before[0] if before else None, said_both(close.value))
        cells = (before[1] if before else "", self.cell(close.fact, close.index))
        title = self.facts[close.fact].title
        return Doubt(
            kind, close.index, self.who(close.index), what, close.moves, title, values, cells
        )

    def drawn(self, sample: Sample) -> Entries:
        """Villages drawn by the digests of the seed and of who they are: the smallest come first."""

        def digest(index: int) -> str:
            who = "|".join(self.who(index))
            return hashlib.sha256(f"{sample.seed}|{who}".encode()).hexdigest()

        chosen = sorted(range(len(self.roster)), key=digest)[: sample.size]
        for number, index in enumerate(chosen, 1):
            fen = int(self.paid[index])

            def make(index: int = index, number: int = number, fen: int = fen) -> Doubt:
                what = words("auditing.doubt_sample", number=number)
                cells = "", _row(self.roster, index)
                return Doubt("sample", index, self.who(index), what, fen, cells=cells)

            yield fen, make


class _Since:
    """What changed since a run before; villages are matched by code, without codes by county, town, name."""

    def __init__(self, finder: _Finder, old: Side) -> None:
        self._finder, self._old = finder, old
        before = places_in(old.result, finder.result)
        self._in_new = np.flatnonzero(before >= 0)
        self._in_old = before[self._in_new]
        self._new = np.flatnonzero(before < 0)
        self._gone = np.setdiff1d(np.arange(len(old.result.rows)), self._in_old)
        self._paid_before = paid(old.result)
        self._lines = list(self._crossings())
        self.crossed = {(close.index, close.fact) for close, _ in self._lines}

    def _paid_difference(self, indices: Numbers | int, old_indices: Numbers | int) -> Numbers:
        """The money by which what is paid differs."""
        difference: Numbers = np.abs(self._finder.paid[indices] - self._paid_before[old_indices])
        return difference

    def _columns(self) -> Iterator[tuple[Fact, Numbers, Numbers]]:
        """Each number and yes/no that both runs have, of the villages in both: now, and before."""
        for id_, fact in self._finder.facts.items():
            in_both = id_ in self._finder.roster.columns and id_ in self._old.roster.columns
            if in_both and isinstance(fact.type, Number | YesNo) and not fact.of_before:
                now, before = (
                    np.asarray(roster.column(id_), dtype=np.int64)
                    for roster in (self._finder.roster, self._old.roster)
                )
                yield fact, now[self._in_new], before[self._in_old]

    def _crossings(self) -> Iterator[tuple[Near, int]]:
        """Lines close to which a village is now, and which it has crossed, with its place before."""
        changed: dict[int, int] = {}
        values: dict[str, dict[int, int]] = {}
        for fact, now, before in self._columns():
            indices = np.flatnonzero(now != before)
            changed |= zip(
                self._in_new[indices].tolist(), self._in_old[indices].tolist(), strict=True
            )
            values[fact.id] = dict(
                zip(self._in_new[indices].tolist(), before[indices].tolist(), strict=True)
            )
        finder = self._finder
        for close in near(finder.subject.explainer, finder.within, changed):
            before_value = values.get(close.fact, {}).get(close.index)
            line, value = close.threshold.value, close.value.value
            if before_value is None or not isinstance(line, int) or not isinstance(value, int):
                continue
            if before_value >= line if value < line else before_value <= line:
                yield close, changed[close.index]

    def lines(self) -> Entries:
        """Villages that fell just under a line, or rose just over one."""
        for close, old_index in self._lines:
            yield (
                close.moves,
                lambda close=close, old_index=old_index: self._finder.at_line(  # type: ignore[misc]
                    "line", close, self._before(close.fact, old_index)
                ),
            )

    def _before(self, id_: str, old_index: int) -> tuple[Words, str]:
        """A fact's value before, and its cell."""
        old = self._old.roster
        origin = old.origin(id_, old_index)
        value = self._finder.in_words(id_, old.column(id_)[old_index])
        return value, "" if origin == ASSUMED else origin

    def _changed(
        self, kind: Kind, fact: Fact, index: int, old_index: int, what: Words, fen: int
    ) -> Doubt:
        finder = self._finder
        value, cell = self._before(fact.id, old_index)
        now = finder.in_words(fact.id, finder.roster.column(fact.id)[index])
        cells = (cell, finder.cell(fact.id, index))
        return Doubt(kind, index, finder.who(index), what, fen, fact.title, (value, now), cells)

    def jumps(self) -> Entries:
        """Figures that doubled, halved, came from nothing or went to it; a yes or no that moved money."""
        for fact, now, before in self._columns():
            fen = self._paid_difference(self._in_new, self._in_old)
            if isinstance(fact.type, YesNo):
                hit = (now != before) & (fen != 0)
            else:
                low, high = (
                    np.minimum(np.abs(now), np.abs(before)),
                    np.maximum(np.abs(now), np.abs(before)),
                )
                hit = (now != before) & (high >= _JUMP * low)
            for i in np.flatnonzero(hit).tolist():
                yield int(fen[i]), lambda i=i, fact=fact, fen=fen, now=now, before=before: self._changed(  # type: ignore[misc]
                    "jump", fact, int(self._in_new[i]), int(self._in_old[i]),
                    _jumped(fact, int(before[i]), int(now[i])), int(fen[i]),
                )  # fmt: skip

    def swaps(self) -> Entries:
        """Two villages of a county whose figures were exchanged; figures that many have say nothing."""
        codes, _ = self._finder.result.groups("county")
        county = codes[self._in_new]
        fen = self._paid_difference(self._in_new, self._in_old)
        for fact, now, before in self._columns():
            if isinstance(fact.type, YesNo):
                continue
            _, groups, counts = np.unique(
                np.stack([county, before]), axis=1, return_inverse=True, return_counts=True
            )
            alone = counts[groups.reshape(-1)] == 1
            changed = np.flatnonzero((now != before) & alone)
            by_value = {(int(county[i]), int(before[i])): i for i in changed.tolist()}
            for i in changed.tolist():
                other = by_value.get((int(county[i]), int(now[i])))
                if other is None or other <= i or int(now[other]) != int(before[i]):
                    continue
                stake = int(fen[i] + fen[other])
                yield stake, lambda i=i, other=other, fact=fact, stake=stake: self._changed(  # type: ignore[misc]
                    "swap", fact, int(self._in_new[i]), int(self._in_old[i]),
                    words("auditing.doubt_swap", other=self._finder.name_and_code(int(self._in_new[other])),
                          cell=self._finder.cell(fact.id, int(self._in_new[other])) or "—"), stake,
                )  # fmt: skip

    def gone(self) -> Entries:
        """Villages that the run before had."""
        for index in self._gone.tolist():
            fen = int(self._paid_before[index])
            yield fen, lambda index=index, fen=fen: Doubt(  # type: ignore[misc]
                "gone", None, identity(self._old.roster, index), words("auditing.doubt_gone"), fen,
                None, (None, None), (_row(self._old.roster, index), ""),
            )  # fmt: skip

    def new(self) -> Entries:
        """Villages that the run before did not have."""
        for index in self._new.tolist():
            fen = int(self._finder.paid[index])
            yield fen, lambda index=index, fen=fen: Doubt(  # type: ignore[misc]
                "new", index, self._finder.who(index), words("auditing.doubt_new"), fen,
                None, (None, None), ("", _row(self._finder.roster, index)),
            )  # fmt: skip


def _jumped(fact: Fact, before: int, now: int) -> Words:
    if isinstance(fact.type, YesNo):
        return words("auditing.doubt_turned")
    if not before or not now:
        return words("auditing.doubt_from_nothing")
    ratio = Fraction(max(now, before), min(now, before))
    times = str(ratio) if ratio.denominator == 1 else f"{float(ratio):.1f}"
    return words("auditing.doubt_more" if now > before else "auditing.doubt_less", times=times)


def _row(roster: Roster, index: int) -> str:
    """The cell of a village's code or name."""
    return next((o for id_ in IDENTITY if (o := roster.origin(id_, index)) != ASSUMED), "")


def paid(result: Result, programme: str | None = None) -> Numbers:
    """What somebody pays for each village, of all programmes or of one, in fen: all in one unit."""
    amounts = np.zeros(len(result.rows), dtype=np.int64)
    for listed in result.plan.policy.listed_programmes:
        for output in listed.outputs if programme in (None, listed.id) else ():
            if output.payer is not None and result.plan.policy.at_stake(output):
                amounts = amounts + result.numbers(output.id)
    return amounts


def identity(roster: Roster, index: int) -> tuple[str, str, str, str]:
    """Code, name, town and county of a village; "" for what the roster does not have."""
    columns = [roster.column(id_) for id_ in IDENTITY]
    code, name, town, county = (str(column[index]) if len(column) else "" for column in columns)
    return code, name, town, county


def said_both(amount: Amount) -> Words:
    """An amount in both languages."""
    return Words(said(amount, "zh"), said(amount, "en"))
