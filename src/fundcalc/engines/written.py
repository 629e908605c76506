"""Rules as they are written, decided by the row evaluator: the reference that other engines must agree with.

It reads conditions, values and hit policies of the plan, never their form in the core, and so is a
witness. `Judge` decides one programme for one village, `gather` works out values of many rows, `Sharing`
shares its pools, `run` does all for a roster; it is also the way to try other readings.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar, assert_never

from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.money import divide, fits_int64, grouped
from fundcalc.base.sharing import makers, share
from fundcalc.base.words import listed
from fundcalc.core.decision import HitPolicy
from fundcalc.engines.result import (
    PoolUse,
    Result,
    Row,
    below_floors,
    ends_cross,
    group_of,
    label,
    tie_order,
)
from fundcalc.language.evaluate import (
    DivisionByZero,
    Evaluation,
    NoDay,
    NoneCounts,
    NoRow,
    NoValue,
    counted_rows,
    evaluation,
    simplify,
    unmet,
)
from fundcalc.language.nodes import Aggregate, Name, Node, Value, names, walk
from fundcalc.language.show import literal, number_said, show
from fundcalc.policy.model import Gathered, Programme, Rule, Share
from fundcalc.policy.plan import Plan, used_names

Fired = tuple[str, ...]


class Judge:
    """A programme compiled for the row evaluator.

    `matches` gives the rules whose conditions hold; `fired` what is left under the hit policy;
    `combine` the result of the fired rules' values. Every failure is a PolicyProblem.
    """

    def __init__(self, plan: Plan, programme: Programme) -> None:
        self.plan = plan
        self.programme = programme
        self.id = programme.id
        self.policy = programme.hit_policy
        self._tests = [(rule.id, self.compile(rule.when)) for rule in programme.rules]
        self._values = {
            rule.id: self.compile(rule.then) for rule in programme.rules if rule.then is not None
        }
        self._otherwise = self.compile(programme.otherwise.value) if programme.otherwise else None
        self._also = [
            (also.id, self.compile(also.value) if also.value else None, also.span)
            for also in programme.also
        ]
        self._order = {rule.id: index for index, rule in enumerate(programme.rules)}

    def compile(self, node: Node) -> Evaluation:
        """An expression ready for rows: parameters put in."""
        return evaluation(simplify(node, self.plan.constants))

    def rule(self, id_: str) -> Rule:
        """The rule of this id."""
        return self.programme.rules[self._order[id_]]

    def matches(self, row: Row) -> Fired:
        """Ids of the rules whose conditions hold, in the order written."""
        try:
            return tuple([id_ for id_, test in self._tests if test(row)])
        except NoValue as why:
            raise self._fail(self.no_value(why, self.programme.span, row)) from None

    def fired(self, matches: Fired, row: Row) -> Fired:
        """The rules that decide: the first only, or all; several under `unique` are an error."""
        if len(matches) <= 1:
            return matches
        match self.policy:
            case "first":
                return matches[:1]
            case "unique":
                span, witness = self.rule(matches[1]).span, self._witness(matches, row)
                raise self._fail(
                    say(
                        "FC401",
                        span,
                        witness=witness,
                        programme=self.id,
                        village=label(row),
                        rules=listed(matches),
                    )
                )
            case (
                "any" | "collect" | "collect max" | "collect min" | "collect sum" | "collect count"
            ):
                return matches
        assert_never(self.policy)

    def values(self, fired: Fired, row: Row) -> list[Value]:
        """The values of the fired rules that share no pool."""
        try:
            return [self._values[id_](row) for id_ in fired]
        except NoValue as why:
            raise self._fail(self.no_value(why, self.rule(fired[0]).span, row)) from None

    def combine(self, fired: Fired, values: Sequence[Value], row: Row) -> Value:
        """The programme's result from the fired rules' values, by its hit policy."""
        if not fired:
            return self._no_rule(row)
        if self.policy == "any" and any(value != values[0] for value in values):
            span = self.rule(fired[1]).span
            raise self._fail(
                say("FC402", span, programme=self.id, rules=listed(fired), village=label(row))
            )
        value = _combined(self.policy, values)
        self.check(self.programme.result.id, value, row)
        return value

    def _no_rule(self, row: Row) -> Value:
        if self._otherwise is None:
            span = self.programme.span
            raise self._fail(say("FC403", span, programme=self.id, village=label(row)))
        try:
            value = self._otherwise(row)
        except NoValue as why:
            raise self._fail(self.no_value(why, self.programme.span, row)) from None
        self.check(self.programme.result.id, value, row)
        return value

    def settle(self, row: Row, fired: Fired) -> None:
        """Write a programme without pools into the row: its result, then what follows from it."""
        row[self.programme.result.id] = self.combine(
            fired, self.values(fired, row) if fired else (), row
        )
        for index in range(len(self._also)):
            self.further(row, index)

    def further(self, row: Row, index: int) -> None:
        """Write one further output without a pool into the row."""
        id_, value, span = self._also[index]
        assert value is not None
        try:
            output = value(row)
        except NoValue as why:
            raise self._fail(self.no_value(why, span, row)) from None
        self.check(id_, output, row)
        row[id_] = output

    def check(self, output: str, value: Value, row: Row) -> None:
        """Refuse an amount that leaves 64 bits."""
        if isinstance(value, int) and not fits_int64(value):
            span = next(o.span for o in self.programme.outputs if o.id == output)
            raise self._fail(say("FC404", span, village=label(row), output=output))

    def _witness(self, matches: Fired, row: Row) -> dict[str, object]:
        from fundcalc.language.nodes import names

        facts = self.plan.policy.facts
        used = [name.id for id_ in matches for name in names(self.rule(id_).when)]
        return {id_: literal(row[id_], facts[id_].type) for id_ in used if id_ in facts}

    def no_value(self, why: NoValue, span: Span, row: Row, where: str = "") -> Diagnostic:
        """Why an expression has no value for a village, or for a group, which is then said instead."""
        where = where or label(row)
        if isinstance(why, NoRow):
            title = self.plan.policy.tables[why.table].title
            lacking = say("FC409", span, where=where, title=title, table=why.table, keys=why.keys)
            return replace(lacking, about=f"{why.table}[{why.keys}]")
        if isinstance(why, NoneCounts):
            [gathered] = [g for g in self.programme.gathered if g.name.id == why.text]
            group = ", ".join(str(row[name.id]) for name in gathered.value.per or ())
            if not group:
                return say("FC409.all", span, where=where, text=why.text)
            return say("FC409.group", span, where=where, text=why.text, group=group)
        if isinstance(why, NoDay):
            return say("FC409.day", span, where=where, day=why.day)
        assert isinstance(why, DivisionByZero)
        return say("FC406", span, where=where)

    def _fail(self, diagnostic: Diagnostic) -> PolicyProblem:
        return PolicyProblem([diagnostic])


Decided = TypeVar("Decided")

Sums = Callable[[Programme, Aggregate], int]
"""What an aggregate of a programme comes to over all villages."""


def unmet_whole(plan: Plan, sums: Sums) -> list[Diagnostic]:
    """What must hold of all villages together and does not, with the numbers."""
    diagnostics: list[Diagnostic] = []
    for programme in plan.programmes:
        judge = Judge(plan, programme)
        for must in programme.musts:
            parts = [part for part in walk(must.when) if isinstance(part, Aggregate | Name)]
            inside = {
                id(n) for part in parts if isinstance(part, Aggregate) for n in list(walk(part))[1:]
            }
            whole = [part for part in parts if id(part) not in inside]
            row: Row = {
                show(node): sums(programme, node)
                for node in walk(simplify(must.when, plan.constants))
                if isinstance(node, Aggregate)
            }
            try:
                if judge.compile(must.when)(row):
                    continue
            except NoValue as why:
                diagnostics.append(judge.no_value(why, must.span, row, "all"))
                continue
            values = [
                f"{show(part)} = {literal(judge.compile(part)(row), part.type)}"
                for part in dict.fromkeys(whole)
            ]
            rule, said, span = show(must.when), ", ".join(values), must.span
            if must.because is None:
                diagnostics.append(say("FC413", span, rule=rule, values=said))
            else:
                why_ = must.because
                diagnostics.append(say("FC413.because", span, rule=rule, values=said, because=why_))
    return diagnostics


class Together:
    """What must hold of all villages together, held again as if one of them were another."""

    def __init__(self, result: Result) -> None:
        self._plan, rows = result.plan, result.rows
        self._added: dict[tuple[str, Aggregate], Callable[[Row], int]] = {}
        for programme in self._plan.programmes:
            judge = Judge(self._plan, programme)
            for must in programme.musts:
                for node in walk(simplify(must.when, self._plan.constants)):
                    if isinstance(node, Aggregate):
                        self._added[programme.id, node] = added(judge, node, must.span)
        self._sums = {key: sum(map(per_row, rows)) for key, per_row in self._added.items()}
        used = {name.id for _, node in self._added for name in names(node)}
        self.programmes: list[Programme] = []
        for programme in reversed(self._plan.programmes):
            if used & {output.id for output in programme.outputs}:
                self.programmes.insert(0, programme)
                used |= used_names([programme])
        self.asks = bool(self._added) and not unmet_whole(self._plan, self._sum)

    def _sum(self, programme: Programme, node: Aggregate) -> int:
        return self._sums[programme.id, node]

    def hold(self, before: Row, after: Row) -> bool:
        """Whether all still holds where a row is another."""
        moved = {key: per_row(after) - per_row(before) for key, per_row in self._added.items()}
        return not unmet_whole(
            self._plan, lambda p, node: self._sums[p.id, node] + moved[p.id, node]
        )

    def hold_for(self, rows: Sequence[Row]) -> bool:
        """Whether all holds of other rows."""
        return not unmet_whole(self._plan, lambda p, node: sum(map(self._added[p.id, node], rows)))


def refuse_unmet(plan: Plan, rows: Sequence[Row]) -> None:
    """Raise PolicyProblem where a row breaks what must hold of every row; a roster has none such."""
    for must in plan.policy.musts:
        columns = {id_: [row[id_] for row in rows] for id_ in must.facts}
        for at in unmet(must.when, columns)[:1]:
            diagnostic = say("FC412", must.span, village=label(rows[at]), rule=show(must.when))
            raise PolicyProblem([diagnostic])


def _combined(policy: HitPolicy, values: Sequence[Value]) -> Value:
    """What a hit policy makes of the values of the rules that fired, one at least."""
    match policy:
        case "unique" | "first" | "any":
            return values[0]
        case "collect":
            return tuple(map(str, values))
        case "collect max":
            return max(map(_int, values))
        case "collect min":
            return min(map(_int, values))
        case "collect sum":
            return sum(map(_int, values))
        case "collect count":
            return len(values)
    assert_never(policy)


def gather(judge: Judge, rows: Sequence[Row], stage: int) -> None:
    """Write the values of many rows that a stage of a programme needs into all rows."""
    for gathered in judge.programme.gathered:
        if gathered.stage == stage:
            work_out(judge, gathered, rows)


def gather_all(plan: Plan, rows: Sequence[Row]) -> None:
    """Write all values of many rows into rows that have the outputs already."""
    for programme in plan.programmes:
        judge = Judge(plan, programme)
        for stage in range(len(programme.outputs)):
            gather(judge, rows, stage)


def work_out(judge: Judge, gathered: Gathered, rows: Sequence[Row]) -> None:
    """Write one value of many rows, and how many count in it, into all rows."""
    node, id_, span = gathered.value, gathered.name.id, judge.programme.outputs[gathered.stage].span
    item = judge.compile(node.item) if node.item is not None else lambda row: 1
    where = judge.compile(node.where) if node.where is not None else lambda row: True
    per = [judge.compile(part) for part in node.per or ()]
    groups: dict[tuple[Value, ...], list[int]] = {}
    members: list[tuple[tuple[Value, ...], int]] = []
    for row in rows:
        try:
            key = tuple(part(row) for part in per)
            counted = groups.setdefault(key, [])
            if where(row):
                counted.append(_int(item(row)))
            members.append((key, _int(item(row)) if node.op == "rank" else 0))
        except NoValue as why:
            diagnostic = judge.no_value(why, span, row)
            raise PolicyProblem([diagnostic]) from None
    for counted in groups.values():
        counted.sort()
    totals = {key: _over_many(node, counted) for key, counted in groups.items()}
    for row, (key, own) in zip(rows, members, strict=True):
        counted = groups[key]
        row[counted_rows(id_)] = len(counted)
        if node.op == "rank":
            row[id_] = 1 + len(counted) - bisect_right(counted, own)
        else:
            row[id_] = totals[key]


def _over_many(node: Aggregate, counted: Sequence[int]) -> int:
    """The value of a group's numbers, which rise; 0 stands where there are none."""
    match node.op:
        case "count":
            return len(counted)
        case "sum":
            return sum(counted)
        case "least":
            return counted[0] if counted else 0
        case "greatest":
            return counted[-1] if counted else 0
        case "mean":
            exact = len(counted) * node.fine
            return divide(sum(counted), exact, node.direction) * node.step if counted else 0
        case "rank":
            return 0  # each row has its own
    assert_never(node.op)


def settle(
    judge: Judge,
    rows: Sequence[Row],
    fired: Sequence[Fired],
    order: Sequence[int],
    *,
    gathered: bool = False,
) -> list[PoolUse]:
    """Write the outputs of a programme that looks around into all rows; returns its pools.

    `order` lists the villages by code, which breaks ties between equal remainders. `gathered`: values of
    many rows stand there already, of more rows than these.
    """
    pools: list[PoolUse] = []
    shared: dict[str, dict[int, int]] = {}
    for rule in judge.programme.rules:
        if rule.share is not None:
            claims = [i for i in order if rule.id in fired[i]]
            sharing = Sharing(judge, rule.share, rule.id, rule.span)
            shared[rule.id], uses = sharing.run(rows, claims)
            pools += uses
    for index, row in enumerate(rows):
        row[judge.programme.result.id] = _result(judge, row, index, fired[index], shared)
    for position, also in enumerate(judge.programme.also):
        if not gathered:
            gather(judge, rows, position + 1)
        if also.share is None:
            for row in rows:
                judge.further(row, position)
            continue
        sharing = Sharing(judge, also.share, also.id, also.span)
        shares, uses = sharing.run(rows, order)
        pools += uses
        for index, row in enumerate(rows):
            row[also.id] = shares[index]
    return pools


def _result(
    judge: Judge, row: Row, index: int, fired: Fired, shared: dict[str, dict[int, int]]
) -> Value:
    values = [
        shared[id_][index] if id_ in shared else judge.values((id_,), row)[0] for id_ in fired
    ]
    return judge.combine(fired, values, row)


class Sharing:
    """One share of a rule or output, over all its groups."""

    def __init__(self, judge: Judge, plan: Share, item: str, span: Span) -> None:
        self._judge = judge
        self._plan = plan
        self._item = item
        self._span = span
        self._pool = judge.compile(plan.pool)
        self._by = judge.compile(plan.by)
        self._cap = judge.compile(plan.at_most) if plan.at_most is not None else None
        self._floor = judge.compile(plan.at_least) if plan.at_least is not None else None
        self.sums = {
            show(node): added(judge, node, span)
            for node in walk(simplify(plan.pool, judge.plan.constants))
            if isinstance(node, Aggregate)
        }
        """What a village adds to each sum over its group."""

    def run(
        self, rows: Sequence[Row], claims: Sequence[int]
    ) -> tuple[dict[int, int], list[PoolUse]]:
        """Shares by village for those that claim, and the pools of their groups."""
        per = self._plan.group
        members: dict[str, list[int]] = {}
        for index, row in enumerate(rows):
            members.setdefault(group_of(row, per, index), []).append(index)
        claimants: dict[str, list[int]] = {"": []} if per == "all" else {}
        for index in claims:
            claimants.setdefault(group_of(rows[index], per, index), []).append(index)
        shares: dict[int, int] = {}
        pools = [
            self._group(group, members.get(group, []), claimants[group], rows, shares)
            for group in sorted(claimants, key=lambda g: members.get(g, [-1])[0])
        ]
        return shares, pools

    def _group(
        self,
        group: str,
        members: Sequence[int],
        claims: Sequence[int],
        rows: Sequence[Row],
        shares: dict[int, int],
    ) -> PoolUse:
        villages = [rows[i] for i in members]
        try:
            sums = {key: sum(map(added, villages)) for key, added in self.sums.items()}
        except NoValue as why:
            raise PolicyProblem([self._no_value(why, {}, group or "all")]) from None
        amount = self.amount(group, sums, villages[0] if villages else {})
        weights = [self.weight(rows[i]) for i in claims]
        caps = [self.cap(rows[i]) for i in claims]
        floors = [self.floor(rows[i]) for i in claims]
        self.refuse_short(group, amount, floors)
        shared = share(amount, weights, caps, floors if self._floor is not None else None)
        shares.update(zip(claims, shared, strict=True))
        return PoolUse(
            self._judge.id, self._item, self._plan.group, group, amount,
            len(members), sum(1 for w in weights if w), sum(weights), sum(shared),
        )  # fmt: skip

    def weight(self, row: Row) -> int:
        """A village's weight."""
        return self._number(self._by, self._plan.by, row, "checks.weight")

    def cap(self, row: Row) -> int | None:
        """The most that a village may get, if there is a most."""
        cap = self._plan.at_most
        return self._number(self._cap, cap, row, "checks.cap") if self._cap and cap else None

    def floor(self, row: Row) -> int:
        """The least that a village must get; it is not above the most."""
        if self._floor is None or self._plan.at_least is None:
            return 0
        floor = self._number(self._floor, self._plan.at_least, row, "checks.floor")
        cap = self.cap(row)
        if cap is not None and floor > cap:
            raise PolicyProblem(
                [ends_cross(self._judge.programme, self._item, self._span, label(row), floor, cap)]
            )
        return floor

    def refuse_short(self, group: str, amount: int, floors: Sequence[int]) -> None:
        """Raise PolicyProblem where a group's pool does not come to its floors."""
        if sum(floors) > amount:
            diagnostic = below_floors(
                self._judge.programme, self._item, self._span, group, amount, sum(floors)
            )
            raise PolicyProblem([diagnostic])

    def amount(self, group: str, sums: Mapping[str, Value], row: Row) -> int:
        """The group's pool in fen; it may name the facts that make the group, as in a row of it."""
        facts = {id_: row[id_] for id_ in makers(self._plan.group) if id_ in row}
        try:
            amount = _int(self._pool({**sums, **facts}))
        except NoValue as why:
            raise PolicyProblem([self._no_value(why, {}, group or "all")]) from None
        if amount < 0:
            raise PolicyProblem(
                [
                    say(
                        "FC405",
                        self._span,
                        where=group or "all",
                        what=words("checks.pool"),
                        shown=number_said(amount, self._judge.programme.shared(self._item)),
                    )
                ]
            )
        self._judge.check(self._judge.programme.result.id, amount, {"name": group})
        return amount

    def _no_value(self, why: NoValue, row: Row, where: str = "") -> Diagnostic:
        return self._judge.no_value(why, self._span, row, where)

    def _number(self, evaluate: Evaluation, node: Node, row: Row, what: str) -> int:
        try:
            value = _int(evaluate(row))
        except NoValue as why:
            raise PolicyProblem([self._no_value(why, row)]) from None
        if value < 0:
            raise PolicyProblem(
                [
                    say(
                        "FC405",
                        self._span,
                        where=label(row),
                        what=words(what),
                        shown=grouped(value, getattr(node.type, "decimals", 0) or 0),
                    )
                ]
            )
        return value


def added(judge: Judge, node: Aggregate, span: Span) -> Callable[[Row], int]:
    """What a village adds to an aggregate at a place. Raises PolicyProblem where that has no value."""
    item = judge.compile(node.item) if node.item is not None else None
    where = judge.compile(node.where) if node.where is not None else None

    def of_row(row: Row) -> int:
        try:
            if where is not None and not where(row):
                return 0
            return _int(item(row)) if item is not None else 1
        except NoValue as why:
            raise PolicyProblem([judge.no_value(why, span, row)]) from None

    return of_row


def _int(value: Value) -> int:
    assert isinstance(value, int)
    return value


Progress = Callable[[int], None]


class Checker:
    """Decides single villages again whose shares of pools and values of many rows are known."""

    def __init__(self, plan: Plan) -> None:
        self._judges = [Judge(plan, programme) for programme in plan.programmes]

    def decide(self, row: Row) -> tuple[Row, dict[str, Fired]]:
        """The row with all outputs that rest on no pool worked out anew, and the rules that decided.

        `row` has facts and outputs; it is left as it is.
        """
        again, decided = dict(row), {}
        for judge in self._judges:
            decided[judge.id] = fired = judge.fired(judge.matches(again), again)
            if not judge.programme.has_pool:
                judge.settle(again, fired)
        return again, decided


def run(plan: Plan, rows: list[Row], only: Collection[str] | None = None) -> Result:
    """Decide all villages; outputs are written into `rows`.

    `only` names the programmes to compute; the others' outputs must stand in the rows already.
    Raises PolicyProblem where a decision cannot be made.
    """
    if only is None:
        refuse_unmet(plan, rows)
    all_fired: dict[str, list[Fired]] = {}
    result = Result(plan, rows, all_fired)
    order: Sequence[int] | None = None
    for programme in plan.programmes:
        if only is not None and programme.id not in only:
            continue
        judge = Judge(plan, programme)
        gather(judge, rows, 0)
        fired = _of_each(judge.fired, _of_each(judge.matches, rows), rows)
        all_fired[programme.id] = fired
        if programme.looks_around:
            order = tie_order(rows) if order is None else order
            result.pools += settle(judge, rows, fired, order)
        else:
            _of_each(judge.settle, rows, fired)
    return result


LACKING = 20
"""Keys that a table lacks, of which so many are named, each with the first row that asks for it."""
FURTHER = 20_000
"""Rows after the first without a result that are looked at for further keys."""


def _of_each(decide: Callable[..., Decided], *columns: Sequence[Any]) -> list[Decided]:
    """What is decided of each row. Raises PolicyProblem: all keys that a table lacks, or the first fault."""
    decided: list[Decided] = []
    lacking: dict[str, Diagnostic] = {}
    left = FURTHER
    for row in zip(*columns, strict=True):
        try:
            decided.append(decide(*row))
        except PolicyProblem as problem:
            why = problem.diagnostics[0]
            if why.about is not None:
                lacking.setdefault(why.about, why)
            elif not lacking:
                raise
        left -= bool(lacking)
        if not left or len(lacking) == LACKING:
            break
    if lacking:
        raise PolicyProblem(lacking.values())
    return decided
