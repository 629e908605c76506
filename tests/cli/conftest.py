"""The program as a person calls it: arguments in, exit code and both outputs back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "taiyuan-2017.xlsx"


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str


Cli = Callable[..., Answer]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """Run a command in a fresh folder, without the program's own exit."""
    from fundcalc_cli.app import main

    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["fundcalc", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        captured = capsys.readouterr()
        code = left.value.code
        assert code in (0, 1, 2), f"exit code {code}"
        assert "Traceback" not in captured.err
        return Answer(int(code), captured.out, captured.err)

    return call


@pytest.fixture
def example() -> Path:
    """The example roster of 890 invented villages."""
    return EXAMPLE


HEADER = "代码,村名,乡镇,县（市、区）,常住人口,集体经济收入,已安排党建经费,其他班子成员,现行补贴"


@pytest.fixture
def roster(tmp_path: Path) -> Callable[..., Path]:
    """A small CSV roster from its lines."""

    def make(*lines: str, header: str = HEADER, name: str = "roster.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    return make
