"""Which village is meant, why it gets what it gets, and which villages are close to a line.

Closeness is the distance to the nearest value at which other rules decide, as a share of that value.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.money import fits_int64
from fundcalc.base.words import same
from fundcalc.engines.hinges import Hinge
from fundcalc.engines.result import Result, Row, meant, values_of
from fundcalc.explain.answer import answer
from fundcalc.explain.changes import Changes, Lever, NearestChanges, Programme
from fundcalc.explain.decision import (
    Amount,
    ByHand,
    ChangeSaid,
    Corrected,
    Decision,
    Explanation,
    FactUsed,
    HingeSaid,
    Later,
    ParameterUsed,
    RuleSaid,
    Undecided,
)
from fundcalc.explain.formulas import Arithmetic
from fundcalc.explain.frames import (
    Frames,
    ProgrammeFrame,
    RuleFrame,
    Shape,
    values_by_name,
    why_not,
)
from fundcalc.explain.words import P, both
from fundcalc.language.datatypes import Number, Text, YesNo
from fundcalc.language.evaluate import (
    band_start,
    counted_rows,
    evaluation,
    row_finder,
    scale_bands,
)
from fundcalc.language.nodes import Scale, TableRow, Value
from fundcalc.policy.model import ALWAYS, IDENTITY, Policy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ENDINGS = ("村民委员会", "村委会", "村")


Called = Mapping[str, Sequence[Value]]
"""Code, name, town and county of every village, as far as there are such columns."""


def find(called: Called, wanted: str) -> list[int]:
    """Positions of the villages meant; several where a name is ambiguous, none where unknown.

    An exact code or name comes first, then the name without 村, 村委会 or 村民委员会, then the name with its
    town or county.
    """
    wanted = _folded(wanted)
    codes, names = (_all_folded(called.get(part, ())) for part in ("code", "name"))
    for texts in (codes, names):
        hits = [index for index, text in enumerate(texts) if text == wanted]
        if hits and wanted:
            return hits
    short = short_name(wanted)
    hits = [index for index, name in enumerate(names) if wanted and short_name(name) == short]
    return hits or meant(called, wanted)


def named_like(called: Called, wanted: str, most: int = 8) -> list[int]:
    """Positions of villages whose name or code contains the text, for a reader to choose from."""
    part = short_name(wanted)
    hits: set[int] = set()
    for texts in (_all_folded(called.get("name", ())), list(map(str, called.get("code", ())))):
        hits.update(index for index, text in enumerate(texts) if part and part in text)
    return sorted(hits)[:most]


def _all_folded(values: Sequence[Value]) -> list[str]:
    """Each text folded, many of them in one go."""
    texts = list(map(str, values_of(values)))
    folded = unicodedata.normalize("NFKC", "\n".join(texts)).casefold().split("\n")
    return [t.strip() for t in folded] if len(folded) == len(texts) else list(map(_folded, texts))


def short_name(name: str) -> str:
    """A village's name without the ending that registers add or leave out."""
    name = _folded(name)
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


Origin = Callable[[str, int], str]


@dataclass
class Explainer:
    """Explains villages of one result. `origin` gives the cell of a village's fact, or `assumed`.

    `by_hand` has what was changed after the rules, by village; `corrected` gives what a correction
    changes for a village, and `later` names the runs that correct this one. Without `alternatives`
    nothing is said of what would change a decision; with `only`, nothing of other programmes.
    """

    result: Result
    origin: Origin
    hinges: Sequence[Hinge] = ()
    by_hand: Mapping[int, tuple[ByHand, ...]] = field(default_factory=dict)
    alternatives: bool = True
    corrected: Callable[[int], Corrected | None] = lambda index: None
    later: tuple[tuple[str, str], ...] = ()
    only: Container[str] | None = None
    frames: Frames = field(init=False)
    changes: Changes = field(init=False)

    def __post_init__(self) -> None:
        self.frames = Frames(self.result.plan)
        self.changes = Changes(self.result, self.frames)

    def explain(self, index: int) -> Explanation:
        """Every decision about a village, in the order in which the policy lists its programmes."""
        plan, row = self.result.plan, self.changes.replayer.row(index)
        policy = plan.policy
        values = values_by_name(plan, row)
        village = {part: str(row[part]) for part in IDENTITY if row.get(part)}
        return Explanation(
            village, policy.id, policy.title, policy.digest, plan.on, dict(plan.readings),
            {
                id_: (reading.question, reading.options[plan.readings[id_]])
                for id_, reading in policy.readings.items()
            },
            {id_: source.cite() for id_, source in policy.sources.items()},
            tuple(
                self._decision(frame, index, row, values)
                for frame in self.frames.programmes
                if self.only is None or frame.programme.id in self.only
            ),
            self.by_hand.get(index, ()), self.corrected(index),
            tuple(Later(*later) for later in self.later),
            tuple(
                Undecided(
                    hinge.reading, hinge.option,
                    policy.readings[hinge.reading].options[hinge.option], hinge.undecided.message,
                )
                for hinge in self.hinges
                if hinge.undecided is not None
            ),
        )  # fmt: skip

    def _decision(
        self, frame: ProgrammeFrame, index: int, row: Row, values: Mapping[str, Value]
    ) -> Decision:
        programme = frame.programme
        fired = self.result.fired[programme.id][index]
        arithmetic = Arithmetic(self.result, index, frame.formulas, values)
        changes = self.changes.of(frame, index) if self.alternatives else NearestChanges()
        outputs = {o.id: frame.amount(o, row[o.id]) for o in programme.outputs}
        rules = tuple(said_of_rule(rule, rule.id in fired, values) for rule in frame.rules)
        pools = arithmetic.pools()
        payers = self.result.plan.policy.payers
        return Decision(
            programme.id, programme.title, programme.note, outputs,
            {o.id: o.title for o in programme.outputs}, fired, rules,
            said_of_rule(frame.otherwise, not fired, values) if frame.otherwise is not None else None,
            {
                id_: FactUsed(
                    self.frames.titles[id_], Amount(values[id_], self.frames.kinds[id_]),
                    self.origin(id_, index),
                )
                for id_ in frame.facts
            },
            {**frame.parameters, **self._rows_and_lookups(frame, values)}, arithmetic.steps(), pools,
            self._hinges(frame, index),
            changes.nearest, changes.other_rules,
            answer(frame.programme, outputs, rules, pools, values, payers),
        )  # fmt: skip

    def _rows_and_lookups(
        self, frame: ProgrammeFrame, values: Mapping[str, Value]
    ) -> dict[str, ParameterUsed]:
        """Values of many rows, and the rows of tables that a village leads to, as parameters are said."""
        parameters: dict[str, ParameterUsed] = {}
        for gathered in frame.programme.gathered:
            id_, rows = gathered.name.id, cast("int", values[counted_rows(gathered.name.id)])
            if rows or gathered.name.kind == "group":
                title = words("papers.of_rows", value=self.frames.titles[id_], n=rows)
                amount = Amount(values[id_], gathered.name.type)
                parameters[id_] = ParameterUsed(title, amount, ALWAYS, None, None)
        for text, node in frame.lookups.items():
            if isinstance(node, Scale):
                for place, (row, part) in enumerate(_bands_met(node, values)):
                    parameters[f"{text}[{place}]"] = self._row_used(node.table, row, part)
                continue
            found = row_finder(node.rows)(tuple(evaluation(key)(values) for key in node.keys))
            if found is not None:
                parameters[text] = self._row_used(node.table, found)
        return parameters

    def _row_used(self, table_id: str, row: TableRow, part: Amount | None = None) -> ParameterUsed:
        """A row of a table that a village leads to; `part` of an amount lies in its band."""
        policy = self.result.plan.policy
        table = policy.tables[table_id]
        as_written = table.rows[row.number]
        keys = ", ".join(map(str, as_written.keys))
        title = words("papers.row_of", table=table.title, keys=keys)
        if part is not None:
            title = words("papers.part_in", row=title, part=both(part))
        source = as_written.source or table.source
        quote = table.quote if as_written.source is None else None
        amount = Amount(row.value, table.type)
        return ParameterUsed(title, amount, as_written.since, source, policy.cited(source), quote)

    def _hinges(self, frame: ProgrammeFrame, index: int) -> tuple[HingeSaid, ...]:
        policy = self.result.plan.policy
        hinges: list[HingeSaid] = []
        for hinge in self.hinges:
            changed = {
                output.id: frame.amount(output, hinge.changes[output.id][index])
                for output in frame.programme.outputs
                if output.id in hinge.changes and index in hinge.changes[output.id]
            }
            if changed:
                reading = policy.readings[hinge.reading]
                answer = reading.options[hinge.option]
                hinges.append(
                    HingeSaid(hinge.reading, hinge.option, reading.question, answer, changed)
                )
        return tuple(hinges)


def said_of_rule(rule: RuleFrame, fired: bool, values: Mapping[str, Value]) -> RuleSaid:
    """A rule for a village: whether it decides, and why or why not."""
    condition = rule.condition.of(values) if rule.condition is not None else None
    if fired:
        says = rule.because.fill(values)
    elif condition is None:
        says = same("")
    else:
        says = P["beaten"] if condition.holds else why_not(condition)
    when = condition.text if condition is not None else ""
    return RuleSaid(
        rule.id,
        rule.title,
        fired,
        rule.source,
        rule.cited,
        when,
        condition,
        says,
        rule.readings,
        rule.quote,
    )


@dataclass(frozen=True, slots=True)
class Near:
    """One village (its position) near one line: `threshold` is the nearest value across it.

    `distance` counts in the fact's smallest unit; `before` and `change` are what would differ. `moves`
    is the most, in fen, by which an amount that somebody pays differs; in a programme without such
    amounts, any amount of money.
    """

    index: int
    programme: str
    value: Amount
    threshold: Amount
    distance: int
    before: dict[str, Amount]
    change: ChangeSaid
    moves: int

    @property
    def fact(self) -> str:
        """The fact's id."""
        return self.change.fact


def near(
    explainer: Explainer, within: Fraction, among: Collection[int] | None = None
) -> list[Near]:
    """All such lines, those that move most money first, of these the nearest. `within`: 1/20 for 5 %.

    `among` are the positions of the villages to look at, if not all.
    """
    lines: list[Near] = []
    for frame in explainer.frames.programmes:
        programme = explainer.changes.programme(frame)
        candidates = _candidates(explainer, programme, within, among)
        for alike in _groups_alike(explainer.result, programme, candidates):
            lines += _lines_near(explainer, frame, alike, within)
    return sorted(lines, key=lambda line: (-line.moves, line.distance, line.index))


def out_of_reach(explainer: Explainer) -> list[str]:
    """Programmes whose pools are too large to be shared again for one village."""
    changes = explainer.changes
    return [
        frame.programme.id
        for frame in explainer.frames.programmes
        if not changes.replayer.can(changes.programme(frame).chain)
    ]


def _candidates(
    explainer: Explainer, programme: Programme, within: Fraction, among: Collection[int] | None
) -> NDArray[np.int64]:
    """Villages with a number close to where some condition turns, in order."""
    import numpy as np

    changes, result = explainer.changes, explainer.result
    if not changes.replayer.can(programme.chain):
        return np.zeros(0, dtype=np.int64)
    places = None if among is None else np.array(sorted(among), dtype=np.int64)
    columns = set(result.rows[0]) if len(result.rows) else set()
    is_near = np.zeros(len(result.rows) if places is None else len(places), dtype=np.bool_)
    for lever in programme.levers:
        id_ = lever.fact.id
        if not isinstance(lever.fact.type, Number) or id_ not in columns:
            continue
        if places is None or len(places) > _FEW:
            values = result.numbers(id_) if places is None else result.numbers(id_)[places]
        else:
            values = np.array(
                [changes.replayer.row(index)[id_] for index in places.tolist()], dtype=np.int64
            )
        ends = (lever.fact.low, lever.fact.high)
        for line in (m for m in lever.marks if isinstance(m, int) and (m not in ends or m == 0)):
            reach = _reach(line, within)
            is_near |= (values >= line - reach) & (values <= line + reach)
    return np.flatnonzero(is_near) if places is None else places[is_near]


_FEW = 100
"""Villages that are looked at one by one rather than in a column of all."""


def _reach(line: int, within: Fraction) -> int:
    return abs(line) * within.numerator // within.denominator


def _groups_alike(
    result: Result, programme: Programme, places: NDArray[np.int64]
) -> Iterator[NDArray[np.int64]]:
    """Villages by what `Programme.alike` says of them, from whole columns.

    Groups come in the order of their first village, which may stand for the others.
    """
    import numpy as np

    plan = result.plan
    together = any(planned.musts for planned in plan.programmes)
    if programme.chain.per or len(places) < _FEW or together:
        yield from (places[at : at + 1] for at in range(len(places)))
        return
    codes, columns = np.zeros(len(places), dtype=np.int64), result.rows[0]
    fact_ids = dict.fromkeys(id_ for must in plan.policy.musts for id_ in must.facts)
    musts = [Lever(plan.policy.facts[id_], (), Shape.any, decides=False) for id_ in fact_ids]
    for lever in (*programme.identity, *programme.levers, *musts):
        if lever.fact.id in columns:
            fact_codes = _equal_codes(result, lever, places)
            pairs = codes * (int(fact_codes.max()) + 1) + fact_codes
            codes = np.unique(pairs, return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    groups = np.split(places[order], np.flatnonzero(np.diff(codes[order])) + 1)
    yield from sorted(groups, key=lambda group: int(group[0]))


def _equal_codes(result: Result, lever: Lever, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers that are equal where `Programme.alike` has the same of a fact."""
    import numpy as np

    if isinstance(lever.fact.type, Text):
        codes: NDArray[np.int64] = result.groups(lever.fact.id)[0][places]
        return codes
    values = np.array(result.at(lever.fact.id, places), dtype=np.int64)
    distinct = np.unique(values, return_inverse=True)[1]
    if lever.shape is not Shape.same or not lever.numbers or isinstance(lever.fact.type, YesNo):
        return distinct
    marks = np.array([mark for mark in lever.numbers if fits_int64(mark)], dtype=np.int64)
    near_mark = np.zeros(len(values), dtype=np.bool_)
    for mark in lever.numbers:
        near_mark |= (values >= mark - 1) & (values <= mark + 1)
    return np.where(near_mark, distinct + len(marks) + 1, np.searchsorted(marks, values))


def _lines_near(
    explainer: Explainer, frame: ProgrammeFrame, alike: NDArray[np.int64], within: Fraction
) -> Iterator[Near]:
    """The lines to which villages are close for which the same changes hold."""
    import numpy as np

    result, outputs = explainer.result, {o.id: o for o in frame.programme.outputs}
    changes = explainer.changes.of(frame, int(alike[0]))
    seen: set[tuple[str, object]] = set()
    for change in (*changes.nearest, *changes.other_rules):
        to, kind = change.to.value, change.to.type
        if change.step or (change.fact, to) in seen:
            continue
        seen.add((change.fact, to))
        if not isinstance(to, int) or not isinstance(kind, Number):
            continue
        values = np.array(result.at(change.fact, alike), dtype=np.int64)
        reach = _reach(to, within)
        close = (values >= to - reach) & (values <= to + reach)
        if not close.any():
            continue
        places = alike[close]
        befores = zip(*(result.at(id_, places) for id_ in change.outputs), strict=True)
        by_amounts: dict[tuple[Value, ...], tuple[dict[str, Amount], int]] = {}
        for index, value, amounts in zip(
            places.tolist(), values[close].tolist(), befores, strict=True
        ):
            if amounts not in by_amounts:
                pairs = zip(change.outputs, amounts, strict=True)
                before = {id_: frame.amount(outputs[id_], amount) for id_, amount in pairs}
                by_amounts[amounts] = (
                    before,
                    _money_moved(result.plan.policy, frame, before, change),
                )
            yield Near(
                index, frame.programme.id, Amount(value, kind), change.to,
                abs(to - value), by_amounts[amounts][0], change, by_amounts[amounts][1],
            )  # fmt: skip


def _money_moved(
    policy: Policy, frame: ProgrammeFrame, before: Mapping[str, Amount], change: ChangeSaid
) -> int:
    money = [o for o in frame.programme.outputs if policy.at_stake(o)]
    paid = {o.id for o in money if o.payer is not None} or {o.id for o in money}
    moved = [(before[id_].value, change.outputs[id_].value) for id_ in paid & set(before)]
    fen = [abs(b - a) for a, b in moved if isinstance(a, int) and isinstance(b, int)]
    return max(fen, default=0)


def _bands_met(node: Scale, values: Mapping[str, Value]) -> Iterator[tuple[TableRow, Amount]]:
    """The bands of a scale that an amount reaches, each with the part of it that lies there."""
    amount = cast("int", evaluation(node.item)(values))
    rows = sorted(node.rows, key=band_start)
    for row, (least, most, _) in zip(rows, scale_bands(node.rows), strict=True):
        if amount > least:
            part = (amount if most is None else min(amount, most)) - least
            yield row, Amount(part, node.item.type)
