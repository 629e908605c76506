"""A policy as text, JSON, workbook and page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words
from fundcalc.policy.plan import Plan
from fundcalc.reports.listing.text import as_text as listing_text
from fundcalc.reports.show.decisions import Decision, Row, decision
from fundcalc.reports.show.tables import about, heading, listings, sources
from fundcalc.reports.summary_text import COLUMNS


def as_text(plan: Plan, programmes: Sequence[str], lang: Lang) -> str:
    """Lines of at most 80 columns."""
    return "\n".join(_lines(plan, programmes, lang)) + "\n"


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


def as_json(plan: Plan, programmes: Sequence[str], lang: Lang) -> dict[str, Any]:
    """JSON-ready data in one language; amounts as a reader writes them."""
    return {
        "policy": {
            "id": plan.policy.id,
            "title": plan.policy.title.say(lang),
            "digest": plan.policy.digest,
            "on": plan.on.isoformat(),
            "readings": dict(plan.readings),
        },
        "programmes": [_programme(decision(plan, id_), lang) for id_ in programmes],
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


def as_xlsx(plan: Plan, programmes: Sequence[str], lang: Lang) -> bytes:
    """A sheet a programme. The same input gives the same bytes."""
    from fundcalc.reports.listing.xlsx import write_sheet
    from fundcalc.reports.workbook.paper import Paper

    paper = Paper(plan, 0, lang, "yuan")
    for number, id_ in enumerate(programmes, 1):
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


def as_html(plan: Plan, programmes: Sequence[str], lang: Lang) -> bytes:
    """One page. The same input gives the same bytes."""
    from fundcalc.reports.html import page

    shown = [decision(plan, id_) for id_ in programmes]
    return page(
        "show.html",
        lang,
        title=plan.policy.title,
        about=about(plan),
        decisions=[(one, heading(one, plan), listings(one, plan)) for one in shown],
        sources=sources(plan),
    )
