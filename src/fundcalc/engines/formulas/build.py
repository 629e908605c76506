"""The whole Plan lowered: one column a rule and an output, helper columns, and the sheet of pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fundcalc.base.words import Words, same
from fundcalc.engines.formulas.cells import (
    INPUTS,
    LIVE,
    ROW,
    WORK,
    Cell,
    Column,
    Expr,
    Grid,
    TooLarge,
    lift,
)
from fundcalc.engines.formulas.combine import Combine
from fundcalc.engines.formulas.given import Given, given, list_cells
from fundcalc.engines.formulas.groups import Group, Groups
from fundcalc.engines.formulas.lower import Lower, Names, shown
from fundcalc.engines.formulas.pools import Claim, Sharing
from fundcalc.engines.result import JOIN, Result, tie_order
from fundcalc.language.datatypes import Number, Text, Texts, Type, YesNo
from fundcalc.language.nodes import Choice, Const, Name, Node
from fundcalc.policy.model import Output, Programme, Rule, Share
from fundcalc.policy.plan import Plan
from fundcalc.roster.model import letters

_TOO_LARGE = Words(
    "有数超过 15 位，表格软件算不准；只存结果，不设公式，改动输入后不会重算",
    "a number has more than 15 digits, which spreadsheets cannot compute exactly: the result is stored "
    "without a formula and does not follow changed inputs",
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
    return _Build(plan, result, lead, yes).run()


class _Build:
    """Lowers programme by programme; outputs become names for those that follow."""

    def __init__(self, plan: Plan, result: Result, lead: int, yes: str) -> None:
        self._plan = plan
        self._result = result
        self._rows: Sequence[Mapping[str, object]] = result.rows
        self._n = len(result.rows)
        self._names = Names()
        self._work = Grid(WORK, self._n)
        self._given: Given = given(plan, result, self._names, self._work, yes)
        self._groups = Groups(plan.policy, result.rows, self._given)
        self._lower = Lower(self._work, self._names, result.rows, self._given.known)
        self._places = [0] * self._n
        for place, index in enumerate(tie_order(result.rows), 1):
            self._places[index] = place
        self._order = f"{INPUTS}{letters(len(self._given.facts))}{ROW}"
        self._positions: dict[tuple[str, str], int] = {}
        at = lead
        for programme in plan.policy.listed_programmes:
            for id_ in (*(r.id for r in programme.rules), *(f"={o.id}" for o in programme.outputs)):
                self._positions[programme.id, id_] = at
                at += 1
        self._lead = lead
        self._live: dict[int, Column] = {}
        self._left_out: list[tuple[str, Words]] = []

    def run(self) -> Formulas:
        for programme in self._plan.policy.programmes:
            self._lower.group = programme.title
            self._programme(programme)
        return Formulas(
            self._given.facts, self._places, [self._live[at] for at in sorted(self._live)],
            {id_[1:]: at for (_, id_), at in self._positions.items() if id_.startswith("=")},
            self._work, self._groups.grid, self._groups.list,
            {**self._given.parameters, **self._given.readings}, self._names.texts, self._left_out,
        )  # fmt: skip

    def _cell(self, programme: Programme, id_: str) -> str:
        return f"{LIVE}{letters(self._positions[programme.id, id_])}{ROW}"

    # -- rules ----------------------------------------------------------------------------------

    def _programme(self, programme: Programme) -> None:
        holds = [self._holds(programme, rule) for rule in programme.rules]
        first, last = programme.rules[0].id, programme.rules[-1].id
        end = letters(self._positions[programme.id, last])
        count = f"SUM({self._cell(programme, first)}:{end}{ROW})"
        count = self._cell(programme, first) if len(holds) == 1 else count
        self._output(programme, programme.result, lambda: self._combined(programme, holds, count))
        for also in programme.also:
            self._output(programme, also, lambda also=also: self._also(also))  # type: ignore[misc]

    def _holds(self, programme: Programme, rule: Rule) -> Expr:
        """The column that says whether a rule's condition holds, and the condition as a reference."""
        formula: str | None = None
        try:
            formula = f"IF({self._lower.expr(rule.when).text},1,0)"
        except TooLarge:
            self._leave_out(programme.result.id)
        values = self._lower.values(rule.when)
        cells = lift(int, values)  # type: ignore[arg-type]
        column = Column(rule.title or same(rule.id), formula, cells, "flag", group=programme.title)
        self._live[self._positions[programme.id, rule.id]] = column
        return Expr(f"({self._cell(programme, rule.id)}=1)", lambda: values, atom=True)

    def _leave_out(self, output: str) -> None:
        if (output, _TOO_LARGE) not in self._left_out:
            self._left_out.append((output, _TOO_LARGE))

    def _combined(self, programme: Programme, holds: list[Expr], count: str) -> Expr:
        """The programme's result by its hit policy."""
        values: list[Expr] = []
        for index, rule in enumerate(programme.rules):
            if rule.share is not None:
                values.append(self._claimed(programme, index, rule.share, holds))
            else:
                assert rule.then is not None
                expr = self._lower.expr(rule.then)
                text = shown(expr, rule.then)
                values.append(expr if text == expr.text else Expr(text, expr.values, depth=1))
        otherwise = self._otherwise(programme)
        is_text = isinstance(programme.result.type, Text)
        combine = Combine(self._lower, holds, count, otherwise)
        found = combine.result(programme.hit_policy, values, text=is_text)
        if isinstance(programme.result.type, Texts):
            self._names.holders[programme.result.id] = self._holder(programme, holds, values, count)
        return found

    def _claimed(
        self, programme: Programme, index: int, share: Share, holds: Sequence[Expr]
    ) -> Expr:
        """A rule's share, claimed by the villages that the rule decides."""
        rule = programme.rules[index]
        condition = holds[index].text
        if programme.hit_policy == "first" and index:
            first = self._cell(programme, programme.rules[0].id)
            last = letters(self._positions[programme.id, programme.rules[index - 1].id])
            condition = f"AND({condition},SUM({first}:{last}{ROW})=0)"
        fired = self._result.fired[programme.id]
        now = [rule.id in ids for ids in fired]
        claim = Claim(Expr(condition, lambda: now), now)
        return self._share(share, claim)  # type: ignore[arg-type]

    def _share(self, share: Share, claim: Claim) -> Expr:
        sharing = Sharing(self._lower, self._groups, share, claim, self._given.known)
        return sharing.run(self._order, self._places)

    def _otherwise(self, programme: Programme) -> Expr | None:
        if programme.otherwise is None:
            return None
        node = programme.otherwise.value
        if isinstance(programme.result.type, Texts):
            return self._texts(node)
        expr = self._lower.expr(node)
        text = shown(expr, node)
        return expr if text == expr.text else Expr(text, expr.values, depth=1)

    # -- lists of text --------------------------------------------------------------------------

    def _texts(self, node: Node) -> Expr:
        """A list as one text."""
        values = lambda: self._lower.values(node)  # noqa: E731
        if isinstance(node, Const):
            assert isinstance(node.value, tuple)
            return Expr(self._names.literal(JOIN.join(node.value)), values)
        if isinstance(node, Choice):
            condition = self._lower.expr(node.condition)
            yes, no = self._texts(node.yes), self._texts(node.no)
            return Expr(f"IF({condition.text},{yes.text},{no.text})", values, depth=2)
        assert isinstance(node, Name)
        if node.kind == "output":
            return Expr(f'{self._names.exprs[node.id]().text}&""', values)
        name = self._given.parameters[node.id]
        cells = list_cells(self._plan.constants.get(node.id))
        one = 'IF(LEN(INDEX({0},{1}))>0,"{2}"&INDEX({0},{1}),"")'
        parts = "&".join(one.format(name, n, JOIN) for n in range(1, cells + 1))
        return Expr(f"MID({parts},2,32767)", values, depth=3)

    def _holder(
        self, programme: Programme, holds: Sequence[Expr], values: Sequence[Expr], count: str
    ):  # type: ignore[no-untyped-def]  # noqa: ANN202
        """Whether a collecting programme's result holds a text."""
        otherwise = programme.otherwise.value if programme.otherwise is not None else None

        def holder(item: Expr) -> Expr:
            tests = [
                f"IF({one.text},EXACT({item.text},{value.text}),FALSE)"
                for one, value in zip(holds, values, strict=True)
            ]
            if otherwise is not None:
                rest = self._lower.holder(otherwise)(item).text
                tests.append(f"IF({count}=0,{rest},FALSE)")
            return Expr(f"OR({','.join(tests)})", list, depth=4)

        return holder

    # -- outputs --------------------------------------------------------------------------------

    def _also(self, output: Output) -> Expr:
        if output.share is not None:
            return self._share(output.share, Claim(None, [True] * self._n))
        assert output.value is not None
        return self._lower.expr(output.value)

    def _output(self, programme: Programme, output: Output, make) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        """Write an output's column; without a formula where its numbers are too large."""
        kind = output.type
        values = [row[output.id] for row in self._rows]
        text: str | None = None
        bounds = (0, 0)
        if not any(out == output.id for out, _ in self._left_out):
            try:
                expr = make()
                if isinstance(kind, Number):
                    expr = self._lower.bounded(
                        expr if expr.values() else _stored(expr, values), output.title
                    )
                text, bounds = expr.text, (expr.low, expr.high)
            except TooLarge:
                self._leave_out(output.id)
        if text is None and isinstance(kind, Number):
            numbers = [value for value in values if isinstance(value, int)]
            bounds = (min(numbers, default=0), max(numbers, default=0))
        column = _column(output, kind, text, values)
        column.group = programme.title
        self._live[self._positions[programme.id, f"={output.id}"]] = column
        cell = self._cell(programme, f"={output.id}")
        ref = self._reference(kind, cell, values, bounds)
        self._names.exprs[output.id] = lambda: ref
        if isinstance(kind, Texts) and output.id not in self._names.holders:
            self._names.holders[output.id] = _refuse

    def _reference(
        self, kind: Type, cell: str, values: Sequence[object], bounds: tuple[int, int]
    ) -> Expr:
        """An output as later expressions use it: whole smallest units again."""
        text = cell
        if isinstance(kind, YesNo):
            text = f"({cell}=1)"
        elif isinstance(kind, Number) and kind.decimals:
            text = f"ROUND({cell}*{10**kind.decimals},0)"
        return Expr(text, lambda: values, *bounds, atom=True)  # type: ignore[arg-type]


def _stored(expr: Expr, values: Sequence[object]) -> Expr:
    return Expr(
        expr.text,
        lambda: values,
        expr.low,
        expr.high,
        expr.atom,
        expr.lazy,
        expr.depth,  # type: ignore[arg-type]
    )


def _refuse(item: Expr) -> Expr:
    """A list that has no formula holds what no formula can say."""
    raise TooLarge


def _column(output: Output, kind: Type, text: str | None, values: Sequence[object]) -> Column:
    """An output as the sheet shows it: money in yuan, yes/no as 1 or 0, lists joined."""
    cells: list[Cell]
    if isinstance(kind, Number) and kind.decimals:
        unit = 10**kind.decimals
        cells = [value / unit for value in values]  # type: ignore[operator]
        formula = f"({text})/{unit}" if text is not None else None
        return Column(output.title, formula, cells, "amount", kind.decimals)
    if isinstance(kind, YesNo):
        formula = f"IF({text},1,0)" if text is not None else None
        return Column(output.title, formula, [int(bool(v)) for v in values], "flag")
    if isinstance(kind, Text | Texts):
        cells = [v if isinstance(v, str) else JOIN.join(v) for v in values]  # type: ignore[arg-type]
        return Column(output.title, text, cells, "text")
    return Column(output.title, text, list(values), "number")  # type: ignore[arg-type]
