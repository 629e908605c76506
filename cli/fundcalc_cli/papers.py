"""`fundcalc report` and `fundcalc letter`: a recorded run as one page of HTML, and a page a village."""

from __future__ import annotations

from pathlib import Path

import typer

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.words import Lang
from fundcalc_cli.commands import argument, option
from fundcalc_cli.explain import one_village
from fundcalc_cli.options import LANG, LEDGER, RUN_ID, refuse
from fundcalc_cli.output import choose_lang, say, text, wrote


def report(
    *,
    run_id: str = RUN_ID,
    out: Path | None = option(
        None, "-o --out", "写到这个文件", "Write it here", metavar="FILE.html"
    ),
    ledger: Path = LEDGER,
    lang: Lang | None = LANG,
) -> None:
    """Write the report of a recorded run."""
    chosen = choose_lang(lang)
    run = api.open_run(ledger, run_id)
    path = out if out is not None else Path(f"{run.id}.html")
    if path.suffix.lower() not in (".html", ".htm"):
        refuse("-o", words("cli.no_html", path=str(path)))
    api.write_bytes(path, api.report_html(run, chosen))
    wrote(path)


def letter(
    *,
    run_id: str = RUN_ID,
    villages: list[str] | None = argument(
        None,
        "VILLAGE",
        "代码或村名；不写则为全部村",
        "Codes or names; all villages where none is given",
    ),
    out: Path | None = option(
        None, "-o --out", "写进这个文件夹", "Folder to write to", metavar="DIR"
    ),
    county: list[str] | None = option(
        None, "--county", "只要这个县的村，可重复", "Only this county; repeatable"
    ),
    one_file: bool = option(False, "--one-file", "写成一个文件", "All letters in one file"),
    ledger: Path = LEDGER,
    lang: Lang | None = LANG,
) -> None:
    """Write the letters of a recorded run."""
    chosen = choose_lang(lang)
    run = api.open_run(ledger, run_id)
    indices = _chosen(run, villages or [], county or [])
    folder = out if out is not None else Path(f"letters-{run.id}")
    if one_file:
        file = folder / api.letters_name(text("cli.letters"), *(county or []), run.id)
        content = api.letters_in_one(run, indices, chosen)
        folder.mkdir(parents=True, exist_ok=True)
        api.write_bytes(file, content)
        say(words("cli.wrote_pages", file=str(file), pages=len(indices)))
        return
    for name, content in api.letters(run, indices, chosen):
        folder.mkdir(parents=True, exist_ok=True)
        api.write_bytes(folder / name, content)
    say(words("cli.wrote_letters", number=len(indices), folder=str(folder)))


def _chosen(run: api.Run, villages: list[str], counties: list[str]) -> list[int]:
    """Positions of the villages asked for; leaves with 1 where a county has none."""
    if villages:
        return list(dict.fromkeys(one_village(run, wanted) for wanted in villages))
    if not counties:
        return list(range(len(run.result.rows)))
    if "county" not in run.plan.policy.facts:
        refuse("--county", words("cli.no_counties"))
    column = run.result.column("county")
    for county in counties:
        if county not in column:
            known = ", ".join(dict.fromkeys(map(str, column)))
            say(words("cli.no_county", county=county, known=known))
            raise typer.Exit(1)
    return [n for n, name in enumerate(column) if name in counties]
