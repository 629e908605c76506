"""The columns of a result table: identity, facts, then each programme's outputs and rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fundcalc.base.words import Lang, Words
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Number, Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.language.units import PLAIN
from fundcalc.policy.model import IDENTITY

JOIN = "+"
_RULE = Words("规则", "rule")
_FLAGS = Words("标记", "Flags")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its id, title and type, and the value for a village by its position."""

    id: str
    title: Words
    type: Type
    value: Callable[[int], Value]

    def header(self, lang: Lang) -> str:
        """The id in English tables; in Chinese ones the title with its unit."""
        if lang == "en":
            return self.id
        unit = self.type.unit if isinstance(self.type, Number) else None
        return (
            f"{self.title.zh}（{unit.said('zh')}）" if unit not in (None, PLAIN) else self.title.zh
        )


def columns(result: Result, flags: Sequence[str]) -> list[Column]:
    """All columns of a result in the public order."""
    policy = result.plan.policy
    rows = result.rows
    found: list[Column] = []

    def stored(id_: str) -> Callable[[int], Value]:
        return lambda index: rows[index][id_]

    ids = [id_ for id_ in IDENTITY if id_ in policy.facts]
    ids += [id_ for id_ in policy.facts if id_ not in IDENTITY]
    for id_ in ids:
        fact = policy.facts[id_]
        found.append(Column(id_, fact.title, fact.type, stored(id_)))
    for programme in policy.listed_programmes:
        found += [Column(o.id, o.title, o.type, stored(o.id)) for o in programme.outputs]
        title = Words(f"{programme.title.zh}·{_RULE.zh}", f"{programme.title.en} {_RULE.en}")
        rule = rules_met(result, programme.id)
        found.append(Column(f"{programme.id}_rule", title, Text(), rule))
    found.append(Column("flags", _FLAGS, Text(), lambda index: flags[index]))
    return found


def rules_met(result: Result, programme: str) -> Callable[[int], Value]:
    """Ids of the rules that decided, joined by `+`, or the `otherwise` id."""
    otherwise = result.plan.policy.programme(programme).otherwise
    fallback = otherwise.id if otherwise is not None else ""
    fired = result.fired[programme]
    return lambda index: JOIN.join(fired[index]) or fallback


def text(value: Value, kind: Type) -> str:
    """A value in a table: money with two decimals, lists joined by `+`, yes/no as true/false."""
    from fundcalc.language.show import literal

    if isinstance(kind, Texts) and isinstance(value, tuple):
        return JOIN.join(value)
    if isinstance(kind, YesNo):
        return "true" if value else "false"
    return literal(value, kind)
