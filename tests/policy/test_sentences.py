"""Sentences of policy authors: names are put in, doubled braces stay as one, nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fundcalc.policy.sentences import SourceText, fill, names_in, split

SENTENCES = [
    ("", "", []), ("无名", "无名", []), ("{a}", "<a>", ["a"]),
    ("从{a}到{b_1}。", "从<a>到<b_1>。", ["a", "b_1"]),
    ("{{a}}", "{a}", []), ("{{{a}}}", "{<a>}", ["a"]), ("{{}}{{", "{}{", []),
    ("{a}{a}", "<a><a>", ["a", "a"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "filled", "names"), SENTENCES)
def test_filled_and_split(text: str, filled: str, names: list[str]) -> None:
    assert fill(text, lambda name: f"<{name}>") == filled
    pieces = list(split(text))
    assert "".join(f"<{piece}>" if is_name else piece for piece, is_name in pieces) == filled
    assert [piece for piece, is_name in pieces if is_name] == names
    assert names_in(text) == set(names)


@given(st.text(alphabet="甲a{}", max_size=12))
def test_the_two_ways_to_fill_agree_on_any_text(text: str) -> None:
    pieces = split(text)
    assert fill(text, str.upper) == "".join(p.upper() if is_name else p for p, is_name in pieces)


# -- the texts of sources --------------------------------------------------------------------------

NOTICE = """关于补助的通知

第三条 集体经济收入在5万元以下的村，每村每年不低于17万元；
千人以上的村，每村每年不低于20万元。　各县应当按时拨付。
Villages of 1,000 or more get 20 yuan. They may not
apply twice.
"""


@given(st.data())
def test_a_quotation_is_found_whatever_its_blanks(data: st.DataObject) -> None:
    text = SourceText("a.txt", NOTICE)
    start = data.draw(st.integers(0, len(NOTICE) - 2))
    end = data.draw(st.integers(start + 1, len(NOTICE)))
    quote = NOTICE[start:end]
    assume(not any(NOTICE[edge - 1 : edge + 1].isdecimal() for edge in (start, end) if edge))
    respaced = data.draw(st.sampled_from(["\n", "  ", "\r\n\t", "　"])).join(quote.split())
    found = text.places(respaced)
    assert found == text.places(quote)
    if quote.strip():
        least, most = start + len(quote) - len(quote.lstrip()), start + len(quote.rstrip())
        assert (least, most) in found
        assert text.quoted(quote)


def test_a_quotation_cuts_no_number() -> None:
    text = SourceText("a.txt", "每村每年115万元，另加15万元。")
    assert [text.text[start:end] for start, end in text.places("15万元")] == ["15万元"]
    assert text.places("每村每年11") == []


def test_a_quotation_is_word_for_word() -> None:
    text = SourceText("a.txt", NOTICE)
    for other in ("每村每年不低于 17万元；", "Villages of 1,000 or more\nget 20 yuan."):
        assert text.places(other)
    for other in ("每村每年不低于17万元;", "每村每年不低于１７万元", "Villages of1,000", "", " \n"):
        assert not text.places(other)
    near = text.nearest("每村每年不低于18万元")
    assert near is not None and text.span(near).line in (3, 4)
    assert text.nearest("zq") is None


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("第十二条 资金由财政部门管理。", False),
        ("（三）资金由财政部门管理。", False),
        ("2. 资金由财政部门管理。", False),
        ("各县要高度重视，统一安排。", False),
        ("第十二条 每村补助3万元。", True),
        ("每村补助三万元。", True),
        ("每村补助３万元。", True),
        ("县级承担百分之四十。", True),
        ("年满六十周岁的老人。", True),
        ("各县可以制定细则。", True),
        ("不低于上年。", True),
        ("Funds shall be paid in May.", True),
        ("Funds are paid to dismayed villages.", False),
        ("At least half is paid.", True),
    ],
)
def test_which_sentences_tell_something(text: str, tells: bool) -> None:
    (sentence,) = SourceText("a.txt", text).sentences
    assert sentence.tells is tells
