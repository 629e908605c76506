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


def bad_parameter_value(name: str, text: str, kind: Words) -> Diagnostic:
    """A value that is none of the parameter's type."""
    return error(
        "FC841",
        Span(f"--set {name}={text}"),
        Words(
            f"`{text}` 不能作参数 `{name}` 的值，应为{kind.zh}",
            f"`{text}` is no value for `{name}`, which is {kind.en}",
        ),
    )
