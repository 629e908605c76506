"""PDF papers that somebody drew over, added to or took pages from: each is named, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import DictionaryObject, NameObject, StreamObject
from tests.conftest import ROOT
from tests.formulas.office import soffice
from tests.ledger.test_paper import held, printed

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make


def drawn(
    source: Path, text: str, x: float, y: float, page: int = 0, *, first: bool = False
) -> str:
    """A copy with a text on a white box, drawn before or after all that stands on a page."""
    writer = PdfWriter(clone_from=source)
    at = writer.pages[page]
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    named = DictionaryObject({NameObject(k): NameObject(v) for k, v in font.items()})
    at["/Resources"]["/Font"][NameObject("/HX")] = writer._add_object(named)
    box = f"q 1 1 1 rg {x - 3} {y - 2} 60 9 re f Q BT 0 g /HX 9 Tf {x} {y} Td ({text}) Tj ET"
    contents = at.get_contents()
    assert contents is not None
    stream, old = StreamObject(), contents.get_data()
    stream.set_data(box.encode() + b"\n" + old if first else old + b"\nq " + box.encode() + b" Q")
    at[NameObject("/Contents")] = writer._add_object(stream)
    writer.write(source.parent / "drawn.pdf")
    return "drawn.pdf"


def without(source: Path, page: int) -> str:
    """A copy that lacks a page."""
    writer = PdfWriter(clone_from=source)
    del writer.pages[page]
    writer.write(source.parent / "without.pdf")
    return "without.pdf"


def noted(source: Path, text: str) -> str:
    """A copy with a note laid over its first page."""
    writer = PdfWriter(clone_from=source)
    writer.add_annotation(0, FreeText(text=text, rect=(190, 100, 300, 120)))
    writer.write(source.parent / "noted.pdf")
    return "noted.pdf"


@pytest.fixture
def letter(cli: Cli, roster: Make, tmp_path: Path) -> Path:
    """The letter of a run to one village."""
    assert cli("run", roster()).code == 0
    assert cli("letter", "1", "140121000202", "-o", "out", "--lang", "zh").code == 0
    [file] = (tmp_path / "out").glob("*.pdf")
    return Path(shutil.copy(file, tmp_path / "letter.pdf"))


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("200,000.00", 185, 667),
        ("Total amount 200,000.00 yuan", 100, 60),
        ("200000", 100, 60),
        ("Void", 300, 700),
    ],
)
def test_what_is_drawn_over_a_letter_is_named(
    cli: Cli, letter: Path, text: str, x: float, y: float, first: bool
) -> None:
    """Over an amount, at the foot of the page, before all else and after it."""
    assert held(cli, letter, code=0) == []
    found = held(cli, drawn(letter, text, x, y, first=first))
    assert len(found) == 1 and text in found[0]["what"] + found[0]["paper"]


def test_a_page_more_and_a_page_less_of_letters_are_named(
    cli: Cli, letter: Path, tmp_path: Path
) -> None:
    """In one file for all villages, too, where the letters stand one behind the other."""
    found = held(cli, without(letter, -1))
    assert [one["kind"] for one in found] == ["missing"] or len(found) == 2
    assert cli("letter", "1", "-o", "all", "--one-file", "--short", "--lang", "zh").code == 0
    [whole] = (tmp_path / "all").glob("*.pdf")
    writer = PdfWriter(clone_from=whole)
    writer.add_blank_page(595, 842)[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject()}
    )
    stream = StreamObject()
    stream.set_data(b" ")
    writer.pages[-1][NameObject("/Contents")] = writer._add_object(stream)
    writer.write(tmp_path / "more.pdf")
    [one] = held(cli, drawn(tmp_path / "more.pdf", "Plus 200,000.00 yuan", 100, 700, page=-1))
    assert one["kind"] == "unassigned" and "!p6:" in one["where"]


def test_what_is_laid_over_a_letter_is_read(cli: Cli, letter: Path) -> None:
    """An amount and other words are named; a name and a day where they belong are said."""
    assert "200,000.00" in held(cli, noted(letter, "200,000.00"))[0]["what"]
    assert "作废本件，另行通知" in held(cli, noted(letter, "作废本件，另行通知"))[0]["what"]


def test_a_letter_is_held_as_the_run_stood_when_it_was_set(
    cli: Cli, letter: Path, roster: Make, tmp_path: Path
) -> None:
    """Before it was reviewed, after that, and after it was corrected."""
    assert cli("runs", "review", "1", "--by", "李四", "--approve").code == 0
    assert cli("letter", "1", "-o", "reviewed", "--one-file", "--lang", "zh").code == 0
    fewer = roster("140121000201,东村,甲镇,清徐县,900,60000,100000,4,5000", name="fewer.csv")
    correcting = ("--corrects", "1", "--reason", "更正", "--prepared-by", "王五")
    assert cli("run", fewer, *correcting).code == 0
    assert cli("letter", "1", "-o", "corrected", "--one-file", "--lang", "zh").code == 0
    for folder in ("reviewed", "corrected"):
        [file] = (tmp_path / folder).glob("*.pdf")
        assert held(cli, file, code=0) == []
    assert held(cli, letter, code=0) == []


def test_a_letter_of_a_run_that_was_sent_back_says_so_without_the_reason(
    cli: Cli, letter: Path, tmp_path: Path
) -> None:
    """Why is between the office and its reviewer; a name that is a file's is no folder."""
    assert cli("runs", "review", "1", "--by", "李四", "--return", "--reason", "漏了一户").code == 0
    assert cli("letter", "1", "-o", "returned", "--one-file", "--lang", "zh").code == 0
    [file] = (tmp_path / "returned").glob("*.pdf")
    text = "".join(page.extract_text() for page in PdfReader(file).pages).replace("\n", "")
    assert "由李四退回修改" in text and "漏了一户" not in text
    assert held(cli, file, code=0) == [] and held(cli, letter, code=0) == []
    answer = cli("letter", "1", "140121000202", "-o", "n.pdf", "--lang", "zh")
    assert answer.code == 2 and "要的是文件夹" in answer.err and not (tmp_path / "n.pdf").exists()


def test_letters_of_a_policy_without_money_agree(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "examples" / "policies" / "posts", tmp_path / "posts")
    monkeypatch.chdir(tmp_path / "posts")
    assert cli("run", "roster.csv").code == 0
    for n, more in enumerate((["--one-file"], ["--short", "--lang", "en"], ["--lang", "zh"])):
        assert cli("letter", "1", "-o", f"out{n}", *more).code == 0
        for file in sorted(Path(f"out{n}").rglob("*.pdf"))[:3]:
            assert held(cli, file, code=0) == []


@pytest.mark.office
@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not on this machine")
def test_what_is_drawn_over_a_printed_sheet_or_taken_from_it_is_named(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    """Any page that is signed, one by one; a figure that stands somewhere else in the run over one."""
    assert cli("run", roster(), "-o", "s.xlsx", "--lang", "zh").code == 0
    assert cli("run", roster(), "-o", "p.xlsx", "--public", "--lang", "zh").code == 0
    printed(tmp_path / "s.xlsx", "pdf", None, tmp_path / "p.xlsx")
    for paper, run_id in (("s.pdf", "1"), ("p.pdf", "2")):
        path = tmp_path / paper
        assert held(cli, paper, run_id, code=0) == []
        pages = _pages(path)
        signed = [n for n, text in enumerate(pages) if "不签发" not in text]
        strips = [n for n in signed if "东村" in pages[n] and "事项" not in pages[n]]
        assert len(strips) > 1
        for page in strips:
            found = held(cli, without(path, page), run_id)
            assert (
                len(found) == 1 and found[0]["kind"] == "missing" and "东村" in found[0]["village"]
            )
            x, y = _place(path, page)
            for text in ("200,000.00", "5"):
                found = held(cli, drawn(path, text, x, y, page), run_id)
                assert any("东村" in one["village"] for one in found)
        found = held(cli, drawn(path, "200,000.00", 100, 60, signed[0]), run_id)
        assert [one["kind"] for one in found] == ["unassigned"]
    answer = cli("runs", "verify", "1", "--paper", without(tmp_path / "s.pdf", 0), "--lang", "zh")
    assert answer.code == 0 and "没有以下各表" in answer.out and "汇总表" in answer.out


def _pages(path: Path) -> list[str]:
    from pypdf import PdfReader

    return [page.extract_text() for page in PdfReader(path).pages]


def _place(path: Path, page: int) -> tuple[float, float]:
    """A place in the row of the first village, right of its name."""
    from pypdf import PdfReader

    found: list[tuple[float, float]] = []

    def visit(text: str, _: Any, here: Any, *__: object) -> None:
        if text.strip() == "东村":
            found.append((here[4], here[5]))

    PdfReader(path).pages[page].extract_text(visitor_text=visit)
    return found[0][0] + 300, found[0][1]


def test_letters_have_the_issuer_and_number_of_the_runs_sheet(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    """Unless the letters are asked to say something else; either agrees with the run."""
    head = ("--issuer", "甲县财政局", "--document-no", "甲财〔2018〕1号")
    assert cli("run", roster(), "-o", "s.xlsx", *head, "--lang", "zh").code == 0
    other = ("--issuer", "乙局", "--document-no", "乙〔2018〕2号")
    for folder, options, said in (("own", (), head), ("other", other, other)):
        answer = cli("letter", "1", "140121000202", "-o", folder, *options, "--lang", "zh")
        assert answer.code == 0, answer.err
        [file] = (tmp_path / folder).iterdir()
        text = "".join(page.extract_text() for page in PdfReader(file).pages).replace("\n", "")
        assert said[1] in text and said[3] in text
        assert held(cli, file, code=0) == []
