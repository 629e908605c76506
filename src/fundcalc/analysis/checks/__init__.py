"""One file a check, found by looking here: a new check is one new file.

A check has `CODE`, whose page and wording stand in `base/messages/checks.toml` (the form is told in
`base/catalogue.py`), and `check(bench)`, which yields diagnostics; most look
at every view of every programme by `each_view`.
"""
