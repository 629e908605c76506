"""Ground floor: what every other folder may use, and nothing that knows a policy.

`money` counts fen and rounds by name, `sharing` divides a pool exactly, `diagnostics` says what is wrong and
where, `words` keeps Chinese and English side by side, `width` and `nearest` serve the reader.
"""
