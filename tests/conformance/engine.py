"""What an engine must offer to be held against the corpus: one file in `engines/`, found by itself.

The file has `NAME`, `missing()` and `run(plan, columns)`. `missing` says why the engine cannot run on
this machine, or None. `run` decides all villages: `columns` has every fact in roster order, in smallest
units; what cannot be decided raises PolicyProblem. `GROUP`, where there is one, keeps all tests of the
engine in one process. `SLOW` says that it takes seconds to start on a roster: of each policy it then sees
the largest roster and what must stop, and all else only with `-m slow`. `many(cases)`, where there is
one, decides several plans and rosters at once, for an engine that starts slowly: for each it gives the
outcome, or the PolicyProblem. `MARKS` are pytest's marks for its tests.

What an engine cannot do stands in `cannot/NAME.toml` with a reason; such a case must fail there, and
turns red when it no longer does.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.engines.result import PoolUse
from fundcalc.language.nodes import Value
from fundcalc.policy.plan import Plan

HERE = Path(__file__).resolve().parent
Columns = Mapping[str, Sequence[Value]]


@dataclass(frozen=True)
class Outcome:
    """Outputs by id and rules by programme, by village; pools and hinges where the engine gives them.

    `hinges` has for each village the readings on which something hinges; `unmet` what must hold of all
    villages together and does not, with the numbers.
    """

    outputs: dict[str, list[Value]]
    fired: dict[str, list[tuple[str, ...]]]
    pools: list[PoolUse] | None = None
    hinges: list[tuple[str, ...]] | None = None
    unmet: list[str] | None = None


def unmet(found: Sequence[Diagnostic]) -> list[str]:
    """What an outcome has of what does not hold."""
    return [one.message.en for one in found]


@dataclass(frozen=True)
class Engine:
    """An engine under test."""

    name: str
    missing: Callable[[], str | None]
    run: Callable[[Plan, Columns], Outcome]
    group: str | None
    slow: bool
    many: Callable[[Sequence[tuple[Plan, Columns]]], list[Outcome | PolicyProblem]] | None
    marks: tuple[str, ...]


@cache
def load(path: Path) -> Engine:
    """The engine of a file."""
    spec = importlib.util.spec_from_file_location(f"conformance_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Engine(
        module.NAME, module.missing, module.run, getattr(module, "GROUP", None),
        getattr(module, "SLOW", False), getattr(module, "many", None), getattr(module, "MARKS", ()),
    )  # fmt: skip


def engines() -> list[Engine]:
    """All engines, by name."""
    return [load(path) for path in sorted((HERE / "engines").glob("[!_]*.py"))]
