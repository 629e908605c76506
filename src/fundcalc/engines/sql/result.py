"""The result table over `decided`: the columns of every run, in their public order and types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.money import MOST_DIGITS, PARQUET_DIGITS
from fundcalc.base.words import Lang
from fundcalc.engines.result import JOIN
from fundcalc.engines.sql import messages
from fundcalc.engines.sql.dialect import Dialect
from fundcalc.engines.sql.facts import Facts
from fundcalc.engines.sql.guard import PARQUET
from fundcalc.engines.sql.piece import NOUGHT
from fundcalc.engines.sql.script import Script
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.columns import Column, Constant, Decided, Flags, Stored

_FORMULA = "[=+@\\x{2d}\\x{9}\\x{a}\\x{d}＝＋－＠].*"
_LARGEST = 10**PARQUET_DIGITS - 1


Written = tuple[Column, str]
"""A column of the result with its values as SQL."""


def written(script: Script, shown: Sequence[Column], *, wide: bool = True) -> list[Written]:
    """The columns as SQL. Raises PolicyProblem where two have one name, as databases ignore case.

    Amounts that may leave decimal(18, …) have 38 digits where columns may be so `wide`; else such an
    amount stops the statement.
    """
    folded: dict[str, str] = {}
    for column in shown:
        other = folded.setdefault(column.id.casefold(), column.id)
        if other is not column.id:
            raise PolicyProblem([messages.same_name(other, column.id)])
    writer = _Writer(script, wide)
    return [(column, writer.column(column)) for column in shown]


def _exact(dialect: Dialect, text: str, kind: Type, digits: int = PARQUET_DIGITS) -> str:
    """A whole number in smallest units as what it stands for: a decimal, a day."""
    if isinstance(kind, Date):
        return dialect.day(text)
    if not isinstance(kind, Number) or not kind.decimals:
        return text
    unit = f"0.{'1'.rjust(kind.decimals, '0')}"
    return f"CAST({text} * {unit} AS DECIMAL({digits}, {kind.decimals}))"


class _Writer:
    def __init__(self, script: Script, wide: bool) -> None:
        self._script = script
        self._d = script.dialect
        self._wide = wide
        self._who = Facts(script.dialect, script.plan.policy.facts, {}).who()

    def column(self, column: Column) -> str:
        """The values of a column."""
        match column.content:
            case Stored(id_):
                fact = id_ in self._script.plan.policy.facts
                text = self._d.id(id_) if fact else self._script.outputs[id_].text
                return self._shown(text, column.type, id_)
            case Decided(programme):
                return self._rules(programme)
            case Flags():
                return self._flags()
            case Constant(value):
                return self._constant(value, column.type)
            case _:
                assert_never(column.content)

    def _constant(self, value: Value, kind: Type) -> str:
        if isinstance(kind, Text | Texts):
            return self._d.string(JOIN.join(value) if isinstance(value, tuple) else str(value))
        if isinstance(kind, YesNo):
            return "TRUE" if value else "FALSE"
        return _exact(self._d, f"CAST({value} AS BIGINT)", kind)

    def _shown(self, text: str, kind: Type, id_: str) -> str:
        """A value with its decimals; a list joined."""
        if isinstance(kind, Texts):
            return self._d.joined(text, JOIN)
        exact = _exact(self._d, text, kind)
        bounds = self._script.plan.bounds.get(id_, NOUGHT)
        if exact == text or bounds.absolute().high <= _LARGEST:
            return exact
        large = _exact(self._d, text, kind, MOST_DIGITS)
        if self._wide:
            return large
        who = f"CAST({large} AS {self._d.text}) || ': ' || {self._who}"
        error = self._d.error(PARQUET, id_, who)
        return f"CASE WHEN ABS({text} * 1.0) > {_LARGEST} THEN {error} ELSE {exact} END"

    def _rules(self, programme: str) -> str:
        """The ids of the rules that decided, joined, or the `otherwise` id."""
        one = self._script.plan.policy.programme(programme)
        held = self._script.held[programme]
        last = self._d.string(one.otherwise.id if one.otherwise else "")
        if one.hit_policy in ("unique", "first"):
            cases = " ".join(f"WHEN {h} THEN {self._d.string(id_)}" for id_, h in held)
            return f"CASE {cases} ELSE {last} END"
        parts = ", ".join(f"CASE WHEN {h} THEN {self._d.string(id_)} END" for id_, h in held)
        return f"COALESCE(NULLIF(concat_ws('{JOIN}', {parts}), ''), {last})"

    def _flags(self) -> str:
        """The readings on which an output hinges, then the facts assumed, joined."""
        parts = [
            f"CASE WHEN {' OR '.join(texts)} THEN {self._d.string(reading)} END"
            for reading, texts in sorted(by_reading(self._script).items())
        ]
        parts += [
            f"CASE WHEN {self._d.id(f'{id_}:assumed')} THEN {self._d.string(f'{id_}:assumed')} END"
            for id_ in self._script.assumed
        ]
        listed = ",\n    ".join(parts)
        return f"concat_ws('{JOIN}',\n    {listed})" if parts else "''"


def by_reading(script: Script) -> dict[str, list[str]]:
    """The conditions under which a village hinges on each reading."""
    found: dict[str, list[str]] = {}
    for one in script.differences:
        found.setdefault(one.reading, []).append(one.text)
    return found


def select(
    d: Dialect, shown: Sequence[Written], lang: Lang, order: Sequence[str], *, csv: bool = False
) -> str:
    """The query of these columns; for a CSV, text is made safe and blank text is nothing."""
    lines = []
    for column, exact in shown:
        text = _safe(d, exact) if csv and isinstance(column.type, Text | Texts) else exact
        lines.append(f"{text} AS {d.id(column.header(lang))}")
    listed = ",\n  ".join(lines)
    return f"SELECT\n  {listed}\nFROM decided\nORDER BY {', '.join(map(d.id, order))}"


def _safe(d: Dialect, text: str) -> str:
    return (
        f"NULLIF(CASE WHEN {d.matches(text, _FORMULA)} THEN {d.string(chr(39))} || {text}"
        f" ELSE {text} END, '')"
    )
