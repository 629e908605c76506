"""A comparison as a workbook: overview, counties, causes, and every village that moves."""

from __future__ import annotations

from fundcalc.analysis.compare.totals import Comparison
from fundcalc.base.words import Lang, Words
from fundcalc.reports.compare.heading import about, headline
from fundcalc.reports.compare.tables import bridges, listings, movers
from fundcalc.reports.listing.xlsx import write_sheet
from fundcalc.reports.workbook.paper import Paper

_TITLE = Words("政策对比", "Comparison of two versions")


def as_xlsx(comparison: Comparison, lang: Lang) -> bytes:
    """The workbook. The same input gives the same bytes."""
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
