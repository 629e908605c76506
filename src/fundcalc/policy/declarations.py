"""Sources, payers, readings, parameters and facts: what a policy declares before it decides anything."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.money import DIRECTIONS, Direction, scaled
from fundcalc.base.nearest import did_you_mean, meant
from fundcalc.base.words import Words, listed
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, Unknown, YesNo
from fundcalc.language.nodes import Value
from fundcalc.language.reader import Symbol
from fundcalc.language.units import PLAIN, Unit, UnitError, parse_unit
from fundcalc.policy import schema, values
from fundcalc.policy.model import (
    IDENTITY,
    DatedValue,
    Fact,
    Growth,
    Parameter,
    Reading,
    Source,
)
from fundcalc.policy.names import Names
from fundcalc.policy.tomlfile import Path, TomlFile

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Declarations:
    """Reads the declarations of policies.toml and village.toml, collecting names and mistakes."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self.found: list[Diagnostic] = []

    # -- policies.toml ------------------------------------------------------------------------

    def sources(self, table: schema.PoliciesFile) -> dict[str, Source]:
        """The documents that rules and numbers rest on."""
        return {
            id_: Source(id_, one.title, one.publisher, one.date, one.locator)
            for id_, one in table.sources.items()
        }

    def payers(self, table: schema.PoliciesFile) -> dict[str, Words]:
        """Who pays."""
        return {id_: one.title for id_, one in table.payers.items()}

    def readings(self, file: TomlFile, table: schema.PoliciesFile) -> dict[str, Reading]:
        """The questions that the source leaves open."""
        readings: dict[str, Reading] = {}
        for id_, one in table.readings.items():
            path: Path = ("readings", id_)
            span = file.key_span(path)
            options = one.options
            if one.chosen not in options:
                where = file.span((*path, "chosen"))
                self.found.append(
                    say(
                        "FC109",
                        where,
                        hint=did_you_mean(one.chosen, options),
                        reading=id_,
                        option=one.chosen,
                    )
                )
            self._names.take(Symbol(id_, "reading", Text(frozenset(options))), span)
            readings[id_] = Reading(id_, one.question, one.chosen, options, span)
        return readings

    def parameters(self, file: TomlFile, table: schema.PoliciesFile) -> dict[str, Parameter]:
        """The dated numbers, texts and lists."""
        parameters: dict[str, Parameter] = {}
        for id_, one in table.parameters.items():
            path: Path = ("parameters", id_)
            span = file.key_span(path)
            kind = self._parameter_type(file, path, one)
            dated = self._dated(file, path, one, kind)
            growth = self._growth(file, path, one.growth, kind)
            self._names.take(Symbol(id_, "parameter", kind, _titles(one)), span)
            self.reference(file, path, one.source, table.sources, id_)
            self._value_sources(file, path, one, table.sources)
            meant = self._meant(file, path, one)
            parameters[id_] = Parameter(
                id_, one.title, kind, one.source, dated, one.confirmed, growth, span, meant
            )
        return parameters

    def _meant(self, file: TomlFile, path: Path, one: schema.ParameterTable) -> frozenset[date]:
        """The days of `jump_ok`; reports those on which no value begins."""
        for key in one.jump_ok:
            if key not in one.values:
                where = file.key_span((*path, "jump_ok", key))
                self.found.append(say("FC920", where, day=key[:40], key="jump_ok"))
        return frozenset(day for key in one.jump_ok if (day := _day(key)) is not None)

    def reference(
        self,
        file: TomlFile,
        path: Path,
        source: str | None,
        known: dict[str, schema.SourceTable],
        what: str,
    ) -> None:
        """Report a source that is missing or not declared."""
        if source is None:
            self.found.append(say("FC119", file.key_span(path), what=what))
        elif source not in known:
            called = Words("出处", "source")
            span = file.span((*path, "source"))
            self.found.append(
                say("FC108", span, hint=did_you_mean(source, known), name=source, what=called)
            )

    def _value_sources(
        self,
        file: TomlFile,
        path: Path,
        one: schema.ParameterTable,
        known: dict[str, schema.SourceTable],
    ) -> None:
        """Report sources of single values that are not declared, or of values that are not there."""
        for key, source in one.sources.items():
            place: Path = (*path, "sources", key)
            if key not in one.values:
                where = file.key_span(place)
                self.found.append(say("FC920", where, day=key[:40], key="sources"))
            if source not in known:
                called = Words("出处", "source")
                span = file.span(place)
                self.found.append(
                    say("FC108", span, hint=did_you_mean(source, known), name=source, what=called)
                )

    def _parameter_type(self, file: TomlFile, path: Path, one: schema.ParameterTable) -> Type:
        given = [value for value in one.values.values() if value is not False]
        first = given[0] if given else False
        if one.unit == "yes/no" or isinstance(first, bool):
            return YesNo()
        if isinstance(first, list):
            return Texts()
        if isinstance(first, date):
            return Date()
        if isinstance(first, str) and one.unit is None and values.percent(first) is None:
            return Text()
        unit = self.unit(file, path, one.unit)
        if unit is None:
            return Unknown()
        decimals = unit.decimals
        if unit == PLAIN:
            exact = [values.number(value) for value in given]
            decimals = max([0, *(-int(e.normalize().as_tuple().exponent) for e in exact if e)])
        return Number(unit, min(decimals, 9))

    def unit(self, file: TomlFile, path: Path, text: str | None) -> Unit | None:
        """The unit, a plain number where there is none; None, reported, where it cannot be read."""
        try:
            return parse_unit(text) if text is not None else PLAIN
        except UnitError as problem:
            span = file.span((*path, "unit"))
            self.found.append(
                say(
                    "FC105",
                    span,
                    hint=meant(problem.suggestion) if problem.suggestion else None,
                    part=str(problem),
                )
            )
            return None

    def _dated(
        self, file: TomlFile, path: Path, one: schema.ParameterTable, kind: Type
    ) -> tuple[DatedValue, ...]:
        dated: list[DatedValue] = []
        for key, raw in one.values.items():
            place: Path = (*path, "values", key)
            since = _day(key)
            if since is None:
                self.found.append(say("FC114", file.key_span(place), text=key[:40]))
                continue
            if raw is False and not isinstance(kind, YesNo):
                dated.append(DatedValue(since, None, one.sources.get(key), file.span(place)))
                continue
            value = values.value_of(raw, kind)
            if value is None and not isinstance(kind, Unknown):
                self.found.append(say("FC115", file.span(place), wanted=values.wanted(kind)))
            dated.append(DatedValue(since, value, one.sources.get(key), file.span(place)))
        return tuple(sorted(dated, key=lambda d: d.since))

    def _growth(
        self, file: TomlFile, path: Path, table: schema.GrowthTable | None, kind: Type
    ) -> Growth | None:
        if table is None:
            return None
        place: Path = (*path, "growth")
        rate = values.growth_rate(table.rate)
        if rate is None or not isinstance(kind, Number):
            self.found.append(say("FC116", file.span((*place, "rate"))))
            return None
        rounding = self.rounding(file, (*place, "round"), table.round, kind)
        decimals = max(0, -int(rate.as_tuple().exponent))
        exact = scaled(rate, decimals)
        if rounding is None or exact is None:
            return None
        return Growth(exact, decimals, table.after, *rounding)

    def rounding(
        self, file: TomlFile, path: Path, table: schema.RoundTable, kind: Number
    ) -> tuple[int, Direction] | None:
        """Step and direction of a rounding; None, reported, where they cannot be read."""
        step = values.value_of(table.to, kind)
        direction = next((d for d in DIRECTIONS if d == table.direction), None)
        fine = isinstance(step, int) and step > 0
        if not fine:
            wanted = Words("大于 0 的数字", "a number above 0")
            self.found.append(say("FC115", file.span((*path, "to")), wanted=wanted))
        if direction is None:
            span = file.span((*path, "direction"))
            self.found.append(
                say("FC104", span, found=table.direction[:40], options=listed(DIRECTIONS))
            )
        return (int(step), direction) if fine and direction is not None else None  # type: ignore[arg-type]

    # -- village.toml -------------------------------------------------------------------------

    def facts(self, file: TomlFile, table: schema.VillageFile) -> dict[str, Fact]:
        """What a roster says about a village."""
        facts: dict[str, Fact] = {}
        for id_, one in table.facts.items():
            path: Path = ("facts", id_)
            span = file.key_span(path)
            kind = self._fact_type(file, path, one)
            self._names.take(Symbol(id_, "fact", kind, (*_titles(one), *one.aliases)), span)
            low, high = self._range(file, (*path, "range"), one.range, kind)
            typical = self._range(file, (*path, "typical"), one.typical, kind)
            facts[id_] = Fact(
                id_, one.title, tuple(one.aliases), kind, one.required,
                self._default(file, path, one, kind),
                low, high, one.digits, one.note, span,
                self._value(file, (*path, "example"), one.example, kind), one.outlier, one.of_year,
                None if typical[0] is None or typical[1] is None else (typical[0], typical[1]),
                tuple(one.near_aliases),
            )  # fmt: skip
        if not {"name", "code"} & set(facts):
            self.found.append(say("FC121", file.key_span(("facts",))))
        self._headers(file, facts)
        return facts

    def _headers(self, file: TomlFile, facts: dict[str, Fact]) -> None:
        """No header may mean two facts."""
        owner: dict[str, str] = {}
        for fact in facts.values():
            headers = (fact.id, fact.title.zh, fact.title.en, *fact.aliases, *fact.near_aliases)
            for header in dict.fromkeys(headers):
                key = header.casefold().strip()
                if owner.setdefault(key, fact.id) != fact.id:
                    span = file.key_span(("facts", fact.id))
                    self.found.append(say("FC120", span, title=header, other=owner[key]))

    def _fact_type(self, file: TomlFile, path: Path, one: schema.FactTable) -> Type:
        if one.type == "yes/no":
            return YesNo()
        if one.type == "date":
            return Date()
        if one.type == "text" or (one.unit is None and path[1] in IDENTITY):
            return Text(frozenset(one.options) if one.options else None)
        unit = self.unit(file, path, one.unit)
        return Unknown() if unit is None else Number(unit, unit.decimals)

    def _range(
        self, file: TomlFile, path: Path, given: list[Any] | None, kind: Type
    ) -> tuple[int | None, int | None]:
        """The two ends of a range, in smallest units; none where there is none or it was reported."""
        if given is None or isinstance(kind, Unknown):
            return None, None
        ends = [values.value_of(end, kind) for end in given]
        low, high = ends
        fine = isinstance(kind, Number | Date)
        if not (fine and isinstance(low, int) and isinstance(high, int) and low <= high):
            wanted = Words("[最小值, 最大值]，与单位相符", "[least, greatest] in the fact's unit")
            self.found.append(say("FC115", file.span(path), wanted=wanted))
            return None, None
        return low, high

    def _default(
        self, file: TomlFile, path: Path, one: schema.FactTable, kind: Type
    ) -> Value | None:
        if isinstance(kind, Unknown) or one.required:
            return None
        if one.default is None:
            return empty_value(kind)
        return self._value(file, (*path, "default"), one.default, kind)

    def _value(self, file: TomlFile, path: Path, raw: object, kind: Type) -> Value | None:
        """A value of the fact's type; None where there is none, or where it was reported."""
        if raw is None or isinstance(kind, Unknown):
            return None
        value = values.value_of(raw, kind)
        if value is None:
            span: Span = file.span(path)
            self.found.append(say("FC115", span, wanted=values.wanted(kind)))
        return value


def _titles(one: schema.FactTable | schema.ParameterTable) -> tuple[str, ...]:
    return one.title.zh, one.title.en


def empty_value(kind: Type) -> Value:
    """What an absent fact is taken to be where village.toml gives no default."""
    if isinstance(kind, YesNo):
        return False
    if isinstance(kind, Text):
        return ""
    return date(1, 1, 1).toordinal() if isinstance(kind, Date) else 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
