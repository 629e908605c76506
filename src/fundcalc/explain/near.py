"""Villages close to a line: a small change of one fact would change what they get.

Closeness is the distance to the nearest value at which other rules decide, as a share of that value.
Every line said has been replayed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from fundcalc.explain.decision import Amount, ChangeSaid
from fundcalc.explain.frames import ProgrammeFrame
from fundcalc.explain.gather import Explainer
from fundcalc.language.datatypes import Number, is_money


@dataclass(frozen=True, slots=True)
class Near:
    """One village (its position) near one line: `threshold` is the nearest value across it.

    `distance` counts in the fact's smallest unit; `before` and `change` are what would differ. `moves`
    is the most, in fen, by which an amount that somebody pays differs; in a programme without such
    amounts, any amount of money.
    """

    index: int
    programme: str
    value: Amount
    threshold: Amount
    distance: int
    before: dict[str, Amount]
    change: ChangeSaid
    moves: int

    @property
    def fact(self) -> str:
        """The fact's id."""
        return self.change.fact


def near(explainer: Explainer, within: Fraction) -> list[Near]:
    """All such lines, those that move most money first, of these the nearest. `within`: 1/20 for 5 %."""
    found = [
        line
        for frame in explainer.frames.programmes
        for index in _candidates(explainer, frame, within)
        for line in _of(explainer, frame, index, within)
    ]
    return sorted(found, key=lambda one: (-one.moves, one.distance, one.index))


def out_of_reach(explainer: Explainer) -> list[str]:
    """Programmes whose pools are too large to be shared again for one village."""
    changes = explainer.changes
    return [
        frame.programme.id
        for frame in explainer.frames.programmes
        if not changes.replayer.can(changes.programme(frame).chain)
    ]


def _candidates(explainer: Explainer, frame: ProgrammeFrame, within: Fraction) -> list[int]:
    """Villages with a number close to where some condition turns."""
    found: set[int] = set()
    changes = explainer.changes
    programme = changes.programme(frame)
    if not changes.replayer.can(programme.chain):
        return []
    for lever in programme.levers:
        if not isinstance(lever.fact.type, Number) or lever.fact.id not in _facts(explainer):
            continue
        ends = (lever.fact.low, lever.fact.high)
        lines = [m for m in lever.marks if isinstance(m, int) and (m not in ends or m == 0)]
        bands = [(m - _reach(m, within), m + _reach(m, within)) for m in lines]
        for index, value in enumerate(explainer.result.column(lever.fact.id)):
            if isinstance(value, int) and any(low <= value <= high for low, high in bands):
                found.add(index)
    return sorted(found)


def _facts(explainer: Explainer) -> set[str]:
    """The facts that the roster has."""
    rows = explainer.result.rows
    return set(rows[0]) if len(rows) else set()


def _reach(line: int, within: Fraction) -> int:
    return int(abs(line) * within)


def _of(
    explainer: Explainer, frame: ProgrammeFrame, index: int, within: Fraction
) -> Iterator[Near]:
    row = explainer.result.rows[index]
    outputs = {o.id: o for o in frame.programme.outputs}
    found = explainer.changes.of(frame, index)
    seen: set[tuple[str, object]] = set()
    for change in (*found.nearest, *found.other_rules):
        to, value = change.to.value, row[change.fact]
        if change.step or (change.fact, to) in seen or isinstance(value, bool):
            continue
        seen.add((change.fact, to))
        if not isinstance(to, int) or not isinstance(value, int):
            continue
        if isinstance(change.to.type, Number) and abs(to - value) <= _reach(to, within):
            before = {id_: frame.amount(outputs[id_], row[id_]) for id_ in change.outputs}
            yield Near(
                index, frame.programme.id, Amount(value, change.to.type), change.to,
                abs(to - value), before, change, _moves(frame, before, change),
            )  # fmt: skip


def _moves(frame: ProgrammeFrame, before: Mapping[str, Amount], change: ChangeSaid) -> int:
    money = [o for o in frame.programme.outputs if is_money(o.type)]
    paid = {o.id for o in money if o.payer is not None} or {o.id for o in money}
    moved = [(before[id_].value, change.outputs[id_].value) for id_ in paid & set(before)]
    fen = [abs(b - a) for a, b in moved if isinstance(a, int) and isinstance(b, int)]
    return max(fen, default=0)
