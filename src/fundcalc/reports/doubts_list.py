"""The list of doubts as text within 80 columns, JSON, CSV, and a workbook to work on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_never

from fundcalc.base.catalogue import words
from fundcalc.base.files import json_bytes, write_bytes
from fundcalc.base.money import plain_yuan, yuan
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words, same
from fundcalc.policy.model import IDENTITY
from fundcalc.policy.plan import Plan
from fundcalc.reports.doubts import MOST, Doubt, Doubts, Kind
from fundcalc.reports.files import csv_bytes
from fundcalc.reports.table import COLUMNS, Cell, Fen, Table, indented
from fundcalc.reports.table import said as said_cell

SHOWN = 10
"""Entries of a kind that the text shows unless all are asked for."""

DOUBT_WRITERS = (".xlsx", ".csv", ".json")
"""The endings that `write` knows."""


def kind_title(kind: Kind) -> Words:
    """What a kind of entries is called."""
    match kind:
        case "line":
            return words("auditing.kind_line")
        case "jump":
            return words("auditing.kind_jump")
        case "swap":
            return words("auditing.kind_swap")
        case "gone":
            return words("auditing.kind_gone")
        case "new":
            return words("auditing.kind_new")
        case "by_hand":
            return words("auditing.kind_by_hand")
        case "corrected":
            return words("auditing.kind_corrected")
        case "hinge":
            return words("auditing.kind_hinge")
        case "assumed":
            return words("auditing.kind_assumed")
        case "equal":
            return words("auditing.kind_equal")
        case "near":
            return words("auditing.kind_near")
        case "sample":
            return words("auditing.kind_sample")
        case _:
            assert_never(kind)


def about(found: Doubts) -> Iterator[Words]:
    """What the list is of, how the sample was drawn, and what is not on it."""
    before = words("auditing.since", run=found.before) if found.before else same("")
    total = sum(n for n, _ in found.counts().values())
    villages = len({one.who for one in found.entries})
    yield words("auditing.doubts", run=found.run, since=before, n=total, villages=villages)
    if found.sample is not None:
        size, seed = found.sample.size, found.sample.seed
        yield words("auditing.sampled", n=size, villages=found.villages, seed=seed)
    if found.unit is not None and found.apart:
        yield words("auditing.stake_only", unit=found.unit)
    for kind, (n, fen) in found.left_out.items():
        title, amount = kind_title(kind), _money(found, fen)
        yield words("auditing.left_out", kind=title, n=n, amount=amount, most=MOST)
    for programme in found.unreached:
        yield words("auditing.unreached", programme=programme)


def _money(found: Doubts, fen: int) -> Words:
    """What is at stake, in its unit; nothing where the policy has no money."""
    unit = found.unit
    return same("") if unit is None else words("auditing.at_stake", amount=yuan(fen), unit=unit)


def as_text(found: Doubts, lang: Lang, *, whole: bool = False) -> Iterator[str]:
    """A block a kind, in lines of at most 80 columns."""
    for line in about(found):
        yield from wrap(line.say(lang), COLUMNS)
    for kind, (n, fen) in found.counts().items():
        title = words("auditing.kind", kind=kind_title(kind), n=n, amount=_money(found, fen))
        yield from ("", *wrap(title.say(lang), COLUMNS))
        entries = [one for one in found.entries if one.kind == kind]
        for one in entries if whole else entries[:SHOWN]:
            yield from indented("  ".join(filter(None, one.who)) or "—", "  ", "    ")
            for text in _told(found, one, lang):
                yield from indented(text, "    ", "      ")
        rest = n - (len(entries) if whole else min(SHOWN, len(entries)))
        if rest:
            yield f"  {words('auditing.more_doubts', n=rest).say(lang)}"


def _told(found: Doubts, one: Doubt, lang: Lang) -> Iterator[str]:
    """What it is about, the cells, the money."""
    values = " → ".join(value.say(lang) for value in one.values if value is not None)
    head = f"{one.fact.say(lang)} {values}" if one.fact is not None else values
    colon = words("auditing.colon").say(lang)
    yield colon.join(filter(None, [head.strip(), one.what.say(lang)]))
    cells = " → ".join(filter(None, one.cells))
    stake = _money(found, one.moves).say(lang).lstrip("，, ")
    told = "  ".join(filter(None, [cells, stake]))
    if told:
        yield told


def as_data(found: Doubts, lang: Lang) -> dict[str, Any]:
    """The list as JSON-ready data; amounts in `unit`."""
    sample, unit = found.sample, found.unit
    return {
        "run": found.run, "before": found.before, "villages": found.villages,
        "unit": unit.en if unit is not None else None,
        "counts": {k: {"entries": n, "moves": plain_yuan(fen)} for k, (n, fen) in found.counts().items()},
        "sample": {"size": sample.size, "seed": sample.seed} if sample is not None else None,
        "notes": [note.say(lang) for note in about(found)],
        "entries": [
            {
                "kind": one.kind,
                "village": dict(zip(IDENTITY, one.who, strict=True)),
                "what": one.what.say(lang),
                "fact": one.fact.say(lang) if one.fact is not None else None,
                "before": one.values[0].say(lang) if one.values[0] is not None else None,
                "now": one.values[1].say(lang) if one.values[1] is not None else None,
                "cell_before": one.cells[0], "cell": one.cells[1], "moves": plain_yuan(one.moves),
            }
            for one in found.entries
        ],
    }  # fmt: skip


def counts_json(found: Doubts) -> dict[str, dict[str, Any]]:
    """How many entries of each kind there are, and the yuan at stake."""
    counts = found.counts().items()
    return {kind: {"entries": n, "moves": plain_yuan(fen)} for kind, (n, fen) in counts}


def since_said(found: Doubts) -> Words:
    """What changed since the run before, in a line."""
    counts = found.counts()
    before = found.before or "—"
    if not counts:
        return words("auditing.since_nothing", run=before)
    titles = [(kind_title(kind), n) for kind, (n, _) in counts.items()]
    listed = Words(
        "、".join(f"{t.zh} {n}" for t, n in titles), ", ".join(f"{t.en}: {n:,}" for t, n in titles)
    )
    fen = sum(fen for _, fen in counts.values())
    return words("auditing.since_counts", run=before, kinds=listed, amount=_money(found, fen))


def write(found: Doubts, path: Path, plan: Plan, lang: Lang) -> None:
    """Write the list; the ending says how (.xlsx to work on, .csv, .json). Raises OSError."""
    match path.suffix.lower():
        case ".json":
            content = json_bytes(as_data(found, lang))
        case ".csv":
            content = csv_bytes(
                [head.say(lang) for head in _heads(found)], _rows(found, lang), lang
            )
        case _:
            content = _workbook(found, plan, lang)
    write_bytes(path, content)


def _heads(found: Doubts) -> list[Words]:
    """What is said of an entry, then what is to be filled in."""
    stake = words("auditing.head_moves")
    if found.unit is not None:
        stake = Words(f"{stake.zh}（{found.unit.zh}）", f"{stake.en} ({found.unit.en})")
    return [
        words("auditing.head_number"), words("auditing.head_kind"), words("auditing.head_village"),
        words("auditing.head_place"), words("auditing.head_what"), words("auditing.head_before"),
        words("auditing.head_now"), stake, words("auditing.head_result"),
        words("auditing.head_checked_by"), words("auditing.head_day"),
    ]  # fmt: skip


def _rows(found: Doubts, lang: Lang) -> Iterator[tuple[Cell, ...]]:
    for number, one in enumerate(found.entries, 1):
        code, name, town, county = one.who
        title = f"{one.fact.say(lang)}{words('auditing.colon').say(lang)}" if one.fact else ""
        sides = [
            "\n".join(filter(None, [value.say(lang) if value is not None else "", cell]))
            for value, cell in zip(one.values, one.cells, strict=True)
        ]
        yield (
            number, kind_title(one.kind), "\n".join(filter(None, [name, code])),
            "\n".join(filter(None, [county, town])), f"{title}{one.what.say(lang)}", *sides,
            Fen(one.moves), "", "", "",
        )  # fmt: skip


def as_table(found: Doubts, lang: Lang) -> Table:
    """The entries as a table, without their numbers and without what is to be filled in."""
    rows = [row[1:_BLANK] for row in _rows(found, lang)]
    return Table(None, _heads(found)[1:_BLANK], rows, texts=_BLANK - 2, sentences=True)


_WIDTHS = (4, 9, 11, 9, 25, 17, 17, 12, 8, 6, 7)
_BLANK = 8
"""The first column to fill in."""

_RESULTS = ("auditing.result_right", "auditing.result_wrong", "auditing.result_open")


def _workbook(found: Doubts, plan: Plan, lang: Lang) -> bytes:
    """The list on a sheet to work on: a filter, a choice of results, and blank cells to fill in."""
    from fundcalc.reports.workbook.paper import Paper, lines_needed

    paper = Paper(plan, len(found.entries), lang)
    sheet = paper.sheet(words("auditing.sheet").say(lang))
    last = len(_WIDTHS) - 1
    sheet.widths(_WIDTHS)
    sheet.across(0, 0, last, words("auditing.sheet").say(lang), "title")
    sheet.set_row(0, 30)
    notes = [note.say(lang) for note in about(found)]
    for row, note in enumerate(notes, 1):
        sheet.across(row, 0, last, note, "wrap")
        sheet.set_row(row, 14 * lines_needed(note, sum(_WIDTHS)) + 3)
    head = len(notes) + 1
    for place, title in enumerate(_heads(found)):
        sheet.text(head, place, title.say(lang), "head")
    sheet.set_row(head, 32)
    row = head
    for row, cells in enumerate(_rows(found, lang), head + 1):
        lines = 1
        for at, cell in enumerate(cells):
            if isinstance(cell, Fen):
                sheet.money(row, at, cell.value)
            elif isinstance(cell, int):
                sheet.write_number(row, at, cell, paper.style("centre"))
            else:
                text = said_cell(cell, lang)
                sheet.text(row, at, text, "entry_text" if at >= _BLANK else "small")
                lines = max(lines, lines_needed(text, _WIDTHS[at]))
        sheet.set_row(row, 13.5 * lines + 3)
    choices = [words(key).say(lang) for key in _RESULTS]
    if found.entries:
        sheet.data_validation(
            head + 1, _BLANK, row, _BLANK, {"validate": "list", "source": choices}
        )
        sheet.autofilter(head, 0, row, last)
    sheet.freeze_panes(head + 1, 3)
    sheet.repeat_rows(head)
    return paper.close()
