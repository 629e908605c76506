"""Shares of pools: weights and caps as columns of a stage, then tables of groups and of shares.

Groups with their amounts, claims, water-filling by one sort, largest remainders.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from fundcalc.base.sharing import makers
from fundcalc.core import nodes as core
from fundcalc.core.decision import Allot
from fundcalc.core.interval import INT64
from fundcalc.core.nodes import Node
from fundcalc.engines.sql.database import GROUP, VILLAGE, Dialect
from fundcalc.engines.sql.lowering import (
    BELOW_FLOORS,
    ENDS_CROSS,
    Guard,
    Lowering,
    Piece,
    Stages,
    fits,
    joined,
)


@dataclass(frozen=True, slots=True)
class Pool:
    """One share over all its groups.

    `per` is SQL for a village's group, None for all; `weight`, `cap` and `floor` are columns of the stage
    `at`, 0 where the village does not claim; `groups` has the layers over each group's aggregates, the last
    of which is its amount. `most_weight` and `most` are the most that a weight and an amount can be.
    """

    table: str
    title: str
    at: int
    per: str | None
    claims: str
    weight: Piece
    cap: Piece | None
    floor: Piece | None
    aggregates: Sequence[tuple[str, str]]
    groups: Stages
    most_weight: int
    most: int


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

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._d = stages.dialect
        self.all: list[Pool] = []
        self.uses: list[Use] = []
        self._known: dict[object, tuple[Pool, Piece]] = {}

    def share(
        self, programme: str, title: str, step: Allot, lowering: Lowering, guard: Guard
    ) -> Piece:
        """Every village's share; 0 for those without a claim."""
        share, claims = step.share, lowering.sql(step.claims)
        claim = _Claim(step, claims, lowering, guard, self._stages)
        weight = claim.column("weight", share.by)
        cap = None if share.at_most is None else claim.column("cap", share.at_most)
        floor = None if share.at_least is None else claim.column("floor", share.at_least)
        if cap is not None and floor is not None:
            d, low, high = self._d, self._stages.let(floor), self._stages.let(cap)
            both = f"{d.texted(low)} || ': ' || {d.texted(high)}"
            error = guard.error(ENDS_CROSS, both)
            text = f"CASE WHEN {low} > {high} THEN {error} ELSE {low} END"
            floor = self._stages.add(f"{claim.name}:low", joined(text, low, high, atom=True))
        make = self._alone if share.per == VILLAGE else partial(self._grouped, title)
        use, column = make(claim, weight, cap, floor)
        if not guard.under:
            self.uses.append(replace(use, programme=programme))
        return column

    def _alone(
        self, claim: _Claim, weight: Piece, cap: Piece | None, floor: Piece | None
    ) -> tuple[Use, Piece]:
        """A pool of each village's own: all of it, up to the cap; without weight the floor."""
        lowering = claim.lowering

        def counted(node: core.Group) -> Piece:
            asked = _asked(node)
            return claim.guard.decided(asked, lowering.column(asked))

        own = replace(claim, lowering=Lowering(self._stages, lowering.env, counted))
        amount = own.column("pool", claim.step.share.pool)
        most = amount.text if cap is None else f"LEAST({amount}, {cap})"
        text = f"CASE WHEN {weight} > 0 THEN {most} ELSE {0 if floor is None else floor} END"
        if floor is not None:
            short = f"{claim.claims} AND {floor} > {amount}"
            error = self._short(claim.guard, amount.text, floor.text)
            text = f"CASE WHEN {short} THEN {error} ELSE {text} END"
        parts = [weight, amount, claim.claims, *(one for one in (cap, floor) if one is not None)]
        given = self._stages.add(f"{claim.name}:share", joined(text, *parts, atom=True))
        columns = (claim.claims.text, amount.text, weight.text, given.text)
        return Use("", claim.step.item, VILLAGE, columns=columns), given

    def _short(self, guard: Guard, pool: str, floors: str) -> str:
        """The error of a pool that does not come to its floors."""
        d = self._d
        return guard.error(BELOW_FLOORS, f"{d.texted(pool)} || ': ' || {d.texted(floors)}")

    def _grouped(
        self, title: str, claim: _Claim, weight: Piece, cap: Piece | None, floor: Piece | None
    ) -> tuple[Use, Piece]:
        """A pool of a group's: its tables, from which each village's share is joined."""
        share, claims, lowering, guard = claim.step.share, claim.claims, claim.lowering, claim.guard
        texts = {id_: lowering.env[id_].text for id_ in makers(share.per)}
        per = self._called(list(texts.values())) if texts else None
        aggregates: dict[str, str] = {}
        parts = [weight, claims, *(one for one in (cap, floor) if one is not None)]

        def summed(node: core.Group) -> Piece:
            asked = _asked(node)
            part = guard.decided(asked, lowering.sql(asked))
            text = "COUNT(*)" if part.text == "1" else self._d.total(part.text)
            if part.text != "1" and fits(node.bounds):
                text = f"CAST({text} AS BIGINT)"
            parts.append(part)
            return Piece(aggregates.setdefault(text, f"sum{len(aggregates) + 1}"))

        groups = Stages(self._d)
        who = "'all'" if per is None else GROUP
        named = dict.fromkeys(texts, Piece(GROUP))
        if len(texts) > 1:  # they are alike in all of a group
            named = {
                id_: Piece(aggregates.setdefault(f"MIN({text})", f"of{n}"))
                for n, (id_, text) in enumerate(texts.items(), 1)
            }
        amount = Lowering(groups, named, summed).column(share.pool)
        ours = replace(guard, stages=groups, who=who)
        amount = ours.whole(share.pool, amount, least=0)
        if per is not None:  # worked out only where somebody claims
            amount = replace(amount, text=f"CASE WHEN claims > 0 THEN {amount.text} ELSE 0 END")
        if floor is not None:
            total = aggregates.setdefault(self._d.total(floor.text), f"sum{len(aggregates) + 1}")
            amount = groups.put("pot", amount)
            error = self._short(ours, amount.text, total)
            text = f"CASE WHEN {total} > {amount} THEN {error} ELSE {amount} END"
            amount = joined(text, amount, atom=True)
        groups.put("amount", amount)
        at = max(part.at for part in parts)[0]
        listed = tuple((id_, text) for text, id_ in aggregates.items())
        ends = [one and one.text for one in (cap, floor)]
        key = (per, claims.text, weight.text, *ends, listed, share.pool)
        if key not in self._known:
            most_weight, most = (min(n.bounds.high, INT64.high) for n in (share.by, share.pool))
            pool = Pool(
                f"pool{len(self.all) + 1}", title, at, per, claims.text, weight, cap, floor, listed,
                groups,
                most_weight, most,
            )  # fmt: skip
            self.all.append(pool)
            column = self._stages.join(at + 1, pool.table, f"{claim.name}:share")
            self._known[key] = pool, column
        pool, column = self._known[key]
        return Use("", claim.step.item, share.per, pool), column

    def _called(self, texts: Sequence[str]) -> str:
        """The name of a village's group, as `group_name` makes it."""
        if len(texts) == 1:
            return texts[0]
        one, two, between = (self._d.string(text) for text in ("/", "//", " / "))
        parts = [f"REPLACE({text}, {one}, {two})" for text in texts]
        return f"({f' || {between} || '.join(parts)})"


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who claims a share, and how what is said of a village is written."""

    step: Allot
    claims: Piece
    lowering: Lowering
    guard: Guard
    stages: Stages

    @property
    def name(self) -> str:
        return self.guard.what + self.guard.under

    def column(self, what: str, node: Node) -> Piece:
        """A column that is worked out only for villages that claim, 0 for all others."""
        piece = self.guard.whole(node, self.lowering.column(node), least=0)
        if self.claims.text != "TRUE":
            text = f"CASE WHEN {self.claims} THEN {piece.text} ELSE 0 END"
            piece = joined(text, self.claims, piece, atom=True)
        return self.stages.add(f"{self.name}:{what}", piece)


def _asked(node: core.Group) -> Node:
    return core.choice([(node.where, node.item)], core.whole(0))


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
        self._who = ", ".join([VILLAGE, *map(dialect.id, ties), GROUP])
        self._ties = ", ".join([*map(dialect.id, ties), VILLAGE])
        self._over = f"PARTITION BY {GROUP}" if pool.per is not None else ""
        self._group = f"{pool.per if pool.per is not None else dialect.string('')} AS {GROUP}"

    def tables(self, layered: Sequence[str]) -> Iterator[Table]:
        """All of them, the last being the shares; `layered` are the layers over the aggregates."""
        name = self._pool.table
        yield Table(f"{name}_groups", self._groups(layered), self._pool.title)
        last = f"{name}_claims"
        yield Table(last, self._claims())
        for step, text in self._steps():
            yield Table(f"{name}{step}", f"SELECT {text.replace('{last}', last)}")
            last = f"{name}{step}"

    def _groups(self, layered: Sequence[str]) -> str:
        """Each group: villages, claims, its first village, its aggregates and, last, its amount."""
        pool = self._pool
        parts = [
            self._group, "COUNT(*) AS villages", f"COUNT(CASE WHEN {pool.claims} THEN 1 END) AS claims",
            f"MIN({VILLAGE}) AS earliest", *(f"{text} AS {id_}" for id_, text in pool.aggregates),
        ]  # fmt: skip
        text = f"SELECT {', '.join(parts)}\n  FROM {self._source}"
        if pool.per is not None:
            text += f"\n  GROUP BY {pool.per}"
        for layer in layered:
            text = f"SELECT *, {layer}\n  FROM ({text}) AS g"
        return text

    def _claims(self) -> str:
        pool = self._pool
        cap = "0" if pool.cap is None else pool.cap.text
        columns = f"{self._ties}, {self._group}, {pool.weight.text} AS weight, {cap} AS cap"
        some = f"{pool.weight} > 0"
        if pool.floor is not None:
            columns, some = f"{columns}, {pool.floor.text} AS low", f"{some} OR {pool.floor} > 0"
        inside = f"SELECT {columns} FROM {self._source} WHERE {some}"
        groups = f"{pool.table}_groups AS g"
        join = f"CROSS JOIN {groups}"
        if pool.per is not None:
            join = f"JOIN {groups} ON g.{GROUP} = s.{GROUP}"
        return f"SELECT s.*, g.amount\n  FROM ({inside}) AS s\n  {join}"

    def _steps(self) -> Iterator[tuple[str, str]]:
        """Whose cap is filled, what is left for the open ones, each claim's quota, then its share."""
        d, over, pool = self._d, self._over, self._pool
        rest = f"amount AS remaining, {d.total('weight')} OVER ({over}) AS unfilled"
        if pool.cap is None and pool.floor is None:
            yield "_full", "*, FALSE AS filled\n  FROM {last}"
        else:
            if pool.floor is not None:
                yield from self._between()
            elif pool.cap == pool.weight:  # all are filled, or nobody is
                full = f"{d.total('weight')} OVER ({over}) <= amount"
            else:
                yield "_rising", self._rising()
                weighted = f"({d.widened('weight')} * remaining)"
                part = d.quotient(weighted, "unfilled", wide=True, fits=True)
                full = f"CASE WHEN remaining >= 0 THEN cap <= {part} ELSE FALSE END"
            if pool.floor is None:
                yield (
                    "_full",
                    f"{self._who}, weight, cap, amount, {full} AS filled\n  FROM {{last}}",
                )
            taken = d.total("CASE WHEN filled THEN cap ELSE 0 END")
            still = d.total("CASE WHEN filled THEN 0 ELSE weight END")
            rest = f"amount - {taken} OVER ({over}) AS remaining, {still} OVER ({over}) AS unfilled"
        yield "_open", f"*, {rest}\n  FROM {{last}}"
        wide = pool.most_weight * pool.most > INT64.high
        top = f"({d.widened('weight') if wide else 'weight'} * remaining)"
        quota = d.quotient(top, "unfilled", wide=True, fits=True)
        yield (
            "_quota",
            (
                f"{self._who}, weight, amount, filled,\n"
                f"    CASE WHEN filled THEN cap ELSE {quota} END AS quota,\n"
                f"    CASE WHEN filled THEN -1 ELSE {top} % unfilled END AS remainder\n  FROM {{last}}"
            ),
        )
        # the fen that does not divide goes to the largest remainders, ties to the smaller code
        place = f"ROW_NUMBER() OVER ({over} ORDER BY remainder DESC, {self._ties})"
        more = f"NOT filled AND {place} <= amount - {d.total('quota')} OVER ({over})"
        share = f"quota + CASE WHEN {more} THEN 1 ELSE 0 END AS share"
        yield "", f"{VILLAGE}, {GROUP}, weight, {share}\n  FROM {{last}}"

    def _between(self) -> Iterator[tuple[str, str]]:
        """Claims once for each end, in the order in which rising water reaches them; then who stays at one.

        At each end: what the floors above it and the caps below it leave of the pool, and the weights of
        the claims that rise there. Without weight a claim stays at its floor.
        """
        d, over = self._d, self._over
        spare = f"amount - {d.total('low')} OVER ({over}) AS spare FROM {{last}}"
        sides = [f"SELECT *, low AS edge, 0 AS top, {spare}"]
        if self._pool.cap is not None:
            sides.append(f"SELECT *, cap AS edge, 1 AS top, {spare}")
        yield "_ends", f"*\n  FROM ({' UNION ALL '.join(sides)}) AS e"
        order = ", ".join([*self._order("edge", "NULLIF(weight, 0)"), "top"])
        upto = f"{over} ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
        taken = d.total("CASE WHEN weight = 0 THEN 0 WHEN top = 1 THEN edge ELSE -edge END")
        rising = d.total("CASE WHEN top = 1 THEN -weight ELSE weight END")
        over = f"spare - {taken} OVER upto + top * edge AS remaining"
        text = f"*, {rising} OVER upto + top * weight AS unfilled, {over}"
        yield "_rising", f"{text}\n  FROM {{last}}\n  WINDOW upto AS ({upto})"
        part = d.quotient(f"({d.widened('weight')} * remaining)", "unfilled", wide=True, fits=True)
        reached = (
            f"CASE WHEN weight = 0 OR remaining < 0 THEN 0 WHEN edge <= {part} THEN 1 ELSE 0 END"
        )
        yield "_reached", f"*, {reached} AS reached\n  FROM {{last}}"
        full, freed = "MAX(top * reached) = 1", "MAX((1 - top) * reached) = 1"
        ours = f"{self._who}, weight, amount"
        text = f"CASE WHEN {full} THEN cap ELSE low END AS cap, {full} OR NOT {freed} AS filled"
        yield "_full", f"{ours}, {text}\n  FROM {{last}}\n  GROUP BY {ours}, cap, low"

    def _rising(self) -> str:
        """For each claim, in the order in which rising water fills caps: what is open before it."""
        d, over = self._d, self._over
        frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
        before = f"{over} ORDER BY {', '.join(self._order('cap', 'weight'))} {frame}"
        weights, caps = d.total("weight"), d.total("cap")
        return (
            f"*, {weights} OVER ({over}) - COALESCE({weights} OVER before, 0) AS unfilled,\n"
            f"    amount - COALESCE({caps} OVER before, 0) AS remaining\n"
            f"  FROM {{last}}\n  WINDOW before AS ({before})"
        )

    def _order(self, end: str, weight: str) -> list[str]:
        """End / weight exactly: the whole part, then as many binary digits as tell any two apart."""
        d, most = self._d, self._pool.most_weight
        found = [d.quotient(end, weight, wide=False, fits=True)]
        rest = d.widened(f"({end} % {weight})")
        for _ in range(-(-2 * max(most, 1).bit_length() // _DIGIT)):
            shifted = f"({rest} * {2**_DIGIT})"
            found.append(d.quotient(shifted, weight, wide=True, fits=True))
            rest = f"({shifted} % {weight})"
        return found
