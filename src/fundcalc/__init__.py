"""fundcalc: what each village is entitled to, who pays it, and why.

The folders follow the data: a policy comes in (`policy`, written in `language`), a roster comes in
(`roster`), engines compute (`engines`), decisions are explained (`explain`) and written out
(`reports`). `base` knows money and diagnostics but no policy. `api` is the only door.
"""

__version__ = "0.1.0"

LANGUAGE_VERSION = "1"
"""The version of the policy language; it grows when a policy that held may come to mean another thing."""
