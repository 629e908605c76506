"""A shared pool as formulas: weights and caps by village, amounts and the last fen by group.

A share is `weight * rest / open weights`, cut to whole fen; the fen that are left go to the largest
remainders, equal ones by the order of the villages. Nothing is ranked village against village: each group
looks up once which remainder is the last to get a fen, so that work grows with villages times groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fundcalc.engines.formulas.caps import Caps, Level, no_caps
from fundcalc.engines.formulas.cells import LIMIT, Cell, Err, Expr, lift, whole
from fundcalc.engines.formulas.claims import Claimed, Claims, Pool, claims, own_pool, pool
from fundcalc.engines.formulas.division import Parts, divide
from fundcalc.engines.formulas.ground import HEADS, Col, Ground
from fundcalc.engines.formulas.groups import ALONE, Groups
from fundcalc.engines.formulas.lower import Lower
from fundcalc.language.nodes import Value
from fundcalc.policy.model import Share


@dataclass(frozen=True, slots=True)
class Setting:
    """What all shares of a plan have in common; `place` is each village's place among equals."""

    lower: Lower
    groups: Groups
    known: Mapping[str, Value]
    place: Col


def shared(setting: Setting, share: Share, claimed: Claimed) -> Expr:
    """The cell with a village's share in smallest units.

    Raises TooLarge where a number has more digits than a cell computes exactly.
    """
    ground = Ground(setting.lower, setting.groups)
    found = claims(ground, share, claimed)
    alone = _alone(ground, share, found, setting.known) if found.alone else None
    if not found.grouped:
        assert alone is not None
        return setting.lower.keep(alone, HEADS["share"])
    amounts = pool(ground, share, found, setting.known)
    level = no_caps(amounts) if found.cap is None else Caps(ground, found, amounts).level()
    parts = divide(ground, found, amounts, level)
    together = _Units(ground, found, amounts, level, parts).shares(setting.place)
    if alone is not None:
        together = _either(ground, alone, together)
    return setting.lower.keep(together, HEADS["share"])


def _alone(ground: Ground, share: Share, found: Claims, known: Mapping[str, Value]) -> Expr:
    """The share of a village that is a group by itself: its pool, up to its cap."""
    own = own_pool(ground, share, found, known)
    least, caps = own.text, own.values()
    if found.cap is not None:
        least, caps = f"MIN({own.text},{found.cap.cell})", found.cap.values
    amounts = lift(min, own.values(), caps)
    values = [a if w else 0 for a, w in zip(amounts, found.weight.values, strict=True)]
    return Expr(f"IF({found.weight.cell}>0,{least},0)", lambda: values, 0, own.high, depth=3)


def _either(ground: Ground, alone: Expr, together: Expr) -> Expr:
    values = [
        a if number == ALONE else t
        for a, t, number in zip(
            alone.values(), together.values(), ground.number.values, strict=True
        )
    ]
    text = f"IF({ground.number.cell}={ALONE},{alone.text},{together.text})"
    return Expr(text, lambda: values, 0, max(alone.high, together.high), depth=6)


class _Units:
    """Hands out the units that whole parts leave over."""

    def __init__(
        self, ground: Ground, claims_: Claims, amounts: Pool, level: Level, parts: Parts
    ) -> None:
        self._ground = ground
        self._claims = claims_
        self._pool = amounts
        self._parts = parts
        self._base, self._remainder = parts.whole, parts.remainder
        self._wrong: Col | None = None
        if level.full is not None and claims_.cap is not None:
            self._under_caps(level.full, claims_.cap)

    def _under_caps(self, full: Col, cap: Col) -> None:
        """The cap where it is reached; and a check that it is reached where the level says so."""
        ground, parts = self._ground, self._parts
        q, m, c, f = parts.whole.cell, parts.remainder.cell, cap.cell, full.cell
        pairs = list(zip(full.values, cap.values, parts.whole.values, strict=True))
        bases = [one if filled else quotient for filled, one, quotient in pairs]
        self._base = ground.village("base", f"IF({f}=1,{c},{q})", bases)
        rests: list[Cell] = [
            0 if filled else rest
            for filled, rest in zip(full.values, parts.remainder.values, strict=True)
        ]
        self._remainder = ground.village("remainder", f"IF({f}=1,0,{m})", rests)
        over = f"IF({q}>{c},1,IF(AND({q}={c},{m}>0),1,0))"
        text = f"IF({parts.open.cell}>0,IF({f}=1,IF({c}>{q},1,0),{over}),0)"
        self._wrong = ground.village("wrong", text, [0] * ground.villages)

    def shares(self, place: Col) -> Expr:
        """Each village's share; #N/A for a group whose level is not exact."""
        ground, base, remainder = self._ground, self._base, self._remainder
        left = self._left()
        last, last_place, extra = self._last(left.values, [whole(p) for p in place.values])
        members, many = ground.members(), left.cell
        text = f"IF({many}>0,SUMPRODUCT(LARGE({members}*{remainder.range},{many})),1E+15)"
        last_at = ground.group("last", text, last)
        end = ground.villages + 1
        ties = f"{members}*({remainder.range}={last_at.cell})*({end}-{place.range})"
        rank = f"{many}-SUMPRODUCT({members}*({remainder.range}>{last_at.cell}))"
        text = f"IF({many}>0,{end}-SUMPRODUCT(LARGE({ties},{rank})),0)"
        place_at = ground.group("last_place", text, last_place)
        m, line = remainder.cell, ground.looked_up(last_at)
        tie = f"IF({place.cell}<={ground.looked_up(place_at)},1,0)"
        unit = f"IF({m}>{line},1,IF({m}={line},{tie},0))"
        values = [whole(b) + e for b, e in zip(base.values, extra, strict=True)]
        text = f"IF({self._claims.within},{base.cell}+{unit},0)"
        return Expr(text, lambda: values, 0, self._pool.most, depth=5)

    def _left(self) -> Col:
        """How many units whole parts leave over in a group."""
        ground, open_ = self._ground, self._parts.open_group
        used = ground.sums(self._base.values)
        amount = self._pool.amount
        left = lift(lambda p, b, o: p - b if o else 0, amount.values, used, open_.values)
        text = f"IF({open_.cell}>0,{amount.cell}-{ground.sum(self._base)},0)"
        if self._wrong is not None:
            text = f"IF({ground.sum(self._wrong)}>0,NA(),{text})"
        return ground.group("left", text, left)

    def _last(
        self, left: Sequence[Cell], places: Sequence[int]
    ) -> tuple[list[Cell], list[Cell], list[int]]:
        """By group the last remainder and place that get a unit; by village the unit."""
        ground = self._ground
        last: list[Cell] = [LIMIT] * len(left)
        last_place: list[Cell] = [0] * len(left)
        extra = [0] * ground.villages
        members: list[list[int]] = [[] for _ in left]
        for index, number in enumerate(ground.number.values):
            if number != ALONE:
                members[whole(number) - 1].append(index)
        rests = [whole(rest) for rest in self._remainder.values]
        for group, many in enumerate(left):
            if isinstance(many, Err):
                last[group] = last_place[group] = many
            elif many:
                ranked = sorted(members[group], key=lambda i: (-rests[i], places[i]))[: whole(many)]
                for index in ranked:
                    extra[index] = 1
                last[group], last_place[group] = rests[ranked[-1]], places[ranked[-1]]
        return last, last_place, extra
