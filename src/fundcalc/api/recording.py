"""Runs kept in the ledger, and taken from it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.api.computing import Run

if TYPE_CHECKING:
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


def record(
    run: Run,
    ledger: Path,
    *,
    engine: str = "auto",
    prepared_by: str | None = None,
    reviewed_by: str | None = None,
) -> RecordedRun:
    """Keep a run whole or not at all; the ledger is made where there is none. Raises PolicyProblem."""
    from fundcalc.engines.result import Result
    from fundcalc.ledger import archive, store
    from fundcalc.reports.columns import flags
    from fundcalc.reports.summary import is_money

    codes, table = flags(run.result, run.hinges, run.roster.assumed)
    said = [table[code] for code in codes.tolist()]
    nothing: dict[str, Any] = {"overrides": [], "changes": []}
    kept = archive.Kept(run.roster, run.result, run.hinges, run.warnings, said, nothing)
    pieces = archive.pieces(kept)

    def total(result: Result, id_: str) -> str:
        from fundcalc.base.money import FEN_DECIMALS, plain

        return plain(sum(result.numbers(id_).tolist()), FEN_DECIMALS)

    outputs = [o for p in run.plan.policy.listed_programmes for o in p.outputs if is_money(o)]
    totals = {o.id: total(run.result, o.id) for o in outputs}
    asked = archive.Asked(engine, prepared_by, reviewed_by)
    with store.opened_to_write(ledger) as opened:
        entry = opened.append(pieces.values(), archive.record(kept, asked, pieces, totals))
    return RecordedRun(run.roster, run.result, run.hinges, run.warnings, entry=entry)


def open_run(ledger: Path, run_id: str) -> RecordedRun:
    """A run from the ledger: by its number, the beginning of its id or head digest, or `last`.

    Raises PolicyProblem: no ledger, no such run, damaged.
    """
    from fundcalc.ledger.recorded import Pieces, restore
    from fundcalc.ledger.store import opened

    with opened(ledger) as found:
        pieces = Pieces(found, found.find(run_id))
    one = restore(pieces)
    return RecordedRun(one.roster, one.result, one.hinges, one.warnings, entry=pieces.entry)
