"""Units as rosters write them: 万元, 元/人·年, thousand yuan; and whether they go with a fact."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from fundcalc.language.datatypes import Number
from fundcalc.language.units import Unit
from fundcalc.policy.model import Fact
from fundcalc.roster.spelling import simplified

_NAMES = {
    "元": "yuan", "圆": "yuan", "人民币元": "yuan", "rmb": "yuan", "cny": "yuan",
    "人": "person", "名": "person", "people": "person", "persons": "person",
    "年": "year", "years": "year", "月": "month", "日": "day", "天": "day",
    "户": "household", "households": "household", "亩": "mu",
    "村": "", "个": "", "village": "", "villages": "",
}  # fmt: skip
_KNOWN = ("yuan", "person", "year", "month", "day", "household", "mu")
_SCALES = {
    "十": 1, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8,
    "thousand": 3, "million": 6, "1000": 3, "10000": 4, "1000000": 6,
}  # fmt: skip
_SCALE = re.compile("|".join(sorted(_SCALES, key=len, reverse=True)))
_OFFICE = "".join(
    f"(?<!{word})"
    for word in (
        "填报",
        "报送",
        "编制",
        "填表",
        "主管",
        "责任",
        "上报",
        "制表",
        "申报",
        "预算",
        "帮扶",
        "派出",
    )
)
_KEY = re.compile(
    _OFFICE + "(?:单位|金额|数据|数字|币种|units?|amounts?)(?:单位)?(?:均|都|一律|全部)?"
    "(?:以|按|为|是|用|:| ?(?:is|are|in) )*"
)
"""What a unit stands behind: 单位：, 金额单位为, 金额均以; 填报单位 names an office."""

_COUNTED = re.compile("[以按]([^,。;()以按]{1,12}?)(?:为单位|计)")
_BRACKET = re.compile("[(]([^()]{1,20}(?:[(][^()]*[)])?)[)]")
_IN_NAME = re.compile(
    r"(?<![0-9.一二三四五六七八九十两百千万亿破超过达近约满逾于])"
    r"((?:十万|百万|千万|[十百千万亿])元)(?=$|[-_ )(,，、。版])"
)
_PART = re.compile(r"[、;和及]|,(?!\d{3})")
_END = re.compile("[)。;!]")
_BARE = re.compile("[十百千万亿]+")
BRACKETS = str.maketrans("【〔［[{】〕］]}", "((((()))))")
"""Other brackets, to be read as round ones."""

MULTIPLES = {0: "元", 3: "千元", 4: "万元", 8: "亿元"}
"""How multiples of yuan are written, by their power of ten."""

SCALE_WORDS = re.compile(r"[十百千万亿]|thousand|million")
YUAN = Unit((("yuan", 1),))


@dataclass(frozen=True, slots=True)
class Scaled:
    """A unit and the power of ten before it: 万元 is yuan with power 4."""

    power: int
    unit: Unit
    text: str


def known_names(facts: Iterable[Fact]) -> frozenset[str]:
    """The base units that may stand in a header: the usual ones and those of the policy."""
    units = [f.type.unit for f in facts if isinstance(f.type, Number) and f.type.unit]
    return frozenset([*_KNOWN, *(name for unit in units for name, _ in unit.powers)])


def read_unit(text: str, known: frozenset[str] = frozenset(_KNOWN)) -> Scaled | None:
    """`万元`, `元/人·年`, `10,000 yuan per year`; None where it is no unit.

    All that follows the first stroke divides, as in 元/人·年, with brackets or without.
    """
    plain = simplified(unicodedata.normalize("NFKC", text)).casefold().replace(",", "")
    plain = re.sub("per(?!son)|每", "/", re.sub(r"\s+", "", plain))
    plain = re.sub("[・•.]", "·", plain)
    scale = _SCALE.match(plain)
    power = _SCALES[scale.group()] if scale else 0
    over, *under = plain[scale.end() if scale else 0 :].split("/")
    tops = _atoms(over, known)
    bottoms = _atoms("·".join(under).strip("()"), known) if under else []
    if not tops or bottoms is None or (under and not bottoms):
        return None
    unit = Unit()
    for name in filter(None, tops):
        unit = unit.times(Unit(((name, 1),)))
    for name in filter(None, bottoms):
        unit = unit.times(Unit(((name, 1),)), -1)
    return Scaled(power, unit, text.strip())


def of_scale(text: str, unit: Unit) -> Scaled | None:
    """A bare multiple, such as 万, of a unit that is known."""
    plain = re.sub(r"\s+", "", simplified(unicodedata.normalize("NFKC", text)))
    power = _SCALES.get(plain) if _BARE.fullmatch(plain) else None
    if power is None:
        return None
    return Scaled(power, unit, f"{plain}元" if unit == YUAN else plain)


def units_said(text: str, known: frozenset[str] = frozenset(_KNOWN)) -> list[Scaled | str]:
    """The units that a line says its table is in: 单位：万元、人, 金额均以万元计, 收入表（万元）, 万元 alone.

    A part that must be a unit of money and cannot be read is given as text. Nothing is found where no unit
    is meant: 填报单位 and 单位：某县 name an office.
    """
    spaced = _spaced(text)
    plain = spaced.replace(" ", "")
    alone = _unit(plain.strip("()"), known)
    if alone and (alone.unit == YUAN or alone.power) and not {*"村个"} & {*plain}:
        return [alone]
    found: list[Scaled | str] = []
    for match in _KEY.finditer(spaced):
        found += _listed(spaced[match.end() :], match.group().endswith(":"), known)
    for part in (*_COUNTED.findall(plain), *_BRACKET.findall(plain)):
        for one in _PART.split(part):
            unit = read_unit(one, known)
            if unit and unit.unit == YUAN:
                found.append(unit)
    return list(dict.fromkeys(found))


def _spaced(text: str) -> str:
    """A line in NFKC, simplified, with round brackets and single blanks, none where a key word has them."""
    plain = simplified(unicodedata.normalize("NFKC", text[:300])).casefold()
    plain = re.sub("[\"'“”‘’]", "", plain)
    plain = re.sub(r"\s+", " ", plain.translate(BRACKETS)).strip()
    plain = re.sub("(单|金|计|货|币) (位|额|量|币|种)", r"\1\2", plain)
    plain = re.sub("[(]?人民币[)]?", "", plain)
    return re.sub(" ?(:|(?<=单位)|(?<=金额)|(?<=单位为)|(?<=单位是)) ?", r"\1", plain)


def _listed(rest: str, sharp: bool, known: frozenset[str]) -> list[Scaled | str]:
    """The units that follow a key word; `sharp` where a colon says that units do follow."""
    found: list[Scaled | str] = []
    for part in _PART.split(_END.split(rest.lstrip("( "))[0]):
        texts = [part.replace(" ", "")] if part.isascii() else part.split()
        for text in texts:
            said = text.rpartition(":")[2] or text
            unit = _unit(said, known)
            if unit:
                found.append(unit)
                continue
            money = "元" in said or said in ("角", "分")
            if sharp and money and len(said) < 9 and not re.search(r"\d", said):
                found.append(said)
            return found
    return found


def is_unit_line(text: str) -> bool:
    """Whether a text says nothing but the unit, as 单位：万元, 金额单位为万元 or （万元）."""
    plain = _spaced(text).replace(" ", "")
    alone = _unit(plain.strip("()"), frozenset(_KNOWN))
    money = alone is not None and alone.unit == YUAN
    return bool(_KEY.search(plain) or _COUNTED.search(plain) or money)


def units_named(name: str) -> list[Scaled | str]:
    """The units of money in the name of a sheet or file: 名册（万元）, 名册-万元, 单位万元."""
    plain = re.sub(r"\s+", "", simplified(unicodedata.normalize("NFKC", name)).casefold())
    found = units_said(name)
    for text in _IN_NAME.findall(plain):
        unit = read_unit(text)
        found += [unit] if unit and unit.unit == YUAN else []
    powers = {unit.power for unit in found if isinstance(unit, Scaled)}
    return [found[0]] if len(powers) == 1 and len(found) > 1 else found


def _unit(text: str, known: frozenset[str]) -> Scaled | None:
    """A unit, or a bare multiple, which is one of yuan."""
    return read_unit(text, known) or of_scale(text, YUAN) if text else None


def agrees(wanted: Unit, found: Unit) -> bool:
    """Whether a header's unit goes with a fact's: the same, without its time, or the numerator alone."""
    timeless = tuple((n, p) for n, p in wanted.powers if n not in ("year", "month", "day"))
    above = tuple((n, p) for n, p in wanted.powers if p > 0)
    return found.powers in (wanted.powers, timeless, above)


def _atoms(text: str, known: frozenset[str]) -> list[str] | None:
    """The base units of a product, "" for one that counts as 1; None where one is unknown."""
    found: list[str] = []
    for part in filter(None, re.split("[·*]", text)):
        names = [part] if part in known or part in _NAMES else list(part)
        for name in names:
            if name not in known and name not in _NAMES:
                return None
            found.append(_NAMES.get(name, name))
    return found
