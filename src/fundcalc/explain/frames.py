"""All that can be said of a plan before any village is known, with places for a village's values.

Sentences, conditions and formulas are written once for a plan, and filled in for every village.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import IntEnum
from functools import cached_property
from typing import Literal, assert_never

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.words import Lang, Unread, Words, same
from fundcalc.explain.decision import Amount, Condition, ParameterUsed
from fundcalc.explain.formulas import Formulas, formulas
from fundcalc.explain.phrases import (
    NOTHING,
    Phrase,
    Slot,
    Titles,
    Values,
    figures,
    phrase,
    sentence,
    title,
    worded,
)
from fundcalc.explain.words import answered, both, now, required, sign
from fundcalc.language import nodes
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, YesNo
from fundcalc.language.edges import edges, stretches
from fundcalc.language.evaluate import Evaluation, NoValue, evaluation, simplify
from fundcalc.language.nodes import (
    FLIPPED,
    OPPOSITE,
    Absolute,
    Aggregate,
    Arithmetic,
    Calendar,
    Choice,
    Compare,
    Const,
    Contains,
    Extreme,
    Kind,
    Logic,
    Lookup,
    Name,
    Negation,
    Negative,
    Node,
    One,
    Rescale,
    Round,
    Scale,
    Value,
    names,
    walk,
)
from fundcalc.language.show import show
from fundcalc.policy.columns import rule_titles
from fundcalc.policy.model import IDENTITY, Otherwise, Output, Policy, Programme, Rule, Share
from fundcalc.policy.plan import Plan, planned_expressions, ranges, sentences
from fundcalc.policy.sentences import names_in

_NOT_WORKED_OUT = Words("：除数为零，没有算到这一步", ": not worked out, it would divide by zero")
_AMONG = {False: Words(" 属于 ", " is among "), True: Words(" 不属于 ", " is not among ")}


@dataclass(frozen=True)
class Frame:
    """A condition before any village is known. A `choice` has three parts: test, if so, if not.

    `subject` and `relation` say what is the case in few words; of these the second where it fails.
    """

    node: Node
    text: str
    said: Phrase
    left: Slot | None = None
    right: Slot | None = None
    subject: Phrase = NOTHING
    relation: tuple[Phrase, Phrase] = (NOTHING, NOTHING)
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
        except NoValue:  # guarded by a part before it, so that no engine comes here
            return Condition(
                self.text, phrase(self.text, _NOT_WORKED_OUT).fill(values), holds=False
            )
        if self.join is None:
            left = self.left.amount(values) if self.left is not None else None
            right = self.right.amount(values) if self.right is not None else None
            return Condition(
                self.text, self.said.fill(values), holds, left, right,
                self.subject.fill(values), self.relation[not holds].fill(values),
            )  # fmt: skip
        if self.join == "choice":
            test, yes, no = self.parts
            branch = (test.of(values), (yes if test.test(values) else no).of(values))
            return Condition(self.text, same(self.text), holds, join="and", parts=branch)
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
        case Compare(left=Name(type=YesNo()) as name, right=Const(value=bool(wanted))):
            return _tested(node, name, titles, wanted=wanted is (node.op == "=="))
        case Compare():
            return _comparison(node, text, titles)
        case Contains():
            return _contains(node, text, titles)
        case Choice():
            parts = tuple(frame(part, titles) for part in (node.condition, node.yes, node.no))
            return Frame(node, text, phrase(text), join="choice", parts=parts)
        case Name(type=YesNo()):
            return _tested(node, node, titles, wanted=True)
        case Const(type=YesNo()):
            settled = phrase(words("explain.settled" if node.value else "explain.settled_not"))
            return Frame(node, text, settled, Slot(node, node.type), relation=(settled, settled))
        case (
            Const() | Name() | One() | Lookup() | Scale() | Calendar() | Negative() | Rescale() | Arithmetic()
            | Extreme() | Absolute() | Round() | Aggregate()
        ):  # fmt: skip
            said = phrase(title(node, titles))
            return Frame(node, text, said, Slot(node, node.type), relation=(said, said))
    assert_never(node)


def _negated(node: Negation, text: str, titles: Titles) -> Frame:
    if isinstance(node.item, Name):
        return _tested(node, node.item, titles, wanted=False)
    part = frame(node.item, titles)
    said = phrase(Words("非（", "not ("), part.said, Words("）", ")"))
    return Frame(node, text, said, join="not", parts=(part,))


def _tested(node: Node, name: Name, titles: Titles, *, wanted: bool) -> Frame:
    """A question that is to be answered yes, or no: 须无活动场所；现有."""
    question, left = title(name, titles), Slot(name, YesNo())
    right = None if node is name else Slot(Const(YesNo(), node.at, wanted), YesNo())
    answer = replace(left, answers=(now(question, True), now(question, False)))
    said = phrase(words("explain.needs", test=required(question, wanted)), answer)
    relation = (phrase(answered(question, wanted)), phrase(answered(question, not wanted)))
    return Frame(node, show(node), said, left, right, relation=relation)


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
    subject, compared = (
        _brief(side, kind, titles)
        for side, kind in zip((node.left, node.right), kinds, strict=True)
    )
    op = node.op
    if _settled(node.left) and not _settled(node.right):
        subject, compared, op = compared, subject, FLIPPED[op]
    holds, fails = (phrase(f" {sign(operator)} ", compared) for operator in (op, OPPOSITE[op]))
    if op == "==":  # to say that 0 = 0 says no more than that it is 0
        holds = NOTHING
    return Frame(node, text, said, left, right, subject, (holds, fails))


def _contains(node: Contains, text: str, titles: Titles) -> Frame:
    left = Slot(node.item, node.item.type)
    container = node.container
    if isinstance(container, tuple):
        listed = tuple(str(choice.value) for choice in container)
        right = Slot(Const(Texts(), node.at, listed), Texts())
        members = phrase(right)
    else:
        right = Slot(container, container.type)
        members = phrase(title(container, titles), Words("（", " ("), right, Words("）", ")"))
    said = phrase(_side(node.item, left, titles), _AMONG[node.negated], members)
    relation = (
        phrase(words("explain.among"), members),
        phrase(words("explain.not_among"), members),
    )
    subject = _brief(node.item, node.item.type, titles)
    return Frame(
        node, text, said, left, right, subject, relation[::-1] if node.negated else relation
    )


def _settled(node: Node) -> bool:
    """Whether the policy alone says what it is."""
    return all(name.kind in ("parameter", "reading") for name in names(node))


def _brief(node: Node, kind: Type, titles: Titles) -> Phrase:
    """One side of a comparison in few words; what the policy settles is its value alone."""
    slot = Slot(node, kind, "brief")
    if _settled(node) or (isinstance(node, Name) and node.id in IDENTITY):
        return phrase(slot)
    if isinstance(node, Name | Lookup | Scale):
        return phrase(title(node, titles), " ", slot)
    return phrase(worded(node, titles), " = ", slot)


def _side(node: Node, slot: Slot, titles: Titles) -> Phrase:
    """One side of a comparison: its title and its value."""
    if isinstance(node, Const):
        return phrase(both(slot.amount({})))
    if isinstance(node, Name | Lookup | Scale):
        return phrase(title(node, titles), " ", slot)
    return figures(node, titles).then(" = ", slot)


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
    comparisons = [failed.said.say(lang) for failed in failing(condition)]
    if lang == "zh":
        return f"不适用：{'；'.join(comparisons)}，不成立"
    return f"Does not apply: {'; '.join(comparisons)} does not hold"


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
    quote: str | None = None


@dataclass(frozen=True)
class ProgrammeFrame:
    """One programme. `called` are the titles of its rules, which values of text may name."""

    programme: Programme
    rules: tuple[RuleFrame, ...]
    otherwise: RuleFrame | None
    formulas: Formulas
    facts: tuple[str, ...]
    parameters: dict[str, ParameterUsed]
    lookups: dict[str, Lookup | Scale]
    called: dict[str, Words]

    def amount(self, output: Output, value: Value) -> Amount:
        """An output's value; where it names rules, with their titles."""
        if not isinstance(output.type, Text | Texts):
            return Amount(value, output.type)
        ids = value if isinstance(value, tuple) else (value,)
        if not ids or any(id_ not in self.called for id_ in ids):
            return Amount(value, output.type)
        titles = [self.called[str(id_)] for id_ in ids]
        zh, en = "、".join(w.zh for w in titles), ", ".join(w.en for w in titles)
        return Amount(value, output.type, Words(zh, en))


class Frames:
    """A plan's programmes in the order in which the policy lists them."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.kinds = types(plan.policy)
        self.titles = titles(plan.policy)
        for programme in plan.programmes:
            for gathered in programme.gathered:
                self.titles[gathered.name.id] = worded(gathered.value, self.titles)
        self.programmes = tuple(self._programme(plan.programme(id_)) for id_ in plan.policy.listed)

    def _programme(self, programme: Programme) -> ProgrammeFrame:
        as_written = self.plan.policy.programme(programme.id).rules
        rules = tuple(map(self._rule, programme.rules, as_written))
        last, otherwise = programme.otherwise, None
        if last is not None:
            because, cited = self._sentence(last), self._cited(last)
            otherwise = RuleFrame(
                last.id, last.title, last.source, cited, None, because, {}, last.quote
            )
        facts, parameters = self._facts_and_parameters(programme)
        called = rule_titles(programme)
        programme_formulas = formulas(programme, self.titles)
        lookups = {
            show(part): part
            for node in planned_expressions(programme)
            for part in walk(node)
            if isinstance(part, Lookup | Scale)
        }
        return ProgrammeFrame(
            programme, rules, otherwise, programme_formulas, facts, parameters, lookups, called
        )

    def _rule(self, rule: Rule, as_written: Rule) -> RuleFrame:
        """A rule with the readings put in, and those that stand in it as it is written."""
        source, readings = rule.source, self.plan.readings
        chosen = {n.id: readings[n.id] for n in names(as_written.when) if n.kind == "reading"}
        return RuleFrame(
            rule.id, rule.title, source, self._cited(rule), frame(rule.when, self.titles),
            self._sentence(rule), chosen, rule.quote,
        )  # fmt: skip

    def _cited(self, rule: Rule | Otherwise) -> Words | None:
        """Its source by title, and the days on which it holds where that is not always."""
        source, days = self.plan.policy.cited(rule.source), rule.period.said
        if source is None or days is None:
            return source or days
        return Words(f"{source.zh}，{days.zh}", f"{source.en}, {days.en}")

    def _sentence(self, rule: Rule | Otherwise) -> Phrase:
        if rule.because is None:
            return phrase(rule.title or same(rule.id))
        return sentence(rule.because, self._slot_or_words)

    def _slot_or_words(self, id_: str) -> Slot | Words:
        """What stands for `{name}`: a place for its value; for a reading its chosen option in words."""
        policy = self.plan.policy
        if id_ in policy.readings:
            return policy.readings[id_].options[self.plan.readings[id_]]
        kind: Kind = (
            "parameter" if id_ in policy.parameters else "fact" if id_ in policy.facts else "output"
        )
        return Slot(Name(self.kinds[id_], (0, 0), id_, kind), self.kinds[id_])

    def _facts_and_parameters(
        self, programme: Programme
    ) -> tuple[tuple[str, ...], dict[str, ParameterUsed]]:
        """Facts and parameters that the programme's expressions and sentences name."""
        policy = self.plan.policy
        used: dict[str, None] = {}
        for node in planned_expressions(programme):
            used.update((name.id, None) for name in names(node))
        for text in sentences(programme):
            used.update(dict.fromkeys(sorted(names_in(text.zh) | names_in(text.en))))
        parameters = {
            id_: ParameterUsed(
                policy.parameters[id_].title,
                Amount(self.plan.constants[id_], self.kinds[id_]),
                self.plan.since[id_],
                (source := policy.parameters[id_].source_on(self.plan.on)),
                policy.cited(source),
                policy.parameters[id_].quote if source == policy.parameters[id_].source else None,
            )
            for id_ in used
            if id_ in policy.parameters
        }
        return tuple(id_ for id_ in used if id_ in policy.facts), parameters


def types(policy: Policy) -> dict[str, Type]:
    """The type of every fact, parameter, output and reading."""
    by_id: dict[str, Type] = {id_: Text() for id_ in policy.readings}
    by_id.update((id_, fact.type) for id_, fact in policy.facts.items())
    by_id.update((id_, parameter.type) for id_, parameter in policy.parameters.items())
    by_id.update((o.id, o.type) for p in policy.programmes for o in p.outputs)
    return by_id


def titles(policy: Policy) -> dict[str, Words]:
    """The title of every fact, parameter and output."""
    by_id = {id_: fact.title for id_, fact in policy.facts.items()}
    by_id.update((id_, parameter.title) for id_, parameter in policy.parameters.items())
    by_id.update((o.id, o.title) for p in policy.programmes for o in p.outputs)
    by_id.update((id_, table.title) for id_, table in policy.tables.items())
    return by_id


def values_by_name(plan: Plan, row: Mapping[str, Value]) -> dict[str, Value]:
    """Every name's value for a village: facts, outputs, parameters and readings."""
    return {**_BLANK_IDENTITY, **plan.constants, **plan.readings, **row}


_BLANK_IDENTITY: dict[str, Value] = dict.fromkeys(IDENTITY, "")


# -- how results move with a fact ------------------------------------------------------------------


class Shape(IntEnum):
    """Between two edges: the same, a straight line, never turning back, or anything."""

    same = 0
    straight = 1
    one_way = 2
    any = 3


def marks(plan: Plan, expressions: Sequence[Node]) -> dict[str, list[Value]]:
    """For each fact the values on both sides of every edge at which one of its comparisons turns."""
    facts = plan.policy.facts
    ends = {id_: (fact.low, fact.high) for id_, fact in facts.items()}
    by_fact: dict[str, set[Value]] = {}
    for node in expressions:
        for part in walk(simplify(node, plan.constants)):
            if isinstance(part, nodes.Compare | nodes.Contains | nodes.Name):
                for name, values in (edges([part], ends) or {}).items():
                    if name in facts:
                        by_fact.setdefault(name, set()).update(values)
    for name, starts in rows_turns(plan, expressions).items():
        by_fact.setdefault(name, set()).update(n for start in starts for n in (start - 1, start))
    return {name: sorted(values) for name, values in by_fact.items()}


def rows_turns(plan: Plan, expressions: Iterable[Node]) -> dict[str, frozenset[int]]:
    """Of each fact the numbers from which on a table has another row for it."""
    turns: dict[str, frozenset[int]] = {}
    facts, limits = plan.policy.facts, ranges(plan.policy)
    lookups = {part for node in expressions for part in walk(node) if isinstance(part, Lookup)}
    for lookup in lookups:
        for name, starts in (stretches([lookup], limits) or {}).items():
            if name in facts and isinstance(facts[name].type, Number | Date):
                numbers = (start for start in starts[1:] if isinstance(start, int))
                turns[name] = turns.get(name, frozenset()).union(numbers)
    return turns


def shape(plan: Plan, chain: Sequence[Programme], fact: str) -> Shape:
    """How the outputs of the last programme of a chain move with a fact."""
    finder = _Shapes(plan, fact)
    last = Shape.same
    for programme in chain:
        last = finder.programme(programme)
    return last


class _Shapes:
    def __init__(self, plan: Plan, fact: str) -> None:
        self._plan = plan
        self._by_name: dict[str, Shape] = {fact: Shape.straight}

    def programme(self, programme: Programme) -> Shape:
        """The worst shape of its outputs, which are noted for those that use them."""
        shape_of = self._simplified
        for gathered in programme.gathered:
            used = [name.id for part in gathered.parts for name in names(part)]
            unmoved = all(self._by_name.get(id_, Shape.same) is Shape.same for id_ in used)
            uses_own = any(output.id in used for output in programme.outputs)
            self._by_name[gathered.name.id] = Shape.same if unmoved and not uses_own else Shape.any
        conditions = max((shape_of(rule.when) for rule in programme.rules), default=Shape.same)
        results = [shape_of(rule.then) for rule in programme.rules if rule.then is not None]
        results += [
            _share_shape(shape_of, rule.share) for rule in programme.rules if rule.share is not None
        ]
        if programme.otherwise is not None:
            results.append(shape_of(programme.otherwise.value))
        result = max(results, default=Shape.same)
        if programme.hit_policy.startswith("collect ") and result > Shape.same:
            result = Shape.any if len(results) > 1 else result
        worst = Shape.any if conditions is Shape.any else result
        self._by_name[programme.result.id] = worst
        for also in programme.also:
            if also.share is not None:
                output_shape = _share_shape(shape_of, also.share)
            else:
                assert also.value is not None
                output_shape = shape_of(also.value)
            self._by_name[also.id] = output_shape
            worst = max(worst, output_shape)
        return worst

    def _simplified(self, node: Node) -> Shape:
        return self._shape_of(simplify(node, self._plan.constants))

    def _shape_of(self, node: Node) -> Shape:
        match node:
            case nodes.Scale():
                return Shape.same if self._shape_of(node.item) is Shape.same else Shape.any
            case nodes.Lookup():
                fixed = all(self._shape_of(key) is Shape.same for key in node.keys)
                return Shape.same if fixed else Shape.any
            case nodes.Calendar():
                fixed = all(self._shape_of(item) is Shape.same for item in node.items)
                return Shape.same if fixed else Shape.any
            case nodes.Const() | nodes.One():
                return Shape.same
            case nodes.Name():
                return self._by_name.get(node.id, Shape.same)
            case nodes.Negative() | nodes.Rescale():
                return self._shape_of(node.item)
            case nodes.Arithmetic():
                return self._arithmetic(node)
            case nodes.Compare():
                return self._compare_shape(node)
            case nodes.Contains():
                return Shape.same if isinstance(node.item, nodes.Name) else Shape.any
            case nodes.Logic():
                return max(self._shape_of(item) for item in node.items)
            case nodes.Negation():
                return self._shape_of(node.item)
            case nodes.Choice():
                return max(self._shape_of(part) for part in (node.condition, node.yes, node.no))
            case nodes.Extreme():
                return _bent([self._shape_of(item) for item in node.items])
            case nodes.Absolute():
                return Shape.same if self._shape_of(node.item) is Shape.same else Shape.any
            case nodes.Round():
                fixed_divisor = self._shape_of(node.denominator) is Shape.same
                numerator = self._shape_of(node.numerator)
                return _bent([numerator]) if fixed_divisor else Shape.any
            case nodes.Aggregate():
                parts = [
                    self._shape_of(part) for part in (node.item, node.where) if part is not None
                ]
                return max(parts, default=Shape.same)
        assert_never(node)

    def _arithmetic(self, node: nodes.Arithmetic) -> Shape:
        left, right = self._shape_of(node.left), self._shape_of(node.right)
        if Shape.same in (left, right):
            return max(left, right)
        straight = left is Shape.straight and right is Shape.straight and node.op in "+-"
        return Shape.straight if straight else Shape.any

    def _compare_shape(self, node: nodes.Compare) -> Shape:
        """A comparison turns at edges that are known, or at places that only a solver finds."""
        for side, against in ((node.left, node.right), (node.right, node.left)):
            if (
                isinstance(side, nodes.Name)
                and side.kind == "fact"
                and isinstance(against, nodes.Const)
            ):
                return Shape.same
        worst = max(self._shape_of(node.left), self._shape_of(node.right))
        return Shape.same if worst is Shape.same else Shape.any


def _bent(items: Sequence[Shape]) -> Shape:
    """What min, max or rounding make of it: one item that moves keeps its direction."""
    moving = [item for item in items if item is not Shape.same]
    if not moving:
        return Shape.same
    return Shape.any if len(moving) > 1 else max(moving[0], Shape.one_way)


def _share_shape(shape_of: Callable[[Node], Shape], share: Share) -> Shape:
    """A share of a pool: what the village gets grows with its weight, its ends and the pool."""
    return _bent([max(shape_of(part) for part in share.parts if part is not None)])
