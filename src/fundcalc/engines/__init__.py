"""One Plan, several ways to run it over all villages.

`judge` decides one programme for one row and `pools` shares over all rows; `rows` runs a plan with
these alone, `rules` lets durable_rules fire the rules and holds every decision against them. `columnar`
decides whole columns, `sql` in a database, `formulas` in a spreadsheet; none imports another. `calculate`
is the door: it holds two engines against each other (`double`); `hinges` tries every other reading.
"""
