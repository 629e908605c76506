"""A programme in the core: hit policies turned into conditions, one expression and assertions.

A decision is a list of steps in the order in which they are worked out. Engines know seven kinds of
step and nothing of hit policies; the row evaluator and the rules engine know hit policies as they are
written, and nothing of steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Literal, assert_never

from fundcalc.base import dataclass
from fundcalc.core import nodes as core
from fundcalc.core.interval import ZERO, Interval
from fundcalc.core.nodes import NONE, Group, Name, Node, whole

HitPolicy = Literal[
    "unique",
    "first",
    "any",
    "collect",
    "collect max",
    "collect min",
    "collect sum",
    "collect count",
]


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a pool: `pool` is said of a group, `by` (the weight) and both ends of a village.

    `per` is the fact that makes the groups, `all` or `village`.
    """

    pool: Node
    per: str
    by: Node
    at_most: Node | None
    at_least: Node | None = None

    @property
    def parts(self) -> tuple[Node, ...]:
        """Its expressions: of the pool, then those of a village."""
        nodes = (self.pool, self.by, self.at_most, self.at_least)
        return tuple(node for node in nodes if node is not None)

    @property
    def bounds(self) -> Interval:
        """From nothing to the pool, or to the cap."""
        caps = [self.pool] if self.at_most is None else [self.pool, self.at_most]
        return Interval(0, max(min(cap.bounds.high for cap in caps), 0))


@dataclass(frozen=True, slots=True)
class Rule:
    """What a programme's rule says: when it holds, and its value or share (none where rules are counted)."""

    id: str
    when: Node
    then: Node | Share | None


@dataclass(frozen=True, slots=True)
class Define:
    """A column: `name` stands for `node`. `item` is the rule or output whose it is, for titles and errors."""

    name: Name
    node: Node
    item: str


@dataclass(frozen=True, slots=True)
class Output:
    """As `Define`, of an output: a number that leaves 64 bits is an error of the village."""

    name: Name
    node: Node


@dataclass(frozen=True, slots=True)
class Allot:
    """A column of shares of a pool among the villages for which `claims` holds."""

    name: Name
    share: Share
    claims: Node
    item: str


@dataclass(frozen=True, slots=True)
class Gather:
    """A column of a value of many villages: for each, of those that have the same in all of `per`.

    `item` is the output that asks for it, for errors.
    """

    name: Name
    group: Group
    per: tuple[Name, ...]
    item: str


@dataclass(frozen=True, slots=True)
class AtMostOne:
    """No village may meet two of the conditions (`unique`)."""

    conditions: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class AtLeastOne:
    """Every village must meet one of the conditions: there is no `otherwise`."""

    conditions: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Agree:
    """Where a condition holds, its value must be what `result` is (`any`)."""

    cases: tuple[tuple[Name, Node], ...]
    result: Name


Step = Define | Output | Allot | Gather | AtMostOne | AtLeastOne | Agree


@dataclass(frozen=True, slots=True)
class Decision:
    """A programme in the core. `decides` names, for each rule, the column that says whether it decided."""

    id: str
    steps: tuple[Step, ...]
    decides: tuple[tuple[str, Name], ...]

    @property
    def widest(self) -> Interval:
        """The bounds of every number on the way."""
        intervals = (node.widest for step in self.steps for node in _nodes(step))
        return reduce(Interval.union, intervals, ZERO)

    def outputs(self) -> dict[Name, Interval]:
        """The columns of outputs, each with the bounds that its formula gives: beyond 64 bits too."""
        columns: dict[Name, Interval] = {}
        for step in self.steps:
            match step:
                case Output():
                    columns[step.name] = step.node.bounds
                case Allot() if step.item == step.name.id:
                    columns[step.name] = step.share.bounds
                case Define() | Allot() | Gather() | AtMostOne() | AtLeastOne() | Agree():
                    pass
                case _:
                    assert_never(step)
        return columns


def _nodes(step: Step) -> tuple[Node, ...]:
    match step:
        case Define() | Output():
            return (step.node,)
        case Gather():
            return (step.group,)
        case Allot():
            return (*step.share.parts, step.claims)
        case AtMostOne() | AtLeastOne() | Agree():
            return ()
    assert_never(step)


def decision(
    id_: str,
    policy: HitPolicy,
    rules: Sequence[Rule],
    otherwise: Node | None,
    result: str,
    most: Interval | None = None,
) -> Decision:
    """A programme's rules as steps that end in its result, the output of the id `result`.

    `most` are the numbers that an engine knows, if it knows fewer than the nodes' bounds.
    """
    builder = _Steps(id_)
    decides = builder.decides(policy, rules)
    if policy == "unique" and len(rules) > 1:
        builder.steps.append(AtMostOne(tuple(decides)))
    if otherwise is None:
        builder.steps.append(AtLeastOne(tuple(decides)))
    values = [builder.value(policy, rule, name) for rule, name in zip(rules, decides, strict=True)]
    cases = list(zip(decides, values, strict=True))
    name = builder.output(result, _result(policy, cases, otherwise, most))
    if policy == "any" and len(set(values)) > 1:
        builder.steps.append(Agree(tuple(cases), name))
    pairs = tuple(zip((rule.id for rule in rules), decides, strict=True))
    return Decision(id_, tuple(builder.steps), pairs)


def extended(decision: Decision, output: str, value: Node | Share) -> Decision:
    """The decision with a further output; each village has a claim to its share of a pool."""
    builder = _Steps(decision.id)
    if isinstance(value, Share):
        name = core.name(output, "number", value.bounds.clipped())
        builder.steps.append(Allot(name, value, core.TRUE, output))
    else:
        builder.output(output, value)
    return Decision(decision.id, (*decision.steps, *builder.steps), decision.decides)


class _Steps:
    """The steps of a programme, as they are added."""

    def __init__(self, programme: str) -> None:
        self._programme = programme
        self.steps: list[Step] = []

    def decides(self, policy: HitPolicy, rules: Sequence[Rule]) -> list[Name]:
        """For each rule the column of whether it decides; under `first`, if none before it holds.

        Every condition is worked out as a whole, so that one which fails is an error in any order.
        """
        names: list[Name] = []
        earlier: list[Node] = []
        for rule in rules:
            id_ = f"{self._programme}:{rule.id}"
            if policy != "first" or not earlier:
                name = holds = self._define(id_, rule.when, rule.id)
            else:
                holds = self._define(f"{id_}?", rule.when, rule.id)
                free = core.negation(core.logic("or", earlier))
                name = self._define(id_, core.logic("and", [holds, free]), rule.id)
            earlier.append(holds)
            names.append(name)
        return names

    def value(self, policy: HitPolicy, rule: Rule, decides: Name) -> Node:
        """A rule's value; in a column of its own where it may fail or is looked at twice."""
        id_ = f"{self._programme}:{rule.id}="
        match rule.then:
            case None:
                return whole(1)
            case Share():
                share = rule.then
                name = core.name(id_, "number", share.bounds)
                self.steps.append(Allot(name, share, decides, rule.id))
                return name
            case value if value.fails:
                guarded = core.choice([(decides, value)], NONE[value.kind])
                return self._define(id_, guarded, rule.id)
            case value if policy == "any" and not isinstance(value, core.Const):
                return self._define(id_, value, rule.id)
            case value:
                return value

    def output(self, id_: str, node: Node) -> Name:
        """An output's column; beyond 64 bits it is an error, so what uses it may rely on these."""
        counts = node.kind in ("number", "date")
        name = core.name(id_, node.kind, node.bounds.clipped() if counts else ZERO)
        self.steps.append(Output(name, node))
        return name

    def _define(self, id_: str, node: Node, item: str) -> Name:
        name = core.name(id_, node.kind, node.bounds)
        self.steps.append(Define(name, node, item))
        return name


def _result(
    policy: HitPolicy,
    cases: Sequence[tuple[Name, Node]],
    otherwise: Node | None,
    most: Interval | None,
) -> Node:
    """The one expression that a hit policy makes of rules that decide and their values."""
    if not cases:  # none is in force on the day
        assert otherwise is not None
        return otherwise
    any_decides = core.logic("or", [condition for condition, _ in cases])

    def or_otherwise(result: Node) -> Node:
        """With `otherwise` where no rule decides; where there is none, some rule does."""
        return result if otherwise is None else core.choice([(any_decides, result)], otherwise)

    match policy:
        case "unique" | "first" | "any":
            last = cases[-1][1] if otherwise is None else otherwise
            tested = cases[:-1] if otherwise is None else cases
            return core.choice(tested, last, apart=policy != "any")
        case "collect":
            return or_otherwise(core.listing(cases))
        case "collect max" | "collect min":
            low, high = reduce(Interval.union, (value.bounds for _, value in cases))
            if most is not None:
                low, high = max(low, most.low), min(high, most.high)
            never = whole(low if policy == "collect max" else high)
            values = [core.choice([case], never) for case in cases]
            return or_otherwise(core.extreme("max" if policy == "collect max" else "min", values))
        case "collect sum" | "collect count":
            values = [core.choice([case], NONE["number"]) for case in cases]
            return or_otherwise(_sum(values))
    assert_never(policy)


def _sum(items: Sequence[Node]) -> Node:
    """The sum of many, in pairs of pairs: no deeper than it must be."""
    if len(items) == 1:
        return items[0]
    half = len(items) // 2
    return core.plus(_sum(items[:half]), _sum(items[half:]))
