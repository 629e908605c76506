"""Rosters read for a policy: its facts, the day whose figures it wants, the names it knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from fundcalc.base.files import write_bytes
from fundcalc.base.words import Lang
from fundcalc.language.nodes import Compare, names, walk
from fundcalc.language.show import show
from fundcalc.policy.model import Policy
from fundcalc.roster import read
from fundcalc.roster.model import Roster, Wanted


def read_roster(
    path: Path | Sequence[Path],
    policy: Policy,
    *,
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
    on: date | None = None,
    progress: Callable[[int], object] | None = None,
) -> Roster:
    """Rosters (files, folders, or an intake) as one: clean facts, rejects, notices, each value with its cell.

    `on` is the day whose figures are wanted, default the policy's own. `columns` says what a header means,
    as `fact` or `fact:unit`; "" that it means none. `progress` is told of each per cent that is done.
    Raises PolicyProblem where a file cannot be read, and Unsettled where a question must be answered first.
    """
    return read.read_roster(
        path, policy.facts, sheet=sheet, columns=columns or {}, wanted=_wanted(policy, on),
        progress=progress,
    )  # fmt: skip


def write_intake(
    path: Path,
    rosters: Sequence[Path],
    policy: Policy,
    lang: Lang,
    *,
    columns: Mapping[str, str] | None = None,
) -> int:
    """Write down how rosters are read (an intake); how many things are left to a person.

    Raises OSError, PolicyProblem.
    """
    proposal = read.Proposal(path.parent, lang, columns or {}, _wanted(policy, None))
    text, left = read.propose(rosters, policy.facts, proposal)
    write_bytes(path, text.encode())
    return left


def _wanted(policy: Policy, on: date | None) -> Wanted:
    return Wanted(on or policy.on, policy.names, _turning_points(policy), policy.title.zh)


def _turning_points(policy: Policy) -> dict[str, str]:
    """For each fact that has near aliases the first condition that turns on it."""
    found: dict[str, str] = {}
    for fact in policy.facts.values():
        if not fact.near_aliases:
            continue
        for programme in policy.programmes:
            for rule in programme.rules:
                for node in walk(rule.when):
                    here = isinstance(node, Compare) and any(n.id == fact.id for n in names(node))
                    if here and fact.id not in found:
                        found[fact.id] = f"{programme.id}.{rule.id}: {show(node)}"
    return found
