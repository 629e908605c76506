"""Findings as SARIF 2.1.0, which code review tools show at their lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fundcalc import __version__
from fundcalc.base.catalogue import pages
from fundcalc.base.diagnostics import Diagnostic, Span, character_columns
from fundcalc.base.words import Lang

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
