"""A paper held against a recorded run: the run is written again as such a paper, and compared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from fundcalc.api.computing import RecordedRun, open_run
from fundcalc.api.reporting import write, write_differences
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.words import Lang
from fundcalc.reports.settings import PAPER_NUMBERS, SheetSettings

if TYPE_CHECKING:
    from fundcalc.ledger.store import Entry
    from fundcalc.policy.columns import Column
    from fundcalc.reports.papers import Held, Holding
    from fundcalc.reports.papers_pdf import Line
    from fundcalc.reports.printed import Grid

_LANGS: tuple[Lang, Lang] = ("zh", "en")
_RUN = re.compile(r"(?<![\w-])\d{4,}-[0-9a-f]{8}(?![\w-])")
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_WAN = 10_000


def hold(
    ledger: Path, run_id: str | None, paths: Sequence[Path]
) -> tuple[list[Held], list[Diagnostic]]:
    """Every figure on some papers against a run of the ledger, and why others could not be held.

    A paper is refused that is not this program's, cannot be read, or is of another run. Raises PolicyProblem
    where there is no such run.
    """
    from fundcalc.ledger.store import runs

    if run_id is None or not paths:
        return [], []
    run, entries = open_run(ledger, run_id), runs(ledger)
    papers: list[Held] = []
    refused: list[Diagnostic] = []
    for path in paths:
        try:
            held = _Paper(run, path, entries, ledger).held()
        except PolicyProblem as problem:
            refused += problem.diagnostics
            continue
        held.notes += [
            words("auditing.corrected_later", run=run.id, later=id_, why=why)
            for id_, why in run.corrected_by
        ]
        papers.append(held)
    return papers, refused


class _Paper:
    """A paper, and what it turns out to be."""

    def __init__(
        self, run: RecordedRun, path: Path, entries: Sequence[Entry], ledger: Path
    ) -> None:
        from fundcalc.reports.papers import Holding

        self._run, self._path, self._entries, self._ledger = run, path, entries, ledger
        self._holding: Holding = Holding(path.name, run.id, run.plan.policy.facts)

    def held(self) -> Held:
        """What came of holding it against the run."""
        match self._path.suffix.lower():
            case ".xlsx" | ".csv":
                return self._sheets()
            case ".json":
                return self._json()
            case ".pdf":
                return self._pdf()
            case ending:
                raise self._stop("FC880.ending", ending=ending)

    def _stop(self, key: str, **fields: Any) -> PolicyProblem:
        return PolicyProblem([say(key, Span(str(self._path)), **fields)])

    def _of_other(self, other: str) -> PolicyProblem:
        if all(entry.id != other for entry in self._entries):
            return self._stop("FC881.unknown", other=other)
        return self._stop("FC881", other=other, run=self._run.id, file=self._path.name)

    def _printed_run(self, texts: Iterable[str]) -> None:
        """Stop where the paper names another run, and go back to how the run stood when it was made.

        Other digests on it are the policy's and the roster's.
        """
        heads = {entry.head.removeprefix("sha256:"): entry.id for entry in self._entries}
        own = {self._run.id, (self._run.corrects or {}).get("id")}
        own.add((self._run.entry.data.get("paid") or {}).get("id"))
        digests: set[str] = set()
        for text in texts:
            digests.update(_DIGEST.findall(text))
            for other in _RUN.findall(text) + [heads.get(d) for d in _DIGEST.findall(text)]:
                if other is not None and other not in own:
                    raise self._of_other(other)
        review = self._run.review
        if review is not None and review.decision == "approved":
            before, after = (head.removeprefix("sha256:") for head in (self._run.head, review.head))
            if before in digests and after not in digests:
                self._run = replace(self._run, review=None)

    @cached_property
    def _columns(self) -> list[Column]:
        from fundcalc.policy.columns import columns

        return columns(self._run.plan)

    @cached_property
    def _outputs(self) -> Mapping[str, str]:
        """The id of each output by all that a paper may call it."""
        from fundcalc.engines.totals import of_groups
        from fundcalc.policy.columns import of_groups as columns_of_groups

        policy = self._run.plan.policy
        outputs = {o.id for p in policy.programmes for o in p.outputs}
        groups = [column for per in of_groups(policy) for column in columns_of_groups(policy, per)]
        return {
            name: column.id
            for column in (*self._columns, *groups)
            if column.id in outputs
            for name in (column.id, column.header("zh"), *_titles(column))
        }

    def _ended(self, unit: int = 1) -> Held:
        """What came of it; where its sums are those of another run, it is that one's paper."""
        held, sums = self._holding.held, self._holding.sums
        totals = {self._outputs[t]: sums[t] * unit for t in sums if t in self._outputs}
        if held.clean:
            return held
        alike: list[str] = []
        for entry in self._entries:
            recorded = entry.data["totals"] if entry.sound else {}
            printed = {id_: total for id_, total in totals.items() if id_ in recorded}
            if printed and all(total == Decimal(recorded[id_]) for id_, total in printed.items()):
                alike.append(entry.id)
        if alike and self._run.id not in alike:
            raise self._of_other(alike[-1])
        if not held.villages:
            raise self._stop("FC881.villages", run=self._run.id)
        return held

    # -- sheets -----------------------------------------------------------------------------------

    def _sheets(self) -> Held:
        from fundcalc.reports.printed import grids, one_line

        sheets = grids(self._path)
        self._printed_run(text for sheet in sheets for text in sheet.ends)
        texts = {one_line(cell) for sheet in sheets for row in sheet.rows[:40] for cell in row}
        lang = max(_LANGS, key=lambda lang: len(texts & self._titles(lang)))
        is_difference = self._is_difference(sheets, lang)
        if not is_difference and self._of_differences(sheets, lang):
            self._other_correction(
                lambda holding, again: holding.sheets(sheets, grids(again)), lang
            )
        if not texts & self._titles(lang) & {*self._outputs} and not is_difference:
            if self._path.suffix.lower() == ".csv" and (of := self._of_groups(texts)):
                return self._groups(sheets, *of)
            programmes = self._run.plan.policy.programmes
            titles = [o.title.say(lang) for p in programmes for o in p.outputs if o.payer]
            titles += [o.title.say(lang) for p in programmes for o in p.outputs if not o.payer]
            raise self._stop("FC880", titles="、".join(titles[:3]))
        unit = _WAN if words("book.unit_wan").say(lang) in texts else 1
        with TemporaryDirectory() as folder:
            again = Path(folder) / f"paper{self._path.suffix.lower()}"
            if is_difference:
                write_differences(self._run, again, lang)
            else:
                write(self._run, again, lang, self._look(sheets, lang, wan=unit == _WAN))
            self._holding.sheets(sheets, grids(again))
        if is_difference and not self._holding.held.clean:
            self._other_correction(
                lambda holding, again: holding.sheets(sheets, grids(again)), lang
            )
        return self._ended(unit)

    def _of_groups(self, texts: set[str]) -> tuple[tuple[str, ...], Lang] | None:
        """Of which groups a table says what is decided once for each, and in which language."""
        from fundcalc.engines.totals import of_groups
        from fundcalc.policy.columns import of_groups as columns_of_groups

        policy = self._run.plan.policy
        outputs = {output.id for output in policy.group_outputs}
        matches: list[tuple[int, tuple[str, ...], Lang]] = []
        for per in of_groups(policy):
            for lang in _LANGS:
                heads = {c.header(lang): c for c in columns_of_groups(policy, per)}
                columns = [heads[text] for text in texts & heads.keys()]
                if any(column.id in outputs for column in columns):
                    matches.append((len(columns), per, lang))
        return max(matches, key=lambda match: match[0])[1:] if matches else None

    def _groups(self, sheets: Sequence[Grid], per: tuple[str, ...], lang: Lang) -> Held:
        """Each group's row with the one that is written again."""
        from fundcalc.engines.totals import decisions
        from fundcalc.reports.groups import write_groups
        from fundcalc.reports.papers import Holding
        from fundcalc.reports.printed import grids

        policy = self._run.plan.policy
        self._holding = Holding(self._path.name, self._run.id, policy.facts, per)
        with TemporaryDirectory() as folder:
            decided = {per: decisions(self._run.result)[per]}
            write_groups(policy, decided, Path(folder) / "again.csv", lang)
            [again] = Path(folder).glob("again.*.csv")
            self._holding.sheets(sheets, grids(again))
        return self._ended()

    def _other_correction(self, hold: Callable[[Holding, Path], None], lang: Lang) -> None:
        """Stop where a paper of differences is that of another correction, figure by figure."""
        from fundcalc.reports.papers import Holding

        for entry in self._entries:
            if entry.id == self._run.id or not entry.sound or not entry.data.get("corrects"):
                continue
            run = open_run(self._ledger, entry.id)
            with TemporaryDirectory() as folder:
                again = Path(folder) / f"paper{self._path.suffix.lower()}"
                write_differences(run, again, lang)
                holding = Holding(self._path.name, entry.id, run.plan.policy.facts)
                hold(holding, again)
            if holding.held.clean and holding.held.figures:
                raise self._of_other(entry.id)

    def _look(self, sheets: Sequence[Grid], lang: Lang, *, wan: bool) -> SheetSettings:
        """How the workbook was asked to look, as far as its figures tell."""
        names = {sheet.name for sheet in sheets}
        counties = {str(name) for name in self._run.result.groups("county")[1]}
        recorded = SheetSettings.of_data(self._run.entry.data.get("sheet"))
        numbers = {str(number): paper for paper, number in PAPER_NUMBERS.items()}
        papers = [numbers[sheet.size] for sheet in sheets if sheet.size in numbers]
        return replace(
            recorded,
            paper=papers[0] if papers else recorded.paper,
            unit="wan" if wan else "yuan",
            public=words("book.sheet_public").say(lang) in names,
            by_county=bool(names & counties),
        )

    def _titles(self, lang: Lang) -> set[str]:
        """What the policy's columns are called on papers in a language."""
        at = _LANGS.index(lang)
        return {t for c in self._columns for t in (*_titles(c)[at::2], c.header(lang))}

    def _is_difference(self, sheets: Sequence[Grid], lang: Lang) -> bool:
        """Whether it may say what this correction pays and takes back."""
        return self._run.correction is not None and self._of_differences(sheets, lang)

    def _of_differences(self, sheets: Sequence[Grid], lang: Lang) -> bool:
        """Whether it says what a correction pays and takes back."""
        from fundcalc.reports.by_hand import difference_heads

        heads = tuple(cell.strip() for cell in sheets[0].rows[0]) if sheets[0].rows else ()
        has_sheet = words("book.due_sheet").say(lang) in {sheet.name for sheet in sheets}
        return has_sheet or heads == difference_heads(lang)

    # -- JSON -------------------------------------------------------------------------------------

    def _json(self) -> Held:
        from fundcalc.roster.files.source import read

        content = read(self._path, lines=False).data
        if not content.strip():
            raise self._stop("FC880.empty")
        try:
            paper = json.loads(content, object_pairs_hook=_each_once)
        except (ValueError, RecursionError) as problem:
            raise self._stop("FC880.json", why=str(problem)[:80]) from None
        is_result = isinstance(paper, dict) and {"policy", "roster", "villages"} <= paper.keys()
        is_difference = isinstance(paper, dict) and {"corrects", "villages"} <= paper.keys()
        if not is_result and not is_difference:
            raise self._stop("FC880.json", why="villages")

        def hold(holding: Holding, again: Path) -> None:
            holding.data(paper, json.loads(again.read_bytes()))

        is_own = is_result or self._run.correction is not None
        if is_own:
            with TemporaryDirectory() as folder:
                again = Path(folder) / "paper.json"
                if is_result:
                    write(self._run, again, "zh")
                else:
                    write_differences(self._run, again, "zh")
                hold(self._holding, again)
        if not is_result and not (is_own and self._holding.held.clean):
            self._other_correction(hold, "zh")
        if not is_own:
            raise self._stop("FC880.json", why="villages")
        return self._ended()

    # -- PDF --------------------------------------------------------------------------------------

    def _pdf(self) -> Held:
        from fundcalc.reports import papers_pdf
        from fundcalc.roster.files.source import read

        content = read(self._path, lines=False).data
        if not content.strip():
            raise self._stop("FC880.empty")
        try:
            lines = papers_pdf.lines(content)
        except papers_pdf.Locked:
            raise self._stop("FC880.locked") from None
        except papers_pdf.Endless:
            raise self._stop("FC880.endless") from None
        except ValueError as problem:
            raise self._stop("FC880.pdf", why=str(problem)) from None
        if not lines:
            raise self._stop("FC880.scan")
        self._printed_run(text for _, _, text in lines)
        texts = {text for _, _, text in lines}
        for lang in _LANGS:
            if (
                words("papers.letter").say(lang) in texts
                or words("papers.annex").say(lang) in texts
            ):
                return self._letters(lines, lang)
        return self._printed(lines)

    def _letters(self, lines: Sequence[Line], lang: Lang) -> Held:
        """Each village's letter with the one that is set again."""
        from fundcalc.api.reporting import letters_in_one
        from fundcalc.reports import papers_pdf
        from fundcalc.reports.settings import LetterSettings

        title, annex = words("papers.letter").say(lang), words("papers.annex").say(lang)
        own = _of_the_run(lines, title, annex, words("papers.objections").say(lang))
        paper = list(_by_letter(own, title))
        places = [self._village_of(letter) for letter in paper]
        if not any(index is not None for index in places):
            raise self._stop("FC880.no_letter")
        indices = [index for index in places if index is not None]
        settings = LetterSettings(short=all(text != annex for _, _, text in lines))
        again = papers_pdf.lines(letters_in_one(self._run, indices, lang, settings))
        own = _of_the_run(again, title, annex, words("papers.objections").say(lang))
        reprinted = iter(_by_letter(own, title))
        held = self._holding.held
        for index, letter in zip(places, paper, strict=True):
            if index is None:
                papers_pdf.unknown(held, letter[0])
                continue
            row = self._run.result.rows[index]
            code, name = (str(row.get(part) or "") for part in ("code", "name"))
            of_run = next(reprinted)
            papers_pdf.hold_letter(held, letter, of_run, f"{code} {name}".strip())
            papers_pdf.hold_printed(held, letter, of_run, name)
        held.villages = len(set(indices))
        return held

    @cached_property
    def _by_name(self) -> dict[str, int]:
        """Positions by code, or by name where there are no codes."""
        part = "code" if any(self._run.roster.column("code")) else "name"
        return {str(text): at for at, text in enumerate(self._run.roster.column(part)) if text}

    def _village_of(self, lines: Sequence[Line]) -> int | None:
        """The village that a letter is to."""
        for _, _, text in lines:
            for token in re.findall(r"\w+", text):
                if token in self._by_name:
                    return self._by_name[token]
        return None

    def _by_county(self, text: str, lang: Lang) -> bool:
        """Whether a title says of which county its sheet is."""
        title = words("book.sign_title", title=self._run.plan.policy.title).say(lang)
        names = [str(name) for name in self._run.result.groups("county")[1]]
        titles = (words("book.of_county", title=title, county=name).say(lang) for name in names)
        plain = "".join(text.split())
        return any("".join(text_.split()) in plain for text_ in titles)

    def _printed(self, lines: Sequence[Line]) -> Held:
        """A sheet that was printed as PDF, or a whole workbook."""
        from fundcalc.reports import papers_pdf
        from fundcalc.reports.papers import Names
        from fundcalc.reports.printed import grids
        from fundcalc.reports.workbook.sign import TO_READ

        texts = " ".join(text for _, _, text in lines)
        lang = max(_LANGS, key=lambda lang: sum(title in texts for title in self._titles(lang)))
        title = self._run.plan.policy.title.say(lang)
        public = words("book.public_title", title=title).say(lang) in texts
        unit = words("book.unit_wan").say(lang) in texts
        look = SheetSettings(unit="wan" if unit else "yuan", public=public)
        is_difference = words("book.due_sheet").say(lang) in texts
        expected: list[Grid] = []
        with TemporaryDirectory() as folder:
            again = Path(folder) / "paper.xlsx"
            if self._run.correction is not None and is_difference:
                write_differences(self._run, again, lang)
                expected += grids(again)
            else:
                write(self._run, again, lang, replace(look, by_county=self._by_county(texts, lang)))
                expected += grids(again)
        further = {
            (name := words(key).say(lang)): words("book.to_read", sheet=name).say(lang)
            for key in TO_READ
        }
        sheets = papers_pdf.Sheets(expected, Names(self._run.plan.policy.facts), further)
        sheets.hold(self._holding.held, lines)
        if not self._holding.held.villages:
            raise self._stop("FC880.no_letter")
        return self._holding.held


def _titles(column: Column) -> list[str]:
    """A column's title in each language, without its unit and with it."""
    from fundcalc.policy.columns import with_unit

    titles = column.title, with_unit(column.title, column.type)
    return [title.say(lang) for title in titles for lang in _LANGS]


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object of a JSON file. Raises ValueError where it has a key twice."""
    once: dict[str, Any] = dict(pairs)
    if len(once) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"key twice: {next(key for key in keys if keys.count(key) > 1)!r}")
    return once


def _of_the_run(lines: Sequence[Line], title: str, annex: str, objections: str) -> list[Line]:
    """The lines that a run gives: without issuer and number above a title, and whom to write to below."""
    own: list[Line] = []
    sent = False
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        sent = (sent or line[2] == objections) and line[2] not in (title, annex)
        head = following is not None and following[0] == line[0] and following[2] == title
        if not sent and not head:
            own.append(line)
    return own


def _by_letter(lines: Sequence[Line], title: str) -> Iterator[list[Line]]:
    """The lines of each letter, which begins with its title."""
    letter: list[Line] = []
    for line in lines:
        if line[2] == title and letter:
            yield letter
            letter = []
        letter.append(line)
    if letter:
        yield letter
