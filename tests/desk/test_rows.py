"""The desk with a policy whose rows are no villages: no page speaks of villages or counties."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk.conftest import Open
from tests.policies.test_rows import ROWS, SAID, WRONG, assumed, lay_out

PAGES = (
    "/rosters", "/columns", "/results", "/readings", "/papers", "/policy", "/policy/values", "/policy/check",
    "/policy/cases", "/records",
)  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", list(ROWS))
def test_no_page_speaks_of_villages(kind: str, lang: str, desks: Open, tmp_path: Path) -> None:
    said: dict[str, str] = {}
    for more, pages in (("", PAGES), (WRONG[kind], ("/rosters", "/columns", "/faults"))):
        folder = tmp_path / f"desk{len(more)}"
        folder.mkdir()
        lay_out(kind, folder)
        for roster in folder.glob("*.csv"):
            roster.unlink()
        desk = desks("--lang", lang, folder=folder)
        desk.drop(("roster.csv", (ROWS[kind] + more).encode()))
        said |= {path: f"{said.get(path, '')} {desk.get(path).said}" for path in pages}
    assert {path: found for path, text in said.items() if (found := assumed(text, kind))} == {}
    there = (SAID[kind]["en"][0].partition(" in ")[0], SAID[kind]["zh"][0])
    assert any(one in text for one in there for text in said.values())
