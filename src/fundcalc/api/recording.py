"""Runs kept in the ledger, and taken from it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.api.computing import Run
from fundcalc.base.words import Lang

if TYPE_CHECKING:
    from fundcalc.engines.hinges import Hinge
    from fundcalc.engines.result import Result
    from fundcalc.explain.near import Near
    from fundcalc.ledger.archive import Kept
    from fundcalc.ledger.differences import Correction
    from fundcalc.ledger.pieces import Pieces
    from fundcalc.ledger.store import Entry
    from fundcalc.ledger.verify import Verdict
    from fundcalc.roster.model import Roster

LEDGER = Path("fundcalc.db")
"""Where runs are kept unless `--ledger` or FUNDCALC_LEDGER says otherwise."""


@dataclass(slots=True, kw_only=True)
class RecordedRun(Run):
    """A run as it was computed, from the ledger alone, and what the ledger knows of it.

    `head` is the digest that vouches for this run and all before it; `corrects` has `id`, `head` and
    `reason` where the run corrects another; `entry` is the whole record.
    """

    entry: Entry

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
        """Who looked it over, where that was said."""
        return self._text("reviewed_by")

    @property
    def corrects(self) -> Mapping[str, str] | None:
        """The run that it corrects."""
        found = self.entry.data.get("corrects")
        return found if isinstance(found, dict) else None

    def _text(self, key: str) -> str | None:
        found = self.entry.data.get(key)
        return str(found) if found else None


def override(run: Run, path: Path) -> Run:
    """The run with the amounts of a file (.csv, .xlsx) set by hand. Raises PolicyProblem: every fault.

    What follows by formula within the same village is computed again; rules and pools stay.
    """
    from fundcalc.ledger.overlay import Overlaid, exceeded, follow
    from fundcalc.ledger.overrides import read_overrides

    overrides = read_overrides(path, run.ruled)
    changes = follow(run.ruled, overrides)
    warnings = [*run.warnings, *exceeded(run.ruled, changes)]
    return replace(
        run, result=Overlaid(run.ruled, changes), by_rules=run.ruled, overrides=overrides,
        changes=changes, warnings=warnings,
    )  # fmt: skip


def correct(run: Run, ledger: Path, run_id: str, reason: str) -> Run:
    """The run held against the recorded one that it corrects. Raises PolicyProblem as `open_run`."""
    from fundcalc.ledger.differences import compare

    old = open_run(ledger, run_id)
    return replace(run, correction=compare(old.result, run.result, old.receipt, reason))


def write_differences(run: Run, path: Path, lang: Lang) -> None:
    """Write what a correction is to pay or to deduct; the ending says how (.csv, .json, .xlsx to sign).

    Raises OSError, and PolicyProblem for more rows than a sheet has.
    """
    from fundcalc.base.files import write_bytes

    write_bytes(path, _DIFFERENCES[path.suffix.lower()](run, lang))


def _differences_csv(run: Run, lang: Lang) -> bytes:
    from fundcalc.reports.by_hand import differences_csv

    return differences_csv(_correction(run))


def _differences_json(run: Run, lang: Lang) -> bytes:
    from fundcalc.ledger.archive import as_json
    from fundcalc.ledger.differences import as_data

    return as_json(as_data(_correction(run)))


def _differences_xlsx(run: Run, lang: Lang) -> bytes:
    from fundcalc.api.computing import on_paper
    from fundcalc.reports.workbook.due import due_xlsx

    return due_xlsx(_correction(run), run.plan, on_paper(run, lang), lang)


def _correction(run: Run) -> Correction:
    assert run.correction is not None
    return run.correction


_DIFFERENCES: dict[str, Callable[[Run, Lang], bytes]] = {
    ".csv": _differences_csv, ".json": _differences_json, ".xlsx": _differences_xlsx,
}  # fmt: skip
DIFFERENCE_WRITERS = tuple(_DIFFERENCES)
"""The endings that `write_differences` knows."""


def record(
    run: Run,
    ledger: Path,
    *,
    engine: str = "auto",
    prepared_by: str | None = None,
    reviewed_by: str | None = None,
) -> RecordedRun:
    """Keep a run whole or not at all; the ledger is made where there is none. Raises PolicyProblem."""
    from fundcalc.ledger import archive, opening

    kept = kept_of(run)
    pieces = archive.pieces(kept)
    make = archive.record(
        kept, archive.Asked(engine, prepared_by, reviewed_by), pieces, archive.totals(run.result)
    )
    with opening.opened_to_write(ledger) as opened:
        entry = opened.append(pieces.values(), make)
    fields_ = {f.name: getattr(run, f.name) for f in fields(Run)}
    return RecordedRun(**fields_, entry=entry)


def kept_of(run: Run) -> Kept:
    """A run as the ledger keeps it."""
    from fundcalc.ledger.archive import Kept

    said = flags_of(run.ruled, run.hinges, run.roster)
    return Kept(
        run.roster, run.ruled, run.hinges, run.warnings, said, run.overrides, run.changes,
        run.correction,
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
    from fundcalc.ledger.opening import opened
    from fundcalc.ledger.pieces import Pieces

    with opened(ledger) as found:
        pieces = Pieces(found, found.find(run_id))
        later = tuple(_corrections(pieces.entry, found.entries()))
    return _run(pieces, later)


def _corrections(entry: Entry, entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """Id and reason of each run that corrects one; a record that cannot be read is passed over."""
    for one in entries:
        with suppress(ValueError):
            corrects = one.data.get("corrects")
            if one.seq > entry.seq and corrects and corrects["head"] == entry.head:
                yield one.id, corrects["reason"]


def _run(pieces: Pieces, later: tuple[tuple[str, str], ...] = ()) -> RecordedRun:
    from fundcalc.ledger.recorded import restore

    one = restore(pieces)
    return RecordedRun(
        one.roster, one.result, one.hinges, one.warnings, one.overrides, one.changes,
        one.ruled, one.correction, later, entry=pieces.entry,
    )  # fmt: skip


def runs(ledger: Path) -> list[Entry]:
    """All runs of a ledger, oldest first. Raises PolicyProblem: no ledger, damaged."""
    from fundcalc.ledger.opening import opened

    with opened(ledger) as found:
        return found.entries()


def verify(
    ledger: Path,
    run_id: str | None = None,
    head: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Verdict:
    """Hold a ledger, or one run of it, against itself: chain, digests, everything computed again.

    `head` is a digest from paper: a run of the ledger, the one asked for if any, must have it. `progress`
    is told the id of each run before it is checked. Raises PolicyProblem where there is no ledger or
    no such run.
    """
    from fundcalc.ledger import verify as checks
    from fundcalc.ledger.opening import opened

    with opened(ledger) as found:
        entries = found.entries()
        chosen = entries
        if run_id is not None:
            seq = found.find(run_id, sound=False).seq
            chosen = [entry for entry in entries if entry.seq == seq]
        about = checks.chain(found, entries, head)
        if head is not None and run_id is not None:
            about += checks.same_head(chosen[0], head)
        done = []
        for entry in chosen:
            if progress is not None:
                progress(entry.id)
            earlier = [one for one in entries if one.seq < entry.seq]
            done.append(checks.check(found, entry, earlier, flags_of))
    return checks.Verdict(about, done)


def verification_json(verdict: Verdict, lang: Lang) -> dict[str, Any]:
    """What `verify` found as JSON-ready data."""
    from fundcalc.ledger.verify import as_data

    return as_data(verdict, lang)


def export(ledger: Path, run_id: str, folder: Path, *, explanations: bool = True) -> int:
    """Write a run's audit pack into a new or empty folder; returns how many files there are.

    Raises PolicyProblem: no such run, damaged, folder not empty; OSError.
    """
    from fundcalc.api.computing import columns_of
    from fundcalc.api.explaining import explainer, explanation_json
    from fundcalc.ledger.opening import opened
    from fundcalc.ledger.pieces import Pieces
    from fundcalc.reports.audit.pack import Pack, write
    from fundcalc.reports.tables import as_csv

    with opened(ledger) as found:
        entry = found.find(run_id)
        pieces = Pieces(found, entry)
        records = [one for one in found.entries() if one.seq <= entry.seq]
    run = _run(pieces)
    found_ = explainer(run)

    def explained(index: int) -> dict[str, Any]:
        return explanation_json(found_.explain(index), "zh")

    table = as_csv(columns_of(run), len(run.result.rows), "en")
    wanted = explained if explanations else None
    return write(Pack(pieces, records, run.roster, run.ruled, table, wanted), folder)


def near(run: Run, within: Fraction) -> tuple[list[Near], list[str]]:
    """Villages close to a line, and the programmes whose pools are too large to look at.

    Lines that move most money come first. `within` is the distance as a share of the line: 1/20 for 5 %.
    """
    from fundcalc.api.explaining import explainer
    from fundcalc.explain import near as lines

    found = explainer(run)
    return lines.near(found, within), lines.out_of_reach(found)


def near_text(run: Run, found: Sequence[Near], lang: Lang, *, whole: bool = False) -> str:
    """Villages close to a line, as lines of at most 80 columns; the first of each kind, or all."""
    from fundcalc.reports.near_lines import as_text

    return as_text(run.ruled, found, lang, whole=whole)


def near_json(run: Run, found: Sequence[Near]) -> list[dict[str, Any]]:
    """Villages close to a line, as JSON-ready data."""
    from fundcalc.reports.near_lines import as_json

    return as_json(run.ruled, found)


def near_csv(run: Run, found: Sequence[Near]) -> str:
    """Villages close to a line: one row a line and output."""
    from fundcalc.reports.near_lines import as_csv

    return as_csv(run.ruled, found)
