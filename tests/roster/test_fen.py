"""Columns in fen: whatever kind of file they come in, they are read as fen or asked about, never as yuan."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from tests.cli.small import OTHERWISE, decides, fact, policy, rule

import fundcalc

pytestmark = pytest.mark.filterwarnings("ignore::fundcalc.PolicyWarning")

POINTS = """
[units.point]
title = { zh = "分", en = "point" }
plural = "points"
"""
FIGURES, YUAN = [4_300_056, 90], [Decimal("43000.56"), Decimal("0.90")]
HEADS = [
    "集体经济收入（分）", "集体经济收入(分/年)", "集体经济收入（单位：分）", "（分）集体经济收入",
    "集体经济收入_分", "集体经济收入/分", "集体经济收入分", "2016年集体经济收入_fen", "集体经济收入（fen）",
    "collective_income_fen", "COLLECTIVE_INCOME_FEN", "collective_income (fen)", "collective income fen",
]  # fmt: skip


def villages(head: str, figures: list[Any]) -> dict[str, list[Any]]:
    """Two invented ones."""
    return {
        "code": ["149901100201", "149901100202"], "name": ["松坪村", "柳湾村"],
        "county": ["示例县", "示例县"], "residents": [620, 1_200], head: figures, "other_cadres": [4, 3],
    }  # fmt: skip


def csv(folder: Path, data: dict[str, list[Any]]) -> Any:
    pl.DataFrame(data).write_csv(folder / "roster.csv")
    return folder / "roster.csv"


def xlsx(folder: Path, data: dict[str, list[Any]]) -> Any:
    book = openpyxl.Workbook()
    for row in ([*data], *zip(*data.values(), strict=True)):
        book.active.append(row)
    book.save(folder / "roster.xlsx")
    return folder / "roster.xlsx"


def parquet(folder: Path, data: dict[str, list[Any]]) -> Any:
    pl.DataFrame(data).write_parquet(folder / "roster.parquet")
    return folder / "roster.parquet"


def sqlite(folder: Path, data: dict[str, list[Any]]) -> Any:
    pytest.importorskip("sqlalchemy", reason="fundcalc[database] is not installed")
    with closing(sqlite3.connect(folder / "office.sqlite")) as database:
        heads = ", ".join(f'"{head}"' for head in data)
        database.execute(f"CREATE TABLE v ({heads})")
        marks = ", ".join("?" * len(data))
        database.executemany(f"INSERT INTO v VALUES ({marks})", zip(*data.values(), strict=True))
        database.commit()
    return f"sqlite:///{folder}/office.sqlite?table=v"


def frame(_folder: Path, data: dict[str, list[Any]]) -> Any:
    return pl.DataFrame(data)


def columns(_folder: Path, data: dict[str, list[Any]]) -> Any:
    return data


@cache
def shipped() -> fundcalc.Policy:
    return fundcalc.load_policy(lang="en")


def incomes(given: Any, **read: Any) -> list[Decimal]:
    roster = (
        given if isinstance(given, dict | pl.DataFrame) else fundcalc.Roster.read(given, **read)
    )
    if read and isinstance(given, dict):
        roster = fundcalc.Roster.from_dict(given, **read)
    elif read and isinstance(given, pl.DataFrame):
        roster = fundcalc.Roster.from_polars(given, **read)
    return shipped().run(roster, engine="columnar").to_polars()["collective_income"].to_list()


Kind = Callable[[Path, dict[str, list[Any]]], Any]
KINDS: list[Kind] = [csv, xlsx, parquet, sqlite, frame, columns]


@pytest.mark.parametrize(
    ("kind", "head"),
    [(columns, head) for head in HEADS]
    + [(kind, head) for kind in KINDS[:-1] for head in HEADS[::4]],
)
def test_a_column_in_fen(kind: Kind, head: str, tmp_path: Path) -> None:
    assert incomes(kind(tmp_path, villages(head, FIGURES))) == YUAN


@pytest.mark.parametrize(
    "figures", [["4300056", "90"], [4300056.0, 90.0], list(map(Decimal, FIGURES))]
)
def test_figures_of_any_kind(figures: list[Any]) -> None:
    assert incomes(villages("集体经济收入（分）", figures)) == YUAN


@pytest.mark.parametrize("kind", [csv, sqlite, columns])
@pytest.mark.parametrize(
    ("head", "asked"),
    [
        ("村上年收入（分）", False), ("income_fen", False), ("村上年收入/fen", False),
        ("村上年收入分", True), ("村级部分", True), ("incomeFen", True),
    ],
)  # fmt: skip
def test_a_header_that_a_person_has_settled_is_no_way_round(
    kind: Kind, head: str, asked: bool, tmp_path: Path
) -> None:
    """It says fen, or may: then the unit is asked for, and said it holds."""
    given = kind(tmp_path, villages(head, FIGURES))
    if kind is sqlite and head.endswith("_fen"):
        head = head.removesuffix("_fen")  # the database's own reader has divided it
    if asked:
        with pytest.raises(fundcalc.PolicyProblem, match="FC616"):
            incomes(given, columns={head: "collective_income"})
        assert incomes(given, columns={head: "collective_income:元"}) == [4_300_056, 90]
        assert incomes(given, columns={head: "collective_income:分"}) == YUAN
    else:
        assert incomes(given, columns={head: "collective_income"}) == YUAN


def test_a_table_whose_unit_is_fen_is_asked_about(tmp_path: Path) -> None:
    """分 over a whole table may be points."""
    for line in ("单位：分", "（分）", "村级收入表（分）"):
        data = villages("集体经济收入", FIGURES)
        rows = [[line], [*data], *zip(*data.values(), strict=True)]
        text = "\n".join(",".join(map(str, row)) for row in rows)
        (tmp_path / "roster.csv").write_text(text, encoding="utf-8")
        with pytest.raises(fundcalc.PolicyProblem, match=r"FC616|FC650"):
            incomes(tmp_path / "roster.csv")


def test_a_header_over_its_unit(tmp_path: Path) -> None:
    data = villages("集体经济收入", FIGURES)
    rows = [[*data], ["分" if head == "集体经济收入" else "" for head in data]]
    text = "\n".join(",".join(map(str, row)) for row in [*rows, *zip(*data.values(), strict=True)])
    (tmp_path / "roster.csv").write_text(text, encoding="utf-8")
    assert incomes(tmp_path / "roster.csv") == YUAN


@pytest.mark.parametrize("head", ["项score（分）", "项score分", "考核得分", "考核（分）"])
def test_points_are_no_fen(head: str, tmp_path: Path) -> None:
    """分 in the header of what is no money counts points, and changes nothing."""
    home = policy(
        tmp_path, facts=fact("score", 'unit = "point"'), head=POINTS, p=decides("unique")
        + rule("good", "score >= 80", "10000") + OTHERWISE,
    )  # fmt: skip
    found = fundcalc.load_policy(home, lang="en")
    meant = {} if head.startswith("项") else {head: "score"}
    data = {"村名": ["松坪村", "柳湾村"], head: [90, 70]}
    computed = found.run(fundcalc.Roster.from_dict(data, columns=meant)).to_polars()
    assert computed["score"].to_list() == [90, 70]
    assert computed["granted"].to_list() == [10_000, 0]
