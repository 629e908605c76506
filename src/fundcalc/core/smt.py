"""The core as terms of z3, which then says whether some village meets a condition.

Numbers are whole numbers without bounds, as in the row evaluator; dates are ordinals; a text is a number
from `Codes`, negative where it is none of the texts the policy names; a list of text is its
possible items, each with the condition under which it is in the list.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import reduce
from operator import itemgetter
from typing import Any, assert_never

import z3

from fundcalc.base import dataclass
from fundcalc.base.money import INT64_MAX
from fundcalc.core import nodes as core
from fundcalc.core.desugar import Desugar
from fundcalc.core.interval import Interval
from fundcalc.language import datatypes
from fundcalc.language import nodes as written
from fundcalc.language.datatypes import FIRST_DAY, LAST_DAY, Text, Texts, Type
from fundcalc.language.evaluate import complete_months, counted_rows
from fundcalc.language.nodes import Comparison, Value, names, walk

Term = Any
"""A z3 term, or a list of (condition, text) pairs for a list of text; z3 has no types to speak of."""
Lookup = Callable[[core.Name], Term]
Ends = tuple[int | None, int | None]

_MONTHS, _DAYS = 48_699, 1_600
"""So many days are in so many months, leap years counted."""
MOST_ROUNDS = 1_000
"""How often a model is put right before a question is given up."""
OTHERS = 4
"""How many different texts that the policy does not name are told apart."""
OTHER = "其他"
"""A text that the policy does not name."""
ANY_NUMBER = Interval(-(10**40), 10**40)
"""Stands for the bounds of a number of which nothing is known."""
FEW_ROWS = 12
"""Rows of a table that are written out as one term; of a longer one only those that a question is about."""


class Codes:
    """Numbers for texts: from 0 for those that the policy names, below 0 for others."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def of(self, text: str) -> int:
        """The number of a text."""
        return self._codes.setdefault(text, len(self._codes))

    def number(self, columns: Sequence[Mapping[str, int]]) -> None:
        """Number the texts of tables (columns), so that neighbours have near values in the same ones."""
        groups: dict[tuple[int, ...], list[str]] = defaultdict(list)
        for text in dict.fromkeys(text for column in columns for text in column):
            groups[tuple(n for n, column in enumerate(columns) if text in column)].append(text)
        for places, texts in groups.items():
            values = {text: [columns[n][text] for n in places] for text in texts}
            for text in _neighbours(texts, values, 0):
                self.of(text)

    def text(self, code: int) -> str:
        """The text of a number; an invented one below 0."""
        if code >= 0:
            return list(self._codes)[code]
        invented = f"{OTHER}{-code if code < -1 else ''}"
        return invented if invented not in self._codes else invented * 2

    def knows(self, text: str) -> bool:
        """Whether the policy names a text."""
        return text in self._codes

    @property
    def many(self) -> int:
        """How many texts are known."""
        return len(self._codes)


def _neighbours(
    texts: list[str], values: Mapping[str, Sequence[int]], by: int, unsplit: int = 0
) -> list[str]:
    """Texts in an order of which every half, quarter, … has its values near each other."""
    columns = len(values[texts[0]]) if texts else 0
    if len(texts) < 2 or unsplit == columns:
        return texts
    ordered = sorted(texts, key=lambda text: values[text][by])
    if columns == 1:
        return ordered
    alike = values[ordered[0]][by] == values[ordered[-1]][by]
    if alike:
        return _neighbours(texts, values, (by + 1) % columns, unsplit + 1)
    half, next_by = len(ordered) // 2, (by + 1) % columns
    return [
        *_neighbours(ordered[:half], values, next_by),
        *_neighbours(ordered[half:], values, next_by),
    ]


class LongLookup:
    """A look-up in a long table, whose value is a variable; what ties it to its key is said when asked for.

    The value of place `n` holds from `starts[n]` to the next; None where there is no row, and anything
    that the table has may stand. A model that has it wrong is told a truth that excludes it: the ends
    of the values over the widest stretch of keys about which the model errs, found by halving.
    """

    def __init__(self, item: Term, starts: list[int], values: list[int | None]) -> None:
        self.item, self.value = item, z3.FreshInt("looked", item.ctx)
        self._starts, self._values = starts, values
        self._ends = [n for n, value in enumerate(values) if value is None]
        possible = [value for value in values if value is not None] or [0]
        self.bounds = [self.value >= min(possible), self.value <= max(possible)]

    def corrected(self, model: Any) -> Term | None:
        """What a model's value contradicts; None where it is the table's, or where there is no row."""
        key, value = (model.eval(term, model_completion=True) for term in (self.item, self.value))
        at, claimed = bisect_right(self._starts, key.as_long()) - 1, value.as_long()
        if at < 0 or self._values[at] is None or self._values[at] == claimed:
            return None
        gap = bisect_right(self._ends, at)
        low = self._ends[gap - 1] + 1 if gap else 0
        high = self._ends[gap] if gap < len(self._ends) else len(self._values)
        while True:
            values = [value for value in self._values[low:high] if value is not None]
            least, most = min(values), max(values)
            if not least <= claimed <= most:
                break
            middle = (low + high) // 2
            low, high = (low, middle) if at < middle else (middle, high)
        wide, exact = (
            self._tie(low, high, least, most),
            self._tie(at, at + 1, *[self._values[at]] * 2),
        )
        return z3.And(wide, exact)

    def _tie(self, low: int, high: int, least: int | None, most: int | None) -> Term:
        within = self.item >= self._starts[low]
        if high < len(self._starts):
            within = z3.And(within, self.item < self._starts[high])
        return z3.Implies(within, z3.And(self.value >= least, self.value <= most))


class CountedMonths:
    """Complete months between two days: a variable, of which what a model has wrong is said as of look-ups.

    A day later counts no less, a start later no more: so an error is shut out for all days beyond it too.
    """

    def __init__(self, start: Term, end: Term) -> None:
        self.start, self.end, self.value = start, end, z3.FreshInt("months", start.ctx)
        days = end - start
        beyond = _MONTHS * self.value - _DAYS * days
        self.bounds = [
            z3.If(
                days >= 0,
                z3.And(self.value >= 0, beyond >= -34 * _DAYS, beyond <= 4 * _DAYS),
                z3.And(self.value <= 0, beyond <= 34 * _DAYS, beyond >= -4 * _DAYS),
            )
        ]

    def beside(self, other: CountedMonths) -> Term:
        """That of two counts the one over no less has no less."""
        return z3.And(
            z3.Implies(
                z3.And(self.start <= other.start, self.end >= other.end), self.value >= other.value
            ),
            z3.Implies(
                z3.And(self.start >= other.start, self.end <= other.end), self.value <= other.value
            ),
        )

    @property
    def plain(self) -> Term:
        """So far from the end of a month that the count is right by its bounds alone."""
        days = self.end - self.start
        beyond = z3.If(days >= 0, 1, -1) * (_DAYS * days - _MONTHS * self.value)
        return z3.And(beyond >= 4 * _DAYS, beyond <= 26 * _DAYS)

    def corrected(self, model: Any) -> Term | None:
        """What a model's count contradicts; None where it is right, or the days are in no calendar."""
        terms = (self.start, self.end, self.value)
        start, end, claimed = (model.eval(term, model_completion=True).as_long() for term in terms)
        if not FIRST_DAY <= min(start, end) <= max(start, end) <= LAST_DAY:
            return None
        months = complete_months(start, end)
        return None if months == claimed else z3.And(*self._around(start, end, months))

    def _around(self, start: int, end: int, months: int) -> Iterator[Term]:
        """Where so many months are reached, and one more: with that start, and with that end."""
        ends, starts = (range(FIRST_DAY, LAST_DAY + 1),) * 2
        for count in (months, months + 1):
            reached = FIRST_DAY + bisect_left(
                ends, count, key=lambda day: complete_months(start, day)
            )
            yield z3.Implies(z3.And(self.start <= start, self.end >= reached), self.value >= count)
            yield z3.Implies(z3.And(self.start >= start, self.end < reached), self.value < count)
            last = (
                FIRST_DAY
                - 1
                + bisect_right(starts, -count, key=lambda day: -complete_months(day, end))
            )
            yield z3.Implies(z3.And(self.start <= last, self.end >= end), self.value >= count)
            yield z3.Implies(z3.And(self.start > last, self.end <= end), self.value < count)


@dataclass(slots=True)
class Sides:
    """What terms need in addition.

    All that is asked about together is made in one `context` of z3's, and nothing else is: z3 numbers and
    counts by context, so that an answer, and the steps to it, are the same whatever was asked before.
    `always` is true of auxiliary numbers; `alone` where each village is alone in its pools; `lookups` and
    `counts` are those that are tied to their keys and days while questions are asked, `places` the tables
    as numbers.
    """

    context: z3.Context
    always: list[Term] = field(default_factory=list)
    alone: list[Term] = field(default_factory=list)
    lookups: dict[object, LongLookup] = field(default_factory=dict)
    counts: dict[object, CountedMonths] = field(default_factory=dict)
    places: dict[object, tuple[list[int], list[int | None]]] = field(default_factory=dict)

    def corrections(self, model: Any) -> list[Term]:
        """What a model has wrong about look-ups, noted as always true; none where it is right."""
        asked: list[LongLookup | CountedMonths] = [*self.lookups.values(), *self.counts.values()]
        corrections = [
            term for variable in asked if (term := variable.corrected(model)) is not None
        ]
        self.always += corrections
        return corrections


class Encoder:
    """Turns the core's nodes into terms. `lookup` gives the term of a name.

    What is always true of auxiliary numbers is added to `sides`. Long tables are written out, unless `asks`:
    then who asks must ask again with the corrections of each model.
    """

    def __init__(self, lookup: Lookup, codes: Codes, sides: Sides, *, asks: bool = False) -> None:
        self._lookup = lookup
        self._codes = codes
        self._sides = sides
        self._context = sides.context
        self._asks = asks
        self._lets: dict[str, Term] = {}

    def value(self, value: Value) -> Term:
        """A constant's term."""
        if isinstance(value, bool):
            return z3.BoolVal(value, self._context)
        if isinstance(value, int):
            return z3.IntVal(value, self._context)
        if isinstance(value, str):
            return z3.IntVal(self._codes.of(value), self._context)
        return [(self.value(True), self.value(text)) for text in value]

    def term(self, node: core.Node) -> Term:
        """The node's term. A quotient may be anything where its divisor is zero."""
        match node:
            case core.Const():
                return self.value(node.value)
            case core.Name():
                return self._lets[node.id] if node.id in self._lets else self._lookup(node)
            case core.Counted() if self._asks:
                return self._counted(node)
            case core.Let():
                self._lets[node.name.id] = self.term(node.value)
                return self.term(node.body)
            case core.Arithmetic():
                return _calculated(node.op, self.term(node.left), self.term(node.right))
            case core.Quotient():
                return self._quotient(self.term(node.top), self.term(node.bottom))
            case core.Compare():
                return _compared(node.op, self.term(node.left), self.term(node.right))
            case core.Logic():
                items = [self.term(item) for item in node.items]
                joined = z3.And if node.op == "and" else z3.Or
                return joined(items, self._context)
            case core.Not():
                return z3.Not(self.term(node.item))
            case core.Choice():
                return self._choice(node)
            case core.Lookup():
                return self._lookup_term(node)
            case core.Extreme():
                return reduce(smaller if node.op == "min" else larger, map(self.term, node.items))
            case core.Member():
                item, texts = self.term(node.item), self.term(node.texts)
                return z3.Or(
                    [z3.And(present, item == text) for present, text in texts], self._context
                )
            case core.Listing():
                return [(self.term(present), self.term(text)) for present, text in node.parts]
            case core.Group():  # of one village
                return z3.If(self.term(node.where), self.term(node.item), self.value(0))
        assert_never(node)

    def _counted(self, node: core.Counted) -> Term:
        start, end = self.term(node.start), self.term(node.end)
        counts, key = self._sides.counts, (start.get_id(), end.get_id())
        if key not in counts:
            months = CountedMonths(start, end)
            self._sides.always += [*months.bounds, *map(months.beside, counts.values())]
            counts[key] = months
        months = counts[key].value
        if node.size > 1:
            months = z3.If(months >= 0, months / node.size, -(-months / node.size))
        return months + node.more

    def _choice(self, node: core.Choice) -> Term:
        cases = [(self.term(condition), self.term(value)) for condition, value in node.cases]
        result = self.term(node.rest)
        for condition, value in reversed(cases):
            if node.kind == "texts":
                parts = (condition, value), (z3.Not(condition), result)
                result = [
                    (z3.And(when, present), text)
                    for when, texts in parts
                    for present, text in texts
                ]
            else:
                result = z3.If(condition, value, result)
        return result

    def _lookup_term(self, node: core.Lookup) -> Term:
        """Anything may stand where there is no row, as where a divisor is zero."""
        item = self.term(node.item)
        if not self._asks or len(node.keys) <= FEW_ROWS or node.kind not in ("number", "text"):
            return self._written_out(node, item)
        key = (node.keys, node.values, node.ranged, node.rest, item.get_id())
        if key not in self._sides.lookups:
            self._sides.lookups[key] = long_lookup = LongLookup(item, *self._places(node))
            self._sides.always += long_lookup.bounds
        return self._sides.lookups[key].value

    def _written_out(self, node: core.Lookup, item: Term) -> Term:
        result = absent = self._fresh("absent") if node.rest is None else self.value(node.rest)
        rows = zip(node.keys, node.values, strict=True)
        for key, value in rows if node.ranged else reversed(list(rows)):
            key_term = self.value(key)
            holds = item >= key_term if node.ranged else item == key_term
            result = z3.If(holds, absent if value is None else self.value(value), result)
        return result

    def _places(self, node: core.Lookup) -> tuple[list[int], list[int | None]]:
        """Where a value begins to hold, rising, and the value; what lies between keys has none."""
        key = (node.keys, node.values, node.ranged, node.rest)
        if key not in self._sides.places:
            self._sides.places[key] = self._placed(node)
        return self._sides.places[key]

    def _placed(self, node: core.Lookup) -> tuple[list[int], list[int | None]]:
        pairs = zip(map(self._number, node.keys), node.values, strict=True)
        rest = None if node.rest is None else self._number(node.rest)
        by_start: dict[int, int | None] = {} if rest is None else {-(10**40): rest}
        for key, value in pairs if node.ranged else sorted(pairs, key=itemgetter(0)):
            by_start[key] = rest if value is None else self._number(value)
            if not node.ranged:
                by_start[key + 1] = rest
        return list(by_start), list(by_start.values())

    def _number(self, value: Value) -> int:
        assert not isinstance(value, tuple)
        return self._codes.of(value) if isinstance(value, str) else int(value)

    def lacks(self, node: core.Node) -> Term:
        """Whether a table lacks a row that is asked for in a node or below it."""
        lacking = self.value(False)
        if not core.looks_up(node):
            return lacking
        match node:
            case core.Lookup():
                starts, values = self._places(node)
                item, ends = self.term(node.item), [*starts[1:], None]
                rows = zip(starts, ends, values, strict=True)
                present = [(low, high) for low, high, value in rows if value is not None]
                lacking = lacking if node.rest is not None else z3.Not(among(item, present))
            case core.Let():
                self._lets[node.name.id] = self.term(node.value)
            case core.Choice():
                lacking = self.lacks(node.rest)
                for condition, value in reversed(node.cases):
                    lacking = z3.If(self.term(condition), self.lacks(value), lacking)
                    lacking = z3.Or(self.lacks(condition), lacking)
                return lacking
            case core.Logic():
                for item in reversed(node.items):
                    reached = self.term(item) if node.op == "and" else z3.Not(self.term(item))
                    lacking = z3.Or(self.lacks(item), z3.And(reached, lacking))
                return lacking
            case _:  # all that is within it is worked out whenever it is
                pass
        return z3.Or(lacking, *map(self.lacks, core.parts(node)))

    def _quotient(self, top: Term, bottom: Term) -> Term:
        if z3.is_int_value(bottom) and bottom.as_long() > 0:
            return top / bottom  # Euclid's division is the floor for a divisor above zero
        quotient, remainder = self._fresh("whole"), self._fresh("rest")
        exact = z3.And(top == quotient * bottom + remainder, remainder >= 0, remainder < bottom)
        self._sides.always.append(z3.Or(bottom == 0, exact))
        return quotient

    def _fresh(self, name: str) -> Term:
        return z3.FreshInt(name, self._context)


def _calculated(op: core.Operator, left: Term, right: Term) -> Term:
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    assert_never(op)


def _compared(op: Comparison, left: Term, right: Term) -> Term:
    match op:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "==":
            return left == right
        case "!=":
            return left != right
    assert_never(op)


def larger(left: Term, right: Term) -> Term:
    """The greater of two numbers."""
    return z3.If(left >= right, left, right)


def smaller(left: Term, right: Term) -> Term:
    """The lesser of two numbers."""
    return z3.If(left <= right, left, right)


def lists_differ(
    left: Sequence[tuple[Term, Term]], right: Sequence[tuple[Term, Term]], context: z3.Context
) -> Term:
    """Whether two lists of text differ: in length, or in the text at some place."""
    left_items, left_count = _placed(left, context)
    right_items, right_count = _placed(right, context)
    differences = [
        z3.And(present, other_present, place == other_place, text != other_text)
        for present, place, text in left_items
        for other_present, other_place, other_text in right_items
    ]
    return z3.Or([left_count != right_count, *differences])


def _placed(
    items: Sequence[tuple[Term, Term]], context: z3.Context
) -> tuple[list[tuple[Term, Term, Term]], Term]:
    """Each possible item with the place that it has if it is there, and how many there are."""
    placed: list[tuple[Term, Term, Term]] = []
    zero, one = z3.IntVal(0, context), z3.IntVal(1, context)
    place: Term = zero
    for present, text in items:
        placed.append((present, place, text))
        place = place + z3.If(present, one, zero)
    return placed, place


def among(term: Term, stretches: Iterable[tuple[int, int | None]]) -> Term:
    """Whether a number lies in some stretch, from its first to before its end; those that touch are one."""
    joined: list[tuple[int, int | None]] = []
    for low, high in stretches:
        touching = bool(joined) and joined[-1][1] == low
        joined.append((joined.pop()[0] if touching else low, high))
    within = [
        term == low
        if high == low + 1
        else term >= low
        if high is None
        else z3.And(term >= low, term < high)
        for low, high in joined
    ]
    return z3.Or(within, term.ctx)


def variable(name: str, kind: Type, context: z3.Context) -> Term:
    """A term for a value of a type by its name; a list of text has none."""
    return (z3.Bool if isinstance(kind, datatypes.YesNo) else z3.Int)(name, context)


def domain(term: Term, kind: Type, ends: Ends, codes: Sequence[int]) -> list[Term]:
    """What is known of a variable: its range, or the texts that it may be (None: any other too).

    A number without a range is not negative, since rosters refuse that, and fits 64 bits.
    """
    low, high = ends
    match kind:
        case Text():
            texts = [(code, code + 1) for code in sorted(codes)]
            return [among(term, texts if kind.options is not None else [(-OTHERS, 0), *texts])]
        case datatypes.Date():
            return [term >= (low or FIRST_DAY), term <= (high or LAST_DAY)]
        case datatypes.Number():
            least = 0 if low is None else low
            return [term >= least, term <= (INT64_MAX if high is None else high)]
        case datatypes.YesNo() | Texts() | datatypes.Unknown():
            return []
        case _:
            assert_never(kind)


@dataclass(frozen=True, slots=True)
class Facts:
    """Variables for facts, and what holds of each. `open_texts` may be texts that no expression names."""

    terms: dict[str, Term]
    domain: list[Term]
    open_texts: set[str]


def facts_of(
    kinds: Mapping[str, Type],
    ends: Mapping[str, Ends],
    expressions: Sequence[written.Node],
    codes: Codes,
    context: z3.Context,
) -> Facts:
    """Facts of these types and ranges, with the texts that the expressions tell apart."""
    compared = _texts_compared(expressions, codes)
    options = {
        id_: [codes.of(option) for option in sorted(kind.options)]
        for id_, kind in kinds.items()
        if isinstance(kind, Text) and kind.options
    }
    terms = {id_: variable(id_, kind, context) for id_, kind in kinds.items()}
    domains: list[Term] = []
    for id_, kind in kinds.items():
        compared_with = compared.get(id_, set())
        texts = range(codes.many) if compared_with is None else sorted(compared_with)
        domains += domain(terms[id_], kind, ends.get(id_, (None, None)), options.get(id_, texts))
    return Facts(terms, domains, {id_ for id_ in kinds if compared.get(id_, set()) is not None})


def _texts_compared(
    expressions: Sequence[written.Node], codes: Codes
) -> dict[str, set[int] | None]:
    """For each text name the codes of what it is compared with; None where that is no constant.

    Then it may be any text there is, so that afterwards all are known.
    """
    by_name: dict[str, set[int] | None] = {}
    tables = _table_codes(expressions, codes)
    for node in expressions:
        for part in walk(node):
            if isinstance(part, written.Compare):
                for side, against in ((part.left, part.right), (part.right, part.left)):
                    _note_texts(by_name, side, [against], codes)
            elif isinstance(part, written.Lookup):
                for place, key in enumerate(part.keys):
                    if isinstance(key, written.Name) and isinstance(key.type, Text):
                        text_codes = by_name.setdefault(key.id, set())
                        if text_codes is not None:
                            text_codes.update(tables[part.table, place])
            elif isinstance(part, written.Contains):
                members = part.container if isinstance(part.container, tuple) else [part.container]
                _note_texts(by_name, part.item, members, codes)
    constants = (p for node in expressions for p in walk(node) if isinstance(p, written.Const))
    for constant in constants:
        if isinstance(constant.type, Text | Texts):
            _codes_of(constant, codes)
    return by_name


def _table_codes(
    expressions: Sequence[written.Node], codes: Codes
) -> dict[tuple[str, int], list[int]]:
    """The numbers of the texts that each table has at each place of its keys; all such are numbered first."""
    parts = [part for node in expressions for part in walk(node)]
    lookups = {part.table: part for part in parts if isinstance(part, written.Lookup)}
    columns: dict[tuple[str, int], dict[str, int]] = {}
    for id_, lookup in lookups.items():
        values = {
            value: n for n, value in enumerate(dict.fromkeys(row.value for row in lookup.rows))
        }
        for place in range(len(lookup.keys)):
            column = columns.setdefault((id_, place), {})
            for row in lookup.rows:
                value = row.value if isinstance(row.value, int) else values[row.value]
                if isinstance(text := row.keys[place], str):
                    column[text] = value if len(lookup.keys) == 1 else column.get(text, len(column))
    codes.number(list(columns.values()))
    return {where: [codes.of(text) for text in column] for where, column in columns.items()}


def _note_texts(
    by_name: dict[str, set[int] | None],
    name: written.Node,
    compared: Sequence[written.Node],
    codes: Codes,
) -> None:
    if not (isinstance(name, written.Name) and isinstance(name.type, Text | Texts)):
        return
    text_codes = by_name.setdefault(name.id, set())
    for node in compared:
        if not isinstance(node, written.Const):
            by_name[name.id] = text_codes = None
        if text_codes is not None and isinstance(node, written.Const):
            text_codes.update(_codes_of(node, codes))


def _codes_of(constant: written.Const, codes: Codes) -> list[int]:
    value = constant.value
    return [codes.of(text) for text in (value if isinstance(value, tuple) else (str(value),))]


def may_miss_all(conditions: Sequence[written.Node], ranges: Mapping[str, Ends]) -> bool:
    """Whether some row may meet none of the conditions, whatever the names in them are; True if unknown.

    For conditions that boxes cannot decide. Outputs of other programmes may have any value here.
    """
    codes = Codes()
    used = {name.id: name for node in conditions for name in names(node)}
    if any(isinstance(name.type, Texts) for name in used.values()):
        return True
    sides = Sides(context := z3.Context())
    variables = {id_: variable(id_, name.type, context) for id_, name in used.items()}
    variables |= {counted_rows(id_): z3.Int(counted_rows(id_), context) for id_ in used}
    encoder = Encoder(lambda name: variables[name.id], codes, sides, asks=True)
    desugar = Desugar("", {}, defaultdict(lambda: ANY_NUMBER))
    kinds = {id_: name.type for id_, name in used.items() if name.kind == "fact" or id_ in ranges}
    facts = facts_of(kinds, ranges, conditions, codes, context)
    solver = z3.Solver(ctx=context)
    solver.set("rlimit", 2_000_000)
    solver.set("ctrl_c", False)  # z3 would take Ctrl-C for itself
    solver.add(facts.domain)
    solver.add(*(z3.Not(encoder.term(desugar.node(node))) for node in conditions), *sides.always)
    for _ in range(MOST_ROUNDS):
        answer = solver.check()
        corrections = sides.corrections(solver.model()) if answer == z3.sat else []
        if not corrections:
            return bool(answer != z3.unsat)
        solver.add(corrections)
    return True
