"""What is kept as bytes, and back: columns of values, and checked plans.

A column is text, one line a village, in the ledger as in the audit pack. Numbers are whole smallest units
(money in fen), days their ordinal numbers, yes/no 1 or 0, lists joined by `+`. In text a backslash, a line
feed and a carriage return are written as two characters.

A plan is JSON, so that a recorded run is explained without its policy being read anew. It is only a
convenience: the policy's files are in the ledger too, `runs verify` holds one against the other, and a plan
written by a program with other records is left aside. Places in files are not kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from fundcalc.base.diagnostics import Span
from fundcalc.base.words import Called, Noun, Words
from fundcalc.engines.result import JOIN, values_of
from fundcalc.language import datatypes, nodes
from fundcalc.language.datatypes import Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.language.units import KNOWN, Base, Unit
from fundcalc.policy import model
from fundcalc.policy.plan import Plan


def encode(values: Sequence[Value], kind: Type) -> bytes:
    """The column as UTF-8 lines."""
    plain = values_of(values)
    if isinstance(kind, Texts):
        return lines([JOIN.join(one) for one in plain])  # type: ignore[arg-type]
    if isinstance(kind, Text):
        return lines(plain)  # type: ignore[arg-type]
    if isinstance(kind, YesNo):
        return lines(["1" if one else "0" for one in plain])
    return lines(list(map(str, plain)))


def decode(content: bytes, kind: Type) -> list[Value]:
    """The values of a column. Raises ValueError where it is none of that type."""
    texts = unlines(content)
    if isinstance(kind, Texts):
        return [tuple(text.split(JOIN)) if text else () for text in texts]
    if isinstance(kind, Text):
        return list(texts)
    if isinstance(kind, YesNo):
        return [_YES_NO[text] for text in texts]
    return [int(text) for text in texts]


_YES_NO = {"1": True, "0": False}


def lines(texts: Sequence[str]) -> bytes:
    """Texts as lines, what would break a line escaped."""
    if not texts:
        return b""
    whole = "\n".join(texts)
    if "\\" in whole or "\r" in whole or whole.count("\n") >= len(texts):
        whole = "\n".join([_escaped(text) for text in texts])
    return f"{whole}\n".encode()


def unlines(content: bytes) -> list[str]:
    """The texts of `lines`."""
    if not content:
        return []
    texts = content.decode().removesuffix("\n").split("\n")
    if b"\\" in content:
        return [_plain(text) for text in texts]
    return texts


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text)


_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r"}


# -- plans ------------------------------------------------------------------------------------------

_CLASSES: tuple[type[Any], ...] = (
    Words, Called, Noun, Unit, datatypes.Number, datatypes.Text, datatypes.YesNo, datatypes.Date,
    datatypes.Texts, nodes.Const, nodes.Name, nodes.Negative, nodes.Rescale, nodes.Arithmetic, nodes.Compare,
    nodes.Contains, nodes.Logic, nodes.Negation, nodes.Choice, nodes.Extreme, nodes.Absolute,
    nodes.Round, nodes.Aggregate, nodes.One, nodes.TableRow, nodes.Lookup, nodes.Scale, nodes.Calendar,
    model.Band, model.Key,
    model.DatedRow, model.Table, model.Source, model.Unused, model.Reading, model.Growth, model.DatedValue,
    model.Parameter, model.Fact, model.Period, model.Must, model.Share, model.Rule, model.Otherwise,
    model.Output, model.Summary, model.Gathered, model.Programme, model.Papers, model.Policy, Plan,
)  # fmt: skip

_LEFT_OUT: dict[str, Any] = {
    "span": Span(""), "at": (0, 0), "files": {}, "places": None, "bounds": {},
}  # fmt: skip
"""Fields that are not kept, and what stands for them."""


class OtherFormat(Exception):
    """The plan was kept by a program whose records have other fields."""


_KEPT: dict[type[Any], tuple[str, ...]] = {
    kind: tuple(field.name for field in fields(kind) if field.name not in _LEFT_OUT)
    for kind in _CLASSES
}


@cache
def shape() -> str:
    """A digest of what the records hold; plans of equal shape can be read."""
    text = "".join(f"{kind.__name__}({' '.join(_KEPT[kind])})" for kind in _CLASSES)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def encode_plan(plan: Plan) -> bytes:
    """The plan as JSON; equal plans give equal bytes."""
    writer = _Writer()
    writer.value(plan)
    whole = {"shape": shape(), "objects": writer.objects}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def decode_plan(content: bytes) -> Plan:
    """The plan. Raises OtherFormat; ValueError, TypeError, KeyError or IndexError where it is damaged."""
    whole = json.loads(content)
    if whole["shape"] != shape():
        raise OtherFormat
    made: list[Any] = []
    for number, *values in whole["objects"]:
        kind = _CLASSES[number]
        given = {
            name: _value(v, made) if isinstance(v, list | dict) else v
            for name, v in zip(_KEPT[kind], values, strict=True)
        }
        given |= {f.name: _LEFT_OUT[f.name] for f in fields(kind) if f.name not in given}
        made.append(kind(**given))
    if not made or not isinstance(made[-1], Plan):
        raise ValueError("no plan")
    return made[-1]


class _Writer:
    """Lists every record once, those that it is made of before it."""

    def __init__(self) -> None:
        self.objects: list[list[Any]] = []
        self._place: dict[str, int] = {}
        self._number = {kind: number for number, kind in enumerate(_CLASSES)}

    def value(self, value: Any) -> Any:
        if isinstance(value, Base) and KNOWN.get(value) is not value:
            called = value.called
            return {"unit": [str(value), called.zh, called.en, value.plural, value.money]}
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, Decimal):
            return {"decimal": str(value)}
        if isinstance(value, tuple):
            return [self.value(item) for item in value]
        if isinstance(value, frozenset):
            return {"set": sorted(value)}
        if isinstance(value, date):
            return {"day": value.toordinal()}
        if isinstance(value, Mapping):
            return {"map": [[key, self.value(item)] for key, item in value.items()]}
        kind = type(value)
        found = [self._number[kind], *(self.value(getattr(value, name)) for name in _KEPT[kind])]
        key = json.dumps(found, ensure_ascii=False)
        if key not in self._place:
            self._place[key] = len(self.objects)
            self.objects.append(found)
        return {"is": self._place[key]}


def _value(value: Any, made: list[Any]) -> Any:
    if isinstance(value, list):
        return tuple([_value(i, made) if isinstance(i, list | dict) else i for i in value])
    if not isinstance(value, dict):
        return value
    [(mark, item)] = value.items()
    if mark == "is":
        return made[item]
    if mark == "set":
        return frozenset(item)
    if mark == "decimal":
        return Decimal(item)
    if mark == "unit":
        name, zh, en, plural, money = item
        return Base(name, Words(zh, en), plural=plural, money=money)
    if mark == "day":
        return date.fromordinal(item)
    return {key: _value(one, made) for key, one in item}
