"""A policy fixed to a date and readings: the Plan is made here, or all that stands against it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.nearest import did_you_mean
from fundcalc.base.words import listed
from fundcalc.core.desugar import Desugar
from fundcalc.core.interval import Interval
from fundcalc.language.datatypes import Number
from fundcalc.language.edges import uncovered
from fundcalc.language.evaluate import simplify
from fundcalc.language.nodes import Name, Node, Value, names
from fundcalc.language.show import literal, show
from fundcalc.policy.model import DatedValue, Policy, Programme, Share
from fundcalc.policy.plan import (
    Plan,
    PlanOutput,
    PlanProgramme,
    PlanRule,
    PlanShare,
    planned_expressions,
    planned_values,
    sentences,
)
from fundcalc.policy.templates import names_in
from fundcalc.policy.values import grown, in_force

_SHOWN = 60


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
    day = on or policy.on
    chosen, found = settle_readings(policy, readings or {})
    if found:
        raise PolicyProblem(found)
    maker = _Maker(policy, chosen)
    programmes = tuple(maker.programme(programme) for programme in policy.programmes)
    constants, since, found = _constants(policy, day, programmes)
    if found:
        raise PolicyProblem(found)
    gaps = _gaps(policy, programmes, constants)
    plan = Plan(policy, day, chosen, constants, since, programmes)
    if not all(decision.widest.fits_int128 for decision in plan.core):
        raise PolicyProblem(_too_wide(plan))
    return plan, gaps


def settle_readings(
    policy: Policy, given: Mapping[str, str]
) -> tuple[dict[str, str], list[Diagnostic]]:
    """The option of every reading, and what is wrong with those given."""
    found: list[Diagnostic] = []
    for name, option in given.items():
        if name not in policy.readings:
            found.append(
                say(
                    "FC303",
                    Span(f"--reading {name}"),
                    hint=did_you_mean(name, policy.readings),
                    name=name,
                )
            )
        elif option not in policy.readings[name].options:
            options = policy.readings[name].options
            found.append(
                say(
                    "FC304",
                    Span(f"--reading {name}={option}"),
                    name=name,
                    option=option,
                    options=listed(options),
                )
            )
    chosen = {id_: given.get(id_, reading.chosen) for id_, reading in policy.readings.items()}
    return chosen, found


class _Maker:
    """Puts the chosen readings into a policy's expressions."""

    def __init__(self, policy: Policy, readings: Mapping[str, str]) -> None:
        self._readings = readings
        self._facts = policy.facts
        self._reach: dict[str, frozenset[str]] = {}

    def programme(self, programme: Programme) -> PlanProgramme:
        rules = tuple(
            PlanRule(r, self._put(r.when), self._maybe(r.then), self._share(r.share))
            for r in programme.rules
        )
        also = tuple(
            PlanOutput(a, self._maybe(a.value), self._share(a.share)) for a in programme.also
        )
        otherwise = self._maybe(programme.otherwise.value if programme.otherwise else None)
        summaries = tuple((s, self._put(s.among), self._put(s.count)) for s in programme.summaries)
        reach = self._readings_of(programme)
        return PlanProgramme(programme, rules, otherwise, also, summaries, reach)

    def _put(self, node: Node) -> Node:
        return simplify(node, self._readings)

    def _maybe(self, node: Node | None) -> Node | None:
        return None if node is None else self._put(node)

    def _share(self, share: Share | None) -> PlanShare | None:
        if share is None:
            return None
        per = self._put(share.per)
        assert isinstance(per, Name)
        return PlanShare(
            self._put(share.pool), per.id, self._put(share.by), self._maybe(share.at_most)
        )

    def _readings_of(self, programme: Programme) -> frozenset[str]:
        """Readings used by the programme, or by one whose outputs it uses."""
        reach: set[str] = set()
        for node in expressions(programme):
            for name in names(node):
                if name.kind == "reading":
                    reach.add(name.id)
                elif name.kind == "output":
                    reach |= self._reach.get(name.id, frozenset())
        result = frozenset(reach)
        self._reach.update(dict.fromkeys((o.id for o in programme.outputs), result))
        return result


def expressions(programme: Programme) -> Iterator[Node]:
    """Every expression of a programme but those of its summaries."""
    for rule in programme.rules:
        yield rule.when
        yield from _decides(rule.then, rule.share)
    if programme.otherwise:
        yield programme.otherwise.value
    for also in programme.also:
        yield from _decides(also.value, also.share)


def _decides(value: Node | None, share: Share | None) -> Iterator[Node]:
    if value is not None:
        yield value
    if share is not None:
        yield from (share.pool, share.per, share.by)
        if share.at_most is not None:
            yield share.at_most


def _constants(
    policy: Policy, day: date, programmes: tuple[PlanProgramme, ...]
) -> tuple[dict[str, Value], dict[str, date], list[Diagnostic]]:
    """Values on the day; only a parameter that something uses must have one."""
    constants: dict[str, Value] = {}
    since: dict[str, date] = {}
    found: list[Diagnostic] = []
    used = _used_parameters(policy, programmes)
    for id_, parameter in policy.parameters.items():
        dated = in_force(parameter, day)
        if dated is not None and dated.value is not None:
            try:
                dated = grown(parameter, dated, day)
            except OverflowError:
                found.append(say("FC305", parameter.span, name=id_, on=day))
                continue
            assert dated.value is not None
            constants[id_], since[id_] = dated.value, dated.since
        elif id_ in used:
            found.append(_absent(policy, id_, day, dated))
    return constants, since, found


def _used_parameters(policy: Policy, programmes: tuple[PlanProgramme, ...]) -> set[str]:
    used: set[str] = set()
    for programme in programmes:
        for node in planned_expressions(programme):
            used |= {name.id for name in names(node) if name.kind == "parameter"}
        for words in sentences(programme.programme):
            used |= names_in(words.zh) | names_in(words.en)
    return used & set(policy.parameters)


def _absent(policy: Policy, id_: str, day: date, dated: DatedValue | None) -> Diagnostic:
    parameter = policy.parameters[id_]
    if dated is None:
        return say("FC301", parameter.span, name=id_, on=day, first=parameter.values[0].since)
    return say("FC302", parameter.span, name=id_, since=dated.since, on=day)


def _too_wide(plan: Plan) -> list[Diagnostic]:
    """The expressions in which some number may leave 128 bits."""
    desugar = Desugar("", plan.constants, plan.bounds)
    found: list[Diagnostic] = []
    for programme in plan.programmes:
        for node, span in _placed(programme):
            widest = desugar.node(node).widest
            if not widest.fits_int128:
                found.append(_beyond_128_bits(span, show(node), widest))
    return found


def _beyond_128_bits(span: Span, text: str, widest: Interval) -> Diagnostic:
    digits = len(str(max(abs(widest.low), abs(widest.high))))
    shown = " ".join(text.split())
    shown = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
    return say("FC845", span, shown=shown, digits=digits)


def _placed(programme: PlanProgramme) -> Iterator[tuple[Node, Span]]:
    """Every expression with the place of its rule or output."""
    for rule in programme.rules:
        yield rule.when, rule.rule.span
        yield from ((node, rule.rule.span) for node in planned_values(rule.then, rule.share))
    if programme.otherwise is not None:
        yield programme.otherwise, programme.programme.span
    for also in programme.also:
        yield from ((node, also.output.span) for node in planned_values(also.value, also.share))


def _gaps(
    policy: Policy, programmes: tuple[PlanProgramme, ...], constants: Mapping[str, Value]
) -> list[Diagnostic]:
    """Programmes without `otherwise` for which some village meets no rule, or none can be ruled out."""
    found: list[Diagnostic] = []
    for programme in programmes:
        if programme.otherwise is not None:
            continue
        gap = may_miss(policy, programme, constants)
        if gap is not None:
            facts = policy.facts
            witness = {i: literal(v, facts[i].type) for i, v in gap.items() if i in facts}
            span = programme.programme.span
            found.append(say("FC111", span, witness=witness or None, programme=programme.id))
    return found


def may_miss(
    policy: Policy, programme: PlanProgramme, constants: Mapping[str, Value]
) -> dict[str, Value] | None:
    """A village that meets no rule; an empty one where that cannot be ruled out; None where it can."""
    ranges = {
        id_: (0 if fact.low is None and isinstance(fact.type, Number) else fact.low, fact.high)
        for id_, fact in policy.facts.items()
    }
    conditions = [simplify(rule.when, constants) for rule in programme.rules]
    gap = uncovered(conditions, ranges)
    if gap == {} and conditions:
        from fundcalc.core.smt import may_miss_all

        return {} if may_miss_all(conditions, ranges) else None
    return gap
