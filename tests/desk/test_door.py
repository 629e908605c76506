"""Who may come in, tried from outside."""

from __future__ import annotations

from tests.desk.conftest import Open


def test_a_desk_lets_its_own_browser_in_and_nobody_else(desks: Open) -> None:
    desk = desks()
    assert desk.get("/").status == 200
    other = desk.raw("GET", "/rosters")
    assert other.status == 403 and "重新打开" not in other.text  # no Chinese asked for
