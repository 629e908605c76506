"""Everything wrong or doubtful in a policy: what the loader finds, its cases, and every check there is.

A check is a file in `analysis/checks/`; they are found by looking there. Code review tools show
findings at their lines, written as SARIF 2.1.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from fundcalc import __version__
from fundcalc.analysis import checks
from fundcalc.analysis.bench import Bench, Unsure
from fundcalc.base.catalogue import pages, say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span, character_columns, in_order
from fundcalc.base.words import Lang
from fundcalc.policy import bundle as bundles
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.cases import read_cases
from fundcalc.policy.load import read
from fundcalc.policy.model import Policy
from fundcalc.policy.plan import draft_plan, settle_readings


@lru_cache(maxsize=1)
def all_checks() -> tuple[ModuleType, ...]:
    """The checks in the order of their codes."""
    found = [
        import_module(f"{checks.__name__}.{one.name}") for one in iter_modules(checks.__path__)
    ]
    return tuple(sorted(found, key=lambda module: str(module.CODE)))


def check(
    path: Path | Bundle | None,
    on: date | None,
    readings: Mapping[str, str],
    progress: Callable[[int], None] | None = None,
) -> list[Diagnostic]:
    """All findings in order; `progress` is told of each check that is done.

    Raises PolicyProblem where there is no policy or no such reading.
    """
    bundle = bundles.find(path)
    policy, found = read(bundle)
    if policy is None:
        return found
    unknown = settle_readings(policy, readings)[1]
    if unknown:
        raise PolicyProblem(unknown)
    found = [*found, *read_cases(bundle, policy)[1]]
    return in_order([*found, *check_policy(policy, on, readings, progress)])


def check_policy(
    policy: Policy,
    on: date | None = None,
    readings: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Diagnostic]:
    """What the checks find in a policy that loads."""
    given = readings or {}
    try:
        plan, _ = draft_plan(policy, on, given)
    except PolicyProblem as problem:
        return list(problem.diagnostics)
    bench = Bench(policy, plan, given)
    found: list[Diagnostic] = []
    for module in all_checks():
        found += module.check(bench)
        if progress is not None:
            progress(1)
    return [*found, *bench.no_plan.values(), *_unsure(bench.unsure, found)]


def _unsure(questions: list[Unsure], found: list[Diagnostic]) -> Iterator[Diagnostic]:
    """One finding for each place about which z3 could not answer, unless the fault was found there."""
    told = {(d.code, d.where) for d in found}
    for question in dict.fromkeys(questions):
        if (question.code, question.span) not in told:
            yield say("FC799", question.span, check=question.code)


SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def log(found: Sequence[Diagnostic], lang: Lang) -> dict[str, Any]:
    """One run with its rules and results. Columns count characters, as SARIF asks."""
    codes = sorted({diagnostic.code for diagnostic in found})
    driver = {
        "name": "fundcalc",
        "version": __version__,
        "rules": [_rule(code, lang) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, codes, lang) for diagnostic in found],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str, lang: Lang) -> dict[str, Any]:
    page = pages().get(code)
    if page is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": page.title.say(lang)},
        "fullDescription": {"text": page.text.say(lang)},
    }


def _result(diagnostic: Diagnostic, codes: Sequence[str], lang: Lang) -> dict[str, Any]:
    said = [diagnostic.message.say(lang)]
    if diagnostic.hint is not None:
        said.append(diagnostic.hint.say(lang))
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": diagnostic.severity,
        "message": {"text": ". ".join(said) if lang == "en" else "。".join(said)},
        "locations": [_location(span) for span in diagnostic.spans[:1]],
    }
    if len(diagnostic.spans) > 1:
        result["relatedLocations"] = [_location(span) for span in diagnostic.spans[1:]]
    if diagnostic.witness:
        result["properties"] = {"witness": dict(diagnostic.witness)}
    return result


def _location(span: Span) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": span.file}}
    if span.line:
        start, end = character_columns(span)
        place["region"] = {"startLine": span.line, "startColumn": start, "endColumn": end}
    return {"physicalLocation": place}
