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
from fundcalc.base.words import Words
from fundcalc.policy import schema
from fundcalc.policy.json_schema_words import FIELDS, TABLES

KINDS: dict[str, type[schema.Table]] = {
    "policies": schema.PoliciesFile,
    "programme": schema.ProgrammeFile,
    "village": schema.VillageFile,
    "cases": schema.CaseFile,
}
FOLDER = "schema"
"""Where the schemas lie beside policies.toml; the shipped files name them there."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_SCALAR = {"type": ["boolean", "number", "string"]}
_EXPRESSION = {"type": ["boolean", "number", "string"]}
_FACTS = {"type": "object", "additionalProperties": _SCALAR}
_RESULTS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "anyOf": [_SCALAR, {"type": "array", "items": {"type": "string"}}],
    },
}
_PLAINER: dict[str, dict[str, Any]] = {
    "ParameterTable.values": {
        "type": "object",
        "minProperties": 1,
        "patternProperties": {
            _DAY: {
                "anyOf": [_SCALAR, {"type": "array", "items": {"type": "string"}}],
            }
        },
        "additionalProperties": False,
    },
    "ParameterTable.sources": {
        "type": "object",
        "patternProperties": {_DAY: {"type": "string"}},
        "additionalProperties": False,
    },
    "RoundTable.to": {"type": "number", "exclusiveMinimum": 0},
    "RuleTable.then": _EXPRESSION,
    "OtherwiseTable.value": _EXPRESSION,
    "AlsoTable.value": _EXPRESSION,
    "FactTable.default": _SCALAR,
    "FactTable.example": _SCALAR,
    "FactTable.range": {"type": "array", "minItems": 2, "maxItems": 2},
    "CaseVillage.village": _FACTS,
    "CaseVillage.expect": _RESULTS,
    "CaseTable.village": _FACTS,
    "CaseTable.expect": _RESULTS,
    "CaseTable.leftover": _RESULTS,
}
"""What a model leaves open, or says in a way that no editor understands."""


def json_schema(kind: str) -> dict[str, Any]:
    """The schema of one kind of file. Raises PolicyProblem where there is no such kind."""
    model = KINDS.get(kind)
    if model is None:
        hint = did_you_mean(kind, KINDS)
        span = Span(f"schema {kind}")
        raise PolicyProblem([say("FC930", span, hint=hint, kind=kind, kinds=", ".join(KINDS))])
    made = model.model_json_schema()
    for name, table in made.pop("$defs", {}).items():
        made.setdefault("$defs", {})[name] = _table(name, table)
    whole = _table(model.__name__, made)
    return {"$schema": _DIALECT, **whole}


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


def _table(name: str, table: dict[str, Any]) -> dict[str, Any]:
    told = {**table, "title": _both(TABLES[name])}
    told.pop("description", None)
    properties = table.get("properties", {})
    told["properties"] = {key: _field(f"{name}.{key}", one) for key, one in properties.items()}
    return told


def _field(name: str, one: dict[str, Any]) -> dict[str, Any]:
    """A key: what it may hold, and what it means. TOML knows no null: a key is there or not."""
    told = dict(_PLAINER[name]) if name in _PLAINER else dict(one)
    options = [option for option in told.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1:
        told.pop("anyOf")
        told = {**options[0], **told}
    if told.get("default", 0) in (None, {}, []):
        told.pop("default")
    told.pop("title", None)
    return {**told, "title": _both(FIELDS[name])}


def _both(words: Words) -> str:
    return f"{words.zh} · {words.en}"
