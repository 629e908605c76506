"""Two versions of the policy held against each other over one roster or two, read for both."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from fundcalc.analysis.compare import totals
from fundcalc.analysis.compare.totals import Comparison
from fundcalc.analysis.compare.versions import Basis, Side, Version
from fundcalc.analysis.compare.villages import Columns
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.engines import absent
from fundcalc.engines.calculate import calculate
from fundcalc.policy.model import Fact, Policy
from fundcalc.policy.values import percent
from fundcalc.roster.model import Roster
from fundcalc.roster.of_policy import read_roster


def compare(
    versions: tuple[Version, Version],
    rosters: tuple[Path | None, Path | None],
    basis: Basis,
    most: int | None = 20,
) -> Comparison | list[Roster]:
    """Run both versions and hold them against each other.

    `rosters` are the old and the new one's files; None is a recorded run's own, and for OLD without one
    the new side's. `most` limits the movers listed. Where rows are rejected nothing is compared, and the
    rosters that have them come back. Raises PolicyProblem.
    """
    old, new = versions
    read = _rosters(versions, rosters, basis)
    distinct = read[:1] if read[0] is read[1] else read
    faulty = [r for r in distinct if any(one.severity == "error" for one in r.rejects)]
    if faulty:
        return faulty
    columns = _new_as_old(old, new, (rosters[1], read[1]), basis)
    return totals.compare(_run(old, read[0]), _run(new, read[1]), columns, most)


def _run(version: Version, roster: Roster) -> Side:
    return Side(version, roster, calculate(version.plan(), roster.columns))


def _rosters(
    versions: tuple[Version, Version], files: tuple[Path | None, Path | None], basis: Basis
) -> tuple[Roster, Roster]:
    (old, new), (old_file, new_file) = versions, files
    new_roster = new.roster if new_file is None else _read(new_file, new.policy, new.on, basis)
    if new_roster is None:
        raise PolicyProblem([say("FC905", Span(new.label))])
    if old_file is None and old.roster is not None:
        return old.roster, new_roster
    file = old_file or new_file
    if file is None or (file == new_file and _same_facts(old.policy, new.policy)):
        return new_roster, new_roster
    return _read(file, old.policy, old.on, basis), new_roster


def _read(file: Path, policy: Policy, on: date, basis: Basis) -> Roster:
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


def _same_facts(one: Policy, other: Policy) -> bool:
    """Whether two policies take the same from a roster."""

    def plain(fact: Fact) -> tuple[object, ...]:
        return (
            fact.title, fact.aliases, fact.type, fact.required, fact.default, fact.low, fact.high,
            fact.digits,
        )  # fmt: skip

    facts = [{id_: plain(fact) for id_, fact in p.facts.items()} for p in (one, other)]
    return facts[0] == facts[1]


def absent_names(found: Comparison) -> list[Diagnostic]:
    """A warning for each name, such as a county, that either policy lists and its roster lacks."""
    sides = (found.old, found.new)
    told = {d.message: d for s in sides for d in absent.absent_names(s.plan, s.roster.columns)}
    return list(told.values())


def share(text: str) -> Decimal:
    """`5 %` or `5%` as 0.05. Raises PolicyProblem where it is no percentage."""
    found = percent(text)
    if found is None:
        raise PolicyProblem([say("FC906", Span(f"--stop-over {text}"), text=text)])
    return found
