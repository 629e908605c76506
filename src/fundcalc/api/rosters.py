"""Rosters: read, compare with a register, mark what is rejected, write an empty one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from fundcalc.base.files import write_bytes
from fundcalc.base.words import Lang

if TYPE_CHECKING:
    from fundcalc.policy.model import Policy
    from fundcalc.roster.model import Reject, Roster
    from fundcalc.roster.register import Comparison


def read_roster(
    path: Path,
    policy: Policy,
    *,
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
    on: date | None = None,
    progress: Callable[[int], object] | None = None,
) -> Roster:
    """A roster file as clean facts and rejects; `on` is the day whose figures are wanted.

    `progress` is told of each per cent that is done. Raises PolicyProblem where it cannot be read.
    """
    from fundcalc.roster.model import Wanted
    from fundcalc.roster.read import read_roster as read

    return read(
        path,
        policy.facts,
        sheet=sheet,
        columns=columns or {},
        wanted=Wanted(on or policy.on, policy.names),
        progress=progress,
    )


def compare_register(
    register: Path,
    roster: Path,
    policy: Policy,
    *,
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Comparison:
    """Hold a roster against a dated register of villages; `sheet` and `columns` are the roster's.

    Raises PolicyProblem.
    """
    from fundcalc.roster.register import compare, read_identity

    listed = read_identity(register, policy.facts)
    return compare(listed, read_identity(roster, policy.facts, sheet, columns or {}))


def rejects_csv(rejects: Sequence[Reject], lang: Lang) -> bytes:
    """Rejects as CSV."""
    from fundcalc.reports.tables import rejects_csv as as_csv

    return as_csv(rejects, lang)


def write_marked(path: Path, roster_file: Path, roster: Roster, lang: Lang) -> None:
    """Write a copy of the roster's file as .xlsx with rejects marked. Raises OSError, PolicyProblem."""
    from fundcalc.reports.marked import as_marked

    write_bytes(path, as_marked(roster_file, roster, lang))


def write_template(path: Path, policy: Policy, lang: Lang) -> None:
    """Write an empty roster .xlsx. Raises OSError."""
    from fundcalc.reports.template import as_template

    write_bytes(path, as_template(policy.facts, lang))
