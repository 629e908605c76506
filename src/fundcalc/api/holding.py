"""A paper held against a recorded run: the run is written again as such a paper, and compared."""

from __future__ import annotations

import json
import re
import shlex
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from fundcalc.api.computing import LEDGER, RecordedRun, open_run
from fundcalc.api.reporting import write, write_differences
from fundcalc.base import apart
from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.words import Lang
from fundcalc.engines.result import described
from fundcalc.policy.model import IDENTITY
from fundcalc.reports.printed import is_money
from fundcalc.reports.settings import PAPER_NUMBERS, LetterSettings, SheetSettings, Unit

if TYPE_CHECKING:
    from fundcalc.base.apart import Line, Page
    from fundcalc.ledger.store import Entry
    from fundcalc.policy.columns import Column
    from fundcalc.reports.papers import Held, Holding
    from fundcalc.reports.printed import Grid

_LANGS: tuple[Lang, Lang] = ("zh", "en")
_RUN = re.compile(r"(?<![\w-])\d{4,}-[0-9a-f]{8}(?![\w-])")
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_WAN = 10_000
_UNITS: tuple[Unit, ...] = ("wan", "yuan")
_A4 = 842
"""The longer side of a sheet of A4, in points."""
_TITLES = ("papers.letter", "papers.letter_plain")
_LONGEST = 2_000
"""Characters that what a letter says of objections may have; matching more could take long."""
_PHONE = re.compile(r"\d{7,12}")
_BEFORE = 12
"""Lines of a letter among which it says to whom it is, and that this may take."""


def hold(
    ledger: Path, run_id: str | None, paths: Sequence[Path], asked: Sequence[str] = ()
) -> tuple[list[Held], list[Diagnostic]]:
    """Every figure on some papers against a run of the ledger, and why others could not be held.

    A paper is refused that is not this program's, cannot be read, or is of another run; the command that is
    named then has the options `asked`. Raises PolicyProblem where there is no such run.
    """
    from fundcalc.ledger.store import runs

    if run_id is None or not paths:
        return [], []
    run, entries = open_run(ledger, run_id), runs(ledger)
    papers: list[Held] = []
    refused: list[Diagnostic] = []
    for path in paths:
        try:
            held = _Paper(run, path, entries, ledger, asked).held()
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
        self, run: RecordedRun, path: Path, entries: Sequence[Entry], ledger: Path,
        asked: Sequence[str],
    ) -> None:  # fmt: skip
        from fundcalc.reports.papers import Holding

        self._run, self._path, self._entries, self._ledger = run, path, entries, ledger
        self._asked = asked or ([] if ledger == LEDGER else ["--ledger", str(ledger)])
        self._holding: Holding = Holding(path.name, run.id, run.plan.policy.facts)
        self._review = run.review

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
        return self._stop(
            "FC881", other=other, run=self._run.id, file=self._path.name,
            paper=_typed(str(self._path)), asked="".join(f" {_plain(text)}" for text in self._asked),
        )  # fmt: skip

    def _printed_run(self, texts: Iterable[str]) -> None:
        """Stop where the paper names another run, and go back to how the run stood when it was made.

        Other digests on it are the policy's and the roster's.
        """
        heads = {entry.head.removeprefix("sha256:"): entry.id for entry in self._entries}
        own = {self._run.id, (self._run.corrects or {}).get("id")}
        own.add((self._run.entry.data.get("paid") or {}).get("id"))
        own.update(id_ for id_, _ in self._run.corrected_by)
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
        from fundcalc.reports.papers_pdf import is_summary
        from fundcalc.reports.printed import grids, one_line

        sheets = grids(self._path)
        self._printed_run(text for sheet in sheets for text in sheet.ends)
        texts = {one_line(cell) for sheet in sheets for row in sheet.rows[:40] for cell in row}
        lang = max(_LANGS, key=lambda lang: len(texts & self._titles(lang)))
        if is_summary([sheet.name for sheet in sheets]):
            return self._summary(sheets[0])
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

    def _summary(self, sheet: Grid) -> Held:
        """The summary alone, of a workbook whose other sheets were not handed in."""
        from fundcalc.reports.printed import grids

        lang = next(lang for lang in _LANGS if sheet.name == words("book.sheet_summary").say(lang))
        wan = any(words("book.unit_wan").say(lang) in row for row in sheet.rows)
        look = self._look([sheet], lang, wan=wan)
        recorded = SheetSettings.of_data(self._run.entry.data.get("sheet"))
        with TemporaryDirectory() as folder:
            again = Path(folder) / "paper.xlsx"
            write(self._run, again, lang, replace(look, by_county=recorded.by_county))
            sides = ([replace(g, names={})] for g in (sheet, grids(again)[0]))
            self._holding.sheets(*sides)
        held = self._holding.held
        held.of = "summary"
        held.notes.append(words("auditing.only_summary"))
        return held

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
            if run.correction is None or not run.correction.outputs:
                continue
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
        notice = _tight(words("book.public_title", title=self._run.plan.policy.title).say(lang))
        titled = any(notice in _tight("".join(row)) for sheet in sheets for row in sheet.rows[:1])
        return replace(
            recorded,
            paper=papers[0] if papers else recorded.paper,
            unit="wan" if wan else "yuan",
            public=titled or words("book.sheet_public").say(lang) in names,
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
        from fundcalc.ledger.balance import unit_of
        from fundcalc.reports.by_hand import difference_heads

        heads = tuple(cell.strip() for cell in sheets[0].rows[0]) if sheets[0].rows else ()
        has_sheet = words("book.due_sheet").say(lang) in {sheet.name for sheet in sheets}
        unit = unit_of(self._run.plan.policy)
        return has_sheet or heads == difference_heads(unit, lang)

    # -- JSON -------------------------------------------------------------------------------------

    def _json(self) -> Held:
        from fundcalc.roster.files.source import read

        content = read(self._path, lines=False).data
        if not content.strip():
            raise self._stop("FC880.empty")
        try:
            paper = json.loads(content, object_pairs_hook=_each_once)
        except _Twice as twice:
            raise self._stop("FC880.key_twice", name=str(twice)[:80]) from None
        except json.JSONDecodeError as problem:
            raise self._stop("FC880.no_json", line=problem.lineno, column=problem.colno) from None
        except (ValueError, RecursionError):
            raise self._stop("FC880.deep") from None
        is_result = isinstance(paper, dict) and {"policy", "roster", "villages"} <= paper.keys()
        is_difference = isinstance(paper, dict) and {"corrects", "villages"} <= paper.keys()
        if not is_result and not is_difference:
            raise self._stop("FC880.json")

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
            raise self._stop("FC880.json")
        return self._ended()

    # -- PDF --------------------------------------------------------------------------------------

    def _pdf(self) -> Held:
        from fundcalc.roster.files.source import read

        content = read(self._path, lines=False).data
        if not content.strip():
            raise self._stop("FC880.empty")
        try:
            pages = apart.read(content)
        except apart.Locked:
            raise self._stop("FC880.locked") from None
        except apart.Endless:
            raise self._stop("FC880.endless") from None
        except ValueError as problem:
            raise self._stop("FC880.pdf", why=str(problem)) from None
        every = list(apart.lines(pages))
        lines = [line for line in every if line.text != apart.SILENT]
        self._holding.held.notes += [
            words("auditing.laid_over", page=page)
            for page in sorted({line.page for line in every if line.text == apart.SILENT})
        ]
        if not lines:
            raise self._stop("FC880.scan")
        self._printed_run(line.text for line in lines)
        texts = {line.text for line in lines}
        for lang in _LANGS:
            if texts & {words(key).say(lang) for key in (*_TITLES, "papers.annex")}:
                return self._letters(lines, lang)
        return self._printed(pages, lines)

    def _letters(self, lines: Sequence[Line], lang: Lang) -> Held:
        """Each village's letter with the one that is set again, line by line."""
        from fundcalc.api.reporting import letters_in_one
        from fundcalc.reports import papers_letters
        from fundcalc.reports.papers_pdf import unknown

        titles, annex = {words(key).say(lang) for key in _TITLES}, words("papers.annex").say(lang)
        self._as_it_stood("".join(line.text for line in lines))
        paper: list[list[Line]] = []
        places: list[int | None] = []
        for letter in _by_letter(lines, titles, annex):
            village_at = self._village_of(letter)
            if paper and village_at == places[-1] and not titles & {x.text for x in letter}:
                paper[-1] += letter  # its annex once more
            else:
                paper.append(letter)
                places.append(village_at)
        if not any(index is not None for index in places):
            raise self._stop("FC880.no_letter")
        indices = [index for index in places if index is not None]
        whole = [letter for letter in paper if any(line.text in titles for line in letter)]
        settings = self._sent((whole or paper)[0], lang)
        if all(line.text != annex for line in lines):
            settings = self._annexed(settings, indices[0], paper[places.index(indices[0])], lang)
        again = apart.read(letters_in_one(self._run, indices, lang, settings))
        reprinted = _by_letter(list(apart.lines(again)), titles, annex)
        held, objections = self._holding.held, words("papers.objections").say(lang)
        for index, letter in zip(places, paper, strict=True):
            if index is None:
                unknown(held, letter[0])
                continue
            village, of_run = described(self._run.result.rows[index]), next(reprinted)
            below = next((line.height for line in of_run if line.text == objections), 0)
            first, texts = of_run[0].page, {line.text for line in letter}
            if not settings.short and texts & titles and letter[0].page == letter[-1].page:
                of_run = [line for line in of_run if line.page == first]
                held.found.append(papers_letters.lacks(held, letter[0], village, annexed=False))
            elif not texts & titles:
                of_run = [line for line in of_run if line.page > first]
                held.found.append(papers_letters.lacks(held, letter[0], village, annexed=True))
            papers_letters.hold_letter(held, letter, of_run, village, below)
        held.villages = len(set(indices))
        if len(indices) > 1:
            n, total = len(indices), len(self._run.result.rows)
            held.notes.append(words("auditing.letters", n=n, villages=held.villages, total=total))
        return held

    def _annexed(
        self, settings: LetterSettings, index: int, letter: Sequence[Line], lang: Lang
    ) -> LetterSettings:
        """How a letter was set that has no annex: without one, or with one that is missing."""
        from fundcalc.api.reporting import letters_in_one

        on_paper, alike = {line.text for line in letter}, list[tuple[int, bool]]()
        for short in (False, True):
            again = letters_in_one(self._run, [index], lang, replace(settings, short=short))
            alike.append((len(on_paper & {x.text for x in apart.lines(apart.read(again))}), short))
        return replace(settings, short=max(alike)[1])

    def _as_it_stood(self, text: str) -> None:
        """Take back of the run what was recorded after a letter was set: it names neither."""
        review = self._review
        self._run = replace(
            self._run,
            review=review if review is not None and review.by in text else None,
            corrected_by=tuple(later for later in self._run.corrected_by if later[0] in text),
        )

    def _sent(self, letter: Sequence[Line], lang: Lang) -> LetterSettings:
        """Who sent letters, whom to write to and until when, as the first says; no amounts among it."""
        titles = {words(key).say(lang) for key in _TITLES}
        title = next((at for at, line in enumerate(letter) if line.text in titles), 0)
        above = letter[title - 1] if title else None
        if above is not None and above.height < letter[title].height:
            above = None
        objections, signed = (
            words(f"papers.{key}").say(lang) for key in ("objections", "prepared_by")
        )
        texts = [line.text for line in letter[title:]]
        start = texts.index(objections) + 1 if objections in texts else len(texts)
        end = next((at for at in range(start, len(texts)) if texts[at].startswith(signed)), start)
        wording = words(
            "papers.object", until="\0until\0", issuer="\0issuer\0", contact="\0contact\0"
        )
        pattern = re.sub(
            r"\0(\w+)\0", r"(?P<\1>.*?)",
            re.escape(wording.say(lang)).replace("\\ ", r"\s*"),
        )  # fmt: skip
        said = ("" if lang == "zh" else " ").join(texts[start:end])
        match = re.fullmatch(pattern, said) if len(said) < _LONGEST else None
        blank = {words(key).say(lang) for key in ("papers.blank", "papers.the_issuer")}
        sent = {k: v for k, v in (match.groupdict() if match else {}).items() if v not in blank}
        if above is not None:
            number = above.text.removeprefix(sent.get("issuer", "")).strip()
            sent |= {"document_no": number} if number else {}
        plain: dict[str, Any] = {
            key: text for key, text in sent.items()
            if _PHONE.fullmatch(text) or not (is_money(text) or re.search(r"\d,\d{3}", text))
        }  # fmt: skip
        return LetterSettings(**plain)

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        """Positions by code, of those without one by name; also by county, town and name run together."""
        from fundcalc.reports.letters.content import addressed

        places = defaultdict[str, list[int]](list)
        for at, row in enumerate(self._run.result.rows):
            place, _ = addressed(row)
            for text in {str(row.get("code") or row.get("name") or ""), _tight(place)}:
                places[text].append(at)
        return places

    def _village_of(self, lines: Sequence[Line]) -> int | None:
        """The village that a letter is to: of one name, the one whose town and county stand by it."""
        if len(addressed := {*self._addressed(lines)}) == 1:
            return addressed.pop()
        for line in lines:
            texts, whole = re.findall(r"\w+", line.text), _tight(line.text)
            for lang in _LANGS:
                before, after = map(_tight, words("papers.to", village="\0").say(lang).split("\0"))
                if after in whole:
                    texts += [whole.removeprefix(before).partition(after)[0]]
            near = dict[int, int]()
            for at in {at for text in texts for at in self._by_name.get(text, ())}:
                row = self._run.result.rows[at]
                beside = (_tight(str(row.get(part) or "")) for part in IDENTITY)
                near[at] = sum(len(text) for text in beside if text in whole)
            if [*near.values()].count(max(near.values(), default=0)) == 1:
                return max(near, key=near.__getitem__)
        return None

    def _addressed(self, lines: Sequence[Line]) -> Iterator[int]:
        """The villages whose place, name and code are all that a letter says to whom it is."""
        from fundcalc.reports.letters.content import addressed

        longest = max(map(len, self._by_name), default=0)
        on = self._run.plan.on
        for at, lang in product(range(min(len(lines), _BEFORE)), _LANGS):
            text = "".join(_tight(line.text) for line in lines[at : at + _BEFORE])
            before, after = map(_tight, words("papers.to", village="\0").say(lang).split("\0"))
            annex = _tight(words("papers.values_of", on=on).say(lang))
            place = text.removeprefix(before)
            for end in range(1, min(len(place), longest + 1)):
                for index in self._by_name.get(place[:end], ()):
                    where, code = map(_tight, addressed(self._run.result.rows[index]))
                    said = place[end:].startswith((f"{after}{code}", f"{code}{annex}"))
                    if said and where == place[:end]:
                        yield index

    def _by_county(self, text: str, lang: Lang) -> bool:
        """Whether a title says of which county its sheet is."""
        names = [str(name) for name in self._run.result.groups("county")[1]]
        title = self._run.plan.policy.title
        heads = words("book.sign_title", title=title), words("book.sign_title_plain", title=title)
        titles = [
            words("book.of_county", title=head, county=name).say(lang)
            for head in heads
            for name in names
        ]
        return any(_tight(title_) in _tight(text) for title_ in titles)

    def _printed(self, pages: Sequence[Page], lines: Sequence[Line]) -> Held:
        """A sheet that was printed as PDF, or a whole workbook."""
        from fundcalc.reports import papers_pdf
        from fundcalc.reports.papers import Names
        from fundcalc.reports.printed import grids
        from fundcalc.reports.workbook.form import REPEATED
        from fundcalc.reports.workbook.sign import TO_READ

        texts = " ".join(line.text for line in lines)
        lang = max(_LANGS, key=lambda lang: sum(title in texts for title in self._titles(lang)))
        policy = self._run.plan.policy
        title = policy.title.say(lang)
        public = words("book.public_title", title=title).say(lang) in texts
        units = sorted(_UNITS, key=lambda unit: words(f"book.unit_{unit}").say(lang) not in texts)
        look = replace(
            SheetSettings.of_data(self._run.entry.data.get("sheet")), public=public,
            paper="a3" if max(page.width for page in pages) > _A4 else "a4",
        )  # fmt: skip
        is_difference = words("book.due_sheet").say(lang) in texts
        further = {
            (name := words(key).say(lang)): words("book.to_read", sheet=name).say(lang)
            for key in TO_READ
        }
        answers: list[Held] = []
        # a notice does not say of which county it is, and a unit that was changed not the one written
        counties = (False, True) if public else (self._by_county(texts, lang),)
        for unit, by_county in product(units, counties):
            with TemporaryDirectory() as folder:
                again = Path(folder) / "paper.xlsx"
                if self._run.correction is not None and is_difference:
                    write_differences(self._run, again, lang)
                else:
                    write(self._run, again, lang, replace(look, unit=unit, by_county=by_county))
                expected = grids(again)
            sheets = papers_pdf.Sheets(expected, Names(policy.facts), further, REPEATED)
            noted = self._holding.held
            answers.append(replace(noted, found=[*noted.found], notes=[*noted.notes]))
            sheets.hold(answers[-1], pages)
            if answers[-1].clean:
                break
        held = min(answers, key=lambda answer: len(answer.found))
        if not held.villages and held.of != "summary":
            raise self._stop("FC880.no_letter")
        return held


def _plain(text: str) -> str:
    """An option or its value as it is typed, in signs of quotation only where it needs them."""
    return text if re.fullmatch(r"[\w=,./:-]+", text) else _typed(text)


def _typed(text: str) -> str:
    """A path as it is typed behind an option, blanks and all."""
    return shlex.quote(text) if re.search(r'["$`]', text) else f'"{text}"'


def _tight(text: str) -> str:
    return "".join(text.split())


def _titles(column: Column) -> list[str]:
    """A column's title in each language, without its unit and with it."""
    from fundcalc.policy.columns import with_unit

    titles = column.title, with_unit(column.title, column.type)
    return [title.say(lang) for title in titles for lang in _LANGS]


class _Twice(ValueError):
    """A key that an object of a JSON file has twice."""


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object of a JSON file. Raises _Twice where it has a key twice."""
    once: dict[str, Any] = dict(pairs)
    if len(once) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(next(key for key in keys if keys.count(key) > 1))
    return once


def _by_letter(lines: Sequence[Line], titles: Collection[str], annex: str) -> Iterator[list[Line]]:
    """The lines of each letter, which begins with the page of its title; without that, of its annex."""
    starts = {line.page for line in lines if line.text in titles}
    annexes = {line.page for line in lines if line.text == annex}
    letter: list[Line] = []
    for line in lines:
        if letter and letter[-1].page != line.page:
            again = line.page in annexes and any(earlier.page in annexes for earlier in letter)
            if line.page in starts or again:
                yield letter
                letter = []
        letter.append(line)
    if letter:
        yield letter
