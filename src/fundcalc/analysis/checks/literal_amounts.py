"""Amounts stand in rules themselves, where no date and no source goes with them."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.analysis.bench import Bench
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.words import listed
from fundcalc.language.datatypes import Number
from fundcalc.language.nodes import Choice, Const, Extreme, Node, Round, walk
from fundcalc.language.show import show
from fundcalc.policy.model import Programme
from fundcalc.policy.plan import values_of

CODE = "FC726"
_SHOWN = 6


def check(bench: Bench) -> Iterator[Diagnostic]:
    """One finding for each programme that has such amounts, with how many and where."""
    for programme in bench.policy.programmes:
        amounts = list(_amounts(programme))
        if amounts:
            texts = list(dict.fromkeys(show(number) for number, _ in amounts))
            shown = [*texts[:_SHOWN], *(["…"] if len(texts) > _SHOWN else [])]
            spans = list(dict.fromkeys(span for _, span in amounts))[:_SHOWN]
            yield say(
                CODE, *spans[:1], spans=spans[1:], programme=programme.id, count=len(amounts),
                numbers=listed(shown),
            )  # fmt: skip


def _amounts(programme: Programme) -> Iterator[tuple[Const, Span]]:
    """Money anywhere, and bare numbers that are given; where rule and day have a source and a date, none."""
    dated = programme.period.first is not None
    for rule in programme.rules:
        if not (rule.source and (dated or rule.period.first)):
            for node in (rule.when, *values_of(rule)):
                gives = node is not rule.when
                for number in _literals(node, gives):
                    yield (
                        number,
                        rule.places(*number.at) if rule.places and not gives else rule.span,
                    )
    last = programme.otherwise
    if last is not None and not (last.source and (dated or last.period.first)):
        yield from ((number, last.span) for number in _literals(last.value, gives=True))
    for also in programme.also:
        if not (also.source and dated):
            nodes = values_of(also)
            yield from ((number, also.span) for n in nodes for number in _literals(n, gives=True))


def _literals(node: Node, gives: bool) -> list[Const]:
    """Money but nothing, and of what is given numbers but 0 and 1; the step of a rounding is no amount."""
    given_ids = {id(number) for number in _given(node)} if gives else set()
    steps = {id(part.to) for part in walk(node) if isinstance(part, Round)}
    return [
        part
        for part in walk(node)
        if isinstance(part, Const)
        and isinstance(part.type, Number)
        and id(part) not in steps
        and (
            _money(part)
            or (id(part) in given_ids and part.value not in (0, 10 ** (part.type.decimals or 0)))
        )
    ]


def _money(number: Const) -> bool:
    unit = number.type.unit if isinstance(number.type, Number) else None
    return bool(number.value and unit and unit.decimals)


def _given(node: Node) -> Iterator[Node]:
    """The expressions of which one is what a rule gives."""
    match node:
        case Choice():
            yield from _given(node.yes)
            yield from _given(node.no)
        case Extreme():
            for item in node.items:
                yield from _given(item)
        case _:
            yield node
