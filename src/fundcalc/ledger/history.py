"""What one village got in the runs of a ledger, newest first; what all had in the run before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.words import Words, listed
from fundcalc.engines.result import Result, values_of
from fundcalc.language.datatypes import Number, Text, describe
from fundcalc.language.nodes import BEFORE, Value
from fundcalc.language.show import literal
from fundcalc.ledger.differences import Key, Who, identities, key, payable
from fundcalc.ledger.recorded import Pieces, Restored, restore
from fundcalc.ledger.standing import Standing, State
from fundcalc.ledger.store import Ledger
from fundcalc.policy.model import IDENTITY, Fact, Policy
from fundcalc.policy.plan import fact_limits
from fundcalc.roster.model import Roster, first

_SHOWN = 8
"""Villages that are named one by one."""


@dataclass(frozen=True, slots=True)
class Given:
    """An amount that somebody pays, in fen; `by_rules` where it was set by hand, or follows from what was."""

    output: str
    title: Words
    unit: Words
    payer: Words
    amount: int
    by_rules: int | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run, and what the village got in it; no `amounts` where it is not among that run's villages."""

    run: str
    recorded_at: str
    on: str
    policy: Words
    state: State
    corrected_by: str | None
    amounts: tuple[Given, ...] | None

    @property
    def total(self) -> int | None:
        """All of it; None where there is nothing, or amounts of several units."""
        if len({one.unit for one in self.amounts or ()}) != 1:
            return None
        return sum(one.amount for one in self.amounts or ())


def history(ledger: Ledger, who: Mapping[str, str], most: int) -> tuple[list[Earlier], int]:
    """The newest runs, `most` of them, and how many there are before.

    `who` has code, name, town and county: a village is known by its code, or by the others where it has none.
    Raises PolicyProblem where the ledger is damaged.
    """
    entries = ledger.entries()
    standing = Standing(entries, ledger.additions())
    wanted = key(*(who.get(part, "") for part in IDENTITY))
    found = []
    for entry in reversed(entries[-most:]):
        one = restore(Pieces(ledger, entry))
        later = standing.corrected_by(entry)
        policy = one.ruled.plan.policy
        at = _place(one, wanted)
        found.append(
            Earlier(
                entry.id, str(entry.data["recorded_at"]), one.ruled.plan.on.isoformat(),
                policy.title, standing.state(entry), later.id if later is not None else None,
                None if at is None else tuple(_given(one, at)),
            )
        )  # fmt: skip
    return found, max(0, len(entries) - most)


def asks_back(policy: Policy) -> bool:
    """Whether a policy uses anything of the run before."""
    return any(fact.of_before for fact in policy.facts.values())


def looked_back(
    roster: Roster, facts: Mapping[str, Fact], run: str, result: Result
) -> tuple[Roster, list[Diagnostic]]:
    """The roster with every fact called `before.…` as it was in a recorded run, and what is to be said of it.

    A village that the run did not have gets 0, no or blank; a column of the roster goes before the run.
    Raises PolicyProblem where the run does not have what is asked for, or has none of the villages.
    """
    wanted = {id_: fact for id_, fact in facts.items() if fact.of_before}
    given = list(filter(roster.gives, wanted))
    called = listed(wanted[id_].called for id_ in given)
    found = [say("FC884.column", run=run, names=called)] if given else []
    taken = {id_: fact for id_, fact in wanted.items() if id_ not in given}
    if not taken:
        return roster, found
    places: dict[Key, list[int]] = {}
    for at, who in enumerate(identities(result)):
        places.setdefault(key(*who), []).append(at)
    asked = [places.get(key(*who), []) for who in _identities(roster)]
    columns = {id_: _column(result, id_, fact, run) for id_, fact in taken.items()}
    twice = next((at for at, there in enumerate(asked) if len(there) > 1), None)
    if twice is not None:
        raise PolicyProblem([say("FC883.twice", run=run, village=_named(roster, twice))])
    absent = [at for at, there in enumerate(asked) if not there]
    if len(absent) == len(asked):
        raise PolicyProblem([say("FC883.none", run=run)])
    values, assumed = dict(roster.columns), dict(roster.assumed)
    for id_, fact in taken.items():
        assert fact.default is not None
        values[id_] = [columns[id_][one[0]] if one else fact.default for one in asked]
        assumed[id_] = [not one for one in asked]
        odd = next((at for at, one in enumerate(values[id_]) if not _possible(fact, one)), None)
        if odd is not None:
            value, name = literal(values[id_][odd], fact.type), _named(roster, odd)
            raise PolicyProblem(
                [say("FC883.value", run=run, name=fact.called, village=name, value=value)]
            )
    on = result.plan.on
    found.append(say("FC884.taken", run=run, names=listed(f.called for f in taken.values()), on=on))
    if absent:
        shown = first([_named(roster, at) for at in absent], _SHOWN)
        found.append(say("FC884", run=run, rows=len(absent), shown=shown))
    before = dict.fromkeys(taken, run)
    return replace(roster, columns=values, assumed=assumed, before=before), found


def _possible(fact: Fact, value: Value) -> bool:
    """Whether a roster could say so of a fact."""
    if isinstance(fact.type, Text):
        return fact.type.options is None or value in fact.type.options
    if isinstance(value, bool) or not isinstance(value, int):
        return True
    limits = fact_limits(fact)
    return limits.low <= value <= limits.high


def _column(result: Result, id_: str, fact: Fact, run: str) -> Sequence[Value]:
    """What the run had under a name. Raises PolicyProblem where it is not the same kind of value."""
    now, policy = id_.removeprefix(f"{BEFORE}."), result.plan.policy
    kinds = {one.id: one.type for one in policy.facts.values()}
    kinds |= {output.id: output.type for one in policy.programmes for output in one.outputs}
    if now not in kinds:
        raise PolicyProblem([say("FC883.lacks", fact.span, run=run, name=fact.called)])
    was, kind = kinds[now], fact.type
    if type(was) is not type(kind) or (isinstance(was, Number) and was != kind):
        old, new = describe(was), describe(kind)
        raise PolicyProblem(
            [say("FC883.kind", fact.span, run=run, name=fact.called, old=old, new=new)]
        )
    return values_of(result.column(now))


def _identities(roster: Roster) -> Iterator[Who]:
    blank = [""] * len(roster)
    parts = [values_of(roster.column(part)) or blank for part in IDENTITY]
    for code, name, town, county in zip(*parts, strict=True):
        yield str(code), str(name), str(town), str(county)


def _named(roster: Roster, at: int) -> str:
    """A village by its name, or by its code."""
    parts = [str(roster.column(id_)[at]) for id_ in ("name", "code") if len(roster.column(id_))]
    return next(filter(None, parts), str(roster.rows[at]))


def _place(one: Restored, wanted: tuple[str, ...]) -> int | None:
    """Where the village stands in a run."""
    columns = one.roster.columns
    if len(wanted) == 1:
        try:
            return columns["code"].index(wanted[0])
        except (KeyError, ValueError):
            return None
    blank = [""] * len(one.roster)
    parts = [columns.get(p, blank) for p in ("county", "town", "name", "code")]
    whole = (*wanted, "")
    return next((at for at, row in enumerate(zip(*parts, strict=True)) if row == whole), None)


def _given(one: Restored, at: int) -> Iterator[Given]:
    ruled, paid = one.ruled, one.result
    hand = {change.output for change in one.changes if change.index == at}
    for id_, output in payable(paid).items():
        amount, before = paid.column(id_)[at], ruled.column(id_)[at]
        assert isinstance(amount, int) and isinstance(before, int) and output.payer is not None
        payer = paid.plan.policy.payers[output.payer]
        kind = output.type
        assert isinstance(kind, Number) and kind.unit is not None
        unit = Words(kind.unit.said("zh"), kind.unit.said("en"))
        yield Given(id_, output.title, unit, payer, amount, before if id_ in hand else None)
