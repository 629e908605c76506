"""The whole Plan lowered: one column a rule and an output, helper columns, and the sheet of pools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn, assert_never

from fundcalc.base.words import Words, same
from fundcalc.core import nodes as core
from fundcalc.core.decision import (
    Agree,
    Allot,
    AtLeastOne,
    AtMostOne,
    Decision,
    Define,
    Output,
)
from fundcalc.core.interval import Interval
from fundcalc.engines.formulas.cells import (
    INPUTS,
    LIMIT,
    LIVE,
    ROW,
    WORK,
    Cell,
    Column,
    Expr,
    Grid,
    TooLarge,
    atom,
    made,
    whole,
)
from fundcalc.engines.formulas.given import given
from fundcalc.engines.formulas.lower import FIRST_DAY, Lower, Names
from fundcalc.engines.formulas.pools import Group, Groups, Sharing
from fundcalc.engines.result import JOIN, Result, tie_order
from fundcalc.language import nodes as written
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, Unknown, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy import model
from fundcalc.policy.plan import (
    Plan,
    PlanOutput,
    PlanProgramme,
    PlanRule,
    PlanShare,
    lowered,
)
from fundcalc.roster.model import letters

_FIRST = Words("首条适用规则的结果", "result of the first rule that holds")
_NO_FORMULA = Words(
    "它所依据的名单没有公式；只存结果，不设公式，改动输入后不会重算",
    "it rests on a list that has no formula: the result is stored without one too and does not follow "
    "changed inputs",
)


@dataclass(slots=True)
class Formulas:
    """All columns, by sheet; every sheet has the villages in the same rows.

    `live` has a column a rule (1 or 0) and an output, from position `lead`; `outputs` says at which
    position an output stands. `inputs` are the facts in sheet order, followed by the villages' `order`
    among equals. `work` holds helper columns and `pools` one row a group of `groups`. `names` are the cell
    names of parameters and readings, `texts` those of texts that no formula can quote, `left_out` the
    outputs stored without a formula, each with the reason.
    """

    inputs: list[str]
    order: list[int]
    live: list[Column]
    outputs: dict[str, int]
    work: Grid
    pools: Grid
    groups: list[Group]
    names: dict[str, str]
    texts: dict[str, str]
    left_out: list[tuple[str, Words]] = field(default_factory=list)


def formulas(plan: Plan, result: Result, lead: int, yes: str) -> Formulas:
    """Lower a plan over a result's villages. `yes` is how the input sheet says yes."""
    return _Build(plan, result, lead, yes).found()


class _Build:
    """Lowers programme by programme; outputs become names for those that follow."""

    def __init__(self, plan: Plan, result: Result, lead: int, yes: str) -> None:
        # rows of a result in columns are made anew at every look
        self._rows, self._fired = (
            list(result.rows),
            {id_: list(ids) for id_, ids in result.fired.items()},
        )
        self._policy, self._villages = plan.policy, len(self._rows)
        self._names, work = Names(), Grid(WORK, self._villages)
        self._given = given(plan, self._rows, self._names, work, yes)
        self._lower = Lower(work, self._names)
        self._groups = Groups(plan.policy, self._rows, self._given.facts)
        places: list[Cell] = [0] * self._villages
        for place, index in enumerate(tie_order(self._rows), 1):
            places[index] = place
        self._place = Grid(INPUTS, self._villages).column(len(self._given.facts), places)
        self._positions = _positions(plan, lead)
        self._live: dict[int, Column] = {}
        self._left_out: dict[str, Words] = {}

    def found(self) -> Formulas:
        """Every programme lowered."""
        programmes = tuple(map(_with_readings_open, self._policy.programmes))
        most, origins = Interval(1 - LIMIT, LIMIT - 1), self._names.origins
        decisions, _ = lowered(programmes, {}, self._given.known, self._villages, origins, most)
        for programme, decision in zip(self._policy.programmes, decisions, strict=True):
            self._programme(programme, decision)
        outputs = {id_[1:]: at for (_, id_), at in self._positions.items() if id_.startswith("=")}
        return Formulas(
            self._given.facts,
            [whole(place) for place in self._place.values],
            [self._live[at] for at in sorted(self._live)],
            outputs,
            self._lower.grid,
            self._groups.grid,
            self._groups.listed(),
            {**self._given.parameters, **self._given.readings},
            self._names.texts,
            list(self._left_out.items()),
        )

    def _programme(self, programme: model.Programme, decision: Decision) -> None:
        """The steps of a decision, each a column or a guard of the next output."""
        self._lower.group = programme.title
        rules = {rule.id: rule for rule in programme.rules}
        outputs = {output.id: output for output in programme.outputs}
        deciding = {name: rule for rule, name in decision.decides}
        guards: list[str] = []
        agreed = next((step for step in decision.steps if isinstance(step, Agree)), None)
        for step in decision.steps:
            match step:
                case Define():
                    rule = deciding.get(step.name)
                    if rule is None:
                        self._name(step.name, partial(self._kept, step.node))
                    else:
                        self._decides(programme, rules[rule], step)
                case Allot() if step.name.id in outputs:
                    output = outputs[step.name.id]
                    assert output.share is not None
                    per = output.share.per
                    self._output(programme, output, partial(self._share, step, per))
                case Allot():
                    ruled = rules[step.item].share
                    assert ruled is not None
                    self._name(step.name, partial(self._share, step, ruled.per))
                case Output():
                    agree = agreed if agreed is not None and agreed.result == step.name else None
                    self._output(
                        programme, outputs[step.name.id], partial(self._result, step, guards, agree)
                    )
                    self._names.holders[step.name.id] = partial(self._holds, step)
                    guards = []
                case AtMostOne():
                    guards.append(f"{self._count(programme)}>1")
                case AtLeastOne():
                    guards.append(f"{self._count(programme)}=0")
                case Agree():
                    pass  # a guard of the result before it
                case _:
                    assert_never(step)

    def _cell(self, programme: model.Programme, id_: str) -> str:
        return f"{LIVE}{letters(self._positions[programme.id, id_])}{ROW}"

    def _count(self, programme: model.Programme) -> str:
        """How many of the rules decide."""
        first, last = programme.rules[0].id, programme.rules[-1].id
        if len(programme.rules) == 1:
            return self._cell(programme, first)
        return f"SUM({self._cell(programme, first)}:{letters(self._positions[programme.id, last])}{ROW})"

    # -- rules ----------------------------------------------------------------------------------

    def _decides(self, programme: model.Programme, rule: model.Rule, step: Define) -> None:
        """The column that says whether a rule decides."""
        formula: str | None = None
        try:
            formula = f"IF({self._lower.expr(step.node).text},1,0)"
        except TooLarge as problem:
            self._left_out[programme.result.id] = problem.why
        now = [rule.id in ids for ids in self._fired[programme.id]]
        title, shown = rule.title or same(rule.id), [int(one) for one in now]
        column = Column(title, formula, shown, "rule", group=programme.title)
        self._live[self._positions[programme.id, rule.id]] = column
        reference = atom(f"({self._cell(programme, rule.id)}=1)", now)
        self._names.exprs[step.name.id] = lambda: reference

    def _name(self, name: core.Name, make: Callable[[], Expr]) -> None:
        """Let a name stand for an expression, or for the reason why there is none."""
        try:
            expr = make()
        except TooLarge as problem:
            self._names.exprs[name.id] = partial(_refuse, problem)
        else:
            self._names.exprs[name.id] = lambda: expr
        self._names.bounded.add(name.id)

    def _kept(self, node: core.Node) -> Expr:
        """A column of the sheet of helper columns."""
        truth = node.kind == "truth"
        return self._lower.keep(self._lower.cell(node), self._lower.head(node), truth=truth)

    def _share(self, step: Allot, per: written.Node) -> Expr:
        """The cell of a share."""
        claims = None if step.claims == core.TRUE else self._lower.expr(step.claims)
        return Sharing(self._lower, self._groups, self._place, per, step.share, claims).share()

    # -- outputs --------------------------------------------------------------------------------

    def _result(self, step: Output, guards: Sequence[str], agree: Agree | None) -> Expr:
        """The output's formula, #N/A where rules meet that must not."""
        expr = self._lower.cell(step.node)
        if agree is not None:
            first = self._lower.keep(expr, _FIRST, truth=step.node.kind == "truth")
            self._name(step.name, lambda: first)
            differ = [
                core.logic("and", [holds, core.compare("!=", value, step.name)])
                for holds, value in agree.cases
            ]
            expr, guards = first, [*guards, self._lower.expr(core.logic("or", differ)).text]
        for guard in guards:
            text = f"IF({guard},NA(),{expr.text})"
            expr = made(text, lambda value: value, expr, lazy=True)
        return expr

    def _output(
        self, programme: model.Programme, output: model.Output, make: Callable[[], Expr]
    ) -> None:
        """An output's column; without a formula where its numbers are too large."""
        values = [row[output.id] for row in self._rows]
        text: str | None = None
        if output.id not in self._left_out:
            try:
                text = make().text
            except TooLarge as problem:
                self._left_out[output.id] = problem.why
        column = _column(output, text, values, programme.title)
        self._live[self._positions[programme.id, f"={output.id}"]] = column
        cell = self._cell(programme, f"={output.id}")
        self._names.exprs[output.id] = partial(_reference, output.type, cell, values)
        self._names.bounded.add(output.id)

    def _holds(self, step: Output, item: Expr) -> Expr:
        """Whether an output that is a list holds a text."""
        if step.name.id in self._left_out:
            raise TooLarge(_NO_FORMULA)
        return self._lower.holds(step.node, item)


def _with_readings_open(programme: model.Programme) -> PlanProgramme:
    """A programme whose readings are still names, since the sheet lets them be changed."""

    def share(one: model.Share | None) -> PlanShare | None:
        return None if one is None else PlanShare(one.pool, "", one.by, one.at_most)

    rules = tuple(PlanRule(one, one.when, one.then, share(one.share)) for one in programme.rules)
    also = tuple(PlanOutput(one, one.value, share(one.share)) for one in programme.also)
    otherwise = programme.otherwise.value if programme.otherwise is not None else None
    return PlanProgramme(programme, rules, otherwise, also, (), frozenset())


def _positions(plan: Plan, lead: int) -> dict[tuple[str, str], int]:
    """Where rules stand, and outputs (marked with =), by programme."""
    found: dict[tuple[str, str], int] = {}
    for programme in plan.policy.listed_programmes:
        rules, outputs = programme.rules, programme.outputs
        for id_ in (*(rule.id for rule in rules), *(f"={output.id}" for output in outputs)):
            found[programme.id, id_] = lead + len(found)
    return found


def _refuse(problem: TooLarge) -> NoReturn:
    raise problem


def _reference(type_: Type, cell: str, values: Sequence[Value]) -> Expr:
    """An output as later expressions use it: whole smallest units again.

    Raises TooLarge where a number that was left without a formula has more than 15 digits.
    """
    match type_:
        case YesNo():
            return atom(f"({cell}=1)", [bool(value) for value in values])
        case Number():
            numbers = [whole(value) for value in values]
            if any(abs(number) >= LIMIT for number in numbers):
                raise TooLarge
            unit = 10 ** (type_.decimals or 0)
            return atom(f"ROUND({cell}*{unit},0)" if unit > 1 else cell, numbers)
        case Date():
            return atom(cell, [whole(day) - FIRST_DAY for day in values])
        case Text() | Texts() | Unknown():
            return atom(cell, [_joined(value) for value in values])
    assert_never(type_)


def _column(
    output: model.Output, text: str | None, values: Sequence[Value], group: Words
) -> Column:
    """An output as the sheet shows it: money in yuan, yes/no as 1 or 0, lists joined."""
    shown: list[Cell]
    match output.type:
        case Number(decimals=int(decimals)) if decimals:
            formula = None if text is None else f"({text})/{10**decimals}"
            shown = [whole(value) / 10**decimals for value in values]
            return Column(output.title, formula, shown, "amount", decimals, group)
        case YesNo():
            formula = None if text is None else f"IF({text},1,0)"
            return Column(output.title, formula, [int(bool(v)) for v in values], "flag", 0, group)
        case Number() | Date():
            return Column(output.title, text, [whole(value) for value in values], group=group)
        case Text() | Texts() | Unknown():
            shown = [_joined(value) for value in values]
            return Column(output.title, text, shown, "text", 0, group)
    assert_never(output.type)


def _joined(value: Value) -> str:
    return JOIN.join(value) if isinstance(value, tuple) else str(value)
