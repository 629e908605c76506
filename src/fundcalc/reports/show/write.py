"""A policy as text, JSON, workbook and page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem, Span
from fundcalc.base.files import write_bytes
from fundcalc.base.nearest import did_you_mean
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words
from fundcalc.policy.plan import Plan
from fundcalc.reports.listing.text import as_text as listing_text
from fundcalc.reports.show.decisions import Decision, Row, decision
from fundcalc.reports.show.tables import about, heading, listings, sources
from fundcalc.reports.summary_text import COLUMNS

SHOW_WRITERS = (".html", ".xlsx", ".json", ".txt")
"""The endings that `write_policy` knows."""


def programmes(plan: Plan, wanted: str | None) -> list[str]:
    """The ids of the programmes to show: one, or all as listed. Raises PolicyProblem: no such one."""
    listed = [programme.id for programme in plan.policy.listed_programmes]
    if wanted is None:
        return listed
    if wanted not in listed:
        span, hint = Span(f"show {wanted}"), did_you_mean(wanted, listed)
        programmes = ", ".join(listed)
        raise PolicyProblem([say("FC933", span, hint=hint, name=wanted, programmes=programmes)])
    return [wanted]


def write_policy(plan: Plan, shown: Sequence[str], path: Path, lang: Lang) -> None:
    """Write programmes; the ending says how (.html, .xlsx, .json, .txt). Raises OSError."""
    match path.suffix.lower():
        case ".xlsx":
            content = policy_xlsx(plan, shown, lang)
        case ".html":
            content = policy_html(plan, shown, lang)
        case ".json":
            data = policy_json(plan, shown, lang)
            content = json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"
        case _:
            content = policy_text(plan, shown, lang).encode()
    write_bytes(path, content)


def policy_text(plan: Plan, shown: Sequence[str], lang: Lang) -> str:
    """Programmes, by id, as lines of at most 80 columns."""
    return "\n".join(_lines(plan, shown, lang)) + "\n"


def _lines(plan: Plan, programmes: Sequence[str], lang: Lang) -> Iterator[str]:
    for line in about(plan):
        yield from wrap(line.say(lang), COLUMNS)
    for id_ in programmes:
        one = decision(plan, id_)
        yield ""
        yield "=" * COLUMNS
        title = f"{one.title.say(lang)}  {one.id} → {one.result.id}"
        yield from wrap(title, COLUMNS)
        for line in heading(one, plan):
            yield from wrap(line.say(lang), COLUMNS)
        for number, listing in enumerate(listings(one, plan, narrow=True)):
            yield ""
            lines = listing_text(listing, lang)
            if number == 0:
                next(lines)  # the programme's title stands above already
            yield from lines
    yield ""
    yield "=" * COLUMNS
    yield from listing_text(sources(plan), lang)


def policy_json(plan: Plan, shown: Sequence[str], lang: Lang) -> dict[str, Any]:
    """Programmes, by id, as JSON-ready data in one language; amounts as a reader writes them."""
    return {
        "policy": {
            "id": plan.policy.id,
            "title": plan.policy.title.say(lang),
            "digest": plan.policy.digest,
            "on": plan.on.isoformat(),
            "readings": dict(plan.readings),
        },
        "programmes": [_programme(decision(plan, id_), lang) for id_ in shown],
        "sources": {id_: one.cite().say(lang) for id_, one in plan.policy.sources.items()},
    }


def _programme(one: Decision, lang: Lang) -> dict[str, Any]:
    note = one.programme.programme.note
    return {
        "id": one.id,
        "title": one.title.say(lang),
        "hit_policy": one.programme.programme.hit_policy,
        "output": one.result.id,
        "payer": one.result.payer,
        "note": note.say(lang) if note is not None else None,
        "inputs": {id_: title.say(lang) for id_, title in one.inputs.items()},
        "rules": [_rule(row, lang) for row in one.rows],
        "otherwise": _rule(one.otherwise, lang) if one.otherwise is not None else None,
        "also": [
            {
                "id": f.output.id,
                "title": f.output.title.say(lang),
                "value": f.formula.say(lang),
                "payer": f.output.payer,
            }
            for f in one.further
        ],
        "parameters": {
            u.id: {
                "title": u.title.say(lang),
                "value": u.value.say(lang),
                "since": u.since.isoformat(),
                "source": u.source,
                "confirmed": u.confirmed.isoformat() if u.confirmed else None,
            }
            for u in one.used
        },
        "readings": {c.reading.id: c.option for c in one.chosen},
    }


def _rule(row: Row, lang: Lang) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title.say(lang),
        "tests": {id_: text.say(lang) for id_, text in row.tests.items()},
        "other": row.other.say(lang) if row.other is not None else None,
        "gives": row.gives.say(lang),
        "source": row.source,
        "because": row.because.say(lang) if row.because is not None else None,
    }


def policy_xlsx(plan: Plan, shown: Sequence[str], lang: Lang) -> bytes:
    """A workbook with a sheet a programme. The same input gives the same bytes."""
    from fundcalc.reports.listing.xlsx import write_sheet
    from fundcalc.reports.workbook.paper import Paper

    paper = Paper(plan, 0, lang, "yuan")
    for number, id_ in enumerate(shown, 1):
        one = decision(plan, id_)
        name = sheet_name(one.title.say(lang), number)
        notes = [one.title, *heading(one, plan), *about(plan)[:2]]
        write_sheet(paper, Words(name, name), listings(one, plan), notes)
    write_sheet(paper, Words("出处", "Sources"), [sources(plan)], about(plan))
    return paper.close()


def sheet_name(title: str, number: int) -> str:
    """A sheet's name: numbered, without what Excel forbids, within 31 characters."""
    plain = "".join(" " if c in "[]:*?/\\'" else c for c in title)
    return f"{number} {plain}"[:31].strip()


def policy_html(plan: Plan, shown: Sequence[str], lang: Lang) -> bytes:
    """Programmes, by id, as one page of HTML. The same input gives the same bytes."""
    from fundcalc.reports.html import page

    decisions = [decision(plan, id_) for id_ in shown]
    return page(
        "show.html",
        lang,
        title=plan.policy.title,
        about=about(plan),
        decisions=[(one, heading(one, plan), listings(one, plan)) for one in decisions],
        sources=sources(plan),
    )
