"""The tables of a projection: years by payer and by amount, and the parameters that change."""

from __future__ import annotations

from fundcalc.analysis.project import Projection, Year
from fundcalc.base.money import grouped
from fundcalc.base.words import Words
from fundcalc.language.datatypes import Number
from fundcalc.language.show import literal
from fundcalc.policy.model import Parameter
from fundcalc.reports.listing import Cell, Fen, Listing

_YEAR, _TOTAL = Words("年份", "Year"), Words("合计", "Total")
_CHANGE = Words("比上年", "On the year before")
_NO_PAYER = Words("未写付款方", "No payer named")


def about(one: Projection) -> list[Words]:
    """What was projected, and on what it rests."""
    policy, first, last = one.policy, one.years[0], one.years[-1]
    chosen = ", ".join(f"{id_}={option}" for id_, option in first.plan.readings.items())
    digest = policy.digest[: len("sha256:") + 12]
    lines = [
        Words(
            f"{policy.title.zh}，{first.on.year}–{last.on.year} 年，各年按 "
            f"{first.on.month} 月 {first.on.day} 日的标准（{digest}…）",
            f"{policy.title.en}, {first.on.year} to {last.on.year}, values of each "
            f"{first.on:%m-%d} ({digest}…)",
        ),
        Words(
            f"名册 {one.roster.file}：{len(one.roster):,} 个村，各年不变；解读：{chosen or '无'}",
            f"Roster {one.roster.file}: {len(one.roster):,} villages, the same every year; "
            f"readings: {chosen or 'none'}",
        ),
    ]
    if not one.changing:
        lines.append(
            Words(
                "各年标准相同，没有增长，也没有新的数值：各年金额相同",
                "No value changes or grows in these years, so the bill is the same in all of them",
            )
        )
    if one.unconfirmed:
        ids = ", ".join(p.id for p in one.unconfirmed)
        lines.append(
            Words(
                f"未核实到 {last.on} 的参数：{ids}",
                f"Not confirmed up to {last.on}: {ids}",
            )
        )
    return lines


def payers(one: Projection) -> list[tuple[str | None, Words]]:
    """The payers of some output."""
    there = {payer for _, _, payer in one.outputs}
    found: list[tuple[str | None, Words]] = [
        (id_, title) for id_, title in one.policy.payers.items() if id_ in there
    ]
    return [*found, *([(None, _NO_PAYER)] if None in there else [])]


def listings(one: Projection) -> list[Listing]:
    """All tables."""
    found = [_by_payer(one), _by_output(one)]
    if one.changing:
        found.append(_values(one))
    return found


def _by_payer(one: Projection) -> Listing:
    who = payers(one)
    rows: list[list[Cell]] = []
    before: Year | None = None
    for year in one.years:
        bills = year.payers()
        change = Fen(year.total - before.total, change=True) if before else ""
        rows.append(
            [str(year.on.year), Fen(year.total), change, *(Fen(bills[id_]) for id_, _ in who)]
        )
        before = year
    heads = [_YEAR, _TOTAL, _CHANGE, *(title for _, title in who)]
    return Listing(Words("按付款方", "By payer"), heads, rows)


def _by_output(one: Projection) -> Listing:
    rows: list[list[Cell]] = [
        [str(y.on.year), Fen(y.total), *(Fen(y.outputs[id_]) for id_, _, _ in one.outputs)]
        for y in one.years
    ]
    heads = [_YEAR, _TOTAL, *(title for _, title, _ in one.outputs)]
    return Listing(Words("按项目", "By programme"), heads, rows)


def _values(one: Projection) -> Listing:
    rows: list[list[Cell]] = [
        [str(year.on.year), *(value_of(p, year) for p in one.changing)] for year in one.years
    ]
    note = Words("元，按各参数的单位", "in each parameter's unit")
    title = Words("有变动的标准", "Values that change")
    return Listing(title, [_YEAR, *(p.title for p in one.changing)], rows, note=note)


def value_of(parameter: Parameter, year: Year) -> str:
    """A parameter's value in a year; a dash where it has none."""
    value, kind = year.plan.constants.get(parameter.id), parameter.type
    if value is None:
        return "–"
    if isinstance(kind, Number) and isinstance(value, int):
        return grouped(value, kind.decimals or 0)
    if isinstance(value, tuple):
        return "、".join(value) or "–"
    return literal(value, kind)
