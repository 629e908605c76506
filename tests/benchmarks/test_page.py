"""What the page of speed says of limits: kept or missed by what was measured together, or not measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks import page

DATA: dict[str, Any] = {
    "machine": {
        "cpu": "a processor",
        "cores": 2,
        "memory": 8e9,
        "system": "Linux",
        "versions": "1",
    },
    "measured": {
        "part 1000000": {"date": "2026-01-02", "load": 1.2},
        "start": {"date": "2026-01-03", "load": 6.8},
    },
}


def timed(cpu: float, peak: float = 1e8) -> dict[str, float]:
    """A contestant that takes so many times another's CPU, and a little more by the wall."""
    return {"wall": cpu * 1.1, "cpu": cpu, "ratio": cpu * 1.1, "cpu_ratio": cpu, "peak": peak}


def verdicts(tmp_path: Path, **measured: Any) -> dict[str, list[str]]:
    """The table of limits by its first column."""
    data = {**DATA, **{name.replace("_", " "): one for name, one in measured.items()}}
    page.write(data, tmp_path / "page.md", tmp_path / "results.json")
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    limits = text.partition("## Limits")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in limits.splitlines() if line.startswith("| ")]
    return {work: rest for work, *rest in rows}


@pytest.fixture(autouse=True)
def no_plot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_draw", lambda results, plot, what: False)


def test_a_peer_is_held_against_what_was_measured_with_it(tmp_path: Path) -> None:
    both = {page.OURS: timed(0.7), "PolicyEngine core": timed(0.5), "OpenFisca core": timed(7.0)}
    found = verdicts(tmp_path, part_1000000=both)
    assert found["the same two programmes in OpenFisca core"][1:] == [
        "10.0 × as fast (7.70 × (7.00) NumPy by hand)", "kept",
    ]  # fmt: skip
    assert found["the same two programmes in PolicyEngine core"][-1] == "**missed**"
    without = verdicts(tmp_path, part_1000000={page.OURS: timed(0.7)})
    assert without["the same two programmes in OpenFisca core"][1:] == ["not measured", "–"]


def test_every_command_on_a_recorded_run_has_its_limit(tmp_path: Path) -> None:
    commands = {
        "run --no-record": timed(1.0), "runs show": timed(0.6), "runs doubts --before": timed(3.93),
        "compare run:": timed(1.0, 1.6e9),
    }  # fmt: skip
    found = verdicts(tmp_path, recorded_553298=commands, recorded_1000={"runs show": timed(9.0)})
    said = {work.partition("`,")[0]: rest[-1] for work, rest in found.items() if "recorded" in work}
    assert said == {
        "`runs show": "kept", "`runs doubts --before": "**missed**", "`compare run:": "**missed**",
    }  # fmt: skip


def test_what_could_not_be_done_is_missed(tmp_path: Path) -> None:
    found = verdicts(tmp_path, files_10000000_parquet={"failed": "out of memory"})
    assert found["10,000,000 villages, parquet → parquet"][1:] == [
        "not done: out of memory", "**missed**",
    ]  # fmt: skip


def test_the_page_says_on_which_days_and_beside_what_it_was_measured(tmp_path: Path) -> None:
    verdicts(tmp_path)
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "2026-01-02 to 2026-01-03" in text and "its load was 1 to 7" in text
