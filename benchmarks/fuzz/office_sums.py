"""Rows that stand for several villages: totals, towns' sums, headings, means."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from benchmarks.fuzz.changes import listed
from benchmarks.fuzz.office_faults import Faults
from benchmarks.fuzz.office_looks import Look, in_unit
from benchmarks.fuzz.office_villages import FLAGS, MONEY, PERSONS, Village
from benchmarks.fuzz.writing import Cell, Sheet

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
