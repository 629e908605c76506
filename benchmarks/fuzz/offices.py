"""Rosters as county offices make them, with the truth known: what is read must be that, or be asked about."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.fuzz.changes import ROOT
from benchmarks.fuzz.office_lists import Case, make
from benchmarks.fuzz.office_looks import DEFAULTS, PERSONS, PLACE, Village, policy
from benchmarks.fuzz.writing import write

TALLY: Counter[str] = Counter()
"""What was seen: cases read, those asked about rightly, and false questions by code and kinds."""

SECONDS = 4
"""How long a failure is cut down; a case may take ten seconds in all."""

LOUD = False
"""Whether false questions are shown like misreadings."""


def one_office(rng: random.Random) -> None:
    """Make a roster and read it; a failure names its kinds, cut down to those that matter."""
    seed = f"{rng.getrandbits(64):016x}"
    case = make(seed)
    what, said = judge(case)
    if what != "false question":
        TALLY[what] += 1
    if what not in ("misread", "false question"):
        return
    case, said = _smaller(seed, case, what, said)
    kinds = " + ".join(dict.fromkeys(case.kinds))
    told = f"{what}: {said}\nkinds: {kinds} ({case.verdict})"
    if what == "false question":
        TALLY[f"{what} {said.split(' ', 1)[0]}: {kinds}"] += 1
        if not LOUD:
            return
    kept = ROOT / "build" / "fuzz" / "offices" / sha256(seed.encode()).hexdigest()[:12]
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    write(case.files, kept)
    told += f"\nkept in {kept}\n{_shown(case)}"
    if what == "misread":
        raise AssertionError(told)
    print(told)


def _smaller(seed: str, case: Case, what: str, said: str) -> tuple[Case, str]:
    """A case with as few kinds as can soon be found that fails in the same way."""
    until = time.process_time() + SECONDS
    code = said.split(" ", 1)[0]

    def fails(other: Case) -> str | None:
        found, again = judge(other)
        return again if found == what and again.split(" ", 1)[0] == code else None

    skip: frozenset[str] = frozenset()
    for kind in ["many", *dict.fromkeys(case.kinds)] * 2:
        if kind in skip or time.process_time() > until:
            continue
        other = make(seed, skip | {kind})
        if again := fails(other):
            skip, case, said = skip | {kind}, other, again
    for number in range(40):
        if time.process_time() > until:
            break
        only = frozenset(case.kinds)
        other = make(f"{seed}/{number}", frozenset({"many"}), only)
        fewer = len({*other.kinds}) < len(only) or (
            "many" not in skip and len(other.kinds) <= len(case.kinds)
        )
        if fewer and (again := fails(other)):
            case, said, skip = other, again, skip | {"many"}
    return case, said


def judge(case: Case) -> tuple[str, str]:
    """What came of reading a case, and what was said: code first."""
    from fundcalc import api
    from fundcalc.base.diagnostics import PolicyProblem

    with tempfile.TemporaryDirectory() as folder:
        paths = write(case.files, Path(folder))
        try:
            given: Any = Path(folder) if case.folder else paths if len(paths) > 1 else paths[0]
            roster = api.read_roster(given, policy())
        except PolicyProblem as problem:
            first = problem.diagnostics[0]
            asked = f"{first.code} {first.where} {first.message.zh}"
        else:
            errors = [one for one in roster.rejects if one.severity == "error"]
            asked = "".join(f"{e.code} {e.cell} {e.value} {e.why.zh}" for e in errors[:1])
    if asked:
        return ("false question", asked) if case.verdict == "sound" else ("asked", asked)
    if case.verdict == "refuse":
        return "misread", "unasked"
    wrong = _difference(case, roster)
    if wrong:
        return "misread", wrong
    warned = [one for one in roster.rejects if one.code in ("FC640", "FC641")]
    if warned and case.verdict == "sound":
        return "false question", f"{warned[0].code} {warned[0].cell} {warned[0].why.zh}"
    return "read", ""


def _difference(case: Case, roster: Any) -> str:
    """The first village that is not what it is, "" where all are."""
    ids = (*PERSONS, *DEFAULTS, "collective_income")

    def read(id_: str, at: int) -> Any:
        return roster.columns[id_][at] if id_ in roster.columns else ""

    def known(village: Village, place: str) -> str:
        return str(getattr(village, place)) if place in case.has else ""

    found = [
        Village(
            read("county", at), read("town", at), read("name", at), read("code", at),
            {id_: read(id_, at) for id_ in ids},
        )
        for at in range(len(roster))
    ]  # fmt: skip
    meant = [
        Village(known(v, "county"), known(v, "town"), known(v, "name"), known(v, "code"), v.facts)
        for v in case.villages
    ]
    if not case.ordered:
        found, meant = sorted(found, key=str), sorted(meant, key=str)
    if len(found) != len(meant):
        names, others = Counter(v.name for v in found), Counter(v.name for v in meant)
        more, fewer = dict(names - others), dict(others - names)
        return f"villages {len(found)}, not {len(meant)}: too many {more}, missing {fewer}"
    for one, other in zip(found, meant, strict=True):
        for place in PLACE:
            if getattr(one, place) != getattr(other, place):
                return f"place {one.name}: {place} read {getattr(one, place)}, is {getattr(other, place)}"
        for id_, value in other.facts.items():
            if one.facts[id_] != value:
                return f"value {one.name}: {id_} read {one.facts[id_]}, is {value}"
    return ""


def _shown(case: Case) -> str:
    lines = []
    for file in case.files:
        for sheet in file.sheets:
            lines.append(f"== {file.name} [{sheet.name}] merged {sheet.merged[:6]}")
            lines += [" | ".join(cell.shown() for cell in row) for row in sheet.rows[:40]]
    return "\n".join(lines[:90])
