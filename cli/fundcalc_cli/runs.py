"""`fundcalc runs`: the ledger: what was computed, shown, verified, searched and handed over."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import Lang
from fundcalc_cli import console, options
from fundcalc_cli.commands import argument, command, group, option
from fundcalc_cli.console import Format
from fundcalc_cli.options import FORMAT, LANG, LEDGER, OUTPUTS, RUN_ID, output_files, refuse
from fundcalc_cli.run import write_or_say

if TYPE_CHECKING:
    from fractions import Fraction

app = group(
    "台账：列出、查看、复核、验证、导出已记录的计算",
    "The ledger: recorded runs listed, shown, reviewed, verified, exported",
    no_args_is_help=True,
)


@command(app, "list", "列出全部记录", "List all runs")
def list_(*, ledger: Path = LEDGER, lang: Lang = LANG, format_: Format = FORMAT) -> None:
    """One line a run, oldest first."""
    console.answer(format_, lambda: api.runs_json(ledger), lambda: api.runs_text(ledger, lang))


@command(app, "show", "查看一条记录", "Show one run")
def show(
    *,
    run_id: str = RUN_ID,
    differences: Path | None = option(
        None, "--differences", "把更正的全部差额写入文件（.csv、.json，或签发的 .xlsx）",
        "Write all differences of a correction (.csv, .json, or an .xlsx to sign)",
        metavar="FILE",
    ),
    output: list[Path] | None = OUTPUTS,
    public: bool | None = option(
        None, "--public/--no-public", "把 .xlsx 写成公示表，或签发表；默认与存档时相同",
        "Make the .xlsx the notice, or the sheet to sign; default as recorded",
    ),
    ledger: Path = LEDGER,
    lang: Lang = LANG,
    format_: Format = FORMAT,
) -> None:  # fmt: skip
    """Who, when, from what, what became of it, what it adds up to; its results once more, if wanted."""
    files = output_files(output, api.WRITERS)
    if public is not None and all(path.suffix.lower() != ".xlsx" for path in files):
        refuse("--public", words("cli.public_xlsx"))
    run = api.open_run(ledger, run_id)
    for path in files:
        console.show(api.write_again(run, path, lang, public))
    console.wrote(*files)
    if differences is not None:
        options.refuse_ending(differences, api.DIFFERENCE_WRITERS, "--differences")
        if run.correction is None:
            refuse("--differences", words("cli.corrects_no_other", run=run.id))
        options.make_room([(differences, "--differences")])
        api.write_differences(run, differences, lang)
        console.wrote(differences)
    summary = api.summarise(run)
    console.answer(
        format_,
        lambda: {**api.about_json(ledger, run), **api.summary_json(run, summary)},
        lambda: f"{api.about_text(ledger, run, lang)}\n{api.summary_text(run, summary, lang)}",
    )


@command(app, "review", "复核：通过，或退回修改", "Review a run: approve or return it")
def review(
    *,
    run_id: str = RUN_ID,
    by: str = option(..., "--by", "复核人", "Who reviews it", metavar="NAME"),
    approve: bool = option(False, "--approve", "复核通过", "Approve it"),
    return_: bool = option(False, "--return", "退回修改，须写明理由", "Return it, with a reason"),
    reason: str | None = option(None, "--reason", "理由", "Why"),
    output: list[Path] | None = option(
        None, "-o --output", "重写签发表 .xlsx，写上制表人和复核人",
        "Write the sheet to sign again, with both names (.xlsx)", metavar="FILE",
    ),
    ledger: Path = LEDGER,
    lang: Lang = LANG,
    format_: Format = FORMAT,
) -> None:  # fmt: skip
    """A decision on a recorded run, kept in the ledger's chain; the preparer should not be the reviewer."""
    name, why = _name(by), (reason or "").strip()
    if approve == return_:
        refuse("--approve", words("cli.approve_or_return"))
    if return_ and not why:
        refuse("--return", words("cli.why_returned"))
    if return_ and output:
        refuse("-o", words("cli.returned_is_not_signed"))
    files = output_files(output, (".xlsx",))
    decision: Literal["approved", "returned"] = "approved" if approve else "returned"
    run, warnings = api.review(ledger, run_id, name, decision, why)
    console.show(warnings)
    console.answer(format_, lambda: api.review_json(run), lambda: api.review_text(run, lang))
    again = "--no-public -o", api.write_again, lang, False
    if sum(not write_or_say(run, file, *again) for file in files):
        raise typer.Exit(2)
    console.wrote(*files)


@command(
    app, "balance", "余额：各次更正尚未办结的补拨、抵扣",
    "What corrections left to be paid or deducted, over all years",
)  # fmt: skip
def balance(
    *,
    settled: str | None = option(
        None, "--settled", "记下：这次更正的补拨、抵扣已经办理",
        "Record that the differences of this correction were carried out", metavar="ID",
    ),
    by: str | None = option(None, "--by", "谁办理的", "Who says so", metavar="NAME"),
    reason: str | None = option(None, "--reason", "凭证、说明", "On what grounds"),
    output: list[Path] | None = OUTPUTS,
    ledger: Path = LEDGER,
    lang: Lang = LANG,
    format_: Format = FORMAT,
) -> None:  # fmt: skip
    """By village and payer; what is to be deducted and could not be stays until it can."""
    files = output_files(output, api.BALANCE_WRITERS)
    if settled is not None:
        console.say(api.settle(ledger, settled, _name(by or ""), (reason or "").strip()))
    elif by is not None or reason is not None:
        refuse("--by" if by is not None else "--reason", words("cli.settles_nothing"))
    books = api.balance(ledger)
    for file in files:
        api.write_balance(books, ledger, file, lang)
    console.answer(format_, lambda: api.balance_json(books), lambda: api.balance_text(books, lang))
    console.wrote(*files)


def _name(said: str) -> str:
    """Who says something; a usage error where nobody is named."""
    name = " ".join(said.split())
    if not name or not name.isprintable():
        refuse("--by", words("cli.no_name"))
    return name


@command(
    app, "verify", "验证：链条、存档校验码，并从存档重算",
    "Verify chain and digests, and compute everything again",
)  # fmt: skip
def verify(
    *,
    run_id: str | None = argument(None, "ID", "只验证这一条", "Only this run"),
    head: list[str] | None = option(
        None, "--head", "纸面上的存档校验码（至少 16 位），可重复",
        "The digest on paper (16 characters or more); repeatable", metavar="DIGEST",
    ),
    chain: bool = option(
        False, "--chain", "只查文件和链条，不重算（快）",
        "Only the file and the chain; compute nothing (quick)",
    ),
    paper: list[Path] | None = option(
        None, "--paper", "逐格核对纸面或文件上的数：.xlsx、.csv、.json、.pdf；可重复",
        "Hold every figure on a paper against the run: .xlsx, .csv, .json, .pdf; repeatable",
        metavar="FILE",
    ),
    ledger: Path = LEDGER,
    lang: Lang = LANG,
    format_: Format = FORMAT,
) -> None:  # fmt: skip
    """Exits 1 where anything is not as it was recorded."""
    for digest in head or []:
        if not api.is_digest(digest):
            refuse("--head", words("cli.no_head", text=digest))
    if paper and run_id is None:
        refuse("--paper", words("cli.paper_of_which"))
    runs = 0 if chain else 1 if run_id is not None else len(api.runs(ledger))
    with console.progress_bar(runs, least=2, label=words("cli.verifying")) as bar:
        tell = (lambda _: bar(1)) if bar is not None else None
        verdict = api.verify(ledger, run_id, head or [], tell, chain_only=chain)
    asked = options.asked("--ledger", "--lang", "--format")
    sheets, refused = api.hold(ledger, run_id, paper or [], asked)
    if format_ == "json":
        papers = [api.held_json(sheet, lang) for sheet in sheets]
        console.print_json({**api.verification_json(verdict, lang), "papers": papers})
    else:
        print(api.verification_text(verdict, lang), end="")
        print(*("\n".join([*api.held_text(sheet, lang), ""]) for sheet in sheets), sep="", end="")
    if refused:
        raise PolicyProblem(refused)
    raise typer.Exit(0 if verdict.clean and all(sheet.clean for sheet in sheets) else 1)


@command(
    app, "export", "导出审计包：不用本程序也能核对",
    "Write the audit pack, to be checked without this program",
)  # fmt: skip
def export(
    *,
    run_id: str = RUN_ID,
    folder: Path = argument(..., "DIR", "新文件夹", "A new or empty folder"),
    no_explanations: bool = option(
        False, "--no-explanations", "不写每村的说明（村很多时快得多）",
        "Leave out each village's explanation",
    ),
    ledger: Path = LEDGER,
    lang: Lang = LANG,
) -> None:  # fmt: skip
    """Roster, policy, results, explanations, log, digests, provenance, and how to check them."""
    written = api.export(ledger, run_id, folder, explanations=not no_explanations)
    console.say(words("cli.exported", number=written, folder=str(folder)))


NearFormat = Literal["text", "json", "csv"]
"""`--format` of villages near a line."""


@command(app, "near", "列出离界线很近的村", "Villages close to a line")
def near(
    *,
    run_id: str = RUN_ID,
    within: str = option("5 %", "--within", "多近，如 5 %", "How close, such as 5 %", metavar="SHARE"),
    all_: bool = option(
        False, "--all", "列出全部，而不只是每类牵动金额最大的几处",
        "List all, not only those of each kind that move most money",
    ),
    ledger: Path = LEDGER,
    lang: Lang = LANG,
    format_: NearFormat = option("text", "--format", "形式", "Form"),
) -> None:  # fmt: skip
    """For each village a small change of a fact that would change what it gets."""
    share = _share(within)
    run = api.open_run(ledger, run_id)
    villages, skipped = api.near(run, share)
    for id_ in skipped:
        console.say(words("cli.pool_too_large", programme=run.plan.policy.programme(id_).title))
    match format_:
        case "json":
            console.print_json(api.near_json(run, villages))
        case "csv":
            print(api.near_csv(run, villages, lang), end="")
        case "text":
            print(api.near_text(run, villages, lang, whole=all_), end="")


def _share(written: str) -> Fraction:
    """`5 %` as an exact share; a usage error where it is none."""
    return api.read_share(written) or refuse("--within", words("cli.no_share", text=written))


@command(app, "doubts", "疑点清单：先要核查什么", "The list of doubts: what to ask first")
def doubts(
    *,
    run_id: str = RUN_ID,
    before: str | None = option(
        None, "--before", "与以前的哪一次测算对照", "The run before, to see what changed", metavar="ID"
    ),
    within: str = option("5 %", "--within", "离界线多近", "How close to a line", metavar="SHARE"),
    sample: int | None = option(None, "--sample", "另随机抽几个村", "Draw so many villages", metavar="N"),
    seed: str | None = option(None, "--seed", "抽取的种子", "What the draw rests on", metavar="TEXT"),
    all_: bool = option(False, "--all", "列出全部", "List all"),
    output: Path | None = option(
        None, "-o --output", "写成文件：.xlsx（可填核查结果）、.csv、.json",
        "Write the list: .xlsx to work on, .csv, .json",
    ),
    ledger: Path = LEDGER,
    lang: Lang = LANG,
    format_: Format = FORMAT,
) -> None:  # fmt: skip
    """What changed, what people did, what it rests on; each with its cells and the money at stake."""
    share = _share(within)
    output_files([output] if output is not None else [], api.DOUBT_WRITERS)
    if seed is not None and sample is None:
        refuse("--seed", words("cli.seed_alone"))
    run = api.open_run(ledger, run_id)
    if sample is not None and not 0 < sample <= len(run.roster):
        refuse("--sample", words("cli.sample_size", most=len(run.roster)))
    drawn = api.Sample(sample, seed or os.urandom(4).hex()) if sample is not None else None
    old = api.open_run(ledger, before) if before is not None else None
    doubtful = api.doubts(run, old, within=share, sample=drawn)
    if output is not None:
        api.write_doubts(doubtful, output, run.plan, lang)
        console.wrote(output)
    if format_ == "json":
        console.print_json(api.doubts_json(doubtful, lang))
    else:
        print(*api.doubts_text(doubtful, lang, whole=all_, brief=output is not None), sep="\n")
