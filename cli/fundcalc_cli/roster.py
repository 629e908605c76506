"""`fundcalc roster`: rosters read and checked, cleaned, described, or written empty."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.words import Lang
from fundcalc_cli import console, faults, options
from fundcalc_cli.commands import command, group, option
from fundcalc_cli.console import Format, lang, text

if TYPE_CHECKING:
    from fundcalc.base.diagnostics import Diagnostic
    from fundcalc.roster.model import Roster
    from fundcalc.roster.register import Comparison

app = group(
    "检查名册，或写出空白名册", "Check a roster, or write an empty one", no_args_is_help=True
)


@command(
    app, "check", "读名册，列出全部问题，不计算",
    "Report every fault of a roster, computing nothing",
)  # fmt: skip
def check(
    *,
    file: list[Path] = options.ROSTERS,
    dated: options.Dated,
    lang: Lang = options.LANG,
    format_: Format = options.FORMAT,
    headers: options.Headers,
    register: Path | None = option(
        None, "--register", "与登记册（代码、村名、乡镇、县）核对",
        "Compare with a register (code,name,town,county)",
    ),
    marked: Path | None = options.MARKED,
    rejects: Path | None = options.REJECTS,
) -> None:  # fmt: skip
    """Read a roster; exits 1 where a row is rejected or doubtful, or villages differ."""
    from fundcalc.base.diagnostics import PolicyProblem

    day, columns = dated.day, headers.columns
    lists = faults.Faults(rejects, marked)
    lists.check(file)
    options.keep_apart(lists.files, *file, register)
    policy = api.load_policy(dated.policy)
    comparison = None
    if register is not None:
        sheet = headers.sheet
        comparison = api.compare_register(register, file, policy, sheet=sheet, columns=columns)
    problems, open_ = tuple["Diagnostic", ...](), False
    read: Roster | None = None
    try:
        with console.roster_bar(file) as bar:
            read = headers.read(file, policy, day, bar)
    except api.Unsettled as asked:
        problems, read, open_ = asked.diagnostics, asked.roster, True
    except PolicyProblem as problem:
        if comparison is None:
            raise
        problems = problem.diagnostics
    if read is not None:
        lists.write_marked(file, read)
        lists.write_rejects(read.rejects)
        console.wrote(*([rejects] if rejects is not None else []))
    if format_ == "json":
        console.print_json(_as_json(read, comparison, problems))
    else:
        _print(read, comparison, problems)
        sound = file if read is not None and comparison is None else ()
        faults.next_step(read.rejects if read is not None else (), bool(problems), sound)
    if open_:
        raise typer.Exit(2)
    if (read is not None and read.rejects) or problems or (comparison and not comparison.same):
        raise typer.Exit(1)


def _as_json(
    read: Roster | None, comparison: Comparison | None, problems: tuple[Diagnostic, ...]
) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if read is not None:
        data = {
            "file": read.file, "sheet": read.sheet, "digest": read.digest,
            "villages": len(read), "rejected_rows": read.rejected_rows,
            "parts": [{key: getattr(part, key) for key in ("file", "sheet", "digest", "villages")}
                      for part in read.parts],
            "notices": [notice.say(lang()) for notice in read.notices],
            "rejects": api.rejects_json(read.rejects, console.lang()),
        }  # fmt: skip
    if problems:
        data["problems"] = console.diagnostics_json(problems)
    if comparison is not None:
        unread = api.rejects_json(comparison.unread, console.lang())
        data["register"] = {**api.register_json(comparison), "unread": unread}
    return data


def _print(
    read: Roster | None, comparison: Comparison | None, problems: tuple[Diagnostic, ...]
) -> None:
    if comparison is not None:
        print("\n".join(api.register_text(comparison, lang())))
    console.show(problems)
    if read is None:
        return
    console.note(read.notices)
    faults.print_rejects(read.rejects)
    print(text("cli.can_be_computed", villages=len(read), rows=read.rejected_rows))


@command(
    app, "intake", "写出读法文件：各表各列怎么读，核对后用来计算",
    "Write down how rosters are read, to be looked over and used",
)  # fmt: skip
def intake(
    *,
    file: list[Path] = options.ROSTERS,
    output: Path = option(Path("intake.toml"), "-o --output", "写到哪里", "Where to write it"),
    policy: Path | None = options.POLICY,
    lang: Lang = options.LANG,
    column: list[str] | None = options.COLUMNS,
) -> None:
    """Propose an intake; exits 1 where a person must settle something in it."""
    options.refuse_ending(output, (".toml",), "-o")
    if output.exists():
        options.refuse("-o", words("cli.intake_there", output=str(output)))
    if any(path.suffix.lower() == ".toml" for path in file):
        options.refuse("ROSTER...", words("cli.intake_of_intake"))
    columns = options.pairs(column, "--column")
    left = api.write_intake(output, file, api.load_policy(policy), lang, columns=columns)
    print(output)
    if left:
        console.say(words("cli.to_settle", left=left, output=str(output)))
        raise typer.Exit(1)
    console.say(words("cli.look_over", output=str(output)))


@command(
    app, "clean", "把名册整理成带类型的 parquet，供数据库和大名册计算",
    "Turn rosters into typed parquet, for databases and large runs",
)  # fmt: skip
def clean(
    *,
    file: list[Path] = options.ROSTERS,
    output: Path = option(
        ..., "-o --output", "写到哪个文件夹", "The folder to write", metavar="DIR"
    ),
    dated: options.Dated,
    lang: Lang = options.LANG,
    format_: Format = options.FORMAT,
    headers: options.Headers,
    lists: faults.Faults,
    skip_rejects: bool = option(
        False, "--skip-rejects", "需更正的行不写，其余照写", "Write the rest without rejected rows"
    ),
    force: bool = option(
        False, "--force", "替换这里以前的整理结果", "Replace an earlier result there"
    ),
) -> None:
    """Write rosters as clean parquet; exits 1, writing nothing, where rows are rejected."""
    lists.check(file)
    options.keep_apart([*lists.files, (output, "-o")], *file)
    _refuse_folder(output, file, force)
    policy = api.load_policy(dated.policy)
    with lists.asking(format_), console.roster_bar(file) as bar:
        read = headers.read(file, policy, dated.day, bar)
    lists.tell(file, read)
    faults.stop_or_skip(read, skip_rejects, format_, computing=False)
    result = api.write_clean(output, read, policy)
    if format_ == "json":
        data = {"folder": str(output), **result.model_dump()}
        console.print_json({**data, "rejects": api.rejects_json(read.rejects, console.lang())})
        return
    print(output)
    count, parts = result.villages, result.parts
    console.say(words("cli.cleaned", villages=count, parts=parts, output=str(output)))


def _refuse_folder(output: Path, rosters: list[Path], force: bool) -> None:
    """A usage error where the folder holds anything but an earlier result, or is read itself."""
    if isinstance(output, api.Address):
        options.refuse("-o", words("cli.clean_is_a_folder"))
    for folder in filter(Path.is_dir, rosters):
        if output.resolve().is_relative_to(folder.resolve()):
            options.refuse("-o", words("cli.inside", output=str(output), folder=str(folder)))
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return
    clean = output.is_dir() and api.is_clean_result(output)
    if not (clean and force):
        key = "cli.clean_result" if clean else "cli.no_clean_result"
        options.refuse("-o", words(key, output=str(output)))


@command(app, "template", "写出一份空白名册 .xlsx", "Write an empty roster .xlsx")
def template(
    *,
    output: Path = option(Path("roster.xlsx"), "-o --output", "写到哪里", "Where to write it"),
    policy: Path | None = options.POLICY,
    lang: Lang = options.LANG,
) -> None:
    """Write an empty roster with titles, units and input rules."""
    options.refuse_ending(output, (".xlsx",), "-o")
    api.write_template(output, api.load_policy(policy), lang)
    print(output)
