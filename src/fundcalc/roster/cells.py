"""One cell to a fact's value, or the reason why not. Nothing is repaired and nothing guessed."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite

from fundcalc.base.catalogue import words
from fundcalc.base.money import fits_int64, grouped, plain, scaled
from fundcalc.base.words import Words
from fundcalc.language.datatypes import Date, Number, Text, YesNo, describe, is_money
from fundcalc.language.nodes import Value
from fundcalc.language.units import PLAIN, Unit
from fundcalc.policy.model import Fact
from fundcalc.roster.model import Fault, ReadAs, fault

Cell = str | float | int | bool
"""What a cell holds: its text, or a value of a parquet column's own type."""

Read = Value | Fault | None
"""A value, what is wrong, or None for a blank cell."""

MAX_TEXT = 200
TICKS = frozenset("√✓✔☑")
_YES = TICKS | {"yes", "y", "true", "1", "是", "有"}
_NO = frozenset({"no", "n", "false", "0", "否", "无", "×", "✗", "✘"})
_WIDE = str.maketrans("０１２３４５６７８９，．－＋−￥＂＇　\u00a0Ｅｅ", "0123456789,.-+-¥\"'  Ee")
_NUMBER = re.compile(r"[+-]?(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|[+-]?\.[0-9]+")
_WITH_UNIT = re.compile(r"(.*[0-9.])\s*([A-Za-z一-鿿]{1,8}(?:/[A-Za-z一-鿿]{1,3})*)")
_SCALES = {"十": 1, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8}
_ERROR = re.compile(r"#(?:REF!|DIV/0!|N/A|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)")
_EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,3}")
UNSEEN = (
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0001-\U000e007f]"
)
_UNSEEN = re.compile(UNSEEN)
PRIVATE = "[\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]"
_PRIVATE = re.compile(PRIVATE)
_DAY = re.compile(r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})日?")


def read_cells(
    cells: Sequence[Cell], fact: Fact, power: int = 0, read_as: ReadAs | None = None
) -> list[Read]:
    """Read a fact's cells; figures count in 10**power of its unit. Equal cells are read once.

    `read_as` is how the column is read, for what is said of a value out of its range.
    """
    memo: dict[Hashable, Read] = {}
    found: list[Read] = []
    for cell in cells:
        key = cell if cell.__class__ is str else (cell.__class__, cell)
        if key not in memo:
            wrong = _general(cell)
            memo[key] = _read(cell, fact, power, read_as) if wrong is None else wrong
        found.append(memo[key])
    return found


def _read(cell: Cell, fact: Fact, power: int, read_as: ReadAs | None) -> Read:
    if isinstance(fact.type, Number):
        return _number(cell, fact, power, read_as)
    if isinstance(fact.type, YesNo):
        return _yes_no(cell)
    return _day(cell, fact) if isinstance(fact.type, Date) else _text(cell, fact)


def _general(cell: Cell) -> Fault | None:
    """What is wrong with a cell whatever its fact."""
    if isinstance(cell, str) and _ERROR.fullmatch(cell.strip()):
        return fault("FC626", text=cell.strip())
    return None


def exact(cell: Cell) -> Decimal | None:
    """The number that a cell shows: a double at 15 significant digits, text as written; else None."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int):
        return Decimal(cell)
    if isinstance(cell, float):
        return Decimal(f"{cell:.15g}") if isfinite(cell) else None
    if len(cell) > 60:
        return None
    text = cell.translate(_WIDE).strip()
    if not _NUMBER.fullmatch(text):
        return None
    return Decimal(without_noise(text) or text.replace(",", ""))


def without_noise(text: str) -> str | None:
    """What 3.3000000000000003 was before a program counted in halves, 3.3; None where it is no such text."""
    digits = len(text.replace(".", "").lstrip("0"))
    if "." not in text or not 16 <= digits <= 18 or "," in text:
        return None
    short = f"{float(text):.15g}"
    near = repr(float(text)) == text and "e" not in short and len(short) < len(text) - 4
    return short if near else None


def amount(cell: Cell, fact: Fact, power: int) -> int | Fault:
    """A number in the fact's smallest unit, whatever its range."""
    number = exact(cell)
    if number is None:
        return _why_no_number(cell, fact, power)
    value = scaled(number, fact.decimals + power)
    if value is None:
        return too_fine(fact)
    return value if fits_int64(value) else out_of_range(fact)


def _number(cell: Cell, fact: Fact, power: int, read_as: ReadAs | None = None) -> Read:
    if isinstance(cell, str):
        plain = cell.translate(_WIDE).strip()
        if not plain:
            return None
        if plain.startswith("¥"):
            if power or not is_money(fact.type):
                return _yuan_sign(fact, read_as)
            cell = plain.removeprefix("¥").strip()
    value = amount(cell, fact, power)
    if isinstance(value, Fault):
        return value
    if value < 0 and (fact.low is None or fact.low >= 0):
        return fault("FC623", title=fact.title)
    low, high = fact.low, fact.high
    if (low is not None and value < low) or (high is not None and value > high):
        return out_of_range(fact, read_as, value)
    return value


def _why_no_number(cell: Cell, fact: Fact, power: int) -> Fault:
    if not isinstance(cell, str):
        return fault("FC621") if isinstance(cell, float) else _other_kind(cell, fact)
    text = cell.translate(_WIDE).strip()
    match = _WITH_UNIT.fullmatch(text) if len(text) <= 60 else None
    if match and _NUMBER.fullmatch(match.group(1)) and not _EXPONENT.fullmatch(text):
        meant, unit = _meant(match.group(1), match.group(2), fact, power), match.group(2)
        return (
            fault("FC622", unit=unit, meant=meant) if meant else fault("FC622.unclear", unit=unit)
        )
    return fault("FC621")


def _meant(figure: str, unit: str, fact: Fact, power: int) -> str | None:
    """What 5万 would be in the column's unit, as a suggestion; None where that is not clear."""
    scale = next((s for s in sorted(_SCALES, key=len, reverse=True) if unit.startswith(s)), "")
    number = Decimal(figure.replace(",", ""))
    value = scaled(number, fact.decimals + _SCALES.get(scale, 0))
    if value is None or unit.removeprefix(scale) not in ("", "元", "人", "元/年", "yuan"):
        return None
    text = plain(value, fact.decimals + power)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _other_kind(cell: Cell, fact: Fact) -> Fault:
    return other_kind("roster.a_yes_no" if isinstance(cell, bool) else "roster.a_date", fact)


def wanted(fact: Fact) -> Words:
    """What belongs into a fact's cells, as a reader would call it."""
    unit = fact.type.unit if isinstance(fact.type, Number) else None
    if unit is None or unit == PLAIN:
        return describe(fact.type)
    return words("roster.a_number_in", unit=said(unit))


def _yes_no(cell: Cell) -> Read:
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float):
        return bool(cell) if cell in (0, 1) else fault("FC630")
    if not isinstance(cell, str):
        return fault("FC630")
    word = cell.translate(_WIDE).strip().casefold()
    if not word:
        return None
    if word in _YES or word in _NO:
        return word in _YES
    return fault("FC630")


def _day(cell: Cell, fact: Fact) -> Read:
    found: date | None = None
    if isinstance(cell, datetime | date):
        found = cell.date() if isinstance(cell, datetime) else cell
    elif isinstance(cell, str):
        if not cell.strip():
            return None
        match = _DAY.fullmatch(cell.translate(_WIDE).strip())
        try:
            found = date(*map(int, match.groups())) if match else None
        except ValueError:
            return fault("FC631")
    if found is None:
        return fault("FC631")
    value = found.toordinal()
    low, high = fact.low, fact.high
    inside = (low is None or value >= low) and (high is None or value <= high)
    return value if inside else out_of_range(fact)


def _text(cell: Cell, fact: Fact) -> Read:
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        whole = isfinite(cell) and cell == int(cell) and abs(cell) < 10**15
        if not whole:
            return fault("FC639", title=fact.title)
        text = str(int(cell))
    elif isinstance(cell, str):
        text = cell.strip()
    else:
        return _other_kind(cell, fact)
    return _checked(text, fact) if text else None


def _checked(text: str, fact: Fact) -> Read:
    if fact.digits:
        code = text.translate(_WIDE)
        if _EXPONENT.fullmatch(code):
            return fault("FC633", digits=fact.digits)
        fits = re.fullmatch(f"[0-9]{{{fact.digits}}}", code)
        return code if fits else fault("FC634", digits=fact.digits)
    if len(text) > MAX_TEXT:
        return fault("FC637", most=MAX_TEXT)
    unseen = _UNSEEN.search(text)
    if unseen:
        return fault("FC638", character=code_point(unseen.group()))
    options = fact.type.options if isinstance(fact.type, Text) else None
    if options is not None and text not in options:
        return fault("FC632", options="、".join(sorted(options)))
    return text


def doubtful(text: str) -> Fault | None:
    """What is doubtful in a name that is taken as it stands."""
    found = _PRIVATE.search(text)
    return fault("FC642", character=code_point(found.group())) if found else None


# -- faults that depend on the fact ---------------------------------------------------------------


def missing(fact: Fact) -> Fault:
    """A blank cell of a required fact."""
    return fault("FC620.number" if isinstance(fact.type, Number) else "FC620", title=fact.title)


def too_fine(fact: Fact) -> Fault:
    """More decimals than the fact has."""
    if fact.decimals:
        return fault("FC624.fen", decimals=fact.decimals)
    return fault("FC624", title=fact.title)


def out_of_range(fact: Fact, read_as: ReadAs | None = None, value: int | None = None) -> Fault:
    """A value outside the fact's declared range; perhaps the unit is to blame by which it was read."""
    low, high = (
        "…" if end is None else grouped(end, fact.decimals) for end in (fact.low, fact.high)
    )
    if read_as is None or not read_as.power or value is None or not is_money(fact.type):
        return fault("FC625", low=low, high=high)
    unit, own = read_as.unit, value // 10**read_as.power
    if (fact.low or 0) <= own and (fact.high is None or own <= fact.high):
        header, id_ = read_as.label, read_as.fact
        return fault("FC625.in_yuan", low=low, high=high, unit=unit, header=header, fact=id_)
    return fault("FC625.multiple", low=low, high=high, unit=unit)


def other_kind(kind: str, fact: Fact) -> Fault:
    """A date or a yes/no (a key of the catalogue) where something else belongs."""
    return fault("FC627", kind=words(kind), wanted=wanted(fact))


def _yuan_sign(fact: Fact, read_as: ReadAs | None) -> Fault:
    unit = fact.type.unit if isinstance(fact.type, Number) else None
    if read_as is not None and read_as.power:
        return fault("FC629", wanted=read_as.unit)
    if unit is None:
        return fault("FC629", wanted=words("roster.another_unit"))
    return fault("FC629", wanted=Words(unit.said("zh") or "个", unit.said("en")))


def said(unit: Unit) -> Words:
    """A unit as a reader writes it."""
    return Words(unit.said("zh"), unit.said("en"))


def code_point(character: str) -> str:
    """A character that cannot be shown, as U+200B."""
    return f"U+{ord(character):04X}"
