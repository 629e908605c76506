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
    return [one for one in rejects if one.severity == "error"]


def place(reject: Reject) -> str:
    """File, sheet and cell."""
    parts = (reject.file, reject.sheet, reject.cell or f"{reject.row}:{reject.row}")
    return "!".join(part for part in parts if part)


def rejects_lines(rejects: Sequence[Reject], lang: Lang) -> Iterator[str]:
    """What keeps rows out, then what is doubtful: where, what, why, how to fix it."""
    fatal = errors(rejects)
    doubtful = [one for one in rejects if one.severity != "error"]
    rows = len({(one.file, one.sheet, one.row) for one in fatal})
    if fatal:
        yield words("cli.rejected", faults=len(fatal), rows=rows).say(lang)
        yield from _causes(fatal, words("cli.reject").say(lang), lang)
    if doubtful:
        yield words("cli.doubtful", values=len(doubtful)).say(lang)
        yield from _causes(doubtful, words("cli.doubt").say(lang), lang)


def causes(rejects: Sequence[Reject]) -> list[list[Reject]]:
    """Rejects of one cause together: of one code and one column; a row's own by their code alone."""
    found: dict[tuple[str, str], list[Reject]] = {}
    for reject in rejects:
        alone = reject.cell is None or not reject.column
        found.setdefault((reject.code, "" if alone else reject.column), []).append(reject)
    return list(found.values())


def _causes(rejects: Sequence[Reject], mark: str, lang: Lang) -> Iterator[str]:
    """One entry a cause, with the first cells that have it; where there are more causes, how many."""
    found = causes(rejects)
    for some in found[:SHOWN]:
        if len(some) == 1:
            yield from _alone(some[0], mark, lang)
        else:
            yield from _cause(some, mark, lang)
    if len(found) > SHOWN:
        yield words("cli.more_kinds", rest=len(found) - SHOWN).say(lang)


def _alone(reject: Reject, mark: str, lang: Lang) -> Iterator[str]:
    who = f"  {reject.village}" if reject.village else ""
    yield f"{mark}[{reject.code}] {place(reject)}{who}"
    column = "" if reject.column == reject.value else reject.column
    value = f" `{reject.value}`" if reject.value else ""
    what = f"{column}{value}".strip() if reject.cell else ""
    why = reject.why.say(lang)
    yield from _indented(f"{what} — {why}" if what else why)
    yield from _indented(f"→ {reject.mend.say(lang)}")


def _cause(some: Sequence[Reject], mark: str, lang: Lang) -> Iterator[str]:
    """What many cells have in common: how many, what is wrong, the first of them, one way to fix all."""
    first = some[0]
    cells = words("cli.cells" if first.cell is not None else "cli.rows", number=len(some)).say(lang)
    head = (
        words("cli.cells_of", column=first.column, cells=cells).say(lang) if first.column else cells
    )
    whys = {one.why for one in some}
    mends = {one.mend for one in some}
    why = f"{words('cli.colon').say(lang)}{first.why.say(lang)}" if len(whys) == 1 else ""
    for number, line in enumerate(wrap(f"{mark}[{first.code}] {head}{why}", 78)):
        yield line if not number else f"    {line}"
    for one in some[:EXAMPLES]:
        value = f"  `{one.value}`" if one.cell else ""
        more = f" — {one.why.say(lang)}" if len(whys) > 1 else ""
        yield from _indented(f"{place(one)}  {one.village}{value}{more}")
        if len(mends) > 1:
            yield from _indented(f"→ {one.mend.say(lang)}")
    if len(some) > EXAMPLES:
        yield from _indented(words("cli.more_cells", rest=len(some) - EXAMPLES).say(lang))
    if len(mends) == 1:
        yield from _indented(f"→ {first.mend.say(lang)}")


def _indented(said: str) -> Iterator[str]:
    for line in wrap(said, 76):
        yield f"    {line}"


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


def register_text(found: Comparison, lang: Lang) -> Iterator[str]:
    """How many villages each has, and which differ."""
    yield words("cli.sizes", register=found.register, roster=found.roster).say(lang)
    if found.unread:
        yield words("cli.unread", number=len(found.unread)).say(lang)
    for one in found.unread[:LISTED]:
        at = where(one.file, one.sheet, one.cell or f"{one.row}:{one.row}")
        yield f"  {at}  {one.why.say(lang)}"
    yield from _counties(found, lang)
    yield from _listed(words("cli.missing"), [*map(_called, found.missing)], lang)
    yield from _listed(words("cli.extra"), [*map(_called, found.extra)], lang)
    renamed = [f"{_called(one.register)} → {one.roster.name}" for one in found.renamed]
    yield from _listed(words("cli.renamed"), renamed, lang)
    recoded = [f"{_called(one.register)} → {one.roster.code}" for one in found.recoded]
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
    yield from (f"  {line}" for line in lines[:LISTED])
    if len(lines) > LISTED:
        yield words("cli.more_listed", rest=len(lines) - LISTED).say(lang)


def _called(one: Place) -> str:
    return "  ".join(filter(None, one))


def register_json(found: Comparison) -> dict[str, Any]:
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
