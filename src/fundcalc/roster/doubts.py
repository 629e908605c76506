"""What is doubtful in a roster though every cell can be read: outliers, counties, years of headers."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date

from fundcalc.policy.model import Fact
from fundcalc.roster import faults
from fundcalc.roster.model import Fault
from fundcalc.roster.spelling import simplified, traditional

FEWEST = 3
"""Villages that a group needs for its median to mean something."""


def outliers(
    values: Sequence[object], groups: Sequence[Hashable], fact: Fact
) -> Iterator[tuple[int, Fault]]:
    """Values that are `fact.outlier` times their group's median or more; None is not known."""
    if fact.outlier is None:
        return
    members: dict[Hashable, list[int]] = {}
    for at, value in enumerate(values):
        if isinstance(value, int):
            members.setdefault(groups[at], []).append(at)
    for group in members.values():
        known = sorted(int(values[at]) for at in group)  # type: ignore[call-overload]
        twice = known[(len(known) - 1) // 2] + known[len(known) // 2]
        if len(known) < FEWEST or twice <= 0:
            continue
        for at in group:
            if 2 * int(values[at]) >= fact.outlier * twice:  # type: ignore[call-overload]
                yield at, faults.outlier(fact, twice)


def cut_short(counts: Mapping[str, int]) -> dict[str, str]:
    """Names that others are but for one more character, such as 清徐 beside 清徐县; "" is none.

    Of such two, the one that fewer villages have is doubted; the other is its value.
    """
    found: dict[str, str] = {}
    for long in sorted(name for name in counts if len(name) > 2 and name[:-1] in counts):
        short = long[:-1]
        rare, other = (long, short) if counts[long] < counts[short] else (short, long)
        found[rare] = other
    return found


def other_year(fact: Fact, named: str | None, on: date | None) -> Fault | None:
    """A header's year that is not the one whose figures the policy wants; None where all is well."""
    if fact.of_year is None or named is None or on is None:
        return None
    wanted = on.year - 1 if fact.of_year == "before" else on.year
    return faults.other_year(fact, int(named), wanted) if int(named) != wanted else None


def respelt(values: Sequence[object], known: Mapping[str, object]) -> dict[str, str]:
    """Names in traditional characters whose simplified form is known: 婁煩縣 for 娄烦县.

    A form that nobody knows is left as it stands: 乾县 is no misspelt 干县.
    """
    given = {v for v in values if isinstance(v, str)}
    other = traditional(set("".join(given)))
    found = {
        text: simplified(text)
        for text in sorted(given)
        if text not in known and not other.isdisjoint(text)
    }
    return {
        text: other
        for text, other in found.items()
        if other != text and (other in known or other in given)
    }
