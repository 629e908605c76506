"""What a correction changes in money: to pay, or to deduct, village by village, exact by county and payer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from fundcalc.base import dataclass
from fundcalc.base.money import plain_yuan
from fundcalc.base.words import Words
from fundcalc.engines.result import Result
from fundcalc.engines.totals import decisions
from fundcalc.language.datatypes import Number
from fundcalc.language.units import YUAN, Unit
from fundcalc.policy.model import IDENTITY, Output, Policy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.int64]

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
        return self._sums(lambda village, output: village.county)

    def by_payer(self) -> dict[str, Sum]:
        """Sums of each payer for whom something differs, by the payer's id."""
        return self._sums(lambda village, output: self.outputs[output][1])

    def by_county_and_payer(self) -> dict[tuple[str, str], Sum]:
        """Sums of each payer in each county."""
        return self._sums(lambda village, output: (village.county, self.outputs[output][1]))

    def total(self) -> Sum:
        """All of it."""
        return self._sums(lambda village, output: "").get("", Sum())

    def _sums(self, key: Any) -> dict[Any, Sum]:
        sums: dict[Any, Sum] = {}
        for village in self.villages:
            for output, (before, after) in village.amounts.items():
                group = key(village, output)
                sums[group] = sums.get(group, Sum()).plus(after - before)
        return sums


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
    """Amounts that somebody pays to a village."""
    return payable_of(result.plan.policy)


def payable_of(policy: Policy) -> dict[str, Output]:
    """A policy's amounts that somebody pays to a village, by id."""
    return {o.id: o for o in policy.money_outputs if o.payer is not None}


def _villages(
    old: Result | None, new: Result, outputs: Sequence[str]
) -> Iterator[VillageDifference]:
    """In the new roster's order, those that are gone last."""
    import numpy as np

    places = places_in(old, new)
    before = _amounts(old, outputs) if old else {}
    after = _amounts(new, outputs)
    in_old = places >= 0
    was = {id_: np.zeros(len(places), dtype=np.int64) for id_ in outputs}
    if old is not None and len(old.rows):
        was = {id_: np.where(in_old, before[id_][places], 0) for id_ in outputs}
    counts = _last_of_each(new)
    now = {id_: np.where(counts, amounts, was[id_]) for id_, amounts in after.items()}
    yield from _differing(new, was, now, np.where(in_old, 0, 1))
    if old is not None:
        gone = _last_of_each(old)
        gone[places[in_old]] = False
        nothing = {id_: np.where(gone, 0, amounts) for id_, amounts in before.items()}
        yield from _differing(old, before, nothing, np.full(len(gone), 2))


def _last_of_each(result: Result) -> NDArray[np.bool_]:
    """Of rows with one key the last, which alone counts; new corrections have no such rows (`twice`)."""
    import numpy as np

    keys = _keys(result)
    counts = np.zeros(len(keys), dtype=np.bool_)
    counts[list({key_: at for at, key_ in enumerate(keys)}.values())] = True
    return counts


def twice(result: Result) -> str | None:
    """A village that cannot be told from another of the result."""
    import numpy as np

    uncounted = np.flatnonzero(~_last_of_each(result))
    if not len(uncounted):
        return None
    return " ".join(filter(None, identities(result, uncounted[:1])[0])) or "—"


def paid_in(outputs: Iterable[Output]) -> dict[str, Unit]:
    """In what somebody pays each of these amounts, by id, yuan and yuan a year as one."""
    kinds = {o.id: o.type.unit for o in outputs if isinstance(o.type, Number)}
    return {id_: YUAN if unit is None or unit.in_yuan else unit for id_, unit in kinds.items()}


def units(*results: Result | None) -> list[str]:
    """In what somebody pays, yuan and yuan a year as one."""
    paid = [paid_in(payable(result).values()) for result in results if result is not None]
    return sorted({str(unit) for by_output in paid for unit in by_output.values()})


def charges_moved(old: Result, new: Result) -> int:
    """How many villages have another charge, which nobody pays to them and no correction has."""
    charges = [o.id for o in new.plan.policy.summed_outputs if o.charge]
    return sum(1 for _ in _villages(old, new, charges)) if charges else 0


def unpaid_moved(old: Result, new: Result) -> dict[str, int]:
    """Results that no correction has, as their programmes pay nothing: in how many rows of both each differs.

    By id, in the order of the programmes; what stands on no paper is left out.
    """
    paying = {*payable(old), *payable(new)}
    there = {o.id for p in old.plan.policy.programmes for o in p.outputs}
    places = places_in(old, new)
    both = (places >= 0).nonzero()[0]
    moved = dict[str, int]()
    for programme in new.plan.policy.listed_programmes:
        if any(o.id in paying or o.charge for o in programme.outputs):
            continue
        for output in programme.outputs:
            if output.paper and not output.per and output.id in there:
                before, after = old.at(output.id, places[both]), new.at(output.id, both)
                moved[output.id] = sum(a != b for a, b in zip(before, after, strict=True))
    return {id_: rows for id_, rows in moved.items() if rows}


def groups_moved(old: Result, new: Result) -> int:
    """How many groups have another amount that is paid once for each, which no correction of villages has."""
    paid = {
        o.id
        for result in (old, new)
        for o in result.plan.policy.group_outputs
        if o.payer or o.charge
    }
    before, after = (
        {
            (per, decision.group): {
                id_: value for id_, value in decision.values.items() if id_ in paid and value
            }
            for per, groups in decisions(result).items()
            for decision in groups
        }
        for result in (old, new)
    )
    return sum(before.get(key, {}) != after.get(key, {}) for key in {**before, **after})


_PRESENCE: tuple[Presence, ...] = ("both", "new", "gone")


def _differing(
    result: Result, before: Mapping[str, Array], after: Mapping[str, Array], presence: Array
) -> Iterator[VillageDifference]:
    """The villages of a result for which an amount differs; `presence` by its place above."""
    import numpy as np

    differs = np.zeros(len(presence), dtype=np.bool_)
    for id_ in after:
        differs |= before[id_] != after[id_]
    places = np.flatnonzero(differs)
    amounts = [zip(before[id_][places].tolist(), after[id_][places].tolist()) for id_ in after]  # noqa: B905
    village_ids = identities(result, places)
    presences = [_PRESENCE[number] for number in presence[places].tolist()]
    for village_id, state, pairs in zip(
        village_ids, presences, zip(*amounts, strict=True), strict=True
    ):
        moved = {id_: pair for id_, pair in zip(after, pairs, strict=True) if pair[0] != pair[1]}
        yield VillageDifference(*village_id, state, moved)


def _amounts(result: Result, outputs: Sequence[str]) -> dict[str, Array]:
    """Amounts by output; nothing where the result has none of that name."""
    import numpy as np

    ids = {o.id for p in result.plan.policy.programmes for o in p.outputs}
    nothing = np.zeros(len(result.rows), dtype=np.int64)
    return {id_: result.numbers(id_) if id_ in ids else nothing for id_ in outputs}


def places_in(old: Result | None, new: Result) -> Array:
    """Where each village of a result stands in another; -1 where it does not."""
    import numpy as np

    keys = _keys(new)
    if old is None:
        return np.full(len(keys), -1)
    old_keys = _keys(old)
    if keys == old_keys:
        return np.arange(len(keys))
    place = {key_: at for at, key_ in enumerate(old_keys)}
    return np.array([place.get(key_, -1) for key_ in keys], dtype=np.int64)


def places_of(result: Result, keys: Collection[Key]) -> dict[Key, int]:
    """Where some villages stand in a result, by what they are known by; those that do."""
    wanted = {key_ if len(key_) > 1 else key_[0]: key_ for key_ in keys}
    return {wanted[key_]: at for at, key_ in enumerate(_keys(result)) if key_ in wanted}


def _keys(result: Result) -> Sequence[str | Key]:
    """As `key`, for all villages; a code is by itself."""
    codes = _column(result, "code")
    if all(codes):
        return codes
    return [who[0] or key(*who) for who in identities(result)]


Who = tuple[str, str, str, str]


def identities(result: Result, places: Array | None = None) -> list[Who]:
    """Code, name, town and county of villages, all or those at places; blank where the roster has none."""
    texts = (_column(result, part, places) for part in IDENTITY)
    return [(code, name, town, county) for code, name, town, county in zip(*texts, strict=True)]


def _column(result: Result, part: str, places: Array | None = None) -> list[str]:
    villages = len(result.rows)
    if not villages or part not in result.rows[0]:
        return [""] * (villages if places is None else len(places))
    return list(map(str, result.column(part) if places is None else result.at(part, places)))


def key(code: str, name: str, town: str, county: str) -> Key:
    """By what a village is known in both runs."""
    return (code,) if code else (county, town, name)


def as_data(correction: Correction) -> dict[str, Any]:
    """For the record and the public JSON; amounts in yuan."""
    parts: dict[str, dict[str, dict[str, str]]] = {}
    for (county, payer), payer_sum in correction.by_county_and_payer().items():
        parts.setdefault(county, {})[payer] = sum_data(payer_sum)
    outputs = correction.outputs.items()
    return {
        "corrects": correction.corrects, "head": correction.head, "reason": correction.reason,
        "paid": None if correction.paid is None else {"id": correction.paid[0], "head": correction.paid[1]},
        "outputs": {id_: {"title": asdict(t), "payer": payer} for id_, (t, payer) in outputs},
        "payer_titles": {id_: asdict(title) for id_, title in correction.payers.items()},
        "total": sum_data(correction.total()),
        "payers": {id_: sum_data(payer_sum) for id_, payer_sum in correction.by_payer().items()},
        "counties": [
            {"name": county, **sum_data(county_sum), "payers": parts[county]}
            for county, county_sum in correction.by_county().items()
        ],
        "villages": [
            {"code": v.code, "name": v.name, "town": v.town, "county": v.county,
             "presence": v.presence, "net": plain_yuan(v.net),
             "amounts": {
                 id_: {"before": plain_yuan(b), "after": plain_yuan(a), "difference": plain_yuan(a - b)}
                 for id_, (b, a) in v.amounts.items()
             }}
            for v in correction.villages
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


def sum_data(total: Sum) -> dict[str, str]:
    """A sum for the record and the public JSON, in yuan."""
    return {
        "pay": plain_yuan(total.pay),
        "deduct": plain_yuan(total.deduct),
        "net": plain_yuan(total.net),
    }
