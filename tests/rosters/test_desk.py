"""What the officer gets back: rejects as files, the marked copy, and refusals that spare the roster."""

from __future__ import annotations

import csv as csv_module
import json
import re
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc_cli.app import app
from tests.cases import unpack
from tests.rosters.villages import HEADER, VILLAGES, changed
from tests.rosters.writing import csv, xlsx

BAD = Path(__file__).parent / "bad"
ONE_FILE = re.compile(r"```console en\n\$ fundcalc roster check roster\.?\w*\nexit 1\n")
READABLE = sorted(
    case
    for case in BAD.glob("*.md")
    if ONE_FILE.search(text := case.read_text("utf-8")) and "policies.toml" not in text
)
"""One roster each, of the shipped policy."""
OTHERWISE = {
    "FC626_a_formula_never_computed": "stays so until a spreadsheet has saved the marked copy",
    "FC626_a_formula_gone_wrong": "the same",
    "FC626_formulas_in_an_xls": "written anew, a cell without a result is blank",
    "FC626_formulas_in_cells_without_addresses": "stays so until a spreadsheet has saved it",
    "FC626_formulas_with_a_comparison": "the same",
    "FC626_formulas_without_a_value": "the same",
    "FC626_formulas_all_nought": "the same",
    "FC626_an_error_in_a_cell_without_an_address": "the same",
    "FC646_a_comma_without_quotes": "a workbook's cells do not shift",
    "FC638_a_bell_in_a_name": "a workbook cannot hold the character",
    "FC621_an_escape_in_a_figure": "the same",
}


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*map(str, arguments), "--lang", "en"])
    return result.exit_code, result.output


def found(path: Path) -> list[tuple[str, str | None, str, str]]:
    rejects = api.read_roster(path, api.load_policy()).rejects
    return [(r.code, r.cell, r.column, r.value.strip()) for r in rejects]


@pytest.mark.parametrize("case", READABLE, ids=lambda path: path.stem)
def test_the_marked_copy_has_the_same_faults_and_shows_each(case: Path, tmp_path: Path) -> None:
    unpack(case, tmp_path)
    (roster,) = tmp_path.glob("roster*")
    before = found(roster)
    assert run("roster", "check", roster, "--marked", tmp_path / "marked.xlsx")[0] == 1
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    commented = {c.coordinate for row in book.active.iter_rows() for c in row if c.comment}
    covered = {"E3"} if case.stem == "FC628_figures_in_merged_cells" else set()
    assert commented == {cell for _, cell, *_ in before} - covered
    if case.stem not in OTHERWISE:
        assert found(tmp_path / "marked.xlsx") == before


def test_rejects_are_the_same_on_paper_and_in_json(tmp_path: Path) -> None:
    roster = BAD / "all_faults_at_once" / "roster.xlsx"
    code, _ = run("roster", "check", roster, "--rejects", tmp_path / "r.csv")
    assert code == 1
    assert run("roster", "check", roster, "--rejects", tmp_path / "r.json")[0] == 1
    said = CliRunner().invoke(app, ["roster", "check", str(roster), "--format", "json"]).stdout
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv_module.DictReader(file))
    listed = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert listed == json.loads(said)["rejects"]
    assert [row["cell"] for row in table] == [one["cell"] for one in listed]
    assert all(row["why"] and row["mend"] and row["file"] == "roster.xlsx" for row in table)


@pytest.mark.parametrize(
    "options",
    [
        ("--marked", "roster.xlsx"),
        ("--marked", "m.csv"),
        ("--rejects", "r.xlsx"),
        ("--rejects", "r"),
    ],
)
def test_what_cannot_be_written_is_refused_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    xlsx(tmp_path / "roster.xlsx", [HEADER, *changed(0, "常住人口", "x")])
    before = (tmp_path / "roster.xlsx").read_bytes()
    assert run("roster", "check", "roster.xlsx", *options)[0] == 2
    assert run("run", "roster.xlsx", "--rejects", "r.xlsx")[0] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["roster.xlsx"]
    assert (tmp_path / "roster.xlsx").read_bytes() == before


def test_many_rejects_are_counted_by_kind(tmp_path: Path) -> None:
    rows = [[f"1499011{at:05}", f"村{at}", *VILLAGES[0][2:]] for at in range(300)]
    for row in rows:
        row[4] = "600人"
    csv(tmp_path / "roster.csv", [HEADER, *rows])
    code, said = run("roster", "check", tmp_path / "roster.csv")
    assert code == 1
    assert "Rejected: 300 faults in 300 rows" in said
    assert "reject[FC622] 300 cells of “常住人口”: the cell has a unit, “人”" in said
    assert "roster.csv!E2  村0  `600人`" in said
    assert "… and 297 more" in said


def test_a_long_line_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """Two gigabytes of nothing after a header; sparse, so that it takes no room on the disk."""
    path = tmp_path / "roster.csv"
    csv(path, [HEADER, *VILLAGES])
    with path.open("r+b") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(PolicyProblem) as problem:
        api.read_roster(path, api.load_policy())
    (found_,) = problem.value.diagnostics
    assert (found_.code, found_.where.file) == ("FC606", f"{path}:8")
