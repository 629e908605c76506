"""The Plan: one policy, fixed to one date and one set of readings. It is what every engine runs.

`make_plan` makes it, or tells all that stands against it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property, partial
from itertools import product
from math import prod
from typing import cast

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.money import grouped
from fundcalc.base.words import Words, did_you_mean, listed, speak_of
from fundcalc.core import decision as core
from fundcalc.core.decision import Decision
from fundcalc.core.desugar import Desugar
from fundcalc.core.interval import INT64, VILLAGES, Interval
from fundcalc.core.nodes import Node as CoreNode
from fundcalc.language.datatypes import Date, Number
from fundcalc.language.edges import uncovered
from fundcalc.language.evaluate import band_start, simplify
from fundcalc.language.nodes import (
    Aggregate,
    Const,
    Ends,
    Lookup,
    Name,
    Node,
    Scale,
    Value,
    names,
    rebuild,
    walk,
)
from fundcalc.language.show import literal, show
from fundcalc.policy.model import (
    ALWAYS,
    Band,
    DatedValue,
    Fact,
    Gathered,
    Growth,
    Output,
    Parameter,
    Policy,
    Programme,
    Rule,
    Share,
    Table,
)
from fundcalc.policy.sentences import names_in
from fundcalc.policy.values import NoRate, Rate, grown, hold, in_force, on_day

_SHOWN = 60
"""Characters of an expression that are shown of one whose numbers go too far."""


@dataclass(frozen=True)
class Plan:
    """What the engines run: `programmes` have the readings put in.

    `constants` holds the parameters' values on the date, `since` their days.
    """

    policy: Policy
    on: date
    readings: Mapping[str, str]
    constants: Mapping[str, Value]
    since: Mapping[str, date]
    programmes: tuple[Programme, ...]

    @property
    def core(self) -> tuple[Decision, ...]:
        """The programmes without whatever can be said in simpler terms: what most engines run."""
        return self._lowered[0]

    @property
    def bounds(self) -> Mapping[str, Interval]:
        """The interval in which each fact and output that is a number or a date lies."""
        return self._lowered[1]

    @cached_property
    def _lowered(self) -> tuple[tuple[Decision, ...], dict[str, Interval]]:
        return lowered(self.programmes, self.constants, limits(self.policy.facts))

    @property
    def open_programmes(self) -> tuple[Programme, ...]:
        """The programmes as of the day, with names for values of many rows, but readings to be chosen."""
        maker = _Maker({}, self.policy.tables, self.on)
        return tuple(maker.programme(programme) for programme in self.policy.programmes)

    @property
    def digest(self) -> str:
        """SHA-256 over policy files, date and readings: equal digests decide alike."""
        text = f"{self.policy.digest}\n{self.on}\n{sorted(self.readings.items())}"
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    @property
    def absent(self) -> list[Programme]:
        """The programmes that are not in force on the day."""
        every = (self.policy.whole or self.policy).listed_programmes
        return [programme for programme in every if not programme.period.holds(self.on)]

    @cached_property
    def _parts(self) -> dict[str, Plan]:
        return {}

    def up_to(self, programme: Programme) -> Plan:
        """The plan of a programme and of those whose outputs it uses alone; made once."""
        if programme.id not in self._parts:
            chain = tuple(upstream(self, programme))
            self._parts[programme.id] = replace(self, programmes=chain)
        return self._parts[programme.id]

    @cached_property
    def _answered(self) -> dict[tuple[str, str], Plan]:
        return {}

    def answered(self, reading: str, option: str) -> Plan:
        """The plan of the same day under another answer to one reading; made once. Raises PolicyProblem."""
        known = reading, option
        if known not in self._answered:
            readings = {**self.readings, reading: option}
            self._answered[known] = make_plan(self.policy, self.on, readings)
        return self._answered[known]

    @cached_property
    def used(self) -> frozenset[str]:
        """The ids of all names that its engines evaluate."""
        return frozenset(used_names(self.programmes))

    def programme(self, id_: str) -> Programme:
        """The programme of this id; KeyError where there is none."""
        return {p.id: p for p in self.programmes}[id_]


def fact_limits(fact: Fact) -> Interval:
    """What a roster may say: the declared range, else whole numbers from 0 that 64 bits hold."""
    if isinstance(fact.type, Date):
        return Interval(date.min.toordinal(), date.max.toordinal())
    low = 0 if fact.low is None else fact.low
    return Interval(low, INT64.high if fact.high is None else fact.high)


def lowered(
    programmes: tuple[Programme, ...],
    constants: Mapping[str, Value],
    facts: Mapping[str, Interval],
    villages: int = VILLAGES,
    origins: dict[CoreNode, Node] | None = None,
    most: Interval | None = None,
) -> tuple[tuple[Decision, ...], dict[str, Interval]]:
    """The programmes in the core, and the bounds of every fact and output that is a number.

    `facts` has the bounds of the facts, over at most `villages`. Outputs are within 64 bits: an amount
    beyond is an error of the village, found when it is computed. `origins` is told what nodes of the core
    were written as; `most` are the numbers that an engine knows, if it knows fewer.
    """
    known, decisions = dict(facts), []
    for programme in programmes:
        desugar = Desugar(
            f"{programme.id}.", constants, known, villages, {} if origins is None else origins
        )
        gathers = _gathers(desugar, programme, 0, known)
        decision = core.decision(
            programme.id,
            programme.hit_policy,
            [
                core.Rule(rule.id, desugar.node(rule.when), _value(desugar, rule.then, rule.share))
                for rule in programme.rules
            ],
            None if programme.otherwise is None else desugar.node(programme.otherwise.value),
            programme.result.id,
            most,
        )
        decision = replace(decision, steps=(*gathers, *decision.steps))
        known |= _bounds(decision)
        for stage, also in enumerate(programme.also, 1):
            gathers = _gathers(desugar, programme, stage, known)
            value = _value(desugar, also.value, also.share)
            assert value is not None
            decision = replace(decision, steps=(*decision.steps, *gathers))
            decision = core.extended(decision, also.id, value)
            known |= _bounds(decision)
        decisions.append(decision)
    return tuple(decisions), known


def _gathers(
    desugar: Desugar, programme: Programme, stage: int, known: dict[str, Interval]
) -> list[core.Step]:
    """The steps of the values of many rows that a stage of a programme needs, their bounds made known."""
    steps: list[core.Step] = []
    for gathered in programme.gathered:
        if gathered.stage == stage:
            added = desugar.gathered(gathered.name.id, gathered.value, programme.outputs[stage].id)
            known |= {step.name.id: step.name.bounds for step in added}
            steps += added
    return steps


def _value(
    desugar: Desugar, value: Node | None, share: Share | None
) -> CoreNode | core.Share | None:
    if share is None:
        return None if value is None else desugar.node(value)
    at_most, at_least = (
        None if end is None else desugar.node(end) for end in (share.at_most, share.at_least)
    )
    pool, by = desugar.node(share.pool), desugar.node(share.by)
    return core.Share(pool, share.group, by, at_most, at_least)


def _bounds(decision: Decision) -> dict[str, Interval]:
    return {n.id: n.bounds for n in decision.outputs() if n.kind in ("number", "date")}


def limits(facts: Mapping[str, Fact]) -> dict[str, Interval]:
    """The bounds of every fact that is a number or a date."""
    return {
        fact.id: fact_limits(fact)
        for fact in facts.values()
        if isinstance(fact.type, Number | Date)
    }


def upstream(plan: Plan, programme: Programme) -> list[Programme]:
    """The programme and those whose outputs it uses, in order of computation."""
    needed = {programme.id}
    for later in reversed(plan.programmes):
        if later.id not in needed:
            continue
        used = {name.id for node in deciding_expressions(later) for name in names(node)}
        for other in plan.programmes:
            if used & {output.id for output in other.outputs}:
                needed.add(other.id)
    return [other for other in plan.programmes if other.id in needed]


def placed_expressions(programme: Programme) -> Iterator[tuple[Output, Node, Span]]:
    """Every expression on which an output rests, with the output and the place of its rule or of itself."""
    result = programme.result
    for rule in programme.rules:
        for node in (rule.when, *values_of(rule)):
            yield result, node, rule.span
    if programme.otherwise is not None:
        yield result, programme.otherwise.value, programme.span
    for also in programme.also:
        for node in values_of(also):
            yield also, node, also.span
    for gathered in programme.gathered:
        output = programme.outputs[gathered.stage]
        for node in gathered.parts:
            yield output, node, output.span


def deciding_expressions(programme: Programme) -> Iterator[Node]:
    """Every expression on which a programme's outputs rest."""
    return (node for _, node, _ in placed_expressions(programme))


def planned_expressions(programme: Programme) -> Iterator[Node]:
    """Every expression that the engines evaluate, those of summaries and of what must hold too."""
    yield from deciding_expressions(programme)
    for summary in programme.summaries:
        yield from (summary.among, summary.count)
    yield from (must.when for must in programme.musts)


def used_names(programmes: Iterable[Programme]) -> set[str]:
    """The ids of all facts, parameters and outputs that the engines evaluate."""
    nodes = (node for programme in programmes for node in planned_expressions(programme))
    return {name.id for node in nodes for name in names(node)}


def values_of(part: Rule | Output) -> Iterator[Node]:
    """The expressions of what a rule or a further output gives: a value or a share."""
    value, share = part.then if isinstance(part, Rule) else part.value, part.share
    parts = () if share is None else share.parts
    return (node for node in (value, *parts) if node is not None)


def sentences(programme: Programme) -> Iterator[Words]:
    """Every `because` of a programme."""
    parts = (*programme.rules, programme.otherwise, *programme.also)
    return (part.because for part in parts if part is not None and part.because is not None)


def make_plan(
    policy: Policy, on: date | None = None, readings: Mapping[str, str] | None = None
) -> Plan:
    """Fix a policy to a date (default: its own) and readings (default: those chosen).

    Raises PolicyProblem: unknown readings or options, a parameter without value on the date, a
    programme that no rule may reach and that has no `otherwise`, numbers beyond 128 bits.
    """
    plan, gaps = draft_plan(policy, on, readings)
    if gaps:
        raise PolicyProblem(gaps)
    return plan


def draft_plan(
    policy: Policy, on: date | None = None, readings: Mapping[str, str] | None = None
) -> tuple[Plan, list[Diagnostic]]:
    """As `make_plan`, but a programme that may miss a village is told, not refused: for checks."""
    speak_of(policy.noun)
    day = on or policy.on
    policy = held_to(policy, day)
    chosen, problems = settle_readings(policy, readings or {})
    if problems:
        raise PolicyProblem(problems)
    maker = _Maker(chosen, policy.tables, day)
    programmes = tuple(maker.programme(programme) for programme in policy.programmes)
    problems = list(_without_what_they_need(policy, day, programmes))
    if problems:
        raise PolicyProblem(problems)
    constants, since, problems = _constants(policy, day, programmes)
    if problems:
        raise PolicyProblem(problems)
    problems = list(_without_rows(policy, day, programmes))
    if problems:
        raise PolicyProblem(problems)
    gaps = _gaps(policy, programmes, constants)
    plan = Plan(policy, day, chosen, constants, since, programmes)
    if not all(decision.widest.fits_int128 for decision in plan.core):
        raise PolicyProblem(_too_wide(plan))
    return plan, gaps


def never_negative(policy: Policy, before: Iterable[str]) -> Policy:
    """The policy, its outputs that could never be below 0 not below it in the run before either.

    That run may be of any day and answers to readings, as may those before it: the first had 0. `before` are
    the ids of the facts so called.
    """
    views, wide = _every_view(policy)
    plans = list[tuple[tuple[Programme, ...], dict[str, Value]]]()
    for day, readings in views:
        with suppress(PolicyProblem):  # nothing is computed so, or it is said elsewhere
            plan, _ = draft_plan(policy, day, readings)
            known = {id_: value for id_, value in plan.constants.items() if id_ not in wide}
            plans.append((plan.programmes, known))
    held, waiting = policy, [id_ for id_ in before if id_.partition(".")[2] not in policy.facts]
    while waiting:
        facts = {**policy.facts} | {id_: replace(policy.facts[id_], low=0) for id_ in waiting}
        held = replace(policy, facts=facts)
        ends = limits(held.facts) | wide
        bounds = [lowered(*plan_and_constants, ends)[1] for plan_and_constants in plans]
        least = [
            [b[now].low for b in bounds if now in b]
            for _, _, now in (i.partition(".") for i in waiting)
        ]
        never = [id_ for id_, lows in zip(waiting, least, strict=True) if lows and min(lows) >= 0]
        if never == waiting:
            break
        held, waiting = policy, never
    return held


_MOST_VIEWS = 64
"""Days and answers to readings under which outputs are bounded, to know what a run before may have."""


def _every_view(policy: Policy) -> tuple[list[tuple[date, dict[str, str]]], dict[str, Interval]]:
    """Every day on which something changes, under all answers to readings; none where they are too many.

    Beside them how far those parameters reach that change on more days.
    """
    answers = [list(reading.options) for reading in policy.readings.values()]
    fixed = {policy.on, *(day for _, _, period in policy.periods for day in period.turns)}
    fixed |= {r.since for table in policy.tables.values() for r in table.rows if r.since > ALWAYS}
    parameters = policy.parameters.values()
    numbers = {p.id: _reach(p) for p in parameters if isinstance(p.type, Number)}
    growing = {p.id: numbers[p.id] for p in parameters if p.growth}
    for wide in (growing, numbers):
        days = fixed | {d.since for p in parameters if p.id not in wide for d in p.values}
        if len(days) * prod(map(len, answers)) <= _MOST_VIEWS:
            every = [
                dict(zip(policy.readings, options, strict=True)) for options in product(*answers)
            ]
            return [(day, readings) for day in sorted(days) for readings in every], wide
    return [], {}


def _reach(parameter: Parameter) -> Interval:
    """The least and the greatest that a number has been, or may become by growing."""
    values = [dated.value for dated in parameter.values if isinstance(dated.value, int)]
    values += [0, INT64.high] if parameter.growth else []
    return Interval(min(values), max(values))


def held_to(policy: Policy, day: date) -> Policy:
    """The policy with the programmes and rules of a day alone; itself where all hold always."""
    if not policy.periods:
        return policy
    whole = policy.whole or policy
    programmes = tuple(_held_to(p, day) for p in whole.programmes if p.period.holds(day))
    present = {programme.id for programme in programmes}
    listed = tuple(id_ for id_ in whole.listed if id_ in present)
    return replace(policy, programmes=programmes, listed=listed, whole=whole)


def _held_to(programme: Programme, day: date) -> Programme:
    """The rules of a day; a further output whose share does not hold on it is nothing."""
    rules = tuple(rule for rule in programme.rules if rule.period.holds(day))
    also = tuple(
        replace(output, share=None, value=Const(output.type, (0, 0), 0))
        if (output.share is not None and not output.share.period.holds(day))
        or (output.of_rule is not None and output.of_rule not in {rule.id for rule in rules})
        else output
        for output in programme.also
    )
    otherwise = programme.otherwise
    if otherwise is not None and not otherwise.period.holds(day):
        otherwise = None
    return replace(programme, rules=rules, also=also, otherwise=otherwise)


def _without_what_they_need(
    policy: Policy, day: date, programmes: tuple[Programme, ...]
) -> Iterator[Diagnostic]:
    """Programmes that use an output of one not in force on the day, or that then have no rule at all."""
    if policy.whole is None:
        return
    present = {programme.id for programme in programmes}
    absent = {o.id: p for p in policy.whole.programmes if p.id not in present for o in p.outputs}
    for programme in programmes:
        if not programme.rules and programme.otherwise is None:
            yield say("FC309", programme.span, programme=programme.id, on=day)
        uses = [
            (name.id, span) for _, n, span in placed_expressions(programme) for name in names(n)
        ]
        uses += [
            (x.id, programme.span)
            for s in programme.summaries
            for n in (s.among, s.count)
            for x in names(n)
        ]
        uses += [(name.id, must.span) for must in programme.musts for name in names(must.when)]
        said = (text for words in sentences(programme) for text in (words.zh, words.en))
        uses += [(id_, programme.span) for text in said for id_ in names_in(text)]
        for id_, span in dict.fromkeys(use for use in uses if use[0] in absent):
            needed = absent[id_]
            yield say("FC308", span, spans=[needed.span], name=id_, programme=needed.id, on=day)


def settle_readings(
    policy: Policy, answers: Mapping[str, str]
) -> tuple[dict[str, str], list[Diagnostic]]:
    """The option of every reading, and what is wrong with those given."""
    problems: list[Diagnostic] = []
    for name, option in answers.items():
        reading = policy.readings.get(name)
        if reading is None:
            hint = did_you_mean(name, policy.readings)
            problems.append(say("FC303", Span(f"--reading {name}"), hint=hint, name=name))
        elif option not in reading.options:
            span, options = Span(f"--reading {name}={option}"), listed(reading.options)
            problems.append(say("FC304", span, name=name, option=option, options=options))
    chosen = {id_: answers.get(id_, reading.chosen) for id_, reading in policy.readings.items()}
    return chosen, problems


class _Maker:
    """Puts the chosen readings, and the rows of tables on the day, into a policy's expressions."""

    def __init__(self, readings: Mapping[str, str], tables: Mapping[str, Table], day: date) -> None:
        self._readings, self._tables, self._day = readings, tables, day
        self._reach: dict[str, frozenset[str]] = {}
        self._gathered: dict[str, Gathered] = {}
        self._stage = 0

    def programme(self, programme: Programme) -> Programme:
        self._gathered, self._stage = {}, 0
        rules = tuple(
            replace(r, when=self._put(r.when), then=self._maybe(r.then), share=self._share(r.share))
            for r in programme.rules
        )
        otherwise = programme.otherwise
        if otherwise is not None:
            otherwise = replace(otherwise, value=self._put(otherwise.value))
        also = tuple(self._also(*numbered) for numbered in enumerate(programme.also, 1))
        summaries = tuple(
            replace(s, among=self._put(s.among), count=self._put(s.count))
            for s in programme.summaries
        )
        return replace(
            programme, rules=rules, also=also, otherwise=otherwise, summaries=summaries,
            readings=self._readings_of(programme), gathered=tuple(self._gathered.values()),
            musts=tuple(replace(m, when=self._put(m.when)) for m in programme.musts),
        )  # fmt: skip

    def _also(self, stage: int, also: Output) -> Output:
        self._stage = stage
        return replace(also, value=self._maybe(also.value), share=self._share(also.share))

    def _put(self, node: Node) -> Node:
        return self._gather(hold(simplify(node, self._readings), self._tables, self._day))

    def _gather(self, node: Node) -> Node:
        """The node with a name in place of each value of many rows; of a pool's group they stay."""
        if isinstance(node, Aggregate) and node.per is None:
            return node
        node = rebuild(node, self._gather)
        if not isinstance(node, Aggregate):
            return node
        if isinstance(node.where, Const) and node.where.value is True:  # under the reading chosen
            node = replace(node, where=None)
        absent = node.op in ("least", "greatest", "mean") and node.where is not None
        name = Name(node.type, node.at, show(node), "group or none" if absent else "group")
        self._gathered.setdefault(name.id, Gathered(name, node, self._stage))
        return name

    def _maybe(self, node: Node | None) -> Node | None:
        return None if node is None else self._put(node)

    def _share(self, share: Share | None) -> Share | None:
        if share is None:
            return None
        at_most, at_least = self._maybe(share.at_most), self._maybe(share.at_least)
        pool, by = self._put(share.pool), self._put(share.by)
        per = tuple(map(self._put, share.per))
        return replace(share, pool=pool, per=per, by=by, at_most=at_most, at_least=at_least)

    def _readings_of(self, programme: Programme) -> frozenset[str]:
        """Readings used by the programme, or by one whose outputs it uses."""
        reach: set[str] = set()
        groups = (node for _, share in programme.shares for node in share.per)
        for node in (*deciding_expressions(programme), *groups):
            for name in names(node):
                if name.kind == "reading":
                    reach.add(name.id)
                elif name.kind == "output":
                    reach |= self._reach.get(name.id, frozenset())
        result = frozenset(reach)
        self._reach.update(dict.fromkeys((o.id for o in programme.outputs), result))
        return result


def _constants(
    policy: Policy, day: date, programmes: tuple[Programme, ...]
) -> tuple[dict[str, Value], dict[str, date], list[Diagnostic]]:
    """Values on the day; only a parameter that something uses must have one."""
    constants: dict[str, Value] = {}
    since: dict[str, date] = {}
    problems: list[Diagnostic] = []
    for id_, parameter in policy.parameters.items():
        dated = in_force(parameter, day)
        if dated is not None and dated.value is not None:
            try:
                dated = grown(parameter, dated, day, partial(_rate, policy.tables))
            except NoRate as why:
                assert parameter.growth is not None
                table = parameter.growth.table or ""
                problems.append(say("FC310", parameter.span, name=id_, table=table, year=why.year))
                continue
            except OverflowError:
                problems.append(say("FC305", parameter.span, name=id_, on=day))
                continue
            assert dated.value is not None
            constants[id_], since[id_] = dated.value, dated.since
        elif id_ in _used_parameters(policy, programmes):
            problems.append(_absent(policy, id_, day, dated))
    return constants, since, problems


def _rate(tables: Mapping[str, Table], growth: Growth, day: date) -> Rate | None:
    """The rate of a step of growth; None where its table has none for the year."""
    if growth.table is None:
        return growth.rate, growth.decimals
    table, year = tables[growth.table], Band(Decimal(day.year), Decimal(day.year))
    assert isinstance(table.type, Number)
    for _, row in on_day(table, day):
        band = row.keys[0]
        if isinstance(band, Band) and band.meets(year) and isinstance(row.value, int):
            return row.value, table.type.decimals or 0
    return None


def _without_rows(
    policy: Policy, day: date, programmes: tuple[Programme, ...]
) -> Iterator[Diagnostic]:
    """Tables that something looks up and that have no row on the day, or gaps where `scale` wants none."""
    if not policy.tables:
        return
    parts = [part for p in programmes for node in planned_expressions(p) for part in walk(node)]
    for id_ in dict.fromkeys(
        p.table for p in parts if isinstance(p, Lookup | Scale) and not p.rows
    ):
        table = policy.tables[id_]
        first = min(row.since for row in table.rows)
        yield say("FC306", table.span, table=id_, on=day, first=first)
    for scale in dict.fromkeys(part for part in parts if isinstance(part, Scale)):
        yield from _gaps_of_bands(policy.tables[scale.table], scale, day)


def _gaps_of_bands(table: Table, scale: Scale, day: date) -> Iterator[Diagnostic]:
    """Bands of a scale that do not begin where the one before ends, or the first at 0 or one step above."""
    decimals, id_, last = getattr(scale.item.type, "decimals", None) or 0, table.id, None
    for row in sorted(scale.rows, key=band_start):
        band_row, (low, high) = table.rows[row.number], cast("Ends", row.keys[0])
        span, band = band_row.span, str(band_row.keys[0])
        if (low or 0) < 0 or (high or 0) < 0:
            yield say("FC307.below", span, table=id_, band=band)
        elif last is None and (low or 0) > 1:
            yield say("FC307.first", span, table=id_, below=grouped(low or 0, decimals), on=day)
        elif last is not None and low != last + 1:
            before, start = (grouped(figure, decimals) for figure in (last, last + 1))
            yield say("FC307", span, table=id_, band=band, before=before, start=start)
        last = high


def _used_parameters(policy: Policy, programmes: tuple[Programme, ...]) -> set[str]:
    used: set[str] = set()
    for programme in programmes:
        for node in planned_expressions(programme):
            used |= {name.id for name in names(node) if name.kind == "parameter"}
        for words in sentences(programme):
            used |= names_in(words.zh) | names_in(words.en)
    return used & set(policy.parameters)


def _absent(policy: Policy, id_: str, day: date, dated: DatedValue | None) -> Diagnostic:
    parameter = policy.parameters[id_]
    if dated is None:
        return say("FC301", parameter.span, name=id_, on=day, first=parameter.values[0].since)
    return say("FC302", parameter.span, name=id_, since=dated.since, on=day)


def _too_wide(plan: Plan) -> list[Diagnostic]:
    desugar = Desugar("", plan.constants, plan.bounds)
    return [
        _beyond_128_bits(span, show(node), widest)
        for programme in plan.programmes
        for _, node, span in placed_expressions(programme)
        if not (widest := desugar.node(node).widest).fits_int128
    ]


def _beyond_128_bits(span: Span, text: str, widest: Interval) -> Diagnostic:
    digits = len(str(max(abs(widest.low), abs(widest.high))))
    cut = " ".join(text.split())
    cut = cut if len(cut) <= _SHOWN else cut[:_SHOWN] + "…"
    return say("FC845", span, shown=cut, digits=digits)


def _gaps(
    policy: Policy, programmes: tuple[Programme, ...], constants: Mapping[str, Value]
) -> list[Diagnostic]:
    """Programmes without `otherwise` for which some village meets no rule, or none can be ruled out."""
    gaps: list[Diagnostic] = []
    for programme in programmes:
        if programme.otherwise is not None:
            continue
        gap = may_miss(policy, programme, constants)
        if gap is not None:
            facts = policy.facts
            witness = {i: literal(v, facts[i].type) for i, v in gap.items() if i in facts}
            span = programme.span
            gaps.append(say("FC111", span, witness=witness or None, programme=programme.id))
    return gaps


def may_miss(
    policy: Policy, programme: Programme, constants: Mapping[str, Value]
) -> dict[str, Value] | None:
    """A village that meets no rule; an empty one where that cannot be ruled out; None where it can."""
    ends = ranges(policy)
    known = defaultdict(lambda: INT64, limits(policy.facts))
    for gathered in programme.gathered:
        for step in Desugar("", constants, known).gathered(gathered.name.id, gathered.value, ""):
            ends[step.name.id] = known[step.name.id] = step.name.bounds
    conditions = [simplify(rule.when, constants) for rule in programme.rules]
    gap = uncovered(conditions, ends)
    if gap == {} and conditions:
        from fundcalc.core.smt import may_miss_all

        return {} if may_miss_all(conditions, ends) else None
    return gap


def ranges(policy: Policy) -> dict[str, tuple[int | None, int | None]]:
    """The least and the greatest of each fact; a number without a range, or once paid, is not negative."""
    outputs = (output for programme in policy.programmes for output in programme.outputs)
    lows = dict.fromkeys((f"before.{output.id}" for output in outputs if output.payer), 0)
    lows |= {f.id: 0 for f in policy.facts.values() if f.low is None and isinstance(f.type, Number)}
    return {id_: (lows.get(id_, fact.low), fact.high) for id_, fact in policy.facts.items()}
