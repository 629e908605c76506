"""What a pool shares, or an amount that somebody pays, may be below zero; a floor may be above its cap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Any

from fundcalc.analysis.bench import Bench, Replay, View, each_view
from fundcalc.analysis.checks.pool_without_weights import claims
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.core.desugar import Desugar
from fundcalc.core.smt import ANY_NUMBER
from fundcalc.engines.absent import granted
from fundcalc.language.datatypes import is_money
from fundcalc.language.nodes import Lookup, Scale, names, walk
from fundcalc.language.show import literal
from fundcalc.policy.model import Output
from fundcalc.policy.plan import deciding_expressions, placed_expressions, upstream

CODE = "FC714"


def check(bench: Bench) -> Iterator[Diagnostic]:
    """Every share whose parts some village makes negative, and every amount that somebody pays.

    An amount that rests on another that may be is not told beside it. Of tables every row of money, or of a
    scale, that is below zero.
    """
    below: set[str] = set()
    yield from each_view(CODE)(lambda view: chain(_shares(view), _paid(view, below)))(bench)
    yield from _rows(bench)


def _shares(view: View) -> Iterator[tuple[object, Diagnostic]]:
    for claim in claims(view):
        parts = {
            "checks.pool": claim.pool, "checks.weight": claim.weight, "checks.cap": claim.cap,
            "checks.floor": claim.floor,
        }  # fmt: skip
        for name, term in parts.items():
            if term is None:
                continue
            claimed = claim.member if name == "checks.pool" else claim.reached
            seen = view.proved(claim.span, lambda seen: seen.failed("FC405"), claimed, term < 0)
            if seen is not None:
                part = words(name)
                finding = view.say(CODE, claim.span, seen=seen, id=claim.id, part=part)
                yield (claim.id, name), finding
        if claim.cap is not None and claim.floor is not None:
            crossed = claim.floor > claim.cap
            seen = view.proved(
                claim.span, lambda seen: seen.failed("FC411"), claim.reached, crossed
            )
            if seen is not None:
                yield (
                    (claim.id, "cross"),
                    view.say("FC714.cross", claim.span, seen=seen, id=claim.id),
                )


def _paid(view: View, below: set[str]) -> Iterator[tuple[object, Diagnostic]]:
    placed = list(placed_expressions(view.programme))
    decided = [
        t for p in upstream(view.plan, view.programme) for t in view.space.villages.decided(p)
    ]
    for output in view.programme.outputs:
        bounds = view.plan.bounds.get(output.id)
        if not granted(output) or bounds is None or bounds.low >= 0:
            continue
        nodes = [node for owner, node, _ in placed if owner is output]
        if any(name.id in below for node in nodes for name in names(node)):
            below.add(output.id)
            continue
        for key, span, conditions in _ways(view, output):
            if key in view.told:
                continue
            open_before = len(view.bench.unsure)
            seen = view.proved(span, partial(_below, output.id), *conditions, *decided)
            del view.bench.unsure[open_before:]  # a run says which amounts are below zero
            if seen is not None:
                below.add(output.id)
                yield key, view.say("FC714.amount", span, seen=seen, output=output.title)


def _below(output: str, seen: Replay) -> bool:
    value = None if seen.result is None else seen.value(output)
    return isinstance(value, int) and value < 0


def _ways(view: View, output: Output) -> Iterator[tuple[object, Span, list[Any]]]:
    """Each way in which an output may come out below zero: its place, and what must hold for it."""
    programme, villages = view.programme, view.space.villages
    if output is not programme.result or programme.hit_policy.startswith("collect"):
        yield output.id, output.span, [villages.output(output.id) < 0]
        return
    bounds = Desugar("?", view.plan.constants, defaultdict(lambda: ANY_NUMBER, view.plan.bounds))
    for rule in programme.rules:
        if rule.then is not None and bounds.node(rule.then).bounds.low < 0:
            term = villages.value(programme, rule)
            yield (output.id, rule.id), rule.span, [villages.decides(programme, rule), term < 0]
    otherwise = programme.otherwise
    if otherwise is not None and bounds.node(otherwise.value).bounds.low < 0:
        term = villages.term(otherwise.value)
        yield (output.id, ""), otherwise.span, [villages.none_holds(programme), term < 0]


def _rows(bench: Bench) -> Iterator[Diagnostic]:
    expressions = (node for p in bench.plan.programmes for node in deciding_expressions(p))
    parts = (part for node in expressions for part in walk(node))
    tables = {part.table: part for part in parts if isinstance(part, Lookup | Scale)}
    for id_, part in tables.items():
        table = bench.policy.tables[id_]
        for row in part.rows if isinstance(part, Scale) or is_money(table.type) else ():
            if isinstance(row.value, int) and row.value < 0:
                value = literal(row.value, table.type)
                yield say("FC714.row", table.rows[row.number].span, table=id_, value=value)
