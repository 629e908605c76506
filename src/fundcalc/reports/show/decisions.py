"""A programme as a decision table in the manner of DMN: a row a rule, a column an input."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fundcalc.base.words import Words, same
from fundcalc.language.nodes import names
from fundcalc.policy.model import Output, Reading
from fundcalc.policy.plan import Plan, PlanProgramme, PlanRule, planned_expressions, sentences
from fundcalc.policy.templates import names_in
from fundcalc.reports.show.words import Speaker, value

HIT_POLICIES = {
    "unique": ("U", Words("只有一条规则适用", "the one rule that holds")),
    "first": ("F", Words("取第一条适用的规则", "the first rule that holds")),
    "any": ("A", Words("适用的规则结果都相同", "any rule that holds; all give the same")),
    "collect": ("C", Words("列出所有适用的规则", "the list of all rules that hold")),
    "collect max": ("C>", Words("取适用规则中最高的", "the highest of the rules that hold")),
    "collect min": ("C<", Words("取适用规则中最低的", "the lowest of the rules that hold")),
    "collect sum": ("C+", Words("把适用的规则相加", "the sum of the rules that hold")),
    "collect count": ("C#", Words("数一数有几条规则适用", "how many rules hold")),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A rule: its tests by input, all other conditions, and what it gives."""

    id: str
    title: Words
    tests: dict[str, Words]
    other: Words | None
    gives: Words
    source: str | None
    because: Words | None


@dataclass(frozen=True, slots=True)
class Further:
    """A further output and how it is worked out."""

    output: Output
    formula: Words


@dataclass(frozen=True, slots=True)
class Used:
    """A parameter that the programme rests on, with its value of the date."""

    id: str
    title: Words
    value: Words
    since: date
    source: str | None
    confirmed: date | None
    grows: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """A reading that can change what the programme gives."""

    reading: Reading
    option: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A programme to be shown. `inputs` are the names tested, in order, with their titles."""

    programme: PlanProgramme
    letter: str
    hit: Words
    inputs: dict[str, Words]
    rows: tuple[Row, ...]
    otherwise: Row | None
    further: tuple[Further, ...]
    used: tuple[Used, ...]
    chosen: tuple[Chosen, ...]

    @property
    def id(self) -> str:
        """The programme's id."""
        return self.programme.id

    @property
    def title(self) -> Words:
        """The programme's title."""
        return self.programme.programme.title

    @property
    def result(self) -> Output:
        """The programme's result."""
        return self.programme.programme.result

    @property
    def has_other(self) -> bool:
        """Whether some rule has conditions that are no test of one input."""
        return any(row.other is not None for row in self.rows)


def decision(plan: Plan, id_: str) -> Decision:
    """A programme of a plan as a table."""
    programme, speaker = plan.programme(id_), Speaker(plan)
    rows = tuple(_row(rule, speaker) for rule in programme.rules)
    inputs: dict[str, Words] = {}
    for row in rows:
        inputs |= {name: speaker.titles.get(name, same(name)) for name in row.tests}
    letter, hit = HIT_POLICIES[programme.programme.hit_policy]
    further = tuple(
        Further(
            a.output,
            speaker.formula(a.value) if a.value is not None else speaker.share(a.share),  # type: ignore[arg-type]
        )
        for a in programme.also
    )
    return Decision(
        programme, letter, hit, inputs, rows, _otherwise(programme, speaker), further,
        _used(plan, programme), _chosen(plan, programme),
    )  # fmt: skip


def _row(rule: PlanRule, speaker: Speaker) -> Row:
    tests: dict[str, Words] = {}
    other: list[Words] = []
    for part in speaker.parts(rule.when):
        if part.name is None:
            other.append(part.text)
        elif part.name in tests:
            tests[part.name] = _and([tests[part.name], part.text])
        else:
            tests[part.name] = part.text
    one = rule.rule
    title = one.title or same(one.id)
    if rule.share is not None:
        gives = speaker.share(rule.share)
    else:
        gives = speaker.formula(rule.then) if rule.then is not None else title
    rest = _and(other) if other else None
    return Row(rule.id, title, tests, rest, gives, one.source, one.because)


def _and(parts: list[Words]) -> Words:
    return Words(" 且 ".join(p.zh for p in parts), " and ".join(p.en for p in parts))


def _otherwise(programme: PlanProgramme, speaker: Speaker) -> Row | None:
    one = programme.programme.otherwise
    if one is None or programme.otherwise is None:
        return None
    gives = speaker.formula(programme.otherwise)
    return Row(one.id, one.title or same(one.id), {}, None, gives, one.source, one.because)


def _used(plan: Plan, programme: PlanProgramme) -> tuple[Used, ...]:
    used = {name.id for node in planned_expressions(programme) for name in names(node)}
    for words in sentences(programme.programme):
        used |= names_in(words.zh) | names_in(words.en)
    return tuple(
        Used(
            id_, p.title, value(plan.constants[id_], p.type), plan.since[id_],
            p.source_on(plan.on), p.confirmed, p.growth is not None,
        )
        for id_, p in plan.policy.parameters.items()
        if id_ in used and id_ in plan.constants
    )  # fmt: skip


def _chosen(plan: Plan, programme: PlanProgramme) -> tuple[Chosen, ...]:
    """The readings that the programme itself names, the others being those of programmes before it."""
    return tuple(
        Chosen(reading, plan.readings[id_])
        for id_, reading in plan.policy.readings.items()
        if id_ in programme.readings
    )
