"""Hostile input by the hundred thousand: policies, expressions, rosters. Nothing but words may come back.

`python benchmarks/fuzz.py policies --cases 100000 --seed 1`. Each case is made from its number, so that
one that fails can be made again with `--only NUMBER`. Cases run in batches, each in a process of its
own: a crash in C, a hang over ten seconds or more than 1 GB of memory is seen and told like a traceback.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import resource
import signal
import string
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BATCH = 2_000
SECONDS = 10
MEMORY = 1 << 30


def _list(wanted: str) -> list[str]:
    """What stands under a heading of fuzz_words.txt, its escapes resolved."""
    text = Path(__file__).with_name("fuzz_words.txt").read_text(encoding="utf-8")
    part = text.split(f"[{wanted}]\n", 1)[1].split("\n[", 1)[0]
    return [re.sub(r"\\(x..|u....|U.{8}|.)", _escape, line) for line in part.split("\n") if line]


def _escape(found: re.Match[str]) -> str:
    letter = found[1]
    plain = {"n": "\n", "t": "\t"}.get(letter, letter)
    return chr(int(letter[1:], 16)) if len(letter) > 1 else plain


WORDS = _list("words")


def expression(rng: random.Random) -> str:
    """A sound expression with a few words changed, or a heap of words, or of letters."""
    kind = rng.randrange(4)
    if kind == 0:
        return "".join(
            rng.choice(string.printable + "收入 甲（）") for _ in range(rng.randrange(40))
        )
    if kind == 1:
        return " ".join(rng.choices(WORDS, k=rng.randrange(1, 30)))
    found = re.findall(r"\w+|\S", rng.choice(_sound()))
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(found))
        found[at : at + rng.randrange(2)] = rng.choices(WORDS, k=rng.randrange(3))
        found = found or ["1"]
    return " ".join(found) if kind == 2 else "(" * rng.randrange(90) + " ".join(found)


@cache
def _sound() -> tuple[str, ...]:
    texts = [text.decode() for text in _files(ROOT / "tests/diagnostics/base").values()]
    return tuple(re.findall(r'(?:when|then|value) = "([^"]+)"', "\n".join(texts)))


@cache
def _files(folder: Path) -> dict[str, bytes]:
    paths = [folder / "policies.toml", *sorted((folder / "rules").glob("*.toml"))]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _toml_text(text: str) -> str:
    return (
        '"'
        + "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in text)
        + '"'
    )


def one_expression(rng: random.Random) -> None:
    """Put an expression into a small policy and plan it."""
    from fundcalc.policy.bundle import Bundle

    content = dict(_files(ROOT / "tests/diagnostics/base"))
    name = "rules/floor.toml"
    key = rng.choice([b"when", b"then"])
    replaced = f"{key.decode()} = {_toml_text(expression(rng))}".encode()
    content[name] = re.sub(key + rb' = "[^"]*"', lambda _: replaced, content[name], count=1)
    _plan(Bundle("", content))


def one_policy(rng: random.Random) -> None:
    """Change the shipped policy's files, or a small one's, by structure or by byte, and plan them."""
    from fundcalc.policy.bundle import Bundle

    folder = ROOT if rng.randrange(4) == 0 else ROOT / "tests/diagnostics/base"
    content = dict(_files(folder))
    for _ in range(rng.randrange(1, 4)):
        name = rng.choice(list(content))
        content[name] = rng.choice([by_byte, by_line, by_value])(rng, content[name])
    if rng.randrange(50) == 0:
        del content[rng.choice(list(content))]
    _plan(Bundle("", content))


def by_byte(rng: random.Random, data: bytes) -> bytes:
    """A few bytes changed, cut or put in."""
    new = bytearray(data or b" ")
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(len(new))
        new[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        new = new or bytearray(b" ")
    return bytes(new)


def by_line(rng: random.Random, data: bytes) -> bytes:
    """A line left out, doubled, moved, or taken from elsewhere."""
    lines = data.splitlines(keepends=True) or [b"\n"]
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    how = rng.randrange(4)
    if how == 0:
        del lines[at]
    elif how == 1:
        lines.insert(other, lines[at])
    elif how == 2:
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines.insert(
            at, rng.choice(rng.choice(list(_files(ROOT).values())).splitlines(keepends=True))
        )
    return b"".join(lines)


VALUES = _list("values")


def by_value(rng: random.Random, data: bytes) -> bytes:
    """One value put in place of another."""
    found = list(re.finditer(rb"= ?([^\n]+)", data))
    if not found:
        return data
    spot = rng.choice(found)
    return data[: spot.start(1)] + rng.choice(VALUES).encode() + data[spot.end(1) :]


def _plan(bundle: object) -> None:
    from fundcalc.base.diagnostics import PolicyProblem, render
    from fundcalc.policy.load import read
    from fundcalc.policy.planning import make_plan

    policy, found = read(bundle)  # type: ignore[arg-type]
    assert policy is not None or found, "refused without a word"
    for diagnostic in found[:20]:
        assert render(diagnostic, "zh") and render(diagnostic, "en")
    if policy is not None:
        try:
            plan = make_plan(policy)
        except PolicyProblem as problem:
            assert problem.diagnostics
            return
        _decide(plan)


def _decide(plan: object) -> None:
    from fundcalc.base.diagnostics import PolicyProblem
    from fundcalc.engines.calculate import calculate
    from fundcalc.language.datatypes import Text, YesNo

    facts = plan.policy.facts  # type: ignore[attr-defined]
    row = {
        id_: ["x"]
        if isinstance(f.type, Text)
        else [False]
        if isinstance(f.type, YesNo)
        else [f.low or 0]
        for id_, f in facts.items()
    }
    try:
        calculate(plan, row)  # type: ignore[arg-type]
    except PolicyProblem as problem:
        assert problem.diagnostics


def one_roster(rng: random.Random) -> None:
    """Write a roster with faults and read it."""
    from fundcalc import api
    from fundcalc.base.diagnostics import PolicyProblem

    data, ending = _roster(rng)
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
CELLS = _list("cells")


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


def _roster(rng: random.Random) -> tuple[bytes, str]:
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


TARGETS: dict[str, Callable[[random.Random], None]] = {
    "expressions": one_expression,
    "policies": one_policy,
    "rosters": one_roster,
}


def _hang(_signal: int, _frame: object) -> None:
    raise TimeoutError(f"over {SECONDS} seconds")


def batch(target: str, seed: int, first: int, count: int) -> int:
    """Run some cases in this process; returns how many failed, each told on stdout."""
    signal.signal(signal.SIGALRM, _hang)
    failed = 0
    for number in range(first, first + count):
        signal.alarm(SECONDS)
        try:
            TARGETS[target](random.Random(f"{target}/{seed}/{number}"))
        except BaseException:
            failed += 1
            print(f"--- {target} --seed {seed} --only {number}\n{traceback.format_exc(limit=-4)}")
        signal.alarm(0)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if used > MEMORY:
        failed += 1
        print(f"--- {target} --seed {seed}: cases {first} to {first + count} took {used >> 20} MB")
    return failed


def _batches(options: argparse.Namespace) -> Iterator[tuple[int, int]]:
    for first in range(0, options.cases, BATCH):
        yield first, min(BATCH, options.cases - first)


def main() -> int:
    """Run the cases; exits 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("target", choices=list(TARGETS))
    parser.add_argument("--cases", type=int, default=BATCH)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="one case, by its number")
    parser.add_argument("--first", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only is not None:
        return int(batch(options.target, options.seed, options.only, 1) > 0)
    if options.first is not None:
        return int(batch(options.target, options.seed, options.first, options.cases) > 0)
    began, failed = time.monotonic(), 0
    for first, count in _batches(options):
        command = [sys.executable, __file__, options.target, "--seed", str(options.seed)]
        command += ["--first", str(first), "--cases", str(count)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            failed += 1
            print(
                f"batch of {first}: exit code {done.returncode}\n{done.stdout}{done.stderr[-2000:]}"
            )
    print(
        f"{options.target}: {options.cases:,} cases, {failed} batches with failures, "
        f"{time.monotonic() - began:.0f} s"
    )
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
