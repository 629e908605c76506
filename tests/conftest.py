"""What all tests share: Hypothesis profiles, and where the real registers lie if they are there."""

from __future__ import annotations

import os
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
