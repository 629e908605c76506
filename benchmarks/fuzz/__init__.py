"""Hostile input: a file for every kind, and `__main__`, which runs them by the hundred thousand."""
