"""`fundcalc desk --shortcut`: each starter opens the desk of its folder, whatever stands in the paths."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fundcalc.desk.shortcut import ICON, starters
from tests.desk.conftest import PROGRAM, Open, Server, command

ODD = "名册 'x\" $HOME `id` 100% a\\b;c"
"""A folder's name in which every reader finds something to take amiss."""
SH = "/bin/sh"


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder of that name with a Python of that name in it, which is this one."""
    folder = tmp_path / ODD
    folder.mkdir()
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    return folder


def opened(command: list[str], cwd: Path | str) -> str:
    """The address that the desk tells which is started so; it is ended again."""
    env = {k: v for k, v in os.environ.items() if k != "FUNDCALC_LEDGER"}
    env |= {"BROWSER": "true", "XDG_CACHE_HOME": str(cwd)}
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, text=True, env=env)
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        server = Server(Path(cwd), process, found[0])
        server.enter()
        return server.get("/rosters").text
    finally:
        process.kill()
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()


def test_a_folder_that_is_not_there_is_made(desks: Open, tmp_path: Path) -> None:
    desk = desks(folder=tmp_path / "县里" / "work")
    assert desk.get("/rosters").status == 200 and desk.folder.is_dir()
    seen = command(tmp_path, "desk", "nowhere", "--read-only")
    assert seen.returncode == 2 and "没有文件夹 nowhere" in seen.stderr
    (tmp_path / "file").touch()
    seen = command(tmp_path, "desk", "file")
    assert seen.returncode == 2 and "file 是文件" in seen.stderr


@pytest.mark.skipif(os.name != "posix", reason="a shell's file")
def test_the_shell_opens_the_folder_of_its_file(odd: Path, tmp_path: Path) -> None:
    file = odd / "打开工作台.sh"
    file.write_bytes(starters(odd, str(odd / "python"), "zh")[".sh"])
    subprocess.run([SH, "-n", file], check=True)
    page = opened([SH, str(file)], tmp_path)
    assert '<span class="soft">名册 &#39;x' in page and 'lang="zh-Hans"' in page


def value(written: str) -> str:
    """A string of a desktop file."""
    return re.sub(
        r"\\([snt\\])", lambda m: {"s": " ", "n": "\n", "t": "\t", "\\": "\\"}[m[1]], written
    )


def arguments(written: str) -> list[str]:
    """What a desktop runs for a line of Exec."""
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', value(written))
    found = [re.sub(r"\\(.)", r"\1", quoted) if quoted else bare for quoted, bare in parts]
    assert not [one for one in found if re.search(r"(?<!%)%(?!%)", one.replace("%%", ""))]
    return [one.replace("%%", "%") for one in found]


@pytest.mark.skipif(os.name != "posix", reason="a desktop's file")
def test_the_desktop_opens_the_folder_it_was_written_for(odd: Path) -> None:
    text = starters(odd, str(odd / "python"), "en")[".desktop"].decode()
    parser = configparser.RawConfigParser(strict=True, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    assert parser.sections() == ["Desktop Entry"]
    entry = parser["Desktop Entry"]
    assert set(entry) == {
        "Type", "Version", "Name", "Comment", "Exec", "Path", "Icon", "Terminal", "Categories",
    }  # fmt: skip
    assert entry["Type"] == "Application" and entry["Terminal"] == "false"
    assert Path(value(entry["Icon"])) == ICON and ICON.is_file()
    assert value(entry["Path"]) == str(odd)
    command = arguments(entry["Exec"])
    assert command == [str(odd / "python"), "-m", "fundcalc_cli", "desk", ".", "--lang", "en"]
    assert '<html lang="en">' in opened(command, value(entry["Path"]))


def test_windows_gets_its_line_ends_and_its_code_page_first(tmp_path: Path) -> None:
    python = "C:\\用户\\100% 张三\\python.exe"
    content = starters(tmp_path, python, "zh")[".cmd"]
    assert content.count(b"\n") == content.count(b"\r\n") and b"\xef\xbb\xbf" not in content
    off, page, to, run, wait = content.decode().splitlines()
    assert (off, page, to) == ("@echo off", "chcp 65001 >nul", 'pushd "%~dp0"')
    assert run == f'"{python.replace("%", "%%")}" -m fundcalc_cli desk . --lang zh'
    assert wait == "if errorlevel 1 pause"
    assert (off + page + to).isascii()  # what is read before the code page holds


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what Linux gets")
def test_the_command_writes_what_this_system_starts(tmp_path: Path, desks: Open) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "desk", str(tmp_path), "--shortcut", "--lang", "zh"],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["打开工作台.desktop", "打开工作台.sh"]
    assert all(file.stat().st_mode & 0o100 for file in files)
    assert all(str(file) in done.stderr for file in files)
