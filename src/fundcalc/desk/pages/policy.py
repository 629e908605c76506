"""Page 8, policy: what is in force, an amount changed from a date, the policy's cases and its check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, errors
from fundcalc.base.words import Words
from fundcalc.desk.page import Form, desk_of, goto, lang_of
from fundcalc.desk.pages.computed import readings_asked
from fundcalc.desk.pages.papers import summary
from fundcalc.desk.pages.policy_change import Change, dated, digest_of, keep, router, shown
from fundcalc.desk.state import Desk
from fundcalc.desk.work import Busy, Stopped

if TYPE_CHECKING:
    from fundcalc.policy.model import Parameter, Policy
    from fundcalc.policy.plan import Plan

ENDS = "false"
"""What `set` takes for the end of a value."""


# -- the programmes, and what each rule decided ---------------------------------------------------


class Counted(NamedTuple):
    """How many villages each rule decided in a run, by programme and rule."""

    run: api.Run
    by: Mapping[tuple[str, str], int]


@router.page("/policy")
def show(request: Request) -> Response:
    """Programmes as decision tables, with the values of a day."""
    desk = desk_of(request)
    plan, no_plan = _planned(desk, request.query_params.get("on", ""))
    policy = desk.policy()
    decisions = [api.decision(plan, id_) for id_ in plan.policy.listed] if plan is not None else []
    counted, uncounted = _counted(desk) if decisions else (None, None)
    return shown(
        request, "policy.html", "programmes", "show", *_on(desk, plan), plan=plan, no_plan=no_plan,
        decisions=decisions, counted=counted, uncounted=uncounted, days=_days(policy),
    )  # fmt: skip


def _planned(desk: Desk, day_asked: str) -> tuple[Plan | None, tuple[Words | PolicyProblem, ...]]:
    """The policy on the day that was asked for, else on the draft's; or why there are no values of it."""
    draft, policy = desk.draft(), desk.policy()
    try:
        day = date.fromisoformat(day_asked) if day_asked else draft.day
        return api.plan(policy, day, draft.readings), ()
    except ValueError:
        return None, (words("desk_policy.no_day", text=day_asked[:40]),)
    except PolicyProblem as problem:
        return None, (problem,)


def _days(policy: Policy) -> list[date]:
    """The days from which some value is another, and the policy's own."""
    days = {dated.since for parameter in policy.parameters.values() for dated in parameter.values}
    return sorted({*days, policy.on})


def _on(desk: Desk, plan: Plan | None) -> list[str]:
    """The day and the readings as the equal command has them, where they are not the policy's own."""
    if plan is None:
        return []
    day = [] if plan.on == plan.policy.on else ["--on", plan.on.isoformat()]
    return [*day, *readings_asked(desk.draft())]


def _counted(desk: Desk) -> tuple[Counted | None, Words | None]:
    """The draft's run counted by rule, else the last recorded one; or why there are no counts."""
    try:
        if desk.missing() is None:
            run = desk.run()
        elif desk.ledger.is_file() and (entries := api.runs(desk.ledger)):
            run = desk.recorded(entries[-1].id)
        else:
            return None, words("desk_policy.no_run")

        counts = zip(run.plan.policy.listed, summary(desk, run).rules, strict=True)
        by = {(id_, rule): villages for id_, (_, met) in counts for rule, _, villages in met}
        return Counted(run, by), None
    except (Busy, Stopped):
        return None, words("desk_policy.counting")
    except PolicyProblem as problem:
        return None, problem.diagnostics[0].message


# -- values, and one of them changed ---------------------------------------------------------------


@router.page("/policy/values")
def values(request: Request) -> Response:
    """Every value with its days, unit and source."""
    desk = desk_of(request)
    policy = desk.policy()
    plan, no_plan = _planned(desk, request.query_params.get("on", ""))
    parameters = policy.parameters.values()
    rows = [(parameter, dated(parameter), _now(plan, parameter)) for parameter in parameters]
    return shown(
        request, "policy_values.html", "values", "show", *_on(desk, plan), plan=plan, no_plan=no_plan,
        rows=rows, days=_days(policy),
    )  # fmt: skip


def _now(plan: Plan | None, parameter: Parameter) -> Words | None:
    """What a value is on the plan's day, growth counted in; None where there is none."""
    if plan is None or parameter.id not in plan.constants:
        return None
    return api.said_value(plan.constants[parameter.id], parameter.type)


def _parameter(desk: Desk, name: str) -> Parameter:
    parameter = desk.policy().parameters.get(name)
    if parameter is None:
        raise HTTPException(404)
    return parameter


@router.page("/policy/value/{name}")
def value(request: Request) -> Response:
    """One value: its history, what rests on it, and a form to change it from a day."""
    return _value(request)


def _value(
    request: Request, diagnostics: Sequence[Any] = (), wrong: Words | None = None
) -> Response:
    desk = desk_of(request)
    parameter = _parameter(desk, request.path_params["name"])
    plan, _ = _planned(desk, "")
    decisions = [api.decision(plan, id_) for id_ in plan.policy.listed] if plan is not None else []
    using = [d for d in decisions if any(used.id == parameter.id for used in d.used)]
    value = plan.constants.get(parameter.id) if plan is not None else None
    # who changes a list adds a name, or takes one out
    listed = "\n".join(value) if isinstance(value, tuple) else ""
    return shown(
        request, "policy_value.html", "values", "show", status=422 if diagnostics or wrong else 200,
        one=parameter, plan=plan, dated=dated(parameter), now=_now(plan, parameter), using=using,
        listed=listed, found=diagnostics, wrong=wrong, saved=request.query_params.get("saved"),
        kind=type(parameter.type).__name__,
    )  # fmt: skip


def _unclear(form: Form) -> Words | None:
    """What the form leaves open, or says twice."""
    since = form.text("since")
    try:
        date.fromisoformat(since)
    except ValueError:
        return words("desk_policy.no_day", text=since[:40])
    if form.text("ends") and form.text("typed"):
        return words("desk_policy.ends_or_value")
    if bool(form.text("source")) == bool(form.text("title")):
        return words("desk_policy.one_source")
    return None


def _new_source(policy: Policy, form: Form) -> str:
    """A document that the policy does not have yet, as `set` takes it, under an id of its day."""
    id_ = f"document-{form.text('published') or form.text('since')}"
    free = next(
        name for n in count(1) if (name := f"{id_}-{n}" if n > 1 else id_) not in policy.sources
    )
    parts = (form.text(name) for name in ("title", "publisher", "published", "locator"))
    return api.document_said(free, *parts)


@router.change("/policy/value/{name}")
def propose(request: Request, form: Form) -> Response:
    """A change as the form says it, kept in the draft; on to what it does."""
    desk, name = desk_of(request), request.path_params["name"]
    typed, since = form.text("typed"), form.text("since")
    _parameter(desk, name)
    wrong = _unclear(form)
    if wrong is not None:
        return _value(request, wrong=wrong)
    try:
        text = ENDS if form.text("ends") else api.understood(desk.policy(), name, typed)
        source = form.text("source") or _new_source(desk.policy(), form)
        proposed = Change(name, text, since, source, bool(form.text("replace")), typed, "", "")
        edit = proposed.edit(desk)
    except PolicyProblem as problem:
        return _value(request, problem.diagnostics)
    keep(desk, form.seen, proposed, edit)
    return goto("/policy/change")


# -- check and cases -------------------------------------------------------------------------------


@router.page("/policy/check")
def check(request: Request) -> Response:
    """What `check` finds, in its words."""
    desk = desk_of(request)
    key, title = digest_of(desk.policy().files), words("desk_policy.checking")
    findings = desk.works.get(
        "check", key, title, lambda job: api.check(desk.policy_given, None, {}, job.progress),
        total=api.trial_steps(None) // 2,
    )  # fmt: skip
    return shown(
        request, "policy_check.html", "check", "check", found=findings, wrong=len(errors(findings))
    )  # fmt: skip


@router.page("/policy/cases")
def cases(request: Request) -> Response:
    """Every case, run: what it expects and what came out, programme by programme."""
    desk = desk_of(request)
    policy, outcomes, broken = desk.policy(), list[Any](), tuple[Diagnostic, ...]()
    totals, missing = None, list[Words]()
    try:
        key, title = digest_of(policy.files), words("desk_policy.testing")
        _, outcomes, coverage = desk.works.get(
            "cases", key, title, lambda _: api.test_with_coverage(desk.policy_given)
        )
        totals, missing = api.coverage_text(coverage)
    except PolicyProblem as problem:
        broken = problem.diagnostics
    return shown(
        request, "policy_cases.html", "cases", "test", "--coverage", outcomes=outcomes, totals=totals,
        groups=api.cases_held(policy, outcomes), opened=request.query_params.get("programme", ""),
        failed=[outcome for outcome in outcomes if outcome.failures], missing=missing, broken=broken,
    )  # fmt: skip


# -- the folder's own policy -----------------------------------------------------------------------


@router.change("/policy/own")
def own(request: Request, form: Form) -> Response:
    """The shipped policy made this folder's own, so that it may be edited."""
    desk = desk_of(request)
    empty = not (desk.folder / "roster.xlsx").exists()
    api.init(desk.folder, lang_of(request), with_roster=empty)
    return goto("/policy")
