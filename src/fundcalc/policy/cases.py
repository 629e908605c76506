"""The policy's own worked examples: facts in, expected outputs and rules, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, Span, in_order
from fundcalc.base.nearest import did_you_mean
from fundcalc.language.datatypes import Date, Text, Type
from fundcalc.language.nodes import Value
from fundcalc.policy import schema, values
from fundcalc.policy.bundle import CASES, RULES, Bundle
from fundcalc.policy.case_tables import ENDINGS, CaseTable, read_table
from fundcalc.policy.model import Policy
from fundcalc.policy.schema import validate
from fundcalc.policy.tomlfile import Path, TomlFile, read_toml


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
    found: list[Diagnostic] = []
    for name in sorted(bundle.content):
        if not name.startswith(f"{RULES}/{CASES}/"):
            continue
        if name.endswith(ENDINGS):
            listed, problems = read_table(bundle.show(name), bundle.content[name], policy)
            found += problems
            reader = _Reader(listed, policy)
            made = [schema.CaseTable.model_construct(**_shaped(one)) for one in listed.cases]
            cases += [c for i, one in enumerate(made) if (c := reader.case(i, one))]
            found += reader.found
            continue
        file = read_toml(bundle.show(name), bundle.content[name])
        if isinstance(file, Diagnostic):
            found.append(file)
            continue
        if not file.values:  # nothing yet: such as what `--suggest > FILE` is about to fill
            continue
        table, problems = validate(file, schema.CaseFile)
        found += problems
        if table is not None:
            reader = _Reader(file, policy)
            cases += [c for i, one in enumerate(table.case) if (c := reader.case(i, one))]
            found += reader.found
    return cases, in_order(found)


def _shaped(one: dict[str, Any]) -> dict[str, Any]:
    """A table's case with its villages in the shape that TOML's have."""
    villages = [schema.CaseVillage.model_construct(**village) for village in one["villages"]]
    return {**one, "villages": villages}


class _Reader:
    def __init__(self, file: TomlFile | CaseTable, policy: Policy) -> None:
        self._file = file
        self._policy = policy
        self.found: list[Diagnostic] = []
        self._outputs: dict[str, Type] = {
            output.id: output.type for p in policy.programmes for output in p.outputs
        }

    def case(self, index: int, one: schema.CaseTable) -> Case | None:
        """One case, or None where it is wrong."""
        before = len(self.found)
        path: Path = ("case", index)
        span = self._file.span((*path, "name"))
        if one.on is not None and type(one.on) is not date:  # a table may have anything there
            day = self._file.span((*path, "on"))
            self.found.append(say("FC115", day, wanted=values.wanted(Date())))
        self._readings((*path, "readings"), one.readings)
        if (one.village is None) == (not one.villages):
            self.found.append(say("FC804", self._file.key_span(path), case=one.name))
            return None
        villages = [
            self._village((*path, "villages", i), v, one.name, i)
            for i, v in enumerate(one.villages)
        ]
        if one.village is not None:
            single = schema.CaseVillage.model_construct(
                village=one.village, expect=one.expect, fired=one.fired, hinges_on=one.hinges_on
            )
            villages.append(self._village(path, single, one.name, 0))
        if len(self.found) > before:
            return None
        return Case(one.name, one.on, one.readings, tuple(villages), span)

    def _readings(self, path: Path, readings: Mapping[str, str]) -> None:
        for name, option in readings.items():
            known = self._policy.readings
            if name not in known:
                span = self._file.key_span((*path, name))
                self.found.append(say("FC802", span, hint=did_you_mean(name, known), name=name))
            elif option not in known[name].options:
                span = self._file.span((*path, name))
                self.found.append(
                    say(
                        "FC109",
                        span,
                        hint=did_you_mean(option, known[name].options),
                        reading=name,
                        option=option,
                    )
                )

    def _village(self, path: Path, one: schema.CaseVillage, case: str, index: int) -> CaseVillage:
        facts = self._facts((*path, "village"), one.village, case, index)
        outputs = tuple(
            e for id_, raw in one.expect.items() if (e := self._output((*path, "expect"), id_, raw))
        )
        fired = tuple(
            e for id_, ids in one.fired.items() if (e := self._fired((*path, "fired"), id_, ids))
        )
        hinges = None
        if one.hinges_on is not None:
            place: Path = (*path, "hinges_on")
            for name in one.hinges_on:
                if name not in self._policy.readings:
                    known = self._policy.readings
                    span = self._file.span(place)
                    self.found.append(say("FC802", span, hint=did_you_mean(name, known), name=name))
            hinges = Expected("hinges_on", tuple(sorted(one.hinges_on)), self._file.span(place))
        return CaseVillage(facts, outputs, fired, hinges)

    def _facts(self, path: Path, given: dict[str, Any], case: str, index: int) -> dict[str, Value]:
        facts: dict[str, Value] = {}
        for id_ in given:
            if id_ not in self._policy.facts:
                span = self._file.key_span((*path, id_))
                self.found.append(
                    say(
                        "FC802",
                        span,
                        hint=did_you_mean(id_[:80], self._policy.facts),
                        name=id_[:80],
                    )
                )
        for id_, fact in self._policy.facts.items():
            if id_ in given:
                value = values.value_of(given[id_], fact.type)
                if value is None or not _in_range(value, fact.low, fact.high):
                    span = self._file.span((*path, id_))
                    self.found.append(say("FC115", span, wanted=values.wanted(fact.type)))
                facts[id_] = value if value is not None else ""
            elif fact.default is not None:
                facts[id_] = fact.default
            elif isinstance(fact.type, Text):
                facts[id_] = f"{index + 1}" if id_ == "name" else ""
            else:
                span = self._file.key_span(path)
                self.found.append(say("FC803", span, case=case, fact=id_))
        if not facts.get("code") and "code" in self._policy.facts:
            facts["code"] = f"{index + 1:06d}"
        return facts

    def _output(self, path: Path, id_: str, raw: Any) -> Expected | None:
        span = self._file.span((*path, id_))
        if id_ not in self._outputs:
            key = self._file.key_span((*path, id_))
            self.found.append(
                say("FC802", key, hint=did_you_mean(id_[:80], self._outputs), name=id_[:80])
            )
            return None
        kind = self._outputs[id_]
        value = values.value_of(raw, Text() if isinstance(kind, Text) else kind)
        if value is None:
            self.found.append(say("FC115", span, wanted=values.wanted(kind)))
            return None
        return Expected(id_, value, span)

    def _fired(self, path: Path, id_: str, ids: list[str]) -> Expected | None:
        programmes = {p.id: p for p in self._policy.programmes}
        if id_ not in programmes:
            key = self._file.key_span((*path, id_))
            self.found.append(
                say("FC802", key, hint=did_you_mean(id_[:80], programmes), name=id_[:80])
            )
            return None
        one = programmes[id_]
        known = {rule.id for rule in one.rules} | ({one.otherwise.id} if one.otherwise else set())
        span = self._file.span((*path, id_))
        for name in ids:
            if name not in known:
                self.found.append(
                    say("FC802", span, hint=did_you_mean(name[:80], known), name=name[:80])
                )
        return Expected(id_, tuple(ids), span)


def _in_range(value: Value, low: int | None, high: int | None) -> bool:
    if not isinstance(value, int) or isinstance(value, bool):
        return True
    return (low is None or value >= low) and (high is None or value <= high)
