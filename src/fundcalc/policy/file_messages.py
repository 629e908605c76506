"""What is said when policy files cannot be read: one function an error."""

from __future__ import annotations

from collections.abc import Sequence

from fundcalc.base.diagnostics import Diagnostic, Span, error
from fundcalc.base.words import Words


def no_policy(where: str) -> Diagnostic:
    """No policies.toml at the given place."""
    return error(
        "FC001",
        Span(where),
        Words("找不到 policies.toml", "there is no policies.toml here"),
        Words(
            "用 --policy 指定文件夹，或用 fundcalc init 建一份",
            "name its folder with --policy, or make one with `fundcalc init`",
        ),
    )


def no_file(span: Span, name: str) -> Diagnostic:
    """A file that the policy needs is missing."""
    return error(
        "FC001",
        span,
        Words(f"找不到文件 {name}", f"file {name} is missing"),
        Words(
            "programmes 里的每个 id 对应 rules/<id>.toml",
            "each id of `programmes` is a file rules/<id>.toml",
        ),
    )


def would_overwrite(names: Sequence[str]) -> Diagnostic:
    """A copy that would write over files."""
    more = len(names) - 1
    return error(
        "FC005",
        Span(names[0]),
        Words(
            "文件已经存在，不覆盖" + (f"；另有 {more} 个文件也是这样" if more else ""),
            "the file is there already and is not overwritten"
            + (f", nor are {more} others" if more > 1 else ", nor is another" if more else ""),
        ),
        Words("没有写入任何文件；请选一个空文件夹", "nothing was written; choose an empty folder"),
    )


def unreadable(name: str, reason: Words) -> Diagnostic:
    """A file that the system will not give."""
    return error(
        "FC001", Span(name), Words(f"读不出文件：{reason.zh}", f"cannot be read: {reason.en}")
    )


def not_utf8(span: Span) -> Diagnostic:
    """A file in another encoding."""
    return error(
        "FC002",
        span,
        Words("文件不是 UTF-8 编码", "the file is not UTF-8"),
        Words("请在编辑器中另存为 UTF-8", "save it as UTF-8 in your editor"),
    )


def toml_syntax(span: Span, detail: Words, hint: Words | None) -> Diagnostic:
    """Text that is no TOML."""
    message = Words(f"不是正确的 TOML：{detail.zh}", f"not valid TOML: {detail.en}")
    return error("FC003", span, message, hint)


def toml_number(span: Span) -> Diagnostic:
    """TOML whose numbers or nesting cannot be held."""
    return error(
        "FC003",
        span,
        Words(
            "TOML 中有过大的数字或过深的嵌套", "a number is too large or a table nested too deep"
        ),
    )


def file_too_large(span: Span, size: int, most: int) -> Diagnostic:
    """A file over the limit."""
    return error(
        "FC004",
        span,
        Words(
            f"文件有 {size:,} 字节，最多 {most:,}", f"the file has {size:,} bytes; {most:,} at most"
        ),
    )


def too_nested(span: Span, most: int) -> Diagnostic:
    """Tables nested over the limit."""
    return error("FC004", span, Words(f"嵌套超过 {most} 层", f"nested over {most} levels"))
