"""The villages' rows of a large roster: values, rejects and what was assumed, column by column."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fundcalc.language.datatypes import Text, YesNo
from fundcalc.policy.model import IDENTITY, Fact
from fundcalc.roster import faults, identity, notices, totals
from fundcalc.roster.body import Body, Total
from fundcalc.roster.cells import TICKS, doubtful
from fundcalc.roster.columns import ColumnRead, read_column, ticks_only
from fundcalc.roster.doubts import FEWEST, cut_short, respelt
from fundcalc.roster.grid import shown
from fundcalc.roster.groups import medians, numbered, rising
from fundcalc.roster.headers import clean
from fundcalc.roster.model import Fault, Reject, Roster, letters
from fundcalc.roster.settle import Column
from fundcalc.roster.steps import DONE, Steps
from fundcalc.roster.typed import as_text, cells

_ALONE = ("code", "name")
_Told = tuple[int, int, str, Fault]
"""What is wrong with a village (its index): the column's place (-1 for none) and label, the fault."""


class ColumnExtract:
    """One reading of a frame, the rows below the header, into a roster."""

    def __init__(
        self,
        roster: Roster,
        frame: pl.DataFrame,
        columns: Mapping[str, Column],
        body: Body,
        names: Collection[str],
    ) -> None:
        """What is read, into which roster; `names` are those the policy knows."""
        self._roster, self._columns, self._body = roster, columns, body
        self._names = dict.fromkeys(names)
        villages = np.ones(frame.height, dtype=np.bool_)
        villages[[row - body.first for row in body.others]] = False
        self._rows = np.flatnonzero(villages) + body.first + 1
        self._frame = frame.filter(villages) if body.others else frame
        self._read: dict[str, ColumnRead] = {}
        self._told: list[_Told] = []
        self._found: list[tuple[int, int, Reject]] = []
        self._bad = np.zeros(len(self._rows), dtype=np.bool_)
        self._shifted = self._more_cells()

    def run(self, facts: Mapping[str, Fact], ints: Sequence[bool], steps: Steps) -> None:
        """Read all columns, look for villages written twice and for outliers, fill the roster."""
        for number, (id_, column) in enumerate(self._columns.items()):
            for at, fault in self._one(id_, column, ints):
                self._say(at, id_, fault)
            steps.column(number, len(self._columns))
        for at, (index, fault) in self._shifted.items():
            self._told.append((at, index, "", fault))
        self._examples(facts)
        self._twice()
        self._outliers()
        self._counties()
        self._settle()
        self._check_totals()
        self._fill(facts)
        steps.reach(DONE)

    def _raw(self, column: Column) -> pl.Series:
        name = f"c{column.index}"
        if name in self._frame.columns:
            return self._frame.get_column(name)
        return _nothing(self._frame.height)

    def _one(self, id_: str, column: Column, ints: Sequence[bool]) -> list[tuple[int, Fault]]:
        fact, raw = column.fact, self._raw(column)
        table = raw.unique() if _few(fact) else None
        ticks = isinstance(fact.type, YesNo) and ticks_only(table, TICKS)
        read = self._read[id_] = read_column(raw, column, table, ticks)
        found = dict(read.faults)
        if fact.required:
            for at in np.flatnonzero(read.blank).tolist():
                found.setdefault(at, faults.missing(fact))
        listed = list(found.items())
        for at in read.doubts:
            doubt = doubtful(str(read.values[at]))
            listed += [(at, doubt)] if doubt else []
        if isinstance(fact.type, Text):
            known = table if read.values is raw else None
            self._text_notices(column, read, known, column.index < len(ints) and ints[column.index])
        if ticks:
            self._roster.notices.append(notices.ticks(column.label))
        return listed

    def _text_notices(
        self, column: Column, read: ColumnRead, table: pl.Series | None, numbers: bool
    ) -> None:
        if isinstance(read.values, pl.Series) and column.fact.id not in _ALONE:
            table = read.values.unique() if table is None else table
            other = respelt(table.to_list(), self._names)
            if other:
                self._roster.notices.append(notices.simplified(column.label, other))
                read.values = read.values.replace(list(other), list(other.values()))
        count = int((~read.blank).sum()) - len(read.faults) if numbers else 0
        if count:
            self._roster.notices.append(notices.numbers_as_text(column.label, count))

    # -- what is wrong ------------------------------------------------------------------------

    def _say(self, at: int, fact: str, fault: Fault) -> None:
        """Keep a village's fault; nothing in a shifted row is worth saying but that."""
        column = self._columns.get(fact)
        if column is None:
            self._told.append((at, -1, "", fault))
        elif at not in self._shifted:
            self._told.append((at, column.index, column.label, fault))

    def _settle(self) -> None:
        """The rejects of what was kept, with the cells and the villages' names looked up at once."""
        every = [at for at, *_ in self._told]
        names, codes = self._shown("name", every), self._shown("code", every)
        places: dict[int, list[int]] = {}
        for number, (_, index, _, _) in enumerate(self._told):
            places.setdefault(index, []).append(number)
        values = [""] * len(every)
        for index, numbers in places.items():
            name = f"c{index}"
            if name in self._frame.columns:
                some = self._frame.get_column(name).gather([every[n] for n in numbers])
                for number, cell in zip(numbers, cells(some), strict=True):
                    values[number] = shown(cell)
        rows = self._rows[every].tolist()
        for number, (at, index, label, fault) in enumerate(self._told):
            if fault.severity == "error":
                self._bad[at] = True
            village = names[number] or codes[number]
            self._add(rows[number], index, label, values[number], fault, village)

    def _shown(self, fact: str, some: list[int]) -> list[str]:
        """A text fact of some villages, "" where it is absent or faulty."""
        read = self._read.get(fact)
        if read is None:
            return [""] * len(some)
        texts = pl.Series(read.values).gather(some).cast(pl.String).to_list()
        return ["" if at in read.faults else text for at, text in zip(some, texts, strict=True)]

    def _add(
        self, row: int, index: int, label: str, value: str, fault: Fault, village: str
    ) -> None:
        roster = self._roster
        reject = Reject(
            fault.code, fault.severity, roster.file, roster.sheet,
            f"{letters(index)}{row}" if index >= 0 else None, row, village, label, value,
            fault.why, fault.mend,
        )  # fmt: skip
        self._found.append((row, index, reject))

    def _more_cells(self) -> dict[int, tuple[int, Fault]]:
        """Villages of a CSV with cells beyond the header's, so that nothing in their row is sure."""
        wrong: dict[int, list[int]] = {}
        for index in (int(name[1:]) for name in self._frame.columns):
            if index >= self._body.width:
                beyond = as_text(self._frame.get_column(f"c{index}"))
                for at in (beyond.str.strip_chars() != "").arg_true().to_list():
                    wrong.setdefault(at, []).append(index)
        return {
            at: (more[0], faults.more_cells(more[-1] + 1 - self._body.width))
            for at, more in wrong.items()
        }

    def _texts(self, fact: str) -> pl.Series:
        """A text column, "" where it is absent or faulty."""
        read = self._read.get(fact)
        if read is None or not isinstance(read.values, pl.Series):
            return _nothing(self._frame.height)
        wrong = list(read.faults)
        return read.values.scatter(wrong, [""] * len(wrong)) if wrong else read.values

    def _examples(self, facts: Mapping[str, Fact]) -> None:
        """Report the example of the empty roster."""
        example = facts["code"].example if "code" in facts else None
        at = (self._texts("code") == str(example)).arg_true().to_list()
        some = {part: self._texts(part).gather(at).to_list() for part in ("code", "name")}
        for i in identity.examples(some, facts):
            self._say(at[i], "name", faults.example())

    def _twice(self) -> None:
        """Hand every village that may stand there twice to the check that small rosters have."""
        whole = pl.DataFrame({part: self._texts(part) for part in IDENTITY})
        code, name = whole.get_column("code"), whole.get_column("name")
        # Equal hashes only make a village worth a look: `identity.check` compares the texts.
        place = whole.select("county", "name").hash_rows().is_duplicated() & (name != "")
        if not rising(code):
            place = place | (code.is_duplicated() & (code != ""))
        at = place.arg_true().to_list()
        some = whole[at]
        codes, names, towns, counties = (some.get_column(part).to_list() for part in IDENTITY)
        read = self._read.get("code")
        if read is not None:
            codes = [
                text or ("" if read.blank[i] else f"{identity.UNREAD}{i}")
                for i, text in zip(at, codes, strict=True)
            ]
        rows = self._rows[at].tolist()
        identity.check(
            codes,
            names,
            towns,
            counties,
            rows,
            lambda i, fact, fault: self._say(at[i], fact, fault),
        )

    def _outliers(self) -> None:
        """Report values far above those of the same town, from exact medians."""
        watched = [c for c in self._columns.values() if c.fact.outlier is not None]
        if not watched:
            return
        codes = numbered(self._texts("county"), self._texts("town"))
        for column in watched:
            read, times = self._read[column.fact.id], column.fact.outlier or 1
            values = np.asarray(read.values)
            known = np.ones(len(values), dtype=np.bool_)
            known[[*read.faults, *self._shifted]] = False
            if column.fact.required:
                known &= ~read.blank
            at = np.flatnonzero(known)
            twice, sizes = medians(values[at], codes[at])
            doubted = (sizes >= FEWEST) & (twice > 0) & (2 * values[at] >= times * twice)
            for place in np.flatnonzero(doubted).tolist():
                fault = faults.outlier(column.fact, int(twice[place]))
                self._say(int(at[place]), column.fact.id, fault)

    def _counties(self) -> None:
        """Report counties written in two ways."""
        counties = self._texts("county")
        counts = counties.alias("county").value_counts(name="times")
        short = cut_short(dict(counts.iter_rows()))
        for at in counties.is_in(list(short)).arg_true().to_list() if short else ():
            fact = self._columns["county"].fact
            self._say(at, "county", faults.cut_short(fact, short[counties[at]]))

    def _check_totals(self) -> None:
        if not self._body.totals:
            return
        every = self._columns.values()
        added = [(c, self._sums(c.fact.id)) for c in every if totals.adds_up(c)]
        places = {
            c.index: _members(self._texts(c.fact.id))
            for c in every
            if isinstance(c.fact.type, Text) and c.fact.id not in _ALONE
        }
        totals.check(self._body.totals, added, places, self._say_total)

    def _sums(self, fact: str) -> ColumnSums:
        read = self._read[fact]
        known = read.values if isinstance(read.values, np.ndarray) else read.values.to_numpy()
        unread = [*read.faults, *self._shifted]
        if self._columns[fact].fact.default is None:
            unread += np.flatnonzero(read.blank).tolist()
        return ColumnSums(known.astype(np.int64), unread)

    def _say_total(self, total: Total, column: Column, fault: Fault) -> None:
        value = shown(total.cells[column.index])
        self._add(total.row + 1, column.index, column.label, value, fault, total.cell[1].strip())

    # -- the result ---------------------------------------------------------------------------

    def _fill(self, facts: Mapping[str, Fact]) -> None:
        roster, clean = self._roster, np.flatnonzero(~self._bad)
        rows = self._rows[clean]
        whole = len(rows) > 0 and int(rows[-1]) - int(rows[0]) + 1 == len(rows)
        roster.rows = range(int(rows[0]), int(rows[-1]) + 1) if whole else rows.tolist()
        roster.rejected_rows = int(self._bad.sum())
        roster.rejects = [reject for _, _, reject in sorted(self._found, key=lambda one: one[:2])]
        everyone = len(clean) == self._frame.height
        for id_, fact in facts.items():
            if id_ in self._columns:
                read = self._read[id_]
                roster.cells[id_] = letters(self._columns[id_].index)
                roster.columns[id_] = read.values if everyone else read.values[clean]  # type: ignore[assignment]
                roster.assumed[id_] = read.blank if everyone else read.blank[clean]  # type: ignore[assignment]
            elif fact.default is not None:
                roster.columns[id_] = _repeated(fact.default, len(clean))  # type: ignore[assignment]
                roster.assumed[id_] = np.ones(len(clean), dtype=np.bool_)  # type: ignore[assignment]


class ColumnSums:
    """Sums of a column; the villages `unread` have no value. Exact where 64 bits are too few."""

    def __init__(self, values: NDArray[np.int64], unread: list[int]) -> None:
        self.villages = len(values)
        values[unread] = 0
        wide = int(np.abs(values).max(initial=0)) * len(values) >= 2**63
        self._values: NDArray[Any] = values.astype(object) if wide else values
        self._ahead = np.r_[0, np.cumsum(self._values)]
        known = np.zeros(len(values), dtype=np.int64)
        known[unread] = 1
        self._unread = np.r_[0, np.cumsum(known)]

    def over(self, first: int, last: int) -> int | None:
        """The sum of villages `first` to before `last`."""
        if self._unread[last] > self._unread[first]:
            return None
        return int(self._ahead[last]) - int(self._ahead[first])

    def among(self, villages: Sequence[int]) -> int | None:
        """The sum of some villages."""
        at = np.asarray(villages, dtype=np.int64)
        if (self._unread[at + 1] > self._unread[at]).any():
            return None
        return int(self._values[at].sum())


def _members(texts: pl.Series) -> totals.Members:
    """Villages by what stands in a text column."""
    every = pl.DataFrame({"text": texts}).with_row_index("at")
    groups = every.group_by("text", maintain_order=True).agg("at")
    found: dict[str, list[int]] = {}
    for text, at in groups.iter_rows():
        found.setdefault(clean(text), []).extend(at)
    return {text: sorted(at) for text, at in found.items()}


def _few(fact: Fact) -> bool:
    """Whether a fact's cells are few words that many villages share."""
    return isinstance(fact.type, Text | YesNo) and fact.id not in _ALONE


def _nothing(villages: int) -> pl.Series:
    return pl.Series([""], dtype=pl.String).new_from_index(0, villages)


def _repeated(default: object, villages: int) -> pl.Series | NDArray[np.int64] | NDArray[np.bool_]:
    if isinstance(default, str):
        return pl.Series([default], dtype=pl.String).new_from_index(0, villages)
    kind = np.bool_ if isinstance(default, bool) else np.int64
    return np.full(villages, default, dtype=kind)
