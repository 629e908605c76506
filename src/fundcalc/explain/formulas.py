"""How a plan's values come about: in words before any village is known, with a village's numbers after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, assert_never

from fundcalc.base.catalogue import words
from fundcalc.base.money import yuan
from fundcalc.base.words import Unread, Words, same
from fundcalc.engines.result import PoolUse, Result
from fundcalc.explain.decision import Amount, PoolSaid, Step
from fundcalc.explain.phrases import (
    JOINS,
    NOTHING,
    Join,
    Phrase,
    Slot,
    Titles,
    Values,
    expression,
    figures,
    joined,
    worded,
)
from fundcalc.explain.words import P, bare, figure
from fundcalc.language.datatypes import Number
from fundcalc.language.evaluate import evaluation
from fundcalc.language.nodes import Const, Name, Node, Value
from fundcalc.language.show import show
from fundcalc.policy.model import Output, Programme, Share

_MONEY = Number(None, 2)
_JOIN: dict[str, Join] = {f"collect {join}": join for join in JOINS}


@dataclass(frozen=True)
class Formula:
    """How a value comes about: as the policy has it and in words, and with places for a village's numbers.

    `figures` has numbers in place of names, `named` after them.
    """

    text: str
    said: Words
    numbers: Phrase
    figures: Phrase
    named: Phrase
    share: Shared | None = None


@dataclass(frozen=True)
class Shared:
    """A share of a pool: by which weight, between which ends. `item` is the rule or the output.

    `pool` is its name; `called` that of the weight, None where all shares are equal.
    """

    item: str
    output: str
    pool: Words
    called: Words | None
    by: Slot
    cap: Slot | None
    floor: Slot | None
    rest_to: Words | None


@dataclass(frozen=True)
class Formulas:
    """The formulas of a programme: of each rule, of `otherwise` and of each further output."""

    programme: Programme
    rules: dict[str, Formula]
    otherwise: Formula | None
    also: tuple[tuple[Output, Formula], ...]


def formulas(programme: Programme, titles: Titles) -> Formulas:
    """A programme's formulas, before any village is known."""
    output = programme.result.id

    def made(item: str, gives: str, value: Node | None, share: Share | None) -> Formula | None:
        if share is not None:
            return _shared(item, share, gives, titles)
        if value is None:
            return None
        return Formula(
            show(value),
            worded(value, titles),
            expression(value),
            figures(value),
            figures(value, titles),
        )

    rules = {one.id: made(one.id, output, one.then, one.share) for one in programme.rules}
    also = [(one, made(one.id, one.id, one.value, one.share)) for one in programme.also]
    return Formulas(
        programme,
        {id_: found for id_, found in rules.items() if found is not None},
        made("", output, programme.otherwise.value if programme.otherwise else None, None),
        tuple((of, found) for of, found in also if found is not None),
    )


def _shared(item: str, share: Share, output: str, titles: Titles) -> Formula:
    """A share as arithmetic: of which pool, by which weight, between which ends."""
    cap, floor = share.at_most, share.at_least
    per = f"({share.group})" if len(share.per) > 1 else share.group
    text = f"share(pool={show(share.pool)}, per={per}, by={show(share.by)}"
    text += f", at_most={show(cap)}" if cap is not None else ""
    text += f", at_least={show(floor)})" if floor is not None else ")"
    pool = worded(share.pool, titles)
    said = words("papers.share", pool=pool, by=worded(share.by, titles))
    if isinstance(share.by, Const):  # then all are equal
        said = words("papers.equal_share", pool=pool)
    if cap is not None:
        said = _bounded(said, worded(cap, titles))
    if floor is not None:
        said = _bounded(said, worded(floor, titles), "least")
    most, least = (None if end is None else Slot(end, end.type) for end in (cap, floor))
    name = pool if isinstance(share.pool, Name) else words("papers.the_pool")
    equal = isinstance(share.by, Const) and share.by.value == 1
    called = None if equal else worded(share.by, titles)
    shared = Shared(
        item, output, name, called, Slot(share.by, share.by.type), most, least, share.rest_to
    )
    return Formula(text, said, NOTHING, NOTHING, NOTHING, shared)


def _bounded(said: Words, end: Words, which: Literal["most", "least"] = "most") -> Words:
    if which == "least":
        return words("papers.at_least", item=said, bound=end)
    return words("papers.at_most", item=said, bound=end)


def _moved(share: Words, fen: int) -> Words:
    """A share and what the ends of others add to it, or take from it."""
    if fen > 0:
        return words("papers.freed", share=share, more=yuan(fen))
    return words("papers.ceded", share=share, more=yuan(-fen))


class Worked(NamedTuple):
    """A formula for a village, as `Step` has it."""

    formula: str
    said: Words
    with_values: Words
    figures: Words
    named: Words


_UNSAID = Worked("", same(""), same(""), same(""), same(""))


class Arithmetic:
    """The steps of one programme for one village. `values` holds every name it may use."""

    def __init__(self, result: Result, index: int, found: Formulas, values: Values) -> None:
        self._result = result
        self._index = index
        self._formulas = found
        self._programme = found.programme
        self._values = values
        self._fired = result.fired[found.programme.id][index]

    def steps(self) -> tuple[Step, ...]:
        """One step an output."""
        worked = [
            (self._programme.result, self._main()),
            *((output, self.worked(formula)) for output, formula in self._formulas.also),
        ]
        return tuple(
            Step(output.id, output.title, *one, Amount(self._values[output.id], output.type))
            for output, one in worked
        )

    def _main(self) -> Worked:
        """How the programme's result comes about."""
        if not self._fired:
            one = self._formulas.otherwise
            return self.worked(one) if one is not None else _UNSAID
        join: Join | None = None
        match self._programme.hit_policy:
            case "collect count":
                return self._counted()
            case "collect max" | "collect min" | "collect sum" as collected:
                join = _JOIN[collected]
            case "unique" | "first" | "any" | "collect":
                pass
            case _:
                assert_never(self._programme.hit_policy)
        parts = [self.worked(one) for one in self._deciding()]
        return parts[0] if len(parts) == 1 else _joined(join, parts)

    def _deciding(self) -> list[Formula]:
        return [self._formulas.rules[id_] for id_ in self._fired if id_ in self._formulas.rules]

    def _counted(self) -> Worked:
        called = [r.title or same(r.id) for r in self._programme.rules if r.id in self._fired]
        zh, en = "、".join(w.zh for w in called), ", ".join(w.en for w in called)
        said, number = P["counted"], str(len(self._fired))
        counted = Words(said.zh.format(rules=zh), said.en.format(rules=en))
        formula = f"count({', '.join(self._fired)})"
        return Worked(formula, counted, same(number), same(number), counted)

    def worked(self, formula: Formula) -> Worked:
        """The formula with the village's numbers in."""
        shared = formula.share
        if shared is None:
            numbers, figures, named = (
                one.fill(self._values) for one in (formula.numbers, formula.figures, formula.named)
            )
            return Worked(formula.text, formula.said, numbers, figures, named)
        pool = self._pool(shared)
        if pool is None:
            return Worked(formula.text, formula.said, same(""), same(""), formula.said)
        weight, total = shared.by.amount(self._values), Amount(pool.weights, shared.by.kind)
        plain = f"{bare(Amount(pool.amount, _MONEY))} * {bare(weight)} / {bare(total)}"
        said = same(f"{yuan(pool.amount)} × {figure(weight, 'en')} ÷ {figure(total, 'en')}")
        named = self._named(shared, pool.amount, weight, total)
        direct, given = (
            _proportional(pool, _whole(weight.value)),
            _whole(self._values[shared.output]),
        )
        if shared.cap is not None:
            cap = shared.cap.amount(self._values)
            direct = min(direct, _whole(cap.value))
            plain, limit = f"min({plain}, {bare(cap)})", same(yuan(_whole(cap.value)))
            said, named = _bounded(said, limit), _bounded(named, limit)
        if shared.floor is not None:
            floor = shared.floor.amount(self._values)
            direct = max(direct, _whole(floor.value))
            plain, limit = f"max({plain}, {bare(floor)})", same(yuan(_whole(floor.value)))
            said, named = _bounded(said, limit, "least"), _bounded(named, limit, "least")
        moved = given - direct  # by others' ends, where it is more than rounding
        if abs(moved) > 1 and (shared.cap is not None or shared.floor is not None):
            plain += f" {'+' if moved > 0 else '-'} {bare(Amount(abs(moved), _MONEY))}"
            said, named = (_moved(one, moved) for one in (said, named))
        if not weight.value and shared.called is not None:
            named = words("papers.no_weight", by=shared.called)
            if shared.floor is not None and given:
                named = words("papers.floor_only", by=shared.called, floor=yuan(given))
            said = said if total.value else named  # 0 ÷ 0 where nobody has any
        return Worked(formula.text, formula.said, same(plain), said, named)

    def _named(self, shared: Shared, pool: int, weight: Amount, total: Amount) -> Words:
        """A share of a pool, each number after its name."""
        whole = Words(f"{shared.pool.zh} {yuan(pool)}", f"{shared.pool.en} {yuan(pool)}")
        weights = figure(total, "en")
        if shared.called is None:
            return words("papers.of_equal", pool=whole, weights=weights)
        return words(
            "papers.of_all",
            pool=whole,
            by=shared.called,
            weight=figure(weight, "en"),
            weights=weights,
        )

    def _pool(self, shared: Shared) -> PoolUse | None:
        return self._result.pool_of(self._programme.id, shared.item, self._index)

    def pools(self) -> tuple[PoolSaid, ...]:
        """The pools in which the village shares."""
        used = [*self._deciding(), *(formula for _, formula in self._formulas.also)]
        found: list[PoolSaid] = []
        for formula in used:
            shared = formula.share
            pool = self._pool(shared) if shared is not None else None
            if shared is None or pool is None:
                continue
            group = str(self._values.get("name", "")) if pool.per == "village" else pool.group
            weight = evaluation(shared.by.node)(self._values)
            given = self._values[shared.output]
            assert isinstance(weight, int) and isinstance(given, int)
            found.append(
                PoolSaid(
                    shared.item, group, pool.amount, pool.villages, pool.claims, weight,
                    pool.weights, given, pool.leftover, shared.by.kind, shared.rest_to,
                )
            )  # fmt: skip
        return tuple(found)


def _joined(join: Join | None, parts: Sequence[Worked]) -> Worked:
    """Several rules' formulas under max, min or sum."""

    def all_of(some: Iterable[Words]) -> Words:
        kept = list(some)
        return Unread(lambda lang: joined(join or "sum", [one.say(lang) for one in kept], lang))

    return Worked(
        f"{join or ''}({', '.join(one.formula for one in parts)})",
        all_of(one.said for one in parts),
        same(f"{join or ''}({', '.join(one.with_values.en for one in parts)})"),
        all_of(one.figures for one in parts),
        all_of(one.named for one in parts),
    )


def _proportional(pool: PoolUse, weight: int) -> int:
    """A pool's part by weight alone, in fen."""
    return pool.amount * weight // pool.weights if pool.weights else 0


def _whole(value: Value) -> int:
    assert isinstance(value, int)
    return value
