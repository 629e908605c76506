"""All that can be said of a plan before any village is known, with places for a village's values.

Sentences, conditions and formulas are written once for a plan, and filled in for every village.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, assert_never

from fundcalc.base.words import Lang, Unread, Words, same
from fundcalc.engines.result import PoolUse, Result
from fundcalc.explain.decision import Amount, Condition, ParameterUsed, PoolSaid, Step
from fundcalc.explain.words import P, bare, both, said, sign
from fundcalc.language.datatypes import Number, Text, Texts, Type, YesNo
from fundcalc.language.evaluate import DivisionByZero, Evaluation, aggregate_key, evaluation
from fundcalc.language.nodes import (
    Absolute,
    Aggregate,
    Choice,
    Compare,
    Const,
    Contains,
    Extreme,
    Kind,
    Logic,
    Name,
    Negation,
    Negative,
    Node,
    Rescale,
    Round,
    Value,
    names,
    rebuild,
)
from fundcalc.language.nodes import (
    Arithmetic as Calculation,
)
from fundcalc.language.show import show
from fundcalc.policy.model import IDENTITY, Output, Policy, Programme
from fundcalc.policy.plan import (
    Plan,
    PlanProgramme,
    PlanRule,
    PlanShare,
    planned_expressions,
    sentences,
)
from fundcalc.policy.templates import names_in, split

_TOKEN = re.compile("\ue000(\\d+)\ue001")


@dataclass(frozen=True)
class Slot:
    """A place for a value, written for a reader; `plain` as in a formula: 120000.00, 'text'."""

    node: Node
    kind: Type
    plain: bool = False

    @cached_property
    def _evaluate(self) -> Evaluation:
        return evaluation(self.node)

    def amount(self, values: Mapping[str, Value]) -> Amount:
        """The value for a village; `values` holds every name."""
        return Amount(self._evaluate(values), self.kind)

    def fill(self, amount: Amount, lang: Lang) -> str:
        """The value as text."""
        if not self.plain:
            return said(amount, lang)
        text = bare(amount)
        return f"'{text}'" if isinstance(self.kind, Text | Texts) else text


Pieces = tuple[str | Slot, ...]
Values = Mapping[str, Value]


@dataclass(frozen=True)
class Phrase:
    """A sentence in two languages with slots in it."""

    zh: Pieces
    en: Pieces

    def fill(self, values: Values) -> Words:
        """The sentence for a village."""
        return Unread(lambda lang: _fill(self.say(lang), values, lang))

    def say(self, lang: Lang) -> Pieces:
        """The pieces in one language."""
        return self.zh if lang == "zh" else self.en

    def then(self, *others: Phrase | Words | str | Slot) -> Phrase:
        """This sentence and what follows."""
        zh, en = list(self.zh), list(self.en)
        for other in others:
            if isinstance(other, str | Slot):
                zh.append(other)
                en.append(other)
            elif isinstance(other, Words):
                zh.append(other.zh)
                en.append(other.en)
            else:
                zh += other.zh
                en += other.en
        return Phrase(tuple(zh), tuple(en))


NOTHING = Phrase((), ())


def phrase(*parts: Phrase | Words | str | Slot) -> Phrase:
    """A sentence from its parts."""
    return NOTHING.then(*parts)


def _fill(pieces: Pieces, values: Values, lang: Lang) -> str:
    return "".join(
        piece if isinstance(piece, str) else piece.fill(piece.amount(values), lang)
        for piece in pieces
    )


def expression(node: Node) -> Phrase:
    """An expression with a plain slot in place of each name."""
    slots: list[Slot] = []

    def one(name: Name) -> str:
        slots.append(Slot(name, name.type, plain=True))
        return f"\ue000{len(slots) - 1}\ue001"

    text = show(node, one)
    parts = _TOKEN.split(text)
    pieces = tuple(
        slots[int(part)] if place % 2 else part for place, part in enumerate(parts) if part
    )
    return Phrase(pieces, pieces)


def sentence(words: Words, name: Callable[[str], Slot | Words]) -> Phrase:
    """A policy author's sentence; `name` says what stands in the place of each `{name}`."""
    found: dict[str, Slot | Words] = {}

    def one(lang: Lang) -> Pieces:
        pieces: list[str | Slot] = []
        for piece, is_name in split(words.say(lang)):
            if not is_name:
                pieces.append(piece)
                continue
            if piece not in found:
                found[piece] = name(piece)
            stands = found[piece]
            pieces.append(stands if isinstance(stands, Slot) else stands.say(lang))
        return tuple(pieces)

    return Phrase(one("zh"), one("en"))


Titles = Mapping[str, Words]
_NOT_WORKED_OUT = Words("：除数为零，没有算到这一步", ": not worked out, it would divide by zero")
_IS = Words(" = ", " = ")
_AMONG = {False: Words(" 属于 ", " is among "), True: Words(" 不在 ", " is not among ")}


@dataclass(frozen=True)
class Frame:
    """A condition before any village is known. A `choice` has three parts: test, if so, if not."""

    node: Node
    text: str
    said: Phrase
    left: Slot | None = None
    right: Slot | None = None
    join: Literal["and", "or", "not", "choice"] | None = None
    parts: tuple[Frame, ...] = ()

    @cached_property
    def test(self) -> Evaluation:
        """Whether it holds for a village."""
        return evaluation(self.node)

    def of(self, values: Values) -> Condition:
        """The condition of a village."""
        try:
            holds = bool(self.test(values))
        except DivisionByZero:  # guarded by a part before it, so that no engine comes here
            return Condition(
                self.text, phrase(self.text, _NOT_WORKED_OUT).fill(values), holds=False
            )
        if self.join is None:
            left = self.left.amount(values) if self.left is not None else None
            right = self.right.amount(values) if self.right is not None else None
            return Condition(self.text, self.said.fill(values), holds, left, right)
        if self.join == "choice":
            test, yes, no = self.parts
            both = (test.of(values), (yes if test.test(values) else no).of(values))
            return Condition(self.text, same(self.text), holds, join="and", parts=both)
        parts = tuple(part.of(values) for part in self.parts)
        return Condition(self.text, self.said.fill(values), holds, join=self.join, parts=parts)


def frame(node: Node, titles: Titles) -> Frame:
    """An expression of yes/no as a condition with places for a village's numbers."""
    text = show(node)
    match node:
        case Logic():
            parts = tuple(frame(item, titles) for item in node.items)
            return Frame(node, text, phrase(text), join=node.op, parts=parts)
        case Negation():
            return _negated(node, text, titles)
        case Compare():
            return _comparison(node, text, titles)
        case Contains():
            return _contains(node, text, titles)
        case Choice():
            parts = tuple(frame(part, titles) for part in (node.condition, node.yes, node.no))
            return Frame(node, text, phrase(text), join="choice", parts=parts)
        case (
            Const() | Name() | Negative() | Rescale() | Calculation() | Extreme() | Absolute()
            | Round() | Aggregate()
        ):  # fmt: skip
            slot = Slot(node, node.type)
            return Frame(node, text, _bare_side(node, slot, titles), slot)
    assert_never(node)


def _negated(node: Negation, text: str, titles: Titles) -> Frame:
    if isinstance(node.item, Name):
        left = Slot(node.item, node.item.type)
        right = Slot(Const(YesNo(), node.at, False), YesNo())
        return Frame(node, text, phrase(_title(node.item, titles), _IS, left), left, right)
    part = frame(node.item, titles)
    said = phrase(Words("非（", "not ("), part.said, Words("）", ")"))
    return Frame(node, text, said, join="not", parts=(part,))


def _comparison(node: Compare, text: str, titles: Titles) -> Frame:
    # a bare number is of the kind that it is compared with
    kinds: tuple[Type, Type] = (node.left.type, node.right.type)
    if isinstance(node.left, Const):
        kinds = (node.right.type, node.right.type)
    elif isinstance(node.right, Const):
        kinds = (node.left.type, node.left.type)
    left, right = Slot(node.left, kinds[0]), Slot(node.right, kinds[1])
    said = phrase(
        _side(node.left, left, titles), f" {sign(node.op)} ", _side(node.right, right, titles)
    )
    return Frame(node, text, said, left, right)


def _contains(node: Contains, text: str, titles: Titles) -> Frame:
    left = Slot(node.item, node.item.type)
    container = node.container
    if isinstance(container, tuple):
        listed = tuple(str(choice.value) for choice in container)
        right = Slot(Const(Texts(), node.at, listed), Texts())
        members = phrase(right)
    else:
        right = Slot(container, container.type)
        title = _title(container, titles)
        members = phrase(title, Words("（", " ("), right, Words("）", ")"))
    said = phrase(_side(node.item, left, titles), _AMONG[node.negated], members)
    return Frame(node, text, said, left, right)


def _title(node: Node, titles: Titles) -> Words:
    return titles.get(node.id, same(node.id)) if isinstance(node, Name) else same(show(node))


def _bare_side(node: Node, slot: Slot, titles: Titles) -> Phrase:
    """A condition that is a single yes/no: its title and the answer."""
    if isinstance(node, Name) and not isinstance(node.type, Text | Texts):
        return phrase(_title(node, titles), _IS, slot)
    return phrase(_title(node, titles) if isinstance(node, Name) else show(node))


def _side(node: Node, slot: Slot, titles: Titles) -> Phrase:
    """One side of a comparison: its title and its value."""
    if isinstance(node, Const):
        return phrase(both(slot.amount({})))
    if isinstance(node, Name):
        return phrase(_title(node, titles), " ", slot)
    return expression(node).then(" = ", slot)


def failing(condition: Condition) -> Iterator[Condition]:
    """What stands in the way of a condition that does not hold: its comparisons that fail."""
    if condition.holds:
        return
    if condition.join in ("and", "or"):
        for part in condition.parts:
            yield from failing(part)
    else:
        yield condition


def why_not(condition: Condition) -> Words:
    """A sentence with the comparisons that fail."""
    return Unread(lambda lang: _failing_said(condition, lang))


def _failing_said(condition: Condition, lang: Lang) -> str:
    found = [one.said.say(lang) for one in failing(condition)]
    if lang == "zh":
        return f"不适用：{'；'.join(found)}，不成立"
    return f"Does not apply: {'; '.join(found)} does not hold"


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
            also.append((one.output, _shared(one.id, one.share, one.id, titles)))
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
    for join, word in _JOINS_ZH:
        where = where.replace(join, word)
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
        match policy:
            case "collect count":
                return self._counted()
            case "collect max" | "collect min" | "collect sum":
                join = policy.removeprefix("collect ")
            case "unique" | "first" | "any" | "collect":
                join = ""
            case _:
                assert_never(policy)
        parts = [(one.text, self.numbers(one), one.said) for one in self._deciding()]
        return parts[0] if len(parts) == 1 else _joined(join, parts)

    def _deciding(self) -> list[Formula]:
        return [self._formulas.rules[id_] for id_ in self._fired if id_ in self._formulas.rules]

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


@dataclass(frozen=True)
class RuleFrame:
    """A rule, or what holds otherwise: `because` where it decides, `condition` where it has one."""

    id: str
    title: Words | None
    source: str | None
    cited: Words | None
    condition: Frame | None
    because: Phrase
    readings: dict[str, str]


@dataclass(frozen=True)
class ProgrammeFrame:
    """One programme. `called` are the titles of its rules, which values of text may name."""

    plan: PlanProgramme
    rules: tuple[RuleFrame, ...]
    otherwise: RuleFrame | None
    formulas: Formulas
    facts: tuple[str, ...]
    parameters: dict[str, ParameterUsed]
    called: dict[str, Words]

    @property
    def programme(self) -> Programme:
        """The programme as the policy has it."""
        return self.plan.programme

    def amount(self, output: Output, value: Value) -> Amount:
        """An output's value; where it names rules, with their titles."""
        ids = value if isinstance(value, tuple) else (value,)
        text = isinstance(output.type, Text | Texts)
        if not ids or not text or any(id_ not in self.called for id_ in ids):
            return Amount(value, output.type)
        found = [self.called[str(id_)] for id_ in ids]
        zh, en = "、".join(w.zh for w in found), ", ".join(w.en for w in found)
        return Amount(value, output.type, Words(zh, en))


class Frames:
    """A plan's programmes in the order in which the policy lists them."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.kinds = types(plan.policy)
        self.titles = titles(plan.policy)
        self.programmes = tuple(self._programme(plan.programme(id_)) for id_ in plan.policy.listed)

    def _programme(self, programme: PlanProgramme) -> ProgrammeFrame:
        one = programme.programme
        rules = tuple(self._rule(rule) for rule in programme.rules)
        otherwise = None
        if one.otherwise is not None:
            because = self._sentence(one.otherwise.because, one.otherwise.id)
            source = one.otherwise.source
            otherwise = RuleFrame(
                one.otherwise.id, one.otherwise.title, source, self._cite(source), None, because, {}
            )  # fmt: skip
        facts, parameters = self._used(programme)
        called = {rule.id: rule.title for rule in one.rules if rule.title is not None}
        if one.otherwise is not None and one.otherwise.title is not None:
            called[one.otherwise.id] = one.otherwise.title
        found = formulas(programme, self.titles)
        return ProgrammeFrame(programme, rules, otherwise, found, facts, parameters, called)

    def _rule(self, rule: PlanRule) -> RuleFrame:
        source, readings = rule.rule.source, self.plan.readings
        used = {n.id: readings[n.id] for n in names(rule.rule.when) if n.kind == "reading"}
        return RuleFrame(
            rule.id, rule.rule.title, source, self._cite(source), frame(rule.when, self.titles),
            self._sentence(rule.rule.because, rule.id), used,
        )  # fmt: skip

    def _sentence(self, because: Words | None, id_: str) -> Phrase:
        return phrase(same(id_)) if because is None else sentence(because, self._named)

    def _named(self, id_: str) -> Slot | Words:
        """What stands for `{name}`: a place for its value; for a reading its chosen option in words."""
        policy = self.plan.policy
        if id_ in policy.readings:
            return policy.readings[id_].options[self.plan.readings[id_]]
        kind: Kind = (
            "parameter" if id_ in policy.parameters else "fact" if id_ in policy.facts else "output"
        )
        return Slot(Name(self.kinds[id_], (0, 0), id_, kind), self.kinds[id_])

    def _cite(self, source: str | None) -> Words | None:
        return self.plan.policy.sources[source].cite() if source else None

    def _used(self, programme: PlanProgramme) -> tuple[tuple[str, ...], dict[str, ParameterUsed]]:
        """Facts and parameters that the programme's expressions and sentences name."""
        policy = self.plan.policy
        used: dict[str, None] = {}
        for node in planned_expressions(programme):
            used.update((name.id, None) for name in names(node))
        for words in sentences(programme.programme):
            used.update(dict.fromkeys(sorted(names_in(words.zh) | names_in(words.en))))
        parameters = {
            id_: ParameterUsed(
                policy.parameters[id_].title,
                Amount(self.plan.constants[id_], self.kinds[id_]),
                self.plan.since[id_],
                policy.parameters[id_].source_on(self.plan.on),
            )
            for id_ in used
            if id_ in policy.parameters
        }
        return tuple(id_ for id_ in used if id_ in policy.facts), parameters


def types(policy: Policy) -> dict[str, Type]:
    """The type of every fact, parameter, output and reading."""
    found: dict[str, Type] = {id_: Text() for id_ in policy.readings}
    found.update((id_, fact.type) for id_, fact in policy.facts.items())
    found.update((id_, parameter.type) for id_, parameter in policy.parameters.items())
    found.update((o.id, o.type) for p in policy.programmes for o in p.outputs)
    return found


def titles(policy: Policy) -> dict[str, Words]:
    """The title of every fact, parameter and output."""
    found = {id_: fact.title for id_, fact in policy.facts.items()}
    found.update((id_, parameter.title) for id_, parameter in policy.parameters.items())
    found.update((o.id, o.title) for p in policy.programmes for o in p.outputs)
    return found


def known(plan: Plan, row: Mapping[str, Value]) -> dict[str, Value]:
    """Every name's value for a village: facts, outputs, parameters and readings."""
    return {**_BLANK_IDENTITY, **plan.constants, **plan.readings, **row}


_BLANK_IDENTITY: dict[str, Value] = dict.fromkeys(IDENTITY, "")
