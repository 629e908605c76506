"""Two versions compared over one roster or two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import Lang

if TYPE_CHECKING:
    from fundcalc.analysis.compare import Comparison, Side, Version
    from fundcalc.analysis.compare.villages import Columns
    from fundcalc.analysis.prove import Verdict
    from fundcalc.base.diagnostics import Diagnostic
    from fundcalc.policy.model import Fact, Policy
    from fundcalc.roster.model import Roster

COMPARE_WRITERS = (".xlsx", ".html", ".json")


@dataclass(frozen=True, slots=True)
class Basis:
    """What holds on both sides unless a version says otherwise, and how a roster is read."""

    policy: Path | None = None
    on: date | None = None
    readings: Mapping[str, str] = field(default_factory=dict)
    ledger: Path | None = None
    sheet: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


def version(text: str, basis: Basis) -> Version:
    """OLD or NEW from its spelling (see `analysis.compare.versions`). Raises PolicyProblem."""
    from fundcalc.analysis.compare.versions import Base, read_version

    def recorded(id_: str) -> Version:
        return open_recorded(basis.ledger, id_)

    return read_version(text, Base(basis.policy, basis.on, basis.readings, recorded))


def open_recorded(ledger: Path | None, id_: str) -> Version:
    """A recorded run as a version, with the roster that it was run over. Raises PolicyProblem.

    The one place that knows of the ledger.
    """
    from fundcalc.analysis.compare import Version
    from fundcalc.api.recording import LEDGER, open_run

    run = open_run(ledger or LEDGER, id_)
    plan = run.plan
    return Version(f"run:{id_}", plan.policy, plan.on, plan.readings, {}, run.roster)


def compare(
    versions: tuple[Version, Version],
    rosters: tuple[Path | None, Path | None],
    basis: Basis,
    most: int | None = 20,
) -> Comparison | list[Roster]:
    """Run both versions and hold them against each other.

    `rosters` are the old and the new one's files; None is a recorded run's own, and for OLD without one
    the new side's. Where rows are rejected nothing is compared, and the rosters that have them come back.
    Raises PolicyProblem.
    """
    from fundcalc.analysis.compare import compare as hold

    old, new = versions
    read = _rosters(versions, rosters, basis)
    faulty = [one for one in dict.fromkeys(map(id, read)) if _fatal(read, one)]
    if faulty:
        return [next(r for r in read if id(r) == one) for one in faulty]
    columns = _new_as_old(old, new, (rosters[1], read[1]), basis)
    return hold(_run(old, read[0]), _run(new, read[1]), columns, most)


def _fatal(rosters: tuple[Roster, Roster], one: int) -> bool:
    roster = next(r for r in rosters if id(r) == one)
    return any(reject.severity == "error" for reject in roster.rejects)


def _run(version_: Version, roster: Roster) -> Side:
    from fundcalc.analysis.compare import Side
    from fundcalc.engines.calculate import calculate

    return Side(version_, roster, calculate(version_.plan(), roster.columns))


def _rosters(
    versions: tuple[Version, Version], files: tuple[Path | None, Path | None], basis: Basis
) -> tuple[Roster, Roster]:
    from fundcalc.analysis.compare.messages import no_roster

    (old, new), (old_file, new_file) = versions, files
    if new_file is None and new.roster is None:
        raise PolicyProblem([no_roster(new.label)])
    new_roster = new.roster if new_file is None else _read(new_file, new.policy, new.on, basis)
    assert new_roster is not None
    if old_file is None and old.roster is not None:
        return old.roster, new_roster
    file = old_file or new_file
    if file is None or (file == new_file and _same_facts(old.policy, new.policy)):
        return new_roster, new_roster
    return _read(file, old.policy, old.on, basis), new_roster


def _read(file: Path, policy: Policy, on: date, basis: Basis) -> Roster:
    from fundcalc.api.rosters import read_roster

    return read_roster(file, policy, sheet=basis.sheet, columns=basis.columns, on=on)


def _new_as_old(
    old: Version, new: Version, given: tuple[Path | None, Roster], basis: Basis
) -> Columns | None:
    """The new roster as the old policy reads it; None where it cannot."""
    file, roster = given
    if _same_facts(old.policy, new.policy):
        return roster.columns
    if file is None:
        return None
    try:
        again = _read(file, old.policy, new.on, basis)
    except PolicyProblem:
        return None
    return again.columns if len(again) == len(roster) else None


def absent_names(found: Comparison) -> list[Diagnostic]:
    """A warning for each name, such as a county, that either policy lists and its roster lacks."""
    from fundcalc.engines.absent import absent_names as absent

    told = {d.message: d for s in (found.old, found.new) for d in absent(s.plan, s.roster.columns)}
    return list(told.values())


def _same_facts(one: Policy, other: Policy) -> bool:
    """Whether two policies take the same from a roster."""

    def plain(fact: Fact) -> tuple[object, ...]:
        return (
            fact.title, fact.aliases, fact.type, fact.required, fact.default, fact.low, fact.high,
            fact.digits,
        )  # fmt: skip

    facts = [{id_: plain(fact) for id_, fact in p.facts.items()} for p in (one, other)]
    return facts[0] == facts[1]


def prove(versions: tuple[Version, Version]) -> Verdict:
    """Whether two versions come to the same for every possible village. Raises PolicyProblem."""
    from fundcalc.analysis.prove import prove as ask

    return ask(*versions)


def proof_text(verdict: Verdict, lang: Lang, *, alone: bool = True) -> str:
    """A verdict as lines of at most 80 columns; `alone`: with what was held against what."""
    from fundcalc.reports.compare.verdict import as_text

    return as_text(verdict, lang, alone=alone)


def proof_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict as JSON-ready data."""
    from fundcalc.reports.compare.verdict import as_json

    return as_json(verdict)


def share(text: str) -> Decimal:
    """`5 %` or `5%` as 0.05. Raises PolicyProblem."""
    from fundcalc.analysis.compare.messages import bad_share
    from fundcalc.policy.values import percent

    found = percent(text)
    if found is None:
        raise PolicyProblem([bad_share(text)])
    return found


def comparison_text(comparison: Comparison, lang: Lang) -> str:
    """A comparison as lines of at most 80 columns."""
    from fundcalc.reports.compare.text import as_text

    return as_text(comparison, lang)


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """A comparison as JSON-ready data."""
    from fundcalc.reports.compare.as_json import as_json

    return as_json(comparison)


def write_comparison(comparison: Comparison, path: Path, lang: Lang) -> None:
    """Write a comparison; the ending says how (.xlsx, .html, .json). Raises OSError."""
    import json

    from fundcalc.base.files import write_bytes

    writers: dict[str, Callable[[], bytes]] = {
        ".xlsx": lambda: _xlsx(comparison, lang),
        ".html": lambda: _html(comparison, lang),
        ".json": lambda: (
            json.dumps(comparison_json(comparison), ensure_ascii=False, indent=1).encode() + b"\n"
        ),
    }
    write_bytes(path, writers[path.suffix.lower()]())


def _xlsx(comparison: Comparison, lang: Lang) -> bytes:
    from fundcalc.reports.compare.xlsx import as_xlsx

    return as_xlsx(comparison, lang)


def _html(comparison: Comparison, lang: Lang) -> bytes:
    from fundcalc.reports.compare.html import as_html

    return as_html(comparison, lang)
