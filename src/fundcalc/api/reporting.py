"""What is said of a run: summary, results, differences, report, letters and villages near a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from fractions import Fraction
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, assert_never
from weakref import finalize
from zipfile import ZIP_DEFLATED, ZipFile

from fundcalc.api.computing import Progress, RecordedRun, Run, open_run, refuse_unpaid
from fundcalc.api.explaining import explainer
from fundcalc.base import dataclass
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.base.files import write_bytes
from fundcalc.base.money import yuan
from fundcalc.base.system import beijing
from fundcalc.base.words import Lang, Words
from fundcalc.language.datatypes import is_money
from fundcalc.reports.settings import (
    OF_RECORDED,
    PAPER_KINDS,
    RUN_WRITES,
    LetterSettings,
    PaperChoice,
    PaperKind,
    SheetSettings,
)
from fundcalc.roster.files.database import Address, write_table

if TYPE_CHECKING:
    from fundcalc.policy.plan import Plan
    from fundcalc.reports.browse import Browse
    from fundcalc.reports.columns import Filled
    from fundcalc.reports.doubts import Doubts, Sample
    from fundcalc.reports.html.report import Kept
    from fundcalc.reports.letters.content import Letters
    from fundcalc.reports.outcome import End
    from fundcalc.reports.questions import Question
    from fundcalc.reports.summary import Summary
    from fundcalc.reports.workbook import Material
    from fundcalc.reports.workbook.form import Form


def summarise(run: Run) -> Summary:
    """Totals by county and payer, pools, rules, hinges and assumptions."""
    from fundcalc.reports.summary import summarise as add_up

    return add_up(run.result, run.stakes, run.roster.assumed)


def browse(run: Run) -> Browse:
    """The run made ready to be looked through: totals of any part of its villages, facets, pages of rows."""
    from fundcalc.reports.browse import Browse

    assumed = run.roster.assumed
    return run.once(
        "browse",
        lambda: Browse(run.result, run.stakes, assumed, run.changes, run.correction),
    )  # fmt: skip


def questions(plan: Plan, run: Run | None = None) -> list[Question]:
    """The readings as questions; with a run the villages and the money that every answer moves."""
    from fundcalc.reports.questions import questions as ask

    if run is None:
        return ask(plan)
    return run.once("questions", lambda: ask(plan, run.result, run.stakes))


def questions_text(run: Run, lang: Lang) -> str:
    """A request (请示) for instructions on those on which amounts hang."""
    from fundcalc.reports import questions as asked

    return asked.questions_text(run.plan, questions(run.plan, run), len(run.result.rows), lang)


def summary_text(run: Run, summary: Summary, lang: Lang) -> str:
    """A run's heading and summary as lines of at most 80 columns."""
    from fundcalc.reports.by_hand import by_hand, carry_text, corrected_cells, correction
    from fundcalc.reports.summary import heading, recorded, text

    head = heading(run.plan, run.roster.file, len(run.result.rows), run.result.double, lang)
    head += by_hand(run.plan.policy, run.overrides, run.changes, lang) if run.overrides else ""
    head += f"{corrected_cells(cells, lang)}\n\n" if (cells := run.roster.corrections) else ""
    head += text(summary, lang)
    if run.correction is not None:
        head += correction(run.plan.policy, run.correction, lang)
    head += carry_text(run.plan.policy, run.carry, lang) if run.carry is not None else ""
    return head + (recorded(*run.receipt, lang) if run.receipt is not None else "")


def outcome_lines(run: Run, summary: Summary, lang: Lang, end: End) -> list[str]:
    """What a run comes to in at most 15 lines of 80 columns, and `end`: what was made of it."""
    from fundcalc.reports.outcome import outcome

    return outcome(run.plan, run.roster.file, summary, special(run), lang, end)


def special(run: Run) -> Iterator[Words]:
    """What is not as in every run: rows left out, doubts, amounts and cells set by hand, a correction."""
    from fundcalc.reports.by_hand import hand_said
    from fundcalc.reports.summary import stake_said

    if rows := run.roster.rejected_rows:
        yield words("outcome.rejected", rows=rows)
    doubtful = sum(reject.severity != "error" for reject in run.roster.rejects)
    if doubtful:
        yield words("outcome.doubtful", cells=doubtful)
    if not run.result.checked:
        yield words("outcome.alone")
    if run.overrides:
        yield hand_said(run.plan.policy, run.overrides, run.changes)
    if run.roster.corrections:
        yield words("outcome.corrected_cells", cells=len(run.roster.corrections))
    if run.since is not None:
        from fundcalc.reports.doubts_list import since_said

        yield since_said(run.since)
    if run.correction is not None and not run.correction.villages:
        correction = run.correction
        told = "outcome.corrects_nothing" if correction.outputs else "outcome.corrects_unpaid"
        yield words(told, run=correction.corrects, reason=correction.reason)
    elif run.correction is not None:
        correction, sums = run.correction, run.correction.total()
        yield words(
            "outcome.corrects", run=correction.corrects, reason=correction.reason,
            pay=yuan(sums.pay), deduct=yuan(sums.deduct), unit=stake_said(run.plan.policy),
        )  # fmt: skip
    if run.carry is not None and not run.carry.villages:
        yield words("outcome.carried_nothing")
    elif run.carry is not None:
        sums, villages = run.carry.total(), len(run.carry.villages)
        yield words(
            "outcome.carried", villages=villages, unit=stake_said(run.plan.policy),
            pay=yuan(sums.pay), deduct=yuan(sums.deduct),
        )  # fmt: skip


def summary_json(run: Run, summary: Summary) -> dict[str, Any]:
    """A run's summary as JSON-ready data."""
    from fundcalc.reports.doubts_list import counts_json
    from fundcalc.reports.summary import as_json

    receipt = dict(zip(("id", "head"), run.receipt, strict=True)) if run.receipt else None
    data = {**about(run), "run": receipt, **as_json(summary), **by_hand_json(run)}
    if run.since is not None:
        data["since"] = {"run": run.since.before, "doubts": counts_json(run.since)}
    return data


def by_hand_json(run: Run) -> dict[str, Any]:
    """What was set by hand, and what a correction changes, as JSON-ready data; nothing if neither."""
    from fundcalc.ledger.balance import carry_data, unit_of
    from fundcalc.ledger.differences import as_data
    from fundcalc.reports.by_hand import overrides_json

    data: dict[str, Any] = {}
    if run.overrides:
        data["overrides"] = overrides_json(run.result, run.changes)
    if run.correction is not None:
        data["correction"] = {"unit": str(unit_of(run.plan.policy)), **as_data(run.correction)}
    if run.carry is not None:
        data["carry"] = {"unit": str(unit_of(run.plan.policy)), **carry_data(run.carry)}
    return data


WRITERS = (".csv", ".parquet", ".xlsx", ".json", ".txt")


def write(run: Run, path: Path, lang: Lang, sheet: SheetSettings | None = None) -> list[Diagnostic]:
    """Write the results: .csv, .parquet, .xlsx, .json, or a table; .txt is what `questions_text` gives.

    Returns warnings. `sheet` is how sheets to sign look; a recorded run has its names on them.
    Raises OSError, PolicyProblem, and ValueError for another ending.
    """
    from fundcalc.engines.totals import decisions
    from fundcalc.reports import files
    from fundcalc.reports.groups import groups_json, write_groups

    ending, columns, villages = path.suffix.lower(), columns_of(run), len(run.result.rows)
    decided = decisions(run.result)
    if isinstance(path, Address):
        money = {column.header("en") for column in columns if is_money(column.type)}
        write_table(path, files.frame_of(columns, slice(0, villages), "en", safe_text=False), money)
    elif ending in (".csv", ".parquet"):
        files.write_table(path, columns, villages, lang)
    elif ending == ".txt":
        write_bytes(path, questions_text(run, lang).encode())
    elif ending == ".json":
        groups = groups_json(decided, run.plan.policy)
        files.write_json(path, columns, villages, about(run) | by_hand_json(run) | groups)
    elif ending == ".xlsx":
        from fundcalc.reports.workbook import as_xlsx

        content, warnings = as_xlsx(_material(run, lang), lang, _settings(run, sheet, lang))
        write_bytes(path, content)
        return warnings
    else:
        raise ValueError(words("cli.ending", path=str(path), known=", ".join(WRITERS)).say(lang))
    return write_groups(run.plan.policy, decided, path, lang)


def _material(run: Run, lang: Lang) -> Material:
    from fundcalc.reports.workbook import Material

    return Material(
        run.result, run.ruled, summarise(run), run.stakes, columns_of(run, ruled=True),
        on_paper(run, lang), run.roster,
    )  # fmt: skip


def check_sheets(run: Run, sheet: SheetSettings, lang: Lang) -> None:
    """Raise PolicyProblem where a workbook with these sheets, or this notice, cannot be made."""
    from fundcalc.reports.workbook import refuse

    refuse(_material(run, lang), lang, _settings(run, sheet, lang))


def outlines(run: Run, lang: Lang) -> Iterator[Sequence[Form]]:
    """What stands on the sheets to sign and on the notice, in yuan; each also by county.

    Last what a correction pays and takes back.
    """
    from fundcalc.reports.workbook import outline

    material, settings = _material(run, lang), _settings(run, None, lang)
    for public, by_county in ((False, False), (False, True), (True, False), (True, True)):
        look = replace(settings, unit="yuan", paper="a4", public=public, by_county=by_county)
        with suppress(PolicyProblem):  # nothing is public, or there are too many counties
            yield outline(material, lang, look)
    if run.correction is not None:
        from fundcalc.reports.workbook.sign import due_book

        yield [due_book(run.correction, run.plan, material.about, lang, settings)]


def _settings(run: Run, sheet: SheetSettings | None, lang: Lang) -> SheetSettings:
    """The settings with what the policy says of its papers, and the names that the record has.

    A recorded run is written again as it was asked for, unless something else is asked for now.
    """
    if sheet is None and isinstance(run, RecordedRun):
        sheet = SheetSettings.of_data(run.entry.data.get("sheet"))
    settings, papers = sheet or SheetSettings(), run.plan.policy.papers
    issuer = papers.issuer.say(lang) if papers.issuer is not None else None
    settings = replace(
        settings, issuer=settings.issuer or issuer,
        document_no=settings.document_no or papers.document_no,
    )  # fmt: skip
    if run.carry is not None:
        from fundcalc.reports.by_hand import at_places

        places = at_places(run.result, run.carry)
        settings = replace(settings, carried={at: village.net for at, village in places.items()})
    if not isinstance(run, RecordedRun):
        return settings
    approved = run.review is not None and run.review.decision == "approved"
    return replace(
        settings, prepared_by=settings.prepared_by or run.prepared_by,
        reviewed_by=settings.reviewed_by or run.reviewed_by,
        reviewed_at=beijing(run.review.reviewed_at) if run.review and approved else None,
    )  # fmt: skip


def columns_of(run: Run, *, ruled: bool = False) -> list[Filled]:
    """All columns of a run's table in the public order, then those that only such a run has.

    `ruled` asks for what the rules gave, before anything was set by hand.
    """
    from fundcalc.reports.by_hand import further_columns
    from fundcalc.reports.columns import columns

    filled = columns(run.ruled if ruled else run.result, run.stakes, run.roster.assumed)
    carry = None if ruled else run.carry  # the workbook has what is carried over in its settings
    return filled + further_columns(run.result, run.changes, run.correction, carry)


def on_paper(run: Run, lang: Lang) -> dict[str, Any]:
    """What a workbook says of its run: the digest to find it by, and what was set by hand."""
    from fundcalc.reports.by_hand import by_hand, corrected_cells, remarks

    data = about(run)
    if run.roster.corrections:
        data["notice"] = corrected_cells(run.roster.corrections, lang)
    if isinstance(run, RecordedRun):
        approved = run.review is not None and run.review.decision == "approved"
        last = run.review if approved and run.review is not None else run.entry
        data |= {"run": run.id, "head": last.head, "sm3": last.sm3}
    if run.overrides:
        said = by_hand(run.plan.policy, run.overrides, run.changes, lang).replace("\n", " ").strip()
        data["notice"] = " ".join(filter(None, [data.get("notice"), said]))
        data["remarks"] = remarks(run.result, run.changes, lang)
    return data


def about(run: Run) -> dict[str, Any]:
    """What a result rests on: policy, date, readings, roster."""
    plan = run.plan
    return {
        "policy": {
            "id": plan.policy.id,
            "digest": plan.policy.digest,
            "on": plan.on.isoformat(),
            "readings": dict(plan.readings),
        },
        "roster": {"file": run.roster.file, "digest": run.roster.digest},
        "double_checked": run.result.checked,
        "double_checked_patterns": run.result.patterns,
    }


DIFFERENCE_WRITERS = (".csv", ".json", ".xlsx")
"""The endings that `write_differences` knows."""


def write_differences(run: Run, path: Path, lang: Lang, sheet: SheetSettings | None = None) -> None:
    """Write what a correction is to pay or to deduct; the ending says how (.csv, .json, .xlsx to sign).

    Raises OSError, and PolicyProblem for more rows than a sheet has and where nobody pays anything.
    """
    correction = run.correction
    assert correction is not None
    refuse_unpaid(run)
    match path.suffix.lower():
        case ".csv":
            from fundcalc.ledger.balance import unit_of
            from fundcalc.reports.by_hand import differences_csv

            content = differences_csv(correction, unit_of(run.plan.policy), lang)
        case ".json":
            from fundcalc.ledger.archive import as_json

            content = as_json(by_hand_json(run)["correction"])
        case _:
            from fundcalc.reports.workbook.sign import due_book

            settings = _settings(run, sheet, lang)
            due = due_book(correction, run.plan, on_paper(run, lang), lang, settings)
            content = due.paper.close()
    write_bytes(path, content)


def report_html(run: Run, lang: Lang) -> bytes:
    """A run as one page of HTML that needs no network."""
    from fundcalc.reports.html.report import Material, as_html, refuse_large

    refuse_large(run.result)  # before anything is added up
    material = Material(
        explainer(run), run.result, run.roster, summarise(run), run.warnings, _kept(run), run.carry
    )
    return as_html(material, lang)


def _kept(run: Run) -> Kept | None:
    from fundcalc.reports.html.report import Kept

    if not isinstance(run, RecordedRun):
        return None
    return Kept(
        run.id, run.head, run.recorded_at, run.prepared_by or "",
        run.review.said() if run.review is not None else None, run.reviewed_by or "",
        run.corrects,
        run.corrected_by,
    )  # fmt: skip


def letters(
    run: Run, indices: Sequence[int], lang: Lang, settings: LetterSettings | None = None
) -> Iterator[tuple[str, bytes]]:
    """A PDF for each village, as the settings say: file name and content. Raises PolicyProblem."""
    from fundcalc.reports.letters.content import check_letters
    from fundcalc.reports.letters.setting import PART, Typesetter, set_all

    check_letters(len(indices))
    names, content, on = letter_files(run, indices), _letters(run, lang, settings), run.plan.on
    each = (content.of([index]) for index in indices)
    few = len(indices) <= PART
    yield from zip(names, map(Typesetter(on).pdf, each) if few else set_all(each, on), strict=True)


def letter_files(run: Run, indices: Sequence[int]) -> list[str]:
    """The name of each village's own letter. Raises PolicyProblem where two are the same."""
    from fundcalc.reports.letters.content import file_name

    rows = run.result.rows
    names = [file_name(str(rows[i].get("code", "")), str(rows[i].get("name", ""))) for i in indices]
    folded = Counter(name.casefold() for name in names)
    twice = sorted({name for name in names if folded[name.casefold()] > 1})
    if twice:
        raise PolicyProblem([say("FC941", name=name) for name in twice])
    return names


def letters_in_one(
    run: Run, indices: Sequence[int], lang: Lang, settings: LetterSettings | None = None,
    progress: Progress | None = None,
) -> bytes:  # fmt: skip
    """One PDF with the letters of villages. Raises PolicyProblem."""
    from fundcalc.reports.letters.content import check_letters
    from fundcalc.reports.letters.setting import PART, Typesetter, bound

    check_letters(len(indices))
    content = _letters(run, lang, settings)
    if len(indices) <= PART:
        return Typesetter(run.plan.on).pdf(content.of(indices))

    def parts() -> Iterator[Mapping[str, Any]]:
        for at in range(0, len(indices), PART):
            part = indices[at : at + PART]
            yield content.of(part)
            if progress is not None:
                progress(len(part))

    return bound(parts(), run.plan.on)


def letter_pictures(
    run: Run, index: int, lang: Lang, settings: LetterSettings | None = None
) -> list[bytes]:
    """The pages of a village's letter as pictures (PNG), set as the PDF is. Raises PolicyProblem."""
    from fundcalc.reports.letters.setting import Typesetter

    return Typesetter(run.plan.on).pictures(_letters(run, lang, settings).of([index]))


def _letters(run: Run, lang: Lang, settings: LetterSettings | None) -> Letters:
    from fundcalc.reports.letters.content import Head, Letters, on_first_page

    head = Head(
        run.plan.policy, run.plan.on.isoformat(), run.roster.digest, settings or LetterSettings(),
        several=len({part.file for part in run.roster.parts}) > 1, carried=_carried(run),
    )  # fmt: skip
    if isinstance(run, RecordedRun):
        sheet = SheetSettings.of_data(run.entry.data.get("sheet"))
        head = replace(
            head, settings=head.settings.beside(sheet),
            id=run.id, head=run.head, prepared_by=run.prepared_by or "",
            reviewed_by=(run.reviewed_by or "") if run.review else "",  # only who did review it
            returned=(
                words("papers.returned", by=run.review.by, day=beijing(run.review.reviewed_at)[:10])
                if run.review and not run.reviewed_by
                else None
            ),
        )  # fmt: skip
    # the annex has all programmes
    about = on_first_page(run.plan.policy) if head.settings.short else None
    prepared = explainer(run, alternatives=False, only=about)
    return Letters(head, prepared, run.result.rows, lang)


def _carried(run: Run) -> dict[int, Words]:
    """What is carried over for villages, by their positions."""
    from fundcalc.reports.by_hand import at_places, carried_said

    carry = run.carry
    if carry is None:
        return {}
    policy, places = run.plan.policy, at_places(run.result, carry)
    return {at: carried_said(policy, carry, village) for at, village in places.items()}


def doubts(
    run: Run, before: RecordedRun | None = None, *,
    within: Fraction = Fraction(1, 20), sample: Sample | None = None, only_since: bool = False,
) -> Doubts:  # fmt: skip
    """What is to be asked first about a run, and about what changed since a run before.

    `Doubts.counts()` has entries and fen at stake by kind; `only_since` leaves out all but the changes.
    Raises PolicyProblem where the run before is of another policy, or is no earlier one.
    """
    from fundcalc.reports.doubts import KINDS, SINCE, Side, Subject, find

    id_ = run.receipt[0] if run.receipt is not None else "—"
    if before is not None and run.receipt is not None:
        now, then = (int(run_id.partition("-")[0]) for run_id in (id_, before.id))
        if then == now:
            raise PolicyProblem([say("FC882.same", run=id_)])
        if then > now:
            raise PolicyProblem([say("FC882.later", before=before.id, run=id_)])
    if before is not None and run.plan.policy.id != before.plan.policy.id:
        other, policy = before.plan.policy.id, run.plan.policy.id
        if run.receipt is None:
            raise PolicyProblem([say("FC882.this", before=before.id, other=other, policy=policy)])
        raise PolicyProblem([say("FC882", before=before.id, other=other, run=id_, policy=policy)])
    subject = Subject(id_, run.result, run.roster, explainer(run), run.stakes, run.changes)
    old = Side(before.id, before.result, before.roster) if before is not None else None
    kinds = SINCE if only_since else KINDS
    return find(subject, old, within=within, sample=sample, kinds=kinds)


def since(run: Run, ledger: Path, run_id: str) -> Run:
    """The run with what changed since a recorded one. Raises PolicyProblem as `open_run` and `doubts`."""
    return replace(run, since=doubts(run, open_run(ledger, run_id), only_since=True))


# -- all papers of a run ----------------------------------------------------------------------------


_STEPS = 20
"""What one paper counts for in the progress, where a letter counts for one."""


@dataclass
class Papers:
    """Papers in a folder that goes when nobody has them any more; with several, `whole` is a .zip of all.

    `failed` says of each that could not be made why.
    """

    files: list[tuple[PaperKind, Path]] = field(default_factory=list)
    failed: list[tuple[PaperKind, Sequence[Diagnostic]]] = field(default_factory=list)
    whole: Path | None = None
    folder: Path = field(default_factory=lambda: Path(mkdtemp(prefix="fundcalc-papers-")))

    def __post_init__(self) -> None:
        self._drop = finalize(self, rmtree, self.folder, ignore_errors=True)

    def __enter__(self) -> Papers:
        return self

    def __exit__(self, problem: type[BaseException] | None, *_: object) -> None:
        if problem is not None:  # what is not whole is not kept
            self._drop()


def kinds_wanted(run: Run, choice: PaperChoice) -> list[PaperKind]:
    """What is to be made of a run once it is recorded; of a correction its differences, if anybody pays."""
    pays = run.correction is not None and bool(run.correction.outputs)
    return [kind for kind in PAPER_KINDS if (pays if kind == "due" else kind in choice.kinds)]


def kinds_of(run: Run, choice: PaperChoice) -> list[PaperKind]:
    """What is made of a run as it stands: without a record nothing that names it."""
    wanted = kinds_wanted(run, choice)
    return [kind for kind in wanted if run.receipt is not None or kind not in OF_RECORDED]


def make_papers(
    run: Run, choice: PaperChoice, lang: Lang, prepared_by: str = "",
    progress: Progress | None = None,
) -> Papers:  # fmt: skip
    """Make the papers of a run; a recorded one as it was recorded. One that fails leaves the others.

    `progress` may raise to stop it; nothing is left then. Raises OSError.
    """
    tell = progress or _nobody
    with Papers() as papers:
        for kind in kinds_of(run, choice):
            path = papers.folder / _file_name(run, lang, *_called(kind, choice))
            try:
                match kind:
                    case "sign" | "notice" | "due":
                        write_book(run, choice, kind, path, lang, prepared_by)
                    case "table":
                        write(run, path, lang)
                    case "report":
                        write_bytes(path, report_html(run, lang))
                    case "letters":
                        _write_letters(run, choice, path, lang, tell)
                    case _:
                        assert_never(kind)
                papers.files.append((kind, path))
            except PolicyProblem as problem:
                papers.failed.append((kind, problem.diagnostics))
            tell(_STEPS)
        if len(papers.files) > 1:
            papers.whole = papers.folder / _file_name(run, lang, words("papers.file_all"), ".zip")
            zip_files(papers.whole, [path for _, path in papers.files], papers.folder, tell)
    return papers


def steps_of(run: Run, choice: PaperChoice) -> int:
    """What the progress counts up to."""
    kinds = kinds_of(run, choice)
    return _STEPS * len(kinds) + ("letters" in kinds) * len(run.result.rows)


def write_book(
    run: Run, choice: PaperChoice, kind: PaperKind, path: Path, lang: Lang,
    prepared_by: str = "",
) -> None:  # fmt: skip
    """Write the workbook of a run that a kind of paper is. Raises PolicyProblem, OSError."""
    sheet = choice.sheet(prepared_by)
    if isinstance(run, RecordedRun):
        sheet = SheetSettings.of_data(run.entry.data.get("sheet"))
    if kind == "due":
        write_differences(run, path, lang, sheet)
    else:
        write(run, path, lang, replace(sheet, public=kind == "notice"))


def zip_files(
    path: Path, files: Sequence[Path], root: Path, progress: Callable[[int], object]
) -> None:
    """Files in one .zip, by their names below `root`."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for file in files:
            progress(0)
            archive.write(file, file.relative_to(root).as_posix())


def _write_letters(
    run: Run, choice: PaperChoice, path: Path, lang: Lang, progress: Progress
) -> None:
    """All letters in one file, or each in its own within a .zip."""
    everyone = range(len(run.result.rows))
    if choice.one_file:
        write_bytes(path, letters_in_one(run, everyone, lang, choice.letter, progress))
        return
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in letters(run, everyone, lang, choice.letter):
            archive.writestr(name, content)
            progress(1)


def _nobody(_: int) -> None:
    """Nobody asks how far it is."""


def _called(kind: PaperKind, choice: PaperChoice) -> tuple[Words, str]:
    """What a paper's file is called, and its ending."""
    match kind:
        case "sign":
            return words("papers.file_sign"), ".xlsx"
        case "notice":
            return words("papers.file_notice"), ".xlsx"
        case "letters":
            return words("papers.file_letters"), ".pdf" if choice.one_file else ".zip"
        case "report":
            return words("papers.file_report"), ".html"
        case "table":
            return words("papers.file_table"), ".csv"
        case "due":
            return words("papers.file_due"), ".xlsx"
        case _:
            assert_never(kind)


def paper_commands(
    run: Run, choice: PaperChoice, lang: Lang, computed: Sequence[str], ledger: Sequence[str]
) -> dict[PaperKind, list[str]]:
    """For each paper that `make_papers` makes the command that writes the same, without `fundcalc`.

    `computed` is the command that computes a run without a record, `ledger` which ledger it is.
    """
    files = {kind: _file_name(run, lang, *_called(kind, choice)) for kind in kinds_of(run, choice)}
    if not isinstance(run, RecordedRun):
        return {kind: [*computed, *choice.asked({kind: file})] for kind, file in files.items()}
    public, end = bool(run.entry.data.get("sheet", {}).get("public")), ["--lang", lang, *ledger]
    return {k: [*choice.of_record(k, run.id, f, public=public), *end] for k, f in files.items()}


def recording_commands(
    run: Run, choice: PaperChoice, lang: Lang, computed: Sequence[str], ledger: Sequence[str]
) -> list[list[str]]:
    """The commands that record a run and make its papers: those that `run` writes, then each other."""
    wanted = kinds_wanted(run, choice)
    files = {kind: _file_name(None, lang, *_called(kind, choice)) for kind in wanted}
    at_once = {kind: file for kind, file in files.items() if kind in RUN_WRITES}
    if "sign" in at_once:  # else the workbook is the notice
        at_once.pop("notice", None)
    later = [
        [*choice.of_record(kind, "last", file, public=False), "--lang", lang, *ledger]
        for kind, file in files.items()
        if kind not in at_once
    ]
    return [[*computed, *choice.asked(at_once)], *later]


def _file_name(run: Run | None, lang: Lang, called: Words, ending: str) -> str:
    """With the run's number, or where it has none, that it is not recorded; without a run the name alone."""
    if run is None:
        return f"{called.say(lang)}{ending}"
    label = run.receipt[0] if run.receipt else words("papers.without_record").say(lang)
    return f"{called.say(lang)}-{label}{ending}"


def write_again(
    run: RecordedRun, path: Path, lang: Lang, public: bool | None = None
) -> list[Diagnostic]:
    """Write a recorded run as it was asked to look; a workbook as the notice or not, as `public` says.

    None is as it was recorded. Raises as `write`.
    """
    settings = SheetSettings.of_data(run.entry.data.get("sheet"))
    return write(run, path, lang, settings if public is None else replace(settings, public=public))
