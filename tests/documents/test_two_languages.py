"""Pages that stand in two languages give the same commands and lead to the same pages."""

from __future__ import annotations

import re
import shlex

import pytest
from tests.conftest import ROOT

PAIRS = {
    str(zh.relative_to(ROOT)).removesuffix(".zh.md"): (en, zh)
    for folder in (ROOT.glob("*.zh.md"), (ROOT / "docs").rglob("*.zh.md"))
    for zh in folder
    for en in (zh.with_name(zh.name.replace(".zh.md", ending)) for ending in (".md", ".en.md"))
    if en.is_file()
}
"""Every page that stands in both languages."""

OWN_NAMES = {
    "docs/desk/auditor": "a placeholder for the folder",
    "docs/desk/finance-officer": "a placeholder for the folder",
    "docs/desk/policy-staff": "a placeholder for the folder",
    "docs/rosters": "a placeholder for files",
    "docs/tutorials/auditor": "a story with its own files and people, hence other digests",
    "docs/tutorials/finance-officer": "a story with its own files and people",
    "docs/tutorials/own-policy": "a story with its own files",
    "docs/tutorials/policy-staff": "a story with its own files",
}
"""Pages whose commands may name things in the page's language, and why; all else of a command is alike."""

PROGRAMS = ("apt", "CPPFLAGS", "echo", "fundcalc", "make", "pip", "pipx", "py", "uv", "uvx")


def commands(text: str) -> list[str]:
    """Every command, in order: lines of a shell, after `$ ` in a console, in backticks, by themselves."""
    told: list[str] = []
    pattern = r"(?ms)^```(\w+)\n(.*?)^```$|`([^`\n]+)`|^ {4}([^\n]+)$"
    for kind, body, ticked, alone in re.findall(pattern, text):
        lines = body.splitlines() if kind else [ticked or alone]
        told += [one.removeprefix("$ ") for one in lines if kind != "console" or one[:2] == "$ "]
    said = (re.sub(r"\s{2,}# .*", "", one) for one in told)  # what a shell does not read
    return [one for one in said if re.split(r"[ =]", one)[0] in PROGRAMS]


def links(text: str) -> set[str]:
    """Where a page leads, in either language."""
    there = re.findall(r"\]\(([^)#\s]+)", text)
    return {re.sub(r"(\.(en|zh))?(\.\w+)$", r"\3", link) for link in there}


def other_words(english: str, chinese: str) -> list[str]:
    """Words of the English page's commands for which the Chinese one has not always the same other name."""
    names: dict[str, str] = {}
    differ: list[str] = []
    for one, other in zip(commands(english), commands(chinese), strict=True):
        words, theirs = shlex.split(one), shlex.split(other)
        assert len(words) == len(theirs), (one, other)
        for word, their in zip(words, theirs, strict=True):
            own = word == their or re.search("[一-鿿]", their) or DIGEST.fullmatch(word + their)
            if not own or names.setdefault(word, their) != their:
                differ.append(word)
    return differ


DIGEST = re.compile("[0-9a-f]{128}")
"""Two of them, one behind the other."""


@pytest.mark.parametrize("page", PAIRS)
def test_both_languages_give_the_same(page: str) -> None:
    english, chinese = (path.read_text(encoding="utf-8") for path in PAIRS[page])
    if page in OWN_NAMES:
        assert other_words(english, chinese) == []
    else:
        assert commands(english) == commands(chinese)
    assert links(english) == links(chinese)
    assert [len(re.findall(mark, english)) for mark in (r"(?m)^#", r"(?m)^\| ", r"(?m)^\* ")] == [
        len(re.findall(mark, chinese)) for mark in (r"(?m)^#", r"(?m)^\| ", r"(?m)^\* ")
    ]


def test_only_pages_that_differ_are_let_differ() -> None:
    both = {
        "README",
        "docs/index",
        "docs/platforms",
        "docs/python",
        "docs/databases",
        "docs/editors",
    }
    assert {*both, *OWN_NAMES} <= set(PAIRS)
    for page in OWN_NAMES:
        english, chinese = (path.read_text(encoding="utf-8") for path in PAIRS[page])
        assert commands(english) != commands(chinese), page


def test_an_own_name_is_one_and_an_option_is_none() -> None:
    one, other = "`fundcalc run a.csv --by county`", "`fundcalc run 甲.csv --by county`"
    assert other_words(one, other) == []
    assert other_words(one, other.replace("--by", "--top")) == ["--by"]
    assert other_words(f"{one} {one}", f"{other} {other.replace('甲', '乙')}") == ["a.csv"]


def test_a_command_that_only_one_has_is_seen() -> None:
    shell = "```sh\nmake demo\n```\n\n```console\n$ fundcalc run a\nfundcalc: said\n```\n"
    assert commands(shell) == ["make demo", "fundcalc run a"]
    assert commands("`fundcalc rule` and `range`") == ["fundcalc rule"]
    assert links("[a](desk/a.zh.md) [b](b.md#c)") == {"desk/a.md", "b.md"}
