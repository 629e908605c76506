"""What formulas start from: the facts of the input sheet, and the names of parameters and readings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

from fundcalc.engines.formulas.cells import (
    INPUTS,
    LIMIT,
    ROW,
    Cell,
    Column,
    Expr,
    Grid,
    TooLarge,
)
from fundcalc.engines.formulas.lower import Names
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Date, Number, Texts, Type, YesNo
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
    rows = result.rows
    for at, id_ in enumerate(found.facts):
        fact = policy.facts[id_]
        column = lambda id_=id_: [row.get(id_, "") for row in rows]  # type: ignore[misc]  # noqa: E731
        names.exprs[id_] = cache(_fact(fact, at, column, work, yes))
    for id_, name in found.parameters.items():
        parameter, value = policy.parameters[id_], plan.constants.get(id_)
        names.exprs[id_] = _parameter(parameter, name, value, len(rows), yes)
        if isinstance(parameter.type, Texts):
            names.holders[id_] = _holder(name, value, len(rows))
    for id_, name in found.readings.items():
        option = plan.readings[id_]
        expr = Expr(name, lambda option=option: [option] * len(rows), atom=True)  # type: ignore[misc]
        names.exprs[id_] = lambda expr=expr: expr  # type: ignore[misc]
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


def _fact(
    fact: Fact, at: int, column: Callable[[], list[Value]], work: Grid, yes: str
) -> Callable[[], Expr]:
    """A fact's cell; a number with decimals as a whole count of its smallest unit, kept once."""
    cell = f"{INPUTS}{letters(at)}{ROW}"
    kind = fact.type
    values = cache(column)

    def make() -> Expr:
        if isinstance(kind, YesNo):
            return Expr(f'({cell}="{yes}")', values, atom=True)  # type: ignore[arg-type]
        if isinstance(kind, Number):
            low, high = _range(fact, values())  # type: ignore[arg-type]
            if not fact.decimals:
                return Expr(cell, values, low, high, atom=True)  # type: ignore[arg-type]
            text = f"ROUND({cell}*{10**fact.decimals},0)"
            kept = work.add(Column(fact.title, text, values()))  # type: ignore[arg-type]
            return Expr(work.cell(kept), values, low, high, atom=True)  # type: ignore[arg-type]
        if isinstance(kind, Date) and any(int(v) < FIRST_DAY_SHOWN for v in values()):  # type: ignore[arg-type]
            raise TooLarge
        return Expr(cell, values, atom=True)  # type: ignore[arg-type]

    return make


def _range(fact: Fact, values: Sequence[int]) -> tuple[int, int]:
    """The declared range, or a wide one around the roster's numbers."""
    most = max((abs(value) for value in values), default=0)
    wide = max(_NO_RANGE, 10 * most)
    low = fact.low if fact.low is not None else -wide
    return low, fact.high if fact.high is not None else wide


def _parameter(
    parameter: Parameter, name: str, value: Value | None, rows: int, yes: str
) -> Callable[[], Expr]:
    kind = parameter.type
    values = lambda: [value] * rows  # noqa: E731
    if isinstance(kind, YesNo):
        expr = Expr(f'({name}="{yes}")', values, atom=True)  # type: ignore[arg-type]
    elif isinstance(kind, Number) and isinstance(value, int):
        expr = Expr(name, values, *room(value, kind.decimals or 0), atom=True)
    else:
        expr = Expr(name, values, atom=True, lazy=value is None)  # type: ignore[arg-type]
    return lambda: expr


def _holder(name: str, value: Value | None, rows: int) -> Callable[[Expr], Expr]:
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


def shown_value(value: Value, kind: Type, yes: str, no: str) -> Cell:
    """A value as a cell shows it: money in yuan, yes/no in words."""
    if isinstance(kind, YesNo):
        return yes if value else no
    if isinstance(kind, Number) and kind.decimals:
        assert isinstance(value, int)
        return value / 10**kind.decimals
    return "+".join(value) if isinstance(value, tuple) else value
