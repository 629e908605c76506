"""SM3 as the standard has it, with OpenSSL and without; times as people in China read them."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcalc.base.system import beijing
from fundcalc.ledger import encoding as digests

VECTORS = {
    b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
}
"""GB/T 32905-2016, appendix A."""


@pytest.mark.parametrize("content", VECTORS)
def test_the_vectors_of_the_standard(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert digests.sm3(content) == f"sm3:{VECTORS[content]}"
    monkeypatch.setattr(digests, "_openssl_has_it", lambda: False)
    assert digests.sm3(content) == f"sm3:{VECTORS[content]}"


@pytest.mark.skipif("sm3" not in hashlib.algorithms_available, reason="OpenSSL without SM3")
@given(st.binary(max_size=300))
def test_our_own_is_that_of_openssl(content: bytes) -> None:
    assert digests.in_python(content) == hashlib.new("sm3", content).digest()


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("2026-03-01T18:30:00+00:00", "2026-03-02 02:30:00"),
        ("2026-03-01T18:30:00", "2026-03-01T18:30:00"),
        ("0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00+23:59"),
        ("some day", "some day"),
    ],
)
def test_kept_times_are_shown_in_beijing_time(kept: str, shown: str) -> None:
    assert beijing(kept) == shown
