"""Good and bad policies, each with the text that it provokes; `--reset` writes the texts anew.

An example holds the files in which it differs from `base/`, perhaps `command.txt` (default: `check`),
and what the command says in both languages.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src" / "fundcalc"
BAD = sorted(path.name for path in (HERE / "bad").iterdir())
GOOD = sorted(path.name for path in (HERE / "good").iterdir())
Call = Callable[[str, Path, str], str]

NO_EXAMPLE = {
    "FC403": "the plan refuses a policy that may leave a village without a rule (FC111)",
    "FC501": "needs 4,100 rules: tests/engines/test_limits_by_policy.py",
    "FC597": "engines that give different results: a fault of the program",
    "FC598": "a rules engine that fails: a fault of the program, tests/engines",
    "FC599": "engines that disagree: a fault of the program, tests/engines",
    "FC862": "what a database says in its own words: tests/cli/test_backends.py",
    "FC863": "a package that is not installed: tests/cli/test_backends.py",
    "FC864": "Spark without Java: tests/cli/test_backends.py",
    "FC869": "a database and the rules engine that differ: a fault of the program",
}


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a command where the example lies; exit code, then all that it said."""
    from fundcalc_cli.app import main

    def run(command: str, folder: Path, lang: str) -> str:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["fundcalc", *shlex.split(command), "--lang", lang])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return f"exit {left.value.code}\n{said.out}{said.err}"

    return run


def laid_out(example: Path, folder: Path) -> str:
    """The base with the example's files over it; returns the command."""
    shutil.copytree(HERE / "base", folder, dirs_exist_ok=True)
    shutil.copytree(example, folder, dirs_exist_ok=True)
    command = folder / "command.txt"
    return command.read_text(encoding="utf-8").strip() if command.exists() else "check"


@pytest.mark.parametrize("name", BAD)
def test_bad(name: str, call: Call, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    command = laid_out(HERE / "bad" / name, tmp_path)
    for lang in ("en", "zh"):
        said = call(command, tmp_path, lang)
        expected = HERE / "bad" / name / f"expected.{lang}.txt"
        if request.config.getoption("--reset"):
            expected.write_text(said, encoding="utf-8")
        assert said == expected.read_text(encoding="utf-8")
        assert f"[{name[:5]}]" in said
        assert not said.startswith("exit 0") or "FC407" in name


@pytest.mark.parametrize("name", GOOD)
def test_good(name: str, call: Call, tmp_path: Path) -> None:
    laid_out(HERE / "good" / name, tmp_path)
    assert call("check", tmp_path, "en") == "exit 0\nNothing found\n"
    tested = call("test", tmp_path, "en")
    assert tested.startswith("exit 0\n")
    assert " 0 fail" in tested and " 0 pass" not in tested


def test_every_code_has_an_example() -> None:
    """A diagnostic that nobody has looked at is one that nobody understands."""
    codes: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        if path.parent.name != "roster":
            codes.update(re.findall(r'"(FC\d{3})"', path.read_text(encoding="utf-8")))
    shown = {name[:5] for name in BAD}
    assert codes - shown == set(NO_EXAMPLE)
    assert shown <= codes
