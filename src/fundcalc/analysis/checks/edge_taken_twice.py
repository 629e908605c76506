"""Two rules meet at a number, and both take it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice, product
from typing import cast

from fundcalc.analysis.bench import Replay, View, each_view
from fundcalc.base import dataclass
from fundcalc.base.catalogue import Field
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.language.edges import (
    Box,
    Threshold,
    TooMany,
    thresholds,
)
from fundcalc.language.evaluate import NoValue, evaluation, simplify
from fundcalc.language.nodes import (
    Const,
    Node,
    Value,
    names,
)
from fundcalc.language.show import literal, show
from fundcalc.policy.model import Rule

CODE = "FC709"
_ALIKE_IS_FINE = ("any", "first", "collect max", "collect min")
_UPPER, _LOWER = ("<", "<="), (">", ">=")
_MOST, _FEW = 20, 3
"""Pairs of a programme that are told one by one; of more a few, and how many there are."""

Pair = tuple[Rule, Rule]


@dataclass(frozen=True, slots=True)
class Edge:
    """One rule's upper threshold at another's lower one."""

    below: Rule
    above: Rule
    upper: Threshold
    lower: Threshold

    @property
    def fields(self) -> dict[str, Field]:
        """What is said of the number where they meet."""
        name, number = self.upper.name, self.upper.value
        return {
            "fact": name.id, "number": literal(number, name.type),
            "below": self.below.id, "above": self.above.id,
        }  # fmt: skip


@each_view(CODE)
def check(view: View) -> Iterator[tuple[object, Diagnostic]]:
    """Every number that ends one rule and begins another and belongs to both."""
    programme = view.programme
    clash = programme.hit_policy in ("unique", "any")
    alike = programme.hit_policy in _ALIKE_IS_FINE
    edges: dict[frozenset[str], Edge] = {}
    for edge in meeting(view):
        if not (alike and agree(view, edge.below, edge.above) is True):
            edges.setdefault(frozenset((edge.below.id, edge.above.id)), edge)

    def tell(one: Rule, other: Rule) -> Diagnostic | None:
        edge = edges[frozenset((one.id, other.id))]
        seen = _shown(view, edge, alike)
        if seen is None:
            return None
        key = CODE if clash else "FC709.decided"
        return view.say(key, edge.above.span, edge.below.span, seen=seen, **edge.fields)

    many = "FC709.many" if clash else "FC709.many_decided"
    yield from told_in_short(view, many, [(e.below, e.above) for e in edges.values()], tell)


def _shown(view: View, edge: Edge, alike: bool) -> Replay | None:
    """A village that both take, where it matters."""
    pair = (edge.below, edge.above)
    ids = {rule.id for rule in pair}

    def shows(seen: Replay) -> bool:
        return ids <= set(view.matched(seen.rows[0]))

    villages = view.space.villages
    terms = [villages.holds(view.programme, rule) for rule in pair]
    box = common(view, *pair)
    if not alike or agree(view, *pair) is False:
        if box is not None:
            return view.shown(edge.above.span, shows, box, *terms)
    else:
        values = [villages.value(view.programme, rule) for rule in pair]
        terms.append(values[0] != values[1])
    return view.proved(edge.above.span, shows, *terms)


def edges_of(view: View) -> Iterator[Edge]:
    """Every pair of rules of which one stops at the number where the other begins."""
    uppers: dict[tuple[str, int], list[tuple[Rule, Threshold]]] = {}
    lowers: dict[tuple[str, int], list[tuple[Rule, Threshold]]] = {}
    for rule in view.programme.rules:
        for threshold in set(thresholds(simplify(rule.when, view.plan.constants))):
            side = uppers if threshold.op in _UPPER else lowers if threshold.op in _LOWER else None
            if side is not None:
                side.setdefault((threshold.name.id, threshold.value), []).append((rule, threshold))
    for key, below in uppers.items():
        for (rule, upper), (other, lower) in product(below, lowers.get(key, [])):
            if rule is not other:
                yield Edge(rule, other, upper, lower)


def meeting(view: View) -> list[Edge]:
    """The edges whose number both rules take, while they share no other village."""
    if "meeting" not in view.cache:
        both = (e for e in edges_of(view) if (e.upper.op, e.lower.op) == ("<=", ">="))
        view.cache["meeting"] = [edge for edge in both if _just_there(view, edge)]
    return view.cache["meeting"]


def _just_there(view: View, edge: Edge) -> bool:
    number, programme = edge.upper, view.programme
    if view.grid is not None:
        box = common(view, edge.below, edge.above)
        return box is not None and box[number.name.id] == view.grid.at(number.name.id, number.value)
    villages = view.space.villages
    both = [villages.holds(programme, rule) for rule in (edge.below, edge.above)]
    return view.never(programme.span, *both, villages.term(number.name) != number.value)


@dataclass(frozen=True, slots=True)
class Given:
    """A rule's box, and what it gives: as the core has it, and as it is shown."""

    number: int
    box: Box
    value: Node | None
    text: str

    @property
    def plain(self) -> bool:
        """Whether facts alone decide what it gives."""
        return self.value is not None and all(name.kind == "fact" for name in names(self.value))


def given(view: View) -> dict[str, Given]:
    """What each rule of a programme is and gives, where its rules are boxes."""
    if "given" not in view.cache:
        boxes, by_rule = view.grid.boxes if view.grid is not None else (), dict[str, Given]()
        for n, box in enumerate(boxes):
            rule = view.programme.rules[n]
            value = rule.then and simplify(rule.then, view.plan.constants)
            by_rule[rule.id] = Given(n, box, value, "" if value is None else show(value))
        view.cache["given"] = [by_rule]
    return cast("dict[str, Given]", view.cache["given"][0])


def common(view: View, *rules: Rule) -> Box | None:
    """The box of the villages that rules share, if they are boxes and share some."""
    if view.grid is None:
        return None
    known = given(view)
    return view.grid.meet(*(known[rule.id].box for rule in rules))


def sharing(view: View) -> list[Pair] | None:
    """Every two rules that share a village, as far as counting tells; None where it does not.

    A pair of which it is not known whether all holds that must hold is among them.
    """
    grid, rules = view.grid, view.programme.rules
    if grid is None:
        return None
    pairs = [(rules[a], rules[b]) for a, b in grid.pairs()]
    if not view.bench.policy.musts:
        return pairs
    known: dict[tuple[tuple[str, int], ...], bool] = {}

    def there(pair: Pair) -> bool:
        box = common(view, *pair)
        assert box is not None
        key = tuple(box.items())
        if key not in known:
            try:
                known[key] = next(view.rows(box), None) is not None
            except TooMany:
                known[key] = True
        return known[key]

    return [pair for pair in pairs if there(pair)]


def agree(view: View, one: Rule, other: Rule) -> bool | None:
    """Whether two rules give the same of every village that they share; None where that is not plain.

    False where one is seen for which they do not.
    """
    box = common(view, one, other)
    if box is None:
        return None
    a, b = (given(view)[rule.id] for rule in (one, other))
    if isinstance(a.value, Const) and isinstance(b.value, Const):
        return a.value.value == b.value.value
    if a.value is None or b.value is None:
        return None
    if a.text == b.text:
        return True
    if _differ(view)[a.number] >> b.number & 1:
        return False
    if not (a.plain and b.plain):
        return None
    first, second = evaluation(a.value), evaluation(b.value)
    try:
        rows = islice(view.rows(box), _FEW)
        return False if any(first(row) != second(row) for row in rows) else None
    except (NoValue, TooMany):
        return None


def _differ(view: View) -> list[int]:
    """For each rule those, a bit each, from which it is seen to differ at the ends of some rule's box."""
    if "differ" not in view.cache:
        known, grid = given(view), view.grid
        assert grid is not None
        plain = {n: rule for n, rule in enumerate(known.values()) if rule.plain}
        tests = {n: evaluation(rule.value) for n, rule in plain.items() if rule.value is not None}
        differing = [0] * len(known)
        for rule in known.values():
            try:
                rows = list(islice(view.rows(rule.box), _FEW)) if all(rule.box.values()) else []
            except TooMany:
                continue
            for row in rows:
                together = grid.holding(row)
                alike: dict[Value, int] = {}
                values: dict[int, Value] = {}
                for n, test in tests.items():
                    if together >> n & 1:
                        with suppress(NoValue):
                            values[n] = test(row)
                            alike[values[n]] = alike.get(values[n], 0) | 1 << n
                every = sum(alike.values())
                for n, value in values.items():
                    differing[n] |= every & ~alike[value]
        view.cache["differ"] = differing
    return view.cache["differ"]


def told_in_short(
    view: View, key: str, pairs: Sequence[Pair], tell: Callable[[Rule, Rule], Diagnostic | None]
) -> Iterator[tuple[object, Diagnostic]]:
    """A finding for each pair of rules; of very many the first few, and how many there are."""
    few = pairs if len(pairs) <= _MOST else pairs[:_FEW]
    for one, other in few:
        finding = tell(one, other)
        if finding is not None:
            yield frozenset((one.id, other.id)), finding
    if len(pairs) > len(few):
        met = Counter(rule.id for pair in pairs for rule in pair)
        ((most, others),) = met.most_common(1)
        fields: dict[str, Field] = {
            "programme": view.programme.id, "count": len(pairs), "rules": len(met), "few": _FEW,
            "most": most, "others": others,
        }  # fmt: skip
        yield "many", view.say(key, view.programme.span, **fields)  # type: ignore[arg-type]
