"""A roster's files as a table `roster` of the policy's facts: which column is which, and how it is kept."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.words import Words
from fundcalc.engines.sql import messages
from fundcalc.engines.sql.database import Database, Format
from fundcalc.engines.sql.facts import Facts, Source
from fundcalc.engines.sql.reading import ROW, keyed, read, written
from fundcalc.language.datatypes import Date, Number, Text, YesNo
from fundcalc.policy.model import Fact
from fundcalc.roster import messages as roster_messages
from fundcalc.roster import notices
from fundcalc.roster.cells import TICKS
from fundcalc.roster.counties import respelt
from fundcalc.roster.gather import not_typical
from fundcalc.roster.headers import clean, keys
from fundcalc.roster.layout import find
from fundcalc.roster.model import letters
from fundcalc.roster.settle import Asked, Column, settle
from fundcalc.roster.sheet import MAX_COLUMNS, Sheet
from fundcalc.roster.tables import Table

RAW = "source"
_WIDE, _NARROW = "０１２３４５６７８９，．－＋−", "0123456789,.-+-"
_SPACES = " \t\u3000\u00a0"
_THOUSANDS = "[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:[.][0-9]*)?"
_ALONE = ("code", "name")
_TOTALS = (
    "(?:.{0,30}(?:合 *计|小 *计|总 *计|共 *计|累 *计|总数|平均|村均)|计|全[省市县区乡镇]|其中.*)"
)


@dataclass(slots=True)
class Opened:
    """A roster opened: its facts, where each stands (a header and a letter), and what is worth saying."""

    facts: Facts
    columns: Mapping[str, Column]
    file: str
    notices: list[Words] = field(default_factory=list)

    def place(self, fact: str, row: int | None) -> str | None:
        """The cell of a fact in a row, or its header where rows have no number."""
        column = self.columns.get(fact)
        if column is None:
            return None
        return f"{letters(column.index)}{row}" if row is not None else column.label


def parts(path: Path) -> tuple[list[Path], Format]:
    """The files of a roster: one, or the parts in a folder. Raises PolicyProblem."""
    if not path.exists():
        no_file = Words("没有这个文件", "no such file")
        raise PolicyProblem([roster_messages.unreadable(str(path), no_file)])
    inside = sorted(p for p in path.iterdir() if p.name[0] not in "._") if path.is_dir() else [path]
    kinds = {p.suffix.lower() for p in inside}
    if kinds == {".parquet"}:
        return inside, "parquet"
    if kinds == {".csv"}:
        return inside, "csv"
    raise PolicyProblem([messages.wrong_files(str(path))])


def open_roster(
    database: Database,
    path: Path,
    policy_facts: Mapping[str, Fact],
    chosen: Mapping[str, str],
    names: Collection[str],
) -> Opened:
    """Make the tables up to `known` of a roster. Raises PolicyProblem, DatabaseError.

    `chosen` are headers that the user has settled; `names` those that the policy knows.
    """
    files, how = parts(path)
    heads = _csv_header(files[0]) if how == "csv" else None
    settled = _settled(path, heads, policy_facts, chosen) if heads is not None else None
    kinds = database.read(RAW, files, how, len(heads or ()))
    columns, said = settled or _settled(path, [name for name, _ in kinds], policy_facts, chosen)
    sources = {id_: _source(column, kinds[column.index][1]) for id_, column in columns.items()}
    facts = Facts(database.dialect, policy_facts, sources)
    opened = Opened(facts, columns, path.name, said)
    raw = {id_: _raw(facts, columns[id_], kinds[columns[id_].index]) for id_ in columns}
    _roster(database, facts, raw)
    if _settle_texts(database, facts, raw, sources, names, opened):
        _roster(database, facts, raw)
    opened.facts = Facts(database.dialect, policy_facts, sources)
    ask(database, opened)
    return opened


def _csv_header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            return next(csv.reader(file), [])
        except (UnicodeDecodeError, csv.Error):
            raise PolicyProblem([messages.not_utf8(str(path))]) from None


def _settled(
    path: Path, heads: Sequence[str], facts: Mapping[str, Fact], chosen: Mapping[str, str]
) -> tuple[dict[str, Column], list[Words]]:
    known = keys(facts)
    columns = {f"c{at}": pl.Series([], dtype=pl.String) for at in range(len(heads))}
    sheet = Sheet(None, pl.DataFrame(columns), tuple(heads))
    layout = find(sheet, known, {clean(header): fact for header, fact in chosen.items()})
    if layout is None:
        raise PolicyProblem([messages.no_header(str(path))])
    rows = np.zeros(0, dtype=np.int64)
    table = Table(sheet, layout, layout.headings, range(MAX_COLUMNS), rows)
    settled = settle(table, path.name, Asked(facts, known))
    if settled.found:
        raise PolicyProblem(settled.found)
    return settled.columns, settled.notices


def _source(column: Column, kind: str) -> Source:
    """How a fact's column is kept; exact numbers, yes/no and dates need not pass through text."""
    fact = column.fact
    if isinstance(fact.type, Number):
        return Source("int" if kind == "int" else "text", column.power)
    if isinstance(fact.type, YesNo) and kind == "yes/no":
        return Source("yes/no")
    if isinstance(fact.type, Date) and kind == "date":
        return Source("date")
    return Source()


def _raw(facts: Facts, column: Column, kept: tuple[str, str]) -> str:
    """What the source has of a fact, text tidied: wide digits, thousands separators, spaces around."""
    d, (name, kind) = facts.dialect, kept
    text = d.id(name)
    if kind == "float":
        return d.plain_float(text)
    if kind != "text":
        return text
    if isinstance(column.fact.type, Number):
        wide, narrow = d.string(_WIDE + _SPACES[1:]), d.string(_NARROW + "   ")
        tidy = f"TRIM(translate({text}, {wide}, {narrow}))"
        grouped = d.matches(tidy, _THOUSANDS)
        plain = d.matches(text, "[0-9.]*")
        cases = f"WHEN {plain} THEN {text} WHEN {grouped} THEN REPLACE({tidy}, ',', '')"
        return f"CASE {cases} ELSE {tidy} END"
    if column.fact.digits:
        tidy = f"translate({text}, {d.string(_WIDE[:10])}, {d.string(_NARROW[:10])})"
        return f"CASE WHEN {d.matches(text, '[0-9]*')} THEN {text} ELSE {tidy} END"
    spaces = ", ".join(d.string(space) for space in _SPACES)
    odd = f"LEFT({text}, 1) IN ({spaces}) OR RIGHT({text}, 1) IN ({spaces})"
    return f"CASE WHEN {odd} THEN {d.stripped(text)} ELSE {text} END"


def _roster(database: Database, facts: Facts, raw: Mapping[str, str]) -> None:
    """The tables `roster`, of the facts as text or as they are kept, to `known`."""
    d = facts.dialect
    keep = [ROW] if database.numbered else []
    lines = [d.id(name) for name in keep]
    lines += [f"{raw.get(id_, 'NULL')} AS {d.id(id_)}" for id_ in facts.facts]
    database.table("roster", f"SELECT {', '.join(lines)} FROM {RAW}", keep=False)
    database.table("written", written(facts, *keep), keep=False)
    database.table("read", read(facts), keep=False)
    database.table("known", keyed(facts), keep=False)


def _settle_texts(
    database: Database,
    facts: Facts,
    raw: dict[str, str],
    sources: dict[str, Source],
    names: Collection[str],
    opened: Opened,
) -> bool:
    """Columns of ticks only, and names in other characters, as small rosters have them."""
    d, changed = database.dialect, False
    for id_ in _ticked(database, opened, sources):
        sources[id_], changed = Source("ticks"), True
        opened.notices.append(notices.ticks(opened.columns[id_].label))
    for id_, column in opened.columns.items():
        kind = column.fact.type
        if isinstance(kind, Text) and id_ not in _ALONE and _may_be_known(facts, id_, names):
            given = [
                str(row[0]) for row in database.rows(f"SELECT DISTINCT {d.id(id_)} FROM written")
            ]
            other = respelt(given, dict.fromkeys(names))
            if other:
                cases = " ".join(
                    f"WHEN {d.string(old)} THEN {d.string(new)}" for old, new in other.items()
                )
                raw[id_], changed = f"CASE {raw[id_]} {cases} ELSE {raw[id_]} END", True
                opened.notices.append(notices.simplified(column.label, other))
    if changed:
        facts.sources = sources
    return changed


def _ticked(database: Database, opened: Opened, sources: Mapping[str, Source]) -> list[str]:
    """The yes/no columns that hold ticks and blanks only."""
    d = database.dialect
    asked = [
        id_
        for id_, column in opened.columns.items()
        if isinstance(column.fact.type, YesNo) and sources[id_].kind == "text"
    ]
    if not asked:
        return []
    ticks = ", ".join(map(d.string, sorted(TICKS)))
    counts = []
    for id_ in asked:
        raw = d.id(f"{id_}:raw")
        counts.append(f"COUNT(CASE WHEN {raw} IN ({ticks}) THEN 1 END)")
        counts.append(f"COUNT(CASE WHEN {raw} <> '' AND {raw} NOT IN ({ticks}) THEN 1 END)")
    [row] = database.rows(f"SELECT {', '.join(counts)} FROM written")
    return [id_ for at, id_ in enumerate(asked) if row[2 * at] and not row[2 * at + 1]]


def _may_be_known(facts: Facts, id_: str, names: Collection[str]) -> bool:
    return bool(names) and id_ in facts.facts


def ask(database: Database, opened: Opened) -> None:
    """Stop where figures are not of their usual size, or where a row may be no village's.

    The reader of rosters asks about these before anything is computed; a database must not pass them over.
    Raises PolicyProblem.
    """
    d = database.dialect
    watched = {
        id_: (column, column.fact.typical)
        for id_, column in opened.columns.items()
        if column.fact.typical is not None and not column.told
    }
    lines = [
        f"COUNT(CASE WHEN {d.id(id_)} {test} THEN 1 END)"
        for id_, (_, (low, high)) in watched.items()
        for test in ("> 0", f"BETWEEN 1 AND {low - 1}", f"> {high}")
    ]
    found: list[Diagnostic] = []
    if lines:
        counts = next(iter(database.rows(f"SELECT {', '.join(lines)} FROM known")))
        for at, (column, _) in enumerate(watched.values()):
            filled, below, above = counts[3 * at : 3 * at + 3]
            if 2 * max(below, above) > filled:
                found.append(not_typical(opened.file, column, int(filled), None))
    labels = [
        f"{d.matches(d.id(id_), _TOTALS)}" for id_ in ("name", "town") if id_ in opened.columns
    ]
    coded = f" AND {d.id('code')} = ''" if "code" in opened.columns else ""
    for label in labels:
        rows = database.rows(f"SELECT COUNT(*) FROM known WHERE {label}{coded}")
        count = next(iter(rows))[0]
        if count:
            found.append(messages.totals_among(opened.file, int(count)))
    if found:
        raise PolicyProblem(found)
