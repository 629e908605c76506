"""The sheet of a correction: what each village is to be paid or has to give back, to sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fundcalc.base.catalogue import say
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.money import yuan
from fundcalc.base.words import Lang
from fundcalc.ledger.differences import Correction
from fundcalc.policy.plan import Plan
from fundcalc.reports.capitals import capitals
from fundcalc.reports.settings import SheetSettings
from fundcalc.reports.workbook.form import Col, Form, Group
from fundcalc.reports.workbook.paper import MOST_ROWS, OTHER_ROWS, Paper
from fundcalc.reports.workbook.sign import WHOLE, signatures

_REMARKS = {"gone": "book.due_gone", "new": "book.due_new"}


def due_xlsx(
    one: Correction, plan: Plan, about: Mapping[str, Any], lang: Lang, settings: SheetSettings
) -> bytes:
    """The workbook; `about` may hold `run` and `head` for the footer. The same input gives the same bytes.

    Raises PolicyProblem for more rows than a sheet has.
    """
    lines = [(v, id_, *amounts) for v in one.villages for id_, amounts in v.amounts.items()]
    counties: dict[str, list[int]] = {}
    for place, (village, *_) in enumerate(lines):
        counties.setdefault(village.county, []).append(place)
    if len(lines) + len(counties) + OTHER_ROWS > MOST_ROWS:
        raise PolicyProblem([say("FC853", villages=len(one.villages), most=MOST_ROWS)])
    paper = Paper(plan, len(lines), lang, settings)
    payers = {id_: title.say(lang) for id_, title in one.payers.items()}
    coded = all(v.code for v, *_ in lines)
    texts = {
        "book.due_name": [v.name for v, *_ in lines],
        "book.due_county": [v.county for v, *_ in lines],
        "book.due_town": [] if coded else [v.town for v, *_ in lines],
        "book.due_code": [v.code for v, *_ in lines],
        "book.due_item": [one.outputs[id_][0].say(lang) for _, id_, *_ in lines],
        "book.due_payer": [
            payers.get(one.outputs[id_][1], one.outputs[id_][1]) for _, id_, *_ in lines
        ],
    }
    amounts = {
        "book.due_before": [before for *_, before, _ in lines],
        "book.due_after": [after for *_, after in lines],
        "book.due_pay": [max(after - before, 0) for *_, before, after in lines],
        "book.due_deduct": [max(before - after, 0) for *_, before, after in lines],
    }
    remarks = [paper.say(_REMARKS[v.presence]) if v.presence in _REMARKS else "" for v, *_ in lines]
    cols = [Col("number", paper.say("book.number"), range(len(lines)), "number", summed=False)]
    for key, values in texts.items():
        if key == "book.due_name" or any(values):
            least, most = (15, 18) if key == "book.due_name" else (2, 12)
            cols.append(Col(key, paper.say(key), values, least=least, most=most))
    cols += [Col(key, paper.say(key), of, "money") for key, of in amounts.items()]
    if any(remarks):
        cols.append(Col("remark", paper.say("book.due_remark"), remarks, most=10))
    form = Form(paper, paper.say("book.due_sheet"), cols)
    title = paper.say("book.due_title", title=plan.policy.title.say(lang))
    form.head(title, plan, [paper.say("book.due_corrects", run=one.corrects, reason=one.reason)])
    parts = [
        Group(
            paper.say("book.due_county_sum", name=county or paper.say("book.no_county"), n=len(some))
            if len(counties) > 1 else None, "county", some,
        )
        for county, some in counties.items()
    ]  # fmt: skip
    form.body(Group(paper.say("book.due_sum_of", n=len(lines)), "total", (), parts, WHOLE))
    form.foot(_below(paper, one, payers), signatures(paper), about)
    return paper.close()


def _below(paper: Paper, one: Correction, payers: Mapping[str, str]) -> list[str]:
    """Both sums in capitals, and what each payer pays and takes back."""
    total = one.total()
    lines = [
        paper.say(key, text=capitals(fen), amount=yuan(fen))
        for key, fen in {
            "book.due_pay_capitals": total.pay, "book.due_deduct_capitals": total.deduct,
        }.items()
    ]  # fmt: skip
    for payer, found in one.by_payer().items():
        name = payers.get(payer, payer)
        lines.append(
            paper.say(
                "book.due_of_payer", name=name, pay=yuan(found.pay), deduct=yuan(found.deduct),
                net=yuan(found.net),
            )
        )  # fmt: skip
    return lines
