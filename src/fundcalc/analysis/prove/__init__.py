"""Whether two versions of a policy come to the same for every village there could be.

z3 looks for a village for which they differ, within the ranges of the facts; one that is found is run
through the engines before it is shown. Where none exists the versions are proved equal, provided that both
policies are sound (`fundcalc check`). What a pool gives depends on all villages: there, what each village
brings to it is proved equal (its claim, weight, cap, group and part of the amount), and with that every
share.
"""

from fundcalc.analysis.prove.verdict import Difference, Verdict, prove

__all__ = ["Difference", "Verdict", "prove"]
