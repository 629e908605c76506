"""Clean facts as a table: parts opened, every row checked in one pass that is kept, and its rejects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

import polars as pl

from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.money import plain
from fundcalc.base.words import Words
from fundcalc.core.interval import INT64
from fundcalc.engines.sql.database import ROW, TIES, VILLAGE, Database, Dialect
from fundcalc.language.datatypes import Date, Number, Text, YesNo
from fundcalc.policy.model import IDENTITY, Fact
from fundcalc.roster import clean
from fundcalc.roster.cells import (
    MAX_TEXT,
    UNSEEN,
    code_point,
    missing,
    out_of_range,
    too_fine,
)
from fundcalc.roster.model import Fault, Reject, fault, letters, place
from fundcalc.roster.names import same_code, same_village

LISTED = 1_000
"""Rows whose faults are listed."""

NOT_CLEAN = "FC871"


def who(d: Dialect, facts: Mapping[str, Fact]) -> str:
    """An expression that names a village in messages."""
    parts = [d.id(id_) for id_ in ("name", "county", "code") if id_ in facts]
    return f"concat_ws(', ', {', '.join(parts)})"


def identity(facts: Mapping[str, Fact]) -> list[str]:
    """The identity facts, then all others, in table order."""
    return [id_ for id_ in IDENTITY if id_ in facts] + [i for i in facts if i not in IDENTITY]


def order(facts: Mapping[str, Fact], *, numbered: bool) -> list[str]:
    """The columns that put villages in order: as they stood, or by code where rows have no number."""
    return [VILLAGE] if numbered else [tie for tie in TIES if tie in facts]


# -- checks in SQL --------------------------------------------------------------------------------


class Checks:
    """The queries from a typed table to `facts`.

    `given` are the facts of clean parquet, whose types are what they must be. None stands for a table of
    somebody else's that has all facts: its floats are refused, and fractions of a smallest unit looked for.
    """

    def __init__(
        self,
        dialect: Dialect,
        facts: Mapping[str, Fact],
        given: Sequence[str] | None,
        *,
        numbered: bool = False,
    ) -> None:
        self._d = dialect
        self._facts = facts
        self._given = given
        self._numbered = numbered

    def read(self, source: str) -> str:
        """Every fact in smallest units; what is no text as `<fact>:raw` too, as it stands in the source.

        A number is NULL also where 64 bits do not hold it; text is "" where there is none.
        """
        lines = [self._d.id(ROW)] if self._numbered else []
        for fact in self._facts.values():
            column, name = self._source(fact), self._d.id(fact.id)
            if isinstance(fact.type, Text):
                lines.append(f"COALESCE(TRIM({column}), '') AS {name}")
            else:
                lines.append(f"{self._smallest(fact, column)} AS {name}")
                lines.append(f"{column} AS {self._raw(fact)}")
        return _select(lines, source)

    def known(self) -> str:
        """Over `read`: facts with defaults, which of them are assumed, and all that is `wrong` with a row.

        That is NULL, or such as "FC623 residents -1, FC620 county": code, fact, and the figure as it stands.
        """
        lines = [self._d.id(ROW)] if self._numbered else []
        for fact in self._facts.values():
            lines.append(f"{self._value(fact)} AS {self._d.id(fact.id)}")
            if not fact.required:
                lines.append(f"{self._blank(fact)} AS {self._d.id(f'{fact.id}:assumed')}")
        wrong = [text for fact in self._facts.values() if (text := self._wrong(fact))]
        listed = ",\n      ".join(wrong)
        lines.append(
            f"NULLIF(concat_ws(', ',\n      {listed}), '') AS wrong" if wrong else "NULL AS wrong"
        )
        return _select(lines, "read")

    def twice(self) -> str:
        """Over `known`: the keys of villages that stand there several times.

        A row without code and name has none.
        """
        named = [f"{self._d.id(id_)} <> ''" for id_ in ("code", "name") if id_ in self._facts]
        return (
            f"SELECT {self.key()} AS k FROM known WHERE {' OR '.join(named)}"
            f" GROUP BY {self.key()} HAVING COUNT(*) > 1"
        )

    def facts(self, *, skip: bool) -> str:
        """Over `known`: the facts of villages; `skip` leaves out the rows with anything wrong."""
        village = self._d.id(ROW) if self._numbered else self.key()
        text = _select([f"{village} AS {self._d.id(VILLAGE)}", *self._columns()], "known")
        if not skip:
            return text
        return f"{text}\n  WHERE wrong IS NULL AND {self.key()} NOT IN (SELECT k FROM twice)"

    def guarded(self) -> str:
        """Over `known` and `twice`: the facts; anything wrong stops the statement."""
        d, key = self._d, self.key()
        twice = d.error("FC635", "code", "t.k")
        wrong = d.stop(f"wrong || ': ' || {who(d, self._facts)}")
        cases = f"WHEN t.k IS NOT NULL THEN {twice} WHEN wrong IS NOT NULL THEN {wrong}"
        lines = [f"CASE {cases} ELSE {key} END AS {d.id(VILLAGE)}", *self._columns()]
        return _select(lines, "known CROSS JOIN (SELECT MIN(k) AS k FROM twice) AS t")

    def rejected(self) -> str:
        """Whether a row of `known` has anything wrong."""
        return f"wrong IS NOT NULL OR {self.key()} IN (SELECT k FROM twice)"

    def key(self) -> str:
        """A text that no two villages share: the code, or county, town and name without one."""
        parts = [self._d.id(id_) for id_ in ("county", "town", "name") if id_ in self._facts]
        whole = f"concat_ws('|', {', '.join(parts)})" if parts else "''"
        if "code" not in self._facts:
            return whole
        code = self._d.id("code")
        return f"CASE WHEN {code} <> '' THEN {code} ELSE {whole} END"

    # -- one fact -----------------------------------------------------------------------------

    def _columns(self) -> Iterator[str]:
        for fact in self._facts.values():
            yield self._d.id(fact.id)
            if not fact.required:
                yield self._d.id(f"{fact.id}:assumed")

    def _raw(self, fact: Fact) -> str:
        return self._d.id(f"{fact.id}:raw")

    def _source(self, fact: Fact) -> str:
        if self._given is None or fact.id in self._given:
            return self._d.id(fact.id)
        types = {Text: self._d.text, YesNo: "BOOLEAN", Date: "DATE"}
        return f"CAST(NULL AS {types.get(type(fact.type), 'BIGINT')})"

    def _smallest(self, fact: Fact, column: str) -> str:
        if isinstance(fact.type, YesNo):
            return column if self._given is not None else f"CAST({column} AS BOOLEAN)"
        if isinstance(fact.type, Date):
            day = column if self._given is not None else f"CAST({column} AS DATE)"
            return f"CAST({self._d.ordinal(day)} AS BIGINT)"
        if self._given is not None and not fact.decimals:
            return column
        low, high = (plain(end, fact.decimals) for end in (INT64.low, INT64.high))
        scaled = f"{column} * {10**fact.decimals}"
        if self._given is not None:
            return f"CAST(CASE WHEN {column} BETWEEN {low} AND {high} THEN {scaled} END AS BIGINT)"
        stop = self._d.error(NOT_CLEAN, fact.id, f"typeof({column})")
        return (
            f"CASE WHEN LOWER(typeof({column})) IN ('double', 'float') THEN {stop}"
            f" WHEN {column} BETWEEN {low} AND {high} THEN {scaled}.0 END"
        )

    def _value(self, fact: Fact) -> str:
        column, default = self._d.id(fact.id), fact.default
        if isinstance(fact.type, Number) and self._given is None:
            column = f"CAST({column} AS BIGINT)"
        if isinstance(fact.type, Text):
            if not default:
                return column
            return f"CASE WHEN {column} = '' THEN {self._d.string(str(default))} ELSE {column} END"
        if isinstance(default, bool):
            return f"COALESCE({column}, {str(default).upper()})"
        return column if default is None else f"COALESCE({column}, {default})"

    def _blank(self, fact: Fact) -> str:
        if isinstance(fact.type, Text):
            return f"{self._d.id(fact.id)} = ''"
        return f"{self._raw(fact)} IS NULL"

    def _wrong(self, fact: Fact) -> str:
        """What is wrong with a value: its code, the fact and the value; NULL where nothing is."""
        cases = [(self._blank(fact), "FC620")] if fact.required else []
        if isinstance(fact.type, Text):
            cases += self._wrong_text(fact)
        elif not isinstance(fact.type, YesNo):
            cases += self._wrong_number(fact)
        whens = " ".join(f"WHEN {when} THEN '{code}'" for when, code in cases)
        if not cases or isinstance(fact.type, Text):
            return f"CASE {whens} END || {self._d.string(f' {fact.id}')}" if cases else ""
        raw = f"COALESCE(CAST({self._raw(fact)} AS {self._d.text}), '')"
        return f"CASE {whens} END || {self._d.string(f' {fact.id} ')} || {raw}"

    def _wrong_number(self, fact: Fact) -> Iterator[tuple[str, str]]:
        column, beyond = self._d.id(fact.id), "FC625"
        yield f"{column} IS NULL AND {self._raw(fact)} IS NOT NULL", beyond
        if isinstance(fact.type, Number):
            if self._given is None:
                yield f"{column} % 1 <> 0", "FC624"
            if fact.low is None or fact.low >= 0:
                yield f"{column} < 0", "FC623"
        if fact.low is not None and fact.low != 0:
            yield f"{column} < {fact.low}", beyond
        if fact.high is not None:
            yield f"{column} > {fact.high}", beyond

    def _wrong_text(self, fact: Fact) -> Iterator[tuple[str, str]]:
        d, column = self._d, self._d.id(fact.id)
        if fact.digits:
            digits = d.matches(column, f"[0-9]{{{fact.digits}}}")
            yield f"{column} <> '' AND NOT {digits}", "FC634"
            return
        yield f"LENGTH({column}) > {MAX_TEXT}", "FC637"
        yield d.finds(column, _escaped(UNSEEN)), "FC638"
        options = fact.type.options if isinstance(fact.type, Text) else None
        if options is not None:
            listed = ", ".join(map(d.string, sorted(options)))
            yield f"{column} <> '' AND {column} NOT IN ({listed})", "FC632"


def _select(lines: Sequence[str], source: str) -> str:
    listed = ",\n    ".join(lines)
    return f"SELECT {listed}\n  FROM {source}"


def _escaped(characters: str) -> str:
    """A class of characters written with their numbers, without the surrogates that UTF-8 has not."""
    inside = characters[1:-1].replace("\ud800-\udfff", "")
    return "[" + "".join(c if c == "-" else f"\\x{{{ord(c):x}}}" for c in inside) + "]"


# -- clean parquet --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """Clean parquet as the kept tables `known` and `twice`.

    `columns` are the facts in the files' order, `parts` the files with their numbers of rows.
    """

    checks: Checks
    facts: Mapping[str, Fact]
    columns: Sequence[str]
    file: str
    parts: Sequence[tuple[str, int]]
    notices: Sequence[Words]

    def place(self, number: int) -> tuple[str, int]:
        """The file of a row and its number there, of which the first is that of the names: 2 and so on."""
        for file, rows in self.parts:
            if number <= rows:
                return file, number + 1
            number -= rows
        raise AssertionError(number)


def open_clean(database: Database, path: Path, facts: Mapping[str, Fact]) -> Opened:
    """Read and check every row once. Raises PolicyProblem, DatabaseError."""
    files = _parts(path)
    stated = [(str(file), _statement(file)) for file in files]
    found = clean.faults(stated, facts)
    if found:
        raise PolicyProblem(found)
    columns = list(stated[0][1].result.facts)
    for file, one in stated:
        if list(one.result.facts) != columns:
            raise PolicyProblem([_not_clean(file)])
    given = [id_ for id_ in facts if id_ in columns]
    checks = Checks(database.dialect, facts, given, numbered=database.numbered)
    database.read("source", files)
    database.table("read", checks.read("source"), keep=False)
    database.table("known", checks.known(), keep=True)
    database.table("twice", checks.twice(), keep=True)
    results = {one.result.model_dump_json(): one.result for _, one in stated}.values()
    left_out = sum(result.rejected_rows for result in results)
    notices = [words("databases.left_out", n=left_out)] if left_out else []
    counted = [(file.name, one.rows) for file, (_, one) in zip(files, stated, strict=True)]
    return Opened(checks, facts, columns, path.name, counted, notices)


def _parts(path: Path) -> list[Path]:
    if not path.exists():
        raise PolicyProblem([say("FC601.not_there", Span(str(path)))])
    inside = sorted(p for p in path.iterdir() if p.name[0] not in "._") if path.is_dir() else [path]
    if {p.suffix.lower() for p in inside} != {".parquet"}:
        raise PolicyProblem([say("FC865", Span(str(path)), path=str(path))])
    return inside


def _statement(file: Path) -> clean.Statement:
    """What a part says of itself, where its columns are of the types that it says. Raises PolicyProblem."""
    try:
        said = clean.statement(pl.read_parquet_metadata(file))
        schema = pl.read_parquet_schema(file)
    except (pl.exceptions.PolarsError, OSError, ValueError):
        said, schema = None, {}
    if said is None:
        raise PolicyProblem([_not_clean(str(file))])
    for id_, fact in said.result.facts.items():
        if not _is_kept_as(fact, schema.get(id_)):
            raise PolicyProblem([_not_clean(str(file), id_)])
    return said


def _not_clean(file: str, fact: str | None = None) -> Diagnostic:
    if fact is None:
        return say("FC871", Span(file), path=file)
    return say("FC871.column", Span(file), path=file, fact=fact)


def _is_kept_as(fact: clean.CleanFact, kept: object) -> bool:
    match fact.type:
        case "number" if fact.decimals:
            return isinstance(kept, pl.Decimal) and kept.scale == fact.decimals
        case "number":
            return kept == pl.Int64
        case "yes/no":
            return kept == pl.Boolean
        case "date":
            return kept == pl.Date
        case "text":
            return kept == pl.String
        case _:
            assert_never(fact.type)


# -- rejects --------------------------------------------------------------------------------------


def find_rejects(database: Database, opened: Opened) -> tuple[list[Reject], int]:
    """The faults of the first rows that have any, and how many rows have. Raises DatabaseError."""
    [(count,)] = database.rows(f"SELECT COUNT(*) FROM known WHERE {opened.checks.rejected()}")
    finder = _Finder(database, opened)
    return ([*finder.faulty(), *finder.twice()], int(count)) if count else ([], 0)


class _Finder:
    def __init__(self, database: Database, opened: Opened) -> None:
        self._db = database
        self._opened = opened
        self._facts = opened.facts
        d = database.dialect
        self._texts = [f.id for f in opened.facts.values() if isinstance(f.type, Text)]
        first = d.id(ROW) if database.numbered else "0"
        ties = [tie for tie in TIES if tie in opened.facts]
        ordered = [ROW] if database.numbered else ties
        self._order = ", ".join(map(d.id, ordered))
        self._columns = ", ".join([first, "wrong", opened.checks.key(), *map(d.id, self._texts)])

    def _rows(
        self, where: str, order: str
    ) -> Iterator[tuple[tuple[str, int], Any, str, dict[str, str]]]:
        """The first rows: place, what is wrong, key, texts."""
        query = f"SELECT {self._columns} FROM known WHERE {where} ORDER BY {order} LIMIT {LISTED}"
        for row, wrong, key, *texts in self._db.rows(query):
            numbered = self._db.numbered
            place_ = self._opened.place(int(row)) if numbered else (self._opened.file, 0)
            yield place_, wrong, key, dict(zip(self._texts, texts, strict=True))

    def faulty(self) -> Iterator[Reject]:
        """What is wrong with values."""
        for place_, wrong, _, texts in self._rows("wrong IS NOT NULL", self._order):
            for one in wrong.split(", "):
                code, id_, *figure = one.split(" ")
                value = texts.get(id_, "".join(figure))
                yield self._reject(place_, texts, id_, value, _fault(code, self._facts[id_], value))

    def twice(self) -> Iterator[Reject]:
        """Which villages cannot be told apart."""
        key = self._opened.checks.key()
        rows = list(self._rows(f"{key} IN (SELECT k FROM twice)", f"{key}, {self._order}"))
        groups: dict[str, list[tuple[str, int]]] = {}
        for place_, _, village, _ in rows:
            groups.setdefault(village, []).append(place_)
        for (file, row), _, village, texts in rows:
            others = tuple(
                place("" if other == file else other, None, self._cell("name", n))
                for other, n in groups[village]
                if (other, n) != (file, row)
            )
            id_ = "code" if texts.get("code") else "name"
            fault_ = (same_code if id_ == "code" else same_village)(others)
            yield self._reject((file, row), texts, id_, texts.get(id_, ""), fault_)

    def _cell(self, id_: str, row: int) -> str:
        return f"{letters(self._opened.columns.index(id_))}{row}"

    def _reject(
        self, place_: tuple[str, int], texts: Mapping[str, str], id_: str, value: str, fault: Fault
    ) -> Reject:
        (file, row), there = place_, id_ in self._opened.columns
        cell = (self._cell(id_, row) if row else id_) if there else None
        village = texts.get("name") or texts.get("code") or ""
        return Reject(
            fault.code, "error", file, None, cell, row, village,
            id_ if there else "", value[:80], fault.why, fault.mend,
        )  # fmt: skip


def _fault(code: str, fact: Fact, value: str) -> Fault:
    """The fault of this code."""
    options = fact.type.options if isinstance(fact.type, Text) else None
    unseen = re.search(UNSEEN, value)
    match code:
        case "FC620":
            return missing(fact)
        case "FC623":
            return fault("FC623", title=fact.title)
        case "FC624":
            return too_fine(fact)
        case "FC625":
            return out_of_range(fact)
        case "FC632":
            return fault("FC632", options="、".join(sorted(options or ())))
        case "FC634":
            return fault("FC634", digits=fact.digits or 0)
        case "FC637":
            return fault("FC637", most=MAX_TEXT)
        case "FC638":
            return fault("FC638", character=code_point(unseen.group() if unseen else "\0"))
        case _:
            raise AssertionError(code)
