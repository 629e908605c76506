"""An explanation as the public JSON: values as plain text, every id as in the policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fundcalc.base.money import FEN_DECIMALS, plain
from fundcalc.base.words import Lang
from fundcalc.explain.decision import (
    Amount,
    ByHand,
    ChangeSaid,
    Condition,
    Corrected,
    Decision,
    Explanation,
    PoolSaid,
    RuleSaid,
)
from fundcalc.explain.why_not import WhyNot
from fundcalc.explain.words import bare
from fundcalc.language.datatypes import Number


def explanation_json(explanation: Explanation | Sequence[WhyNot], lang: Lang) -> dict[str, Any]:
    """An explanation as the public JSON (docs/schema/explanation.schema.json); sentences in one language."""
    if isinstance(explanation, Explanation):
        return _explained(explanation, lang)
    whole = _explained(explanation[0].explanation, lang)
    kept = ("village", "policy", "undecided_readings", "overrides", "corrected_by")
    answers = [_why_not(one, lang) for one in explanation]
    return {**{key: whole[key] for key in kept if key in whole}, "why_not": answers}


def _explained(explanation: Explanation, lang: Lang) -> dict[str, Any]:
    data: dict[str, Any] = {
        "village": explanation.village,
        "policy": {
            "id": explanation.policy_id,
            "digest": explanation.digest,
            "on": explanation.on.isoformat(),
            "readings": explanation.readings,
        },
        "decisions": [_decision(decision, lang) for decision in explanation.decisions],
    }
    if explanation.undecided:
        data["undecided_readings"] = [
            {"reading": reading, "option": option, "why": why.say(lang)}
            for reading, option, why in explanation.undecided
        ]
    if explanation.by_hand:
        data["overrides"] = [_by_hand(one) for one in explanation.by_hand]
    if explanation.corrected is not None:
        data["correction"] = _corrected(explanation.corrected)
    if explanation.later:
        data["corrected_by"] = [{"run": run, "reason": reason} for run, reason in explanation.later]
    return data


def _by_hand(one: ByHand) -> dict[str, Any]:
    found = {"output": one.output, "by_rules": bare(one.by_rules), "value": bare(one.amount)}
    return {**found, "follows": one.grounds is None, **(one.grounds or {})}


def _corrected(one: Corrected) -> dict[str, Any]:
    amounts = [
        {"output": id_, **{part: plain(fen, FEN_DECIMALS) for part, fen in parts.items()}}
        for id_, (_, before, after) in one.amounts.items()
        for parts in [{"before": before, "after": after, "difference": after - before}]
    ]
    net = plain(one.net, FEN_DECIMALS)
    return {"corrects": one.corrects, "reason": one.reason, "amounts": amounts, "net": net}


def _decision(decision: Decision, lang: Lang) -> dict[str, Any]:
    data: dict[str, Any] = {
        "programme": decision.programme,
        "outputs": {id_: _with_unit(amount) for id_, amount in decision.outputs.items()},
        "fired": list(decision.fired),
        "rules": [_rule(rule, lang) for rule in decision.rules],
    }
    if decision.otherwise is not None:
        one = decision.otherwise
        data["otherwise"] = {"id": one.id, "holds": one.fired}
        if one.fired:
            data["otherwise"]["says"] = one.says.say(lang)
    data["facts"] = {
        id_: {"value": bare(fact.amount), "origin": fact.origin}
        for id_, fact in decision.facts.items()
    }
    data["parameters"] = {
        id_: {"value": bare(one.amount), "since": one.since.isoformat(), "source": one.source}
        for id_, one in decision.parameters.items()
    }
    data["steps"] = [
        {
            "output": step.output,
            "formula": step.formula,
            "with_values": step.with_values,
            "value": bare(step.amount),
        }
        for step in decision.steps
    ]
    data["hinges_on"] = [
        {"reading": one.reading, "option": one.option, "outputs": _bare(one.outputs)}
        for one in decision.hinges_on
    ]
    data["would_change"] = [_change(one) for one in decision.would_change]
    data["other_rules"] = [
        {**_change(one), "fired": list(one.fired)} for one in decision.other_rules
    ]
    if decision.pools:
        data["pool"] = _pool(decision.pools[0])
    if decision.note is not None:
        data["note"] = decision.note.say(lang)
    return data


def _change(one: ChangeSaid) -> dict[str, Any]:
    return {"fact": one.fact, "to": bare(one.to), "outputs": _bare(one.outputs)}


def _why_not(one: WhyNot, lang: Lang) -> dict[str, Any]:
    return {
        "programme": one.decision.programme,
        "rule": _rule(one.rule, lang),
        "verdict": one.verdict,
        "says": one.says.say(lang),
        "failing": [_condition(leaf) for leaf in one.failing],
        "takes": [
            {
                "facts": [
                    {"fact": id_, "now": bare(fact.amount), "origin": fact.origin, "to": bare(to)}
                    for id_, (fact, to) in needed.facts.items()
                ],
                "outputs": _bare(dict(needed.outputs)),
                "fired": list(needed.fired),
            }
            for needed in one.takes
        ],
        "instead": [{"id": rule.id, "says": rule.says.say(lang)} for rule in one.instead],
    }


def _with_unit(amount: Amount) -> dict[str, Any]:
    kind = amount.type
    unit = str(kind.unit) if isinstance(kind, Number) and kind.unit is not None else None
    return {"value": bare(amount), "unit": unit}


def _bare(outputs: dict[str, Amount]) -> dict[str, str]:
    return {id_: bare(amount) for id_, amount in outputs.items()}


def _rule(rule: RuleSaid, lang: Lang) -> dict[str, Any]:
    leaves = list(rule.condition.leaves()) if rule.condition is not None else []
    return {
        "id": rule.id,
        "fired": rule.fired,
        "source": rule.source,
        "when": rule.when,
        "readings": rule.readings,
        "conditions": [_condition(leaf) for leaf in leaves],
        "says": rule.says.say(lang),
    }


def _condition(leaf: Condition) -> dict[str, Any]:
    return {
        "text": leaf.text,
        "holds": leaf.holds,
        "left": bare(leaf.left) if leaf.left is not None else None,
        "right": bare(leaf.right) if leaf.right is not None else None,
    }


def _pool(pool: PoolSaid) -> dict[str, Any]:
    return {
        "group": pool.group or "all",
        "amount": plain(pool.amount, FEN_DECIMALS),
        "villages": pool.villages,
        "claims": pool.claims,
        "weight": pool.weight,
        "weights": pool.weights,
        "share": plain(pool.share, FEN_DECIMALS),
        "leftover": plain(pool.leftover, FEN_DECIMALS),
    }
