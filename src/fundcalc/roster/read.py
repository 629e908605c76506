"""Rosters from files, folders or an intake: one roster of all villages, and what was found."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.words import Words
from fundcalc.policy.model import Fact
from fundcalc.roster.clean import Statement, faults
from fundcalc.roster.extract import Extract, read_rest, read_sums
from fundcalc.roster.files.book import Book, open_book
from fundcalc.roster.gather import Gather
from fundcalc.roster.intake import (
    Entry,
    Intake,
    read_intake,
    rows_by_hand,
    unknown_fact,
    unknown_header,
)
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
    questions are left next to the rejects.
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
class Item:
    """One file to be read; `number` is its place in an intake."""

    path: Path
    label: str
    number: int = -1
    book: Book | None = None


@dataclass(slots=True)
class Taken:
    """A table that holds a roster, with where it stands and what was settled."""

    item: Item
    table: Table
    settled: Settled
    given: dict[str, str]
    given_by: Words | None = None
    asked: list[Diagnostic] = field(default_factory=list)

    def extract(self) -> Extract:
        """The table, ready for its values to be read."""
        assert self.item.book is not None
        label, digest = self.item.label, self.item.book.digest
        return Extract(self.table, label, digest, self.settled.columns, self.given)

    def notices(self) -> list[Words]:
        """What is worth saying of the table once its values are read."""
        layout, sheet = self.table.layout, self.table.sheet
        said = [*layout.notices]
        top, bottom = layout.first + 1, layout.last + 1
        if top < bottom:
            said.append(words("roster.header_rows", first=top, last=bottom))
        elif bottom > 1:
            said.append(words("roster.header_row", row=top))
        said += [*self.settled.notices, *self.table.notices]
        if sheet.zeros > 1:
            said.append(words("roster.zeros", count=sheet.zeros))
        rows = {int(row) for row in self.table.rows} if sheet.hidden or sheet.struck else set()
        hidden = [row + 1 for row in sheet.hidden if row in rows]
        if hidden:
            said.append(words("roster.hidden_rows", count=len(hidden), rows=first(hidden, 20)))
        struck = [row + 1 for row in sheet.struck if row in rows]
        if struck:
            said.append(words("roster.struck_rows", count=len(struck), rows=first(struck, 20)))
        return said


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
        self._progress, self._done = progress, 0
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

    def _reach(self, percent: int) -> None:
        """Tell of each per cent once."""
        if self._progress is not None and percent > self._done:
            self._progress(percent - self._done)
            self._done = percent

    # -- which files ----------------------------------------------------------------------------

    def _expand(self, paths: Sequence[Path]) -> list[Item]:
        """The files of folders and of an intake."""
        whole = [p for p in paths if p.suffix.lower() == INTAKE and not p.is_dir()]
        if whole:
            if len(paths) > 1:
                stop_at([say("FC653", Span(str(whole[0])))])
            self._intake = read_intake(whole[0])
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
            inside = sorted(
                p
                for p in path.rglob("*")
                if p.is_file()
                and not any(part.startswith((".", "~$")) for part in p.relative_to(path).parts)
            )
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
        self._reach(_LOADED)
        sources = [one.extract() for one in taken]
        for source in sources:
            read_sums(source)
        ticked = {fact for source in sources for fact in source.ticked()}
        for one, source in zip(taken, sources, strict=True):
            read_rest(source, ticked)
            self._of_tables += [(source.place(), said) for said in one.notices()]
        roster.notices = [*self._notices, *self._say_of_tables(), *roster.notices]
        gather = Gather(sources, self._facts, self._wanted)
        gather.fill(roster)
        self._reach(_DONE)
        if not any(len(source.rows) for source in sources):
            stop_at([say("FC605.no_villages", Span(sources[0].place()))])
        self._say_sources(roster, taken, sources)
        if gather.questions:
            raise Unsettled(gather.questions, roster)
        return roster

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
        self, roster: Roster, taken: Sequence[Taken], sources: Sequence[Extract]
    ) -> None:
        """Which tables the villages came from, where there is more than one, or no county column."""
        tables = Counter(source.place() for source in sources)
        said: list[Words] = []
        for one, source in zip(taken, sources, strict=True):
            if len(taken) < 2 and one.given_by is None:
                continue
            where, villages = source.place(), len(source.rows)
            if tables[where] > 1:
                where = place(where, None, _area(one.table))
            if one.given_by is None:
                said.append(words("roster.read_from", where=where, villages=villages))
                continue
            county, by = source.given.get("county", ""), one.given_by
            said.append(
                words(
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
        self._reach(_OPENED)
        self._notices += book.notices
        if self._intake is not None:
            self.problems += self._intake.check_digest(item.number, book.digest)
        names = self._wanted_sheets(item, book)
        if not names:
            return []
        found: list[tuple[str | None, list[Table], Entry | None]] = []
        problems: list[Diagnostic] = []
        top = ""
        for name in names:
            try:
                entry = None
                if self._intake is not None:
                    entry = self._intake.entry(item.number, name, len(names) == 1)
                if entry is not None and entry.table.ignore:
                    continue
                sheet = book.load(name)
                if sheet.clean is not None:
                    self._clean.append((item.label, sheet.clean))
                found.append((sheet.name, self._lists(item, sheet, entry), entry))
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

    def _lists(self, item: Item, sheet: Sheet, entry: Entry | None) -> list[Table]:
        """A sheet's lists of villages, with what an intake settles of it."""
        chosen, by_hand = self._chosen, ByHand()
        if entry is not None:  # its rows are found by what stands in the file itself
            chosen = {**entry.meanings(self._facts), **chosen}
            at = entry.table.header_row and entry.table.header_row - 1
            layout = first_header(sheet, self._known, chosen, at)
            headings = layout.headings if layout is not None else []
            name = next((h.column for h in headings if h.facts == ("name",)), None)
            left_out, kept, said = rows_by_hand(entry.table, sheet, name)
            self._notices += said
            by_hand = ByHand(at, left_out, frozenset(kept))
        if self._intake is not None:
            sheet, corrections = self._intake.corrected(item.number, item.label, sheet)
            self._corrections += corrections
        tables = tables_of(sheet, self._facts, self._known, chosen, by_hand)
        headings = [heading for table in tables for heading in table.headings]
        there = {text for heading in headings for text in _texts(heading)}
        if entry is not None:
            labels = [heading.label for heading in headings]
            self.problems += [
                unknown_header(entry.span("columns", header), header, labels)
                for header, one in entry.table.columns.items()
                if clean(header) not in there and not one.ignore
            ]
        return tables

    def _choose(
        self,
        item: Item,
        book: Book,
        found: Sequence[tuple[str | None, list[Table], Entry | None]],
        problems: Sequence[Diagnostic],
        top: str,
    ) -> list[Taken]:
        """The tables that are rosters; all that can be said of a file that has none."""
        taken: list[Taken] = []
        likely: list[Taken] = []
        others: list[str] = []
        for name, tables, entry in found:
            some: list[Taken] = []
            for table in tables:
                if not len(table.rows) and len(found) > 1:
                    continue
                one = self._settled(item, table, entry)
                (some if self._is_roster(one, entry is not None) else likely).append(one)
            taken += some
            if not some and name is not None:
                others.append(name)
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

    def _settled(self, item: Item, table: Table, entry: Entry | None) -> Taken:
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

    def _county(self, item: Item, table: Table, entry: Entry | None) -> list[tuple[str, Words]]:
        """What sheet, titles and file say of the county, in that order."""
        if entry is not None and entry.table.county is not None:
            return [(entry.table.county, words("roster.told"))]
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
            unknown_header(Span(f"--column {header}={fact}"), header, self._labels)
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
        unknown_fact(Span(f"--column {header}={fact}"), fact, facts)
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
