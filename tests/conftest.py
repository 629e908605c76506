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
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages in English unless a test asks otherwise, whatever the machine's locale."""
    monkeypatch.setenv("FUNDCALC_LANG", "en")
    monkeypatch.delenv("FUNDCALC_LEDGER", raising=False)


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
