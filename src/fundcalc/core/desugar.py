"""Expressions of the language turned into the core: every construct that engines need not know.

Minus, other decimals, `abs`, `round` in every direction, `not in`, `count` and lists of numbers are
written here with the core's few nodes, each once. That the row evaluator knows them as written, and
by other code, is what makes it a witness.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from itertools import count
from typing import assert_never, cast

from fundcalc.base import dataclass
from fundcalc.base.money import Direction
from fundcalc.core import nodes as core
from fundcalc.core.decision import Define, Gather
from fundcalc.core.interval import INT64, VILLAGES, ZERO, Interval
from fundcalc.core.nodes import FALSE, TRUE, Kind, Node, whole
from fundcalc.language import nodes as written
from fundcalc.language.datatypes import (
    FIRST_DAY,
    LAST_DAY,
    Date,
    Number,
    Text,
    Texts,
    Type,
    Unknown,
    YesNo,
)
from fundcalc.language.evaluate import counted_rows, scale_bands, simplify
from fundcalc.language.nodes import Value


def kind_of(type_: Type) -> Kind:
    """What the core calls a type."""
    match type_:
        case Number():
            return "number"
        case Date():
            return "date"
        case YesNo():
            return "truth"
        case Text():
            return "text"
        case Texts():
            return "texts"
        case Unknown():
            raise AssertionError("an expression with mistakes is never planned")
    assert_never(type_)


@dataclass(slots=True)
class Desugar:
    """Turns expressions into core nodes.

    `prefix` tells the names that `Let` gives apart from those of other programmes; `constants` are the
    parameters and readings put in; `bounds` are those of every fact and earlier output that is a
    number or a date; a group has at most `villages`. `origins` notes what a node was written as.
    """

    prefix: str
    constants: Mapping[str, Value]
    bounds: Mapping[str, Interval]
    villages: int = VILLAGES
    origins: dict[Node, written.Node] = field(default_factory=dict)
    _lets: count[int] = field(default_factory=lambda: count(1))
    _looked_up: dict[object, tuple[object, Node]] = field(default_factory=dict)

    def node(self, expression: written.Node) -> Node:
        """An expression as a core node."""
        return self._node(simplify(expression, self.constants))

    def _node(self, node: written.Node) -> Node:
        core_node = self._core_node(node)
        self.origins.setdefault(core_node, node)
        return core_node

    def _core_node(self, node: written.Node) -> Node:
        match node:
            case written.Const():
                return core.const(node.value, kind_of(node.type))
            case written.Name():
                kind = kind_of(node.type)
                counts = kind in ("number", "date")
                name = core.name(node.id, kind, self.bounds[node.id] if counts else ZERO)
                return self._guarded(name) if node.kind == "group or none" else name
            case written.Negative():
                return core.minus(whole(0), self._node(node.item))
            case written.Rescale():
                return core.times(self._node(node.item), whole(10**node.power))
            case written.Arithmetic():
                return self._arithmetic(node)
            case written.Compare():
                return self._calendar_compared(node) or core.compare(
                    node.op, self._node(node.left), self._node(node.right)
                )
            case written.Contains():
                contained = self._contains(node)
                return core.negation(contained) if node.negated else contained
            case written.Logic():
                return core.logic(node.op, map(self._node, node.items))
            case written.Negation():
                return core.negation(self._node(node.item))
            case written.One():
                return whole(1)
            case written.Lookup():
                key = (node.table, id(node.rows), *map(self._node, node.keys))
                if key not in self._looked_up:
                    self._looked_up[key] = (node.rows, self._lookup(node))
                return self._looked_up[key][1]
            case written.Scale():
                return self._let(self._node(node.item), partial(_scaled, node.rows))
            case written.Calendar():
                return self._calendar(node)
            case written.Choice():
                case_ = (self._node(node.condition), self._node(node.yes))
                return core.choice([case_], self._node(node.no))
            case written.Extreme():
                return core.extreme(node.op, list(map(self._node, node.items)))
            case written.Absolute():
                return self._let(self._node(node.item), _absolute)
            case written.Round():
                return self._round(node)
            case written.Aggregate():
                return core.group(*self._item_and_where(node), self.villages)
        assert_never(node)

    def _item_and_where(self, node: written.Aggregate) -> tuple[Node, Node]:
        """What is looked at in each row, and whether."""
        item = whole(1) if node.item is None else self._node(node.item)
        return item, TRUE if node.where is None else self._node(node.where)

    def _guarded(self, name: core.Name) -> Node:
        """A value that there is only where some row counts."""
        rows = counted_rows(name.id)
        guard = core.lookup(
            core.name(rows, "number", self.bounds[rows]), [(1, 0)], "number", ranged=True
        )
        return core.plus(name, guard)

    def gathered(self, id_: str, node: written.Aggregate, output: str) -> list[Gather | Define]:
        """The columns of a value of many rows and of how many count in it, which an output asks for.

        Where none does, the value stands as 0.
        """
        node = cast("written.Aggregate", simplify(node, self.constants))
        item, where = self._item_and_where(node)
        per = tuple(core.name(fact.id, kind_of(fact.type)) for fact in node.per or ())

        def column(name: str, group: core.Group) -> Gather:
            return Gather(core.name(name, group.kind, group.bounds), group, per, output)

        count = core.group(whole(1), where, self.villages)
        if where == TRUE:  # the row itself counts
            count = replace(count, bounds=Interval(min(1, self.villages), self.villages))
        rows = column(counted_rows(id_), count)
        if node.op == "count":
            return [rows, column(id_, count)]
        if node.op != "mean":
            return [rows, column(id_, core.group(item, where, self.villages, node.op))]
        total = column(f"sum of {id_}", core.group(item, where, self.villages))
        bounds = item.bounds.union(ZERO if where != TRUE else item.bounds)
        fine = whole(node.fine)
        divisor = core.times(core.extreme("max", [rows.name, whole(1)]), fine)
        reach = bounds.over(Interval(node.fine, node.fine), node.direction)
        mean = self._rounded(total.name, divisor, node.direction, reach)
        mean = core.times(mean, whole(node.step))
        return [rows, total, Define(core.name(id_, "number", mean.bounds), mean, output)]

    def _let(self, value: Node, body: Callable[[Node], Node]) -> Node:
        return core.let(f"#{self.prefix}{next(self._lets)}", value, body)

    def _arithmetic(self, node: written.Arithmetic) -> Node:
        assert node.op != "/", (
            "a quotient stands only within a rounding, as numerator and denominator"
        )
        result = core.arithmetic(node.op, self._node(node.left), self._node(node.right))
        return replace(result, kind="date") if isinstance(node.type, Date) else result

    def _contains(self, node: written.Contains) -> Node:
        item = self._node(node.item)
        if not isinstance(node.container, tuple):
            return core.member(item, self._node(node.container))
        values = [choice.value for choice in node.container]
        if item.kind == "text":
            return core.member(item, core.const(tuple(map(str, values)), "texts"))
        constants = [core.const(value, item.kind) for value in values]
        return self._let(
            item,
            lambda subject: core.logic(
                "or", [core.compare("==", subject, value) for value in constants]
            ),
        )

    def _lookup(self, node: written.Lookup) -> Node:
        """A table by one key; by several, the places of the keys make one number, which is looked up."""
        kind = kind_of(node.type)
        if not node.rows:  # not of a plan: nothing is known of it
            return core.lookup(self._node(node.keys[0]), [], kind, ranged=False)
        axes = [_axis([row.keys[place] for row in node.rows]) for place in range(len(node.keys))]
        cells: dict[int, Value] = {}
        size = 1
        for axis in axes:
            size *= len(axis)
        at_start = [{start: at for at, start in enumerate(axis)} for axis in axes]
        for row in node.rows:
            codes = [0]
            for starts, key in zip(at_start, row.keys, strict=True):
                codes = [
                    code * len(starts) + at for code in codes for at in _axis_places(starts, key)
                ]
            cells |= dict.fromkeys(codes, row.value)
        items = [self._node(key) for key in node.keys]
        if len(axes) == 1:
            rows = [(key, cells.get(at)) for at, key in enumerate(axes[0])]
            return core.lookup(items[0], rows, kind, ranged=_ranged(axes[0]))
        code: Node = whole(0)
        for axis, item in zip(axes, items, strict=True):
            place = core.lookup(
                item, [(key, at) for at, key in enumerate(axis)], "number",
                ranged=_ranged(axis), rest=-size,
            )  # fmt: skip
            code = core.plus(core.times(code, whole(len(axis))), place)
        return core.lookup(code, sorted(cells.items()), kind, ranged=False)

    # -- the calendar: months count from March of the year 0, so that leap days end years ------------

    def _calendar(self, node: written.Calendar) -> Node:
        items = [self._node(item) for item in node.items]
        first, last = items[0], items[-1]
        match node.op:
            case "date":
                return self._let(
                    first,
                    lambda y: self._let(
                        items[1], lambda m: self._let(last, partial(self._day, y, m))
                    ),
                )
            case "year":
                year = self._in_month(
                    first, lambda month, _: core.quotient(core.plus(month, whole(2)), whole(12))
                )
                return core.counted(year, core.const(FIRST_DAY, "date"), first, 12, more=1)
            case "days":
                return core.minus(last, first)
            case "months" | "years":
                size = 12 if node.op == "years" else 1
                return self._let(
                    first, lambda a: self._let(last, partial(self._complete_months, size, a))
                )
        assert_never(node.op)

    def _calendar_compared(self, node: written.Compare) -> Node | None:
        """A count of years, months or days that is compared with a number turns on one day: ask for that.

        So no engine works out ages only to compare them, and proofs can be had; None where it is no such
        comparison.
        """
        counted, number, op = node.left, node.right, node.op
        if isinstance(counted, written.Const):
            counted, number, op = number, counted, written.FLIPPED[op]
        if not isinstance(counted, written.Calendar) or not isinstance(number, written.Const):
            return None
        free = [at for at, item in enumerate(counted.items) if not isinstance(item, written.Const)]
        if counted.op == "date" or len(free) != 1 or not isinstance(number.value, int):
            return None
        at, count_, limit = free[0], counted, number.value
        rising = at == len(counted.items) - 1

        def on(day: int) -> int:
            """What is counted, up or down with the day, if it is the free one."""
            const = written.Const(Date(), node.at, day)
            items = (*count_.items[:at], const, *count_.items[at + 1 :])
            constant = self._calendar(replace(count_, items=items))
            assert isinstance(constant, core.Const) and isinstance(constant.value, int)
            return constant.value if rising else -constant.value

        def reaches(day: Node, least: int) -> Node:
            """Whether the count is so many."""
            if rising:
                first = FIRST_DAY + bisect_left(_ALL_DAYS, least, key=on)
                return core.compare(">=", day, core.const(first, "date"))
            last = FIRST_DAY + bisect_right(_ALL_DAYS, -least, key=on) - 1
            return core.compare("<=", day, core.const(last, "date"))

        def compared(day: Node) -> Node:
            match op:
                case ">=":
                    return reaches(day, limit)
                case ">":
                    return reaches(day, limit + 1)
                case "<":
                    return core.negation(reaches(day, limit))
                case "<=":
                    return core.negation(reaches(day, limit + 1))
                case "==" | "!=":
                    beyond = core.negation(reaches(day, limit + 1))
                    equal = core.logic("and", [reaches(day, limit), beyond])
                    return equal if op == "==" else core.negation(equal)
            assert_never(op)

        return self._let(self._node(counted.items[at]), compared)

    def _complete_months(self, size: int, start: Node, end: Node) -> Node:
        """Complete months, or years of `size` months; below zero where the end comes first."""
        back = core.compare("<", end, start)
        earlier, later = core.choice([(back, end)], start), core.choice([(back, start)], end)

        def count_(before: Node, day: Node, month: Node, on: Node) -> Node:
            """A month is complete on its day, or on its last day: the next month begins the day after."""
            short = core.logic("and", [
                core.compare("<", on, day),
                core.compare("!=", core.plus(_since_march(later), whole(1)), self._month_start(month, 1)),
            ])  # fmt: skip
            months = core.arithmetic("-", month, before, within=Interval(0, 12 * _LAST_YEAR))
            incomplete = core.choice([(short, whole(1))], whole(0))
            months = core.arithmetic("-", months, incomplete, within=months.bounds)
            return core.quotient(months, whole(size))

        complete = self._in_month(
            earlier, lambda before, day: self._in_month(later, partial(count_, before, day))
        )
        count_of = self._let(complete, lambda n: core.choice([(back, core.minus(whole(0), n))], n))
        return core.counted(count_of, start, end, size)

    def _in_month(self, day: Node, body: Callable[[Node, Node], Node]) -> Node:
        """`body` of a day's month, counted from March of the year 0, and of its day within the month."""
        four_times = core.plus(core.times(_since_march(day), whole(4)), whole(3))

        def of_century(century: Node, days: Node) -> Node:
            scaled = core.plus(core.times(days, whole(4)), whole(3))
            return self._divided(scaled, 1_461, 4, partial(of_year, century))

        def of_year(century: Node, year: Node, days: Node) -> Node:
            scaled = core.plus(core.times(days, whole(5)), whole(2))
            months = core.plus(core.times(century, whole(1_200)), core.times(year, whole(12)))
            return self._divided(scaled, 153, 5, partial(of_month, months))

        def of_month(months: Node, month: Node, days: Node) -> Node:
            return body(core.plus(months, month), core.plus(days, whole(1)))

        return self._divided(four_times, 146_097, 4, of_century)

    def _divided(
        self, number: Node, size: int, part: int, body: Callable[[Node, Node], Node]
    ) -> Node:
        """`body` of how many times `size` there is in a number, and of what is left in `part`s."""

        def with_remainder(quotient: Node, top: Node) -> Node:
            product = core.times(quotient, whole(size))
            remainder = core.arithmetic("-", top, product, within=Interval(0, size - 1))
            return self._let(core.quotient(remainder, whole(part)), partial(body, quotient))

        return self._let(
            number,
            lambda top: self._let(
                core.quotient(top, whole(size)), lambda n: with_remainder(n, top)
            ),
        )

    def _month_start(self, month: Node, later: int = 0) -> Node:
        """The first day of a month, or of one so many later, in days since 1 March of the year 0."""
        months = core.plus(month, whole(later))

        def first_day(year: Node) -> Node:
            since = core.arithmetic(
                "-", months, core.times(year, whole(12)), within=Interval(0, 11)
            )
            leap = core.plus(
                core.minus(core.quotient(year, whole(4)), core.quotient(year, whole(100))),
                core.quotient(year, whole(400)),
            )
            days = core.plus(core.times(since, whole(153)), whole(2))
            within = core.quotient(days, whole(5))
            return core.plus(core.plus(core.times(year, whole(365)), leap), within)

        return self._let(core.quotient(months, whole(12)), first_day)

    def _day(self, year: Node, month: Node, day: Node) -> Node:
        """The date; it fails as a look-up without a row does where there is no such day."""
        months = core.plus(core.times(year, whole(12)), core.minus(month, whole(3)))

        def date_of(months: Node, start: Node, end: Node) -> Node:
            exists = core.logic("and", [
                core.compare(">=", year, whole(1)), core.compare("<=", year, whole(_LAST_YEAR)),
                core.compare(">=", month, whole(1)), core.compare("<=", month, whole(12)),
                core.compare(">=", day, whole(1)),
                core.compare("<=", day, core.minus(end, start)),
            ])  # fmt: skip
            since = core.plus(start, core.minus(day, whole(1)))
            inside = Interval(FIRST_DAY - _MARCH, LAST_DAY - _MARCH)
            since = core.choice([(exists, since)], whole(inside.low), within=inside)
            flag = core.choice([(exists, whole(1))], whole(0))
            fails = core.lookup(flag, [(0, None), (1, 0)], "number", ranged=True)
            base = core.const(_MARCH, "date")
            return replace(core.plus(base, core.plus(since, fails)), kind="date")

        return self._let(
            months,
            lambda m: self._let(
                self._month_start(m),
                lambda s: self._let(self._month_start(m, 1), partial(date_of, m, s)),
            ),
        )

    def _round(self, node: written.Round) -> Node:
        step = whole(node.step)
        top, bottom = self._node(node.numerator), self._node(node.denominator)
        bottom = core.times(bottom, step)
        return core.times(
            self._let(
                bottom,
                lambda b: self._let(top, lambda t: self._rounded_signed(t, b, node.direction)),
            ),
            step,
        )

    def _rounded_signed(self, top: Node, bottom: Node, direction: Direction) -> Node:
        """The rounded quotient, with the divisor's sign moved to the top."""
        bounds = top.bounds.over(bottom.bounds, direction)
        negative = core.compare("<", bottom, whole(0))
        if negative != FALSE:
            largest = bottom.bounds.absolute().high
            least = 0 if bottom.bounds.low <= 0 <= bottom.bounds.high else 1
            turned = core.choice([(negative, core.minus(whole(0), top))], top)
            above = core.choice(
                [(negative, core.minus(whole(0), bottom))], bottom, within=Interval(least, largest)
            )
            return self._let(
                above, lambda b: self._let(turned, lambda t: self._rounded(t, b, direction, bounds))
            )
        return self._rounded(top, bottom, direction, bounds)

    def _rounded(self, top: Node, bottom: Node, direction: Direction, bounds: Interval) -> Node:
        """`money.divide` in the core: the quotient below, or the one above where that is meant."""
        rising = core.compare(">=", top, whole(0))

        def above(below: Node, remainder: Node) -> Node:
            has_rest = core.compare(">", remainder, whole(0))
            match direction:
                case "floor":
                    return FALSE
                case "ceiling":
                    return has_rest
                case "down":
                    return core.logic("and", [has_rest, core.negation(rising)])
                case "up":
                    return core.logic("and", [has_rest, rising])
                case "half up":
                    return _nearer(remainder, bottom, rising)
                case "half down":
                    return _nearer(remainder, bottom, core.negation(rising))
                case "half even":
                    return _nearer(remainder, bottom, _odd(below))
            assert_never(direction)

        def chosen(below: Node) -> Node:
            round_up = self._let(
                _remainder(top, bottom, below), lambda remainder: above(below, remainder)
            )
            return core.choice([(round_up, core.plus(below, whole(1)))], below, within=bounds)

        return self._let(core.quotient(top, bottom), chosen)


_ALL_DAYS = range(FIRST_DAY, LAST_DAY + 1)
_MARCH = -305
"""1 March of the year 0, as an ordinal: before every date, and the day after a leap day."""
_LAST_YEAR = 9_999


def _since_march(day: Node) -> Node:
    """A day as a number: days since 1 March of the year 0."""
    return core.minus(day, core.const(_MARCH, "date"))


def _scaled(rows: Sequence[written.TableRow], item: Node) -> Node:
    """The parts of an amount times their rates; beyond the last band, if that ends, there is no row."""
    zero = whole(0)
    total: Node = zero
    bands = scale_bands(rows)
    for least, most, rate in bands:
        part = item if most is None else core.extreme("min", [item, whole(most)])
        above = core.extreme("max", [core.minus(part, whole(least)), zero])
        total = core.plus(total, core.times(above, whole(rate)))
    end = bands[-1][1] if bands else None
    if end is not None and item.bounds.high > end:
        ends: list[tuple[Value, Value | None]] = [(LEAST, 0), (end + 1, None)]
        total = core.plus(total, core.lookup(item, ends, "number", ranged=True))
    return total


def _axis(keys: Sequence[written.RowKey]) -> list[Value]:
    """What a key is looked up in: all texts, or the numbers at which a band begins or has ended."""
    texts = dict.fromkeys(key for key in keys if isinstance(key, str))
    if texts:
        return list(texts)
    starts: set[int] = set()
    for key in keys:
        assert not isinstance(key, str)
        low, high = key
        starts.add(LEAST if low is None else low)
        if high is not None:
            starts.add(high + 1)
    return sorted(starts)


def _axis_places(starts: Mapping[Value, int], key: written.RowKey) -> Sequence[int]:
    """Where on an axis a row's key lies; `starts` gives the place of each text or beginning."""
    if isinstance(key, str):
        return [starts[key]]
    low, high = key
    end = len(starts) if high is None else starts[high + 1]
    return range(starts[LEAST if low is None else low], end)


def _ranged(axis: Sequence[Value]) -> bool:
    return not isinstance(axis[0], str)


LEAST = INT64.low
"""Where a band begins that is open below: no fact or output lies lower."""


def _absolute(item: Node) -> Node:
    bounds = item.bounds.absolute()
    return core.choice(
        [(core.compare("<", item, whole(0)), core.minus(whole(0), item))], item, within=bounds
    )


def _remainder(top: Node, bottom: Node, below: Node) -> Node:
    """What is left of the top; within the divisor, and so narrower than its parts seem."""
    most = max(bottom.bounds.high - 1, 0)
    low, high = top.bounds
    product = Interval(0 if low >= 0 else low - most, max(high, 0))
    remainder = Interval(0, most)
    if below.fails or bottom.bounds.low == 0:  # where it fails, anything may stand here, unused
        product, remainder = product.union(top.bounds), remainder.union(top.bounds)
    multiple = core.arithmetic("*", below, bottom, within=product)
    return core.arithmetic("-", top, multiple, within=remainder)


def _nearer(remainder: Node, bottom: Node, tie: Node) -> Node:
    """Whether the rest is more than half of the divisor, or just half where a tie goes up."""
    missing = core.minus(bottom, remainder)
    if tie == TRUE:
        return core.compare(">=", remainder, missing)
    exactly_half = core.logic("and", [core.compare("==", remainder, missing), tie])
    return core.logic("or", [core.compare(">", remainder, missing), exactly_half])


def _odd(number: Node) -> Node:
    half = core.quotient(number, whole(2))
    low, high = number.bounds
    twice = core.arithmetic("*", half, whole(2), within=Interval(low - 1, high))
    remainder = core.arithmetic("-", number, twice, within=Interval(0, 1))
    return core.compare("==", remainder, whole(1))
