"""The pages about the desk: in both languages for each person, and naming what stands on the desk's pages."""

from __future__ import annotations

import re

from tests.conftest import ROOT
from tests.documents.test_stories import PEOPLE

PAGES = sorted((ROOT / "docs" / "desk").glob("*.md"))
SAID = [*(ROOT / "src/fundcalc/base/messages").glob("*.toml"), ROOT / "policies.toml"]
NO_WORDS = {"340", "34O"}
"""Quoted, but not said by the desk."""


def test_there_is_one_for_each_person_in_both_languages() -> None:
    assert {path.name for path in PAGES} == {
        f"{who}.{lang}.md" for who in PEOPLE for lang in ("en", "zh")
    }


def test_what_they_quote_stands_on_the_desk() -> None:
    said = "\n".join(path.read_text(encoding="utf-8") for path in SAID)
    lost = [
        f"{path.name}: {quoted}"
        for path in PAGES
        for quoted in re.findall("“([^”]+)”", path.read_text(encoding="utf-8"))
        if quoted not in NO_WORDS and quoted.replace("\n", " ") not in said
    ]
    assert not lost, "\n".join(lost)


def test_their_pictures_are_all_there_and_all_shown() -> None:
    shown = {
        name
        for path in PAGES
        for name in re.findall(r"pictures/(desk-[\w.-]+)\)", path.read_text(encoding="utf-8"))
    }
    assert shown == {path.name for path in (ROOT / "docs" / "pictures").glob("desk-*.png")}
