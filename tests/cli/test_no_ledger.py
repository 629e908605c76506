"""What stands where a ledger should and is none: words at once, and nothing is done to it."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.cli.test_names import small

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="other systems have other pipes"
)
COMMANDS = [
    ["run", "roster.csv"], ["runs", "list"], ["runs", "show", "last"], ["runs", "verify"],
    ["runs", "near", "last"], ["runs", "export", "last", "pack"], ["letter", "last"],
    ["report", "last"], ["explain", "甲村", "--run", "last"],
    ["compare", "run:last", "current", "roster.csv"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "folder", "device", "endless device"])
def test_what_is_no_file_is_no_ledger(
    cli: Cli, tmp_path: Path, command: list[str], kind: str
) -> None:
    small(tmp_path)
    place = tmp_path / "fundcalc.db"
    if "pipe" in kind:
        os.mkfifo(tmp_path / "pipe")
        place.symlink_to("pipe") if "link" in kind else place.hardlink_to(tmp_path / "pipe")
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to("/dev/zero" if "endless" in kind else "/dev/null")
    before = place.stat()
    answer = cli(*command, "--ledger", place, "--lang", "en")
    assert answer.code == 2
    assert "fundcalc.db" in answer.err
    assert "folder" in answer.err if kind == "folder" else "a pipe or a device" in answer.err
    assert stat.S_IFMT(place.stat().st_mode) == stat.S_IFMT(before.st_mode)
