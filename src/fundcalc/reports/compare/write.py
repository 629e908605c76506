"""A comparison written: for the terminal, within 80 columns, and as files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from fundcalc.analysis.compare.movers import Mover
from fundcalc.analysis.compare.totals import Comparison
from fundcalc.base.files import write_bytes
from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words
from fundcalc.engines.result import label
from fundcalc.reports.compare.as_json import comparison_json
from fundcalc.reports.compare.heading import about, headline
from fundcalc.reports.compare.tables import WAYS, bridges, listings, movers, reasons
from fundcalc.reports.listing import Fen
from fundcalc.reports.listing.text import as_text as listing_text
from fundcalc.reports.summary_text import COLUMNS

COMPARE_WRITERS = (".xlsx", ".html", ".json")
"""The endings that `write_comparison` knows."""

_TITLE = Words("政策对比", "Comparison of two versions")


def write_comparison(comparison: Comparison, path: Path, lang: Lang) -> None:
    """Write a comparison; the ending says how (.xlsx, .html, .json). Raises OSError."""
    match path.suffix.lower():
        case ".xlsx":
            content = _xlsx(comparison, lang)
        case ".html":
            from fundcalc.reports.compare.html import as_html

            content = as_html(comparison, lang)
        case _:
            data = comparison_json(comparison)
            content = json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"
    write_bytes(path, content)


def comparison_text(comparison: Comparison, lang: Lang) -> str:
    """A comparison as lines of at most 80 columns."""
    return "\n".join(_lines(comparison, lang)) + "\n"


def _lines(comparison: Comparison, lang: Lang) -> Iterator[str]:
    for line in [*about(comparison), *headline(comparison)]:
        yield from wrap(line.say(lang), COLUMNS)
    if not comparison.changed:
        return
    yield ""
    yield Words("金额单位：元", "Amounts in yuan").say(lang)
    for number, listing in enumerate(listings(comparison, brief=True)):
        if number:
            yield ""
        yield from listing_text(listing, lang)
    yield ""
    yield Words("变动最大的村", "The largest movers").say(lang)
    for mover in comparison.movers:
        yield from _mover(mover, lang)
    if comparison.moved > len(comparison.movers):
        rest = comparison.moved - len(comparison.movers)
        yield Words(
            f"…… 还有 {rest:,} 个村，见 --top 或 -o 文件.xlsx",
            f"… and {rest:,} more: see --top, or -o FILE.xlsx",
        ).say(lang)


def _mover(mover: Mover, lang: Lang) -> Iterator[str]:
    change = Fen(mover.change, change=True).said()
    old, new = (grouped(fen, FEN_DECIMALS) for fen in (mover.old, mover.new))
    way = WAYS[mover.way].say(lang)
    yield from wrap(f"  {label(mover.who)}: {old} → {new}  {change}  {way}", COLUMNS)
    for line in reasons(mover).say(lang).split("\n"):
        if line:
            first, *rest = wrap(line, COLUMNS - 6)
            yield f"    {first}"
            yield from (f"      {part}" for part in rest)


def _xlsx(comparison: Comparison, lang: Lang) -> bytes:
    """Overview, counties, causes, and every village that moves."""
    from fundcalc.reports.listing.xlsx import write_sheet
    from fundcalc.reports.workbook.paper import Paper

    paper = Paper(comparison.new.plan, len(comparison.movers), lang, "yuan")
    tables = listings(comparison)
    notes = [_TITLE, *about(comparison), *headline(comparison)]
    write_sheet(paper, Words("概览", "Overview"), tables[:3], notes)
    if comparison.steps:
        write_sheet(paper, Words("变动原因", "Causes"), bridges(comparison))
    rest = tables[3 + (2 if comparison.steps else 0) :]
    if rest:
        write_sheet(paper, Words("资金池和各项金额", "Pools and amounts"), rest)
    write_sheet(paper, Words("各村变动", "Villages"), [movers(comparison.movers, apart=True)])
    return paper.close()
