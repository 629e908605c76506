"""JSON Schema of the policy files, for editors, and the files with which a new policy begins."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.files import write_bytes
from fundcalc.base.words import did_you_mean
from fundcalc.policy import bundle, schema

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
        table["title"] = table.pop("description").removesuffix(".")
        table["properties"] = {id_: _key(entry) for id_, entry in table["properties"].items()}
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


def _key(entry: dict[str, Any]) -> dict[str, Any]:
    """A key: what it may hold, and what it means. TOML knows no null: a key is there or not."""
    title = entry.pop("title")
    options = [option for option in entry.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1:
        entry.pop("anyOf")
        entry = {**options[0], **entry}
    if entry.get("default", 0) in (None, {}, []):
        entry.pop("default")
    return {**entry, "title": title}


def begin(example: str | None, *, blank: bool) -> dict[str, bytes]:
    """The files of a new policy, by path: the shipped one, an example, or hardly any; and its schemas.

    Raises PolicyProblem where there is no such example.
    """
    if blank:
        content = bundle.files_of(resources("fundcalc.policy") / "blank")
    elif example is None:
        content = bundle.find_shipped().content
    else:
        known = bundle.examples()
        if example not in known:
            names, span = ", ".join(known), Span(f"init --from {example[:80]}")
            hint = did_you_mean(example[:80], known)
            raise PolicyProblem([say("FC006", span, hint=hint, name=example[:80], names=names)])
        content = bundle.files_of(known[example])
    return {**{name: _beside(name, data) for name, data in content.items()}, **files()}


def _beside(name: str, data: bytes) -> bytes:
    """A file that names its schema where the schemas are going to lie."""
    up = "../" * name.count("/") or "./"
    return re.sub(rb"\A#:schema [./]*schema/", f"#:schema {up}{FOLDER}/".encode(), data)


def copy_to(content: Mapping[str, bytes], folder: Path, also: Sequence[str] = ()) -> list[Path]:
    """Write the files of a new policy into a folder, which may be new.

    Nothing is overwritten: raises PolicyProblem where a file of that name, or one of those that are `also`
    to be written there, exists; OSError where the folder cannot be written.
    """
    there = [folder / name for name in (*content, *also) if (folder / name).exists()]
    if there:
        raise PolicyProblem([_would_overwrite(there)])
    written: list[Path] = []
    for name, data in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, data)
        written.append(path)
    return written


def _would_overwrite(there: Sequence[Path]) -> Diagnostic:
    first, more = Span(str(there[0])), len(there) - 1
    if more > 1:
        return say("FC005.others", first, more=more)
    return say("FC005.another" if more else "FC005", first)
