"""The whole Plan lowered: one column a rule and an output, helper columns, and the sheet of pools."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from types import MappingProxyType
from typing import Any, NoReturn, assert_never

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.words import Lang, Words, same
from fundcalc.core import nodes as core
from fundcalc.core.decision import (
    Agree,
    Allot,
    AtLeastOne,
    AtMostOne,
    Decision,
    Define,
    Gather,
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
    Err,
    Expr,
    Grid,
    TooLarge,
    atom,
    choice,
    known,
    made,
    whole,
)
from fundcalc.engines.formulas.given import FIRST_DAY_SHOWN, given
from fundcalc.engines.formulas.lower import FIRST_DAY, KeptTable, Lower, Names
from fundcalc.engines.formulas.pools import NOTHING, Group, Groups, Sharing
from fundcalc.engines.result import JOIN, JOINS, Result, tie_order
from fundcalc.language.datatypes import Date, Number, Text, Texts, Unknown, YesNo, told_in
from fundcalc.language.nodes import Value
from fundcalc.language.show import literal
from fundcalc.policy import model
from fundcalc.policy.columns import result_titles, with_unit
from fundcalc.policy.plan import Plan, lowered
from fundcalc.roster.model import letters


@dataclass(slots=True)
class Formulas:
    """All columns, by sheet; every sheet has the villages in the same rows.

    `live` has a column a rule (1 or 0) and an output, from position `lead`; `outputs` says at which
    position an output stands. `inputs` are the facts in sheet order, followed by the villages' `order`
    among equals. `work` holds helper columns and `pools` one row a group of `groups`. `names` are the cell
    names of parameters and readings, `texts` those of texts that no formula can quote,
    `tables` what the cells `NAME_keys` and `NAME_values` below the cell `NAME` hold, `left_out` the
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
    tables: dict[str, KeptTable]
    left_out: list[tuple[str, Words]] = field(default_factory=list)


def formulas(plan: Plan, result: Result, lead: int, yes: str, lang: Lang) -> Formulas:
    """Lower a plan over a result's villages. `yes` is how the input sheet says yes.

    Rules that an output gives stand there by their titles in the language.
    """
    return _Build(plan, result, lead, yes, lang).found()


class _Build:
    """Lowers programme by programme; outputs become names for those that follow."""

    def __init__(self, plan: Plan, result: Result, lead: int, yes: str, lang: Lang) -> None:
        self._lang: Lang = lang
        # those of a result in columns are made anew at every look
        self._rows = list(result.rows)
        self._fired = {id_: list(ids) for id_, ids in result.fired.items()}
        self._policy, self._villages = plan.policy, len(self._rows)
        self._programmes = plan.open_programmes
        self._names, work = Names(), Grid(WORK, self._villages)
        self._given = given(plan, self._rows, self._names, work, yes, lang)
        self._lower = Lower(work, self._names)
        self._groups = Groups(self._programmes, self._rows, self._given.facts)
        places: list[Cell] = [0] * self._villages
        for place, index in enumerate(tie_order(self._rows), 1):
            places[index] = place
        self._place = Grid(INPUTS, self._villages).column(len(self._given.facts), places)
        self._positions = _positions(plan, lead)
        self._live: dict[int, Column] = {}
        self._left_out: dict[str, Words] = {}

    def found(self) -> Formulas:
        """Every programme lowered."""
        most, origins = Interval(1 - LIMIT, LIMIT - 1), self._names.origins
        decisions, _ = lowered(
            self._programmes, {}, self._given.known, self._villages, origins, most
        )
        for programme, decision in zip(self._programmes, decisions, strict=True):
            self._programme(programme, decision)
        outputs = {id_[1:]: at for (_, id_), at in self._positions.items() if id_.startswith("=")}
        return Formulas(
            self._given.facts,
            [whole(place) for place in self._place.values()],
            [self._live[at] for at in sorted(self._live)],
            outputs,
            self._lower.grid,
            self._groups.grid,
            self._groups.listed(),
            {**self._given.parameters, **self._given.readings},
            self._names.texts,
            self._names.tables,
            list(self._left_out.items()),
        )

    def _programme(self, programme: model.Programme, decision: Decision) -> None:
        """The steps of a decision, each a column or a guard of the next output."""
        self._lower.group = programme.title
        rules = {rule.id: rule for rule in programme.rules}
        outputs = {output.id: output for output in programme.outputs}
        deciding = {name: rules[rule] for rule, name in decision.decides}
        agreed = {step.result: step for step in decision.steps if isinstance(step, Agree)}
        guards: list[str] = []
        around = {gathered.name.id: same(gathered.name.id) for gathered in programme.gathered}
        for step in decision.steps:
            match step:
                case Define() if step.name in deciding:
                    self._decides(programme, deciding[step.name], step)
                case Define():
                    self._name(step.name.id, partial(self._kept, step.node))
                case Allot() if step.name.id in outputs:
                    output = outputs[step.name.id]
                    self._output(programme, output, partial(self._share, step, output.share))
                case Allot():
                    share = rules[step.item].share
                    self._name(step.name.id, partial(self._share, step, share))
                case Output():
                    self._given_out(
                        programme, outputs[step.name.id], step, guards, agreed.get(step.name)
                    )
                    self._names.holders[step.name.id] = partial(self._holds, step)
                    guards = []
                case Gather():
                    head = around.get(step.name.id, words("formulas.counted_in"))
                    self._name(step.name.id, partial(self._gathered, step, head))
                case AtMostOne():
                    guards.append(f"{self._count(programme)}>1")
                case AtLeastOne():
                    guards.append(f"{self._count(programme)}=0")
                case Agree():
                    pass  # a guard of the result before it
                case _:
                    assert_never(step)

    def _gathered(self, step: Gather, head: Words) -> Expr:
        return gathered(self._lower, self._groups, step, head)

    def _name(self, id_: str, make: Callable[[], Expr]) -> None:
        """Let a name stand for an expression, or for the reason why there is none."""
        try:
            expr = make()
        except TooLarge as problem:
            self._names.exprs[id_] = partial(_refuse, problem)
        else:
            self._names.exprs[id_] = lambda: expr
        self._names.bounded.add(id_)

    # -- rules ----------------------------------------------------------------------------------

    def _decides(self, programme: model.Programme, rule: model.Rule, step: Define) -> None:
        formula: str | None = None
        try:
            formula = f"IF({self._lower.expr(step.node)},1,0)"
        except TooLarge as problem:
            self._left_out[programme.result.id] = problem.why
        now = [rule.id in ids for ids in self._fired[programme.id]]
        title, flags = rule.title or same(rule.id), [int(fires) for fires in now]
        column = Column(title, formula, flags, "rule", group=programme.title)
        self._live[self._positions[programme.id, rule.id]] = column
        cell = self._cell(programme, rule.id)
        self._name(step.name.id, partial(atom, f"({cell}=1)", now))

    def _cell(self, programme: model.Programme, id_: str) -> str:
        return f"{LIVE}{letters(self._positions[programme.id, id_])}{ROW}"

    def _count(self, programme: model.Programme) -> str:
        first, last = (self._cell(programme, programme.rules[at].id) for at in (0, -1))
        return first if first == last else f"SUM({first}:{last.removeprefix(LIVE)})"

    def _kept(self, node: core.Node) -> Expr:
        return self._lower.kept(self._lower.cell(node), self._lower.head(node), node.kind)

    def _share(self, step: Allot, share: model.Share | None) -> Expr:
        """The cell of a share, as written and as a step."""
        assert share is not None
        claims = None if step.claims == core.TRUE else self._lower.expr(step.claims)
        return Sharing(
            self._lower, self._groups, self._place, share.per, step.share, claims
        ).share()

    # -- outputs --------------------------------------------------------------------------------

    def _given_out(
        self, programme: model.Programme, output: model.Output, step: Output,
        guards: Sequence[str], agree: Agree | None,
    ) -> None:  # fmt: skip
        """An output; where it is ids of rules, their titles, and the ids where a formula asks for them."""
        called = result_titles(programme) if output is programme.result else {}
        if not called:
            self._output(programme, output, partial(self._result, step, guards, agree))
            return
        titles = {id_: title.say(self._lang) for id_, title in called.items()}
        said = replace(step, node=_titled(step.node, titles))
        cases = () if agree is None else agree.cases
        both = agree and replace(agree, cases=tuple((c, _titled(v, titles)) for c, v in cases))
        self._output(programme, output, partial(self._result, said, guards, both), titles)

        def ids() -> Expr:
            expr = self._result(step, guards, agree)
            kept = self._lower.kept(expr, output.title, step.node.kind)
            self._names.exprs[output.id] = lambda: kept
            return kept

        self._names.exprs[output.id] = ids

    def _result(self, step: Output, guards: Sequence[str], agree: Agree | None) -> Expr:
        """The output's formula, #N/A where rules meet that must not."""
        expr = self._lower.cell(step.node)
        if agree is not None:
            first = self._lower.kept(expr, words("formulas.first"), step.node.kind)
            self._name(step.name.id, lambda: first)
            differ = [
                core.logic("and", [holds, core.compare("!=", value, step.name)])
                for holds, value in agree.cases
            ]
            expr, guards = first, [*guards, self._lower.expr(core.logic("or", differ)).text]
        for guard in guards:
            text = f"IF({guard},NA(),{expr})"
            expr = made(text, lambda value: value, expr, lazy=True)
        return expr

    def _output(
        self, programme: model.Programme, output: model.Output, make: Callable[[], Expr],
        titles: Mapping[str, str] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        """An output's column; without a formula where its numbers are too large."""
        values = [_called(row[output.id], titles) for row in self._rows]
        text: str | None = None
        self._lower.join = join = JOINS[self._lang] if titles else JOIN
        if output.id not in self._left_out:
            try:
                text = make().text
            except TooLarge as problem:
                self._left_out[output.id] = problem.why
        self._lower.join = JOIN
        id_ = f"={output.id}"
        day = isinstance(output.type, Date)
        if day and any(whole(value) < FIRST_DAY_SHOWN for value in values):
            old = TooLarge(words("formulas.old_days"))
            self._left_out[output.id] = old.why
            said = [literal(value, output.type) for value in values]
            column = Column(output.title, None, said, "text", group=programme.title)
            self._live[self._positions[programme.id, id_]] = column
            self._name(output.id, partial(_refuse, old))
            return
        column, reference = _shown(output, text, self._cell(programme, id_), values, join)
        column.group = programme.title
        self._live[self._positions[programme.id, id_]] = column
        numbers = [value for value in values if isinstance(value, int)]
        reach = Interval(min(numbers, default=0), max(numbers, default=0))
        self._name(output.id, partial(self._lower.bounded, reference, reach, output.title))

    def _holds(self, step: Output, item: Expr) -> Expr:
        if step.name.id in self._left_out:
            raise TooLarge(words("formulas.list_without"))
        return self._lower.holds(step.node, item)


def _positions(plan: Plan, lead: int) -> dict[tuple[str, str], int]:
    """Where rules stand, and outputs (marked with =), by programme."""
    places: dict[tuple[str, str], int] = {}
    for programme in plan.policy.listed_programmes:
        rules, outputs = programme.rules, programme.outputs
        for id_ in (*(rule.id for rule in rules), *(f"={output.id}" for output in outputs)):
            places[programme.id, id_] = lead + len(places)
    return places


def _called(value: Value, titles: Mapping[str, str]) -> Value:
    """Ids of rules as their titles."""
    if isinstance(value, tuple):
        return tuple(titles.get(id_, id_) for id_ in value)
    return titles.get(value, value) if isinstance(value, str) else value


def _titled(node: core.Node, titles: Mapping[str, str]) -> core.Node:
    """An output of ids as one of titles: it chooses among constants, or lists them."""
    match node:
        case core.Const():
            return replace(node, value=_called(node.value, titles))
        case core.Choice():
            cases = tuple((holds, _titled(value, titles)) for holds, value in node.cases)
            return replace(node, cases=cases, rest=_titled(node.rest, titles))
        case core.Listing():
            return replace(node, parts=tuple((c, _titled(t, titles)) for c, t in node.parts))
        case _:
            return node


def _refuse(problem: TooLarge) -> NoReturn:
    raise problem


def _shown(
    output: model.Output, text: str | None, cell: str, values: Sequence[Value], join: str
) -> tuple[Column, Expr]:
    """An output as the sheet shows it, and as later formulas use it: in whole smallest units again.

    What has decimals says its unit, yes/no are 1 or 0, lists joined.
    """
    title, type_ = output.title, output.type
    match type_:
        case YesNo():
            truths = [bool(value) for value in values]
            formula = None if text is None else f"IF({text},1,0)"
            flags = [int(truth) for truth in truths]
            return Column(title, formula, flags, "flag"), atom(f"({cell}=1)", truths)
        case Number():
            numbers, decimals = [whole(value) for value in values], type_.decimals or 0
            if not decimals:
                return Column(title, text, numbers), atom(cell, numbers)
            unit = 10**decimals
            formula = None if text is None else f"({text})/{unit}"
            amounts = [number / unit for number in numbers]
            column = Column(with_unit(title, told_in(type_)), formula, amounts, "amount", decimals)
            return column, atom(f"ROUND({cell}*{unit},0)", numbers)
        case Text() | Texts():
            texts = [join.join(v) if isinstance(v, tuple) else str(v) for v in values]
            return Column(title, text, texts, "text"), atom(cell, texts)
        case Date():
            days = [whole(day) - FIRST_DAY for day in values]
            return Column(title, text, days, "day"), atom(cell, days)
        case Unknown():
            raise AssertionError("a policy with mistakes is never planned")
    assert_never(type_)


def gathered(lower: Lower, groups: Groups, step: Gather, head: Words) -> Expr:
    """A value of many villages, worked out once a group on the sheet of pools, beside each of them.

    Raises TooLarge where a number has more digits than a cell computes exactly.
    """
    node, title = step.group, words("formulas.counted_in")
    number = lower.keep(groups.alike(lower, step.per), words("formulas.number"))
    holds = lower.kept(lower.expr(node.where), title, "truth")
    item = lower.expr(node.item)
    # so that who is left out is last, at 0; days are shown as numbers above it
    shift = 0 if node.op == "sum" or node.item.kind == "date" else 1 - node.item.bounds.low
    if shift >= LIMIT:
        raise TooLarge
    moved = made(f"({item}+{shift})", lambda value: value + shift, item) if shift else item
    reach = Interval(node.item.bounds.low + shift, node.item.bounds.high + shift)
    own = lower.keep(lower.bounded(moved, reach, title), title)
    if node.item.kind == "date" and any(isinstance(c, int) and c <= 0 for c in own.values()):
        raise TooLarge(words("formulas.old_days"))
    added = lower.keep(choice(holds, own, NOTHING), title)
    if node.op == "rank":
        within = f"({number.range}={number})*({added.range}>{own})"
        values = _ranks(number.values(), added.values(), own.values())
        return lower.keep(known(f"1+SUMPRODUCT({within})", values), head)
    sheet = Lower(groups.grid, lower.names, lower.group)
    members = f"({number.range}={groups.own_number})*{added.range}"
    count = f"SUMPRODUCT(({members}>0)*1)"
    match node.op:
        case "sum":
            text = f"SUMIF({number.range},{groups.own_number},{added.range})"
        case "greatest":
            text = f"IF({count}>0,SUMPRODUCT(MAX({members}))-{shift},0)"
        case "least":
            text = f"IF({count}>0,SUMPRODUCT(LARGE({members},{count}))-{shift},0)"
        case _:
            assert_never(node.op)
    of_group: list[list[Cell]] = [[] for _ in range(groups.grid.rows)]
    for at, value in zip(number.values(), added.values(), strict=True):
        of_group[whole(at) - 1].append(value)
    values = [_value(node.op, shift, cells) for cells in of_group]
    total = sheet.keep(sheet.bounded(known(text, values), node.bounds, head), head)
    looked = [total.values()[whole(at) - 1] for at in number.values()]
    return lower.keep(known(f"INDEX({total.range},{number})", looked), head)


def _value(op: str, shift: int, cells: Sequence[Cell]) -> Cell:
    """What a group's cells come to; an error among them is the result."""
    wrong = next((cell for cell in cells if isinstance(cell, Err)), None)
    if wrong is not None:
        return wrong
    numbers = [whole(cell) for cell in cells]
    if op == "sum":
        return sum(numbers)
    nonzero = [number for number in numbers if number]
    return (min(nonzero) if op == "least" else max(nonzero)) - shift if nonzero else 0


def _ranks(numbers: Sequence[Cell], added: Sequence[Cell], own: Sequence[Cell]) -> list[Cell]:
    of_group: dict[Cell, list[Any]] = {}
    for number, cell in zip(numbers, added, strict=True):
        of_group.setdefault(number, []).append(cell)
    wrong = {
        n: next((c for c in cells if isinstance(c, Err)), None) for n, cells in of_group.items()
    }
    for number, cells in of_group.items():
        if wrong[number] is None:
            cells.sort()
    return [
        wrong[n] or 1 + len(of_group[n]) - bisect_right(of_group[n], own_number)
        for n, own_number in zip(numbers, own, strict=True)
    ]
