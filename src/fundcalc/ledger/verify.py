"""A ledger held against itself: the chain, every digest, and runs computed again from what is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import Lang, Words
from fundcalc.engines.hinges import Hinge
from fundcalc.engines.result import JOIN, Result, label
from fundcalc.ledger import archive, differences, encoding
from fundcalc.ledger.by_hand import Change, Overlaid, follow
from fundcalc.ledger.recorded import Pieces, Restored, plan_again, restore, roster_of
from fundcalc.ledger.store import FORMAT, START, Entry, Ledger, in_words
from fundcalc.policy.plan import Plan
from fundcalc.roster.model import Roster

Flags = Callable[[Result, Sequence[Hinge], Roster], Sequence[str]]
"""What makes the flags by village."""

_INPUTS = ("policy/", "roster", "intake")
_BY_VILLAGE = 200
"""Findings that name a village, at most so many a run."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as recorded. `village` names one; `recorded` and `again` are the values."""

    what: Words
    village: str | None = None
    recorded: str | None = None
    again: str | None = None


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

    def found(self, *what: Words) -> None:
        """Note what concerns no single village."""
        self.findings += map(Finding, what)


@dataclass(slots=True)
class Verdict:
    """All of it: what concerns the ledger as a whole, and each run that was checked."""

    ledger: list[Finding]
    runs: list[Checked]

    @property
    def clean(self) -> bool:
        """Whether everything is as it was recorded."""
        return not self.ledger and not any(one.findings for one in self.runs)


def chain(ledger: Ledger, entries: Sequence[Entry], head: str | None) -> list[Finding]:
    """What is wrong with the file, the chain, or against the digest on paper."""
    found = [words("ledger.sqlite_says", text=text) for text in ledger.faults()]
    previous = START
    used: set[str] = set()
    for place, entry in enumerate(entries, 1):
        found += _link(entry, place, previous)
        previous = entry.head
        try:
            used.update(map(str, entry.parts.values()))
        except ValueError:
            continue
    stray = ledger.digests() - used
    if stray:
        found.append(words("ledger.runs_removed", count=len(stray)))
    if head is not None and not any(_is(head, entry) for entry in entries):
        found.append(words("ledger.no_such_head", head=head))
    return [Finding(what) for what in found]


def same_head(entry: Entry, head: str) -> list[Finding]:
    """Whether the run asked for is the one whose digest is on paper."""
    if _is(head, entry):
        return []
    return [Finding(words("ledger.other_head", run=entry.id, digest=entry.head, head=head))]


def _is(head: str, entry: Entry) -> bool:
    return entry.head.removeprefix("sha256:").startswith(head.lower().removeprefix("sha256:"))


def _link(entry: Entry, place: int, previous: str) -> Iterator[Words]:
    """What is wrong with one run's place in the chain."""
    if not entry.sound:
        yield words("ledger.record_altered", run=entry.id)
    if entry.seq != place:
        yield words("ledger.run_missing", run=entry.id)
    try:
        data = entry.data
        follows = data.get("previous") == previous and data.get("seq") == entry.seq
        known = data.get("format") == FORMAT
    except ValueError:
        yield words("ledger.record_unreadable", run=entry.id)
        return
    if not follows:
        yield words("ledger.not_following", run=entry.id)
    if not known:
        yield words("ledger.other_format", run=entry.id, format=FORMAT)


def check(ledger: Ledger, entry: Entry, earlier: Sequence[Entry], flags: Flags) -> Checked:
    """One run: every digest, then everything computed again from its roster and policy."""
    done = Checked(entry.id, entry.head)
    try:
        pieces = Pieces(ledger, entry)
        done.program = str(entry.data["program"]["fundcalc"])
        if _digests(pieces, done):
            _again(pieces, Pieces(ledger, entry, trusting=True), done, flags)
            _correction(ledger, pieces, earlier, done)
        else:
            done.found(words("ledger.nothing_to_compute"))
    except PolicyProblem as problem:
        done.found(*(one.message for one in problem.diagnostics))
    except Exception as problem:
        text = f"{type(problem).__name__}: {in_words(problem)}"
        done.found(words("ledger.not_computed", text=text))
    return done


def _digests(pieces: Pieces, done: Checked) -> bool:
    """Check every piece; whether what the run was computed from is whole."""
    sound = True
    for name in pieces.parts:
        try:
            pieces.content(name)
        except PolicyProblem as problem:
            done.found(*(one.message for one in problem.diagnostics))
            sound = sound and not name.startswith(_INPUTS)
    return sound


def _again(pieces: Pieces, trusting: Pieces, done: Checked, flags: Flags) -> None:
    """Compute the run anew and name every difference."""
    from fundcalc.engines.calculate import calculate
    from fundcalc.engines.hinges import hinges

    plan = plan_again(pieces)
    _policy(pieces, trusting, plan, done)
    roster = roster_of(pieces, plan)
    result = calculate(plan, {id_: roster.columns[id_] for id_ in roster.columns})
    moved = hinges(plan, result)
    done.villages = len(result.rows)
    kept = restore(trusting, plan)
    _results(kept.ruled, result, done)
    if kept.ruled.pools != result.pools:
        done.found(words("ledger.pools_differ"))
    if _moved(kept.hinges) != _moved(moved):
        done.found(words("ledger.hinges_differ"))
    said = trusting.read_as("flags.txt", encoding.unlines)
    _texts(done, result, words("ledger.flags"), said, list(flags(result, moved, roster)))
    _by_hand(pieces, kept, result, done)


def _policy(pieces: Pieces, trusting: Pieces, plan: Plan, done: Checked) -> None:
    """The policy's digest as recorded, and the plan kept beside its files."""
    data = pieces.entry.data["policy"]
    if data["digest"] != plan.policy.digest or data["id"] != plan.policy.id:
        done.found(words("ledger.other_policy"))
    try:
        kept = encoding.decode_plan(trusting.content("plan.json"))
    except encoding.OtherFormat:
        return
    if encoding.encode_plan(kept) != encoding.encode_plan(plan):
        done.found(words("ledger.other_plan"))


def _results(kept: Result, again: Result, done: Checked) -> None:
    """Every output and every programme's rules, village by village."""
    for programme in again.plan.policy.listed_programmes:
        for output in programme.outputs:
            before, after = kept.column(output.id), again.column(output.id)
            _texts(done, again, output.title, *_as_texts(before, after, output.type))
        title = words("ledger.rules_of", programme=programme.title)
        pair = (kept.fired[programme.id], again.fired[programme.id])
        _texts(done, again, title, *([JOIN.join(ids) for ids in one] for one in pair))


def _as_texts(before: Any, after: Any, kind: Any) -> tuple[list[str], list[str]]:
    from fundcalc.language.show import literal

    def said(value: Any) -> str:
        return JOIN.join(value) if isinstance(value, tuple) else str(literal(value, kind))

    if list(before) == list(after):
        return [], []
    return [said(v) for v in before], [said(v) for v in after]


def _texts(
    done: Checked, result: Result, title: Words, before: Sequence[str], after: Sequence[str]
) -> None:
    """Name the villages for which two columns differ."""
    if len(before) != len(after):
        done.found(words("ledger.lengths_differ", title=title))
        return
    for index, (one, other) in enumerate(zip(before, after, strict=True)):
        if one == other:
            continue
        if sum(f.village is not None for f in done.findings) >= _BY_VILLAGE:
            done.more += 1
        else:
            done.findings.append(Finding(title, label(result.rows[index]), one, other))


def _moved(found: Sequence[Hinge]) -> list[tuple[object, ...]]:
    return [
        (h.reading, h.option, {o: {i: c[i] for i in c} for o, c in h.changes.items()},
         h.undecided.message if h.undecided is not None else None)
        for h in found
    ]  # fmt: skip


def _by_hand(pieces: Pieces, kept: Restored, result: Result, done: Checked) -> None:
    """What followed from what was set by hand, and the totals of the record."""

    def plain(changes: Sequence[Change]) -> list[tuple[object, ...]]:
        return [(c.index, c.output, c.before, c.after, c.by) for c in changes]

    again = follow(result, kept.overrides)
    if plain(again) != plain(kept.changes):
        done.found(words("ledger.by_hand_differs"))
    paid = Overlaid(result, again) if again else result
    for id_, total in archive.totals(paid).items():
        recorded = str(pieces.entry.data["totals"].get(id_))
        if recorded != total:
            what = words("ledger.total_differs", output=id_)
            done.findings.append(Finding(what, None, recorded, total))


def _correction(ledger: Ledger, pieces: Pieces, earlier: Sequence[Entry], done: Checked) -> None:
    """The run that was corrected must be there, and the differences must be those to it."""
    corrects = pieces.entry.data.get("corrects")
    if corrects is None:
        return
    old = next((entry for entry in earlier if entry.head == corrects["head"]), None)
    if old is None:
        done.found(words("ledger.corrected_missing", run=str(corrects["id"])))
        return
    before, after = restore(Pieces(ledger, old)).result, restore(pieces).result
    again = differences.compare(before, after, (old.id, old.head), str(corrects["reason"]))
    if differences.as_data(again) != pieces.json("correction.json"):
        done.found(words("ledger.correction_differs"))


def as_data(verdict: Verdict, lang: Lang) -> dict[str, Any]:
    """The verdict as JSON-ready data."""

    def one(finding: Finding) -> dict[str, Any]:
        return {
            "what": finding.what.say(lang), "village": finding.village, "recorded": finding.recorded,
            "again": finding.again,
        }  # fmt: skip

    return {
        "clean": verdict.clean,
        "ledger": [one(finding) for finding in verdict.ledger],
        "runs": [
            {
                "id": run.id, "head": run.head, "clean": not run.findings, "villages": run.villages,
                "program": run.program, "findings": [one(f) for f in run.findings],
                "further_findings": run.more,
            }
            for run in verdict.runs
        ],
    }  # fmt: skip
