"""An earlier intake, such as last year's: what it settled is used again, and what differs is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from fundcalc.base.catalogue import words
from fundcalc.base.words import Words
from fundcalc.roster.intake import ColumnTable, FileTable, IntakeFile, SheetTable
from fundcalc.roster.look import HeadingRead, Reading, SheetRead
from fundcalc.roster.propose import answers
from fundcalc.roster.words import MULTIPLES, YUAN, clean, of_scale, read_unit


@dataclass(frozen=True, slots=True)
class Carried:
    """What an earlier intake settles of a sheet: its path and name, the new entry, and what differs now."""

    path: str
    name: str | None
    table: SheetTable | None
    differs: Sequence[Words]


def carry_over(earlier: IntakeFile, intake: IntakeFile, reading: Reading) -> list[Carried]:
    """What an earlier intake settles of the sheets that were read.

    A header that is settled already stays as it is. A unit is taken only where the sheet names none and its
    figures are then of the usual size: whoever named 万元 last year did not see this year's figures.
    """
    found: list[Carried] = []
    for file, read in zip(intake.file, reading.files, strict=True):
        for sheet in read.sheets:
            if sheet.state != "roster":
                continue
            like = _like(earlier, file, sheet)
            if like is None:
                continue
            there = next((one for one in file.sheet if one.name == sheet.name), None)
            new = there.model_copy(deep=True) if there else SheetTable(name=sheet.name)
            differs = [*_settle(new, like, sheet, same=_same_file(earlier, like, file, sheet))]
            changed = new != (there or SheetTable(name=sheet.name))
            if changed or differs:
                found.append(Carried(file.path, sheet.name, new if changed else None, differs))
    return found


def _like(earlier: IntakeFile, file: FileTable, sheet: SheetRead) -> SheetTable | None:
    """The earlier sheet most like one: the same file and sheet, or that which settled most of its headers."""
    labels = {clean(h.label) for part in sheet.lists for h in part.headings}
    best: tuple[int, bool, bool] = (0, False, False)
    found: SheetTable | None = None
    for other in earlier.file:
        for one in other.sheet:
            if one.ignore:
                continue
            shared = sum(clean(header) in labels for header in one.columns)
            same = _file_name(other.path) == _file_name(file.path)
            rank = (shared, same and one.name == sheet.name, same)
            if rank > best:
                best, found = rank, one
    return found


def _file_name(path: str) -> str:
    return PurePosixPath(path).stem


def _same_file(earlier: IntakeFile, like: SheetTable, file: FileTable, sheet: SheetRead) -> bool:
    """Whether an earlier entry is of the same file and sheet, so that its rows may be meant again."""
    return any(
        one is like and one.name == sheet.name and _file_name(other.path) == _file_name(file.path)
        for other in earlier.file
        for one in other.sheet
    )


def _settle(new: SheetTable, like: SheetTable, sheet: SheetRead, *, same: bool) -> Iterator[Words]:
    """Add to a sheet's entry what an earlier one settled; what differs now."""
    headings = {clean(h.label): h for part in sheet.lists for h in part.headings}
    used = {h.fact for h in headings.values()}
    hints = [one.hint for part in sheet.lists for one in part.questions]
    asked = {clean(answer.header) for hint in hints for answer in answers(hint)}
    for header, meant in like.columns.items():
        now = headings.get(clean(header))
        if now is None:
            if meant.fact is not None and meant.fact not in used:
                yield words("roster.earlier_gone", header=header)
        elif now.label not in new.columns or _unit_open(new.columns[now.label], meant, now):
            yield from _column(new, now, meant, asked=clean(header) in asked)
    if same:
        here = {(row.row, row.name) for row in (*new.left_out, *new.kept)}
        new.left_out += [
            row for row in like.left_out if row.name and (row.row, row.name) not in here
        ]
        new.kept += [row for row in like.kept if row.name and (row.row, row.name) not in here]
        if new.county is None and not any(part.county for part in sheet.lists):
            new.county = like.county


def _unit_open(there: ColumnTable, meant: ColumnTable, now: HeadingRead) -> bool:
    """Whether a header's fact is settled as before, and its unit not yet."""
    return there.fact == meant.fact is not None and there.unit is None and not now.told


def _column(
    new: SheetTable, now: HeadingRead, meant: ColumnTable, *, asked: bool
) -> Iterator[Words]:
    if meant.fact is None:
        if asked or now.fact is not None or now.facts:  # it would be used, or asked about
            new.columns[now.label] = ColumnTable(ignore=True)
        return
    if now.fact not in (None, meant.fact):
        yield words("roster.earlier_fact", header=now.label)
        return
    power = _power(meant.unit)
    if meant.unit is None or (now.said is not None and power == _power(now.unit)):
        if now.fact is None:
            new.columns[now.label] = ColumnTable(fact=meant.fact)
        return
    if now.said is not None:
        yield words("roster.earlier_unit", header=now.label, unit=meant.unit, now=now.unit)
        return
    likely = now.likely
    fits = likely is None or (power is not None and MULTIPLES.get(power) in likely)
    if now.fact is None:  # its figures have not been looked at: the unit is settled once they are
        new.columns[now.label] = ColumnTable(fact=meant.fact)
    elif fits:
        new.columns[now.label] = ColumnTable(fact=meant.fact, unit=meant.unit)
    else:
        yield words("roster.earlier_size", header=now.label, unit=meant.unit)


def _power(unit: str | None) -> int | None:
    found = read_unit(unit or "元") or of_scale(unit or "元", YUAN)
    return found.power if found is not None else None
