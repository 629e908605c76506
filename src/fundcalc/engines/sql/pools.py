"""Shares of pools: weights and caps as columns of a stage, then tables of groups and of shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fundcalc.core.interval import VILLAGES, Interval
from fundcalc.engines.sql.database import GROUP, VILLAGE, Dialect
from fundcalc.engines.sql.expressions import Lowering
from fundcalc.engines.sql.guard import Guard
from fundcalc.engines.sql.piece import NOUGHT, Piece, fits, joined, within
from fundcalc.engines.sql.stages import Stages
from fundcalc.language.evaluate import aggregate_key
from fundcalc.language.nodes import Aggregate, Node, Value, walk
from fundcalc.policy.plan import PlanProgramme, PlanShare


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


# -- tables ---------------------------------------------------------------------------------------

_DIGIT = 62
"""Bits of a fraction in one column, so that a remainder times 2**62 stays within 38 digits."""


@dataclass(frozen=True, slots=True)
class Table:
    """A named query; `note` says what it holds."""

    name: str
    text: str
    note: str = ""


class Sharing:
    """Writes one pool's tables over the stage `source`; `ties` are the facts that break ties."""

    def __init__(self, dialect: Dialect, pool: Pool, source: str, ties: Sequence[str]) -> None:
        self._d = dialect
        self._pool = pool
        self._source = source
        self._ties = [dialect.id(tie) for tie in ties]
        self._over = f"PARTITION BY {dialect.id(GROUP)}" if pool.per is not None else ""
        weight, cap = pool.weight, pool.cap
        self._level = cap is not None and cap.text == weight.text
        self._wide = not fits(weight.bounds.times(pool.amount.bounds))

    @property
    def amounts(self) -> str:
        """The table of groups."""
        return f"{self._pool.table}_groups"

    def tables(self, layered: Sequence[str]) -> Iterator[Table]:
        """All of them, the last being the shares; `layered` are the layers over the aggregates."""
        yield Table(self.amounts, self._groups(layered), f"{self._pool.title}")
        last = f"{self._pool.table}_claims"
        yield Table(last, self._claims())
        for name, text in self._steps():
            table = f"{self._pool.table}{name}"
            yield Table(table, text.replace("{last}", last))
            last = table

    def _groups(self, layered: Sequence[str]) -> str:
        """Each group: villages, claims, its first village, its aggregates and, last, its amount."""
        d, pool = self._d, self._pool
        parts = [
            f"{pool.per if pool.per is not None else d.string('')} AS {d.id(GROUP)}",
            "COUNT(*) AS villages",
            f"COUNT(CASE WHEN {pool.held} THEN 1 END) AS claims",
            f"MIN({d.id(VILLAGE)}) AS earliest",
            *(f"{text} AS {d.id(key)}" for key, text in pool.aggregates),
        ]
        text = f"SELECT {', '.join(parts)}\n  FROM {self._source}"
        if pool.per is not None:
            text += f"\n  GROUP BY {pool.per}"
        for layer in layered:
            text = f"SELECT *, {layer}\n  FROM ({text}) AS g"
        return text

    def _claims(self) -> str:
        d, pool = self._d, self._pool
        columns = [d.id(VILLAGE), *self._ties]
        columns.append(f"{pool.per if pool.per is not None else d.string('')} AS {d.id(GROUP)}")
        columns.append(f"{pool.weight.text} AS weight")
        if pool.cap is not None:
            columns.append(f"{pool.cap.text} AS cap")
        inside = f"SELECT {', '.join(columns)} FROM {self._source} WHERE {pool.weight} > 0"
        join = f"JOIN {self.amounts} AS g ON g.{d.id(GROUP)} = s.{d.id(GROUP)}"
        if pool.per is None:
            join = f"CROSS JOIN {self.amounts} AS g"
        return f"SELECT s.*, g.amount\n  FROM ({inside}) AS s\n  {join}"

    def _steps(self) -> Iterator[tuple[str, str]]:
        d, over = self._d, self._over
        if self._pool.cap is None:
            total = f"{d.total('weight')} OVER ({over}) AS unfilled"
            yield "_open", f"SELECT *, {total}\n  FROM {{last}}"
            yield "_quota", self._quota("amount", capped=False)
            yield "", self._shares(capped=False)
            return
        if self._level:  # weight and cap are the same: all are filled, or nobody is
            full = f"{d.total('weight')} OVER ({over}) <= amount AS filled"
            yield "_full", f"SELECT *, {full}\n  FROM {{last}}"
        else:
            yield "_rising", self._rising()
            part = d.quotient(
                f"({d.widened('weight')} * remaining)", "unfilled", wide=True, fits=True
            )
            full = f"CASE WHEN remaining >= 0 THEN cap <= {part} ELSE FALSE END AS filled"
            columns = [d.id(VILLAGE), *self._ties, d.id(GROUP), "weight", "cap", "amount"]
            yield "_full", f"SELECT {', '.join(columns)}, {full}\n  FROM {{last}}"
        taken = d.total("CASE WHEN filled THEN cap ELSE 0 END")
        still = d.total("CASE WHEN filled THEN 0 ELSE weight END")
        rest = f"amount - {taken} OVER ({over}) AS remaining, {still} OVER ({over}) AS unfilled"
        yield "_open", f"SELECT *, {rest}\n  FROM {{last}}"
        yield "_quota", self._quota("remaining", capped=True)
        yield "", self._shares(capped=True)

    def _rising(self) -> str:
        """For each claim, in the order in which rising water fills caps: what is open before it."""
        d, over = self._d, self._over
        order = ", ".join(self._order())
        frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
        total, before = f"{d.total('weight')} OVER ({over})", "OVER before"
        return (
            f"SELECT *, {total} - COALESCE({d.total('weight')} {before}, 0) AS unfilled,\n"
            f"    amount - COALESCE({d.total('cap')} {before}, 0) AS remaining\n"
            f"  FROM {{last}}\n"
            f"  WINDOW before AS ({over} ORDER BY {order} {frame})"
        )

    def _order(self) -> list[str]:
        """Cap / weight exactly: the whole part, then as many binary digits as tell any two apart."""
        d, most = self._d, self._pool.weight.high
        found = [d.quotient("cap", "weight", wide=False, fits=True)]
        rest = d.widened("(cap % weight)")
        for _ in range(-(-2 * max(most, 1).bit_length() // _DIGIT)):
            shifted = f"({rest} * {2**_DIGIT})"
            found.append(d.quotient(shifted, "weight", wide=True, fits=True))
            rest = f"({shifted} % weight)"
        return found

    def _quota(self, rest: str, *, capped: bool) -> str:
        d = self._d
        top = f"({d.widened('weight')} * {rest})" if self._wide else f"(weight * {rest})"
        quota = d.quotient(top, "unfilled", wide=True, fits=True)
        remainder = f"{top} % unfilled"
        if capped:
            quota = f"CASE WHEN filled THEN cap ELSE {quota} END"
            remainder = f"CASE WHEN filled THEN -1 ELSE {remainder} END"
        columns = [d.id(VILLAGE), *self._ties, d.id(GROUP), "weight", "amount"]
        columns += ["filled"] if capped else []
        listed = ", ".join(columns)
        return f"SELECT {listed}, {quota} AS quota, {remainder} AS remainder\n  FROM {{last}}"

    def _shares(self, *, capped: bool) -> str:
        """The fen that does not divide goes to the largest remainders, ties to the smaller code."""
        d, over = self._d, self._over
        order = ", ".join(["remainder DESC", *self._ties, d.id(VILLAGE)])
        place = f"ROW_NUMBER() OVER ({over} ORDER BY {order})"
        left = f"amount - {d.total('quota')} OVER ({over})"
        more = f"{place} <= {left}"
        if capped:
            more = f"NOT filled AND {more}"
        share = f"quota + CASE WHEN {more} THEN 1 ELSE 0 END AS share"
        return f"SELECT {d.id(VILLAGE)}, {d.id(GROUP)}, weight, {share}\n  FROM {{last}}"
