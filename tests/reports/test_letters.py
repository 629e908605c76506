"""Letters: one page a village, all numbers on it, the same bytes, and no name that does harm."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PageObject, PdfReader
from tests.reports.conftest import HEADER, HOSTILE, ROOT

from fundcalc import api
from fundcalc.api import RecordedRun
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import Lang, Words, same
from fundcalc.reports.letters import content, setting
from fundcalc.reports.letters.content import file_name


def pages(made: bytes) -> list[str]:
    """The text of every page."""
    return [bare(page) for page in PdfReader(io.BytesIO(made)).pages]


def bare(page: PageObject) -> str:
    """The text of a page without spaces, which PDFs put anywhere."""
    return re.sub(r"[\s\u200b]", "", page.extract_text())


def position(run: RecordedRun, name: str) -> int:
    [index] = api.find_village(run, name)
    return index


def sizes(page: PageObject) -> dict[str, float]:
    """The size in points in which each run of text above the foot of a page is printed."""
    found: dict[str, float] = {}

    def visit(text: str, cm: list[float], tm: list[float], _: object, size: float) -> None:
        if text.strip() and tm[5] + cm[5] > 48:
            found[text.strip()] = round(abs(size * tm[3] * cm[3]), 2)

    page.extract_text(visitor_text=visit)
    return found


SHORT = api.LetterSettings(short=True)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_village_has_one_page_of_at_least_nine_points(
    example: RecordedRun, lang: Lang
) -> None:
    indices = range(len(example.result.rows))
    made = PdfReader(io.BytesIO(api.letters_in_one(example, indices, lang, SHORT)))
    assert len(made.pages) == len(indices) == 890
    for index in indices[::40]:  # reading the text of a page takes longer than setting it
        text, row = bare(made.pages[index]), example.result.rows[index]
        assert str(row["code"]) in text and str(row["name"]) in text
        assert min(sizes(made.pages[index]).values()) >= 9


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_says_what_is_due_and_why(example: RecordedRun, lang: Lang) -> None:
    [(name, made)] = api.letters(example, [position(example, "鹰落沟")], lang)
    assert name == "140123255217-鹰落沟村.pdf"
    first, *annex = pages(made)
    assert annex
    for wanted in (
        "276,476.19", "贰拾柒万陆仟肆佰柒拾陆元壹角玖分", "伍万元整",  # figures and capitals
        "36,800≤50,000", "200,000", "312<1,000",  # why, and why not more
        "170,000.00−", "20,420,000.00÷105=194,476.19", "<b>张三</b>", example.id, example.head,
    ):  # fmt: skip
        assert wanted in first, wanted
    assert "李四" not in first  # who was named for it has not reviewed it
    told = ("符合“集体经济收入5万元以下”", "不符合“千人以上的村”", "市级财政", "书面提出")
    if lang == "en":
        told = ("ceiling”applies", "thousandormore”doesnotapply", "City", "Ifyouobject")
    assert all(word in first for word in told)
    assert "max(" not in first and "收入区间" not in first  # no amount hangs on it


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_highest_amount_is_told_with_the_next_lower_one(
    example: RecordedRun, lang: Lang
) -> None:
    [(_, made)] = api.letters(example, [position(example, "史家岭")], lang, SHORT)
    [text] = pages(made)
    beaten = "只按“集体经济收入5万元以下”（集体经济收入40,900≤50,000），则为170,000元"
    if lang == "en":
        beaten = "alone(Collectiveincome40,900≤50,000)itwouldbe170,000"
    assert beaten in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_village_that_gets_nothing_is_told_so_and_why(example: RecordedRun, lang: Lang) -> None:
    paid = [o.id for p in example.plan.policy.programmes for o in p.outputs if o.payer is not None]
    none = [i for i, row in enumerate(example.result.rows) if not any(row[id_] for id_ in paid)]
    [(_, made)] = api.letters(example, none[:1], lang, SHORT)
    [text] = pages(made)
    assert ("没有应拨付的金额" if lang == "zh" else "nothingisduetoyourvillage") in text
    row = example.result.rows[none[0]]
    income = f"{int(str(row['collective_income'])) // 100:,}>50,000"
    assert income in text and text.count("零元整") == len(paid) + 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_carried_over_stands_next_to_the_amounts_and_in_no_total(
    carrying: RecordedRun, lang: Lang
) -> None:
    texts = [pages(made)[0] for _, made in api.letters(carrying, range(2), lang, SHORT)]
    assert carrying.carry is not None
    [one] = [village.owed for village in carrying.carry.villages]
    assert one.name == "甲村" and one.net == -200_000_00
    said = (
        "不在合计之内）：资金来源待定（文件未明确）抵扣200,000.00元"
        if lang == "zh"
        else "deducts200,000.00yuan"
    )
    assert said in texts[0] and said not in texts[1]
    paid = sum(int(carrying.result.rows[0][o.id]) for o in carrying.plan.policy.granted_outputs)
    assert f"{paid / 100:,.2f}元" in texts[0] or f"{paid / 100:,.2f}yuan" in texts[0]


def test_a_name_stands_at_the_review_once_it_is_recorded(
    hostile: RecordedRun, tmp_path: Path
) -> None:
    assert "复核：日期" in pages(next(api.letters(hostile, [0], "zh", SHORT))[1])[0]
    ledger = tmp_path / "runs.db"
    run = api.record(api.calculate(hostile.plan, hostile.roster), ledger, reviewed_by="李四")
    api.review(ledger, run.id, by="王五", decision="approved")
    reviewed = api.open_run(ledger, run.id)
    [text] = pages(next(api.letters(reviewed, [0], "zh", SHORT))[1])
    assert "复核：王五" in text and "李四" not in text


def test_overrides_are_said_in_chinese_and_leave_one_page(carrying: RecordedRun) -> None:
    [(_, made)] = api.letters(carrying, [1], "zh", replace(SHORT, issuer="太原市委组织部"))
    [text] = pages(made)
    assert "保障经费由170,000.00元/年调整为180,000.00元/年（代码：A1；理由：" in text
    assert "随之按公式重算：需补足经费由" in text and "太原市委组织部（盖章）" in text


@pytest.mark.parametrize("long", range(5, 16))
def test_signatures_never_stand_alone(carrying: RecordedRun, long: int) -> None:
    before = carrying.ruled.plan
    title = same("长" * 40 * long)
    programmes = (replace(before.programmes[0], title=title), *before.programmes[1:])
    carrying.ruled.plan = replace(before, programmes=programmes)
    try:
        *_, last = pages(api.letters_in_one(carrying, [1], "zh", SHORT))
    finally:
        carrying.ruled.plan = before
    assert "如有异议" in last and "（盖章）" in last


def test_no_sum_is_divided_by_nothing_and_no_amount_of_nothing_is_told(
    carrying: RecordedRun,
) -> None:
    """Nobody in 丙村's county is short of a subsidy; why it gets more than nothing needs no words."""
    texts = [pages(made)[0] for _, made in api.letters(carrying, range(4), "zh", SHORT)]
    assert "市级承担=0（需补足补贴为0，不参与分配）" in texts[2] and "÷全部0" not in "".join(texts)
    assert "未按200,000元执行：不符合“千人以上的村”" in texts[1]
    assert not any("执行：不符合“没有其他班子成员”" in text for text in texts)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_annex_has_the_whole_working_in_words_in_nine_points(
    example: RecordedRun, lang: Lang
) -> None:
    [(_, made)] = api.letters(example, [position(example, "鹰落沟")], lang)
    _, *annex = PdfReader(io.BytesIO(made)).pages
    text = "".join(map(bare, annex))
    for wanted in (
        "36,800.00", "50,000.00", "312", "1,000", "F745", "E745",  # both numbers, and cells
        "170,000.00−120,000.00", "2017-11-14", "2017-01-01", example.head, example.plan.policy.digest,
    ):  # fmt: skip
        assert wanted in text, wanted
    marks = ("√集体经济收入5万元以下", "×千人以上的村", "最低为0")
    if lang == "en":
        marks = ("√Incomeatorunder", "×Avillage", "atleast0")
    assert all(mark in text for mark in marks) and "max(" not in text and "min(" not in text
    for page in annex:
        small = {text for text, size in sizes(page).items() if size < 9}
        assert all(re.search("sha256|校验码|digest", text) for text in small), small
        assert min(sizes(page).values()) >= 7


@pytest.mark.parametrize("name", ["posts", "person_months", "school"])
def test_the_first_page_is_the_same_without_the_annex(name: str) -> None:
    """Also where what a row gets is no money: why stands there."""
    folder = ROOT / "examples" / "policies" / name
    policy = api.load_policy(folder)
    run = api.calculate(api.plan(policy), api.read_roster(folder / "roster.csv", policy))
    [(_, whole)], [(_, short)] = (api.letters(run, [0], "zh", s) for s in (None, SHORT))
    assert pages(short)[0].rstrip("1") == pages(whole)[0].rstrip("1")  # the number of the page
    assert "符合“" in pages(short)[0]


@pytest.mark.parametrize(
    ("name", "village", "told"),
    [
        ("household", "方大年", ["计入的收入=家庭月收入", "护理补贴=残疾成员0×"]),
        ("person_months", "井坪村", ["本年应发报酬=正职报酬39,000.00+",
                                  "副职任职日期2099-12-31（名册未填，按此计）"]),
        ("school", "杨庄小学", ["未按136,750元执行：不符合“考核奖励”"]),
    ],
)  # fmt: skip
def test_no_amount_of_the_first_page_comes_from_nowhere(
    name: str, village: str, told: list[str]
) -> None:
    folder = ROOT / "examples" / "policies" / name
    policy = api.load_policy(folder)
    run = api.calculate(api.plan(policy), api.read_roster(folder / "roster.csv", policy))
    [(_, letter)] = api.letters(run, [api.one_village(run, village)], "zh", SHORT)
    text = re.sub(r"\s", "", "".join(pages(letter)))
    assert all(part in text for part in told), text


def test_what_was_asked_for_stands_on_the_letter(hostile: RecordedRun) -> None:
    asked = api.LetterSettings(
        short=True,
        issuer='#panic()\\"))',
        document_no="〔2017〕1号",
        contact="0351-1",
        until="三月底",
    )
    [(_, made)] = api.letters(hostile, [0], "zh", asked)
    [text] = pages(made)
    assert all(
        part in text for part in ('#panic()\\"))（盖章）', "〔2017〕1号", "0351-1", "三月底前")
    )


def test_the_same_bytes_every_time(example: RecordedRun) -> None:
    some = range(5)
    once, again = (api.letters_in_one(example, some, "zh") for _ in range(2))
    assert once == again
    one, two = (dict(api.letters(example, some, "en")) for _ in range(2))
    assert one == two


def test_letters_set_in_parts_are_those_set_at_once(
    example: RecordedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = range(7)
    at_once = pages(api.letters_in_one(example, some, "zh"))
    monkeypatch.setattr(setting, "PART", 3)
    in_parts = [api.letters_in_one(example, some, "zh") for _ in range(2)]
    assert pages(in_parts[0]) == at_once
    assert in_parts[0] == in_parts[1]


def test_many_files_of_one_letter_are_those_of_a_few(
    example: RecordedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [name_and_pdf for at in range(7) for name_and_pdf in api.letters(example, [at], "zh")]
    monkeypatch.setattr(setting, "PART", 3)
    assert list(api.letters(example, range(7), "zh")) == few


def test_what_a_process_refuses_is_said(
    hostile: RecordedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setting, "PART", 1)
    monkeypatch.setattr(content, "_size", lambda letter: "no size")
    with pytest.raises(PolicyProblem) as refused:
        api.letters_in_one(hostile, range(4), "zh")
    assert [one.code for one in refused.value.diagnostics] == ["FC940"]


@pytest.mark.parametrize("command", [["-c", "pass"], ["-c", "print('no answer')"]])
def test_a_process_that_ends_is_said(
    hostile: RecordedRun, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setattr(setting, "PART", 1)
    monkeypatch.setattr(setting, "_COMMAND", command)
    with pytest.raises(PolicyProblem) as refused:
        api.letters_in_one(hostile, range(4), "zh")
    assert [one.code for one in refused.value.diagnostics] == ["FC944"]


def test_a_process_that_cannot_start_is_said(
    hostile: RecordedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setting, "PART", 1)
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(PolicyProblem) as refused:
        api.letters_in_one(hostile, range(4), "zh")
    (found,) = refused.value.diagnostics
    assert found.code == "FC944" and "/no/such/python" in found.message.en


def test_a_module_in_the_folder_is_not_taken_for_ours(
    hostile: RecordedRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(setting, "PART", 1)
    for name in ("typst.py", "json.py", "fundcalc.py"):
        (tmp_path / name).write_text("raise SystemExit('not ours')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert len(pages(api.letters_in_one(hostile, range(2), "zh", SHORT))) == 2


def test_a_script_without_a_main_part_may_set_many_letters(tmp_path: Path) -> None:
    """Processes that set letters never run the script that asked for them."""
    script = tmp_path / "script.py"
    script.write_text(
        f"""
from pathlib import Path
from fundcalc import api
from fundcalc.reports.letters import setting
print("once")
setting.PART = 1
policy = api.load_policy(Path({str(ROOT)!r}))
roster = Path({str(tmp_path / "roster.csv")!r})
roster.write_text({HEADER + chr(10) + HOSTILE[0] + chr(10) + HOSTILE[2] + chr(10)!r})
run = api.calculate(api.plan(policy), api.read_roster(roster, policy))
print(len(api.letters_in_one(run, range(2), "zh")) > 10_000)
""",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.stdout.split() == ["once", "True"], done.stderr


def test_names_are_text_and_files_stay_in_their_folder(
    hostile: RecordedRun, tmp_path: Path
) -> None:
    made = list(api.letters(hostile, range(len(hostile.result.rows)), "zh", SHORT))
    texts = [pages(content) for _, content in made]
    assert [len(one) for one in texts] == [1] * len(made)
    assert "<script>alert(1)</script>" in texts[0][0]
    assert '#panic("x")$a^2$*/[' in texts[1][0]
    for name, _ in made:
        assert (tmp_path / name).resolve().parent == tmp_path.resolve()


@given(st.lists(st.text(max_size=90), min_size=1, max_size=3))
def test_a_file_name_is_a_file_name(parts: list[str]) -> None:
    name = file_name(*parts)
    assert not set(name) & set('/\\:*?"<>|\0\n') and not name.startswith((".", " "))
    assert name.endswith(".pdf") and len(name) > len(".pdf")


def test_two_letters_of_one_name_are_refused(example: RecordedRun) -> None:
    with pytest.raises(PolicyProblem) as refused:
        list(api.letters(example, [0, 0], "zh"))
    assert refused.value.diagnostics[0].code == "FC941"


def test_long_sentences_go_on_overleaf_in_type_no_smaller(hostile: RecordedRun) -> None:
    long = Words("这条说明很长。" * 150, "This sentence is very long. " * 150)
    before = hostile.result.plan
    programmes = tuple(replace(one, title=long) for one in before.programmes)
    hostile.result.plan = replace(before, programmes=programmes)
    try:
        made = PdfReader(io.BytesIO(api.letters_in_one(hostile, range(1), "zh", SHORT))).pages
    finally:
        hostile.result.plan = before
    assert len(made) > 1
    assert min(min(sizes(page).values()) for page in made) >= 9 and "这条说明很长" in bare(made[1])


class Typesetter:
    """A typesetter that has something to say."""

    def __init__(self, says: str, *, fails: bool) -> None:
        self._says, self._fails = says, fails

    def compile_with_warnings(self, *_: object, **__: object) -> tuple[bytes, list[str]]:
        import typst

        if self._fails:
            raise typst.TypstError(self._says)
        return b"%PDF", [self._says] if self._says else []


@pytest.mark.parametrize(
    ("says", "fails", "code"),
    [
        ("unknown font family", False, "FC940"),
        ("expected content", True, "FC940"),
    ],
)
def test_no_letter_leaves_where_the_typesetter_complains(
    hostile: RecordedRun, monkeypatch: pytest.MonkeyPatch, says: str, fails: bool, code: str
) -> None:
    import typst

    monkeypatch.setattr(typst, "Compiler", lambda *_, **__: Typesetter(says, fails=fails))
    with pytest.raises(PolicyProblem) as refused:
        api.letters_in_one(hostile, range(2), "en")
    (found,) = refused.value.diagnostics
    assert found.code == code
    assert says in found.message.en
