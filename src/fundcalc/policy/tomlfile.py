"""One TOML file: its values (tomli) with where each of them stands (tree-sitter), and as a model (pydantic).

No TOML library gives both, so the two are joined by path; every path of the values must have a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import field
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import tomli
from pydantic import BaseModel, ValidationError

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.width import width
from fundcalc.base.words import Words, did_you_mean, listed, same
from fundcalc.language.syntax import Source
from fundcalc.policy.values import as_number

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree


KeyPath = tuple[str | int, ...]
"""The keys, and places in lists, that lead from the top of a file to a value."""
MAX_BYTES = 1_000_000
MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of the file: rows from 0, columns in characters, end exclusive."""

    row: int
    column: int
    end_row: int
    end_column: int


@dataclass(slots=True)
class TomlFile:
    """Values by key, and for each path the place of its key and of its value."""

    name: str
    values: dict[str, Any]
    lines: list[str]
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    places: dict[KeyPath, Place] = field(default_factory=dict)

    def span(self, path: KeyPath) -> Span:
        """Where a value stands; for a missing one, the nearest table above it."""
        return self._found(path, (self.places, self.keys))

    def key_span(self, path: KeyPath) -> Span:
        """Where a key, or a table's heading, stands."""
        return self._found(path, (self.keys, self.places))

    def _found(self, path: KeyPath, tables: tuple[dict[KeyPath, Place], ...]) -> Span:
        while True:
            for table in tables:
                if path in table:
                    return self._span(table[path])
            if not path:
                return Span(self.name)
            path = path[:-1]
            tables = (self.keys, self.places)

    def _span(self, place: Place) -> Span:
        line = self.lines[place.row] if place.row < len(self.lines) else ""
        end = place.end_column if place.end_row == place.row else len(line)
        column = width(line[: place.column].replace("\t", " ")) + 1
        stop = width(line[:end].replace("\t", " ")) + 1
        return Span(self.name, place.row + 1, column, max(stop, column + 1), line)

    def source(self, path: KeyPath, text: str) -> Source:
        """An expression written at this path, each character with its place."""
        place = self.places.get(path)
        if place is None:
            return Source(text, partial(self._whole, path))
        return Source(text, partial(self._within, place, list(self._characters(place)), len(text)))

    # Parts of functions instead of functions within, so that a policy can be pickled.
    def _whole(self, path: KeyPath, _start: int, _end: int) -> Span:
        return self.span(path)

    def _within(
        self, place: Place, starts: list[tuple[int, int]], length: int, start: int, end: int
    ) -> Span:
        if len(starts) <= length:  # not a string literal: point at the whole value
            return self._span(place)
        row, column = starts[min(start, length)]
        last_row, last_column = starts[min(max(end, start + 1), length)]
        if last_row != row:
            last_row, last_column = row, len(self.lines[row])
        return self._span(Place(row, column, last_row, last_column))

    def _characters(self, place: Place) -> Iterator[tuple[int, int]]:
        """Place of each character of a string literal after its escapes are read, and of its end."""
        raw, at = self._raw(place)
        quote = next((q for q in ('"""', "'''", '"', "'") if raw.startswith(q)), "")
        if not quote:
            return
        index, stop = len(quote), len(raw) - len(quote)
        if len(quote) == 3:
            index += len(re.match(r"\r?\n?", raw[index:]).group())  # type: ignore[union-attr]
        while index < stop:
            step = 1
            if quote[0] == '"' and raw[index] == "\\":
                blank = re.match(r"\\[ \t]*\r?\n\s*", raw[index:])
                if blank:
                    index += len(blank.group())
                    continue
                step = {"u": 6, "U": 10, "x": 4}.get(raw[index + 1 : index + 2], 2)
            yield at[index]
            index += step
        yield at[stop]

    def _raw(self, place: Place) -> tuple[str, list[tuple[int, int]]]:
        raw: list[str] = []
        at: list[tuple[int, int]] = []
        for row in range(place.row, place.end_row + 1):
            line = self.lines[row]
            start = place.column if row == place.row else 0
            end = place.end_column if row == place.end_row else len(line)
            raw.append(line[start:end])
            at += [(row, column) for column in range(start, end)]
            if row != place.end_row:
                raw.append("\n")
                at.append((row, len(line)))
        at.append((place.end_row, place.end_column))
        return "".join(raw), at


def read_toml(name: str, data: bytes) -> TomlFile | Diagnostic:
    """Parse a file's bytes. `name` is what diagnostics call it."""
    if len(data) > MAX_BYTES:
        return say("FC004.file_too_large", Span(name), size=len(data), most=MAX_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        row = data[: problem.start].count(b"\n")
        return say("FC002", Span(name, row + 1, 1, 2))
    lines = text.split("\n")
    try:
        values = tomli.loads(text, parse_float=_decimal)
    except tomli.TOMLDecodeError as problem:
        return _broken(name, lines, problem)
    except (ValueError, RecursionError, ArithmeticError):
        return say("FC003.toml_number", Span(name))
    if _too_deep(values):
        return say("FC004.too_nested", Span(name), most=MAX_DEPTH)
    file = TomlFile(name, values, [line.rstrip("\r") for line in lines])
    _Places(file).read(text)
    return file


def _decimal(text: str) -> Decimal:
    """Numbers with a point stay exact; nan and inf become a NaN that every check refuses."""
    return Decimal(text.replace("_", "")) if "n" not in text else Decimal("NaN")


def _broken(name: str, lines: list[str], problem: tomli.TOMLDecodeError) -> Diagnostic:
    row, column = getattr(problem, "lineno", 1), getattr(problem, "colno", 1)
    line = lines[row - 1].rstrip("\r") if 0 < row <= len(lines) else ""
    start = width(line[: column - 1]) + 1
    detail = str(getattr(problem, "msg", problem))
    span = Span(name, row, start, start + 1, line)
    hint = _fix(detail, lines, row - 1)
    return say("FC003.toml_syntax", span, hint=hint, detail=_detail(detail))


def _too_deep(values: dict[str, Any]) -> bool:
    level: list[Any] = [values]
    for _ in range(MAX_DEPTH):
        level = [
            item
            for table in level
            for item in (table.values() if isinstance(table, dict) else table)
            if isinstance(item, dict | list)
        ]
        if not level:
            return False
    return True


@lru_cache(maxsize=1)
def _parser() -> Parser:
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_toml.language()))


def _parsed(text: str) -> Tree:
    # tree-sitter counts columns in bytes; an encoding of fixed width makes them characters
    return _parser().parse(text.encode("utf-16-le"), encoding="utf16le")


_TABLES = ("table", "table_array_element")
_HEADS = ("bare_key", "quoted_key", "dotted_key")


def apart(text: str) -> tuple[str, re.Pattern[str], list[str]]:
    """A file's text with a name of its own for each table and dotted key, so that none goes with another.

    With what finds these names again, and what each stands for.
    """
    name, data, made, last = "k", text.encode("utf-16-le"), bytearray(), 0
    while name in text:
        name += "k"
    heads: list[str] = []
    for head in _written(_parsed(text).root_node):
        of_table = head.parent is not None and head.parent.type in _TABLES
        if head.type == "dotted_key" or (head.type in _HEADS and of_table):
            mask = f"{name}{len(heads)}".ljust((head.end_byte - head.start_byte) // 2, "_")
            made += data[last : head.start_byte] + mask.encode("utf-16-le")
            heads.append(_spelt(head))
            last = head.end_byte
    made += data[last:]
    return made.decode("utf-16-le"), re.compile(rf"{name}(\d+)_*"), heads


def as_written(text: str) -> list[str]:
    """The tables, keys and comments of a file in the order in which they stand."""
    every = _written(_parsed(text).root_node)
    return [f"#{_text(n).lstrip('#').strip()}" if n.type == "comment" else _spelt(n) for n in every]


def _written(node: Node) -> Iterator[Node]:
    """The names of tables and keys, and the comments, from the top; of inline tables the comments alone."""
    for child in node.children:
        if child.type == "comment" or (child.type in _HEADS and node.type != "inline_table"):
            yield child
        elif child.type in ("pair", "array", "inline_table", *_TABLES):
            inside = node.type == "inline_table" or child.type == "inline_table"
            yield from (part for part in _written(child) if not inside or part.type == "comment")


def _spelt(node: Node) -> str:
    """A key as written, without the spaces around its dots."""
    return "".join(map(_spelt, node.children)) if node.type == "dotted_key" else _text(node)


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-16-le")


class _Places:
    """Walks the syntax tree and notes the place of every path."""

    def __init__(self, file: TomlFile) -> None:
        self._file = file
        self._elements: dict[KeyPath, int] = {}
        self._narrow = False

    def read(self, text: str) -> None:
        self._narrow = max(text, default="") < "\U00010000"
        for child in _parsed(text).root_node.children:
            if child.type == "pair":
                self._pair(child, ())
            elif child.type in _TABLES:
                self._table(child)

    def _place(self, node: Node) -> Place:
        (row, column), (end_row, end_column) = node.start_point, node.end_point
        return Place(row, self._chars(row, column), end_row, self._chars(end_row, end_column))

    def _chars(self, row: int, units: int) -> int:
        """Bytes of UTF-16 to characters; those beyond the basic plane take two units."""
        if self._narrow:
            return units // 2
        line = self._file.lines[row] if row < len(self._file.lines) else ""
        return len(line.encode("utf-16-le")[:units].decode("utf-16-le", "ignore"))

    def _table(self, node: Node) -> None:
        head = next(c for c in node.children if c.type in _HEADS)
        path: KeyPath = ()
        for key in _keys(head):
            path = (*path, key)
            if path in self._elements:
                path = (*path, self._elements[path])
        if node.type == "table_array_element":
            base = path[:-1] if isinstance(path[-1], int) else path
            self._elements[base] = self._elements.get(base, -1) + 1
            path = (*base, self._elements[base])
            self._file.keys.setdefault(base, self._place(head))
        self._note_above(path, head)
        self._file.keys[path] = self._place(head)
        for child in node.children:
            if child.type == "pair":
                self._pair(child, path)

    def _note_above(self, path: KeyPath, head: Node) -> None:
        for length in range(1, len(path)):
            self._file.keys.setdefault(path[:length], self._place(head))

    def _pair(self, node: Node, path: KeyPath) -> None:
        parts = [child for child in node.children if child.type != "comment"]
        head, value = parts[0], parts[-1]
        for key in _keys(head):
            path = (*path, key)
            self._file.keys.setdefault(path, self._place(head))
        self._value(value, path)

    def _value(self, node: Node, path: KeyPath) -> None:
        self._file.places[path] = self._place(node)
        if node.type == "inline_table":
            for child in node.children:
                if child.type == "pair":
                    self._pair(child, path)
        elif node.type == "array":
            items = [c for c in node.children if c.is_named and c.type != "comment"]
            for index, item in enumerate(items):
                self._value(item, (*path, index))


def _keys(node: Node) -> Iterator[str]:
    if node.type == "dotted_key":
        for child in node.children:
            if child.type != ".":
                yield from _keys(child)
        return
    text = _text(node)
    if node.type == "quoted_key":
        yield next(iter(tomli.loads(f"{text} = 1")))
    else:
        yield text


_SAID = {
    "Invalid statement": "这一行看不懂",
    "Invalid value": "这里的值看不懂",
    "Invalid date or datetime": "没有这一天",
    "Invalid initial character for a key part": "这里要写键名",
    "Expected '=' after a key in a key/value pair": "键名后面缺少 =",
    "Expected newline or end of document after a statement": "值后面有多余的内容",
    "Unclosed inline table": "表 { … } 没有写完",
    "Unclosed array": "列表 [ … ] 没有写完",
    "Unterminated string": "引号没有配对",
    "Illegal character '\\n'": "引号没有在本行结束",
    "Cannot overwrite a value": "同一个键写了两次",
}
_SAID_OF = (
    (re.compile(r"Duplicate inline table key '(.*)'"), "键 `{}` 写了两次"),
    (re.compile(r"Cannot declare \((.*?),?\) twice"), "表 {} 写了两次"),
    (re.compile(r"Illegal character '(.*)'"), "不能有字符 `{}`"),
)
_WIDE = dict(zip("，＝｛｝［］（）：；＃", ",={}[]():;#", strict=True))
_QUIET = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*')
_WHOLE = re.compile(r'\s*[\w.-]+\s*=\s*"(.*)"\s*(?:#[^"]*)?')
_DAY = re.compile(r"(?<![\d.])(\d{4})\s*([-/.年])\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_NUMBER = re.compile(r"(?<![\w.-])\d(?:[\d,_]*\d)?(?:\.\d+)?\s*(?:[万亿]元?|元|[%％])?(?![\w-])")


def _detail(detail: str) -> Words:
    """The parser's words in both languages; in its own where they are new."""
    if detail in _SAID:
        return Words(_SAID[detail], detail)
    for pattern, chinese in _SAID_OF:
        match = pattern.fullmatch(detail)
        if match:
            return Words(chinese.format(match[1]), detail)
    return same(detail)


def _fix(detail: str, lines: list[str], row: int) -> Words | None:
    """How to mend what is wrong in a row (from 0), or at the end of the one before."""
    for line in lines[row : row + 1] + lines[max(row - 1, 0) : row]:
        bare = _QUIET.sub(lambda match: " " * len(match[0]), line)
        hint = _inner(line) or _quotes(bare) or _wide(bare) or _day(bare) or _number(bare)
        if hint:
            return hint
    if detail == "Unclosed inline table":
        return words("policy.on_one_line")
    return None


def _inner(line: str) -> Words | None:
    """How to write a text that has quotation marks within its own."""
    ends = (found.end() for found in _QUIET.finditer(line) if found[0].startswith('"'))
    if '"""' in line or not any(re.match(r'[\w"]', line[end:]) for end in ends):
        return None
    whole = _WHOLE.fullmatch(line)
    if whole is None or "'" in whole[1]:
        return words("policy.inner_quotes")
    return words("policy.inner_quotes_as", right=whole[1].replace('"', "'"))


def _quotes(line: str) -> Words | None:
    if not re.search("[“”‘’＂]", line):
        return None
    return words("policy.straight_quotes")


def _wide(line: str) -> Words | None:
    char = next((char for char in line if char in _WIDE), None)
    if char is None:
        return None
    return words("policy.half_width", plain=_WIDE[char], char=char)


def _day(line: str) -> Words | None:
    for match in _DAY.finditer(line):
        year, month, day = (int(match[n]) for n in (1, 3, 4))
        try:
            right = date(year, month, day).isoformat()
        except ValueError:
            return words("policy.no_such_day")
        if match[0].strip() != right:
            return words("policy.date_as", right=right)
    return None


def _number(line: str) -> Words | None:
    for match in _NUMBER.finditer(_DAY.sub("", line)):
        text = match[0].strip()
        if text[-1] in "%％":
            return words("policy.percentage", text=text)
        right = as_number(text)
        if right is not None and right.replace("_", "") != text.replace("_", ""):
            return words("policy.written_as", text=text, right=right)
    return None


# -- values as a model --------------------------------------------------------------------------


M = TypeVar("M", bound=BaseModel)

_LANGUAGES = ["zh", "en"]
"""The keys of a table of words."""
_WANTED = {
    "string_type": "policy.text",
    "bool_type": "policy.true_or_false",
    "int_type": "policy.whole_number",
    "date_type": "policy.date_such_as",
    "date_from_datetime_inexact": "policy.date_without_time",
    "string_pattern_mismatch": "policy.years",
    "list_type": "policy.list",
    "dict_type": "policy.table",
    "model_type": "policy.table",
    "model_attributes_type": "policy.table",
}


def validate(file: TomlFile, model: type[M]) -> tuple[M | None, list[Diagnostic]]:
    """The file's values as a model, and every place where they are not of its shape.

    Keys that are out of shape are left out, so that what is wrong elsewhere is found in the same pass;
    None where nothing can be made of the rest.
    """
    try:
        return model.model_validate(file.values), []
    except ValidationError as problem:
        errors = problem.errors(include_url=False, include_input=False)
    problems = [_diagnostic(file, model, error) for error in errors]
    rest = deepcopy(file.values)
    for error in errors:
        _remove(rest, error["loc"])
    try:
        return model.model_validate(rest), problems
    except ValidationError:
        return None, problems


def _remove(values: Any, path: Sequence[str | int]) -> None:
    """Take a key out of its table, if the path names one that is there."""
    with suppress(KeyError, IndexError, TypeError):
        for key in path[:-1]:
            values = values[key]
        if isinstance(values, dict):
            values.pop(path[-1], None)


def _diagnostic(file: TomlFile, model: type[BaseModel], problem: Any) -> Diagnostic:
    path = tuple(problem["loc"])
    kind = problem["type"]
    if kind == "extra_forbidden":
        unknown = str(path[-1])[:80]
        hint = did_you_mean(unknown, _keys_of(model, path[:-1]))
        return say("FC101", file.key_span(path), hint=hint, key=unknown)
    if kind == "missing":
        both = _keys_of(model, path[:-1]) == _LANGUAGES
        return say(
            "FC102.language" if both else "FC102", file.key_span(path[:-1]), key=str(path[-1])
        )
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", problem["ctx"]["expected"])
        text = str(_value_at(file.values, path))[:80]
        return say("FC104", file.span(path), found=text, options=listed(options))
    if kind == "model_type" and _keys_of(model, path) == _LANGUAGES:
        text = str(_value_at(file.values, path))
        plain = len(text) <= 40 and '"' not in text and "\\" not in text
        return say("FC103.one_language", file.span(path), text=text if plain else "…")
    if kind == "list_type" and isinstance(_value_at(file.values, path), dict):
        return say("FC103.tables", file.key_span(path), name=str(path[-1])[:40])
    wanted = _wanted(kind, problem.get("ctx", {}))
    if kind == "string_type" and isinstance(_value_at(file.values, path), bool | int | float):
        text = str(_value_at(file.values, path))[:40].lower()
        return say("FC103.quotes", file.span(path), wanted=wanted, text=text)
    return say("FC103", file.span(path), wanted=wanted)


def _wanted(kind: str, given: Mapping[str, Any]) -> Words:
    """What is to be written, by pydantic's name of the fault and what it says of it."""
    match kind:
        case "too_short":
            return words("policy.longer", limit=given["min_length"])
        case "too_long":
            return words("policy.shorter", limit=given["max_length"])
        case "greater_than_equal":
            return words("policy.larger", limit=given["ge"])
        case "less_than_equal":
            return words("policy.smaller", limit=given["le"])
        case _:
            wanted = _WANTED.get(kind, "policy.another_kind")
            return words(wanted)


def _value_at(values: Any, path: Iterable[str | int]) -> Any:
    for key in path:
        values = values[key]
    return values


def _keys_of(model: type[BaseModel], path: Iterable[str | int]) -> list[str]:
    for key in path:
        if isinstance(key, int) or key not in model.model_fields:
            continue
        inner = _inner_model(model.model_fields[key].annotation)
        if inner is not None:
            model = inner
    return [field.alias or id_ for id_, field in model.model_fields.items()]


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for a in get_args(annotation) if (m := _inner_model(a))), None)


def outputs_in(file: TomlFile) -> Iterator[tuple[str, KeyPath]]:
    """The names that a programme's file declares, whatever shape it is in."""
    programme, also = file.values.get("programme"), file.values.get("also")
    declared: list[tuple[Any, str, KeyPath]] = [(programme, "output", ("programme", "output"))]
    if isinstance(also, list):
        declared += [(table, "id", ("also", n, "id")) for n, table in enumerate(also)]
    for table, key, path in declared:
        id_ = table.get(key) if isinstance(table, dict) else None
        if isinstance(id_, str):
            yield id_, path
