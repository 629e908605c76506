"""Not yet built."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fundcalc.desk.page import page


def show(request: Request) -> Response:
    """The page."""
    return page(request, "records.html")


ROUTES = [Route("/records", show)]
