"""Page 8, policy: what is in force, its cases and its check, and an amount changed from a date.

A change is tried out and shown before anything is saved.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.exceptions import HTTPException
from starlette.responses import Response

from fundcalc import api
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, errors
from fundcalc.base.words import Words
from fundcalc.desk.page import Ask, goto, page, part, shows, takes
from fundcalc.desk.pages.papers import summary
from fundcalc.desk.state import DRAFT, Desk
from fundcalc.desk.work import Busy, Job, Stopped

if TYPE_CHECKING:
    from fundcalc.policy.edit import Edit
    from fundcalc.policy.model import Parameter, Policy
    from fundcalc.policy.plan import Plan
    from fundcalc.roster.model import Roster


ENDS = "false"
"""What `set` takes for the end of a value."""


# -- the programmes, and what each rule decided ---------------------------------------------------


@shows("/policy")
def show(ask: Ask) -> Response:
    """Programmes as decision tables, with the values of a day."""
    plan, no_plan = _planned(ask)
    counts = _counted(ask.desk) if plan is not None else {}
    return _on_day(
        ask, "policy.html", "programmes", plan, no_plan, decisions=_decisions(plan), counts=counts
    )  # fmt: skip


def _planned(ask: Ask) -> tuple[Plan | None, tuple[Words | PolicyProblem, ...]]:
    """The policy on the day that was asked for, else on the draft's; or why there are no values of it."""
    draft, policy, day = ask.desk.draft(), ask.desk.policy(), ask.query("on")
    try:
        return api.plan(policy, date.fromisoformat(day) if day else draft.day, draft.readings), ()
    except ValueError:
        return None, (words("desk_policy.no_day", text=day[:40]),)
    except PolicyProblem as problem:
        return None, (problem,)


def _decisions(plan: Plan | None) -> list[Any]:
    return [api.decision(plan, id_) for id_ in plan.policy.listed] if plan is not None else []


def _on_day(
    ask: Ask, template: str, tab: str, plan: Plan | None, no_plan: Sequence[object], **context: Any
) -> Response:
    """A part with the values of a day, which has the days from which some value is another to choose from."""
    policy, on = ask.desk.policy(), list[str]()
    if plan is not None:
        day = "" if plan.on == policy.on else plan.on.isoformat()
        on = [*api.options_of({"--on": day}), *ask.desk.draft().readings_asked]
    days = {dated.since for parameter in policy.parameters.values() for dated in parameter.values}
    context |= {"plan": plan, "no_plan": no_plan, "days": sorted({*days, policy.on})}
    return shown(ask, template, tab, "show", *on, **context)


def _counted(desk: Desk) -> dict[str, Any]:
    """By rule the villages of the draft's run, else of the last recorded one; or why there are no counts."""
    try:
        if desk.missing() is None:
            run = desk.run()
        elif desk.ledger.is_file() and (entries := api.runs(desk.ledger)):
            run = desk.recorded(entries[-1].id)
        else:
            return {"run": None, "none": words("desk_policy.no_run")}
        counts = zip(run.plan.policy.listed, summary(desk, run).rules, strict=True)
        by = {(id_, rule): villages for id_, (_, met) in counts for rule, _, villages in met}
        return {"run": run, "by": by}
    except (Busy, Stopped):
        return {"run": None, "none": words("desk_policy.counting")}
    except PolicyProblem as problem:
        return {"run": None, "none": problem.diagnostics[0].message}


# -- values, and one of them changed ---------------------------------------------------------------


@shows("/policy/values")
def values(ask: Ask) -> Response:
    """Every value with its days, unit and source."""
    plan, no_plan = _planned(ask)
    parameters = ask.desk.policy().parameters.values()
    rows = [(parameter, dated(parameter), _now(plan, parameter)) for parameter in parameters]
    return _on_day(ask, "policy_values.html", "values", plan, no_plan, rows=rows)


def _now(plan: Plan | None, parameter: Parameter) -> Words | None:
    """What a value is on the plan's day, growth counted in; None where there is none."""
    if plan is None or parameter.id not in plan.constants:
        return None
    return api.said_value(plan.constants[parameter.id], parameter.type)


@shows("/policy/value/{name}")
def value(ask: Ask, diagnostics: Sequence[Diagnostic] = (), wrong: Words | None = None) -> Response:
    """One value: its history, what rests on it, and a form to change it from a day, or why it was refused."""
    parameter = ask.desk.policy().parameters.get(ask.path_params["name"])
    if parameter is None:
        raise HTTPException(404)
    plan, _ = _planned(ask)
    using = [d for d in _decisions(plan) if any(used.id == parameter.id for used in d.used)]
    value = plan.constants.get(parameter.id) if plan is not None else None
    # who changes a list adds a name, or takes one out
    listed = "\n".join(value) if isinstance(value, tuple) else ""
    return shown(
        ask, "policy_value.html", "values", "show", status=422 if diagnostics or wrong else 200,
        one=parameter, plan=plan, dated=dated(parameter), now=_now(plan, parameter), using=using,
        listed=listed, found=diagnostics, wrong=wrong, saved=ask.query_params.get("saved"),
        kind=type(parameter.type).__name__,
    )  # fmt: skip


def _unclear(ask: Ask) -> Words | None:
    """What the form leaves open, or says twice."""
    since = ask.text("since")
    try:
        date.fromisoformat(since)
    except ValueError:
        return words("desk_policy.no_day", text=since[:40])
    if ask.text("ends") and ask.text("typed"):
        return words("desk_policy.ends_or_value")
    if bool(ask.text("source")) == bool(ask.text("title")):
        return words("desk_policy.one_source")
    return None


def _new_source(policy: Policy, ask: Ask) -> str:
    """A document that the policy does not have yet, as `set` takes it, under an id of its day."""
    id_ = f"document-{ask.text('published') or ask.text('since')}"
    free = next(
        name for n in count(1) if (name := f"{id_}-{n}" if n > 1 else id_) not in policy.sources
    )
    parts = (ask.text(name) for name in ("title", "publisher", "published", "locator"))
    return api.document_said(free, *parts)


@takes("/policy/value/{name}")
def propose(ask: Ask) -> Response:
    """A change as the form says it, kept in the draft; on to what it does."""
    desk, name = ask.desk, ask.path_params["name"]
    typed, since = ask.text("typed"), ask.text("since")
    if (wrong := _unclear(ask)) is not None or name not in desk.policy().parameters:
        return value(ask, wrong=wrong)
    try:
        text = ENDS if ask.text("ends") else api.understood(desk.policy(), name, typed)
        source = ask.text("source") or _new_source(desk.policy(), ask)
        proposed = Change(name, text, since, source, bool(ask.text("replace")), typed, "", "")
        edit = proposed.edit(desk)
    except PolicyProblem as problem:
        return value(ask, problem.diagnostics)
    keep(desk, ask.seen, proposed, edit)
    return goto("/policy/change")


# -- check and cases -------------------------------------------------------------------------------


@shows("/policy/check")
def check(ask: Ask) -> Response:
    """What `check` finds, in its words."""
    desk = ask.desk
    findings = desk.works.get(
        "desk_policy.checking", digest_of(desk.policy().files),
        lambda job: api.check(desk.policy_given, None, {}, job.progress), api.trial_steps(None) // 2,
    )  # fmt: skip
    return shown(
        ask, "policy_check.html", "check", "check", found=findings, wrong=len(errors(findings))
    )  # fmt: skip


@shows("/policy/cases")
def cases(ask: Ask) -> Response:
    """Every case, run: what it expects and what came out, programme by programme."""
    desk = ask.desk
    policy, outcomes, broken = desk.policy(), list[Any](), tuple[Diagnostic, ...]()
    totals, missing = None, list[Words]()
    try:
        _, outcomes, coverage = desk.works.get(
            "desk_policy.testing", digest_of(policy.files),
            lambda _: api.test_with_coverage(desk.policy_given),
        )  # fmt: skip
        totals, missing = api.coverage_text(coverage)
    except PolicyProblem as problem:
        broken = problem.diagnostics
    return shown(
        ask, "policy_cases.html", "cases", "test", "--coverage", outcomes=outcomes, totals=totals,
        groups=api.cases_held(policy, outcomes), opened=ask.query("programme"),
        failed=[outcome for outcome in outcomes if outcome.failures], missing=missing, broken=broken,
    )  # fmt: skip


# -- the folder's own policy -----------------------------------------------------------------------


@takes("/policy/own")
def own(ask: Ask) -> Response:
    """The shipped policy made this folder's own, so that it may be edited."""
    folder = ask.desk.folder
    api.init(folder, ask.lang, with_roster=not (folder / "roster.xlsx").exists())
    return goto("/policy")


# -- a change -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A value to be set, not yet saved: what `set` takes, as it was typed, and policies.toml as it was.

    `before` is the file that the change was made from, `after` the file that it makes.
    """

    name: str
    text: str
    since: str
    source: str
    replace: bool
    typed: str
    before: str
    after: str

    def edit(self, desk: Desk) -> Edit:
        """The change made in the files as they are now. Raises PolicyProblem."""
        day = date.fromisoformat(self.since)
        return api.set_value(
            desk.policy_given, self.name, self.text, day, self.source, again=self.replace
        )

    @property
    def command(self) -> list[str]:
        """The command that does the same."""
        rest = ["--from", self.since, "--source", self.source, *["--replace"] * self.replace]
        if self.text.startswith("-"):
            return ["set", *rest, "--", self.name, self.text]
        return ["set", self.name, self.text, *rest]


class Dated(NamedTuple):
    """A value with its days, as a reader has it; `value` None where it ends, `until` None for good."""

    since: date
    until: date | None
    value: Words | None
    source: str | None


def _pending(desk: Desk) -> Change | None:
    """The change that the draft holds. Raises PolicyProblem where it is none of ours."""
    stored = desk.draft().change
    if not stored:
        return None
    if set(stored) != {field.name for field in fields(Change)}:
        raise PolicyProblem([say("FC960", file=DRAFT)])
    return Change(**stored)


def dated(parameter: Parameter) -> list[Dated]:
    """All values of a parameter, each until the next begins."""
    ends = [*(value.since - timedelta(days=1) for value in parameter.values[1:]), None]
    return [
        Dated(
            value.since, until,
            None if value.value is None else api.said_value(value.value, parameter.type),
            value.source or parameter.source,
        )
        for value, until in zip(parameter.values, ends, strict=True)
    ]  # fmt: skip


def shown(ask: Ask, template: str, tab: str, *command: str, **context: Any) -> Response:
    """A part of the page, with what every part knows: whether it may be edited, a change not yet saved."""
    desk, file = ask.desk, ask.desk.policy_file
    known: dict[str, Any] = {
        "policy": desk.policy(), "file": file, "pending": _pending(desk), "warned": len(desk.warnings()),
        "editable": bool(file) and os.access(file, os.W_OK) and not desk.read_only,
    }  # fmt: skip
    asked = [*command, *desk.policy_asked] if command else []
    return page(ask, template, tab=tab, command=asked, **known | context)


def keep(desk: Desk, seen: str, proposed: Change, edit: Edit) -> None:
    """Put a change into the draft, with the file that it was made from and the one that it makes."""
    texts = {"before": edit.before.decode(), "after": edit.after.decode()}
    desk.save(seen, change=asdict(proposed) | texts)


# -- what a change does, before it is saved --------------------------------------------------------


@shows("/policy/change")
def preview(ask: Ask) -> Response:
    """The change in the file, what check finds, the cases and the bill; then it may be saved."""
    desk, pending = ask.desk, _pending(ask.desk)
    if pending is None:
        return goto("/policy/values")
    if not desk.policy_file:
        raise PolicyProblem([say("FC921")])
    if _file(desk) != pending.before:
        return _conflict(ask, desk, pending)
    try:
        edit = pending.edit(desk)
    except PolicyProblem as problem:
        return shown(ask, "policy_stuck.html", "values", status=422, found=problem.diagnostics)
    missing, draft = desk.missing(), desk.draft()
    roster = desk.read().roster if missing is None else None

    def make(job: Job) -> tuple[api.Trial, Roster | None]:
        return api.try_edit(edit, draft.day, draft.readings, roster, job.progress), roster

    digest = digest_of(edit.old.content)
    key = digest, edit.after, draft.on, tuple(draft.readings.items()), id(roster)
    trial: api.Trial = desk.works.get("desk_policy.trying", key, make, api.trial_steps(roster))[0]
    setting, moved = edit.setting, bool(ask.query("moved"))
    parameter = trial.policy.parameters[setting.name]
    row = next(dated for dated in dated(parameter) if dated.since == setting.since)
    earlier = dated(desk.policy().parameters[setting.name])
    before = [old.value for old in earlier if old.since <= setting.since]
    left_out = roster is not None and roster.rejected_rows  # `compare` takes a whole roster only
    compare = ["compare", *trial.spelt, desk.intake.name, *draft.readings_asked, *desk.policy_asked]
    moving = [lane for lane in trial.comparison.lanes if lane.moved] if trial.comparison else []
    checked = ["check", "--on", trial.day.isoformat(), *desk.policy_asked]
    return shown(
        ask, "policy_change.html", "values", *pending.command, status=409 if moved else 200,
        edit=edit, trial=trial, one=parameter, row=row, policy=trial.policy,
        old=before[-1] if before else None, had=bool(before), diff=edit.diff(), digest=digest, moved=moved,
        missing=missing, roster=roster, failed=[o for o in trial.outcomes if o.failures],
        wrong=len(errors(trial.new)),
        headline=api.comparison_headline(trial.comparison) if trial.comparison else [],
        at=part(ask, moving[0].counties if moving else ()),
        lanes=[(lane, api.lane_said(lane)) for lane in moving],
        compare=api.quoted("fundcalc", *compare) if trial.spelt and not left_out else "",
        checked=api.quoted("fundcalc", *checked),
        tested=api.quoted("fundcalc", "test", *desk.policy_asked),
    )  # fmt: skip


def _file(desk: Desk) -> str:
    return Path(desk.policy_file).read_bytes().decode(errors="replace")


def digest_of(content: Mapping[str, bytes]) -> str:
    """Tells whether any file of the policy, cases too, is another."""
    total = hashlib.sha256()
    for name in sorted(content):
        total.update(name.encode() + b"\0" + content[name] + b"\0")
    return total.hexdigest()[:24]


def _conflict(ask: Ask, desk: Desk, pending: Change) -> Response:
    """The file was changed outside: both versions are shown, and neither is written over."""
    outside = _file(desk)

    def diff(old: str, new: str) -> str:
        return api.FileChange(desk.policy_file, old.encode(), new.encode()).diff()

    return shown(
        ask, "policy_conflict.html", "values", *pending.command,
        status=200 if outside == pending.after else 409,
        done=outside == pending.after, both=diff(outside, pending.after),
        outside=diff(pending.before, outside), mine=diff(pending.before, pending.after),
    )  # fmt: skip


@takes("/policy/change/again")
def again(ask: Ask) -> Response:
    """The change put into the file as it is now, and looked at anew."""
    desk = ask.desk
    with desk.lock:
        if (pending := _pending(desk)) is not None:
            keep(desk, ask.seen, pending, pending.edit(desk))
    return goto("/policy/change")


@takes("/policy/change/drop")
def drop(ask: Ask) -> Response:
    """The change given up; the files were never touched."""
    pending = _pending(ask.desk)
    ask.save(change={})
    return goto(f"/policy/value/{pending.name}" if pending else "/policy/values")


@takes("/policy/change/save")
def save(ask: Ask) -> Response:
    """The change written into policies.toml, where the files are those that the preview showed."""
    desk = ask.desk
    with desk.lock:
        desk.check(ask.seen)
        pending = _pending(desk)
        if pending is None:
            return goto("/policy/values")
        if _file(desk) != pending.before:
            return _conflict(ask, desk, pending)
        edit = pending.edit(desk)
        if ask.text("digest") != digest_of(edit.old.content):
            return goto("/policy/change", moved="1")
        api.save(desk.policy_given, edit)
        ask.save(change={})
    return goto(f"/policy/value/{pending.name}", saved=pending.since)
