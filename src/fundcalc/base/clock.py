"""Times: kept in UTC, shown in Beijing time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

_BEIJING = timezone(timedelta(hours=8))


def now() -> str:
    """This second in UTC, as records keep it: 2026-03-01T08:30:00+00:00."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def moment(kept: str) -> datetime:
    """A time as records keep it. Raises ValueError where it is none, or says no zone."""
    found = datetime.fromisoformat(kept)
    if found.tzinfo is None:
        raise ValueError(kept)
    return found


def beijing(kept: str) -> str:
    """A kept time as people read it: 2026-03-01 16:30:00; what is no time stays as it is."""
    try:
        return f"{moment(kept).astimezone(_BEIJING):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError):
        return kept
