"""The Plan as SQL text, for DuckDB in one process and Spark on a cluster.

Data goes one way: a table `roster` is read into facts, stages add columns (conditions, results, what
other readings would give), pools are shared between the stages, and the last stage is the result.
Whole numbers are kept in smallest units; the bounds of every expression are worked out from the facts'
ranges, so that 64 bits hold what they must and 128 bits the rest. What cannot be decided raises an
error in the database that names the village; it is never a silent value.
"""
