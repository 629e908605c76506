"""`fundcalc letter`: how each village's amounts were worked out, one page a village."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from fundcalc.base.words import counted
from fundcalc_cli.explain import one_village
from fundcalc_cli.options import LEDGER, Language, Ledger
from fundcalc_cli.output import choose_lang, say, tell

if TYPE_CHECKING:
    from fundcalc.api import Run

HELP = tell(
    "每村一页 A4 的计算说明（PDF）", "One page of A4 a village: how its amounts were worked out"
)


def letter(
    run_id: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help=tell("台账里的记录：编号、开头几位或 last", "A recorded run: its id, or last"),
        ),
    ],
    villages: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            metavar="VILLAGE",
            help=tell(
                "代码或村名；不写则为全部村", "Codes or names; all villages where none is given"
            ),
        ),
    ] = None,
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "-o", "--out", metavar="DIR", help=tell("写进这个文件夹", "Folder to write to")
        ),
    ] = None,
    county: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            "--county", help=tell("只要这个县的村，可重复", "Only this county; repeatable")
        ),
    ] = None,
    one_file: Annotated[
        bool, typer.Option("--one-file", help=tell("写成一个文件", "All letters in one file"))
    ] = False,
    ledger: Ledger = LEDGER,
    lang: Language = None,
) -> None:
    """Write the letters of a recorded run."""
    from fundcalc import api

    chosen = choose_lang(lang)
    run = api.open_run(ledger, run_id)
    indices = _chosen(run, villages or [], county or [])
    folder = out if out is not None else Path(f"letters-{run.id}")
    if one_file:
        name = api.letters_name(tell("计算说明", "letters"), *(county or []), run.id)
        content = api.letters_in_one(run, indices, chosen)
        folder.mkdir(parents=True, exist_ok=True)
        api.write_bytes(folder / name, content)
        say(f"已写出 {folder / name}（{len(indices)} 页）", f"Wrote {folder / name}")
        return
    for name, content in api.letters(run, indices, chosen):
        folder.mkdir(parents=True, exist_ok=True)
        api.write_bytes(folder / name, content)
    number = counted(len(indices), "letter")
    say(f"已写出 {len(indices)} 封到 {folder}", f"Wrote {number} to {folder}")


def _chosen(run: Run, villages: list[str], counties: list[str]) -> list[int]:
    """Positions of the villages asked for; leaves with 1 where a county has none."""
    if villages:
        return list(dict.fromkeys(one_village(run, wanted) for wanted in villages))
    if not counties:
        return list(range(len(run.result.rows)))
    if "county" not in run.plan.policy.facts:
        raise typer.BadParameter(
            tell("这份政策的名册没有县", "this policy's rosters have no county"),
            param_hint="--county",
        )
    column = run.result.column("county")
    for county in counties:
        if county not in column:
            known = ", ".join(dict.fromkeys(map(str, column)))
            say(
                f"名册里没有 `{county}`，有：{known}", f"There is no `{county}`; known are: {known}"
            )
            raise typer.Exit(1)
    return [n for n, name in enumerate(column) if name in counties]
