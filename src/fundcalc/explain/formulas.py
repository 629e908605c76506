"""How a plan's values come about: in words before any village is known, with a village's numbers after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

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
from fundcalc.language.nodes import Const, Node
from fundcalc.language.show import show
from fundcalc.policy.model import Output
from fundcalc.policy.plan import PlanProgramme, PlanShare

_MONEY = Number(None, 2)
_JOIN: dict[str, Join] = {f"collect {join}": join for join in JOINS}


@dataclass(frozen=True)
class Formula:
    """How a value comes about: with ids, in words, and with places for numbers as ids and words have it."""

    text: str
    said: Words
    numbers: Phrase
    figures: Phrase
    share: Shared | None = None


@dataclass(frozen=True)
class Shared:
    """A share of a pool: by which weight, at most what. `item` is the rule or the output."""

    item: str
    output: str
    by: Slot
    cap: Slot | None


@dataclass(frozen=True)
class Formulas:
    """The formulas of a programme: of each rule, of `otherwise` and of each further output."""

    programme: PlanProgramme
    rules: dict[str, Formula]
    otherwise: Formula | None
    also: tuple[tuple[Output, Formula], ...]


def formulas(programme: PlanProgramme, titles: Titles) -> Formulas:
    """A programme's formulas, before any village is known."""
    output = programme.programme.result.id

    def made(item: str, gives: str, value: Node | None, share: PlanShare | None) -> Formula | None:
        if share is not None:
            return _shared(item, share, gives, titles)
        if value is None:
            return None
        return Formula(show(value), worded(value, titles), expression(value), figures(value))

    rules = {one.id: made(one.id, output, one.then, one.share) for one in programme.rules}
    also = [(one.output, made(one.id, one.id, one.value, one.share)) for one in programme.also]
    return Formulas(
        programme,
        {id_: found for id_, found in rules.items() if found is not None},
        made("", output, programme.otherwise, None),
        tuple((of, found) for of, found in also if found is not None),
    )


def _shared(item: str, share: PlanShare, output: str, titles: Titles) -> Formula:
    """A share as arithmetic: of which pool, by which weight, at most what."""
    cap = share.at_most
    text = f"share(pool={show(share.pool)}, per={share.per}, by={show(share.by)}"
    text += f", at_most={show(cap)})" if cap is not None else ")"
    pool = worded(share.pool, titles)
    said = words("papers.share", pool=pool, by=worded(share.by, titles))
    if isinstance(share.by, Const):
        said = words("papers.equal_share", pool=pool)
    if cap is not None:
        said = _bounded(said, worded(cap, titles))
    slot = Slot(cap, cap.type) if cap is not None else None
    shared = Shared(item, output, Slot(share.by, share.by.type), slot)
    return Formula(text, said, NOTHING, NOTHING, shared)


def _bounded(said: Words, cap: Words) -> Words:
    return words("papers.at_most", item=said, bound=cap)


class Arithmetic:
    """The steps of one programme for one village. `values` holds every name it may use."""

    def __init__(self, result: Result, index: int, found: Formulas, values: Values) -> None:
        self._result = result
        self._index = index
        self._formulas = found
        self._programme = found.programme.programme
        self._values = values
        self._fired = result.fired[found.programme.id][index]

    def steps(self) -> tuple[Step, ...]:
        """One step an output."""
        main = self._step(self._programme.result, *self._main())
        also = [
            self._step(output, formula.text, formula.said, *self.numbers(formula))
            for output, formula in self._formulas.also
        ]
        return (main, *also)

    def _step(self, output: Output, text: str, said: Words, numbers: str, figures: Words) -> Step:
        amount = Amount(self._values[output.id], output.type)
        return Step(output.id, output.title, text, said, numbers, figures, amount)

    def _main(self) -> tuple[str, Words, str, Words]:
        """How the programme's result comes about."""
        if not self._fired:
            one = self._formulas.otherwise
            return (one.text, one.said, *self.numbers(one)) if one else ("", same(""), "", same(""))
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
        parts = [(one.text, one.said, *self.numbers(one)) for one in self._deciding()]
        if len(parts) == 1 or join is None:
            return parts[0]
        texts, said, numbers, figures = zip(*parts, strict=True)
        return (
            f"{join}({', '.join(texts)})", _joined(join, said),
            f"{join}({', '.join(numbers)})", _joined(join, figures),
        )  # fmt: skip

    def _deciding(self) -> list[Formula]:
        return [self._formulas.rules[id_] for id_ in self._fired if id_ in self._formulas.rules]

    def _counted(self) -> tuple[str, Words, str, Words]:
        called = [r.title or same(r.id) for r in self._programme.rules if r.id in self._fired]
        zh, en = "、".join(w.zh for w in called), ", ".join(w.en for w in called)
        said, number = P["counted"], str(len(self._fired))
        counted = Words(said.zh.format(rules=zh), said.en.format(rules=en))
        return f"count({', '.join(self._fired)})", counted, number, same(number)

    def numbers(self, formula: Formula) -> tuple[str, Words]:
        """The formula with the village's numbers in: for programs, and for readers."""
        shared = formula.share
        if shared is None:
            return formula.numbers.fill(self._values).en, formula.figures.fill(self._values)
        pool = self._pool(shared)
        if pool is None:
            return "", same("")
        weight, total = shared.by.amount(self._values), Amount(pool.weights, shared.by.kind)
        whole = Amount(pool.amount, _MONEY)
        numbers = f"{bare(whole)} * {bare(weight)} / {bare(total)}"
        said = same(f"{yuan(pool.amount)} × {figure(weight, 'en')} ÷ {figure(total, 'en')}")
        if shared.cap is None:
            return numbers, said
        cap, given = shared.cap.amount(self._values), self._values[shared.output]
        assert isinstance(cap.value, int) and isinstance(weight.value, int)
        assert isinstance(given, int)
        said, freed = (
            _bounded(said, same(yuan(cap.value))),
            _freed(pool, weight.value, cap.value, given),
        )
        numbers = f"min({numbers}, {bare(cap)})"
        if freed:
            numbers += f" + {bare(Amount(freed, _MONEY))}"
            said = words("papers.freed", share=said, more=yuan(freed))
        return numbers, said

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
                    pool.weights, given, pool.leftover, shared.by.kind,
                )
            )  # fmt: skip
        return tuple(found)


def _joined(join: Join, parts: Sequence[Words]) -> Words:
    return Unread(lambda lang: joined(join, [part.say(lang) for part in parts], lang))


def _freed(pool: PoolUse, weight: int, cap: int, given: int) -> int:
    """What the caps of others freed for this village, in fen, where that is more than rounding."""
    direct = min(pool.amount * weight // pool.weights if pool.weights else 0, cap)
    return given - direct if given - direct > 1 else 0
