"""What a roster and a register of villages differ in, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fundcalc.base.catalogue import words
from fundcalc.base.width import aligned
from fundcalc.base.words import Lang, Words
from fundcalc.roster.model import place
from fundcalc.roster.register import Comparison, Place

SHOWN = 50
"""Villages listed of a kind in which roster and register differ."""


def as_text(found: Comparison, lang: Lang) -> Iterator[str]:
    """How many villages each has, and which differ."""
    yield words("cli.sizes", register=found.register, roster=found.roster).say(lang)
    if found.unread:
        yield words("cli.unread", number=len(found.unread)).say(lang)
    for one in found.unread[:SHOWN]:
        at = place(one.file, one.sheet, one.cell or f"{one.row}:{one.row}")
        yield f"  {at}  {one.why.say(lang)}"
    yield from _counties(found, lang)
    yield from _listed(words("cli.missing"), [*map(_place, found.missing)], lang)
    yield from _listed(words("cli.extra"), [*map(_place, found.extra)], lang)
    renamed = [f"{_place(one.register)} → {one.roster.name}" for one in found.renamed]
    yield from _listed(words("cli.renamed"), renamed, lang)
    recoded = [f"{_place(one.register)} → {one.roster.code}" for one in found.recoded]
    yield from _listed(words("cli.recoded"), recoded, lang)


def _counties(found: Comparison, lang: Lang) -> Iterator[str]:
    head = words("cli.register_columns").say(lang).split(",")
    rows = [[c.name, *map(str, (c.register, c.roster, c.missing, c.extra))] for c in found.counties]
    marks = [words("cli.incomplete").say(lang) if c.incomplete else "" for c in found.counties]
    yield from (
        f"  {line}" for line in aligned([head, *rows], right=range(1, 5), ends=["", *marks])
    )


def _listed(title: Words, lines: Sequence[str], lang: Lang) -> Iterator[str]:
    yield f"{title.say(lang)}: {len(lines)}"
    yield from (f"  {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield words("cli.more_listed", rest=len(lines) - SHOWN).say(lang)


def _place(one: Place) -> str:
    return "  ".join(filter(None, one))


def as_data(found: Comparison) -> dict[str, Any]:
    """The same as JSON-ready data; what of the register could not be read is left to the caller."""

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
    }  # fmt: skip
