"""What the system says when a file cannot be had, in both languages; limits of a process; the time."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from fundcalc.base.words import Words, same

WINDOWS = os.name == "nt"
_OFFICE = (".xlsx", ".xlsm", ".xls", ".csv", ".pdf", ".html")
"""Files that people leave open in programs which hold them, so that nobody else can write there."""

_OPEN = Words(
    "正在别的程序里打开，如 Excel、WPS；请在那里关闭，再试一次",
    "it is open in another program, such as Excel; close it there and try again",
)
_OPEN_OR_DENIED = Words(
    "正在别的程序里打开（如 Excel、WPS），请在那里关闭，再试一次；或者没有权限",
    "it is open in another program, such as Excel (close it there and try again), or permission is denied",
)
_TOO_LONG = Words(
    "路径长于 Windows 所允许的 259 个字；请放到浅一些的文件夹",
    "the path is longer than the 259 characters of Windows; use a folder nearer to the top",
)
_SHARING, _LOCKED, _LONG_NAME = 32, 33, 206
"""What Windows calls a file that another program holds, a part of it, and a path that is too long."""
_LONGEST = 259

_REASONS = {
    errno.ENOENT: Words("没有这个文件或文件夹", "no such file or folder"),
    errno.EACCES: Words("没有权限", "permission denied"),
    errno.EPERM: Words("没有权限", "permission denied"),
    errno.EISDIR: Words("这是文件夹，不是文件", "it is a folder, not a file"),
    errno.ENOTDIR: Words("路径中有一段不是文件夹", "a part of the path is no folder"),
    errno.EEXIST: Words("已有同名的文件", "a file of that name is there"),
    errno.EFBIG: Words("文件过大", "the file is too large"),
    errno.ENOSPC: Words("磁盘已满", "the disk is full"),
    errno.EROFS: Words("磁盘是只读的", "the disk is read-only"),
    errno.ENAMETOOLONG: Words("文件名过长", "the name is too long"),
    errno.EBADF: Words("已关闭", "it is closed"),
    errno.EIO: Words("设备出错", "the device failed"),
    errno.EBUSY: Words("文件正被占用", "the file is in use"),
}


def reason(problem: OSError | ValueError) -> Words:
    """Why a file cannot be read or written."""
    number = getattr(problem, "errno", None)
    if WINDOWS and isinstance(problem, OSError):
        windows, name = getattr(problem, "winerror", None), str(problem.filename or "")
        if windows in (_SHARING, _LOCKED):
            return _OPEN
        if number == errno.EACCES and name.lower().endswith(_OFFICE):
            return _OPEN_OR_DENIED
        too_long = number == errno.ENOENT and len(str(Path(name).absolute())) > _LONGEST
        if windows == _LONG_NAME or too_long:
            return _TOO_LONG
    text = getattr(problem, "strerror", None) or str(problem)
    return _REASONS.get(number, same(text)) if number is not None else same(text)


def is_text(name: str) -> bool:
    """Whether a name from the system is text: one whose bytes are not UTF-8 cannot be kept or written."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def readable(name: str) -> str:
    """A name that is no text as a person may know it: in the Chinese encoding, or with its bytes."""
    raw = os.fsencode(name)
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace")


def limit_process(memory: int, seconds: int) -> None:
    """Let this process take so many bytes of address space and seconds of CPU, and write no core dump."""
    try:
        import resource
    except ImportError:  # Windows: who started it waits only so long
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


# -- times: kept in UTC, shown in Beijing time ------------------------------------------------------

_BEIJING = timezone(timedelta(hours=8))


def now() -> str:
    """This second in UTC, as records keep it: 2026-03-01T08:30:00+00:00."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def moment(recorded: str) -> datetime:
    """A time as records keep it. Raises ValueError where it is none, or says no zone."""
    time = datetime.fromisoformat(recorded)
    if time.tzinfo is None:
        raise ValueError(recorded)
    return time


def beijing(recorded: str) -> str:
    """A kept time as people read it: 2026-03-01 16:30:00; what is no time stays as it is."""
    try:
        return f"{moment(recorded).astimezone(_BEIJING):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError):
        return recorded
