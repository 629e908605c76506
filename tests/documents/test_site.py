"""The site that `make docs` built is read from a folder, without a network."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from tests.conftest import ROOT

SITE = ROOT / "build" / "docs" / "site"
PAGES = sorted(SITE.rglob("*.html"))
LEADS_ELSEWHERE = {("a", "href")}
"""What a browser asks for only when a person follows it."""

pytestmark = pytest.mark.skipif(not PAGES, reason="the site is not built: make docs")


class Addresses(HTMLParser):
    """Every address in a page, and whether a browser asks for it on its own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, bool]] = []
        self.classes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "class":
                self.classes |= set((value or "").split())
            if name in {"src", "href", "srcset", "poster", "data", "action"} and value is not None:
                self.found.append((value, (tag, name) not in LEADS_ELSEWHERE))


def read(text: str) -> Addresses:
    page = Addresses()
    page.feed(text)
    return page


def test_no_page_asks_the_network_for_anything() -> None:
    asked = [
        f"{path.relative_to(SITE)}: {address}"
        for path in PAGES
        for address, at_once in read(path.read_text(encoding="utf-8")).found
        if at_once and (urlsplit(address).scheme not in {"", "data"} or urlsplit(address).netloc)
    ]
    assert not asked, "\n".join(asked)


def test_no_script_and_no_style_asks_the_network_for_anything() -> None:
    for path in SITE.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", text), path
    for path in [*(SITE / "assets").rglob("bundle.*.js"), *(SITE / "assets").rglob("worker*.js")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"unpkg|jsdelivr|cdnjs|fonts\.g", text), path


def test_every_link_leads_to_a_file_of_the_site() -> None:
    """Opened from a folder, a link to a folder would show a list of files."""
    lost = []
    for path in PAGES:
        for address, _ in read(path.read_text(encoding="utf-8")).found:
            parts = urlsplit(address)
            within = not parts.scheme and not parts.netloc and parts.path
            if within and not (path.parent / unquote(parts.path)).is_file():
                lost.append(f"{path.relative_to(SITE)}: {address}")
    assert not lost, "\n".join(lost)
    assert any("md-logo" in read(path.read_text(encoding="utf-8")).classes for path in PAGES)
