"""The JSON Schemas: as committed, true of the shipped files, and linted by an editor's own tool."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tomli
from pydantic import BaseModel
from tests.conftest import ROOT

from fundcalc.policy import json_schema, schema
from fundcalc.policy.bundle import find_shipped


def kind_of(name: str) -> str:
    if name == "policies.toml":
        return "policies"
    return (
        "village"
        if name.endswith("/village.toml")
        else "cases"
        if "/cases/" in name
        else "programme"
    )


def plain(value: Any) -> Any:
    """TOML values as JSON has them: days as text."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def test_the_committed_files_are_up_to_date(request: pytest.FixtureRequest) -> None:
    for name, content in json_schema.files().items():
        if request.config.getoption("--reset"):
            (ROOT / name).write_bytes(content)
        assert (ROOT / name).read_bytes() == content, "run: fundcalc schema -o schema"


def test_every_key_has_words_in_both_languages() -> None:
    models = [m for m in vars(schema).values() if isinstance(m, type) and issubclass(m, BaseModel)]
    own = [m for m in models if m.__module__ == schema.__name__ and m is not schema.Table]
    for model in own:
        told = [model.__doc__, *(f.title for f in model.model_fields.values())]
        assert all(
            title and re.search(r"[\u4e00-\u9fff].* · .*[A-Za-z]", title) for title in told
        ), model


@pytest.mark.parametrize("name", sorted(find_shipped().content))
def test_the_shipped_files_name_their_schema_and_follow_it(name: str) -> None:
    data = find_shipped().content[name]
    first = data.decode().splitlines()[0]
    assert first.startswith("#:schema ")
    path = (ROOT / name).parent / first.removeprefix("#:schema ")
    assert path.resolve() == (ROOT / "schema" / f"{kind_of(name)}.json").resolve()
    made = json_schema.json_schema(kind_of(name))
    jsonschema.Draft202012Validator.check_schema(made)
    jsonschema.validate(plain(tomli.loads(data.decode())), made)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("policies.toml", "confirmed = ", "confirmd = "),
        ("policies.toml", "2017-01-01 = 8_000", "2017-1-1 = 8_000"),
        ("policies.toml", 'chosen = "inclusive"', "chosen = 1"),
        ("rules/cadre_subsidy.toml", '"unique"', '"uniqe"'),
        ("rules/cadre_subsidy.toml", "when = ", "wenn = "),
        ("rules/village.toml", 'type = "yes/no"', 'type = "maybe"'),
        ("rules/cases/cadres.toml", "village = {", "vilage = {"),
    ],
)
def test_a_slip_is_marked_by_the_editors_tool(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    from fundcalc.policy.json_schema import begin, copy_to

    copy_to(begin(None, blank=False), tmp_path)
    assert lint(tmp_path) == 0
    path = tmp_path / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert lint(tmp_path) == 1


def lint(folder: Path) -> int:
    tool = shutil.which("tombi", path=str(Path(sys.executable).parent))
    if tool is None:
        pytest.skip("tombi is not installed in this environment")
    command = [tool, "lint", "--offline", "--no-cache", "policies.toml", "rules"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode
