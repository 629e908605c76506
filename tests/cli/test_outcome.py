"""The few lines with which a run ends: what it costs and whom, what to ask first, what to do next."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli import small

from fundcalc.base.width import width

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

Make = Callable[..., Path]
GOOD = "140121000201,东村,甲镇,清徐县,1200,60000,100000,4,5000"
POOR = "140123000201,西村,乙乡,娄烦县,300,0,,3,8000"
BAD = "140121000202,南村,甲镇,清徐县,300,5万,0,4,5000"


def after(answer: str) -> list[str]:
    """The command that is named last, as it would be typed."""
    line = re.split("Next: ?|下一步：", answer)[-1].strip()
    assert line.startswith("fundcalc ")
    return shlex.split(line)[1:]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_run_ends_in_fifteen_lines(cli: Cli, example: Path, lang: str) -> None:
    answer = cli("run", example, "-o", "o.csv", "--lang", lang)
    lines = answer.out.splitlines()
    assert len(lines) <= 15 and max(map(width, lines)) <= 80
    said = " ".join(answer.out.split())
    for amount in ("890", "98,990,080.32", "20,556,600.00", "−19,452,992.36", "o.csv"):
        assert amount in said
    assert not re.search("[a-z]+_[a-z]+", said), "readings and facts are said in words, not by id"
    assert "sha256" not in said
    details = cli("run", example, "--details", "--lang", lang, "--no-record").out
    assert "large_village_clause" in details and "sha256:" in details and "4,210.26" in details
    assert len(details.splitlines()) > 60


def test_what_is_to_be_done_next_can_be_done(cli: Cli, roster: Make) -> None:
    file = roster(GOOD, POOR, BAD)
    first = cli("run", file, "--skip-rejects")
    assert "1 row left out" in first.out
    assert after(first.out)[:2] == ["roster", "check"]
    assert cli(*after(first.out)).code == 1 and Path("marked.xlsx").exists()
    doubts = after(cli("run", roster(GOOD, POOR), "-o", "o.csv").out)
    assert doubts[:2] == ["runs", "doubts"] and cli(*doubts).code == 0
    unrecorded = after(cli("run", roster(GOOD), "--no-record").out)
    assert cli(*unrecorded).code == 0 and Path("result.xlsx").exists()
    kept = after(cli("run", roster(POOR), "--ledger", "my ledger.db").out)
    assert kept[-2:] == ["--ledger", "my ledger.db"] and cli(*kept).code == 0


@pytest.mark.parametrize("where", ["before", "after"])
def test_the_next_command_speaks_the_language_asked_for(cli: Cli, roster: Make, where: str) -> None:
    def said(*arguments: object) -> list[str]:
        given = ("--lang", "zh")
        answer = cli(*given, *arguments) if where == "before" else cli(*arguments, *given)
        command = re.split("下一步：", answer.out + answer.err)[-1].strip()
        return shlex.split(command)[1:]

    for arguments in (
        ("run", roster(GOOD, POOR)),
        ("run", roster(GOOD, POOR), "--no-record"),
        ("run", roster(POOR, name="poor.csv"), "-o", "o.csv", "--ledger", "l.db"),
        ("run", roster(GOOD, BAD), "--skip-rejects"),
        ("roster", "check", roster(GOOD, POOR)),
        ("explain", "东村", "--run", "1"),
    ):
        following = said(*arguments)
        at = following.index("--lang")
        assert following[at + 1] == "zh" and following.count("--lang") == 1, following
    assert "--lang" not in after(cli("run", roster(GOOD)).out)


def test_where_nothing_is_carried_over_that_is_said(cli: Cli, roster: Make) -> None:
    cli("run", roster(GOOD))
    answer = cli("run", roster(GOOD), "--carry")
    assert answer.code == 0 and "left nothing to be carried over" in answer.out


def test_what_is_special_is_counted(cli: Cli, roster: Make) -> None:
    Path("hand.csv").write_text(
        "村,项目,金额,原因代码,理由,文件,批准人\n东村,guaranteed_funds,180000,A1,核减,并政〔2018〕3号,王某\n",
        encoding="utf-8",
    )
    cli("run", roster(GOOD, POOR))
    answer = cli("run", roster(GOOD, POOR), "--overrides", "hand.csv", "--corrects", "last",
                 "--reason", "核减")  # fmt: skip
    assert "Set by hand: 1 amount in 1 village; up 0.00, down 20,000.00" in answer.out
    assert "to pay 0.00, to deduct 20,000.00" in " ".join(answer.out.split())
    assert len(answer.out.splitlines()) <= 15


def test_a_policy_without_money_has_an_outcome(cli: Cli, tmp_path: Path) -> None:
    listed = small.decides("collect", unit="") + small.rule("r", "people > 5", "'many'")
    people = small.fact("people", 'unit = "person"', "range = [1, 10_000]")
    folder = small.policy(tmp_path, facts=people, g=listed + '\n[otherwise]\nid = "none"\n')
    villages = small.roster(tmp_path, "name,people", "甲村,300", "乙村,2")
    answer = cli("run", villages, "--policy", folder)
    assert answer.code == 0 and "2 villages; Small policy" in answer.out
    assert "In all" not in answer.out and after(answer.out)[0] == "report"
    said = cli("explain", "甲村", "--run", "last").out
    assert "Fact people 300 > 5" in said and "In all" not in said


def test_totals_have_an_entry_a_payer_and_unit(cli: Cli, roster: Make) -> None:
    data = json.loads(cli("run", roster(GOOD, POOR), "--format", "json").out)
    assert data["totals"] == [
        {"payer": "unstated", "unit": "yuan/year", "amount": "270000.00"},
        {"payer": "city", "unit": "yuan/year", "amount": "36000.00"},
        {"payer": "county", "unit": "yuan/year", "amount": "20000.00"},
        {"payer": "dues", "unit": "yuan/year", "amount": "3785000.00"},
        {"payer": "support", "unit": "yuan/year", "amount": "20420000.00"},
    ]
    assert sum(float(one["amount"]) for one in data["totals"]) == sum(
        map(float, data["payers"].values())
    )


def test_notes_on_many_files_are_grouped(cli: Cli, roster: Make, tmp_path: Path) -> None:
    folder = tmp_path / "counties"
    folder.mkdir()
    for number, county in enumerate(("清徐县", "娄烦县", "阳曲县", "古交市"), 1):
        line = f"14012100020{number},村{number},甲镇,{county},1200,60000,100000,4,5000"
        roster(f"{county}情况表,,,,,,,,", line, "合计,,,,1200,60000,100000,4,5000").rename(
            folder / f"{county}.csv"
        )
    short = cli("run", folder).err
    whole = cli("run", folder, "--details").err
    assert "and 3 alike: --details" in short
    assert len(short.splitlines()) < len(whole.splitlines())
    assert whole.count(".csv") > short.count(".csv")


def test_a_file_is_replaced_with_a_word_said(cli: Cli, roster: Make) -> None:
    file = roster(GOOD)
    assert "(replaced)" not in cli("run", file, "-o", "o.csv").out
    said = cli("run", file, "-o", "o.csv", "-o", "new.json").out
    assert "Wrote o.csv (replaced), new.json" in " ".join(said.split())
    assert "已覆盖" in cli("run", file, "-o", "o.csv", "--lang", "zh").out
    cli("report", "last", "-o", "r.html")
    assert "Wrote r.html (replaced)" in cli("report", "last", "-o", "r.html").err


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx", "parquet"])
def test_a_file_that_fails_after_the_record_names_the_record(
    cli: Cli, roster: Make, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the disk is full: what is kept is said, with the command that writes the file again."""
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if Path(target).name.startswith("lost"):
            raise OSError(28, "No space left on device")
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        answer = cli("run", roster(GOOD), "-o", f"lost.{ending}")
    assert answer.code == 2 and not answer.out and not Path(f"lost.{ending}").exists()
    kept = json.loads(cli("runs", "list", "--format", "json").out)[0]
    said = " ".join(answer.err.split())
    assert f"lost.{ending}: " in said and kept["id"] in said and kept["head"] in said
    again = said.rpartition("fundcalc ")[2].split()
    assert cli(*again).code == 0 and Path(f"lost.{ending}").exists()


def test_what_is_lost_keeps_no_other_file_and_is_written_as_it_was_asked_for(
    cli: Cli, roster: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notice stays a notice, and the files behind it are written."""
    asked = ["--public", "--unit", "wan", "--issuer", "Office"]
    assert cli("run", roster(GOOD), "-o", "whole.xlsx", *asked, "--no-record").code == 0
    write = Path.replace

    def full(self: Path, target: Path) -> Path:
        if Path(target).name == "lost.xlsx":
            raise OSError(28, "No space left on device")
        return write(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        answer = cli("run", roster(GOOD), "-o", "lost.xlsx", "-o", "kept.csv", *asked)
    assert answer.code == 2 and Path("kept.csv").exists() and not Path("lost.xlsx").exists()
    said, _, written = answer.err.rpartition("Wrote ")
    assert written == "kept.csv\n"
    again = " ".join(said.split()).rpartition("fundcalc ")[2].split()
    assert cli(*again).code == 0
    assert Path("lost.xlsx").read_bytes() == Path("whole.xlsx").read_bytes()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_was_written_before_another_file_failed_is_named(
    cli: Cli, roster: Make, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    """Without a record, too; and the file that failed stands apart from the reason."""
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if Path(target).name == "lost.json":
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    files = ("-o", "a.csv", "-o", "lost.json", "--lang", lang)
    assert cli("run", roster(GOOD)).code == 0
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        for command in (("run", roster(GOOD), "--no-record"), ("runs", "show", "1")):
            answer = cli(*command, *files)
            assert answer.code == 2
            wrote = "已写出 a.csv" if lang == "zh" else "Wrote a.csv"
            why = (
                "错误：lost.json：磁盘已满"
                if lang == "zh"
                else "error: lost.json: the disk is full"
            )
            assert f"\n{wrote}" in answer.err and why in answer.err and "null" not in answer.err


def test_a_folder_that_goes_while_it_is_computed(cli: Cli, roster: Make, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    from fundcalc import api

    record = api.record

    def gone(*arguments: object, **more: object) -> object:
        (tmp_path / "out").rmdir()
        return record(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(api, "record", gone)
    answer = cli("run", roster(GOOD), "-o", "out/o.csv")
    assert answer.code == 2 and "its folder is gone" in " ".join(answer.err.split())


def test_a_workbook_that_is_refused_after_the_run_was_recorded(
    cli: Cli, roster: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reason, and the run that is recorded nevertheless."""
    monkeypatch.setattr("fundcalc.reports.workbook.MOST_SHEETS", 0)
    answer = cli("run", roster(GOOD), "-o", "o.xlsx", "--by", "county")
    kept = json.loads(cli("runs", "list", "--format", "json").out)[0]
    said = " ".join(answer.err.split())
    assert answer.code == 2 and "FC856" in said and "o.xlsx was not written" in said
    assert kept["id"] in said and kept["head"] in said and not Path("o.xlsx").exists()


@pytest.mark.parametrize("where", ["before", "after", "equals"])
def test_the_language_may_be_asked_for_anywhere(roster: Make, where: str) -> None:
    """Of usage errors and help too, in a process whose own language is another."""

    def said(*arguments: str) -> str:
        lang = ["--lang=zh"] if where == "equals" else ["--lang", "zh"]
        line = [*lang, *arguments] if where == "before" else [*arguments, *lang]
        called = subprocess.run(
            [sys.executable, "-m", "fundcalc_cli", *line], check=False, capture_output=True,
            env={**os.environ, "FUNDCALC_LANG": "en", "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        return (called.stdout + called.stderr).decode()

    assert "没有选项 --zzz" in said("run", "--zzz") and "用法：" in said("run", "--zzz")
    assert "计算名册上的每一个村" in said("run", "--help") and "默认：" in said("run", "--help")
    assert "没有命令 rn" in said("rn")
    assert "合计 " in said("run", str(roster(GOOD)), "--no-record")
