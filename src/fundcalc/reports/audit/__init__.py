"""The audit pack: a run as plain files that common tools check, with nothing of this program needed.

`pack` writes the files and their digests, `prov` who made what from what (W3C PROV), `readme` how to
verify it.
"""
