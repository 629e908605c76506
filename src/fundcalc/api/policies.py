"""Policies: load, plan, copy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from fundcalc.api.rosters import write_template
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import Lang

if TYPE_CHECKING:
    from fundcalc.policy.model import Policy
    from fundcalc.policy.plan import Plan


def load_policy(path: Path | None = None) -> Policy:
    """The policy at a path, else ./policies.toml, else the shipped one. Raises PolicyProblem."""
    from fundcalc.policy.load import load

    return load(path)[0]


def load_policy_with_warnings(path: Path | None = None) -> tuple[Policy, list[Diagnostic]]:
    """As `load_policy`, with what is doubtful in the policy."""
    from fundcalc.policy.load import load

    return load(path)


def plan(policy: Policy, on: date | None = None, readings: Mapping[str, str] | None = None) -> Plan:
    """Fix a policy to a date and readings. Raises PolicyProblem."""
    from fundcalc.policy.planning import make_plan

    return make_plan(policy, on, readings)


def init(folder: Path, lang: Lang) -> list[Path]:
    """Write an editable copy of the shipped policy and an empty roster. Raises PolicyProblem, OSError."""
    from fundcalc.policy.copy import copy_to

    roster = folder / "roster.xlsx"
    written = copy_to(folder, [roster.name])
    write_template(roster, load_policy(folder), lang)
    return [*written, roster]
