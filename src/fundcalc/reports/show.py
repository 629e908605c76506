"""A policy as a person reads it: a decision table a programme, with the values of a date filled in.

For the terminal, a page, a workbook and as JSON; `fundcalc.reports.expressions` puts expressions into words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.files import json_bytes, write_bytes
from fundcalc.base.words import Lang, Words, same, with_handle
from fundcalc.language.nodes import Lookup, Scale, Value, names, walk
from fundcalc.policy import decision_table
from fundcalc.policy.columns import rule_called, rule_titles, with_unit
from fundcalc.policy.model import ALWAYS, Must, Output, Period, Policy, Programme, Reading, Rule
from fundcalc.policy.model import Table as LookupTable
from fundcalc.policy.plan import Plan, planned_expressions, sentences
from fundcalc.policy.sentences import by_sentence, in_marks, names_in
from fundcalc.policy.values import on_day
from fundcalc.reports.expressions import Speaker, no_programme, not_in_force, value
from fundcalc.reports.table import COLUMNS, Cell, Table, as_text, wrapped

if TYPE_CHECKING:
    from fundcalc.analysis.cases import Held, Outcome
    from fundcalc.policy.cases import Case

MOST_LOOKED_UP = 20
"""Rows of a look-up table that a terminal shows; files have all."""

HIT_POLICIES = {
    "unique": ("U", words("reports.hit_unique")),
    "first": ("F", words("reports.hit_first")),
    "any": ("A", words("reports.hit_any")),
    "collect": ("C", words("reports.hit_collect")),
    "collect max": ("C>", words("reports.hit_max")),
    "collect min": ("C<", words("reports.hit_min")),
    "collect sum": ("C+", words("reports.hit_sum")),
    "collect count": ("C#", words("reports.hit_count")),
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
    period: Period
    quote: str | None


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
    quote: str | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A reading that can change what the programme gives."""

    reading: Reading
    option: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A programme to be shown. `inputs` are the names tested, in order, with their titles."""

    programme: Programme
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
        return self.programme.title

    @property
    def result(self) -> Output:
        """The programme's result."""
        return self.programme.result

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
    letter, hit = HIT_POLICIES[programme.hit_policy]
    further = tuple(Further(a, _formula(a, speaker)) for a in programme.further)
    return Decision(
        programme, letter, hit, inputs, rows, _otherwise(programme, speaker), further,
        _used(plan, programme), _chosen(plan, programme),
    )  # fmt: skip


def _formula(also: Output, speaker: Speaker) -> Words:
    """How a further output is worked out, and the days of its share."""
    if also.share is None:
        assert also.value is not None
        return speaker.formula(also.value)
    shared, days = speaker.share(also.share), also.share.period.said
    return (
        shared if days is None else Words(f"{shared.zh}（{days.zh}）", f"{shared.en} ({days.en})")
    )


def _row(rule: Rule, speaker: Speaker) -> Row:
    tests: dict[str, Words] = {}
    other: list[Words] = []
    for part in speaker.parts(rule.when):
        if part.name is None:
            other.append(part.text)
        elif part.name in tests:
            tests[part.name] = _and([tests[part.name], part.text])
        else:
            tests[part.name] = part.text
    title = rule_called(rule)
    rest = _and(other) if other else None
    return Row(
        rule.id, title, tests, rest, speaker.gives(rule),
        rule.source, rule.because, rule.period, rule.quote,
    )  # fmt: skip


def _and(parts: list[Words]) -> Words:
    return Words(" 且 ".join(p.zh for p in parts), " and ".join(p.en for p in parts))


def _otherwise(programme: Programme, speaker: Speaker) -> Row | None:
    rule = programme.otherwise
    if rule is None:
        return None
    gives, title = speaker.gives(rule), rule_called(rule)
    return Row(rule.id, title, {}, None, gives, rule.source, rule.because, rule.period, rule.quote)


def _used(plan: Plan, programme: Programme) -> tuple[Used, ...]:
    used = {name.id for node in planned_expressions(programme) for name in names(node)}
    for sentence in sentences(programme):
        used |= names_in(sentence.zh) | names_in(sentence.en)
    return tuple(
        Used(
            id_, p.title, value(plan.constants[id_], p.type), plan.since[id_],
            p.source_on(plan.on), p.confirmed, p.growth is not None,
            p.quote if p.source_on(plan.on) == p.source else None,
        )
        for id_, p in plan.policy.parameters.items()
        if id_ in used and id_ in plan.constants
    )  # fmt: skip


def _chosen(plan: Plan, programme: Programme) -> tuple[Chosen, ...]:
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
_OTHERWISE = words("reports.where_none_holds")
_NAME, _SOURCE = words("reports.name"), words("reports.source")


@dataclass(frozen=True, slots=True)
class _Page:
    """How a plan is laid out: with ids or by titles alone, sources by number; `narrow` for a terminal."""

    plan: Plan
    ids: bool
    narrow: bool = False

    def about(self) -> list[Words]:
        """Policy, date and digest."""
        policy = self.plan.policy
        title = (
            words("reports.named", title=policy.title, id=policy.id) if self.ids else policy.title
        )
        lines = [title, words("reports.values_of", on=self.plan.on), same(policy.digest)]
        return [*lines, *self._musts(policy.musts), *not_in_force(self.plan)]

    def _musts(self, musts: Sequence[Must]) -> list[Words]:
        """What must hold of every row, or of all together, and why."""
        pairs = [(must, Speaker(self.plan).formula(must.when)) for must in musts]
        return [
            words("reports.must", rule=rule)
            if must.because is None
            else words("reports.must_because", rule=rule, because=must.because)
            for must, rule in pairs
        ]

    def heading(self, decided: Decision) -> list[Words]:
        """A programme's hit policy, and what its author notes."""
        lines = [with_handle(decided.hit, decided.letter) if self.ids else decided.hit]
        payer = self.plan.policy.payers.get(decided.result.payer or "")
        lines += [words("reports.paid_by", payer=payer)] if payer is not None else []
        days, note = decided.programme.period.said, decided.programme.note
        lines += [words("reports.in_force", days=days)] if days is not None else []
        lines += [words("reports.not_today", part=p, days=d) for p, d in self._absent(decided.id)]
        lines += self._musts(decided.programme.musts)
        return [*lines, note] if note is not None else lines

    def _absent(self, id_: str) -> Iterator[tuple[Words, Words]]:
        """The rules and other parts of a programme that do not hold on the day, with their days."""
        for programme, part, period in self.plan.policy.periods:
            if programme.id == id_ and part and period.said and not period.holds(self.plan.on):
                title = part.title or same(part.id)
                yield with_handle(title, part.id) if self.ids else title, period.said

    def title(self, decided: Decision) -> Words:
        """A programme's title, and its ids."""
        title, ids = decided.title, f"{decided.id} → {decided.result.id}"
        return words("reports.title_and_ids", title=title, ids=ids) if self.ids else title

    def tables(self, decided: Decision) -> list[Table]:
        """The decision table, what follows from its result, the values and the readings."""
        tables = [self._rules(decided), *self._sentences(decided)]
        tables += [self._further(decided)] if decided.further else []
        tables += [self._values(decided.used)] if decided.used else []
        tables += [self._rows_of(table) for table in _looked_up(self.plan, decided.programme)]
        return [*tables, self._readings(decided.chosen)] if decided.chosen else tables

    def sources(self) -> Table:
        """The documents, as the tables name them."""
        policy = self.plan.policy
        rows: list[list[Cell]] = [
            [self._source(id_), with_handle(source.cite(), id_) if self.ids else source.cite()]
            for id_, source in policy.sources.items()
        ]
        return Table(_SOURCE, [_NAME, _SOURCE], rows, texts=2, sentences=True)

    def _rules(self, decided: Decision) -> Table:
        together = self.narrow and len(decided.inputs) > MOST_INPUTS
        heads = [words("reports.rule")]
        heads += [words("reports.when")] if together else list(decided.inputs.values())
        if decided.has_other and not together:
            heads.append(words("reports.also_if"))
        heads += [with_unit(decided.result.title, decided.result.type), _SOURCE]
        rows = [self._cells(decided, row, together) for row in decided.rows]
        if decided.otherwise is not None:
            blanks = [_DASH] * (len(heads) - 3)
            row = decided.otherwise
            name, source = self._rule(row, _OTHERWISE), self._source(row.source)
            rows.append([name, *blanks, row.gives, source])
        return Table(decided.title, heads, rows, texts=len(heads), sentences=True)

    def _cells(self, decided: Decision, row: Row, together: bool) -> list[Cell]:
        cells: list[Cell]
        if together:
            tests = [
                words("reports.pair", head=decided.inputs[i], text=t) for i, t in row.tests.items()
            ]
            cells = [_lines_of([*tests, *([row.other] if row.other is not None else [])])]
        else:
            cells = [row.tests.get(i, _DASH) for i in decided.inputs]
            cells += [row.other or _DASH] if decided.has_other else []
        return [self._rule(row, row.title), *cells, row.gives, self._source(row.source)]

    def _rule(self, row: Row, title: Words) -> Words:
        days = row.period.said
        return _lines_of([self._with_id(row.id, title), *([days] if days is not None else [])])

    def _sentences(self, decided: Decision) -> list[Table]:
        """What the sources say, word for word, next to what rests on it; none where nothing is quoted."""
        resting: list[Any] = [
            *decided.rows, decided.otherwise, *(f.output for f in decided.further), *decided.used,
            *_looked_up(self.plan, decided.programme), *(c.reading for c in decided.chosen),
        ]  # fmt: skip
        rows: list[list[Cell]] = [
            [joined(titles), same(in_marks(quote)), self._source(source)]
            for (quote, source), titles in by_sentence(resting).items()
        ]
        heads, title = [_NAME, words("reports.in_its_words"), _SOURCE], words("reports.sentences")
        return [Table(title, heads, rows, texts=3, sentences=True)] if rows else []

    def _further(self, decided: Decision) -> Table:
        payers = self.plan.policy.payers
        rows: list[list[Cell]] = [
            [self._with_id(f.output.id, f.output.title), f.formula,
             payers[f.output.payer] if f.output.payer else _DASH]
            for f in decided.further
        ]  # fmt: skip
        heads = [_NAME, words("reports.worked_out_as"), words("reports.payer")]
        return Table(words("reports.from_the_result"), heads, rows, texts=3, sentences=True)

    def _values(self, used: Iterable[Used]) -> Table:
        heads = [
            _NAME, words("reports.value"), words("reports.since"), _SOURCE,
            words("reports.confirmed"),
        ]  # fmt: skip
        rows: list[list[Cell]] = [
            [self._with_id(u.id, u.title),
             words("reports.grows", value=u.value) if u.grows else u.value,
             u.since.isoformat(), self._source(u.source),
             u.confirmed.isoformat() if u.confirmed else _DASH]
            for u in used
        ]  # fmt: skip
        return Table(words("reports.values"), heads, rows, texts=5, sentences=True)

    def _rows_of(self, table: LookupTable) -> Table:
        """The rows of a look-up table on the day; of a long one the first."""
        speaker = Speaker(self.plan)
        heads = [speaker.titles.get(key.name, same(key.name)) for key in table.keys]
        valid = on_day(table, self.plan.on)
        listed = valid[:MOST_LOOKED_UP] if self.narrow else valid
        rows: list[list[Cell]] = [
            [*(same(str(key)) for key in row.keys), value(row.value, table.type),
             _DASH if row.since == ALWAYS else same(row.since.isoformat()),
             self._source(row.source or table.source)]
            for _, row in listed
        ]  # fmt: skip
        if len(listed) < len(valid):
            note = words("reports.more_rows", count=len(valid) - len(listed))
            rows.append([note, *[_DASH] * (len(heads) + 2)])
        title = self._with_id(table.id, table.title)
        head = [*heads, with_unit(words("reports.value"), table.type), words("reports.since")]
        return Table(title, [*head, _SOURCE], rows, texts=len(head) + 1, sentences=True)

    def _readings(self, chosen: Sequence[Chosen]) -> Table:
        heads = [words("reports.reading"), words("reports.taken"), words("reports.another")]
        rows: list[list[Cell]] = []
        for choice in chosen:
            options = {id_: self._option(id_, text) for id_, text in choice.reading.options.items()}
            others = [text for id_, text in options.items() if id_ != choice.option]
            name = self._with_id(choice.reading.id, choice.reading.question)
            rows.append([name, options[choice.option], _lines_of(others)])
        return Table(words("reports.readings"), heads, rows, texts=3, sentences=True)

    def _option(self, id_: str, text: Words) -> Words:
        return with_handle(text, id_) if self.ids else text

    def _with_id(self, id_: str, title: Words) -> Words:
        if not self.ids or title == same(id_):
            return title
        return Words(f"{title.zh}\n[{id_}]", f"{title.en}\n[{id_}]")

    def _source(self, id_: str | None) -> Words:
        if id_ is None:
            return _DASH
        return same(f"[{list(self.plan.policy.sources).index(id_) + 1}]")


def _lines_of(texts: Sequence[Words]) -> Words:
    return Words("\n".join(t.zh for t in texts) or "–", "\n".join(t.en for t in texts) or "–")


# -- for the terminal, a workbook, a page ---------------------------------------------------------


def _looked_up(plan: Plan, programme: Programme) -> list[LookupTable]:
    """The tables that a programme looks up, in the order in which it does."""
    nodes = (part for node in planned_expressions(programme) for part in walk(node))
    ids = dict.fromkeys(part.table for part in nodes if isinstance(part, Lookup | Scale))
    grows = [plan.policy.parameters[used.id].growth for used in _used(plan, programme)]
    tables = (growth.table for growth in grows if growth is not None)
    ids |= dict.fromkeys(table for table in tables if table is not None)
    return [plan.policy.tables[id_] for id_ in ids]


def programmes(plan: Plan, wanted: str | None) -> list[str]:
    """The ids of the programmes to show: one, or all as listed. Raises PolicyProblem: no such one."""
    listed = [programme.id for programme in plan.policy.listed_programmes]
    if wanted is None:
        return listed
    if wanted not in listed:
        raise PolicyProblem([no_programme(plan, wanted)])
    return [wanted]


def policy_text(plan: Plan, shown: Sequence[str], lang: Lang, *, ids: bool = False) -> str:
    """Programmes, by id, as lines of at most 80 columns; with the ids of rules and values where asked."""
    return "\n".join(_lines(_Page(plan, ids, narrow=True), shown, lang)) + "\n"


def _lines(page: _Page, shown: Sequence[str], lang: Lang) -> Iterator[str]:
    yield from wrapped(page.about(), lang)
    for id_ in shown:
        decided = decision(page.plan, id_)
        head = [page.title(decided), *page.heading(decided)]
        yield from ("", "=" * COLUMNS, *wrapped(head, lang), "")
        rules, *further = page.tables(decided)
        # the programme's title stands above already
        yield from as_text([replace(rules, title=None), *further], lang)
    yield from ("", "=" * COLUMNS, *as_text([page.sources()], lang))


def _xlsx(plan: Plan, shown: Sequence[str], lang: Lang, rows: Sequence[Sequence[str]]) -> bytes:
    """A sheet a programme, after `rows` as they are. The same input gives the same bytes."""
    from fundcalc.reports.workbook.paper import Paper, write_tables

    paper, page = Paper(plan, 0, lang), _Page(plan, ids=True)
    if rows:
        sheet = paper.sheet(f"0 {shown[0]}"[:31])
        sheet.widths([14] * len(rows[0]))
        for index, row in enumerate(rows):
            for column, text in enumerate(row):
                sheet.text(index, column, text, "text" if index else "head")
    for number, id_ in enumerate(shown, 1):
        decided = decision(plan, id_)
        notes = [decided.title, *page.heading(decided), *page.about()[:2]]
        write_tables(paper, _sheet_name(decided.title, number), page.tables(decided), notes)
    write_tables(paper, words("reports.sources"), [page.sources()], page.about())
    return paper.close()


def _sheet_name(title: Words, number: int) -> Words:
    """A sheet's name: numbered, without what Excel forbids, within 31 characters."""

    def fit(text: str) -> str:
        plain = "".join(" " if c in "[]:*?/\\'" else c for c in text)
        return f"{number} {plain}"[:31].strip()

    return Words(fit(title.zh), fit(title.en))


def policy_html(plan: Plan, shown: Sequence[str], lang: Lang, *, ids: bool = False) -> bytes:
    """Programmes, by id, as one page of HTML. The same input gives the same bytes."""
    from fundcalc.reports.html import page

    look = _Page(plan, ids)
    decisions = [decision(plan, id_) for id_ in shown]
    return page(
        "show.html",
        lang,
        title=plan.policy.title,
        ids=ids,
        about=look.about(),
        decisions=[(decided, look.heading(decided), look.tables(decided)) for decided in decisions],
        sources=look.sources(),
    )


# -- the policy's own cases, held against what came out -------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One thing that a case expects of its village number `village`, from 0, and what came out."""

    village: int
    what: Words
    wanted: Words
    found: Words
    passed: bool


@dataclass(frozen=True, slots=True)
class CaseHeld:
    """A case as far as it is about one programme; `about` says what is not as usual of a village alone."""

    outcome: Outcome
    about: tuple[Words, ...]
    rows: tuple[CaseRow, ...]

    @property
    def passed(self) -> bool:
        """Whether all of it came out."""
        return all(row.passed for row in self.rows)


def cases_held(policy: Policy, outcomes: Iterable[Outcome]) -> dict[str, list[CaseHeld]]:
    """Cases in words, by the id of each programme of which they expect something."""
    by_programme: dict[str, list[CaseHeld]] = {id_: [] for id_ in policy.listed}
    for outcome in outcomes:
        first = next((h.programme for h in outcome.held if h.programme), policy.listed[0])
        rows: dict[str, list[CaseRow]] = {}
        for check in outcome.held:
            rows.setdefault(check.programme or first, []).append(_case_row(policy, check))
        about = tuple(_about_case(policy, outcome.case))
        for programme, case_rows in rows.items():
            by_programme[programme].append(CaseHeld(outcome, about, tuple(case_rows)))
    return by_programme


def _case_row(policy: Policy, check: Held) -> CaseRow:
    titles = {id_: reading.question for id_, reading in policy.readings.items()}
    if check.programme:
        titles = rule_titles(policy.programme(check.programme))
    match check.kind:
        case "output":
            outputs = policy.programme(check.programme).outputs
            what = next(output.title for output in outputs if output.id == check.expected.id)
        case "fired":
            what = words("reports.case_fired")
        case "hinges_on":
            what = words("reports.case_hinges_on")
        case _:
            assert_never(check.kind)

    def in_words(result: Value) -> Words:
        if not isinstance(result, tuple | str):
            return value(result, check.type)
        parts = [
            titles.get(id_, same(id_)) for id_ in ([result] if isinstance(result, str) else result)
        ]
        return joined(parts) if parts else words("reports.of_nothing")

    wanted, found = in_words(check.expected.value), in_words(check.found)
    return CaseRow(check.village, what, wanted, found, check.passed)


def joined(parts: Sequence[Words]) -> Words:
    """Several things, one behind the other."""
    return Words("、".join(part.zh for part in parts), ", ".join(part.en for part in parts))


def _about_case(policy: Policy, case: Case) -> Iterator[Words]:
    """Its day, its readings, and of a case of one village the facts that are not as usual."""
    for id_, fact in policy.facts.items():
        stated = case.villages[0].facts[id_]
        unusual = stated not in (None, "", fact.default) and id_ not in ("code", "name", "town")
        if unusual and len(case.villages) == 1:
            text = same(stated) if isinstance(stated, str) else value(stated, fact.type)
            yield Words(f"{fact.title.zh} {text.zh}", f"{fact.title.en} {text.en}")
    if case.on is not None:
        yield words("reports.values_of", on=case.on)
    for name, option in case.readings.items():
        yield policy.readings[name].options[option]


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
        "sources": {id_: source.cite().say(lang) for id_, source in plan.policy.sources.items()},
    }


def _programme_json(decided: Decision, lang: Lang) -> dict[str, Any]:
    note = decided.programme.note
    return {
        "id": decided.id,
        "title": decided.title.say(lang),
        "hit_policy": decided.programme.hit_policy,
        "output": decided.result.id,
        "payer": decided.result.payer,
        **({"direction": "charge"} if decided.result.charge else {}),
        "note": note.say(lang) if note is not None else None,
        "inputs": {id_: title.say(lang) for id_, title in decided.inputs.items()},
        "rules": [_rule_json(row, lang) for row in decided.rows],
        "otherwise": _rule_json(decided.otherwise, lang) if decided.otherwise is not None else None,
        "also": [
            {
                "id": f.output.id,
                "title": f.output.title.say(lang),
                "value": f.formula.say(lang),
                "payer": f.output.payer,
                **({"direction": "charge"} if f.output.charge else {}),
            }
            for f in decided.further
        ],
        "parameters": {
            u.id: {
                "title": u.title.say(lang),
                "value": u.value.say(lang),
                "since": u.since.isoformat(),
                "source": u.source,
                "confirmed": u.confirmed.isoformat() if u.confirmed else None,
                **({"quote": u.quote} if u.quote is not None else {}),
            }
            for u in decided.used
        },
        "readings": {c.reading.id: c.option for c in decided.chosen},
        **_days_json(decided.programme.period),
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
        **_days_json(row.period),
        **({"quote": row.quote} if row.quote is not None else {}),
    }


def _days_json(period: Period) -> dict[str, str]:
    """The first and the last day, where there is one."""
    days = {"from": period.first, "until": period.last}
    return {key: day.isoformat() for key, day in days.items() if day is not None}


# -- as files -------------------------------------------------------------------------------------

SHOW_WRITERS = (".html", ".xlsx", ".json", ".txt", ".csv")
"""The endings that `write_policy` knows."""


def write_policy(
    plan: Plan, shown: Sequence[str], path: Path, lang: Lang, *, ids: bool = False
) -> list[Diagnostic]:
    """Write programmes; the ending says how (.html, .xlsx, .json, .txt, .csv). Raises OSError.

    A workbook and JSON have the ids in any case. A .csv is the decision table of one programme, as
    `rules_from` reads it, and a workbook of one has it as its first sheet: what it cannot hold is told.
    Raises PolicyProblem where a .csv cannot hold a rule.
    """
    diagnostics: list[Diagnostic] = []
    match path.suffix.lower():
        case ".html":
            data = policy_html(plan, shown, lang, ids=ids)
        case ".xlsx":
            rows, diagnostics = _as_table(plan, shown, lang) if len(shown) == 1 else ([], [])
            diagnostics = [replace(diagnostic, severity="warning") for diagnostic in diagnostics]
            data = _xlsx(plan, shown, lang, rows)
        case ".csv":
            rows, diagnostics = _as_table(plan, shown, lang)
            if not rows:
                raise PolicyProblem(diagnostics)
            data = decision_table.as_csv(rows)
        case ".json":
            data = json_bytes(policy_json(plan, shown, lang))
        case _:
            data = policy_text(plan, shown, lang, ids=ids).encode()
    write_bytes(path, data)
    return diagnostics


def _as_table(
    plan: Plan, shown: Sequence[str], lang: Lang
) -> tuple[list[list[str]], list[Diagnostic]]:
    """The one programme as the rows of a decision table; no rows where that cannot be."""
    if len(shown) > 1:
        return [], [say("FC934.one", Span("show"), programmes=", ".join(shown))]
    return decision_table.written((plan.policy.whole or plan.policy).programme(shown[0]), lang)
