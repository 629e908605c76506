"""The page of results: what was measured, on what machine, and which limits it keeps."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.compute import PEERS
from benchmarks.measure import ROOT

Data = dict[str, Any]

GB = 1e9


def write(data: Data, page: Path, results: Path) -> None:
    """The page, and the plot beside it where matplotlib is there."""
    plot = page.with_suffix(".svg")
    drawn = _draw(results, plot)
    page.write_text("\n".join(_lines(data, plot.name if drawn else None)) + "\n", "utf-8")


def _draw(results: Path, plot: Path) -> bool:
    if not PEERS.exists():
        return False
    command = [PEERS, "-m", "benchmarks.plot", results, plot]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def _lines(data: Data, plot: str | None) -> Iterator[str]:
    where = data["machine"]
    yield "# How fast it is"
    yield ""
    yield f"Measured by `make bench` on {where['date']}: {where['cpu']}, {where['cores']} cores,"
    yield f"{where['memory'] / GB:.0f} GB, {where['system']}; {where['versions']}."
    yield "All rosters hold invented figures. Contestants take turns, each in a process of its own; all"
    yield "results are checked equal before anything is timed. Times are medians, ratios are medians of"
    yield "paired runs: wall time, and CPU time in brackets. Read ratios, not seconds."
    yield ""
    yield from _limits(data)
    yield from _computing(data, plot)
    yield from _whole(data)
    yield from _recorded(data)
    yield from _start(data)


# -- limits --------------------------------------------------------------------------------------


HOLDS = """\
What holds the national run, as profiled in November 2026: reading takes about 1.0 s of CPU (polars' own split
of the file 0.2 s of it; where villages are told twice of, their names, odd rows and figures far off, 0.4 s),
writing 0.55 s (polars 0.35 s, of texts), deciding villages of every pattern on the rules engine 0.15 s,
trying every reading 0.16 s, loading policy and libraries 0.4 s; polars reads and writes the same in 0.7 s.
Reading numbers as such while the file is split would save 0.05 s, writing without a stream nothing.
PolicyEngine computes amounts alone; fundcalc's columns also say which rules decided and prove that no number
leaves 64 bits.""".splitlines()
"""What keeps a limit from being kept; look again when the figures change."""


def _limits(data: Data) -> Iterator[str]:
    yield "## Limits"
    yield ""
    yield "| work | limit | measured | |"
    yield "|---|---|---|---|"
    for work, limit, measured, kept in _verdicts(data):
        mark = "–" if kept is None else "kept" if kept else "**missed**"
        yield f"| {work} | {limit} | {measured} | {mark} |"
    yield ""
    yield from HOLDS
    yield ""


Verdict = tuple[str, str, str, bool | None]


def _verdicts(data: Data) -> Iterator[Verdict]:
    works = {"whole": "all programmes", "part": "the two programmes without pools"}
    for part, said in works.items():
        one = _of(data, f"{part} 1000000", "fundcalc, columnar")
        if one:
            work = f"compute, {said}, 1,000,000 villages"
            yield work, "≤ 1.1 × NumPy by hand", _x(one), one["ratio"] <= 1.1
    mine = _of(data, "part 1000000", "fundcalc, columnar")
    for peer in ("OpenFisca core", "PolicyEngine core"):
        other = _of(data, "part 1000000", peer)
        if mine and other:
            shown = f"{other['wall'] / mine['wall']:.1f} × as fast"
            yield (
                f"the same two programmes in {peer}, 1,000,000",
                "faster",
                shown,
                mine["wall"] < other["wall"],
            )
    yield from _of_files(data)
    rules = _of(data, "rules", "fundcalc, rules engine")
    if rules:
        rate = rules["rows"] / rules["cpu"]
        yield (
            "rules engine, every decision cross-checked", "≥ 0.7 × the bare pattern",
            f"{1 / rules['ratio']:.2f} × ({1 / rules['cpu_ratio']:.2f}), {rate:,.0f} villages a second",
            1 / rules["ratio"] >= 0.7,
        )  # fmt: skip
    flat = data.get("rules memory", {})
    if "grown" in flat:
        grown = flat["grown"] / 1e6
        yield (
            f"its memory over {flat['villages']:,} villages",
            "flat",
            f"{grown:+.1f} MB",
            grown < 5,
        )
    start = _of(data, "start", "fundcalc --help")
    if start:
        yield (
            "`fundcalc --help`",
            "≤ 2 × importing Typer",
            f"{start['ratio']:.2f} ×",
            start["ratio"] <= 2,
        )


def _of_files(data: Data) -> Iterator[Verdict]:
    national = data.get("files 553298 csv", {})
    if "ratio" in national:
        yield (
            "553,298 villages, CSV → checked CSV",
            "≤ 3 × polars reading and writing them",
            _x(national),
            national["ratio"] <= 3,
        )
        yield "its memory", "≤ 1 GB", f"{national['peak'] / GB:.2f} GB", national["peak"] <= GB
    large, less = data.get("files 10000000 parquet", {}), data.get("files 1000000 parquet", {})
    if "failed" in large:
        yield (
            "10,000,000 villages, parquet → parquet",
            "≤ 4 GB, linear",
            f"not done: {large['failed']}",
            False,
        )
    elif "peak" in large and "cpu" in less:
        times = large["cpu"] / less["cpu"]
        shown = f"{large['peak'] / GB:.2f} GB, {times:.1f} × the CPU time of 1,000,000"
        yield (
            "10,000,000 villages, parquet → parquet",
            "≤ 4 GB, linear",
            shown,
            large["peak"] <= 4 * GB and times <= 11,
        )
    book = data.get("files 890 xlsx", {})
    if "wall" in book:
        yield (
            "890 villages, .xlsx → workbook to sign, double-checked, not recorded",
            "≤ 2 s",
            f"{book['wall']:.2f} s ({book['cpu']:.2f})",
            book["wall"] <= 2,
        )


# -- tables --------------------------------------------------------------------------------------


def _computing(data: Data, plot: str | None) -> Iterator[str]:
    yield "## Computing alone"
    yield ""
    yield "Facts in memory in, amounts in memory out; counties and codes are text, as a roster has them."
    yield "fundcalc's figures include which rules decided and the use of every pool."
    if plot:
        yield ""
        yield f"![Seconds of CPU against villages]({plot})"
    for kind, title in (
        ("whole", "The whole policy: seven programmes, pools included"),
        ("part", "Two programmes without pools, which every peer can express"),
    ):
        yield ""
        yield f"**{title}**"
        yield ""
        yield "| villages | contestant | seconds (CPU) | × NumPy by hand (CPU) | memory |"
        yield "|---|---|---|---|---|"
        for key in _sizes(data, kind):
            for name, one in data[key].items():
                yield f"| {int(key.split()[1]):,} | {name} | {_row(one)} |"
    rules = data.get("rules", {})
    yield ""
    yield "**The rules engine**"
    yield ""
    yield "| villages | contestant | seconds (CPU) | × bare pattern (CPU) | memory |"
    yield "|---|---|---|---|---|"
    for name, one in rules.items():
        yield f"| 10,000 | {name} | {_row(one)} |"
    yield ""


def _row(one: Data) -> str:
    if "failed" in one:
        return f"{one['failed']} | | "
    return f"{one['wall']:.4f} ({one['cpu']:.4f}) | {_x(one)} | {one['peak'] / GB:.2f} GB"


def _whole(data: Data) -> Iterator[str]:
    yield "## Whole runs"
    yield ""
    yield "`fundcalc run`, from the start of the process to its end: read, checked, computed in columns,"
    yield "some on the rules engine too (up to 2,000 villages: all), every reading tried, added up,"
    yield "written; not recorded. polars reads the same roster and writes the same result."
    yield ""
    yield "| villages | files | seconds (CPU) | × polars (CPU) | memory |"
    yield "|---|---|---|---|---|"
    for key, one in data.items():
        if key.startswith("files "):
            _, rows, ending = key.split()
            if "failed" in one:
                yield f"| {int(rows):,} | {ending} → {ending} | {one['failed']} | | |"
                continue
            times = _x(one) if "ratio" in one else ""
            seconds = f"{one['wall']:.2f} ({one['cpu']:.2f})"
            yield f"| {int(rows):,} | {ending} → {ending} | {seconds} | {times} | {one['peak'] / GB:.2f} GB |"
    yield ""
    yield "| grid: rows | scenarios | seconds (CPU) | memory | file |"
    yield "|---|---|---|---|---|"
    for key, one in data.items():
        if key.startswith("grid ") and "wall" in one:
            seconds = f"{one['wall']:.1f} ({one['cpu']:.1f})"
            yield (
                f"| {int(key.split()[1]):,} | {one['scenarios']} | {seconds} | {one['peak'] / GB:.2f} GB |"
                f" {one['result'] / GB:.2f} GB |"
            )
    yield ""


def _recorded(data: Data) -> Iterator[str]:
    yield "## Recorded runs"
    yield ""
    yield "Commands on a recorded run, as whole processes, against the CPU of the same run unrecorded."
    yield "The limit for each is 3 times, in 1.5 GB."
    for key in _sizes(data, "recorded"):
        yield ""
        yield f"| {int(key.split()[1]):,} villages | seconds (CPU) | × the unrecorded run (CPU) | memory |"
        yield "|---|---|---|---|"
        for title, one in data[key].items():
            if isinstance(one, dict):
                seconds, memory = f"{one['wall']:.2f} ({one['cpu']:.2f})", one["peak"] / GB
                yield f"| `{title}` | {seconds} | {one['cpu_ratio']:.2f} | {memory:.2f} GB |"
    yield ""


def _start(data: Data) -> Iterator[str]:
    yield "## Starting"
    yield ""
    yield "| process | seconds (CPU) | × importing Typer |"
    yield "|---|---|---|"
    for title, one in data.get("start", {}).items():
        if isinstance(one, dict):
            yield f"| `{title}` | {one['wall']:.3f} ({one['cpu']:.3f}) | {one['ratio']:.2f} |"


def _sizes(data: Data, kind: str) -> list[str]:
    return sorted((k for k in data if k.startswith(f"{kind} ")), key=lambda k: int(k.split()[1]))


def _of(data: Data, key: str, title: str) -> Data | None:
    one = data.get(key, {}).get(title)
    return one if isinstance(one, dict) and "failed" not in one else None


def _x(one: Data) -> str:
    return f"{one['ratio']:.2f} × ({one['cpu_ratio']:.2f})"
