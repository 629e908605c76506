"""What all tests share: the program as a person calls it, Hypothesis profiles, the real register."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile(
    "default",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("default")


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Messages in English unless a test asks otherwise; runs are kept in a ledger of the test's own."""
    monkeypatch.setenv("FUNDCALC_LANG", "en")
    monkeypatch.setenv("FUNDCALC_LEDGER", str(tmp_path_factory.mktemp("ledger") / "fundcalc.db"))
    monkeypatch.setenv("FUNDCALC_TRACEBACK", "1")  # a fault of the program is shown, not excused


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """The exit code, then both outputs."""
        return f"exit {self.code}\n{self.out}{self.err}"


Cli = Callable[..., Answer]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """Run a command in the test's own folder, or another: arguments in, exit code and outputs back."""
    from fundcalc_cli.app import main

    monkeypatch.chdir(tmp_path)

    def call(*arguments: object, cwd: Path | None = None) -> Answer:
        if cwd:
            monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["fundcalc", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        captured = capsys.readouterr()
        assert left.value.code in (0, 1, 2), f"exit code {left.value.code}"
        assert "Traceback" not in captured.err
        return Answer(int(left.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture
def register() -> Path:
    """The real register of Taiyuan's villages, which is not shipped with the project."""
    path = ROOT.parent / "shared" / "data" / "taiyuan_villages.csv"
    if not path.is_file():
        pytest.skip("the real register (shared/data/taiyuan_villages.csv) is not on this machine")
    return path


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--reset` writes golden files anew; the diff is the review."""
    parser.addoption("--reset", action="store_true", help="write golden files anew")


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: the collector of garbage need not look through them again."""
    gc.collect()
    gc.freeze()
