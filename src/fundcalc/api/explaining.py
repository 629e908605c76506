"""One village found, described and explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fundcalc.base.words import Lang

if TYPE_CHECKING:
    from fundcalc.api.computing import Run
    from fundcalc.explain.decision import Explanation
    from fundcalc.explain.gather import Explainer


def explain(run: Run, index: int) -> Explanation:
    """Why the village at a position gets what it gets."""
    return explainer(run).explain(index)


def explainer(run: Run) -> Explainer:
    """What explains many villages of a run: all that they share is prepared once."""
    from fundcalc.explain.gather import Explainer

    return Explainer(run.result, run.roster.origin, run.hinges)


def find_village(run: Run, wanted: str) -> list[int]:
    """Positions of the villages meant by a code or a name: exact first, then without 村 or 村委会."""
    from fundcalc.explain.find import find

    return find(run.result.rows, wanted)


def villages_near(run: Run, wanted: str) -> list[int]:
    """Positions of villages whose name or code contains the text."""
    from fundcalc.explain.find import near

    return near(run.result.rows, wanted)


def describe_village(run: Run, index: int) -> str:
    """Code, name, town and county of a village, for a reader to choose from."""
    from fundcalc.policy.model import IDENTITY

    row = run.result.rows[index]
    return "  ".join(str(row[part]) for part in IDENTITY if row.get(part))


def explanation_text(explanation: Explanation, lang: Lang) -> str:
    """An explanation as lines of at most 80 columns."""
    from fundcalc.explain.text import as_text

    return as_text(explanation, lang)


def explanation_json(explanation: Explanation, lang: Lang) -> dict[str, Any]:
    """An explanation as the public JSON."""
    from fundcalc.explain.as_json import as_json

    return as_json(explanation, lang)
