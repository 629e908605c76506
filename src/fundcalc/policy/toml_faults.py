"""What a TOML parser's complaint means, and how to mend what is often typed: 17万, 170,000, 2017/1/1, “…”."""

from __future__ import annotations

import re
from datetime import date

from fundcalc.base.words import Words, same
from fundcalc.policy.typed import as_number

_SAID = {
    "Invalid statement": "这一行看不懂",
    "Invalid value": "这里的值看不懂",
    "Invalid date or datetime": "没有这一天",
    "Invalid initial character for a key part": "这里要写键名",
    "Expected '=' after a key in a key/value pair": "键名后面缺少 =",
    "Expected newline or end of document after a statement": "值后面有多余的内容",
    "Unclosed inline table": "表 { … } 没有写完",
    "Unclosed array": "列表 [ … ] 没有写完",
    "Unterminated string": "引号没有配对",
    "Illegal character '\\n'": "引号没有在本行结束",
    "Cannot overwrite a value": "同一个键写了两次",
}
_SAID_OF = (
    (re.compile(r"Duplicate inline table key '(.*)'"), "键 `{}` 写了两次"),
    (re.compile(r"Cannot declare \((.*?),?\) twice"), "表 {} 写了两次"),
    (re.compile(r"Illegal character '(.*)'"), "不能有字符 `{}`"),
)
_WIDE = dict(zip("，＝｛｝［］（）：；＃", ",={}[]():;#", strict=True))
_QUIET = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*')
_DAY = re.compile(r"(?<![\d.])(\d{4})\s*([-/.年])\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_NUMBER = re.compile(r"(?<![\w.-])\d[\d,_]*(?:\.\d+)?\s*(?:[万亿]元?|元|[%％])?(?![\w-])")


def said(detail: str) -> Words:
    """The parser's words in both languages; in its own where they are new."""
    if detail in _SAID:
        return Words(_SAID[detail], detail)
    for pattern, chinese in _SAID_OF:
        match = pattern.fullmatch(detail)
        if match:
            return Words(chinese.format(match[1]), detail)
    return same(detail)


def hint(detail: str, lines: list[str], row: int) -> Words | None:
    """How to mend what is wrong in a row (from 0), or at the end of the one before."""
    for line in lines[row : row + 1] + lines[max(row - 1, 0) : row]:
        bare = _QUIET.sub(lambda match: " " * len(match[0]), line)
        found = _quotes(bare) or _wide(bare) or _day(bare) or _number(bare)
        if found:
            return found
    if detail == "Unclosed inline table":
        return Words("一个表写在一行里，以 } 结束", "a table stands on one line and ends with }")
    return None


def _quotes(line: str) -> Words | None:
    if not re.search("[“”‘’＂]", line):
        return None
    return Words('引号要用半角的 " "', 'use straight quotation marks, " "')


def _wide(line: str) -> Words | None:
    char = next((char for char in line if char in _WIDE), None)
    if char is None:
        return None
    return Words(f"`{char}` 要用半角的 `{_WIDE[char]}`", f"write `{_WIDE[char]}` for `{char}`")


def _day(line: str) -> Words | None:
    for match in _DAY.finditer(line):
        year, month, day = (int(match[n]) for n in (1, 3, 4))
        try:
            right = date(year, month, day).isoformat()
        except ValueError:
            return Words("月份或日子写错了", "the month or the day is wrong")
        if match[0].strip() != right:
            return Words(f"日期写作 {right}", f"write the date as {right}")
    return None


def _number(line: str) -> Words | None:
    for match in _NUMBER.finditer(_DAY.sub("", line)):
        text = match[0].strip()
        if text[-1] in "%％":
            return Words(f'百分数写在引号里："{text}"', f'a percentage stands in quotes: "{text}"')
        right = as_number(text)
        if right is not None and right.replace("_", "") != text.replace("_", ""):
            return Words(f"{text} 写作 {right}", f"write {text} as {right}")
    return None
