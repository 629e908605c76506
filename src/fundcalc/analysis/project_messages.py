"""What is said when years cannot be projected: one function an error."""

from __future__ import annotations

from fundcalc.base.diagnostics import Diagnostic, Span, error
from fundcalc.base.words import Words


def bad_years(text: str) -> Diagnostic:
    """`--years` that is no range of years."""
    return error(
        "FC910",
        Span(f"--years {text}"),
        Words(f"`{text}` 不是年份", f"`{text}` is no range of years"),
        Words("写作 --years 2018:2025", "written --years 2018:2025"),
    )


def years_in_disorder(text: str, most: int) -> Diagnostic:
    """A range that runs backwards, or is too long."""
    return error(
        "FC910",
        Span(f"--years {text}"),
        Words(
            f"年份要从早到晚，最多 {most} 年", f"years run from early to late, {most} at the most"
        ),
    )
