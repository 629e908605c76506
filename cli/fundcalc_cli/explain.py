"""`fundcalc explain`: why one village gets what it gets, or why a rule does not decide for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import typer

from fundcalc import api
from fundcalc.base.catalogue import words
from fundcalc.base.words import Lang, same
from fundcalc_cli.commands import argument, option
from fundcalc_cli.options import LANG, LEDGER, Basis, Headers, refuse
from fundcalc_cli.output import choose_lang, hand_over, print_json, say
from fundcalc_cli.rejects import errors, print_rejects

Shape = Literal["text", "json", "html", "markdown"]
"""`--format`."""


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
    basis: Basis,
    lang: Lang | None = LANG,
    format_: Shape = option("text", "--format", "输出的形式", "The form of the output"),
    headers: Headers,
) -> None:  # fmt: skip
    """Explain every decision about one village."""
    chosen = choose_lang(lang)
    asked = (basis.policy, basis.day, basis.readings, headers.sheet, headers.columns)
    if run_id is None and roster is not None:
        run = _computed(roster, basis, headers)
    elif run_id is None or roster is not None:
        refuse("--roster / --run", words("cli.roster_or_run"))
    elif any(asked):
        refuse("--run", words("cli.run_is_settled"))
    else:
        run = api.open_run(ledger, run_id)
    index = one_village(run, village)
    if why_not is None:
        _print(api.explain(run, index), format_, chosen)
    else:
        _print(_answers(run, index, why_not), format_, chosen)


def _computed(roster: Path, basis: Basis, headers: Headers) -> api.Run:
    """The roster computed; leaves with 1 and the rejects where rows are rejected."""
    policy = api.load_policy(basis.policy)
    plan = api.plan(policy, basis.day, basis.readings)
    read = headers.read(roster, policy)
    fatal = errors(read.rejects)
    if fatal:
        print_rejects(fatal)
        say(words("cli.not_whole_to_explain", rows=read.rejected_rows))
        raise typer.Exit(1)
    return api.calculate(plan, read)


def _answers(run: api.Run, index: int, rule: str) -> Sequence[api.WhyNot]:
    """Why a rule does not decide; leaves with 2 and the rules like it where there is none."""
    answers = api.why_not(run, index, rule)
    if answers:
        return answers
    near = api.rules_near(run, rule)
    say(words("cli.no_rule_but_near" if len(near) == 1 else "cli.no_rule", rule=rule))
    for id_ in near:
        say(same(f"  {id_}"))
    raise typer.Exit(2)


def _print(explanation: api.Explanation | Sequence[api.WhyNot], shape: Shape, lang: Lang) -> None:
    """An explanation in the form asked for."""
    match shape:
        case "json":
            print_json(api.explanation_json(explanation, lang))
        case "html":
            hand_over(api.explanation_html(explanation, lang))
        case "markdown":
            print(api.explanation_markdown(explanation, lang), end="")
        case "text":
            print(api.explanation_text(explanation, lang), end="")


def one_village(run: api.Run, wanted: str) -> int:
    """The one village meant; leaves with 1 and the candidates where there are several or none."""
    found = api.find_village(run, wanted)
    if len(found) == 1:
        return found[0]
    if found:
        say(words("cli.several_villages", number=len(found), wanted=wanted))
    else:
        found = api.villages_near(run, wanted)
        say(words("cli.no_village", wanted=wanted))
        if found:
            say(words("cli.near"))
    for index in found:
        say(same(f"  {api.describe_village(run, index)}"))
    raise typer.Exit(1)
