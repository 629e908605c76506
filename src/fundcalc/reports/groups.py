"""What is decided once for a group of rows: its table and file, and what two versions have otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, assert_never, get_args

import numpy as np

from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.words import Lang, Words, listing, of_rows, same
from fundcalc.engines.result import Result
from fundcalc.engines.totals import Decision, GroupChange, PoolTotal
from fundcalc.language.datatypes import Number, Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.language.show import amount_said
from fundcalc.policy.columns import VILLAGES, Constant, Decided, Flags, Stored, with_unit
from fundcalc.policy.columns import in_rows as columns_in_rows
from fundcalc.policy.columns import of_groups as columns_of_groups
from fundcalc.policy.model import Output, Policy
from fundcalc.reports.columns import Filled, Make, filled, text
from fundcalc.reports.expressions import value_words
from fundcalc.reports.files import is_csv, write_table
from fundcalc.reports.table import Cell, Fen, Table

MOST_LISTED = 200
"""Counties or pools up to which each has a line; with more, only their sums. The JSON lists them all."""
IN_ALL = Words("{n:,} 个合计", "{n:,} in all")
ALL = Words("全部", "all")
EACH_VILLAGE = Words("每村一池（{n} 个）", "{n} of one village each")


def in_rows(result: Result) -> list[Filled]:
    """What is decided once for a group, as it stands in each of its rows: for what recomputes rows."""
    none: Make = lambda at: np.zeros(0, dtype=np.int64)  # noqa: E731 - no column of flags
    return [filled(column, result, none) for column in columns_in_rows(result.plan.policy)]


def of_groups(policy: Policy, per: Sequence[str], groups: Sequence[Decision]) -> list[Filled]:
    """The columns of a table of groups with what is decided once for each."""
    columns: list[Filled] = []
    for column in columns_of_groups(policy, per):
        values: list[Value]
        match column.content:
            case Decided(programme):
                values = [
                    group.fired[programme] or _otherwise(policy, programme) for group in groups
                ]
            case Stored(id_) if id_ in per:
                values = [group.group[per.index(id_)] for group in groups]
            case Stored(id_):
                values = [
                    group.villages if id_ == VILLAGES else group.values[id_] for group in groups
                ]
            case Flags() | Constant():
                continue
            case _:
                assert_never(column.content)
        make = _fixed(values, column.type)
        columns.append(Filled(column.id, column.title, column.type, make, called=column.called))
    return columns


def _otherwise(policy: Policy, programme: str) -> tuple[str, ...]:
    otherwise = policy.programme(programme).otherwise
    return () if otherwise is None else (otherwise.id,)


def _fixed(values: Sequence[Value], kind: Type) -> Make:
    if not isinstance(kind, Text | Texts):
        return lambda at: np.array(
            values[at], dtype=np.bool_ if isinstance(kind, YesNo) else np.int64
        )
    texts = [text(value, kind) for value in values]
    places = {entry: place for place, entry in enumerate(dict.fromkeys(texts))}
    codes = np.array([places[entry] for entry in texts], dtype=np.uint32)
    return lambda at: (codes[at], tuple(places))


def called(policy: Policy, per: Sequence[str]) -> list[str]:
    """What the policy calls the facts that make groups."""
    return [policy.facts[id_].called for id_ in per]


def write_groups(
    policy: Policy, decided: Mapping[tuple[str, ...], Sequence[Decision]], path: Path, lang: Lang
) -> list[Diagnostic]:
    """Write what is decided once for a group next to the table of rows at a path: `x.county.csv`.

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
        target, columns = (
            path.with_suffix(f".{'.'.join(called(policy, per))}{path.suffix}"),
            of_groups(policy, per, groups),
        )
        if target.exists() and not _of_ours(target, columns):
            raise PolicyProblem([say("FC859.taken", Span(str(target)), groups=titles)])
        write_table(target, columns, len(groups), lang)
        notes.append(say("FC859", groups=titles, file=target.name))
    return notes


def _of_ours(path: Path, columns: Sequence[Filled]) -> bool:
    """Whether a file has the heads of these columns in either language, so that it was written here."""
    import polars as pl

    try:
        read = pl.read_csv if is_csv(path) else pl.read_parquet
        heads = read(path, n_rows=0).columns
    except (pl.exceptions.PolarsError, ValueError):
        return False
    return any(heads == [column.header(lang) for column in columns] for lang in get_args(Lang))


def groups_json(
    decided: Mapping[tuple[str, ...], Sequence[Decision]], policy: Policy
) -> dict[str, Any]:
    """What is decided once for a group, one entry a group; nothing where nothing is."""
    kinds = {output.id: output.type for output in policy.group_outputs}
    entries = [
        {
            "per": called(policy, per),
            "group": dict(zip(called(policy, per), group.group, strict=True)),
            "villages": group.villages,
            "amounts": {id_: text(value, kinds[id_]) for id_, value in group.values.items()},
            "rules": {id_: list(fired) for id_, fired in group.fired.items()},
        }
        for per, groups in decided.items()
        for group in groups
    ]
    return {"groups": entries} if entries else {}


# -- what two versions have otherwise -------------------------------------------------------------


def changes_said(changes: Sequence[GroupChange]) -> list[Words]:
    """For each output, in how many groups it differs and what it comes to."""
    lines: list[Words] = []
    for change in changes:
        if change.who:
            old, new = change.totals
            moved: Words | str = ""
            if old is not None or new is not None:
                before = _in_words(change, old, change.old)
                after = _in_words(change, new, change.new)
                moved = words("reports.groups_total", old=before, new=after)
            title, groups = change.output.title, len(change.who)
            lines.append(words("reports.groups_change", title=title, groups=groups, moved=moved))
    return lines


def _in_words(change: GroupChange, value: Value | None, output: Output | None) -> Words:
    """A value in the words of the side that has it."""
    if value is None or output is None:
        return same("–")
    return value_words(change.policies[output is change.new], output, value)


def changes_tables(changes: Sequence[GroupChange]) -> list[Table]:
    """The groups for which something is decided otherwise, with what it was and is."""
    rows: list[list[Cell]] = [
        [
            change.output.title, " ".join(filter(None, group)) or "–",
            _in_words(change, before, change.old), _in_words(change, after, change.new),
        ]
        for change in changes
        for _, group, before, after in change.who
    ]  # fmt: skip
    heads = [
        words("reports.result"), words("reports.group"), words("reports.was"), words("reports.is_now"),
    ]  # fmt: skip
    return [Table(words("reports.groups_otherwise"), heads, rows)] if rows else []


def changes_json(changes: Sequence[GroupChange]) -> list[dict[str, Any]]:
    """The same as data; None where a side has no such output or group."""

    def as_text(value: Value | None, output: Output | None) -> str | None:
        return None if value is None or output is None else text(value, output.type)

    return [
        {
            "output": change.output.id,
            "old": as_text(change.totals[0], change.old),
            "new": as_text(change.totals[1], change.new),
            "changed": [
                {
                    "group": dict(
                        zip(called(change.policies[change.new is not None], per), group, strict=True)
                    ),
                    "from": as_text(before, change.old), "to": as_text(after, change.new),
                }
                for per, group, before, after in change.who
            ],
        }
        for change in changes
    ]  # fmt: skip


def pool_tables(every: Iterable[PoolTotal]) -> Iterator[Table]:
    """What pools there were, a table for each programme that shares some."""
    by_title: dict[tuple[Words, Number], list[PoolTotal]] = {}
    for pool in every:
        by_title.setdefault((pool.programme, pool.kind), []).append(pool)
    for (title, kind), pools in by_title.items():
        in_yuan, amount = kind.unit is not None and kind.unit.in_yuan, words("reports.amount")
        heads = [
            Words("范围", "Pool"), amount if in_yuan else with_unit(amount, kind),
            Words("已分配", "Used"), Words("剩余", "Left over"), of_rows(Words("村均", "Mean a village")),
        ]  # fmt: skip
        shown = partial(Fen, decimals=pools[0].decimals)
        rows: list[list[Cell]] = [
            [pool_name(p), *map(shown, (p.amount, p.used, p.left, p.mean))] for p in pools
        ]
        if len(pools) > MOST_LISTED:
            sums = (
                sum(p.amount for p in pools),
                sum(p.used for p in pools),
                sum(p.left for p in pools),
            )
            rows = [[IN_ALL.filled(n=len(pools)), *map(shown, sums), "–"]]
        yield Table(
            words("reports.pools_of", title=title), heads, rows, notes=tuple(left_over(pools))
        )


def left_over(pools: Iterable[PoolTotal]) -> Iterator[Words]:
    """What is left of pools that say where it goes, a sentence for each place."""
    homes: dict[tuple[Words, Number], int] = {}
    for pool in pools:
        if pool.rest_to is not None and pool.left:
            place = pool.rest_to, pool.kind
            homes[place] = homes.get(place, 0) + pool.left
    for (home, kind), left in homes.items():
        yield words("reports.rest_to", left=amount_said(left, kind), home=home)


def pool_name(pool: PoolTotal) -> Words:
    """Which group of villages shares a pool."""
    if pool.pools > 1:
        return of_rows(EACH_VILLAGE).filled(n=pool.pools)
    return same(pool.group) if pool.group is not None else ALL
