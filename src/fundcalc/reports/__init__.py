"""Results written out: values in, bytes or lines of text out; nothing is computed here.

One file or folder a product: `tables` (CSV, parquet, JSON), `workbook`, `html`, `letters`, `audit`, and
what the terminal shows (`summary`, `grid`, `compare`, `project`, `show`). `columns` says what a table's
columns are.
"""
