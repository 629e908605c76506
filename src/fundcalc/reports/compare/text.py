"""A comparison for the terminal, within 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.compare.movers import Mover
from fundcalc.analysis.compare.totals import Comparison
from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words
from fundcalc.engines.result import label
from fundcalc.reports.compare.heading import about, headline
from fundcalc.reports.compare.tables import WAYS, listings, reasons
from fundcalc.reports.listing import Fen
from fundcalc.reports.listing.text import as_text as listing_text
from fundcalc.reports.summary_text import COLUMNS


def as_text(comparison: Comparison, lang: Lang) -> str:
    """The comparison as lines."""
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
