"""The empty roster: every fact has its header, note and rule, and what is filled in reads back."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from fundcalc import api
from fundcalc.base.words import Lang
from fundcalc.language.datatypes import Text
from tests.cli import small
from tests.conftest import Cli
from tests.rosters.villages import VILLAGES

POLICY = api.load_policy()
HEADER_ROW, EXAMPLE_ROW = 3, 4
LANGUAGES: list[Lang] = ["zh", "en"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_fact_has_a_header_a_note_and_a_rule(tmp_path: Path, lang: Lang) -> None:
    api.write_template(tmp_path / "t.xlsx", POLICY, lang)
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    ruled = {str(rule.sqref).split(":")[0] for rule in sheet.data_validations.dataValidation}
    for column, fact in enumerate(POLICY.facts.values(), 2):
        header = sheet.cell(HEADER_ROW, column)
        assert fact.title.say(lang) in header.value
        assert header.value.startswith("*") == fact.required
        free = isinstance(fact.type, Text) and not fact.digits
        assert free or header.comment.text
        assert free == (f"{header.column_letter}{EXAMPLE_ROW + 1}" not in ruled)
        shown = sheet.cell(EXAMPLE_ROW, column).value
        assert (shown is None) == (fact.example is None and fact.default is None)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_filled_in_reads_back_without_the_example(tmp_path: Path, lang: Lang) -> None:
    api.write_template(tmp_path / "t.xlsx", POLICY, lang)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    for row in VILLAGES:
        book.active.append([None, *row])
    book.save(tmp_path / "t.xlsx")
    roster = api.read_roster(tmp_path / "t.xlsx", POLICY)
    assert not roster.rejects
    assert list(roster.columns) == list(POLICY.facts)
    assert list(roster.columns["name"]) == [row[1] for row in VILLAGES]
    assert any("row 4 is an example" in notice.en for notice in roster.notices)


def test_the_example_itself_is_a_clean_row_but_for_being_the_example(tmp_path: Path) -> None:
    api.write_template(tmp_path / "t.xlsx", POLICY, "zh")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    book.active.cell(EXAMPLE_ROW, 1).value = 1
    book.save(tmp_path / "t.xlsx")
    roster = api.read_roster(tmp_path / "t.xlsx", POLICY)
    assert [(one.code, one.cell) for one in roster.rejects] == [("FC647", "C4")]


def test_the_same_policy_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        api.write_template(tmp_path / name, POLICY, "zh")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


UNITS = [("千瓦", "kilowatt"), ("百分点", "percentage point"), ("平方米", "square metre")]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("zh", "en"), UNITS, ids=str)
def test_a_unit_of_the_policy_is_read_as_it_is_written(
    cli: Cli, tmp_path: Path, zh: str, en: str, lang: str
) -> None:
    head = f'[units.own]\ntitle = {{ zh = "{zh}", en = "{en}" }}\nplural = "{en}s"\n'
    programme = small.decides("unique") + small.rule("given", "true", "0") + small.OTHERWISE
    of_both = small.fact("size", 'unit = "own"', "range = [0, 90]")
    of_both += small.fact("pay", 'unit = "yuan/own"', "range = [0, 90]")
    small.policy(tmp_path, facts=of_both, head=head, grant=programme)
    assert cli("roster", "template", "-o", "t.xlsx", "--lang", lang).code == 0
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    for column, value in enumerate([1, "甲村", 35, 7], 1):
        book.active.cell(5, column).value = value
    book.save(tmp_path / "t.xlsx")
    assert cli("roster", "clean", "t.xlsx", "-o", "clean.parquet").code == 0
    assert pl.read_parquet(tmp_path / "clean.parquet").rows() == [("甲村", 35, 7)]
