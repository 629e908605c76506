"""What one row below a header is: a village's, a total, a note, a title, or perhaps a group's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fundcalc.roster.headers import clean
from fundcalc.roster.spelling import simplified

_SUM = "合计|总计|共计|累计|总数|合计数|总计数|合计金额"
_WHOLE = "全[省市县区旗乡镇村]|本[省市县区旗乡镇]"
_TOTAL = re.compile(
    rf"[(]?(?P<group>.{{0,30}}?)(?P<sum>{_SUM}|(?:{_WHOLE})(?:{_SUM})?)[)]?(?:[:(].*)?"
    r"|[(]?(?P<part>.{0,30}?(?:小计|分计)|.{1,20}(?:乡|镇|街道|片|区|县)计)[)]?(?:[:(].*)?"
    r"|[(]?计[)]?(?::.*)?"
    r"|(?P<sub>(?:grand|sub)?-?)totals?(?:[:(].*)?"
    rf"|[(]?(?:{_SUM}|小计)?共?(?:计|有)?(?P<count>\d+|[一二三四五六七八九十百]+)个?(?:行政)?村[)]?(?:合计|小计)?"
)
_MEAN = re.compile(
    "[(]?(?:.{0,10}(?:平均|均值|中位数)(?:数|值|水平)?|村均|人均|户均|最[大小高低]值?|占比|比例|比重"
    "|averages?|means?|medians?)[)]?(?:[:(].*)?"
)
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
    start: int = 0,
) -> Row:
    """What a row is, by its words alone.

    `cells` are its texts from column `start` on; `places` the columns of the village's and its groups'
    names, the village's first, `figures` those of numbers, `code` that of the village's code and how many
    digits it has.
    """
    filled = [at for at, cell in enumerate(cells) if cell.strip()]
    if not filled:
        return Row("blank")
    lead = filled[0]
    if len(cells[lead]) < 20 and clean(cells[lead]) in _EXAMPLES:
        return Row("example")
    has_code = code is not None and is_village_code(_at(cells, code[0] - start), code[1])
    for at in dict.fromkeys((*(place - start for place in places), lead)):
        text = _at(cells, at)
        if not text or len(text) > 60 or has_code:
            continue
        others = (_at(cells, place - start).strip() for place in places if place - start != at)
        found = _by_label(text, start + at, any(others))
        if found:
            return found
    remark = _remark(cells)
    if remark:
        return Row("remark", remark)
    return _by_name(
        cells, filled, [p - start for p in places], [f - start for f in figures], has_code
    )


def _by_label(text: str, column: int, placed: bool) -> Row | None:
    """A total, a mean or a part of what is above, by the words in one cell; `placed` rows name a town too."""
    plain = clean(text).strip("[]")
    if _OF_WHICH.fullmatch(plain) and not (placed and re.fullmatch("其中[^:,、]*村", plain)):
        return Row("mean", text, column)
    if not _QUICK.search(text) and not re.fullmatch(
        r"[(]?[\d一二三四五六七八九十百].*村[)]?", plain
    ):
        return None
    if _MEAN.fullmatch(plain):
        return Row("mean", text, column)
    match = _TOTAL.fullmatch(plain)
    if match is None:
        return None
    if (
        match["sub"] is None
        and match["part"] is None
        and match["sum"] is None
        and match["count"] is None
    ):
        return Row("total", text, column)
    part = re.sub("(?:小计|分计|计)$", "", match["part"] or "")
    group = (match["group"] or part).strip("()")
    enumerated = _ENUMERATED.fullmatch(group)
    if enumerated:
        group = enumerated["rest"] or enumerated["other"] or ""
    partial = match["part"] is not None or match["sub"] == "sub" or match["sub"] == "sub-"
    return Row("total", text, column, group, partial)


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


def may_be_odd() -> str:
    """A pattern, for whole columns of names, of all that `sort_row` may find to be no village's."""
    return (
        r"[计計数數均值]|其中|总|總|占比|比例|比重|最|中位|(?i)total|average|mean|median|which"
        r"|^\s*[全本共(（]|^\s*[\d一二三四五六七八九十百]+个|"
        r"^\s*[(（]?[一二三四五六七八九十ivxIVX]{1,5}[)）、,，.．:：]|"
        r"[乡鄉镇鎮县縣区區市旗]\s*$|街道\s*$|街\s*道\s*$|办事处\s*$|辦事處\s*$|农场\s*$|農場\s*$|管委会\s*$|(?:本级|机关|直属)\s*$"
    )


def _at(cells: Sequence[str], at: int) -> str:
    return cells[at] if 0 <= at < len(cells) else ""


def is_village_code(text: str, digits: int) -> bool:
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
