"""The core over columns: what columns are, and every node as an operation on them.

Numbers are computed in 64 bits where a node's bounds allow it, and as Python's integers where not.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, Literal, assert_never, cast

import numpy as np
from numpy.typing import NDArray

from fundcalc.base import dataclass
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


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of text: each part a condition and the text that it adds, in order."""

    parts: tuple[tuple[Array | bool, Words], ...]

    def holds(self, item: Words, tables: Tables) -> Array | bool:
        """Where a text is in the list."""
        holds: Array | bool = False
        for condition, text in self.parts:
            holds = holds | (condition & equal(text, item, tables))
        return holds


Column = Array | int | bool | Words | Lists
"""Numbers and yes/no are plain arrays, or one value for all; wide numbers Python's integers in an array."""


def some(column: Column, at: slice) -> Column:
    """A column of some of the villages, where they are."""
    return _with(column, lambda array: array[at])


def rooms(blocks: Mapping[str, Column], villages: int) -> dict[str, Column]:
    """Whole columns like those of a block, to be filled; of a kind all in one piece of memory."""
    many = Counter(array.dtype for block in blocks.values() for array in _arrays(block))
    rows = {kind: iter(np.empty((n, villages), dtype=kind)) for kind, n in many.items()}
    return {
        id_: _with(block, lambda array: next(rows[array.dtype])) for id_, block in blocks.items()
    }


def _arrays(column: Column) -> Iterator[Array]:
    match column:
        case np.ndarray():
            yield column
        case Words(codes):
            yield from _arrays(codes)
        case Lists(parts):
            for part in parts:
                for piece in part:
                    yield from _arrays(piece)


def _with(column: Column, other: Callable[[Array], Array]) -> Column:
    """The column with other arrays; what is one value for all stays."""
    match column:
        case np.ndarray():
            return other(column)
        case Words(codes, table):
            return Words(cast("Array | int", _with(codes, other)), table)
        case Lists(parts):
            return Lists(
                tuple(
                    (cast("Array", _with(c, other)), cast("Words", _with(t, other)))
                    for c, t in parts
                )
            )
    return column


def put(whole: Column, block: Column, at: slice) -> None:
    """Put a block of a column in its place."""
    for room, array in zip(_arrays(whole), _arrays(block), strict=True):
        room[at] = array


Tables = dict[tuple[object, ...], tuple[object, Any]]
"""What was worked out of tables of texts, once for all blocks of a roster: these share their tables."""


def by_table(tables: Tables, make: Callable[..., Any], *of: tuple[str, ...]) -> Any:
    """What a function makes of some tables, known from then on."""
    key = (make, *map(id, of))
    known = tables.get(key)
    if known is None:  # the tables go along, so that their ids stay their own
        known = tables[key] = of, make(*of)
    return known[1]


def equal(words: Words, other: Words, tables: Tables) -> Array | bool:
    """Where two columns of texts say the same."""
    if not isinstance(other.codes, np.ndarray):
        return _truth(
            by_table(tables, _places, words.table, other.table)[other.codes] == words.codes
        )
    if not isinstance(words.codes, np.ndarray):
        return equal(other, words, tables)
    return np.asarray(
        words.codes == by_table(tables, _places, words.table, other.table)[other.codes]
    )


def _places(table: tuple[str, ...], other: tuple[str, ...]) -> Array:
    """Each of the other's texts by its place in a table; -1 where it is not there."""
    place = {text: code for code, text in enumerate(table)}
    return np.array([place.get(text, -1) for text in other], dtype=np.int64)


def _truth(value: Any) -> Array | bool:
    return value if isinstance(value, np.ndarray) and value.ndim else bool(value)


def select(condition: Array, yes: Array | int, no: Array | int) -> Array:
    """`yes` where a condition holds, else `no`; multiplied out, which is faster than a branch a row."""
    if isinstance(no, int) and no == 0:
        return np.asarray(condition * yes)
    if isinstance(yes, int) and yes == 0:
        return np.asarray(~condition * no)
    if np.ndim(yes) or np.ndim(no):
        values = np.subtract(yes, no)  # may wrap, and comes back below
    elif isinstance(yes, int) and isinstance(no, int) and fits_int64(yes - no):
        values = np.asarray(condition * (yes - no))
        values += no
        return values
    else:
        return np.asarray(condition * yes + ~condition * no)
    values *= condition
    values += no
    return values


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
    """A series of text by code: by its runs, as villages of one place mostly stand together."""
    import polars as pl

    mixed = values.head(1_000).rle().len() > 500
    runs = None if mixed else values.rle().struct.unnest()
    text = values if runs is None else runs.get_column("value")
    table = text.unique(maintain_order=True)
    codes = text.cast(pl.Enum(table)).to_physical().to_numpy().astype(np.int64)
    codes = codes if runs is None else np.repeat(codes, runs.get_column("len").to_numpy())
    return Words(codes, tuple(table.to_list()))


Env = Mapping[str, Column]

Mask = Array | bool
"""The villages for which a value is wanted; only a division looks at it."""
Case = tuple[Array | bool, Column]

_COMPARE: dict[Comparison, Callable[..., Array | bool]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
    "==": np.equal, "!=": np.not_equal,
}  # fmt: skip


class Frame:
    """Some villages' columns by name, and what has been worked out of them.

    `group` adds up over a pool's groups; only a pool's amount has such nodes.
    """

    __slots__ = ("env", "group", "lets", "lookups", "tables", "truths", "villages")

    def __init__(
        self,
        env: Env,
        villages: int,
        tables: Tables,
        group: Callable[[core.Group], Array] | None = None,
    ) -> None:
        self.env, self.villages, self.tables, self.group = env, villages, tables, group
        self.lets: dict[str, Column] = {}
        self.truths: dict[int, Array | bool] = {}
        self.lookups: dict[int, tuple[Column, Array | None]] = {}


Code = Callable[[Frame, Mask], Column]
"""A node, made once into calls on the columns of a frame. Raises Anomaly where a wanted village fails."""


class Codes:
    """Nodes made into calls, each once however often and on however many blocks it runs."""

    def __init__(self) -> None:
        self._codes: dict[int, tuple[Node, Code]] = {}
        self._truths: dict[Hashable, Code] = {}
        self._lets: dict[str, int] = {}
        self._lookups = 0

    def of(self, node: Node) -> Code:
        """The node as a call; conditions that several nodes share are worked out once a frame."""
        known = self._codes.get(id(node))
        if known is None:  # the node goes along, so that its id stays its own
            known = self._codes[id(node)] = node, self._shared(node)
        return known[1]

    def _shared(self, node: Node) -> Code:
        if node.fails or not isinstance(node, core.Compare | core.Member | core.Logic):
            return self._made(node)
        key = self._joined(node.op, node.items) if isinstance(node, core.Logic) else node
        if key not in self._truths:
            code = self._made(node)
            self._truths[key] = _once(len(self._truths), code)
        return self._truths[key]

    def _joined(self, op: str, items: Sequence[Node]) -> Hashable:
        """`and` or `or` by what its items are called or made into: each of many may ask for hundreds."""
        return (op, *(item.id if isinstance(item, core.Name) else self.of(item) for item in items))

    def _made(self, node: Node) -> Code:
        match node:
            case core.Const():
                value = _const(node)
                return lambda frame, mask: value
            case core.Name():
                id_ = node.id
                if self._lets.get(id_):
                    return lambda frame, mask: frame.lets[id_]
                return lambda frame, mask: frame.env[id_]
            case core.Let():
                return self._let(node)
            case core.Arithmetic():
                return _computed(node, self._each(node.left, node.right), _ARITHMETIC[node.op])
            case core.Quotient():
                return self._quotient(node)
            case core.Compare():
                return self._compare(node)
            case core.Logic():
                return self._logic(node)
            case core.Not():
                item = self.of(node.item)
                return lambda frame, mask: _not(cast("Array | bool", item(frame, mask)))
            case core.Choice():
                return self._choice(node)
            case core.Lookup():
                return self._lookup(node)
            case core.Extreme():
                pick: Callable[..., Any] = np.minimum if node.op == "min" else np.maximum
                items = self._each(*_contending(node))
                return _computed(node, items, lambda *all_: reduce(pick, all_))
            case core.Member():
                return self._member(node)
            case core.Listing():
                parts = [(self.of(when), self.of(text)) for when, text in node.parts]
                return lambda frame, mask: Lists(
                    tuple(
                        (cast("Array", when(frame, True)), cast("Words", text(frame, True)))
                        for when, text in parts
                    )
                )
            case core.Group():
                return lambda frame, mask: cast("Any", frame.group)(node)
        assert_never(node)

    def _each(self, *nodes: Node) -> list[tuple[Node, Code]]:
        return [(node, self.of(node)) for node in nodes]

    def _let(self, node: core.Let) -> Code:
        id_, value = node.name.id, self.of(node.value)
        self._lets[id_] = self._lets.get(id_, 0) + 1
        body = self.of(node.body)
        self._lets[id_] -= 1

        def run(frame: Frame, mask: Mask) -> Column:
            frame.lets[id_] = value(frame, mask)
            column = body(frame, mask)
            del frame.lets[id_]
            return column

        return run

    def _quotient(self, node: core.Quotient) -> Code:
        top, bottom = self._each(node.top, node.bottom)
        if node.bottom.bounds.low != 0:
            return _computed(node, (top, bottom), np.floor_divide)

        def divisor(frame: Frame, mask: Mask) -> Column:
            values = bottom[1](frame, mask)
            zero = np.equal(cast("Array", values), 0)
            _refuse(_both(zero, mask), frame.villages)
            return np.where(zero, 1, cast("Array", values))

        return _computed(node, (top, (node.bottom, divisor)), np.floor_divide)

    def _lookup(self, node: core.Lookup) -> Code:
        """What stands beside each item's key, worked out once a frame; a wanted one must have a row."""
        item, look, fails = self.of(node.item), _looker(node), node.item.fails
        self._lookups += 1
        number = self._lookups

        def run(frame: Frame, mask: Mask) -> Column:
            known = frame.lookups.get(number)
            if known is None or fails:  # what an item that may fail gives is of its own mask only
                known = frame.lookups[number] = look(frame, item(frame, mask))
            values, lacking = known
            if lacking is not None:
                _refuse(_both(lacking, mask), frame.villages)
            return values

        return run

    def _compare(self, node: core.Compare) -> Code:
        left, right = self.of(node.left), self.of(node.right)
        if node.left.kind == "text":
            same = node.op == "=="

            def texts(frame: Frame, mask: Mask) -> Array | bool:
                left_words, right_words = (
                    cast("Words", left(frame, mask)),
                    cast("Words", right(frame, mask)),
                )
                alike = equal(left_words, right_words, frame.tables)
                return alike if same else _not(alike)

            return texts
        op = _COMPARE[node.op]

        def run(frame: Frame, mask: Mask) -> Array | bool:
            answer = op(left(frame, mask), right(frame, mask))
            if isinstance(answer, np.ndarray):
                return answer.astype(np.bool_, copy=False)
            return bool(answer)

        return run

    def _member(self, node: core.Member) -> Code:
        item = self.of(node.item)
        if not isinstance(node.texts, core.Const):
            lists = self.of(node.texts)
            return lambda frame, mask: cast("Lists", lists(frame, mask)).holds(
                cast("Words", item(frame, mask)), frame.tables
            )
        listed = frozenset(cast("tuple[str, ...]", node.texts.value))

        def among(table: tuple[str, ...]) -> Array:
            return np.array([text in listed for text in table], dtype=np.bool_)

        def run(frame: Frame, mask: Mask) -> Array | bool:
            words = cast("Words", item(frame, mask))
            return _truth(by_table(frame.tables, among, words.table)[words.codes])

        return run

    def _logic(self, node: core.Logic) -> Code:
        """One item after the other, a failing one only where those before leave it open."""
        *before, last = node.items
        both, fails = node.op == "and", any(item.fails for item in before)
        earlier = None if len(before) < 2 or fails else self._joined(node.op, before)
        if earlier in self._truths:  # as each of many rules asks for all before it
            codes = [(before[0], self._truths[earlier]), (last, self.of(last))]
        else:
            codes = self._each(*node.items)
        join: Callable[[Any, Any], Any] = operator.and_ if both else operator.or_
        if not any(item.fails for item, _ in codes):
            calls = [code for _, code in codes]
            return lambda frame, mask: reduce(join, [call(frame, True) for call in calls])

        def run(frame: Frame, mask: Mask) -> Array | bool:
            holds = cast("Array | bool", codes[0][1](frame, mask))
            for item, code in codes[1:]:
                if item.fails:
                    mask = _both(mask, holds if both else _not(holds))
                holds = join(holds, code(frame, mask))
            return holds

        return run

    def _choice(self, node: core.Choice) -> Code:
        cases = [(*case, self.of(case[0]), self.of(case[1])) for case in node.cases]
        last = self.of(node.rest)
        chosen = _chooser(node)

        def run(frame: Frame, mask: Mask) -> Column:
            decided: list[Case] = []
            for condition, value, holds_, value_ in cases:
                holds = cast("Array | bool", holds_(frame, mask if condition.fails else True))
                decided.append((holds, value_(frame, _both(mask, holds) if value.fails else True)))
                if node.fails:
                    mask = _both(mask, _not(holds))
            rest = last(frame, mask if node.rest.fails else True)
            return chosen(frame, decided, rest)

        return run


class Lowered:
    """Evaluates nodes over `villages` rows of an environment of columns."""

    def __init__(
        self,
        env: Env,
        villages: int,
        group: Callable[[core.Group], Array] | None = None,
        codes: Codes | None = None,
        tables: Tables | None = None,
    ) -> None:
        self._codes = Codes() if codes is None else codes
        self._frame = Frame(env, villages, {} if tables is None else tables, group)

    def number(self, node: Node, mask: Mask = True) -> Array | int:
        """A number or date."""
        return cast("Array | int", self.column(node, mask))

    def truth(self, node: Node, mask: Mask = True) -> Array | bool:
        """A yes/no node."""
        return cast("Array | bool", self.column(node, mask))

    def column(self, node: Node, mask: Mask = True) -> Column:
        """Any node. Raises Anomaly where a wanted village divides by zero."""
        return self._codes.of(node)(self._frame, mask)


_ARITHMETIC: dict[core.Operator, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul,
}  # fmt: skip


def _once(number: int, code: Code) -> Code:
    def run(frame: Frame, mask: Mask) -> Column:
        column = frame.truths.get(number)
        if column is None:
            column = frame.truths[number] = cast("Array | bool", code(frame, mask))
        return column

    return run


def _refuse(wrong: Array | bool, villages: int) -> None:
    """Raise Anomaly with the first village for which something is wrong."""
    mask = bools(wrong, villages)
    if mask.any():
        raise Anomaly(int(np.argmax(mask)))


def _narrow(node: Node, *parts: Node) -> bool:
    """Whether 64 bits hold a number and all that it is made of."""
    return node.bounds.fits_int64 and all(part.bounds.fits_int64 for part in parts)


def _computed(node: Node, parts: Sequence[tuple[Node, Code]], op: Callable[..., Any]) -> Code:
    """An operation in 64 bits where all bounds allow it, else in Python's integers."""
    narrow = _narrow(node, *(part for part, _ in parts))
    codes = [code for _, code in parts]
    return lambda frame, mask: _calculate(node, narrow, op, [code(frame, mask) for code in codes])


def _calculate(
    node: Node, narrow: bool, op: Callable[..., Any], values: Sequence[Column]
) -> Array | int:
    if narrow:
        numbers = op(*values)
    else:
        numbers = op(*(np.asarray(value, dtype=object) for value in values))
        if node.bounds.fits_int64 and isinstance(numbers, np.ndarray) and numbers.ndim:
            numbers = numbers.astype(np.int64)
    return numbers if isinstance(numbers, np.ndarray) and numbers.ndim else int(numbers)


def _contending(node: core.Extreme) -> list[Node]:
    """The items of which each may be the least or greatest, as far as bounds say."""
    contending: list[Node] = []
    for item in node.items:
        if not any(_beats(node.op, rival, item) for rival in contending):
            contending = [rival for rival in contending if not _beats(node.op, item, rival)]
            contending.append(item)
    return contending


def _beats(op: Literal["min", "max"], one: Node, other: Node) -> bool:
    """Whether the other never matters next to one."""
    a, b = one.bounds, other.bounds
    return not other.fails and (a.low >= b.high if op == "max" else a.high <= b.low)


# -- choices -------------------------------------------------------------------------------------

Chooser = Callable[[Frame, Sequence[Case], Column], Column]
"""The value of the first case that holds, else the rest."""


def _chooser(node: core.Choice) -> Chooser:
    match node.kind:
        case "number" | "date":
            return _number_chooser(node)
        case "text":
            return _chosen_text
        case "truth":
            return _chosen_truth
        case "texts":
            return _chosen_lists
    assert_never(node.kind)


def _number_chooser(node: core.Choice) -> Chooser:
    """Multiplied out, which is faster than a branch a row; in one pass where cases lie apart."""
    narrow = _narrow(node, *(value for _, value in node.cases), node.rest)
    choose = _summed if node.apart and len(node.cases) > 1 else _nested

    def run(frame: Frame, cases: Sequence[Case], rest: Column) -> Column:
        if len(cases) == 1 and not isinstance(cases[0][0], np.ndarray):
            return cases[0][1] if cases[0][0] else rest
        conditions = [bools(holds, frame.villages) for holds, _ in cases]
        values = [*(value for _, value in cases), rest]
        return _calculate(node, narrow, partial(choose, conditions), values)

    return run


def _summed(conditions: Sequence[Array], *values: Array | int) -> Array:
    total: Array | None = None
    for at, value in enumerate(values):
        if isinstance(value, int) and value == 0:
            continue
        holds = conditions[at] if at < len(conditions) else ~reduce(np.logical_or, conditions)
        part = holds * value
        total = part if total is None else np.add(total, part, out=total)
    return np.zeros(len(conditions[0]), dtype=np.int64) if total is None else total


def _nested(conditions: Sequence[Array], *values: Array | int) -> Array | int:
    below = values[-1]
    for holds, value in zip(conditions[::-1], values[-2::-1], strict=True):
        below = select(holds, value, below)
    return below


def _chosen_truth(frame: Frame, cases: Sequence[Case], rest: Column) -> Column:
    below = cast("Array", rest)
    for holds, truth in cases[::-1]:
        below = np.where(holds, cast("Array", truth), below)
    return below


def _chosen_text(frame: Frame, cases: Sequence[Case], rest: Column) -> Column:
    words = [cast("Words", rest), *(cast("Words", text) for _, text in cases[::-1])]
    table, places = by_table(frame.tables, _joined, *(text.table for text in words))
    kind = np.uint8 if len(table) < 256 else np.int64  # differences of small codes come back
    first, *others = (
        np.asarray(place[text.codes], dtype=kind) for place, text in zip(places, words, strict=True)
    )
    codes: Array = np.zeros(frame.villages, dtype=kind)
    codes += first
    for (condition, _), chosen in zip(cases[::-1], others, strict=True):
        codes += condition * (chosen - codes)
    return Words(codes.astype(np.int64), table)


def _joined(*tables: tuple[str, ...]) -> tuple[tuple[str, ...], list[Array]]:
    """One table of several, and each one's texts by their places there."""
    place: dict[str, int] = {}
    places = [np.array([place.setdefault(text, len(place)) for text in texts]) for texts in tables]
    return tuple(place), places


def _chosen_lists(frame: Frame, cases: Sequence[Case], rest: Column) -> Lists:
    """A list whose items are there where their case is the first that holds."""
    parts: list[tuple[Array | bool, Words]] = []
    free: Array | bool = True
    for holds, column in (*cases, (True, rest)):
        for present, text in cast("Lists", column).parts:
            parts.append((_both(_both(present, holds), free), text))
        free = _both(free, _not(holds))
    return Lists(tuple(parts))


# -- look-ups ------------------------------------------------------------------------------------


def _looker(node: core.Lookup) -> Callable[[Frame, Column], tuple[Column, Array | None]]:
    """What gives the values, and where there is no row, if that is a fault and anywhere the case."""
    none = core.NONE[node.kind].value if node.rest is None else node.rest
    values = [none if value is None else value for value in (*node.values, none)]
    lacks = np.array([value is None and node.rest is None for value in (*node.values, None)])
    texts: dict[Value, int] = {}
    if node.kind == "text":
        beside = np.array([texts.setdefault(value, len(texts)) for value in values])
    else:
        kind = np.bool_ if node.kind == "truth" else np.int64
        beside = np.array(values, dtype=kind if node.bounds.fits_int64 else object)
    table, place = tuple(map(str, texts)), {key: at for at, key in enumerate(node.keys)}

    def of_places(at: Array) -> tuple[Array, Array | None]:
        return beside[at], lacking if (lacking := lacks[at]).any() else None

    def of_table(known: tuple[str, ...]) -> tuple[Array, Array | None]:
        return of_places(np.array([place.get(text, -1) for text in known], dtype=np.int64))

    def run(frame: Frame, item: Column) -> tuple[Column, Array | None]:
        if isinstance(item, Words):  # worked out for the texts there are, then taken by each row
            by_text, lacks_of = by_table(frame.tables, of_table, item.table)
            at = np.broadcast_to(item.codes, frame.villages)
            column, lacking = by_text[at], None if lacks_of is None else lacks_of[at]
        else:
            keys = np.array(node.keys, dtype=np.int64 if node.item.bounds.fits_int64 else object)
            at = np.searchsorted(keys, cast("Any", item), side="right") - 1
            at = at if node.ranged else np.where((at >= 0) & (keys[at] == item), at, -1)
            column, lacking = of_places(np.broadcast_to(at, frame.villages))
        return Words(column, table) if node.kind == "text" else column, lacking

    return run


def _const(node: core.Const) -> Column:
    value = node.value
    if isinstance(value, tuple):
        return Lists(tuple((True, Words(0, (text,))) for text in value))
    return Words(0, (value,)) if isinstance(value, str) else value


def _not(holds: Array | bool) -> Array | bool:
    return ~holds if isinstance(holds, np.ndarray) else not holds


def _both(one: Array | bool, other: Array | bool) -> Array | bool:
    """Where both hold; with one value for all NumPy would take forty times as long."""
    if isinstance(one, bool):
        return other if one else False
    if isinstance(other, bool):
        return one if other else False
    return one & other
