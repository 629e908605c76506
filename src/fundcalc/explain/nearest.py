"""The nearest value on one side of the present one for which something becomes true."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fundcalc.language.nodes import Value

Test = Callable[[Value], bool]


def below(current: int, marks: Sequence[Value], low: int | None) -> list[int]:
    """The places to try below a number, nearest first: the next, every mark, the end."""
    numbers = {m for m in marks if isinstance(m, int)}
    end = min(*numbers, current, 0) if low is None else low
    return sorted((n for n in numbers | {current - 1, end} if end <= n < current), reverse=True)


def above(current: int, marks: Sequence[Value], high: int | None) -> list[int]:
    """The places to try above a number, nearest first: the next, every mark, the end."""
    numbers = {m for m in marks if isinstance(m, int)}
    end = 2 * max(*numbers, current, 1) if high is None else high
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
