"""The computation as one SQL statement that a bureau runs in its own database over a table `roster`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from fundcalc.base.words import Lang, Words
from fundcalc.engines.sql.dialect import DIALECTS, Dialect
from fundcalc.engines.sql.facts import Facts, identity
from fundcalc.engines.sql.reading import guarded, keyed, read, written
from fundcalc.engines.sql.result import select
from fundcalc.engines.sql.result import written as as_written
from fundcalc.engines.sql.script import Script, make_script
from fundcalc.engines.sql.sharing import TIES, Table
from fundcalc.language.datatypes import Date, Number, Text, Type, YesNo
from fundcalc.policy.columns import columns
from fundcalc.policy.plan import Plan

_TYPES = {
    Text: Words("文本", "text"),
    YesNo: Words("是否（BOOLEAN）", "yes/no (BOOLEAN)"),
    Date: Words("日期（DATE）", "date (DATE)"),
}
_HEAD = Words(
    """需要一张表 roster，一行一个村，列如下；没有填的为 NULL。
金额按元，两位小数；计算中一律用分（整数）。重复的村、缺少的必填项、超出范围的数和无法决定的村
都会使语句报错并指明村，不会悄悄给出结果。""",
    """It needs a table `roster`, one row a village, with these columns; NULL is what was not filled in.
Amounts are in yuan with two decimals; within, everything is whole fen. A village entered twice, a
required value missing, a value out of range or a village that cannot be decided stops the statement
with an error that names the village; it never gives a silent value.""",
)
_ANSI = Words(
    "必须先执行 SET spark.sql.ansi.enabled = true，否则溢出不会报错",
    "first run: SET spark.sql.ansi.enabled = true; without it Spark does not stop at an overflow",
)


def sql(plan: Plan, dialect: Literal["duckdb", "spark"], lang: Lang) -> str:
    """A plan as one SQL statement over a table `roster`, with policy, date and readings in its head.

    Raises PolicyProblem.
    """
    return _statement(plan, DIALECTS[dialect], lang)


def _statement(plan: Plan, dialect: Dialect, lang: Lang) -> str:
    policy = plan.policy
    assumed = [id_ for id_, fact in policy.facts.items() if not fact.required]
    script = make_script(plan, dialect, assumed, forgiven=True)
    facts = Facts(dialect, policy.facts, {})
    tables = [
        Table("written", written(facts), "the roster as it was filled in"),
        Table("read", read(facts), "amounts in fen, NULL where it cannot be read"),
        Table("known", keyed(facts), "who is who, and what is wrong"),
        Table("facts", guarded(facts), "checked, with defaults for what is absent"),
        *script.tables,
    ]
    shown = as_written(script, columns(plan))
    order = [tie for tie in TIES if tie in policy.facts]
    body = ",\n\n".join(f"{_note(t)}{t.name} AS (\n  {t.text}\n)" for t in tables)
    head = "\n".join(f"-- {line}".rstrip() for line in _head(plan, script, lang))
    return f"{head}\n\nWITH\n\n{body}\n\n{select(dialect, shown, lang, order)};\n"


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
