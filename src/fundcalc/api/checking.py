"""The policy writer's bench: checks, what their codes mean, worked examples and their coverage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.base.diagnostics import Diagnostic
from fundcalc.base.words import Lang, Words

if TYPE_CHECKING:
    from fundcalc.analysis.coverage import Coverage
    from fundcalc.analysis.worked import Outcome
    from fundcalc.base.catalogue import Page
    from fundcalc.policy.model import Policy


def check(path: Path | None, on: date | None, readings: Mapping[str, str]) -> list[Diagnostic]:
    """Everything wrong or doubtful in a policy, its cases included."""
    from fundcalc.analysis.check import check as run

    return run(path, on, readings)


def sarif(found: list[Diagnostic], lang: Lang) -> dict[str, Any]:
    """Diagnostics as a SARIF 2.1.0 log, for code review tools."""
    from fundcalc.analysis.sarif import log

    return log(found, lang)


def test(path: Path | None) -> list[Outcome]:
    """Run the policy's own worked examples. Raises PolicyProblem where they cannot be read."""
    from fundcalc.analysis.worked import run_cases

    return run_cases(path)


def test_with_coverage(path: Path | None) -> tuple[Policy, list[Outcome], Coverage]:
    """As `test`, with the rules, conditions and edges that no case reaches."""
    from fundcalc.analysis.coverage import coverage
    from fundcalc.analysis.worked import policy_and_cases

    policy, outcomes = policy_and_cases(path)
    results = [outcome.result for outcome in outcomes if outcome.result is not None]
    return policy, outcomes, coverage(policy, results)


def coverage_text(found: Coverage) -> tuple[Words, list[Words]]:
    """One line of totals, and a line for each thing that no case reaches."""
    from fundcalc.analysis.coverage import missing_text, totals_text

    return totals_text(found), [missing_text(goal) for goal in found.missing]


def suggested_cases(policy: Policy, found: Coverage) -> str:
    """TOML with the cases that are missing, for the author to confirm; empty where none is."""
    from fundcalc.analysis.suggest import suggestions

    return suggestions(policy, found.missing)


def pages() -> list[Page]:
    """Every diagnostic code's page, in order."""
    from fundcalc.base.catalogue import pages as all_pages

    return list(all_pages().values())


def find_page(code: str) -> Page | None:
    """The page of a diagnostic code; None where there is no such code."""
    from fundcalc.analysis.pages import find

    return find(code)


def pages_near(code: str) -> list[Page]:
    """Pages whose codes may have been meant."""
    from fundcalc.analysis.pages import near

    return near(code)


def page_text(page: Page, lang: Lang) -> str:
    """A page for the terminal."""
    from fundcalc.analysis.pages import page_text as text

    return text(page, lang)


def page_json(page: Page, lang: Lang) -> dict[str, str | None]:
    """A page as JSON."""
    from fundcalc.analysis.pages import page_json as as_json

    return as_json(page, lang)


def pages_markdown() -> str:
    """All pages as docs/diagnostics.md."""
    from fundcalc.analysis.pages import markdown

    return markdown()
