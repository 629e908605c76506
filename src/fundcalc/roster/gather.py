"""Tables put together: who stands there twice, what is doubtful or must be asked, and the roster."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from datetime import date
from heapq import merge

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fundcalc.base.catalogue import say, words
from fundcalc.base.diagnostics import Diagnostic, Span
from fundcalc.base.money import INT64_MAX, grouped
from fundcalc.base.words import Words, same
from fundcalc.language.datatypes import Number, Text, currency, is_money, is_yuan
from fundcalc.language.evaluate import unmet
from fundcalc.language.show import literal, show
from fundcalc.language.units import YUAN
from fundcalc.policy.model import IDENTITY, Fact, Must
from fundcalc.roster.cells import exact
from fundcalc.roster.extract import ALONE, Extract, Finding, adds_up
from fundcalc.roster.model import Fault, Part, Reject, Roster, fault, first, letters, quoted
from fundcalc.roster.names import UNREAD, bare, bare_names, respelt, spellings, twice
from fundcalc.roster.settle import Column, option_of
from fundcalc.roster.sums import Members, Sums, check_totals, medians, numbered, rising
from fundcalc.roster.words import MULTIPLES, clean, said

PLAIN_LISTS = 20_000
"""Villages up to which a roster's columns are plain lists."""

MOST_COMPARED = 64
"""Tables up to which each is held against each other, for the same villages."""

FEWEST = 3
"""Villages that a group needs for its median to mean something."""

OTHER_SIZE, WRONG_YEAR = "FC655", "FC645"
FAR = 10
"""How many times smaller than the least of its usual size a figure must be to be doubted."""

MIXED = 20
"""One figure in so many of a column may be of another size before it is asked about."""

_OF_SIZE = ("FC624", "FC625", "FC655")
"""Faults that a wrong unit may explain."""

_POWERS = (4, 0, 3, 8)
"""Multiples of yuan that a column may be in, the likeliest first."""


class Gather:
    """Villages of all tables, one after the other."""

    def __init__(
        self,
        sources: Sequence[Extract],
        facts: Mapping[str, Fact],
        names: Collection[str],
        on: date | None = None,
        musts: Sequence[Must] = (),
        whole: str = "",
    ) -> None:
        """`names` are those that the policy knows, as counties; figures are wanted for the day `on`.

        `whole` is the policy's title, which may name the city of all counties.
        """
        self.by_intake = (
            False  # then that is to be changed where a column is read wrongly, not an option
        )
        self._musts, self._whole = musts, whole
        self._sources, self._facts, self._on = sources, facts, on
        self._ends = np.cumsum([len(s.rows) for s in sources]).tolist()
        self._starts = [0, *self._ends[:-1]]
        self._villages = self._ends[-1]
        self._names = dict.fromkeys(names)
        self._further: list[list[Reject]] = [[] for _ in sources]
        self.questions: list[Diagnostic] = []
        self._asked: set[tuple[int, str]] = set()
        self.notices: list[Words] = []

    def fill(self, roster: Roster) -> None:
        """Look at all villages together and put those without error into the roster."""
        for id_, fact in self._facts.items():
            if isinstance(fact.type, Text) and id_ not in (*ALONE, "county"):
                self._respell(id_)
        self._settle_counties()
        self._find_examples()
        if not self._find_copies():
            self._find_doubles()
        outliers = self._find_outliers()
        for source, start, further in zip(self._sources, self._starts, self._further, strict=True):
            _other_sizes(source, {(at - start, fact) for at, fact in outliers})
            for column in source.columns.values():
                self._ask_about_size(source, column)
                self._check_year(source, column, further)
            further.extend(_check_totals(source))
            self._say_left_out(source)
        for source in self._sources:
            _unmet(source, self._facts, self._musts)
        self._say_readings()
        roster.notices += self.notices
        without_error = self._collect_rejects(roster)
        self._add_villages(roster, without_error)

    # -- one village and its table --------------------------------------------------------------

    def _source(self, at: int) -> tuple[Extract, int]:
        """A village's table, and its place there."""
        if len(self._sources) == 1:
            return self._sources[0], at
        number = bisect_right(self._ends, at)
        return self._sources[number], at - self._starts[number]

    def _add_finding(self, at: int, fact: str, fault: Fault) -> None:
        """Keep a village's fault."""
        source, place = self._source(at)
        source.add_finding(place, fact, fault)

    def _texts(self, fact: str) -> pl.Series:
        """A text of all villages."""
        if len(self._sources) == 1:
            return self._sources[0].texts(fact)
        return pl.concat([source.texts(fact) for source in self._sources])

    def _row(self, at: int, neighbour: int) -> str:
        """A village's cell, as it is named next to another village."""
        source, place = self._source(at)
        column = source.columns.get("name") or source.columns.get("code")
        cell = f"{letters(column.index if column else 0)}{source.rows[place] + 1}"
        if len(self._sources) == 1:
            return cell
        other, _ = self._source(neighbour)
        same = source.label == other.label and source.sheet == other.sheet
        return cell if same else source.place(cell)

    # -- names ----------------------------------------------------------------------------------

    def _respell(self, id_: str) -> None:
        """Names in traditional characters as the policy or the other rows write them."""
        written = self._texts(id_).unique(maintain_order=True).to_list()
        meanings = respelt(written, self._names)
        if meanings:
            for source in self._sources:
                source.respell(id_, meanings)
            label = next(s.columns[id_].label for s in self._sources if id_ in s.columns)
            self.notices.append(
                words("roster.simplified", header=label, spellings=_listed_spellings(meanings))
            )

    def _settle_counties(self) -> None:
        """One name for each county, said; a spelling that may be several is asked about."""
        if "county" not in self._facts:
            return
        counties = self._texts("county")
        table = counties.alias("county").value_counts(name="times")
        counts = {str(text): int(times) for text, times in table.iter_rows() if text}
        known = list(self._names)
        settled = spellings(counts, known, whole_of=self._whole)
        if settled.stands_for:
            for source in self._sources:
                source.respell("county", settled.stands_for)
            self.notices.append(
                words("roster.counties", spellings=_listed_spellings(settled.stands_for))
            )
        for at in (
            counties.is_in(list(settled.unclear)).arg_true().to_list() if settled.unclear else ()
        ):
            self._add_finding(at, "county", _no_county(settled.unclear[counties[at]]))
        for at in counties.is_in([*settled.odd]).arg_true().to_list() if settled.odd else ():
            self._add_finding(at, "county", fault("FC648.odd"))
        for names, known_to_policy in ((settled.alike, False), (settled.like_known, True)):
            for at in counties.is_in(list(names)).arg_true().to_list() if names else ():
                self._add_finding(at, "county", _alike(names[counties[at]], known_to_policy))

    def _find_examples(self) -> None:
        """Report the example of the empty roster."""
        examples = [self._facts[id_].example for id_ in ALONE if id_ in self._facts]
        if len(examples) == len(ALONE) and all(examples):
            code, name = (
                self._texts(id_) == str(text) for id_, text in zip(ALONE, examples, strict=True)
            )
            for at in (code & name).arg_true().to_list():
                self._add_finding(at, "name", fault("FC647"))

    def _find_copies(self) -> bool:
        """Ask about two tables that list the same villages, as a draft next to the final one."""
        clean_ = all(source.table.sheet.clean is not None for source in self._sources)
        if clean_ or not 1 < len(self._sources) <= MOST_COMPARED:
            return False
        keys = [_identities(source) for source in self._sources]
        copied = False
        for at, villages in enumerate(keys):
            for other_at in range(at):
                other = keys[other_at]
                both = len(villages & other)
                if not both or 2 * both < min(len(villages), len(other)):
                    continue
                pair = [self._sources[other_at], self._sources[at]]
                places = [source.place() for source in pair]
                tables = Words("、".join(places), " and ".join(places))
                self.questions.append(
                    say("FC610", spans=map(Span, places), count=both, tables=tables)
                )
                copied = True
        return copied

    def _find_doubles(self) -> None:
        """Hand every village that may stand there twice to the check of single ones."""
        whole = pl.DataFrame({part: self._texts(part) for part in IDENTITY})
        code, name = whole.get_column("code"), whole.get_column("name")
        # Equal hashes only make a village worth a look: `twice` compares the texts.
        places = whole.get_column("town"), whole.get_column("county")
        bare = name if (code != "").all() else bare_names(name, *places)
        whole = whole.with_columns(bare.alias("bare"))
        same = whole.select("county", "bare").hash_rows().is_duplicated() & (name != "")
        if not rising(code):
            same = same | (code.is_duplicated() & (code != ""))
        at = same.arg_true().to_list()
        suspects = whole[at]
        codes, names, towns, counties = (suspects.get_column(part).to_list() for part in IDENTITY)
        codes = [text or self._unread_code(i) for i, text in zip(at, codes, strict=True)]
        faults = twice(codes, names, towns, counties, lambda i, near: self._row(at[i], at[near]))
        for i, fact, wrong in faults:
            self._add_finding(at[i], fact, wrong)

    def _unread_code(self, at: int) -> str:
        """A stand-in for a code that is there but cannot be read; "" where there is none."""
        source, place = self._source(at)
        read = source.reads.get("code")
        return "" if read is None or read.blank[place] else f"{UNREAD}{at}"

    # -- figures --------------------------------------------------------------------------------

    def _find_outliers(self) -> set[tuple[int, str]]:
        """Report values far above those of the same town, from exact medians; give the villages and facts."""
        reported: set[tuple[int, str]] = set()
        watched = [fact for fact in self._facts.values() if fact.outlier is not None]
        watched = [f for f in watched if all(f.id in s.reads for s in self._sources)]
        if not watched:
            return reported
        codes = numbered(self._texts("county"), self._texts("town"))
        for fact in watched:
            parts = [source.figures(fact.id) for source in self._sources]
            values = np.concatenate([values for values, _ in parts])
            at = np.flatnonzero(np.concatenate([known for _, known in parts]))
            twice, sizes = medians(values[at], codes[at])
            times = fact.outlier or 1
            doubted = (sizes >= FEWEST) & (twice > 0) & (2 * values[at] >= times * twice)
            for where in np.flatnonzero(doubted).tolist():
                median = grouped(int(twice[where]) // 2, fact.decimals)
                outlier = fault("FC644", title=fact.title, times=times, median=median)
                self._add_finding(int(at[where]), fact.id, outlier)
                reported.add((int(at[where]), fact.id))
        return reported

    def _ask_about_size(self, source: Extract, column: Column) -> None:
        """Ask about a column whose median is not what such a fact is like."""
        fact = column.fact
        if fact.typical is None or column.told:
            return
        figures = _figures(source, column)
        if not len(figures):
            return
        half = len(figures) // 2
        median = int(np.partition(figures, half)[half])
        if fact.typical[0] <= median <= fact.typical[1]:
            return
        where = source.place(source.header(column.index))
        self.questions.append(_not_typical(where, column, len(figures), median))
        self._asked.add((id(source), fact.id))
        wrong = source.reads[fact.id].faults
        source.findings = [
            finding
            for finding in source.findings
            if finding.index != column.index
            or finding.fault.code not in _OF_SIZE
            or not (finding.at in wrong or finding.fault.code == OTHER_SIZE)
        ]

    def _say_readings(self) -> None:
        """Say of columns of money, and of those in multiples, in which unit they were read, with a sample."""
        by_unit: dict[tuple[str, str, Words | None], list[tuple[Extract, Column]]] = {}
        for source in self._sources:
            for column in source.columns.values():
                kind = column.fact.type
                if (id(source), column.fact.id) in self._asked or _names_its_unit(column):
                    continue
                if isinstance(kind, Number) and (is_money(column.fact.type) or column.power):
                    key = (column.label, column.unit, column.said)
                    by_unit.setdefault(key, []).append((source, column))
        unsaid: dict[Words, dict[str, Fact]] = {}
        for columns in by_unit.values():
            source, column = columns[0]
            where = source.place() if len(self._sources) > 1 else ""
            label = f"{where} {column.label}".strip()
            self.notices.append(_reading(label, source, column, len(columns) - 1))
            if column.said is None:
                unsaid.setdefault(_unit_of(column), {}).setdefault(column.label, column.fact)
        for unit, unwritten in unsaid.items():
            label, fact = next(iter(unwritten.items()))
            notice = words("roster.unit_not_written", headers=quoted(unwritten), unit=unit)
            if is_yuan(fact.type):
                option = option_of(label, fact, "万元")
                notice = (
                    words("roster.if_ten_thousands_in_intake", said=notice)
                    if self.by_intake
                    else words("roster.if_ten_thousands", said=notice, option=option)
                )
            self.notices.append(notice)

    def _check_year(self, source: Extract, column: Column, further: list[Reject]) -> None:
        """Report a header that names another year than the policy wants."""
        heading = next(h for h in source.table.headings if h.column == column.index)
        fact, on = column.fact, self._on
        if fact.of_year is None or heading.year is None or on is None:
            return
        year_wanted = on.year - 1 if fact.of_year == "before" else on.year
        year_named = int(heading.year)
        if year_named != year_wanted:
            other = fault("FC645", title=fact.title, named=year_named, wanted=year_wanted)
            row, label = source.table.layout.last + 1, column.label
            further.append(_reject(source, row, Finding(-1, column.index, label, other), "", label))

    def _say_left_out(self, source: Extract) -> None:
        where = source.place() if len(self._sources) > 1 else ""
        by_why: dict[Words, list[str]] = {}
        for left in sorted(source.table.left_out, key=lambda left: left.row):
            by_why.setdefault(left.why, []).append(f"{left.row + 1}“{left.label.strip()[:20]}”")
        for why, rows in by_why.items():
            notice = words(
                "roster.left_row" if len(rows) == 1 else "roster.left_rows",
                where=f"{where} " if where else "",
                why=why,
                rows=first(rows, 10),
            )
            self.notices.append(notice)

    # -- the result -----------------------------------------------------------------------------

    def _collect_rejects(self, roster: Roster) -> NDArray[np.bool_]:
        """The rejects of what was kept, in order, and which villages are without error."""
        without_error = np.ones(self._villages, dtype=np.bool_)
        for source, start, further in zip(self._sources, self._starts, self._further, strict=True):
            findings = sorted(
                source.findings, key=lambda finding: (source.rows[finding.at], finding.index)
            )
            at = [finding.at for finding in findings]
            rows = (source.rows[at] + 1).tolist()
            names, codes = (source.texts(part).gather(at).to_list() for part in ("name", "code"))
            cells = {
                index: iter(source.cells(findings, index)) for index in {o.index for o in findings}
            }
            rejects = [
                _reject(source, row, finding, name or code, shown(next(cells[finding.index])))
                for row, finding, name, code in zip(rows, findings, names, codes, strict=True)
            ]
            without_error[
                [start + finding.at for finding in findings if finding.fault.severity == "error"]
            ] = False
            roster.rejects += merge(rejects, further, key=lambda reject: reject.row)
        roster.rejects.sort(key=lambda reject: reject.code != WRONG_YEAR)
        roster.rejected_rows = int((~without_error).sum())
        return without_error

    def _add_villages(self, roster: Roster, without_error: NDArray[np.bool_]) -> None:
        """Put the villages without error into the roster."""
        rows = np.concatenate([source.rows for source in self._sources])[without_error] + 1
        many = len(rows) > PLAIN_LISTS and len(self._sources) == 1
        whole = many and int(rows[-1]) - int(rows[0]) + 1 == len(rows)
        roster.rows = range(int(rows[0]), int(rows[-1]) + 1) if whole else rows.tolist()
        roster.parts = [
            Part(
                source.label, source.sheet, source.digest, int(without_error[start:end].sum()),
                {id_: letters(c.index) for id_, c in source.columns.items()}
                | dict.fromkeys(source.given, ""),
            )
            for source, start, end in zip(self._sources, self._starts, self._ends, strict=True)
        ]  # fmt: skip
        roster.told = frozenset(
            column.fact.id
            for source in self._sources
            for column in source.columns.values()
            if column.told
        )
        everyone = bool(without_error.all())
        for id_, fact in self._facts.items():
            parts = [_column(source, fact) for source in self._sources]
            if all(part is None for part in parts):
                continue
            values, blank = _joined([part for part in parts if part is not None])
            if not everyone:
                values = (
                    values.filter(without_error)
                    if isinstance(values, pl.Series)
                    else values[without_error]
                )
                blank = blank[without_error]
            if len(rows) <= PLAIN_LISTS:
                roster.columns[id_], roster.assumed[id_] = (
                    values.to_list() if isinstance(values, pl.Series) else values.tolist(),
                    blank.tolist(),
                )
            else:
                roster.columns[id_], roster.assumed[id_] = values, blank  # type: ignore[assignment]


def _no_county(several: Sequence[str]) -> Fault:
    """What is wrong with a text that may be any of these counties, or none."""
    counties = "、".join(several)
    if len(several) > 1:
        return fault("FC648", counties=counties)
    return fault("FC648.within", counties=counties) if several else fault("FC648.none")


def _alike(county: str, known_to_policy: bool) -> Fault:
    """What is doubtful of a county next to one of nearly its name."""
    if known_to_policy:
        return fault("FC648.known", county=county)
    return fault("FC648.alike", county=county)


def _unmet(source: Extract, facts: Mapping[str, Fact], musts: Sequence[Must]) -> None:
    """Report rows that break what must hold, at the first fact of it that has a cell."""
    for must in musts:
        by_fact = {id_: _column(source, facts[id_]) for id_ in must.facts}
        if not all(by_fact.values()):
            continue  # a column is missing, which is told
        columns = {id_: list(column[0].to_list() if isinstance(column[0], pl.Series) else column[0].tolist())
                   for id_, column in by_fact.items() if column is not None}  # fmt: skip
        faulty = {at for id_ in columns if id_ in source.reads for at in source.reads[id_].faults}
        cell = next((id_ for id_ in must.facts if id_ in source.columns), must.facts[0])
        # nothing is known of a cell that could not be read
        every = range(len(columns[must.facts[0]]))
        read = [at for at in every if at not in faulty] if faulty else every
        tested = {i: [c[at] for at in read] for i, c in columns.items()} if faulty else columns
        for at in (read[place] for place in unmet(must.when, tested)):
            shown_ = [
                words(
                    "roster.said_assumed" if column[1][at] else "roster.said_as",
                    title=facts[id_].title,
                    value=literal(columns[id_][at], facts[id_].type),
                )
                for id_, column in by_fact.items()
                if column is not None
            ]
            values = Words("、".join(o.zh for o in shown_), ", ".join(o.en for o in shown_))
            source.add_finding(at, cell, broken(must, values, facts))


def broken(must: Must, values: Words, facts: Mapping[str, Fact]) -> Fault:
    """A row of which something that must hold does not, in the words of the roster's heads."""
    rule = Words(
        show(must.when, lambda name: facts[name.id].title.zh),
        show(must.when, lambda name: facts[name.id].title.en),
    )
    if must.because is None:
        return fault("FC657", rule=rule, values=values)
    return fault("FC657.because", rule=rule, values=values, because=must.because)


def _other_sizes(source: Extract, reported: Set[tuple[int, str]]) -> None:
    """Doubt figures far from such figures' size; a village of which several are so is refused.

    A figure in 万元 among others in 元 is too small, never out of range; where a column has several, they
    are refused. What is `reported` already to stand out in its town is not doubted twice.
    """
    small: list[tuple[Fact, NDArray[np.bool_]]] = []
    for column in source.columns.values():
        if column.fact.typical is not None and not column.told:
            values, known = source.figures(column.fact.id)
            least, most = column.fact.typical[0] // FAR, column.fact.typical[1]
            odd = (values > 0) & ((values < least) | (values > most))
            small.append((column.fact, known & odd))
    several = np.sum([rows for _, rows in small], axis=0) > 1
    for fact, rows in small:
        low, high = _usual(fact)
        count, every = int((rows & ~several).sum()), int((source.figures(fact.id)[0] > 0).sum())
        mixed = count > 1 and MIXED * count >= every
        for at in np.flatnonzero(rows).tolist():
            if several[at]:
                source.add_finding(at, fact.id, fault("FC655.several", low=low, high=high))
            elif mixed:
                source.add_finding(at, fact.id, fault("FC655.mixed", low=low, high=high))
            elif (at, fact.id) not in reported:
                source.add_finding(at, fact.id, fault("FC655", low=low, high=high))


def _figures(source: Extract, column: Column) -> NDArray[np.int64]:
    """All figures of a column but zeros; also those refused for their size or decimals."""
    values, _ = source.figures(column.fact.id)
    refused: list[int] = []
    for at, wrong in source.reads[column.fact.id].faults.items():
        number = exact(source.cell(at, column.index)) if wrong.code in _OF_SIZE else None
        if number is not None and number > 0:
            figure = int(number.scaleb(column.power + column.fact.decimals))
            refused.append(min(figure, INT64_MAX))
    return np.concatenate([values[values > 0], np.array(refused, dtype=np.int64)])


def _check_totals(source: Extract) -> Iterator[Reject]:
    """What is wrong with the totals of a table."""
    table, every = source.table, source.columns.values()
    if not table.totals or not len(source.rows):
        return
    added = [(c, _sums(source, c.fact)) for c in every if adds_up(c)]
    places = {
        c.index: _members(source.texts(c.fact.id))
        for c in every
        if isinstance(c.fact.type, Text) and c.fact.id not in ALONE
    }
    county = source.given.get("county")
    whole = clean(county) if county else None
    for total, column, wrong in check_totals(table, source.rows, added, places, whole):
        value, label = shown(table.sheet.text(total.row, column.index)), total.label.strip()
        finding = Finding(-1, column.index, column.label, wrong)
        yield _reject(source, total.row + 1, finding, label, value)


def _sums(source: Extract, fact: Fact) -> Sums:
    read = source.reads[fact.id]
    unread = [*read.faults, *source.shifted]
    if fact.default is None:
        unread += np.flatnonzero(read.blank).tolist()
    return Sums(np.array(read.values, dtype=np.int64), unread)


def _not_typical(where: str, column: Column, count: int, median: int) -> Diagnostic:
    """Ask about a column of which `count` figures are of an unusual size.

    Units that would explain it are named.
    """
    fact, label = column.fact, column.label
    assert fact.typical is not None
    likely = [MULTIPLES[power] for power in _fitting(column, median) if power != column.power]
    read = words("roster.read_in", unit=column.unit)
    if column.said is not None:
        read = words("roster.read_in_by", unit=column.unit, where=column.said)
    if not column.unit:
        read = words("roster.without_unit")
    look = words("roster.look_at_unit")
    if likely:
        listed = [option_of(label, fact, unit) for unit in likely]
        options = Words(" / ".join(o.zh for o in listed), " / ".join(o.en for o in listed))
        look = words("roster.perhaps_in", unit=likely[0], options=options)
    least, most = _usual(fact)
    as_read = option_of(label, fact, column.unit or _unit_of(column).zh)
    span = Span(where)
    middle = grouped(median, fact.decimals)
    return say(
        "FC650", span, header=label, count=count, read=read, median=middle, low=least, high=most,
        look=look, own=as_read,
    )  # fmt: skip


def _fitting(column: Column, median: int) -> list[int]:
    """The multiples of yuan by which a column of money with this median would be of the usual size."""
    fact = column.fact
    if fact.typical is None or not is_yuan(fact.type):
        return []
    low, high = fact.typical
    figure, divisor = median * 10 ** max(-column.power, 0), 10 ** max(column.power, 0)
    return [p for p in _POWERS if low <= figure * 10**p // divisor <= high]


def likely_units(source: Extract, column: Column) -> tuple[str, ...] | None:
    """The units, written 万元, by which a column's figures would be of the usual size.

    None where the fact has no usual size, or the column no figure.
    """
    if column.fact.typical is None or not is_yuan(column.fact.type):
        return None
    figures = _figures(source, column)
    if not len(figures):
        return None
    median = int(np.partition(figures, len(figures) // 2)[len(figures) // 2])
    return tuple(MULTIPLES[power] for power in _fitting(column, median))


def _usual(fact: Fact) -> tuple[str, str]:
    """The usual size of a fact's figures."""
    low, high = fact.typical or (0, 0)
    return grouped(low, fact.decimals), grouped(high, fact.decimals)


def _listed_spellings(meanings: Mapping[str, str]) -> str:
    """What some spellings were taken for."""
    return ", ".join(f"{text} → {name}" for text, name in list(meanings.items())[:20])


def _names_its_unit(column: Column) -> bool:
    """Whether its header names the fact's unit, such as 元/月, so that there is nothing to choose."""
    kind = column.fact.type
    if not isinstance(kind, Number) or kind.unit in (None, YUAN) or column.power:
        return False
    assert kind.unit is not None
    texts = (kind.unit.said("zh"), kind.unit.said("en"), str(kind.unit))
    return column.unit in texts and column.said == words("roster.in_header")


def _reading(label: str, source: Extract, column: Column, more: int) -> Words:
    """In which unit a column was read, with a figure, and who says so; `more` tables have the same."""
    reading = words(
        "roster.column_read", label=label, column=letters(column.index), unit=_unit_of(column)
    )
    sample = _sample(source, column)
    if sample is not None:
        written, read = sample
        kind, read_as = column.fact.type, same(read)
        if isinstance(kind, Number) and is_money(kind):
            read_as = words("roster.in_money", figure=read, money=currency(kind))
        reading = words("roster.sample", said=reading, written=written, read=read_as)
    if column.said is not None:
        reading = words("roster.by", said=reading, where=column.said)
    return words("roster.more_tables", said=reading, count=more) if more else reading


def _reject(source: Extract, row: int, finding: Finding, village: str, value: str) -> Reject:
    """A finding about a row, counted from 1, and what stands in the cell."""
    cell, wrong = f"{letters(finding.index)}{row}" if finding.index >= 0 else None, finding.fault
    return Reject(
        wrong.code, wrong.severity, source.label, source.sheet, cell, row, village, finding.label, value,
        wrong.why, wrong.mend,
    )  # fmt: skip


def _unit_of(column: Column) -> Words:
    """How a column's figures are read, for a reader."""
    kind = column.fact.type
    if column.unit:
        return same(column.unit)
    assert isinstance(kind, Number) and kind.unit is not None
    return currency(kind) if is_money(kind) else said(kind.unit)


def _sample(source: Extract, column: Column) -> tuple[str, str] | None:
    """A figure as it is written, and as it is read."""
    values, known = source.figures(column.fact.id)
    filled = np.flatnonzero(known & (values != 0))
    if not len(filled):
        return None
    at = int(filled[0])
    return source.cell(at, column.index).strip(), grouped(int(values[at]), column.fact.decimals)


def _identities(source: Extract) -> set[tuple[str, ...]]:
    """A table's villages by code, or by county, town and name."""
    parts = [source.texts(part).to_list() for part in IDENTITY]
    return {
        (code,) if code else (county, town, bare(name))
        for code, name, town, county in zip(*parts, strict=True)
    }


def shown(text: str) -> str:
    """A cell as a reader sees it, cut to 80 characters."""
    return text if len(text) <= 80 else text[:79] + "…"


def _members(texts: pl.Series) -> Members:
    """Villages by what stands in a text column."""
    by_text: dict[str, list[int]] = {}
    for at, text in enumerate(texts):
        by_text.setdefault(clean(text), []).append(at)
    return by_text


_Values = pl.Series | NDArray[np.int64] | NDArray[np.bool_]


def _column(source: Extract, fact: Fact) -> tuple[_Values, NDArray[np.bool_]] | None:
    """A fact's values in one table, and which were assumed; None where nothing gives it."""
    rows = len(source.rows)
    read = source.reads.get(fact.id)
    if read is not None:
        return read.values, read.blank
    if fact.id in source.given:
        return source.texts(fact.id), np.zeros(rows, dtype=np.bool_)
    if fact.default is None:
        return None
    if isinstance(fact.default, str):
        repeated: _Values = pl.repeat(fact.default, rows, dtype=pl.String, eager=True)
    else:
        kind = np.bool_ if isinstance(fact.default, bool) else np.int64
        repeated = np.full(rows, fact.default, dtype=kind)
    return repeated, np.ones(rows, dtype=np.bool_)


def _joined(
    parts: Sequence[tuple[_Values, NDArray[np.bool_]]],
) -> tuple[_Values, NDArray[np.bool_]]:
    if len(parts) == 1:
        return parts[0]
    blank = np.concatenate([blank for _, blank in parts])
    values = [values for values, _ in parts]
    if isinstance(values[0], pl.Series):
        return pl.concat([v.rename("") for v in values if isinstance(v, pl.Series)]), blank
    return np.concatenate([v for v in values if isinstance(v, np.ndarray)]), blank
