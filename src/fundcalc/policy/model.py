"""A checked policy: immutable records whose expressions are typed nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from fundcalc.base import dataclass
from fundcalc.base.diagnostics import Span
from fundcalc.base.money import Direction
from fundcalc.base.words import VILLAGES, Noun, Words
from fundcalc.language.datatypes import (
    FIRST_DAY,
    Date,
    Number,
    Text,
    Type,
    YesNo,
    adds_up,
    is_money,
)  # fmt: skip
from fundcalc.language.evaluate import counted_rows
from fundcalc.language.nodes import BEFORE, Aggregate, Name, Node, Rescale, Round, Value, names
from fundcalc.language.units import Unit

if TYPE_CHECKING:
    from fundcalc.core.decision import HitPolicy

ALL = "all"
VILLAGE = "village"
"""What a pool may be shared `per` beside a fact: one pool over all, and one a village."""
IDENTITY = ("code", "name", "town", "county")
"""Facts that say which village it is, in the order in which tables show them.

A policy may call them otherwise: of `[roster] identity` and `groups` the program knows what each does by
these ids, and `Fact.called` is what the policy has for it, in files, expressions and results.
"""
IDENTITIES, GROUPS = ("code", "name"), ("county", "town")
"""The same as `[roster]` lists them."""


def named_by(facts: Mapping[str, Fact]) -> str:
    """The fact by which a row goes where one says which it is: its name, its code where that is all."""
    return "name" if "name" in facts else "code"


@dataclass(frozen=True, slots=True)
class Period:
    """The first and the last day on which something holds, both in it; None where it is open."""

    first: date | None = None
    last: date | None = None

    def holds(self, on: date) -> bool:
        """Whether a day lies in it."""
        return not (self.first and on < self.first) and not (self.last and self.last < on)

    @property
    def turns(self) -> list[date]:
        """The day on which it begins, and the first on which it holds no more."""
        after = self.last + timedelta(days=1) if self.last and self.last < date.max else None
        return [day for day in (self.first, after) if day is not None]

    @property
    def said(self) -> Words | None:
        """The days as a reader is told; None where it holds always."""
        first, last = self.first or "", self.last or ""
        if first and last:
            return Words(f"{first} 至 {last}", f"{first} to {last}")
        if first:
            return Words(f"{first} 起", f"from {first}")
        return Words(f"至 {last} 止", f"until {last}") if last else None

    def within(self, other: Period) -> Period:
        """The days that lie in both."""
        first = max(filter(None, (self.first, other.first)), default=None)
        return Period(first, min(filter(None, (self.last, other.last)), default=None))


ANY_DAY = Period()
"""When something holds that does not say from or until when."""


@dataclass(frozen=True, slots=True)
class Unused:
    """A passage of a source's text that decides nothing, and why."""

    quote: str
    reason: Words
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """A document that a rule or a number rests on. `text` is the policy's file with its words."""

    id: str
    title: Words
    publisher: str | None = None
    day: date | None = None
    locator: str | None = None
    text: str | None = None
    unused: tuple[Unused, ...] = ()

    def cite(self) -> Words:
        """The document as a reader finds it: publisher, title, date, page."""
        tail = [part for part in (self.day and self.day.isoformat(), self.locator) if part]
        zh = "，".join([f"{self.publisher or ''}《{self.title.zh}》", *tail])
        en = ", ".join([p for p in (self.publisher, f"“{self.title.en}”", *tail) if p])
        return Words(zh, en)


@dataclass(frozen=True, slots=True)
class Reading:
    """A question that the source leaves open, and its possible answers."""

    id: str
    question: Words
    chosen: str
    options: Mapping[str, Words]
    span: Span
    source: str | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """Growth by `rate` (tenths of … in 10**-`decimals`) every so many years after `after`, then rounded.

    With a `table` the rate is the row of the step's year, as the table is on the step's day.
    """

    rate: int
    decimals: int
    after: date
    step: int
    direction: Direction
    every: int = 1
    table: str | None = None


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A value and the first day on which it holds; None from a day on which it ends.

    `source` is the value's own, where it rests on another document than its parameter; `span` is where the
    value stands, if it was written in a file.
    """

    since: date
    value: Value | None
    source: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number, text or list that changes with time. `jump_ok`: days whose great step is meant.

    `open`: a plain number with the decimals that its values need, or one that is tried. `bare`: days whose
    value lacks the % that others have.
    """

    id: str
    title: Words
    type: Type
    source: str | None
    values: tuple[DatedValue, ...]
    confirmed: date | None
    growth: Growth | None
    span: Span
    jump_ok: frozenset[date] = frozenset()
    quote: str | None = None
    open: bool = False
    bare: frozenset[date] = frozenset()

    def source_on(self, day: date) -> str | None:
        """The document on which the value of a day rests."""
        own = [dated.source for dated in self.values if dated.since <= day]
        return (own[-1] if own else None) or self.source


@dataclass(frozen=True, slots=True)
class Band:
    """Numbers from `low` to `high`, both in it; None where it is open. As written, in the key's unit."""

    low: Decimal | None
    high: Decimal | None

    @property
    def decimals(self) -> int:
        """Decimals that its ends have."""
        ends = [end for end in (self.low, self.high) if end is not None]
        return max([0, *(-int(end.as_tuple().exponent) for end in ends)])

    def meets(self, other: Band) -> bool:
        """Whether some number lies in both."""
        below = self.high is not None and other.low is not None and self.high < other.low
        above = other.high is not None and self.low is not None and other.high < self.low
        return not (below or above)

    def __str__(self) -> str:
        low, high = ("" if end is None else f"{end:,f}" for end in (self.low, self.high))
        return low if self.low == self.high else f"{low}..{high}"


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a table: its name, and the type of what is looked up by it."""

    name: str
    type: Type


ALWAYS = date(1, 1, 1)
"""From when a row of a table holds that does not say it."""


@dataclass(frozen=True, slots=True)
class DatedRow:
    """A row of a table and the first day on which it holds; `source` is its own, if it has one."""

    keys: tuple[str | Band, ...]
    since: date
    value: Value
    source: str | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A look-up table: values by keys and days, used as `id[key, …]`."""

    id: str
    title: Words
    keys: tuple[Key, ...]
    type: Type
    source: str | None
    rows: tuple[DatedRow, ...]
    span: Span
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """What a roster says about one village. `low` and `high` are inclusive, in smallest units.

    What follows `note` decides nothing: `example` shows how to fill in a roster; a value `outlier` times
    the median of its town, or a header of another year than `of_year` ("before" the policy's date, or
    the "same"), is doubtful. A column is asked about whose median is not between the ends of `typical`, and
    one under a header of `near_aliases` is said to be not quite this fact. `titles` may stand for options.
    """

    id: str
    title: Words
    aliases: tuple[str, ...]
    type: Type
    required: bool
    default: Value | None
    low: int | None
    high: int | None
    digits: int | None
    note: Words | None
    span: Span
    example: Value | None = None
    outlier: int | None = None
    of_year: str | None = None
    typical: tuple[int, int] | None = None
    near_aliases: tuple[str, ...] = ()
    written: str = ""
    titles: tuple[tuple[str, str], ...] = ()

    @property
    def called(self) -> str:
        """What the policy calls it: its id, but for facts that say which row it is (`[roster] identity`)."""
        return self.written or self.id

    @property
    def of_before(self) -> bool:
        """Whether it is what the policy calls `before.…`: how a fact or output was in the run before."""
        return self.id.startswith(f"{BEFORE}.")

    @property
    def decimals(self) -> int:
        """Decimals of a number; 0 for all else."""
        return (self.type.decimals or 0) if isinstance(self.type, Number) else 0

    @property
    def usual(self) -> Value:
        """A value that it may have: one that a reader would not wonder at, where it has such."""
        for value in (self.example if self.required else None, self.default, self.example):
            if value is not None:
                return value
        match self.type:
            case YesNo():
                return False
            case Text(options=options):
                return min(options) if options else "其他"
            case Date():
                return self.low or FIRST_DAY
            case _:
                return self.low or 0


@dataclass(frozen=True, slots=True)
class Must:
    """What must hold of every row of a roster; or, in a programme, of all its rows together."""

    when: Node
    because: Words | None
    span: Span

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that it compares, in order."""
        return tuple(dict.fromkeys(name.id for name in names(self.when)))


@dataclass(frozen=True, slots=True)
class Share:
    """A pool shared exactly: `pool` fen a group of equal `per`, in proportion to `by`, between two ends.

    `rest_to` says where what is left of it goes.
    """

    pool: Node
    per: tuple[Node, ...]
    by: Node
    at_most: Node | None
    span: Span
    at_least: Node | None = None
    rest_to: Words | None = None
    period: Period = ANY_DAY

    @property
    def group(self) -> str:
        """The facts that make the groups, `all` or `village`; empty while a reading decides it."""
        ids = [fact.id for fact in self.per if isinstance(fact, Name)]
        return ", ".join(ids) if len(ids) == len(self.per) else ""

    @property
    def parts(self) -> tuple[Node | None, ...]:
        """The expressions of its amounts: pool, weight, cap and floor."""
        return self.pool, self.by, self.at_most, self.at_least


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; it decides `then`, or a share of a pool.

    `cliff_ok` says why a village may lose money here at one more resident or yuan. `places` gives the
    place of characters of `when` in the file.
    """

    id: str
    title: Words | None
    when: Node
    then: Node | None
    share: Share | None
    source: str | None
    because: Words | None
    span: Span
    cliff_ok: Words | None = None
    places: Callable[[int, int], Span] | None = field(default=None, compare=False, repr=False)
    period: Period = ANY_DAY
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What holds where no rule does."""

    id: str
    title: Words | None
    value: Node
    because: Words | None
    source: str | None
    span: Span
    period: Period = ANY_DAY
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """What a programme says of a village. `value` or `share` for an `also`; neither for the result.

    `paper`: it stands on the sheet to sign; `public`: on the public notice; `of_rule`: it is the part of the
    result that this rule gives. A `charge` is to be paid by the row: more of it is worse; it has no payer, as
    nothing is paid out. With `per` it is one for all rows that have the same in these facts.
    """

    id: str
    title: Words
    type: Type
    payer: str | None
    value: Node | None
    share: Share | None
    because: Words | None
    source: str | None
    span: Span
    cliff_ok: Words | None = None
    paper: bool = True
    public: bool = False
    quote: str | None = None
    of_rule: str | None = None
    charge: bool = False
    per: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """A value of many rows that a programme's expressions have, under the `name` that stands for it there.

    It is worked out before the programme's first `stage` of outputs: 0 before its rules are asked, 1 before
    what follows from the result, and so on.
    """

    name: Name
    value: Aggregate
    stage: int

    @property
    def parts(self) -> tuple[Node, ...]:
        """The expressions of a row that it is made of."""
        aggregate = self.value
        parts = (aggregate.item, aggregate.where, *(aggregate.per or ()))
        return tuple(part for part in parts if part is not None)


@dataclass(frozen=True, slots=True)
class Summary:
    """A share of villages, as a rounded ratio with numerator and denominator."""

    id: str
    title: Words
    among: Node
    count: Node
    step: int
    decimals: int
    direction: Direction


@dataclass(frozen=True, slots=True)
class Programme:
    """A decision: rules, how their results combine, and what follows from the result.

    In a plan its readings are put in, and `readings` are those that can reach its outputs; values of many
    rows are `gathered`, each after those that it uses, and names stand for them.
    """

    id: str
    title: Words
    hit_policy: HitPolicy
    result: Output
    rules: tuple[Rule, ...]
    otherwise: Otherwise | None
    also: tuple[Output, ...]
    summaries: tuple[Summary, ...]
    note: Words | None
    span: Span
    readings: frozenset[str] = frozenset()
    musts: tuple[Must, ...] = ()
    period: Period = ANY_DAY
    gathered: tuple[Gathered, ...] = ()

    @property
    def per(self) -> tuple[str, ...]:
        """The facts whose groups it decides for, each group once; none where it decides for each row."""
        return self.result.per

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The result and what follows from it."""
        return (self.result, *self.also)

    @property
    def around(self) -> list[str]:
        """What stands in a row beside its outputs: values of many rows, and how many count in each."""
        ids = [gathered.name.id for gathered in self.gathered]
        return [*ids, *map(counted_rows, ids)]

    def adds_up(self, output: Output) -> bool:
        """Whether rows' numbers of an output may be added up: by its unit, and no value of many rows."""
        values = [output.value]
        if output is self.result:
            values = [rule.then for rule in self.rules]
            values += [] if self.otherwise is None else [self.otherwise.value]
        statistic = bool(self.per) or any(map(_is_statistic, values))
        return adds_up(output.type) and not statistic

    @property
    def further(self) -> tuple[Output, ...]:
        """The further outputs that its file writes: not the parts of the result by rule."""
        return tuple(o for o in self.also if o.of_rule is None)

    @property
    def amounts(self) -> tuple[Output, ...]:
        """Its amounts of money, its result where it has none, and what else is public."""
        parts = (self.result, *(o for o in self.also if o.of_rule is not None))
        money = tuple(o for o in self.outputs if is_money(o.type)) or parts
        return tuple(o for o in self.outputs if o.public or o in money)

    @property
    def shares(self) -> list[tuple[Rule | Output, Share]]:
        """The rules and further outputs that share a pool, each with its share."""
        items: tuple[Rule | Output, ...] = (*self.rules, *self.also)
        return [(item, item.share) for item in items if item.share is not None]

    def rest_to(self, item: str) -> Words | None:
        """Where what is left of the pool of a rule or further output goes."""
        return next(share.rest_to for part, share in self.shares if part.id == item)

    def shared(self, item: str) -> Number:
        """Of what the pool of a rule or further output is: the unit and decimals of its shares."""
        kind = next((o for o in self.also if o.id == item and o.of_rule is None), self.result).type
        assert isinstance(kind, Number)
        return kind

    @property
    def has_pool(self) -> bool:
        """Whether it shares a pool."""
        return bool(self.shares)

    @property
    def looks_around(self) -> bool:
        """Whether its results depend on other villages: by a pool, or by values of many rows."""
        return bool(self.shares or self.gathered)


def _is_statistic(value: Node | None) -> bool:
    """Whether it is a sum, a mean, a rank or the like of many rows, rounded or not."""
    while isinstance(value, Round | Rescale):
        value = value.item
    return isinstance(value, Aggregate)


@dataclass(frozen=True, slots=True)
class Papers:
    """Who issues the papers, under what number, and whether another than who prepared must review."""

    issuer: Words | None = None
    document_no: str | None = None
    four_eyes: bool = False


@dataclass(frozen=True, slots=True)
class Accept:
    """A finding of `check` that may stand: by its code, and what or which file it is about."""

    code: str
    where: str
    reason: Words
    span: Span


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything the policy files say, checked. `programmes` stand in the order they are computed.

    `files` are the files themselves, path to bytes, for the ledger to keep. `varied` are parameters that
    were given another value than theirs, to try it. That of a plan has only what is in force on its day;
    `whole` is then the policy with all its rules.
    """

    id: str
    title: Words
    on: date
    sources: Mapping[str, Source]
    readings: Mapping[str, Reading]
    payers: Mapping[str, Words]
    parameters: Mapping[str, Parameter]
    facts: Mapping[str, Fact]
    programmes: tuple[Programme, ...]
    digest: str
    listed: tuple[str, ...] = field(default=())
    files: Mapping[str, bytes] = field(default_factory=dict, compare=False, repr=False)
    papers: Papers = Papers()
    varied: tuple[str, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    musts: tuple[Must, ...] = ()
    noun: Noun = VILLAGES
    whole: Policy | None = field(default=None, compare=False, repr=False)
    accepted: tuple[Accept, ...] = ()

    @property
    def periods(self) -> list[tuple[Programme, Rule | Otherwise | Output | None, Period]]:
        """What does not hold always, with its days: a programme, or a rule or other part of one."""
        every = self.whole or self
        parts: list[tuple[Programme, Rule | Otherwise | Output | None, Period]] = []
        for programme in every.listed_programmes:
            parts.append((programme, None, programme.period))
            parts += [
                (programme, part, part.period)
                for part in (*programme.rules, programme.otherwise)
                if part
            ]
            parts += [(programme, also, also.share.period) for also in programme.also if also.share]
        return [(programme, part, period) for programme, part, period in parts if period != ANY_DAY]

    @property
    def ids(self) -> dict[str, str]:
        """The ids of facts by what the policy calls them, which is what columns of results are called."""
        return {fact.called: fact.id for fact in self.facts.values()}

    @property
    def grouped(self) -> bool:
        """Whether its rows belong to groups, as villages to counties."""
        return "county" in self.facts

    @property
    def names(self) -> frozenset[str]:
        """The texts that parameters name, such as counties."""
        values = [dated.value for p in self.parameters.values() for dated in p.values]
        listed = [text for value in values if isinstance(value, tuple) for text in value]
        return frozenset([*listed, *(value for value in values if isinstance(value, str))])

    def cited(self, source: str | None) -> Words | None:
        """A source by its title, where the citation stands elsewhere; two of one title by citation."""
        if source is None:
            return None
        cited = self.sources[source]
        alone = sum(other.title == cited.title for other in self.sources.values()) == 1
        return Words(f"《{cited.title.zh}》", f"“{cited.title.en}”") if alone else cited.cite()

    def programme(self, id_: str) -> Programme:
        """The programme of this id; KeyError where there is none."""
        return next(p for p in self.programmes if p.id == id_)

    @property
    def listed_programmes(self) -> tuple[Programme, ...]:
        """The programmes in the order in which policies.toml lists them."""
        return tuple(self.programme(id_) for id_ in self.listed)

    @property
    def money_outputs(self) -> list[Output]:
        """The outputs that are amounts of money for a row."""
        every = (o for p in self.listed_programmes if not p.per for o in p.outputs)
        return [o for o in every if is_money(o.type)]

    @property
    def has_money(self) -> bool:
        """Whether any output is an amount of money."""
        return any(is_money(o.type) for p in self.programmes for o in p.outputs)

    @property
    def group_outputs(self) -> list[Output]:
        """What is decided once for a group of rows."""
        return [o for p in self.listed_programmes if p.per for o in p.outputs]

    @property
    def totalled_outputs(self) -> list[Output]:
        """What has a total: what is added up over rows, and over groups what is decided for these."""
        groups = [p for p in self.listed_programmes if p.per]
        return [*self.summed_outputs, *(o for p in groups for o in p.amounts if adds_up(o.type))]

    @property
    def summed_outputs(self) -> list[Output]:
        """What is added up over villages: amounts of money, and results of programmes that have none."""
        return [o for p in self.listed_programmes for o in p.amounts if p.adds_up(o)]

    @property
    def granted_outputs(self) -> list[Output]:
        """What of it a village gets: amounts that somebody pays, or else results; counts; and its charges."""
        money = [o for o in self.summed_outputs if is_money(o.type) and not o.charge]
        paid = [o for o in money if o.payer is not None]
        results = {p.result.id for p in self.programmes}
        listed = {o.id for o in paid or money if paid or o.id in results}
        listed |= {o.id for o in self.summed_outputs if o.charge}
        whole = [o for o in self.summed_outputs if o.of_rule is None]
        return [o for o in whole if o.id in listed or not is_money(o.type)]

    @property
    def billed_outputs(self) -> list[Output]:
        """What a total is of: what rows get, and what is decided once for groups of them."""
        return [*self.granted_outputs, *(o for o in self.totalled_outputs if o.per)]

    @property
    def stake_unit(self) -> Unit | None:
        """In what it is told how much hangs on something: yuan where there are any, else the first money."""
        money = self.money_outputs
        paid = [o for o in money if o.payer is not None] or money
        kinds = (o.type for o in paid)
        units = [kind.unit for kind in kinds if isinstance(kind, Number) and kind.unit is not None]
        return next((unit for unit in units if unit.in_yuan), units[0] if units else None)

    def at_stake(self, output: Output) -> bool:
        """Whether an output counts in that: only what may be added up does."""
        kind, unit = output.type, self.stake_unit
        if unit is None or output.per or not isinstance(kind, Number) or kind.unit is None:
            return False
        return kind.unit.in_yuan if unit.in_yuan else kind.unit == unit

    @property
    def told_outputs(self) -> list[Output]:
        """Results on paper that nothing adds up, such as grades and rates: it is told how many have which."""
        programmes = [p for p in self.listed_programmes if p.result.paper and not p.per]
        return [p.result for p in programmes if not any(map(p.adds_up, p.amounts))]
