"""The list of doubts as text within 80 columns, JSON, CSV, and a workbook to work on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_never

from fundcalc.base.catalogue import words
from fundcalc.base.files import json_bytes, write_bytes
from fundcalc.base.money import plain_yuan, yuan
from fundcalc.base.width import width, wrap
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


def about(doubts: Doubts) -> Iterator[Words]:
    """What the list is of, how the sample was drawn, and what is not on it."""
    before = words("auditing.since", run=doubts.before) if doubts.before else same("")
    total = sum(n for n, _ in doubts.counts().values())
    villages = len({doubt.who for doubt in doubts.entries})
    yield words("auditing.doubts", run=doubts.run, since=before, n=total, villages=villages)
    if doubts.sample is not None:
        size, seed = doubts.sample.size, doubts.sample.seed
        yield words("auditing.sampled", n=size, villages=doubts.villages, seed=seed)
    if "hinge" in doubts.counts():
        yield words("auditing.hinge_counted")
    if doubts.unit is not None and doubts.apart:
        yield words("auditing.stake_only", unit=doubts.unit)
    for kind, (n, fen) in doubts.left_out.items():
        title, amount = kind_title(kind), _money(doubts, fen)
        yield words("auditing.left_out", kind=title, n=n, amount=amount, most=MOST)
    for programme in doubts.unreached:
        yield words("auditing.unreached", programme=programme)


def _money(doubts: Doubts, fen: int) -> Words:
    """What is at stake, in its unit; nothing where the policy has no money."""
    unit = doubts.unit
    return same("") if unit is None else words("auditing.at_stake", amount=yuan(fen), unit=unit)


def as_text(
    doubts: Doubts, lang: Lang, *, whole: bool = False, brief: bool = False
) -> Iterator[str]:
    """A block a kind, in lines of at most 80 columns: the first ten, or `whole`; else `brief`, how many."""
    for line in about(doubts):
        yield from wrap(line.say(lang), COLUMNS)
    for kind, (n, fen) in doubts.counts().items():
        title = words("auditing.kind", kind=kind_title(kind), n=n, amount=_money(doubts, fen))
        counted = brief and not whole
        yield from ([] if counted else [""])
        yield from wrap(title.say(lang), COLUMNS)
        if counted:
            continue
        entries = [doubt for doubt in doubts.entries if doubt.kind == kind]
        for doubt in entries if whole else entries[:SHOWN]:
            yield from indented("  ".join(filter(None, doubt.who)) or "—", "  ", "    ")
            for text in _lines(doubts, doubt, lang):
                yield from indented(text, "    ", "      ")
        rest = n - (len(entries) if whole else min(SHOWN, len(entries)))
        if rest:
            yield f"  {words('auditing.more_doubts', n=rest).say(lang)}"


def _lines(doubts: Doubts, doubt: Doubt, lang: Lang) -> Iterator[str]:
    """What it is about, the cells, the money."""
    values = " → ".join(value.say(lang) for value in doubt.values if value is not None)
    head = f"{doubt.fact.say(lang)} {values}" if doubt.fact is not None else values
    colon = words("auditing.colon").say(lang)
    yield colon.join(filter(None, [head.strip(), doubt.what.say(lang)]))
    cells = " → ".join(filter(None, doubt.cells))
    stake = _money(doubts, doubt.moves).say(lang).lstrip("，, ")
    line = "  ".join(filter(None, [cells, stake]))
    if line:
        yield line


def as_data(doubts: Doubts, lang: Lang) -> dict[str, Any]:
    """The list as JSON-ready data; amounts in `unit`."""
    sample, unit = doubts.sample, doubts.unit
    return {
        "run": doubts.run, "before": doubts.before, "villages": doubts.villages,
        "unit": unit.en if unit is not None else None,
        "counts": counts_json(doubts),
        "sample": {"size": sample.size, "seed": sample.seed} if sample is not None else None,
        "notes": [note.say(lang) for note in about(doubts)],
        "entries": [
            {
                "kind": doubt.kind,
                "village": dict(zip(IDENTITY, doubt.who, strict=True)),
                "what": doubt.what.say(lang),
                "fact": doubt.fact.say(lang) if doubt.fact is not None else None,
                "before": doubt.values[0].say(lang) if doubt.values[0] is not None else None,
                "now": doubt.values[1].say(lang) if doubt.values[1] is not None else None,
                "cell_before": doubt.cells[0], "cell": doubt.cells[1],
                "moves": None if unit is None else plain_yuan(doubt.moves),
            }
            for doubt in doubts.entries
        ],
    }  # fmt: skip


def counts_json(doubts: Doubts) -> dict[str, dict[str, Any]]:
    """How many entries of each kind there are, and the money at stake; null where the policy has none."""

    def moves(fen: int) -> str | None:
        return None if doubts.unit is None else plain_yuan(fen)

    counts = doubts.counts().items()
    return {kind: {"entries": n, "moves": moves(fen)} for kind, (n, fen) in counts}


def since_said(doubts: Doubts) -> Words:
    """What changed since the run before, in a line."""
    counts = doubts.counts()
    before = doubts.before or "—"
    if not counts:
        return words("auditing.since_nothing", run=before)
    titles = [(kind_title(kind), n) for kind, (n, _) in counts.items()]
    listed = Words(
        "、".join(f"{t.zh} {n}" for t, n in titles), ", ".join(f"{t.en}: {n:,}" for t, n in titles)
    )
    fen = sum(fen for _, fen in counts.values())
    return words("auditing.since_counts", run=before, kinds=listed, amount=_money(doubts, fen))


def write(doubts: Doubts, path: Path, plan: Plan, lang: Lang) -> None:
    """Write the list; the ending says how (.xlsx to work on, .csv, .json). Raises OSError."""
    match path.suffix.lower():
        case ".json":
            content = json_bytes(as_data(doubts, lang))
        case ".csv":
            content = csv_bytes(
                [head.say(lang) for head in _heads(doubts)], _rows(doubts, lang), lang
            )
        case _:
            content = _workbook(doubts, plan, lang)
    write_bytes(path, content)


def _heads(doubts: Doubts) -> list[Words]:
    """What is said of an entry, then what is to be filled in."""
    stake = words("auditing.head_moves")
    if doubts.unit is not None:
        stake = Words(f"{stake.zh}（{doubts.unit.zh}）", f"{stake.en} ({doubts.unit.en})")
    placed = any(part for doubt in doubts.entries for part in doubt.who[2:]) or not doubts.entries
    place = words("auditing.head_place") if placed else same("—")
    return [
        words("auditing.head_number"), words("auditing.head_kind"), words("auditing.head_village"),
        place, words("auditing.head_what"), words("auditing.head_before"),
        words("auditing.head_now"), stake, words("auditing.head_result"),
        words("auditing.head_checked_by"), words("auditing.head_day"),
    ]  # fmt: skip


def _rows(doubts: Doubts, lang: Lang) -> Iterator[tuple[Cell, ...]]:
    for number, doubt in enumerate(doubts.entries, 1):
        code, name, town, county = doubt.who
        title = f"{doubt.fact.say(lang)}{words('auditing.colon').say(lang)}" if doubt.fact else ""
        sides = [
            "\n".join(filter(None, [value.say(lang) if value is not None else "", cell]))
            for value, cell in zip(doubt.values, doubt.cells, strict=True)
        ]
        yield (
            number, kind_title(doubt.kind), "\n".join(filter(None, [name, code])),
            "\n".join(filter(None, [county, town])), f"{title}{doubt.what.say(lang)}", *sides,
            Fen(doubt.moves) if doubts.unit is not None else "", "", "", "",
        )  # fmt: skip


def as_table(doubts: Doubts, lang: Lang) -> Table:
    """The entries as a table, without their numbers and without what is to be filled in."""
    end = (
        _BLANK if doubts.unit is not None else _BLANK - 1
    )  # where there is no money, none is at stake
    rows = [row[1:end] for row in _rows(doubts, lang)]
    every = Table(None, _heads(doubts)[1:end], rows, texts=_BLANK - 2, sentences=True)
    return every.without_blank(2)


_WIDTHS = (4, 9, 11, 9, 25, 17, 17, 12, 8, 6, 7)
_CODE, _WHAT, _BEFORE = 2, 4, 5
_BLANK = 8
"""The first column to fill in."""


def _widths(doubts: Doubts) -> tuple[int, ...]:
    """Room for the longest code in a line, and for cells where nothing is said of what was before."""
    widths = list(_WIDTHS)
    code = max((width(doubt.who[0]) for doubt in doubts.entries), default=0)
    more = min(max(code + 3 - widths[_CODE], 0), 12)
    widths[_CODE] += more
    if not any(doubt.values[0] or doubt.cells[0] for doubt in doubts.entries):
        given = widths[_BEFORE] - 9
        widths[_BEFORE], widths[_BEFORE + 1] = 9, widths[_BEFORE + 1] + given - more
    else:
        widths[_WHAT] -= more
    return tuple(widths)


_RESULTS = ("auditing.result_right", "auditing.result_wrong", "auditing.result_open")


def _workbook(doubts: Doubts, plan: Plan, lang: Lang) -> bytes:
    """The list on a sheet to work on: a filter, a choice of results, and blank cells to fill in."""
    from fundcalc.reports.workbook.paper import Paper, lines_needed

    paper = Paper(plan, len(doubts.entries), lang)
    sheet = paper.sheet(words("auditing.sheet").say(lang))
    last = len(_WIDTHS) - 1
    widths = _widths(doubts)
    sheet.widths(widths)
    sheet.across(0, 0, last, words("auditing.sheet").say(lang), "title")
    sheet.set_row(0, 30)
    notes = [note.say(lang) for note in about(doubts)]
    for row, note in enumerate(notes, 1):
        sheet.across(row, 0, last, note, "wrap")
        sheet.set_row(row, 14 * lines_needed(note, sum(_WIDTHS)) + 3)
    head = len(notes) + 1
    for place, title in enumerate(_heads(doubts)):
        sheet.text(head, place, title.say(lang), "head")
    sheet.set_row(head, 32)
    row = head
    for row, cells in enumerate(_rows(doubts, lang), head + 1):
        lines = 1
        for column, cell in enumerate(cells):
            if isinstance(cell, Fen):
                sheet.money(row, column, cell.value)
            elif isinstance(cell, int):
                sheet.write_number(row, column, cell, paper.style("centre"))
            else:
                text = said_cell(cell, lang)
                sheet.text(row, column, text, "entry_text" if column >= _BLANK else "small")
                lines = max(lines, lines_needed(text, widths[column]))
        sheet.set_row(row, 13.5 * lines + 3)
    choices = [words(key).say(lang) for key in _RESULTS]
    if doubts.entries:
        sheet.data_validation(
            head + 1, _BLANK, row, _BLANK, {"validate": "list", "source": choices}
        )
        sheet.autofilter(head, 0, row, last)
    sheet.freeze_panes(head + 1, 3)
    sheet.repeat_rows(head)
    return paper.close()
