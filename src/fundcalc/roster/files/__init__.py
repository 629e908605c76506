"""A file to its sheets' cells: workbooks, text and parquet, each read once and nothing taken on trust."""
