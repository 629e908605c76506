"""What only the installed command shows: how it is called, its versions, and its completion."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from fundcalc import LANGUAGE_VERSION, __version__

MODULE = [sys.executable, "-m", "fundcalc_cli"]
COMMAND = [str(Path(sys.executable).with_name("fundcalc"))]


def call(program: list[str], *arguments: str, **environment: str) -> str:
    """What the program prints; it must succeed."""
    return subprocess.run(
        [*program, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout


@pytest.mark.parametrize(("lang", "none"), [("en", "not installed"), ("zh", "未安装")])
def test_version_names_the_language_and_the_engines(lang: str, none: str) -> None:
    first, language, durable, numpy, duckdb, spark = call(
        MODULE, "--version", FUNDCALC_LANG=lang
    ).splitlines()
    assert first == f"fundcalc {__version__}"
    assert language.endswith(f" {LANGUAGE_VERSION}")
    assert durable == f"durable-rules {version('durable_rules')}"
    assert numpy == f"NumPy {version('numpy')}"
    for line, name in ((duckdb, "DuckDB"), (spark, "Spark")):
        assert line.startswith(f"{name} ") and (line[-1].isdigit() or line.endswith(none))


def test_completion() -> None:
    """The script that a shell reads, and what it then asks the program."""
    script = call(
        COMMAND, "--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"
    )
    assert "complete -o default" in script and "COMP_WORDS" in script

    def completed(line: str) -> list[str]:
        words = line.split(" ")
        asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
        return call(COMMAND, _FUNDCALC_COMPLETE="complete_bash", **asked).splitlines()

    assert completed("fundcalc ex") == ["explain"]
    assert completed("fundcalc run --rej") == ["--rejects"]
    assert completed("fundcalc runs v") == ["verify"]
