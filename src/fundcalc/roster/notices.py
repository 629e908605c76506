"""What is said of a roster that was read: what was recognised, left out or taken otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fundcalc.base.words import Words


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


def scaled(header: str, unit: str, power: int) -> Words:
    """A column in a multiple of the unit."""
    times = f"{10**power:,}"
    return Words(
        f"“{header}”按{unit}读取，乘以 {times}",
        f"“{header}” is in {unit}: figures were multiplied by {times}",
    )


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


def totals(rows: Sequence[int]) -> Words:
    """Total rows."""
    return Words(
        f"合计行未计入村数：第 {_rows(rows)} 行", f"total rows were left out: row {_rows(rows)}"
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
