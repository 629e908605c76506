"""Clean facts as a table: parts opened, every row checked in one pass that is kept, and its rejects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import assert_never

import polars as pl

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.money import plain
from fundcalc.base.words import Words
from fundcalc.core.interval import INT64
from fundcalc.engines.sql.database import TIES, VILLAGE, Database, Dialect
from fundcalc.language.datatypes import Date, Number, Text, YesNo
from fundcalc.policy.model import Fact
from fundcalc.roster import clean
from fundcalc.roster.cells import MAX_TEXT, UNSEEN, missing, read_cells
from fundcalc.roster.model import Fault, Reject, letters, place
from fundcalc.roster.names import same_code, same_village

WRONG = "village:wrong"
"""The column of all that is wrong with a row."""

LISTED = 1_000
"""Rows whose faults are listed."""


def who(d: Dialect, facts: Mapping[str, Fact]) -> str:
    """An expression that names a village in messages."""
    parts = [d.id(id_) for id_ in ("name", "county", "code") if id_ in facts]
    return joined("', '", parts)


def joined(by: str, parts: Iterable[str], between: str = ", ") -> str:
    """An expression that joins texts; of none it is blank, since `concat_ws` asks for one."""
    listed = between.join([by, *parts])
    return "''" if listed == by else f"concat_ws({listed})"


def order(facts: Mapping[str, Fact], *, numbered: bool) -> list[str]:
    """The columns that put villages in order: as they stood, or by code where rows have no number."""
    return [VILLAGE] if numbered else [tie for tie in TIES if tie in facts]


# -- checks in SQL --------------------------------------------------------------------------------


class Checks:
    """The queries from a typed table to `facts`.

    `given` are the columns of clean parquet by fact, whose types are what they must be. None stands for a
    table of somebody else's that has all facts: its floats are refused, and fractions of a smallest unit
    looked for.
    """

    def __init__(
        self,
        dialect: Dialect,
        facts: Mapping[str, Fact],
        given: Mapping[str, str] | None,
        *,
        numbered: bool = False,
    ) -> None:
        self._d = dialect
        self._facts = facts
        self._given = given
        self._numbered = numbered
        self.wrong = dialect.id(WRONG)

    def read(self, source: str) -> str:
        """Every fact in smallest units; what is no text as `<fact>:raw` too, as it stands in the source.

        A number is NULL also where 64 bits do not hold it; text is "" where there is none.
        """
        lines = [VILLAGE] if self._numbered else []
        for fact in self._facts.values():
            column, name = self._source(fact), self._d.id(fact.id)
            if isinstance(fact.type, Text):
                lines.append(f"COALESCE(TRIM({column}), '') AS {name}")
            else:
                lines += [
                    f"{self._smallest(fact, column)} AS {name}",
                    f"{column} AS {self._raw(fact)}",
                ]
        return _select(lines, source)

    def known(self) -> str:
        """Over `read`: facts with defaults, which of them are assumed, and all that is wrong with a row.

        WRONG is NULL, or such as "FC623 people -1, FC620 county": code, fact, and the figure as it stands.
        """
        lines = [VILLAGE if self._numbered else f"{self.key()} AS {VILLAGE}"]
        for fact in self._facts.values():
            lines.append(f"{self._value(fact)} AS {self._d.id(fact.id)}")
            if not fact.required:
                lines.append(f"{self._blank(fact)} AS {self._d.id(f'{fact.id}:assumed')}")
        wrong = joined("', '", filter(None, map(self._wrong, self._facts.values())), ",\n      ")
        return _select([*lines, f"NULLIF({wrong}, '') AS {self.wrong}"], "read")

    def twice(self) -> str:
        """Over `known`: the keys of villages that stand there several times.

        A row without code and name has none.
        """
        is_named = [f"{self._d.id(id_)} <> ''" for id_ in ("code", "name") if id_ in self._facts]
        key = f"SELECT {self.key()} AS k FROM known WHERE {' OR '.join(is_named)}"
        return f"SELECT k FROM ({key}) AS keys GROUP BY k HAVING COUNT(*) > 1"

    def facts(self, *, skip: bool) -> str:
        """Over `known`: the facts of villages; `skip` leaves out the rows with anything wrong."""
        fine = f"\n  WHERE {self.wrong} IS NULL AND {self.key()} NOT IN (SELECT k FROM twice)"
        return _select([VILLAGE, *self._columns()], f"known{fine if skip else ''}")

    def guarded(self) -> str:
        """Over `known` and `twice`: the facts; anything wrong stops the statement.

        It is asked as rows are taken: a column that nothing reads is never worked out.
        """
        d = self._d
        code = self._facts["code"].called if "code" in self._facts else "code"
        twice = d.error("FC635", code, "t.k")
        wrong = d.stop(f"{self.wrong} || ': ' || {who(d, self._facts)}")
        cases = f"WHEN t.k IS NOT NULL THEN {twice} WHEN {self.wrong} IS NOT NULL THEN {wrong}"
        source = "known CROSS JOIN (SELECT MIN(k) AS k FROM twice) AS t"
        return _select([VILLAGE, *self._columns()], f"{source}\n  WHERE CASE {cases} ELSE TRUE END")

    def key(self) -> str:
        """A text that no two villages share: the code, or county, town and name without one."""
        parts = [self._d.id(id_) for id_ in ("county", "town", "name") if id_ in self._facts]
        whole = joined("'|'", parts)
        if "code" not in self._facts:
            return whole
        code = self._d.id("code")
        return f"CASE WHEN {code} <> '' THEN {code} ELSE {whole} END" if parts else code

    def _columns(self) -> Iterator[str]:
        for fact in self._facts.values():
            yield self._d.id(fact.id)
            if not fact.required:
                yield self._d.id(f"{fact.id}:assumed")

    # -- one fact -----------------------------------------------------------------------------

    def _raw(self, fact: Fact) -> str:
        return self._d.id(f"{fact.id}:raw")

    def _source(self, fact: Fact) -> str:
        if self._given is None:
            return self._d.id(fact.called)  # the table is the policy's, and so are its names
        if fact.id in self._given:
            return self._d.id(self._given[fact.id])
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
        inexact = "'double', 'float', 'string', 'varchar'"  # Spark would multiply text as floats
        stop = self._d.error("FC871", fact.id, f"typeof({column})")
        return (
            f"CASE WHEN LOWER(typeof({column})) IN ({inexact}) THEN {stop}"
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
        if not cases:
            return ""
        text = f"CASE {whens} END || {self._d.string(f' {fact.id}')}"
        if isinstance(fact.type, Text):
            return text
        return f"{text} || COALESCE(' ' || CAST({self._raw(fact)} AS {self._d.text}), '')"

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

    def cell(self, id_: str, row: int) -> str:
        """The cell of a fact that has a column, as in a sheet whose first row has the names."""
        return f"{letters(self.columns.index(id_))}{row}"


def open_clean(database: Database, path: Path, facts: Mapping[str, Fact]) -> Opened:
    """Read and check every row once. Raises PolicyProblem, DatabaseError."""
    files = _parts(path)
    stated = [(str(file), _statement(file)) for file in files]
    problems, named = clean.faults(stated, facts), list(stated[0][1].result.facts)
    known = clean.by_column(facts)
    columns = [known[name].id if name in known else name for name in named]
    needed = [fact for fact in facts.values() if fact.required and fact.id not in columns]
    problems += [say("FC612", Span(path.name), title=fact.title) for fact in needed]
    if not any(statement.rows for _, statement in stated):
        problems.append(say("FC605.no_villages", Span(path.name)))
    if problems:
        raise PolicyProblem(problems)
    for file, statement in stated:
        if list(statement.result.facts) != named:
            raise PolicyProblem([_not_clean(file)])
    by_id = dict(zip(columns, named, strict=True))
    present = {id_: by_id[id_] for id_ in facts if id_ in by_id}
    checks = Checks(database.dialect, facts, present, numbered=database.numbered)
    database.read("source", files)
    database.table("read", checks.read("source"), keep=False)
    database.table("known", checks.known(), keep=True)
    database.table("twice", checks.twice(), keep=True)
    results = {
        statement.result.model_dump_json(): statement.result for _, statement in stated
    }.values()
    left_out = sum(result.rejected_rows for result in results)
    notices = [words("databases.left_out", n=left_out)] if left_out else []
    counted = [
        (file.name, statement.rows) for file, (_, statement) in zip(files, stated, strict=True)
    ]
    return Opened(checks, facts, columns, path.name, counted, notices)


def _parts(path: Path) -> list[Path]:
    if not path.exists():
        raise PolicyProblem([say("FC601.not_there", Span(str(path)))])
    inside = sorted(p for p in path.iterdir() if p.name[0] not in "._") if path.is_dir() else [path]
    if {p.suffix.lower() for p in inside} != {".parquet"}:
        raise PolicyProblem([say("FC865", Span(str(path)), path=str(path))])
    return inside


def _statement(file: Path) -> clean.Statement:
    """What a part says of itself, where its rows and its columns' types bear it out. Raises PolicyProblem."""
    try:
        said = clean.statement(pl.read_parquet_metadata(file))
        schema = pl.read_parquet_schema(file)
        rows = pl.scan_parquet(file).select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError):
        said, schema, rows = None, {}, 0
    if said is None:
        raise PolicyProblem([_not_clean(str(file))])
    for id_, fact in said.result.facts.items():
        if not _is_kept_as(fact, schema.get(id_)):
            raise PolicyProblem([_not_clean(str(file), id_)])
    if said.rows != rows:
        raise PolicyProblem([say("FC656.rows", Span(str(file)), said=said.rows, rows=rows)])
    return said


def _not_clean(file: str, fact: str | None = None) -> Diagnostic:
    if fact is None:
        return say("FC871", Span(file), path=file)
    return say("FC871.column", Span(file), path=file, fact=fact)


def _is_kept_as(fact: clean.CleanFact, dtype: object) -> bool:
    match fact.type:
        case "number" if fact.decimals:
            return isinstance(dtype, pl.Decimal) and dtype.scale == fact.decimals
        case "number":
            return dtype == pl.Int64
        case "yes/no":
            return dtype == pl.Boolean
        case "date":
            return dtype == pl.Date
        case "text":
            return dtype == pl.String
        case _:
            assert_never(fact.type)


# -- rejects --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A row: its file and number there (0 where rows have none), what is wrong, its key and its texts."""

    file: str
    number: int
    wrong: str | None
    key: str
    texts: Mapping[str, str]


def find_rejects(database: Database, opened: Opened) -> tuple[list[Reject], int]:
    """The faults of the first rows that have any, and how many rows have. Raises DatabaseError."""
    key = opened.checks.key()
    faulty, twice = f"{opened.checks.wrong} IS NOT NULL", f"{key} IN (SELECT k FROM twice)"
    [(count,)] = database.rows(f"SELECT COUNT(*) FROM known WHERE {faulty} OR {twice}")
    if not count:
        return [], 0
    rejects = [
        reject for row in _rows(database, opened, faulty, "") for reject in _faults(opened, row)
    ]
    return [*rejects, *_twice(opened, list(_rows(database, opened, twice, f"{key}, ")))], int(count)


def _rows(database: Database, opened: Opened, where: str, before: str) -> Iterator[_Row]:
    d = database.dialect
    texts = [fact.id for fact in opened.facts.values() if isinstance(fact.type, Text)]
    columns = ", ".join([VILLAGE, opened.checks.wrong, opened.checks.key(), *map(d.id, texts)])
    ordered = ", ".join(map(d.id, order(opened.facts, numbered=database.numbered)))
    query = f"SELECT {columns} FROM known WHERE {where} ORDER BY {before}{ordered} LIMIT {LISTED}"
    for village, wrong, key, *values in database.rows(query):
        file, number = opened.place(village) if database.numbered else (opened.file, 0)
        yield _Row(file, number, wrong, key, dict(zip(texts, values, strict=True)))


def _faults(opened: Opened, row: _Row) -> Iterator[Reject]:
    for fault in (row.wrong or "").split(", "):
        _, id_, *figure = fault.split(" ")
        fact, value = opened.facts[id_], row.texts.get(id_, "".join(figure))
        [read] = read_cells([value], fact)
        yield _reject(opened, row, id_, read if isinstance(read, Fault) else missing(fact), value)


def _twice(opened: Opened, rows: Sequence[_Row]) -> Iterator[Reject]:
    shown = "name" if "name" in opened.columns else "code"
    for row in rows:
        others = tuple(
            place(
                "" if other.file == row.file else other.file,
                None,
                opened.cell(shown, other.number),
            )
            for other in rows
            if other.key == row.key and (other.file, other.number) != (row.file, row.number)
        )
        coded = bool(row.texts.get("code"))
        fault = (same_code if coded else same_village)(others)
        id_ = "code" if coded else "name"
        yield _reject(opened, row, id_, fault, row.texts.get(id_, ""))


def _reject(opened: Opened, row: _Row, id_: str, fault: Fault, value: str) -> Reject:
    has_column = id_ in opened.columns
    column = opened.facts[id_].called if has_column else ""
    cell = (opened.cell(id_, row.number) if row.number else column) if has_column else None
    village = row.texts.get("name") or row.texts.get("code") or ""
    return Reject(
        fault.code, "error", row.file, None, cell, row.number, village,
        column, value[:80], fault.why, fault.mend,
    )  # fmt: skip
