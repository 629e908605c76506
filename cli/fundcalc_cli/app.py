"""The program's commands and the one place where problems become messages and exit codes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from fundcalc import __version__
from fundcalc_cli import check, explain, grid, init, roster, run, test
from fundcalc_cli.output import guarded, tell

app = typer.Typer(
    name="fundcalc",
    help=tell(
        "按 TOML 政策规则计算每个村应得的经费和补助，并说明理由。",
        "What each village is entitled to under a policy written in TOML, and why.",
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init", help=init.HELP)(init.init)
app.command("run", help=run.HELP)(run.run)
app.command("explain", help=explain.HELP)(explain.explain)
app.command("check", help=check.HELP)(check.check)
app.command("test", help=test.HELP)(test.test)
app.command("grid", help=grid.HELP)(grid.grid)
app.add_typer(roster.app, name="roster")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fundcalc {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help=tell("显示版本", "Show the version")
        ),
    ] = False,
) -> None:
    """Options before the command."""


def main() -> None:
    """Run the program; exits 0 (done), 1 (the answer is no) or 2 (it could not be done)."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    guarded(app)
