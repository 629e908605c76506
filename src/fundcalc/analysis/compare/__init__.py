"""What a change of policy, of its readings or amounts, or of the roster does to the money.

`versions` says what OLD and NEW may be, `villages` matches two rosters, `totals` adds up both sides and
their difference, `bridge` takes the difference apart step by step, `movers` lists whom it moves most.
"""

from fundcalc.analysis.compare.totals import Comparison, Part, compare
from fundcalc.analysis.compare.versions import Basis, Side, Version, read_version

__all__ = ["Basis", "Comparison", "Part", "Side", "Version", "compare", "read_version"]
