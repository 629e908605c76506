"""Page 2, how it was read: what each column means, in which unit, which rows are no villages, and counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.words import Words
from fundcalc.desk.page import Form, change, desk_of, goto, lang_of, page
from fundcalc.desk.pages.rosters import COMMAND, FileCard, SheetCard, cards, settle_sheets
from fundcalc.desk.state import Desk, Read, Stale

if TYPE_CHECKING:
    from fundcalc.policy.model import Fact
    from fundcalc.roster.intake import ColumnTable, SheetTable
    from fundcalc.roster.look import HeadingRead, ListRead
    from fundcalc.roster.propose import Answer

NOTHING = "-"
"""A column that is not used."""

MOST_ROWS, MOST_COUNTIES = 100, 200
"""Rows left out that are shown of a list, and counties; those that differ come first."""


Place = tuple[str, str | None]
"""A file's path in the intake, and a sheet's name."""


class ColumnRow(NamedTuple):
    """One column: how it was read, what is settled of it, and what is asked."""

    read: HeadingRead
    entry: ColumnTable | None
    questions: Sequence[Diagnostic]

    @property
    def chosen(self) -> str:
        """What is settled: a fact, NOTHING, or "" where the header itself tells."""
        if self.entry is None:
            return ""
        return self.entry.fact or NOTHING

    @property
    def unit(self) -> str:
        """The unit that is settled, "" where the sheet itself tells."""
        return (self.entry and self.entry.unit) or ""

    @property
    def must(self) -> bool:
        """Whether the unit must be chosen."""
        return any(one.code in ("FC650", "FC651", "FC616", "FC617") for one in self.questions)

    @property
    def power(self) -> int | None:
        """The power of ten by which figures of money are read; None where that is not known."""
        units = {unit: power for power, unit in api.MONEY_UNITS.items()}
        return 0 if not self.read.unit else units.get(self.read.unit.partition("/")[0])


class RowSettled(NamedTuple):
    """A row that a person has settled."""

    row: int
    label: str
    why: str
    village: bool


class ListRows(NamedTuple):
    """One list on a sheet: its columns, and lists that are read alike."""

    read: ListRead
    columns: Sequence[ColumnRow]
    alike: int


class Question(NamedTuple):
    """What is asked of a sheet, and the answers of which one click gives one, to all who are asked alike."""

    question: Diagnostic
    answers: Sequence[Answer]
    places: Sequence[Place]


class SheetRows(NamedTuple):
    """One sheet on page 2; `all_in` are units in which several of its columns may be."""

    file: FileCard
    card: SheetCard
    asked: Sequence[Question]
    all_in: Sequence[tuple[str, Sequence[Answer]]]
    lists: Sequence[ListRows]
    settled: Sequence[RowSettled]
    unsure: Sequence[tuple[int, str, Words]]
    differs: Sequence[Words]

    @property
    def open(self) -> bool:
        """Whether anything must be settled here."""
        return bool(self.card.questions or self.unsure or self.differs)


def show(request: Request) -> Response:
    """The page."""
    desk = desk_of(request)
    read = desk.read()
    policy = desk.policy()
    compared = desk.register() if read.reading is not None and desk.draft().register else None
    latest, counts = desk.latest(), []
    if read.reading is not None:
        listed = None if isinstance(compared, PolicyProblem) else compared
        counts = api.by_county(read.reading.counties, latest and latest.counties, listed)
    differs = _differs(desk, read)
    asked = questions(files := cards(desk, read))
    sheets = [one for file in files for one in _sheets(file, read, differs, asked)]
    own = {id(one) for sheet in sheets for one in sheet.card.questions}
    return page(
        request, "columns.html", read=read, sheets=sheets, skip=desk.draft().skip,
        facts=[(one, api.is_money(one.type)) for one in policy.facts.values()],
        titles={one.id: one.title for one in policy.facts.values()},
        money_facts={one.id for one in policy.facts.values() if api.is_money(one.type)},
        units=[(unit, power) for power, unit in api.MONEY_UNITS.items()],
        others=[one for one in (*read.problems, *read.questions) if id(one) not in own],
        counts=counts[:MOST_COUNTIES], total=counts,
        comparison=compared, register=desk.draft().register,
        latest=latest, unequal=isinstance(compared, PolicyProblem),
        broken=desk.intake.is_file() and read.reading is None, nothing=NOTHING, names=sorted(policy.names),
        command=COMMAND if read.reading is not None else [],
    )  # fmt: skip


def _differs(desk: Desk, read: Read) -> dict[Place, Sequence[Words]]:
    """What differs from the earlier intake that is used again, by file and sheet."""
    earlier = desk.earlier(desk.draft().earlier) if read.reading is not None else None
    if earlier is None or read.reading is None:
        return {}
    carried = api.carry_over(earlier, desk.settled(), read.reading)
    return {(one.path, one.name): one.differs for one in carried if one.differs}


def questions(files: Sequence[FileCard]) -> Mapping[Place, Sequence[Question]]:
    """What is asked of each sheet; where others are asked the same, an answer is for all of them."""
    found: dict[Place, list[Question]] = {}
    alike: dict[tuple[object, ...], list[Place]] = {}
    for file, card in ((one, card) for one in files for card in one.sheets):
        place = file.path, card.read.name
        for one in card.questions:
            some = tuple(api.offered(card.read, one))
            places = alike.setdefault((one.code, some) if some else (id(one),), [])
            places.append(place)
            found.setdefault(place, []).append(Question(one, some, places))
    return found


def _sheets(
    file: FileCard,
    read: Read,
    differs: Mapping[Place, Sequence[Words]],
    questions: Mapping[Place, Sequence[Question]],
) -> Iterator[SheetRows]:
    for card in file.sheets:
        if card.read.state != "roster":
            continue
        lists: list[ListRows] = []
        for one in card.read.lists:
            columns = [_column(card, one, heading) for heading in one.headings]
            same = next(
                (at for at, other in enumerate(lists) if _alike(other.columns, columns)), None
            )
            if same is None:
                lists.append(ListRows(one, columns, 0))
            else:
                lists[same] = lists[same]._replace(alike=lists[same].alike + 1)
        entry = card.entry
        settled = [
            RowSettled(row.row, row.name or "", row.why, village)
            for rows, village in ((entry.left_out, False), (entry.kept, True))
            for row in rows
        ] if entry is not None else []  # fmt: skip
        rejects = read.roster.rejects if read.roster is not None else ()
        unsure = [
            (one.row, one.value, one.why)
            for one in rejects
            if one.code == "FC649" and (one.file, one.sheet) == (file.read.label, card.read.name)
        ]
        asked = questions.get((file.path, card.read.name), ())
        yield SheetRows(
            file, card, asked, _all_in(asked), lists, settled, unsure[:MOST_ROWS],
            differs.get((file.path, card.read.name), ()),
        )  # fmt: skip


def _all_in(asked: Sequence[Question]) -> list[tuple[str, Sequence[Answer]]]:
    """The units that may answer several questions at once."""
    by_unit: dict[str, list[Answer]] = {}
    for one in asked:
        if one.question.code == "FC650":
            for answer in one.answers:
                by_unit.setdefault(answer.unit, []).append(answer)
    return [(unit, some) for unit, some in by_unit.items() if len(some) > 1]


def _column(card: SheetCard, part: ListRead, heading: HeadingRead) -> ColumnRow:
    entry = card.entry.columns.get(heading.label) if card.entry is not None else None
    cell = f"{part.place}!{heading.cell}"
    asked = [
        one
        for one in card.questions
        if any(span.file == cell for span in one.spans)
        or any(answer.header == heading.label for answer in api.answers(one.hint))
    ]
    return ColumnRow(heading, entry, asked)


def _alike(one: Sequence[ColumnRow], other: Sequence[ColumnRow]) -> bool:
    return [(c.read.label, c.read.fact, c.read.unit, len(c.questions)) for c in one] == [
        (c.read.label, c.read.fact, c.read.unit, len(c.questions)) for c in other
    ]


@change
def save(request: Request, form: Form) -> Response:
    """Settle what the columns of a sheet mean, and their units."""
    facts = desk_of(request).policy().facts
    asked = [
        (header, form.text(f"fact-{at}"), form.text(f"unit-{at}"), auto)
        for at, header, auto in form.exact("column", 3)
    ]
    asked.sort(
        key=lambda one: bool(one[1] or one[2])
    )  # of two columns of one name what is chosen holds

    def settle(entry: SheetTable) -> None:
        for header, fact, unit, auto in asked:
            _settle(entry, header, fact, unit, auto, facts)

    settle_sheets(request, form, settle)
    return goto("/columns")


def _settle(
    entry: SheetTable, header: str, fact: str, unit: str, auto: str, facts: Mapping[str, Fact]
) -> None:
    """Settle one header; what the sheet itself tells needs no entry."""
    if fact == NOTHING:
        entry.columns[header] = api.ColumnTable(ignore=True)
        return
    meant = fact or auto
    known = facts.get(meant)
    if known is None or (not fact and not unit):
        entry.columns.pop(header, None)
        return
    in_unit = unit if unit and api.is_money(known.type) else None
    entry.columns[header] = api.ColumnTable(fact=meant, unit=in_unit)


def _back(form: Form) -> str:
    """The page on which the form stood."""
    return "/faults" if form.text("back") == "faults" else "/columns"


@change
def answer(request: Request, form: Form) -> Response:
    """Settle headers by answers that questions offer, on each sheet that the form is about."""
    facts = desk_of(request).policy().facts
    chosen = form.exact("set", 3)

    def settle(entry: SheetTable) -> None:
        for header, fact, unit in chosen:
            if not fact:
                entry.columns[header] = api.ColumnTable(ignore=True)
            elif fact in facts:
                entry.columns[header] = api.ColumnTable(fact=fact, unit=unit or None)

    settle_sheets(request, form, settle)
    return goto(_back(form))


@change
def row(request: Request, form: Form) -> Response:
    """Settle whether a row is a village; "" leaves it to the program."""
    number, name = form.exact("row", 2)[0]
    to, double = form.text("to"), form.text("double") == "yes"
    if not (number.isdecimal() and len(number) < 8 and int(number)):
        raise Stale

    def settle(entry: SheetTable) -> None:
        at = int(number)
        entry.left_out[:] = [one for one in entry.left_out if one.row != at]
        entry.kept[:] = [one for one in entry.kept if one.row != at]
        if to in ("kept", "left_out"):
            village = to == "kept"
            none = "desk_columns.by_hand_double" if double else "desk_columns.by_hand_none"
            why = words("desk_columns.by_hand_village" if village else none)
            found = api.RowTable(row=at, why=why.say(lang_of(request)), name=name or None)
            (entry.kept if village else entry.left_out).append(found)

    settle_sheets(request, form, settle)
    return goto(_back(form))


ROUTES = [
    Route("/columns", show),
    Route("/columns/save", save, methods=["POST"]),
    Route("/columns/answer", answer, methods=["POST"]),
    Route("/columns/row", row, methods=["POST"]),
]
