"""Page 5, results: what it comes to, county by county, village by village, and why."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fundcalc import api
from fundcalc.desk.page import desk_of, page


def show(request: Request) -> Response:
    """The page."""
    desk = desk_of(request)
    run = desk.run()
    summary = api.summarise(run) if run is not None else None
    return page(
        request, "results.html", run=run, summary=summary,
        command=["run", "intake.toml", "--no-record", *desk.policy_asked],
    )  # fmt: skip


ROUTES = [Route("/results", show)]
