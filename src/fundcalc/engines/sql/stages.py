"""Stages of columns: each column goes to the earliest layer where all it uses is there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from fundcalc.core.interval import Interval
from fundcalc.engines.sql.database import Dialect
from fundcalc.engines.sql.piece import Piece, Place


@dataclass(frozen=True, slots=True)
class Added:
    """A column of a layer."""

    name: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """A pool's shares, joined to the stage by village."""

    table: str
    name: str


@dataclass(slots=True)
class Stage:
    """What is joined at its start, then layers of columns, each over the one before."""

    joined: list[Joined] = field(default_factory=list)
    layers: list[list[Added]] = field(default_factory=list)


class Stages:
    """All columns. Equal expressions are worked out once."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.all: list[Stage] = [Stage()]
        self._known: dict[tuple[str, Place], Piece] = {}
        self._names = 0

    def add(self, name: str, piece: Piece, note: str = "") -> Piece:
        """A column; the same expression a second time is the first column."""
        key = (piece.text, piece.at)
        if key in self._known:
            return self._known[key]
        return self.put(name, piece, note)

    def put(self, name: str, piece: Piece, note: str = "") -> Piece:
        """A column of this name, even where another has the same value."""
        stage, layer = piece.at
        layers = self._stage(stage).layers
        while len(layers) <= layer:
            layers.append([])
        layers[layer].append(Added(name, piece.text, note))
        column = replace(
            piece, text=self.dialect.id(name), at=(stage, layer + 1), literal=False, atom=True
        )
        self._known.setdefault((piece.text, piece.at), column)
        return column

    def let(self, piece: Piece) -> Piece:
        """A piece that is used several times, as a column unless it is short anyway."""
        if piece.literal or (piece.atom and len(piece.text) < 70):
            return piece
        self._names += 1
        return self.add(f"~{self._names}", piece)

    def join(self, stage: int, table: str, name: str, bounds: Interval) -> Piece:
        """The column of a pool's shares, there from the beginning of a stage."""
        one = Joined(table, name)
        if one not in self._stage(stage).joined:
            self._stage(stage).joined.append(one)
        return Piece(self.dialect.id(name), (stage, 0), bounds=bounds)

    def _stage(self, number: int) -> Stage:
        while len(self.all) <= number:
            self.all.append(Stage())
        return self.all[number]
