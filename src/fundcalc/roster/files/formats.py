"""Number formats: which figure a person sees where another is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from fundcalc.roster.sheet import DATE, NUMBER, TEXT, Format

Seen = tuple[str, int | Format]
"""The text that is seen and what kind of cell it is; a Format where the figure is another."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.)|[_*](?P<space>.)|\[(?P<bracket>[^\]]*)\]?'
    r"|(?P<general>General|G/通用格式)|(?P<exponent>E[+-])|(?P<half>AM/PM|A/P|上午/下午)|(?P<sign>.)",
    re.DOTALL | re.IGNORECASE,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d*)?)")
_ELAPSED = re.compile(r"(?i)h+|m+|s+")
_LETTERS = frozenset("ymdhsegbaYMDHSEGBA")
"""Letters that, unquoted, are parts of a date."""

_SIGNS = "+-−－—–()（）"
"""What a figure below zero is shown with, and a zero."""
_NOTHING = frozenset({"", "-", "—", "——", "–", "−", "－", "/", "0"})
"""What stands for a zero."""

_LONGEST = 255
_DAYS = {False: 2_958_466, True: 2_957_004}
"""The first day, since 1900 or 1904, that is no date."""


@lru_cache(maxsize=60_000)
def number_text(raw: str) -> str | None:
    """A stored number with the 15 digits that are exact, plainly; None where it is none."""
    if raw.isdigit() and len(raw) < 16 and raw[0] != "0" and raw.isascii():
        return raw
    if len(raw) > _LONGEST:
        return None
    try:
        text = f"{float(raw):.15g}"
    except ValueError:
        return None
    if "n" in text or "_" in raw or not raw.isascii():  # inf and nan
        return None
    return plain_text(float(raw)) if "e" in text or text == "-0" else text


def plain_text(value: float) -> str:
    """A double with 15 digits; an exponent is kept only where the digits would be many zeros."""
    text = f"{value:.15g}"
    if "e-" in text and abs(value) > 1e-30:
        return f"{Decimal(text):f}"
    return "0" if text == "-0" else text


def day_text(value: float, from_1904: bool) -> str | None:
    """A date as 2017-12-31, with the time where there is one; None where it is beyond all dates."""
    if not 0 <= value < _DAYS[from_1904]:
        return None
    days, seconds = divmod(round(value * 86_400), 86_400)
    time = str(timedelta(seconds=seconds)).rjust(8, "0")
    if not from_1904 and days == 60:  # a day that spreadsheets have and the calendar has not
        return "1900-02-29" if not seconds else f"1900-02-29 {time}"
    if value < 1 and not from_1904:
        return time
    first = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 31 if days < 60 else 30)  # noqa: DTZ001
    date = (first + timedelta(days=days)).date().isoformat()
    return f"{date} {time}" if seconds else date


@dataclass(frozen=True, slots=True)
class _Section:
    """One of the parts of a code that semicolons part."""

    code: str
    condition: tuple[str, float] | None = None
    date: bool = False
    figures: bool = False
    power: int = 0
    unit: str = ""
    zeros: int = 1
    """Digits before the point that are always shown."""

    before: str = ""
    """Digits that the format puts before the figure, as in "1401"0000; or all that it shows."""

    after: str = ""

    @property
    def plain(self) -> bool:
        """Whether what is seen is what is stored, but for grouping and rounding."""
        shown = self.figures and not (self.power or self.unit or self.before or self.after)
        return shown and self.zeros == 1 and not self.date

    def holds(self, value: float) -> bool:
        """Whether its condition is met."""
        assert self.condition is not None
        sign, bound = self.condition
        return {
            "<": value < bound,
            "<=": value <= bound,
            ">": value > bound,
            ">=": value >= bound,
            "=": value == bound,
            "<>": value != bound,
        }[sign]


class Code:
    """A number format with what it makes of a number."""

    def __init__(self, code: str) -> None:
        parts = _parts(code)
        self._code = code
        self._frame = _around_text(parts[-1]) if len(parts) != 3 else None
        if self._frame and len(parts) in (
            2,
            4,
        ):  # @ is for texts alone, but where it is all there is
            parts.pop()
        self._sections = [_section(part, code, at > 0) for at, part in enumerate(parts[:3])]
        zero = self._sections[2:] if not any(s.condition for s in self._sections) else []
        self.plain = len(parts) <= 4 and self._frame in (None, ("", ""))
        for section in self._sections:
            dash = any(section is one for one in zero)
            dash = dash and not section.figures and section.before in _NOTHING
            self.plain = self.plain and (section.plain or dash)

    def see(self, value: float, from_1904: bool) -> Seen:
        """What a number shows."""
        section, text = self._of(value), plain_text(value)
        if section.date:
            return day_text(value, from_1904) or text, DATE
        if not section.figures:
            if value == 0 and section.before in _NOTHING:
                return text, NUMBER
            if not section.before:
                return text, Format(self._code, unit=self._code)
            return section.before, TEXT
        if section.power or section.unit:
            return _shifted(text, -section.power), Format(self._code, section.power, section.unit)
        if section.zeros > 1 or section.before or section.after:
            if "e" in text or ((section.before or section.after) and (value < 0 or "." in text)):
                return text, Format(self._code, unit=self._code)
            sign, digits = ("-", text[1:]) if value < 0 else ("", text)
            whole, point, rest = digits.partition(".")
            text = f"{sign}{section.before}{whole.zfill(section.zeros)}{point}{rest}{section.after}"
        return text, NUMBER

    def see_text(self, text: str) -> str:
        """What a text shows."""
        left, right = self._frame or ("", "")
        return f"{left}{text}{right}"

    def _of(self, value: float) -> _Section:
        """The section that a number is shown by."""
        sections = self._sections
        if len(sections) == 1:
            return sections[0] if sections[0].condition is None else self._conditional(value)
        if any(s.condition for s in sections):
            return self._conditional(value)
        if value < 0:
            return sections[1]
        return sections[2] if value == 0 and len(sections) > 2 else sections[0]

    def _conditional(self, value: float) -> _Section:
        for at, section in enumerate(self._sections):
            if section.condition is not None:
                if section.holds(value):
                    return section
            elif at == len(self._sections) - 1 or (value > 0 if at == 0 else value < 0):
                return section
        return _Section(self._code, figures=True, unit=self._code)


@lru_cache(maxsize=5000)
def code_of(code: str) -> Code | None:
    """A format; None for one by which what is stored is seen."""
    if code in ("General", "@", "0", ""):
        return None
    found = Code(code)
    return None if found.plain else found


_BUILT_IN = dict.fromkeys(
    (14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58), "yyyy-mm-dd"
)
_BUILT_IN |= dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56), "hh:mm:ss")
_BUILT_IN |= dict.fromkeys((5, 6, 7, 8, 42, 44), "¥0") | dict.fromkeys((9, 10), "0%")


def built_in(number: int) -> str:
    """What the number of a format means that no file writes out, as in a Chinese Excel."""
    return _BUILT_IN.get(number, "0")


def _parts(code: str) -> list[str]:
    """The parts between semicolons that are not quoted, escaped or in brackets."""
    parts = [""]
    for found in _TOKEN.finditer(code[:_LONGEST]):
        if found["sign"] == ";":
            parts.append("")
        else:
            parts[-1] += found.group()
    return parts


def _items(
    part: str,
) -> tuple[list[tuple[str, str]], tuple[str, float] | None, bool]:
    """What stands in a section (0 . , % E @ or L for a literal), its condition, whether it is a date."""
    condition: tuple[str, float] | None = None
    items: list[tuple[str, str]] = []
    date = False
    for found in _TOKEN.finditer(part):
        kind = found.lastgroup or ""
        text = found[kind]
        if kind == "bracket":
            if match := _CONDITION.fullmatch(text):
                condition = (match[1], float(match[2]))
            elif text.startswith("$"):
                items.append(("L", text[1:].partition("-")[0]))
            date = date or bool(_ELAPSED.fullmatch(text))
        elif kind == "half" or (kind == "sign" and text in _LETTERS):
            date = True
        elif kind == "general":
            items.append(("0", "#"))
        elif kind == "exponent":
            items.append(("E", text))
        elif kind == "sign" and text in "0#?":
            items.append(("0", text))
        elif kind == "sign" and text in ".,%@":
            items.append((text, text))
        elif kind != "space":
            items.append(("L", text))
    return [(kind, text.strip()) for kind, text in items if text.strip()], condition, date


def _section(part: str, code: str, signed: bool) -> _Section:
    """What a section says. One that cannot be understood has the whole code for a unit."""
    items, condition, date = _items(part)
    if date:
        return _Section(code, condition, date=True)
    if condition is not None and condition[0].startswith("<") and condition[1] <= 0:
        signed = True
    return _meaning(items, condition, code, signed)


def _around_text(part: str) -> tuple[str, str] | None:
    """What a section for texts puts before and after them; None where it is none."""
    items, _, date = _items(part)
    at = next((i for i, (kind, _) in enumerate(items) if kind == "@"), None)
    if at is None or date:
        return None
    left = "".join(text for kind, text in items[:at] if kind == "L")
    return left, "".join(text for kind, text in items[at:] if kind == "L")


def _meaning(
    items: list[tuple[str, str]],
    condition: tuple[str, float] | None,
    code: str,
    signed: bool,
) -> _Section:
    places = [at for at, (kind, _) in enumerate(items) if kind in "0@"]
    literals = [(at, text) for at, (kind, text) in enumerate(items) if kind == "L"]
    if not places:
        shown = "".join(text for _, text in items)
        return _Section(code, condition, before=shown)
    first, last = places[0], places[-1]
    unit, before, after = _around(literals, first, last, signed)
    inside = [(at, text) for at, text in literals if first < at < last]
    kinds = [kind for kind, _ in items]
    if "E" in kinds or (len(inside) == 1 and inside[0][1] == "/"):
        inside, scale = [], 0  # 1.2E+04, 1/2
    else:
        scale = _commas(kinds, places)
    percents = kinds.count("%")
    power = scale - 2 * percents
    dots = [at for at, sign in inside if sign == "."]
    if len(dots) == 1 and "." not in kinds:
        power += sum(at > dots[0] for at in places)
    framed = bool(before or after)
    if (
        len(dots) > (0 if "." in kinds else 1)
        or any(sign not in ".,，" for _, sign in inside)
        or scale < 0
        or (percents and unit)
        or (framed and power)
    ):
        return _Section(code, condition, figures=True, unit=code)
    point = dots[0] if dots else kinds.index(".") if "." in kinds else len(items)
    whole = "".join(items[at][1] for at in places if at < point and kinds[at] == "0").lstrip("#?")
    zeros = max(len(whole), 1) if not dots and "E" not in kinds else 1
    unit = unit or "%" * percents
    return _Section(code, condition, False, True, power, unit, zeros, before, after)


def _around(
    literals: Iterable[tuple[int, str]], first: int, last: int, signed: bool
) -> tuple[str, str, str]:
    """The unit beside the figures, and digits that stand before and after them."""
    left = "".join(text for at, text in literals if at < first)
    right = "".join(text for at, text in literals if at > last)
    if signed:
        left, right = left.strip(_SIGNS), right.strip(_SIGNS)
    left = left.removeprefix("+")
    if (left + right).isascii() and (left + right).isdigit():
        return "", left, right
    unit = (left + right).replace("¥", "元").replace("￥", "元")
    return "元" if unit == "元元" else unit, "", ""


def _commas(kinds: list[str], places: list[int]) -> int:
    """The power of ten that trailing commas divide by; -1 where a comma cannot be understood."""
    scale = 0
    point = kinds.index(".") if "." in kinds else len(kinds)
    for at, kind in enumerate(kinds):
        if kind != ",":
            continue
        later = any(place > at for place in places)
        if later and (at > point or any(at < place < point for place in places)):
            if at > point:
                return -1
            continue
        if at == 0 or kinds[at - 1] not in "0,":
            return -1
        scale += 3
    return scale


def _shifted(text: str, power: int) -> str:
    """A number's text times 10**power, exactly and without needless zeros."""
    moved = f"{Decimal(text).scaleb(power):f}"
    return moved.rstrip("0").rstrip(".") if "." in moved else moved
