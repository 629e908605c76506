"""What is found in rosters, as text and as JSON: what is wrong, and what a register has otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fundcalc.base.catalogue import words
from fundcalc.base.files import json_bytes, write_bytes
from fundcalc.base.width import aligned, wrap
from fundcalc.base.words import Lang, Words
from fundcalc.roster.model import Reject
from fundcalc.roster.model import place as where
from fundcalc.roster.register import Comparison, Place

SHOWN = 60
"""Causes that are shown; the files have all."""

EXAMPLES = 3
"""Cells shown of a cause."""

_FIELDS = ("severity", "code", "file", "sheet", "cell", "row", "village", "column", "value")


def errors(rejects: Sequence[Reject]) -> list[Reject]:
    """Those that keep their rows out; the others are doubtful."""
    return [reject for reject in rejects if reject.severity == "error"]


def place(reject: Reject) -> str:
    """File, sheet and cell."""
    parts = (reject.file, reject.sheet, reject.cell or f"{reject.row}:{reject.row}")
    return "!".join(part for part in parts if part)


def rejects_lines(rejects: Sequence[Reject], lang: Lang) -> Iterator[str]:
    """What keeps rows out, then what is doubtful: where, what, why, how to fix it."""
    fatal = errors(rejects)
    doubtful = [reject for reject in rejects if reject.severity != "error"]
    rows = len({(reject.file, reject.sheet, reject.row) for reject in fatal})
    if fatal:
        yield words("cli.rejected", faults=len(fatal), rows=rows).say(lang)
        yield from _causes(fatal, words("cli.reject").say(lang), lang)
    if doubtful:
        yield words("cli.doubtful", values=len(doubtful)).say(lang)
        yield from _causes(doubtful, words("cli.doubt").say(lang), lang)


def causes(rejects: Sequence[Reject]) -> list[list[Reject]]:
    """Rejects of one cause together: of one code and one column; a row's own by their code alone."""
    by_cause: dict[tuple[str, str], list[Reject]] = {}
    for reject in rejects:
        alone = reject.cell is None or not reject.column
        by_cause.setdefault((reject.code, "" if alone else reject.column), []).append(reject)
    return list(by_cause.values())


def _causes(rejects: Sequence[Reject], mark: str, lang: Lang) -> Iterator[str]:
    """One entry a cause, with the first cells that have it; where there are more causes, how many."""
    groups = causes(rejects)
    for group in groups[:SHOWN]:
        if len(group) == 1:
            yield from _alone(group[0], mark, lang)
        else:
            yield from _cause(group, mark, lang)
    if len(groups) > SHOWN:
        yield words("cli.more_kinds", rest=len(groups) - SHOWN).say(lang)


def _alone(reject: Reject, mark: str, lang: Lang) -> Iterator[str]:
    village = f"  {reject.village}" if reject.village else ""
    yield _on_one_line(f"{mark}[{reject.code}] {place(reject)}{village}")
    column = "" if reject.column == reject.value else reject.column
    value = f" `{reject.value}`" if reject.value else ""
    what = f"{column}{value}".strip() if reject.cell else ""
    why = reject.why.say(lang)
    yield from _indented(f"{what} — {why}" if what else why)
    yield from _indented(f"→ {reject.mend.say(lang)}")


def _cause(rejects: Sequence[Reject], mark: str, lang: Lang) -> Iterator[str]:
    """What many cells have in common: how many, what is wrong, the first of them, one way to fix all."""
    first = rejects[0]
    key = "cli.cells" if first.cell is not None else "cli.rows"
    cells = words(key, number=len(rejects)).say(lang)
    head = (
        words("cli.cells_of", column=first.column, cells=cells).say(lang) if first.column else cells
    )
    whys = {reject.why for reject in rejects}
    fixes = {reject.mend for reject in rejects}
    why = f"{words('cli.colon').say(lang)}{first.why.say(lang)}" if len(whys) == 1 else ""
    for number, line in enumerate(wrap(f"{mark}[{first.code}] {head}{why}", 78)):
        yield line if not number else f"    {line}"
    for reject in rejects[:EXAMPLES]:
        value = f"  `{reject.value}`" if reject.cell else ""
        own_why = f" — {reject.why.say(lang)}" if len(whys) > 1 else ""
        yield from _indented(f"{place(reject)}  {reject.village}{value}{own_why}")
        if len(fixes) > 1:
            yield from _indented(f"→ {reject.mend.say(lang)}")
    if len(rejects) > EXAMPLES:
        yield from _indented(words("cli.more_cells", rest=len(rejects) - EXAMPLES).say(lang))
    if len(fixes) == 1:
        yield from _indented(f"→ {first.mend.say(lang)}")


def _indented(text: str) -> Iterator[str]:
    for line in wrap(_on_one_line(text), 76):
        yield f"    {line}"


def _on_one_line(text: str) -> str:
    """Text with marks for the line breaks of a cell, which would begin a line of their own."""
    return "⏎".join(text.splitlines())


def write_rejects(rejects: Sequence[Reject], path: Path, lang: Lang) -> None:
    """Write the list; the ending says how (.json, otherwise CSV). Raises OSError."""
    if path.suffix.lower() == ".json":
        write_bytes(path, json_bytes(rejects_json(rejects, lang)))
    else:
        from fundcalc.reports.files import rejects_csv

        write_bytes(path, rejects_csv(rejects, lang))


def rejects_json(rejects: Sequence[Reject], lang: Lang) -> list[dict[str, Any]]:
    """Rejects as JSON-ready data."""
    return [
        {**{field: getattr(reject, field) for field in _FIELDS},
         "why": reject.why.say(lang), "mend": reject.mend.say(lang)}
        for reject in rejects
    ]  # fmt: skip


# -- held against a register ------------------------------------------------------------------------

LISTED = 50
"""Villages listed of a kind in which roster and register differ."""


def register_text(comparison: Comparison, lang: Lang) -> Iterator[str]:
    """How many villages each has, and which differ."""
    yield words("cli.sizes", register=comparison.register, roster=comparison.roster).say(lang)
    if comparison.unread:
        yield words("cli.unread", number=len(comparison.unread)).say(lang)
    for reject in comparison.unread[:LISTED]:
        cell = where(reject.file, reject.sheet, reject.cell or f"{reject.row}:{reject.row}")
        yield f"  {cell}  {reject.why.say(lang)}"
    yield from _counties(comparison, lang)
    yield from _listed(words("cli.missing"), [*map(_place_text, comparison.missing)], lang)
    yield from _listed(words("cli.extra"), [*map(_place_text, comparison.extra)], lang)
    renamed = [f"{_place_text(pair.register)} → {pair.roster.name}" for pair in comparison.renamed]
    yield from _listed(words("cli.renamed"), renamed, lang)
    recoded = [f"{_place_text(pair.register)} → {pair.roster.code}" for pair in comparison.recoded]
    yield from _listed(words("cli.recoded"), recoded, lang)


def _counties(comparison: Comparison, lang: Lang) -> Iterator[str]:
    head = words("cli.register_columns").say(lang).split(",")
    rows = [
        [c.name, *map(str, (c.register, c.roster, c.missing, c.extra))] for c in comparison.counties
    ]
    marks = [words("cli.incomplete").say(lang) if c.incomplete else "" for c in comparison.counties]
    yield from (
        f"  {line}" for line in aligned([head, *rows], right=range(1, 5), ends=["", *marks])
    )


def _listed(title: Words, lines: Sequence[str], lang: Lang) -> Iterator[str]:
    yield f"{title.say(lang)}{words('auditing.colon').say(lang)}{len(lines)}"
    yield from (f"  {line}" for line in lines[:LISTED])
    if len(lines) > LISTED:
        yield words("cli.more_listed", rest=len(lines) - LISTED).say(lang)


def _place_text(place: Place) -> str:
    return "  ".join(filter(None, place))


def register_json(comparison: Comparison) -> dict[str, Any]:
    """The same as JSON-ready data; what of the register could not be read is left to the caller."""

    def as_data(place: Place) -> dict[str, str]:
        return {"code": place.code, "name": place.name, "town": place.town, "county": place.county}

    return {
        "register": comparison.register,
        "roster": comparison.roster,
        "counties": [
            {"name": c.name, "register": c.register, "roster": c.roster, "missing": c.missing,
             "extra": c.extra, "incomplete": c.incomplete}
            for c in comparison.counties
        ],
        "missing": [as_data(place) for place in comparison.missing],
        "extra": [as_data(place) for place in comparison.extra],
        "renamed": [
            {"register": as_data(r.register), "roster": as_data(r.roster)} for r in comparison.renamed
        ],
        "recoded": [
            {"register": as_data(r.register), "roster": as_data(r.roster)} for r in comparison.recoded
        ],
    }  # fmt: skip
