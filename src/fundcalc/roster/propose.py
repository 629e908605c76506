"""An intake proposed: how rosters are read, written down for a person to edit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

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
from fundcalc.roster.look import FileRead, Reading, SheetRead
from fundcalc.roster.read import look_at, stop_at

_UNREADABLE = ("FC601", "FC602", "FC603", "FC604", "FC605", "FC606", "FC607", "FC608")
_OPTION = re.compile(r'--column "(?P<header>[^"]+?)=(?P<fact>\w*)(?::(?P<unit>[^"]+))?"')


class Answer(NamedTuple):
    """What may answer a question: a header means a fact, perhaps in a unit; without a fact, nothing."""

    header: str
    fact: str
    unit: str


def answers(hint: Words | None) -> list[Answer]:
    """The answers that a question's hint offers."""
    found = _OPTION.finditer(hint.zh if hint else "")
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
                asked = _asked(sheet, reading.questions)
                left[len(files), len(tables)] = asked
                tables.append(_sheet(sheet, asked, lang))
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


def _asked(sheet: SheetRead, questions: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What is asked about a sheet."""
    places = {one.place for one in sheet.lists}
    own = [problem for one in sheet.lists for problem in one.questions]
    return [*own, *(q for q in questions if _sheet_of(q.where.file) in places)]


def _sheet_of(place: str) -> str:
    """The sheet of a cell; a sheet's own place stays."""
    head, _, cell = place.rpartition("!")
    return head if re.fullmatch("[A-Z]{1,3}[0-9]+", cell) else place


def _sheet(sheet: SheetRead, asked: Sequence[Diagnostic], lang: Lang) -> SheetTable:
    """A sheet's entry: what it says of each column, but for those that are asked about."""
    counties = {one.county for one in sheet.lists}
    table = SheetTable(name=sheet.name, header_row=sheet.lists[0].header_row)
    table.county = counties.pop() if len(counties) == 1 else None  # else they stay where they stand
    maybe = {one.header for question in asked for one in answers(question.hint)}
    open_ = {question.where.file for question in asked}  # its unit written down would settle it
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


def _remarks(asked: Sequence[Diagnostic], lang: Lang) -> Iterator[str]:
    for one in dict.fromkeys((q.message, q.hint) for q in asked):
        message, hint = one
        said = hint.say(lang) if hint else ""
        mend = _OPTION.sub(lambda m: column_text(m["header"], m["fact"], m["unit"]), said)
        yield " ".join(f"{message.say(lang)} → {mend}".split())


def _relative(file: FileRead, base: Path) -> str:
    try:
        return file.path.resolve().relative_to(base.resolve()).as_posix()
    except ValueError:
        return str(file.path.resolve())
