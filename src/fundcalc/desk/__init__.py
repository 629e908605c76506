"""The desk: fundcalc in a browser, on the officer's own machine.

A face over `fundcalc.api`, as the command line is: nothing is computed, stored or worded here that the
command line could not do, and every page shows its equal command.

* `server` starts it, or finds the one that is open; `guard` says who may come in.
* `app` has the routes; `data` is what other programs ask, below /api/.
* `state` is the one folder that is served: policy, rosters, draft, ledger, and what was computed of them.
* `work` does what takes long, with progress and stop; `page` renders.
* `pages/` has one module a page, `templates/` and `static/` how they look.
"""
