"""What a correction changes in money: to pay, or to deduct, village by village, exact by county and payer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from fundcalc.base.money import plain_yuan
from fundcalc.base.words import Words
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import is_money
from fundcalc.policy.model import IDENTITY, Output

Presence = Literal["both", "gone", "new"]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VillageDifference:
    """One village: for each payable output what it was and what it is, in fen; only what differs.

    `presence` is `gone` where the corrected roster lacks the village, `new` where the old one did.
    """

    code: str
    name: str
    town: str
    county: str
    presence: Presence
    amounts: Mapping[str, tuple[int, int]]

    @property
    def net(self) -> int:
        """To pay if above nothing, to deduct if below."""
        return sum(after - before for before, after in self.amounts.values())


@dataclass(frozen=True, slots=True)
class Sum:
    """Differences added up: `pay` the rises, `deduct` the falls (as a positive amount), in fen."""

    pay: int = 0
    deduct: int = 0

    @property
    def net(self) -> int:
        """Pay less deduct."""
        return self.pay - self.deduct

    def plus(self, difference: int) -> Sum:
        """With one more difference."""
        if difference > 0:
            return Sum(self.pay + difference, self.deduct)
        return Sum(self.pay, self.deduct - difference)


@dataclass(frozen=True, slots=True)
class Correction:
    """A run against the one that it corrects.

    `paid` has id and head digest of the run on which money was last paid, against which differences count;
    None where none was, so that all is to be paid in full.
    """

    corrects: str
    head: str
    reason: str
    paid: tuple[str, str] | None
    outputs: Mapping[str, tuple[Words, str]]
    """Payable outputs: title, and the payer's id."""
    payers: Mapping[str, Words]
    villages: Sequence[VillageDifference]

    def by_county(self) -> dict[str, Sum]:
        """Sums of each county in which something differs."""
        return self._sums(lambda one, output: one.county)

    def by_payer(self) -> dict[str, Sum]:
        """Sums of each payer for whom something differs, by the payer's id."""
        return self._sums(lambda one, output: self.outputs[output][1])

    def by_county_and_payer(self) -> dict[tuple[str, str], Sum]:
        """Sums of each payer in each county."""
        return self._sums(lambda one, output: (one.county, self.outputs[output][1]))

    def total(self) -> Sum:
        """All of it."""
        return self._sums(lambda one, output: "").get("", Sum())

    def _sums(self, key: Any) -> dict[Any, Sum]:
        found: dict[Any, Sum] = {}
        for one in self.villages:
            for output, (before, after) in one.amounts.items():
                at = key(one, output)
                found[at] = found.get(at, Sum()).plus(after - before)
        return found


def compare(
    old: Result | None, new: Result, corrects: tuple[str, str], reason: str,
    paid: tuple[str, str] | None,
) -> Correction:  # fmt: skip
    """Hold a run against what was paid before; `corrects` is id and head digest of the run corrected."""
    outputs = {**(payable(old) if old else {}), **payable(new)}
    payers = {**(old.plan.policy.payers if old else {}), **new.plan.policy.payers}
    titles = {id_: (output.title, output.payer or "") for id_, output in outputs.items()}
    villages = list(_villages(old, new, list(outputs)))
    return Correction(*corrects, reason, paid, titles, payers, villages)


def payable(result: Result) -> dict[str, Output]:
    """Amounts that somebody pays."""
    programmes = result.plan.policy.listed_programmes
    return {
        o.id: o for p in programmes for o in p.outputs if o.payer is not None and is_money(o.type)
    }


def _villages(
    old: Result | None, new: Result, outputs: Sequence[str]
) -> Iterator[VillageDifference]:
    """In the new roster's order, those that are gone last."""
    before, after = _amounts(old, outputs) if old else {}, _amounts(new, outputs)
    nothing = dict.fromkeys(outputs, 0)
    for at, (who, amounts) in after.items():
        was = before.get(at)
        presence: Presence = "both" if was else "new"
        found = _differing(was[1] if was else nothing, amounts)
        if found:
            yield VillageDifference(*who, presence, found)
    for at, (who, amounts) in before.items():
        if at not in after and (found := _differing(amounts, nothing)):
            yield VillageDifference(*who, "gone", found)


def _differing(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    return {id_: (before[id_], after[id_]) for id_ in after if before[id_] != after[id_]}


Who = tuple[str, str, str, str]


def _amounts(result: Result, outputs: Sequence[str]) -> dict[Key, tuple[Who, dict[str, int]]]:
    """Amounts by village: by code, or by county, town and name where it has none."""
    there = {o.id for p in result.plan.policy.programmes for o in p.outputs}
    numbers = [
        result.numbers(id_).tolist() if id_ in there else [0] * len(result.rows) for id_ in outputs
    ]
    found: dict[Key, tuple[Who, dict[str, int]]] = {}
    rows = zip(*numbers, strict=True) if numbers else [()] * len(result.rows)
    for who, amounts in zip(identities(result), rows, strict=True):
        found[key(*who)] = (who, dict(zip(outputs, amounts, strict=True)))
    return found


def identities(result: Result) -> list[Who]:
    """Code, name, town and county of every village, blank where the roster has none."""
    facts, villages = (result.rows[0] if len(result.rows) else {}), len(result.rows)
    texts = (
        [str(v) for v in result.column(part)] if part in facts else [""] * villages
        for part in IDENTITY
    )
    return [(code, name, town, county) for code, name, town, county in zip(*texts, strict=True)]


def key(code: str, name: str, town: str, county: str) -> Key:
    """By what a village is known in both runs."""
    return (code,) if code else (county, town, name)


def as_data(one: Correction) -> dict[str, Any]:
    """For the record and the public JSON; amounts in yuan."""
    parts = one.by_county_and_payer()
    outputs = one.outputs.items()
    return {
        "corrects": one.corrects, "head": one.head, "reason": one.reason,
        "paid": None if one.paid is None else {"id": one.paid[0], "head": one.paid[1]},
        "outputs": {id_: {"title": asdict(t), "payer": payer} for id_, (t, payer) in outputs},
        "payer_titles": {id_: asdict(title) for id_, title in one.payers.items()},
        "total": sum_data(one.total()),
        "payers": {id_: sum_data(found) for id_, found in one.by_payer().items()},
        "counties": [
            {"name": county, **sum_data(found),
             "payers": {payer: sum_data(part) for (where, payer), part in parts.items() if where == county}}
            for county, found in one.by_county().items()
        ],
        "villages": [
            {"code": v.code, "name": v.name, "town": v.town, "county": v.county,
             "presence": v.presence, "net": plain_yuan(v.net),
             "amounts": {
                 id_: {"before": plain_yuan(b), "after": plain_yuan(a), "difference": plain_yuan(a - b)}
                 for id_, (b, a) in v.amounts.items()
             }}
            for v in one.villages
        ],
    }  # fmt: skip


def from_data(data: Any) -> Correction:
    """A correction from the record. Raises ValueError, KeyError or TypeError where it is none."""
    villages = [
        VillageDifference(
            v["code"], v["name"], v["town"], v["county"], v["presence"],
            {id_: (fen(a["before"]), fen(a["after"])) for id_, a in v["amounts"].items()},
        )
        for v in data["villages"]
    ]  # fmt: skip
    outputs = {id_: (Words(**o["title"]), o["payer"]) for id_, o in data["outputs"].items()}
    payers = {id_: Words(**title) for id_, title in data["payer_titles"].items()}
    paid = data.get("paid", {"id": data["corrects"], "head": data["head"]})
    return Correction(
        data["corrects"], data["head"], data["reason"],
        None if paid is None else (paid["id"], paid["head"]), outputs, payers, villages,
    )  # fmt: skip


def fen(yuan: str) -> int:
    """An amount of the record, in fen."""
    return int(yuan.replace(".", ""))


def sum_data(one: Sum) -> dict[str, str]:
    """A sum for the record and the public JSON, in yuan."""
    return {
        "pay": plain_yuan(one.pay),
        "deduct": plain_yuan(one.deduct),
        "net": plain_yuan(one.net),
    }
