"""Workbooks written, edited and compared with what the program computes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

from fundcalc import api
from fundcalc.engines.calculate import reference
from fundcalc.engines.formulas import Formulas, formulas
from fundcalc.engines.formulas.cells import FIRST_ROW
from fundcalc.engines.result import Result
from fundcalc.language.datatypes import Date, Number, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.columns import result_titles
from fundcalc.policy.plan import Plan
from fundcalc.reports.workbook.live import leading_columns
from fundcalc.roster.model import Roster, letters
from tests.formulas.office import Sheets, cells

Columns = Mapping[str, Sequence[Value]]


def roster_of(columns: Columns) -> Roster:
    """Columns as a roster that has been read."""
    villages = len(next(iter(columns.values())))
    return Roster(
        "roster.csv", None, "sha256:0", {id_: list(values) for id_, values in columns.items()},
        {id_: [False] * villages for id_ in columns}, {}, range(villages),
    )  # fmt: skip


def write(path: Path, plan: Plan, columns: Columns) -> list[str]:
    """Write the English workbook; returns the codes of its warnings."""
    run = api.calculate(plan, roster_of(columns))
    return [warning.code for warning in api.write(run, path, "en")]


def lowered(plan: Plan, columns: Columns) -> Formulas:
    """The formulas as the workbook has them."""
    return formulas(plan, reference(plan, columns), leading_columns(plan.policy.facts), "yes", "en")


def edit(path: Path, plan: Plan, columns: Columns, named: Mapping[str, object]) -> None:
    """Write other facts over the input sheet, and other values into the cells of these names.

    Only these cells are touched, in the XML itself: a library would load and write every formula.
    """
    with zipfile.ZipFile(path) as book:
        content = {name: book.read(name) for name in book.namelist()}
    workbook = content["xl/workbook.xml"].decode()
    place = dict(re.findall(r"""<definedName name="(\w+)">'?Parameters'?!([^<]+)<""", workbook))
    parameters = dict(one for name, value in named.items() for one in _cells(place[name], value))
    heads, facts = cells(path)["Inputs"][2], plan.policy.facts
    inputs = {
        f"{letters(heads.index(facts[id_].called))}{row}": typed(value, facts[id_].type)
        for id_, values in columns.items()
        for row, value in enumerate(values, FIRST_ROW)
    }
    sheets = re.findall(r'<sheet name="([^"]+)"', workbook)
    for title, values in (("Inputs", inputs), ("Parameters", parameters)):
        name = f"xl/worksheets/sheet{sheets.index(title) + 1}.xml"
        content[name] = _filled(content[name].decode(), values).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in content.items():
            book.writestr(name, data)


def _cells(place: str, value: object) -> Iterator[tuple[str, object]]:
    """A value for a named cell, or items for the cells of a list; money is entered in yuan, in column B."""
    first, _, last = place.replace("$", "").partition(":")
    if not isinstance(value, list):
        yield first.replace("F", "B"), value
        return
    start, end = int(first[1:]), int(last[1:])
    for row, item in zip(range(start, end + 1), [*value, *[None] * 99], strict=False):
        yield f"{first[0]}{row}", item


def _filled(sheet: str, values: Mapping[str, object]) -> str:
    """The sheet's XML with other values in these cells, which it must have."""
    left = set(values)

    def cell(found: re.Match[str]) -> str:
        if found[1] not in values:
            return found[0]
        left.remove(found[1])
        return f'<c r="{found[1]}"{found[2] or ""}{_content(values[found[1]])}'

    filled = re.sub(r'<c r="([A-Z]+\d+)"( s="\d+")?[^>]*?(?:/>|>.*?</c>)', cell, sheet)
    assert not left, sorted(left)[:8]
    return filled


def _content(value: object) -> str:
    """What follows the place and style of a cell."""
    if value is None:
        return "/>"
    if isinstance(value, str):
        return f' t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return (
        f"><v>{(value - date(1899, 12, 30)).days if isinstance(value, date) else value!r}</v></c>"
    )


def typed(value: Value, kind: object) -> object:
    if isinstance(kind, YesNo):
        return "yes" if value else "no"
    if isinstance(kind, Number) and kind.decimals:
        assert isinstance(value, int)
        return value / 10**kind.decimals
    return date.fromordinal(int(value)) if isinstance(kind, Date) else value  # type: ignore[arg-type]


def outputs(
    sheets: Sheets, plan: Plan, at: Mapping[str, int], villages: int
) -> dict[str, list[object]]:
    """The outputs that the sheet of formulas shows, as the program counts them."""
    rows = sheets["Formulas"][FIRST_ROW - 1 : FIRST_ROW - 1 + villages]
    kinds = {o.id: o.type for p in plan.policy.programmes for o in p.outputs}
    return {id_: [_read(row[place], kinds[id_]) for row in rows] for id_, place in at.items()}


def _read(cell: object, kind: object) -> object:
    if isinstance(kind, Number) and isinstance(cell, int | float):
        return round(cell * 10 ** (kind.decimals or 0))
    return bool(cell) if isinstance(kind, YesNo) and isinstance(cell, int | float) else cell


def expected(result: Result, plan: Plan) -> dict[str, list[object]]:
    """The outputs as computed: rules by title, lists joined."""
    found: dict[str, list[object]] = {}
    for programme in plan.policy.programmes:
        for output in programme.outputs:
            called = result_titles(programme) if output is programme.result else {}
            join = "; " if called else "+"
            titles = {id_: title.en for id_, title in called.items()}

            def shown(value: Value, titles: Mapping[str, str] = titles, join: str = join) -> Value:
                if isinstance(value, tuple):
                    return join.join(titles.get(id_, id_) for id_ in value)
                return titles.get(value, value) if isinstance(value, str) else value

            found[output.id] = list(map(shown, result.column(output.id)))
    return found


def checks(sheets: Sheets, plan: Plan, villages: int) -> list[object]:
    """What the check column says."""
    place = leading_columns(plan.policy.facts) - 1
    return [row[place] for row in sheets["Formulas"][FIRST_ROW - 1 : FIRST_ROW - 1 + villages]]


def differences(
    sheets: Sheets, plan: Plan, columns: Columns, at: Mapping[str, int]
) -> list[tuple[str, int, object, object]]:
    """Output, village, what the sheet shows and what the program computes, where they differ."""
    want = expected(reference(plan, columns), plan)
    got = outputs(sheets, plan, at, len(columns["code"]))
    return [
        (id_, index, one, other)
        for id_, values in want.items()
        for index, (one, other) in enumerate(zip(got[id_], values, strict=True))
        if one != other
    ]
