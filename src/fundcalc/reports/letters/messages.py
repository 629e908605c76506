"""What is said where letters cannot be made."""

from __future__ import annotations

from collections.abc import Sequence

from fundcalc.base.diagnostics import Diagnostic, error
from fundcalc.base.words import Words


def not_set(complaints: Sequence[str]) -> Diagnostic:
    """The typesetter refused, or had doubts."""
    said = "; ".join(complaints)[:500]
    return error(
        "FC940",
        None,
        Words(f"说明函排版不成：{said}", f"the letters could not be set: {said}"),
    )


def too_long() -> Diagnostic:
    """A letter fits one page in no size of type."""
    return error(
        "FC942",
        None,
        Words(
            "有的说明函再小的字也排不进一页", "a letter does not fit one page in any size of type"
        ),
    )


def same_name(name: str) -> Diagnostic:
    """Two villages whose letters would have one file name."""
    return error(
        "FC941",
        None,
        Words(
            f"两个村的文件名都会是 `{name}`", f"the letters of two villages would both be `{name}`"
        ),
        Words("用 --one-file 写成一个文件", "write one file with --one-file"),
    )


def stopped(said: str = "") -> Diagnostic:
    """A process that sets letters was ended from outside, or none could be started."""
    zh, en = (f"：{said}", f": {said}") if said else ("", "")
    return error(
        "FC944",
        None,
        Words(f"排版进程被中断或无法启动{zh}", f"a process that sets letters was ended{en}"),
        Words(
            "多半是内存不够：用 --county 一次做一个县",
            "mostly for want of memory: make one county at a time, with --county",
        ),
    )
