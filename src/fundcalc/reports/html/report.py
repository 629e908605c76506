"""A run as one page of HTML: totals, charts, every village with its explanation, what it all rests on."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from fundcalc.base import dataclass
from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.money import grouped
from fundcalc.base.system import beijing
from fundcalc.base.words import Lang, Words, of_rows, same
from fundcalc.engines.hinges import Hinge
from fundcalc.engines.result import Result, label
from fundcalc.engines.totals import sums
from fundcalc.explain.decision import ByHand
from fundcalc.explain.document import correction, hand_grounds, hand_moved
from fundcalc.explain.gather import Explainer
from fundcalc.explain.words import P, answered, said
from fundcalc.language.datatypes import Number, Texts, Type, is_money
from fundcalc.language.nodes import Value
from fundcalc.language.units import Unit
from fundcalc.ledger.balance import Carry
from fundcalc.policy.columns import rule_called, with_unit
from fundcalc.policy.model import IDENTITY, Otherwise, Output, Policy, Programme, Rule, named_by
from fundcalc.reports import table
from fundcalc.reports.by_hand import at_places
from fundcalc.reports.charts import Series, bars
from fundcalc.reports.expressions import Part, Speaker
from fundcalc.reports.html import page
from fundcalc.reports.html.script import Static, Villages
from fundcalc.reports.summary import Summary, decimals_of, headed
from fundcalc.roster.model import Roster, cell_of, split_origin

MOST_VILLAGES = 20_000
MOST_REJECTS = 500
"""As many rejects are listed; the rest are counted."""


_BY_PAYER = Words("按资金承担主体（{zh}）", "By payer ({en})")
_ALL_PAYERS = Words("各县各资金承担主体合计（{zh}）", "All payers, by county ({en})")


@dataclass(frozen=True)
class Kept:
    """What the ledger knows of a run: id, head digest, who and when, what it corrects or is corrected by.

    `reviewer` was named when it was run; only `reviewed` says that somebody did.
    """

    id: str
    head: str
    recorded_at: str
    prepared_by: str
    reviewed: Words | None
    reviewer: str
    corrects: Mapping[str, str] | None
    corrected_by: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Effect:
    """What another option of a reading would change: villages, and by how much by output and by payer.

    Of an output that is not added up there is only how many villages it changes for.

    `undecided` says why there is no result under it.
    """

    answer: Words
    villages: int
    outputs: Sequence[tuple[Words, int, Output, int | None]]
    payers: Sequence[tuple[Words, int, int]]
    undecided: Words | None = None


@dataclass(frozen=True)
class Material:
    """All that the page is made from. `result` is what is paid; the explainer's what the rules gave."""

    explainer: Explainer
    result: Result
    roster: Roster
    summary: Summary
    warnings: Sequence[Diagnostic]
    kept: Kept | None
    carry: Carry | None = None


def refuse_large(result: Result) -> None:
    """Raise PolicyProblem where there are more villages than a page takes."""
    if len(result.rows) > MOST_VILLAGES:
        raise PolicyProblem([say("FC943", villages=len(result.rows), most=MOST_VILLAGES)])


def as_html(material: Material, lang: Lang) -> bytes:
    """The page. Raises PolicyProblem where there are more villages than a page takes."""
    result = material.result
    refuse_large(result)
    policy = result.plan.policy
    script = files("fundcalc.reports.html").joinpath("templates", "report.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    summary = material.summary
    recorded = beijing(material.kept.recorded_at) if material.kept is not None else ""
    return page(
        "report.html", lang,
        told=P, plan=result.plan, policy=policy, result=result, roster=material.roster,
        summary=summary, kept=material.kept, warnings=material.warnings,
        charts=_charts(summary, result, lang),
        places=_places(policy, lang), sought=_sought(policy, lang),
        heads=headed(summary.outputs)[1], in_yuan=headed(summary.outputs)[0] is not None,
        programmes=list(_programmes(result)), recorded=recorded,
        readings=[(r, list(_effects(material, r.id))) for r in policy.readings.values()],
        columns=_columns(result), rows=list(_rows(material)),
        rejects=list(material.roster.rejects)[:MOST_REJECTS],
        by_hand=list(_by_hand(material, lang)), carry=material.carry,
        script=Markup(script), script_digest=digest,  # noqa: S704 - our own file
        data=_embedded(_data(material.explainer, lang, len(material.roster.parts) > 1)),
    )  # fmt: skip


def _places(policy: Policy, lang: Lang) -> str:
    """What heads the groups that villages are in; blank where they are in none."""
    if not policy.grouped:
        return ""
    if "town" not in policy.facts:
        return table.county().say(lang)
    return of_rows(Words("县、乡镇", "County, town")).say(lang)


def _sought(policy: Policy, lang: Lang) -> str:
    """What villages can be searched by."""
    parts = {
        "name": Words("村名", "name"), "code": Words("代码", "code"), "county": Words("县", "county"),
        "town": Words("乡镇", "town"),
    }  # fmt: skip
    if named_by(policy.facts) == "code":
        title = policy.facts["code"].title
        parts["code"] = Words(title.zh, title.en[:1].lower() + title.en[1:])
    first, *rest = [of_rows(text).say(lang) for id_, text in parts.items() if id_ in policy.facts]
    end = ("或" if lang == "zh" else " or ") + rest.pop() if rest else ""
    comma = "、" if lang == "zh" else ", "
    return ("查找" if lang == "zh" else "Find a ") + comma.join([first, *rest]) + end


def _embedded(data: Any) -> Markup:
    """JSON that cannot end the element in which it stands."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 - nothing in it is markup any more


def _data(explainer: Explainer, lang: Lang, several: bool) -> dict[str, Any]:
    """What the page's script shows; cells are named with their files where there are several."""
    static = Static(explainer.frames, lang)
    data = static.data()
    villages = Villages(explainer, static, lang)
    readings = explainer.result.plan.policy.readings
    data["hinges"] = [
        [h.reading, readings[h.reading].question.say(lang),
         readings[h.reading].options[h.option].say(lang)]
        for h in villages.hinges
    ]  # fmt: skip
    data["villages"] = [villages.village(index) for index in range(len(explainer.result.rows))]
    data["hand"] = {
        str(index): [_hand(change, lang) for change in changes]
        for index, changes in explainer.by_hand.items()
    }
    data["corrected"] = dict(_corrected(explainer, lang))
    data["origins"] = list(_origins(explainer, static, lang, several))
    return data


def _corrected(explainer: Explainer, lang: Lang) -> Iterator[tuple[str, list[str]]]:
    """Of each village whose amounts a correction changes, what it changes."""
    for index in range(len(explainer.result.rows)):
        corrected = explainer.corrected(index)
        if corrected is not None and corrected.amounts:
            yield str(index), list(correction(corrected, lang))


def _hand(change: ByHand, lang: Lang) -> list[str]:
    """An amount set by hand as lines: what it was and is, and on what grounds."""
    return [hand_moved(change, lang), *hand_grounds(change, lang)]


def _origins(
    explainer: Explainer, static: Static, lang: Lang, several: bool
) -> Iterator[list[str]]:
    """For each village the cells of its facts, blank where a value was assumed; `several` files are named."""
    facts = [id_ for id_ in static.names if id_ in explainer.result.plan.policy.facts]
    for index in range(len(explainer.result.rows)):
        cells = [explainer.origin(id_, index) for id_ in facts]
        yield ["" if cell == "assumed" else _cell(cell, lang, several) for cell in cells]


def _cell(origin: str, lang: Lang, several: bool) -> str:
    """A cell as the page shows it: with its file and sheet where the roster has several."""
    return origin if several and split_origin(origin)[0] else cell_of(origin).say(lang)


def _charts(summary: Summary, result: Result, lang: Lang) -> dict[str, Markup]:
    """Who pays, what each county's villages get from all payers, and villages by rule of text programmes."""
    charts: dict[str, Markup] = {}
    for bill in summary.bills:
        shown = partial(grouped, decimals=bill.decimals)
        names = [payment.title.say(lang) for payment in bill.payments]
        series = Series("", [payment.amount for payment in bill.payments])
        heading = of_rows(_BY_PAYER).filled(zh=bill.called.zh, en=bill.called.en).say(lang)
        charts[f"payers {bill.unit}"] = bars(heading, names, [series], shown)
        paid = {
            o.id: 10 ** (bill.decimals - decimals_of(o))
            for o in summary.outputs
            if o.payer is not None and _unit(o) == bill.unit
        }
        if len(summary.groups) > 1:
            series = Series(
                "",
                [
                    sum(g.amounts[id_] * finer for id_, finer in paid.items())
                    for g in summary.groups
                ],
            )
            heading = of_rows(_ALL_PAYERS).filled(zh=bill.called.zh, en=bill.called.en).say(lang)
            places = [group.name for group in summary.groups]
            charts[f"counties {bill.unit}"] = bars(heading, places, [series], shown)
    for programme, (title, rules) in zip(
        result.plan.policy.listed_programmes, summary.rules, strict=True
    ):
        if not is_money(programme.result.type):
            counts = Series("", [count for _, _, count in rules])
            labels = [name.say(lang) for _, name, _ in rules]
            charts[programme.id] = bars(title.say(lang), labels, [counts], "{:,}".format)
    return charts


@dataclass(frozen=True)
class Decided:
    """A rule in a decision table, and the villages that it decided: how many, and what they get in fen.

    `find` is what the search finds them by.
    """

    title: Words
    tests: Sequence[tuple[Words, Words]]
    gives: Words
    villages: int
    amounts: Sequence[int]
    find: str


def _programmes(result: Result) -> Iterator[dict[str, Any]]:
    """Each programme with the totals of its amounts, how many villages get any, and its decision table.

    `several`: villages meet several rules, so that its rows come to more than all villages.
    """
    for programme in result.plan.policy.listed_programmes:
        money = list(filter(programme.adds_up, programme.amounts))
        columns = [result.column(output.id) for output in money]
        paid = [sum(1 for fen in column if fen) for column in columns]
        totals = [(sums(result, output.id)[0], n) for output, n in zip(money, paid, strict=True)]
        rules = list(_decided(result, result.plan.programme(programme.id), columns))
        several = sum(rule.villages for rule in rules) > len(result.rows)
        yield {
            "one": programme, "rules": rules, "several": several,
            "outputs": [(output, *total) for output, total in zip(money, totals, strict=True)],
            "heads": headed(money)[1], "in_yuan": headed(money)[0] is not None,
        }  # fmt: skip


def _decided(
    result: Result, programme: Programme, columns: Sequence[Sequence[Value]]
) -> Iterator[Decided]:
    speaker, otherwise = Speaker(result.plan), programme.otherwise
    by_rule: dict[str, list[int]] = {}
    for index, fired in enumerate(result.fired[programme.id]):
        for id_ in fired or (otherwise.id if otherwise is not None else "",):
            by_rule.setdefault(id_, []).append(index)

    def decided(
        rule: Rule | Otherwise, tests: Sequence[tuple[Words, Words]], gives: Words
    ) -> Decided:
        villages = by_rule.get(rule.id, [])
        amounts = [sum(_fen(column[index]) for index in villages) for column in columns]
        find = f"{programme.id}.{rule.id}"
        return Decided(rule_called(rule), tests, gives, len(villages), amounts, find)

    for rule in programme.rules:
        tests = [_tested(part, speaker) for part in speaker.parts(rule.when)]
        yield decided(rule, tests, speaker.gives(rule))
    if otherwise is not None:
        yield decided(otherwise, [], speaker.gives(otherwise))


def _tested(part: Part, speaker: Speaker) -> tuple[Words, Words]:
    """What is tested, and how; a question of yes or no as what must be the case: has no venue."""
    if part.name is None:
        return same(""), part.text
    title = speaker.titles.get(part.name, same(part.name))
    if part.text in (P["yes"], P["no"]):
        return same(""), answered(title, part.text == P["yes"])
    return title, part.text


def _fen(value: Value) -> int:
    assert isinstance(value, int)
    return value


def _effects(material: Material, reading: str) -> Iterator[Effect]:
    result = material.result
    policy = result.plan.policy
    summed = [o for p in policy.programmes for o in p.outputs if p.adds_up(o)]
    for hinge in material.explainer.hinges:
        if hinge.reading != reading:
            continue
        touched: set[int] = set()
        payers: Counter[tuple[str, Type]] = Counter()
        outputs: list[tuple[Words, int, Output, int | None]] = []
        for output in (o for p in policy.listed_programmes for o in p.outputs):
            changed = hinge.changes.get(output.id)
            if not changed:
                continue
            touched.update(changed)
            difference = _difference(result, hinge, output) if output in summed else None
            outputs.append((with_unit(output.title, output.type), len(changed), output, difference))
            if output.payer is not None and difference is not None:
                payers[output.payer, output.type] += difference
        answer = policy.readings[reading].options[hinge.option]
        by_payer = [
            (with_unit(policy.payers[id_], kind), difference, getattr(kind, "decimals", 0))
            for (id_, kind), difference in payers.items()
        ]
        why = hinge.undecided.message if hinge.undecided is not None else None
        yield Effect(answer, len(touched), outputs, by_payer, why)


def _unit(output: Output) -> Unit | None:
    return output.type.unit if isinstance(output.type, Number) else None


def _difference(result: Result, hinge: Hinge, output: Output) -> int:
    present = result.column(output.id)
    total = 0
    for index, value in hinge.changes[output.id].items():
        total += _fen(value) - _fen(present[index])
    return total


def _columns(result: Result) -> list[Output]:
    """The outputs in the table of villages: each programme's result, and whatever somebody pays."""
    outputs: list[Output] = []
    for programme in result.plan.policy.listed_programmes:
        for output in () if programme.per else programme.outputs:
            main = output is programme.result and output in programme.amounts
            if output.payer is not None or (main and not isinstance(output.type, Texts)):
                outputs.append(output)
    return outputs


def _rows(material: Material) -> Iterator[dict[str, Any]]:
    """The table of villages: who, the outputs, and how many readings and assumptions are involved."""
    explainer, result = material.explainer, material.result
    columns = _columns(result)
    frames = {o.id: f for f in explainer.frames.programmes for o in f.programme.outputs}
    hinged: Counter[int] = Counter()
    for reading in result.plan.policy.readings:
        touched = {
            index
            for hinge in explainer.hinges
            if hinge.reading == reading
            for changed in hinge.changes.values()
            for index in changed
        }
        hinged.update(touched)
    assumed = list(material.roster.assumed.values())
    carried = at_places(result, material.carry) if material.carry is not None else {}
    for index, row in enumerate(result.rows):
        identity = {part: str(row.get(part) or "") for part in IDENTITY}
        cells = [(row[o.id], frames[o.id].amount(o, row[o.id]), o) for o in columns]
        guessed = sum(1 for flags in assumed if flags[index])
        yield {
            "who": identity,
            "cells": cells,
            "hinged": hinged[index],
            "assumed": guessed,
            "carried": carried[index].net if index in carried else None,
            "by_hand": {change.output for change in explainer.by_hand.get(index, ())},
        }


def _by_hand(material: Material, lang: Lang) -> Iterator[dict[str, Any]]:
    for index, changes in material.explainer.by_hand.items():
        village = label(material.result.rows[index])
        for change in changes:
            yield {
                "village": village,
                "title": change.title,
                "before": said(change.by_rules, lang),
                "after": said(change.amount, lang),
                "grounds": change.grounds or {},
            }
