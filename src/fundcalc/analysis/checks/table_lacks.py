"""A table has no row for something that rosters may say."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import View, each_view, may_fail
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.language.datatypes import Text, YesNo
from fundcalc.language.nodes import Compare, Const, Logic, Lookup, Negation, Node, RowKey
from fundcalc.language.show import show

CODE = "FC717"


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every look-up that some village has no row for; a text may be any that the table has.

    Where a fact's `options` say which texts there are, it may be any of those instead.
    """
    for one, span, path in may_fail(view):
        if not isinstance(one, Lookup) or not one.rows:
            continue
        known = [_among(key, one, place) for place, key in enumerate(one.keys) if _is_open(key)]
        lacking = Negation(YesNo(), one.at, _any(one, [_row(one, row.keys) for row in one.rows]))
        terms = [view.space.villages.term(node) for node in (lacking, *known)]
        seen = view.proved(span, lambda seen: seen.failed("FC409"), *terms, *path)
        if seen is not None:
            text = show(one)
            yield text, view.say(CODE, span, seen=seen, text=text, table=one.table)


def _is_open(key: Node) -> bool:
    """Whether nothing says which texts there are."""
    return isinstance(key.type, Text) and key.type.options is None


def _among(key: Node, one: Lookup, place: int) -> Node:
    texts = dict.fromkeys(row.keys[place] for row in one.rows)
    return _any(one, [_same(key, text) for text in texts])


def _row(one: Lookup, keys: tuple[RowKey, ...]) -> Node:
    """Whether a row is the one that is looked up."""
    return _all(one, [_same(key, said) for key, said in zip(one.keys, keys, strict=True)])


def _same(key: Node, said: RowKey) -> Node:
    """Whether a key is what a row says of it."""
    if isinstance(said, str):
        return Compare(YesNo(), key.at, "==", key, Const(Text(), key.at, said))
    low, high = (None if end is None else Const(key.type, key.at, end) for end in said)
    tests: list[Node] = [] if low is None else [Compare(YesNo(), key.at, ">=", key, low)]
    tests += [] if high is None else [Compare(YesNo(), key.at, "<=", key, high)]
    return Logic(YesNo(), key.at, "and", tuple(tests)) if len(tests) > 1 else tests[0]


def _any(one: Lookup, nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else Logic(YesNo(), one.at, "or", tuple(nodes))


def _all(one: Lookup, nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else Logic(YesNo(), one.at, "and", tuple(nodes))
