"""What one village got in the runs of a ledger, newest first; what all had in the run before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from fundcalc.base import dataclass
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
from fundcalc.policy.model import IDENTITY, Fact, Output, Policy
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
    """A run, and what the village got in it; no `amounts` where it is not among that run's villages.

    `told` are the results of a policy by which nobody pays, by title.
    """

    run: str
    recorded_at: str
    on: str
    policy: Words
    state: State
    corrected_by: str | None
    amounts: tuple[Given, ...] | None
    told: tuple[tuple[Words, Words], ...]

    @property
    def total(self) -> int | None:
        """All of it; None where there is nothing, or amounts of several units."""
        if len({payment.unit for payment in self.amounts or ()}) != 1:
            return None
        return sum(payment.amount for payment in self.amounts or ())


def history(
    ledger: Ledger,
    who: Mapping[str, str],
    most: int,
    tell: Callable[[Policy, Output, Value], Words],
) -> tuple[list[Earlier], int]:
    """The newest runs, `most` of them, and how many there are before.

    `who` has code, name, town and county: a village is known by its code, or by the others where it has none.
    `tell` says a result. Raises PolicyProblem where the ledger is damaged.
    """
    entries = ledger.entries()
    standing = Standing(entries, ledger.additions())
    wanted = key(*(who.get(part, "") for part in IDENTITY))
    earlier = []
    for entry in reversed(entries[-most:]):
        restored = restore(Pieces(ledger, entry))
        later = standing.corrected_by(entry)
        policy = restored.ruled.plan.policy
        place = _place_in_run(restored, wanted)
        told = [] if payable(restored.result) else [*policy.granted_outputs, *policy.told_outputs]
        earlier.append(
            Earlier(
                entry.id, str(entry.data["recorded_at"]), restored.ruled.plan.on.isoformat(),
                policy.title, standing.state(entry), later.id if later is not None else None,
                None if place is None else tuple(_payments(restored, place)),
                () if place is None else tuple(
                    (output.title, tell(policy, output, restored.result.column(output.id)[place]))
                    for output in told
                ),
            )
        )  # fmt: skip
    return earlier, max(0, len(entries) - most)


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
    in_roster = list(filter(roster.gives, wanted))
    names = listed(wanted[id_].called for id_ in in_roster)
    diagnostics = [say("FC884.column", run=run, names=names)] if in_roster else []
    looked_up = {id_: fact for id_, fact in wanted.items() if id_ not in in_roster}
    if not looked_up:
        return roster, diagnostics
    places: dict[Key, list[int]] = {}
    for at, who in enumerate(identities(result)):
        places.setdefault(key(*who), []).append(at)
    old_places = [places.get(key(*who), []) for who in _identities(roster)]
    columns = {id_: _column(result, id_, fact, run) for id_, fact in looked_up.items()}
    twice = next((at for at, hits in enumerate(old_places) if len(hits) > 1), None)
    if twice is not None:
        raise PolicyProblem([say("FC883.twice", run=run, village=_village_name(roster, twice))])
    absent = [at for at, hits in enumerate(old_places) if not hits]
    if len(absent) == len(old_places):
        raise PolicyProblem([say("FC883.none", run=run)])
    values, assumed = dict(roster.columns), dict(roster.assumed)
    for id_, fact in looked_up.items():
        assert fact.default is not None
        values[id_] = [columns[id_][hits[0]] if hits else fact.default for hits in old_places]
        assumed[id_] = [not hits for hits in old_places]
        impossible = next(
            (at for at, candidate in enumerate(values[id_]) if not _possible(fact, candidate)), None
        )
        if impossible is not None:
            value, name = (
                literal(values[id_][impossible], fact.type),
                _village_name(roster, impossible),
            )
            raise PolicyProblem(
                [say("FC883.value", run=run, name=fact.called, village=name, value=value)]
            )
    on = result.plan.on
    diagnostics.append(
        say("FC884.taken", run=run, names=listed(f.called for f in looked_up.values()), on=on)
    )
    if absent:
        shown = first([_village_name(roster, at) for at in absent], _SHOWN)
        diagnostics.append(say("FC884", run=run, rows=len(absent), shown=shown))
    before = dict.fromkeys(looked_up, run)
    return replace(roster, columns=values, assumed=assumed, before=before), diagnostics


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
    kinds = {known_fact.id: known_fact.type for known_fact in policy.facts.values()}
    kinds |= {
        output.id: output.type for programme in policy.programmes for output in programme.outputs
    }
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


def _village_name(roster: Roster, at: int) -> str:
    """A village by its name, or by its code."""
    parts = [str(roster.column(id_)[at]) for id_ in ("name", "code") if len(roster.column(id_))]
    return next(filter(None, parts), str(roster.rows[at]))


def _place_in_run(restored: Restored, wanted: tuple[str, ...]) -> int | None:
    """Where the village stands in a run."""
    columns = restored.roster.columns
    if len(wanted) == 1:
        try:
            return columns["code"].index(wanted[0])
        except (KeyError, ValueError):
            return None
    blank = [""] * len(restored.roster)
    parts = [columns.get(p, blank) for p in ("county", "town", "name", "code")]
    wanted_row = (*wanted, "")
    return next((at for at, row in enumerate(zip(*parts, strict=True)) if row == wanted_row), None)


def _payments(restored: Restored, at: int) -> Iterator[Given]:
    ruled, paid = restored.ruled, restored.result
    hand = {change.output for change in restored.changes if change.index == at}
    for id_, output in payable(paid).items():
        amount, before = paid.column(id_)[at], ruled.column(id_)[at]
        assert isinstance(amount, int) and isinstance(before, int) and output.payer is not None
        payer = paid.plan.policy.payers[output.payer]
        kind = output.type
        assert isinstance(kind, Number) and kind.unit is not None
        unit = Words(kind.unit.said("zh"), kind.unit.said("en"))
        yield Given(id_, output.title, unit, payer, amount, before if id_ in hand else None)
