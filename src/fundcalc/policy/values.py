"""Values as policy authors write and type them, those in force on a date, and values that jump."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache, partial
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, assert_never

from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.money import FEN_DECIMALS, divide, fits_int64, grouped, scaled
from fundcalc.base.words import Words, did_you_mean, listed
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, Unknown, YesNo
from fundcalc.language.nodes import (
    Compare,
    Const,
    Contains,
    Lookup,
    Name,
    Node,
    Part,
    RowKey,
    Scale,
    TableRow,
    Value,
    rebuild,
    walk,
)
from fundcalc.language.units import PLAIN
from fundcalc.policy.model import (
    Band,
    DatedRow,
    DatedValue,
    Growth,
    Parameter,
    Policy,
    Programme,
    Table,
)

if TYPE_CHECKING:
    from fundcalc.policy import schema

_PERCENT = re.compile(r"\s*(-?[0-9]{1,6}(?:\.[0-9]{1,6})?)\s*[%％]\s*")


def percent(text: str) -> Decimal | None:
    """`3 %` as 0.03, `-3 %` as -0.03, exactly; None where it is no percentage."""
    match = _PERCENT.fullmatch(text)
    return Decimal(match.group(1)) / 100 if match else None


def growth_rate(text: str) -> Decimal | None:
    """`3 %`, or `-3 %` of a yearly decrease, exactly; None where it is none, or leaves less than nothing."""
    rate = percent(text)
    return rate if rate is not None and rate >= -1 else None


def number(raw: object) -> Decimal | None:
    """A TOML number, or a percentage in quotes, as an exact decimal; None where it is neither."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return Decimal(raw)
    if isinstance(raw, Decimal):
        return raw if raw.is_finite() else None
    return percent(raw) if isinstance(raw, str) else None


MOST_DECIMALS = 9
"""Decimals of a plain number of which nothing declares how many it has."""


def decimals(raw: object) -> int:
    """How many decimals a TOML value needs; 0 where it is no number."""
    exact = number(raw)
    return max(0, -int(exact.normalize().as_tuple().exponent)) if exact else 0


def value_of(raw: object, kind: Type) -> Value | None:
    """A TOML value as a value of the type, money in fen; None where it is none of that type."""
    if isinstance(kind, Number):
        exact = number(raw)
        value = None if exact is None else scaled(exact, kind.decimals or 0)
        return value if value is not None and fits_int64(value) else None
    if isinstance(kind, YesNo):
        return raw if isinstance(raw, bool) else None
    if isinstance(kind, Text):
        ok = isinstance(raw, str) and (kind.options is None or raw in kind.options)
        return str(raw) if ok else None
    if isinstance(kind, Date):
        day = raw if type(raw) is date else None
        return day.toordinal() if day else None
    if isinstance(kind, Texts) and isinstance(raw, list):
        return tuple(raw) if all(isinstance(item, str) for item in raw) else None
    return None


def expression(raw: object) -> str | None:
    """A TOML value as an expression; None where it can be none."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if type(raw) is date:
        return f"date('{raw.isoformat()}')"
    if isinstance(raw, list | dict) or raw is None:
        return None
    return f"{raw:f}" if not isinstance(raw, int) else str(raw)


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day_of(text: str) -> date | None:
    """The day that a key of `values` is; None where it is none."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def bare(dated: Mapping[str, object]) -> frozenset[date]:
    """The days of a parameter's value that lacks the % which others of its values have."""
    signed = {
        day for day, raw in dated.items() if isinstance(raw, str) and percent(raw) is not None
    }
    lacking = [
        day_of(day) for day in dated if signed and dated[day] is not False and day not in signed
    ]
    return frozenset(day for day in lacking if day is not None)


def unused_payers(
    paying: Set[str],
    payers: Iterable[str],
    span: Callable[[tuple[str | int, ...]], Span],
) -> Iterator[Diagnostic]:
    """FC707 for each payer that no output names, a charge's among them."""
    for id_ in payers:
        if id_ not in paying:
            yield say("FC707", span(("payers", id_)), kind=words("policy.payer"), name=id_)


def never_met(
    parameters: Mapping[str, Parameter],
    nodes: Iterable[Node],
    table: schema.PoliciesFile,
    span: Callable[[tuple[str | int, ...]], Span],
) -> Iterator[Diagnostic]:
    """FC213 for each text of a parameter that nothing can be with which it is compared."""
    uses: Counter[str] = Counter()
    met: dict[str, list[frozenset[str] | None]] = {}
    for part in (part for node in nodes for part in walk(node)):
        if isinstance(part, Name):
            uses[part.id] += 1
            continue
        if isinstance(part, Compare):
            sides = [(part.left, part.right), (part.right, part.left)]
        elif isinstance(part, Contains) and isinstance(part.container, Part):
            sides = [(part.container, part.item)]
        else:
            continue
        for side, other in sides:
            if isinstance(side, Name) and isinstance(other.type, Text):
                met.setdefault(side.id, []).append(other.type.options)
    for id_, options in met.items():
        known = frozenset[str]().union(*(one or () for one in options))
        if id_ not in parameters or None in options or len(options) < uses[id_]:
            continue  # free text can be anything, and so can what is not compared alone
        for day, raw in table.parameters[id_].values.items():
            path: tuple[str | int, ...] = ("parameters", id_, "values", day)
            items = enumerate(raw) if isinstance(raw, list) else ()
            for place, text in [((*path, at), text) for at, text in items] or [(path, raw)]:
                if isinstance(text, str) and text not in known:
                    hint = did_you_mean(text, known)
                    yield say("FC213.option", span(place), hint=hint, text=text[:80])


_SHOWN = 8
"""Texts that a message lists."""


def wanted(kind: Type, parameter: Parameter | None = None) -> Words:
    """What to write for a value of the type, or of a parameter that has it."""
    if parameter is not None and parameter.open:
        return words("policy.decimals", decimals=MOST_DECIMALS)
    match kind:
        case Number(decimals=int(decimals)) if decimals:
            return words("policy.decimals", decimals=decimals)
        case Number():
            return words("policy.whole_number")
        case YesNo():
            return words("policy.true_or_false")
        case Date():
            return words("policy.date_written")
        case Texts():
            return words("policy.texts")
        case Text(options=frozenset() as options) if options:
            return words("policy.one_of_texts", texts=listed(sorted(options)[:_SHOWN]))
        case Text() | Unknown():
            return words("policy.text")
        case _:
            assert_never(kind)


def in_force(parameter: Parameter, on: date) -> DatedValue | None:
    """The latest dated value that has begun by a day, growth left out; None before the first."""
    begun = [dated for dated in parameter.values if dated.since <= on]
    return begun[-1] if begun else None


Rate = tuple[int, int]
"""A rate, and in how many decimals it counts."""


class NoRate(LookupError):
    """A step of growth whose table has no rate for its year."""

    def __init__(self, year: int) -> None:
        super().__init__(year)
        self.year = year


def grown(
    parameter: Parameter,
    dated: DatedValue,
    on: date,
    rate_on: Callable[[Growth, date], Rate | None],
) -> DatedValue:
    """The value after the steps of growth up to a day, each rounded as the policy says.

    Steps fall every so many years after `after` (the first so many years later), if that is after the value
    began, and build on the rounded value of the step before. `rate_on` gives the rate of a step.
    `since` is the day of the last step. Raises OverflowError, and NoRate.
    """
    growth = parameter.growth
    value = dated.value
    if growth is None or not isinstance(value, int) or isinstance(value, bool):
        return dated
    since = dated.since
    for year in range(growth.after.year + growth.every, on.year + 1, growth.every):
        day = same_day(growth.after, year)
        if dated.since < day <= on:
            growth_rate = rate_on(growth, day)
            if growth_rate is None:
                raise NoRate(year)
            rate, decimals = growth_rate
            top = value * (10**decimals + rate)
            value = divide(top, 10**decimals * growth.step, growth.direction) * growth.step
            since = day
            if not fits_int64(value):
                raise OverflowError(parameter.id)
    return DatedValue(since, value, dated.source)


_FAR = 20
"""Years after the last value and the policy's day: growth that has not begun by then is asked about."""


def idle_growth(
    id_: str, dated: Sequence[DatedValue], growth: Growth | None, on: date, span: Span
) -> Iterator[Diagnostic]:
    """FC116 for growth whose first step comes after the parameter's end, or very long after its values."""
    if growth is None or not dated:
        return
    last, year = dated[-1], growth.after.year + growth.every
    first = same_day(growth.after, year) if year <= date.max.year else date.max
    if last.value is None and first >= last.since:
        yield say("FC116.ended", span, id=id_, first=first, ends=last.since)
    elif first.year > max(last.since, on).year + _FAR + growth.every:
        yield say("FC116.far", span, id=id_, first=first, last=last.since)


def same_day(day: date, year: int) -> date:
    """The same day of another year; 29 February falls on the 28th in common years."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


_TYPED = re.compile(r"\s*([+-]?)\s*(\d[\d,，_ ]*(?:\.\d+)?)\s*([万亿]?)\s*元?\s*")
_TIMES = {"": 1, "万": 10_000, "亿": 100_000_000}


def as_number(text: str) -> str | None:
    """`18万`, `180,000` or `180000元` as 180_000; None where it is no such number."""
    match = _TYPED.fullmatch(text[:60])
    if match is None:
        return None
    value = Decimal(re.sub("[,，_ ]", "", match[2])) * _TIMES[match[3]]
    whole, _, part = format(value, "f").partition(".")
    part = part.rstrip("0")
    sign = "-" if match[1] == "-" else ""
    return f"{sign}{int(whole):_}" + (f".{part}" if part else "")


_AS_TYPED = re.compile(
    r"([+-]?)(\d{1,3}(?:,\d{3})+|\d{1,3}(?:_\d{3})+|\d{1,3}(?: \d{3})+|\d+)(\.\d+)?"
    r"\s*([万亿]?)\s*(.*)"
)


def typed(text: str, kind: Number) -> str | None:
    """A number as people type it, as the files write it; None where it is not certainly one of this unit.

    `18万`, `180,000`, `１８０，０００元`. Commas part thousands or nothing; what stands behind must be the
    number's own unit, or 元 of money.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    unit = kind.unit or PLAIN
    if unit == PLAIN and percent(plain) is not None:
        return plain
    match = _AS_TYPED.fullmatch(plain[:60])
    if match is None or len(plain) > 60:
        return None
    sign, whole, part, times, behind = match.groups()
    said = {unit.said("zh"), unit.said("en"), str(unit)}
    said |= {title.split("/")[0] for title in said}
    if behind and behind not in said:
        return None
    return as_number(f"{sign}{whole.replace(' ', ',')}{part or ''}{times}")


def mended(text: str) -> Words | None:
    """A hint with the number as the files write it, if it was typed in another way."""
    right = as_number(text)
    if right is None or right.replace("_", "") == text.strip().replace("_", ""):
        return None
    return words("policy.written", right=right)


_OF_A_DAY = re.compile(r"(\d{4})[/.年-](\d{1,2})[/.月-](\d{1,2})日?")


def as_day(text: str) -> str | None:
    """`2024/1/1` or `2024年1月1日` as 2024-01-01; None where it is no such day."""
    match = _OF_A_DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    day = None if match is None else f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"
    return None if day is None or day_of(day) is None else day


_FIGURE = r"(\d[\d,]*(?:\.\d+)?[万亿]?)[^\W\d_]{0,3}?"
_TESTS = (
    (rf"\[?{_FIGURE}(?:[~\-–—－至到]+|\.\.){_FIGURE}\]?", ">= <="),
    (rf"{_FIGURE}[及含]?以上[,、]?{_FIGURE}[及含]?以下", ">= <="),
    (rf"{_FIGURE}[及含]?以上[,、]?(?:不满|不足|未满|低于|小于|少于){_FIGURE}", ">= <"),
    (rf"(?:超过|高于|大于|多于){_FIGURE}[,、]?(?:不超过|不高于){_FIGURE}", "> <="),
    (rf"{_FIGURE}[及含]?以上|(?:≥|>=|不低于|不少于|不小于|至少){_FIGURE}", ">="),
    (rf"{_FIGURE}[及含]?以下|(?:≤|<=|不超过|不高于|不大于|至多){_FIGURE}", "<="),
    (rf"(?:>|超过|高于|大于|多于){_FIGURE}", ">"),
    (rf"(?:<|不满|不足|未满|低于|小于|少于){_FIGURE}", "<"),
)
_SPELT = {">= <=": "[{0}..{1}]", ">= <": "[{0}..{1})", "> <=": "({0}..{1}]"}


def as_test(text: str, decimals: int | None = None) -> str | None:
    """`0～60`, `≤3` or `3人以下` as a cell of a decision table tests it; None where it is no such text.

    With the `decimals` of a key, as the band of a look-up table, to which both ends belong.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text[:60]))
    for pattern, how in _TESTS:
        if match := re.fullmatch(pattern, plain):
            figures = [as_number(figure) for figure in match.groups() if figure is not None]
            ends = [Decimal(figure.replace("_", "")) for figure in figures if figure is not None]
            if ends != sorted(ends):
                return None
            if decimals is None:
                said = [f"{end:f}" for end in ends]
                return _SPELT[how].format(*said) if how in _SPELT else f"{how} {said[0]}"
            step, signs = Decimal(1).scaleb(-decimals), how.split()
            within = {
                sign[0]: f"{end + {'>': step, '<': -step}.get(sign, 0):f}"
                for sign, end in zip(signs, ends, strict=True)
            }
            return f"{within.get('>', '')}..{within.get('<', '')}"
    return None


FACTOR = 100
"""A value so many times the one before, or its part, is asked about."""
TEN_THOUSAND = 10_000


def jumps(parameter: Parameter) -> Iterator[Diagnostic]:
    """A warning for each value a hundred times the one before it or more, or a hundredth or less.

    A value whose day stands in `jump_ok` is meant so. Growth between the two is left out of account.
    """
    given = [dated for dated in parameter.values if dated.value is not None]
    asked = _in_hundredths(parameter, given)
    if asked is not None:
        dated, figure = asked
        fix = words("checks.in_percent", figure=figure)
        hint = words("checks.or_meant", fix=fix, day=dated.since)
        span = dated.span or parameter.span
        yield say("FC716.percent", span, hint=hint, id=parameter.id, figure=figure)
    for before, after in pairwise(given) if asked is None else ():
        if after.since not in parameter.jump_ok:
            yield from between(parameter, before, after)


def jumps_of_change(old: Parameter, new: Parameter, day: date) -> Iterator[Diagnostic]:
    """Whether the value now set is far from the one it replaces, or from its neighbours in time."""
    known = {d.message for d in jumps(old)}
    doubts = [d for d in jumps(new) if d.message not in known]
    replaced = next((dated for dated in old.values if dated.since == day), None)
    if not doubts and replaced:
        doubts += between(new, replaced, next(d for d in new.values if d.since == day))
    yield from doubts


def tables_of_rates(policy: Policy, expressions: Callable[[Programme], Iterable[Node]]) -> set[str]:
    """The tables whose values are parts of a whole: those that `scale` or a parameter's growth uses."""
    nodes = (node for programme in policy.programmes for node in expressions(programme))
    found = {part.table for node in nodes for part in walk(node) if isinstance(part, Scale)}
    grows = (parameter.growth for parameter in policy.parameters.values())
    return found | {growth.table for growth in grows if growth and growth.table}


def table_jumps(table: Table, *, rates: bool = False) -> Iterator[Diagnostic]:
    """The same of a look-up table, once for each day; `rates`: its values are used as parts of a whole."""
    every = [DatedValue(row.since, row.value, row.source, row.span) for row in table.rows]
    days = frozenset(dated.since for dated in every) if rates else frozenset[date]()
    about = Parameter(
        table.id, table.title, table.type, None, (), None, None, table.span, bare=days
    )
    asked = _in_hundredths(about, every)
    if asked is not None:
        dated, figure = asked
        hint = words("checks.as_decimal", figure=hundredth(figure))
        span = dated.span or table.span
        yield say("FC716.percent", span, hint=hint, id=table.id, figure=figure)
        return
    series: dict[tuple[str | Band, ...], list[DatedValue]] = {}
    for row, dated in zip(table.rows, every, strict=True):
        series.setdefault(row.keys, []).append(dated)
    told: set[date] = set()
    for keys, values in series.items():
        row_of = replace(about, id=f"{table.id}[{', '.join(map(str, keys))}]")
        for before, after in pairwise(sorted(values, key=lambda dated: dated.since)):
            for jump in between(row_of, before, after) if after.since not in told else ():
                told.add(after.since)
                yield replace(jump, hint=words("checks.check_the_unit"))


def between(parameter: Parameter, before: DatedValue, after: DatedValue) -> Iterator[Diagnostic]:
    """The warning that one value takes the other's place, if they are so far apart."""
    kind, old, new = parameter.type, before.value, after.value
    if not isinstance(kind, Number) or not isinstance(old, int) or not isinstance(new, int):
        return
    small, large = sorted((abs(old), abs(new)))
    if not small or large < FACTOR * small:
        return
    yield say(
        "FC716.more" if abs(new) == large else "FC716.less",
        after.span or parameter.span,
        hint=_hint(kind, old, new, after.since),
        id=parameter.id,
        since=after.since,
        new=_with_unit(new, kind),
        old=_with_unit(old, kind),
        times=large // small,
    )


_A_PART = re.compile(
    "比例|比率|费率|税率|利率|百分|占比|(?i:\\b(?:rate|share|percent|percentage|proportion)\\b)"
)


def _in_hundredths(
    parameter: Parameter, given: Iterable[DatedValue]
) -> tuple[DatedValue, str] | None:
    """The first value of a part of a whole that is more than all of it, and its figure: 30 for 30 %."""
    kind, title, bare = parameter.type, parameter.title, parameter.bare
    if not isinstance(kind, Number) or kind.unit != PLAIN or kind.percent:
        return None
    one = 10 ** (kind.decimals or 0)
    for dated in given if bare or _A_PART.search(f"{title.zh} {title.en}") else ():
        value, day = dated.value, dated.since
        if not isinstance(value, int) or day in parameter.jump_ok or (bare and day not in bare):
            continue
        if one < value <= 100 * one:
            return dated, f"{Decimal(value) / one:f}"
    return None


def hundredth(figure: str) -> str:
    """A figure in per cent as a decimal: 0.3 for 30."""
    return f"{(Decimal(figure) / 100).normalize():f}"


def _with_unit(value: int, kind: Number) -> Words:
    text, unit = _short(value, kind), kind.unit or PLAIN
    if unit == PLAIN:
        return Words(text, text)
    return Words(f"{text} {unit.said('zh')}".rstrip(), f"{text} {unit.said('en')}".rstrip())


def _short(value: int, kind: Number) -> str:
    text = grouped(value, kind.decimals or 0)
    return text.removesuffix(".00") if kind.decimals == FEN_DECIMALS else text


def _hint(kind: Number, old: int, new: int, day: date) -> Words:
    """How to fix it, with the amount in yuan where it looks like one in 万元; how to say it is meant."""
    meant = new * TEN_THOUSAND
    slipped = kind.unit and kind.unit.decimals and 0 < meant < FACTOR * old < FACTOR**2 * meant
    fix = words("checks.check_the_unit")
    if slipped:
        yuan = _short(meant, kind).replace(",", "_")
        fix = words("checks.ten_thousands", typed=_short(new, kind), yuan=yuan)
    return words("checks.or_meant", fix=fix, day=day)


# -- rows of a table that are in force, put into expressions ----------------------------------------


def meets(one: DatedRow, other: DatedRow) -> bool:
    """Whether some keys would find both rows."""
    return all(
        a.meets(b) if isinstance(a, Band) and isinstance(b, Band) else a == b
        for a, b in zip(one.keys, other.keys, strict=True)
    )


def on_day(table: Table, day: date) -> list[tuple[int, DatedRow]]:
    """The rows that hold on a day, by their places: a row gives way to newer ones that meet its keys."""
    holding: dict[tuple[object, ...], list[tuple[int, DatedRow]]] = {}
    keys: set[tuple[str | Band, ...]] = set()
    ordered = sorted(
        (numbered for numbered in enumerate(table.rows) if numbered[1].since <= day),
        key=lambda numbered: numbered[1].since, reverse=True,
    )  # fmt: skip
    for number, row in ordered:
        texts = tuple(key for key in row.keys if isinstance(key, str))
        newer = takewhile(partial(_begun_after, row), holding.setdefault(texts, []))
        if not ((row.keys in keys) or any(meets(other, row) for _, other in newer)):
            holding[texts].append((number, row))
            keys.add(row.keys)
    return sorted(
        (numbered for rows in holding.values() for numbered in rows),
        key=lambda numbered: numbered[0],
    )


def _begun_after(row: DatedRow, other: tuple[int, DatedRow]) -> bool:
    return other[1].since > row.since


def hold(node: Node, tables: Mapping[str, Table], day: date) -> Node:
    """The expression with a day put in for `on`, and the rows of the day in its look-ups."""
    if isinstance(node, Name) and node.kind == "day":
        return Const(node.type, node.at, day.toordinal())
    node = rebuild(node, lambda child: hold(child, tables, day))
    if isinstance(node, Scale):
        decimals: tuple[int, ...] = (_decimals(node.item),)
    elif isinstance(node, Lookup):
        decimals = tuple(map(_decimals, node.keys))
    else:
        return node
    return replace(node, rows=_rows_on(tables[node.table], day, decimals))


def _decimals(key: Node) -> int:
    return (key.type.decimals or 0) if isinstance(key.type, Number) else 0


@lru_cache(maxsize=64)
def _rows_on(table: Table, day: date, decimals: tuple[int, ...]) -> tuple[TableRow, ...]:
    """Rows with their bands counted in the keys' decimals."""
    return tuple(
        TableRow(
            tuple(_counted(key, n) for key, n in zip(row.keys, decimals, strict=True)),
            row.value,
            number,
        )
        for number, row in on_day(table, day)
    )


def _counted(key: str | Band, decimals: int) -> RowKey:
    if isinstance(key, str):
        return key
    low, high = key.low, key.high
    return (
        None if low is None else int(low.scaleb(decimals).to_integral_value(ROUND_CEILING)),
        None if high is None else int(high.scaleb(decimals).to_integral_value(ROUND_FLOOR)),
    )
