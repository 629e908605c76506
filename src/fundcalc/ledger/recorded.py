"""A run from the ledger as it was computed: plan, roster, result, hinges. Columns are read when asked for.

Every piece of bytes is held against its digest before it is used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from copy import copy
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.words import Words, speak_of
from fundcalc.engines.hinges import Hinge
from fundcalc.engines.result import (
    JOIN,
    Changed,
    Checked,
    Lazy,
    Made,
    PoolUse,
    Result,
    Row,
    values_of,
)
from fundcalc.engines.written import gather_all
from fundcalc.language.datatypes import Date, Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.ledger import encoding
from fundcalc.ledger.store import Entry, Ledger, damaged, unpacked, unpacked_as_it_is
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.plan import Plan
from fundcalc.roster.model import CellCorrection, Part, Reject, Roster

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fundcalc.ledger.by_hand import Change, Override
    from fundcalc.ledger.differences import Correction

T = TypeVar("T")
C = TypeVar("C", bound=Sized)
_POLICY = "policy/"


class Pieces:
    """The stored pieces of one run, unpacked and checked when they are asked for."""

    def __init__(self, ledger: Ledger, entry: Entry) -> None:
        self._path, self.entry, self.trusts = ledger.path, entry, False
        self.parts = self.read_as("", lambda _: entry.parts)
        self._packed = ledger.packed(self.parts.values())

    def trusting(self) -> Pieces:
        """The same, each piece taken although its digest differs."""
        trusted = copy(self)
        trusted.trusts = True
        return trusted

    def content(self, name: str) -> bytes:
        """The bytes of a piece. Raises PolicyProblem where they are missing or others."""
        wanted = self.parts.get(name)
        stored = self._packed.get(wanted) if wanted is not None else None
        if wanted is None or stored is None:
            raise self.damage(name, words("ledger.is_missing"))
        try:
            return unpacked(wanted, *stored)
        except ValueError:
            altered = unpacked_as_it_is(*stored) if self.trusts else None
            if altered is not None:
                return altered
            raise self.damage(name, words("ledger.unlike_digest")) from None

    def read_as(self, name: str, read: Callable[[bytes], T]) -> T:
        """A piece as what it means; the record where no name is given."""
        content = self.content(name) if name else self.entry.record
        try:
            return read(content)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
            raise self.damage(name, words("ledger.not_understood")) from None

    def column(self, name: str, read: Callable[[bytes], C], villages: int) -> C:
        """A piece that has a line for every village."""
        lines = self.read_as(name, read)
        if len(lines) != villages:
            raise self.damage(name, words("ledger.other_length"))
        return lines

    def values(self, name: str, kind: Type, villages: int) -> Sequence[Value]:
        """A piece that is a column of values; of many villages an array or a series."""
        return self.column(name, lambda content: encoding.decode_column(content, kind), villages)

    def json(self, name: str) -> Any:
        """A piece that is JSON."""
        return self.read_as(name, json.loads)

    def damage(self, name: str, what: Words) -> PolicyProblem:
        """What to raise where a piece is not what was written."""
        part = name or words("ledger.the_record")
        return damaged(self._path, words("ledger.piece", run=self.entry.id, piece=part, what=what))


@dataclass(frozen=True, slots=True)
class Restored:
    """What a run was computed from, what the rules gave, and what was set by hand over it."""

    roster: Roster
    ruled: Result
    hinges: list[Hinge]
    warnings: list[Diagnostic]
    overrides: list[Override]
    changes: list[Change]
    correction: Correction | None

    @property
    def result(self) -> Result:
        """What is paid."""
        if not self.changes:
            return self.ruled
        from fundcalc.ledger.by_hand import Overlaid

        return Overlaid(self.ruled, self.changes)


def restore(pieces: Pieces, plan: Plan | None = None) -> Restored:
    """A run as it was computed, under the plan that was kept unless another is given.

    Raises PolicyProblem where the ledger is damaged.
    """
    plan = plan or plan_of(pieces)
    roster = roster_of(pieces, plan)
    ruled, hinges = _result(pieces, plan, roster), _hinges(pieces, plan, len(roster))
    return Restored(
        roster, ruled, hinges, pieces.read_as("log.json", _log), *_by_hand(pieces, plan),
        correction_of(pieces),
    )  # fmt: skip


def _by_hand(pieces: Pieces, plan: Plan) -> tuple[list[Override], list[Change]]:
    """What was set by hand, and all that changed."""
    data = pieces.json("overrides.json")
    if data == {"overrides": [], "changes": []}:
        return [], []
    from fundcalc.ledger.by_hand import Change, Override

    kinds = {o.id: o.type for p in plan.policy.programmes for o in p.outputs}

    def value(text: str, output: str) -> Value:
        return encoding.decode(f"{text}\n".encode(), kinds[output])[0]

    def read(_: bytes) -> tuple[list[Override], list[Change]]:
        overrides = [
            Override(**{**entry, "amount": int(entry["amount"].replace(".", ""))})
            for entry in data["overrides"]
        ]
        return overrides, [
            Change(
                c["index"], c["output"], value(c["before"], c["output"]),
                value(c["after"], c["output"]), None if c["by"] is None else overrides[c["by"]],
            )
            for c in data["changes"]
        ]  # fmt: skip

    return pieces.read_as("overrides.json", read)


def correction_of(pieces: Pieces) -> Correction | None:
    """The differences of a correction, if it is one."""
    if "correction.json" not in pieces.parts:
        return None
    from fundcalc.ledger.differences import from_data

    return pieces.read_as("correction.json", lambda content: from_data(json.loads(content)))


def bundle_of(pieces: Pieces) -> Bundle:
    """The policy's files as they were."""
    names = [name for name in pieces.parts if name.startswith(_POLICY)]
    files = {name.removeprefix(_POLICY): pieces.content(name) for name in names}
    return Bundle(f"run {pieces.entry.id}", files)


def plan_of(pieces: Pieces) -> Plan:
    """The plan as it was kept, or made anew from the policy's files where another program kept it."""
    try:
        plan = pieces.read_as("plan.json", encoding.decode_plan)
    except encoding.OtherFormat:
        return plan_again(pieces)
    speak_of(plan.policy.noun)
    return plan


def plan_again(pieces: Pieces) -> Plan:
    """The plan made anew from the policy's files, the date and the readings. Raises PolicyProblem."""
    from fundcalc.policy.load import read
    from fundcalc.policy.plan import make_plan

    policy, diagnostics = read(bundle_of(pieces))
    if policy is None:
        raise PolicyProblem(diagnostics)
    record = pieces.read_as("", lambda _: pieces.entry.data["policy"])
    day = pieces.read_as("", lambda _: date.fromisoformat(record["on"]))
    return make_plan(policy, day, pieces.read_as("", lambda _: dict(record["readings"])))


def roster_of(pieces: Pieces, plan: Plan) -> Roster:
    """The roster as it was read; columns when asked for."""
    facts = plan.policy.facts

    def fill(origin: Any) -> Roster:
        rows = pieces.read_as("roster/cells/rows.txt", _rows)

        def fact(id_: str) -> Any:
            return pieces.values(f"roster/{id_}.txt", facts[id_].type, len(rows))

        def assumed(id_: str) -> Any:
            return pieces.values(f"roster/assumed/{id_}.txt", YesNo(), len(rows))

        if not facts.keys() >= {*origin["columns"]} >= {*origin["assumed"]}:
            raise ValueError("facts that the policy does not know")
        intake = pieces.content("intake.toml") if "intake.toml" in pieces.parts else None
        return Roster(
            origin["file"], origin["sheet"], origin["digest"],
            Lazy(origin["columns"], fact), Lazy(origin["assumed"], assumed),
            _parts(origin, len(rows)), rows,
            pieces.read_as("rejects.json", _rejects), [Words(**w) for w in origin["notices"]],
            origin["rejected_rows"], intake,
            [CellCorrection(**correction) for correction in origin.get("corrections", ())],
            before=origin.get("before", {}),
        )  # fmt: skip

    return pieces.read_as("roster.json", lambda content: fill(json.loads(content)))


def _rows(content: bytes) -> Sequence[int]:
    """Row numbers; many of them mostly follow each other."""
    numbers: Any = values_of(encoding.decode_column(content, Date()))
    in_turn = range(numbers[0], numbers[0] + len(numbers)) if numbers else range(0)
    return in_turn if numbers == list(in_turn) else numbers


def _parts(origin: Any, villages: int) -> list[Part]:
    """Where the villages stand; records of before several files have one file and sheet."""
    if "parts" in origin:
        return [Part(**part) for part in origin["parts"]]
    return [Part(origin["file"], origin["sheet"], origin["digest"], villages, origin["cells"])]


def _rejects(content: bytes) -> list[Reject]:
    return [
        Reject(**{**entry, "why": Words(**entry["why"]), "mend": Words(**entry["mend"])})
        for entry in json.loads(content)
    ]


class RecordedResult(Result):
    """A result of few villages whose columns lie in the ledger."""

    def __init__(
        self, plan: Plan, villages: int, columns: Lazy[list[Value]],
        fired: Lazy[list[tuple[str, ...]]], pools: list[PoolUse],
    ) -> None:  # fmt: skip
        super().__init__(plan, _Rows(columns, villages), fired, pools)
        self._columns = columns

    def column(self, name: str) -> list[Value]:
        """All villages' values of a fact or an output."""
        return self._columns[name]

    def some(self, name: str, at: slice) -> Sequence[Value]:
        """Some villages' values."""
        return self._columns[name][at]

    def at(self, name: str, places: NDArray[np.int64]) -> Sequence[Value]:
        """The values of the villages at some places."""
        column = self._columns[name]
        return [column[place] for place in places.tolist()]

    def groups(self, name: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """Each village's place in the list of a text's values, which stand in order of appearance."""
        if name in self._columns:
            codes, table = self.labels(name)
            return codes.astype("int64"), table
        return super().groups(name)


_FEW = 20


class _Rows(Made[Row]):
    """Villages as rows, each made when asked for; all at once where many are."""

    def __init__(self, columns: Lazy[list[Value]], villages: int) -> None:
        self._columns, self._villages = columns, villages
        self._rows_asked = 0
        self._all: list[Row] = []

    def __len__(self) -> int:
        return self._villages

    def one(self, at: int) -> Row:
        """A village."""
        if self._all:
            return self._all[at]
        self._rows_asked += 1
        if self._rows_asked > _FEW:
            self._all = list(self)
        return {name: self._columns[name][at] for name in self._columns}

    def __iter__(self) -> Iterator[Row]:
        names = list(self._columns)
        for values in zip(*(self._columns[name] for name in names), strict=True):
            yield dict(zip(names, values, strict=True))


def _result(pieces: Pieces, plan: Plan, roster: Roster) -> Result:
    make = _in_columns if len(roster) >= encoding.MANY else _in_rows
    result = make(pieces, plan, roster, pieces.read_as("pools.txt", _pools))
    checked = pieces.read_as("", lambda _: _checked(pieces.entry.data))
    result.checked, result.patterns, result.by_rules = checked
    return result


def _checked(record: Mapping[str, Any]) -> Checked:
    """What was double-checked, and by what; 0 patterns where the record does not count them."""
    engine = record["engine"]
    by_rules = engine.get("again_by", "durable-rules") == "durable-rules"
    return Checked(int(engine["double_checked"]), int(engine.get("patterns", 0)), by_rules)


def _in_columns(pieces: Pieces, plan: Plan, roster: Roster, pools: list[PoolUse]) -> Result:
    from fundcalc.engines import columnar
    from fundcalc.engines.columnar.lower import Column
    from fundcalc.engines.columnar.lower import Words as Texts_
    from fundcalc.engines.columnar.views import listed

    kinds = {o.id: o.type for p in plan.programmes for o in p.outputs}
    villages = len(roster)

    def output(id_: str) -> Column:
        name, kind = f"results/{id_}.txt", kinds[id_]
        if not isinstance(kind, Text | Texts):
            return pieces.values(name, kind, villages)  # type: ignore[return-value]
        lists = isinstance(kind, Texts)
        codes, table = pieces.read_as(name, partial(encoding.decode_labels, lists=lists))
        if len(codes) != villages:
            raise pieces.damage(name, words("ledger.other_length"))
        if isinstance(kind, Text):
            return Texts_(codes, table)
        return listed(codes, [encoding.parts(text) for text in table])

    def decided(id_: str) -> list[tuple[str, NDArray[np.bool_]]]:
        import numpy as np

        codes, table = pieces.read_as(f"rules/{id_}.txt", encoding.decode_labels)
        if len(codes) != villages:
            raise pieces.damage(f"rules/{id_}.txt", words("ledger.other_length"))
        rule_sets = [set(encoding.parts(text)) for text in table]
        rules = dict.fromkeys(rule.id for rule in plan.programme(id_).rules)
        # what an altered record says is shown
        rules |= dict.fromkeys(sorted(set().union(*rule_sets)))
        return [(rule, np.array([rule in ids for ids in rule_sets])[codes]) for rule in rules]

    outputs, by_rule = Lazy(kinds, output), Lazy([p.id for p in plan.programmes], decided)
    stored = columnar.kept(plan, villages, roster.columns, outputs, by_rule, pools)
    return columnar.InColumns(plan, stored)


def _in_rows(pieces: Pieces, plan: Plan, roster: Roster, pools: list[PoolUse]) -> Result:
    kinds = {o.id: o.type for p in plan.policy.programmes for o in p.outputs}
    around = [id_ for programme in plan.programmes for id_ in programme.around]
    villages = len(roster)
    all_rows: list[Row] = []

    def column(id_: str) -> list[Value]:
        if id_ in around:  # values of many rows follow from what is kept
            if not all_rows:
                all_rows.extend(_Rows(Lazy([*roster.columns, *kinds], column), villages))
                gather_all(plan, all_rows)
            return [row[id_] for row in all_rows]
        if id_ not in kinds:
            return roster.columns[id_]
        return list(pieces.values(f"results/{id_}.txt", kinds[id_], villages))

    def fired(id_: str) -> list[tuple[str, ...]]:
        return pieces.column(f"rules/{id_}.txt", _fired, villages)

    ids = [*roster.columns, *kinds, *around]
    return RecordedResult(
        plan, villages, Lazy(ids, column), Lazy([p.id for p in plan.programmes], fired), pools,
    )  # fmt: skip


def _fired(content: bytes) -> list[tuple[str, ...]]:
    by_text: dict[str, tuple[str, ...]] = {"": ()}
    by_village: list[tuple[str, ...]] = []
    for text in encoding.unlines(content):
        if text not in by_text:
            by_text[text] = tuple(text.split(JOIN))
        by_village.append(by_text[text])
    return by_village


def _pools(content: bytes) -> list[PoolUse]:
    pools: list[PoolUse] = []
    for line in encoding.unlines(content)[1:]:
        programme, item, per, group, *numbers = line.split("\t")
        pools.append(PoolUse(programme, item, per, group, *map(int, numbers)))
    return pools


class RecordedChange(Changed):
    """The villages whose value changes, from the ledger."""

    def __init__(self, changes: Mapping[int, Value]) -> None:
        self._by_place, self.new_values = changes, list(changes.values())

    @property
    def at(self) -> NDArray[np.int64]:  # type: ignore[override]
        """Their positions."""
        import numpy as np

        return np.fromiter(self._by_place, dtype=np.int64, count=len(self._by_place))

    def __len__(self) -> int:
        return len(self._by_place)

    def __iter__(self) -> Iterator[int]:
        return iter(self._by_place)

    def sum(self) -> int:
        """All new values together; they are numbers."""
        return sum(value for value in self._by_place.values() if isinstance(value, int))

    def __getitem__(self, index: int) -> Value:
        return self._by_place[index]


def _hinges(pieces: Pieces, plan: Plan, villages: int) -> list[Hinge]:
    kinds = {o.id: o.type for p in plan.policy.programmes for o in p.outputs}

    def changes(output: str, content: bytes) -> Changed:
        positions, values = encoding.decode_pairs(content, kinds[output])
        if isinstance(positions, list):
            by_place = dict(zip(positions, values, strict=True))
            if not all(0 <= place < villages for place in by_place):
                raise ValueError("villages that the roster does not have")
            return RecordedChange(by_place)
        import numpy as np

        places = np.asarray(positions)
        if places[0] < 0 or places[-1] >= villages or not (places[1:] > places[:-1]).all():
            raise ValueError("villages that the roster does not have")
        if isinstance(kinds[output], Texts):
            values = [encoding.parts(str(value)) for value in values]
        elif isinstance(kinds[output], Text):
            values = list(values)
        return Changed(places, values)

    def hinge_of(hinge: Any) -> Hinge:
        changed: dict[str, Changed] = {
            output: pieces.read_as(name, lambda c, o=output: changes(o, c))  # type: ignore[misc]
            for output, name in hinge["changes"].items()
        }
        why = hinge.get("undecided")
        return Hinge(hinge["reading"], hinge["option"], changed, _diagnostic(why) if why else None)

    return pieces.read_as("hinges.json", lambda content: [hinge_of(h) for h in json.loads(content)])


def _log(content: bytes) -> list[Diagnostic]:
    return [_diagnostic(entry) for entry in json.loads(content)]


def _diagnostic(entry: Any) -> Diagnostic:
    hint = Words(**entry["hint"]) if entry["hint"] else None
    places = tuple(Span(place) for place in entry["places"])
    return Diagnostic(entry["code"], entry["severity"], Words(**entry["message"]), places, hint)
