"""What other facts would come to: villages close to a line, and one village tried out; as text and data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from fundcalc.analysis.what_if import Moved, PoolMoved, WhatIf
from fundcalc.base.catalogue import words
from fundcalc.base.money import grouped, plain, plain_yuan, yuan
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words
from fundcalc.engines.result import PoolUse, Result, label
from fundcalc.explain.decision import Amount
from fundcalc.explain.gather import Near
from fundcalc.explain.words import bare, both, said
from fundcalc.language.datatypes import Number
from fundcalc.language.show import amount_said
from fundcalc.policy.columns import with_unit
from fundcalc.policy.model import IDENTITY, Policy
from fundcalc.reports.files import csv_text
from fundcalc.reports.summary import amount_cell, decimals_of, stake_said
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


def read_share(text: str) -> Fraction | None:
    """`5 %` as an exact share above nothing and up to the whole; None where it is none."""
    number, percent, rest = text.strip().replace("％", "%").partition("%")
    try:
        share = Fraction(number.strip()) / 100
    except (ValueError, ZeroDivisionError):
        return None
    return share if percent and not rest.strip() and 0 < share <= 1 else None


def as_text(result: Result, near_lines: Sequence[Near], lang: Lang, *, whole: bool = False) -> str:
    """A block a programme and fact, lines that move most money first, of at most 80 columns.

    A block has `SHOWN` lines and says how many more there are, or all of them if `whole`.
    """
    return "\n".join(_lines(result, near_lines, lang, whole)) + "\n"


def _lines(result: Result, near_lines: Sequence[Near], lang: Lang, whole: bool) -> Iterator[str]:
    villages = len({near_line.index for near_line in near_lines})
    yield words("reports.close", villages=villages, lines=len(near_lines)).say(lang)
    blocks: dict[str, list[Near]] = {}
    for near_line in near_lines:
        programme = result.plan.policy.programme(near_line.programme).title.say(lang)
        blocks.setdefault(f"{programme} · {near_line.change.title.say(lang)}", []).append(near_line)
    for title, lines in blocks.items():
        count = len(lines) if whole else SHOWN
        yield from ("", title)
        for near_line in lines[:count]:
            yield from _line(result, near_line, lang)
        if lines[count:]:
            yield from wrap(f"  {_not_shown(result, lines[count:]).say(lang)}", COLUMNS)


def _line(result: Result, near_line: Near, lang: Lang) -> Iterator[str]:
    row = result.rows[near_line.index]
    yield from wrap(f"  {'  '.join(str(row[part]) for part in IDENTITY if row.get(part))}", COLUMNS)
    titles = {o.id: o.title for p in result.plan.policy.programmes for o in p.outputs}
    changes = [
        f"{titles[id_].say(lang)} {said(near_line.before[id_], lang)} → {said(after, lang)}"
        for id_, after in near_line.change.outputs.items()
    ]
    now, line = said(near_line.value, lang), said(near_line.threshold, lang)
    at_line = words("reports.at_line", now=now, line=line).say(lang)
    text = at_line + words("reports.semicolon").say(lang).join(changes)
    yield from (f"    {text}" for text in wrap(text, COLUMNS - 4))


def as_table(result: Result, near_lines: Sequence[Near], lang: Lang) -> Table:
    """A row a line: who, the number, the line, what it would change, and the money that moves."""
    titles = {o.id: o.title for p in result.plan.policy.programmes for o in p.outputs}
    has_stake = result.plan.policy.stake_unit is not None
    heads = [
        words("reports.village"), words("reports.programme"), words("reports.near_fact"),
        words("reports.near_value"), words("reports.near_line"), words("reports.near_moves"),
        *([words("reports.near_stake")] if has_stake else []),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for near_line in near_lines:
        changes = [
            f"{titles[id_].say(lang)} {said(near_line.before[id_], lang)} → {said(after, lang)}"
            for id_, after in near_line.change.outputs.items()
        ]
        rows.append(
            [
                label(result.rows[near_line.index]),
                result.plan.policy.programme(near_line.programme).title, near_line.change.title,
                said(near_line.value, lang), said(near_line.threshold, lang), "\n".join(changes),
                *([Fen(near_line.moves)] if has_stake else []),
            ]
        )  # fmt: skip
    return Table(None, heads, rows, texts=6, sentences=True)


def _not_shown(result: Result, others: Sequence[Near]) -> Words:
    """How many are not shown, and that none of them moves more than those shown."""
    fen, policy = max(near_line.moves for near_line in others), result.plan.policy
    money = {output.id for output in policy.money_outputs}
    most = (
        words("reports.moves_at_most", amount=yuan(fen), unit=stake_said(policy))
        if any(money & {*near_line.change.outputs} for near_line in others)
        else words("reports.moves_no_money")
    )
    return words("reports.more_lines", rest=len(others), most=most)


def as_json(result: Result, near_lines: Sequence[Near]) -> list[dict[str, Any]]:
    """One object a line; `moves` is the money at stake, in its unit; null where the policy has none."""
    has_stake = result.plan.policy.stake_unit is not None
    return [
        {
            **place,
            "moves": plain_yuan(near_line.moves) if has_stake else None,
            "outputs": {id_: {"now": now, "then": then} for id_, now, then in _changes(near_line)},
        }
        for near_line, place in zip(near_lines, _places(result, near_lines), strict=True)
    ]


def as_csv(result: Result, near_lines: Sequence[Near], lang: Lang) -> str:
    """One row a line and output; in Chinese with titles where the English one has ids."""
    if lang == "zh":
        heads = words("reports.near_columns").zh.split(",")
        return csv_text(heads, _in_chinese(result, near_lines), lang, "\n")
    rows = (
        [*place.values(), id_, Exact(now), Exact(then)]
        for near_line, place in zip(near_lines, _places(result, near_lines), strict=True)
        for id_, now, then in _changes(near_line)
    )
    return csv_text(CSV_COLUMNS, rows, lang, "\n")


def _in_chinese(result: Result, near_lines: Sequence[Near]) -> Iterator[list[Cell]]:
    policy = result.plan.policy
    titles = {o.id: o.title for p in policy.programmes for o in p.outputs}

    def figure(amount: Amount) -> Cell:
        return Exact(bare(amount)) if isinstance(amount.type, Number) else said(amount, "zh")

    for near_line, known in zip(near_lines, _places(result, near_lines), strict=True):
        place = {
            **known,
            "programme": policy.programme(near_line.programme).title.zh,
            "fact": near_line.change.title.zh,
        }
        for id_, after in near_line.change.outputs.items():
            yield [*place.values(), titles[id_], figure(near_line.before[id_]), figure(after)]


def _places(result: Result, near_lines: Sequence[Near]) -> Iterator[dict[str, str]]:
    """Who is close to which line, for each of some lines; the villages' columns are taken whole."""
    import numpy as np

    indices = np.array([near_line.index for near_line in near_lines], dtype=np.int64)
    first_row = result.rows[0] if near_lines else {}
    parts = {
        part: result.at(part, indices) if part in first_row else [""] * len(near_lines)
        for part in ("code", "name", "county")
    }
    for near_line, *texts in zip(near_lines, *parts.values(), strict=True):
        yield {
            **{part: str(text) for part, text in zip(parts, texts, strict=True)},
            "programme": near_line.programme,
            "fact": near_line.fact,
            "value": bare(near_line.value),
            "threshold": bare(near_line.threshold),
            "distance": bare(Amount(near_line.distance, near_line.threshold.type)),
        }


def _changes(near_line: Near) -> Iterator[tuple[str, str, str]]:
    for id_, after in near_line.change.outputs.items():
        yield id_, bare(near_line.before[id_]), bare(after)


# -- one village with other facts ---------------------------------------------------------------------


def what_if_text(what_if: WhatIf, lang: Lang) -> str:
    """Lines of at most 80 columns: the facts, the village's amounts, the others, the bill."""
    return "\n".join(_what_if_lines(what_if, lang)) + "\n"


def _what_if_lines(what_if: WhatIf, lang: Lang) -> Iterator[str]:
    policy, row = what_if.before.plan.policy, what_if.before.rows[what_if.index]
    for id_, (old, new) in what_if.facts.items():
        fact = policy.facts[id_]
        before, after = (both(Amount(value, fact.type)) for value in (old, new))
        line = words("what_if.fact", fact=fact.title, was=before, now=after)
        yield from indented(line.say(lang), "", "  ")
    if not what_if.facts:
        yield words("what_if.no_fact").say(lang)
    village = "  ".join(str(row[part]) for part in IDENTITY if row.get(part))
    yield from indented(words("what_if.comes_to", village=village).say(lang), "", "  ")
    yield from _table([(None, what_if.village(what_if.index))], "what_if.same_amounts", lang)
    if not what_if.others:
        yield words("what_if.nobody_else").say(lang)
    else:
        line = words("what_if.others_move", villages=len(what_if.others))
        yield from indented(line.say(lang), "", "  ")
        for pool in what_if.pools():
            yield from indented(pool_said(policy, pool).say(lang), "  ")
        first = [
            (_name_of(what_if, index), what_if.village(index))
            for index in what_if.others[:OTHERS_SHOWN]
        ]
        yield from _table(first, "what_if.same_amounts", lang)
    if len(what_if.others) > OTHERS_SHOWN:
        yield words("what_if.and_more", villages=len(what_if.others) - OTHERS_SHOWN).say(lang)
    yield words("what_if.bill").say(lang)
    yield from _table([(None, what_if.sums())], "what_if.same_bill", lang)


def _name_of(what_if: WhatIf, index: int) -> str:
    row = what_if.before.rows[index]
    return str(row.get("name") or row.get("code") or "")


def _table(
    villages: Sequence[tuple[str | None, Sequence[Moved]]], none: str, lang: Lang
) -> Iterator[str]:
    """What differs, for one village or for several, which then are named."""
    with_names = any(name is not None for name, _ in villages)
    keys = ["what_if.amount", "what_if.now", "what_if.would_be", "what_if.difference"]
    rows: list[list[Cell]] = [
        [
            *([name or ""] if with_names else []), with_unit(move.output.title, move.output.type),
            *(amount_cell(move.output, n) for n in (move.before, move.after, move.by)),
        ]
        for name, moves in villages
        for move in moves
    ]  # fmt: skip
    if not rows:
        yield from indented(words(none).say(lang), "  ")
        return
    heads = [words(key) for key in (["what_if.village"] if with_names else []) + keys]
    yield from table_text([Table(None, heads, rows, texts=1 + with_names)], lang)


def pool_said(policy: Policy, pool: PoolMoved) -> Words:
    """A pool that is not used as before, in a line."""
    use = pool.after or pool.before
    assert use is not None
    title = policy.programme(use.programme).title
    group = f" · {use.group}" if use.group and use.per != "village" else ""
    return words(
        "what_if.pool_moved", pool=Words(title.zh + group, title.en + group),
        before=_use(policy, pool.before), after=_use(policy, pool.after),
    )  # fmt: skip


def _use(policy: Policy, pool: PoolUse | None) -> Words:
    if pool is None:
        return words("what_if.no_pool")
    kind = policy.programme(pool.programme).shared(pool.item)
    used, amount = grouped(pool.used, kind.decimals or 0), amount_said(pool.amount, kind)
    return words("what_if.pool", claims=pool.claims, amount=amount, used=used)


def what_if_json(what_if: WhatIf) -> dict[str, Any]:
    """JSON-ready data; amounts in yuan, `others` with every village that moves."""
    policy = what_if.before.plan.policy
    kinds = {id_: policy.facts[id_].type for id_ in what_if.facts}
    return {
        "village": _identity(what_if, what_if.index),
        "facts": {
            id_: {"was": bare(Amount(old, kinds[id_])), "is": bare(Amount(new, kinds[id_]))}
            for id_, (old, new) in what_if.facts.items()
        },
        "outputs": _moves_json(what_if.village(what_if.index)),
        "others": [
            {**_identity(what_if, index), "outputs": _moves_json(what_if.village(index))}
            for index in what_if.others
        ],
        "total": _moves_json(what_if.sums()),
    }


def _identity(what_if: WhatIf, index: int) -> dict[str, str]:
    row = what_if.before.rows[index]
    return {part: str(row[part]) for part in IDENTITY if row.get(part)}


def _moves_json(moves: Sequence[Moved]) -> dict[str, dict[str, str]]:
    return {
        move.output.id: {
            "now": plain(move.before, decimals_of(move.output)),
            "then": plain(move.after, decimals_of(move.output)),
        }
        for move in moves
    }
