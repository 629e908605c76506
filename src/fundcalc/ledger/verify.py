"""A ledger held against itself: file, chain, every digest, and runs computed again from what is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from functools import partial
from typing import Any, TypeVar

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.system import beijing, moment
from fundcalc.base.words import Words
from fundcalc.engines.hinges import Hinge
from fundcalc.engines.result import JOIN, Result, label
from fundcalc.language.nodes import Value
from fundcalc.ledger import archive, differences, encoding
from fundcalc.ledger.balance import balance, carry, carry_data
from fundcalc.ledger.by_hand import Change, Overlaid, follow
from fundcalc.ledger.recorded import Pieces, plan_again, restore, roster_of
from fundcalc.ledger.standing import Standing, review_of, same_person
from fundcalc.ledger.store import (
    FORMAT,
    START,
    Addition,
    Entry,
    Ledger,
    Link,
    digest,
    in_order,
    in_words,
)
from fundcalc.policy.plan import Plan
from fundcalc.roster.model import Roster

Flags = Callable[[Result, Sequence[Hinge], Roster], Sequence[str]]
"""What makes the flags by village."""

_INPUTS = ("policy/", "roster", "intake")
_BY_VILLAGE = 200
"""Findings that name a village, at most so many a run."""
_KEPT = 64
"""Plans, and results of corrected runs, that are kept while other runs are checked."""
_SHORTEST = 16
"""Digits of a digest on paper from which it can vouch for anything."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as recorded. `village` names one; `recorded` and `again` are the values.

    `of_another`: a digest from paper is that of another run than the one asked for.
    """

    what: Words
    village: str | None = None
    recorded: str | None = None
    again: str | None = None
    of_another: bool = False


@dataclass(slots=True)
class Checked:
    """What came of checking one run. `villages` were computed again; None where that was not possible."""

    id: str
    head: str
    villages: int | None = None
    program: str = ""
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    """Further findings by village that are not listed."""

    def note(self, *what: Words) -> None:
        """Note what concerns no single village."""
        self.findings += map(Finding, what)


@dataclass(frozen=True, slots=True)
class Head:
    """A digest from paper, and the last run and how many additions it vouches for; 0 where it is not found.

    `later` counts the runs and `added` the additions that came after it and that it says nothing about.
    """

    written: str
    runs: int = 0
    additions: int = 0
    later: int = 0
    added: int = 0

    def said(self) -> Words:
        """What it vouches for, in words."""
        if not self.runs:
            return words("ledger.no_such_head", head=self.written)
        also = words("ledger.and_additions", number=self.additions) if self.additions else ""
        vouched = words("ledger.vouches", last=self.runs, also=also)
        if not self.later and not self.added:
            return words("ledger.vouches_for_all", said=vouched)
        if not self.later:
            return words("ledger.later_additions", said=vouched, number=self.added)
        return words("ledger.later_runs", said=vouched, number=self.later)


@dataclass(slots=True)
class Verdict:
    """All of it: what concerns the ledger as a whole, the digests from paper, each run that was checked.

    With `chain_only` no run was computed again. `noted` is no fault, but an auditor should know it.
    """

    ledger: list[Finding]
    heads: list[Head]
    runs: list[Checked]
    newest: Link | None
    chain_only: bool = False
    noted: list[Words] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether everything is as it was recorded."""
        return not self.ledger and not any(run.findings for run in self.runs)


def is_digest(text: str) -> bool:
    """Whether a text may be a digest from paper: 16 to 64 hexadecimal digits, with or without its kind."""
    digits = _digits(text)
    return _SHORTEST <= len(digits) <= 64 and not digits.strip("0123456789abcdef")


def _digits(text: str) -> str:
    return "".join(text.split()).lower().removeprefix("sha256:").removeprefix("sm3:")


class Verification:
    """One pass over a ledger; what several runs share is read and computed once."""

    def __init__(self, ledger: Ledger, flags: Flags) -> None:
        self._ledger, self._flags = ledger, flags
        self.entries, self._additions = ledger.entries(), ledger.additions()
        self._links = in_order(self.entries, self._additions)
        self._sound: dict[str, bool] = {}
        self._plans: dict[object, Plan] = {}
        self._kept_plans: dict[tuple[str, object], bool] = {}
        self._computed: dict[object, _Computed] = {}
        self._results: dict[str, Result] = {}
        self._plans_checked: set[object] = set()

    def ledger_faults(self, *, quick: bool) -> list[Words]:
        """What is wrong with the file and the chain."""
        faults = self._ledger.faults(quick=quick)
        previous, used = START, set[str]()
        places = {Entry: 0, Addition: 0}
        for link in self._links:
            places[type(link)] += 1
            faults += _link_faults(link, places[type(link)], previous)
            previous = link.head
            if isinstance(link, Entry):
                with suppress(ValueError):
                    used.update(map(str, link.parts.values()))
        faults += self._clock_faults()
        faults += [what for addition in self._additions for what in self._addition_faults(addition)]
        stored = self._ledger.digests()
        if stored - used:
            faults.append(words("ledger.runs_removed", count=len(stored - used)))
        if used - stored:
            faults.append(words("ledger.pieces_missing", count=len(used - stored)))
        return faults

    @property
    def newest(self) -> Link | None:
        """What came last: its digest vouches for everything."""
        return self._links[-1] if self._links else None

    def noted(self) -> list[Words]:
        """Runs that were recorded while the clock was behind, as the record itself says."""
        return [
            words("ledger.clock_was_behind", run=link.id)
            for link in self._links
            if _clock_behind(link)
        ]

    def _clock_faults(self) -> Iterator[Words]:
        last, before = None, None
        for link in self._links:
            try:
                at = moment(link.data["recorded_at"])
            except ValueError:
                yield words("ledger.no_time", run=link.id)
                continue
            if last is not None and before is not None and at < last and not _clock_behind(link):
                shown = beijing(link.data["recorded_at"])
                yield words("ledger.time_backwards", run=link.id, at=shown, before=before.id)
            last, before = at, link

    def _addition_faults(self, addition: Addition) -> Iterator[Words]:
        """What is wrong with an addition as such: its run, its reviewer."""
        try:
            data = addition.data
            run = next((e for e in self.entries if e.head == data["run"]["head"]), None)
            if run is None or run.seq > addition.after or run.id != data["run"]["id"]:
                yield words("ledger.added_to_none", addition=addition.id, run=data["run"]["id"])
            elif data["kind"] == "review":
                review, prepared = review_of(addition), run.data["prepared_by"] or ""
                if data["four_eyes"] and same_person(prepared, review.by):
                    yield words("ledger.two_eyes", addition=addition.id, run=run.id)
            elif data["kind"] == "settled" and not run.data.get("corrects"):
                yield words("ledger.nothing_to_settle", addition=addition.id, run=run.id)
        except ValueError:
            yield words("ledger.record_unreadable", run=addition.id)

    def head(self, written: str) -> Head:
        """What a digest from paper vouches for."""
        digits = _digits(written)
        for place, link in enumerate(self._links):
            if self.is_of(digits, link):
                runs = sum(isinstance(earlier, Entry) for earlier in self._links[: place + 1])
                added = place + 1 - runs
                since = len(self.entries) - runs, len(self._additions) - added
                return Head(written, runs, added, *since)
        return Head(written)

    @staticmethod
    def is_of(digits: str, link: Link) -> bool:
        """Whether a digest from paper is that of a record, by SHA-256 or by SM3."""
        digests = (link.head, link.sm3)
        return any(_digits(record_digest).startswith(_digits(digits)) for record_digest in digests)

    def same_head(self, entry: Entry, heads: Sequence[str]) -> list[Finding]:
        """Whether a digest from paper is that of the run asked for, or of a review of it."""
        additions = [addition for addition in self._additions if _is_about(addition, entry)]
        if any(self.is_of(head, link) for head in heads for link in (entry, *additions)):
            return []
        shown = ", ".join(heads)
        said = words("ledger.other_head", run=entry.id, digest=entry.head, head=shown)
        return [Finding(said, of_another=True)]

    # -- a run --------------------------------------------------------------------------------------

    def run(self, entry: Entry) -> Checked:
        """One run: every digest, its counts, then everything computed again from its roster and policy."""
        checked = Checked(entry.id, entry.head)
        try:
            pieces = Pieces(self._ledger, entry)
            checked.program = str(entry.data["program"]["fundcalc"])
            damaged = self._damaged_pieces(pieces, checked)
            if not any(name.startswith(_INPUTS) for name in damaged):
                self._recompute(pieces, checked, sound=not damaged)
                checked.note(*_count_faults(pieces))
                self._check_correction(pieces, checked)
                self._check_carry(pieces, checked)
            else:
                checked.note(words("ledger.nothing_to_compute"))
        except PolicyProblem as problem:
            checked.note(*(diagnostic.message for diagnostic in problem.diagnostics))
        except Exception as problem:
            text = f"{type(problem).__name__}: {in_words(problem)}"
            checked.note(words("ledger.not_computed", text=text))
        return checked

    def _damaged_pieces(self, pieces: Pieces, checked: Checked) -> list[str]:
        """Check every piece, each once; the names of those that are not what their digest says."""
        damaged = []
        for name, wanted in pieces.parts.items():
            if self._sound.get(wanted):
                continue
            try:
                pieces.content(name)
                self._sound[wanted] = True
            except PolicyProblem as problem:
                checked.note(*(diagnostic.message for diagnostic in problem.diagnostics))
                damaged.append(name)
        return damaged

    def _plan(self, pieces: Pieces, checked: Checked) -> tuple[object, Plan]:
        """The plan made anew, and by what it is known; policy and kept plan must be those of the record."""
        data, parts = pieces.entry.data["policy"], pieces.parts
        files = tuple(sorted((n, d) for n, d in parts.items() if n.startswith("policy/")))
        key = (files, data["on"], tuple(sorted(data["readings"].items())))
        plan = _remembered(self._plans, key, partial(plan_again, pieces))
        if data["digest"] != plan.policy.digest or data["id"] != plan.policy.id:
            checked.note(words("ledger.other_policy"))
        kept_key = parts.get("plan.json", ""), key
        if not _remembered(self._kept_plans, kept_key, lambda: _same_plan(pieces, plan)):
            checked.note(words("ledger.other_plan"))
        return key, plan

    def _recompute(self, pieces: Pieces, checked: Checked, *, sound: bool) -> None:
        """Compute the run anew, or take what was computed of the same, and name every difference."""
        key, plan = self._plan(pieces, checked)
        inputs = tuple(sorted((n, d) for n, d in pieces.parts.items() if n.startswith("roster")))
        computed = self._computed.get((key, inputs))
        if computed is None or not sound or not computed.agrees(pieces):
            computed = self._compute(key, plan, pieces, checked, sound=sound)
            self._computed[key, inputs] = computed
        checked.villages = computed.villages
        self._check_totals(pieces, plan, computed, checked)

    def _compute(
        self, key: object, plan: Plan, pieces: Pieces, checked: Checked, *, sound: bool
    ) -> _Computed:
        """The first roster of each plan is decided on both engines, others on one."""
        from fundcalc.engines.calculate import calculate
        from fundcalc.engines.hinges import hinges

        roster = roster_of(pieces, plan)
        columns = {id_: roster.columns[id_] for id_ in roster.columns}
        result = calculate(
            plan, columns, engine="columnar" if key in self._plans_checked else "auto"
        )
        self._plans_checked.add(key)
        moved_hinges = hinges(plan, result)
        flags = list(self._flags(result, moved_hinges, roster))
        makers = archive.computed(result, moved_hinges, flags)
        computed = _Computed(
            len(result.rows),
            {name: digest(make()) for name, make in makers},
            archive.totals(result),
        )
        if not sound or not computed.agrees(pieces):
            _name_differences(pieces.trusting(), result, moved_hinges, flags, checked)
        return computed

    def _check_totals(
        self, pieces: Pieces, plan: Plan, computed: _Computed, checked: Checked
    ) -> None:
        """What followed from what was set by hand, and the totals of the record."""
        totals = computed.totals
        if pieces.json("overrides.json") != {"overrides": [], "changes": []}:
            restored = restore(pieces.trusting(), plan)
            changes = follow(restored.ruled, restored.overrides)
            if _comparable_changes(changes) != _comparable_changes(restored.changes):
                checked.note(words("ledger.by_hand_differs"))
            totals = archive.totals(Overlaid(restored.ruled, changes))
        recorded = pieces.entry.data["totals"]
        for id_ in totals.keys() | recorded.keys():
            before, after = recorded.get(id_), totals.get(id_)
            if before != after:
                what = words("ledger.total_differs", output=id_)
                checked.findings.append(Finding(what, None, str(before), str(after)))

    def _check_correction(self, pieces: Pieces, checked: Checked) -> None:
        """The run that was corrected must be there, and the differences must be those to what was paid."""
        entry, corrects = pieces.entry, pieces.entry.data.get("corrects")
        if corrects is None:
            if "correction.json" in pieces.parts:
                checked.note(words("ledger.correction_of_none"))
            return
        standing = Standing(*self._recorded_before(entry))
        old = standing.corrects(entry)
        if old is None:
            checked.note(words("ledger.corrected_missing", run=str(corrects["id"])))
            return
        paid = standing.paid(old) if "paid" in entry.data else old
        against = (entry.data.get("paid") or {}).get("head")
        if "paid" in entry.data and paid is not None and against != paid.head:
            checked.note(words("ledger.paid_before", run=paid.id))
            earlier = self._recorded_before(entry)[0]
            paid = next((one for one in earlier if one.head == against), None)
        if "paid" in entry.data and standing.corrected_by(old) is not None:
            checked.note(words("ledger.corrected_twice", run=old.id))
        before = None if paid is None else self._result(paid)
        made_against = None if paid is None else (paid.id, paid.head)
        after, corrected_run = self._result(entry), (old.id, old.head)
        correction = differences.compare(
            before, after, corrected_run, str(corrects["reason"]), made_against
        )
        stored, wanted = pieces.json("correction.json"), differences.as_data(correction)
        if "paid" not in entry.data:
            del wanted["paid"]
        if stored != wanted:
            checked.note(words("ledger.correction_differs"))

    def _check_carry(self, pieces: Pieces, checked: Checked) -> None:
        """What was carried over must be what was open before the run."""
        if "carry.json" not in pieces.parts:
            return
        open_ = balance(self._ledger, *self._recorded_before(pieces.entry))
        carried = carry(open_, self._result(pieces.entry), "")
        if carry_data(carried) != pieces.json("carry.json"):
            checked.note(words("ledger.carry_differs"))

    def _recorded_before(self, entry: Entry) -> tuple[list[Entry], list[Addition]]:
        """What there was when a run was recorded."""
        additions = [addition for addition in self._additions if addition.place < entry.seq]
        return [earlier for earlier in self.entries if earlier.seq < entry.seq], additions

    def _result(self, entry: Entry) -> Result:
        """What was paid on a run, as it was kept."""
        return _remembered(
            self._results, entry.head, lambda: restore(Pieces(self._ledger, entry)).result
        )


@dataclass(frozen=True, slots=True)
class _Computed:
    """What follows from a roster and a policy: digests of its pieces by name, and totals."""

    villages: int
    digests: Mapping[str, str]
    totals: Mapping[str, str]

    def agrees(self, pieces: Pieces) -> bool:
        """Whether a run has just these pieces."""
        return all(pieces.parts.get(name) == digest for name, digest in self.digests.items())


K = TypeVar("K")
V = TypeVar("V")


def _remembered(cache: dict[K, V], key: K, make: Callable[[], V]) -> V:
    """A value made once, as long as it is among the last few."""
    if key not in cache:
        value = make()
        while len(cache) >= _KEPT:
            del cache[next(iter(cache))]
        cache[key] = value
    return cache[key]


def _is_about(addition: Addition, entry: Entry) -> bool:
    try:
        return bool(addition.data["run"]["head"] == entry.head)
    except ValueError:
        return False


def _clock_behind(link: Link) -> bool:
    """Whether the record says that the clock stood before the last record's time."""
    try:
        return bool(link.data.get("clock_behind"))
    except ValueError:
        return False


def _link_faults(link: Link, place: int, previous: str) -> Iterator[Words]:
    """What is wrong with one record's place in the chain."""
    if not link.sound:
        yield words("ledger.record_altered", run=link.id)
    if link.seq != place:
        yield words("ledger.run_missing", run=link.id)
    try:
        data = link.data
    except ValueError:
        yield words("ledger.record_unreadable", run=link.id)
        return
    if data.get("previous") != previous or data.get("seq") != link.seq:
        yield words("ledger.not_following", run=link.id)
    if not 1 <= data["format"] <= FORMAT:
        yield words("ledger.other_format", run=link.id, format=FORMAT)


def _count_faults(pieces: Pieces) -> Iterator[Words]:
    """Where the numbers of a record are not those of its pieces."""
    data, origin = pieces.entry.data, pieces.json("roster.json")
    roster, parts = data["roster"], origin.get("parts", [])
    villages = len(pieces.read_as("roster/cells/rows.txt", encoding.unlines))
    rejects = pieces.json("rejects.json")
    errors = {(r["file"], r["sheet"], r["row"]) for r in rejects if r["severity"] == "error"}
    files = {part["file"]: part["digest"] for part in parts}
    pairs: dict[str, tuple[object, object]] = {
        "roster.villages": (roster["villages"], villages),
        "roster.json: villages": (sum(p["villages"] for p in parts) if parts else villages, villages),
        "roster.rejected_rows": (roster["rejected_rows"], origin["rejected_rows"]),
        "rejects.json": (len(errors), origin["rejected_rows"]),
        "roster.file": (roster["file"], origin["file"]),
        "roster.sheet": (roster["sheet"], origin["sheet"]),
        "roster.digest": (roster["digest"], origin["digest"]),
        "overrides": (data["overrides"], len(pieces.json("overrides.json")["overrides"])),
    }  # fmt: skip
    if "files" in roster:
        pairs["roster.files"] = roster["files"], files
        pairs["roster.corrected_cells"] = (
            roster["corrected_cells"], len(origin.get("corrections", ()))
        )  # fmt: skip
    for name, (recorded, counted) in pairs.items():
        if recorded != counted:
            yield words(
                "ledger.count_differs", name=name, recorded=str(recorded), counted=str(counted)
            )
    if not 0 <= data["engine"]["double_checked"] <= villages:
        yield words(
            "ledger.count_differs", name="engine.double_checked",
            recorded=data["engine"]["double_checked"], counted=villages,
        )  # fmt: skip
    patterns, checked = data["engine"].get("patterns", 0), data["engine"]["double_checked"]
    if not isinstance(patterns, int) or not 0 <= patterns <= checked:
        yield words(
            "ledger.count_differs", name="engine.patterns",
            recorded=str(patterns), counted=str(checked),
        )  # fmt: skip


def _same_plan(pieces: Pieces, plan: Plan) -> bool:
    """Whether the plan that was kept is the one of the policy's files, as far as this program can read it."""
    try:
        stored = encoding.decode_plan(pieces.content("plan.json"))
    except encoding.OtherFormat:
        return True
    return encoding.encode_plan(stored) == encoding.encode_plan(plan)


def _name_differences(
    pieces: Pieces, result: Result, hinges: Sequence[Hinge], flags: Sequence[str], checked: Checked
) -> None:
    """Name every difference between a run as it was kept and as it comes out now."""
    restored = restore(pieces, result.plan)
    _compare_results(restored.ruled, result, checked)
    if restored.ruled.pools != result.pools:
        checked.note(words("ledger.pools_differ"))
    if _comparable_hinges(restored.hinges) != _comparable_hinges(hinges):
        checked.note(words("ledger.hinges_differ"))
    recorded_flags = pieces.read_as("flags.txt", encoding.unlines)
    _compare_texts(checked, result, words("ledger.flags"), recorded_flags, flags)


def _compare_results(recorded: Result, recomputed: Result, checked: Checked) -> None:
    """Every output and every programme's rules, village by village."""
    for programme in recomputed.plan.policy.listed_programmes:
        for output in programme.outputs:
            before, after = recorded.column(output.id), recomputed.column(output.id)
            _compare_texts(
                checked, recomputed, output.title, *_as_texts(before, after, output.type)
            )
        title = words("ledger.rules_of", programme=programme.title)
        pair = (recorded.fired[programme.id], recomputed.fired[programme.id])
        _compare_texts(
            checked, recomputed, title, *([JOIN.join(ids) for ids in fired] for fired in pair)
        )


def _as_texts(before: Any, after: Any, kind: Any) -> tuple[list[str], list[str]]:
    from fundcalc.language.show import literal

    def said(value: Any) -> str:
        return str(literal(value, kind))

    if list(before) == list(after):
        return [], []
    return [said(v) for v in before], [said(v) for v in after]


def _compare_texts(
    checked: Checked, result: Result, title: Words, before: Sequence[str], after: Sequence[str]
) -> None:
    """Name the villages for which two columns differ."""
    if len(before) != len(after):
        checked.note(words("ledger.lengths_differ", title=title))
        return
    for index, (was, now) in enumerate(zip(before, after, strict=True)):
        if was == now:
            continue
        if sum(f.village is not None for f in checked.findings) >= _BY_VILLAGE:
            checked.more += 1
        else:
            checked.findings.append(Finding(title, label(result.rows[index]), was, now))


def _comparable_hinges(hinges: Sequence[Hinge]) -> list[tuple[object, ...]]:
    return [
        (h.reading, h.option, {o: {at: _joined(v) for at, v in c.pairs()} for o, c in h.changes.items()},
         h.undecided.message if h.undecided is not None else None)
        for h in hinges
    ]  # fmt: skip


def _joined(value: Value) -> Value:
    """A list as one text: older records do not tell `a+b` from `a` and `b`."""
    return JOIN.join(value) if isinstance(value, tuple) else value


def _comparable_changes(changes: Sequence[Change]) -> list[tuple[object, ...]]:
    return [(c.index, c.output, c.before, c.after, c.by) for c in changes]
