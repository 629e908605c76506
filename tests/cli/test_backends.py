"""`run --backend` and `fundcalc sql`: the same answers as any other run, or a clear no."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from tests.cli.clean import cleaned, edited, split
from tests.cli.conftest import Cli
from tests.cli.small import OTHERWISE, YUAN, decides, fact, policy
from tests.cli.small import roster as written
from tests.conformance.engine import HERE, load
from tests.conformance.sessions import session

from fundcalc.roster.clean import KEY

duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")


def details(out: str) -> str:
    """What stands before the outcome: all that is added up, by county and rule."""
    found, _, outcome = out.rpartition("\n\n")
    assert len(found.splitlines()) > len(outcome.splitlines())
    return found


def asked(out: str) -> set[str]:
    """What must be asked first: the lines of readings that have room, with villages and money."""
    outcome = out.rpartition("\n\n")[2]
    lines = re.split("(?:Wrote|已写出) ", outcome)[0].splitlines()
    return {line for line in lines if line.startswith("  ") and not re.search("…|fundcalc", line)}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_duckdb_writes_what_any_run_writes(
    cli: Cli, exported: Path, tmp_path: Path, ending: str, lang: str
) -> None:
    roster = cleaned(cli, exported.with_suffix(f".{ending}"))
    outputs = [tmp_path / f"{name}.{kind}" for name in ("a", "b") for kind in ("csv", "parquet")]
    one = cli("run", roster, "-o", outputs[0], "-o", outputs[1], "--lang", lang, "--no-record",
              "--details")  # fmt: skip
    two = cli("run", roster, "--backend", "duckdb", "-o", outputs[2], "-o", outputs[3], "--lang", lang,
              "--details")  # fmt: skip
    assert two.code == 0 and details(two.out) == details(one.out)
    mine, theirs_ = (asked(found.out) for found in (two, one))
    assert theirs_ <= mine and any(re.search(r"[+−][\d,]+\.\d\d", line) for line in mine)
    assert outputs[2].read_bytes() == outputs[0].read_bytes()
    ours, theirs = pl.read_parquet(outputs[3]), pl.read_parquet(outputs[1])
    assert ours.schema == theirs.schema
    assert ours.equals(theirs)
    assert not list(tmp_path.glob(".fundcalc-*"))


def test_a_folder_of_parts_is_one_roster(cli: Cli, exported: Path, tmp_path: Path) -> None:
    whole = cleaned(cli, exported)
    one = cli("run", whole, "--backend", "duckdb", "-o", tmp_path / "a.csv")
    parts = split(whole, 300)
    two = cli("run", parts, "--backend", "duckdb", "--memory", "1GB", "-o", tmp_path / "b.csv")
    assert one.code == two.code == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@pytest.mark.xdist_group("spark")
def test_spark_writes_what_any_run_writes(
    cli: Cli, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = load(HERE / "engines" / "spark.py").missing()
    if reason:
        pytest.skip(reason)
    from fundcalc.engines.sql import spark

    found = session()
    monkeypatch.setattr(spark, "open_spark", lambda master: found)
    monkeypatch.setattr(found, "close", found.forget)
    roster = cleaned(cli, exported)
    cli("run", roster, "-o", tmp_path / "a.csv", "-o", tmp_path / "a.parquet")
    two = cli(
        "run",
        roster,
        "--backend",
        "spark",
        "-o",
        tmp_path / "b.csv",
        "-o",
        tmp_path / "b.parquet",
        "--details",
    )
    assert two.code == 0
    assert "890 decided alike by both engines" in two.out
    ours, theirs = pl.read_csv(tmp_path / "b.csv"), pl.read_csv(tmp_path / "a.csv")
    assert ours.equals(theirs.sort("code"))
    assert (tmp_path / "b.parquet").is_dir()
    parts = pl.read_parquet(tmp_path / "b.parquet" / "*.parquet")
    assert parts.equals(pl.read_parquet(tmp_path / "a.parquet").sort("code"))


def test_the_printed_statement_runs_in_a_database(cli: Cli, exported: Path, tmp_path: Path) -> None:
    cli("run", exported, "-o", tmp_path / "a.parquet")
    statement = cli("sql").out
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW roster AS SELECT * FROM read_parquet('{exported}')")
        target = tmp_path / "b.parquet"
        connection.execute(
            f"COPY ({statement.rstrip().rstrip(';')}) TO '{target}' (FORMAT parquet)"
        )
    ours, theirs = pl.read_parquet(target), pl.read_parquet(tmp_path / "a.parquet")
    assert ours.equals(theirs.sort("code"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("residents = -1", "FC623 residents"),
        ("residents = NULL", "FC620 residents"),
        ("residents = 1000001", "FC625 residents"),
        ("county = ''", "FC620 county"),
        ("code = '1234'", "FC634 code"),
        ("code = (SELECT MAX(code) FROM roster)", "FC635 code"),
    ],
)
def test_the_printed_statement_stops_at_a_wrong_row(
    cli: Cli, exported: Path, change: str, code: str
) -> None:
    statement = cli("sql").out
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE roster AS SELECT * FROM read_parquet('{exported}')")
        connection.execute(f"UPDATE roster SET {change} WHERE code = '140105051202'")
        with pytest.raises(duckdb.Error, match=code):
            connection.execute(statement).fetchall()


@pytest.mark.parametrize(
    ("type_", "change", "says"),
    [
        ("DOUBLE", "collective_income = 50000", "FC871 collective_income: DOUBLE"),
        ("VARCHAR", "collective_income = '50000'", "collective_income|VARCHAR"),
        ("DECIMAL(18, 4)", "collective_income = 50000.0001", "FC624 collective_income 50000.0001"),
        ("DECIMAL(38, 2)", "collective_income = 1e35", "FC625 collective_income 9999"),
    ],
)
def test_the_printed_statement_takes_exact_amounts_only(
    cli: Cli, exported: Path, type_: str, change: str, says: str
) -> None:
    statement = cli("sql").out
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE roster AS SELECT * FROM read_parquet('{exported}')")
        connection.execute(f"ALTER TABLE roster ALTER collective_income TYPE {type_}")
        if type_.startswith("DECIMAL"):
            assert len(connection.execute(statement).fetchall()) == 890
        connection.execute(f"UPDATE roster SET {change} WHERE code = '140105051202'")
        with pytest.raises(duckdb.Error, match=says):
            connection.execute(statement).fetchall()


@pytest.mark.slow
@pytest.mark.xdist_group("spark")
def test_the_printed_statement_runs_on_spark(cli: Cli, exported: Path, tmp_path: Path) -> None:
    """Spark plans it for most of a minute: each of its five pools reads all that is before it again."""
    reason = load(HERE / "engines" / "spark.py").missing()
    if reason:
        pytest.skip(reason)
    cli("run", exported, "-o", tmp_path / "a.parquet")
    funds = pl.read_parquet(tmp_path / "a.parquet").sort("code")["guaranteed_funds"].to_list()
    statement, database = cli("sql", "--dialect", "spark").out, session()
    database.read("given", [exported])
    database.table("roster", "SELECT * FROM given", keep=True)
    query = f"SELECT guaranteed_funds FROM ({statement.rstrip().rstrip(';')}) AS s"
    assert [value for (value,) in database.rows(query)] == funds
    database.forget()


SHARED = """
[[rule]]
id = "low"
source = "paper"
when = "income < 9_000"
share = { pool = "6_000", per = "all", by = "income", at_most = "income" }
"""


@pytest.mark.xdist_group("spark")
def test_a_printed_statement_runs_on_spark_over_exact_amounts_only(
    cli: Cli, tmp_path: Path
) -> None:
    reason = load(HERE / "engines" / "spark.py").missing()
    if reason:
        pytest.skip(reason)
    from fundcalc.engines.sql.database import DatabaseError

    small = policy(
        tmp_path, facts=fact("income", YUAN.strip()), pool=decides("unique") + SHARED + OTHERWISE
    )
    lines = ("name,income", "甲村,5000.50", "乙村,8000.01", "丙村,90000")
    run = cli("run", written(tmp_path, *lines), "--policy", small, "-o", tmp_path / "a.parquet")
    assert run.code == 0, run.err
    granted = pl.read_parquet(tmp_path / "a.parquet").sort("name")["granted"].to_list()
    assert sum(granted) == 6_000 and len(set(granted)) == 3
    statement, database = cli("sql", "--dialect", "spark", "--policy", small).out, session()
    query = f"SELECT granted FROM ({statement.rstrip().rstrip(';')}) AS s ORDER BY name"
    rows = ", ".join(
        f"('{name}', '{income}')" for name, income in (x.split(",") for x in lines[1:])
    )
    for type_ in ("DECIMAL(38, 4)", "DOUBLE", "STRING"):
        columns = f"name, CAST(income AS {type_}) AS income"
        given = f"SELECT {columns} FROM VALUES {rows} AS v(name, income)"
        database.table("roster", given, keep=True)
        if type_.startswith("DECIMAL"):
            assert [value for (value,) in database.rows(query)] == granted
        else:
            with pytest.raises(DatabaseError, match="FC871 income"):
                database.rows(query)
    database.forget()


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_the_statement_names_its_rules_and_the_policy(cli: Cli, dialect: str) -> None:
    answer = cli(
        "sql", "--dialect", dialect, "--on", "2017-12-31", "--reading", "thousand_or_more=exclusive"
    )
    assert answer.code == 0
    assert "-- 千人以上的村 / A village of a thousand or more" in answer.out
    assert "thousand_or_more=exclusive" in answer.out
    assert ("spark.sql.ansi.enabled" in answer.out) == (dialect == "spark")


VILLAGES = (
    "140123904209,鹰落沟,示例镇,娄烦县,1200,5000,20000,4,5000",
    "140123904210,河北,示例镇,娄烦县,1200,5500.5,,4,",
    "140123904211,重复,示例镇,娄烦县,3,50000,,4,5000.12",
    "140123904212,短码,示例镇,清徐县,15,5000,,4,5000",
    ",无码,示例镇,娄烦县,100,1000,,4,5000",
    ",另无码,示例镇,娄烦县,100,1000,,4,5000",
    "140123904213,大,示例镇,娄烦县,9999,1000,,4,5000",
)


@pytest.fixture
def wrong(cli: Cli, roster: Callable[..., Path]) -> Path:
    """Clean parquet in which somebody has changed values since."""
    return edited(
        cleaned(cli, roster(*VILLAGES)),
        ("河北", "town", "示例\u200b镇"), ("重复", "code", "140123904210"), ("重复", "residents", -3),
        ("重复", "other_cadres", None), ("短码", "code", "14012390421"), ("短码", "county", None),
        ("大", "residents", 99_999_999), ("另无码", "name", "无码"),
    )  # fmt: skip


def test_rejects_are_those_of_any_run(cli: Cli, wrong: Path) -> None:
    one, two = cli("run", wrong), cli("run", wrong, "--backend", "duckdb")
    assert one.code == two.code == 1

    def found(text: str) -> list[str]:
        """Every reject with all that is said of it."""
        return sorted(re.findall(r"(?m)^reject\[.*\n(?:    .*\n)*", text))

    assert found(two.err) == found(one.err)
    assert len(found(two.err)) > 7
    assert "6 rows rejected" in two.err
    assert not two.out


def test_rows_skipped_leave_the_same_result(cli: Cli, wrong: Path, tmp_path: Path) -> None:
    for name, backend in (("a.csv", ()), ("b.csv", ("--backend", "duckdb"))):
        assert cli("run", wrong, "--skip-rejects", *backend, "-o", tmp_path / name).code == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nothing.csv",), "FC601"),
        (("good.csv",), "FC865"),
        (("wrong.xlsx",), "FC865"),
        (("mixed",), "FC865"),
        (("clean-good", "-o", "x.xlsx"), "a back-end writes .csv, .parquet"),
        (("clean-good", "--memory", "much"), "FC862"),
        (("clean-good", "--column", "村名=name"), "--column"),
    ],
)
def test_what_a_backend_does_not_do_is_said(
    cli: Cli, roster: Callable[..., Path], tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    good = cleaned(cli, roster(VILLAGES[0], name="good.csv"))
    (tmp_path / "wrong.xlsx").write_bytes(b"PK")
    (tmp_path / "mixed").mkdir()
    for name in ("a.csv", "b.parquet"):
        (tmp_path / "mixed" / name).write_bytes((good / "part-00000.parquet").read_bytes())
    for lang in ("zh", "en"):
        answer = cli("run", *arguments, "--backend", "duckdb", "--lang", lang)
        assert answer.code == 2
        assert says in answer.err.replace("--backend 只写", "a back-end writes")
        if says == "FC865":
            assert f"fundcalc roster clean {arguments[0]} -o DIR" in " ".join(answer.err.split())


def test_parquet_that_is_not_clean_is_refused(cli: Cli, exported: Path, tmp_path: Path) -> None:
    """Money as floats, another unit, a type that is not the one said, no word of a unit, a part missing."""
    clean = cleaned(cli, exported)
    [part] = clean.glob("*.parquet")
    table, said = pl.read_parquet(part), pl.read_parquet_metadata(part)["fundcalc.clean"]
    income = pl.col("collective_income")
    tables = {
        "unsaid": (table, None, "FC871"),
        "garbled": (table, "{", "FC871"),
        "floats": (table.with_columns(income.cast(pl.Float64)), said, "FC871"),
        "fen": (table.with_columns((income * 100).cast(pl.Int64)), said, "FC871"),
        "decimals": (table.with_columns(income.cast(pl.Decimal(18, 4))), said, "FC871"),
        "text": (table.with_columns(pl.col("has_venue").cast(pl.String)), said, "FC871"),
        "absent": (table.drop("collective_income"), said, "FC871"),
        "nobody": (table.head(0), said.replace('"rows":890', '"rows":0'), "FC605"),
        "elsewhere": (table, re.sub('"county":{.*?},', "", said), "FC612"),
        "wan": (table, said.replace("yuan/year", "wan/year"), "FC656"),
        "rows": (table.head(889), said, "FC656"),
        "part": (table, said.replace('"parts":1', '"parts":2'), "FC656"),
    }
    for name, (columns, metadata, code) in tables.items():
        path = tmp_path / f"{name}.parquet"
        columns.write_parquet(path, metadata={"fundcalc.clean": metadata} if metadata else None)
        answer = cli("run", path, "--backend", "duckdb", "-o", "out.csv", "--lang", "en")
        assert (answer.code, code in answer.err) == (2, True), (name, answer.err)
        assert not Path("out.csv").exists()
    whole = part.read_bytes()
    for damaged in (b"", b"PAR1", whole[:-20], whole[:-300] + bytes(292) + whole[-8:]):
        (tmp_path / "cut.parquet").write_bytes(damaged)
        answer = cli("run", tmp_path / "cut.parquet", "--backend", "duckdb")
        assert answer.code == 2 and "FC871" in answer.err


def test_rows_left_out_by_cleaning_are_told(cli: Cli, roster: Callable[..., Path]) -> None:
    folder = cleaned(cli, roster(VILLAGES[0], VILLAGES[1].replace("5500.5", "五千")))
    answer = cli("run", folder, "--backend", "duckdb")
    assert answer.code == 0 and "1 row rejected" in answer.err


@pytest.mark.parametrize(("backend", "package"), [("duckdb", "duckdb"), ("spark", "pyspark")])
def test_a_backend_that_is_not_installed(
    cli: Cli,
    roster: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    backend: str,
    package: str,
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    answer = cli("run", roster(VILLAGES[0]), "--backend", backend)
    assert answer.code == 2
    assert f"pip install '.[{backend}]'" in answer.err


@pytest.mark.skipif(not importlib.util.find_spec("pyspark"), reason="pyspark is not installed")
def test_spark_without_java(
    cli: Cli, roster: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    answer = cli("run", roster(VILLAGES[0]), "--backend", "spark")
    assert answer.code == 2
    assert "FC864" in answer.err


def test_a_county_that_the_roster_lacks_is_a_warning(cli: Cli, roster: Callable[..., Path]) -> None:
    path = cleaned(cli, roster("140123904209,鹰落沟,示例镇,娄烦县,1200,0,20000,4,5000"))
    one, two = cli("run", path), cli("run", path, "--backend", "duckdb")
    assert "FC407" in one.err
    assert [line for line in two.err.splitlines() if "FC407" in line] == [
        line for line in one.err.splitlines() if "FC407" in line
    ]


@pytest.mark.usefixtures("wrong_database")
def test_a_database_that_decides_otherwise_is_found_out(
    cli: Cli, roster: Callable[..., Path], tmp_path: Path
) -> None:
    path = cleaned(cli, roster("140123904209,鹰落沟,示例镇,娄烦县,1200,0,20000,4,5000"))
    answer = cli("run", path, "--backend", "duckdb", "-o", tmp_path / "out.csv")
    assert answer.code == 2
    assert "FC869" in answer.err
    assert not (tmp_path / "out.csv").exists()


def test_a_village_that_cannot_be_decided_is_named(
    cli: Cli, roster: Callable[..., Path], tmp_path: Path
) -> None:
    folder = tmp_path / "policy"
    assert cli("init", folder).code == 0
    file = folder / "rules" / "income_band.toml"
    text = file.read_text("utf-8").replace("0 < collective_income <", "0 <= collective_income <")
    file.write_text(text, "utf-8")
    path = cleaned(cli, roster("140123904209,鹰落沟,示例镇,娄烦县,1200,0,20000,4,5000"))
    output = tmp_path / "out.csv"
    answer = cli("run", path, "--backend", "duckdb", "--policy", folder, "-o", output)
    assert answer.code == 2
    assert "FC401" in answer.err
    assert "鹰落沟" in answer.err
    assert "`zero`, `above_zero`" in answer.err
    assert not output.exists()


@pytest.mark.parametrize("parts", [False, True])
def test_duckdb_opens_no_parquet_packed_with_brotli(
    cli: Cli, exported: Path, tmp_path: Path, parts: bool
) -> None:
    """Its decoder writes out of bounds (CVE-2026-111497); polars unpacks it in Rust."""
    folder = cleaned(cli, exported)
    if parts:
        split(folder, 600)
    *others, packed = sorted(folder.glob("*.parquet"))
    metadata = pl.read_parquet_metadata(packed)
    table = pl.read_parquet(packed)
    table.write_parquet(packed, compression="brotli", metadata={KEY: metadata[KEY]})
    answer = cli("run", folder, "--backend", "duckdb", "--no-record")
    assert answer.code == 2 and "FC868" in answer.err and packed.name in answer.err
    assert not any(other.name in answer.err for other in others)
    assert cli("run", folder, "--no-record").code == 0
