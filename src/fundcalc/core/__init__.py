"""The plan in a small core: what the engines in columns, in SQL, in formulas and the z3 encoder lower.

`nodes` has the fourteen kinds of nodes, `desugar` turns expressions into them, `decision` turns hit
policies into steps over them. Bounds are worked out once, on the nodes. The row evaluator and the
rules engine take the rules as they are written and know nothing of this: that is why one can vouch for
the other.
"""
