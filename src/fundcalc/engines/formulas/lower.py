"""Typed expressions as spreadsheet formulas: whole numbers of smallest units, exact text, lazy choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fundcalc.base.money import plain
from fundcalc.base.words import Words
from fundcalc.engines.formulas.bounds import Bounds
from fundcalc.engines.formulas.model import (
    DAY_ZERO,
    MOST_ARGUMENTS,
    Inexpressible,
    quoted,
)
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, YesNo
from fundcalc.language.nodes import (
    Absolute,
    Aggregate,
    Arithmetic,
    Choice,
    Compare,
    Const,
    Contains,
    Extreme,
    Logic,
    Name,
    Negation,
    Negative,
    Node,
    Rescale,
    Round,
    Value,
    walk,
)

_SIGNS = {"==": "=", "!=": "<>"}
JOIN = "+"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name's value stands. A list stands in several cells: `cells` of `place`."""

    place: str
    type: Type
    cells: int = 1


class Lower:
    """Lowers nodes whose names have places. `yes` is the word that a yes/no input shows for yes.

    Numbers of smallest units (fen) are whole; `in_units` gives the same in shown units (yuan) where
    nothing has to be computed, so that formulas stay short.
    """

    def __init__(
        self, places: Mapping[str, Place], bounds: Bounds, yes: str,
        aggregate: Callable[[Aggregate], str] | None = None,
    ) -> None:  # fmt: skip
        self._places = places
        self._bounds = bounds
        self._yes = yes
        self._aggregate = aggregate

    def text(self, node: Node) -> str:
        """The formula of a node, numbers in smallest units. Raises Inexpressible."""
        self._bounds.check(node)
        return self._text(node)

    def in_units(self, node: Node) -> str | None:
        """The formula in shown units, or None where the number has to be computed."""
        self._bounds.check(node)
        return self._raw(node)

    def _text(self, node: Node) -> str:  # noqa: PLR0911, C901 - one line a node
        match node:
            case Const():
                return constant(node.value, node.type)
            case Name():
                return self._name(node)
            case Negative():
                return f"-{self._inner(node.item)}"
            case Rescale():
                return f"{self._inner(node.item)}*{10**node.power}"
            case Arithmetic():
                return f"{self._inner(node.left)}{node.op}{self._inner(node.right)}"
            case Compare():
                return self._compare(node)
            case Contains():
                return self._contains(node)
            case Logic():
                return self._logic(node)
            case Negation():
                return f"NOT({self._text(node.item)})"
            case Choice():
                yes, no = self._text(node.yes), self._text(node.no)
                return f"IF({self._text(node.condition)},{yes},{no})"
            case Extreme():
                return f"{node.op.upper()}({self._list(node.items)})"
            case Absolute():
                return f"ABS({self._text(node.item)})"
            case Round():
                return self._round(node)
            case Aggregate() if self._aggregate is not None:
                return self._aggregate(node)
        raise TypeError(f"no such node: {type(node).__name__}")

    def _inner(self, node: Node) -> str:
        """The formula as an operand."""
        text = self._text(node)
        simple = isinstance(node, Const) and not text.startswith("-")
        simple = simple or isinstance(node, Name | Choice | Extreme | Absolute | Aggregate)
        return text if simple else f"({text})"

    def _list(self, items: tuple[Node, ...]) -> str:
        if len(items) > MOST_ARGUMENTS:
            raise Inexpressible(Words("参数过多", "more arguments than a function takes"))
        return ",".join(self._text(item) for item in items)

    def _place(self, node: Name) -> Place:
        if node.id not in self._places:
            raise Inexpressible(
                Words(f"所依据的 {node.id} 没有公式", f"it rests on {node.id}, which has no formula")
            )
        return self._places[node.id]

    def _name(self, node: Name) -> str:
        place = self._place(node)
        kind = place.type
        if isinstance(kind, Number):
            return f"ROUND({place.place}*{10**kind.decimals},0)" if kind.decimals else place.place
        if isinstance(kind, YesNo):
            return f'({place.place}="{self._yes}")'
        if isinstance(kind, Date):
            return f"({place.place}+{DAY_ZERO})"
        return place.place

    def _raw(self, node: Node) -> str | None:
        """A number in shown units without arithmetic on it."""
        match node:
            case Const() if isinstance(node.value, int) and isinstance(node.type, Number):
                return plain(node.value, node.type.decimals or 0)
            case Name() if isinstance(node.type, Number):
                return self._place(node).place
            case Rescale():
                return self._raw(node.item)
            case Choice():
                yes, no = self._raw(node.yes), self._raw(node.no)
                return f"IF({self._text(node.condition)},{yes},{no})" if yes and no else None
            case Extreme():
                parts = [self._raw(item) for item in node.items]
                found = [part for part in parts if part]
                return f"{node.op.upper()}({','.join(found)})" if len(found) == len(parts) else None
        return None

    def _compare(self, node: Compare) -> str:
        sign = _SIGNS.get(node.op, node.op)
        if isinstance(node.left.type, Text):
            same = f"EXACT({self._text(node.left)},{self._text(node.right)})"
            return same if node.op == "==" else f"NOT({same})"
        left, right = self._raw(node.left), self._raw(node.right)
        if left is None or right is None:
            left, right = self._inner(node.left), self._inner(node.right)
        return f"{left}{sign}{right}"

    def _contains(self, node: Contains) -> str:
        item = self._text(node.item)
        found = self._among(node, item)
        return f"NOT({found})" if node.negated else found

    def _among(self, node: Contains, item: str) -> str:
        container = node.container
        if isinstance(container, tuple):
            if not container:
                return "FALSE"
            if isinstance(node.item.type, Text):
                parts = [f"EXACT({item},{self._text(choice)})" for choice in container]
            else:
                parts = [f"{self._inner(node.item)}={self._text(c)}" for c in container]
            return f"OR({','.join(parts[:MOST_ARGUMENTS])})" if len(parts) > 1 else parts[0]
        if isinstance(container, Name) and isinstance(container.type, Texts):
            place = self._place(container)
            if container.kind == "parameter":
                return f"SUMPRODUCT(--EXACT({place.place},{item}))>0" if place.cells else "FALSE"
            return self._joined(node, item, place.place)
        raise Inexpressible(Words("列表的写法无法用公式表示", "no formula holds such a list"))

    def _joined(self, node: Contains, item: str, joined: str) -> str:
        """Membership in a list that another programme collected, kept as text joined by `+`."""
        found = f'ISNUMBER(FIND("{JOIN}"&{item}&"{JOIN}","{JOIN}"&{joined}&"{JOIN}"))'
        if isinstance(node.item, Const) and node.item.value and JOIN not in str(node.item.value):
            return found
        return f'AND({item}<>"",ISERROR(FIND("{JOIN}",{item})),{found})'

    def _logic(self, node: Logic) -> str:
        """AND and OR evaluate all of their arguments; what may divide by zero is put behind an IF."""
        if any(_may_fail(item) for item in node.items[1:]):
            text = self._text(node.items[-1])
            for item in reversed(node.items[:-1]):
                test = self._text(item)
                text = f"IF({test},{text},FALSE)" if node.op == "and" else f"IF({test},TRUE,{text})"
            return text
        return f"{node.op.upper()}({self._list(node.items)})"

    def _round(self, node: Round) -> str:
        """A rounded quotient: the numerator is under the limit, so the quotient's nearest integers are safe."""
        self._bounds.of(node)
        top, bottom = self._inner(node.numerator), self._inner(node.denominator)
        divisor = bottom if node.step == 1 else f"({bottom}*{node.step})"
        quotient = top if divisor == "1" else f"{top}/{divisor}"
        rounded = rounding(quotient, node.direction)
        return rounded if node.step == 1 else f"{rounded}*{node.step}"


def rounding(quotient: str, direction: str) -> str:
    """A quotient rounded to a whole number, in a direction as `money.divide` names it."""
    match direction:
        case "floor":
            return f"INT({quotient})"
        case "ceiling":
            return f"(-INT(-({quotient})))"
        case "down":
            return f"TRUNC({quotient})"
        case "up":
            return f"ROUNDUP({quotient},0)"
        case "half up":
            return f"ROUND({quotient},0)"
    half = f"ABS({quotient}-TRUNC({quotient}))=0.5"
    return f"IF({half},2*ROUND({quotient}/2,0),ROUND({quotient},0))"


def constant(value: Value, kind: Type) -> str:
    """A constant in a formula."""
    if isinstance(kind, YesNo):
        return "TRUE" if value else "FALSE"
    if isinstance(value, tuple):
        return quoted(JOIN.join(value))
    return quoted(value) if isinstance(value, str) else str(value)


def _may_fail(node: Node) -> bool:
    """Whether the node divides by something that may be zero."""
    return any(
        isinstance(part, Round) and not isinstance(part.denominator, Const) for part in walk(node)
    )
