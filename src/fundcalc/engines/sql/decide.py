"""Programmes as columns: which rules decide, the result by hit policy, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from fundcalc.core.interval import Interval
from fundcalc.engines.sql import guard
from fundcalc.engines.sql.expressions import Lowering
from fundcalc.engines.sql.guard import Guard
from fundcalc.engines.sql.piece import NOUGHT, Piece, fits, joined, within
from fundcalc.engines.sql.stages import Stages
from fundcalc.language.datatypes import Date, Number, Texts, Type
from fundcalc.language.nodes import Node
from fundcalc.policy.plan import PlanProgramme, PlanRule, PlanShare

Sharer = Callable[[PlanProgramme, str, PlanShare, Piece, Mapping[str, Piece]], Piece]
"""Shares a pool: programme, rule or output, share, who claims, environment → each village's share."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A programme's columns: its outputs by id, and for each rule whether it decided."""

    outputs: Mapping[str, Piece]
    held: Sequence[tuple[str, Piece]]


class Decider:
    """Decides programmes; `suffix` tells columns of another reading apart from those of the plan's."""

    def __init__(
        self,
        lowering: Lowering,
        stages: Stages,
        who: str,
        share: Sharer,
        suffix: str,
        *,
        forgiven: bool,
    ) -> None:
        """Where it is `forgiven`, what cannot be decided under another reading is NULL."""
        self._lowering = lowering
        self._stages = stages
        self._who = who
        self._share = share
        self._suffix = suffix
        self._forgiven = forgiven

    def decide(self, programme: PlanProgramme, before: Mapping[str, Piece]) -> Decided:
        """All columns of a programme; `before` has facts and earlier outputs."""
        one = _One(self, programme, dict(before), self._suffix)
        held = one.held()
        result = programme.programme.result
        one.store(result.id, one.result(held), result.type, result.title.zh)
        for also in programme.also:
            output = also.output
            if also.share is not None:
                everyone = Piece("TRUE")
                found = self._share(programme, output.id, also.share, everyone, one.env)
            else:
                assert also.value is not None
                found = self._lowering.sql(also.value, one.env)
            one.store(output.id, found, output.type, output.title.zh)
        outputs = {o.id: one.env[o.id] for o in programme.programme.outputs}
        return Decided(outputs, [(r.id, h) for r, h in zip(programme.rules, held, strict=True)])

    def guard(self, what: str) -> Guard:
        """Errors of one place."""
        return Guard(self._stages, what, self._who, self._suffix, forgiven=self._forgiven)

    def sql(self, node: Node, env: Mapping[str, Piece]) -> Piece:
        """An expression."""
        return self._lowering.sql(node, env)

    def literal(self, items: tuple[str, ...]) -> Piece:
        """A list of text."""
        return self._lowering.literal(items)

    def share(
        self, programme: PlanProgramme, rule: PlanRule, held: Piece, env: Mapping[str, Piece]
    ) -> Piece:
        """A rule's share of its pool."""
        assert rule.share is not None
        return self._share(programme, rule.id, rule.share, held, env)

    @property
    def stages(self) -> Stages:
        """Where the columns go."""
        return self._stages


class _One:
    """One programme on its way."""

    def __init__(
        self, decider: Decider, programme: PlanProgramme, env: dict[str, Piece], suffix: str
    ) -> None:
        self._decider = decider
        self._programme = programme
        self._policy = programme.programme.hit_policy
        self._type = programme.programme.result.type
        self._suffix = suffix
        self._stages = decider.stages
        self.env = env

    def _guard(self, item: str = "") -> Guard:
        id_ = self._programme.id
        return self._decider.guard(f"{id_}/{item}" if item else id_)

    def held(self) -> list[Piece]:
        """A column for each rule: whether it decides."""
        first = self._policy == "first" and len(self._programme.rules) > 1
        found: list[Piece] = []
        for rule in self._programme.rules:
            condition = self._guard(rule.id).decided(self._decider.sql(rule.when, self.env))
            mark = "?" if first else ""
            found.append(self._column(f"{self._programme.id}:{rule.id}{mark}", condition, rule))
        if first:
            whole = found
            for n, rule in list(enumerate(self._programme.rules))[1:]:
                earlier = " OR ".join(map(str, whole[:n]))
                only = joined(f"{whole[n]} AND NOT ({earlier})", *whole[: n + 1])
                name = f"{self._programme.id}:{rule.id}"
                found = [*found[:n], self._column(name, only, rule), *found[n + 1 :]]
        return found

    def _column(self, name: str, piece: Piece, rule: PlanRule) -> Piece:
        title = rule.rule.title
        return self._stages.add(
            name + self._suffix, piece, f"{title.zh} / {title.en}" if title else ""
        )

    def store(self, id_: str, piece: Piece, kind: Type, title: str) -> None:
        """An output as a column."""
        guarded = self._guard(id_)
        whole = isinstance(kind, Number | Date)
        found = guarded.whole(piece) if whole else guarded.decided(piece)
        self.env[id_] = self._stages.add(id_ + self._suffix, found, title)

    # -- hit policies -------------------------------------------------------------------------

    def result(self, held: Sequence[Piece]) -> Piece:
        """The result of the rules that decide."""
        if self._policy == "collect count":
            ones = " + ".join(f"CASE WHEN {one} THEN 1 ELSE 0 END" for one in held)
            count = joined(f"CAST({ones} AS BIGINT)", *held, atom=True)
            return self._or_otherwise(held, within(count, Interval(0, len(held)), wide=False))
        values = [self._value(n, one) for n, one in enumerate(held)]
        if isinstance(self._type, Texts):
            return self._collected(held, values)
        if self._policy in ("unique", "first"):
            return self._only(held, values)
        if self._policy == "any":
            return self._any(held, values)
        return self._amount(held, values)

    def _value(self, index: int, held: Piece) -> Piece:
        rule = self._programme.rules[index]
        if rule.share is not None:
            return self._decider.share(self._programme, rule, held, self.env)
        assert rule.then is not None
        return self._guard(rule.id).decided(self._decider.sql(rule.then, self.env))

    def _rest(self) -> Piece | None:
        """What holds where no rule does; None where there must be one."""
        if self._programme.otherwise is None:
            return None
        return self._guard().decided(self._decider.sql(self._programme.otherwise, self.env))

    def _numbers(self, found: Piece, *parts: Piece) -> Piece:
        """The piece with bounds that hold all parts."""
        if not isinstance(self._type, Number | Date):
            return found
        if all(part.literal for part in parts):
            found = replace(found, text=f"CAST({found.text} AS BIGINT)", atom=True)
        bounds = reduce(Interval.union, (part.bounds for part in parts))
        return within(found, bounds, wide=any(part.wide for part in parts))

    def _only(self, held: Sequence[Piece], values: Sequence[Piece]) -> Piece:
        rest = self._rest()
        cases = []
        if self._policy == "unique" and len(held) > 1:
            ones = " + ".join(f"CASE WHEN {one} THEN 1 ELSE 0 END" for one in held)
            cases.append(f"WHEN {ones} > 1 THEN {self._twice(held)}")
        cases += [f"WHEN {h} THEN {v.text}" for h, v in zip(held, values, strict=True)]
        last = rest.text if rest else self._guard().error(guard.NOTHING)
        parts = [*values, *([rest] if rest else [])]
        text = "CASE\n    " + "\n    ".join([*cases, f"ELSE {last}"]) + "\n  END"
        return self._numbers(joined(text, *held, *parts, atom=True), *parts)

    def _twice(self, held: Sequence[Piece]) -> str:
        """The error that names the rules which hold together."""
        dialect = self._stages.dialect
        ids = [dialect.string(rule.id) for rule in self._programme.rules]
        which = ", ".join(
            f"CASE WHEN {one} THEN {id_} END" for one, id_ in zip(held, ids, strict=True)
        )
        return self._decider.guard(self._programme.id).named(
            guard.TWICE, f"concat_ws('+', {which})"
        )

    def _or_otherwise(self, held: Sequence[Piece], found: Piece) -> Piece:
        rest = self._rest()
        none = " OR ".join(map(str, held))
        last = rest.text if rest else self._guard().error(guard.NOTHING)
        parts = [found, *([rest] if rest else [])]
        text = f"CASE WHEN {none} THEN {found.text} ELSE {last} END"
        return self._numbers(joined(text, *held, *parts, atom=True), *parts)

    def _where(self, held: Sequence[Piece], values: Sequence[Piece]) -> list[str]:
        return [
            f"CASE WHEN {one} THEN {value.text} END"
            for one, value in zip(held, values, strict=True)
        ]

    def _any(self, held: Sequence[Piece], values: Sequence[Piece]) -> Piece:
        if len(held) == 1:
            return self._only(held, values)
        parts = ", ".join(self._where(held, values))
        most, least = (
            self._stages.let(self._numbers(joined(f"{call}({parts})", *held, *values), *values))
            for call in ("GREATEST", "LEAST")
        )
        rest = self._rest()
        cases = [f"WHEN {most} <> {least} THEN {self._guard().error(guard.DISAGREE)}"]
        cases.append(f"WHEN {most} IS NOT NULL THEN {most}")
        last = rest.text if rest else self._guard().error(guard.NOTHING)
        both = [most, *([rest] if rest else [])]
        text = f"CASE {' '.join(cases)} ELSE {last} END"
        return self._numbers(joined(text, most, least, *both, atom=True), *both)

    def _amount(self, held: Sequence[Piece], values: Sequence[Piece]) -> Piece:
        if self._policy == "collect sum":
            return self._or_otherwise(held, self._sum(held, values))
        parts = self._where(held, values)
        call = "GREATEST" if self._policy == "collect max" else "LEAST"
        text = f"{call}({', '.join(parts)})" if len(parts) > 1 else parts[0]
        found = self._numbers(joined(text, *held, *values, atom=True), *values)
        return self._or_otherwise(held, found)

    def _sum(self, held: Sequence[Piece], values: Sequence[Piece]) -> Piece:
        bounds = reduce(Interval.plus, (value.bounds.union(NOUGHT) for value in values))
        wide = any(value.wide for value in values) or not fits(bounds)
        type_ = self._stages.dialect.wide if wide else "BIGINT"
        parts = [
            f"CASE WHEN {one} THEN CAST({value.text} AS {type_}) ELSE 0 END"
            for one, value in zip(held, values, strict=True)
        ]
        return within(joined(" + ".join(parts), *held, *values), bounds, wide=wide)

    def _collected(self, held: Sequence[Piece], values: Sequence[Piece]) -> Piece:
        dialect = self._stages.dialect
        parts = [
            f"CASE WHEN {one} THEN {dialect.texts([value.text])} ELSE {dialect.texts([])} END"
            for one, value in zip(held, values, strict=True)
        ]
        found = joined(" || ".join(parts), *held, *values)
        rest = self._rest()
        if rest is None:
            return self._or_otherwise(held, found)
        none = " OR ".join(map(str, held))
        text = f"CASE WHEN {none} THEN {found.text} ELSE {rest.text} END"
        return joined(text, *held, found, rest, atom=True)
