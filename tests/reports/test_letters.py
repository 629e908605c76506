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
from fundcalc.base.words import Words, same
from fundcalc.reports.letters import setting
from fundcalc.reports.letters.content import file_name


def pages(content: bytes) -> list[str]:
    """The text of every page."""
    return [bare(page) for page in PdfReader(io.BytesIO(content)).pages]


def bare(page: PageObject) -> str:
    """The text of a page without spaces, which PDFs put anywhere."""
    return re.sub(r"[\s\u200b]", "", page.extract_text())


def position(run: RecordedRun, name: str) -> int:
    [index] = api.find_village(run, name)
    return index


def test_every_village_has_one_page(example: RecordedRun) -> None:
    indices = range(len(example.result.rows))
    made = PdfReader(io.BytesIO(api.letters_in_one(example, indices, "zh")))
    assert len(made.pages) == len(indices) == 890
    for index in indices[::40]:  # reading the text of a page takes longer than setting it
        text, row = bare(made.pages[index]), example.result.rows[index]
        assert str(row["code"]) in text and str(row["name"]) in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_letter_says_all_that_it_should(example: RecordedRun, lang: str) -> None:
    index = position(example, "鹰落沟")
    [(name, content)] = api.letters(example, [index], "zh" if lang == "zh" else "en")
    assert name == "140123255217-鹰落沟村.pdf"
    [text] = pages(content)
    for wanted in (
        "170,000.00", "壹拾柒万元整", "伍万元整",  # figures and capitals
        "36,800.00", "50,000.00", "312", "1,000", "F745", "E745",  # both numbers, and cells
        "170,000.00−120,000.00",  # arithmetic
        "2017-11-14", "李四", "<b>张三</b>", example.id, example.head, example.plan.policy.digest,
    ):  # fmt: skip
        assert wanted in text, wanted
    words = ("√符合", "×不符合", "√集体经济收入5万元以下", "×千人以上的村", "市级财政")
    if lang == "en":
        words = ("√:holds", "×:doesnot,", "×Avillage", "City")
    assert all(word in text for word in words)
    # of the rule that holds every comparison stands there, of the one that fails what fails
    members = "其他班子成员4人>0人" if lang == "zh" else "Othercommitteemembers4people>0people"
    assert text.count(members) == 1


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


def test_what_a_process_refuses_is_said(
    hostile: RecordedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setting, "PART", 1)
    longer = replace(hostile.plan.policy, title=same("很长的名称" * 9_000))
    monkeypatch.setattr(hostile.result, "plan", replace(hostile.plan, policy=longer))
    with pytest.raises(PolicyProblem) as refused:
        api.letters_in_one(hostile, range(4), "zh")
    assert [one.code for one in refused.value.diagnostics] == ["FC942"]


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
    assert len(pages(api.letters_in_one(hostile, range(2), "zh"))) == 2


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
    made = list(api.letters(hostile, range(len(hostile.result.rows)), "zh"))
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


def test_long_explanations_still_fit(hostile: RecordedRun) -> None:
    """Notes and sentences many times as long as usual: smaller type, then only what decides."""
    policy = hostile.plan.policy
    long = Words("这条说明很长。" * 150, "This note is very long. " * 150)
    programmes = tuple(
        replace(one, note=long) for one in policy.programmes
    )  # fmt: skip
    plan = replace(
        hostile.plan,
        programmes=tuple(
            replace(one, programme=replace(one.programme, note=long))
            for one in hostile.plan.programmes
        ),
        policy=replace(policy, programmes=programmes),
    )
    hostile.result.plan, before = plan, hostile.result.plan
    try:
        texts = pages(api.letters_in_one(hostile, range(3), "zh"))
    finally:
        hostile.result.plan = before
    assert len(texts) == 3
    assert all("只列起作用的规则" in text for text in texts)


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
        ("", False, "FC942"),  # a file of no pages
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
