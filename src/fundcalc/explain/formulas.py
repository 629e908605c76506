"""How a plan's values come about: in words before any village is known, with a village's numbers after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Literal, NamedTuple, assert_never

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
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
from fundcalc.language.evaluate import evaluation
from fundcalc.language.nodes import Const, Name, Node, Value
from fundcalc.language.show import number_said, show
from fundcalc.policy.model import Output, Programme, Share

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

    def formula_of(
        item: str, gives: str, value: Node | None, share: Share | None
    ) -> Formula | None:
        if share is not None:
            return _share_formula(item, share, gives, titles)
        if value is None:
            return None
        return Formula(
            show(value),
            worded(value, titles),
            expression(value),
            figures(value),
            figures(value, titles),
        )

    rules = {
        rule.id: formula_of(rule.id, output, rule.then, rule.share) for rule in programme.rules
    }
    also = [
        (further, formula_of(further.id, further.id, further.value, further.share))
        for further in programme.also
    ]
    return Formulas(
        programme,
        {id_: formula for id_, formula in rules.items() if formula is not None},
        formula_of("", output, programme.otherwise.value if programme.otherwise else None, None),
        tuple((further, formula) for further, formula in also if formula is not None),
    )


def _share_formula(item: str, share: Share, output: str, titles: Titles) -> Formula:
    """A share as arithmetic: of which pool, by which weight, between which ends."""
    cap, floor = share.at_most, share.at_least
    groups = ", ".join(map(show, share.per))
    per = f"({groups})" if len(share.per) > 1 else groups
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
    weight_name = None if equal else worded(share.by, titles)
    shared = Shared(
        item, output, name, weight_name, Slot(share.by, share.by.type), most, least, share.rest_to
    )
    return Formula(text, said, NOTHING, NOTHING, NOTHING, shared)


def _bounded(said: Words, end: Words, side: Literal["most", "least"] = "most") -> Words:
    if side == "least":
        return words("papers.at_least", item=said, bound=end)
    return words("papers.at_most", item=said, bound=end)


def _moved(share: Words, by: int, more: str) -> Words:
    """A share and what the ends of others add to it, or take from it."""
    return words("papers.freed" if by > 0 else "papers.ceded", share=share, more=more)


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

    def __init__(self, result: Result, index: int, formulas: Formulas, values: Values) -> None:
        self._result = result
        self._index = index
        self._formulas = formulas
        self._programme = formulas.programme
        self._values = values
        self._fired = result.fired[formulas.programme.id][index]

    def steps(self) -> tuple[Step, ...]:
        """One step an output."""
        worked = [
            (self._programme.result, self._result_worked()),
            *((output, self.worked(formula)) for output, formula in self._formulas.also),
        ]
        return tuple(
            Step(output.id, output.title, *workings, Amount(self._values[output.id], output.type))
            for output, workings in worked
        )

    def _result_worked(self) -> Worked:
        """How the programme's result comes about."""
        if not self._fired:
            formula = self._formulas.otherwise
            return self.worked(formula) if formula is not None else _UNSAID
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
        parts = [self.worked(formula) for formula in self._deciding()]
        return parts[0] if len(parts) == 1 else _joined(join, parts)

    def _deciding(self) -> list[Formula]:
        return [self._formulas.rules[id_] for id_ in self._fired if id_ in self._formulas.rules]

    def _counted(self) -> Worked:
        titles = [r.title or same(r.id) for r in self._programme.rules if r.id in self._fired]
        zh, en = "、".join(w.zh for w in titles), ", ".join(w.en for w in titles)
        said, number = P["counted"], str(len(self._fired))
        counted = Words(said.zh.format(rules=zh), said.en.format(rules=en))
        formula = f"count({', '.join(self._fired)})"
        return Worked(formula, counted, same(number), same(number), counted)

    def worked(self, formula: Formula) -> Worked:
        """The formula with the village's numbers in."""
        shared = formula.share
        if shared is None:
            numbers, figures, named = (
                phrase.fill(self._values)
                for phrase in (formula.numbers, formula.figures, formula.named)
            )
            return Worked(formula.text, formula.said, numbers, figures, named)
        pool = self._pool(shared)
        if pool is None:
            return Worked(formula.text, formula.said, same(""), same(""), formula.said)
        weight, total = shared.by.amount(self._values), Amount(pool.weights, shared.by.kind)
        kind = self._programme.shared(shared.item)
        shown = partial(number_said, kind=kind)
        plain = f"{bare(Amount(pool.amount, kind))} * {bare(weight)} / {bare(total)}"
        said = same(f"{shown(pool.amount)} × {figure(weight, 'en')} ÷ {figure(total, 'en')}")
        named = self._named(shared, pool.amount, weight, total)
        direct, share = (
            _proportional(pool, _int(weight.value)),
            _int(self._values[shared.output]),
        )
        if shared.cap is not None:
            cap = shared.cap.amount(self._values)
            direct = min(direct, _int(cap.value))
            plain, limit = f"min({plain}, {bare(cap)})", same(shown(_int(cap.value)))
            said, named = _bounded(said, limit), _bounded(named, limit)
        if shared.floor is not None:
            floor = shared.floor.amount(self._values)
            direct = max(direct, _int(floor.value))
            plain, limit = f"max({plain}, {bare(floor)})", same(shown(_int(floor.value)))
            said, named = _bounded(said, limit, "least"), _bounded(named, limit, "least")
        moved = share - direct  # by others' ends, where it is more than rounding
        if abs(moved) > 1 and (shared.cap is not None or shared.floor is not None):
            plain += f" {'+' if moved > 0 else '-'} {bare(Amount(abs(moved), kind))}"
            said, named = (_moved(sentence, moved, shown(abs(moved))) for sentence in (said, named))
        if not weight.value and shared.called is not None:
            named = words("papers.no_weight", by=shared.called)
            if shared.floor is not None and share:
                named = words("papers.floor_only", by=shared.called, floor=shown(share))
            said = said if total.value else named  # 0 ÷ 0 where nobody has any
        return Worked(formula.text, formula.said, same(plain), said, named)

    def _named(self, shared: Shared, pool: int, weight: Amount, total: Amount) -> Words:
        """A share of a pool, each number after its name."""
        number = number_said(pool, self._programme.shared(shared.item))
        pool_words = Words(f"{shared.pool.zh} {number}", f"{shared.pool.en} {number}")
        weights = figure(total, "en")
        if shared.called is None:
            return words("papers.of_equal", pool=pool_words, weights=weights)
        return words(
            "papers.of_all",
            pool=pool_words,
            by=shared.called,
            weight=figure(weight, "en"),
            weights=weights,
        )

    def _pool(self, shared: Shared) -> PoolUse | None:
        return self._result.pool_of(self._programme.id, shared.item, self._index)

    def pools(self) -> tuple[PoolSaid, ...]:
        """The pools in which the village shares."""
        formulas = [*self._deciding(), *(formula for _, formula in self._formulas.also)]
        pools: list[PoolSaid] = []
        for formula in formulas:
            shared = formula.share
            pool = self._pool(shared) if shared is not None else None
            if shared is None or pool is None:
                continue
            group = str(self._values.get("name", "")) if pool.per == "village" else pool.group
            weight = evaluation(shared.by.node)(self._values)
            share = self._values[shared.output]
            assert isinstance(weight, int) and isinstance(share, int)
            pools.append(
                PoolSaid(
                    shared.item, group, pool.amount, pool.villages, pool.claims, weight,
                    pool.weights, share, pool.leftover, shared.by.kind,
                    self._programme.shared(shared.item), shared.rest_to,
                )
            )  # fmt: skip
        return tuple(pools)


def _joined(join: Join | None, parts: Sequence[Worked]) -> Worked:
    """Several rules' formulas under max, min or sum."""

    def all_of(said: Iterable[Words]) -> Words:
        sentences = list(said)
        return Unread(
            lambda lang: joined(join or "sum", [sentence.say(lang) for sentence in sentences], lang)
        )

    return Worked(
        f"{join or ''}({', '.join(part.formula for part in parts)})",
        all_of(part.said for part in parts),
        same(f"{join or ''}({', '.join(part.with_values.en for part in parts)})"),
        all_of(part.figures for part in parts),
        all_of(part.named for part in parts),
    )


def _proportional(pool: PoolUse, weight: int) -> int:
    """A pool's part by weight alone, in fen."""
    return pool.amount * weight // pool.weights if pool.weights else 0


def _int(value: Value) -> int:
    assert isinstance(value, int)
    return value
