"""Decision tables: a programme's rules as rows of a .csv or .xlsx, and rules written as such rows.

A row becomes a rule exactly as if it were written in TOML: its cells test one input each, as the unary tests
of DMN do, and are put together as one condition. Places in it are cells.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Literal

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.words import Lang, did_you_mean, meant
from fundcalc.language import nodes
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, Unknown, YesNo
from fundcalc.language.nodes import FLIPPED, Compare, Const, Contains, Logic, Name, Negation, Node
from fundcalc.language.reader import Symbol
from fundcalc.language.show import literal, show
from fundcalc.language.syntax import Source
from fundcalc.policy import schema, values
from fundcalc.policy.bundle import TABLES, Bundle
from fundcalc.policy.model import Programme, Rule
from fundcalc.policy.tables import (
    DAY,
    MOST_BYTES,
    Raw,
    cell_text,
    day_of,
    no_headings,
    number_of,
    read_sheet,
)
from fundcalc.policy.tomlfile import KeyPath, TomlFile

ID, TITLE, SOURCE, FROM, UNTIL = HEAD = ("id", "title", "source", "from", "until")
MOST_ROWS = 4_000
"""Rows of a decision table: the rules engine takes some more."""

_ANY = ("", "-")
_WORDS = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}
_WANTED: dict[type[Type], str] = {
    Number: "policy.a_number_test", Date: "policy.a_date_test", Text: "policy.a_text_test",
    YesNo: "policy.a_yes_no_test",
}  # fmt: skip
_NOT = re.compile(r"not\s*[(（](.*)[)）]", re.DOTALL)
_ENDS = re.compile(r"([\[(])(.*?)\.\.(.*)([\])])", re.DOTALL)
_COMPARED = re.compile(r"(<=|>=|<|>)(.*)", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_BARE = re.compile(r"[^\W_][\w.·（）/-]*")
"""A text that may stand without quotation marks, which spreadsheets and .csv take away."""
_NAME = re.compile(r"(?<!\w)[^\W\d]\w*")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_THOUSANDS = re.compile(r"[0-9],[0-9]{3}(?![0-9])")


class Unreadable(ValueError):
    """A cell that is no test, and what is in the way."""

    def __init__(self, why: Literal["no test", "thousands", "quotes"] = "no test") -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class Tabled(TomlFile):
    """A programme's file whose rules stand in a table: the places of its rules are cells."""

    output: str = ""
    inputs: Mapping[str, Span] = field(default_factory=dict)
    head: Mapping[str, Span] = field(default_factory=dict)
    rows: Sequence[Raw] = ()

    def span(self, path: KeyPath) -> Span:
        """As of any file; of a rule the cell."""
        return self._cell(path) or TomlFile.span(self, path)

    def key_span(self, path: KeyPath) -> Span:
        """As of any file; of a rule the cell."""
        return self._cell(path) or TomlFile.key_span(self, path)

    def source(self, path: KeyPath, text: str) -> Source:
        """An expression, each character with its place; of a rule all of them with the cell."""
        cell = self._cell(path)
        if cell is None:
            return TomlFile.source(self, path, text)
        return Source(text, partial(_within, (), cell))

    def _cell(self, path: KeyPath) -> Span | None:
        if path[:1] != ("rule",) or len(path) < 2:
            return None
        row, key = self.rows[int(path[1])], str(path[2]) if len(path) > 2 else ID
        return row.spans.get(self.output if key == "then" else key, row.span)

    def unknown(self, symbols: Mapping[str, Symbol]) -> Iterator[Diagnostic]:
        """Columns that are no input: nothing has the name, or what has it cannot be tested there."""
        for name, span in self.head.items():
            if name in symbols:
                yield say("FC131.head", span, name=name)
        for name, span in self.inputs.items():
            symbol = symbols.get(name)
            if symbol is None:
                titled = [fact.id for fact in symbols.values() if name in fact.titles][:1]
                known = [*HEAD, *symbols]
                hint = meant(titled[0]) if titled else did_you_mean(name[:80], known)
                yield say("FC131.input", span, hint=hint, name=name[:80])
            elif isinstance(symbol.type, Texts):
                yield say("FC131.list", span, name=name)

    def condition(
        self, index: int, symbols: Mapping[str, Symbol]
    ) -> tuple[Source, list[Diagnostic]]:
        """What a row's cells test, as one expression; and the cells that cannot be read."""
        row, text = self.rows[index], ""
        ends: list[tuple[int, Span]] = []
        problems: list[Diagnostic] = []
        for name in self.inputs:
            cell, span = cell_text(row.cells.get(name)), row.spans.get(name, row.span)
            if cell in _ANY or name not in symbols or isinstance(symbols[name].type, Unknown):
                continue
            try:
                test = _test(cell, replace(symbols[name], id=name), symbols)  # as it is called here
            except Unreadable as problem:
                problems.append(_said(problem, span, cell, symbols[name].type))
                continue
            text += f" and {test}" if text else test
            ends.append((len(text), span))

        return Source(text or "true", partial(_within, ends, row.span)), problems

    def formulas(self, index: int) -> list[Diagnostic]:
        """That what a row gives is a formula of a spreadsheet."""
        row = self.rows[index]
        text, span = cell_text(row.cells.get(self.output)), row.spans.get(self.output, row.span)
        return [say("FC132.formula", span, found=text[:40])] if text.startswith("=") else []

    def value(self, index: int, kind: Type, symbols: Mapping[str, Symbol]) -> str | None:
        """What a row gives, as an expression; None where the cell is blank."""
        text = cell_text(self.rows[index].cells.get(self.output))
        if isinstance(kind, Date) and (day := DAY.fullmatch(text)) is not None:
            return f"date('{day[1]}')"
        if isinstance(kind, Text | Texts):
            quoted = _QUOTED.fullmatch(text)
            if quoted is not None:
                return repr(_unquoted(quoted[1]))
            return repr(text) if _BARE.fullmatch(text) and text not in symbols else text or None
        if isinstance(kind, YesNo) and text.casefold() in _WORDS:
            return "true" if _WORDS[text.casefold()] else "false"
        exact = number_of(text)
        return (text if exact is None else f"{exact:f}") or None


def _within(ends: Sequence[tuple[int, Span]], row: Span, start: int, _end: int) -> Span:
    """The cell that a place in a row's condition comes from; a function of its own can be pickled."""
    return next((span for stop, span in ends if start < stop), row)


def _said(problem: Unreadable, span: Span, cell: str, kind: Type) -> Diagnostic:
    found = cell[:40]
    if cell.startswith("="):
        return say("FC132.formula", span, found=found)
    if problem.why == "thousands":
        return say("FC132.thousands", span, found=found)
    if problem.why == "quotes":
        return say("FC132.quotes", span, found=found)
    spelt = values.as_day(cell) if isinstance(kind, Date) else values.as_test(cell)
    hint = meant(spelt) if spelt else None
    return say("FC132", span, hint=hint, found=found, wanted=words(_WANTED[type(kind)]))


# -- a cell as an expression --------------------------------------------------------------------------


def _test(cell: str, symbol: Symbol, symbols: Mapping[str, Symbol]) -> str:
    """A cell's test of an input as the language writes it. Raises Unreadable."""
    if isinstance(symbol.type, Number) and _THOUSANDS.search(unicodedata.normalize("NFKC", cell)):
        raise Unreadable("thousands")
    if isinstance(symbol.type, Number) and not cell.isascii() and values.as_test(cell):
        raise Unreadable
    negated = _NOT.fullmatch(cell)
    items = [
        _Item(part, symbol, symbols) for part in _pieces(cell if negated is None else negated[1])
    ]
    name = symbol.id
    if isinstance(symbol.type, YesNo):
        if len(items) > 1 or items[0].value is None:
            raise Unreadable
        return name if items[0].value == ("false" if negated else "true") else f"not {name}"
    fixed = [item.value for item in items if item.fixed]
    if len(fixed) == len(items):
        listed = f"{'not in' if negated else 'in'} [{', '.join(map(str, fixed))}]"
        single = f"{'!=' if negated else '=='} {fixed[0]}"
        return f"{name} {single if len(fixed) == 1 else listed}"
    if len(items) == 1 and not negated:
        return items[0].text
    if len(items) == 1 and items[0].value is not None:
        word = "not in" if isinstance(symbols[items[0].value].type, Texts) else "!="
        return f"{name} {word} {items[0].value}"
    either = " or ".join(f"({item.text})" if item.two else item.text for item in items)
    return f"not ({either})" if negated else f"({either})"


class _Item:
    """One test of a cell as an expression, `text`; its `value` where it is that the input is one.

    `fixed`: the value is a literal. `two`: the text is two comparisons.
    """

    def __init__(self, text: str, symbol: Symbol, symbols: Mapping[str, Symbol]) -> None:
        self.value: str | None = None
        self.fixed = self.two = False
        ends, compared = _ENDS.fullmatch(text), _COMPARED.fullmatch(text)
        if ends is not None:
            low, high = (_end(ends[n].strip(), symbol, symbols)[0] for n in (2, 3))
            above, below = ">=" if ends[1] == "[" else ">", "<=" if ends[4] == "]" else "<"
            self.text = f"{symbol.id} {above} {low} and {symbol.id} {below} {high}"
            self.two = True
        elif compared is not None:
            end, _ = _end(compared[2].strip(), symbol, symbols)
            self.text = f"{symbol.id} {compared[1]} {end}"
        else:
            self.value, self.fixed = _end(text, symbol, symbols)
            kind = symbols[self.value].type if self.value in symbols else None
            self.text = f"{symbol.id} {'in' if isinstance(kind, Texts) else '=='} {self.value}"
            if not self.fixed and self.value not in symbols:
                self.value = None


def _end(text: str, symbol: Symbol, symbols: Mapping[str, Symbol]) -> tuple[str, bool]:
    """What an input is compared with, and whether it is a literal. Raises Unreadable."""
    match symbol.type:
        case Text():
            quoted = _QUOTED.fullmatch(text)
            if quoted is not None:
                return repr(_unquoted(quoted[1])), True
            known = symbols.get(text)
            if known is None and _BARE.fullmatch(text):
                return repr(text), True
            if known is not None and known.kind == "parameter":
                return text, False
            raise Unreadable("quotes")
        case YesNo():
            if text.casefold() in _WORDS:
                return "true" if _WORDS[text.casefold()] else "false", True
            raise Unreadable
        case Date():
            day = DAY.fullmatch(text.strip('"'))
            if day is not None:
                return f"date('{day[1]}')", True
        case _:
            exact = number_of(text.replace("_", ""))
            if exact is not None:
                return f"{exact:f}", True
    if text[:1] not in "=!" and _NAME.search(text) and text.count("(") == text.count(")"):
        return (text if _NAME.fullmatch(text) else f"({text})"), False
    raise Unreadable


def _unquoted(text: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", text)


def _pieces(text: str) -> list[str]:
    """A list's parts: cut at commas outside brackets and quotation marks. Raises Unreadable."""
    parts, depth, quoted = [""], 0, False
    for at, char in enumerate(text):
        if char == '"' and text[at - 1 : at] != "\\":
            quoted = not quoted
        depth += 0 if quoted else (char in "([") - (char in ")]")
        if depth < 0:
            raise Unreadable
        if char == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    if depth or quoted or not all(part.strip() for part in parts):
        raise Unreadable
    return [part.strip() for part in parts]


# -- a file as rules ----------------------------------------------------------------------------------


def with_rules(
    file: TomlFile, table: schema.ProgrammeFile, bundle: Bundle
) -> tuple[TomlFile | None, list[Diagnostic]]:
    """A programme's file, and where its rules stand in a table, with them, which are put into `table`.

    None where there are no rules to be had, with why.
    """
    name, path = table.programme.rules_from, ("programme", "rules_from")
    if name is None:
        if "rule" in file.values:
            return file, []
        return None, [say("FC102", file.key_span(()), key="rule")]
    if "rule" in file.values:
        return None, [say("FC130.rules", file.span(path))]
    data = bundle.content.get(name)
    if data is None:
        there = [other for other in bundle.content if other.startswith(f"{TABLES}/")]
        inside = name.startswith(f"{TABLES}/") and ".." not in name.split("/")
        span, hint, named = file.span(path), did_you_mean(name[:80], there), name[:80]
        return None, [say("FC130.file" if inside else "FC130.folder", span, hint=hint, name=named)]
    label = bundle.show(name)
    sheet = read_sheet(label, data, MOST_BYTES, MOST_ROWS, formulas=True)
    if isinstance(sheet, Diagnostic):
        return None, [sheet]
    needed = _needed(table.programme)
    problem = no_headings(sheet, (*HEAD, table.programme.output), needed, data)
    if problem is not None:
        return None, [problem]
    problems = [*sheet.problems]
    problems += [say("FC131.twice", span, names=twice[:80]) for twice, span in sheet.twice]
    missing = [head for head in needed if head not in sheet.heads]
    if missing:
        return None, [say("FC131.missing", Span(label), names=", ".join(missing)), *problems]
    output = table.programme.output
    dated = [output] if table.programme.type == "date" else []
    rows: list[Raw] = []
    for row in sheet.rows:
        if cell_text(row.cells.get(ID)):
            rows.append(row)
        else:
            problems.append(say("FC132.blank", row.spans[ID]))
        for key in (FROM, UNTIL, *dated):
            text = cell_text(row.cells.get(key))
            if text and day_of(text) is None and (key not in dated or values.as_day(text)):
                hint = meant(spelt) if (spelt := values.as_day(text)) else None
                wanted, found = words("policy.date_such_as"), text[:40]
                problems.append(say("FC132", row.spans[key], hint=hint, found=found, wanted=wanted))
    table.rule = [_entry(row, output) for row in rows]
    inputs = {name: at for name, at in sheet.heads.items() if name not in (*HEAD, output)}
    head = {name: at for name, at in sheet.heads.items() if name in HEAD}
    made = Tabled(
        file.name, file.values, file.lines, file.keys, file.places, output, inputs, head, rows
    )  # fmt: skip
    return made, problems


def _needed(head: schema.ProgrammeTable) -> tuple[str, ...]:
    """The columns that a table must have: where rules give their ids, or are counted, not their output."""
    implied = head.type == "text" or head.hit_policy in ("collect", "collect count")
    return (ID,) if implied else (ID, head.output)


def _entry(row: Raw, output: str) -> schema.RuleTable:
    """A row as the rule that it is; its condition is read when all names are known."""
    title = cell_text(row.cells.get(TITLE))
    if title[:1] == "'" and title[1:2] in _FORMULA:
        title = title[1:]
    return schema.RuleTable.model_validate(
        {
            "id": cell_text(row.cells.get(ID)),
            "title": {"zh": title, "en": title} if title else None,
            "when": "",
            "then": cell_text(row.cells.get(output)) or None,
            "source": cell_text(row.cells.get(SOURCE)) or None,
            FROM: day_of(cell_text(row.cells.get(FROM))),
            UNTIL: day_of(cell_text(row.cells.get(UNTIL))),
        }
    )


# -- rules as rows ------------------------------------------------------------------------------------


def written(programme: Programme, lang: Lang) -> tuple[list[list[str]], list[Diagnostic]]:
    """A programme's rules as the rows of a decision table, head first; and all that it cannot hold.

    There are no rows where a rule cannot be held; a warning is of what does not decide.
    """
    problems: list[Diagnostic] = []
    tests: list[dict[str, str]] = []
    for rule in programme.rules:
        if rule.share is not None:
            problems.append(say("FC934.share", rule.span, rule=rule.id))
        tests.append(_tests(rule, problems))
    if any(problem.severity == "error" for problem in problems):
        return [], problems
    for rule in programme.rules:
        left = [key for key in ("because", "cliff_ok") if getattr(rule, key) is not None]
        if left:
            problems.append(say("FC934.left_out", rule.span, rule=rule.id, keys=", ".join(left)))
    inputs = _inputs(tests)
    implied = _is_implied(programme)
    rows = [[*HEAD, *inputs, programme.result.id]]
    for rule, row in zip(programme.rules, tests, strict=True):
        title = rule.title.say(lang) if rule.title is not None else ""
        gives = "" if implied or rule.then is None else _shown(rule.then)
        cells = [row.get(name, "-") for name in inputs]
        days = ["" if day is None else str(day) for day in (rule.period.first, rule.period.last)]
        rows.append([rule.id, title, rule.source or "", *days, *cells, gives])
    return rows, problems


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as a .csv that Excel reads; a title that looks like a formula is marked as text."""
    import csv

    out = io.StringIO(newline="")
    at = HEAD.index(TITLE)
    csv.writer(out, lineterminator="\r\n").writerows(
        [*row[:at], f"'{row[at]}" if row[at][:1] in _FORMULA else row[at], *row[at + 1 :]]
        for row in rows
    )
    return out.getvalue().encode("utf-8-sig")


def _is_implied(programme: Programme) -> bool:
    """Whether each rule gives what it gives where nothing is written: its id, or one of them."""
    kind = programme.result.type
    if isinstance(kind, Text | Texts):
        return kind.options is not None
    return programme.hit_policy == "collect count" and all(
        isinstance(rule.then, Const) and rule.then.value == 1 for rule in programme.rules
    )


def _inputs(tests: Sequence[Mapping[str, str]]) -> list[str]:
    """All inputs in an order that is every rule's; as they come where there is none."""
    ordered: TopologicalSorter[str] = TopologicalSorter()
    for row in tests:
        for name in row:
            ordered.add(name)
        for before, after in pairwise(row):
            ordered.add(after, before)
    try:
        return list(ordered.static_order())
    except CycleError:
        return list(dict.fromkeys(name for row in tests for name in row))


def _tests(rule: Rule, problems: list[Diagnostic]) -> dict[str, str]:
    """A rule's condition as cells by input, noting what is no test of one input."""
    cells: dict[str, str] = {}
    held: dict[str, Node] = {}
    for part in _parts(rule.when):
        test = _cell(part)
        if test is None or test[0] in HEAD:
            problems.append(say("FC934", rule.span, rule=rule.id, part=show(part)[:80]))
        elif test[0] not in cells:
            cells[test[0]], held[test[0]] = test[1], part
        else:
            both = _interval(held[test[0]], part)
            if both is None:
                problems.append(say("FC934.twice", rule.span, rule=rule.id, input=test[0]))
            else:
                cells[test[0]], held[test[0]] = both[1], Logic(YesNo(), part.at, "and", (part,))
    return cells


def _parts(node: Node) -> Iterator[Node]:
    if isinstance(node, Logic) and node.op == "and":
        for item in node.items:
            yield from _parts(item)
    elif not (isinstance(node, Const) and node.value is True):
        yield node


def _cell(node: Node) -> tuple[str, str] | None:
    """The input that a condition tests and the test as a cell has it; None where it is no such test."""
    match node:
        case Name(type=YesNo()) if _is_input(node):
            return node.called, "true"
        case Negation(item=Name() as name) if _is_input(name):
            return name.called, "false"
        case Negation():
            inner = _cell(node.item)
            if inner is None or inner[1].startswith("not(") or inner[1] in ("true", "false"):
                return None
            return inner[0], f"not({inner[1]})"
        case Contains():
            tested = _plain(node.item)
            if not (isinstance(tested, Name) and _is_input(tested)):
                return None
            if isinstance(node.container, tuple):
                listed = ", ".join(_shown(item) for item in node.container)
            elif isinstance(node.container, Name) and node.container.kind == "parameter":
                listed = node.container.called
            else:
                return None
            return (tested.called, f"not({listed})" if node.negated else listed) if listed else None
        case Compare():
            compared = _compared(node)
            if compared is None:
                return None
            name, op, end = compared
            if isinstance(name.type, YesNo) and end not in ("true", "false"):
                return None
            plain = {"==": end, "!=": f"not({end})"}
            return name.called, plain.get(op, f"{op} {end}")
        case Logic(op="or"):
            cells = [_cell(item) for item in node.items]
            ids = {cell[0] for cell in cells if cell is not None}
            texts = [cell[1] for cell in cells if cell is not None]
            negated = any(text.startswith("not(") or text in ("true", "false") for text in texts)
            if len(ids) != 1 or len(texts) < len(cells) or negated:
                return None
            return ids.pop(), ", ".join(texts)
        case Logic(items=(low, high)):
            return _interval(low, high)
    return None


def _interval(one: Node, other: Node) -> tuple[str, str] | None:
    """Two comparisons of one input, the lower end and the upper, as `[low..high)`."""
    if not (isinstance(one, Compare) and isinstance(other, Compare)):
        return None
    low, high = _compared(one), _compared(other)
    if low is None or high is None or low[0].id != high[0].id:
        return None
    if low[1] not in (">", ">="):
        low, high = high, low
    if low[1] not in (">", ">=") or high[1] not in ("<", "<="):
        return None
    first, last = "[" if low[1] == ">=" else "(", "]" if high[1] == "<=" else ")"
    return low[0].called, f"{first}{low[2]}..{high[2]}{last}"


def _compared(node: Compare) -> tuple[Name, nodes.Comparison, str] | None:
    """The input that is compared, how, and with what."""
    left, right, op = _plain(node.left), _plain(node.right), node.op
    if not isinstance(left, Name) or (
        isinstance(right, Name) and _is_fixed(left) and not _is_fixed(right)
    ):
        left, right, op = right, left, FLIPPED[op]
    if not (isinstance(left, Name) and _is_input(left)):
        return None
    named = isinstance(right, Name) and right.kind == "parameter"
    if isinstance(left.type, Text) and not (isinstance(right, Const) or named):
        return None
    return left, op, _shown(right)


def _is_fixed(name: Name) -> bool:
    return name.kind in ("parameter", "reading")


def _is_input(name: Name) -> bool:
    """Whether a table may have a column of it: not of the day of the values, nor of many rows."""
    return name.kind in ("fact", "output", "parameter", "reading")


def _plain(node: Node) -> Node:
    """The node without its further decimals, which come back when it is read."""
    return _plain(node.item) if isinstance(node, nodes.Rescale) else node


def _shown(node: Node) -> str:
    """A value or an expression as a cell has it."""
    if isinstance(node, Const) and isinstance(node.type, Text):
        escaped = str(node.value).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(node, Const) and isinstance(node.type, Date):
        return literal(node.value, node.type)
    return show(node)
