"""The columns of a result with their values, for files that are written here; databases write their own.

What the columns are is said in `fundcalc.policy.columns`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from fundcalc.base import dataclass
from fundcalc.base.words import Lang
from fundcalc.engines.hinges import Hinge, hinged
from fundcalc.engines.patterns import Labels, labels
from fundcalc.engines.result import ALL, JOIN, JOINS, Result
from fundcalc.language.datatypes import Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.columns import Column, Constant, Decided, Flags, Head, Stored
from fundcalc.policy.columns import columns as all_columns

Make = Callable[[slice], NDArray[np.int64] | Labels]
"""The values of some villages: numbers, or texts by code. So a large table need not be made whole."""


@dataclass(frozen=True)
class Filled(Head):
    """A column with its values. `as_read` is a text column that the roster has as such."""

    make: Make
    as_read: Sequence[Value] | None = None

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """All values of a number, a day or a yes/no."""
        values = self.make(ALL)
        assert isinstance(values, np.ndarray)
        return values

    @cached_property
    def texts(self) -> Labels:
        """All values of a text, or of a list joined by `+`."""
        values = self.make(ALL)
        assert isinstance(values, tuple)
        return values

    @cached_property
    def values(self) -> Sequence[Value]:
        """All values; lists as texts."""
        if isinstance(self.type, Text | Texts):
            codes, table = self.texts
            return [table[code] for code in codes.tolist()]
        numbers: list[Value] = self.numbers.tolist()
        return [bool(number) for number in numbers] if isinstance(self.type, YesNo) else numbers

    def in_words(self, text: str, lang: Lang = "zh") -> str:
        """A text as a reader has it: rules, readings and facts are called by title."""
        if not self.called:
            return text
        return JOINS[lang].join(self.say(id_, lang) for id_ in text.split(JOIN))


def columns(
    result: Result, hinges: Sequence[Hinge], assumed: Mapping[str, Sequence[bool]]
) -> list[Filled]:
    """All columns of a result in the public order."""
    marks = flags(result, hinges, assumed)
    return [filled(column, result, marks) for column in all_columns(result.plan)]


def filled(column: Column, result: Result, marks: Make) -> Filled:
    """A column with the values of a result; `marks` gives its flags."""
    as_read = None
    match column.content:
        case Stored(id_):
            as_read = result.as_read(id_)
            make = _stored(result, id_, column.type)
        case Decided(programme):
            make = lambda at: result.rules_met(programme, at)  # noqa: E731
        case Flags():
            make = marks
        case Constant(value):
            make = _constant(value, column.type, len(result.rows))
        case _:
            assert_never(column.content)
    return Filled(column.id, column.title, column.type, make, as_read, called=column.called)


def _stored(result: Result, id_: str, kind: Type) -> Make:
    if isinstance(kind, Text | Texts):
        return lambda at: result.labels(id_, at)
    return lambda at: result.numbers(id_, at)


def _constant(value: Value, kind: Type, villages: int) -> Make:
    def make(at: slice) -> NDArray[np.int64] | Labels:
        count = len(range(villages)[at])
        if isinstance(value, int):
            return np.full(count, value, dtype=np.bool_ if isinstance(kind, YesNo) else np.int64)
        return np.zeros(count, dtype=np.uint32), (text(value, kind),)

    return make


def flags(result: Result, hinges: Sequence[Hinge], assumed: Mapping[str, Sequence[bool]]) -> Make:
    """For each village the readings it hinges on and the facts assumed, joined by `+`."""
    villages = len(result.rows)

    @cache
    def marked() -> list[tuple[str, NDArray[np.bool_]]]:
        facts = [
            (f"{id_}:assumed", np.asarray(flagged, dtype=np.bool_))
            for id_, flagged in assumed.items()
        ]
        return sorted(hinged(hinges, villages).items()) + facts

    def flags_at(at: slice) -> Labels:
        masks = [(name, mask[at]) for name, mask in marked()]
        return labels(masks, len(range(villages)[at]), JOIN.join)

    return flags_at


def text(value: Value, kind: Type) -> str:
    """A value in a table: money with two decimals, lists joined by `+`, yes/no as true/false."""
    from fundcalc.language.show import literal

    if isinstance(kind, Text | Texts):
        return JOIN.join(value) if isinstance(value, tuple) else str(value)
    if isinstance(kind, YesNo):
        return "true" if value else "false"
    return literal(value, kind)
