"""What is said when a policy cannot be varied as asked: one function an error."""

from __future__ import annotations

from collections.abc import Iterable

from fundcalc.base.diagnostics import Diagnostic, Span, error
from fundcalc.base.nearest import did_you_mean
from fundcalc.base.words import Words


def unknown_parameter(name: str, known: Iterable[str]) -> Diagnostic:
    """A parameter that the policy does not have."""
    return error(
        "FC840",
        Span(f"--set {name}"),
        Words(f"政策没有参数 `{name}`", f"the policy has no parameter `{name}`"),
        did_you_mean(name, known),
    )


def bad_parameter_value(name: str, text: str, kind: Words, mend: Words | None) -> Diagnostic:
    """A value that is none of the parameter's type."""
    return error(
        "FC841",
        Span(f"--set {name}={text}"),
        Words(
            f"`{text}` 不能作参数 `{name}` 的值，应为{kind.zh}",
            f"`{text}` is no value for `{name}`, which is {kind.en}",
        ),
        mend,
    )


def bad_steps(name: str, text: str) -> Diagnostic:
    """A range of values that leads nowhere."""
    return error(
        "FC842",
        Span(f"--set {name}={text}"),
        Words(f"`{text}` 不是一串数值", f"`{text}` is no series of values"),
        Words(
            "写作 起:止:步长，例如 1000:5000:500；步长不为零，且从起走向止",
            "write FROM:TO:STEP such as 1000:5000:500, with a step that leads from FROM to TO",
        ),
    )


def too_many_scenarios(count: int, most: int) -> Diagnostic:
    """More combinations than can be computed in one go."""
    return error(
        "FC843",
        None,
        Words(
            f"共 {count:,} 种组合，最多 {most:,} 种",
            f"{count:,} combinations; {most:,} are the most",
        ),
        Words("少取几个年份、解读或数值", "take fewer years, readings or values"),
    )
