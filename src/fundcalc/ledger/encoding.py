r"""What is kept as bytes, and back: columns of values, and checked plans.

A column is text, one line a village, in the ledger as in the audit pack. Numbers are whole smallest units
(money in fen), days their ordinal numbers, yes/no 1 or 0, lists joined by `+`. In text a backslash, a line
feed and a carriage return are written as two characters, in a list a `+`, too; one blank text alone is `\-`.

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
from io import BytesIO
from typing import TYPE_CHECKING, Any

from fundcalc.base.diagnostics import Span
from fundcalc.base.words import Called, Noun, Words
from fundcalc.engines.result import JOIN, values_of
from fundcalc.language import datatypes, nodes
from fundcalc.language.datatypes import Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.language.units import KNOWN, Base, Unit
from fundcalc.policy import model
from fundcalc.policy.plan import Plan

if TYPE_CHECKING:
    import polars as pl

    from fundcalc.engines.patterns import Labels

MANY = 5_000
"""Lines from which a column is written and read whole, by polars, which small ledgers need not load."""


def encode(values: Sequence[Value], kind: Type) -> bytes:
    """The column as UTF-8 lines."""
    if len(values) >= MANY:
        return (
            _yes_no_lines(values)
            if isinstance(kind, YesNo)
            else _tab_lines(_series_of(values, kind))
        )
    plain = values_of(values)
    if isinstance(kind, Texts):
        return _raw_lines([joined(texts) for texts in plain])  # type: ignore[arg-type]
    if isinstance(kind, Text):
        return lines(plain)  # type: ignore[arg-type]
    if isinstance(kind, YesNo):
        return lines(["1" if answer else "0" for answer in plain])
    return lines(list(map(str, plain)))


def decode(content: bytes, kind: Type) -> list[Value]:
    """The values of a column. Raises ValueError where it is none of that type."""
    if isinstance(kind, Texts):
        return [parts(line) for line in _raw_unlines(content)]
    texts = unlines(content)
    if isinstance(kind, Text):
        return list(texts)
    if isinstance(kind, YesNo):
        return [_YES_NO[text] for text in texts]
    return [int(text) for text in texts]


def joined(texts: Sequence[str]) -> str:
    """A list as it is kept: one line, its texts apart by `+`."""
    return JOIN.join([_escaped(text).replace(JOIN, "\\" + JOIN) for text in texts]) or "\\-" * len(
        texts
    )


def parts(line: str) -> tuple[str, ...]:
    """The texts of a list by the line that is kept of it.

    Older records have a `+` within a text as it is, which reads as two texts.
    """
    if "\\" not in line:
        return tuple(line.split(JOIN)) if line else ()
    return tuple(map(_unescaped, _PART.findall(f"{JOIN}{line}")))


_YES_NO = {"1": True, "0": False}


def encode_labels(labels: Labels, *, lists: bool = False) -> bytes:
    """Texts by village as UTF-8 lines; or `lists` as `joined` writes them."""
    codes, table = labels
    kept = table if lists else tuple(map(_escaped, table))
    if len(codes) < MANY:
        return _raw_lines([kept[code] for code in codes.tolist()])
    import polars as pl

    return _tab_lines(pl.Series(kept, dtype=pl.String).gather(codes))


def encode_pairs(places: Sequence[int], values: Sequence[Value], kind: Type) -> bytes:
    """Lines of a village's place, a tab, and its value."""
    if len(places) < MANY:
        texts = encode(values, kind).decode().split("\n")
        pairs = zip(values_of(places), texts, strict=False)
        return "".join(f"{place}\t{text}\n" for place, text in pairs).encode()
    import polars as pl

    return _tab_lines(pl.Series(places), _series_of(values, kind))


def decode_column(content: bytes, kind: Type) -> Sequence[Value]:
    """As `decode`; of many villages an array, of text a series, of lists a series as they are kept."""
    if content.count(b"\n") < MANY:
        return decode(content, kind)
    texts = _split(content) if isinstance(kind, Texts) else _series(content)
    decoded: Sequence[Value] = _values(texts, kind)
    return decoded


def decode_pairs(content: bytes, kind: Type) -> tuple[Sequence[int], Sequence[Value]]:
    """The places and values of `encode_pairs`. Raises ValueError."""
    if content.count(b"\n") < MANY:
        pairs = [line.partition("\t") for line in content.decode().split("\n")[:-1]]
        values = "".join(f"{value}\n" for _, _, value in pairs)
        return [int(place) for place, _, _ in pairs], decode(values.encode(), kind)
    parts = _split(content).str.splitn("\t", 2).struct.unnest()
    texts = parts.to_series(1)
    if not isinstance(kind, Texts):
        texts = _unescaped_all(texts, content)
    return _integers(parts.to_series(0)), _values(texts, kind)


def decode_labels(content: bytes, *, lists: bool = False) -> Labels:
    """The texts of `encode_labels`, each once in order of appearance, and each line's place among them.

    Of `lists` the lines as they are kept.
    """
    import polars as pl

    texts = _split(content) if lists else _series(content)
    table = texts.unique(maintain_order=True)
    codes = texts.cast(pl.Enum(table)).to_physical().to_numpy().astype("int64")
    return codes, tuple(table.to_list())


def _series_of(values: Any, kind: Type) -> pl.Series:
    """Values as a series that is written as `encode` writes them."""
    import polars as pl

    if isinstance(kind, Texts):
        return pl.Series([joined(texts) for texts in values], dtype=pl.String)
    if isinstance(kind, Text):
        is_series = isinstance(values, pl.Series)
        return _escaped_all(values if is_series else pl.Series(values, dtype=pl.String))
    if isinstance(kind, YesNo):
        return pl.Series(values, dtype=pl.Boolean).cast(pl.UInt8)
    return pl.Series(values, dtype=pl.Int64)


def _yes_no_lines(values: Any) -> bytes:
    import numpy as np

    characters = np.empty((len(values), 2), dtype=np.uint8)
    characters[:, 0] = np.asarray(values, dtype=np.bool_) + np.uint8(ord("0"))
    characters[:, 1] = ord("\n")
    return characters.tobytes()


def _tab_lines(*columns: pl.Series) -> bytes:
    import polars as pl

    buffer = BytesIO()
    frame = pl.DataFrame([column.alias(str(at)) for at, column in enumerate(columns)])
    frame.write_csv(buffer, include_header=False, quote_style="never", separator="\t")
    return buffer.getvalue()


def _escaped_all(texts: pl.Series) -> pl.Series:
    for character, escaped in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r")):
        if texts.str.contains(character, literal=True).any():
            texts = texts.str.replace_all(character, escaped, literal=True)
    return texts


def _series(content: bytes) -> pl.Series:
    """The texts of many lines."""
    return _unescaped_all(_split(content), content)


def _split(content: bytes) -> pl.Series:
    import polars as pl

    return pl.Series([content.decode().removesuffix("\n")]).str.split("\n").explode()


def _unescaped_all(texts: pl.Series, content: bytes) -> pl.Series:
    import polars as pl

    return pl.Series([_unescaped(t) for t in texts.to_list()]) if b"\\" in content else texts


def _values(texts: pl.Series, kind: Type) -> Any:
    if isinstance(kind, Text | Texts):
        return texts
    if not isinstance(kind, YesNo):
        return _integers(texts)
    if not texts.is_in(list(_YES_NO)).all():
        raise ValueError("neither yes nor no")
    return (texts == "1").to_numpy()


def _integers(texts: pl.Series) -> Any:
    import polars as pl

    numbers = texts.cast(pl.Int64, strict=False)
    if numbers.null_count():
        raise ValueError("no whole number")
    return numbers.to_numpy()


def lines(texts: Sequence[str]) -> bytes:
    """Texts as lines, what would break a line escaped."""
    if not texts:
        return b""
    whole = "\n".join(texts)
    if "\\" in whole or "\r" in whole or whole.count("\n") >= len(texts):
        return _raw_lines([_escaped(text) for text in texts])
    return f"{whole}\n".encode()


def _raw_lines(kept: Sequence[str]) -> bytes:
    """Lines that are escaped already."""
    return "".join([f"{line}\n" for line in kept]).encode()


def unlines(content: bytes) -> list[str]:
    """The texts of `lines`."""
    texts = _raw_unlines(content)
    if b"\\" in content:
        return [_unescaped(text) for text in texts]
    return texts


def _raw_unlines(content: bytes) -> list[str]:
    return content.decode().removesuffix("\n").split("\n") if content else []


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text)


_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_PART = re.compile(r"\+((?:\\.?|[^\\+])*)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "-": ""}


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
    document = {"shape": shape(), "objects": writer.objects}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def decode_plan(content: bytes) -> Plan:
    """The plan. Raises OtherFormat; ValueError, TypeError, KeyError or IndexError where it is damaged."""
    document = json.loads(content)
    if document["shape"] != shape():
        raise OtherFormat
    objects: list[Any] = []
    for number, *values in document["objects"]:
        kind = _CLASSES[number]
        arguments = {
            name: _value(v, objects) if isinstance(v, list | dict) else v
            for name, v in zip(_KEPT[kind], values, strict=True)
        }
        arguments |= {f.name: _LEFT_OUT[f.name] for f in fields(kind) if f.name not in arguments}
        objects.append(kind(**arguments))
    if not objects or not isinstance(objects[-1], Plan):
        raise ValueError("no plan")
    return objects[-1]


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
            return {"set": [self.value(item) for item in sorted(value)]}
        if isinstance(value, date):
            return {"day": value.toordinal()}
        if isinstance(value, Mapping):
            return {"map": [[key, self.value(item)] for key, item in value.items()]}
        kind = type(value)
        record = [self._number[kind], *(self.value(getattr(value, name)) for name in _KEPT[kind])]
        key = json.dumps(record, ensure_ascii=False)
        if key not in self._place:
            self._place[key] = len(self.objects)
            self.objects.append(record)
        return {"is": self._place[key]}


def _value(value: Any, objects: list[Any]) -> Any:
    if isinstance(value, list):
        return tuple([_value(i, objects) if isinstance(i, list | dict) else i for i in value])
    if not isinstance(value, dict):
        return value
    [(mark, item)] = value.items()
    if mark == "is":
        return objects[item]
    if mark == "set":
        return frozenset(_value(item, objects))
    if mark == "decimal":
        return Decimal(item)
    if mark == "unit":
        name, zh, en, plural, money = item
        return Base(name, Words(zh, en), plural=plural, money=money)
    if mark == "day":
        return date.fromordinal(item)
    return {key: _value(part, objects) for key, part in item}


# -- SM3 (GB/T 32905-2016), the digest of China's commercial cryptography, next to SHA-256 -------------

_START = (
    0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
)  # fmt: skip
_WORD = 0xFFFFFFFF


def sm3(content: bytes) -> str:
    """`sm3:` and 64 hexadecimal digits.

    OpenSSL's where Python was built with it, 1 MB in some 3 ms; else our own, which takes some 2 s for 1 MB.
    """
    raw = hashlib.new("sm3", content).digest() if _openssl_has_it() else in_python(content)
    return f"sm3:{raw.hex()}"


@cache
def _openssl_has_it() -> bool:
    try:
        hashlib.new("sm3", b"")
    except ValueError:
        return False
    return True


def in_python(content: bytes) -> bytes:
    """SM3 of bytes without OpenSSL."""
    state: tuple[int, ...] = _START
    full = len(content) // 64 * 64
    zeros = bytes((55 - len(content)) % 64)
    last = content[full:] + b"\x80" + zeros + (8 * len(content)).to_bytes(8)
    for text in (content[:full], last):
        for at in range(0, len(text), 64):
            state = _compressed(state, text[at : at + 64])
    return b"".join(word.to_bytes(4) for word in state)


def _rotated(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & _WORD


_CONSTANTS = tuple(_rotated(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32) for j in range(64))


def _compressed(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    """One block of 64 bytes taken in, by the names of the standard's section 5.3."""
    w = [int.from_bytes(block[at : at + 4]) for at in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _rotated(w[j - 3], 15)
        x ^= _rotated(x, 15) ^ _rotated(x, 23)
        w.append(x ^ _rotated(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        a12 = _rotated(a, 12)
        ss1 = _rotated((a12 + e + _CONSTANTS[j]) & _WORD, 7)
        ff = a ^ b ^ c if j < 16 else a & b | a & c | b & c
        gg = e ^ f ^ g if j < 16 else e & f | ~e & g
        tt1 = (ff + d + (ss1 ^ a12) + (w[j] ^ w[j + 4])) & _WORD
        tt2 = (gg + h + ss1 + w[j]) & _WORD
        a, b, c, d = tt1, a, _rotated(b, 9), c
        e, f, g, h = tt2 ^ _rotated(tt2, 9) ^ _rotated(tt2, 17), e, _rotated(f, 19), g
    return tuple(new ^ old for new, old in zip((a, b, c, d, e, f, g, h), state, strict=True))
