"""Rosters: a spreadsheet as it lies on the desk becomes clean facts, rejects and notices.

`read.read_roster` is the only way in. Nothing here repairs a value: what cannot be taken as written
is rejected with its cell, the reason and the way to fix it.
"""
