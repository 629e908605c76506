"""Decision tables: what cells mean, what is refused, and that rules written as a table read back alike."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from tests.conformance import corpus
from tests.strategies import Made, policies, sound

from fundcalc.analysis.check import check_policy
from fundcalc.analysis.prove import prove
from fundcalc.analysis.sides import Version
from fundcalc.base.diagnostics import Diagnostic, PolicyProblem
from fundcalc.engines.calculate import reference
from fundcalc.language.show import show
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.load import read
from fundcalc.policy.model import Policy, Programme
from fundcalc.policy.plan import make_plan
from fundcalc.reports.show import write_policy

POLICIES = """
[policy]
id = "small"
title = { zh = "小", en = "Small" }
on = 2024-01-01
programmes = ["rate"]
[sources.s]
title = { zh = "无", en = "None" }
[parameters.far]
title = { zh = "远", en = "Far" }
source = "s"
values = { 2017-01-01 = ["丙县"] }
[parameters.line]
title = { zh = "线", en = "Line" }
unit = "yuan/year"
source = "s"
values = { 2017-01-01 = 5 }
"""
VILLAGE = """
[facts.name]
title = { zh = "村", en = "Village" }
type = "text"
[facts.county]
title = { zh = "县", en = "County" }
type = "text"
[facts.people]
title = { zh = "人口", en = "People" }
unit = "person"
range = [0, 10_000]
[facts.income]
title = { zh = "收入", en = "Income" }
unit = "yuan/year"
[facts.since]
title = { zh = "设立", en = "Since" }
type = "date"
[facts.poor]
title = { zh = "贫困", en = "Poor" }
type = "yes/no"
"""
RATE = """
[programme]
id = "rate"
title = { zh = "标准", en = "Rate" }
hit_policy = "first"
output = "lodging"
unit = "yuan/year"
rules_from = "tables/rate.csv"
[otherwise]
id = "none"
value = 0
"""


def of(table: bytes, name: str = "tables/rate.csv", rate: str = RATE) -> Bundle:
    rate = rate.replace("tables/rate.csv", name)
    return Bundle("", {
        "policies.toml": POLICIES.encode(), "rules/village.toml": VILLAGE.encode(),
        "rules/rate.toml": rate.encode(), name: table,
    })  # fmt: skip


def sheet(*rows: dict[str, object]) -> bytes:
    """A .csv with these rows; what they leave out is blank."""
    heads = list(
        dict.fromkeys(["id", "source", *(head for row in rows for head in row), "lodging"])
    )
    out = io.StringIO(newline="")
    made = csv.DictWriter(out, heads, restval="")
    made.writeheader()
    made.writerows(
        {"id": f"r{n}", "source": "s", "lodging": 1, **row} for n, row in enumerate(rows)
    )
    return out.getvalue().encode()


def when(**cells: object) -> str:
    """What one row comes to."""
    return show(sound(of(sheet(cells))).programme("rate").rules[0].when)


@pytest.mark.parametrize(
    ("name", "cell", "means"),
    [
        ("people", "100", "people == 100"),
        ("people", "< 1_000", "people < 1000"),
        ("people", ">=100", "people >= 100"),
        ("people", "[100..200)", "people >= 100 and people < 200"),
        ("people", "(3 .. 7]", "people > 3 and people <= 7"),
        ("people", "3, 500", "people in [3, 500]"),
        ("people", "not(3)", "people != 3"),
        ("people", "not( 3, 5 )", "people not in [3, 5]"),
        ("people", "< 3, 5, [7..9]", "people < 3 or people == 5 or people >= 7 and people <= 9"),
        ("people", "not(< 3, > 9)", "not (people < 3 or people > 9)"),
        ("people", "not([3..9])", "not (people >= 3 and people <= 9)"),
        ("income", "-5.50", "income == -5.5"),
        ("income", "< line", "income < line"),
        ("income", "line * 2", "income == line * 2"),
        ("income", "not(line)", "income != line"),
        ("income", "[line..max(line, 7))", "income >= line and income < max(line, 7)"),
        ("county", '"甲县"', "county == '甲县'"),
        ("county", "甲县", "county == '甲县'"),
        ("county", '"甲县","乙 县"', "county in ['甲县', '乙 县']"),
        ("county", 'not("甲县")', "county != '甲县'"),
        ("county", "not(甲县, 乙县)", "county not in ['甲县', '乙县']"),
        ("county", "not（甲县）", "county != '甲县'"),
        ("county", '"a, \\"b\\""', "county == 'a, \"b\"'"),
        ("county", "far", "county in far"),
        ("county", "not(far)", "county not in far"),
        ("county", 'far, "甲县"', "county in far or county == '甲县'"),
        ("since", "2017-01-31", "since == date('2017-01-31')"),
        ("since", "<= 2017-01-31", "since <= date('2017-01-31')"),
        ("since", '[2017-01-31..date("2018-01-31")]',
         "since >= date('2017-01-31') and since <= date('2018-01-31')"),
        ("poor", "yes", "poor"),
        ("poor", "否", "not poor"),
        ("poor", "not(TRUE)", "not poor"),
        ("poor", "-", "true"),
        ("county", "", "true"),
    ],
)  # fmt: skip
def test_a_cell_means(name: str, cell: str, means: str) -> None:
    assert when(**{name: cell}) == means


def faults(bundle: Bundle) -> list[Diagnostic]:
    policy, found = read(bundle)
    assert policy is None
    return found


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        *[("people", cell) for cell in (
            "1,000", "１,５００", "1，500", "5²", "[1,000..2,000)",
            "100-200", "1万", "60%", "100元", "≥ 3", "=3", "!= 3", "3,", "not()",
            "[3..7", "3..7", "]3..7[", "<", "any", "–", "*", "'3'", '"3"', "not(3), 4", "[7]", "1.5.2",
            "100 200", "2017/1/1", "not not(3)",
        )],
        *[("county", cell) for cell in (
            "*", "–", "income", '"甲县', "甲县;乙县", "“甲县”", "甲 县", "< 3", '["甲"..]', "!甲县", "=甲县",
            "'甲县'", "甲县，乙县", "#REF!", "line", "not甲县 (", "…",
        )],
        *[("since", cell) for cell in (
            "2017-1-1", "2017/01/01", "2017-02-30", "2017年1月1日", "2017", "20170101", "yes",
        )],
        *[("poor", cell) for cell in ("maybe", "1", "√", "yes, no", "< yes", "poor")],
    ],
)  # fmt: skip
def test_what_is_no_test_is_refused_at_its_cell(name: str, cell: str) -> None:
    found = faults(of(sheet({"people": "-", name: cell})))
    heads = {"people": "C2"}
    assert {d.where.file for d in found} == {f"tables/rate.csv!{heads.get(name, 'D2')}"}, cell


def test_a_file_that_is_no_table() -> None:
    many = b"id,source,people,lodging\n" + b"".join(
        b"r%d,s,%d,1\n" % (n, n) for n in range(100_000)
    )
    for table, code in ((many, "FC130"), (b"", "FC130"), (b"\xff\xfe\xff", "FC805")):
        assert [d.code for d in faults(of(table))] == [code]
    assert [d.code for d in faults(of(b"no workbook", "tables/rate.xlsx"))] == ["FC805"]


def workbook(rows: list[list[object]], merged: str = "") -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    if merged:
        book.worksheets[0].merge_cells(merged)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


HEADS: list[object] = ["id", "source", "county", "people", "since", "poor", "lodging"]


def test_a_workbook_of_typed_cells() -> None:
    rows = [HEADS, ["a", "s", '"甲县"', 100, datetime(2017, 1, 31), True, 12.5]]
    rule = sound(of(workbook(rows), "tables/rate.xlsx")).programme("rate").rules[0]
    means = "county == '甲县' and people == 100 and since == date('2017-01-31') and poor"
    assert (show(rule.when), rule.then and show(rule.then)) == (means, "12.5")
    assert rule.span.file == "tables/rate.xlsx!A2"


def test_cells_of_a_workbook_that_would_read_as_blank_are_refused() -> None:
    formula = workbook([HEADS, ["a", "s", "甲县", "=1+2", None, None, "=3"]])
    found = faults(of(formula, "tables/rate.xlsx"))
    assert {d.where.file for d in found} == {"tables/rate.xlsx!D2", "tables/rate.xlsx!G2"}
    joined = workbook(
        [HEADS, *[[f"r{n}", "s", "甲县", n, None, None, 1] for n in range(3)]], "C2:C4"
    )
    assert [d.where.file for d in faults(of(joined, "tables/rate.xlsx"))] == ["tables/rate.xlsx!C2"]


def test_rows_hold_from_a_day_until_a_day() -> None:
    table = sheet(
        {"from": "2017-01-01", "until": "2017-12-31"}, {"from": "2018-01-01", "people": 3}
    )
    policy = sound(of(table))
    there = [
        make_plan(policy, day).programme("rate").rules
        for day in (date(2017, 12, 31), date(2018, 1, 1))
    ]
    assert [[rule.id for rule in rules] for rules in there] == [["r0"], ["r1"]]
    found = faults(of(sheet({"from": "2017-13-01", "until": "2017/12/31"}, {"from": "x"})))
    assert [d.where.file for d in found] == [
        f"tables/rate.csv!{cell}" for cell in ("C2", "C3", "D2")
    ]
    turned = faults(of(sheet({"from": "2018-01-01", "until": "2017-12-31"})))
    assert [(d.code, d.where.file) for d in turned] == [("FC134", "tables/rate.csv!D2")]


def test_a_title_that_looks_like_a_formula_is_a_text(tmp_path: Path) -> None:
    policy = sound(of(sheet({"title": "=1+1", "people": "3"})))
    write_policy(make_plan(policy), ["rate"], tmp_path / "rate.csv", "zh")
    table = (tmp_path / "rate.csv").read_bytes()
    assert b"'=1+1" in table
    title = sound(of(table)).programme("rate").rules[0].title
    assert title is not None and title.zh == "=1+1"


# -- written and read back ----------------------------------------------------------------------------


def again(policy: Policy, one: Programme, folder: Path, ending: str) -> Policy | None:
    """The policy with a programme's rules as `show` writes them in a table; None if it holds them not."""
    path = folder / f"again{ending}"
    told = write_policy(make_plan(policy), [one.id], path, "zh")
    if any(d.message.en.startswith("rule ") for d in told):
        return None
    name = f"rules/{one.id}.toml"
    whole = policy.files[name].decode()
    head, _, rest = whole.partition("[[rule]]")
    if rest:
        tail = rest.partition("\n[otherwise]")
        whole = head + (tail[1] + tail[2] if tail[1] else "")
    from_there = f'hit_policy = "{one.hit_policy}"'
    lines = [line for line in whole.split("\n") if not line.startswith("rules_from")]
    text = "\n".join(lines).replace(
        from_there, f'{from_there}\nrules_from = "tables/again{ending}"'
    )
    files = {**policy.files, name: text.encode(), f"tables/again{ending}": path.read_bytes()}
    return sound(Bundle("", files))


def texts(one: Programme) -> list[tuple[str, str, str, str | None]]:
    return [(r.id, show(r.when), show(r.then) if r.then else "", r.source) for r in one.rules]


DECISIONS = corpus.policy("decisions")


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@pytest.mark.parametrize("id_", DECISIONS.listed)
def test_a_table_is_read_back_as_it_was(id_: str, ending: str, tmp_path: Path) -> None:
    one = DECISIONS.programme(id_)
    back = again(DECISIONS, one, tmp_path, ending)
    assert back is not None
    rules = [replace(rule, span=one.span) for rule in one.rules]
    assert [replace(rule, span=one.span) for rule in back.programme(id_).rules] == rules


def in_toml(rules: str) -> str:
    """The programme with rules of its own instead of a table."""
    return RATE.replace('rules_from = "tables/rate.csv"\n', "") + rules


def test_rules_in_toml_are_proved_equal_to_their_table(tmp_path: Path) -> None:
    rate = in_toml(
        """
[[rule]]
id = "a"
source = "s"
when = "0 < people <= 100 and line <= income and (county in ['甲县', '乙县'] or county == '丙县')"
then = "income - 1 if income > 9 else 0"
[[rule]]
id = "b"
source = "s"
when = "not (people > 5 or people < 2) and not poor and income < 3.5 and since >= date('2017-01-31')"
then = 3
"""
    )
    whole = sound(of(b"", rate=rate))
    write_policy(make_plan(whole), ["rate"], tmp_path / "rate.csv", "zh")
    table = sound(of((tmp_path / "rate.csv").read_bytes()))
    one, other = (Version("v", policy, policy.on, {}, {}) for policy in (whole, table))
    assert prove((one, other)).equal
    changed = sound(of((tmp_path / "rate.csv").read_bytes().replace(b"< 3.5", b"<= 3.5")))
    assert not prove((one, Version("v", changed, changed.on, {}, {}))).equal


def test_a_rule_that_asks_for_the_day_itself_is_no_row(tmp_path: Path) -> None:
    """A table has no column of the day of the values; what rests on it is told and stays in the rules."""
    rate = in_toml(
        """
[[rule]]
id = "a"
source = "s"
when = "on >= date('2017-01-31') and people > 0"
then = 3
"""
    )
    policy = sound(of(b"", rate=rate))
    with pytest.raises(PolicyProblem) as refused:
        write_policy(make_plan(policy), ["rate"], tmp_path / "rate.csv", "en")
    [told] = refused.value.diagnostics
    assert told.code == "FC934" and "on >= date('2017-01-31')" in told.message.en


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(policies(villages=12))
def test_random_rules_are_read_back_as_they_were(made: Made) -> None:
    """As the same texts where they came of a table, and with the same results where they did not."""
    policy = sound(made.bundle)
    in_force = {one.id for one in make_plan(policy).programmes}
    for one in policy.programmes:
        if one.has_pool or one.id not in in_force:
            continue
        with tempfile.TemporaryDirectory() as folder:
            back = again(policy, one, Path(folder), ".xlsx")
        if back is None:
            continue
        table = f"tables/{one.id}.csv" in policy.files
        assert texts(back.programme(one.id)) == texts(one) if table else True
        assert outcome(back, made) == outcome(policy, made)


def outcome(policy: Policy, made: Made) -> object:
    """What the row evaluator makes of the roster, or why it stops."""
    try:
        result = reference(make_plan(policy), made.columns)
    except PolicyProblem as problem:
        return sorted({d.code for d in problem.diagnostics})
    return result.rows, result.fired


def test_a_gap_and_an_overlap_of_many_rows_are_shown_by_a_village() -> None:
    ends = [[n * 10, n * 10 + 9] for n in range(300)]
    ends[120][1] += 2  # to 1211, where the next begins at 1210
    ends[200][0] += 3  # 2000 to 2002 are left out
    rows = [{"people": f"[{low}..{high}]", "lodging": 5 + low} for low, high in ends]
    rows[-1]["people"] = ">= 2990"
    rate = RATE.partition("[otherwise]")[0].replace('"first"', '"unique"')
    found = check_policy(sound(of(sheet(*rows), rate=rate)))
    told = {d.code: d for d in found if d.code in ("FC111", "FC701", "FC706")}
    assert list(told) == ["FC111", "FC701"]
    places = [span.file for span in told["FC701"].spans]
    assert places == ["tables/rate.csv!A123", "tables/rate.csv!A122"]
    shown = {code: int(str((d.witness or {})["people"])) for code, d in told.items()}
    assert 2000 <= shown["FC111"] <= 2002 and 1210 <= shown["FC701"] <= 1211


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_date_that_a_row_gives_is_read_back(tmp_path: Path, ending: str) -> None:
    day = """\
[programme]
id = "rate"
title = { zh = "到期", en = "Until" }
hit_policy = "first"
output = "until_day"
type = "date"

[[rule]]
id = "many"
source = "s"
when = "people > 3"
then = "date('2020-02-29')"

[otherwise]
id = "few"
value = "date('2018-12-31')"
"""
    policy = sound(of(b"", rate=day))
    back = again(policy, policy.programme("rate"), tmp_path, ending)
    assert back is not None
    assert texts(back.programme("rate")) == texts(policy.programme("rate"))
    head = day.partition("[[rule]]")[0] + 'rules_from = "tables/rate.csv"\n'
    cells = b"id,people,until_day\nmany,> 3,2020/2/29\n"
    _, problems = read(of(cells, rate=head + day[day.index("[otherwise]") :]))
    assert "FC132" in {one.code for one in problems}


def test_hidden_rows_of_a_workbook_decide_and_are_told() -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(workbook([HEADS, *[[f"r{n}", "s", "甲县", n, None, None, 1] for n in range(3)]]))
    )
    book.worksheets[0].row_dimensions[3].hidden = True
    out = io.BytesIO()
    book.save(out)
    policy, told = read(of(out.getvalue(), "tables/rate.xlsx"))
    assert policy is not None and len(policy.programme("rate").rules) == 3
    assert ("FC132", "tables/rate.xlsx!A3") in {(d.code, d.where.file) for d in told}


def test_a_title_above_the_headings_is_told_once() -> None:
    titled = workbook([["2018年住宿费标准"], HEADS, ["a", "s", "甲县", 100, None, None, 1]])
    (only,) = faults(of(titled, "tables/rate.xlsx"))
    assert only.code == "FC131" and "2018年住宿费标准" in only.message.zh
