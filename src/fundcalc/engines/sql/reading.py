"""The queries from a table `roster` to the table `facts`: read, told apart, checked, defaults put in."""

from __future__ import annotations

from collections.abc import Collection

from fundcalc.engines.sql.facts import Facts, raw_name
from fundcalc.engines.sql.pools import VILLAGE
from fundcalc.engines.sql.sharing import TIES
from fundcalc.language.datatypes import Text
from fundcalc.policy.model import Fact
from fundcalc.roster import faults

KEY, ROW = "village:key", "village:row"
"""A text that tells villages apart, and the number of a row where rows are numbered."""


def written(facts: Facts, *keep: str) -> str:
    """What the roster has: text as it is, all else as `<fact>:raw`; `keep` are further columns."""
    d = facts.dialect
    lines = [d.id(name) for name in keep]
    for fact in facts.facts.values():
        name = fact.id if isinstance(fact.type, Text) else raw_name(fact)
        lines.append(f"{facts.raw(fact)} AS {d.id(name)}")
    return "SELECT " + ",\n    ".join(lines) + "\n  FROM roster"


def read(facts: Facts) -> str:
    """Every fact's value in smallest units."""
    others = [fact for fact in facts.facts.values() if not isinstance(fact.type, Text)]
    lines = [f",\n    {facts.read(fact)} AS {facts.dialect.id(fact.id)}" for fact in others]
    return f"SELECT *{''.join(lines)}\n  FROM written"


def keyed(facts: Facts) -> str:
    """The same with a text that tells villages apart, and for each fact the code of what is wrong."""
    d = facts.dialect
    lines = [f"{facts.key()} AS {d.id(KEY)}"]
    lines += [f"{facts.fault(fact)} AS {d.id(fault_name(fact))}" for fact in checked(facts)]
    return "SELECT *, " + ",\n    ".join(lines) + "\n  FROM read"


def checked(facts: Facts) -> list[Fact]:
    """The facts with which something can be wrong."""
    return [fact for fact in facts.facts.values() if facts.fault(fact) != "NULL"]


def fault_name(fact: Fact) -> str:
    """The column with the code of what is wrong with a fact."""
    return f"{fact.id}:fault"


def twice(facts: Facts) -> str:
    """The keys of villages that stand there several times; a row without code and name has none."""
    d = facts.dialect
    key = d.id(KEY)
    named = " OR ".join(f"{d.id(id_)} <> ''" for id_ in ("code", "name") if id_ in facts.facts)
    return f"SELECT {key} FROM known WHERE {named} GROUP BY {key} HAVING COUNT(*) > 1"


def guarded(facts: Facts) -> str:
    """The facts; anything wrong stops the statement."""
    d = facts.dialect
    twice_ = d.error(faults.same_code(()).code, "code", "t.key")
    key = d.id(KEY)
    lines = [f"CASE WHEN t.key IS NOT NULL THEN {twice_} ELSE {key} END AS {d.id(VILLAGE)}"]
    wrong = checked(facts)
    for fact in facts.facts.values():
        value, fault = facts.value(fact), d.id(fault_name(fact))
        if fact in wrong:
            stop = d.stop(f"{fault} || {d.string(f' {fact.id}: ')} || {facts.who()}")
            value = f"CASE WHEN {fault} IS NOT NULL THEN {stop} ELSE {value} END"
        lines.append(f"{value} AS {d.id(fact.id)}")
    lines += _assumed(facts)
    one = f"CROSS JOIN (SELECT MIN({key}) AS key FROM ({twice(facts)}) AS k) AS t"
    return "SELECT " + ",\n    ".join(lines) + f"\n  FROM known {one}"


def plain(facts: Facts, *, numbered: bool, skip: bool) -> str:
    """The facts of a roster that was checked before; `skip` leaves out the rows with anything wrong."""
    d = facts.dialect
    lines = [f"{d.id(ROW if numbered else KEY)} AS {d.id(VILLAGE)}"]
    lines += [f"{facts.value(fact)} AS {d.id(fact.id)}" for fact in facts.facts.values()]
    text = "SELECT " + ",\n    ".join([*lines, *_assumed(facts)]) + "\n  FROM known"
    if skip:
        fine = [f"{d.id(fault_name(fact))} IS NULL" for fact in checked(facts)]
        text += f"\n  WHERE {' AND '.join([*fine, f'{d.id(KEY)} NOT IN ({twice(facts)})'])}"
    return text


def order(facts: Collection[str], *, numbered: bool, known: bool = False) -> list[str]:
    """The columns that put villages in order: as they stood, or by code where rows have no number."""
    if numbered:
        return [ROW if known else VILLAGE]
    return [tie for tie in TIES if tie in facts]


def _assumed(facts: Facts) -> list[str]:
    d = facts.dialect
    return [
        f"{facts.blank(fact)} AS {d.id(f'{fact.id}:assumed')}"
        for fact in facts.facts.values()
        if not fact.required
    ]
