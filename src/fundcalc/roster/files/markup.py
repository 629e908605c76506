"""XML read piece by piece: no document type, so that no entity grows; nothing nested or long without end."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from xml.etree import ElementTree as ET
from xml.parsers import expat

_CHUNK = 16_384
_MAX_UNIT = 4_000_000
"""Bytes of one row, one text, or one of the like."""


class Malformed(Exception):
    """What is no XML, or not the XML that it should be."""


class TooMuch(Exception):
    """More tags, or one part longer, than such a file can need."""


class _Begun(Exception):
    """The root has begun, so that no document type can come."""


def units(stream: IO[bytes], root: str, depth: int, most: int) -> Iterator[list[ET.Element]]:
    """The elements at a depth of 2 or 3 below `root`, at 1, as they are complete; then they are let go.

    Elements at depth 2 come too, after those in them. `most` is how many tags there may be. Raises
    Malformed and TooMuch.
    """
    builder = ET.TreeBuilder()
    parser = ET.XMLParser(target=builder)  # noqa: S314 - entities cannot be declared
    prolog: expat.XMLParserType | None = _prolog_parser()
    tags = since = 0
    try:
        while chunk := stream.read(_CHUNK):
            tags += chunk.count(b"<")
            since += len(chunk)
            if tags > most or since > _MAX_UNIT:
                raise TooMuch
            prolog = _without_doctype(prolog, chunk)
            parser.feed(chunk)
            top = builder.close()  # in C this is what there is so far
            if top is None:
                continue
            done = _complete(top, depth)
            if done:
                since = 0
                yield done
        top = parser.close()
    except (ET.ParseError, expat.ExpatError, LookupError, ValueError) as problem:
        raise Malformed(str(problem)) from problem
    if local(top.tag) != root:
        raise Malformed("another kind of part")
    for one in top:
        yield [*one, one] if depth == 3 else [one]


def _complete(top: ET.Element, depth: int) -> list[ET.Element]:
    """Take out the elements that are complete."""
    done: list[ET.Element] = []
    for one in top[:-1]:
        if depth == 3:
            done += one
        done.append(one)
    del top[:-1]
    if depth == 3 and len(top):
        done += top[-1][:-1]
        del top[-1][:-1]
    return done


def _prolog_parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise Malformed("document type")

    def begun(*_: object) -> None:
        raise _Begun

    parser.StartDoctypeDeclHandler, parser.StartElementHandler = refuse, begun
    return parser


def _without_doctype(
    parser: expat.XMLParserType | None, chunk: bytes
) -> expat.XMLParserType | None:
    """See that no document type comes before the root; None when that has begun."""
    if parser is not None:
        try:
            parser.Parse(chunk, False)
        except _Begun:
            return None
    return parser


@contextmanager
def many_objects() -> Iterator[None]:
    """Make and drop millions of elements, none of them in a circle, without looking for circles."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def tree(stream: IO[bytes], root: str, most: int = 2_000_000) -> ET.Element:
    """A small document; names and attributes without their namespaces."""
    whole = ET.Element(root)
    for some in units(stream, root, 2, most):
        whole.extend(some)
    for one in whole.iter():
        one.tag = local(one.tag)
        if any("}" in name for name in one.attrib):
            attributes = {local(name): value for name, value in one.attrib.items()}
            one.attrib.clear()
            one.attrib.update(attributes)
    return whole


def is_true(value: str | None) -> bool:
    """Whether an attribute says yes."""
    return value in ("1", "true", "on")
