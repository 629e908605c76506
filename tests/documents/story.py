"""A document as a story that can be lived through: its fenced blocks are run from top to bottom.

Blocks with a file's name are files or edits of files, as in tests/cases.py. In a ```console, lines that
begin with `$ ` are commands; the others are what they print.

In what a command prints, a line `…` stands for any lines. What differs from run to run (`VARYING`) is
not compared; where the document shows such a value and uses it in a later command, the command gets
the value of this run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from tests.cases import Block, blocks, lay_out

from fundcalc.base.width import width
from fundcalc.policy.load import load
from fundcalc.policy.plan import make_plan

CUT = "…"
VARYING = {
    "digest": r"\b[0-9a-f]{64}\b",
    "run": r"\bA?\d{4}-[0-9a-f]{8}\b",
    "time": r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?\b",
}
_ANY = re.compile("|".join(f"(?P<{name}>{one})" for name, one in VARYING.items()))
_HEX = re.compile(r"\b[0-9a-f]{12,64}\b")
_MESSAGE = re.compile(r"(error|warning|错误|警告)\[FC\d{3}\]|\S+:\d+:\d+ |\s+= ")


@dataclass
class Teller:
    """Lives through a document in a folder; `faults` are the places where it is no longer true."""

    folder: Path
    environment: dict[str, str]
    code: int = 0
    known: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def policy_changed(self) -> bool:
        """Whether the shipped policy has another digest than the document shows."""
        policy, _ = load(None)
        digests = {
            policy.digest.removeprefix("sha256:"),
            make_plan(policy).digest.removeprefix("sha256:"),
        }
        return any(new in digests and old != new for old, new in self.known.items())

    def tell(self, text: str) -> str:
        """Run the document; returns it with what the commands print now."""
        lines = text.splitlines()
        told = [(block, self._told(block)) for block in blocks(text)]
        for block, now in reversed(told):
            lines[block.start : block.start + len(block.lines)] = now
        return "\n".join(lines) + "\n"

    def _told(self, block: Block) -> list[str]:
        if block.kind == "console":
            return self._console(block.lines)
        lay_out(block, self.folder)
        return block.lines

    def _console(self, lines: list[str]) -> list[str]:
        told: list[str] = []
        starts = [index for index, line in enumerate(lines) if line.startswith("$ ")]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            command = _HEX.sub(self._now, lines[start][2:])
            told += [f"$ {command}", *self._command(command, lines[start + 1 : end])]
        return told

    def _command(self, command: str, expected: list[str]) -> list[str]:
        printed = self._run(command)
        shown = fit(expected, printed)
        if shown is None:
            self.faults.append(f"$ {command}\n" + "\n".join(printed))
            shown = refit(expected, printed)
        before, after = (_ANY.findall("\n".join(lines)) for lines in (expected, shown))
        if len(before) == len(after):
            pairs = zip(before, after, strict=True)
            self.known |= {"".join(one): "".join(other) for one, other in pairs}
        return shown

    def _run(self, command: str) -> list[str]:
        """What a command prints, both streams in the order in which a terminal shows them."""
        done = subprocess.run(
            ["/bin/sh", "-c", f"(exit {self.code}); {command}"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        self.code = done.returncode
        return [line.rstrip() for line in done.stdout.rstrip().splitlines()]

    def _now(self, shown: re.Match[str]) -> str:
        """A digest of the document, or its beginning, as it is in this run."""
        full = next((old for old in self.known if old.startswith(shown[0])), "")
        return self.known[full][: len(shown[0])] if full else shown[0]


def environment(home: Path, lang: str) -> dict[str, str]:
    """A terminal of 80 columns on which the program is installed, and nothing else of this one's."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "FUNDCALC_LANG": lang,
        "COLUMNS": "80",
        "PYTHONUNBUFFERED": "1",
    }


def masked(line: str) -> str:
    """A line without what differs from run to run."""
    return _ANY.sub(lambda found: f"<{found.lastgroup}>", line)


def fit(expected: list[str], printed: list[str]) -> list[str] | None:
    """The printed lines that the expected ones show, or None where they do not fit."""
    shown: list[str] = []
    at = 0
    parts = _parts(expected)
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        places = range(at + bool(number), len(printed) - len(part) + 1)
        if number == 0:
            places = places[:1]
        elif last:
            places = places[-1:]
        wanted = [masked(line) for line in part]
        at = next((p for p in places if _same(printed[p : p + len(part)], wanted)), -1)
        if at < 0:
            return None
        shown += [CUT] * bool(number) + printed[at : at + len(part)]
        at += len(part)
    return shown if at == len(printed) else None


def _same(lines: list[str], wanted: list[str]) -> bool:
    return [masked(line) for line in lines] == wanted


def refit(expected: list[str], printed: list[str]) -> list[str]:
    """The printed lines, cut where the expected ones are cut: each part begins and ends alike."""
    told: list[str] = []
    at = 0
    parts = _parts(expected)
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        start = _nearest(part[0], printed, at) if part and number else at
        end = _nearest(part[-1], printed, start) + 1 if part else start
        if last:
            start, end = (start, len(printed)) if part or not number else (0, 0)
        told += [CUT] * bool(number) + printed[start:end]
        at = end
    return told


def _parts(expected: list[str]) -> list[list[str]]:
    """The stretches between the cuts."""
    parts: list[list[str]] = [[]]
    for line in expected:
        if line == CUT:
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def _nearest(line: str, printed: list[str], start: int) -> int:
    likeness = [SequenceMatcher(None, line, one).ratio() for one in printed[start:]]
    return start + likeness.index(max(likeness)) if likeness else start


def too_wide(text: str, columns: int = 80) -> list[str]:
    """What a terminal of so many columns would break; diagnostics are in lines of their own."""
    consoles = [block for block in blocks(text) if block.kind == "console"]
    printed = [line for block in consoles for line in block.lines if not line.startswith("$ ")]
    return [line for line in printed if width(line) > columns and not _MESSAGE.match(line)]
