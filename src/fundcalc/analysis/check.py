"""Everything wrong or doubtful in a policy: what the loader finds, its cases, and every check there is.

A change can be tried before it is saved: `try_edit` says what the checks, the cases and the bill make of it.
A check is a file in `analysis/checks/`; they are found by looking there. Code review tools show
findings at their lines, written as SARIF 2.1.0.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING, Any

from fundcalc.analysis import checks
from fundcalc.analysis.bench import Bench, Unsure
from fundcalc.analysis.checks import any_disagrees, edge_taken_twice, overlap, table_lacks
from fundcalc.base import VERSION, dataclass
from fundcalc.base.catalogue import pages, say, words
from fundcalc.base.diagnostics import (
    Diagnostic,
    PolicyProblem,
    Span,
    character_columns,
    errors,
    in_order,
)
from fundcalc.base.words import Lang, Words, did_you_mean, listing
from fundcalc.engines.absent import otherwise_alone, resting
from fundcalc.language.nodes import Calendar, Const, Lookup, walk
from fundcalc.policy import bundle as bundles
from fundcalc.policy.bundle import Bundle, decoded
from fundcalc.policy.cases import read_cases
from fundcalc.policy.load import load, read
from fundcalc.policy.model import (
    ALWAYS,
    Accept,
    Band,
    Otherwise,
    Output,
    Parameter,
    Policy,
    Programme,
    Reading,
    Rule,
    Table,
)
from fundcalc.policy.plan import (
    Plan,
    deciding_expressions,
    draft_plan,
    settle_readings,
    upstream,
)
from fundcalc.policy.sentences import Sentence, SourceText
from fundcalc.policy.values import on_day

if TYPE_CHECKING:
    from fundcalc.analysis.cases import Outcome
    from fundcalc.analysis.compare import Comparison
    from fundcalc.analysis.sides import Version
    from fundcalc.policy.edit import Edit
    from fundcalc.roster.model import Roster

Quoting = Reading | Parameter | Table | Rule | Output | Otherwise
"""What may quote the sentence on which it rests."""

Progress = Callable[[int], None]
"""Told how many more steps are done."""


@lru_cache(maxsize=1)
def all_checks() -> tuple[ModuleType, ...]:
    """The checks in the order of their codes."""
    modules = [
        import_module(f"{checks.__name__}.{info.name}") for info in iter_modules(checks.__path__)
    ]
    return tuple(sorted(modules, key=lambda module: str(module.CODE)))


def check(
    path: Path | Bundle | None,
    on: date | None,
    readings: Mapping[str, str],
    progress: Progress | None = None,
    *,
    sources: bool = False,
) -> list[Diagnostic]:
    """All findings in order but those that the policy accepts; `progress` is told of each check done.

    With `sources`, sentences of their texts for which the policy does not answer, too. Raises PolicyProblem
    where there is no policy or no such reading.
    """
    every = findings(path, on, readings, progress, sources=sources)
    return [finding for finding in every if finding.accepted is None]


def findings(
    path: Path | Bundle | None,
    on: date | None,
    readings: Mapping[str, str],
    progress: Progress | None = None,
    *,
    sources: bool = False,
) -> list[Diagnostic]:
    """As `check`, with those that the policy accepts, each with the reason."""
    bundle = bundles.find(path)
    policy, diagnostics = read(bundle)
    if policy is None:
        return diagnostics
    unknown = settle_readings(policy, readings)[1]
    if unknown:
        raise PolicyProblem(unknown)
    diagnostics = [*diagnostics, *read_cases(bundle, policy)[1]]
    if sources:
        diagnostics += unanswered(bundle, policy)
    diagnostics = in_order([*diagnostics, *check_policy(policy, on, readings, progress)])
    as_chosen = not readings and on in (None, policy.on) and not errors(diagnostics)
    return in_order(_by_cause(_settled(policy, bundle, diagnostics, stale=as_chosen)))


def _by_cause(findings: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings; more than a few of one cause, none of which is accepted, as one that lists its rules."""
    causes: dict[tuple[object, ...], list[Diagnostic]] = {}
    for number, finding in enumerate(findings):
        alike = finding.alike
        alone = alike is None or finding.accepted is not None
        cause = (number,) if alike is None or alone else (alike.many, *alike.fields.items())
        causes.setdefault(cause, []).append(finding)
    for same_cause in causes.values():
        alike = same_cause[0].alike
        if alike is None or len(same_cause) <= FEW:
            yield from same_cause
            continue
        every = [finding.alike.item for finding in same_cause if finding.alike is not None]
        items = words("checks.and_more", items=listing(every[:FEW]), count=len(every) - FEW)
        many = say(
            alike.many, spans=[finding.where for finding in same_cause[:FEW]], witness=same_cause[0].witness,
            count=len(every), items=items, **dict[str, Any](alike.fields),
        )  # fmt: skip
        yield many


def findings_said(diagnostics: Sequence[Diagnostic]) -> Words:
    """How many findings there are of each kind, in a line."""
    many = Counter("accepted" if finding.accepted else finding.severity for finding in diagnostics)
    said = words("cli.findings", errors=many["error"], warnings=many["warning"])
    if many.total() == many["accepted"]:
        said = words("cli.nothing_found")
    if many["note"]:
        said = words("cli.findings_note", said=said, many=many["note"])
    if many["accepted"]:
        said = words("cli.findings_accepted", said=said, many=many["accepted"])
    return said


def _settled(
    policy: Policy, bundle: Bundle, diagnostics: Sequence[Diagnostic], *, stale: bool
) -> Iterator[Diagnostic]:
    """The findings, with the reasons of those accepted, and what is wrong with the policy's `accept`.

    `stale`: an `accept` that meets nothing is told; on another day or reading, or behind an error, it may.
    A `cliff_ok` says what a rule means, and may stand where there is no step.
    """
    met: dict[Accept, set[bool]] = {
        accept: set() for accept in (*policy.accepted, *_cliffs(policy))
    }
    parts = _parts(policy)
    for finding in diagnostics:
        # what z3 could not decide of a check is accepted as its findings are
        codes = (finding.code, finding.about)
        matching = [a for a in met if a.code in codes and _about(a.where, finding, parts, bundle)]
        for accept in matching:
            met[accept].add(finding.severity == "error")
        fine = finding.severity != "error" and bool(matching)
        yield replace(finding, accepted=matching[0].reason) if fine else finding
    for accept in policy.accepted:
        if accept.code not in pages():
            yield say(
                "FC725.code",
                accept.span,
                hint=did_you_mean(accept.code, pages()),
                code=accept.code[:20],
            )
        elif True in met[accept]:
            yield say("FC725.error", accept.span, code=accept.code)
        elif stale and not met[accept] and accept.code != "FC760":  # which is not always looked for
            known = {name for lines in parts.values() for _, names in lines for name in names}
            hint = did_you_mean(accept.where, known) if accept.where not in known else None
            yield say("FC725", accept.span, hint=hint, code=accept.code, where=accept.where[:80])


def _cliffs(policy: Policy) -> Iterator[Accept]:
    """What `cliff_ok` accepts: a step at its own rule or output."""
    for programme in policy.programmes:
        parts: list[Rule | Output] = [*programme.rules, *programme.also]
        for part in parts:
            if part.cliff_ok is not None:
                yield Accept("FC711", f"{programme.id}.{part.id}", part.cliff_ok, part.span)


_Parts = dict[str, list[tuple[int, tuple[str, ...]]]]


def _parts(policy: Policy) -> _Parts:
    """For each file the line on which each thing begins that is declared there, with its names."""
    by_file: _Parts = {}

    def note(span: Span, *names: str) -> None:
        by_file.setdefault(_place(span.file), []).append((span.line, names))

    for kind in (policy.parameters, policy.readings, policy.tables, policy.facts):
        for declared in kind.values():
            note(declared.span, declared.id)
    for programme in policy.programmes:
        note(replace(programme.span, line=0), programme.id)
        for part in (*programme.rules, programme.otherwise, *programme.also):
            if part is not None:
                note(part.span, programme.id, part.id, f"{programme.id}.{part.id}")
    for lines in by_file.values():
        lines.sort()
    return by_file


def _place(file: str) -> str:
    """A file; of a decision table the row, in whichever column."""
    return re.sub(r"![A-Z]+(?=[0-9]+$)", "!", file)


def _about(where: str, finding: Diagnostic, parts: _Parts, bundle: Bundle) -> bool:
    """Whether a finding stands in what `where` names: the last thing begun above it, or its file."""
    span = finding.where
    if span.file.split("!")[0] == bundle.show(where):
        return True
    begun = [names for line, names in parts.get(_place(span.file), []) if line <= span.line]
    return bool(begun) and where in begun[-1]


def check_policy(
    policy: Policy,
    on: date | None = None,
    readings: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> list[Diagnostic]:
    """What the checks find in a policy that loads."""
    chosen = readings or {}
    try:
        plan, _ = draft_plan(policy, on, chosen)
    except PolicyProblem as problem:
        return list(problem.diagnostics)
    bench = Bench(policy, plan, chosen)
    diagnostics: list[Diagnostic] = []
    for module in all_checks():
        bench.clock.turn()
        diagnostics += module.check(bench)
        if progress is not None:
            progress(1)
    diagnostics += [*bench.no_plan.values(), *otherwise_alone(plan)]
    other_days = [*_other_days(bench, diagnostics), *_tables_of_other_days(bench, diagnostics)]
    return [*diagnostics, *other_days, *_unsure(plan, bench.unsure, diagnostics)]


def _other_days(bench: Bench, diagnostics: list[Diagnostic]) -> Iterator[Diagnostic]:
    """What is wrong on days on which rules begin or have ended, beyond what is on the plan's own."""
    plan = bench.plan
    known = {(diagnostic.code, diagnostic.where) for diagnostic in diagnostics}
    for day in sorted({day for _, _, period in plan.policy.periods for day in period.turns}):
        try:
            then, problems = draft_plan(plan.policy, day, plan.readings)
            paused = {programme.span for programme in resting(then) if _pauses(programme, day)}
            problems += [one for one in otherwise_alone(then) if one.where in paused]
            problems += _rules_that_clash(bench, then) if day != plan.on else []
        except PolicyProblem as problem:
            problems = list(problem.diagnostics)
        for diagnostic in problems:
            if (
                diagnostic.code in ("FC111", "FC308", "FC309", *_CLASHES)
                and (diagnostic.code, diagnostic.where) not in known
            ):
                known.add((diagnostic.code, diagnostic.where))
                yield _from(day, diagnostic)


_CLASHES = {module.CODE: module for module in (overlap, any_disagrees, edge_taken_twice)}
"""The checks that two rules may fail that are in force together on a day."""


def _rules_that_clash(bench: Bench, then: Plan) -> list[Diagnostic]:
    """What these checks find on another day."""
    other = Bench(bench.policy, then, bench.given)
    found: list[Diagnostic] = []
    for module in _CLASHES.values():
        other.clock.turn()
        found += module.check(other)
    bench.unsure += other.unsure
    return found


def _pauses(programme: Programme, day: date) -> bool:
    """Whether rules have ended before a day, and others begin after it."""
    periods = [rule.period for rule in programme.rules]
    ended = any(period.last is not None and period.last < day for period in periods)
    return ended and any(period.first is not None and period.first > day for period in periods)


def _from(day: date, diagnostic: Diagnostic) -> Diagnostic:
    """A finding of another day than the plan's."""
    first, others, message = diagnostic.spans[:1], diagnostic.spans[1:], diagnostic.message
    hint, seen = diagnostic.hint, diagnostic.witness
    if day == ALWAYS:
        return say("FC718.always", *first, spans=others, witness=seen, hint=hint, message=message)
    return say("FC718", *first, spans=others, witness=seen, hint=hint, day=day, message=message)


def _tables_of_other_days(bench: Bench, diagnostics: list[Diagnostic]) -> Iterator[Diagnostic]:
    """What tables lack from a day on which a row begins: an older one gives way to all that meet it."""
    policy = bench.policy
    known = {(diagnostic.code, diagnostic.where) for diagnostic in diagnostics}
    looked_at = {_keys_on(policy, bench.plan.on)}
    for day in sorted({row.since for table in policy.tables.values() for row in table.rows}):
        keys = _keys_on(policy, day)
        if keys in looked_at:
            continue
        looked_at.add(keys)
        try:
            plan, problems = draft_plan(policy, day, bench.given)
        except PolicyProblem as problem:  # no programme decides on that day
            for diagnostic in problem.diagnostics if day > bench.plan.on else ():
                if diagnostic.code == "FC307" and ("FC307", diagnostic.where) not in known:
                    known.add(("FC307", diagnostic.where))
                    yield _from(day, diagnostic)
            continue
        then = Bench(policy, plan, bench.given)
        then.clock.turn()
        for diagnostic in table_lacks.check(then) if not errors(problems) else ():
            if (diagnostic.code, diagnostic.where) not in known:
                known.add((diagnostic.code, diagnostic.where))
                yield _from(day, diagnostic)
        bench.unsure += then.unsure


def _keys_on(policy: Policy, day: date) -> tuple[frozenset[tuple[str | Band, ...]], ...]:
    """Of each table the keys that have a row on a day."""
    return tuple(
        frozenset(row.keys for _, row in on_day(table, day)) for table in policy.tables.values()
    )


FEW = 3
"""Places of a programme at each of which a check that came to no conclusion is told; of more once for all."""


def _unsure(
    plan: Plan, questions: list[Unsure], diagnostics: list[Diagnostic]
) -> Iterator[Diagnostic]:
    """What each check could not find out of a programme, unless the fault was found there."""
    known = {(d.code, d.where) for d in diagnostics}
    places: dict[tuple[str, Span], list[Span]] = {}
    large = {q.programme.span: _large_table(plan, q.programme) for q in questions}
    of_days = {q.programme.span for q in questions if _counts_days(plan, q.programme)}
    for question in dict.fromkeys(questions):
        if (question.code, question.span) not in known:
            places.setdefault((question.code, question.programme.span), []).append(question.span)
    for (code, programme), spans in places.items():
        if len(spans) > FEW:
            said = say("FC799.many", programme, check=code, count=len(spans))
            yield replace(said, about=code)
            continue
        for span in spans:
            table = large.get(programme)
            if table is not None:
                rows = len(table.rows)
                said = say("FC799.table", span, check=code, table=table.id, rows=rows)
            else:
                said = say("FC799.days" if programme in of_days else "FC799", span, check=code)
            yield replace(said, about=code)


LARGE = 5_000
"""Rows of a table, more than which z3 does not get through under all conditions."""


def _large_table(plan: Plan, programme: Programme) -> Table | None:
    """The largest table that it looks up, where that is large."""
    nodes = (node for p in upstream(plan, programme) for node in deciding_expressions(p))
    used = {part.table for node in nodes for part in walk(node) if isinstance(part, Lookup)}
    tables = [plan.policy.tables[id_] for id_ in sorted(used)]
    largest = max(tables, key=lambda table: len(table.rows), default=None)
    return largest if largest is not None and len(largest.rows) > LARGE else None


def _counts_days(plan: Plan, programme: Programme) -> bool:
    """Whether it rests on years or months between two days that are both open."""
    nodes = (node for p in upstream(plan, programme) for node in deciding_expressions(p))
    counted = (part for node in nodes for part in walk(node) if isinstance(part, Calendar))
    return any(sum(not isinstance(day, Const) for day in part.items) > 1 for part in counted)


def quotations(policy: Policy) -> Iterator[tuple[str, str, Span]]:
    """Every quotation of a policy: its source, its words, and where it is written."""
    quoting: list[Quoting] = [*policy.readings.values(), *policy.parameters.values()]
    quoting += policy.tables.values()
    for programme in policy.programmes:
        quoting += [
            *programme.rules,
            *programme.also,
            *([programme.otherwise] if programme.otherwise else []),
        ]
    for part in quoting:
        if part.quote is not None and part.source is not None:
            yield part.source, part.quote, part.span
    for source in policy.sources.values():
        yield from ((source.id, unused.quote, unused.span) for unused in source.unused)


def unanswered(bundle: Bundle, policy: Policy) -> Iterator[Diagnostic]:
    """Sentences of the sources' texts that tell something and that nothing quotes or sets aside."""
    for id_, text in _texts(bundle, policy).items():
        answered: set[Sentence] = set()
        for source, quote, span in quotations(policy):
            if source == id_:
                first, *others = text.quoted(quote)
                answered.update(first)
                alike = [
                    passage
                    for passage in others
                    if [s.text for s in passage] == [s.text for s in first]
                ]
                answered.update(sentence for passage in alike for sentence in passage)
                if len(alike) < len(others):
                    yield say("FC760.several", span, source=id_, count=1 + len(others))
        for sentence in text.sentences:
            if sentence.tells and sentence not in answered:
                yield say("FC760", text.span(sentence), source=id_)


def _texts(bundle: Bundle, policy: Policy) -> dict[str, SourceText]:
    return {
        id_: SourceText(bundle.show(source.text), decoded(bundle.content[source.text]))
        for id_, source in policy.sources.items()
        if source.text is not None
    }


def texts_said(path: Path | Bundle | None) -> list[Words]:
    """A line a text of a source: how many of its sentences tell something, and the digest it has."""
    bundle = bundles.find(path)
    policy = load(bundle)[0]
    lines: list[Words] = []
    for id_, text in _texts(bundle, policy).items():
        data = bundle.content[policy.sources[id_].text or ""]
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        count = sum(sentence.tells for sentence in text.sentences)
        lines.append(words("checks.text_of", name=text.name, sentences=count, digest=digest))
    return lines or [words("checks.no_texts")]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a change does, on `day`.

    `new` are findings that the policy as it is does not have, `known` those that it has as well, and `gone`
    those that it alone has. `broken_cases` says why cases could not be run, `no_bill` why there is no
    `comparison`; there is neither where no roster was given. `spelt` is what `compare` calls both sides,
    empty where it could not say the new one.
    """

    edit: Edit
    day: date
    policy: Policy
    new: tuple[Diagnostic, ...]
    known: tuple[Diagnostic, ...]
    gone: tuple[Diagnostic, ...]
    outcomes: tuple[Outcome, ...]
    broken_cases: tuple[Diagnostic, ...]
    comparison: Comparison | None
    no_bill: tuple[Diagnostic, ...]
    spelt: tuple[str, ...]


def trial_steps(roster: Roster | None) -> int:
    """How many steps a trial tells its progress."""
    return 2 * len(all_checks()) + 1 + 2 * (len(roster) if roster is not None else 0)


def try_edit(
    edit: Edit,
    on: date | None = None,
    readings: Mapping[str, str] | None = None,
    roster: Roster | None = None,
    progress: Progress | None = None,
) -> Trial:
    """Check a change, run the policy's cases and put the bill of a roster next to the present one.

    `roster` is read with the policy as it is; the facts are the same. Raises PolicyProblem where the policy
    as it is cannot be read.
    """
    from fundcalc.analysis.compare import compare_read

    old, new = (load(bundle)[0] for bundle in (edit.old, edit.new))
    day = max(edit.setting.since, on or old.on)
    before = check(edit.old, day, {}, progress)
    after = in_order([*check(edit.new, day, {}, progress), *edit.warnings])
    known, still = {_said(finding) for finding in before}, {_said(finding) for finding in after}
    outcomes, broken = _cases(edit.new)
    if progress is not None:
        progress(1)
    compared: Comparison | None = None
    problems: tuple[Diagnostic, ...] = ()
    sides = _sides(edit, (old, new), day, readings or {})
    if roster is not None:
        try:
            compared = compare_read(sides, roster, 10, progress)
        except PolicyProblem as problem:
            problems = problem.diagnostics
    spelt = tuple(side.label for side in sides) if compared and _same(sides, edit) else ()
    return Trial(
        edit, day, new,
        tuple(finding for finding in after if _said(finding) not in known),
        tuple(finding for finding in after if _said(finding) in known),
        tuple(finding for finding in before if _said(finding) not in still) if _runs(sides[1]) else (),
        outcomes, broken, compared, problems, spelt,
    )  # fmt: skip


def _said(finding: Diagnostic) -> tuple[str, str, str]:
    """What makes a finding the same in a file in which lines have moved."""
    return finding.code, finding.message.en, finding.where.file


def _cases(bundle: Bundle) -> tuple[tuple[Outcome, ...], tuple[Diagnostic, ...]]:
    from fundcalc.analysis.cases import policy_and_cases

    try:
        return tuple(policy_and_cases(bundle)[1]), ()
    except PolicyProblem as problem:
        return (), problem.diagnostics


def _sides(
    edit: Edit, policies: tuple[Policy, Policy], day: date, readings: Mapping[str, str]
) -> tuple[Version, Version]:
    """Both policies on the day, spelt as `compare` has them."""
    from fundcalc.analysis.sides import Version

    taken = {name: option for name, option in readings.items() if name in policies[0].readings}
    spelt = f"{day},{edit.setting.name}={edit.setting.text}"
    old, new = policies
    return Version(f"{day}", old, day, taken, {}), Version(spelt, new, day, taken, {})


def _runs(side: Version) -> bool:
    """Whether there are values of the day; without them most checks say nothing."""
    try:
        side.plan()
    except PolicyProblem:
        return False
    return True


def _same(sides: tuple[Version, Version], edit: Edit) -> bool:
    """Whether the parameter set on the day alone gives the policy that the file will hold from then on."""
    from fundcalc.policy.variation import finer, parameter_value, plan_with

    (old, new), name, text = sides, edit.setting.name, edit.setting.text
    try:
        policy = finer(old.policy, {name: [text]})
        value = parameter_value(policy, name, text)
        alone = plan_with(policy, old.on, old.readings, {name: value})
    except PolicyProblem:
        return False
    return alone.constants == new.plan().constants


SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def log(diagnostics: Sequence[Diagnostic], lang: Lang) -> dict[str, Any]:
    """One run with its rules and results. Columns count characters, as SARIF asks."""
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    driver = {
        "name": "fundcalc",
        "version": VERSION,
        "rules": [_rule(code, lang) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, codes, lang) for diagnostic in diagnostics],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str, lang: Lang) -> dict[str, Any]:
    page = pages().get(code)
    if page is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": page.title.say(lang)},
        "fullDescription": {"text": page.text.say(lang)},
    }


def _result(diagnostic: Diagnostic, codes: Sequence[str], lang: Lang) -> dict[str, Any]:
    said = [diagnostic.message.say(lang)]
    if diagnostic.hint is not None:
        said.append(diagnostic.hint.say(lang))
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": diagnostic.severity,
        "message": {"text": ". ".join(said) if lang == "en" else "。".join(said)},
        "locations": [_location(span) for span in diagnostic.spans[:1]],
    }
    if len(diagnostic.spans) > 1:
        result["relatedLocations"] = [_location(span) for span in diagnostic.spans[1:]]
    if diagnostic.accepted is not None:
        reason = diagnostic.accepted.say(lang)
        result["suppressions"] = [
            {"kind": "inSource", "status": "accepted", "justification": reason}
        ]
    if diagnostic.witness:
        result["properties"] = {"witness": dict(diagnostic.witness)}
    return result


def _location(span: Span) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": span.file}}
    if span.line:
        start, end = character_columns(span)
        place["region"] = {"startLine": span.line, "startColumn": start, "endColumn": end}
    return {"physicalLocation": place}
