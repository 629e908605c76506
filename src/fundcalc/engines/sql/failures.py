"""A database's error message read back as a diagnostic with the policy's place and the village."""

from __future__ import annotations

import re
from collections.abc import Collection

from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.engines import messages as common
from fundcalc.engines.sql import guard, messages
from fundcalc.engines.sql.database import Database, DatabaseError, compute
from fundcalc.engines.sql.script import Option, Script, make_script
from fundcalc.policy.model import Programme
from fundcalc.policy.plan import Plan

_OURS = re.compile(
    r"(FC4\d\d|FC855) ([^:/@\s]+)(?:/([^:@\s]+))?(?:@([^:=\s]+)=([^:\s]+))?(?: amount)?: (.*)",
    re.DOTALL,
)
_TAIL = re.compile(r"\s*(?:SQLSTATE: \w+)?\s*$")


def compute_sound(database: Database, plan: Plan, assumed: Collection[str] = ()) -> Script:
    """Decide every village of the table `facts`, other readings tried too; the script that was run.

    A reading that is not chosen, and under which some village has no result, is left out and told in the
    script. Raises DatabaseError where the chosen ones fail, PolicyProblem where there is no script.
    """
    undecided: dict[Option, Diagnostic] = {}
    while True:
        script = make_script(plan, database.dialect, assumed, undecided=undecided)
        try:
            compute(database, script)
        except DatabaseError as problem:
            option = _option(str(problem))
            if option is None or option in undecided:
                raise
            undecided[option] = diagnose(script, str(problem))
        else:
            return script


def _option(text: str) -> Option | None:
    """The reading, not chosen, under which a statement failed."""
    match = _OURS.search(text)
    return (match.group(4), match.group(5)) if match is not None and match.group(4) else None


def diagnose(script: Script, text: str) -> Diagnostic:
    """What a failed statement means: one of our own errors, or something the database says."""
    match = _OURS.search(text)
    if match is None:
        return messages.database_failed(script.dialect.name, _first_line(text))
    code, id_, item, _, _, rest = match.groups()
    who = _TAIL.sub("", rest.split("\n")[0])
    if code == guard.PARQUET:
        number, _, village = who.partition(": ")
        return common.beyond_parquet(id_, number, village)
    programme = next((p for p in script.plan.policy.programmes if p.id == id_), None)
    if programme is None:
        return messages.database_failed(script.dialect.name, _first_line(match.group()))
    return _ours(code, programme, item or programme.result.id, who)


def _ours(code: str, programme: Programme, item: str, who: str) -> Diagnostic:
    span = _span(programme, item)
    if code == guard.TWICE:
        rules, _, village = who.partition(": ")
        return common.matched_twice(span, programme.id, rules.split("+"), village, {})
    if code == guard.DISAGREE:
        return common.any_disagree(span, programme.id, [r.id for r in programme.rules], who)
    if code == guard.NOTHING:
        return common.nothing_holds(span, programme.id, who)
    if code == guard.RANGE:
        return common.out_of_range(span, item, who)
    if code == guard.NEGATIVE:
        return messages.negative(span, item, who)
    return common.division_by_zero(span, who)


def _span(programme: Programme, item: str) -> Span:
    spans = {rule.id: rule.span for rule in programme.rules}
    spans.update({also.id: also.span for also in programme.also})
    return spans.get(item, programme.span)


def _first_line(text: str) -> str:
    return text.strip().split("\n")[0][:300]
