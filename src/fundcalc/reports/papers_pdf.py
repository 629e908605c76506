"""A PDF held against its run: letters figure by figure in their order, printed sheets row by row.

What a PDF says is its text, page by page and line by line. A letter is set again and both are read alike; of
a printed sheet the rows are known by their villages, since pages and strips of columns fall anyhow.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher

from fundcalc.base.catalogue import words
from fundcalc.base.words import same
from fundcalc.reports.papers import (
    EITHER,
    Difference,
    Grid,
    Held,
    Kind,
    Names,
    figures,
    is_money,
    number,
    skeleton,
    tables,
)

_WIDE = re.compile(r"[\u2e80-\uffef]")
_UNIT = re.compile(r"\s*[（(].*[)）]$")
"""The unit in a header, which sheets to sign have in a line of their own."""
_DASH = ("—", "-")
"""How a sheet shows nothing."""

Line = tuple[int, int, str]
"""Page and line, counted from 1, and what stands there."""


class Locked(Exception):
    """A PDF that does not open without a password."""


def lines(content: bytes) -> list[Line]:
    """The lines of a PDF. Raises Locked, and ValueError where it cannot be read."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Locked
        texts = [page.extract_text() for page in reader.pages]
    except Locked:
        raise
    except Exception as problem:  # whatever a file of unknown making brings about
        raise ValueError(" ".join(str(problem).split())[:80] or type(problem).__name__) from None
    return [
        (page, at, line.strip())
        for page, text in enumerate(texts, 1)
        for at, line in enumerate(text.split("\n"), 1)
        if line.strip()
    ]


def _place(file: str, line: Line) -> str:
    return f"{file}!p{line[0]}:{line[1]}"


# -- letters --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Figure:
    text: str
    line: Line


def _stream(some: Sequence[Line]) -> list[_Figure]:
    """The figures of some lines in order; a figure in capitals may go on in the next line."""
    text, starts = "", []
    for _, _, line in some:
        wide = bool(text) and bool(_WIDE.match(text[-1])) and bool(_WIDE.match(line[0]))
        text += "" if not text or wide else " "
        starts.append(len(text))
        text += line
    return [
        _Figure(found[0], some[bisect_right(starts, found.start()) - 1])
        for found in EITHER.finditer(text)
    ]


def hold_letter(held: Held, paper: Sequence[Line], wanted: Sequence[Line], village: str) -> None:
    """One village's letter with the one that the run gives."""
    mine, theirs = _stream(paper), _stream(wanted)
    own_, run_ = ([one.text.replace(",", "") for one in side] for side in (mine, theirs))
    for tag, a, b, c, d in SequenceMatcher(None, own_, run_, autojunk=False).get_opcodes():
        if tag == "equal":
            held.figures += b - a
            continue
        for at in range(max(b - a, d - c)):
            own = mine[a + at] if a + at < b else None
            run = theirs[c + at] if c + at < d else None
            near = (own or mine[min(a, len(mine) - 1)]).line if mine else (1, 1, "")
            kind: Kind = "differs" if own and run else "added" if own else "missing"
            held.figures += 1 if own and run else 0
            what = same(skeleton(own.line[2]) if own else run.line[2] if run else "")
            held.found.append(
                Difference(
                    kind,
                    _place(held.file, near),
                    village,
                    what,
                    own.text if own else "",
                    run.text if run else "",
                )
            )


def unknown(held: Held, line: Line) -> None:
    """A letter to a village that the run does not have, or a line with figures that it does not have."""
    text = words("auditing.line_unknown", line=line[2])
    held.found.append(Difference("unassigned", _place(held.file, line), "", text))


# -- printed sheets -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table: the texts and numbers that lead it, and its figures with their titles."""

    who: Sequence[str]
    lead: frozenset[str]
    figures: Sequence[tuple[str, Decimal]]

    @property
    def named(self) -> str:
        """Who it is of, or what it is called."""
        return " ".join(filter(None, self.who))


class Sheets:
    """The rows of the run's sheets, to be found again in lines of text."""

    def __init__(self, sheets: Sequence[Grid], names: Names) -> None:
        self._of: dict[str, list[_Row]] = defaultdict(list)
        self._sums: list[_Row] = []
        self._titles: set[str] = set()
        self._names = {*names.name}
        texts: list[str] = []
        for grid in sheets:
            texts += [cell for row in grid.rows for cell in row if cell]
            for table in list(tables(grid, names))[1:]:
                self._titles |= table.columns.keys()
                known = [
                    at for title, at in table.who.items() if title in (*names.name, *names.code)
                ]
                for at in table.rows:
                    row = _row(grid, at, table.who, table.columns)
                    for text in {grid.text(at, column) for column in known} - {""}:
                        self._of[_tight(text)].append(row)
                    if not any(row.who):
                        self._sums.append(row)
        self._text = _tight("".join(texts))
        self._by_wording = {_tight(skeleton(text)): text for text in texts if is_money(text)}

    def hold(self, held: Held, paper: Sequence[Line]) -> None:
        """Every line of the paper with the row, or the text, that the run has."""
        met: set[str] = set()
        strange: dict[int, list[Line]] = defaultdict(list)
        signed = self._signed(paper)
        for line in paper:
            tokens = line[2].split()
            rows = self._rows(tokens) if line[0] in signed else []
            wording = _tight(skeleton(line[2]))
            if rows:
                met.add(rows[0].named)
                known = self._row(held, line, tokens, rows)
            elif _tight(line[2]) in self._text:
                held.figures += len(figures(line[2])) if is_money(line[2]) else 0
                continue
            elif wording in self._by_wording:
                known = self._words(held, line, self._by_wording[wording])
            elif line[0] in signed and _summing(tokens):
                known = self._row(held, line, tokens, self._sums)
            else:
                known = not is_money(line[2]) and not _summing(tokens)
            if not known:
                strange[line[0]].append(line)
        for page, some in strange.items():
            named = some[:_SOME] if page in signed else []
            for line in named:
                unknown(held, line)
            if some[len(named) :]:
                text = words("auditing.lines_unknown", n=len(some) - len(named))
                where = _place(held.file, some[len(named)])
                held.found.append(Difference("unassigned", where, "", text))
        held.villages = len(met)

    def _signed(self, paper: Sequence[Line]) -> set[int]:
        """The pages that have a sheet to sign or a notice: others are of a workbook's further sheets."""
        tokens: dict[int, set[str]] = defaultdict(set)
        for page, _, text in paper:
            tokens[page] |= {*text.split()}
        with_unit = {_UNIT.sub("", one): one for one in self._titles if _UNIT.search(one)}
        plain = {one for one in self._titles if one in with_unit} or self._titles
        others = {with_unit[one] for one in plain if one in with_unit}
        return {
            page
            for page, some in tokens.items()
            if some & plain and some & self._names and not some & others
        }

    def _rows(self, tokens: Sequence[str]) -> list[_Row]:
        """The rows of the village that a line names: by its code or name, and all else that it says."""
        found = [row for token in tokens for row in self._of.get(token, ())]
        scores = [sum(token in row.lead for token in tokens) for row in found]
        best = max(scores, default=0)
        return [row for row, score in zip(found, scores, strict=True) if score == best]

    def _row(self, held: Held, line: Line, tokens: Sequence[str], rows: Sequence[_Row]) -> bool:
        """A line's figures with the stretch of a row that they agree with most; whether there is one."""
        best: tuple[int, _Row, int, list[Decimal]] | None = None
        for row in rows:
            values = list(_after_lead(tokens, row))
            for offset in range(len(row.figures) - len(values) + 1):
                wanted = row.figures[offset : offset + len(values)]
                wrong = sum(v != w for v, (_, w) in zip(values, wanted, strict=True))
                if best is None or wrong < best[0]:
                    best = wrong, row, offset, values
            if best is not None and not best[0]:
                break
        if best is None:
            return all(_value(token) is None for token in tokens)
        _, row, offset, values = best
        if values and best[0] == len(values) > 1:
            return False
        for value, (title, run) in zip(values, row.figures[offset:], strict=False):
            held.figures += 1
            if value != run:
                where = _place(held.file, line)
                both = f"{value:,}", f"{run:,}"
                held.found.append(Difference("differs", where, row.named, same(title), *both))
        return True

    def _words(self, held: Held, line: Line, run: str) -> bool:
        """A sentence with amounts, and the run's own in the same words."""
        for mine, theirs in zip(figures(line[2]), figures(run), strict=False):
            held.figures += 1
            if mine.replace(",", "") != theirs.replace(",", ""):
                what = same(skeleton(line[2]))
                held.found.append(
                    Difference("differs", _place(held.file, line), "", what, mine, theirs)
                )
        return True


_SOME = 5
"""Lines of a page that are named where the run has no such lines."""


def _row(grid: Grid, at: int, who: Mapping[str, int], columns: Mapping[str, int]) -> _Row:
    texts = [grid.text(at, column) for column in who.values()]
    first = min([*columns.values(), len(grid.rows[at])])
    lead = {grid.text(at, column) for column in range(first)} | {*texts}
    found = [
        (title, value)
        for title, column in sorted(columns.items(), key=lambda one: one[1])
        if (value := number(grid.text(at, column))) is not None
    ]
    named = texts if any(texts) else [grid.text(at, 0)]
    return _Row(named if any(texts) else [], frozenset(lead - {""}), found)


def _after_lead(tokens: Sequence[str], row: _Row) -> Iterator[Decimal]:
    """The figures of a line behind the running number and the code."""
    lead = True
    for token in tokens:
        value = _value(token)
        if value is None or (lead and token in row.lead):
            continue
        lead = False
        yield value


def _summing(tokens: Sequence[str]) -> bool:
    """Whether a line is one of figures: nothing else, or at least two amounts."""
    values = [_value(token) for token in tokens]
    amounts = sum("." in token and _value(token) is not None for token in tokens)
    return amounts > 1 or (len(values) > 1 and None not in values)


def _value(token: str) -> Decimal | None:
    return Decimal(0) if token in _DASH else number(token)


def _tight(text: str) -> str:
    return re.sub(r"\s", "", text)
