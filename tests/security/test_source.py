"""What the program's own text must not hold: ways to run what a file says, or to reach the network."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "cli").rglob("*.py")])

EVALUATING = {"eval", "exec", "compile", "__import__"}
REACHING = {
    "ctypes", "ftplib", "http", "marshal", "pickle", "requests", "shelve", "smtplib", "socket", "urllib",
    "webbrowser",
}  # fmt: skip
STARTING = {
    "src/fundcalc/policy/layout.py",  # the formatter of TOML, an installed package, with no shell
    "src/fundcalc/roster/files/parquet.py",  # our own trial of a table
    "src/fundcalc/reports/letters/bound.py",  # our own worker, which sets letters
    "src/fundcalc/engines/sql/spark.py",  # Spark's own start, for its output only
}


def _called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_from_a_file_is_run_and_nothing_reaches_out(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not EVALUATING & set(_called(tree))
    assert not REACHING & set(_imported(tree))
    if path.relative_to(ROOT).as_posix() not in STARTING:
        assert "subprocess" not in set(_imported(tree))
    assert not [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword)
        and node.arg == "shell"
        and getattr(node.value, "value", None)
    ]
