"""What was set by hand, and what a correction changes: on page one, beside the row, and as data."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fundcalc.base.money import FEN_DECIMALS, grouped, plain
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words, counted
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Text, Type
from fundcalc.ledger.by_hand import Change, Override
from fundcalc.ledger.differences import Correction, Sum, VillageDifference, key
from fundcalc.policy.model import Output
from fundcalc.reports.columns import Filled, text
from fundcalc.reports.summary_text import COLUMNS, table
from fundcalc.reports.tables import safe
from fundcalc.roster.model import CellCorrection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fundcalc.engines.patterns import Labels

SHOWN = 20
"""Villages of a correction that the terminal lists."""

_OVERRIDES = Words("手工调整", "Overrides")
_BEFORE = Words("{title}（原）", "{title} before")
_DIFFERENCE = Words("{title}（差额）", "{title} difference")


# -- in words -------------------------------------------------------------------------------------


def by_hand(overrides: Sequence[Override], changes: Sequence[Change], lang: Lang) -> str:
    """How many amounts were set by hand, by code, and what that adds and takes: a block for page one."""
    villages = len({one.index for one in overrides})
    moved = [
        c.after - c.before
        for c in changes
        if isinstance(c.after, int) and isinstance(c.before, int) and c.by
    ]
    up, down = sum(m for m in moved if m > 0), -sum(m for m in moved if m < 0)
    codes_met = sorted(Counter(one.code for one in overrides).items())
    codes = ", ".join(f"{code} {count}" for code, count in codes_met)
    if lang == "zh":
        said = f"手工调整：{len(overrides)} 项，{villages} 个村；"
        said += f"调增 {_money(up)}，调减 {_money(down)}（{codes}）"
    else:
        said = (
            f"Set by hand: {counted(len(overrides), 'amount')} in {counted(villages, 'village')}; "
            f"up {_money(up)}, down {_money(down)} ({codes})"
        )
    return "\n".join([*wrap(said, COLUMNS), "", ""])


def corrected_cells(corrections: Sequence[CellCorrection], lang: Lang) -> str:
    """How many cells of the roster were set right by hand, and by whom."""
    by = "、".join(dict.fromkeys(one.by for one in corrections))
    if lang == "zh":
        return f"名册更正：{len(corrections)} 个单元格（{by}）"
    return f"Roster corrected: {counted(len(corrections), 'cell')} ({by})"


def remarks(result: Result, changes: Sequence[Change], lang: Lang) -> dict[int, str]:
    """What was set by hand, for the cell beside a village's row."""
    titles = {o.id: o.title for p in result.plan.policy.programmes for o in p.outputs}
    found: dict[int, list[str]] = {}
    for change in changes:
        one, before = change.by, change.before
        if one is not None and isinstance(before, int):
            title = titles[change.output].say(lang)
            moved = f"{title} {_money(before)} → {_money(one.amount)}"
            zh = f"{moved}（{one.code} {one.reason}，{one.document}，{one.approver}）"
            en = f"{moved} ({one.code} {one.reason}, {one.document}, {one.approver})"
            found.setdefault(change.index, []).append(zh if lang == "zh" else en)
    return {index: ("；" if lang == "zh" else "; ").join(lines) for index, lines in found.items()}


def correction(one: Correction, lang: Lang) -> str:
    """What is to be paid or deducted: by county and payer, then the villages."""
    return "\n".join(["", *_correction(one, lang)]) + "\n"


def _correction(one: Correction, lang: Lang) -> Iterator[str]:
    zh = lang == "zh"
    said = f"更正 {one.corrects}：{one.reason}" if zh else f"Corrects {one.corrects}: {one.reason}"
    yield from wrap(said, COLUMNS)
    if not one.villages:
        yield "金额没有差别" if zh else "No amount differs"
        return
    heads = ["补发", "扣回", "净额"] if zh else ["To pay", "To deduct", "Net"]
    for title, sums in (
        ("县（市、区）" if zh else "County", one.by_county()),
        ("付款方" if zh else "Payer", _named(one, lang)),
    ):
        rows = [[name or "—", *_cells(found)] for name, found in sums.items()]
        yield from table(
            [title, *heads], [*rows, ["合计" if zh else "Total", *_cells(one.total())]], total=True
        )
        yield ""
    yield (
        f"{len(one.villages)} 个村有差别"
        if zh
        else f"{counted(len(one.villages), 'village')} with a difference"
    )
    for village in one.villages[:SHOWN]:
        yield from wrap(f"  {_village(village, lang)}", COLUMNS)
    if len(one.villages) > SHOWN:
        rest = len(one.villages) - SHOWN
        yield (
            f"  …… 还有 {rest} 个，见 --differences"
            if zh
            else f"  … and {rest} more: see --differences"
        )


def _named(one: Correction, lang: Lang) -> dict[str, Sum]:
    return {
        one.payers[id_].say(lang) if id_ in one.payers else id_: s
        for id_, s in one.by_payer().items()
    }


def _cells(one: Sum) -> list[str]:
    return [_money(one.pay), _money(one.deduct), _money(one.net)]


def _village(one: VillageDifference, lang: Lang) -> str:
    who = "  ".join(part for part in (one.code, one.county, one.name) if part)
    marks = {"gone": Words("（不在新名册）", " (gone)"), "new": Words("（新增）", " (new)")}
    mark = marks[one.presence].say(lang) if one.presence in marks else ""
    if not one.net:
        said = Words("总额不变，付款方之间调整", "nothing in all; between payers")
        return f"{who}{mark}  {said.say(lang)}"
    verb = Words("补发", "pay") if one.net > 0 else Words("扣回", "deduct")
    return f"{who}{mark}  {verb.say(lang)} {_money(abs(one.net))}"


def _money(fen: int) -> str:
    return grouped(fen, FEN_DECIMALS)


# -- beside the row -------------------------------------------------------------------------------


def further_columns(
    result: Result, changes: Sequence[Change], against: Correction | None
) -> list[Filled]:
    """Columns that only such runs have: what was set by hand, and what each amount was before."""
    found: list[Filled] = []
    if changes:
        found.append(Filled("overrides", _OVERRIDES, Text(), _said(result, changes)))
    if against is not None:
        outputs = {o.id: o for p in result.plan.policy.programmes for o in p.outputs}
        before = _before(result, against)
        for id_ in against.outputs:
            if id_ in outputs:
                found += _pair(result, outputs[id_], before)
    return found


def _pair(
    result: Result, output: Output, before: Callable[[str], NDArray[np.int64]]
) -> list[Filled]:
    def titled(words: Words) -> Words:
        return Words(words.zh.format(title=output.title.zh), words.en.format(title=output.title.en))

    return [
        Filled(f"{output.id}_before", titled(_BEFORE), output.type, lambda at: before(output.id)[at]),
        Filled(
            f"{output.id}_difference", titled(_DIFFERENCE), output.type,
            lambda at: result.numbers(output.id, at) - before(output.id)[at],
        ),
    ]  # fmt: skip


def _before(result: Result, against: Correction) -> Callable[[str], NDArray[np.int64]]:
    """Amounts of the corrected run in this roster's order: the present ones less the differences."""
    known = {
        key(v.code, v.name, v.town, v.county): v for v in against.villages if v.presence != "gone"
    }

    def numbers(id_: str) -> NDArray[np.int64]:
        found = result.numbers(id_).copy()
        if known:
            for index, row in enumerate(result.rows):
                at = key(*(str(row.get(part, "")) for part in ("code", "name", "town", "county")))
                village = known.get(at)
                if village is not None and id_ in village.amounts:
                    found[index] = village.amounts[id_][0]
        return found

    return numbers


def _said(result: Result, changes: Sequence[Change]) -> Callable[[slice], Labels]:
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
    moved = f"{change.output} {text(change.before, kind)} → {text(change.after, kind)}"
    return f"{moved} {change.by.said()}" if change.by is not None else f"{moved} ↳"


# -- as data --------------------------------------------------------------------------------------


def overrides_json(result: Result, changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Every value that is not what the rules gave: set by hand with its grounds, or following."""
    kinds = {o.id: o.type for p in result.plan.policy.programmes for o in p.outputs}
    found: list[dict[str, Any]] = []
    for change in changes:
        row = result.rows[change.index]
        one: dict[str, Any] = {
            "village": {part: row[part] for part in ("code", "name", "county") if row.get(part)},
            "output": change.output,
            "by_rules": text(change.before, kinds[change.output]),
            "value": text(change.after, kinds[change.output]),
            "follows": change.by is None,
        }
        if change.by is not None:
            grounds = ("code", "reason", "document", "approver")
            one |= {part: getattr(change.by, part) for part in grounds}
        found.append(one)
    return found


DIFFERENCE_COLUMNS = (
    "code", "name", "town", "county", "presence", "output", "payer", "before", "after", "difference",
)  # fmt: skip


def differences_csv(one: Correction) -> bytes:
    """One row a village and payable output that differs, amounts in yuan; UTF-8 with a byte order mark."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(DIFFERENCE_COLUMNS)
    for v in one.villages:
        who = [safe(part) for part in (v.code, v.name, v.town, v.county)]
        for id_, (before, after) in v.amounts.items():
            amounts = (plain(fen, FEN_DECIMALS) for fen in (before, after, after - before))
            writer.writerow([*who, v.presence, id_, one.outputs[id_][1], *amounts])
    return b"\xef\xbb\xbf" + out.getvalue().encode()
