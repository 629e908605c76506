"""Make the example roster: villages of Taiyuan with synthetic figures for 2017.

    python examples/make_taiyuan.py [-o FILE.xlsx|FILE.csv] [--register FILE.csv] [--seed N]

Without ``--register`` the 890 villages are invented as well; with it the figures are laid over the
villages of that file (columns code, name, town, county), in its order, and the quotas scale with
its size. The same seed gives the same file, byte for byte. Needs XlsxWriter for .xlsx.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random

from taiyuan_figures import POVERTY_COUNTIES, YUAN, Figures, lay_figures
from taiyuan_register import Village, invented_register
from xlsxwriter import Workbook

SEED = 2017
HEADERS = (
    "代码", "村名", "乡镇", "县（市、区）", "常住人口（人）", "上年集体经济收入（元/年）",
    "已安排党建经费（元/年）", "其他班子成员（人）", "现行补贴（元/人·年）", "建档立卡贫困村",
    "软弱涣散村", "原空壳村", "有活动场所", "已派第一书记",
)  # fmt: skip
WIDTHS = (15, 18, 14, 14, 17, 26, 24, 20, 22, 16, 13, 11, 13, 15)  # a Chinese character is two
ROSTER_SHEET = "名册（虚构数据）"
NOTE_SHEET = "说明 README"
MADE = datetime(2017, 12, 31)  # a fixed date, so that the same seed gives the same bytes

Cell = str | int | Decimal | None

INVENTED_ZH = (
    "本文件为演示用虚构数据，由 examples/make_taiyuan.py 以种子 {seed} 生成。"
    "村名、乡镇名、代码及全部数字均为虚构，不反映任何村的真实情况；"
    "仅十个县（市、区）的名称、代码前六位和 2016 年村数属实。"
    "鹰落沟村、河北村（娄烦县）和坪里村（阳曲县）是《人民日报》2017 年 11 月 14 日"
    "第 18 版报道中提到的村，其代码、乡镇和数字在此同样是虚构的。"
    "全市合计（原空壳村 564 个，已破零 555 个，其中 5 万元以上 431 个；"
    "建档立卡贫困村 162 个，软弱涣散村 17 个，第一书记 157 名，无活动场所村 8 个）"
    "取自该报道，落到哪个村则是随机的。"
)
INVENTED_EN = (
    "Synthetic data for demonstration, made by examples/make_taiyuan.py with seed {seed}. "
    "Names of villages and towns, codes and all figures are invented; none is a fact about any "
    "village. Real are only the names of the ten counties, the first six digits of the codes and "
    "the number of villages in 2016. 鹰落沟村 and 河北村 (娄烦县) and 坪里村 (阳曲县) are villages "
    "named in a report in People's Daily of 14 November 2017, page 18; their codes, towns and "
    "figures here are invented too. The city's totals (564 former empty-shell villages, 555 with "
    "income again, 431 of them at 50,000 yuan or more; 162 registered poor villages, 17 weak "
    "organisations, 157 first secretaries, 8 villages without a venue) follow that report; which "
    "village counts into them is drawn at random."
)
REGISTER_ZH = (
    "村名、乡镇、县和代码取自文件 {register}；全部数字均为虚构，"
    "由 examples/make_taiyuan.py 以种子 {seed} 生成，不反映任何村的真实情况。"
)
REGISTER_EN = (
    "Names, towns, counties and codes are those of the file {register}. All figures are invented "
    "by examples/make_taiyuan.py with seed {seed}; none is a fact about any village."
)


def money(fen: int | None) -> Decimal | None:
    """Whole fen as yuan with two decimals."""
    return None if fen is None else (Decimal(fen) / YUAN).quantize(Decimal("0.01"))


def yes_no(value: bool | None) -> str | None:
    """是 or 否; a blank stays blank."""
    return None if value is None else "是" if value else "否"


def roster_row(village: Village, f: Figures) -> list[Cell]:
    """One village's cells, in the order of ``HEADERS``."""
    return [
        village.code, village.name, village.town, village.county,
        f.residents, money(f.income), money(f.existing), f.cadres, money(f.subsidy),
        yes_no(f.poor), yes_no(f.weak), yes_no(f.empty), yes_no(f.venue), yes_no(f.secretary),
    ]  # fmt: skip


def read_register(path: Path) -> list[Village]:
    """The villages of a CSV file in UTF-8 with columns code, name, town and county."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = {"code", "name", "town", "county"} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path}: no column {', '.join(sorted(missing))}")
        villages = [Village(r["code"], r["name"], r["town"], r["county"]) for r in reader]
    if not villages:
        raise ValueError(f"{path}: no villages")
    return villages


def notes(seed: int, register: str | None) -> tuple[str, str]:
    """What the file is, in Chinese and in English; ``register`` is the file laid under, if any."""
    zh, en = (INVENTED_ZH, INVENTED_EN) if register is None else (REGISTER_ZH, REGISTER_EN)
    return zh.format(seed=seed, register=register), en.format(seed=seed, register=register)


def write_csv(path: Path, rows: Sequence[list[Cell]]) -> None:
    """The roster as CSV in UTF-8 with BOM, header first."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADERS)
        writer.writerows(rows)


def write_xlsx(path: Path, rows: Sequence[list[Cell]], texts: tuple[str, str]) -> None:
    """The roster as a workbook whose every sheet says that the figures are invented."""
    # A long roster is written row by row, or it would not fit in memory.
    book = Workbook(str(path), {"constant_memory": len(rows) > 100_000})
    book.set_properties({"title": "示例名册（虚构数据）", "author": "fundcalc", "created": MADE})
    write_roster_sheet(book, rows, texts)
    write_note_sheet(book, texts)
    for page in book.worksheets():
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.set_header(
            "&C虚构数据，不反映任何村的真实情况 Synthetic data, no facts about any village"
        )
        page.set_footer("&L&A&R&P / &N")
    book.close()


def write_roster_sheet(book: Workbook, rows: Sequence[list[Cell]], texts: tuple[str, str]) -> None:
    """The villages, the header in row 1 and what they are as a comment on its first cell."""
    head = book.add_format({"bold": True, "text_wrap": True, "align": "center", "border": 1})
    head.set_align("vcenter")
    head.set_bg_color("#DDE7F0")
    text, count = book.add_format({"num_format": "@"}), book.add_format({"num_format": "0"})
    amount = book.add_format({"num_format": "#,##0.00"})
    centre = book.add_format({"align": "center"})
    formats = [text] * 4 + [count, amount, amount, count, amount] + [centre] * 5
    sheet = book.add_worksheet(ROSTER_SHEET)
    for column, (width, style) in enumerate(zip(WIDTHS, formats, strict=True)):
        sheet.set_column(column, column, width, style)
    sheet.set_row(0, 30)
    sheet.write_row(0, 0, HEADERS, head)
    comment = {"author": "fundcalc", "x_scale": 5, "y_scale": 6, "font_size": 10}
    sheet.write_comment(0, 0, "\n\n".join(texts), comment)
    for number, row in enumerate(rows, start=1):
        for column, (cell, style) in enumerate(zip(row, formats, strict=True)):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell, style)
            elif cell is not None:
                sheet.write_number(number, column, float(cell), style)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, len(rows), len(HEADERS) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A2:A{len(rows) + 1}"})
    sheet.set_landscape()
    sheet.repeat_rows(0)


def write_note_sheet(book: Workbook, texts: tuple[str, str]) -> None:
    """What the file is, a paragraph in each language."""
    sheet = book.add_worksheet(NOTE_SHEET)
    title = book.add_format({"bold": True, "font_size": 14})
    sheet.set_column(0, 0, 76, book.add_format({"text_wrap": True, "valign": "top"}))
    sheet.write_string(0, 0, "虚构数据 Synthetic data", title)
    for number, paragraph in enumerate(texts, start=1):
        sheet.set_row(number, 160)
        sheet.write_string(number, 0, paragraph)


def pool_lines(villages: Sequence[Village], figures: Sequence[Figures]) -> Iterator[str]:
    """For each county outside the two: its pool (30,000 yuan a village) and the gap to 8,000."""
    pools: dict[str, tuple[int, int]] = {}
    for village, f in zip(villages, figures, strict=True):
        if village.county not in POVERTY_COUNTIES:
            count, gap = pools.get(village.county, (0, 0))
            gap += f.cadres * max(8_000 * YUAN - (f.subsidy or 0), 0)
            pools[village.county] = (count + 1, gap)
    for county, (count, gap) in pools.items():
        word = "scarce" if gap > count * 30_000 * YUAN else "ample"
        yield f"{county}: {count} villages, pool {count * 30_000}, gap {money(gap)} yuan: {word}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the file and say how the supplement pools stand; 2 if it could not be done."""
    parser = argparse.ArgumentParser(description="Make the example roster (synthetic figures).")
    default = Path(__file__).with_name("taiyuan-2017.xlsx")
    parser.add_argument("-o", "--output", type=Path, default=default, help=".xlsx or .csv")
    parser.add_argument("--register", type=Path, help="CSV: code, name, town, county")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args(arguments)
    rng = Random(given.seed)
    try:
        villages = read_register(given.register) if given.register else invented_register(rng)
        figures = lay_figures(villages, rng)
        rows = [roster_row(v, f) for v, f in zip(villages, figures, strict=True)]
        if given.output.suffix == ".csv":
            write_csv(given.output, rows)
        elif given.output.suffix == ".xlsx":
            texts = notes(given.seed, given.register.name if given.register else None)
            write_xlsx(given.output, rows, texts)
        else:
            raise ValueError(f"{given.output}: the name must end in .xlsx or .csv")
    except (OSError, ValueError) as error:
        print(f"make_taiyuan: {error}", file=sys.stderr)
        return 2
    if len(pools := list(pool_lines(villages, figures))) <= 20:
        print(*pools, sep="\n", file=sys.stderr)
    print(f"{given.output}: {len(rows)} villages, seed {given.seed}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
