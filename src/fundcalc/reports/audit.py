"""The audit pack: a run as plain files that common tools check, with nothing of this program needed.

Pieces as the ledger has them, readable tables, explanations, who made what from what (W3C PROV), digests, and
`audit_readme.md`, how to verify it all. The folder appears whole or not at all; no name from the ledger leads
out of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem, Span
from fundcalc.base.files import beside, json_bytes
from fundcalc.base.words import Words
from fundcalc.engines.result import JOIN, Result
from fundcalc.ledger.recorded import Pieces
from fundcalc.ledger.store import Entry
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
    explained = pack.explanations is not None
    if explained:
        yield "explanations.jsonl", _explanations(pack)
    yield "prov.json", [json_bytes(_provenance(entry, explained=explained))]
    yield "README.md", [_readme(entry, explained=explained).encode()]


def _inside(pack: Pack, name: str) -> str:
    """The name of a piece as a path below the folder; anything else is a ledger that was tampered with."""
    parts = name.split("/")
    odd = not name.isprintable() or any(char in name for char in '\\:*?"<>|')
    if odd or len(name) > 200 or any(part in ("", ".", "..") or part[0] == "." for part in parts):
        raise pack.pieces.damage(name[:80], Words("不是文件名", "is no name of a file"))
    return name


def _explanations(pack: Pack) -> Iterator[bytes]:
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


def _readme(entry: Entry, *, explained: bool) -> str:
    """What the pack says of itself, Chinese first; every command in it runs in the pack's folder."""
    from jinja2 import Environment, StrictUndefined

    def code(text: str) -> str:
        """Text that Markdown shows as it stands."""
        plain = " ".join(text.replace("`", "'").split())
        return f"`{plain}`"

    roster = entry.data["roster"]
    source = files("fundcalc.reports").joinpath("audit_readme.md").read_text("utf-8")
    template = Environment(  # noqa: S701 - Markdown, not HTML
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    ).from_string(source)
    return template.render(
        id=code(entry.id),
        head=code(entry.head),
        roster=(code(roster["file"]), code(roster["digest"])),
        files=[(code(name), code(digest)) for name, digest in roster.get("files", {}).items()],
        several="files" in roster,
        correction="correction.json" in entry.parts,
        intake="intake.toml" in entry.parts,
        explained=explained,
    )


# -- provenance -----------------------------------------------------------------------------------

_RUN = "fc:run"


def _provenance(entry: Entry, *, explained: bool) -> dict[str, Any]:
    """The run as an activity that used roster and policy and made results, on behalf of people.

    W3C PROV in JSON: https://www.w3.org/submissions/prov-json/.
    """
    data = entry.data
    entities = _entities(entry, explained=explained)
    made = [name for name in entities if name.startswith("fc:made-")]
    used = [name for name in entities if name not in made and not name.startswith("fc:run-")]
    agents = _agents(data)
    people = [name for name in agents if name != "fc:program"]
    found: dict[str, Any] = {
        "prefix": {"fc": "urn:fundcalc:"},
        "entity": entities,
        "activity": {
            _RUN: {
                "prov:endTime": data["recorded_at"],
                "prov:label": f"run {entry.id}",
                "fc:engine": data["engine"]["asked"],
            }
        },
        "agent": agents,
        "used": _numbered("u", [{"prov:activity": _RUN, "prov:entity": one} for one in used]),
        "wasGeneratedBy": _numbered(
            "g", [{"prov:entity": one, "prov:activity": _RUN} for one in made]
        ),
        "wasAssociatedWith": _numbered(
            "a", [{"prov:activity": _RUN, "prov:agent": one} for one in agents]
        ),
        "wasDerivedFrom": _numbered("d", _derived(made, used, data)),
    }
    if people:
        found["actedOnBehalfOf"] = _numbered(
            "b", [{"prov:delegate": "fc:program", "prov:responsible": one} for one in people]
        )
    return found


def _entities(entry: Entry, *, explained: bool) -> dict[str, Any]:
    data = entry.data
    roster, policy = data["roster"], data["policy"]
    found: dict[str, Any] = {
        "fc:roster-file": {"prov:label": roster["file"], "fc:digest": roster["digest"]},
        "fc:policy": {
            "prov:label": policy["id"],
            "prov:location": "policy/",
            "fc:digest": policy["digest"],
            "fc:on": policy["on"],
            **{f"fc:reading-{name}": option for name, option in policy["readings"].items()},
        },
        "fc:made-results": {"prov:location": "results.csv"},
        "fc:made-record": {"prov:location": "record.json", "fc:digest": entry.head},
    }
    if data.get("overrides"):
        found["fc:overrides"] = {
            "prov:location": "overrides.json",
            "fc:digest": entry.parts["overrides.json"],
        }
    if explained:
        found["fc:made-explanations"] = {"prov:location": "explanations.jsonl"}
    if data.get("corrects"):
        found["fc:run-corrected"] = {
            "prov:label": f"run {data['corrects']['id']}",
            "fc:digest": data["corrects"]["head"],
        }
    return found


def _agents(data: Mapping[str, Any]) -> dict[str, Any]:
    program = data["program"]
    found: dict[str, Any] = {
        "fc:program": {
            "prov:type": {"$": "prov:SoftwareAgent", "type": "prov:QUALIFIED_NAME"},
            "prov:label": f"fundcalc {program['fundcalc']}",
            **{f"fc:version-{name}": version for name, version in program.items()},
        }
    }
    for role in ("prepared_by", "reviewed_by"):
        if data.get(role):
            found[f"fc:{role.replace('_', '-')}"] = {
                "prov:type": {"$": "prov:Person", "type": "prov:QUALIFIED_NAME"},
                "prov:label": data[role],
            }
    return found


def _derived(made: list[str], used: list[str], data: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"prov:generatedEntity": one, "prov:usedEntity": other} for one in made for other in used
    ]
    if data.get("corrects"):
        found.append(
            {
                "prov:generatedEntity": "fc:made-record",
                "prov:usedEntity": "fc:run-corrected",
                "prov:type": {"$": "prov:Revision", "type": "prov:QUALIFIED_NAME"},
                "fc:reason": data["corrects"]["reason"],
            }
        )
    return found


def _numbered(mark: str, items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"_:{mark}{number}": item for number, item in enumerate(items, 1)}
