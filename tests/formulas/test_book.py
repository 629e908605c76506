"""The workbook's formulas as they stand in the file: which there are, and what never becomes one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from fundcalc import api
from fundcalc.engines.formulas.cells import FIRST_ROW
from fundcalc.policy.plan import Plan
from fundcalc.reports.workbook.live import leading_columns
from tests.closed_sets import EXPRESSIONS, constructs
from tests.formulas import books
from tests.formulas.test_recalculated import EVERYTHING, ROOT, awkward

PLAIN = (
    "ABS AND CHAR COUNTIF COUNTIFS EXACT FIND IF IFERROR INDEX INT ISNUMBER LARGE LEN MATCH MAX MID MIN NA"
    " NOT OR ROUND ROW SMALL SUBSTITUTE SUM SUMIF SUMPRODUCT"
)
NAMES = [
    "=cmd|' /C calc'!A0", "@SUM(A1)", "+1", "-2+3", "\t=1", "\r=1", "=1+1", "{=1}", "＝1", "http://a.b",
    "0123", "1e5", "#N/A", "'quoted", "TRUE",
]  # fmt: skip
FORMULA = re.compile(r"<f>(.*?)</f>", re.DOTALL)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return api.plan(api.load_policy(EVERYTHING))


def formulas_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as book:
        sheets = [name for name in book.namelist() if "worksheets/sheet" in name]
        return [text for name in sheets for text in FORMULA.findall(book.read(name).decode())]


def test_the_policy_that_uses_everything_does() -> None:
    assert constructs(api.load_policy(EVERYTHING)) >= EXPRESSIONS


def test_only_functions_that_every_spreadsheet_has(tmp_path: Path, plan: Plan) -> None:
    books.write(tmp_path / "b.xlsx", plan, awkward(1))
    used: set[str] = set()
    for text in formulas_in(tmp_path / "b.xlsx"):
        assert len(text) < 8_192
        bare = re.sub(r'"(?:[^"]|"")*"', "", text.replace("&quot;", '"'))
        used |= set(re.findall(r"([A-Z][A-Z.0-9]*)\(", bare))
    assert " ".join(sorted(used)) == PLAIN


def test_every_rule_and_output_is_a_formula_with_its_result_beside(
    tmp_path: Path, plan: Plan
) -> None:
    path = tmp_path / "b.xlsx"
    books.write(path, plan, awkward(1))
    live, stored = (
        openpyxl.load_workbook(path, data_only=only)["Formulas"] for only in (False, True)
    )
    first = leading_columns(plan.policy.facts)
    columns = sum(len(p.rules) + len(p.outputs) for p in plan.policy.programmes)
    for row in range(FIRST_ROW, FIRST_ROW + 40):
        for column in range(first, first + columns + 1):
            assert live.cell(row, column).data_type == "f"
        assert stored.cell(row, first).value == "agree"
    at = books.lowered(plan, awkward(1)).outputs
    sheets = {"Formulas": [[cell.value for cell in row] for row in stored.iter_rows()]}
    assert not [
        one for one in books.differences(sheets, plan, awkward(1), at)  # type: ignore[arg-type]
        if one[2] is not None or one[3] != ""
    ]  # fmt: skip


@pytest.mark.parametrize("by_county", [False, True])
def test_text_never_becomes_a_formula(tmp_path: Path, plan: Plan, by_county: bool) -> None:
    """In names, towns, counties and further texts, on every sheet."""
    facts = awkward(1, villages=len(NAMES))
    for id_ in ("name", "town", "county", "word"):
        facts[id_] = list(NAMES)
    run = api.calculate(plan, books.roster_of(facts))
    path = tmp_path / "b.xlsx"
    api.write(run, path, "zh", api.SheetSettings(by_county=by_county))
    written = formulas_in(path)
    assert written
    assert not {"cmd|' /C calc'!A0", "SUM(A1)", "1+1", "2+3", "-2+3"} & set(written)
    seen: set[str] = set()
    for sheet in openpyxl.load_workbook(path).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.hyperlink is None
                if cell.value in NAMES:
                    assert cell.data_type == "s", (sheet.title, cell.coordinate)
                    seen.add(str(cell.value))
    assert seen >= set(NAMES) - {"\r=1"}


def test_a_negative_amount_is_a_number(tmp_path: Path, plan: Plan) -> None:
    facts = awkward(1, villages=3)
    facts["m"] = [-1, -100_000, -12_345]
    path = tmp_path / "b.xlsx"
    books.write(path, plan, facts)
    book = openpyxl.load_workbook(path)
    heads = [cell.value for cell in book["Data"][1]]
    found = [book["Data"].cell(row, heads.index("m") + 1) for row in (2, 3, 4)]
    assert [(cell.value, cell.data_type) for cell in found] == [
        (-0.01, "n"), (-1000, "n"), (-123.45, "n"),
    ]  # fmt: skip


def test_the_foot_takes_run_and_ledger(tmp_path: Path, plan: Plan) -> None:
    run = api.calculate(plan, books.roster_of(awkward(1, villages=3)))
    run = api.record(run, tmp_path / "l.db")
    path = tmp_path / "b.xlsx"
    api.write(run, path, "en")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert f"run {run.id}" in sheet.oddFooter.right.text
    assert f"ledger {run.head}" in sheet.oddFooter.left.text
    assert plan.policy.digest in sheet.oddFooter.left.text


def test_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    """Sets and dicts are laid out by another hash seed each time."""
    written: list[bytes] = []
    for seed in ("1", "2"):
        path = tmp_path / f"{seed}.xlsx"
        command = [
            sys.executable,
            "-m",
            "fundcalc_cli",
            "run",
            str(ROOT / "examples/taiyuan-2017.xlsx"),
        ]
        subprocess.run(
            [*command, "-o", str(path), "--lang", "zh", "--no-record"],
            check=True, capture_output=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        written.append(path.read_bytes())
    assert written[0] == written[1]
