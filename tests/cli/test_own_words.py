"""What Typer says in English alone is Chinese where the reader's language is: help pages and mistakes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import typer

from fundcalc_cli.app import app

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

ENGLISH = re.compile(
    r"Usage|Options|OPTIONS|Arguments|Commands?|ARGS|required|default|env var"
    r"|Show |Error|Try |Missing|Invalid"
)


def commands() -> list[tuple[str, ...]]:
    """Every command, as it is called."""
    found: list[tuple[str, ...]] = [()]
    for name, one in typer.main.get_group(app).commands.items():
        found.append((name,))
        found += [(name, inner) for inner in getattr(one, "commands", {})]
    return found


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDCALC_LANG", "zh")


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_a_help_page_has_chinese_headings(cli: Cli, command: tuple[str, ...]) -> None:
    answer = cli(*command, "--help")
    assert answer.code == 0
    assert re.match(rf"用法：.*fundcalc {' '.join(command)}".rstrip() + r" \[选项\]", answer.out)
    assert "选项：\n" in answer.out and "显示这一页" in answer.out
    # descriptions are in the language in which the program was started; headings alone count here
    marks = re.findall(r"\[[^\]]*\]|^\S.*:$", answer.out, flags=re.MULTILINE)
    assert not [mark for mark in marks if ENGLISH.search(mark)]


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "缺少参数 ROSTER"),
        (["runs", "review", "1"], "缺少选项 --by"),
        (["runs", "doubts", "1", "--sample", "x"], "--sample 的值不对：应是整数"),
        (["run", "--formatt"], "没有选项 --formatt，是不是 --format？"),
        (["run", "--zzz"], "没有选项 --zzz"),
        (["grid", "a", "b", "c"], "多出的参数：b c"),
        (["ru"], "没有命令 ru，是不是 'run', 'runs', 'rule'？"),
        (["runs", "xyz"], "没有命令 xyz"),
        (["run", "a", "--on"], "选项 --on 后面要有值"),
        (["run", "a", "--public=3"], "选项 --public 不带值"),
        (["run", "a", "--engine", "x"], "--engine 的值不对：'x' 不在 'auto', 'rules', 'columnar' 之中"),
        (["run", "a", "--on", "2018-1-1", "--on", "2019-1-1"], "--on 的值不对：只能写一次，这里写了不止一次"),
        (["run", "a", "--on", "x"], "--on 的值不对：`x` 不是日期，应写作 2017-12-31"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_mistake_is_said_in_chinese(cli: Cli, arguments: list[str], said: str) -> None:
    answer = cli(*arguments)
    assert answer.code == 2 and answer.out == ""
    assert answer.err.endswith(f"错误：{said}\n")
    assert not ENGLISH.search(answer.err)


def test_in_english_they_stay_as_they_are(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDCALC_LANG", "en")
    usage, try_, _, error = cli("run").err.splitlines()
    assert usage.startswith("Usage: ") and usage.endswith("fundcalc run [OPTIONS] {ROSTER}...")
    assert try_.startswith("Try '") and try_.endswith("fundcalc run -h' for help.")
    assert error == "Error: Missing argument 'ROSTER'."
    wrong = cli("run", "a", "--engine", "x").err
    assert wrong.endswith("'--engine': 'x' is not one of 'auto', 'rules', 'columnar'.\n")


def test_a_group_without_a_command_shows_its_page(cli: Cli) -> None:
    answer = cli("runs")
    assert answer.code == 2 and "verify" in answer.err
