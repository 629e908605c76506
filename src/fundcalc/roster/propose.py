"""An intake proposed: how rosters are read, written down for a person to edit, or as was settled before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.files import write_bytes
from fundcalc.base.words import Lang, Words
from fundcalc.policy.model import Policy
from fundcalc.roster.intake import (
    ColumnTable,
    FileTable,
    IntakeFile,
    RowTable,
    SheetTable,
    column_text,
    intake_text,
)
from fundcalc.roster.look import FileRead, HeadingRead, Reading, SheetRead
from fundcalc.roster.read import look_at, stop_at
from fundcalc.roster.words import MULTIPLES, YUAN, clean, of_scale, read_unit

_UNREADABLE = ("FC601", "FC602", "FC603", "FC604", "FC605", "FC606", "FC607", "FC608")
_OPTION = re.compile(r'--column "(?P<header>[^"]+?)=(?P<fact>[^":=]*)(?::(?P<unit>[^"]+))?"')


class Answer(NamedTuple):
    """What may answer a question: a header means a fact, perhaps in a unit; without a fact, nothing."""

    header: str
    fact: str
    unit: str


def answers(hint: Words | None) -> list[Answer]:
    """The answers that a question's hint offers."""
    found = _OPTION.finditer(hint.en if hint else "")
    return [*dict.fromkeys(Answer(m["header"], m["fact"], m["unit"] or "") for m in found)]


@dataclass(frozen=True, slots=True)
class Proposal:
    """How rosters may be read, and by sheet (its place in the intake) what is left to a person."""

    intake: IntakeFile
    left: Mapping[tuple[int, int], Sequence[Diagnostic]]


def propose(reading: Reading, base: Path, lang: Lang) -> Proposal:
    """Write down as an intake in the folder `base` how rosters were read; reasons are in a language."""
    files: list[FileTable] = []
    left: dict[tuple[int, int], Sequence[Diagnostic]] = {}
    for file in reading.files:
        if not file.digest:
            continue
        rosters = any(sheet.state == "roster" for sheet in file.sheets)
        tables: list[SheetTable] = []
        for sheet in file.sheets:
            if sheet.state == "roster":
                about = asked(sheet, reading.questions)
                left[len(files), len(tables)] = about
                tables.append(_sheet(sheet, about, lang))
            elif rosters and sheet.state != "hidden":
                tables.append(SheetTable(name=sheet.name, ignore=True))
        files.append(FileTable(path=_relative(file, base), sheet=tables))
    return Proposal(IntakeFile.model_construct(file=files, correction=[]), left)


def write_intake(
    path: Path,
    rosters: Sequence[Path],
    policy: Policy,
    lang: Lang,
    *,
    columns: Mapping[str, str] | None = None,
) -> int:
    """Write down how rosters are read (an intake); how many things are left to a person.

    Raises OSError, and PolicyProblem where a file cannot be read at all.
    """
    reading = look_at(rosters, policy, columns=columns)
    stop_at([problem for problem in reading.problems if problem.code in _UNREADABLE])
    found = propose(reading, path.parent, lang)
    remarks = {at: [*_remarks(some, lang)] for at, some in found.left.items()}
    digests = [file.digest.removeprefix("sha256:") for file in reading.files if file.digest]
    write_bytes(path, intake_text(found.intake, lang, remarks, digests).encode())
    return sum(map(len, remarks.values()))


def asked(sheet: SheetRead, questions: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What is asked about a sheet, of all `questions` and its own."""
    places = {one.place for one in sheet.lists}
    own = [problem for one in sheet.lists for problem in one.questions]
    return [*own, *(q for q in questions if any(_sheet_of(s.file) in places for s in q.spans))]


def offered(sheet: SheetRead, question: Diagnostic) -> list[Answer]:
    """What may answer a question about a sheet; where a column is missing, each that is not used yet."""
    found = answers(question.hint)
    headings = [heading for part in sheet.lists for heading in part.headings]
    fitting = [one for one in found if any(one.header == h.label for h in headings)]
    if fitting or question.code != "FC612":
        return fitting
    unused = dict.fromkeys(one.label for one in headings if one.fact is None and not one.facts)
    return [one._replace(header=label) for one in found for label in unused]


def _sheet_of(place: str) -> str:
    """The sheet of a cell; a sheet's own place stays."""
    head, _, cell = place.rpartition("!")
    return head if re.fullmatch("[A-Z]{1,3}[0-9]+", cell) else place


def _sheet(sheet: SheetRead, about: Sequence[Diagnostic], lang: Lang) -> SheetTable:
    """A sheet's entry: what it says of each column, but for those that are asked about."""
    counties = {one.county for one in sheet.lists}
    table = SheetTable(name=sheet.name, header_row=sheet.lists[0].header_row)
    table.county = counties.pop() if len(counties) == 1 else None  # else they stay where they stand
    maybe = {one.header for question in about for one in answers(question.hint)}
    open_ = {question.where.file for question in about}  # its unit written down would settle it
    for one in sheet.lists:
        for heading in one.headings:
            if heading.fact is not None:
                unit = None if f"{one.place}!{heading.cell}" in open_ else heading.unit or None
                meant = ColumnTable(fact=heading.fact, unit=unit)
            elif heading.label not in maybe:
                meant = ColumnTable(ignore=True)
            else:
                continue
            earlier = table.columns.setdefault(heading.label, meant)
            if meant.fact and earlier.fact and meant != earlier:
                earlier.unit = None
        for left in one.left_out:
            row = RowTable(row=left.row, name=left.label, why=left.why.say(lang))
            if not left.by_words and row not in table.left_out:
                table.left_out.append(row)
    return table


def _remarks(about: Sequence[Diagnostic], lang: Lang) -> Iterator[str]:
    for one in dict.fromkeys((q.message, q.hint) for q in about):
        message, hint = one
        offered = _OPTION.finditer(hint.en if hint else "")  # there the facts stand by id
        lines = [column_text(m["header"], m["fact"], m["unit"]) for m in offered]
        mend = hint.say(lang) if hint else ""
        for typed, line in zip(_OPTION.finditer(mend), lines, strict=True):
            mend = mend.replace(typed[0], line, 1)
        yield " ".join(f"{message.say(lang)} → {mend}".split())


def _relative(file: FileRead, base: Path) -> str:
    try:
        return file.path.resolve().relative_to(base.resolve()).as_posix()
    except ValueError:
        return str(file.path.resolve())


# -- from an earlier intake --------------------------------------------------------------------------


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
            differs = [*_carry(new, like, sheet, same=_same_file(earlier, like, file, sheet))]
            changed = new != (there or SheetTable(name=sheet.name))
            if changed or differs:
                found.append(Carried(file.path, sheet.name, new if changed else None, differs))
    return found


def put_over(intake: IntakeFile, carried: Sequence[Carried]) -> None:
    """Settle what was settled before."""
    for one in carried:
        file = intake.file_at(one.path)
        if file is not None and one.table is not None:
            file.sheet[:] = [sheet for sheet in file.sheet if sheet.name != one.name] + [one.table]


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


def _carry(new: SheetTable, like: SheetTable, sheet: SheetRead, *, same: bool) -> Iterator[Words]:
    """Add to a sheet's entry what an earlier one settled; what differs now."""
    headings = {clean(h.label): h for part in sheet.lists for h in part.headings}
    used, settled = {h.fact for h in headings.values()}, {clean(header) for header in new.columns}
    hints = [one.hint for part in sheet.lists for one in part.questions]
    asked = {clean(answer.header) for hint in hints for answer in answers(hint)}
    for header, meant in like.columns.items():
        now = headings.get(clean(header))
        if now is None:
            if meant.fact is not None and meant.fact not in used:
                yield words("roster.earlier_gone", header=header)
        elif clean(header) not in settled or _unit_open(new.columns.get(now.label), meant, now):
            yield from _carry_column(new, now, meant, asked=clean(header) in asked)
    if same:
        here = {(row.row, row.name) for row in (*new.left_out, *new.kept)}
        new.left_out += [
            row for row in like.left_out if row.name and (row.row, row.name) not in here
        ]
        new.kept += [row for row in like.kept if row.name and (row.row, row.name) not in here]
        if new.county is None and not any(part.county for part in sheet.lists):
            new.county = like.county


def _unit_open(there: ColumnTable | None, meant: ColumnTable, now: HeadingRead) -> bool:
    """Whether a header's fact is settled as before, and its unit not yet."""
    if there is None:
        return False
    return there.fact == meant.fact is not None and there.unit is None and not now.told


def _carry_column(
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
