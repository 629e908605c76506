"""The program's commands and the one place where problems become messages and exit codes."""

from __future__ import annotations

import os
import sys

import typer

from fundcalc.base.catalogue import words
from fundcalc.base.system import is_text, readable
from fundcalc.base.words import Lang, Words
from fundcalc_cli import compare, desk, explain, grid, policy, roster, run, runs
from fundcalc_cli.commands import command, group, option, show_mistake
from fundcalc_cli.console import guarded, say, text

ENGINES = {
    "durable-rules": "durable_rules", "NumPy": "numpy", "DuckDB": "duckdb", "Spark": "pyspark",
}  # fmt: skip
"""What computes, by the package that brings it; the last two are extras."""

app = group(
    "按 TOML 政策规则计算每个村应得的经费和补助，并说明理由。“村”指名册的一行：政策算的是户、学校时，"
    "即为户、学校。",
    "What each village is entitled to under a policy written in TOML, and why. A village is a row of the "
    "roster: where a policy is of households or schools, one of those.",
    name="fundcalc",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _function, *_told in (
    (policy.init, "init", "写出一份可编辑的政策（policies.toml、rules/）和空白名册",
     "Write an editable copy of the policy (policies.toml, rules/) and an empty roster"),
    (desk.desk, "desk", "在浏览器里办完全部工作：交名册、核对、结果、出表、存档、政策",
     "The whole job in a browser: rosters, results, papers, records, policy"),
    (run.run, "run", "计算名册上的每一个村", "Compute every village of a roster"),
    (explain.explain, "explain", "说明一个村为什么得到这些", "Why one village gets what it gets"),
    (explain.letter, "letter", "各村的核定金额告知书（PDF），附计算过程",
     "A notice a village: its amounts and why, with the working in an annex"),
    (explain.report, "report", "把一次测算写成一个网页文件",
     "A run as one page of HTML that needs no network"),
    (policy.check, "check", "检查政策：写法、名称、单位、日期、空档、重叠、无用的规则、台阶、案例",
     "Check a policy: syntax, names, units, dates, gaps, overlaps, dead rules, cliffs, cases"),
    (policy.sql, "sql", "把政策写成 SQL，供自己的数据库使用",
     "The policy as SQL, for a database of your own"),
    (policy.test, "test", "运行政策自带的案例", "Run the policy's own cases"),
    (compare.compare, "compare", "对比两种口径：谁增谁减、由谁承担、为何变动",
     "Compare two versions of a policy: who gains, who loses, who pays, and why"),
    (compare.project, "project", "逐年推算金额：按各年的标准和增长",
     "Project the bill year by year under dated values and growth"),
    (policy.show_policy, "show", "把政策印成决策表，填入当日的标准",
     "Print the policy as decision tables with a day's values"),
    (policy.set_value, "set", "为参数加一个带日期的数值，注释和版式不变",
     "Give a parameter a dated value; comments and layout stay as they are"),
    (policy.fmt, "fmt", "整理政策文件的版式，不改内容和注释",
     "Lay out the policy's files alike; values and comments stay"),
    (policy.schema, "schema", "政策文件的 JSON Schema，供编辑器使用",
     "JSON Schema of the policy files, for editors"),
    (policy.lsp, "lsp", "供编辑器使用：提示、含义、改名、补全（语言服务）",
     "For editors: findings, meanings, renaming, completion (a language server)"),
    (policy.rule, "rule", "说明一个诊断代码：含义、原因、错误与正确的示例；不写代码则列出全部",
     "What a diagnostic code means, with a bad and a good example; without a code, all of them"),
    (grid.grid, "grid", "按多种年份、解读和标准计算名册",
     "Compute a roster under many years, readings and amounts"),
):  # fmt: skip
    command(app, *_told)(_function)
app.add_typer(roster.app, name="roster")
app.add_typer(runs.app, name="runs")


def _version(wanted: bool) -> None:
    """The program, the policy language and the engines; nothing is imported to find out."""
    if not wanted:
        return
    from importlib.metadata import PackageNotFoundError, version

    from fundcalc import LANGUAGE_VERSION, __version__

    print(f"fundcalc {__version__}")
    print(f"{text('cli.language')} {LANGUAGE_VERSION}")
    for name, package in ENGINES.items():
        try:
            print(f"{name} {version(package)}")
        except PackageNotFoundError:
            print(f"{name} {text('cli.not_installed')}")
    raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    version: bool = option(
        False, "--version", "显示程序、政策语言和引擎的版本",
        "Versions of the program, the language, the engines", callback=_version, is_eager=True,
    ),
    lang: Lang | None = option(None, "--lang", "输出语言", "Language of the output"),
) -> None:  # fmt: skip
    """Options before the command; without one, help."""
    if context.invoked_subcommand is None:
        print(context.get_help())


def main() -> None:
    """Run the program; exits 0 (done), 1 (the answer is no) or 2 (it could not be done)."""
    guarded(_command)


def _command() -> int:
    """The exit code of the command that was asked for; a mistake in asking is said."""
    for argument in (*sys.argv[1:], os.environ.get("FUNDCALC_LEDGER", "")):
        if not is_text(argument):
            say(words("cli.not_text", shown=readable(argument)))
            return 2
    try:
        return app(standalone_mode=False) or 0
    except typer.TyperException as problem:
        show_mistake(problem)
        return problem.exit_code
    except typer.Abort:
        say(Words("已中止", "Aborted"))
        return 1
