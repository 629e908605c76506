"""The tables of a policy to be read: rules, further amounts, values, readings, sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fundcalc.base.words import Words, same
from fundcalc.policy.columns import with_unit
from fundcalc.policy.plan import Plan
from fundcalc.reports.listing import Cell, Listing
from fundcalc.reports.show.decisions import Chosen, Decision, Row, Used

MOST_INPUTS = 3
"""Inputs that have columns of their own in a terminal; more stand together in one."""

_DASH = same("–")
_OTHERWISE = Words("都不适用时", "where none holds")
_NAME, _SOURCE = Words("名称", "Name"), Words("出处", "Source")


def about(plan: Plan) -> list[Words]:
    """The policy, its date and digest."""
    policy = plan.policy
    return [
        Words(f"{policy.title.zh}（{policy.id}）", f"{policy.title.en} ({policy.id})"),
        Words(f"按 {plan.on} 有效的标准", f"Values of {plan.on}"),
        same(policy.digest),
    ]


def heading(one: Decision, plan: Plan) -> list[Words]:
    """A programme's hit policy, and what its author notes."""
    lines = [
        Words(f"{one.letter}：{one.hit.zh}", f"{one.letter}: {one.hit.en}"),
    ]
    if one.result.payer is not None:
        payer = plan.policy.payers[one.result.payer]
        lines.append(Words(f"付款方：{payer.zh}", f"Paid by: {payer.en}"))
    note = one.programme.programme.note
    return [*lines, note] if note is not None else lines


def rules(one: Decision, *, narrow: bool = False) -> Listing:
    """The decision table; `narrow` for a terminal."""
    together = narrow and len(one.inputs) > MOST_INPUTS
    heads = [Words("规则", "Rule")]
    heads += [Words("条件", "When")] if together else list(one.inputs.values())
    if one.has_other and not together:
        heads.append(Words("其他条件", "Also if"))
    heads += [with_unit(one.result.title, one.result.type), _SOURCE]
    rows = [_cells(one, row, together) for row in one.rows]
    if one.otherwise is not None:
        blanks = [_DASH] * (len(heads) - 3)
        row = one.otherwise
        name = Words(f"{row.id}\n{_OTHERWISE.zh}", f"{row.id}\n{_OTHERWISE.en}")
        rows.append([name, *blanks, row.gives, row.source or _DASH])
    return Listing(one.title, heads, rows, texts=len(heads), lines=True)


def _cells(one: Decision, row: Row, together: bool) -> list[Cell]:
    name = Words(f"{row.id}\n{row.title.zh}", f"{row.id}\n{row.title.en}")
    if row.title == same(row.id):
        name = same(row.id)
    if together:
        tests = [
            Words(f"{one.inputs[i].zh}：{t.zh}", f"{one.inputs[i].en}: {t.en}")
            for i, t in row.tests.items()
        ]
        tests += [row.other] if row.other is not None else []
        cells: list[Cell] = [
            Words("\n".join(t.zh for t in tests) or "–", "\n".join(t.en for t in tests) or "–")
        ]
    else:
        cells = [row.tests.get(i, _DASH) for i in one.inputs]
        cells += [row.other or _DASH] if one.has_other else []
    return [name, *cells, row.gives, row.source or _DASH]


def further(one: Decision, plan: Plan) -> Listing | None:
    """What follows from the result; None where nothing does."""
    if not one.further:
        return None
    rows: list[list[Cell]] = [
        [Words(f"{f.output.id}\n{f.output.title.zh}", f"{f.output.id}\n{f.output.title.en}"),
         f.formula, plan.policy.payers[f.output.payer] if f.output.payer else _DASH]
        for f in one.further
    ]  # fmt: skip
    heads = [_NAME, Words("算法", "Worked out as"), Words("付款方", "Payer")]
    return Listing(Words("由结果再算", "From the result"), heads, rows, texts=3, lines=True)


def values(used: Iterable[Used]) -> Listing:
    """Parameters with their values."""
    heads = [
        _NAME, Words("数值", "Value"), Words("起", "Since"), _SOURCE, Words("核实到", "Confirmed"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [Words(f"{u.id}\n{u.title.zh}", f"{u.id}\n{u.title.en}"),
         Words(f"{u.value.zh}{'（逐年增长）' if u.grows else ''}",
               f"{u.value.en}{' (grows)' if u.grows else ''}"),
         u.since.isoformat(), u.source or _DASH,
         u.confirmed.isoformat() if u.confirmed else _DASH]
        for u in used
    ]  # fmt: skip
    return Listing(Words("标准", "Values"), heads, rows, texts=5, lines=True)


def readings(chosen: Sequence[Chosen]) -> Listing:
    """Questions left open, the answer taken and the others."""
    heads = [Words("解读", "Reading"), Words("所选", "Taken"), Words("另一种", "Or")]
    rows: list[list[Cell]] = []
    for one in chosen:
        options = {id_: _option(id_, text) for id_, text in one.reading.options.items()}
        others = [text for id_, text in options.items() if id_ != one.option]
        question = one.reading.question
        rows.append(
            [Words(f"{one.reading.id}\n{question.zh}", f"{one.reading.id}\n{question.en}"),
             options[one.option],
             Words("\n".join(o.zh for o in others), "\n".join(o.en for o in others))]
        )  # fmt: skip
    return Listing(Words("解读", "Readings"), heads, rows, texts=3, lines=True)


def _option(id_: str, text: Words) -> Words:
    """An option with its id, unless its text begins with it."""
    return Words(
        text.zh if text.zh.startswith(id_) else f"{id_}：{text.zh}",
        text.en if text.en.startswith(id_) else f"{id_}: {text.en}",
    )


def sources(plan: Plan) -> Listing:
    """The documents cited."""
    rows: list[list[Cell]] = [[id_, one.cite()] for id_, one in plan.policy.sources.items()]
    return Listing(_SOURCE, [_NAME, _SOURCE], rows, texts=2, lines=True)


def listings(one: Decision, plan: Plan, *, narrow: bool = False) -> list[Listing]:
    """All tables of a programme."""
    found = [rules(one, narrow=narrow)]
    more = further(one, plan)
    found += [more] if more is not None else []
    found += [values(one.used)] if one.used else []
    found += [readings(one.chosen)] if one.chosen else []
    return found
