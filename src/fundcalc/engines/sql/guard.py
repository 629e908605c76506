"""Values that a village may not have raise an error in the database, with code, place and village."""

from __future__ import annotations

from dataclasses import replace

from fundcalc.core.interval import INT64, Interval
from fundcalc.engines.sql.piece import Piece
from fundcalc.engines.sql.stages import Stages

ZERO, TWICE, DISAGREE, NOTHING, RANGE, NEGATIVE, PARQUET = (
    "FC406", "FC401", "FC402", "FC403", "FC404", "FC405", "FC855",
)  # fmt: skip


class Guard:
    """Errors of one place: `what` names it (programme/output), `who` is the SQL that names a village.

    `under` is a reading that is not chosen, as `@reading=option`. Where it is `forgiven`, what cannot be
    decided under it is NULL.
    """

    def __init__(
        self, stages: Stages, what: str, who: str, under: str = "", *, forgiven: bool = False
    ) -> None:
        self._stages = stages
        self._what = what + under
        self._who = who
        self._forgiven = forgiven and bool(under)

    def error(self, code: str, detail: str = "") -> str:
        """An expression that stops the run."""
        if self._forgiven:
            return "NULL"
        what = f"{self._what} {detail}" if detail else self._what
        return self._stages.dialect.error(code, what, self._who)

    def named(self, code: str, detail: str) -> str:
        """The same with an expression of text between place and village."""
        if self._forgiven:
            return "NULL"
        return self._stages.dialect.error(code, self._what, f"{detail} || ': ' || {self._who}")

    def decided(self, piece: Piece) -> Piece:
        """Never NULL: a division by zero is an error."""
        if not piece.fails:
            return piece
        text = f"COALESCE({piece.text}, {self.error(ZERO)})"
        return replace(piece, text=text, fails=False, literal=False, atom=True)

    def whole(self, piece: Piece, least: int = INT64.low) -> Piece:
        """A number of 64 bits, not NULL and not below `least` (0, or all of 64 bits)."""
        fine = piece.fits and piece.low >= least
        if fine and not piece.fails:
            return self._narrow(piece)
        one = self._stages.let(piece)
        cases = [f"WHEN {one} IS NULL THEN {self.error(ZERO)}"] if piece.fails else []
        if piece.low < least:
            cases.append(f"WHEN {one} < {least} THEN {self.error(NEGATIVE, 'amount')}")
        if not piece.fits:
            ends = f"{one} BETWEEN {INT64.low} AND {INT64.high}"
            cases.append(f"WHEN NOT ({ends}) THEN {self.error(RANGE)}")
        text = f"CASE {' '.join(cases)} ELSE {self._narrow(one).text} END"
        return Piece(text, one.at, bounds=piece.bounds.clipped().greatest(Interval(least, least)))

    def _narrow(self, piece: Piece) -> Piece:
        if not (piece.wide or piece.literal):
            return piece
        text = f"CAST({piece.text} AS BIGINT)"
        return replace(piece, text=text, wide=False, literal=False, atom=True)
