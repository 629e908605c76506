"""Runs: a roster computed, set right by hand, kept in the ledger and taken from it again.

Here the floors meet: engines compute, the ledger keeps, and a `Run` holds what all reports are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.words import Words, listed, listing, speaking

if TYPE_CHECKING:
    from fundcalc.analysis.sides import Basis, Version
    from fundcalc.engines.hinges import Hinge
    from fundcalc.engines.result import Result
    from fundcalc.ledger.archive import ComputedRun
    from fundcalc.ledger.balance import Carry
    from fundcalc.ledger.by_hand import Change, Override
    from fundcalc.ledger.differences import Correction
    from fundcalc.ledger.recorded import Pieces
    from fundcalc.ledger.standing import Review, Standing
    from fundcalc.ledger.store import Entry, Ledger
    from fundcalc.policy.plan import Plan
    from fundcalc.reports.doubts import Doubts
    from fundcalc.reports.settings import SheetSettings
    from fundcalc.roster.model import Roster

T = TypeVar("T")
Progress = Callable[[int], None]
"""Told how many are done."""

LEDGER = Path("fundcalc.db")
"""Where runs are kept unless `--ledger` or FUNDCALC_LEDGER says otherwise."""


@dataclass(slots=True, eq=False)
class Run:
    """A roster computed: its result, what each decision hinges on, and the diagnostics on the way.

    `result` is what is paid. Where amounts were set by hand, `changes` are all that differ from what
    the rules gave, which is `ruled`; `hinges` are of the rules, `stakes` of what is paid.
    `correction` holds the run against the one that it corrects;
    `carry` is what was open from years before, to stand next to the amounts; `since` has what changed
    since a run before; `corrected_by` has id and reason of each recorded run that corrects this one.
    """

    roster: Roster
    result: Result
    hinges: list[Hinge]
    warnings: list[Diagnostic] = field(default_factory=list)
    overrides: Sequence[Override] = ()
    changes: Sequence[Change] = ()
    by_rules: Result | None = None
    correction: Correction | None = None
    carry: Carry | None = None
    corrected_by: tuple[tuple[str, str], ...] = ()
    since: Doubts | None = None
    _made: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """Pickled without what was made of it, which is made again."""
        values = {part.name: getattr(self, part.name) for part in fields(self)}
        return None, {**values, "_made": {}}

    def once(self, what: str, make: Callable[[], T]) -> T:
        """What is made of this run when first asked for, and kept with it."""
        if what not in self._made:
            self._made[what] = make()
        value: T = self._made[what]
        return value

    @property
    def stakes(self) -> list[Hinge]:
        """What each decision hinges on, with what is set by hand standing under every reading."""
        if not self.overrides:
            return self.hinges
        from fundcalc.ledger.by_hand import hinges_under

        return self.once(
            "stakes", lambda: hinges_under(self.ruled, self.hinges, self.overrides, self.changes)
        )

    @property
    def ruled(self) -> Result:
        """What the rules gave, before anything was set by hand."""
        return self.result if self.by_rules is None else self.by_rules

    @property
    def plan(self) -> Plan:
        """The plan it was computed with."""
        return self.result.plan

    @property
    def receipt(self) -> tuple[str, str] | None:
        """Id and head digest of a run that the ledger has."""
        return None


@dataclass(slots=True, kw_only=True, eq=False)
class RecordedRun(Run):
    """A run as it was computed, from the ledger alone, and what the ledger knows of it.

    `head` is the digest that vouches for this run and all before it; `corrects` has `id`, `head` and
    `reason` where the run corrects another; `entry` is the whole record, `review` the last review of it;
    `before_return` says what let money be paid on it before it was returned.
    """

    entry: Entry
    review: Review | None = None
    before_return: Words | None = None

    @property
    def id(self) -> str:
        """What a person calls the run."""
        return self.entry.id

    @property
    def head(self) -> str:
        """The head digest, as printed on paper."""
        return self.entry.head

    @property
    def receipt(self) -> tuple[str, str]:
        """Id and head digest."""
        return self.id, self.head

    @property
    def recorded_at(self) -> str:
        """When it was recorded, in UTC: 2026-03-01T08:30:00+00:00."""
        return str(self.entry.data["recorded_at"])

    @property
    def prepared_by(self) -> str | None:
        """Who made it, where that was said."""
        return self._text("prepared_by")

    @property
    def reviewed_by(self) -> str | None:
        """Who approved it; before any review, who was named for it when it was run."""
        if self.review is None:
            return self._text("reviewed_by")
        return self.review.by if self.review.decision == "approved" else None

    @property
    def review_doubt(self) -> Diagnostic | None:
        """What is to be said of its last review: that nobody else looked at it."""
        from fundcalc.ledger.standing import looked_at_alone

        return None if self.review is None else looked_at_alone(self.entry, self.review.by)

    @property
    def late_return(self) -> Diagnostic | None:
        """What is to be said of a run that was returned when it may have been paid."""
        from fundcalc.ledger.standing import returned_late

        before = self.before_return
        return None if before is None else returned_late(self.entry, before)

    @property
    def corrects(self) -> Mapping[str, str] | None:
        """The run that it corrects."""
        corrected = self.entry.data.get("corrects")
        return corrected if isinstance(corrected, dict) else None

    def _text(self, key: str) -> str | None:
        text = self.entry.data.get(key)
        return str(text) if text else None


def calculate(
    plan_: Plan,
    roster: Roster,
    progress: Progress | None = None,
    engine: Literal["auto", "rules", "columnar", "sampled"] = "auto",
    before: tuple[Path, str] | None = None,
) -> Run:
    """Compute every clean village of a roster. Raises PolicyProblem.

    `auto` decides on two engines and stops where they differ; `sampled` does so for two villages of every
    pattern of rules; `rules` or `columnar` is one alone. `before` is
    a ledger and a run of it, from which comes what the policy calls `before.…`: the run's roster then has it.
    It must be a run of the same policy that has what is asked for, and some of the villages.
    """
    from fundcalc.engines.absent import (
        absent_names,
        alone,
        below_zero,
        least_of,
        no_run_before,
        otherwise_alone,
    )
    from fundcalc.engines.calculate import calculate as run
    from fundcalc.engines.calculate import refuse_whole, without_rules, worked_once
    from fundcalc.engines.hinges import hinges, undecided

    roster, said = _look_back(roster, plan_, before)
    result = run(plan_, roster.columns, progress, engine)
    refuse_whole(result)
    stakes = hinges(plan_, result)
    return Run(
        roster,
        result,
        stakes,
        [
            *said,
            *absent_names(plan_, roster.column),
            *alone(plan_, len(result.rows)),
            *no_run_before(plan_.policy, roster.gives),
            *otherwise_alone(plan_),
            *below_zero(plan_, lambda output: least_of(result, output)),
            *undecided(plan_.policy, stakes),
            *without_rules(result.checked),
            *worked_once(result.once),
        ],
    )


def _look_back(
    roster: Roster, plan: Plan, before: tuple[Path, str] | None
) -> tuple[Roster, list[Diagnostic]]:
    """The roster with what the policy calls `before.…` as a recorded run had it, and what is to be said."""
    policy = plan.policy
    if before is None:  # most often, and the ledger takes long to load
        return roster, []
    from fundcalc.ledger.history import asks_back, looked_back
    from fundcalc.ledger.store import opened

    if not asks_back(policy):
        with opened(before[0]) as store:
            store.find(before[1])  # that there is such a run
        return roster, []
    run = open_run(*before)
    other = run.plan.policy.id
    if other != policy.id:
        raise PolicyProblem([say("FC883", run=run.id, other=other, policy=policy.id)])
    extended, said = looked_back(roster, policy.facts, run.id, run.result)
    said += [say("FC884.corrected", run=run.id, later=id_) for id_, _ in run.corrected_by]
    if run.plan.on >= plan.on and extended.before:
        said.append(say("FC884.day", run=run.id, on=run.plan.on, now=plan.on))
    return extended, said


def override(run: Run, path: Path) -> Run:
    """The run with the amounts of a file (.csv, .xlsx) set by hand. Raises PolicyProblem: every fault.

    What follows by formula within the same village is computed again; rules and pools stay.
    """
    from fundcalc.engines.calculate import refuse_whole
    from fundcalc.ledger.by_hand import Overlaid, exceeded, follow, read_overrides

    overrides = read_overrides(path, run.ruled)
    changes = follow(run.ruled, overrides)
    warnings = [*run.warnings, *exceeded(run.ruled, changes)]
    result = Overlaid(run.ruled, changes)
    refuse_whole(result)
    return replace(
        run, result=result, by_rules=run.ruled, overrides=overrides, changes=changes,
        warnings=warnings,
    )  # fmt: skip


def correct(
    run: Run, ledger: Path, run_id: str, reason: str, prepared_by: str | None = None
) -> Run:
    """The run held against what was paid before, as a correction of a recorded run.

    Raises PolicyProblem as `open_run`, and where that run was corrected already, or was approved and
    nobody's name stands for correcting it, where villages cannot be told apart, or amounts do not add up.
    """
    from fundcalc.ledger.differences import (
        charges_moved,
        compare,
        groups_moved,
        twice,
        units,
        unpaid_moved,
    )  # fmt: skip
    from fundcalc.ledger.recorded import Pieces, restore
    from fundcalc.ledger.standing import to_correct
    from fundcalc.ledger.store import opened

    policy = run.plan.policy
    about = {"id": policy.id, "digest": policy.digest, "on": run.plan.on.isoformat()}
    with opened(ledger) as store:
        old = store.find(run_id)
        standing = standing_in(store)
        warnings = to_correct(standing, old, about, prepared_by)
        paid = standing.paid(old)
        before = None if paid is None else restore(Pieces(store, paid)).result
    against = None if paid is None else (paid.id, paid.head)
    for result in (before, run.result):
        if result is not None and (village := twice(result)) is not None:
            raise PolicyProblem([say("FC903", village=village)])
    if len(mixed := units(before, run.result)) > 1:
        raise PolicyProblem([say("FC848", run=old.id, units=listed(mixed))])
    if before is not None and (moved := charges_moved(before, run.result)):
        warnings.append(say("FC848.charges", villages=moved))
    if before is not None and (moved := groups_moved(before, run.result)):
        warnings.append(say("FC848.groups", groups=moved))
    if before is not None and against and (moved_in := unpaid_moved(before, run.result)):
        titles = {o.id: o.title for p in policy.programmes for o in p.outputs}
        results = listing(
            words("ledger.moved_in", title=titles[id_], villages=rows)
            for id_, rows in moved_in.items()
        )
        warnings.append(say("FC848.results", results=results, before=against[0]))
    return replace(
        run, warnings=[*run.warnings, *warnings],
        correction=compare(before, run.result, (old.id, old.head), reason, against),
    )  # fmt: skip


def refuse_unpaid(run: Run) -> None:
    """Raise PolicyProblem where a correction has nothing to pay or deduct, as nobody pays by its policy."""
    if run.correction is not None and not run.correction.outputs:
        raise PolicyProblem([say("FC848.unpaid", policy=run.plan.policy.id)])


def carry(run: Run, ledger: Path) -> Run:
    """The run with what is open from corrections of years before, to stand next to its amounts.

    Raises PolicyProblem where there is no ledger, or where what it rests on is damaged.
    """
    from fundcalc.ledger import balance
    from fundcalc.ledger.differences import units
    from fundcalc.ledger.store import opened

    with opened(ledger) as store, speaking(run.plan.policy.noun):
        entries, additions, (_, _, last) = store.entries(), store.additions(), store.ends()
        open_ = balance.balance(store, entries, additions)
        standing = standing_in(store)
    if open_.villages and len(mixed := units(run.result)) > 1:
        raise PolicyProblem([say("FC848", run="--carry", units=listed(mixed))])
    on = run.plan.on.isoformat()
    twice = balance.carried_before(entries, standing, on, run.correction)
    carried = balance.carry(open_, run.result, last.head if last else "")
    warnings = [
        say("FC838.approved" if standing.state(earlier) == "returned" else "FC838", run=earlier.id)
        for earlier in twice
    ]
    return replace(run, carry=carried, warnings=[*run.warnings, *warnings])


def by_hand(
    run: Run, ledger: Path, overrides: Path | None, *, carried: bool, corrects: tuple[str, str] | None,
    prepared_by: str | None,
) -> Run:  # fmt: skip
    """The run with what is set by hand, carried over and corrected, in the order of the command `run`.

    `corrects` is the run that it corrects, and why. Raises as each of them does.
    """
    run = override(run, overrides) if overrides is not None else run
    run = carry(run, ledger) if carried else run
    return correct(run, ledger, *corrects, prepared_by) if corrects else run


def record(
    run: Run,
    ledger: Path,
    *,
    engine: str = "auto",
    prepared_by: str | None = None,
    reviewed_by: str | None = None,
    sheet: SheetSettings | None = None,
) -> RecordedRun:
    """Keep a run whole or not at all; the ledger is made where there is none. Raises PolicyProblem.

    `sheet` says how its sheets to sign look, so that a review can write them again.
    """
    from fundcalc.ledger import archive, store

    computed = kept_of(run)
    pieces = archive.pieces(computed)
    request = archive.RunRequest(engine, prepared_by, reviewed_by, sheet.as_data() if sheet else {})
    make = archive.record(computed, request, pieces, archive.totals(run.result))
    with store.opened_to_write(ledger) as opened:

        def still(seq: int, previous: str) -> dict[str, Any]:
            _as_before(run, opened)
            return make(seq, previous)

        entry = opened.append(pieces.values(), still)
    fields_ = {f.name: getattr(run, f.name) for f in fields(Run) if f.init}
    return RecordedRun(**fields_, entry=entry)


def _as_before(run: Run, ledger: Ledger) -> None:
    """Raise PolicyProblem where what this run rests on changed meanwhile."""
    if run.carry is not None:
        last = ledger.ends()[2]
        if last is None or last.head != run.carry.basis:
            raise PolicyProblem([say("FC838.meanwhile")])
    correction = run.correction
    if correction is None:
        return
    standing = standing_in(ledger)
    [old] = ledger.entries("WHERE head = ?", correction.head)
    paid = standing.paid(old)
    against = None if paid is None else (paid.id, paid.head)
    if standing.corrected_by(old) is not None or against != correction.paid:
        raise PolicyProblem([say("FC831.meanwhile", run=old.id)])


def standing_in(ledger: Ledger) -> Standing:
    """How the runs of a ledger stand by now."""
    from fundcalc.ledger.standing import Standing

    return Standing(ledger.entries(), ledger.additions())


def kept_of(run: Run) -> ComputedRun:
    """A run as the ledger keeps it."""
    from fundcalc.ledger.archive import ComputedRun

    said = flags_of(run.ruled, run.hinges, run.roster)
    return ComputedRun(
        run.roster, run.ruled, run.hinges, run.warnings, said, run.overrides, run.changes,
        run.correction, run.carry,
    )  # fmt: skip


def flags_of(result: Result, hinges: Sequence[Hinge], roster: Roster) -> list[str]:
    """What a result hinges on and what was assumed, by village, as the tables have it."""
    from fundcalc.engines.result import ALL
    from fundcalc.reports.columns import flags

    codes, table = flags(result, hinges, roster.assumed)(ALL)
    return [table[code] for code in codes.tolist()]


def open_run(ledger: Path, run_id: str) -> RecordedRun:
    """A run from the ledger: by its number, the beginning of its id or head digest, or `last`.

    Raises PolicyProblem: no ledger, no such run, damaged.
    """
    from fundcalc.ledger.recorded import Pieces
    from fundcalc.ledger.store import opened

    with opened(ledger) as store:
        pieces = Pieces(store, store.find(run_id))
        return run_of(pieces, standing_in(store))


def run_of(pieces: Pieces, standing: Standing | None = None) -> RecordedRun:
    """The run that pieces of a ledger hold, and what became of it."""
    from fundcalc.ledger.balance import carry_of
    from fundcalc.ledger.recorded import restore

    restored, entry = restore(pieces), pieces.entry
    later = standing.corrected_by(entry) if standing else None
    reviews = standing.reviews(entry) if standing else []
    return RecordedRun(
        restored.roster, restored.result, restored.hinges, restored.warnings, restored.overrides,
        restored.changes, restored.ruled, restored.correction, carry_of(pieces),
        ((later.id, later.data["corrects"]["reason"]),) if later is not None else (),
        entry=entry, review=reviews[-1] if reviews else None,
        before_return=(
            standing.before_return(entry)
            if standing and later is None and standing.state(entry) == "returned"
            else None
        ),
    )  # fmt: skip


def version(text: str, basis: Basis) -> Version:
    """One side of a comparison from its spelling (see `analysis.sides`). Raises PolicyProblem."""
    from fundcalc.analysis.sides import RUN, Version, read_version

    def recorded(id_: str) -> Version:
        run = open_run(basis.ledger or LEDGER, id_)
        plan = run.plan
        return Version(f"{RUN}{id_}", plan.policy, plan.on, plan.readings, {}, run.roster)

    return read_version(text, basis, recorded)
