"""One file a check, found by looking here: a new check is one new file.

A check has `CODE`, a docstring that is its page in `fundcalc rule` and docs/diagnostics.md (its form is
told in `fundcalc.analysis.pages`), and `check(bench)`, which yields diagnostics.
"""
