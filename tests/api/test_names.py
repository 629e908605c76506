"""The documented Python door: what it has, and that it opens at once."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from fundcalc import api

NAMES = Path(__file__).with_name("names.txt")


def said(name: str) -> str:
    """A name with its parameters and their defaults, or with its value."""
    value = getattr(api, name)
    getattr(value, "model_rebuild", bool)()  # pydantic tells its fields once it has been asked to
    if inspect.isfunction(value) or inspect.isclass(value):
        signature = inspect.signature(value)
        bare = [
            p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()
        ]
        return name + str(signature.replace(parameters=bare, return_annotation=signature.empty))
    return f"{name} = {value!r}" if isinstance(value, tuple) else name


def test_every_public_name_stays_with_its_parameters(request: pytest.FixtureRequest) -> None:
    there = [said(name) for name in sorted(api.__all__)]
    if request.config.getoption("--reset"):
        NAMES.write_text("\n".join(there) + "\n", encoding="utf-8")
    assert there == NAMES.read_text(encoding="utf-8").splitlines()


def test_every_function_tells_what_it_does() -> None:
    named = {name: getattr(api, name) for name in api.__all__}
    silent = [
        name for name, value in named.items() if callable(value) and not inspect.getdoc(value)
    ]
    assert silent == ["Progress"]  # a type of function, told next to it


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = api.no_such_name  # type: ignore[attr-defined]


def test_the_door_loads_nothing_before_it_is_asked() -> None:
    program = "import sys; from fundcalc import api; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    ours = {name for name in loaded if name.startswith("fundcalc.")}
    assert ours == {"fundcalc.api"}
    assert not {"numpy", "polars", "pydantic"} & set(loaded)
