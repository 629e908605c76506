"""Results written out: values in, bytes or lines of text out; nothing is computed here.

`columns` fills the columns of a result, `files` writes them as CSV, parquet and JSON. What people see are
tables (`table`): those of `summary`, `grid`, `compare`, `project`, `show` and `by_hand`, which a terminal,
pages and sheets show alike. `workbook`, `html`, `letters` and `audit` are products of their own.
"""
