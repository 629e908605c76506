"""docs/reference/ says what the program's own tables say; `--reset`, or `make reference`, writes it anew."""

from __future__ import annotations

import runpy

import pytest
from tests.closed_sets import DIRECTIONS
from tests.conftest import ROOT, Cli

from fundcalc.language.parse import ARITHMETIC, COMPARISONS

FOLDER = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def reference() -> dict[str, object]:
    return runpy.run_path(str(FOLDER / "make.py"))


def test_the_pages_are_up_to_date(
    reference: dict[str, object], request: pytest.FixtureRequest
) -> None:
    pages = reference["pages"]
    assert callable(pages)
    for name, text in pages().items():
        if request.config.getoption("--reset"):
            (FOLDER / name).write_text(text, encoding="utf-8")
        assert (FOLDER / name).read_text(encoding="utf-8") == text, "run: make reference"


def test_every_operator_is_shown(reference: dict[str, object]) -> None:
    expressions = reference["EXPRESSIONS"]
    assert isinstance(expressions, tuple)
    shown = {word for text in expressions for word in text.replace("-r", "- r").split()}
    others = {"in", "not", "and", "or", "if", "else"}
    assert shown >= {*ARITHMETIC.values(), *COMPARISONS.values(), *others}


def test_every_rounding_is_named_where_roundings_are_told(cli: Cli) -> None:
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    told = {lang: cli("rule", "FC214", "--lang", lang).out for lang in ("zh", "en")}
    lacking = [d for d in DIRECTIONS if f"`{d}`" not in page]
    lacking += [d for d in DIRECTIONS for text in told.values() if d not in text.split("bad")[0]]
    assert not lacking, f"docs/language.md or the text of FC214 lacks {lacking}"
