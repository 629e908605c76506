"""Page 3: faults by cause, a mend for all of one, cells set right in place, copies to send back."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from typing import Any

import openpyxl
import pytest
import tomli

from tests.desk.conftest import Open, Reply, Server
from tests.desk.counties import HEADER, book, clean, rows_of, troubled, villages, with_towns

PLACE = ["rosters/壬县.xlsx", "Sheet1", "D5"]


def pair(name: str, *texts: str) -> tuple[str, str]:
    return name, json.dumps(list(texts), ensure_ascii=False)


def settled(desk: Server) -> dict[str, Any]:
    return tomli.loads((desk.folder / "intake.toml").read_text(encoding="utf-8"))


def to_all(page: Reply) -> str:
    """The address of all faults of the first cause that has more than are shown."""
    link = re.search(r'href="(/faults\?cause=[^"]*)"', page.text)
    assert link is not None
    return unescape(link[1])


def faulty(desks: Open) -> Server:
    desk = desks()
    desk.drop(("壬县.xlsx", troubled()["壬县.xlsx"]))
    return desk


def test_faults_stand_by_cause_with_a_piece_of_the_sheet(desks: Open) -> None:
    page = faulty(desks).get("/faults")
    assert "4 个村需更正" in page.said
    assert (
        "集体经济收入 · 1 个格 · 单元格里写了单位“万” FC622 怎么办：写 50000，或把单位写进表头"
        in page.said
    )
    assert '<a href="/columns">整列读错了' in page.text
    assert "Sheet1 · D5 · 冬山上村" in page.said and 'name="is" value="5万"' in page.text
    assert "4 东镇 秋山上村 1791 80000" in page.said  # the row above, as it stands in the sheet


def test_a_cell_is_set_right_with_who_and_why(desks: Open) -> None:
    desk = faulty(desks)
    mend = [pair("cell", *PLACE), ("is", "50000"), ("why", "电话核实"), ("by", "张三")]
    page = desk.post("/faults/correct", mend, page="/faults")
    assert settled(desk)["correction"] == [
        {"cell": "!".join(PLACE), "was": "5万", "is": "50000", "why": "电话核实", "by": "张三"}
    ]
    assert "3 个村需更正" in page.said and "已在这里更正的 1 个格" in page.said
    assert 'value="张三"' in page.text  # the next cell is set right by the same person
    page = desk.post("/faults/undo", [pair("cell", "!".join(PLACE))], page="/faults")
    assert "4 个村需更正" in page.said and "correction" not in settled(desk)


@pytest.mark.parametrize("blank", ["why", "by"])
def test_a_mend_without_a_reason_or_a_name_keeps_what_was_typed(blank: str, desks: Open) -> None:
    desk = faulty(desks)
    typed = {"is": "50001", "why": "电话里问过", "by": "张三"} | {blank: " "}
    page = desk.post("/faults/correct", [pair("cell", *PLACE), *typed.items()], page="/faults")
    assert "没有更正：请写明为什么改、谁改的" in page.said and "correction" not in settled(desk)
    for name, text in typed.items():
        assert f'value="{text.strip()}"' in page.text, name
    assert page.text.count('value="50001"') == 1


def test_a_cell_set_right_wrongly_keeps_what_it_was(desks: Open) -> None:
    desk = faulty(desks)
    for now in ("六万", "60000"):
        mend = [pair("cell", *PLACE), ("is", now), ("why", "核实"), ("by", "张三")]
        page = desk.post("/faults/correct", mend, page="/faults")
    (one,) = settled(desk)["correction"]
    assert (one["was"], one["is"]) == ("5万", "60000") and "3 个村需更正" in page.said


def test_without_a_reason_nothing_is_set_right(desks: Open) -> None:
    desk = faulty(desks)
    for why, by in (("", "张三"), ("核实", "")):
        mend = [pair("cell", *PLACE), ("is", "50000"), ("why", why), ("by", by)]
        desk.post("/faults/correct", mend, page="/faults")
    assert "correction" not in settled(desk)
    sound = [pair("cell", *PLACE[:2], "D6"), ("is", "1"), ("why", "核实"), ("by", "张三")]
    assert desk.post("/faults/correct", sound, page="/faults").status == 409


def test_one_click_settles_a_cause_in_all_sheets(desks: Open) -> None:
    """Figures in yuan under （万元）, in two counties: too large to be read so."""
    desk = desks()
    header = [
        *HEADER[:3],
        "集体经济收入（元）",
        "已安排党建经费（元）",
        HEADER[5],
        "现行补贴（万元）",
    ]
    for more, name in enumerate(("子县.xlsx", "丑县.xlsx")):  # no file is the other once more
        rows = [[*row[:6], 900_000 if at % 2 else 3 + more] for at, row in enumerate(villages(3))]
        desk.drop((name, book(rows_of([header, *rows]))))
    page = desk.get("/faults")
    assert "“现行补贴（万元）”是元" in page.said, page.said
    places = [pair("of", f"rosters/{name}", "Sheet1") for name in ("子县.xlsx", "丑县.xlsx")]
    asked = [*places, pair("set", "现行补贴（万元）", "current_subsidy", "元")]
    page = desk.post("/columns/answer", asked, page="/faults")
    assert "更正" in page.said and page.status == 200
    files = settled(desk)["file"]
    assert all(one["sheet"][0]["columns"]["现行补贴（万元）"]["unit"] == "元" for one in files)


def test_leaving_villages_out_is_chosen_and_said(desks: Open) -> None:
    desk = faulty(desks)
    assert "85" not in desk.get("/results").said
    page = desk.post("/faults/skip", [("skip", "yes")], page="/faults")
    assert "不含需更正的 4 个村" in page.said and "已定：先不算" in page.said
    for path in ("/rosters", "/columns"):
        assert "不含需更正的 4 个村" in desk.get(path).said
    assert "85" in desk.get("/results").said
    page = desk.post("/faults/skip", [("skip", "")], page="/faults")
    assert "4 个村需更正" in page.said


def test_a_marked_copy_is_sent_back(desks: Open) -> None:
    desk = desks()
    desk.drop(("壬县.xlsx", troubled()["壬县.xlsx"]), ("丁县.xlsx", clean()["丁县.xlsx"]))
    answer = desk.get("/faults/marked/1")
    assert "attachment" in answer.headers["content-disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["Sheet1"]
    assert sheet["D5"].comment is not None and sheet["D5"].value == "5万"
    assert sheet["D6"].comment is None
    assert desk.get("/faults/marked/2").status == 404  # nothing is wrong in it


def test_all_cells_of_a_cause_by_the_hundred(desks: Open) -> None:
    desk = desks()
    rows = [[*row[:3], f"约{at}", *row[4:]] for at, row in enumerate([*villages(3, 90), *_more()])]
    desk.drop(("丁县.xlsx", book(rows_of([HEADER, *rows]))))
    page = desk.get("/faults")
    assert "集体经济收入 · 250 个格 · 不是数字" in page.said and "看全部 250 处" in page.said
    last = f"{to_all(page)}&page=3"
    page = desk.get(last)
    assert "第 3 页，共 3 页（250 行）" in page.said and page.text.count("/faults/correct") == 50
    cell = pair("cell", "rosters/丁县.xlsx", "Sheet1", "D205")
    mend = [cell, ("is", "50000"), ("why", "电话核实"), ("by", "")]
    page = desk.post("/faults/correct", mend, page=last)
    assert "没有更正" in page.said and "第 3 页，共 3 页（250 行）" in page.said
    page = desk.post("/faults/correct", [*mend[:3], ("by", "张三")], page=last)
    assert "没有更正" not in page.said and "第 3 页，共 3 页（249 行）" in page.said
    assert desk.get("/faults?cause=99&page=-1").status == 200
    assert desk.get("/faults?cause=x&page=1e9").status == 200


def test_all_of_a_cause_have_each_its_reason_and_its_buttons(desks: Open) -> None:
    desk = desks()
    rows = villages(5)[:5]
    desk.drop(("子县.xlsx", book(rows_of([HEADER, *rows, *rows]))))
    few, page = desk.get("/faults"), desk.get(to_all(desk.get("/faults")))
    assert "看全部 10 处" in few.said and "看全部" not in page.said
    assert few.text.count('name="double"') == 3 and page.text.count('name="double"') == 10
    assert f"第 {len(rows) * 2 + 1} 行是重复的，不算" in page.said
    assert len(set(re.findall(r"与 .{0,9}?\d+ 相同", page.said))) == 10
    heading = page.text.partition("<h3")[2].partition("</h3>")[0]
    assert "10 个" in heading and "相同" not in heading


def test_a_cell_that_turns_its_figures_round_is_seen_as_it_is(desks: Open) -> None:
    desk, rows = desks(), villages(5)
    rows[0][3] = "\u202e12345万"
    desk.drop(("子县.xlsx", book(rows_of([HEADER, *rows]))))
    for path in ("/faults", "/faults?cause=error.FC622.集体经济收入"):
        assert "写的是 \\u202e12345万" in desk.get(path).said


def _more() -> list[list[Any]]:
    return [[row[0], f"{at}{row[1]}", *row[2:]] for at in (1, 2) for row in villages(3, 80)]


def test_what_no_longer_holds_of_the_files_can_be_taken_out(desks: Open) -> None:
    desk = faulty(desks)
    mend = [pair("cell", *PLACE), ("is", "50000"), ("why", "电话核实"), ("by", "张三")]
    desk.post("/faults/correct", mend, page="/faults")
    desk.drop(("壬县.xlsx", clean()["壬县.xlsx"]))
    page = desk.get("/faults")
    assert "FC654" in page.said and "去掉读法里的这一条" in page.said
    assert "下一步：核对读法" not in page.said  # what mends it stands here
    for path in ("/rosters", "/results"):
        assert 'href="/faults"' in desk.get(path).text.partition("<main")[2]
    line = page.field("line")
    page = desk.post("/faults/forget", [("line", line)], page="/faults")
    assert "没有要更正的" in page.said and "correction" not in settled(desk)


def test_a_cell_that_is_blank_now_is_said_to_be_blank(desks: Open) -> None:
    desk = desks()
    rows = villages(3)
    rows[0][3] = "5万"
    desk.drop(("子县.xlsx", book(rows_of([HEADER, *rows]))))
    place = pair("cell", "rosters/子县.xlsx", "Sheet1", "D2")
    mend = [place, ("is", "50000"), ("why", "电话核实"), ("by", "张三")]
    desk.post("/faults/correct", mend, page="/faults")
    rows[0][3] = ""
    desk.drop(("子县.xlsx", book(rows_of([HEADER, *rows]))))
    assert "现在是“（空白）”，不是要更正的“5万”" in desk.get("/faults").said


def test_what_was_typed_for_a_cell_that_is_right_by_now_is_shown(desks: Open) -> None:
    desk = faulty(desks)
    typed = [pair("cell", *PLACE), ("is", "60000"), ("why", "再核"), ("by", "李四")]
    mend = [pair("cell", *PLACE), ("is", "50000"), ("why", "电话核实"), ("by", "张三")]
    late = [("seen", "0" * 16), *typed]
    desk.post("/faults/correct", mend, page="/faults")
    page = desk.post("/faults/correct", late, page="/faults")
    assert (
        "给 rosters/壬县.xlsx!Sheet1!D5 填的是“60000”，理由“再核”，没有保存"
        in page.to_form(desk).said
    )


def test_a_cell_too_long_to_be_set_right_here_says_where_it_is(desks: Open) -> None:
    desk, rows = desks(), villages(3)
    rows[0][1] = "长" * 201
    desk.drop(("子县.xlsx", book(rows_of([HEADER, *rows]))))
    page = desk.get("/faults")
    assert "FC637" in page.said and "请在原表里改好，再交一次" in page.said


def test_pages_to_be_looked_at_do_not_speak_of_changing(desks: Open) -> None:
    desk = faulty(desks)
    looking = desks("--read-only", folder=desk.folder)
    for path in ("/columns", "/faults"):
        assert re.search("在这里[改定]", desk.get(path).said), path
        assert not re.search("在这里[改定]", looking.get(path).said), path


def test_two_copies_of_one_list_are_asked_about(desks: Open) -> None:
    desk = desks()
    desk.drop(("初稿.xlsx", book(rows_of([["丁县"], HEADER, *villages(3)]))))
    desk.drop(("定稿.xlsx", book(rows_of([["丁县"], HEADER, *villages(3)[:-1]]))))
    for path in ("/columns", "/faults"):
        page = desk.get(path)
        assert "FC610" in page.said and "不用 初稿.xlsx · Sheet1" in page.said
        assert "--sheet" not in page.said  # a button answers
    given = [pair("of", "rosters/初稿.xlsx", "Sheet1"), ("ignore", "yes")]
    page = desk.post("/rosters/sheet", given, page="/faults")
    assert "没有要更正的" in page.said


def test_a_village_with_markup_in_its_name_is_text(desks: Open) -> None:
    desk = desks()
    rows = villages(3)
    rows[0][1], rows[0][3] = "<script>alert(1)</script>村", "<b>5</b>"
    desk.drop(("丁县.xlsx", book(rows_of([HEADER, *rows]), "<i>丁县")))
    for path in ("/rosters", "/columns", "/faults"):
        text = desk.get(path).text
        assert "<script>alert" not in text and "<b>5" not in text and "<i>丁" not in text


def test_a_row_that_is_there_twice_is_left_out_by_one_click(desks: Open) -> None:
    desk = desks()
    rows = villages(4)
    desk.drop(("子县.xlsx", book(rows_of([HEADER, *rows, rows[0]]))))
    page = desk.get("/faults")
    last = str(len(rows) + 2)
    assert f"第 {last} 行是重复的，不算" in page.said, page.said
    place = pair("of", "rosters/子县.xlsx", "Sheet1")
    asked = [
        place, pair("row", last, str(rows[0][1])), ("to", "left_out"), ("double", "yes"),
    ]  # fmt: skip
    page = desk.post("/columns/row", asked, page="/faults")
    assert page.status == 200 and "重复的，不算" not in page.said
    assert "重复的行" in (desk.folder / "intake.toml").read_text(encoding="utf-8")
    assert f"{len(rows)} 个村" in desk.get("/rosters").said


def _left_out_as_double(desk: Server, path: str, row: int, name: str) -> None:
    asked = [
        pair("of", path, "Sheet1"), pair("row", str(row), name), ("to", "left_out"), ("double", "yes"),
    ]  # fmt: skip
    assert desk.post("/columns/row", asked, page="/faults").status == 200


@pytest.mark.parametrize("gone", ["second", "first", "second of an older intake"])
def test_a_row_left_out_as_a_double_counts_where_the_other_is_gone(gone: str, desks: Open) -> None:
    desk, rows = desks(), villages(4, 6)
    name, last = str(rows[1][1]), len(rows) + 2
    desk.drop(("子县.xlsx", book(rows_of([HEADER, *rows, rows[1]]))))
    _left_out_as_double(desk, "rosters/子县.xlsx", last, name)
    assert "6 个村" in desk.get("/results").said
    if "older" in gone:  # the desk had this reason before it had the key
        intake = desk.folder / "intake.toml"
        text = intake.read_text(encoding="utf-8")
        assert 'twice = true, why = "重复的行（人工认定）"' in text
        intake.write_text(text.replace("twice = true, ", ""), encoding="utf-8")
    left, at = (rows, 3)
    if gone == "first":
        left, at = [rows[0], ["东镇", "别村", *rows[1][2:]], *rows[2:], rows[1]], last
    page = desk.drop(("子县.xlsx", book(rows_of([HEADER, *left]))))
    assert f"{len(left)} 个村 下一步：看结果" in page.said
    page = desk.get("/faults")
    assert f"把第 {last} 行“{name}”当作重复的行不算；现在没有另一行了" in page.said
    kept = [pair("of", "rosters/子县.xlsx", "Sheet1"), pair("row", str(at), name), ("to", "kept")]
    desk.post("/columns/row", kept, page="/faults")
    assert "没有要更正的" in desk.get("/faults").said


def test_a_double_in_another_file_counts_when_that_file_goes(desks: Open) -> None:
    desk, rows = desks(), villages(4, 6)
    header, named = ["县", *HEADER], [["子县", *row] for row in rows]
    desk.drop(("甲.xlsx", book(rows_of([header, *named]))))
    other = [["子縣", *row] for row in villages(6, 12)[6:]]
    desk.drop(("乙.xlsx", book(rows_of([header, *other, ["子縣", *rows[2]]]))))
    _left_out_as_double(desk, "rosters/乙.xlsx", 8, str(rows[2][1]))
    assert "12 个村 下一步：看结果" in desk.get("/rosters").said
    desk.post("/rosters/remove", [pair("of", "rosters/甲.xlsx", "")])
    assert "7 个村 下一步：看结果" in desk.get("/rosters").said


def test_who_left_a_row_out_last_year_did_not_see_this_years_list(desks: Open) -> None:
    desk, rows = desks(), villages(4, 6)
    year = """[[file]]
path = "rosters/子县.xlsx"
[[file.sheet]]
name = "Sheet1"
left_out = [
    { row = 4, name = "%s", why = "并村" }, { row = 8, name = "%s", twice = true, why = "重复" },
]
""" % (rows[2][1], rows[1][1])  # noqa: UP031
    desk.drop(("子县.xlsx", book(rows_of([HEADER, *rows]))), ("去年.toml", year.encode()))
    page = desk.post("/rosters/earlier", [("which", "rosters/去年.toml")])
    assert f"去年第 4 行“{rows[2][1]}”不算（并村）" in page.said
    assert f"“{rows[1][1]}”不算" not in page.said
    assert "6 个村 下一步：看结果" in page.said


def test_who_counted_a_row_last_year_did_not_see_this_years_list(desks: Open) -> None:
    desk, rows = desks(), with_towns(villages(3))
    year = """[[file]]
path = "rosters/子县.xlsx"
[[file.sheet]]
name = "Sheet1"
kept = [{ row = 20, name = "东镇小计", why = "人工核定是村" }]
"""
    desk.drop(("子县.xlsx", book(rows_of([HEADER, *rows]))), ("去年.toml", year.encode()))
    page = desk.post("/rosters/earlier", [("which", "rosters/去年.toml")])
    assert "去年第 20 行“东镇小计”按村计入（人工核定是村）；今年没有照搬" in page.said
    assert "89 个村 下一步：看结果" in page.said
    kept = [
        pair("of", "rosters/子县.xlsx", "Sheet1"),
        pair("row", "20", "东镇小计"),
        ("to", "kept"),
    ]
    page = desk.post("/columns/row", kept, page="/columns")
    assert "90 个村" in page.said and "没有照搬" not in page.said
