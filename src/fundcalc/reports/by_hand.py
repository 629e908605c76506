"""What was set by hand, and what a correction changes: on page one, next to the row, and as data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from fundcalc.base.catalogue import words
from fundcalc.base.money import FEN_DECIMALS, yuan
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words, same
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Number, Text, Type
from fundcalc.language.units import Unit, parse_unit
from fundcalc.ledger.balance import Carry, Owed
from fundcalc.ledger.by_hand import Change, Override
from fundcalc.ledger.differences import (
    Correction,
    Sum,
    VillageDifference,
    key,
    payable,
    places_of,
)
from fundcalc.policy.model import Output, Policy
from fundcalc.reports import table
from fundcalc.reports.columns import Filled, text
from fundcalc.reports.files import csv_bytes
from fundcalc.reports.summary import stake_said
from fundcalc.reports.table import COLUMNS, Cell, Fen, Table, as_text, wrapped
from fundcalc.roster.model import CellCorrection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fundcalc.engines.patterns import Labels

SHOWN = 20
"""Villages of a correction that the terminal lists."""


# -- in words -------------------------------------------------------------------------------------


def by_hand(
    policy: Policy, overrides: Sequence[Override], changes: Sequence[Change], lang: Lang
) -> str:
    """What was set by hand: a block for page one."""
    return "\n".join([*wrapped([hand_said(policy, overrides, changes)], lang), "", ""])


def hand_said(policy: Policy, overrides: Sequence[Override], changes: Sequence[Change]) -> Words:
    """How many amounts were set by hand, by code, and what that adds and takes where it adds up."""
    villages, amounts = len({override.index for override in overrides}), len(overrides)
    codes_met = sorted(Counter(override.code for override in overrides).items())
    zh = "、".join(f"{code} {count} 项" for code, count in codes_met)
    codes = Words(f"原因代码 {zh}", f"code {', '.join(f'{c}: {n}' for c, n in codes_met)}")
    sums = _moved(policy, changes)
    if sums is None:
        return words("reports.set_apart_by_hand", amounts=amounts, villages=villages, codes=codes)
    up, down, between = map(yuan, sums)
    moved = words("reports.moved_by_hand", amount=between) if sums[2] else same("")
    return words(
        "reports.set_by_hand", amounts=amounts, villages=villages, up=up, down=down, moved=moved,
        codes=codes,
    )  # fmt: skip


def _moved(policy: Policy, changes: Sequence[Change]) -> tuple[int, int, int] | None:
    """What is added, taken, and moved from payer to payer, in fen; None where it does not add up.

    Of a programme and a village what payers pay counts, with what follows; where none pays anything else,
    the amounts that were set.
    """
    programme_of = {o.id: p.id for p in policy.listed_programmes for o in p.outputs}
    outputs = {o.id: o for p in policy.listed_programmes for o in p.outputs}
    set_: dict[tuple[int, str], int] = defaultdict(int)
    paid: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for c in changes:
        if not (isinstance(c.after, int) and isinstance(c.before, int)):
            continue
        output, place = outputs[c.output], (c.index, programme_of[c.output])
        counts = policy.at_stake(output) and not output.charge
        if not counts and (c.by or output.payer is not None):
            return None
        if output.payer is not None:
            paid[place][output.payer] += c.after - c.before
        if c.by:
            set_[place] += c.after - c.before
    up = down = between = 0
    for place in {**set_, **paid}:
        payers = paid.get(place, Counter({"": set_[place]}))
        more = sum(fen for fen in payers.values() if fen > 0)
        less = -sum(fen for fen in payers.values() if fen < 0)
        up, down, between = (
            up + max(more - less, 0),
            down + max(less - more, 0),
            between + min(more, less),
        )
    return up, down, between


def corrected_cells(corrections: Sequence[CellCorrection], lang: Lang) -> str:
    """How many cells of the roster were set right by hand, and by whom."""
    by = "、".join(dict.fromkeys(correction.by for correction in corrections))
    return words("reports.corrected_cells", cells=len(corrections), by=by).say(lang)


def remarks(result: Result, changes: Sequence[Change], lang: Lang) -> dict[int, str]:
    """What was set by hand, for the cell next to a village's row."""
    titles = {o.id: o.title for p in result.plan.policy.programmes for o in p.outputs}
    by_village: dict[int, list[str]] = {}
    for change in changes:
        override, before = change.by, change.before
        if override is not None and isinstance(before, int):
            move = f"{titles[change.output].say(lang)} {yuan(before)} → {yuan(override.amount)}"
            line = words(
                "reports.grounds",
                moved=move,
                code=override.code,
                reason=override.reason,
                document=override.document,
                approver=override.approver,
            )
            by_village.setdefault(change.index, []).append(line.say(lang))
    return {
        index: words("reports.semicolon").say(lang).join(lines)
        for index, lines in by_village.items()
    }


def correction(policy: Policy, correction: Correction, lang: Lang) -> str:
    """What is to be paid or deducted: by county and payer, then the villages."""
    return "\n".join(["", *_correction_lines(policy, correction, lang)]) + "\n"


def _correction_lines(policy: Policy, correction: Correction, lang: Lang) -> Iterator[str]:
    run, reason = correction.corrects, correction.reason
    head = words("reports.corrects", run=run, reason=reason, unit=stake_said(policy))
    yield from wrapped([head], lang)
    if not correction.villages:
        told = "reports.no_amount_differs" if correction.outputs else "reports.nobody_pays"
        yield from wrapped([words(told)], lang)
        return
    for sums in correction_sums(correction):
        yield from as_text([sums], lang)
        yield ""
    count = len(correction.villages)
    yield words("reports.with_difference", many=count).say(lang)
    for village in correction.villages[:SHOWN]:
        yield from wrap(f"  {_village(village, lang)}", COLUMNS)
    if count > SHOWN:
        yield words("reports.more_with_difference", rest=count - SHOWN).say(lang)


def correction_sums(correction: Correction) -> list[Table]:
    """What is to be paid and to be deducted: by county, and by payer."""
    sums = [words("reports.to_pay"), words("reports.to_deduct"), words("reports.net")]
    by_payer = {
        correction.payers.get(id_, same(id_)): total for id_, total in correction.by_payer().items()
    }
    by_county = {same(name or "—"): total for name, total in correction.by_county().items()}
    return [
        Table(
            None,
            [title, *sums],
            [_row(n, f) for n, f in groups.items()],
            _row(table.TOTAL, correction.total()),
        )
        for title, groups in ((table.county(), by_county), (table.payer(), by_payer))
        if groups is by_payer or any(correction.by_county())
    ]


def correction_villages(correction: Correction) -> Table:
    """A row a village and amount that differs."""
    heads = [
        words("reports.village"), words("reports.county"), words("reports.amount"), table.payer(),
        words("reports.old"), words("reports.new"), words("reports.to_pay"), words("reports.to_deduct"),
    ]  # fmt: skip
    marks = {"gone": words("reports.mark_gone"), "new": words("reports.mark_new")}
    rows: list[list[Cell]] = []
    for village in correction.villages:
        mark = marks.get(village.presence, same(""))
        name, code = (village.name, f" {village.code}") if village.name else (village.code, "")
        village_title = Words(f"{name}{mark.zh}{code}", f"{name}{mark.en}{code}")
        for id_, (before, after) in village.amounts.items():
            title, payer = correction.outputs[id_]
            rows.append(
                [
                    village_title, village.county, title, correction.payers.get(payer, payer),
                    Fen(before), Fen(after), Fen(max(after - before, 0)), Fen(max(before - after, 0)),
                ]
            )  # fmt: skip
    return Table(None, heads, rows, texts=4).without_blank(1)


def _row(name: Cell, total: Sum) -> list[Cell]:
    return [name, Fen(total.pay), Fen(total.deduct), Fen(total.net)]


def _village(village: VillageDifference, lang: Lang) -> str:
    name = "  ".join(part for part in (village.code, village.county, village.name) if part)
    marks = {"gone": words("reports.mark_gone"), "new": words("reports.mark_new")}
    mark = marks[village.presence].say(lang) if village.presence in marks else ""
    if not village.net:
        between = words("reports.between_payers")
        return f"{name}{mark}  {between.say(lang)}"
    verb = words("reports.pay") if village.net > 0 else words("reports.deduct")
    return f"{name}{mark}  {verb.say(lang)} {yuan(abs(village.net))}"


# -- next to the row ------------------------------------------------------------------------------


def further_columns(
    result: Result, changes: Sequence[Change], against: Correction | None, carry: Carry | None
) -> list[Filled]:
    """Columns that only such runs have: set by hand, what each amount was before, what is carried over."""
    columns: list[Filled] = []
    if changes:
        grounds = _grounds_by_village(result, changes)
        columns.append(Filled("overrides", words("reports.overrides"), Text(), grounds))
    if against is not None:
        outputs = {o.id: o for p in result.plan.policy.programmes for o in p.outputs}
        before = _before(result, against)
        for id_ in against.outputs:
            if id_ in outputs:
                columns += _before_and_difference(result, outputs[id_], before)
    return columns + (_carried(result, carry) if carry is not None else [])


def _carried(result: Result, carry: Carry) -> list[Filled]:
    """What is carried over in all and by payer: to pay above zero, to deduct below; in no other amount."""
    import numpy as np

    def column(id_: str, title: Words, amounts: Mapping[int, int]) -> Filled:
        values = np.zeros(len(result.rows), dtype=np.int64)
        values[list(amounts)] = list(amounts.values())
        return Filled(id_, title, kind, lambda at: values[at])

    money = Number(parse_unit("yuan"), FEN_DECIMALS)
    kind = next((output.type for output in payable(result).values()), money)
    places = at_places(result, carry)
    nets = {index: owed.net for index, owed in places.items()}
    columns = [column("carried", words("reports.carried"), nets)]
    for payer, title in carry.payers.items():
        amounts = {
            index: owed.amounts[payer] for index, owed in places.items() if payer in owed.amounts
        }
        if amounts:
            columns.append(
                column(f"carried_{payer}", words("reports.carried_by", payer=title), amounts)
            )
    return columns


def at_places(result: Result, carry: Carry) -> dict[int, Owed]:
    """What is carried over by the villages' positions."""
    owed = {key(o.code, o.name, o.town, o.county): o for o in (v.owed for v in carry.villages)}
    places = places_of(result, owed)
    return {places[known]: amounts for known, amounts in owed.items()}


def carried_said(policy: Policy, carry: Carry, owed: Owed) -> Words:
    """What a village has carried over, payer by payer, in a sentence."""
    parts = [
        words(
            "papers.carried_pay" if amount > 0 else "papers.carried_deduct",
            payer=carry.payers.get(payer, same(payer)), amount=yuan(abs(amount)), unit=stake_said(policy),
        )
        for payer, amount in owed.amounts.items()
        if amount
    ]  # fmt: skip
    amounts = Words("，".join(part.zh for part in parts), ", ".join(part.en for part in parts))
    return words("papers.carried", amounts=amounts)


def carry_text(policy: Policy, carry: Carry, lang: Lang) -> str:
    """What is carried over, payer by payer: a block for page one."""
    if not carry.villages:
        return "\n".join(["", *wrapped([words("outcome.carried_nothing")], lang), ""])
    lines = [words("reports.carried_villages", villages=len(carry.villages))]
    lines += [
        words(
            "reports.carried_payer", payer=carry.payers.get(payer, Words(payer, payer)),
            pay=yuan(total.pay), deduct=yuan(total.deduct), unit=stake_said(policy),
        )
        for payer, total in carry.by_payer().items()
    ]  # fmt: skip
    return "\n".join(["", *wrapped(lines, lang), ""])


def _before_and_difference(
    result: Result, output: Output, before: Callable[[str], NDArray[np.int64]]
) -> list[Filled]:
    return [
        Filled(
            f"{output.id}_before", words("reports.before", title=output.title), output.type,
            lambda at: before(output.id)[at],
        ),
        Filled(
            f"{output.id}_difference", words("reports.difference", title=output.title), output.type,
            lambda at: result.numbers(output.id, at) - before(output.id)[at],
        ),
    ]  # fmt: skip


def _before(result: Result, against: Correction) -> Callable[[str], NDArray[np.int64]]:
    """Amounts of the corrected run in this roster's order: the present ones less the differences."""
    known = {
        key(v.code, v.name, v.town, v.county): v for v in against.villages if v.presence != "gone"
    }

    @cache
    def numbers(id_: str) -> NDArray[np.int64]:
        amounts = result.numbers(id_).copy()
        for index, village in by_index().items():
            if id_ in village.amounts:
                amounts[index] = village.amounts[id_][0]
        return amounts

    @cache
    def by_index() -> dict[int, VillageDifference]:
        places = places_of(result, known) if known else {}
        return {index: known[identity] for identity, index in places.items()}

    return numbers


def _grounds_by_village(result: Result, changes: Sequence[Change]) -> Callable[[slice], Labels]:
    """By village what was set by hand and on what grounds, and what followed."""
    import numpy as np

    by_village: dict[int, list[str]] = {}
    kinds = {o.id: o.type for p in result.plan.policy.programmes for o in p.outputs}
    for change in changes:
        by_village.setdefault(change.index, []).append(_line(change, kinds[change.output]))
    table_ = ["", *("; ".join(lines) for lines in by_village.values())]
    codes = np.zeros(len(result.rows), dtype=np.int64)
    codes[list(by_village)] = np.arange(1, len(table_))
    return lambda at: (codes[at], tuple(table_))


def _line(change: Change, kind: Type) -> str:
    move = f"{change.output} {text(change.before, kind)} → {text(change.after, kind)}"
    return f"{move} {change.by.said()}" if change.by is not None else f"{move} ↳"


# -- as data --------------------------------------------------------------------------------------


def overrides_json(result: Result, changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Every value that is not what the rules gave: set by hand with its grounds, or following."""
    kinds = {o.id: o.type for p in result.plan.policy.programmes for o in p.outputs}
    entries: list[dict[str, Any]] = []
    for change in changes:
        row = result.rows[change.index]
        entry: dict[str, Any] = {
            "village": {part: row[part] for part in ("code", "name", "county") if row.get(part)},
            "output": change.output,
            "by_rules": text(change.before, kinds[change.output]),
            "value": text(change.after, kinds[change.output]),
            "follows": change.by is None,
        }
        if change.by is not None:
            grounds = ("code", "reason", "document", "approver")
            entry |= {part: getattr(change.by, part) for part in grounds}
        entries.append(entry)
    return entries


DIFFERENCE_COLUMNS = (
    "code", "name", "town", "county", "presence", "output", "payer", "before", "after", "difference",
)  # fmt: skip


def difference_heads(unit: Unit, lang: Lang) -> tuple[str, ...]:
    """The columns of differences that are paid in a unit: in English their ids, in Chinese titles."""
    if lang == "en":
        return DIFFERENCE_COLUMNS
    *who, before, after, difference = words("reports.difference_columns").zh.split(",")
    amounts = (f"{head}（{unit.said(lang)}）" for head in (before, after, difference))
    return *who, *amounts


def differences_csv(correction: Correction, unit: Unit, lang: Lang = "en") -> bytes:
    """One row a village and payable output that differs, amounts in a unit; in Chinese by title."""
    marks = {"gone": words("reports.is_gone").zh, "new": words("reports.is_new").zh}

    def described(presence: str, output: str) -> tuple[Cell, ...]:
        title, payer = correction.outputs[output]
        if lang == "en":
            return presence, output, payer
        return marks.get(presence, ""), title, correction.payers.get(payer, same(payer))

    rows = (
        (
            v.code, v.name, v.town, v.county, *described(v.presence, id_),
            Fen(before), Fen(after), Fen(after - before),
        )
        for v in correction.villages
        for id_, (before, after) in v.amounts.items()
    )  # fmt: skip
    return csv_bytes(difference_heads(unit, lang), rows, lang)
