"""The run that a command reports on: one that the ledger has, or a roster computed now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fundcalc.base.words import counted
from fundcalc_cli.output import say, tell
from fundcalc_cli.rejects import print_rejects

if TYPE_CHECKING:
    from fundcalc.api import Run


@dataclass(frozen=True, slots=True)
class Asked:
    """How a roster is to be computed; a recorded run has all this settled."""

    policy: Path | None
    on: date | None
    readings: Mapping[str, str]
    sheet: str | None
    columns: Mapping[str, str]


def chosen_run(
    run_id: str | None, ledger: Path, roster: Path | None, asked: Asked, hint: str
) -> Run:
    """The recorded run, or the roster computed; a usage error where a recorded one is to be changed."""
    from fundcalc import api

    if run_id is None:
        assert roster is not None
        return compute(roster, asked)
    if any((asked.policy, asked.on, asked.readings, asked.sheet, asked.columns)):
        raise typer.BadParameter(
            tell(
                "记录里的政策、日期和解读是定下来的，不能另选",
                "a recorded run has its policy, date and readings; none can be chosen",
            ),
            param_hint=hint,
        )
    return api.open_run(ledger, run_id)


def compute(roster: Path, asked: Asked) -> Run:
    """Compute a roster; leaves with 1 and the rejects where rows are rejected."""
    from fundcalc import api

    found = api.load_policy(asked.policy)
    plan = api.plan(found, asked.on, asked.readings)
    read = api.read_roster(roster, found, sheet=asked.sheet, columns=asked.columns)
    fatal = [reject for reject in read.rejects if reject.severity == "error"]
    if fatal:
        print_rejects(fatal)
        say(
            f"{read.rejected_rows} 行被退回；资金池要等名册完整才能算",
            f"{counted(read.rejected_rows, 'row')} rejected; pools need the whole roster",
        )
        raise typer.Exit(1)
    return api.calculate(plan, read)
