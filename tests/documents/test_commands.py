"""Every command that a page names is one of the program's, and so is each of its options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.conftest import ROOT

from fundcalc_cli.app import app

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
PROGRAM: Any = typer.main.get_command(app)

TEXTS = [
    *PAGES,
    *(
        path
        for folder in ("src", "cli", "bundles", "examples", "schema")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".toml", ".md", ".txt", ".sh", ".cmd", ".ipynb", ".json")
    ),
]
"""What a reader may be told to type."""

FROM_AN_INDEX = re.compile(
    r"\b(?:pip3?|pipx|uv tool) (?:install|inject|run)\b[^\n`，。；]*?\bfundcalc\b|\bfundcalc\["
)


def named(text: str) -> Iterator[str]:
    """What begins with the program's name, in backticks or in a line of a shell."""
    for kind, body, ticked in re.findall(
        r"(?ms)^```(\w+)[^\n]*\n(.*?)^```|`(fundcalc [^`\n]+)`", text
    ):
        lines = body.splitlines() if kind in ("console", "sh") else [ticked]
        for line in lines:
            found = re.match(
                r"(?:\$ )?(fundcalc .+)" if kind != "console" else r"\$ (fundcalc .+)", line
            )
            if found:
                yield found[1]


def faults(command: str) -> list[str]:
    """The words of a command that the program does not know; what comes behind a pipe is another's."""
    try:
        words = shlex.split(re.split(r" [|>#&;] ?|；|，", command)[0])[1:]
    except ValueError:  # a quote goes on in the next line
        words = command.split()[1:]
    here = PROGRAM
    while words and hasattr(here, "commands") and not words[0].startswith("-"):
        word = words.pop(0)
        if word not in here.commands:
            return [] if not re.fullmatch(r"[a-z]+", word) else [word]
        here = here.commands[word]
    known = {
        "-h",
        "--help",
        "--lang",
        *(o for p in here.params for o in (*p.opts, *p.secondary_opts)),
    }
    options = (re.match(r"(--?[a-z][a-z-]*)", word) for word in words)
    return [found[1] for found in options if found is not None and found[1] not in known]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_are_the_programs(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    wrong = {one: found for one in named(text) if (found := faults(one))}
    assert not wrong


def test_faults_are_seen() -> None:
    page = "`fundcalc runs verify --head D` `fundcalc nosuch`\n```console\n$ fundcalc run a --nope\n```\n"
    assert [faults(one) for one in named(page)] == [[], ["nosuch"], ["--nope"]]
    assert faults("fundcalc runs show last -o a.csv --lang zh") == []
    assert faults("fundcalc runs shown") == ["shown"]


def test_nothing_installs_the_program_by_name() -> None:
    """It is on no index: whoever takes the name there would be installed in its place."""
    wrong = {
        str(path.relative_to(ROOT)): found[0]
        for path in TEXTS
        if (found := FROM_AN_INDEX.search(path.read_text(encoding="utf-8")))
    }
    assert not wrong


@pytest.mark.parametrize(
    ("line", "by_name"),
    [
        ("pip install fundcalc", True),
        ("py -m pip install -U 'fundcalc[lsp]' x", True),
        ("`pip install '.[duckdb]'`, `'fundcalc[spark]'`", True),
        ("pipx install '.[desk]'\nfundcalc desk work", False),
        ("uvx --from '.[desk]' fundcalc desk work", False),
    ],
)
def test_what_installs_by_name_is_seen(line: str, by_name: bool) -> None:
    assert bool(FROM_AN_INDEX.search(line)) is by_name
