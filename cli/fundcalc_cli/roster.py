"""`fundcalc roster`: read a roster and report every fault, or write an empty one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from fundcalc.base.words import counted
from fundcalc_cli import register as registers
from fundcalc_cli.options import (
    Columns,
    Language,
    On,
    OutputFormat,
    Policy,
    RosterFiles,
    Sheet,
    parse_on,
    parse_pairs,
)
from fundcalc_cli.output import (
    Format,
    choose_lang,
    diagnostics_json,
    lang,
    note,
    print_json,
    say,
    show,
    tell,
)
from fundcalc_cli.progress import roster_bar
from fundcalc_cli.rejects import (
    Marked,
    Rejects,
    asking,
    check_faults,
    next_step,
    print_rejects,
    rejects_json,
    stop_or_skip,
    tell_of_reading,
    write_marked,
    write_rejects,
)
from fundcalc_cli.results import keep_apart, refuse_ending
from fundcalc_cli.typer_words import Command, Group

if TYPE_CHECKING:
    from fundcalc.base.diagnostics import Diagnostic
    from fundcalc.roster.model import Roster
    from fundcalc.roster.register import Comparison

app = typer.Typer(
    cls=Group,
    help=tell("检查名册，或写出空白名册", "Check a roster, or write an empty one"),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(
    "check",
    cls=Command,
    help=tell("读名册，列出全部问题，不计算", "Report every fault of a roster, computing nothing"),
)
def check(
    file: RosterFiles,
    policy: Policy = None,
    on: On = None,
    lang_: Language = None,
    format_: OutputFormat = Format.text,
    sheet: Sheet = None,
    column: Columns = None,
    register: Annotated[
        Optional[Path],  # noqa: UP045 - Typer reads this at run time on every version
        typer.Option(
            "--register",
            help=tell(
                "与登记册（代码、村名、乡镇、县）核对",
                "Compare with a register (code,name,town,county)",
            ),
        ),
    ] = None,
    marked: Marked = None,
    rejects: Rejects = None,
) -> None:
    """Read a roster; exits 1 where a row is rejected or doubtful, or villages differ."""
    from fundcalc import api
    from fundcalc.base.diagnostics import PolicyProblem

    chosen = choose_lang(lang_)
    check_faults(rejects, marked, file)
    keep_apart([(rejects, "--rejects"), (marked, "--marked")], *file, register)
    found = api.load_policy(policy)
    columns = parse_pairs(column, "--column")
    comparison = (
        api.compare_register(register, file, found, sheet=sheet, columns=columns)
        if register is not None
        else None
    )
    problems: tuple[Diagnostic, ...] = ()
    read: Roster | None = None
    open_ = False
    try:
        with roster_bar(file) as bar:
            read = api.read_roster(
                file, found, sheet=sheet, columns=columns, on=parse_on(on), progress=bar
            )
    except api.Unsettled as asked:
        problems, read, open_ = asked.diagnostics, asked.roster, True
    except PolicyProblem as problem:
        if comparison is None:
            raise
        problems = problem.diagnostics
    if read is not None and marked is not None:
        write_marked(marked, file, read, chosen)
    if read is not None and rejects is not None:
        write_rejects(rejects, read.rejects, chosen)
        say(f"已写出 {rejects}", f"Wrote {rejects}")
    _tell(read, comparison, problems, format_)
    if format_ is Format.text:
        sound = file if read is not None and comparison is None else ()
        next_step(read.rejects if read is not None else (), bool(problems), sound)
    if open_:
        raise typer.Exit(2)
    if (read is not None and read.rejects) or problems or (comparison and not comparison.same):
        raise typer.Exit(1)


def _tell(
    read: Roster | None,
    comparison: Comparison | None,
    problems: tuple[Diagnostic, ...],
    format_: Format,
) -> None:
    """What was found: as one JSON object, or as text."""
    if format_ is Format.json:
        data: dict[str, Any] = {}
        if read is not None:
            data = {
                "file": read.file,
                "sheet": read.sheet,
                "digest": read.digest,
                "villages": len(read),
                "rejected_rows": read.rejected_rows,
                "parts": [
                    {"file": part.file, "sheet": part.sheet, "digest": part.digest,
                     "villages": part.villages}
                    for part in read.parts
                ],
                "notices": [notice.say(lang()) for notice in read.notices],
                "rejects": rejects_json(read.rejects),
            }  # fmt: skip
        if problems:
            data["problems"] = diagnostics_json(problems)
        if comparison is not None:
            data["register"] = registers.as_json(comparison)
        print_json(data)
        return
    if comparison is not None:
        print(registers.as_text(comparison), end="")
    show(problems)
    if read is None:
        return
    note(read.notices)
    print_rejects(read.rejects)
    villages = counted(len(read), "village")
    rows = counted(read.rejected_rows, "row")
    print(
        tell(
            f"{len(read):,} 个村可以计算，{read.rejected_rows:,} 行被退回",
            f"{villages} can be computed, {rows} rejected",
        )
    )


@app.command(
    "intake",
    cls=Command,
    help=tell(
        "写出读法文件：各表各列怎么读，核对后用来计算",
        "Write down how rosters are read, to be looked over and used",
    ),
)
def intake(
    file: RosterFiles,
    output: Annotated[
        Path, typer.Option("-o", "--output", help=tell("写到哪里", "Where to write it"))
    ] = Path("intake.toml"),
    policy: Policy = None,
    lang_: Language = None,
    column: Columns = None,
) -> None:
    """Propose an intake; exits 1 where a person must settle something in it."""
    from fundcalc import api

    chosen = choose_lang(lang_)
    refuse_ending(output, (".toml",), "-o")
    if output.exists():
        zh = f"{output} 已存在，里面可能有手工改过的内容；请另取文件名"
        en = f"{output} is there already and may hold what a person wrote; name another"
        raise typer.BadParameter(tell(zh, en), param_hint="-o")
    if any(one.suffix.lower() == ".toml" for one in file):
        zh, en = "读法文件由名册写出，这里要交名册", "an intake is made from rosters: hand in these"
        raise typer.BadParameter(tell(zh, en), param_hint="ROSTER...")
    found = api.load_policy(policy)
    columns = parse_pairs(column, "--column")
    left = api.write_intake(output, file, found, chosen, columns=columns)
    print(output)
    if left:
        say(
            f"有 {left} 处待定，见文件里的“待定”。核对后：fundcalc run {output}",
            f"{counted(left, 'thing')} to settle: look for “to settle”, then: fundcalc run {output}",
        )
        raise typer.Exit(1)
    say(f"核对后：fundcalc run {output}", f"Look it over, then: fundcalc run {output}")


@app.command(
    "clean",
    cls=Command,
    help=tell(
        "把名册整理成带类型的 parquet，供数据库和大名册计算",
        "Turn rosters into typed parquet, for databases and large runs",
    ),
)
def clean(
    file: RosterFiles,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            help=tell("写到哪个文件夹", "The folder to write"),
        ),
    ],
    policy: Policy = None,
    on: On = None,
    lang_: Language = None,
    format_: OutputFormat = Format.text,
    sheet: Sheet = None,
    column: Columns = None,
    rejects: Rejects = None,
    marked: Marked = None,
    skip_rejects: Annotated[
        bool,
        typer.Option(
            "--skip-rejects",
            help=tell("退回的行不写，其余照写", "Write the rest without rejected rows"),
        ),
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help=tell("替换这里以前的整理结果", "Replace an earlier result there")
        ),
    ] = False,
) -> None:
    """Write rosters as clean parquet; exits 1, writing nothing, where rows are rejected."""
    from fundcalc import api

    chosen = choose_lang(lang_)
    check_faults(rejects, marked, file)
    keep_apart([(rejects, "--rejects"), (marked, "--marked"), (output, "-o")], *file)
    _refuse_folder(output, file, force)
    found = api.load_policy(policy)
    columns = parse_pairs(column, "--column")
    with asking(format_, rejects), roster_bar(file) as bar:
        read = api.read_roster(
            file, found, sheet=sheet, columns=columns, on=parse_on(on), progress=bar
        )
    tell_of_reading(read, file, rejects, marked, chosen)
    stop_or_skip(read, skip_rejects, format_, computing=False)
    result = api.write_clean(output, read, found)
    if format_ is Format.json:
        data = result.model_dump()
        print_json({"folder": str(output), **data, "rejects": rejects_json(read.rejects)})
        return
    print(output)
    say(
        f"{result.villages:,} 个村，{result.parts} 份。计算：fundcalc run {output}",
        f"{counted(result.villages, 'village')} in {counted(result.parts, 'part')}."
        f" To compute them: fundcalc run {output}",
    )


def _refuse_folder(output: Path, rosters: list[Path], force: bool) -> None:
    """A usage error where the folder holds anything but an earlier result, or is read itself."""
    from fundcalc import api

    inside = [
        one for one in rosters if one.is_dir() and output.resolve().is_relative_to(one.resolve())
    ]
    if inside:
        zh = f"{output} 在要读的文件夹 {inside[0]} 里面，下次会被一起读；请写到别处"
        en = f"{output} is inside {inside[0]} and would be read with it next time; write it elsewhere"
        raise typer.BadParameter(tell(zh, en), param_hint="-o")
    if output.is_dir() and not any(output.iterdir()):
        return
    if output.exists() and not (output.is_dir() and api.is_clean_result(output)):
        zh = f"{output} 已存在，里面不（只）是以前的整理结果；请另取文件夹名"
        en = f"{output} is there and is not an earlier result alone; name another folder"
        raise typer.BadParameter(tell(zh, en), param_hint="-o")
    if output.exists() and not force:
        zh, en = (
            f"{output} 是以前的整理结果；要替换请加 --force",
            f"{output} is an earlier result; --force replaces it",
        )
        raise typer.BadParameter(tell(zh, en), param_hint="-o")


@app.command(
    "template", cls=Command, help=tell("写出一份空白名册 .xlsx", "Write an empty roster .xlsx")
)
def template(
    output: Annotated[
        Path, typer.Option("-o", "--output", help=tell("写到哪里", "Where to write it"))
    ] = Path("roster.xlsx"),
    policy: Policy = None,
    lang_: Language = None,
) -> None:
    """Write an empty roster with titles, units and input rules."""
    from fundcalc import api

    chosen = choose_lang(lang_)
    refuse_ending(output, (".xlsx",), "-o")
    api.write_template(output, api.load_policy(policy), chosen)
    print(output)
