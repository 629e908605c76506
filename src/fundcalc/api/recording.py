"""Runs kept in the ledger, and taken from it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fundcalc.api.computing import Run

if TYPE_CHECKING:
    from fundcalc.engines.result import Result
    from fundcalc.ledger.archive import Kept
    from fundcalc.ledger.store import Entry

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


def write_differences(run: Run, path: Path) -> None:
    """Write what a correction is to pay or to deduct; the ending says how (.csv, .json). Raises OSError."""
    from fundcalc.api.files import write_bytes
    from fundcalc.ledger.archive import as_json
    from fundcalc.ledger.differences import as_data
    from fundcalc.reports.by_hand import differences_csv

    assert run.correction is not None
    if path.suffix.lower() == ".json":
        write_bytes(path, as_json(as_data(run.correction)))
    else:
        write_bytes(path, differences_csv(run.correction))


def record(
    run: Run,
    ledger: Path,
    *,
    engine: str = "auto",
    prepared_by: str | None = None,
    reviewed_by: str | None = None,
) -> RecordedRun:
    """Keep a run whole or not at all; the ledger is made where there is none. Raises PolicyProblem."""
    from fundcalc.ledger import archive, store

    kept = kept_of(run)
    pieces = archive.pieces(kept)
    make = archive.record(
        kept, archive.Asked(engine, prepared_by, reviewed_by), pieces, totals(run.result)
    )
    with store.opened_to_write(ledger) as opened:
        entry = opened.append(pieces.values(), make)
    fields_ = {f.name: getattr(run, f.name) for f in fields(Run)}
    return RecordedRun(**fields_, entry=entry)


def kept_of(run: Run) -> Kept:
    """A run as the ledger keeps it."""
    from fundcalc.ledger.archive import Kept
    from fundcalc.reports.columns import flags

    codes, table = flags(run.ruled, run.hinges, run.roster.assumed)
    said = [table[code] for code in codes.tolist()]
    return Kept(
        run.roster, run.ruled, run.hinges, run.warnings, said, run.overrides, run.changes,
        run.correction,
    )  # fmt: skip


def totals(result: Result) -> dict[str, str]:
    """The sum of every amount of money, in yuan, by output."""
    from fundcalc.base.money import FEN_DECIMALS, plain
    from fundcalc.reports.summary import is_money

    outputs = [o for p in result.plan.policy.listed_programmes for o in p.outputs if is_money(o)]
    return {o.id: plain(sum(result.numbers(o.id).tolist()), FEN_DECIMALS) for o in outputs}


def open_run(ledger: Path, run_id: str) -> RecordedRun:
    """A run from the ledger: by its number, the beginning of its id or head digest, or `last`.

    Raises PolicyProblem: no ledger, no such run, damaged.
    """
    from fundcalc.ledger.recorded import Pieces, restore
    from fundcalc.ledger.store import opened

    with opened(ledger) as found:
        pieces = Pieces(found, found.find(run_id))
    one = restore(pieces)
    return RecordedRun(
        one.roster, one.result, one.hinges, one.warnings, one.overrides, one.changes,
        one.ruled, one.correction, entry=pieces.entry,
    )  # fmt: skip
