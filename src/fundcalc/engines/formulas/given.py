"""What formulas start from: the facts of the input sheet, and the names of parameters and readings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date
from functools import cache, partial

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.words import Lang
from fundcalc.core.interval import Interval
from fundcalc.engines.formulas.cells import (
    INPUTS,
    LIMIT,
    NA,
    ROW,
    Column,
    Expr,
    Grid,
    TooLarge,
    atom,
    made,
    whole,
)
from fundcalc.engines.formulas.lower import FIRST_DAY, Names
from fundcalc.engines.result import JOIN
from fundcalc.language.datatypes import Date, Number, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.model import IDENTITY, Fact
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
_CHINESE = re.compile("[\u4e00-\u9fff]")
_NO_NAME = re.compile("[^0-9A-Za-z\u4e00-\u9fff]+")
_DAYS = Interval(date.min.toordinal(), date.max.toordinal())


@dataclass(slots=True)
class Given:
    """Names of cells by parameter and reading, the facts in sheet order, and the bounds of numbers."""

    parameters: dict[str, str] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)
    facts: list[str] = field(default_factory=list)
    known: dict[str, Interval] = field(default_factory=dict)


def given(
    plan: Plan, rows: Sequence[Mapping[str, Value]], names: Names, work: Grid, yes: str, lang: Lang
) -> Given:
    """Register what expressions may name. `yes` is how the sheets say yes."""
    policy = plan.policy
    start = Given()
    start.facts = [id_ for id_ in IDENTITY if id_ in policy.facts]
    start.facts += [id_ for id_ in policy.facts if id_ not in IDENTITY]
    for at, id_ in enumerate(start.facts):
        fact, values = policy.facts[id_], [row[id_] for row in rows]
        cell = f"{INPUTS}{letters(at)}{ROW}"
        names.exprs[id_] = cache(partial(_fact, fact, cell, values, work, yes))
        match fact.type:
            case Number():
                start.known[id_] = _range(fact, list(map(whole, values)))
            case Date():
                start.known[id_] = _DAYS
            case _:
                pass
    taken: set[str] = set()
    for id_ in (*policy.parameters, *policy.readings):
        chinese = policy.parameters[id_].title.zh if id_ in policy.parameters else ""
        name = _cell_name(id_, taken, chinese if lang == "zh" else "")
        taken.add(name.casefold())
        (start.parameters if id_ in policy.parameters else start.readings)[id_] = name
    for id_, name in start.parameters.items():
        kind, value = policy.parameters[id_].type, plan.constants.get(id_)
        names.exprs[id_] = partial(_parameter, kind, name, value, yes)
        match kind:
            case Number():
                known = value if isinstance(value, int) else None
                start.known[id_] = room(known, kind.decimals or 0)
            case Date():
                start.known[id_] = _DAYS
            case Texts():
                names.holders[id_] = partial(_holds, name, value)
            case _:
                pass
    for id_, name in start.readings.items():
        names.exprs[id_] = partial(atom, name, [plan.readings[id_]])
    return start


def room(value: int | None, decimals: int) -> Interval:
    """The range to which a parameter may be changed, in smallest units; None where it is not in force."""
    if value is None:
        return Interval(1 - LIMIT, LIMIT - 1)
    most = min(max(HEADROOM * abs(value), _LEAST_ROOM.get(decimals, 10**6)), LIMIT // 10)
    most = max(most, abs(value))
    return Interval(-most if value < 0 else 0, most)


def _cell_name(id_: str, taken: set[str], chinese: str) -> str:
    """A name that no spreadsheet takes for a cell: with an underscore or a letter of another script.

    A title in Chinese is one, for formulas that are read in Chinese.
    """
    said = _NO_NAME.sub("_", chinese).strip("_")
    if _CHINESE.match(said):
        id_ = said
    elif any(ord(char) > 0xFFFF for char in id_):
        id_ = "name_" + "_".join(f"{ord(char):x}" for char in id_)
    plain = id_.isascii() and "_" not in id_
    name = f"{id_}_" if plain or id_.casefold().startswith(("print_", "_xl")) else id_
    while name.casefold() in taken:
        name += "_"
    return name


def _fact(fact: Fact, cell: str, values: Sequence[Value], work: Grid, yes: str) -> Expr:
    """A fact's cell; a number with decimals as a whole count of its smallest unit, kept once.

    Raises TooLarge for days that spreadsheets do not number alike.
    """
    match fact.type:
        case YesNo():
            return atom(f'({cell}="{yes}")', [bool(value) for value in values])
        case Number():
            if not fact.decimals:
                return atom(cell, list(map(whole, values)))
            text = f"ROUND({cell}*{10**fact.decimals},0)"
            return work.add(Column(fact.title, text, list(map(whole, values))))
        case Date():
            if any(whole(day) < FIRST_DAY_SHOWN for day in values):
                raise TooLarge(words("formulas.old_days"))
            return atom(cell, [whole(day) - FIRST_DAY for day in values])
        case _:
            return atom(cell, list(map(str, values)))


def _range(fact: Fact, values: Sequence[int]) -> Interval:
    """The declared range, or a wide one around the roster's numbers."""
    wide = max(_NO_RANGE, 10 * max((abs(value) for value in values), default=0))
    low = -wide if fact.low is None else fact.low
    return Interval(low, wide if fact.high is None else fact.high)


def _parameter(kind: Type, name: str, value: Value | None, yes: str) -> Expr:
    """A parameter's cell; one that is not in force is an error where it is used."""
    match kind:
        case Texts():
            return _joined(name, value)
        case YesNo():
            name = f'({name}="{yes}")'
        case _:
            pass
    if value is None:
        return atom(name, [NA], lazy=True)
    stored = whole(value) - FIRST_DAY if isinstance(kind, Date) else value
    assert not isinstance(stored, tuple)
    return atom(name, [stored])


def _joined(name: str, value: Value | None) -> Expr:
    """The items of a list as one text. Raises TooLarge where one is blank."""
    items = value if isinstance(value, tuple) else ()
    if "" in items:
        raise TooLarge(words("formulas.blank_item"))
    piece = 'IF(LEN(INDEX({0},{1}))>0,"{2}"&INDEX({0},{1}),"")'
    parts = "&".join(piece.format(name, n, JOIN) for n in range(1, len(items) + SPARE + 1))
    return Expr(f"MID({parts},2,32767)", lambda: [JOIN.join(items)], depth=3)


def _holds(name: str, value: Value | None, item: Expr) -> Expr:
    items = value if isinstance(value, tuple) else ()
    text = f"(SUMPRODUCT(EXACT({item},{name})*(LEN({name})>0))>0)"
    if "" in items:
        text = f"OR({text},LEN({item})=0)"
    return made(text, lambda text: text in items, item, lazy=value is None)
