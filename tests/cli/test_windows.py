"""What Windows does otherwise, simulated: its language, names, open files, shares, long paths."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Cli

from fundcalc.base import words


@pytest.mark.parametrize(
    ("number", "chinese"), [(0x0804, True), (0x0C04, True), (0x0409, False), (0, False)]
)
def test_without_a_locale_the_language_is_that_of_windows(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, number: int, chinese: bool
) -> None:
    for name in ("FUNDCALC_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(words, "windows_language", lambda: number)
    shown = cli("rule", "FC601").out
    assert ("名册" in shown, "roster" in shown) == (chinese, not chinese)


def test_what_a_person_asked_for_comes_first(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "windows_language", lambda: 0x0804)
    assert "roster" in cli("rule", "FC601").out  # FUNDCALC_LANG=en
