"""Limits of the program's own text: how long files and functions are, and what they must not do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from tests.conftest import ROOT

LONGEST_FILE, LONGEST_FUNCTION = 700, 80


@cache
def modules() -> dict[str, tuple[str, ast.Module]]:
    """Every file of the program: its text and its tree."""
    paths = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "cli").rglob("*.py")])
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return {name: (text, ast.parse(text)) for name, text in texts.items()}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_files_and_functions_are_short() -> None:
    too_long = [name for name, (text, _) in modules().items() if text.count("\n") > LONGEST_FILE]
    too_long += [
        f"{name}:{node.lineno} {node.name}"
        for name, (_, tree) in modules().items()
        for node in functions(tree)
        if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert not too_long, "\n".join(too_long)


def test_files_and_folders_say_what_they_are_for() -> None:
    silent = [name for name, (_, tree) in modules().items() if not ast.get_docstring(tree)]
    assert not silent, "\n".join(silent)
