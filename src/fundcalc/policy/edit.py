"""Policy files changed: a dated value put into policies.toml, or all files laid out alike.

The place of each value is known from the syntax tree, so text is put in where it belongs and every other byte
stays. (tomlkit, which was tried first, moves blank lines and can run two lines together.) What comes out is
parsed again and must hold just the one change; else nothing is changed. The layout is tombi's own, run here
without its network and without anybody's settings: spaces and line breaks, never a value or a comment.
"""

from __future__ import annotations

import difflib
import re
import shutil
import subprocess
import sys
import tempfile
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span, errors, in_order
from fundcalc.base.files import write_bytes
from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.words import did_you_mean, meant
from fundcalc.language.datatypes import Number, Text, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.language.show import literal
from fundcalc.language.units import PLAIN
from fundcalc.policy import values
from fundcalc.policy.bundle import CATALOGUE, Bundle, decoded, find, folder_of
from fundcalc.policy.load import read
from fundcalc.policy.model import DatedRow, Parameter, Policy
from fundcalc.policy.plan import make_plan, planned_expressions
from fundcalc.policy.tables import FROM, SOURCE, VALUE, band, csv_changed, csv_head, csv_with
from fundcalc.policy.tomlfile import KeyPath, Place, TomlFile, apart, as_written, read_toml
from fundcalc.policy.values import (
    as_number,
    jumps_of_change,
    mended,
    number,
    table_jumps,
    tables_of_rates,
)
from fundcalc.policy.variation import finer, parameter_value

_MOST_DIGITS = 15
"""A value of more digits is too large for any policy, or one that was typed twice."""

_BARE = re.compile("[A-Za-z0-9_-]+")

SECONDS = 30
"""How long tombi may take over one file, which is thousands of times what it takes."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is to be set: a parameter's value as written, its first day and its source.

    `name` may be a row of a look-up table, `rural_income[county=甲县]`, whose `source` may be left
    empty: it is then that of its table. `document` is the source itself, where the policy does not
    declare it yet.
    """

    name: str
    text: str
    since: date
    source: str
    replace: bool = False
    document: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after."""

    name: str
    before: bytes
    after: bytes

    @property
    def changed(self) -> bool:
        """Whether anything is otherwise."""
        return self.before != self.after

    def diff(self) -> str:
        """The change as a unified diff."""
        old, new = (decoded(part).splitlines() for part in (self.before, self.after))
        return "\n".join(difflib.unified_diff(old, new, self.name, self.name, lineterm=""))


@dataclass(frozen=True, slots=True)
class Edit(Change):
    """A value put in, what is doubtful in the policy that results, and the policy's date.

    `path` is the file's own in the policy. `old` and `new` are all files of the policy, without and with
    the value.
    """

    warnings: tuple[Diagnostic, ...]
    on: date
    setting: Setting
    old: Bundle
    new: Bundle
    path: str = CATALOGUE


@dataclass(frozen=True, slots=True)
class Laid(Change):
    """A file laid out, and its path in the policy."""

    path: str


def set_value(
    path: Path | None, name: str, value: str, since: date, source: str, *, again: bool = False
) -> Edit:
    r"""Put a dated value of a parameter, or of a table's row, into its file, in memory: `save` writes it.

    `name` is the parameter's id, or `table[key=value]`; the row's `source` may be empty. `value` is as a
    person writes it in the file, in the parameter's unit; `since` is its first day, `source` the id of its
    source, or `ID=title; publisher; date; article` of a document that the policy does not have yet (a `;`
    within is `\;`); `again` allows to replace the value that this day has already.
    Raises PolicyProblem where it cannot be done or the policy would be broken by it.
    """
    id_, new, document = source.partition("=")
    declared = _document(document) if new else None
    return edited(find(path), Setting(name, value, since, id_.strip(), again, declared))


def _document(text: str) -> Mapping[str, Any]:
    """A source as policies.toml has it. Its title stands for both languages, as it was published in one."""
    parts = (re.sub(r"\\([;；])", r"\1", part.strip()) for part in re.split(r"(?<!\\)[;；]", text))
    title, publisher, day, locator, *more = [*parts, "", "", ""][:5]
    table: dict[str, Any] = {"title": {"zh": title, "en": title}, "publisher": publisher}
    try:
        table |= {"date": date.fromisoformat(day) if day else "", "locator": locator}
    except ValueError:
        title = ""
    if not title or any(more):
        raise PolicyProblem([say("FC928", Span(CATALOGUE), text=text[:80])])
    return {key: value for key, value in table.items() if value}


def save(path: Path | None, edit: Edit) -> None:
    """Write an edit's file into the policy at the path that `set_value` had.

    Raises PolicyProblem where the file is not what the edit was made from, and OSError.
    """
    file = folder_of(path) / edit.path
    if file.read_bytes() != edit.before:
        raise PolicyProblem([say("FC927", Span(edit.name), file=edit.name)])
    write_bytes(file, edit.after)


def edited(bundle: Bundle, setting: Setting) -> Edit:
    """Put a dated value into the policy's files, in memory.

    Raises PolicyProblem: the policy is broken, is the shipped one, or would be broken by it; the parameter
    or the source is unknown, the value is none of its type, or the day is taken.
    """
    if bundle.shipped:
        raise PolicyProblem([say("FC921")])
    policy, problems = read(bundle)
    if policy is None:
        raise PolicyProblem(problems)
    file = read_toml(bundle.show(CATALOGUE), bundle.content[CATALOGUE])
    assert isinstance(file, TomlFile)
    row, path, of_change = _ROW.fullmatch(setting.name), CATALOGUE, list[Diagnostic]()
    if row is None:
        written = _checked(policy, file, setting)
        after = _spliced(policy, file, bundle.content[CATALOGUE], setting, written)
    else:
        edited = _Row(bundle, policy, file, setting, *row.groups())
        path, after, of_change = edited.path, edited.after(), edited.doubts()
    data = bundle.content[path]
    changed = replace(bundle, content={**bundle.content, path: after})
    again, doubts = read(changed)
    if again is None:
        raise PolicyProblem(errors(doubts))
    make_plan(again)
    if row is None:
        before, now = (each.parameters[setting.name] for each in (policy, again))
        of_change += jumps_of_change(before, now, setting.since)
    warnings = tuple(in_order([*doubts, *of_change]))
    name = bundle.show(path)
    return Edit(name, data, after, warnings, policy.on, setting, bundle, changed, path)


def _source(policy: Policy, file: TomlFile, setting: Setting) -> list[Diagnostic]:
    """What is wrong with the source."""
    source, span = setting.source, Span(file.name)
    if setting.document is not None and source in policy.sources:
        return [say("FC923.there", span, name=source)]
    if setting.document is not None or source in policy.sources:
        return []
    hint = did_you_mean(source, policy.sources)
    if not source:
        return [say("FC923.none", span, hint=hint, name=source, file=file.name)]
    return [say("FC923", span, hint=hint, name=source, file=file.name)]


def _checked(policy: Policy, file: TomlFile, setting: Setting) -> str:
    problems = _source(policy, file, setting)
    parameter = policy.parameters.get(setting.name)
    if parameter is None:
        problems.append(_unknown(Span(file.name), setting.name, policy))
        raise PolicyProblem(problems)
    taken = any(dated.since == setting.since for dated in parameter.values)
    if taken and not setting.replace:
        span = file.key_span(("parameters", setting.name, "values", setting.since.isoformat()))
        problems.append(say("FC924", span, name=setting.name, day=setting.since))
    text = _toml(policy, parameter, setting.text)
    if text is None:
        kinds, typed = values.wanted(parameter.type, parameter), setting.text[:80]
        mend = mended(typed) if isinstance(parameter.type, Number) else None
        problems.append(
            say("FC925", parameter.span, hint=mend, text=typed, name=parameter.id, wanted=kinds)
        )
    if problems or text is None:
        raise PolicyProblem(problems)
    return text


def _unknown(file: Span, name: str, policy: Policy) -> Diagnostic:
    """A parameter that the policy does not have; perhaps its title was given, or a reading."""
    if name in policy.readings:
        return say("FC922.reading", file, name=name)
    titled = [p.id for p in policy.parameters.values() if name in (p.title.zh, p.title.en)]
    hint = meant(titled[0]) if titled else did_you_mean(name, policy.parameters)
    return say("FC922", file, hint=hint, name=name)


def _toml(policy: Policy, parameter: Parameter, text: str) -> str | None:
    """The value in TOML's words; None where it is none of the parameter's type."""
    kind = parameter.type
    if text.strip() == "false" and not isinstance(kind, YesNo):
        return "false"
    try:
        policy = finer(policy, {parameter.id: [text]})
        value, kind = (
            parameter_value(policy, parameter.id, text),
            policy.parameters[parameter.id].type,
        )
    except PolicyProblem:
        return None
    if isinstance(kind, Number) and values.percent(text) is not None:
        return quoted(text.strip())
    return toml_value(value, kind)


def understood(policy: Policy, name: str, text: str) -> str:
    """A value as people type it, such as `18万`, `180,000元` or `娄烦县、阳曲县`, as `set_value` takes it.

    Raises PolicyProblem: an unknown parameter, or a text that is not certainly a value of its type.
    """
    parameter = policy.parameters.get(name)
    if parameter is None:
        raise PolicyProblem([_unknown(Span(CATALOGUE), name, policy)])
    kind = parameter.type
    meant_ = values.typed(text, kind) if isinstance(kind, Number) else text.strip() or None
    if isinstance(kind, YesNo):
        meant_ = {"是": "true", "否": "false"}.get(text.strip(), meant_)
    try:
        if meant_ is None:
            raise PolicyProblem([])
        parameter_value(finer(policy, {name: [meant_]}), name, meant_)
    except PolicyProblem:
        kinds, titled = values.wanted(kind, parameter), parameter.title
        key = "FC925.typed" if isinstance(kind, Number) else "FC925"
        if isinstance(kind, Number) and len(re.findall(r"\d", text)) > _MOST_DIGITS:
            key, text = "FC925.large", f"{text[:20]}…"
        raise PolicyProblem(
            [say(key, parameter.span, text=text[:80], name=titled, wanted=kinds)]
        ) from None
    return meant_


def toml_value(value: Value, kind: Type) -> str:
    """A value as the shipped files write it: 150_000, 9_000.50, "text", ["a", "b"]."""
    if isinstance(kind, Number) and isinstance(value, int):
        text = grouped(value, kind.decimals or 0).replace(",", "_")
        whole = kind.decimals == FEN_DECIMALS and text.endswith(".00")
        return text.removesuffix(".00") if whole else text
    if isinstance(value, tuple):
        return f"[{', '.join(map(quoted, value))}]"
    return quoted(str(value)) if isinstance(kind, Text) else literal(value, kind)


def quoted(text: str) -> str:
    """Text between quotation marks, escaped where it must be."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    plain = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped)
    return f'"{plain}"'


class _Text:
    """A file's text with pieces to be put in, at places counted before any is."""

    def __init__(self, data: bytes) -> None:
        self._bom = data.startswith(BOM_UTF8)
        self._text = data.decode("utf-8-sig")
        self.newline = "\r\n" if "\r\n" in self._text else "\n"
        self._starts = [0]
        for line in self._text.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._pieces: list[tuple[int, int, str]] = []

    def put(self, start: tuple[int, int], end: tuple[int, int], piece: str) -> None:
        """A piece in place of what stands between two places."""
        self._pieces.append((self._at(start), self._at(end), piece))

    def after_line(self, row: int, lines: list[str]) -> None:
        """Lines put in below a row."""
        at = self._starts[row + 1]
        last = at > len(self._text)
        piece = "".join(f"{self.newline if last else ''}{line}" for line in lines)
        if not last:
            piece = "".join(f"{line}{self.newline}" for line in lines)
        at = min(at, len(self._text))
        self._pieces.append((at, at, piece))

    def between(self, place: Place) -> str:
        """What stands at a place."""
        start, end = (place.row, place.column), (place.end_row, place.end_column)
        return self._text[self._at(start) : self._at(end)]

    def _at(self, place: tuple[int, int]) -> int:
        return self._starts[place[0]] + place[1]

    def done(self) -> bytes:
        """The file with all pieces in."""
        text = self._text
        order = sorted(range(len(self._pieces)), key=lambda n: (self._pieces[n][0], n))
        for start, end, piece in (self._pieces[n] for n in reversed(order)):
            text = text[:start] + piece + text[end:]
        return (BOM_UTF8 if self._bom else b"") + text.encode()


def _spliced(policy: Policy, file: TomlFile, data: bytes, setting: Setting, written: str) -> bytes:
    """The file with the value in, and its source where that is not the parameter's own."""
    text, day = _Text(data), setting.since.isoformat()
    path: KeyPath = ("parameters", setting.name)
    expected = deepcopy(file.values)
    table: dict[str, Any] = expected["parameters"][setting.name]
    _pair(file, text, (*path, "values"), day, written)
    table["values"][day] = _parsed(written)
    known = table.get("sources", {})
    if setting.source != policy.parameters[setting.name].source or day in known:
        if known:
            _pair(file, text, (*path, "sources"), day, quoted(setting.source))
        else:
            _new_sources(file, text, path, f"{day} = {quoted(setting.source)}")
        table.setdefault("sources", {})[day] = setting.source
    if setting.document is not None:
        _declare(file, text, setting.source, setting.document)
        expected.setdefault("sources", {})[setting.source] = dict(setting.document)
    after = text.done()
    again = read_toml(file.name, after)
    if not isinstance(again, TomlFile) or again.values != expected:
        raise PolicyProblem([say("FC926", file.key_span(path), name=setting.name)])
    return after


def _parsed(written: str) -> object:
    file = read_toml("", f"x = {written}".encode())
    assert isinstance(file, TomlFile)
    return file.values["x"]


def _pair(file: TomlFile, text: _Text, path: KeyPath, key: str, written: str) -> None:
    """A key with its value put in order among those of a table, or in place of the one there."""
    if (*path, key) in file.places:
        place = file.places[*path, key]
        text.put((place.row, place.column), (place.end_row, place.end_column), written)
        return
    names = sorted(p[-1] for p in file.places if len(p) == len(path) + 1 and p[:-1] == path)
    before = [sibling for sibling in names if str(sibling) < key]
    if path in file.places:  # an inline table
        if before:
            end = file.places[*path, before[-1]]
            at = (end.end_row, end.end_column)
            text.put(at, at, f", {key} = {written}")
        else:
            first = file.keys[*path, names[0]]
            at = (first.row, first.column)
            text.put(at, at, f"{key} = {written}, ")
        return
    nearest = before[-1] if before else names[0]
    head, value = file.keys[*path, nearest], file.places[*path, nearest]
    name = text.between(head).removesuffix(str(nearest)) + key
    indent = file.lines[head.row][: head.column]
    row = value.end_row if before else head.row - 1
    text.after_line(row, [f"{indent}{name} = {written}"])


def _new_sources(file: TomlFile, text: _Text, path: KeyPath, pair: str) -> None:
    """The first source of a single value: next to the values, as they are written."""
    place = file.places.get((*path, "values"))
    if place is None:
        days = [p for p in file.places if len(p) == len(path) + 2 and p[:-1] == (*path, "values")]
        last = max(days, key=lambda p: file.places[p].end_row)
        dotted = text.between(file.keys[last]) != last[-1]
        row = file.places[last].end_row
        heading = [] if dotted else ["", f"[{path[0]}.{path[1]}.sources]"]
        text.after_line(row, [*heading, f"sources.{pair}" if dotted else pair])
        return
    if path in file.places:  # the whole parameter is an inline table
        at = (place.end_row, place.end_column)
        text.put(at, at, f", sources = {{ {pair} }}")
        return
    head = file.keys[*path, "values"]
    indent = file.lines[head.row][: head.column]
    text.after_line(place.end_row, [f"{indent}sources = {{ {pair} }}"])


def _declare(file: TomlFile, text: _Text, id_: str, document: Mapping[str, Any]) -> None:
    """A source below the others, or at the file's end."""
    title = ", ".join(f"{lang} = {quoted(said)}" for lang, said in document["title"].items())
    lines = [
        "",
        f"[sources.{id_ if _BARE.fullmatch(id_) else quoted(id_)}]",
        f"title = {{ {title} }}",
    ]
    lines += [
        f"{key} = {value.isoformat() if isinstance(value, date) else quoted(value)}"
        for key, value in document.items()
        if key != "title"
    ]
    ends = [place.end_row for path, place in file.places.items() if path[0] == "sources"]
    text.after_line(max(ends or (place.end_row for place in file.places.values())), lines)


# -- rows of look-up tables ------------------------------------------------------------------------

_ROW = re.compile(r"\s*([^\[\]]+?)\s*\[(.*)\]\s*")


class _Row:
    """A row of a look-up table, to be put into the file that holds it, or to be changed there.

    It goes below the last row of its keys, or to the end. Raises PolicyProblem where it cannot be done.
    """

    def __init__(
        self, bundle: Bundle, policy: Policy, file: TomlFile, setting: Setting, id_: str, keys: str
    ) -> None:
        table = policy.tables.get(id_)
        if table is None:
            hint = did_you_mean(id_, policy.tables)
            raise PolicyProblem([say("FC922.table", Span(file.name), hint=hint, name=id_[:80])])
        self._bundle, self._policy, self._file, self._setting = bundle, policy, file, setting
        self._table, self._entry = table, file.values["tables"][id_]
        self.path = self._entry.get("file", CATALOGUE)
        self._texts = self._typed(keys)
        typed = (
            text if isinstance(key.type, Text) else band(text)
            for key, text in zip(table.keys, self._texts, strict=True)
        )
        self._keys = tuple(key for key in typed if key is not None)
        self._alike = [n for n, row in enumerate(table.rows) if row.keys == self._keys]
        same_row = [n for n in self._alike if table.rows[n].since == setting.since]
        self._row_there = same_row[0] if same_row else None
        source = setting.source or table.source or ""
        self._own = None if source == table.source else source
        problems = _source(policy, file, replace(setting, source=source))
        if self._row_there is not None and not setting.replace:
            span = table.rows[self._row_there].span
            problems.append(say("FC924", span, name=setting.name, day=setting.since))
        if setting.document is not None and self.path != CATALOGUE:
            problems.append(say("FC929.document", Span(file.name), name=source))
        if self.path.endswith(".xlsx"):
            problems.append(say("FC929.workbook", Span(bundle.show(self.path)), file=self.path))
        self._value = self._read_value(problems)
        if problems:
            raise PolicyProblem(problems)

    def _typed(self, keys: str) -> list[str]:
        """The text of each key, in the table's order: `county=甲县, kind=村`, or without their names."""
        parts = [part.strip() for part in re.split("[,，]", keys)]
        names = [key.name for key in self._table.keys]
        split = (part.partition("=") for part in parts if "=" in part)
        pairs = {name.strip(): text.strip() for name, _, text in split}
        texts = [pairs[name] for name in names] if sorted(pairs) == sorted(names) else parts
        bare = not pairs or len(pairs) == len(names) == len(parts)
        if len(texts) != len(names) or not all(texts) or not bare or (pairs and texts is parts):
            pattern = ", ".join(f"{name}=…" for name in names)
            span = self._file.key_span(("tables", self._table.id))
            raise PolicyProblem([say("FC929", span, table=self._table.id, keys=pattern)])
        return texts

    def _read_value(self, problems: list[Diagnostic]) -> str:
        """The value as TOML writes a number, or the text."""
        kind, text = self._table.type, self._setting.text.strip()
        if not isinstance(kind, Number):
            return text
        digits = as_number(text) if re.fullmatch(r"[+-]?[\d_]+(\.\d+)?", text) else None
        raw = Decimal(digits.replace("_", "")) if digits is not None else text
        fine = Number(kind.unit, 9) if kind.unit == PLAIN else kind
        if values.value_of(raw, fine) is None:
            name, kinds, mend = self._setting.name, values.wanted(kind), mended(text)
            span = self._table.span
            problems.append(say("FC925", span, hint=mend, text=text[:80], name=name, wanted=kinds))
        return digits if digits is not None else text

    def doubts(self) -> list[Diagnostic]:
        """A key that no row had before, and a value far from the one that it follows."""
        table, day = self._table, self._setting.since
        found: list[Diagnostic] = []
        if not self._alike:
            known = [str(key) for row in table.rows for key in row.keys]
            joined = ", ".join(self._texts)
            hint = did_you_mean(joined, known) if len(self._texts) == 1 else None
            found = [say("FC929.new", table.span, hint=hint, table=table.id, keys=joined)]
        rows = sorted((table.rows[n] for n in self._alike), key=lambda row: row.since)
        before = ([row for row in rows if row.since < day] or rows[:1])[-1:]
        raw = number(Decimal(self._value.replace("_", ""))) if self._is_number else None
        now = values.value_of(raw, table.type)
        if now is None or len(self._keys) < len(table.keys):
            return found
        after = DatedRow(self._keys, day, now, None, (before[0] if before else table).span)
        rates = table.id in tables_of_rates(self._policy, planned_expressions)
        return [*found, *table_jumps(replace(table, rows=(after, *before)), rates=rates)]

    @property
    def _is_number(self) -> bool:
        return isinstance(self._table.type, Number) and values.percent(self._value) is None

    def after(self) -> bytes:
        """The file with the row."""
        return self._in_toml() if self.path == CATALOGUE else self._in_csv()

    def _cells(self) -> dict[str, str]:
        plain = self._value.replace("_", "") if self._is_number else self._value
        keys = dict(zip((key.name for key in self._table.keys), self._texts, strict=True))
        return {
            FROM: self._setting.since.isoformat(),
            **keys,
            VALUE: plain,
            SOURCE: self._own or "",
        }

    def _in_csv(self) -> bytes:
        """Every other byte stays: coding, line ends, the marks around texts."""
        data, cells = self._bundle.content[self.path], self._cells()
        head = csv_head(data)
        for name in (FROM, SOURCE) if self._own else (FROM,):
            if name not in head:
                span = Span(self._bundle.show(self.path))
                raise PolicyProblem([say("FC929.column", span, name=name)])
        if self._row_there is not None:
            changed = {name: cells[name] for name in (VALUE, SOURCE) if name in head}
            after = csv_changed(data, self._row_there, changed)
        else:
            below = self._alike[-1] if self._alike else len(self._table.rows) - 1
            after = csv_with(data, below, cells)
        if after is None:
            raise PolicyProblem([say("FC926", self._table.span, name=self._setting.name)])
        return after

    def _in_toml(self) -> bytes:
        file, text = self._file, _Text(self._bundle.content[CATALOGUE])
        path: KeyPath = ("tables", self._table.id, "rows")
        expected = deepcopy(file.values)
        rows: list[dict[str, Any]] = expected["tables"][self._table.id]["rows"]
        value = self._value if self._is_number else quoted(self._value)
        if self._row_there is not None:
            row, place = (*path, self._row_there), file.places[*path, self._row_there, VALUE]
            text.put((place.row, place.column), (place.end_row, place.end_column), value)
            rows[self._row_there][VALUE] = _parsed(value)
            if self._own or SOURCE in rows[self._row_there]:
                own = self._own or self._table.source or ""
                self._put_source(text, row, own)
                rows[self._row_there][SOURCE] = own
        else:
            at = self._alike[-1] if self._alike else len(rows) - 1
            self._insert(text, (*path, at), value)
            rows.insert(at + 1, {name: _parsed(text) for name, text in self._pairs(value)})
        if self._setting.document is not None:
            _declare(file, text, self._setting.source, self._setting.document)
            expected.setdefault("sources", {})[self._setting.source] = dict(self._setting.document)
        after = text.done()
        again = read_toml(file.name, after)
        if not isinstance(again, TomlFile) or again.values != expected:
            raise PolicyProblem([say("FC926", file.key_span(path), name=self._setting.name)])
        return after

    def _pairs(self, value: str) -> list[tuple[str, str]]:
        """The row's keys and what is written behind each."""
        pairs = [(FROM, self._setting.since.isoformat())]
        for key, key_text in zip(self._table.keys, self._texts, strict=True):
            bare = isinstance(key.type, Number) and key_text.replace("_", "").isdigit()
            pairs.append((key.name, key_text if bare else quoted(key_text)))
        own = [(SOURCE, quoted(self._own))] if self._own else []
        return [*pairs, (VALUE, value), *own]

    def _insert(self, text: _Text, row: KeyPath, value: str) -> None:
        """Below a row, written as it is: in a line of its own, in the same line, or as a table."""
        file, pairs = self._file, self._pairs(value)
        if row not in file.places:  # [[tables.x.rows]]
            last = max(p.end_row for key, p in file.places.items() if key[: len(row)] == row)
            head = f"[[tables.{self._table.id}.rows]]"
            text.after_line(last, ["", head, *(f"{name} = {toml}" for name, toml in pairs)])
            return
        place = file.places[row]
        end, line = (place.end_row, place.end_column), file.lines[place.row]
        own_line = not line[: place.column].strip()
        lead = f",{text.newline}{line[: place.column]}" if own_line else ", "
        written = ", ".join(f"{name} = {value_text}" for name, value_text in pairs)
        text.put(end, end, f"{lead}{{ {written} }}")

    def _put_source(self, text: _Text, row: KeyPath, source: str) -> None:
        place = self._file.places.get((*row, SOURCE))
        if place is not None:
            start, end = (place.row, place.column), (place.end_row, place.end_column)
            text.put(start, end, quoted(source))
            return
        place = self._file.places[*row, VALUE]
        end = (place.end_row, place.end_column)
        if row in self._file.places:
            text.put(end, end, f", {SOURCE} = {quoted(source)}")
        else:
            text.after_line(place.end_row, [f"{SOURCE} = {quoted(source)}"])


def lay_out(path: Path | None) -> list[Laid]:
    """Every TOML file of the policy at a path as it should be laid out, in memory.

    Raises PolicyProblem: a file is no TOML, or the formatter is not there or would change a value.
    """
    return laid_out(find(path))


def save_layout(path: Path | None, files: Sequence[Laid]) -> None:
    """Write the files that change into the policy at the path that `lay_out` had. Raises OSError."""
    for file in files:
        if file.changed:
            write_bytes(folder_of(path) / file.path, file.after)


def laid_out(bundle: Bundle) -> list[Laid]:
    """Every TOML file of a policy as it should be laid out; tables of cases are left alone.

    Raises PolicyProblem: a file is no TOML, or the formatter is not there or would change a value.
    """
    files = {name: data for name, data in bundle.content.items() if name.endswith(".toml")}
    broken = [
        file
        for name, data in files.items()
        if isinstance(file := read_toml(bundle.show(name), data), Diagnostic)
    ]
    if broken:
        raise PolicyProblem(broken)
    tool = _tool()
    with tempfile.TemporaryDirectory(prefix="fundcalc-") as folder:
        (Path(folder) / "tombi.toml").touch()
        return [
            Laid(bundle.show(name), data, _formatted(tool, folder, bundle.show(name), data), name)
            for name, data in files.items()
        ]


def _tool() -> str:
    """The program tombi, of this environment first."""
    here = shutil.which("tombi", path=str(Path(sys.executable).parent))
    program = here or shutil.which("tombi")
    if program is None:
        raise PolicyProblem([say("FC931")])
    return program


def _formatted(tool: str, folder: str, name: str, data: bytes) -> bytes:
    """A file's bytes laid out; a byte order mark stays."""
    mark = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
    command, text = [tool, "format", "--offline", "--no-cache", "--quiet", "-"], decoded(data)
    hidden, mark_of, heads = apart(text)  # else it would put tables together that begin alike
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command; the file goes in as text
            command,
            input=hidden.encode(),
            capture_output=True,
            cwd=folder,
            timeout=SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        raise PolicyProblem([say("FC932", Span(name))]) from None
    marked = mark_of.sub(lambda mark: heads[int(mark[1])], done.stdout.decode())
    before, after = (read_toml(name, content) for content in (data, marked.encode()))
    same = isinstance(before, TomlFile) and isinstance(after, TomlFile)
    if not same or before.values != after.values or as_written(text) != as_written(marked):  # type: ignore[union-attr]
        raise PolicyProblem([say("FC932", Span(name))])
    return mark + marked.encode()
