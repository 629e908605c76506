"""A column of many villages is written and read as one of few is, byte by byte and value by value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli import small
from tests.cli.small import OTHERWISE, decides, fact, rule
from tests.conftest import Cli

from fundcalc.language.datatypes import Date, Text, Texts, Type, YesNo
from fundcalc.ledger import encoding

TEXT = st.text(st.sampled_from("a县\\nr\n\r\t\",'\u2028\x00 "), max_size=6)
COLUMNS: st.SearchStrategy[tuple[Type, list[Any]]] = st.one_of(
    st.tuples(st.just(Text()), st.lists(TEXT, max_size=9)),
    st.tuples(
        st.just(Texts()), st.lists(st.lists(st.sampled_from(["a", "b\\", "县"]), max_size=3))
    ),
    st.tuples(st.just(Date()), st.lists(st.integers(-(2**63), 2**63 - 1))),
    st.tuples(st.just(YesNo()), st.lists(st.booleans())),
)


def plain(values: Sequence[Any], kind: Type) -> list[Any]:
    found = [getattr(value, "item", lambda v=value: v)() for value in values]
    return [encoding.parts(v) for v in found] if isinstance(kind, Texts) else found


@given(COLUMNS, st.data())
def test_many_are_kept_as_few_are(column: tuple[Type, list[Any]], data: st.DataObject) -> None:
    kind, values = column
    places = sorted(data.draw(st.sets(st.integers(0, 10**6), min_size=len(values))))[: len(values)]
    few, pairs = encoding.encode(values, kind), encoding.encode_pairs(places, values, kind)
    with patch.object(encoding, "MANY", 1):
        assert encoding.encode(values, kind) == few
        assert encoding.encode_pairs(np.array(places, dtype=np.uint32), values, kind) == pairs
        if values:
            assert plain(encoding.decode_column(few, kind), kind) == encoding.decode(few, kind)
            at, there = encoding.decode_pairs(pairs, kind)
            assert (list(at), plain(there, kind)) == (places, encoding.decode(few, kind))
            if isinstance(kind, Text):
                codes, table = encoding.decode_labels(few)
                assert [table[code] for code in codes] == values
                assert encoding.encode_labels((codes, table)) == few


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (Date(), b"1\n\n"),
        (Date(), b"1\nx\n"),
        (Date(), f"{2**63}\n".encode()),
        (YesNo(), b"1\n2\n"),
    ],
)
def test_what_is_no_value_of_many_is_refused(kind: Type, content: bytes) -> None:
    with patch.object(encoding, "MANY", 1), pytest.raises(ValueError, match="no"):
        encoding.decode_column(content, kind)


def test_papers_of_many_say_what_those_of_few_do(cli: Cli, tmp_path: Path) -> None:
    """Numbers of arrays are amounts, days and people as any other; texts that a person reads are held."""
    folder = small.policy(
        tmp_path / "policy", facts=fact("income", 'unit = "yuan/year"') + fact("born", 'type = "date"'),
        g=decides("first") + rule("few", "income < 50_000", "income") + OTHERWISE,
    )  # fmt: skip
    lines = [f"村{n},{49_999.99 if n % 2 else 12},{2000 + n}-01-02" for n in range(40)]
    other = [line.replace(",12,", ",50000.01,") for line in lines]
    for rows in (lines, other):
        path = small.roster(tmp_path, "name,income,born", *rows)
        assert cli("run", path, "--policy", folder).code == 0
    said = {}
    for many in (encoding.MANY, 1):
        with patch.object(encoding, "MANY", many):
            assert cli("runs", "export", "last", f"pack{many}").code == 0
            pack = (tmp_path / f"pack{many}" / "roster.csv").read_text(encoding="utf-8")
            said[many] = (
                pack,
                *(
                    cli("runs", *asked, "--lang", "zh").out
                    for asked in (
                        ("doubts", "last", "--before", "1"),
                        ("near", "last"),
                        ("show", "last"),
                    )
                ),
            )
    assert said[1] == said[encoding.MANY]
    assert "49999.99" in said[1][0] and "2001-01-02" in said[1][0] and "49,999.99" in said[1][1]
