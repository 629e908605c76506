"""Words, diagnostics and exit codes on the way out. Data goes to stdout, messages to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, NoReturn

from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, as_json, render
from fundcalc.base.system import reason
from fundcalc.base.width import wrap
from fundcalc.base.words import Lang, Words


class LangChoice(StrEnum):
    """`--lang`."""

    zh = "zh"
    en = "en"


class Format(StrEnum):
    """`--format`."""

    text = "text"
    json = "json"


def default_lang() -> Lang:
    """From FUNDCALC_LANG, then the locale, then English."""
    for name in ("FUNDCALC_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "").lower()
        if value:
            return "zh" if value.startswith("zh") else "en"
    return "en"


_lang: dict[str, Lang] = {}


def prefer_lang(choice: LangChoice | None) -> None:
    """The language asked for before the command, which holds unless the command names another."""
    _lang.pop("now", None)
    _lang.pop("asked", None)
    if choice is not None:
        _lang["asked"] = choice.value


def choose_lang(choice: LangChoice | None) -> Lang:
    """The language of this command's output; remembered for messages about problems."""
    preferred = _lang.get("asked") or default_lang()
    _lang["now"] = preferred if choice is None else choice.value
    return _lang["now"]


def lang() -> Lang:
    """The language chosen, or the default one."""
    return _lang.get("now") or _lang.get("asked") or default_lang()


def tell(zh: str, en: str) -> str:
    """A text of the program itself in the default language."""
    return zh if lang() == "zh" else en


def say(zh: str, en: str) -> None:
    """A message to stderr."""
    print(zh if lang() == "zh" else en, file=sys.stderr)


def note(notices: Iterable[Words]) -> None:
    """What was noticed on the way, to stderr, in lines of 80 columns."""
    for notice in notices:
        print("\n  ".join(wrap(notice.say(lang()), 78)), file=sys.stderr)


def show(diagnostics: Iterable[Diagnostic]) -> None:
    """Diagnostics to stderr, with a blank line after each."""
    for diagnostic in diagnostics:
        print(render(diagnostic, lang()) + "\n", file=sys.stderr)


def diagnostics_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Diagnostics as the public JSON."""
    return [as_json(diagnostic, lang()) for diagnostic in diagnostics]


def guarded(call: Callable[[], Any]) -> NoReturn:
    """Run the program, which gives its exit code or nothing; foreseeable problems become messages and 2."""
    try:
        _leave(call() or 0)
    except PolicyProblem as problem:
        show(problem.diagnostics)
        _leave(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _leave(0)
    except OSError as problem:
        name, why = problem.filename or "", reason(problem)
        say(f"错误：{name} {why.zh}", f"error: {name}: {why.en}")
        _leave(2)
    except MemoryError:
        say("错误：内存不足", "error: out of memory")
        _leave(2)
    except Exception as problem:  # a fault of the program; what it did so far is whole or not there
        if os.environ.get("FUNDCALC_TRACEBACK"):
            raise
        what = f"{type(problem).__name__}: {problem}"[:500]
        say(
            f"内部错误：{what}。这是程序的错误，请报告（设 FUNDCALC_TRACEBACK=1 可看详情）",
            f"internal error: {what}. This is a fault of the program; please report it "
            "(FUNDCALC_TRACEBACK=1 shows where)",
        )
        _leave(2)


def _leave(code: int) -> NoReturn:
    sys.exit(code)
