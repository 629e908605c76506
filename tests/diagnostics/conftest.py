"""Run a command where an example lies."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[[str, Path, str], str]


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
