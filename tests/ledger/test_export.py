"""The audit pack: whole, checkable with common tools, and confined to its folder; and what is near."""

from __future__ import annotations

import ast
import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import ROOT
from tests.ledger.conftest import EXAMPLE, VILLAGES, altered
from tests.ledger.test_verify import rechained

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make


@pytest.fixture
def pack(cli: Cli, roster: Make, tmp_path: Path) -> Path:
    """The pack of the second of three runs, a correction with an override."""
    file = tmp_path / "overrides.csv"
    file.write_text(
        "village,output,amount,code,reason,document,approver\n东村,funding_gap,7,A1,核减,文件,王某\n",
        encoding="utf-8",
    )
    cli("run", roster(), "--prepared-by", "张三")
    cli(
        "run",
        roster(),
        "--overrides",
        file,
        "--corrects",
        "1",
        "--reason",
        "核减",
        "--prepared-by",
        "李四",
    )
    cli("run", roster())
    answer = cli("runs", "export", "2", "pack")
    assert answer.code == 0, answer.err
    return tmp_path / "pack"


def commands(pack: Path) -> list[str]:
    """The commands that the pack's README gives."""
    text = (pack / "README.md").read_text(encoding="utf-8")
    return re.findall(r"```sh\n(.*?)\n```", text, flags=re.DOTALL)


def done(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False
    )


def checked(pack: Path, *papers: Path | str) -> subprocess.CompletedProcess[str]:
    """What the pack's own program says, run without any package."""
    named = [part for paper in papers for part in ("--paper", str(paper))]
    return subprocess.run(
        [sys.executable, "-I", "check.py", *named], cwd=pack, capture_output=True, text=True, check=False
    )  # fmt: skip


def summed_anew(pack: Path, name: str) -> None:
    """SHA256SUMS has nothing above it: whoever changes a file can change it too."""
    digest = hashlib.sha256((pack / name).read_bytes()).hexdigest()
    sums = (pack / "SHA256SUMS").read_text("utf-8")
    sums = re.sub(rf"(?m)^.*  {re.escape(name)}$", f"{digest}  {name}", sums)
    (pack / "SHA256SUMS").write_text(sums, "utf-8")


def test_the_commands_of_the_readme_do_what_it_says(cli: Cli, pack: Path) -> None:
    head = json.loads(cli("runs", "list", "--format", "json").out)[1]["head"]
    readme = (pack / "README.md").read_text(encoding="utf-8")
    assert head in readme and readme.count("sm3:") == 2
    given = commands(pack)
    assert len(given) == 10 and given[:5] == given[5:]  # in both languages
    for tool in ("sha256sum", "openssl", "python3"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not on this machine")
    said = [done(command, pack) for command in given[:5]]
    assert [one.returncode for one in said] == [0] * 5, said
    assert head.removeprefix("sha256:") in said[0].stdout
    assert head.removeprefix("sha256:") in said[1].stdout
    assert said[2].stdout.split()[-1] in readme  # by SM3
    assert all(f"{one}: ok" in said[3].stdout for one in ("files", "parts", "chain", "tables"))
    assert "correction: ok" in said[3].stdout and "files: ok" in said[4].stdout


def test_what_checks_it_stands_on_nothing_but_python() -> None:
    tree = ast.parse((ROOT / "src/fundcalc/reports/pack/check.py").read_text("utf-8"))
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {name.partition(".")[0] for name in names} <= {*sys.stdlib_module_names, "__future__"}


def test_windows_can_check_it_with_what_it_has(pack: Path) -> None:
    """Windows' own PowerShell reads Chinese only behind a byte order mark."""
    script = (pack / "check.ps1").read_bytes()
    assert script.startswith(b"\xef\xbb\xbf") and script.count(b"\r\n") == script.count(b"\n")
    assert b"SHA256SUMS" in script and b"-LiteralPath" in script
    batch = (pack / "check.cmd").read_bytes()
    assert batch.isascii() and batch.count(b"\r\n") == batch.count(b"\n")


@pytest.mark.parametrize(
    ("name", "caught"),
    [("results/funding_gap.txt", "parts"), ("policy/policies.toml", "parts"),
     ("chain/0001.json", "chain"), ("results.csv", "tables"), ("roster.csv", "tables"),
     ("differences.csv", "correction"), ("correction.json", "parts"), ("overrides.json", "parts")],
)  # fmt: skip
def test_a_change_is_found_though_the_sums_were_made_anew(
    pack: Path, name: str, caught: str
) -> None:
    path = pack / name
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    assert "files: DIFFERS" in checked(pack).stdout
    summed_anew(pack, name)
    said = checked(pack)
    assert said.returncode == 1 and f"{caught}: DIFFERS" in said.stdout, said.stdout
    assert "files: ok" in said.stdout


@pytest.mark.parametrize("name", ["d.xlsx", "d.csv"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_sheet_of_differences_is_held_against_the_correction(
    cli: Cli, pack: Path, name: str, lang: str
) -> None:
    assert cli("runs", "show", "2", "--differences", name, "--lang", lang).code == 0
    paper = pack.parent / name
    said = checked(pack, paper)
    assert said.returncode == 0 and f"{paper}: ok" in said.stdout, said.stdout
    assert "_before: not compared" not in said.stdout
    if paper.suffix == ".csv":
        paper.write_text(paper.read_text("utf-8-sig").replace("7.00", "8.00", 1), "utf-8-sig")
        said = checked(pack, paper, pack.parent / "not-there.csv")
        assert said.returncode == 2 and "纸面 8.00" in said.stdout
    elif lang == "zh":
        openpyxl = pytest.importorskip("openpyxl")
        book = openpyxl.load_workbook(paper, data_only=True)
        _cell(book.active, "抵扣", "九万元")
        book.save(paper)
        assert "抵扣 on the paper 纸面 九万元" in checked(pack, paper).stdout


def test_what_stood_before_is_compared(pack: Path) -> None:
    rows = (pack / "results.csv").read_text("utf-8-sig")
    assert ",-99993.00," in rows
    (pack / "results.csv").write_text(rows.replace(",-99993.00,", ",-99992.00,"), "utf-8-sig")
    summed_anew(pack, "results.csv")
    said = checked(pack)
    assert said.returncode == 1 and "funding_gap_difference" in said.stdout


def test_a_figure_below_no_head_differs(cli: Cli, pack: Path) -> None:
    assert cli("runs", "show", "2", "-o", "r.csv", "--lang", "en").code == 0
    text = (pack.parent / "r.csv").read_text("utf-8-sig")
    head = text.partition("\n")[0]
    assert ",guaranteed_funds," in head
    text = text.replace(head, head.replace(",guaranteed_funds,", ",,"))
    (pack.parent / "b.csv").write_text(text, "utf-8-sig")
    said = checked(pack, pack.parent / "b.csv")
    assert said.returncode == 1 and "below no head" in said.stdout


def test_files_that_came_or_went_are_found(pack: Path) -> None:
    (pack / "more.txt").write_text("more")
    (pack / "log.json").unlink()
    said = checked(pack)
    assert said.returncode == 1 and "more.txt" in said.stdout and "log.json" in said.stdout


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [("results.csv", ",7.00,", ",8.00,"), ("results.csv", ",7.00,", ",0.700,"),
     ("results.csv", ",7.00,", ",700,"),
     ("results.csv", "funding_gap", "funding_gop"), ("results.csv", "income_tested", "large_village"),
     ("roster.csv", "true", "false"), ("roster.csv", "东村", "西村"),
     ("differences.csv", "-", ""), ("differences.csv", "东村", "西村")],
)  # fmt: skip
def test_a_forged_table_is_found_though_the_sums_were_made_anew(
    pack: Path, table: str, old: str, new: str
) -> None:
    path = pack / table
    text = path.read_text("utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8-sig")
    summed_anew(pack, table)
    said = checked(pack)
    assert said.returncode == 1 and "files: ok" in said.stdout and "parts: ok" in said.stdout


@pytest.mark.parametrize("look", [[], ["--unit", "wan"], ["--public"], ["--by", "county"]])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pack_checks_papers(
    cli: Cli, roster: Make, tmp_path: Path, look: list[str], lang: str
) -> None:
    names = ["s.xlsx"] if look else ["s.xlsx", "r.csv"]
    written = [part for name in names for part in ("-o", tmp_path / name)]
    assert cli("run", roster(), *written, "--lang", lang, *look).code == 0
    assert cli("runs", "export", "1", "pack").code == 0
    papers = [tmp_path / name for name in names]
    said = checked(tmp_path / "pack", *papers)
    assert said.returncode == 0, said.stdout
    assert said.stdout.count("of 5 villages") == len(names)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pack_holds_a_workbook_with_an_amount_set_by_hand(
    cli: Cli, pack: Path, lang: str
) -> None:
    """Its sheets of what the rules gave are to be read; all others agree, with the remark of what was set."""
    assert cli("runs", "show", "2", "-o", "s.xlsx", "--lang", lang).code == 0
    said = checked(pack, pack.parent / "s.xlsx")
    assert said.returncode == 0, said.stdout
    assert "DIFFERS" not in said.stdout and said.stdout.count("not to sign") >= 4


def test_the_pack_finds_a_figure_typed_over_in_a_table(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    cli("run", roster(), "-o", "r.csv", "-o", "r.json", "--lang", "zh")
    cli("runs", "export", "1", "pack")
    text = (tmp_path / "r.csv").read_text("utf-8-sig")
    data = (tmp_path / "r.json").read_text("utf-8")
    said = checked(tmp_path / "pack", tmp_path / "r.json")
    assert said.returncode == 0 and "r.json: ok" in said.stdout
    changes = {
        "b.csv": (text.replace("170000.00", "200000.00", 1), "200000.00"),
        "c.csv": ("\n".join(text.splitlines()[:-1]) + "\n", "is not on the paper"),
        "d.csv": (text + text.splitlines()[1] + "\n", "is not in the run"),
        "e.csv": (text.replace("\n", ",20万元\n", 2), "stands below no head"),
        "b.json": (data.replace('"170000.00"', '"20万元"', 1), "20万元"),
        "c.json": (data.replace('"东村"', '"西村"', 1), "is not on the paper"),
        "d.json": (data.replace('"on": "2017', '"on": "2018', 1), "policy.on"),
    }
    for name, (altered_text, named) in changes.items():
        (tmp_path / name).write_text(altered_text, "utf-8")
        said = checked(tmp_path / "pack", tmp_path / name)
        assert said.returncode == 1 and named in said.stdout, (name, said.stdout)


def test_what_is_no_paper_is_said_in_words(cli: Cli, roster: Make, tmp_path: Path) -> None:
    cli("run", roster(), "-o", "s.xlsx", "--lang", "zh")
    cli("runs", "export", "1", "pack")
    with zipfile.ZipFile("s.xlsx") as book, zipfile.ZipFile("cell.xlsx", "w") as broken:
        for name in book.namelist():
            content = book.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = re.sub(rb't="s"><v>\d+', b't="s"><v>x1', content, count=1)
            broken.writestr(name, content)
    (tmp_path / "d.csv").write_text("a,b\n1,2\n")
    (tmp_path / "e.xlsx").write_bytes(b"170000")
    (tmp_path / "g.json").write_text('{"villages": [], "villages": []}')
    reasons = {
        "cell.xlsx": "is damaged", "d.csv": "no figure", "e.xlsx": "is damaged", "g.json": "no table",
        "f.pdf": "runs verify --paper", "not-there.csv": "No such file", "h.doc": "give an .xlsx",
    }  # fmt: skip
    for name, reason in reasons.items():
        said = checked(tmp_path / "pack", tmp_path / name)
        assert said.returncode == 2 and reason in said.stdout, said.stdout
        assert "invalid literal" not in said.stdout + said.stderr
    assert checked(tmp_path / "pack", "--what").returncode == 2


ALTERED: dict[str, Callable[[Any], object]] = {
    "words": lambda sheet: _cell(sheet, "保障经费", "20万元"),
    "capitals": lambda sheet: _cell(sheet, "保障经费", "贰拾万元"),
    "nothing": lambda sheet: _cell(sheet, "保障经费", None),
    "half a fen": lambda sheet: _cell(sheet, "保障经费", 170000.005),
    "fault": lambda sheet: _cell(sheet, "保障经费", "#REF!"),
    "zero blank": lambda sheet: _cell(sheet, "党费份额", None),
    "zero dash": lambda sheet: _cell(sheet, "党费份额", "—"),
    "row twice": lambda sheet: sheet.append([cell.value for cell in sheet[_first(sheet)]]),
    "subtotal twice": lambda sheet: sheet.append(
        [c.value for c in sheet[_row(sheet, "甲镇 小计")]]
    ),
    "capitals twice": lambda sheet: sheet.append([_at(sheet, "应安排合计（大写）").value]),
    "no subtotal": lambda sheet: sheet.delete_rows(_row(sheet, "甲镇 小计")),
    "no total": lambda sheet: sheet.delete_rows(_row(sheet, "合计（5 个村）")),
    "no capitals": lambda sheet: sheet.delete_rows(_row(sheet, "应安排合计（大写）")),
    "no village": lambda sheet: sheet.delete_rows(_first(sheet)),
    "no sheet": lambda sheet: sheet.parent.remove(sheet),
    "no summary": lambda sheet: sheet.parent.remove(sheet.parent["汇总表"]),
    "no county": lambda sheet: sheet.parent["汇总表"].delete_rows(
        _row(sheet.parent["汇总表"], "清徐县")
    ),
    "day": lambda sheet: setattr(_at(sheet, "执行标准"), "value", "执行标准：2018-12-31"),
    "payers": lambda sheet: setattr(_at(sheet, "其中"), "value", "其中：县级财政 1.00 元"),
    "unit": lambda sheet: setattr(_at(sheet, "单位：元"), "value", "单位：万元"),
    "note": lambda sheet: sheet.append(["", "另补助每村五千元"]),
    "head": lambda sheet: setattr(_at(sheet, "市级承担"), "value", "县级承担"),
    "digest": lambda sheet: setattr(
        sheet.oddFooter.left, "text", sheet.oddFooter.left.text.replace("sha256:", "sha256:0")
    ),
    "run": lambda sheet: setattr(sheet.oddFooter.right, "text", "测算编号 0002-11932aec"),
}
"""What may be done to the sheet to sign, by hand, after it was written."""


def _at(sheet: Any, begin: str) -> Any:
    return next(
        cell
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith(begin)
    )


def _row(sheet: Any, begin: str) -> int:
    return int(_at(sheet, begin).row)


def _first(sheet: Any) -> int:
    return _row(sheet, "东村")


def _cell(sheet: Any, head: str, value: object) -> None:
    sheet.cell(_first(sheet), _at(sheet, head).column).value = value


def test_the_pack_finds_whatever_is_altered_on_a_sheet_to_sign(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    """Words in place of an amount, what is gone or twice, days, heads, digests; not the rows' order."""
    openpyxl = pytest.importorskip("openpyxl")
    cli("run", roster(), "-o", "s.xlsx", "--lang", "zh")
    cli("runs", "export", "1", "pack")

    def changed(change: Callable[[Any], object]) -> subprocess.CompletedProcess[str]:
        book = openpyxl.load_workbook("s.xlsx", data_only=True)
        change(book["签发表"])
        book.save("altered.xlsx")
        return checked(tmp_path / "pack", tmp_path / "altered.xlsx")

    def reordered(sheet: Any) -> None:
        upper, lower = sheet[_first(sheet)], sheet[_row(sheet, "北村")]
        for one, other in zip(upper, lower, strict=True):
            if type(one).__name__ != "MergedCell":
                one.value, other.value = other.value, one.value

    same = changed(reordered)
    assert same.returncode == 0, same.stdout
    unseen = {what for what, change in ALTERED.items() if changed(change).returncode != 1}
    assert not unseen


@pytest.mark.parametrize(
    ("policy", "look"),
    [("household", []), ("person_months", ["--by", "county"]), ("school", ["--unit", "wan"]),
     ("county_pay", ["--lang", "en", "--paper", "a3"])],
)  # fmt: skip
def test_the_pack_holds_papers_of_any_policy(
    cli: Cli, tmp_path: Path, policy: str, look: list[str]
) -> None:
    folder = ROOT / "examples" / "policies" / policy
    files = ("-o", "s.xlsx", "-o", "r.csv", "-o", "r.json")
    said = cli("run", folder / "roster.csv", "--policy", folder / "policies.toml", *files, *look)
    assert said.code == 0, said.err
    assert cli("runs", "export", "1", "pack", "--no-explanations").code == 0
    checks = checked(tmp_path / "pack", *(tmp_path / name for name in files[1::2]))
    assert checks.returncode == 0, checks.stdout


def test_the_pack_takes_odd_names_for_names(cli: Cli, roster: Make, tmp_path: Path) -> None:
    """Figures, formulas, codes of page feet, and what sums and heads are called."""
    tail = "1200,60000,100000,4,5000"
    names = (
        '"1,200.00",&P镇',
        "=cmd|' /C calc'!A0,甲镇",
        "小计（2 个村）,丙镇",
        "序号,乙乡",
        "20万元村,乙乡",
    )
    lines = [f'14012100020{n},{name},"=HYPERLINK(""x"")",{tail}' for n, name in enumerate(names)]
    files = ("-o", "s.xlsx", "-o", "r.csv", "-o", "r.json")
    said = cli("run", roster(*lines), *files, "--lang", "zh")
    assert said.code == 0, said.err
    assert cli("runs", "export", "1", "pack").code == 0
    checks = checked(tmp_path / "pack", *(tmp_path / name for name in files[1::2]))
    assert checks.returncode == 0, checks.stdout


def test_the_pack_holds_a_sheet_from_before_and_after_its_review(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    cli("run", roster(), "-o", "before.xlsx", "--prepared-by", "张三")
    cli("runs", "review", "1", "--by", "李四", "--approve", "-o", "after.xlsx")
    cli("runs", "export", "1", "pack")
    said = checked(tmp_path / "pack", tmp_path / "before.xlsx", tmp_path / "after.xlsx")
    assert said.returncode == 0, said.stdout


def test_the_pack_reads_capitals_of_more_than_a_hundred_million(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    lines = [f"1401210{n:05},村{n},甲镇,清徐县,1200,60000,0,4,5000" for n in range(700)]
    cli("run", roster(*lines))
    cli("runs", "export", "1", "pack", "--no-explanations")
    assert "亿" in (tmp_path / "pack" / "papers.json").read_text("utf-8")
    said = checked(tmp_path / "pack")
    assert said.returncode == 0, said.stdout


def test_what_a_pack_says_of_its_papers_is_held_against_the_results(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    cli("run", roster())
    cli("runs", "export", "1", "pack")
    path = tmp_path / "pack" / "papers.json"
    path.write_text(re.sub("人民币.", "人民币玖", path.read_text("utf-8"), count=1), "utf-8")
    summed_anew(tmp_path / "pack", "papers.json")
    said = checked(tmp_path / "pack")
    assert said.returncode == 1 and "files: ok" in said.stdout and "papers: DIFFERS" in said.stdout


@pytest.mark.parametrize("look", [[], ["--public"], ["--by", "county"]])
def test_the_pack_names_a_column_taken_out_of_a_paper(
    cli: Cli, roster: Make, tmp_path: Path, look: list[str]
) -> None:
    """Each column that stands on the sheet, one after the other: an amount, a fact, the sum of all."""
    openpyxl = pytest.importorskip("openpyxl")
    cli("run", roster(), "-o", "s.xlsx", "-o", "r.csv", "--lang", "zh", *look)
    cli("runs", "export", "1", "pack")
    book = openpyxl.load_workbook("s.xlsx", data_only=True)
    name = next(n for n in book.sheetnames if n in ("签发表", "公示表", "清徐县"))
    heads = {cell.value: cell.column for row in book[name].iter_rows(max_row=8) for cell in row}
    titles = ["保障经费"] if look == ["--public"] else ["需补足经费", "集体经济收入", "应安排合计"]
    for title in titles:
        book = openpyxl.load_workbook("s.xlsx", data_only=True)
        for row in book[name].iter_rows(min_col=heads[title], max_col=heads[title]):
            for cell in row:
                if type(cell).__name__ != "MergedCell":
                    cell.value = None
        book.save("altered.xlsx")
        said = checked(tmp_path / "pack", tmp_path / "altered.xlsx")
        assert said.returncode == 1 and f"!{name} {title} the column is not on" in said.stdout
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for at in range(0 if not look else len(rows[0]), len(rows[0])):
        with (tmp_path / "b.csv").open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(row[:at] + row[at + 1 :] for row in rows)
        said = checked(tmp_path / "pack", tmp_path / "b.csv")
        assert said.returncode in (1, 2), rows[0][at]


def test_the_pack_holds_the_summary_and_misses_no_village_of_the_sheet(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    """A county's sum, two payers' heads exchanged, a row taken out though other sheets have the village."""
    openpyxl = pytest.importorskip("openpyxl")
    cli("run", roster(), "-o", "s.xlsx", "--lang", "zh")
    cli("runs", "export", "1", "pack")

    def changed(change: Callable[[Any], object]) -> str:
        book = openpyxl.load_workbook("s.xlsx", data_only=True)
        change(book)
        book.save("altered.xlsx")
        said = checked(tmp_path / "pack", tmp_path / "altered.xlsx")
        assert said.returncode == (1 if "DIFFERS" in said.stdout else 0)
        return said.stdout

    def place(book: Any, text: str) -> Any:
        return next(c for row in book["汇总表"].iter_rows() for c in row if c.value == text)

    def exchanged(book: Any) -> None:
        city, county = place(book, "市级财政"), place(book, "县级财政")
        city.value, county.value = county.value, city.value

    def over(book: Any) -> None:
        book["汇总表"].cell(place(book, "清徐县").row, place(book, "市级财政").column).value = 1

    def further(book: Any) -> None:
        book.create_sheet("补充").append(["东村", 200000])

    def said_of(book: Any) -> None:
        book.create_sheet("补充").append(["东村"])

    assert "DIFFERS" not in changed(lambda book: None)
    assert "县级财政 the column is not on the paper" in changed(exchanged)
    assert "清徐县 市级财政 on the paper 纸面 1," in changed(over)
    assert "is not on the paper" in changed(lambda book: book["签发表"].delete_rows(8))
    assert "补充 the run has no such sheet" in changed(further)
    assert "DIFFERS" not in changed(said_of)


def test_the_pack_says_that_the_run_was_corrected_later(cli: Cli, pack: Path) -> None:
    assert cli("runs", "export", "1", "first").code == 0
    folder = pack.parent / "first"
    [later] = (folder / "later").iterdir()
    assert json.loads(later.read_bytes())["corrects"]["reason"] == "核减"
    readme = (folder / "README.md").read_text("utf-8")
    assert readme.count("0002-") == 2 and readme.count("核减") == 2
    assert checked(folder).returncode == 0 and not (pack / "later").exists()


def test_the_digests_of_later_records_are_shown_to_be_held_against_their_papers(
    cli: Cli, pack: Path
) -> None:
    """Nothing in the pack vouches for them: a record made anew with its sums has another digest."""
    assert cli("runs", "export", "1", "first").code == 0
    folder = pack.parent / "first"
    heads = [run["head"] for run in json.loads(cli("runs", "list", "--format", "json").out)]
    shown = checked(folder).stdout
    assert f"record.json:\n  {heads[0]}\n" in shown
    assert f"see its paper 须与其纸面相同:\n  {heads[1]}\n" in shown
    [later] = (folder / "later").iterdir()
    later.write_text(later.read_text("utf-8").replace("核减", "核增"), "utf-8")
    summed_anew(folder, f"later/{later.name}")
    forged = checked(folder)
    assert heads[0] in forged.stdout and heads[1] not in forged.stdout
    for said in (
        "须与那次更正、复核的纸面上的相同",
        "must stand on the paper of that correction or review",
    ):
        assert said in (folder / "README.md").read_text("utf-8")


def test_every_column_and_key_is_in_the_dictionary(pack: Path) -> None:
    with (pack / "dictionary.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    known = {(row["file"], row["key"]) for row in rows}
    for name in ("roster.csv", "results.csv"):
        with (pack / name).open(encoding="utf-8-sig", newline="") as file:
            assert {(name, head) for head in next(csv.reader(file))} <= known
    record = json.loads((pack / "record.json").read_bytes())
    assert {("record.json", key) for key in record} <= known
    assert all(row["meaning_zh"] and row["meaning_en"] and row["type"] for row in rows)


def test_everything_is_in_it(cli: Cli, roster: Make, pack: Path) -> None:
    record = json.loads((pack / "record.json").read_bytes())
    for name, digest in record["parts"].items():
        assert "sha256:" + hashlib.sha256((pack / name).read_bytes()).hexdigest() == digest
    listed = {
        line.split("  ", 1)[1] for line in (pack / "SHA256SUMS").read_text("utf-8").splitlines()
    }
    there = {str(p.relative_to(pack)) for p in pack.rglob("*") if p.is_file()}
    assert there == listed | {"SHA256SUMS", "SM3SUMS"}
    assert sorted(p.name for p in (pack / "chain").iterdir()) == ["0001.json", "0002.json"]
    with (pack / "roster.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["code"] for row in found] == [line.split(",")[0] for line in VILLAGES]
    assert found[1]["row"] == "3" and "existing_funding" in found[1]["assumed"]
    lines = (pack / "explanations.jsonl").read_text(encoding="utf-8").splitlines()
    explained = [json.loads(line) for line in lines]
    assert len(explained) == 5 and explained[0]["overrides"][0]["value"] == "7.00"
    with (pack / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["funding_gap"] == "7.00"
    lines = (pack / "results/funding_gap.txt").read_text().split()
    assert lines[0] == "10000000"  # what the rules gave, in fen


def test_the_provenance_hangs_together(pack: Path) -> None:
    """Every relation names things that are declared; roster, policy, people and program are among them."""
    prov = json.loads((pack / "prov.json").read_bytes())
    known = {id_ for kind in ("entity", "activity", "agent") for id_ in prov[kind]}
    relations = [
        one for kind, items in prov.items()
        if kind not in ("prefix", "entity", "activity", "agent") for one in items.values()
    ]  # fmt: skip
    for one in relations:
        for key, value in one.items():
            if key.startswith("prov:") and key != "prov:type":
                assert value in known
    assert prov["agent"]["fc:prepared-by"]["prov:label"] == "李四"
    assert any(one.get("fc:reason") == "核减" for one in prov["wasDerivedFrom"].values())
    record = (pack / "record.json").read_bytes()
    made = prov["entity"]["fc:made-record"]["fc:digest"]
    assert made == "sha256:" + hashlib.sha256(record).hexdigest()


def test_explanations_can_be_left_out(cli: Cli, roster: Make, tmp_path: Path) -> None:
    cli("run", roster())
    assert cli("runs", "export", "1", "pack", "--no-explanations").code == 0
    assert not (tmp_path / "pack" / "explanations.jsonl").exists()
    assert checked(tmp_path / "pack").returncode == 0


def test_a_folder_that_holds_something_is_left_as_it_is(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    cli("run", roster())
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "mine.txt").write_text("mine")
    answer = cli("runs", "export", "1", "pack")
    assert answer.code == 2 and "FC830" in answer.err
    assert [p.name for p in (tmp_path / "pack").iterdir()] == ["mine.txt"]
    (tmp_path / "pack" / "mine.txt").unlink()
    assert cli("runs", "export", "1", "pack").code == 0


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/outside/x.txt", "a/../../outside.txt", "..", "C:\\x.txt", "a//b",
             ".ssh/x", "a\nb", "x" * 300],
)  # fmt: skip
def test_no_name_leads_out_of_the_folder(
    cli: Cli, roster: Make, ledger: Path, tmp_path: Path, name: str
) -> None:
    cli("run", roster())

    def change(data: dict[str, dict[str, str]], _: object) -> None:
        data["parts"][name] = data["parts"]["log.json"]

    rechained(ledger, change)
    before = sorted(p.name for p in tmp_path.iterdir())
    answer = cli("runs", "export", "1", "pack")
    assert answer.code == 2 and "FC825" in answer.err
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_nothing_is_exported_from_altered_bytes(
    cli: Cli, roster: Make, ledger: Path, tmp_path: Path
) -> None:
    cli("run", roster())
    with altered(ledger) as connection:
        connection.execute("UPDATE contents SET packed = x'00', size = 1 WHERE size > 1000")
    assert cli("runs", "export", "1", "pack").code == 2
    assert not (tmp_path / "pack").exists()


# -- near -----------------------------------------------------------------------------------------


def test_what_is_near_is_true(cli: Cli, roster: Make) -> None:
    """Every line named, crossed in the roster, gives the outputs named; and it is as near as it says."""
    place = {"residents": 4, "collective_income": 5, "other_cadres": 7, "current_subsidy": 8}
    cli("run", roster())
    found = json.loads(cli("runs", "near", "1", "--within", "5 %", "--format", "json").out)
    by_fact = {(one["name"], one["code"][-1], one["fact"]) for one in found}
    assert ("北村", "3", "collective_income") in by_fact and ("北村", "3", "residents") in by_fact
    tried = 0
    for one in found:
        value, line = float(one["value"]), float(one["threshold"])
        assert abs(value - line) <= 0.05 * abs(line) + 1e-9
        assert float(one["distance"]) == pytest.approx(abs(value - line))
        if one["fact"] not in place:
            continue
        lines = [v.split(",") for v in VILLAGES]
        cells = next(v for v in lines if v[0] == one["code"])
        cells[place[one["fact"]]] = one["threshold"]
        answer = cli(
            "explain", one["code"], "--roster", roster(*map(",".join, lines), name="b.csv"),
            "--format", "json",
        )  # fmt: skip
        outputs = {d["programme"]: d["outputs"] for d in json.loads(answer.out)["decisions"]}[
            one["programme"]
        ]
        for id_, moved in one["outputs"].items():
            assert outputs[id_]["value"] == moved["then"] != moved["now"]
        tried += 1
    assert tried >= 5


def test_what_is_near_as_table_and_text(cli: Cli, roster: Make) -> None:
    cli("run", roster())
    found = json.loads(cli("runs", "near", "1", "--format", "json").out)
    table = list(csv.DictReader(cli("runs", "near", "1", "--format", "csv").out.splitlines()))
    assert len(table) == sum(len(one["outputs"]) for one in found)
    text = cli("runs", "near", "1", "--lang", "zh").out
    assert f"共 {len(found)} 处" in text and "北村" in text
    closer = json.loads(cli("runs", "near", "1", "--within", "0.1％", "--format", "json").out)
    assert 0 < len(closer) < len(found)


def test_what_moves_most_money_is_near_the_top(cli: Cli) -> None:
    """Villages at the subsidy floor, where a fen less moves some fen, bury no line that moves thousands."""
    cli("run", EXAMPLE)
    found = json.loads(cli("runs", "near", "1", "--format", "json").out)
    moves = [float(one["moves"]) for one in found]
    assert moves == sorted(moves, reverse=True) and moves[0] > 100_000
    for one in found:
        paid = (
            "funding_gap" if one["programme"] == "operating_funds" else next(iter(one["outputs"]))
        )
        moved = one["outputs"].get(paid, {"now": "0", "then": "0"})
        if one["programme"] in ("operating_funds", "collective_support"):
            assert float(one["moves"]) == pytest.approx(
                abs(float(moved["then"]) - float(moved["now"]))
            )
    fens = [one for one in found if 0 < float(one["moves"]) < 1]
    assert len(fens) > 20
    text = cli("runs", "near", "1", "--lang", "en").out
    shown = sum(line.startswith("  1401") for line in text.splitlines())
    more = [int(n) for n in re.findall(r"and (\d+) more", text)]
    assert shown + sum(more) == len(found) and max(more) > 20
    whole = cli("runs", "near", "1", "--all", "--lang", "en").out
    assert sum(line.startswith("  1401") for line in whole.splitlines()) == len(found)


@pytest.mark.parametrize("within", ["5", "0 %", "-1 %", "101 %", "x %", "5 % %", "1/0 %", ""])
def test_a_share_that_is_none(cli: Cli, roster: Make, within: str) -> None:
    assert cli("runs", "near", "1", "--within", within).code == 2


def test_the_example_of_890(cli: Cli) -> None:
    cli("run", EXAMPLE)
    found = json.loads(cli("runs", "near", "1", "--within", "1 %", "--format", "json").out)
    assert any(one["fact"] == "residents" for one in found)
    assert {one["programme"] for one in found} >= {"operating_funds", "collective_support"}
