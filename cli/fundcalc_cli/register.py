"""The register check as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fundcalc.base.width import pad, width
from fundcalc_cli.output import lang, tell
from fundcalc_cli.rejects import place, rejects_json

if TYPE_CHECKING:
    from fundcalc.roster.register import Comparison, Place

SHOWN = 50


def as_text(found: Comparison) -> str:
    """Counts by county, then who is missing, extra, renamed and recoded."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Comparison) -> Iterator[str]:
    yield tell(
        f"登记册 {found.register:,} 个村，名册 {found.roster:,} 个村",
        f"Register {found.register:,} villages, roster {found.roster:,}",
    )
    if found.unread:
        yield tell(
            f"有 {len(found.unread)} 处读不出，所在的行没有核对，可能算作缺少：",
            f"{len(found.unread)} faults: their rows were not compared and may count as missing:",
        )
        yield from (f"  {place(one)}  {one.why.say(lang())}" for one in found.unread[:SHOWN])
    yield from _counties(found)
    pairs = [
        (tell("名册缺少（登记册有）", "Missing from the roster"), found.missing),
        (tell("名册多出（登记册没有）", "Not in the register"), found.extra),
    ]
    for title, places in pairs:
        yield from _listed(title, [_place(place) for place in places])
    renamed = [f"{_place(one.register)} → {one.roster.name}" for one in found.renamed]
    yield from _listed(tell("同一代码、名称不同", "Same code, another name"), renamed)
    recoded = [f"{_place(one.register)} → {one.roster.code}" for one in found.recoded]
    yield from _listed(
        tell(
            "同县同名、代码不同（可能是改了代码）",
            "Same county and name, another code (perhaps recoded)",
        ),
        recoded,
    )


def _counties(found: Comparison) -> Iterator[str]:
    head = [tell(*pair) for pair in (("县（市、区）", "County"), ("登记册", "Register"),
            ("名册", "Roster"), ("缺少", "Missing"), ("多出", "Extra"))]  # fmt: skip
    rows = [[c.name, *map(str, (c.register, c.roster, c.missing, c.extra))] for c in found.counties]
    widths = [max(width(row[i]) for row in [head, *rows]) for i in range(len(head))]
    marks = [tell("  ← 不完整，资金池会算错", "  ← incomplete: its pools would be wrong")
             if c.incomplete else "" for c in found.counties]  # fmt: skip
    for row, mark in zip([head, *rows], ["", *marks], strict=True):
        cells = [pad(text, widths[i], right=i > 0) for i, text in enumerate(row)]
        yield "  " + "  ".join(cells) + mark


def _listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"{title}: {len(lines)}"
    yield from (f"  {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        rest = len(lines) - SHOWN
        yield tell(
            f"  …… 还有 {rest} 个，见 --format json", f"  … and {rest} more: see --format json"
        )


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
