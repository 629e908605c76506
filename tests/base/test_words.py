"""Chinese texts use the words of docs/words.zh.md, and none of those that it retires."""

from __future__ import annotations

import re

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "words.zh.md"
STILL = ("退回修改",)
"""What has a retired word in another sense."""
READS = {"src/fundcalc/roster/words.py"}
"""What knows the words of other people's files."""


def _retired() -> dict[str, str]:
    """Each retired word with what is said in its place."""
    rows = re.findall(r"(?m)^\| ([^|]+) \| [^|]+ \| ([^|]+) \|$", PAGE.read_text(encoding="utf-8"))
    return {old: new for new, olds in rows[1:] for old in olds.strip().split("、") if old}


RETIRED = _retired()
TEXTS = sorted(
    path
    for pattern in (
        "policies.toml", "rules/**/*.toml", "schema/*.json", "README*.md", "docs/*.md",
        "docs/tutorials/*.md", "docs/reference/*.md", "src/**/*.py", "src/**/*.toml",
        "src/**/*.html", "src/**/*.md", "cli/**/*.py",
    )
    for path in ROOT.glob(pattern)
    if path != PAGE and str(path.relative_to(ROOT)) not in READS
)  # fmt: skip


def _found(text: str) -> list[str]:
    for whole in STILL:
        text = text.replace(whole, "")
    return [f"{old} (say {new})" for old, new in RETIRED.items() if old in text]


def test_no_retired_word_is_said() -> None:
    found = {path: _found(path.read_text(encoding="utf-8")) for path in TEXTS}
    assert not {str(path): words for path, words in found.items() if words}


def test_the_page_is_read() -> None:
    assert RETIRED["付款方"] == RETIRED["支付方"] == "资金承担主体" and len(RETIRED) > 15
    assert _found("退回修改") == [] and _found("退回 1 处") == ["退回 (say 需更正)"]
