"""What lines, titles and names say: units of money, and counties. Tables of texts and what they give."""

from __future__ import annotations

from pathlib import Path

import opencc
import pytest

from fundcalc.roster.names import county_in
from fundcalc.roster.words import Scaled, simplified, sort_row, traditional, units_named, units_said

NOTHING: list[int | str] = []
LINES = {
    "单位：万元": [4],
    "单位:元": [0],
    "单位 万元": [4],
    "单位　千元": [3],
    "计量单位：万元": [4],
    "金额：万元": [4],
    "金额单位: 万元": [4],
    "单位：万": [4],
    "单位：人民币万元": [4],
    "货币单位：元": [0],
    "（单位：万元）": [4],
    "(单位：万元、人)": [4, 0],
    "（金额单位：万元，人口单位：人）": [4, 0],
    "人口单位：人；金额单位：千元": [0, 3],
    "填报单位：子县　　单位：万元": [4],
    "填报单位：子县财政局": NOTHING,
    "单位：子县": NOTHING,
    "报送单位（盖章）：": NOTHING,
    "单位负责人：张三": NOTHING,
    "子县村级经费表（万元）": [4],
    "子县村级经费表（单位：亿元）": [8],
    "万元": [4],
    "（万元）": [4],
    "以下金额以万元为单位": [4],
    "注：本表金额单位为万元": [4],
    "注：以上金额均以万元计": [4],
    "说明：表中数据均为千元": [3],
    "备注：金额按元计": [0],
    "Unit: 10,000 yuan": [4],
    "amounts in thousand yuan": [3],
    "单位：万 元": [4],
    "单  位：千  元": [3],
    "单位；万元": [4],
    "单位-万元": [4],
    "单位∶万元": [4],
    "单位：仟元": [3],
    "单位：￥万元": [4],
    "单位：RMB万元": [4],
    "单位：1万元": [4],
    "单位：×10000元": [4],
    "附注：金额按千元填写": [3],
    "备注：万元": [4],
    "以下金额单位改为万元": [4],
    "注：（1）金额单位：万元（2）人口：人": [4],
    "单位：美金": ["美金"],
    "单位：USD": ["usd"],
    "单位：千阳县": NOTHING,
    "单位-万荣县": NOTHING,
    "2017年村级经费表": NOTHING,
    "人均5万元以上的村": NOTHING,
    "集体经济收入5万元以下的村名单": NOTHING,
    "万柏林区": NOTHING,
    "万元店村": NOTHING,
    "": NOTHING,
}
NAMES = {
    "名册（万元）": [4],
    "名册-万元": [4],
    "台账_单位千元": [3],
    "单位万元": [4],
    "子县2017(元)": [0],
    "名册（万）": [4],
    "万元名册": [4],
    "Sheet1": NOTHING,
    "Sheet1_单位万元.": [4],
    "子县万元以上村": NOTHING,
    "收入5万元以下": NOTHING,
    "百万元村": NOTHING,
    "五百万元名册": NOTHING,
    "五十万元户名单": NOTHING,
    "万柏林区": NOTHING,
    "2017年名册": NOTHING,
}
KNOWN = ("娄烦县", "清徐县", "古交市", "万柏林区", "杏花岭区")
COUNTIES = {
    "娄烦县": "娄烦县",
    "娄烦": "娄烦县",
    "1娄烦县": "娄烦县",
    "娄烦县2017年台账": "娄烦县",
    "太原市娄烦县村级经费表": "娄烦县",
    "娄烦县（贫困县）": "娄烦县",
    "婁煩縣名册": "娄烦县",
    "填报单位：清徐县委组织部": "清徐县",
    "附件2：清徐县村级组织经费表": "清徐县",
    "表1：古交市": "古交市",
    "古交市2017年名册": "古交市",
    "2017年古交市村级经费": "古交市",
    "万柏林区": "万柏林区",
    "关于万柏林区村级经费的报表": "万柏林区",
    "太原市村级经费表": None,
    "太原市各县区汇总": None,
    "全县汇总": None,
    "本县各村名册": None,
    "娄烦县、清徐县名册": None,
    "村级经费表": None,
    "Sheet1": None,
    "某某县名册": "某某县",
    "甲乙自治县名册": "甲乙自治县",
    "丙丁旗2017年": "丙丁旗",
    "开发区名册": None,
    "社区名册": None,
    "": None,
}


def powers(found: list[Scaled | str]) -> list[int | str]:
    return [one.power if isinstance(one, Scaled) else one for one in found]


@pytest.mark.parametrize(("line", "expected"), LINES.items())
def test_units_that_a_line_says(line: str, expected: list[int | str]) -> None:
    """By their powers of ten; an office, a limit of income or a place is no unit."""
    assert powers(units_said(line)) == expected


@pytest.mark.parametrize("line", ["单位：美元", "金额单位：韩元"])
def test_a_unit_of_money_that_cannot_be_read_is_given_as_text(line: str) -> None:
    assert powers(units_said(line)) == [line.partition("：")[2]]


@pytest.mark.parametrize(("name", "expected"), NAMES.items())
def test_units_in_the_names_of_sheets_and_files(name: str, expected: list[int | str]) -> None:
    assert powers(units_named(name)) == expected


@pytest.mark.parametrize(("text", "expected"), COUNTIES.items())
def test_the_county_that_a_text_names(text: str, expected: str | None) -> None:
    """太原市 is no county of its own, but the whole that the policy is for."""
    assert county_in(text, KNOWN, whole="太原市2017年村级经费") == expected


UNKNOWN = {
    "万柏林区村级经费情况表": "万柏林区",
    "房山区2017年": "房山区",
    "红旗区": "红旗区",
    "辉县市台账": "辉县市",
    "天全县": "天全县",
    "榆社县": "榆社县",
    "疏附县": "疏附县",
    "乾县村级经费": "乾县",
    "隆林各族自治县": "隆林各族自治县",
    "元江哈尼族彝族傣族自治县村级经费": "元江哈尼族彝族傣族自治县",
    "村级组织运转经费保障情况统计表（某某县）": "某某县",
    "山西省太原市某某县报表": "某某县",
    "关于上报某某区村级经费的报告": "某某区",
    "梅县区": None,
    "矿区": None,
    "全市各县区": None,
    "贫困山区村级经费": None,
    "幸福社区": None,
}


@pytest.mark.parametrize(("text", "expected"), UNKNOWN.items())
def test_counties_that_no_policy_names(text: str, expected: str | None) -> None:
    """A name is never cut short; what may be several things is asked about."""
    assert county_in(text, ()) == expected


def test_without_known_counties() -> None:
    assert county_in("清徐县名册", ()) == "清徐县"
    assert county_in("太原市清徐县", ()) == "清徐县"
    assert county_in("太原市", (), whole="太原市") is None


def test_texts_are_simplified_as_opencc_does_it() -> None:
    """Every word and character that its tables have, among which are all that it turns into others."""
    folder = Path(opencc.__file__).parent / "dictionary"
    lines = [
        line
        for name in ("TSPhrases.txt", "TSCharacters.txt")
        for line in (folder / name).read_text("utf-8").splitlines()
    ]
    known = [line.split("\t")[0] for line in lines]
    convert = opencc.OpenCC("t2s").convert
    turned = {text for text in known if convert(text) != text}
    assert len(turned) > 3_000
    assert {text for text in known if simplified(text) != text} == turned
    assert all(simplified(f"村{text}村") == convert(f"村{text}村") for text in turned)
    assert traditional("".join(known)) == {text for text in turned if len(text) == 1}


@pytest.mark.parametrize(
    ("label", "what"), [("差额", "mean"), ("140123", "village"), ("甲", "village")]
)
def test_a_row_of_a_table_without_names(label: str, what: str) -> None:
    """A policy's rows may be known by their codes alone."""
    assert sort_row([label, "5", "6"], [], [1, 2], (0, 12)).what == what
