"""What is said when a value cannot be taken as written, or is doubtful: one function a fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from fundcalc.base.money import grouped
from fundcalc.base.words import Words
from fundcalc.language.datatypes import Number, is_money
from fundcalc.policy.model import Fact
from fundcalc.roster.model import Fault, ReadAs

SHOWN = 10
"""Rows that a fault names at most."""


def _error(code: str, why: Words, mend: Words) -> Fault:
    return Fault(code, "error", why, mend)


def _doubt(code: str, why: Words, mend: Words) -> Fault:
    return Fault(code, "warning", why, mend)


def missing(fact: Fact) -> Fault:
    """A blank cell of a required fact."""
    mend = Words("填上", "fill it in")
    if isinstance(fact.type, Number):
        mend = Words("填上；确实为零请写 0", "fill it in; write 0 if it is nought")
    return _error("FC620", Words(f"缺少{fact.title.zh}", f"{fact.title.en} is missing"), mend)


def no_number(fact: Fact) -> Fault:
    """Text in a number's place."""
    return _error(
        "FC621",
        Words("不是数字", "not a number"),
        Words(
            "只写数字，例如 120000 或 120,000.00",
            "write figures only, such as 120000 or 120,000.00",
        ),
    )


def unit_in_cell(plain: str | None, unit: str) -> Fault:
    """A figure with its unit, such as 5万; `plain` is what may have been meant."""
    mend = Words(
        f"写 {plain}，或把单位写进表头" if plain else "只写数字，把单位写进表头",
        f"write {plain}, or put the unit in the header"
        if plain
        else "write figures, and the unit in the header",
    )
    return _error(
        "FC622", Words(f"单元格里写了单位“{unit}”", f"the cell has a unit, “{unit}”"), mend
    )


def negative(fact: Fact) -> Fault:
    """A number below nought where none can be."""
    return _error(
        "FC623",
        Words(f"{fact.title.zh}不能是负数", f"{fact.title.en} cannot be negative"),
        Words("核对后改正", "look it up and correct it"),
    )


def too_fine(fact: Fact) -> Fault:
    """More decimals than the fact has."""
    if fact.decimals:
        why = Words("小于一分的金额", "an amount finer than a fen (0.01 yuan)")
        mend = Words(
            f"最多 {fact.decimals} 位小数（按元计）", f"at most {fact.decimals} decimals of a yuan"
        )
        return _error("FC624", why, mend)
    return _error(
        "FC624",
        Words("不是整数", "not a whole number"),
        Words(f"{fact.title.zh}写整数", f"write {fact.title.en} as a whole number"),
    )


def out_of_range(fact: Fact, read_as: ReadAs | None = None, value: int | None = None) -> Fault:
    """A value outside the fact's declared range; perhaps the unit is to blame by which it was read."""
    low = grouped(fact.low, fact.decimals) if fact.low is not None else "…"
    high = grouped(fact.high, fact.decimals) if fact.high is not None else "…"
    why = Words(f"超出范围 {low} 至 {high}", f"outside {low} to {high}")
    mend = Words("核对数字和表头的单位", "look at the figure and at the unit in the header")
    if read_as is not None and read_as.power and value is not None and is_money(fact.type):
        unit = read_as.unit
        why = Words(
            f"按{unit}读取超出范围 {low} 至 {high}", f"outside {low} to {high} when read in {unit}"
        )
        own = value // 10**read_as.power
        if (fact.low or 0) <= own and (fact.high is None or own <= fact.high):
            option = f'--column "{read_as.label}={read_as.fact}:元"'
            mend = Words(
                f"这一列是不是以元为单位？是则 {option}", f"is this column in 元? If so, {option}"
            )
    return _error("FC625", why, mend)


def yuan_sign(fact: Fact, read_as: ReadAs | None) -> Fault:
    """A sign of yuan in a column of other things, or of thousands of yuan."""
    unit = fact.type.unit if isinstance(fact.type, Number) else None
    wanted = Words("其他单位", "another unit")
    if read_as is not None and read_as.power:
        wanted = Words(read_as.unit, read_as.unit)
    elif unit is not None:
        wanted = Words(unit.said("zh") or "个", unit.said("en"))
    return _error(
        "FC629",
        Words(
            f"有 ¥ 号，这一列却是{wanted.zh}", f"has the sign ¥, but the column is in {wanted.en}"
        ),
        Words("去掉 ¥，或改正单位", "take the ¥ out, or correct the unit"),
    )


def shown_otherwise(code: str, unit: str) -> Fault:
    """A number format by which a person sees another unit than the column's."""
    seen = Words(f"，带“{unit}”", f", with “{unit}”") if unit else Words("，数值已缩放", ", scaled")
    return _error(
        "FC629",
        Words(
            f"单元格格式 {code} 显示的数{seen.zh}，与这一列的单位不符",
            f"the cell's format {code} shows the figure{seen.en}; that is not the column's unit",
        ),
        Words(
            "把单元格格式改为常规，写成这一列单位的数字",
            "set the cell's format to General and write the figure in the column's unit",
        ),
    )


def other_size(fact: Fact, *, asked: bool) -> Fault:
    """A figure far from what such figures are, as one in 万元 among others in 元."""
    low, high = (grouped(end, fact.decimals) for end in fact.typical or (0, 0))
    why = Words(
        f"与常见的数（{low} 至 {high}）相差很远，单位可能不同",
        f"far from such figures ({low} to {high}); perhaps in another unit",
    )
    if asked:
        mend = Words(
            "这一行有几个数都这样：按这一列的单位改写；确实如此则用 --column 写明单位",
            "several figures of this row are: write them in the column's unit; if they are right, name "
            "the unit with --column",
        )
        return _error("FC655", why, mend)
    return _doubt("FC655", why, Words("照此计算；请核对", "it is taken as it stands; look it up"))


def runs(text: str) -> Fault:
    """A figure or name of which a part is raised, lowered or struck out."""
    return _error(
        "FC619",
        Words(
            f"部分文字是上标、下标或删除线：{text}",
            f"a part is raised, lowered or struck out: {text}",
        ),
        Words("只留下有效的内容，脚注另写", "leave only what holds; put a footnote elsewhere"),
    )


def formula_error(text: str) -> Fault:
    """A formula that gives an error."""
    return _error(
        "FC626",
        Words(f"公式出错：{text}", f"the formula gives an error: {text}"),
        Words("修好公式，或直接写数值", "mend the formula, or write the value"),
    )


def not_computed() -> Fault:
    """A formula that no program has computed yet."""
    return _error(
        "FC626",
        Words("公式没有计算结果", "the formula was never computed"),
        Words(
            "用 Excel 或 WPS 打开后保存，再试",
            "open the file in Excel or WPS, save it and try again",
        ),
    )


def other_kind(found: Words, wanted: Words) -> Fault:
    """A date, a time or a yes/no where something else belongs."""
    return _error(
        "FC627",
        Words(
            f"单元格是{found.zh}，应为{wanted.zh}",
            f"the cell holds {found.en}; it must be {wanted.en}",
        ),
        Words(
            "把单元格格式改为常规或文本，重新填写",
            "set the cell's format to General or Text and fill it in again",
        ),
    )


def merged(fact: Fact) -> Fault:
    """One cell for several villages."""
    return _error(
        "FC628",
        Words(
            f"合并单元格，分不清各村的{fact.title.zh}",
            f"merged cells do not say each village's {fact.title.en}",
        ),
        Words("取消合并，逐村填写", "unmerge the cells and fill in each village"),
    )


def no_yes_or_no() -> Fault:
    """A word that is neither yes nor no."""
    return _error(
        "FC630",
        Words("看不出是“是”还是“否”", "neither yes nor no"),
        Words(
            "写 是/否、有/无、1/0、√/空白 之一",
            "write yes/no, true/false, 1/0, 是/否, 有/无 or √/blank",
        ),
    )


def no_day() -> Fault:
    """Text that is no calendar day."""
    return _error(
        "FC631", Words("不是日期", "not a date"), Words("写作 2017-12-31", "write it as 2017-12-31")
    )


def no_option(options: Iterable[str]) -> Fault:
    """Text outside the fact's fixed list."""
    listed = "、".join(sorted(options))
    return _error(
        "FC632",
        Words("不在可填的内容之中", "not one of the choices"),
        Words(f"可填：{listed}", f"one of {listed}"),
    )


def exponent(digits: int) -> Fault:
    """A code of which a spreadsheet kept a few digits only."""
    return _error(
        "FC633",
        Words(
            "代码被表格软件改成了科学计数，后面的数字已丢失",
            "a spreadsheet turned the code into an exponent; its last digits are lost",
        ),
        Words(
            f"从原表重新取得 {digits} 位代码，单元格设为文本",
            f"take the {digits} digits from the source again, in a cell set to Text",
        ),
    )


def wrong_digits(digits: int) -> Fault:
    """A code of the wrong length, or with something else than digits."""
    return _error(
        "FC634",
        Words(f"应为 {digits} 位数字", f"must be {digits} digits"),
        Words("核对代码，注意开头的 0", "look the code up; mind a nought at its beginning"),
    )


@lru_cache(maxsize=32)
def same_code(others: tuple[str, ...]) -> Fault:
    """A code that stands in several rows."""
    rows = _rows(others)
    return _error(
        "FC635",
        Words(f"代码重复，另见 {rows}", f"the code stands in {rows} too"),
        Words(
            "一村一行；删去重复的行或改正代码",
            "one row a village: delete the other or correct the code",
        ),
    )


@lru_cache(maxsize=32)
def same_village(others: tuple[str, ...]) -> Fault:
    """A village without code that cannot be told from another."""
    rows = _rows(others)
    return _error(
        "FC636",
        Words(
            f"没有代码，县、乡镇、村名与 {rows} 相同",
            f"without a code, its county, town and name are those of {rows}",
        ),
        Words("填上代码，或删去重复的行", "give it a code, or delete the row that is there twice"),
    )


def too_long(most: int) -> Fault:
    """Text longer than any name."""
    return _error(
        "FC637",
        Words(f"超过 {most} 个字", f"over {most} characters"),
        Words("看看是否错了列", "see whether it is in the wrong column"),
    )


def control(char: str) -> Fault:
    """A character that cannot be seen."""
    name = f"U+{ord(char):04X}"
    return _error(
        "FC638",
        Words(f"含有看不见的字符 {name}", f"has an invisible character, {name}"),
        Words("删去重新输入", "delete it and type the text again"),
    )


def text_as_number(fact: Fact) -> Fault:
    """A number with decimals, or too long to be exact, where text belongs."""
    return _error(
        "FC639",
        Words(
            f"{fact.title.zh}存成了带小数或过长的数字",
            f"{fact.title.en} is kept as a number with decimals, or too long to be exact",
        ),
        Words("单元格设为文本，重新填写", "set the cell to Text and fill it in again"),
    )


def more_cells(count: int) -> Fault:
    """A row of a CSV with more cells than its header has, so that none can be trusted."""
    return _error(
        "FC646",
        Words(
            f"这一行比表头多 {count} 个单元格，各列可能错位",
            f"the row has {count} more cells than the header; its columns may be shifted",
        ),
        Words(
            "看看是否有没加引号的逗号，如 120,000；含逗号的内容加引号，或去掉逗号",
            "look for a comma without quotes, as in 120,000; quote the cell or take the comma out",
        ),
    )


def example() -> Fault:
    """The example of the empty roster, without the mark that tells it from a village."""
    return _error(
        "FC647",
        Words(
            "这是空白名册的示例，不是一个村", "this is the example of the empty roster, no village"
        ),
        Words("删去这一行", "delete the row"),
    )


def wrong_total(fact: Fact, written: str, summed: str) -> Fault:
    """A total that is not the sum of its rows."""
    return _doubt(
        "FC640",
        Words(
            f"合计写 {written}，各行相加是 {summed}",
            f"the total says {written}; its rows add up to {summed}",
        ),
        Words(
            "计算用各村的数字；请核对哪个不对",
            "the villages' figures are used; see which one is wrong",
        ),
    )


def unread_total() -> Fault:
    """A total that is no number."""
    return _doubt(
        "FC641",
        Words("合计不是数字，没有核对", "the total is no number and was not checked"),
        Words("改正合计，或删去", "correct the total or delete it"),
    )


def private_use(char: str) -> Fault:
    """A character that only some fonts have, or that was lost."""
    name = f"U+{ord(char):04X}"
    return _doubt(
        "FC642",
        Words(
            f"含有专用区或损坏的字符 {name}，换一台电脑可能显示不出",
            f"has a private or damaged character, {name}, which other computers may not show",
        ),
        Words("换成标准汉字", "replace it by a standard character"),
    )


def same_name(first: str) -> Fault:
    """Two villages of one name in a county, with codes of their own."""
    return _doubt(
        "FC643",
        Words(f"同县 {first} 有同名的村", f"a village in {first} has the same name and county"),
        Words("核对是否同一个村写了两次", "see whether one village was entered twice"),
    )


def outlier(fact: Fact, twice_median: int) -> Fault:
    """A value far above those of the town's other villages."""
    median = grouped(twice_median // 2, fact.decimals)
    return _doubt(
        "FC644",
        Words(
            f"{fact.title.zh}是本乡镇中位数 {median} 的 {fact.outlier} 倍以上",
            f"{fact.title.en} is {fact.outlier} times the town's median of {median}, or more",
        ),
        Words(
            "照此计算；请核对是否多写了位数或用错了单位",
            "it is taken as it stands; look for a digit too many or another unit",
        ),
    )


def like_a_group(label: str) -> Fault:
    """A row that may stand for a town or another group, though its figures do not say so."""
    return _error(
        "FC649",
        Words(
            f"“{label}”像是乡镇或一组村的行，数字又不是上下各村之和",
            f"“{label}” may stand for a town or a group, but its figures are no sum of its neighbours",
        ),
        Words(
            "是村：写全村名或填上代码，或在读法文件里写进 kept；不是村：删去，或写进 left_out",
            "a village: write its full name or code, or list it under `kept` in an intake; "
            "no village: delete it, or list it under `left_out`",
        ),
    )


def like_a_sum(label: str) -> Fault:
    """A row in a village's form whose figures are the sums of its neighbours', perhaps by chance."""
    fault = like_a_group(label)
    why = Words(
        f"“{label}”的数字正好是相邻各行之和，名称又像一个村",
        f"the figures of “{label}” are just the sums of the rows next to it, though it looks like a village",
    )
    return _error(fault.code, why, fault.mend)


def county_unclear(found: Sequence[str]) -> Fault:
    """A county's name cut so short that it may be one of several."""
    listed = "、".join(found)
    return _error(
        "FC648",
        Words(f"分不清是 {listed} 中的哪一个", f"it may be any of {listed}"),
        Words("写全县名", "write the county's full name"),
    )


def county_alike(other: str) -> Fault:
    """A county that is spelt nearly as another of the roster."""
    return _doubt(
        "FC648",
        Words(
            f"名册里还有 `{other}`：现在作两个县计算，资金池也分开",
            f"the roster has `{other}` too; they are taken for two, with pools of their own",
        ),
        Words("若是同一个，请写成一样", "if they are one, write them alike"),
    )


def other_year(fact: Fact, named: int, wanted: int) -> Fault:
    """A header of another year than the policy wants."""
    return _doubt(
        "FC645",
        Words(
            f"表头写的是 {named} 年，政策用 {wanted} 年的{fact.title.zh}",
            f"the header says {named}; the policy takes {fact.title.en} of {wanted}",
        ),
        Words(
            "照此计算；请核对是否拿错了年份的数",
            "it is taken as it stands; see whether the figures are of the right year",
        ),
    )


def _rows(rows: Sequence[str]) -> str:
    shown = ", ".join(rows[:SHOWN])
    return shown + (" …" if len(rows) > SHOWN else "")
