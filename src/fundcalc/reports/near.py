"""What other facts would come to: villages close to a line, and one village tried out; as text and data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from fundcalc.analysis.what_if import Moved, PoolMoved, WhatIf
from fundcalc.base.catalogue import words
from fundcalc.base.money import plain_yuan, yuan
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words
from fundcalc.engines.result import PoolUse, Result, label
from fundcalc.explain.decision import Amount
from fundcalc.explain.gather import Near
from fundcalc.explain.words import bare, both, said
from fundcalc.language.datatypes import Number
from fundcalc.policy.columns import with_unit
from fundcalc.policy.model import IDENTITY, Policy
from fundcalc.reports.files import csv_text
from fundcalc.reports.summary import stake_said
from fundcalc.reports.table import COLUMNS, Cell, Exact, Fen, Table, indented
from fundcalc.reports.table import as_text as table_text

CSV_COLUMNS = (
    "code", "name", "county", "programme", "fact", "value", "threshold", "distance", "output",
    "now", "then",
)  # fmt: skip
SHOWN = 10
"""Lines of one programme and fact that the text shows unless all are asked for."""
OTHERS_SHOWN = 5
"""Other villages that the text names."""


def read_share(written: str) -> Fraction | None:
    """`5 %` as an exact share above nothing and up to the whole; None where it is none."""
    number, percent, rest = written.strip().replace("％", "%").partition("%")
    try:
        share = Fraction(number.strip()) / 100
    except (ValueError, ZeroDivisionError):
        return None
    return share if percent and not rest.strip() and 0 < share <= 1 else None


def as_text(result: Result, found: Sequence[Near], lang: Lang, *, whole: bool = False) -> str:
    """A block a programme and fact, lines that move most money first, of at most 80 columns.

    A block has `SHOWN` lines and says how many more there are, or all of them if `whole`.
    """
    return "\n".join(_lines(result, found, lang, whole)) + "\n"


def _lines(result: Result, found: Sequence[Near], lang: Lang, whole: bool) -> Iterator[str]:
    villages = len({one.index for one in found})
    yield words("reports.close", villages=villages, lines=len(found)).say(lang)
    blocks: dict[str, list[Near]] = {}
    for one in found:
        programme = result.plan.policy.programme(one.programme).title.say(lang)
        blocks.setdefault(f"{programme} · {one.change.title.say(lang)}", []).append(one)
    for title, lines in blocks.items():
        shown = len(lines) if whole else SHOWN
        yield from ("", title)
        for one in lines[:shown]:
            yield from _line(result, one, lang)
        if lines[shown:]:
            yield from wrap(f"  {_more(result, lines[shown:]).say(lang)}", COLUMNS)


def _line(result: Result, one: Near, lang: Lang) -> Iterator[str]:
    row = result.rows[one.index]
    yield from wrap(f"  {'  '.join(str(row[part]) for part in IDENTITY if row.get(part))}", COLUMNS)
    titles = {o.id: o.title for p in result.plan.policy.programmes for o in p.outputs}
    moved = [
        f"{titles[id_].say(lang)} {said(one.before[id_], lang)} → {said(after, lang)}"
        for id_, after in one.change.outputs.items()
    ]
    now, line = said(one.value, lang), said(one.threshold, lang)
    at = words("reports.at_line", now=now, line=line).say(lang)
    told = at + words("reports.semicolon").say(lang).join(moved)
    yield from (f"    {text}" for text in wrap(told, COLUMNS - 4))


def as_table(result: Result, found: Sequence[Near], lang: Lang) -> Table:
    """A row a line: who, the number, the line, what it would change, and the money that moves."""
    titles = {o.id: o.title for p in result.plan.policy.programmes for o in p.outputs}
    heads = [
        words("reports.village"), words("reports.programme"), words("reports.near_fact"),
        words("reports.near_value"), words("reports.near_line"), words("reports.near_moves"),
        words("reports.near_stake"),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for one in found:
        moved = [
            f"{titles[id_].say(lang)} {said(one.before[id_], lang)} → {said(after, lang)}"
            for id_, after in one.change.outputs.items()
        ]
        rows.append(
            [
                label(result.rows[one.index]), result.plan.policy.programme(one.programme).title,
                one.change.title, said(one.value, lang), said(one.threshold, lang), "\n".join(moved),
                Fen(one.moves),
            ]
        )  # fmt: skip
    return Table(None, heads, rows, texts=6, sentences=True)


def _more(result: Result, rest: Sequence[Near]) -> Words:
    """How many are not shown, and that none of them moves more than those shown."""
    fen, policy = max(one.moves for one in rest), result.plan.policy
    money = {output.id for output in policy.money_outputs}
    most = (
        words("reports.moves_at_most", amount=yuan(fen), unit=stake_said(policy))
        if any(money & {*one.change.outputs} for one in rest)
        else words("reports.moves_no_money")
    )
    return words("reports.more_lines", rest=len(rest), most=most)


def as_json(result: Result, found: Sequence[Near]) -> list[dict[str, Any]]:
    """One object a line; `moves` is the money at stake, in yuan."""
    return [
        {
            **place,
            "moves": plain_yuan(one.moves),
            "outputs": {id_: {"now": now, "then": then} for id_, now, then in _moved(one)},
        }
        for one, place in zip(found, _places(result, found), strict=True)
    ]


def as_csv(result: Result, found: Sequence[Near], lang: Lang) -> str:
    """One row a line and output; in Chinese with titles where the English one has ids."""
    if lang == "zh":
        heads = words("reports.near_columns").zh.split(",")
        return csv_text(heads, _in_chinese(result, found), lang, "\n")
    rows = (
        [*place.values(), id_, Exact(now), Exact(then)]
        for one, place in zip(found, _places(result, found), strict=True)
        for id_, now, then in _moved(one)
    )
    return csv_text(CSV_COLUMNS, rows, lang, "\n")


def _in_chinese(result: Result, found: Sequence[Near]) -> Iterator[list[Cell]]:
    policy = result.plan.policy
    titles = {o.id: o.title for p in policy.programmes for o in p.outputs}

    def shown(amount: Amount) -> Cell:
        return Exact(bare(amount)) if isinstance(amount.type, Number) else said(amount, "zh")

    for one, known in zip(found, _places(result, found), strict=True):
        place = {
            **known,
            "programme": policy.programme(one.programme).title.zh,
            "fact": one.change.title.zh,
        }
        for id_, after in one.change.outputs.items():
            yield [*place.values(), titles[id_], shown(one.before[id_]), shown(after)]


def _places(result: Result, found: Sequence[Near]) -> Iterator[dict[str, str]]:
    """Who is close to which line, for each of some lines; the villages' columns are taken whole."""
    import numpy as np

    at = np.array([one.index for one in found], dtype=np.int64)
    there = result.rows[0] if found else {}
    parts = {
        part: result.at(part, at) if part in there else [""] * len(found)
        for part in ("code", "name", "county")
    }
    for one, *texts in zip(found, *parts.values(), strict=True):
        yield {
            **{part: str(text) for part, text in zip(parts, texts, strict=True)},
            "programme": one.programme,
            "fact": one.fact,
            "value": bare(one.value),
            "threshold": bare(one.threshold),
            "distance": bare(Amount(one.distance, one.threshold.type)),
        }


def _moved(one: Near) -> Iterator[tuple[str, str, str]]:
    for id_, after in one.change.outputs.items():
        yield id_, bare(one.before[id_]), bare(after)


# -- one village with other facts ---------------------------------------------------------------------


def what_if_text(found: WhatIf, lang: Lang) -> str:
    """Lines of at most 80 columns: the facts, the village's amounts, the others, the bill."""
    return "\n".join(_tried(found, lang)) + "\n"


def _tried(found: WhatIf, lang: Lang) -> Iterator[str]:
    policy, row = found.before.plan.policy, found.before.rows[found.index]
    for id_, (was, is_) in found.facts.items():
        fact = policy.facts[id_]
        before, after = (both(Amount(value, fact.type)) for value in (was, is_))
        told = words("what_if.fact", fact=fact.title, was=before, now=after)
        yield from indented(told.say(lang), "", "  ")
    if not found.facts:
        yield words("what_if.no_fact").say(lang)
    called = "  ".join(str(row[part]) for part in IDENTITY if row.get(part))
    yield from indented(words("what_if.comes_to", village=called).say(lang), "", "  ")
    yield from _table([(None, found.village(found.index))], "what_if.same_amounts", lang)
    if not found.others:
        yield words("what_if.nobody_else").say(lang)
    else:
        told = words("what_if.others_move", villages=len(found.others))
        yield from indented(told.say(lang), "", "  ")
        for pool in found.pools():
            yield from indented(pool_said(policy, pool).say(lang), "  ")
        first = [(_called(found, at), found.village(at)) for at in found.others[:OTHERS_SHOWN]]
        yield from _table(first, "what_if.same_amounts", lang)
    if len(found.others) > OTHERS_SHOWN:
        yield words("what_if.and_more", villages=len(found.others) - OTHERS_SHOWN).say(lang)
    yield words("what_if.bill").say(lang)
    yield from _table([(None, found.sums())], "what_if.same_bill", lang)


def _called(found: WhatIf, index: int) -> str:
    row = found.before.rows[index]
    return str(row.get("name") or row.get("code") or "")


def _table(
    villages: Sequence[tuple[str | None, Sequence[Moved]]], none: str, lang: Lang
) -> Iterator[str]:
    """What differs, for one village or for several, which then are named."""
    named = any(name is not None for name, _ in villages)
    keys = ["what_if.amount", "what_if.now", "what_if.would_be", "what_if.difference"]
    rows: list[list[Cell]] = [
        [
            *([name or ""] if named else []), with_unit(one.output.title, one.output.type),
            Fen(one.before), Fen(one.after), Fen(one.by),
        ]
        for name, some in villages
        for one in some
    ]  # fmt: skip
    if not rows:
        yield from indented(words(none).say(lang), "  ")
        return
    heads = [words(key) for key in (["what_if.village"] if named else []) + keys]
    yield from table_text([Table(None, heads, rows, texts=1 + named)], lang)


def pool_said(policy: Policy, pool: PoolMoved) -> Words:
    """A pool that is not used as before, in a line."""
    one = pool.after or pool.before
    assert one is not None
    title = policy.programme(one.programme).title
    group = f" · {one.group}" if one.group and one.per != "village" else ""
    return words(
        "what_if.pool_moved", pool=Words(title.zh + group, title.en + group),
        before=_use(pool.before), after=_use(pool.after),
    )  # fmt: skip


def _use(pool: PoolUse | None) -> Words:
    if pool is None:
        return words("what_if.no_pool")
    used, amount = yuan(pool.used), yuan(pool.amount)
    return words("what_if.pool", claims=pool.claims, amount=amount, used=used)


def what_if_json(found: WhatIf) -> dict[str, Any]:
    """JSON-ready data; amounts in yuan, `others` with every village that moves."""
    policy = found.before.plan.policy
    kinds = {id_: policy.facts[id_].type for id_ in found.facts}
    return {
        "village": _who(found, found.index),
        "facts": {
            id_: {"was": bare(Amount(was, kinds[id_])), "is": bare(Amount(is_, kinds[id_]))}
            for id_, (was, is_) in found.facts.items()
        },
        "outputs": _data(found.village(found.index)),
        "others": [{**_who(found, at), "outputs": _data(found.village(at))} for at in found.others],
        "total": _data(found.sums()),
    }


def _who(found: WhatIf, index: int) -> dict[str, str]:
    row = found.before.rows[index]
    return {part: str(row[part]) for part in IDENTITY if row.get(part)}


def _data(some: Sequence[Moved]) -> dict[str, dict[str, str]]:
    return {
        one.output.id: {"now": plain_yuan(one.before), "then": plain_yuan(one.after)}
        for one in some
    }
