"""Page 4, readings: the questions that the policy leaves open, what every answer moves, the one chosen."""

from __future__ import annotations

from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from fundcalc import api
from fundcalc.base.catalogue import text
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.desk.page import Form, Router, desk_of, goto, lang_of, page
from fundcalc.desk.pages.computed import Unapplied, applied, run_asked
from fundcalc.desk.pages.papers import sound

router = Router()


@router.page("/readings")
def show(request: Request) -> Response:
    """The page."""
    desk, lang = desk_of(request), lang_of(request)
    policy, draft = desk.policy(), desk.draft()
    plan, run, missing, asks = None, None, None, api.asks_back(policy)
    diagnostics, unapplied = tuple[Diagnostic, ...](), False
    try:
        plan, missing = desk.plan(), desk.missing()
        run = applied(desk) if missing is None else None
    except PolicyProblem as problem:  # a day or answer that is gone, or one that decides no village
        diagnostics, unapplied = problem.diagnostics, isinstance(problem, Unapplied)
    questions = api.questions(plan, run) if plan is not None else []
    name = text("questions.file", lang)
    return page(
        request, "readings.html", run=run, questions=questions, draft=draft, diagnostics=diagnostics,
        stuck=plan is None,
        missing=missing, by_policy=policy.on,
        runs=[entry for entry in sound(desk) if asks and entry["policy"]["id"] == policy.id], asks=asks,
        texts={question.id: api.question_text(question, lang) for question in questions if run is not None},
        whole=api.questions_text(run, lang) if run is not None else "", unapplied=unapplied,
        command=["run", "intake.toml", "--no-record", *run_asked(desk), "-o", name],
    )  # fmt: skip


@router.change("/readings/choose")
def choose(request: Request, form: Form) -> Response:
    """Keep the answers; of one that the policy gives nothing is kept, so that it follows the policy."""
    desk = desk_of(request)
    readings = desk.policy().readings
    chosen = form.fields("reading.")
    with desk.lock:
        answers = {k: v for k, v in desk.draft().readings.items() if k in readings}
        for id_, option in chosen.items():
            if id_ in readings and option in readings[id_].options:
                answers[id_] = option
                if option == readings[id_].chosen:
                    del answers[id_]
        desk.save(form.seen, readings=answers)
    return goto("/readings")


@router.change("/readings/day")
def choose_day(request: Request, form: Form) -> Response:
    """Keep the day whose values hold, the policy's own where none is given, and the run before."""
    desk, typed = desk_of(request), form.text("on")
    try:
        day = date.fromisoformat(typed) if typed else desk.policy().on
    except ValueError:
        return form.again("day")
    with desk.lock:
        api.plan(desk.policy(), day, desk.draft().readings)
        on, before = "" if day == desk.policy().on else day.isoformat(), form.text("before")
        desk.save(form.seen, on=on, before=before)
    return goto("/readings")


@router.change("/readings/anew")
def anew(request: Request, form: Form) -> Response:
    """Day and readings as the policy has them, and no run before."""
    desk_of(request).save(form.seen, on="", readings={}, before="")
    return goto("/readings")
