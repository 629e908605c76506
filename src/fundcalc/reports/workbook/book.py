"""The workbook put together sheet by sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fundcalc.base.words import Lang
from fundcalc.engines.result import Result
from fundcalc.reports.columns import Column
from fundcalc.reports.summary import Summary
from fundcalc.reports.workbook.data import write_data, write_rules
from fundcalc.reports.workbook.notes import write_notes, write_rejects
from fundcalc.reports.workbook.paper import Paper, Unit
from fundcalc.reports.workbook.sign import write_sign
from fundcalc.roster.model import Reject


def as_xlsx(  # noqa: PLR0913 - a workbook shows all there is
    result: Result,
    summary: Summary,
    columns: Sequence[Column],
    about: Mapping[str, Any],
    lang: Lang,
    *,
    unit: Unit = "yuan",
    public: bool = False,
    rejects: Sequence[Reject] = (),
) -> bytes:
    """The result as a workbook.

    `about` may hold `run` (the run's id, for the footer) and `notice` (a line under the title of every
    sheet, such as “invented data”). `unit` is that of the sheet to sign. `public` leaves out all but
    the public notice. The same input gives the same bytes.
    """
    paper = Paper(result.plan, len(result.rows), lang, unit)
    write_sign(paper, result, summary, about, public=public)
    if not public:
        write_rules(paper, result)
        write_notes(paper, result, summary, columns, about, ())
        if rejects:
            write_rejects(paper, rejects)
        write_data(paper, columns, len(result.rows))
    return paper.close()
