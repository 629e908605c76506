"""What Windows does otherwise, simulated: language, open files, names, shares, code pages, long paths."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path, PureWindowsPath

import pytest
from tests.cli.conftest import Cli
from tests.conftest import ROOT
from tests.desk.ledgers import HEADER, VILLAGES

from fundcalc.base import files, system, words
from fundcalc.ledger.store import _uri
from fundcalc.reports.letters.content import file_name

EXCEL = "open in another program, such as Excel"
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says is put into words as on Windows."""
    monkeypatch.setattr(system, "WINDOWS", True)


def problem(number: int, name: str, windows: int | None = None) -> OSError:
    """As Python has it there; its own functions know no number of Windows."""
    found = OSError(number, os.strerror(number), name)
    if windows is not None:
        found.winerror = windows  # type: ignore[attr-defined]
    return found


# -- the language -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "chinese"), [(0x0804, True), (0x0C04, True), (0x0409, False), (0, False)]
)
def test_without_a_locale_the_language_is_that_of_windows(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, number: int, chinese: bool
) -> None:
    for name in ("FUNDCALC_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(words, "windows_language", lambda: number)
    shown = cli("rule", "FC601").out
    assert ("名册" in shown, "roster" in shown) == (chinese, not chinese)


def test_what_a_person_asked_for_comes_first(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "windows_language", lambda: 0x0804)
    assert "roster" in cli("rule", "FC601").out  # FUNDCALC_LANG=en


# -- files that are open ----------------------------------------------------------------------------


@pytest.mark.usefixtures("windows")
def test_a_result_that_is_open_in_excel_is_closed_there_and_written_again(
    cli: Cli, example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "result.xlsx"
    out.write_bytes(b"as it is open")
    replace = Path.replace

    def held(self: Path, target: Path) -> Path:
        if target == out:
            raise problem(errno.EACCES, str(self), 5)
        return replace(self, target)

    with monkeypatch.context() as opened:
        opened.setattr(Path, "replace", held)
        answer = cli("run", example, "-o", out)
    said = " ".join(answer.err.split())
    assert answer.code == 2 and EXCEL in said and "result.xlsx" in said
    assert out.read_bytes() == b"as it is open" and not list(tmp_path.glob(".fundcalc-*"))
    again = next(line.split() for line in answer.err.splitlines() if "fundcalc runs show" in line)
    assert cli(*again[1:]).code == 0 and out.read_bytes()[:2] == b"PK"


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    ("number", "name", "windows_says", "said"),
    [
        (errno.EACCES, "r.xlsx", None, "in Excel" ),
        (errno.EACCES, "r.XLS", None, "Excel"),
        (errno.EACCES, "fundcalc.db", 32, "Excel"),
        (errno.EACCES, "policies.toml", None, "permission denied"),
        (errno.ENOENT, "C:\\" + "深" * 300, None, "259"),
        (errno.ENOENT, "r.xlsx", 206, "259"),
        (errno.ENOENT, "r.xlsx", None, "no such file"),
        (errno.ENOSPC, "r.xlsx", None, "full"),
    ],
)  # fmt: skip
def test_what_windows_says_is_put_into_words(
    number: int, name: str, windows_says: int | None, said: str
) -> None:
    assert said.removeprefix("in ") in system.reason(problem(number, name, windows_says)).en


def test_elsewhere_permission_is_permission() -> None:
    assert system.reason(problem(errno.EACCES, "r.xlsx")).en == "permission denied"


HOLDING = """
import os, sys
from pathlib import Path
from tests import open_files
open_files.held()
from fundcalc_cli.app import main
for line in sys.stdin.read().splitlines():
    sys.argv = ["fundcalc", *line.split()]
    try:
        main()
    except SystemExit as left:
        assert not left.code, line
with open("held", "w", encoding="utf-8"):
    try:
        os.unlink("held")
    except PermissionError:
        print("files that are open are held")
"""
JOB = """
run roster.csv -o a.xlsx -o a.csv -o a.parquet -o a.json
run a.csv -o a.xlsx -o a.json
run a.parquet -o b.parquet --no-record
roster clean a.csv -o clean
roster clean a.csv -o clean --force
roster check roster.csv --marked marked.xlsx
runs verify
runs verify last --paper a.xlsx
runs export last pack
report last -o report.html
report last -o report.html
letter last 东村 -o letters
runs review last --by 李四 --approve -o a.xlsx
init mine
set baseline_guarantee 180_000 --from 2018-01-01 --source people-daily-2017 --policy mine
fmt mine
"""


@LINUX
def test_no_file_is_replaced_or_taken_away_while_it_is_open(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("\n".join([HEADER, *VILLAGES]), encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "FUNDCALC_LEDGER": str(tmp_path / "f.db")}
    done = subprocess.run(
        [sys.executable, "-c", HOLDING], input=JOB.strip(), cwd=tmp_path, env=env,
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("files that are open are held\n")


# -- text without a word of its encoding --------------------------------------------------------------

IN_UTF8 = """
import sys, warnings
warnings.simplefilter("ignore", EncodingWarning)
warnings.filterwarnings("error", category=EncodingWarning, module="fundcalc")
from fundcalc_cli.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "asked",
    [["run", "roster.xlsx", "-o", "a.csv", "-o", "a.json", "--no-record"], ["init", "mine"]],
    ids=" ".join,
)
def test_no_text_is_read_or_written_in_the_code_page(
    example: Path, tmp_path: Path, asked: list[str]
) -> None:
    (tmp_path / "roster.xlsx").write_bytes(example.read_bytes())
    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", "-c", IN_UTF8, *asked], cwd=tmp_path,
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


# -- names and places -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["CON", "nul", "Com1", "LPT9", "aux.txt", "com²", "PRN.tar.gz"])
def test_devices_are_no_names_of_files(name: str) -> None:
    assert files.is_device(name) and not files.is_device(f"_{name}")
    assert not files.is_device(file_name(name)) and not files.is_device(file_name("", name))
    with pytest.raises(files.Unfit):
        files.safe_path(f"上报/{name}.csv" if "." not in name else name, [".csv", ".txt", ".gz"])


@pytest.mark.parametrize(
    "village", ["村.", "村 ", " . ", "a:b", "a\\b", "a/b", "x" * 300, '村?*<>|"']
)
def test_a_letter_has_a_name_that_windows_can_have(village: str) -> None:
    name = file_name(village, "0001-abcdef01")
    assert not set(name) & set('<>:"/\\|?*') and name == name.strip(" ")
    assert not name.removesuffix(".pdf").endswith((".", " ")) and len(name) < 120


def test_a_ledger_on_a_share_is_found_by_sqlite() -> None:
    share = PureWindowsPath(r"\\server\share\经费 2017\fundcalc.db")
    assert _uri(share) == "file:////server/share/%E7%BB%8F%E8%B4%B9%202017/fundcalc.db"
    assert _uri(PureWindowsPath(r"C:\work\a#b.db")) == "file:///C:/work/a%23b.db"
