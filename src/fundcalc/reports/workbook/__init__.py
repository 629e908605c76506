"""The result as an Excel workbook: the sheet to sign, live formulas, rules, notes, rejects, data."""

from __future__ import annotations

from fundcalc.reports.workbook.book import as_xlsx

__all__ = ["as_xlsx"]
