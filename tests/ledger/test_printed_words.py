"""Words of a sheet to sign that was printed as PDF: held as those of the workbook are."""

from __future__ import annotations

import re
import zipfile
from html import escape
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfWriter
from tests.formulas.office import soffice
from tests.ledger.test_paper import held, printed, rebuilt, sheets

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make

pytestmark = pytest.mark.skipif(soffice() is None, reason="LibreOffice is not on this machine")

HEAD = ["--issuer", "甲局", "--document-no", "甲发〔2018〕1号", "--prepared-by", "张三"]


def retyped(path: Path, sheet: str, old: str, new: str, name: str) -> Path:
    """A copy with the text of the first cell of a sheet that begins so replaced."""
    with zipfile.ZipFile(path) as book:
        strings = book.read("xl/sharedStrings.xml").decode()
        part = sheets(path)[sheet]
        texts = re.findall(r"<si>(.*?)</si>", strings, re.DOTALL)
        places = [n for n, text in enumerate(texts) if f">{escape(old)}" in text]
        found = "|".join(map(str, places))
        assert places

    def change(at: str, text: str) -> str:
        if at != part:
            return text
        cell = re.compile(rf' t="s"><v>(?:{found})</v>')
        assert cell.search(text), old
        return cell.sub(f' t="inlineStr"><is><t>{escape(new)}</t></is>', text, count=1)

    return Path(rebuilt(path, change)).rename(path.with_name(f"{name}.xlsx"))


def said(one: dict[str, Any]) -> tuple[str, str]:
    """What the paper has in place of what the run does."""
    return one["paper"], one["ledger"] or one["what"]


def test_other_words_on_a_printed_sheet_are_named(cli: Cli, roster: Make, tmp_path: Path) -> None:
    """Units, the title, what is to be settled, who wrote it, heads of programmes; each on one sheet alone."""
    look = ["--lang", "zh", "--unit", "wan", "--by", "county", *HEAD]
    assert cli("run", roster(), "-o", "s.xlsx", *look).code == 0
    assert cli("run", roster(), "-o", "n.xlsx", "--public", *look).code == 0
    county = next(name for name in sheets(tmp_path / "s.xlsx") if name.endswith("县"))
    [notice, *_] = sheets(tmp_path / "n.xlsx")
    forged = {
        "unit": ("s", "汇总表", "单位：万元", "单位：元"),
        "no_unit": ("s", "汇总表", "单位：万元", ""),
        "county_unit": ("s", county, "单位：万元", "单位：元"),
        "notice_unit": ("n", notice, "单位：万元", "单位：元"),
        "settle": ("s", "汇总表", "须明确口径的事项：", "须明确口径的事项：0 项"),
        "no_settle": ("s", county, "须明确口径的事项：", ""),
        "title": ("s", "汇总表", "太原市", "太原市村级党建经费保障资金决算汇总表"),
        "issuer": ("s", "汇总表", "编制单位：甲局", "编制单位：乙局        文号：甲发〔2018〕1号"),
        "number": ("s", county, "编制单位：甲局", "编制单位：甲局        文号：甲发〔2019〕9号"),
        "prepared": ("s", "汇总表", "制表人：张三", "制表人：李四"),
        "programme": ("s", county, "班子成员补贴", "村干部工资"),
        "reviewed": ("s", "汇总表", "复核人：", "复核人：王五 2018-01-01"),
    }
    on_one_paper = [
        ["unit", "settle", "issuer", "prepared", "programme"],
        ["county_unit", "no_settle", "title", "number"],
        ["no_unit"], ["notice_unit"], ["reviewed"],
    ]  # fmt: skip
    assert sorted(chain(*on_one_paper)) == sorted(forged)
    papers: list[Path] = []
    for n, names in enumerate(on_one_paper):
        path = tmp_path / f"{forged[names[0]][0]}.xlsx"
        for name in names:
            path = retyped(path, *forged[name][1:], f"{n}-{name}")
        papers.append(path)
    printed(tmp_path / "s.xlsx", "pdf", None, tmp_path / "n.xlsx", *papers)
    for name, run_id in {"s": "1", "n": "2"}.items():
        answer = cli("runs", "verify", run_id, "--paper", f"{name}.pdf", "--lang", "zh")
        assert answer.code == 0 and "没有核对：" not in answer.out, answer.out
    for path, names in zip(papers, on_one_paper, strict=True):
        reviewed = names == ["reviewed"]
        run_id = "2" if names == ["notice_unit"] else "1"
        found = held(cli, path.with_suffix(".pdf"), run_id, code=int(not reviewed))
        assert len(found) == (0 if reviewed else len(names)), (names, found)
        for name in names[: len(found)]:
            _, _, old, new = forged[name]
            [_] = [
                one for one in map(said, found)
                if (one[1].startswith(old[:4]) or (old[:4] == "编制单位" and "文号" in one[1]))
                and (one[0] in (new, "") or one[0] in new)
            ]  # fmt: skip
    answer = cli("runs", "verify", "1", "--paper", papers[-1].with_suffix(".pdf"), "--lang", "zh")
    assert "没有核对：复核人：王五 2018-01-01" in "".join(answer.out.split("\n"))


def test_another_reason_on_a_printed_sheet_of_differences_is_named(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    assert cli("run", roster()).code == 0
    fewer = roster("140121000201,东村,甲镇,清徐县,900,60000,100000,4,5000", name="fewer.csv")
    correcting = ("--corrects", "1", "--reason", "收入核减", "--differences", "d.xlsx")
    assert cli("run", fewer, *correcting, "--lang", "zh").code == 0
    [sheet] = sheets(tmp_path / "d.xlsx")
    with zipfile.ZipFile("d.xlsx") as book:
        [text] = re.findall(r">(更正[^<]*收入核减)<", book.read("xl/sharedStrings.xml").decode())
    other = retyped(tmp_path / "d.xlsx", sheet, text, text.replace("收入核减", "补发奖金"), "e")
    printed(tmp_path / "d.xlsx", "pdf", None, other)
    assert held(cli, "d.pdf", "2", code=0) == []
    [one] = held(cli, "e.pdf", "2")
    assert said(one) == (text.replace("收入核减", "补发奖金"), text)


def test_the_summary_alone_is_held_and_said_to_be_alone(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    """The page that is signed, as PDF and as a workbook without its other sheets."""
    look = ["--lang", "zh", "--unit", "wan", "--by", "county"]
    assert cli("run", roster(), "-o", "s.xlsx", *look).code == 0
    other = retyped(tmp_path / "s.xlsx", "汇总表", "单位：万元", "单位：元", "other")
    printed(tmp_path / "s.xlsx", "pdf", None, other)
    for name in ("s", "other"):
        writer = PdfWriter(clone_from=f"{name}.pdf")
        while len(writer.pages) > 1:
            del writer.pages[-1]
        writer.write(f"{name}-alone.pdf")

        def alone(at: str, text: str) -> str:
            if at != "xl/workbook.xml":
                return text
            text = re.sub(r'<sheet name="(?!汇总表)[^>]*/>', "", text)
            return re.sub(r"<definedNames>.*?</definedNames>", "", text)

        Path(rebuilt(tmp_path / f"{name}.xlsx", alone)).rename(f"{name}-alone.xlsx")
    for kind in ("pdf", "xlsx"):
        answer = cli("runs", "verify", "1", "--paper", f"s-alone.{kind}", "--lang", "zh")
        assert answer.code == 0 and "只有汇总表" in answer.out, answer.err
        assert held(cli, f"other-alone.{kind}")


def test_a_head_of_one_page_alone_and_a_page_twice_are_named(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    """What stands rightly on the other pages of a strip does not stand in for it."""
    villages = [
        f"140121{n:06},村{n},甲镇,清徐县,{400 + n},{20000 + n},,3,{5000 + n}"
        for n in range(201, 270)
    ]
    assert cli("run", roster(*villages), "-o", "s.xlsx", "--lang", "zh").code == 0
    other = retyped(tmp_path / "s.xlsx", "签发表", "需补足经费", "已拨付经费", "other")
    printed(tmp_path / "s.xlsx", "pdf", None, other)
    assert held(cli, "s.pdf", code=0) == []
    pages = [PdfWriter(clone_from=f"{name}.pdf") for name in ("s", "other")]
    texts = [[page.extract_text() for page in book.pages] for book in pages]
    changed = [n for n, (one, two) in enumerate(zip(*texts, strict=True)) if one != two]
    assert len(changed) > 1
    one, twice = PdfWriter(), PdfWriter(clone_from="s.pdf")
    for n, page in enumerate(pages[0].pages):
        one.add_page(pages[1].pages[n] if n == changed[-1] else page)
    one.write("one.pdf")
    found = held(cli, "one.pdf")
    assert [said(difference) for difference in found] == [("已拨付经费", "需补足经费")]
    assert f"{changed[-1] + 1}" in found[0]["where"]
    twice.add_page(twice.pages[changed[-1]])
    twice.write("twice.pdf")
    [again] = held(cli, "twice.pdf")
    assert "twice" in again["what"] and str(len(twice.pages)) in again["where"]
