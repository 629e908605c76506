"""What a workbook leaves out, and refuses, where there are many villages; the limits made small here."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.reports import workbook
from fundcalc.reports.workbook import paper, sheets, sign
from tests.formulas import books
from tests.formulas.test_recalculated import EVERYTHING, awkward


def test_too_many_for_formulas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_LIVE", 11)
    plan = api.plan(api.load_policy(EVERYTHING))
    assert books.write(tmp_path / "b.xlsx", plan, awkward(1, villages=12)) == ["FC851"]
    found = openpyxl.load_workbook(tmp_path / "b.xlsx")
    assert found.sheetnames == ["Summary", "To sign", "To settle", "Rules", "Notes", "Data"]
    said = [str(cell.value) for row in found["Notes"].iter_rows() for cell in row]
    assert any("without live formulas" in text for text in said)
    assert not books.write(tmp_path / "b.xlsx", plan, awkward(1, villages=11))


def test_too_many_for_reasons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row a village, with the same rules as the long form."""
    plan = api.plan(api.load_policy(EVERYTHING))
    facts = awkward(1, villages=12)
    books.write(tmp_path / "long.xlsx", plan, facts)
    for module in (workbook, sheets):
        monkeypatch.setattr(module, "MOST_REASONS", 11)
    monkeypatch.setattr(workbook, "MOST_LIVE", 11)
    assert books.write(tmp_path / "short.xlsx", plan, facts) == ["FC851", "FC852"]
    short, long = (
        [[cell.value for cell in row] for row in openpyxl.load_workbook(tmp_path / name)["Rules"]]
        for name in ("short.xlsx", "long.xlsx")
    )
    who = 3  # code, name, county
    programmes = len(plan.policy.listed)
    rules = [row[who + 1] for row in long[1:]]
    by_village = [rules[i : i + programmes] for i in range(0, len(rules), programmes)]
    assert [row[who:] for row in short[1:]] == by_village


def test_too_many_for_a_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 50)
    plan = api.plan(api.load_policy(EVERYTHING))
    with pytest.raises(PolicyProblem) as refused:
        books.write(tmp_path / "b.xlsx", plan, awkward(1, villages=12))
    assert [found.code for found in refused.value.diagnostics] == ["FC853"]
    assert not (tmp_path / "b.xlsx").exists()


def test_too_many_counties_for_a_sheet_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_SHEETS", 2)
    run = api.calculate(api.plan(api.load_policy(EVERYTHING)), books.roster_of(awkward(1)))
    with pytest.raises(PolicyProblem) as refused:
        api.write(run, tmp_path / "b.xlsx", "en", api.SheetSettings(by_county=True))
    assert [found.code for found in refused.value.diagnostics] == ["FC856"]
    assert not (tmp_path / "b.xlsx").exists()


def test_annex_of_many_readings_is_cut_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign, "MOST_SETTLED", 3)
    books.write(tmp_path / "b.xlsx", api.plan(api.load_policy(EVERYTHING)), awkward(1))
    cells = openpyxl.load_workbook(tmp_path / "b.xlsx")["To settle"].iter_rows(values_only=True)
    rows = list(cells)
    assert len([row for row in rows if isinstance(row[0], int)]) == 3
    assert any("the first 3" in str(cell) for row in rows for cell in row)


def test_a_workbook_of_many_villages_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 20,000 villages on rows go through a temporary file, where none can be written twice."""
    plan = api.plan(api.load_policy(EVERYTHING))
    monkeypatch.setattr(workbook, "MOST_LIVE", 5)
    found = []
    for name, most in (("memory.xlsx", 20_000), ("file.xlsx", 5)):
        monkeypatch.setattr(paper, "CONSTANT_MEMORY_FROM", most)
        books.write(tmp_path / name, plan, awkward(1))
        book = openpyxl.load_workbook(tmp_path / name)
        found.append(
            [
                (
                    sheet.title,
                    [
                        [str(cell.value).replace("_x005F_", "_") for cell in row]
                        for row in sheet.iter_rows()
                    ],
                    sorted(map(str, sheet.merged_cells.ranges)),
                    {
                        row[0].row: sheet.row_dimensions[row[0].row].height
                        for row in sheet
                        if any(cell.value for cell in row)
                    },
                )
                for sheet in book
            ]
        )
    assert found[0] == found[1]
