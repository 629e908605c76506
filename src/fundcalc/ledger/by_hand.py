"""Amounts set by hand: read from a file, laid over a result, and what follows from them.

Of a file every row must be complete, and every fault in all rows is said at once. Rules are not decided
anew and shares of pools stay: nobody else's amount changes. Of the village itself, what the policy computes
by a formula from a changed amount is computed again, in the order of the policy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.base import dataclass
from fundcalc.base.catalogue import Field, say, words
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, Span
from fundcalc.base.money import FEN_DECIMALS, grouped, plain
from fundcalc.base.words import Words, nearest
from fundcalc.engines.hinges import Hinge
from fundcalc.engines.result import (
    ALL,
    JOIN,
    Changed,
    Join,
    Made,
    PoolUse,
    Result,
    Row,
    described,
    label,
    meant,
)
from fundcalc.engines.written import Judge, run
from fundcalc.language.evaluate import evaluation, simplify
from fundcalc.language.nodes import Node, Value, names
from fundcalc.language.show import amount_said
from fundcalc.policy.model import IDENTITY, Policy, Programme
from fundcalc.policy.plan import make_plan
from fundcalc.roster.model import letters, place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fundcalc.engines.patterns import Labels
    from fundcalc.roster.sheet import Sheet

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

_ALL_COLUMNS = Words("、".join(names[0] for names in COLUMNS.values()), ", ".join(COLUMNS))
_LONGEST = 300
_LISTED = 8
"""Villages that one name means, which are named."""
_AMOUNT = re.compile(r"(\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d{1,2}))?", re.ASCII)


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
    overrides = reader.read()
    if reader.faults:
        raise PolicyProblem(reader.faults)
    return overrides


class _Reader:
    def __init__(self, file: str, sheet: Sheet, result: Result) -> None:
        self._file, self._sheet, self._result = file, sheet, result
        self._rows = [*([sheet.header] if sheet.header else []), *sheet.rows()]
        self._above = len(self._rows) - sheet.cells.height
        self._policy = result.plan.policy
        self._outputs = _outputs(self._policy)
        columns = result.rows[0] if len(result.rows) else {}
        self._called = {part: result.column(part) for part in IDENTITY if part in columns}
        self._villages = _villages(self._called)
        self._first: dict[tuple[int, str], str] = {}
        self._columns: dict[str, int] = {}
        self._beside: list[int] = []
        """Columns that say more of which village it is: its code, town or county."""
        self.faults: list[Diagnostic] = []

    def say(self, key: str, span: Span, /, *, hint: Words | None = None, **fields: Field) -> None:
        """Add a fault to the list."""
        self.faults.append(say(key, span, hint=hint, spans=(), witness=None, **fields))

    def read(self) -> list[Override]:
        """All rows."""
        filled = [at for at, row in enumerate(self._rows) if any(map(str.strip, row))]
        if not filled:
            self.say("FC827", Span(self._file))
            return []
        head, *body = filled
        if not self._read_header(head):
            return []
        if not body:
            self.say("FC827", Span(self._file))
        return [override for at in body if (override := self._row(at)) is not None]

    def _read_header(self, row: int) -> bool:
        headings = {_folded(name): id_ for id_, names in COLUMNS.items() for name in (id_, *names)}
        of_village = [self._policy.facts[part] for part in IDENTITY if part in self._called]
        for fact in of_village:
            for name in (fact.id, fact.title.zh, fact.title.en, *fact.aliases):
                headings.setdefault(_folded(name), "")
        for column in range(len(self._rows[row])):
            text = self._text(row, column)
            id_ = headings.get(_folded(text))
            if not text:
                continue
            if id_ == "" or (id_ == "village" and id_ in self._columns):
                self._beside.append(column)
            elif id_ is None or id_ in self._columns:
                self.say("FC827.header", self._span(row, column), text=text, all=_ALL_COLUMNS)
            else:
                self._columns[id_] = column
        missing = [id_ for id_ in COLUMNS if id_ not in self._columns]
        if missing:
            zh = "、".join(f"{COLUMNS[id_][0]}（{id_}）" for id_ in missing)
            named = Words(zh, ", ".join(missing))
            self.say("FC827.missing", self._span(row), columns=named, all=_ALL_COLUMNS)
        return not missing

    def _row(self, row: int) -> Override | None:
        before = len(self.faults)
        texts = {id_: self._text(row, column) for id_, column in self._columns.items()}
        if row - self._above in self._sheet.struck:
            self.say("FC827.struck", self._span(row))
        for id_, text in texts.items():
            span = self._span(row, self._columns[id_])
            if self._sheet.failed(row - self._above, self._columns[id_]):
                self.say("FC827.formula", span, text=text)
            elif not text:
                column = Words(f"`{COLUMNS[id_][0]}`（{id_}）", f"`{id_}`")
                self.say("FC827.blank", span, column=column)
            elif len(text) > _LONGEST or not text.isprintable():
                self.say("FC827.too_long", span, column=id_, most=_LONGEST)
        beside = [text for column in self._beside if (text := self._text(row, column))]
        index = self._village(row, texts["village"], beside)
        output = self._output(row, texts["output"])
        amount = self._amount(row, texts["amount"])
        if index is not None and output is not None:
            first = self._first.setdefault((index, output), self._place(row))
            if first != self._place(row):
                span, village = self._span(row), texts["village"]
                self.say("FC827.twice", span, village=village, output=output, first=first)
        if len(self.faults) > before or index is None or output is None or amount is None:
            return None
        return Override(
            index, texts["village"], output, amount, texts["code"], texts["reason"],
            texts["document"], texts["approver"], self._place(row),
        )  # fmt: skip

    def _village(self, row: int, text: str, beside: Sequence[str]) -> int | None:
        positions = self._villages.get(_folded(text)) or meant(self._called, text)
        positions = [at for at in positions if {*map(_folded, beside)} <= self._parts(at)]
        if not text or len(positions) == 1:
            return positions[0] if positions else None
        span, whole = self._span(row, self._columns["village"]), "  ".join([text, *beside])
        labels = [described(self._result.rows[index]) for index in positions[:_LISTED]]
        if labels:
            more = ["…"] * (len(positions) > _LISTED)
            names = Words("；".join([*labels, *more]), "; ".join([*labels, *more]))
            self.say("FC827.which_village", span, count=len(positions), text=whole, called=names)
        else:
            near = nearest(_folded(text), filter(None, self._villages))
            self.say("FC827.village", span, hint=_near(near), text=whole)
        return None

    def _parts(self, index: int) -> set[str]:
        """What tells a village: its code, name, town and county."""
        return {_folded(str(column[index])) for column in self._called.values()}

    def _output(self, row: int, text: str) -> str | None:
        output = self._outputs.get(_folded(text))
        if not text or output is not None:
            return output
        ids = list(dict.fromkeys(self._outputs.values()))
        known, hint = Words("、".join(ids), ", ".join(ids)), _near(nearest(text, ids))
        span = self._span(row, self._columns["output"])
        groups = self._policy.group_outputs
        if _folded(text) in {_folded(t) for o in groups for t in (o.id, o.title.zh, o.title.en)}:
            self.say("FC827.once", span, text=text, known=known)
            return None
        self.say("FC827.output", span, hint=hint, text=text, known=known)
        return None

    def _amount(self, row: int, text: str) -> int | None:
        if not text:
            return None
        number = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", text))
        if number:
            yuan, fen = number[1].replace(",", ""), number[2] or ""
            if len(yuan) <= 16:  # so it fits in 64 bits
                return int(yuan + fen.ljust(FEN_DECIMALS, "0"))
        self.say("FC827.amount", self._span(row, self._columns["amount"]), text=text)
        return None

    def _text(self, row: int, column: int) -> str:
        """What a cell shows; a unit that its number format names stays with the figure."""
        text = self._rows[row][column].strip()
        form = self._sheet.format(row - self._above, column)
        if form is None or (form.unit in ("", "元") and not form.power):
            return text
        return f"{text} ({form.code})"

    def _place(self, row: int) -> str:
        """A row of a workbook's sheet, or of a CSV."""
        return f"{place(self._file, self._sheet.name, '')}:{row + 1}"

    def _span(self, row: int, column: int = 0) -> Span:
        """A cell of a workbook, or a line of a CSV."""
        if self._sheet.name is not None:
            return Span(place(self._file, self._sheet.name, f"{letters(column)}{row + 1}"))
        return Span(self._file, row + 1, 1, 1)


def _near(name: str | None) -> Words | None:
    return words("ledger.near", near=name) if name else None


def _outputs(policy: Policy) -> dict[str, str]:
    """Ids of the amounts, by id and by both titles where these are one output's alone."""
    outputs = policy.money_outputs
    by_name: dict[str, str] = {}
    for output in outputs:
        for name in (output.title.zh, output.title.en):
            by_name[_folded(name)] = "" if _folded(name) in by_name else output.id
    by_name.update({_folded(output.id): output.id for output in outputs})
    return {name: id_ for name, id_ in by_name.items() if id_}


def _villages(called: Mapping[str, Sequence[Value]]) -> dict[str, list[int]]:
    """Positions by code and, where no code is meant, by name."""
    codes: dict[str, list[int]] = {}
    names: dict[str, list[int]] = {}
    for column, by_text in (("code", codes), ("name", names)):
        for index, value in enumerate(called.get(column, ())):
            by_text.setdefault(_folded(str(value)), []).append(index)
    return {**names, **codes}


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


# -- what follows, and the result with it -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is no longer what the rules gave; `by` is the override, None where it follows."""

    index: int
    output: str
    before: Value
    after: Value
    by: Override | None


def follow(result: Result, overrides: Sequence[Override]) -> list[Change]:
    """Everything that overrides change, village by village. Raises PolicyProblem.

    An amount that would follow and be less than nothing is refused.
    """
    by_village: dict[int, dict[str, Override]] = {}
    for override in overrides:
        by_village.setdefault(override.index, {})[override.output] = override
    follower = _Follower(result)
    changes = [
        c for index, by_output in by_village.items() for c in follower.village(index, by_output)
    ]
    if follower.faults:
        raise PolicyProblem(follower.faults)
    return changes


def hinges_under(
    result: Result,
    hinges: Sequence[Hinge],
    overrides: Sequence[Override],
    changes: Sequence[Change],
) -> list[Hinge]:
    """What another option of each reading changes where the same amounts are set by hand under it too.

    `result` is of the rules, as are `hinges`; `changes` follow from the overrides under the options chosen.
    """
    paid: dict[int, Row] = {
        override.index: dict(result.rows[override.index]) for override in overrides
    }
    for change in changes:
        paid[change.index][change.output] = change.after
    return [_hinge_under(result, hinge, overrides, paid) for hinge in hinges]


def _hinge_under(
    result: Result, hinge: Hinge, overrides: Sequence[Override], paid: Mapping[int, Row]
) -> Hinge:
    import numpy as np

    plan = result.plan
    if hinge.undecided is not None or not any(hinge.reading in p.readings for p in plan.programmes):
        return hinge
    other_plan = make_plan(plan.policy, plan.on, {**plan.readings, hinge.reading: hinge.option})
    rows = [dict(result.rows[index]) for index in paid]
    for id_, changed in hinge.changes.items():
        for index, row in zip(paid, rows, strict=True):
            row[id_] = changed.get(index, row[id_])
    around = [id_ for programme in other_plan.programmes for id_ in programme.around]
    if around:  # values of many rows are of the whole roster
        all_rows = run(other_plan, [dict(row) for row in result.rows]).rows
        for index, row in zip(paid, rows, strict=True):
            row |= {id_: all_rows[index][id_] for id_ in around}
    judges = [Judge(other_plan, programme) for programme in other_plan.programmes]
    fired = {judge.id: [judge.fired(judge.matches(row), row) for row in rows] for judge in judges}
    places = {index: place_ for place_, index in enumerate(paid)}
    try:
        follows = follow(
            Result(other_plan, rows, fired), [replace(o, index=places[o.index]) for o in overrides]
        )
    except PolicyProblem as problem:
        return Hinge(hinge.reading, hinge.option, {}, problem.diagnostics[0])
    for change in follows:
        rows[change.index][change.output] = change.after
    by_output: dict[str, Changed] = {}
    for id_ in (o.id for p in other_plan.programmes for o in p.outputs):
        new = {i: v for i, v in hinge.changes.get(id_, {}).items() if i not in paid}
        for (index, paid_row), row in zip(paid.items(), rows, strict=True):
            if row[id_] != paid_row[id_]:
                new[index] = row[id_]
        if new:
            indices = sorted(new)
            by_output[id_] = Changed(np.array(indices), [new[index] for index in indices])
    return Hinge(hinge.reading, hinge.option, by_output)


def exceeded(result: Result, changes: Sequence[Change]) -> list[Diagnostic]:
    """A warning for each pool of which more is given, with the overrides, than there is."""
    added: dict[tuple[str, str, str], int] = {}
    pools: dict[tuple[str, str, str], PoolUse] = {}
    for change in changes:
        pool = _pool(result, change)
        if pool is not None and isinstance(change.after, int) and isinstance(change.before, int):
            key = (pool.programme, pool.item, pool.group)
            pools[key] = pool
            added[key] = added.get(key, 0) + change.after - change.before
    return [
        say(
            "FC829",
            programme=result.plan.policy.programme(pool.programme).title,
            group=words("ledger.group", group=pool.group) if pool.group else "",
            paid=amount_said(pool.used + extra, kind),
            pool=amount_said(pool.amount, kind),
            amount=amount_said(extra - pool.leftover, kind),
        )
        for key, extra in added.items()
        if extra > (pool := pools[key]).leftover
        for kind in [result.plan.policy.programme(pool.programme).shared(pool.item)]
    ]


def _pool(result: Result, change: Change) -> PoolUse | None:
    """The pool of which a changed output is a share, also where the rules gave the village none."""
    for programme in result.plan.programmes:
        if change.output == programme.result.id:
            fired = result.fired[programme.id][change.index]
            for rule in programme.rules:
                if rule.share and (rule.id in fired or not fired):
                    pool = result.pool_of(programme.id, rule.id, change.index)
                    if pool is not None:
                        return pool
        for also in programme.also:
            if also.share and also.id == change.output:
                return result.pool_of(programme.id, also.id, change.index)
    return None


class _Follower:
    """Works out what follows, with each programme made ready once."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._judges = [Judge(result.plan, programme) for programme in result.plan.programmes]
        self.faults: list[Diagnostic] = []

    def village(self, index: int, by_output: Mapping[str, Override]) -> Iterator[Change]:
        before = self._result.rows[index]
        row = dict(before)
        changed: set[str] = set()
        for judge in self._judges:
            for output in self._settle(judge, index, row, changed, by_output):
                if row[output] == before[output] and output not in by_output:
                    continue
                changed.add(output)
                change = Change(index, output, before[output], row[output], by_output.get(output))
                if change.by is None and isinstance(change.after, int) and change.after < 0:
                    self._refuse(next(iter(by_output.values())), output, change.after, row)
                yield change

    def _settle(
        self,
        judge: Judge,
        index: int,
        row: Row,
        changed: set[str],
        by_output: Mapping[str, Override],
    ) -> Iterator[str]:
        """The outputs of a programme, each after it was settled in the row."""
        programme = judge.programme
        main = programme.result.id
        fired = self._result.fired[programme.id][index]
        if main in by_output:
            row[main] = by_output[main].amount
        elif _result_uses(programme, fired) & changed:
            row[main] = judge.combine(fired, judge.values(fired, row) if fired else (), row)
        yield main
        for position, also in enumerate(programme.also):
            id_ = also.id
            if id_ in by_output:
                row[id_] = by_output[id_].amount
            elif also.value is not None and _names_used(also.value) & changed:
                judge.further(row, position)
            yield id_

    def _refuse(self, override: Override, output: str, fen: int, row: Row) -> None:
        titles = {o.id: o.title for p in self._result.plan.policy.programmes for o in p.outputs}
        fault = say(
            "FC828", Span(override.place), village=label(row), title=titles[output], output=output,
            amount=grouped(fen, FEN_DECIMALS),
        )  # fmt: skip
        self.faults.append(fault)


def _names_used(node: Node) -> set[str]:
    return {name.id for name in names(node)}


def _result_uses(programme: Programme, fired: Sequence[str]) -> set[str]:
    """What the result is computed from; nothing where a share of a pool is part of it."""
    rules = [rule for rule in programme.rules if rule.id in fired]
    if any(rule.share is not None for rule in rules):
        return set()
    nodes = [rule.then for rule in rules if rule.then is not None]
    if not rules and programme.otherwise is not None:
        nodes = [programme.otherwise.value]
    return {id_ for node in nodes for id_ in _names_used(node)}


class Overlaid(Result):
    """What the rules gave, with the changes over it. Rules and pools are those of the rules."""

    def __init__(self, base: Result, changes: Sequence[Change]) -> None:
        self._base = base
        self._by_output: dict[str, dict[int, Value]] = {}
        by_village: dict[int, Row] = {}
        for change in changes:
            self._by_output.setdefault(change.output, {})[change.index] = change.after
            by_village.setdefault(change.index, {})[change.output] = change.after
        rows = _Rows(base.rows, by_village)
        super().__init__(
            base.plan, rows, base.fired, base.pools, base.checked, base.patterns, base.once, base.by_rules
        )  # fmt: skip
        self._villages = sorted(by_village)

    def column(self, name: str) -> list[Value]:
        """All villages' values of a fact or an output."""
        values = self._base.column(name)
        if name not in self._by_output:
            return values
        values = list(values)
        for index, value in self._by_output[name].items():
            values[index] = value
        return values

    def numbers(self, name: str, at: slice = ALL) -> NDArray[np.int64]:
        """The villages' values of a number, in its smallest unit."""
        if name not in self._by_output:
            return self._base.numbers(name, at)
        numbers = self._base.numbers(name).copy()
        for index, value in self._by_output[name].items():
            numbers[index] = value
        return numbers[at]

    def as_read(self, name: str) -> Sequence[Value] | None:
        """A text fact as the roster has it, where it came as a series; None elsewhere."""
        return self._base.as_read(name)

    def groups(self, name: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """Each village's place in the list of a text's values, which stand in order of appearance."""
        return self._base.groups(name)

    def labels(self, name: str, at: slice = ALL, join: Join = JOIN.join) -> Labels:
        """A text, or a list of texts joined by `+` or otherwise, by village."""
        changed = name in self._by_output
        return super().labels(name, at, join) if changed else self._base.labels(name, at, join)

    def held(self, programme: str) -> list[tuple[str, NDArray[np.bool_]]]:
        """The rules of a programme, each with the villages that it decided."""
        return self._base.held(programme)

    def rules_met(self, programme: str, at: slice = ALL) -> Labels:
        """Ids of the rules that decided, joined by `+`, or the `otherwise` id, by village."""
        return self._base.rules_met(programme, at)

    def truth(self, node: Node) -> NDArray[np.bool_]:
        """The villages for which a condition holds."""
        truth = self._base.truth(node).copy()
        holds = evaluation(simplify(node, self.plan.constants))
        for index in self._villages:
            truth[index] = bool(holds(self.rows[index]))
        return truth


class _Rows(Made[Row]):
    def __init__(self, base: Sequence[Row], changed: Mapping[int, Row]) -> None:
        self._base, self._changed = base, changed

    def __len__(self) -> int:
        return len(self._base)

    def one(self, at: int) -> Row:
        """A village, with what was changed."""
        return {**self._base[at], **self._changed.get(at, {})}

    def __iter__(self) -> Iterator[Row]:
        for index, row in enumerate(self._base):
            changed = self._changed.get(index)
            yield row if changed is None else {**row, **changed}
