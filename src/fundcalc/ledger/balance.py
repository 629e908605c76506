"""What corrections left to be paid or deducted, village by village and payer by payer, over all years.

The differences of every correction that stands are open until they are settled: put next to the amounts of
a later run (`run --carry`), or said to be carried out (`runs balance --settled`). What is to be paid is then
settled in full; what is to be deducted only as far as the same payer's amounts of that run reach. The rest
stays open.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from fundcalc.base.catalogue import words
from fundcalc.base.money import plain_yuan
from fundcalc.base.words import Words
from fundcalc.engines.result import Result
from fundcalc.ledger.differences import (
    Correction,
    Key,
    Sum,
    Who,
    fen,
    key,
    payable,
    places_of,
    sum_data,
)
from fundcalc.ledger.recorded import Pieces, correction_of, restore
from fundcalc.ledger.standing import Standing
from fundcalc.ledger.store import Addition, Entry, Ledger, damaged, in_order

Amounts = Mapping[Key, Mapping[str, int]]
"""In fen, by village and payer; to pay above zero, to deduct below."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a village is still to be paid, or below zero is to have deducted, by payer and in fen.

    `runs` are the corrections that it comes from.
    """

    code: str
    name: str
    town: str
    county: str
    amounts: Mapping[str, int]
    runs: tuple[str, ...]

    @property
    def net(self) -> int:
        """Over all payers."""
        return sum(self.amounts.values())


@dataclass(frozen=True, slots=True)
class Balance:
    """All villages with something open, in the order of their codes."""

    villages: Sequence[Owed]
    payers: Mapping[str, Words]

    def by_payer(self) -> dict[str, Sum]:
        """What each payer is still to pay and to deduct."""
        found: dict[str, Sum] = {}
        for village in self.villages:
            for payer, amount in village.amounts.items():
                found[payer] = found.get(payer, Sum()).plus(amount)
        return found

    def total(self) -> Sum:
        """All of it."""
        sums = self.by_payer().values()
        return Sum(sum(one.pay for one in sums), sum(one.deduct for one in sums))


@dataclass(frozen=True, slots=True)
class Carried:
    """What a run carries for a village next to its amounts, and how much of it they settle, by payer."""

    owed: Owed
    settled: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Carry:
    """What a run puts next to its amounts; `basis` is the ledger's newest digest when it was worked out."""

    villages: Sequence[Carried]
    payers: Mapping[str, Words]
    basis: str

    def by_payer(self) -> dict[str, Sum]:
        """What each payer is to pay or to deduct."""
        return self._balance().by_payer()

    def total(self) -> Sum:
        """All of it."""
        return self._balance().total()

    def _balance(self) -> Balance:
        return Balance([one.owed for one in self.villages], self.payers)


def balance(ledger: Ledger, entries: Sequence[Entry], additions: Sequence[Addition]) -> Balance:
    """What is open after these runs and additions. Raises PolicyProblem where what it rests on is damaged."""
    return _book(ledger, entries, additions).balance()


def is_open(
    ledger: Ledger, entries: Sequence[Entry], additions: Sequence[Addition], run: Entry
) -> bool:
    """Whether anything of a correction's differences is left to be carried out. Raises as `balance`."""
    book = _book(ledger, entries, additions)
    same = next(one for one in entries if one.head == run.head)
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
    """What is open for the villages of a run, and how much of it its amounts settle."""
    owed = {_key(one): one for one in open_.villages}
    paid = by_payer(result, owed)
    found = [Carried(owed[at], settled(owed[at].amounts, mine)) for at, mine in paid.items()]
    return Carry(found, open_.payers, basis)


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
        if standing.state(run) != "returned"
    ]  # fmt: skip


def settled(amounts: Mapping[str, int], paid: Mapping[str, int]) -> dict[str, int]:
    """How much of what is open is settled next to amounts that are paid."""
    return {payer: max(open_, -paid.get(payer, 0)) for payer, open_ in amounts.items()}


def by_payer(result: Result, villages: Collection[Key]) -> dict[Key, dict[str, int]]:
    """What each payer pays to some villages, those that the result has, in its order."""
    places = places_of(result, villages)
    found: dict[Key, dict[str, int]] = {one: {} for one in places}
    for id_, output in payable(result).items():
        mine = result.numbers(id_)[list(places.values())].tolist()
        for amounts, amount in zip(found.values(), mine, strict=True):
            payer = output.payer or ""
            amounts[payer] = amounts.get(payer, 0) + amount
    return found


def _key(one: Owed) -> Key:
    return key(one.code, one.name, one.town, one.county)


@dataclass(slots=True)
class _Account:
    who: Who
    amounts: dict[str, int] = field(default_factory=dict)
    runs: dict[str, None] = field(default_factory=dict)


class _Book:
    """The accounts of all villages, run by run."""

    def __init__(self, standing: Standing, ledger: Ledger) -> None:
        self._standing, self._ledger = standing, ledger
        self._accounts: dict[Key, _Account] = {}
        self._payers: dict[str, Words] = {}
        self._runs: dict[str, Entry] = {}

    def run(self, run: Entry) -> None:
        """What a run carried is settled; what a correction changed is open from now on."""
        self._runs[run.head] = run
        if self._standing.state(run) == "returned":
            return
        pieces = Pieces(self._ledger, run)
        if "carry.json" in pieces.parts:
            for one in _carry(pieces).villages:
                self._add(_who(one.owed), {p: -amount for p, amount in one.settled.items()}, None)
        for who, amounts in self._differences(run, pieces):
            self._add(who, amounts, run.id)

    def addition(self, one: Addition) -> None:
        """What was said to be carried out of a correction is settled."""
        run = self._runs.get(one.data["run"]["head"])
        if one.data["kind"] != "settled" or run is None or self._standing.state(run) == "returned":
            return
        for who, amounts in self.settles(run):
            self._add(who, {payer: -amount for payer, amount in amounts.items()}, None)

    def settles(self, run: Entry) -> Iterator[tuple[Who, dict[str, int]]]:
        """What of a correction's differences is settled by carrying them out, as far as it is still open."""
        pieces = Pieces(self._ledger, run)
        differences = list(self._differences(run, pieces))
        paid = by_payer(restore(pieces).result, [key(*who) for who, _ in differences])
        for who, amounts in differences:
            account = self._accounts.get(key(*who))
            if account is None or run.id not in account.runs:
                continue
            for payer, amount in settled(amounts, paid.get(key(*who), {})).items():
                open_ = account.amounts.get(payer, 0)
                rest = min(amount, max(open_, 0)) if amount > 0 else max(amount, min(open_, 0))
                if rest:
                    yield who, {payer: rest}

    def _differences(self, run: Entry, pieces: Pieces) -> Iterator[tuple[Who, dict[str, int]]]:
        """What a correction changes, by village and payer, if it stands and anything was paid before."""
        if not self._standing.on_the_line(run):
            return
        one = correction_of(pieces)
        if one is None or one.paid is None:
            return
        self._payers |= one.payers
        for village in one.villages:
            amounts: dict[str, int] = {}
            for output, (before, after) in village.amounts.items():
                payer = one.outputs[output][1]
                amounts[payer] = amounts.get(payer, 0) + after - before
            yield (village.code, village.name, village.town, village.county), amounts

    def _add(self, who: Who, amounts: Mapping[str, int], run: str | None) -> None:
        account = self._accounts.setdefault(key(*who), _Account(who))
        account.who = who
        for payer, amount in amounts.items():
            account.amounts[payer] = account.amounts.get(payer, 0) + amount
        if run is not None:
            account.runs[run] = None
        if not any(account.amounts.values()):
            account.runs.clear()

    def balance(self) -> Balance:
        """What is open by now."""
        found = []
        for account in self._accounts.values():
            amounts = {payer: amount for payer, amount in account.amounts.items() if amount}
            if amounts:
                found.append(Owed(*account.who, amounts, tuple(account.runs)))
        found.sort(key=_key)
        return Balance(found, self._payers)


def _who(one: Owed) -> Who:
    return one.code, one.name, one.town, one.county


# -- as kept and as data ------------------------------------------------------------------------------


def carry_data(one: Carry) -> dict[str, Any]:
    """For the record; amounts in yuan."""
    return {
        "payer_titles": {id_: asdict(title) for id_, title in one.payers.items()},
        "villages": [
            {
                **_identity(each.owed), "runs": list(each.owed.runs), "net": plain_yuan(each.owed.net),
                "payers": {
                    payer: {"carried": plain_yuan(amount), "settled": plain_yuan(each.settled[payer])}
                    for payer, amount in each.owed.amounts.items()
                },
            }
            for each in one.villages
        ],
    }  # fmt: skip


def carry_of(pieces: Pieces) -> Carry | None:
    """What a recorded run carried. Raises PolicyProblem where it is damaged."""
    return _carry(pieces) if "carry.json" in pieces.parts else None


def _carry(pieces: Pieces) -> Carry:
    def read(content: bytes) -> Carry:
        data = json.loads(content)
        villages = []
        for one in data["villages"]:
            amounts = {payer: fen(both["carried"]) for payer, both in one["payers"].items()}
            done = {payer: fen(both["settled"]) for payer, both in one["payers"].items()}
            who = (one["code"], one["name"], one["town"], one["county"])
            villages.append(Carried(Owed(*who, amounts, tuple(one["runs"])), done))
        titles = {id_: Words(**title) for id_, title in data["payer_titles"].items()}
        return Carry(villages, titles, "")

    return pieces.read_as("carry.json", read)


def balance_data(one: Balance) -> dict[str, Any]:
    """As JSON-ready data; amounts in yuan, to deduct below zero in `payers`."""
    titles = one.payers
    return {
        "total": sum_data(one.total()),
        "payers": [
            {"id": payer, "title": asdict(titles[payer]) if payer in titles else None, **sum_data(found)}
            for payer, found in one.by_payer().items()
        ],
        "villages": [
            {**_identity(each), "net": plain_yuan(each.net), "runs": list(each.runs),
             "payers": {payer: plain_yuan(amount) for payer, amount in each.amounts.items()}}
            for each in one.villages
        ],
    }  # fmt: skip


def _identity(one: Owed) -> dict[str, str]:
    return {"code": one.code, "name": one.name, "town": one.town, "county": one.county}
