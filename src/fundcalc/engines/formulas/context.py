"""What all parts of the book of formulas share: the plan, the sheets' names, where each name stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fundcalc.base.words import Lang, Words
from fundcalc.engines.formulas.bounds import Bounds, Interval
from fundcalc.engines.formulas.lower import Lower, Place
from fundcalc.engines.formulas.model import FIRST_ROW, Grid, Table
from fundcalc.engines.result import Result, tie_order
from fundcalc.language.datatypes import Number
from fundcalc.language.evaluate import Evaluation, evaluation
from fundcalc.language.nodes import Aggregate, Node, Value
from fundcalc.language.simplify import simplify
from fundcalc.language.units import PLAIN

SHEETS = {
    "inputs": Words("输入", "Inputs"),
    "parameters": Words("标准", "Parameters"),
    "live": Words("公式核对", "Formulas"),
    "shares": Words("分摊", "Shares"),
    "pools": Words("资金池", "Pools"),
}
YES, NO = Words("是", "yes"), Words("否", "no")
COUNT = Number(PLAIN, 0)
"""Whole numbers of a helper column, shown as they are; money in it is in fen."""


@dataclass(slots=True)
class Context:
    """The plan and its result, and the sheets under way."""

    result: Result
    lang: Lang
    inputs: Grid = field(default_factory=lambda: Grid("inputs"))
    live: Grid = field(default_factory=lambda: Grid("live"))
    shares: Grid = field(default_factory=lambda: Grid("shares"))
    pools: Table = field(default_factory=lambda: Table("pools"))
    parameters: Table = field(default_factory=lambda: Table("parameters"))
    places: dict[str, Place] = field(default_factory=dict)
    intervals: dict[str, Interval] = field(default_factory=dict)
    priority: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Villages by code: the first has the highest priority among equal remainders."""
        order = tie_order(self.result.rows)
        self.priority = [0] * len(order)
        for position, index in enumerate(order):
            self.priority[index] = len(order) - position

    def say(self, words: Words) -> str:
        """Words in the book's language."""
        return words.say(self.lang)

    def sheet(self, key: str) -> str:
        """A sheet's name; it needs no quotes in a formula."""
        return self.say(SHEETS[key])

    def column(self, key: str, letters: str) -> str:
        """All villages' cells of a column."""
        last = FIRST_ROW + len(self.result.rows) - 1
        return f"{self.sheet(key)}!${letters}${FIRST_ROW}:${letters}${last}"

    def bounds(self) -> Bounds:
        """How large numbers can become, as far as names are known now."""
        return Bounds(self.intervals, len(self.result.rows))

    def lower(self, aggregate: Callable[[Aggregate], str] | None = None) -> Lower:
        """A lowering with the names known now."""
        return Lower(self.places, self.bounds(), self.say(YES), aggregate)

    def evaluate(self, node: Node) -> Evaluation:
        """The node as the engines evaluate it: readings and parameters put in."""
        constants: Mapping[str, Value] = self.result.plan.constants
        return evaluation(simplify(node, constants))

    def numbers(self, node: Node) -> list[int]:
        """A number's value for every village."""
        one = self.evaluate(node)
        return [int(one(row)) for row in self.result.rows]  # type: ignore[arg-type]
