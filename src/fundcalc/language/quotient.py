"""A quotient as two whole-number expressions, so that every engine can round it exactly."""

from __future__ import annotations

from dataclasses import replace

from fundcalc.language.datatypes import Number
from fundcalc.language.nodes import Arithmetic, Const, Negative, Node, Rescale
from fundcalc.language.units import PLAIN


def quotient(node: Node, decimals: int) -> tuple[Node, Node]:
    """Numerator and denominator of an expression with `/` in it.

    Numerator / denominator is the value counted in 10**-decimals of its unit. Both are expressions
    without `/`; the denominator may be negative or zero for some village.
    """
    top, bottom, has = _split(node)
    if has < decimals:
        top = times(top, 10 ** (decimals - has))
    elif has > decimals:
        bottom = times(bottom, 10 ** (has - decimals))
    return top, bottom


def _split(node: Node) -> tuple[Node, Node, int]:
    """Numerator, denominator, and in how many decimals their quotient counts."""
    kind = node.type
    assert isinstance(kind, Number)
    if kind.decimals is not None:
        return node, _one(node), kind.decimals
    if isinstance(node, Negative):
        top, bottom, has = _split(node.item)
        return Negative(top.type, node.at, top), bottom, has
    assert isinstance(node, Arithmetic)
    a, b, left = _split(node.left)
    c, d, right = _split(node.right)
    if node.op == "*":
        return _product(a, c), _product(b, d), left + right
    if node.op == "/":
        if left < right:
            a, left = times(a, 10 ** (right - left)), right
        return _product(a, d), _product(b, c), left - right
    if left < right:
        a, left = times(a, 10 ** (right - left)), right
    elif right < left:
        c = times(c, 10 ** (left - right))
    top = Arithmetic(_plain(), node.at, node.op, _product(a, d), _product(c, b))
    return top, _product(b, d), left


def _plain() -> Number:
    """Types below a rounding only mark whole numbers; units were checked on the way down."""
    return Number(PLAIN, 0)


def _one(node: Node) -> Const:
    return Const(_plain(), node.at, 1)


def times(node: Node, factor: int) -> Node:
    """The node multiplied by a constant power of ten."""
    if isinstance(node, Const) and isinstance(node.value, int):
        return replace(node, value=node.value * factor)
    return Rescale(_plain(), node.at, node, len(str(factor)) - 1)


def _product(a: Node, b: Node) -> Node:
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Const) and one.value == 1:
            return other
    return Arithmetic(_plain(), a.at, "*", a, b)
