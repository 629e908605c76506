"""A table's rows to values, column by column, and which of the rows are sums of their neighbours."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from itertools import accumulate

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.words import Words, same
from fundcalc.language.datatypes import Number, Text, YesNo
from fundcalc.policy.model import IDENTITY
from fundcalc.roster.cells import (
    ColumnRead,
    amount,
    doubtful,
    missing,
    of_pair,
    read_column,
    ticks_only,
)
from fundcalc.roster.model import Fault, fault, first, letters, place, quoted
from fundcalc.roster.names import bare_names, spellings, twice
from fundcalc.roster.settle import Column, Settled
from fundcalc.roster.sheet import NUMBER, as_text, column_at
from fundcalc.roster.sums import like_its_neighbour, sum_rows
from fundcalc.roster.tables import LeftOut, Table, Total
from fundcalc.roster.words import Row, clean, is_of_which

ALONE = ("code", "name")
"""Text facts that merged cells cannot give to several villages."""

LIKE_A_GROUP = "FC649"
_ENOUGH = 3
"""Columns in which a row must be the sum of its neighbours where nothing else tells it from a village."""

_WIDE = 2**62
"""A sum from which on Python's own integers are used."""

MOST_WITHOUT = 5
"""One row in so many may have no town where the others have; such a row may be a group's.

Of as many as half, where all that have a town are named 村."""

FEW = 3
"""Rows that may be named unlike all others, which end in 村, and be no villages, where no town tells."""

_VILLAGE = "(?:村|社区|委会|委员会)(?:[(（].*[)）])?[*※#①-⑳]?$"


@dataclass(slots=True)
class Finding:
    """What is wrong with a village (its place in the table): the column's place, -1 for none, and label."""

    at: int
    index: int
    label: str
    fault: Fault


@dataclass(slots=True)
class Extract:
    """The villages of one table: where it stands, what was settled of it, and their values.

    `label` is the name of its file and `digest` the hash of the file's bytes; `findings` say what is wrong
    with its villages. `given` are facts that stand in no column, as the county in a title (`given_by`).
    """

    table: Table
    label: str
    digest: str
    settled: Settled
    given: dict[str, str]
    given_by: Words | None = None
    reads: dict[str, ColumnRead] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    maybe_groups: set[int] = field(default_factory=set)
    """Rows (from 0) of which only that they may be a group's is worth saying."""

    shifted: frozenset[int] = frozenset()
    """Villages of a CSV whose row has cells beyond the header's, so that nothing in it is sure."""

    @property
    def columns(self) -> Mapping[str, Column]:
        """The columns by fact."""
        return self.settled.columns

    @property
    def rows(self) -> NDArray[np.int64]:
        """The villages' rows, from 0."""
        return self.table.rows

    @property
    def sheet(self) -> str | None:
        """The name of its sheet."""
        return self.table.sheet.name

    def place(self, cell: str = "") -> str:
        """The table, or a cell of it, with its file and sheet."""
        return place(self.label, self.sheet, cell)

    def header(self, index: int) -> str:
        """The cell of a column's header."""
        return f"{letters(index)}{self.table.layout.last + 1}"

    def ticked(self) -> set[str]:
        """The yes/no facts that are answered by ticks and blanks alone."""
        return {
            id_
            for id_, column in self.columns.items()
            if isinstance(column.fact.type, YesNo)
            and column.opposite is None
            and ticks_only(self.table.column(column.index).unique())
        }

    def texts(self, fact: str) -> pl.Series:
        """A text column, "" where it is absent or faulty."""
        read = self.reads.get(fact)
        if read is None or not isinstance(read.values, pl.Series):
            value = self.given.get(fact, "")
            return pl.repeat(value, len(self.rows), dtype=pl.String, eager=True)
        wrong = list(read.faults)
        return read.values.scatter(wrong, [""] * len(wrong)) if wrong else read.values

    def respell(self, fact: str, spellings: Mapping[str, str]) -> None:
        """Write a text fact as what its spellings mean."""
        if fact in self.given:
            self.given[fact] = spellings.get(self.given[fact], self.given[fact])
        read = self.reads.get(fact)
        if read is not None and isinstance(read.values, pl.Series):
            read.values = read.values.replace(list(spellings), list(spellings.values()))

    def figures(self, fact: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """A fact's numbers, 0 where there is none, and where there is one."""
        values, known = self.reads[fact].figures()
        known[[*self.shifted]] = False
        return np.where(known, values, 0), known

    def cell(self, at: int, index: int) -> str:
        """What a village's cell shows."""
        return self.table.sheet.text(int(self.rows[at]), index) if index >= 0 else ""

    def notices(self) -> list[Words]:
        """What is worth saying of the table once its values are read."""
        layout, sheet = self.table.layout, self.table.sheet
        notices = [*layout.notices]
        top, bottom = layout.first + 1, layout.last + 1
        if top < bottom:
            notices.append(words("roster.header_rows", first=top, last=bottom))
        elif bottom > 1:
            notices.append(words("roster.header_row", row=top))
        notices += [*self.settled.notices, *self.table.notices]
        notices += _fewer_cells(self)
        headless = [*_headless(self.table)]
        if headless:
            columns, shown = zip(*headless, strict=True)
            notices.append(
                words("roster.headless", columns=", ".join(columns), shown=first(shown, 3))
            )
        if sheet.zeros > 1:
            notices.append(words("roster.zeros", count=sheet.zeros))
        unseen = [c.label for c in self.columns.values() if c.index in sheet.hidden_columns]
        if unseen:
            notices.append(words("roster.hidden_columns", headers=quoted(unseen)))
        for key, rows in (
            ("roster.hidden_rows", sheet.hidden),
            ("roster.struck_rows", sheet.struck),
        ):
            marked_rows = (np.intersect1d(rows, self.rows) + 1).tolist() if len(rows) else []
            if marked_rows:
                notices.append(words(key, count=len(marked_rows), rows=first(marked_rows, 20)))
        return notices

    def add_finding(self, at: int, fact: str, fault: Fault) -> None:
        """Keep a village's fault; nothing in a shifted row is worth saying but that."""
        column = self.columns.get(fact)
        if column is None:
            self.findings.append(Finding(at, -1, "", fault))
        elif at not in self.shifted:
            self.findings.append(Finding(at, column.index, column.label, fault))

    def keep(self, indices: NDArray[np.int64]) -> None:
        """Only these villages, in order."""
        places = {int(old): new for new, old in enumerate(indices)}
        self.reads = {id_: read.taken(indices) for id_, read in self.reads.items()}
        self.findings = [
            replace(finding, at=places[finding.at])
            for finding in self.findings
            if finding.at in places
        ]
        self.table.rows = self.table.rows[indices]

    def leave_out(self, rows: Mapping[int, LeftOut]) -> None:
        """Count some rows (by their places) as no villages."""
        self.table.left_out += rows.values()
        self.keep(np.delete(np.arange(len(self.table.rows)), [*rows]))

    def cells(self, findings: Sequence[Finding], index: int) -> list[str]:
        """What the cells show of which something was told that stand in one column."""
        rows = self.rows[[finding.at for finding in findings if finding.index == index]]
        values = column_at(self.table.sheet.cells, index)
        return as_text(values.gather(rows - self.table.sheet.first)).to_list()


def leave_out_repeated(sources: Sequence[Extract], known: Collection[str], whole: str) -> None:
    """Leave out what an intake says to be there twice, while it is; else it counts, with a doubt.

    `known` are the counties that the policy knows, `whole` is its title.
    """
    repeated = [
        (number, at, before)
        for number, source in enumerate(sources)
        for at, row in enumerate(source.rows.tolist() if source.table.again else ())
        if (before := source.table.again.get(row)) is not None and before.twice
    ]
    if not repeated:
        return
    who = pl.concat([_who(source) for source in sources])
    counts = {str(county): int(n) for county, n in who["county"].value_counts().iter_rows()}
    meant = spellings(counts, known, whole_of=whole).stands_for
    who = who.with_columns(pl.col("county").replace(meant))
    starts = [0, *accumulate(len(source.rows) for source in sources)]
    gone: dict[int, dict[int, LeftOut]] = {}
    left = np.ones(len(who), dtype=np.bool_)
    for number, at, before in repeated:
        source, here = sources[number], starts[number] + at
        row = int(source.rows[at])
        if not _stands_twice(who, here, left):
            doubt = fault("FC649.double", label=_label(source, at), was=before.row)
            _say_of_row(source, at, doubt)
        elif before.row == row + 1:
            gone.setdefault(number, {})[at] = LeftOut(row, _label(source, at), same(before.why))
            left[here] = False
    for number, rows in gone.items():
        sources[number].leave_out(rows)


def _who(source: Extract) -> pl.DataFrame:
    """Code, name, town and county of a table's rows as they are written."""
    table, parts = source.table, dict[str, pl.Series]()
    for part in IDENTITY:
        column = source.columns.get(part)
        if column is None:
            given = source.given.get(part, "")
            parts[part] = pl.repeat(given, len(table.rows), dtype=pl.String, eager=True)
            continue
        filled, _ = _merged(table, column)
        texts = as_text(table.column(column.index))
        parts[part] = texts.scatter([*filled], [*filled.values()]).str.strip_chars()
    return pl.DataFrame(parts)


def _stands_twice(who: pl.DataFrame, here: int, left: NDArray[np.bool_]) -> bool:
    """Whether one of the rows that are left has the village of another."""
    codes, counties = who["code"], who["county"]
    bare = bare_names(who["name"], who["town"], counties)
    alike = (bare == bare[here]) & (counties == counties[here])
    alike = alike | ((codes != "") & (codes == codes[here]))
    near = np.flatnonzero(alike.to_numpy() & left)
    code, name, town, county = (who[part].gather(near).to_list() for part in IDENTITY)
    faults = twice(code, name, town, county, lambda *_: "")
    return any(near[at] == here and wrong.severity == "error" for at, _, wrong in faults)


def _say_of_row(source: Extract, at: int, wrong: Fault) -> None:
    """Keep what is to be said of a row, at its name."""
    name = source.columns.get("name")
    index, header = (name.index, name.label) if name else (-1, "")
    source.findings.append(Finding(at, index, header, wrong))


def read_sums(source: Extract) -> None:
    """Read what adds up; rows that are sums of their neighbours are left out, and said."""
    for id_, column in source.columns.items():
        if isinstance(column.fact.type, Number) and adds_up(column):
            _read(source, id_, column, ())
    if source.table.sheet.clean is None:
        _leave_out_parts(source)
        _leave_out_groups(source)
    for at, row in enumerate(source.rows.tolist() if source.table.again else ()):
        before = source.table.again.get(row)
        if before is not None and not before.twice:
            asked = fault("FC649.moved", label=_label(source, at), was=before.row)
            _say_of_row(source, at, asked)


def read_rest(source: Extract, ticked: Collection[str]) -> None:
    """Read all other columns.

    `ticked` are yes/no facts that some table of the roster answers by ticks alone: where another has
    only blanks there, all are no.
    """
    for id_, column in source.columns.items():
        if id_ not in source.reads:
            _read(source, id_, column, ticked)
    source.reads = {id_: source.reads[id_] for id_ in source.columns}
    source.shifted = _more_cells(source)
    if "code" in source.columns and source.columns["code"].fact.digits == CODE:
        _doubt_codes(source)
    maybe_groups = {*np.flatnonzero(np.isin(source.rows, [*source.maybe_groups])).tolist()}
    source.findings = [
        finding
        for finding in source.findings
        if (finding.at not in source.shifted or not finding.label)
        and (finding.at not in maybe_groups or finding.fault.code == LIKE_A_GROUP)
    ]


CODE, OF_COUNTY = 12, 6
"""Digits of a statistical code, and how many of them name the county; a town's ends in 000."""


def _doubt_codes(source: Extract) -> None:
    """Doubt codes of another county than most of the county's villages have, and codes of towns."""
    codes = source.texts("code")
    long = codes.str.len_bytes() == CODE
    frame = pl.DataFrame(
        [codes.str.head(OF_COUNTY).alias("part"), source.texts("county").alias("county")]
    )
    frame = frame.with_row_index("at").filter(long)
    pairs = frame.group_by("county", "part", maintain_order=True).len().sort(
        "len", descending=True, maintain_order=True
    )  # fmt: skip
    usual = pairs.group_by("county").agg(
        pl.col("part").first().alias("most"), pl.col("len").sum().alias("all")
    )
    odd = pairs.join(usual, on="county").filter(pl.col("part") != pl.col("most"))
    few = odd.filter(MOST_WITHOUT * pl.col("len").sum().over("county") <= pl.col("all"))
    if len(few):
        found = frame.join(few, on=["county", "part"]).sort("at")
        for at, own, most in found.select("at", "part", "most").iter_rows():
            source.add_finding(at, "code", fault("FC634.county", own=own, most=most))
    for at in (long & codes.str.ends_with("000")).arg_true().to_list():
        source.add_finding(at, "code", fault("FC634.town"))


def _read(source: Extract, id_: str, column: Column, ticked: Collection[str]) -> None:
    table = source.table
    fact, raw = column.fact, table.column(column.index)
    kinds = table.kinds(column.index)
    filled, merged = _merged(table, column)
    if filled:
        raw = raw.scatter(list(filled), list(filled.values()))
        count = len(filled)
        table.notices.append(words("roster.merged_text", header=column.label, count=count))
    if column.opposite is not None:
        raw, kinds = of_pair(raw, table.column(column.opposite)), None
    few = isinstance(fact.type, Text | YesNo) and fact.id not in ALONE
    distinct = raw.unique() if few else None  # a few words that many villages share
    ticks = isinstance(fact.type, YesNo) and ticks_only(distinct)  # of a pair one is ticked always
    if id_ in ticked and distinct is not None:
        ticks = ticks or not any(str(cell or "").strip() for cell in distinct.to_list())
    read = read_column(raw, column, distinct, ticks, kinds, table.sheet.formats)
    read.faults.update(merged)
    wrong = dict(read.faults)
    if fact.required:
        for at in np.flatnonzero(read.blank).tolist():
            wrong.setdefault(at, missing(fact))
    if fact.default is True and raw.dtype == pl.String and not ticks:
        for at in _perhaps_no(read):
            wrong.setdefault(at, fault("FC630.blank", title=fact.title))
    listed = list(wrong.items())
    for at in read.doubts:
        doubt = doubtful(str(read.values[at]))
        listed += [(at, doubt)] if doubt and at not in wrong else []
    if isinstance(fact.type, Text):
        count = int((kinds == NUMBER).sum()) if kinds is not None else 0
        if kinds is None and raw.dtype.is_numeric():
            count = int((~read.blank).sum())
        count -= (
            sum(1 for at in read.faults if kinds is None or kinds[at] == NUMBER) if count else 0
        )
        if count:
            table.notices.append(words("roster.numbers_as_text", header=column.label, count=count))
    blank = int(read.blank.sum())
    if (
        fact.id in IDENTITY
        and fact.id != "code"
        and not fact.required
        and len(raw) <= 2 * blank < 2 * len(raw)
    ):
        table.notices.append(words("roster.mostly_blank", header=column.label, count=blank))
    if ticks:
        table.notices.append(words("roster.ticks", header=column.label))
    if read.noise:
        count, written = len(read.noise), read.noise[0]
        plain = f"{float(written):.15g}"
        notice = words(
            "roster.noise", header=column.label, count=count, written=written, read=plain
        )
        table.notices.append(notice)
    source.reads[id_] = read
    source.findings += [Finding(at, column.index, column.label, wrong_) for at, wrong_ in listed]


def _perhaps_no(read: ColumnRead) -> list[int]:
    """Blank cells of a yes/no column in which nobody wrote no: a blank may mean no, or nothing."""
    values = np.asarray(read.values)
    written = ~read.blank
    written[list(read.faults)] = False
    return np.flatnonzero(read.blank).tolist() if written.any() and values[written].all() else []


def _merged(table: Table, column: Column) -> tuple[dict[int, str], dict[int, Fault]]:
    """The county or town that merged cells give to all their villages; other facts are refused."""
    filled: dict[int, str] = {}
    wrong: dict[int, Fault] = {}
    if not table.sheet.merged or not len(table.rows):
        return filled, wrong
    places = {int(row): at for at, row in enumerate(table.rows)}
    fact = column.fact
    for top, left, last, right in table.sheet.merged:
        rows = range(top, last + 1) if left <= column.index <= right else ()
        for at in (places[row] for row in rows if row in places):
            if isinstance(fact.type, Text) and fact.id not in ALONE and left == right:
                filled[at] = table.sheet.text(top, left)
            else:
                wrong[at] = fault("FC628", title=fact.title)
    return filled, wrong


def _more_cells(source: Extract) -> frozenset[int]:
    """Report villages of a CSV with cells beyond the header's."""
    table = source.table
    if table.sheet.merged is not None or table.sheet.header is not None:
        return frozenset()
    width = table.layout.width
    wrong: dict[int, list[int]] = {}
    for index in range(width, table.sheet.cells.width):
        beyond = as_text(table.column(index)) if index in table.span else None
        if beyond is not None:
            filled = (beyond.str.strip_chars() != "").arg_true().to_list()
            for at in filled:
                wrong.setdefault(at, []).append(index)
    for at, more in wrong.items():
        source.findings.append(Finding(at, more[0], "", fault("FC646", count=more[-1] + 1 - width)))
    return frozenset(wrong)


def _fewer_cells(source: Extract) -> Iterator[Words]:
    """Say villages of a text whose rows end before the last of the columns that are read."""
    table = source.table
    rows = table.rows[table.rows < len(table.sheet.widths)]
    if table.sheet.clean is not None or not len(rows):
        return
    last = max(column.index for column in source.columns.values())
    short = rows[np.asarray(table.sheet.widths)[rows] <= last] + 1
    if len(short):
        yield words("roster.fewer_cells", count=len(short), rows=first(short.tolist(), 10))


# -- sums -----------------------------------------------------------------------------------------


def adds_up(column: Column) -> bool:
    """Whether a column's sum means anything: amounts and counts, not amounts per person."""
    if isinstance(column.fact.type, YesNo):
        return True
    kind = column.fact.type
    powers = kind.unit.powers if isinstance(kind, Number) and kind.unit else ()
    return bool(powers) and all(power > 0 or name == "year" for name, power in powers)


def _leave_out_groups(source: Extract) -> None:
    """Leave out rows that stand for several villages, by their figures or by their names.

    What is known to be a group's is set aside and the rest looked at again, so that a sum of sums, or of
    the villages above and below other sums, is found too.
    """
    table, numbers = source.table, source.reads
    coded = _coded(source) | np.isin(table.rows, [*table.kept])
    if coded.all():
        return
    known = _group_names(source) if table.groups else frozenset()
    figures = [read.figures() for read in numbers.values()]
    size = len(figures), len(table.rows)
    values = np.array([amounts for amounts, _ in figures], dtype=np.int64).reshape(size)
    present = np.array([known for _, known in figures], dtype=np.bool_).reshape(size)
    faulty = np.zeros(len(table.rows), dtype=np.bool_)
    faulty[[at for read in numbers.values() for at in read.faults]] = True
    if int(np.abs(values).max(initial=0)) * len(table.rows) >= _WIDE:
        values = values.astype(object)
    groups = {int(np.searchsorted(table.rows, row)): group for row, group in table.groups.items()}
    village, odd = _forms(source)
    for at in np.flatnonzero(odd & ~coded).tolist():  # for want of a town
        column = source.columns["name"]
        label = table.sheet.text(int(table.rows[at]), column.index).strip()
        groups.setdefault(at, Row("group", label, column.index, label))
    out: dict[int, LeftOut] = {}
    to_ask: dict[int, Row] = {}
    alive = np.arange(len(table.rows))
    while len(alive):
        remaining, remaining_present = values[:, alive], present[:, alive]
        sums = [
            int(alive[at])
            for at in sum_rows(remaining, remaining_present, faulty[alive], ~coded[alive])
        ]
        filled = (values != 0).sum(axis=0)  # of several columns and in no village's form: no chance
        sure = [at for at in sums if at in groups or (filled[at] >= _ENOUGH and not village[at])]
        to_ask |= {
            at: Row("group", _label(source, at), partial=True) for at in sums if at not in sure
        }
        more = dict.fromkeys(sure, words("roster.left_sum"))
        for at, group in groups.items():
            if at not in out and at not in more:
                single = like_its_neighbour(
                    remaining, remaining_present, int(np.searchsorted(alive, at))
                )
                blank = len(present) > 0 and not present[:, at].any()
                why = _by_name(group, known, single=single, blank=blank)
                if why is not None:
                    more[at] = why
        to_ask |= {a: g for a, g in groups.items() if a not in more and _may_be_group(g)}
        if not more:
            break
        for at, why in more.items():
            label = groups[at].label if at in groups else _label(source, at)
            out[at] = LeftOut(int(table.rows[at]), label, why)
        alive = np.array([at for at in alive.tolist() if at not in more], dtype=np.int64)
    table.totals += [  # those left out for their names alone are held against the villages' sums
        Total(entry.row, groups[at].label, groups[at].column, groups[at].group, partial=True)
        for at, entry in out.items()
        if entry.why == words("roster.left_group")
    ]
    table.totals.sort(key=lambda total: total.row)
    out |= _left_out_before(table, to_ask)
    to_ask = {at: group for at, group in to_ask.items() if at not in out}
    if 2 * len(to_ask) > len(table.rows) - len(out):  # a table of towns, not of villages
        to_ask = {}
    _ask_about(source, to_ask)
    if out:
        source.leave_out(out)


def _left_out_before(table: Table, groups: Mapping[int, Row]) -> dict[int, LeftOut]:
    """Those of some doubtful rows that an intake leaves out, under the number that they had."""
    return {
        at: LeftOut(int(table.rows[at]), group.label, same(before.why))
        for at, group in groups.items()
        if (before := table.again.get(int(table.rows[at]))) is not None and not before.twice
    }


MOST_PARTS = 40
"""Rows below a 其中 that may be parts of the village above it."""


def _leave_out_parts(source: Extract) -> None:
    """Leave out rows that are parts of the village above a 其中, with which they come to its figures."""
    table, parts = source.table, dict[int, LeftOut]()
    for of_which in [row for row in table.left_out if is_of_which(row.label)]:
        after = int(np.searchsorted(table.rows, of_which.row))
        if not after:
            continue
        whole, rest = [], []
        for id_, read in source.reads.items():
            values, known = read.figures()
            column = source.columns[id_]
            first = amount(table.sheet.text(of_which.row, column.index), column.fact, column.power)
            if known[after - 1] and values[after - 1]:
                sums = np.cumsum(np.where(known, values, 0)[after : after + MOST_PARTS])
                whole.append(int(values[after - 1]))
                rest.append(sums + (first if isinstance(first, int) else 0))
        equal = np.all([sums == figure for sums, figure in zip(rest, whole, strict=True)], axis=0)
        if len(whole) > 1 and equal.any():
            for at in range(after, after + int(np.flatnonzero(equal)[0]) + 1):
                label = _label(source, at)
                parts[at] = LeftOut(int(table.rows[at]), label, words("roster.left_mean"))
    if parts:
        source.leave_out(parts)


def _headless(table: Table) -> Iterator[tuple[str, str]]:
    """Columns among the others that have figures and no head, by their letters, with a figure of each."""
    columns = [heading.column for heading in table.headings]
    for index in range(min(columns, default=0), max(columns, default=0)):
        if index in columns or not len(table.rows) or table.sheet.clean is not None:
            continue
        texts = as_text(table.column(index)).str.strip_chars()
        figures = texts.filter(texts.str.contains(r"^[0-9][0-9,.]*$"))
        if 2 * len(figures) > len(texts):
            yield letters(index), figures[0]


def _ask_about(source: Extract, to_ask: Mapping[int, Row]) -> None:
    """Say of rows that they may be a group's, and nothing else."""
    source.maybe_groups = {int(source.rows[at]) for at in to_ask}
    source.findings = [finding for finding in source.findings if finding.at not in to_ask]
    for at, group in to_ask.items():
        label = group.label.strip()
        _say_of_row(source, at, fault("FC649.sum" if group.partial else "FC649", label=label))


def _forms(source: Extract) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows have a town and a name in 村, and which have neither where most rows have a town.

    Where the policy does not say what a code looks like, a row with any is not of the latter.
    """
    town, name = source.columns.get("town"), source.columns.get("name")
    table = source.table
    none = np.zeros(len(table.rows), dtype=np.bool_)
    if name is None:
        return none, none
    if town is None:
        texts = as_text(table.column(name.index)).str.strip_chars()
        unlike = (~texts.str.contains(_VILLAGE)).to_numpy() & ~_coded_any(source)
        count = int(unlike.sum())
        return none, unlike if count <= FEW and count * MOST_WITHOUT <= len(unlike) else none
    placed = (as_text(table.column(town.index)).str.strip_chars() != "").to_numpy().copy()
    for at in np.flatnonzero(~placed).tolist() if table.sheet.merged else ():
        placed[at] = bool(table.sheet.spread(int(table.rows[at]), town.index).strip())
    like_village = (
        as_text(table.column(name.index)).str.strip_chars().str.contains(_VILLAGE).to_numpy()
    )
    without, plain = int((~placed).sum()), bool(like_village[placed].all())
    few = without * (2 if plain else MOST_WITHOUT) <= len(placed)
    odd = ~placed & ~like_village if few else none
    code = source.columns.get("code")
    if code is not None and not code.fact.digits:
        odd &= (as_text(table.column(code.index)).str.strip_chars() == "").to_numpy()
    return placed & like_village, odd


def _coded_any(source: Extract) -> NDArray[np.bool_]:
    """Which rows have a code of any form."""
    code = source.columns.get("code")
    if code is None:
        return np.zeros(len(source.table.rows), dtype=np.bool_)
    return (as_text(source.table.column(code.index)).str.strip_chars() != "").to_numpy()


def _by_name(group: Row, known: frozenset[str], *, single: bool, blank: bool) -> Words | None:
    """Why a row is left out for the group that it names: a town or county of the table, or no figures.

    A `single` one has the figures of the village next to it.
    """
    if single:
        return words("roster.left_sum")
    plain = clean(group.group)
    if not plain or group.lone:
        return None
    if plain in known or any(plain.endswith(name) for name in known if len(name) > 1):
        return words("roster.left_group")
    return words("roster.left_heading") if blank else None


def _may_be_group(group: Row) -> bool:
    """Whether a row that nothing settles looks enough like a group's to be asked about."""
    return group.lone or (bool(group.group) and not clean(group.group).endswith("村"))


def _label(source: Extract, at: int) -> str:
    """The name of a row, or of its town or county."""
    for fact in ("name", "town", "county"):
        column = source.columns.get(fact)
        row = int(source.table.rows[at])
        text = source.table.sheet.text(row, column.index).strip() if column else ""
        if text:
            return text
    return ""


def _group_names(source: Extract) -> frozenset[str]:
    """The towns and counties of the table, as headers are compared."""
    names: set[str] = {clean(value) for value in source.given.values()}
    for id_, column in source.columns.items():
        if isinstance(column.fact.type, Text) and id_ not in ALONE:
            texts = as_text(source.table.column(column.index)).unique().to_list()
            names |= {clean(text) for text in texts if text}
    return frozenset(names)


def _coded(source: Extract) -> NDArray[np.bool_]:
    """Which rows have a village's code, so that they are villages whatever their figures."""
    column = source.columns.get("code")
    if column is None or not column.fact.digits:
        return np.zeros(len(source.table.rows), dtype=np.bool_)
    texts = as_text(source.table.column(column.index)).str.strip_chars()
    coded = texts.str.contains(f"^[0-9]{{{column.fact.digits}}}$")
    if column.fact.digits == 12:
        coded = coded & ~texts.str.ends_with("000")
    return coded.to_numpy()
