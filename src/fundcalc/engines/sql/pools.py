"""Shares of pools: weights and caps as columns of a stage, then tables of groups and of shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fundcalc.core.interval import VILLAGES, Interval
from fundcalc.engines.sql.expressions import Lowering
from fundcalc.engines.sql.guard import Guard
from fundcalc.engines.sql.piece import NOUGHT, Piece, joined, within
from fundcalc.engines.sql.stages import Stages
from fundcalc.language.evaluate import aggregate_key
from fundcalc.language.nodes import Aggregate, Node, Value, walk
from fundcalc.policy.plan import PlanProgramme, PlanShare

GROUP, VILLAGE = "grp", "village"


@dataclass(frozen=True, slots=True)
class Pool:
    """One share over all its groups.

    `per` is SQL for a village's group, None for all; `weight` and `cap` are columns of the stage `at`,
    0 where the village does not claim; `groups` has the layers over each group's aggregates, of which
    `amount` is the pool.
    """

    table: str
    title: str
    at: int
    per: str | None
    held: str
    weight: Piece
    cap: Piece | None
    aggregates: tuple[tuple[str, str], ...]
    groups: Stages
    amount: Piece


@dataclass(frozen=True, slots=True)
class Use:
    """Whose pool: programme and item (rule or output), and where its record stands.

    A `pool` has its tables; where each village has a pool of its own, `columns` are those of claim,
    amount, weight and share in the last stage.
    """

    programme: str
    item: str
    per: str
    pool: Pool | None = None
    columns: tuple[str, str, str, str] | None = None


class Pools:
    """Shares pools; equal shares are worked out once."""

    def __init__(
        self, stages: Stages, constants: Mapping[str, Value], who: str, *, forgiven: bool = False
    ) -> None:
        self._stages = stages
        self._constants = constants
        self._lowering = Lowering(stages, constants)
        self._who = who
        self.all: list[Pool] = []
        self.uses: list[Use] = []
        self._known: dict[object, tuple[Pool, Piece]] = {}
        self._forgiven = forgiven
        self.suffix = ""

    def _guard(self, stages: Stages, place: str, who: str) -> Guard:
        return Guard(stages, place, who, self.suffix, forgiven=self._forgiven)

    def share(
        self,
        programme: PlanProgramme,
        item: str,
        share: PlanShare,
        held: Piece,
        env: Mapping[str, Piece],
    ) -> Piece:
        """Every village's share; 0 for those without a claim."""
        place = f"{programme.id}/{item}"
        errors = self._guard(self._stages, place, self._who)
        name = place + self.suffix
        cap = None
        least = errors.whole(self._lowering.sql(share.by, env), least=0)
        if share.at_most is not None:
            cap = self._masked(f"{name}:cap", held, errors, self._lowering.sql(share.at_most, env))
        weight = self._stages.add(f"{name}:weight", _where(held, least))
        if share.per == VILLAGE:
            return self._alone(programme, item, share, held, (weight, cap), env)
        per = None if share.per == "all" else env[share.per].text
        title = f"{programme.programme.title.zh} / {programme.programme.title.en}"
        found, column = self._grouped(
            (name, place, title), per, share.pool, held, (weight, cap), env
        )
        if not self.suffix:
            self.uses.append(Use(programme.id, item, share.per, found))
        return column

    def _masked(self, name: str, held: Piece, errors: Guard, piece: Piece) -> Piece:
        """A column that is worked out only for villages that claim."""
        return self._stages.add(name, _where(held, errors.whole(piece, least=0)))

    def _alone(
        self,
        programme: PlanProgramme,
        item: str,
        share: PlanShare,
        held: Piece,
        claim: tuple[Piece, Piece | None],
        env: Mapping[str, Piece],
    ) -> Piece:
        """A pool of each village's own: all of it, up to the cap."""
        place = f"{programme.id}/{item}"
        weight, cap = claim
        inner = dict(env)
        for part in walk(share.pool):
            if isinstance(part, Aggregate):
                inner[aggregate_key(part)] = self._counted(part, env, place)
        errors = self._guard(self._stages, place, self._who)
        amount = self._masked(
            f"{place}{self.suffix}:pool", held, errors, self._lowering.sql(share.pool, inner)
        )
        most = f"LEAST({amount}, {cap})" if cap is not None else amount.text
        parts = [weight, amount, *([cap] if cap is not None else [])]
        text = f"CASE WHEN {weight} > 0 THEN {most} ELSE 0 END"
        given = within(joined(text, *parts, atom=True), _up_to(amount, cap), wide=False)
        given = self._stages.add(f"{place}{self.suffix}:share", given)
        if not self.suffix:
            columns = (held.text, amount.text, weight.text, given.text)
            self.uses.append(Use(programme.id, item, VILLAGE, columns=columns))
        return given

    def _counted(self, node: Aggregate, env: Mapping[str, Piece], place: str) -> Piece:
        """What one village adds to an aggregate of the pool at a place."""
        errors = self._guard(self._stages, place, self._who)
        one = Piece("1", bounds=Interval(1, 1), literal=True)
        if node.item is not None:
            item = self._lowering.sql(node.item, env)
            one = errors.decided(item)
        if node.where is None:
            return one
        where = self._lowering.sql(node.where, env)
        where = errors.decided(where)
        text = f"CASE WHEN {where.text} THEN {one.text} ELSE 0 END"
        if one.literal:
            text = f"CAST({text} AS BIGINT)"
        return within(joined(text, where, one, atom=True), one.bounds.union(NOUGHT), wide=one.wide)

    def _grouped(
        self,
        names: tuple[str, str, str],
        per: str | None,
        pool: Node,
        held: Piece,
        claim: tuple[Piece, Piece | None],
        env: Mapping[str, Piece],
    ) -> tuple[Pool, Piece]:
        name, place, title = names
        weight, cap = claim
        items = [weight, held, *([cap] if cap is not None else [])]
        aggregates: dict[str, tuple[Piece, str]] = {}
        for part in walk(pool):
            if isinstance(part, Aggregate):
                counted = self._counted(part, env, place)
                items.append(counted)
                aggregates[aggregate_key(part)] = (counted, self._total(part, counted))
        at = max(item.at for item in items)[0]
        inner = tuple((key, text) for key, (_, text) in aggregates.items())
        key = (per, held.text, weight.text, cap.text if cap else None, inner, pool)
        if key not in self._known:
            groups, amount = self._amount(place, per, pool, aggregates)
            table = f"pool{len(self.all) + 1}"
            found = Pool(table, title, at, per, held.text, weight, cap, inner, groups, amount)
            self.all.append(found)
            column = self._stages.join(at + 1, table, f"{name}:share", _up_to(amount, cap))
            self._known[key] = found, column
        return self._known[key]

    def _total(self, node: Aggregate, counted: Piece) -> str:
        if node.item is None and node.where is None:
            return "COUNT(*)"
        return self._stages.dialect.total(counted.text)

    def _amount(
        self,
        place: str,
        per: str | None,
        pool: Node,
        aggregates: Mapping[str, tuple[Piece, str]],
    ) -> tuple[Stages, Piece]:
        """Each group's pool, over its aggregates; worked out only where somebody claims."""
        stages = Stages(self._stages.dialect)
        who = "'all'" if per is None else stages.dialect.id(GROUP)
        env: dict[str, Piece] = {}
        for key, (one, text) in aggregates.items():
            column = Piece(stages.dialect.id(key))
            total = one.bounds.times(Interval(0, VILLAGES))
            env[key] = within(column, total, wide=text != "COUNT(*)")
        errors = self._guard(stages, place, who)
        amount = errors.whole(Lowering(stages, self._constants).sql(pool, env), least=0)
        if per is not None:
            text = f"CASE WHEN claims > 0 THEN {amount.text} ELSE 0 END"
            amount = replace(amount, text=text, bounds=Interval(0, amount.high), literal=False)
        return stages, stages.put("amount", amount)


def _where(held: Piece, piece: Piece) -> Piece:
    """The piece for those that claim, 0 for all others."""
    if held.text == "TRUE":
        return piece
    text = f"CASE WHEN {held} THEN {piece.text} ELSE 0 END"
    found = joined(text, held, piece, atom=True)
    return within(found, Interval(0, piece.high), wide=piece.wide)


def _up_to(amount: Piece, cap: Piece | None) -> Interval:
    """What a village can get of a pool."""
    return Interval(0, min(amount.high, cap.high) if cap is not None else amount.high)
