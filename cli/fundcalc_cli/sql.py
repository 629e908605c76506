"""`fundcalc sql`: the policy as SQL for a bureau's own database."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from fundcalc_cli.options import Language, On, Policy, Readings, parse_on, parse_pairs
from fundcalc_cli.output import choose_lang, hand_over, show, tell

HELP = tell(
    "把政策写成 SQL，供自己的数据库使用",
    "The policy as SQL, for a database of your own",
)


class Dialect(StrEnum):
    """`--dialect`."""

    duckdb = "duckdb"
    spark = "spark"


def sql(
    dialect: Annotated[
        Dialect, typer.Option("--dialect", help=tell("哪种数据库", "Whose SQL"))
    ] = Dialect.duckdb,
    policy: Policy = None,
    on: On = None,
    reading: Readings = None,
    lang: Language = None,
) -> None:
    """Print one statement over a table `roster`."""
    from fundcalc import api

    chosen = choose_lang(lang)
    found, warnings = api.load_policy_with_warnings(policy)
    plan = api.plan(found, parse_on(on), parse_pairs(reading, "--reading"))
    show(warnings)
    hand_over(api.sql(plan, dialect.value, chosen))
