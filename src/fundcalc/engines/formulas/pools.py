"""Shared pools as formulas, each with the value to store: what `base.sharing` gives, step by step.

Pools have a sheet of their own with one row a group: its amount, and which remainder is the last to get a
unit. A village's columns say what it claims and gets. A share is `weight * rest / open weights`, cut to
whole units, where `rest` is what caps leave of the pool; the units left over go to the largest remainders,
equal ones by the order of the villages. Nothing is ranked village against village, so that a spreadsheet's
work grows with villages times groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from math import isqrt
from operator import add, itemgetter, sub
from typing import Any

from fundcalc.base.sharing import filled, share
from fundcalc.base.words import Words
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
    lift,
    made,
    whole,
)
from fundcalc.engines.formulas.lower import Lower
from fundcalc.language import nodes as written
from fundcalc.language.nodes import Value
from fundcalc.policy.model import ALL, VILLAGE, Policy

SPARE = 10
"""Rows for groups that come up only once the inputs are changed."""

OF_ALL = 1
ALONE = 0
"""The number of a village that shares with nobody; a group's number is its place on the sheet."""

_USUAL_FACTOR = 1_000
"""Splits products of weights and pools up to some ten thousand million yuan together."""

_ROOM = 10
_NOTHING = atom("0", [0])

_LISTED = Words("组号（原有的组）", "group number (as written)")
_NEW = Words("新组的首个村", "first village of a new group")
_HEADS = {
    "number": Words("组号", "group number"),
    "group": Words("组号", "group number"),
    "weight": Words("权重", "weight"),
    "cap": Words("上限", "cap"),
    "ratio": Words("上限÷权重", "cap / weight"),
    "counted": Words("计入资金池", "counted into the pool"),
    "own": Words("本村资金池", "pool of this village"),
    "claims": Words("有权重的村数", "villages with a weight"),
    "weights": Words("权重合计", "sum of weights"),
    "amount": Words("资金池", "pool"),
    "asked": Words("第{n}步：上限÷权重", "step {n}: cap / weight"),
    "caps_to": Words("第{n}步：到此的上限合计", "step {n}: caps up to it"),
    "weights_to": Words("第{n}步：到此的权重合计", "step {n}: weights up to it"),
    "taken": Words("第{n}步：封顶村数", "step {n}: villages at their cap"),
    "level": Words("封顶线（上限÷权重）", "highest cap / weight that is reached"),
    "rest": Words("封顶后剩余", "left after caps"),
    "open": Words("未封顶的权重合计", "weights not at their cap"),
    "left": Words("待分的零头", "units left to hand out"),
    "last": Words("最后得一个零头的余数", "last remainder to get a unit"),
    "last_place": Words("该余数中最后的次序", "last place at that remainder"),
    "full": Words("封顶", "at its cap"),
    "rough": Words("整商（约）", "whole quotient, roughly"),
    "off": Words("余数（约）", "remainder, roughly"),
    "quotient": Words("整商", "whole quotient"),
    "remainder": Words("余数", "remainder"),
    "base": Words("份额（未加零头）", "share before the last unit"),
    "wrong": Words("封顶复核", "cap checked"),
    "share": Words("份额", "share"),
}


# -- groups ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """One row of the sheet: all villages, or those of one value of a fact.

    `formula` gives the name of a group that comes up later; its row is spare until then.
    """

    number: int
    fact: str
    name: str
    formula: str | None = None


class Groups:
    """Rows of the sheet of pools. Its first three columns say number, kind and name."""

    def __init__(
        self, policy: Policy, rows: Sequence[Mapping[str, Value]], facts: Sequence[str]
    ) -> None:
        """`facts` are those of the input sheet, in its order."""
        self._rows = rows
        self._facts = facts
        self._desugar = Desugar("per.", {}, {})
        self._list = [Group(OF_ALL, ALL, "")]
        self._listed: dict[str, range] = {}
        self._numbers: dict[str, Expr] = {}
        self._names: dict[str, str] = {}
        for fact in _grouping_facts(policy):
            names = dict.fromkeys(str(row.get(fact, "")) for row in rows)
            first = len(self._list) + 1
            self._listed[fact] = range(first, first + len(names))
            for number, name in enumerate((*names, *[""] * SPARE), first):
                self._list.append(Group(number, fact, name))
        self.grid = Grid(POOLS, len(self._list), first=3)
        self.own_number = f"{POOLS}$A{ROW}"

    def listed(self) -> list[Group]:
        """All rows, spare ones with the formula of their name."""
        return [
            replace(group, formula=self._names.get(group.fact))
            if group.number > OF_ALL and group.number not in self._listed[group.fact]
            else group
            for group in self._list
        ]

    def numbers(self, lower: Lower, per: written.Node) -> Expr:
        """Each village's group number."""
        if isinstance(per, written.Choice):
            yes, no = self.numbers(lower, per.yes), self.numbers(lower, per.no)
            return choice(lower.expr(self._desugar.node(per.condition)), yes, no)
        assert isinstance(per, written.Name)
        if per.id in (ALL, VILLAGE):
            number = OF_ALL if per.id == ALL else ALONE
            return atom(str(number), [number])
        if per.id not in self._numbers:
            self._numbers[per.id] = self._of_fact(lower, per.id)
        return self._numbers[per.id]

    def _of_fact(self, lower: Lower, fact: str) -> Expr:
        """A reference to the number, worked out once a fact.

        A name that is not listed is numbered by the first village that has it; the spare rows take such
        villages in turn, and #N/A says that there are more new groups than spare rows.
        """
        work, villages, listed = lower.grid, len(self._rows), self._listed[fact]
        by_name = {self._list[number - 1].name: number for number in listed}
        values: list[Cell] = [by_name[str(row.get(fact, ""))] for row in self._rows]
        at, last = self._facts.index(fact), listed[-1]
        inputs = Grid(INPUTS, villages)
        mine, everyones = inputs.cell(at), inputs.range(at)
        names, numbers = (_rows_of(column, listed) for column in "CA")
        text = f"SUMPRODUCT(MAX(EXACT({mine},{names})*{numbers}))"
        old = work.add(Column(_LISTED, text, values, group=lower.group)).cell
        place = f"({villages + FIRST_ROW}-ROW({everyones}))"
        text = f"{villages + 1}-SUMPRODUCT(MAX(EXACT({mine},{everyones})*{place}))"
        none: list[Cell] = [0] * villages
        new = work.add(Column(_NEW, f"IF({old}>0,0,{text})", none, group=lower.group))
        spare = self._spare(new.range, last, fact, everyones)
        text = f"IF({old}>0,{old},MATCH({new.cell},{spare},0)+{last})"
        return work.add(Column(_HEADS["number"], text, values, group=lower.group)).expr

    def _spare(self, firsts: str, last: int, fact: str, names: str) -> str:
        """The spare rows' first villages, each the next after that of the row above."""
        grid, own, end = self.grid, self.own_number, last + SPARE
        above = grid.cell(grid.first + len(grid.columns)).replace(ROW, ABOVE)
        after = f'COUNTIF({firsts},"<="&IF({own}={last + 1},0,{above}))'
        found = f"IFERROR(SMALL({firsts},{after}+1),0)"
        text = f"IF(AND({own}>{last},{own}<={end}),{found},0)"
        cell = grid.add(Column(_NEW, text, [0] * grid.rows)).cell
        self._names[fact] = f'IF({cell}>0,INDEX({names},{cell})&"","")'
        return _rows_of(cell.removeprefix(POOLS).removesuffix(ROW), range(last + 1, end + 1))


def _rows_of(column: str, numbers: range) -> str:
    """Some groups' cells in a column of the sheet of pools."""
    first, last = numbers[0] + FIRST_ROW - 1, numbers[-1] + FIRST_ROW - 1
    return f"{POOLS}${column}${first}:${column}${last}"


def _may_be(per: written.Node) -> set[str]:
    """The facts, `all` or `village`, by which a share may be grouped under some reading."""
    if isinstance(per, written.Choice):
        return _may_be(per.yes) | _may_be(per.no)
    assert isinstance(per, written.Name)
    return {per.id}


def _grouping_facts(policy: Policy) -> list[str]:
    found: dict[str, None] = {}
    for programme in policy.programmes:
        for part in (*(r.share for r in programme.rules), *(a.share for a in programme.also)):
            if part is not None:
                found.update(dict.fromkeys(sorted(_may_be(part.per) - {ALL, VILLAGE})))
    return list(found)


# -- shares ---------------------------------------------------------------------------------------


class Sharing:
    """One share of a rule or an output; each step adds its columns and keeps what later ones need."""

    def __init__(
        self,
        lower: Lower,
        groups: Groups,
        place: Col,
        per: written.Node,
        share_: Share,
        claims: Expr | None,
    ) -> None:
        """`place` is each village's place among equals, `per` what makes its group.

        `claims` says who does (None: everybody). Raises TooLarge as `share` does.
        """
        self._lower, self._groups, self._place, self._share = lower, groups, place, share_
        self._in_groups = Lower(groups.grid, lower.names, lower.group, self._total)
        self._in_village = Lower(
            lower.grid, lower.names, lower.group, lambda n: self._counted(n).expr
        )
        self._villages = lower.grid.rows
        self._counts: dict[core.Group, Col] = {}
        self._totals: dict[core.Group, Expr] = {}
        self._number = self._village("group", groups.numbers(lower, per))
        # 1 for the villages of a group, for a sum over all villages
        self._members = f"({self._number.range}={groups.own_number})"
        self._cap: Col | None = None
        if share_.at_most is not None:
            self._cap = cap = self._claimed(share_.at_most, "cap", claims)
            claims = made(f"{cap.cell}>0", lambda most: most > 0, cap.expr)
        self._weight = self._claimed(share_.by, "weight", claims)
        kinds = _may_be(per)
        self._alone_too, self._only_alone = VILLAGE in kinds, kinds == {VILLAGE}
        self._within = f"{self._weight.cell}>0"
        if self._alone_too:
            self._within = f"AND({self._within},{self._number.cell}>0)"

    def share(self) -> Expr:
        """The cell with a village's share in smallest units.

        Raises TooLarge where a number has more digits than a cell computes exactly.
        """
        if self._only_alone:
            return self._lower.keep(self._alone(), _HEADS["share"])
        alone = self._alone() if self._alone_too else None
        together = self._together()
        if alone is not None:
            text = f"{self._number.cell}={ALONE}"
            together = choice(made(text, lambda n: n == ALONE, self._number.expr), alone, together)
        return self._lower.keep(together, _HEADS["share"])

    # -- columns --------------------------------------------------------------------------------

    def _village(self, key: str, expr: Expr) -> Col:
        """A column by village."""
        values = self._lower.values(expr)
        return self._lower.grid.add(Column(_HEADS[key], expr.text, values, group=self._lower.group))

    def _group(self, key: str, text: str, values: Sequence[Cell], n: int = 0) -> Col:
        """A column by group."""
        head = Words(_HEADS[key].zh.format(n=n), _HEADS[key].en.format(n=n))
        return self._groups.grid.add(Column(head, text, values, group=self._lower.group))

    def _looked_up(self, column: Col) -> str:
        """A group's cell, for a village."""
        return f"INDEX({column.range},{self._number.cell})"

    def _sum(self, column: Col) -> str:
        """A village column added up by group."""
        return f"SUMIF({self._number.range},{self._groups.own_number},{column.range})"

    def _sums(self, values: Sequence[Cell]) -> list[Any]:
        """Values by village added up by group."""
        sums: list[Any] = [0] * self._groups.grid.rows
        for number, value in zip(self._number.values, values, strict=True):
            if number != ALONE:
                at = whole(number) - 1
                sums[at] = (
                    value
                    if isinstance(value, Err)
                    else sums[at]
                    if isinstance(sums[at], Err)
                    else sums[at] + value
                )
        return sums

    def _for_villages(self, key: str, column: Col) -> Col:
        """A group's figure for each village that takes part in it; 0 for others."""
        values = [
            column.values[whole(number) - 1] if weight and number != ALONE else 0
            for number, weight in zip(self._number.values, self._weight.values, strict=True)
        ]
        text = f"IF({self._within},{self._looked_up(column)},0)"
        return self._village(key, Expr(text, lambda: values))

    # -- claims and pools -------------------------------------------------------------------------

    def _claimed(self, node: Node, key: str, claims: Expr | None) -> Col:
        """A weight or a cap."""
        expr = self._not_negative(self._lower, node, key)
        return self._village(key, expr if claims is None else choice(claims, expr, _NOTHING))

    def _not_negative(self, lower: Lower, node: Node, key: str) -> Expr:
        """#N/A where it is negative, as the program refuses it."""
        expr = lower.expr(node)
        if node.bounds.low >= 0:
            return expr
        expr = lower.named(expr, _HEADS[key])
        text = f"IF({expr.text}<0,NA(),{expr.text})"
        return made(text, lambda value: NA if value < 0 else value, expr, lazy=True)

    def _counted(self, node: core.Group) -> Col:
        """What a village adds to a sum; the column is made once."""
        if node not in self._counts:
            item = self._lower.expr(node.item)
            if node.where != core.TRUE:
                item = choice(self._lower.expr(node.where), item, _NOTHING)
            self._counts[node] = self._village("counted", item)
        return self._counts[node]

    def _total(self, node: core.Group) -> Expr:
        """A count or a sum over a group."""
        if node not in self._totals:
            if (node.item, node.where) == (core.whole(1), core.TRUE):
                text = f"COUNTIF({self._number.range},{self._groups.own_number})"
                sums = self._sums([1] * self._villages)
            else:
                counted = self._counted(node)
                text, sums = self._sum(counted), self._sums(counted.values)
            expr = Expr(text, lambda: sums, depth=1)
            self._totals[node] = self._in_groups.keep(expr, _HEADS["counted"])
        return self._totals[node]

    def _alone(self) -> Expr:
        """The share of a village that is a group by itself: its pool, up to its cap."""
        lower = self._in_village
        own = lower.keep(self._not_negative(lower, self._share.pool, "own"), _HEADS["own"])
        if self._cap is not None:
            own = made(f"MIN({own.text},{self._cap.cell})", min, own, self._cap.expr)
        weight = self._weight
        return choice(made(f"{weight.cell}>0", lambda w: w > 0, weight.expr), own, _NOTHING)

    # -- villages that share ------------------------------------------------------------------------

    def _together(self) -> Expr:
        """A village's share in its group's pool."""
        weight, cap, lower = self._weight, self._cap, self._in_groups
        pool = lower.keep(self._not_negative(lower, self._share.pool, "amount"), _HEADS["amount"])
        self._amount = Col(pool.text, lower.grid.range_of(pool.text), lower.values(pool))
        sums = self._sums(weight.values)
        weights = lower.keep(Expr(self._sum(weight), lambda: sums), _HEADS["weights"])
        bounds = self._share.by.bounds.times(Interval(0, self._villages))
        weights = lower.bounded(weights, bounds, _HEADS["weights"])
        self._claims = self._claims_by_group()
        shares, full = self._solved()
        if cap is None:
            open_group, _, base, rest = self._divided(self._amount, weights.text, sums)
            return self._with_units(open_group, base, rest, None, shares)
        left, open_text, open_values, at_cap = self._capped(cap, weights.text, sums, full)
        open_group, open_, quotient, remainder = self._divided(left, open_text, open_values)
        q, m, c, f = quotient.cell, remainder.cell, cap.cell, at_cap.cell
        filled_up = made(f"{f}=1", lambda one: one == 1, at_cap.expr)
        base = self._village("base", choice(filled_up, cap.expr, quotient.expr))
        rest = self._village("remainder", choice(filled_up, _NOTHING, remainder.expr))
        # A cell's cap / weight is rounded: where it would choose others, the group shows #N/A.
        over = f"IF({q}>{c},1,IF(AND({q}={c},{m}>0),1,0))"
        text = f"IF({open_.cell}>0,IF({f}=1,IF({c}>{q},1,0),{over}),0)"
        wrong = self._village("wrong", Expr(text, lambda: [0]))
        return self._with_units(open_group, base, rest, wrong, shares)

    def _claims_by_group(self) -> list[list[int]]:
        """The villages with a weight, in the order of their places."""
        claims: list[list[int]] = [[] for _ in range(self._groups.grid.rows)]
        for i in sorted(range(self._villages), key=lambda i: whole(self._place.values[i])):
            number = whole(self._number.values[i])
            if number != ALONE and self._weight.values[i]:
                claims[number - 1].append(i)
        return claims

    def _solved(self) -> tuple[list[Cell], list[Cell]]:
        """Each village's share, and 1 for those at their cap."""
        shares: list[Cell] = [0] * self._villages
        full: list[Cell] = [0] * self._villages
        for pool, claims in zip(self._amount.values, self._claims, strict=True):
            if isinstance(pool, Err):
                continue
            weights = [whole(self._weight.values[i]) for i in claims]
            caps = [None if self._cap is None else whole(self._cap.values[i]) for i in claims]
            for at in filled(whole(pool), weights, caps, range(len(claims))):
                full[claims[at]] = 1
            for i, units in zip(claims, share(whole(pool), weights, caps), strict=True):
                shares[i] = units
        return shares, full

    def _capped(
        self, cap: Col, weights: str, sums: Sequence[Cell], full: Sequence[Cell]
    ) -> tuple[Col, str, list[Cell], Col]:
        """What caps leave of the pool and of the weights (as text and values), and who is at the cap.

        As many of the claims with the lowest cap / weight are filled as the pool can fill. A spreadsheet
        finds their number by halving: a step asks whether so many more can be, in four cells a group.
        """
        amount, weight, members = self._amount, self._weight, self._members
        text = f"IF({weight.cell}>0,{cap.cell}/{weight.cell},0)"
        quotient = made(text, lambda c, w: c / w if w else 0, cap.expr, weight.expr)
        ratio = self._village("ratio", quotient)
        count, ranks, filled_now = self._count(cap), self._ranks(cap, ratio), self._sums(full)

        def at(place: str) -> str:
            return f"SUMPRODUCT(LARGE({members}*{ratio.range},{count}-{place}+1))"

        def upto(line: Col, added: Col) -> str:
            low = f"({ratio.range}>0)*({ratio.range}<={line.cell})"
            return f"SUMPRODUCT({members}*{low}*{added.range})"

        taken, numbers = "0", lift(lambda _: 0, amount.values)
        for n, power in enumerate(reversed(range(self._villages.bit_length())), 1):
            place = f"({taken}+{1 << power})"
            tried = lift(partial(add, 1 << power), numbers)
            step = lift(lambda rank, t: rank[t] if t < len(rank) else rank[0], ranks, tried)
            text = f"IF({place}<={count},{at(place)},0)"
            asked = self._group("asked", text, _part(step, 0), n)
            text = f"IF({asked.cell}>0,{upto(asked, cap)},0)"
            caps = self._group("caps_to", text, _part(step, 1), n).cell
            text = f"IF({asked.cell}>0,{upto(asked, weight)},0)"
            rest = f"({weights}-{self._group('weights_to', text, _part(step, 2), n).cell})"
            fits = f"{asked.cell}*{rest}<={amount.cell}-{caps}"
            text = f"IF({place}<={count},IF({fits},{place},{taken}),{taken})"
            numbers = lift(lambda n, t, most: t if t <= most else n, numbers, tried, filled_now)
            taken = self._group("taken", text, numbers, n).cell
        reached = lift(lambda rank, n: rank[n], ranks, numbers)
        level = self._group("level", f"IF({taken}>0,{at(taken)},0)", _part(reached, 0))
        values = lift(sub, amount.values, _part(reached, 1))
        left = self._group("rest", f"{amount.cell}-{upto(level, cap)}", values)
        values = lift(sub, sums, _part(reached, 2))
        text = f"IF({ratio.cell}<={self._looked_up(level)},1,0)"
        at_cap = self._village("full", Expr(f"IF({self._within},{text},0)", lambda: full))
        return left, f"({weights}-{upto(level, weight)})", values, at_cap

    def _count(self, cap: Col) -> str:
        """The cell with how many villages of a group have a weight. Raises TooLarge."""
        own, weight = self._groups.own_number, self._weight
        text = f'COUNTIFS({self._number.range},{own},{weight.range},">0")'
        assert self._share.at_most is not None
        if self._share.at_most.bounds.high * self._villages >= LIMIT:
            if max(self._sums(cap.values)) >= LIMIT:
                raise TooLarge
            text = f"IF({self._sum(cap)}<1E+15,{text},NA())"
        return self._group("claims", text, self._sums([int(w != 0) for w in weight.values])).cell

    def _ranks(self, cap: Col, ratio: Col) -> list[list[tuple[Cell, int, int]]]:
        """By group and number of claims: the highest cap / weight, and sums of caps and weights up to it."""
        ranks: list[list[tuple[Cell, int, int]]] = []
        for claims in self._claims:
            rank: list[tuple[Cell, int, int]] = [(0.0, 0, 0)]
            order = sorted(claims, key=ratio.values.__getitem__)
            for value, tied in groupby(order, key=ratio.values.__getitem__):
                at = list(tied)
                caps, weights = (sum(whole(c.values[i]) for i in at) for c in (cap, self._weight))
                rank += [(value, rank[-1][1] + caps, rank[-1][2] + weights)] * len(at)
            ranks.append(rank)
        return ranks

    def _divided(
        self, left: Col, open_text: str, open_values: Sequence[Cell]
    ) -> tuple[Col, Col, Col, Col]:
        """Weight * rest / open weights: by group the latter; by village it, whole part and remainder.

        Raises TooLarge where a product cannot be split small enough.
        """
        direct = self._share.by.bounds.high * self._share.pool.bounds.high < NO_FUZZ
        k = 1 if direct else self._factor(left.values, open_values)
        if not direct:
            open_text = f"IF({k}*({left.cell}+{open_text})<1E+15,{open_text},NA())"
        open_group = self._group("open", open_text, open_values)
        rest, open_ = self._for_villages("rest", left), self._for_villages("open", open_group)
        w, r, o = self._weight.cell, rest.cell, open_.cell
        each = [self._weight.expr, rest.expr, open_.expr]

        def part(text: str, at: int) -> Expr:
            """The whole part (0) or the remainder (1), by whatever way a formula comes to it."""
            return made(text, lambda w, r, o: divmod(w * r, o)[at] if o else 0, *each)

        if direct:
            q = self._village("quotient", part(f"IF({o}>0,INT({w}*{r}/{o}),0)", 0))
            m = self._village("remainder", part(f"IF({o}>0,{w}*{r}-{q.cell}*{o},0)", 1))
            return open_group, open_, q, m
        # A rough quotient; its remainder, put together from two, is exact and says how far it is off.
        text = f"IF({o}>0,IF({w}*{r}<{k}*1E+15,INT({w}*{r}/{o}),NA()),0)"
        rough = self._village("rough", part(text, 0)).cell
        high = f"(INT({w}/{k})*{r}-INT({rough}/{k})*{o})*{k}"
        low = f"({w}-{k}*INT({w}/{k}))*{r}-({rough}-{k}*INT({rough}/{k}))*{o}"
        off = self._village("off", part(f"IF({o}>0,{high}+{low},0)", 1)).cell
        text = f"{rough}+IF({off}<0,-1,IF(AND({o}>0,{off}>={o}),1,0))"
        q = self._village("quotient", part(text, 0))
        text = f"{off}+IF({off}<0,{o},IF({off}>={o},-{o},0))"
        return open_group, open_, q, self._village("remainder", part(text, 1))

    def _factor(self, left: Sequence[Cell], open_: Sequence[Cell]) -> int:
        """The power of ten by which products are split: the usual one where there is room for change."""
        most = max((whole(rest) for rest in left if not isinstance(rest, Err)), default=0)
        both = max((s for s in lift(add, left, open_) if not isinstance(s, Err)), default=0)
        product = max(map(whole, self._weight.values), default=0) * most
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
        used = self._sums(base.values)
        left = lift(lambda p, b, o: p - b if o else 0, amount.values, used, open_.values)
        text = f"IF({open_.cell}>0,{amount.cell}-{self._sum(base)},0)"
        if wrong is not None:
            text = f"IF({self._sum(wrong)}>0,NA(),{text})"
        many = self._group("left", text, left).cell
        extra = [whole(all_) > whole(part) for all_, part in zip(shares, base.values, strict=True)]
        order = [(-whole(r), whole(p)) for r, p in zip(rest.values, place.values, strict=True)]
        lines = [
            max((order[i] for i in at if extra[i]), default=(-LIMIT, 0)) for at in self._claims
        ]
        text = f"IF({many}>0,SUMPRODUCT(LARGE({members}*{rest.range},{many})),1E+15)"
        last = self._group("last", text, lift(lambda _, line: -line[0], left, lines))
        ties = f"{members}*({rest.range}={last.cell})*({end}-{place.range})"
        rank = f"{many}-SUMPRODUCT({members}*({rest.range}>{last.cell}))"
        text = f"IF({many}>0,{end}-SUMPRODUCT(LARGE({ties},{rank})),0)"
        last_place = self._group("last_place", text, lift(lambda _, line: line[1], left, lines))
        m, line = rest.cell, self._looked_up(last)
        tie = f"IF({place.cell}<={self._looked_up(last_place)},1,0)"
        unit = f"IF({m}>{line},1,IF({m}={line},{tie},0))"
        text = f"IF({self._within},{base.cell}+{unit},0)"
        return Expr(text, lambda: shares, depth=5)


def _part(values: Sequence[Any], at: int) -> list[Cell]:
    """One figure of each."""
    return lift(itemgetter(at), values)
