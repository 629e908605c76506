"""A projection as text, JSON, CSV, workbook and page."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from fundcalc.analysis.project import Projection
from fundcalc.base.files import write_bytes
from fundcalc.base.money import FEN_DECIMALS, plain
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words
from fundcalc.language.show import literal
from fundcalc.reports.listing.text import as_text as listing_text
from fundcalc.reports.project.tables import about, listings, payers
from fundcalc.reports.summary_text import COLUMNS
from fundcalc.reports.tables import safe

TITLE = Words("逐年金额", "The bill year by year")
PROJECT_WRITERS = (".csv", ".xlsx", ".html", ".json")
"""The endings that `write_projection` knows."""


def write_projection(projection: Projection, path: Path, lang: Lang) -> None:
    """Write a projection; the ending says how (.csv, .xlsx, .html, .json). Raises OSError."""
    if path.suffix.lower() == ".json":
        text = json.dumps(projection_json(projection), ensure_ascii=False, indent=1) + "\n"
        content = text.encode()
    else:
        make = {".csv": as_csv, ".xlsx": as_xlsx, ".html": as_html}
        content = make[path.suffix.lower()](projection, lang)
    write_bytes(path, content)


def projection_text(projection: Projection, lang: Lang) -> str:
    """A projection as lines of at most 80 columns."""
    lines = [part for line in about(projection) for part in wrap(line.say(lang), COLUMNS)]
    lines += ["", Words("金额单位：元", "Amounts in yuan").say(lang)]
    for number, listing in enumerate(listings(projection)):
        lines += ([""] if number else []) + list(listing_text(listing, lang))
    return "\n".join(lines) + "\n"


def projection_json(projection: Projection) -> dict[str, Any]:
    """A projection as JSON-ready data; amounts as text in yuan."""
    policy = projection.policy
    return {
        "policy": {
            "id": policy.id,
            "digest": policy.digest,
            "readings": dict(projection.years[0].plan.readings),
        },
        "roster": {
            "file": projection.roster.file,
            "digest": projection.roster.digest,
            "villages": len(projection.roster),
        },
        "unconfirmed": [p.id for p in projection.unconfirmed],
        "years": [
            {
                "year": year.on.year,
                "on": year.on.isoformat(),
                "total": plain(year.total, FEN_DECIMALS),
                "payers": {p or "": plain(fen, FEN_DECIMALS) for p, fen in year.payers().items()},
                "outputs": {id_: plain(fen, FEN_DECIMALS) for id_, fen in year.outputs.items()},
                "values": {
                    p.id: literal(year.plan.constants[p.id], p.type)
                    for p in projection.changing
                    if p.id in year.plan.constants
                },
            }
            for year in projection.years
        ],
    }


def as_csv(one: Projection, lang: Lang) -> bytes:
    """One row a year and paid amount: year, amount, payer, yuan; UTF-8 with a byte order mark."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    titles = dict(payers(one))
    zh = ("年份", "日期", "项目", "付款方", "金额（元）")
    writer.writerow(zh if lang == "zh" else ("year", "on", "output", "payer", "yuan"))
    for year in one.years:
        for id_, title, payer in one.outputs:
            names = (title.zh, titles[payer].zh) if lang == "zh" else (id_, payer or "")
            amount = plain(year.outputs[id_], FEN_DECIMALS)
            writer.writerow([year.on.year, year.on, *map(safe, names), amount])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(one: Projection, lang: Lang) -> bytes:
    """A workbook of one sheet a table. The same input gives the same bytes."""
    from fundcalc.reports.listing.xlsx import write_sheet
    from fundcalc.reports.workbook.paper import Paper

    paper = Paper(one.years[0].plan, 0, lang, "yuan")
    for number, listing in enumerate(listings(one)):
        write_sheet(paper, listing.title, [listing], [TITLE, *about(one)] if number == 0 else ())
    return paper.close()


def as_html(one: Projection, lang: Lang) -> bytes:
    """A page with a chart. The same input gives the same bytes."""
    from fundcalc.reports.charts import Series, lines
    from fundcalc.reports.html import page
    from fundcalc.reports.listing import Fen

    def said(fen: int) -> str:
        return Fen(fen).said()

    years = [str(year.on.year) for year in one.years]
    bills = [year.payers() for year in one.years]
    by_payer = [
        Series(title.say(lang), [bill[id_] for bill in bills]) for id_, title in payers(one)
    ]
    total = Series(Words("合计", "Total").say(lang), [year.total for year in one.years])
    charts = [
        (title.say(lang), lines(title.say(lang), years, series, said))
        for title, series in (
            (Words("按付款方（元）", "By payer, yuan"), by_payer),
            (Words("合计（元）", "Total, yuan"), [total]),
        )
    ]
    return page(
        "project.html", lang, title=TITLE, heading=about(one), charts=charts, listings=listings(one)
    )
