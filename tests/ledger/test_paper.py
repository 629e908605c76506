"""A paper held against its run: whatever is typed over on it is named, and nothing is passed over."""

from __future__ import annotations

import csv
import json
import re
import shlex
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from tests.formulas.office import soffice
from tests.ledger.conftest import EXAMPLE, VILLAGES

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make

GUARANTEED = "保障经费（元/年）"
_CELL = re.compile(r'<c r="([A-Z]+\d+)"([^>/]*)>(.*?)</c>')


@pytest.fixture
def run(cli: Cli, roster: Make, tmp_path: Path) -> Path:
    """A folder with a recorded run, and papers of it."""
    written = [part for name in ("s.xlsx", "r.csv", "r.json") for part in ("-o", name)]
    assert cli("run", roster(), *written, "--lang", "zh").code == 0
    return tmp_path


def sheets(path: Path) -> dict[str, str]:
    """The parts of a workbook's sheets by their names."""
    with zipfile.ZipFile(path) as book:
        names = re.findall(r'<sheet name="([^"]*)"', book.read("xl/workbook.xml").decode())
    return {name: f"xl/worksheets/sheet{at}.xml" for at, name in enumerate(names, 1)}


def altered(path: Path, sheet: str, old: str, new: str) -> Path:
    """A copy of a workbook, with a text in one of its sheets replaced once."""
    copy = path.with_name(f"altered-{path.name}")
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(copy, "w") as out:
        for name in book.namelist():
            content = book.read(name).decode("utf-8", "surrogateescape")
            if name == sheets(path)[sheet]:
                assert old in content
                content = content.replace(old, new, 1)
            out.writestr(name, content.encode("utf-8", "surrogateescape"))
    return copy


def held(cli: Cli, path: Path | str, run_id: str = "1", code: int = 1) -> list[dict[str, Any]]:
    """The differences that are named."""
    answer = cli("runs", "verify", run_id, "--paper", path, "--format", "json")
    assert answer.code == code, answer.err
    found: list[dict[str, Any]] = json.loads(answer.out)["papers"][0]["differences"]
    return found


@pytest.mark.parametrize(
    "look",
    [[], ["--unit", "wan"], ["--public"], ["--by", "county"], ["--public", "--by", "county"]],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_was_written_agrees(
    cli: Cli, roster: Make, tmp_path: Path, look: list[str], lang: str
) -> None:
    names = ["s.xlsx"] if look else ["s.xlsx", "r.csv", "r.json"]
    written = [part for name in names for part in ("-o", tmp_path / name)]
    assert cli("run", roster(), *written, "--lang", lang, *look).code == 0
    papers = [part for name in names for part in ("--paper", name)]
    answer = cli("runs", "verify", "1", *papers, "--lang", "en")
    assert answer.code == 0, answer.out
    assert answer.out.count("agrees with run") == len(names) and "5 villages" in answer.out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_paper_of_another_size_is_the_same_paper(
    cli: Cli, run: Path, roster: Make, lang: str
) -> None:
    look = ("--paper", "a3", "--by", "county", "--unit", "wan", "--lang", lang)
    assert cli("run", roster(), "-o", run / "large.xlsx", "--no-record", *look).code == 0
    assert held(cli, "large.xlsx", code=0) == []


def test_a_paper_is_held_as_the_run_stood_when_it_was_made(cli: Cli, run: Path) -> None:
    reviewed = [
        "runs",
        "review",
        "1",
        "--by",
        "李四",
        "--approve",
        "-o",
        "reviewed.xlsx",
        "--lang",
        "zh",
    ]
    assert cli(*reviewed).code == 0
    for paper in ("s.xlsx", "reviewed.xlsx"):
        assert not held(cli, run / paper, code=0)


def test_a_figure_typed_over_is_named_on_every_sheet(cli: Cli, run: Path) -> None:
    """In each sheet that has figures some are changed, formulas or not; each is named with its cell."""
    tried = []
    for name, part in sheets(run / "s.xlsx").items():
        with zipfile.ZipFile(run / "s.xlsx") as book:
            cells = _CELL.findall(book.read(part).decode())
        figures = [
            (at, said, inside)
            for at, said, inside in cells
            if "t=" not in said and (value := re.search("<v>(.*?)</v>", inside))
            if float(value[1]) > 1000
        ]
        for at, said, inside in figures[:: max(len(figures) // 2, 1)][:2]:
            cell = f'<c r="{at}"{said}>'
            stored = re.sub("<v>.*?</v>", "<v>200001</v>", inside)
            for new in {stored, "<v>200001</v>"}:
                path = altered(run / "s.xlsx", name, f"{cell}{inside}</c>", f"{cell}{new}</c>")
                found = held(cli, path)
                assert [one["where"] for one in found] == [f"{path.name}!{name}!{at}"]
                assert found[0]["paper"] == "200001" != found[0]["ledger"]
                tried.append(name)
    assert len(set(tried)) >= 5 and "签发表" in tried


def test_readings_and_lists_changed_on_the_parameters_sheet_are_named(cli: Cli, run: Path) -> None:
    """They are texts, but amounts rest on them; a county written into a blank cell is one, too."""
    book = openpyxl.load_workbook(run / "s.xlsx")
    sheet = book["标准"]
    cells = {cell.value: cell for (cell,) in sheet.iter_rows(min_col=2, max_col=2)}
    reading, county = cells["5万元以下包括本数：正好 50,000 元在内"], cells["阳曲县"]
    reading.value, county.value = "5万元以下不包括本数：须少于 50,000 元", "清徐县"
    blank = sheet.cell(county.row + 1, 2)
    blank.value = "古交市"
    book.save(run / "altered.xlsx")
    found = held(cli, run / "altered.xlsx")
    assert [(one["where"].rpartition("!")[2], one["ledger"]) for one in found] == [
        (reading.coordinate, "5万元以下包括本数：正好 50,000 元在内"),
        (county.coordinate, "阳曲县"),
        (blank.coordinate, ""),
    ]


def test_a_formula_in_place_of_a_figure_is_not_believed(cli: Cli, run: Path) -> None:
    """The stored figure is right, but the formula would show another as soon as it is computed."""
    old = re.search(r'<c r="\w+"[^>/]*><v>200000</v>', _sign(run))
    assert old is not None
    new = old[0].replace("<v>", "<f>100000*2+0</f><v>")
    found = held(cli, altered(run / "s.xlsx", "签发表", old[0], new))
    assert [one["kind"] for one in found] == ["formula"] and "100000*2+0" in found[0]["paper"]


def _sign(run: Path) -> str:
    with zipfile.ZipFile(run / "s.xlsx") as book:
        return book.read(sheets(run / "s.xlsx")["签发表"]).decode()


def test_an_amount_in_words_typed_over_is_named(cli: Cli, run: Path) -> None:
    """The total in capitals, and what a payer pays, stand in sentences."""
    path = run / "s.xlsx"
    copy = run / "words.xlsx"
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(copy, "w") as out:
        for name in book.namelist():
            content = book.read(name)
            if name == "xl/sharedStrings.xml":
                text = content.decode()
                assert "大写" in text
                text = re.sub("(大写）：人民币)[壹贰叁肆伍陆柒捌玖]", r"\1玖", text)
                content = text.encode()
            out.writestr(name, content)
    found = held(cli, copy)
    assert found and all("玖" in one["paper"] for one in found)


def test_villages_that_came_or_went_are_named(cli: Cli, run: Path) -> None:
    table = (run / "r.csv").read_text("utf-8-sig").splitlines()
    added = table[1].replace("140121000201", "999999999999").replace("东村", "新村")
    (run / "b.csv").write_text("\n".join([*table[:2], *table[3:], added]) + "\n", "utf-8-sig")
    found = held(cli, "b.csv")
    assert [(one["kind"], one["village"].split()[0]) for one in found] == [
        ("added", "999999999999"),
        ("missing", "140121000202"),
    ]


def test_rows_and_columns_in_another_order_are_the_same_paper(cli: Cli, run: Path) -> None:
    with (run / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        heads, *rows = csv.reader(file)
    with (run / "b.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(row[::-1] for row in [heads, *rows[::-1]])
    assert held(cli, "b.csv", code=0) == []


def test_a_column_of_figures_that_the_run_does_not_have_is_named(cli: Cli, run: Path) -> None:
    lines = (run / "r.csv").read_text("utf-8-sig").splitlines()
    table = [f"{lines[0]},实拨（元）", *(f"{line},5" for line in lines[1:])]
    (run / "b.csv").write_text("\n".join(table) + "\n", "utf-8-sig")
    [one] = held(cli, "b.csv")
    assert one["kind"] == "unassigned" and "实拨" in one["what"] and "5" in one["what"]


def rewritten(path: Path, change: Any) -> str:
    """A copy of a table, its rows changed."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    change(rows)
    copy = path.with_name(f"altered-{path.name}")
    with copy.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return copy.name


@pytest.mark.parametrize("head", ["", "序号", "No."])
def test_a_column_whose_head_was_emptied_is_named(cli: Cli, run: Path, head: str) -> None:
    """Both the column that the paper lacks, and the figures that belong to nothing."""

    def change(rows: list[list[str]]) -> None:
        at = rows[0].index(GUARANTEED)
        rows[0][at], rows[2][at] = head, "200000.00"

    found = held(cli, rewritten(run / "r.csv", change))
    assert {one["kind"] for one in found} == {"unassigned", "missing"}
    assert any(GUARANTEED in one["what"] for one in found)


def test_a_column_taken_out_is_named(cli: Cli, run: Path) -> None:
    def change(rows: list[list[str]]) -> None:
        at = rows[0].index(GUARANTEED)
        for row in rows:
            del row[at]

    [one] = held(cli, rewritten(run / "r.csv", change))
    assert one["kind"] == "missing" and GUARANTEED in one["what"]


def test_a_cell_in_no_column_and_an_emptied_text_are_named(cli: Cli, run: Path) -> None:
    def beyond(rows: list[list[str]]) -> None:
        rows[2] += ["", "", "200000"]

    [one] = held(cli, rewritten(run / "r.csv", beyond))
    assert one["kind"] == "unassigned" and "200000" not in one["ledger"]

    def blank(rows: list[list[str]]) -> None:
        at = rows[0].index("标记")
        for row in rows[1:]:
            row[at] = ""

    assert {one["paper"] for one in held(cli, rewritten(run / "r.csv", blank))} == {""}


def test_a_workbook_saved_by_a_program_that_does_not_compute(cli: Cli, run: Path) -> None:
    """Its formulas are the run's, so nothing differs; what was typed over comes first."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(run / "s.xlsx")
    book.save(run / "b.xlsx")
    answer = cli("runs", "verify", "1", "--paper", "b.xlsx", "--lang", "en")
    assert answer.code == 0 and re.search(r"\d+ formulas have no stored value", answer.out)
    sheet = book["签发表"]
    cell = next(c for row in sheet.iter_rows() for c in row if c.value == 170000)
    cell.value = 200000
    book.save(run / "b.xlsx")
    [one] = held(cli, "b.xlsx")
    assert one["where"].endswith(f"签发表!{cell.coordinate}") and one["paper"] == "200000"


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not on this machine")
def test_a_workbook_saved_by_libreoffice_is_the_same_paper(cli: Cli, run: Path) -> None:
    """It writes sheet names and large numbers in formulas otherwise, and stores what it computes."""
    (run / "saved").mkdir()
    printed(run / "s.xlsx", "xlsx", run / "saved")
    assert held(cli, "saved/s.xlsx", code=0) == []


def test_json_typed_over_is_named(cli: Cli, run: Path) -> None:
    paper = json.loads((run / "r.json").read_bytes())
    paper["villages"][1]["guaranteed_funds"] = "170001.00"
    (run / "b.json").write_text(json.dumps(paper), "utf-8")
    [one] = held(cli, "b.json")
    assert (
        one["where"] == "b.json!villages[1].guaranteed_funds" and "140121000202" in one["village"]
    )
    assert (one["paper"], one["ledger"]) == ("170001.00", "170000.00")


def test_what_was_set_by_hand_and_a_correction_stand_on_the_paper(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    (tmp_path / "o.csv").write_text(
        "village,output,amount,code,reason,document,approver\n东村,funding_gap,7,A1,核减,文件,王某\n",
        encoding="utf-8",
    )
    cli("run", roster(), "-o", "old.xlsx", "--lang", "zh")
    answer = cli(
        "run", roster(), "--overrides", "o.csv", "--corrects", "1", "--reason", "核减",
        "-o", "new.xlsx", "-o", "new.json", "-o", "new.csv", "--differences", "d.xlsx",
        "--lang", "zh",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    cli("runs", "show", "2", "--differences", "d.csv")
    cli("runs", "show", "2", "--differences", "d.json")
    cli("runs", "show", "2", "--differences", "补拨.csv", "--lang", "zh")
    head, first, *_ = Path("补拨.csv").read_text(encoding="utf-8-sig").splitlines()
    assert "资金承担主体" in head and "需补足经费" in first and "unstated" not in first
    for name in ("new.xlsx", "new.json", "new.csv", "d.xlsx", "d.csv", "补拨.csv", "d.json"):
        assert held(cli, name, "2", code=0) == [], name
    found = held(cli, altered(tmp_path / "d.xlsx", next(iter(sheets(tmp_path / "d.xlsx"))),
                              "<v>99993</v>", "<v>8</v>"), "2")  # fmt: skip
    assert found and {one["paper"] for one in found} == {"8"}
    answer = cli("runs", "verify", "1", "--paper", "old.xlsx", "--lang", "en")
    assert answer.code == 0 and "corrected later by 0002" in answer.out
    for name in ("d.xlsx", "d.csv", "d.json"):
        answer = cli("runs", "verify", "1", "--paper", name)
        assert answer.code == 2 and "FC881" in answer.err and "verify 0002-" in answer.err, name
    answer = cli("run", roster(), "--corrects", "2", "--reason", "撤回", "--lang", "zh")
    assert answer.code == 0, answer.err
    for name in ("d.xlsx", "d.csv", "d.json"):  # of one correction, held against another
        answer = cli("runs", "verify", "3", "--paper", name)
        assert answer.code == 2 and "FC881" in answer.err and "verify 0002-" in answer.err, name
    paper = json.loads((tmp_path / "d.json").read_bytes())
    paper["villages"][0]["net"] = "8.00"
    (tmp_path / "e.json").write_text(json.dumps(paper), "utf-8")
    assert {one["paper"] for one in held(cli, "e.json", "2")} == {"8.00"}
    assert cli("runs", "verify", "1", "--paper", "e.json").code == 2


def rebuilt(path: Path, change: Any) -> str:
    """A copy of a workbook, each part changed by a function of its name and text."""
    copy = path.with_name(f"altered-{path.name}")
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(copy, "w") as out:
        for name in book.namelist():
            out.writestr(name, change(name, book.read(name).decode()))
    return copy.name


def test_a_digest_of_the_policy_and_a_day_typed_over_are_named(cli: Cli, run: Path) -> None:
    """At the foot of the pages, in the head of the sheets, and among the notes."""
    with zipfile.ZipFile(run / "s.xlsx") as book:
        text = book.read(sheets(run / "s.xlsx")["签发表"]).decode()
    [digest] = set(re.findall(r"政策 sha256:([0-9a-f]{64})", text))
    other = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    found = held(cli, rebuilt(run / "s.xlsx", lambda _, text: text.replace(digest, other)))
    assert {(one["kind"], one["paper"], one["ledger"]) for one in found} == {
        ("differs", other, digest)
    }
    assert {"签发表", "说明!B5"} <= {one["where"].partition("!")[2] for one in found}
    for new in ("执行标准：2018-12-31", "执行标准：2018年12月31日"):
        name = rebuilt(
            run / "s.xlsx", lambda _, text, new=new: text.replace("执行标准：2017-12-31", new)
        )
        found = held(cli, name)
        assert {one["ledger"] for one in found} == {"2017-12-31"}
        assert {one["paper"] for one in found} == {new.partition("：")[2]}
        assert any("!签发表!" in one["where"] for one in found)
    same_day = "执行标准：2017年12月31日"
    name = rebuilt(run / "s.xlsx", lambda _, text: text.replace("执行标准：2017-12-31", same_day))
    assert held(cli, name, code=0) == []


def test_a_name_of_cells_altered_and_a_sheet_taken_out_are_named(cli: Cli, run: Path) -> None:
    """A formula as it was written shows another figure where a name in it means another cell."""

    def moved(name: str, text: str) -> str:
        return re.sub(r"(name=\"党建工作经费保障标准\">)[^<]*", r"\1标准!$F$5", text)

    def shadowed(name: str, text: str) -> str:
        own = '<definedName name="Thousand_Or_More" localSheetId="3">标准!$F$5</definedName>'
        return text.replace("</definedNames>", f"{own}</definedNames>")

    def dropped(name: str, text: str) -> str:
        return re.sub(r'<definedName name="党建工作经费保障标准">.*?</definedName>', "", text)

    for change, kind, of in (
        (moved, "differs", "党建工作经费保障标准"),
        (shadowed, "differs", "thousand_or_more"),
        (dropped, "missing", "党建工作经费保障标准"),
    ):
        [one] = held(cli, rebuilt(run / "s.xlsx", change))
        assert one["kind"] == kind and of in one["what"]
    for sheet in sheets(run / "s.xlsx"):
        name = rebuilt(
            run / "s.xlsx",
            lambda name, text, sheet=sheet: (
                re.sub(f'<sheet name="{sheet}"[^>]*>', "", text)
                if name == "xl/workbook.xml"
                else text
            ),
        )
        found = held(cli, name)
        assert [one["what"] for one in found if one["kind"] == "missing"] == [
            f"the sheet `{sheet}`"
        ]


def test_a_paper_of_another_run_is_said_to_be_one(cli: Cli, run: Path, roster: Make) -> None:
    other = [line.replace(",1200,", ",900,") for line in VILLAGES]
    answer = cli("run", roster(*other, name="b.csv"), "-o", "o.xlsx", "-o", "o.csv", "--lang", "zh")
    assert answer.code == 0
    for name in ("o.xlsx", "o.csv"):  # by what is printed at the foot; by its sums
        answer = cli("runs", "verify", "1", "--paper", name)
        assert answer.code == 2 and "FC881" in answer.err and "runs verify 0002-" in answer.err
    folder = run / "收 到"
    folder.mkdir()
    (run / "o.xlsx").rename(folder / "s.xlsx")  # where another paper of that name lies
    (run / "fundcalc.db").rename(run / "other.db")
    asked = ["runs", "verify", "1", "--ledger", "other.db", "--paper", "收 到/s.xlsx"]
    answer = cli(*asked, "--lang", "zh")
    command = re.findall(r"fundcalc (runs verify .*)", " ".join(answer.err.split()))
    assert cli(*shlex.split(command[0])).code == 0, answer.err
    (run / "other.db").rename(run / "fundcalc.db")
    text = (run / "s.xlsx").read_bytes()
    elsewhere = run / "elsewhere"
    elsewhere.mkdir()
    answer = cli("run", roster(*other[:3], name="c.csv"), "--ledger", elsewhere / "l.db",
                 "-o", "x.xlsx", "--lang", "zh")  # fmt: skip
    assert answer.code == 0 and text
    answer = cli("runs", "verify", "1", "--paper", "x.xlsx")
    assert answer.code == 2 and "FC881" in answer.err


def test_what_is_no_paper_is_refused_in_words(cli: Cli, run: Path, roster: Make) -> None:
    (run / "empty.csv").write_bytes(b"")
    (run / "empty.json").write_bytes(b"")
    (run / "list.json").write_text("[1]")
    twice = (run / "r.json").read_text("utf-8")
    (run / "twice.json").write_text(twice.replace("{", '{"policy": {},', 1), "utf-8")
    (run / "deep.json").write_text("[" * 100_000)
    (run / "other.csv").write_text("a,b\n1,2\n")
    (run / "text.txt").write_text("170000")
    (run / "no.xlsx").write_bytes(b"170000")
    for name in ("empty.csv", "empty.json", "list.json", "twice.json", "deep.json", "other.csv", "text.txt",
                 "no.xlsx", "not-there.xlsx"):  # fmt: skip
        answer = cli("runs", "verify", "1", "--paper", name)
        assert answer.code == 2 and "FC" in answer.err and name in answer.err, (name, answer.err)
    assert cli("runs", "verify", "--paper", "s.xlsx").code == 2
    assert cli("runs", "verify", "9", "--paper", "s.xlsx").code == 2


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ('{"policy": 1, "policy": 2}', "写了两次 `policy`", "`policy` stands twice"),
        ("[" * 100_000, "嵌套过深", "nested too deeply"),
        ("[" + "9" * 5_000 + "]", "一个数过长", "a number that is too long"),
        ('{"a": 1,\n x', "第 2 行第 2 个字符", "line 2, character 2"),
        ("[1]", "没有村的列表", "lacks the list `villages`"),
    ],
)
def test_what_is_no_json_of_a_run_is_told_in_either_language(
    cli: Cli, run: Path, text: str, zh: str, en: str
) -> None:
    (run / "a.json").write_text(text, "utf-8")
    for lang, said in (("zh", zh), ("en", en)):
        answer = cli("runs", "verify", "1", "--paper", "a.json", "--lang", lang)
        assert answer.code == 2 and said.replace(" ", "") in "".join(answer.err.split())
        kind = {"zh": "补拨抵扣表", "en": "sheet of differences"}[lang]  # what can be held
        assert kind.replace(" ", "") in "".join(answer.err.split())
        assert lang == "en" or not re.search("[a-z]{3,} [a-z]{3,}", answer.err)


def test_a_row_that_stands_twice_is_named_as_that(cli: Cli, run: Path) -> None:
    rows = (run / "r.csv").read_text("utf-8-sig").splitlines()
    (run / "twice.csv").write_text("\n".join([*rows, rows[2]]), "utf-8-sig")
    data = json.loads((run / "r.json").read_text("utf-8"))
    data["villages"].append(data["villages"][1])
    (run / "twice.json").write_text(json.dumps(data), "utf-8")
    for name in ("twice.csv", "twice.json"):
        answer = cli("runs", "verify", "1", "--paper", name)
        said = " ".join(answer.out.split())
        assert answer.code == 1 and "stands more than once on the paper" in said, answer.out
        assert "not in the ledger" not in said and "1 place" in said


def test_a_figure_of_the_summary_is_named_by_county_and_payer(cli: Cli, run: Path) -> None:
    book = openpyxl.load_workbook(run / "s.xlsx")
    summary = book["汇总表"]
    [head] = [row for row in summary.iter_rows() if row[0].value == "序号"]
    [first] = [row for row in summary.iter_rows() if row[0].value == 1]
    [payer] = [cell for cell in head if cell.value == "市级财政"]
    first[payer.column - 1].value = 7
    book.save(run / "other.xlsx")
    [found] = [one for one in held(cli, "other.xlsx") if one["paper"] == "7"]
    assert (found["village"], found["what"]) == (first[1].value, "市级财政")


def test_the_command_for_another_run_keeps_the_language_that_was_asked(
    cli: Cli, run: Path, roster: Make
) -> None:
    cli("run", roster(VILLAGES[0]), "-o", "second.xlsx")
    answer = cli("--lang", "zh", "runs", "verify", "1", "--paper", "second.xlsx")
    assert answer.code == 2 and "--lang zh" in " ".join(answer.err.split())


def test_the_example_of_890(cli: Cli, tmp_path: Path) -> None:
    cli("run", EXAMPLE, "-o", "s.xlsx", "--lang", "zh")
    answer = cli("runs", "verify", "1", "--paper", "s.xlsx", "--lang", "en")
    assert answer.code == 0 and "890 villages" in answer.out


# -- PDF ------------------------------------------------------------------------------------------


SENDER = [
    "--one-file",
    "--issuer",
    "1 局",
    "--document-no",
    "〔2018〕12号",
    "--contact",
    "0351-1234567",
]


@pytest.mark.parametrize("more", [[], ["--short"], ["--one-file"], SENDER])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_letters_agree(cli: Cli, run: Path, more: list[str], lang: str) -> None:
    assert cli("letter", "1", "-o", "out", "--lang", lang, *more).code == 0
    files = sorted((run / "out").rglob("*.pdf"))
    papers = [part for file in files for part in ("--paper", file)]
    answer = cli("runs", "verify", "1", *papers, "--lang", "en")
    assert answer.code == 0, answer.out
    assert answer.out.count("agrees with run") == len(files)


def forged_letter(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, most: int = 1
) -> Path:
    """A letter in which a text was replaced."""
    from fundcalc.reports.letters.setting import Typesetter

    pdf = Typesetter.pdf

    def forged(self: Typesetter, data: Any) -> bytes:
        text = json.dumps(data, ensure_ascii=False)
        assert old in text
        return pdf(self, json.loads(text.replace(old, new, most)))

    monkeypatch.setattr(Typesetter, "pdf", forged)
    assert cli("letter", "1", "140121000202", "-o", "out", "--lang", "en").code == 0
    monkeypatch.setattr(Typesetter, "pdf", pdf)
    [file] = (folder / "out").glob("*.pdf")
    return file


@pytest.mark.parametrize(
    ("old", "new"), [("南村", "北村"), ("2017-12-31", "2018-12-31"), ("sha256:", "sha256:0")]
)
def test_a_name_a_day_and_a_digest_typed_over_on_a_letter_are_named(
    cli: Cli, run: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    """Wherever they stand: the village's name, the day whose values hold, the digest of the policy."""
    found = held(cli, forged_letter(cli, run, monkeypatch, old, new, most=-1))
    assert found and {one["kind"] for one in found} == {"differs"}
    assert all(new in one["paper"] or one["paper"].startswith("0") for one in found)
    assert all(re.search(r"\.pdf!p\d+:\d+$", one["where"]) for one in found)


@pytest.mark.parametrize(
    ("old", "new"),
    [("170,000.00", "200,000.00"), ("壹拾柒万元整", "贰拾万元整"), ("400 people", "1,400 people")],
)
def test_a_letter_typed_over_is_named_with_page_and_line(
    cli: Cli, run: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    found = held(cli, forged_letter(cli, run, monkeypatch, old, new))
    assert {one["paper"] for one in found} <= {new.split(maxsplit=1)[0], ""}
    assert all(re.search(r"\.pdf!p\d+:\d+$", one["where"]) for one in found)
    assert all("140121000202" in one["village"] for one in found)
    assert any(one["ledger"] == old.split(maxsplit=1)[0] for one in found)


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not on this machine")
@pytest.mark.parametrize(
    "look", [["--lang", "zh"], ["--lang", "zh", "--unit", "wan"], ["--lang", "en"]]
)
def test_a_notice_that_was_printed(cli: Cli, roster: Make, tmp_path: Path, look: list[str]) -> None:
    cli("run", roster(), "-o", "p.xlsx", "--public", *look)
    with zipfile.ZipFile("p.xlsx") as book:
        [part] = sheets(tmp_path / "p.xlsx").values()
        text = book.read(part).decode()
    cells = re.findall(r'<c r="[B-Z]+\d+" s="\d+"><v>[1-9][^<]*</v>', text)
    old = cells[len(cells) // 2]
    new = re.sub("<v>.*</v>", "<v>12.34</v>", old)
    copy = altered(tmp_path / "p.xlsx", next(iter(sheets(tmp_path / "p.xlsx"))), old, new)
    for name in ("p.xlsx", copy.name):
        printed(tmp_path / name)
    assert held(cli, "p.pdf", code=0) == []
    found = held(cli, "altered-p.pdf")
    assert [one["paper"] for one in found] == ["12.34"]
    assert re.search(r"\.pdf!p\d:\d+$", found[0]["where"])


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not on this machine")
@pytest.mark.parametrize(
    "look",
    [["--lang", "zh"], ["--lang", "zh", "--unit", "wan", "--by", "county"], ["--lang", "en"]],
)
def test_a_whole_workbook_that_was_printed(
    cli: Cli, roster: Make, tmp_path: Path, look: list[str]
) -> None:
    """What can be held agrees; the pages that nobody signs are counted, and named with their numbers."""
    assert cli("run", roster(), "-o", "s.xlsx", *look).code == 0
    printed(tmp_path / "s.xlsx")
    answer = cli("runs", "verify", "1", "--paper", "s.pdf", "--lang", "en")
    assert answer.code == 0, answer.out
    assert "of 5 villages" in " ".join(answer.out.split())
    assert re.search(r"\d+ further pages \(page [\d, -]+\) of sheets that nobody signs", answer.out)


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not on this machine")
def test_what_is_forged_on_a_printed_workbook_is_named(cli: Cli, run: Path) -> None:
    """On the sheets to sign, in a sentence of the annex, and where a sheet to sign says that it is none."""
    sign = sheets(run / "s.xlsx")["签发表"]
    mark = "<oddHeader>&amp;L附表“数据”，供查阅，不签发</oddHeader><oddFooter>"
    text = _sign(run)
    [row] = [one for one in re.findall(r"<row .*?</row>", text) if "<v>170000</v>" in one][:1]
    strings = zipfile.ZipFile(run / "s.xlsx").read("xl/sharedStrings.xml").decode()
    moved = re.findall(r"保障经费由 ([\d,.]+) 元/年 变为", strings)[0]
    forged = {
        "figure": (sign, "<v>170000</v>", "<v>170001</v>"),
        "mark": (sign, "<oddFooter>", mark),
        "gone": (sign, row, ""),
        "sentence": ("xl/sharedStrings.xml", f"由 {moved} 元/年 变为", "由 7.00 元/年 变为"),
        "digest": (sign, "政策 sha256:", "政策 sha256:0000"),
        "day": ("xl/sharedStrings.xml", "执行标准：2017-12-31", "执行标准：2018-12-31"),
        "heads": ("xl/sharedStrings.xml", ">市级承担<", ">县级承担<"),
    }
    for name, (part, old, new) in forged.items():

        def change(at: str, text: str, part: str = part, old: str = old, new: str = new) -> str:
            assert at != part or old in text
            return text.replace(old, new, 1) if at == part else text

        (run / rebuilt(run / "s.xlsx", change)).rename(run / f"{name}.xlsx")
    paths = [run / f"{name}.xlsx" for name in forged]
    printed(paths[0], "pdf", None, *paths[1:])
    found = {name: held(cli, f"{name}.pdf") for name in forged}
    assert [(one["paper"], one["ledger"]) for one in found["figure"]] == [("170,001.00", "170,000")]
    assert all(one["kind"] == "unassigned" for one in found["mark"]) and found["mark"]
    assert "missing" in {one["kind"] for one in found["gone"]}
    assert any(moved in one["ledger"] for one in found["sentence"])
    assert [one["what"] for one in found["digest"]] == ["政策 sha256:"]
    assert [one["ledger"] for one in found["day"]] == ["2017-12-31"]
    head, lacking = found["heads"]
    assert "县级承担 县级承担" in head["paper"] and lacking["what"] == "市级承担"


def printed(path: Path, kind: str = "pdf", folder: Path | None = None, *more: Path) -> None:
    """A workbook as PDF, next to it; or saved as something else."""
    program = soffice()
    assert program is not None
    profile = (path.parent / "profile").as_uri()
    command = [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", kind]
    subprocess.run(
        [*command, "--outdir", folder or path.parent, path, *more], check=True, capture_output=True
    )


def test_a_pdf_that_is_no_paper(cli: Cli, run: Path, roster: Make) -> None:
    from pypdf import PdfWriter

    blank = PdfWriter()
    blank.add_blank_page(100, 100)
    blank.write(run / "scan.pdf")
    assert cli("letter", "1", "140121000202", "-o", "out").code == 0
    [letter] = (run / "out").glob("*.pdf")
    locked = PdfWriter(letter)
    locked.encrypt("secret")
    locked.write(run / "locked.pdf")
    (run / "empty.pdf").write_bytes(b"")
    (run / "no.pdf").write_bytes(b"170000")
    (run / "cut.pdf").write_bytes(letter.read_bytes()[:5000])
    other = [line.replace(",1200,", ",900,") for line in VILLAGES]
    assert cli("run", roster(*other, name="b.csv")).code == 0
    assert cli("letter", "2", "140121000202", "-o", "other").code == 0
    [elsewhere] = (run / "other").glob("*.pdf")
    for path in ("scan.pdf", "locked.pdf", "empty.pdf", "no.pdf", "cut.pdf", elsewhere):
        answer = cli("runs", "verify", "1", "--paper", path)
        assert answer.code == 2 and "FC88" in answer.err, (path, answer.err)


def test_a_pdf_that_takes_too_long(cli: Cli, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read in a process of its own, which is stopped."""
    assert cli("letter", "1", "140121000202", "-o", "out").code == 0
    [letter] = (run / "out").glob("*.pdf")
    monkeypatch.setattr("fundcalc.base.apart._SECONDS", 0.001)
    answer = cli("runs", "verify", "1", "--paper", letter)
    assert answer.code == 2 and "FC880" in answer.err and "given up" in answer.err


def test_a_paper_that_cannot_be_read_silences_no_other(cli: Cli, run: Path) -> None:
    (run / "no.xlsx").write_bytes(b"170000")
    (run / "empty.csv").write_bytes(b"")

    def change(rows: list[list[str]]) -> None:
        rows[2][rows[0].index(GUARANTEED)] = "200000.00"

    papers = [part for name in ("no.xlsx", rewritten(run / "r.csv", change), "empty.csv", "s.xlsx")
              for part in ("--paper", name)]  # fmt: skip
    answer = cli("runs", "verify", "1", *papers, "--lang", "en")
    assert answer.code == 2 and "no.xlsx" in answer.err and "empty.csv" in answer.err
    assert (
        "paper 200000.00" in " ".join(answer.out.split()) and "s.xlsx agrees with run" in answer.out
    )
