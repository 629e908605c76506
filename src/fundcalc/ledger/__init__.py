"""Every run kept: what came in, what came out, who asked, each chained to the one before.

`store` is the file, `archive` turns a run into named pieces of bytes and `recorded` turns them back, so
that a run can be explained, checked and handed over from the ledger alone. docs/ledger.md has the format.
"""
