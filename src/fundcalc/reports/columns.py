"""The columns of a result table: identity, facts, then each programme's outputs and rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from fundcalc.base.words import Lang, Words
from fundcalc.engines.hinges import Hinge, hinged
from fundcalc.engines.patterns import Labels, labels
from fundcalc.engines.result import ALL, JOIN, Result
from fundcalc.language.datatypes import Number, Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.language.units import PLAIN
from fundcalc.policy.model import IDENTITY

_RULE = Words("规则", "rule")
_FLAGS = Words("标记", "Flags")


@dataclass(frozen=True)
class Column:
    """One column: its id, title and type, and its values: numbers, or texts by code.

    `make` gives those of some villages, so that a large table need not be made whole; `given` is a
    text column that the roster has as such.
    """

    id: str
    title: Words
    type: Type
    make: Callable[[slice], NDArray[np.int64] | Labels]
    given: Sequence[Value] | None = None

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """All values of a number, a day or a yes/no."""
        found = self.make(ALL)
        assert isinstance(found, np.ndarray)
        return found

    @cached_property
    def texts(self) -> Labels:
        """All values of a text, or of a list joined by `+`."""
        found = self.make(ALL)
        assert isinstance(found, tuple)
        return found

    @property
    def is_text(self) -> bool:
        """Whether it holds texts."""
        return isinstance(self.type, Text | Texts)

    def value(self, index: int) -> Value:
        """A village's value; a list as text."""
        if self.is_text:
            codes, table = self.texts
            return table[int(codes[index])]
        number = int(self.numbers[index])
        return bool(number) if isinstance(self.type, YesNo) else number

    def header(self, lang: Lang) -> str:
        """The id in English tables; in Chinese ones the title with its unit."""
        if lang == "en":
            return self.id
        unit = self.type.unit if isinstance(self.type, Number) else None
        return (
            f"{self.title.zh}（{unit.said('zh')}）" if unit not in (None, PLAIN) else self.title.zh
        )


def columns(
    result: Result, hinges: Sequence[Hinge], assumed: Mapping[str, Sequence[bool]]
) -> list[Column]:
    """All columns of a result in the public order."""
    policy = result.plan.policy
    found: list[Column] = []

    def stored(id_: str, kind: Type) -> Callable[[slice], NDArray[np.int64] | Labels]:
        if isinstance(kind, Text | Texts):
            return lambda at: result.labels(id_, at)
        return lambda at: result.numbers(id_, at)

    def met(programme: str) -> Callable[[slice], Labels]:
        return lambda at: result.rules_met(programme, at)

    ids = [id_ for id_ in IDENTITY if id_ in policy.facts]
    ids += [id_ for id_ in policy.facts if id_ not in IDENTITY]
    for id_ in ids:
        fact = policy.facts[id_]
        given = result.as_read(id_)
        found.append(Column(id_, fact.title, fact.type, stored(id_, fact.type), given))
    for programme in policy.listed_programmes:
        found += [Column(o.id, o.title, o.type, stored(o.id, o.type)) for o in programme.outputs]
        title = Words(f"{programme.title.zh}·{_RULE.zh}", f"{programme.title.en} {_RULE.en}")
        found.append(Column(f"{programme.id}_rule", title, Text(), met(programme.id)))
    found.append(Column("flags", _FLAGS, Text(), flags(result, hinges, assumed)))
    return found


def flags(
    result: Result, hinges: Sequence[Hinge], assumed: Mapping[str, Sequence[bool]]
) -> Callable[[slice], Labels]:
    """For each village the readings it hinges on and the facts assumed, joined by `+`."""
    villages = len(result.rows)

    @cache
    def marked() -> list[tuple[str, NDArray[np.bool_]]]:
        facts = [
            (f"{id_}:assumed", np.asarray(taken, dtype=np.bool_)) for id_, taken in assumed.items()
        ]
        return sorted(hinged(hinges, villages).items()) + facts

    def some_flags(at: slice) -> Labels:
        some = [(name, mask[at]) for name, mask in marked()]
        return labels(some, len(range(villages)[at]), JOIN.join)

    return some_flags


def text(value: Value, kind: Type) -> str:
    """A value in a table: money with two decimals, lists joined by `+`, yes/no as true/false."""
    from fundcalc.language.show import literal

    if isinstance(kind, Text | Texts):
        return JOIN.join(value) if isinstance(value, tuple) else str(value)
    if isinstance(kind, YesNo):
        return "true" if value else "false"
    return literal(value, kind)
