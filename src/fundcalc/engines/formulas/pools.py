"""A shared pool as formulas: weights and caps by village, amounts and the last fen by group.

A share is `weight * rest / open weights`, cut to whole fen; the fen that are left go to the largest
remainders, equal ones by the order of the villages. Nothing is ranked village against village: each group
looks up once which remainder is the last to get a fen, so that work grows with villages times groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isqrt
from typing import cast

from fundcalc.base.words import Words
from fundcalc.engines.formulas.cells import (
    FIRST_ROW,
    INPUTS,
    LIMIT,
    NA,
    NO_FUZZ,
    POOLS,
    ROW,
    Cell,
    Column,
    Err,
    Expr,
    TooLarge,
    lift,
)
from fundcalc.engines.formulas.filling import Filling, sizes
from fundcalc.engines.formulas.groups import ALONE, Groups, may_be
from fundcalc.engines.formulas.lower import Lower
from fundcalc.language.evaluate import aggregate_key
from fundcalc.language.nodes import Aggregate, Node, Value, walk
from fundcalc.policy.model import Share
from fundcalc.policy.names import VILLAGE
from fundcalc.roster.model import letters

H = {
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
    "last_order": Words("该余数中最后的次序", "last place at that remainder"),
    "full": Words("封顶", "at its cap"),
    "rough": Words("整商（约）", "whole quotient, roughly"),
    "off": Words("余数（约）", "remainder, roughly"),
    "quotient": Words("整商", "whole quotient"),
    "remainder": Words("余数", "remainder"),
    "base": Words("份额（未加零头）", "share before the last unit"),
    "wrong": Words("封顶复核", "cap checked"),
    "share": Words("份额", "share"),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """Who claims: a condition, or None for everybody; and who does now."""

    condition: Expr | None
    now: Sequence[bool]


class Sharing:
    """One share. `run` returns the cell with a village's share in smallest units, and all shares."""

    def __init__(
        self, lower: Lower, groups: Groups, share: Share, claim: Claim, known: Mapping[str, Value]
    ) -> None:
        self._lower = lower
        self._groups = groups
        self._share = share
        self._claim = claim
        self._known = known
        self._alone = VILLAGE in may_be(share.per)
        self._grouped = may_be(share.per) != {VILLAGE}
        self._n = lower.grid.rows
        self._order = f"{INPUTS}{{}}{ROW}"

    def run(self, order: str, places: Sequence[int]) -> Expr:
        """`order` is the cell with a village's place among equals, `places` its values.

        Raises TooLarge where a number has more digits than a cell.
        """
        self._claims()
        own = self._own_amount() if self._alone else None
        shared: Expr | None = None
        if self._grouped:
            self._amounts()
            self._levels()
            self._quotients()
            shared = self._handed_out(order, places)
        return self._result(own, shared)

    # -- columns --------------------------------------------------------------------------------

    def _village(self, key: str, text: str, values: Sequence[Cell]) -> int:
        return self._lower.grid.add(Column(H[key], text, values, group=self._lower.group))

    def _group(self, key: str, text: str, values: Sequence[Cell], n: int = 0) -> int:
        head = Words(H[key].zh.format(n=n), H[key].en.format(n=n))
        return self._groups.grid.add(Column(head, text, values, group=self._lower.group))

    def _cell(self, at: int) -> str:
        return self._lower.grid.cell(at)

    def _range(self, at: int) -> str:
        return self._lower.grid.range(at)

    def _own(self, at: int) -> str:
        """A group column's cell in the row of the group."""
        return self._groups.grid.cell(at)

    def _looked_up(self, at: int) -> str:
        """A group column's cell for the group of the village."""
        return f"INDEX({self._groups.grid.range(at)},{self._cell(self._g)})"

    def _members(self) -> str:
        return f"({self._range(self._g)}={self._groups.own_number})"

    # -- weights, caps and amounts --------------------------------------------------------------

    def _claims(self) -> None:
        """Group number, cap, weight and their ratio by village; 0 where there is no claim."""
        text, numbers = self._groups.numbers(self._lower, self._share.per)
        self._g, self._numbers = self._village("group", text, numbers), cast("list[int]", numbers)
        claim = self._claim.condition
        self._c: int | None = None
        self._caps: list[int] = []
        wanted = claim.text if claim is not None else ""
        now = self._claim.now
        if self._share.at_most is not None:
            cap, at_most = self._positive(self._share.at_most, "cap")
            self._caps = [cast("int", v) if one else 0 for v, one in zip(at_most, now, strict=True)]
            self._cap_high = cap.high
            text = f"IF({wanted},{cap.text},0)" if wanted else cap.text
            self._c = self._village("cap", text, self._caps)
            wanted = f"{self._cell(self._c)}>0"
            now = [cap > 0 for cap in self._caps]
        weight, by = self._positive(self._share.by, "weight")
        self._weight_high = weight.high
        self._weights = [cast("int", v) if one else 0 for v, one in zip(by, now, strict=True)]
        text = f"IF({wanted},{weight.text},0)" if wanted else weight.text
        self._w = self._village("weight", text, self._weights)
        if self._c is not None and self._grouped:
            w, c = self._cell(self._w), self._cell(self._c)
            self._ratios = [
                cap / weight if weight else 0
                for weight, cap in zip(self._weights, self._caps, strict=True)
            ]
            self._ratio = self._village("ratio", f"IF({w}>0,{c}/{w},0)", self._ratios)

    def _positive(self, node: Node, key: str) -> tuple[Expr, Sequence[Cell]]:
        """A weight or cap; #N/A where it is negative, as the program refuses it."""
        expr = self._lower.expr(node)
        values = self._lower.values(node)
        if expr.low < 0:
            expr = expr if expr.atom else self._lower.keep(expr, H[key])
            expr = replace(expr, text=f"IF({expr.text}<0,NA(),{expr.text})", low=0, atom=False)
        return expr, values

    def _own_amount(self) -> Expr:
        """The pool of a village that is a group by itself."""
        aggregates: dict[str, Expr] = {}
        rows: list[dict[str, Value]] = [{} for _ in range(self._n)]
        for part in self._parts():
            expr, values = self._counted(part)
            key = aggregate_key(part)
            aggregates[key] = expr
            for row, value in zip(rows, values, strict=True):
                row[key] = cast("int", value)
        lower = Lower(self._lower.grid, self._lower.names, rows, self._known, aggregates)
        lower.group = self._lower.group
        return self._pool(lower)

    def _parts(self) -> list[Aggregate]:
        return [part for part in walk(self._share.pool) if isinstance(part, Aggregate)]

    def _counted(self, part: Aggregate) -> tuple[Expr, Sequence[Cell]]:
        """What a village adds to a count or a sum."""
        key = f"{self._g}:{aggregate_key(part)}"
        if key not in self._kept:
            item = self._lower.expr(part.item) if part.item is not None else None
            low, high = (item.low, item.high) if item is not None else (1, 1)
            values = self._lower.values(part.item) if part.item is not None else [1] * self._n
            text = item.text if item is not None else "1"
            if part.where is not None:
                where = self._lower.expr(part.where)
                holds = self._lower.values(part.where)
                text = f"IF({where.text},{text},0)"
                values = [v if one else 0 for v, one in zip(values, holds, strict=True)]
                low, high = min(low, 0), max(high, 0)
            at = self._village("counted", text, values)
            self._kept[key] = (at, values, low, high)
        at, values, low, high = self._kept[key]
        return Expr(self._cell(at), lambda: values, low, high, atom=True), values

    @property
    def _kept(self) -> dict[str, tuple[int, Sequence[Cell], int, int]]:
        if not hasattr(self, "_kept_columns"):
            self._kept_columns: dict[str, tuple[int, Sequence[Cell], int, int]] = {}
        return self._kept_columns

    def _pool(self, lower: Lower) -> Expr:
        """The pool's amount in the rows of a grid; #N/A where it is negative."""
        expr = lower.expr(self._share.pool)
        values = lower.values(self._share.pool)
        if expr.low < 0:
            expr = expr if expr.atom else lower.keep(expr, H["amount"])
            text = f"IF({expr.text}<0,NA(),{expr.text})"
            values = lift(lambda v: NA if v < 0 else v, values)
            expr = Expr(text, lambda: values, 0, expr.high, lazy=True, depth=1)
        key = "amount" if lower.grid is self._groups.grid else "own"
        return lower.keep(replace(expr, values=lambda: values), H[key])

    def _amounts(self) -> None:
        """Sums of weights and the pool by group."""
        numbers, own = self._range(self._g), self._groups.own_number
        size = len(self._groups.list)
        aggregates: dict[str, Expr] = {}
        rows: list[dict[str, Value]] = [{} for _ in range(size)]
        lower = Lower(self._groups.grid, self._lower.names, rows, self._known, aggregates)
        lower.group = self._lower.group
        for part in self._parts():
            if part.item is None and part.where is None:
                text, values, low, high = f"COUNTIF({numbers},{own})", [1] * self._n, 0, 1
            else:
                counted, values = self._counted(part)  # type: ignore[assignment]
                text = f"SUMIF({numbers},{own},{self._range(self._kept[f'{self._g}:{aggregate_key(part)}'][0])})"
                low, high = min(counted.low, 0), max(counted.high, 0)
            sums = self._sums(cast("Sequence[int]", values))
            for row, value in zip(rows, sums, strict=True):
                row[aggregate_key(part)] = cast("int", value)
            whole = Expr(text, lambda sums=sums: sums, low * self._n, high * self._n, depth=1)  # type: ignore[misc]
            aggregates[aggregate_key(part)] = lower.keep(whole, H["counted"])
        self._pool_expr = self._pool(lower)
        self._pools = self._pool_expr.values()
        text = f"SUMIF({numbers},{own},{self._range(self._w)})"
        sums = self._sums(self._weights)
        whole = Expr(text, lambda: sums, 0, self._weight_high * self._n, depth=1)
        whole = lower.bounded(lower.keep(whole, H["weights"]), H["weights"])
        self._total, self._sums_of_weights = whole.text, sums

    def _sums(self, values: Sequence[int]) -> list[int]:
        found = [0] * len(self._groups.list)
        for number, value in zip(self._numbers, values, strict=True):
            if number != ALONE:
                found[number - 1] += value
        return found

    # -- caps -----------------------------------------------------------------------------------

    def _levels(self) -> None:
        """Up to which cap / weight villages are filled, and what is left for the others, by group."""
        if self._c is None:
            self._full: int | None = None
            self._filled = [0] * self._n
            self._rest, self._open = self._pools, list(self._sums_of_weights)
            self._rest_at, open_text = self._pool_expr.text, self._total
        else:
            open_text = self._search()
        self._fit_factor()
        limit = f"{self._factor}*({self._rest_at}+{open_text})<1E+15"
        text = open_text if self._direct else f"IF({limit},{open_text},NA())"
        self._open_at = self._group("open", text, self._open)

    def _search(self) -> str:
        """Find the level by halving; returns the formula of the weights that stay open."""
        numbers, own = self._range(self._g), self._groups.own_number
        assert self._c is not None
        caps, weights, ratios = self._range(self._c), self._range(self._w), self._range(self._ratio)
        claims = self._sums([1 if weight else 0 for weight in self._weights])
        text = f'COUNTIFS({numbers},{own},{weights},">0")'
        if self._cap_high * self._n >= LIMIT:
            text = f"IF(SUMIF({numbers},{own},{caps})<1E+15,{text},NA())"
            if max(self._sums(self._caps)) >= LIMIT:
                raise TooLarge
        count = self._own(self._group("claims", text, claims))
        fillings = self._fillings()
        taken_text, taken = "0", [0] * len(fillings)
        members = self._members()
        for n, size in enumerate(sizes(self._n), 1):
            steps = [
                f.step(size, t) if not isinstance(f, Err) else f
                for f, t in zip(fillings, taken, strict=True)
            ]
            place = f"{taken_text}+{size}"
            text = (
                f"IF({place}<={count},SUMPRODUCT(LARGE({members}*{ratios},{count}-({place})+1)),0)"
            )
            ratio = self._own(self._group("asked", text, _of(steps, "ratio"), n))
            below = f"{members}*({ratios}>0)*({ratios}<={ratio})"
            sums = [f"IF({ratio}>0,SUMPRODUCT({below}*{each}),0)" for each in (caps, weights)]
            caps_to = self._own(self._group("caps_to", sums[0], _of(steps, "caps"), n))
            weights_to = self._own(self._group("weights_to", sums[1], _of(steps, "weights"), n))
            fits = f"{ratio}*({self._total}-{weights_to})<={self._pool_expr.text}-{caps_to}"
            text = f"IF({place}<={count},IF({fits},{place},{taken_text}),{taken_text})"
            taken = [0 if isinstance(s, Err) else s.taken for s in steps]
            taken_text = self._own(self._group("taken", text, _of(steps, "taken"), n))
        return self._level(taken_text, taken, count, fillings)

    def _fillings(self) -> list[Filling | Err]:
        members: list[list[tuple[int, int]]] = [[] for _ in self._groups.list]
        for number, weight, cap in zip(self._numbers, self._weights, self._caps, strict=True):
            if number != ALONE and weight:
                members[number - 1].append((weight, cap))
        return [
            pool if isinstance(pool, Err) else Filling(cast("int", pool), claims)
            for pool, claims in zip(self._pools, members, strict=True)
        ]

    def _level(
        self, taken_text: str, taken: Sequence[int], count: str, fillings: Sequence[Filling | Err]
    ) -> str:
        """The level that is reached; what caps leave; whether each village is at its cap."""
        assert self._c is not None
        caps, weights, ratios = self._range(self._c), self._range(self._w), self._range(self._ratio)
        members = self._members()
        steps = [
            f if isinstance(f, Err) else f.at(t, t) for f, t in zip(fillings, taken, strict=True)
        ]
        large = f"SUMPRODUCT(LARGE({members}*{ratios},{count}-{taken_text}+1))"
        level_at = self._group("level", f"IF({taken_text}>0,{large},0)", _of(steps, "ratio"))
        below = f"{members}*({ratios}>0)*({ratios}<={self._own(level_at)})"
        text = f"{self._pool_expr.text}-SUMPRODUCT({below}*{caps})"
        self._rest = lift(lambda p, c: p - c, self._pools, _of(steps, "caps"))
        rest_at = self._group("rest", text, self._rest)
        self._rest_at = self._own(rest_at)
        self._open = lift(lambda s, w: s - w, self._sums_of_weights, _of(steps, "weights"))
        self._filled = [
            int(bool(weight) and number != ALONE and _reached(ratio, steps[number - 1]))
            for number, weight, ratio in zip(
                self._numbers, self._weights, self._ratios, strict=True
            )
        ]
        w, ratio = self._cell(self._w), self._cell(self._ratio)
        text = f"IF({self._within()},IF({ratio}<={self._looked_up(level_at)},1,0),0)"
        self._full = self._village("full", text, self._filled)
        assert w
        return f"{self._total}-SUMPRODUCT({below}*{weights})"

    def _within(self) -> str:
        """Whether a village takes part in a group's pool."""
        takes = f"{self._cell(self._w)}>0"
        return f"AND({takes},{self._cell(self._g)}>0)" if self._alone else takes

    # -- quotients ------------------------------------------------------------------------------

    def _fit_factor(self) -> None:
        """How products are kept within 15 digits: directly, or in two parts by a factor."""
        self._direct = self._weight_high * self._pool_expr.high < NO_FUZZ
        weight = max(self._weights, default=0)
        rests = [value for value in self._rest if not isinstance(value, Err)]
        rest = max((cast("int", value) for value in rests), default=0)
        both = max(
            (cast("int", r) + cast("int", o) for r, o in zip(self._rest, self._open, strict=True)
             if not isinstance(r, Err) and not isinstance(o, Err)), default=0,
        )  # fmt: skip
        ideal = isqrt(max(weight, 1) * max(rest, 1) // max(both, 1))
        self._factor = 10 ** min(max(len(str(ideal)) - (str(ideal) < "32"), 1), 7)
        if self._direct:
            return
        if weight * rest >= self._factor * LIMIT or self._factor * both >= LIMIT:
            raise TooLarge

    def _quotients(self) -> None:
        """Each village's whole share of what caps leave, and the remainder of its division."""
        grid = self._groups.grid
        rest_text = f"INDEX({_range_of(self._rest_at, grid.rows)},{self._cell(self._g)})"
        within = self._within()
        rests = [self._at(self._rest, i) for i in range(self._n)]
        opens = [self._at(self._open, i) for i in range(self._n)]
        r = self._cell(self._village("rest", f"IF({within},{rest_text},0)", rests))
        o = self._cell(
            self._village("open", f"IF({within},{self._looked_up(self._open_at)},0)", opens)
        )
        self._open_cell = o
        w = self._cell(self._w)
        pairs = [
            divmod(cast("int", rest) * weight, cast("int", open_)) if open_ else (0, 0)
            for rest, open_, weight in zip(rests, opens, self._weights, strict=True)
        ]
        quotients, remainders = [q for q, _ in pairs], [m for _, m in pairs]
        if self._direct:
            self._q = self._village("quotient", f"IF({o}>0,INT({w}*{r}/{o}),0)", quotients)
            text = f"IF({o}>0,{w}*{r}-{self._cell(self._q)}*{o},0)"
            self._m = self._village("remainder", text, remainders)
        else:
            self._in_two_parts(w, r, o, quotients, remainders)
        self._quotient_values, self._remainder_values = quotients, remainders
        self._opens = opens

    def _at(self, by_group: Sequence[Cell], index: int) -> Cell:
        """A group's value for a village that takes part in it; 0 for others."""
        number = self._numbers[index]
        return by_group[number - 1] if self._weights[index] and number != ALONE else 0

    def _in_two_parts(
        self, w: str, r: str, o: str, quotients: Sequence[int], remainders: Sequence[int]
    ) -> None:
        """The quotient from a rough one: the rough remainder is exact and says by how much it is off."""
        k = self._factor
        rough_values = list(quotients)
        rough = f"IF({o}>0,IF({w}*{r}<{k}*1E+15,INT({w}*{r}/{o}),NA()),0)"
        q = self._cell(self._village("rough", rough, rough_values))
        high = f"(INT({w}/{k})*{r}-INT({q}/{k})*{o})*{k}"
        low = f"({w}-{k}*INT({w}/{k}))*{r}-({q}-{k}*INT({q}/{k}))*{o}"
        m = self._cell(self._village("off", f"IF({o}>0,{high}+{low},0)", remainders))
        text = f"{q}+IF({m}<0,-1,IF(AND({o}>0,{m}>={o}),1,0))"
        self._q = self._village("quotient", text, quotients)
        text = f"{m}+IF({m}<0,{o},IF({m}>={o},-{o},0))"
        self._m = self._village("remainder", text, remainders)

    # -- the last units -------------------------------------------------------------------------

    def _handed_out(self, order: str, places: Sequence[int]) -> Expr:
        """The share with the unit that goes to the largest remainders."""
        base, remainder, wrong = self._bases()
        numbers, own = self._range(self._g), self._groups.own_number
        bases = [self._filled_value(i) for i in range(self._n)]
        used = self._sums(bases)
        left = lift(lambda p, b, o: p - b if o else 0, self._pools, used, self._open)
        text = f"IF({self._own(self._open_at)}>0,{self._pool_expr.text}-SUMIF({numbers},{own},{self._range(base)}),0)"
        if wrong is not None:
            text = f"IF(SUMIF({numbers},{own},{self._range(wrong)})>0,NA(),{text})"
        left_at = self._group("left", text, left)
        last, last_place, extra = self._last(left, places)
        members, rests = self._members(), self._range(remainder)
        many = self._own(left_at)
        text = f"IF({many}>0,SUMPRODUCT(LARGE({members}*{rests},{many})),1E+15)"
        last_at = self._group("last", text, last)
        mine = self._own(last_at)
        place = _range_of(order, self._n)
        ties = f"{members}*({rests}={mine})*({self._n + 1}-{place})"
        rank = f"{many}-SUMPRODUCT({members}*({rests}>{mine}))"
        text = f"IF({many}>0,{self._n + 1}-SUMPRODUCT(LARGE({ties},{rank})),0)"
        place_at = self._group("last_order", text, last_place)
        cell = self._cell(remainder)
        above = f"IF({cell}>{self._looked_up(last_at)},1,IF({cell}={self._looked_up(last_at)}"
        above += f",IF({order}<={self._looked_up(place_at)},1,0),0))"
        text = f"IF({self._within()},{self._cell(base)}+{above},0)"
        values = [b + e for b, e in zip(bases, extra, strict=True)]
        return Expr(text, lambda: values, 0, self._pool_expr.high, depth=5)

    def _filled_value(self, index: int) -> int:
        return self._caps[index] if self._filled[index] else self._quotient_values[index]

    def _bases(self) -> tuple[int, int, int | None]:
        """Columns of the share before the last unit, of its remainder, and of caps found wrong."""
        if self._full is None:
            return self._q, self._m, None
        assert self._c is not None
        full, q, m, c = (self._cell(at) for at in (self._full, self._q, self._m, self._c))
        bases = [self._filled_value(i) for i in range(self._n)]
        base = self._village("base", f"IF({full}=1,{c},{q})", bases)
        rests = [0 if f else m for f, m in zip(self._filled, self._remainder_values, strict=True)]
        remainder = self._village("remainder", f"IF({full}=1,0,{m})", rests)
        over = f"IF({q}>{c},1,IF(AND({q}={c},{m}>0),1,0))"
        text = f"IF({self._open_cell}>0,IF({full}=1,IF({c}>{q},1,0),{over}),0)"
        wrong = self._village("wrong", text, [0] * self._n)
        self._remainder_values = rests
        return base, remainder, wrong

    def _last(
        self, left: Sequence[Cell], places: Sequence[int]
    ) -> tuple[list[Cell], list[Cell], list[int]]:
        """By group the last remainder and place that get a unit; by village the unit."""
        last: list[Cell] = [10**15] * len(left)
        last_place: list[Cell] = [0] * len(left)
        extra = [0] * self._n
        members: list[list[int]] = [[] for _ in left]
        for index, number in enumerate(self._numbers):
            if number != ALONE:
                members[number - 1].append(index)
        for group, many in enumerate(left):
            if isinstance(many, Err):
                last[group] = last_place[group] = many
            elif many:
                ranked = sorted(
                    members[group], key=lambda i: (-self._remainder_values[i], places[i])
                )[: cast("int", many)]
                for index in ranked:
                    extra[index] = 1
                last[group] = self._remainder_values[ranked[-1]]
                last_place[group] = places[ranked[-1]]
        return last, last_place, extra

    def _result(self, own: Expr | None, shared: Expr | None) -> Expr:
        """The share of a village, in a column of its own."""
        if own is not None:
            least = f"MIN({own.text},{self._cell(self._c)})" if self._c is not None else own.text
            amounts = own.values()
            mine: list[Cell] = [
                (min(cast("int", a), c) if self._c is not None else a) if w else 0
                for a, c, w in zip(amounts, self._caps or [0] * self._n, self._weights, strict=True)
            ]
            text = f"IF({self._cell(self._w)}>0,{least},0)"
            alone = Expr(text, lambda: mine, 0, own.high, depth=3)
            if shared is None:
                found = alone
            else:
                both = [
                    a if n == ALONE else s
                    for a, s, n in zip(mine, shared.values(), self._numbers, strict=True)
                ]
                text = f"IF({self._cell(self._g)}={ALONE},{alone.text},{shared.text})"
                found = Expr(text, lambda: both, 0, max(own.high, shared.high), depth=6)
        else:
            assert shared is not None
            found = shared
        return self._lower.keep(found, H["share"])


def _reached(ratio: float, step: object) -> bool:
    return not isinstance(step, Err) and ratio <= step.ratio  # type: ignore[attr-defined]


def _of(steps: Sequence[object], name: str) -> list[Cell]:
    """One figure of each step."""
    return [step if isinstance(step, Err) else getattr(step, name) for step in steps]


def _range_of(cell: str, rows: int) -> str:
    """The whole column of a cell."""
    sheet, name = cell[0], cell[1:].rstrip(ROW).replace("$", "")
    return f"{sheet}${name}${FIRST_ROW}:${name}${FIRST_ROW + rows - 1}"


_ = (POOLS, letters)
