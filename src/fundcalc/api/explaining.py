"""One village found, described and explained."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.words import Lang, Words

if TYPE_CHECKING:
    from fundcalc.analysis.what_if import Lever, WhatIf
    from fundcalc.api.computing import Run
    from fundcalc.base.words import Words
    from fundcalc.explain.decision import ByHand, Corrected, Explanation
    from fundcalc.explain.gather import Explainer, Near
    from fundcalc.explain.why_not import WhyNot
    from fundcalc.language.nodes import Value
    from fundcalc.roster.model import Fault


_CANDIDATES = 8
"""Villages that one name means, which are named."""


def explain(
    run: Run, index: int, programme: str | None = None, *, alternatives: bool = True
) -> Explanation:
    """Why the village at a position gets what it gets; with `alternatives` also what would change it.

    `programme` leaves all but this one out, by id or title. Raises PolicyProblem where there is none.
    """
    from fundcalc.reports.show import programmes

    whole = explainer(run, alternatives=alternatives).explain(index)
    if programme is None:
        return whole
    return whole.only(programme) or whole.only(*programmes(run.plan, programme)) or whole


def explainer(
    run: Run, *, alternatives: bool = True, only: Container[str] | None = None
) -> Explainer:
    """What explains many villages of a run: all that they share is prepared once.

    Without `alternatives` it does not look for what would change a decision; with `only` it says nothing
    of other programmes.
    """
    from fundcalc.explain.gather import Explainer

    def make() -> Explainer:
        return Explainer(
            run.ruled, run.roster.origin, run.stakes, _by_hand(run), alternatives, _corrected(run),
            run.corrected_by, only,
        )  # fmt: skip

    return run.once("explainer", make) if alternatives and only is None else make()


def _corrected(run: Run) -> Callable[[int], Corrected | None]:
    """What a correction changes for a village at a position."""
    correction = run.correction
    if correction is None:
        return lambda index: None
    from fundcalc.explain.decision import Corrected, Paid
    from fundcalc.ledger.balance import unit_of
    from fundcalc.ledger.differences import key

    villages = {key(v.code, v.name, v.town, v.county): v for v in correction.villages}
    unit = unit_of(run.plan.policy)

    def of_village(index: int) -> Corrected:
        row = run.result.rows[index]
        who = (str(row.get(part, "")) for part in ("code", "name", "town", "county"))
        village = villages.get(key(*who))
        amounts = village.amounts if village is not None and village.presence != "gone" else {}
        paid = tuple(Paid(id_, correction.outputs[id_][0], *fen) for id_, fen in amounts.items())
        return Corrected(correction.corrects, correction.reason, unit, paid)

    return of_village


def _by_hand(run: Run) -> dict[int, tuple[ByHand, ...]]:
    """What was changed after the rules, by village."""
    if not run.changes:
        return {}
    from fundcalc.explain.decision import Amount, ByHand

    outputs = {o.id: o for p in run.plan.policy.programmes for o in p.outputs}
    by_village: dict[int, tuple[ByHand, ...]] = {}
    for change in run.changes:
        output = outputs[change.output]
        grounds = ("code", "reason", "document", "approver")
        said = {part: str(getattr(change.by, part)) for part in grounds} if change.by else None
        before, after = Amount(change.before, output.type), Amount(change.after, output.type)
        by_hand = ByHand(output.id, output.title, before, after, said)
        by_village[change.index] = (*by_village.get(change.index, ()), by_hand)
    return by_village


def check_village(run: Run, index: int) -> None:
    """Decide the village at a position of a run in columns on the rules engine too, with the pools it shares.

    Raises PolicyProblem where the engines differ.
    """
    from fundcalc.engines.calculate import check_village as check

    check(run.ruled, index)


def find_village(run: Run, wanted: str) -> list[int]:
    """Positions of the villages meant by a code or a name: exact first, then without 村 or 村委会.

    Where names repeat, the name with its town or county, as `describe_village` gives it, means one.
    """
    from fundcalc.explain.gather import find

    return find(_called(run), wanted)


def villages_near(run: Run, wanted: str) -> list[int]:
    """Positions of villages whose name or code contains the text."""
    from fundcalc.explain.gather import named_like

    return named_like(_called(run), wanted)


def village_asked(run: Run, index: int) -> str:
    """How a command calls the village at a position: by its code, else its name, else its description."""
    row = run.result.rows[index]
    texts = [str(row[part]) for part in ("code", "name") if row.get(part)]
    alone = (text for text in texts if find_village(run, text) == [index])
    return next(alone, describe_village(run, index))


def one_village(run: Run, wanted: str) -> int:
    """The position of the village meant. Raises PolicyProblem with candidates where it is not one."""
    villages = find_village(run, wanted)
    if len(villages) == 1:
        return villages[0]
    candidates = villages or villages_near(run, wanted)
    listed = [describe_village(run, index) for index in candidates[:_CANDIDATES]]
    near = "; ".join([*listed, *["…"] * (len(candidates) > _CANDIDATES)])
    if villages:
        why = say("FC961.villages", number=len(villages), wanted=wanted, near=near)
    elif near:
        why = say("FC961.near", wanted=wanted, near=near)
    else:
        why = say("FC961.village", wanted=wanted)
    raise PolicyProblem([why])


def _called(run: Run) -> dict[str, Sequence[Value]]:
    """Code, name, town and county of every village."""
    from fundcalc.policy.model import IDENTITY

    columns = run.roster.columns
    return {name: columns[name] for name in IDENTITY if name in columns}


def describe_village(run: Run, index: int) -> str:
    """Code, name, town and county of a village, for a reader to choose from."""
    from fundcalc.engines.result import described

    return described(run.result.rows[index])


def near_village(run: Run, index: int, within: Fraction) -> list[Near]:
    """The lines close to the village at a position; `within` as for `near`."""
    from fundcalc.explain.gather import near

    return near(explainer(run), within, {index})


def levers(run: Run, index: int) -> list[Lever]:
    """The facts of the village at a position on which decisions rest, each as a roster would have it."""
    from fundcalc.analysis.what_if import levers as on_which

    return on_which(run.plan, run.ruled.rows[index])


def read_facts(
    run: Run, index: int, texts: Mapping[str, str]
) -> tuple[dict[str, Value], dict[str, Fault]]:
    """Facts as somebody typed them: those that differ from the village's own, and what cannot be read."""
    from fundcalc.analysis import what_if as asked

    return asked.read_facts(levers(run, index), texts)


def what_if(run: Run, index: int, typed: Mapping[str, str]) -> WhatIf:
    """What the rules give where the village at a position has other facts, and who else moves.

    `typed` has facts by id or title, as a roster would have them. It is what a run of such a roster gives;
    nothing is kept. Raises PolicyProblem: a fact on which no decision rests, what cannot be read, or where
    there is no result.
    """
    from fundcalc.analysis import what_if as asked

    facts = _facts(levers(run, index), typed)
    columns = run.roster.columns
    before = run.once("in columns", lambda: asked.in_columns(run.ruled, columns))
    return asked.what_if(before, columns, index, facts)


def _facts(levers: Sequence[Lever], typed: Mapping[str, str]) -> dict[str, Value]:
    from fundcalc.analysis.what_if import read_facts

    ids = {
        title: lever.fact.id
        for lever in levers
        for title in (lever.fact.title.en, lever.fact.title.zh)
    }
    texts = {ids.get(name, name): text for name, text in typed.items()}
    known = {lever.fact.id: lever.fact.title for lever in levers}
    listed = Words("、".join(title.zh for title in known.values()), ", ".join(known))
    problems = [say("FC847", fact=name, known=listed) for name in texts if name not in known]
    facts, faults = read_facts(levers, texts)
    for id_, fault in faults.items():
        title, why = known[id_], fault.why
        if title.zh not in why.zh:
            why = Words(f"{title.zh}：{why.zh}", f"{title.en}: {why.en}")
        problems.append(Diagnostic(fault.code, "error", why, (), fault.mend))
    if problems:
        raise PolicyProblem(problems)
    return facts


def explain_what_if(run: Run, what_if: WhatIf) -> Explanation:
    """Why the village would get what it would get."""

    def origin(fact: str, index: int) -> str:
        return "" if fact in what_if.facts else run.roster.origin(fact, index)

    from fundcalc.explain.gather import Explainer

    return Explainer(what_if.after, origin, alternatives=False).explain(what_if.index)


def why_not(run: Run, index: int, rule: str) -> list[WhyNot]:
    """Why a rule does not decide for a village, for every rule called so; none where unknown."""
    from fundcalc.explain.why_not import rules_meant
    from fundcalc.explain.why_not import why_not as ask

    prepared = explainer(run)
    return [ask(prepared, index, *meant) for meant in rules_meant(prepared, rule)]


def rules_near(run: Run, wanted: str) -> dict[str, Words]:
    """Rules like the one asked for, else all of them: title by `programme.rule`."""
    from fundcalc.explain.why_not import rules_near as near

    return near(explainer(run), wanted)


def near(run: Run, within: Fraction) -> tuple[list[Near], list[str]]:
    """Villages close to a line, and the programmes whose pools are too large to look at.

    Lines that move most money come first. `within` is the distance as a share of the line: 1/20 for 5 %.
    """
    from fundcalc.explain import gather as lines

    prepared = explainer(run)
    return lines.near(prepared, within), lines.out_of_reach(prepared)


def near_text(run: Run, near_lines: Sequence[Near], lang: Lang, *, whole: bool = False) -> str:
    """Villages close to a line, as lines of at most 80 columns; the first of each kind, or all."""
    from fundcalc.reports.near import as_text

    return as_text(run.ruled, near_lines, lang, whole=whole)


def near_json(run: Run, near_lines: Sequence[Near]) -> list[dict[str, Any]]:
    """Villages close to a line, as JSON-ready data."""
    from fundcalc.reports.near import as_json

    return as_json(run.ruled, near_lines)


def near_csv(run: Run, near_lines: Sequence[Near], lang: Lang = "en") -> str:
    """Villages close to a line: one row a line and output; in Chinese by title."""
    from fundcalc.reports.near import as_csv

    return as_csv(run.ruled, near_lines, lang)
