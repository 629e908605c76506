"""The page about the house: its picture is drawn from the code, its changes work on a copy."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CHANGES = dict(re.findall(r"### (A\w* [\w ]+)\n.*?```diff\n(.*?)```", PAGE, flags=re.DOTALL))


def changed(folder: Path, name: str) -> None:
    """A copy of what the program needs, with a change of the page applied."""
    for part in ("src", "cli", "rules", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("policies.toml", "pyproject.toml"):
        shutil.copy(ROOT / part, folder / part)
    git = shutil.which("git")
    assert git
    done = subprocess.run(
        [git, "apply", "--whitespace=nowarn", "-"],
        input=CHANGES[name], text=True, cwd=folder, check=False, stderr=subprocess.PIPE,
    )  # fmt: skip
    lines_moved = f"docs/architecture.md: write the diff of “{name}” anew:\n{done.stderr}"
    assert done.returncode == 0, lines_moved


def call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(folder / part) for part in ("src", "cli", ""))
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def held_against_the_corpus(folder: Path, some: str) -> None:
    corpus = ("-p", "no:cacheprovider", "tests/conformance/test_corpus.py")
    done = call(folder, "-m", "pytest", "-q", "-x", *corpus, "-k", some)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b[1-9]\d* passed", done.stdout), done.stdout


def test_a_programme_is_checked_and_computed(tmp_path: Path) -> None:
    changed(tmp_path, "A programme")
    found = call(tmp_path, "-m", "fundcalc_cli", "check")
    assert found.returncode == 0, found.stdout + found.stderr
    roster = str(ROOT / "examples" / "taiyuan-2017.xlsx")
    done = call(tmp_path, "-m", "fundcalc_cli", "run", roster, "--no-record", "-o", "out.csv")
    assert done.returncode == 0, done.stderr
    assert "venue_grant" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")


def test_a_check_is_found_and_has_its_page(tmp_path: Path) -> None:
    changed(tmp_path, "A check")
    rules = tmp_path / "rules" / "income_band.toml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(
        text.replace('en = "Income band" }', f'en = "{"x" * 41}" }}', 1), encoding="utf-8"
    )
    found = call(tmp_path, "-m", "fundcalc_cli", "check")
    assert found.returncode == 1
    assert (
        "warning[FC750]: the title of `income_band` has 41 characters"
        in found.stdout + found.stderr
    )
    assert (
        "too long for the head of a column"
        in call(tmp_path, "-m", "fundcalc_cli", "rule", "FC750").stdout
    )


def test_an_engine_is_held_against_the_corpus(tmp_path: Path) -> None:
    changed(tmp_path, "An engine")
    held_against_the_corpus(tmp_path, "backwards")


def test_a_rounding_direction_is_the_same_in_every_engine(tmp_path: Path) -> None:
    changed(tmp_path, "A rounding direction")
    held_against_the_corpus(tmp_path, "hits and not spark or construct")


def test_a_rounding_direction_forgotten_somewhere_is_an_error_of_types(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    money = tmp_path / "src" / "fundcalc" / "base" / "money.py"
    text = money.read_text(encoding="utf-8")
    assert '"half even", ' in text
    money.write_text(text.replace('"half even", ', '"half even", "half floor", '), encoding="utf-8")
    files = [
        f"src/fundcalc/{name}.py" for name in ("base/money", "core/desugar", "language/functions")
    ]
    found = call(tmp_path, "-m", "mypy", "--strict", "--follow-imports=silent", *files)
    wrong = {line.partition(":")[0] for line in found.stdout.splitlines() if "error:" in line}
    assert wrong == set(files), found.stdout


def test_an_output_column_stands_in_every_output(tmp_path: Path) -> None:
    changed(tmp_path, "An output column")
    roster = tmp_path / "roster.csv"
    head = "代码,村名,乡镇,县（市、区）,常住人口,集体经济收入,已安排党建经费,其他班子成员,现行补贴"
    rows = (
        "140121000201,东村,甲镇,清徐县,1200,60000,100000,4,5000",
        "140123000202,南村,乙乡,娄烦县,400,0,0,2,0",
    )
    roster.write_text("\n".join((head, *rows, "")), encoding="utf-8")
    here = [f"-oout.{ending}" for ending in ("csv", "parquet", "xlsx", "json")]
    for words in (
        ("run", "roster.csv", "--no-record", *here),
        ("roster", "clean", "roster.csv", "-oclean"),
        ("run", "clean", "--backend", "duckdb", "-oduck.csv", "-oduck.parquet"),
    ):
        done = call(tmp_path, "-m", "fundcalc_cli", *words)
        assert done.returncode == 0, done.stderr
    day = date(2017, 12, 31)
    for name in ("out.csv", "duck.csv"):
        lines = (tmp_path / name).read_text(encoding="utf-8-sig").splitlines()
        assert lines[0].endswith(",flags,on")
        assert {line.rsplit(",", 1)[1] for line in lines[1:]} == {"2017-12-31"}
    for name in ("out.parquet", "duck.parquet"):
        assert pl.read_parquet(tmp_path / name)["on"].to_list() == [day, day]
    villages = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["villages"]
    assert [village["on"] for village in villages] == ["2017-12-31"] * 2
    data = openpyxl.load_workbook(tmp_path / "out.xlsx")["Data"]
    at = [cell.value for cell in data[1]].index("on")
    assert [row[at].value for row in data] == ["on", *[datetime(2017, 12, 31)] * 2]


def test_a_report_is_written(tmp_path: Path) -> None:
    changed(tmp_path, "A report")
    roster = str(ROOT / "examples" / "taiyuan-2017.xlsx")
    done = call(tmp_path, "-m", "fundcalc_cli", "run", roster, "--no-record", "-o", "out.md")
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "out.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 892
    assert lines[0].startswith("| Code | Village |")


def test_the_picture_is_up_to_date(request: pytest.FixtureRequest) -> None:
    path = ROOT / "docs" / "pictures" / "house.svg"
    text = runpy.run_path(str(path.with_suffix(".py")))["picture"]()
    if request.config.getoption("--reset"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, "run: make reference"
