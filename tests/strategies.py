"""Random policies and villages, as the files and values that the public door takes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from hypothesis import assume
from hypothesis import strategies as st

from fundcalc.base.diagnostics import render
from fundcalc.language.nodes import Value
from fundcalc.policy.bundle import Bundle
from fundcalc.policy.load import read
from fundcalc.policy.model import Policy
from tests.closed_sets import AMOUNTS, COMPARISONS, DIRECTIONS, HIT_POLICIES

COUNTIES = ("甲县", "乙县", "丙县")


def fact(id_: str, zh: str, en: str, *lines: str) -> str:
    """A fact of a village; `lines` say what it is like."""
    return _table("facts", id_, zh, en, lines)


def parameter(id_: str, zh: str, en: str, value: str, *lines: str) -> str:
    """A parameter that has one value from 2019."""
    return _table(
        "parameters", id_, zh, en, (*lines, f'source = "s"\nvalues = {{ 2019-01-01 = {value} }}')
    )


def _table(kind: str, id_: str, zh: str, en: str, lines: Iterable[str]) -> str:
    return "\n".join([f'[{kind}.{id_}]\ntitle = {{ zh = "{zh}", en = "{en}" }}', *lines, ""])


def programme(id_: str, zh: str, en: str, hit_policy: str, output: str, *lines: str) -> str:
    """The head of a programme's file; `lines` say of what kind its output is, and who pays."""
    head = f'[programme]\nid = "{id_}"\ntitle = {{ zh = "{zh}", en = "{en}" }}'
    return "\n".join([head, f'hit_policy = "{hit_policy}"\noutput = "{output}"', *lines, ""])


TEXT, YES_NO, PERSON, MONEY, DATE = (
    'type = "text"',
    'type = "yes/no"',
    'unit = "person"',
    'unit = "yuan/year"',
    'type = "date"',
)
REQUIRED = "required = true"
HEAD = """
[policy]
id = "random"
title = { zh = "随机", en = "Random" }
on = 2020-01-01
programmes = [<programmes>]
[sources.s]
title = { zh = "无", en = "None" }
[readings.reading]
question = { zh = "？", en = "?" }
chosen = "one"
options = { one = { zh = "一", en = "one" }, two = { zh = "二", en = "two" } }
""" + "".join([
    parameter("limit", "线", "Limit", "<limit>", MONEY),
    parameter("crowd", "人数线", "Crowd", "<crowd>", PERSON),
    parameter("each", "每人", "Each", "<each>", 'unit = "yuan/(person·year)"'),
    parameter("listed", "名单", "Listed", "<listed>"),
    parameter("others", "另一名单", "Others", '["丙县", "甲县"]'),
    parameter("reform", "改革之日", "Reform", "2018-02-28"),
    parameter("per_plot", "每块", "By the plot", "67.91", 'unit = "yuan/(plot·year)"'),
    parameter("eighth", "八分之一", "Eighth", '"12.5 %"'),
    parameter("grown", "增长线", "Grown", "30_000.01", MONEY),
])  # fmt: skip
HEAD += """
[parameters.grown.growth]
rate = "<rate>"
every = "<every>"
after = 2011-03-05
round = { to = 0.01, direction = "half up" }
[units.plot]
title = { zh = "块", en = "plot" }
[tables.of_county]
title = { zh = "各县", en = "By county" }
keys = ["county"]
unit = "yuan/year"
source = "s"
<of_county>
[tables.rates]
title = { zh = "增长率", en = "Rates" }
keys = ["year"]
source = "s"
rows = [{ year = "..2013", value = "3 %" }, { year = "2014..", value = "-2.55 %" }]
[tables.of_people]
title = { zh = "各档", en = "By band" }
keys = ["people"]
type = "text"
source = "s"
rows = [
    { people = "..999", value = "小" }, { people = "1_000", value = "中" },
    { people = "1001..", value = "大" },
]
[tables.of_bands]
title = { zh = "分档", en = "Bands" }
keys = ["income"]
source = "s"
rows = [
    { income = "0..36000", value = 0.03 }, { income = "36000.01..144000", value = "10 %" },
    { income = "144000.01..", value = 0.2 },
]
[tables.of_both]
title = { zh = "县与人口", en = "By both" }
keys = ["county", "people"]
unit = "yuan/year"
decimals = 1
source = "s"
rows = [
    { county = "甲县", people = "0..999", value = 1.5 },
    { county = "甲县", people = "1000..", value = 200 },
    { county = "乙县", people = "0..", value = 3 },
    { county = "丙县", people = "0..4999", value = 40_000.5 },
    { county = "丙县", people = "5000..10000", value = 5 },
]
"""


OF_COUNTY = """rows = [
    { from = 2015-01-01, county = "甲县", value = 7 }, { county = "乙县", value = 12_874.01 },
    { from = 2018-06-01, county = "甲县", value = 0.07 }, { county = "丙县", value = 50_000 },
]"""
OF_COUNTY_FILE = """from,county,value
2015-01-01,甲县,7
,乙县,"12,874.01"
2018-06-01,甲县,0.07
,丙县,50000
"""
"""The same rows, in policies.toml and as a file."""


def catalogue(*programmes: str, **given: str) -> str:
    """policies.toml of the random policies, of these programmes and with these values."""
    text = HEAD.replace("<programmes>", ", ".join(f'"{id_}"' for id_ in programmes))
    values = {
        "limit": "50_000", "crowd": "1_000", "each": "8_000", "listed": '["甲县", "乙县"]',
        "rate": "rates", "every": "3 years", "of_county": OF_COUNTY,
    }  # fmt: skip
    for name, value in {**values, **given}.items():
        text = text.replace(f"<{name}>", value)
    return text


VILLAGE = "".join([
    fact("code", "代码", "Code", TEXT),
    fact("name", "村名", "Village", TEXT, REQUIRED),
    fact("county", "县", "County", TEXT, REQUIRED),
    fact("people", "人口", "People", PERSON, "range = [0, 10_000]", REQUIRED),
    fact("cadres", "干部", "Cadres", PERSON, "range = [0, 100]", REQUIRED),
    fact("income", "收入", "Income", MONEY, "range = [0, 1_000_000]", REQUIRED),
    fact("funds", "经费", "Funds", MONEY, "range = [0, 1_000_000]", REQUIRED),
    fact("poor", "贫困", "Poor", YES_NO),
    fact("weak", "软弱", "Weak", YES_NO),
])  # fmt: skip
DRAWN = VILLAGE + "".join([
    fact("born", "出生", "Born", DATE, REQUIRED),
    fact("left", "离任", "Left", DATE, "default = 2020-02-29"),
    fact("area", "面积", "Area", 'unit = "plot"', "decimals = 2", "range = [0, 5_000]", REQUIRED),
    fact("score", "得分", "Score", "decimals = 1", "range = [-10, 100]", REQUIRED),
])  # fmt: skip
"""The facts of random policies; those with days and decimals beyond the ones above."""
MUSTS = (
    "cadres <= people + 100", "income + funds >= 0", "round(income / 3, 0.01, 'down') <= income",
    "born <= left or score <= 100", "area >= 0 and (poor or not poor)",
)  # fmt: skip
"""What holds of every row, though it may take a row to see it."""
FAILING = ("not (poor and weak) or people < 9_999", "left >= '2018-02-28' or cadres < 100")
"""What does not hold of some."""
TEXTS = ("then = \"'乙县' if poor else county\"", "then = \"'x' if reading == 'one' else name\"")
LISTS = ('value = "listed"', 'value = "listed if poor else others"')
"""What a rule may add to a list, and what may stand where none does."""
LATER = "from = 2020-01-02"
DAYS = ("", "", "", "from = 2020-01-01", "until = 2020-01-01", LATER)
"""When a rule holds: all but the last on the policy's own day."""
PERIODS = (("", ""), ("", ""), ("2020-01-01", "2020-06-30"), ("2020-01-02", ""))
"""The same in the columns of a decision table."""
MONEY_EDGES = [0, 1, 4_999_999, 5_000_000, 5_000_001, 100_000_000]
PEOPLE_EDGES = [0, 1, 999, 1_000, 1_001, 10_000]
AREA_EDGES = [0, 1, 1_234, 1_235, 1_236, 500_000]
SCORE_EDGES = [-100, -1, 0, 1, 599, 600, 1_000]
DAY_EDGES = [
    date(year, month, day).toordinal()
    for year, month, day in (
        (1900, 3, 1), (1960, 1, 1), (1960, 1, 2), (1960, 2, 29), (2000, 2, 29), (2018, 2, 27),
        (2018, 2, 28), (2018, 3, 1), (2019, 12, 31), (2020, 1, 1), (2020, 2, 28), (2020, 2, 29),
        (2020, 12, 31), (2099, 12, 31),
    )
]  # fmt: skip


def loaded(files: Mapping[str, str]) -> Policy:
    """The policy of these files, which must be sound."""
    return sound(Bundle("", {name: text.encode() for name, text in files.items()}))


def sound(bundle: Bundle) -> Policy:
    """A policy in which nothing is wrong."""
    policy, found = read(bundle)
    assert policy is not None, "\n".join(render(d, "en") for d in found[:3])
    return policy


@dataclass(frozen=True)
class Made:
    """A random policy's files and a roster's columns for it."""

    bundle: Bundle
    columns: dict[str, list[Value]]


def _number(draw: st.DrawFn, edges: list[int], most: int) -> int:
    return draw(st.one_of(st.sampled_from(edges), st.integers(0, most)))


@dataclass(frozen=True)
class Earlier:
    """Outputs of the programmes before: amounts, lists of rules or texts, and amounts `once` for a county.

    `fine`: those once for a name in a county; `others`: outputs of each other kind of KINDS.
    `rows`: values of many rows may be drawn, too; `before`: what there was last time.
    """

    money: list[str] = field(default_factory=list)
    others: dict[str, list[str]] = field(default_factory=dict)
    lists: list[str] = field(default_factory=list)
    once: list[str] = field(default_factory=list)
    fine: list[str] = field(default_factory=list)
    rows: bool = False
    before: bool = False


NOTHING = Earlier()


def money(draw: st.DrawFn, outputs: Earlier = NOTHING, depth: int = 2) -> str:
    """An expression in yuan/year; not negative, so that it can weigh and cap a share."""
    plain = ["income", "funds", "limit", "grown", "cadres * each", "each * person", *outputs.money]
    plain += ["of_county[county]", "of_both[county, people]"]
    plain += [f"max(income, {one})" for one in (*outputs.once, *outputs.fine)]
    if outputs.before:
        plain += ["before.income", "before.people * each", *(f"before.{o}" for o in outputs.money)]
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from([*plain, "50_000", "0.01", "0"]))
    a, b = money(draw, outputs, depth - 1), money(draw, outputs, depth - 1)
    way = draw(st.sampled_from(DIRECTIONS))
    return draw(
        st.sampled_from(
            [
                f"max({a}, {b})",
                f"min({a}, {b})",
                f"({a} + {b})",
                f"max({a} - ({b}), 0)",
                f"abs({a} - ({b}))",
                f"({a} if {condition(draw, outputs, 1)} else {b})",
                f"round(({a}) * 0.07, 0.01, '{way}')",
                f"round(({a}) / 3, 100, '{way}')",
                f"round((funds + {a}) * eighth, 0.01, '{way}')",
                f"round(area * per_plot, 0.01, '{way}')",
                f"abs(round((funds + {a}) * score / 70, 1, '{way}'))",
                f"round((funds + {a}) * {in_office(draw)}, 0.01, '{way}')",
                f"round(scale({a}, of_bands), 0.01, '{way}')",
                f"round((funds + {a}) / 3 + (income + {b}) / 7, 0.01, '{way}')",
                f"abs(round(-((funds + {a}) / 3) - (income + {b}) * 0.25, 1, '{way}'))",
                f"round((funds + {a}) / 7 * (people / (people + 1)), 0.01, '{way}')",
                f"round((funds + {a}) * people / (people + 1), 0.01, '{way}')",
                f"(round((funds + {a}) * people / (people - 9), 1, '{way}') if people > 9 else {b})",
                *(over_rows(a, b, way) if outputs.rows else ()),
            ]
        )
    )


def day(draw: st.DrawFn, outputs: Earlier = NOTHING) -> str:
    """An expression that is a day."""
    plain = ["born", "left", "reform", "on", "date('2020-02-29')", "date(1960, 1, 2)"]
    plain += outputs.others.get("date", [])
    some = [
        "max(born, left)", "min(left, reform, '2018-03-01')", "date(year(born) + 60, 1, 31)",
        "(born if poor else left)", "date(year(left), 12, 31)",
    ]  # fmt: skip
    some += ["least(born, per=county)", "greatest(left)"] if outputs.rows else []
    return draw(st.sampled_from([*plain, *some]))


def days(draw: st.DrawFn) -> str:
    """How many days there are between two."""
    return draw(st.sampled_from(["days(born, left)", "days(reform, left)", "days(left, on)"]))


def in_office(draw: st.DrawFn) -> str:
    """A part of a year, by days or months."""
    parts = [
        f"min(max({days(draw)}, 0 * day), 366 * day) / (365 * day)",
        "min(max(months(born, left), 0 * month), 12 * month) / (12 * month)",
    ]
    return draw(st.sampled_from(parts))


def of_days(draw: st.DrawFn, op: str, outputs: Earlier) -> list[str]:
    """Conditions on days."""
    return [
        f"{day(draw, outputs)} {op} {day(draw, outputs)}", f"born {op} '2018-02-28'",
        f"years(born, {day(draw, outputs)}) {op} 59", f"months(born, left) {op} 24 * month",
        f"{days(draw)} {op} 365 * day", f"year(born) + 60 {op} year(left)",
        f"(year(left) == 2020 and date(year(left), 2, 29) {op} left)",
    ]  # fmt: skip


def over_rows(a: str, b: str, way: str) -> list[str]:
    """Values of many rows; where perhaps none counts, that is asked first."""
    return [
        f"mean({a}, per=county, to=0.01, direction='{way}')", f"sum(min({a}, 7), where=poor)",
        f"greatest({a}, per=(county, name))", f"least({a})",
        f"round((income + {a}) * (rank(area, per=county) / count(per=county)), 0.01, '{way}')",
        f"(least({a}, per=county, where=weak) if count(per=county, where=weak) > 0 else {b})",
        f"(mean({a}, where=poor, to=100) if sum(people, where=poor) > 0 * person else {b})",
    ]  # fmt: skip


def ranked(some: str, op: str) -> list[str]:
    """Conditions on a row's place among others."""
    return [
        f"rank({some}, per=county) <= 2", f"rank(people, where=poor) {op} 2",
        f"{some} {op} mean({some}, per=county, to=1)", f"count(per=county, where=weak) {op} 2",
        f"area {op} mean(area, per=county, to=0.1)", f"score {op} greatest(score, where=people >= 0)",
        f"count(where=born < reform) {op} 2", f"born {op} least(left, per=county)",
        f"sum(area, where=score > 0) {op} 100",
    ]  # fmt: skip


def looking_back(some: str, op: str) -> list[str]:
    """Conditions on what there was last time."""
    return [
        f"before.income {op} {some}", "before.poor and not poor", "before.county in ['甲县', '']",
        "before.county != county", f"before.people {op} people", f"before.area {op} area",
        f"before.score {op} score",
    ]  # fmt: skip


def condition(draw: st.DrawFn, outputs: Earlier = NOTHING, depth: int = 2) -> str:
    """A condition over facts, parameters, the reading and earlier outputs."""
    if depth == 0 or draw(st.integers(0, 2)) == 0:
        op = draw(st.sampled_from(COMPARISONS))
        way = draw(st.sampled_from(DIRECTIONS))
        names = draw(st.sampled_from(["listed", "(listed if weak else others)", *outputs.lists]))
        some = draw(st.sampled_from(["income", "funds", "limit", *outputs.money]))
        some = draw(st.sampled_from([some, *(f"max(funds, {one})" for one in outputs.once)]))
        return draw(
            st.sampled_from(
                [
                    f"income {op} limit", f"people {op} crowd", f"{some} {op} 50_000",
                    f"50_000 {op} {some}", f"{some} {op} income", "poor", "not weak",
                    f"county in {names}", f"'r0' not in {names}", "county not in ['甲县', '丁县']",
                    "county == '乙县'",
                    "reading == 'one'", f"cadres * each {op} {some}", "0 < people <= crowd",
                    "poor == weak", "true", "false",
                    f"years(date(1960, 1, 2), on) {op} 59", f"year(on) {op} 2020",
                    f"days(on, date(2020, 2, 29)) {op} 60",
                    *of_days(draw, op, outputs),
                    f"area {op} 12.35", f"score {op} 59.9", f"score {op} eighth * 480",
                    f"area * per_plot {op} {some}",
                    "of_people[people] == '大'", f"of_county[county] {op} {some}",
                    f"people > 0 and round({some} / (people * 3), 0.01, '{way}') > 1",
                    *(ranked(some, op) if outputs.rows else ()),
                    *(looking_back(some, op) if outputs.before else ()),
                ]
            )
        )  # fmt: skip
    a, b = condition(draw, outputs, depth - 1), condition(draw, outputs, depth - 1)
    return draw(
        st.sampled_from([f"({a} and {b})", f"({a} or {b})", f"not ({a})",
                         f"({a} if {b} else poor)"])
    )  # fmt: skip


KINDS = {
    "money": MONEY, "text": TEXT, "date": DATE, "yes/no": YES_NO, "person": PERSON,
    "plot": 'unit = "plot"\ndecimals = 2', "score": 'unit = "1"\ndecimals = 1', "year": 'unit = "year"',
}  # fmt: skip
"""What a programme may decide, and how its head says so."""


def value(draw: st.DrawFn, kind: str, outputs: Earlier) -> str:
    """An expression of one of the KINDS."""
    if kind == "money":
        return money(draw, outputs)
    if kind == "date":
        return day(draw, outputs)
    if kind == "yes/no":
        return condition(draw, outputs, 1)
    if kind == "text" and draw(st.integers(0, 3)) == 0:
        return "of_people[people]"
    way = draw(st.sampled_from(DIRECTIONS))
    rows = {
        "plot": ["mean(area, per=county, to=0.01)", "sum(area, where=poor)"],
        "score": ["least(score, per=county)"], "person": ["greatest(people)", "sum(cadres)"],
    }  # fmt: skip
    some = {
        "text": ["county", "name", "'x'", "'乙县' if poor else county"],
        "person": ["people", "people - cadres", "crowd", f"round(people * eighth, 1, '{way}')", "person"],
        "plot": ["area", "max(area, 12.35)", f"round(area * eighth, 0.01, '{way}')", "area + 2 * plot"],
        "score": ["score", "-score", f"round(score / 3, 0.1, '{way}')", "59.5", "score - 0.1"],
        "year": ["years(born, left)", "abs(years(born, on))", "3"],
    }[kind]  # fmt: skip
    some = [*some, *outputs.others.get(kind, []), *(rows.get(kind, []) if outputs.rows else [])]
    if kind == "score" and outputs.before:
        some.append("before.score")
    a, b = draw(st.sampled_from(some)), draw(st.sampled_from(some))
    return draw(st.sampled_from([a, a, f"({a} if {condition(draw, outputs, 0)} else {b})"]))


def _kind(draw: st.DrawFn, policy: str) -> str:
    """What a programme of this hit policy decides."""
    any_type = ["text", "text", "date", "date", "yes/no", "yes/no"]
    some = ["person", "plot", "score", "year"]
    some += any_type if policy in ("unique", "first", "any") else []
    return draw(st.sampled_from([*some, *["money"] * len(some)]))


def _head(draw: st.DrawFn, policy: str, kind: str) -> str:
    """How a programme says what it decides, with what papers have of it."""
    lines = KINDS.get(kind, "")
    lines += draw(st.sampled_from(["", "\npaper = false", "\npaper = true"]))
    if kind in ("money", "person", "plot") and policy in AMOUNTS:
        lines += draw(st.sampled_from(["", "\npublic = true"]))
    if policy in AMOUNTS and kind not in ("text", "date", "yes/no"):
        lines += draw(st.sampled_from(["", "", '\ndirection = "charge"']))
    return lines


def _programme(draw: st.DrawFn, number: int, outputs: Earlier, *, stops: bool) -> tuple[str, str]:
    """One programme file, and of what kind its output is."""
    policy = draw(st.sampled_from(HIT_POLICIES))
    kind = {"collect": "list", "collect count": "count"}.get(policy) or _kind(draw, policy)
    period = draw(st.sampled_from(DAYS))
    inner = ("",) if period else DAYS  # what is within the programme may not reach beyond it
    lines = [
        f'[programme]\nid = "p{number}"\ntitle = {{ zh = "项目", en = "P{number}" }}',
        f'hit_policy = "{policy}"\noutput = "o{number}"\n{_head(draw, policy, kind)}',
        period,
    ]
    same = value(draw, kind, outputs) if kind in KINDS else ""
    before: list[str] = []
    for index in range(draw(st.integers(1, 5))):
        when = condition(draw, outputs)
        if policy == "unique":
            own = " and ".join([f"({when})", *(f"not ({other})" for other in before)])
            before.append(when)
            when = own
        lines.append(f'[[rule]]\nid = "r{index}"\nsource = "s"\nwhen = "{when}"')
        lines.append(draw(st.sampled_from(inner)))
        if kind == "money":
            lines.append(_decides(draw, outputs, same if policy == "any" else None))
        elif kind == "list":
            lines.append(draw(st.sampled_from(["", 'then = "county"', *TEXTS])))
        elif kind != "count" and (policy == "any" or kind != "text" or draw(st.booleans())):
            lines.append(f'then = "{same if policy == "any" else value(draw, kind, outputs)}"')
    if policy == "collect sum" and not any("share" in line for line in lines):
        lines[1] += draw(st.sampled_from(["", "\namounts_per_rule = true"]))
    since = (
        "" if period else draw(st.sampled_from(["", "", "from = 2019-01-01", "until = 2020-01-01"]))
    )
    lines.append(f'[otherwise]\nid = "none"\n{since}\n{_without(draw, kind, outputs)}')
    also = f'[[also]]\nid = "a{number}"\nunit = "yuan/year"\n'
    also += draw(st.sampled_from(["", "public = true\n", "paper = false\npublic = true\n"]))
    also += draw(st.sampled_from(["", "", 'direction = "charge"\n']))
    if kind == "money" and draw(st.booleans()):
        lines.append(also + f'value = "max(o{number} - funds, 0)"')
    elif kind == "date":
        lines.append(f'[[also]]\nid = "a{number}"\ntype = "date"\nvalue = "max(o{number}, left)"')
    elif kind == "count":
        days = draw(st.sampled_from(inner))
        share = f'pool = "limit", per = "all", by = "o{number}"{days and f", {days}"}'
        lines.append(f"{also}share = {{ {share} }}")
    if kind in ("money", "plot", "count", "person"):
        zero = {"money": "0", "plot": "-1 * plot", "count": "0", "person": "-1_000_000_000"}[kind]
        musts = ["", "", f"sum(o{number}) >= {zero}", "count() >= count(where=poor)"]
        musts += [f"sum(o{number}) != {zero}", "count(where=weak) < 5"] if stops else []
        must = draw(st.sampled_from(musts))
        lines.append(f'[[must]]\nper = "all"\nwhen = "{must}"' if must else "")
    return "\n".join(lines), kind


def _without(draw: st.DrawFn, kind: str, outputs: Earlier) -> str:
    """What there is where no rule holds, of which a list or a text may say nothing."""
    if kind == "count":
        return ""
    if kind == "list":
        lists = [f'value = "{one}"' for one in outputs.lists]
        return draw(st.sampled_from(["", *LISTS, *lists]))
    if kind == "text" and draw(st.booleans()):
        return ""
    return f'value = "{value(draw, kind, outputs)}"'


def _decides(draw: st.DrawFn, outputs: Earlier, fixed: str | None) -> str:
    if fixed is not None or draw(st.integers(0, 3)):
        return f'then = "{fixed or money(draw, outputs)}"'
    pool = draw(
        st.sampled_from(
            ["limit", "limit * count()", "sum(income, where=poor)", "limit * count(where=weak)"]
        )
    )
    per = draw(st.sampled_from(["county", "all", "village", "county if reading == 'one' else all"]))
    if per == "county" and draw(st.booleans()):
        pool = "of_county[county]"
        per = draw(st.sampled_from([per, '["county", "name"]']))
    most = draw(st.sampled_from(["", "income", "cadres * each"]))
    least = draw(st.sampled_from(["", "", "funds", "income if poor else 0"]))
    ends = f', at_most = "{most}"' if most else ""
    if least:
        least = f"min({least}, {most})" if most else least
        pool += f" + sum({least})"  # so that it comes to the floors
        ends += f', at_least = "{least}"'
        ends += draw(st.sampled_from(["", ', rest_to = "next year"']))
    by = draw(st.sampled_from(["1", "people", money(draw, outputs, 1)]))
    per = per if per.startswith("[") else f'"{per}"'
    return f'share = {{ pool = "{pool}", per = {per}, by = "{by}"{ends} }}'


def _of_counties(draw: st.DrawFn, number: int, outputs: Earlier) -> str:
    """One programme file that decides once for a county."""
    per = draw(st.sampled_from(['"county"', '["county"]', '["county", "name"]']))
    head = (
        f'[programme]\nid = "p{number}"\ntitle = {{ zh = "项目", en = "P{number}" }}\nper = {per}\n'
    )
    policy, op = draw(st.sampled_from(AMOUNTS)), draw(st.sampled_from(COMPARISONS))
    head += f'hit_policy = "{policy}"\noutput = "o{number}"\nunit = "yuan/year"\n'
    head += draw(st.sampled_from(["", "", 'direction = "charge"\n', f"{LATER}\n"]))
    tests = [
        f"count(where=weak) {op} 2", f"sum(income) {op} limit", "county in listed", "reading == 'one'",
        f"count() > 1 and sum(people, where=poor) {op} crowd", f"of_county[county] {op} 50_000",
        f"least(born) {op} reform", f"sum(area) {op} 100",
        *(f"{one} {op} limit" for one in outputs.once),
    ]  # fmt: skip
    gives = [
        "limit", "greatest(funds)", "round(sum(income) * 0.07, 0.01, 'down')", "of_county[county]",
        "mean(income, to=0.01)",
        *outputs.once, *(f"greatest({one})" for one in outputs.money),
    ]  # fmt: skip
    lines, before = [head], list[str]()
    for index in range(draw(st.integers(1, 3))):
        when = draw(st.sampled_from(tests))
        others = [f"not ({one})" for one in before] if policy == "unique" else []
        before.append(when)
        then = gives[0] if policy == "any" else draw(st.sampled_from(gives))
        when = " and ".join([f"({when})", *others])
        lines.append(f'[[rule]]\nid = "r{index}"\nsource = "s"\nwhen = "{when}"\nthen = "{then}"')
    lines.append(f'[otherwise]\nid = "none"\nvalue = "{draw(st.sampled_from(gives))}"')
    return "\n".join(lines)


def _tabled(draw: st.DrawFn, number: int, outputs: Earlier) -> tuple[str, str, bytes]:
    """One programme file, of what kind its output is, and the decision table that has its rules."""
    policy = draw(st.sampled_from([one for one in HIT_POLICIES if one != "unique"]))
    is_money = policy in AMOUNTS
    tests = {
        "county": ["-", '"甲县"', "乙县", '"甲县", 丁县', 'not("乙县")', "listed", "not(listed, 丙县)"],
        "people": ["-", "< 1_000", "[1..crowd)", "(0..1000]", "3, 1000", "not(0)", "< 1, [999..5000)"],
        "income": ["", ">= limit", "(0.01..limit]", "not([0..50000])", "< funds + 1", "50_000, > limit"],
        "poor": ["-", "yes", "否", "not(true)"],
        "reading": ["-", '"one"', "two", "not(one)"],
        "born": ["-", "< 2018-02-28", "[1960-01-02..reform)", "2020-02-29", "not(<= left)"],
        "area": ["-", "[12.34..12.36]", "> 12.35", "0, 5_000"],
        "score": ["", "< 0", "not(59.9)", "[-0.1..60.0)"],
    }  # fmt: skip
    tests |= {id_: ["-", "> 2018-02-28", "<= left"] for id_ in outputs.others.get("date", [])}
    tests |= {id_: ["-", "> 0", "not(< 50_000)"] for id_ in outputs.money}
    if outputs.before:
        tests |= {
            "before.people": ["-", "< people", "(0..999]"],
            "before.county": ["-", '""', '"甲县"'],
        }
    inputs = draw(st.lists(st.sampled_from(sorted(tests)), min_size=1, max_size=4, unique=True))
    same = money(draw, outputs)
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(["id", "title", "source", "from", "until", *inputs, f"o{number}"])
    for index in range(draw(st.integers(1, 5))):
        gives = same if policy == "any" else money(draw, outputs) if is_money else ""
        cells = [draw(st.sampled_from(tests[name])) for name in inputs]
        title, period = draw(st.sampled_from(["", "一行"])), draw(st.sampled_from(PERIODS))
        table.writerow([f"r{index}", title, "s", *period, *cells, gives])
    head = f'[programme]\nid = "p{number}"\ntitle = {{ zh = "项目", en = "P{number}" }}\n'
    head += f'hit_policy = "{policy}"\noutput = "o{number}"\n'
    head += 'unit = "yuan/year"\n' if is_money else ""
    last = 'value = "limit"\n' if is_money else ""
    text = f'{head}rules_from = "tables/p{number}.csv"\n[otherwise]\nid = "none"\n{last}'
    kind = {"collect": "list", "collect count": "count"}.get(policy, "money")
    return text, kind, out.getvalue().encode()


@st.composite
def policies(
    draw: st.DrawFn, villages: int = 12, *, before: bool = True, stops: bool = False
) -> Made:
    """A random policy that loads, and a random roster with edge values for it.

    Perhaps it looks back at what there was last time, unless that is not wanted; where `stops` it may
    ask what does not hold, so that nothing is decided.
    """
    outputs = Earlier(rows=True, before=before and draw(st.booleans()))
    content: dict[str, bytes] = {"rules/village.toml": _facts(draw, stops=stops).encode()}
    names, in_force = list[str](), False
    for number in range(draw(st.integers(1, 4))):
        names.append(f"p{number}")
        if draw(st.integers(0, 7)) == 0:
            text = _of_counties(draw, number, outputs)
            content[f"rules/p{number}.toml"] = text.encode()
            known = outputs.fine if '"name"]' in text else outputs.once
            known.extend([] if LATER in text else [f"o{number}"])
            in_force |= LATER not in text
            continue
        if draw(st.integers(0, 4)):
            text, kind = _programme(draw, number, outputs, stops=stops)
        else:
            text, kind, content[f"tables/p{number}.csv"] = _tabled(draw, number, outputs)
        content[f"rules/p{number}.toml"] = text.encode()
        if LATER in text.partition("[[rule]]")[0]:
            continue  # what is not yet in force cannot be used
        in_force = True
        if kind == "money":
            outputs.money.append(f"o{number}")
        elif kind == "list":
            outputs.lists.append(f"o{number}")
        else:
            outputs.others.setdefault(kind, []).append(f"o{number}")
    assume(in_force)
    filed = draw(st.booleans())
    head = catalogue(
        *names,
        limit=draw(st.sampled_from(["0", "50_000", "0.01", "90_000.55"])),
        crowd=draw(st.sampled_from(["0", "1_000"])),
        each=draw(st.sampled_from(["8_000", "0.33"])),
        listed=draw(st.sampled_from(["[]", '["甲县"]', '["甲县", "乙县"]'])),
        rate=draw(st.sampled_from(["rates", "3 %", "-1.5 %"])),
        every=draw(st.sampled_from(["year", "3 years", "9 years"])),
        of_county='file = "tables/of_county.csv"' if filed else OF_COUNTY,
    )
    content["policies.toml"] = head.encode()
    if filed:
        content["tables/of_county.csv"] = OF_COUNTY_FILE.encode()
    count = draw(st.integers(1, villages))
    bundle = Bundle("", content)
    facts = sound(bundle).facts.values() if outputs.before else ()
    return Made(bundle, columns(draw, count, [one.id for one in facts if one.of_before]))


def _facts(draw: st.DrawFn, *, stops: bool) -> str:
    """rules/village.toml: what a row is, what it may say, and what must hold of it."""
    of = '[roster]\nof = { zh = "户", en = "household" }\ngroups = ["county"]\n'
    musts = [*MUSTS, *FAILING] if stops else MUSTS
    there = draw(st.lists(st.sampled_from(musts), max_size=1)) if draw(st.booleans()) else []
    asked = [f'[[must]]\nwhen = "{one}"\n' for one in there]
    return "".join([draw(st.sampled_from(["", of])), DRAWN, *asked])


def columns(draw: st.DrawFn, count: int, before: Iterable[str] = ()) -> dict[str, list[Value]]:
    """A roster of so many villages, of which some were not there last time."""
    codes = draw(st.permutations([f"{n:06d}" for n in range(count)]))
    many = range(count)
    there = [draw(st.booleans()) for _ in many]
    kinds: dict[str, tuple[st.SearchStrategy[Value], Value]] = {
        "before.people": (st.sampled_from(PEOPLE_EDGES), 0), "before.poor": (st.booleans(), False),
        "before.county": (st.sampled_from(COUNTIES), ""),
        "before.area": (st.sampled_from(AREA_EDGES), 0), "before.score": (st.sampled_from(SCORE_EDGES), 0),
    }  # fmt: skip
    money = st.sampled_from(MONEY_EDGES), 0
    last = {
        id_: [draw(kinds.get(id_, money)[0]) if one else kinds.get(id_, money)[1] for one in there]
        for id_ in before
    }
    return {
        "code": list(codes),
        "name": [f"村{code}" for code in codes],
        "county": [draw(st.sampled_from(COUNTIES)) for _ in many],
        "people": [_number(draw, PEOPLE_EDGES, 10_000) for _ in many],
        "cadres": [_number(draw, [0, 1, 100], 100) for _ in many],
        "income": [_number(draw, MONEY_EDGES, 100_000_000) for _ in many],
        "funds": [_number(draw, MONEY_EDGES, 100_000_000) for _ in many],
        "poor": [draw(st.booleans()) for _ in many],
        "weak": [draw(st.booleans()) for _ in many],
        "born": [draw(st.sampled_from(DAY_EDGES)) for _ in many],
        "left": [draw(st.sampled_from(DAY_EDGES)) for _ in many],
        "area": [_number(draw, AREA_EDGES, 500_000) for _ in many],
        "score": [draw(st.sampled_from(SCORE_EDGES)) for _ in many],
        **last,
    }
