"""JSON Schema of the policy files, for editors: made from the same models that the loader uses.

Titles are in both languages. Days as keys, and values of several kinds, are told closer than
the models do, which leave them to the loader.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem, Span
from fundcalc.base.files import write_bytes
from fundcalc.base.nearest import did_you_mean
from fundcalc.policy import schema

KINDS: dict[str, type[schema.Table]] = {
    "policies": schema.PoliciesFile,
    "programme": schema.ProgrammeFile,
    "village": schema.VillageFile,
    "cases": schema.CaseFile,
}
FOLDER = "schema"
"""Where the schemas lie beside policies.toml; the shipped files name them there."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(kind: str) -> dict[str, Any]:
    """The schema of one kind of file. Raises PolicyProblem where there is no such kind."""
    model = KINDS.get(kind)
    if model is None:
        hint = did_you_mean(kind, KINDS)
        span = Span(f"schema {kind}")
        raise PolicyProblem([say("FC930", span, hint=hint, kind=kind, kinds=", ".join(KINDS))])
    made = model.model_json_schema()
    tables = made.pop("$defs")
    for table in (made, *tables.values()):
        table.pop("description", None)
        table["properties"] = {id_: _key(one) for id_, one in table["properties"].items()}
    return {"$schema": _DIALECT, **made, "$defs": tables}


def schema_kinds() -> tuple[str, ...]:
    """The kinds of policy files that have a schema."""
    return tuple(KINDS)


def schema_text(kind: str) -> str:
    """The JSON Schema of one kind of file, as a file's text. Raises PolicyProblem."""
    return json.dumps(json_schema(kind), ensure_ascii=False, indent=2) + "\n"


def files() -> dict[str, bytes]:
    """All schemas by the path at which they lie beside policies.toml."""
    return {f"{FOLDER}/{kind}.json": schema_text(kind).encode() for kind in KINDS}


def write_schemas(folder: Path) -> list[Path]:
    """Write the JSON Schema of every kind into a folder; the files written. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / f"{kind}.json" for kind in KINDS]
    for path in written:
        write_bytes(path, schema_text(path.stem).encode())
    return written


def _key(one: dict[str, Any]) -> dict[str, Any]:
    """A key: what it may hold, and what it means. TOML knows no null: a key is there or not."""
    title = one.pop("title")
    options = [option for option in one.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1:
        one.pop("anyOf")
        one = {**options[0], **one}
    if one.get("default", 0) in (None, {}, []):
        one.pop("default")
    return {**one, "title": title}
