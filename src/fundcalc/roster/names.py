"""Counties and villages under several spellings: what is one is said to be, what is twice is a fault."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import field
from functools import cache

import polars as pl

from fundcalc.base import dataclass
from fundcalc.roster.model import Fault, fault
from fundcalc.roster.words import simplified, traditional

_ENDS = "县区市旗"
_ABOVE = "(?:省|自治区|自治州|地区|盟|州(?!市)|市(?!区))"
_WITHIN = re.compile(
    f"(?P<above>(?:[一-鿿]{{1,8}}?{_ABOVE})+)(?P<county>[一-鿿]{{1,12}}[县区市旗])"
)
_CITY = re.compile(f"[一-鿿]{{1,8}}?{_ABOVE}")
_BRACKETS = re.compile(r"[(（【\[〔][^)）】\]〕]*[)）】\]〕]$")
_NAMED = re.compile(
    f"(?P<above>(?:[一-鿿]{{2,8}}?{_ABOVE})*)"
    "(?P<county>[一-鿿]{1,15}?(?:自治[县縣]|[县縣区區旗市])(?![县縣区區旗市]))"
)
_OTHER = re.compile(
    "附[件表]|^附|[关關][于於]|(?:填报|上报|编制|报送)(?:单位)?|报表|[汇匯][总總]|各(?!族)|[0-9〇一二三四五六七八九十]+年度?"
    "|村[级級]|[组組][织織]|经费|經費|[运運][转轉]|保障|补[助贴]|[资資]金|收入|集体|集體|情况|[统統][计計]|明细|一览|名[册冊单單]|台[账賬]|党建|干部|表"
)
"""Words of a title that belong to no county's name."""
_NO_COUNTY = re.compile(
    ".*(?:社|地|片|景|校|厂|管理|示范|开发|市辖)区|.*(?:贫困|高寒|丘陵|深|石|半|国有|重点)[山林矿]区"
    "|.*[市县](?:县市|县|市)?区|[全各本该我市县老](?:县|区|市|旗)|[新山林矿]区|新市"
)


_NOBODY = re.compile(
    r"[全本我该各老][县市区旗]?|(?:所有|全部)[县市区旗]?|.{2,}(?<![天万])全[县市区旗]|同上?|同前|无|未知|不详|[\W\d_]+"
)
"""What stands in a county's place and names none: 全市, 同上, 〃, a code. 天全县 and 万全区 are counties."""

_NO_LETTERS = re.compile(r"[\W\d_]+")
_ORDINAL = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}[、,.:]|[(][一二三四五六七八九十\d]{1,3}[)]|[\d*※#]+[、,.:-]?)"
)
_AFTER = re.compile(r"[\d*※#,.、。;:·•—–_/\\-]+$")
_BETWEEN = re.compile(r"[-/\\|·•—–>、,]+")
_WHOLE = re.compile(r"[(【\[〔](.+)[)】\]〕]")

_PLAIN = re.compile(f"[^{_ENDS}\\W\\d]{{1,15}}[{_ENDS}]")
"""A text with one county's name, as far as can be seen."""

MOST_LETTERS = 12
"""Characters of a county's name up to which it is held against others."""

LONG = 3
"""Characters from which on a county's name within another text is sure to be meant."""

RARE = 5
"""One village in so many may have a county whose name looks like none of the others'."""


@dataclass(slots=True)
class Spellings:
    """What each spelling stands for, spellings that may be several or none, and counties that look alike.

    `unclear` ones have the counties that they may be, none where they name no county; `odd` ones do not
    look like the other counties' names, which say 县, 区, 市 or 旗.
    """

    stands_for: dict[str, str] = field(default_factory=dict)
    unclear: dict[str, list[str]] = field(default_factory=dict)
    alike: dict[str, str] = field(default_factory=dict)
    odd: set[str] = field(default_factory=set)
    like_known: dict[str, str] = field(default_factory=dict)
    """Names that differ by a character from one that the policy knows and the roster has not."""


def spellings(
    counts: Mapping[str, int], known: Collection[str], *, whole_of: str = ""
) -> Spellings:
    """Settle the spellings of a roster's counties; `known` are names that the policy knows.

    A spelling that nothing else in the roster or the policy shares is left as it stands. `whole_of` is the
    policy's title: a city that it names is none of several counties.
    """
    spelt = Spellings()
    texts = dict.fromkeys(sorted(text for text in counts if text))
    others = {*texts, *known}
    odd = traditional(set("".join(texts)))
    bare = {text: _bare(text, others, odd) for text in texts}
    whole = {name for name in {*bare.values(), *known} if name[-1:] in _ENDS}
    cities: dict[str, set[str]] = defaultdict(set)
    for name in bare.values():
        within = _WITHIN.fullmatch(name)
        if within:
            cities[within["county"]].add(_CITY.findall(within["above"])[-1])
    for text, name in bare.items():
        if _NO_LETTERS.fullmatch(text) and text not in known:
            spelt.unclear[text] = []
            continue
        counties = _counties_meant(name, known, whole, cities, whole_of)
        if len(counties) > 1:
            spelt.unclear[text] = counties
        elif counties[0] != text:
            spelt.stands_for[text] = counties[0]
    several = Counter(
        spelt.stands_for.get(text, text) for text in texts if text not in spelt.unclear
    )
    spelt.stands_for = {t: n for t, n in spelt.stands_for.items() if n in known or several[n] > 1}
    _doubt_what_holds_more(spelt, bare, counts, known, whole_of)
    _look_alike(spelt, {text: counts[text] for text in texts if text not in spelt.unclear}, known)
    return spelt


def _doubt_what_holds_more(
    spelt: Spellings,
    bare: Mapping[str, str],
    counts: Mapping[str, int],
    known: Collection[str],
    whole_of: str,
) -> None:
    """Doubt texts that hold a county's name and more, or that name no county where the others do."""
    settled: Counter[str] = Counter()
    for text in bare:
        settled[spelt.stands_for.get(text, bare[text])] += counts[text]
    counties = {name for name in settled if name[-1:] in _ENDS and not _NOBODY.fullmatch(name)}
    if not counties:
        return
    full = {name for name in {*counties, *known} if len(name) >= LONG and name[-1:] in _ENDS}
    stems: dict[str, list[str]] = defaultdict(list)
    for name in full:
        stems[name[:-1]].append(name)
    longest = max(map(len, full), default=0)
    total = sum(settled.values())
    few = sum(times for name, times in settled.items() if name[-1:] not in _ENDS)
    for text, name in bare.items():
        if text in known or text in spelt.unclear or text in spelt.stands_for:
            continue
        inside = _counties_within(name, full, stems, longest)
        of_all = bool(whole_of) and (name if name[-1:] == "市" else f"{name}市") in whole_of
        if inside or _NOBODY.fullmatch(name) or (of_all and len(counties) > 1):
            spelt.unclear[text] = inside
        elif name[-1:] not in _ENDS and RARE * few <= total:
            spelt.odd.add(text)


def _counties_within(
    name: str, full: Set[str], stems: Mapping[str, list[str]], longest: int
) -> list[str]:
    """The counties of which a text says more than the name, as 子丑县财政局 or 子丑寅卯."""
    if _PLAIN.fullmatch(name):
        return []
    counties = sorted(_pieces(name, longest) & full - {name})
    if name[-1:] not in _ENDS:
        return counties or sorted(
            k for stem in _pieces(name, longest) & stems.keys() for k in stems[stem]
        )
    for county in counties:
        name = name.replace(county, "")
    return [] if re.sub(r"\W", "", name) else counties


def _pieces(text: str, longest: int) -> set[str]:
    """All parts of a text up to a length: looked up among many counties, none of which is looked for."""
    starts = range(len(text))
    return {text[at : at + size] for size in range(1, longest + 1) for at in starts}


def _counties_meant(
    name: str,
    known: Collection[str],
    whole: Collection[str],
    cities: Mapping[str, set[str]],
    whole_of: str,
) -> list[str]:
    """The counties that a name without brackets may mean; itself where nothing says otherwise."""
    if name in known:
        return [name]
    within = _WITHIN.fullmatch(name)
    if within:
        return [within["county"] if len(cities[within["county"]]) == 1 else name]
    if after := _after_place(name, known, whole, whole_of):
        return after
    if len(cities.get(name, ())) > 1:
        return sorted(city + name for city in cities[name])
    if name[-1:] in _ENDS:
        return [name]
    full = sorted(
        county for county in whole if name in (county[:-1], county.removesuffix("自治县"))
    )
    return [county for county in full if county in known] or full or [name]


def _look_alike(spelt: Spellings, counts: Mapping[str, int], known: Collection[str]) -> None:
    """Doubt counties that are another's name but for a character or two at the end, or one mistyped.

    Many counties differ by one character; only what is rare next to the other is doubted.
    """
    settled: Counter[str] = Counter()
    for text, times in counts.items():
        settled[spelt.stands_for.get(text, text)] += times
    for long in settled:
        short = next((long[:-cut] for cut in (1, 2) if long[:-cut] in settled), "")
        if len(short) > 1 + (len(long) - len(short) > 1):
            rare = long if settled[long] < settled[short] or short in known else short
            spelt.alike[rare] = short if rare == long else long
    for pair in _differing_by_one(settled):
        rare, common = sorted(pair, key=settled.__getitem__)
        if rare not in known and settled[rare] <= min(2, settled[common] // 3):
            spelt.alike.setdefault(rare, common)
    for pair in _differing_by_one([*settled, *(name for name in known if name[-1:] in _ENDS)]):
        missing = [name for name in pair if name not in settled]
        if len(missing) == 1:
            other = pair[0] if pair[1] == missing[0] else pair[1]
            if other not in known:
                spelt.like_known.setdefault(other, missing[0])
    for text in counts:
        name = spelt.stands_for.get(text, text)
        if name in spelt.alike:
            spelt.alike[text] = spelt.alike[name]


def _differing_by_one(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names of three characters or more that differ in one of them."""
    seen: dict[tuple[int, str], list[str]] = {}
    for name in names:
        if 2 < len(name) <= MOST_LETTERS:
            for at in range(len(name)):
                for other in seen.get((at, name[:at] + name[at + 1 :]), ()):
                    if len(other) == len(name):
                        yield name, other
                seen.setdefault((at, name[:at] + name[at + 1 :]), []).append(name)


def _after_place(
    name: str, known: Collection[str], whole: Collection[str], whole_of: str
) -> list[str]:
    """The county of 甲市子丑县: one that the policy knows, or another after the city that its title names."""
    for county in (name[at:] for at in range(1, len(name) - LONG + 1)):
        before = name.removesuffix(county)
        if county in known and _is_place(before, known):
            return [county]
        if county in whole and f"{before}市" in whole_of:
            return [county]
    return []


def _is_place(before: str, known: Collection[str]) -> bool:
    """Whether what stands before a county's name can be its city or province: 甲市 of 甲市子丑县."""
    return (
        bool(re.fullmatch("[一-鿿]{1,6}", before))
        and not set(before) & set("县区旗")
        and not any(k[:-1] in before for k in known if len(k) >= LONG)
    )


def _unmarked(name: str) -> str:
    """A county's name without what lists write around it: an ordinal, a mark, brackets, its code."""
    whole = _WHOLE.fullmatch(name)
    name = whole[1] if whole else name
    return _AFTER.sub("", _ORDINAL.sub("", name, count=1) if _ORDINAL.match(name) else name)


def _bare(text: str, others: Collection[str], odd: Set[str]) -> str:
    """A county's name in NFKC without blanks, marks and brackets, simplified where that form is known.

    `odd` are characters that have another, simplified form.
    """
    name = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    while (shorter := _BRACKETS.sub("", name)) != name and shorter:
        name = shorter
    parted = _BETWEEN.sub("", name)
    within = _WITHIN.fullmatch(parted)
    county = within["county"] if within and parted != name else ""
    for other in (_unmarked(name), county, parted):
        if other != name and other in others:
            return other
    plain = name if odd.isdisjoint(name) else simplified(name)
    if plain != name and (
        plain in others or any(plain == known_name[:-1] for known_name in others)
    ):
        return plain
    return name


def county_in(text: str, known: Collection[str], *, whole: str = "") -> str | None:
    """The county that a title, a sheet's or a file's name gives; None where it gives none or several.

    A city that `whole` names, the policy's title, is no county but all of them.
    """
    written = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    plain = simplified(written)
    counties = {n for n in known if n[-1:] in _ENDS and (n in plain or _begins_with(n[:-1], plain))}
    counties = {
        name for name in counties if not any(name != other and name in other for other in counties)
    }
    by_name: dict[str, str] = {}
    for match in _NAMED.finditer(_OTHER.sub(" ", written)):
        if not _NO_COUNTY.fullmatch(simplified(match["county"])):
            by_name[match["county"]] = match["above"]
    if _ASIDE.search(plain):
        return None
    if counties:
        others = {
            n for n in map(simplified, by_name) if not any(c in n or n in c for c in counties)
        }
        return counties.pop() if len(counties) == 1 and not any(map(_sure, others)) else None
    if len(by_name) != 1:
        return None
    (county, above), *_ = by_name.items()
    return None if county in whole and not above else county


_ASIDE = re.compile(
    f"(?:参照|参考|参阅|仿照|依照|比照|对照|按照?|不含|不包[含括]|除)[一-鿿]{{2,12}}[{_ENDS}]"
    f"|[含原由自报送抄][一-鿿]{{2,6}}[{_ENDS}](?:划入|并入|划转|划归|移交|参考|财政局|备案)"
)
"""A county of which a title only speaks: 参照娄烦县标准, 不含阳曲县划入村."""

_ROW = re.compile(
    r"[(]?(?:[一二三四五六七八九十\d]{0,3}[)、,.:])?(?P<county>[一-鿿]{2,12}[县區区旗市縣])"
    r"(?P<town>[一-鿿]{1,6}[镇乡鎮鄉])?"
    r"(?:[(][^()]*[)])?(?:(?:小计|合计|总计|计)|(?:共?计?\d+个?(?:行政)?村))?[:]?(?:[(][^()]*[)])?"
)
"""A row or a town's cell that names a county: 二、阳曲县（4个村）, 阳曲县小计, 阳曲县石筏镇."""

_KIND = re.compile("贫困|重点|[国省]定|山区|新区|城区|示范|开发|其[他它余]|各")


def county_of_row(text: str, known: Collection[str]) -> str | None:
    """The county that a row between villages, or a town's cell, names; None where it names none."""
    match = _ROW.fullmatch(re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)))
    if match is None or _KIND.search(match["county"]):
        return None
    return county_in(match["county"], known)


def is_same_county(first: str, second: str) -> bool:
    """Whether two names are one county's: with its city or without, or without its 县."""
    names = sorted((simplified(first), simplified(second)), key=len)
    stem = names[0][:-1] if names[0][-1:] in _ENDS and len(names[0]) > 2 else names[0]
    return stem in names[1]


def _sure(name: str) -> bool:
    """Whether a text that looks like a county's name is one for sure, and no city of all or kind."""
    return name[-1:] != "市" and not _KIND.search(name)


def _begins_with(short: str, text: str) -> bool:
    """Whether a text is or begins with a county's name without its 县."""
    return len(short) >= 2 and (
        text == short or bool(re.match(f"{re.escape(short)}(?![一-鿿]*[县区市旗])", text))
    )


def respelt(values: Iterable[object], known: Mapping[str, object]) -> dict[str, str]:
    """Names in traditional characters whose simplified form is known: 寶豐縣 for 宝丰县.

    A form that nobody knows is left as it stands: 乾县 is no misspelt 干县.
    """
    names = {v for v in values if isinstance(v, str)}
    letters = traditional(set("".join(names)))
    respellings = {
        text: simplified(text)
        for text in sorted(names)
        if text not in known and not letters.isdisjoint(text)
    }
    return {
        text: other
        for text, other in respellings.items()
        if other != text and (other in known or other in names)
    }


SHOWN = 10
"""Rows that a fault names at most."""

UNREAD = "?"
"""How the stand-in for a code begins that is there but cannot be read."""

Row = Callable[[int, int], str]
"""How a village's row (the first) is named next to another village (the second)."""

_TOWN = r"(..)(?:镇|乡|街道|街道办事处|办事处)?(?:[(（][^()（）]*[)）])?$"
_END = (
    "(.)(?:行政村|自然村|村)?(?:村民委员会|村民委|村委会|村委|民委员会|委会|居民委员会|居委会"
    "|党委|党总支|党支部|(?:股份)?经济(?:联合)?(?:合作)?(?:联合)?社)?$"
)
_NOTE = r"(?:[(（【\[〔][^()（）【】\[\]〔〕]*[)）】\]〕]|[*※#①-⑳⑴-⒇¹²³])+$"
_NUMBER = "(..村)[0-9]{1,2}$"


def bare(name: str) -> str:
    """A village's name without blanks and what lists write after it or leave out: 丁 for 丁村村委会."""
    return re.sub(_END, r"\1", "".join(name.split()))


def bare_names(names: pl.Series, towns: pl.Series, counties: pl.Series) -> pl.Series:
    """The same of many names, simplified, without what may be a note or the place that it lies in."""
    plain = names.str.replace_all(r"\s", "")
    unlike = plain.str.contains(_written_otherwise()).arg_true()
    plain = plain.scatter(unlike, [simplified(name) for name in plain.gather(unlike).to_list()])
    frame = pl.DataFrame([plain.alias("n"), towns.alias("t"), counties.alias("c")])
    name = pl.col("n").str.replace(_NOTE, "").str.replace(_NUMBER, "$1")
    for place in (pl.col("c"), pl.col("t")):
        name = pl.when(place.str.len_chars() > 1).then(name.str.strip_prefix(place)).otherwise(name)
    return frame.select(name.str.replace(_END, "$1")).to_series()


@cache
def _written_otherwise() -> str:
    """A pattern of all characters that have another, simplified form."""
    return f"[{''.join(sorted(traditional(map(chr, range(0x4E00, 0xA000)))))}]"


def _places(
    names: Sequence[str], towns: Sequence[str], counties: Sequence[str]
) -> list[tuple[str, str, str]]:
    """Each village as county, town and bare name; "" for a name that is not known.

    A note behind a name is left out where the name without it stands there too, the town where one of the
    villages of this name and county has none.
    """
    places: list[tuple[str, str, str]] = []
    for name, town, county in zip(names, towns, counties, strict=True):
        plain = simplified("".join(name.split()))
        for place in (county, town):
            rest = plain.removeprefix(place) if len(place) > 1 else plain
            plain = rest if len(rest) > 1 else plain
        places.append((county, re.sub(_TOWN, r"\1", town), plain))
    known_places = {(county, town, bare(name)) for county, town, name in places}
    for at, (county, town, name) in enumerate(places):
        without = bare(re.sub(_NUMBER, r"\1", re.sub(_NOTE, "", name)))
        noted = without and (county, town, without) in known_places
        places[at] = county, town, without if noted else bare(name)
    loose = {(county, name) for county, town, name in places if not town}
    return [(c, "" if (c, name) in loose else town, name) for c, town, name in places]


def twice(
    codes: Sequence[str],
    names: Sequence[str],
    towns: Sequence[str],
    counties: Sequence[str],
    row: Row,
) -> Iterator[tuple[int, str, Fault]]:
    """Each village that stands in the roster twice (by its index), the fact by which, and the fault.

    "" is a value that is not known. A village without a code is twice where its county, town and name
    are, under whatever ending: 村, 村委会 or none; a town that is not known may be any.
    """
    for group in _groups(codes):
        for at, others in _others(group, row):
            yield at, "code", same_code(others)
    whole: list[str] = []
    if not all(codes):
        places = _places(names, towns, counties)
        whole = [
            "\0".join(place) if name else "" for place, name in zip(places, names, strict=True)
        ]
    for group in _groups(whole):
        for at, others in _others(group, row):
            if not codes[at]:
                yield at, "name", same_village(others)
    near = [
        f"{county}\0{name}" if county and name and code and not code.startswith(UNREAD) else ""
        for county, name, code in zip(counties, names, codes, strict=True)
    ]
    for group in _groups(near):
        for at in group[1:]:
            if codes[at] != codes[group[0]]:
                yield at, "name", fault("FC643", row=row(group[0], at))


def same_code(others: tuple[str, ...]) -> Fault:
    """A code that stands in several rows."""
    return fault("FC635", rows=_rows(others))


def same_village(others: tuple[str, ...]) -> Fault:
    """A village without code that cannot be told from another."""
    return fault("FC636", rows=_rows(others))


def _rows(others: tuple[str, ...]) -> str:
    return ", ".join(others[:SHOWN]) + (" …" if len(others) > SHOWN else "")


def _others(group: Sequence[int], row: Row) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each village of a group with the others' rows: those that a fault shows, and one more."""
    most = SHOWN + 1
    for at in group[:most]:
        yield at, tuple(row(i, at) for i in group[: most + 1] if i != at)[:most]
    shared = tuple(row(i, group[-1]) for i in group[:most])
    for at in group[most:]:
        yield at, shared


def _groups(keys: Sequence[str]) -> list[list[int]]:
    """The indices of equal keys, where there are several; "" is no key."""
    by_key: dict[str, list[int]] = {}
    for at, key in enumerate(keys):
        if key:
            by_key.setdefault(key, []).append(at)
    return [group for group in by_key.values() if len(group) > 1]
