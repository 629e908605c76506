"""What the report's script is given: a plan's names and sentences, and each village's values and turns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fundcalc.base.words import Lang, Words, same
from fundcalc.engines.result import JOIN
from fundcalc.explain.changes import NearestChanges
from fundcalc.explain.decision import ChangeSaid
from fundcalc.explain.document import follow_and_turn, moved, pool_said
from fundcalc.explain.formulas import Arithmetic, Formula
from fundcalc.explain.frames import Frame, Frames, ProgrammeFrame, RuleFrame, values_by_name
from fundcalc.explain.gather import Explainer
from fundcalc.explain.phrases import JOINS, Phrase, Slot, joined
from fundcalc.explain.words import P, said
from fundcalc.language.datatypes import Date, Number, Type, YesNo
from fundcalc.language.evaluate import Evaluation, NoValue
from fundcalc.language.nodes import Name, Value
from fundcalc.language.units import PLAIN
from fundcalc.policy.sentences import in_marks

_SAFE = 2**53 - 1
"""The greatest number that a browser reads exactly; beyond, its digits are given as text."""

_FORMS = ("said", "figure", "brief", "plain")
"""How a value is written, as the script numbers it."""


class Static:
    """Turns frames into data for the page's script; `extras` are the slots that are no plain name.

    A sentence is a list of texts and places: [0, name, form] is a fact or output by its position in
    `names`, [1, extra, kind, form] a value of its own. What the plan settles is text already.
    """

    def __init__(self, frames: Frames, lang: Lang) -> None:
        self._frames = frames
        self._lang: Lang = lang
        policy = frames.plan.policy
        self.names = [*policy.facts, *(o.id for p in policy.programmes for o in p.outputs)]
        self._numbers = {id_: f"[{n}]" for n, id_ in enumerate(policy.sources, 1)}
        self._place = {id_: n for n, id_ in enumerate(self.names)}
        self._kinds: list[list[Any]] = []
        self.extras: list[Slot] = []
        self.leaves: dict[str, list[Frame]] = {}

    def data(self) -> dict[str, Any]:
        """All of it."""
        frames = self._frames
        programmes = [self._programme(programme) for programme in frames.programmes]
        names = [
            [frames.titles[id_].say(self._lang), self._kind(frames.kinds[id_])]
            for id_ in self.names
        ]
        words = {key: text.say(self._lang) for key, text in P.items()}
        for join in JOINS:
            words[f"collect {join}"] = joined(join, ["{items}"], self._lang)
        return {"names": names, "kinds": self._kinds, "programmes": programmes, "words": words}

    def place(self, id_: str) -> int:
        """The position of a fact or output among the names."""
        return self._place[id_]

    def _kind(self, kind: Type, answers: Sequence[Words] | None = None) -> int:
        """How values of a type are written, as a position among the kinds."""
        entry: list[Any]
        if isinstance(kind, YesNo):
            entry = ["b", *(answer.say(self._lang) for answer in answers or (P["yes"], P["no"]))]
        elif isinstance(kind, Number):
            unit = kind.unit
            units = ["", ""]
            if unit is not None and unit != PLAIN:
                units = [unit.said(self._lang), unit.said(self._lang, one=True)]
            entry = ["n", kind.decimals or 0, *units]
        else:
            entry = ["d" if isinstance(kind, Date) else "t"]
        if entry not in self._kinds:
            self._kinds.append(entry)
        return self._kinds.index(entry)

    def _programme(self, frame: ProgrammeFrame) -> dict[str, Any]:
        lang = self._lang
        leaves = self.leaves[frame.programme.id] = []
        rules = [self._rule(rule, leaves) for rule in frame.rules]
        parameters = []
        for used in frame.parameters.values():
            since = P["since"].say(lang).format(since=used.since)
            about = f"{since}  {self._source(used.source, used.quote)}".rstrip()
            parameters.append([used.title.say(lang), said(used.amount, lang), about])
        formulas = frame.formulas
        return {
            "id": frame.programme.id,
            "title": frame.programme.title.say(lang),
            "note": frame.programme.note.say(lang) if frame.programme.note else "",
            "policy": frame.programme.hit_policy,
            "outputs": [self._place[o.id] for o in frame.programme.outputs],
            "called": {id_: title.say(lang) for id_, title in frame.called.items()},
            "rules": rules,
            "otherwise": self._rule(frame.otherwise, leaves) if frame.otherwise else None,
            "facts": [self._place[id_] for id_ in frame.facts],
            "parameters": parameters,
            "formulas": {id_: self._formula(formula) for id_, formula in formulas.rules.items()},
            "none": self._formula(formulas.otherwise) if formulas.otherwise else None,
            "also": [[self._place[o.id], *self._formula(formula)] for o, formula in formulas.also],
        }

    def _rule(self, rule: RuleFrame, leaves: list[Frame]) -> dict[str, Any]:
        title = rule.title or same(rule.id)
        data: dict[str, Any] = {
            "id": rule.id,
            "title": title.say(self._lang),
            "source": self._source(rule.source, rule.quote),
            "says": self.pieces(rule.because),
        }
        if rule.condition is not None:
            data["when"] = self._condition(rule.condition, leaves)
        return data

    def _source(self, id_: str | None, quote: str | None) -> str:
        """A source's number, and the sentence of it that is quoted."""
        number = self._numbers.get(id_ or "", "")
        return number if quote is None else f"{number} {in_marks(quote)}"

    def _condition(self, frame: Frame, leaves: list[Frame]) -> Any:
        if frame.join is None:
            leaves.append(frame)
            return self.pieces(frame.said)
        return {
            "join": frame.join,
            "parts": [self._condition(part, leaves) for part in frame.parts],
        }

    def _formula(self, formula: Formula) -> list[Any]:
        """In words, with numbers, and the item of the pool in whose place numbers come by village."""
        item = formula.share.item if formula.share is not None else ""
        return [formula.said.say(self._lang), self.pieces(formula.figures), item]

    def pieces(self, phrase: Phrase) -> list[Any]:
        """A sentence as texts and places."""
        parts: list[Any] = []
        for piece in phrase.say(self._lang):
            part = piece if isinstance(piece, str) else self._slot(piece)
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            else:
                parts.append(part)
        return parts

    def _slot(self, slot: Slot) -> Any:
        node, constants = slot.node, self._frames.plan.constants
        if isinstance(node, Name) and slot.answers is None:
            if node.id in constants:
                return slot.fill(slot.amount(constants), self._lang)
            if node.id in self._place:
                return [0, self._place[node.id], _FORMS.index(slot.form)]
        if slot not in self.extras:
            self.extras.append(slot)
        kind = self._kind(slot.kind, slot.answers)
        return [1, self.extras.index(slot), kind, _FORMS.index(slot.form)]


def shared(frame: ProgrammeFrame) -> Iterator[Formula]:
    """The formulas of a programme that share a pool."""
    for formula in (
        *frame.formulas.rules.values(),
        *(formula for _, formula in frame.formulas.also),
    ):
        if formula.share is not None:
            yield formula


def _worked_out(slot: Slot, values: Mapping[str, Value]) -> Any:
    """A slot's value; None where a guard before it keeps the engines from dividing by zero."""
    try:
        return _plain(slot.amount(values).value)
    except NoValue:
        return None


class Villages:
    """Turns villages into data for the page's script."""

    def __init__(self, explainer: Explainer, static: Static, lang: Lang) -> None:
        self._explainer = explainer
        self._static = static
        self._lang: Lang = lang
        self._result = explainer.result
        self.hinges = [h for h in explainer.hinges if h.changes]

    def village(self, index: int) -> list[Any]:
        """One village: [values, extras, programmes]."""
        values = values_by_name(self._result.plan, self._explainer.changes.replayer.row(index))
        plain = [_plain(values.get(id_, "")) for id_ in self._static.names]
        extras = [_worked_out(slot, values) for slot in self._static.extras]
        frames = self._explainer.frames.programmes
        return [plain, extras, [self._programme(frame, index, values) for frame in frames]]

    def _programme(
        self, frame: ProgrammeFrame, index: int, values: Mapping[str, Value]
    ) -> list[Any]:
        """[rules that decide, conditions as 0 and 1, pools, hinges, turns, follows]."""
        fired = self._result.fired[frame.programme.id][index]
        ids = [rule.id for rule in frame.rules]
        leaves = self._static.leaves[frame.programme.id]
        holds = "".join("1" if _holds(leaf.test, values) else "0" for leaf in leaves)
        changes = self._explainer.changes.of(frame, index)
        turns, follows = self._changes(frame, index, changes)
        return [
            [ids.index(id_) for id_ in fired], holds, self._shares(frame, index, values),
            self._hinges(frame, index), turns, follows,
        ]  # fmt: skip

    def _shares(self, frame: ProgrammeFrame, index: int, values: Mapping[str, Value]) -> Any:
        """For each pool in which the village shares: numbers and sentence, by rule or output."""
        if not frame.programme.has_pool:
            return {}
        arithmetic = Arithmetic(self._result, index, frame.formulas, values)
        numbers = {
            formula.share.item: [arithmetic.worked(formula).figures.say(self._lang)]
            for formula in shared(frame)
            if formula.share is not None
        }
        for pool in arithmetic.pools():
            if not pool.weight:  # then the arithmetic says enough
                continue
            numbers.setdefault(pool.item, [""]).append(pool_said(pool, self._lang))
        return numbers

    def _hinges(self, frame: ProgrammeFrame, index: int) -> list[Any]:
        hinges: list[Any] = []
        for number, hinge in enumerate(self.hinges):
            outputs = [
                [self._static.place(o.id), _plain(hinge.changes[o.id][index])]
                for o in frame.programme.outputs
                if o.id in hinge.changes and index in hinge.changes[o.id]
            ]
            if outputs:
                hinges.append([number, outputs])
        return hinges

    def _changes(
        self, frame: ProgrammeFrame, index: int, changes: NearestChanges
    ) -> tuple[list[Any], list[Any]]:
        place = self._static.place
        row = self._explainer.changes.replayer.row(index)
        follows, turns = follow_and_turn(
            changes.nearest, changes.other_rules, frame.facts, lambda id_: row.get(id_, "")
        )
        turned = [[place(c.fact), _plain(c.to.value), self._outputs(c)] for c in turns]
        steps = [
            [[place(o) for o in outputs], [place(f) for f in facts]]
            for outputs, facts in moved(follows).items()
        ]
        return turned, steps

    def _outputs(self, change: ChangeSaid) -> list[Any]:
        return [
            [self._static.place(id_), _plain(amount.value)]
            for id_, amount in change.outputs.items()
        ]


def _plain(value: Value) -> int | str:
    if isinstance(value, tuple):
        return JOIN.join(value)
    if isinstance(value, str):
        return value
    return int(value) if abs(value) <= _SAFE else str(value)


def _holds(test: Evaluation, values: Mapping[str, Value]) -> bool:
    """Whether a condition holds; one in a branch not taken may not be decidable."""
    try:
        return bool(test(values))
    except NoValue:
        return False
