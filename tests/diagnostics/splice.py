"""An example of a page put in its place in a sound policy."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import tomli
import tomlkit

_CATALOGUE = (
    "policy", "sources", "readings", "payers", "papers", "units", "tables", "parameters", "accept",
)  # fmt: skip
_ROSTER = ("roster", "facts")
_LISTS = ("rule", "also", "summary")


def splice(base: Path, example: str, folder: Path) -> str:
    """Lay out the base with the example in it; returns the command that shows what it is about."""
    shutil.copytree(base, folder, dirs_exist_ok=True)
    if example.startswith("$ fundcalc "):
        return example.removeprefix("$ fundcalc ")
    if "=" not in example:
        (folder / "roster.csv").write_text(example + "\n", encoding="utf-8")
        return "roster check roster.csv"
    try:
        tables = tomli.loads(example)
    except tomli.TOMLDecodeError:
        (folder / "rules" / "floor.toml").write_text(example + "\n", encoding="utf-8")
        return "check"
    if "case" in tables:
        cases = folder / "rules" / "cases"
        cases.mkdir()
        (cases / "example.toml").write_text(example + "\n", encoding="utf-8")
        return "test"
    parts = {"policies": {k: v for k, v in tables.items() if k in _CATALOGUE}}
    parts["rules/village"] = {k: v for k, v in tables.items() if k in _ROSTER}
    parts["rules/floor"] = {k: v for k, v in tables.items() if k not in (*_CATALOGUE, *_ROSTER)}
    for name, part in parts.items():
        if part:
            path = folder / f"{name}.toml"
            whole = tomli.loads(path.read_text(encoding="utf-8"))
            if "programme" in part:
                whole = {"programme": whole["programme"]}
            path.write_text(tomlkit.dumps(_merged(whole, part)), encoding="utf-8")
    return "check"


def _merged(whole: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """The whole with the part in it: tables key by key, listed tables by their id."""
    merged = dict(whole)
    for key, value in part.items():
        if key in _LISTS:
            merged[key] = _listed(merged.get(key, []), value)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict) and key != "values":
            merged[key] = _merged(merged[key], value)
        else:
            merged[key] = value
    return merged


def _listed(whole: list[dict[str, Any]], part: list[dict[str, Any]]) -> list[dict[str, Any]]:
    merged = {one["id"]: one for one in whole}
    for one in part:
        old = dict(merged.get(one["id"], {"source": "paper"} if "when" in one else {}))
        if "when" in one or "then" in one:
            old.pop("cliff_ok", None)
        if "share" in one:
            old.pop("then", None)
        merged[one["id"]] = {**old, **one}
    return list(merged.values())
