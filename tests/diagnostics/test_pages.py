"""Every code has a page, every page's examples do what they say, docs/diagnostics.md is up to date."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from fundcalc.base.catalogue import pages, pages_markdown
from tests.conftest import ROOT, Cli
from tests.diagnostics.splice import splice

BASE = Path(__file__).parent / "base"
WITH_EXAMPLES = [page.code for page in pages().values() if page.bad]
NEED_EXAMPLES = re.compile(r"FC(?:[127]\d\d|80\d)")
NO_EXAMPLE = {
    "FC121": "the whole of village.toml would have to be shown",
    "FC211": "over 2,000 characters",
    "FC760": "the text of a source beside the policy's files",
    "FC799": "depends on what z3 can do",
    "FC805": "a workbook that no program opens",
    "FC128": "two files",
    "FC806": "a table, not TOML",
}


def codes(said: str) -> set[str]:
    return set(re.findall(r"\[(FC\d{3})\]", said))


def test_every_code_has_a_page() -> None:
    emitted: set[str] = set()
    for folder in ("src", "cli"):
        for path in (ROOT / folder).rglob("*.py"):
            emitted.update(re.findall(r'"(FC\d{3})[".]', path.read_text(encoding="utf-8")))
    assert emitted == set(pages())


def test_pages_are_complete() -> None:
    for page in pages().values():
        assert page.title.zh and page.title.en and page.text.zh and page.text.en, page.code
        assert re.search(r"[\u4e00-\u9fff]", page.text.zh), page.code
        assert bool(page.bad) == bool(page.good), page.code
        needed = NEED_EXAMPLES.fullmatch(page.code) and page.code not in NO_EXAMPLE
        assert page.bad or not needed, page.code


@pytest.mark.parametrize("code", WITH_EXAMPLES)
def test_examples(code: str, cli: Cli, tmp_path: Path) -> None:
    said = {}
    for kind, example in (("bad", pages()[code].bad), ("good", pages()[code].good)):
        command = shlex.split(splice(BASE, example, tmp_path / kind))
        said[kind] = cli(*command, cwd=tmp_path / kind).said
    bad, good = said["bad"], said["good"]
    assert code in codes(bad), bad
    assert code not in codes(good), good
    assert "error[" not in good, good


def test_the_document_is_up_to_date(request: pytest.FixtureRequest) -> None:
    path = ROOT / "docs" / "diagnostics.md"
    if request.config.getoption("--reset"):
        path.write_text(pages_markdown(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == pages_markdown(), (
        "run: fundcalc rule --format markdown > docs/diagnostics.md"
    )


def test_the_command(cli: Cli) -> None:
    shown = cli("rule", "fc701").said
    assert shown.startswith("exit 0\nFC701  Two rules of a `unique` programme")
    assert "Bad example:" in shown and "Good example:" in shown
    assert "错误示例：" in cli("rule", "701", "--lang", "zh").out
    listed = cli("rule", "--lang", "zh").out
    assert all(code in listed for code in pages())
    unknown = cli("rule", "FC7O2").said
    assert unknown.startswith("exit 2\n") and "FC702" in unknown
    data = json.loads(cli("rule", "FC203", "--format", "json").out)
    assert set(data) == {"code", "title", "text", "bad", "good"}


def test_a_page_speaks_of_the_rows_of_the_policy_even_a_broken_one(
    cli: Cli, tmp_path: Path
) -> None:
    cli("init", "benefit", "--from", "household")
    for arguments, cwd in ((("--policy", "benefit"), tmp_path), ((), tmp_path / "benefit")):
        assert "一户同时满足" in cli("rule", "FC401", "--lang", "zh", *arguments, cwd=cwd).out
    with (tmp_path / "benefit" / "rules" / "benefit.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[rule]]\nid = "broken"\nwhen = "nothing > 1"\n')
    assert cli("check").code == 1
    assert "A household meets two rules" in cli("rule", "FC401", "--lang", "en").out
    missing = cli("rule", "FC401", "--policy", "nowhere")
    assert missing.code == 2 and "nowhere" in missing.err
