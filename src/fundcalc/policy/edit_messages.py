"""What is said when a value cannot be set in the policy's files: one function an error."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from fundcalc.base.diagnostics import Diagnostic, Span, error
from fundcalc.base.nearest import did_you_mean
from fundcalc.base.words import Words
from fundcalc.policy.model import Policy


def shipped() -> Diagnostic:
    """The program's own policy is not to be edited."""
    return error(
        "FC921",
        None,
        Words("自带的政策不能修改", "the policy that comes with the program is not edited"),
        Words(
            "先用 fundcalc init 文件夹 建一份，再用 --policy 指定",
            "make a copy with `fundcalc init DIR`, and name it with --policy",
        ),
    )


def unknown_parameter(file: str, name: str, policy: Policy) -> Diagnostic:
    """A parameter that the policy does not have; perhaps its title was given, or a reading."""
    titled = [p.id for p in policy.parameters.values() if name in (p.title.zh, p.title.en)]
    hint = did_you_mean(titled[0], titled) if titled else did_you_mean(name, policy.parameters)
    if name in policy.readings:
        hint = Words(
            f"这是解读：请改 [readings.{name}] 的 chosen",
            f"this is a reading: change `chosen` in [readings.{name}]",
        )
    message = Words(f"没有参数 `{name}`", f"there is no parameter `{name}`")
    return error("FC922", Span(file), message, hint)


def unknown_source(file: str, name: str, known: Iterable[str]) -> Diagnostic:
    """A source that the policy does not declare."""
    return error(
        "FC923",
        Span(file),
        Words(f"没有名为 `{name}` 的出处", f"there is no source `{name}`"),
        did_you_mean(name, known)
        or Words(
            f"先在 {file} 里写明 [sources.{name}]", f"declare it first: [sources.{name}] in {file}"
        ),
    )


def day_taken(span: Span, name: str, day: date) -> Diagnostic:
    """A day from which the parameter has a value already."""
    return error(
        "FC924",
        span,
        Words(f"`{name}` 从 {day} 起已有数值", f"`{name}` has a value from {day} already"),
        Words("要换掉它，请加 --replace", "to put another in its place, add --replace"),
    )


def no_value(span: Span, name: str, text: str, wanted: Words, mend: Words | None) -> Diagnostic:
    """A value that is none of the parameter's type."""
    return error(
        "FC925",
        span,
        Words(
            f"`{text}` 不能作 `{name}` 的值，应为{wanted.zh}",
            f"`{text}` is no value for `{name}`, which is {wanted.en}",
        ),
        mend
        or Words(
            "写法与文件中的相同，例如 180_000；金额以元为单位；false 表示终止",
            "written as in the file, such as 180_000, money in yuan; `false` ends it",
        ),
    )


def by_hand(span: Span, name: str) -> Diagnostic:
    """A layout into which nothing can be put without touching the rest."""
    return error(
        "FC926",
        span,
        Words(
            f"`{name}` 的写法特殊，程序没有改动它",
            f"`{name}` is laid out in a way left untouched here",
        ),
        Words("请用编辑器修改", "edit it by hand"),
    )
