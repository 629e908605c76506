"""A policy as a person reads it: a decision table a programme, with the values of a date filled in.

For the terminal, a page, a workbook and as JSON; `fundcalc.reports.expressions` puts expressions into words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem, Span
from fundcalc.base.files import json_bytes, write_bytes
from fundcalc.base.nearest import did_you_mean
from fundcalc.base.words import Lang, Words, same
from fundcalc.language.nodes import names
from fundcalc.policy.columns import with_unit
from fundcalc.policy.model import Output, Reading
from fundcalc.policy.plan import Plan, PlanProgramme, PlanRule, planned_expressions, sentences
from fundcalc.policy.templates import names_in
from fundcalc.reports import table
from fundcalc.reports.expressions import Speaker, value
from fundcalc.reports.table import COLUMNS, Cell, Table, wrapped

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
    rest = _and(other) if other else None
    return Row(rule.id, title, tests, rest, speaker.gives(rule), one.source, one.because)


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


# -- tables ---------------------------------------------------------------------------------------

MOST_INPUTS = 3
"""Inputs that have columns of their own in a terminal; more stand together in one."""

_DASH = same("–")
_OTHERWISE = Words("都不适用时", "where none holds")
_NAME, _SOURCE = Words("名称", "Name"), Words("出处", "Source")


def _about(plan: Plan) -> list[Words]:
    policy = plan.policy
    return [
        Words(f"{policy.title.zh}（{policy.id}）", f"{policy.title.en} ({policy.id})"),
        Words(f"执行标准：{plan.on}", f"Values of {plan.on}"),
        same(policy.digest),
    ]


def _heading(one: Decision, plan: Plan) -> list[Words]:
    """A programme's hit policy, and what its author notes."""
    lines = [Words(f"{one.letter}：{one.hit.zh}", f"{one.letter}: {one.hit.en}")]
    if one.result.payer is not None:
        payer = plan.policy.payers[one.result.payer]
        lines.append(Words(f"资金承担主体：{payer.zh}", f"Paid by: {payer.en}"))
    note = one.programme.programme.note
    return [*lines, note] if note is not None else lines


def _rules(one: Decision, *, narrow: bool = False) -> Table:
    """The decision table; `narrow` for a terminal."""
    together = narrow and len(one.inputs) > MOST_INPUTS
    heads = [Words("规则", "Rule")]
    heads += [Words("条件", "When")] if together else list(one.inputs.values())
    if one.has_other and not together:
        heads.append(Words("其他条件", "Also if"))
    heads += [with_unit(one.result.title, one.result.type), _SOURCE]
    rows = [_cells(one, row, together) for row in one.rows]
    if one.otherwise is not None:
        blanks = [_DASH] * (len(heads) - 3)
        row = one.otherwise
        rows.append([_named(row.id, _OTHERWISE), *blanks, row.gives, row.source or _DASH])
    return Table(one.title, heads, rows, texts=len(heads), sentences=True)


def _cells(one: Decision, row: Row, together: bool) -> list[Cell]:
    name = same(row.id) if row.title == same(row.id) else _named(row.id, row.title)
    if together:
        tests = [
            Words(f"{one.inputs[i].zh}：{t.zh}", f"{one.inputs[i].en}: {t.en}")
            for i, t in row.tests.items()
        ]
        tests += [row.other] if row.other is not None else []
        cells: list[Cell] = [
            Words("\n".join(t.zh for t in tests) or "–", "\n".join(t.en for t in tests) or "–")
        ]
    else:
        cells = [row.tests.get(i, _DASH) for i in one.inputs]
        cells += [row.other or _DASH] if one.has_other else []
    return [name, *cells, row.gives, row.source or _DASH]


def _named(id_: str, title: Words) -> Words:
    return Words(f"{id_}\n{title.zh}", f"{id_}\n{title.en}")


def _further(one: Decision, plan: Plan) -> Table:
    rows: list[list[Cell]] = [
        [_named(f.output.id, f.output.title),
         f.formula, plan.policy.payers[f.output.payer] if f.output.payer else _DASH]
        for f in one.further
    ]  # fmt: skip
    heads = [_NAME, Words("算法", "Worked out as"), Words("资金承担主体", "Payer")]
    return Table(Words("由结果再算", "From the result"), heads, rows, texts=3, sentences=True)


def _values(used: Iterable[Used]) -> Table:
    heads = [
        _NAME, Words("数值", "Value"), Words("起", "Since"), _SOURCE, Words("核实到", "Confirmed"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [_named(u.id, u.title),
         Words(f"{u.value.zh}{'（逐年增长）' if u.grows else ''}",
               f"{u.value.en}{' (grows)' if u.grows else ''}"),
         u.since.isoformat(), u.source or _DASH,
         u.confirmed.isoformat() if u.confirmed else _DASH]
        for u in used
    ]  # fmt: skip
    return Table(Words("标准", "Values"), heads, rows, texts=5, sentences=True)


def _readings(chosen: Sequence[Chosen]) -> Table:
    heads = [Words("解读", "Reading"), Words("所选", "Taken"), Words("另一种", "Or")]
    rows: list[list[Cell]] = []
    for one in chosen:
        options = {id_: _option(id_, text) for id_, text in one.reading.options.items()}
        others = [text for id_, text in options.items() if id_ != one.option]
        rows.append(
            [_named(one.reading.id, one.reading.question),
             options[one.option],
             Words("\n".join(o.zh for o in others), "\n".join(o.en for o in others))]
        )  # fmt: skip
    return Table(Words("解读", "Readings"), heads, rows, texts=3, sentences=True)


def _option(id_: str, text: Words) -> Words:
    """An option with its id, unless its text begins with it."""
    return Words(
        text.zh if text.zh.startswith(id_) else f"{id_}：{text.zh}",
        text.en if text.en.startswith(id_) else f"{id_}: {text.en}",
    )


def _sources(plan: Plan) -> Table:
    rows: list[list[Cell]] = [[id_, one.cite()] for id_, one in plan.policy.sources.items()]
    return Table(_SOURCE, [_NAME, _SOURCE], rows, texts=2, sentences=True)


def _tables(one: Decision, plan: Plan, *, narrow: bool = False) -> list[Table]:
    found = [_rules(one, narrow=narrow)]
    found += [_further(one, plan)] if one.further else []
    found += [_values(one.used)] if one.used else []
    found += [_readings(one.chosen)] if one.chosen else []
    return found


# -- for the terminal, a workbook, a page ---------------------------------------------------------


def programmes(plan: Plan, wanted: str | None) -> list[str]:
    """The ids of the programmes to show: one, or all as listed. Raises PolicyProblem: no such one."""
    listed = [programme.id for programme in plan.policy.listed_programmes]
    if wanted is None:
        return listed
    if wanted not in listed:
        span, hint = Span(f"show {wanted}"), did_you_mean(wanted, listed)
        programmes = ", ".join(listed)
        raise PolicyProblem([say("FC933", span, hint=hint, name=wanted, programmes=programmes)])
    return [wanted]


def policy_text(plan: Plan, shown: Sequence[str], lang: Lang) -> str:
    """Programmes, by id, as lines of at most 80 columns."""
    return "\n".join(_lines(plan, shown, lang)) + "\n"


def _lines(plan: Plan, shown: Sequence[str], lang: Lang) -> Iterator[str]:
    yield from wrapped(_about(plan), lang)
    for id_ in shown:
        one = decision(plan, id_)
        title = f"{one.title.say(lang)}  {one.id} → {one.result.id}"
        yield from ("", "=" * COLUMNS, *wrapped([same(title), *_heading(one, plan)], lang), "")
        rules, *more = _tables(one, plan, narrow=True)
        # the programme's title stands above already
        yield from table.as_text([replace(rules, title=None), *more], lang)
    yield from ("", "=" * COLUMNS, *table.as_text([_sources(plan)], lang))


def _xlsx(plan: Plan, shown: Sequence[str], lang: Lang) -> bytes:
    """A sheet a programme. The same input gives the same bytes."""
    from fundcalc.reports.workbook.paper import Paper, write_tables

    paper = Paper(plan, 0, lang, "yuan")
    for number, id_ in enumerate(shown, 1):
        one = decision(plan, id_)
        notes = [one.title, *_heading(one, plan), *_about(plan)[:2]]
        write_tables(paper, _sheet_name(one.title, number), _tables(one, plan), notes)
    write_tables(paper, Words("出处", "Sources"), [_sources(plan)], _about(plan))
    return paper.close()


def _sheet_name(title: Words, number: int) -> Words:
    """A sheet's name: numbered, without what Excel forbids, within 31 characters."""

    def fit(text: str) -> str:
        plain = "".join(" " if c in "[]:*?/\\'" else c for c in text)
        return f"{number} {plain}"[:31].strip()

    return Words(fit(title.zh), fit(title.en))


def policy_html(plan: Plan, shown: Sequence[str], lang: Lang) -> bytes:
    """Programmes, by id, as one page of HTML. The same input gives the same bytes."""
    from fundcalc.reports.html import page

    decisions = [decision(plan, id_) for id_ in shown]
    return page(
        "show.html",
        lang,
        title=plan.policy.title,
        about=_about(plan),
        decisions=[(one, _heading(one, plan), _tables(one, plan)) for one in decisions],
        sources=_sources(plan),
    )


# -- as data --------------------------------------------------------------------------------------


def policy_json(plan: Plan, shown: Sequence[str], lang: Lang) -> dict[str, Any]:
    """Programmes, by id, as JSON-ready data in one language; amounts as a reader writes them."""
    return {
        "policy": {
            "id": plan.policy.id,
            "title": plan.policy.title.say(lang),
            "digest": plan.policy.digest,
            "on": plan.on.isoformat(),
            "readings": dict(plan.readings),
        },
        "programmes": [_programme_json(decision(plan, id_), lang) for id_ in shown],
        "sources": {id_: one.cite().say(lang) for id_, one in plan.policy.sources.items()},
    }


def _programme_json(one: Decision, lang: Lang) -> dict[str, Any]:
    note = one.programme.programme.note
    return {
        "id": one.id,
        "title": one.title.say(lang),
        "hit_policy": one.programme.programme.hit_policy,
        "output": one.result.id,
        "payer": one.result.payer,
        "note": note.say(lang) if note is not None else None,
        "inputs": {id_: title.say(lang) for id_, title in one.inputs.items()},
        "rules": [_rule_json(row, lang) for row in one.rows],
        "otherwise": _rule_json(one.otherwise, lang) if one.otherwise is not None else None,
        "also": [
            {
                "id": f.output.id,
                "title": f.output.title.say(lang),
                "value": f.formula.say(lang),
                "payer": f.output.payer,
            }
            for f in one.further
        ],
        "parameters": {
            u.id: {
                "title": u.title.say(lang),
                "value": u.value.say(lang),
                "since": u.since.isoformat(),
                "source": u.source,
                "confirmed": u.confirmed.isoformat() if u.confirmed else None,
            }
            for u in one.used
        },
        "readings": {c.reading.id: c.option for c in one.chosen},
    }


def _rule_json(row: Row, lang: Lang) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title.say(lang),
        "tests": {id_: text.say(lang) for id_, text in row.tests.items()},
        "other": row.other.say(lang) if row.other is not None else None,
        "gives": row.gives.say(lang),
        "source": row.source,
        "because": row.because.say(lang) if row.because is not None else None,
    }


# -- as files -------------------------------------------------------------------------------------

_WRITERS: dict[str, Callable[[Plan, Sequence[str], Lang], bytes]] = {
    ".html": policy_html,
    ".xlsx": _xlsx,
    ".json": lambda plan, shown, lang: json_bytes(policy_json(plan, shown, lang)),
    ".txt": lambda plan, shown, lang: policy_text(plan, shown, lang).encode(),
}
SHOW_WRITERS = tuple(_WRITERS)
"""The endings that `write_policy` knows."""


def write_policy(plan: Plan, shown: Sequence[str], path: Path, lang: Lang) -> None:
    """Write programmes; the ending says how (.html, .xlsx, .json, .txt). Raises OSError."""
    write_bytes(path, _WRITERS[path.suffix.lower()](plan, shown, lang))
