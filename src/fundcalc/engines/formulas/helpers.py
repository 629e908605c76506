"""Columns of their own for parts of a formula that it uses twice, or that would make it too long."""

from __future__ import annotations

from fundcalc.base.words import Words
from fundcalc.engines.formulas.cells import LIMIT, Column, Expr, Grid, TooLarge


class Helpers:
    """Adds helper columns to a grid; `group` is the heading that they stand under."""

    def __init__(self, grid: Grid, group: Words | None = None) -> None:
        self.grid = grid
        self.group = group

    def keep(self, expr: Expr, head: Words, *, truth: bool = False) -> Expr:
        """The expression in a column of its own, and the reference to it; a condition as 1 or 0."""
        text = f"IF({expr.text},1,0)" if truth else expr.text
        values = [int(v) if isinstance(v, bool) else v for v in expr.values()]
        style = "flag" if truth else "number"
        cell = self.grid.add(Column(head, text, values, style, group=self.group)).cell  # type: ignore[arg-type]
        ref = f"({cell}=1)" if truth else cell
        return Expr(ref, expr.values, expr.low, expr.high, atom=True, lazy=expr.lazy)

    def named(self, expr: Expr, head: Words) -> Expr:
        """The expression as one reference, so that a formula may use it twice."""
        return expr if expr.atom else self.keep(expr, head)

    def bounded(self, expr: Expr, head: Words) -> Expr:
        """The number, or #N/A where it has more than 15 digits. Raises TooLarge where one has now."""
        if max(abs(expr.low), abs(expr.high)) < LIMIT:
            return expr
        values = expr.values()
        if any(isinstance(v, int) and abs(v) >= LIMIT for v in values):
            raise TooLarge
        raw = self.named(expr, head)
        text = f"IF(ABS({raw.text})<1E+15,{raw.text},NA())"
        low, high = max(expr.low, 1 - LIMIT), min(expr.high, LIMIT - 1)
        guarded = Expr(text, expr.values, low, high, lazy=True, depth=1)
        return self.keep(guarded, head)
