"""The bill year by year: one roster under the values of each year, dated or grown.

A year is computed on the policy's own month and day of that year. The roster stays as it is: what is
projected is the policy, not the villages. What the policy calls `before.…` is of the roster in the first
year, and then of the year before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date
from itertools import pairwise

from fundcalc.analysis.sides import (
    Measure,
    bills,
    measure_of,
    measures,
)
from fundcalc.base import dataclass
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span, in_order
from fundcalc.base.words import Words
from fundcalc.engines.calculate import calculate, unmet_whole
from fundcalc.engines.result import Result
from fundcalc.engines.totals import sums
from fundcalc.language.nodes import Value
from fundcalc.policy.model import Otherwise, Output, Parameter, Policy, Programme, Rule
from fundcalc.policy.plan import Plan, used_names
from fundcalc.policy.values import on_day, same_day
from fundcalc.policy.variation import finer, parameter_value, plan_with
from fundcalc.roster.model import Roster

MOST_YEARS = 100


@dataclass(frozen=True, slots=True)
class Year:
    """One year's sums by output granted of the whole `policy`.

    `values` has of results that are not added up the commonest, each with its villages. `plan` has the
    year's values; `rows` are those of each table that hold; `unmet` is what must hold of all villages
    together and does not, which would stop a run.
    """

    plan: Plan
    outputs: Mapping[str, int]
    values: Mapping[str, list[tuple[Value, int]]]
    policy: Policy
    rows: Mapping[str, frozenset[int]] = field(default_factory=dict)
    unmet: tuple[Words, ...] = ()

    @property
    def on(self) -> date:
        """The day whose values hold."""
        return self.plan.on

    def total(self, measure: Measure) -> int:
        """All of it that is counted so."""
        return sum(self._of(measure).values())

    def payers(self, measure: Measure) -> dict[str | None, int]:
        """What each payer pays of that."""
        return bills(self.policy, self._of(measure))

    def _of(self, measure: Measure) -> dict[str, int]:
        granted = self.policy.billed_outputs
        return {
            o.id: self.outputs[o.id] * 10 ** (measure.decimals - measure_of(o).decimals)
            for o in granted
            if measure.has(o)
        }


@dataclass(frozen=True, slots=True)
class Turn:
    """A programme, or a rule or other part of one, that begins on a day, or that has ended before it."""

    on: date
    programme: Programme
    part: Rule | Otherwise | Output | None
    begins: bool


@dataclass(frozen=True, slots=True)
class Projection:
    """All years. `changing` are the parameters whose value is not the same in all of them.

    `checked` is of how many villages the first year was double-checked.
    """

    policy: Policy
    roster: Roster
    years: tuple[Year, ...]
    checked: int = 0

    @property
    def outputs(self) -> list[Output]:
        """What has a total."""
        return self.policy.billed_outputs

    @property
    def measures(self) -> list[Measure]:
        """In what they are counted, money first: what of them adds up."""
        return measures(self.outputs)

    @property
    def changing(self) -> list[Parameter]:
        """The parameters whose value is not the same in all years."""
        return [
            parameter
            for id_, parameter in self.policy.parameters.items()
            if len({year.plan.constants.get(id_) for year in self.years}) > 1
        ]

    @property
    def renewed(self) -> dict[str, list[int]]:
        """Of tables that change: how many rows are new in each year after the first."""
        new_rows = {
            id_: [len(now.rows[id_] - old.rows[id_]) for old, now in pairwise(self.years)]
            for id_ in self.policy.tables
        }
        return {id_: counts for id_, counts in new_rows.items() if any(counts)}

    @property
    def turns(self) -> list[Turn]:
        """What begins or ends after the first year's day, up to the last one's."""
        first, last = self.years[0].on, self.years[-1].on
        turns = [
            Turn(day, programme, part, day == period.first)
            for programme, part, period in self.policy.periods
            for day in period.turns
            if first < day <= last
        ]
        return sorted(turns, key=lambda turn: turn.on)

    @property
    def unconfirmed(self) -> list[Parameter]:
        """Parameters in use that nobody has confirmed up to the last year."""
        last = self.years[-1].on
        used = used_names(self.years[-1].plan.programmes)
        return [
            p
            for id_, p in self.policy.parameters.items()
            if id_ in used
            and id_ not in self.policy.varied
            and (p.confirmed is None or p.confirmed < last)
        ]


def _years(text: str) -> list[int]:
    first, colon, last = text.partition(":")
    last = last if colon else first
    four = all(part.strip().isdecimal() and len(part.strip()) == 4 for part in (first, last))
    if not four or int(first) < 1:
        raise PolicyProblem([say("FC910.bad_years", Span(f"--years {text}"), text=text)])
    start, end = int(first), int(last)
    if not start <= end < start + MOST_YEARS:
        raise PolicyProblem(
            [say("FC910.years_in_disorder", Span(f"--years {text}"), most=MOST_YEARS)]
        )
    return list(range(start, end + 1))


def year_plans(
    policy: Policy,
    years: str,
    readings: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> list[Plan]:
    """A plan a year on the policy's own day, `years` as in `2018:2025` (both included) or `2018`.

    `values` hold in all years, as a person writes them in the parameter's unit. Raises PolicyProblem
    with all parameters that have no value in some year.
    """
    policy = finer(policy, {name: [text] for name, text in (values or {}).items()})
    constants = {name: parameter_value(policy, name, text) for name, text in (values or {}).items()}
    plans: list[Plan] = []
    problems: dict[object, Diagnostic] = {}
    for year in _years(years):
        try:
            plans.append(plan_with(policy, same_day(policy.on, year), readings or {}, constants))
        except PolicyProblem as problem:
            for diagnostic in problem.diagnostics:
                problems.setdefault((diagnostic.code, diagnostic.where), diagnostic)
    if problems:
        raise PolicyProblem(in_order(problems.values()))
    return plans


def project(plans: list[Plan], roster: Roster) -> Projection:
    """Compute the roster under each plan. Years whose values are the same are computed once.

    Raises PolicyProblem where a village cannot be decided.
    """
    years: list[Year] = []
    known: dict[
        str, tuple[dict[str, int], dict[str, list[tuple[Value, int]]], tuple[Words, ...]]
    ] = {}
    policy = plans[0].policy.whole or plans[0].policy
    granted, told = policy.billed_outputs, policy.told_outputs
    columns: Mapping[str, Sequence[Value]] = roster.columns
    checked = 0
    looks_back = any(fact.of_before for fact in policy.facts.values())
    for plan in plans:
        rows = {
            id_: frozenset(number for number, _ in on_day(table, plan.on))
            for id_, table in policy.tables.items()
        }
        key = repr(
            (
                sorted(plan.constants.items()),
                plan.programmes,
                [sorted(numbers) for numbers in rows.values()],
                looks_back and plan.on,
            )
        )
        if key not in known:
            engine = "columnar" if known else "auto"
            result = calculate(plan, columns, engine=engine)  # type: ignore[arg-type]
            checked = checked or result.checked
            columns = _a_year_later(result, columns) if looks_back else columns
            present = {o.id for p in plan.programmes for o in p.outputs}
            known[key] = (
                {o.id: sums(result, o.id)[0] if o.id in present else 0 for o in granted},
                {
                    o.id: Counter(result.column(o.id)).most_common() if o.id in present else []
                    for o in told
                },
                tuple(diagnostic.message for diagnostic in unmet_whole(result)),
            )
        outputs, values, broken = known[key]
        years.append(Year(plan, outputs, values, policy, rows, broken))
    return Projection(policy, roster, tuple(years), checked)


def _a_year_later(
    result: Result, columns: Mapping[str, Sequence[Value]]
) -> dict[str, Sequence[Value]]:
    """The roster's columns, what the policy calls `before.…` as a result has it."""
    policy, later = result.plan.policy, dict(columns)
    known = {*columns, *(o.id for p in policy.programmes for o in p.outputs)}
    for fact in policy.facts.values():
        if fact.of_before and fact.default is not None:
            now = fact.id.partition(".")[2]
            nothing = [fact.default] * len(result.rows)
            later[fact.id] = result.column(now) if now in known else nothing
    return later
