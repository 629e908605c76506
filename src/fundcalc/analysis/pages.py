"""What each diagnostic code means: one page a code, in Chinese and English, with examples.

A check's page is the docstring of its file in `checks/`; the pages of all other codes stand in
`page_texts/*.txt`, each after a line `## CODE`. A page is: a title in English, in Chinese; what it means,
why it matters and how to mend it, in English, in Chinese; perhaps a bad and a good example, indented
after `Bad:` and `Good:`.

An example is a piece of policy, which stands in place of what has the same name in a sound one; or lines of a
roster; or a command after `$`. The tests run them all.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files

from fundcalc.analysis.check import all_checks
from fundcalc.base.words import Lang, Words

_HEAD = re.compile(r"(?m)^## (FC\d{3})$")


@dataclass(frozen=True, slots=True)
class Page:
    """What a code means; an example is empty where there is none to give."""

    code: str
    title: Words
    text: Words
    bad: str
    good: str


@lru_cache(maxsize=1)
def pages() -> dict[str, Page]:
    """Every page by its code, in the order of codes."""
    found = [_page(module.CODE, inspect.cleandoc(module.__doc__ or "")) for module in all_checks()]
    found += [_page(code, text) for code, text in _written()]
    return {page.code: page for page in sorted(found, key=lambda page: page.code)}


def _written() -> Iterator[tuple[str, str]]:
    folder = files("fundcalc.analysis") / "page_texts"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        parts = _HEAD.split(file.read_text(encoding="utf-8"))[1:]
        yield from zip(parts[::2], parts[1::2], strict=True)


def _page(code: str, text: str) -> Page:
    blocks = [block for block in text.strip("\n").split("\n\n") if block.strip()]
    prose: list[str] = []
    examples: dict[str, list[str]] = {"Bad:": [], "Good:": []}
    current = prose
    for block in blocks:
        current = examples.get(block.strip(), current)
        if block.strip() not in examples:
            current.append(block)
    bad, good = (inspect.cleandoc("\n\n" + "\n\n".join(examples[key])) for key in examples)
    english = [" ".join(line.strip() for line in text.splitlines()) for text in prose[::2]]
    chinese = ["".join(line.strip() for line in text.splitlines()) for text in prose[1::2]]
    title = Words(chinese[0], english[0])
    return Page(code, title, Words("\n\n".join(chinese[1:]), "\n\n".join(english[1:])), bad, good)


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


_BAD, _GOOD = Words("错误示例", "Bad example"), Words("正确示例", "Good example")


def page_text(page: Page, lang: Lang) -> str:
    """A page for the terminal."""
    lines = [f"{page.code}  {page.title.say(lang)}", "", page.text.say(lang)]
    for head, example in ((_BAD, page.bad), (_GOOD, page.good)):
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


_PARTS = {
    "0": Words("文件", "Files"),
    "1": Words("政策文件", "Policy files"),
    "2": Words("表达式", "Expressions"),
    "3": Words("日期与解读", "Dates and readings"),
    "4": Words("计算", "Computing"),
    "5": Words("引擎", "Engines"),
    "6": Words("名册", "Rosters"),
    "7": Words("检查", "Checks"),
    "8": Words("案例与比较", "Cases and comparisons"),
    "9": Words("台账与报告", "Ledger and reports"),
}


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
            name = _PARTS.get(part, Words("其他", "Other"))
            lines += ["", f"## FC{part}xx {name.en} {name.zh}"]
        lines += ["", f"### {page.code}", "", f"**{page.title.en} {page.title.zh}**"]
        lines += ["", page.text.en, "", page.text.zh]
        for head, example in ((_BAD, page.bad), (_GOOD, page.good)):
            if example:
                fence = (
                    "console" if example.startswith("$") else "toml" if "= " in example else "csv"
                )
                lines += ["", f"{head.en} {head.zh}:", "", f"```{fence}", example, "```"]
    return "\n".join(lines) + "\n"
