"""The bill year by year."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcalc.base.words import Lang

if TYPE_CHECKING:
    from fundcalc.analysis.project import Projection
    from fundcalc.policy.model import Policy
    from fundcalc.policy.plan import Plan
    from fundcalc.roster.model import Roster

PROJECT_WRITERS = (".csv", ".xlsx", ".html", ".json")


def year_plans(
    policy: Policy,
    years: str,
    readings: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> list[Plan]:
    """A plan a year, `years` as in `2018:2025`, `values` as a person writes them.

    Raises PolicyProblem with every parameter that has no value in some year.
    """
    from fundcalc.analysis.project import parse_years, plans
    from fundcalc.policy.variation import parameter_value

    put = {name: parameter_value(policy, name, text) for name, text in (values or {}).items()}
    return plans(policy, parse_years(years), readings or {}, put)


def project(plans: list[Plan], roster: Roster) -> Projection:
    """Compute a roster under each plan. Raises PolicyProblem."""
    from fundcalc.analysis.project import project as run

    return run(plans, roster)


def projection_text(projection: Projection, lang: Lang) -> str:
    """A projection as lines of at most 80 columns."""
    from fundcalc.reports.project.write import as_text

    return as_text(projection, lang)


def projection_json(projection: Projection) -> dict[str, Any]:
    """A projection as JSON-ready data."""
    from fundcalc.reports.project.write import as_json

    return as_json(projection)


def write_projection(projection: Projection, path: Path, lang: Lang) -> None:
    """Write a projection; the ending says how (.csv, .xlsx, .html, .json). Raises OSError."""
    import json

    from fundcalc.base.files import write_bytes
    from fundcalc.reports.project import write

    if path.suffix.lower() == ".json":
        text = json.dumps(projection_json(projection), ensure_ascii=False, indent=1) + "\n"
        content = text.encode()
    else:
        make = {".csv": write.as_csv, ".xlsx": write.as_xlsx, ".html": write.as_html}
        content = make[path.suffix.lower()](projection, lang)
    write_bytes(path, content)
