"""The values around which conditions change: every edge, and one value on each side of it.

Conditions that compare single facts with constants split the villages into boxes. Trying one village
a box decides exactly whether some village meets none of them, or several. So do `stretches`, of any
expressions that facts reach only through such comparisons, with the fewest values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod

from fundcalc.base import dataclass
from fundcalc.language.datatypes import FIRST_DAY, LAST_DAY, Date, Number, Text, YesNo
from fundcalc.language.evaluate import Evaluation, NoValue, evaluation
from fundcalc.language.nodes import (
    FLIPPED,
    OPPOSITE,
    Aggregate,
    Choice,
    Compare,
    Comparison,
    Const,
    Contains,
    Logic,
    Lookup,
    Name,
    Negation,
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
    by_name = edges(conditions, ranges)
    rows = boxes(by_name) if by_name is not None else None
    if rows is None:
        return {}
    tests: list[Evaluation] = [evaluation(condition) for condition in conditions]
    return next((row for row in rows if not any(test(row) for test in tests)), None)


# -- where anything changes


def stretches(nodes: Iterable[Node], ranges: Ranges) -> dict[str, list[Value]] | None:
    """For each fact the least value of every stretch within which all nodes stay what they are.

    Of a text they are those that are told apart, and one other. None where a fact, or a value of many rows,
    counts otherwise than by a comparison with what is known. Outputs of other programmes are taken to change
    nowhere: what decides them is to be among the nodes.
    """
    starts: dict[str, set[Value]] = {}
    facts: dict[str, Name] = {}
    for node in nodes:
        if not _note_starts(node, starts):
            return None
        facts |= {name.id: name for name in names(node) if name.kind == "fact"}
    by_fact: dict[str, list[Value]] = {}
    for id_, name in facts.items():
        kind, changes_at = name.type, starts.get(id_, set())
        if isinstance(kind, Number | Date):
            ends = _ends(name, ranges)
            first = 0 if ends[0] is None else ends[0]
            by_fact[id_] = sorted({first, *(v for v in changes_at if _within(v, (first, ends[1])))})
        elif isinstance(kind, Text) and kind.options is None:
            by_fact[id_] = [*sorted(changes_at), OTHER_TEXT]
        else:
            by_fact[id_] = _base(name, (None, None))
    return by_fact


def _note_starts(node: Node, starts: dict[str, set[Value]]) -> bool:
    """Note at which values of facts a node may change; whether these are all that change it."""
    match node:
        case Name():
            fixed = node.kind not in ("fact", "group", "group or none")
            return fixed or (node.kind == "fact" and isinstance(node.type, YesNo))
        case Aggregate():
            return False
        case Compare():
            for fact, against, op in (
                (node.left, node.right, node.op), (node.right, node.left, FLIPPED[node.op])
            ):  # fmt: skip
                value = _value_of(against)
                if value is not None and _note_op(fact, op, value, starts):
                    return True
        case Contains() if isinstance(node.item, Name) and node.item.kind == "fact":
            members = node.container if isinstance(node.container, tuple) else (node.container,)
            values = [_value_of(member) for member in members]
            several = [
                v
                for options in values
                for v in (options if isinstance(options, tuple) else (options,))
            ]
            return all(v is not None and _note_op(node.item, "==", v, starts) for v in several)
        case Lookup():
            return all(_note_key(node, place, starts) for place in range(len(node.keys)))
        case _:
            pass
    return all(_note_starts(child, starts) for child in children(node))


def _value_of(node: Node) -> Value | None:
    """The value of what names nothing; None where it has none."""
    if isinstance(node, Const):
        return node.value
    if any(isinstance(part, Name | Aggregate) for part in walk(node)):
        return None
    try:
        return evaluation(node)({})
    except NoValue:
        return None


def _note_op(node: Node, op: Comparison, value: Value, starts: dict[str, set[Value]]) -> bool:
    """Note where `node op value` begins or ends to hold; whether that is a fact compared with a value."""
    name, factor = (node.item, 10**node.power) if isinstance(node, Rescale) else (node, 1)
    if not (isinstance(name, Name) and name.kind == "fact"):
        return False
    turns = starts.setdefault(name.id, set())
    if isinstance(name.type, Text):
        turns.add(value)
    elif isinstance(name.type, Number | Date):
        assert isinstance(value, int)
        if op not in ("<=", ">"):
            turns.add(-(-value // factor))
        if op not in ("<", ">="):
            turns.add(value // factor + 1)
    return isinstance(name.type, Text | Number | Date)


def _note_key(node: Lookup, place: int, starts: dict[str, set[Value]]) -> bool:
    """Note where what a table has for one of its keys changes."""
    fact = node.keys[place]
    if not (isinstance(fact, Name) and fact.kind == "fact"):
        return _note_starts(fact, starts)
    for key in (row.keys[place] for row in node.rows):
        if isinstance(key, str):
            _note_op(fact, "==", key, starts)
        else:
            low, high = key
            for op, end in ((">=", low), ("<=", high)):
                if end is not None:
                    _note_op(fact, op, end, starts)  # type: ignore[arg-type]
    return True


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
