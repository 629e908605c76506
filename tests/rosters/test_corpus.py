"""Rosters as they lie on the desk, good and bad; `--reset` writes anew what is said of them.

An example is a folder with a roster or several, perhaps `command.txt` (default: `roster check` of the
roster), and what the command says in both languages. The four `make_*.py` made the files.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from fundcalc import api
from fundcalc.engines.result import values_of
from tests.rosters.writing import HEADER, VILLAGES

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src" / "fundcalc" / "roster"
GOOD = sorted(path.name for path in (HERE / "good").iterdir())
BAD = sorted(path.name for path in (HERE / "bad").iterdir())
Call = Callable[[list[str], Path, str], str]

NO_EXAMPLE: dict[str, str] = {}


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a command where the example lies; exit code, then all that it said."""
    from fundcalc_cli.app import main

    def run(command: list[str], folder: Path, lang: str) -> str:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["fundcalc", *command, "--lang", lang])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return f"exit {left.value.code}\n{said.out}{said.err}"

    return run


def command_of(example: Path) -> list[str]:
    """What is run: as the example says, or the check of its roster."""
    said = example / "command.txt"
    if said.exists():
        return shlex.split(said.read_text(encoding="utf-8"))
    (roster,) = [path.name for path in example.iterdir() if path.name.startswith("roster")]
    return ["roster", "check", roster]


def compared(example: Path, call: Call, reset: bool) -> list[str]:
    """What the command says, in both languages, held against what is expected."""
    found = []
    for lang in ("en", "zh"):
        said = call(command_of(example), example, lang)
        expected = example / f"expected.{lang}.txt"
        if reset:
            expected.write_text(said, encoding="utf-8")
        assert said == expected.read_text(encoding="utf-8")
        found.append(said)
    return found


@pytest.mark.parametrize("name", GOOD)
def test_good(name: str, call: Call, request: pytest.FixtureRequest) -> None:
    example = HERE / "good" / name
    for said in compared(example, call, request.config.getoption("--reset")):
        assert said.startswith("exit 0\n")


@pytest.mark.parametrize("name", GOOD)
def test_every_good_roster_holds_the_same_villages(name: str) -> None:
    """All facts of the six villages, each from a cell; in several files their order is the files'."""
    example = HERE / "good" / name
    command = command_of(example)
    options = [at for at, word in enumerate(command) if word.startswith("--")]
    files = [example / file for file in command[2 : min(options, default=len(command))]]
    pairs = dict(value.split("=") for option, value in pairwise(command) if option == "--column")
    sheet = command[command.index("--sheet") + 1] if "--sheet" in command else None
    policy = api.load_policy()
    read = api.read_roster(files, policy, sheet=sheet, columns=pairs)
    found = [list(map(str, values_of(read.columns[id_]))) for id_ in policy.facts]
    assert sorted(zip(*found, strict=True)) == sorted(zip(*truth(), strict=True))
    assert len(files) > 1 or files[0].is_dir() or found == truth()
    assert not any(any(taken) for taken in read.assumed.values())


def truth() -> Sequence[Sequence[str]]:
    """The six villages' facts, column by column, as the program holds them."""

    def held(title: str, cell: object) -> str:
        if cell in ("是", "否"):
            return str(cell == "是")
        money = title in ("集体经济收入", "已安排党建经费", "现行补贴")
        return str(round(float(str(cell)) * 100)) if money else str(cell)

    return [[held(title, row[at]) for row in VILLAGES] for at, title in enumerate(HEADER)]


@pytest.mark.parametrize("name", BAD)
def test_bad(name: str, call: Call, request: pytest.FixtureRequest) -> None:
    example = HERE / "bad" / name
    for said in compared(example, call, request.config.getoption("--reset")):
        assert said.startswith(("exit 1\n", "exit 2\n"))
        assert not name.startswith("FC") or f"[{name[:5]}]" in said


def test_every_code_has_an_example() -> None:
    """A diagnostic that nobody has looked at is one that nobody understands."""
    codes: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        codes.update(re.findall(r'"(FC\d{3})"', path.read_text(encoding="utf-8")))
    assert codes - {name[:5] for name in BAD} == set(NO_EXAMPLE)
