"""Headers: where they lie, and what each of their columns means: which fact, which unit, which year."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from itertools import product
from types import MappingProxyType

from fundcalc.base import dataclass
from fundcalc.base.catalogue import words
from fundcalc.base.words import Words
from fundcalc.language.datatypes import Number, YesNo
from fundcalc.policy.model import IDENTITY, Fact
from fundcalc.roster.model import letters, short
from fundcalc.roster.sheet import DATE, ERROR, MAX_COLUMNS, NOT_COMPUTED, YES_NO, Sheet
from fundcalc.roster.words import Scaled, clean, read_unit, simplified, units_said

_YEAR = re.compile(r"(?:截至|截止)?((?:19|20)\d\d)(?!\d)年?(?:度|末|底)?")
_MONEY = "(?:(?:十|百|千|万|十万|百万|千万|亿)?元|(?<![a-z])yuan)(?:/[年人月·]+)?"
_PART = "(?:[角分]|fen|jiao)(?:/[年人月·]+)?"
_UNIT_BEHIND = re.compile(f"(?P<rest>.{{2,}}?)[-/_:,;]?(?P<unit>{_MONEY}|(?<=[-/_:]){_PART})")
_UNIT_BEFORE = re.compile(f"[(](?P<unit>{_MONEY}|{_PART})[)](?P<rest>.+)")
_PART_BEHIND = re.compile(f"(?P<rest>.{{2,}}?)(?P<unit>{_PART})")
"""A part of a yuan, or the end of a word such as 部分 or 得分."""


_TURNS = re.compile(
    "计划|规划|预计|预算|预期|估计|目标|指标|[拟应欠缺差]|[人户村月日]均|每[人户月日]|平均|累计|同比|环比|[增涨]长|增[减加幅]|减少"
    "|负债|债务|债权|贷款|上年|上一年|去年|前年|往年|历年|以前|[上下]半年|季度|[一二三四1-4]季|月份|编制|空缺|外出|流[出动]"
    "|死亡|低保|贫困[户人]|五保|党员|岁以[上下]|劳[动力]|占比|比[例重率]|变化|(?:19|20)\\d\\d年?[-—–~至到](?:19|20)?\\d\\d|其[他它余]$"
)
"""What a group's title says that gives the columns below it another meaning: 计划数, 缺额, 上年."""

_OF_ALL = re.compile(
    "(?:[全本各]村|[村总及和与、]|人口|户数|户籍|常住|农[村业]|行政|自然|情况|基本|信息|概况|数据|统计|现状|现有|年末|规模|人数)*"
)
"""A group's title that says of people no more than that all of a village are meant."""

_PER_PERSON = re.compile("(?:按?年?)?(?:人均|每人)(?:每?年|标准|数|额|水平)*")
_TOTALS = ("合计", "小计", "总计", "总额", "总数", "金额", "数额")
_YES, _NO = ("是", "有", "已有", "已派"), ("否", "无", "没有", "不是", "未派")

UNSURE = "…"
"""What a note begins with that may end in a part of a yuan, or may not: it must be asked about."""


class Keys(dict[str, tuple[str, ...]]):
    """Facts by header, cleaned; more than one where the policy's titles clash once cleaned.

    `near` are those headers that mean not quite their fact, as 总人口 for 常住人口; `ids` are the facts' ids.
    """

    near: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    facts: Mapping[str, Fact] = MappingProxyType({})

    def is_yes_no(self, fact: str) -> bool:
        """Whether a fact is one of yes or no."""
        return fact in self.facts and isinstance(self.facts[fact].type, YesNo)

    def per_person(self, fact: str) -> bool:
        """Whether a fact is an amount for each person, so that a total is another."""
        kind = self.facts[fact].type if fact in self.facts else None
        unit = kind.unit if isinstance(kind, Number) else None
        return unit is not None and any(n == "person" and p < 0 for n, p in unit.powers)


@dataclass(frozen=True, slots=True)
class Heading:
    """One column's header.

    `pieces` are its texts from top to bottom; `facts` what it may mean: none, one, or several that
    must be asked about. `brackets` are the bracketed notes taken off the matching text, `outer` those
    of the other pieces, nearest first; each may be a unit. `settled` headings were named by the user,
    with the `unit` that was given, if any. `near` ones mean not quite their fact; `by_id` ones are the
    fact's own id, so that its own unit is meant. `doubt` is what stands above or below the fact's title and
    may give it another meaning, as 计划数. A tick `says` yes under 有, no under 无; one under 有 has the
    column of 无 as its `opposite`.
    """

    column: int
    pieces: tuple[str, ...]
    facts: tuple[str, ...] = ()
    brackets: tuple[str, ...] = ()
    outer: tuple[str, ...] = ()
    settled: bool = False
    near: bool = False
    by_id: bool = False
    unit: str = ""
    doubt: str = ""
    says: bool | None = None
    opposite: int | None = None

    @property
    def label(self) -> str:
        """The header as a reader sees it; the rows of a merged header with strokes between."""
        return "/".join(" ".join(piece.split()) for piece in self.pieces)

    @property
    def year(self) -> str | None:
        """The year that the header names."""
        match = _YEAR.search(clean(self.label))
        return match.group(1) if match else None


def keys(facts: Mapping[str, Fact]) -> Keys:
    """Every header that the policy knows; a yes/no fact's also with 是否 before it."""
    headers = Keys()
    for fact in facts.values():
        titles = {clean(t) for t in (fact.id, fact.title.zh, fact.title.en, *fact.aliases)}
        if isinstance(fact.type, YesNo):
            titles |= {prefix + title for title in titles for prefix in ("是否", "是否为")}
        for title in sorted(titles):
            headers[title] = (*headers.get(title, ()), fact.id)
    near = {clean(t): fact.id for fact in facts.values() for t in fact.near_aliases}
    headers.near, headers.facts = frozenset(near.keys() - headers.keys()), facts
    headers.ids = frozenset(map(clean, facts))
    headers.update((title, (near[title],)) for title in headers.near)
    return headers


def pop_bracket(text: str) -> tuple[str, str] | None:
    """A cleaned header without its last bracket, and what stood in it; None where it ends in none."""
    if not text.endswith(")"):
        return None
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == ")") - (text[at] == "(")
        if not depth:
            return text[:at], text[at + 1 : -1]
    return None


def readings(header: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A header as written, then without its last brackets; the same again without the year.

    At last without a unit of money that stands bare behind it, or in brackets before it.
    """
    whole = clean(header)
    starts: dict[str, tuple[str, ...]] = dict.fromkeys((whole, _YEAR.sub("", whole)), ())
    for text, pattern in product([*starts], (_UNIT_BEHIND, _UNIT_BEFORE, _PART_BEHIND)):
        match = pattern.fullmatch(text)
        if match is not None:
            starts.setdefault(match["rest"], (match["unit"],))
    for start, unit in starts.items():
        base: str = start
        taken: tuple[str, ...] = unit
        while base:
            yield base, taken
            popped = pop_bracket(base)
            if popped is None:
                break
            base, taken = popped[0], (popped[1], *taken)


def _read(column: int, pieces: Sequence[str], known: Keys) -> Heading:
    """What a column's texts mean: the lowest, the lowest ones together, or one above mere notes.

    Where several of them mean different facts, all are given; but a village's or county's title above
    a group of columns, as in 村 over 代码, 人口, is none of these.
    """
    texts = tuple(pieces)
    headings: list[Heading] = []
    title: tuple[str, ...] = ()
    for count in range(1, len(texts) + 1):
        if heading := _match(column, texts, texts[-count:], known):
            headings.append(heading)
            title = texts[-count:]
    near = bool(headings) and headings[-1].near
    for at in range(len(texts) - 2, -1, -1):
        above, below = _match(column, texts, (texts[at],), known), texts[at + 1 :]
        if above is None:
            continue
        leaf, fact = clean(below[-1]), above.facts[0]
        if not headings and known.is_yes_no(fact) and leaf in (*_YES, *_NO):
            headings, title = [replace(above, says=leaf in _YES)], texts[at:]
        elif not headings and known.per_person(fact) and leaf in _TOTALS:
            headings, title = [replace(above, doubt=below[-1])], texts[at:]
        elif (headings and fact not in IDENTITY) or all(
            _is_note(text, per_person=known.per_person(fact)) for text in below
        ):
            headings, title = [*headings, above], title or texts[at:]
            near = near or (len(headings) == 1 and above.near)
    if not headings:
        return Heading(column, texts, outer=_notes_of(texts))
    facts = tuple(dict.fromkeys(fact for heading in headings for fact in heading.facts))
    doubt = headings[0].doubt
    if len(facts) == 1 and facts[0] not in IDENTITY:
        above_it = texts[: len(texts) - len(title)]
        of_all = _OF_ALL if near else None
        per_person = known.per_person(facts[0])
        doubt = doubt or next((t for t in above_it if _turns(t, of_all, per_person=per_person)), "")
    return replace(headings[0], facts=facts, near=near, doubt=doubt)


def _turns(text: str, of_all: re.Pattern[str] | None, *, per_person: bool) -> bool:
    """Whether a group's title may give what stands below it another meaning."""
    base = (
        _YEAR.sub("", clean(_without_bracket(text)))
        if not _TURNS.search(clean(text))
        else clean(text)
    )
    if per_person and _PER_PERSON.fullmatch(base):
        return False
    return bool(_TURNS.search(base)) or (of_all is not None and not of_all.fullmatch(base))


def _is_note(text: str, *, per_person: bool) -> bool:
    """Whether a header's text only says more of the one above it: a unit, a year, how to fill it in.

    Under an amount `per_person` that it is one says no more, and that it is a total says something else.
    """
    base = clean(text).strip("()")
    if base in _TOTALS or _PER_PERSON.fullmatch(base):
        return per_person != (base in _TOTALS)
    return bool(
        _YEAR.fullmatch(base)
        or not base.strip("-—–/")
        or base in ("无", "是/否", "有/无", "√")
        or read_unit(base)
    )


def _settled(column: int, pieces: Sequence[str], meaning: str) -> Heading:
    """A heading that the user has settled: `fact`, `fact:unit`, or "" for none. All its brackets count."""
    fact, _, unit = meaning.partition(":")
    facts = (fact,) if fact else ()
    notes = _notes_of(pieces, bare=False)
    last = clean(pieces[-1])
    match = _UNIT_BEHIND.fullmatch(last) or _UNIT_BEFORE.fullmatch(last)
    if match is not None and not notes:
        notes = (match["unit"],)
    elif not notes and not unit and _PART_BEHIND.fullmatch(last):
        notes = (UNSURE + last,)
    return Heading(column, tuple(pieces), facts, notes, settled=True, unit=unit)


def _match(
    column: int, texts: tuple[str, ...], part: tuple[str, ...], known: Keys
) -> Heading | None:
    """The reading of some of a column's texts, if they name a fact."""
    for text, brackets in readings("".join(part)):
        if text in known:
            others = tuple(text for text in texts if text not in part)
            return Heading(
                column, texts, known[text], brackets, _notes_of(others),
                near=text in known.near, by_id=text in known.ids,
            )  # fmt: skip
    return None


def _notes_of(texts: Sequence[str], *, bare: bool = True) -> tuple[str, ...]:
    """The notes in brackets of these texts, the lowest first; a `bare` text may be a unit too."""
    notes: list[str] = []
    for text in reversed(texts):
        base = clean(text)
        while popped := pop_bracket(base):
            base = popped[0]
            notes.append(popped[1])
        if base and bare:
            notes.append(base)
    return tuple(notes)


SEARCHED = 40
DEEPEST = 3
MOST_WORDS = 20
"""Characters that a header's words have at most, else they are a remark."""

_NUMBERS = re.compile(r"[-+]?[¥$]?[\d.,]+%?")
_ORDER = frozenset("甲乙丙丁戊己庚辛")


@dataclass(frozen=True, slots=True)
class StatedUnit:
    """A unit that a `text` gives, and where it stands: `where` for a reader, `cell` such as G2 or ""."""

    unit: Scaled | str
    where: Words
    cell: str = ""
    text: str = ""


@dataclass(slots=True)
class Layout:
    """The header rows `first` to `last` (from 0) and their headings.

    Villages begin at row `body`; `width` is the number of cells that the header rows have. `units` are
    those that lines above give, `titles` the texts above, and `before` those above an earlier header.
    """

    first: int
    last: int
    headings: list[Heading]
    body: int = 0
    width: int = 0
    units: list[StatedUnit] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    notices: list[Words] = field(default_factory=list)

    @property
    def facts(self) -> frozenset[str]:
        """The facts that the headings settle without doubt."""
        return frozenset(h.facts[0] for h in self.headings if len(h.facts) == 1)


def find(
    sheet: Sheet,
    known: Keys,
    chosen: Mapping[str, str],
    *,
    at: int | None = None,
    above: int = 0,
    least: int = 2,
) -> Layout | None:
    """The first rows that say which village a row is, and name most facts; else those that name most.

    Of rows that name as many facts the fewest are taken. None where no row is a header. Only a header that
    begins in row `at` is looked for, where that is given; rows before `above` belong to another table.
    `chosen` are headers, cleaned, that the user has settled; "" for one that is no fact.
    """
    best: tuple[int, int, int] | None = None
    enough = False
    starts = range(above, min(above + SEARCHED, sheet.height)) if at is None else (at,)
    for first in starts:
        if enough and not _wordy(sheet, first):
            break
        for depth in range(1, DEEPEST + 1):
            last = first + depth - 1
            if last >= sheet.height or not _wordy(sheet, last):
                break
            facts = Layout(first, last, _headings(sheet, first, last, known, chosen)).facts
            if len(facts) >= least and (best is None or (len(facts), -depth, -first) > best):
                best = (len(facts), -depth, -first)
                enough = is_identity(facts)
    if best is None:
        return None
    first, last = -best[2], -best[2] - best[1] - 1
    last = _last_row(sheet, first, last, _headings(sheet, first, last, known, chosen))
    while first > above and _is_group_row(sheet, first - 1, first):
        first -= 1
    layout = Layout(first, last, _headings(sheet, first, last, known, chosen), body=last + 1)
    layout.width = max(
        layout.headings[-1].column + 1,
        *(
            sheet.widths[row] if row < len(sheet.widths) else _width(sheet.row(row))
            for row in range(first, last + 1)
        ),
    )
    _read_above(sheet, layout, above)
    _read_units_in_header(layout)
    if layout.body < sheet.height and _column_numbers(sheet.row(layout.body)):
        layout.notices.append(words("roster.column_numbers", row=layout.body + 1))
        layout.body += 1
    return layout


def of_clean(names: Sequence[str], facts: Mapping[str, Fact], chosen: Mapping[str, str]) -> Layout:
    """The header of clean facts, by the names of their columns."""
    headings = [
        _settled(at, (name,), chosen[clean(name)])
        if clean(name) in chosen
        else Heading(at, (name,), (facts[name].id,) if name in facts else (), by_id=True)
        for at, name in enumerate(names)
    ]
    return Layout(0, 0, headings, body=1, width=len(names))


def panels(layout: Layout) -> list[tuple[list[Heading], range]]:
    """The headings of each of several lists side by side, with its columns; one where there is but one.

    Lists side by side name the same facts in the same order, the village among them. What stands once,
    before all of them, belongs to each.
    """
    whole = [(layout.headings, range(MAX_COLUMNS))]
    known = [h for h in layout.headings if len(h.facts) == 1 and not h.near]
    lead = next((h.facts[0] for h in known if [k.facts for k in known].count(h.facts) > 1), None)
    starts = [h.column for h in known if h.facts[0] == lead]
    if lead is None:
        return whole
    shared = [h for h in layout.headings if h.column < starts[0]]
    ends = [*starts[1:], MAX_COLUMNS]
    parts = [
        [h for h in layout.headings if start <= h.column < end]
        for start, end in zip(starts, ends, strict=True)
    ]
    by_part = [tuple(h.facts for h in part if h.facts) for part in parts]
    if len(set(by_part)) > 1 or len(by_part[0]) < 2 or len(set(by_part[0])) < len(by_part[0]):
        return whole
    if not {"name", "code"} & {facts[0] for facts in by_part[0]}:
        return whole
    return [
        ([*shared, *part], range(start if at else 0, end))
        for at, (part, start, end) in enumerate(zip(parts, starts, ends, strict=True))
    ]


def _wordy(sheet: Sheet, row: int) -> bool:
    """Whether a row can belong to a header: it has text, and no figures but years."""
    filled = [(c, text) for c, text in enumerate(sheet.row(row)[:MAX_COLUMNS]) if text.strip()]
    return bool(filled) and not any(_is_figure(text, sheet.kind(row, c)) for c, text in filled)


def _is_figure(cell: str, kind: int) -> bool:
    if kind in (DATE, YES_NO, ERROR, NOT_COMPUTED):
        return True
    text = unicodedata.normalize("NFKC", cell).strip()
    return bool(_NUMBERS.fullmatch(text)) and not re.fullmatch("(19|20)[0-9]{2}", text)


def _headings(
    sheet: Sheet, first: int, last: int, known: Keys, chosen: Mapping[str, str]
) -> list[Heading]:
    """The headings of all columns that have a header."""
    width = min(max(len(sheet.row(row)) for row in range(first, last + 1)), MAX_COLUMNS)
    upper: dict[int, str] = {}
    headings = []
    for column in range(width):
        pieces = _pieces(sheet, first, last, column, upper)
        if pieces:
            headings.append(_heading(column, pieces, known, chosen))
    headings = list(_in_pairs(headings))
    exact = {h.facts for h in headings if not h.near and not h.doubt}
    return [
        replace(h, facts=(), doubt="") if (h.near or h.doubt) and h.facts in exact else h
        for h in headings
    ]


def _in_pairs(headings: Sequence[Heading]) -> Iterator[Heading]:
    """Headings in which 有 and 无 below one title are one fact; a 无 without its 有 is doubtful."""
    answers = [h for h in headings if h.says is not None]
    for heading in headings:
        alike = [h for h in answers if h.facts == heading.facts]
        yes, no = ([h for h in alike if h.says is said] for said in (True, False))
        if heading.says is False:
            paired = len(yes) == len(no) == 1
            yield (
                replace(heading, facts=()) if paired else replace(heading, doubt=heading.pieces[-1])
            )
        elif heading.says and len(yes) == len(no) == 1:
            yield replace(heading, opposite=no[0].column)
        else:
            yield heading


def _heading(column: int, pieces: list[str], known: Keys, chosen: Mapping[str, str]) -> Heading:
    """The heading of one column, as the user has settled it or as it reads."""
    for text in ("/".join(pieces), "".join(pieces), pieces[-1]):
        if clean(text) in chosen:
            return _settled(column, pieces, chosen[clean(text)])
    return _read(column, pieces, known)


def _pieces(sheet: Sheet, first: int, last: int, column: int, upper: dict[int, str]) -> list[str]:
    """A column's header texts from top to bottom, each once.

    Where nothing is merged all but the first cell are blank: what stands to the left is then taken for
    a group's title, where both columns have a header of their own below it.
    """
    pieces: list[str] = []
    has_text = False
    for row in range(first, last + 1):
        text, alone = sheet.spread(row, column).strip(), sheet.area(row, column) is None
        below = any(sheet.text(r, column).strip() for r in range(row + 1, last + 1))
        if text:
            has_text = True
            upper[row] = text if alone and below else ""
        elif alone and not has_text and below:
            text = upper.get(row, "")
        if text and text not in pieces:
            pieces.append(text)
    return pieces


def _is_group_row(sheet: Sheet, row: int, below: int) -> bool:
    """Whether a row has the titles of groups of columns; a title of all or a line of units is none."""
    cells = sheet.row(row)
    if not _wordy(sheet, row):
        return False
    lower = [sheet.spread(below, column) for column in range(min(len(cells), MAX_COLUMNS))]
    filled = [c for c in range(_width(lower)) if cells[c].strip()]
    if not filled:
        return False
    titles = [_without_bracket(cells[c]) for c in filled]
    if any("单位" in simplified(text) or _is_remark(text) for text in titles):
        return False
    if len(filled) < 3 and any(units_said(text) for text in titles):
        return False
    for column in filled:
        area = sheet.area(row, column)
        if area and area[2] >= below:
            return True
    if len(filled) > 1:
        return True
    area = sheet.area(row, filled[0])
    used = sum(bool(cell.strip()) for cell in lower)
    leftmost = next((at for at, cell in enumerate(lower) if cell.strip()), len(lower))
    if sheet.merged is None or area is None:
        return filled[0] > leftmost and sheet.merged is None
    return 1 < area[3] - area[1] + 1 < used and area[1] > leftmost


def _without_bracket(text: str) -> str:
    """A group's title without its note: 经费情况 of 经费情况（单位：万元）; all of a mere note."""
    popped = pop_bracket(clean(text))
    return popped[0] if popped and len(popped[0]) > 1 else text


def _is_remark(text: str) -> bool:
    """A remark such as 填表日期：… that stands above a table."""
    return bool(re.search("[:：]|日期|时间|年.*月.*日", text))


def _last_row(sheet: Sheet, first: int, last: int, headings: Sequence[Heading]) -> int:
    """The last header row, with rows merged into it and rows of units or of further words below it."""
    for area in sheet.merged or ():
        if first <= area[0] <= last and area[1] <= MAX_COLUMNS:
            last = max(last, min(area[2], first + DEEPEST))
    while last + 1 < sheet.height and _is_unit_row(sheet.row(last + 1)):
        last += 1
    if (
        last - first < DEEPEST
        and last + 1 < sheet.height
        and _continues_below(sheet, last, headings)
    ):
        last += 1
    return last


def _continues_below(sheet: Sheet, last: int, headings: Sequence[Heading]) -> bool:
    """Whether the row below a header's `last` belongs to it: words below its words, and no village's.

    Of such words one stands below or next to a fact, where no village is named; a lone one has brackets,
    or no header of its own above it. A line of units and a remark say something of the whole table.
    """
    below = sheet.row(last + 1)[:MAX_COLUMNS]
    filled = [at for at, cell in enumerate(below) if cell.strip()]
    texts = [clean(below[at]) for at in filled]
    by_column = {heading.column: heading for heading in headings}
    named = [at for at, h in by_column.items() if set(h.facts) & set(IDENTITY)]
    if not filled or not named or filled[0] < min(named) or not set(filled).isdisjoint(named):
        return False
    if not _wordy(sheet, last + 1) or any(_says_of_all(text) for text in texts):
        return False
    without = [at for at in filled if at not in by_column]
    of_facts = [at for at in filled if at in by_column and by_column[at].facts]
    if without:
        return min(without) > min(named) and len(without) < len(filled)
    return bool(of_facts) and (
        all(text.startswith("(") for text in texts)
        or (len(filled) > 1 and not set(texts) <= {*_YES, *_NO, "√"})
    )


def _says_of_all(text: str) -> bool:
    """Whether a text below a header is a remark or a line of units rather than a header."""
    return (
        len(text) > MOST_WORDS
        or "单位" in text
        or text.startswith(("注", "备注", "说明", "填", "示例"))
    )


def _is_unit_row(row: Sequence[str]) -> bool:
    filled = [clean(cell).strip("()") for cell in row if cell.strip()]
    if filled and filled[0] in ("单位", "计量单位", "unit", "units"):
        filled = filled[1:]
    units = [read_unit(text) for text in filled]
    return any(u and u.unit.powers for u in units) and all(
        unit is not None or text in ("是/否", "有/无", "无") or not text.strip("-—–/")
        for unit, text in zip(units, filled, strict=True)
    )


def _read_above(sheet: Sheet, layout: Layout, above: int) -> None:
    """Read the rows above the header: title rows and lines that give units."""
    for row in range(above, layout.first):
        for column, cell in enumerate(sheet.row(row)[:MAX_COLUMNS]):
            if not cell.strip():
                continue
            units = units_in(cell, row, column)
            layout.units += units
            line = words(
                "roster.unit_line" if units else "roster.title_row", row=row + 1, text=short(cell)
            )
            layout.notices.append(line)
            layout.titles.append(cell)


def units_in(text: str, row: int, column: int) -> list[StatedUnit]:
    """The units that a line gives."""
    where = words("roster.in_line", row=row + 1, text=short(text))
    cell = f"{letters(column)}{row + 1}"
    return [StatedUnit(unit, where, cell, text) for unit in units_said(text)]


def _read_units_in_header(layout: Layout) -> None:
    """Read a line of units that stands in the header's own row."""
    for heading in layout.headings:
        text = heading.pieces[-1]
        if not heading.facts and "单位" in simplified(text):
            units = units_in(text, layout.last, heading.column)
            layout.units += units
            if units:
                row = layout.last + 1
                layout.notices.append(words("roster.unit_line", row=row, text=short(text)))


def _width(cells: Sequence[str]) -> int:
    """How many cells a row has up to its last filled one."""
    return max((at + 1 for at, cell in enumerate(cells) if cell.strip()), default=0)


def _column_numbers(row: Sequence[str]) -> bool:
    """Whether a row only numbers the columns: 甲 乙 1 2 3."""
    texts = [clean(cell.removesuffix(".0")) for cell in row if cell.strip()]
    texts = [text for text in texts if text not in _ORDER and text not in ("栏次", "栏目", "列次")]
    texts = [re.sub("[(](.+)[)]|=.*", r"\1", text) for text in texts]  # (3) and 3=1+2 are 3
    numbers = [int(text) for text in texts if text.isdecimal() and len(text) < 4]
    return len(numbers) == len(texts) >= 3 and numbers == list(
        range(numbers[0], numbers[0] + len(numbers))
    )


_CONTINUED = re.compile(
    r"[(]?(?:续表?|接上表?|第.{1,4}页|共.{1,4}页|continued)[^县区市旗]*", re.IGNORECASE
)


def goes_on(earlier: Layout, other: Layout) -> bool:
    """Whether a header only repeats another, as on a new page: above it stands nothing that is new."""
    pieces = [{h.column: h.pieces for h in layout.headings} for layout in (earlier, other)]
    if pieces[0] != pieces[1]:
        return False
    new = [
        t for t in other.titles if t not in earlier.titles and not _CONTINUED.fullmatch(clean(t))
    ]
    before, now = (
        {stated.unit.power for stated in layout.units if isinstance(stated.unit, Scaled)}
        for layout in (earlier, other)
    )
    return now <= before and not any(re.search("[县縣区區市旗]", text) for text in new)


def is_identity(facts: frozenset[str]) -> bool:
    """Whether facts say which village a row is."""
    return bool({"name", "code"} & facts & {*IDENTITY})
