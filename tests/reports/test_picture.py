"""Pages of a workbook as pictures: what is on which page, figures as the file's formats show them."""

from __future__ import annotations

from pathlib import Path
from tempfile import gettempdir

import pytest
from tests.conftest import ROOT

from fundcalc import api
from fundcalc.reports.picture import shown_as

EXAMPLE = ROOT / "examples" / "taiyuan-2017.xlsx"
MONEY = '#,##0.00;-#,##0.00;"—"'


@pytest.fixture(scope="module")
def run() -> api.Run:
    """The example of invented villages, computed."""
    policy = api.load_policy()
    return api.calculate(api.plan(policy), api.read_roster(EXAMPLE, policy), engine="columnar")


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (1234567.5, MONEY, "1,234,567.50"), (-0.01, MONEY, "-0.01"), (0, MONEY, "—"),
        (12.3456, "#,##0.0000", "12.3456"), (-3, "#,##0", "-3"), (7, "", "7"),
        (42370, "yyyy-mm-dd", "2016-01-01"),
        (0, '"是";"是";"—"', "—"), (1, '"是";"是";"—"', "是"),
    ],
)  # fmt: skip
def test_a_figure_is_shown_as_the_format_has_it(value: float, code: str, shown: str) -> None:
    assert shown_as(value, code) == shown


def test_the_sheets_to_sign_are_there_and_no_others(run: api.Run, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    api.write(run, path, "zh")
    book = api.Book(path, "zh")
    names = [name for name, _, _ in book.sheets]
    assert names == ["汇总表", "签发表", "须明确口径的事项"]
    _, pages, printed = book.sheets[1]
    assert 1 < pages < printed  # the first of them can be looked at
    first, last = book.picture(1, 0), book.picture(1, pages - 1)
    assert first.startswith(b"\x89PNG") and last.startswith(b"\x89PNG") and first != last
    assert book.picture(1, 0) == first


def test_a_notice_and_a_larger_paper_have_their_own_pages(run: api.Run, tmp_path: Path) -> None:
    pages = {}
    for size in ("a4", "a3"):
        choice = api.PaperChoice.of({"kinds": ["notice"], "paper": size})
        api.write_book(run, choice, "notice", tmp_path / f"{size}.xlsx", "zh")
        [(name, _, pages[size])] = api.Book(tmp_path / f"{size}.xlsx", "zh").sheets
        assert name == "公示表"
    assert pages["a3"] < pages["a4"]


def test_work_that_is_stopped_leaves_no_papers(
    run: api.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))  # others make papers at the same time

    class Enough(Exception):
        pass

    def stop(_: int) -> None:
        raise Enough

    before = set(Path(gettempdir()).glob("fundcalc-papers-*"))
    choice = api.PaperChoice.of({"kinds": ["sign", "table"]})
    assert api.steps_of(run, choice) == 40
    with pytest.raises(Enough):
        api.make_papers(run, choice, "zh", progress=stop)
    assert set(Path(gettempdir()).glob("fundcalc-papers-*")) == before
    made = api.make_papers(run, choice, "zh")
    folder = made.folder
    assert {path.name for path in folder.iterdir()} == {
        "签发表-未存档.xlsx", "明细-未存档.csv", "全部文件-未存档.zip"
    }  # fmt: skip
    del made
    assert not folder.exists()


def test_a_choice_that_is_no_choice_is_the_plain_one() -> None:
    odd = {"kinds": 7, "unit": "pound", "paper": None, "by_county": "yes", "issuer": ["a"]}
    assert api.PaperChoice.of(odd) == api.PaperChoice(kinds=())
    assert api.PaperChoice.of({"kinds": ["due", "sign", "x"]}).kinds == ("sign", "due")
