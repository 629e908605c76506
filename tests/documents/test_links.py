"""Every link from one of our pages to another, or to a picture, leads somewhere."""

from __future__ import annotations

import re

from tests.conftest import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#([^)\s]+))?\)")


def test_links() -> None:
    lost = []
    for path in PAGES:
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        wanted = [link for link, _ in LINK.findall(text) if "://" not in link]
        lost += [f"{path}: {link}" for link in wanted if not (path.parent / link).exists()]
    assert not lost, "\n".join(lost)


def test_anchors_of_the_reference() -> None:
    text = (ROOT / "docs" / "reference" / "language.md").read_text(encoding="utf-8")
    named = set(re.findall(r'<a id="(\w+)">', text))
    assert set(re.findall(r"\]\(#(\w+)\)", text)) == named
