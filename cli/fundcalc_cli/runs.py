"""`fundcalc runs`: the ledger: what was computed, shown, verified, searched and handed over."""

from __future__ import annotations

import sys
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from fundcalc.base.width import pad, width, wrap
from fundcalc.base.words import counted
from fundcalc_cli.options import LEDGER, Language, Ledger, OutputFormat
from fundcalc_cli.output import Format, choose_lang, print_json, say, tell
from fundcalc_cli.quick import QuickCommand
from fundcalc_cli.results import refuse_ending
from fundcalc_cli.typer_words import Command, Group
from fundcalc_cli.verdict import print_verdict

if TYPE_CHECKING:
    from fundcalc.api import RecordedRun
    from fundcalc.base.words import Lang
    from fundcalc.ledger.store import Entry

app = typer.Typer(
    cls=Group,
    help=tell(
        "台账：列出、查看、验证、导出已记录的计算",
        "The ledger: recorded runs listed, shown, verified, exported",
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)

RunId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help=tell(
            "记录：编号（如 7）、代号或摘要的开头几位，或 last",
            "A run: its number (7), the beginning of its id or digest, or last",
        ),
    ),
]


class Table(StrEnum):
    """`--format` where there is a table."""

    text = "text"
    json = "json"
    csv = "csv"


@app.command("list", cls=QuickCommand, help=tell("列出全部记录", "List all runs"))
def list_(
    ledger: Ledger = LEDGER, lang: Language = None, format_: OutputFormat = Format.text
) -> None:
    """One line a run, oldest first."""
    from fundcalc import api

    choose_lang(lang)
    entries = api.runs(ledger)
    if format_ is Format.json:
        print_json([_listed(entry) for entry in entries])
        return
    heads = [tell("记录", "Run"), tell("时间（UTC）", "Recorded (UTC)"), tell("村数", "Villages")]
    heads += [tell("名册", "Roster"), tell("制表", "Prepared by"), tell("备注", "Remarks")]
    rows = [_row(entry) for entry in entries]
    widths = [max(width(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    for row in [heads, *rows]:
        cells = [pad(cell, widths[i], right=i == 2) for i, cell in enumerate(row)]
        print("  ".join(cells).rstrip())
    if entries:
        print("\n" + tell("最新摘要：", "Head:") + "\n" + entries[-1].head)


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
        when = str(data["recorded_at"])[:19].replace("T", " ")
        remarks = []
        if data.get("corrects"):
            remarks.append(tell("更正 ", "corrects ") + str(data["corrects"]["id"]))
        if data.get("overrides"):
            number = int(data["overrides"])
            remarks.append(tell(f"手工调整 {number} 项", counted(number, "override")))
        who = str(data.get("prepared_by") or "")
        roster = data["roster"]
        return [
            entry.id,
            when,
            f"{roster['villages']:,}",
            str(roster["file"]),
            who,
            ", ".join(remarks),
        ]
    except (ValueError, KeyError, TypeError):
        return [entry.id, "", "", "", "", tell("记录已损坏", "the record is damaged")]


@app.command("show", cls=Command, help=tell("查看一条记录", "Show one run"))
def show(
    run_id: RunId,
    differences: Annotated[
        Optional[Path],  # noqa: UP045 - Typer reads this at run time on every version
        typer.Option(
            "--differences",
            metavar="FILE",
            help=tell(
                "把更正的全部差额写入文件（.csv、.json，或签发的 .xlsx）",
                "Write all differences of a correction (.csv, .json, or an .xlsx to sign)",
            ),
        ),
    ] = None,
    ledger: Ledger = LEDGER,
    lang: Language = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Who, when, from what, and what it adds up to."""
    from fundcalc import api

    chosen = choose_lang(lang)
    run = api.open_run(ledger, run_id)
    if differences is not None:
        _write_differences(run, differences, chosen)
    summary = api.summarise(run)
    if format_ is Format.json:
        later = [{"run": id_, "reason": reason} for id_, reason in run.corrected_by]
        data = {
            **_listed(run.entry), "corrected_by": later, **api.summary_json(run, summary),
        }  # fmt: skip
        print_json(data)
        return
    for line in _about(run):
        for part in wrap(line, 80):
            print(part)
    print()
    print(api.summary_text(run, summary, chosen), end="")


def _write_differences(run: RecordedRun, path: Path, lang: Lang) -> None:
    from fundcalc import api

    hint = "--differences"
    refuse_ending(path, api.DIFFERENCE_WRITERS, hint)
    if run.correction is None:
        raise typer.BadParameter(
            tell(f"{run.id} 没有更正别的记录", f"{run.id} corrects no other run"), param_hint=hint
        )
    api.write_differences(run, path, lang)
    say(f"已写出 {path}", f"Wrote {path}")


def _about(run: RecordedRun) -> list[str]:
    program = run.entry.data["program"]
    lines = [
        tell(f"记录 {run.id}，{run.recorded_at}", f"Run {run.id}, {run.recorded_at}"),
        tell("制表 ", "Prepared by ") + (run.prepared_by or "—")
        + tell("；复核 ", "; reviewed by ") + (run.reviewed_by or "—"),
        "fundcalc " + ", ".join(f"{k} {v}".removeprefix("fundcalc ") for k, v in program.items()),
        tell("名册 ", "Roster ") + f"{run.roster.file} {run.roster.digest}",
    ]  # fmt: skip
    if run.roster.corrections:
        by = "、".join(dict.fromkeys(one.by for one in run.roster.corrections))
        count = len(run.roster.corrections)
        lines.append(
            tell(
                f"名册更正：{count} 个单元格（{by}）",
                f"Roster corrected: {counted(count, 'cell')} ({by})",
            )
        )
    if run.corrects is not None:
        said = run.corrects
        lines.append(tell("更正 ", "Corrects ") + f"{said['id']}: {said['reason']}")
    lines += [
        tell(f"后来由 {id_} 更正：{why}", f"Corrected later by {id_}: {why}")
        for id_, why in run.corrected_by
    ]
    return lines


@app.command(
    "verify",
    cls=Command,
    help=tell(
        "验证：链条、摘要，并从存档重算", "Verify chain and digests, and compute everything again"
    ),
)
def verify(
    run_id: Annotated[
        Optional[str],  # noqa: UP045 - Typer reads this at run time on every version
        typer.Argument(metavar="ID", help=tell("只验证这一条", "Only this run")),
    ] = None,
    head: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--head",
            metavar="DIGEST",
            help=tell("纸面上的摘要（至少 16 位）", "The digest on paper (16 characters or more)"),
        ),
    ] = None,
    ledger: Ledger = LEDGER,
    lang: Language = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Exits 1 where anything is not as it was recorded."""
    from fundcalc import api

    chosen = choose_lang(lang)
    digits = "".join((head or "").split()).lower().removeprefix("sha256:")
    if head is not None and (len(digits) < 16 or any(c not in "0123456789abcdef" for c in digits)):
        raise typer.BadParameter(
            tell("应是 sha256: 后面的十六进制数，至少 16 位", "hexadecimal, 16 characters or more"),
            param_hint="--head",
        )
    progress = _progress if sys.stderr.isatty() else None
    verdict = api.verify(ledger, run_id, digits or None, progress)
    if format_ is Format.json:
        print_json(api.verification_json(verdict, chosen))
    else:
        print_verdict(verdict, chosen, digits)
    raise typer.Exit(0 if verdict.clean else 1)


def _progress(id_: str) -> None:
    say(f"验证 {id_} …", f"Verifying {id_} …")


@app.command(
    "export",
    cls=Command,
    help=tell(
        "导出审计包：不用本程序也能核对", "Write the audit pack, to be checked without this program"
    ),
)
def export(
    run_id: RunId,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help=tell("新文件夹", "A new or empty folder"))
    ],
    no_explanations: Annotated[
        bool,
        typer.Option(
            "--no-explanations",
            help=tell("不写每村的说明（村很多时快得多）", "Leave out each village's explanation"),
        ),
    ] = False,
    ledger: Ledger = LEDGER,
    lang: Language = None,
) -> None:
    """Roster, policy, results, explanations, log, digests, provenance, and how to check them."""
    from fundcalc import api

    choose_lang(lang)
    written = api.export(ledger, run_id, folder, explanations=not no_explanations)
    say(f"已写出 {written} 个文件到 {folder}", f"Wrote {counted(written, 'file')} to {folder}")


@app.command("near", cls=Command, help=tell("列出离界线很近的村", "Villages close to a line"))
def near(
    run_id: RunId,
    within: Annotated[
        str,
        typer.Option(
            "--within", metavar="SHARE", help=tell("多近，如 5 %", "How close, such as 5 %")
        ),
    ] = "5 %",
    all_: Annotated[
        bool,
        typer.Option(
            "--all",
            help=tell(
                "列出全部，而不只是每类牵动金额最大的几处",
                "List all, not only those of each kind that move most money",
            ),
        ),
    ] = False,
    ledger: Ledger = LEDGER,
    lang: Language = None,
    format_: Annotated[Table, typer.Option("--format", help=tell("形式", "Form"))] = Table.text,
) -> None:
    """For each village a small change of a fact that would change what it gets."""
    from fundcalc import api

    chosen = choose_lang(lang)
    share = _share(within)
    run = api.open_run(ledger, run_id)
    found, skipped = api.near(run, share)
    for programme in skipped:
        say(
            f"{programme}：资金池的村太多，没有逐村试算",
            f"{programme}: its pool has too many villages to try each",
        )
    if format_ is Table.json:
        print_json(api.near_json(run, found))
    elif format_ is Table.csv:
        print(api.near_csv(run, found), end="")
    else:
        print(api.near_text(run, found, chosen, whole=all_), end="")


def _share(text: str) -> Fraction:
    """`5 %` as an exact share; a usage error where it is none."""
    number, percent, rest = text.strip().replace("％", "%").partition("%")
    try:
        share = Fraction(number.strip()) / 100
    except (ValueError, ZeroDivisionError):
        share = Fraction(-1)
    if not percent or rest.strip() or not 0 < share <= 1:
        raise typer.BadParameter(
            tell(f"`{text}` 应写作 5 %", f"`{text}` should be a share such as 5 %"),
            param_hint="--within",
        )
    return share
