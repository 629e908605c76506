"""The run that a page is about: the draft's or a recorded one, and how commands name it."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.requests import Request

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.desk.page import desk_of

if TYPE_CHECKING:
    from fundcalc.desk.state import Desk, Draft

OVERRIDES = ("overrides.csv", "overrides.xlsx")
"""The list of amounts set by hand is one of these files of the folder."""


class Unapplied(PolicyProblem):
    """What is set by hand, carried over or corrected cannot be: it is changed on page 6."""


def run_of(request: Request) -> api.Run:
    """The run that a page is about: a recorded one where the address names it, else the draft's.

    Raises Nothing, Busy, PolicyProblem.
    """
    desk, id_ = desk_of(request), request.query_params.get("run")
    return desk.recorded(id_) if id_ else applied(desk)


# -- what is set by hand over the draft, and which run it corrects ------------------------------------


def overrides_of(draft: Draft) -> str:
    """The list of amounts set by hand, "" where there is none."""
    name = draft.papers.get("overrides")
    return name if isinstance(name, str) and name in OVERRIDES else ""


def _corrected(draft: Draft) -> tuple[str, str] | None:
    """The run that is corrected, and why."""
    run, why = (str(draft.correction.get(key, "")) for key in ("run", "reason"))
    return (run, why) if run else None


def applied(desk: Desk, draft: Draft | None = None) -> api.Run:
    """The draft with what is set by hand, carried over and corrected. Raises Nothing, Busy, PolicyProblem."""
    run, draft = desk.run(), draft or desk.draft()
    name, corrects = overrides_of(draft), _corrected(draft)
    carried = bool(draft.papers.get("carry"))
    if not (name or carried or corrects):
        return run
    overrides, by, digest = desk.folder / name if name else None, draft.prepared_by or None, ""
    if overrides is not None:
        with suppress(OSError):
            digest = hashlib.sha256(overrides.read_bytes()).hexdigest()

    this = run.once("this", object)  # runs are told apart, not compared value by value
    key = this, name, digest, carried, corrects, by, desk.ledger_state
    try:
        return desk.works.get(
            "applied", key, words("desk_papers.applying"), lambda _: api.by_hand(
                run, desk.ledger, overrides, carried=carried, corrects=corrects, prepared_by=by
            ),
        )  # fmt: skip
    except PolicyProblem as problem:
        raise Unapplied(problem.diagnostics) from None


def by_hand_asked(draft: Draft) -> list[str]:
    """The same as options of the command that computes the draft."""
    run, why = _corrected(draft) or ("", "")
    options = {"--overrides": overrides_of(draft), "--corrects": run, "--reason": why}
    given = [part for name, value in options.items() if value for part in (name, value)]
    return ["--carry"] * bool(draft.papers.get("carry")) + given


def run_asked(desk: Desk) -> list[str]:
    """The draft as a command that computes it names it."""
    draft = desk.draft()
    day = ["--on", draft.on] if draft.on else []
    before = ["--before", draft.before, *desk.ledger_asked] if draft.before else []
    return [*desk.policy_asked, *day, *readings_asked(draft), *before]


def readings_asked(draft: Draft) -> list[str]:
    """The draft's readings as a command has them."""
    return [part for reading in draft.readings.items() for part in ("--reading", "=".join(reading))]
