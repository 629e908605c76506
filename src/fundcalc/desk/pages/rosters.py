"""Page 1, rosters: what was dropped on the desk, and what each sheet of it is."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fundcalc import api
from fundcalc.desk.page import Form, change, desk_of, goto, lang_of, name_of, page


def show(request: Request) -> Response:
    """The page."""
    desk = desk_of(request)
    return page(
        request, "rosters.html", files=sorted(p for p in desk.rosters.rglob("*") if p.is_file()),
        command=["roster", "intake", "rosters", "-o", "intake.toml"],
    )  # fmt: skip


@change
def drop(request: Request, form: Form) -> Response:
    """Keep what was dropped, and propose how it is read."""
    desk = desk_of(request)
    with desk.lock:
        desk.rosters.mkdir(exist_ok=True)
        for file in form.files("file"):
            api.write_bytes(desk.rosters / name_of(file), file.file.read())
        api.write_intake(desk.intake, [desk.rosters], desk.policy(), lang_of(request))
    return goto("/rosters")


ROUTES = [Route("/rosters", show), Route("/rosters/drop", drop, methods=["POST"])]
