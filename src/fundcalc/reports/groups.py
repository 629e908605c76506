"""What is decided once for a group of rows: its table and file, and what two versions have otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, assert_never, get_args

import numpy as np

from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.words import Lang, Words, listing, same
from fundcalc.engines.result import Result
from fundcalc.engines.totals import Decision, GroupChange
from fundcalc.language.datatypes import Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.columns import VILLAGES, Constant, Decided, Flags, Stored
from fundcalc.policy.columns import in_rows as columns_in_rows
from fundcalc.policy.columns import of_groups as columns_of_groups
from fundcalc.policy.model import Output, Policy
from fundcalc.reports.columns import Filled, Make, filled, text
from fundcalc.reports.expressions import value_words
from fundcalc.reports.files import is_csv, write_table
from fundcalc.reports.table import Cell, Table


def in_rows(result: Result) -> list[Filled]:
    """What is decided once for a group, as it stands in each of its rows: for what recomputes rows."""
    none: Make = lambda at: np.zeros(0, dtype=np.int64)  # noqa: E731 - no column of flags
    return [filled(column, result, none) for column in columns_in_rows(result.plan.policy)]


def of_groups(policy: Policy, per: Sequence[str], groups: Sequence[Decision]) -> list[Filled]:
    """The columns of a table of groups with what is decided once for each."""
    found: list[Filled] = []
    for column in columns_of_groups(policy, per):
        values: list[Value]
        match column.content:
            case Decided(programme):
                values = [each.fired[programme] or _otherwise(policy, programme) for each in groups]
            case Stored(id_) if id_ in per:
                values = [each.group[per.index(id_)] for each in groups]
            case Stored(id_):
                values = [each.villages if id_ == VILLAGES else each.values[id_] for each in groups]
            case Flags() | Constant():
                continue
            case _:
                assert_never(column.content)
        make = _given(values, column.type)
        found.append(Filled(column.id, column.title, column.type, make, called=column.called))
    return found


def _otherwise(policy: Policy, programme: str) -> tuple[str, ...]:
    otherwise = policy.programme(programme).otherwise
    return () if otherwise is None else (otherwise.id,)


def _given(values: Sequence[Value], kind: Type) -> Make:
    if not isinstance(kind, Text | Texts):
        return lambda at: np.array(
            values[at], dtype=np.bool_ if isinstance(kind, YesNo) else np.int64
        )
    texts = [text(one, kind) for one in values]
    places = {one: at for at, one in enumerate(dict.fromkeys(texts))}
    codes = np.array([places[one] for one in texts], dtype=np.uint32)
    return lambda at: (codes[at], tuple(places))


def write_groups(
    policy: Policy, decided: Mapping[tuple[str, ...], Sequence[Decision]], path: Path, lang: Lang
) -> list[Diagnostic]:
    """Write what is decided once for a group beside the table of rows at a path: `x.county.csv`.

    Gives notes that say where it is; a database has no such table, and other files have it inside. Raises
    OSError, and PolicyProblem where a file of another kind has that name, which may be a roster.
    """
    notes: list[Diagnostic] = []
    for per, groups in decided.items():
        titles = listing([policy.facts[id_].title for id_ in per])
        if not path.suffix:
            notes.append(say("FC859.table", groups=titles))
        if path.suffix.lower() not in (".csv", ".parquet"):
            continue
        beside, columns = (
            path.with_suffix(f".{'.'.join(per)}{path.suffix}"),
            of_groups(policy, per, groups),
        )
        if beside.exists() and not _of_ours(beside, columns):
            raise PolicyProblem([say("FC859.taken", Span(str(beside)), groups=titles)])
        write_table(beside, columns, len(groups), lang)
        notes.append(say("FC859", groups=titles, file=beside.name))
    return notes


def _of_ours(path: Path, columns: Sequence[Filled]) -> bool:
    """Whether a file has the heads of these columns in either language, so that it was written here."""
    import polars as pl

    try:
        read = pl.read_csv if is_csv(path) else pl.read_parquet
        found = read(path, n_rows=0).columns
    except (pl.exceptions.PolarsError, ValueError):
        return False
    return any(found == [one.header(lang) for one in columns] for lang in get_args(Lang))


def groups_json(
    decided: Mapping[tuple[str, ...], Sequence[Decision]], policy: Policy
) -> dict[str, Any]:
    """What is decided once for a group, one entry a group; nothing where nothing is."""
    kinds = {output.id: output.type for output in policy.group_outputs}
    found = [
        {
            "per": list(per),
            "group": dict(zip(per, each.group, strict=True)),
            "villages": each.villages,
            "amounts": {id_: text(value, kinds[id_]) for id_, value in each.values.items()},
            "rules": {id_: list(fired) for id_, fired in each.fired.items()},
        }
        for per, groups in decided.items()
        for each in groups
    ]
    return {"groups": found} if found else {}


# -- what two versions have otherwise -------------------------------------------------------------


def changes_said(changes: Sequence[GroupChange]) -> list[Words]:
    """Of each output in how many groups it is another, and what it comes to."""
    found: list[Words] = []
    for one in changes:
        if one.who:
            old, new = one.totals
            moved: Words | str = ""
            if old is not None or new is not None:
                was, now = _said(one, old, one.old), _said(one, new, one.new)
                moved = words("reports.groups_total", old=was, new=now)
            title, groups = one.output.title, len(one.who)
            found.append(words("reports.groups_change", title=title, groups=groups, moved=moved))
    return found


def _said(one: GroupChange, value: Value | None, output: Output | None) -> Words:
    """A value in the words of the side that has it."""
    if value is None or output is None:
        return same("–")
    return value_words(one.policies[output is one.new], output, value)


def changes_tables(changes: Sequence[GroupChange]) -> list[Table]:
    """The groups for which something is decided otherwise, with what it was and is."""
    rows: list[list[Cell]] = [
        [
            one.output.title, " ".join(filter(None, group)) or "–",
            _said(one, before, one.old), _said(one, after, one.new),
        ]
        for one in changes
        for _, group, before, after in one.who
    ]  # fmt: skip
    heads = [
        words("reports.result"), words("reports.group"), words("reports.was"), words("reports.is_now"),
    ]  # fmt: skip
    return [Table(words("reports.groups_otherwise"), heads, rows)] if rows else []


def changes_json(changes: Sequence[GroupChange]) -> list[dict[str, Any]]:
    """The same as data; None where a side has no such output or group."""

    def told(value: Value | None, output: Output | None) -> str | None:
        return None if value is None or output is None else text(value, output.type)

    return [
        {
            "output": one.output.id,
            "old": told(one.totals[0], one.old),
            "new": told(one.totals[1], one.new),
            "changed": [
                {
                    "group": dict(zip(per, group, strict=True)),
                    "from": told(before, one.old), "to": told(after, one.new),
                }
                for per, group, before, after in one.who
            ],
        }
        for one in changes
    ]  # fmt: skip
