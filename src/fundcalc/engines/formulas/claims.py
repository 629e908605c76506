"""Who claims how much of a pool, and how much there is: weights, caps and amounts as formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fundcalc.engines.formulas.cells import NA, Cell, Err, Expr, lift
from fundcalc.engines.formulas.ground import HEADS, Col, Ground
from fundcalc.engines.formulas.groups import may_be
from fundcalc.engines.formulas.lower import Lower
from fundcalc.language.evaluate import aggregate_key
from fundcalc.language.nodes import Aggregate, Node, Value, walk
from fundcalc.policy.model import Share
from fundcalc.policy.names import VILLAGE

Counted = dict[str, tuple[Col, Expr]]


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who claims: a condition, or None for everybody; and who does now."""

    condition: Expr | None
    now: Sequence[bool]


@dataclass(slots=True)
class Claims:
    """Weights by village, 0 where there is no claim, and caps where there are any.

    `alone` says that a village may be a group by itself under some reading, `grouped` that it may not.
    """

    weight: Col
    most: int
    cap: Col | None
    most_cap: int
    alone: bool
    grouped: bool
    within: str = ""
    counted: Counted = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pool:
    """By group: the amount, at most `most`, and the sum of weights."""

    amount: Col
    most: int
    weights: Col


def claims(ground: Ground, share: Share, claimed: Claimed) -> Claims:
    """Columns of group number, cap and weight."""
    text, numbers = ground.groups.numbers(ground.lower, share.per)
    ground.number = ground.village("group", text, numbers)
    wanted = claimed.condition.text if claimed.condition is not None else ""
    now: Sequence[bool] = claimed.now
    cap, most_cap = None, 0
    if share.at_most is not None:
        cap, most_cap = _claimed(ground, share.at_most, "cap", wanted, now)
        wanted, now = f"{cap.cell}>0", [bool(value) for value in cap.values]
    weight, most = _claimed(ground, share.by, "weight", wanted, now)
    kinds = may_be(share.per)
    found = Claims(weight, most, cap, most_cap, VILLAGE in kinds, kinds != {VILLAGE})
    found.within = f"{weight.cell}>0"
    if found.alone:
        found.within = f"AND({found.within},{ground.number.cell}>0)"
    return found


def _claimed(
    ground: Ground, node: Node, key: str, wanted: str, now: Sequence[bool]
) -> tuple[Col, int]:
    """A weight or a cap; #N/A where it is negative, as the program refuses it."""
    expr = ground.lower.expr(node)
    values = ground.lower.values(node)
    if expr.low < 0:
        expr = expr if expr.atom else ground.lower.keep(expr, HEADS[key])
        expr = replace(expr, text=f"IF({expr.text}<0,NA(),{expr.text})")
    text = f"IF({wanted},{expr.text},0)" if wanted else expr.text
    mine: list[Cell] = [value if one else 0 for value, one in zip(values, now, strict=True)]
    return ground.village(key, text, mine), expr.high


# -- amounts ------------------------------------------------------------------------------------


def own_pool(ground: Ground, share: Share, found: Claims, known: Mapping[str, Value]) -> Expr:
    """The pool of a village that is a group by itself."""
    aggregates: dict[str, Expr] = {}
    rows: list[dict[str, Value]] = [{} for _ in range(ground.villages)]
    for part in _aggregates(share.pool):
        _, expr = _counted(ground, found, part)
        aggregates[aggregate_key(part)] = expr
        _fill(rows, part, expr.values())
    lower = Lower(ground.lower.grid, ground.lower.names, rows, known, aggregates)
    lower.group = ground.lower.group
    return _amount(lower, share.pool, "own")


def pool(ground: Ground, share: Share, found: Claims, known: Mapping[str, Value]) -> Pool:
    """Each group's amount and sum of weights. Raises TooLarge."""
    grid = ground.groups.grid
    aggregates: dict[str, Expr] = {}
    rows: list[dict[str, Value]] = [{} for _ in range(grid.rows)]
    lower = Lower(grid, ground.lower.names, rows, known, aggregates)
    lower.group = ground.lower.group
    for part in _aggregates(share.pool):
        whole = _whole(ground, found, part)
        _fill(rows, part, whole.values())
        aggregates[aggregate_key(part)] = lower.keep(whole, HEADS["counted"])
    amount = _amount(lower, share.pool, "amount")
    sums = ground.sums(found.weight.values)
    weights = Expr(ground.sum(found.weight), lambda: sums, 0, found.most * ground.villages, depth=1)
    weights = lower.bounded(lower.keep(weights, HEADS["weights"]), HEADS["weights"])
    return Pool(
        Col(amount.text, grid.range_of(amount.text), amount.values()), amount.high,
        Col(weights.text, grid.range_of(weights.text), sums),
    )  # fmt: skip


def _aggregates(node: Node) -> list[Aggregate]:
    return [part for part in walk(node) if isinstance(part, Aggregate)]


def _fill(rows: Sequence[dict[str, Value]], part: Aggregate, values: Sequence[Cell]) -> None:
    for row, value in zip(rows, values, strict=True):
        assert isinstance(value, int)
        row[aggregate_key(part)] = value


def _whole(ground: Ground, found: Claims, part: Aggregate) -> Expr:
    """A count or a sum over a group."""
    villages = ground.villages
    if part.item is None and part.where is None:
        text = f"COUNTIF({ground.number.range},{ground.groups.own_number})"
        sums = ground.sums([1] * villages)
        return Expr(text, lambda: sums, 0, villages, depth=1)
    column, expr = _counted(ground, found, part)
    sums = ground.sums(column.values)
    low, high = min(expr.low, 0) * villages, max(expr.high, 0) * villages
    return Expr(ground.sum(column), lambda: sums, low, high, depth=1)


def _counted(ground: Ground, found: Claims, part: Aggregate) -> tuple[Col, Expr]:
    """What a village adds to a count or a sum; the column is made once."""
    key = aggregate_key(part)
    if key in found.counted:
        return found.counted[key]
    lower = ground.lower
    text, low, high = "1", 1, 1
    values: list[Cell] = [1] * ground.villages
    if part.item is not None:
        item = lower.expr(part.item)
        text, low, high, values = item.text, item.low, item.high, lower.values(part.item)
    if part.where is not None:
        where, holds = lower.expr(part.where), lower.values(part.where)
        text = f"IF({where.text},{text},0)"
        values = [value if one else 0 for value, one in zip(values, holds, strict=True)]
        low, high = min(low, 0), max(high, 0)
    column = ground.village("counted", text, values)
    found.counted[key] = column, Expr(column.cell, lambda: values, low, high, atom=True)
    return found.counted[key]


def _amount(lower: Lower, node: Node, key: str) -> Expr:
    """The pool's amount in the rows of a grid; #N/A where it is negative."""
    expr, values = lower.expr(node), lower.values(node)
    if expr.low < 0:
        expr = expr if expr.atom else lower.keep(expr, HEADS[key])
        values = lift(_not_negative, values)
        text = f"IF({expr.text}<0,NA(),{expr.text})"
        expr = Expr(text, lambda: values, 0, expr.high, lazy=True, depth=1)
    return lower.keep(replace(expr, values=lambda: values), HEADS[key])


def _not_negative(value: Cell) -> Cell:
    assert isinstance(value, int) and not isinstance(value, Err)
    return NA if value < 0 else value
