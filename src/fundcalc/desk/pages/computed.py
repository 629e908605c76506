"""The run that a page is about: the draft's or a recorded one; or why there is none, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from starlette.requests import Request

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.words import Words
from fundcalc.desk.page import desk_of

if TYPE_CHECKING:
    from fundcalc.desk.state import Desk


class Nothing(NamedTuple):
    """Why there is no result, the one thing to do next, and where."""

    why: Words
    label: Words
    href: str


def nothing(desk: Desk) -> Nothing | None:
    """Why the draft has no result; None where it has one. Raises Busy, PolicyProblem."""
    read = desk.read()
    to_rosters, to_columns = words("desk_results.to_rosters"), words("desk_results.to_columns")
    if read.problems:
        why = words("desk_results.unread", faults=len(read.problems))
        return Nothing(why, to_columns, "/columns")
    if read.roster is None:
        return Nothing(words("desk_results.no_roster"), to_rosters, "/rosters")
    if read.questions:
        why = words("desk_results.open", questions=len(read.questions))
        return Nothing(why, to_columns, "/columns")
    if read.roster.rejected_rows and not desk.draft().skip:
        why = words("desk_results.rejected", rows=read.roster.rejected_rows)
        return Nothing(why, words("desk_results.to_faults"), "/faults")
    if not len(read.roster):
        return Nothing(words("desk_results.no_village"), to_rosters, "/rosters")
    return None


def run_of(request: Request) -> api.Run | None:
    """The run that a page is about: a recorded one where the address names it, else the draft's."""
    desk, id_ = desk_of(request), request.query_params.get("run")
    return desk.recorded(id_) if id_ else desk.run()


def ledger_asked(desk: Desk) -> list[str]:
    """The ledger as a command names it, where it is another than it would take by itself."""
    return [] if desk.ledger == api.LEDGER else ["--ledger", str(desk.ledger)]


def run_asked(desk: Desk) -> list[str]:
    """The draft as a command that computes it names it."""
    draft = desk.draft()
    day = ["--on", draft.on] if draft.on else []
    readings = [part for one in draft.readings.items() for part in ("--reading", "=".join(one))]
    return [*desk.policy_asked, *day, *readings]
