"""What `--prove` found, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fundcalc.analysis.prove import Difference, Verdict
from fundcalc.base.catalogue import words
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words
from fundcalc.engines.result import Row
from fundcalc.language.datatypes import Type
from fundcalc.language.nodes import Value, names
from fundcalc.language.show import literal
from fundcalc.policy.model import Policy
from fundcalc.policy.plan import planned_expressions
from fundcalc.reports.compare import sides
from fundcalc.reports.table import COLUMNS, indented, wrapped

_HOW = {
    "same": words("reports.same_text"),
    "proved": words("reports.proved_equal"),
    "differs": words("reports.differs"),
    "unknown": words("reports.unknown"),
}


def proof_text(verdict: Verdict, lang: Lang, *, alone: bool = True) -> str:
    """The verdict as lines of at most 80 columns; `alone`: headed by the two versions."""
    heads = sides(verdict.old, verdict.new) if alone else []
    return "\n".join([*wrapped(heads, lang), *_lines(verdict, lang)]) + "\n"


def _lines(verdict: Verdict, lang: Lang) -> Iterator[str]:
    yield from wrapped([_head(verdict)], lang)
    for one in verdict.judged:
        if one.how == "same":
            continue
        text = f"{one.output} {one.title.say(lang)}: {_HOW[one.how].say(lang)}"
        if one.why is not None:
            text += f"（{one.why.zh}）" if lang == "zh" else f" ({one.why.en})"
        yield from indented(text)
    if verdict.difference is not None:
        yield ""
        yield from _difference(verdict, verdict.difference, lang)


def _head(verdict: Verdict) -> Words:
    equal = verdict.equal
    if equal:
        return words("reports.equal")
    if equal is None:
        return words("reports.not_known")
    return words("reports.they_differ")


def _difference(verdict: Verdict, found: Difference, lang: Lang) -> Iterator[str]:
    shown = found.shown
    at = shown.where(found.output) or 0
    village = words("reports.for_example") if len(shown.rows) == 1 else words(
        "reports.for_example_of", villages=len(shown.rows), number=at + 1
    )  # fmt: skip
    used = _used(verdict)
    many = len(shown.rows) > 1
    for number, row in enumerate(shown.rows):
        facts = ", ".join(f"{k} = {v}" for k, v in _facts(verdict, row, used).items())
        head = village.say(lang) if number == at else words("reports.beside").say(lang)
        colon = "：" if lang == "zh" else ": "
        if number == at or many:
            yield from wrap(f"{head}{colon}{facts}", COLUMNS)
    for output, old, new in shown.outputs(at):
        kinds = [_kind(side.policy, output) for side in (verdict.old, verdict.new)]
        both = [
            "–" if value is None or kind is None else literal(value, kind) or "–"
            for value, kind in zip((old, new), kinds, strict=True)
        ]
        yield f"  {output}: {both[0]} → {both[1]}"
    for problem in shown.problems:
        which = words("reports.old_side") if shown.old is None else words("reports.new_side")
        text = words("reports.cannot_decide", which=which, problem=problem.message)
        yield from wrap(f"  {text.say(lang)}", COLUMNS)


def _used(verdict: Verdict) -> set[str]:
    return {
        name.id
        for version in (verdict.old, verdict.new)
        for programme in version.plan().programmes
        for node in planned_expressions(programme)
        for name in names(node)
    }


_UNSAID = ("code", "name", "town")
"""What says who an invented village is, and nothing of why its results differ."""


def _facts(verdict: Verdict, row: Row, used: set[str]) -> dict[str, str]:
    facts = {**verdict.old.policy.facts, **verdict.new.policy.facts}
    return {
        id_: literal(row[id_], fact.type)
        for id_, fact in facts.items()
        if id_ in row and (id_ in used or (fact.required and id_ not in _UNSAID))
    }


def _kind(policy: Policy, output: str) -> Type | None:
    found = (o.type for p in policy.programmes for o in p.outputs if o.id == output)
    return next(found, None)


def proof_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON-ready data; `equal` is null where it is unknown."""
    return {
        "equal": verdict.equal,
        "outputs": {one.output: one.how for one in verdict.judged},
        "why": {one.output: one.why.en for one in verdict.judged if one.why is not None},
        "witness": _witness(verdict) if verdict.difference is not None else None,
    }


def _witness(verdict: Verdict) -> dict[str, Any]:
    assert verdict.difference is not None
    shown = verdict.difference.shown
    facts = {**verdict.old.policy.facts, **verdict.new.policy.facts}
    at = shown.where(verdict.difference.output) or 0

    def said(policy: Policy, output: str, value: Value | None) -> str | None:
        kind = _kind(policy, output)
        return None if value is None or kind is None else literal(value, kind)

    return {
        "villages": [
            {id_: literal(row[id_], facts[id_].type) for id_ in facts if id_ in row}
            for row in shown.rows
        ],
        "village": at,
        "outputs": {
            id_: {
                "old": said(verdict.old.policy, id_, old),
                "new": said(verdict.new.policy, id_, new),
            }
            for id_, old, new in shown.outputs(at)
        },
        "problems": [{"code": p.code, "message": p.message.en} for p in shown.problems],
    }
