"""Villages close to a line, as text, JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from fundcalc.base.money import FEN_DECIMALS, grouped, plain
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang
from fundcalc.engines.result import Result
from fundcalc.explain.decision import Amount
from fundcalc.explain.gather import Near
from fundcalc.explain.words import bare, said
from fundcalc.policy.model import IDENTITY
from fundcalc.reports.tables import safe

COLUMNS = (
    "code", "name", "county", "programme", "fact", "value", "threshold", "distance", "output",
    "now", "then",
)  # fmt: skip


SHOWN = 10
"""Lines of one programme and fact that the text shows unless all are asked for."""


def as_text(result: Result, found: Sequence[Near], lang: Lang, *, whole: bool = False) -> str:
    """A block a programme and fact, lines that move most money first, of at most 80 columns.

    A block has `SHOWN` lines and says how many more there are, or all of them if `whole`.
    """
    return "\n".join(_lines(result, found, lang, whole)) + "\n"


def _lines(result: Result, found: Sequence[Near], lang: Lang, whole: bool) -> Iterator[str]:
    villages = len({one.index for one in found})
    if lang == "zh":
        yield f"{villages} 个村离界线很近，共 {len(found)} 处；牵动金额大的在前"
    else:
        yield f"Villages close to a line: {villages:,}; lines: {len(found):,}; most money first"
    blocks: dict[str, list[Near]] = {}
    for one in found:
        blocks.setdefault(f"{one.programme} · {one.change.title.say(lang)}", []).append(one)
    for title, lines in blocks.items():
        shown = len(lines) if whole else SHOWN
        yield from ("", title)
        for one in lines[:shown]:
            yield from _line(result, one, lang)
        if lines[shown:]:
            yield from wrap(f"  {_more(lines[shown:], lang)}", 80)


def _line(result: Result, one: Near, lang: Lang) -> Iterator[str]:
    yield from wrap(f"  {_called(result, one.index)}", 80)
    moved = [
        f"{_title(result, id_, lang)} {said(one.before[id_], lang)} → {said(after, lang)}"
        for id_, after in one.change.outputs.items()
    ]
    now, line = said(one.value, lang), said(one.threshold, lang)
    at = f"{now}；到 {line}：" if lang == "zh" else f"{now}; at {line}: "
    yield from (
        f"    {text}" for text in wrap(at + ("；" if lang == "zh" else "; ").join(moved), 76)
    )


def _more(rest: Sequence[Near], lang: Lang) -> str:
    """How many are not shown, and that none of them moves more than those shown."""
    fen = max(one.moves for one in rest)
    most = grouped(fen, FEN_DECIMALS)
    if lang == "zh":
        said_ = f"每处至多牵动 {most} 元" if fen else "都不牵动金额"
        return f"…… 还有 {len(rest)} 处，{said_}；加 --all 全部列出"
    said_ = f"each moving {most} yuan at most" if fen else "none of which moves money"
    return f"… and {len(rest):,} more, {said_}: --all lists them"


def _called(result: Result, index: int) -> str:
    row = result.rows[index]
    return "  ".join(str(row[part]) for part in IDENTITY if row.get(part))


def _title(result: Result, output: str, lang: Lang) -> str:
    outputs = {o.id: o for p in result.plan.policy.programmes for o in p.outputs}
    return outputs[output].title.say(lang)


def as_json(result: Result, found: Sequence[Near]) -> list[dict[str, Any]]:
    """One object a line; `moves` is the money at stake, in yuan."""
    return [
        {
            **_place(result, one),
            "moves": plain(one.moves, FEN_DECIMALS),
            "outputs": {id_: {"now": now, "then": then} for id_, now, then in _moved(one)},
        }
        for one in found
    ]


def as_csv(result: Result, found: Sequence[Near]) -> str:
    """One row a line and output."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in found:
        place = [safe(text) for text in _place(result, one).values()]
        for moved in _moved(one):
            writer.writerow([*place, *moved])
    return out.getvalue()


def _place(result: Result, one: Near) -> dict[str, str]:
    row = result.rows[one.index]
    return {
        "code": str(row.get("code", "")), "name": str(row.get("name", "")),
        "county": str(row.get("county", "")), "programme": one.programme, "fact": one.fact,
        "value": bare(one.value), "threshold": bare(one.threshold),
        "distance": bare(Amount(one.distance, one.threshold.type)),
    }  # fmt: skip


def _moved(one: Near) -> Iterator[tuple[str, str, str]]:
    for id_, after in one.change.outputs.items():
        yield id_, bare(one.before[id_]), bare(after)
