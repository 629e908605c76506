"""What a policy declares before it decides anything: names, sources, payers, readings, parameters, facts."""

from __future__ import annotations

import hashlib
import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fundcalc.base import dataclass
from fundcalc.base.catalogue import Field, say, words
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.files import is_device
from fundcalc.base.money import DIRECTIONS, Direction, scaled
from fundcalc.base.words import (
    NO_GROUP,
    VILLAGES,
    Called,
    Noun,
    Words,
    did_you_mean,
    listed,
    plural,
    with_handle,
)
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, Unknown, YesNo
from fundcalc.language.evaluate import within
from fundcalc.language.nodes import BEFORE, Ends, Value
from fundcalc.language.parse import CONSTANTS, parse
from fundcalc.language.reader import Scope, Symbol, TableSymbol
from fundcalc.language.units import KNOWN, PLAIN, Base, Unit, UnitError, parse_unit
from fundcalc.policy import values
from fundcalc.policy.bundle import SOURCES, Bundle, decoded
from fundcalc.policy.model import (
    ALL,
    ANY_DAY,
    GROUPS,
    IDENTITIES,
    IDENTITY,
    VILLAGE,
    Accept,
    DatedValue,
    Fact,
    Growth,
    Must,
    Output,
    Parameter,
    Period,
    Reading,
    Source,
    Table,
    Unused,
)
from fundcalc.policy.sentences import SourceText, in_marks
from fundcalc.policy.tomlfile import KeyPath, TomlFile

if TYPE_CHECKING:
    from fundcalc.policy import schema

RESERVED = frozenset(
    {
        "min",
        "max",
        "abs",
        "round",
        "count",
        "sum",
        "date",
        *CONSTANTS,
        ALL,
        VILLAGE,
        "where",
        "None",
    }
)
"""Later functions are no reserved words: policies have used their names, and a call is told from a name."""
LONGEST_NAME = 60
LONGEST_TEXT = 2_000_000
"""Bytes of the text of a source."""
_SHOWN = 200
"""Characters of a sentence that a message shows."""


MOST_BEFORE = 10**15
"""An output of the run before lies within so many of its smallest units on either side of 0: of money, 10
million million yuan. A value beyond is refused, so that what is multiplied by a rate still fits 64 bits."""


class Names:
    """One register of all names of a policy: each is used once, whatever its case.

    `refused` are those that cannot be names, which is said where they are declared. `texts` are those
    of sources, by their ids; None where a text is named but could not be read. `once` are the outputs that
    are decided once for a group, with the facts of the group. `unlisted` are outputs of files that are no
    programme, by the file.
    """

    def __init__(self) -> None:
        self.symbols: dict[str, Symbol] = {}
        self.units: dict[str, Base] = dict(KNOWN)
        self.tables: dict[str, TableSymbol] = {}
        self.texts: dict[str, SourceText | None] = {}
        self.refused: set[str] = set()
        self.once: dict[str, frozenset[str]] = {}
        self.unlisted: dict[str, str] = {}
        self.facts: Mapping[str, Fact] = {}
        self._spans: dict[str, Span] = {}

    def take(self, symbol: Symbol, span: Span, written: str | None = None) -> Diagnostic | None:
        """Register a name, as it is `written` where that is not its id, or say why it cannot be."""
        name = written or symbol.id
        problem = self.reserve(name, span)
        if problem is None and name != symbol.id:
            problem = self.reserve(symbol.id, span)
        if problem is None:
            self.symbols[name] = symbol
        return problem

    def look_back(self) -> None:
        """Register `before.x` for every fact and output x, but dates and lists: they have no 0."""
        for name, symbol in [*self.symbols.items()]:
            if symbol.kind in ("fact", "output") and not isinstance(symbol.type, Date | Texts):
                kind = symbol.type
                if isinstance(kind, Text) and kind.options is not None:
                    kind = Text(kind.options | {""})
                id_ = f"{BEFORE}.{symbol.id}"
                self.symbols[f"{BEFORE}.{name}"] = Symbol(id_, "fact", kind)

    def reserve(self, id_: str, span: Span) -> Diagnostic | None:
        """Take a name for something that is no value by itself, such as a table."""
        problem = bad_id(id_, span)
        if problem:
            self.refused.add(id_)
            return problem
        folded = id_.casefold()
        if folded in self._spans:
            return say("FC107", span, spans=[self._spans[folded]], name=id_)
        self._spans[folded] = span
        return None


def bad_id(name: str, span: Span) -> Diagnostic | None:
    """Why a text cannot be a name in an expression, or None where it can."""
    if is_device(name):
        return say("FC106.device", span, name=name)
    plain = unicodedata.normalize("NFKC", name) == name
    usable = name.isidentifier() and not keyword.iskeyword(name) and name not in RESERVED
    if plain and usable and len(name) <= LONGEST_NAME and not name.startswith("__"):
        return None
    reserved = keyword.iskeyword(name) or name in RESERVED
    return say("FC106.reserved" if reserved else "FC106", span, name=name[:80])


class FileReader:
    """Reads one file that has the right shape, collecting names and mistakes."""

    def __init__(self, file: TomlFile, names: Names) -> None:
        self.file = file
        self.names = names
        self.problems: list[Diagnostic] = []

    def say(
        self, key: str, at: Span | KeyPath, /, *, hint: Words | None = None, **fields: Field
    ) -> None:
        """Note a mistake, at a place or at the value of a path."""
        span = at if isinstance(at, Span) else self.file.span(at)
        self.problems.append(say(key, span, hint=hint, spans=(), witness=None, **fields))

    def take(self, symbol: Symbol, span: Span, written: str | None = None) -> None:
        """Register a name, or note why it cannot be."""
        problem = self.names.take(symbol, span, written)
        if problem is not None:
            self.problems.append(problem)

    def reference(
        self, path: KeyPath, source: str | None, known: Mapping[str, schema.SourceTable], what: str
    ) -> None:
        """Note a source that is missing or not declared."""
        if source is None:
            self.say("FC119", self.file.key_span(path), what=what)
        else:
            self.declared((*path, "source"), source, known, "policy.source")

    def quoted(self, path: KeyPath, source: str | None, quote: str | None) -> None:
        """Note a quotation that does not stand word for word in the text of its source."""
        place: KeyPath = (*path, "quote")
        if quote is None:
            return
        if source is None:
            self.say("FC142.no_source", place)
        elif source not in self.names.texts:
            self.say("FC142.no_text", place, name=source)
        elif (text := self.names.texts[source]) is not None and not text.places(quote):
            near, span = text.nearest(quote), self.file.span(place)
            if near is None:
                self.say("FC142", place, name=source)
            else:
                spans, shown = [text.span(near)], in_marks(near.text)[:_SHOWN]
                self.problems.append(
                    say("FC142.near", span, spans=spans, name=source, nearest=shown)
                )

    def declared(self, path: KeyPath, name: str, known: Mapping[str, object], kind: str) -> None:
        """Note a name, such as a source's, that is none of those declared."""
        if name not in known:
            hint, table = did_you_mean(name, known), f"{kind.removeprefix('policy.')}s"
            self.say("FC108", path, hint=hint, name=name, what=words(kind), table=table)

    def unit(self, path: KeyPath, text: str | None) -> Unit | None:
        """The unit, a plain number where there is none; None, noted, where it cannot be read."""
        try:
            return parse_unit(text, self.names.units) if text is not None else PLAIN
        except UnitError as problem:
            self.say("FC105", (*path, "unit"), hint=problem.hint, part=str(problem))
            return None

    def number(self, path: KeyPath, unit: str | None, decimals: int | None) -> Type:
        """A number's type; unknown, noted, where its unit cannot be read.

        Without `decimals` it has those of its unit: two of money, none of all else.
        """
        read = self.unit(path, unit)
        if read is None:
            return Unknown()
        return Number(read, read.decimals if decimals is None else decimals)

    def period(
        self,
        path: KeyPath,
        table: schema.ProgrammeTable | schema.RuleTable | schema.OtherwiseTable | schema.ShareTable,
        around: Period = ANY_DAY,
    ) -> Period:
        """From when until when a table of the file holds; noted where no day is left, also of `around`."""
        period = Period(table.from_, table.until)
        narrow = period.within(around)
        if narrow.first and narrow.last and narrow.last < narrow.first:
            key = "until" if table.until is not None else "from"
            self.say("FC134", (*path, key), first=narrow.first, last=narrow.last)
        return period

    def rounding(
        self, path: KeyPath, table: schema.RoundTable, kind: Number
    ) -> tuple[int, Direction] | None:
        """Step and direction of a rounding; None, noted, where they cannot be read."""
        step = values.value_of(table.to, kind)
        direction = next((d for d in DIRECTIONS if d == table.direction), None)
        if not isinstance(step, int) or step <= 0:
            step = None
            self.say("FC115", (*path, "to"), wanted=words("policy.above_zero"))
        if direction is None:
            options = listed(DIRECTIONS)
            self.say("FC104", (*path, "direction"), found=table.direction[:40], options=options)
        return None if step is None or direction is None else (step, direction)

    def value(self, path: KeyPath, raw: object, kind: Type) -> Value | None:
        """A value of a type; None where there is none, or where it was noted as wrong."""
        if raw is None or isinstance(kind, Unknown):
            return None
        value = values.value_of(raw, kind)
        if value is None:
            self.say("FC115", path, wanted=values.wanted(kind))
        self.no_blanks(path, raw)
        return value

    def no_blanks(self, path: KeyPath, raw: object) -> None:
        """Note texts with a blank around them, which no cell of a roster has."""
        for at, text in enumerate(raw) if isinstance(raw, list) else ((None, raw),):
            if isinstance(text, str) and text != text.strip():
                place = path if at is None else (*path, at)
                self.say("FC213.blank", place, text=text[:80], right=text.strip()[:80])


class Catalogue(FileReader):
    """Reads policies.toml."""

    def __init__(
        self, file: TomlFile, names: Names, table: schema.PoliciesFile, finer: Mapping[str, int]
    ) -> None:
        super().__init__(file, names)
        self.table = table
        self._finer = finer

    def sources(self, bundle: Bundle) -> dict[str, Source]:
        """The documents that rules and numbers rest on, with the texts that the policy has of them."""
        sources: dict[str, Source] = {}
        for id_, entry in self.table.sources.items():
            path: KeyPath = ("sources", id_)
            if entry.text is not None:
                self.names.texts[id_] = self._text(path, entry.text, entry.digest, bundle)
            elif entry.digest is not None:
                self.say("FC141.no_text", (*path, "digest"))
            unused: list[Unused] = []
            for number, sentence in enumerate(entry.unused):
                place: KeyPath = (*path, "unused", number)
                self.quoted(place, id_, sentence.quote)
                unused.append(
                    Unused(sentence.quote, sentence.reason, self.file.span((*place, "quote")))
                )
            sources[id_] = Source(
                id_, entry.title, entry.publisher, entry.date, entry.locator, entry.text,
                tuple(unused),
            )  # fmt: skip
        return sources

    def _text(
        self, path: KeyPath, name: str, digest: str | None, bundle: Bundle
    ) -> SourceText | None:
        """The text of a source, by the file's name; None, noted, where it cannot be read."""
        data = bundle.content.get(name) if name.startswith(f"{SOURCES}/") else None
        if data is None:
            known = [file for file in bundle.content if file.startswith(f"{SOURCES}/")]
            hint = did_you_mean(name[:80], known)
            self.say("FC140.file", (*path, "text"), hint=hint, name=name[:80])
            return None
        label, now = bundle.show(name), f"sha256:{hashlib.sha256(data).hexdigest()}"
        if digest is not None and digest != now:
            self.say("FC141", (*path, "digest"), name=name, now=now)
        if len(data) > LONGEST_TEXT:
            most = LONGEST_TEXT
            self.say("FC004.file_too_large", Span(label), size=len(data), most=most)
            return None
        try:
            text = decoded(data)
        except UnicodeDecodeError:
            self.say("FC140", Span(label))
            return None
        if not text.strip() or "\0" in text:
            self.say("FC140", Span(label))
            return None
        return SourceText(label, text)

    def payers(self) -> dict[str, Words]:
        """Who pays."""
        return {id_: entry.title for id_, entry in self.table.payers.items()}

    def accepted(self) -> tuple[Accept, ...]:
        """The findings that may stand, each at its code."""
        return tuple(
            Accept(entry.code, entry.where, entry.reason, self.file.span(("accept", n, "code")))
            for n, entry in enumerate(self.table.accept)
        )

    def units(self) -> None:
        """The policy's own units, which from then on may be used."""
        for id_, entry in self.table.units.items():
            problem = bad_id(id_, self.file.key_span(("units", id_)))
            if problem is not None:
                self.problems.append(problem)
                continue
            own = Base(id_, entry.title, plural=entry.plural or "", money=entry.money)
            others = (unit for unit in self.names.units.values() if unit != own)
            taken = {word for unit in others for word in unit.written}
            for word in dict.fromkeys(own.written):
                if word in taken:
                    self.say("FC107", self.file.key_span(("units", id_)), name=word)
            self.names.units[id_] = own

    def readings(self) -> dict[str, Reading]:
        """The questions that the source leaves open."""
        readings: dict[str, Reading] = {}
        for id_, entry in self.table.readings.items():
            path: KeyPath = ("readings", id_)
            span = self.file.key_span(path)
            if entry.chosen not in entry.options:
                hint = did_you_mean(entry.chosen, entry.options)
                self.say("FC109", (*path, "chosen"), hint=hint, reading=id_, option=entry.chosen)
            self.take(Symbol(id_, "reading", Text(frozenset(entry.options))), span)
            self.quoted(path, entry.source, entry.quote)
            readings[id_] = Reading(
                id_, entry.question, entry.chosen, entry.options, span, entry.source, entry.quote
            )
        return readings

    def parameters(self) -> dict[str, Parameter]:
        """The dated numbers, texts and lists."""
        return {id_: self._parameter(id_, entry) for id_, entry in self.table.parameters.items()}

    def _parameter(self, id_: str, entry: schema.ParameterTable) -> Parameter:
        path: KeyPath = ("parameters", id_)
        span = self.file.key_span(path)
        kind, open_ = self._type(path, id_, entry)
        dated = self._dated(path, entry, kind)
        growth = self._growth((*path, "growth"), entry.growth, kind)
        self.problems += values.idle_growth(id_, dated, growth, self.table.policy.on, span)
        self.take(Symbol(id_, "parameter", kind, (entry.title.zh, entry.title.en)), span)
        self.reference(path, entry.source, self.table.sources, id_)
        self.quoted(path, entry.source, entry.quote)
        for key, source in entry.sources.items():
            self.declared((*path, "sources", key), source, self.table.sources, "policy.source")
        for list_, days in (("sources", entry.sources), ("jump_ok", entry.jump_ok)):
            for key in days:
                if key not in entry.values:
                    where = self.file.key_span((*path, list_, key))
                    self.say("FC920", where, day=key[:40], key=list_)
        meant = frozenset(day for key in entry.jump_ok if (day := values.day_of(key)) is not None)
        return Parameter(
            id_, entry.title, kind, entry.source, dated, entry.confirmed, growth, span, meant,
            entry.quote, open_, values.bare(entry.values),
        )  # fmt: skip

    def _type(self, path: KeyPath, id_: str, entry: schema.ParameterTable) -> tuple[Type, bool]:
        """A parameter's type, and whether nothing but its values says how many decimals it has."""
        dated = [value for value in entry.values.values() if value is not False]
        first = dated[0] if dated else False
        if entry.unit == "yes/no" or isinstance(first, bool):
            return YesNo(), False
        if isinstance(first, list):
            return Texts(), False
        if isinstance(first, date):
            return Date(), False
        if isinstance(first, str) and entry.unit is None and values.percent(first) is None:
            return Text(), False
        unit = self.unit(path, entry.unit)
        if unit is None:
            return Unknown(), False
        decimals = unit.decimals if entry.decimals is None else entry.decimals
        open_ = unit == PLAIN and entry.decimals is None
        if open_:
            decimals = max([self._finer.get(id_, 0), *map(values.decimals, dated)])
        percent = bool(dated) and all(isinstance(value, str) for value in dated)
        return Number(unit, min(decimals, values.MOST_DECIMALS), percent), open_

    def _dated(
        self, path: KeyPath, entry: schema.ParameterTable, kind: Type
    ) -> tuple[DatedValue, ...]:
        dated: list[DatedValue] = []
        for key, raw in entry.values.items():
            place: KeyPath = (*path, "values", key)
            since = values.day_of(key)
            if since is None:
                self.say("FC114", self.file.key_span(place), text=key[:40])
                continue
            ends = raw is False and not isinstance(kind, YesNo)
            value = None if ends else self.value(place, raw, kind)
            dated.append(DatedValue(since, value, entry.sources.get(key), self.file.span(place)))
        in_order = sorted(dated, key=lambda d: d.since)
        early = next((b for a, b in pairwise(dated) if b.since < a.since), None)
        if early is not None and early.span is not None:
            self.say("FC114.order", early.span, day=early.since, last=in_order[-1].since)
        return tuple(in_order)

    def _growth(self, path: KeyPath, table: schema.GrowthTable | None, kind: Type) -> Growth | None:
        if table is None:
            return None
        from_table = table.rate if table.rate in self.table.tables else None
        rate = values.growth_rate(table.rate) if from_table is None else Decimal(0)
        if rate is None or not isinstance(kind, Number):
            self.say("FC116", (*path, "rate"))
            return None
        rounding = self.rounding((*path, "round"), table.round, kind)
        decimals = max(0, -int(rate.as_tuple().exponent))
        exact = scaled(rate, decimals)
        if rounding is None or exact is None:
            return None
        every = int(table.every.partition(" years")[0]) if table.every != "year" else 1
        return Growth(exact, decimals, table.after, *rounding, every, from_table)

    def rates(self, parameters: Mapping[str, Parameter], tables: Mapping[str, Table]) -> None:
        """Note tables of rates that have no rate for a year."""
        for id_, parameter in parameters.items():
            table = tables.get((parameter.growth and parameter.growth.table) or "")
            if table is None:
                continue
            by_year = all(isinstance(key.type, Number) for key in table.keys)
            plain = isinstance(table.type, Number) and table.type.unit == PLAIN
            least = -(10 ** (table.type.decimals or 0)) if isinstance(table.type, Number) else 0
            low = any(isinstance(row.value, int) and row.value < least for row in table.rows)
            if len(table.keys) > 1 or not by_year or not plain or low:
                self.say("FC116.table", ("parameters", id_, "growth", "rate"), table=table.id)


class Facts(FileReader):
    """Reads village.toml."""

    def facts(self, table: schema.VillageFile) -> dict[str, Fact]:
        """What a roster says about a village."""
        roles = self._roles(table)
        read = [self._fact(id_, entry, roles.get(id_, id_)) for id_, entry in table.facts.items()]
        facts = {fact.id: fact for fact in read}
        if not {"name", "code"} & set(facts) and all(p.code != "FC129" for p in self.problems):
            self.say("FC121", self.file.key_span(("facts",)))
        self._headers(facts)
        return facts

    def musts(self, table: schema.VillageFile, facts: Mapping[str, Fact]) -> tuple[Must, ...]:
        """What must hold of every row; those that can be read."""
        known = self.names.symbols
        symbols = {f.called: known[f.called] for f in facts.values() if f.called in known}
        elsewhere = {**known, "on": Symbol("on", "day", Date())}  # a roster is read for any day
        scope = Scope(symbols, self.names.units, rows=False, elsewhere=elsewhere)
        musts: list[Must] = []
        for at, entry in enumerate(table.must):
            path: KeyPath = ("must", at, "when")
            node, problems = parse(self.file.source(path, entry.when), scope, YesNo())
            self.problems += problems
            if node is not None:
                musts.append(Must(node, entry.because, self.file.span(path)))
            if node is not None and not musts[-1].facts:
                self.say("FC202.no_fact", path)
        return tuple(musts)

    def _roles(self, table: schema.VillageFile) -> dict[str, str]:
        """The facts of `identity` and `groups`, each with the id that says what it does; FC129."""
        roster = table.roster
        if roster is None:
            return {}
        kinds = (("identity", roster.identity, IDENTITIES), ("groups", roster.groups, GROUPS))
        roles: dict[str, str] = {}
        before = len(self.problems)
        for key, names, ids in kinds:
            if names is None:
                continue
            alone = len(names) == 1 and names[0] in ids
            for at, (name, role) in enumerate(zip(names, names if alone else ids, strict=False)):
                self._says_which(table.facts, ("roster", key, at), name, roles)
                roles.setdefault(name, role)
        if len(self.problems) > before:
            return {}
        for _, names, ids in kinds:
            for id_ in ids if names is not None else ():
                if id_ in table.facts and roles.get(id_) != id_:
                    self.say("FC129.taken", self.file.key_span(("facts", id_)), name=id_)
        return roles if len(self.problems) == before else {}

    def _says_which(
        self,
        facts: Mapping[str, schema.FactTable],
        path: KeyPath,
        name: str,
        before: Collection[str],
    ) -> None:
        """Note a name that cannot say which row, or which group, it is."""
        fact = facts.get(name)
        if fact is None:
            self.say("FC129", path, hint=did_you_mean(name[:80], facts), name=name[:80])
        elif fact.unit is not None or fact.type not in (None, "text"):
            self.say("FC129.kind", path, name=name)
        elif name in before:
            self.say("FC129.twice", path, name=name)

    def noun(self, table: schema.VillageFile, facts: Mapping[str, Fact]) -> Noun:
        """What the rows are called, and the groups that they belong to by the titles of those facts."""
        given, file = table.roster, self.file.name.rpartition("/")[2]
        if given is None:
            return replace(VILLAGES, file=file)
        row = VILLAGES.row
        if given.of is not None:
            row = Called(given.of.zh, given.of.en, given.of.plural or plural(given.of.en))
        outer, inner = (
            _called(facts[id_].title) if id_ in facts else NO_GROUP for id_ in ("county", "town")
        )
        return Noun(row, given.counter or VILLAGES.counter, outer, inner, file)

    def _fact(self, id_: str, entry: schema.FactTable, role: str) -> Fact:
        path: KeyPath = ("facts", id_)
        span = self.file.key_span(path)
        kind = self._type(path, entry, role)
        headers = (entry.title.zh, entry.title.en, *entry.aliases)
        self.take(Symbol(role, "fact", kind, headers), span, id_)
        low, high = ends = self._range((*path, "range"), entry.range, kind) or (None, None)
        own = () if role == id_ else (id_,)
        return Fact(
            role, entry.title, (*entry.aliases, *own), kind, entry.required,
            self._default(path, entry, kind, ends), low, high, entry.digits, entry.note, span,
            self.value((*path, "example"), entry.example, kind), entry.outlier, entry.of_year,
            self._range((*path, "typical"), entry.typical, kind), tuple(entry.near_aliases),
            written="".join(own),
        )  # fmt: skip

    def _headers(self, facts: dict[str, Fact]) -> None:
        owner: dict[str, str] = {}
        for fact in facts.values():
            for header in _headers_of(fact):
                if owner.setdefault(_header(header), fact.id) != fact.id:
                    span = self.file.key_span(("facts", fact.called))
                    self.say("FC120", span, title=header, other=owner[_header(header)])

    def _type(self, path: KeyPath, entry: schema.FactTable, role: str) -> Type:
        if entry.type == "yes/no":
            return YesNo()
        if entry.type == "date":
            return Date()
        if entry.type == "text" or (entry.unit is None and role in IDENTITY):
            self.no_blanks((*path, "options"), entry.options)
            return Text(frozenset(entry.options) if entry.options else None)
        return self.number(path, entry.unit, entry.decimals)

    def _range(self, path: KeyPath, ends: list[Any] | None, kind: Type) -> tuple[int, int] | None:
        """The two ends of a range, in smallest units; none where there is none or it was noted."""
        if ends is None or isinstance(kind, Unknown):
            return None
        low, high = (values.value_of(end, kind) for end in ends)
        fine = isinstance(kind, Number | Date)
        if fine and isinstance(low, int) and isinstance(high, int) and low <= high:
            return low, high
        self.say("FC115", path, wanted=words("policy.least_greatest"))
        return None

    def _default(
        self, path: KeyPath, entry: schema.FactTable, kind: Type, ends: Ends
    ) -> Value | None:
        if isinstance(kind, Unknown) or entry.required:
            return None
        if entry.default is None:
            return empty_value(kind)
        default = self.value((*path, "default"), entry.default, kind)
        if isinstance(default, int) and not isinstance(default, bool) and not within(default, ends):
            self.say("FC115.range", (*path, "default"))
        return default


def _headers_of(fact: Fact) -> list[str]:
    """What a column of a fact may be headed."""
    headers = (fact.id, fact.title.zh, fact.title.en, *fact.aliases, *fact.near_aliases)
    return list(dict.fromkeys(headers))


def _header(text: str) -> str:
    """What is one header, however it is written."""
    return text.casefold().strip()


def before_fact(symbol: Symbol, now: Fact | Output, others: Iterable[Fact]) -> Fact:
    """The fact of a row that `before.x` is: 0, no or blank where the run before did not have the row.

    Where its title would be a header of another fact it has the id, too.
    """
    title = Words(f"上次的{now.title.zh}", f"{now.title.en} of the run before")
    taken = {_header(header) for other in others for header in _headers_of(other)}
    if taken & {_header(title.zh), _header(title.en)}:
        title = with_handle(title, now.id)
    written = f"{BEFORE}.{now.called}" if isinstance(now, Fact) and now.written else ""
    low, high = (now.low, now.high) if isinstance(now, Fact) else (-MOST_BEFORE, MOST_BEFORE)
    if not isinstance(symbol.type, Number):
        low = high = None
    return Fact(
        symbol.id, title, (written,) if written else (), symbol.type, False, empty_value(symbol.type),
        None if low is None else min(low, 0), None if high is None else max(high, 0), None, None,
        now.span, written=written,
    )  # fmt: skip


def _called(title: Words) -> Called:
    """A group by its title, without what stands there in brackets: 县（市、区） is 县."""
    zh, en = re.split("[（(]", title.zh)[0].strip(), re.split("[（(]", title.en)[0].strip()
    en = en if en[1:2].isupper() else en[:1].lower() + en[1:]
    return Called(zh, en, plural(en))


def empty_value(kind: Type) -> Value:
    """What an absent fact is taken to be where village.toml gives no default."""
    if isinstance(kind, YesNo):
        return False
    if isinstance(kind, Text):
        return ""
    return date(1, 1, 1).toordinal() if isinstance(kind, Date) else 0


@dataclass(frozen=True, slots=True)
class Use:
    """An expression of one programme that uses an output of another, or its own."""

    output: str
    span: Span


def order(
    uses: Iterable[tuple[str, Sequence[Use]]], owner: Mapping[str, str]
) -> tuple[list[str], list[Diagnostic]]:
    """Programmes in an order in which each comes after those that it `uses`; a circle is reported."""
    needs: dict[str, dict[str, Span]] = {}
    for id_, used in uses:
        needs[id_] = {}
        for use in used:
            needs[id_].setdefault(owner[use.output], use.span)
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
