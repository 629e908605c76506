"""What the ledger says of its runs, in words and as data: listed, shown, reviewed, verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fundcalc.base.catalogue import words
from fundcalc.base.files import json_bytes
from fundcalc.base.system import beijing
from fundcalc.base.width import aligned
from fundcalc.base.words import Lang, Words
from fundcalc.reports.summary import said_unit
from fundcalc.reports.table import (
    TOTAL,
    Cell,
    Fen,
    Table,
    as_text,
    county,
    indented,
    payer,
    wrapped,
)

if TYPE_CHECKING:
    from fundcalc.ledger.balance import Balance
    from fundcalc.ledger.standing import Review, Standing
    from fundcalc.ledger.store import Entry, Link
    from fundcalc.ledger.verify import Finding, Head, Verdict
    from fundcalc.policy.plan import Plan
    from fundcalc.reports.papers import Held
    from fundcalc.roster.model import CellCorrection

_KEPT = (
    "recorded_at", "prepared_by", "reviewed_by", "corrects", "program", "engine", "policy", "roster",
    "overrides", "totals",
)  # fmt: skip


def state(run: Entry, standing: Standing) -> Words:
    """Whether a run was reviewed, in a word."""
    match standing.state(run):
        case "pending":
            return words("ledger.pending")
        case "approved":
            return words("ledger.approved")
        case "returned":
            return words("ledger.returned")


def run_json(run: Entry, standing: Standing) -> dict[str, Any]:
    """A run's record without its pieces, and what became of it; no more than its digests if it is damaged."""
    digests = {"id": run.id, "head": run.head, "sm3": run.sm3}
    try:
        record = {key: run.data.get(key) for key in _KEPT}
    except ValueError:
        return digests
    later = standing.corrected_by(run)
    return {
        **digests, **record, "state": standing.state(run),
        "reviews": [review_json(review) for review in standing.reviews(run)],
        "corrected_by": [] if later is None else [
            {"run": later.id, "reason": later.data["corrects"]["reason"]}
        ],
    }  # fmt: skip


def review_json(review: Review) -> dict[str, Any]:
    """A review as data."""
    return {
        "id": review.id, "head": review.head, "sm3": review.sm3, "by": review.by, "decision": review.decision,
        "reason": review.reason, "reviewed_at": review.reviewed_at,
    }  # fmt: skip


def runs_text(runs: Sequence[Entry], standing: Standing, newest: Link | None, lang: Lang) -> str:
    """One line a run, oldest first, and the newest digest."""
    rows = [words("ledger.run_columns").say(lang).split(",")]
    rows += [[cell.say(lang) for cell in _row(run, standing)] for run in runs]
    lines = [line.rstrip() for line in aligned(rows, right=[2])]
    if newest is not None:
        lines += ["", words("ledger.newest_digest").say(lang), *_digests(newest)]
    return "\n".join(lines) + "\n"


def _digests(link: Link) -> list[str]:
    return [link.head, link.sm3]


def _row(run: Entry, standing: Standing) -> list[Words]:
    """A run's line; a record that cannot be read says so."""
    try:
        data = run.data
        remarks = list(_remarks(run, standing))
        cells = [
            run.id, beijing(data["recorded_at"]), f"{data['roster']['villages']:,}",
            data["roster"]["file"], data["prepared_by"] or "",
        ]  # fmt: skip
    except ValueError:
        cells, remarks = [run.id, "", "", "", ""], [words("ledger.damaged")]
    joined = Words(
        "；".join(remark.zh for remark in remarks), "; ".join(remark.en for remark in remarks)
    )
    return [*(Words(cell, cell) for cell in cells), joined]


def _remarks(run: Entry, standing: Standing) -> Iterator[Words]:
    yield state(run, standing)
    corrects, later = run.data.get("corrects"), standing.corrected_by(run)
    if corrects:
        yield words("ledger.corrects_run", run=corrects["id"])
    if later is not None:
        yield words("ledger.corrected_by_run", run=later.id)
    if run.data["overrides"]:
        yield words("ledger.overrides", number=run.data["overrides"])


def about(
    run: Entry, standing: Standing, corrections: Sequence[CellCorrection], lang: Lang
) -> list[str]:
    """Who, when, from what, what became of it, and its digests, as lines of at most 80 columns."""
    return [*wrapped(_about(run, standing, corrections), lang), *_digests(run)]


def _about(
    run: Entry, standing: Standing, corrections: Sequence[CellCorrection]
) -> Iterator[Words]:
    data = run.data
    yield words("ledger.run", run=run.id, at=beijing(data["recorded_at"]))
    yield words("ledger.prepared", by=data["prepared_by"] or "—", state=state(run, standing))
    if data["reviewed_by"]:
        yield words("ledger.named_reviewer", by=data["reviewed_by"])
    for review in standing.reviews(run):
        yield words("ledger.review", said=review.said(), id=review.id)
    program = ", ".join(f"{k} {v}" for k, v in data["program"].items())
    yield Words(program, program)
    yield words("ledger.roster", file=data["roster"]["file"], digest=data["roster"]["digest"])
    if corrections:
        by = "、".join(dict.fromkeys(correction.by for correction in corrections))
        yield words("ledger.corrected_cells", number=len(corrections), by=by)
    corrects, later = data.get("corrects"), standing.corrected_by(run)
    if corrects:
        yield words("ledger.corrects", run=corrects["id"], why=corrects["reason"])
    if later is not None:
        why = later.data["corrects"]["reason"]
        yield words("ledger.corrected_later", run=later.id, why=why)


def reviewed_text(run: Entry, review: Review, lang: Lang) -> str:
    """What was decided, and the digest that vouches for it."""
    lines = wrapped([words("ledger.reviewed", run=run.id, said=review.said())], lang)
    return "\n".join([*lines, review.head, review.sm3]) + "\n"


# -- what corrections left open -----------------------------------------------------------------------

SHOWN = 40
"""Rows of what is open that the terminal lists."""


def _open_table(balance: Balance, *, whole: bool) -> Table:
    """A row a village, unit and payer; `whole` has the town and the corrections too."""
    heads = [
        words("reports.code"), county(), words("reports.village"), payer(), words("reports.unit"),
        words("reports.to_pay"), words("reports.to_deduct"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            village.code, village.county, village.name, balance.payers.get(payer, payer),
            said_unit(village.unit), Fen(max(amount, 0)), Fen(max(-amount, 0)),
            *([village.town, ", ".join(village.runs)] if whole else []),
        ]
        for village in balance.villages
        for payer, amount in village.amounts.items()
    ]  # fmt: skip
    if whole:
        heads += [words("reports.town"), words("reports.from_corrections")]
    sums = _sums(balance, ["", "", ""], ["", ""] if whole else [])
    grouped = any(village.county for village in balance.villages)
    every = Table(words("reports.open"), heads, rows, sums, texts=5)
    return every.without_blank(1, 2, *([7] if whole and not grouped else []))


def _sums(balance: Balance, before: Sequence[Cell], after: Sequence[Cell]) -> list[Cell] | None:
    """The last row; there is none where several units do not add up."""
    rows = [
        [TOTAL, *before, said_unit(unit), Fen(total.pay), Fen(total.deduct), *after]
        for unit, total in balance.totals().items()
    ]
    return rows[0] if len(rows) == 1 else None


def balance_tables(balance: Balance, *, whole: bool = True) -> list[Table]:
    """What is open: by unit and payer, then by village, unit and payer; `whole` has town and corrections."""
    heads = [payer(), words("reports.unit"), words("reports.to_pay"), words("reports.to_deduct")]
    payers: list[list[Cell]] = [
        [balance.payers.get(payer, payer), said_unit(unit), Fen(sums.pay), Fen(sums.deduct)]
        for (unit, payer), sums in balance.by_payer().items()
    ]
    by_payer = Table(words("reports.open"), heads, payers, _sums(balance, [], []), texts=2)
    villages = len(
        {(village.code, village.county, village.town, village.name) for village in balance.villages}
    )
    title = words("reports.open_villages", villages=villages)
    return [by_payer, replace(_open_table(balance, whole=whole), title=title, totals=None)]


def balance_text(balance: Balance, lang: Lang) -> str:
    """What is open, by payer and by village, as lines of at most 80 columns."""
    if not balance.villages:
        return words("reports.nothing_open").say(lang) + "\n"
    by_payer, by_village = balance_tables(balance, whole=False)
    shown = replace(by_village, rows=by_village.rows[:SHOWN])
    lines = list(as_text([by_payer, shown], lang))
    if len(by_village.rows) > SHOWN:
        lines.append(words("reports.more_open", rest=len(by_village.rows) - SHOWN).say(lang))
    return "\n".join([*lines, "", words("reports.next_settle").say(lang)]) + "\n"


BALANCE_WRITERS = (".xlsx", ".csv", ".json")
"""The endings that `balance_bytes` knows."""


def balance_bytes(balance: Balance, plan: Plan | None, ending: str, lang: Lang) -> bytes:
    """What is open as a file; `plan` is that of the newest run."""
    from fundcalc.ledger.balance import balance_data
    from fundcalc.reports.files import csv_bytes

    table = _open_table(balance, whole=True)
    if ending == ".json":
        return json_bytes(balance_data(balance))
    if ending == ".csv" or plan is None:
        return csv_bytes([head.say(lang) for head in table.columns], table.rows, lang)
    from fundcalc.reports.workbook.paper import Paper, write_tables

    paper = Paper(plan, 0, lang)
    write_tables(paper, words("reports.balance"), [table])
    return paper.close()


# -- verification -----------------------------------------------------------------------------------


def verdict_text(verdict: Verdict, lang: Lang) -> str:
    """What concerns the ledger as a whole, each run, then what each digest from paper vouches for."""
    return "\n".join(_verdict(verdict, lang)) + "\n"


def _verdict(verdict: Verdict, lang: Lang) -> Iterator[str]:
    for finding in verdict.ledger:
        yield from _finding(finding, lang, "")
    for run in verdict.runs:
        as_recorded = words("ledger.run_same", villages=run.villages or 0)
        yield f"{run.id}  {(words('ledger.run_differs') if run.findings else as_recorded).say(lang)}"
        for finding in run.findings:
            yield from _finding(finding, lang, "    ")
        if run.more:
            yield "    " + words("ledger.more_findings", rest=run.more).say(lang)
    yield from wrapped(verdict.noted, lang)
    for head in verdict.heads:
        yield head.written
        yield from indented(head.said().say(lang), "  ", "  ")
    yield from wrapped(verdict_said(verdict), lang)
    if verdict.newest is not None and not verdict.heads and verdict.clean:
        yield from _digests(verdict.newest)


def verdict_said(verdict: Verdict) -> Iterator[Words]:
    """What came of it, in a sentence or two."""
    findings = [*verdict.ledger, *(finding for run in verdict.runs for finding in run.findings)]
    if findings and all(finding.of_another for finding in findings):
        yield words("ledger.of_another_run")
    elif findings:
        yield words("ledger.not_as_recorded")
    elif verdict.chain_only:
        yield words("ledger.chain_as_recorded")
    else:
        yield words("ledger.as_recorded")
    if verdict.clean and not verdict.heads:
        yield words("ledger.no_paper")


def _finding(finding: Finding, lang: Lang, indent: str) -> Iterator[str]:
    text = " · ".join(part for part in (finding.village or "", finding.what.say(lang)) if part)
    if finding.recorded is not None:
        recorded, again = finding.recorded or "—", finding.again or "—"
        text += words("ledger.recorded_and_again", recorded=recorded, again=again).say(lang)
    yield from indented(text, indent, indent)


def verdict_json(verdict: Verdict, lang: Lang) -> dict[str, Any]:
    """The verdict as JSON-ready data."""

    def finding_json(finding: Finding) -> dict[str, Any]:
        return {
            "what": finding.what.say(lang), "village": finding.village, "recorded": finding.recorded,
            "again": finding.again,
        }  # fmt: skip

    newest = verdict.newest
    return {
        "clean": verdict.clean,
        "ledger": [finding_json(finding) for finding in verdict.ledger],
        "noted": [note.say(lang) for note in verdict.noted],
        "heads": [_head(head, lang) for head in verdict.heads],
        "newest": None if newest is None else {"id": newest.id, "head": newest.head, "sm3": newest.sm3},
        "chain_only": verdict.chain_only,
        "runs": [
            {
                "id": run.id, "head": run.head, "clean": not run.findings, "villages": run.villages,
                "program": run.program, "findings": [finding_json(f) for f in run.findings],
                "further_findings": run.more,
            }
            for run in verdict.runs
        ],
    }  # fmt: skip


def _head(head: Head, lang: Lang) -> dict[str, Any]:
    return {
        "head": head.written, "found": bool(head.runs), "vouches_for": [1, head.runs] if head.runs else [],
        "additions": head.additions, "later_runs": head.later, "later_additions": head.added,
        "says": head.said().say(lang),
    }  # fmt: skip


def held_data(held: Held, lang: Lang) -> dict[str, Any]:
    """What came of holding a paper against a run as JSON-ready data, with every difference."""
    return {
        "file": held.file, "run": held.run, "clean": held.clean, "figures": held.figures,
        "villages": held.villages,
        "differences": [
            {
                "kind": difference.kind, "where": difference.where, "village": difference.village,
                "what": difference.what.say(lang), "paper": difference.paper, "ledger": difference.ledger,
            }
            for difference in held.found
        ],
        "notes": [note.say(lang) for note in held.notes],
    }  # fmt: skip
