"""The arithmetic of a decision: each output's formula, once with names and once with numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fundcalc.base.words import Lang, Words, same
from fundcalc.engines.result import PoolUse, Result
from fundcalc.explain.decision import Amount, PoolSaid, Step
from fundcalc.explain.words import bare
from fundcalc.language.datatypes import Number, Text, Texts
from fundcalc.language.evaluate import evaluation
from fundcalc.language.nodes import Name, Node
from fundcalc.language.show import show
from fundcalc.policy.plan import PlanProgramme, PlanShare

_JOINS = {"collect max": "max", "collect min": "min", "collect sum": "sum"}
_MONEY = Number(None, 2)

Parts = tuple[str, str, Words]
"""A formula with ids, with numbers, and with titles."""


class Arithmetic:
    """Writes the steps of one programme for one village. `values` holds every name it may use."""

    def __init__(
        self,
        result: Result,
        index: int,
        programme: PlanProgramme,
        titles: Mapping[str, Words],
        values: Mapping[str, Any],
    ) -> None:
        self._result = result
        self._index = index
        self._programme = programme
        self._titles = titles
        self._values = values
        self._fired = result.fired[programme.id][index]

    def steps(self) -> tuple[Step, ...]:
        """One step an output."""
        main = self._programme.programme.result
        found = [
            self._step(main.id, main.title, Amount(self._values[main.id], main.type), self._main())
        ]
        for also in self._programme.also:
            output = also.output
            if also.share is not None:
                parts = self._shared(output.id, also.share, output.id)
            else:
                assert also.value is not None
                parts = self._plain(also.value)
            amount = Amount(self._values[output.id], output.type)
            found.append(self._step(output.id, output.title, amount, parts))
        return tuple(found)

    def _step(self, id_: str, title: Words, amount: Amount, parts: Parts) -> Step:
        formula, numbers, words = parts
        return Step(id_, title, formula, words, numbers, amount)

    def _plain(self, node: Node) -> Parts:
        return show(node), self._with_values(node), self._with_titles(node)

    def _with_values(self, node: Node) -> str:
        """The expression with each name's value in its place."""

        def one(name: Name) -> str:
            text = bare(Amount(self._values[name.id], name.type))
            return f"'{text}'" if isinstance(name.type, Text | Texts) else text

        return show(node, one)

    def _with_titles(self, node: Node) -> Words:
        """The expression with titles in place of ids, in both languages."""

        def one(lang: Lang) -> Callable[[Name], str]:
            return lambda name: self._titles.get(name.id, same(name.id)).say(lang)

        return Words(show(node, one("zh")), show(node, one("en")))

    def _main(self) -> Parts:
        """How the programme's result comes about."""
        if not self._fired:
            node = self._programme.otherwise
            return self._plain(node) if node is not None else ("", "", same(""))
        policy = self._programme.programme.hit_policy
        fired = [rule for rule in self._programme.rules if rule.id in self._fired]
        if policy == "collect count":
            called = [rule.rule.title or same(rule.id) for rule in fired]
            zh, en = "、".join(w.zh for w in called), ", ".join(w.en for w in called)
            words = Words(f"适用规则数（{zh}）", f"rules that hold ({en})")
            return f"count({', '.join(self._fired)})", str(len(fired)), words
        output = self._programme.programme.result.id
        parts: list[Parts] = []
        for rule in fired:
            if rule.share is not None:
                parts.append(self._shared(rule.id, rule.share, output))
            elif rule.then is not None:
                parts.append(self._plain(rule.then))
        return parts[0] if len(parts) == 1 else _joined(_JOINS.get(policy, ""), parts)

    def _shared(self, item: str, share: PlanShare, output: str) -> Parts:
        """A share as arithmetic: of which pool, by which weight, at most what."""
        cap = share.at_most
        formula = f"share(pool={show(share.pool)}, per={share.per}, by={show(share.by)}"
        formula += f", at_most={show(cap)})" if cap is not None else ")"
        words = self._share_words(share)
        pool = self._result.pool_of(self._programme.id, item, self._index)
        if pool is None:
            return formula, "", words
        weight, weights = (
            bare(Amount(number, share.by.type)) for number in (self._number(share.by), pool.weights)
        )
        numbers = f"{bare(Amount(pool.amount, _MONEY))} * {weight} / {weights}"
        if cap is not None:
            limit = self._number(cap)
            numbers = f"min({numbers}, {bare(Amount(limit, cap.type))})"
            given = self._values[output]
            numbers += _freed(pool, self._number(share.by), limit, given)
        return formula, numbers, words

    def _share_words(self, share: PlanShare) -> Words:
        pool, by = self._with_titles(share.pool), self._with_titles(share.by)
        zh = f"（{pool.zh}）按（{by.zh}）的比例分配"
        en = f"({pool.en}) in proportion to ({by.en})"
        if share.at_most is not None:
            cap = self._with_titles(share.at_most)
            zh, en = f"{zh}，以（{cap.zh}）为限", f"{en}, at most ({cap.en})"
        return Words(zh, en)

    def _number(self, node: Node) -> int:
        value = evaluation(node)(self._values)
        assert isinstance(value, int)
        return value

    def pools(self) -> tuple[PoolSaid, ...]:
        """The pools in which the village shares."""
        main = self._programme.programme.result.id
        shares = [
            (rule.id, rule.share, main)
            for rule in self._programme.rules
            if rule.share is not None and rule.id in self._fired
        ]
        shares += [
            (also.output.id, also.share, also.output.id)
            for also in self._programme.also
            if also.share is not None
        ]
        found: list[PoolSaid] = []
        for item, share, output in shares:
            pool = self._result.pool_of(self._programme.id, item, self._index)
            if pool is None:
                continue
            group = str(self._values.get("name", "")) if pool.per == "village" else pool.group
            found.append(
                PoolSaid(
                    item, group, pool.amount, pool.villages, pool.claims, self._number(share.by),
                    pool.weights, self._values[output], pool.leftover,
                )
            )  # fmt: skip
        return tuple(found)


def _joined(join: str, parts: list[Parts]) -> Parts:
    """Several rules' formulas under max, min or sum."""

    def one(texts: list[str]) -> str:
        return f"{join}({', '.join(texts)})"

    words = Words(one([p[2].zh for p in parts]), one([p[2].en for p in parts]))
    return one([p[0] for p in parts]), one([p[1] for p in parts]), words


def _freed(pool: PoolUse, weight: int, cap: int, given: int) -> str:
    """What the caps of others freed for this village, where that is more than rounding."""
    direct = min(pool.amount * weight // pool.weights if pool.weights else 0, cap)
    extra = given - direct
    return f" + {bare(Amount(extra, _MONEY))}" if extra > 1 else ""
