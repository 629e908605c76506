"""Files written on the spot and read through the one public door."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, render
from fundcalc.roster.files.book import open_book
from fundcalc.roster.sheet import Sheet

Read = Callable[..., Sheet]
Refused = Callable[..., Diagnostic]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a file's bytes and read its first sheet."""

    def first(data: bytes, name: str = "名册.xlsx", at: int = 0) -> Sheet:
        path = tmp_path / name
        path.write_bytes(data)
        book = open_book(path)
        return book.load(book.sheets[at].name)

    return first


@pytest.fixture
def refused(read: Read) -> Refused:
    """The one thing that is said of a file that is not read, in both languages."""

    def why(data: bytes, name: str = "名册.xlsx") -> Diagnostic:
        with pytest.raises(PolicyProblem) as caught:
            read(data, name)
        (found,) = caught.value.diagnostics
        assert render(found, "zh")
        assert render(found, "en")
        return found

    return why
