"""The cells of a workbook's sheet as they come in, row by row, up to the `Sheet` that they make."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import zip_longest

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fundcalc.roster.files.source import stop
from fundcalc.roster.model import letters, place
from fundcalc.roster.sheet import (
    FORMATTED,
    MAX_COLUMNS,
    NOT_COMPUTED,
    RUNS,
    Area,
    Format,
    Sheet,
)

Kinds = NDArray[np.int16]
Mark = tuple[int, str]
"""A column and what is said of all the text of its cell."""

MAX_ROWS, MAX_WIDTH = 1_048_576, 16_384
"""What a sheet can have."""

MAX_CELLS = 16_000_000
MAX_MERGED = 3_000_000
MAX_FORMATS = 10_000
MAX_CHARACTERS = 150_000_000
_BLOCK = 8192
STRUCK, RAISED, LOWERED = "删除线", "上标", "下标"
"""What is said of a text, or a part of it, that is no part of the figure."""


class Cells:
    """The rows of a sheet, counted from 0, which come in order."""

    def __init__(self, path: str, file: str, sheet: str) -> None:
        self.path, self._file, self._sheet = path, file, sheet
        self._texts: list[Sequence[str]] = []
        self._kinds: list[Sequence[int]] = []
        self._frames: list[pl.DataFrame] = []
        self._blocks: list[Kinds] = []
        self._height = self._width = self._characters = 0
        self._formats: dict[Format, int] = {}
        self._formulas: dict[int, list[int]] = {}
        self._counted: set[int] = set()
        self._merged: list[Area] = []
        self._merged_cells = 0
        self._hidden: list[int] = []
        self._struck: list[int] = []

    def place(self, row: int, column: int) -> str:
        """A cell as it is named in messages."""
        return place(self._file, self._sheet, f"{letters(column)}{row + 1}")

    def add_row(
        self, at: int, texts: list[str], kinds: list[int], marks: Collection[Mark], hidden: bool
    ) -> None:
        """One more row; `marks` are cells that are struck out, raised or lowered as a whole.

        Raises PolicyProblem where it is too wide, or too far away.
        """
        while texts and not kinds[-1] and not texts[-1].strip():
            texts.pop()
            kinds.pop()
        if not texts:
            return
        if len(texts) > MAX_COLUMNS:
            where = self.place(at, len(texts) - 1)
            stop("FC606.columns", where, columns=len(texts), most=MAX_COLUMNS)
        self._width = max(self._width, len(texts))
        if (at + 1) * self._width > MAX_CELLS:
            where = self.place(at, len(texts) - 1)
            stop("FC606.far", where, rows=at + 1, columns=self._width)
        if marks:
            self._mark(at, texts, kinds, marks)
        if hidden:
            self._hidden.append(at)
        while self._height < at:
            short = min(at - self._height, _BLOCK - len(self._texts))
            self._texts.extend([()] * short)
            self._kinds.extend([()] * short)
            self._height += short
            self._end_block(_BLOCK)
        self._texts.append(texts)
        self._kinds.append(kinds)
        self._height += 1
        self._end_block(_BLOCK)

    def formula(self, row: int, column: int, counted: bool) -> None:
        """A formula with a stored result; `counted` unless that is 0 or nothing."""
        self._formulas.setdefault(column, []).append(row)
        if counted:
            self._counted.add(column)

    def merge(self, area: Area) -> None:
        """Cells that are merged."""
        top, left, bottom, right = area
        self._merged_cells += (bottom - top + 1) * max(min(right, MAX_COLUMNS) - left + 1, 1)
        if self._merged_cells > MAX_MERGED:
            stop("FC606.merged", place(self._file, self._sheet, ""))
        self._merged.append(area)

    def numbered(self, form: Format) -> int:
        """The kind of a cell with a number format by which another figure is seen."""
        at = self._formats.setdefault(form, len(self._formats))
        if at > MAX_FORMATS:
            stop("FC606.formats", place(self._file, self._sheet, ""))
        return FORMATTED + at

    def sheet(self, *, column_zeros: bool, all_zeros: bool) -> Sheet:
        """The sheet.

        Stored results that are all 0 were never computed: in one column where a file says that it is to
        be computed on opening (`column_zeros`), in all columns where its writer does not compute.
        """
        self._end_block(1)
        cells = stacked(self._frames)
        blocks = [np.pad(b, ((0, 0), (0, self._width - b.shape[1]))) for b in self._blocks]
        kinds = np.concatenate(blocks) if blocks else np.zeros((0, 0), np.int16)
        self._frames, self._blocks = [], []
        zeros = 0 if self._counted else sum(map(len, self._formulas.values()))
        if column_zeros or (all_zeros and not self._counted):
            for column in self._formulas.keys() - self._counted:
                rows = self._formulas[column]
                kinds[rows, column] = NOT_COMPUTED
                cells = cells.with_columns(cells.to_series(column).scatter(rows, ""))
            zeros = 0
        return Sheet(
            self._sheet,
            cells,
            kinds=kinds,
            formats=[*self._formats],
            merged=self._merged,
            hidden=self._hidden,
            struck=self._struck,
            zeros=zeros,
        )

    def _end_block(self, rows: int) -> None:
        """Put rows away where there are so many, so that there are never many small objects."""
        if len(self._texts) < rows:
            return
        self._characters += sum(sum(map(len, texts)) for texts in self._texts)
        if self._characters > MAX_CHARACTERS:
            stop("FC606.characters", place(self._file, self._sheet, ""))
        frame = frame_of(self._texts)
        kinds = np.array([*zip_longest(*self._kinds, fillvalue=0)], np.int16).T
        self._frames.append(frame)
        self._blocks.append(kinds.reshape(frame.height, -1))
        self._texts, self._kinds = [], []

    def _mark(self, at: int, texts: list[str], kinds: list[int], marks: Collection[Mark]) -> None:
        """Show what is struck out, raised or lowered in brackets; but a row struck out as a whole."""
        filled = sum(
            bool(text.strip()) or bool(kind) for text, kind in zip(texts, kinds, strict=True)
        )
        if sum(mark == STRUCK for _, mark in marks) == filled:
            self._struck.append(at)
            return
        for column, mark in marks:
            texts[column] = f"[{mark} {texts[column]}]"
            kinds[column] = RUNS


def frame_of(rows: Sequence[Sequence[str]]) -> pl.DataFrame:
    """Rows as columns c0, c1, …; shorter ones are filled up with ""."""
    columns = zip_longest(*rows, fillvalue="")
    series = [pl.Series(f"c{at}", column, pl.String) for at, column in enumerate(columns)]
    return pl.DataFrame(series or [pl.Series("c0", [""] * len(rows), pl.String)])


def stacked(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Frames of texts below each other, as wide as the widest."""
    width = max((frame.width for frame in frames), default=0)
    filled = [
        frame.with_columns(pl.lit("").alias(f"c{at}") for at in range(frame.width, width))
        for frame in frames
    ]
    return pl.concat(filled).rechunk() if filled else pl.DataFrame()


def joined(runs: Collection[tuple[str, str]]) -> tuple[str, str, bool]:
    """Texts with their marks as one text: also one mark that holds for all, and whether some hold in part."""
    marks = {mark for text, mark in runs if text.strip()}
    if len(marks) <= 1:
        return "".join(text for text, _ in runs), next(iter(marks), ""), False
    shown: list[str] = []
    last = ""
    for text, mark in runs:
        if mark and mark == last:
            shown[-1] = f"{shown[-1][:-1]}{text}]"
        elif mark and text.strip():
            shown.append(f"[{mark} {text}]")
        else:
            shown.append(text)
            mark = ""  # noqa: PLW2901
        last = mark
    return "".join(shown), "", True


def address(path: str, name: str) -> tuple[int, int]:
    """Row and column of A1, from 0. Raises PolicyProblem where it is none, or beyond a sheet."""
    head = name.replace("$", "").upper()
    figures = head.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    column = 0
    for letter in head[: len(head) - len(figures)][:8]:
        column = column * 26 + ord(letter) - 64
    if not (figures.isascii() and figures.isdigit() and len(figures) < 20 and column):
        stop("FC603", path)
    row = int(figures)
    if not 1 <= row <= MAX_ROWS or column > MAX_WIDTH:
        stop("FC606.beyond", f"{path}!{name[:40]}")
    return row - 1, column - 1
