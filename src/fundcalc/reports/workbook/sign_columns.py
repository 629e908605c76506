"""Which columns the sheet to sign shows: who, the required numbers, every amount, what else was decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fundcalc.base.words import Lang, Words, same
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import is_money
from fundcalc.language.nodes import Value
from fundcalc.policy.columns import Column, Stored, columns, with_unit
from fundcalc.reports.columns import Filled, text
from fundcalc.reports.workbook.words import W


@dataclass(frozen=True, slots=True)
class SignColumn:
    """One column. Numbers are summed; `money` is in fen. Widths are in characters."""

    id: str
    title: Words
    values: Sequence[Value]
    group: str | None = None
    summed: bool = False
    money: bool = False
    long: bool = False
    least: int = 5
    most: int = 20

    def number(self, index: int) -> int:
        """A village's number."""
        value = self.values[index]
        assert isinstance(value, int)
        return value

    def text(self, index: int) -> str:
        """A village's text."""
        return str(self.values[index])


def sign_columns(
    result: Result, filled: Sequence[Filled], lang: Lang, *, public: bool
) -> list[SignColumn]:
    """The columns in the order of the sheet; the public notice shows no codes and no inputs.

    Facts and outputs are those of the result; what else there is comes from the columns `filled`.
    """
    villages = len(result.rows)
    given = {column.id: column for column in filled}

    def values(column: Column) -> Sequence[Value]:
        if isinstance(column.content, Stored):
            return result.column(column.id)
        return [given[column.id].value(index) for index in range(villages)]

    shown = [
        (column, values(column)) for column in columns(result.plan) if column.paper is not None
    ]
    return [
        SignColumn("number", W["number"], range(villages)),
        *(_who(c, some) for c, some in shown if c.paper == "who" and _seen(c, result, public)),
        *(_input(c, some) for c, some in shown if c.paper == "input" and not public),
        *_amounts([(c, some) for c, some in shown if c.paper == "amount"], villages, lang),
        *(_decided(c, some, lang) for c, some in shown if c.paper == "decided"),
    ]


def _seen(column: Column, result: Result, public: bool) -> bool:
    """Whether a part of the identity stands on the sheet: it must not be blank everywhere."""
    fact = result.plan.policy.facts.get(column.id)
    if fact is None:
        return True
    return any(result.groups(column.id)[1]) and not (public and fact.digits)


def _who(column: Column, values: Sequence[Value]) -> SignColumn:
    said = [text(value, column.type) for value in values]
    return SignColumn(column.id, column.title, said, least=7)


def _input(column: Column, values: Sequence[Value]) -> SignColumn:
    """A number that went in; its unit stands in the header unless it is money."""
    money = is_money(column.type)
    title = column.title if money else with_unit(column.title, column.type)
    return SignColumn(column.id, title, values, summed=True, money=money, least=10)


def _amounts(
    shown: Sequence[tuple[Column, Sequence[Value]]], villages: int, lang: Lang
) -> Iterator[SignColumn]:
    """Every amount under its programme, and what is to be arranged for the village in all."""
    paid: list[Sequence[Value]] = []
    for column, values in shown:
        group = column.programme.title.say(lang) if column.programme is not None else None
        yield SignColumn(column.id, column.title, values, group, summed=True, money=True, least=9)
        paid += [values] if column.payer is not None else []
    arranged = [
        sum(value for values in paid if isinstance(value := values[index], int))
        for index in range(villages)
    ]
    yield SignColumn("arranged", W["arranged"], arranged, summed=True, money=True, least=9)


def _decided(column: Column, values: Sequence[Value], lang: Lang) -> SignColumn:
    """What was decided in words: rules by their titles."""
    rules = column.programme.rules if column.programme is not None else ()
    titles = {rule.id: rule.title or same(rule.id) for rule in rules}
    join = "、" if lang == "zh" else ", "

    def said(value: Value) -> str:
        parts = value if isinstance(value, tuple) else (text(value, column.type),)
        return join.join(titles.get(part, same(part)).say(lang) for part in parts)

    return SignColumn(column.id, column.title, [*map(said, values)], long=True, least=10, most=28)
