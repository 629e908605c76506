"""Amounts of money in Chinese capitals (大写), as they stand on vouchers and signed sheets."""

from __future__ import annotations

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_YI, _WAN = 10**8, 10**4


def capitals(fen: int) -> str:
    """An amount in fen as 大写: `capitals(1_200_001)` is 壹万贰仟元零壹分."""
    if fen < 0:
        return "负" + capitals(-fen)
    yuan, rest = divmod(fen, 100)
    jiao, last = divmod(rest, 10)
    text = f"{_whole(yuan)}元" if yuan or not rest else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif last and yuan:
        text += "零"
    return text + (f"{_DIGITS[last]}分" if last else "整")


def _whole(number: int) -> str:
    """A whole number; 零 once between parts where the lower one does not fill its first place."""
    for size, name in ((_YI, "亿"), (_WAN, "万")):
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if 0 < low < size // 10 else ""
            return f"{_whole(high)}{name}{gap}{_whole(low) if low else ''}"
    if not number:
        return _DIGITS[0]
    text = ""
    for place, digit in zip(_PLACES, f"{number:04d}", strict=True):
        text += _DIGITS[int(digit)] + (place if digit != "0" else "")
    while "零零" in text:
        text = text.replace("零零", "零")
    return text.strip("零")
