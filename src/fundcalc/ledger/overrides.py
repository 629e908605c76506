"""Amounts set by hand, read from a file: every row complete, every fault in all rows at once."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.money import FEN_DECIMALS, plain
from fundcalc.base.nearest import nearest
from fundcalc.engines.result import Result, label
from fundcalc.language.datatypes import is_money
from fundcalc.ledger import messages
from fundcalc.policy.model import Policy
from fundcalc.roster.model import letters, place
from fundcalc.roster.sheet import ERROR, FORMATTED, NOT_COMPUTED, Sheet

COLUMNS = {
    "village": ("村", "村名", "代码", "行政村"),
    "output": ("项目", "结果", "输出"),
    "amount": ("金额", "数额", "金额（元）"),
    "code": ("原因代码", "调整代码", "代号"),
    "reason": ("理由", "原因", "调整理由"),
    "document": ("文件", "依据", "文号"),
    "approver": ("批准人", "审批人"),
}
"""The columns of the file, and what else their headers may be."""

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Override:
    """One amount set by hand: of which village (its position) and output, in fen, and on what grounds.

    `place` is the row of the file; `village` as written there.
    """

    index: int
    village: str
    output: str
    amount: int
    code: str
    reason: str
    document: str
    approver: str
    place: str

    def said(self) -> str:
        """The grounds in one line."""
        return f"[{self.code}] {self.reason}（{self.document}；{self.approver}）"


def as_data(override: Override) -> dict[str, Any]:
    """For the record; the amount in yuan."""
    return {**asdict(override), "amount": plain(override.amount, FEN_DECIMALS)}


def read_overrides(path: Path, result: Result) -> list[Override]:
    """The overrides of a file (.csv or .xlsx). Raises PolicyProblem with every fault of every row."""
    from fundcalc.roster.files.book import open_book

    book = open_book(path)
    first = next((sheet for sheet in book.sheets if sheet.visible), book.sheets[0])
    reader = _Reader(book.file, book.load(first.name), result)
    found = reader.read()
    if reader.faults:
        raise PolicyProblem(reader.faults)
    return found


class _Reader:
    def __init__(self, file: str, sheet: Sheet, result: Result) -> None:
        self._file, self._sheet, self._result = file, sheet, result
        self._rows = [*([sheet.header] if sheet.header else []), *sheet.rows()]
        self._above = len(self._rows) - sheet.cells.height
        self._policy = result.plan.policy
        self._outputs = _outputs(self._policy)
        self._villages = _villages(result)
        self._first: dict[tuple[int, str], str] = {}
        self._columns: dict[str, int] = {}
        self.faults: list[Diagnostic] = []

    def read(self) -> list[Override]:
        """All rows."""
        filled = [at for at, row in enumerate(self._rows) if any(map(str.strip, row))]
        head = filled[0] if filled else None
        if head is None or not self._heads(head):
            if head is None:
                self.faults.append(messages.no_overrides(Span(self._file)))
            return []
        body = filled[1:]
        if not body:
            self.faults.append(messages.no_overrides(Span(self._file)))
        return [one for at in body if (one := self._row(at)) is not None]

    def _heads(self, row: int) -> bool:
        known = {_folded(name): id_ for id_, names in COLUMNS.items() for name in (id_, *names)}
        for column in range(len(self._rows[row])):
            text = self._text(row, column)
            id_ = known.get(_folded(text))
            if not text:
                continue
            if id_ is None or id_ in self._columns:
                self.faults.append(messages.override_column(self._span(row, column), text, COLUMNS))
            else:
                self._columns[id_] = column
        missing = [id_ for id_ in COLUMNS if id_ not in self._columns]
        if missing:
            self.faults.append(messages.override_no_column(self._span(row), missing, COLUMNS))
        return not missing

    def _row(self, row: int) -> Override | None:
        before = len(self.faults)
        texts = {id_: self._text(row, column) for id_, column in self._columns.items()}
        if row - self._above in self._sheet.struck:
            self.faults.append(messages.override_struck(self._span(row)))
        for id_, text in texts.items():
            span = self._span(row, self._columns[id_])
            if self._kind(row, self._columns[id_]) in (ERROR, NOT_COMPUTED):
                self.faults.append(messages.override_formula(span, text))
            elif not text:
                self.faults.append(messages.override_blank(span, id_, COLUMNS[id_][0]))
            elif len(text) > _LONGEST or not text.isprintable():
                self.faults.append(messages.override_text(span, id_, _LONGEST))
        index = self._village(row, texts["village"])
        output = self._output(row, texts["output"])
        amount = self._amount(row, texts["amount"])
        if index is not None and output is not None:
            first = self._first.setdefault((index, output), self._place(row))
            if first != self._place(row):
                twice = messages.override_twice(self._span(row), texts["village"], output, first)
                self.faults.append(twice)
        if len(self.faults) > before or index is None or output is None or amount is None:
            return None
        return Override(
            index, texts["village"], output, amount, texts["code"], texts["reason"],
            texts["document"], texts["approver"], self._place(row),
        )  # fmt: skip

    def _village(self, row: int, text: str) -> int | None:
        found = self._villages.get(_folded(text), ())
        if not text or len(found) == 1:
            return found[0] if found else None
        span = self._span(row, self._columns["village"])
        called = [label(self._result.rows[index]) for index in found[:8]]
        if called:
            self.faults.append(messages.override_which_village(span, text, called))
        else:
            close = nearest(_folded(text), [name for name in self._villages if name])
            self.faults.append(messages.override_no_village(span, text, close))
        return None

    def _output(self, row: int, text: str) -> str | None:
        found = self._outputs.get(_folded(text))
        if not text or found is not None:
            return found
        ids = list(dict.fromkeys(self._outputs.values()))
        span = self._span(row, self._columns["output"])
        self.faults.append(messages.override_no_output(span, text, nearest(text, ids), ids))
        return None

    def _amount(self, row: int, text: str) -> int | None:
        if not text:
            return None
        whole, point, rest = unicodedata.normalize("NFKC", text).partition(".")
        digits = whole.replace(",", "") if _grouped(whole) else whole
        good = (
            digits.isascii()
            and digits.isdigit()
            and (not point or (rest.isdigit() and rest.isascii()))
        )
        if good and len(rest) <= FEN_DECIMALS and len(digits) <= 16:  # so it fits in 64 bits
            return int(digits + rest.ljust(FEN_DECIMALS, "0"))
        self.faults.append(messages.override_amount(self._span(row, self._columns["amount"]), text))
        return None

    def _text(self, row: int, column: int) -> str:
        """What a cell shows; a unit that its number format names stays with the figure."""
        text, kind = self._rows[row][column].strip(), self._kind(row, column)
        if kind < FORMATTED:
            return text
        form = self._sheet.formats[kind - FORMATTED]
        return text if form.unit in ("", "元") and not form.power else f"{text} ({form.code})"

    def _kind(self, row: int, column: int) -> int:
        return self._sheet.kind(row - self._above, column)

    def _place(self, row: int) -> str:
        """A row of a workbook's sheet, or of a CSV."""
        return f"{place(self._file, self._sheet.name, '')}:{row + 1}"

    def _span(self, row: int, column: int = 0) -> Span:
        """A cell of a workbook, or a line of a CSV."""
        if self._sheet.name is not None:
            return Span(place(self._file, self._sheet.name, f"{letters(column)}{row + 1}"))
        return Span(self._file, row + 1, 1, 1)


def _grouped(text: str) -> bool:
    first, *rest = text.split(",")
    return (
        bool(rest)
        and 1 <= len(first) <= 3
        and first[0] != "0"
        and all(len(part) == 3 for part in rest)
    )


def _outputs(policy: Policy) -> dict[str, str]:
    """Ids of the amounts, by id and by both titles where these are one output's alone."""
    outputs = [o for p in policy.programmes for o in p.outputs if is_money(o.type)]
    found: dict[str, str] = {}
    for output in outputs:
        for name in (output.title.zh, output.title.en):
            found[_folded(name)] = "" if _folded(name) in found else output.id
    found.update({_folded(output.id): output.id for output in outputs})
    return {name: id_ for name, id_ in found.items() if id_}


def _villages(result: Result) -> dict[str, tuple[int, ...]]:
    """Positions by code and, where no code is meant, by name."""
    codes: dict[str, tuple[int, ...]] = {}
    names: dict[str, tuple[int, ...]] = {}
    known = result.rows[0] if len(result.rows) else {}
    for column, found in (("code", codes), ("name", names)):
        for index, value in enumerate(result.column(column) if column in known else ()):
            text = _folded(str(value))
            found[text] = (*found.get(text, ()), index)
    return {**names, **codes}


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
