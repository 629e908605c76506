"""The Plan as SQL text, for DuckDB in one process and Spark on a cluster.

Data goes one way: clean parquet is checked into a table of facts, stages add columns (conditions, results,
what other readings would give), pools are shared between the stages, and the last stage is the result.
Whole numbers are kept in smallest units, in 64 bits or 128 as the bounds of their nodes say. What cannot
be decided raises an error in the database that names the village; it is never a silent value.
"""
