"""What leaves on a terminal: no commands out of data, no text lost, whatever console and listener.

The rosters are invented.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from tests.cli.conftest import Cli

from fundcalc.base.width import shown, width, wrap

MODULE = [sys.executable, "-m", "fundcalc_cli"]
BEGUN = "from fundcalc_cli.__main__ import main; print('begun', flush=True); main()"
GOOD = "140123000001,甲村,东乡,甲县,1000,20000,90000,4,6000"
Roster = Callable[..., Path]


def call(
    *arguments: object, encoding: str = "utf-8", lang: str = "en", **how: object
) -> subprocess.CompletedProcess[bytes]:
    """The program in a process of its own, as a console of some encoding starts it."""
    env = {**os.environ, "FUNDCALC_LANG": lang, "PYTHONIOENCODING": encoding}
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
    return subprocess.run([*MODULE, *map(str, arguments)], env=env, check=False, **given)  # type: ignore[call-overload]


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """A line for bash, in which `fundcalc` is the program; its exit code is the program's."""
    pytest.importorskip("fcntl", reason="no POSIX shell")
    command = f'fundcalc() {{ "{sys.executable}" -m fundcalc_cli "$@"; }}; {line}'
    env = {**os.environ, "FUNDCALC_LANG": "en"}
    bash = ["bash", "-o", "pipefail", "-c", command]
    return subprocess.run(bash, check=False, cwd=folder, env=env, capture_output=True)


HIDDEN = {
    "\x1b[2J": r"\x1b[2J", "\x1b]0;x\x07": r"\x1b]0;x\x07", "\0": r"\x00", "\r": r"\r",
    "\x9b31m": r"\x9b31m", "\x7f": r"\x7f", "\u202e1": r"\u202e1", "\u2066": r"\u2066",
    "\u200b": r"\u200b", "\ufeff": r"\ufeff", "\u2028": r"\u2028", "\U000e0041": r"\U000e0041",
    "\ufe0f": r"\ufe0f", "\udcff": r"\udcff", "甲\t乙\n": "甲\t乙\n",
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), HIDDEN.items(), ids=map(ascii, HIDDEN))
def test_what_is_hidden_is_shown_and_takes_the_room_of_what_is_shown(text: str, said: str) -> None:
    assert shown(text) == said
    assert width(text) == width(said)
    if text != said:
        assert wrap(f"a{text} {text}b", 200) == [f"a{said} {said}b"]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_cell_does_not_command_the_terminal(
    cli: Cli, roster: Roster, lang: str, form: str
) -> None:
    bad = GOOD.replace("1000,", "426\x1b[2J\u202e,", 1)
    answer = cli("run", roster(bad), "--no-record", "--format", form, "--lang", lang)
    assert answer.code == 1
    assert r"426\x1b[2J\u202e" in answer.err
    assert not set(answer.out + answer.err) & set("\x1b\u202e")
    if form == "json":
        assert json.loads(answer.out)["rejects"][0]["value"] == "426\x1b[2J\u202e"


@pytest.mark.parametrize(
    "arguments",
    [("run", "\x1b[31mx.csv"), ("run", "a", "b", "\x1b[31mx.csv"), ("run", "--\x1b[31mx.csv"),
     ("run", "a", "--on", "\x1b[31mx.csv"), ("\x1b[31mx.csv",), ("rule", "\x1b[31mx.csv"),
     ("check", "\x1b[31mx.csv"), ("runs", "show", "1", "--ledger", "\x1b[31mx.csv"),
     ("run", "a", "-o", "\x1b[31mx.csv.doc")],
    ids=ascii,
)  # fmt: skip
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_name_from_the_command_line_does_not_either(
    cli: Cli, arguments: tuple[str, ...], lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNDCALC_LANG", lang)
    answer = cli(*arguments)
    assert answer.code == 2
    assert "\x1b" not in answer.err and r"\x1b[31mx.csv" in answer.err


@cache
def in_utf_8(lang: str, *command: str) -> object:
    """What a command says as JSON on a console of UTF-8."""
    return json.loads(call(*command, encoding="utf-8", lang=lang).stdout)


@pytest.mark.parametrize(
    ("encoding", "lang"),
    [(name, "zh") for name in ("utf-8", "ascii", "gbk", "cp1252", "shift_jis", "utf-16")]
    + [("ascii", "en"), ("utf-16", "en")],
)
def test_json_is_the_same_whatever_the_console(
    roster: Roster, encoding: str, lang: str, tmp_path: Path
) -> None:
    path = roster(GOOD.replace("1000", "✗𠮷\x7f"))
    answer = call("roster", "check", path, "--format", "json", encoding=encoding, lang=lang)
    assert answer.returncode == 1
    [reject] = json.loads(answer.stdout.decode("utf-8"))["rejects"]
    assert reject["village"] == "甲村" and reject["value"] == "✗𠮷\x7f"
    for kind in (["schema", "village"], ["rule", "FC203", "--format", "json"]):
        said = call(*kind, encoding=encoding, lang=lang).stdout
        assert json.loads(said) == in_utf_8(lang, *kind)


@pytest.mark.parametrize(
    ("encoding", "holds", "fails", "least"),
    [("utf-8", "✓", "✗", "≥"), ("gbk", "√", "×", "≥"), ("cp1252", "[yes]", "[no]", ">="),
     ("ascii", "[yes]", "[no]", ">=")],
)  # fmt: skip
def test_signs_that_differ_look_different(
    roster: Roster, encoding: str, holds: str, fails: str, least: str
) -> None:
    answer = call("explain", "甲村", "--roster", roster(GOOD), "--full", encoding=encoding)
    assert answer.returncode == 0
    said = answer.stdout.decode(encoding)
    assert f"{holds} holds    {fails} does not hold" in said
    assert f"   {fails} " in said and f" {least} " in said and "?" not in said.replace("?\n", "\n")
    name = "甲村" if encoding in ("utf-8", "gbk") else r"\u7532\u6751"
    assert f"140123000001  {name}" in said


def test_what_a_console_cannot_hold_is_escaped(roster: Roster) -> None:
    path = roster(GOOD.replace("1000", "✗𠮷"), name="名册𠮷.csv")
    answer = call("run", path, "--no-record", encoding="gbk", lang="zh")
    assert r"名册\U00020bb7.csv" in answer.stderr.decode("gbk")
    assert r"`\u2717\U00020bb7`" in answer.stderr.decode("gbk")


def test_what_another_program_reads_is_utf_8(roster: Roster) -> None:
    page = call("explain", "甲村", "--roster", roster(GOOD), "--format", "html", encoding="gbk")
    assert 'charset="utf-8"' in page.stdout.decode("utf-8").lower()
    assert "甲村" in page.stdout.decode("utf-8")
    assert call("sql", encoding="ascii", lang="zh").stdout == call("sql", lang="zh").stdout


@pytest.mark.parametrize("reader", ["head -n 1", "head -c 0", "true"])
def test_who_stops_listening_changes_nothing(
    cli: Cli, roster: Roster, reader: str, tmp_path: Path
) -> None:
    roster(GOOD)
    assert shell(f"fundcalc run roster.csv -o r.csv | {reader}", tmp_path).returncode == 0
    assert cli("run", "roster.csv", "--no-record", "-o", "s.csv").code == 0
    assert (tmp_path / "r.csv").read_bytes() == (tmp_path / "s.csv").read_bytes()
    assert len(json.loads(cli("runs", "list", "--format", "json").out)) == 1
    assert shell(f"fundcalc init new | {reader}", tmp_path).returncode == 0
    assert (tmp_path / "new" / "roster.xlsx").exists() or list((tmp_path / "new").glob("*.xlsx"))
    assert shell(f"fundcalc rule --format markdown | {reader}", tmp_path).returncode == 0
    roster(GOOD.replace("1000", "x"))
    both = shell(f"fundcalc run roster.csv --no-record 2>&1 | {reader}", tmp_path)
    assert both.returncode == 1 and not both.stderr


@pytest.mark.parametrize(
    ("how", "code", "words"),
    [("> /dev/full", 2, b"disk is full"), (">&-", 2, b"it is closed"), ("2> /dev/full", 2, b""),
     ("> /dev/full 2>&1", 2, b""), (">&- 2>&- <&-", 2, b"")],
)  # fmt: skip
def test_what_cannot_be_said_is_a_failure_but_the_work_is_done(
    cli: Cli, roster: Roster, how: str, code: int, words: bytes, tmp_path: Path
) -> None:
    if "full" in how and not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    roster(GOOD)
    answer = shell(f"fundcalc run roster.csv -o r.csv {how}", tmp_path)
    assert answer.returncode == code and words in answer.stderr
    assert b"Traceback" not in answer.stderr and b"ignored" not in answer.stderr
    assert "140123000001" in (tmp_path / "r.csv").read_text(encoding="utf-8")
    assert cli("runs", "verify").code == 0
    [kept] = json.loads(cli("runs", "list", "--format", "json").out)
    if words:
        said = f"recorded as {kept['id']}, head digest {kept['head']}"
        assert said in answer.stderr.decode(), answer.stderr
    for other in ("--help", "--version", "run --help", "rule"):
        assert shell(f"fundcalc {other} {how}", tmp_path).returncode in (0, 2)


@pytest.mark.skipif(os.name == "nt", reason="no such signals")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
@pytest.mark.parametrize(
    "arguments",
    [("run", "-o", "r.csv", "-o", "r.xlsx", "-o", "r.parquet"), ("letter", "last", "--one-file")],
    ids=["run", "letters"],
)
def test_a_signal_at_any_moment_ends_it_quietly(
    example: Path, arguments: tuple[str, ...], number: int, code: int, tmp_path: Path
) -> None:
    """The moments are spread over the time that the command takes; the first are in its imports."""
    given = arguments
    if arguments[0] == "run":
        given = ("run", str(example), *arguments[1:])
    else:
        assert call("run", example, cwd=tmp_path).returncode == 0
    before = sorted(path.name for path in tmp_path.iterdir())
    for moment in (0.02, 0.08, 0.2, 0.4, 0.6, 0.8, 1.1):
        process = subprocess.Popen([sys.executable, "-c", BEGUN, *given], cwd=tmp_path,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   start_new_session=True)  # fmt: skip
        assert process.stdout is not None and process.stdout.readline() == b"begun\n"
        time.sleep(moment)
        os.killpg(process.pid, number)
        _, err = process.communicate(timeout=60)
        assert process.returncode in (code, 0), err
        assert b"Traceback" not in err and b"ignored" not in err
        assert not list(tmp_path.rglob(".fundcalc-*"))
        for path in tmp_path.glob("r.*"):
            assert path.stat().st_size > 10_000  # whole, or not there
            path.unlink()
    if arguments[0] == "letter":
        assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == before
    elif (tmp_path / "fundcalc.db").exists():
        assert call("runs", "verify", cwd=tmp_path).returncode == 0
