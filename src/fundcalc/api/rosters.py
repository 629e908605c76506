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
    from fundcalc.roster.clean import Result as CleanResult
    from fundcalc.roster.model import Reject, Roster, Wanted
    from fundcalc.roster.register import Comparison


def read_roster(
    path: Path | Sequence[Path],
    policy: Policy,
    *,
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
    on: date | None = None,
    progress: Callable[[int], object] | None = None,
) -> Roster:
    """Rosters (files, folders, or an intake) as clean facts and rejects; `on` is the day wanted.

    `progress` is told of each per cent that is done. Raises PolicyProblem where they cannot be read, and
    Unsettled where a question must be answered first.
    """
    from fundcalc.roster.read import read_roster as read

    return read(
        path,
        policy.facts,
        sheet=sheet,
        columns=columns or {},
        wanted=_wanted(policy, on),
        progress=progress,
    )


def _wanted(policy: Policy, on: date | None) -> Wanted:
    from fundcalc.roster.model import Wanted

    return Wanted(on or policy.on, policy.names, _lines(policy), policy.title.zh)


def _lines(policy: Policy) -> dict[str, str]:
    """For each fact that has near aliases the first condition that turns on it."""
    from fundcalc.language.nodes import Compare, names, walk
    from fundcalc.language.show import show

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


def write_intake(
    path: Path,
    rosters: Sequence[Path],
    policy: Policy,
    lang: Lang,
    *,
    columns: Mapping[str, str] | None = None,
) -> int:
    """Write down how rosters are read; how many things are left to a person.

    Raises OSError, PolicyProblem.
    """
    from fundcalc.roster.read import Proposal, propose

    wanted = Proposal(path.parent, lang, columns or {}, _wanted(policy, None))
    text, left = propose(rosters, policy.facts, wanted)
    write_bytes(path, text.encode())
    return left


def compare_register(
    register: Path,
    roster: Path | Sequence[Path],
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


def write_marked(path: Path, rosters: Sequence[Path], roster: Roster, lang: Lang) -> list[Path]:
    """Write a copy of each file that has rejects, with them marked; the files written.

    One file's copy is `path`; without an ending, `path` is a folder that takes one of each file. Raises
    OSError, PolicyProblem.
    """
    from fundcalc.reports.marked import as_marked
    from fundcalc.roster.read import files_of

    files = dict(files_of(rosters))
    if path.suffix:
        (file,) = files.values()
        write_bytes(path, as_marked(file, roster.rejects, lang))
        return [path]
    written: list[Path] = []
    for label, file in files.items():
        some = [one for one in roster.rejects if one.file == label]
        if some:
            stem = label.replace("/", "_").rpartition(".")[0]
            target = path / f"{stem}.{'标注' if lang == 'zh' else 'marked'}.xlsx"
            target.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(target, as_marked(file, some, lang))
            written.append(target)
    return written


def is_clean_result(folder: Path) -> bool:
    """Whether a folder holds what `write_clean` wrote and nothing else. Raises OSError."""
    from fundcalc.roster.clean import is_result

    return is_result(folder)


def write_clean(folder: Path, roster: Roster, policy: Policy) -> CleanResult:
    """Write a roster as clean, typed parquet parts, in the place of an earlier result. Raises OSError."""
    from fundcalc.roster.clean import write_clean as write

    return write(folder, roster, policy)


def write_template(path: Path, policy: Policy, lang: Lang) -> None:
    """Write an empty roster .xlsx. Raises OSError."""
    from fundcalc.reports.template import as_template

    write_bytes(path, as_template(policy.facts, lang))
