"""What is doubtful in a roster though every cell can be read: outliers, years of headers."""

from __future__ import annotations

from datetime import date

from fundcalc.policy.model import Fact
from fundcalc.roster import faults
from fundcalc.roster.model import Fault

FEWEST = 3
"""Villages that a group needs for its median to mean something."""


def other_year(fact: Fact, named: str | None, on: date | None) -> Fault | None:
    """A header's year that is not the one whose figures the policy wants; None where all is well."""
    if fact.of_year is None or named is None or on is None:
        return None
    wanted = on.year - 1 if fact.of_year == "before" else on.year
    return faults.other_year(fact, int(named), wanted) if int(named) != wanted else None
