"""大写 amounts: the vectors that every voucher must meet, and that each reads back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcalc.base.money import capitals

_DIGITS = "零壹贰叁肆伍陆柒捌玖"

VECTORS = {
    17000000: "壹拾柒万元整",
    800000: "捌仟元整",
    378500000: "叁佰柒拾捌万伍仟元整",
    2042000000: "贰仟零肆拾贰万元整",
    1200001: "壹万贰仟元零壹分",
    16010230: "壹拾陆万零壹佰零贰元叁角整",
    657489228: "陆佰伍拾柒万肆仟捌佰玖拾贰元贰角捌分",
    29999904: "贰拾玖万玖仟玖佰玖拾玖元零肆分",
    0: "零元整",
    1: "壹分",
    50: "伍角整",
    105: "壹元零伍分",
    1000: "壹拾元整",
    10_0000_0000_00: "壹拾亿元整",
    10_0010_0000_00: "壹拾亿零壹拾万元整",
    1_0000_0001_00: "壹亿零壹元整",
    -12345: "负壹佰贰拾叁元肆角伍分",
}


@pytest.mark.parametrize(("fen", "text"), VECTORS.items())
def test_vectors(fen: int, text: str) -> None:
    assert capitals(fen) == text


def read_back(text: str) -> int:
    """The fen that a 大写 text says."""
    if text.startswith("负"):
        return -read_back(text[1:])
    yuan, sign, rest = text.partition("元")
    if not sign:
        yuan, rest = "", text
    fen = _number(yuan) * 100
    for digit, name in pairwise(rest):
        fen += _DIGITS.index(digit) * {"角": 10, "分": 1}[name] if name in "角分" else 0
    return fen


def _number(text: str) -> int:
    for size, name in ((10**8, "亿"), (10**4, "万")):
        at = text.rfind(name)
        if at >= 0:
            return _number(text[:at]) * size + _number(text[at + 1 :])
    total, digit = 0, 0
    for char in text:
        if char in "仟佰拾":
            total += digit * {"仟": 1000, "佰": 100, "拾": 10}[char]
            digit = 0
        else:
            digit = _DIGITS.index(char)
    return total + digit


@given(st.integers(-(10**15), 10**17))
def test_reads_back(fen: int) -> None:
    text = capitals(fen)
    assert read_back(text) == fen
    assert "零零" not in text and not text.startswith("零元零")
