"""The register check as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fundcalc_cli.output import aligned, lang, text
from fundcalc_cli.rejects import place, rejects_json

if TYPE_CHECKING:
    from fundcalc.roster.register import Comparison, Place

SHOWN = 50


def as_text(found: Comparison) -> str:
    """Counts by county, then who is missing, extra, renamed and recoded."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Comparison) -> Iterator[str]:
    yield text("cli.sizes", register=found.register, roster=found.roster)
    if found.unread:
        yield text("cli.unread", number=len(found.unread))
        yield from (f"  {place(one)}  {one.why.say(lang())}" for one in found.unread[:SHOWN])
    yield from _counties(found)
    yield from _listed("cli.missing", [_place(place) for place in found.missing])
    yield from _listed("cli.extra", [_place(place) for place in found.extra])
    renamed = [f"{_place(one.register)} → {one.roster.name}" for one in found.renamed]
    yield from _listed("cli.renamed", renamed)
    recoded = [f"{_place(one.register)} → {one.roster.code}" for one in found.recoded]
    yield from _listed("cli.recoded", recoded)


def _counties(found: Comparison) -> Iterator[str]:
    head = text("cli.register_columns").split(",")
    rows = [[c.name, *map(str, (c.register, c.roster, c.missing, c.extra))] for c in found.counties]
    marks = [text("cli.incomplete") if c.incomplete else "" for c in found.counties]
    yield from (
        f"  {line}" for line in aligned([head, *rows], right=range(1, 5), ends=["", *marks])
    )


def _listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"{text(title)}: {len(lines)}"
    yield from (f"  {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield text("cli.more_listed", rest=len(lines) - SHOWN)


def _place(place: Place) -> str:
    return "  ".join(part for part in (place.code, place.county, place.town, place.name) if part)


def as_json(found: Comparison) -> dict[str, Any]:
    """The comparison as JSON-ready data."""

    def one(place: Place) -> dict[str, str]:
        return {"code": place.code, "name": place.name, "town": place.town, "county": place.county}

    return {
        "register": found.register,
        "roster": found.roster,
        "counties": [
            {"name": c.name, "register": c.register, "roster": c.roster, "missing": c.missing,
             "extra": c.extra, "incomplete": c.incomplete}
            for c in found.counties
        ],
        "missing": [one(place) for place in found.missing],
        "extra": [one(place) for place in found.extra],
        "renamed": [{"register": one(r.register), "roster": one(r.roster)} for r in found.renamed],
        "recoded": [{"register": one(r.register), "roster": one(r.roster)} for r in found.recoded],
        "unread": rejects_json(found.unread),
    }  # fmt: skip
