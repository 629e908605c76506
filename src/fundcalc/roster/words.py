"""What the words of a sheet mean: units as rosters write them, and rows that are no village's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Literal

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.words import Words
from fundcalc.language.datatypes import Number, describe
from fundcalc.language.units import PLAIN, Unit
from fundcalc.policy.model import Fact


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


_TURNED = frozenset("乾吒夥彷後徵捱摺於榘沈甯菸薹藉覆醣阪麴麽")
"""The characters of GB 2312 that OpenCC turns into others, alone or within a word."""


def _surely_simplified(text: str) -> bool:
    """Whether GB 2312 has all of a text and OpenCC leaves it alone, without loading its tables."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return _TURNED.isdisjoint(text)


@lru_cache(maxsize=10_000)
def simplified(text: str) -> str:
    """The text in simplified characters; only its reader knows whether that was meant."""
    return text if text.isascii() or _surely_simplified(text) else _converter()(text)


def traditional(chars: Iterable[str]) -> set[str]:
    """Those characters that have another, simplified form."""
    wide = [char for char in chars if not (char.isascii() or _surely_simplified(char))]
    forms = _converter()("\n".join(wide)).split("\n") if wide else []
    return {char for char, form in zip(wide, forms, strict=True) if form != char}


_NAMES = {
    "元": "yuan", "圆": "yuan", "人民币元": "yuan", "rmb": "yuan", "cny": "yuan",
    "人": "person", "名": "person", "people": "person", "persons": "person",
    "年": "year", "years": "year", "月": "month", "日": "day", "天": "day",
    "户": "household", "households": "household", "亩": "mu",
    "村": "", "个": "", "village": "", "villages": "",
}  # fmt: skip
_KNOWN: Mapping[str, str] = MappingProxyType(
    {name: name for name in ("yuan", "person", "year", "month", "day", "household", "mu")}
)
_SCALES = {
    "十": 1, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8,
    "thousand": 3, "million": 6, "1000": 3, "10000": 4, "1000000": 6,
}  # fmt: skip
_FORMS = str.maketrans("仟佰拾単∶︰˸", "千百十单:::")
"""Characters of a unit or its line that are written in two ways."""

_SIGN = re.compile("^(?:rmb|cny|人民币|[¥￥])?(?:1?[x×*]|1(?=[万千百亿]))?(?=[十百千万亿元1])")
"""What may stand before a unit of money: RMB万元, ¥万, ×10000元, 1万元."""

_FOREIGN = re.compile(
    "usd|hkd|eur|gbp|jpy|krw|[$€£₩]|美[元金刀]|港[元币]|英镑|日[元圆]|欧元|[韩台澳]币"
)
_PARTS = {"分": -2, "fen": -2, "角": -1, "jiao": -1}
"""Parts of a yuan, by their power of ten; a policy's own unit of that name, such as points, comes first."""
_SCALE = re.compile("|".join(sorted(_SCALES, key=len, reverse=True)))
_OFFICES = "填报 报送 编制 填表 主管 责任 上报 制表 申报 预算 帮扶 派出"
_OFFICE = "".join(f"(?<!{word})" for word in _OFFICES.split())
_KEY = re.compile(
    _OFFICE + "(?:单位|金额|数据|数字|币种|units?|amounts?)(?:单位)?(?:均|都|一律|全部)?"
    "(?:以|按|改?为|是|用|:| ?(?:is|are|in) )*"
)
"""What a unit stands behind: 单位：, 金额单位为, 金额均以; 填报单位 names an office."""

_COUNTED = re.compile("[以按]([^,。;()以按]{1,12}?)(?:为单位|计|填|统计|列|反映|核算|表示)")
_NOTED = re.compile("^(?:备?注|附注|注释|说明):")
_BRACKET = re.compile("[(]([^()]{1,20}(?:[(][^()]*[)])?)[)]")
_IN_NAME = re.compile(
    r"(?<![0-9.一二三四五六七八九十两百千万亿破超过达近约满逾于])"
    r"((?:十万|百万|千万|[十百千万亿])元)(?=$|[-_ )(,，、。版]|名[册单]|台账|表)"
    r"|(?<=[(])(万)(?=[)])"
)
_PART = re.compile(r"[、;和及]|,(?!\d{3})")
_END = re.compile(r"[)。;!]|[(](?=[\d一二三四五六])")
_BARE = re.compile("[十百千万亿]+")
BRACKETS = str.maketrans("【〔［[{】〕］]}", "((((()))))")
"""Other brackets, to be read as round ones."""

MULTIPLES = {0: "元", 3: "千元", 4: "万元", 8: "亿元", -2: "分"}
"""How multiples and the hundredth of yuan are written, by their power of ten."""

SCALE_WORDS = re.compile(r"[十百千万亿]|thousand|million")
YUAN = Unit((("yuan", 1),))


@dataclass(frozen=True, slots=True)
class Scaled:
    """A unit and the power of ten before it: 万元 is yuan with power 4, 分 with −2."""

    power: int
    unit: Unit
    text: str


def known_names(facts: Iterable[Fact]) -> Mapping[str, str]:
    """How base units may be written in a header: the usual ones and those of the policy."""
    units = [f.type.unit for f in facts if isinstance(f.type, Number) and f.type.unit]
    bases = [base for unit in units for base in unit.bases]
    written = {
        _run_together(word): base
        for base in bases
        for word in (base.called.zh, base.called.en, base.plural, base)
    }
    return {**written, **_KNOWN}


def _run_together(text: str) -> str:
    """A unit for comparison: NFKC, simplified, case folded, without spaces."""
    plain = simplified(unicodedata.normalize("NFKC", text)).casefold()
    return re.sub(r"\s+", "", plain).translate(_FORMS)


def read_unit(text: str, known: Mapping[str, str] = _KNOWN) -> Scaled | None:
    """`万元`, `元/人·年`, `10,000 yuan per year`; None where it is no unit.

    All that follows the first stroke divides, as in 元/人·年, with brackets or without.
    """
    plain = _SIGN.sub("", _run_together(text).replace(",", ""))
    names = "|".join(re.escape(name) for name in known if "per" in name)
    plain = re.sub(f"({names})|per|每", lambda found: found[1] or "/", plain)
    plain = re.sub("[・•.]", "·", plain)
    own = re.split("[·*/]", plain)[0] in known  # 千瓦, 百分点
    scale = None if own else _SCALE.match(plain)
    power = _SCALES[scale.group()] if scale else 0
    over, *under = plain[scale.end() if scale else 0 :].split("/")
    if scale is None and over in _PARTS and over not in known:
        power, over = _PARTS[over], "元"
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
    plain = re.sub(r"\s+", "", simplified(unicodedata.normalize("NFKC", text))).translate(_FORMS)
    plain = _SIGN.sub("", plain) if unit == YUAN else plain
    power = _SCALES.get(plain) if _BARE.fullmatch(plain) else None
    if power is None:
        return None
    return Scaled(power, unit, f"{plain}元" if unit == YUAN else plain)


def units_said(text: str, known: Mapping[str, str] = _KNOWN) -> list[Scaled | str]:
    """The units that a line says its table is in: 单位：万元、人, 金额均以万元计, 收入表（万元）, 万元 alone.

    A part that must be a unit of money and cannot be read is given as text. Nothing is found where no unit
    is meant: 填报单位 and 单位：某县 name an office.
    """
    spaced = _spaced(text)
    plain = spaced.replace(" ", "")
    alone = _unit(_NOTED.sub("", plain).strip("()"), known)
    if alone and (alone.unit == YUAN or alone.power) and not {*"村个"} & {*plain}:
        return [alone]
    units: list[Scaled | str] = []
    for match in _KEY.finditer(spaced):
        units += _listed(spaced[match.end() :], match.group().endswith(":"), known)
    for part in (*_COUNTED.findall(plain), *_BRACKET.findall(plain)):
        for name in _PART.split(part):
            unit = read_unit(name, known)
            if unit and unit.unit == YUAN:
                units.append(unit if unit.power >= 0 else name)
    return list(dict.fromkeys(units))


def _spaced(text: str) -> str:
    """A line in NFKC, simplified, with round brackets and single blanks, none where a key word has them."""
    plain = simplified(unicodedata.normalize("NFKC", text[:300])).casefold()
    plain = re.sub("[\"'“”‘’]", "", plain)
    plain = re.sub(r"\s+", " ", plain.translate(BRACKETS).translate(_FORMS)).strip()
    plain = re.sub("([十百千万亿]) (?=元)", r"\1", plain)
    plain = re.sub(r"(?<=单位|金额) ?[;.=—–-]+ ?(?=(?:rmb|cny|¥)?[十百千万亿元人1])", ":", plain)
    plain = re.sub("(单|金|计|货|币) (位|额|量|币|种)", r"\1\2", plain)
    plain = re.sub("[(]?人民币[)]?", "", plain)
    return re.sub(" ?(:|(?<=单位)|(?<=金额)|(?<=单位为)|(?<=单位是)) ?", r"\1", plain)


def _listed(rest: str, sharp: bool, known: Mapping[str, str]) -> list[Scaled | str]:
    """The units that follow a key word; `sharp` where a colon says that units do follow."""
    units: list[Scaled | str] = []
    for part in _PART.split(_END.split(rest.lstrip("( "))[0]):
        texts = [part.replace(" ", "")] if part.isascii() else part.split()
        for text in texts:
            unit_text = text.rpartition(":")[2] or text
            unit = _unit(unit_text, known) or _unit(unit_text.partition("(")[0], known)
            if unit:
                units.append(unit)
                continue
            money = "元" in unit_text or unit_text in _PARTS or _FOREIGN.search(unit_text)
            if sharp and money and len(unit_text) < 9 and not re.search(r"\d", unit_text):
                units.append(unit_text)
            return units
    return units


_OF_COLUMN = re.compile(
    "(?P<column>[一-鿿][^,，。；;：:、]{0,30}?)[列栏项的]*(?:(?:金额|计量)?单位)?(?:均|都|一律)*(?P<key>[以按为是用:：]|(?<=单位))+"
    "(?P<unit>[^,，。；;、()\\s]{1,12}?)(?:为单位|计|填报?|统计|列|反映|核算|表示)?(?=[,，。；;、()\\s]|$)"
)
"""A clause that gives one column's unit: 现行补贴单位为千元, 负债以万元计, 其余为元."""

_AHEAD = re.compile(
    "^(?:[注备附说明]{1,3}[:：]?|其中|表[中内]|本表|上表|以[上下]|[各本]村|[(（\\d一二三四五]+[)）.、])+"
)
_ALL = (
    "金额 经费 资金 数据 数额 货币 币种 计量 数字 款项 收支 表格 名册 人口 单位 全部 所有 报表 全表"
)
_ANY_COLUMN = frozenset(_ALL.split())
_THE_REST = re.compile("(?:其余|其[他它]|余|另)(?:各?[列栏项]|金额|数据|款项|资金|经费)*")


def units_of_columns(
    text: str, labels: Iterable[str], known: Mapping[str, str] = _KNOWN
) -> tuple[dict[str, Scaled], Scaled | None]:
    """The units that a note gives for some of a sheet's columns, by label, and that for the rest.

    `labels` are the heads, cleaned and without brackets; a note names one in full, or by words that not
    all heads of money have.
    """
    by_label: dict[str, Scaled] = {}
    rest: Scaled | None = None
    heads = [*labels]
    for match in _OF_COLUMN.finditer(_AHEAD.sub("", clean(text))):
        column = _AHEAD.sub("", match["column"])
        unit = read_unit(match["unit"], known) or of_scale(match["unit"], YUAN)
        if unit is None:
            continue
        if _THE_REST.fullmatch(column) or (column in _ANY_COLUMN and unit.unit == YUAN):
            rest = unit
        elif len(column) > 1 and column not in _ANY_COLUMN:
            named = [head for head in heads if len(head) > 1 and (head in column or column in head)]
            by_label |= dict.fromkeys(named, unit)
    return by_label, rest


def is_unit_line(text: str) -> bool:
    """Whether a text says nothing but the unit, as 单位：万元, 金额单位为万元 or （万元）."""
    plain = _spaced(text).replace(" ", "")
    alone = _unit(plain.strip("()"), _KNOWN)
    money = alone is not None and alone.unit == YUAN
    return bool(_KEY.search(plain) or _COUNTED.search(plain) or money)


def units_named(name: str) -> list[Scaled | str]:
    """The units of money in the name of a sheet or file: 名册（万元）, 名册-万元, 单位万元."""
    plain = re.sub(r"\s+", "", simplified(unicodedata.normalize("NFKC", name)).casefold())
    units = units_said(name)
    for text in map("".join, _IN_NAME.findall(plain)):
        unit = _unit(text, _KNOWN)
        units += [unit] if unit and unit.unit == YUAN else []
    powers = {unit.power for unit in units if isinstance(unit, Scaled)}
    return [units[0]] if len(powers) == 1 and len(units) > 1 else units


def _unit(text: str, known: Mapping[str, str]) -> Scaled | None:
    """A unit, or a bare multiple, which is one of yuan; 分 over a whole table may be points, and is none."""
    unit = read_unit(text, known) or of_scale(text, YUAN) if text else None
    return None if unit is not None and unit.power < 0 else unit


def agrees(fact_unit: Unit, header_unit: Unit) -> bool:
    """Whether a header's unit goes with a fact's: the same, without its time, or the numerator alone."""
    timeless = tuple((n, p) for n, p in fact_unit.powers if n not in ("year", "month", "day"))
    above = tuple((n, p) for n, p in fact_unit.powers if p > 0)
    return header_unit.powers in (fact_unit.powers, timeless, above)


def _atoms(text: str, known: Mapping[str, str]) -> list[str] | None:
    """The base units of a product, "" for one that counts as 1; None where one is unknown."""
    bases: list[str] = []
    for part in filter(None, re.split("[·*]", text)):
        names = [part] if part in known or part in _NAMES else list(part)
        for name in names:
            if name not in known and name not in _NAMES:
                return None
            bases.append(_NAMES[name] if name in _NAMES else known[name])
    return bases


@lru_cache(maxsize=10_000)
def clean(text: str) -> str:
    """A header for comparison: NFKC, simplified, case folded, without spaces, and stars around it."""
    folded = simplified(unicodedata.normalize("NFKC", text)).translate(BRACKETS).casefold()
    plain = "".join(folded.split())
    if not plain.isprintable():
        plain = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    return plain.strip("*:#")


_SUM = "合计|总计|共计|累计|总数|合计数|总计数|合计金额|总和|总额|求和|加总|汇总数?|一共|总共|全部"
_WHOLE = "全[省市县区旗乡镇村]|本[省市县区旗乡镇]"
_TOTAL = re.compile(
    rf"[(]?(?P<group>.{{0,30}}?)(?P<sum>{_SUM}|(?:{_WHOLE})(?:{_SUM})?)[)]?(?:[:(].*)?"
    r"|[(]?(?P<part>.{0,30}?(?:小计|分计)|本页计?|.{1,20}(?:乡|镇|街道|片|区|县)计)[)]?(?:[:(].*)?"
    r"|[(]?(?:[计合总共∑]|sum)[)]?(?::.*)?"
    r"|(?P<sub>(?:grand|sub)?-?)totals?(?:[:(].*)?"
    rf"|[(]?(?:{_SUM}|小计)?共?(?:计|有)?(?P<count>\d+|[一二三四五六七八九十百]+)个?(?:行政)?村[)]?(?:合计|小计)?"
    r"|(?P<town>.{1,12}(?:[乡镇县市区旗]|街道|办事处))"
    r"[(]?共?(?:计|有)?(?:\d+|[一二三四五六七八九十百]+)个?(?:行政)?村[)]?"
)
_MEAN = re.compile(
    "[(]?(?:.{0,10}(?:平均|均值|中位数)(?:数|值|水平|每村|每户)?|[村人户县乡镇]均[数值]?|均"
    "|最[大小高低]值?|占比|比例|比重"
    "|averages?|avg[.]?|means?|medians?)[)]?(?:[:(].*)?"
)

_COMPARED = """
上年 上年数 上年同期 去年 去年数 去年同期 上期数 本年数 今年数 同比 环比 增减 增减额 增减数 增减率
增长 增长额 增长率 增幅 增加 减少 下降 比上年 比上年增长 比上年增减 较上年 较上年增长 较上年增减
预算数 计划数 完成数 决算数 指标数 下达数 上级下达 已下达 应下达 校验 核对 验证 检查 审核 审核数
校核 校核数 核对数 check 误差 差额 差异 差数 差值 余额 缺口 总缺口 缺额 村数 个数 户数 人数 数量
百分比 极差 方差 标准差 承前页 过次页 转下页 接上页 转次页 续 续表
"""
_COMPARING = frozenset(_COMPARED.split())
"""What a row next to a list is called that compares, checks or carries over."""

_KINDS = "贫困 脱贫 空壳 薄弱 软弱涣散 重点 一般"
_NAMELESS = """
其他 其它 其余 剩余 其他村 其它村 其余村 剩余村 各村 每村 本村 某村 某某村 村 行政村 村名 待定 空白
无 暂缺 不详 未知 测试 备注 说明 示例村 样例村 填写示例 县直 乡直 镇直 市直 东片 西片 南片 北片 中片
一片 二片 三片 四片 一类 二类 三类 甲类 乙类 丙类 a类 b类 c类 一类村 二类村 三类村 甲类村 乙类村
丙类村 a类村 b类村 c类村 一档 二档 三档 第一批 第二批 第三批 平 全国 全省 千人以上村 千人以下村
城市社区 农村社区
"""
_NO_NAME = frozenset(
    [
        *_NAMELESS.split(),
        *(f"{o}{k}村" for k in _KINDS.split() for o in ("", "非", "其他", "其它", "其余", "剩余")),
    ]
)
"""What is no village's name, as far as can be told: kinds of villages, and what stands for a name."""

_COMPARING_LIKE = r"(?:19|20)\d\d年?数?|占.{0,8}[%％]"
_NO_NAME_LIKE = r"[某xX×＊*○〇●□_]{1,4}村|[一1]?[0-9千]*人以[上下]村?|例[:：].*|[^\p{L}]+"
_SEVERAL = (
    r".+村(?:委会|村民委员会)?[、,/和及与].+村.*|.{2,}[、,].{2,}村|.+等[\d一二三四五六七八九十两几]*个?村"
    r"|.+(?:村民小组|[\d一二三四五六七八九十]组)"
    r"|.+[(][^()]*(?:撤销|撤并|并入|已并|取消|重复|作废|不计)[^()]*[)]"
)
"""A name, cleaned, of several villages, of a part of one, or of one that is no more."""

_LIKE = {
    "mean": re.compile(_COMPARING_LIKE),
    "group": re.compile(_NO_NAME_LIKE.replace(r"[^\p{L}]", r"[\W\d_]") + "|" + _SEVERAL),
}
_OF_WHICH = re.compile("其中(?:[:,、].*|.{0,12})|ofwhich.*")
_ENUMERATED = re.compile(
    r"[(]?(?:[一二三四五六七八九十]{1,3}|[ivx]{1,5})[)]?[、,.．:)](?P<rest>.+)|[(][一二三四五六七八九十]{1,3}[)](?P<other>.+)"
)
_GROUP = re.compile(
    r".{1,12}(?:[乡镇县市旗]|(?<!社|新|小|校|园|景|老|矿|林|库)区|街道|办事处|农场|管委会|本级|机关|直属)"
)
_REMARK = re.compile(
    r"(?:注|备注|附注|说明|填表|制表|审核|复核|负责人|联系|填报|报送|单位负责人|日期|notes?)"
    r"[^:.、]{0,12}[:.、].*"
    r"|[(]?(?:.{0,10}单位)?(?:盖章|公章|签字|签章|签名)[)]?.{0,20}|(?:19|20)\d\d年\d{1,2}月(?:\d{1,2}日)?"
)
_REMARK_MARK = re.compile("[:：.．、章字名年]")
_LONE = re.compile(
    r".{2,40}[(]?(?:盖章|公章|签章|签字)[)]?|[二〇○零一二三四五六七八九十]{4}年.{0,12}"
    r"|(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?|[※*].*|(?:说明|备注|注).+|[(]?\d{1,2}[)、.].{6,}"
)
"""What stands alone in a row and is a signature, a date or a remark."""

_HEADING = re.compile(
    r"附(?:表|件)?\d*:?.*|.*(?:表|名册|名单|台账)(?:[(].*[)])?|第.{1,3}[部分批页].*"
)
_EXAMPLES = frozenset({"示例", "样例", "例", "example", "sample"})
_QUICK = re.compile(
    "[计計数數均值总總全本共]|其中|占比|比例|比重|最|中位|total|average|mean|median|which",
    re.IGNORECASE,
)

_SPACED = "|".join(r"\s*".join(word) for word in sorted(_COMPARING | _NO_NAME) if word.isalpha())
MAY_BE_ODD = (
    rf"^[\s(（【\[]*(?i:{_SPACED}|{_COMPARING_LIKE}|{_NO_NAME_LIKE}|合|共|∑|sum)[\s)）】\]:：.。]*$|avg"
    r"|.[、,，/].|村(?:委会|村民委员会)?[和及与].|等.{0,3}村|组\s*$|撤|并入|已并|取消|重复|作废|不计"
    r"|[乡镇县市区旗道处][(（]?共?[计有]?[\d一二三四五六七八九十百]+个?(?:行政)?村"
    r"|[计計数數均值]|其中|总|總|占比|比例|比重|最|中位|(?i)total|average|mean|median|which"
    r"|^\s*[全本共(（]|^\s*[\d一二三四五六七八九十百]+个|"
    r"^\s*[(（]?[一二三四五六七八九十ivxIVX]{1,5}[)）、,，.．:：]|"
    r"[乡鄉镇鎮县縣区區市旗]\s*$|街道\s*$|街\s*道\s*$|办事处\s*$|辦事處\s*$|农场\s*$|農場\s*$|管委会\s*$|(?:本级|机关|直属)\s*$"
)
"""A pattern, for whole columns of names, of all that `sort_row` may find to be no village's."""

What = Literal["blank", "example", "total", "mean", "remark", "heading", "group", "village"]


@dataclass(frozen=True, slots=True)
class Row:
    """What a row is; `label` is the text that says so, in column `column`, and `group` the group it names.

    A partial total stands for a group or a block, not for all villages; a `lone` text may be a village's
    name or a caption.
    """

    what: What
    label: str = ""
    column: int = 0
    group: str = ""
    partial: bool = False
    lone: bool = False


def sort_row(
    cells: Sequence[str],
    places: Sequence[int],
    figures: Sequence[int],
    code: tuple[int, int] | None,
) -> Row:
    """What a row is, by its words alone.

    `cells` are its texts; `places` the columns of the village's and its groups'
    names, the village's first, `figures` those of numbers, `code` that of the village's code and how many
    digits it has.
    """
    filled = [at for at, cell in enumerate(cells) if cell.strip()]
    if not filled:
        return Row("blank")
    lead = filled[0]
    if len(cells[lead]) < 20 and clean(cells[lead]) in _EXAMPLES:
        return Row("example")
    has_code = code is not None and _is_village_code(_at(cells, code[0]), code[1])
    for at in dict.fromkeys((*places, lead)):
        text = _at(cells, at)
        if not text or len(text) > 60 or has_code:
            continue
        others = (_at(cells, place).strip() for place in places if place != at)
        row = _by_label(text, at, any(others))
        name = places[0] if places else lead
        if row is None and (at == name or not _at(cells, name).strip()):
            row = _next_to_list(text, at, with_names=at in places)
        if row:
            return row
    remark = _remark(cells)
    if remark:
        return Row("remark", remark)
    return _by_name(cells, filled, places, figures, has_code)


def _by_label(text: str, column: int, placed: bool) -> Row | None:
    """A total, a mean or a part of what is above, by the words in one cell; `placed` rows name a town too."""
    plain = clean(text).strip("[]")
    village = placed and re.fullmatch("其中(?P<kind>[^:,、]*村)", plain)
    if _OF_WHICH.fullmatch(plain) and not (village and village["kind"] not in _NO_NAME - {"村"}):
        return Row("mean", text, column)
    if not _QUICK.search(text) and not re.fullmatch(
        r".{0,12}[\d一二三四五六七八九十百].*村[)]?", plain
    ):
        return None
    if _MEAN.fullmatch(plain):
        return Row("mean", text, column)
    match = _TOTAL.fullmatch(plain)
    if match is None:
        return None
    if match["town"]:
        return Row("total", text, column, match["town"], partial=True)
    if not any(match[name] is not None for name in ("sub", "part", "sum", "count")):
        return Row("total", text, column)
    part = re.sub("(?:小计|分计|计)$", "", match["part"] or "")
    group = (match["group"] or part).strip("()")
    enumerated = _ENUMERATED.fullmatch(group)
    if enumerated:
        group = enumerated["rest"] or enumerated["other"] or ""
    partial = match["part"] is not None or match["sub"] == "sub" or match["sub"] == "sub-"
    return Row("total", text, column, group, partial)


def is_of_which(label: str) -> bool:
    """Whether a row says that parts of what is above follow: 其中：上坞."""
    return bool(_OF_WHICH.fullmatch(clean(label).strip("[]")))


def _next_to_list(text: str, column: int, *, with_names: bool) -> Row | None:
    """A row next to the list, or one without a village's name, by the words in the name's place.

    Where rows are not `with_names`, a number in their place is no odd name.
    """
    plain = clean(text).strip("()[].。:")
    if plain in _COMPARING or _LIKE["mean"].fullmatch(plain):
        return Row("mean", text, column)
    if with_names and (plain in _NO_NAME or _LIKE["group"].fullmatch(clean(text))):
        return Row("group", text, column, plain, lone=True)
    return None


def _by_name(
    cells: Sequence[str],
    filled: Sequence[int],
    places: Sequence[int],
    figures: Sequence[int],
    has_code: bool,
) -> Row:
    """A group's row or a heading by what stands in the village's place, and by what else stands there.

    A row with a town but no village's name has no `group`: only its figures can tell.
    """
    name = places[0] if places else filled[0]
    town = next((p for p in places[1:] if _at(cells, p).strip()), None)
    label = _at(cells, name) or (cells[filled[0]] if len(filled) == 1 else "")
    plain = clean(label)
    empty = not any(_at(cells, at).strip() for at in figures)
    alone = len(filled) == 1
    if alone and _LONE.fullmatch(clean(cells[filled[0]])):
        return Row("remark", cells[filled[0]])
    if empty and alone and _HEADING.fullmatch(plain):
        return Row("heading", label)
    if has_code:
        return Row("village")
    if not label.strip() and town is not None and not empty:
        return Row("group", cells[town], town)
    enumerated = _ENUMERATED.fullmatch(plain)
    if enumerated:
        group = enumerated["rest"] or enumerated["other"] or ""
        if empty or _GROUP.fullmatch(group) or not group.endswith("村"):
            return Row("heading" if empty else "group", label, name, group)
    if _GROUP.fullmatch(plain):
        return Row("heading" if empty and alone else "group", label, name, plain)
    if empty and alone:
        return Row("group", label, filled[0], plain, lone=True)
    return Row("village")


def _at(cells: Sequence[str], at: int) -> str:
    return cells[at] if 0 <= at < len(cells) else ""


def _is_village_code(text: str, digits: int) -> bool:
    """A village's code; one that ends in 000 is a town's or a county's."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return (
        plain.isdecimal() and len(plain) == digits and not (digits == 12 and plain.endswith("000"))
    )


def _remark(cells: Sequence[str]) -> str | None:
    """The text of a remark below the table, such as 制表人：…."""
    lead = next((cell for cell in cells if cell.strip()), "")
    if not _REMARK_MARK.search(lead):
        return None
    text = re.sub(r"\s+", "", simplified(unicodedata.normalize("NFKC", lead[:200])).casefold())
    return lead if _REMARK.fullmatch(text) else None


def wanted(fact: Fact) -> Words:
    """What belongs into a fact's cells, as a reader would call it."""
    unit = fact.type.unit if isinstance(fact.type, Number) else None
    if unit is None or unit == PLAIN:
        return describe(fact.type)
    return words("roster.a_number_in", unit=said(unit))


def said(unit: Unit) -> Words:
    """A unit as a reader writes it."""
    return Words(unit.said("zh"), unit.said("en"))
