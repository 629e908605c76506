"""Reviews: a step of its own, kept in the chain, by another than who prepared the run."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from tests.ledger.conftest import VILLAGES, altered
from tests.ledger.test_verify import sha

from fundcalc import api

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make


def text_of(path: Path) -> str:
    return "\n".join(
        str(cell)
        for sheet in openpyxl.load_workbook(path).worksheets
        for row in sheet.iter_rows(values_only=True)
        for cell in row
        if cell is not None
    )


@pytest.fixture
def prepared(cli: Cli, roster: Make) -> None:
    """A run by 张三."""
    sheet = ("--issuer", "某县财政局", "-o", "first.xlsx")
    assert cli("run", roster(), "--prepared-by", "张三", *sheet).code == 0


@pytest.fixture
def four_eyes(cli: Cli, tmp_path: Path) -> tuple[str, str]:
    """A policy that asks for four eyes."""
    assert cli("init", "p").code == 0
    file = tmp_path / "p" / "policies.toml"
    text = file.read_text(encoding="utf-8")
    assert "four_eyes" not in text or "four_eyes = false" in text
    if "four_eyes = false" in text:
        text = text.replace("four_eyes = false", "four_eyes = true")
    elif "[papers]" in text:
        text = text.replace("[papers]\n", "[papers]\nfour_eyes = true\n", 1)
    else:
        text += "\n[papers]\nfour_eyes = true\n"
    file.write_text(text, encoding="utf-8")
    return ("--policy", "p")


def test_an_approval_is_kept_and_shown(cli: Cli, prepared: None, ledger: Path) -> None:
    assert "to be reviewed" in cli("runs", "list").out
    answer = cli("runs", "review", "1", "--by", "李四", "--approve", "-o", "signed.xlsx")
    assert answer.code == 0, answer.err
    assert "approved by 李四" in " ".join(answer.out.split()) and "(Beijing time)" in answer.out
    [listed] = json.loads(cli("runs", "list", "--format", "json").out)
    assert listed["state"] == "approved"
    [review] = listed["reviews"]
    assert (review["by"], review["decision"]) == ("李四", "approved")
    assert review["head"] in answer.out and review["sm3"] in answer.out
    assert "approved by 李四" in " ".join(cli("runs", "show", "1").out.split())
    assert "已复核" in cli("runs", "list", "--lang", "zh").out
    said = text_of(ledger.parent / "signed.xlsx")
    assert "张三" in said and "李四" in said and "某县财政局" in said
    assert review["head"] in said and review["sm3"] in said
    assert "李四" not in text_of(ledger.parent / "first.xlsx")
    assert cli("runs", "verify", "--head", review["head"]).code == 0
    assert cli("runs", "verify", "1", "--head", review["sm3"]).code == 0
    assert api.open_run(ledger, "1").reviewed_by == "李四"


def test_a_run_is_returned_with_a_reason(cli: Cli, prepared: None) -> None:
    refused = cli("runs", "review", "1", "--by", "李四", "--return")
    assert refused.code == 2 and "--reason" in refused.err
    answer = cli("runs", "review", "1", "--by", "李四", "--return", "--reason", "人口有误")
    assert answer.code == 0 and "人口有误" in "".join(answer.out.split())
    assert "returned" in cli("runs", "list").out
    assert "退回修改" in cli("runs", "list", "--lang", "zh").out
    again = cli("runs", "review", "1", "--by", "李 四", "--return", "--reason", "再")
    assert again.code == 2 and "FC835" in again.err
    assert (
        cli("runs", "review", "1", "--by", "李四", "--approve").code == 0
    )  # he may change his mind
    assert "approved" in cli("runs", "list").out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--by", "", "--approve"), "--by"),
        (("--by", " \t", "--approve"), "--by"),
        (("--by", "李\x1b四", "--approve"), "--by"),
        (("--by", "李四"), "--approve"),
        (("--by", "李四", "--approve", "--return", "--reason", "x"), "--approve"),
        (("--by", "李四", "--return", "--reason", "x", "-o", "a.xlsx"), "-o"),
        (("--by", "李四", "--approve", "-o", "a.csv"), "-o"),
        (("--approve",), "--by"),
    ],
)
def test_what_is_no_review(
    cli: Cli, prepared: None, options: tuple[str, ...], says: str, ledger: Path
) -> None:
    before = ledger.read_bytes()
    answer = cli("runs", "review", "1", *options)
    assert answer.code == 2 and says in answer.err
    assert ledger.read_bytes() == before


@pytest.mark.parametrize("notice", [False, True])
def test_a_review_whose_sheet_fails_is_told(
    cli: Cli, prepared: None, roster: Make, monkeypatch: pytest.MonkeyPatch, notice: bool
) -> None:
    """The review is kept, and the sheet written once more has both names, whatever the run wrote."""
    if notice:
        asked = ("--prepared-by", "张三", "--public", "-o", "notice.xlsx")
        assert cli("run", roster(), *asked).code == 0

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        answer = cli("runs", "review", "last", "--by", "李四", "--approve", "-o", "s.xlsx")
    assert answer.code == 2 and "approved by 李四" in answer.out
    assert "s.xlsx: " in answer.err and not Path("s.xlsx").exists()
    again = " ".join(answer.err.split()).rpartition("fundcalc ")[2].split()
    assert cli(*again).code == 0
    assert "张三" in text_of(Path("s.xlsx")) and "李四" in text_of(Path("s.xlsx"))


def test_a_recorded_run_is_written_as_the_notice_or_as_the_sheet_whichever_it_wrote_before(
    cli: Cli, roster: Make
) -> None:
    assert cli("run", roster(), "-o", "sheet.xlsx").code == 0
    assert cli("run", roster(), "--public", "-o", "notice.xlsx").code == 0
    for run, public, own in (("1", "--public", "sheet"), ("2", "--no-public", "notice")):
        again, other = f"{own}-{run}.xlsx", f"other-{run}.xlsx"
        assert cli("runs", "show", run, "-o", again).code == 0
        assert cli("runs", "show", run, public, "-o", other).code == 0
        assert Path(again).read_bytes() == Path(f"{own}.xlsx").read_bytes()
    assert Path("other-1.xlsx").read_bytes() == Path("notice.xlsx").read_bytes()
    assert (
        openpyxl.load_workbook("other-2.xlsx").sheetnames
        == openpyxl.load_workbook("sheet.xlsx").sheetnames
    )
    answer = cli("runs", "show", "1", "--public", "-o", "a.csv")
    assert answer.code == 2 and "--public" in answer.err and not Path("a.csv").exists()


def test_a_review_of_nothing(cli: Cli, prepared: None, ledger: Path) -> None:
    unknown = cli("runs", "review", "7", "--by", "李四", "--approve")
    assert unknown.code == 2 and "FC826" in unknown.err
    ledger.unlink()
    none = cli("runs", "review", "1", "--by", "李四", "--approve")
    assert none.code == 2 and "FC824" in none.err and not ledger.exists()


def test_who_prepares_may_review_but_not_unseen(cli: Cli, prepared: None) -> None:
    answer = cli("runs", "review", "1", "--by", "张 三", "--approve")
    assert answer.code == 0 and "FC837" in answer.err


def test_nobody_is_named(cli: Cli, roster: Make) -> None:
    cli("run", roster())
    answer = cli("runs", "review", "1", "--by", "李四", "--approve")
    assert answer.code == 0 and "FC837" in answer.err


def test_four_eyes(cli: Cli, roster: Make, four_eyes: tuple[str, str]) -> None:
    cli("run", roster(), *four_eyes, "--prepared-by", "张三")
    for same in (
        "张三", "张　三", "張三", "张·三", "张三（代）", "张三 (代)", "张 三 代", "［张三］",
        "张三【财政科】", "张三科长", "张三副主任", "张三一级主任科员", "张三同志（代签）",
    ):  # fmt: skip
        own = cli("runs", "review", "1", "--by", same, "--approve")
        assert own.code == 2 and "FC836" in own.err and "prepared by 张三" in own.err
    signs = cli("runs", "review", "1", "--by", "——", "--approve")
    assert signs.code == 2 and "names nobody" in signs.err
    assert cli("runs", "review", "1", "--by", "李四科长（代张三）", "--approve").code == 0
    cli("run", roster(), *four_eyes)
    unnamed = cli("runs", "review", "2", "--by", "李四", "--approve")
    assert unnamed.code == 2 and "FC836" in unnamed.err


def test_four_eyes_take_no_reviewer_from_who_prepares(
    cli: Cli, roster: Make, four_eyes: tuple[str, str], ledger: Path
) -> None:
    answer = cli("run", roster(), *four_eyes, "--prepared-by", "张三", "--reviewed-by", "李四")
    assert answer.code == 2 and "FC836" in answer.err and "runs review" in answer.err
    assert not ledger.exists()
    nameless = cli("run", roster(), *four_eyes)
    assert nameless.code == 0 and "FC837" in nameless.err


def test_latin_names_with_what_stands_beside_them(
    cli: Cli, roster: Make, four_eyes: tuple[str, str]
) -> None:
    cli("run", roster(), *four_eyes, "--prepared-by", "Wang Li (acting)")
    for same in ("ｗａｎｇ　ｌｉ", "WANG LI", "Wang-Li [finance]", "Wang Li （代）"):
        own = cli("runs", "review", "1", "--by", same, "--approve")
        assert own.code == 2 and "prepared by Wang Li" in own.err
    assert cli("runs", "review", "1", "--by", "Wang Lin", "--approve").code == 0


def test_signs_alone_name_nobody(cli: Cli, roster: Make, ledger: Path) -> None:
    for option in ("--prepared-by", "--reviewed-by"):
        answer = cli("run", roster(), option, "***")
        assert answer.code == 2 and "FC836" in answer.err and "names nobody" in answer.err
    assert not ledger.exists()


def test_a_superseded_run_is_not_reviewed(cli: Cli, prepared: None, roster: Make) -> None:
    cli("run", roster(), "--corrects", "1", "--reason", "x", "--prepared-by", "张三")
    answer = cli("runs", "review", "1", "--by", "李四", "--approve")
    assert answer.code == 2 and "FC835" in answer.err and "0002-" in answer.err


def forged(
    ledger: Path, change: dict[str, Any], *, reseal: bool = True, table: str = "additions"
) -> None:
    """The first record of a table changed, its digest made to fit if asked."""
    with altered(ledger) as connection:
        head, record = connection.execute(
            f"SELECT head, record FROM {table} WHERE seq = 1"
        ).fetchone()
        data = {**json.loads(record), **change}
        text = (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()
        head = sha(text) if reseal else head
        connection.execute(f"UPDATE {table} SET head = ?, record = ?", (head, text))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"by": "王五"}, "altered"),
        ({"seq": 2}, "does not follow"),
        ({"previous": "sha256:" + "1" * 64}, "does not follow"),
        ({"run": {"id": "0009-00000000", "head": "sha256:00"}}, "not before it"),
        ({"recorded_at": "2001-01-01T00:00:00+00:00"}, "is before that of"),
        ({"recorded_at": "at noon"}, "cannot be read"),
        ({"decision": "perhaps"}, "cannot be read"),
        ({"by": 7}, "cannot be read"),
        ({"by": "张三", "four_eyes": True}, "the one who prepared it"),
        ({"after": "none"}, "cannot be read"),
        ({"format": 99}, "format"),
    ],
)
def test_a_review_that_was_tampered_with_is_found(
    cli: Cli, prepared: None, ledger: Path, change: dict[str, Any], says: str
) -> None:
    cli("runs", "review", "1", "--by", "李四", "--approve")
    assert cli("runs", "verify", "--chain").code == 0
    forged(ledger, change, reseal=change != {"by": "王五"})
    for options in ((), ("--chain",)):
        answer = cli("runs", "verify", *options)
        assert answer.code == 1 and says in " ".join(answer.out.split())
    for command in (("list",), ("show", "1"), ("verify", "--head", "0" * 16)):
        cli("runs", *command)


@pytest.mark.parametrize(("table", "named"), [("additions", "A0001"), ("runs", "0001-")])
def test_a_record_altered_as_text_is_named(
    cli: Cli, prepared: None, ledger: Path, table: str, named: str
) -> None:
    """SQL's own `replace` makes a text of the bytes."""
    cli("runs", "review", "1", "--by", "李四", "--approve")
    with altered(ledger) as connection:
        connection.execute(f"UPDATE {table} SET record = replace(record, '1', '2')")
    answer = cli("runs", "verify")
    assert answer.code == 1 and named in answer.out and "altered" in answer.out


def test_a_review_taken_out_is_found_by_what_came_after(
    cli: Cli, prepared: None, roster: Make, ledger: Path
) -> None:
    cli("runs", "review", "1", "--by", "李四", "--return", "--reason", "x")
    cli("run", roster(VILLAGES[0]))
    with altered(ledger) as connection:
        connection.execute("DELETE FROM additions")
    answer = cli("runs", "verify")
    assert answer.code == 1 and "does not follow" in answer.out


def test_reviews_cannot_be_altered_by_a_slip(cli: Cli, prepared: None, ledger: Path) -> None:
    cli("runs", "review", "1", "--by", "李四", "--approve")
    connection = sqlite3.connect(ledger)
    for sql in ("UPDATE additions SET seq = 9", "DELETE FROM additions"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            connection.execute(sql)
    connection.close()


def test_the_clock_was_behind(
    cli: Cli, prepared: None, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said of the record itself and is no fault, where it was so when it was recorded."""
    monkeypatch.setattr("fundcalc.ledger.store.now", lambda: "2001-01-01T00:00:00+00:00")
    assert cli("runs", "review", "1", "--by", "李四", "--approve").code == 0
    answer = cli("runs", "verify")
    assert answer.code == 0 and "the clock stood before" in " ".join(answer.out.split())


def test_the_pack_has_the_reviews(cli: Cli, prepared: None, roster: Make, tmp_path: Path) -> None:
    """Those before the run stand in its chain, those of the run among what came later."""
    cli("runs", "review", "1", "--by", "李四", "--return", "--reason", "人口有误")
    cli(
        "run", roster(*VILLAGES[:3]), "--corrects", "1", "--reason", "更正", "--prepared-by", "张三"
    )
    cli("runs", "review", "2", "--by", "李四", "--approve")
    for run in ("1", "2"):
        assert cli("runs", "export", run, f"pack{run}").code == 0
        done = subprocess.run(
            [sys.executable, "check.py"],
            cwd=tmp_path / f"pack{run}",
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((tmp_path / "pack2" / "chain").iterdir())) == 3
    assert len(list((tmp_path / "pack1" / "later").iterdir())) == 2
    assert "人口有误" in (tmp_path / "pack1" / "README.md").read_text(encoding="utf-8")


def test_a_ledger_that_another_program_holds(
    cli: Cli, prepared: None, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fundcalc.ledger.store.WAIT", 0.1)
    holder = sqlite3.connect(ledger, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    answer = cli("runs", "review", "1", "--by", "李四", "--approve")
    holder.execute("ROLLBACK")
    holder.close()
    assert answer.code == 2 and "FC822" in answer.err
    assert "to be reviewed" in cli("runs", "list").out


def test_another_programs_database(cli: Cli, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "fundcalc.db")
    other.execute("CREATE TABLE runs (seq, head, record)")
    other.close()
    before = (tmp_path / "fundcalc.db").read_bytes()
    for command in (
        ("review", "1", "--by", "李四", "--approve"),
        ("balance",),
        ("verify", "--chain"),
    ):
        answer = cli("runs", *command)
        assert answer.code == 2 and "FC820" in answer.err
    assert (tmp_path / "fundcalc.db").read_bytes() == before


def test_a_ledger_on_a_disk_that_takes_nothing(
    cli: Cli, prepared: None, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite opens a file that cannot be written for reading; the review is then refused in words."""
    connect = sqlite3.connect

    def read_only(place: str, **options: Any) -> sqlite3.Connection:
        return connect(str(place).replace("mode=rw", "mode=ro"), **options)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    answer = cli("runs", "review", "1", "--by", "李四", "--approve")
    monkeypatch.undo()
    assert answer.code == 2 and "FC823" in answer.err and "read-only" in answer.err
