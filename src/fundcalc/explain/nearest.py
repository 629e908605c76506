"""The nearest value on one side of the present one for which something becomes true."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fundcalc.language.datatypes import Date
from fundcalc.language.nodes import Value
from fundcalc.policy.model import Fact
from fundcalc.policy.plan import fact_limits

Test = Callable[[Value], bool]


def below(current: int, marks: Sequence[Value], fact: Fact) -> list[int]:
    """The places to try below a number or day, nearest first: the next, every mark, the end."""
    numbers = {m for m in marks if isinstance(m, int)}
    end = fact_limits(fact).low if fact.low is None else fact.low
    return sorted((n for n in numbers | {current - 1, end} if end <= n < current), reverse=True)


def above(current: int, marks: Sequence[Value], fact: Fact) -> list[int]:
    """The places to try above a number or day, nearest first: the next, every mark, the end.

    A number without a range is tried up to twice the largest that there is.
    """
    numbers = {m for m in marks if isinstance(m, int)}
    end = fact_limits(fact).high if fact.high is None else fact.high
    if fact.high is None and not isinstance(fact.type, Date):
        end = min(end, 2 * max(*numbers, current, 1))
    return sorted(n for n in numbers | {current + 1, end} if current < n <= end)


def first(current: int, places: Sequence[int], test: Test) -> int | None:
    """The nearest number for which the test holds, where it turns at most once between two places."""
    before = current
    for place in places:
        if not test(place):
            before = place
            continue
        found = place
        while abs(found - before) > 1:
            middle = (found + before) // 2
            if test(middle):
                found = middle
            else:
                before = middle
        return found
    return None
