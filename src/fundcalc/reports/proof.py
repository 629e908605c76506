"""What `--prove` found, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fundcalc.analysis.prove import Difference, Verdict
from fundcalc.base.catalogue import words
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words, same
from fundcalc.engines.result import Row
from fundcalc.explain.decision import Amount
from fundcalc.explain.words import said
from fundcalc.language.datatypes import Text, Texts, Type
from fundcalc.language.nodes import Value, names
from fundcalc.language.show import literal
from fundcalc.policy.columns import rule_titles
from fundcalc.policy.model import Fact, Output, Policy
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
    for judgement in verdict.judged:
        if judgement.how == "same":
            continue
        text = words("reports.pair", head=judgement.title, text=_HOW[judgement.how])
        if judgement.why is not None:
            text = words("reports.with_why", said=text, why=judgement.why)
        yield from indented(text.say(lang))
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


def _difference(verdict: Verdict, difference: Difference, lang: Lang) -> Iterator[str]:
    shown = difference.shown
    position = shown.where(difference.output) or 0
    village = words("reports.for_example") if len(shown.rows) == 1 else words(
        "reports.for_example_of", villages=len(shown.rows), number=position + 1
    )  # fmt: skip
    used = _used(verdict)
    many = len(shown.rows) > 1
    for number, row in enumerate(shown.rows):
        head = village if number == position else words("reports.beside")
        if number == position or many:
            facts = _facts(verdict, row, used)
            listed = [
                f"{fact.title.say(lang)} {_in_words(row[id_], fact.type, lang)}"
                for id_, fact in facts.items()
            ]
            text = words("reports.comma").say(lang).join(listed)
            yield from wrap(words("reports.pair", head=head, text=text).say(lang), COLUMNS)
    for output, old, new in shown.outputs(position):
        policies = (verdict.old.policy, verdict.new.policy)
        title = next(
            declared.title
            for declared in (_output(p, output) for p in policies)
            if declared is not None
        )
        before, after = (
            _output_in_words(p, output, v, lang) for p, v in zip(policies, (old, new), strict=True)
        )
        yield f"  {title.say(lang)} {before} → {after}"
    for problem in shown.problems:
        side = words("reports.old_side") if shown.old is None else words("reports.new_side")
        cannot = words("reports.cannot_decide", which=side, problem=problem.message)
        yield from wrap(f"  {cannot.say(lang)}", COLUMNS)


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


def _facts(verdict: Verdict, row: Row, used: set[str]) -> dict[str, Fact]:
    facts = {**verdict.old.policy.facts, **verdict.new.policy.facts}
    return {
        id_: fact
        for id_, fact in facts.items()
        if id_ in row and (id_ in used or (fact.required and id_ not in _UNSAID))
    }


def _in_words(value: Value, kind: Type, lang: Lang) -> str:
    return said(Amount(value, kind), lang) or "–"


def _output_in_words(policy: Policy, id_: str, value: Value | None, lang: Lang) -> str:
    """An output of an example; rules are called by title."""
    output = _output(policy, id_)
    if value is None or output is None:
        return "–"
    programme = next(p for p in policy.programmes if output in p.outputs)
    if isinstance(output.type, Text | Texts):
        titles, ids = rule_titles(programme), value if isinstance(value, tuple) else (str(value),)
        return "、".join(titles.get(id_, same(id_)).say(lang) for id_ in ids) or "–"
    return _in_words(value, output.type, lang)


def _output(policy: Policy, id_: str) -> Output | None:
    return next((o for p in policy.programmes for o in p.outputs if o.id == id_), None)


def proof_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON-ready data; `equal` is null where it is unknown."""
    return {
        "equal": verdict.equal,
        "outputs": {judgement.output: judgement.how for judgement in verdict.judged},
        "why": {
            judgement.output: judgement.why.en
            for judgement in verdict.judged
            if judgement.why is not None
        },
        "witness": _witness(verdict) if verdict.difference is not None else None,
    }


def _witness(verdict: Verdict) -> dict[str, Any]:
    assert verdict.difference is not None
    shown = verdict.difference.shown
    facts = {**verdict.old.policy.facts, **verdict.new.policy.facts}
    position = shown.where(verdict.difference.output) or 0

    def plainly(policy: Policy, output: str, value: Value | None) -> str | None:
        declared = _output(policy, output)
        return None if value is None or declared is None else literal(value, declared.type)

    return {
        "villages": [
            {id_: literal(row[id_], facts[id_].type) for id_ in facts if id_ in row}
            for row in shown.rows
        ],
        "village": position,
        "outputs": {
            id_: {
                "old": plainly(verdict.old.policy, id_, old),
                "new": plainly(verdict.new.policy, id_, new),
            }
            for id_, old, new in shown.outputs(position)
        },
        "problems": [{"code": p.code, "message": p.message.en} for p in shown.problems],
    }
