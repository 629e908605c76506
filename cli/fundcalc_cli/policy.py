"""Commands about a policy alone: init, check, test, show, set, fmt, sql, schema, rule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.width import laid_out
from fundcalc.base.words import Lang, Words
from fundcalc_cli import console, options
from fundcalc_cli.commands import argument, option
from fundcalc_cli.console import Format, lang

if TYPE_CHECKING:
    from fundcalc.analysis.cases import Coverage


def init(
    *,
    folder: Path = argument(..., "DIR", "新文件夹", "A new folder"),
    example: str | None = option(
        None, "--from", "改为复制哪一份示例政策（examples/policies/ 里的）",
        "Copy this example instead, of those in examples/policies/", metavar="NAME",
    ),
    blank: bool = option(
        False, "--blank", "只写一份空的，由 check 一步步提示",
        "Begin an empty policy, which `check` leads on from",
    ),
    lang: Lang = options.LANG,
) -> None:  # fmt: skip
    """Write an editable copy of a policy and a roster, or an empty policy."""
    if blank and example is not None:
        options.refuse("--blank", words("cli.not_both"))
    print(*api.init(folder, lang, example=example, blank=blank), sep="\n")
    console.say(words("cli.begun_blank" if blank else "cli.begun", folder=str(folder)))


CheckFormat = Literal["text", "json", "sarif"]
"""`--format` of findings."""


def check(
    *,
    path: Path | None = options.FOLDER,
    basis: options.Basis,
    lang: Lang = options.LANG,
    format_: CheckFormat = option(
        "text", "--format", "文本、JSON，或供代码评审工具用的 SARIF",
        "Text, JSON, or SARIF for review tools",
    ),
    accepted: bool = option(
        False, "--accepted", "也列出已接受的结果和理由", "List what is accepted, too, with the reasons"
    ),
    sources: bool = option(
        False, "--sources", "也逐句看出处原文：有数字或要求而没有引用的句子",
        "Also go through the sources' texts: sentences with a number or a demand that nothing quotes",
    ),
) -> None:  # fmt: skip
    """Check a policy; exits 1 where anything but notes is found, 2 where there is none to be read."""
    try:
        findings = api.findings(path or basis.policy, basis.day, basis.readings, sources=sources)
    except PolicyProblem as problem:
        if format_ == "text":
            raise
        _print_findings(problem.diagnostics, format_)
        raise typer.Exit(2) from None
    still = [finding for finding in findings if finding.accepted is None]
    _print_findings(findings if accepted or format_ == "sarif" else still, format_)
    if sources:
        console.note(api.texts_said(path or basis.policy))
    console.say(api.findings_said(findings))
    if any(finding.severity != "note" for finding in still):
        raise typer.Exit(1)


def _print_findings(findings: Sequence[Diagnostic], format_: CheckFormat) -> None:
    match format_:
        case "json":
            console.print_json(console.diagnostics_json(findings))
        case "sarif":
            console.print_json(api.sarif(list(findings), lang()))
        case "text":
            console.print_diagnostics(findings)


def test(
    *,
    path: Path | None = options.FOLDER,
    policy: Path | None = options.POLICY,
    coverage: bool = option(
        False, "--coverage", "列出没有案例用到的规则、条件结果和界限两边",
        "Name rules, condition outcomes and sides of edges that no case reaches",
    ),
    suggest: bool = option(
        False, "--suggest", "写出缺少的案例（TOML，期望值由程序算出，需核对）",
        "Write the missing cases as TOML; what they expect is computed and must be confirmed",
    ),
    lang: Lang = options.LANG,
    format_: Format = options.FORMAT,
) -> None:  # fmt: skip
    """Run every case; exits 1 where one fails or, with --coverage, something is not reached."""
    reached: Coverage | None = None
    if coverage or suggest:
        loaded, outcomes, reached = api.test_with_coverage(path or policy)
    else:
        outcomes = api.test(path or policy)
    failed = [outcome for outcome in outcomes if outcome.failures]
    totals, missing = api.coverage_text(reached) if reached is not None else (None, [])
    if suggest and reached is not None:
        console.hand_over(api.suggested_cases(loaded, reached))
    elif format_ == "json":
        console.print_json(api.cases_json(outcomes, reached, lang))
    else:
        console.print_diagnostics(failure for outcome in failed for failure in outcome.failures)
        console.print_notes(missing)
    if not outcomes:
        console.say(words("cli.no_cases"))
    console.say(words("cli.cases", passed=len(outcomes) - len(failed), failed=len(failed)))
    if totals is not None:
        console.say(totals)
    if failed or (coverage and missing):
        raise typer.Exit(1)


def show_policy(
    *,
    programme: str | None = argument(
        None, "PROGRAMME", "项目的 id；不写则全部", "A programme's id; all of them without it"
    ),
    output: list[Path] | None = options.OUTPUTS,
    basis: options.Basis,
    lang: Lang = options.LANG,
    format_: Literal["text", "json", "html"] = option(
        "text", "--format", "文本、JSON 或 HTML", "Text, JSON or HTML"
    ),
    details: bool = option(False, "--details", "也写各项的 id", "Ids too"),
) -> None:
    """Print a decision table a programme, with its values, readings and sources."""
    files = options.output_files(output, api.SHOW_WRITERS)
    plan = api.plan(api.load_policy(basis.policy), basis.day, basis.readings)
    programmes = api.programmes(plan, programme)
    for file in files:
        console.show(api.write_policy(plan, programmes, file, lang, ids=details))
        console.wrote(file)
    if files:
        return
    match format_:
        case "json":
            console.print_json(api.policy_json(plan, programmes, lang))
        case "html":
            console.hand_over(api.policy_html(plan, programmes, lang, ids=details).decode())
        case "text":
            print(api.policy_text(plan, programmes, lang, ids=details), end="")


def set_value(
    *,
    parameter: str = argument(
        ..., "PARAM", "参数的 id，或查询表的一行：表[键=值]",
        "The parameter's id, or a row of a look-up table: TABLE[key=value]",
    ),
    value: str = argument(
        ..., "VALUE",
        "数值，写法与文件中相同（180_000，单位同该参数）；列表用逗号分隔；false 表示终止",
        "As in the file (180_000, in the parameter's unit); a list by commas; `false` ends it",
    ),
    since: str = option(..., "--from", "从哪天起", "The first day on which it holds", metavar="DATE"),
    source: str = option(
        "", "--source", "出处的 id（表的行可不写）；新文件写成 '编号=标题；发布机关；日期；条款'，后三项可无",
        "Id of its source (a table's row may do without); of a new one 'ID=title; publisher; date; article'",
        metavar="ID",
    ),
    again: bool = option(
        False, "--replace", "这一天已有数值时换掉它", "Replace the value that this day has already"
    ),
    dry_run: bool = option(False, "--dry-run", "只显示改动，不写", "Show the change, write nothing"),
    policy: Path | None = options.POLICY,
    lang: Lang = options.LANG,
) -> None:  # fmt: skip
    """Add a dated value; shows the change, and writes it only where the policy stays sound."""
    day = options.parse_day(since, "--from")
    edit = api.set_value(policy, parameter, value, day, source, again=again)
    print(edit.diff())
    console.show(edit.warnings)
    if dry_run:
        console.say(words("cli.dry_run"))
        return
    api.save(policy, edit)
    if day > edit.on:  # the policy's own date does not reach it
        version = str(policy or "current")
        console.say(words("cli.compare_dated", name=edit.name, one=version, day=day.isoformat()))
    else:
        console.say(words("cli.compare_now", name=edit.name))


def fmt(
    *,
    path: Path | None = options.FOLDER,
    check: bool = option(False, "--check", "只显示改动；有则以 1 退出", "Only show; exit 1 if any"),
    policy: Path | None = options.POLICY,
    lang: Lang = options.LANG,
) -> None:
    """Lay out policies.toml, rules/ and its cases."""
    files = api.lay_out(path or policy)
    changed = [file for file in files if file.changed]
    if not check:
        api.save_layout(path or policy, changed)
    for file in changed:
        print(file.diff() if check else file.name)
    done = "cli.to_lay_out" if check else "cli.laid_out"
    console.say(words(done, files=len(files), changed=len(changed)))
    if check and changed:
        raise typer.Exit(1)


def sql(
    *,
    dialect: Literal["duckdb", "spark"] = option("duckdb", "--dialect", "哪种数据库", "Whose SQL"),
    basis: options.Basis,
    lang: Lang = options.LANG,
) -> None:
    """Print one statement over a table `roster`."""
    policy, warnings = api.load_policy_with_warnings(basis.policy)
    plan = api.plan(policy, basis.day, basis.readings)
    console.show(warnings)
    console.hand_over(api.sql(plan, dialect, lang))


def schema(
    *,
    kind: str | None = argument(
        None, "KIND", "哪种文件：policies、programme、village（即 roster.toml）、cases；不写则列出",
        "Which file: policies, programme, village (any roster.toml), cases; without it they are listed",
    ),
    output: Path | None = option(
        None, "-o --output", "写到文件夹", "Write all into a folder", metavar="DIR"
    ),
    lang: Lang = options.LANG,
) -> None:  # fmt: skip
    """Print the schema of one kind of file, or write all of them."""
    if output is not None:
        print(*api.write_schemas(output), sep="\n")
    elif kind is None:
        print(*api.schema_kinds(), sep="\n")
    else:
        console.print_json_text(api.schema_text(kind))


def lsp(*, lang: Lang = options.LANG, ledger: Path = options.LEDGER) -> None:
    """Answer an editor over stdin and stdout; it starts this itself."""
    api.serve_editor(lang, ledger)


def rule(
    *,
    code: str | None = argument(None, "CODE", "诊断代码，如 FC203", "The code, such as FC203"),
    lang: Lang = options.LANG,
    format_: Literal["text", "json", "markdown"] = option(
        "text", "--format", "文本、JSON 或全部代码的 Markdown",
        "Text, JSON, or Markdown of all codes",
    ),
    policy: Path | None = options.POLICY,
) -> None:  # fmt: skip
    """Show a page, in words of the policy's rows, or list all; exits 2 where there is no such code."""
    if format_ == "markdown":
        print(api.pages_markdown(), end="")
        return
    if policy is not None or Path("policies.toml").exists():
        try:
            api.load_policy(policy)
        except PolicyProblem as problem:  # a broken one has told of its rows all the same
            if problem.diagnostics[0].code == "FC001":
                raise
    if code is None:
        if format_ == "json":
            console.print_json([api.page_json(page, lang) for page in api.pages()])
        else:
            listed = [f"{page.code}  {page.title.say(lang)}" for page in api.pages()]
            print(laid_out("\n".join(listed), 80))
        return
    if (page_ := api.find_page(code)) is None:
        console.say(words("cli.no_code", code=code[:40]))
        if near := api.pages_near(code):
            console.say(words("cli.did_you_mean"))
        for page in near:
            console.say(Words(f"  {page.code}  {page.title.zh}", f"  {page.code}  {page.title.en}"))
        raise typer.Exit(2)
    if format_ == "json":
        console.print_json(api.page_json(page_, lang))
    else:
        print(api.page_text(page_, lang))
