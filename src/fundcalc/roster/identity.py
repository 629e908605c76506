"""Villages that cannot be told apart: codes written twice, names written twice without a code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

import polars as pl

from fundcalc.policy.model import Fact
from fundcalc.roster.model import Fault, fault

SHOWN = 10
"""Rows that a fault names at most."""

UNREAD = "?"
"""How the stand-in for a code begins that is there but cannot be read."""

Say = Callable[[int, str, Fault], None]
"""Report a fault of a village (by its index) in the column of a fact."""


Row = Callable[[int, int], str]
"""How a village's row (the first) is named beside another village (the second)."""

_TOWN = "(..)(?:镇|乡|街道|街道办事处|办事处)$"
_END = "(.)(?:行政村|村)?(?:村民委员会|村委会|民委员会|委会)?$"


def bare(name: str) -> str:
    """A village's name without blanks and what lists write after it or leave out: 丁 for 丁村村委会."""
    return re.sub(_END, r"\1", "".join(name.split()))


def bare_names(names: pl.Series) -> pl.Series:
    """The same of many names."""
    return names.str.replace_all(r"\s", "").str.replace(_END, "$1")


def check(
    codes: Sequence[str],
    names: Sequence[str],
    towns: Sequence[str],
    counties: Sequence[str],
    row: Row,
    say: Say,
) -> None:
    """Report every village that stands in the roster twice; "" is a value that is not known.

    A village without a code is twice where its county, town and name are, under whatever ending: 村,
    村委会 or none.
    """
    for group in _groups(codes):
        for at, others in _others(group, row):
            say(at, "code", same_code(others))
    whole: list[str] = []
    if not all(codes):
        whole = [
            "\0".join((county, re.sub(_TOWN, r"\1", town), bare(name))) if name else ""
            for county, town, name in zip(counties, towns, names, strict=True)
        ]
    for group in _groups(whole):
        for at, others in _others(group, row):
            if not codes[at]:
                say(at, "name", same_village(others))
    known = [bool(code) and not code.startswith(UNREAD) for code in codes]
    near = [
        f"{county}\0{name}" if county and name and sure else ""
        for county, name, sure in zip(counties, names, known, strict=True)
    ]
    for group in _groups(near):
        for at in group[1:]:
            if codes[at] != codes[group[0]]:
                say(at, "name", fault("FC643", row=row(group[0], at)))


def examples(columns: Mapping[str, Sequence[str]], facts: Mapping[str, Fact]) -> Iterator[int]:
    """Villages of which code and name are those of the empty roster's example."""
    shown = [(id_, facts[id_].example) for id_ in ("code", "name") if id_ in facts]
    if len(shown) == 2 and all(example for _, example in shown):
        for at, pair in enumerate(zip(*(columns[id_] for id_, _ in shown), strict=True)):
            if pair == tuple(example for _, example in shown):
                yield at


@lru_cache(maxsize=32)
def same_code(others: tuple[str, ...]) -> Fault:
    """A code that stands in several rows."""
    return fault("FC635", rows=_rows(others))


@lru_cache(maxsize=32)
def same_village(others: tuple[str, ...]) -> Fault:
    """A village without code that cannot be told from another."""
    return fault("FC636", rows=_rows(others))


def _rows(others: tuple[str, ...]) -> str:
    return ", ".join(others[:SHOWN]) + (" …" if len(others) > SHOWN else "")


def _others(group: Sequence[int], row: Row) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each village of a group with the others' rows: those that a fault shows, and one more."""
    most = SHOWN + 1
    for at in group[:most]:
        yield at, tuple(row(i, at) for i in group[: most + 1] if i != at)[:most]
    shared = tuple(row(i, group[-1]) for i in group[:most])
    for at in group[most:]:
        yield at, shared


def _groups(keys: Sequence[str]) -> list[list[int]]:
    """The indices of equal keys, where there are several; "" is no key."""
    found: dict[str, list[int]] = {}
    for at, key in enumerate(keys):
        if key:
            found.setdefault(key, []).append(at)
    return [group for group in found.values() if len(group) > 1]
