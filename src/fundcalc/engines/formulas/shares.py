"""Shares of pools as formulas: groups, weights, caps, and whole fen by largest remainder.

Each village has a row on one sheet, each pool a row on another. Nothing is ranked: a pool finds the
remainder, and the place among equal remainders, from which a village gets one fen more.
"""

from __future__ import annotations

from dataclasses import dataclass

from fundcalc.base.words import Words
from fundcalc.engines.formulas.bounds import Interval
from fundcalc.engines.formulas.context import COUNT, Context
from fundcalc.engines.formulas.lower import Lower
from fundcalc.engines.formulas.model import LIMIT, ROW, Column, Inexpressible
from fundcalc.engines.formulas.pool_rows import Claim, Pool, PoolRows
from fundcalc.engines.result import group_of
from fundcalc.language.evaluate import DivisionByZero, aggregate_key
from fundcalc.language.nodes import Aggregate, Node, walk
from fundcalc.policy.plan import PlanShare

MOST_WORK = 20_000_000
"""Villages times pools of one share: beyond it a spreadsheet takes minutes to recalculate."""

_W = {
    "group": Words("{title}：组号", "{title}: pool no."),
    "part": Words("{title}：计入总额 {n}", "{title}: counted {n}"),
    "weight": Words("{title}：权重", "{title}: weight"),
    "cap": Words("{title}：上限（分）", "{title}: cap (fen)"),
    "full": Words("{title}：已到上限", "{title}: at its cap"),
    "guess": Words("{title}：试商", "{title}: trial quotient"),
    "rest": Words("{title}：试余", "{title}: trial remainder"),
    "floor": Words("{title}：整分", "{title}: whole fen"),
    "remainder": Words("{title}：余数", "{title}: remainder"),
    "share": Words("{title}：份额（分）", "{title}: share (fen)"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One share to lower: who claims, by which cell, and what they were given in fen."""

    id: str
    title: str
    share: PlanShare
    claims: list[bool]
    claim: str | None
    given: list[int]


class Shares:
    """Writes shares into the sheets of a context."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._groups: dict[str, tuple[str, list[str], list[int]]] = {}
        self.pools = PoolRows(context)

    def place(self, asked: Asked) -> tuple[str, Interval]:
        """The formula of a village's share in fen, and its bounds. Raises Inexpressible."""
        per = asked.share.per
        letters = self._own(asked) if per == "village" else self._shared(asked)
        high = min(self._amount_bounds(asked.share.pool)[1], LIMIT - 1)
        return f"{self._context.sheet('shares')}!${letters}{ROW}", (0, high)

    def _amount_bounds(self, pool: Node) -> Interval:
        bounds = self._context.bounds()
        bounds.check(pool)
        return bounds.of(pool)

    def _add(self, key: str, asked: Asked, values: list[int], formula: str, **more: object) -> str:
        head = self._context.say(_W[key]).format(title=asked.title, **more)
        role = "scratch" if key in ("guess", "rest") else "helper"
        id_ = f"{asked.id}.{key}{more.get('n', '')}"
        return self._context.shares.add(Column(id_, head, COUNT, values, formula, role))

    def _claimed(self, asked: Asked, node: Node) -> tuple[str, list[int]]:
        """A weight or cap of those who claim, and 0 of others; below zero it is an error."""
        text = self._context.lower().text(node)
        if self._context.bounds().of(node)[0] < 0:
            text = f"IF({text}<0,NA(),{text})"
        if asked.claim is not None:
            text = f"IF({asked.claim},{text},0)"
        one, rows = self._context.evaluate(node), self._context.result.rows
        values = [int(one(row)) if c else 0 for row, c in zip(rows, asked.claims, strict=True)]  # type: ignore[arg-type]
        return text, values

    # -- a pool for each village ----------------------------------------------------------------

    def _own(self, asked: Asked) -> str:
        """Each village by itself: its pool, up to its cap."""
        weight, weights = self._claimed(asked, asked.share.by)
        pool = self._context.lower(self._alone).text(asked.share.pool)
        self._amount_bounds(asked.share.pool)
        if asked.share.at_most is not None:
            cap, _ = self._claimed(asked, asked.share.at_most)
            pool = f"MIN({pool},{cap})"
        letters = self._add("weight", asked, weights, weight)
        given = f"IF(${letters}{ROW}>0,{pool},0)"
        return self._add("share", asked, asked.given, given)

    def _alone(self, node: Aggregate) -> str:
        lower = self._context.lower()
        item = lower.text(node.item) if node.item is not None else "1"
        return f"IF({lower.text(node.where)},{item},0)" if node.where is not None else f"({item})"

    # -- pools for groups -----------------------------------------------------------------------

    def _shared(self, asked: Asked) -> str:
        group, names, numbers = self._group(asked)
        first = self.pools.next_row
        if group:
            places = (first, first + len(names) - 1)
            text = self.pools.group_number(places, f"{self._context.places[asked.share.per].place}")
            group = self._add("group", asked, numbers, text)
        parts = self._parts(asked)
        weight, weights = self._claimed(asked, asked.share.by)
        columns = {"weight": self._add("weight", asked, weights, weight)}
        caps: list[int] | None = None
        if asked.share.at_most is not None:
            cap, caps = self._claimed(asked, asked.share.at_most)
            caps = [c if w else 0 for c, w in zip(caps, weights, strict=True)]
            text = f"IF(${columns['weight']}{ROW}>0,{cap},0)"
            columns["cap"] = self._add("cap", asked, caps, text)
        amounts = self._amounts(asked, names, numbers)
        claim = Claim(asked.title, names, numbers, weights, caps, asked.given, amounts)
        pools = claim.settle(self._context.priority)
        columns = self._villages(asked, claim, pools, columns, group)
        self.pools.write(claim, pools, columns, group, self._amount_text(asked, parts, group))
        return columns["share"]

    def _group(self, asked: Asked) -> tuple[str, list[str], list[int]]:
        """Whether groups are numbered, their names in roster order, and each village's number."""
        rows, per = self._context.result.rows, asked.share.per
        if per == "all":
            return "", [""], [1] * len(rows)
        names: dict[str, int] = {}
        numbers = [names.setdefault(group_of(r, per, i), len(names) + 1) for i, r in enumerate(rows)]
        if len(names) * len(rows) > MOST_WORK:
            raise Inexpressible(
                Words("资金池过多，公式计算太慢", "too many pools for formulas to be quick")
            )
        return "group", list(names), numbers

    def _parts(self, asked: Asked) -> dict[str, str]:
        """A column for each aggregate of the pool: what each village adds to it."""
        parts: dict[str, str] = {}
        for node in walk(asked.share.pool):
            if isinstance(node, Aggregate):
                item = self._context.evaluate(node.item) if node.item is not None else None
                where = self._context.evaluate(node.where) if node.where is not None else None
                values = [
                    (int(item(row)) if item else 1) if where is None or where(row) else 0  # type: ignore[arg-type]
                    for row in self._context.result.rows
                ]
                text, key = self._alone(node), aggregate_key(node)
                parts[key] = self._add("part", asked, values, text, n=len(parts) + 1)
        return parts

    def _amounts(self, asked: Asked, names: list[str], numbers: list[int]) -> list[int]:
        """Each pool's amount in fen."""
        pool, rows = self._context.evaluate(asked.share.pool), self._context.result.rows
        totals: list[dict[str, int]] = [{} for _ in names]
        for column in self._context.shares.columns:
            prefix, _, key = column.id.rpartition(".part")
            if prefix == asked.id and key:
                for total in totals:
                    total[key] = 0
                for number, value in zip(numbers, column.values, strict=True):
                    totals[number - 1][key] += int(value)  # type: ignore[arg-type]
        keys = [aggregate_key(n) for n in walk(asked.share.pool) if isinstance(n, Aggregate)]
        try:
            return [
                int(pool({key: total[str(n)] for n, key in enumerate(keys, 1)}))  # type: ignore[arg-type]
                for total in totals
            ]
        except DivisionByZero:
            raise Inexpressible(
                Words("有的组按公式会除以零", "the pool of some group would divide by zero")
            ) from None
        finally:
            del rows

    def _amount_text(self, asked: Asked, parts: dict[str, str], group: str) -> Lower:
        """The lowering of a pool's amount on its own row."""

        def total(node: Aggregate) -> str:
            column = self._context.column("shares", parts[aggregate_key(node)])
            return f"SUMIFS({column},{self.pools.range(group)},{self.pools.own})" if group else f"SUM({column})"

        return self._context.lower(total)
