"""One Plan over all villages at once: every expression a NumPy operation on whole columns.

A number is kept in 64 bits where its bounds in the core are proved enough and in Python's integers where
not, so nothing wraps. The bounds rest on the facts' declared ranges: the front of the engines refuses
values outside these, and the plan what could pass 128 bits.
"""

from __future__ import annotations

from fundcalc.engines.columnar.lower import Anomaly
from fundcalc.engines.columnar.run import again, differences, kept, run
from fundcalc.engines.columnar.views import Decided, InColumns

__all__ = ["Anomaly", "Decided", "InColumns", "again", "differences", "kept", "run"]
