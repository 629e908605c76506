"""Every link from one of our pages to another, or to a picture, leads somewhere."""

from __future__ import annotations

import importlib.util
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


def anchors(text: str) -> set[str]:
    """The places in a page that a link can name: its headings, and what it names itself."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    headings = re.findall(r"(?m)^#+ (.*)$", re.sub(r"(?ms)^```.*?^```", "", plain))
    made = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return made | set(re.findall(r'<a id="([^"]+)">', text))


def test_places_within_pages() -> None:
    lost = []
    for path in PAGES:
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for link, place in re.findall(r"\]\(([^)#\s]*\.md|)#([^)\s]+)\)", text):
            there = (path.parent / link if link else path).read_text(encoding="utf-8")
            if place not in anchors(there):
                lost.append(f"{path}: {link}#{place}")
    assert not lost, "\n".join(lost)


def test_anchors_of_the_reference() -> None:
    text = (ROOT / "docs" / "reference" / "language.md").read_text(encoding="utf-8")
    named = set(re.findall(r'<a id="(\w+)">', text))
    assert set(re.findall(r"\]\(#(\w+)\)", text)) == named


def test_the_site_has_every_page_once() -> None:
    spec = importlib.util.spec_from_file_location("hooks", ROOT / "docs" / "site" / "hooks.py")
    assert spec is not None and spec.loader is not None
    hooks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hooks)
    taken: set[str] = set()
    tabs = [hooks.pages(sections, ROOT, taken) for sections in (hooks.CHINESE, hooks.ENGLISH)]
    chinese, english = (
        [page for part in tab for [pages] in [part.values()] for page in pages] for tab in tabs
    )
    assert {*chinese, *english} == {path.relative_to(ROOT).as_posix() for path in PAGES}
    assert len(chinese) + len(english) == len(PAGES)
    assert all(".zh." in page for page in chinese) and not any(".zh." in page for page in english)
    assert all(pages for tab in tabs for part in tab for pages in part.values())
