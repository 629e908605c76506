"""The command line: parse, call `fundcalc.api`, print. One file a command group."""
