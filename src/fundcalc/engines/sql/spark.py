"""Spark as the database: quiet, without a web page, on the loopback where it runs on this machine."""

from __future__ import annotations

from fundcalc.engines.sql.database import Database


def open_spark(master: str | None) -> Database:
    """A Spark session for one run. Raises PolicyProblem."""
    raise NotImplementedError(master)
