"""A case as one readable file: its inputs in fenced blocks, below them what a command says.

    ```toml rules/a.toml        a block with a file's name is that file (a third word is its encoding)
    ```diff rules/a.toml        an edit of a file: `-` lines go, `+` lines come, others stay
    ```console en               after `$ `, a command; then its exit code and all that it says

Files that are no plain text lie in a folder of the case's name. `pytest … --reset` writes anew what the
commands say; the diff is the review.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import Cli

_FENCE = re.compile(r"(`{3,})(\w+)(?: (\S+))?(?: (\S+))?")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file it names, that file's encoding, its lines and their place."""

    kind: str
    name: str
    encoding: str
    lines: list[str]
    start: int


def blocks(text: str) -> Iterator[Block]:
    """All blocks of a document that mean something: those of a console, and those with a name."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        fence = _FENCE.fullmatch(lines[at])
        at += 1
        if fence is None:
            continue
        end = lines.index(fence[1], at)
        if fence[2] == "console" or fence[3]:
            yield Block(fence[2], fence[3] or "", fence[4] or "utf-8", lines[at:end], at)
        at = end + 1


def lay_out(block: Block, folder: Path) -> None:
    """Write the file that a block is, or edit the file that it changes."""
    path = folder / block.name
    if block.kind == "diff":
        edit(path, block.lines)
    elif block.kind != "console":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes("".join(f"{line}\n" for line in block.lines).encode(block.encoding))


def edit(path: Path, lines: list[str]) -> None:
    """Change a file as a `diff` block says, place by place; the old lines must be there exactly once."""
    text = path.read_text(encoding="utf-8")
    for hunk in "\n".join(lines).split("\n@@\n"):
        changed = hunk.split("\n")
        old = "".join(f"{line[1:]}\n" for line in changed if not line.startswith("+"))
        new = "".join(f"{line[1:]}\n" for line in changed if not line.startswith("-"))
        assert text.count(old) == 1, f"{path.name} holds this {text.count(old)} times:\n{old}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def unpack(case: Path, folder: Path) -> list[Block]:
    """Lay a case out in a folder; returns the blocks of its commands."""
    if case.with_suffix("").is_dir():
        shutil.copytree(case.with_suffix(""), folder, dirs_exist_ok=True)
    found = list(blocks(case.read_text(encoding="utf-8")))
    for block in found:
        lay_out(block, folder)
    return [block for block in found if block.kind == "console"]


def command_of(case: Path) -> list[str]:
    """The words of a case's command, the same in both languages."""
    consoles = [b for b in blocks(case.read_text(encoding="utf-8")) if b.kind == "console"]
    return _words(consoles[0])


def _words(block: Block) -> list[str]:
    return shlex.split(block.lines[0].removeprefix("$ fundcalc "))


def begin(case: Path, command: str) -> None:
    """Write a case that has no text yet: what its command says is filled in by a reset."""
    console = "```console {}\n$ fundcalc {}\n```\n"
    case.write_text("\n".join(console.format(lang, command) for lang in ("en", "zh")), "utf-8")


def replay(case: Path, folder: Path, cli: Cli, *, reset: bool = False) -> dict[str, str]:
    """Lay the case out in a folder and run its commands there; what was said in each language.

    Fails where a command says otherwise than the case; with `reset` the case is written anew.
    """
    consoles = unpack(case, folder)
    said = {
        block.name: cli(*_words(block), "--lang", block.name, cwd=folder).said for block in consoles
    }
    if reset:
        lines = case.read_text(encoding="utf-8").split("\n")
        for block in reversed(consoles):
            now = said[block.name].removesuffix("\n").split("\n")
            lines[block.start + 1 : block.start + len(block.lines)] = now
        case.write_text("\n".join(lines), encoding="utf-8")
    else:
        for block in consoles:
            assert said[block.name] == "\n".join([*block.lines[1:], ""]), case.name
    return said
