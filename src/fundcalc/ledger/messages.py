"""What is said when a ledger cannot be used or a run cannot be kept: one function an error."""

from __future__ import annotations

from collections.abc import Sequence

from fundcalc.base.diagnostics import Diagnostic, Span, error
from fundcalc.base.words import Words


def not_a_ledger(path: str, what: Words) -> Diagnostic:
    """A file that holds something else; it is left as it is."""
    return error(
        "FC820",
        Span(path),
        Words(
            f"这不是台账：{what.zh}；文件没有动过",
            f"no ledger: {what.en}; the file was left as it is",
        ),
        Words("用 --ledger 指明台账文件", "name the ledger's file with --ledger"),
    )


def other_version(path: str, found: int, known: int) -> Diagnostic:
    """A ledger of a format that this program does not know."""
    return error(
        "FC821",
        Span(path),
        Words(
            f"台账是格式 {found}，本程序只认格式 {known}；文件没有动过",
            f"a ledger of format {found}; this program knows format {known}; the file was left as it is",
        ),
        Words("用写下它的那个版本的 fundcalc", "use the version of fundcalc that wrote it"),
    )


def locked(path: str, seconds: int) -> Diagnostic:
    """Another program keeps the ledger to itself."""
    return error(
        "FC822",
        Span(path),
        Words(
            f"台账被另一个程序占用，等了 {seconds} 秒；什么也没有记入",
            f"another program holds the ledger; waited {seconds} s; nothing was recorded",
        ),
        Words(
            "等它结束再试，或关掉打开台账的程序",
            "try again when it is done, or close what has it open",
        ),
    )


def unwritable(path: str, why: Words) -> Diagnostic:
    """The ledger, or the folder it should be in, cannot be written."""
    return error(
        "FC823",
        Span(path),
        Words(
            f"台账写不进去：{why.zh}；什么也没有记入",
            f"the ledger cannot be written: {why.en}; nothing was recorded",
        ),
        Words(
            "用 --ledger 换一个能写的地方；只想看数、不留记录，加 --no-record",
            "choose another place with --ledger; --no-record computes without keeping a record",
        ),
    )


def unreadable(path: str, why: Words) -> Diagnostic:
    """The ledger is not there, or the system will not give it."""
    return error(
        "FC824",
        Span(path),
        Words(f"台账读不出：{why.zh}", f"the ledger cannot be read: {why.en}"),
        Words("用 --ledger 指明台账文件", "name the ledger's file with --ledger"),
    )


def damaged(path: str, what: Words) -> Diagnostic:
    """Something in the ledger is not what was written."""
    return error(
        "FC825",
        Span(path),
        Words(f"台账已损坏或被改动：{what.zh}", f"the ledger is damaged or was altered: {what.en}"),
        Words(
            "`fundcalc runs verify` 会逐项说明；请取备份",
            "`fundcalc runs verify` says what; take a copy from before",
        ),
    )


def no_such_run(path: str, wanted: str, ids: Sequence[str]) -> Diagnostic:
    """No run of that id; the newest are named."""
    zh = f"最近的有 {'、'.join(ids)}" if ids else "台账里还没有记录"
    en = f"the newest are {', '.join(ids)}" if ids else "there are no runs yet"
    return error(
        "FC826",
        Span(path),
        Words(f"没有记录 `{wanted}`", f"there is no run `{wanted}`"),
        Words(zh, en),
    )


def ambiguous_run(path: str, wanted: str, ids: Sequence[str]) -> Diagnostic:
    """Several runs begin like that."""
    return error(
        "FC826",
        Span(path),
        Words(f"`{wanted}` 可以是好几条记录", f"`{wanted}` may be several runs"),
        Words(f"有 {'、'.join(ids)}", f"they are {', '.join(ids)}"),
    )
