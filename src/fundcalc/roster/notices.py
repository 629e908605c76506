"""What is said of a roster that was read: what was recognised, left out or taken otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fundcalc.base.words import Words, counted


def encoding(name: str) -> Words:
    """A CSV that is not plain UTF-8."""
    return Words(f"按 {name} 编码读取", f"read as {name}")


def delimiter(char: str) -> Words:
    """A CSV that is not separated by commas."""
    name = {"\t": Words("制表符", "tabs"), ";": Words("分号", "semicolons")}[char]
    return Words(f"单元格以{name.zh}分隔", f"cells are separated by {name.en}")


def sheet(name: str, others: int, hidden: int) -> Words:
    """Which of several sheets was taken; hidden ones were not looked at."""
    said = Words(f"读取工作表“{name}”", f"sheet “{name}” was read")
    if others:
        are = "is" if others == 1 else "are"
        said = Words(
            f"{said.zh}，另外 {others} 张不是名册", f"{said.en}; {others} more {are} no roster"
        )
    if hidden:
        said = Words(
            f"{said.zh}，{hidden} 张隐藏的没有看", f"{said.en}; {hidden} hidden were not looked at"
        )
    return said


def title_row(row: int, text: str) -> Words:
    """A row above the header that is no data."""
    short = _short(text)
    return Words(f"第 {row} 行是标题：“{short}”", f"row {row} is a title: “{short}”")


def unit_line(row: int, text: str) -> Words:
    """A line that gives the unit of all money columns without one."""
    short = _short(text)
    return Words(f"第 {row} 行是单位：“{short}”", f"row {row} gives the unit: “{short}”")


def column_numbers(row: int) -> Words:
    """A row that only numbers the columns."""
    return Words(f"第 {row} 行是栏次，未计入", f"row {row} numbers the columns and was left out")


def header_rows(first: int, last: int) -> Words:
    """Where the header is, if not one row at the top."""
    if first == last:
        return Words(f"表头在第 {first} 行", f"the header is row {first}")
    return Words(f"表头在第 {first} 至 {last} 行", f"the header is rows {first} to {last}")


def year(header: str, found: str) -> Words:
    """A year in a header."""
    return Words(f"表头“{header}”写有年份 {found}", f"the header “{header}” names the year {found}")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a column was read: in which unit, with a figure as written and as read, and who says so."""

    label: str
    column: str
    unit: Words
    sample: tuple[str, str] | None
    said: Words | None


def read_in(one: Reading, more: int, *, money: bool) -> Words:
    """In which unit a column was read, and where the unit stands; `more` sheets have the same."""
    zh = f"{one.label}（{one.column} 列）：按{one.unit.zh}读取"
    en = f"{one.label} (column {one.column}): read in {one.unit.en}"
    if one.sample is not None:
        shown = f"{one.sample[0]} → {one.sample[1]}"
        zh, en = (
            f"{zh}，{shown}{' 元' if money else ''}",
            f"{en}, {shown}{' yuan' if money else ''}",
        )
    if one.said is not None:
        zh, en = f"{zh}，据{one.said.zh}", f"{en}, by {one.said.en}"
    if more:
        zh, en = f"{zh}；另有 {more} 张表相同", f"{en}; so in {counted(more, 'more sheet')}"
    return Words(zh, en)


def no_unit(labels: Sequence[str], option: str) -> Words:
    """Columns of money for which no unit is written, so that the fact's own was taken."""
    listed = "、".join(f"“{label}”" for label in labels)
    return Words(
        f'{listed}没有写单位，按元读取；若是万元，加 --column "{option}:万元"',
        f"no unit is written for {listed}, so yuan was taken; if it is 万元, "
        f'--column "{option}:万元"',
    )


def left_out_before(source: str, count: int) -> Words:
    """Rows that were rejected when the facts were cleaned."""
    return Words(
        f"整理“{source}”时退回了 {count:,} 行，不在其中",
        f"{counted(count, 'row')} of “{source}” were rejected when it was cleaned; they are not in it",
    )


def in_line(row: int, text: str) -> Words:
    """Where a unit stands: in a line of the sheet."""
    return Words(f"第 {row} 行“{_short(text)}”", f"row {row}, “{_short(text)}”")


def in_header() -> Words:
    """Where a unit stands: in the header."""
    return Words("表头", "its header")


def in_sheet_name(name: str | None) -> Words:
    """Where a unit or county stands: in the sheet's name."""
    return Words(f"表名“{name}”", f"the sheet's name “{name}”")


def in_file_name(name: str) -> Words:
    """Where a unit or county stands: in the file's name."""
    return Words(f"文件名“{name}”", f"the file's name “{name}”")


def in_format(code: str) -> Words:
    """Where a unit stands: in the cells' number format."""
    return Words(f"单元格格式 {code}", f"the cells' format {code}")


def in_title(text: str) -> Words:
    """Where a county stands: in a title."""
    return Words(f"标题“{_short(text)}”", f"the title “{_short(text)}”")


def by_id() -> Words:
    """Where a unit stands: the header is the fact's own id, which has a unit."""
    return Words("表头的事实名", "the fact's own id in the header")


def told() -> Words:
    """Where a unit or a county stands: a person has said it."""
    return Words("所指明的", "what was said by hand")


def gainsaid(label: str, told: str, unit: str, where: Words) -> Words:
    """A unit that a person has named, though the sheet says another."""
    return Words(
        f"“{label}”按所指明的{told}读取，{where.zh}写的却是{unit}",
        f"“{label}” is read in {told}, as was said by hand, though {where.en} says {unit}",
    )


def near_alias(label: str, title: Words, line: str | None) -> Words:
    """A header that is not quite its fact, and where the policy turns on that."""
    zh = f"“{label}”当作“{title.zh}”读取，两者口径可能不同"
    en = f"“{label}” was taken for “{title.en}”, which may not be quite the same"
    if line:
        zh, en = f"{zh}；政策据此判断：{line}", f"{en}; the policy turns on it: {line}"
    return Words(zh, en)


def panels(count: int) -> Words:
    """Lists side by side."""
    return Words(
        f"{count} 栏并排，逐栏读取", f"{count} lists side by side were read one after the other"
    )


def other_table(first: int, last: int) -> Words:
    """Rows of another table below the villages."""
    return Words(
        f"第 {first} 至 {last} 行是另一张表，没有村名列，未计入",
        f"rows {first} to {last} are another table without a village's name; left out",
    )


LEFT_TOTAL = Words("合计行", "total")
LEFT_MEAN = Words("平均或其中项", "mean, or part of a total")
LEFT_GROUP = Words("乡镇或县的行", "row of a town or county")
LEFT_HEADING = Words("标题行", "title")
LEFT_SUM = Words("各数是相邻各村之和", "its figures are the sums of the rows next to it")
"""Why a row is left out."""


def left_rows(why: Words, rows: Sequence[str], where: str) -> Words:
    """Rows that are no villages, and why."""
    shown = ", ".join(rows[:10]) + (f" … ({len(rows)})" if len(rows) > 10 else "")
    at = f"{where} " if where else ""
    noun = "row" if len(rows) == 1 else "rows"
    return Words(
        f"{at}未计入村数的行（{why.zh}）：{shown}",
        f"{at}{noun} left out, no village ({why.en}): {shown}",
    )


def noise(label: str, cells: Sequence[str]) -> Words:
    """Figures that a program wrote with the noise of its halves."""
    short = f"{float(cells[0]):.15g}"
    return Words(
        f"“{label}”有 {len(cells)} 个数带浮点误差，如 {cells[0]} 按 {short} 读取",
        f"{len(cells)} figures of “{label}” have a program's rounding noise: "
        f"{cells[0]} is read as {short}",
    )


def counties(found: Mapping[str, str]) -> Words:
    """Spellings of counties that were taken for one."""
    listed = ", ".join(f"{text} → {name}" for text, name in list(found.items())[:20])
    return Words(f"县名按同一个县计：{listed}", f"counties under several spellings: {listed}")


def read_from(where: str, villages: int, county: str, said: Words | None) -> Words:
    """How many villages one of several tables has; which county, where no column says it."""
    zh, en = f"{where}：{villages:,} 个村", f"{where}: {villages:,} villages"
    if said is not None:
        zh, en = f"{zh}，{county}，据{said.zh}", f"{en}, {county}, by {said.en}"
    return Words(zh, en)


def villages_not_read(sheets: Sequence[str]) -> Words:
    """Sheets that name villages and lack most of what is required, beside those that were read."""
    listed = "、".join(f"“{name}”" for name in sheets)
    return Words(
        f"{listed}有村名，但缺少多数必需的列，没有读；要计算其中的村，请改表头或用 --column 指明",
        f"{listed}: villages are named there, but most required columns are missing, so it was not read; "
        "to compute them mend the headers or name them with --column",
    )


def no_rosters(names: Sequence[str]) -> Words:
    """Sheets in which no roster was found."""
    listed = "、".join(f"“{name}”" for name in names[:10])
    more = f" … ({len(names)})" if len(names) > 10 else ""
    return Words(f"不是名册，没有读：{listed}{more}", f"no rosters, not read: {listed}{more}")


def zeros(count: int) -> Words:
    """Formulas that all give 0, as those of a file that was never computed."""
    return Words(
        f"{count} 个公式的结果全是 0；若文件没有计算过，请用 Excel 或 WPS 打开保存一次",
        f"{count} formulas all give 0; if the file was never computed, open and save it in Excel or WPS",
    )


def hidden_rows(rows: Sequence[int]) -> Words:
    """Rows that a person does not see; they count."""
    one = len(rows) == 1
    return Words(
        f"{len(rows)} 行隐藏或被筛选掉，照样计入：第 {_rows(rows)} 行",
        f"{counted(len(rows), 'row')} {'is' if one else 'are'} hidden or filtered out; "
        f"{'it counts' if one else 'they count'}: row {_rows(rows)}",
    )


def struck_rows(rows: Sequence[int]) -> Words:
    """Rows that are struck out; they count."""
    one = len(rows) == 1
    return Words(
        f"{len(rows)} 行划了删除线，照样计入：第 {_rows(rows)} 行；不该计入的请删去",
        f"{counted(len(rows), 'row')} {'is' if one else 'are'} struck out; "
        f"{'it counts' if one else 'they count'}: row {_rows(rows)}; delete what should not",
    )


def at(words: Words, where: str, more: int) -> Words:
    """Something of one of several sheets; `more` have the same."""
    zh, en = f"{where}：{words.zh}", f"{where}: {words.en}"
    if more:
        zh, en = f"{zh}（另有 {more} 张表相同）", f"{en} (so in {counted(more, 'more sheet')})"
    return Words(zh, en)


def passed_over(names: Sequence[str]) -> Words:
    """Files of a folder that are no rosters."""
    listed = "、".join(f"“{name}”" for name in names[:10])
    return Words(f"文件夹里没有读的文件：{listed}", f"not read in the folder: {listed}")


def corrected(cells: Sequence[str]) -> Words:
    """Cells that an intake sets right."""
    listed = ", ".join(cells[:10])
    return Words(f"按读法文件更正的单元格：{listed}", f"cells corrected by the intake: {listed}")


def ignored(headers: Sequence[str]) -> Words:
    """Columns that are no fact of the policy."""
    listed = "、".join(f"“{_short(h)}”" for h in headers)
    return Words(f"未使用的列：{listed}", f"columns that were not used: {listed}")


def absent(titles: Sequence[Words]) -> Words:
    """Facts that no column gives, so that their defaults hold."""
    zh, en = "、".join(t.zh for t in titles), ", ".join(t.en for t in titles)
    return Words(
        f"名册没有这些列，一律取默认值：{zh}",
        f"the roster has no column for these; defaults hold: {en}",
    )


def blank(rows: Sequence[int]) -> Words:
    """Blank rows among the villages."""
    return Words(f"跳过空行：第 {_rows(rows)} 行", f"blank rows were skipped: row {_rows(rows)}")


def repeated(rows: Sequence[int]) -> Words:
    """The header again, on a new page."""
    return Words(
        f"跳过重复的表头：第 {_rows(rows)} 行", f"repeated headers were skipped: row {_rows(rows)}"
    )


def remark(row: int, text: str) -> Words:
    """A remark below the villages."""
    short = _short(text)
    return Words(
        f"第 {row} 行是附注，未计入：“{short}”",
        f"row {row} is a remark and was left out: “{short}”",
    )


def example(row: int) -> Words:
    """A row that shows how to fill in the others."""
    return Words(f"第 {row} 行是示例，未计入", f"row {row} is an example and was left out")


def numbers_as_text(header: str, count: int) -> Words:
    """Codes that the spreadsheet kept as numbers."""
    return Words(
        f"“{header}”有 {count} 个单元格存为数字，已按整数位还原为文本",
        f"{count} cells of “{header}” were kept as numbers; their digits were taken as text",
    )


def merged_text(header: str, count: int) -> Words:
    """Merged cells that name a county or town once for several villages."""
    return Words(
        f"“{header}”有 {count} 行属于合并单元格，取合并格的内容",
        f"{count} rows of “{header}” lie in merged cells and take their text",
    )


def simplified(header: str, found: Mapping[str, str]) -> Words:
    """Names in traditional characters that were understood."""
    listed = ", ".join(f"{text} → {other}" for text, other in list(found.items())[:20])
    return Words(
        f"“{header}”中的繁体字已对应：{listed}",
        f"“{header}” has traditional characters, understood as: {listed}",
    )


def ticks(header: str) -> Words:
    """A column of ticks in which a blank is a no."""
    return Words(
        f"“{header}”只有√和空白，空白作“否”",
        f"“{header}” has only ticks and blanks; a blank is a no",
    )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:39] + "…"


def _rows(rows: Sequence[int]) -> str:
    shown = ", ".join(map(str, rows[:20]))
    return f"{shown} … ({len(rows)})" if len(rows) > 20 else shown


def joined_files(line: int) -> Words:
    """A byte order mark within a text, where a second file was put behind the first."""
    return Words(
        f"第 {line} 行开头有一个文件开头的标记（BOM），像是几个文件拼成的；标记已略去",
        f"line {line} begins with the mark that begins a file (BOM), as if files had been put "
        "together; it is left out",
    )


def text_as_workbook() -> Words:
    """Tab-separated text with a workbook's name."""
    return Words(
        "文件其实是制表符分隔的文本，不是工作簿；按文本读取",
        "the file is tab-separated text, not a workbook; it is read as text",
    )
