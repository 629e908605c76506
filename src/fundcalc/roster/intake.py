"""An intake: what was decided about reading rosters, written down once, edited by a person, used again."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import Field, model_validator

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.files import write_bytes
from fundcalc.base.system import reason
from fundcalc.base.words import Lang
from fundcalc.policy.model import Fact
from fundcalc.policy.schema import CaseFile, PoliciesFile, ProgrammeFile, Table, VillageFile
from fundcalc.policy.tomlfile import TomlFile, read_toml, validate
from fundcalc.roster.files.book import SheetName
from fundcalc.roster.layout import Layout
from fundcalc.roster.model import CellCorrection, column_of, letters, place
from fundcalc.roster.settle import unknown_fact
from fundcalc.roster.sheet import TEXT, Sheet
from fundcalc.roster.tables import Before, ByHand
from fundcalc.roster.words import clean

_CELL = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")
_TOP = re.compile(rb"^[ \t]*(?:\[{1,2}[ \t]*(\w+)|(file)[ \t]*=[ \t]*\[)", re.MULTILINE)


class ColumnTable(Table):
    """What a header means: a fact, perhaps in a unit, or nothing."""

    fact: str | None = None
    unit: str | None = None
    ignore: bool = False


class RowTable(Table):
    """A row that was settled by hand, counted from 1; `name` is what stood in it.

    One that is left out as a repeated row (`twice`) counts where there is no other row of its village.
    """

    row: int = Field(ge=1, le=1_048_576)
    why: str = Field(min_length=1)
    name: str | None = None
    twice: bool = False

    @model_validator(mode="after")
    def _twice_before_there_was_the_key(self) -> RowTable:
        """A reason that the desk gives to repeated rows alone tells one, in an older intake too."""
        said = words("roster.by_hand_double")
        self.twice = self.twice or self.why in (said.zh, said.en)
        return self


class SheetTable(Table):
    """One sheet of a file; without `name` a CSV, or the only sheet that holds a roster."""

    name: str | None = None
    ignore: bool = False
    county: str | None = None
    header_row: int | None = Field(default=None, ge=1, le=1_048_576)
    columns: dict[str, ColumnTable] = Field(default_factory=dict)
    left_out: list[RowTable] = Field(default_factory=list)
    kept: list[RowTable] = Field(default_factory=list)


class FileTable(Table):
    """One file; its path is relative to the intake."""

    path: str
    sha256: str | None = None
    sheet: list[SheetTable] = Field(default_factory=list)


class CorrectionTable(Table):
    """A cell set right by hand: path!sheet!cell, what stands there, what holds, why and by whom."""

    cell: str
    was: str
    now: str = Field(alias="is")
    why: str = Field(min_length=1)
    by: str = Field(min_length=1)


class IntakeFile(Table):
    """intake.toml."""

    file: list[FileTable] = Field(min_length=1)
    correction: list[CorrectionTable] = Field(default_factory=list)

    def file_at(self, path: str) -> FileTable | None:
        """The entry of a file."""
        return next((file for file in self.file if file.path == path), None)

    def sheet_at(self, path: str, name: str | None) -> SheetTable | None:
        """The entry of a sheet; one without a name is that of the only sheet."""
        file = self.file_at(path)
        sheets = [sheet for sheet in file.sheet if sheet.name == name] if file is not None else []
        if file is not None and not sheets and len(file.sheet) == 1 and file.sheet[0].name is None:
            sheets = file.sheet
        return sheets[0] if sheets else None

    def sheet_made(self, path: str, name: str | None) -> SheetTable:
        """The entry of a sheet, made where there is none yet. Raises KeyError where the file is not named."""
        sheet = self.sheet_at(path, name) or SheetTable()
        file = self.file_at(path)
        if file is None:
            raise KeyError(path)
        if not any(entry is sheet for entry in file.sheet):
            file.sheet.append(sheet)
        sheet.name = name
        return sheet

    def name_files(self, paths: Sequence[str]) -> None:
        """Name files that are not named yet."""
        self.file += [FileTable(path=path) for path in paths if self.file_at(path) is None]

    def drop_file(self, path: str) -> None:
        """Name a file no longer, with all that was settled about it."""
        self.file[:] = [file for file in self.file if file.path != path]
        self.correction[:] = [
            correction for correction in self.correction if _parts(correction.cell)[0] != path
        ]

    def rename_file(self, path: str, to: str) -> None:
        """Put another file in the place of one, with all that was settled about it."""
        self.file[:] = [file for file in self.file if file.path != to or to == path]
        for file in self.file:
            if file.path == path:
                file.path, file.sha256 = to, None
        for cell in self.correction:
            if _parts(cell.cell)[0] == path:
                cell.cell = to + cell.cell[len(path) :]

    def correct(self, cell: str, was: str, now: str, why: str, by: str) -> None:
        """Set a cell right; what stood there stays what it was where it is set right again."""
        earlier = next(
            (correction for correction in self.correction if correction.cell == cell), None
        )
        values = {
            "cell": cell,
            "was": earlier.was if earlier else was,
            "is": now,
            "why": why,
            "by": by,
        }
        self.uncorrect(cell)
        self.correction.append(CorrectionTable.model_validate(values))

    def uncorrect(self, cell: str) -> None:
        """Take a correction back."""
        self.correction[:] = [
            correction for correction in self.correction if correction.cell != cell
        ]


@dataclass(slots=True)
class Intake:
    """An intake as it was read, with the places of what it says."""

    path: Path
    content: bytes
    toml: TomlFile
    table: IntakeFile
    used: set[int] = field(default_factory=set)
    """Corrections that have found their cell."""

    def span(self, *path: str | int) -> Span:
        """Where something of it stands."""
        return self.toml.span(path)

    def file(self, number: int) -> Path:
        """A file that it names."""
        return self.path.parent / self.table.file[number].path

    def check_file(
        self, number: int, label: str, digest: str, sheets: Sequence[SheetName]
    ) -> Iterator[Diagnostic]:
        """Whether a file is the very one that is wanted, with the sheets that are named."""
        expected, now = self.table.file[number].sha256, digest.removeprefix("sha256:")
        if expected is not None and expected.removeprefix("sha256:").lower() != now:
            yield say("FC653.sha256", self.span("file", number, "sha256"), sha256=now)
        names = [sheet.name for sheet in sheets]
        for at, sheet in enumerate(self.table.file[number].sheet):
            if sheet.name is not None and sheet.name not in names:
                span = self.span("file", number, "sheet", at, "name")
                yield say("FC653.sheet", span, file=label, sheet=sheet.name)
            if sheet.name in [other.name for other in self.table.file[number].sheet[:at]]:
                span = self.span("file", number, "sheet", at)
                yield say("FC653.twice", span, file=label, sheet=sheet.name or "")

    def entry(self, number: int, name: str | None, alone: bool) -> Entry | None:
        """What is said of a sheet; one without a name is meant where the file has but one roster."""
        for at, sheet in enumerate(self.table.file[number].sheet):
            if sheet.name == name or (sheet.name is None and alone):
                return Entry(self, number, at, sheet)
        return None

    def corrected(
        self, number: int, label: str, sheet: Sheet
    ) -> tuple[Sheet, list[CellCorrection]]:
        """A sheet with its cells set right. Raises PolicyProblem where a cell is no longer what it was."""
        corrections: list[CellCorrection] = []
        problems: list[Diagnostic] = []
        path = self.table.file[number].path
        for at, correction in enumerate(self.table.correction):
            file, name, cell = _parts(correction.cell)
            if file != path or name != sheet.name:
                continue
            match = _CELL.fullmatch(cell)
            if match is None:
                continue
            column, row = column_of(match[1]), int(match[2]) - 1
            if not (row < sheet.height and column < sheet.cells.width):
                continue
            self.used.add(at)
            text = sheet.text(row, column)
            if text.strip() != correction.was.strip():
                span = self.span("correction", at, "was")
                was, now = (
                    each.strip() or words("roster.blank_cell") for each in (correction.was, text)
                )
                problems.append(say("FC654", span, cell=correction.cell, was=was, now=now))
                continue
            sheet = _with_cell(sheet, row, column, correction.now)
            where = place(label, sheet.name, f"{letters(column)}{row + 1}")
            corrections.append(
                CellCorrection(where, correction.was, correction.now, correction.why, correction.by)
            )
        if problems:
            raise PolicyProblem(problems)
        return sheet, corrections

    def without(self, line: int) -> IntakeFile:
        """The same without the entry of a line: a correction, a column, a sheet, a hash or a file."""
        tables = (self.toml.places, self.toml.keys)
        paths = {path for table in tables for path, at in table.items() if at.row == line - 1}
        table = self.table.model_copy(deep=True)
        match min(paths, key=len, default=()):
            case ("correction", int(at), *_):
                del table.correction[at]
            case ("file", int(number), "sheet", int(at), "columns", str(header), *_):
                del table.file[number].sheet[at].columns[header]
            case ("file", int(number), "sheet", int(at), *_):
                del table.file[number].sheet[at]
            case ("file", int(number), "sha256", *_):
                table.file[number].sha256 = None
            case ("file", int(number), *_):
                del table.file[number]
            case _:
                pass
        return table

    def left_over(self) -> list[Diagnostic]:
        """Corrections that name no cell of the files that were read."""
        return [
            say("FC653.cell", self.span("correction", at, "cell"), cell=correction.cell)
            for at, correction in enumerate(self.table.correction)
            if at not in self.used
        ]


@dataclass(frozen=True, slots=True)
class Entry:
    """What an intake says of one sheet of one of its files."""

    intake: Intake
    file: int
    at: int
    table: SheetTable

    def span(self, *path: str | int) -> Span:
        """Where something of it stands."""
        return self.intake.span("file", self.file, "sheet", self.at, *path)

    def meanings(self, facts: Mapping[str, Fact], unread: Collection[str] = ()) -> dict[str, str]:
        """What headers mean, as `--column` says it: `fact`, `fact:unit`, or "" for nothing or `unread`."""
        meanings: dict[str, str] = {}
        problems: list[Diagnostic] = []
        for header, column in self.table.columns.items():
            where = self.span("columns", header)
            if column.ignore or column.fact is None:
                if column.fact is not None or not column.ignore:
                    problems.append(say("FC653.column", where, header=header))
                meanings[clean(header)] = ""
                continue
            if column.fact not in facts and column.fact in unread:
                meanings[clean(header)] = ""
                continue
            if column.fact not in facts:
                problems.append(unknown_fact(where, column.fact, facts))
            meanings[clean(header)] = f"{column.fact}:{column.unit}" if column.unit else column.fact
        if problems:
            raise PolicyProblem(problems)
        return meanings

    def rows(self, sheet: Sheet, layout: Layout) -> ByHand:
        """The rows that it leaves out or keeps; one whose name stands elsewhere now is found there.

        One that is gone is said. Raises PolicyProblem where a row is to be both.
        """
        name = next((h.column for h in layout.headings if h.facts == ("name",)), None)
        left_out, kept, again = dict[int, str](), dict[int, str](), dict[int, Before]()
        for rows, settled in ((self.table.left_out, left_out), (self.table.kept, kept)):
            for row in rows:
                at = _row_of(row, sheet, name)
                if at is None or at < layout.body:
                    gone = words("roster.not_found_by_hand", row=row.row, name=row.name or "")
                    layout.notices.append(gone)
                elif settled is left_out and (row.twice or at != row.row - 1):
                    again[at] = Before(row.row, row.why, row.twice)
                else:
                    settled[at] = row.why
        both = sorted(left_out.keys() & kept.keys())
        if both:
            where = self.span("kept")
            raise PolicyProblem([say("FC653.both", where, row=row + 1) for row in both])
        settled_at = left_out.keys() | kept.keys()
        return ByHand(left_out, kept, {at: again[at] for at in again.keys() - settled_at})


def toml_kind(content: bytes) -> Literal["intake", "policy", "other"]:
    """What a TOML file is, be it with faults: an intake names files, which nothing of a policy does."""
    tops = {(table or key).decode() for table, key in _TOP.findall(content)}
    kinds = PoliciesFile, VillageFile, ProgrammeFile, CaseFile
    if "file" in tops:
        return "intake"
    return "policy" if any(tops & kind.model_fields.keys() for kind in kinds) else "other"


def read_intake(path: Path) -> Intake:
    """Read an intake. Raises PolicyProblem with all that is wrong with it."""
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as problem:
        fault = say("FC601", Span(str(path)), reason=reason(problem))
        raise PolicyProblem([fault]) from None
    return intake_of(path, content)


def intake_of(path: Path, content: bytes) -> Intake:
    """An intake from its bytes, such as a run has kept. Raises PolicyProblem."""
    toml = read_toml(str(path), content)
    if isinstance(toml, Diagnostic):
        raise PolicyProblem([toml])
    if toml_kind(content) == "policy":
        raise PolicyProblem([say("FC653.policy", Span(str(path)))])
    table, problems = validate(toml, IntakeFile)
    if table is None or problems:
        raise PolicyProblem(problems)
    return Intake(path, content, toml, table)


def _row_of(row: RowTable, sheet: Sheet, name: int | None) -> int | None:
    """Where a row stands that was settled by hand."""
    at = row.row - 1
    if row.name is None:
        return at if at < sheet.height else None
    stated = row.name.strip()

    def has_name(cells: Sequence[str]) -> bool:
        in_column = cells[name].strip() if name is not None and name < len(cells) else ""
        return in_column == stated if in_column else stated in (cell.strip() for cell in cells)

    if at < sheet.height and has_name(sheet.row(at)):
        return at
    rows = range(sheet.first, sheet.height)
    matching = [row for row, cells in sheet.rows_at(rows) if has_name(cells)]
    return matching[0] if len(matching) == 1 else None


def _parts(cell: str) -> tuple[str, str | None, str]:
    """File, sheet and cell of `path!sheet!E7` or `path.csv!E7`."""
    rest, _, last = cell.rpartition("!")
    file, bang, name = rest.partition("!")
    return file, name if bang else None, last


def _with_cell(sheet: Sheet, row: int, column: int, text: str) -> Sheet:
    """A sheet with one cell changed, which is then plain text."""
    name = f"c{column}"
    values = sheet.cells.get_column(name)
    at = row - sheet.first
    if values.dtype != pl.String:
        values = values.cast(pl.String)
    cells = sheet.cells.with_columns(values.clone().scatter(at, text).alias(name))
    kinds = None
    if sheet.kinds is not None:
        kinds = sheet.kinds.copy()
        kinds[row, column] = TEXT
    return replace(
        sheet, cells=cells, kinds=kinds, _seen={}
    )  # texts kept of rows are of the old cells


# -- written -----------------------------------------------------------------------------------


def no_intake() -> IntakeFile:
    """An intake that names no file yet."""
    return IntakeFile.model_construct(file=[], correction=[])


def save_intake(path: Path, intake: IntakeFile, lang: Lang) -> None:
    """Write an intake; what a person has remarked in the one that is there stays. Raises OSError."""
    text = intake_text(intake, lang)
    with suppress(PolicyProblem):
        text = _with_remarks(text, read_intake(path))
    write_bytes(path, text.encode())


_Anchor = tuple[str | int | None, ...]


def _with_remarks(text: str, earlier: Intake) -> str:
    """A new text with the remarks of the intake that is there, each above what it stands at.

    What a proposal remarked is left out: it is settled, or asked again.
    """
    remarks: dict[_Anchor, list[str]] = {}
    waiting: list[str] = []
    lines, anchors = earlier.toml.lines, _anchors(earlier)
    head = next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))
    settled = tuple(f"# {word}" for word in (*_to_settle(), "sha256 ="))
    for at, line in enumerate(lines[head:], head):
        if line.strip().startswith("#"):
            waiting += [] if line.strip().startswith(settled) else [line.strip()]
        elif line.strip():
            anchor, end = anchors.get(at, (None, None))
            behind = line[end:].strip(" ,}]") if end is not None else ""
            waiting += [behind] if behind.startswith("#") else []
            if anchor is not None and waiting:
                remarks.setdefault(anchor, []).extend(waiting)
                waiting = []
    new = intake_of(earlier.path, text.encode())
    rows = _anchors(new)
    written = lines[:head]
    body = next(at for at, line in enumerate(new.toml.lines) if not line.startswith("#"))
    for at, line in enumerate(new.toml.lines[body:], body):
        written += remarks.pop(rows[at][0], []) if at in rows else []
        written.append(line)
    return "\n".join([*written, *waiting]).rstrip("\n") + "\n"


def _to_settle() -> tuple[str, str]:
    remark = words("roster.to_settle")
    return remark.zh, remark.en


def _anchors(intake: Intake) -> dict[int, tuple[_Anchor, int | None]]:
    """What stands in each line (from 0), by names instead of numbers, and where its value ends there."""
    anchors: dict[int, tuple[_Anchor, int | None]] = {}
    for places in (intake.toml.keys, intake.toml.places):
        for path, at in places.items():
            if path[-1] in ("file", "sheet", "correction"):
                continue  # of all of them; each has a place of its own
            anchor, end = _anchor(intake.table, path), at.end_column
            before = anchors.get(at.row)
            if before is None or len(anchor) <= len(before[0]):
                anchors[at.row] = anchor, end if places is intake.toml.places else None
    return anchors


def _anchor(table: IntakeFile, path: Sequence[str | int]) -> _Anchor:
    match path:
        case ("correction", int(at), *rest):
            return ("correction", table.correction[at].cell, *rest)
        case ("file", int(number), "sheet", int(at), *rest):
            sheet = table.file[number].sheet[at]
            if rest[:1] in (["left_out"], ["kept"]) and len(rest) > 1 and isinstance(rest[1], int):
                rows = sheet.left_out if rest[0] == "left_out" else sheet.kept
                rest[1] = rows[rest[1]].row
            return ("file", table.file[number].path, "sheet", sheet.name, *rest)
        case ("file", int(number), *rest):
            return ("file", table.file[number].path, *rest)
        case _:
            return tuple(path)


def intake_text(
    intake: IntakeFile,
    lang: Lang,
    remarks: Mapping[tuple[int, int], Sequence[str]] | None = None,
    digests: Sequence[str] = (),
) -> str:
    """An intake as TOML.

    `remarks` stand above what they are about, by the places of file and sheet; `digests`, one a file, stand
    as remarks too.
    """
    lines = [f"# {line}" for line in words("roster.intake_head").say(lang).splitlines()]
    to_settle = words("roster.to_settle").say(lang)
    for number, file in enumerate(intake.file):
        lines += ["", "[[file]]", f"path = {_quoted(file.path)}"]
        if file.sha256 is not None:
            lines.append(f"sha256 = {_quoted(file.sha256)}")
        elif digests:
            lines.append(f"# sha256 = {_quoted(digests[number])}")
        for at, sheet in enumerate(file.sheet):
            questions = (remarks or {}).get((number, at), ())
            lines += _sheet_text(sheet, [f"# {to_settle}: {remark}" for remark in questions])
    for correction in intake.correction:
        lines += _correction_text(correction)
    return "\n".join(lines) + "\n"


def _sheet_text(table: SheetTable, remarks: Sequence[str]) -> Iterator[str]:
    yield from ("", "[[file.sheet]]")
    if table.name is not None:
        yield f"name = {_quoted(table.name)}"
    if table.ignore:
        yield "ignore = true"
    yield from remarks
    if table.county is not None:
        yield f"county = {_quoted(table.county)}"
    if table.header_row is not None:
        yield f"header_row = {table.header_row}"
    yield from _rows_text("left_out", table.left_out)
    yield from _rows_text("kept", table.kept)
    if table.columns:
        yield "[file.sheet.columns]"
    for header, column in table.columns.items():
        yield column_text(header, column.fact, column.unit)


def _rows_text(key: str, rows: Sequence[RowTable]) -> Iterator[str]:
    if not rows:
        return
    yield f"{key} = ["
    for row in rows:
        name = f"name = {_quoted(row.name)}, " if row.name is not None else ""
        twice = "twice = true, " if row.twice else ""
        yield f"    {{ row = {row.row}, {name}{twice}why = {_quoted(row.why)} }},"
    yield "]"


def _correction_text(correction: CorrectionTable) -> Iterator[str]:
    yield from ("", "[[correction]]")
    for key, text in (
        ("cell", correction.cell),
        ("was", correction.was),
        ("is", correction.now),
        ("why", correction.why),
        ("by", correction.by),
    ):
        yield f"{key} = {_quoted(text)}"


def column_text(header: str, fact: str | None, unit: str | None) -> str:
    """A line that says what a header means."""
    unit_text = f", unit = {_quoted(unit)}" if unit else ""
    meaning = f"fact = {_quoted(fact)}{unit_text}" if fact else "ignore = true"
    return f"{_quoted(header)} = {{ {meaning} }}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
