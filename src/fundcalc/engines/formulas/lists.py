"""Lists of text: what a programme that collects gives, as one text and as a test for what it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from fundcalc.base.words import Words
from fundcalc.engines.formulas.cells import Expr, TooLarge
from fundcalc.engines.formulas.given import list_cells
from fundcalc.engines.formulas.lower import Holder, Lower
from fundcalc.engines.result import JOIN
from fundcalc.language.nodes import Choice, Const, Name, Node
from fundcalc.policy.plan import Plan

_BLANK = Words(
    "名单里有空白项，单元格里看不出；只存结果，不设公式，改动输入后不会重算",
    "its list has a blank item, which no cell shows: the result is stored without a formula and does "
    "not follow changed inputs",
)
_NO_FORMULA = Words(
    "它所依据的名单没有公式；只存结果，不设公式，改动输入后不会重算",
    "it rests on a list that has no formula: the result is stored without one too and does not follow "
    "changed inputs",
)


def joined(lower: Lower, node: Node, plan: Plan, cell_names: Mapping[str, str]) -> Expr:
    """A list as one text."""
    if isinstance(node, Const):
        assert isinstance(node.value, tuple)
        text = lower.names.literal(JOIN.join(node.value))
        return Expr(text, lambda: lower.values(node))
    if isinstance(node, Choice):
        condition = lower.expr(node.condition)
        yes, no = (joined(lower, part, plan, cell_names) for part in (node.yes, node.no))
        text = f"IF({condition.text},{yes.text},{no.text})"
        return Expr(text, lambda: lower.values(node), depth=2)
    assert isinstance(node, Name)
    if node.kind == "output":
        text = f'{lower.names.exprs[node.id]().text}&""'
        return Expr(text, lambda: lower.values(node))
    if "" in cast("tuple[str, ...]", plan.constants.get(node.id, ())):
        raise TooLarge(_BLANK)
    name = cell_names[node.id]
    one = 'IF(LEN(INDEX({0},{1}))>0,"{2}"&INDEX({0},{1}),"")'
    cells = range(1, list_cells(plan.constants.get(node.id)) + 1)
    parts = "&".join(one.format(name, n, JOIN) for n in cells)
    return Expr(f"MID({parts},2,32767)", lambda: lower.values(node), depth=3)


def holder(
    lower: Lower, holds: Sequence[Expr], values: Sequence[Expr], count: str, otherwise: Node | None
) -> Holder:
    """Whether a collecting programme's result holds a text."""

    def held(item: Expr) -> Expr:
        tests = [
            f"IF({one.text},EXACT({item.text},{value.text}),FALSE)"
            for one, value in zip(holds, values, strict=True)
        ]
        if otherwise is not None:
            rest = lower.holder(otherwise)(item).text
            tests.append(f"IF({count}=0,{rest},FALSE)")
        return Expr(f"OR({','.join(tests)})", list, depth=4)

    return held


def no_holder(item: Expr) -> Expr:
    """A result without a formula holds what no formula can say."""
    raise TooLarge(_NO_FORMULA)
