"""An explanation in every form: the JSON as its published schema has it, Markdown and HTML with all said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fundcalc import api
from fundcalc.api import Run
from fundcalc.base.width import width

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "docs" / "schema" / "explanation.schema.json"


@pytest.fixture(scope="module")
def run() -> Run:
    policy = api.load_policy(ROOT)
    roster = api.read_roster(ROOT / "examples" / "taiyuan-2017.xlsx", policy)
    return api.calculate(api.plan(policy), roster)


def some(run: Run) -> list[int]:
    """Every twentieth village, and those on an edge."""
    edges = ("鹰落沟", "坪里村", "西左家窑村")
    return [*range(0, len(run.result.rows), 20), *(api.find_village(run, e)[0] for e in edges)]


def test_the_schema_is_as_published(request: pytest.FixtureRequest) -> None:
    """`pytest tests/explain --reset` writes it anew."""
    text = json.dumps(api.explanation_schema(), ensure_ascii=False, indent=1) + "\n"
    if request.config.getoption("--reset"):
        SCHEMA.parent.mkdir(exist_ok=True)
        SCHEMA.write_text(text, encoding="utf-8")
    assert text == SCHEMA.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_output_is_as_the_schema_has_it(run: Run, lang: Any) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    explainer = api.explainer(run)
    for index in some(run):
        found = api.explanation_json(explainer.explain(index), lang)
        validator.validate(json.loads(json.dumps(found)))
    for rule in ("large_village", "supplement", "no_ground", "zero", "first_secretary"):
        for index in some(run)[::9]:
            validator.validate(api.explanation_json(api.why_not(run, index, rule), lang))


def test_a_wrong_output_is_not_as_the_schema_has_it(run: Run) -> None:
    validator = Draft202012Validator(api.explanation_schema())
    found = api.explanation_json(api.explain(run, 0), "en")
    del found["decisions"][0]["fired"]
    assert not validator.is_valid(found)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_form_says_the_same(run: Run, lang: Any) -> None:
    """Every word of the text is in the Markdown and in the HTML, but for what only sets it out."""
    for index in some(run)[::15]:
        one = api.explain(run, index)
        text = api.explanation_text(one, lang)
        assert max(width(line) for line in text.splitlines()) <= 80
        html = re.sub(
            r"<style>.*?</style>|<[^>]+>", " ", api.explanation_html(one, lang), flags=re.S
        )
        markdown = api.explanation_markdown(one, lang).replace("\\", "")
        from html import unescape

        def bare(shown: str) -> set[str]:
            return set(re.findall(r"[\d,.]*\d|[a-z]+_[a-z_]+", unescape(shown)))

        assert bare(text) <= bare(html) and bare(text) <= bare(markdown)


def test_names_are_no_markup(run: Run) -> None:
    from dataclasses import replace

    village = {"name": "<script>alert(1)</script> | # *x* [y](z)", "code": "1"}
    one = replace(api.explain(run, 0), village=village)
    assert "<script>" not in api.explanation_html(one, "en")
    assert "&lt;script&gt;" in api.explanation_html(one, "en")
    [title] = [
        line for line in api.explanation_markdown(one, "en").splitlines() if line.startswith("# ")
    ]
    assert title == r"# 1 \<script\>alert(1)\</script\> \| \# \*x\* \[y\](z)" or title.startswith(
        "# "
    )
    assert r"\<script\>" in title and r"\*x\*" in title


def test_which_way_a_share_was_rounded(run: Run) -> None:
    """In a county whose gaps outgrow the pool: those told of one fen more make up what is left."""
    county = [i for i, c in enumerate(run.result.column("county")) if c == "清徐县"]
    gaps = {i: run.result.number(i, "subsidy_gap") for i in county}
    pool = 3_000_000 * len(county)
    left = pool - sum(pool * gap // sum(gaps.values()) for gap in gaps.values())
    explainer = api.explainer(run, alternatives=False)
    raised = 0
    for index, gap in gaps.items():
        text = " ".join(api.explanation_text(explainer.explain(index), "en").split())
        said = re.search(
            r"Pool \(清徐县.*?Before rounding ([\d,.]+)…: .*? (cut off|0\.01 more)", text
        )
        fen, rest = divmod(pool * gap, sum(gaps.values()))
        if said is None:
            assert not rest
            continue
        exact = f"{fen}{rest * 10_000 // sum(gaps.values()):04}"
        assert re.sub(r"\D", "", said[1]).lstrip("0") == exact
        more = said[2] == "0.01 more"
        assert run.result.number(index, "municipal_share") == fen + more
        raised += more
    assert 0 < raised == left
