"""Tables of a bureau's own database: rosters out, results in; SQLite, and a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.cli.small import OTHERWISE, decides, fact, policy, roster, rule
from tests.conftest import ROOT, Cli

from fundcalc.roster import files

pytest.importorskip("sqlalchemy", reason="fundcalc[database] is not installed")

EXAMPLE = ROOT / "examples" / "taiyuan-2017.xlsx"
FACTS = (
    "code", "name", "town", "county", "residents", "collective_income", "existing_funding",
    "other_cadres", "current_subsidy", "registered_poor", "weak_organisation", "former_empty_shell",
    "has_venue", "first_secretary",
)  # fmt: skip
SECRET = "Zq7-never-shown"


@pytest.fixture(scope="module")
def results() -> pl.DataFrame:
    """The example computed, as the command line writes it."""
    import fundcalc

    return fundcalc.load_policy(lang="en").run(EXAMPLE, engine="columnar").to_polars()


def in_sqlite(path: Path, frame: pl.DataFrame, table: str = "villages") -> None:
    kinds = {pl.Int64: "INTEGER", pl.Boolean: "INTEGER"}
    columns = ", ".join(
        f'"{one.name}" {kinds.get(type(one.dtype), "TEXT")}' for one in frame.iter_columns()
    )
    rows = [
        [str(value) if isinstance(value, Decimal) else value for value in row]
        for row in frame.iter_rows()
    ]
    with closing(sqlite3.connect(path)) as database:
        database.execute(f'CREATE TABLE "{table}" ({columns})')
        marks = ", ".join("?" * frame.width)
        database.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)
        database.commit()


def of_sqlite(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def test_sqlite_in_and_out(cli: Cli, tmp_path: Path, results: pl.DataFrame) -> None:
    in_sqlite(tmp_path / "office.sqlite", results.select(FACTS))
    asked = ("run", "sqlite:///office.sqlite?table=villages")
    said = cli(*asked, "-o", "sqlite:///office.sqlite?table=results", "-o", "out.csv")
    assert said.code == 0, said.said
    assert "In all 98,990,080.32 yuan/year" in said.out
    query = "SELECT code, guaranteed_funds_fen, operating_funds_rule FROM results ORDER BY code"
    got = of_sqlite(tmp_path / "office.sqlite", query)
    assert {type(amount) for _, amount, _ in got} == {int}
    fen = (pl.col("guaranteed_funds") * 100).cast(pl.Int64)
    wanted = results.sort("code").select("code", fen, "operating_funds_rule")
    assert got == wanted.rows()
    again = cli(*asked, "-o", "sqlite:///office.sqlite?table=results", "--no-record")
    assert again.code == 0 and of_sqlite(tmp_path / "office.sqlite", query) == got
    shown = cli("runs", "show", "last")
    assert "sqlite:///office.sqlite?table=villages" in shown.out
    assert cli("runs", "verify").code == 0
    told = cli("explain", "鹰落沟", "--roster", "sqlite:///office.sqlite?table=villages")
    assert "276,476.19" in told.out


def a_village(path: Path, kinds: str, *values: Any) -> str:
    """The address of a table with one invented village, its last columns being of these kinds."""
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"""CREATE TABLE villages (code TEXT, name TEXT, county TEXT, residents
            INTEGER, other_cadres INTEGER, {kinds})""")
        row = ("149901100201", "松坪村", "娄烦县", 620, 4, *values)
        database.execute(f"INSERT INTO villages VALUES ({', '.join('?' * len(row))})", row)
        database.commit()
    return f"sqlite:///{path.name}?table=villages"


@pytest.mark.parametrize(
    ("kind", "value", "income"),
    [
        ("DECIMAL(10,1)", 50000.04, "50000.04"),
        ("DECIMAL(10,2)", "43000.56", "43000.56"),
        ("NUMERIC", 43000, "43000.00"),
        ("DECIMAL(10,2)", 43000.567, "FC624"),
        ("DECIMAL(10,2)", "4.3万", "FC622"),
        ("NUMERIC", "5万元", "FC622"),
        ("NUMERIC", "", "FC620"),
        ("DATE", "2017/1/1", "FC62"),
    ],
)
def test_a_number_of_sqlite_is_what_it_holds_not_what_its_column_claims(
    kind: str, value: Any, income: str, cli: Cli, tmp_path: Path
) -> None:
    address = a_village(tmp_path / "v.db", f"collective_income {kind}", value)
    said = cli("run", address, "-o", "out.csv", "--no-record")
    if income.startswith("FC"):
        assert said.code == 1 and f"[{income}" in said.err
    else:
        assert said.code == 0, said.said
        assert f",{income}," in (tmp_path / "out.csv").read_text("utf-8")


@pytest.mark.parametrize(
    ("value", "poor"),
    [("否", False), ("no", False), ("false", False), (0, False), (1, True), (2, None)],
)
def test_yes_and_no_of_sqlite_are_read_as_in_a_file(
    value: Any, poor: bool | None, cli: Cli, tmp_path: Path
) -> None:
    kinds = "collective_income INTEGER, registered_poor BOOLEAN"
    said = cli("run", a_village(tmp_path / "v.db", kinds, 43000, value), "-o", "out.parquet")
    if poor is None:
        assert said.code == 1 and "[FC630]" in said.err
    else:
        assert said.code == 0, said.said
        assert pl.read_parquet(tmp_path / "out.parquet")["registered_poor"].to_list() == [poor]


def test_what_was_written_is_read_back_as_the_same_amounts(
    cli: Cli, tmp_path: Path, results: pl.DataFrame
) -> None:
    assert cli("run", EXAMPLE, "-o", "sqlite:///o.db?table=r", "--no-record").code == 0
    said = cli("run", "sqlite:///o.db?table=r", "-o", "out.parquet", "--no-record")
    assert said.code == 0 and "98,990,080.32" in said.out, said.said
    assert "`collective_income_fen` ÷ 100 = `collective_income`" in " ".join(said.said.split())
    heads = ["code", "collective_income", "guaranteed_funds"]
    again = pl.read_parquet(tmp_path / "out.parquet").select(heads)
    assert again.sort("code").equals(results.select(heads).sort("code"))


def test_fen_are_of_money_only_and_no_column_takes_the_place_of_another(
    cli: Cli, tmp_path: Path
) -> None:
    facts = fact("area", "decimals = 2") + fact("paid", 'unit = "yuan/year"')
    grant = decides("first") + rule("some", "area > 1", "paid") + OTHERWISE
    policy(tmp_path, facts=facts, grant=grant)
    rows = roster(tmp_path, "name,area,paid", "甲村,2.25,7.50")
    asked = ("run", rows.name, "--no-record", "-o")
    done = cli(*asked, "sqlite:///o.db?table=r")
    assert done.code == 0, done.said
    assert of_sqlite(tmp_path / "o.db", "SELECT area_x100, paid_fen FROM r") == [(225, 750)]
    assert cli("run", "sqlite:///o.db?table=r", "--no-record").code == 0
    policy(tmp_path, facts=facts + fact("paid_fen"), grant=grant)
    roster(tmp_path, "name,area,paid,paid_fen", "甲村,2.25,7.50,9")
    told = cli(*asked, "sqlite:///o.db?table=s")
    assert told.code == 2 and "[FC878]" in told.err and "`paid_fen`" in told.err
    assert of_sqlite(tmp_path / "o.db", "SELECT name FROM sqlite_master") == [("r",)]


@pytest.mark.parametrize(
    ("value", "income"),
    [("4300056", "43000.56"), (4300056.5, "FC624"), ("4.3万", "FC876"), (b"1", "FC876")],
)
def test_fen_of_a_name_are_fen_however_they_are_held(
    value: Any, income: str, cli: Cli, tmp_path: Path
) -> None:
    address = a_village(tmp_path / "v.db", "collective_income_fen", value)
    said = cli("run", address, "-o", "out.csv", "--no-record")
    if income.startswith("FC"):
        assert said.code in (1, 2) and f"[{income}" in said.err
    else:
        assert f",{income}," in (tmp_path / "out.csv").read_text("utf-8")


def test_a_fact_that_is_called_so_is_meant_itself(cli: Cli, tmp_path: Path) -> None:
    grant = decides("first") + rule("some", "paid_fen > 100", "1") + OTHERWISE
    policy(tmp_path, facts=fact("paid_fen"), grant=grant)
    with closing(sqlite3.connect(tmp_path / "v.db")) as database:
        database.execute("CREATE TABLE v (name, paid_fen)")
        database.execute("INSERT INTO v VALUES ('甲村', 900)")
        database.commit()
    assert cli("run", "sqlite:///v.db?table=v", "-o", "out.parquet", "--no-record").code == 0
    assert pl.read_parquet(tmp_path / "out.parquet")["paid_fen"].to_list() == [900]


def test_a_column_that_no_roster_can_have_is_left_out_by_name(cli: Cli, tmp_path: Path) -> None:
    kinds = "collective_income NUMERIC, photo BLOB, seen DATE"
    said = cli("run", a_village(tmp_path / "v.db", kinds, 43000, b"\xff\xd8", "2017/1/1"))
    assert said.code == 0, said.said
    assert "column “photo” is left out: it has values of type bytes" in " ".join(said.said.split())
    with closing(sqlite3.connect(tmp_path / "w.db")) as database:
        database.execute("CREATE TABLE villages (photo BLOB)")
        database.execute("INSERT INTO villages VALUES (x'00')")
        database.commit()
    told = cli("run", "sqlite:///w.db?table=villages")
    assert told.code == 2 and "[FC876]" in told.err and "`photo`" in told.err
    told = cli("run", a_village(tmp_path / "x.db", "collective_income", b"43000"))
    assert told.code == 2 and "[FC876]" in told.err and "“collective_income”" in told.err


def test_rejects_of_a_table_say_where(cli: Cli, tmp_path: Path, results: pl.DataFrame) -> None:
    few = results.select(FACTS).head(3).with_columns(pl.lit(-1).alias("residents"))
    in_sqlite(tmp_path / "office.sqlite", few)
    said = cli(
        "run", "sqlite:///office.sqlite?table=villages", "-o", "sqlite:///new.sqlite?table=t"
    )
    assert said.code == 1 and "[FC623]" in said.err and "table=villages!E2" in said.err
    assert not (tmp_path / "new.sqlite").exists()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (f"postgresql://office:{SECRET}@db/funds?table=results", "FC875"),
        (f"postgresql://db/funds?table=results&password={SECRET}", "FC875"),
        (f"postgresql://db/funds?table=results&passwd={SECRET}", "FC875"),
        (f"postgresql://office:5?{SECRET}@db/funds?table=results", "FC875"),
        (f"postgresql://db/funds?table=results#{SECRET}", "FC875"),
        (f"mysql://office:{SECRET}@db/funds?table=results", "FC875"),
        (f"postgresql+psycopg://office:{SECRET}@db/funds?table=results", "FC875"),
        (f"postgresql:/office:{SECRET}@db/funds?table=results", "FC875"),
        (f"jdbc:postgresql://office:{SECRET}@db/funds?table=results", "FC875"),
        (f"office:{SECRET}@db/funds", "FC875"),
        (f"u:{SECRET}@db", "FC875"),
        (f"u:{SECRET}/x@db/funds?table=results", "FC875"),
        (f"//office:{SECRET}@db/funds?table=results", "FC875"),
        (f"db/office:{SECRET}@funds", "FC875"),
        ("db.office/funds?table=results", "FC875"),
        ("postgresql://db/funds", "FC875"),
        ("postgresql://db/funds?table=", "FC875"),
        ("postgresql://db/funds?table=a&table=b", "FC875"),
        ("postgresql://db/funds?table=a&sslmode=disable", "FC875"),
        ("postgresql://db:port/funds?table=a", "FC875"),
        ("sqlite://host/x?table=a", "FC875"),
        ("sqlite:///?table=a", "FC875"),
        (f"sqlite:///x?table={'a' * 64}", "FC875"),
        ("sqlite:///missing/x.sqlite?table=a", "FC876"),
        ("sqlite:///none.sqlite?table=a", "FC876"),
    ],
)
def test_an_address_that_is_none(address: str, code: str, cli: Cli, tmp_path: Path) -> None:
    written = [[EXAMPLE, "-o", address], [EXAMPLE, "--policy", address]]
    for asked in ([address], *(written if code == "FC875" else [])):
        said = cli("run", *asked)
        assert said.code == 2 and f"[{code}]" in said.err
        assert SECRET not in said.said
        assert not list(tmp_path.iterdir())


def test_what_to_look_at_where_none_answers_or_has_the_table(
    cli: Cli, tmp_path: Path, results: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg", reason="fundcalc[database] is not installed")
    monkeypatch.setenv("PGHOST", str(tmp_path))  # no socket is there
    said = cli("run", "postgresql:///funds?table=villages")
    assert said.code == 2 and "[FC876]" in said.err and "PGHOST" in said.err
    in_sqlite(tmp_path / "office.sqlite", results.select(FACTS))
    said = cli("run", "sqlite:///office.sqlite?table=vilages")
    assert said.code == 2 and "there are: villages" in said.err


@pytest.mark.parametrize(
    "name", ["C:\\a@b\\2024.csv", "C:/a@b/2024.csv", "名册@2024.csv", "8:30@乡.csv"]
)
def test_a_file_is_no_address(name: str, cli: Cli, tmp_path: Path) -> None:
    """One that is there, or on a drive; any other name with a sign of an address in it."""
    if not name.startswith("C:"):
        (tmp_path / name).write_text("x\n1\n", encoding="utf-8")
    said = cli("run", name)
    assert said.code == 2 and "[FC875]" not in said.err and "FC6" in said.err


def test_a_file_that_another_program_holds(
    cli: Cli, tmp_path: Path, results: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files.database, "WAIT", 0)
    in_sqlite(tmp_path / "office.sqlite", results.select(FACTS))
    asked = ("run", "sqlite:///office.sqlite?table=villages", "--no-record")
    with closing(sqlite3.connect(tmp_path / "office.sqlite", isolation_level=None)) as other:
        for held, more in (
            ("BEGIN EXCLUSIVE", ()),
            ("BEGIN IMMEDIATE", ("-o", "sqlite:///office.sqlite?table=results")),
        ):
            other.execute(held)
            said = cli(*asked, *more)
            assert said.code == 2 and "[FC876]" in said.err and "close it" in said.err
            other.execute("ROLLBACK")
    assert cli(*asked).code == 0


def test_a_table_name_is_never_a_statement(cli: Cli, tmp_path: Path, results: pl.DataFrame) -> None:
    name = 'x"; DROP TABLE villages; --'
    in_sqlite(tmp_path / "office.sqlite", results.select(FACTS))
    said = cli("run", "sqlite:///office.sqlite?table=villages", "-o",
               f"sqlite:///office.sqlite?table={name}", "--no-record")  # fmt: skip
    assert said.code == 0, said.said
    tables = of_sqlite(
        tmp_path / "office.sqlite", "SELECT name FROM sqlite_master WHERE type='table'"
    )
    assert sorted(tables) == sorted([("villages",), (name,)])
    none = cli("run", f"sqlite:///office.sqlite?table={name}x", "--no-record")
    assert none.code == 2 and "[FC876]" in none.err


@pytest.mark.parametrize(
    ("make", "said"),
    [
        ("CREATE TABLE results (code TEXT)", "lacks columns"),
        ("ADD COLUMN mine TEXT", "has other columns: `mine`"),
        ("REAL", "`guaranteed_funds_fen` is REAL"),
    ],
)
def test_a_table_that_cannot_take_the_results_keeps_its_rows(
    make: str, said: str, cli: Cli, tmp_path: Path
) -> None:
    out = "sqlite:///office.sqlite?table=results"
    path = tmp_path / "office.sqlite"
    asked = ("run", EXAMPLE, "--no-record", "--engine", "columnar", "-o", out)
    if make.startswith("CREATE"):
        path.touch()
        with closing(sqlite3.connect(path)) as database:
            database.execute(make)
            database.execute("INSERT INTO results VALUES ('kept')")
            database.commit()
    else:
        assert cli(*asked).code == 0
        with closing(sqlite3.connect(path)) as database:
            if make == "REAL":
                [(sql,)] = database.execute("SELECT sql FROM sqlite_master").fetchall()
                database.execute("DROP TABLE results")
                database.execute(
                    sql.replace("guaranteed_funds_fen BIGINT", "guaranteed_funds_fen REAL")
                )
            else:
                database.execute(f"ALTER TABLE results {make}")
            database.execute("DELETE FROM results")
            database.execute("INSERT INTO results (code) VALUES ('kept')")
            database.commit()
    told = cli(*asked)
    assert told.code == 2 and "[FC878]" in told.err and said in " ".join(told.err.split())
    assert of_sqlite(path, "SELECT code FROM results") == [("kept",)]


def test_a_ledger_is_no_place_for_tables(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", EXAMPLE, "--ledger", "own.db").code == 0
    told = cli("run", EXAMPLE, "--no-record", "-o", "sqlite:///own.db?table=results")
    assert told.code == 2 and "[FC878]" in told.err
    assert cli("runs", "verify", "--ledger", "own.db").code == 0


def test_without_the_packages_it_says_how_to_get_them(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    said = cli("run", "sqlite:///office.sqlite?table=villages")
    assert said.code == 2 and "[FC863]" in said.err and ".[database]" in said.err
    for address in ("sqlite:///office.sqlite?table=results", "postgresql://db/funds?table=results"):
        said = cli("run", EXAMPLE, "-o", address)
        assert said.code == 2 and "[FC863]" in said.err
    assert not Path("fundcalc.db").exists()  # said before anything was recorded


def test_a_clean_roster_is_a_folder(cli: Cli) -> None:
    answer = cli("roster", "clean", EXAMPLE, "-o", "sqlite:///clean.db?table=t", "--lang", "en")
    assert answer.code == 2 and "a clean roster is a folder" in answer.err
    assert not Path("clean.db").exists()


def test_a_marked_copy_is_of_files(cli: Cli) -> None:
    said = cli("run", "sqlite:///office.sqlite?table=villages", "--marked", "marked.xlsx")
    assert said.code == 2 and "--rejects" in said.err


# -- PostgreSQL -------------------------------------------------------------------------------------


def _programs() -> Path | None:
    """The folder of initdb and postgres: of Debian's packages, or on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    there = shutil.which("initdb")
    return found[-1].parent if found else Path(there).parent if there else None


@pytest.fixture(scope="module")
def postgres() -> Iterator[dict[str, str]]:
    """A PostgreSQL of this module's own, which asks for passwords; its variables for a client."""
    pytest.importorskip("psycopg", reason="fundcalc[database] is not installed")
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="fundcalc-pg-", dir="/tmp"))
    other: dict[str, Any] = {}
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # it refuses to run as root
        if shutil.which("runuser") is None or not _known("postgres"):
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        shutil.chown(folder, "postgres")
        other = {"user": "postgres", "group": "postgres", "extra_groups": []}
    (folder / "word").write_text(SECRET)
    (folder / "word").chmod(0o644)
    quiet: dict[str, Any] = {"capture_output": True, "cwd": folder, **other}
    data = str(folder / "data")
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "office", "-A", "scram-sha-256", "-E", "UTF8",
         "--locale=C", "--no-sync", f"--pwfile={folder / 'word'}"], check=True, **quiet,
    )  # fmt: skip
    start = [programs / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", folder / "log", "-o",
             f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off", "start"]  # fmt: skip
    subprocess.run(
        start, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, cwd=folder, **other
    )
    try:
        yield {
            "PGHOST": str(folder),
            "PGUSER": "office",
            "PGDATABASE": "postgres",
            "PGPASSWORD": SECRET,
        }
    finally:
        stop = [programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"]
        subprocess.run(stop, stdout=subprocess.DEVNULL, check=False, cwd=folder, **other)
        shutil.rmtree(folder, ignore_errors=True)


def _known(user: str) -> bool:
    import pwd

    return any(one.pw_name == user for one in pwd.getpwall())


@pytest.fixture
def office(postgres: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A connection to it; commands find it through the environment."""
    import psycopg

    for name, value in postgres.items():
        monkeypatch.setenv(name, value)
    with psycopg.connect(autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        yield connection


def in_postgres(office: Any, frame: pl.DataFrame) -> None:
    kinds = {pl.Int64: "integer", pl.Boolean: "boolean"}
    columns = ", ".join(
        f"{one.name} {kinds.get(type(one.dtype), 'numeric' if one.dtype.is_decimal() else 'text')}"
        for one in frame.iter_columns()
    )
    office.execute(f"CREATE TABLE villages ({columns})")
    with office.cursor() as cursor:
        marks = ", ".join(["%s"] * frame.width)
        cursor.executemany(f"INSERT INTO villages VALUES ({marks})", frame.rows())


def test_fen_and_values_of_other_kinds_in_postgresql(office: Any, cli: Cli, tmp_path: Path) -> None:
    office.execute("""CREATE TABLE villages AS SELECT '149901100201' code, '松坪村' AS name,
        '娄烦县' county, 620 residents, 4 other_cadres, 4300056::bigint collective_income_fen,
        true AS good_fen, ARRAY['a'] tags""")
    said = cli("run", "postgresql:///?table=villages", "-o", "out.csv", "--no-record")
    assert said.code == 0 and "“tags” is left out" in said.said, said.said
    assert ",43000.56," in (tmp_path / "out.csv").read_text("utf-8")
    office.execute("ALTER TABLE villages ALTER residents TYPE int[] USING ARRAY[residents]")
    told = cli("run", "postgresql:///?table=villages")
    assert told.code == 2 and "“residents” has values of type list" in told.err


@pytest.mark.parametrize(
    ("held", "read"), [("43000.5", "43000.50"), ("43000.55", None), ("1234567.89", None)]
)
def test_a_real_is_what_it_holds(
    held: str, read: str | None, office: Any, cli: Cli, tmp_path: Path
) -> None:
    """PostgreSQL shows 1234567.89, stored as `real`, as 1234567.9."""
    office.execute(f"""CREATE TABLE villages AS SELECT '149901100201' code, '松坪村' AS name,
        '娄烦县' county, 620 residents, 4 other_cadres, {held}::real collective_income""")
    said = cli("run", "postgresql:///?table=villages", "-o", "out.csv", "--no-record")
    if read is None:
        assert said.code == 1 and "[FC624]" in said.said, said.said
    else:
        assert said.code == 0 and "`collective_income`" in said.said, said.said
        assert "`real`" in said.said and f",{read}," in (tmp_path / "out.csv").read_text("utf-8")


def test_a_day_that_never_comes_is_left_out_by_name(office: Any, cli: Cli) -> None:
    office.execute("""CREATE TABLE villages AS SELECT '149901100201' code, '松坪村' AS name,
        '娄烦县' county, 620 residents, 4 other_cadres, 43000 collective_income,
        date 'infinity' until, timestamptz '-infinity' since, date '0044-03-15 BC' old""")
    said = cli("run", "postgresql:///?table=villages")
    told = " ".join(said.said.split())
    assert said.code == 0, told
    assert "“until” is left out: it has values of type date (infinity)" in told
    assert "“since” is left out: it has values of type timestamptz (-infinity)" in told
    assert "“old” is left out" in told
    office.execute("ALTER TABLE villages ALTER residents TYPE date USING date 'infinity'")
    refused = cli("run", "postgresql:///?table=villages")
    assert refused.code == 2 and "“residents” has values of type date (infinity)" in refused.err


def test_postgresql_in_and_out(
    office: Any, cli: Cli, results: pl.DataFrame, tmp_path: Path
) -> None:
    in_postgres(office, results.select(FACTS))
    said = cli("run", "postgresql:///?table=villages", "-o", "postgresql:///?table=public.results")
    assert said.code == 0 and "98,990,080.32" in said.out, said.said
    kinds = dict(
        office.execute(
            "SELECT column_name, data_type || coalesce(numeric_scale::text, '') FROM "
            "information_schema.columns WHERE table_name = 'results'"
        ).fetchall()
    )
    assert kinds["guaranteed_funds"] == "numeric2" and kinds["residents"] == "bigint0"
    assert "double precision" not in kinds.values() and "real" not in kinds.values()
    wanted = results.sort("code").drop("flags")  # there all is given, and nothing assumed
    named = ", ".join(wanted.columns)
    got = office.execute(f"SELECT {named} FROM results ORDER BY code").fetchall()
    assert got == wanted.rows()
    [(total,)] = office.execute("SELECT sum(collective_support_share) FROM results").fetchall()
    assert total == Decimal("20420000.00")
    assert (
        SECRET not in said.said
        and SECRET.encode() not in Path(os.environ["FUNDCALC_LEDGER"]).read_bytes()
    )


def test_what_fails_half_way_leaves_the_table_as_it_was(office: Any, cli: Cli) -> None:
    asked = (
        "run",
        EXAMPLE,
        "--no-record",
        "--engine",
        "columnar",
        "-o",
        "postgresql:///?table=results",
    )
    assert cli(*asked).code == 0
    office.execute("CREATE VIEW seen AS SELECT code FROM results")
    office.execute("ALTER TABLE results ADD CHECK (code < '140123') NOT VALID")
    before = office.execute("SELECT * FROM results ORDER BY code").fetchall()
    told = cli(*asked)
    assert (
        told.code == 2
        and "[FC876]" in told.err
        and "check constraint" in " ".join(told.err.split())
    )
    assert office.execute("SELECT * FROM results ORDER BY code").fetchall() == before
    office.execute("ALTER TABLE results DROP CONSTRAINT results_code_check")
    assert cli(*asked).code == 0
    assert office.execute("SELECT count(*) FROM seen").fetchall() == [(890,)]
    office.execute("ALTER TABLE results ALTER guaranteed_funds TYPE double precision")
    told = cli(*asked)
    assert told.code == 2 and "DOUBLE PRECISION" in told.err


def test_a_service_file_and_a_wrong_password(
    office: Any, postgres: dict[str, str], cli: Cli, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, results: pl.DataFrame,
) -> None:  # fmt: skip
    in_postgres(office, results.select(FACTS))
    for name in postgres:
        monkeypatch.delenv(name)
    service = tmp_path / "service.conf"
    service.write_text(
        f"[bureau]\nhost={postgres['PGHOST']}\nuser=office\ndbname=postgres\npassword={SECRET}\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(service))
    said = cli("run", "postgresql:///?service=bureau&table=villages", "--engine", "columnar")
    assert said.code == 0 and "98,990,080.32" in said.out and SECRET not in said.said
    monkeypatch.setenv("PGPASSWORD", "wrong")
    monkeypatch.setenv("PGHOST", postgres["PGHOST"])
    refused = cli("run", "postgresql://office@/postgres?table=villages")
    assert (
        refused.code == 2
        and "[FC876]" in refused.err
        and "password authentication failed" in " ".join(refused.err.split())
    )
    assert "wrong" not in refused.said.replace("wrong password", "")
