"""A policy with a small change: what a fault or a sound variation is kept as."""

from __future__ import annotations

import shutil
from pathlib import Path

import tomli

from tests.conftest import ROOT

SMALL = ROOT / "tests" / "diagnostics" / "base"


def changed(change: Path, folder: Path) -> str | None:
    """Lay out the changed policy; returns the code that the change deserves, if any."""
    told = tomli.loads(change.read_text(encoding="utf-8"))
    if told["base"] == "small":
        shutil.copytree(SMALL, folder, dirs_exist_ok=True)
    else:
        shutil.copy(ROOT / "policies.toml", folder)
        shutil.copytree(ROOT / "rules", folder / "rules", ignore=shutil.ignore_patterns("cases"))
    for one in told["change"]:
        path = folder / one["file"]
        if "old" not in one:
            path.write_text(one["new"], encoding="utf-8")
            continue
        text = path.read_text(encoding="utf-8")
        assert one["old"] in text, one["old"]
        path.write_text(text.replace(one["old"], one["new"], 1), encoding="utf-8")
    code: str | None = told.get("code")
    return code
