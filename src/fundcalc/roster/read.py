"""A roster from its file: the one public function of this package."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path

from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.nearest import nearest
from fundcalc.policy.model import Fact
from fundcalc.roster import messages, notices
from fundcalc.roster.body import sort_rows
from fundcalc.roster.bulk import Table, sort_frame
from fundcalc.roster.doubts import other_year
from fundcalc.roster.extract import Extract
from fundcalc.roster.grid import Grid, blank_row, shown
from fundcalc.roster.headers import Keys, clean, keys
from fundcalc.roster.layout import Layout, find
from fundcalc.roster.model import Reject, Roster, Wanted, letters, place
from fundcalc.roster.settle import Settled, settle
from fundcalc.roster.sheets import Book, open_book
from fundcalc.roster.steps import LOADED, OPENED, Steps

_NO_COLUMNS: Mapping[str, str] = {}
_ANY = Wanted()


def read_roster(
    path: Path,
    facts: Mapping[str, Fact],
    *,
    sheet: str | None = None,
    columns: Mapping[str, str] = _NO_COLUMNS,
    wanted: Wanted = _ANY,
    progress: Callable[[int], object] | None = None,
) -> Roster:
    """Read a roster: clean facts, rejects, notices, each value with its cell.

    `columns` says which fact a header means; "" that it means none. `progress` is told of each per
    cent that is done. Raises PolicyProblem where the file cannot be read or its headers cannot be
    settled.
    """
    _stop_at([*_unknown_facts(columns, facts)])
    chosen = {clean(header): fact for header, fact in columns.items()}
    steps = Steps(progress)
    book = open_book(path)
    steps.reach(OPENED)
    known = keys(facts)
    large = _large(book, sheet, known, chosen)
    grid, layout = large[:2] if large else _pick(book, path, sheet, facts, known, chosen)
    settled = settle(layout, facts, known, book.file, grid.sheet)
    _stop_at([*_unknown_headers(columns, layout), *settled.found])
    if large:
        roster = _in_columns(book, large[2], layout, settled, (facts, wanted.names), steps)
        if roster is not None:
            _doubt_years(roster, settled, layout, wanted.on)
            return roster
        grid, layout = _pick(book, path, sheet, facts, known, chosen)
    steps.reach(LOADED)
    body = sort_rows(grid, layout, settled.columns.values())
    if not body.villages:
        _stop_at([messages.no_villages(place(book.file, grid.sheet, ""))])
    roster = Roster(book.file, grid.sheet, book.digest)
    roster.notices += book.notices
    if grid.sheet is not None and len(book.names) > 1 and sheet is None:
        hidden = len(book.names) - len(book.visible) if book.visible else 0
        roster.notices.append(notices.sheet(grid.sheet, len(book.names) - 1 - hidden, hidden))
    roster.notices += layout.notices
    if layout.last:
        roster.notices.append(notices.header_rows(layout.first + 1, layout.last + 1))
    roster.notices += [*settled.notices, *body.notices]
    Extract(roster, grid, facts, settled.columns, body, wanted.names).run(steps)
    _doubt_years(roster, settled, layout, wanted.on)
    return roster


def _large(
    book: Book, sheet: str | None, known: Keys, chosen: Mapping[str, str]
) -> tuple[Grid, Layout, Table] | None:
    """The first rows of a large file and its header; None where it is read cell by cell."""
    table = book.table() if book.table is not None and sheet is None else None
    layout = find(table.head, known, chosen) if table else None
    return (table.head, layout, table) if table and layout else None


def _in_columns(
    book: Book,
    table: Table,
    layout: Layout,
    settled: Settled,
    known: tuple[Mapping[str, Fact], Collection[str]],
    steps: Steps,
) -> Roster | None:
    """A large file read in columns; None where it is not plain enough, or has no village."""
    from fundcalc.roster.extract_columns import ColumnExtract

    frame = table.frame(layout.body) if table.fits(settled.columns) else None
    if frame is None:
        return None
    steps.reach(LOADED)
    body = sort_frame(frame, layout, settled.columns)
    if len(body.others) == frame.height:
        return None
    roster = Roster(book.file, None, book.digest)
    roster.notices += [*book.notices, *layout.notices]
    if layout.last:
        roster.notices.append(notices.header_rows(layout.first + 1, layout.last + 1))
    roster.notices += [*settled.notices, *body.notices]
    facts, names = known
    ColumnExtract(roster, frame, settled.columns, body, names).run(facts, table.numbers, steps)
    return roster


def _doubt_years(roster: Roster, settled: Settled, layout: Layout, on: date | None) -> None:
    """Report headers that name another year than the policy wants."""
    headings = {heading.column: heading for heading in layout.headings}
    for column in settled.columns.values():
        fault = other_year(column.fact, headings[column.index].year, on)
        if fault:
            row = layout.last + 1
            roster.rejects.insert(
                0,
                Reject(
                    fault.code, fault.severity, roster.file, roster.sheet,
                    f"{letters(column.index)}{row}", row, "", column.label, column.label,
                    fault.why, fault.mend,
                ),
            )  # fmt: skip


def _stop_at(found: list[Diagnostic]) -> None:
    if found:
        raise PolicyProblem(found)


def _unknown_facts(columns: Mapping[str, str], facts: Mapping[str, Fact]) -> list[Diagnostic]:
    return [
        messages.unknown_fact(header, fact, nearest(fact, facts))
        for header, fact in columns.items()
        if fact and fact not in facts
    ]


def _unknown_headers(columns: Mapping[str, str], layout: Layout) -> list[Diagnostic]:
    """The headers named by the user that no column has."""
    there = {clean(t) for h in layout.headings for t in (h.label, "".join(h.pieces), h.pieces[-1])}
    labels = [heading.label for heading in layout.headings]
    return [
        messages.unknown_header(header, fact, nearest(header, labels))
        for header, fact in columns.items()
        if clean(header) not in there
    ]


def _pick(
    book: Book,
    path: Path,
    sheet: str | None,
    facts: Mapping[str, Fact],
    known: Keys,
    chosen: Mapping[str, str],
) -> tuple[Grid, Layout]:
    """The sheet that has the roster, and where its header lies."""
    required = {fact.id for fact in facts.values() if fact.required}
    if sheet is not None and sheet not in book.names:
        _stop_at([messages.no_such_sheet(str(path), sheet, book.names)])
    tried: list[str | None] = [sheet] if sheet is not None else [*(book.visible or book.names)]
    found: list[tuple[Grid, Layout]] = []
    problems: list[Diagnostic] = []
    grids: list[Grid] = []
    for name in tried or [None]:
        try:
            grid = book.grid(name)
        except PolicyProblem as problem:
            problems += problem.diagnostics
            continue
        grids.append(grid)
        layout = find(grid, known, chosen)
        if layout:
            found.append((grid, layout))
    whole = [pair for pair in found if required <= pair[1].facts]
    most = max((len(layout.facts) for _, layout in found), default=0)
    likely = whole or [pair for pair in found if len(pair[1].facts) == most]
    if len(likely) > 1:
        _stop_at([messages.which_sheet(str(path), [grid.sheet or "" for grid, _ in likely])])
    if not likely:
        titles = [fact.title for fact in facts.values() if fact.required]
        where = place(path.name, sheet, "")
        _stop_at(problems or [messages.no_header(where, titles, _first_row(grids))])
    return likely[0]


def _first_row(grids: Sequence[Grid]) -> str:
    """The first row that has anything in it, as a hint of what the program saw."""
    rows = (row for grid in grids for row in grid.rows if not blank_row(row))
    texts = [shown(cell) for cell in next(rows, [])]
    text = "  ".join(" ".join(text.split()) for text in texts if text)
    return text if len(text) <= 40 else text[:39] + "…"
