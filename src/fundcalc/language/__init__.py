"""The expression language: a small closed part of Python's syntax, with types and units.

Text is parsed with the standard library's `ast` into typed nodes (`parse`), which are evaluated for one
row (`evaluate`), simplified under chosen readings (`simplify`) and printed (`show`). Nothing is ever
given to Python's own evaluation.
"""
