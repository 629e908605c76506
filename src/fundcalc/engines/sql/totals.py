"""What a computed table adds up to: by county, rules met, ratios, hinges, assumptions, pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fundcalc.engines.result import PoolUse
from fundcalc.engines.sql.database import Database
from fundcalc.engines.sql.pools import GROUP, VILLAGE, Use
from fundcalc.engines.sql.result import by_reading
from fundcalc.engines.sql.script import Script

COUNTY = "county"
ByCounty = list[tuple[str, int, dict[str, int]]]
"""Each county's name, its villages and its amounts in fen by output, in the order of the roster."""


@dataclass(slots=True)
class Totals:
    """Counts and sums, amounts in fen. `pools` adds up the pools of each village's own by rule."""

    villages: int
    counties: ByCounty
    rules: dict[str, list[int]]
    otherwise: dict[str, int]
    ratios: dict[tuple[str, str], tuple[int, int]]
    hinges: dict[str, int]
    hinged_decisions: int
    hinged_villages: int
    assumed: dict[str, int]
    pools: list[PoolTotal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PoolTotal:
    """A pool, or all of them where each village has its own: `group` is None for these and for `all`."""

    programme: str
    group: str | None
    pools: int
    amount: int
    used: int
    villages: int
    claims: int


def add_up(database: Database, script: Script, money: Sequence[str]) -> Totals:
    """Add up the table `decided`; `money` are the outputs that are amounts. Raises DatabaseError."""
    counted = _Counted(database, script)
    counts = counted.run()
    return Totals(
        villages=counts["villages"],
        counties=by_county(database, script, money),
        rules={id_: [counts[f"{id_}:{r}"] for r, _ in held] for id_, held in script.held.items()},
        otherwise={id_: counts[f"{id_}:"] for id_ in script.held},
        ratios={key: (counts[f"n{key}"], counts[f"d{key}"]) for key in script.ratios},
        hinges={id_: counts[f"h{id_}"] for id_ in by_reading(script)},
        hinged_decisions=sum(counts[f"p{id_}"] for id_ in counted.programmes()),
        hinged_villages=counts.get("hinged", 0),
        assumed={id_: counts[f"a{id_}"] for id_ in script.assumed},
        pools=[one for use in script.uses for one in _pool_totals(database, script, use)],
    )


class _Counted:
    """All that is counted over the whole table, in one query of one row."""

    def __init__(self, database: Database, script: Script) -> None:
        self._db = database
        self._script = script

    def programmes(self) -> dict[str, list[str]]:
        """For each programme that may hinge on a reading: when it does."""
        found: dict[str, list[str]] = {}
        for one in self._script.differences:
            found.setdefault(one.programme, []).append(one.text)
        return found

    def run(self) -> dict[str, int]:
        """The counts by name."""
        wanted = dict(self._wanted())
        texts = [
            "COUNT(*)" if text == "TRUE" else f"COUNT(CASE WHEN {text} THEN 1 END)"
            for text in wanted.values()
        ]
        [row] = self._db.rows(f"SELECT {', '.join(texts)} FROM decided")
        return dict(zip(wanted, row, strict=True))

    def _wanted(self) -> list[tuple[str, str]]:
        script = self._script
        found = [("villages", "TRUE")]
        for id_, held in script.held.items():
            found += [(f"{id_}:{rule}", str(one)) for rule, one in held]
            found.append((f"{id_}:", f"NOT ({' OR '.join(str(one) for _, one in held)})"))
        for key, (among, count) in script.ratios.items():
            found += [(f"d{key}", str(among)), (f"n{key}", f"{among} AND {count}")]
        for id_, texts in by_reading(script).items():
            found.append((f"h{id_}", " OR ".join(texts)))
        for id_, texts in self.programmes().items():
            found.append((f"p{id_}", " OR ".join(texts)))
        if script.differences:
            found.append(("hinged", " OR ".join(one.text for one in script.differences)))
        found += [(f"a{id_}", script.dialect.id(f"{id_}:assumed")) for id_ in script.assumed]
        return found


def by_county(database: Database, script: Script, money: Sequence[str]) -> ByCounty:
    """Add up the amounts `money` of the table `decided` by county. Raises DatabaseError."""
    d = script.dialect
    county = d.id(COUNTY) if COUNTY in script.plan.policy.facts else "''"
    sums = "".join(f", COALESCE({d.total(script.outputs[id_].text)}, 0)" for id_ in money)
    query = f"SELECT {county}, COUNT(*){sums} FROM decided"
    if county != "''":
        query += f" GROUP BY {county} ORDER BY MIN({d.id(VILLAGE)})"
    rows = database.rows(query)
    return [(row[0], row[1], dict(zip(money, row[2:], strict=True))) for row in rows]


def _pool_totals(database: Database, script: Script, use: Use) -> list[PoolTotal]:
    d = script.dialect
    if use.columns is not None:
        held, amount, weight, share = use.columns
        query = (
            f"SELECT COUNT(*), {d.total(amount)}, {d.total(share)},"
            f" COUNT(CASE WHEN {weight} > 0 THEN 1 END) FROM decided WHERE {held}"
        )
        [(count, pool, used, claims)] = database.rows(query)
        return [PoolTotal(use.programme, None, count, pool, used, count, claims)] if count else []
    return [
        PoolTotal(use.programme, one.group if use.per != "all" else None, 1, one.amount, one.used,
                  one.villages, one.claims)
        for one in grouped_uses(database, script, use)
    ]  # fmt: skip


def pool_uses(database: Database, script: Script, places: Mapping[Any, int]) -> list[PoolUse]:
    """Every pool as other engines record it; `places` are the villages' positions in the roster."""
    found: list[PoolUse] = []
    for use in script.uses:
        if use.columns is None:
            found += grouped_uses(database, script, use)
            continue
        held, amount, weight, share = use.columns
        village = script.dialect.id(VILLAGE)
        rows = database.rows(
            f"SELECT {village}, {amount}, {weight}, {share} FROM decided WHERE {held}"
        )
        for village_, pool, weights, used in sorted(rows, key=lambda row: places[row[0]]):
            claims = int(weights > 0)
            name = str(places[village_])
            found.append(
                PoolUse(use.programme, use.item, use.per, name, pool, 1, claims, weights, used)
            )
    return found


def grouped_uses(database: Database, script: Script, use: Use) -> list[PoolUse]:
    """The groups of one share, in the order of their first villages."""
    d, pool = script.dialect, use.pool
    assert pool is not None
    group = d.id(GROUP)
    claims = "" if use.per == "all" else "WHERE g.claims > 0"
    rows = database.rows(
        f"SELECT g.{group}, g.amount, g.villages, COALESCE(s.n, 0), COALESCE(s.weights, 0),"
        f" COALESCE(s.used, 0) FROM {pool.table}_groups AS g LEFT JOIN (SELECT {group},"
        f" COUNT(*) AS n, {d.total('weight')} AS weights, {d.total('share')} AS used"
        f" FROM {pool.table} GROUP BY {group}) AS s ON s.{group} = g.{group} {claims}"
        " ORDER BY g.earliest"
    )
    return [
        PoolUse(use.programme, use.item, use.per, name, amount, villages, n, weights, used)
        for name, amount, villages, n, weights, used in rows
    ]
