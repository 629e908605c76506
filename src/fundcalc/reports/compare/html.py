"""A comparison as one page of HTML with charts."""

from __future__ import annotations

from markupsafe import Markup

from fundcalc.analysis.compare.bridge import KINDS, group_totals
from fundcalc.analysis.compare.totals import Comparison, Part
from fundcalc.base.words import Lang, Words
from fundcalc.reports.charts import Series, bars, bridge
from fundcalc.reports.compare.heading import about, headline
from fundcalc.reports.compare.tables import listings, movers
from fundcalc.reports.html import page
from fundcalc.reports.listing import Fen

_CHANGE = Words("差额", "Change")


def as_html(comparison: Comparison, lang: Lang) -> bytes:
    """The page. The same input gives the same bytes."""
    one = comparison
    return page(
        "compare.html",
        lang,
        heading=[words.say(lang) for words in about(one)],
        outcome=[words.say(lang) for words in headline(one)],
        charts=_charts(one, lang) if one.changed else [],
        listings=listings(one) if one.changed else [],
        movers=movers(one.movers),
        left_out=one.moved - len(one.movers),
    )


def _charts(one: Comparison, lang: Lang) -> list[tuple[str, Markup]]:
    found = [
        _changes(Words("按县（市、区）的差额（元）", "Change by county, yuan"), one.counties, lang),
        _changes(Words("按付款方的差额（元）", "Change by payer, yuan"), one.payers, lang),
    ]
    if one.steps:
        totals = group_totals(one.steps)
        labels = [Words("原", "Old"), *(KINDS[kind] for kind, _ in totals), Words("新", "New")]
        title = Words("总额为何变动（元）", "Why the total moved, yuan").say(lang)
        changes = [one.total.old, *(change for _, change in totals)]
        chart = bridge(title, [w.say(lang) for w in labels], changes, _plain)
        found.insert(0, (title, chart))
    return found


def _changes(title: Words, parts: list[Part], lang: Lang) -> tuple[str, Markup]:
    series = [Series(_CHANGE.say(lang), [part.change for part in parts])]
    labels = [part.title.say(lang) for part in parts]
    return title.say(lang), bars(title.say(lang), labels, series, _signed)


def _plain(fen: int) -> str:
    return Fen(fen).said()


def _signed(fen: int) -> str:
    return Fen(fen, change=True).said()
