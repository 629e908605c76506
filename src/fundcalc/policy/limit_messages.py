"""What is said of numbers that go too far: one function an error."""

from __future__ import annotations

from fundcalc.base.diagnostics import Diagnostic, Span, error
from fundcalc.base.words import Words
from fundcalc.language.bounds import Interval

_SHOWN = 60


def beyond_128_bits(span: Span, text: str, widest: Interval) -> Diagnostic:
    """An expression whose numbers may need more than 128 bits."""
    digits = len(str(max(abs(widest.low), abs(widest.high))))
    shown = " ".join(text.split())
    shown = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
    return error(
        "FC845",
        span,
        Words(
            f"`{shown}` 可能达到 {digits} 位数，超出可计算范围（128 位整数）",
            f"`{shown}` may reach {digits} digits, beyond what is computed (128 bits)",
        ),
        Words(
            "给所用的事实写上 range，或少乘几个数",
            "give the facts that it uses a `range`, or multiply fewer of them",
        ),
    )
