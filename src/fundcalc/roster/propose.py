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
    matches = _OPTION.finditer(hint.en if hint else "")
    return [*dict.fromkeys(Answer(m["header"], m["fact"], m["unit"] or "") for m in matches)]


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
    proposal = propose(reading, path.parent, lang)
    remarks = {at: [*_remarks(questions, lang)] for at, questions in proposal.left.items()}
    digests = [file.digest.removeprefix("sha256:") for file in reading.files if file.digest]
    write_bytes(path, intake_text(proposal.intake, lang, remarks, digests).encode())
    return sum(map(len, remarks.values()))


def asked(sheet: SheetRead, questions: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What is asked about a sheet, of all `questions` and its own."""
    places = {part.place for part in sheet.lists}
    of_sheet = [problem for part in sheet.lists for problem in part.questions]
    return [*of_sheet, *(q for q in questions if any(_sheet_of(s.file) in places for s in q.spans))]


def offered(sheet: SheetRead, question: Diagnostic) -> list[Answer]:
    """What may answer a question about a sheet; where a column is missing, each that is not used yet."""
    possible = answers(question.hint)
    headings = [heading for part in sheet.lists for heading in part.headings]
    fitting = [answer for answer in possible if any(answer.header == h.label for h in headings)]
    if fitting or question.code != "FC612":
        return fitting
    unused = dict.fromkeys(
        heading.label for heading in headings if heading.fact is None and not heading.facts
    )
    return [answer._replace(header=label) for answer in possible for label in unused]


def _sheet_of(place: str) -> str:
    """The sheet of a cell; a sheet's own place stays."""
    head, _, cell = place.rpartition("!")
    return head if re.fullmatch("[A-Z]{1,3}[0-9]+", cell) else place


def _sheet(sheet: SheetRead, about: Sequence[Diagnostic], lang: Lang) -> SheetTable:
    """A sheet's entry: what it says of each column, but for those that are asked about."""
    counties = {part.county for part in sheet.lists}
    table = SheetTable(name=sheet.name, header_row=sheet.lists[0].header_row)
    table.county = counties.pop() if len(counties) == 1 else None  # else they stay where they stand
    maybe = {answer.header for question in about for answer in answers(question.hint)}
    open_ = {question.where.file for question in about}  # its unit written down would settle it
    for part in sheet.lists:
        for heading in part.headings:
            if heading.fact is not None:
                unit = None if f"{part.place}!{heading.cell}" in open_ else heading.unit or None
                column = ColumnTable(fact=heading.fact, unit=unit)
            elif heading.label not in maybe:
                column = ColumnTable(ignore=True)
            else:
                continue
            earlier = table.columns.setdefault(heading.label, column)
            if column.fact and earlier.fact and column != earlier:
                earlier.unit = None
        for left in part.left_out:
            row = RowTable(row=left.row, name=left.label, why=left.why.say(lang))
            if not left.by_words and row not in table.left_out:
                table.left_out.append(row)
    return table


def _remarks(about: Sequence[Diagnostic], lang: Lang) -> Iterator[str]:
    for message, hint in dict.fromkeys((q.message, q.hint) for q in about):
        matches = _OPTION.finditer(hint.en if hint else "")  # there the facts stand by id
        lines = [column_text(m["header"], m["fact"], m["unit"]) for m in matches]
        advice = hint.say(lang) if hint else ""
        for typed, line in zip(_OPTION.finditer(advice), lines, strict=True):
            advice = advice.replace(typed[0], line, 1)
        yield " ".join(f"{message.say(lang)} → {advice}".split())


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
    carried: list[Carried] = []
    for file, read in zip(intake.file, reading.files, strict=True):
        for sheet in read.sheets:
            if sheet.state != "roster":
                continue
            earlier_sheet = _most_like(earlier, file, sheet)
            if earlier_sheet is None:
                continue
            existing = next((table for table in file.sheet if table.name == sheet.name), None)
            new = existing.model_copy(deep=True) if existing else SheetTable(name=sheet.name)
            differs = [
                *_carry(
                    new, earlier_sheet, sheet, same=_same_file(earlier, earlier_sheet, file, sheet)
                )
            ]
            changed = new != (existing or SheetTable(name=sheet.name))
            if changed or differs:
                carried.append(Carried(file.path, sheet.name, new if changed else None, differs))
    return carried


def put_over(intake: IntakeFile, carried: Sequence[Carried]) -> None:
    """Settle what was settled before."""
    for entry in carried:
        file = intake.file_at(entry.path)
        if file is not None and entry.table is not None:
            file.sheet[:] = [sheet for sheet in file.sheet if sheet.name != entry.name] + [
                entry.table
            ]


def take_back_counties(
    intake: IntakeFile, paths: Sequence[str], base: Path, policy: Policy
) -> list[str]:
    """Settle no longer the county of sheets that name another; of which of the files, come anew, that is.

    Files lie in the folder `base`. A sheet that names no county, or the one that is settled, keeps it.
    """
    taken_back: list[str] = []
    for path in paths:
        file = intake.file_at(path)
        told = [sheet for sheet in file.sheet if sheet.county] if file is not None else []
        files = look_at([base / path], policy).files if told else ()
        read = {sheet.name: sheet for one in files for sheet in one.sheets}
        for entry in told:
            sheet = read.get(entry.name)
            parts = sheet.lists if sheet is not None else ()
            by_name = words("roster.in_file_name", name=PurePosixPath(path).name)
            said = {part.county for part in parts if part.county and part.county_by != by_name}
            gainsaid = any(
                question.code == "FC652" for part in parts for question in part.questions
            )
            if gainsaid or said - {entry.county}:
                entry.county = None
                taken_back.append(path)
    return taken_back


def _most_like(earlier: IntakeFile, file: FileTable, sheet: SheetRead) -> SheetTable | None:
    """The earlier sheet most like one: the same file and sheet, or that which settled most of its headers."""
    labels = {clean(h.label) for part in sheet.lists for h in part.headings}
    best: tuple[int, bool, bool] = (0, False, False)
    most_like: SheetTable | None = None
    for earlier_file in earlier.file:
        for table in earlier_file.sheet:
            if table.ignore:
                continue
            shared = sum(clean(header) in labels for header in table.columns)
            same = _file_name(earlier_file.path) == _file_name(file.path)
            rank = (shared, same and table.name == sheet.name, same)
            if rank > best:
                best, most_like = rank, table
    return most_like


def _file_name(path: str) -> str:
    return PurePosixPath(path).stem


def _same_file(
    earlier: IntakeFile, earlier_sheet: SheetTable, file: FileTable, sheet: SheetRead
) -> bool:
    """Whether an earlier entry is of the same file and sheet, so that its rows may be meant again."""
    return any(
        table is earlier_sheet
        and table.name == sheet.name
        and _file_name(earlier_file.path) == _file_name(file.path)
        for earlier_file in earlier.file
        for table in earlier_file.sheet
    )


def _carry(
    new: SheetTable, earlier_sheet: SheetTable, sheet: SheetRead, *, same: bool
) -> Iterator[Words]:
    """Add to a sheet's entry what an earlier one settled; what differs now."""
    headings = {clean(h.label): h for part in sheet.lists for h in part.headings}
    used, settled = {h.fact for h in headings.values()}, {clean(header) for header in new.columns}
    hints = [question.hint for part in sheet.lists for question in part.questions]
    doubtful = {clean(answer.header) for hint in hints for answer in answers(hint)}
    for header, before in earlier_sheet.columns.items():
        now = headings.get(clean(header))
        if now is None:
            if before.fact is not None and before.fact not in used:
                yield words("roster.earlier_gone", header=header)
        elif clean(header) not in settled or _unit_open(new.columns.get(now.label), before, now):
            yield from _carry_column(new, now, before, doubtful=clean(header) in doubtful)
    if same:
        # who left a row out, or counted it, did not see this year's list
        out = {left.label for part in sheet.lists for left in part.left_out}
        for row in earlier_sheet.left_out:
            if row.name and not row.twice and row.name not in out:
                yield words("roster.earlier_row", row=row.row, name=row.name, why=row.why)
        settled_rows = {row.name for row in (*new.left_out, *new.kept)}
        for row in earlier_sheet.kept:
            if row.name in out - settled_rows:
                yield words("roster.earlier_kept", row=row.row, name=row.name or "", why=row.why)
        if new.county is None and not any(part.county for part in sheet.lists):
            new.county = earlier_sheet.county


def _unit_open(entry: ColumnTable | None, before: ColumnTable, now: HeadingRead) -> bool:
    """Whether a header's fact is settled as before, and its unit not yet."""
    if entry is None:
        return False
    return entry.fact == before.fact is not None and entry.unit is None and not now.told


def _carry_column(
    new: SheetTable, now: HeadingRead, before: ColumnTable, *, doubtful: bool
) -> Iterator[Words]:
    if before.fact is None:
        if doubtful or now.fact is not None or now.facts:  # it would be used, or asked about
            new.columns[now.label] = ColumnTable(ignore=True)
        return
    if now.fact not in (None, before.fact):
        yield words("roster.earlier_fact", header=now.label)
        return
    power = _power(before.unit)
    if before.unit is None or (now.said is not None and power == _power(now.unit)):
        if now.fact is None:
            new.columns[now.label] = ColumnTable(fact=before.fact)
        return
    if now.said is not None:
        yield words("roster.earlier_unit", header=now.label, unit=before.unit, now=now.unit)
        return
    likely = now.likely
    fits = likely is None or (power is not None and MULTIPLES.get(power) in likely)
    if now.fact is None:  # its figures have not been looked at: the unit is settled once they are
        new.columns[now.label] = ColumnTable(fact=before.fact)
    elif fits:
        new.columns[now.label] = ColumnTable(fact=before.fact, unit=before.unit)
    else:
        yield words("roster.earlier_size", header=now.label, unit=before.unit)


def _power(unit: str | None) -> int | None:
    scaled = read_unit(unit or "元") or of_scale(unit or "元", YUAN)
    return scaled.power if scaled is not None else None
