"""What the program says, as data: `messages/*.toml`, one file a stage of the work, one entry a code.

    [FC203]                                    # said by say("FC203", span, name=…)
    title.zh = "没有声明过的名称。"             # title, text, bad, good: its page in `fundcalc rule`
    title.en = "A name that nothing declares."
    text.zh = '''…'''                          # what it means, why it matters, how to fix it
    text.en = '''…'''
    bad = '''…'''                              # an example each, run by the tests
    good = '''…'''
    message.zh = "未知名称 `{name}`"            # what is said, with a field for each {name}
    message.en = "unknown name `{name}`"
    hint.zh = "…"                              # perhaps how to fix it; or hint = "grammar", words of the file
    hint.en = "…"
    severity = "warning"                       # where it does not stop the work

    [FC203.quotes]                             # another wording, by say("FC203.quotes", span, …)
    hint.zh = "文本要加引号：'{name}'"          # what it does not say is as the code has it
    hint.en = "text stands in quotes: '{name}'"

    [words.grammar]                            # in language.toml: words("language.grammar")
    zh = "…"                                   # what is no diagnostic of its own
    en = "…"

A page's text is folded: its lines are one paragraph, and blank lines part paragraphs.

A field is `{name}`. A number may be `{n:,}` (2,000) or, in English, be counted: `{n:row}` is "1 row" and
"2,000 rows", `{n:entry/entries}` has a plural of its own. Words are said in the language; everything else
as `str` has it. `{{` and `}}` are braces. Braces within a field's value mean nothing, and a template can
reach no attribute or item of it.

All is written of villages; where the rows of the roster at hand are something else, its words are put in
their place (`Noun` of base/words.py), but not within fields and backticks.

Both languages use the same fields, a call passes exactly those, and each entry is said somewhere:
tests/base/test_catalogue.py. A file is read when something in it is first said;
parsed is what is said.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from fundcalc.base import dataclass
from fundcalc.base.diagnostics import Diagnostic, Severity, Span
from fundcalc.base.width import laid_out
from fundcalc.base.words import Lang, Noun, Words, counted, of_rows, rows

Field = str | int | Decimal | date | Words

PAGE = ("title", "text", "bad", "good")
SAID = ("message", "hint", "at_desk", "severity")
"""`at_desk` is the hint on a page of the desk, where the other speaks of the command line."""
FOLDER = Path(__file__).with_name("messages")


@dataclass(frozen=True, slots=True)
class Page:
    """What a code means; an example is empty where there is none to give."""

    code: str
    title: Words
    text: Words
    bad: str
    good: str


Part = tuple[str, str | None, str]
"""A text, the field after it and the field's form; None where no field follows."""
_Template = tuple[tuple[Part, ...], tuple[Part, ...]]
"""The parts in Chinese and in English."""


@dataclass(frozen=True, slots=True)
class _Wording:
    code: str
    severity: Severity
    message: _Template
    hint: _Template | None
    at_desk: _Template | None


def say(
    key: str,
    span: Span | None = None,
    /,
    *,
    hint: Words | None = None,
    spans: Iterable[Span] = (),
    witness: Mapping[str, object] | None = None,
    **fields: Field,
) -> Diagnostic:
    """The diagnostic of a code (`FC203`) or of a wording of it (`FC203.quotes`), its fields filled in.

    `spans` are places beyond `span`. A `hint` given here stands in place of the catalogue's; None leaves
    that one.
    """
    wording = _wording(key, rows())
    return Diagnostic(
        wording.code,
        wording.severity,
        _filled(wording.message, fields),
        (span, *spans) if span else tuple(spans),
        hint or (_filled(wording.hint, fields) if wording.hint else None),
        witness,
        at_desk=_filled(wording.at_desk, fields) if wording.at_desk and not hint else None,
    )


def words(key: str, /, **fields: Field) -> Words:
    """What is no diagnostic of its own: `language.grammar` is the table `words.grammar` of language.toml."""
    return _filled(_phrase(key, rows()), fields)


def text(key: str, lang: Lang, /, **fields: Field) -> str:
    """The same in one language, where many are said."""
    return _fill(_phrase(key, rows())[lang == "en"], fields, lang)


@cache
def pages() -> dict[str, Page]:
    """Every page by its code, in the order of codes."""
    candidates = (
        _page(code, table) for stage in _stages() for code, table in _parsed(_source(stage)).items()
    )
    return {
        page.code: page for page in sorted(filter(None, candidates), key=lambda page: page.code)
    }


def _page(code: str, table: Mapping[str, Any]) -> Page | None:
    if code == "words":
        return None
    title, text = Words(**table["title"]), Words(**table["text"])
    folded = Words(_folded(text.zh, ""), _folded(text.en, " "))
    return Page(code, title, folded, table.get("bad", "").strip(), table.get("good", "").strip())


def _folded(text: str, between: str) -> str:
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(between.join(paragraph.splitlines()) for paragraph in paragraphs)


@cache
def _phrase(key: str, noun: Noun) -> _Template:
    stage, _, name = key.partition(".")
    return _template(_phrase_table(stage, name), noun)


@cache
def _wording(key: str, noun: Noun) -> _Wording:
    code, _, variant = key.partition(".")
    head = f"\n[{code}]\n"
    stage = next(stage for stage in _stages() if head in _source(stage))
    table = _parsed(_entries(stage)[f"[{code}]"])[code]
    if variant:
        own = {"at_desk": None} if "hint" in table[variant] else {}
        table = {**table, **own, **table[variant]}
    hint, at_desk = table.get("hint"), table.get("at_desk")
    if isinstance(hint, str):
        hint = _phrase_table(stage, hint)
    return _Wording(
        code,
        table.get("severity", "error"),
        _template(table["message"], noun),
        _template(hint, noun) if hint else None,
        _template(at_desk, noun) if at_desk else None,
    )


@cache
def _stages() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def _source(stage: str) -> str:
    return (FOLDER / f"{stage}.toml").read_text(encoding="utf-8")


@cache
def _entries(stage: str) -> Mapping[str, str]:
    """The text of every entry of a file by its head; under that of a code stand its other wordings, too."""
    by_head: dict[str, str] = defaultdict(str)
    _, *pieces = re.split(r"(?m)^(\[(?:FC\d+|words\.\w+)(?:\.\w+)?\])$", _source(stage))
    for head, body in zip(pieces[::2], pieces[1::2], strict=True):
        code = re.sub(r"^(\[FC\d+)\..*", r"\1]", head)
        by_head[code] += head + body
    return by_head


def _phrase_table(stage: str, name: str) -> Mapping[str, str]:
    head = f"[words.{name}]"
    table: Mapping[str, str] = _parsed(_entries(stage)[head])["words"][name]
    return table


def _parsed(text: str) -> dict[str, Any]:
    import tomli

    return tomli.loads(text)


def _template(table: Mapping[str, str], noun: Noun) -> _Template:
    return parts(noun.of_rows(table["zh"], "zh")), parts(noun.of_rows(table["en"], "en"))


def _filled(template: _Template, fields: Mapping[str, Field]) -> Words:
    return Words(_fill(template[0], fields, "zh"), _fill(template[1], fields, "en"))


def _fill(template: tuple[Part, ...], fields: Mapping[str, Field], lang: Lang) -> str:
    sentence = ""
    for text, name, form in template:  # many rows may have a fault: plain texts go the short way
        sentence += text
        if name is not None:
            value = fields[name]
            sentence += value if type(value) is str else _shown(value, form, lang)
    return sentence


def parts(template: str) -> tuple[Part, ...]:
    """A template in parts. Raises ValueError where a field is more than a name and a form."""
    pieces: list[Part] = []
    for text, name, form, conversion in Formatter().parse(template):
        if name is not None and (not name.isidentifier() or conversion or "{" in (form or "")):
            raise ValueError(f"no field of a message: {{{name}}} in {template!r}")
        pieces.append((text, name, form or ""))
    return tuple(pieces)


def _shown(value: Field, form: str, lang: Lang) -> str:
    if isinstance(value, Words):
        return value.say(lang)
    if not form:
        return str(value)
    assert isinstance(value, int | Decimal), f"`{value}` is no number"
    if form == ",":
        return f"{value:,}"
    noun, _, plural = form.partition("/")
    return counted(int(value), noun, plural or None)


# -- pages, for terminal, JSON and docs/diagnostics.md. An example is a piece of policy, which stands in
# place of what has the same name in a sound one; or lines of a roster; or a command after `$`.


def all_pages() -> list[Page]:
    """Every diagnostic code's page, in the order of codes; of the rows of the roster at hand."""
    return [_spoken(page) for page in pages().values()]


def _spoken(page: Page) -> Page:
    return replace(page, title=of_rows(page.title), text=of_rows(page.text))


def pages_near(code: str) -> list[Page]:
    """Pages whose codes a reader may have meant: of like spelling, else of the same hundred."""
    from difflib import get_close_matches

    known = pages()
    matches = get_close_matches(code.upper(), known, n=6, cutoff=0.6)
    digits = re.sub(r"\D", "", code)
    same = [c for c in known if digits and c.startswith(f"FC{digits[0]}")]
    return [_spoken(known[c]) for c in sorted(matches or same)]


def find_page(code: str) -> Page | None:
    """The page of a code, written FC203, fc203 or 203."""
    digits = re.fullmatch(r"(?:[Ff][Cc])?(\d{3})", code.strip())
    page = pages().get(f"FC{digits.group(1)}") if digits else None
    return _spoken(page) if page is not None else None


def _examples(page: Page) -> tuple[tuple[Words, str], ...]:
    return (words("cases.bad_example"), page.bad), (words("cases.good_example"), page.good)


def page_text(page: Page, lang: Lang) -> str:
    """A page for a terminal of 80 columns; only an example, which is to be copied, may be wider."""
    prose = f"{page.code}  {page.title.say(lang)}\n\n{page.text.say(lang)}"
    lines = [laid_out(prose, 80)]
    for head, example in _examples(page):
        if example:
            lines += ["", f"{head.say(lang)}{'：' if lang == 'zh' else ':'}", ""]
            lines += [f"    {line}".rstrip() for line in example.splitlines()]
    return "\n".join(lines)


def page_json(page: Page, lang: Lang) -> dict[str, str | None]:
    """A page as JSON."""
    return {
        "code": page.code,
        "title": page.title.say(lang),
        "text": page.text.say(lang),
        "bad": page.bad or None,
        "good": page.good or None,
    }


_PARTS = (
    "cases.part_files",
    "cases.part_policies",
    "cases.part_expressions",
    "cases.part_dates",
    "cases.part_computing",
    "cases.part_engines",
    "cases.part_rosters",
    "cases.part_checks",
    "cases.part_cases",
    "cases.part_ledger",
)


def pages_markdown() -> str:
    """All pages as one Markdown document in both languages: docs/diagnostics.md."""
    lines = [
        "# Diagnostics 诊断代码",
        "",
        "Written by `fundcalc rule --format markdown > docs/diagnostics.md`; do not edit by hand.",
        "本文件由程序写出，请勿手改。",
        "",
        "`fundcalc rule CODE` shows one page. A policy example shows only what differs from a sound one.",
        "用 `fundcalc rule 代码` 查看其中一页。政策示例只写出与正确政策不同的部分。",
    ]
    part = ""
    for page in pages().values():
        if page.code[2] != part:
            part = page.code[2]
            name = words(_PARTS[int(part)])
            lines += ["", f"## FC{part}xx {name.en} {name.zh}"]
        lines += ["", f"### {page.code}", "", f"**{page.title.en} {page.title.zh}**"]
        lines += ["", page.text.en, "", page.text.zh]
        for head, example in _examples(page):
            if example:
                fence = (
                    "console" if example.startswith("$") else "toml" if "= " in example else "csv"
                )
                lines += ["", f"{head.en} {head.zh}:", "", f"```{fence}", example, "```"]
    return "\n".join(lines) + "\n"
