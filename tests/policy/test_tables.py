"""Look-up tables from files: what a cell of a text or a workbook means, and what cannot be read."""

from __future__ import annotations

import io

import openpyxl
import pytest
from tests.policy.test_case_tables import as_xlsx

from fundcalc.base.diagnostics import Diagnostic
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.load import read
from fundcalc.policy.tables import MOST_BANDS, Table

POLICY = """
[policy]
id = "p"
title = {{ zh = "政策", en = "Policy" }}
on = 2020-01-01
programmes = ["pay"]
[sources.s]
title = {{ zh = "文件", en = "Paper" }}
[tables.t]
title = {{ zh = "表", en = "Table" }}
keys = ["{key}"]
source = "s"
file = "tables/{file}"
{more}
"""
FACTS = """
[facts.name]
title = { zh = "村名", en = "Village" }
type = "text"
required = true
[facts.county]
title = { zh = "县", en = "County" }
type = "text"
required = true
[facts.people]
title = { zh = "人口", en = "People" }
unit = "person"
range = [0, 100_000]
required = true
"""
PROGRAMME = """
[programme]
id = "pay"
title = { zh = "报酬", en = "Pay" }
hit_policy = "first"
output = "pay_amount"
unit = "yuan/year"
[[rule]]
id = "some"
source = "s"
when = "people > 10"
then = "1_000"
[otherwise]
id = "none"
value = 0
"""


def table(data: bytes, file: str, key: str, more: str) -> tuple[Table | None, list[Diagnostic]]:
    """The table of a policy that has it in a file, and what is wrong with it."""
    head = POLICY.format(key=key, file=file, more=more)
    texts = {"policies.toml": head, "rules/village.toml": FACTS, "rules/pay.toml": PROGRAMME}
    files = {name: text.encode() for name, text in texts.items()} | {f"tables/{file}": data}
    policy, found = read(Bundle("", files))
    return (None if policy is None else policy.tables["t"]), found


def values(found: Table | None) -> list[object]:
    assert found is not None
    return [row.value for row in found.rows]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_fraction_is_the_decimal_that_is_shown(kind: str) -> None:
    rows = [["county", "value"], ["甲县", 67.91], ["乙县", 0.1]]
    data = as_xlsx(rows) if kind == "xlsx" else "county,value\n甲县,67.91\n乙县,0.1\n".encode()
    found, problems = table(data, f"t.{kind}", "county", 'unit = "yuan"')
    assert values(found) == [6791, 10], problems


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_number_where_a_text_is_wanted_stays_as_written(kind: str) -> None:
    rows = [["county", "value"], ["甲县", "007"], ["乙县", 12]]
    data = as_xlsx(rows) if kind == "xlsx" else "county,value\n甲县,007\n乙县,12\n".encode()
    found, problems = table(data, f"t.{kind}", "county", 'type = "text"')
    assert values(found) == ["007", "12"], problems


def test_commas_stand_between_thousands_and_full_width_figures_are_figures() -> None:
    data = 'county,value\n甲县,"12,345.50"\n乙县,１２３\n'.encode()
    found, problems = table(data, "t.csv", "county", 'unit = "yuan"')
    assert values(found) == [1_234_550, 12_300], problems


def test_a_file_in_gb18030_is_read_and_one_in_neither_coding_is_refused() -> None:
    text = "county,value\n甲县,5\n"
    found, problems = table(text.encode("gb18030"), "t.csv", "county", 'unit = "yuan"')
    assert values(found) == [500], problems
    found, problems = table(text.encode("utf-16"), "t.csv", "county", 'unit = "yuan"')
    assert found is None
    assert "FC805" in {one.code for one in problems}


def test_more_bands_of_one_day_than_can_be_compared_are_refused() -> None:
    bands = [f"{i * 10}..{i * 10 + 9},{i}" for i in range(MOST_BANDS + 1)]
    data = "\n".join(["people,value", *bands]).encode()
    found, problems = table(data, "t.csv", "people", 'unit = "yuan"')
    assert found is None
    assert {one.code for one in problems} == {"FC130"}
    last = "\n".join(["people,value", *bands[:-1]]).encode()
    found, problems = table(last, "t.csv", "people", 'unit = "yuan"')
    assert len(values(found)) == MOST_BANDS, problems


def test_bands_that_meet_are_found_wherever_they_stand() -> None:
    rows = ["people,value", "50..99,1", "200..,2", "0..49,3", "90..150,4"]
    found, problems = table("\n".join(rows).encode(), "t.csv", "people", 'unit = "yuan"')
    assert found is None
    assert [(one.code, one.where.file) for one in problems] == [("FC133", "tables/t.csv!A5")]


def test_merged_cells_are_refused() -> None:
    """Below the first they read as blank: a `from` as if the row had always held."""
    book = openpyxl.Workbook()
    rows = (
        ["county", "value", "from"],
        ["甲县", 1, "2018-01-01"],
        ["乙县", 2, None],
        ["丙县", 3, None],
    )
    for row in rows:
        book.worksheets[0].append(row)
    book.worksheets[0].merge_cells("C2:C4")
    out = io.BytesIO()
    book.save(out)
    _, found = table(out.getvalue(), "t.xlsx", "county", "")
    assert [(one.code, one.where.file) for one in found][:1] == [("FC132", "tables/t.xlsx!C2")]


def laid(rows: list[list[object]]) -> openpyxl.Workbook:
    """A workbook with these rows on its first sheet."""
    book = openpyxl.Workbook()
    book.worksheets[0].title = "标准"
    for row in rows:
        book.worksheets[0].append(row)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


COUNTIES: list[list[object]] = [["county", "value"], ["甲县", 1], ["乙县", 2], ["丙县", 3]]


def test_what_a_workbook_does_not_show_is_read_and_told() -> None:
    book = laid(COUNTIES)
    sheet = book.worksheets[0]
    sheet.row_dimensions[3].hidden = sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["B"].hidden = True
    found, told = table(saved(book), "t.xlsx", "county", 'unit = "person"')
    assert values(found) == [1, 2, 3]
    said = {(d.code, d.severity, d.where.file) for d in told}
    rows, column = "tables/t.xlsx!A3", "tables/t.xlsx!B1"
    assert said >= {("FC132", "warning", rows), ("FC132", "warning", column)}
    (one,) = [d.message for d in told if d.where.file == rows]
    assert "标准" in one.zh and "3, 4" in one.zh and "3, 4" in one.en


def test_a_hidden_first_sheet_is_told() -> None:
    book = laid(COUNTIES)
    book.create_sheet("草稿")
    book.worksheets[0].sheet_state = "hidden"
    book.active = 1
    found, told = table(saved(book), "t.xlsx", "county", 'unit = "person"')
    assert values(found) == [1, 2, 3]
    assert "标准" in next(d.message.zh for d in told if d.where.file == "tables/t.xlsx")


def test_a_first_line_that_is_none_of_headings_is_told_once() -> None:
    title = saved(laid([["2018年各县标准"], *COUNTIES]))
    book = laid(COUNTIES)
    book.create_sheet("封面", 0).append(["说明", "编制"])
    book.worksheets[0].append([1, 2, 3])
    in_text = "各县标准\ncounty,value\n甲县,1\n".encode()
    for data, file, seen in (
        (title, "t.xlsx", ("标准", "2018年各县标准", "county")),
        (saved(book), "t.xlsx", ("封面", "说明", "编制", "county")),
        (in_text, "t.csv", ("各县标准", "county", "value")),
    ):
        _, told = table(data, file, "county", 'unit = "person"')
        (only,) = [d for d in told if d.code == "FC131"]
        assert all(text in only.message.zh and text in only.message.en for text in seen)
        assert only.where.file == f"tables/{file}!A1"


def test_only_the_unit_is_named_where_it_is_misspelt() -> None:
    rows = "county,value\n甲县,1\n乙县,2.5\n".encode()
    _, told = table(rows, "t.csv", "county", 'unit = "yaun"')
    assert [d.code for d in told if d.severity == "error"] == ["FC105"]


@pytest.mark.parametrize(
    ("cell", "meant"), [("3.1234", None), ("３.１２３４", None), ("3万", "30000")]
)
def test_no_value_is_proposed_that_the_table_refuses(cell: str, meant: str | None) -> None:
    rows = f"county,value\n甲县,{cell}\n".encode()
    _, told = table(rows, "t.csv", "county", 'unit = "yuan"\ndecimals = 3')
    (one,) = [d for d in told if d.code == "FC132"]
    assert "3" in one.message.en and cell in one.message.zh
    assert one.hint is None if meant is None else one.hint is not None and meant in one.hint.zh
