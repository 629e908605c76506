"""The policy's own worked examples, in TOML or in tables: facts in, expected outputs and rules."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from typing import Any

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, Span, in_order
from fundcalc.base.words import did_you_mean
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.language.show import literal
from fundcalc.policy import schema, values
from fundcalc.policy.bundle import CASES, RULES, Bundle
from fundcalc.policy.model import Policy
from fundcalc.policy.tables import ENDINGS, Cell, address, cell_text, number_of, read_rows
from fundcalc.policy.tomlfile import KeyPath, TomlFile, read_toml, validate

_CASE = ("case", "案例")
_YES = ("true", "yes", "1", "是", "有", "√")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NO = ("false", "no", "0", "否", "无")
Column = tuple[str, str]
"""What a column holds: `village`, `expect`, `fired` or `readings` and an id; `name`, `on`, `hinges_on`."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What one thing must come out to: an output's value, or the rules of a programme."""

    id: str
    value: Value
    span: Span


@dataclass(frozen=True, slots=True)
class CaseVillage:
    """One village of a case, every fact set, with what must come out."""

    facts: dict[str, Value]
    outputs: tuple[Expected, ...]
    fired: tuple[Expected, ...]
    hinges_on: Expected | None


@dataclass(frozen=True, slots=True)
class Case:
    """A worked example; `on` None is the policy's own date."""

    name: str
    on: date | None
    readings: Mapping[str, str]
    villages: tuple[CaseVillage, ...]
    span: Span


def read_cases(bundle: Bundle, policy: Policy) -> tuple[list[Case], list[Diagnostic]]:
    """All cases under rules/cases/, and every mistake in them."""
    cases: list[Case] = []
    diagnostics: list[Diagnostic] = []
    for name in sorted(bundle.content):
        if not name.startswith(f"{RULES}/{CASES}/"):
            continue
        if name.endswith(ENDINGS):
            listed, problems = read_table(bundle.show(name), bundle.content[name], policy)
            diagnostics += problems
            reader = _Reader(listed, policy)
            shaped = [schema.CaseTable.model_construct(**_shaped(case)) for case in listed.cases]
            cases += [c for i, case in enumerate(shaped) if (c := reader.case(i, case))]
            diagnostics += reader.problems
            continue
        file = read_toml(bundle.show(name), bundle.content[name])
        if isinstance(file, Diagnostic):
            diagnostics.append(file)
            continue
        if not file.values:  # nothing yet: such as what `--suggest > FILE` is about to fill
            continue
        table, problems = validate(file, schema.CaseFile)
        diagnostics += problems
        if table is not None:
            reader = _Reader(file, policy)
            cases += [c for i, case in enumerate(table.case) if (c := reader.case(i, case))]
            diagnostics += reader.problems
    return cases, in_order(diagnostics)


def _shaped(case: dict[str, Any]) -> dict[str, Any]:
    """A table's case with its villages in the shape that TOML's have."""
    villages = [schema.CaseVillage.model_construct(**village) for village in case["villages"]]
    return {**case, "villages": villages}


class _Reader:
    def __init__(self, file: TomlFile | CaseTable, policy: Policy) -> None:
        self._file = file
        self._policy = policy
        self.problems: list[Diagnostic] = []
        self._outputs: dict[str, Type] = {
            output.id: output.type for p in policy.programmes for output in p.outputs
        }

    def _known(self, name: str, known: Collection[str], span: Span) -> bool:
        """Whether there is something of that name; noted where there is not."""
        if name in known:
            return True
        self.problems.append(
            say("FC802", span, hint=did_you_mean(name[:80], known), name=name[:80])
        )
        return False

    def case(self, index: int, table: schema.CaseTable) -> Case | None:
        """One case, or None where it is wrong."""
        before = len(self.problems)
        path: KeyPath = ("case", index)
        if table.on is not None and type(table.on) is not date:  # a table may have anything there
            self._value((*path, "on"), table.on, Date())
        for name, option in table.readings.items():
            place: KeyPath = (*path, "readings", name)
            known = self._policy.readings
            if self._known(name, known, self._file.key_span(place)):
                self._option(place, name, option, known[name].options)
        if (table.village is None) == (not table.villages):
            self.problems.append(say("FC804", self._file.key_span(path), case=table.name))
            return None
        villages = [
            self._village((*path, "villages", i), v, table.name, i)
            for i, v in enumerate(table.villages)
        ]
        if table.village is not None:
            single = schema.CaseVillage.model_construct(
                village=table.village,
                expect=table.expect,
                fired=table.fired,
                hinges_on=table.hinges_on,
            )
            villages.append(self._village(path, single, table.name, 0))
        if len(self.problems) > before:
            return None
        span = self._file.span((*path, "name"))
        return Case(table.name, table.on, table.readings, tuple(villages), span)

    def _option(self, path: KeyPath, reading: str, option: str, options: Collection[str]) -> None:
        if option not in options:
            hint = did_you_mean(option, options)
            span = self._file.span(path)
            self.problems.append(say("FC109", span, hint=hint, reading=reading, option=option))

    def _village(
        self, path: KeyPath, table: schema.CaseVillage, case: str, index: int
    ) -> CaseVillage:
        facts = self._facts((*path, "village"), table.village, case, index)
        expected = _flat(table.expect, (*path, "expect"))
        outputs = [self._output(id_, place, raw) for id_, place, raw in expected]
        fired = [self._fired((*path, "fired", id_), ids) for id_, ids in table.fired.items()]
        hinges = None
        if table.hinges_on is not None:
            span = self._file.span((*path, "hinges_on"))
            for name in table.hinges_on:
                self._known(name, self._policy.readings, span)
            hinges = Expected("hinges_on", tuple(sorted(table.hinges_on)), span)
        return CaseVillage(
            facts, tuple(e for e in outputs if e), tuple(e for e in fired if e), hinges
        )

    def _facts(
        self, path: KeyPath, given: dict[str, Any], case: str, index: int
    ) -> dict[str, Value]:
        facts: dict[str, Value] = {}
        known = {fact.called for fact in self._policy.facts.values()}
        flat = [*_flat(given, path)]
        places = {id_: place for id_, place, _ in flat}
        values_given = {id_: raw for id_, _, raw in flat}
        for id_, place in places.items():
            self._known(id_, known, self._file.key_span(place))
        for id_, fact in self._policy.facts.items():
            if (name := fact.called) in places:
                value = self._value(
                    places[name], values_given[name], fact.type, (fact.low, fact.high)
                )
                facts[id_] = value if value is not None else ""
            elif fact.default is not None:
                facts[id_] = fact.default
            elif isinstance(fact.type, Text):
                facts[id_] = f"{index + 1}" if id_ == "name" else ""
            else:
                self.problems.append(
                    say("FC803", self._file.key_span(path), case=case, fact=fact.called)
                )
        if not facts.get("code") and "code" in self._policy.facts:
            facts["code"] = f"{index + 1:06d}"
        return facts

    def _value(
        self,
        path: KeyPath,
        raw: object,
        kind: Type,
        ends: tuple[int | None, int | None] = (None, None),
    ) -> Value | None:
        """The value; noted where it is none of the type, or is beyond its range."""
        value = values.value_of(raw, kind)
        if value is None or not _in_range(value, *ends):
            wanted = values.wanted(kind)
            if value is not None:
                low, high = ("…" if end is None else literal(end, kind) for end in ends)
                wanted = words("policy.within", low=low, high=high)
            self.problems.append(say("FC115", self._file.span(path), wanted=wanted))
        return value

    def _output(self, id_: str, path: KeyPath, raw: object) -> Expected | None:
        if not self._known(id_, self._outputs, self._file.key_span(path)):
            return None
        kind = self._outputs[id_]
        value = self._value(path, raw, Text() if isinstance(kind, Text) else kind)
        return None if value is None else Expected(id_, value, self._file.span(path))

    def _fired(self, path: KeyPath, ids: list[str]) -> Expected | None:
        programmes = {p.id: p for p in self._policy.programmes}
        id_ = str(path[-1])
        if not self._known(id_, programmes, self._file.key_span(path)):
            return None
        programme = programmes[id_]
        known = {rule.id for rule in programme.rules} | (
            {programme.otherwise.id} if programme.otherwise else set()
        )
        span = self._file.span(path)
        for name in ids:
            self._known(name, known, span)
        return Expected(id_, tuple(ids), span)


def _flat(given: Mapping[str, object], path: KeyPath) -> Iterator[tuple[str, KeyPath, object]]:
    """The values by their names, and where each stands: `before.grant = 1` is a table within one in TOML."""
    for id_, raw in given.items():
        if isinstance(raw, dict):
            for name, place, value in _flat(raw, (*path, id_)):
                yield f"{id_}.{name}", place, value
        else:
            yield id_, (*path, id_), raw


def _in_range(value: Value, low: int | None, high: int | None) -> bool:
    if not isinstance(value, int) or isinstance(value, bool):
        return True
    return (low is None or value >= low) and (high is None or value <= high)


@dataclass(slots=True)
class CaseTable:
    """A table's cases in the shape that TOML has, and the cell of each part."""

    name: str
    cases: list[dict[str, Any]] = field(default_factory=list)
    cells: dict[KeyPath, str] = field(default_factory=dict)

    def span(self, path: KeyPath) -> Span:
        """The cell of a value, or of the nearest part around it."""
        while path and path not in self.cells:
            path = path[:-1]
        return Span(f"{self.name}!{self.cells[path]}" if path else self.name)

    key_span = span


def read_table(name: str, data: bytes, policy: Policy) -> tuple[CaseTable, list[Diagnostic]]:
    """The cases of a table. Rows with one name in `case` are villages of one case."""
    table = CaseTable(name)
    rows = read_rows(name, data)
    if isinstance(rows, Diagnostic):
        return table, [rows]
    head = next((n for n, row in enumerate(rows) if any(cell_text(cell) for cell in row)), None)
    if head is None:
        return table, []
    columns, diagnostics = _columns(table, policy, rows[head], head)
    for number, row in enumerate(rows[head + 1 :], head + 1):
        if any(cell_text(cell) for cell in row):
            diagnostics += _add(table, policy, columns, (number, row))
    return table, diagnostics


def _columns(
    table: CaseTable, policy: Policy, header: Sequence[Cell], number: int
) -> tuple[dict[int, Column], list[Diagnostic]]:
    columns: dict[int, Column] = {}
    diagnostics: list[Diagnostic] = []
    headers = {
        spelt.casefold(): fact.called
        for fact in policy.facts.values()
        for spelt in (*fact.aliases, fact.title.en, fact.title.zh, fact.id)
    }
    outputs = {o.id for p in policy.programmes for o in p.outputs}
    for index, cell in enumerate(header):
        text = cell_text(cell)
        kind, colon, id_ = text.replace("：", ":").partition(":")
        if text in _CASE:
            columns[index] = ("name", "")
        elif text in ("on", "hinges_on"):
            columns[index] = (text, "")
        elif colon and kind in ("expect", "fired", "reading"):
            columns[index] = ("readings" if kind == "reading" else kind, id_.strip())
        elif text.casefold() in headers:
            columns[index] = ("village", headers[text.casefold()])
        elif text in outputs:
            columns[index] = ("expect", text)
        elif text:
            span = Span(f"{table.name}!{address(number, index)}")
            hint = did_you_mean(text[:80], {*headers.values(), *outputs})
            diagnostics.append(say("FC802", span, hint=hint, name=text[:80]))
    seen: dict[Column, int] = {}
    for index, column in columns.items():
        if seen.setdefault(column, index) != index:
            spans = [Span(f"{table.name}!{address(number, at)}") for at in (index, seen[column])]
            diagnostics.append(
                say("FC107", spans[0], spans=(spans[1],), name=column[1] or column[0])
            )
    return columns, diagnostics


def _add(
    table: CaseTable, policy: Policy, columns: dict[int, Column], line: tuple[int, list[Cell]]
) -> Iterator[Diagnostic]:
    """One row: a case of its own, or a further village of the case before it, on the same terms."""
    number, row = line
    parts: dict[str, Any] = {"village": {}, "expect": {}, "fired": {}, "readings": {}}
    cells: dict[KeyPath, str] = {}
    for index, (kind, id_) in columns.items():
        if index >= len(row) or not cell_text(row[index]):
            continue
        value = _value(policy, kind, id_, row[index])
        if id_:
            parts[kind][id_] = value
        else:
            parts[kind] = value
        cells[(kind, id_) if id_ else (kind,)] = address(number, index)
    name = parts.pop("name", "") or f"{table.name.rpartition('/')[2]} {number + 1}"
    shared: dict[str, Any] = {"on": parts.pop("on", None), "readings": parts.pop("readings")}
    if not (table.cases and table.cases[-1]["name"] == name):
        table.cases.append({"name": name, "villages": [], **shared})
    before = table.cases[-1]
    for path, cell in cells.items():
        kind, ids = str(path[0]), [str(part) for part in path[1:]]
        if kind == "on" and shared["on"] != before["on"]:
            yield say("FC806", Span(f"{table.name}!{cell}"), case=name, what="on")
        elif kind == "readings" and shared[kind][ids[0]] != before[kind].get(ids[0]):
            yield say("FC806", Span(f"{table.name}!{cell}"), case=name, what=f"reading:{ids[0]}")
    case = len(table.cases) - 1
    place: KeyPath = ("case", case, "villages", len(table.cases[case]["villages"]))
    table.cases[case]["villages"].append(parts)
    table.cells.setdefault(("case", case), address(number, 0))
    table.cells[place] = address(number, 0)
    for path, cell in cells.items():
        of_case = path[0] in ("on", "readings")
        table.cells[("case", case, *path) if of_case else (*place, *path)] = cell


def _value(policy: Policy, kind: str, id_: str, cell: Cell) -> Any:
    if kind in ("fired", "hinges_on"):
        return [
            part.strip() for part in cell_text(cell).split("+") if part.strip() not in ("", "[]")
        ]
    if kind in ("name", "readings"):
        return cell_text(cell)
    if kind == "on":
        return _typed(Date(), cell)
    if kind == "village":
        return _typed(policy.facts[id_].type, cell) if id_ in policy.facts else cell
    types = {o.id: o.type for p in policy.programmes for o in p.outputs}
    return _typed(types[id_], cell) if id_ in types else cell


def _typed(kind: Type, cell: Cell) -> Any:
    """The cell as TOML would have it; as it is where it is none, for the reader to report."""
    text = cell_text(cell)
    if isinstance(kind, Number):
        exact = number_of(text)
        return text if exact is None else exact
    if isinstance(kind, YesNo):
        low = text.casefold()
        return True if low in _YES else False if low in _NO else text
    if isinstance(kind, Date):
        day = text.removesuffix(" 00:00:00")
        try:
            return date.fromisoformat(day) if _DAY.fullmatch(day) else text
        except ValueError:
            return text
    if isinstance(kind, Texts):
        return [part.strip() for part in text.split("+") if part.strip() not in ("", "[]")]
    return text
