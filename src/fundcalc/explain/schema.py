"""The JSON Schema of an explanation: docs/schema/explanation.schema.json is made from it."""

from __future__ import annotations

from typing import Any

ADDRESS = "https://json-schema.org/draft/2020-12/schema"
_TEXT: dict[str, Any] = {"type": "string"}
_YES_NO: dict[str, Any] = {"type": "boolean"}
_COUNT: dict[str, Any] = {"type": "integer"}
_MONEY: dict[str, Any] = {"type": "string", "pattern": r"^-?\d+\.\d\d$"}
_VALUES: dict[str, Any] = {
    "description": "Values by output; numbers with the decimals of their unit, lists joined by +",
    "type": "object",
    "additionalProperties": _TEXT,
}


def schema() -> dict[str, Any]:
    """What `explain --format json` prints, with and without `--why-not`."""
    return {
        "$schema": ADDRESS,
        "title": "fundcalc explanation",
        "description": "Why a village gets what it gets, or why a rule does not decide for it",
        "type": "object",
        "properties": {
            "village": _named({"code": _TEXT, "name": _TEXT, "town": _TEXT, "county": _TEXT}, []),
            "policy": _named(
                {
                    "id": _TEXT,
                    "digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
                    "on": {"type": "string", "format": "date"},
                    "readings": {"type": "object", "additionalProperties": _TEXT},
                }
            ),
            "decisions": _list(_ref("decision")),
            "undecided_readings": _list(_named({"reading": _TEXT, "option": _TEXT, "why": _TEXT})),
            "overrides": _list(_ref("override")),
            "correction": _ref("correction"),
            "corrected_by": _list(_named({"run": _TEXT, "reason": _TEXT})),
            "why_not": _list(_ref("why_not")),
        },
        "required": ["village", "policy"],
        "oneOf": [{"required": ["decisions"]}, {"required": ["why_not"]}],
        "additionalProperties": False,
        "$defs": {
            "decision": _decision(),
            "rule": _rule(),
            "condition": _condition(),
            "change": _change(),
            "other_rules": _change(fired=_list(_TEXT)),
            "pool": _pool(),
            "why_not": _why_not(),
            "override": _override(),
            "correction": _correction(),
        },
    }


def _override() -> dict[str, Any]:
    """An output set by hand after the rules, or one that follows from it."""
    grounds = dict.fromkeys(("code", "reason", "document", "approver"), _TEXT)
    values = {"output": _TEXT, "by_rules": _TEXT, "value": _TEXT, "follows": _YES_NO}
    return _named({**values, **grounds}, list(values))


def _correction() -> dict[str, Any]:
    """What a run changes in what is paid to the village, if it corrects another."""
    amount = _named({"output": _TEXT, "before": _MONEY, "after": _MONEY, "difference": _MONEY})
    return _named({"corrects": _TEXT, "reason": _TEXT, "amounts": _list(amount), "net": _MONEY})


def _decision() -> dict[str, Any]:
    parameter = _named(
        {
            "value": _TEXT,
            "since": {"type": "string", "format": "date"},
            "source": _maybe("The document on which it rests"),
        }
    )
    found = _named(
        {
            "programme": _TEXT,
            "outputs": _by_id(_named({"value": _TEXT, "unit": _maybe("Such as yuan/year")})),
            "fired": _list(_TEXT),
            "rules": _list(_ref("rule")),
            "otherwise": _named({"id": _TEXT, "holds": _YES_NO, "says": _TEXT}, ["id", "holds"]),
            "facts": _by_id(_named({"value": _TEXT, "origin": _TEXT})),
            "parameters": _by_id(parameter),
            "steps": _list(
                _named({"output": _TEXT, "formula": _TEXT, "with_values": _TEXT, "value": _TEXT})
            ),
            "hinges_on": _list(_named({"reading": _TEXT, "option": _TEXT, "outputs": _VALUES})),
            "would_change": _list(_ref("change")),
            "other_rules": _list(_ref("other_rules")),
            "pool": _ref("pool"),
            "note": _TEXT,
        }
    )
    found["required"] = [
        id_ for id_ in found["required"] if id_ not in ("otherwise", "pool", "note")
    ]
    return found


def _rule() -> dict[str, Any]:
    return _named(
        {
            "id": _TEXT,
            "fired": _YES_NO,
            "source": _maybe("The document on which the rule rests"),
            "when": _TEXT,
            "readings": {"type": "object", "additionalProperties": _TEXT},
            "conditions": _list(_ref("condition")),
            "says": _TEXT,
        }
    )


def _condition() -> dict[str, Any]:
    return _named(
        {
            "text": _TEXT,
            "holds": _YES_NO,
            "left": _maybe("The value of the left side"),
            "right": _maybe("The value of the right side"),
        }
    )


def _change(**more: Any) -> dict[str, Any]:
    return _named({"fact": _TEXT, "to": _TEXT, "outputs": _VALUES, **more})


def _pool() -> dict[str, Any]:
    return _named(
        {
            "group": _TEXT,
            "amount": _MONEY,
            "villages": _COUNT,
            "claims": _COUNT,
            "weight": _COUNT,
            "weights": _COUNT,
            "share": _MONEY,
            "leftover": _MONEY,
        }
    )


def _why_not() -> dict[str, Any]:
    needed = _named({"fact": _TEXT, "now": _TEXT, "origin": _TEXT, "to": _TEXT})
    return _named(
        {
            "programme": _TEXT,
            "rule": _ref("rule"),
            "verdict": {"enum": ["decides", "beaten", "fails"]},
            "says": _TEXT,
            "failing": _list(_ref("condition")),
            "takes": _list(
                _named({"facts": _list(needed), "outputs": _VALUES, "fired": _list(_TEXT)})
            ),
            "instead": _list(_named({"id": _TEXT, "says": _TEXT})),
        }
    )


def _named(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }


def _by_id(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": item}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _maybe(description: str) -> dict[str, Any]:
    return {"type": ["string", "null"], "description": description}
