"""The result table over `decided`: the columns of every run, in their public order and types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, assert_never

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.money import MOST_DIGITS, PARQUET_DIGITS
from fundcalc.base.words import Lang, Words
from fundcalc.core.interval import ZERO
from fundcalc.engines.result import JOIN, PoolUse
from fundcalc.engines.sql.database import DIALECTS, GROUP, VILLAGE, Database, Dialect, Name
from fundcalc.engines.sql.facts import Checks, identity, order, who
from fundcalc.engines.sql.lowering import PARQUET
from fundcalc.engines.sql.pools import Table, Use
from fundcalc.engines.sql.script import Script, make_script
from fundcalc.engines.totals import COUNTY, GroupTotals, PoolTotal, Totals
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.columns import Column, Constant, Decided, Flags, Stored, columns
from fundcalc.policy.plan import Plan

_FORMULA = "[=+@\\x{2d}\\x{9}\\x{a}\\x{d}＝＋－＠].*"
_LARGEST = 10**PARQUET_DIGITS - 1


Written = tuple[Column, str]
"""A column of the result with its values as SQL."""


def written(script: Script, shown: Sequence[Column], *, wide: bool = True) -> list[Written]:
    """The columns as SQL. Raises PolicyProblem where two have one name, as databases ignore case.

    Amounts that may leave decimal(18, …) have 38 digits where columns may be so `wide`; else such an
    amount stops the statement.
    """
    folded: dict[str, str] = {}
    for column in shown:
        other = folded.setdefault(column.id.casefold(), column.id)
        if other is not column.id:
            raise PolicyProblem([say("FC861", one=other, other=column.id)])
    writer = _Writer(script, wide)
    return [(column, writer.column(column)) for column in shown]


def _exact(dialect: Dialect, text: str, kind: Type, digits: int = PARQUET_DIGITS) -> str:
    """A whole number in smallest units as what it stands for: a decimal, a day."""
    if isinstance(kind, Date):
        return dialect.day(text)
    if not isinstance(kind, Number) or not kind.decimals:
        return text
    unit = f"0.{'1'.rjust(kind.decimals, '0')}"
    return f"CAST({text} * {unit} AS DECIMAL({digits}, {kind.decimals}))"


class _Writer:
    def __init__(self, script: Script, wide: bool) -> None:
        self._script = script
        self._d = script.dialect
        self._wide = wide
        self._who = who(script.dialect, script.plan.policy.facts)

    def column(self, column: Column) -> str:
        """The values of a column."""
        match column.content:
            case Stored(id_):
                fact = id_ in self._script.plan.policy.facts
                text = self._d.id(id_) if fact else self._script.outputs[id_].text
                return self._shown(text, column.type, id_)
            case Decided(programme):
                return self._rules(programme)
            case Flags():
                return self._flags()
            case Constant(value):
                return self._constant(value, column.type)
            case _:
                assert_never(column.content)

    def _constant(self, value: Value, kind: Type) -> str:
        if isinstance(kind, Text | Texts):
            return self._d.string(JOIN.join(value) if isinstance(value, tuple) else str(value))
        if isinstance(kind, YesNo):
            return "TRUE" if value else "FALSE"
        return _exact(self._d, f"CAST({value} AS BIGINT)", kind)

    def _shown(self, text: str, kind: Type, id_: str) -> str:
        """A value with its decimals; a list joined."""
        if isinstance(kind, Texts):
            return self._d.joined(text, JOIN)
        exact = _exact(self._d, text, kind)
        bounds = self._script.plan.bounds.get(id_, ZERO)
        if exact == text or bounds.absolute().high <= _LARGEST:
            return exact
        large = _exact(self._d, text, kind, MOST_DIGITS)
        if self._wide:
            return large
        who = f"CAST({large} AS {self._d.text}) || ': ' || {self._who}"
        error = self._d.error(PARQUET, id_, who)
        return f"CASE WHEN ABS({text} * 1.0) > {_LARGEST} THEN {error} ELSE {exact} END"

    def _rules(self, programme: str) -> str:
        """The ids of the rules that decided, joined, or the `otherwise` id."""
        one = self._script.plan.policy.programme(programme)
        held = self._script.held[programme]
        last = self._d.string(one.otherwise.id if one.otherwise else "")
        if one.hit_policy in ("unique", "first"):
            cases = " ".join(f"WHEN {h} THEN {self._d.string(id_)}" for id_, h in held)
            return f"CASE {cases} ELSE {last} END"
        parts = ", ".join(f"CASE WHEN {h} THEN {self._d.string(id_)} END" for id_, h in held)
        return f"COALESCE(NULLIF(concat_ws('{JOIN}', {parts}), ''), {last})"

    def _flags(self) -> str:
        """The readings on which an output hinges, then the facts assumed, joined."""
        parts = [
            f"CASE WHEN {' OR '.join(texts)} THEN {self._d.string(reading)} END"
            for reading, texts in sorted(by_reading(self._script).items())
        ]
        parts += [
            f"CASE WHEN {self._d.id(f'{id_}:assumed')} THEN {self._d.string(f'{id_}:assumed')} END"
            for id_ in self._script.assumed
        ]
        listed = ",\n    ".join(parts)
        return f"concat_ws('{JOIN}',\n    {listed})" if parts else "''"


def by_reading(script: Script) -> dict[str, list[str]]:
    """The conditions under which a village hinges on each reading."""
    found: dict[str, list[str]] = {}
    for one in script.differences:
        found.setdefault(one.reading, []).append(one.text)
    return found


def select(
    d: Dialect, shown: Sequence[Written], lang: Lang, order: Sequence[str], *, csv: bool = False
) -> str:
    """The query of these columns; for a CSV, text is made safe and blank text is nothing."""
    lines = []
    for column, exact in shown:
        text = _safe(d, exact) if csv and isinstance(column.type, Text | Texts) else exact
        lines.append(f"{text} AS {d.id(column.header(lang))}")
    listed = ",\n  ".join(lines)
    return f"SELECT\n  {listed}\nFROM decided\nORDER BY {', '.join(map(d.id, order))}"


def _safe(d: Dialect, text: str) -> str:
    return (
        f"NULLIF(CASE WHEN {d.matches(text, _FORMULA)} THEN {d.string(chr(39))} || {text}"
        f" ELSE {text} END, '')"
    )


# -- what it adds up to ---------------------------------------------------------------------------


def add_up(database: Database, script: Script, money: Sequence[str]) -> Totals:
    """Add up the table `decided`; `money` are the outputs that are amounts. Raises DatabaseError."""
    counted = _Counted(database, script)
    counts = counted.run()
    return Totals(
        counties=by_county(database, script, money),
        rules={
            id_: ([counts[f"{id_}:{r}"] for r, _ in held], counts[f"{id_}:"])
            for id_, held in script.held.items()
        },
        ratios={key: (counts[f"n{key}"], counts[f"d{key}"]) for key in script.ratios},
        hinges={id_: n for id_ in by_reading(script) if (n := counts[f"h{id_}"])},
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
        texts = [f"COUNT(CASE WHEN {text} THEN 1 END)" for text in wanted.values()]
        [row] = self._db.rows(f"SELECT {', '.join(texts)} FROM decided")
        return dict(zip(wanted, row, strict=True))

    def _wanted(self) -> list[tuple[str, str]]:
        script = self._script
        found: list[tuple[str, str]] = []
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


def by_county(database: Database, script: Script, money: Sequence[str]) -> list[GroupTotals]:
    """Add up the amounts `money` of the table `decided` by county. Raises DatabaseError."""
    d = script.dialect
    county = d.id(COUNTY) if COUNTY in script.plan.policy.facts else "''"
    sums = "".join(f", COALESCE({d.total(script.outputs[id_].text)}, 0)" for id_ in money)
    query = f"SELECT {county}, COUNT(*){sums} FROM decided"
    if county != "''":
        query += f" GROUP BY {county} ORDER BY MIN({d.id(VILLAGE)})"
    rows = database.rows(query)
    return [GroupTotals(row[0], row[1], dict(zip(money, row[2:], strict=True))) for row in rows]


def _pool_totals(database: Database, script: Script, use: Use) -> list[PoolTotal]:
    d, title = script.dialect, script.plan.policy.programme(use.programme).title
    if use.columns is not None:
        held, amount, weight, share = use.columns
        query = (
            f"SELECT COUNT(*), {d.total(amount)}, {d.total(share)},"
            f" COUNT(CASE WHEN {weight} > 0 THEN 1 END) FROM decided WHERE {held}"
        )
        [(count, pool, used, claims)] = database.rows(query)
        return [PoolTotal(title, None, count, pool, used, count, claims)] if count else []
    return [
        PoolTotal(title, one.group if use.per != "all" else None, 1, one.amount, one.used,
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


# -- one statement for a database of one's own ----------------------------------------------------

_TYPES = {
    Text: Words("文本", "text"),
    YesNo: Words("是否（BOOLEAN）", "yes/no (BOOLEAN)"),
    Date: Words("日期（DATE）", "date (DATE)"),
}
_HEAD = Words(
    """需要一张表 roster，一行一个村，列如下；没有填的为 NULL。
金额按元，用 DECIMAL 或 BIGINT，不用浮点数；计算中一律用分（整数）。
重复的村、缺少的必填项、超出范围的数和无法决定的村都会使语句报错并指明村，不会悄悄给出结果。""",
    """It needs a table `roster`, one row a village, with these columns; NULL is what was not filled in.
Amounts are in yuan, DECIMAL or BIGINT and never floats; within, everything is whole fen. A village
entered twice, a required value missing, a value out of range or a village that cannot be decided stops
the statement with an error that names the village; it never gives a silent value.""",
)
_ANSI = Words(
    "必须先执行 SET spark.sql.ansi.enabled = true，否则溢出不会报错",
    "first run: SET spark.sql.ansi.enabled = true; without it Spark does not stop at an overflow",
)


def sql(plan: Plan, dialect: Name, lang: Lang) -> str:
    """A plan as one SQL statement over a typed table `roster`, with policy, date and readings in its head.

    Raises PolicyProblem.
    """
    policy, d = plan.policy, DIALECTS[dialect]
    assumed = [id_ for id_, fact in policy.facts.items() if not fact.required]
    script = make_script(plan, d, assumed, forgiven=True)
    checks = Checks(d, policy.facts, None)
    tables = [
        Table("read", checks.read("roster"), "amounts in fen"),
        Table("known", checks.known(), "defaults for what is absent, and what is wrong"),
        Table("twice", checks.twice(), "villages that stand there several times"),
        Table("facts", checks.guarded(), "checked"),
        *script.tables,
    ]
    body = ",\n\n".join(f"{_note(t)}{t.name} AS (\n  {t.text}\n)" for t in tables)
    head = "\n".join(f"-- {line}".rstrip() for line in _head(plan, script, lang))
    by_code = order(policy.facts, numbered=False)
    return (
        f"{head}\n\nWITH\n\n{body}\n\n{select(d, written(script, columns(plan)), lang, by_code)};\n"
    )


def _note(table: Table) -> str:
    return f"-- {' '.join(table.note.split())}\n" if table.note else ""


def _head(plan: Plan, script: Script, lang: Lang) -> Iterator[str]:
    policy = plan.policy
    yield f"{policy.title.say(lang)}, {plan.on}"
    yield policy.digest
    yield ", ".join(f"{id_}={option}" for id_, option in plan.readings.items())
    if script.dialect.name == "spark":
        yield _ANSI.say(lang)
    yield ""
    yield from _HEAD.say(lang).splitlines()
    for id_ in identity(policy.facts):
        fact = policy.facts[id_]
        yield f"  {id_}: {fact.title.say(lang)}, {_type(fact.type, lang)}"


def _type(kind: Type, lang: Lang) -> str:
    if isinstance(kind, Number) and kind.unit is not None:
        return f"{kind.unit.said(lang)} (DECIMAL, BIGINT)"
    return _TYPES[type(kind)].say(lang)
