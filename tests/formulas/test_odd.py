"""What seldom stands in a policy, and is awkward in a workbook: names, texts, lists of lists, old days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from fundcalc import api
from fundcalc.analysis.prove import prove
from fundcalc.analysis.sides import Version
from fundcalc.engines.calculate import Engine, calculate, reference
from fundcalc.language.nodes import Value
from fundcalc.policy.bundle import Bundle, find
from fundcalc.policy.load import read
from fundcalc.policy.plan import Plan
from tests.cli.clean import cleaned
from tests.conftest import Cli
from tests.formulas import books
from tests.formulas.office import soffice
from tests.formulas.test_recalculated import Desk

ODD = Path(__file__).parent / "odd"
TOWNS = ("甲镇", "乙镇", "", "丙镇", "r0")
Columns = dict[str, list[Value]]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return api.plan(api.load_policy(ODD))


def facts(
    days: Sequence[date] = (date(1905, 3, 1), date(1949, 12, 31), date(2020, 1, 1)),
) -> Columns:
    """Every town with every kind of number, each with and without the flag."""
    rows = [
        (town, n, flag) for town in TOWNS for n in (-5, 3, 4, 17, 901) for flag in (True, False)
    ]
    return {
        "code": [f"{at:03}" for at in range(len(rows))], "name": [f"村{at}" for at in range(len(rows))],
        "town": [town for town, _, _ in rows], "n": [n for _, n, _ in rows],
        "day": [days[at % len(days)].toordinal() for at in range(len(rows))],
        "flag": [flag for *_, flag in rows],
    }  # fmt: skip


@pytest.mark.parametrize("engine", ["rules", "columnar"])
def test_both_engines_choose_between_lists(plan: Plan, engine: Engine) -> None:
    columns = facts()
    found, expected = calculate(plan, columns, engine=engine), reference(plan, columns)
    for id_ in ("words", "more_words", "asked"):
        assert list(found.column(id_)) == list(expected.column(id_))
    asked = dict(zip(zip(columns["town"], columns["n"], columns["flag"], strict=True),
                     expected.column("asked"), strict=True))  # fmt: skip
    assert asked["丙镇", 3, True] == 3 and asked["丙镇", 3, False] == 7  # in `other` only
    assert asked["乙镇", 3, True] == 3 and asked["甲镇", 17, True] == 5


def test_duckdb_chooses_between_lists(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("duckdb", reason="duckdb is not installed")
    columns = facts()
    rows = zip(*columns.values(), strict=True)
    lines = [
        f"{c},{v},{t},{n},{date.fromordinal(int(str(d)))},{'是' if f else '否'}"
        for c, v, t, n, d, f in rows
    ]
    path = tmp_path / "r.csv"
    path.write_text("\n".join([",".join(columns), *lines]) + "\n", encoding="utf-8")
    for name, more in (("a.csv", ()), ("b.csv", ("--backend", "duckdb"))):
        given = cleaned(cli, path, "--policy", ODD) if more else path
        assert cli("run", given, "--policy", ODD, *more, "-o", name, "--no-record").code == 0
    assert (tmp_path / "a.csv").read_text("utf-8-sig") == (tmp_path / "b.csv").read_text(
        "utf-8-sig"
    )


def test_a_choice_between_lists_is_proved_to_be_what_it_is(plan: Plan) -> None:
    """Written the other way round it is equal; with the lists exchanged a village shows that it is not."""
    turned = "short if not flag else other"
    verdicts = {}
    for written in (turned, "short if flag else other"):
        content = dict(find(ODD).content)
        text = content["rules/listed.toml"].decode()
        content["rules/listed.toml"] = text.replace("other if flag else short", written).encode()
        policy, found = read(Bundle("", content))
        assert policy is not None, found
        sides = [Version(one.id, one, one.on, {}, {}) for one in (plan.policy, policy)]
        verdicts[written] = {one.output: one.how for one in prove(sides).judged}
    assert verdicts[turned]["words"] == "proved" and verdicts[turned]["asked"] == "proved"
    assert verdicts["short if flag else other"]["words"] == "differs"


@pytest.mark.office
@pytest.mark.skipif(soffice() is None, reason="LibreOffice (soffice) is not on this machine")
@pytest.mark.xdist_group("office")
def test_libreoffice_comes_to_the_same(tmp_path: Path, plan: Plan) -> None:
    """As it is, and with other facts and other values in the cells of parameters."""
    desk = Desk(tmp_path)
    assert not desk.write(plan, facts())
    other = facts()
    other["flag"] = [not flag for flag in other["flag"]]
    desk.change(other, {"a": 4, "A_": 6, "𠮷": 8, "blank_too": ("乙镇", ""), "other": ("r0",)})
    desk.agree()


def test_names_that_no_spreadsheet_takes_for_cells_nor_for_one_another(plan: Plan) -> None:
    names = books.lowered(plan, facts()).names
    assert names["a"] == "a_" and names["A_"] == "A__" and names["𠮷"] == "name_20bb7"
    assert len({name.casefold() for name in names.values()}) == len(names)


def test_texts_that_no_formula_holds_stand_in_cells(tmp_path: Path, plan: Plan) -> None:
    books.write(tmp_path / "b.xlsx", plan, facts())
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    kept = {name: where for name, where in book.defined_names.items() if name.startswith("text__")}
    found = set()
    for where in kept.values():
        [(sheet, cell)] = where.destinations
        found.add(book[sheet][cell.replace("$", "")].value)
    assert found == {"很长的说明" * 60, "two\nlines"}


def test_answers_are_chosen_in_words_and_taken_by_their_ids(tmp_path: Path, plan: Plan) -> None:
    books.write(tmp_path / "b.xlsx", plan, facts())
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    [(sheet, cell)] = book.defined_names[books.lowered(plan, facts()).names["wordy"]].destinations
    reading = plan.policy.readings["wordy"]
    row = int(cell.replace("$", "")[1:])
    assert book[sheet][f"B{row}"].value == reading.options["one"].en
    [allowed] = [
        one for one in book[sheet].data_validations.dataValidation if f"B{row}" in one.sqref
    ]
    last = row + len(reading.options) - 1
    assert allowed.formula1 == f"$C${row}:$C${last}"
    answers = {
        book[sheet][f"E{at}"].value: book[sheet][f"C{at}"].value for at in range(row, last + 1)
    }
    assert answers == {option: words.en for option, words in reading.options.items()}


def test_days_before_spreadsheets_begin_are_texts_and_what_rests_on_them_is_no_formula(
    tmp_path: Path, plan: Plan
) -> None:
    """Spreadsheets number the days before March 1900 each in its own way."""
    old = facts((date(1899, 12, 31), date(1950, 1, 1)))
    assert books.write(tmp_path / "b.xlsx", plan, old) == ["FC850"] * 2
    found = books.lowered(plan, old)
    assert [(id_, why.en.partition(":")[0]) for id_, why in found.left_out] == [
        ("periods", "a day lies before March 1900, which spreadsheets do not number alike"),
        ("in_period", "it rests on a list that has no formula"),
    ]
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    sheet = book["Inputs"]
    column = [cell.value for cell in sheet[3]].index("day")
    days = [row[column].value for row in sheet.iter_rows(min_row=4, max_row=5)]
    assert days[0] == "1899-12-31" and days[1].isoformat().startswith("1950-01-01")


def test_a_list_with_a_blank_item_is_stored_without_a_formula(tmp_path: Path, plan: Plan) -> None:
    """Where it is shown; whether something stands in it a formula can tell."""
    content = dict(find(ODD).content)
    text = content["rules/listed.toml"].decode()
    content["rules/listed.toml"] = text.replace(
        "if flag else short", "if flag else blank_too"
    ).encode()
    policy, problems = read(Bundle("", content))
    assert policy is not None, problems
    run = api.calculate(api.plan(policy), books.roster_of(facts()))
    warned = api.write(run, tmp_path / "b.xlsx", "en")
    said = [
        (one.code, one.message.en.partition(":")[0], one.message.en.split(": ")[1])
        for one in warned
    ]
    assert said == [
        ("FC850", "no formula for `words`", "its list has a blank item, which no cell shows"),
        ("FC850", "no formula for `asked`", "it rests on a list that has no formula"),
    ]
    assert {one.hint.en for one in warned if one.hint} == {"the results themselves are exact"}
