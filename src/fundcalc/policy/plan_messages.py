"""What is said when a policy cannot be fixed to a date and readings: one function an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from fundcalc.base.diagnostics import Diagnostic, Span, error
from fundcalc.base.nearest import did_you_mean
from fundcalc.base.words import Words
from fundcalc.core.interval import Interval

_SHOWN = 60


def missing_otherwise(
    span: Span, programme: str, witness: Mapping[str, object] | None
) -> Diagnostic:
    """A programme that can miss a village and does not say what then."""
    return Diagnostic(
        "FC111",
        "error",
        Words(
            f"项目 `{programme}` 可能没有规则适用，却没有写 [otherwise]",
            f"no rule of `{programme}` may apply, and there is no [otherwise]",
        ),
        (span,),
        Words(
            "用 [otherwise] 写明没有规则适用时的结果和理由",
            "say in [otherwise] what then holds, and why",
        ),
        witness,
    )


def not_in_force(span: Span, name: str, on: date, first: date) -> Diagnostic:
    """A date before a parameter's first value."""
    return error(
        "FC301",
        span,
        Words(
            f"参数 `{name}` 在 {on} 还没有值，最早自 {first} 起",
            f"parameter `{name}` has no value on {on}; its first is from {first}",
        ),
        Words(
            "改用 --on 的日期，或在 values 里补上那时的值",
            "choose another --on, or add the value of that time",
        ),
    )


def ended(span: Span, name: str, on: date, since: date) -> Diagnostic:
    """A date after a parameter's end."""
    return error(
        "FC302",
        span,
        Words(
            f"参数 `{name}` 自 {since} 起已废止，{on} 没有值",
            f"parameter `{name}` ended on {since}; it has no value on {on}",
        ),
    )


def unknown_reading(name: str, known: Iterable[str]) -> Diagnostic:
    """--reading with a name that the policy does not have."""
    return error(
        "FC303",
        Span(f"--reading {name}"),
        Words(f"政策没有解读 `{name}`", f"the policy has no reading `{name}`"),
        did_you_mean(name, known),
    )


def unknown_option(name: str, option: str, options: Iterable[str]) -> Diagnostic:
    """--reading with an option that the reading does not have."""
    options = list(options)
    listed = ", ".join(f"`{o}`" for o in options)
    return error(
        "FC304",
        Span(f"--reading {name}={option}"),
        Words(f"解读 `{name}` 没有选项 `{option}`", f"reading `{name}` has no option `{option}`"),
        Words(f"可选：{listed}", f"one of {listed}"),
    )


def growth_too_large(span: Span, name: str, on: date) -> Diagnostic:
    """Growth that leaves what can be computed."""
    return error(
        "FC305",
        span,
        Words(
            f"参数 `{name}` 增长到 {on} 已超出可计算范围",
            f"parameter `{name}` has outgrown what is computed by {on}",
        ),
    )


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
