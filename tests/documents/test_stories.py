"""Every command of a console in the READMEs and the tutorials is run and prints what the document says.

`pytest tests/documents -n 0 --reset` writes what they print now; the diff is the review.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cases import blocks
from tests.conftest import ROOT
from tests.documents.story import Teller, environment, too_wide

READMES = (ROOT / "README.md", ROOT / "README.zh.md")
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
PEOPLE = ("auditor", "finance-officer", "policy-staff")
TOLD = (*PEOPLE, "own-policy")


def test_each_is_there_in_both_languages() -> None:
    wanted = {f"{who}.{lang}.md" for who in TOLD for lang in ("en", "zh")}
    assert {path.name for path in TUTORIALS} == wanted


@pytest.mark.parametrize("path", [*READMES, *TUTORIALS], ids=lambda path: path.name)
def test_story(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    text = path.read_text(encoding="utf-8")
    lang = "zh" if path.name.endswith(".zh.md") else "en"
    home = tmp_path / "home"
    folder = home / "desk"
    folder.mkdir(parents=True)
    (home / "fundcalc").symlink_to(ROOT)
    (folder / "examples").symlink_to(ROOT / "examples") if path in READMES else None
    teller = Teller(folder, environment(home, lang))
    now = teller.tell(text)
    if request.config.getoption("--reset"):
        if (
            teller.faults or teller.policy_changed
        ):  # else only digests of runs and times would change
            path.write_text(now, encoding="utf-8")
        return
    assert not teller.faults, f"{path.name} says otherwise than\n" + "\n\n".join(teller.faults)
    assert not too_wide(text)
    assert any(block.kind == "console" for block in blocks(text))
