"""Faults put into sound policies are found by their code; sound variations give no alarm."""

from __future__ import annotations

from pathlib import Path

import pytest

from fundcalc import api
from fundcalc.base.diagnostics import Diagnostic, render
from tests.analysis.laid import changed
from tests.conftest import ROOT

HERE = Path(__file__).parent
FAULTS = sorted((HERE / "faults").iterdir())
SOUND = sorted((HERE / "sound").iterdir())


def told(found: list[Diagnostic]) -> str:
    return "\n".join(render(diagnostic, "en") for diagnostic in found)


def test_the_shipped_policy_is_clean() -> None:
    assert not told(api.check(ROOT, None, {}))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda path: path.stem)
def test_fault(fault: Path, tmp_path: Path) -> None:
    code = changed(fault, tmp_path)
    found = api.check(tmp_path, None, {})
    assert code in {d.code for d in found}, told(found)
    assert "FC799" not in {d.code for d in found}, told(found)
    for diagnostic in found:
        if diagnostic.code in ("FC111", "FC701", "FC702", "FC703", "FC704", "FC711"):
            assert diagnostic.witness, told([diagnostic])


@pytest.mark.parametrize("variation", SOUND, ids=lambda path: path.stem)
def test_sound(variation: Path, tmp_path: Path) -> None:
    changed(variation, tmp_path)
    found = api.check(tmp_path, None, {})
    assert not told([one for one in found if one.severity != "note"])


def test_there_are_enough() -> None:
    assert len(FAULTS) >= 30 and len(SOUND) >= 10
