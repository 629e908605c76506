"""The program's commands and the one place where problems become messages and exit codes."""

from __future__ import annotations

import gc
import os
import sys
from typing import Annotated

import typer

from fundcalc.base.system import is_text, readable
from fundcalc_cli import (
    check,
    compare,
    explain,
    fmt,
    grid,
    init,
    letter,
    project,
    report,
    roster,
    rule,
    run,
    runs,
    schema,
    set,  # noqa: A004 - one file a command
    show,
    sql,
    test,
)
from fundcalc_cli.options import Language
from fundcalc_cli.output import guarded, prefer_lang, say, tell
from fundcalc_cli.quick import QuickCommand, QuickGroup
from fundcalc_cli.typer_words import Command, show_mistake

app = typer.Typer(
    name="fundcalc",
    cls=QuickGroup,
    help=tell(
        "按 TOML 政策规则计算每个村应得的经费和补助，并说明理由。",
        "What each village is entitled to under a policy written in TOML, and why.",
    ),
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init", cls=Command, help=init.HELP)(init.init)
app.command("run", cls=Command, help=run.HELP)(run.run)
app.command("explain", cls=QuickCommand, help=explain.HELP)(explain.explain)
app.command("letter", cls=Command, help=letter.HELP)(letter.letter)
app.command("report", cls=Command, help=report.HELP)(report.report)
app.command("check", cls=Command, help=check.HELP)(check.check)
app.command("sql", cls=Command, help=sql.HELP)(sql.sql)
app.command("test", cls=Command, help=test.HELP)(test.test)
app.command("compare", cls=Command, help=compare.HELP)(compare.compare)
app.command("project", cls=Command, help=project.HELP)(project.project)
app.command("show", cls=Command, help=show.HELP)(show.show)
app.command("set", cls=Command, help=set.HELP)(set.set_value)
app.command("fmt", cls=Command, help=fmt.HELP)(fmt.fmt)
app.command("schema", cls=Command, help=schema.HELP)(schema.schema)
app.command("rule", cls=Command, help=rule.HELP)(rule.rule)
app.command("grid", cls=Command, help=grid.HELP)(grid.grid)
app.add_typer(roster.app, name="roster")
app.add_typer(runs.app, name="runs")


def _version(wanted: bool) -> None:
    if wanted:
        from fundcalc_cli.version import versions

        print(versions())
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_version,
            is_eager=True,
            help=tell(
                "显示程序、政策语言和引擎的版本",
                "Versions of the program, the language, the engines",
            ),
        ),
    ] = False,
    lang: Language = None,
) -> None:
    """Options before the command; without one, help."""
    prefer_lang(lang)
    if context.invoked_subcommand is None:
        print(context.get_help())


def main() -> None:
    """Run the program; exits 0 (done), 1 (the answer is no) or 2 (it could not be done)."""
    gc.set_threshold(100_000, 50, 50)  # a command is short, and little of what it makes is circular
    guarded(_command)


def _command() -> int:
    """The exit code of the command that was asked for; a mistake in asking is said."""
    for text in (*sys.argv[1:], os.environ.get("FUNDCALC_LEDGER", "")):
        if not is_text(text):
            shown = readable(text)
            say(
                f"错误：`{shown}` 不是 UTF-8 编码，可能来自别的系统上的压缩包；请先改名，或换一种编码解压",
                f"error: `{shown}` is not UTF-8; it may come from an archive made elsewhere: rename it first",
            )
            return 2
    try:
        return app(standalone_mode=False) or 0
    except typer.TyperException as problem:
        show_mistake(problem)
        return problem.exit_code
    except typer.Abort:
        say("已中止", "Aborted")
        return 1
