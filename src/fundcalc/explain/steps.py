"""The arithmetic of a decision: each output's formula, once with names and once with numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fundcalc.base.words import Lang, Words, same
from fundcalc.engines.result import PoolUse, Result
from fundcalc.explain.decision import Amount, PoolSaid, Step
from fundcalc.explain.phrases import P
from fundcalc.explain.pieces import NOTHING, Phrase, Slot, Values, expression
from fundcalc.explain.words import bare
from fundcalc.language.datatypes import Number
from fundcalc.language.evaluate import aggregate_key, evaluation
from fundcalc.language.nodes import Aggregate, Name, Node, rebuild
from fundcalc.language.show import show
from fundcalc.policy.model import Output
from fundcalc.policy.plan import PlanProgramme, PlanShare

_JOINS = {"collect max": "max", "collect min": "min", "collect sum": "sum"}
_JOINS_ZH = ((" not in ", " 不在 "), (" in ", " 属于 "), (" and ", " 且 "), (" or ", " 或 "))
_MONEY = Number(None, 2)


@dataclass(frozen=True)
class Formula:
    """How a value comes about: with ids, with titles, and with places for a village's numbers."""

    text: str
    said: Words
    numbers: Phrase
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


def formulas(programme: PlanProgramme, titles: Mapping[str, Words]) -> Formulas:
    """A programme's formulas, before any village is known."""
    output = programme.programme.result.id
    rules: dict[str, Formula] = {}
    for rule in programme.rules:
        if rule.share is not None:
            rules[rule.id] = _shared(rule.id, rule.share, output, titles)
        elif rule.then is not None:
            rules[rule.id] = _plain(rule.then, titles)
    also: list[tuple[Output, Formula]] = []
    for one in programme.also:
        if one.share is not None:
            also.append((one.output, _shared(one.output.id, one.share, one.output.id, titles)))
        elif one.value is not None:
            also.append((one.output, _plain(one.value, titles)))
    otherwise = programme.otherwise
    return Formulas(
        programme, rules, _plain(otherwise, titles) if otherwise is not None else None, tuple(also)
    )


def _plain(node: Node, titles: Mapping[str, Words]) -> Formula:
    return Formula(show(node), _with_titles(node, titles), expression(node))


def _with_titles(node: Node, titles: Mapping[str, Words]) -> Words:
    """The expression with titles in place of ids, in both languages."""
    return Words(_titled(node, titles, "zh"), _titled(node, titles, "en"))


def _titled(node: Node, titles: Mapping[str, Words], lang: Lang) -> str:
    said: dict[str, str] = {}

    def put(part: Node) -> Node:
        if not isinstance(part, Aggregate):
            return rebuild(part, put)
        said[aggregate_key(part)] = _aggregate(part, titles, lang)
        return Name(part.type, part.at, aggregate_key(part), "output")

    def one(name: Name) -> str:
        return said.get(name.id) or titles.get(name.id, same(name.id)).say(lang)

    return show(put(node), one)


def _aggregate(node: Aggregate, titles: Mapping[str, Words], lang: Lang) -> str:
    """A count or sum over the villages of a group, in words."""
    item = _titled(node.item, titles, lang) if node.item is not None else ""
    where = _titled(node.where, titles, lang) if node.where is not None else ""
    if lang == "en":
        villages = f"villages where {where}" if where else "villages"
        return f"sum of {item} over {villages}" if item else f"number of {villages}"
    for sign, word in _JOINS_ZH:
        where = where.replace(sign, word)
    villages = f"（{where}）的村" if where else "村"
    return f"{villages}的{item}之和" if item else f"{villages}数"


def _shared(item: str, share: PlanShare, output: str, titles: Mapping[str, Words]) -> Formula:
    """A share as arithmetic: of which pool, by which weight, at most what."""
    cap = share.at_most
    text = f"share(pool={show(share.pool)}, per={share.per}, by={show(share.by)}"
    text += f", at_most={show(cap)})" if cap is not None else ")"
    pool, by = _with_titles(share.pool, titles), _with_titles(share.by, titles)
    zh = f"（{pool.zh}）按（{by.zh}）的比例分配"
    en = f"({pool.en}) in proportion to ({by.en})"
    if cap is not None:
        limit = _with_titles(cap, titles)
        zh, en = f"{zh}，以（{limit.zh}）为限", f"{en}, at most ({limit.en})"
    slot = Slot(cap, cap.type) if cap is not None else None
    shared = Shared(item, output, Slot(share.by, share.by.type), slot)
    return Formula(text, Words(zh, en), NOTHING, shared)


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
        text, numbers, words = self._main()
        steps = [self._step(self._programme.result, text, numbers, words)]
        for output, formula in self._formulas.also:
            steps.append(self._step(output, formula.text, self.numbers(formula), formula.said))
        return tuple(steps)

    def _step(self, output: Output, text: str, numbers: str, words: Words) -> Step:
        amount = Amount(self._values[output.id], output.type)
        return Step(output.id, output.title, text, words, numbers, amount)

    def _main(self) -> tuple[str, str, Words]:
        """How the programme's result comes about."""
        if not self._fired:
            one = self._formulas.otherwise
            return (one.text, self.numbers(one), one.said) if one else ("", "", same(""))
        policy = self._programme.hit_policy
        if policy == "collect count":
            return self._counted()
        found = [self._formulas.rules[id_] for id_ in self._fired if id_ in self._formulas.rules]
        parts = [(one.text, self.numbers(one), one.said) for one in found]
        return parts[0] if len(parts) == 1 else _joined(_JOINS.get(policy, ""), parts)

    def _counted(self) -> tuple[str, str, Words]:
        called = [r.title or same(r.id) for r in self._programme.rules if r.id in self._fired]
        zh, en = "、".join(w.zh for w in called), ", ".join(w.en for w in called)
        said = P["counted"]
        words = Words(said.zh.format(rules=zh), said.en.format(rules=en))
        return f"count({', '.join(self._fired)})", str(len(self._fired)), words

    def numbers(self, formula: Formula) -> str:
        """The formula with the village's numbers in."""
        shared = formula.share
        if shared is None:
            return formula.numbers.fill(self._values).en
        pool = self._pool(shared)
        if pool is None:
            return ""
        weight = shared.by.amount(self._values)
        weights = bare(Amount(pool.weights, shared.by.kind))
        numbers = f"{bare(Amount(pool.amount, _MONEY))} * {bare(weight)} / {weights}"
        if shared.cap is None:
            return numbers
        cap = shared.cap.amount(self._values)
        given = self._values[shared.output]
        assert isinstance(cap.value, int) and isinstance(weight.value, int)
        assert isinstance(given, int)
        return f"min({numbers}, {bare(cap)}){_freed(pool, weight.value, cap.value, given)}"

    def _pool(self, shared: Shared) -> PoolUse | None:
        return self._result.pool_of(self._programme.id, shared.item, self._index)

    def pools(self) -> tuple[PoolSaid, ...]:
        """The pools in which the village shares."""
        used = [self._formulas.rules[id_] for id_ in self._fired if id_ in self._formulas.rules]
        used += [formula for _, formula in self._formulas.also]
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
                    pool.weights, given, pool.leftover,
                )
            )  # fmt: skip
        return tuple(found)


def _joined(join: str, parts: list[tuple[str, str, Words]]) -> tuple[str, str, Words]:
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
