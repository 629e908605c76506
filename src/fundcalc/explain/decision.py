"""An explanation as data: neutral records that text and JSON are made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Literal, NamedTuple

from fundcalc.base import dataclass
from fundcalc.base.words import Lang, Words, same
from fundcalc.language.datatypes import Number, Type
from fundcalc.language.nodes import Value
from fundcalc.language.units import Unit

ASSUMED = "assumed"
NOTHING = same("")


@dataclass(frozen=True, slots=True)
class Amount:
    """A value with its type, so that it can be written with decimals and unit.

    `called` names the rules that a value of text stands for.
    """

    value: Value
    type: Type
    called: Words | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison with both its sides, or `and`, `or`, `not` of further conditions.

    `text` is the expression; `said` the same in the reader's words, numbers in. `subject` and `relation`
    say what is the case, whether it holds or not, in few words: Residents 312 | < 1,000.
    """

    text: str
    said: Words
    holds: bool
    left: Amount | None = None
    right: Amount | None = None
    subject: Words = NOTHING
    relation: Words = NOTHING
    join: Literal["and", "or", "not"] | None = None
    parts: tuple[Condition, ...] = ()

    def leaves(self) -> Iterator[Condition]:
        """The comparisons, in the order written."""
        if self.join is None:
            yield self
        for part in self.parts:
            yield from part.leaves()


UNCONDITIONAL = "true"
"""The condition, as written, of a rule that has none."""


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """A rule, whether it decided, and why.

    `cited` is its source by title, and its days; `quote` a sentence of it.
    """

    id: str
    title: Words | None
    fired: bool
    source: str | None
    cited: Words | None
    when: str
    condition: Condition | None
    says: Words
    readings: dict[str, str]
    quote: str | None = None

    @property
    def leaves(self) -> tuple[Condition, ...]:
        """The comparisons of its condition, in the order written."""
        return tuple(self.condition.leaves()) if self.condition is not None else ()


@dataclass(frozen=True, slots=True)
class FactUsed:
    """A fact and the cell it stands in, or `assumed`."""

    title: Words
    amount: Amount
    origin: str


@dataclass(frozen=True, slots=True)
class ParameterUsed:
    """A parameter's value on the date, since when it holds and on what it rests: by id, title, sentence."""

    title: Words
    amount: Amount
    since: date
    source: str | None
    cited: Words | None
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of arithmetic: as the policy has it, in words, and both with the village's numbers.

    `figures` has numbers in place of names, `named` after them.
    """

    output: str
    title: Words
    formula: str
    said: Words
    with_values: Words
    figures: Words
    named: Words
    amount: Amount


@dataclass(frozen=True, slots=True)
class PoolSaid:
    """The pool in which the village shares; amounts in the smallest unit of the `kind`."""

    item: str
    group: str
    amount: int
    villages: int
    claims: int
    weight: int
    weights: int
    share: int
    leftover: int
    by: Type
    kind: Number
    rest_to: Words | None = None


@dataclass(frozen=True, slots=True)
class HingeSaid:
    """Another option of a reading and the outputs under it."""

    reading: str
    option: str
    question: Words
    answer: Words
    outputs: dict[str, Amount]


@dataclass(frozen=True, slots=True)
class ChangeSaid:
    """A value of a fact that would change the decision: the outputs that differ and the rules then.

    `step` is True where the very next value changes an output while the same rules decide, as with an
    amount a person: the output follows the fact.
    """

    fact: str
    title: Words
    to: Amount
    outputs: dict[str, Amount]
    fired: tuple[str, ...]
    step: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """An output of a programme; `payer` is who pays it, by title, `payer_id` who pays it to the village."""

    output: str
    title: Words
    amount: Amount
    payer: Words | None
    payer_id: str | None


class Ground(NamedTuple):
    """A comparison as what is the case: Residents 312 | < 1,000.

    A question of yes or no has no subject; where it is in the way, it says what is asked: 须无活动场所；现有.
    """

    subject: Words
    relation: Words

    def say(self, lang: Lang) -> str:
        """The whole of it."""
        return self.subject.say(lang) + self.relation.say(lang)


@dataclass(frozen=True, slots=True)
class Because:
    """A rule, and the comparisons on which it rests or that stand in its way.

    `amount` is what the rule gives by itself, if that can be told.
    """

    rule: RuleSaid
    grounds: tuple[Ground, ...]
    amount: Amount | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a programme comes to for a village.

    `outputs` begin with what the answer is about; any others are amounts of money. `rules` decided;
    `higher` and `lower` are the rules that would have given the next amount above and below. Where none
    decided, `others` are all the rules, and `common` what stands in the way of every one of them.
    """

    outputs: tuple[Given, ...]
    rules: tuple[Because, ...]
    higher: Because | None
    lower: Because | None
    others: tuple[Because, ...]
    common: tuple[Ground, ...]
    pool: PoolSaid | None
    beaten: Because | None = None
    """Of the rules that apply, the one whose amount comes next to the highest, or lowest, that counts."""

    @property
    def given(self) -> Given:
        """The output that the answer is about."""
        return self.outputs[0]


@dataclass(frozen=True, slots=True)
class Decision:
    """One programme's decision for one village.

    `would_change` has, for each fact and side, the nearest value that changes an output; `other_rules`
    the nearest at which other rules decide, where that is not the same.
    """

    programme: str
    title: Words
    note: Words | None
    outputs: dict[str, Amount]
    titles: dict[str, Words]
    fired: tuple[str, ...]
    rules: tuple[RuleSaid, ...]
    otherwise: RuleSaid | None
    facts: dict[str, FactUsed]
    parameters: dict[str, ParameterUsed]
    steps: tuple[Step, ...]
    pools: tuple[PoolSaid, ...]
    hinges_on: tuple[HingeSaid, ...]
    would_change: tuple[ChangeSaid, ...]
    other_rules: tuple[ChangeSaid, ...]
    answer: Answer

    def now(self, fact: str) -> Value:
        """A fact's present value; blank where the decision rests on it only through another."""
        return self.facts[fact].amount.value if fact in self.facts else ""


@dataclass(frozen=True, slots=True)
class ByHand:
    """An output that is not what the rules gave: set by hand on the grounds given, or following."""

    output: str
    title: Words
    by_rules: Amount
    amount: Amount
    grounds: dict[str, str] | None

    @property
    def follows(self) -> bool:
        """Whether it follows from another that was set."""
        return self.grounds is None


@dataclass(frozen=True, slots=True)
class Paid:
    """An output that is paid, in fen, before and after a correction."""

    output: str
    title: Words
    before: int
    after: int

    @property
    def difference(self) -> int:
        """To pay if above nothing, to deduct if below."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a correcting run changes for one village; no amounts where nothing differs.

    `corrects` is the id of the run that it corrects; `unit` is in what it pays, yuan for yuan a year.
    """

    corrects: str
    reason: str
    unit: Unit
    amounts: tuple[Paid, ...]

    @property
    def net(self) -> int:
        """To pay if above nothing, to deduct if below, in fen."""
        return sum(paid.difference for paid in self.amounts)


class Later(NamedTuple):
    """A later run that corrects this one, and why."""

    run: str
    reason: str


class Undecided(NamedTuple):
    """An option of a reading under which there is no result, its answer in words, and why."""

    reading: str
    option: str
    answer: Words
    why: Words


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything decided about one village.

    `by_hand` is what was changed after the rules; `corrected` what the run changes, if it corrects
    another. Under `undecided` options what the village would get is not known.
    """

    village: dict[str, str]
    policy_id: str
    policy_title: Words
    digest: str
    on: date
    readings: dict[str, str]
    reading_words: dict[str, tuple[Words, Words]]
    sources: dict[str, Words]
    decisions: tuple[Decision, ...]
    by_hand: tuple[ByHand, ...] = ()
    corrected: Corrected | None = None
    later: tuple[Later, ...] = ()
    undecided: tuple[Undecided, ...] = ()

    def only(self, programme: str) -> Explanation | None:
        """The same of one programme, by its id or title."""
        decisions = [
            decision
            for decision in self.decisions
            if programme in (decision.programme, decision.title.zh, decision.title.en)
        ]
        return replace(self, decisions=tuple(decisions)) if decisions else None
