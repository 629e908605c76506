"""A run as named pieces of bytes, and the record that names them. The names are paths of the audit pack.

policy/…             the policy's files as they were
roster.json, roster/ where the roster came from, each fact's column, which were assumed, row numbers
intake.toml          how the rosters were read, where a person wrote it down
rejects.json         rows left out, and doubts
results/, rules/     each output's column and each programme's rules that decided, as the rules gave them
pools.txt            each pool: how much, how many, how much was used
flags.txt            readings that a village hinges on and facts assumed
hinges.json, hinges/ what every other option of a reading would change
overrides.json       amounts set by hand, and what followed from them
correction.json      the differences to the run that this one corrects, if it does
carry.json           what is carried over from years before, next to the amounts
log.json             what was said on the way
plan.json            the checked plan, so that an explanation comes at once (see `encoding`)
"""

from __future__ import annotations

import json
import platform
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, field, fields
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fundcalc.base import VERSION, dataclass
from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.money import FEN_DECIMALS, plain
from fundcalc.base.system import now
from fundcalc.base.words import Words
from fundcalc.engines.hinges import Hinge
from fundcalc.engines.result import JOIN, Changed, PoolUse, Result
from fundcalc.engines.totals import sums
from fundcalc.language.datatypes import Date, Text, Texts, Type, YesNo, is_money
from fundcalc.ledger import by_hand, differences, encoding
from fundcalc.ledger.balance import Carry, carry_data
from fundcalc.ledger.by_hand import Change, Override
from fundcalc.ledger.differences import Correction
from fundcalc.ledger.store import FORMAT, Piece, piece
from fundcalc.policy.model import Output, Policy
from fundcalc.roster.model import Reject, Roster

Make = Callable[[], bytes]
"""What makes a piece, called when its turn comes."""
_WORKERS = 2

_PACKAGES = ("durable-rules", "numpy", "polars", "pydantic", "xlrd", "tree-sitter-toml")


@dataclass(frozen=True, slots=True)
class ComputedRun:
    """A computed run as it is to be kept. `result` is what the rules gave; `flags` by village."""

    roster: Roster
    result: Result
    hinges: Sequence[Hinge]
    warnings: Sequence[Diagnostic]
    flags: Sequence[str]
    overrides: Sequence[Override] = ()
    changes: Sequence[Change] = ()
    correction: Correction | None = None
    carry: Carry | None = None


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Who asked for a run, of which engine, and how its sheets to sign look."""

    engine: str
    prepared_by: str | None = None
    reviewed_by: str | None = None
    sheet: Mapping[str, Any] = field(default_factory=dict)


def totals(result: Result) -> dict[str, str]:
    """The sum of every amount of money, in yuan, by output."""
    outputs = [
        o for p in result.plan.policy.listed_programmes for o in p.outputs if is_money(o.type)
    ]
    return {o.id: plain(sums(result, o.id)[0], FEN_DECIMALS) for o in outputs}


def pieces(run: ComputedRun) -> dict[str, Piece]:
    """All pieces of a run, packed."""
    makers = dict(_makers(run))
    if len(run.roster) < encoding.MANY:
        return {name: piece(make()) for name, make in makers.items()}
    with ThreadPoolExecutor(_WORKERS) as pool:  # hashing and packing let other threads run
        return dict(zip(makers, pool.map(lambda make: piece(make()), makers.values()), strict=True))


def record(
    run: ComputedRun, request: RunRequest, parts: Mapping[str, Piece], totals: Mapping[str, str]
) -> Callable[[int, str], dict[str, Any]]:
    """What makes a run's record from its number and the head digest before it."""
    from fundcalc.engines.calculate import again_by

    result, roster = run.result, run.roster
    plan, correction = result.plan, run.correction
    corrects: dict[str, Any] = {"corrects": None}
    if correction is not None:
        paid = correction.paid
        corrects["corrects"] = {
            "id": correction.corrects, "head": correction.head, "reason": correction.reason,
        }  # fmt: skip
        corrects["paid"] = None if paid is None else dict(zip(("id", "head"), paid, strict=True))

    def make(seq: int, previous: str) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "seq": seq,
            "previous": previous,
            "recorded_at": now(),
            "prepared_by": request.prepared_by,
            "reviewed_by": request.reviewed_by,
            **corrects,
            "sheet": request.sheet,
            "program": {"fundcalc": VERSION, "python": platform.python_version(),
                        "sqlite": sqlite3.sqlite_version, **_packages()},
            "engine": {"asked": request.engine, "double_checked": result.checked,
                       "patterns": result.patterns, "again_by": again_by()},
            "policy": {"id": plan.policy.id, "digest": plan.policy.digest,
                       "on": plan.on.isoformat(), "readings": dict(plan.readings)},
            "roster": {"file": roster.file, "sheet": roster.sheet, "digest": roster.digest,
                       "villages": len(roster), "rejected_rows": roster.rejected_rows,
                       **_files(roster)},
            "overrides": len(run.overrides),
            "totals": dict(totals),
            "parts": {name: part.digest for name, part in parts.items()},
        }  # fmt: skip

    return make


def _files(roster: Roster) -> dict[str, Any]:
    """The files of a roster of several, each with its digest; the roster's own is then over all."""
    files = {part.file: part.digest for part in roster.parts}
    if len(files) < 2 and roster.intake is None:
        return {}
    return {"files": files, "corrected_cells": len(roster.corrections)}


@cache
def _packages() -> dict[str, str]:
    versions: dict[str, str] = {}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def _makers(run: ComputedRun) -> Iterator[tuple[str, Make]]:
    policy, roster, result = run.result.plan.policy, run.roster, run.result
    for name, content in policy.files.items():
        yield f"policy/{name}", partial(bytes, content)
    yield "roster.json", lambda: as_json(_origin(roster))
    if roster.intake is not None:
        yield "intake.toml", partial(bytes, roster.intake)
    yield "roster/cells/rows.txt", lambda: encoding.encode(roster.rows, Date())
    for id_, values in roster.columns.items():
        yield f"roster/{id_}.txt", partial(encoding.encode, values, policy.facts[id_].type)
    for id_, assumed in roster.assumed.items():
        yield f"roster/assumed/{id_}.txt", partial(encoding.encode, assumed, YesNo())
    yield "rejects.json", lambda: _a_line_each(list(map(_reject, roster.rejects)))
    yield from computed(result, run.hinges, run.flags)
    yield "overrides.json", lambda: as_json(_overrides(run, policy))
    if run.correction is not None:
        yield "correction.json", partial(_correction, run.correction)
    if run.carry is not None:
        yield "carry.json", lambda: as_json(carry_data(run.carry))  # type: ignore[arg-type]
    yield "log.json", lambda: as_json([_diagnostic_data(warning) for warning in run.warnings])
    yield "plan.json", partial(encoding.encode_plan, result.plan)


def computed(
    result: Result, hinges: Sequence[Hinge], flags: Sequence[str]
) -> Iterator[tuple[str, Make]]:
    """The pieces that follow from roster and policy alone."""
    policy = result.plan.policy
    for programme in policy.programmes:
        for output in programme.outputs:
            yield f"results/{output.id}.txt", partial(_output, result, output)
        yield f"rules/{programme.id}.txt", partial(_fired, result, programme.id)
    yield "pools.txt", lambda: _pools(result.pools)
    yield "flags.txt", lambda: encoding.lines(list(flags))
    yield from _hinges(hinges, policy)


def as_json(data: Any) -> bytes:
    """Data as the ledger keeps it."""
    return json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"


_OF_REJECT = tuple(f.name for f in fields(Reject))


def _reject(reject: Reject) -> dict[str, Any]:
    values = (getattr(reject, name) for name in _OF_REJECT)
    return {
        name: {"zh": value.zh, "en": value.en} if isinstance(value, Words) else value
        for name, value in zip(_OF_REJECT, values, strict=True)
    }


def _a_line_each(data: Sequence[Any]) -> bytes:
    """A list that may be long: indented, it would take Python's slow way of writing JSON."""
    rows = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in data)
    return f"[\n{rows}\n]\n".encode() if data else b"[]\n"


def _output(result: Result, output: Output) -> bytes:
    if isinstance(output.type, Texts):
        labels = result.labels(output.id, join=encoding.joined)
        return encoding.encode_labels(labels, lists=True)
    if isinstance(output.type, Text):
        return encoding.encode_labels(result.labels(output.id))
    numbers = result.numbers(output.id)
    values = numbers.astype(bool) if isinstance(output.type, YesNo) else numbers
    return encoding.encode(values, output.type)  # type: ignore[arg-type]


def _fired(result: Result, programme: str) -> bytes:
    if len(result.rows) < encoding.MANY:
        return encoding.lines([JOIN.join(ids) for ids in result.fired[programme]])
    from fundcalc.engines.patterns import labels

    return encoding.encode_labels(labels(result.held(programme), len(result.rows), JOIN.join))


def _correction(correction: Correction) -> bytes:
    return as_json(differences.as_data(correction))


def _origin(roster: Roster) -> dict[str, Any]:
    return {
        "file": roster.file, "sheet": roster.sheet, "digest": roster.digest,
        "columns": list(roster.columns), "assumed": list(roster.assumed),
        "parts": [asdict(part) for part in roster.parts],
        "corrections": [asdict(correction) for correction in roster.corrections],
        "notices": [asdict(notice) for notice in roster.notices],
        "rejected_rows": roster.rejected_rows,
        **({"before": dict(roster.before)} if roster.before else {}),
    }  # fmt: skip


POOL_COLUMNS = PoolUse._fields


def _pools(pools: Sequence[PoolUse]) -> bytes:
    """One line a pool, its values apart by tabs; the first line has their names."""
    rows = [POOL_COLUMNS, *(tuple(map(str, pool)) for pool in pools)]
    return encoding.lines(["\t".join(row) for row in rows])


def _overrides(run: ComputedRun, policy: Policy) -> dict[str, Any]:
    """What was set by hand, and all that changed; values as in the columns, `by` counts the overrides."""
    kinds = {o.id: o.type for p in policy.programmes for o in p.outputs}
    place = {id(override): number for number, override in enumerate(run.overrides)}

    def value(item: Any, output: str) -> str:
        return encoding.encode([item], kinds[output]).decode().removesuffix("\n")

    return {
        "overrides": [by_hand.as_data(override) for override in run.overrides],
        "changes": [
            {
                "index": c.index, "output": c.output, "by": place.get(id(c.by)),
                "before": value(c.before, c.output), "after": value(c.after, c.output),
            }
            for c in run.changes
        ],
    }  # fmt: skip


def _hinges(hinges: Sequence[Hinge], policy: Policy) -> Iterator[tuple[str, Make]]:
    """An index of all options, and for each output that one changes the villages with their values."""
    kinds = {o.id: o.type for p in policy.programmes for o in p.outputs}
    listed: list[dict[str, Any]] = []
    number = 0
    for hinge in hinges:
        files: dict[str, str] = {}
        for output, changed in hinge.changes.items():
            number += 1
            files[output] = f"hinges/{number}.txt"
            yield files[output], partial(_changed, changed, kinds[output])
        entry = {"reading": hinge.reading, "option": hinge.option, "changes": files}
        if hinge.undecided is not None:
            entry["undecided"] = _diagnostic_data(hinge.undecided)
        listed.append(entry)
    yield "hinges.json", lambda: as_json(listed)


def _changed(changed: Changed, kind: Type) -> bytes:
    return encoding.encode_pairs(changed.at, changed.new_values, kind)  # type: ignore[arg-type]


def _diagnostic_data(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code, "severity": diagnostic.severity, "message": asdict(diagnostic.message),
        "places": [str(span) for span in diagnostic.spans],
        "hint": asdict(diagnostic.hint) if diagnostic.hint else None,
    }  # fmt: skip
