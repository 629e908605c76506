"""The Plan as spreadsheet formulas, each with the value to store beside it.

Every village has one row, the same on all sheets. Amounts are computed in whole fen; only plain
functions are used that Excel, WPS and LibreOffice know alike. `formulas` gives columns of formulas, not a
file: the report that writes them says where they stand.
"""

from __future__ import annotations

from fundcalc.engines.formulas.build import Formulas, formulas

__all__ = ["Formulas", "formulas"]
