"""An explanation as text for a terminal or a file: 80 columns, one block a programme."""

from __future__ import annotations

from collections.abc import Iterator

from fundcalc.base.money import FEN_DECIMALS, grouped
from fundcalc.base.width import pad, width, wrap
from fundcalc.base.words import Lang, Words
from fundcalc.explain.decision import (
    ASSUMED,
    Amount,
    Condition,
    Decision,
    Explanation,
    PoolSaid,
    RuleSaid,
)
from fundcalc.explain.words import bare, said
from fundcalc.language.datatypes import Number

COLUMNS = 80
_MET, _UNMET = "✓", "✗"

_W = {
    "policy": Words("政策", "Policy"),
    "roster": Words("名册", "Roster"),
    "on": Words("按 {on} 有效的标准", "values of {on}"),
    "readings": Words("采用的解读", "Readings chosen"),
    "rules": Words("规则", "Rules"),
    "steps": Words("计算", "Arithmetic"),
    "facts": Words("依据的事实", "Facts"),
    "parameters": Words("依据的标准", "Parameters"),
    "pool": Words("资金池", "Pool"),
    "assumed": Words("名册未填，按默认值", "not in the roster: assumed"),
    "since": Words("自 {since}", "since {since}"),
    "source": Words("出处：", "Source: "),
    "hinges": Words("取决于解读", "Hinges on a reading"),
    "changes": Words("会改变结果的情形", "What would change it"),
    "note": Words("说明：", "Note: "),
    "if": Words("若 {fact} 为 {to}", "if {fact} were {to}"),
    "then": Words("则", "then"),
    "and": Words("全部满足", "all of"),
    "or": Words("任一满足", "any of"),
    "not": Words("不满足", "not"),
    "everywhere": Words("全部村", "all villages"),
    "share": Words("本村份额", "this village"),
    "of": Words("占", "of"),
    "left": Words("剩余", "left over"),
    "none": Words("没有规则适用", "no rule applies"),
}


def as_text(explanation: Explanation, lang: Lang) -> str:
    """The explanation as lines of at most 80 columns."""
    return "\n".join(_Writer(explanation, lang).lines()) + "\n"


class _Writer:
    def __init__(self, explanation: Explanation, lang: Lang) -> None:
        self._explanation = explanation
        self._lang = lang

    def _w(self, key: str, **values: str) -> str:
        text = _W[key].say(self._lang)
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def lines(self) -> Iterator[str]:
        """All lines."""
        one = self._explanation
        who = one.village
        yield "  ".join(v for k, v in who.items() if k in ("name", "code"))
        place = " · ".join(who[k] for k in ("county", "town") if k in who)
        if place:
            yield place
        origins = {f.origin.rpartition("!")[0] for d in one.decisions for f in d.facts.values()}
        for origin in sorted(origins - {""}):
            yield from _wrapped(f"{self._w('roster')} {origin}", 0)
        policy = f"{self._w('policy')} {one.policy_title.say(self._lang)}"
        yield from _wrapped(f"{policy} · {self._w('on', on=one.on.isoformat())}", 0)
        yield one.digest
        yield "=" * COLUMNS
        for number, decision in enumerate(one.decisions, 1):
            yield from self._decision(number, decision)
        yield from self._readings()
        yield from self._sources()

    def _decision(self, number: int, decision: Decision) -> Iterator[str]:
        yield ""
        yield f"{number}  {decision.title.say(self._lang)}"
        yield "-" * COLUMNS
        for id_, amount in decision.outputs.items():
            title = decision.titles[id_].say(self._lang)
            yield f"   {pad(title, 24)} {pad(said(amount, self._lang), 30, right=True)}"
        yield from self._heading("rules")
        for rule in decision.rules:
            yield from self._rule(rule)
        if decision.otherwise is not None and decision.otherwise.fired:
            yield from self._rule(decision.otherwise)
        yield from self._steps(decision)
        for pool in decision.pools:
            yield from self._pool(pool)
        yield from self._facts(decision)
        yield from self._what_if(decision)
        if decision.note is not None:
            yield from _wrapped(self._w("note") + decision.note.say(self._lang), 3)

    def _heading(self, key: str) -> Iterator[str]:
        yield f"   {self._w(key)}"

    def _rule(self, rule: RuleSaid) -> Iterator[str]:
        mark = _MET if rule.fired else _UNMET
        title = rule.title.say(self._lang) if rule.title else rule.id
        yield f"   {mark} {title}  [{rule.id}]"
        branch = "│" if rule.fired else " "
        if rule.condition is not None:
            whole = rule.condition
            for part in whole.parts if whole.join == "and" else (whole,):
                yield from self._condition(part, f"   {branch}  ")
        if rule.fired:
            yield from _wrapped(rule.says.say(self._lang), 6, first="   └─ ")
            if rule.source is not None:
                yield f"      {self._w('source')}{rule.source}"

    def _condition(self, condition: Condition, lead: str) -> Iterator[str]:
        mark = _MET if condition.holds else _UNMET
        if condition.join is None:
            lines = wrap(condition.said.say(self._lang), COLUMNS - width(lead) - 3)
            yield f"{lead}{mark} {lines[0]}"
            yield from (f"{lead}  {line}" for line in lines[1:])
            return
        yield f"{lead}{mark} {self._w(condition.join)}"
        for part in condition.parts:
            yield from self._condition(part, lead + "  ")

    def _steps(self, decision: Decision) -> Iterator[str]:
        shown = [s for s in decision.steps if isinstance(s.amount.type, Number) and s.formula]
        if not shown:
            return
        yield from self._heading("steps")
        for step in shown:
            title, formula = step.title.say(self._lang), step.said.say(self._lang)
            if formula == bare(step.amount) or formula == step.with_values == "0":
                yield f"     {title} = {said(step.amount, self._lang)}"
                continue
            yield from _wrapped(f"{title} = {formula}", 8, first="     ")
            if step.with_values not in (bare(step.amount), formula):
                yield from _wrapped(f"= {step.with_values}", 9, first="       ")
            yield from _wrapped(f"= {said(step.amount, self._lang)}", 9, first="       ")

    def _pool(self, pool: PoolSaid) -> Iterator[str]:
        group = pool.group or self._w("everywhere")
        amount, share, left = (
            grouped(value, FEN_DECIMALS) for value in (pool.amount, pool.share, pool.leftover)
        )
        if self._lang == "zh":
            text = f"资金池（{group}：{pool.villages} 个村，其中 {pool.claims} 个参与分配）{amount} 元；"
            text += f"本村 {share} 元；未用 {left} 元。按最大余数法取整到分，余数相同的按代码先后"
        else:
            text = (
                f"Pool ({group}: {pool.villages} villages, {pool.claims} of them share) {amount} "
            )
            text += f"yuan; this village {share}; left over {left}. Rounded to the fen by largest "
            text += "remainder, ties by village code"
        yield from _wrapped(text, 5, first="   ")

    def _facts(self, decision: Decision) -> Iterator[str]:
        rows: list[tuple[str, str, str]] = []
        for fact in decision.facts.values():
            cell = fact.origin.rpartition("!")[2]
            about = self._w("assumed") if fact.origin == ASSUMED else cell
            rows.append((fact.title.say(self._lang), said(fact.amount, self._lang), about))
        if rows:
            yield from self._heading("facts")
            yield from _table(rows)
        rows = []
        for one in decision.parameters.values():
            since = self._w("since", since=one.since.isoformat())
            about = f"{since}  {one.source or ''}".rstrip()
            rows.append((one.title.say(self._lang), said(one.amount, self._lang), about))
        if rows:
            yield from self._heading("parameters")
            yield from _table(rows)

    def _what_if(self, decision: Decision) -> Iterator[str]:
        if decision.hinges_on:
            yield from self._heading("hinges")
            for hinge in decision.hinges_on:
                question = f"{hinge.question.say(self._lang)}"
                yield from _wrapped(f"{hinge.reading}: {question}", 7, first="     ")
                answer = hinge.answer.say(self._lang)
                then = self._outputs(decision, hinge.outputs)
                yield from _wrapped(f"{hinge.option} ({answer}) → {then}", 9, first="       ")
        if decision.would_change:
            yield from self._heading("changes")
            for change in decision.would_change:
                if_ = self._w(
                    "if", fact=change.title.say(self._lang), to=said(change.to, self._lang)
                )
                then = self._outputs(decision, change.outputs)
                yield from _wrapped(f"{if_} → {then}", 7, first="     ")

    def _outputs(self, decision: Decision, outputs: dict[str, Amount]) -> str:
        parts = [
            f"{decision.titles[id_].say(self._lang)} {said(amount, self._lang)}"
            for id_, amount in outputs.items()
        ]
        return ("，" if self._lang == "zh" else ", ").join(parts)

    def _readings(self) -> Iterator[str]:
        yield ""
        yield self._w("readings")
        yield "-" * COLUMNS
        for id_, (question, answer) in self._explanation.reading_words.items():
            option = self._explanation.readings[id_]
            yield f"   {id_} = {option}"
            yield from _wrapped(question.say(self._lang), 6)
            yield from _wrapped(answer.say(self._lang), 6)

    def _sources(self) -> Iterator[str]:
        yield ""
        for id_, cited in self._explanation.sources.items():
            yield from _wrapped(f"[{id_}] {cited.say(self._lang)}", 3, first="")


def _table(rows: list[tuple[str, str, str]]) -> Iterator[str]:
    """Title, value and a remark; the remark goes below where the line would be too long."""
    titles = max(width(title) for title, _, _ in rows)
    values = max(width(value) for _, value, _ in rows)
    for title, value, about in rows:
        line = f"     {pad(title, titles)}  {pad(value, values, right=True)}"
        if width(line) + 2 + width(about) <= COLUMNS:
            yield f"{line}  {about}"
        else:
            yield line
            yield from _wrapped(about, 7)


def _wrapped(text: str, indent: int, first: str | None = None) -> Iterator[str]:
    """Lines within 80 columns; the first with its own beginning."""
    head = " " * indent if first is None else first
    lines = wrap(text, COLUMNS - max(indent, width(head)))
    yield head + lines[0]
    yield from (" " * indent + line for line in lines[1:])
