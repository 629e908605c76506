"""The page of results: what was measured, on what machine, and which limits it keeps."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import scaling
from benchmarks.compute import PEERS
from benchmarks.growth import TOLERANCE
from benchmarks.measure import ROOT

Data = dict[str, Any]

GB = 1e9


def write(data: Data, page: Path, results: Path) -> None:
    """The page, and the plot beside it where matplotlib is there."""
    plot = page.with_suffix(".svg")
    drawn = _draw(results, plot, "computing")
    lines = [*_lines(data, plot.name if drawn else None), "", *_scaling(data, page, results)]
    page.write_text("\n".join(lines) + "\n", "utf-8")


def write_scaling(data: Data, page: Path, results: Path) -> None:
    """The part on how commands grow in a page that is there; the rest of it stays."""
    text = page.read_text("utf-8") if page.exists() else ""
    before, _, after = text.partition(f"{SCALING}\n")
    _, next_, after = after.partition("\n## ")
    part = "\n".join(_scaling(data, page, results))
    page.write_text(f"{before.rstrip()}\n\n{part}\n{next_}{after}".lstrip(), "utf-8")


def _draw(results: Path, plot: Path, what: str) -> bool:
    if not PEERS.exists():
        return False
    command = [PEERS, "-m", "benchmarks.plot", results, plot, what]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def _lines(data: Data, plot: str | None) -> Iterator[str]:
    where = data["machine"]
    yield "# How fast it is"
    yield ""
    yield f"Measured by `make bench` on {_days(data)}: {where['cpu']}, {where['cores']} cores,"
    yield f"{where['memory'] / GB:.0f} GB, {where['system']}; {where['versions']}."
    yield "All rosters hold invented figures. Contestants take turns, each in a process of its own; all"
    yield "results are checked equal before anything is timed. Times are medians, ratios are medians of"
    yield "paired runs: wall time, and CPU time in brackets. Read ratios, not seconds. Limits go by CPU,"
    yield f"since a machine may have other work: its load was {_loads(data)}, and 1 a core is all it can do."
    yield ""
    yield from _limits(data)
    yield from _computing(data, plot)
    yield from _whole(data)
    yield from _recorded(data)
    yield from _start(data)


def _days(data: Data) -> str:
    """The day of measuring, or the first and the last."""
    days = sorted({one["date"] for one in data["measured"].values()})
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _loads(data: Data) -> str:
    loads = [one["load"] for one in data["measured"].values()]
    return f"{min(loads):.0f} to {max(loads):.0f}"


# -- limits --------------------------------------------------------------------------------------


HOLDS = """\
What holds the national run, as profiled on 30 November 2026, of 2.5 s of CPU; polars reads and writes
the same in 0.7 s. Libraries and commands 0.3 s. Reading 1.1 s: polars' own split of the file 0.19, its
encoding, quotes and digest 0.14, odd rows and totals 0.10, columns into values 0.25, villages told twice
of 0.12 (the register has 12,063 that share name and county, and each is worded), counties' names 0.10,
figures far off 0.08, the rest 0.1. Deciding 0.14, villages of every pattern on the rules engine 0.11,
every reading tried 0.15, adding up 0.05. Writing 0.6: polars' own writing of the finished table 0.30,
labels made texts 0.08, decimals 0.05, text made safe 0.05, the rest memory touched for the first time;
in larger parts or without a stream it takes the same. No step stands out: to reach 2 ×, more than half
of what is not polars' own would have to go. What is known to save: wording what is told of villages only
where it is shown, 0.1 s; numbers read as such while the file is split, 0.05 s.
Of 20,000 villages, 0.85 s: libraries, commands and policy 0.3, reading 0.12, two villages of every
pattern and the pools of all villages held against the row evaluator 0.27, writing 0.07, the rest 0.05.
Pools of larger rosters are shared anew in part, so a national run takes less for it. The row evaluator
goes village by village in Python, and is meant to: it is what the columns are held against.
Of 10,000,000 in parquet, 27 s of CPU where polars takes 7, as profiled on 30 November 2026 by share: reading
42 %, of which columns into values 14, figures far off 10 (a median for each county), villages told twice 6,
counties' names 5, odd rows and totals 3; deciding 10 %, every reading tried 10, villages of every pattern
on the rules engine 3, adding up 4; polars' own writing of the finished table 30. All columns and all that
is decided lie in memory at once, which is most of the 3.6 GB. To reach 2 × and 3 GB, parts would have to be
decided and written while others are read; a pool over all villages allows that only where its claims are
added up in a first pass.
What holds Spark, stage by stage, and what would remove it, stands in [cluster.md](cluster.md).
PolicyEngine computes amounts alone; fundcalc's columns also say which rules decided and prove that no
number leaves 64 bits.""".splitlines()
"""What keeps a limit from being kept; look again when the figures change. So of the three below."""

COMPUTES = """\
As profiled in November 2026: what is fixed, whatever the number of villages, are some 3 ms, mostly for
making the plan's nodes into calls. Of 72 ms at 1,000,000 villages 33 go into the programmes, 10 of these
into writing results; 13 into sharing pools, 10 into what is said of 5,000 pools, 6 into the order of codes,
5 into numbering counties.""".splitlines()

STARTS = """\
What holds an explanation, of 0.41 s as profiled on 30 November 2026 on a faster day: Python,
Typer and the commands 0.07 s, polars 0.08 s, NumPy 0.03 s, pydantic and its models of the policy's files
0.05 s, the program's other modules 0.07 s, of which the making of 230 dataclasses is 0.03 s, loading the
policy 0.01 s, reading the workbook 0.04 s, computing all 890 villages with every reading 0.02 s, the
village on both engines and its explanation 0.01 s. Its limit needs a reader of small sheets without
polars; without pydantic it would stand at 6.4 ×. To plan anew only the programmes that a reading reaches
would save 0.006 s.""".splitlines()


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
        work, one = f"compute, {said}, 1,000,000 villages", _of(data, f"{part} 1000000", OURS)
        yield _within(work, one, 1.1, "NumPy by hand")
    mine = _of(data, "part 1000000", OURS)
    for peer in ("OpenFisca core", "PolicyEngine core"):
        work, other = f"the same two programmes in {peer}", _of(data, "part 1000000", peer)
        if mine is None or other is None:
            yield work, "faster than it", *NOT_MEASURED
            continue
        times = other["cpu_ratio"] / mine["cpu_ratio"]
        shown = f"{times:.1f} × as fast ({_x(other)} NumPy by hand)"
        yield work, "faster than it", shown, times > 1
    yield from _of_files(data)
    yield from _of_recorded(data)
    rules = _of(data, "rules", "fundcalc, rules engine")
    work, limit = "rules engine, every decision cross-checked", "≥ 0.7 × the bare pattern"
    if rules is None:
        yield work, limit, *NOT_MEASURED
    else:
        rate, times = rules["rows"] / rules["cpu"], 1 / rules["cpu_ratio"]
        shown = f"{1 / rules['ratio']:.2f} × ({times:.2f}), {rate:,.0f} villages a second"
        yield work, limit, shown, times >= 0.7
    flat = data.get("rules memory", {})
    if "grown" in flat:
        grown, work = flat["grown"] / 1e6, f"its memory over {flat['villages']:,} villages"
        yield work, "flat", f"{grown:+.1f} MB", grown < 5
    yield from _of_databases(data)
    yield from _of_papers(data)
    for process, most in {
        "fundcalc --help": 2,
        "fundcalc explain (890 villages, .xlsx)": 6,
    }.items():
        yield _within(f"`{process}`", _of(data, "start", process), most, "`import typer`")


OURS = "fundcalc, columnar"
NOT_MEASURED = ("not measured", None)


def _within(
    work: str, one: Data | None, most: float, of: str, memory: float | None = None
) -> Verdict:
    """Whether the CPU is within so many times that of another, and the memory within so many GB."""
    limit = f"≤ {most:g} × the CPU of {of}" + (f", ≤ {memory:g} GB" if memory is not None else "")
    if one is None or "cpu_ratio" not in one:
        return (
            work,
            limit,
            *(NOT_MEASURED if one is None else (f"not done: {one['failed']}", False)),
        )
    shown = _x(one) if "ratio" in one else f"({one['cpu_ratio']:.2f})"
    kept = one["cpu_ratio"] <= most
    if memory is not None:
        shown, kept = f"{shown}, {one['peak'] / GB:.2f} GB", kept and one["peak"] <= memory * GB
    return work, limit, shown, kept


def _of_files(data: Data) -> Iterator[Verdict]:
    polars = "polars reading and writing them"
    small, national = data.get("files 20000 csv"), data.get("files 553298 csv")
    yield _within("20,000 villages, CSV → checked CSV", small, 5, polars)
    yield _within("553,298 villages, CSV → checked CSV", national, 2, polars, 0.5)
    large, less = data.get("files 10000000 parquet"), data.get("files 1000000 parquet", {})
    work = "10,000,000 villages, parquet → parquet"
    yield _within(work, large, 2, polars, 3)
    if large and "cpu" in large and "cpu" in less:
        times = large["cpu"] / less["cpu"]
        yield "the same, against 1,000,000", "≤ 11 × the CPU", f"({times:.1f})", times <= 11
    book, start = data.get("files 890 xlsx", {}), _of(data, "start", "import typer")
    if "cpu" in book and start is not None:
        work = "890 villages, .xlsx → workbook to sign, double-checked, not recorded"
        times = book["cpu"] / start["cpu"]
        shown = f"{times:.1f} × ({book['cpu']:.2f} s)"
        yield work, "≤ 20 × the CPU of `import typer`", shown, times <= 20


def _of_recorded(data: Data) -> Iterator[Verdict]:
    """Of the largest roster: each command that reads a recorded run, and the recording itself."""
    for key in _sizes(data, "recorded")[-1:]:
        villages = f"{int(key.split()[1]):,} villages recorded"
        found = data[key] if "failed" not in data[key] else {"run": data[key]}
        for title, one in found.items():
            if title != UNRECORDED:
                yield _within(f"`{title}`, {villages}", one, 3, "the unrecorded run", 1.5)


UNRECORDED = "run --no-record"


def _of_databases(data: Data) -> Iterator[Verdict]:
    work = "10,000,000 villages decided by Spark with pools, local[2], after opening"
    yield _within(work, data.get("databases 10000000"), 4, "DuckDB on the same parquet")


def _of_papers(data: Data) -> Iterator[Verdict]:
    start, papers = "`import typer`", data.get("papers", {})
    report, letter = _of(data, "papers", "report"), _of(data, "papers", "letter")
    work, limit, shown, kept = _within("HTML report of 890 villages", report, 20, start)
    if report is not None:
        shown, kept = f"{shown}, {papers['size'] / 1e6:.1f} MB", kept and papers["size"] <= 3e6
    yield work, f"{limit}, ≤ 3 MB", shown, kept
    work, limit = "1,000 letters of one page, in one file", f"≤ 50 × the wall time of {start}"
    if letter is None:
        yield work, limit, *NOT_MEASURED
    else:
        times = letter["ratio"] * 1000 / papers["letters"]
        yield (
            work,
            limit,
            f"{times:.0f} × ({papers['letters']} in {letter['wall']:.1f} s)",
            times <= 50,
        )
    yield _within(
        "300 recorded runs of one roster of 890 villages verified",
        data.get("verified 300"),
        700,
        start,
    )


# -- tables --------------------------------------------------------------------------------------


def _computing(data: Data, plot: str | None) -> Iterator[str]:
    yield "## Computing alone"
    yield ""
    yield "Facts in memory in, amounts in memory out; counties and codes are text, as a roster has them."
    yield "fundcalc's figures include which rules decided and the use of every pool."
    yield from COMPUTES
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
    yield "The limit for each is 3 times, in 1.5 GB; of the largest it stands above, among the limits."
    yield "`run --corrects` holds every village against the run before."
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
    yield "| process | seconds (CPU) | × importing Typer (CPU) |"
    yield "|---|---|---|"
    for title, one in data.get("start", {}).items():
        if isinstance(one, dict):
            yield f"| `{title}` | {one['wall']:.3f} ({one['cpu']:.3f}) | {_x(one)} |"
    yield ""
    yield from STARTS


# -- growth --------------------------------------------------------------------------------------


SCALING = "## How each command grows"

GROWS = f"""\
`make bench` runs each command at 1 thousand to 1 million villages (`python -m benchmarks --scaling`:
this part alone), takes off what it takes for {scaling.TINY} villages (the start), and fails where CPU or
memory grows faster than n log n from any size to any larger: by more than {TOLERANCE:g} times, after
measuring both again {scaling.AGAIN} times. Seconds of CPU above the start, the least of the rounds;
names repeat as in real rosters. Less than {scaling.NOISE["cpu"]:g} s is noise. *Growth* is the steepest
of its steps, 1 being n log n. What would take more than {scaling.LONGEST} s, if it grew as n log n,
is not run at that size; more than {scaling.MEMORY / GB:g} GB is a fault.""".splitlines()


SLOW = """\
What takes long, as profiled in November 2026. A workbook to sign, 0.36 ms a village: of 23 parts 7 go into
the sheet of rules and reasons, 7 into the one to sign, 3 into the data, 6 into storing them. The working of
every village (report, audit pack with explanations), 1 ms and more: for each value that might change it, its
share of a pool is worked out anew, a sixth of the whole at 10,000 villages; this grows with those that share
the pool, and is left out from 20,000 villages on. A marked copy of a workbook, 0.16 ms a row: it is read
twice and written cell by cell.""".splitlines()


def _scaling(data: Data, page: Path, results: Path) -> Iterator[str]:
    known = {
        case: data[key]
        for case in scaling.CASES
        if "sizes" in data.get(key := scaling.key(case), {})
    }
    if not known:
        return
    yield SCALING
    yield ""
    yield from GROWS
    days = {name: one for name, one in data["measured"].items() if name.startswith("scaling ")}
    yield f"Measured on {_days({'measured': days})} at a load of {_loads({'measured': days})}."
    yield ""
    plot = page.with_name(f"{page.stem}-rows.svg")
    if _draw(results, plot, "scaling"):
        yield f"![Seconds of CPU above the start against villages, a panel a command]({plot.name})"
        yield ""
    sizes = sorted({int(rows) for one in known.values() for rows in one["sizes"]})
    yield f"| command | start | {' | '.join(f'{rows:,}' for rows in sizes)} | memory | growth | |"
    yield f"|---|---|{'---|' * len(sizes)}---|---|---|"
    for case, one in known.items():
        yield _grown(case, one, sizes)
    yield ""
    yield from SLOW


def _grown(case: scaling.Case, one: Data, sizes: list[int]) -> str:
    start = one["start"]["cpu"] if one["start"] else 0.0
    cpu = {int(rows): found["cpu"] - start for rows, found in one["sizes"].items()}
    shown = " | ".join(f"{max(cpu[rows], 0):.2f}" if rows in cpu else "–" for rows in sizes)
    found = list(scaling.all_steps(case, one))
    told = [step for what, step in found if what == "cpu" and step.cost > step.noise]
    steepest = max((step.times / step.may for step in told), default=None)
    growth = "–" if steepest is None else f"{steepest:.2f}"
    peak = max((found["peak"] for found in one["sizes"].values()), default=0)
    marks = ["**too fast**"] if any(step.too_fast for _, step in found) else []
    why = case.why if case.above else one["stopped"]
    marks += [text for text in (one.get("failed"), why) if text]
    said = "; ".join(marks)
    begun = f"{start:.2f}" if one["start"] else "–"
    return f"| `{case.title}` | {begun} | {shown} | {peak / GB:.2f} GB | {growth} | {said} |"


def _sizes(data: Data, kind: str) -> list[str]:
    return sorted((k for k in data if k.startswith(f"{kind} ")), key=lambda k: int(k.split()[1]))


def _of(data: Data, key: str, title: str) -> Data | None:
    one = data.get(key, {}).get(title)
    return one if isinstance(one, dict) and "failed" not in one else None


def _x(one: Data) -> str:
    return f"{one['ratio']:.2f} × ({one['cpu_ratio']:.2f})"
