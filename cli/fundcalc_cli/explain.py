"""`fundcalc explain`, `report` and `letter`: what a run comes to, village by village, and why."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import typer

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.files import filled
from fundcalc.base.words import Lang, same, with_handle
from fundcalc_cli import console, options
from fundcalc_cli.commands import argument, option
from fundcalc_cli.console import text
from fundcalc_cli.faults import print_rejects
from fundcalc_cli.options import LANG, LEDGER, RUN_ID, Basis, Headers, refuse

Shape = Literal["text", "json", "html", "markdown"]


def explain(
    *,
    village: str = argument(..., "VILLAGE", "代码或村名", "Code or name"),
    roster: Path | None = option(None, "--roster", "名册文件", "Roster file"),
    run_id: str | None = option(
        None, "--run", "台账里的记录：编号、开头几位或 last", "A recorded run: its id, or last",
        metavar="ID",
    ),
    ledger: Path = LEDGER,
    why_not: str | None = option(
        None, "--why-not", "说明某条规则为什么不适用，怎样才会适用（规则代号，或 项目.规则）",
        "Why a rule does not decide, and what it would take (its id, or programme.rule)",
        metavar="RULE",
    ),
    what_if: list[str] | None = option(
        None, "--what-if", "假设一项事实是另一个数，看会得多少、谁跟着变；可重复",
        "What another fact would come to, and who else moves; repeatable", metavar="FACT=VALUE",
    ),
    full: bool = option(False, "--full", "全部计算过程", "The whole working, not the answer alone"),
    programme: str | None = option(
        None, "--programme", "只要这个项目（代号或名称）", "Only this programme (id or title)", metavar="ID",
    ),
    basis: Basis,
    lang: Lang = LANG,
    format_: Shape = option("text", "--format", "输出的形式", "The form of the output"),
    headers: Headers,
    before: str | None = option(None, "--before", "上次测算", "The run before.… is of", metavar="ID"),
) -> None:  # fmt: skip
    """Explain every decision about one village."""
    asked = {"--what-if": what_if, "--why-not": why_not, "--programme / --full": programme or full}
    if len(given := [name for name, value in asked.items() if value]) > 1:
        refuse(", ".join(given), words("cli.one_of"))
    if run_id is None and roster is not None:
        run = _computed(roster, basis, headers, (ledger, before) if before is not None else None)
    elif run_id is None or roster is not None:
        refuse("--roster / --run", words("cli.roster_or_run"))
    elif any((basis.policy, basis.day, basis.readings, headers.sheet, headers.columns, before)):
        refuse("--run", words("cli.run_is_settled"))
    else:
        run = api.open_run(ledger, run_id)
    index = one_village(run, village)
    if run_id is None:
        api.check_village(run, index)
    if what_if:
        if format_ not in ("text", "json"):
            refuse("--what-if", words("cli.text_or_json"))
        tried = api.what_if(run, index, options.pairs(what_if, "--what-if"))
        console.answer(
            format_, lambda: api.what_if_json(tried), lambda: api.what_if_text(tried, lang)
        )
    elif why_not is not None:
        _print(_answers(run, index, why_not), format_, lang)
    elif full or format_ != "text":
        _print(api.explain(run, index, programme), format_, lang)
    else:
        explanation = api.explain(run, index, programme, alternatives=False)
        print(api.answer_text(explanation, lang), end="")
        print("\n".join(api.next_step([*sys.argv[1:], "--full"], lang)))


def _computed(
    roster: Path, basis: Basis, headers: Headers, before: tuple[Path, str] | None
) -> api.Run:
    """The roster computed in columns; leaves with 1 and the rejects where rows are rejected."""
    policy = api.load_policy(basis.policy)
    plan = api.plan(policy, basis.day, basis.readings)
    read = headers.read(roster, policy)
    if fatal := api.errors(read.rejects):
        print_rejects(fatal)
        console.say(words("cli.not_whole_to_explain", rows=read.rejected_rows))
        raise typer.Exit(1)
    run = api.calculate(plan, read, engine="columnar", before=before)
    console.show([warning for warning in run.warnings if warning.code in ("FC415", "FC884")])
    return run


def _answers(run: api.Run, index: int, rule: str) -> Sequence[api.WhyNot]:
    """Why a rule does not decide; leaves with 2 and the rules like it where there is none."""
    if answers := api.why_not(run, index, rule):
        return answers
    near = api.rules_near(run, rule)
    console.say(words("cli.no_rule_but_near" if len(near) == 1 else "cli.no_rule", rule=rule))
    for id_, title in near.items():
        console.say(words("cli.listed", called=with_handle(title, id_)))
    raise typer.Exit(2)


def _print(explanation: api.Explanation | Sequence[api.WhyNot], shape: Shape, lang: Lang) -> None:
    """An explanation in the form asked for."""
    match shape:
        case "json":
            console.print_json(api.explanation_json(explanation, lang))
        case "html":
            console.hand_over(api.explanation_html(explanation, lang))
        case "markdown":
            print(api.explanation_markdown(explanation, lang), end="")
        case "text":
            print(api.explanation_text(explanation, lang), end="")


def one_village(run: api.Run, wanted: str) -> int:
    """The one village meant; leaves with 1 and the candidates where there are several or none."""
    indices = api.find_village(run, wanted)
    if len(indices) == 1:
        return indices[0]
    if indices:
        console.say(words("cli.several_villages", number=len(indices), wanted=wanted))
    else:
        console.say(words("cli.no_village", wanted=wanted))
        if indices := api.villages_near(run, wanted):
            console.say(words("cli.near"))
    for index in indices:
        console.say(same(f"  {api.describe_village(run, index)}"))
    raise typer.Exit(1)


def report(
    *,
    run_id: str = RUN_ID,
    out: Path | None = option(None, "-o --out", "写到这个文件", "Write it here", metavar="FILE.html"),
    ledger: Path = LEDGER,
    lang: Lang = LANG,
) -> None:  # fmt: skip
    """Write the report of a recorded run."""
    run = api.open_run(ledger, run_id)
    path = out or Path(f"{run.id}.html")
    options.refuse_ending(path, (".html", ".htm"), "-o")
    options.make_room([(path, "-o")])
    api.write_bytes(path, api.report_html(run, lang))
    console.wrote(path)


def letter(
    *,
    run_id: str = RUN_ID,
    villages: list[str] | None = argument(
        None, "VILLAGE", "代码或村名；不写则为全部村", "Codes or names; all villages where none is given",
    ),
    out: Path | None = option(None, "-o --out", "写进这个文件夹", "Folder to write to", metavar="DIR"),
    county: list[str] | None = option(None, "--county", "只要这个县，可重复", "Only this county; repeatable"),
    one_file: bool = option(False, "--one-file", "写成一个文件", "All letters in one file"),
    short: bool = option(False, "--short", "不附计算过程", "Without the annex"),
    issuer: str | None = option(None, "--issuer", "制发单位", "Who issues them"),
    document_no: str | None = option(None, "--document-no", "文号", "Their document number"),
    contact: str | None = option(
        None, "--contact", "异议联系人、电话", "Whom to ask or write to, such as a telephone number"
    ),
    until: str | None = option(None, "--until", "异议截止日期，照写的印", "Until when to object, as written"),
    ledger: Path = LEDGER,
    lang: Lang = LANG,
) -> None:  # fmt: skip
    """Write the letters of a recorded run."""
    settings = api.LetterSettings(short, issuer, document_no, contact, until)
    run = api.open_run(ledger, run_id)
    indices = _chosen(run, villages or [], county or [])
    api.check_letters(len(indices))
    options.make_folder(folder := out or Path(f"letters-{run.id}"), "-o")
    if one_file:
        files = [folder / api.letters_name(text("cli.letters"), *(county or []), run.id)]
        api.write_bytes(files[0], api.letters_in_one(run, indices, lang, settings))
        console.say(words("cli.wrote_in_one", file=str(files[0]), number=len(indices)))
    else:
        files = []
        for name, content in api.letters(run, indices, lang, settings):
            files.append(folder / name)
            api.write_bytes(files[-1], content)
        console.say(words("cli.wrote_letters", number=len(indices), folder=str(folder)))
    if overwritten := sum(filled.pop(written, False) for written in files):
        console.say(words("cli.replaced_files", number=overwritten))


def _chosen(run: api.Run, villages: list[str], counties: list[str]) -> list[int]:
    """Positions of the villages asked for; leaves with 1 where a county has none."""
    if villages:
        return list(dict.fromkeys(one_village(run, village) for village in villages))
    if not counties:
        return list(range(len(run.result.rows)))
    if "county" not in run.plan.policy.facts:
        refuse("--county", words("cli.no_counties"))
    column = run.result.column("county")
    for county in counties:
        if county not in column:
            known = ", ".join(dict.fromkeys(map(str, column)))
            console.say(words("cli.no_county", county=county, known=known))
            raise typer.Exit(1)
    return [n for n, name in enumerate(column) if name in counties]
