"""What is doubtful in a roster though every cell can be read: outliers, years of headers."""

from __future__ import annotations

from datetime import date

from fundcalc.policy.model import Fact
from fundcalc.roster.model import Fault, fault

FEWEST = 3
"""Villages that a group needs for its median to mean something."""


def other_year(fact: Fact, named: str | None, on: date | None) -> Fault | None:
    """A header's year that is not the one whose figures the policy wants; None where all is well."""
    if fact.of_year is None or named is None or on is None:
        return None
    wanted = on.year - 1 if fact.of_year == "before" else on.year
    if int(named) == wanted:
        return None
    return fault("FC645", title=fact.title, named=int(named), wanted=wanted)
