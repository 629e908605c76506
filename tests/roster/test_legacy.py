"""Workbooks of the old kind, made by LibreOffice from ones made here."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import xlsxwriter
from tests.roster.conftest import read_roster

from fundcalc.policy.model import Fact

OFFICE = shutil.which("soffice")


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not on this machine")
@pytest.mark.parametrize("rows", [2, 300])
def test_an_xls(
    tmp_path: Path,
    facts: Mapping[str, Fact],
    header: list[str],
    village: Callable[..., list[object]],
    rows: int,
) -> None:
    """300 rows take the stream out of the small sectors."""
    path = tmp_path / "roster.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("名册")
        sheet.write_row(0, 0, header)
        for at in range(rows):
            sheet.write_row(at + 1, 0, village(code=f"140123204{at + 1:03}", name=f"村{at}"))
        sheet.write_formula(2, 6, "=1/0", None, "#DIV/0!")
    assert OFFICE is not None
    office = [OFFICE, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"]
    subprocess.run(
        [*office, "--convert-to", "xls", "--outdir", str(tmp_path), str(path)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    for ending in (".xlsx", ".xls"):
        roster = read_roster(path.with_suffix(ending), facts)
        assert [(r.code, r.cell, r.value) for r in roster.rejects] == [("FC626", "G3", "#DIV/0!")]
        assert len(roster) == rows - 1
        assert roster.columns["collective_income"] == [6_000_000] * (rows - 1)
