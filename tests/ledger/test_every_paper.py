"""Papers of every policy of examples/policies/ agree with their run; what is none is told what one has."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from tests.conftest import ROOT

from fundcalc.policy.bundle import examples

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli

POLICIES = ROOT / "examples" / "policies"
PUBLIC = ("household", "person_months", "school")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", examples())
def test_a_policys_own_papers_agree(cli: Cli, tmp_path: Path, name: str, lang: str) -> None:
    """Also where a sheet to read has more columns than a roster may, and a head has its unit."""
    run = ["run", POLICIES / name / "roster.csv", "--policy", POLICIES / name, "--lang", lang]
    assert cli(*run, "-o", tmp_path / "s.xlsx").code == 0
    papers = ["--paper", "s.xlsx"]
    if name in PUBLIC:
        assert cli(*run, "-o", tmp_path / "p.xlsx", "--public", "--no-record").code == 0
        papers += ["--paper", "p.xlsx"]
    answer = cli("runs", "verify", "1", *papers, "--lang", "en")
    assert answer.code == 0, answer.said
    assert answer.out.count("agrees with run") == len(papers) // 2
    rows = len((POLICIES / name / "roster.csv").read_text(encoding="utf-8").splitlines()) - 1
    counted = re.findall(r"figures of (\d+) ", " ".join(answer.out.split()))
    assert counted == [str(rows)] * (len(papers) // 2)


def test_a_foreign_file_says_which_heads_a_paper_of_the_policy_has(
    cli: Cli, tmp_path: Path
) -> None:
    posts = POLICIES / "posts"
    assert cli("run", posts / "roster.csv", "--policy", posts).code == 0
    book = openpyxl.Workbook()
    book.active["A1"] = "单位"  # type: ignore[index]
    book.save(tmp_path / "foreign.xlsx")
    answer = cli("runs", "verify", "1", "--paper", "foreign.xlsx", "--lang", "zh")
    assert answer.code == 2 and "FC880" in answer.err
    assert "找不到“”" not in answer.err and "专职" in answer.err, answer.err


def test_a_paper_may_be_wide_but_not_without_end(cli: Cli, tmp_path: Path) -> None:
    school = POLICIES / "school"
    assert (
        cli("run", school / "roster.csv", "--policy", school, "-o", tmp_path / "s.xlsx").code == 0
    )
    far = tmp_path / "far.xlsx"
    with zipfile.ZipFile(tmp_path / "s.xlsx") as book, zipfile.ZipFile(far, "w") as out:
        for part in book.namelist():
            row = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            out.writestr(part, book.read(part).replace(b"</sheetData>", row))
    (tmp_path / "far.csv").write_text("," * 9000 + "\n" + "1\n" * 9000)
    for paper in ("far.xlsx", "far.csv"):
        answer = cli("runs", "verify", "1", "--paper", paper)
        assert answer.code == 2 and "FC606" in answer.err, answer.said
