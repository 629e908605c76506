"""What number formats make a person see, one line a format."""

from __future__ import annotations

import pytest

from fundcalc.roster.files.cells import code_of, day_text, number_text, plain_text
from fundcalc.roster.sheet import DATE, NUMBER, TEXT, Format

# what is stored, the format, what is seen, the power of ten and the unit
OTHER = [
    (43000, "0!.0000", "4.3", 4, ""),
    (43000, "0!.0,", "4.3", 4, ""),
    (43000, '0!.0,"万"', "4.3", 4, "万"),
    (43000, "0\\.0000", "4.3", 4, ""),
    (43000, '0"."0000', "4.3", 4, ""),
    (43000, "##!.0,", "4.3", 4, ""),
    (123456789, '0!.00,,"亿"', "1.23456789", 8, "亿"),
    (43000, "#,##0,", "43", 3, ""),
    (43000, "#,##0.00,", "43", 3, ""),
    (43000, '#,##0.0,"千元"', "43", 3, "千元"),
    (43210000, '0.0,,"百万元"', "43.21", 6, "百万元"),
    (4.3, '0"万元"', "4.3", 0, "万元"),
    (4.3, '0.00"万"', "4.3", 0, "万"),
    (4.3, '0.00 "万元";-0.00 "万元"', "4.3", 0, "万元"),
    (-4.3, '0.00 "万元";-0.00 "万元"', "-4.3", 0, "万元"),
    (4.3, "0.00万元", "4.3", 0, "万元"),
    (5, 'G/通用格式"万元"', "5", 0, "万元"),
    (5, 'General"元"', "5", 0, "元"),
    (5, '@"元"', "5", 0, "元"),
    (5, '0"户"', "5", 0, "户"),
    (5, '"约"0', "5", 0, "约"),
    (0.8, "0%", "80", -2, "%"),
    (0.805, "0.00%", "80.5", -2, "%"),
    (80, "0\\%", "80", 0, "%"),
    (5, '"$"#,##0', "5", 0, "$"),
    (5, "[$$-409]#,##0", "5", 0, "$"),
    (5, "[$€-2] #,##0", "5", 0, "€"),
    (5, '"¥"#,##0', "5", 0, "元"),
    (5, "[$¥-804]#,##0.00", "5", 0, "元"),
    (-5, "￥#,##0.00;￥-#,##0.00", "-5", 0, "元"),
    (0, '_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ', "0", 0, "元"),
    (43000, '[>=10000]0!.0,"万";0', "4.3", 4, "万"),
    (5, '"-"0', "5", 0, "-"),
    (5, "(0)", "5", 0, "()"),
]
# formats that cannot be understood: the whole code stands for the unit
ODD = [(43000, '0"万"0000'), (40000, "000-0000"), (5, ";;;"), (5, '0"万",'), (5, "0.0,0")]
SAME = [
    "General",
    "0",
    "0.00",
    "#,##0",
    "#,##0.00_ ",
    "0.00_);[Red]\\(0.00\\)",
    "#,##0;[Red]#,##0",
    "#,##0_ ;[Red]\\-#,##0\\ ",
    '_-* #,##0.00_-;\\-* #,##0.00_-;_-* "-"??_-;_-@_-',
    '#,##0;-#,##0;"—"',
    "0;-0;;@",
    "[DBNum1]0",
    "[Red]0",
    "[$-804]0",
    "# ?/?",
    "0.00E+00",
    "G/通用格式",
    "@",
    '"+"0',
]
# seen as another text, but as the figure that it is
SEEN = [
    (123, "00000", "00123", NUMBER),
    (-7, "000", "-007", NUMBER),
    (23, '"1401"0000', "14010023", NUMBER),
    (43, '[>=10000]0!.0,"万";0', "43", NUMBER),
    (0, ";;;", "0", NUMBER),
    (1, '[=1]"男";[=2]"女"', "男", TEXT),
    (0, '0;-0;"无"', "无", TEXT),
    (43100, "yyyy/m/d", "2017-12-31", DATE),
    (43100.5, "yyyy-m-d;@", "2017-12-31 12:00:00", DATE),
    (43100, 'yyyy"年"m"月"', "2017-12-31", DATE),
    (43100, "[$-F800]dddd\\, mmmm dd\\, yyyy", "2017-12-31", DATE),
    (0.5, "h:mm", "12:00:00", DATE),
    (1.5, "[h]:mm", "1900-01-01 12:00:00", DATE),
    (-5, "yyyy-mm-dd", "-5", DATE),
    (9e9, "yyyy-mm-dd", "9000000000", DATE),
]


@pytest.mark.parametrize(("value", "code", "text", "power", "unit"), OTHER)
def test_another_figure_is_seen(value: float, code: str, text: str, power: int, unit: str) -> None:
    found = code_of(code)
    assert found is not None
    assert found.see(value, False) == (text, Format(code, power, unit))


@pytest.mark.parametrize(("value", "code"), ODD)
def test_a_format_that_is_not_understood_has_itself_for_a_unit(value: float, code: str) -> None:
    found = code_of(code)
    assert found is not None
    assert found.see(value, False) == (plain_text(value), Format(code, 0, code))


@pytest.mark.parametrize("code", SAME)
@pytest.mark.parametrize("value", [5.0, -5.0, 0.0])
def test_a_format_that_only_groups_or_rounds_is_none(value: float, code: str) -> None:
    found = code_of(code)
    assert found is None or found.see(value, False) == (plain_text(value), NUMBER)


@pytest.mark.parametrize(("value", "code", "text", "kind"), SEEN)
def test_what_is_seen(value: float, code: str, text: str, kind: int) -> None:
    found = code_of(code)
    assert found is not None
    assert found.see(value, False) == (text, kind)


def test_texts_have_a_section_too() -> None:
    for code, seen in (('@"万元"', "5万元"), ('0;-0;0;"约"@', "约5")):
        found = code_of(code)
        assert found is not None and found.see_text("5") == seen


def test_numbers_have_fifteen_digits_and_no_needless_exponent() -> None:
    texts = ["140123204209.0", "4.3000000000000003", "1E3", "1e-5", "-0", "1e15", "0.1", " 7 "]
    assert [number_text(t) for t in texts] == [
        "140123204209", "4.3", "1000", "0.00001", "0", "1e+15", "0.1", "7",
    ]  # fmt: skip
    odd = ["", "nan", "inf", "1_0", "１", "x", "1e999", "9" * 400]
    assert [number_text(t) for t in odd] == [None] * 8


def test_days_of_both_epochs() -> None:
    assert day_text(1, False) == "1900-01-01"
    assert day_text(60, False) == "1900-02-29"
    assert day_text(61, False) == "1900-03-01"
    assert day_text(0, True) == "1904-01-01"
    assert day_text(2_958_465.99999, False) == "9999-12-31 23:59:59"
    assert day_text(2_958_466, False) is None
