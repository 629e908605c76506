"""The command line: parse, call `fundcalc.api`, print. One file a command group.

`app` knows the commands by name and imports each when it is called; `options` and `run_options` are what they
share; `output` is the only place that leaves with an exit code on a problem.
"""
