"""Single cells that must be asked about."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.fuzz.changes import listed
from benchmarks.fuzz.office_looks import UNITS, Look, Looks, plain
from benchmarks.fuzz.office_villages import FLAGS, MONEY, PERSONS, Village
from benchmarks.fuzz.writing import Cell

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
