"""A column of values as text, one line a village, and back: what the ledger and the audit pack hold.

Numbers are whole smallest units (money in fen), days their ordinal numbers, yes/no 1 or 0, lists
joined by `+`. In text a backslash, a line feed and a carriage return are written as two characters.
"""

from __future__ import annotations

from collections.abc import Sequence

from fundcalc.engines.result import JOIN, values_of
from fundcalc.language.datatypes import Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value


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
    if "\\" not in text:
        return text
    found, rest = "", text
    while "\\" in rest:
        before, _, rest = rest.partition("\\")
        found += before + {"n": "\n", "r": "\r"}.get(rest[:1], rest[:1])
        rest = rest[1:]
    return found + rest
