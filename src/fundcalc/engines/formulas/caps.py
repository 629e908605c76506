"""Up to which cap a pool fills its claims, as formulas: the steps of `filling`, four columns each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fundcalc.engines.formulas.cells import LIMIT, Cell, Err, TooLarge, lift, whole
from fundcalc.engines.formulas.claims import Claims, Pool
from fundcalc.engines.formulas.filling import Filling, Step, sizes
from fundcalc.engines.formulas.ground import Col, Ground
from fundcalc.engines.formulas.groups import ALONE


@dataclass(frozen=True, slots=True)
class Level:
    """By group what caps leave, and the weights that stay open as a formula and as values.

    `full` is 1 for the villages at their cap; None where there are no caps.
    """

    rest: Col
    open_text: str
    open_values: Sequence[Cell]
    full: Col | None


def no_caps(pool: Pool) -> Level:
    """Nothing is capped: all of the pool is left for all weights."""
    return Level(pool.amount, pool.weights.cell, pool.weights.values, None)


class Caps:
    """The search for one share's level, in every group at once."""

    def __init__(self, ground: Ground, claims: Claims, pool: Pool) -> None:
        assert claims.cap is not None
        self._ground = ground
        self._claims = claims
        self._pool = pool
        self._cap, self._weight = claims.cap, claims.weight
        ratios: list[Cell] = [
            whole(cap) / whole(weight) if weight else 0
            for cap, weight in zip(self._cap.values, self._weight.values, strict=True)
        ]
        w = self._weight.cell
        self._ratio = ground.village("ratio", f"IF({w}>0,{self._cap.cell}/{w},0)", ratios)
        self._fillings = self._made()

    def _made(self) -> list[Filling | Err]:
        """Each group's claims as the search sees them."""
        members: list[list[tuple[int, int]]] = [[] for _ in range(self._ground.groups.grid.rows)]
        numbers = self._ground.number.values
        for number, weight, cap in zip(numbers, self._weight.values, self._cap.values, strict=True):
            if number != ALONE and weight:
                members[whole(number) - 1].append((whole(weight), whole(cap)))
        return [
            amount if isinstance(amount, Err) else Filling(whole(amount), claims)
            for amount, claims in zip(self._pool.amount.values, members, strict=True)
        ]

    def level(self) -> Level:
        """Take as many claims as can be filled, by halving. Raises TooLarge."""
        ground, count = self._ground, self._count()
        taken = Col("0", "", [0] * len(self._fillings))
        for n, size in enumerate(sizes(ground.villages), 1):
            taken = self._step(n, size, count, taken)
        steps = [
            f if isinstance(f, Err) else f.at(whole(t), whole(t))
            for f, t in zip(self._fillings, taken.values, strict=True)
        ]
        text = f"IF({taken.cell}>0,{self._ranked(count, taken.cell)},0)"
        level = ground.group("level", text, _each(steps, "ratio"))
        caps = lift(lambda p, c: p - c, self._pool.amount.values, _each(steps, "caps"))
        rest = ground.group(
            "rest", f"{self._pool.amount.cell}-{self._upto(level, self._cap)}", caps
        )
        open_values = lift(lambda s, w: s - w, self._pool.weights.values, _each(steps, "weights"))
        reached = f"IF({self._ratio.cell}<={ground.looked_up(level)},1,0)"
        full = ground.village("full", f"IF({self._claims.within},{reached},0)", self._full(level))
        open_text = f"({self._pool.weights.cell}-{self._upto(level, self._weight)})"
        return Level(rest, open_text, open_values, full)

    def _count(self) -> str:
        """How many villages of a group have a weight."""
        ground = self._ground
        counts = ground.sums([1 if weight else 0 for weight in self._weight.values])
        own = ground.groups.own_number
        text = f'COUNTIFS({ground.number.range},{own},{self._weight.range},">0")'
        if self._claims.most_cap * ground.villages >= LIMIT:
            if max(ground.sums(self._cap.values)) >= LIMIT:
                raise TooLarge
            text = f"IF({ground.sum(self._cap)}<1E+15,{text},NA())"
        return ground.group("claims", text, counts).cell

    def _step(self, n: int, size: int, count: str, taken: Col) -> Col:
        """Ask whether `size` claims more can be filled."""
        ground, pool = self._ground, self._pool
        steps = [
            f if isinstance(f, Err) else f.step(size, whole(t))
            for f, t in zip(self._fillings, taken.values, strict=True)
        ]
        place = f"({taken.cell}+{size})"
        text = f"IF({place}<={count},{self._ranked(count, place)},0)"
        asked = ground.group("asked", text, _each(steps, "ratio"), n)
        sums = [f"IF({asked.cell}>0,{self._upto(asked, c)},0)" for c in (self._cap, self._weight)]
        caps = ground.group("caps_to", sums[0], _each(steps, "caps"), n)
        weights = ground.group("weights_to", sums[1], _each(steps, "weights"), n)
        left = f"{pool.amount.cell}-{caps.cell}"
        fits = f"{asked.cell}*({pool.weights.cell}-{weights.cell})<={left}"
        text = f"IF({place}<={count},IF({fits},{place},{taken.cell}),{taken.cell})"
        return ground.group("taken", text, _each(steps, "taken"), n)

    def _ranked(self, count: str, place: str) -> str:
        """The cap / weight at a place of a group, counted from the smallest."""
        return f"SUMPRODUCT(LARGE({self._ground.members()}*{self._ratio.range},{count}-{place}+1))"

    def _upto(self, ratio: Col, added: Col) -> str:
        """Caps or weights of a group's claims up to a cap / weight."""
        ratios = self._ratio.range
        upto = f"{self._ground.members()}*({ratios}>0)*({ratios}<={ratio.cell})"
        return f"SUMPRODUCT({upto}*{added.range})"

    def _full(self, level: Col) -> list[Cell]:
        """Which villages are at their cap."""
        found: list[Cell] = []
        for index, (weight, ratio) in enumerate(
            zip(self._weight.values, self._ratio.values, strict=True)
        ):
            limit = self._ground.of_group(level.values, index) if weight else 0
            takes = weight and self._ground.number.values[index] != ALONE
            found.append(int(bool(takes) and not isinstance(limit, Err) and ratio <= limit))  # type: ignore[operator]
        return found


def _each(steps: Sequence[Step | Err], name: str) -> list[Cell]:
    """One figure of each group's step."""
    return [step if isinstance(step, Err) else getattr(step, name) for step in steps]
