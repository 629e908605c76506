"""Villages close to a line, as text, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from fundcalc.base.catalogue import words
from fundcalc.base.money import plain_yuan, yuan
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words
from fundcalc.engines.result import Result, label
from fundcalc.explain.decision import Amount
from fundcalc.explain.gather import Near
from fundcalc.explain.words import bare, said
from fundcalc.language.datatypes import Number
from fundcalc.policy.model import IDENTITY
from fundcalc.reports.files import csv_text
from fundcalc.reports.table import COLUMNS, Cell, Exact, Fen, Table

CSV_COLUMNS = (
    "code", "name", "county", "programme", "fact", "value", "threshold", "distance", "output",
    "now", "then",
)  # fmt: skip
SHOWN = 10
"""Lines of one programme and fact that the text shows unless all are asked for."""


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
            yield from wrap(f"  {_more(lines[shown:]).say(lang)}", COLUMNS)


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


def _more(rest: Sequence[Near]) -> Words:
    """How many are not shown, and that none of them moves more than those shown."""
    fen = max(one.moves for one in rest)
    most = (
        words("reports.moves_at_most", amount=yuan(fen)) if fen else words("reports.moves_no_money")
    )
    return words("reports.more_lines", rest=len(rest), most=most)


def as_json(result: Result, found: Sequence[Near]) -> list[dict[str, Any]]:
    """One object a line; `moves` is the money at stake, in yuan."""
    return [
        {
            **_place(result, one),
            "moves": plain_yuan(one.moves),
            "outputs": {id_: {"now": now, "then": then} for id_, now, then in _moved(one)},
        }
        for one in found
    ]


def as_csv(result: Result, found: Sequence[Near], lang: Lang) -> str:
    """One row a line and output; in Chinese with titles where the English one has ids."""
    if lang == "zh":
        heads = words("reports.near_columns").zh.split(",")
        return csv_text(heads, _in_chinese(result, found), lang, "\n")
    rows = (
        [*_place(result, one).values(), id_, Exact(now), Exact(then)]
        for one in found
        for id_, now, then in _moved(one)
    )
    return csv_text(CSV_COLUMNS, rows, lang, "\n")


def _in_chinese(result: Result, found: Sequence[Near]) -> Iterator[list[Cell]]:
    policy = result.plan.policy
    titles = {o.id: o.title for p in policy.programmes for o in p.outputs}

    def shown(amount: Amount) -> Cell:
        return Exact(bare(amount)) if isinstance(amount.type, Number) else said(amount, "zh")

    for one in found:
        place = {
            **_place(result, one),
            "programme": policy.programme(one.programme).title.zh,
            "fact": one.change.title.zh,
        }
        for id_, after in one.change.outputs.items():
            yield [*place.values(), titles[id_], shown(one.before[id_]), shown(after)]


def _place(result: Result, one: Near) -> dict[str, str]:
    row = result.rows[one.index]
    return {
        **{part: str(row.get(part, "")) for part in ("code", "name", "county")},
        "programme": one.programme,
        "fact": one.fact,
        "value": bare(one.value),
        "threshold": bare(one.threshold),
        "distance": bare(Amount(one.distance, one.threshold.type)),
    }


def _moved(one: Near) -> Iterator[tuple[str, str, str]]:
    for id_, after in one.change.outputs.items():
        yield id_, bare(one.before[id_]), bare(after)
