"""Words, diagnostics, progress and exit codes on the way out. Data goes to stdout, messages to stderr."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NoReturn, TextIO

from fundcalc.base.catalogue import Field, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, as_json, rendered
from fundcalc.base.files import filled
from fundcalc.base.system import reason
from fundcalc.base.width import HIDDEN, wrap
from fundcalc.base.words import Lang, Words, language
from fundcalc_cli.signals import leaving, stopped
from fundcalc_cli.terminal import Outlet, outlets

LARGE = 1_000_000
"""Bytes from which reading a roster takes long enough to be shown."""

kept: list[tuple[str, str]] = []
"""Id and head digest of a run that was recorded, to be said where the answer is lost."""

Format = Literal["text", "json"]
"""`--format`."""


def lang() -> Lang:
    """As `--lang` asks, before the command or after it; then FUNDCALC_LANG, the locale, English."""
    for number in reversed(range(1, len(sys.argv))):
        argument, after = [*sys.argv[number:], ""][:2]
        language_ = after if argument == "--lang" else argument.removeprefix("--lang=")
        if argument.startswith("--lang") and language_ in ("zh", "en"):
            return "zh" if language_ == "zh" else "en"
    return language()


def tell(zh: str, en: str) -> str:
    """A text of the program itself in the default language."""
    return zh if lang() == "zh" else en


def text(key: str, **fields: Field) -> str:
    """Words of the catalogue in the language chosen."""
    return words(key, **fields).say(lang())


def say(what: Words) -> None:
    """A message to stderr."""
    print(what.say(lang()), file=sys.stderr)


def wrote(*files: Path) -> None:
    """Each file that was written, to stderr."""
    for file in files:
        say(words("cli.replaced" if filled.pop(file, False) else "cli.wrote", file=str(file)))


def note(notices: Iterable[Words], *, all_: bool = True) -> None:
    """What was noticed on the way, to stderr, in lines of 80 columns; or of those alike the first."""
    if not all_:
        alike: dict[str, list[Words]] = {}
        for notice in notices:
            alike.setdefault(_PARTS.sub("", notice.say(lang())), []).append(notice)
        notices = [
            words("cli.notices_alike", said=group[0], rest=len(group) - 1)
            if len(group) > 1
            else group[0]
            for group in alike.values()
        ]
    print_notes(notices, sys.stderr)


_PARTS = re.compile(r"^.+?\.(?:xlsx?|csv|parquet)\b(?:!\S+)?|“[^”]*”|[\d,.→-]+")
"""What differs between notices that are alike: the table, what stands in it, numbers."""


def print_notes(notices: Iterable[Words], file: TextIO | None = None) -> None:
    """Sentences in lines of 80 columns, to stdout unless said otherwise."""
    for notice in notices:
        print("\n  ".join(wrap(notice.say(lang()), 78)), file=file)


def show(diagnostics: Iterable[Diagnostic]) -> None:
    """Diagnostics to stderr, with a blank line after each."""
    print_diagnostics(diagnostics, sys.stderr)


def print_diagnostics(diagnostics: Iterable[Diagnostic], file: TextIO | None = None) -> None:
    """Diagnostics with a blank line after each, to stdout unless said otherwise."""
    for text in rendered(diagnostics, lang()):
        print(text + "\n", file=file)


def diagnostics_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Diagnostics as the public JSON."""
    return [as_json(diagnostic, lang()) for diagnostic in diagnostics]


def print_json(data: Any) -> None:
    """JSON to stdout, which any program can read back, whatever the console's encoding."""
    print_json_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n")


def answer(format_: Format, data: Callable[[], Any], said: Callable[[], str]) -> None:
    """The answer to stdout, in the form asked for."""
    if format_ == "json":
        print_json(data())
    else:
        print(said(), end="")


def print_json_text(text: str) -> None:
    """The same of JSON that is text already: what is hidden or cannot be written, as JSON escapes it."""
    away = HIDDEN if _outlet().utf8 else _NOT_ASCII
    hand_over(away.sub(lambda sign: json.dumps(sign[0])[1:-1], text))


def hand_over(text: str) -> None:
    """What another program reads (JSON, HTML, SQL, TOML) to stdout: in UTF-8, except on a terminal."""
    _outlet().write_data(text)


_NOT_ASCII = re.compile("[^\\x00-\\x7e]")


def _outlet() -> Outlet:
    """Stdout as `guarded` has set it."""
    return sys.stdout if isinstance(sys.stdout, Outlet) else Outlet(sys.stdout)


def guarded(call: Callable[[], int]) -> NoReturn:
    """Run the program, which gives its exit code; foreseeable problems become messages and 2, or 1."""
    kept.clear()
    filled.clear()
    with outlets() as (out, err):
        try:
            code = call()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        except KeyboardInterrupt:
            code = _INTERRUPTED
        except Exception as problem:
            if os.environ.get("FUNDCALC_TRACEBACK") and not isinstance(problem, _FORESEEN):
                raise
            code = 1 if isinstance(problem, PolicyProblem) and problem.is_answer else 2
            if not stopped():
                _tell(problem)
        written = [file for file in filled if file.exists()] if code == 2 else []
        wrote(*written[:_NAMED])
        if written[_NAMED:]:
            say(words("cli.wrote_more", rest=len(written) - _NAMED))
        if code == _INTERRUPTED or stopped():
            say(Words("已停止", "Stopped"))
        out.flush()
        if out.lost is not None and code != _INTERRUPTED:
            done = words("cli.rest_done") if code == 0 else ""
            say(words("cli.stdout_lost", why=reason(out.lost), done=done))
            code = 2
        if kept and (out.lost is not None or code == _INTERRUPTED or stopped()):
            say(words("cli.kept", run=kept[0][0], head=kept[0][1]))
        err.flush()
        if err.lost is not None and code == 0:
            code = 2
        leaving()
    sys.exit(code)


_INTERRUPTED, _NAMED = 130, 8
_FORESEEN = (PolicyProblem, OSError, MemoryError)


def _tell(problem: Exception) -> None:
    """A problem as a message; where files or memory fail, the catalogue cannot be read either."""
    match problem:
        case PolicyProblem():
            show(problem.diagnostics)
        case OSError():
            name, why = [str(problem.filename)] if problem.filename else [], reason(problem)
            say(Words("：".join(["错误", *name, why.zh]), ": ".join(["error", *name, why.en])))
        case MemoryError():
            say(Words("错误：内存不足", "error: out of memory"))
        case _:  # a fault of the program; what it did so far is whole or not there
            what = f"{type(problem).__name__}: {problem}"[:500]
            zh = f"内部错误：{what}。这是程序的错误，请报告（设 FUNDCALC_TRACEBACK=1 可看详情）"
            en = f"internal error: {what}. This is a fault of the program; please report it "
            say(Words(zh, en + "(FUNDCALC_TRACEBACK=1 shows where)"))


@contextmanager
def roster_bar(paths: Sequence[Path]) -> Iterator[Callable[[int], None] | None]:
    """A bar on a terminal while a large roster is read, in per cent."""
    large = sum(path.stat().st_size for path in paths if path.is_file()) >= LARGE
    with _bar(100, words("cli.reading"), wanted=large) as update:
        yield update


@contextmanager
def progress_bar(
    length: int, least: int, label: Words | None = None
) -> Iterator[Callable[[int], None] | None]:
    """A progress bar on a terminal, from some length on; nothing elsewhere."""
    with _bar(length, label or words("cli.computing"), wanted=length >= least) as update:
        yield update


@contextmanager
def _bar(length: int, label: Words, *, wanted: bool) -> Iterator[Callable[[int], None] | None]:
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    # a bar moves the cursor: it needs stderr as it is
    file = sys.stderr.bare() if isinstance(sys.stderr, Outlet) else sys.stderr
    import typer

    with typer.progressbar(length=length, label=label.say(lang()), file=file) as bar:
        yield bar.update
