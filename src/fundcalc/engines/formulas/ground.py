"""Where a shared pool's formulas stand: columns by village, columns by group, and what both are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fundcalc.base.words import Words
from fundcalc.engines.formulas.cells import Cell, Column
from fundcalc.engines.formulas.groups import ALONE, Groups
from fundcalc.engines.formulas.lower import Lower

HEADS = {
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


@dataclass(frozen=True, slots=True)
class Col:
    """A column: its cell in the formula's row, all its cells, and its values."""

    cell: str
    range: str
    values: Sequence[Cell]


class Ground:
    """Adds columns. After `number` is set, sums and look-ups go by it: each village's group number."""

    number: Col

    def __init__(self, lower: Lower, groups: Groups) -> None:
        self.lower = lower
        self.groups = groups
        self.villages = lower.grid.rows

    def village(self, key: str, text: str, values: Sequence[Cell]) -> Col:
        """A column by village."""
        grid = self.lower.grid
        at = grid.add(Column(HEADS[key], text, values, group=self.lower.group))
        return Col(grid.cell(at), grid.range(at), values)

    def group(self, key: str, text: str, values: Sequence[Cell], n: int = 0) -> Col:
        """A column by group."""
        grid = self.groups.grid
        head = Words(HEADS[key].zh.format(n=n), HEADS[key].en.format(n=n))
        at = grid.add(Column(head, text, values, group=self.lower.group))
        return Col(grid.cell(at), grid.range(at), values)

    def looked_up(self, column: Col) -> str:
        """A group's cell, for a village."""
        return f"INDEX({column.range},{self.number.cell})"

    def members(self) -> str:
        """1 for the villages of a group, for a sum over all villages."""
        return f"({self.number.range}={self.groups.own_number})"

    def sum(self, column: Col) -> str:
        """A village column added up by group."""
        return f"SUMIF({self.number.range},{self.groups.own_number},{column.range})"

    def sums(self, values: Sequence[Cell]) -> list[int]:
        """Values by village added up by group."""
        found = [0] * self.groups.grid.rows
        for number, value in zip(self.number.values, values, strict=True):
            if number != ALONE:
                assert isinstance(number, int) and isinstance(value, int)
                found[number - 1] += value
        return found

    def of_group(self, by_group: Sequence[Cell], index: int) -> Cell:
        """A group's value, for the village at a position; 0 for one that shares with nobody."""
        number = self.number.values[index]
        assert isinstance(number, int)
        return by_group[number - 1] if number != ALONE else 0
