"""What one village got in the runs of a ledger, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fundcalc.base.words import Words
from fundcalc.language.datatypes import Number
from fundcalc.ledger.differences import key, payable
from fundcalc.ledger.recorded import Pieces, Restored, restore
from fundcalc.ledger.standing import Standing, State
from fundcalc.ledger.store import Ledger
from fundcalc.policy.model import IDENTITY


@dataclass(frozen=True, slots=True)
class Given:
    """An amount that somebody pays, in fen; `by_rules` where it was set by hand, or follows from what was."""

    output: str
    title: Words
    unit: Words
    payer: Words
    amount: int
    by_rules: int | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run, and what the village got in it; no `amounts` where it is not among that run's villages."""

    run: str
    recorded_at: str
    on: str
    policy: Words
    state: State
    corrected_by: str | None
    amounts: tuple[Given, ...] | None

    @property
    def total(self) -> int | None:
        """All of it; None where there is nothing, or amounts of several units."""
        if len({one.unit for one in self.amounts or ()}) != 1:
            return None
        return sum(one.amount for one in self.amounts or ())


def history(ledger: Ledger, who: Mapping[str, str], most: int) -> tuple[list[Earlier], int]:
    """The newest runs, `most` of them, and how many there are before.

    `who` has code, name, town and county: a village is known by its code, or by the others where it has none.
    Raises PolicyProblem where the ledger is damaged.
    """
    entries = ledger.entries()
    standing = Standing(entries, ledger.additions())
    wanted = key(*(who.get(part, "") for part in IDENTITY))
    found = []
    for entry in reversed(entries[-most:]):
        one = restore(Pieces(ledger, entry))
        later = standing.corrected_by(entry)
        policy = one.ruled.plan.policy
        at = _place(one, wanted)
        found.append(
            Earlier(
                entry.id, str(entry.data["recorded_at"]), one.ruled.plan.on.isoformat(),
                policy.title, standing.state(entry), later.id if later is not None else None,
                None if at is None else tuple(_given(one, at)),
            )
        )  # fmt: skip
    return found, max(0, len(entries) - most)


def _place(one: Restored, wanted: tuple[str, ...]) -> int | None:
    """Where the village stands in a run."""
    columns = one.roster.columns
    if len(wanted) == 1:
        try:
            return columns["code"].index(wanted[0])
        except (KeyError, ValueError):
            return None
    blank = [""] * len(one.roster)
    parts = [columns.get(p, blank) for p in ("county", "town", "name", "code")]
    whole = (*wanted, "")
    return next((at for at, row in enumerate(zip(*parts, strict=True)) if row == whole), None)


def _given(one: Restored, at: int) -> Iterator[Given]:
    ruled, paid = one.ruled, one.result
    hand = {change.output for change in one.changes if change.index == at}
    for id_, output in payable(paid).items():
        amount, before = paid.column(id_)[at], ruled.column(id_)[at]
        assert isinstance(amount, int) and isinstance(before, int) and output.payer is not None
        payer = paid.plan.policy.payers[output.payer]
        kind = output.type
        assert isinstance(kind, Number) and kind.unit is not None
        unit = Words(kind.unit.said("zh"), kind.unit.said("en"))
        yield Given(id_, output.title, unit, payer, amount, before if id_ in hand else None)
