"""Rows that are sums of their neighbours are no villages, whatever their names; what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from fundcalc.roster.model import Roster

Read = Callable[..., Roster]
HEADER = ["代码", "村名", "乡镇", "县", "常住人口", "集体经济收入", "其他班子成员"]
PLACE = {"甲": "一镇", "乙": "一镇", "丙": "二乡", "丁": "二乡", "戊": "二乡", "己": "三镇"}
FIGURES = {
    "甲": (620, 43000, 4), "乙": (1000, 50001, 5), "丙": (999, 0, 3), "丁": (480, 1234567, 2),
    "戊": (2310, 29999, 6), "己": (750, 61000, 4),
}  # fmt: skip


def village(name: str) -> list[object]:
    return ["", f"{name}村", PLACE[name], "子县", *FIGURES[name]]


def sums(names: str, label: str, *, under: str = "村名", code: str = "") -> list[object]:
    """A row with the sums of some villages; its label stands under a header."""
    row: list[object] = [code, *[""] * 3, *map(sum, zip(*(FIGURES[n] for n in names), strict=True))]
    row[HEADER.index(under)] = label
    return row


def text(rows: Sequence[Sequence[object]]) -> str:
    return "\n".join(",".join(map(str, row)) for row in [HEADER, *rows])


def left_out(roster: Roster) -> str:
    return " ".join(one.en for one in roster.notices if "left out" in one.en)


ALL = "甲乙丙丁戊己"
SHEETS = {
    "below": [*map(village, "甲乙"), sums("甲乙", "城郊"), *map(village, "丙丁戊"), sums("丙丁戊", "山区"),
              village("己")],
    "above": [sums("甲乙", "城郊"), *map(village, "甲乙"), sums("丙丁戊", "山区"), *map(village, "丙丁戊"),
              village("己")],
    "of all, last": [*map(village, ALL), sums(ALL, "本表")],
    "of all, first": [sums(ALL, "本表"), *map(village, ALL)],
    "nested below": [*map(village, "甲乙"), sums("甲乙", "城郊"), *map(village, "丙丁戊"),
                     sums("丙丁戊", "山区"), village("己"), sums(ALL, "本表")],
    "nested above": [sums(ALL, "本表"), sums("甲乙", "城郊"), *map(village, "甲乙"), sums("丙丁戊", "山区"),
                     *map(village, "丙丁戊"), village("己")],
    "pages of a list": [*map(village, "甲乙丙"), sums("甲乙丙", "本页"), *map(village, "丁戊己"),
                        sums("丁戊己", "本页"), sums(ALL, "各页")],
    "towns of one village too": [
        sums("甲乙", "一镇"), *map(village, "甲乙"), sums("丙丁戊", "二乡"), *map(village, "丙丁戊"),
        sums("己", "三镇"), village("己"),
    ],
    "towns below, of one village too": [
        *map(village, "甲乙"), sums("甲乙", "一镇"), *map(village, "丙丁戊"), sums("丙丁戊", "二乡"),
        village("己"), sums("己", "三镇"),
    ],
    "town in its own column, no name": [
        sums("甲乙", "一镇", under="乡镇"), *map(village, "甲乙"), *map(village, "丙丁戊己"),
    ],
    "under a serial number": [*map(village, ALL), sums(ALL, "六个村", under="代码")],
    "a town's code": [sums("甲乙", "城郊", code="149901100000"), *map(village, ALL)],
}  # fmt: skip


@pytest.mark.parametrize("rows", SHEETS.values(), ids=SHEETS.keys())
def test_sums_are_no_villages(csv_of: Read, rows: list[list[object]]) -> None:
    roster = csv_of(text(rows))
    assert roster.rejects == []
    assert sorted(roster.columns["name"]) == sorted(f"{name}村" for name in ALL)
    said = left_out(roster)
    for row in rows:
        if row[2:4] == ["", ""]:
            assert str(row[1] or row[0]) in said


def test_counties_and_towns_in_their_own_columns(csv_of: Read) -> None:
    rows = [*map(village, "甲乙"), sums("甲乙", "一镇", under="乡镇"), *map(village, "丙丁戊"),
            sums("丙丁戊", "二乡", under="乡镇"), village("己"), sums("己", "三镇", under="乡镇"),
            sums(ALL, "子县", under="县")]  # fmt: skip
    roster = csv_of(text(rows))
    assert roster.rejects == []
    assert len(roster.columns["name"]) == 6


def test_a_village_with_a_code_stays(csv_of: Read) -> None:
    """Chance, or a village of two merged ones: its code says what it is."""
    both = ["149901100219", "大村", "一镇", "子县", *sums("甲乙", "")[4:]]
    rows = [*map(village, "甲乙"), both]
    roster = csv_of(text(rows))
    assert roster.rejects == []
    assert roster.columns["name"] == ["甲村", "乙村", "大村"]


def test_one_figure_that_is_no_sum_makes_a_village(csv_of: Read) -> None:
    rows = [*map(village, "甲乙"), ["", "庚村", "一镇", "子县", 1620, 93001, 8]]
    roster = csv_of(text(rows))
    assert roster.columns["name"] == ["甲村", "乙村", "庚村"]
    assert not left_out(roster)


def test_figures_that_are_all_nought_are_no_sum(csv_of: Read) -> None:
    rows = [["", f"{n}村", "一镇", "子县", 0, 0, 0] for n in "甲乙丙"]
    assert csv_of(text(rows)).columns["name"] == ["甲村", "乙村", "丙村"]


def test_two_villages_of_the_same_figures_are_two(csv_of: Read) -> None:
    rows = [village("甲"), ["", "辛村", "一镇", "子县", *FIGURES["甲"]], village("乙")]
    assert csv_of(text(rows)).columns["name"] == ["甲村", "辛村", "乙村"]


def test_a_town_whose_figures_are_no_sum_is_asked_about(csv_of: Read) -> None:
    row = ["", "城关镇", "", "子县", 1700, 93001, 9]
    roster = csv_of(text([*map(village, "甲乙"), row]))
    assert [(one.code, one.cell) for one in roster.rejects] == [("FC649", "B4")]
    assert roster.columns["name"] == ["甲村", "乙村"]


def test_a_town_of_the_roster_whose_figures_are_no_sum_is_a_total_to_be_checked(
    csv_of: Read,
) -> None:
    row = ["", "一镇", "", "", 1700, 93001, 9]
    roster = csv_of(text([row, *map(village, "甲乙")]))
    assert roster.columns["name"] == ["甲村", "乙村"]
    assert {one.code for one in roster.rejects} == {"FC640"}


@pytest.mark.parametrize(
    "label",
    ["合计", "合 计", "总计", "共计", "计", "累计", "合计数", "小计", "（小计）", "全县合计", "全市", "总 数",
     "合计（6个村）", "6个村", "共6个行政村", "六个村合计", "村均", "平均", "平均数", "其中：贫困村",
     "其中:空壳村", "一镇计", "最大值", "Total", "Grand total", "average", "of which: poor"],
)  # fmt: skip
def test_words_of_totals_and_means(csv_of: Read, label: str) -> None:
    """Whatever their figures: these are not the sums."""
    for under in ("村名", "代码", "乡镇"):
        row: list[object] = ["", "", "", "", "", "", ""]
        row[HEADER.index(under)] = label
        roster = csv_of(text([*map(village, ALL), [*row[:4], 7, 7, 7]]))
        assert len(roster.columns["name"]) == 6, under
        assert {one.code for one in roster.rejects} <= {"FC640"}, under
        assert label in left_out(roster), under


@pytest.mark.parametrize(
    "name",
    ["合计沟村", "计家村", "总寨村", "小计村", "平均庄村", "其中庄村", "三个庄村", "全福村", "镇南村",
     "城关社区", "乡宁庄", "八里镇村", "一、二村", "共和村", "累计湾村", "Totalville"],
)  # fmt: skip
def test_villages_whose_names_have_such_words(csv_of: Read, name: str) -> None:
    roster = csv_of(text([*map(village, ALL), ["", name, "一镇", "子县", 77, 7000, 3]]))
    assert roster.rejects == []
    assert roster.columns["name"][-1] == name


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_total_of_some_pages_is_held_against_their_villages(csv_of: Read, wrong: int) -> None:
    """More totals than are tried one by one stand between it and the page that it begins on."""
    page, head = sum(FIGURES[name][0] for name in "丁戊己"), ",".join(HEADER)
    lines = [",".join(map(str, row)) for row in map(village, ALL)]
    lines.insert(3, head)
    lines.append(f",小计,,,{page},,")
    for at in range(50):
        lines += [f",{at}村,一镇,子县,{600 + at},0,0", f",小计,,,{600 + at},,"]
    whole = page + sum(600 + at for at in range(50))
    roster = csv_of("\n".join([head, *lines, f",小计,,,{whole + wrong},,"]))
    assert len(roster.columns["name"]) == 56
    assert [one.code for one in roster.rejects] == ["FC640"] * wrong


def test_rows_left_out_are_held_against_the_sum(csv_of: Read) -> None:
    rows = [*map(village, ALL), [*sums(ALL, "合计")[:4], 6160, 1418567, 24]]
    roster = csv_of(text(rows))
    assert [(one.code, one.cell) for one in roster.rejects] == [("FC640", "E8")]
    assert len(roster.columns["name"]) == 6
