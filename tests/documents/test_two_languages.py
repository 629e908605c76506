"""Pages that stand in two languages give the same commands and lead to the same pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.conftest import ROOT

PAIRS = ("README", "docs/index", "docs/limits", "docs/platforms")
PROGRAMS = ("apt", "CPPFLAGS", "echo", "fundcalc", "make", "pipx", "py", "uv", "uvx")


def commands(text: str) -> list[str]:
    """Every command, in order: lines of a shell, after `$ ` in a console, in backticks."""
    told: list[str] = []
    for kind, body, ticked in re.findall(r"(?ms)^```(\w+)\n(.*?)^```$|`([^`\n]+)`", text):
        lines = body.splitlines() if kind else [ticked]
        told += [one.removeprefix("$ ") for one in lines if kind != "console" or one[:2] == "$ "]
    return [one for one in told if re.split(r"[ =]", one)[0] in PROGRAMS]


def links(text: str) -> set[str]:
    """Where a page leads, in either language."""
    there = re.findall(r"\]\(([^)#\s]+)", text)
    return {re.sub(r"(\.(en|zh))?(\.\w+)$", r"\3", link) for link in there}


@pytest.mark.parametrize("page", PAIRS)
def test_both_languages_give_the_same(page: str) -> None:
    english, chinese = (
        Path(ROOT / f"{page}{ending}").read_text(encoding="utf-8") for ending in (".md", ".zh.md")
    )
    assert commands(english) == commands(chinese)
    assert links(english) == links(chinese)
    assert [len(re.findall(mark, english)) for mark in (r"(?m)^#", r"(?m)^\| ", r"(?m)^\* ")] == [
        len(re.findall(mark, chinese)) for mark in (r"(?m)^#", r"(?m)^\| ", r"(?m)^\* ")
    ]


def test_a_command_that_only_one_has_is_seen() -> None:
    shell = "```sh\nmake demo\n```\n\n```console\n$ fundcalc run a\nfundcalc: said\n```\n"
    assert commands(shell) == ["make demo", "fundcalc run a"]
    assert commands("`fundcalc rule` and `range`") == ["fundcalc rule"]
    assert links("[a](desk/a.zh.md) [b](b.md#c)") == {"desk/a.md", "b.md"}
