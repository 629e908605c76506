"""Traditional characters in their simplified form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, lru_cache


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


@lru_cache(maxsize=10_000)
def simplified(text: str) -> str:
    """The text in simplified characters; only its reader knows whether that was meant."""
    return text if text.isascii() else _converter()(text)


def traditional(chars: Iterable[str]) -> set[str]:
    """Those characters that have another, simplified form."""
    wide = [char for char in chars if not char.isascii()]
    forms = _converter()("\n".join(wide)).split("\n") if wide else []
    return {char for char, form in zip(wide, forms, strict=True) if form != char}
