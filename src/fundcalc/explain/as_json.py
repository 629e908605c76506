"""An explanation as the public JSON, and the JSON Schema of it: what each key holds is said once.

Values are plain text, every id as in the policy. docs/schema/explanation.schema.json is made from this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

from fundcalc.base import dataclass
from fundcalc.base.money import FEN_DECIMALS, plain
from fundcalc.base.words import Lang
from fundcalc.explain.answer import instead, payments, sentence, unit_of
from fundcalc.explain.decision import Explanation, PoolSaid
from fundcalc.explain.why_not import WhyNot
from fundcalc.explain.words import bare

ADDRESS = "https://json-schema.org/draft/2020-12/schema"
_SELF = "itself"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a key may hold, and how a value is written.

    The value is the attribute of the key's own name, or `path`. A key that is not `always` there is left
    out where there is nothing.
    """

    schema: dict[str, Any]
    write: Callable[[Any, Lang], Any] = lambda value, _: value
    path: str = ""
    always: bool = True

    def at(self, path: str) -> Kind:
        """The same of another attribute."""
        return replace(self, path=path)

    @property
    def if_any(self) -> Kind:
        """The same, left out where there is nothing."""
        return replace(self, always=False)


_named: dict[str, dict[str, Any]] = {}


def _shape(keys: Mapping[str, Kind], name: str = "") -> Kind:
    """An object of these keys; one with a name is described once, under `$defs`."""
    described = _object(
        {id_: kind.schema for id_, kind in keys.items()},
        [id_ for id_, kind in keys.items() if kind.always],
    )
    if name:
        _named[name] = described

    def write(thing: Any, lang: Lang) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for id_, kind in keys.items():
            value = thing if kind.path == _SELF else attrgetter(kind.path or id_)(thing)
            written = kind.write(value, lang) if value is not None else None
            if kind.always or written not in (None, []):
                values[id_] = written
        return values

    return Kind({"$ref": f"#/$defs/{name}"} if name else described, write)


def _object(properties: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _many(kind: Kind) -> Kind:
    return Kind(
        {"type": "array", "items": kind.schema},
        lambda values, lang: [kind.write(value, lang) for value in values],
    )


def _by_id(kind: Kind, **extra: str) -> Kind:
    return Kind(
        {**extra, "type": "object", "additionalProperties": kind.schema},
        lambda values, lang: {id_: kind.write(value, lang) for id_, value in values.items()},
    )


def _maybe(kind: Kind, description: str) -> Kind:
    return Kind({"type": ["string", "null"], "description": description}, kind.write)


_TEXT = Kind({"type": "string"})
_WORDS = Kind(_TEXT.schema, lambda words, lang: words.say(lang))
_AMOUNT = Kind(_TEXT.schema, lambda amount, _: bare(amount))
_VALUES = _by_id(
    _AMOUNT,
    description="Values by output; numbers with the decimals of their unit, lists joined by +",
)
_UNIT = _maybe(Kind({}, lambda amount, _: unit_of(amount)), "Such as yuan/year")
_QUOTE = Kind({**_TEXT.schema, "description": "Its sentence, word for word"}, _TEXT.write).if_any
_YES_NO = Kind({"type": "boolean"})
_COUNT = Kind({"type": "integer"})
_DAY = Kind({"type": "string", "format": "date"}, lambda day, _: day.isoformat())
_MONEY = Kind(
    {"type": "string", "pattern": r"^-?\d+\.\d\d$"}, lambda fen, _: plain(fen, FEN_DECIMALS)
)


def _of_pool(part: str) -> Kind:
    """An amount of a pool, in the decimals of its shares."""
    return Kind(
        {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
        lambda pool, _: plain(getattr(pool, part), pool.kind.decimals or 0),
        _SELF,
    )


_CONDITION = _shape(
    {
        "text": _TEXT,
        "holds": _YES_NO,
        "left": _maybe(_AMOUNT, "The value of the left side"),
        "right": _maybe(_AMOUNT, "The value of the right side"),
    },
    "condition",
)
_RULE = _shape(
    {
        "id": _TEXT,
        "fired": _YES_NO,
        "source": _maybe(_TEXT, "The document on which the rule rests"),
        "quote": _QUOTE,
        "when": _TEXT,
        "readings": _by_id(_TEXT),
        "conditions": _many(_CONDITION).at("leaves"),
        "says": _WORDS,
    },
    "rule",
)
_OTHERWISE = _shape(
    {
        "id": _TEXT,
        "holds": _YES_NO.at("fired"),
        "says": Kind(
            _TEXT.schema, lambda rule, lang: rule.says.say(lang) if rule.fired else None, _SELF
        ).if_any,
    }
)
_CHANGE_KEYS = {"fact": _TEXT, "to": _AMOUNT, "outputs": _VALUES}
_CHANGE = _shape(_CHANGE_KEYS, "change")
_OTHER_RULES = _shape({**_CHANGE_KEYS, "fired": _many(_TEXT)}, "other_rules")
_POOL = _shape(
    {
        "group": Kind(_TEXT.schema, lambda group, _: group or "all"),
        "amount": _of_pool("amount"),
        "villages": _COUNT,
        "claims": _COUNT,
        "weight": _COUNT,
        "weights": _COUNT,
        "share": _of_pool("share"),
        "leftover": _of_pool("leftover"),
    },
    "pool",
)


def _first_pool(pools: Sequence[PoolSaid], lang: Lang) -> Any:
    return _POOL.write(pools[0], lang) if pools else None


_PARAMETER = _shape(
    {
        "value": _AMOUNT.at("amount"),
        "since": _DAY,
        "source": _maybe(_TEXT, "The document on which it rests"),
        "quote": _QUOTE,
    }
)
_STEP = _shape(
    {"output": _TEXT, "formula": _TEXT, "with_values": _WORDS, "value": _AMOUNT.at("amount")}
)
_DECISION = _shape(
    {
        "programme": _TEXT,
        "outputs": _by_id(
            _shape(
                {
                    "value": _AMOUNT.at(_SELF),
                    "unit": _UNIT.at(_SELF),
                }
            )
        ),
        "fired": _many(_TEXT),
        "rules": _many(_RULE),
        "otherwise": _OTHERWISE.if_any,
        "facts": _by_id(_shape({"value": _AMOUNT.at("amount"), "origin": _TEXT})),
        "parameters": _by_id(_PARAMETER),
        "steps": _many(_STEP),
        "hinges_on": _many(_shape({"reading": _TEXT, "option": _TEXT, "outputs": _VALUES})),
        "would_change": _many(_CHANGE),
        "other_rules": _many(_OTHER_RULES),
        "pool": Kind(_POOL.schema, _first_pool, "pools").if_any,
        "note": _WORDS.if_any,
    },
    "decision",
)


_TOTAL = _shape({"payer": _TEXT, "unit": _UNIT.at("amount"), "amount": _AMOUNT})
_BECAUSE = _shape(
    {
        "rule": _TEXT.at("rule.id"),
        "amount": _maybe(_AMOUNT, "What the rule gives by itself, if that can be told"),
        "grounds": _many(Kind(_TEXT.schema, lambda ground, lang: ground.say(lang))),
    },
    "because",
)
_ANSWER = _shape(
    {
        "programmes": _many(
            _shape(
                {
                    "programme": _TEXT,
                    "output": _TEXT.at("answer.given.output"),
                    "value": _AMOUNT.at("answer.given.amount"),
                    "unit": _UNIT.at("answer.given.amount"),
                    "says": Kind(_TEXT.schema, sentence, "answer"),
                    "because": _many(_BECAUSE).at("answer.rules"),
                    "instead": Kind(
                        {"type": "array", "items": _BECAUSE.schema},
                        lambda answer, lang: [
                            _BECAUSE.write(reason, lang) for reason in instead(answer)
                        ],
                        "answer",
                    ),
                }
            )
        ).at("decisions"),
        "totals": Kind(
            _many(_TOTAL).schema,
            lambda explanation, lang: [
                _TOTAL.write(payment, lang) for payment in payments(explanation)
            ],
            _SELF,
        ),
    },
    "answer",
)


_NEEDED = _shape({"fact": _TEXT, "now": _AMOUNT, "origin": _TEXT, "to": _AMOUNT})
_TAKES = _shape({"facts": _many(_NEEDED), "outputs": _VALUES, "fired": _many(_TEXT)})
_WHY_NOT = _shape(
    {
        "programme": _TEXT.at("decision.programme"),
        "rule": _RULE,
        "verdict": Kind({"enum": ["decides", "beaten", "fails"]}),
        "says": _WORDS,
        "failing": _many(_CONDITION),
        "takes": _many(_TAKES),
        "instead": _many(_shape({"id": _TEXT, "says": _WORDS})),
    },
    "why_not",
)


def _ground(part: str) -> Kind:
    return Kind(_TEXT.schema, lambda grounds, _: grounds.get(part), "grounds").if_any


_OVERRIDE = _shape(
    {
        "output": _TEXT,
        "by_rules": _AMOUNT,
        "value": _AMOUNT.at("amount"),
        "follows": _YES_NO,
        **{part: _ground(part) for part in ("code", "reason", "document", "approver")},
    },
    "override",
)


_PAID = _shape({"output": _TEXT, "before": _MONEY, "after": _MONEY, "difference": _MONEY})
_CORRECTION = _shape(
    {"corrects": _TEXT, "reason": _TEXT, "amounts": _many(_PAID), "net": _MONEY}, "correction"
)
_POLICY = _shape(
    {
        "id": _TEXT.at("policy_id"),
        "digest": Kind({"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}),
        "on": _DAY,
        "readings": _by_id(_TEXT),
    }
)
_EXPLANATION = {
    "village": Kind(_object(dict.fromkeys(("code", "name", "town", "county"), _TEXT.schema), [])),
    "policy": _POLICY.at(_SELF),
    "decisions": _many(_DECISION).if_any,
    "answer": _ANSWER.at(_SELF),
    "undecided_readings": _many(
        _shape({"reading": _TEXT, "option": _TEXT, "why": _WORDS})
    ).at("undecided").if_any,
    "overrides": _many(_OVERRIDE).at("by_hand").if_any,
    "correction": _CORRECTION.at("corrected").if_any,
    "corrected_by": _many(_shape({"run": _TEXT, "reason": _TEXT})).at("later").if_any,
}  # fmt: skip
_DESCRIBED = (
    "decision", "rule", "condition", "change", "other_rules", "pool", "why_not", "override", "correction",
    "because", "answer",
)  # fmt: skip


def explanation_json(explanation: Explanation | Sequence[WhyNot], lang: Lang) -> dict[str, Any]:
    """An explanation as the public JSON (docs/schema/explanation.schema.json); sentences in one language."""
    if isinstance(explanation, Explanation):
        document: dict[str, Any] = _shape(_EXPLANATION).write(explanation, lang)
        return document
    keys = {k: v for k, v in _EXPLANATION.items() if k not in ("decisions", "answer", "correction")}
    head = _shape(keys).write(explanation[0].explanation, lang)
    return {**head, "why_not": [_WHY_NOT.write(why_not, lang) for why_not in explanation]}


def explanation_schema() -> dict[str, Any]:
    """What `explain --format json` prints, with and without `--why-not`."""
    keys = {id_: kind.schema for id_, kind in _EXPLANATION.items()}
    return {
        "$schema": ADDRESS,
        "title": "fundcalc explanation",
        "description": "Why a village gets what it gets, or why a rule does not decide for it",
        "type": "object",
        "properties": {**keys, "why_not": _many(_WHY_NOT).schema},
        "required": ["village", "policy"],
        "oneOf": [{"required": ["decisions", "answer"]}, {"required": ["why_not"]}],
        "additionalProperties": False,
        "$defs": {name: _named[name] for name in _DESCRIBED},
    }
