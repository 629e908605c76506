"""A machine without durable-rules: all is computed, and the row evaluator double-checks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.cli.clean import cleaned
from tests.cli.conftest import Cli

from fundcalc import api
from fundcalc.core.decision import Output
from fundcalc.engines import calculate
from fundcalc.engines.columnar.run import Decider
from fundcalc.engines.durable import agenda

NOTE = "note[FC502]: durable-rules is not installed"
HIDING = "import sys; sys.modules['durable_rules_engine'] = None\n"
PROGRAM = "from fundcalc_cli.__main__ import main; main()"


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and from then on durable-rules is not there."""
    return lambda: monkeypatch.setattr(agenda, "durable", None)


def hidden(folder: Path, *asked: object) -> subprocess.CompletedProcess[str]:
    """A command of a program that cannot import durable-rules."""
    env = {**os.environ, "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-c", HIDING + PROGRAM, *map(str, asked)], cwd=folder, env=env,
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_the_program_starts_and_computes_where_the_module_is_absent(
    example: Path, tmp_path: Path
) -> None:
    done = hidden(tmp_path, "run", example, "-o", "result.csv")
    assert done.returncode == 0 and done.stderr.count("FC502") == 1 and NOTE in done.stderr
    assert (tmp_path / "result.csv").is_file()
    refused = hidden(tmp_path, "run", example, "--engine", "rules", "-o", "other.csv")
    assert refused.returncode == 2 and "pip install durable-rules" in refused.stderr
    assert not (tmp_path / "other.csv").exists()


@pytest.mark.parametrize("every", [True, False], ids=["every village", "by pattern"])
def test_results_are_the_same_and_each_verifies_the_other(
    cli: Cli,
    example: Path,
    tmp_path: Path,
    without: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    every: bool,
) -> None:
    if not every:
        monkeypatch.setattr(calculate, "ALL_CHECKED", 100)
    module = agenda.durable
    with_it, without_it = tmp_path / "with.db", tmp_path / "without.db"
    first = cli("run", example, "-o", "with.csv", "--ledger", with_it)
    assert first.code == 0 and "FC502" not in first.err
    without()
    second = cli("run", example, "-o", "without.csv", "--ledger", without_it)
    assert second.code == 0 and second.err.count("FC502") == 1
    assert (tmp_path / "with.csv").read_bytes() == (tmp_path / "without.csv").read_bytes()
    said = _engine(with_it)
    assert said["again_by"] == "durable-rules" and (said["double_checked"] == 890) is every
    assert _engine(without_it) == {**said, "again_by": "row evaluator"}
    assert [one.code for one in api.open_run(without_it, "last").warnings].count("FC502") == 1
    assert cli("runs", "verify", "--ledger", with_it).code == 0
    monkeypatch.setattr(agenda, "durable", module)
    assert cli("runs", "verify", "--ledger", without_it).code == 0


def _engine(ledger: Path) -> object:
    from fundcalc.ledger.store import opened

    with opened(ledger) as found:
        return found.find("last").data["engine"]


def test_other_commands_do_without_it(
    cli: Cli, example: Path, tmp_path: Path, without: Callable[[], None]
) -> None:
    asked: list[list[object]] = [
        ["test"], ["check"], ["explain", "鹰落沟", "--roster", example],
        ["compare", "shipped", "shipped", "--prove"], ["run", example, "--engine", "columnar", "--no-record"],
    ]  # fmt: skip
    before = [cli(*one).said for one in asked]
    without()
    assert [cli(*one).said for one in asked] == before
    assert "exit 0" in before[0] and "鹰落沟" in before[2]
    assert cli("run", example, "--engine", "rules").code == 2


@pytest.mark.parametrize(
    "asked",
    [
        ["compare", "shipped", "shipped,2018-12-31", "example.xlsx"],
        ["project", "example.xlsx", "--years", "2018:2019"],
        ["grid", "example.xlsx", "--years", "2018:2019"],
    ],
    ids=lambda asked: asked[0],
)
@pytest.mark.parametrize("format_", ["text", "json"])
def test_what_double_checks_says_who_did(
    cli: Cli,
    example: Path,
    tmp_path: Path,
    without: Callable[[], None],
    asked: list[str],
    format_: str,
) -> None:
    shutil.copy(example, tmp_path / "example.xlsx")
    with_it = cli(*asked, "--format", format_)
    without()
    for lang, said in (("en", NOTE), ("zh", "提示[FC502]：没有安装 durable-rules")):
        answer = cli(*asked, "--format", format_, "--lang", lang)
        assert answer.code == 0 and answer.err.count("FC502") == 1 and said in answer.err
        assert "FC502" not in with_it.err + answer.out
    now, before = (" ".join(one.out.split()) for one in (cli(*asked, "--format", format_), with_it))
    told = " (durable-rules was not installed: the row evaluator double-checked)"
    assert now.replace(told, "") == before
    assert (told in now) is (asked[0] == "grid" and format_ == "text")


def test_a_database_says_so_too(
    cli: Cli, exported: Path, tmp_path: Path, without: Callable[[], None]
) -> None:
    pytest.importorskip("duckdb", reason="duckdb is not installed")
    roster = cleaned(cli, exported)
    with_it = cli("run", roster, "--backend", "duckdb", "--format", "json")
    without()
    grid = cli("grid", roster, "--backend", "duckdb", "--years", "2018:2019")
    assert grid.code == 0 and grid.err.count("FC502") == 1
    answer = cli("run", roster, "--backend", "duckdb", "--format", "json")
    assert answer.code == 0 and answer.err.count("FC502") == 1 and "FC502" not in with_it.err
    assert json.loads(answer.out) == json.loads(with_it.out)


def test_a_fault_of_the_columns_still_stops_the_run(
    cli: Cli, example: Path, tmp_path: Path, without: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    checked = Decider._checked

    def wrong(self: Decider, step: Output) -> object:
        found = checked(self, step)
        if isinstance(found, np.ndarray) and found.dtype == np.int64:
            found[found == 17_000_000] += 1
        return found

    monkeypatch.setattr(Decider, "_checked", wrong)
    without()
    for most in (calculate.ALL_CHECKED, 100):
        monkeypatch.setattr(calculate, "ALL_CHECKED", most)
        answer = cli("run", example, "-o", "result.csv", "--no-record")
        assert answer.code == 2 and not (tmp_path / "result.csv").exists()
        assert "FC597" in answer.err and "row evaluator guaranteed_funds = 170000.00" in answer.err


def test_a_record_says_in_words_who_double_checked(
    cli: Cli, example: Path, without: Callable[[], None]
) -> None:
    assert cli("run", example, "--prepared-by", "x").code == 0
    assert "row evaluator" not in cli("runs", "show", "last", "--lang", "en").out
    without()
    for asked in (("run", example, "--details"), ("runs", "show", "last")):
        assert "row evaluator double-checked" in " ".join(cli(*asked, "--lang", "en").out.split())
        assert "由求值器按条文复核" in cli(*asked, "--lang", "zh").out.replace("\n", "")
