"""The intake: how rosters are read, written down once, edited by a person, used again next year."""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import command_of, unpack
from tests.conftest import Cli
from tests.roster.conftest import read_roster

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.engines.result import values_of
from fundcalc.policy.model import Fact
from fundcalc.roster.intake import (
    ColumnTable,
    CorrectionTable,
    FileTable,
    IntakeFile,
    RowTable,
    SheetTable,
    intake_of,
    intake_text,
)
from fundcalc.roster.model import Roster, Unsettled

CORPUS = Path(__file__).parents[1] / "rosters" / "good"
HEADER = ["代码", "村名", "乡镇", "常住人口", "集体经济收入", "其他班子成员", "备注"]
FIRST = [
    ["149901100211", "甲村", "一镇", 620, 4.3, 4, "已核"],
    ["149901100212", "乙村", "一镇", 1000, 5, 5, ""],
    ["149901200214", "丁村", "二乡", 480, 12.34, 2, ""],
]
SECOND = [["149902100215", "戊村", "三镇", 2310, 29999.5, 6, ""]]
Read = Callable[[str], Roster]
Invoked = Callable[..., tuple[int, str]]
BOTH = """[[file]]
path = "上报/子县.xlsx"

[[file.sheet]]
name = "Sheet"
county = "子县"
header_row = 2
left_out = [{ row = 6, name = "城郊", why = "片区的数，另有口径" }]

[file.sheet.columns]
"集体经济收入" = { fact = "collective_income", unit = "万元" }
"备注" = { ignore = true }

[[file]]
path = "上报/丑县.csv"

[[file.sheet]]
county = "丑县"
"""


def book(path: Path, rows: Sequence[Sequence[object]], name: str = "Sheet") -> None:
    made = openpyxl.Workbook()
    made.active.title = name
    for row in rows:
        made.active.append(list(row))
    made.save(path)


def table(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def first_county(
    change: Callable[[list[list[object]]], object] = lambda rows: None,
) -> list[list[object]]:
    rows: list[list[object]] = [["村级经费表"], list(HEADER), *map(list, FIRST)]
    rows.append(["", "城郊", "", 1620, 9.3, 8, ""])
    change(rows)
    return rows


@pytest.fixture
def read(tmp_path: Path, facts: Mapping[str, Fact]) -> Read:
    """Two counties' files, read by an intake that is given as text."""
    (tmp_path / "上报").mkdir()
    book(tmp_path / "上报" / "子县.xlsx", first_county())
    table(tmp_path / "上报" / "丑县.csv", [HEADER, *SECOND])

    def by(text: str) -> Roster:
        path = tmp_path / "intake.toml"
        path.write_text(text, encoding="utf-8")
        return read_roster(path, facts)

    return by


def refused(read: Read, text: str) -> list[tuple[str, str]]:
    """The codes of what is said, and what stands at their places in the intake."""
    with pytest.raises(PolicyProblem) as caught:
        read(text)
    lines = text.splitlines()
    return [(one.code, lines[(one.where.line or 1) - 1]) for one in caught.value.diagnostics]


def correction(cell: str, was: str, now: str) -> str:
    return (
        f'\n[[correction]]\ncell = "{cell}"\nwas = "{was}"\nis = "{now}"\n'
        'why = "电话核实"\nby = "张三"\n'
    )


def test_it_is_read_as_it_says(read: Read) -> None:
    roster = read(BOTH)
    assert roster.rejects == []
    assert roster.columns["county"] == ["子县", "子县", "子县", "丑县"]
    assert roster.columns["collective_income"] == [4_300_000, 5_000_000, 12_340_000, 2_999_950]
    assert roster.origin("collective_income", 1) == "子县.xlsx!Sheet!E4"
    assert roster.origin("collective_income", 3) == "丑县.csv!E2"
    assert roster.intake == BOTH.encode()
    assert any("6“城郊”" in one.zh and "另有口径" in one.zh for one in roster.notices)


def test_a_row_is_kept_that_would_be_left_out(
    read: Read, tmp_path: Path, facts: Mapping[str, Fact]
) -> None:
    """By its words 合计 is no village, and by its figures neither."""
    rows = first_county(lambda rows: rows[5].__setitem__(slice(0, 2), ["149901200299", "总计"]))
    book(tmp_path / "上报" / "子县.xlsx", rows)
    kept = BOTH.replace("left_out", "kept").replace("城郊", "总计")
    assert read(kept).columns["name"] == ["甲村", "乙村", "丁村", "总计", "戊村"]


def test_a_row_that_has_moved_is_found_by_its_name(read: Read, tmp_path: Path) -> None:
    for row in (5, 60):
        roster = read(BOTH.replace("row = 6", f"row = {row}"))
        assert roster.columns["name"] == ["甲村", "乙村", "丁村", "戊村"]
    rows = first_county(
        lambda rows: rows.insert(2, ["149901100219", "庚村", "一镇", 700, 6, 3, ""])
    )
    book(tmp_path / "上报" / "子县.xlsx", rows)
    assert read(BOTH).columns["name"] == ["庚村", "甲村", "乙村", "丁村", "戊村"]


def test_of_a_row_that_has_moved_and_looks_like_a_village_it_is_asked(
    read: Read, tmp_path: Path
) -> None:
    """Whoever left row 5 out may have meant it for a second 乙村 that is no longer there."""
    book(tmp_path / "上报" / "子县.xlsx", first_county(lambda rows: rows.pop()))
    moved = BOTH.replace("row = 6", "row = 5").replace("城郊", "乙村")
    roster = read(moved)
    (reject,) = [one for one in roster.rejects if one.severity == "error"]
    assert (reject.code, reject.cell) == ("FC649", "B4") and "第 5 行“乙村”" in reject.why.zh
    for settled, names in (
        (moved.replace("row = 5", "row = 4"), ["甲村", "丁村", "戊村"]),
        (moved.replace("header_row", 'kept = [{ row = 4, why = "是村" }]\nheader_row'), None),
    ):
        roster = read(settled)
        assert roster.columns["name"] == (names or ["甲村", "乙村", "丁村", "戊村"])
        assert roster.rejects == []


def test_a_row_that_is_gone_is_said(read: Read, tmp_path: Path) -> None:
    book(tmp_path / "上报" / "子县.xlsx", first_county(lambda rows: rows.pop()))
    roster = read(BOTH)
    assert roster.columns["name"] == ["甲村", "乙村", "丁村", "戊村"]
    assert any("城郊" in one.zh and "找不到" in one.zh for one in roster.notices)


def test_a_row_left_out_is_not_found_in_another_rows_town(read: Read, tmp_path: Path) -> None:
    """二乡 has one village; the row with the town's sums is gone."""
    book(tmp_path / "上报" / "子县.xlsx", first_county(lambda rows: rows.pop()))
    roster = read(BOTH.replace("城郊", "二乡"))
    assert roster.columns["name"] == ["甲村", "乙村", "丁村", "戊村"]


def test_a_cell_is_corrected(read: Read) -> None:
    roster = read(
        BOTH
        + correction("上报/子县.xlsx!Sheet!D4", "1000", "1010")
        + correction("上报/丑县.csv!E2", "29999.5", "30000")
    )
    assert roster.columns["residents"][1] == 1010
    assert roster.columns["collective_income"][3] == 3_000_000
    first, second = roster.corrections
    assert (first.cell, first.was, first.now, first.by) == (
        "子县.xlsx!Sheet!D4", "1000", "1010", "张三",
    )  # fmt: skip
    assert second.cell == "丑县.csv!E2"


def test_a_correction_of_what_no_longer_stands_there(read: Read) -> None:
    text = BOTH + correction("上报/子县.xlsx!Sheet!D4", "1001", "1010")
    assert refused(read, text) == [("FC654", 'was = "1001"')]


@pytest.mark.parametrize(
    "cell", ["上报/子县.xlsx!Sheet2!D4", "子县.xlsx!Sheet!D4", "上报/丑县.csv!Z", "D4"]
)
def test_a_correction_of_a_cell_that_is_not_there(read: Read, cell: str) -> None:
    assert refused(read, BOTH + correction(cell, "1000", "1010")) == [("FC653", f'cell = "{cell}"')]


@pytest.mark.parametrize(
    ("was", "now", "line"),
    [
        ('name = "Sheet"', 'name = "别表"', "name"),
        ('path = "上报/丑县.csv"', 'path = "上报/丑县.csv"\nsha256 = "00"', "sha256"),
        ("ignore = true", "unit = '元'", "备注"),
    ],
)
def test_what_does_not_hold_of_the_files(read: Read, was: str, now: str, line: str) -> None:
    found = refused(read, BOTH.replace(was, now))
    assert ("FC653", line) in [(code, text.split(" ")[0].strip('"')) for code, text in found]


@pytest.mark.parametrize(
    "cell", ["上报/子县.xlsx!Sheet!J4", "上报/子县.xlsx!Sheet!D99", "上报/丑县.csv!K2"]
)
def test_a_correction_beyond_the_sheet(read: Read, cell: str) -> None:
    assert refused(read, BOTH + correction(cell, "", "5")) == [("FC653", f'cell = "{cell}"')]


LEFT_OUT = 'left_out = [{ row = 6, name = "城郊", why = "片区的数，另有口径" }]'


def test_what_an_intake_says_twice(read: Read) -> None:
    again = BOTH.replace("\n[[file]]", '\n[[file.sheet]]\nname = "Sheet"\n\n[[file]]', 1)
    assert ("FC653", "[[file.sheet]]") in refused(read, again)
    both = LEFT_OUT + '\nkept = [{ row = 6, why = "是村" }]'
    assert refused(read, BOTH.replace(LEFT_OUT, both))[0][0] == "FC653"


def test_a_row_left_out_without_a_reason_or_above_the_villages(read: Read) -> None:
    without = LEFT_OUT.replace("片区的数，另有口径", "")
    with pytest.raises(PolicyProblem):
        read(BOTH.replace(LEFT_OUT, without))
    roster = read(BOTH.replace(LEFT_OUT, LEFT_OUT[:-1] + ', { row = 2, why = "x" }]'))
    assert any("找不到" in one.zh for one in roster.notices)


def test_a_fact_that_the_policy_lacks(read: Read) -> None:
    ((code, line),) = refused(read, BOTH.replace("collective_income", "collective_incom"))
    assert code == "FC618" and "collective_incom" in line


def test_a_header_that_is_gone(read: Read) -> None:
    found = refused(read, BOTH.replace('"集体经济收入" =', '"集体收入总额" ='))
    assert found[0][0] == "FC618" and "集体收入总额" in found[0][1]


def test_a_file_that_is_gone(read: Read) -> None:
    assert ("FC601",) in [one[:1] for one in refused(read, BOTH.replace("丑县.csv", "丑县2.csv"))]


def test_the_very_file(read: Read, tmp_path: Path) -> None:
    own = hashlib.sha256((tmp_path / "上报" / "丑县.csv").read_bytes()).hexdigest()
    path = 'path = "上报/丑县.csv"'
    assert read(BOTH.replace(path, f'{path}\nsha256 = "{own}"')).rejects == []


def test_a_sheet_that_is_ignored(tmp_path: Path, facts: Mapping[str, Fact]) -> None:
    made = openpyxl.Workbook()
    for name, rows in (("今年", first_county()), ("去年", first_county())):
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.remove(made["Sheet"])
    made.save(tmp_path / "子县.xlsx")
    sheets = '\n[[file.sheet]]\nname = "今年"\nleft_out = [{ row = 6, why = "片区" }]\n'
    path = tmp_path / "intake.toml"
    path.write_text(f'[[file]]\npath = "子县.xlsx"\n{sheets}', encoding="utf-8")
    with pytest.raises((PolicyProblem, Unsettled)) as caught:
        read_roster(path, facts)
    assert "FC610" in {one.code for one in caught.value.diagnostics}
    ignored = '\n[[file.sheet]]\nname = "去年"\nignore = true\n'
    path.write_text(f'[[file]]\npath = "子县.xlsx"\n{sheets}{ignored}', encoding="utf-8")
    assert read_roster(path, facts).columns["name"] == ["甲村", "乙村", "丁村"]


# -- a proposal, and next year --------------------------------------------------------------------


def facts_of(roster: Roster) -> list[list[str]]:
    return [list(map(str, values_of(column))) for column in roster.columns.values()]


def needs_nothing(case: Path) -> bool:
    """Whether a case of the corpus is read without an option and without an intake."""
    return not any(word.startswith("--") or word.endswith(".toml") for word in command_of(case))


PLAIN = sorted(filter(needs_nothing, CORPUS.glob("*.md")))


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case.stem)
def test_a_proposal_reads_as_the_files_did(case: Path, tmp_path: Path) -> None:
    """Every good roster of the corpus, by the intake that is proposed for it."""
    policy = api.load_policy()
    unpack(case, tmp_path)
    files = [tmp_path / name for name in command_of(case)[2:]]
    intake = tmp_path / "intake.toml"
    api.write_intake(intake, files, policy, "zh")
    alone = api.read_roster(files, policy)
    again = api.read_roster(intake, policy)
    assert again.rejects == alone.rejects == []
    assert facts_of(again) == facts_of(alone)


@pytest.fixture
def invoked(cli: Cli) -> Invoked:
    """Run the program; its exit code, and all that it said in one line."""

    def run(*arguments: object) -> tuple[int, str]:
        answer = cli(*arguments)
        return answer.code, " ".join((answer.out + answer.err).split())

    return run


@pytest.fixture
def county_folder(invoked: Invoked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as it comes in, read by a proposed intake without a question."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "上报"
    folder.mkdir()
    rows = [["子县村级经费表"], ["单位：万元"], HEADER, *FIRST]
    book(folder / "子县.xlsx", [*rows, ["合计", "", "", 2100, 21.64, 11, ""]])
    more = ["", "己村", "三镇", 750, 50000, 4, ""]
    book(folder / "丑县.xlsx", [["单位：元"], HEADER, *SECOND, more], "丑县")
    assert invoked("roster", "intake", "上报", "-o", "intake.toml")[0] == 0
    return folder


def results(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_by_the_intake_is_a_run_of_the_files(invoked: Invoked, county_folder: Path) -> None:
    assert invoked("run", "上报", "-o", "files.csv", "--no-record")[0] == 0
    assert invoked("run", "intake.toml", "-o", "intake.csv", "--no-record")[0] == 0
    assert results(Path("intake.csv")) == results(Path("files.csv"))
    assert len(results(Path("intake.csv"))) == 5


def test_next_years_figures_need_no_question(invoked: Invoked, county_folder: Path) -> None:
    rows = [
        ["子县村级经费表"],
        ["单位：万元"],
        HEADER,
        *([*row[:3], 700, *row[4:]] for row in FIRST),
    ]
    book(county_folder / "子县.xlsx", [*rows, ["合计", "", "", 2100, 21.64, 11, ""]])
    code, said = invoked("roster", "check", "intake.toml")
    assert code == 0, said


def test_next_years_other_header_is_the_only_question(
    invoked: Invoked, county_folder: Path
) -> None:
    made = openpyxl.load_workbook(county_folder / "丑县.xlsx")
    made.active["E2"] = "集体进账"
    made.save(county_folder / "丑县.xlsx")
    code, said = invoked("roster", "check", "intake.toml")
    assert code == 2, said
    assert "FC618" in said and "“集体经济收入”" in said
    assert "子县.xlsx" not in said


def test_next_years_other_unit_is_asked_about(invoked: Invoked, county_folder: Path) -> None:
    """The intake says 万元; this year the line above says 元, and the figures are such."""
    rows = [["子县村级经费表"], ["单位：元"], HEADER]
    rows += [[*row[:4], 10_000 * float(row[4]), *row[5:]] for row in FIRST]  # type: ignore[arg-type]
    book(county_folder / "子县.xlsx", rows)
    code, said = invoked("roster", "check", "intake.toml")
    assert code != 0, said


def test_a_copy_elsewhere_reads_alike(
    invoked: Invoked, county_folder: Path, tmp_path: Path
) -> None:
    """Paths are from where the intake lies, not from where the program runs."""
    other = tmp_path / "别处"
    other.mkdir()
    shutil.copytree(county_folder, other / "上报")
    shutil.copy(tmp_path / "intake.toml", other / "intake.toml")
    shutil.rmtree(county_folder)
    code, said = invoked("roster", "check", other / "intake.toml")
    assert code == 0, said


def test_a_row_is_kept_whatever_its_figures(read: Read) -> None:
    """城郊 has the sums of the rows above, and no code: a person says that it is a village."""
    text = BOTH.replace("left_out", "kept")
    assert read(text).columns["name"] == ["甲村", "乙村", "丁村", "城郊", "戊村"]


def test_a_file_of_which_every_sheet_is_ignored(read: Read) -> None:
    ignored = BOTH.replace('county = "丑县"', "ignore = true")
    assert read(ignored).columns["county"] == ["子县"] * 3
    both = ignored.replace('county = "子县"', "ignore = true")
    assert [code for code, _ in refused(read, both)] == ["FC605"]


def test_a_unit_that_is_asked_about_is_not_settled_by_the_proposal(tmp_path: Path) -> None:
    """Figures in 万元 without a unit: the proposal is read with the same question."""
    policy = api.load_policy()
    header = ["村名", "乡镇", "常住人口", "集体经济收入", "其他班子成员", "现行补贴（元）"]
    rows = [[f"{n}村", "一镇", 500, 4.3, 4, 12_000] for n in "甲乙丙丁戊"]
    book(tmp_path / "子县.xlsx", [header, *rows])
    intake = tmp_path / "intake.toml"
    assert api.write_intake(intake, [tmp_path / "子县.xlsx"], policy, "zh") == 1
    with pytest.raises(Unsettled) as caught:
        api.read_roster(intake, policy)
    assert [one.code for one in caught.value.diagnostics] == ["FC650"]


ODD = ["甲", "\"'", " 两边 ", "a\\b", "\x01\x7f", "多\n行", "[x]", "=#", "é𠮷", ""]


@settings(max_examples=40)
@given(data=st.data())
def test_an_intake_as_text_is_the_same_intake(data: st.DataObject) -> None:
    text = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
    rows = st.lists(
        st.builds(
            RowTable, row=st.integers(1, 1_048_576), why=text.filter(bool), name=st.none() | text
        ),
        max_size=2,
    )
    fact = st.sampled_from(["name", "residents"])
    column = st.builds(ColumnTable, fact=fact, unit=st.none() | st.sampled_from(["元", "万元"]))
    column |= st.just(ColumnTable(ignore=True))
    sheet = st.builds(
        SheetTable, name=st.none() | text, ignore=st.booleans(), county=st.none() | text,
        header_row=st.none() | st.integers(1, 9), left_out=rows, kept=rows,
        columns=st.dictionaries(text, column, max_size=3),
    )  # fmt: skip
    file = st.builds(
        FileTable, path=text, sha256=st.none() | text, sheet=st.lists(sheet, max_size=2)
    )
    filled = st.sampled_from(ODD[:-1])
    correction = st.fixed_dictionaries(
        {"cell": text, "was": text, "is": text, "why": filled, "by": filled}
    ).map(CorrectionTable.model_validate)
    intake = IntakeFile(
        file=data.draw(st.lists(file, min_size=1, max_size=2)),
        correction=data.draw(st.lists(correction, max_size=2)),
    )
    again = intake_of(Path("intake.toml"), intake_text(intake, "zh").encode()).table
    assert again == intake


REMARKED = """# 2017 年的读法
# 张三整理

# 第一个县
[[file]]
path = "子县.xlsx"  # 三月五日交来
# sha256 = "00"

# 只有这一张
[[file.sheet]]
name = "Sheet"
# 待定: 已经定了
county = "子县"  # 电话核实
left_out = [
    # 片区
    { row = 6, name = "城郊", why = "片区" },  # 不是村
]
[file.sheet.columns]
# 问过财政所
"集体经济收入" = { fact = "collective_income", unit = "万元" }  # 不是元

# 第二个县
[[file]]
path = "丑县.csv"

# 更正
[[correction]]
cell = "丑县.csv!E2"
was = "#1 } # 2"
is = "1"
why = "核实"
by = "张三"
# 完
"""


def test_what_a_person_remarked_stays_when_an_intake_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "intake.toml"
    path.write_text(REMARKED, encoding="utf-8")
    intake = api.read_intake(path).table.model_copy(deep=True)
    intake.sheet_made("丑县.csv", None).county = "丑县"
    api.save_intake(path, intake, "zh")
    text = path.read_text(encoding="utf-8")
    assert api.read_intake(path).table == intake
    for remark, below in (
        ("# 第一个县", "[[file]]"),
        ("# 三月五日交来", 'path = "子县.xlsx"'),
        ("# 只有这一张", "[[file.sheet]]"),
        ("# 电话核实", 'county = "子县"'),
        ("# 片区\n# 不是村", '    { row = 6, name = "城郊", why = "片区" },'),
        ("# 问过财政所\n# 不是元", '"集体经济收入" ='),
        ("# 第二个县", '[[file]]\npath = "丑县.csv"'),
        ("# 更正", "[[correction]]"),
    ):
        assert f"{remark}\n{below}" in text, remark
    assert text.startswith("# 2017 年的读法\n# 张三整理\n\n") and text.endswith("# 完\n")
    assert "已经定了" not in text and "sha256" not in text
    api.save_intake(path, intake, "zh")
    assert path.read_text(encoding="utf-8") == text
    intake.drop_file("子县.xlsx")
    api.save_intake(path, intake, "zh")
    assert "第一个县" not in path.read_text(encoding="utf-8")
