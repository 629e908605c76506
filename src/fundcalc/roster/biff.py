"""What the reading library does not say of an .xls: its password, and formulas without a value.

An .xls is a small file system (MS-CFB) of sectors in chains, whose stream `Workbook` is a list of
records (MS-XLS), each with a number, a length and its data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

_END = 0xFFFFFFFA
"""Sector numbers from here on are no sectors."""

_EOF, _BOOLERR, _FORMULA, _FILEPASS, _BOUNDSHEET = 0x0A, 0x0205, 0x06, 0x2F, 0x85
_STRINGS, _DIMENSIONS = 0xFC, 0x0200
_CELLS = frozenset({_FORMULA, 0xBD, 0xFD, 0x0201, 0x0203, 0x0204, _BOOLERR, 0x027E})
_COLUMNS = 256
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


class LegacyError(Exception):
    """A file whose sectors or records do not fit together."""


class Legacy:
    """The records of an .xls.

    The reading library trusts the counts in a file and asks for as much memory as they say; they are
    checked here first.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._stream = _workbook(data)
            self.locked, sheets = False, []
            for number, record in self._records(0):
                if number == _FILEPASS:
                    self.locked = True
                    return
                if number == _BOUNDSHEET:
                    sheets.append(struct.unpack_from("<I", record)[0])
                elif number == _STRINGS and struct.unpack_from("<I", record, 4)[0] > len(data):
                    raise LegacyError("strings")
            self._faulty = [self._sheet(at) for at in sheets]
        except (struct.error, IndexError) as problem:
            raise LegacyError(str(problem)) from problem

    def faulty_cells(self, sheet: int) -> dict[tuple[int, int], str]:
        """Cells (row and column from 0) of a sheet whose formula gives an error, with its text."""
        return self._faulty[sheet]

    def _records(self, at: int) -> Iterator[tuple[int, bytes]]:
        """The records from a place up to the end of its part: number and data."""
        while True:
            number, length = struct.unpack_from("<HH", self._stream, at)
            if number == _EOF:
                return
            yield number, self._stream[at + 4 : at + 4 + length]
            at += 4 + length

    def _sheet(self, at: int) -> dict[tuple[int, int], str]:
        found: dict[tuple[int, int], str] = {}
        for number, record in self._records(at):
            if number == _DIMENSIONS:
                _check_size(record)
            if number not in _CELLS:
                continue
            row, column = struct.unpack_from("<HH", record)
            if column >= _COLUMNS:
                raise LegacyError("column")
            code = None
            if number == _BOOLERR and record[7]:
                code = record[6]
            elif number == _FORMULA and record[12:14] == b"\xff\xff" and record[6] == 2:
                code = record[8]
            if code is not None:
                found[row, column] = _ERRORS.get(code, "#ERROR!")
        return found


def _check_size(record: bytes) -> None:
    """Refuse a sheet whose stated size cannot be."""
    form = "<IIHH" if len(record) >= 14 else "<HHHH"
    first_row, rows, first, columns = struct.unpack_from(form, record)
    if not (first_row <= rows <= 65_536 and first <= columns <= _COLUMNS):
        raise LegacyError("size")


def _workbook(data: bytes) -> bytes:
    """The stream `Workbook`, or `Book` of older files."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    counts = struct.unpack_from("<2I", data, 40) + struct.unpack_from("<I", data, 64)
    if size not in (512, 4096) or max(counts) > len(data) // size:
        raise LegacyError("sectors")
    table = _table(data, size)
    entries = _joined(data, size, table, struct.unpack_from("<I", data, 48)[0], offset=size)
    cutoff, first_mini = struct.unpack_from("<II", data, 56)
    root = entries[:128]
    for at in range(0, len(entries) - 127, 128):
        length = struct.unpack_from("<I", entries, at + 120)[0]
        if entries[at + 66] in (2, 5) and length > len(data):
            raise LegacyError("stream")
        name = entries[at : at + 64].decode("utf-16-le", "replace").partition("\0")[0]
        if name not in ("Workbook", "Book"):
            continue
        start = struct.unpack_from("<I", entries, at + 116)[0]
        if length >= cutoff:
            return _joined(data, size, table, start, offset=size)[:length]
        raw = _joined(data, size, table, first_mini, offset=size)
        minis = struct.unpack(f"<{len(raw) // 4}I", raw)
        pool = _joined(data, size, table, struct.unpack_from("<I", root, 116)[0], offset=size)
        return _joined(pool, 64, minis, start, offset=0)[:length]
    raise LegacyError("no workbook")


def _table(data: bytes, size: int) -> Sequence[int]:
    """Which sector follows which."""
    sectors = [*struct.unpack_from("<109I", data, 76)]
    more, count = struct.unpack_from("<II", data, 68)
    for _ in range(min(count, len(data) // size)):
        if more >= _END:
            break
        block = struct.unpack_from(f"<{size // 4}I", data, (more + 1) * size)
        sectors += block[:-1]
        more = block[-1]
    table: list[int] = []
    for sector in sectors:
        if sector < _END:
            table += struct.unpack_from(f"<{size // 4}I", data, (sector + 1) * size)
    return table


def _joined(data: bytes, size: int, table: Sequence[int], first: int, *, offset: int) -> bytes:
    """A chain's sectors in order."""
    parts: list[bytes] = []
    sector = first
    while sector < _END:
        if len(parts) > len(table):
            raise LegacyError("a circle of sectors")
        parts.append(data[offset + sector * size : offset + (sector + 1) * size])
        sector = table[sector]
    return b"".join(parts)
