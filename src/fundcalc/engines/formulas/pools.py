"""Shared pools as formulas, each with its value: what `base.sharing` gives, by the steps of its example.

Pools have a sheet of their own with one row a group: its amount, and which remainder is the last to get a
unit. A village's columns say what it claims and gets. A share is `weight * rest / open weights`, cut to
whole units, where `rest` is what caps leave of the pool; the units left over go to the largest remainders,
equal ones by the order of the villages. Nothing is ranked village against village, so that a spreadsheet's
work grows with villages times groups.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from itertools import accumulate
from math import isqrt
from operator import add, gt, itemgetter, sub
from typing import Any

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.sharing import reached, share
from fundcalc.core import nodes as core
from fundcalc.core.decision import Share
from fundcalc.core.desugar import Desugar
from fundcalc.core.interval import Interval
from fundcalc.core.nodes import Node
from fundcalc.engines.formulas.cells import (
    ABOVE,
    FIRST_ROW,
    INPUTS,
    LIMIT,
    NA,
    NO_FUZZ,
    POOLS,
    ROW,
    Cell,
    Col,
    Column,
    Err,
    Expr,
    Grid,
    TooLarge,
    atom,
    choice,
    known,
    lift,
    made,
    whole,
)
from fundcalc.engines.formulas.lower import Lower, Names
from fundcalc.language import nodes as written
from fundcalc.language.nodes import Value
from fundcalc.policy.model import ALL, VILLAGE, Programme

SPARE, SPARE_PAIRS = 10, 50
"""Rows for groups that come up only once the inputs are changed; more where two facts make a group."""

OF_ALL = 1
ALONE = 0
"""The number of a village that shares with nobody; a group's number is its place on the sheet."""

_USUAL_FACTOR = 1_000
"""Splits products of weights and pools up to some ten thousand million yuan together."""

_ROOM = 10
NOTHING, _ONE = atom("0", [0]), atom("1", [1])

Per = tuple[str, ...]
"""The facts or outputs, of text, that make the groups; none for all villages together."""

# -- groups ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """One row of the sheet: all villages, or those that are alike in what makes the groups, `per`.

    `formula` gives the name of a group that comes up later; its row is spare until then.
    """

    number: int
    per: Per
    name: str
    formula: str | None = None


class Groups:
    """Rows of the sheet of pools. Its first three columns say number, kind and name."""

    def __init__(
        self,
        programmes: Sequence[Programme],
        rows: Sequence[Mapping[str, Value]],
        facts: Sequence[str],
    ) -> None:
        """`facts` are those of the input sheet, in its order."""
        self._rows = rows
        self._facts = facts
        self._desugar = Desugar("per.", {}, {})
        self._list = [Group(OF_ALL, (), "")]
        self._listed: dict[Per, range] = {}
        self._numbers: dict[Per, Expr] = {}
        self._names: dict[Per, str] = {}
        for per in _groupings(programmes):
            names = dict.fromkeys(self._called(per))
            first = len(self._list) + 1
            self._listed[per] = range(first, first + len(names))
            for number, name in enumerate((*names, *[""] * _spare_rows(per)), first):
                self._list.append(Group(number, per, name))
        self.grid = Grid(POOLS, len(self._list), first=3)
        self.own_number = f"{POOLS}$A{ROW}"

    def listed(self) -> list[Group]:
        """All rows, spare ones with the formula of their name."""
        return [
            replace(group, formula=self._names.get(group.per))
            if group.number > OF_ALL and group.number not in self._listed[group.per]
            else group
            for group in self._list
        ]

    def _called(self, per: Per) -> list[str]:
        """The name of each village's group: its texts, one a line."""
        return [_LINE.join(str(row.get(id_, "")) for id_ in per) for row in self._rows]

    def named(self, names: Names, per: Sequence[written.Node]) -> Names:
        """The names in the rows of groups: the facts that make them are parts of the groups' names."""
        own_names, cell, many = copy(names), f"{POOLS}$C{ROW}", len(per)
        own_names.exprs = dict(names.exprs)
        for at, maker in enumerate(per):
            lines = [(group.name.split(_LINE) + [""] * many)[at] for group in self._list]
            text, all_ = cell, f"{cell}&CHAR(10)"
            if many > 1:
                ends = [
                    f"FIND(CHAR(1),SUBSTITUTE({all_},CHAR(10),CHAR(1),{n}))" for n in (at, at + 1)
                ]
                start = f"{ends[0]}+1" if at else "1"
                text = f'IFERROR(MID({cell},{start},{ends[1]}-({start})),"")'
            own = known(text, lines) if many > 1 else atom(text, [g.name for g in self._list])
            if isinstance(maker, written.Name):
                own_names.exprs[maker.id] = partial(_same, own)
        return own_names

    def numbers(self, lower: Lower, per: Sequence[written.Node]) -> Expr:
        """Each village's group number."""
        maker = per[0]
        if isinstance(maker, written.Choice):
            yes, no = self.numbers(lower, [maker.yes]), self.numbers(lower, [maker.no])
            return choice(lower.expr(self._desugar.node(maker.condition)), yes, no)
        ids = [name.id for name in per if isinstance(name, written.Name)]
        if ids[0] in (ALL, VILLAGE):
            number = OF_ALL if ids[0] == ALL else ALONE
            return atom(str(number), [number])
        return self.alike(lower, [core.name(id_, "text") for id_ in ids])

    def alike(self, lower: Lower, names: Sequence[core.Name]) -> Expr:
        """Each village's group number, of those that have the same texts under these names."""
        per = tuple(name.id for name in names)
        if not per:
            return atom(str(OF_ALL), [OF_ALL])
        if per not in self._numbers:
            if per[0] in self._facts and len(per) == 1:
                name_of = Grid(INPUTS, len(self._rows)).column(self._facts.index(per[0]), [])
            else:
                parts = [lower.expr(name) for name in names]
                text = "&CHAR(10)&".join(part.text for part in parts)
                joined = made(text, lambda *texts: _LINE.join(map(str, texts)), *parts)
                name_of = lower.keep(joined, words("formulas.group_name"))
            self._numbers[per] = self._numbered(lower, per, name_of)
        return self._numbers[per]

    def _numbered(self, lower: Lower, per: Per, name_of: Col) -> Expr:
        """A reference to the number, worked out once for what makes the groups.

        A name that is not listed is numbered by the first village that has it; the spare rows take such
        villages in turn, and #N/A says that there are more new groups than spare rows.
        """
        work, villages, listed = lower.grid, len(self._rows), self._listed[per]
        by_name = {self._list[number - 1].name: number for number in listed}
        values: list[Cell] = [by_name[name] for name in self._called(per)]
        last = listed[-1]
        names, numbers = (_rows_of(column, listed) for column in "CA")
        text = f"SUMPRODUCT(MAX(EXACT({name_of},{names})*{numbers}))"
        old = work.add(Column(words("formulas.listed"), text, values, group=lower.group))
        place = f"({villages + FIRST_ROW}-ROW({name_of.range}))"
        text = f"{villages + 1}-SUMPRODUCT(MAX(EXACT({name_of},{name_of.range})*{place}))"
        none: list[Cell] = [0] * villages
        new = work.add(
            Column(words("formulas.new"), f"IF({old}>0,0,{text})", none, group=lower.group)
        )
        spare = self._spare(new.range, last, per, name_of.range)
        text = f"IF({old}>0,{old},MATCH({new},{spare},0)+{last})"
        return work.add(Column(words("formulas.number"), text, values, group=lower.group))

    def _spare(self, firsts: str, last: int, per: Per, names: str) -> str:
        """The spare rows' first villages, each the next after that of the row above."""
        grid, own, end = self.grid, self.own_number, last + _spare_rows(per)
        above = grid.column(grid.first + len(grid.columns), []).text.replace(ROW, ABOVE)
        after = f'COUNTIF({firsts},"<="&IF({own}={last + 1},0,{above}))'
        next_first = f"IFERROR(SMALL({firsts},{after}+1),0)"
        text = f"IF(AND({own}>{last},{own}<={end}),{next_first},0)"
        cell = grid.add(Column(words("formulas.new"), text, [0] * grid.rows)).text
        self._names[per] = f'IF({cell}>0,INDEX({names},{cell})&"","")'
        return _rows_of(cell.removeprefix(POOLS).removesuffix(ROW), range(last + 1, end + 1))


def _spare_rows(per: Per) -> int:
    return SPARE if len(per) == 1 else SPARE_PAIRS


def _rows_of(column: str, numbers: range) -> str:
    first, last = numbers[0] + FIRST_ROW - 1, numbers[-1] + FIRST_ROW - 1
    return f"{POOLS}${column}${first}:${column}${last}"


def _may_be(per: Sequence[written.Node]) -> set[Per]:
    """The facts, `all` or `village`, by which a share may be grouped under some reading."""
    if isinstance(per[0], written.Choice):
        return _may_be([per[0].yes]) | _may_be([per[0].no])
    return {tuple(name.id for name in per if isinstance(name, written.Name))}


def _same(expr: Expr) -> Expr:
    return expr


_LINE = "\n"
"""Stands between the texts of a group of several: no cell of a roster has it."""


def _groupings(programmes: Sequence[Programme]) -> list[Per]:
    groupings: dict[Per, None] = {}
    for programme in programmes:
        for _, share_ in programme.shares:
            groupings.update(dict.fromkeys(sorted(_may_be(share_.per) - {(ALL,), (VILLAGE,)})))
        for gathered in programme.gathered:
            groupings[tuple(name.id for name in gathered.value.per or ())] = None
    groupings.pop((), None)
    return list(groupings)


@dataclass(frozen=True, slots=True)
class _Rank:
    """The claims of a group with weight by the level at which one of their ends is reached, rising.

    `sums` are those of ends and weights of so many.
    """

    levels: list[Cell]
    sums: list[tuple[int, ...]]

    def level(self, number: int) -> Cell:
        """The highest level of so many; 0 of none, or where there are not so many."""
        return self.levels[number - 1] if 0 < number <= len(self.levels) else 0.0

    def upto(self, level: float) -> tuple[int, ...]:
        """The sums of those at a level or below."""
        return self.sums[bisect_right(self.levels, level)]


@dataclass(frozen=True, slots=True)
class _End:
    """Each village's cap, or its floor where `low`; that over its weight; 1 where it is reached."""

    amount: Col
    ratio: Col
    low: bool
    marks: list[Cell]
    ranks: list[_Rank]


# -- shares ---------------------------------------------------------------------------------------


class Sharing:
    """One share of a rule or an output; each step adds its columns and keeps what later ones need."""

    def __init__(
        self,
        lower: Lower,
        groups: Groups,
        place: Col,
        per: Sequence[written.Node],
        share_: Share,
        claims: Expr | None,
    ) -> None:
        """`place` is each village's place among equals, `per` what makes its group.

        `claims` says who does (None: everybody). Raises TooLarge as `share` does.
        """
        self._lower, self._groups, self._place, self._share = lower, groups, place, share_
        self._in_groups = Lower(
            groups.grid, groups.named(lower.names, per), lower.group, self._total
        )
        self._alone = Lower(lower.grid, lower.names, lower.group, self._counted)
        self._villages = lower.grid.rows
        self._counts: dict[core.Group, Col] = {}
        self._totals: dict[core.Group, Expr] = {}
        self._number = number = self._village("formulas.number", groups.numbers(lower, per))
        # 1 for the villages of a group, for a sum over all villages
        self._members = f"({number.range}={groups.own_number})"
        self._asked = claims
        self._cap: Col | None = None
        self._floor: Col | None = None
        if share_.at_least is not None:
            self._floor = self._claimed(share_.at_least, "formulas.floor", claims)
        if share_.at_most is not None:
            self._cap = cap = self._claimed(share_.at_most, "formulas.cap", claims)
            claims = _above_zero(cap)
            if (low := self._floor) is not None:
                text = f"IF({low}>{cap},NA(),{low})"
                self._floor = self._village("formulas.floor", made(text, min, low, cap))
        self._weight = self._claimed(share_.by, "formulas.weight", claims)
        self._kinds = _may_be(per)
        self._within = _above_zero(self._weight)
        if (VILLAGE,) in self._kinds:
            text = f"AND({self._within},{number}>0)"
            self._within = made(text, lambda w, n: w > 0 and n > 0, self._weight, number)

    def share(self) -> Expr:
        """The cell with a village's share in smallest units.

        Raises TooLarge where a number has more digits than a cell computes exactly.
        """
        amount: Expr | None = None
        if (
            VILLAGE,
        ) in self._kinds:  # a village that is a group by itself: its pool, up to its cap
            amount = self._not_negative(self._alone, self._share.pool, "formulas.own")
            own = amount = self._alone.keep(amount, words("formulas.own"))
            if self._cap is not None:
                amount = made(f"MIN({amount},{self._cap})", min, amount, self._cap)
            amount = choice(_above_zero(self._weight), amount, self._floor or NOTHING)
            if (low := self._floor) is not None:
                amount = made(
                    f"IF({own}<{low},NA(),{amount})", lambda _, __, f: f, own, low, amount
                )
        if self._kinds != {(VILLAGE,)}:
            together, number = self._together(), self._number
            alone = made(f"{number}={ALONE}", lambda n: n == ALONE, number)
            amount = together if amount is None else choice(alone, amount, together)
        assert amount is not None
        return self._village("formulas.share", amount)

    # -- columns --------------------------------------------------------------------------------

    def _village(self, key: str, expr: Expr) -> Col:
        return self._lower.keep(expr, words(key))

    def _group(self, key: str, expr: Expr) -> Col:
        return self._in_groups.keep(expr, words(key))

    def _looked_up(self, column: Col) -> Expr:
        by_group, numbers = column.values(), self._number.values()
        values = [by_group[whole(n) - 1] if n != ALONE else 0 for n in numbers]
        return known(f"INDEX({column.range},{self._number})", values)

    def _sum(self, column: Col) -> Expr:
        text = f"SUMIF({self._number.range},{self._groups.own_number},{column.range})"
        return known(text, self._sums(column.values()))

    def _sums(self, values: Sequence[Cell]) -> list[Any]:
        sums: list[Any] = [0] * self._groups.grid.rows
        for number, value in zip(self._number.values(), values, strict=True):
            at = whole(number) - 1
            if number != ALONE and not isinstance(sums[at], Err):
                sums[at] = value if isinstance(value, Err) else sums[at] + value
        return sums

    # -- claims and pools -------------------------------------------------------------------------

    def _claimed(self, node: Node, key: str, claims: Expr | None) -> Col:
        expr = self._not_negative(self._lower, node, key)
        return self._village(key, expr if claims is None else choice(claims, expr, NOTHING))

    def _not_negative(self, lower: Lower, node: Node, key: str) -> Expr:
        """#N/A where it is negative, as the program refuses it."""
        expr = lower.expr(node)
        if node.bounds.low >= 0:
            return expr
        expr = lower.named(expr, words(key))
        text = f"IF({expr}<0,NA(),{expr})"
        return made(text, lambda value: NA if value < 0 else value, expr, lazy=True)

    def _counted(self, node: core.Group) -> Col:
        """What a village adds to a sum; the column is made once."""
        if node not in self._counts:
            item = self._lower.expr(node.item)
            if node.where != core.TRUE:
                item = choice(self._lower.expr(node.where), item, NOTHING)
            self._counts[node] = self._village("formulas.counted", item)
        return self._counts[node]

    def _total(self, node: core.Group) -> Expr:
        if node not in self._totals:
            if (node.item, node.where) == (core.whole(1), core.TRUE):
                text = f"COUNTIF({self._number.range},{self._groups.own_number})"
                total = known(text, self._sums([1] * self._villages))
            else:
                total = self._sum(self._counted(node))
            self._totals[node] = self._group("formulas.counted", total)
        return self._totals[node]

    # -- villages that share ------------------------------------------------------------------------

    def _together(self) -> Expr:
        pool = self._not_negative(self._in_groups, self._share.pool, "formulas.amount")
        if core.looks_up(self._share.pool):  # a table may lack what nobody asks for
            asks = _ONE if self._asked is None else choice(self._asked, _ONE, NOTHING)
            claims = self._group("formulas.claims", self._sum(self._village("formulas.asks", asks)))
            pool = choice(_above_zero(claims), pool, NOTHING)
        self._amount = amount = self._group("formulas.amount", pool)
        bounds = self._share.by.bounds.times(Interval(0, self._villages))
        weights = self._group("formulas.weights", self._sum(self._weight))
        open_ = self._in_groups.bounded(weights, bounds, words("formulas.weights"))
        self._claims = self._claims_by_group()
        shares, full = self._solved()
        if self._cap is None and self._floor is None:
            open_group, _, base, rest = self._divided(amount, open_)
            return self._with_units(open_group, base, rest, None, shares)
        left, open_, at_ends = self._between(open_, full)
        open_group, open_here, q, m = self._divided(left, open_)
        part: Expr = q
        more: Expr = m
        wrong = "0"
        for end, at_end, low in at_ends:
            ends_here = made(f"{at_end}=1", lambda flag: flag == 1, at_end)
            part, more = choice(ends_here, end, part), choice(ends_here, NOTHING, more)
            # A cell's end / weight is rounded: where it would choose others, the group shows #N/A.
            over = f"IF({q}>{end},1,IF(AND({q}={end},{m}>0),1,0))"
            under = f"IF({end}>{q},1,0)"
            stay, free = (over, under) if low else (under, over)
            wrong += f"+IF({ends_here},{stay},{free})"
        text = f"IF(AND({open_here}>0,{self._within}),{wrong},0)"
        base, rest = self._village("formulas.base", part), self._village("formulas.remainder", more)
        off = self._village("formulas.wrong", known(text, [0]))
        return self._with_units(open_group, base, rest, off, shares)

    def _claims_by_group(self) -> list[list[int]]:
        claims: list[list[int]] = [[] for _ in range(self._groups.grid.rows)]
        places, numbers, weights = (c.values() for c in (self._place, self._number, self._weight))
        floors = None if self._floor is None else self._floor.values()
        for i in sorted(range(self._villages), key=lambda i: whole(places[i])):
            if (weights[i] or (floors and floors[i])) and numbers[i] != ALONE:
                claims[whole(numbers[i]) - 1].append(i)
        return claims

    def _solved(self) -> tuple[list[Cell], tuple[list[Cell], list[Cell]]]:
        """Each village's share, and 1 for those whose cap, and those whose floor, is reached."""
        shares: list[Cell] = [0] * self._villages
        marks: tuple[list[Cell], list[Cell]] = [0] * self._villages, [0] * self._villages
        every_weight = self._weight.values()
        every_cap, every_floor = (
            None if end is None else end.values() for end in (self._cap, self._floor)
        )
        for pool, claims in zip(self._amount.values(), self._claims, strict=True):
            if isinstance(pool, Err):
                continue
            weights = [whole(every_weight[i]) for i in claims]
            caps = [None if every_cap is None else whole(every_cap[i]) for i in claims]
            floors = None if every_floor is None else [whole(every_floor[i]) for i in claims]
            for mark, at_end in zip(
                marks, reached(whole(pool), weights, caps, floors), strict=True
            ):
                for at in at_end:
                    mark[claims[at]] = 1
            for i, units in zip(claims, share(whole(pool), weights, caps, floors), strict=True):
                shares[i] = units
        return shares, marks

    def _between(
        self, weights: Expr, marks: tuple[list[Cell], list[Cell]]
    ) -> tuple[Col, Expr, list[tuple[Col, Col, bool]]]:
        """What ends leave of the pool and of the weights; each end, who stands at it, and if it is the floor.

        At a level the floors above it and the caps below it are taken, and what is left must hold the others
        at that level: so many ends, from the lowest end / weight, are reached.
        """
        spare, ends = self._amount, self._ends(marks)
        if (floor := self._floor) is not None:
            all_ = self._group("formulas.floors", self._sum(floor))
            text = f"IF({all_}>{spare},NA(),{spare}-{all_})"
            spare, weights = self._group("formulas.spare", made(text, sub, spare, all_)), NOTHING
        levels = [self._level(end, ends, spare, weights) for end in ends]
        taken, weighing = (self._taken(ends, levels, at) for at in (0, 1))
        left = self._group("formulas.rest", made(f"{spare}-({taken})", sub, spare, taken))
        open_ = made(f"({weights}-({weighing}))", sub, weights, weighing)
        at_ends: list[tuple[Col, Col, bool]] = []
        for end, level in zip(ends, levels, strict=True):
            sign, rest = (">", _ONE) if end.low else ("<=", NOTHING)
            here: list[Cell] = [int(not mark) if end.low else mark for mark in end.marks]
            text = f"IF({end.ratio}{sign}{self._looked_up(level)},1,0)"
            at_end = choice(self._within, known(text, here), rest)
            at_ends.append((end.amount, self._village("formulas.full", at_end), end.low))
        return left, open_, at_ends

    def _ends(self, marks: tuple[list[Cell], list[Cell]]) -> list[_End]:
        weight, ends = self._weight, list[_End]()
        sides = zip((self._cap, self._floor), marks, (False, True), strict=True)
        for amount, mark, low in sides:
            if amount is None:
                continue
            text = f"IF({weight}>0,{amount}/{weight},0)"
            ratio = made(text, lambda c, w: c / w if w else 0, amount, weight)
            column = self._village("formulas.ratio", ratio)
            ends.append(_End(amount, column, low, mark, self._ranks(amount, column)))
        return ends

    def _taken(self, ends: Sequence[_End], lines: Sequence[Expr], at: int) -> Expr:
        """What the ends up to lines add to what is taken (0), or to the weights that do not rise (1)."""
        text, values = "", lift(lambda _: 0, lines[0].values())
        for end, line in zip(ends, lines, strict=True):
            low = f"({self._weight.range}>0)*({end.ratio.range}<={line})"
            added = self._weight if at else end.amount
            sign = "-" if end.low else "+" if text else ""
            text += f"{sign}SUMPRODUCT({self._members}*{low}*{added.range})"
            sums = lift(lambda rank, value: rank.upto(value)[at], end.ranks, line.values())
            values = lift(sub if end.low else add, values, sums)
        return known(text, values)

    def _level(self, end: _End, ends: Sequence[_End], spare: Col, weights: Expr) -> Col:
        """The highest end / weight that is reached, by group.

        A spreadsheet finds how many are by halving: a step asks whether so many more can be, in four cells
        a group.
        """
        count, most = self._count(end), self._sums(end.marks)

        def at(place: str) -> str:
            return f"SUMPRODUCT(LARGE({self._members}*{end.ratio.range},{count}-{place}+1))"

        taken, numbers = "0", lift(lambda _: 0, spare.values())
        for n, power in enumerate(reversed(range(self._villages.bit_length())), 1):
            place = f"({taken}+{1 << power})"
            tried = lift(partial(add, 1 << power), numbers)
            step = lift(lambda rank, t: rank.level(t), end.ranks, tried)
            text = f"IF({place}<={count},{at(place)},0)"
            level = self._in_groups.keep(known(text, step), words("formulas.asked", n=n))
            sums_upto: list[Expr] = []
            heads = words("formulas.caps_to", n=n), words("formulas.weights_to", n=n)
            for part, head in enumerate(heads):
                sums = self._taken(ends, [level] * len(ends), part)
                values = lift(lambda a, s: s if a > 0 else 0, step, sums.values())
                sums = known(f"IF({level}>0,{sums},0)", values)
                sums_upto.append(self._in_groups.keep(sums, head))
            fits = f"{level}*({weights}-{sums_upto[1]})<={spare}-{sums_upto[0]}"
            text = f"IF({place}<={count},IF({fits},{place},{taken}),{taken})"
            numbers = lift(lambda n, t, most: t if t <= most else n, numbers, tried, most)
            taken = self._in_groups.keep(known(text, numbers), words("formulas.taken", n=n)).text
        reached_ = lift(lambda rank, n: rank.level(n), end.ranks, numbers)
        text = f"IF({taken}>0,{at(taken)},0)"
        return self._group("formulas.level", known(text, reached_))

    def _count(self, end: _End) -> Col:
        """How many villages of a group have a weight. Raises TooLarge."""
        own, weight = self._groups.own_number, self._weight
        text = f'COUNTIFS({self._number.range},{own},{weight.range},">0")'
        node = self._share.at_least if end.low else self._share.at_most
        assert node is not None
        if node.bounds.high * self._villages >= LIMIT:
            total = self._sum(end.amount)
            if any(sum_ >= LIMIT for sum_ in total.values() if not isinstance(sum_, str)):
                raise TooLarge
            text = f"IF({total}<1E+15,{text},NA())"
        return self._group("formulas.claims", known(text, [len(rank.levels) for rank in end.ranks]))

    def _ranks(self, amount: Col, ratio: Col) -> list[_Rank]:
        """By group: the levels of an end, rising, and sums of amounts and weights up to each."""
        ratios, amounts, weights = ratio.values(), amount.values(), self._weight.values()
        ranks: list[_Rank] = []
        for claims in self._claims:
            order = sorted((i for i in claims if weights[i]), key=ratios.__getitem__)
            sums = [
                list(accumulate((whole(of[i]) for i in order), initial=0))
                for of in (amounts, weights)
            ]
            ranks.append(_Rank([ratios[i] for i in order], list(zip(*sums, strict=True))))
        return ranks

    def _divided(self, left: Col, open_: Expr) -> tuple[Col, Col, Col, Col]:
        """Weight * rest / open weights: by group the latter; by village it, whole part and remainder.

        Raises TooLarge where a product cannot be split small enough.
        """
        direct = self._share.by.bounds.high * self._share.pool.bounds.high < NO_FUZZ
        k = 1 if direct else self._factor(left, open_)
        if not direct:
            text = f"IF({k}*({left}+{open_})<1E+15,{open_},NA())"
            open_ = made(text, lambda weights: weights, open_)
        open_group = self._group("formulas.open", open_)
        r, o = (
            self._village(key, choice(self._within, self._looked_up(column), NOTHING))
            for key, column in (("formulas.rest", left), ("formulas.open", open_group))
        )
        w = self._weight

        def column(key: str, text: str, at: int) -> Col:
            """The whole part (0) or the remainder (1), by whatever way a formula comes to it."""
            values = made(text, lambda w, r, o: divmod(w * r, o)[at] if o else 0, w, r, o)
            return self._village(key, values)

        if direct:
            q = column("formulas.quotient", f"IF({o}>0,INT({w}*{r}/{o}),0)", 0)
            m = column("formulas.remainder", f"IF({o}>0,{w}*{r}-{q}*{o},0)", 1)
            return open_group, o, q, m
        # A rough quotient; its remainder, put together from two, is exact and says how far it is off.
        q = column("formulas.rough", f"IF({o}>0,IF({w}*{r}<{k}*1E+15,INT({w}*{r}/{o}),NA()),0)", 0)
        high = f"(INT({w}/{k})*{r}-INT({q}/{k})*{o})*{k}"
        low = f"({w}-{k}*INT({w}/{k}))*{r}-({q}-{k}*INT({q}/{k}))*{o}"
        m = column("formulas.off", f"IF({o}>0,{high}+{low},0)", 1)
        exact = column("formulas.quotient", f"{q}+IF({m}<0,-1,IF(AND({o}>0,{m}>={o}),1,0))", 0)
        return (
            open_group,
            o,
            exact,
            column("formulas.remainder", f"{m}+IF({m}<0,{o},IF({m}>={o},-{o},0))", 1),
        )

    def _factor(self, left: Col, open_: Expr) -> int:
        """The power of ten by which products are split: the usual one where there is room for change."""

        def most(values: Sequence[Cell]) -> int:
            return max((whole(value) for value in values if not isinstance(value, Err)), default=0)

        product = most(self._weight.values()) * most(left.values())
        both = most(lift(add, left.values(), open_.values()))
        if _ROOM * product < _USUAL_FACTOR * LIMIT and _ROOM * _USUAL_FACTOR * both < LIMIT:
            return _USUAL_FACTOR
        middle = isqrt(max(product, 1) // max(both, 1))
        factor = int(10 ** min(max(len(str(middle)) - (str(middle) < "32"), 1), 7))
        if product >= factor * LIMIT or factor * both >= LIMIT:
            raise TooLarge
        return factor

    def _with_units(
        self, open_: Col, base: Col, rest: Col, wrong: Col | None, shares: Sequence[Cell]
    ) -> Expr:
        """Each village's share; #N/A for a group where a village is wrong about its cap.

        A group looks up which remainder is the last to get a unit, and which place at that remainder.
        """
        amount, place, members, end = self._amount, self._place, self._members, self._villages + 1
        used = self._sum(base)
        text = f"IF({open_}>0,{amount}-{used},0)"
        if wrong is not None:
            text = f"IF({self._sum(wrong)}>0,NA(),{text})"
        left = made(text, lambda p, u, o: p - u if o else 0, amount, used, open_)
        many = self._group("formulas.left", left)
        extra = lift(gt, shares, base.values())
        order = lift(lambda r, p: (-r, p), rest.values(), place.values())
        lines = [
            max((order[i] for i in claims if extra[i]), default=(-LIMIT, 0))
            for claims in self._claims
        ]
        lines = lift(lambda _, line: line, many.values(), lines)
        text = f"IF({many}>0,SUMPRODUCT(LARGE({members}*{rest.range},{many})),1E+15)"
        last = self._group("formulas.last", known(text, lift(lambda line: -line[0], lines)))
        ties = f"{members}*({rest.range}={last})*({end}-{place.range})"
        rank = f"{many}-SUMPRODUCT({members}*({rest.range}>{last}))"
        text = f"IF({many}>0,{end}-SUMPRODUCT(LARGE({ties},{rank})),0)"
        last_place = self._group("formulas.last_place", known(text, _part(lines, 1)))
        line = self._looked_up(last)
        tie = f"IF({place}<={self._looked_up(last_place)},1,0)"
        unit = f"IF({rest}>{line},1,IF({rest}={line},{tie},0))"
        resting: Expr = NOTHING
        if (
            low := self._floor
        ) is not None:  # without weight; not where the pool is below the floors
            resting = known(f"{low}+0*{self._looked_up(many)}", low.values())
        return choice(self._within, known(f"{base}+{unit}", shares), resting)


def _above_zero(column: Col) -> Expr:
    return made(f"{column}>0", lambda value: value > 0, column)


def _part(values: Sequence[Any], at: int) -> list[Cell]:
    return lift(itemgetter(at), values)
