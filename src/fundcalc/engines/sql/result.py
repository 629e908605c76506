"""The result table over `decided`: the columns of every run, in their public order and types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.money import MOST_DIGITS, PARQUET_DIGITS
from fundcalc.base.words import Lang, Words
from fundcalc.engines.sql import messages
from fundcalc.engines.sql.dialect import Dialect
from fundcalc.engines.sql.facts import Facts, identity
from fundcalc.engines.sql.guard import PARQUET
from fundcalc.engines.sql.piece import NOUGHT
from fundcalc.engines.sql.script import Script
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.language.units import PLAIN

JOIN = "+"
_FORMULA = "[=+@\\x{2d}\\x{9}\\x{a}\\x{d}＝＋－＠].*"
_LARGEST = 10**PARQUET_DIGITS - 1


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the result: its id, what it is called, its type, and its value as SQL."""

    id: str
    title: Words
    type: Type
    sql: str

    def header(self, lang: Lang) -> str:
        """The id in English tables; in Chinese ones the title with its unit."""
        unit = self.type.unit if isinstance(self.type, Number) else None
        if lang == "en":
            return self.id
        return (
            f"{self.title.zh}（{unit.said('zh')}）" if unit not in (None, PLAIN) else self.title.zh
        )


def columns(script: Script, *, wide: bool = True) -> list[Column]:
    """All columns. Raises PolicyProblem where two have one name, as databases ignore case.

    Amounts that may leave decimal(18, …) have 38 digits where columns may be so `wide`; else such an
    amount stops the statement.
    """
    policy = script.plan.policy
    writer = _Writer(script, wide)
    found = [
        Column(id_, policy.facts[id_].title, policy.facts[id_].type, writer.fact(id_))
        for id_ in identity(policy.facts)
    ]
    for programme in policy.listed_programmes:
        for output in programme.outputs:
            text = writer.shown(script.outputs[output.id].text, output.type, output.id)
            found.append(Column(output.id, output.title, output.type, text))
        title = Words(f"{programme.title.zh}·规则", f"{programme.title.en} rule")
        found.append(Column(f"{programme.id}_rule", title, Text(), writer.rules(programme.id)))
    found.append(Column("flags", Words("标记", "Flags"), Text(), writer.flags()))
    refuse_twins(found)
    return found


def constant(dialect: Dialect, id_: str, title: Words, kind: Type, value: Value) -> Column:
    """A column of one value in smallest units; a list is joined."""
    if isinstance(kind, Text | Texts):
        text = dialect.string(JOIN.join(value) if isinstance(value, tuple) else str(value))
    elif isinstance(kind, YesNo):
        text = "TRUE" if value else "FALSE"
    else:
        text = _exact(dialect, f"CAST({value} AS BIGINT)", kind)
    return Column(id_, title, kind, text)


def _exact(dialect: Dialect, text: str, kind: Type, digits: int = PARQUET_DIGITS) -> str:
    """A whole number in smallest units as what it stands for: a decimal, a day."""
    if isinstance(kind, Date):
        return dialect.day(text)
    if not isinstance(kind, Number) or not kind.decimals:
        return text
    unit = f"0.{'1'.rjust(kind.decimals, '0')}"
    return f"CAST({text} * {unit} AS DECIMAL({digits}, {kind.decimals}))"


def refuse_twins(found: Sequence[Column]) -> None:
    """Raises PolicyProblem where two columns have one name."""
    folded: dict[str, str] = {}
    for column in found:
        other = folded.setdefault(column.id.casefold(), column.id)
        if other is not column.id:
            raise PolicyProblem([messages.same_name(other, column.id)])


class _Writer:
    def __init__(self, script: Script, wide: bool) -> None:
        self._script = script
        self._d = script.dialect
        self._wide = wide
        self._who = Facts(script.dialect, script.plan.policy.facts, {}).who()

    def fact(self, id_: str) -> str:
        """A fact as the result shows it."""
        return self.shown(self._d.id(id_), self._script.plan.policy.facts[id_].type, id_)

    def shown(self, text: str, kind: Type, id_: str) -> str:
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

    def rules(self, programme: str) -> str:
        """The ids of the rules that decided, joined, or the `otherwise` id."""
        one = self._script.plan.policy.programme(programme)
        held = self._script.held[programme]
        last = self._d.string(one.otherwise.id if one.otherwise else "")
        if one.hit_policy in ("unique", "first"):
            cases = " ".join(f"WHEN {h} THEN {self._d.string(id_)}" for id_, h in held)
            return f"CASE {cases} ELSE {last} END"
        parts = ", ".join(f"CASE WHEN {h} THEN {self._d.string(id_)} END" for id_, h in held)
        return f"COALESCE(NULLIF(concat_ws('{JOIN}', {parts}), ''), {last})"

    def flags(self) -> str:
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
    d: Dialect, shown: Sequence[Column], lang: Lang, order: Sequence[str], *, csv: bool = False
) -> str:
    """The query of these columns; for a CSV, text is made safe and blank text is nothing."""
    lines = []
    for column in shown:
        text = column.sql
        if csv and isinstance(column.type, Text | Texts):
            text = _safe(d, text)
        lines.append(f"{text} AS {d.id(column.header(lang))}")
    listed = ",\n  ".join(lines)
    return f"SELECT\n  {listed}\nFROM decided\nORDER BY {', '.join(map(d.id, order))}"


def _safe(d: Dialect, text: str) -> str:
    return (
        f"NULLIF(CASE WHEN {d.matches(text, _FORMULA)} THEN {d.string(chr(39))} || {text}"
        f" ELSE {text} END, '')"
    )
