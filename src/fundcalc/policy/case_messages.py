"""What is said of a policy's worked cases: one function an error."""

from __future__ import annotations

from collections.abc import Iterable

from fundcalc.base.diagnostics import Diagnostic, Span, error
from fundcalc.base.nearest import did_you_mean
from fundcalc.base.words import Words


def unknown_expectation(span: Span, name: str, known: Iterable[str]) -> Diagnostic:
    """A case that names a fact, output, programme or rule that does not exist."""
    return error(
        "FC802",
        span,
        Words(f"案例中的 `{name}` 不存在", f"there is no `{name}`"),
        did_you_mean(name, known),
    )


def case_lacks(span: Span, case: str, fact: str) -> Diagnostic:
    """A case without a fact that every roster row has."""
    return error(
        "FC803",
        span,
        Words(f"案例“{case}”缺少 `{fact}`", f"case “{case}” lacks `{fact}`"),
        Words("必填的事实在案例里也要写", "a required fact is required in cases too"),
    )


def case_shape(span: Span, case: str) -> Diagnostic:
    """A case with neither or both of `village` and `villages`."""
    return error(
        "FC804",
        span,
        Words(
            f"案例“{case}”要写 village 或 villages，只写其一",
            f"case “{case}” needs either `village` or `villages`",
        ),
    )


def case_failed(span: Span, case: str, what: str, wanted: str, found: str) -> Diagnostic:
    """A worked example that does not come out."""
    return error(
        "FC801",
        span,
        Words(
            f"案例“{case}”：{what} 应为 {wanted}，算出 {found}",
            f"case “{case}”: {what} should be {wanted}, but is {found}",
        ),
    )


def rows_differ(span: Span, case: str, what: str) -> Diagnostic:
    """Rows of one case in a table that are not on the same day, or under other readings."""
    return error(
        "FC806",
        span,
        Words(
            f"案例“{case}”的几行里 `{what}` 不同；同名的行是同一个案例的几个村",
            f"the rows of case “{case}” differ in `{what}`, but rows of one name are one case's villages",
        ),
        Words("统一填写，或给案例另起名称", "write the same in all, or give the case another name"),
    )


def bad_case_table(span: Span, detail: str) -> Diagnostic:
    """A table of cases that cannot be read."""
    return error(
        "FC805",
        span,
        Words(f"读不出案例表：{detail}", f"the table of cases cannot be read: {detail}"),
        Words("请另存为 .xlsx 或 UTF-8 的 .csv", "save it as .xlsx, or as .csv in UTF-8"),
    )
