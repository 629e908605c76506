"""A sheet that takes formulas as they are, and writes plain cells without detours.

XlsxWriter looks into each formula for names of new functions: slowly, and taking a policy's text in quotes
for a call. Its way to write one cell serves every kind of cell; the three kinds of which there are a
hundred thousand are written here as it would write them, in a third of the time. Were its method renamed,
the sheet would be the same, only slower.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from xlsxwriter.format import Format
from xlsxwriter.worksheet import (
    CellFormulaTuple,
    CellNumberTuple,
    CellStringTuple,
    Worksheet,
)

from fundcalc.engines.formulas.cells import Err
from fundcalc.roster.model import letters


class Sheet(Worksheet):  # type: ignore[misc]
    """A worksheet; `constant_memory` sheets are left to XlsxWriter."""

    def put_formula(self, row: int, column: int, text: str, style: Format, value: object) -> None:
        """A formula without `=`, with the value to store beside it."""
        self._check_dimensions(row, column)
        self.table[row][column] = CellFormulaTuple(text, style, value)

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        kind = type(cell)
        if self.constant_memory or kind not in _PLAIN or not cell.format:
            super()._write_cell(row, col, cell)
            return
        while col >= len(_LETTERS):
            _LETTERS.append(letters(len(_LETTERS)))
        head = f'<c r="{_LETTERS[col]}{row + 1}" s="{cell.format._get_xf_index()}"'  # noqa: SLF001
        self.fh.write(f"{head}{_PLAIN[kind](cell)}</c>")


def _formula(cell: Any) -> str:
    value = cell.value
    if not isinstance(value, str):
        return f"><f>{escape(cell.formula)}</f><v>{value}</v>"
    kind = "e" if isinstance(value, Err) else "str"
    return f' t="{kind}"><f>{escape(cell.formula)}</f><v>{escape(value)}</v>'


def _string(cell: Any) -> str:
    return f' t="s"><v>{cell.string}</v>'


def _number(cell: Any) -> str:
    return f"><v>{cell.number:.16G}</v>"


_PLAIN: dict[type, Callable[[Any], str]] = {
    CellFormulaTuple: _formula,
    CellStringTuple: _string,
    CellNumberTuple: _number,
}
_LETTERS: list[str] = []
