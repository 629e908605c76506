"""What the program says is complete: said somewhere, with the fields that both languages use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tomli
from jinja2 import Environment
from jinja2 import nodes as jinja
from tests.conftest import ROOT

from fundcalc.base.catalogue import FOLDER, PAGE, SAID, pages, parts, say
from fundcalc.base.diagnostics import Span
from fundcalc.base.words import VILLAGES, Called, Lang, Noun, Words

SAYERS = {
    "fundcalc.base.catalogue", "fundcalc.roster.model", "fundcalc.roster.files.source",
    "fundcalc_cli.console",
}  # fmt: skip
"""Where `say` and `words` stand, and what passes its fields on to them: `fault`, `stop`, `text`."""

pytestmark = pytest.mark.xdist_group("catalogue")

NOT_FIELDS = {"hint", "spans", "witness", "seen"}
"""What `say` takes beside fields; `seen` is the village that shows a check's finding."""


@dataclass(frozen=True)
class Said:
    """A call: its key, or None where it is worked out from keys that stand elsewhere in the file."""

    where: str
    key: str | None
    fields: frozenset[str]
    diagnostic: bool


def _templates() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Each key with the texts that it may say."""
    for path in FOLDER.glob("*.toml"):
        tables = tomli.loads(path.read_text(encoding="utf-8"))
        loose = tables.pop("words", {})
        for name, table in loose.items():
            yield f"{path.stem}.{name}", [table]
        for code, table in tables.items():
            variants = {k: v for k, v in table.items() if k not in (*PAGE, *SAID)}
            for name, variant in {"": {}, **variants}.items():
                whole = {**table, **variant}
                if "message" in whole:
                    hint = whole.get("hint")
                    hint = loose[hint] if isinstance(hint, str) else hint
                    at_desk = variant.get("at_desk")
                    texts = [text for text in (whole["message"], hint, at_desk) if text]
                    yield f"{code}.{name}".removesuffix("."), texts


TEMPLATES = dict(_templates())
HINTS = {
    f"{path.stem}.{hint}"
    for path in FOLDER.glob("*.toml")
    for hint in re.findall(r'(?m)^hint = "(.*)"', path.read_text(encoding="utf-8"))
}
"""Words that stand as hints."""


def fields(texts: list[dict[str, str]], *languages: str) -> frozenset[str]:
    return frozenset(
        name
        for text in texts
        for lang in languages
        for _, name, _ in parts(text[lang])
        if name is not None
    )


def _calls(path: Path) -> tuple[list[Said], set[str]]:
    """What a file says, and the keys that it says by way of a variable."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    imported = {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module in SAYERS
        for alias in node.names
    }
    if any(path == ROOT / "src" / f"{name.replace('.', '/')}.py" for name in SAYERS):
        imported |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    said: list[Said] = []
    direct: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        match node.func:
            case ast.Name(id="say" | "words" | "fault" | "stop" | "text" as name) if (
                name in imported
            ):
                diagnostic = name not in ("words", "text")
            case ast.Attribute(attr="say") if not _language(node):
                diagnostic = True
            case _:
                continue
        if any(keyword.arg is None for keyword in node.keywords):
            continue  # it passes on what it is given
        given = frozenset(k.arg for k in node.keywords if k.arg) - NOT_FIELDS
        keys = list(_keys(node.args[0], constants))
        direct |= {id(part) for part in ast.walk(node.args[0])}
        where = f"{path.relative_to(ROOT)}:{node.lineno}"
        said += [Said(where, key, given, diagnostic) for key in keys or [None]]
    loose = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and id(node) not in direct
        if isinstance(node.value, str) and node.value in TEMPLATES
    }
    return said, loose


def _calls_of_template(path: Path) -> tuple[list[Said], set[str]]:
    """What a page of the desk says: `t("key", field=…)`, and keys that it chooses between."""
    tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    said = [
        Said(
            f"{path.relative_to(ROOT)}:{call.lineno}", call.args[0].value,
            frozenset(pair.key for pair in call.kwargs), False,
        )
        for call in tree.find_all(jinja.Call)
        if isinstance(call.node, jinja.Name) and call.node.name == "t"
        if call.args and isinstance(call.args[0], jinja.Const)
    ]  # fmt: skip
    keys = {one.value for one in tree.find_all(jinja.Const) if isinstance(one.value, str)}
    return said, (keys & set(TEMPLATES)) - {one.key for one in said}


def _language(call: ast.Call) -> bool:
    """Whether it is `Words.say(lang)`, which has one argument, a language."""
    first = call.args[0]
    plain = len(call.args) == 1 and not call.keywords
    return plain and not (isinstance(first, ast.Constant) and str(first.value) in TEMPLATES)


def _keys(node: ast.expr, constants: dict[str, Any]) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(key)):
            yield key
        case ast.Name(id=name) if name in constants:
            yield constants[name]
        case ast.IfExp(body=one, orelse=other):
            yield from _keys(one, constants)
            yield from _keys(other, constants)


@cache
def saying() -> list[tuple[list[Said], set[str]]]:
    """What each file of the program says; read only where one of these tests runs, it takes long."""
    files = sorted(path for folder in ("src", "cli") for path in (ROOT / folder).rglob("*.py"))
    templates = (ROOT / "src/fundcalc/desk/templates").glob("*.html")
    return [*map(_calls, files), *map(_calls_of_template, templates)]


def test_both_languages_use_the_same_fields() -> None:
    for key, texts in TEMPLATES.items():
        assert all(set(text) == {"zh", "en"} for text in texts), key
        assert fields(texts, "zh") == fields(texts, "en"), key


def test_every_call_passes_the_fields_of_its_message() -> None:
    for said, loose in saying():
        for call in said:
            worked_out = {key for key in loose if key.startswith("FC") == call.diagnostic}
            for key in [call.key] if call.key else worked_out:
                assert key in TEMPLATES, f"{call.where}: no {key}"
                message = fields(TEMPLATES[key][:1], "zh")
                assert message <= call.fields, f"{call.where}: {key} lacks a field"
                assert call.fields == fields(TEMPLATES[key], "zh"), f"{call.where}: {key}"


def test_every_message_is_said() -> None:
    used = {call.key for said, _ in saying() for call in said}
    used |= {key for _, loose in saying() for key in loose} | HINTS
    inherited = {key.partition(".")[0] for key in used if key}
    assert not {key for key in TEMPLATES if key not in used and key not in inherited}
    assert set(pages()) <= inherited, "a page of what is never said"


def test_fields() -> None:
    span = Span("a.toml", 1, 1, 2, "{x}")
    assert say("FC203", span, name="{span.file} {0}").message == Words(
        "未知名称 `{span.file} {0}`", "unknown name `{span.file} {0}`"
    )
    with pytest.raises(KeyError):
        say("FC203", span)


def test_what_a_module_keeps_is_the_same_whatever_the_rows_are() -> None:
    """It is said as the module is imported, before any policy is read that may pay in posts."""
    posts = replace(SCHOOLS, money=False)
    for path in sorted((ROOT / "src").rglob("*.py")):
        for key in _kept(ast.parse(path.read_text("utf-8"))):
            [kept] = TEMPLATES.get(key, [])
            if "元" not in kept["zh"]:  # which is said where there are yuan
                changed = {lang: posts.of_rows(kept[lang], lang) for lang in ("zh", "en")}
                assert changed == kept, f"{path.name}: {key}"


def _kept(node: ast.AST) -> Iterator[str]:
    """The keys of texts that are said outside of any function."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                continue
            case ast.Call(func=ast.Name(id="words"), args=[ast.Constant(value=str(key)), *_]):
                yield key
        yield from _kept(child)


@pytest.mark.parametrize("template", ["{a.b}", "{a[0]}", "{0}", "{}", "{a!r}", "{a:{b}}", "{a"])
def test_a_template_reaches_nothing(template: str) -> None:
    with pytest.raises(ValueError, match=r"field|[Ss]ingle|expected"):
        parts(template)


HOUSEHOLDS = Noun(
    Called("户", "household", "households"), "户", Called("片区", "area", "areas"),
    Called("组", "group", "groups"), "roster.toml",
)  # fmt: skip
SCHOOLS = replace(HOUSEHOLDS, row=Called("学校", "school", "schools"), counter="所")


def test_rows_that_are_no_villages_are_called_what_they_are() -> None:
    kept = re.compile(
        r"`[^`]*`|\{\w+|--\w+|(?<![\w ])county\b|\w*\.?villages?\]\]|\bvillages? (?:或|or)|（village）"
    )
    for key, texts in TEMPLATES.items():
        for text in texts:
            assert VILLAGES.of_rows(text["zh"], "zh") == text["zh"]
            zh = kept.sub("", HOUSEHOLDS.of_rows(text["zh"], "zh"))
            en = kept.sub("", HOUSEHOLDS.of_rows(text["en"], "en"))
            assert not re.search("村|县|乡", zh), (key, zh)
            assert not re.search(r"(?i)village|\bcount(y|ies)\b|\btowns?(hip)?\b", en), (key, en)


@pytest.mark.parametrize(
    ("lang", "text", "households", "schools"),
    [
        ("zh", "{n} 个村，每村一页", "{n} 户，每户一页", "{n} 所学校，每所学校一页"),
        ("zh", "逐村核对", "逐户核对", "逐所学校核对"),
        ("zh", "村数、村名、村均", "户数、户名、平均每户", "学校数、学校名、平均每所学校"),
        ("zh", "这些村和别的村", "这些户和别的户", "这些学校和别的学校"),
        ("zh", "`village` 见 village.toml，{village}", *["`village` 见 roster.toml，{village}"] * 2),
        ("en", "{n:village} of", "{n:household/households} of", "{n:school/schools} of"),
        ("en", "A county or a town", *["An area or a group"] * 2),
        ("en", "Villages: a village's own", "Households: a household's own", "Schools: a school's own"),
        ("en", "{n:a village/any villages}", "{n:a household/any households}", "{n:a school/any schools}"),
    ],
)  # fmt: skip
def test_a_noun_stands_as_its_language_has_it(
    lang: Lang, text: str, households: str, schools: str
) -> None:
    assert HOUSEHOLDS.of_rows(text, lang) == households
    assert SCHOOLS.of_rows(text, lang) == schools
