"""A policy as a person reads it: a decision table a programme, with the values of a date filled in.

As text for the terminal, Markdown, HTML and JSON.
"""
