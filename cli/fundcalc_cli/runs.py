"""`fundcalc runs`: the ledger: what was computed, shown, verified, searched and handed over."""

from __future__ import annotations

import re
import secrets
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.width import aligned, wrap
from fundcalc.base.words import Lang
from fundcalc_cli import console
from fundcalc_cli.commands import argument, command, group, option
from fundcalc_cli.console import Format, text
from fundcalc_cli.options import FORMAT, LANG, LEDGER, refuse, refuse_ending

if TYPE_CHECKING:
    from fundcalc.ledger.store import Entry
    from fundcalc.ledger.verify import Finding, Verdict

app = group(
    "台账：列出、查看、验证、导出已记录的计算",
    "The ledger: recorded runs listed, shown, verified, exported",
    no_args_is_help=True,
)

RUN = argument(
    ..., "ID", "记录：编号（如 7）、代号或校验码的开头几位，或 last",
    "A run: its number (7), the beginning of its id or digest, or last",
)  # fmt: skip


@command(app, "list", "列出全部记录", "List all runs")
def list_(*, ledger: Path = LEDGER, lang: Lang = LANG, format_: Format = FORMAT) -> None:
    """One line a run, oldest first."""
    entries = api.runs(ledger)
    if format_ == "json":
        console.print_json([_listed(entry) for entry in entries])
        return
    heads = text("cli.run_columns").split(",")
    for line in aligned([heads, *map(_row, entries)], right=[2]):
        print(line.rstrip())
    if entries:
        print(text("cli.head", head=entries[-1].head))


def _listed(entry: Entry) -> dict[str, Any]:
    try:
        kept = {key: entry.data.get(key) for key in _LISTED}
    except ValueError:
        kept = {}
    return {"id": entry.id, "head": entry.head, **kept}


_LISTED = (
    "recorded_at", "prepared_by", "reviewed_by", "corrects", "program", "engine", "policy", "roster",
    "overrides", "totals",
)  # fmt: skip


def _row(entry: Entry) -> list[str]:
    """A run's line; a record that cannot be read says so."""
    try:
        data = entry.data
        remarks = []
        if data.get("corrects"):
            remarks.append(text("cli.corrects_run", run=str(data["corrects"]["id"])))
        if data.get("overrides"):
            remarks.append(text("cli.overrides", number=int(data["overrides"])))
        return [
            entry.id,
            str(data["recorded_at"])[:19].replace("T", " "),
            f"{data['roster']['villages']:,}",
            str(data["roster"]["file"]),
            str(data.get("prepared_by") or ""),
            ", ".join(remarks),
        ]
    except (ValueError, KeyError, TypeError):
        return [entry.id, "", "", "", "", text("cli.damaged")]


@command(app, "show", "查看一条记录", "Show one run")
def show(
    *,
    run_id: str = RUN,
    differences: Path | None = option(
        None, "--differences", "把更正的全部差额写入文件（.csv、.json，或签发的 .xlsx）",
        "Write all differences of a correction (.csv, .json, or an .xlsx to sign)",
        metavar="FILE",
    ),
    ledger: Path = LEDGER,
    lang: Lang = LANG,
    format_: Format = FORMAT,
) -> None:  # fmt: skip
    """Who, when, from what, and what it adds up to."""
    run = api.open_run(ledger, run_id)
    if differences is not None:
        refuse_ending(differences, api.DIFFERENCE_WRITERS, "--differences")
        if run.correction is None:
            refuse("--differences", words("cli.corrects_no_other", run=run.id))
        api.write_differences(run, differences, lang)
        console.wrote(differences)
    summary = api.summarise(run)
    if format_ == "json":
        later = [{"run": id_, "reason": reason} for id_, reason in run.corrected_by]
        kept = {**_listed(run.entry), "corrected_by": later}
        console.print_json({**kept, **api.summary_json(run, summary)})
        return
    for line in _about(run):
        print("\n".join(wrap(line, 80)))
    print()
    print(api.summary_text(run, summary, lang), end="")


def _about(run: api.RecordedRun) -> list[str]:
    program = run.entry.data["program"]
    prepared, reviewed = run.prepared_by or "—", run.reviewed_by or "—"
    lines = [
        text("cli.run", run=run.id, at=run.recorded_at),
        text("cli.who", prepared=prepared, reviewed=reviewed),
        "fundcalc " + ", ".join(f"{k} {v}".removeprefix("fundcalc ") for k, v in program.items()),
        text("cli.roster", file=run.roster.file, digest=run.roster.digest),
    ]
    corrections = run.roster.corrections
    if corrections:
        by = "、".join(dict.fromkeys(one.by for one in corrections))
        lines.append(text("cli.corrected_cells", number=len(corrections), by=by))
    if run.corrects is not None:
        lines.append(text("cli.corrects", run=run.corrects["id"], why=run.corrects["reason"]))
    lines += [text("cli.corrected_later", run=id_, why=why) for id_, why in run.corrected_by]
    return lines


@command(
    app, "verify", "验证：链条、校验码，并从存档重算",
    "Verify chain and digests, and compute everything again",
)  # fmt: skip
def verify(
    *,
    run_id: str | None = argument(None, "ID", "只验证这一条", "Only this run"),
    head: str | None = option(
        None, "--head", "纸面上的校验码（至少 16 位）", "The digest on paper (16 characters or more)",
        metavar="DIGEST",
    ),
    paper: list[Path] | None = option(
        None, "--paper", "逐格核对纸面或文件上的数：.xlsx、.csv、.json；可重复",
        "Hold every figure on a paper against the run: .xlsx, .csv, .json; repeatable",
        metavar="FILE",
    ),
    ledger: Path = LEDGER,
    lang: Lang = LANG,
    format_: Format = FORMAT,
) -> None:  # fmt: skip
    """Exits 1 where anything is not as it was recorded."""
    digits = "".join((head or "").split()).lower().removeprefix("sha256:")
    if head is not None and not re.fullmatch("[0-9a-f]{16,}", digits):
        refuse("--head", words("cli.no_head"))
    tell = (
        (lambda id_: console.say(words("cli.verifying", run=id_))) if sys.stderr.isatty() else None
    )
    if paper and run_id is None:
        refuse("--paper", words("cli.paper_of_which"))
    verdict = api.verify(ledger, run_id, digits or None, tell)
    held = [api.hold(ledger, str(run_id), one) for one in paper or ()]
    if format_ == "json":
        papers = [api.held_json(one, lang) for one in held]
        console.print_json({**api.verification_json(verdict, lang), "papers": papers})
    else:
        _print_verdict(verdict, lang, digits)
        for one in held:
            print("\n".join(api.held_text(one, lang)))
    raise typer.Exit(0 if verdict.clean and all(one.clean for one in held) else 1)


def _print_verdict(verdict: Verdict, lang: Lang, head: str) -> None:
    """What concerns the ledger as a whole, then each run; `head` is the digest from paper, if any."""
    for finding in verdict.ledger:
        _print_finding(finding, lang, 0)
    for run in verdict.runs:
        same = text("cli.run_same", villages=run.villages or 0)
        print(f"{run.id}  {text('cli.run_differs') if run.findings else same}")
        for finding in run.findings:
            _print_finding(finding, lang, 4)
        if run.more:
            print("    " + text("cli.more_findings", rest=run.more))
    if not verdict.clean:
        print(text("cli.not_as_recorded"))
    elif head:
        print(text("cli.as_on_paper"))
    else:
        print("\n".join(wrap(text("cli.as_recorded"), 80)))


def _print_finding(finding: Finding, lang: Lang, indent: int) -> None:
    parts = [finding.village or "", finding.what.say(lang)]
    said = " · ".join(part for part in parts if part)
    if finding.recorded is not None:
        recorded, again = finding.recorded or "—", finding.again or "—"
        said += text("cli.recorded_and_again", recorded=recorded, again=again)
    for line in wrap(said, 80 - indent):
        print(" " * indent + line)


@command(
    app, "export", "导出审计包：不用本程序也能核对",
    "Write the audit pack, to be checked without this program",
)  # fmt: skip
def export(
    *,
    run_id: str = RUN,
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
    run_id: str = RUN,
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
    found, skipped = api.near(run, share)
    for programme in skipped:
        console.say(words("cli.pool_too_large", programme=programme))
    match format_:
        case "json":
            console.print_json(api.near_json(run, found))
        case "csv":
            print(api.near_csv(run, found), end="")
        case "text":
            print(api.near_text(run, found, lang, whole=all_), end="")


def _share(written: str) -> Fraction:
    """`5 %` as an exact share; a usage error where it is none."""
    number, percent, rest = written.strip().replace("％", "%").partition("%")
    try:
        share = Fraction(number.strip()) / 100
    except (ValueError, ZeroDivisionError):
        share = Fraction(-1)
    if not percent or rest.strip() or not 0 < share <= 1:
        refuse("--within", words("cli.no_share", text=written))
    return share


@command(app, "doubts", "疑点清单：先要核查什么", "The list of doubts: what to ask first")
def doubts(
    *,
    run_id: str = RUN,
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
    if output is not None:
        refuse_ending(output, api.DOUBT_WRITERS, "-o")
    if seed is not None and sample is None:
        refuse("--seed", words("cli.seed_alone"))
    run = api.open_run(ledger, run_id)
    if sample is not None and not 0 < sample <= len(run.roster):
        refuse("--sample", words("cli.sample_size", most=len(run.roster)))
    drawn = api.Sample(sample, seed or secrets.token_hex(4)) if sample is not None else None
    old = api.open_run(ledger, before) if before is not None else None
    found = api.doubts(run, old, within=share, sample=drawn)
    if output is not None:
        api.write_doubts(found, output, run.plan, lang)
        console.wrote(output)
    if format_ == "json":
        console.print_json(api.doubts_json(found, lang))
    else:
        print("\n".join(api.doubts_text(found, lang, whole=all_)))
