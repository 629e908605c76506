"""What is done with recorded runs: listed, reviewed, written again with the reviewer's name, verified."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, assert_never

from fundcalc.api.computing import (
    Progress,
    RecordedRun,
    Run,
    flags_of,
    run_of,
    standing_in,
)
from fundcalc.api.explaining import explainer
from fundcalc.api.reporting import (
    Papers,
    about,
    check_sheets,
    columns_of,
    kinds_wanted,
    letter_files,
    outlines,
    zip_files,
)
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.files import write_bytes
from fundcalc.base.words import ROWS, Lang, Noun, Words, speak_of
from fundcalc.language.datatypes import Number, is_money
from fundcalc.reports.settings import PaperChoice, PaperKind

if TYPE_CHECKING:
    from fundcalc.ledger.balance import Balance
    from fundcalc.ledger.history import Earlier
    from fundcalc.ledger.standing import Decision
    from fundcalc.ledger.store import Entry, Ledger
    from fundcalc.ledger.verify import Verdict
    from fundcalc.policy.plan import Plan


def runs_json(ledger: Path) -> list[dict[str, Any]]:
    """Every run of a ledger, oldest first, and what became of it. Raises PolicyProblem.

    `units` has the unit of each of the `totals`, such as yuan/year; not of runs whose policy is damaged.
    """
    from fundcalc.ledger.store import opened
    from fundcalc.reports.recorded import run_json

    with opened(ledger) as store:
        standing, known = standing_in(store), dict[str, dict[str, str]]()
        return [_with_units(store, run, run_json(run, standing), known) for run in store.entries()]


def _with_units(
    ledger: Ledger, run: Entry, record: dict[str, Any], known: dict[str, dict[str, str]]
) -> dict[str, Any]:
    """A run's record with its totals' units behind them; those of each policy's digest are `known`."""
    from fundcalc.ledger.recorded import Pieces, plan_of

    if "policy" not in record:
        return record
    about = record["policy"]["digest"]
    with suppress(ValueError, PolicyProblem):
        if about not in known:
            outputs = [o for p in plan_of(Pieces(ledger, run)).policy.programmes for o in p.outputs]
            numbers = [(o.id, o.type.unit) for o in outputs if isinstance(o.type, Number)]
            known[about] = {id_: str(unit) for id_, unit in numbers if unit is not None}
    units = {name: unit for name, unit in known.get(about, {}).items() if name in record["totals"]}
    at = [*record].index("totals") + 1
    pairs = [*record.items()]
    return dict([*pairs[:at], ("units", units), *pairs[at:]])


class Told(NamedTuple):
    """How a list of runs says one: its policy's title, and what it pays in all, None where units differ."""

    title: Words
    paid: Words | None


def told_runs(ledger: Path) -> dict[str, Told]:
    """Each run of a ledger as a list says it, by its id; not damaged ones.

    What the villages have to pay themselves is no part of what it pays. Raises PolicyProblem.
    """
    from fundcalc.language.show import amount_said
    from fundcalc.ledger.recorded import Pieces, plan_of
    from fundcalc.ledger.store import opened

    known: dict[str, tuple[Words, dict[str, Number]]] = {}
    by_run: dict[str, Told] = {}
    with opened(ledger) as store:
        for run in store.entries():
            with suppress(ValueError, PolicyProblem):
                about, totals = run.data["policy"]["digest"], run.data["totals"]
                if about not in known:
                    policy = plan_of(Pieces(store, run)).policy
                    billed = {o.id: o.type for o in policy.billed_outputs if not o.charge}
                    numbers = {k: v for k, v in billed.items() if isinstance(v, Number)}
                    money = {k: v for k, v in numbers.items() if is_money(v)}
                    known[about] = policy.title, money
                title, kinds = known[about]
                paid = None
                if len({str(kind) for kind in kinds.values()}) == 1:
                    amounts = [text for id_, text in totals.items() if id_ in kinds]
                    total = sum(int(text.replace(".", "")) for text in amounts)
                    paid = amount_said(total, next(iter(kinds.values())))
                by_run[run.id] = Told(title, paid)
    return by_run


def same_run(
    run: Run, prepared_by: str | None, records: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """The newest of some records (as `runs_json` has them) that this run would only repeat.

    A correction repeats no run that is none, such as the one it corrects.
    """
    now, corrects = about(run), run.correction is not None
    basis = now["policy"], now["roster"]["digest"], len(run.overrides), prepared_by
    for record in (record for record in reversed(records) if "policy" in record):
        then = (
            record["policy"],
            record["roster"]["digest"],
            record["overrides"],
            record["prepared_by"],
        )
        if basis == then and (record["corrects"] or not corrects):
            return dict(record)
    return None


def runs_text(ledger: Path, lang: Lang) -> str:
    """One line a run, oldest first. Raises PolicyProblem."""
    from fundcalc.ledger.standing import Standing
    from fundcalc.ledger.store import in_order, opened
    from fundcalc.reports.recorded import runs_text as text

    with opened(ledger) as store:
        runs, additions = store.entries(), store.additions()
        newest = in_order(runs, additions)[-1:]
        speak_of(_rows_of(store))
        return text(runs, Standing(runs, additions), newest[0] if newest else None, lang)


def _rows_of(ledger: Ledger) -> Noun:
    """What the rows of all runs are called; rows where they are not all alike, or none can be read."""
    from fundcalc.ledger.recorded import Pieces, plan_of

    nouns: dict[str, Noun] = {}
    for run in ledger.entries():
        with suppress(ValueError, PolicyProblem):
            digest = run.data["policy"]["digest"]
            if digest not in nouns:
                nouns[digest] = plan_of(Pieces(ledger, run)).policy.noun
    return next(iter(nouns.values())) if len(set(nouns.values())) == 1 else ROWS


def about_json(ledger: Path, run: RecordedRun) -> dict[str, Any]:
    """A run's record and what became of it."""
    from fundcalc.ledger.store import opened
    from fundcalc.reports.recorded import run_json

    with opened(ledger) as store:
        return run_json(run.entry, standing_in(store))


def about_text(ledger: Path, run: RecordedRun, lang: Lang) -> str:
    """Who made a run, when, from what, and what became of it."""
    from fundcalc.ledger.store import opened
    from fundcalc.reports.recorded import about

    with opened(ledger) as store:
        lines = about(run.entry, standing_in(store), run.roster.corrections, lang)
    return "\n".join(lines) + "\n"


def review(
    ledger: Path, run_id: str, by: str, decision: Decision, reason: str = ""
) -> tuple[RecordedRun, list[Diagnostic]]:
    """Keep what a reviewer decided of a run; returns the run with it, and warnings.

    Raises PolicyProblem as `open_run`, where the run was corrected, and where the policy asks for four eyes
    and the reviewer prepared the run.
    """
    from fundcalc.ledger.recorded import Pieces
    from fundcalc.ledger.standing import to_review
    from fundcalc.ledger.store import opened_to_write

    warnings: list[Diagnostic] = []
    with opened_to_write(ledger, make=False) as store:
        pieces = Pieces(store, store.find(run_id))
        run = run_of(pieces)
        four_eyes = run.plan.policy.papers.four_eyes

        def about() -> dict[str, Any]:
            standing = standing_in(store)
            warnings[:] = to_review(standing, run.entry, by, decision, four_eyes=four_eyes)
            return {"by": by, "decision": decision, "reason": reason, "four_eyes": four_eyes}

        store.add("review", run.entry, about)
        return run_of(pieces, standing_in(store)), warnings


def names_given(plan: Plan, prepared_by: str | None, reviewed_by: str | None) -> list[Diagnostic]:
    """Warnings about names given with a run. Raises PolicyProblem where the policy wants a review instead."""
    from fundcalc.ledger.standing import names_given as check

    return check(prepared_by, reviewed_by, four_eyes=plan.policy.papers.four_eyes)


def review_json(run: RecordedRun) -> dict[str, Any]:
    """The last review of a run."""
    from fundcalc.reports.recorded import review_json as as_json

    assert run.review is not None
    return {"run": {"id": run.id, "head": run.head}, "review": as_json(run.review)}


def review_text(run: RecordedRun, lang: Lang) -> str:
    """What the last review of a run decided, and the digest that vouches for it."""
    from fundcalc.reports.recorded import reviewed_text

    assert run.review is not None
    return reviewed_text(run.entry, run.review, lang)


def history(ledger: Path, who: Mapping[str, str], most: int = 12) -> tuple[list[Earlier], int]:
    """What a village got in the newest runs of a ledger, and how many runs there are before those.

    `who` has its code, name, town and county. Raises PolicyProblem.
    """
    from fundcalc.ledger.history import history as look
    from fundcalc.ledger.store import opened
    from fundcalc.reports.expressions import value_words

    with opened(ledger) as store:
        return look(store, who, most, value_words)


def balance(ledger: Path) -> Balance:
    """What corrections left to be paid or deducted, by village, over all years. Raises PolicyProblem."""
    from fundcalc.ledger.balance import balance as open_
    from fundcalc.ledger.store import opened

    with opened(ledger) as store:
        left_open = open_(store, store.entries(), store.additions())
        speak_of(_rows_of(store))
        return left_open


def write_balance(balance: Balance, ledger: Path, path: Path, lang: Lang) -> None:
    """Write it; the ending says how (.xlsx, .csv, .json). Raises PolicyProblem, OSError."""
    from fundcalc.ledger.recorded import Pieces, plan_of
    from fundcalc.ledger.store import opened
    from fundcalc.reports.recorded import balance_bytes

    with opened(ledger) as store:
        plans = [plan_of(Pieces(store, run)) for run in store.entries()[-1:]]
    write_bytes(
        path, balance_bytes(balance, plans[0] if plans else None, path.suffix.lower(), lang)
    )


def settle(ledger: Path, run_id: str, by: str, reason: str = "") -> Words:
    """Keep that the differences of a correction were carried out; says so, with the digest.

    Raises PolicyProblem as `open_run`, where it is no correction, was returned, or was settled before, and
    where nothing of it is open.
    """
    from fundcalc.ledger.balance import is_open
    from fundcalc.ledger.standing import to_settle
    from fundcalc.ledger.store import opened_to_write

    with opened_to_write(ledger, make=False) as store:
        run = store.find(run_id)

        def about() -> dict[str, Any]:
            to_settle(standing_in(store), run, by)
            if not is_open(store, store.entries(), store.additions(), run):
                raise PolicyProblem([say("FC839.nothing", run=run.id)])
            return {"by": by, "reason": reason}

        settled = store.add("settled", run, about)
    said = words("reports.settled", run=run.id)
    return Words(*(f"{text}\n{settled.head}\n{settled.sm3}" for text in (said.zh, said.en)))


def verify(
    ledger: Path,
    run_id: str | None = None,
    head: str | Sequence[str] | None = None,
    progress: Callable[[str], None] | None = None,
    *,
    chain_only: bool = False,
) -> Verdict:
    """Hold a ledger, or one run of it, against itself: chain, digests, everything computed again.

    `head` is a digest from paper, or several: the ledger must have each, the run asked for, if any, one of
    them. `progress` is told the id of each run before it is checked. With `chain_only` nothing is computed.
    Raises PolicyProblem where there is no ledger or no such run.
    """
    from fundcalc.ledger.store import opened
    from fundcalc.ledger.verify import Finding, Verdict, Verification

    heads = [head] if isinstance(head, str) else head or ()
    with opened(ledger) as store:
        checks = Verification(store, flags_of)
        chosen = checks.entries
        if run_id is not None:
            seq = store.find(run_id, sound=False).seq
            chosen = [entry for entry in chosen if entry.seq == seq]
        on_paper = [checks.head(digest) for digest in heads]
        unknown = [printed.said() for printed in on_paper if not printed.runs]
        about = [*map(Finding, [*checks.ledger_faults(quick=chain_only), *unknown])]
        if heads and run_id is not None:
            about += checks.same_head(chosen[0], heads)
        done = []
        for entry in () if chain_only else chosen:
            if progress is not None:
                progress(entry.id)
            done.append(checks.run(entry))
        return Verdict(
            about, [printed for printed in on_paper if printed.runs], done,
            checks.newest, chain_only, checks.noted(),
        )  # fmt: skip


def refused_papers(
    run: Run, choice: PaperChoice, lang: Lang
) -> list[tuple[PaperKind, Sequence[Diagnostic]]]:
    """Those papers of a run, once it is recorded, that cannot be made, and why, as far as is known before."""
    from fundcalc.reports.html.report import refuse_large
    from fundcalc.reports.letters.content import check_letters

    everyone = range(len(run.result.rows))
    refused: list[tuple[PaperKind, Sequence[Diagnostic]]] = []
    for kind in kinds_wanted(run, choice):
        try:
            match kind:
                case "sign" | "notice":
                    check_sheets(run, replace(choice.sheet(), public=kind == "notice"), lang)
                case "report":
                    refuse_large(run.result)
                case "letters":
                    check_letters(len(everyone))
                    if not choice.one_file:
                        letter_files(run, everyone)
                case "table" | "due":
                    pass
                case _:
                    assert_never(kind)
        except PolicyProblem as problem:
            refused.append((kind, problem.diagnostics))
    return refused


def basis_of(run: Run) -> str:
    """A digest of what a run rests on: policy, rosters, what is set by hand, carried over and corrected."""
    from hashlib import sha256

    corrects = run.correction and (run.correction.head, run.correction.paid)
    carried = run.carry and run.carry.basis
    parts = about(run), list(run.overrides), corrects, carried
    return sha256(repr(parts).encode()).hexdigest()[:16]


# -- the audit pack ------------------------------------------------------------------------------


def export(
    ledger: Path, run_id: str, folder: Path, *, explanations: bool = True,
    progress: Progress | None = None,
) -> int:  # fmt: skip
    """Write a run's audit pack into a new or empty folder; returns how many files there are.

    `progress` is told of each village that is explained. Raises PolicyProblem: no such run, damaged,
    folder not empty; OSError.
    """
    from fundcalc.explain.as_json import explanation_json
    from fundcalc.ledger.balance import unit_of
    from fundcalc.ledger.recorded import Pieces
    from fundcalc.ledger.standing import Standing
    from fundcalc.ledger.store import in_order, opened
    from fundcalc.reports.audit import LANGS, Pack, write
    from fundcalc.reports.by_hand import differences_csv
    from fundcalc.reports.files import as_csv
    from fundcalc.reports.groups import in_rows

    with opened(ledger) as store:
        entry = store.find(run_id)
        pieces = Pieces(store, entry)
        entries, additions = store.entries(), store.additions()
        links = in_order(entries, additions)
        records = links[: [link.head for link in links].index(entry.head) + 1]
        standing = Standing(entries, additions)
        later = [
            (review.said(), addition.id, addition.record)
            for review in standing.reviews(entry)
            for addition in additions
            if addition.id == review.id
        ]
        newer = standing.corrected_by(entry)
        if newer is not None:
            reason = newer.data["corrects"]["reason"]
            why = words("auditing.was_corrected", run=newer.id, why=reason)
            later.insert(0, (why, newer.id, newer.record))
    run = run_of(pieces, standing)
    prepared = explainer(run)

    def explained(index: int) -> dict[str, Any]:
        if progress is not None:
            progress(1)
        return explanation_json(prepared.explain(index), "zh")

    ids = run.plan.policy.ids  # the pack's own check knows who is who by the facts' ids
    columns = [*columns_of(run), *in_rows(run.ruled)]
    heads = [replace(column, id=ids.get(column.id, column.id)) for column in columns]
    papers = {lang: list(outlines(run, lang)) for lang in LANGS}
    unit = unit_of(run.plan.policy)
    pack = Pack(
        pieces, records, run.roster, run.ruled, heads, columns_of(run), papers,
        as_csv(heads, len(run.result.rows), "en"),
        explained if explanations else None,
        {lang: differences_csv(run.correction, unit, lang) for lang in LANGS if run.correction}, later,
    )  # fmt: skip
    return write(pack, folder)


def export_zip(
    ledger: Path, run: RecordedRun, name: str, *, explanations: bool = True,
    progress: Progress | None = None,
) -> Papers:  # fmt: skip
    """A run's audit pack as one .zip, in which it is a folder of that name. Raises as `export`."""
    with Papers() as papers:
        inside = papers.folder / name
        export(ledger, run.id, inside, explanations=explanations, progress=progress)
        files = sorted(path for path in inside.rglob("*") if path.is_file())
        papers.whole = papers.folder / f"{name}.zip"
        zip_files(papers.whole, files, papers.folder, progress or (lambda _: None))
    return papers
