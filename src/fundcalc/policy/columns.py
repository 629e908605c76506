"""The columns of the output: what each is called and what it holds, for every engine and every file.

A column added to `columns` stands in every CSV, parquet, JSON and workbook and in what databases write. What
only one run has, such as amounts set by hand, comes after these (`fundcalc.reports.by_hand.further_columns`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.money import grouped
from fundcalc.base.words import Lang, Words, of_rows, same, with_handle
from fundcalc.language.datatypes import Number, Text, Texts, Type
from fundcalc.language.nodes import BEFORE, Value
from fundcalc.language.units import PLAIN
from fundcalc.policy.model import IDENTITY, Fact, Otherwise, Output, Policy, Programme, Rule
from fundcalc.policy.plan import Plan, never_negative


@dataclass(frozen=True, slots=True)
class Stored:
    """A fact or an output, by its id."""

    id: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The ids of a programme's rules that decided, joined; or its `otherwise`."""

    programme: str


@dataclass(frozen=True, slots=True)
class Flags:
    """The readings that a village hinges on, then the facts assumed, joined."""


@dataclass(frozen=True, slots=True)
class Constant:
    """One value for all villages, in smallest units."""

    value: Value


Content = Stored | Decided | Flags | Constant
"""What a column holds. Every engine that makes tables matches on it."""


@dataclass(frozen=True)
class Head:
    """What a column is called, and the type of its values; `called`: what a reader calls the ids it holds."""

    id: str
    title: Words
    type: Type
    called: Mapping[str, Words] = field(default_factory=dict, kw_only=True)

    def say(self, id_: str, lang: Lang = "zh") -> str:
        """What a reader has in place of an id; a Chinese table has it, an English one keeps the id."""
        return self.called[id_].say(lang) if id_ in self.called else id_

    def header(self, lang: Lang) -> str:
        """The id in English tables; in Chinese ones the title with its unit."""
        return self.id if lang == "en" else with_unit(self.title, self.type).zh


@dataclass(frozen=True)
class Column(Head):
    """A column of every run's table; an output's has who pays it."""

    content: Content
    payer: str | None = None


def columns(plan: Plan) -> list[Column]:
    """All columns in the public order: identity, other facts, each programme's outputs and rules, flags.

    What is decided once for a group stands in no row: a reader would add it up (`of_groups`).
    """
    policy = plan.policy
    ids = [id_ for id_ in IDENTITY if id_ in policy.facts]
    ids += [id_ for id_ in policy.facts if id_ not in IDENTITY]
    listed = [_stored(policy.facts[id_]) for id_ in ids]
    for programme in policy.listed_programmes:
        if not programme.per:
            listed += [*map(_stored, programme.outputs), _rules_of(programme)]
    listed.append(Column("flags", Words("标记", "Flags"), Text(), Flags()))
    return [replace(column, called=_called(column, policy)) for column in listed]


def in_rows(policy: Policy) -> list[Column]:
    """What is decided once for a group as columns of its rows, for what recomputes or audits rows."""
    listed: list[Column] = []
    for programme in policy.listed_programmes:
        if programme.per:
            listed += [*map(_stored, programme.outputs), _rules_of(programme)]
    return [replace(column, called=_called(column, policy)) for column in listed]


VILLAGES = "villages"
"""The column with the number of rows of a group."""


def of_groups(policy: Policy, per: Sequence[str]) -> list[Column]:
    """The columns of a table of groups: who they are, their rows, and what is decided once for each."""
    listed = [_stored(policy.facts[id_]) for id_ in per]
    title = of_rows(Words("村数", "Villages"))
    id_ = re.sub(r"\W+", "_", policy.noun.row.plural)  # villages, unless rows are something else
    listed.append(Column(id_, title, Number(PLAIN, 0), Stored(VILLAGES)))
    for programme in policy.listed_programmes:
        if programme.per == tuple(per):
            listed += [*map(_stored, programme.outputs), _rules_of(programme)]
    return [replace(column, called=_called(column, policy)) for column in listed]


def _rules_of(programme: Programme) -> Column:
    title = Words(f"{programme.title.zh}·规则", f"{programme.title.en} rule")
    return Column(f"{programme.id}_rule", title, Text(), Decided(programme.id))


def _called(column: Column, policy: Policy) -> dict[str, Words]:
    """What a reader calls the ids of rules, readings and facts that a column holds."""
    match column.content:
        case Decided(id_):
            return rule_titles(policy.programme(id_))
        case Stored(id_) if isinstance(column.type, Text | Texts):
            return titles_in(id_, policy)
        case Flags():
            called = {reading.id: reading.question for reading in policy.readings.values()}
            for fact in policy.facts.values():
                zh, en = f"{fact.title.zh}按默认值", f"{fact.title.en} assumed"
                called[f"{fact.id}:assumed"] = Words(zh, en)
            return called
        case _:
            return {}


def rule_titles(programme: Programme) -> dict[str, Words]:
    """What a reader calls a programme's rules and its `otherwise`; two of one title, with their ids."""
    rules: list[Rule | Otherwise] = [*programme.rules]
    rules += [programme.otherwise] if programme.otherwise else []
    titles = {rule.id: rule.title for rule in rules if rule.title is not None}
    zh = Counter(title.zh for title in titles.values())
    en = Counter(title.en for title in titles.values())
    return {
        id_: with_handle(title, id_) if zh[title.zh] > 1 or en[title.en] > 1 else title
        for id_, title in titles.items()
    }


def rule_called(rule: Rule | Otherwise) -> Words:
    """What a reader calls a rule: its title, or else its id; what holds otherwise without a title, that."""
    if rule.title is not None:
        return rule.title
    return same(rule.id) if isinstance(rule, Rule) else words("reports.where_none_holds")


def titles_in(id_: str, policy: Policy) -> dict[str, Words]:
    """What a reader calls the ids that a result, or one of before, holds; nothing where it holds none."""
    now = id_.removeprefix(f"{BEFORE}.")
    giving = next((p for p in policy.programmes if p.result.id == now), None)
    return {} if giving is None else result_titles(giving)


def looked_back(policy: Policy, before: Sequence[str]) -> Policy:
    """The policy with what is known of the run before, by the ids of such facts.

    What could never be below 0 was not; what a programme of texts gave is also read by its rules' titles.
    """
    facts = dict(never_negative(policy, before).facts)
    for id_ in before:
        titles = titles_in(id_, policy).items()
        pairs = [(title, rule) for rule, words in titles for title in (words.zh, words.en)]
        facts[id_] = replace(facts[id_], titles=tuple(pairs))
    return replace(policy, facts=facts)


def result_titles(programme: Programme) -> dict[str, Words]:
    """What a reader calls the ids that a programme gives; nothing where it gives something else."""
    kind = programme.result.type
    gives_ids = isinstance(kind, Text | Texts) and kind.options is not None
    return rule_titles(programme) if gives_ids else {}


def of_scenario(plan: Plan, varied: Sequence[tuple[Head, Value]]) -> list[Column]:
    """The columns of one scenario of a grid: what was varied, identity, outputs and rules."""
    heads = [
        Column(head.id, head.title, head.type, Constant(value), called=head.called)
        for head, value in varied
    ]
    facts = {Stored(id_) for id_ in plan.policy.facts if id_ not in IDENTITY}
    return heads + [
        column
        for column in columns(plan)
        if column.content not in facts and not isinstance(column.content, Flags)
    ]


def _stored(named: Fact | Output) -> Column:
    payer = named.payer if isinstance(named, Output) else None
    called = named.called if isinstance(named, Fact) else named.id
    return Column(called, named.title, named.type, Stored(named.id), payer)


def figure(value: int, of: Fact | Output) -> str:
    """A number of a fact or an output as a reader writes it, with its decimals."""
    return grouped(value, (of.type.decimals or 0) if isinstance(of.type, Number) else 0)


def with_unit(title: Words, kind: Type) -> Words:
    """A title with the unit of its values, if they have one."""
    unit = kind.unit if isinstance(kind, Number) else None
    if unit is None or unit == PLAIN:
        return title
    return Words(f"{title.zh}（{unit.said('zh')}）", f"{title.en} ({unit.said('en')})")
