"""Page 8, policy: one value changed from a day, tried out and shown before anything is saved."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from fundcalc import api
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import PolicyProblem, errors
from fundcalc.base.words import Words
from fundcalc.desk.page import Form, Router, desk_of, goto, page, part
from fundcalc.desk.pages.computed import readings_asked
from fundcalc.desk.state import DRAFT, Desk
from fundcalc.desk.work import Job

if TYPE_CHECKING:
    from fundcalc.policy.edit import Edit
    from fundcalc.policy.model import Parameter
    from fundcalc.roster.model import Roster


router = Router()


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
        rest = ["--from", self.since, "--source", self.source]
        rest += ["--replace"] if self.replace else []
        if self.text.startswith("-"):
            return ["set", *rest, "--", self.name, self.text]
        return ["set", self.name, self.text, *rest]


@dataclass(frozen=True)
class Dated:
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


def shown(request: Request, template: str, tab: str, *command: str, **context: Any) -> Response:
    """A part of the page, with what every part knows: whether it may be edited, a change not yet saved."""
    desk = desk_of(request)
    file = desk.policy_file
    writes = bool(file) and os.access(file, os.W_OK)
    known: dict[str, Any] = {
        "policy": desk.policy(), "shipped": not file, "editable": writes and not desk.read_only,
        "pending": _pending(desk), "warned": len(desk.warnings()),
        "file": file,
    }  # fmt: skip
    asked = [*command, *desk.policy_asked] if command else []
    return page(request, template, tab=tab, command=asked, **known | context)


def keep(desk: Desk, seen: str, proposed: Change, edit: Edit) -> None:
    """Put a change into the draft, with the file that it was made from and the one that it makes."""
    texts = {"before": edit.before.decode(), "after": edit.after.decode()}
    desk.save(seen, change=asdict(proposed) | texts)


# -- what a change does, before it is saved --------------------------------------------------------


@router.page("/policy/change")
def preview(request: Request) -> Response:
    """The change in the file, what check finds, the cases and the bill; then it may be saved."""
    desk = desk_of(request)
    pending = _pending(desk)
    if pending is None:
        return goto("/policy/values")
    if not desk.policy_file:
        raise PolicyProblem([say("FC921")])
    if _file(desk) != pending.before:
        return _conflict(request, desk, pending)
    return _preview(request, desk, pending)


def _preview(request: Request, desk: Desk, pending: Change) -> Response:
    try:
        edit = pending.edit(desk)
    except PolicyProblem as problem:
        return shown(request, "policy_stuck.html", "values", status=422, found=problem.diagnostics)
    missing, draft = desk.missing(), desk.draft()
    roster = desk.read().roster if missing is None else None

    def make(job: Job) -> tuple[api.Trial, Roster | None]:
        return api.try_edit(edit, draft.day, draft.readings, roster, job.progress), roster

    digest = digest_of(edit.old.content)
    key = digest, edit.after, draft.on, tuple(draft.readings.items()), id(roster)
    title, steps = words("desk_policy.trying"), api.trial_steps(roster)
    trial: api.Trial = desk.works.get("trial", key, title, make, total=steps)[0]
    moved = bool(request.query_params.get("moved"))
    setting, policy = edit.setting, trial.policy
    parameter = policy.parameters[setting.name]
    rows = dated(parameter)
    row = next(dated for dated in rows if dated.since == setting.since)
    before = [
        old for old in dated(desk.policy().parameters[setting.name]) if old.since <= setting.since
    ]
    left_out = roster is not None and roster.rejected_rows  # `compare` takes a whole roster only
    readings = readings_asked(draft)
    compare = ["compare", *trial.spelt, desk.intake.name, *readings, *desk.policy_asked]
    moving = [lane for lane in trial.comparison.lanes if lane.moved] if trial.comparison else []
    checked = ["check", "--on", trial.day.isoformat(), *desk.policy_asked]
    return shown(
        request, "policy_change.html", "values", *pending.command, status=409 if moved else 200,
        edit=edit, trial=trial, one=parameter, row=row, policy=policy,
        old=before[-1].value if before else None, diff=edit.diff(), digest=digest, moved=moved,
        missing=missing, roster=roster, failed=[o for o in trial.outcomes if o.failures],
        wrong=len(errors(trial.new)),
        headline=api.comparison_headline(trial.comparison) if trial.comparison else [],
        at=part(request, moving[0].counties if moving else ()),
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


def _conflict(request: Request, desk: Desk, pending: Change) -> Response:
    """The file was changed outside: both versions are shown, and neither is written over."""
    outside = _file(desk)

    def diff(old: str, new: str) -> str:
        return api.FileChange(desk.policy_file, old.encode(), new.encode()).diff()

    return shown(
        request, "policy_conflict.html", "values", *pending.command,
        status=200 if outside == pending.after else 409,
        done=outside == pending.after, both=diff(outside, pending.after),
        outside=diff(pending.before, outside), mine=diff(pending.before, pending.after),
    )  # fmt: skip


@router.change("/policy/change/again")
def again(request: Request, form: Form) -> Response:
    """The change put into the file as it is now, and looked at anew."""
    desk = desk_of(request)
    with desk.lock:
        pending = _pending(desk)
        if pending is not None:
            keep(desk, form.seen, pending, pending.edit(desk))
    return goto("/policy/change")


@router.change("/policy/change/drop")
def drop(request: Request, form: Form) -> Response:
    """The change given up; the files were never touched."""
    desk = desk_of(request)
    pending = _pending(desk)
    desk.save(form.seen, change={})
    return goto(f"/policy/value/{pending.name}" if pending else "/policy/values")


@router.change("/policy/change/save")
def save(request: Request, form: Form) -> Response:
    """The change written into policies.toml, where the files are those that the preview showed."""
    desk = desk_of(request)
    with desk.lock:
        desk.check(form.seen)
        pending = _pending(desk)
        if pending is None:
            return goto("/policy/values")
        if _file(desk) != pending.before:
            return _conflict(request, desk, pending)
        edit = pending.edit(desk)
        if form.text("digest") != digest_of(edit.old.content):
            return goto("/policy/change", moved="1")
        api.save(desk.policy_given, edit)
        desk.save(form.seen, change={})
    return goto(f"/policy/value/{pending.name}", saved=pending.since)
