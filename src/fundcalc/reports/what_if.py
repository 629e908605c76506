"""What a village would get with other facts, and who moves with it: as text, and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fundcalc.analysis.what_if import Moved, PoolMoved, WhatIf
from fundcalc.base.catalogue import words
from fundcalc.base.money import plain_yuan, yuan
from fundcalc.base.words import Lang, Words
from fundcalc.engines.result import PoolUse
from fundcalc.explain.decision import Amount
from fundcalc.explain.words import bare, both
from fundcalc.policy.model import IDENTITY, Policy
from fundcalc.reports.table import Cell, Fen, Table, as_text, indented

SHOWN = 5
"""Other villages that the text names."""


def what_if_text(found: WhatIf, lang: Lang) -> str:
    """Lines of at most 80 columns: the facts, the village's amounts, the others, the bill."""
    return "\n".join(_lines(found, lang)) + "\n"


def _lines(found: WhatIf, lang: Lang) -> Iterator[str]:
    policy, row = found.before.plan.policy, found.before.rows[found.index]
    for id_, (was, is_) in found.facts.items():
        fact = policy.facts[id_]
        before, after = (both(Amount(value, fact.type)) for value in (was, is_))
        said = words("what_if.fact", fact=fact.title, was=before, now=after)
        yield from indented(said.say(lang), "", "  ")
    if not found.facts:
        yield words("what_if.no_fact").say(lang)
    called = "  ".join(str(row[part]) for part in IDENTITY if row.get(part))
    yield from indented(words("what_if.comes_to", village=called).say(lang), "", "  ")
    yield from _table([(None, found.village(found.index))], "what_if.same_amounts", lang)
    if not found.others:
        yield words("what_if.nobody_else").say(lang)
    else:
        said = words("what_if.others_move", villages=len(found.others))
        yield from indented(said.say(lang), "", "  ")
        for pool in found.pools():
            yield from indented(pool_said(policy, pool).say(lang), "  ")
        first = [(_called(found, at), found.village(at)) for at in found.others[:SHOWN]]
        yield from _table(first, "what_if.same_amounts", lang)
    if len(found.others) > SHOWN:
        yield words("what_if.and_more", villages=len(found.others) - SHOWN).say(lang)
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
    keys = (*(["village"] if named else []), "amount", "now", "would_be", "difference")
    rows: list[list[Cell]] = [
        [*([name or ""] if named else []), one.output.title, Fen(one.before), Fen(one.after), Fen(one.by)]
        for name, some in villages
        for one in some
    ]  # fmt: skip
    if not rows:
        yield from indented(words(none).say(lang), "  ")
        return
    heads = [words(f"what_if.{key}") for key in keys]
    yield from as_text([Table(None, heads, rows, texts=1 + named)], lang)


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
