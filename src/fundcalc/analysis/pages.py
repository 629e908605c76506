"""What each diagnostic code means: the pages of the catalogue, for terminal, JSON and docs/diagnostics.md.

An example is a piece of policy, which stands in place of what has the same name in a sound one; or lines of a
roster; or a command after `$`. The tests run them all.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from fundcalc.base.catalogue import Page, pages, words
from fundcalc.base.width import laid_out
from fundcalc.base.words import Lang, Words


def all_pages() -> list[Page]:
    """Every diagnostic code's page, in the order of codes."""
    return list(pages().values())


def near(code: str) -> list[Page]:
    """Pages whose codes a reader may have meant: of like spelling, else of the same hundred."""
    known = pages()
    matches = get_close_matches(code.upper(), known, n=6, cutoff=0.6)
    digits = re.sub(r"\D", "", code)
    same = [c for c in known if digits and c.startswith(f"FC{digits[0]}")]
    return [known[c] for c in sorted(matches or same)]


def find(code: str) -> Page | None:
    """The page of a code, written FC203, fc203 or 203."""
    digits = re.fullmatch(r"(?:[Ff][Cc])?(\d{3})", code.strip())
    return pages().get(f"FC{digits.group(1)}") if digits else None


def _examples(page: Page) -> tuple[tuple[Words, str], ...]:
    return (words("cases.bad_example"), page.bad), (words("cases.good_example"), page.good)


def page_text(page: Page, lang: Lang) -> str:
    """A page for a terminal of 80 columns; only an example, which is to be copied, may be wider."""
    prose = f"{page.code}  {page.title.say(lang)}\n\n{page.text.say(lang)}"
    lines = [laid_out(prose, 80)]
    for head, example in _examples(page):
        if example:
            lines += ["", f"{head.say(lang)}{'：' if lang == 'zh' else ':'}", ""]
            lines += [f"    {line}".rstrip() for line in example.splitlines()]
    return "\n".join(lines)


def page_json(page: Page, lang: Lang) -> dict[str, str | None]:
    """A page as JSON."""
    return {
        "code": page.code,
        "title": page.title.say(lang),
        "text": page.text.say(lang),
        "bad": page.bad or None,
        "good": page.good or None,
    }


_PARTS = (
    "cases.part_files",
    "cases.part_policies",
    "cases.part_expressions",
    "cases.part_dates",
    "cases.part_computing",
    "cases.part_engines",
    "cases.part_rosters",
    "cases.part_checks",
    "cases.part_cases",
    "cases.part_ledger",
)


def markdown() -> str:
    """All pages as one Markdown document in both languages: docs/diagnostics.md."""
    lines = [
        "# Diagnostics 诊断代码",
        "",
        "Written by `fundcalc rule --format markdown > docs/diagnostics.md`; do not edit by hand.",
        "本文件由程序写出，请勿手改。",
        "",
        "`fundcalc rule CODE` shows one page. A policy example shows only what differs from a sound one.",
        "用 `fundcalc rule 代码` 查看其中一页。政策示例只写出与正确政策不同的部分。",
    ]
    part = ""
    for page in pages().values():
        if page.code[2] != part:
            part = page.code[2]
            name = words(_PARTS[int(part)])
            lines += ["", f"## FC{part}xx {name.en} {name.zh}"]
        lines += ["", f"### {page.code}", "", f"**{page.title.en} {page.title.zh}**"]
        lines += ["", page.text.en, "", page.text.zh]
        for head, example in _examples(page):
            if example:
                fence = (
                    "console" if example.startswith("$") else "toml" if "= " in example else "csv"
                )
                lines += ["", f"{head.en} {head.zh}:", "", f"```{fence}", example, "```"]
    return "\n".join(lines) + "\n"
