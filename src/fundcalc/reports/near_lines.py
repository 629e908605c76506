"""Villages close to a line, as text, JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from fundcalc.base.width import wrap
from fundcalc.base.words import Lang
from fundcalc.engines.result import Result
from fundcalc.explain.decision import Amount
from fundcalc.explain.near import Near
from fundcalc.explain.words import bare, said
from fundcalc.policy.model import IDENTITY
from fundcalc.reports.tables import safe

COLUMNS = (
    "code", "name", "county", "programme", "fact", "value", "threshold", "distance", "output",
    "now", "then",
)  # fmt: skip


def as_text(result: Result, found: Sequence[Near], lang: Lang) -> str:
    """A block a fact and threshold, nearest villages first; lines of at most 80 columns."""
    return "\n".join(_lines(result, found, lang)) + "\n"


def _lines(result: Result, found: Sequence[Near], lang: Lang) -> Iterator[str]:
    villages = len({one.index for one in found})
    if lang == "zh":
        yield f"{villages} 个村离界线很近，共 {len(found)} 处"
    else:
        yield f"Villages close to a line: {villages:,}; lines: {len(found):,}"
    last = ""
    for one in sorted(found, key=lambda n: (n.programme, n.fact, n.distance, n.index)):
        title = f"{one.programme} · {one.change.title.say(lang)}"
        if title != last:
            yield from ("", title)
            last = title
        yield from wrap(f"  {_called(result, one.index)}", 80)
        moved = [
            f"{_title(result, id_, lang)} {said(one.before[id_], lang)} → {said(after, lang)}"
            for id_, after in one.change.outputs.items()
        ]
        now, line = said(one.value, lang), said(one.threshold, lang)
        at = f"{now}；到 {line}：" if lang == "zh" else f"{now}; at {line}: "
        yield from (f"    {text}" for text in wrap(at + "; ".join(moved), 76))


def _called(result: Result, index: int) -> str:
    row = result.rows[index]
    return "  ".join(str(row[part]) for part in IDENTITY if row.get(part))


def _title(result: Result, output: str, lang: Lang) -> str:
    outputs = {o.id: o for p in result.plan.policy.programmes for o in p.outputs}
    return outputs[output].title.say(lang)


def as_json(result: Result, found: Sequence[Near]) -> list[dict[str, Any]]:
    """One object a line."""
    return [
        {
            **_place(result, one),
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
