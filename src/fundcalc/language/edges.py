"""The values around which conditions change: every edge, and one value on each side of it.

Conditions that compare single facts with constants split the villages into boxes. Trying one village
a box decides exactly whether some village meets none of them, or several. So do `stretches`, of any
expressions that facts reach only through such comparisons, with the fewest values.
"""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from functools import reduce
from itertools import product
from math import prod
from typing import cast

from fundcalc.base import dataclass
from fundcalc.language.datatypes import FIRST_DAY, LAST_DAY, Date, Number, Text, YesNo
from fundcalc.language.evaluate import Evaluation, NoValue, evaluation
from fundcalc.language.nodes import (
    FLIPPED,
    OPPOSITE,
    Aggregate,
    Arithmetic,
    Choice,
    Compare,
    Comparison,
    Const,
    Contains,
    Logic,
    Lookup,
    Name,
    Negation,
    Negative,
    Node,
    Rescale,
    Value,
    children,
    names,
    rebuild,
    walk,
)

Ends = tuple[int | None, int | None]
Ranges = Mapping[str, Ends]
MOST_BOXES = 250_000
OTHER_TEXT = "…"
"""Stands for any text that the policy does not name."""


def edges(conditions: Sequence[Node], ranges: Ranges) -> dict[str, list[Value]] | None:
    """For each name, one value on every side of every edge of the conditions.

    None where a condition compares more than one name with constants, so that boxes do not decide.
    """
    values: dict[str, set[Value]] = {}
    ends: dict[str, Ends] = {}
    days: set[str] = set()
    for condition in conditions:
        for name in names(condition):
            days |= {name.id} if isinstance(name.type, Date) else set()
            ends[name.id] = _ends(name, ranges)
            values.setdefault(name.id, set()).update(_base(name, ends[name.id]))
        for part in walk(condition):
            if not _note(part, values):
                return None
    by_name = {
        name: sorted(v for v in candidates if _within(v, ends[name]))
        for name, candidates in values.items()
    }
    for id_ in days:  # the calendar's first day is the last that anybody would take as an example
        by_name[id_].sort(key=lambda day: (day == FIRST_DAY, day))
    return by_name


def _ends(name: Name, ranges: Ranges) -> Ends:
    """The least and the greatest value; the calendar ends on both sides."""
    low, high = ranges.get(name.id, (None, None))
    if isinstance(name.type, Date):
        return FIRST_DAY if low is None else low, LAST_DAY if high is None else high
    return low, high


def _base(name: Name, ends: Ends) -> list[Value]:
    kind = name.type
    if isinstance(kind, YesNo):
        return [False, True]
    if isinstance(kind, Text):
        return sorted(kind.options) if kind.options is not None else [OTHER_TEXT]
    return [end for end in ends if end is not None] or [0]


def _note(part: Node, values: dict[str, set[Value]]) -> bool:
    """Note the edges of one comparison; whether boxes can decide it."""
    if isinstance(part, Compare):
        return _note_compare(part, values)
    if isinstance(part, Contains):
        if not isinstance(part.item, Name):
            return False
        if isinstance(part.container, tuple):
            listed = [choice.value for choice in part.container]
        elif isinstance(part.container, Const) and isinstance(part.container.value, tuple):
            listed = list(part.container.value)
        else:
            return False
        for value in listed:
            _add(part.item, value, values)
    return True


def _note_compare(part: Compare, values: dict[str, set[Value]]) -> bool:
    for name, against in ((part.left, part.right), (part.right, part.left)):
        if isinstance(name, Name) and isinstance(against, Const):
            _add(name, against.value, values)
            return True
    return isinstance(part.left, Const) and isinstance(part.right, Const)


def _add(name: Name, value: Value, values: dict[str, set[Value]]) -> None:
    noted = values.setdefault(name.id, set())
    noted.add(value)
    if isinstance(name.type, Number | Date) and isinstance(value, int):
        noted.update((value - 1, value + 1))


def _within(value: Value, ends: Ends) -> bool:
    low, high = ends
    if not isinstance(value, int) or isinstance(value, bool):
        return True
    return (low is None or value >= low) and (high is None or value <= high)


def boxes(by_name: Mapping[str, Sequence[Value]]) -> Iterator[dict[str, Value]] | None:
    """One row a box; None where there are too many to try."""
    if prod(len(values) for values in by_name.values()) > MOST_BOXES:
        return None
    return (dict(zip(by_name, row, strict=True)) for row in product(*by_name.values()))


def uncovered(conditions: Sequence[Node], ranges: Ranges) -> dict[str, Value] | None:
    """A row that meets none of the conditions; an empty one where that cannot be ruled out.

    None means that every row meets at least one. Names must be facts of one row or constants.
    """
    grid = Grid.of(conditions, (), ranges)
    if grid is not None:
        with suppress(TooMany):
            if next(grid.left(grid.everywhere, range(len(grid.boxes))), None) is None:
                return None
    by_name = edges(conditions, ranges)
    rows = boxes(by_name) if by_name is not None else None
    if rows is None:
        return {}
    tests: list[Evaluation] = [evaluation(condition) for condition in conditions]
    return next((row for row in rows if not any(test(row) for test in tests)), None)


# -- where anything changes


def stretches(
    nodes: Iterable[Node], ranges: Ranges, counted: Container[str] = ()
) -> dict[str, list[Value]] | None:
    """For each fact the least value of every stretch within which all nodes stay what they are.

    Of a text they are those that are told apart, and one other. None where a fact, or a value of many rows,
    matters in another way than by a comparison with what is known. Outputs of other programmes are taken to
    change nowhere: what decides them is to be among the nodes. One fact may be `counted` with as well: within
    a stretch of it conditions stay what they are, and what is looked up.
    """
    turns = _Turns(counted)
    facts: dict[str, Name] = {}
    for node in nodes:
        if not turns.note(node):
            return None
        facts |= {name.id: name for name in names(node) if name.kind == "fact"}
    by_fact: dict[str, list[Value]] = {}
    for id_, name in facts.items():
        kind, changes_at = name.type, turns.starts.get(id_, set())
        if isinstance(kind, Number | Date):
            ends = _ends(name, ranges)
            first = 0 if ends[0] is None else ends[0]
            by_fact[id_] = sorted({first, *(v for v in changes_at if _within(v, (first, ends[1])))})
        elif isinstance(kind, Text) and kind.options is None:
            by_fact[id_] = [*sorted(changes_at), OTHER_TEXT]
        else:
            by_fact[id_] = _base(name, (None, None))
    return by_fact


class _Turns:
    """The values of facts (`starts`) at which nodes may change; one fact may be counted with."""

    def __init__(self, counted: Container[str]) -> None:
        self.starts: dict[str, set[Value]] = {}
        self._counted = counted
        self._looked_up: dict[tuple[Lookup, int], bool] = {}

    def note(self, node: Node, *, told: bool = False) -> bool:
        """Note at which values of facts a node may change; whether these are all that change it.

        `told`: whether a comparison, or a table, tells its values apart.
        """
        match node:
            case Name(kind="output", type=Number() | Date()):
                return not (told and self._counted)
            case Name():
                fixed = node.kind not in ("fact", "group", "group or none")
                plain = isinstance(node.type, YesNo) or (node.id in self._counted and not told)
                return fixed or (node.kind == "fact" and plain)
            case Aggregate():
                return False
            case Compare():
                for fact, against, op in (
                    (node.left, node.right, node.op), (node.right, node.left, FLIPPED[node.op])
                ):  # fmt: skip
                    value = value_of(against)
                    if value is not None and self._op(fact, op, value):
                        return True
            case Contains() if isinstance(node.item, Name) and node.item.kind == "fact":
                members = node.container if isinstance(node.container, tuple) else (node.container,)
                values = [value_of(member) for member in members]
                lists = [value if isinstance(value, tuple) else (value,) for value in values]
                several = [v for list_ in lists for v in list_]
                return all(v is not None and self._op(node.item, "==", v) for v in several)
            case Lookup():
                known = node, id(node.rows)
                if known not in self._looked_up:  # a long table takes long, and rules may share it
                    keys = [self._key(node, place) for place in range(len(node.keys))]
                    self._looked_up[known] = all(keys)
                return self._looked_up[known]
            case _:
                pass
        told = told or isinstance(node, Compare | Contains)
        return all(self.note(child, told=told) for child in children(node))

    def _op(self, node: Node, op: Comparison, value: Value) -> bool:
        """Note where `node op value` begins or ends to hold; whether that is a fact compared with a value."""
        name, factor = (node.item, 10**node.power) if isinstance(node, Rescale) else (node, 1)
        if not (isinstance(name, Name) and name.kind == "fact"):
            return False
        turns = self.starts.setdefault(name.id, set())
        if isinstance(name.type, Text):
            turns.add(value)
        elif isinstance(name.type, Number | Date):
            assert isinstance(value, int)
            if op not in ("<=", ">"):
                turns.add(-(-value // factor))
            if op not in ("<", ">="):
                turns.add(value // factor + 1)
        return isinstance(name.type, Text | Number | Date)

    def _key(self, node: Lookup, place: int) -> bool:
        """Note where what a table has for one of its keys changes."""
        fact = node.keys[place]
        if not (isinstance(fact, Name) and fact.kind == "fact"):
            return self.note(fact, told=True)
        for key in (row.keys[place] for row in node.rows):
            if isinstance(key, str):
                self._op(fact, "==", key)
            else:
                low, high = key
                for op, end in ((">=", low), ("<=", high)):
                    if end is not None:
                        self._op(fact, op, end)  # type: ignore[arg-type]
        return True


def value_of(node: Node) -> Value | None:
    """The value of what names nothing; None where it has none."""
    if isinstance(node, Const):
        return node.value
    if any(isinstance(part, Name | Aggregate) for part in walk(node)):
        return None
    try:
        return evaluation(node)({})
    except NoValue:
        return None


# -- rules that each ask their facts one by one, as the rows of a decision table do


Box = Mapping[str, int]
"""A set of stretches for some facts, a bit a stretch; of other facts any."""
MOST_STEPS = 400_000
"""Steps over which the villages that many rules leave are looked for."""


class TooMany(Exception):
    """Counting would take too many steps."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Conditions of which each is met by a box: a set of stretches of every fact that it names.

    `axes` has the first value of each stretch. Whether boxes meet, or cover one, is decided by counting.
    `domain` is the box in which all holds that must hold, as far as that is one, None where that is nowhere;
    `open` is the rest of it.
    """

    axes: Mapping[str, Sequence[Value]]
    boxes: tuple[Box, ...]
    domain: Box | None = field(default_factory=dict)
    open: tuple[Node, ...] = ()
    _masks: dict[str, list[int]] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def of(conditions: Sequence[Node], musts: Sequence[Node], ranges: Ranges) -> Grid | None:
        """The grid of conditions, cut also where what must hold changes.

        None where a condition is more than comparisons of single facts with what is known, joined by `and`.
        """
        axes = stretches([*conditions, *musts], ranges)
        if axes is None:
            return None
        boxes = [_box(condition, axes) for condition in conditions]
        known = [box for box in boxes if box is not None]
        if len(known) < len(boxes):
            return None
        bounded = [(must, _box(must, axes)) for must in musts]
        grid = Grid(axes, tuple(known), open=tuple(must for must, box in bounded if box is None))
        return replace(grid, domain=grid.meet({}, *(box for _, box in bounded if box is not None)))

    def box(self, condition: Node) -> Box | None:
        """The box of one more condition, which changes only where the grid is cut."""
        return _box(condition, self.axes)

    @property
    def everywhere(self) -> Box:
        """The box of all villages."""
        return {id_: (1 << len(values)) - 1 for id_, values in self.axes.items()}

    def ends(self, box: Box) -> dict[str, Ends]:
        """The least and the greatest of each number or day in a box; None where there is no greatest."""
        by_fact: dict[str, Ends] = {}
        for id_, starts in self.axes.items():
            bits = box.get(id_, -1) & (1 << len(starts)) - 1
            if bits and isinstance(starts[0], int) and not isinstance(starts[0], bool):
                numbers = cast("Sequence[int | None]", [*starts, None])
                end = numbers[bits.bit_length()]
                first = numbers[(bits & -bits).bit_length() - 1]
                by_fact[id_] = first, None if end is None else end - 1
        return by_fact

    def at(self, id_: str, value: int) -> int:
        """The stretch in which a value of a fact is."""
        return 1 << max(bisect_right(cast("Sequence[int]", self.axes[id_]), value) - 1, 0)

    def masks(self, id_: str) -> list[int]:
        """For each stretch of a fact the boxes that have it, a bit each."""
        if id_ not in self._masks:
            masks = [0] * len(self.axes[id_])
            for n, box in enumerate(self.boxes):
                for place in bits_of(box.get(id_, -1) & (1 << len(masks)) - 1):
                    masks[place] |= 1 << n
            self._masks[id_] = masks
        return self._masks[id_]

    def holding(self, row: Mapping[str, Value]) -> int:
        """The boxes in which a row is, a bit each."""
        mask = (1 << len(self.boxes)) - 1
        for id_, starts in self.axes.items():
            value = row[id_]
            if isinstance(value, int) and not isinstance(starts[0], bool):
                place = max(bisect_right(cast("Sequence[int]", starts), value) - 1, 0)
            else:
                place = starts.index(value if value in starts else OTHER_TEXT)
            mask &= self.masks(id_)[place]
        return mask

    def meet(self, *boxes: Box) -> dict[str, int] | None:
        """Where boxes meet; None where they do not."""
        meeting = dict(boxes[0])
        for box in boxes[1:]:
            for id_, bits in box.items():
                meeting[id_] = meeting.get(id_, -1) & bits
        return meeting if all(meeting.values()) else None

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Every two boxes that meet."""
        for later, box in enumerate(self.boxes):
            for earlier in range(later):
                earlier_box = self.boxes[earlier]
                common = all(earlier_box.get(id_, -1) & bits for id_, bits in box.items())
                if common and all(earlier_box.values()):
                    yield earlier, later

    def left(self, box: Box, without: Iterable[int]) -> Iterator[Box]:
        """What some boxes leave of a box, in boxes. Raises TooMany."""
        cut = Cut(self, box, sum(1 << n for n in without))
        return (part for part, _ in cut.parts(lambda whole, some: None if whole else some))


Trim = Callable[[int, int], int | None]
"""Told which boxes have all of a part and which have some of it, a bit each: those that count there.

None where the part as a whole does not count. What does not count of a part never does of one within it.
"""


class Cut:
    """A box to be cut by others into parts that each of these has whole or not at all.

    `meeting` are those of the others that meet it, a bit each. An axis may be left out.
    """

    def __init__(self, grid: Grid, box: Box, others: int, without: str = "") -> None:
        by_axis: list[tuple[str, dict[int, int]]] = []
        self.meeting = others
        for id_, stretches_of in grid.everywhere.items():
            if id_ != without:
                masks, alike = grid.masks(id_), dict[int, int]()
                for place in bits_of(box.get(id_, -1) & stretches_of):
                    mask = masks[place] & others
                    alike[mask] = alike.get(mask, 0) | 1 << place
                self.meeting &= reduce(operator.or_, alike, 0)
                if len(alike) > 1:
                    by_axis.append((id_, alike))
        # the axis of fewest stretches first: what is alike is taken together
        by_axis.sort(key=lambda axis: len(axis[1]))
        self._box, self._axes = box, [id_ for id_, _ in by_axis]
        self._kinds = [list(alike.items()) for _, alike in by_axis]
        self._whole = [-1]  # the boxes that have all from an axis on
        for _, alike in reversed(by_axis):
            self._whole.append(self._whole[-1] & reduce(operator.and_, alike))
        self._whole.reverse()

    def parts(self, trim: Trim) -> Iterator[tuple[Box, int]]:
        """The parts that count, each with the boxes that have it and count. Raises TooMany."""
        dead_ends, steps = set[tuple[int, int]](), 0

        def search(at: int, some: int) -> Iterator[tuple[tuple[int, ...], int]]:
            nonlocal steps
            counting = trim(some & self._whole[at], some)
            if counting is None or (at, counting) in dead_ends:
                return
            if not counting & ~self._whole[at]:
                yield (), counting
                return
            together: dict[int, int] = {}
            for mask, group in self._kinds[at]:
                together[mask & counting] = together.get(mask & counting, 0) | group
            steps += len(self._kinds[at])
            if steps > MOST_STEPS:
                raise TooMany
            leaves_any = False
            for remaining, group in sorted(together.items(), key=lambda kind: kind[0].bit_count()):
                for bits, last in search(at + 1, remaining):
                    leaves_any = True
                    yield (group, *bits), last
            if not leaves_any:
                dead_ends.add((at, counting))

        for bits, counting in search(0, self.meeting):
            yield {**self._box, **dict(zip(self._axes, bits, strict=False))}, counting


def bits_of(mask: int) -> Iterator[int]:
    """The places of the bits of a mask, from the least on."""
    while mask:
        least = mask & -mask
        yield least.bit_length() - 1
        mask ^= least


def _box(condition: Node, axes: Mapping[str, Sequence[Value]]) -> Box | None:
    box: dict[str, int] = {}
    for part in parts(condition):
        ids = {name.id for name in names(part)}
        if isinstance(part, Const) and part.value is True:
            continue
        if isinstance(part, Const):
            return dict.fromkeys(axes, 0) or None
        if len(ids) != 1 or not ids <= set(axes):
            return None
        (id_,) = ids
        try:
            box[id_] = box.get(id_, -1) & _bits(part, id_, axes[id_])
        except NoValue:
            return None
    return box


def _bits(node: Node, id_: str, starts: Sequence[Value]) -> int:
    """The stretches of its one fact in which a condition holds."""
    all_bits = (1 << len(starts)) - 1
    match node:
        case Logic():
            item_bits = [_bits(item, id_, starts) for item in node.items]
            return reduce(operator.and_ if node.op == "and" else operator.or_, item_bits)
        case Negation():
            return all_bits & ~_bits(node.item, id_, starts)
        case Compare(left=Name(type=Number() | Date()), right=Const(value=int(value))):
            numbers = cast("Sequence[int]", starts)
            low = all_bits & -(1 << bisect_left(numbers, value))
            high = all_bits & -(1 << bisect_right(numbers, value))
            by_op = {
                ">=": low, ">": high, "<": all_bits & ~low, "<=": all_bits & ~high,
                "==": low & ~high, "!=": all_bits & ~(low & ~high),
            }  # fmt: skip
            return by_op[node.op]
        case _:
            test = evaluation(node)
            return sum(1 << n for n, value in enumerate(starts) if test({id_: value}))


# -- the single comparisons of a condition, and what it is without one of them


def atoms(node: Node) -> Iterator[Node]:
    """Comparisons, `in` and yes/no names, in the order written."""
    if isinstance(node, Compare | Contains) or (
        isinstance(node, Name) and isinstance(node.type, YesNo)
    ):
        yield node
    elif not isinstance(node, Name | Const):
        for child in children(node):
            yield from atoms(child)


def choices(node: Node) -> Iterator[Choice]:
    """Every `a if c else b` in an amount."""
    if isinstance(node, Choice):
        yield node
    for child in children(node):
        yield from choices(child)


def turning(value: Node | None, fact: str) -> tuple[Node, ...]:
    """What makes an amount step: the conditions of choices, and what is looked up by a fact or an output."""
    if value is None:
        return ()
    keys = {
        part: [name for key in part.keys for name in names(key)]
        for part in walk(value) if isinstance(part, Lookup) and isinstance(part.type, Number)
    }  # fmt: skip
    looked_up = (
        part for part, by in keys.items() if any(n.id == fact or n.kind == "output" for n in by)
    )
    return (*(choice.condition for choice in choices(value)), *looked_up)


def decided(node: Node, atom: Node, value: bool) -> Node:
    """The node with one of its atoms taken for true or false."""
    if node is atom:
        return Const(YesNo(), node.at, value)
    return rebuild(node, lambda child: decided(child, atom, value))


def parts(node: Node) -> list[Node]:
    """The conditions that must all hold: what `and` joins, at the top."""
    if isinstance(node, Logic) and node.op == "and":
        return [part for item in node.items for part in parts(item)]
    return [node]


def at_corners(node: Node) -> bool:
    """Whether a condition that holds somewhere in a box holds at one of its corners, as `a <= 3 * b`."""
    match node:
        case Logic(op="or"):
            return all(at_corners(item) for item in node.items)
        case Compare(op="<" | "<=" | ">" | ">="):
            return _is_linear(node.left) and _is_linear(node.right)
        case Name() | Const():
            return True
    return False


def _is_linear(node: Node) -> bool:
    match node:
        case Name(type=Number() | Date(), kind="fact") | Const():
            return True
        case Rescale() | Arithmetic(op="+" | "-") | Negative():
            return all(_is_linear(child) for child in children(node))
        case Arithmetic(op="*"):
            fixed = any(value_of(side) is not None for side in (node.left, node.right))
            return fixed and _is_linear(node.left) and _is_linear(node.right)
    return False


@dataclass(frozen=True, slots=True)
class Threshold:
    """`name op value`, as it counts in a condition: negations are worked in."""

    name: Name
    op: Comparison
    value: int


def thresholds(node: Node, negated: bool = False) -> Iterator[Threshold]:
    """Where a condition compares one number or day with a constant."""
    match node:
        case Negation():
            yield from thresholds(node.item, not negated)
        case Logic():
            for item in node.items:
                yield from thresholds(item, negated)
        case Choice():
            for item in (node.yes, node.no):
                yield from thresholds(item, negated)
        case Compare():
            left, right, op = node.left, node.right, node.op
            if isinstance(left, Const):
                left, right, op = right, left, FLIPPED[op]
            counts = isinstance(left, Name) and isinstance(left.type, Number | Date)
            if counts and isinstance(right, Const) and isinstance(right.value, int):
                assert isinstance(left, Name)
                yield Threshold(left, OPPOSITE[op] if negated else op, right.value)
        case _:  # no comparison of a condition stands there
            pass
