"""Letters: how a village's amounts were worked out, on one page of A4.

`content` says what stands there and how large the type can be, `setting` has typst set `letter.typ`. The
text of a policy or a roster goes in as data, never as typst's own language.
"""
