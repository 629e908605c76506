"""SM3 (GB/T 32905-2016), the digest of China's commercial cryptography, shown beside SHA-256."""

from __future__ import annotations

import hashlib
from functools import cache

_START = (
    0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
)  # fmt: skip
_WORD = 0xFFFFFFFF


def sm3(content: bytes) -> str:
    """`sm3:` and 64 hexadecimal digits.

    OpenSSL's where Python was built with it, 1 MB in some 3 ms; else our own, which takes some 2 s for 1 MB.
    """
    made = hashlib.new("sm3", content).digest() if _there() else in_python(content)
    return f"sm3:{made.hex()}"


@cache
def _there() -> bool:
    try:
        hashlib.new("sm3", b"")
    except ValueError:
        return False
    return True


def in_python(content: bytes) -> bytes:
    """SM3 of bytes without OpenSSL."""
    state: tuple[int, ...] = _START
    whole = len(content) // 64 * 64
    zeros = bytes((55 - len(content)) % 64)
    last = content[whole:] + b"\x80" + zeros + (8 * len(content)).to_bytes(8)
    for text in (content[:whole], last):
        for at in range(0, len(text), 64):
            state = _compressed(state, text[at : at + 64])
    return b"".join(word.to_bytes(4) for word in state)


def _left(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & _WORD


_CONSTANTS = tuple(_left(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32) for j in range(64))


def _compressed(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    """One block of 64 bytes taken in, by the names of the standard's section 5.3."""
    w = [int.from_bytes(block[at : at + 4]) for at in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _left(w[j - 3], 15)
        x ^= _left(x, 15) ^ _left(x, 23)
        w.append(x ^ _left(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        a12 = _left(a, 12)
        ss1 = _left((a12 + e + _CONSTANTS[j]) & _WORD, 7)
        ff = a ^ b ^ c if j < 16 else a & b | a & c | b & c
        gg = e ^ f ^ g if j < 16 else e & f | ~e & g
        tt1 = (ff + d + (ss1 ^ a12) + (w[j] ^ w[j + 4])) & _WORD
        tt2 = (gg + h + ss1 + w[j]) & _WORD
        a, b, c, d = tt1, a, _left(b, 9), c
        e, f, g, h = tt2 ^ _left(tt2, 9) ^ _left(tt2, 17), e, _left(f, 19), g
    return tuple(new ^ old for new, old in zip((a, b, c, d, e, f, g, h), state, strict=True))
