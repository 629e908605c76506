"""Shares of pools: weights and caps as columns of a stage, then tables of groups and of shares.

Groups with their amounts, claims, water-filling by one sort, largest remainders.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fundcalc.core import nodes as core
from fundcalc.core.decision import Allot
from fundcalc.core.interval import INT64
from fundcalc.core.nodes import Node
from fundcalc.engines.sql.database import GROUP, VILLAGE, Dialect
from fundcalc.engines.sql.lowering import Guard, Lowering, Piece, Stages, fits, joined


@dataclass(frozen=True, slots=True)
class Pool:
    """One share over all its groups.

    `per` is SQL for a village's group, None for all; `weight` and `cap` are columns of the stage `at`, 0
    where the village does not claim; `groups` has the layers over each group's aggregates, the last of
    which is its amount. `most_weight` and `most` are the most that a weight and an amount can be.
    """

    table: str
    title: str
    at: int
    per: str | None
    claims: str
    weight: Piece
    cap: Piece | None
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
        share, name = step.share, guard.what + guard.under
        claims = lowering.sql(step.claims)
        weight, cap = self._claimed(f"{name}:weight", claims, guard, lowering, share.by), None
        if share.at_most is not None:
            cap = self._claimed(f"{name}:cap", claims, guard, lowering, share.at_most)
        if share.per == VILLAGE:
            use, column = self._alone(step, claims, (weight, cap), lowering, guard)
        else:
            use, column = self._grouped(title, step, claims, (weight, cap), lowering, guard)
        if not guard.under:
            self.uses.append(replace(use, programme=programme))
        return column

    def _claimed(
        self, name: str, claims: Piece, guard: Guard, lowering: Lowering, node: Node
    ) -> Piece:
        """A column that is worked out only for villages that claim, 0 for all others."""
        piece = guard.whole(node, lowering.column(node), least=0)
        if claims.text != "TRUE":
            text = f"CASE WHEN {claims} THEN {piece.text} ELSE 0 END"
            piece = joined(text, claims, piece, atom=True)
        return self._stages.add(name, piece)

    def _alone(
        self,
        step: Allot,
        claims: Piece,
        claim: tuple[Piece, Piece | None],
        lowering: Lowering,
        guard: Guard,
    ) -> tuple[Use, Piece]:
        """A pool of each village's own: all of it, up to the cap."""
        name, (weight, cap) = guard.what + guard.under, claim

        def counted(node: core.Group) -> Piece:
            asked = _asked(node)
            return guard.decided(asked, lowering.column(asked))

        own = Lowering(self._stages, lowering.env, counted)
        amount = self._claimed(f"{name}:pool", claims, guard, own, step.share.pool)
        most = amount.text if cap is None else f"LEAST({amount}, {cap})"
        text = f"CASE WHEN {weight} > 0 THEN {most} ELSE 0 END"
        parts = [weight, amount, *([] if cap is None else [cap])]
        given = self._stages.add(f"{name}:share", joined(text, *parts, atom=True))
        columns = (claims.text, amount.text, weight.text, given.text)
        return Use("", step.item, VILLAGE, columns=columns), given

    def _grouped(
        self,
        title: str,
        step: Allot,
        claims: Piece,
        claim: tuple[Piece, Piece | None],
        lowering: Lowering,
        guard: Guard,
    ) -> tuple[Use, Piece]:
        share, (weight, cap) = step.share, claim
        per = None if share.per == "all" else lowering.env[share.per].text
        aggregates: dict[str, str] = {}
        parts = [weight, claims, *([] if cap is None else [cap])]

        def summed(node: core.Group) -> Piece:
            asked = _asked(node)
            part = guard.decided(asked, lowering.sql(asked))
            text = "COUNT(*)" if part.text == "1" else self._d.total(part.text)
            if part.text != "1" and fits(node.bounds):
                text = f"CAST({text} AS BIGINT)"
            parts.append(part)
            return Piece(self._d.id(aggregates.setdefault(text, f"sum{len(aggregates) + 1}")))

        groups = Stages(self._d)
        who = "'all'" if per is None else self._d.id(GROUP)
        amount = Lowering(groups, {}, summed).column(share.pool)
        amount = replace(guard, stages=groups, who=who).whole(share.pool, amount, least=0)
        if per is not None:  # worked out only where somebody claims
            amount = replace(amount, text=f"CASE WHEN claims > 0 THEN {amount.text} ELSE 0 END")
        groups.put("amount", amount)
        at = max(part.at for part in parts)[0]
        listed = tuple((id_, text) for text, id_ in aggregates.items())
        key = (per, claims.text, weight.text, cap and cap.text, listed, share.pool)
        if key not in self._known:
            most_weight, most = (min(n.bounds.high, INT64.high) for n in (share.by, share.pool))
            pool = Pool(
                f"pool{len(self.all) + 1}", title, at, per, claims.text, weight, cap, listed, groups,
                most_weight, most,
            )  # fmt: skip
            self.all.append(pool)
            name = f"{guard.what}{guard.under}:share"
            self._known[key] = pool, self._stages.join(at + 1, pool.table, name)
        pool, column = self._known[key]
        return Use("", step.item, share.per, pool), column


def _asked(node: core.Group) -> Node:
    """What one village adds to a sum over its group."""
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
        self._ties = [dialect.id(tie) for tie in ties]
        self._over = f"PARTITION BY {dialect.id(GROUP)}" if pool.per is not None else ""
        self._level = pool.cap == pool.weight
        self._wide = pool.most_weight * pool.most > INT64.high

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
            f"COUNT(CASE WHEN {pool.claims} THEN 1 END) AS claims",
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
        d, most = self._d, self._pool.most_weight
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
