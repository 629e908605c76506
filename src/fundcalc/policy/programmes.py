"""One programme file to a checked Programme: types of its outputs first, its expressions after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.words import Words, same
from fundcalc.language.datatypes import Number, Text, Texts, Type, Unknown, YesNo
from fundcalc.language.nodes import Choice, Const, Name, Node, names
from fundcalc.language.parse import parse
from fundcalc.language.reader import Scope, Symbol
from fundcalc.language.units import PLAIN
from fundcalc.policy import schema
from fundcalc.policy.declarations import FileReader, Names, bad_id
from fundcalc.policy.model import ALL, VILLAGE, Otherwise, Output, Programme, Rule, Share, Summary
from fundcalc.policy.templates import check_template
from fundcalc.policy.tomlfile import Path, TomlFile

_TEXT_POLICIES = ("unique", "first", "any", "collect")
_RATIO = Number(PLAIN, 6)


@dataclass(frozen=True, slots=True)
class Use:
    """An expression of one programme that uses an output of another, or its own."""

    output: str
    span: Span


class ProgrammeReader(FileReader):
    """Reads one programme file. `declare` first for all programmes, then `read` for each."""

    def __init__(
        self, file: TomlFile, names_: Names, table: schema.ProgrammeFile,
        catalogue: schema.PoliciesFile,
    ) -> None:  # fmt: skip
        super().__init__(file, names_)
        self.id = table.programme.id
        self.uses: list[Use] = []
        self._table = table
        self._catalogue = catalogue
        self._types: dict[str, Type] = {}
        self._earlier: frozenset[str] = frozenset()
        self._scope = Scope(names_.symbols)

    # -- names and types of outputs ------------------------------------------------------------

    def declare(self) -> None:
        """Register the programme's outputs as names."""
        self._declare(self._table.programme.output, self._result_type(), ("programme", "output"))
        for index, one in enumerate(self._table.also):
            place: Path = ("also", index)
            unit = self.unit(place, one.unit)
            kind: Type = Unknown() if unit is None else Number(unit, unit.decimals)
            self._declare(one.id, kind, (*place, "id"))
        self._references()

    def _declare(self, id_: str, kind: Type, path: Path) -> None:
        self._types[id_] = kind
        self.take(Symbol(id_, "output", kind), self.file.span(path))

    def _result_type(self) -> Type:
        head = self._table.programme
        path: Path = ("programme",)
        policy = head.hit_policy
        if policy == "collect count":
            return Number(PLAIN, 0)
        if policy == "collect":
            if head.unit is not None or head.type == "yes/no":
                wanted = words("policy.list_of_text")
                self.say("FC117", (*path, "hit_policy"), hit_policy=policy, wanted=wanted)
            return Texts(self._ids())
        if head.type in ("text", "yes/no"):
            if policy not in _TEXT_POLICIES:
                wanted = words("policy.a_number")
                self.say("FC117", (*path, "type"), hit_policy=policy, wanted=wanted)
            return YesNo() if head.type == "yes/no" else Text(self._ids())
        if head.unit is None:
            self.say("FC102", self.file.key_span(path), key="unit")
            return Unknown()
        unit = self.unit(path, head.unit)
        return Unknown() if unit is None else Number(unit, unit.decimals)

    def _ids(self) -> frozenset[str] | None:
        """The only values a programme of text can give: the ids of its rules, unless it writes others."""
        table = self._table
        if any(rule.then is not None for rule in table.rule):
            return None
        if table.otherwise is not None and isinstance(table.otherwise.value, str):
            return None
        gap = {table.otherwise.id} if table.otherwise else set()
        return frozenset({rule.id for rule in table.rule} | gap)

    def _references(self) -> None:
        """Note sources and payers that are not declared, and rules without a source."""
        table, known = self._table, self._catalogue
        for index, rule in enumerate(table.rule):
            self.reference(("rule", index), rule.source, known.sources, rule.id)
        parts: list[tuple[Path, schema.OtherwiseTable | schema.AlsoTable]] = [
            (("also", index), one) for index, one in enumerate(table.also)
        ]
        if table.otherwise is not None:
            parts.append((("otherwise",), table.otherwise))
        for path, one in parts:
            if one.source is not None:
                self.reference(path, one.source, known.sources, one.id)
        payers: list[tuple[Path, str | None]] = [(("programme",), table.programme.payer)]
        payers += [(("also", i), a.payer) for i, a in enumerate(table.also)]
        for path, payer in payers:
            if payer is not None:
                self.declared((*path, "payer"), payer, known.payers, "policy.payer")

    # -- expressions ----------------------------------------------------------------------------

    def read(self) -> Programme | None:
        """The checked programme, or None where an expression is wrong."""
        table, head = self._table, self._table.programme
        kind = self._types[head.output]
        rules = [self._rule(index, one, kind) for index, one in enumerate(table.rule)]
        otherwise = self._otherwise(kind)
        also = [self._also(index, one) for index, one in enumerate(table.also)]
        summaries = [self._summary(index, one) for index, one in enumerate(table.summary)]
        self._check_ids()
        if any(part is None for part in (*rules, *also, *summaries)):
            return None
        if table.otherwise is not None and otherwise is None:
            return None
        span = self.file.span(("programme", "output"))
        title = head.output_title or head.title
        return Programme(
            self.id, head.title, head.hit_policy,
            Output(head.output, title, kind, head.payer, None, None, None, None, span),
            tuple(r for r in rules if r), otherwise, tuple(a for a in also if a),
            tuple(s for s in summaries if s), head.note, self.file.key_span(("programme",)),
        )  # fmt: skip

    def _check_ids(self) -> None:
        seen: dict[str, Span] = {}
        ids: list[tuple[str, Path]] = [(r.id, ("rule", i)) for i, r in enumerate(self._table.rule)]
        if self._table.otherwise:
            ids.append((self._table.otherwise.id, ("otherwise",)))
        for id_, path in ids:
            span = self.file.span((*path, "id"))
            problem = bad_id(id_, span)
            if problem:
                self.found.append(problem)
            elif seen.setdefault(id_, span) is not span:
                self.found.append(say("FC107", span, spans=[seen[id_]], name=id_))

    def _rule(self, index: int, one: schema.RuleTable, result: Type) -> Rule | None:
        path: Path = ("rule", index)
        when = self._expression((*path, "when"), one.when, YesNo())
        then, share = self._decides(path, one.id, one.then, one.share, "then", result)
        because = self._sentence((*path, "because"), one.because)
        if when is None or (then is None and share is None):
            return None
        return Rule(
            one.id, one.title, when, then, share, one.source, because,
            self.file.span((*path, "id")), one.cliff_ok.reason if one.cliff_ok else None,
            self.file.source((*path, "when"), one.when).locate,
        )  # fmt: skip

    def _decides(
        self, path: Path, id_: str, value: object, share: schema.ShareTable | None, key: str,
        kind: Type,
    ) -> tuple[Node | None, Share | None]:  # fmt: skip
        """The expression, or the share, that a rule or a further output decides; exactly one."""
        if value is None and share is None and key == "then":
            implied = self._implied(id_, kind)
            if implied is not None:
                return implied, None
        if (value is None) == (share is None):
            self.say("FC110", self.file.key_span(path), id=id_, key=key)
            return None, None
        if share is not None:
            return None, self._share((*path, "share"), share, kind)
        item = Text() if isinstance(kind, Texts) else kind
        return self._expression((*path, key), value, item), None

    def _implied(self, id_: str, kind: Type) -> Node | None:
        """A rule without `then` decides its own id, or counts as one."""
        if isinstance(kind, Text | Texts):
            return Const(Text(), (0, 0), id_)
        if self._table.programme.hit_policy == "collect count":
            return Const(Number(PLAIN, 0), (0, 0), 1)
        return None

    def _otherwise(self, kind: Type) -> Otherwise | None:
        one = self._table.otherwise
        if one is None:
            return None
        path: Path = ("otherwise",)
        because = self._sentence((*path, "because"), one.because)
        value: Node | None = None
        if one.value is not None:
            value = self._expression((*path, "value"), one.value, kind)
        elif isinstance(kind, Texts):
            value = Const(kind, (0, 0), ())
        elif self._table.programme.hit_policy == "collect count":
            value = Const(kind, (0, 0), 0)
        elif isinstance(kind, Text):
            value = Const(Text(), (0, 0), one.id)
        else:
            self.say("FC102", self.file.key_span(path), key="value")
        if value is None:
            return None
        span = self.file.span((*path, "id"))
        return Otherwise(one.id, one.title, value, because, one.source, span)

    def _also(self, index: int, one: schema.AlsoTable) -> Output | None:
        path: Path = ("also", index)
        kind = self._types[one.id]
        before = (a.id for a in self._table.also[:index])
        self._earlier = frozenset([self._table.programme.output, *before])
        value, share = self._decides(path, one.id, one.value, one.share, "value", kind)
        self._earlier = frozenset()
        because = self._sentence((*path, "because"), one.because)
        if value is None and share is None:
            return None
        return Output(
            one.id, one.title or same(one.id), kind, one.payer, value, share, because, one.source,
            self.file.span((*path, "id")), one.cliff_ok.reason if one.cliff_ok else None,
        )  # fmt: skip

    def _summary(self, index: int, one: schema.SummaryTable) -> Summary | None:
        path: Path = ("summary", index)
        uses = len(self.uses)
        among = self._expression((*path, "among"), one.among, YesNo())
        count = self._expression((*path, "count"), one.count, YesNo())
        del self.uses[uses:]  # a summary may look at any output: it comes after all of them
        rounding = self.rounding((*path, "round"), one.round, _RATIO)
        if among is None or count is None or rounding is None:
            return None
        return Summary(one.id, one.title, among, count, rounding[0], 6, rounding[1])

    def _share(self, path: Path, one: schema.ShareTable, kind: Type) -> Share | None:
        group = Scope(self._scope.symbols, pool=True)
        pool = self._expression((*path, "pool"), one.pool, kind, group)
        by = self._expression((*path, "by"), one.by, None)
        if by is not None and not isinstance(by.type, Number | Unknown):
            self.say("FC103", (*path, "by"), wanted=words("policy.a_number"))
        at_most = None
        if one.at_most is not None:
            at_most = self._expression((*path, "at_most"), one.at_most, kind)
        per = self._group((*path, "per"), one.per)
        if pool is None or by is None or per is None or (one.at_most and at_most is None):
            return None
        return Share(pool, per, by, at_most, self.file.span((*path, "pool")))

    def _group(self, path: Path, text: str) -> Node | None:
        """The fact that groups villages; a choice between facts may depend on readings."""
        extra = {name: Symbol(name, "fact", Text()) for name in (ALL, VILLAGE)}
        scope = Scope({**self._scope.symbols, **extra})
        node = self._expression(path, text, Text(), scope)
        if node is not None and not _is_group(node):
            self.say("FC118", path, found=text[:80])
            return None
        return node

    def _expression(
        self, path: Path, raw: object, kind: Type | None, scope: Scope | None = None
    ) -> Node | None:
        text = _as_text(raw)
        if text is None:
            self.say("FC103", path, wanted=words("policy.an_expression"))
            return None
        source = self.file.source(path, text)
        node, found = parse(source, scope or self._scope, kind)
        self.found += found
        if node is not None:
            for name in names(node):
                if name.kind == "output" and name.id not in self._earlier:
                    self.uses.append(Use(name.id, source.locate(*name.at)))
        return node

    def _sentence(self, path: Path, sentence: Words | None) -> Words | None:
        known = self._scope.symbols
        if sentence is not None:
            self.found += check_template(sentence.zh, self.file.span((*path, "zh")), known)
            self.found += check_template(sentence.en, self.file.span((*path, "en")), known)
        return sentence


def _is_group(node: Node) -> bool:
    if isinstance(node, Choice):
        fixed = all(name.kind in ("reading", "parameter") for name in names(node.condition))
        return fixed and _is_group(node.yes) and _is_group(node.no)
    return isinstance(node, Name) and node.kind == "fact" and isinstance(node.type, Text)


def _as_text(raw: Any) -> str | None:
    """A TOML value as expression text."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if type(raw) is date:
        return f"date('{raw.isoformat()}')"
    if isinstance(raw, list | dict) or raw is None:
        return None
    return f"{raw:f}" if not isinstance(raw, int) else str(raw)


def order(
    readers: Iterable[ProgrammeReader], owner: dict[str, str]
) -> tuple[list[str], list[Diagnostic]]:
    """Programmes in an order in which each comes after those it uses; a circle is reported."""
    needs: dict[str, dict[str, Span]] = {}
    for reader in readers:
        needs[reader.id] = {}
        for use in reader.uses:
            needs[reader.id].setdefault(owner[use.output], use.span)
    done: list[str] = []
    waiting = list(needs)
    while waiting:
        ready = next((p for p in waiting if all(n in done for n in needs[p])), None)
        if ready is None:
            return done, [_circle(waiting, needs, done)]
        waiting.remove(ready)
        done.append(ready)
    return done, []


def _circle(waiting: list[str], needs: dict[str, dict[str, Span]], done: list[str]) -> Diagnostic:
    path = [waiting[0]]
    while path[-1] not in path[:-1]:
        path.append(next(n for n in needs[path[-1]] if n not in done))
    path = path[path.index(path[-1]) :]
    spans = [needs[a][b] for a, b in pairwise(path)]
    return say("FC206", spans=spans, shown=" → ".join(path))
