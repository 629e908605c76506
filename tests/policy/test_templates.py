"""Sentences of policy authors: names are put in, doubled braces stay as one, nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcalc.policy.templates import fill, names_in, split

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
