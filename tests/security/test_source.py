"""What the program's own text must not hold: ways to run what a file says, or to reach the network."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.test_house import modules

EVALUATING = {"eval", "exec", "compile", "__import__"}
REACHING = {
    "ctypes", "ftplib", "http", "marshal", "pickle", "requests", "shelve", "smtplib", "socket", "urllib",
    "webbrowser",
}  # fmt: skip
ONLY_TEXT = {"http.cookies", "urllib.parse"}
"""Modules of those that take texts apart and reach nothing."""
LISTENING = "src/fundcalc/desk/server.py"
"""Listens on 127.0.0.1 and opens the browser there, when it is asked for: `fundcalc desk`."""
ASKING = "src/fundcalc/base/words.py"
"""Asks Windows, by a name that stands in the program, in which language it shows its menus."""
STARTING = {
    "src/fundcalc/policy/edit.py",  # the formatter of TOML, an installed package, with no shell
    "src/fundcalc/roster/files/source.py",  # our own trial of a table of parquet
    "src/fundcalc/base/apart.py",  # our own reader of a foreign PDF
    "src/fundcalc/reports/letters/setting.py",  # our own worker, which sets letters
    "src/fundcalc/engines/sql/spark.py",  # Spark's own start, for its output only
}


def _forbidden(tree: ast.AST, *, may_start: bool) -> Iterator[tuple[int, str]]:
    """Lines that run a text, reach the network, or start a program."""
    reaching = REACHING if may_start else {*REACHING, "subprocess"}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in EVALUATING:
                yield node.lineno, name
            case ast.Import(names=names):
                imported = (alias.name.partition(".")[0] for alias in names)
                yield from ((node.lineno, name) for name in imported if name in reaching)
            case ast.ImportFrom(module=str(name), level=0) if name.partition(".")[0] in reaching:
                if name not in ONLY_TEXT:
                    yield node.lineno, name
            case ast.keyword(arg="shell", value=value) if getattr(value, "value", None):
                yield node.lineno, "shell"


def test_nothing_from_a_file_is_run_and_nothing_reaches_out() -> None:
    found = [
        f"{path}:{line} {name}"
        for path, (_, tree) in modules().items()
        for line, name in _forbidden(tree, may_start=path in STARTING)
        if not (path == LISTENING and name in ("socket", "webbrowser"))
        if not (path == ASKING and name == "ctypes")
    ]
    assert not found, "\n".join(found)
    assert set(modules()) >= {*STARTING, LISTENING, ASKING}


def test_what_is_looked_for_is_found() -> None:
    text = "import socket, os\nfrom urllib.request import urlopen\neval('1')\nrun('x', shell=True)"
    assert [name for _, name in sorted(_forbidden(ast.parse(text), may_start=True))] == [
        "socket", "urllib.request", "eval", "shell",
    ]  # fmt: skip
