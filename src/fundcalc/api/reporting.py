"""Reports and letters about a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fundcalc.api.computing import summarise
from fundcalc.api.explaining import explainer
from fundcalc.api.recording import RecordedRun
from fundcalc.base.words import Lang

if TYPE_CHECKING:
    from fundcalc.api.computing import Run
    from fundcalc.reports.html.report import Kept


def report_html(run: Run, lang: Lang) -> bytes:
    """A run as one page of HTML that needs no network."""
    from fundcalc.reports.html.report import Material, as_html

    material = Material(
        explainer(run), run.result, run.roster, summarise(run), run.warnings, _kept(run)
    )
    return as_html(material, lang)


def _kept(run: Run) -> Kept | None:
    from fundcalc.reports.html.report import Kept

    if not isinstance(run, RecordedRun):
        return None
    return Kept(
        run.id, run.head, run.recorded_at, run.prepared_by or "", run.reviewed_by or "",
        run.corrects,
    )  # fmt: skip
