"""What each command costs at 1 thousand to 1 million villages, and whether it grows faster than n log n.

Commands run as anybody runs them, each in a process of its own. CPU is the least of the rounds, since
what else the machine does only adds to it; what the command takes for ten villages is taken off. A
step that grows too fast is measured again before anything is said of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from benchmarks.growth import May, Step, constant, n_log_n, steps
from benchmarks.measure import Failed, Process, process

Data = dict[str, Any]

TINY = 10
SIZES = (1_000, 10_000, 100_000, 1_000_000)
QUICK = SIZES[1:3]

LONGEST = 40
"""Seconds of CPU: what would take longer at the next size is not run there, and the page says so."""

ENDLESS = 10 * LONGEST
"""Seconds of CPU after which a command is stopped, and has failed."""

NOISE = {"cpu": 0.05, "peak": 10e6}
"""Seconds, and bytes, that say nothing."""

MEMORY = 3e9
"""Bytes that no command may need at a million villages."""

STARTS = 3
"""So often is the start measured, which is taken off all others; these once, since AGAIN follows."""
AGAIN = 3
"""So often more is a step measured that seems too fast."""


@dataclass(frozen=True)
class Case:
    """A command; `{csv}` and the like stand for files that `Place` has."""

    command: str
    codes: tuple[int, ...] = (0,)
    above: int = 0
    """Only at more villages than this."""
    most: int = SIZES[-1]
    why: str = ""
    """Why not at more, or above."""
    may: May = n_log_n

    @property
    def title(self) -> str:
        """As one would type it."""
        return self.command.format_map(SHOWN)


SHOWN = {
    "csv": "ROSTER.csv", "parquet": "ROSTER.parquet", "xlsx": "ROSTER.xlsx", "clean": "CLEAN",
    "faulty": "FAULTY.csv", "faulty_xlsx": "FAULTY.xlsx", "changed": "CHANGED.csv",
    "printed": "PRINTED.csv",
    "register": "REGISTER.csv", "overrides": "OVERRIDES.csv", "result": "RESULT.csv", "policy": "GROWN",
    "village": "CODE", "county": "COUNTY", "out": "OUT",
}  # fmt: skip

PAGE = 20_000
REFUSES = f"refuses more than {PAGE:,} villages"

DOUBTS = (0, 1)
"""Among many villages some are doubtful, such as two of one name in a county."""

CASES = [
    Case("roster check {csv}", codes=DOUBTS),
    Case("roster check {parquet}", codes=DOUBTS),
    Case("roster check {xlsx}", codes=DOUBTS),
    Case("roster check {csv} --register {register}", codes=DOUBTS),
    Case("roster check {printed}", codes=DOUBTS),
    Case("roster check {faulty} --rejects {out}.csv", codes=(1,)),
    Case("roster check {faulty_xlsx} --marked {out}.xlsx", codes=(1,)),
    Case("roster intake {csv} -o {out}.toml"),
    Case("roster clean {csv} -o {out}"),
    Case("run {csv} -o {out}.csv --no-record"),
    Case("run {parquet} -o {out}.parquet --no-record"),
    Case("run {csv} -o {out}.json --no-record"),
    Case("run {csv} -o {out}.xlsx --no-record"),
    Case("run {csv} -o {out}.xlsx --by county --no-record",
         most=50_000, why="refuses more than 250 counties"),
    Case("run {csv} -o {out}.xlsx --public --no-record"),
    Case("run {xlsx} -o {out}.csv --no-record"),
    Case("run {csv} --details --no-record"),
    Case("run {csv} --engine rules --no-record"),
    Case("run {faulty} --skip-rejects -o {out}.csv --no-record"),
    Case("run {printed} -o {out}.csv --no-record"),
    Case("run {csv} --overrides {overrides} -o {out}.csv --no-record"),
    Case("run {clean} --backend duckdb -o {out}.parquet --no-record"),
    Case("run {csv} -o {out}.csv"),
    Case("run {changed} --before 1 -o {out}.csv"),
    Case("run {csv} --corrects 2 --reason again --differences {out}.csv"),
    Case("explain {village} --roster {csv}"),
    Case("explain {village} --roster {parquet}"),
    Case("explain {village} --run 1"),
    Case("explain {village} --run 1 --full --format html"),
    Case("explain {village} --run 1 --what-if residents=1500"),
    Case("compare baseline_guarantee=180000 current {csv}"),
    Case("compare baseline_guarantee=180000 current {csv} -o {out}.xlsx -o {out}.html"),
    Case("compare run:1 run:2"),
    Case("compare current current {changed} --old-roster {csv}"),
    Case("project {csv} --years 2017:2021 --policy {policy}"),
    Case("grid {csv} --set baseline_guarantee=160000:180000:5000 -o {out}.parquet"),
    Case("grid {csv} --set baseline_guarantee=160000:180000:5000 -o {out}.csv"),
    Case("grid {clean} --set baseline_guarantee=160000:180000:5000 --backend duckdb -o {out}.parquet"),
    Case("runs list"),
    Case("runs show 1"),
    Case("runs show 1 -o {out}.csv"),
    Case("runs show 2 --differences {out}.csv"),
    Case("runs review 2 --by 乙 --approve"),
    Case("runs review 2 --by 乙 --approve -o {out}.xlsx"),
    Case("runs balance"),
    Case("runs balance -o {out}.csv"),
    Case("runs balance --settled 2 --by 乙 --reason paid"),
    Case("runs verify"),
    Case("runs verify --chain"),
    Case("runs verify 1 --paper {result}"),
    Case("runs export 1 {out} --no-explanations"),
    Case("runs export 1 {out}"),
    Case("runs near 1"),
    Case("runs near 1 --all --format csv"),
    Case("runs doubts 1"),
    Case("runs doubts 1 --all -o {out}.csv"),
    Case("runs doubts 1 --all -o {out}.xlsx"),
    Case("runs doubts 2 --before 1"),
    Case("report 1 -o {out}.html", most=PAGE, why=REFUSES),
    Case("report 1 -o {out}.html", codes=(2,), above=PAGE, why=REFUSES, may=constant),
    Case("letter 1 {village} -o {out}"),
    Case("letter 1 --county {county} --short -o {out}"),
    Case("letter 1 --short -o {out}", most=PAGE, why=REFUSES),
    Case("letter 1 --short -o {out}", codes=(2,), above=PAGE, why=REFUSES, may=constant),
]  # fmt: skip


class Place:
    """A roster of so many villages, in a folder with all that commands ask for beside it."""

    def __init__(self, folder: Path, rows: int, own: Path) -> None:
        self.rows, self._own = rows, own
        self._folder = folder / str(rows)
        ends = {"csv": ".csv", "parquet": ".parquet", "xlsx": ".xlsx"}
        self._files = {name: self._folder / f"roster{end}" for name, end in ends.items()}
        self._files |= {
            name: self._folder / f"{name}.csv"
            for name in ("faulty", "printed", "changed", "register", "overrides", "result")
        }
        self._files["faulty_xlsx"] = self._folder / "faulty.xlsx"
        self._files["clean"] = self._folder / "clean"
        self._files["policy"] = folder / "policy"
        if not (self._folder / "made").exists():
            self._make()
        first = self._files["csv"].read_text("utf-8")[:1_000].splitlines()[1].split(",")
        self._texts = {"village": first[0], "county": first[3]}

    def run(self, case: Case) -> Process:
        """The command once, in an empty folder and on a copy of the ledger."""
        with TemporaryDirectory(dir=self._folder) as scratch:
            ledger, out = Path(scratch, "ledger.db"), Path(scratch, "out")
            shutil.copyfile(self._folder / "ledger.db", ledger)
            filled = self._files | self._texts | {"out": out}
            words = [word.format_map(filled) for word in case.command.split()]
            return self._fundcalc(*words, ledger=ledger, codes=case.codes)

    def _fundcalc(self, *words: str | Path, ledger: Path, codes: tuple[int, ...] = (0,)) -> Process:
        command = [self._own, "-m", "fundcalc_cli", *words]
        return process(command, codes, ENDLESS, {"FUNDCALC_LEDGER": str(ledger)})

    def _make(self) -> None:
        """In a process of its own, whose memory ends with it."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        process([self._own, "-m", "benchmarks.scaling_rosters", self._folder, str(self.rows)])
        ledger, files = self._folder / "ledger.db", self._files
        call = partial(self._fundcalc, ledger=ledger)
        if not files["policy"].exists():
            call("init", files["policy"])
            call("set", "baseline_guarantee", "180_000", "--from", "2018-01-01", "--source",
                 "people-daily-2017", "--policy", files["policy"])  # fmt: skip
        call("roster", "clean", files["csv"], "-o", files["clean"])
        call("run", files["csv"], "-o", files["result"])
        call("run", files["changed"], "--corrects", "1", "--reason", "again")
        (self._folder / "made").touch()


class Measured(Protocol):
    """Where results are kept; `once` measures what is not known yet."""

    def once(self, key: str, make: Any) -> None:
        """Measure and keep it."""


def measure(results: Measured, folder: Path, own: Path, quick: bool) -> None:
    """All commands."""
    sizes = QUICK if quick else SIZES
    places = {rows: Place(folder, rows, own) for rows in (TINY, *sizes)}
    for case in CASES:
        results.once(key(case), partial(_measure, case, places))


def key(case: Case) -> str:
    """Under which it is kept: a command that is refused at some size has another beside it."""
    return f"scaling {case.title}" + (f" above {case.above}" if case.above else "")


def _measure(case: Case, places: Mapping[int, Place]) -> Data:
    start = _least(None, case, places[TINY], STARTS) if not case.above else None
    found: Data = {"start": start, "sizes": {}, "stopped": ""}
    for rows in sorted(places):
        if rows == TINY or rows <= case.above:
            continue
        found["stopped"] = _why_not(case, found, rows)
        if found["stopped"]:
            break
        try:
            one = _least(None, case, places[rows], 1)
        except Failed as failed:
            return found | {"failed": f"{rows:,} villages: {failed}"}
        found["sizes"][str(rows)] = one
    for _ in range(AGAIN):
        again = {rows for _, step in too_fast(case, found) for rows in (step.fewer, step.more)}
        for rows in sorted(again):
            sizes = found["sizes"]
            sizes[str(rows)] = _least(sizes[str(rows)], case, places[rows], 1)
    return found


def _why_not(case: Case, found: Data, rows: int) -> str:
    """Why it is not run at this size; empty where it is."""
    if rows > case.most:
        return case.why
    if not found["sizes"]:
        return ""
    last = list(found["sizes"].values())[-1]
    more, start = case.may(rows // 10, rows), found["start"] or last
    cpu, peak = (start[n] + (last[n] - start[n]) * more for n in ("cpu", "peak"))
    if peak > 2 * MEMORY:  # up to that it is tried: what is done in parts grows less
        return f"{rows:,} villages left out: they {WOULD} {peak / 1e9:.0f} GB"
    return f"{rows:,} villages left out: they {WOULD} {cpu:.0f} s" if cpu > LONGEST else ""


WOULD = "would take some"


def _least(known: Data | None, case: Case, place: Place, rounds: int) -> Data:
    runs = [place.run(case) for _ in range(rounds)]
    found: Data = {
        name: min(getattr(run, name) for run in runs) for name in ("wall", "cpu", "peak")
    }
    if known is not None:
        found = {name: min(known[name], value) for name, value in found.items()}
    return found | {"rounds": rounds + (known["rounds"] if known else 0)}


def all_steps(case: Case, found: Data) -> Iterator[tuple[str, Step]]:
    """Every step from one size to another, of CPU and of memory."""
    for what, noise in NOISE.items():
        costs = {int(rows): one[what] for rows, one in found["sizes"].items()}
        start = found["start"][what] if found["start"] else 0.0
        # A refusal still reads the record, whose bytes grow with the villages.
        may = case.may if what == "cpu" else n_log_n
        for step in steps(costs, start, noise, may):
            yield what, step


def too_fast(case: Case, found: Data) -> list[tuple[str, Step]]:
    """The steps that grow faster than they may."""
    return [(what, step) for what, step in all_steps(case, found) if step.too_fast]


def faults(data: Mapping[str, Data]) -> Iterator[str]:
    """A line for each thing that is not as it should be, of what was measured."""
    for case in CASES:
        found = data.get(key(case))
        if found is None:
            continue
        title = f"fundcalc {case.title}"
        if "failed" in found:
            yield f"{title}: {found['failed']}"
        if "sizes" not in found:
            continue
        for what, step in too_fast(case, found):
            yield f"{title}: {said(what, step)}"
        if found["stopped"].endswith("GB"):
            yield f"{title}: {found['stopped']}"
        for rows, one in found["sizes"].items():
            if one["peak"] > MEMORY:
                yield f"{title}: {int(rows):,} villages take {one['peak'] / 1e9:.2f} GB"


def said(what: str, step: Step) -> str:
    """A step in words: sizes, cost, growth, and how much it may be."""
    name, unit, scale = {"cpu": ("CPU", "s", 1.0), "peak": ("memory", "MB", 1e6)}[what]
    less, cost = step.less / scale, step.cost / scale
    may = f"n log n is {step.may:.1f} times" if step.may > 1 else "it should be constant"
    return (
        f"from {step.fewer:,} to {step.more:,} villages its {name} above the start grows"
        f" from {less:.2f} {unit} to {cost:.2f} {unit}, {step.times:.1f} times; {may}"
    )
