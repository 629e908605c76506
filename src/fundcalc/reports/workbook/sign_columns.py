"""Which columns the sheet to sign shows: who, the required numbers, every amount, what else was decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fundcalc.base.words import Lang, Words, same
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Number, Text, Texts
from fundcalc.language.nodes import Value
from fundcalc.language.units import PLAIN
from fundcalc.policy.model import IDENTITY, Fact, Output, Programme
from fundcalc.reports.summary import is_money
from fundcalc.reports.workbook.words import W


@dataclass(frozen=True, slots=True)
class SignColumn:
    """One column. Numbers are summed; `money` is in fen. Widths are in characters."""

    id: str
    title: Words
    value: Callable[[int], Value]
    group: str | None = None
    summed: bool = False
    money: bool = False
    long: bool = False
    least: int = 5
    most: int = 20

    def number(self, index: int) -> int:
        """A village's number."""
        value = self.value(index)
        assert isinstance(value, int)
        return value

    def text(self, index: int) -> str:
        """A village's text."""
        return str(self.value(index))


def sign_columns(result: Result, lang: Lang, *, public: bool) -> list[SignColumn]:
    """The columns in the order of the sheet; the public notice shows no codes and no inputs."""
    policy = result.plan.policy
    found = [SignColumn("number", W["number"], lambda index: index)]
    shown = [i for i in IDENTITY if i in policy.facts and any(result.groups(i)[1])]
    found += [
        SignColumn(id_, policy.facts[id_].title, _of(result, id_), least=7)
        for id_ in shown
        if not (public and policy.facts[id_].digits)
    ]
    required = [f for f in policy.facts.values() if isinstance(f.type, Number) and f.required]
    found += [] if public else [_fact(result, fact) for fact in required]
    found += _amounts(result, lang)
    for programme in policy.listed_programmes:
        for output in programme.outputs:
            if isinstance(output.type, Text | Texts):
                found.append(_decided(result, programme, output, lang))
    return found


def _of(result: Result, id_: str) -> Callable[[int], Value]:
    values = result.column(id_)
    return lambda index: values[index]


def _fact(result: Result, fact: Fact) -> SignColumn:
    """A fact's number; its unit stands in the header unless it is money."""
    kind = fact.type
    unit = kind.unit if isinstance(kind, Number) else None
    money = unit is not None and unit.decimals == 2
    title = fact.title
    if unit is not None and unit != PLAIN and not money:
        title = Words(f"{title.zh}（{unit.said('zh')}）", f"{title.en} ({unit.said('en')})")
    return SignColumn(fact.id, title, _of(result, fact.id), summed=True, money=money, least=10)


def _amounts(result: Result, lang: Lang) -> Iterator[SignColumn]:
    """Every amount under its programme, and what is to be arranged for the village in all."""
    paid: list[list[Value]] = []
    for programme in result.plan.policy.listed_programmes:
        for output in programme.outputs:
            if is_money(output):
                values = result.column(output.id)
                yield SignColumn(
                    output.id, output.title, values.__getitem__, programme.title.say(lang),
                    summed=True, money=True, least=9,
                )  # fmt: skip
                paid += [values] if output.payer is not None else []

    def arranged(index: int) -> int:
        return sum(value for values in paid if isinstance(value := values[index], int))

    yield SignColumn("arranged", W["arranged"], arranged, summed=True, money=True, least=9)


def _decided(result: Result, programme: Programme, output: Output, lang: Lang) -> SignColumn:
    """What was decided in words: rules by their titles."""
    titles = {rule.id: rule.title or same(rule.id) for rule in programme.rules}
    values = result.column(output.id)
    join = "、" if lang == "zh" else ", "

    def said(index: int) -> str:
        value = values[index]
        parts = value if isinstance(value, tuple) else (str(value),)
        return join.join(titles.get(part, same(part)).say(lang) for part in parts)

    return SignColumn(output.id, output.title, said, long=True, least=10, most=28)
