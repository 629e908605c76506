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
        return any(q.code in ("FC650", "FC651", "FC616", "FC617") for q in self.questions)

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
    sheets = [sheet for file in files for sheet in _sheets(file, read, differs, asked)]
    own = {id(question) for sheet in sheets for question in sheet.card.questions}
    return page(
        request, "columns.html", read=read, sheets=sheets, skip=desk.draft().skip,
        facts=[(fact, api.is_money(fact.type)) for fact in policy.facts.values()],
        titles={fact.id: fact.title for fact in policy.facts.values()},
        money_facts={fact.id for fact in policy.facts.values() if api.is_money(fact.type)},
        units=[(unit, power) for power, unit in api.MONEY_UNITS.items()],
        others=[diagnostic for diagnostic in (*read.problems, *read.questions) if id(diagnostic) not in own],
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
    return {(sheet.path, sheet.name): sheet.differs for sheet in carried if sheet.differs}


def questions(files: Sequence[FileCard]) -> Mapping[Place, Sequence[Question]]:
    """What is asked of each sheet; where others are asked the same, an answer is for all of them."""
    by_sheet: dict[Place, list[Question]] = {}
    alike: dict[tuple[object, ...], list[Place]] = {}
    for path, card in [(file.path, card) for file in files for card in file.sheets]:
        place = path, card.read.name
        for diagnostic in card.questions:
            offered = tuple(api.offered(card.read, diagnostic))
            asked = (diagnostic.code, offered) if offered else (id(diagnostic),)
            places = alike.setdefault(asked, [])
            places.append(place)
            by_sheet.setdefault(place, []).append(Question(diagnostic, offered, places))
    return by_sheet


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
        for part in card.read.lists:
            columns = [_column(card, part, heading) for heading in part.headings]
            same = next(
                (at for at, other in enumerate(lists) if _alike(other.columns, columns)), None
            )
            if same is None:
                lists.append(ListRows(part, columns, 0))
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
            (reject.row, reject.value, reject.why)
            for reject in rejects
            if (reject.code, reject.file, reject.sheet)
            == ("FC649", file.read.label, card.read.name)
        ]
        asked = questions.get((file.path, card.read.name), ())
        yield SheetRows(
            file, card, asked, _all_in(asked), lists, settled, unsure[:MOST_ROWS],
            differs.get((file.path, card.read.name), ()),
        )  # fmt: skip


def _all_in(asked: Sequence[Question]) -> list[tuple[str, Sequence[Answer]]]:
    """The units that may answer several questions at once."""
    by_unit: dict[str, list[Answer]] = {}
    for question in asked:
        if question.question.code == "FC650":
            for answer in question.answers:
                by_unit.setdefault(answer.unit, []).append(answer)
    return [(unit, answers) for unit, answers in by_unit.items() if len(answers) > 1]


def _column(card: SheetCard, part: ListRead, heading: HeadingRead) -> ColumnRow:
    entry = card.entry.columns.get(heading.label) if card.entry is not None else None
    cell = f"{part.place}!{heading.cell}"
    questions = [
        question
        for question in card.questions
        if any(span.file == cell for span in question.spans)
        or any(answer.header == heading.label for answer in api.answers(question.hint))
    ]
    return ColumnRow(heading, entry, questions)


def _alike(columns: Sequence[ColumnRow], other: Sequence[ColumnRow]) -> bool:
    return [(c.read.label, c.read.fact, c.read.unit, len(c.questions)) for c in columns] == [
        (c.read.label, c.read.fact, c.read.unit, len(c.questions)) for c in other
    ]


@change
def save(request: Request, form: Form) -> Response:
    """Settle what the columns of a sheet mean, and their units."""
    facts = desk_of(request).policy().facts
    chosen = [
        (header, form.text(f"fact-{at}"), form.text(f"unit-{at}"), auto)
        for at, header, auto in form.exact("column", 3)
    ]
    # of two columns of one name what is chosen holds
    chosen.sort(key=lambda column: bool(column[1] or column[2]))

    def settle(entry: SheetTable) -> None:
        for header, fact, unit, auto in chosen:
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
    meaning = fact or auto
    known = facts.get(meaning)
    if known is None or (not fact and not unit):
        entry.columns.pop(header, None)
        return
    in_unit = unit if unit and api.is_money(known.type) else None
    entry.columns[header] = api.ColumnTable(fact=meaning, unit=in_unit)


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
        entry.left_out[:] = [row for row in entry.left_out if row.row != at]
        entry.kept[:] = [row for row in entry.kept if row.row != at]
        if to in ("kept", "left_out"):
            village = to == "kept"
            none = "desk_columns.by_hand_double" if double else "desk_columns.by_hand_none"
            why = words("desk_columns.by_hand_village" if village else none)
            settled = api.RowTable(row=at, why=why.say(lang_of(request)), name=name or None)
            (entry.kept if village else entry.left_out).append(settled)

    settle_sheets(request, form, settle)
    return goto(_back(form))


ROUTES = [
    Route("/columns", show),
    Route("/columns/save", save, methods=["POST"]),
    Route("/columns/answer", answer, methods=["POST"]),
    Route("/columns/row", row, methods=["POST"]),
]
