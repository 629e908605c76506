"""The one folder that a desk serves, and what was computed of it.

    policies.toml, rules/   the policy; without them the shipped one
    rosters/                what was dropped on the desk, as it came
    intake.toml             how that is read: decided on pages 1 to 3, used by `fundcalc run intake.toml`
    desk.json               the rest of the draft: day, readings, names, how papers look
    fundcalc.db             the ledger

All that a person has decided is in these files from the moment it is decided: closing the browser, a second
window, a killed server lose nothing. What was computed is kept in memory, under the digests of what it
rests on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import TypeAdapter

from fundcalc import api
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.system import beijing
from fundcalc.base.words import VILLAGES, Lang, Words, speak_of
from fundcalc.desk.work import Job, Works

if TYPE_CHECKING:
    from fundcalc.policy.model import Policy
    from fundcalc.policy.plan import Plan
    from fundcalc.roster.intake import IntakeFile
    from fundcalc.roster.look import Reading
    from fundcalc.roster.register import Comparison, Count

ROSTERS, INTAKE, DRAFT, POLICY = "rosters", "intake.toml", "desk.json", "policies.toml"

OVERRIDES = "overrides.csv", "overrides.xlsx"
"""The list of amounts set by hand is one of these files of the folder."""
RUN = "run"
"""The intake that the last run of the ledger has kept."""


@dataclass(frozen=True)
class Draft:
    """What was decided beside the intake.

    `on` is the day of the values, "" for the policy's own; `skip` leaves villages with faults out, which is
    said everywhere. `before` is the recorded run that gives what the policy calls `before.…`. `earlier` is
    the intake whose settlements were used again, a path or RUN, and `register` the file of all villages that
    counts are held against. `papers` says which papers are wanted and how, `change` holds a change of the
    policy not yet saved, `correction` the run that is corrected and why: each is its page's own.
    """

    on: str = ""
    readings: Mapping[str, str] = field(default_factory=dict)
    skip: bool = False
    before: str = ""
    earlier: str = ""
    register: str = ""
    prepared_by: str = ""
    papers: Mapping[str, Any] = field(default_factory=dict)
    change: Mapping[str, Any] = field(default_factory=dict)
    correction: Mapping[str, Any] = field(default_factory=dict)

    @property
    def day(self) -> date | None:
        """The day of the values; None for the policy's own."""
        return date.fromisoformat(self.on) if self.on else None

    @property
    def overrides(self) -> str:
        """The list of amounts set by hand, "" where there is none."""
        name = self.papers.get("overrides")
        return name if isinstance(name, str) and name in OVERRIDES else ""

    @property
    def corrects(self) -> tuple[str, str] | None:
        """The run that is corrected, and why."""
        run, why = (str(self.correction.get(key, "")) for key in ("run", "reason"))
        return (run, why) if run else None

    @property
    def readings_asked(self) -> list[str]:
        """Its readings as options of a command."""
        return [
            part for reading in self.readings.items() for part in ("--reading", "=".join(reading))
        ]


class Latest(NamedTuple):
    """What is wanted of the ledger's last run: its day, the intake that it kept, and villages by county."""

    id: str
    day: str
    intake: bytes | None
    counties: Mapping[str, int]


class Missing(NamedTuple):
    """Why there is no result, the one thing to do next, and where."""

    why: Words
    label: Words
    href: str


class Nothing(Exception):
    """There is nothing to show: the draft has no result, or a village is there no longer."""

    def __init__(self, missing: Missing, status: int = 200) -> None:
        super().__init__(missing.href)
        self.missing, self.status = missing, status


class Unapplied(PolicyProblem):
    """What is set by hand, carried over or corrected cannot be: it is changed on page 6."""


class Stale(Exception):
    """The draft is no longer what the page showed: another window, or a program beside, changed it."""


class Desk:
    """The folder, its draft, and what is known of them. Safe to use from several threads.

    The desk works in its folder, as a person would who types the equal commands there: `folder` is where the
    process stands, so that every path and name is the same on paper and in the ledger. `policy_given` is the
    policy as `api` takes it; `policy_asked` and `ledger_asked` are what commands say that would else take
    others. `lock` is held while the draft's files are read, changed and written.
    """

    def __init__(
        self, *, policy: Path | None = None, ledger: Path | None = None, read_only: bool = False
    ) -> None:
        self.folder, self.name = Path(), Path.cwd().name
        self.intake, self.rosters = self.folder / INTAKE, self.folder / ROSTERS
        self.ledger = ledger or api.LEDGER
        self.ledger_asked = [] if self.ledger == api.LEDGER else ["--ledger", str(self.ledger)]
        self.read_only = read_only or not os.access(self.folder, os.W_OK)
        self.works = Works()
        self.policy_given = policy
        self.policy_asked = [] if policy is None else ["--policy", str(policy)]
        self.lock = RLock()
        self._own = False  # whether the folder was seen to have a policy
        self._intake: tuple[bytes, IntakeFile] | None = None
        self._loaded: tuple[Hashable, Policy | None, tuple[Diagnostic, ...]] | None = None

    def within(self, name: str) -> Path | None:
        """A file or folder of the folder, by the names that it lists; None where there is no such."""
        place, whole = self.folder, self.folder.resolve()
        for part in name.split("/"):
            there = place.is_dir() and part in {entry.name for entry in place.iterdir()}
            place /= part
            if not (there and place.resolve().is_relative_to(whole)):  # a link may lead out
                return None
        return place

    # -- the draft ----------------------------------------------------------------------------------

    def draft(self) -> Draft:
        """The draft as it is on the disk; an unreadable one is an error, not an empty one."""
        path = self.folder / DRAFT
        if not path.exists():
            return Draft()
        try:
            draft = TypeAdapter(Draft).validate_json(path.read_bytes(), strict=True)
            draft.day  # noqa: B018 - whoever has a draft may read its day
            return draft
        except (OSError, ValueError, TypeError, AttributeError):
            raise PolicyProblem([say("FC960", file=DRAFT)]) from None

    def save(self, seen: str, **changed: Any) -> Draft:
        """Keep what was decided. Raises Stale where the draft is not what the page showed, and OSError."""
        with self.lock:
            self.check(seen)
            draft = replace(self.draft(), **changed)
            text = json.dumps(asdict(draft), ensure_ascii=False, indent=1) + "\n"
            api.write_bytes(self.folder / DRAFT, text.encode())
            return draft

    def check(self, seen: str) -> None:
        """Raise Stale where the draft is not what the page showed; a run stands behind a dot."""
        if seen.partition(".")[0] != self.seen():
            raise Stale

    def seen(self) -> str:
        """The digest of the draft's files as they are, for a page's forms."""
        contents = (content_of(self.folder / name) for name in (DRAFT, INTAKE))
        return hashlib.sha256(b"\0".join(contents)).hexdigest()[:16]

    # -- the intake ---------------------------------------------------------------------------------

    def settled(self) -> IntakeFile:
        """What is settled about reading, to be looked at only. Raises PolicyProblem: what is wrong in it."""
        with self.lock:
            content = content_of(self.intake)
            if self._intake is None or self._intake[0] != content:
                self._intake = content, api.read_intake(self.intake).table
            return self._intake[1]

    def settle(self, seen: str, lang: Lang, change: Callable[[IntakeFile], object]) -> None:
        """Change what is settled about reading, and write it. Raises Stale, PolicyProblem and OSError."""
        with self.lock:
            self.check(seen)
            exists = self.intake.is_file()
            intake = self.settled().model_copy(deep=True) if exists else api.no_intake()
            change(intake)
            if intake.file:
                api.save_intake(self.intake, intake, lang)
            else:
                self.intake.unlink(missing_ok=True)

    def earlier(self, which: str) -> IntakeFile | None:
        """An earlier intake: RUN, or a file of the folder; None where there is none or it is not open yet.

        Raises PolicyProblem: what is wrong in it.
        """
        if which != RUN:
            path = self.within(which)
            return api.read_intake(path).table if path is not None and path.is_file() else None
        run = self.latest()
        if run is None or run.intake is None:
            return None
        return api.intake_of(Path(f"{run.id}.toml"), run.intake).table

    def latest(self) -> Latest | None:
        """The last run of the ledger; None where there is none, or it is not open yet."""
        if not self.ledger.is_file():
            return None

        def make(_: Job) -> Latest:
            run = api.open_run(self.ledger, "last")
            counties = Counter(map(str, run.roster.column("county"))) or {"": len(run.roster)}
            return Latest(run.id, beijing(run.recorded_at)[:10], run.roster.intake, dict(counties))

        job = self.works.start("desk.opening_last", _state(self.ledger), make)
        job.ended.wait(2)
        return job.result if isinstance(job.result, Latest) else None

    def register(self) -> Comparison | PolicyProblem | None:
        """The rosters held against the register of villages, or why not; None where it is not done yet."""
        name, policy = self.draft().register, self.policy()
        path = self.within(name) or self.folder / Path(name).name
        key = self._read_key(), _state(path)
        job = self.works.start(
            "desk.comparing", key, lambda _: api.compare_register(path, self.intake, policy)
        )
        job.ended.wait(1)
        if isinstance(job.problem, PolicyProblem):
            return job.problem
        comparison: Comparison | None = job.result
        return comparison

    def counts(
        self, read: Reading, latest: Latest | None
    ) -> tuple[list[Count], Comparison | PolicyProblem | None]:
        """Villages by county beside those of the last run and of the register, where there is one."""
        if not read.files:
            return [], None
        compared = self.register() if self.draft().register else None
        listed = None if isinstance(compared, PolicyProblem) else compared
        return api.by_county(read.counties, latest and latest.counties, listed), compared

    # -- the policy ---------------------------------------------------------------------------------

    @property
    def policy_folder(self) -> Path | None:
        """The folder of the policy; None where it is the shipped one, which cannot be edited."""
        if self.policy_given is not None:
            return self.policy_given if self.policy_given.is_dir() else self.policy_given.parent
        self._own = self._own or (self.folder / POLICY).is_file()
        return self.folder if self._own else None

    @property
    def policy_file(self) -> str:
        """The policy's first file, "" where it is the shipped one."""
        root = self.policy_folder
        return "" if root is None else (root / POLICY).as_posix()

    @property
    def broken(self) -> bool:
        """Whether the policy's files have faults, so that nothing can be computed until they are mended."""
        return self._load()[0] is None

    def policy(self) -> Policy:
        """The policy as its files are now. Raises PolicyProblem: everything that is wrong in them."""
        policy, diagnostics = self._load()
        if policy is None:
            raise PolicyProblem(diagnostics)
        return policy

    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is doubtful in the policy; of a broken one, all that is wrong in it."""
        return self._load()[1]

    def speak(self, policy: Policy | None = None) -> None:
        """Call rows what the desk's policy or another calls them, in all that is said from here on."""
        self._load() if policy is None else speak_of(policy.noun)

    def _load(self) -> tuple[Policy | None, tuple[Diagnostic, ...]]:
        with self.lock:
            state = self._policy_state()
            if self._loaded is None or self._loaded[0] != state:
                try:
                    given = self.policy_given or (self.folder / POLICY if self._own else None)
                    policy, warned = api.load_policy_with_warnings(given)
                    self._loaded = state, policy, tuple(warned)
                except PolicyProblem as problem:
                    self._loaded = state, None, problem.diagnostics
            speak_of(self._loaded[1].noun if self._loaded[1] is not None else VILLAGES)
            return self._loaded[1:]

    def _policy_state(self) -> Hashable:
        """What changes when a file of the policy is edited outside."""
        root = self.policy_folder
        if root is None:
            return None
        paths = [root / POLICY]
        for folder in ("rules", "tables", "sources"):
            paths += sorted((root / folder).rglob("*.*"))
        return tuple(map(_state, paths))

    def plan(self) -> Plan:
        """The policy on the draft's day under its readings. Raises PolicyProblem."""
        draft = self.draft()
        return api.plan(self.policy(), draft.day, draft.readings)

    # -- what is computed ---------------------------------------------------------------------------

    def read(self) -> Reading:
        """The rosters as the intake says; without files where there is none yet, or its problems stand alone.

        Raises Busy while a large one is read.
        """
        if not self.intake.is_file():
            return api.Reading(())
        policy, day = self.policy(), self.draft().day

        def make(job: Job) -> Reading:
            try:
                return api.look_at(self.intake, policy, on=day, progress=job.progress)
            except PolicyProblem as problem:
                return api.Reading((), problems=problem.diagnostics)

        return self.works.get("desk.reading", self._read_key(), make)

    def _read_key(self) -> Hashable:
        files: Sequence[Path] = ()
        with suppress(PolicyProblem):
            files = [self.folder / entry.path for entry in self.settled().file]
        return (
            self.policy().digest, self.draft().on, content_of(self.intake), tuple(map(_state, files))
        )  # fmt: skip

    def missing(self) -> Missing | None:
        """Why the draft has no result; None where it has one. Raises Busy, PolicyProblem.

        Villages with faults are left out only where the draft says so.
        """
        read = self.read()
        rosters = words("desk_results.to_rosters"), "/rosters"
        columns = words("desk_results.to_columns"), "/columns"
        if read.problems:
            mended = not read.questions and {problem.code for problem in read.problems} == {"FC654"}
            there = (words("desk_results.to_faults"), "/faults") if mended else columns
            return Missing(words("desk_results.unread", open=len(read.unsettled)), *there)
        if read.roster is None:
            return Missing(words("desk_results.no_roster"), *rosters)
        if read.questions:
            return Missing(words("desk_results.open", questions=len(read.questions)), *columns)
        if (rejected := read.roster.rejected_rows) and not self.draft().skip:
            why = words("desk_results.rejected", rows=rejected)
            return Missing(why, words("desk_results.to_faults"), "/faults")
        return None if len(read.roster) else Missing(words("desk_results.no_village"), *rosters)

    def run(self) -> api.Run:
        """The draft computed, unrecorded. Raises Nothing where nothing could be, Busy, PolicyProblem."""
        draft, roster = self.draft(), self.read().roster
        if (missing := self.missing()) is not None or roster is None:
            assert missing is not None
            raise Nothing(missing)
        plan = self.plan()
        chosen = draft.on, json.dumps(dict(draft.readings)), draft.before
        back = (self.ledger, draft.before) if draft.before else None

        return self.works.get(
            "desk.computing", (self._read_key(), plan.policy.digest, chosen),
            lambda job: api.calculate(plan, roster, job.progress, before=back), len(roster),
        )  # fmt: skip

    def applied(self, draft: Draft | None = None) -> api.Run:
        """The draft with what is set by hand, carried over and corrected. Raises Unapplied too."""
        run, draft = self.run(), draft or self.draft()
        carried, corrects = bool(draft.papers.get("carry")), draft.corrects
        if not (draft.overrides or carried or corrects):
            return run
        overrides = Path(draft.overrides) if draft.overrides else None
        by = draft.prepared_by or None
        digest = hashlib.sha256(content_of(overrides)).hexdigest() if overrides else ""
        this = run.once("this", object)  # runs are told apart, not compared value by value
        key = this, draft.overrides, digest, carried, corrects, by, self.ledger_state

        def make(_: Job) -> api.Run:
            return api.by_hand(
                run, self.ledger, overrides, carried=carried, corrects=corrects, prepared_by=by
            )

        try:
            return self.works.get("desk_papers.applying", key, make)
        except PolicyProblem as problem:
            raise Unapplied(problem.diagnostics) from None

    @property
    def run_asked(self) -> list[str]:
        """The draft as options of a command that computes it."""
        draft = self.draft()
        before = ["--before", draft.before, *self.ledger_asked] if draft.before else []
        day = api.options_of({"--on": draft.on})
        return [*self.policy_asked, *day, *draft.readings_asked, *before]

    def run_command(self, *more: str) -> list[str]:
        """The command that computes the draft, with what is set by hand; `more` are further options."""
        draft = self.draft()
        run, why = draft.corrects or ("", "")
        by_hand = {"--overrides": draft.overrides, "--corrects": run, "--reason": why}
        ticks = ["--skip-rejects"] * draft.skip + ["--carry"] * bool(draft.papers.get("carry"))
        return ["run", INTAKE, *self.run_asked, *ticks, *api.options_of(by_hand), *more]

    @property
    def ledger_state(self) -> Hashable:
        """What changes when anything is recorded; what is newest may stand in the file beside it.

        That file comes and goes, empty, while somebody reads: then it says nothing.
        """
        beside = _state(self.ledger.with_name(self.ledger.name + "-wal"))
        return _state(self.ledger), beside if beside[1] else None

    def recorded(self, run_id: str) -> api.RecordedRun:
        """A run of the ledger; the last one asked for is kept. Raises Busy, PolicyProblem."""
        key = run_id, self.ledger_state
        run = self.works.get("desk.opening", key, lambda _: api.open_run(self.ledger, run_id))
        self.speak(run.plan.policy)
        return run


def content_of(path: Path) -> bytes:
    """What a file has, nothing where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _state(path: Path) -> tuple[Path, int, int]:
    """What changes when a file is written: it, its size, and when that was."""
    try:
        stat = path.stat()
    except OSError:
        return path, 0, 0
    return path, stat.st_size, stat.st_mtime_ns
