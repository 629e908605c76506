"""Rosters as county offices make them, drawn at random, with the villages that they mean.

Below: single cells that must be asked about (`Faults`), rows that stand for several villages (`Sums`), and
whole files of them.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from benchmarks.fuzz.changes import listed
from benchmarks.fuzz.office_looks import (
    COUNTIES,
    DEFAULTS,
    FLAGS,
    MONEY,
    PERSONS,
    PLACE,
    TRADITIONAL,
    UNITS,
    Look,
    Looks,
    Village,
    figure,
    in_unit,
    plain,
)
from benchmarks.fuzz.writing import Cell, File, Sheet

KINDS = (
    *["a figure"] * 3,
    "a sign of currency",
    "a dash",
    "a mark",
    "a blank",
    "a village twice",
    "a unit in a cell",
    "a code",
    "a number format",
    "what is stored",
)
FORMATS = ('0%', '0.00%', '"$"#,##0', '[$$-409]#,##0.00', '0"户"', '"约"0', '0"亿元"', '0"亩"')  # fmt: skip


class Faults(Looks):
    """Puts a fault into one of the villages' `cells`, which are kept with their columns and looks."""

    def __init__(self, seed: str, skip: frozenset[str], only: frozenset[str] | None) -> None:
        super().__init__(seed, skip, only)
        self.cells: list[tuple[str, Cell, Look]] = []

    def fault(self, villages: Sequence[Village]) -> None:
        """One thing that must be asked about."""
        kind = self.rng.choice(KINDS)
        some = [one for one in self.cells if self._fits(kind, *one)]
        if not some or self.writer == "parquet":
            return
        key, cell, look = self.rng.choice(some)
        if kind == "a village twice" and not self._twice(cell, villages):
            return
        self.kinds.append(f"{kind} at fault")
        self.verdict = "refuse"
        if kind == "a unit in a cell":
            self.verdict = "either"
            cell.value = f"{plain(cell.value)}{UNITS[look.powers[key]]}"
        else:
            self._change(kind, cell)

    def _fits(self, kind: str, key: str, cell: Cell, look: Look) -> bool:
        """Whether a fault may stand in a cell."""
        number = key in (*MONEY, *PERSONS)
        money = key in MONEY and bool(cell.value) and not cell.form
        return {
            "a figure": number,
            "a sign of currency": key in PERSONS or (money and look.powers[key] > 0),
            "a dash": key in MONEY,
            "a mark": key in FLAGS,
            "a blank": key in ("residents", "collective_income", "other_cadres", "name"),
            "a village twice": key == "name" and "code" not in self.has,
            "a unit in a cell": money and not cell.how,
            "a code": key == "code",
            "a number format": number and self.merges and not isinstance(cell.value, str),
            "what is stored": number and self.writer in ("xlsx", "openpyxl"),
        }[kind]

    def _change(self, kind: str, cell: Cell) -> None:
        rng, stored = self.rng, ["uncomputed", "raised", "struck"]
        cell.how = cell.form = ""
        if kind == "a figure":
            cell.value = rng.choice(listed("odd figures"))
        elif kind == "a sign of currency":
            cell.value = f"{rng.choice('¥￥')}{plain(cell.value)}"
        elif kind == "a dash":
            cell.value = rng.choice(["-", "—", "——", "/", "\\", "0.00元", "*"])
        elif kind == "a mark":
            cell.value = rng.choice(listed("odd yes"))
        elif kind == "a blank":
            cell.value = ""
        elif kind == "a code":
            cell.value = rng.choice(["9.90001E+11", str(cell.value)[:-1], f"{cell.value}0"])
        elif kind == "a number format":
            cell.value, cell.form = cell.value or 1, rng.choice(FORMATS)
        elif kind == "what is stored":
            cell.how = rng.choice(stored if self.writer == "xlsx" else stored[:1])
            cell.value = cell.value or 1

    def _twice(self, cell: Cell, villages: Sequence[Village]) -> bool:
        """Give another village of the town this one's name, otherwise written; whether there is one."""
        name = str(cell.value)
        bare = name.removesuffix("村")
        one = next(v for v in villages if v.name == name)
        place = (one.county, one.town)
        names = [v.name for v in villages]
        others = {v.name for v in villages if v is not one and (v.county, v.town) == place}
        others = {other for other in others if names.count(other) == 1}
        cells = [c for key, c, _ in self.cells if key == "name" and c.value in others]
        if not cells or bare == name or names.count(name) > 1:
            return False
        forms = [f"{bare}村委会", f"{bare}村民委员会", bare, f"{bare[0]} {bare[1:]}村", name]
        cells[0].value = self.rng.choice(forms)
        return True


STYLES = ("town sums above", "town sums below", "town subtotals", "town headings", "numbered towns",
          "sums of any name")  # fmt: skip
NUMBERS = "一二三四五六"


class Sums(Faults):
    """Draws rows of sums."""

    def sum_row(
        self, label: str, villages: Sequence[Village], look: Look, at: str, *, exact: bool = False
    ) -> list[Cell]:
        """A row of sums with a label in a column; `exact` where its figures alone say what it is."""
        rng, row = self.rng, []
        subsidies = rng.choice(["", "sum", "mean"])
        counted = self.maybe(0.3, "counts in sum rows")
        for key in look.keys:
            value: Any = ""
            if key == at:
                value = label
            elif key in (*PERSONS, *MONEY) and (key != "current_subsidy" or subsidies):
                total = sum(int(v.facts[key]) for v in villages)
                if key == "current_subsidy" and subsidies == "mean":
                    total = total // len(villages) // 100 * 100
                value = in_unit(total, key, look)
            elif key in FLAGS and counted:
                value = sum(bool(v.facts[key]) for v in villages)
            row.append(Cell(value))
        if not exact:
            self._inexact(row, look)
        return row

    def _inexact(self, row: list[Cell], look: Look) -> None:
        """Sums that are typed wrong or rounded, so that they may be asked about."""
        keys = (*PERSONS, *MONEY[:2])
        figures = [c for c, key in zip(row, look.keys, strict=True) if key in keys]
        numbers = [c for c in figures if isinstance(c.value, Decimal | int)]
        if numbers and self.maybe(0.02, "a wrong sum"):
            self.rng.choice(numbers).value += 1  # type: ignore[operator]
            self.may_ask()
        elif self.maybe(0.04, "rounded sums"):
            for cell in numbers:
                if isinstance(cell.value, Decimal) and cell.value != round(cell.value, 2):
                    cell.value = round(cell.value, 2)
                    self.may_ask()

    def _label_at(self, look: Look) -> str:
        return self.rng.choice(
            ["name", "name", look.keys[0] if look.keys[0] not in FLAGS else "name"]
        )

    def _sum_of_sums(self, sheet: Sheet, villages: list[Village], look: Look) -> None:
        """A row of any name with the sums of all towns above."""
        told = sum(bool(v.facts["collective_income"]) for v in villages) > 1
        if told and "code" not in look.keys and self.maybe(0.15, "a sum of sums"):
            label = self.rng.choice(listed("sums of any name"))
            sheet.rows.append(self.sum_row(label, villages, look, "name", exact=True))

    def _totals(self, sheet: Sheet, label: str, villages: list[Village], look: Look) -> None:
        """The sums of all villages, of some of them, and means."""
        at = self._label_at(look)
        sheet.rows.append(self.sum_row(label, villages, look, at))
        last, name = len(sheet.rows) - 1, look.keys.index("name")
        blank = all(not cell.value for cell in sheet.rows[last][1 : name + 1])
        fits = self.merges and at == look.keys[0] and name and blank
        if fits and self.maybe(0.4, "merged labels of totals"):
            sheet.merged.append((last, 0, last, name))
        if self.maybe(0.3, "a part of the total"):
            part = self.rng.sample(villages, max(len(villages) // 2, 1))
            sheet.rows.append(self.sum_row(self.rng.choice(listed("parts")), part, look, "name"))
        if self.maybe(0.2, "means"):
            sheet.rows.append(self._mean_row(villages, look))

    def _mean_row(self, villages: Sequence[Village], look: Look) -> list[Cell]:
        row = self.sum_row(self.rng.choice(listed("means")), villages, look, "name")
        for cell in row:
            if isinstance(cell.value, Decimal | int):
                cell.value = round(Decimal(cell.value) / len(villages), 2)
        return row

    def _group_rows(
        self, style: str, number: int, group: Sequence[Village], look: Look
    ) -> tuple[list[list[Cell]], list[list[Cell]]]:
        """The rows above and below a town's villages."""
        rng, town = self.rng, group[0].town
        if style == "town headings":
            row = [Cell("")] * len(look.keys)
            row[rng.choice([0, look.keys.index("name")])] = Cell(
                rng.choice([town, f"{'一二三四五六'[number]}、{town}"])
            )
            return [row], []
        if style == "numbered towns":
            text = rng.choice(["{n}、{t}", "（{n}）{t}", "{n}.{t}"]).format(
                n="一二三四五六"[number], t=town
            )
            return [self.sum_row(text, group, look, "name")], []
        if style in ("town sums above", "town sums below"):
            row = self.sum_row(
                town, group, look, rng.choice(["name", "town" if "town" in look.keys else "name"])
            )
            return ([row], []) if style.endswith("above") else ([], [row])
        if style == "town subtotals":
            text = rng.choice(["小计", f"{town}小计", "小 计", f"{town}合计", f"{town}计", "分计"])
            row = self.sum_row(text, group, look, "name")
            if "town" in look.keys and rng.random() < 0.5:
                row[look.keys.index("town")] = Cell(town)
            return [], [row]
        sure = len(group) > 1 and sum(bool(v.facts["collective_income"]) for v in group) > 1
        if style == "sums of any name" and sure and "code" not in look.keys:
            label = rng.choice(listed("sums of any name"))
            row = self.sum_row(label, group, look, "name", exact=True)
            return ([row], []) if rng.random() < 0.4 else ([], [row])
        return [], []


MISTAKES = ("no unit but 万元", "万元 under 元", "元 under 万元", "units contradict", "per month",
            "one fact twice", "a column missing", "county unsaid", "counties disagree")  # fmt: skip
IN_NAMES = ("（{u}）", "({u})", "-{u}", "_单位{u}")


@dataclass(slots=True)
class Case:
    """Files with what they mean. `verdict` is what may come of them.

    `sound` ones must be read, of `either` a question is fine, `refuse` must be asked about.
    """

    files: list[File]
    villages: list[Village]
    kinds: list[str]
    verdict: str
    ordered: bool
    has: frozenset[str]
    folder: bool


def make(seed: str, skip: frozenset[str] = frozenset(), only: frozenset[str] | None = None) -> Case:
    """The case of a seed; without the kinds to `skip`, with no others than `only`, these often."""
    return _Maker(seed, skip, only).case()


class _Maker(Sums):
    """Draws a case: villages, then files around them, then perhaps a fault."""

    def case(self) -> Case:
        """The whole of it."""
        endings = {"xlsx": 5.0, "openpyxl": 3.0, "csv": 3.0, "xls": 1.0, "parquet": 0.2}
        self.writer = self.pick(endings, "xlsx")
        self.scope = self._scope()
        many = self.scope != "one"
        number = self.rng.randrange(2, 4) if many else self.rng.choice([1, 1, 1, 2])
        counties = self.rng.sample(COUNTIES, number)
        if self.maybe(0.15, "no town"):
            self.has.remove("town")
        if self.maybe(0.35, "codes"):
            self.has.add("code")
        self.county_at = self.pick(self._county_places(many, number), "column")
        self.bad = self.pick({"": 25.0, **dict.fromkeys(MISTAKES, 0.5)}, "")
        if self.bad == "one fact twice" and self.writer == "parquet":
            self.bad = ""
        if self.bad == "county unsaid":
            self.county_at, self.verdict = "nowhere", "refuse"
        elif self.bad == "counties disagree" and self.merges and self.scope in ("one", "files"):
            self.county_at, self.verdict = "county in title", "refuse"
        parts = [self.villages(county) for county in counties]
        if not many:
            parts, counties = [[v for part in parts for v in part]], counties[:1]
        files = self.files(parts, counties)
        villages = [v for part in parts for v in part]
        if self.maybe(0.12, "a fault"):
            self.fault(villages)
        folder, has = self.scope == "folder", frozenset(self.has)
        ordered = not folder and "panels" not in self.kinds
        return Case(files, villages, self.kinds, self.verdict, ordered, has, folder)

    def _scope(self) -> str:
        scopes = {"one": 10.0, "blocks": 2.0, "sheets": 2.0, "files": 2.0, "folder": 1.0}
        if not self.merges:
            del scopes["sheets"]
        if self.writer == "parquet":
            del scopes["blocks"]
        return self.pick(scopes, "one")

    def _county_places(self, many: bool, counties: int) -> dict[str, float]:
        """Where the county may stand."""
        where = {"column": 6.0}
        if many or counties == 1:
            if self.writer != "parquet":
                where["county in title"] = 2.0
            if self.scope not in ("blocks", "sheets"):
                where["county in file name"] = 2.0
            if self.merges and self.scope != "blocks":
                where["county in sheet name"] = 2.0
        return where

    def _unit_place(self) -> tuple[str, int]:
        """Where the unit stands, and its power."""
        places = {"header": 5.0, "no unit": 2.0, "ids": 1.0}
        if self.scope not in ("blocks", "sheets"):
            places["unit in file name"] = 1.0
        if self.writer != "parquet":
            places |= {"unit line": 5.0, "unit note": 1.5, "unit in title": 1.0, "unit row": 1.0}
        if self.merges:
            places |= {"unit in group": 1.5} | ({} if self.bad else {"unit in format": 0.7})
            places |= {} if self.scope == "blocks" else {"unit in sheet name": 1.0}
        place = self.pick(places, "header")
        power = self.rng.choice([0, 0, 3, 4, 4, 4])
        if self.bad == "no unit but 万元":
            return "no unit", self.rng.choice([3, 4])
        if place == "unit in format":
            self.may_ask()
        return place, 0 if place in ("no unit", "ids") else power

    # -- files and sheets

    def files(self, parts: list[list[Village]], counties: Sequence[str]) -> list[File]:
        """The parts as blocks, sheets or files."""
        rng = self.rng
        optional = [
            k for k in ("existing_funding", "current_subsidy", *FLAGS) if rng.random() < 0.6
        ]
        for part in parts:
            for village in part:
                village.facts |= {k: DEFAULTS[k] for k in DEFAULTS if k not in optional}
        files: list[File] = []
        for at, (part, county) in enumerate(zip(parts, counties, strict=True)):
            if not at or self.maybe(0.4, "another look"):
                self.unit_at, self.power = self._unit_place()
                if (
                    at
                    and self.scope == "blocks"
                    and self.unit_at in ("no unit", "ids", "unit note")
                ):
                    self.may_ask()  # does the line above the first list hold?
                look = self.look(optional, part)
            block = self.block(part, county, look)
            if self.scope == "blocks" and files:
                sheet = files[0].sheets[0]
                if rng.random() < 0.7:
                    sheet.rows.append([])
                sheet.add(block)
                continue
            block.name = self.sheet_name(county, at)
            if self.scope == "sheets" and files:
                files[0].sheets.append(block)
                continue
            name = self.file_name(county, at)
            files.append(File(name, self.writer, [block], rng.getrandbits(32)))
        self._afterwards(files)
        return files

    def _afterwards(self, files: list[File]) -> None:
        """What happens to files that are ready: a draft is kept, rows are hidden, counties respelt."""
        if self.scope == "sheets" and self.maybe(0.1, "a draft beside the final one"):
            files[0].sheets.insert(0, copy.deepcopy(files[0].sheets[0]))
            files[0].sheets[0].name += "（初稿）"
            self.verdict = "refuse"
        if self.merges and self.maybe(0.05, "hidden rows"):
            for sheet in (sheet for file in files for sheet in file.sheets):
                rows = range(6, len(sheet.rows))
                sheet.hidden |= {row for row in rows if self.rng.random() < 0.2}
        for sheet in (sheet for file in files for sheet in file.sheets):
            if self.writer != "parquet" and self.maybe(0.05, "begins at B2"):
                sheet.push()
            if self.merges and self.maybe(0.03, "remarks at the side"):
                width = max(map(len, sheet.rows))
                row = self.rng.choice(sheet.rows)
                row += [Cell("")] * (width + 1 - len(row)) + [Cell("已核实")]
                if "panels" in self.kinds:
                    self.may_ask()
        self._spell_counties()

    def sheet_name(self, county: str, at: int) -> str:
        """A sheet's name, with the county or the unit where these stand there."""
        rng = self.rng
        name = rng.choice(listed("plain names")) + (str(at + 1) if at else "")
        if self.bad == "counties disagree" and self.verdict == "refuse":
            name = next(c for c in COUNTIES if c != county)
        if self.county_at == "county in sheet name":
            name = rng.choice([county, county, f"{at + 1}{county}", f"{county}名册"])
        if self.unit_at == "unit in sheet name":
            name += rng.choice(IN_NAMES).format(u=UNITS[self.power])
        elif self.bad == "units contradict" and self.unit_at == "unit line" and self.merges:
            name += f"（{UNITS[4 if self.power == 0 else 0]}）"
            self.verdict = "refuse"
        return name

    def file_name(self, county: str, at: int) -> str:
        """A file's name without its ending."""
        rng = self.rng
        name = rng.choice(listed("plain names")) + (str(at + 1) if at else "")
        if self.county_at == "county in file name":
            name = rng.choice(listed("county names of files")).format(c=county)
        if self.unit_at == "unit in file name":
            name += rng.choice(IN_NAMES).format(u=UNITS[self.power])
        return name

    def _spell_counties(self) -> None:
        """Some county cells under another spelling."""
        cells = [cell for key, cell, _ in self.cells if key == "county" and cell.value]
        if len(cells) < 4 or not self.maybe(0.1, "spellings of the county"):
            return
        ways = [
            "太原市{c}",
            "{c}（贫困县）",
            "{c}(非贫困县)",
            " {c} ",
            "山西省太原市{c}",
            "{s}",
            "{t}",
        ]
        for cell in cells[1:]:
            county = str(cell.value)
            if self.rng.random() < 0.3 and sum(c.value == county for c in cells) > 1:
                way = self.rng.choice(ways) if len(county) == 3 else "太原市{c}"
                cell.value = way.format(c=county, s=county[:-1], t=county.translate(TRADITIONAL))

    # -- a block

    def block(self, villages: list[Village], county: str, look: Look) -> Sheet:
        """Titles, units, header, rows and notes of one list."""
        sheet = Sheet()
        if self.writer == "parquet":
            self._header_rows(sheet, look)
            sheet.rows += [self.village_row(village, look) for village in villages]
            return sheet
        self._top(sheet, county, look)
        panels = self.rng.randrange(2, 4) if self.maybe(0.05, "panels") else 1
        if panels > 1 and len(villages) >= 2 * panels:
            self._panels(sheet, villages, look, panels)
        else:
            self._header_rows(sheet, look)
            self._body(sheet, villages, look)
        self._bottom(sheet, villages, look)
        return sheet

    def _top(self, sheet: Sheet, county: str, look: Look) -> None:
        rng, rows, width = self.rng, sheet.rows, len(look.keys)
        if self.maybe(0.5, "titles"):
            for title in rng.sample(listed("titles"), rng.choice([1, 1, 2])):
                self._line(sheet, title, width)
        if self.county_at == "county in title":
            self._line(sheet, rng.choice(listed("county titles")).format(c=county), width)
        unit = UNITS[self.power]
        if self.unit_at == "unit in title":
            title = rng.choice(
                ["村级经费统计表（{u}）", "村级经费统计表（单位：{u}）", "收入经费表(单位:{u})"]
            )
            self._line(sheet, title.format(u=unit), width)
        if self.unit_at == "unit line":
            silent = self.county_at == "nowhere"
            text = rng.choice([t for t in listed("unit lines") if not (silent and "{c}" in t)])
            if self.power == 4 and rng.random() < 0.08:
                text, unit = "单位：万", "万"
            line = [Cell("")] * width
            line[rng.choice([0, width - 1, rng.randrange(width)])] = Cell(
                text.format(u=unit, c=county)
            )
            rows.append(line)
        if self.unit_at == "header" and self.maybe(0.04, "a unit line beside units in headers"):
            self._line(sheet, f"单位：{self.rng.choice(list(UNITS.values()))}", width)
            self.may_ask()
        if rows and self.maybe(0.1, "a gap above the header"):
            rows.append([])

    def _line(self, sheet: Sheet, text: str, width: int) -> None:
        row = len(sheet.rows)
        sheet.rows.append([Cell(text), *[Cell("")] * (width - 1)])
        if self.merges and self.rng.random() < 0.6:
            sheet.merged.append((row, 0, row, width - 1))

    @staticmethod
    def _header_rows(sheet: Sheet, look: Look) -> None:
        at = len(sheet.rows)
        sheet.rows += [[Cell(text) for text in row] for row in look.header]
        sheet.merged += [(a + at, b, c + at, d) for a, b, c, d in look.merged]

    def _panels(self, sheet: Sheet, villages: list[Village], look: Look, panels: int) -> None:
        size = -(-len(villages) // panels)
        at, width = len(sheet.rows), len(look.keys)
        gap = [Cell("")] if self.rng.random() < 0.3 else []
        for number in range(panels):
            one = Sheet()
            self._header_rows(one, look)
            some = villages[number * size : (number + 1) * size]
            one.rows += [self.village_row(village, look) for village in some]
            sheet.beside(one, at, number * (width + len(gap)))

    def village_row(self, village: Village, look: Look) -> list[Cell]:
        """One village's cells."""
        row = []
        for key in look.keys:
            if key in PLACE:
                cell = Cell(getattr(village, key))
            elif key.startswith("+"):
                cell = Cell(_extra(self.rng, key[1:]))
            elif key in FLAGS:
                cell = Cell(look.marks[key][0 if village.facts[key] else 1])
            else:
                cell = figure(self.rng, int(village.facts[key]), key, look)
                if not village.facts[key] and key in DEFAULTS and self.rng.random() < 0.3:
                    cell = Cell("")
            row.append(cell)
            self.cells.append((key, cell, look))
        return row

    def _body(self, sheet: Sheet, villages: list[Village], look: Look) -> None:
        """Villages by town, with what offices put between them."""
        style = self.pick({"": 12.0, **dict.fromkeys(STYLES, 1.0)}, "")
        blanks = self.maybe(0.08, "blank rows")
        pages = self.maybe(0.05, "repeated headers")
        top = self.maybe(0.06, "total on top")
        alone = len({village.county for village in villages}) == 1
        labels = [label for label in listed("totals") if alone or "{c}" not in label]
        total = self.rng.choice(labels).format(n=len(villages), c=villages[0].county)
        if top:
            sheet.rows.append(self.sum_row(total, villages, look, self._label_at(look)))
        towns = [list(group) for _, group in groupby(villages, lambda v: (v.county, v.town))]
        for number, group in enumerate(towns):
            above, below = self._group_rows(style, number, group, look)
            sheet.rows += above
            first = len(sheet.rows)
            for at, village in enumerate(group, 1):
                sheet.rows.append(self.village_row(village, look))
                if blanks and self.rng.random() < 0.15:
                    sheet.rows.append([Cell("")] * len(look.keys))
                if pages and at % 6 == 0:
                    self._new_page(sheet, look)
            if self.merges and len(sheet.rows) - first == len(group) > 1:
                self._merge_places(sheet, first, below, look)
            sheet.rows += below
        if style in STYLES[:3] and not top:
            self._sum_of_sums(sheet, villages, look)
        if not top and self.maybe(0.25, "total below"):
            self._totals(sheet, total, villages, look)

    def _new_page(self, sheet: Sheet, look: Look) -> None:
        if self.maybe(0.2, "continued"):
            self._line(sheet, self.rng.choice(["（续表）", "续表", "第2页"]), len(look.keys))
        self._header_rows(sheet, look)

    def _merge_places(self, sheet: Sheet, first: int, below: list[list[Cell]], look: Look) -> None:
        """County and town in merged cells, which may reach over the row of sums `below`."""
        for key in ("county", "town"):
            if key not in look.keys or not self.maybe(0.08, f"merged {key}"):
                continue
            column = look.keys.index(key)
            rows = [*sheet.rows[first + 1 :]]
            if below and below[0][column].value == "" and self.maybe(0.5, "merged over sums"):
                rows += below
            sheet.merged.append((first, column, first + len(rows), column))
            for row in rows:
                row[column].value = ""

    def _bottom(self, sheet: Sheet, villages: Sequence[Village], look: Look) -> None:
        rng, width = self.rng, len(look.keys)
        unit = UNITS[self.power]
        notes = []
        if self.unit_at == "unit note":
            notes.append(rng.choice(listed("unit notes")).format(u=unit))
        elif self.bad == "units contradict" and self.unit_at == "unit line" and not self.merges:
            notes.append(f"注：本表金额单位为{UNITS[4 if self.power == 0 else 0]}")
            self.verdict = "refuse"
        if self.maybe(0.2, "notes"):
            notes.append(rng.choice(listed("notes")))
        for text in notes:
            if rng.random() < 0.3:
                sheet.rows.append([])
            self._line(sheet, text, width)
        if self.scope != "blocks" and self.maybe(0.05, "a second table"):
            self._second(sheet, villages, look)

    def _second(self, sheet: Sheet, villages: Sequence[Village], look: Look) -> None:
        """A table by towns below the list."""
        sheet.rows += [[], [Cell(self.rng.choice(["附：分乡镇汇总", "各乡镇情况汇总表", "附表"]))]]
        sheet.rows.append([Cell(t) for t in ("乡镇", "村数", "常住人口", "集体经济收入（万元）")])
        for town in dict.fromkeys(v.town for v in villages):
            some = [v for v in villages if v.town == town]
            income = Decimal(sum(int(v.facts["collective_income"]) for v in some)).scaleb(-6)
            people = sum(int(v.facts["residents"]) for v in some)
            sheet.rows.append([Cell(town), Cell(len(some)), Cell(people), Cell(income)])


def _extra(rng: random.Random, label: str) -> str | int:
    if label in ("备注", "村支书姓名"):
        return rng.choice(["", "", "张三", "新任"])
    return f"0351{rng.randrange(10**7):07d}" if label == "联系电话" else rng.randrange(1, 400)
