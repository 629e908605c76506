"""What corrections left to be paid or deducted, village by village and payer by payer, over all years.

The differences of every correction that stands are open until they are settled: put next to the amounts of
a later run (`run --carry`), or said to be carried out (`runs balance --settled`). What is to be paid is then
settled in full; what is to be deducted only as far as the same payer's amounts of that run reach. The rest
stays open. Policies of one ledger may pay in several units: each has accounts of its own, and a run settles
what is open in its own unit.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, field
from typing import Any

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.money import plain_yuan
from fundcalc.base.words import Words
from fundcalc.engines.result import Result
from fundcalc.language.units import YUAN, Unit
from fundcalc.ledger.differences import (
    Correction,
    Key,
    Sum,
    Who,
    fen,
    key,
    paid_in,
    payable,
    payable_of,
    places_of,
    sum_data,
)
from fundcalc.ledger.recorded import Pieces, correction_of, plan_of, restore
from fundcalc.ledger.standing import Standing
from fundcalc.ledger.store import Addition, Entry, Ledger, damaged, in_order
from fundcalc.policy.model import Policy

Amounts = Mapping[Key, Mapping[str, int]]
"""In fen, by village and payer; to pay above zero, to deduct below."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a village is still to be paid, or below zero is to have deducted, by payer and in fen.

    `runs` are the corrections that it comes from; `unit` is in what, yuan for yuan a year.
    """

    code: str
    name: str
    town: str
    county: str
    amounts: Mapping[str, int]
    runs: tuple[str, ...]
    unit: Unit

    @property
    def net(self) -> int:
        """Over all payers."""
        return sum(self.amounts.values())


@dataclass(frozen=True, slots=True)
class Balance:
    """All villages with something open, in the order of their codes: once for each unit of theirs."""

    villages: Sequence[Owed]
    payers: Mapping[str, Words]

    def by_payer(self) -> dict[tuple[Unit, str], Sum]:
        """What each payer is still to pay and to deduct, by unit."""
        sums: dict[tuple[Unit, str], Sum] = {}
        for village in self.villages:
            for payer, amount in village.amounts.items():
                account = village.unit, payer
                sums[account] = sums.get(account, Sum()).plus(amount)
        return dict(sorted(sums.items(), key=lambda item: str(item[0][0])))

    def totals(self) -> dict[Unit, Sum]:
        """All of it, by unit: only what has one unit adds up."""
        sums: dict[Unit, Sum] = {}
        for (unit, _), payer_sum in self.by_payer().items():
            so_far = sums.get(unit, Sum())
            sums[unit] = Sum(so_far.pay + payer_sum.pay, so_far.deduct + payer_sum.deduct)
        return sums


@dataclass(frozen=True, slots=True)
class Carried:
    """What a run carries for a village next to its amounts, and how much of it they settle, by payer."""

    owed: Owed
    settled: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Carry:
    """What a run puts next to its amounts, in their unit; `basis` is the ledger's newest digest by then."""

    villages: Sequence[Carried]
    payers: Mapping[str, Words]
    basis: str

    def by_payer(self) -> dict[str, Sum]:
        """What each payer is to pay or to deduct."""
        sums = Balance([carried.owed for carried in self.villages], self.payers).by_payer()
        return {payer: payer_sum for (_, payer), payer_sum in sums.items()}

    def total(self) -> Sum:
        """All of it."""
        sums = self.by_payer().values()
        return Sum(
            sum(payer_sum.pay for payer_sum in sums), sum(payer_sum.deduct for payer_sum in sums)
        )


def balance(ledger: Ledger, entries: Sequence[Entry], additions: Sequence[Addition]) -> Balance:
    """What is open after these runs and additions. Raises PolicyProblem where what it rests on is damaged."""
    return _book(ledger, entries, additions).balance()


def is_open(
    ledger: Ledger, entries: Sequence[Entry], additions: Sequence[Addition], run: Entry
) -> bool:
    """Whether anything of a correction's differences is left to be carried out. Raises as `balance`."""
    book = _book(ledger, entries, additions)
    same = next(entry for entry in entries if entry.head == run.head)
    return any(True for _ in book.settles(same))


def _book(ledger: Ledger, entries: Sequence[Entry], additions: Sequence[Addition]) -> _Book:
    book = _Book(Standing(entries, additions), ledger)
    for link in in_order(entries, additions):
        try:
            link.data  # noqa: B018 - an addition that cannot be read may have settled anything
        except ValueError:
            what = words("ledger.record_unreadable", run=link.id)
            raise damaged(ledger.path, what) from None
        if isinstance(link, Entry):
            book.run(link)
        elif isinstance(link, Addition):
            book.addition(link)
    return book


def carry(open_: Balance, result: Result, basis: str) -> Carry:
    """What is open for the villages of a run in its unit, and how much of it its amounts settle."""
    unit = unit_of(result.plan.policy)
    owed = {_key(village): village for village in open_.villages if village.unit == unit}
    paid = by_payer(result, owed, unit)
    villages = [
        Carried(owed[key_], settled(owed[key_].amounts, amounts)) for key_, amounts in paid.items()
    ]
    return Carry(villages, open_.payers, basis)


def carried_before(
    entries: Sequence[Entry], standing: Standing, on: str, correction: Correction | None
) -> list[Entry]:
    """Runs of the same date that carried already and stand, other than those that are corrected now."""
    line = {correction.head} if correction is not None else set()
    for run in reversed(entries):
        old = standing.corrects(run)
        if run.head in line and old is not None:
            line.add(old.head)
    return [
        run for run in entries
        if "carry.json" in run.parts and run.data["policy"]["on"] == on and run.head not in line
        if not standing.void(run)
    ]  # fmt: skip


def settled(amounts: Mapping[str, int], paid: Mapping[str, int]) -> dict[str, int]:
    """How much of what is open is settled next to amounts that are paid."""
    return {payer: max(open_, -paid.get(payer, 0)) for payer, open_ in amounts.items()}


def unit_of(policy: Policy) -> Unit:
    """In what a policy whose payers pay in one unit pays: yuan for yuan a year."""
    return next(iter(paid_in(payable_of(policy).values()).values()), YUAN)


def by_payer(result: Result, villages: Collection[Key], unit: Unit) -> dict[Key, dict[str, int]]:
    """What each payer pays in a unit to some villages, those that the result has, in its order."""
    places = places_of(result, villages)
    by_village: dict[Key, dict[str, int]] = {village: {} for village in places}
    paid = payable(result)
    for id_ in (id_ for id_, paid_unit in paid_in(paid.values()).items() if paid_unit == unit):
        column = result.numbers(id_)[list(places.values())].tolist()
        for amounts, amount in zip(by_village.values(), column, strict=True):
            payer = paid[id_].payer or ""
            amounts[payer] = amounts.get(payer, 0) + amount
    return by_village


def _key(owed: Owed) -> Key:
    return key(owed.code, owed.name, owed.town, owed.county)


@dataclass(slots=True)
class _Account:
    """What is open of a village: by payer in all, and of that what each correction left, oldest first."""

    who: Who
    amounts: dict[str, int] = field(default_factory=dict)
    parts: dict[str, dict[str, int]] = field(default_factory=dict)
    runs: dict[str, None] = field(default_factory=dict)

    def add(self, payer: str, run: str, amount: int) -> None:
        """What a correction changes, or below it what of that is settled."""
        parts = self.parts.setdefault(payer, {})
        parts[run] = parts.get(run, 0) + amount
        self.amounts[payer] = self.amounts.get(payer, 0) + amount

    def settle(self, payer: str, amount: int) -> None:
        """Part of what is open in all is settled: the oldest first, so that the rest is of the newest."""
        self.amounts[payer] = rest = self.amounts.get(payer, 0) - amount
        parts = self.parts.setdefault(payer, {})
        for run in reversed(parts):
            part = parts[run]
            parts[run] = min(max(part, 0), max(rest, 0)) + max(min(part, 0), min(rest, 0))
            rest -= parts[run]

    def forget(self) -> None:
        """With nothing open it no longer matters what it came from."""
        if not any(self.amounts.values()):
            self.runs.clear()

    def open_runs(self) -> dict[str, None]:
        """The corrections that left something; two that cancel out do until one is carried out."""
        return {run: None for parts in self.parts.values() for run, part in parts.items() if part}


class _Book:
    """The accounts of all villages, one in each unit that they are paid in, run by run."""

    def __init__(self, standing: Standing, ledger: Ledger) -> None:
        self._standing, self._ledger = standing, ledger
        self._accounts: dict[tuple[Unit, Key], _Account] = {}
        self._payers: dict[str, Words] = {}
        self._runs: dict[str, Entry] = {}
        self._policies: dict[str, Policy] = {}

    def run(self, run: Entry) -> None:
        """What a run carried is settled; what a correction changed is open from now on."""
        self._runs[run.head] = run
        if self._standing.void(run):
            return
        pieces = Pieces(self._ledger, run)
        if "carry.json" in pieces.parts:
            for carried in _read_carry(pieces, self._policy(run)).villages:
                account = self._account(_who(carried.owed), carried.owed.unit)
                for payer, amount in carried.settled.items():
                    account.settle(payer, amount)
                account.forget()
        for who, unit, amounts in self._differences(run, pieces):
            account = self._account(who, unit)
            account.runs[run.id] = None
            for payer, amount in amounts.items():
                account.add(payer, run.id, amount)
            account.forget()

    def addition(self, addition: Addition) -> None:
        """What was said to be carried out of a correction is settled."""
        run = self._runs.get(addition.data["run"]["head"])
        if addition.data["kind"] != "settled" or run is None or self._standing.void(run):
            return
        for account, payer, amount in [*self.settles(run)]:
            account.add(payer, run.id, -amount)
            account.runs |= account.open_runs()
            account.forget()

    def settles(self, run: Entry) -> Iterator[tuple[_Account, str, int]]:
        """What a correction left open and carrying it out settles: account, payer and amount."""
        pieces = Pieces(self._ledger, run)
        differences = list(self._differences(run, pieces))
        villages = [key(*who) for who, _, _ in differences]
        result = restore(pieces).result if differences else None
        paid = {
            unit: by_payer(result, villages, unit)
            for unit in {unit for _, unit, _ in differences}
            if result is not None
        }
        for who, unit, amounts in differences:
            account = self._account(who, unit)
            left = {payer: account.parts.get(payer, {}).get(run.id, 0) for payer in amounts}
            for payer, amount in settled(left, paid[unit].get(key(*who), {})).items():
                if amount:
                    yield account, payer, amount

    def _differences(
        self, run: Entry, pieces: Pieces
    ) -> Iterator[tuple[Who, Unit, dict[str, int]]]:
        """What a correction changes, by village, unit and payer, if it stands and money was paid before."""
        if not self._standing.on_the_line(run):
            return
        correction = correction_of(pieces)
        if correction is None or correction.paid is None:
            return
        self._payers |= correction.payers
        units: dict[str, Unit] = {}
        for entry in (self._runs.get(correction.paid[1]), run):
            outputs = payable_of(self._policy(entry)) if entry is not None else {}
            units |= paid_in(outputs.values())
        for village in correction.villages:
            by_unit: dict[Unit, dict[str, int]] = {}
            for output, (before, after) in village.amounts.items():
                payer = correction.outputs[output][1]
                amounts = by_unit.setdefault(units[output], {})
                amounts[payer] = amounts.get(payer, 0) + after - before
            for unit, amounts in by_unit.items():
                yield (village.code, village.name, village.town, village.county), unit, amounts

    def _policy(self, run: Entry) -> Policy:
        """The policy of a run."""
        digest = str(run.data["policy"]["digest"])
        if digest not in self._policies:
            self._policies[digest] = plan_of(Pieces(self._ledger, run)).policy
        return self._policies[digest]

    def _account(self, who: Who, unit: Unit) -> _Account:
        account = self._accounts.setdefault((unit, key(*who)), _Account(who))
        account.who = who
        return account

    def balance(self) -> Balance:
        """What is open by now."""
        villages = []
        for (unit, _), account in self._accounts.items():
            amounts = {payer: amount for payer, amount in account.amounts.items() if amount}
            if amounts:
                villages.append(Owed(*account.who, amounts, tuple(account.runs), unit))
        villages.sort(key=lambda owed: (_key(owed), str(owed.unit)))
        return Balance(villages, self._payers)


def _who(owed: Owed) -> Who:
    return owed.code, owed.name, owed.town, owed.county


# -- as kept and as data ------------------------------------------------------------------------------


def carry_data(carry: Carry) -> dict[str, Any]:
    """For the record; amounts in yuan."""
    return {
        "payer_titles": {id_: asdict(title) for id_, title in carry.payers.items()},
        "villages": [
            {
                **_identity(village.owed),
                "runs": list(village.owed.runs), "net": plain_yuan(village.owed.net),
                "payers": {
                    payer: {"carried": plain_yuan(amount), "settled": plain_yuan(village.settled[payer])}
                    for payer, amount in village.owed.amounts.items()
                },
            }
            for village in carry.villages
        ],
    }  # fmt: skip


def carry_of(pieces: Pieces) -> Carry | None:
    """What a recorded run carried. Raises PolicyProblem where it is damaged."""
    if "carry.json" not in pieces.parts:
        return None
    return _read_carry(pieces, plan_of(pieces).policy)


def _read_carry(pieces: Pieces, policy: Policy) -> Carry:
    def read(content: bytes) -> Carry:
        data, unit, villages = json.loads(content), unit_of(policy), []
        for village in data["villages"]:
            amounts = {payer: fen(both["carried"]) for payer, both in village["payers"].items()}
            done = {payer: fen(both["settled"]) for payer, both in village["payers"].items()}
            who = (village["code"], village["name"], village["town"], village["county"])
            villages.append(Carried(Owed(*who, amounts, tuple(village["runs"]), unit), done))
        titles = {id_: Words(**title) for id_, title in data["payer_titles"].items()}
        return Carry(villages, titles, "")

    return pieces.read_as("carry.json", read)


def balance_data(balance: Balance) -> dict[str, Any]:
    """As JSON-ready data; amounts in yuan, by the time in `unit`, to deduct below zero in `payers`.

    `total` is null where there are several units, which do not add up.
    """
    titles, totals = balance.payers, balance.totals()
    return {
        "total": sum_data(next(iter(totals.values()), Sum())) if len(totals) < 2 else None,
        "totals": [{"unit": str(unit), **sum_data(total)} for unit, total in totals.items()],
        "payers": [
            {"id": payer, "title": asdict(titles[payer]) if payer in titles else None,
             "unit": str(unit), **sum_data(payer_sum)}
            for (unit, payer), payer_sum in balance.by_payer().items()
        ],
        "villages": [
            {**_identity(village), "unit": str(village.unit), "net": plain_yuan(village.net),
             "runs": list(village.runs),
             "payers": {payer: plain_yuan(amount) for payer, amount in village.amounts.items()}}
            for village in balance.villages
        ],
    }  # fmt: skip


def _identity(owed: Owed) -> dict[str, str]:
    return {"code": owed.code, "name": owed.name, "town": owed.town, "county": owed.county}
