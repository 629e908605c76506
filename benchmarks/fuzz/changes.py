"""Small changes of bytes and lines, and the words that the other files choose from."""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def listed(wanted: str) -> list[str]:
    """What stands under a heading of words.txt, its escapes resolved."""
    text = Path(__file__).with_name("words.txt").read_text(encoding="utf-8")
    part = text.split(f"=== {wanted}\n", 1)[1].split("\n===", 1)[0]
    return [re.sub(r"\\(x..|u....|U.{8}|.)", _escape, line) for line in part.split("\n") if line]


def _escape(found: re.Match[str]) -> str:
    letter = found[1]
    plain = {"n": "\n", "t": "\t"}.get(letter, letter)
    return chr(int(letter[1:], 16)) if len(letter) > 1 else plain


@cache
def policy_files(folder: Path) -> dict[str, bytes]:
    """A policy and its rules by path."""
    paths = [folder / "policies.toml", *sorted((folder / "rules").glob("*.toml"))]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def by_byte(rng: random.Random, data: bytes) -> bytes:
    """A few bytes changed, cut or put in."""
    new = bytearray(data or b" ")
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(len(new))
        new[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        new = new or bytearray(b" ")
    return bytes(new)


def by_line(rng: random.Random, data: bytes) -> bytes:
    """A line left out, doubled, moved, or taken from elsewhere."""
    lines = data.splitlines(keepends=True) or [b"\n"]
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    how = rng.randrange(4)
    if how == 0:
        del lines[at]
    elif how == 1:
        lines.insert(other, lines[at])
    elif how == 2:
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines.insert(
            at, rng.choice(rng.choice(list(policy_files(ROOT).values())).splitlines(keepends=True))
        )
    return b"".join(lines)
