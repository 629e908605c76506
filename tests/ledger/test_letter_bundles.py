"""Letters with long names, without some pages, or more or fewer of them than villages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader, PdfWriter
from tests.ledger.test_paper import held

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make

LETTER = 3
"""Pages of a letter with its annex."""


@pytest.mark.parametrize("coded", [True, False])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_long_name_that_begins_as_another_one_is_its_own(
    cli: Cli, roster: Make, tmp_path: Path, coded: bool, lang: str
) -> None:
    """The name goes on in a second line, and what stands in the first is the other village's whole name."""
    begins = "很长的地名又一处" * 5
    names = [begins[:n] + end for n in range(22, 40) for end in ("", "（试行）" if coded else "北")]
    villages = [
        f"{140121000300 + n if coded else ''},{name},甲镇,清徐县,900,30000,100000,4,5000"
        for n, name in enumerate(names)
    ]
    assert cli("run", roster(*villages)).code == 0
    assert cli("letter", "1", "-o", "out", "--one-file", "--short", "--lang", lang).code == 0
    [file] = (tmp_path / "out").glob("*.pdf")
    assert held(cli, file, code=0) == []
    answer = cli("runs", "verify", "1", "--paper", file, "--lang", "en")
    assert f"{len(names)} letters to {len(names)} villages" in " ".join(answer.out.split())


@pytest.fixture
def bundle(cli: Cli, roster: Make, tmp_path: Path) -> Path:
    """The letters of five villages, with whom to write to."""
    assert cli("run", roster()).code == 0
    asked = ["--contact", "5551234", "--until", "2018-03-01", "--lang", "zh"]
    assert cli("letter", "1", "-o", "out", "--one-file", *asked).code == 0
    [file] = (tmp_path / "out").glob("*.pdf")
    assert len(PdfReader(file).pages) == 5 * LETTER
    return file


def cut(bundle: Path, *pages: int) -> str:
    """These pages of the letters."""
    writer, reader = PdfWriter(), PdfReader(bundle)
    for page in pages:
        writer.add_page(reader.pages[page])
    writer.write("cut.pdf")
    return "cut.pdf"


def test_a_first_page_and_an_annex_that_are_missing_are_named_and_nothing_else(
    cli: Cli, bundle: Path
) -> None:
    every = range(5 * LETTER)
    assert held(cli, bundle, code=0) == []
    for gone in (0, LETTER):
        [one] = held(cli, cut(bundle, *(n for n in every if n != gone)))
        assert (one["kind"], one["what"]) == ("missing", "page 1, the letter itself")
    [one] = held(cli, cut(bundle, 0))
    assert (one["kind"], one["what"]) == ("missing", "the annex, from page 2 on")
    [one] = held(cli, cut(bundle, *(n for n in every if n != 1)))
    assert one["kind"] == "missing" and "附件" in one["what"]
    found = held(cli, cut(bundle, 0, 1, 1, 2))
    assert found and {one["kind"] for one in found} == {"unassigned"}


def test_how_many_letters_of_how_many_villages_is_said(cli: Cli, bundle: Path) -> None:
    """One that is missing, and one that is there twice."""
    fewer = cut(bundle, *range(LETTER), *range(2 * LETTER, 5 * LETTER))
    answer = cli("runs", "verify", "1", "--paper", fewer, "--lang", "zh")
    assert answer.code == 0
    assert "4 份告知书，是 4 个村的；这次测算共有 5 个村" in answer.out
    answer = cli("runs", "verify", "1", "--paper", cut(bundle, 0, 1, 2, 0, 1, 2), "--lang", "zh")
    assert "2 份告知书，是 1 个村的；这次测算共有 5 个村" in answer.out
