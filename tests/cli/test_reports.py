"""`fundcalc report` and `fundcalc letter` as they are called."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pypdf import PdfReader

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

Make = Callable[..., Path]
LINES = (
    "140123904209,大河村,甲乡,娄烦县,1200,60000,,4,5000",
    "140121000001,小河村,乙镇,清徐县,900,40000,0,4,5000",
    "140121000002,上河村,乙镇,清徐县,800,70000,0,2,9000",
)
OVERRIDES = (
    "village,output,amount,code,reason,document,approver\n"
    "140123904209,guaranteed_funds,210000,C1,<i>受灾</i>,文1号,王五\n"
)


def page_count(path: Path) -> int:
    return len(PdfReader(io.BytesIO(path.read_bytes())).pages)


def test_a_report_of_a_recorded_run(cli: Cli, roster: Make) -> None:
    assert cli("run", roster(*LINES)).code == 0
    answer = cli("report", "last", "-o", "r.html", "--lang", "zh")
    assert answer.code == 0 and not answer.out and "r.html" in answer.err
    text = Path("r.html").read_text(encoding="utf-8")
    assert "大河村" in text and 'lang="zh-Hans"' in text


def test_what_was_set_by_hand_is_on_the_report_and_the_letter(cli: Cli, roster: Make) -> None:
    Path("overrides.csv").write_text(OVERRIDES, encoding="utf-8")
    assert cli("run", roster(*LINES), "--overrides", "overrides.csv").code == 0
    assert cli("report", "last", "-o", "r.html", "--lang", "zh").code == 0
    text = Path("r.html").read_text(encoding="utf-8")
    assert "&lt;i&gt;受灾&lt;/i&gt;" in text and "210,000.00" in text and "手工调整" in text
    assert cli("letter", "last", "大河村", "-o", "out", "--lang", "zh").code == 0
    [letter] = Path("out").iterdir()
    said = "".join(PdfReader(letter).pages[0].extract_text().split())
    assert "贰拾壹万元整" in said and "<i>受灾</i>" in said and "王五" in said
    assert (
        "200,000.00" in said and "以调整后的为准" in said
    )  # what the rules gave, and that it is not paid


def test_a_run_that_was_sent_back_says_so(cli: Cli, roster: Make) -> None:
    assert cli("run", roster(*LINES), "--prepared-by", "张三").code == 0
    back = ("--return", "--reason", "人口<b>有误</b>")
    assert cli("runs", "review", "last", "--by", "李四", *back).code == 0
    assert cli("report", "last", "-o", "r.html", "--lang", "zh").code == 0
    text = Path("r.html").read_text(encoding="utf-8")
    assert "李四" in text and "人口&lt;b&gt;有误&lt;/b&gt;" in text
    assert cli("letter", "last", "大河村", "--short", "-o", "out", "--lang", "zh").code == 0
    [letter] = Path("out").iterdir()
    said = "".join(PdfReader(letter).pages[0].extract_text().split())
    assert "由李四退回修改" in said and "人口<b>" not in said  # why is the office's own


def test_without_payers_a_letter_adds_nothing_up(cli: Cli, roster: Make) -> None:
    cli("init", "mine")
    for rule in Path("mine", "rules").glob("*.toml"):
        lines = rule.read_text(encoding="utf-8").splitlines(keepends=True)
        rule.write_text("".join(one for one in lines if "payer" not in one), encoding="utf-8")
    assert cli("run", roster(*LINES), "--policy", "mine").code == 0
    assert cli("letter", "last", "大河村", "--short", "-o", "out", "--lang", "zh").code == 0
    [letter] = Path("out").iterdir()
    said = "".join(PdfReader(letter).pages[0].extract_text().split())
    assert "各项金额如下" in said and "贰拾万元整" in said and "合计" not in said


def test_letters_one_by_one_or_in_one_file(cli: Cli, roster: Make) -> None:
    assert cli("run", roster(*LINES)).code == 0
    assert cli("letter", "last", "-o", "all", "--lang", "zh").code == 0
    assert sorted(path.name for path in Path("all").iterdir()) == [
        "140121000001-小河村.pdf", "140121000002-上河村.pdf", "140123904209-大河村.pdf",
    ]  # fmt: skip
    again = cli("letter", "last", "大河村", "-o", "all", "--lang", "en")
    assert again.code == 0 and "1 file of that name replaced" in again.err
    one = ("letter", "last", "--county", "清徐县", "--one-file")
    assert cli(*one, "--short", "-o", "one").code == 0
    [path] = Path("one").iterdir()
    assert page_count(path) == 2 and "清徐县" in path.name
    assert cli(*one, "-o", "whole").code == 0
    assert page_count(Path("whole") / path.name) > 4  # each with its annex


def test_what_is_not_there_is_said(cli: Cli, roster: Make) -> None:
    assert cli("run", roster(*LINES)).code == 0
    answer = cli("letter", "last", "--county", "甲县", "-o", "x")
    assert answer.code == 1 and "清徐县" in answer.err and not Path("x").exists()
    assert cli("letter", "last", "无此村", "-o", "x").code == 1
    assert cli("report", "last", "-o", "r.pdf").code == 2
    assert cli("report", "nothing-like-it", "-o", "r.html").code == 2
    assert not Path("r.html").exists()
    Path("taken").write_text("mine", encoding="utf-8")
    for how in ((), ("--one-file",)):
        answer = cli("letter", "last", "大河村", "-o", "taken", "--lang", "zh", *how)
        assert answer.code == 2 and "要的是文件夹，而 taken 是文件" in answer.err
    assert Path("taken").read_text(encoding="utf-8") == "mine"


def test_a_guarded_division_by_zero_is_shown_not_done(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    cli("init", "mine")
    rule = tmp_path / "mine" / "rules" / "operating_funds.toml"
    dense = """[[rule]]
id = "dense"
when = "residents > 0 and round(collective_income / residents, 0.01, 'down') > 100_000"
then = "baseline_guarantee"
source = "people-daily-2017"

[otherwise]"""
    text = rule.read_text(encoding="utf-8").replace("[otherwise]", dense, 1)
    rule.write_text(text, encoding="utf-8")
    lines = ("140121000201,东村,甲镇,清徐县,0,60000,100000,4,5000",)
    assert (
        cli("run", roster(*lines), "--policy", "mine", "-o", "o.xlsx", "--ledger", "l.db").code == 0
    )
    said = cli("explain", "东村", "--run", "last", "--ledger", "l.db", "--lang", "en", "--full").out
    assert "not worked" in said and "divide by zero" in said
    for command in (("report", "last", "-o", "r.html"), ("letter", "last", "-o", "letters")):
        assert cli(*command, "--ledger", "l.db").code == 0
