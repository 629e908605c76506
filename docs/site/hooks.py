"""Pages of the site: the files as they lie in the repository, in the order in which they are read.

What leads from a page to another then leads there on the site as well. A page that no list below names comes
behind those that it names.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BESIDE = (
    "README.md",
    "README.zh.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "policies.toml",
    "rules",
    "examples",
)
"""What pages lead to outside of docs/."""
_LEFT_OUT = shutil.ignore_patterns("site", "__pycache__", "*.py", "*.xlsx")

ENGLISH = {
    "Begin": ["README.md", "docs/index.md", "docs/platforms.md", "docs/limits.md"],
    "In a browser": ["docs/desk/*.en.md"],
    "In a terminal": ["docs/tutorials/*.en.md"],
    "Do": [
        "docs/rosters.md", "docs/language.md", "docs/bench.md", "docs/grids.md", "docs/workbook.md",
        "docs/explaining.md", "docs/ledger.md", "docs/auditing.md", "docs/databases.md", "docs/cluster.md",
        "docs/python.md", "docs/api.md", "docs/*.md",
    ],
    "Look up": ["docs/reference/README.md", "docs/reference/*.md", "docs/diagnostics.md"],
    "Inside": [
        "docs/architecture.md", "docs/security.md", "docs/reliability.md", "docs/performance.md",
        "docs/conformance.md", "docs/mutation.md", "CONTRIBUTING.md", "CHANGELOG.md",
    ],
}  # fmt: skip
CHINESE = {
    "开始": ["README.zh.md", "docs/index.zh.md", "docs/platforms.zh.md", "docs/limits.zh.md"],
    "在浏览器里": ["docs/desk/*.zh.md"],
    "在终端里": ["docs/tutorials/*.zh.md"],
    "做": ["docs/rosters.zh.md", "docs/databases.zh.md", "docs/python.zh.md", "docs/editors.zh.md"],
    "查": ["docs/words.zh.md", "docs/*.zh.md"],
}


def pages(
    sections: dict[str, list[str]], root: Path, taken: set[str]
) -> list[dict[str, list[str]]]:
    """The pages of each section; a pattern has what no name and no pattern before it has taken."""
    chinese = sections is CHINESE
    named = {one for part in (ENGLISH, CHINESE) for each in part.values() for one in each}
    found = []
    for title, patterns in sections.items():
        listed: list[str] = []
        for pattern in patterns:
            for path in sorted(root.glob(pattern)):
                name = path.relative_to(root).as_posix()
                fits = name == pattern or (name not in named and (".zh." in name) == chinese)
                if fits and name not in taken:
                    taken.add(name)
                    listed.append(name)
        found.append({title: listed})
    return found


def on_config(config: Any) -> Any:
    """Bring the pages together, and list them."""
    there = Path(config["docs_dir"])
    shutil.rmtree(there, ignore_errors=True)
    shutil.copytree(ROOT / "docs", there / "docs", ignore=_LEFT_OUT)
    for name in BESIDE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, there / name, ignore=_LEFT_OUT)
        else:
            shutil.copy(ROOT / name, there / name)
    for page in (*(there / "examples").rglob("*.md"), *(there / "rules").rglob("*.md")):
        page.unlink()  # they explain a folder, not the program
    taken: set[str] = set()
    config["nav"] = [
        {"中文": pages(CHINESE, there, taken)},
        {"English": pages(ENGLISH, there, taken)},
    ]
    config["extra"]["homepage"] = "index.html"  # a folder opened by itself would be a list of files
    return config


_SHIM = re.compile(r'<script src="https://[^"]*/iframe-worker/[^"]*"></script>')
"""What the theme would fetch from elsewhere, so that search works on pages opened from a folder."""


def on_post_page(output: str, *, page: Any, **_: Any) -> str:
    """Nothing is fetched: our own worker stands in for the theme's."""
    own = "../" * page.url.count("/") + "assets/worker.js"
    return _SHIM.sub(f'<script src="{own}"></script>', output)


_ELSEWHERE = re.compile(r'"https://unpkg\.com/[^"]*"')
"""What the theme would fetch for very old browsers and for drawings that we have none of."""


def on_post_build(config: Any) -> None:
    """Put it beside the theme's files, which then fetch nothing either; no page is for servers alone."""
    site = Path(config["site_dir"])
    shutil.copy(HERE / "worker.js", site / "assets" / "worker.js")
    for script in (site / "assets" / "javascripts").glob("bundle.*.js"):
        text = script.read_text(encoding="utf-8")
        script.write_text(_ELSEWHERE.sub('"data:text/javascript,"', text), encoding="utf-8")
    (site / "404.html").unlink()


_FENCE = re.compile(r"(?m)^(`{3,}\w+) (\S+)(?: \S+)?$")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """A fence that names its file has the name above it."""
    return _FENCE.sub(r'\1 title="\2"', markdown)
