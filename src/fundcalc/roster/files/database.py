"""Tables of a bureau's own database, PostgreSQL or SQLite, where else a file stands.

`postgresql://host/db?table=villages` and `sqlite:///path?table=villages` are addresses. Who asks, and by
which password, never stands in one: the environment (PGUSER, PGPASSWORD), ~/.pgpass or a service file says
it. Names go to the database quoted, never as a part of a statement. Numbers stay exact: money is NUMERIC in
PostgreSQL; in SQLite, which has no decimals, it is whole fen in a column that says so.
"""

from __future__ import annotations

import re
import struct
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, time
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from uuid import UUID

from fundcalc.base import dataclass
from fundcalc.base.catalogue import Field, say, words
from fundcalc.base.diagnostics import PolicyProblem, Span
from fundcalc.base.words import Words

if TYPE_CHECKING:
    import sqlite3

    import polars as pl
    import sqlalchemy as sa

    _Path = Path
else:
    _Path = type(Path())

_SCHEME = re.compile(r"([a-z][a-z0-9+.:-]+):/", re.IGNORECASE)
"""What an address begins with, that of another program too; a letter alone is a drive."""
_NO_SCHEME = re.compile(r"(?![a-z]:[/\\])[^@]*[^/\\@]:[^@]*@.|[^?]*\?(.*&)?table=", re.IGNORECASE)
"""An address without it: `user:password@host/db` or `host/db?table=name`; a letter alone is a drive."""
_SCHEMES = ("postgres", "postgresql", "sqlite")
_LONGEST = 63
"""Bytes of a name in PostgreSQL."""
_SECONDS = 10
"""How long a database may take to answer at all."""
WAIT = 5
"""How many seconds to wait for another program that writes into a SQLite file."""
_PART = 10_000
"""Rows that are sent at a time."""


class Address(_Path):
    """The address of a table. As a path it is no file, so that nothing is opened in its place.

    It is shown without the user's name.
    """

    text = ""

    def __new__(cls, *parts: str | Path) -> Address:
        """The address that was written; parts of paths come from pathlib itself."""
        address = super().__new__(cls, *map(_flat, parts))
        if isinstance(parts[0], str):
            address.text = parts[0]
        return address

    if sys.version_info >= (3, 12):

        def __init__(self, *parts: str | Path) -> None:
            """The same for pathlib as it is from 3.12 on."""
            super().__init__(*map(_flat, parts))

    def __str__(self) -> str:
        if not self.text:
            return super().__str__()
        return re.sub(r"//[^/?]*@", "//", self.text)

    def __reduce__(self) -> Any:
        """Pickled as it was written."""
        return (Address, (self.text,)) if self.text else super().__reduce__()

    @property
    def name(self) -> str:
        """What it is called where a file's name would stand."""
        return str(self)

    @property
    def stem(self) -> str:
        """The table's name."""
        return dict(parse_qsl(urlsplit(self.text).query)).get("table", "")

    @property
    def suffix(self) -> str:
        """It has none."""
        return ""


def _flat(part: str | Path) -> str | Path:
    """A part in which nothing is a folder."""
    return part.replace("/", "\u2215").replace("\\", "\u2215") if isinstance(part, str) else part


def place(text: str) -> Path:
    """The path of a file, or the address of a table. Raises PolicyProblem where an address is none."""
    scheme = _SCHEME.match(text)
    if scheme is None:
        if _NO_SCHEME.match(text) and not _exists(text):
            _stop("FC875.no_scheme", Address("postgresql://…"))
        return Path(text)
    if scheme[1].lower() not in _SCHEMES:
        _stop("FC875.scheme", Address(f"{scheme[1]}://…"), scheme=scheme[1])
    address = Address(text)
    needed = ("SQLAlchemy",) if _target(address).lite else ("SQLAlchemy", "psycopg")
    for package in needed:  # said before anything is computed or recorded
        if not _installed(package.lower()):
            raise PolicyProblem([say("FC863", package=package, extra="database")])
    return address


def _exists(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # it was looked for before, and is not there
        return False


@dataclass(frozen=True, slots=True)
class _Target:
    """Which table of which database; what is None comes from the environment."""

    address: Address
    database: str | None
    table: str
    schema: str | None
    host: str | None = None
    port: int | None = None
    user: str | None = None
    service: str | None = None

    @property
    def lite(self) -> bool:
        """Whether it is a SQLite file."""
        return self.address.text.lower().startswith("sqlite:")


def _stop(key: str, address: Address, /, **fields: Field) -> NoReturn:
    raise PolicyProblem([say(key, Span(str(address)), hint=None, spans=(), witness=None, **fields)])


def _target(address: Address) -> _Target:
    """An address taken apart. Raises PolicyProblem, without what could be a password."""
    bare = Address(address.text.partition(":")[0] + "://…")
    try:
        parts = urlsplit(address.text)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        port = parts.port
    except ValueError:
        _stop("FC875", bare)
    query = dict(pairs)
    rest = f"{parts.path}{parts.query}{parts.fragment}"
    if parts.password is not None or "password" in query or "@" in rest:
        _stop("FC875.password", bare)
    if parts.fragment:
        _stop("FC875", bare)
    lite = parts.scheme.lower() == "sqlite"
    known = {"table"} if lite else {"table", "service"}
    for name in query.keys() - known:
        _stop("FC875.unknown", bare, name=name, known=", ".join(sorted(known)))
    schema, dot, table = query.get("table", "").rpartition(".")
    odd = any(not name.isprintable() or len(name.encode()) > _LONGEST for name in (schema, table))
    if not table or (dot and not schema) or odd or len(query) < len(pairs):
        _stop("FC875.table", address)
    if lite and (parts.netloc or not parts.path.strip("/")):
        _stop("FC875.file", address)
    database = unquote(parts.path.removeprefix("/")) or None
    user = unquote(parts.username) if parts.username else None
    return _Target(
        address, database, table, schema or None, parts.hostname, port, user, query.get("service")
    )


_LOCKED = (5, 6)
"""SQLITE_BUSY and SQLITE_LOCKED, as SQLite numbers them."""


@contextmanager
def _connected(target: _Target, *, write: bool) -> Iterator[sa.Connection]:
    """One transaction, kept whole or not at all. Raises PolicyProblem: what the database says."""
    try:
        import sqlalchemy as sa
        from sqlalchemy import event
    except ImportError:
        raise PolicyProblem([say("FC863", package="SQLAlchemy", extra="database")]) from None
    if target.lite:
        engine = sa.create_engine("sqlite://", creator=lambda: _opened(target, write=write))
        event.listen(
            engine,
            "begin",
            lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN"),
        )
    else:
        url = sa.URL.create(
            "postgresql+psycopg", target.user, None, target.host, target.port, target.database
        )
        more: dict[str, Any] = {"connect_timeout": _SECONDS, "application_name": "fundcalc"}
        if target.service is not None:
            more["service"] = target.service
        try:
            engine = sa.create_engine(url, connect_args=more)
        except ImportError:
            raise PolicyProblem([say("FC863", package="psycopg", extra="database")]) from None
    try:
        with engine.begin() as connection:
            yield connection
    except sa.exc.SQLAlchemyError as problem:
        cause = getattr(problem, "orig", None) or problem
        if getattr(cause, "sqlite_errorcode", 0) & 0xFF in _LOCKED:
            _stop("FC876.held", target.address, seconds=WAIT)
        reason = str(cause).strip().partition("\n")[0][:300]
        apart = isinstance(problem, sa.exc.OperationalError) and not getattr(cause, "sqlstate", "")
        _stop("FC876.apart" if apart and not target.lite else "FC876", target.address, said=reason)
    finally:
        engine.dispose()


def _opened(target: _Target, *, write: bool) -> sqlite3.Connection:
    import sqlite3

    path = Path(target.database or "")
    mode = "rwc" if write else "ro"
    where = f"file:{quote(str(path))}?mode={mode}"
    connection = sqlite3.connect(where, uri=True, timeout=WAIT, isolation_level=None)
    [number] = connection.execute("PRAGMA application_id").fetchone()
    if write and number:
        connection.close()
        _stop("FC878.other_program", target.address)
    return connection


# -- reading ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _NoDay:
    """What PostgreSQL has for a day or time and Python has not: its infinity, a year before Christ."""

    text: str


def _outlast_infinity(connection: sa.Connection) -> None:
    """Let a day or time that Python has not come as such, where psycopg would stop at the whole table."""
    import psycopg
    from psycopg.types import datetime as kinds

    def patient(loader: Any, kind: str) -> Any:
        class Patient(loader):  # type: ignore[misc]
            def load(self, data: Any) -> Any:
                try:
                    return super().load(data)
                except psycopg.DataError:
                    return _NoDay(f"{kind} ({bytes(data).decode(errors='replace')})")

        return Patient

    adapters = connection.connection.driver_connection.adapters  # type: ignore[union-attr]
    for kind, loader in (
        ("date", kinds.DateLoader),
        ("time", kinds.TimeLoader),
        ("timestamp", kinds.TimestampLoader),
        ("timestamptz", kinds.TimestamptzLoader),
        ("interval", kinds.IntervalLoader),
    ):
        adapters.register_loader(kind, patient(loader, kind))


def read_table(address: Path, known: Collection[str] = ()) -> tuple[pl.DataFrame, list[Words]]:
    """A table's rows in the order of its key, or of its columns, and how they were read.

    What SQLite holds is taken as it is, whatever type its column claims; what is counted in fen by a name
    such as `x_fen` is `x`, unless that name is one of the `known` heads (cleaned). A column of values that
    no cell can hold is left out, if its head is not known. Raises PolicyProblem.
    """
    import polars as pl

    from fundcalc.roster.words import clean

    assert isinstance(address, Address)
    target = _target(address)
    with _connected(target, write=False) as connection:
        import sqlalchemy as sa

        table = _table(target, connection)
        if table is None:
            inspector = sa.inspect(connection)
            names = [
                *inspector.get_table_names(target.schema),
                *inspector.get_view_names(target.schema),
            ]
            listed = ", ".join(sorted(names)[:20]) or "—"
            _stop("FC876.none", address, table=target.table, tables=listed)
        order = list(table.primary_key.columns) or [
            column
            for column in table.columns
            if isinstance(column.type, sa.Integer | sa.String | sa.Numeric)
        ]
        raw = [
            sa.type_coerce(column, sa.types.NullType()) if target.lite else column
            for column in table.columns
        ]
        if not target.lite:
            _outlast_infinity(connection)
        result = connection.execute(sa.select(*raw).order_by(*order))
        kinds = [column[1] for column in result.cursor.description]
        rows = result.fetchall()
    values_of = zip(*rows, strict=True) if rows else ((),) * len(raw)
    by_head: dict[str, Sequence[Any]] = dict(zip(table.columns.keys(), values_of, strict=True))
    short = [head for head, kind in zip(by_head, kinds, strict=True) if kind == _REAL]
    by_head |= {head: [_single(value) for value in by_head[head]] for head in short}
    notices: list[Words] = []
    if short:
        listed = ", ".join(f"`{head}`" for head in short)
        notices.append(words("databases.real", columns=listed))
    columns = _in_units(address, by_head, known, notices)
    readable: list[pl.Series] = []
    for head, values in columns.items():
        try:
            readable.append(series(head, values))
        except TypeError as problem:
            if clean(head) in known:
                _stop("FC876.value", address, column=head, type=str(problem))
            notices.append(words("databases.not_read", column=head, type=str(problem)))
    if not readable:
        _stop("FC876.type", address, columns=", ".join(f"`{head}`" for head in columns))
    return pl.DataFrame(readable), notices


_REAL = 700
"""What PostgreSQL calls the type `real`, also under a name of its own."""


def _single(value: float | None) -> float | None:
    """What a `real` holds, which PostgreSQL shows as some shorter number: 43000.55078125, not 43000.55."""
    return None if value is None else struct.unpack("f", struct.pack("f", value))[0]


_COUNTED = re.compile(r"(.+)_(?:fen|x1(0+))")
_FIGURE = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")


def _in_units(
    address: Address,
    columns: Mapping[str, Sequence[Any]],
    known: Collection[str],
    notices: list[Words],
) -> dict[str, Sequence[Any]]:
    """What `_heads` did undone: fen of `X_fen` as X in yuan, `X_x10` as X in its unit.

    Raises PolicyProblem where a known X is held so and a value is no number.
    """
    from fundcalc.roster.words import clean

    called = {head: None if clean(head) in known else _COUNTED.fullmatch(head) for head in columns}
    often = Counter([*columns, *(match[1] for match in called.values() if match)])
    converted: dict[str, Sequence[Any]] = {}
    conversions: list[str] = []
    for head, values in columns.items():
        match = called[head]
        exact = [] if match is None else [_exact(raw) for raw in values]
        if match is None or often[match[1]] > 1 or None in exact:
            if match is not None and often[match[1]] == 1 and clean(match[1]) in known:
                value = str(values[exact.index(None)])
                _stop("FC876.counted", address, column=head, value=value[:60])
            converted[head] = values
            continue
        places = len(match[2] or "00")
        converted[match[1]] = [
            number if number == "" else number.scaleb(-places) for number in exact
        ]
        conversions.append(f"`{head}` ÷ {10**places} = `{match[1]}`")
    if conversions:
        notices.append(words("databases.counted", columns=", ".join(conversions)))
    return converted


def _exact(value: Any) -> Any:
    """A number exactly, also one that SQLite holds as text; "" for nothing, None for what is no number."""
    text = "" if value is None else str(value).strip()
    if not text:
        return ""
    is_number = type(value) in (int, float, Decimal) or _FIGURE.fullmatch(text)
    number = Decimal(text) if is_number else None
    return number if number is not None and number.is_finite() else None


def _table(target: _Target, connection: sa.Connection) -> sa.Table | None:
    """The table as the database has it; None where there is none."""
    import warnings

    import sqlalchemy as sa

    inspector = sa.inspect(connection)
    try:
        with warnings.catch_warnings(action="ignore"):  # of types that it does not know
            columns = inspector.get_columns(target.table, target.schema)
        key = inspector.get_pk_constraint(target.table, target.schema)["constrained_columns"]
    except sa.exc.NoSuchTableError:
        return None
    table_columns = [
        sa.Column(
            column["name"], column["type"], primary_key=column["name"] in key, autoincrement=False
        )
        for column in columns
    ]
    return sa.Table(target.table, sa.MetaData(), *table_columns, schema=target.schema)


def series(head: str, values: Sequence[Any]) -> pl.Series:
    """A column of one kind as such; of Decimals, or of several kinds, as texts, in which no digit is lost.

    Raises TypeError where no cell of a roster could hold a value.
    """
    import polars as pl

    plain = [plain_value(value) for value in values]
    kinds = {type(value) for value in plain if value is not None}
    if kinds <= {str} or (len(kinds) == 1 and kinds <= {bool, float, date}):
        return pl.Series(head, plain, pl.String if kinds <= {str} else None)
    if kinds == {int} and all(abs(value) < 2**63 for value in plain if value is not None):
        return pl.Series(head, plain, pl.Int64)
    return pl.Series(head, [None if value is None else _cell(value) for value in plain], pl.String)


def plain_value(value: Any) -> Any:
    """A scalar of numpy as Python's own; all else as it is. A moment counts no finer than it can be told."""
    if getattr(getattr(value, "dtype", None), "kind", "") in ("M", "m"):
        value = value.astype(f"{value.dtype.kind}8[us]")
    return value.tolist() if hasattr(value, "tolist") else value


def kind_of(value: Any) -> str:
    """What a value is, for a message: its type, with the package that it is of."""
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    return kind.__name__ if package == "builtins" else f"{package}.{kind.__name__}"


def of_kind(what: str, value: Any, *kinds: type) -> None:
    """Raise TypeError unless something is of such a kind: `before is a tuple, not int`."""
    if not isinstance(value, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{what} is a {names}, not {kind_of(value)}")


def _cell(value: Any) -> str:
    """A value as a cell of a text file shows it."""
    if isinstance(value, _NoDay):
        raise TypeError(value.text)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):  # a datetime, too
        return str(value).removesuffix(" 00:00:00")
    if isinstance(value, str | int | float | time | UUID):
        return str(value).lower() if isinstance(value, bool) else str(value)
    raise TypeError(type(value).__name__)


# -- writing ----------------------------------------------------------------------------------------


def write_table(address: Path, frame: pl.DataFrame, money: Collection[str] = ()) -> None:
    """Write a frame as the table, in place of the rows that it has, in one transaction.

    `money` are the columns that count money, which SQLite holds as fen.

    A table that is there keeps its rights and views; it must have these columns, of types that hold them
    exactly. What arrived is counted and added up before it is kept. Raises PolicyProblem.
    """
    assert isinstance(address, Address)
    target = _target(address)
    heads = _heads(frame, money) if target.lite else frame.columns
    twice = [head for head, count in Counter(heads).items() if count > 1]
    if twice:
        _stop("FC878.twice", address, column=twice[0])
    columns = {
        head: _column(values, lite=target.lite)
        for head, values in zip(heads, frame.iter_columns(), strict=True)
    }
    with _connected(target, write=True) as connection:
        import sqlalchemy as sa

        table = _table(target, connection)
        if table is None:
            kinds = [sa.Column(head, kind) for head, (kind, _) in columns.items()]
            table = sa.Table(target.table, sa.MetaData(), *kinds, schema=target.schema)
            table.create(connection)
        else:
            _refuse_other(target, table, columns)
            connection.execute(sa.delete(table))
        rows = list(zip(*(values for _, values in columns.values()), strict=True))
        for start in range(0, len(rows), _PART):
            part = [dict(zip(columns, row, strict=True)) for row in rows[start : start + _PART]]
            connection.execute(sa.insert(table), part)
        _check_arrived(target, connection, table, columns)


_Columns = Mapping[str, tuple[Any, Sequence[Any]]]
"""Type and values by name."""


def _heads(frame: pl.DataFrame, money: Collection[str]) -> list[str]:
    """The columns' names in SQLite; of a decimal with what it counts: fen, or so many of the unit."""
    import polars as pl

    heads: list[str] = []
    for head, kind in frame.schema.items():
        decimals = kind.scale if isinstance(kind, pl.Decimal) else 0
        fen = decimals == 2 and head in money
        heads.append(f"{head}_fen" if fen else f"{head}_x{10**decimals}" if decimals else head)
    return heads


def _column(values: pl.Series, *, lite: bool) -> tuple[Any, Sequence[Any]]:
    """The type that holds a column exactly, and its values."""
    import polars as pl
    import sqlalchemy as sa

    kind = values.dtype
    if isinstance(kind, pl.Decimal) and lite:
        return sa.BigInteger(), values.to_physical().to_list()
    if isinstance(kind, pl.Decimal):
        return sa.Numeric(kind.precision, kind.scale), values.to_list()
    types = {pl.Int64: sa.BigInteger(), pl.Boolean: sa.Boolean(), pl.Date: sa.Date()}
    return types.get(type(kind), sa.Text()), values.to_list()


def _refuse_other(target: _Target, table: sa.Table, columns: _Columns) -> None:
    """Raise PolicyProblem where the table that is there is not one of such results."""
    types = {column.name: column.type for column in table.columns}
    lacking, more = columns.keys() - types.keys(), types.keys() - columns.keys()
    if lacking or more:
        listed = ", ".join(f"`{name}`" for name in sorted(lacking or more)[:8])
        _stop("FC878.lacks" if lacking else "FC878.more", target.address, columns=listed)
    for name, (kind, _) in columns.items():
        if not _fits(types[name], kind):
            _stop("FC878", target.address, column=name, is_=str(types[name]), wanted=str(kind))


def _fits(stored: Any, kind: Any) -> bool:
    """Whether a column holds such values exactly."""
    import sqlalchemy as sa

    if isinstance(kind, sa.Numeric):
        exact = isinstance(stored, sa.Numeric) and not isinstance(stored, sa.Float)
        return exact and (stored.scale is None or stored.scale >= (kind.scale or 0))
    if isinstance(kind, sa.BigInteger):
        whole = isinstance(stored, sa.Integer) and not isinstance(stored, sa.SmallInteger)
        return whole or (isinstance(stored, sa.Numeric) and not isinstance(stored, sa.Float))
    return isinstance(stored, sa.String if isinstance(kind, sa.Text) else type(kind))


def _check_arrived(
    target: _Target, connection: sa.Connection, table: sa.Table, columns: _Columns
) -> None:
    """Raise PolicyProblem where the database has other rows or sums than it was given."""
    import sqlalchemy as sa

    numbers = [
        head for head, (kind, _) in columns.items() if isinstance(kind, sa.Numeric | sa.Integer)
    ]
    sums = [sa.func.sum(table.c[head]) for head in numbers]
    count, *arrived = connection.execute(sa.select(sa.func.count(), *sums).select_from(table)).one()
    sent = [sum(columns[head][1]) for head in numbers]
    rows = len(next(iter(columns.values()))[1])
    if (count, *(total or 0 for total in arrived)) != (rows, *sent):
        _stop("FC878.differs", target.address)
