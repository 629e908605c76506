"""A database's error message read back as a diagnostic with the policy's place and the village."""

from __future__ import annotations

import re

from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.engines import messages as common
from fundcalc.engines.sql import guard, messages
from fundcalc.engines.sql.script import Script
from fundcalc.policy.model import Programme

_OURS = re.compile(r"(FC4\d\d|FC855) ([^:/\s]+)(?:/([^:\s]+))?(?: amount)?: (.*)", re.DOTALL)
_TAIL = re.compile(r"\s*(?:SQLSTATE: \w+)?\s*$")


def diagnose(script: Script, text: str) -> Diagnostic:
    """What a failed statement means: one of our own errors, or something the database says."""
    match = _OURS.search(text)
    if match is None:
        return messages.database_failed(script.dialect.name, _first_line(text))
    code, id_, item, rest = match.groups()
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
