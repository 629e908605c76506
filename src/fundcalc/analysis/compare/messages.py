"""What is said when two versions cannot be compared: one function an error."""

from __future__ import annotations

from collections.abc import Iterable

from fundcalc.base.diagnostics import Diagnostic, Span, error
from fundcalc.base.nearest import did_you_mean
from fundcalc.base.words import Words

FORMS = Words(
    "可写：政策文件夹、current（现行政策）、shipped（自带政策）、日期 2018-12-31、run:编号、"
    "参数=值、解读=选项，用逗号连写",
    "a policy folder, `current`, `shipped`, a date such as 2018-12-31, run:ID, PARAMETER=VALUE or "
    "READING=OPTION, joined by commas",
)


def unreadable_version(text: str, piece: str) -> Diagnostic:
    """A piece of OLD or NEW that is nothing known."""
    return error(
        "FC900",
        Span(text),
        Words(f"看不懂 `{piece}`", f"`{piece}` is no policy, date, run, reading or parameter"),
        FORMS,
    )


def said_twice(text: str, piece: str) -> Diagnostic:
    """A version with two policies, two dates, or two values of one name."""
    return error(
        "FC901",
        Span(text),
        Words(f"`{piece}` 与前面的重复", f"`{piece}` says again what was said before it"),
        Words("政策、日期和每个名称各写一次", "give one policy, one date and each name once"),
    )


def unknown_name(text: str, name: str, known: Iterable[str]) -> Diagnostic:
    """NAME=VALUE with a name that the policy has not."""
    return error(
        "FC902",
        Span(text),
        Words(
            f"政策没有名为 `{name}` 的参数或解读",
            f"the policy has no parameter or reading `{name}`",
        ),
        did_you_mean(name, known),
    )


def village_twice(file: str, village: str) -> Diagnostic:
    """A village that stands twice where only its name tells it."""
    return error(
        "FC903",
        Span(file),
        Words(
            f"没有代码可对照，而“{village}”出现了两次",
            f"one roster has no codes to match by, and “{village}” stands here twice",
        ),
        Words("请在两份名册中都填上代码", "give both rosters the codes of their villages"),
    )


def no_roster(text: str) -> Diagnostic:
    """NEW is no recorded run, and no roster is named."""
    return error(
        "FC905",
        Span(text),
        Words("没有写名册", "no roster is named"),
        Words(
            "写在最后：fundcalc compare OLD NEW 名册.xlsx；只有 NEW 是 run:编号 时可以不写",
            "name it last: fundcalc compare OLD NEW ROSTER; it may be left out where NEW is run:ID",
        ),
    )


def bad_share(text: str) -> Diagnostic:
    """`--stop-over` that is no percentage."""
    return error(
        "FC906",
        Span(f"--stop-over {text}"),
        Words(f"`{text}` 不是百分比", f"`{text}` is no percentage"),
        Words("写作 --stop-over 5%", "written --stop-over 5%"),
    )
