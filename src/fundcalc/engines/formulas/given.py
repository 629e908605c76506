"""What formulas start from: the facts of the input sheet, and the names of parameters and readings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

from fundcalc.base.words import Words
from fundcalc.engines.formulas.cells import (
    INPUTS,
    LIMIT,
    ROW,
    Column,
    Expr,
    Grid,
    TooLarge,
    whole,
)
from fundcalc.engines.formulas.lower import Names
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Date, Number, Texts, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.model import IDENTITY, Fact, Parameter
from fundcalc.policy.plan import Plan
from fundcalc.roster.model import letters

FIRST_DAY_SHOWN = 693_655
"""The ordinal number of 1 March 1900, from which spreadsheets number days alike."""

SPARE = 10
"""Blank cells after a list's items, in which further ones may be written."""

HEADROOM = 1_000
"""So many times its value a parameter may be changed to; the sheet refuses more."""

_LEAST_ROOM = {0: 10**6, 2: 10**9}
_NO_RANGE = 10**12
_OLD_DAYS = Words(
    "有 1900 年 3 月以前的日期，各表格软件编号不同；只存结果，不设公式，改动输入后不会重算",
    "a day lies before March 1900, which spreadsheets do not number alike: the result is stored "
    "without a formula and does not follow changed inputs",
)


@dataclass(slots=True)
class Given:
    """Names of cells by parameter and reading, lengths of lists, and the facts in sheet order."""

    parameters: dict[str, str] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)
    facts: list[str] = field(default_factory=list)
    known: dict[str, Value] = field(default_factory=dict)


def given(plan: Plan, result: Result, names: Names, work: Grid, yes: str) -> Given:
    """Register what expressions may name. `yes` is how the sheets say yes."""
    policy = plan.policy
    found = Given(known={**plan.readings, **plan.constants})
    found.facts = [id_ for id_ in IDENTITY if id_ in policy.facts]
    found.facts += [id_ for id_ in policy.facts if id_ not in IDENTITY]
    taken: set[str] = set()
    for id_ in (*policy.parameters, *policy.readings):
        name = _cell_name(id_, taken)
        taken.add(name.casefold())
        (found.parameters if id_ in policy.parameters else found.readings)[id_] = name
    for at, id_ in enumerate(found.facts):
        names.exprs[id_] = cache(_Fact(policy.facts[id_], at, result.rows, work, yes).expr)
    for id_, name in found.parameters.items():
        parameter, value = policy.parameters[id_], plan.constants.get(id_)
        names.exprs[id_] = cache(partial(_parameter, parameter, name, value, yes))
        if isinstance(parameter.type, Texts):
            names.holders[id_] = _holder(name, value)
    for id_, name in found.readings.items():
        names.exprs[id_] = cache(partial(Expr, name, list, atom=True))
    return found


def room(value: int, decimals: int) -> tuple[int, int]:
    """The range to which a parameter may be changed, in smallest units."""
    most = min(max(HEADROOM * abs(value), _LEAST_ROOM.get(decimals, 10**6)), LIMIT // 10)
    most = max(most, abs(value))
    return (-most if value < 0 else 0), most


def _cell_name(id_: str, taken: set[str]) -> str:
    """A name that no spreadsheet takes for a cell: with an underscore or a letter of another script."""
    if any(ord(char) > 0xFFFF for char in id_):
        id_ = "name_" + "_".join(f"{ord(char):x}" for char in id_)
    plain = id_.isascii() and "_" not in id_
    name = f"{id_}_" if plain or id_.casefold().startswith(("print_", "_xl")) else id_
    while name.casefold() in taken:
        name += "_"
    return name


class _Fact:
    """A fact's cell; a number with decimals as a whole count of its smallest unit, kept once."""

    def __init__(
        self, fact: Fact, at: int, rows: Sequence[Mapping[str, Value]], work: Grid, yes: str
    ) -> None:
        self._fact = fact
        self._cell = f"{INPUTS}{letters(at)}{ROW}"
        self._rows = rows
        self._work = work
        self._yes = yes

    def expr(self) -> Expr:
        """The fact in expressions. Raises TooLarge for days that spreadsheets do not number alike."""
        kind, cell = self._fact.type, self._cell
        if isinstance(kind, YesNo):
            return Expr(f'({cell}="{self._yes}")', list, atom=True)
        if isinstance(kind, Number):
            return self._number()
        if isinstance(kind, Date) and any(day < FIRST_DAY_SHOWN for day in self._numbers()):
            raise TooLarge(_OLD_DAYS)
        return Expr(cell, list, atom=True)

    def _numbers(self) -> list[int]:
        return [whole(row[self._fact.id]) for row in self._rows]

    def _number(self) -> Expr:
        low, high = _range(self._fact, self._numbers())
        text = self._cell
        if self._fact.decimals:
            counted = f"ROUND({text}*{10**self._fact.decimals},0)"
            text = self._work.add(Column(self._fact.title, counted, self._numbers())).cell
        return Expr(text, list, low, high, atom=True)


def _range(fact: Fact, values: Sequence[int]) -> tuple[int, int]:
    """The declared range, or a wide one around the roster's numbers."""
    most = max((abs(value) for value in values), default=0)
    wide = max(_NO_RANGE, 10 * most)
    low = fact.low if fact.low is not None else -wide
    return low, fact.high if fact.high is not None else wide


def _parameter(parameter: Parameter, name: str, value: Value | None, yes: str) -> Expr:
    """A parameter's cell; one that is not in force is an error where it is used."""
    kind = parameter.type
    if isinstance(kind, YesNo):
        return Expr(f'({name}="{yes}")', list, atom=True, lazy=value is None)
    if isinstance(kind, Number) and isinstance(value, int):
        return Expr(name, list, *room(value, kind.decimals or 0), atom=True)
    return Expr(name, list, atom=True, lazy=value is None)


def _holder(name: str, value: Value | None) -> Callable[[Expr], Expr]:
    listed = value if isinstance(value, tuple) else ()

    def holds(item: Expr) -> Expr:
        text = f"(SUMPRODUCT(EXACT({item.text},{name})*(LEN({name})>0))>0)"
        if "" in listed:
            text = f"OR({text},LEN({item.text})=0)"
        return Expr(text, list, depth=3, lazy=value is None)

    return holds


def list_cells(value: Value | None) -> int:
    """Cells that a list takes on the sheet of parameters, spare ones included."""
    return (len(value) if isinstance(value, tuple) else 0) + SPARE
