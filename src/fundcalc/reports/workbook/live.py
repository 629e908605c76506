"""The sheet of live formulas: a column a rule and an output, and whether all agree with what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fundcalc.engines.formulas import Formulas
from fundcalc.engines.formulas.cells import FIRST_ROW, LIVE, ROW, Column
from fundcalc.engines.result import Result
from fundcalc.policy.model import IDENTITY
from fundcalc.reports.workbook.grids import DATA_ROW, Grids
from fundcalc.reports.workbook.paper import Paper
from fundcalc.reports.workbook.words import SHEETS, W
from fundcalc.roster.model import letters

_LONGEST = 6_000


def lead(facts: Mapping[str, object]) -> int:
    """Columns before the first formula: number, who it is, and the check."""
    return 2 + sum(id_ in facts for id_ in IDENTITY)


def write_live(paper: Paper, result: Result, found: Formulas, data: Mapping[str, int]) -> None:
    """Write the sheet. `data` says in which column of the stored results an output stands."""
    _Live(paper, result, found, data).write()


class _Live:
    def __init__(
        self, paper: Paper, result: Result, found: Formulas, data: Mapping[str, int]
    ) -> None:
        self._paper = paper
        self._result = result
        self._found = found
        self._data = data
        self._sheet = paper.sheet(SHEETS["live"].say(paper.lang))
        self._grids = Grids(paper, self._sheet, LIVE)
        self._n = len(result.rows)
        self._lead = lead(result.plan.policy.facts)

    def _say(self, key: str, **values: object) -> str:
        return W[key].say(self._paper.lang).format(**values)

    def write(self) -> None:
        paper, sheet, facts = self._paper, self._sheet, self._result.plan.policy.facts
        shown = [id_ for id_ in IDENTITY if id_ in facts]
        titles = [facts[id_].title.say(paper.lang) for id_ in shown]
        self._grids.heads([self._say("number"), *titles, self._say("check")], self._found.live)
        for index, row in enumerate(self._result.rows):
            at = FIRST_ROW - 1 + index
            sheet.write_number(at, 0, index + 1, paper.style("centre"))
            for place, id_ in enumerate(shown, 1):
                paper.text(sheet, at, place, str(row.get(id_, "")))
        for place, column in enumerate(self._found.live, self._lead):
            self._grids.column(place, column)
        self._check(self._lead - 1)
        self._totals()
        for place, size in enumerate((6, *([14] * len(shown)), 9)):
            sheet.set_column(place, place, size)
        sheet.freeze_panes(FIRST_ROW - 1, self._lead)
        sheet.repeat_columns(0, self._lead - 1)

    def _check(self, place: int) -> None:
        """Whether all results of a village are those stored."""
        paper, sheet = self._paper, self._sheet
        good, bad = self._say("agree"), self._say("differ")
        tests = [self._test(id_, at) for id_, at in self._found.outputs.items()]
        together = ",".join(tests)
        if len(together) > _LONGEST:
            together = ",".join(self._in_parts(tests))
        text = f'IFERROR(IF(AND({together}),"{good}","{bad}"),"{bad}")'
        self._grids.column(place, Column(W["check"], text, [good] * self._n, "text"))
        cells = f"{letters(place)}{FIRST_ROW}:{letters(place)}{FIRST_ROW - 1 + self._n}"
        rule = {"type": "cell", "criteria": "==", "value": f'"{bad}"', "format": paper.style("bad")}
        sheet.conditional_format(cells, rule)
        said = self._say("differing", n=f"{self._n:,}")
        count = f'"{said}"&COUNTIF({cells},"{bad}")'
        sheet.put_formula(0, 0, count, paper.style("bold"), f"{said}0")

    def _test(self, id_: str, at: int) -> str:
        """One output against its stored result."""
        column = self._found.live[at - self._lead]
        mine = f"{LIVE}{letters(at)}{ROW}"
        other = f"'{SHEETS['data'].say(self._paper.lang)}'!{letters(self._data[id_])}{DATA_ROW}"
        if column.style == "text":
            return f"EXACT({mine},{other})"
        if column.style == "flag":
            return f'IF({mine}=1,"{self._say("yes")}","{self._say("no")}")={other}'
        if column.decimals:
            unit = 10**column.decimals
            return f"ROUND({mine}*{unit},0)=ROUND({other}*{unit},0)"
        return f"{mine}={other}"

    def _in_parts(self, tests: Sequence[str]) -> list[str]:
        """The tests in helper columns, as many in each as a formula holds."""
        size = max(1, _LONGEST // max(map(len, tests)))
        found: list[str] = []
        for first in range(0, len(tests), size):
            text = f"IF(AND({','.join(tests[first : first + size])}),1,0)"
            column = Column(W["check"], text, [1] * self._n, "flag", group=W["check"])
            found.append(f"{self._found.work.add(column).cell}=1")
        return found

    def _totals(self) -> None:
        """The sum of every amount, below the villages."""
        paper, sheet, row = self._paper, self._sheet, FIRST_ROW - 1 + self._n
        for place in range(self._lead + len(self._found.live)):
            sheet.write_blank(row, place, None, paper.style("total"))
        paper.text(sheet, row, 0, self._say("sum"), "total")
        for place, column in enumerate(self._found.live, self._lead):
            if column.style == "amount" and self._n:
                cells = f"{letters(place)}{FIRST_ROW}:{letters(place)}{row}"
                unit = 10**column.decimals
                total = sum(round(v * unit) for v in column.values if isinstance(v, float)) / unit
                style = paper.style("total", self._grids.number_format(column))
                text = f"ROUND(SUM({cells}),{column.decimals})"
                sheet.put_formula(row, place, text, style, total)
