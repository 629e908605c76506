"""A pytest plug-in: fewer random examples a test, so that a mutant that survives is told in seconds.

It can only let more mutants live, never kill one: the survivors are then run against the whole tests.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

_SETTINGS = "_hypothesis_internal_use_settings"
MOST = int(os.environ.get("MUTANT_EXAMPLES", "20"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every random test at most so many examples."""
    for item in items:
        test = getattr(item, "obj", None)
        own: settings | None = getattr(test, _SETTINGS, None)
        if own is not None and own.max_examples > MOST:
            function = getattr(test, "__func__", test)
            setattr(function, _SETTINGS, settings(own, max_examples=MOST))
