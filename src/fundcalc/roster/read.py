"""Rosters from files, folders or an intake: one roster of all villages, and what was found."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.words import Words
from fundcalc.policy.model import Policy
from fundcalc.roster.extract import Extract, leave_out_repeated, read_rest, read_sums
from fundcalc.roster.files.book import Book, SheetName, open_book
from fundcalc.roster.gather import Gather
from fundcalc.roster.layout import Heading, Keys, keys
from fundcalc.roster.model import (
    CellCorrection,
    Roster,
    Unsettled,
    first,
    letters,
    place,
    quoted,
    short,
)
from fundcalc.roster.names import county_in, is_same_county
from fundcalc.roster.settle import (
    Settled,
    gainsayings,
    titles_of,
    unknown_fact,
    unknown_header,
)
from fundcalc.roster.sheet import Sheet
from fundcalc.roster.tables import Table, counties_of_rows, tables_of
from fundcalc.roster.words import clean

if TYPE_CHECKING:
    from fundcalc.roster.clean import Statement
    from fundcalc.roster.intake import Entry, Intake
    from fundcalc.roster.look import Reading, SheetRead, State

ENDINGS = (".xlsx", ".xlsm", ".xls", ".csv", ".parquet")
INTAKE = ".toml"


def read_roster(
    path: Path | Sequence[Path] | Book,
    policy: Policy,
    *,
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
    on: date | None = None,
    progress: Callable[[int], object] | None = None,
) -> Roster:
    """Rosters (files, folders, or an intake) as one: clean facts, rejects, notices, each value with its cell.

    A `Book` is one that is open already, such as a table in memory (`frame_book`). `on` is the day whose
    figures are wanted, default the policy's own. `columns` says what a header means, as `fact` or
    `fact:unit`; "" that it means none. `progress` is told of each per cent that is done. Raises PolicyProblem
    where a file cannot be read, and Unsettled where a question must be answered first.
    """
    paths = [path] if isinstance(path, Path) else path
    return Reader(paths, policy, sheet, columns or {}, progress).read(on or policy.on)


def read_identities(
    path: Path | Sequence[Path],
    policy: Policy,
    sheet: str | None,
    columns: Mapping[str, str],
    unread: Collection[str],
) -> Roster:
    """Who stands in rosters, by a policy that has no other facts; `unread` ones may be named all the same.

    Raises PolicyProblem.
    """
    paths = [path] if isinstance(path, Path) else path
    return Reader(paths, policy, sheet, columns, unread=unread).read(policy.on)


def look_at(
    path: Path | Sequence[Path],
    policy: Policy,
    *,
    columns: Mapping[str, str] | None = None,
    on: date | None = None,
    progress: Callable[[int], object] | None = None,
) -> Reading:
    """The same with all that was read of each file, sheet and column, and how far it got.

    Raises PolicyProblem only where an intake or a folder cannot be read.
    """
    paths = [path] if isinstance(path, Path) else path
    return Reader(paths, policy, None, columns or {}, progress).look(on or policy.on)


@dataclass(slots=True)
class Item:
    """One file to be read; `number` is its place in an intake, `book` what is open of it already.

    Once it was read, `digest` is not "".
    """

    path: Path
    label: str
    number: int = -1
    book: Book | None = None
    digest: str = ""
    sheets: Sequence[SheetName] = ()
    passed: dict[str | None, tuple[State, Words | None]] = field(default_factory=dict)
    """Sheets that hold no roster, and why."""
    tops: dict[str | None, list[tuple[int, Sequence[str]]]] = field(default_factory=dict)
    """The first rows of sheets, with their numbers."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of rosters, with the intake that names them, and what was passed over."""

    items: list[Item]
    intake: Intake | None = None
    notices: Sequence[Words] = ()


def files_of(paths: Sequence[Path]) -> Files:
    """The files of rosters, folders or an intake, under the names that rejects have. Raises PolicyProblem."""
    whole = [p for p in paths if p.suffix.lower() == INTAKE and not p.is_dir()]
    if whole:
        if len(paths) > 1:
            stop_at([say("FC653", Span(str(whole[0])))])
        from fundcalc.roster.intake import read_intake

        intake = read_intake(whole[0])
        labels = [file.path for file in intake.table.file]
        numbered = enumerate(_short(labels))
        return Files([Item(intake.file(n), label, n) for n, label in numbered], intake)
    files: list[Path] = []
    notices: list[Words] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(
            p
            for p in path.rglob("*")
            if not p.is_dir()
            and not any(part.startswith((".", "~$")) for part in p.relative_to(path).parts)
        )
        rosters = [p for p in inside if p.suffix.lower() in ENDINGS and p.is_file()]
        if not rosters:
            stop_at([say("FC601.no_roster", Span(str(path)))])
        others = [p.name for p in inside if p not in rosters]
        others += [p.name for p in path.rglob("~$*")]
        if others:
            notices.append(words("roster.passed_over", names=quoted(others[:10])))
        files += rosters
    return Files(list(map(Item, files, _short([str(p) for p in files]))), None, notices)


_OPENED, _LOADED, _DONE = 15, 60, 100
"""Per cent of the time until the file is in memory, its cells are known, its values are read."""


class Reader:
    """The files of rosters, and the tables in them that hold one; `problems` are what stands in the way."""

    def __init__(
        self,
        paths: Sequence[Path] | Book,
        policy: Policy,
        sheet: str | None,
        columns: Mapping[str, str],
        progress: Callable[[int], object] | None = None,
        unread: Collection[str] = (),
    ) -> None:
        """`unread` are facts that an intake may name, though the policy has them not."""
        self._unread = unread
        self._paths = [Path(paths.file)] if isinstance(paths, Book) else paths
        self._policy, self._sheet = policy, sheet
        self._progress, self._done = progress, 0
        self._facts, self.names = policy.facts, policy.names
        self._musts = policy.musts
        self._known: Keys = keys(policy.facts)
        self._columns = {header: self._by_id(meaning) for header, meaning in columns.items()}
        self._chosen = {clean(header): meaning for header, meaning in self._columns.items()}
        self._required = {fact.id for fact in policy.facts.values() if fact.required}
        self._corrections: list[CellCorrection] = []
        self._seen: list[Heading] = []
        self._not_read: list[str] = []
        self._clean: list[tuple[str, Statement]] = []
        stop_at(
            [
                unknown_fact(Span(f"--column {header}={fact}"), fact, self._facts)
                for header, meaning in self._columns.items()
                if (fact := meaning.partition(":")[0]) and fact not in self._facts
            ]
        )
        self.problems: list[Diagnostic] = []
        if isinstance(paths, Book):
            files = Files([Item(Path(paths.file), paths.file, book=paths)])
        else:
            files = files_of(paths)
        self.items, self._intake, self._notices = files.items, files.intake, [*files.notices]

    def _by_id(self, meaning: str) -> str:
        """A fact that was named by its title or an alias, by its id; its unit stays."""
        fact, colon, unit = meaning.partition(":")
        ids = () if fact in self._facts else self._known.get(clean(fact), ())
        return f"{ids[0]}{colon}{unit}" if len(ids) == 1 else meaning

    def _reach(self, percent: int) -> None:
        """Tell of each per cent once."""
        if self._progress is not None and percent > self._done:
            self._progress(percent - self._done)
            self._done = percent

    def read(self, on: date) -> Roster:
        """All of it, with figures for a day."""
        sources = [source for item in self.items for source in self.tables(item)]
        self._check(sources)
        if not sources and not self.problems:
            self.problems.append(say("FC605.no_villages", Span(str(self._paths[0]))))
        stop_at(self.problems)
        roster, questions = self._gathered(sources, on)
        if not any(len(source.rows) for source in sources):
            stop_at([say("FC605.no_villages", Span(sources[0].place()))])
        if questions:
            raise Unsettled(questions, roster)
        return roster

    def look(self, on: date) -> Reading:
        """All of it, however much stands in the way."""
        from fundcalc.roster.look import FileRead, Reading, pieces, villages_by_county

        by_file: list[tuple[Item, list[Extract], list[Diagnostic]]] = []
        for item in self.items:
            before = len(self.problems)
            by_file.append((item, self.tables(item), self.problems[before:]))
        sources = [source for _, extracts, _ in by_file for source in extracts]
        self._check(sources)
        roster: Roster | None = None
        questions: Sequence[Diagnostic] = ()
        if not any(len(source.rows) for source in sources) and not self.problems:
            where = sources[0].place() if sources else str(self._paths[0])
            self.problems.append(say("FC605.no_villages", Span(where)))
        if sources and self.problems:
            roster, questions = self._one_by_one(sources, on)
        elif sources:
            roster, questions = self._gathered(sources, on)
        files = [
            FileRead(item.path, item.label, item.digest, self._sheets(item, extracts), problems)
            for item, extracts, problems in by_file
        ]
        if roster is None:
            return Reading(files, None, questions, self.problems)
        around, counties = pieces(sources, roster.rejects), villages_by_county(sources)
        return Reading(files, roster, questions, self.problems, around, counties)

    def _check(self, sources: Sequence[Extract]) -> None:
        """What all files together must fulfil."""
        if self._intake is not None:
            self.problems += self._intake.left_over()
        self._check_headers()
        if self._clean:
            self._check_clean()
        if self._not_read and sources:
            self._notices.append(_no_rosters(self._not_read))
        elif self._not_read:
            self.problems += [self._no_header(name, "") for name in self._not_read]

    def _extract(self, sources: Sequence[Extract]) -> None:
        """Read the values."""
        self._reach(_LOADED)
        leave_out_repeated(sources, self.names, self._policy.title.zh)
        for source in sources:
            read_sums(source)
        ticked = {fact for source in sources for fact in source.ticked()}
        for source in sources:
            read_rest(source, ticked)

    def _gathered(
        self, sources: Sequence[Extract], on: date
    ) -> tuple[Roster, Sequence[Diagnostic]]:
        """The roster, and what must be asked."""
        roster = self._roster_of(sources)
        if self._corrections:
            cells = ", ".join(correction.cell for correction in self._corrections[:10])
            roster.notices.append(words("roster.corrected", cells=cells))
        self._extract(sources)
        roster.notices = [*self._notices, *_say_of_tables(sources), *roster.notices]
        whole = self._policy.title.zh
        gather = Gather(sources, self._facts, self.names, on, self._musts, whole)
        gather.by_intake = self._intake is not None
        gather.fill(roster)
        self._reach(_DONE)
        roster.notices[:0] = _say_sources(sources)
        return roster, gather.questions

    def _one_by_one(
        self, sources: Sequence[Extract], on: date
    ) -> tuple[Roster, Sequence[Diagnostic]]:
        """A roster without villages, with the faults of each table: together they make none yet."""
        roster = self._roster_of(sources)
        self._extract(sources)
        questions: list[Diagnostic] = []
        for source in sources:
            whole = self._policy.title.zh
            gather = Gather([source], self._facts, self.names, on, self._musts, whole)
            alone = Roster(source.label, source.sheet, source.digest)
            gather.fill(alone)
            questions += gather.questions
            roster.rejects += alone.rejects
            roster.rejected_rows += alone.rejected_rows
        self._reach(_DONE)
        return roster, questions

    def _sheets(self, item: Item, sources: Sequence[Extract]) -> list[SheetRead]:
        """What each sheet of a file is."""
        from fundcalc.roster.look import SheetRead, list_read

        by_name: dict[str | None, list[Extract]] = {}
        for source in sources:
            by_name.setdefault(source.sheet, []).append(source)
        sheets: list[SheetRead] = []
        for sheet in item.sheets:
            lists = by_name.get(sheet.name)
            if lists is not None:
                sheets.append(SheetRead(sheet.name, "roster", None, [*map(list_read, lists)]))
            else:
                state, why = item.passed.get(sheet.name, ("hidden", words("roster.hidden_sheet")))
                sheets.append(SheetRead(sheet.name, state, why, top=item.tops.get(sheet.name, ())))
        return sheets

    def _roster_of(self, sources: Sequence[Extract]) -> Roster:
        """The roster under the name of its file and sheet; its digest is the file's or all files'."""
        if self._intake is not None:
            name = self._intake.path.name
        elif len(self._paths) == 1:
            name = self._paths[0].name or str(self._paths[0])
        else:
            name = f"{self.items[0].label} +{len(self.items) - 1}"
        tables = {(source.label, source.sheet) for source in sources}
        sheet = next(iter(tables))[1] if len(tables) == 1 else None
        intake = self._intake.content if self._intake is not None else None
        digests = [item.digest for item in self.items if item.digest]
        digest = digests[0]
        if len(digests) > 1 or intake is not None:
            whole = "\n".join(digests).encode() + (intake or b"")
            digest = "sha256:" + hashlib.sha256(whole).hexdigest()
        return Roster(name, sheet, digest, intake=intake, corrections=self._corrections)

    def _check_clean(self) -> None:
        """Hold the parts of clean facts against the policy and each other."""
        from fundcalc.roster.clean import faults

        self.problems += faults(self._clean, self._facts)
        results = {statement.result.source_digest: statement.result for _, statement in self._clean}
        self._notices += [
            words("roster.left_out_before", source=result.source, count=result.rejected_rows)
            for result in results.values()
            if result.rejected_rows
        ]

    def _check_headers(self) -> None:
        """The headers named by the user that no column has."""
        self.problems += [
            unknown_header(Span(f"--column {header}={fact}"), header, self._seen)
            for header, fact in self._columns.items()
            if not _names_a_column(header, self._seen) and any(item.digest for item in self.items)
        ]

    def tables(self, item: Item) -> list[Extract]:
        """A file's tables that hold a roster."""
        try:
            book = item.book or open_book(item.path, self._known)
        except PolicyProblem as problem:
            self.problems += problem.diagnostics
            return []
        item.digest, item.sheets = book.digest, book.sheets
        self._reach(_OPENED)
        if self._intake is not None:
            self.problems += self._intake.check_file(
                item.number, item.label, item.digest, item.sheets
            )
        names = self._wanted_sheets(item)
        sheets: list[tuple[str | None, list[Table], Entry | None]] = []
        problems: list[Diagnostic] = []
        top = ""
        for name in names:
            entry = None
            if self._intake is not None:
                entry = self._intake.entry(item.number, name, len(names) == 1)
            if entry is not None and entry.table.ignore:
                item.passed[name] = "ignored", None
                continue
            try:
                sheet = book.load(name)
                if sheet.clean is not None:
                    self._clean.append((item.label, sheet.clean))
                sheets.append((sheet.name, self._lists(item, sheet, entry), entry))
                top = top or _first_row(sheet)
                item.tops[name] = _first_rows(sheet)
            except PolicyProblem as problem:
                problems += problem.diagnostics
                item.passed[name] = "unreadable", problem.diagnostics[0].message
        self._notices += book.notices  # some are seen only while a sheet is loaded
        return self._choose(item, sheets, problems, top) if sheets or problems else []

    def _wanted_sheets(self, item: Item) -> list[str | None]:
        names = [sheet.name for sheet in item.sheets]
        if self._sheet is None:
            return [sheet.name for sheet in item.sheets if sheet.visible] or names
        if self._sheet in names:
            return [self._sheet]
        listed = ", ".join(f"`{name}`" for name in names if name is not None)
        span = Span(str(item.path))
        self.problems.append(
            say("FC609", span, sheet=self._sheet, sheets=listed)
            if listed
            else say("FC609.csv", span, sheet=self._sheet)
        )
        return []

    def _lists(self, item: Item, sheet: Sheet, entry: Entry | None) -> list[Table]:
        """A sheet's lists of villages, with what an intake settles of it."""
        written = sheet
        if self._intake is not None:
            sheet, corrections = self._intake.corrected(item.number, item.label, sheet)
            self._corrections += corrections
        if entry is None:
            return tables_of(sheet, self._facts, self._known, self._chosen)
        chosen = {**entry.meanings(self._facts, self._unread), **self._chosen}
        at = entry.table.header_row and entry.table.header_row - 1
        by_hand = partial(entry.rows, written)  # by the names that stand in the file itself
        tables = tables_of(sheet, self._facts, self._known, chosen, at, by_hand)
        headings = [heading for table in tables for heading in table.headings]
        self.problems += [
            unknown_header(entry.span("columns", header), header, headings)
            for header, column in entry.table.columns.items()
            if not column.ignore and not _names_a_column(header, headings)
        ]
        return tables

    def _choose(
        self,
        item: Item,
        sheets: Sequence[tuple[str | None, list[Table], Entry | None]],
        problems: Sequence[Diagnostic],
        top: str,
    ) -> list[Extract]:
        """The tables that are rosters; all that can be said of a file that has none."""
        taken: list[Extract] = []
        likely: list[Extract] = []
        others: list[str] = []
        for name, tables, entry in sheets:
            before, passed = len(taken), len(likely)
            for table in tables:
                if len(table.rows) or len(sheets) == 1:
                    extract = self._settled(item, table, entry)
                    (taken if self._is_roster(extract, entry is not None) else likely).append(
                        extract
                    )
            if len(taken) == before:
                item.passed[name] = "other", self._no_roster(tables, likely[passed:])
                others += [name] if name is not None else []
        naming = [extract for extract in likely if _may_name_villages(extract)]
        if not taken and len(self.items) > 1 and likely and not naming and not problems:
            self._not_read.append(item.label)
            return []
        if not taken and likely:
            taken = [max(likely, key=lambda extract: len(extract.columns))]
            others = [name for name in others if name != taken[0].sheet]
        if not taken:
            where = place(item.label, self._sheet, "")
            self.problems += problems or [self._no_header(where, top)]
            return []
        self.problems += problems  # villages may stand on a sheet that cannot be read
        self.problems += [problem for extract in taken for problem in extract.settled.problems]
        self._say_sheets(item, taken, others)
        with_villages = {extract.sheet for extract in naming if len(extract.rows) > 1}
        unread = [name for name in others if name in with_villages]
        if unread:
            self._notices.append(words("roster.villages_not_read", sheets=quoted(unread)))
        return taken

    def _no_roster(self, tables: Sequence[Table], likely: Sequence[Extract]) -> Words:
        """Why a sheet is taken for no roster."""
        if not tables:
            return words("roster.without_header")
        if not likely:
            return words("roster.without_rows", row=tables[0].layout.last + 1)
        extract = max(likely, key=lambda extract: len(extract.columns))
        facts = {*extract.columns, *extract.given}.union(*(h.facts for h in extract.table.headings))
        if not {"name", "code"} & facts:
            return words("roster.without_names")
        titles = titles_of(
            [self._facts[id_].title for id_ in self._facts if id_ in self._required - facts]
        )
        return words("roster.without_facts", titles=titles)

    def _no_header(self, where: str, top: str) -> Diagnostic:
        """A table without a header; `top` is its first row, where it is known."""
        titles = titles_of([fact.title for fact in self._facts.values() if fact.required])
        if not top:
            return say("FC611", Span(where), titles=titles)
        return say("FC611.first_row", Span(where), titles=titles, first=top)

    def _say_sheets(self, item: Item, taken: Sequence[Extract], others: Sequence[str]) -> None:
        names = list(dict.fromkeys(extract.sheet for extract in taken))
        hidden = sum(not sheet.visible for sheet in item.sheets)
        if len(item.sheets) < 2 or self._sheet is not None or names[0] is None:
            return
        if len(names) == 1:
            notice = words("roster.sheet", name=names[0])
            if others:
                notice = words("roster.other_sheets", said=notice, count=len(others))
            if 0 < hidden < len(item.sheets):
                listed = quoted(str(sheet.name) for sheet in item.sheets if not sheet.visible)
                notice = words("roster.hidden_sheets", said=notice, count=hidden, names=listed)
            self._notices.append(notice)
        elif others:
            self._notices.append(_no_rosters(others))
        unseen = [
            sheet.name for sheet in item.sheets if not sheet.visible and sheet.name not in names
        ]
        if len(names) > 1 and unseen:
            listed = quoted(str(name) for name in unseen[:10])
            notice = words("roster.hidden_left", file=item.label, count=len(unseen), names=listed)
            self._notices.append(notice)

    def _settled(self, item: Item, table: Table, entry: Entry | None) -> Extract:
        """A table with its columns, and its county where no column says it."""
        self._seen += table.headings
        facts = {h.facts[0] for h in table.headings if len(h.facts) == 1}
        counties: list[tuple[str, Words]] = []
        if "county" in self._facts and table.sheet.clean is None:
            counties = self._county(item, table, entry)
        given = {"county": counties[0][0]} if counties and "county" not in facts else {}
        several = len(self.items) > 1 and self._intake is None
        settled = Settled(table, item.label, self._policy, self._known, given, several)
        if counties and (entry is None or entry.table.county is None):
            where = Span(place(item.label, table.sheet.name, ""))
            settled.problems += self._other_county(table, counties, where, given=bool(given))
        by = counties[0][1] if given else None
        return Extract(table, item.label, item.digest, settled, given, by)

    def _other_county(
        self, table: Table, counties: Sequence[tuple[str, Words]], where: Span, *, given: bool
    ) -> Iterator[Diagnostic]:
        """Ask where title, sheet and file, or the rows of a table, say another county than the first."""
        of_rows = counties_of_rows(table, "town" if given else "county", self.names)
        if not given:  # an office that fills in a list with a column of counties may lie anywhere
            counties = [county for county in counties if "单位" not in county[1].zh][:1]
            if any(is_same_county(c[0], of_row[0]) for c in counties for of_row in of_rows):
                return
        for other in (*counties[1:], *of_rows) if counties else ():
            if not is_same_county(counties[0][0], other[0]):
                said = gainsayings([counties[0], other])
                yield say("FC652" if other in counties else "FC652.row", where, said=said)
                return

    def _county(self, item: Item, table: Table, entry: Entry | None) -> list[tuple[str, Words]]:
        """What sheet, titles and file say of the county, in that order."""
        if entry is not None and entry.table.county is not None:
            return [(entry.table.county, words("roster.told"))]

        def county(text: str) -> str | None:
            return county_in(text, self.names, whole=self._policy.title.zh)

        titles = list(filter(county, table.layout.titles)) or table.layout.before[::-1]
        texts = [(title, words("roster.in_title", text=short(title))) for title in titles]
        if table.sheet.name:
            name = table.sheet.name
            texts.insert(0, (name, words("roster.in_sheet_name", name=name)))
        texts.append((item.path.stem, words("roster.in_file_name", name=item.path.name)))
        return [
            (county_name, where)
            for text, where in texts
            if (county_name := county(text)) is not None
        ]

    def _is_roster(self, extract: Extract, by_hand: bool) -> bool:
        """Whether a table holds villages: their names, and at least half of what is required."""
        columns = {*extract.columns, *extract.given}.union(
            *(h.facts for h in extract.table.headings)
        )
        missing = self._required - columns
        return bool({"name", "code"} & columns) and (
            by_hand or 2 * len(missing) <= len(self._required)
        )


def _say_of_tables(sources: Sequence[Extract]) -> list[Words]:
    """What was noticed in each table; of several, with the sheet's place, and equal things once."""
    by_notice: dict[Words, dict[str, None]] = {}
    for source in sources:
        for notice in source.notices():
            by_notice.setdefault(notice, {})[source.place()] = None
    if len({place for places in by_notice.values() for place in places}) < 2:
        return list(by_notice)
    return [
        words("roster.at_more", where=next(iter(places)), said=notice, count=len(places) - 1)
        if len(places) > 1
        else words("roster.at", where=next(iter(places)), said=notice)
        for notice, places in by_notice.items()
    ]


def _say_sources(sources: Sequence[Extract]) -> list[Words]:
    """Which tables the villages came from, where there is more than one, or no county column."""
    tables = Counter(source.place() for source in sources)
    notices: list[Words] = []
    for source in sources:
        where, villages = source.place(), len(source.rows)
        if tables[where] > 1:
            where = place(where, None, _area(source.table))
        if source.given_by is not None:
            county, by = source.given.get("county", ""), source.given_by
            notices.append(
                words(
                    "roster.read_from_county", where=where, villages=villages, county=county, by=by
                )
            )
        elif len(sources) > 1:
            notices.append(words("roster.read_from", where=where, villages=villages))
    return notices


def _names_a_column(header: str, headings: Sequence[Heading]) -> bool:
    """Whether a user may call one of the columns so."""
    names = ((h.label, "".join(h.pieces), h.pieces[-1]) for h in headings)
    return any(clean(name) == clean(header) for spellings in names for name in spellings)


def _may_name_villages(extract: Extract) -> bool:
    """Whether a table has a column of villages' names or codes, or one that may be meant for it."""
    return bool({"name", "code"} & {fact for h in extract.table.headings for fact in h.facts})


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
        names = ["/".join(path[-depth:]) for path in parts]
        if len(set(names)) == len({*paths}):
            return names
    return list(paths)


def stop_at(diagnostics: Sequence[Diagnostic]) -> None:
    """Raise PolicyProblem where anything was found."""
    if diagnostics:
        raise PolicyProblem(diagnostics)


def _first_row(sheet: Sheet) -> str:
    """The first row that has anything in it, as a hint of what the program saw."""
    rows = (sheet.row(at) for at in range(min(sheet.height, 200)))
    texts = next((row for row in rows if any(cell.strip() for cell in row)), ())
    text = "  ".join(" ".join(cell.split()) for cell in texts if cell.strip())
    return text if len(text) <= 40 else text[:39] + "…"


def _first_rows(sheet: Sheet) -> list[tuple[int, Sequence[str]]]:
    """The first rows that have anything in them, with their numbers (from 1), in short."""
    rows = ((at + 1, sheet.row(at)[:8]) for at in range(min(sheet.height, 40)))
    filled = [
        (at, [short(cell, 20) for cell in row]) for at, row in rows if any(c.strip() for c in row)
    ]
    return [*filled[:6]]


def _no_rosters(names: Sequence[str]) -> Words:
    return words("roster.no_rosters", names=first([f"“{name}”" for name in names], 10, "、"))
