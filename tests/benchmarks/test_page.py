"""What the page of speed says of limits: kept or missed by what was measured together, or not measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks import page, scaling

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
    said = {
        work.partition("`,")[0]: rest[-1]
        for work, rest in found.items()
        if work.endswith("recorded")
    }
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


def grown(cpu: list[float], peak: list[float], **more: Any) -> dict[str, Any]:
    """What a command took at 10 thousand villages, at 100 thousand, …, and 0.5 s and 0.1 GB at the start."""
    sizes = {
        str(10_000 * 10**at): {"wall": c, "cpu": c, "peak": p, "rounds": 1}
        for at, (c, p) in enumerate(zip(cpu, peak, strict=True))
    }
    start = {"wall": 0.5, "cpu": 0.5, "peak": 1e8, "rounds": 3}
    return {"start": start, "sizes": sizes, "stopped": "", **more}


def with_growth(found: dict[str, Any]) -> dict[str, Any]:
    """Results in which the first command took this."""
    key = scaling.key(scaling.CASES[0])
    measured = {**DATA["measured"], key: {"date": "2026-01-02", "load": 1.2}}
    return {**DATA, "measured": measured, key: found}


GROWS = (
    "from 10,000 to 100,000 villages its {} above the start grows from {}, 100.0 times;"
    " n log n is 12.5 times"
)
FINE = grown([0.6, 1.6, 12.5], [1.2e8, 3e8, 2.1e9])


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (FINE, []),
        (
            grown([0.7, 20.5], [1.2e8, 3e8]),
            [GROWS.format("CPU", "0.20 s to 20.00 s")],
        ),
        (
            grown([0.6, 1.6], [1.2e8, 2.1e9]),
            [GROWS.format("memory", "20.00 MB to 2000.00 MB")],
        ),
        (grown([0.6, 1.6, 12.5], [1.2e8, 4e8, 4.1e9]), ["1,000,000 villages take 4.10 GB"]),
        (FINE | {"failed": "1,000,000 villages: exit 1"}, ["1,000,000 villages: exit 1"]),
        (FINE | {"stopped": "1,000,000 villages left out: they would take some 99 s"}, []),
        (
            FINE | {"stopped": "1,000,000 villages left out: they would take some 9 GB"},
            ["1,000,000 villages left out: they would take some 9 GB"],
        ),
    ],
)  # fmt: skip
def test_what_grows_too_fast_is_told_with_command_sizes_cost_and_growth(
    tmp_path: Path, found: dict[str, Any], told: list[str]
) -> None:
    case, data = scaling.CASES[0], with_growth(found)
    assert list(scaling.faults(data)) == [f"fundcalc {case.title}: {one}" for one in told]
    page.write(data, tmp_path / "page.md", tmp_path / "results.json")
    (row,) = [
        line
        for line in (tmp_path / "page.md").read_text("utf-8").splitlines()
        if line.startswith(f"| `{case.title}`")
    ]
    assert ("too fast" in row) == any("n log n" in one for one in told)


def test_the_part_on_growth_is_written_into_the_page_alone(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    page.write(with_growth(FINE), path, tmp_path / "results.json")
    before = path.read_text("utf-8")
    for found in (grown([0.6, 1.6], [1e8, 1e8]), FINE):
        page.write_scaling(with_growth(found), path, tmp_path / "results.json")
    after = path.read_text("utf-8")
    heads = [line for line in before.splitlines() if line.startswith("#")]
    assert [line for line in after.splitlines() if line.startswith("#")] == heads
    assert before.partition("## How each")[0] == after.partition("## How each")[0]
