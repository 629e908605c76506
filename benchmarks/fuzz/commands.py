"""Command lines: a command with options that may not go together, over sound and faulty files."""

from __future__ import annotations

import contextlib
import io
import os
import random
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.fuzz.changes import ROOT, by_byte, listed
from benchmarks.fuzz.rosters import some_roster


def one_command(rng: random.Random) -> None:
    """Call the program as a person would; it must leave with 0, 1 or 2 and without a traceback."""
    from fundcalc_cli.app import main

    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["FUNDCALC_TRACEBACK"] = "1"
        data, ending = some_roster(rng)
        Path(f"roster{ending}").write_bytes(data)
        Path("fundcalc.db").write_bytes(_ledger() if rng.randrange(3) else by_byte(rng, _ledger()))
        name, options = rng.choice(_commands())
        argv = [*name, *_arguments(rng, options, f"roster{ending}")]
        out, err = io.StringIO(), io.StringIO()
        sys.argv = ["fundcalc", *argv]
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main()
        except SystemExit as left:
            assert left.code in (0, 1, 2, None), f"{argv}: exit code {left.code}"
        except BaseException as problem:
            raise AssertionError(f"{argv}") from problem
        finally:
            os.chdir(before)
        assert "Traceback" not in err.getvalue(), argv


SERVING = ("desk", "lsp")
"""Commands that run until they are told to stop; they have tests of their own."""


@cache
def _commands() -> list[tuple[list[str], list[Any]]]:
    """Every command with its parameters, from the program itself."""
    import typer

    from fundcalc_cli.app import app

    def leaves(command: Any, path: list[str]) -> list[tuple[list[str], list[Any]]]:
        inner = getattr(command, "commands", None)
        if not inner:
            return [] if path[0] in SERVING else [(path, command.params)]
        return [leaf for name, one in inner.items() for leaf in leaves(one, [*path, name])]

    return leaves(typer.main.get_command(app), [])


@cache
def _ledger() -> bytes:
    from benchmarks.fuzz.ledgers import sound

    return sound()[0]


def _arguments(rng: random.Random, params: list[Any], roster: str) -> list[str]:
    """Values for some of a command's parameters: mostly fitting, sometimes not."""
    found: list[str] = []
    for param in params:
        if param.param_type_name == "argument":
            if param.required or rng.randrange(2):
                found.append(_value(rng, param.name, roster))
        elif rng.randrange(4) == 0 and param.name not in ("install_completion", "show_completion"):
            found.append(param.opts[-1])
            if not getattr(param, "is_flag", False):
                found.append(_value(rng, param.name, roster))
    return found


_NAMED = {
    "roster": ["ROSTER"],
    "policy": [str(ROOT), "nowhere"],
    "on": ["2017-12-31", "2020-01-01", "1999-01-01"],
    "lang": ["zh", "en"],
    "format_": ["text", "json", "sarif"],
    "reading": ["thousand_or_more=exclusive", "x=y"],
    "run_id": ["last", "1", "9"],
    "run": ["last", "1", "9"],
    "ledger": ["fundcalc.db", "other.db", "ROSTER"],
    "village": ["东村", "140121000202", "南村"],
    "output": [
        "out.csv",
        "out.xlsx",
        "out.json",
        "out.html",
        "out.parquet",
        "sub/out.csv",
        "ROSTER",
    ],
    "out": ["out", "sub/out", "ROSTER"],
    "old": ["current", "shipped", "run:1", "2016-01-01"],
    "new": ["current", "shipped", "run:1", "2019-01-01"],
    "years": ["2017:2019", "2019", "2019:2017"],
    "within": ["5 %", "0.1", "200 %"],
}


def _value(rng: random.Random, name: str | None, roster: str) -> str:
    known = _NAMED.get(name or "")
    value = rng.choice(known) if known and rng.randrange(5) else rng.choice(listed("words"))
    return roster if value == "ROSTER" else value
