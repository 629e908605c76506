"""Why a village gets what it gets: gathered as data (`gather`), then put into words or JSON.

A Decision holds the rules with both numbers of every condition, the arithmetic with the numbers in,
where each fact came from, what was assumed, what it hinges on and what would change it.
"""
