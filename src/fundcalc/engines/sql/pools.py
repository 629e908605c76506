"""Shares of pools: weights and caps as columns of a stage, then tables of groups and of shares.

Groups with their amounts, claims, water-filling by one sort, largest remainders: the steps of the example in
`base.sharing`, each a query.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from fundcalc.base import dataclass
from fundcalc.base.sharing import makers
from fundcalc.core import nodes as core
from fundcalc.core.decision import Allot
from fundcalc.core.interval import INT64
from fundcalc.core.nodes import Node
from fundcalc.engines.sql.database import GROUP, TIES, VILLAGE, Dialect
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
from fundcalc.policy.model import Fact


@dataclass(frozen=True, slots=True)
class Pool:
    """One share over all its groups.

    `per` is SQL for a village's group, None for all; `weight`, `cap` and `floor` are columns of the stage
    `at`, 0 where the village does not claim; `layers` has those over each group's aggregates, the last
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
    layers: Stages
    most_weight: int
    most: int

    @property
    def groups(self) -> str:
        """The table of the groups."""
        return f"{self.table}_groups"


@dataclass(frozen=True, slots=True)
class Use:
    """Whose pool: programme and item (rule or output), and where its record stands.

    A `pool` has its tables, and `share` is its column in the last stage; where each village has a pool of
    its own, `columns` are those of claim, amount, weight and share there.
    """

    programme: str
    item: str
    per: str
    pool: Pool | None = None
    share: str = ""
    columns: tuple[str, str, str, str] | None = None


class Pools:
    """Shares pools; equal shares are worked out once."""

    def __init__(self, stages: Stages, facts: Mapping[str, Fact]) -> None:
        self._stages = stages
        self._facts = facts
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
            value = _item_or_zero(node)
            return claim.guard.decided(value, lowering.column(value))

        own = replace(claim, lowering=Lowering(self._stages, lowering.env, counted))
        amount = own.column("pool", claim.step.share.pool)
        most = amount.text if cap is None else f"LEAST({amount}, {cap})"
        text = f"CASE WHEN {weight} > 0 THEN {most} ELSE {0 if floor is None else floor} END"
        if floor is not None:
            short = f"{claim.claims} AND {floor} > {amount}"
            error = self._short(claim.guard, amount.text, floor.text)
            text = f"CASE WHEN {short} THEN {error} ELSE {text} END"
        parts = [weight, amount, claim.claims, *(end for end in (cap, floor) if end is not None)]
        column = self._stages.add(f"{claim.name}:share", joined(text, *parts, atom=True))
        columns = (claim.claims.text, amount.text, weight.text, column.text)
        return Use("", claim.step.item, VILLAGE, columns=columns), column

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
        parts = [weight, claims, *(end for end in (cap, floor) if end is not None)]

        def summed(node: core.Group) -> Piece:
            value = _item_or_zero(node)
            part = guard.decided(value, lowering.sql(value))
            text = "COUNT(*)" if part.text == "1" else self._d.total(part.text)
            if part.text != "1" and fits(node.bounds):
                text = f"CAST({text} AS BIGINT)"
            parts.append(part)
            return Piece(aggregates.setdefault(text, f"sum{len(aggregates) + 1}"))

        groups = Stages(self._d)
        who = "'all'" if per is None else GROUP
        group_facts = dict.fromkeys(texts, Piece(GROUP))
        if len(texts) > 1:  # they are alike in all of a group
            group_facts = {
                id_: Piece(aggregates.setdefault(f"MIN({text})", f"of{n}"))
                for n, (id_, text) in enumerate(texts.items(), 1)
            }
        amount = Lowering(groups, group_facts, summed).column(share.pool)
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
        ends = [end and end.text for end in (cap, floor)]
        key = (per, claims.text, weight.text, *ends, listed, share.pool)
        if key not in self._known:
            most_weight, most = (min(n.bounds.high, INT64.high) for n in (share.by, share.pool))
            pool = Pool(
                f"pool{len(self.all) + 1}", title, at, per, claims.text, weight, cap, floor, listed,
                groups,
                most_weight, most,
            )  # fmt: skip
            self.all.append(pool)
            sharing = Sharing(self._d, pool, self._facts)
            column = self._stages.join(
                at + 1, pool.table, sharing.on, f"{claim.name}:share", sharing.share
            )
            self._known[key] = pool, column
        pool, column = self._known[key]
        return Use("", claim.step.item, share.per, pool, share=column.text), column

    def _called(self, texts: Sequence[str]) -> str:
        """The name of a village's group, as `group_name` makes it."""
        if len(texts) == 1:
            return texts[0]
        slash, doubled, between = (self._d.string(text) for text in ("/", "//", " / "))
        parts = [f"REPLACE({text}, {slash}, {doubled})" for text in texts]
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


def _item_or_zero(node: core.Group) -> Node:
    return core.choice([(node.where, node.item)], core.whole(0))


# -- tables ---------------------------------------------------------------------------------------

_DIGIT = 62
"""Bits of a fraction in one column, so that a remainder times 2**62 stays within 38 digits."""

_SCALE = 2**40
"""What a level is multiplied by to be a whole number: one of an end of 64 bits has at most 32 digits."""

_ENDINGS, _BEGINNING = 3, 9
"""Villages are counted by their codes without so many digits, or where codes have no length by so many."""


def broadcast(*tables: str) -> str:
    """Says to Spark that these are tables of groups, which go to every task; to DuckDB it is a comment."""
    return f"/*+ BROADCAST({', '.join(tables)}) */"


@dataclass(frozen=True, slots=True)
class Table:
    """A named query; `note` says what it holds. `keep`: several others read it."""

    name: str
    text: str
    note: str = ""
    keep: bool = False


class Sharing:
    """Writes one pool: tables of a row for each group, and over these each village's share.

    No table holds villages, and none is ranked among all others: they are counted, by the levels at which
    rising water reaches their ends and by remainders, each cut to its first digits. Of the one bucket of a
    group in which the edge lies the exact values are counted, and only villages that are alike up to the
    end of their codes are put in order. So no task of a cluster ever has all villages of a group.
    """

    def __init__(self, dialect: Dialect, pool: Pool, facts: Mapping[str, Fact]) -> None:
        """`facts` are those of the policy, some of which order villages that are alike."""
        self._d = dialect
        self._pool = pool
        self._over = f"PARTITION BY {GROUP} " if pool.per is not None else ""
        self._ties = [*(tie for tie in TIES if tie in facts), VILLAGE]
        self._cells = dict(self._beginnings(facts))
        self._rises = pool.floor is not None or pool.cap not in (None, pool.weight)

    def _beginnings(self, facts: Mapping[str, Fact]) -> Iterator[tuple[str, str]]:
        """What villages that are alike are counted by: never against the order that they stand in."""
        d, places = self._d, [id_ for id_ in ("county", "town") if id_ in facts]
        if "code" not in facts:
            yield from ((f"cell_{place}", d.id(place)) for place in places)
            return
        digits, code = facts["code"].digits, d.id("code")
        yield "cell", f"SUBSTR({code}, 1, {max(digits - _ENDINGS, 1) if digits else _BEGINNING})"
        for place in places:
            yield f"cell_{place}", f"CASE WHEN {code} = '' THEN {d.id(place)} ELSE '' END"

    # -- each village's share -----------------------------------------------------------------

    def _of(self, column: str) -> str:
        """A column of the pool's last table, which no fact is called like."""
        return self._d.id(f"{self._pool.table}:{column}")

    @property
    def on(self) -> str:
        """What the row of a village's group must have."""
        return "TRUE" if self._pool.per is None else f"{self._of(GROUP)} = {self._pool.per}"

    @property
    def share(self) -> str:
        """A village's share, over its own columns and those of its group."""
        pool, unfilled = self._pool, self._of("unfilled")
        part, rest = self._divided(pool.weight.text, self._of("remaining"), unfilled)
        first = ""
        for tie in reversed(self._ties):
            own, last = self._d.id(tie), self._of(tie)
            first = (
                f"{own} < {last} OR {own} = {last} AND ({first})" if first else f"{own} <= {last}"
            )
        # the fen that does not divide goes to the largest remainders, ties to the smaller code
        last = self._of("remainder")
        more = f"{rest} > {last} OR {rest} = {last} AND ({first})"
        low = "0" if pool.floor is None else pool.floor.text
        cases = [f"WHEN {pool.weight} = 0 THEN {low}"]
        if pool.cap is not None:
            full = f" OR {pool.cap} <= {part}" if self._rises else ""
            cases.append(f"WHEN {unfilled} = 0{full} THEN {pool.cap}")
        if pool.floor is not None:
            cases.append(f"WHEN {low} > {part} THEN {low}")
        return f"CASE {' '.join(cases)} ELSE {part} + CASE WHEN {more} THEN 1 ELSE 0 END END"

    def _divided(self, weight: str, remaining: str, unfilled: str) -> tuple[str, str]:
        """What a weight comes to in whole fen, and the remainder."""
        if self._pool.most_weight * self._pool.most > INT64.high:
            weight = self._d.widened(weight)
        top, bottom = f"({weight} * {remaining})", f"NULLIF({unfilled}, 0)"
        return self._d.quotient(top, bottom, wide=True, fits=True), f"{top} % {bottom}"

    # -- the tables of groups -----------------------------------------------------------------

    def tables(self, source: str, layered: Sequence[str]) -> Iterator[Table]:
        """All of them over the stage `source`, the last being what shares are worked out from.

        `layered` are the layers over the aggregates.
        """
        name = self._pool.table
        level = self._pool.groups
        yield Table(level, self._groups(source, layered), self._pool.title, keep=True)
        claims = self._claims(source)
        if self._rises:
            yield from self._water(claims)
            level = f"{name}_level"
        yield from self._last(claims, level)
        columns = [(f"g.{column}", column) for column in (GROUP, "remaining", "unfilled")]
        columns += [(f"l.{self._d.id(column)}", column) for column in ("remainder", *self._ties)]
        listed = ", ".join(f"{text} AS {self._of(column)}" for text, column in columns)
        joined = f"{level} AS g\n  LEFT JOIN {name}_last AS l ON l.{GROUP} = g.{GROUP}"
        yield Table(name, f"SELECT {broadcast('l')} {listed}\n  FROM {joined}", keep=True)

    def _groups(self, source: str, layered: Sequence[str]) -> str:
        """Each group: villages, claims, its first village, its aggregates, its amount.

        Last what is left of the amount to share by weight, and the weights that share it, before any end
        is reached.
        """
        pool, d = self._pool, self._d
        parts = [
            self._group, "COUNT(*) AS villages", f"COUNT(CASE WHEN {pool.claims} THEN 1 END) AS claims",
            f"MIN({VILLAGE}) AS earliest", *(f"{text} AS {id_}" for id_, text in pool.aggregates),
            f"COUNT(CASE WHEN {pool.weight} > 0 THEN 1 END) AS weighty",
            f"COALESCE({d.total(pool.weight.text)}, 0) AS weights",
        ]  # fmt: skip
        remaining, unfilled = "amount", "weights"
        if pool.floor is not None:
            parts.append(f"COALESCE({d.total(pool.floor.text)}, 0) AS lows")
            remaining, unfilled = "amount - lows", "0"
        elif pool.cap is not None and not self._rises:  # all are filled, or nobody is
            unfilled = "CASE WHEN weights <= amount THEN 0 ELSE weights END"
        text = f"SELECT {', '.join(parts)}\n  FROM {source}"
        if pool.per is not None:
            text += f"\n  GROUP BY {pool.per}"
        fine = f"CAST(LEAST(GREATEST(LENGTH({d.texted('weighty')}) - 2, 1), 4) AS INT) AS fine"
        for layer in (*layered, f"{remaining} AS remaining, {unfilled} AS unfilled, {fine}"):
            text = f"SELECT *, {layer}\n  FROM ({text}) AS g"
        return text

    @property
    def _group(self) -> str:
        per = self._pool.per
        return f"{per if per is not None else self._d.string('')} AS {GROUP}"

    def _claims(self, source: str) -> str:
        """The villages that share by weight, narrow."""
        pool, ends = self._pool, {"cap": self._pool.cap, "low": self._pool.floor}
        columns = [*map(self._d.id, self._ties), self._group, f"{pool.weight.text} AS weight"]
        columns += [f"{piece.text} AS {name}" for name, piece in ends.items() if piece is not None]
        return f"(SELECT {', '.join(columns)} FROM {source} WHERE {pool.weight} > 0)"

    def _beside(self, rows: str, groups: str, columns: str) -> str:
        """Rows with columns of their groups' beside them."""
        join = f"CROSS JOIN {groups} AS g"
        if self._pool.per is not None:
            join = f"JOIN {groups} AS g ON g.{GROUP} = s.{GROUP}"
        return f"(SELECT {broadcast('g')} s.*, {columns} FROM {rows} AS s {join})"

    def _coarse(self, number: str) -> str:
        """A number cut to its first digits, the more the more villages its group has."""
        digits = self._d.texted(number)
        cut = f"RPAD(SUBSTR({digits}, 1, fine), CAST(LENGTH({digits}) AS INT), '0')"
        return self._d.widened(cut)

    def _before(self, order: str) -> str:
        """A window of what stands before a row of its group, called `before`."""
        frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
        return f"WINDOW before AS ({self._over}ORDER BY {order} {frame})"

    # -- rising water -------------------------------------------------------------------------

    def _water(self, claims: str) -> Iterator[Table]:
        """How far water rises in each group: what it leaves to those at no end, and their weights.

        A claim is at its floor, then rises by weight, then is at its cap. Each end takes of what is left, or
        gives back, and changes the weight that rises; it is reached where what is left brings all that rises
        to its level, end / weight.
        """
        d, pool, name = self._d, self._pool, self._pool.table
        ends = ["low AS edge, -low AS taken, weight AS rising"] if pool.floor is not None else []
        ends += ["cap AS edge, cap AS taken, -weight AS rising"] if pool.cap is not None else []
        each = (f"SELECT {GROUP}, weight, {end} FROM {claims} AS c" for end in ends)
        every = self._beside(f"({' UNION ALL '.join(each)})", pool.groups, "g.fine")
        scaled = d.quotient(f"({d.widened('edge')} * {_SCALE})", "weight", wide=True, fits=False)
        events = f"(SELECT *, {self._coarse(scaled)} AS level FROM {every} AS e)"
        sums = f"{d.total('taken')} AS taken, {d.total('rising')} AS rising"
        counted = f"SELECT {GROUP}, level, {sums}\n  FROM {events} AS e"
        yield Table(f"{name}_ends", f"{counted}\n  GROUP BY {GROUP}, level")
        state = "g.remaining AS spare, g.unfilled AS start"
        beside = self._beside(f"{name}_ends", pool.groups, state)
        yield Table(f"{name}_rising", self._risen(beside, "level"))
        width = f"({d.widened('remaining')} * {_SCALE})"
        height = d.quotient(width, "unfilled", wide=True, fits=False)
        last = ", ".join(
            f"MAX_BY({column}, level) AS {column}" for column in ("remaining", "unfilled")
        )
        text = f"SELECT {GROUP}, MAX(level) AS edge_level, {last}\n  FROM {name}_rising"
        reached = _reached(f"level <= {height}")
        yield Table(f"{name}_edge", f"{text}\n  WHERE {reached}\n  GROUP BY {GROUP}")
        exact, beside = (
            self._exact(),
            self._beside(events, f"{name}_edge", f"{state}, g.edge_level"),
        )
        keys, listed = (
            ", ".join(exact),
            ", ".join(f"{text} AS {key}" for key, text in exact.items()),
        )
        carried = ", ".join(
            f"MIN({column}) AS {column}" for column in ("edge", "weight", "spare", "start")
        )
        alike = (
            f"(SELECT {GROUP}, {keys}, {sums}, {carried}\n"
            f"    FROM (SELECT *, {listed} FROM {beside} AS e WHERE level = edge_level) AS e\n"
            f"    GROUP BY {GROUP}, {keys})"
        )
        yield Table(f"{name}_levels", self._risen(alike, keys))
        yield Table(f"{name}_level", self._level(), keep=True)

    def _risen(self, ends: str, order: str) -> str:
        """Ends with what remains before each, and the weights that rise there."""
        before = [
            f"{start} {sign} COALESCE({self._d.total(column)} OVER before, 0) AS {name}"
            for start, sign, column, name in (
                ("spare", "-", "taken", "remaining"), ("start", "+", "rising", "unfilled"),
            )
        ]  # fmt: skip
        return f"SELECT *, {', '.join(before)}\n  FROM {ends} AS e\n  {self._before(order)}"

    def _level(self) -> str:
        """Every group once the ends of its last level are reached; where none is, as it began."""
        d, name = self._d, self._pool.table
        part = d.quotient(f"({d.widened('weight')} * remaining)", "unfilled", wide=True, fits=True)
        here = f"CASE WHEN {_reached(f'edge <= {part}')} THEN {{}} ELSE 0 END"
        taken, rising = (d.total(here.format(column)) for column in ("taken", "rising"))
        sums = f"MIN(spare) - {taken} AS remaining, MIN(start) + {rising} AS unfilled"
        reached = f"SELECT {GROUP}, {sums} FROM {name}_levels GROUP BY {GROUP}"
        columns = ", ".join(
            f"COALESCE(l.{column}, g.{column}) AS {column}" for column in ("remaining", "unfilled")
        )
        return (
            f"SELECT {broadcast('l')} g.{GROUP}, g.fine, {columns}\n  FROM {self._pool.groups} AS g\n"
            f"  LEFT JOIN ({reached}) AS l ON l.{GROUP} = g.{GROUP}"
        )

    def _exact(self) -> dict[str, str]:
        """Edge / weight exactly: the whole part, then as many binary digits as tell any two apart."""
        d, most = self._d, self._pool.most_weight
        levels = {"level0": d.quotient("edge", "weight", wide=False, fits=True)}
        rest = d.widened("(edge % weight)")
        for number in range(-(-2 * max(most, 1).bit_length() // _DIGIT)):
            shifted = f"({rest} * {2**_DIGIT})"
            levels[f"level{number + 1}"] = d.quotient(shifted, "weight", wide=True, fits=True)
            rest = f"({shifted} % weight)"
        return levels

    # -- remainders ---------------------------------------------------------------------------

    def _last(self, claims: str, level: str) -> Iterator[Table]:
        """The last village of each group that gets one fen more, where the fen do not divide."""
        name, ties = self._pool.table, ", ".join(map(self._d.id, self._ties))
        last = f"SELECT {GROUP}, remainder, {ties}\n  FROM (SELECT *, {{place}}\n    FROM"
        if not self._d.spreads:  # one sort is faster than three times to count
            place = f"ROW_NUMBER() OVER ({self._over}ORDER BY remainder DESC, {ties}) AS place"
            place += f", remaining - {self._d.total('quota')} OVER ({self._over.strip()}) AS more"
            text = f"{last.format(place=place)} {self._open(claims, level)} AS c) AS c"
            yield Table(f"{name}_last", f"{text}\n  WHERE place = more")
            return
        yield from self._counted(claims, level)
        own = {"remainder": "remainder", **self._cells}
        listed = "".join(f", g.{cell} AS last_{cell}" for cell in own)
        inside = self._open(claims, f"{name}_cell", f"{listed}, g.left_over AS more")
        alike = " AND ".join(f"{text} = last_{cell}" for cell, text in own.items())
        cell = ", ".join([GROUP, *(f"last_{cell}" for cell in own)])
        place = f"ROW_NUMBER() OVER (PARTITION BY {cell} ORDER BY {ties}) AS place"
        text = f"{last.format(place=place)} {inside} AS c\n    WHERE {alike}) AS c"
        yield Table(f"{name}_last", f"{text}\n  WHERE place = more")

    def _counted(self, claims: str, level: str) -> Iterator[Table]:
        """Of each group the bucket of remainders in which the last fen goes, then what is alike in it."""
        d, name, bucket = self._d, self._pool.table, self._coarse("remainder")
        carried = ", ".join(
            f"MIN({column}) AS {column}" for column in ("remaining", "unfilled", "fine")
        )
        quotas = f"COUNT(*) AS n, {d.total('quota')} AS quotas, {carried}"
        inside = f"(SELECT *, {bucket} AS bucket FROM {self._open(claims, level)} AS c)"
        more = f"remaining - {d.total('quotas')} OVER ({self._over.strip()}) AS more"
        yield Table(
            f"{name}_buckets",
            f"SELECT {GROUP}, bucket, {quotas}\n  FROM {inside} AS c\n  GROUP BY {GROUP}, bucket",
        )
        buckets = f"(SELECT *, {more} FROM {name}_buckets AS c)"
        yield Table(f"{name}_bucket", self._cut(buckets, "bucket DESC"))
        cells = ", ".join([GROUP, "remainder", *self._cells])
        listed = "".join(f", {text} AS {cell}" for cell, text in self._cells.items())
        inside = self._open(claims, f"{name}_bucket", ", g.bucket, g.left_over AS more")
        counted = (
            f"(SELECT {cells}, COUNT(*) AS n, MIN(more) AS more, {carried}\n"
            f"    FROM (SELECT *{listed} FROM {inside} AS c WHERE {bucket} = bucket) AS c\n"
            f"    GROUP BY {cells})"
        )
        order = ", ".join(["remainder DESC", *self._cells])
        yield Table(f"{name}_cell", self._cut(counted, order))

    def _open(self, claims: str, groups: str, further: str = "") -> str:
        """The claims at no end, with what they come to in whole fen and the remainder."""
        pool = self._pool
        quota, remainder = self._divided("weight", "remaining", "unfilled")
        conditions = ["unfilled > 0"]
        conditions += ["cap > quota"] if self._rises and pool.cap is not None else []
        conditions += ["low <= quota"] if pool.floor is not None else []
        beside = self._beside(claims, groups, f"g.remaining, g.unfilled, g.fine{further}")
        divided = f"SELECT *, {quota} AS quota, {remainder} AS remainder FROM {beside} AS c"
        return f"(SELECT * FROM ({divided}) AS c WHERE {' AND '.join(conditions)})"

    def _cut(self, source: str, order: str) -> str:
        """The row of each group in which the last of the fen left over goes, and how many go in it."""
        before = f"COALESCE({self._d.total('n')} OVER before, 0) AS ahead"
        text = f"SELECT *, {before} FROM {source} AS c {self._before(order)}"
        return (
            f"SELECT *, more - ahead AS left_over\n  FROM ({text}) AS c\n"
            "  WHERE ahead < more AND more <= ahead + n"
        )


def _reached(at: str) -> str:
    """Whether an end is reached, of what remains before it and the weights that rise there."""
    return f"CASE WHEN remaining < 0 THEN FALSE WHEN unfilled = 0 THEN TRUE ELSE {at} END"
