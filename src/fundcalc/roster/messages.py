"""What is said when a roster cannot be read or its headers cannot be settled: one function an error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fundcalc.base.diagnostics import Diagnostic, Span, error
from fundcalc.base.money import grouped
from fundcalc.base.words import Words
from fundcalc.policy.model import Fact
from fundcalc.roster.model import ReadAs

ENDINGS = ".xlsx, .xlsm, .xls, .csv, .parquet"


def unreadable(file: str, reason: Words) -> Diagnostic:
    """A file that is not there, or that the system will not give."""
    return error(
        "FC601", Span(file), Words(f"读不出文件：{reason.zh}", f"cannot be read: {reason.en}")
    )


def wrong_ending(file: str, ending: str) -> Diagnostic:
    """A file of a kind that is not read."""
    return error(
        "FC602",
        Span(file),
        Words(f"不读 `{ending}` 文件", f"files that end in `{ending}` are not read")
        if ending
        else Words("文件名没有扩展名", "the file's name has no ending"),
        Words(f"请另存为 {ENDINGS} 之一", f"save it as one of {ENDINGS}"),
    )


def broken(file: str, kind: Words) -> Diagnostic:
    """A file cut off, damaged, or not what its name says."""
    return error(
        "FC603",
        Span(file),
        Words(f"文件损坏、不完整，或者不是{kind.zh}", f"damaged, cut off, or no {kind.en}"),
        Words(
            "重新取得文件；若是表格文件，也可用 Excel 或 WPS 打开后另存为 .xlsx 再试",
            "ask for the file again; if it is a workbook, open it in Excel or WPS and save it as .xlsx",
        ),
    )


def misnamed(file: str, kind: Words, ending: str) -> Diagnostic:
    """A sound file whose name has another kind's ending."""
    return error(
        "FC603",
        Span(file),
        Words(
            f"文件其实是{kind.zh}，与扩展名不符", f"the file is {kind.en}, not what its name says"
        ),
        Words(f"把文件名改成以 {ending} 结尾", f"rename it to end in {ending}"),
    )


def web_page(file: str) -> Diagnostic:
    """A web page with a spreadsheet's name, as many systems export."""
    return error(
        "FC603",
        Span(file),
        Words("文件其实是网页，不是工作簿", "the file is a web page, not a workbook"),
        Words("用 Excel 或 WPS 打开，另存为 .xlsx", "open it in Excel or WPS and save it as .xlsx"),
    )


def locked(file: str) -> Diagnostic:
    """A workbook that asks for a password."""
    return error(
        "FC604",
        Span(file),
        Words("文件有打开密码", "the file is protected by a password"),
        Words("打开后去掉密码，另存再试", "open it, take the password off and save it"),
    )


def empty(file: str) -> Diagnostic:
    """A file in which there is nothing."""
    return error("FC605", Span(file), Words("文件是空的", "the file is empty"))


def too_large(place: str, what: Words) -> Diagnostic:
    """More than is read."""
    return error("FC606", Span(place), what)


def not_text(file: str, line: int, bom: bool) -> Diagnostic:
    """A CSV in an unknown encoding, or in a broken one."""
    if bom:
        say = Words(
            "文件标明是 UTF-8，这一行却不是", "the file says that it is UTF-8, but this line is not"
        )
    else:
        say = Words("这一行既不是 UTF-8 也不是 GB18030", "this line is neither UTF-8 nor GB18030")
    mend = Words("另存为“CSV UTF-8”或 .xlsx", "save it as “CSV UTF-8” or .xlsx")
    return error("FC607", Span(f"{file}:{line}"), say, mend)


def wide_text(file: str, name: str) -> Diagnostic:
    """A CSV in an encoding of two or four bytes a character."""
    return error(
        "FC607",
        Span(file),
        Words(f"文件是 {name} 编码", f"the file is {name}"),
        Words(
            "另存为“CSV UTF-8”或 .xlsx（“Unicode 文本”就是 UTF-16）",
            "save it as “CSV UTF-8” or .xlsx (“Unicode Text” is UTF-16)",
        ),
    )


def too_wide(place: str, columns: int, most: int) -> Diagnostic:
    """More columns than any roster has."""
    say = Words(f"有 {columns} 列，最多 {most} 列", f"there are {columns} columns; {most} at most")
    return error("FC606", Span(place), say)


def csv_syntax(file: str, line: int) -> Diagnostic:
    """A CSV whose quotes do not pair up."""
    return error(
        "FC608",
        Span(f"{file}:{line}"),
        Words(
            "引号不配对，分不出单元格", "the quotes do not pair up, so cells cannot be told apart"
        ),
        Words("用表格软件打开检查后另存", "open it in a spreadsheet, look, and save it"),
    )


def no_such_sheet(file: str, sheet: str, sheets: Iterable[str]) -> Diagnostic:
    """--sheet with a name that the workbook does not have."""
    listed = ", ".join(f"`{name}`" for name in sheets)
    if not listed:
        mend = Words("CSV 文件没有工作表，去掉 --sheet", "a CSV has no sheets; leave --sheet out")
    else:
        mend = Words(f"有：{listed}", f"there are {listed}")
    return error(
        "FC609", Span(file), Words(f"没有工作表 `{sheet}`", f"there is no sheet `{sheet}`"), mend
    )


def no_header(place: str, wanted: Iterable[Words], first: str) -> Diagnostic:
    """No row that looks like a header; `first` is the file's first row, "" where it is not known."""
    titles = list(wanted)
    said = Words("找不到表头", "there is no header row")
    if first:
        said = Words(f"{said.zh}；第一行是“{first}”", f"{said.en}; the first row is “{first}”")
    zh, en = "、".join(t.zh for t in titles), ", ".join(t.en for t in titles)
    return error(
        "FC611",
        Span(place),
        said,
        Words(
            f"表头至少要有：{zh}；空表见 fundcalc roster template",
            f"a header needs at least {en}; `fundcalc roster template` writes an empty roster",
        ),
    )


def no_villages(place: str) -> Diagnostic:
    """A header without rows below it."""
    return error(
        "FC605", Span(place), Words("表头下面没有村", "there are no villages below the header")
    )


def missing_column(
    place: str, fact: str, title: Words, near: Sequence[str], free: Sequence[str]
) -> Diagnostic:
    """A required fact that no header gives; `near` are headers that may mean it."""
    if near:
        hint = Words(
            f"是不是这一列？{_option(near, fact)}", f"is it this column? {_option(near, fact)}"
        )
    elif free:
        listed = "、".join(f"“{header}”" for header in free[:10])
        hint = Words(
            f'加一列，表头写“{title.zh}”；如果已有，用 --column "表头={fact}" 指明（没用上的：{listed}）',
            f'add a column “{title.en}”; if it is there, say which: --column "HEADER={fact}" '
            f"(not used: {listed})",
        )
    else:
        hint = Words(f"加一列，表头写“{title.zh}”", f"add a column with the header “{title.en}”")
    if fact == "county":
        hint = Words(
            f"{hint.zh}；或者文件以县名命名（某某县.xlsx），或在读法文件里写 county（roster intake）",
            f"{hint.en}; or name the sheet or file after the county, or write `county` in an intake "
            "(fundcalc roster intake)",
        )
    return error(
        "FC612", Span(place), Words(f"缺少“{title.zh}”列", f"there is no column “{title.en}”"), hint
    )


def near_header(place: str, header: str, fact: str, title: Words) -> Diagnostic:
    """An unknown header that may mean a fact which no other header gives."""
    return error(
        "FC613",
        Span(place),
        Words(
            f"表头“{header}”像是“{title.zh}”，但不能确定",
            f"the header “{header}” may mean “{title.en}”",
        ),
        Words(
            f"是则 {_option([header], fact)}；不是则 {_option([header], '')}",
            f"if it does, {_option([header], fact)}; if not, {_option([header], '')}",
        ),
    )


def two_facts(place: str, header: str, facts: Sequence[str], titles: Sequence[Words]) -> Diagnostic:
    """A header that could mean two facts."""
    zh, en = "或".join(f"“{t.zh}”" for t in titles), " or ".join(f"“{t.en}”" for t in titles)
    return error(
        "FC614",
        Span(place),
        Words(f"表头“{header}”可能指{zh}", f"the header “{header}” may mean {en}"),
        Words(
            "指明其中一个：" + " / ".join(_option([header], fact) for fact in facts),
            "say which: " + " / ".join(_option([header], fact) for fact in facts),
        ),
    )


def same_fact(places: Sequence[str], headers: Sequence[str], fact: str, title: Words) -> Diagnostic:
    """Several headers that mean the same fact."""
    listed = ", ".join(f"“{header}”" for header in headers)
    distinct = [header for header in headers if headers.count(header) == 1]
    hint = Words("请删去或改名多余的列", "delete or rename the columns that are not meant")
    if distinct:
        options = _option(distinct, fact)
        hint = Words(f"指明其中一个：{options}", f"say which: {options}")
    return Diagnostic(
        "FC615",
        "error",
        Words(
            f"有 {len(headers)} 列都是“{title.zh}”：{listed}",
            f"{len(headers)} columns mean “{title.en}”: {listed}",
        ),
        tuple(Span(place) for place in places),
        hint,
    )


def unknown_unit(place: str, where: Words, unit: str) -> Diagnostic:
    """A bracket in a header, or a unit line, that cannot be read as a unit."""
    return error(
        "FC616",
        Span(place),
        Words(f"{where.zh}：看不懂单位“{unit}”", f"{where.en}: cannot read the unit “{unit}”"),
        Words(
            '写作（元）、（万元）、（元/年）、（人），或指明：--column "表头=fact:万元"',
            'write (yuan), (万元), (yuan/year), (person), or say it: --column "HEADER=fact:万元"',
        ),
    )


def other_unit(place: str, header: str, unit: str, wanted: Words) -> Diagnostic:
    """A unit that does not go with the fact."""
    return error(
        "FC617",
        Span(place),
        Words(
            f"“{header}”的单位是“{unit}”，应为{wanted.zh}",
            f"“{header}” is in “{unit}”; it must be {wanted.en}",
        ),
        Words(
            "改正表头的单位，并核对这一列的数字",
            "correct the unit in the header, and look at the figures",
        ),
    )


def unknown_fact(header: str, fact: str, near: str | None, where: Span | None = None) -> Diagnostic:
    """--column, or an intake, with a fact that the policy does not have."""
    hint = Words(f"是不是 `{near}`？", f"did you mean `{near}`?") if near else None
    say = Words(f"政策没有事实 `{fact}`", f"the policy has no fact `{fact}`")
    return error("FC618", where or Span(f"--column {header}={fact}"), say, hint)


def unknown_header(
    header: str, fact: str, near: str | None, where: Span | None = None
) -> Diagnostic:
    """--column, or an intake, with a header that the roster does not have."""
    hint = Words(f"是不是“{near}”？", f"did you mean “{near}”?") if near else None
    say = Words(f"名册没有表头“{header}”", f"the roster has no header “{header}”")
    return error("FC618", where or Span(f"--column {header}={fact}"), say, hint)


def _option(headers: Sequence[str], fact: str) -> str:
    return " / ".join(f'--column "{header}={fact}"' for header in headers)


def too_many_tables(sheet: str, most: int) -> Diagnostic:
    """A sheet that changes its header or unit more often than any roster does."""
    say = Words(f"表头或单位变换超过 {most} 次", f"header or unit change over {most} times")
    return error("FC606", Span(sheet), say)


def units_disagree(place: str, said: Sequence[tuple[str, Words]], *, told: bool) -> Diagnostic:
    """Two places that give different units for the same figures; one may be what a person has `told`."""
    zh = "；".join(f"{where.zh}是“{unit}”" for unit, where in said)
    en = "; ".join(f"“{unit}” by {where.en}" for unit, where in said)
    return error(
        "FC651",
        Span(place),
        Words(f"单位说法不一：{zh}", f"the units disagree: {en}"),
        Words(
            "在读法文件里给这份文件写 unit（fundcalc roster intake）",
            "write this file's `unit` in an intake (fundcalc roster intake)",
        )
        if told
        else Words(
            '改正其中之一，或指明：--column "表头=fact:万元"',
            'correct one of them, or say which: --column "HEADER=fact:万元"',
        ),
    )


def not_typical(
    place: str,
    fact: Fact,
    read_as: ReadAs,
    count: int,
    median: str | None,
    options: Sequence[str],
) -> Diagnostic:
    """A column whose figures, as they are read, are not of the size that such facts have.

    `options` are ways to read it, as `--column` has them, by which they would be.
    """
    low, high = (grouped(end, fact.decimals) for end in fact.typical or (0, 0))
    label, unit = read_as.label, read_as.unit
    read = Words(f"按{unit}读取", f"read in {unit}")
    if read_as.said is not None:
        read = Words(f"{read.zh}（据{read_as.said.zh}）", f"{read.en} (by {read_as.said.en})")
    if not unit:
        read = Words("没有写单位", "without a unit")
    listed = " / ".join(f'--column "{option}"' for option in options)
    mend = Words("核对这一列的数字和单位", "look at the figures and the unit of this column")
    if options:
        mend = Words(
            f"这一列是不是以{options[0].rpartition(':')[2]}为单位？写明单位：{listed}",
            f"is this column in {options[0].rpartition(':')[2]}? Say so: {listed}",
        )
    own = f"{label}={fact.id}:{unit or '元'}"
    said = Words(f"中位数是 {median}，", f"have the median {median}; ")
    if median is None:
        said = Words("多数", "and most of them are of another size: ")
    return error(
        "FC650",
        Span(place),
        Words(
            f"“{label}”有 {count} 个数，{read.zh}，{said.zh}不在常见的 {low} 至 {high} 之间",
            f"{count} cells of “{label}”, {read.en}, {said.en}"
            f"such figures lie between {low} and {high}",
        ),
        Words(
            f'{mend.zh}；确实如此则 --column "{own}"',
            f'{mend.en}; if they are right as they are, --column "{own}"',
        ),
    )


def counties_disagree(place: str, said: Sequence[tuple[str, Words]]) -> Diagnostic:
    """A table without a county column, for which title, sheet and file name different counties."""
    zh = "；".join(f"{where.zh}是“{county}”" for county, where in said)
    en = "; ".join(f"“{county}” by {where.en}" for county, where in said)
    return error(
        "FC652",
        Span(place),
        Words(f"县的说法不一：{zh}", f"the county is not clear: {en}"),
        Words(
            "改正其中之一，或在读法文件里写 county",
            "correct one of them, or write `county` in an intake (`fundcalc roster intake`)",
        ),
    )


def same_villages(places: Sequence[str], count: int) -> Diagnostic:
    """Two sheets or files that list the same villages."""
    listed = "、".join(places)
    return Diagnostic(
        "FC610",
        "error",
        Words(
            f"两张表有 {count} 个村相同，像是同一名册的两份：{listed}",
            f"two sheets share {count} villages, as if one were a copy: {' and '.join(places)}",
        ),
        tuple(Span(place) for place in places),
        Words(
            "只交其中一张：用 --sheet 指定，或在读法文件里写 ignore = true",
            "hand in one of them: name it with --sheet, or write `ignore = true` in an intake",
        ),
    )


def nothing_in_folder(folder: str) -> Diagnostic:
    """A folder without a roster."""
    say = Words(f"文件夹里没有 {ENDINGS} 文件", f"the folder has no file in {ENDINGS}")
    return error("FC601", Span(folder), say)


def intake_alone(file: str) -> Diagnostic:
    """An intake handed in together with rosters."""
    return error(
        "FC653",
        Span(file),
        Words("读法文件要单独交", "an intake is handed in alone"),
        Words("把其他文件写进读法文件的 [[file]]", "list the other files in it, under [[file]]"),
    )


def intake_wants(span: Span, why: Words, mend: Words) -> Diagnostic:
    """Something in an intake that does not hold of its files."""
    return error("FC653", span, why, mend)


def not_as_it_was(span: Span, cell: str, was: str, found: str) -> Diagnostic:
    """A correction of a cell that no longer holds what was corrected."""
    return error(
        "FC654",
        span,
        Words(
            f"{cell} 现在是“{found}”，不是要更正的“{was}”",
            f"{cell} now holds “{found}”, not “{was}”, which was to be corrected",
        ),
        Words("核对后改写或删去这条更正", "look at the cell; rewrite the correction or delete it"),
    )


def address_twice(place: str) -> Diagnostic:
    """A workbook that has one cell or row twice, or in which they run backwards."""
    return error(
        "FC603",
        Span(place),
        Words(
            "这一地址出现两次，或者行、列次序颠倒",
            "this address stands there twice, or rows and columns run backwards",
        ),
        Words(
            "用 Excel 或 WPS 打开，核对这一格，另存为 .xlsx",
            "open it in Excel or WPS, look at this cell, and save it as .xlsx",
        ),
    )


def lock_file(file: str) -> Diagnostic:
    """The small file that Excel and WPS keep beside a workbook while it is open."""
    return error(
        "FC603",
        Span(file),
        Words(
            "这是工作簿打开时的临时文件（~$），不是工作簿",
            "a temporary file (~$) beside a workbook that is open, not the workbook",
        ),
        Words(
            "在 Excel 或 WPS 中关闭该工作簿，读取不带 ~$ 的文件",
            "close the workbook in Excel or WPS and read the file without ~$",
        ),
    )


def xml_2003(file: str) -> Diagnostic:
    """A workbook in the XML of 2003, as many systems export."""
    return error(
        "FC603",
        Span(file),
        Words(
            "文件是 XML 电子表格 2003，不读这种格式",
            "the file is an XML Spreadsheet 2003, which is not read",
        ),
        Words("用 Excel 或 WPS 打开，另存为 .xlsx", "open it in Excel or WPS and save it as .xlsx"),
    )


def padded(place: str) -> Diagnostic:
    """A file of which a part is nothing but NUL bytes."""
    return error(
        "FC603",
        Span(place),
        Words(
            "从这里起是一段空字节（NUL），多半是拷贝或下载没有完成",
            "from here on there is a run of NUL bytes; it was probably not copied as a whole",
        ),
        Words("重新取得文件", "ask for the file again"),
    )


def other_facts(file: str, fact: str, was: Words, now: Words) -> Diagnostic:
    """Clean facts that were made for another unit, decimals or type than the policy's."""
    return _made_anew(
        file,
        Words(
            f"`{fact}` 在这里是“{was.zh}”，政策里是“{now.zh}”",
            f"`{fact}` is kept as {was.en}; the policy has {now.en}",
        ),
    )


def parts_missing(file: str, parts: int, of: int) -> Diagnostic:
    """Clean facts of which a part is missing, or stands there twice."""
    if parts == of:
        return _made_anew(file, Words("有一份出现两次", "a part of the result is here twice"))
    return _made_anew(
        file,
        Words(
            f"整理结果共 {of} 份，这里只有 {parts} 份",
            f"only {parts} of the result's {of} parts are here",
        ),
    )


def rows_differ(file: str, said: int, rows: int) -> Diagnostic:
    """Clean facts that were edited since."""
    return _made_anew(
        file,
        Words(
            f"整理时有 {said:,} 行，现在有 {rows:,} 行：写出后被改过",
            f"it was written with {said:,} rows and has {rows:,}: it was edited since",
        ),
    )


def _made_anew(file: str, why: Words) -> Diagnostic:
    mend = Words(
        "从原名册重新整理：fundcalc roster clean 名册 -o 文件夹",
        "make it again from the roster: fundcalc roster clean ROSTER -o FOLDER",
    )
    return error("FC656", Span(file), why, mend)
