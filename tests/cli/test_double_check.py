"""Two engines vouch for each other: a fault put into one stops the run, and nothing is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.cli.clean import for_engine
from tests.cli.conftest import Cli
from tests.cli.small import OTHERWISE, decides, fact, policy, roster, rule

from fundcalc.core.decision import Output
from fundcalc.engines import calculate, rules
from fundcalc.engines.columnar import sharing
from fundcalc.engines.columnar.lower import Array
from fundcalc.engines.columnar.run import Decider
from fundcalc.engines.result import Row

ROSTER = Path(__file__).resolve().parents[2] / "examples" / "taiyuan-2017.xlsx"
SHARE = sharing.share


@pytest.fixture(params=["every village", "by pattern"])
def sampled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Double-checking every village, then two of each pattern, as of rosters of more than 2,000."""
    if request.param == "by pattern":
        monkeypatch.setattr(calculate, "ALL_CHECKED", 100)
    return request.param == "by pattern"


def stopped(cli: Cli, tmp_path: Path) -> str:
    """What a run says that must stop, having written nothing; as one line."""
    out = tmp_path / "result.csv"
    found = cli("run", str(ROSTER), "-o", str(out), "--no-record")
    assert found.code == 2
    assert not out.exists()
    assert list(tmp_path.glob(".fundcalc-*")) == []
    return " ".join(found.err.split())


def explained(cli: Cli, village: str = "鹰落沟村") -> str:
    """What the explanation of a village says that must stop as well."""
    found = cli("explain", village, "--roster", str(ROSTER))
    assert found.code == 2
    assert not found.out
    return found.err


@pytest.mark.usefixtures("sampled")
def test_an_amount_that_differs(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: Callable[..., Array | bool | int] = Decider._checked

    def wrong(self: Decider, step: Output) -> object:
        found = checked(self, step)
        if isinstance(found, np.ndarray) and found.dtype == np.int64:
            found[found == 17_000_000] += 1
        return found

    monkeypatch.setattr(Decider, "_checked", wrong)
    assert "FC597" in explained(cli)
    said = stopped(cli, tmp_path)
    assert "FC597" in said
    assert re.search(
        r"`operating_funds` for \S+ \(.+\): rules engine guaranteed_funds = 170000.00, "
        r"columnar guaranteed_funds = 170000.01",
        said,
    )


@pytest.mark.usefixtures("sampled")
def test_a_rule_that_differs(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fired: Callable[..., Sequence[tuple[str, ...]]] = calculate.columnar.Decided.fired

    def wrong(self: object, programme: str, *at: Array) -> Sequence[tuple[str, ...]]:
        found = fired(self, programme, *at)
        return [ids[1:] for ids in found] if programme == "operating_funds" else found

    monkeypatch.setattr(calculate.columnar.Decided, "fired", wrong)
    assert "FC597" in explained(cli)
    said = stopped(cli, tmp_path)
    assert "FC597" in said
    assert re.search(r"`operating_funds` for .*rules engine \w+, columnar no rule", said)


@pytest.mark.usefixtures("sampled")
@pytest.mark.parametrize("capped", [True, False])
def test_a_fen_that_went_to_another_village(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capped: bool
) -> None:
    """The sums are right: only sharing the pool anew can tell."""

    def wrong(
        p: Array, g: Array, w: Array, ends: tuple[Array | None, Array | None],
        rank: Callable[[], Array],
    ) -> Array:  # fmt: skip
        given = SHARE(p, g, w, ends, rank)
        if (ends[0] is not None) is capped:
            some = np.flatnonzero(given > 1)
            same = some[g[some] == g[some[0]]]
            given[same[:2]] += [-1, 1][: len(same)]
        return given

    monkeypatch.setattr(sharing, "share", wrong)
    assert "FC597" in explained(cli, "西左家窑村" if capped else "鹰落沟村")  # in a pool so shared
    said = stopped(cli, tmp_path)
    assert "FC597" in said
    programme = "municipal_backstop" if capped else "party_dues|collective_support"
    assert re.search(
        rf"`({programme})` for .+ \(.+\): rules engine \w+ = [\d.]+, columnar \w+ = ", said
    )


def patterns(table: pl.DataFrame) -> pl.DataFrame:
    """The different rules that decided over all programmes, each with its villages."""
    rules = [name for name in table.columns if name.endswith("_rule")]
    return table.group_by(rules).agg(pl.col("code"))


def test_the_summary_says_how_many_were_checked(
    cli: Cli, sampled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = cli("run", str(ROSTER), "--format", "json", "-o", "result.parquet")
    there = patterns(pl.read_parquet("result.parquet")).height
    said = json.loads(found.out)
    checked = said["double_checked"]
    assert said["double_checked_patterns"] == there > 20
    assert 2 * there < checked < 890 if sampled else checked == 890
    line = f"{checked} decided alike by both engines, of all {there} combinations of rules"
    assert line in " ".join(cli("runs", "show", "last").out.split())
    [kept] = json.loads(cli("runs", "list", "--format", "json").out)
    assert (kept["engine"]["double_checked"], kept["engine"]["patterns"]) == (checked, there)


@pytest.mark.parametrize("how", ["columns", "duckdb"])
def test_two_villages_of_every_pattern_are_checked(
    cli: Cli, tmp_path: Path, exported: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """None is left to chance, not even a pattern that one village alone has."""
    monkeypatch.setattr(calculate, "ALL_CHECKED", 100)
    monkeypatch.setattr(calculate, "DRAWN", 3)
    database = ["--backend", "duckdb"] if how == "duckdb" else ["--no-record"]
    if database[0] == "--backend":
        pytest.importorskip("duckdb")
    decide = rules.Checker.decide
    seen: list[str] = []

    def note(checker: rules.Checker, row: Row) -> tuple[Row, dict[str, tuple[str, ...]]]:
        seen.append(str(row["code"]))
        return decide(checker, row)

    monkeypatch.setattr(rules.Checker, "decide", note)
    out = tmp_path / "result.parquet"
    roster = for_engine(cli, exported, database)
    said = json.loads(cli("run", roster, *database, "--format", "json", "-o", out).out)
    there = patterns(pl.read_parquet(out))
    villages = there["code"].to_list()
    assert any(len(some) == 1 for some in villages)
    assert all(len(set(some) & set(seen)) >= min(2, len(some)) for some in villages)
    assert len(seen) == len(set(seen)) <= 2 * there.height + 3
    assert (said["double_checked"], said["double_checked_patterns"]) == (len(seen), there.height)


def test_one_engine_alone_is_not_double_checked(cli: Cli) -> None:
    found = cli("run", str(ROSTER), "--no-record", "--format", "json", "--engine", "columnar")
    assert json.loads(found.out)["double_checked"] == 0


def test_an_explanation_decides_its_village_on_both_engines(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = rules.Checker.decide
    seen: list[object] = []

    def note(checker: rules.Checker, row: Row) -> tuple[Row, dict[str, tuple[str, ...]]]:
        seen.append(row["name"])
        return one(checker, row)

    monkeypatch.setattr(rules.Checker, "decide", note)
    assert "276,476.19" in cli("explain", "鹰落沟村", "--roster", str(ROSTER)).out
    assert seen == ["鹰落沟村"]


def test_a_rerun_checks_the_same_sample(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calculate, "ALL_CHECKED", 100)
    one = rules.Checker.decide
    seen: list[list[object]] = []

    def note(checker: rules.Checker, row: Row) -> tuple[Row, dict[str, tuple[str, ...]]]:
        seen[-1].append(row["code"])
        return one(checker, row)

    monkeypatch.setattr(rules.Checker, "decide", note)
    for reading in ("inclusive", "inclusive", "exclusive"):
        seen.append([])
        found = cli("run", str(ROSTER), "--no-record", "--reading", f"thousand_or_more={reading}",
                    "--details")  # fmt: skip
        assert f"{len(seen[-1])} decided alike" in found.out
    assert seen[0] == seen[1] != seen[2]


@pytest.mark.parametrize("most", [3, 100])
def test_what_many_rows_decide_is_said_where_it_was_worked_out_once(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    for limit in ("ALL_CHECKED", "ALL_GATHERED", "ALL_SHARED", "SHARED"):
        monkeypatch.setattr(calculate, limit, most)
    share = (
        '\n[[also]]\nid = "part"\nunit = "yuan/year"\n'
        'share = { pool = "900", per = "all", by = "people" }\n'
    )
    text = decides("first") + rule("few", "people < mean(people, to=1)", "100") + OTHERWISE + share
    policy(tmp_path, facts=fact("people", 'unit = "person"', "range = [0, 99]"), g=text)
    lines = ("村名,people", *(f"村{n},{n}" for n in range(1, 9)))
    found = cli("run", roster(tmp_path, *lines), "--policy", tmp_path, "--no-record")
    assert ("[FC503]" in found.err) == (most == 3), found.err
    if most == 3:
        assert "part" in found.err and "mean(people, to=1)" in found.err


TABLES = """
[tables.inner]
title = { zh = "内表", en = "Inner" }
keys = ["step"]
source = "paper"
rows = [{ step = 1, value = 1 }, { step = 2, value = 2 }]
[tables.outer]
title = { zh = "外表", en = "Outer" }
keys = ["step"]
source = "paper"
rows = [{ step = "0..9", value = 9 }]
"""


@pytest.mark.parametrize("rows", [3, 2_100])
def test_a_row_that_is_missing_within_a_look_up_stops_every_engine(
    cli: Cli, tmp_path: Path, rows: int
) -> None:
    """The key of `outer` has no value where `inner` has no row; a rule before did not ask for it."""
    look = "outer[inner[step]] > 0"
    policy(
        tmp_path, head=TABLES, facts=fact("kind", 'unit = "1"') + fact("step", 'unit = "1"'),
        g=decides("first") + rule("one", f"kind == 1 and {look}", "1")
        + rule("two", f"kind == 2 and {look}", "2") + OTHERWISE,
    )  # fmt: skip
    lines = [f"村{n},{n % 2 + 1},{n % 2 + 1}" for n in range(rows - 1)]
    path = roster(tmp_path, "name,kind,step", *lines, "末村,2,3")
    for engine in ("auto", "columnar"):
        found = cli("run", path, "--no-record", "--engine", engine)
        assert found.code != 0 and "[FC409]" in found.said and "末村" in found.said


@pytest.mark.parametrize("rows", [3, 2_100])
def test_a_sum_that_must_hold_and_has_no_value_is_told(cli: Cli, tmp_path: Path, rows: int) -> None:
    must = '\n[[must]]\nwhen = "sum(round(people / heads, 1, \'down\')) <= 10_000"\nper = "all"\n'
    policy(
        tmp_path, facts=fact("people", 'unit = "1"') + fact("heads", 'unit = "1"'),
        g=decides("first") + rule("one", "people > 0", "1") + OTHERWISE + must,
    )  # fmt: skip
    lines = [f"村{n},2,1" for n in range(rows - 1)]
    found = cli("run", roster(tmp_path, "name,people,heads", *lines, "末村,2,0"), "--no-record")
    assert found.code != 0 and "[FC406]" in found.said and "末村" in found.said


def test_what_no_engine_worked_out_again_is_named(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no pool with a claim is shared anew, nor are the other amounts of its programme."""
    for limit in ("ALL_CHECKED", "ALL_SHARED", "SHARED"):
        monkeypatch.setattr(calculate, limit, 2)
    pool = '\n[[rule]]\nid = "some"\nsource = "paper"\nwhen = "people > 0"\n'
    pool += 'share = { pool = "pot", per = "place", by = "people" }\n'
    also = '\n[[also]]\nid = "extra"\ntitle = { zh = "另", en = "Extra" }\nvalue = "pot"\nunit = "yuan/year"'
    policy(
        tmp_path, head='[parameters.pot]\ntitle = { zh = "总额", en = "Pot" }\nunit = "yuan/year"\n'
        'source = "paper"\nvalues = { 2020-01-01 = 100 }\n',
        facts=fact("place", 'type = "text"') + fact("people", 'unit = "1"'),
        g=decides("first") + pool + OTHERWISE + also,
    )  # fmt: skip
    lines = [f"甲{n},大,1" for n in range(6)]
    for more in ([], ["独村,小,0"]):
        path = roster(tmp_path, "name,place,people", *lines, *more)
        told = cli("run", path, "--no-record", "--lang", "en").said
        assert "[FC503]" in told and "granted" in told and "extra" in told
    path = roster(tmp_path, "name,place,people", *lines, "独村,小,1")
    assert "[FC503]" not in cli("run", path, "--no-record").said
