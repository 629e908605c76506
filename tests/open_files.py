"""Files that are open, as Windows has them: none is moved, replaced or taken away while anybody holds it.

For a process of its own: `python -c "from tests import open_files; open_files.held(); …"`.
"""

# It stands below pathlib, which calls these functions.
# ruff: noqa: PTH100, PTH110, PTH115, PTH118, PTH119, PTH120, PTH123, PTH208

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any


def _whole(path: Any, folder: int | None) -> str:
    name = os.fsdecode(path)
    if folder is not None:
        name = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), name)
    return os.path.join(
        os.path.realpath(os.path.dirname(os.path.abspath(name))), os.path.basename(name)
    )


def _in_use() -> Iterator[str]:
    """What this process has open or mapped."""
    for number in os.listdir("/proc/self/fd"):
        try:
            yield os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
    with open("/proc/self/maps", encoding="utf-8") as maps:
        for line in maps:
            yield line.rstrip("\n").split(None, 5)[-1]


def held() -> None:
    """From now on whatever moves or takes away a file that this process holds fails."""

    def guarded(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            moves = name in ("rename", "replace")
            folders = [named.get("dir_fd", named.get("src_dir_fd")), named.get("dst_dir_fd")]
            paths = [
                _whole(path, at) for path, at in zip(given[: 1 + moves], folders, strict=False)
            ]
            for used in _in_use():
                if any(used == path or (moves and used.startswith(f"{path}/")) for path in paths):
                    raise PermissionError(13, "it is open", used)
            if name == "rename" and os.path.exists(paths[1]):
                raise FileExistsError(17, "Windows renames onto nothing that is there", paths[1])
            return real(*given, **named)

        return call

    for name in ("remove", "rename", "replace", "rmdir", "unlink"):
        setattr(os, name, guarded(name, getattr(os, name)))
