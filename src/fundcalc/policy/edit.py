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
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span, errors, in_order
from fundcalc.base.files import write_bytes
from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.nearest import did_you_mean, meant
from fundcalc.language.datatypes import Number, Text, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.language.show import literal
from fundcalc.policy import values
from fundcalc.policy.bundle import CATALOGUE, Bundle, find, folder_of
from fundcalc.policy.load import read
from fundcalc.policy.model import Parameter, Policy
from fundcalc.policy.plan import make_plan
from fundcalc.policy.tomlfile import KeyPath, Place, TomlFile, read_toml
from fundcalc.policy.values import between, jumps, mended
from fundcalc.policy.variation import parameter_value

_BARE = re.compile("[A-Za-z0-9_-]+")

SECONDS = 30
"""How long tombi may take over one file, which is thousands of times what it takes."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is to be set: a parameter's value as written, its first day and its source.

    `document` is the source itself, where the policy does not declare it yet.
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
        old, new = (part.decode("utf-8-sig").splitlines() for part in (self.before, self.after))
        return "\n".join(difflib.unified_diff(old, new, self.name, self.name, lineterm=""))


@dataclass(frozen=True, slots=True)
class Edit(Change):
    """A value put in, what is doubtful in the policy that results, and the policy's date.

    `old` and `new` are all files of the policy, without and with the value.
    """

    warnings: tuple[Diagnostic, ...]
    on: date
    setting: Setting
    old: Bundle
    new: Bundle


@dataclass(frozen=True, slots=True)
class Laid(Change):
    """A file laid out, and its path in the policy."""

    path: str


def set_value(
    path: Path | None, name: str, value: str, since: date, source: str, *, again: bool = False
) -> Edit:
    """Put a dated value of a parameter into policies.toml, in memory: `save` writes it.

    `value` is as a person writes it in the file, in the parameter's unit; `since` is its first day,
    `source` the id of its source, or `ID=title; publisher; date; article` of a document that the policy
    does not have yet; `again` allows to replace the value that this day has already.
    Raises PolicyProblem where it cannot be done or the policy would be broken by it.
    """
    id_, new, document = source.partition("=")
    declared = _document(document) if new else None
    return edited(find(path), Setting(name, value, since, id_.strip(), again, declared))


def _document(text: str) -> Mapping[str, Any]:
    """A source as policies.toml has it. Its title stands for both languages, as it was published in one."""
    title, publisher, day, locator, *more = [*map(str.strip, re.split("[;；]", text)), "", "", ""][
        :5
    ]
    found: dict[str, Any] = {"title": {"zh": title, "en": title}, "publisher": publisher}
    try:
        found |= {"date": date.fromisoformat(day) if day else "", "locator": locator}
    except ValueError:
        title = ""
    if not title or any(more):
        raise PolicyProblem([say("FC928", Span(CATALOGUE), text=text[:80])])
    return {key: value for key, value in found.items() if value}


def save(path: Path | None, edit: Edit) -> None:
    """Write an edit's file into the policy at the path that `set_value` had.

    Raises PolicyProblem where the file is not what the edit was made from, and OSError.
    """
    file = folder_of(path) / CATALOGUE
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
    policy, found = read(bundle)
    if policy is None:
        raise PolicyProblem(found)
    data = bundle.content[CATALOGUE]
    file = read_toml(bundle.show(CATALOGUE), data)
    assert isinstance(file, TomlFile)
    written = _checked(policy, file, setting)
    after = _spliced(policy, file, data, setting, written)
    changed = replace(bundle, content={**bundle.content, CATALOGUE: after})
    again, doubts = read(changed)
    if again is None:
        raise PolicyProblem(errors(doubts))
    make_plan(again)
    doubts += _jumps(policy.parameters[setting.name], again.parameters[setting.name], setting.since)
    name, told = bundle.show(CATALOGUE), tuple(in_order(doubts))
    return Edit(name, data, after, told, policy.on, setting, bundle, changed)


def _jumps(old: Parameter, new: Parameter, day: date) -> Iterator[Diagnostic]:
    """Whether the value now set is far from the one it replaces, or from its neighbours in time."""
    known = {d.message for d in jumps(old)}
    found = [d for d in jumps(new) if d.message not in known]
    replaced = next((dated for dated in old.values if dated.since == day), None)
    if not found and replaced:
        found += between(new, replaced, next(d for d in new.values if d.since == day))
    yield from found


def _checked(policy: Policy, file: TomlFile, setting: Setting) -> str:
    found: list[Diagnostic] = []
    parameter = policy.parameters.get(setting.name)
    if setting.document is not None and setting.source in policy.sources:
        found.append(say("FC923.there", Span(file.name), name=setting.source))
    elif setting.document is None and setting.source not in policy.sources:
        file_, hint = file.name, did_you_mean(setting.source, policy.sources)
        found.append(say("FC923", Span(file_), hint=hint, name=setting.source, file=file_))
    if parameter is None:
        found.append(_unknown(Span(file.name), setting.name, policy))
        raise PolicyProblem(found)
    taken = any(dated.since == setting.since for dated in parameter.values)
    if taken and not setting.replace:
        span = file.key_span(("parameters", setting.name, "values", setting.since.isoformat()))
        found.append(say("FC924", span, name=setting.name, day=setting.since))
    text = _toml(policy, parameter, setting.text)
    if text is None:
        wanted, typed = values.wanted(parameter.type), setting.text[:80]
        mend = mended(typed) if isinstance(parameter.type, Number) else None
        found.append(
            say("FC925", parameter.span, hint=mend, text=typed, name=parameter.id, wanted=wanted)
        )
    if found or text is None:
        raise PolicyProblem(found)
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
        value = parameter_value(policy, parameter.id, text)
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
        parameter_value(policy, name, meant_)
    except PolicyProblem:
        wanted, titled = values.wanted(kind), parameter.title
        key = "FC925.typed" if isinstance(kind, Number) else "FC925"
        raise PolicyProblem(
            [say(key, parameter.span, text=text[:80], name=titled, wanted=wanted)]
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
    there = sorted(p[-1] for p in file.places if len(p) == len(path) + 1 and p[:-1] == path)
    before = [one for one in there if str(one) < key]
    if path in file.places:  # an inline table
        if before:
            end = file.places[*path, before[-1]]
            at = (end.end_row, end.end_column)
            text.put(at, at, f", {key} = {written}")
        else:
            first = file.keys[*path, there[0]]
            at = (first.row, first.column)
            text.put(at, at, f"{key} = {written}, ")
        return
    one = before[-1] if before else there[0]
    head, value = file.keys[*path, one], file.places[*path, one]
    name = text.between(head).removesuffix(str(one)) + key
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
    there = [place.end_row for path, place in file.places.items() if path[0] == "sources"]
    text.after_line(max(there or (place.end_row for place in file.places.values())), lines)


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
    found = here or shutil.which("tombi")
    if found is None:
        raise PolicyProblem([say("FC931")])
    return found


def _formatted(tool: str, folder: str, name: str, data: bytes) -> bytes:
    """A file's bytes laid out; a byte order mark stays."""
    mark = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
    command = [tool, "format", "--offline", "--no-cache", "--quiet", "-"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command; the file goes in as text
            command,
            input=data[len(mark) :],
            capture_output=True,
            cwd=folder,
            timeout=SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        raise PolicyProblem([say("FC932", Span(name))]) from None
    before, after = read_toml(name, data), read_toml(name, done.stdout)
    same = isinstance(before, TomlFile) and isinstance(after, TomlFile)
    if not same or before.values != after.values:  # type: ignore[union-attr]
        raise PolicyProblem([say("FC932", Span(name))])
    return mark + done.stdout
