"""The result as an Excel workbook: the sheet to sign, live formulas, rules, notes, rejects, data.

`book` puts the sheets together, one file a sheet; formulas come from `fundcalc.engines.formulas`. No text of
a roster ever becomes a formula.
"""

from __future__ import annotations

from fundcalc.reports.workbook.book import as_xlsx

__all__ = ["as_xlsx"]
