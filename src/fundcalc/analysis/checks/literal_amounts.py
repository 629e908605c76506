"""Numbers in rules: amounts with no date and source of their own, and steps that look like decimals."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from fundcalc.analysis.bench import Bench
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.words import Words, listed
from fundcalc.language.datatypes import Number
from fundcalc.language.nodes import (
    Arithmetic,
    Choice,
    Const,
    Extreme,
    Negative,
    Node,
    Rescale,
    Round,
    children,
    walk,
)
from fundcalc.language.show import show
from fundcalc.language.units import PLAIN
from fundcalc.policy.model import Policy, Programme
from fundcalc.policy.plan import placed_expressions, values_of

CODE = "FC726"
_SHOWN = 6


def check(bench: Bench) -> Iterator[Diagnostic]:
    """One finding for each programme that has such amounts, with how many and where; each odd step."""
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
    yield from _odd_steps(bench.policy)


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
    """The expressions of which one is what a rule gives, and what it is multiplied by or added to."""
    match node:
        case Choice():
            yield from _given(node.yes)
            yield from _given(node.no)
        case Extreme():
            for item in node.items:
                yield from _given(item)
        case Arithmetic(op="/"):
            yield from _given(node.left)
        case Arithmetic() | Rescale() | Round() | Negative():
            for part in children(node):
                yield from _given(part)
        case _:
            yield node


def _odd_steps(policy: Policy) -> Iterator[Diagnostic]:
    """Roundings to multiples of 2, 3, …: by such a number, spreadsheets mean decimals."""
    found: dict[tuple[Span, Decimal], Number] = {}
    for programme in policy.programmes:
        for _, node, span in placed_expressions(programme):
            for part in walk(node):
                if isinstance(part, Round) and isinstance(part.type, Number):
                    found[span, _step(part.step, part.type)] = part.type
    for parameter in policy.parameters.values():
        if parameter.growth is not None and isinstance(parameter.type, Number):
            found[parameter.span, _step(parameter.growth.step, parameter.type)] = parameter.type
    for (span, step), kind in found.items():
        if step.as_tuple().digits in ((1,), (5,)):
            continue
        unit = kind.unit or PLAIN
        multiple = Words(
            f"{step:f} {unit.said('zh')}".strip(), f"{step:f} {unit.said('en')}".strip()
        )
        if step in range(2, 10):
            right = f"{Decimal(1).scaleb(-int(step)):f}"
            yield say("FC727.decimals", span, multiple=multiple, decimals=int(step), right=right)
        else:
            yield say("FC727", span, multiple=multiple)


def _step(step: int, kind: Number) -> Decimal:
    return Decimal(step).scaleb(-(kind.decimals or 0)).normalize()
