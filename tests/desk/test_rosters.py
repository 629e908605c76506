"""Page 1: what is dropped is kept safely, shown for what it is, and read as the intake says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import tomli

from tests.conftest import ROOT
from tests.desk.conftest import Open, Server, command
from tests.desk.counties import COUNTIES, HEADER, book, clean, rows_of, troubled, villages


def of(path: str, sheet: str | None) -> tuple[str, str]:
    """The field by which a form says what it is about."""
    return "of", json.dumps([path, sheet], ensure_ascii=False)


def intake(desk: Server) -> dict[str, list[dict[str, object]]]:
    return tomli.loads((desk.folder / "intake.toml").read_text(encoding="utf-8"))


def one(desk: Server, sheet: str = "Sheet1") -> dict[str, object]:
    """What is settled of the sheet of the only file."""
    ((file,), name) = intake(desk)["file"], sheet
    return next((s for s in file.get("sheet", []) if s["name"] == name), {})  # type: ignore[attr-defined]


def test_ten_files_are_one_roster(desks: Open) -> None:
    desk = desks()
    page = desk.drop(*clean().items())
    assert page.said.count("名册，89 个村") == len(COUNTIES)
    assert "890 个村 下一步：看结果" in page.said
    assert [file["path"] for file in intake(desk)["file"]] == [
        f"rosters/{name}" for name in clean()
    ]
    assert "890" in desk.get("/results").said


def test_each_sheet_says_what_it_is(desks: Open) -> None:
    desk = desks()
    page = desk.drop(*troubled().items())
    assert "填表说明 不是名册 没有一行像名册的表头" in page.said
    for county, where in (
        ("甲县", "标题“甲县名册”"),
        ("乙县", "表名“乙县”"),
        ("丙县", "文件名“丙县.csv”"),
    ):
        assert f'value="{county}"' in page.text and f"据{where}" in page.said
    assert "5 处待定 下一步：核对读法" in page.said and "请填县名" in page.said


def test_a_county_is_confirmed_and_changed(desks: Open) -> None:
    desk = desks()
    desk.drop(("名册.xlsx", troubled()["2017年名册.xlsx"]))
    page = desk.post("/rosters/county", [of("rosters/名册.xlsx", "Sheet1"), ("county", "癸县")])
    assert "已确认" in page.said and "89 个村 下一步：看结果" in page.said
    assert one(desk)["county"] == "癸县"


def test_all_counties_are_confirmed_at_once(desks: Open) -> None:
    desk = desks()
    desk.drop(*clean().items())
    page = desk.post("/rosters/confirm")
    assert page.said.count("已确认") == len(COUNTIES)
    settled = [file["sheet"][0]["county"] for file in intake(desk)["file"]]  # type: ignore[index]
    assert settled == list(COUNTIES)


def test_what_was_settled_survives_another_file(desks: Open) -> None:
    desk = desks()
    desk.drop(("甲县.xlsx", clean()["甲县.xlsx"]))
    desk.post("/rosters/county", [of("rosters/甲县.xlsx", "Sheet1"), ("county", "子县")])
    before = intake(desk)["file"][0]
    desk.drop(("乙县.xls", clean()["乙县.xls"]))
    assert intake(desk)["file"][0] == before
    desk.post("/rosters/remove", [of("rosters/乙县.xls", None)])
    assert intake(desk)["file"] == [before]
    assert (desk.folder / "rosters" / "乙县.xls").is_file()
    assert "文件夹里还有" in desk.get("/rosters").said
    desk.post("/rosters/take", [("path", "rosters/乙县.xls")])
    assert len(intake(desk)["file"]) == 2


def test_a_file_is_replaced_and_keeps_what_was_settled(desks: Open) -> None:
    desk = desks()
    desk.drop(("甲县.xlsx", clean()["壬县.xlsx"]))
    desk.post("/rosters/county", [of("rosters/甲县.xlsx", "Sheet1"), ("county", "子县")])
    new = book(rows_of([HEADER, *villages(3)[:7]]))
    page = desk.post(
        "/rosters/replace", [of("rosters/甲县.xlsx", None)], [("file", "甲县（改）.xlsx", new)]
    )
    assert intake(desk)["file"][0]["path"] == "rosters/甲县（改）.xlsx"
    assert one(desk)["county"] == "子县" and "7 个村" in page.said


def test_a_file_of_the_same_name_takes_the_place_of_the_other(desks: Open) -> None:
    desk = desks()
    desk.drop(("甲县.xlsx", clean()["壬县.xlsx"]))
    again = desk.drop(("甲县.xlsx", clean()["壬县.xlsx"]))
    assert "内容相同" in again.said
    page = desk.drop(("甲县.XLSX".lower(), book(rows_of([HEADER, *villages(8)[:9]]))))
    assert "换成了新交的这份" in page.said and "9 个村" in page.said
    assert len(intake(desk)["file"]) == 1


def test_a_folder_keeps_its_names(desks: Open) -> None:
    desk = desks()
    files = clean()
    desk.drop(("上报/甲/名册.xlsx", files["壬县.xlsx"]), ("上报/乙/名册.xls", files["乙县.xls"]))
    assert (desk.folder / "rosters/上报/甲/名册.xlsx").is_file()
    assert [one["path"] for one in intake(desk)["file"]] == [
        "rosters/上报/甲/名册.xlsx",
        "rosters/上报/乙/名册.xls",
    ]


@pytest.fixture(scope="module")
def empty(desks: Open, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A desk for all that leaves nothing behind, in a folder of its own."""
    folder = tmp_path_factory.mktemp("alone") / "desk"
    folder.mkdir()
    return desks(folder=folder)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("~$甲县.xlsx", "临时文件"),
        ("甲县.docx", "不是表格文件"),
        ("../甲县.xlsx", "不能用的字符"),
        ("..\\甲县.xlsx", "不能用的字符"),
        ("a/../../甲县.xlsx", "不能用的字符"),
        ("/etc/甲县.xlsx", "不能用的字符"),
        ("甲!县.xlsx", "不能用的字符"),
        ("甲\u202e县.xlsx", "不能用的字符"),
        ("NUL.xlsx", "留给设备的"),
        ("甲县.xlsx ", "不能用的字符"),
        ("a/b/c/d/e/f/甲县.xlsx", "太深"),
        ("甲" * 80 + ".xlsx", "太长"),
    ],
)
def test_a_name_that_could_do_harm_is_refused(empty: Server, name: str, why: str) -> None:
    page = empty.drop((name, clean()["壬县.xlsx"]))
    assert "没有收下" in page.said and why in page.said
    assert {path.name for path in empty.folder.parent.rglob("*")} <= {"desk", "rosters"}


def test_two_of_one_name_at_once(desks: Open) -> None:
    desk = desks()
    page = desk.drop(("甲.xlsx", clean()["壬县.xlsx"]), ("甲.XLSX", clean()["己县.xlsx"]))
    assert "两个同名的文件" in page.said
    assert len(list((desk.folder / "rosters").iterdir())) == 1


def test_a_link_leads_nowhere_else(desks: Open, tmp_path: Path) -> None:
    (tmp_path / "desk" / "rosters").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "desk" / "rosters" / "out").symlink_to(tmp_path / "other")
    desk = desks(folder=tmp_path / "desk")
    assert desk.drop(("out/甲县.xlsx", clean()["壬县.xlsx"])).status == 503
    assert not list((tmp_path / "other").iterdir())


def test_a_file_that_lies_there_already_is_used_where_it_lies(desks: Open) -> None:
    desk = desks()
    (desk.folder / "甲县.xlsx").write_bytes(clean()["壬县.xlsx"])
    page = desk.get("/rosters")
    assert "文件夹里还有" in page.said and "甲县.xlsx" in page.said
    desk.post(
        "/rosters/take", [("path", "甲县.xlsx"), ("path", "../x.xlsx"), ("path", "/etc/passwd")]
    )
    assert [file["path"] for file in intake(desk)["file"]] == ["甲县.xlsx"]


def test_a_file_that_cannot_be_read_says_so_and_the_rest_is_shown(desks: Open) -> None:
    desk = desks()
    page = desk.drop(("坏.xlsx", b"PK\x03\x04 broken"), ("壬县.xlsx", clean()["壬县.xlsx"]))
    assert "FC603" in page.said and "名册，89 个村" in page.said
    page = desk.get("/columns")
    assert "FC603" in page.said and "不用或换掉这个文件" in page.said


def test_a_broken_intake_says_where_and_how_to_go_on(desks: Open) -> None:
    desk = desks()
    desk.drop(("壬县.xlsx", clean()["壬县.xlsx"]))
    broken = (desk.folder / "intake.toml").read_text(encoding="utf-8") + "\n[[file.shet]]\n"
    (desk.folder / "intake.toml").write_text(broken, encoding="utf-8")
    for path in ("/rosters", "/columns", "/faults"):
        page = desk.get(path)
        assert (
            "intake.toml 读不出来" in page.said and "FC101" in page.said and "shet" in page.said
        ), path
    page = desk.post("/rosters/anew")
    assert (desk.folder / "intake-1.toml").read_text(encoding="utf-8") == broken
    assert not (desk.folder / "intake.toml").exists() and "rosters/壬县.xlsx" in page.said


def test_files_that_had_each_others_content_are_put_right(desks: Open) -> None:
    desk = desks()
    first, second = clean()["丁县.xlsx"], clean()["壬县.xlsx"]
    desk.drop(("甲.xlsx", first), ("乙.xlsx", second))
    page = desk.drop(("甲.xlsx", second), ("乙.xlsx", first))
    assert page.said.count("换成了新交的这份") == 2
    assert (desk.folder / "rosters" / "甲.xlsx").read_bytes() == second
    assert (desk.folder / "rosters" / "乙.xlsx").read_bytes() == first


def test_one_content_under_two_names_is_told_and_no_other_county(desks: Open) -> None:
    desk, made = desks(), book(rows_of([HEADER, *villages(1, 5)]))
    desk.drop(("清徐县.xlsx", made))
    page = desk.drop(("清徐县.xlsx", made))
    assert "rosters/清徐县.xlsx 已经在这里，内容相同" in page.said
    page = desk.drop(("阳曲县.xlsx", made))
    assert (
        "阳曲县.xlsx = 清徐县.xlsx" in page.said
        and "内容与这里已有的另一个文件完全相同" in page.said
    )
    assert [file["path"] for file in intake(desk)["file"]] == ["rosters/清徐县.xlsx"]
    taken = [of("rosters/清徐县.xlsx", None)]
    page = desk.post("/rosters/replace", taken, files=[("file", "阳曲县.xlsx", made)])
    assert "rosters/阳曲县.xlsx 换成了新交的这份" in page.said and 'value="阳曲县"' in page.text
    assert [file["path"] for file in intake(desk)["file"]] == ["rosters/阳曲县.xlsx"]
    desk.post("/rosters/remove", [of("rosters/阳曲县.xlsx", None)])
    page = desk.drop(("娄烦县.xlsx", made))
    assert 'value="娄烦县"' in page.text
    desk.drop(("壬县.xlsx", clean()["壬县.xlsx"]))
    page = desk.post(
        "/rosters/replace", [of("rosters/娄烦县.xlsx", None)], files=[("file", "壬县.xlsx", made)]
    )
    assert "这里另有一个同名的文件" in page.said and "换成了新交的这份" not in page.said
    assert (desk.folder / "rosters" / "壬县.xlsx").read_bytes() == clean()["壬县.xlsx"]


def test_counties_that_gainsay_each_other_are_not_confirmed_with_the_others(desks: Open) -> None:
    desk = desks()
    titled = book(rows_of([["丙县2017年名册"], HEADER, *villages(3, 6)]))
    page = desk.drop(
        ("甲县.xlsx", titled),
        ("己县.xlsx", clean()["己县.xlsx"]),
        ("壬县.xlsx", clean()["壬县.xlsx"]),
    )
    assert "1 处待定" in page.said
    page = desk.post("/rosters/confirm")
    assert "1 处待定" in page.said and "FC652" in desk.get("/columns").said
    counties = [file["sheet"][0].get("county") for file in intake(desk)["file"] if "sheet" in file]  # type: ignore[attr-defined]
    assert sorted(counties) == ["壬县", "己县"]


def test_a_county_is_settled_again_where_a_new_file_names_another(desks: Open) -> None:
    desk = desks()
    desk.drop(("乙县.xlsx", book(rows_of([HEADER, *villages(8, 6)]))))
    desk.post("/rosters/confirm")
    assert one(desk)["county"] == "乙县"
    page = desk.drop(("乙县.xlsx", book(rows_of([HEADER, *villages(8, 7)]))))
    assert one(desk)["county"] == "乙县" and "请再定一次县" not in page.said
    other = book(rows_of([["丙县2017年村级经费名册"], HEADER, *villages(3, 5)]))
    page = desk.drop(("乙县.xlsx", other))
    assert "新交的这份写的县与原来定的不同" in page.said and "1 处待定" in page.said
    assert "county" not in one(desk)
    page = desk.post("/rosters/county", [of("rosters/乙县.xlsx", "Sheet1"), ("county", "丙县")])
    assert "5 个村 下一步：看结果" in page.said


def test_of_two_windows_the_second_is_told(desks: Open) -> None:
    desk = desks()
    desk.drop(("壬县.xlsx", clean()["壬县.xlsx"]))
    shown = desk.get("/rosters")
    desk.post("/rosters/county", [of("rosters/壬县.xlsx", "Sheet1"), ("county", "子县")])
    older = [("seen", shown.field("seen")), of("rosters/壬县.xlsx", "Sheet1"), ("county", "丑县")]
    assert desk.post("/rosters/county", older).status == 409
    assert one(desk)["county"] == "子县"


def test_a_sheet_is_left_out_and_taken_again(desks: Open) -> None:
    desk = desks()
    desk.drop(("丁县.xlsx", clean()["丁县.xlsx"]))
    page = desk.post("/rosters/sheet", [of("rosters/丁县.xlsx", "丁县"), ("ignore", "yes")])
    assert "已定：不是名册" in page.said
    page = desk.post("/rosters/sheet", [of("rosters/丁县.xlsx", "丁县")])
    assert "名册，89 个村" in page.said


def test_nothing_is_there_yet(desks: Open) -> None:
    desk = desks()
    assert "把名册拖到这里" in desk.get("/rosters").said
    for path in ("/columns", "/faults"):
        page = desk.get(path)
        assert page.status == 200 and "还没有名册" in page.said and 'href="/rosters"' in page.text


# -- last year's ------------------------------------------------------------------------------------

LAST = """[[file]]
path = "rosters/丁县.xlsx"
[[file.sheet]]
name = "丁县"
[file.sheet.columns]
"集体进账" = { fact = "collective_income", unit = "万元" }
"已安排党建经费" = { fact = "existing_funding", unit = "万元" }
"现行补贴" = { fact = "current_subsidy", unit = "元" }
"上年补贴" = { fact = "other_cadres" }
"""


def test_last_years_intake_is_used_again_and_only_what_changed_is_asked(desks: Open) -> None:
    desk = desks()
    rows = [[*row[:3], row[3] / 10_000, row[4] / 10_000, *row[5:]] for row in villages(3)]
    header = [*HEADER[:3], "集体进账", *HEADER[4:]]
    made = book(rows_of([header, *rows]), "丁县")
    page = desk.drop(("丁县.xlsx", made), ("去年.toml", LAST.encode()))
    assert "收到读法文件" in page.said and "用 rosters/去年.toml" in page.said
    page = desk.post("/rosters/earlier", [("which", "rosters/去年.toml")])
    columns = one(desk, "丁县")["columns"]
    assert columns == {
        "集体进账": {"fact": "collective_income", "unit": "万元"},
        "已安排党建经费": {"fact": "existing_funding", "unit": "万元"},
        "现行补贴": {"fact": "current_subsidy", "unit": "元"},
    }
    assert "89 个村 下一步：看结果" in page.said


def test_last_years_unit_is_not_taken_for_figures_of_another_size(desks: Open) -> None:
    desk = desks()
    desk.drop(
        ("丁县.xlsx", book(rows_of([HEADER, *villages(3)]), "丁县")), ("去年.toml", LAST.encode())
    )
    page = desk.post("/rosters/earlier", [("which", "rosters/去年.toml")])
    assert "“已安排党建经费”去年是万元；今年的数按万元就不在常见的大小" in page.said
    assert "已安排党建经费" not in one(desk, "丁县")["columns"]  # type: ignore[operator]


def test_the_intake_of_the_last_run_is_offered(desks: Open) -> None:
    desk = desks()
    desk.drop(("丁县.xlsx", clean()["丁县.xlsx"]))
    done = command(desk.folder, "run", "intake.toml")
    assert done.returncode == 0, done.stderr
    assert "用上次测算" not in desk.get("/rosters").said  # it is what is here
    run = re.search(r"\d{4}-[0-9a-f]{8} ([-\d]{10})", desk.get("/records").said)
    assert run and f"上次测算 {run[0].split()[0]}（{run[1]}）" in desk.get("/columns").said
    page = desk.drop(("壬县.xlsx", clean()["壬县.xlsx"]))
    assert "用上次测算" in page.said and "没有的县" not in page.said


def test_a_county_that_was_forgotten_is_named_at_once(desks: Open) -> None:
    desk = desks()
    desk.drop(*((f"{county}.xlsx", clean()[f"{county}.xlsx"]) for county in ("丁县", "壬县")))
    assert command(desk.folder, "run", "intake.toml").returncode == 0
    page = desk.post("/rosters/remove", [("of", '["rosters/壬县.xlsx", null]')])
    assert "没有的县（1 个）：壬县。" in page.said
    (desk.folder / "名录.csv").write_text(
        "县,乡镇,村名\n丁县,东镇,甲村\n癸县,东镇,乙村\n", encoding="utf-8"
    )
    desk.post("/rosters/register", [("path", "名录.csv")])
    assert "没有的县（2 个）：壬县、癸县。" in desk.get("/rosters").said


def test_a_county_of_last_years_intake_that_was_forgotten_is_named(desks: Open) -> None:
    desk = desks()
    last = LAST.replace('name = "丁县"', 'name = "丁县"\ncounty = "丁县"')
    desk.drop(("己县.xlsx", clean()["己县.xlsx"]), ("去年.toml", last.encode()))
    assert "没有的县" not in desk.get("/rosters").said
    desk.post("/rosters/earlier", [("which", "rosters/去年.toml")])
    assert "没有的县（1 个）：丁县。" in desk.get("/rosters").said


def test_a_register_is_held_against_the_rosters(desks: Open) -> None:
    desk = desks()
    desk.drop(("丁县.xlsx", clean()["丁县.xlsx"]))
    listed = "".join(f"丁县,{row[0]},{row[1]}\n" for row in villages(3)[1:]) + "丁县,东镇,不在村\n"
    (desk.folder / "名录.csv").write_text(f"县,乡镇,村名\n{listed}", encoding="utf-8")
    page = desk.post("/rosters/register", [("path", "名录.csv")])
    assert "丁县 89 89 1 1" in page.said and "不在村" in page.said


def test_a_file_that_comes_later_is_read_as_last_year_too(desks: Open) -> None:
    desk = desks()
    desk.drop(("己县.xlsx", clean()["己县.xlsx"]), ("去年.toml", LAST.encode()))
    desk.post("/rosters/earlier", [("which", "rosters/去年.toml")])
    rows = [[*row[:3], row[3] / 10_000, *row[4:]] for row in villages(3)]
    header = [*HEADER[:3], "集体进账", *HEADER[4:]]
    page = desk.drop(("丁县.xlsx", book(rows_of([header, *rows]), "丁县")))
    assert "178 个村 下一步：看结果" in page.said
    (_, later) = intake(desk)["file"]
    meant = later["sheet"][0]["columns"]["集体进账"]  # type: ignore[index]
    assert meant == {"fact": "collective_income", "unit": "万元"}


def test_a_sheet_that_is_no_roster_shows_its_first_rows(desks: Open) -> None:
    desk = desks()
    page = desk.drop(("丁县.xlsx", clean()["丁县.xlsx"]))
    assert "看前几行 1 填表说明：按村填写" in page.said


def test_a_name_that_cannot_be_kept_is_told_with_its_reason(desks: Open) -> None:
    desk = desks()
    for name, why in {
        "con.xlsx": "留给设备的", "nul.csv": "留给设备的", ".x.xlsx": "以点开头", "..xlsx": "以点开头",
        "a?.xlsx": "不能用的字符", "x/../a.xlsx": "不能用的字符",
    }.items():  # fmt: skip
        page = desk.drop((name, b"abc"))
        assert why in page.said, (name, page.said)
    assert ".DS_Store" not in desk.drop((".DS_Store", b"abc"), ("._r.xlsx", b"abc")).said


def test_a_file_of_a_policy_is_known_and_told_where_it_belongs(desks: Open) -> None:
    desk, other = desks(), b'[project]\nname = "x"\n'
    policy, rules = (ROOT / "policies.toml").read_bytes(), ROOT / "rules"
    dropped = [(f"x/rules/{path.name}", path.read_bytes()) for path in sorted(rules.glob("*.toml"))]
    page = desk.drop(("x/policies.toml", policy), *dropped, ("y.toml", other))
    assert page.said.count("这是政策的文件，不是名册") == 1 + len(dropped)
    assert f"直接放进“{desk.folder.name}”这个文件夹" in page.said
    assert "y.toml — 不是名册，也不是读法文件" in page.said
    assert "收到读法文件" not in page.said and not (desk.folder / "rosters").exists()
    for path, content in (("old/policies.toml", policy), ("y.toml", other)):
        (desk.folder / path).parent.mkdir(exist_ok=True)
        (desk.folder / path).write_bytes(content)
    desk.drop(("丁县.xlsx", clean()["丁县.xlsx"]))
    said = desk.get("/rosters").said
    assert "old/policies.toml" not in said and "y.toml" not in said


def test_a_row_that_is_none_is_told_and_stays_typed(desks: Open) -> None:
    desk = desks()
    desk.drop(("丁县.xlsx", clean()["丁县.xlsx"]))
    asked = [of("rosters/丁县.xlsx", "填表说明"), ("header_row", "第三行")]
    page = desk.post("/rosters/sheet", asked)
    assert "“第三行”不是行号" in page.said and 'value="第三行"' in page.text
    old = desk.get("/rosters").field("seen")
    desk.post("/rosters/county", [of("rosters/丁县.xlsx", "丁县"), ("county", "丁县")])
    asked = [("seen", old), of("rosters/丁县.xlsx", "丁县"), ("county", "戊县")]
    assert 'value="戊县"' in desk.post("/rosters/county", asked).to_form(desk).text


def test_each_page_says_which_policy_counts(desks: Open) -> None:
    """Also after a start without the file that was there before: nobody chose the shipped one."""
    desk = desks()
    desk.drop(("丁县.xlsx", clean()["丁县.xlsx"]))
    desk.post("/policy/own", page="/policy")
    pages = ("/rosters", "/columns", "/faults", "/readings", "/results", "/papers")
    for path in pages:
        page = desk.get(path)
        assert "政策： 太原市村级党建经费保障 policies.toml" in page.said, path
    desk.close()
    (desk.folder / "policies.toml").unlink()
    again = desks(folder=desk.folder)
    for path in pages:
        assert "程序自带；本文件夹没有 policies.toml" in again.get(path).said, path
