"""Page 4, readings: the questions that the policy leaves open, what every answer moves, the one chosen."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from fundcalc import api
from fundcalc.base.catalogue import text
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.desk.page import Ask, page, shows, takes
from fundcalc.desk.pages.papers import sound
from fundcalc.desk.state import Unapplied


@shows("/readings")
def show(ask: Ask) -> Response:
    """The questions, each with what its answers move; and the day."""
    desk, lang, policy = ask.desk, ask.lang, ask.desk.policy()
    plan, run, missing, asks = None, None, None, api.asks_back(policy)
    diagnostics, unapplied = tuple[Diagnostic, ...](), False
    try:
        plan, missing = desk.plan(), desk.missing()
        run = desk.applied() if missing is None else None
    except PolicyProblem as problem:  # a day or answer that is gone, or one that decides no village
        diagnostics, unapplied = problem.diagnostics, isinstance(problem, Unapplied)
    questions = api.questions(plan, run) if plan is not None else []
    return page(
        ask, "readings.html", run=run, questions=questions, draft=desk.draft(), diagnostics=diagnostics,
        stuck=plan is None, missing=missing, by_policy=policy.on,
        runs=[entry for entry in sound(desk) if asks and entry["policy"]["id"] == policy.id], asks=asks,
        texts={question.id: api.question_text(question, lang) for question in questions if run is not None},
        whole=api.questions_text(run, lang) if run is not None else "", unapplied=unapplied,
        command=desk.run_command("--no-record", "-o", text("questions.file", lang)),
    )  # fmt: skip


@takes("/readings/choose")
def choose(ask: Ask) -> Response:
    """Keep the answers; of one that the policy gives nothing is kept, so that it follows the policy."""
    desk, readings = ask.desk, ask.desk.policy().readings
    with desk.lock:
        before = desk.draft().readings
        answers = {id_: ask.text(f"reading.{id_}") or before.get(id_, "") for id_ in readings}
        return ask.save(readings={
            id_: option for id_, option in answers.items()
            if option in readings[id_].options and option != readings[id_].chosen
        })  # fmt: skip


@takes("/readings/day")
def choose_day(ask: Ask) -> Response:
    """Keep the day whose values hold, the policy's own where none is given, and the run before."""
    desk, typed = ask.desk, ask.text("on")
    try:
        day = date.fromisoformat(typed) if typed else desk.policy().on
    except ValueError:
        return ask.again("day")
    with desk.lock:
        api.plan(desk.policy(), day, desk.draft().readings)
        on, before = "" if day == desk.policy().on else day.isoformat(), ask.text("before")
        return ask.save(on=on, before=before)


@takes("/readings/anew")
def anew(ask: Ask) -> Response:
    """Day and readings as the policy has them, and no run before."""
    return ask.save(on="", readings={}, before="")
