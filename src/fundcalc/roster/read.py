"""Rosters from files, folders or an intake: one roster of all villages, and what was found."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.words import Words
from fundcalc.policy.model import Fact
from fundcalc.roster import intake as intakes
from fundcalc.roster.clean import Statement, faults
from fundcalc.roster.extract import Extract, draft, extract
from fundcalc.roster.files.book import Book, open_book
from fundcalc.roster.gather import Gather, Source
from fundcalc.roster.intake import Intake
from fundcalc.roster.layout import Heading, Keys, keys
from fundcalc.roster.model import (
    CellCorrection,
    Roster,
    Unsettled,
    Wanted,
    first,
    letters,
    place,
    quoted,
    short,
)
from fundcalc.roster.names import county_in
from fundcalc.roster.settle import Asked, Settled, gainsayings, settle, titles_of
from fundcalc.roster.sheet import Sheet
from fundcalc.roster.tables import ByHand, Table, first_header, tables_of
from fundcalc.roster.words import clean

if TYPE_CHECKING:
    from fundcalc.roster.intake import SheetTable

ENDINGS = (".xlsx", ".xlsm", ".xls", ".csv", ".parquet")
INTAKE = ".toml"
_NO_COLUMNS: Mapping[str, str] = {}
_ANY = Wanted()


def read_roster(
    path: Path | Sequence[Path],
    facts: Mapping[str, Fact],
    *,
    sheet: str | None = None,
    columns: Mapping[str, str] = _NO_COLUMNS,
    wanted: Wanted = _ANY,
    progress: Callable[[int], object] | None = None,
) -> Roster:
    """Read rosters into one: clean facts, rejects, notices, each value with its cell.

    A path is a file, a folder of files, or an intake. `columns` says what a header means, as `fact` or
    `fact:unit`; "" that it means none. `progress` is told of each per cent that is done. Raises
    PolicyProblem where a file cannot be read or its headers cannot be settled, Unsettled where
    questions are left beside the rejects.
    """
    paths = [path] if isinstance(path, Path) else list(path)
    return Reader(paths, facts, sheet, columns, wanted, progress).read()


def files_of(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    """The files of rosters, folders or an intake, under the names that rejects have. Raises PolicyProblem."""
    reader = Reader(list(paths), {}, None, _NO_COLUMNS, _ANY)
    return [(item.label, item.path) for item in reader.items]


_OPENED, _LOADED, _DONE = 15, 60, 100
"""Per cent of the time until the file is in memory, its cells are known, its values are read."""


@dataclass(slots=True)
class _Steps:
    """Tells of each per cent once."""

    tell: Callable[[int], object] | None = None
    done: int = 0

    def reach(self, percent: int) -> None:
        """Say that so much is done."""
        if self.tell is not None and percent > self.done:
            self.tell(percent - self.done)
            self.done = percent


@dataclass(slots=True)
class Item:
    """One file to be read; `number` is its place in an intake."""

    path: Path
    label: str
    number: int = -1
    book: Book | None = None
    not_rosters: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Taken:
    """A table that holds a roster, with where it stands and what was settled."""

    item: Item
    table: Table
    settled: Settled
    given: dict[str, str]
    given_by: Words | None = None
    asked: list[Diagnostic] = field(default_factory=list)


class Reader:
    """The files of rosters, and the tables in them that hold one; `problems` are what stands in the way."""

    def __init__(
        self,
        paths: Sequence[Path],
        facts: Mapping[str, Fact],
        sheet: str | None,
        columns: Mapping[str, str],
        wanted: Wanted,
        progress: Callable[[int], object] | None = None,
    ) -> None:
        self._facts, self._sheet, self._columns, self._wanted = facts, sheet, columns, wanted
        self._steps = _Steps(progress)
        self._known: Keys = keys(facts)
        self._chosen = {clean(header): meant for header, meant in columns.items()}
        self._required = {fact.id for fact in facts.values() if fact.required}
        self.problems: list[Diagnostic] = _unknown_facts(columns, facts)
        self._notices: list[Words] = []
        self._of_tables: list[tuple[str, Words]] = []
        self._corrections: list[CellCorrection] = []
        self._seen_headers: set[str] = set()
        self._labels: list[str] = []
        self._not_read: list[str] = []
        self._clean: list[tuple[str, Statement]] = []
        self._intake: Intake | None = None
        self._paths = paths
        stop_at(self.problems)
        self.items = self._expand(paths)

    # -- which files ----------------------------------------------------------------------------

    def _expand(self, paths: Sequence[Path]) -> list[Item]:
        """The files of folders and of an intake."""
        whole = [p for p in paths if p.suffix.lower() == INTAKE and not p.is_dir()]
        if whole:
            if len(paths) > 1:
                stop_at([say("FC653", Span(str(whole[0])))])
            self._intake = intakes.read_intake(whole[0])
            files = [self._intake.file(n) for n in range(len(self._intake.table.file))]
            labels = [one.path for one in self._intake.table.file]
            return [
                Item(*pair, n) for n, pair in enumerate(zip(files, _short(labels), strict=True))
            ]
        files = []
        for path in paths:
            if not path.is_dir():
                files.append(path)
                continue
            inside = sorted(p for p in path.rglob("*") if p.is_file() and not _hidden(p, path))
            rosters = [p for p in inside if p.suffix.lower() in ENDINGS]
            if not rosters:
                stop_at([say("FC601.no_roster", Span(str(path)))])
            others = [p.name for p in inside if p not in rosters]
            others += [p.name for p in path.rglob("~$*")]
            if others:
                self._notices.append(words("roster.passed_over", names=quoted(others[:10])))
            files += rosters
        labels = _short([str(p) for p in files])
        return [Item(p, label) for p, label in zip(files, labels, strict=True)]

    # -- reading --------------------------------------------------------------------------------

    def read(self) -> Roster:
        """All of it."""
        taken: list[Taken] = []
        for item in self.items:
            taken += self.tables(item)
        if self._intake is not None:
            self.problems += self._intake.left_over()
        self.problems += self._unknown_headers()
        self.problems += faults(self._clean, self._facts)
        results = {one.result.source_digest: one.result for _, one in self._clean}
        self._notices += [
            words("roster.left_out_before", source=one.source, count=one.rejected_rows)
            for one in results.values()
            if one.rejected_rows
        ]
        if self._not_read and taken:
            self._notices.append(_no_rosters(self._not_read))
        elif self._not_read:
            self.problems += [self._no_header(name, "") for name in self._not_read]
        stop_at(self.problems)
        stop_at([p for one in taken for p in one.asked if p.code == "FC652"])
        roster = Roster(self._name(), self._sheet_name(taken), self._digest())
        if self._intake is not None:
            roster.intake = self._intake.content
        roster.corrections = self._corrections
        if self._corrections:
            cells = ", ".join(one.cell for one in self._corrections[:10])
            roster.notices.append(words("roster.corrected", cells=cells))
        self._steps.reach(_LOADED)
        drafts = [draft(t.table, t.item.label, t.settled.columns, t.given) for t in taken]
        ticked = {fact for one in drafts for fact in one.ticked()}
        sources = [
            self._extracted(one, extract(drawn, ticked))
            for one, drawn in zip(taken, drafts, strict=True)
        ]
        roster.notices = [*self._notices, *self._say_of_tables(), *roster.notices]
        gather = Gather(sources, self._facts, self._wanted)
        gather.fill(roster)
        self._steps.reach(_DONE)
        if not any(len(source.found.rows) for source in sources):
            where = place(taken[0].item.label, taken[0].table.sheet.name, "")
            stop_at([say("FC605.no_villages", Span(where))])
        self._say_sources(roster, taken, sources)
        if gather.questions:
            raise Unsettled(gather.questions, roster)
        return roster

    def _extracted(self, one: Taken, found: Extract) -> Source:
        item, table = one.item, one.table
        assert item.book is not None
        layout = table.layout
        said = [*layout.notices]
        if layout.last:
            top, bottom = layout.first + 1, layout.last + 1
            said.append(
                words("roster.header_row", row=top)
                if top == bottom
                else words("roster.header_rows", first=top, last=bottom)
            )
        said += [*one.settled.notices, *table.notices]
        if table.sheet.zeros > 1:
            said.append(words("roster.zeros", count=table.sheet.zeros))
        hidden, struck = table.sheet.hidden, table.sheet.struck
        rows = {int(row) for row in found.rows} if hidden or struck else set()
        there = [row + 1 for row in hidden if row in rows]
        if there:
            one_ = len(there) == 1
            said.append(
                words(
                    "roster.hidden_row" if one_ else "roster.hidden_rows",
                    count=len(there),
                    rows=first(there, 20),
                )
            )
        there = [row + 1 for row in struck if row in rows]
        if there:
            one_ = len(there) == 1
            said.append(
                words(
                    "roster.struck_row" if one_ else "roster.struck_rows",
                    count=len(there),
                    rows=first(there, 20),
                )
            )
        where = place(item.label, table.sheet.name, "")
        self._of_tables += [(where, one) for one in said]
        return Source(found, item.label, item.book.digest)

    def _say_of_tables(self) -> list[Words]:
        """What was noticed in each table; of several, with the sheet's place, and equal things once."""
        places: dict[Words, list[str]] = {}
        for where, said in self._of_tables:
            there = places.setdefault(said, [])
            if where not in there:
                there.append(where)
        if len({where for where, _ in self._of_tables}) < 2:
            return list(places)
        return [
            words("roster.at_more", where=there[0], said=said, count=len(there) - 1)
            if len(there) > 1
            else words("roster.at", where=there[0], said=said)
            for said, there in places.items()
        ]

    def _say_sources(
        self, roster: Roster, taken: Sequence[Taken], sources: Sequence[Source]
    ) -> None:
        """Which tables the villages came from, where there is more than one, or no county column."""
        beside = Counter(place(one.item.label, one.table.sheet.name, "") for one in taken)
        said: list[Words] = []
        for one, source in zip(taken, sources, strict=True):
            if len(taken) < 2 and one.given_by is None:
                continue
            where = place(one.item.label, one.table.sheet.name, "")
            if beside[where] > 1:
                where = place(where, None, _area(one.table))
            county, villages = source.found.given.get("county", ""), len(source.found.rows)
            by = one.given_by
            said.append(
                words("roster.read_from", where=where, villages=villages)
                if by is None
                else words(
                    "roster.read_from_county", where=where, villages=villages, county=county, by=by
                )
            )
        roster.notices[:0] = said

    def tables(self, item: Item) -> list[Taken]:
        """A file's tables that hold a roster."""
        try:
            item.book = open_book(item.path)
        except PolicyProblem as problem:
            self.problems += problem.diagnostics
            return []
        book = item.book
        self._steps.reach(_OPENED)
        self._notices += book.notices
        if self._intake is not None:
            self.problems += self._intake.check_digest(item.number, book.digest)
        names = self._wanted_sheets(item, book)
        if not names:
            return []
        found: list[tuple[Sheet, list[Table], tuple[int, SheetTable] | None]] = []
        problems: list[Diagnostic] = []
        top = ""
        for name in names:
            try:
                entry = self._entry(item, name, len(names) == 1)
                if entry is not None and entry[1].ignore:
                    continue
                sheet = book.load(name)
                by_hand = self._rows_by_hand(item, sheet, entry)
                if self._intake is not None:
                    sheet, corrections = self._intake.corrected(item.number, item.label, sheet)
                    self._corrections += corrections
                if sheet.clean is not None:
                    self._clean.append((item.label, sheet.clean))
                found.append((sheet, self._tables(item, sheet, entry, by_hand), entry))
                top = top or _first_row(sheet)
            except PolicyProblem as problem:
                problems += problem.diagnostics
        return self._choose(item, book, found, problems, top)

    def _wanted_sheets(self, item: Item, book: Book) -> list[str | None]:
        names = [one.name for one in book.sheets]
        if self._sheet is not None:
            if self._sheet not in names:
                listed = ", ".join(f"`{name}`" for name in names if name is not None)
                span = Span(str(item.path))
                self.problems.append(
                    say("FC609", span, sheet=self._sheet, sheets=listed)
                    if listed
                    else say("FC609.csv", span, sheet=self._sheet)
                )
                return []
            return [self._sheet]
        if self._intake is not None:
            meant = self._intake.table.file[item.number].sheet
            for at, one in enumerate(meant):
                if one.name is not None and one.name not in names:
                    span = self._intake.span("file", item.number, "sheet", at, "name")
                    self.problems.append(say("FC653.sheet", span, file=item.label, sheet=one.name))
        visible = [one.name for one in book.sheets if one.visible]
        return visible or names

    def _entry(self, item: Item, name: str | None, alone: bool) -> tuple[int, SheetTable] | None:
        if self._intake is None:
            return None
        return self._intake.sheet(item.number, name, alone)

    def _rows_by_hand(
        self, item: Item, sheet: Sheet, entry: tuple[int, SheetTable] | None
    ) -> ByHand:
        """The rows that an intake settles, by what stands in the file itself."""
        if entry is None or self._intake is None:
            return ByHand()
        row = entry[1].header_row
        header = None if row is None else row - 1
        at = (item.number, entry[0])
        meant = intakes.header_meanings(self._intake, at, entry[1], self._facts)
        layout = first_header(sheet, self._known, {**meant, **self._chosen}, header)
        headings = layout.headings if layout is not None else []
        name = next((h.column for h in headings if h.facts == ("name",)), None)
        left_out, kept, said = intakes.rows_by_hand(entry[1], sheet, name)
        self._notices += said
        return ByHand(header, left_out, frozenset(kept))

    def _tables(
        self,
        item: Item,
        sheet: Sheet,
        entry: tuple[int, SheetTable] | None,
        by_hand: ByHand,
    ) -> list[Table]:
        if self._intake is None or entry is None:
            return tables_of(sheet, self._facts, self._known, self._chosen, by_hand)
        at = (item.number, entry[0])
        meant = intakes.header_meanings(self._intake, at, entry[1], self._facts)
        tables = tables_of(
            sheet,
            self._facts,
            self._known,
            {**meant, **self._chosen},
            by_hand,
        )
        there = {text for table in tables for h in table.headings for text in _texts(h)}
        for header, one in entry[1].columns.items():
            if clean(header) not in there and not one.ignore:
                labels = [h.label for table in tables for h in table.headings]
                where = self._intake.span("file", item.number, "sheet", entry[0], "columns", header)
                self.problems.append(intakes.unknown_header(where, header, labels))
        return tables

    def _choose(
        self,
        item: Item,
        book: Book,
        found: Sequence[tuple[Sheet, list[Table], tuple[int, SheetTable] | None]],
        problems: Sequence[Diagnostic],
        top: str,
    ) -> list[Taken]:
        """The tables that are rosters; all that can be said of a file that has none."""
        taken: list[Taken] = []
        likely: list[Taken] = []
        others: list[str] = []
        for sheet, tables, entry in found:
            some: list[Taken] = []
            for table in tables:
                if not len(table.rows) and len(found) > 1:
                    continue
                one = self._settled(item, table, entry)
                (some if self._is_roster(one, entry is not None) else likely).append(one)
            taken += some
            if not some and sheet.name is not None:
                others.append(sheet.name)
        nameless = bool(likely) and not any(map(_names_villages, likely))
        if not taken and len(self.items) > 1 and nameless and not problems:
            self._not_read.append(item.label)
            return []
        if not taken and likely:
            most = max(len(one.settled.columns) for one in likely)
            taken = [one for one in likely if len(one.settled.columns) == most][:1]
            others = [name for name in others if name != taken[0].table.sheet.name]
        if not taken:
            where = place(item.label, self._sheet, "")
            self.problems += problems or [self._no_header(where, top)]
            return []
        self.problems += problems  # villages may stand on a sheet that cannot be read
        self.problems += [p for one in taken for p in one.settled.found]
        self._say_sheets(book, taken, others)
        named = {
            one.table.sheet.name
            for one in likely
            if len(one.table.rows) > 1 and _names_villages(one)
        }
        unread = [name for name in others if name in named]
        if unread:
            self._notices.append(words("roster.villages_not_read", sheets=quoted(unread)))
        return taken

    def _no_header(self, where: str, top: str) -> Diagnostic:
        """A table without a header; `top` is its first row, where it is known."""
        titles = titles_of([fact.title for fact in self._facts.values() if fact.required])
        if not top:
            return say("FC611", Span(where), titles=titles)
        return say("FC611.first_row", Span(where), titles=titles, first=top)

    def _say_sheets(self, book: Book, taken: Sequence[Taken], others: Sequence[str]) -> None:
        names = list(dict.fromkeys(one.table.sheet.name for one in taken))
        hidden = sum(not one.visible for one in book.sheets)
        hidden = 0 if hidden == len(book.sheets) else hidden
        if len(book.sheets) < 2 or self._sheet is not None or names[0] is None:
            return
        if len(names) == 1:
            said = words("roster.sheet", name=names[0])
            if others:
                said = words("roster.other_sheets", said=said, count=len(others))
            if hidden:
                said = words("roster.hidden_sheets", said=said, count=hidden)
            self._notices.append(said)
        elif others:
            self._notices.append(_no_rosters(others))

    def _settled(self, item: Item, table: Table, entry: tuple[int, SheetTable] | None) -> Taken:
        """A table with its columns, and its county where no column says it."""
        for heading in table.headings:
            self._seen_headers |= _texts(heading)
            self._labels.append(heading.label)
        has = {h.facts[0] for h in table.headings if len(h.facts) == 1}
        given: dict[str, str] = {}
        by: Words | None = None
        asked: list[Diagnostic] = []
        if "county" in self._facts and "county" not in has:
            named = self._county(item, table, entry)
            counties = list(dict.fromkeys(county for county, _ in named))
            if len(counties) > 1:
                where = place(item.label, table.sheet.name, "")
                other = next(one for one in named if one[0] != counties[0])
                asked.append(say("FC652", Span(where), said=gainsayings([named[0], other])))
            if named:
                given["county"], by = named[0]
        asked_of = Asked(
            self._facts,
            self._known,
            self._wanted.lines,
            frozenset(given),
            several=len(self.items) > 1 and self._intake is None,
            label=item.label,
        )
        settled = settle(table, item.path.name, asked_of)
        return Taken(item, table, settled, given, by, asked)

    def _county(
        self, item: Item, table: Table, entry: tuple[int, SheetTable] | None
    ) -> list[tuple[str, Words]]:
        """What sheet, titles and file say of the county, in that order."""
        if entry is not None and entry[1].county is not None:
            return [(entry[1].county, words("roster.told"))]
        known = list(self._wanted.names)
        titles = [t for t in table.layout.titles if county_in(t, known, whole=self._wanted.region)]
        titles = titles or list(reversed(table.layout.before))
        texts = [(title, words("roster.in_title", text=short(title))) for title in titles]
        if table.sheet.name:
            name = table.sheet.name
            texts.insert(0, (name, words("roster.in_sheet_name", name=name)))
        texts.append((item.path.stem, words("roster.in_file_name", name=item.path.name)))
        named = [
            (county_in(text, known, whole=self._wanted.region), where) for text, where in texts
        ]
        return [(county, where) for county, where in named if county is not None]

    def _is_roster(self, one: Taken, by_hand: bool) -> bool:
        """Whether a table holds villages: their names, and at least half of what is required."""
        columns = {*one.settled.columns, *one.given}
        for heading in one.table.headings:
            columns |= set(heading.facts)
        identity = {"name", "code"} & columns
        missing = self._required - columns
        return bool(identity) and (by_hand or 2 * len(missing) <= len(self._required))

    def _unknown_headers(self) -> list[Diagnostic]:
        """The headers named by the user that no column has."""
        if not any(item.book for item in self.items):
            return []
        return [
            intakes.unknown_header(Span(f"--column {header}={fact}"), header, self._labels)
            for header, fact in self._columns.items()
            if clean(header) not in self._seen_headers
        ]

    # -- what it is called ----------------------------------------------------------------------

    def _name(self) -> str:
        if self._intake is not None:
            return self._intake.path.name
        if len(self._paths) == 1:
            return self._paths[0].name or str(self._paths[0])
        return f"{self.items[0].label} +{len(self.items) - 1}"

    @staticmethod
    def _sheet_name(taken: Sequence[Taken]) -> str | None:
        names = {one.table.sheet.name for one in taken}
        return (
            names.pop() if len(names) == 1 and len({id(one.item) for one in taken}) == 1 else None
        )

    def _digest(self) -> str:
        """The hash of the only file, or of the files' hashes and the intake."""
        digests = [item.book.digest for item in self.items if item.book is not None]
        if len(digests) == 1 and self._intake is None:
            return digests[0]
        whole = "\n".join(digests).encode() + (self._intake.content if self._intake else b"")
        return "sha256:" + hashlib.sha256(whole).hexdigest()


def _texts(heading: Heading) -> set[str]:
    """What a user may call a column."""
    pieces = heading.pieces
    return {clean(text) for text in (heading.label, "".join(pieces), pieces[-1])}


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)


def _names_villages(one: Taken) -> bool:
    """Whether a table has a column of villages' names or codes, or one that may be meant for it."""
    return bool({"name", "code"} & {fact for h in one.table.headings for fact in h.facts})


def _area(table: Table) -> str:
    """The first and last cell of a table's villages."""
    columns = [h.column for h in table.headings]
    first, last = letters(min(columns)), letters(max(columns))
    rows = table.rows
    return f"{first}{int(rows[0]) + 1}:{last}{int(rows[-1]) + 1}" if len(rows) else first


def _short(paths: Sequence[str]) -> list[str]:
    """Files' names, with as much of their folders as tells them apart."""
    parts = [Path(path).parts for path in paths]
    for depth in range(1, max(map(len, parts), default=1) + 1):
        names = ["/".join(one[-depth:]) for one in parts]
        if len(set(names)) == len({*paths}):
            return names
    return list(paths)


def stop_at(found: Sequence[Diagnostic]) -> None:
    """Raise PolicyProblem where anything was found."""
    if found:
        raise PolicyProblem(found)


def _unknown_facts(columns: Mapping[str, str], facts: Mapping[str, Fact]) -> list[Diagnostic]:
    named = {header: meant.partition(":")[0] for header, meant in columns.items()}
    return [
        intakes.unknown_fact(Span(f"--column {header}={fact}"), fact, facts)
        for header, fact in named.items()
        if fact and fact not in facts
    ]


def _first_row(sheet: Sheet) -> str:
    """The first row that has anything in it, as a hint of what the program saw."""
    rows = (sheet.row(at) for at in range(min(sheet.height, 200)))
    texts = next((row for row in rows if any(cell.strip() for cell in row)), ())
    text = "  ".join(" ".join(cell.split()) for cell in texts if cell.strip())
    return text if len(text) <= 40 else text[:39] + "…"


def _no_rosters(names: Sequence[str]) -> Words:
    return words("roster.no_rosters", names=first([f"“{name}”" for name in names], 10, "、"))
