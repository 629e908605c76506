"""A pool's tables: groups with their amounts, claims, water-filling by one sort, largest remainders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fundcalc.engines.sql.dialect import Dialect
from fundcalc.engines.sql.piece import fits
from fundcalc.engines.sql.pools import GROUP, VILLAGE, Pool

_DIGIT = 62
"""Bits of a fraction in one column, so that a remainder times 2**62 stays within 38 digits."""

TIES = ("code", "county", "town", "name")
"""The facts that order equal remainders."""


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
