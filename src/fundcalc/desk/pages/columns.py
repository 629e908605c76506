"""Page 2, how it was read: what each column means, in which unit, which rows are no villages, and counts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.words import Words
from fundcalc.desk.page import Form, Router, desk_of, goto, lang_of, page
from fundcalc.desk.pages.rosters import COMMAND, FileCard, SheetCard, cards, settle_sheets
from fundcalc.desk.state import Desk, Stale

if TYPE_CHECKING:
    from fundcalc.policy.model import Fact
    from fundcalc.roster.intake import ColumnTable, SheetTable
    from fundcalc.roster.look import HeadingRead, ListRead, Reading
    from fundcalc.roster.model import Reject
    from fundcalc.roster.propose import Answer

router = Router()

NOTHING = "-"
"""A column that is not used."""

MOST_COUNTIES = 200
"""Counties that are shown; those that differ come first."""


Place = tuple[str, str | None]
"""A file's path in the intake, and a sheet's name."""


class ColumnRow(NamedTuple):
    """One column: how it was read, what is settled of it, and what is asked."""

    read: HeadingRead
    entry: ColumnTable | None
    questions: Sequence[Diagnostic]
    typed: Sequence[str] = ("", "")
    """Fact and unit as they were chosen in a form that was refused."""

    @property
    def chosen(self) -> str:
        """What is chosen or settled: a fact, NOTHING, or "" where the header itself tells."""
        return self.typed[0] or (self.entry and (self.entry.fact or NOTHING)) or ""

    @property
    def unit(self) -> str:
        """The unit that is chosen or settled, "" where the sheet itself tells."""
        return self.typed[1] or (self.entry and self.entry.unit) or ""

    @property
    def changed(self) -> bool:
        """Whether another than what is settled was chosen."""
        settled = self._replace(typed=("", ""))
        return (self.chosen, self.unit) != (settled.chosen, settled.unit)

    @property
    def must(self) -> bool:
        """Whether the unit must be chosen."""
        return any(q.code in ("FC650", "FC651", "FC616", "FC617") for q in self.questions)


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


@router.page("/columns")
def show(request: Request) -> Response:
    """The page."""
    desk = desk_of(request)
    read, policy, draft, latest = desk.read(), desk.policy(), desk.draft(), desk.latest()
    compared = desk.register() if read.files and draft.register else None
    listed = None if isinstance(compared, PolicyProblem) else compared
    counts = api.by_county(read.counties, latest and latest.counties, listed) if read.files else []
    files = cards(desk, read)
    rosters = [card for file in files for card in file.sheets if card.read.state == "roster"]
    own = {id(question) for card in rosters for question in card.questions}
    unsure: dict[Place, list[Reject]] = {}
    for reject in read.roster.rejects if read.roster is not None else ():
        if reject.code == "FC649" and reject.severity == "error":
            unsure.setdefault((reject.file, reject.sheet), []).append(reject)
    return page(
        request, "columns.html", read=read, files=files, asked=questions(files),
        lists=partial(_lists, Form.of(request)), all_in=_all_in, unsure=unsure, skip=draft.skip,
        differs=_differs(desk, read), facts=policy.facts,
        units={unit: power for power, unit in api.MONEY_UNITS.items()},
        others=[diagnostic for diagnostic in read.unsettled if id(diagnostic) not in own],
        counts=counts[:MOST_COUNTIES], total=counts, comparison=compared, register=draft.register,
        latest=latest, unequal=isinstance(compared, PolicyProblem), nothing=NOTHING,
        names=sorted(policy.names), command=COMMAND if read.files else [],
    )  # fmt: skip


def _differs(desk: Desk, read: Reading) -> dict[Place, Sequence[Words]]:
    """What differs from the earlier intake that is used again, by file and sheet."""
    earlier = desk.earlier(desk.draft().earlier) if read.files else None
    if earlier is None:
        return {}
    carried = api.carry_over(earlier, desk.settled(), read)
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


def _lists(form: Form, path: str, card: SheetCard) -> list[ListRows]:
    """The lists of a sheet; what is read alike stands there once."""
    lists: dict[Hashable, ListRows] = {}
    mine = form.text("column") and form.exact("of", 2) == [[path, card.read.name or ""]]
    typed = {header: chosen for header, *chosen, _ in _chosen(form)} if mine else {}
    for part in card.read.lists:
        columns = [_column(card, part, heading, typed) for heading in part.headings]
        alike = tuple((c.read.label, c.read.fact, c.read.unit, len(c.questions)) for c in columns)
        same = lists.get(alike, ListRows(part, columns, -1))
        lists[alike] = same._replace(alike=same.alike + 1)
    return [*lists.values()]


def _all_in(asked: Sequence[Question]) -> list[tuple[str, Sequence[Answer]]]:
    """The units that may answer several questions at once."""
    by_unit: dict[str, list[Answer]] = {}
    for question in asked:
        if question.question.code == "FC650":
            for answer in question.answers:
                by_unit.setdefault(answer.unit, []).append(answer)
    return [(unit, answers) for unit, answers in by_unit.items() if len(answers) > 1]


def _column(
    card: SheetCard, part: ListRead, heading: HeadingRead, typed: Mapping[str, Sequence[str]]
) -> ColumnRow:
    entry = card.entry.columns.get(heading.label) if card.entry is not None else None
    cell = f"{part.place}!{heading.cell}"
    questions = [
        question
        for question in card.questions
        if any(span.file == cell for span in question.spans)
        or any(answer.header == heading.label for answer in api.answers(question.hint))
    ]
    return ColumnRow(heading, entry, questions, typed.get(heading.label, ("", "")))


def _chosen(form: Form) -> list[tuple[str, str, str, str]]:
    """Each header with the fact and the unit that are chosen, and the fact that it has by itself."""
    chosen = [
        (header, form.text(f"fact-{at}"), form.text(f"unit-{at}"), auto)
        for at, header, auto in form.exact("column", 3)
    ]
    # of two columns of one name what is chosen holds
    return sorted(chosen, key=lambda column: bool(column[1] or column[2]))


@router.change("/columns/save")
def save(request: Request, form: Form) -> Response:
    """Settle what the columns of a sheet mean, and their units."""
    facts = desk_of(request).policy().facts
    chosen = _chosen(form)

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
    in_unit = unit if unit and api.is_yuan(known.type) else None
    entry.columns[header] = api.ColumnTable(fact=meaning, unit=in_unit)


@router.change("/columns/answer")
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
    return goto(form.stood())


@router.change("/columns/row")
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
            none = "roster.by_hand_double" if double else "desk_columns.by_hand_none"
            said = words("desk_columns.by_hand_village" if to == "kept" else none)
            why = said.say(lang_of(request))
            settled = api.RowTable(row=at, why=why, name=name or None, twice=double)
            (entry.kept if to == "kept" else entry.left_out).append(settled)

    settle_sheets(request, form, settle)
    return goto(form.stood())
