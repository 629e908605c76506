"""Rosters as they lie on the desk, good and bad; `--reset` writes anew what is said of them.

A case (tests/cases.py) says what a command tells of its rosters; those that are no plain text lie in a
folder of its name. The four `make_*.py` made them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from fundcalc import api
from fundcalc.engines.result import values_of
from tests.cases import begin, command_of, replay, unpack
from tests.conftest import Cli
from tests.rosters.villages import HEADER, VILLAGES

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src" / "fundcalc" / "roster"
GOOD = sorted({f"good/{path.stem}" for path in (HERE / "good").iterdir()})
BAD = sorted({f"bad/{path.stem}" for path in (HERE / "bad").iterdir()})

NO_EXAMPLE = {
    "FC863": "where durable-rules is absent: tests/cli/test_without_rules.py",
    "FC875": "an address with a password: tests/cli/test_tables.py",
    "FC876": "a database that does not answer",
    "FC878": "a table of a database that does not fit",
}


def compared(name: str, cli: Cli, folder: Path, reset: bool) -> Iterable[str]:
    """What the command says, in both languages, held against what is expected."""
    case = HERE / f"{name}.md"
    if reset and not case.exists():
        begin(case, f"roster check {next((HERE / name).glob('roster*')).name}")
    return replay(case, folder, cli, reset=reset).values()


@pytest.mark.parametrize("name", GOOD)
def test_good(name: str, cli: Cli, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    for said in compared(name, cli, tmp_path, request.config.getoption("--reset")):
        assert said.startswith("exit 0\n")


@pytest.mark.parametrize("name", GOOD)
def test_every_good_roster_holds_the_same_villages(name: str, tmp_path: Path) -> None:
    """All facts of the six villages, each from a cell; in several files their order is the files'."""
    case = HERE / f"{name}.md"
    unpack(case, tmp_path)
    command = command_of(case)
    options = [at for at, word in enumerate(command) if word.startswith("--")]
    files = [tmp_path / file for file in command[2 : min(options, default=len(command))]]
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
def test_bad(name: str, cli: Cli, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    for said in compared(name, cli, tmp_path, request.config.getoption("--reset")):
        assert said.startswith(("exit 1\n", "exit 2\n"))
        assert not name.startswith("bad/FC") or f"[{name[4:9]}]" in said


def test_every_code_has_an_example() -> None:
    """A diagnostic that nobody has looked at is one that nobody understands."""
    codes: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        codes.update(re.findall(r'"(FC\d{3})"', path.read_text(encoding="utf-8")))
    assert codes - {name[4:9] for name in BAD} == set(NO_EXAMPLE)
