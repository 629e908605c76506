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
from fundcalc.language.nodes import Value
from fundcalc.ledger.by_hand import Change
from fundcalc.ledger.differences import places_in
from fundcalc.policy.model import IDENTITY, Fact
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
    """One entry. `index` is the village's position, None where the run does not have it or it is none's.

    `moves` is the money at stake in fen; `cells` are those of the run before and of this one.
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
        found: dict[Kind, tuple[int, int]] = {}
        for kind in KINDS:
            moves = [one.moves for one in self.entries if one.kind == kind]
            more = self.left_out.get(kind, (0, 0))
            if moves or more[0]:
                found[kind] = len(moves) + more[0], sum(moves) + more[1]
        return found


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
    """All doubts about a run of some kinds, those about changes since another one where it is given."""
    finder = _Finder(subject, within)
    before = old.id if old is not None else None
    found = Doubts(subject.id, before, len(subject.result.rows), sample=sample)
    found.unreached = out_of_reach(subject.explainer)
    policy = subject.result.plan.policy
    if policy.stake_unit is not None:
        found.unit = stake_said(policy)
        paid_ = [one for one in policy.money_outputs if one.payer is not None]
        found.apart = not all(map(policy.at_stake, paid_))
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
        made = sorted(entries.get(kind, ()), key=lambda one: -one[0])
        found.entries += [make() for _, make in made[:MOST]]
        if made[MOST:]:
            found.left_out[kind] = len(made) - MOST, sum(moves for moves, _ in made[MOST:])
    return found


Made = Iterator[tuple[int, Callable[[], Doubt]]]
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

    def who(self, index: int) -> tuple[str, str, str, str]:
        """Code, name, town and county of a village."""
        return identity(self.roster, index)

    def rests_on(self, ids: Iterable[str]) -> Numbers:
        """By village what the programmes pay that use one of some facts."""
        programmes = {one for id_ in ids for one in self._using.get(id_, ())}
        nothing = np.zeros(len(self.result.rows), dtype=np.int64)
        return sum((self._of_programme[one] for one in programmes), nothing)

    def said(self, id_: str, value: Value) -> Words:
        """A fact's or output's value for a reader."""
        kind = self.facts[id_].type if id_ in self.facts else self.outputs[id_].type
        amount = Amount(value.item() if isinstance(value, np.generic) else value, kind)
        return Words(said(amount, "zh"), said(amount, "en"))

    def cell(self, id_: str, index: int) -> str:
        """Where a fact stands; nothing where it was assumed."""
        origin = self.roster.origin(id_, index)
        return "" if origin == ASSUMED else origin

    def fact(self, kind: Kind, index: int, id_: str, what: Words, moves: int) -> Doubt:
        """An entry about one fact of a village."""
        value = self.said(id_, self.roster.column(id_)[index])
        title, cell = self.facts[id_].title, self.cell(id_, index)
        return Doubt(kind, index, self.who(index), what, moves, title, (None, value), ("", cell))

    def by_hand(self) -> Made:
        """Amounts that were set in place of what the rules gave."""
        for one in self.subject.changes:
            if one.by is None or not isinstance(one.before, int) or not isinstance(one.after, int):
                continue
            counts = self.result.plan.policy.at_stake(self.outputs[one.output])
            moves = abs(one.after - one.before) if counts else 0

            def make(one: Change = one, moves: int = moves) -> Doubt:
                assert one.by is not None
                grounds = {
                    "reason": one.by.reason,
                    "document": one.by.document,
                    "by": one.by.approver,
                }
                what = words("auditing.doubt_by_hand", **grounds)
                values = (self.said(one.output, one.before), self.said(one.output, one.after))
                title = self.outputs[one.output].title
                return Doubt("by_hand", one.index, self.who(one.index), what, moves, title, values)

            yield moves, make

    def corrected(self) -> Made:
        """Cells that were set right by hand before anything was computed."""
        places: dict[str, tuple[int, str]] = {}
        wanted = {one.cell.rstrip("0123456789"): "" for one in self.roster.corrections}
        first = 0
        for part in self.roster.parts:
            for id_, column in part.cells.items():
                if place(part.file, part.sheet, column) in wanted:
                    for at in range(first, first + part.villages):
                        cell = f"{column}{self.roster.rows[at]}"
                        places[place(part.file, part.sheet, cell)] = at, id_
            first += part.villages
        for one in self.roster.corrections:
            index, id_ = places.get(one.cell, (None, ""))
            moves = int(self.rests_on([id_])[index]) if index is not None else 0

            def make(
                one: CellCorrection = one,
                index: int | None = index,
                id_: str = id_,
                moves: int = moves,
            ) -> Doubt:
                who = self.who(index) if index is not None else ("", "", "", "")
                what = words("auditing.doubt_corrected", why=one.why, by=one.by)
                values = (same(one.was or "—"), same(one.now or "—"))
                title = self.facts[id_].title if id_ else None
                return Doubt("corrected", index, who, what, moves, title, values, ("", one.cell))

            yield moves, make

    def hinge(self) -> Made:
        """Amounts that another option of a reading would change: of all options the one that moves most.

        Where the policy has no money every result counts. What is in another unit has nothing at stake.
        """
        policy = self.result.plan.policy
        money, at_stake = policy.money_outputs, policy.at_stake
        most: dict[tuple[int, str], tuple[int, str]] = {}
        for hinge in self.subject.hinges:
            moved: dict[int, int] = defaultdict(int)
            for id_, changed in hinge.changes.items():
                if not money:
                    moved.update(dict.fromkeys(changed, 0))
                    continue
                output = self.outputs[id_]
                if output.payer is None and not output.charge:
                    continue
                if not at_stake(output):
                    for at, _ in changed.pairs():
                        moved[at] += 0
                    continue
                now = self.result.numbers(id_)
                for at, value in changed.pairs():
                    moved[at] += abs(value - int(now[at])) if isinstance(value, int) else 0
            for at, fen in moved.items():
                if fen > most.get((at, hinge.reading), (-1, ""))[0]:
                    most[at, hinge.reading] = fen, hinge.option
        for (at, reading), (fen, option) in most.items():

            def make(
                at: int = at, reading: str = reading, option: str = option, fen: int = fen
            ) -> Doubt:
                about = self.result.plan.policy.readings[reading]
                what = words(
                    "auditing.doubt_hinge", question=about.question, other=about.options[option]
                )
                return Doubt("hinge", at, self.who(at), what, fen)

            yield fen, make

    def assumed(self) -> Made:
        """Villages of which the roster does not say a fact that money rests on."""
        marks = {
            id_: np.asarray(taken, dtype=np.bool_)
            for id_, taken in self.roster.assumed.items()
            if id_ in self._using
        }
        if not marks:
            return
        together: NDArray[np.bool_] = np.logical_or.reduce(list(marks.values()))
        rests = {id_: self.rests_on([id_]) for id_ in marks}
        for at in np.flatnonzero(together).tolist():
            ids = [id_ for id_, mark in marks.items() if mark[at]]
            fen = max(int(rests[id_][at]) for id_ in ids)

            def make(at: int = at, ids: list[str] = ids, fen: int = fen) -> Doubt:
                titles = [self.facts[id_].title for id_ in ids]
                values = [self.said(id_, self.roster.column(id_)[at]) for id_ in ids]
                pairs = list(zip(titles, values, strict=True))
                what = words(
                    "auditing.doubt_assumed",
                    facts=Words("、".join(f"{t.zh} {v.zh}" for t, v in pairs),
                                ", ".join(f"{t.en} {v.en}" for t, v in pairs)),
                )  # fmt: skip
                return Doubt("assumed", at, self.who(at), what, fen)

            yield fen, make

    def equal(self) -> Made:
        """Money that is the same, to the fen and no round figure, in several villages."""
        for id_, fact in self.facts.items():
            if not is_money(fact.type) or id_ not in self.roster.columns:
                continue
            column = np.asarray(self.roster.column(id_), dtype=np.int64)
            values, counts = np.unique(column, return_counts=True)
            least = np.where(values % _ODD == 0, _MANY, _FEW) * max(1, len(column) // _ODD)
            rests = self.rests_on([id_])
            for value in values[(counts >= least) & (values % _ROUND != 0)].tolist():
                at = np.flatnonzero(column == value).tolist()
                fen = int(rests[at].sum())

                def make(at: list[int] = at, id_: str = id_, fen: int = fen) -> Doubt:
                    others = [f"{self.named(i)} {self.cell(id_, i)}".strip() for i in at[1:_LISTED]]
                    more = len(at) - 1 - len(others)
                    joined = Words("、".join(others), ", ".join(others))
                    what = words("auditing.doubt_equal", n=len(at), others=joined)
                    if more:
                        what = words(
                            "auditing.doubt_equal_more", n=len(at), others=joined, more=more
                        )
                    return self.fact("equal", at[0], id_, what, fen)

                yield fen, make

    def named(self, index: int) -> str:
        """A village's name and code."""
        code, name, _, _ = self.who(index)
        return f"{name} {code}".strip()

    def near(self, crossed: set[tuple[int, str]]) -> Made:
        """Villages close to a line, but those that crossed it."""
        for one in near(self.subject.explainer, self.within):
            if (one.index, one.fact) not in crossed:
                yield one.moves, lambda one=one: self.at_line("near", one, None)  # type: ignore[misc]

    def at_line(self, kind: Kind, one: Near, was: tuple[Words, str] | None) -> Doubt:
        """A village at a line, and what it was before, if known."""
        titles = self.outputs
        moved = [
            (titles[id_].title, said_both(one.before[id_]), said_both(after))
            for id_, after in one.change.outputs.items()
        ]
        then = Words(
            "；".join(f"{t.zh} {b.zh} → {a.zh}" for t, b, a in moved),
            "; ".join(f"{t.en} {b.en} → {a.en}" for t, b, a in moved),
        )
        line = said_both(one.threshold)
        if was is None:
            what = words("auditing.doubt_near", line=line, then=then)
        elif one.value.value < one.threshold.value:  # type: ignore[operator]
            what = words("auditing.doubt_under", line=line, then=then)
        else:
            what = words("auditing.doubt_over", line=line, then=then)
        values = (was[0] if was else None, said_both(one.value))
        cells = (was[1] if was else "", self.cell(one.fact, one.index))
        title = self.facts[one.fact].title
        return Doubt(kind, one.index, self.who(one.index), what, one.moves, title, values, cells)

    def drawn(self, sample: Sample) -> Made:
        """Villages drawn by the digests of the seed and of who they are: the smallest come first."""

        def digest(index: int) -> str:
            who = "|".join(self.who(index))
            return hashlib.sha256(f"{sample.seed}|{who}".encode()).hexdigest()

        chosen = sorted(range(len(self.roster)), key=digest)[: sample.size]
        for number, index in enumerate(chosen, 1):
            fen = int(self.paid[index])

            def make(index: int = index, number: int = number, fen: int = fen) -> Doubt:
                what = words("auditing.doubt_sample", number=number)
                return Doubt("sample", index, self.who(index), what, fen)

            yield fen, make


class _Since:
    """What changed since a run before; villages are matched by code, without codes by county, town, name."""

    def __init__(self, finder: _Finder, old: Side) -> None:
        self._finder, self._old = finder, old
        before = places_in(old.result, finder.result)
        self._now = np.flatnonzero(before >= 0)
        self._was = before[self._now]
        self._new = np.flatnonzero(before < 0)
        self._gone = np.setdiff1d(np.arange(len(old.result.rows)), self._was)
        self._paid_before = paid(old.result)
        self._lines = list(self._crossings())
        self.crossed = {(one.index, one.fact) for one, _ in self._lines}

    def _moved(self, at: Numbers | int, was: Numbers | int) -> Numbers:
        """The money by which what is paid differs."""
        found: Numbers = np.abs(self._finder.paid[at] - self._paid_before[was])
        return found

    def _columns(self) -> Iterator[tuple[Fact, Numbers, Numbers]]:
        """Each number and yes/no of both runs: now, and before, of the villages in both."""
        for id_, fact in self._finder.facts.items():
            both = id_ in self._finder.roster.columns and id_ in self._old.roster.columns
            if both and isinstance(fact.type, Number | YesNo) and not fact.of_before:
                now, was = (
                    np.asarray(one.column(id_), dtype=np.int64)
                    for one in (self._finder.roster, self._old.roster)
                )
                yield fact, now[self._now], was[self._was]

    def _crossings(self) -> Iterator[tuple[Near, int]]:
        """Lines close to which a village is now, and which it has crossed, with its place before."""
        changed: dict[int, int] = {}
        values: dict[str, dict[int, int]] = {}
        for fact, now, was in self._columns():
            at = np.flatnonzero(now != was)
            changed |= zip(self._now[at].tolist(), self._was[at].tolist(), strict=True)
            values[fact.id] = dict(zip(self._now[at].tolist(), was[at].tolist(), strict=True))
        finder = self._finder
        for one in near(finder.subject.explainer, finder.within, changed):
            was_ = values.get(one.fact, {}).get(one.index)
            line, value = one.threshold.value, one.value.value
            if was_ is None or not isinstance(line, int) or not isinstance(value, int):
                continue
            if was_ >= line if value < line else was_ <= line:
                yield one, changed[one.index]

    def lines(self) -> Made:
        """Villages that fell just under a line, or rose just over one."""
        for one, was in self._lines:
            yield (
                one.moves,
                lambda one=one, was=was: self._finder.at_line(  # type: ignore[misc]
                    "line", one, self._before(one.fact, was)
                ),
            )

    def _before(self, id_: str, was: int) -> tuple[Words, str]:
        """A fact's value before, and its cell."""
        old = self._old.roster
        origin = old.origin(id_, was)
        value = self._finder.said(id_, old.column(id_)[was])
        return value, "" if origin == ASSUMED else origin

    def _changed(self, kind: Kind, fact: Fact, at: int, was: int, what: Words, fen: int) -> Doubt:
        finder = self._finder
        value, cell = self._before(fact.id, was)
        now = finder.said(fact.id, finder.roster.column(fact.id)[at])
        cells = (cell, finder.cell(fact.id, at))
        return Doubt(kind, at, finder.who(at), what, fen, fact.title, (value, now), cells)

    def jumps(self) -> Made:
        """Figures that doubled, halved, came from nothing or went to it; a yes or no that moved money."""
        for fact, now, was in self._columns():
            fen = self._moved(self._now, self._was)
            if isinstance(fact.type, YesNo):
                hit = (now != was) & (fen != 0)
            else:
                low, high = (
                    np.minimum(np.abs(now), np.abs(was)),
                    np.maximum(np.abs(now), np.abs(was)),
                )
                hit = (now != was) & (high >= _JUMP * low)
            for at in np.flatnonzero(hit).tolist():
                yield int(fen[at]), lambda at=at, fact=fact, fen=fen, now=now, was=was: self._changed(  # type: ignore[misc]
                    "jump", fact, int(self._now[at]), int(self._was[at]),
                    _jumped(fact, int(was[at]), int(now[at])), int(fen[at]),
                )  # fmt: skip

    def swaps(self) -> Made:
        """Two villages of a county whose figures were exchanged; figures that many have say nothing."""
        codes, _ = self._finder.result.groups("county")
        county = codes[self._now]
        fen = self._moved(self._now, self._was)
        for fact, now, was in self._columns():
            if isinstance(fact.type, YesNo):
                continue
            _, where, counts = np.unique(
                np.stack([county, was]), axis=1, return_inverse=True, return_counts=True
            )
            alone = counts[where.reshape(-1)] == 1
            moved = np.flatnonzero((now != was) & alone)
            of = {(int(county[at]), int(was[at])): at for at in moved.tolist()}
            for at in moved.tolist():
                other = of.get((int(county[at]), int(now[at])))
                if other is None or other <= at or int(now[other]) != int(was[at]):
                    continue
                both = int(fen[at] + fen[other])
                yield both, lambda at=at, other=other, fact=fact, both=both: self._changed(  # type: ignore[misc]
                    "swap", fact, int(self._now[at]), int(self._was[at]),
                    words("auditing.doubt_swap", other=self._finder.named(int(self._now[other])),
                          cell=self._finder.cell(fact.id, int(self._now[other])) or "—"), both,
                )  # fmt: skip

    def gone(self) -> Made:
        """Villages that the run before had."""
        for at in self._gone.tolist():
            fen = int(self._paid_before[at])
            yield fen, lambda at=at, fen=fen: Doubt(  # type: ignore[misc]
                "gone", None, identity(self._old.roster, at), words("auditing.doubt_gone"), fen,
                None, (None, None), (_row(self._old.roster, at), ""),
            )  # fmt: skip

    def new(self) -> Made:
        """Villages that the run before did not have."""
        for at in self._new.tolist():
            fen = int(self._finder.paid[at])
            yield fen, lambda at=at, fen=fen: Doubt(  # type: ignore[misc]
                "new", at, self._finder.who(at), words("auditing.doubt_new"), fen,
                None, (None, None), ("", _row(self._finder.roster, at)),
            )  # fmt: skip


def _jumped(fact: Fact, was: int, now: int) -> Words:
    if isinstance(fact.type, YesNo):
        return words("auditing.doubt_turned")
    if not was or not now:
        return words("auditing.doubt_from_nothing")
    ratio = Fraction(max(now, was), min(now, was))
    times = str(ratio) if ratio.denominator == 1 else f"{float(ratio):.1f}"
    return words("auditing.doubt_more" if now > was else "auditing.doubt_less", times=times)


def _row(roster: Roster, at: int) -> str:
    """The cell of a village's code or name."""
    return next((o for id_ in IDENTITY if (o := roster.origin(id_, at)) != ASSUMED), "")


def paid(result: Result, programme: str | None = None) -> Numbers:
    """What somebody pays for each village, of all programmes or of one, in fen: all in one unit."""
    found = np.zeros(len(result.rows), dtype=np.int64)
    for one in result.plan.policy.listed_programmes:
        for output in one.outputs if programme in (None, one.id) else ():
            if output.payer is not None and result.plan.policy.at_stake(output):
                found = found + result.numbers(output.id)
    return found


def identity(roster: Roster, index: int) -> tuple[str, str, str, str]:
    """Code, name, town and county of a village; "" for what the roster does not have."""
    columns = [roster.column(id_) for id_ in IDENTITY]
    code, name, town, county = (str(one[index]) if len(one) else "" for one in columns)
    return code, name, town, county


def said_both(amount: Amount) -> Words:
    """An amount in both languages."""
    return Words(said(amount, "zh"), said(amount, "en"))
