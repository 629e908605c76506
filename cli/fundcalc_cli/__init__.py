"""The command line: parse, call `fundcalc.api`, print.

`app` names the commands; `policy`, `roster`, `run`, `explain`, `compare`, `grid` and `runs` hold them.
`commands` makes commands of functions, `options` has what several of them share, `faults` shows what is
wrong in rosters; `console` is the only place that leaves with an exit code on a problem.
"""
