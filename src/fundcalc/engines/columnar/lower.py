"""The core over columns: what columns are, and every node as an operation on them.

Numbers are computed in 64 bits where a node's bounds allow it, and as Python's integers where not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, assert_never, cast

import numpy as np
from numpy.typing import NDArray

from fundcalc.base.money import fits_int64
from fundcalc.core import nodes as core
from fundcalc.core.nodes import Node
from fundcalc.language.nodes import Comparison, Value

if TYPE_CHECKING:
    import polars as pl

Array = NDArray[Any]
Bools = NDArray[np.bool_]


class Anomaly(Exception):
    """A village (by position), or None for a pool, that cannot be decided; the row evaluator says why."""

    def __init__(self, index: int | None = None) -> None:
        self.index = index
        super().__init__("a village that cannot be decided")


@dataclass(frozen=True, slots=True)
class Words:
    """Text as codes into a table."""

    codes: Array | int
    table: tuple[str, ...]

    def among(self, wanted: Callable[[str], bool]) -> Array | bool:
        """Which texts are wanted, tried once for each of the table."""
        known = np.array([wanted(text) for text in self.table], dtype=np.bool_)
        return known[self.codes] if isinstance(self.codes, np.ndarray) else bool(known[self.codes])

    def equals(self, other: Words) -> Array | bool:
        """Where both say the same."""
        if not isinstance(other.codes, np.ndarray):
            text = other.table[other.codes]
            return self.among(lambda mine: mine == text)
        if not isinstance(self.codes, np.ndarray):
            return other.equals(self)
        place = {text: code for code, text in enumerate(self.table)}
        translated = np.array([place.get(text, -1) for text in other.table], dtype=np.int64)
        return np.asarray(self.codes == translated[other.codes])


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of text: each part a condition and the text that it adds, in order."""

    parts: tuple[tuple[Array | bool, Words], ...]

    def holds(self, item: Words) -> Array | bool:
        """Where a text is in the list."""
        found: Array | bool = False
        for condition, text in self.parts:
            found = found | (condition & text.equals(item))
        return found


Column = Array | int | bool | Words | Lists
"""Numbers and yes/no are plain arrays, or one value for all; wide numbers Python's integers in an array."""


def select(condition: Array, yes: Array | int, no: Array | int) -> Array:
    """`yes` where a condition holds, else `no`; multiplied out, which is faster than a branch a row."""
    return np.asarray(condition * yes + ~condition * no)


def full(values: Array | int, villages: int) -> Array:
    """The numbers as a column of 64 bits. Raises Anomaly where one does not fit."""
    if not isinstance(values, np.ndarray):
        kind = np.int64 if fits_int64(values) else object
        values = np.full(villages, values, dtype=kind)
    if values.dtype == object:
        bad = [i for i, value in enumerate(values) if not fits_int64(value)]
        if bad:
            raise Anomaly(bad[0])
        values = values.astype(np.int64)
    return values


def bools(column: Array | bool, villages: int) -> Bools:
    """Yes/no as a column."""
    return column if isinstance(column, np.ndarray) else np.full(villages, column, dtype=np.bool_)


def listed(codes: Array, lists: Sequence[tuple[str, ...]]) -> Lists:
    """Lists of text, each village's by its place among `lists`."""
    order: dict[str, set[str]] = {}
    for items in lists:
        for before, item in zip((None, *items), items, strict=False):
            order.setdefault(item, set()).update([] if before is None else [before])
    try:
        texts = list(TopologicalSorter(order).static_order())
        plain = all(len(set(items)) == len(items) for items in lists)
    except CycleError:
        plain = False
    if plain:  # each text once, where it is in the list
        return Lists(
            tuple((np.array([t in items for items in lists])[codes], Words(0, (t,))) for t in texts)
        )
    parts: list[tuple[Array | bool, Words]] = []
    for place in range(max(map(len, lists), default=0)):
        there = np.array([len(items) > place for items in lists])
        table = tuple(items[place] if len(items) > place else "" for items in lists)
        parts.append((there[codes], Words(codes, table)))
    return Lists(tuple(parts))


def coded(values: Sequence[Value]) -> Words:
    """Text by code, in order of first appearance."""
    if not isinstance(values, list | tuple) and hasattr(values, "replace_strict"):
        return _series(cast("pl.Series", values))
    place: dict[str, int] = {}
    codes = np.fromiter(
        (place.setdefault(value, len(place)) for value in values),  # type: ignore[arg-type]
        dtype=np.int64,
        count=len(values),
    )
    return Words(codes, tuple(place))


def _series(values: pl.Series) -> Words:
    """A series of text by code; villages of one place mostly stand together, so runs are coded."""
    import polars as pl

    runs = values.rle().struct.unnest()
    text = runs.get_column("value")
    table = text.unique(maintain_order=True)
    codes = text.cast(pl.Enum(table)).to_physical().to_numpy().astype(np.int64)
    return Words(np.repeat(codes, runs.get_column("len").to_numpy()), tuple(table.to_list()))


def merged(parts: Sequence[tuple[Array, Words]], villages: int, rest: Words | None) -> Words:
    """Text that is each part's where its condition holds, and `rest` elsewhere; conditions exclude."""
    place: dict[str, int] = {}

    def translated(words: Words) -> Array | int:
        new = np.array([place.setdefault(text, len(place)) for text in words.table])
        found: Array | int = new[words.codes]
        return found

    rest_codes = translated(rest) if rest is not None else 0
    new = [(condition, translated(words)) for condition, words in parts]
    kind = (
        np.uint8 if len(place) < 256 else np.int64
    )  # differences of small codes wrap and come back
    codes: Array = np.zeros(villages, dtype=kind)
    codes += np.asarray(rest_codes, dtype=kind)
    for condition, one in new:
        codes += condition * (np.asarray(one, dtype=kind) - codes)
    return Words(codes.astype(np.int64), tuple(place) or ("",))


Env = Mapping[str, Column]


Mask = Array | bool
"""The villages for which a value is wanted; only a division looks at it."""
Case = tuple[Array | bool, Column]

_COMPARE: dict[Comparison, Callable[..., Array | bool]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
    "==": np.equal, "!=": np.not_equal,
}  # fmt: skip


class Lowered:
    """Evaluates nodes over `villages` rows of an environment of columns.

    `group` adds up over a pool's groups; only a pool's amount has such nodes.
    """

    def __init__(
        self,
        env: Mapping[str, Column],
        villages: int,
        group: Callable[[core.Group], Array] | None = None,
    ) -> None:
        self._env = env
        self._villages = villages
        self._group = group
        self._lets: dict[str, Column] = {}
        self._known: dict[Node, Array | bool] = {}
        self._found: dict[Node, tuple[Column, Array | None]] = {}

    def number(self, node: Node, mask: Mask = True) -> Array | int:
        """A number or date."""
        return cast("Array | int", self.column(node, mask))

    def truth(self, node: Node, mask: Mask = True) -> Array | bool:
        """A yes/no node; one that rules may share is worked out once, unless it may fail."""
        if node.fails or not isinstance(node, core.Compare | core.Member | core.Logic):
            return cast("Array | bool", self.column(node, mask))
        if node not in self._known:
            self._known[node] = cast("Array | bool", self.column(node, mask))
        return self._known[node]

    def words(self, node: Node, mask: Mask = True) -> Words:
        """A text node."""
        return cast("Words", self.column(node, mask))

    def column(self, node: Node, mask: Mask = True) -> Column:
        """Any node. Raises Anomaly where a wanted village divides by zero."""
        match node:
            case core.Const():
                return _const(node)
            case core.Name():
                return self._lets[node.id] if node.id in self._lets else self._env[node.id]
            case core.Let():
                self._lets[node.name.id] = self.column(node.value, mask)
                body = self.column(node.body, mask)
                del self._lets[node.name.id]
                return body
            case core.Arithmetic():
                return self._arithmetic(node, mask)
            case core.Quotient():
                return self._quotient(node, mask)
            case core.Compare():
                return self._compare(node, mask)
            case core.Logic():
                return self._logic(node, mask)
            case core.Not():
                return _not(self.truth(node.item, mask))
            case core.Choice():
                return self._choice(node, mask)
            case core.Lookup():
                return self._lookup(node, mask)
            case core.Extreme():
                pick: Callable[..., Any] = np.minimum if node.op == "min" else np.maximum
                items = [self.number(item, mask) for item in node.items]
                return _computed(node, node.items, items, lambda *found: reduce(pick, found))
            case core.Member():
                return self._member(node, mask)
            case core.Listing():
                return Lists(
                    tuple((self.truth(when), self.words(text)) for when, text in node.parts)
                )
            case core.Group():
                assert self._group is not None
                return self._group(node)
        assert_never(node)

    def _arithmetic(self, node: core.Arithmetic, mask: Mask) -> Column:
        parts = (node.left, node.right)
        values = [self.number(part, mask) for part in parts]
        match node.op:
            case "+":
                return _computed(node, parts, values, lambda a, b: a + b)
            case "-":
                return _computed(node, parts, values, lambda a, b: a - b)
            case "*":
                return _computed(node, parts, values, lambda a, b: a * b)
        assert_never(node.op)

    def _quotient(self, node: core.Quotient, mask: Mask) -> Column:
        top, bottom = self.number(node.top, mask), self.number(node.bottom, mask)
        if node.bottom.bounds.low == 0:
            zero = np.equal(bottom, 0)
            wanted = bools(zero & mask, self._villages)
            if wanted.any():
                raise Anomaly(int(np.argmax(wanted)))
            bottom = np.where(zero, 1, bottom)
        return _computed(node, (node.top, node.bottom), [top, bottom], np.floor_divide)

    def _lookup(self, node: core.Lookup, mask: Mask) -> Column:
        """What stands beside each item's key, worked out once; Anomaly where a wanted one has no row."""
        if node not in self._found:
            self._found[node] = self._looked_up(node, self.column(node.item, mask))
        found, lacking = self._found[node]
        if lacking is not None:
            wanted = bools(lacking & mask, self._villages)
            if wanted.any():
                raise Anomaly(int(np.argmax(wanted)))
        return found

    def _looked_up(self, node: core.Lookup, item: Column) -> tuple[Column, Array | None]:
        """The values, and where there is no row, if that is a fault and anywhere the case."""
        last = len(node.keys)
        codes: Any = None
        if isinstance(item, Words):
            place = {key: at for at, key in enumerate(node.keys)}
            at = np.array([place.get(text, last) for text in item.table])
            codes = item.codes
        else:
            keys = np.array(node.keys, dtype=np.int64 if node.item.bounds.fits_int64 else object)
            at = np.atleast_1d(np.searchsorted(keys, cast("Any", item), side="right") - 1)
            if not node.ranged:
                at = np.where((at >= 0) & (keys[at] == item), at, last)
        there = np.array([*(value is not None for value in node.values), False])[at]
        none = core.NONE[node.kind].value if node.rest is None else node.rest
        values = [none if value is None else value for value in (*node.values, none)]
        lacking = None if there.all() or node.rest is not None else ~there
        if codes is not None:
            lacking = None if lacking is None else np.atleast_1d(lacking[codes])
        elif len(at) == 1:  # one item for all villages
            at = np.broadcast_to(at, self._villages)
        if node.kind == "text":
            words = _coded_texts(values, at)
            if codes is not None:
                words = Words(
                    np.broadcast_to(np.asarray(words.codes)[codes], self._villages), words.table
                )
            return words, lacking
        kinds = np.bool_ if node.kind == "truth" else np.int64
        found = np.array(values, dtype=kinds if node.bounds.fits_int64 else object)[at]
        return np.broadcast_to(
            found[codes], self._villages
        ) if codes is not None else found, lacking

    def _compare(self, node: core.Compare, mask: Mask) -> Array | bool:
        left, right = self.column(node.left, mask), self.column(node.right, mask)
        if isinstance(left, Words) and isinstance(right, Words):
            same = left.equals(right)
            return same if node.op == "==" else _not(same)
        found = _COMPARE[node.op](left, right)
        return found.astype(np.bool_) if isinstance(found, np.ndarray) else bool(found)

    def _member(self, node: core.Member, mask: Mask) -> Array | bool:
        item = self.words(node.item, mask)
        if isinstance(node.texts, core.Const):
            listed = cast("tuple[str, ...]", node.texts.value)
            return item.among(lambda text: text in listed)
        return cast("Lists", self.column(node.texts, mask)).holds(item)

    def _logic(self, node: core.Logic, mask: Mask) -> Array | bool:
        *before, last = node.items
        known = self._known.get(core.logic(node.op, before))
        if known is not None:  # as each of many rules asks for all before it
            return self._joined(node.op, known, last, mask)
        found = self.truth(node.items[0], mask)
        for item in node.items[1:]:
            found = self._joined(node.op, found, item, mask)
        return found

    def _joined(self, op: str, found: Array | bool, item: Node, mask: Mask) -> Array | bool:
        """One more item, asked only where those before leave it open if it may fail."""
        if item.fails:
            mask = mask & (found if op == "and" else _not(found))
        other = self.truth(item, mask)
        return found & other if op == "and" else found | other

    def _choice(self, node: core.Choice, mask: Mask) -> Column:
        cases: list[Case] = []
        for condition, value in node.cases:
            holds = self.truth(condition, mask if condition.fails else True)
            cases.append((holds, self.column(value, mask & holds if value.fails else True)))
            if node.fails:
                mask = mask & _not(holds)
        rest = self.column(node.rest, mask if node.rest.fails else True)
        match node.kind:
            case "number" | "date":
                return self._chosen_number(node, cases, rest)
            case "text":
                texts = [(bools(holds, self._villages), cast("Words", v)) for holds, v in cases]
                return merged(texts[::-1], self._villages, cast("Words", rest))
            case "truth":
                below = cast("Array", rest)
                for holds, truth in cases[::-1]:
                    below = np.where(holds, cast("Array", truth), below)
                return below
            case "texts":
                return _chosen_lists(cases, rest)
        assert_never(node.kind)

    def _chosen_number(self, node: core.Choice, cases: Sequence[Case], rest: Column) -> Column:
        """Multiplied out, which is faster than a branch a row; in one pass where cases lie apart."""
        if len(cases) == 1 and not isinstance(cases[0][0], np.ndarray):
            return cases[0][1] if cases[0][0] else rest
        values = [*(value for _, value in node.cases), node.rest]
        columns = [*(value for _, value in cases), rest]
        conditions = [bools(holds, self._villages) for holds, _ in cases]

        def summed(*found: Array | int) -> Array:
            total: Array = np.zeros(self._villages, dtype=np.asarray(found[0]).dtype)
            product = np.empty_like(total)
            for holds, value in zip(conditions, found[:-1], strict=True):
                if not (isinstance(value, int) and value == 0):
                    total += np.multiply(holds, value, out=product)
            if not (isinstance(found[-1], int) and found[-1] == 0):
                total += ~reduce(np.logical_or, conditions) * found[-1]
            return total

        def nested(*found: Array | int) -> Array:
            below = found[-1]
            for holds, value in zip(conditions[::-1], found[-2::-1], strict=True):
                below = select(holds, value, below)
            return cast("Array", below)

        numbers = cast("list[Array | int]", columns)
        chosen = summed if node.apart and len(cases) > 1 else nested
        return _computed(node, values, numbers, chosen)


def _const(node: core.Const) -> Column:
    value = node.value
    if isinstance(value, tuple):
        return Lists(tuple((True, Words(0, (text,))) for text in value))
    return Words(0, (value,)) if isinstance(value, str) else value


def _coded_texts(values: Sequence[Value | None], at: Array) -> Words:
    """Texts by their places."""
    place: dict[Value | None, int] = {}
    codes = np.array([place.setdefault(value, len(place)) for value in values], dtype=np.int64)
    return Words(codes[at], tuple(map(str, place)))


def _not(found: Array | bool) -> Array | bool:
    return ~found if isinstance(found, np.ndarray) else not found


def _chosen_lists(cases: Sequence[Case], rest: Column) -> Lists:
    """A list whose items are there where their case is the first that holds."""
    parts: list[tuple[Array | bool, Words]] = []
    free: Array | bool = True
    for holds, column in (*cases, (True, rest)):
        for there, text in cast("Lists", column).parts:
            parts.append((there & holds & free, text))
        free = free & _not(holds)
    return Lists(tuple(parts))


def _computed(
    node: Node,
    parts: Sequence[Node],
    values: Sequence[Array | int],
    op: Callable[..., Any],
) -> Array | int:
    """An operation in 64 bits where all bounds allow it, else in Python's integers."""
    if node.bounds.fits_int64 and all(part.bounds.fits_int64 for part in parts):
        found = op(*values)
    else:
        found = op(*(np.asarray(value, dtype=object) for value in values))
        if node.bounds.fits_int64 and isinstance(found, np.ndarray) and found.ndim:
            found = found.astype(np.int64)
    return found if isinstance(found, np.ndarray) and found.ndim else int(found)
