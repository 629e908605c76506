"""Outputs in a long chain, each resting on the one before: what `check` asks grows no faster than it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fundcalc.analysis import bench
from fundcalc.analysis.check import check
from fundcalc.analysis.smt import Space
from tests.cli.small import OTHERWISE, READING, YUAN, decides, fact, policy, rule

FACTS = fact("income", YUAN, "range = [0, 100_000]") + fact(
    "people", 'unit = "person"', "range = [0, 9]"
)
FORMS = {
    "sums": "{one} + {one}",
    "with one before": "{one} + {two} - income",
    "the greater": "max({one} + {one}, {two})",
    "choices": "({one} if {one} > income else {two}) + 1",
    "rounded": "round({one} / 3, 0.01, 'half up')",
}


def asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, form: str, length: int
) -> tuple[int, int, list[str]]:
    """How many questions go to z3 and how many villages through the engines, and the codes found."""
    rules = (
        decides("unique", "a0")
        + rule("r", "income < 50_000 or edge == 'yes'", "income")
        + OTHERWISE
    )
    for n in range(1, length + 1):
        value = form.format(one=f"a{n - 1}", two=f"a{max(n - 2, 0)}")
        rules += f'\n[[also]]\nid = "a{n}"\n{YUAN}value = "{value}"\n'
    policy(folder, facts=FACTS, head=READING, g=rules)
    questions: list[object] = []
    villages: list[object] = []
    ask, replay = Space._model, bench.replay

    def counted(space: Space, *given: Any, **more: Any) -> Any:
        questions.append(given)
        return ask(space, *given, **more)

    def replayed(*given: Any) -> Any:
        villages.append(given)
        return replay(*given)

    with monkeypatch.context() as patch:
        patch.setattr(Space, "_model", counted)
        patch.setattr(bench, "replay", replayed)
        found = check(folder, None, {})
    return len(questions), len(villages), [one.code for one in found]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_questions_grow_as_the_chain_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    short = asked(tmp_path / "short", monkeypatch, form, 10)
    long = asked(tmp_path / "long", monkeypatch, form, 40)
    assert long[0] <= 5 * short[0] + 200
    assert long[1] <= 5 * short[1] + 20


def test_one_output_beyond_64_bits_stands_for_all_that_rest_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, villages, codes = asked(tmp_path, monkeypatch, FORMS["sums"], 60)
    assert (
        1 <= codes.count("FC712") <= 2 and villages < 20
    )  # under the other reading one is earlier
