"""Help and pages of codes fit a terminal of 80 columns, in which a wide character takes two."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from tests.conftest import ROOT, Cli

from fundcalc import api
from fundcalc.base.width import laid_out, width
from fundcalc.base.words import Lang

HELP = """
import contextlib, io, json, sys
from fundcalc_cli.app import app
import typer
pages, todo = {}, [((), typer.main.get_command(app))]
for words, one in todo:
    todo += [((*words, name), inner) for name, inner in getattr(one, "commands", {}).items()]
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        app([*words, "--help"], standalone_mode=False)
    pages[" ".join(words)] = shown.getvalue()
sys.stdout.buffer.write(json.dumps(pages).encode())
"""
"""Every command's help page; texts are in the language in which a process began."""


def too_wide(page: str) -> list[str]:
    return [line for line in page.splitlines() if width(line) > 80]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_help_page(lang: Lang) -> None:
    called = subprocess.run(
        [sys.executable, "-c", HELP], check=True, capture_output=True,
        env={**os.environ, "FUNDCALC_LANG": lang, "COLUMNS": "80"},
    )  # fmt: skip
    pages = json.loads(called.stdout)
    assert {"", "run", "runs verify", "roster check"} <= set(pages) and len(pages) > 30
    assert not [(name, line) for name, page in pages.items() for line in too_wide(page)]
    assert ("名册" if lang == "zh" else "Rosters") in pages["run"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_of_a_code(lang: Lang) -> None:
    """Only an example, which is to be copied and set in by four, may be wider."""
    wide = [
        (page.code, line)
        for page in api.pages()
        for line in too_wide(api.page_text(page, lang))
        if not line.startswith("    ")
    ]
    assert not wide


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_run_with_its_details(cli: Cli, lang: Lang, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "examples")
    shown = cli("run", "taiyuan-2017.xlsx", "--no-record", "--details", "--lang", lang)
    assert "[backstop_counties_in_pool=no]" in shown.out
    assert not too_wide(shown.out + shown.err)


def test_what_goes_on_stands_below_its_column() -> None:
    page = "Head:\n  --on DATE   一二三四五六\n  --long\n              eight nine ten  [eleven]\n"
    assert laid_out(page, 24).splitlines() == [
        "Head:",
        "  --on DATE   一二三四五",
        "              六",
        "  --long",
        "              eight nine",
        "              ten",
        "              [eleven]",
    ]
    assert laid_out(page, 80) == page, "what fits stays as it is"
