"""The shape of the policy files: which keys there are and what each may hold."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fundcalc.core.decision import HitPolicy


class Table(BaseModel):
    """A TOML table; a key that is not listed is a mistake."""

    model_config = ConfigDict(extra="forbid", strict=True)


class WordsTable(Table):
    """One sentence in Chinese and in English."""

    zh: str
    en: str


class SourceTable(Table):
    """A document that a rule or a number rests on."""

    title: WordsTable
    publisher: str | None = None
    date: dt.date | None = None
    locator: str | None = None
    note: WordsTable | None = None


class ReadingTable(Table):
    """A question that the source leaves open, its possible answers and the one chosen."""

    question: WordsTable
    chosen: str
    options: dict[str, WordsTable] = Field(min_length=2)
    source: str | None = None


class RoundTable(Table):
    """A rounding: to a multiple of `to`, in a named direction."""

    to: Any
    direction: str


class GrowthTable(Table):
    """Growth by a rate every year, on the anniversaries of `after`."""

    rate: str
    every: Literal["year"]
    after: dt.date
    round: RoundTable


class ParameterTable(Table):
    """A number, text or list with the days from which it holds."""

    title: WordsTable
    unit: str | None = None
    source: str | None = None
    values: dict[str, Any] = Field(min_length=1)
    sources: dict[str, str] = {}
    confirmed: dt.date | None = None
    growth: GrowthTable | None = None
    jump_ok: dict[str, WordsTable] = {}
    note: WordsTable | None = None


class PayerTable(Table):
    """Who pays an output."""

    title: WordsTable


class PolicyTable(Table):
    """What the policy is called, on which date it holds, and which programmes it has."""

    id: str
    title: WordsTable
    on: dt.date
    programmes: list[str] = Field(min_length=1)


class PoliciesFile(Table):
    """policies.toml."""

    policy: PolicyTable
    sources: dict[str, SourceTable] = {}
    readings: dict[str, ReadingTable] = {}
    payers: dict[str, PayerTable] = {}
    parameters: dict[str, ParameterTable] = {}


class FactTable(Table):
    """What a roster says about one village."""

    title: WordsTable
    aliases: list[str] = []
    near_aliases: list[str] = []
    unit: str | None = None
    type: Literal["text", "yes/no", "date"] | None = None
    range: list[Any] | None = Field(default=None, min_length=2, max_length=2)
    typical: list[Any] | None = Field(default=None, min_length=2, max_length=2)
    required: bool = False
    default: Any = None
    example: Any = None
    digits: int | None = Field(default=None, ge=1, le=32)
    options: list[str] | None = None
    outlier: int | None = Field(default=None, ge=2, le=1_000_000)
    of_year: Literal["before", "same"] | None = None
    note: WordsTable | None = None


class VillageFile(Table):
    """rules/village.toml."""

    facts: dict[str, FactTable] = Field(min_length=1)


class ShareTable(Table):
    """A pool shared among the villages of a group."""

    pool: str
    per: str
    by: str
    at_most: str | None = None


class ProgrammeTable(Table):
    """What a programme is called and what it decides."""

    id: str
    title: WordsTable
    hit_policy: HitPolicy
    output: str
    output_title: WordsTable | None = None
    unit: str | None = None
    type: Literal["text", "yes/no"] | None = None
    payer: str | None = None
    note: WordsTable | None = None


class CliffTable(Table):
    """A step that is meant: one more resident or yuan may lose a village money here, and why."""

    reason: WordsTable


class RuleTable(Table):
    """One rule: when it holds, then what."""

    id: str
    title: WordsTable | None = None
    when: str
    then: Any = None
    share: ShareTable | None = None
    source: str | None = None
    because: WordsTable | None = None
    cliff_ok: CliffTable | None = None


class OtherwiseTable(Table):
    """What holds where no rule does: the declared gap."""

    id: str
    title: WordsTable | None = None
    value: Any = None
    because: WordsTable | None = None
    source: str | None = None


class AlsoTable(Table):
    """A further output, worked out from the programme's result."""

    id: str
    title: WordsTable | None = None
    unit: str | None = None
    value: Any = None
    share: ShareTable | None = None
    payer: str | None = None
    because: WordsTable | None = None
    source: str | None = None
    cliff_ok: CliffTable | None = None


class SummaryTable(Table):
    """A share of villages: those where `count` holds among those where `among` does."""

    id: str
    title: WordsTable
    among: str
    count: str
    round: RoundTable


class ProgrammeFile(Table):
    """rules/<programme>.toml."""

    programme: ProgrammeTable
    rule: list[RuleTable] = Field(min_length=1)
    otherwise: OtherwiseTable | None = None
    also: list[AlsoTable] = []
    summary: list[SummaryTable] = []


class CaseVillage(Table):
    """One village of a case with what it must come out to."""

    village: dict[str, Any]
    expect: dict[str, Any] = {}
    fired: dict[str, list[str]] = {}
    hinges_on: list[str] | None = None


class CaseTable(Table):
    """One worked example; its name is a sentence."""

    name: str
    on: dt.date | None = None
    readings: dict[str, str] = {}
    village: dict[str, Any] | None = None
    villages: list[CaseVillage] = []
    expect: dict[str, Any] = {}
    fired: dict[str, list[str]] = {}
    hinges_on: list[str] | None = None
    source: str | None = None
    leftover: dict[str, Any] = {}


class CaseFile(Table):
    """rules/cases/*.toml."""

    case: list[CaseTable] = Field(min_length=1)
