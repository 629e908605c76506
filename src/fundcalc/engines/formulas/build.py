"""The whole Plan lowered: one column a rule and an output, helper columns, and the sheet of pools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from fundcalc.base.words import Words, same
from fundcalc.engines.formulas.cells import (
    INPUTS,
    LIVE,
    ROW,
    WORK,
    Cell,
    Col,
    Column,
    Expr,
    Grid,
    TooLarge,
    lift,
    whole,
)
from fundcalc.engines.formulas.combine import Combine
from fundcalc.engines.formulas.given import given
from fundcalc.engines.formulas.lists import holder, joined, no_holder
from fundcalc.engines.formulas.lower import Lower, Names, shown
from fundcalc.engines.formulas.pools import Group, Groups, Setting, shared
from fundcalc.engines.result import JOIN, Result, tie_order
from fundcalc.language.datatypes import Number, Text, Texts, Type, YesNo
from fundcalc.language.nodes import Node, Value
from fundcalc.policy.model import Output, Programme, Rule
from fundcalc.policy.plan import Plan
from fundcalc.roster.model import letters


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
    result = replace_rows(result)
    build = _Build(plan, result, lead, yes)
    for programme in plan.policy.programmes:
        build.programme(programme)
    return build.found()


def replace_rows(result: Result) -> Result:
    """The result with its rows at hand; those of a result in columns are made anew at every look."""
    fired = {id_: list(ids) for id_, ids in result.fired.items()}
    return Result(result.plan, list(result.rows), fired, result.pools, result.checked)


class _Build:
    """Lowers programme by programme; outputs become names for those that follow."""

    def __init__(self, plan: Plan, result: Result, lead: int, yes: str) -> None:
        self._plan = plan
        self._result = result
        villages = len(result.rows)
        names, work = Names(), Grid(WORK, villages)
        self._given = given(plan, result, names, work, yes)
        self._lower = Lower(work, names, result.rows, self._given.known)
        self._groups = Groups(plan.policy, result.rows, self._given)
        self._setting = Setting(self._lower, self._groups, self._given.known, self._places())
        self._positions = _positions(plan, lead)
        self._live: dict[int, Column] = {}
        self._left_out: dict[str, Words] = {}

    def _places(self) -> Col:
        """The column of the input sheet that says who comes first among equals."""
        places: list[Cell] = [0] * len(self._result.rows)
        for place, index in enumerate(tie_order(self._result.rows), 1):
            places[index] = place
        inputs = Grid(INPUTS, len(places))
        at = len(self._given.facts)
        return Col(inputs.cell(at), inputs.range(at), places)

    def found(self) -> Formulas:
        """Everything, once all programmes are lowered."""
        outputs = {id_[1:]: at for (_, id_), at in self._positions.items() if id_.startswith("=")}
        return Formulas(
            self._given.facts,
            [whole(place) for place in self._setting.place.values],
            [self._live[at] for at in sorted(self._live)],
            outputs,
            self._lower.grid,
            self._groups.grid,
            self._groups.listed(),
            {**self._given.parameters, **self._given.readings},
            self._lower.names.texts,
            list(self._left_out.items()),
        )

    def _cell(self, programme: Programme, id_: str) -> str:
        return f"{LIVE}{letters(self._positions[programme.id, id_])}{ROW}"

    # -- rules ----------------------------------------------------------------------------------

    def programme(self, programme: Programme) -> None:
        """The columns of one programme."""
        self._lower.group = programme.title
        holds = [self._holds(programme, rule) for rule in programme.rules]
        self._output(programme, programme.result, lambda: self._combined(programme, holds))
        for also in programme.also:
            self._output(programme, also, lambda also=also: self._also(also))  # type: ignore[misc]

    def _holds(self, programme: Programme, rule: Rule) -> Expr:
        """The column that says whether a rule's condition holds, and the condition as a reference."""
        formula: str | None = None
        try:
            formula = f"IF({self._lower.expr(rule.when).text},1,0)"
        except TooLarge as problem:
            self._left_out[programme.result.id] = problem.why
        values = self._lower.values(rule.when)
        title = rule.title or same(rule.id)
        column = Column(title, formula, lift(_flag, values), "rule", group=programme.title)
        self._live[self._positions[programme.id, rule.id]] = column
        return Expr(f"({self._cell(programme, rule.id)}=1)", lambda: values, atom=True)

    def _count(self, programme: Programme, rules: Sequence[Rule]) -> str:
        """How many of the rules hold."""
        first = self._cell(programme, rules[0].id)
        if len(rules) == 1:
            return first
        return f"SUM({first}:{letters(self._positions[programme.id, rules[-1].id])}{ROW})"

    def _combined(self, programme: Programme, holds: list[Expr]) -> Expr:
        """The programme's result by its hit policy."""
        count = self._count(programme, programme.rules)
        values = [self._decides(programme, n, holds) for n in range(len(holds))]
        combine = Combine(self._lower, holds, count, self._otherwise(programme))
        is_text = isinstance(programme.result.type, Text)
        found = combine.result(programme.hit_policy, values, text=is_text)
        if isinstance(programme.result.type, Texts):
            rest = programme.otherwise.value if programme.otherwise is not None else None
            held = holder(self._lower, holds, values, count, rest)
            self._lower.names.holders[programme.result.id] = held
        return found

    def _decides(self, programme: Programme, index: int, holds: Sequence[Expr]) -> Expr:
        """What one rule gives."""
        rule = programme.rules[index]
        if rule.share is None:
            assert rule.then is not None
            return self._as_cell(rule.then)
        condition = holds[index].text
        if programme.hit_policy == "first" and index:
            earlier = self._count(programme, programme.rules[:index])
            condition = f"AND({condition},{earlier}=0)"
        now = [rule.id in ids for ids in self._result.fired[programme.id]]
        return shared(self._setting, rule.share, condition, now)

    def _as_cell(self, node: Node) -> Expr:
        """An expression as the value of a cell."""
        expr = self._lower.expr(node)
        text = shown(expr, node)
        return expr if text == expr.text else Expr(text, expr.values, depth=1, lazy=expr.lazy)

    def _otherwise(self, programme: Programme) -> Expr | None:
        if programme.otherwise is None:
            return None
        node = programme.otherwise.value
        if isinstance(programme.result.type, Texts):
            return joined(self._lower, node, self._plan, self._given.parameters)
        return self._as_cell(node)

    # -- outputs --------------------------------------------------------------------------------

    def _also(self, output: Output) -> Expr:
        if output.share is not None:
            return shared(self._setting, output.share, "", [True] * len(self._result.rows))
        assert output.value is not None
        return self._as_cell(output.value)

    def _output(self, programme: Programme, output: Output, make: Callable[[], Expr]) -> None:
        """An output's column; without a formula where its numbers are too large."""
        values: list[Value] = [row[output.id] for row in self._result.rows]
        expr: Expr | None = None
        if output.id not in self._left_out:
            try:
                expr = self._bounded(output, make(), values)
            except TooLarge as problem:
                self._left_out[output.id] = problem.why
        column = _column(output, expr.text if expr is not None else None, values)
        column.group = programme.title
        self._live[self._positions[programme.id, f"={output.id}"]] = column
        cell = self._cell(programme, f"={output.id}")
        ref = _reference(output.type, cell, values, expr)
        names = self._lower.names
        names.exprs[output.id] = lambda: ref
        if isinstance(output.type, Texts):
            names.holders.setdefault(output.id, no_holder)

    def _bounded(self, output: Output, expr: Expr, values: Sequence[Value]) -> Expr:
        """A number within 15 digits."""
        if not isinstance(output.type, Number):
            return expr
        known = replace(expr, values=lambda: [whole(value) for value in values])
        return self._lower.bounded(known, output.title)


def _positions(plan: Plan, lead: int) -> dict[tuple[str, str], int]:
    """Where rules stand, and outputs (marked with =), by programme."""
    found: dict[tuple[str, str], int] = {}
    for programme in plan.policy.listed_programmes:
        rules, outputs = programme.rules, programme.outputs
        for id_ in (*(rule.id for rule in rules), *(f"={output.id}" for output in outputs)):
            found[programme.id, id_] = lead + len(found)
    return found


def _flag(value: Cell) -> Cell:
    return int(bool(value))


def _reference(kind: Type, cell: str, values: Sequence[Value], expr: Expr | None) -> Expr:
    """An output as later expressions use it: whole smallest units again."""
    text, low, high = cell, 0, 0
    if isinstance(kind, YesNo):
        text = f"({cell}=1)"
    elif isinstance(kind, Number):
        text = f"ROUND({cell}*{10**kind.decimals},0)" if kind.decimals else cell
        numbers = [whole(value) for value in values] if expr is None else []
        low = expr.low if expr is not None else min(numbers, default=0)
        high = expr.high if expr is not None else max(numbers, default=0)
    return Expr(text, list, low, high, atom=True)


def _column(output: Output, text: str | None, values: Sequence[Value]) -> Column:
    """An output as the sheet shows it: money in yuan, yes/no as 1 or 0, lists joined."""
    kind, formula = output.type, text
    if isinstance(kind, Number) and kind.decimals:
        unit = 10**kind.decimals
        formula = f"({text})/{unit}" if text is not None else None
        shares: list[Cell] = [whole(value) / unit for value in values]
        return Column(output.title, formula, shares, "amount", kind.decimals)
    if isinstance(kind, YesNo):
        formula = f"IF({text},1,0)" if text is not None else None
        return Column(output.title, formula, [int(bool(value)) for value in values], "flag")
    if isinstance(kind, Text | Texts):
        texts: list[Cell] = [JOIN.join(v) if isinstance(v, tuple) else str(v) for v in values]
        return Column(output.title, formula, texts, "text")
    return Column(output.title, formula, [whole(value) for value in values])
