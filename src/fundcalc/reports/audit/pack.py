"""The audit pack written: pieces as the ledger has them, readable tables, explanations, digests.

The folder appears whole or not at all. No name from the ledger leads out of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem, Span
from fundcalc.base.files import beside
from fundcalc.base.words import Words
from fundcalc.engines.result import JOIN, Result
from fundcalc.ledger.recorded import Pieces
from fundcalc.ledger.store import Entry
from fundcalc.reports.audit.prov import provenance
from fundcalc.reports.audit.readme import readme
from fundcalc.reports.columns import text
from fundcalc.reports.files import csv_bytes
from fundcalc.roster.model import Roster, place

SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Pack:
    """What goes in: the run's pieces, the records up to it, and what is made of them for readers.

    `explanations` gives a village's explanation as JSON-ready data, or is None where none are wanted.
    """

    pieces: Pieces
    records: Sequence[Entry]
    roster: Roster
    ruled: Result
    table: bytes
    explanations: Callable[[int], dict[str, Any]] | None


def write(pack: Pack, folder: Path) -> int:
    """Write the pack into a new or empty folder; returns how many files. Raises PolicyProblem, OSError."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PolicyProblem([say("FC830", Span(str(folder)))])
    folder.parent.mkdir(parents=True, exist_ok=True)
    with beside(folder) as whole:
        whole.mkdir()
        written = _Writer(whole)
        for name, content in _files(pack):
            written.put(name, content)
        written.sums()
        whole.replace(folder)
    return len(written.digests) + 1


def _files(pack: Pack) -> Iterator[tuple[str, Iterable[bytes]]]:
    entry = pack.pieces.entry
    for name in pack.pieces.parts:
        yield _inside(pack, name), [pack.pieces.content(name)]
    for record in pack.records:
        yield f"chain/{record.seq:04}.json", [record.record]
    yield "record.json", [entry.record]
    yield "roster.csv", [_roster(pack)]
    yield "results.csv", [pack.table]
    if pack.explanations is not None:
        yield "explanations.jsonl", _explanations(pack)
    yield "prov.json", [_json(provenance(entry, explained=pack.explanations is not None))]
    yield "README.md", [readme(entry, explained=pack.explanations is not None).encode()]


def _inside(pack: Pack, name: str) -> str:
    """The name of a piece as a path below the folder; anything else is a ledger that was tampered with."""
    parts = name.split("/")
    odd = not name.isprintable() or any(char in name for char in '\\:*?"<>|')
    if odd or len(name) > 200 or any(part in ("", ".", "..") or part[0] == "." for part in parts):
        raise pack.pieces.damage(name[:80], Words("不是文件名", "is no name of a file"))
    return name


def _explanations(pack: Pack) -> Iterator[bytes]:
    """One line a village."""
    assert pack.explanations is not None
    for index in range(len(pack.ruled.rows)):
        yield json.dumps(pack.explanations(index), ensure_ascii=False).encode() + b"\n"


def _roster(pack: Pack) -> bytes:
    """The roster as read: values with decimals, the row in the file, and which facts were assumed."""
    facts, roster = pack.ruled.plan.policy.facts, pack.roster
    ids = list(roster.columns)
    columns = [[text(v, facts[id_].type) for v in roster.columns[id_]] for id_ in ids]
    sources = (
        place(part.file, part.sheet, "") for part in roster.parts for _ in range(part.villages)
    )
    assumed = [
        JOIN.join(id_ for id_, marks in roster.assumed.items() if marks[index])
        for index in range(len(roster.rows))
    ]
    rows = zip(map(str, roster.rows), *columns, assumed, sources, strict=True)
    return csv_bytes(["row", *ids, "assumed", "source"], rows)


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"


class _Writer:
    """Writes files below a folder and remembers their digests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.digests: dict[str, str] = {}

    def put(self, name: str, content: Iterable[bytes]) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with path.open("xb") as file:
            for part in content:
                file.write(part)
                digest.update(part)
        self.digests[name] = digest.hexdigest()

    def sums(self) -> None:
        """What `sha256sum -c` reads."""
        lines = (f"{digest}  {name}\n" for name, digest in sorted(self.digests.items()))
        (self._folder / SUMS).write_bytes("".join(lines).encode())
