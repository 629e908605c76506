"""The front of the engines: a plan and a roster's columns in, every village decided, twice.

A roster of up to 2,000 villages is decided on both engines. Of a larger one two villages of every pattern of
rules that decided are, 500 drawn besides, and whole pools; a difference stops the run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NoReturn, get_args

import numpy as np
from numpy.typing import NDArray

from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.sharing import makers
from fundcalc.base.words import Lang, language, listed
from fundcalc.engines import columnar, patterns, rules, written
from fundcalc.engines.columnar.views import Decided, InColumns
from fundcalc.engines.durable import installed
from fundcalc.engines.result import (
    Checked,
    PoolUse,
    Result,
    Row,
    identity,
    label,
    rows_of,
    tie_order,
    values_of,
)
from fundcalc.engines.rules import Progress
from fundcalc.engines.written import Judge
from fundcalc.language.datatypes import Date, Number
from fundcalc.language.evaluate import counted_rows
from fundcalc.language.nodes import Aggregate, Value, names, walk
from fundcalc.language.show import literal
from fundcalc.policy.model import Output, Programme, Share
from fundcalc.policy.plan import Plan, fact_limits, planned_expressions

if TYPE_CHECKING:
    from fundcalc.engines.sql.session import Session

Engine = Literal["auto", "rules", "columnar", "sampled"]

ALL_CHECKED = 2_000
"""Villages up to which every decision is made on both engines."""


def refuse_engine(engine: object, lang: Lang) -> None:
    """Raise ValueError, which names those that there are, for what is none of them."""
    if engine not in get_args(Engine):
        known = ", ".join(map(repr, get_args(Engine)))
        raise ValueError(words("running.no_engine", engine=repr(engine), known=known).say(lang))


def calculate(
    plan: Plan,
    columns: Mapping[str, Sequence[Value]],
    progress: Progress | None = None,
    engine: Engine = "auto",
) -> Result:
    """Decide every village.

    `auto` decides in columns and on the rules engine as well: all villages of a roster of up to 2,000, else
    two of every pattern of rules that decided, 500 drawn at random and whole pools; a difference stops the
    run. `sampled` does so however few there are, and draws none. `columnar` decides in columns alone, and
    `check_village` one of them on the rules engine. Where durable_rules is not installed, the row evaluator
    stands in for it (`again_by`), and `rules` is refused. `columns` maps every fact of the policy to its
    values in roster order, money in fen. Raises PolicyProblem where a value is outside what its fact may be,
    or the policy cannot decide a village, and ValueError for another engine.
    """
    refuse_engine(engine, language())
    if engine == "rules" and not installed():
        raise PolicyProblem([say("FC863.rules")])
    refuse_outside(plan, columns)
    villages = len(next(iter(columns.values()), ()))
    if engine == "rules" or not villages:
        return _as_written(plan, columns, progress)
    if engine == "auto" and villages <= ALL_CHECKED:
        result = _as_written(plan, columns, progress)
        decided = _decided(plan, columns)
        if decided is None:
            result.checked, result.patterns = 0, 0
        else:
            compare(result, decided)
        return result
    decided = _decided(plan, columns)
    if decided is None:
        return written.run(plan, rows_of(columns))
    result = columnar.InColumns(plan, decided)
    result.by_rules = installed()
    if engine in ("auto", "sampled"):
        check_patterns(result, progress, DRAWN if engine == "auto" else 0)
    return result


def again_by() -> str:
    """What decides as the rules are written, next to the columns: durable-rules wherever it is there."""
    return "durable-rules" if installed() else "row evaluator"


def without_rules(checked: int) -> list[Diagnostic]:
    """What a reader should know where villages were double-checked without durable_rules."""
    return [say("FC502")] if checked and not installed() else []


def worked_once(names: Sequence[str]) -> list[Diagnostic]:
    """What a reader should know where villages were double-checked but not these, which many decide."""
    return [say("FC503", names=listed(names))] if names else []


def _as_written(
    plan: Plan, columns: Mapping[str, Sequence[Value]], progress: Progress | None
) -> Result:
    """Every village decided as the rules are written; all count as checked."""
    rows = rows_of(columns)
    if installed():
        result = rules.run(plan, rows, progress)
    else:
        result = written.run(plan, rows)
        result.checked, result.by_rules = len(rows), False
        if progress is not None:
            progress(len(rows))
    result.patterns = len(set(zip(*result.fired.values(), strict=True)))
    return result


def _checker(plan: Plan) -> rules.Checker | written.Checker:
    return rules.Checker(plan) if installed() else written.Checker(plan)


def refuse_whole(result: Result) -> None:
    """Raise PolicyProblem where all villages together break what a programme says must hold."""
    unmet = unmet_whole(result)
    if unmet:
        raise PolicyProblem(unmet)


def unmet_whole(result: Result) -> list[Diagnostic]:
    """What must hold of all villages together and does not, with the numbers."""
    plan = result.plan

    def total(programme: Programme, node: Aggregate) -> int:
        if isinstance(result, InColumns):
            try:
                return _added(result, node)
            except columnar.Anomaly:
                pass  # the row evaluator says of which village
        return sum(map(written.added(Judge(plan, programme), node, programme.span), result.rows))

    return written.unmet_whole(plan, total)


def _added(result: InColumns, node: Aggregate) -> int:
    counted = (
        np.ones(len(result.rows), dtype=np.bool_)
        if node.where is None
        else result.truth(node.where)
    )
    if node.item is None:
        return int(counted.sum())
    return sum(result.amounts(node.item, counted)[counted].tolist())


def refuse_outside(plan: Plan, columns: Mapping[str, Sequence[Value]]) -> None:
    """Raise PolicyProblem where a fact's least or greatest value is one that no roster may have.

    The bounds of a plan rest on the facts' ranges. Readers of rosters reject what lies outside, but
    whoever calls from Python may not.
    """
    outside = []
    for id_, values in columns.items():
        fact = plan.policy.facts[id_]
        if not len(values) or not isinstance(fact.type, Number | Date):
            continue
        column = np.asarray(values) if hasattr(values, "dtype") else np.array(values, dtype=object)
        within = plan.bounds[id_]
        for at in (int(np.argmin(column)), int(np.argmax(column))):
            if not within.low <= column[at] <= within.high:
                row = {p: str(values_of(columns[p][at : at + 1])[0]) for p in identity(columns)}
                reach = fact_limits(fact)
                shown, low, high = (
                    literal(end, fact.type) for end in (int(column[at]), reach.low, reach.high)
                )
                if column[at] == fact.default:
                    outside.append(
                        say("FC846.blank", fact.span, village=label(row), title=fact.title,
                            shown=shown, low=low, high=high)
                    )  # fmt: skip
                    break
                outside.append(
                    say("FC846", fact.span, village=label(row), title=fact.title, shown=shown,
                        low=low, high=high)
                )  # fmt: skip
                break
    if outside:
        raise PolicyProblem(outside)


def reference(plan: Plan, columns: Mapping[str, Sequence[Value]]) -> Result:
    """The same by the row evaluator alone."""
    return written.run(plan, rows_of(columns))


def _decided(plan: Plan, columns: Mapping[str, Sequence[Value]]) -> Decided | None:
    """In columns; None where a village cannot be decided, which the row evaluator explains."""
    try:
        return columnar.run(plan, columns)
    except columnar.Anomaly:
        written.run(plan, rows_of(columns))
        return None


ALL_GATHERED = 250_000
"""Villages up to which all values of many rows are worked out twice."""
DRAWN = 500
"""Villages drawn at random, beside those of each pattern, that are decided on both engines."""
ALL_SHARED = 20_000
"""Villages up to which every pool is shared anew."""
SHARED = 5_000
"""Of a larger roster, the villages at most whose pools are."""
_AT_ONCE = 4_096
"""Rows that are in memory at once, however many patterns there are."""

Fired = tuple[str, ...]


def compare(result: Result, decided: Decided) -> None:
    """Hold what the rules engine decided against the columns. Raises PolicyProblem."""
    for programme in result.plan.programmes:
        known = decided.fired(programme.id)
        if list(result.fired[programme.id]) == known and all(
            result.column(output.id) == decided.values(output.id) for output in programme.outputs
        ):
            continue
        fired = zip(result.fired[programme.id], known, strict=True)
        for as_written, in_columns, (ids, others) in zip(
            result.rows, decided.rows(), fired, strict=True
        ):
            hold(programme, (as_written, ids), (in_columns, others))
    _compare_pools(result.plan, result.pools, decided.pools)


def hold(
    programme: Programme, one: tuple[Row, Fired], other: tuple[Row, Fired], code: str = "FC597"
) -> None:
    """Raise PolicyProblem where two engines decide a village otherwise: outputs, or rules that fired."""
    (row, fired), (known, ids) = one, other
    if fired != ids:
        _differ(programme, label(row), _rules(fired), _rules(ids), code)
    for output in programme.outputs:
        if row[output.id] != known[output.id]:
            pair = (_say(row[output.id], output), _say(known[output.id], output))
            _differ(programme, label(row), *pair, code)


def _compare_pools(plan: Plan, ones: Sequence[PoolUse], others: Sequence[PoolUse]) -> None:
    if list(ones) == list(others):
        return
    pairs = zip(ones, others, strict=False)
    pool, known = next((p for p in pairs if p[0] != p[1]), (None, None))
    differing = pool or next(iter([*ones, *others][min(len(ones), len(others)) :]))
    _differ(plan.programme(differing.programme), differing.group or differing.item, pool, known)


def check_patterns(result: InColumns, progress: Progress | None, count: int = DRAWN) -> None:
    """Decide two villages of every pattern of rules on the rules engine too, and `count` drawn at random.

    A pattern is the rules of all programmes that decided a village. `checked` and `patterns` of the result
    count them. Which villages are drawn follows from the plan and their number, so that a rerun has the
    same. Raises PolicyProblem where they differ, and where pools or values of many rows do.
    """
    decided, villages, checker = result.decided, len(result.rows), _checker(result.plan)
    programmes = result.plan.programmes
    drawn = random.Random(f"{result.plan.digest}:{villages}")  # noqa: S311 - not a secret
    conditions = [condition for programme in programmes for condition in result.held(programme.id)]
    pattern, kinds = patterns.distinct(conditions, villages)
    at_random = np.array(drawn.sample(range(villages), min(count, villages)), dtype=np.int64)
    chosen = np.union1d(patterns.two_of_each(pattern, len(kinds)), at_random)
    reported = 0
    for start in range(0, len(chosen), _AT_ONCE):
        at = chosen[start : start + _AT_ONCE]
        known = {p.id: decided.fired(p.id, at) for p in programmes}
        for place, row in enumerate(decided.rows(at)):
            again, fired = checker.decide(row)
            for programme in programmes:
                hold(programme, (again, fired[programme.id]), (row, known[programme.id][place]))
        if progress is not None:
            done = villages * (start + len(at)) // len(chosen)
            progress(done - reported)
            reported = done
    once: list[str] = []
    for programme in programmes:
        if programme.has_pool:
            at = _whole_pools(result, programme, drawn)
            claims = any(use.claims for use in result.pools if use.programme == programme.id)
            if not len(at) or (_share_anew(result, programme, at) == 0 and claims):
                once += [output.id for output in programme.outputs]
        once += _check_gathered(result, programme, drawn)
    result.once = tuple(once)
    result.checked, result.patterns = len(chosen), len(kinds)


def check_village(result: Result, index: int) -> None:
    """Decide one village of a result in columns on the rules engine too, and the pools that it shares anew.

    `checked` of the result counts it. Raises PolicyProblem where they differ.
    """
    row = result.rows[index]
    again, fired = _checker(result.plan).decide(row)
    for programme in result.plan.programmes:
        hold(programme, (again, fired[programme.id]), (row, result.fired[programme.id][index]))
        if programme.has_pool and isinstance(result, InColumns):
            _share_anew(result, programme, _sharing_with(result, programme, index))
    result.checked, result.patterns = 1, 1


def check_session(session: Session, plan: Plan) -> Checked:
    """Decide villages of a database on the rules engine too, chosen as `calculate` does.

    Shares of pools and values of many rows are taken as the database has them. Raises PolicyProblem.
    """
    checker, seen, number = _checker(plan), set[tuple[Fired, ...]](), 0
    for row, known in session.sample(ALL_CHECKED, DRAWN):
        again, fired = checker.decide(row)
        for programme in plan.programmes:
            decided, stored = (again, fired[programme.id]), (row, known[programme.id])
            hold(programme, decided, stored, "FC869")
        seen.add(tuple(known.values()))
        number += 1
    return Checked(number, len(seen), installed())


def once_in_session(plan: Plan) -> list[str]:
    """What a database works out over many rows, which is not done again."""
    names: list[str] = []
    for programme in plan.programmes:
        if programme.has_pool:
            names += [output.id for output in programme.outputs]
        names += [gathered.name.id for gathered in programme.gathered]
    return names


def _check_gathered(result: InColumns, programme: Programme, drawn: random.Random) -> Iterator[str]:
    """Work values of many rows out anew from all rows; of a very large roster, those of some whole groups.

    Gives those of which there is none.
    """
    judge, decided, villages = Judge(result.plan, programme), result.decided, len(result.rows)
    for gathered in programme.gathered:
        at = np.arange(villages)
        if villages > ALL_GATHERED:
            per = [name.id for name in gathered.value.per or () if name.kind == "fact"]
            at = _whole_groups(result, per[-1], drawn) if per else _NONE
        if len(at) < min(villages, 2):
            yield gathered.name.id
        used = {name for part in gathered.parts for name in names(part)}
        ids = {name.id for name in used if name.id not in result.plan.constants}
        ids |= {counted_rows(name.id) for name in used if name.kind == "group or none"}
        again: list[Row] = [{} for _ in at]
        for id_ in ids:
            for row, value in zip(again, decided.values(id_, at), strict=True):
                row[id_] = value
        written.work_out(judge, gathered, again)
        for id_ in (gathered.name.id, counted_rows(gathered.name.id)):
            pairs = zip(decided.values(id_, at), (row[id_] for row in again), strict=True)
            for index, (old, new) in zip(at.tolist(), pairs, strict=True):
                if old != new:
                    _differ(programme, f"{label(result.rows[index])} {id_}", new, old)


# -- pools --------------------------------------------------------------------------------------


def _share_anew(result: InColumns, programme: Programme, at: NDArray[np.int64]) -> int:
    """Share pools anew among these villages, if any: they are all that their shares depend on.

    Gives the number of claims among them.
    """
    if not len(at):
        return 0
    judge, decided = Judge(result.plan, programme), result.decided
    used = {name.id for node in planned_expressions(programme) for name in names(node)}
    used |= {*identity(decided.facts), *(output.id for output in programme.outputs)}
    used |= {id_ for _, share in programme.shares for id_ in makers(share.group)}
    known = decided.rows(at, used)
    again = [dict(row) for row in known]
    fired = [judge.fired(judge.matches(row), row) for row in again]
    uses = written.settle(judge, again, fired, tie_order(again), gathered=True)
    rules_known = decided.fired(programme.id, at)
    for new, ids, row, others in zip(again, fired, known, rules_known, strict=True):
        hold(programme, (new, ids), (row, others))
    in_columns = {_key(use): use for use in result.pools if use.per != "village"}
    for use in uses:
        if use.per != "village" and use != (other := _comparable(use, in_columns[_key(use)])):
            _differ(programme, use.group or use.item, use, other)
    return sum(use.claims for use in uses)


def _comparable(use: PoolUse, known: PoolUse) -> PoolUse:
    """The use given; of a pool of all, as if only those that claim were its villages."""
    return known._replace(villages=use.villages) if use.per == "all" else known


def _key(use: PoolUse) -> tuple[str, str, str]:
    return use.programme, use.item, use.group


def _whole_pools(
    result: InColumns, programme: Programme, drawn: random.Random
) -> NDArray[np.int64]:
    """Villages whose pools can be shared anew from them alone: all, or 5,000 at most; perhaps none."""
    shared = [share for _, share in programme.shares]
    per, villages = {share.group for share in shared}, len(result.rows)
    if villages <= ALL_SHARED:
        return np.arange(villages)
    if per == {"village"}:
        return np.array(sorted(drawn.sample(range(villages), min(SHARED, villages))))
    if per == {"all"}:
        return _claiming(result, programme, shared)
    return _whole_groups(result, makers(per.pop())[-1], drawn) if len(per) == 1 else _NONE


def _sharing_with(result: InColumns, programme: Programme, index: int) -> NDArray[np.int64]:
    """A village and all on which its shares depend; none where those are too many."""
    groups = {share.group for _, share in programme.shares} - {"village"}
    if not groups:
        return np.array([index])
    if len(groups) == 1 and "all" not in groups:
        codes, _ = result.groups(makers(groups.pop())[-1])
        return np.flatnonzero(codes == codes[index])
    if groups == {"all"}:
        claiming = _claiming(result, programme, [share for _, share in programme.shares])
        if len(claiming):
            return np.array(sorted({*claiming.tolist(), index}))
    villages = len(result.rows)
    return np.arange(villages) if villages <= ALL_SHARED else _NONE


_NONE: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


def _claiming(
    result: InColumns, programme: Programme, shares: Sequence[Share]
) -> NDArray[np.int64]:
    """All that claim, where the pools do not depend on the others."""
    if any(isinstance(node, Aggregate) for share in shares for node in walk(share.pool)):
        return _NONE
    claims = np.zeros(len(result.rows), dtype=np.bool_)
    for (_, mask), rule in zip(result.held(programme.id), programme.rules, strict=True):
        if rule.share is not None:
            claims |= mask
    for also in programme.also:
        if also.share is not None:
            claims |= result.amounts(also.share.by) != 0
            if also.share.at_least is not None:
                claims |= result.amounts(also.share.at_least) != 0
    at = np.flatnonzero(claims)
    return at if len(at) <= SHARED else _NONE


def _whole_groups(result: InColumns, per: str, drawn: random.Random) -> NDArray[np.int64]:
    codes, names = result.groups(per)
    sizes = np.bincount(codes, minlength=len(names)).tolist()
    room, chosen = SHARED, np.zeros(len(names), dtype=np.bool_)
    for group in drawn.sample(range(len(names)), len(names)):
        if sizes[group] <= room:
            room -= sizes[group]
            chosen[group] = True
    return np.flatnonzero(chosen[codes])


def _say(value: Value, output: Output) -> str:
    shown = " + ".join(value) if isinstance(value, tuple) else literal(value, output.type)
    return f"{output.id} = {shown}"


def _rules(ids: Fired) -> str:
    return " + ".join(ids) or "no rule"


def _differ(
    programme: Programme, where: str, one: object, other: object, code: str = "FC597"
) -> NoReturn:
    raise PolicyProblem([
        say(code, programme.span, village=where, programme=programme.id, one=str(one),
            other=str(other), by=words("running.rules_engine" if installed()
            else "running.row_evaluator"))
    ])  # fmt: skip
