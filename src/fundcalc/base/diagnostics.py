"""Diagnostics: what is wrong, where, why and how to fix it, as values.

A stage returns its result and its diagnostics; nothing here prints. `base/catalogue.py` has the wording.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from fundcalc.base import dataclass
from fundcalc.base.width import width, wrap
from fundcalc.base.words import Lang, Words, language, of_rows, rows, speaking

Severity = Literal["error", "warning", "note"]
"""What stops the work; what should be fixed; what a reader should know."""

_HEADS: dict[Severity, Words] = {
    "error": Words("错误", "error"), "warning": Words("警告", "warning"), "note": Words("提示", "note"),
}  # fmt: skip
_ACCEPTED = Words("已接受：", "accepted: ")
_HELP = Words("建议：", "help: ")


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a file.

    `line` counts from 1; `column` and `end_column` count from 1 in terminal columns, wide characters
    as two, and `end_column` is the column after the last. `text` is the whole source line. A file as
    a whole has line 0; a spreadsheet's place is its cell, `file!sheet!E7`, in `file`, with line 0.
    """

    file: str
    line: int = 0
    column: int = 0
    end_column: int = 0
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Alike(NamedTuple):
    """What findings of one cause share: the wording of many, its `fields`; and the `item` that is its own."""

    many: str
    fields: Mapping[str, str]
    item: Words


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `witness` is a concrete village that shows it, where there is one.

    `accepted` is the reason for which the policy lets it stand. `about` is the code of the check that came to
    no conclusion, or the table's key that has no row, if that is what it says. Many `alike` are told as one.
    `at_desk` stands on a page of the desk in place of a hint that speaks of the command line.
    """

    code: str
    severity: Severity
    message: Words
    spans: tuple[Span, ...] = ()
    hint: Words | None = None
    witness: Mapping[str, object] | None = None
    accepted: Words | None = None
    about: str | None = None
    alike: Alike | None = field(default=None, compare=False, repr=False)
    at_desk: Words | None = field(default=None, compare=False, repr=False)

    @property
    def where(self) -> Span:
        """The first place; an empty one where there is none."""
        return self.spans[0] if self.spans else Span("")


_ANSWERS = ("FC414", "FC413", "FC409")
"""What the policy says must hold does not; a table has no row for what the roster says."""


class PolicyProblem(Exception):
    """What could not be done, with all diagnostics; a reader's mistake, not a bug."""

    lang: Lang | None = None
    """The language in which it prints; None for that of the environment."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        self._noun = rows()
        super().__init__("; ".join(d.message.en for d in self.diagnostics))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled whole, so that it comes out of a process of its own as it was raised there."""
        return _unpickled, (type(self), self.args, vars(self))

    def __str__(self) -> str:
        """All of it, as the command line says it."""
        with speaking(self._noun):
            return self.said(self.lang or language())

    def without(self, folder: object) -> PolicyProblem:
        """The same of a file by the name that it has in a folder that says nothing to anybody."""
        inside = str(Path(str(folder), "x"))[:-1]
        return PolicyProblem(
            replace(
                one, spans=tuple(replace(s, file=s.file.replace(inside, "")) for s in one.spans)
            )
            for one in self.diagnostics
        )

    def said(self, lang: Lang) -> str:
        """Each diagnostic with its place and what to do."""
        return "\n".join(rendered(self.diagnostics, lang))

    @property
    def is_answer(self) -> bool:
        """Whether nothing went wrong, but the policy has no result for this roster."""
        return all(d.code in _ANSWERS for d in self.diagnostics)


def _unpickled(
    kind: type[PolicyProblem], args: tuple[object, ...], attributes: dict[str, Any]
) -> Any:
    problem = kind.__new__(kind, *args)
    vars(problem).update(attributes)
    return problem


def errors(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those that stop the work."""
    return [d for d in diagnostics if d.severity == "error"]


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By file, line, column and code, without repeats: the order a reader fixes them in."""
    by_key: dict[tuple[object, ...], Diagnostic] = {}
    for d in diagnostics:
        key = (d.where.file, d.where.line, d.where.column, d.code, d.message.en)
        by_key.setdefault(key, d)
    return [by_key[key] for key in sorted(by_key, key=lambda k: (k[0], k[1], k[2], k[3], k[4]))]


_LONG = 70
"""Columns of a hint, some more than a line, that is given with the first alone of findings alike."""


def rendered(diagnostics: Iterable[Diagnostic], lang: Lang) -> Iterator[str]:
    """Each diagnostic as text; a long hint stands with the first of a code that has it."""
    printed: set[tuple[str, str]] = set()
    for diagnostic in diagnostics:
        hint = diagnostic.hint.say(lang) if diagnostic.hint is not None else ""
        repeated = width(hint) > _LONG and (diagnostic.code, hint) in printed
        printed.add((diagnostic.code, hint))
        yield render(replace(diagnostic, hint=None) if repeated else diagnostic, lang)


def render(diagnostic: Diagnostic, lang: Lang) -> str:
    """The diagnostic as text with source line, caret and hint, in lines of 80 columns.

    Only a place, which programs read, stands on one line however long it is.
    """
    head = _HEADS[diagnostic.severity].say(lang)
    colon = "：" if lang == "zh" else ": "
    text = f"{head}[{diagnostic.code}]{colon}{diagnostic.message.say(lang)}"
    lines = _hanging(text, "", "  ")
    gutter = max((len(str(span.line)) for span in diagnostic.spans if span.line), default=1)
    for span in diagnostic.spans:
        lines += _quote(span, gutter)
    first, more = f"{' ' * gutter} = ", " " * (gutter + 5)
    if diagnostic.witness:
        lines += _hanging(of_rows(_WITNESS).say(lang) + _pairs(diagnostic.witness), first, more)
    if diagnostic.accepted:
        lines += _hanging(_ACCEPTED.say(lang) + diagnostic.accepted.say(lang), first, more)
    elif diagnostic.hint:
        lines += _hanging(_HELP.say(lang) + diagnostic.hint.say(lang), first, more)
    return "\n".join(lines)


_COLUMNS = 80
_WITNESS = Words("例村：", "for example: ")


def _hanging(text: str, first: str, more: str) -> list[str]:
    """Lines that fit the terminal, those after the first set in."""
    lines: list[str] = []
    for part in text.split("\n"):
        if not lines and width(first + part) <= _COLUMNS:
            lines.append(first + part)
            continue
        room = _COLUMNS - max(width(first), width(more))
        lines += [(more if lines or n else first) + line for n, line in enumerate(wrap(part, room))]
    return lines


def _pairs(witness: Mapping[str, object]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in witness.items())


def _quote(span: Span, gutter: int) -> list[str]:
    """The place, its source line and a caret below it; a long line is cut around the caret."""
    place = [f"{' ' * gutter}--> {span}"]
    if not span.text:
        return place
    text, column = _window(span, _COLUMNS - gutter - 3)
    length = max(min(span.end_column - span.column, width(text) - column + 1), 1)
    return [
        *place,
        f"{' ' * gutter} |",
        f"{span.line:>{gutter}} | {text}",
        f"{' ' * gutter} | {' ' * (column - 1)}{'^' * length}",
    ]


def _window(span: Span, most: int) -> tuple[str, int]:
    """The part of the source line worth showing, and the caret's column in it."""
    text = span.text.replace("\t", " ")
    if width(text) <= most:
        return text, span.column
    start, before = 0, 0
    while start < len(text) and before < span.column - 1 - most // 2:
        before += width(text[start])
        start += 1
    end = start
    while end < len(text) and width(text[start : end + 1]) <= most - 2:
        end += 1
    cut = text[start:end] + ("…" if end < len(text) else "")
    return ("…" + cut, span.column - before + 1) if start else (cut, span.column)


def character_columns(span: Span) -> tuple[int, int]:
    """The columns of a place counted in characters from 1, where the span counts wide ones as two."""

    def characters(column: int) -> int:
        text, at = span.text, 1
        for index, char in enumerate(text):
            if at >= column:
                return index + 1
            at += width(char)
        return len(text) + 1 + max(column - at, 0)

    return characters(span.column), max(characters(span.end_column), characters(span.column) + 1)


def as_json(diagnostic: Diagnostic, lang: Lang) -> dict[str, object]:
    """The diagnostic as the public JSON object."""
    span = diagnostic.where
    accepted = diagnostic.accepted
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message.say(lang),
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_column": span.end_column,
        "hint": diagnostic.hint.say(lang) if diagnostic.hint else None,
        "witness": dict(diagnostic.witness) if diagnostic.witness else None,
        **({"accepted": accepted.say(lang)} if accepted is not None else {}),
    }
