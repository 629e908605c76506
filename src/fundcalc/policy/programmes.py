"""One programme file to a checked Programme: types of its outputs first, its expressions after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.nearest import did_you_mean
from fundcalc.base.words import Words, same
from fundcalc.language.datatypes import Number, Text, Texts, Type, Unknown, YesNo
from fundcalc.language.nodes import Choice, Const, Name, Node, names
from fundcalc.language.parse import parse
from fundcalc.language.reader import Scope, Symbol
from fundcalc.language.units import PLAIN
from fundcalc.policy import schema
from fundcalc.policy.declarations import Declarations
from fundcalc.policy.model import Otherwise, Output, Programme, Rule, Share, Summary
from fundcalc.policy.names import ALL, VILLAGE, Names, bad_id
from fundcalc.policy.templates import check_template
from fundcalc.policy.tomlfile import Path, TomlFile

_TEXT_POLICIES = ("unique", "first", "any", "collect")


@dataclass(frozen=True, slots=True)
class Use:
    """An expression of one programme that uses an output of another, or its own."""

    output: str
    span: Span


class ProgrammeReader:
    """Reads one programme file. `declare` first for all programmes, then `read` for each."""

    def __init__(
        self, file: TomlFile, table: schema.ProgrammeFile, catalogue: schema.PoliciesFile
    ) -> None:
        self._file = file
        self._table = table
        self._catalogue = catalogue
        self.found: list[Diagnostic] = []
        self.uses: list[Use] = []
        self.id = table.programme.id
        self._types: dict[str, Type] = {}
        self._earlier: frozenset[str] = frozenset()

    # -- names and types of outputs ------------------------------------------------------------

    def declare(self, names_: Names, declarations: Declarations) -> None:
        """Register the programme's outputs as names."""
        head = self._table.programme
        path: Path = ("programme", "output")
        names_.take(self._symbol(head.output, self._result_type(declarations)), self._span(path))
        for index, one in enumerate(self._table.also):
            place: Path = ("also", index)
            unit = declarations.unit(self._file, place, one.unit)
            kind: Type = Unknown() if unit is None else Number(unit, unit.decimals)
            names_.take(self._symbol(one.id, kind), self._span((*place, "id")))
        self.found += self._references(declarations)

    def _symbol(self, id_: str, kind: Type) -> Symbol:
        self._types[id_] = kind
        return Symbol(id_, "output", kind)

    def _span(self, path: Path) -> Span:
        return self._file.span(path)

    def _result_type(self, declarations: Declarations) -> Type:
        head = self._table.programme
        path: Path = ("programme",)
        policy = head.hit_policy
        if policy == "collect count":
            return Number(PLAIN, 0)
        if policy == "collect":
            if head.unit is not None or head.type == "yes/no":
                wanted = Words(
                    "文本列表；金额请用 collect sum/max/min",
                    "a list of text; for amounts use collect sum, max or min",
                )
                self.found.append(
                    say(
                        "FC117", self._span((*path, "hit_policy")), hit_policy=policy, wanted=wanted
                    )
                )
            return Texts(self._ids())
        if head.type in ("text", "yes/no"):
            if policy not in _TEXT_POLICIES:
                wanted = Words("数字", "a number")
                self.found.append(
                    say("FC117", self._span((*path, "type")), hit_policy=policy, wanted=wanted)
                )
            return YesNo() if head.type == "yes/no" else Text(self._ids())
        if head.unit is None:
            self.found.append(say("FC102", self._file.key_span(path), key="unit"))
            return Unknown()
        unit = declarations.unit(self._file, path, head.unit)
        return Unknown() if unit is None else Number(unit, unit.decimals)

    def _ids(self) -> frozenset[str] | None:
        """The only values a programme of text can give: the ids of its rules, unless it writes others."""
        table = self._table
        if any(rule.then is not None for rule in table.rule):
            return None
        if table.otherwise is not None and isinstance(table.otherwise.value, str):
            return None
        ids = {rule.id for rule in table.rule}
        gap = {table.otherwise.id} if table.otherwise else set()
        return frozenset(ids | gap)

    def _references(self, declarations: Declarations) -> list[Diagnostic]:
        """Sources and payers that are not declared; rules without a source."""
        table, known = self._table, self._catalogue
        before = len(declarations.found)
        for index, rule in enumerate(table.rule):
            declarations.reference(self._file, ("rule", index), rule.source, known.sources, rule.id)
        for key, one in (("otherwise", table.otherwise), *(("also", a) for a in table.also)):
            if one is not None and one.source is not None:
                place: Path = (key,) if key == "otherwise" else (key, table.also.index(one))  # type: ignore[arg-type]
                declarations.reference(self._file, place, one.source, known.sources, one.id)
        found = declarations.found[before:]
        del declarations.found[before:]
        payers: list[tuple[Path, str | None]] = [(("programme",), table.programme.payer)]
        payers += [(("also", i), a.payer) for i, a in enumerate(table.also)]
        for path, payer in payers:
            if payer is not None and payer not in known.payers:
                called = Words("付款方", "payer")
                span = self._span((*path, "payer"))
                found.append(
                    say(
                        "FC108",
                        span,
                        hint=did_you_mean(payer, known.payers),
                        name=payer,
                        what=called,
                    )
                )
        return found

    # -- expressions ----------------------------------------------------------------------------

    def read(self, names_: Names, declarations: Declarations) -> Programme | None:
        """The checked programme, or None where an expression is wrong."""
        self._scope = Scope(names_.symbols)
        head = self._table.programme
        result_type = self._types[head.output]
        rules = [self._rule(index, one, result_type) for index, one in enumerate(self._table.rule)]
        otherwise = self._otherwise(result_type)
        also = [self._also(index, one) for index, one in enumerate(self._table.also)]
        summaries = [
            self._summary(i, one, declarations) for i, one in enumerate(self._table.summary)
        ]
        self._check_ids()
        if any(part is None for part in (*rules, *also, *summaries)):
            return None
        if self._table.otherwise is not None and otherwise is None:
            return None
        title = head.output_title or head.title
        span = self._span(("programme", "output"))
        result = Output(head.output, title, result_type, head.payer, None, None, None, None, span)
        return Programme(
            self.id, head.title, head.hit_policy, result,
            tuple(r for r in rules if r), otherwise, tuple(a for a in also if a),
            tuple(s for s in summaries if s), head.note,
            self._file.key_span(("programme",)),
        )  # fmt: skip

    def _check_ids(self) -> None:
        seen: dict[str, Span] = {}
        listed: list[tuple[str, Path]] = [
            (r.id, ("rule", i)) for i, r in enumerate(self._table.rule)
        ]
        if self._table.otherwise:
            listed.append((self._table.otherwise.id, ("otherwise",)))
        for id_, path in listed:
            span = self._span((*path, "id"))
            problem = bad_id(id_, span)
            if problem:
                self.found.append(problem)
            elif seen.setdefault(id_, span) is not span:
                self.found.append(say("FC107", span, spans=(seen[id_],), name=id_))

    def _rule(self, index: int, one: schema.RuleTable, result: Type) -> Rule | None:
        path: Path = ("rule", index)
        when = self._expression((*path, "when"), one.when, YesNo())
        then, share = self._decides(path, one.id, one.then, one.share, "then", result)
        because = self._sentence((*path, "because"), one.because)
        if when is None or (then is None and share is None):
            return None
        title = one.title
        span = self._span((*path, "id"))
        places = self._file.source((*path, "when"), one.when).locate
        cliff = one.cliff_ok.reason if one.cliff_ok else None
        return Rule(
            one.id, title, when, then, share, one.source, because, span, cliff, places
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
            self.found.append(say("FC110", self._file.key_span(path), id_=id_, key=key))
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
        value: Node | None
        if one.value is None and isinstance(kind, Texts):
            value = Const(kind, (0, 0), ())
        elif one.value is None:
            value = Const(Text(), (0, 0), one.id) if isinstance(kind, Text) else None
            if self._table.programme.hit_policy == "collect count":
                value = Const(kind, (0, 0), 0)
            if value is None:
                self.found.append(say("FC102", self._file.key_span(path), key="value"))
        else:
            value = self._expression((*path, "value"), one.value, kind)
        if value is None:
            return None
        title = one.title
        return Otherwise(one.id, title, value, because, one.source, self._span((*path, "id")))

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
        title = one.title if one.title else same(one.id)
        return Output(
            one.id, title, kind, one.payer, value, share, because, one.source,
            self._span((*path, "id")), one.cliff_ok.reason if one.cliff_ok else None,
        )  # fmt: skip

    def _summary(
        self, index: int, one: schema.SummaryTable, declarations: Declarations
    ) -> Summary | None:
        path: Path = ("summary", index)
        uses = len(self.uses)
        among = self._expression((*path, "among"), one.among, YesNo())
        count = self._expression((*path, "count"), one.count, YesNo())
        del self.uses[uses:]  # a summary may look at any output: it comes after all of them
        ratio = Number(PLAIN, 6)
        rounding = declarations.rounding(self._file, (*path, "round"), one.round, ratio)
        if among is None or count is None or rounding is None:
            return None
        return Summary(one.id, one.title, among, count, rounding[0], 6, rounding[1])

    def _share(self, path: Path, one: schema.ShareTable, kind: Type) -> Share | None:
        group = Scope(self._scope.symbols, pool=True)
        pool = self._expression((*path, "pool"), one.pool, kind, group)
        by = self._expression((*path, "by"), one.by, None)
        if by is not None and not isinstance(by.type, Number | Unknown):
            wanted = Words("数字", "a number")
            self.found.append(say("FC103", self._span((*path, "by")), wanted=wanted))
        at_most = None
        if one.at_most is not None:
            at_most = self._expression((*path, "at_most"), one.at_most, kind)
        per = self._group((*path, "per"), one.per)
        if pool is None or by is None or per is None or (one.at_most and at_most is None):
            return None
        return Share(pool, per, by, at_most, self._span((*path, "pool")))

    def _group(self, path: Path, text: str) -> Node | None:
        """The fact that groups villages; a choice between facts may depend on readings."""
        extra = {name: Symbol(name, "fact", Text()) for name in (ALL, VILLAGE)}
        scope = Scope({**self._scope.symbols, **extra})
        node = self._expression(path, text, Text(), scope)
        if node is not None and not _is_group(node):
            self.found.append(say("FC118", self._span(path), found=text[:80]))
            return None
        return node

    def _expression(
        self, path: Path, raw: object, kind: Type | None, scope: Scope | None = None
    ) -> Node | None:
        text = _as_text(raw)
        if text is None:
            wanted = Words("表达式或数值", "an expression or a value")
            self.found.append(say("FC103", self._span(path), wanted=wanted))
            return None
        source = self._file.source(path, text)
        node, found = parse(source, scope or self._scope, kind)
        self.found += found
        if node is not None:
            for name in names(node):
                if name.kind == "output" and name.id not in self._earlier:
                    self.uses.append(Use(name.id, source.locate(*name.at)))
        return node

    def _sentence(self, path: Path, table: Words | None) -> Words | None:
        if table is None:
            return None
        known = self._scope.symbols
        for lang in ("zh", "en"):
            span = self._span((*path, lang))
            self.found += check_template(getattr(table, lang), span, known, known)
        return table


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
