"""Rosters with faults: CSV in several encodings, and workbooks with broken parts."""

from __future__ import annotations

import io
import random
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from benchmarks.fuzz.changes import ROOT, by_byte, by_line, listed


def one_roster(rng: random.Random) -> None:
    """Write a roster with faults and read it."""
    from fundcalc import api
    from fundcalc.base.diagnostics import PolicyProblem

    data, ending = some_roster(rng)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"roster{ending}"
        path.write_bytes(data)
        try:
            roster = api.read_roster(path, _policy())
        except PolicyProblem as problem:
            assert problem.diagnostics
            return
        for reject in roster.rejects:
            assert reject.why.zh and reject.mend.en


@cache
def _policy() -> object:
    from fundcalc import api

    return api.load_policy(ROOT)


HEADER = "代码,村名,乡镇,县（市、区）,常住人口,集体经济收入,已安排党建经费,其他班子成员,现行补贴,软弱涣散村"
CELLS = listed("cells")


def _csv(rng: random.Random) -> str:
    lines = [HEADER if rng.randrange(3) else ",".join(rng.sample(HEADER.split(","), 10))]
    for n in range(rng.randrange(8)):
        row = [f"14012100{n:04d}", f"村{n}", "镇", "清徐县", "900", "40000", "0", "3", "5000", "否"]
        for _ in range(rng.choice([0, 0, 1, 3])):
            row[rng.randrange(len(row))] = rng.choice(CELLS)
        lines.append(",".join(row[: rng.choice([10, 10, 10, 9, 3])]))
    for _ in range(rng.randrange(3)):
        lines.insert(
            rng.randrange(len(lines) + 1), ",".join(rng.choices(CELLS, k=rng.randrange(12)))
        )
    return rng.choice(["\n", "\r\n", "\r"]).join(lines)


def some_roster(rng: random.Random) -> tuple[bytes, str]:
    """The bytes of a roster with faults, and what its name ends with."""
    if rng.randrange(4):
        data = _csv(rng).encode(rng.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"]), "replace")
        return (by_byte(rng, data) if rng.randrange(3) == 0 else data), ".csv"
    return _broken_book(rng), rng.choice([".xlsx", ".xlsx", ".xlsx", ".xls", ".csv", ".parquet"])


@cache
def _book() -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for n, line in enumerate(_csv(random.Random(3)).splitlines()):
            sheet.write_row(n, 0, line.split(","))
    return out.getvalue()


def _broken_book(rng: random.Random) -> bytes:
    """The bytes of a workbook with some part of it changed or left out."""
    if rng.randrange(3) == 0:
        return by_byte(rng, _book())
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_book())) as old, zipfile.ZipFile(out, "w") as new:
        victim = rng.choice(old.namelist())
        for name in old.namelist():
            data = old.read(name)
            if name == victim:
                if rng.randrange(4) == 0:
                    continue
                data = rng.choice([by_byte, by_line])(rng, data)
            new.writestr(name, data)
    return out.getvalue()
