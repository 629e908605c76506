"""The main job on the real register of Taiyuan's 890 villages, with invented figures laid over it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fundcalc import api

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.real_register
def test_the_main_job(register: Path, tmp_path: Path) -> None:
    roster = tmp_path / "roster.xlsx"
    script = ROOT / "examples" / "make_taiyuan.py"
    subprocess.run(
        [sys.executable, str(script), "--register", str(register), "-o", str(roster)], check=True
    )
    policy = api.load_policy(ROOT)
    run = api.calculate(api.plan(policy), api.read_roster(roster, policy))
    assert not [r for r in run.roster.rejects if r.severity == "error"]
    assert len(run.result.rows) == run.result.checked == 890
    summary = api.summarise(run)
    counts = {group.name: group.villages for group in summary.groups}
    assert counts["清徐县"] == 188 and counts["娄烦县"] == 142
    amounts = summary.total.amounts
    assert amounts["party_dues_share"] == 378_500_000
    assert amounts["collective_support_share"] == 2_042_000_000
    assert amounts["municipal_share"] + amounts["county_share"] == amounts["subsidy_total"]
    [index] = api.find_village(run, "鹰落沟")
    assert run.result.rows[index]["code"] == "140123204209"
    assert "鹰落沟" in api.explanation_text(api.explain(run, index), "zh")
