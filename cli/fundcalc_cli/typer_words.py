"""Typer's own words in Chinese: headings of help pages, and mistakes in a command line.

Typer has them in English alone. A sentence that is not known here stays as it is. A help page is in the
language in which the program was started, as its texts are.
"""

from __future__ import annotations

import io
import re
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from fundcalc.base.words import Lang
from fundcalc_cli.output import default_lang, lang

_HELP = (
    (r"^Usage: ", "用法："),
    (r"^Arguments:$", "参数："),
    (r"^Options:$", "选项："),
    (r"^Commands:$", "命令："),
    (r"\[OPTIONS\]", "[选项]"),
    (r"\bCOMMAND \[ARGS\]", "命令 [参数]"),
    (r"\[required\]$", "[必填]"),
    (r"\[env var: ?", "[环境变量："),
    (r"\bdefault: ?", "默认："),
    (r"Show this message and exit\.", "显示这一页"),
    (r"Install completion for the current shell\.", "为当前的 shell 安装命令补全"),
    (
        r"Show completion for the current shell, to copy it or\s+customize the installation\.",
        "显示当前 shell 的命令补全脚本",
    ),
)
_MISTAKES = (
    (r"^Error: ", "错误："),
    (r"^Try '(.*)' for help\.$", r"看帮助：\1"),
    (r"Missing argument '(.*)'\.$", r"缺少参数 \1"),
    (r"Missing command\.$", "缺少命令"),
    (r"No such option: (\S+) \(Possible options: (.*)\)$", r"没有选项 \1，是不是 \2？"),
    (r"No such option: (\S+)$", r"没有选项 \1"),
    (r"No such command '(.*?)'\. Did you mean (.*)\?$", r"没有命令 \1，是不是 \2？"),
    (r"No such command '(.*)'\.$", r"没有命令 \1"),
    (r"Got unexpected extra argument(?:\(s\)|s)? \((.*)\)$", r"多出的参数：\1"),
    (r"Option '(.*)' requires an argument\.$", r"选项 \1 后面要有值"),
    (r"Option '(.*)' does not take a value\.$", r"选项 \1 不带值"),
    (r"Invalid value for '?(.*?)'?: (.*)$", r"\1 的值不对：\2"),
    (r"(\S+) is not one of (.*)\.$", r"\1 不在 \2 之中"),
)


class Command(TyperCommand):
    """A command whose help page is in one language."""

    def get_usage(self, ctx: Any) -> str:
        """The line that says how it is called."""
        return _said(super().get_usage(ctx), _HELP, default_lang())

    def get_help(self, ctx: Any) -> str:
        """The whole page."""
        return _said(super().get_help(ctx), _HELP, default_lang())


class Group(TyperGroup):
    """The same for commands that have commands."""

    def get_usage(self, ctx: Any) -> str:
        """The line that says how it is called."""
        return _said(super().get_usage(ctx), _HELP, default_lang())

    def get_help(self, ctx: Any) -> str:
        """The whole page."""
        return _said(super().get_help(ctx), _HELP, default_lang())


def show_mistake(problem: typer.TyperException) -> None:
    """A mistake in the command line, to stderr."""
    said = _Said()
    show = getattr(problem, "show", None)
    if show is None:
        said.write(f"Error: {problem.format_message()}\n")
    else:
        show(file=said)
    text = said.getvalue().replace(": Value error, ", ": ")
    print(_said(text, (*_HELP, *_MISTAKES), lang()), end="", file=sys.stderr)


class _Said(io.StringIO):
    """Text in which Typer leaves what looks like a command to a terminal; the way out shows it."""

    def isatty(self) -> bool:
        """It is taken for a terminal."""
        return True


def _said(text: str, words: tuple[tuple[str, str], ...], language: Lang) -> str:
    if language == "en":
        return text
    for known, own in words:
        text = re.sub(known, own, text, flags=re.MULTILINE)
    return text
