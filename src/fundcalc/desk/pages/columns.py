"""Page 2, how it was read: what each column means, in which unit, which rows are no villages, and counts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from starlette.responses import Response

from fundcalc import api
from fundcalc.base.catalogue import text
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.desk.page import Ask, page, shows, takes
from fundcalc.desk.pages.rosters import COMMAND, FileCard, SheetCard, cards, settle_sheets
from fundcalc.desk.state import Stale

if TYPE_CHECKING:
    from fundcalc.roster.intake import ColumnTable, SheetTable
    from fundcalc.roster.look import HeadingRead, ListRead
    from fundcalc.roster.model import Reject
    from fundcalc.roster.propose import Answer


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


@shows("/columns")
def show(ask: Ask) -> Response:
    """Each list with its columns, what is asked of it, and counts by county."""
    desk = ask.desk
    read, policy, draft, latest = desk.read(), desk.policy(), desk.draft(), desk.latest()
    counts, compared = desk.counts(read, latest)
    files = cards(desk, read)
    rosters = [card for file in files for card in file.sheets if card.read.state == "roster"]
    own = {id(question) for card in rosters for question in card.questions}
    earlier = desk.earlier(draft.earlier) if read.files else None
    carried = api.carry_over(earlier, desk.settled(), read) if earlier is not None else ()
    unsure: dict[Place, list[Reject]] = {}
    for reject in read.roster.rejects if read.roster is not None else ():
        if reject.code == "FC649" and reject.severity == "error":
            unsure.setdefault((reject.file, reject.sheet), []).append(reject)
    return page(
        ask, "columns.html", read=read, files=files, asked=questions(files),
        lists=partial(_lists, ask), all_in=_all_in, unsure=unsure, skip=draft.skip,
        differs={(sheet.path, sheet.name): sheet.differs for sheet in carried}, nothing=NOTHING,
        facts=policy.facts, units={unit: power for power, unit in api.MONEY_UNITS.items()},
        others=[diagnostic for diagnostic in read.unsettled if id(diagnostic) not in own],
        counts=counts[:MOST_COUNTIES], total=counts, comparison=compared, register=draft.register,
        latest=latest, unequal=isinstance(compared, PolicyProblem),
        names=sorted(policy.names), command=COMMAND,
    )  # fmt: skip


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


def _lists(ask: Ask, path: str, card: SheetCard) -> list[ListRows]:
    """The lists of a sheet; what is read alike stands there once."""
    lists: dict[Hashable, ListRows] = {}
    mine = ask.text("column") and ask.exact("of", 2) == [[path, card.read.name or ""]]
    typed = {header: chosen for header, *chosen, _ in _chosen(ask)} if mine else {}
    settled = card.entry.columns if card.entry is not None else {}
    for part in card.read.lists:
        columns = [
            ColumnRow(
                heading, settled.get(heading.label), _about(card, part, heading),
                typed.get(heading.label, ("", "")),
            )
            for heading in part.headings
        ]  # fmt: skip
        alike = tuple((c.read.label, c.read.fact, c.read.unit, len(c.questions)) for c in columns)
        same = lists.get(alike, ListRows(part, columns, -1))
        lists[alike] = same._replace(alike=same.alike + 1)
    return [*lists.values()]


def _about(card: SheetCard, part: ListRead, heading: HeadingRead) -> list[Diagnostic]:
    cell = f"{part.place}!{heading.cell}"
    return [
        question
        for question in card.questions
        if any(span.file == cell for span in question.spans)
        or any(answer.header == heading.label for answer in api.answers(question.hint))
    ]


def _all_in(asked: Sequence[Question]) -> list[tuple[str, Sequence[Answer]]]:
    """The units that may answer several questions at once."""
    by_unit: dict[str, list[Answer]] = {}
    for question in asked:
        if question.question.code == "FC650":
            for answer in question.answers:
                by_unit.setdefault(answer.unit, []).append(answer)
    return [(unit, answers) for unit, answers in by_unit.items() if len(answers) > 1]


def _chosen(ask: Ask) -> list[tuple[str, str, str, str]]:
    """Each header with the fact and the unit that are chosen, and the fact that it has by itself."""
    facts, chosen = ask.desk.policy().facts, list[tuple[str, str, str, str]]()
    for at, header, auto in ask.exact("column", 3):
        fact = ask.text(f"fact-{at}")
        known = facts.get(fact or auto)
        in_unit = known is not None and api.is_yuan(known.type)
        chosen.append((header, fact, ask.text(f"unit-{at}") if in_unit else "", auto))
    # of two columns of one name what is chosen holds
    return sorted(chosen, key=lambda column: bool(column[1] or column[2]))


@takes("/columns/save", "/columns/answer")
def save(ask: Ask) -> Response:
    """Settle what columns mean, and their units: all of a sheet, or by answers that questions offer."""
    facts, answers = ask.desk.policy().facts, ask.exact("set", 3) if ask.texts("set") else []
    chosen = [(head, fact or NOTHING, unit, "") for head, fact, unit in answers] or _chosen(ask)

    def settle(entry: SheetTable) -> None:
        for header, fact, unit, auto in chosen:
            if fact == NOTHING:
                entry.columns[header] = api.ColumnTable(ignore=True)
            elif (fact or unit) and (fact or auto) in facts:
                entry.columns[header] = api.ColumnTable(fact=fact or auto, unit=unit or None)
            else:  # what the sheet itself tells needs no entry
                entry.columns.pop(header, None)

    return settle_sheets(ask, settle)


@takes("/columns/row")
def row(ask: Ask) -> Response:
    """Settle whether a row is a village; "" leaves it to the program."""
    number, name = ask.exact("row", 2)[0]
    to, double = ask.text("to"), ask.text("double") == "yes"
    if not (number.isdecimal() and len(number) < 8 and (at := int(number))):
        raise Stale

    def settle(entry: SheetTable) -> None:
        entry.left_out[:] = [row for row in entry.left_out if row.row != at]
        entry.kept[:] = [row for row in entry.kept if row.row != at]
        if to in ("kept", "left_out"):
            none = "roster.by_hand_double" if double else "desk_columns.by_hand_none"
            why = text("desk_columns.by_hand_village" if to == "kept" else none, ask.lang)
            settled = api.RowTable(row=at, why=why, name=name or None, twice=double)
            (entry.kept if to == "kept" else entry.left_out).append(settled)

    return settle_sheets(ask, settle)
