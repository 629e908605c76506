"""The bill year by year as tables, chart, CSV and JSON.

What is projected comes from `fundcalc.analysis.project`; here it is only laid out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from fundcalc.analysis.project import Projection, Year
from fundcalc.analysis.sides import MONEY, Measure, measure_of, titled
from fundcalc.base.catalogue import words
from fundcalc.base.files import json_bytes, write_bytes
from fundcalc.base.money import grouped, plain
from fundcalc.base.words import Lang, Words, listing, of_rows, same
from fundcalc.engines.totals import MOST_VALUES
from fundcalc.language.datatypes import Number
from fundcalc.language.nodes import Value
from fundcalc.language.show import literal
from fundcalc.language.units import YUAN
from fundcalc.policy.columns import with_unit
from fundcalc.policy.model import Output, Parameter
from fundcalc.reports import expressions, table
from fundcalc.reports.columns import text
from fundcalc.reports.expressions import value_words
from fundcalc.reports.files import csv_bytes
from fundcalc.reports.table import IN_YUAN, TOTAL, Cell, Fen, Table, wrapped

_YEAR = words("reports.year")


def _about(projection: Projection) -> list[Words]:
    policy, first, last = projection.policy, projection.years[0], projection.years[-1]
    lines = [
        words(
            "reports.years",
            title=policy.title,
            first=first.on.year,
            last=last.on.year,
            month=f"{first.on:%m}",
            day=f"{first.on:%d}",
            digest=policy.digest[: len("sha256:") + 12],
        ),
        words(
            "reports.same_roster",
            file=projection.roster.file,
            villages=len(projection.roster),
            chosen=expressions.readings_taken(first.plan),
        ),
    ]
    tried = [
        words(
            "reports.set_to",
            title=p.title,
            value=expressions.value(first.plan.constants[p.id], p.type),
        )
        for p in (policy.parameters[id_] for id_ in policy.varied)
    ]
    if tried:
        lines.append(words("reports.tried", values=listing(tried)))
    alike = all((y.outputs, y.values) == (first.outputs, first.values) for y in projection.years)
    if alike and not projection.changing and not projection.renewed:
        lines.append(words("reports.no_value_changes"))
    if projection.unconfirmed:
        zh, en = (
            "、".join(p.title.zh for p in projection.unconfirmed),
            "; ".join(p.title.en for p in projection.unconfirmed),
        )
        lines.append(words("reports.not_confirmed", on=last.on, listed=Words(zh, en)))
    broken = ((same(str(year.on.year)), why) for year in projection.years for why in year.unmet)
    return [*lines, *(words("versions.unmet", which=year, text=why) for year, why in broken)]


def _payers(projection: Projection, measure: Measure) -> list[tuple[str | None, Words]]:
    payer_ids = {output.payer for output in _granted(projection, measure)}
    payers: list[tuple[str | None, Words]] = [
        (id_, title) for id_, title in projection.policy.payers.items() if id_ in payer_ids
    ]
    return [
        *payers,
        *([(None, words("reports.no_payer_named"))] if None in payer_ids else []),
    ]


def _granted(projection: Projection, measure: Measure) -> list[Output]:
    return [o for o in projection.outputs if measure.has(o)]


def _tables(projection: Projection) -> list[Table]:
    """What is paid and granted year by year, a unit at a time; results that nothing adds up; values."""
    tables = [
        table for measure in projection.measures for table in _of_measure(projection, measure)
    ]
    tables += [_villages_by(projection, output) for output in projection.policy.told_outputs]
    if projection.changing:
        tables.append(_values(projection))
    if projection.renewed:
        tables.append(_renewed(projection))
    return [*tables, _turns(projection)] if projection.turns else tables


def _titled(title: Words, projection: Projection, measure: Measure) -> Words:
    """Tables of yuan stand under one line that says so; others say their unit, and a charge which it is."""
    title = titled(title, measure, projection.outputs)
    return title if measure.unit.in_yuan else with_unit(title, Number(measure.unit))


def _of_measure(projection: Projection, measure: Measure) -> Iterator[Table]:
    paid = any(output.payer is not None for output in _granted(projection, measure))
    if paid or (measure.unit.in_yuan and not measure.charge):
        yield _by_payer(projection, measure)
    yield _by_output(projection, measure)


def _by_payer(projection: Projection, measure: Measure) -> Table:
    payers = _payers(projection, measure)
    rows: list[list[Cell]] = []
    before: Year | None = None
    for year in projection.years:
        bills, total = year.payers(measure), year.total(measure)
        change: Cell = ""
        if before is not None:
            change = Fen(total - before.total(measure), True, measure.decimals)
        amounts = (Fen(bills[id_], decimals=measure.decimals) for id_, _ in payers)
        rows.append([str(year.on.year), Fen(total, decimals=measure.decimals), change, *amounts])
        before = year
    heads = [_YEAR, TOTAL, words("reports.on_year_before"), *(title for _, title in payers)]
    return Table(_titled(words("reports.by_payer"), projection, measure), heads, rows)


def _by_output(projection: Projection, measure: Measure) -> Table:
    granted = _granted(projection, measure)
    rows: list[list[Cell]] = [
        [
            str(y.on.year),
            Fen(y.total(measure), decimals=measure.decimals),
            *(Fen(y.outputs[o.id], decimals=measure_of(o).decimals) for o in granted),
        ]
        for y in projection.years
    ]
    heads = [_YEAR, TOTAL, *(output.title for output in granted)]
    return Table(_titled(words("reports.by_programme"), projection, measure), heads, rows)


def _villages_by(projection: Projection, output: Output) -> Table:
    """How many villages have which grade or rate, year by year."""
    all_years: Counter[Value] = Counter()
    for year in projection.years:
        all_years.update(dict(year.values[output.id]))
    values = [value for value, _ in all_years.most_common(MOST_VALUES)]
    heads = [_YEAR, *(value_words(projection.policy, output, value) for value in values)]
    rows: list[list[Cell]] = []
    for year in projection.years:
        counts = dict(year.values[output.id])
        cells: list[Cell] = [counts.get(value, 0) for value in values]
        rest = sum(counts.values()) - sum(counts.get(value, 0) for value in values)
        rows.append([str(year.on.year), *cells, *([rest] if len(all_years) > len(values) else [])])
    if len(all_years) > len(values):
        heads.append(words("outcome.others"))
    return Table(words("reports.villages_by", title=output.title), heads, rows)


def _values(projection: Projection) -> Table:
    rows: list[list[Cell]] = [
        [str(year.on.year), *(_value_of(p, year) for p in projection.changing)]
        for year in projection.years
    ]
    note = words("reports.in_own_unit")
    title = words("reports.values_that_change")
    return Table(title, [_YEAR, *(p.title for p in projection.changing)], rows, notes=[note])


def _renewed(projection: Projection) -> Table:
    """How many rows of each look-up table hold anew."""
    renewed = projection.renewed
    rows: list[list[Cell]] = [[str(projection.years[0].on.year), *("" for _ in renewed)]]
    for index, year in enumerate(projection.years[1:]):
        rows.append([str(year.on.year), *(str(counts[index]) for counts in renewed.values())])
    heads = [_YEAR, *(projection.policy.tables[id_].title for id_ in renewed)]
    return Table(words("reports.rows_that_change"), heads, rows)


def _turns(projection: Projection) -> Table:
    """The programmes, rules and shares that begin or have ended, by their days."""
    rows: list[list[Cell]] = [
        [str(turn.on), turn.programme.title,
         (turn.part.title or same(turn.part.id)) if turn.part else words("reports.whole_programme"),
         words("reports.begins" if turn.begins else "reports.has_ended")]
        for turn in projection.turns
    ]  # fmt: skip
    heads = [words("reports.day"), words("reports.programme"), words("reports.rule")]
    title = words("reports.rules_that_change")
    return Table(title, [*heads, words("reports.what_changes")], rows, texts=4)


def _value_of(parameter: Parameter, year: Year) -> str:
    """A parameter's value in a year; a dash where it has none."""
    value, kind = year.plan.constants.get(parameter.id), parameter.type
    if value is None:
        return "–"
    if isinstance(kind, Number) and isinstance(value, int):
        return grouped(value, kind.decimals or 0)
    if isinstance(value, tuple):
        return "、".join(value) or "–"
    return literal(value, kind)


def projection_text(projection: Projection, lang: Lang) -> str:
    """A projection as lines of at most 80 columns."""
    lines = [*wrapped(_about(projection), lang), ""]
    if any(measure.unit.in_yuan for measure in projection.measures):
        lines.append(IN_YUAN.say(lang))
    return "\n".join([*lines, *table.as_text(_tables(projection), lang)]) + "\n"


def projection_json(projection: Projection) -> dict[str, Any]:
    """A projection as JSON-ready data; amounts as text in their unit.

    `total` and `payers` are of the first of `units`, which is money where there is any.
    """
    policy = projection.policy
    main = (projection.measures or [MONEY])[0]
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
        "turns": [
            {
                "on": turn.on.isoformat(),
                "programme": turn.programme.id,
                "rule": turn.part.id if turn.part is not None else None,
                "begins": turn.begins,
            }
            for turn in projection.turns
        ],
        "years": [
            {
                "year": year.on.year,
                "on": year.on.isoformat(),
                **_sums_json(year, main),
                **({"unmet": [why.en for why in year.unmet]} if year.unmet else {}),
                "units": [
                    {**measure.as_data, **_sums_json(year, measure)}
                    for measure in projection.measures
                ],
                "outputs": {
                    o.id: plain(year.outputs[o.id], measure_of(o).decimals)
                    for o in projection.outputs
                },
                "results": {
                    o.id: {text(value, o.type): n for value, n in year.values[o.id]}
                    for o in policy.told_outputs
                },
                "values": {
                    p.id: literal(year.plan.constants[p.id], p.type)
                    for p in projection.changing
                    if p.id in year.plan.constants
                },
                "new_rows": {
                    id_: counts[index - 1] for id_, counts in projection.renewed.items() if index
                },
            }
            for index, year in enumerate(projection.years)
        ],
    }


def _sums_json(year: Year, measure: Measure) -> dict[str, Any]:
    return {
        "total": plain(year.total(measure), measure.decimals),
        "payers": {p or "": plain(n, measure.decimals) for p, n in year.payers(measure).items()},
    }


def _csv(projection: Projection, lang: Lang) -> bytes:
    """One row a year and paid amount: year, amount, payer, yuan."""
    payers = projection.policy.payers.items()
    titles: dict[str | None, Words] = {id_: title for id_, title in payers}  # noqa: C416
    titles[None] = words("reports.no_payer_named")
    in_yuan = all(measure.unit.in_yuan for measure in projection.measures)
    rows: list[list[Cell]] = []
    for year in projection.years:
        for paid in projection.outputs:
            english = (paid.id, paid.payer or "")
            names = (paid.title, titles[paid.payer]) if lang == "zh" else english
            unit, decimals, *_ = measure_of(paid)
            amount = Fen(year.outputs[paid.id], decimals=decimals)
            unit_cell = [] if in_yuan else [unit.said("zh") if lang == "zh" else str(unit)]
            rows.append([year.on.year, str(year.on), *names, amount, *unit_cell])
    zh = (
        "年份",
        "日期",
        "项目",
        of_rows(same("资金承担主体")).zh,
        *(("金额（元）",) if in_yuan else ("数量", "单位")),
    )
    en = ("year", "on", "output", "payer", *(("yuan",) if in_yuan else ("amount", "unit")))
    return csv_bytes(zh if lang == "zh" else en, rows, lang)


def _xlsx(projection: Projection, lang: Lang) -> bytes:
    """A workbook of one sheet a table. The same input gives the same bytes."""
    from fundcalc.reports.workbook.paper import Paper, write_tables

    paper = Paper(projection.years[0].plan, 0, lang)
    for number, content in enumerate(_tables(projection)):
        assert content.title is not None
        above = [] if number else [words("reports.year_by_year"), *_about(projection)]
        write_tables(paper, content.title, [content], above)
    return paper.close()


def _html(projection: Projection, lang: Lang) -> bytes:
    """A page with charts. The same input gives the same bytes."""
    from fundcalc.reports.charts import Series, lines
    from fundcalc.reports.html import page

    years = [str(year.on.year) for year in projection.years]
    charts = []
    for measure in projection.measures:
        bills, decimals = [year.payers(measure) for year in projection.years], measure.decimals
        by_payer = [
            Series(payer.say(lang), [bill[id_] for bill in bills])
            for id_, payer in _payers(projection, measure)
        ]
        total = Series(TOTAL.say(lang), [year.total(measure) for year in projection.years])
        charted = [] if measure.charge else [(words("reports.chart_by_payer"), by_payer)]
        for name, series in (*charted, (words("reports.chart_total"), [total])):
            unit = YUAN if measure.unit.in_yuan else measure.unit
            head = titled(name, measure, projection.outputs)
            title = with_unit(head, Number(unit)).say(lang)
            figure_text = partial(grouped, decimals=decimals)
            charts.append((title, lines(title, years, series, figure_text)))
    return page(
        "project.html",
        lang,
        title=words("reports.year_by_year"),
        heading=_about(projection),
        charts=charts,
        tables=_tables(projection),
    )


# -- as files -------------------------------------------------------------------------------------

_WRITERS: dict[str, Callable[[Projection, Lang], bytes]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".html": _html,
    ".json": lambda projection, lang: json_bytes(projection_json(projection)),
}
PROJECT_WRITERS = tuple(_WRITERS)
"""The endings that `write_projection` knows."""


def write_projection(projection: Projection, path: Path, lang: Lang) -> None:
    """Write a projection; the ending says how (.csv, .xlsx, .html, .json). Raises OSError."""
    write_bytes(path, _WRITERS[path.suffix.lower()](projection, lang))
