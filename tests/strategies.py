"""Random policies and villages, as the files and values that the public door takes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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


TEXT, YES_NO, PERSON, MONEY = (
    'type = "text"',
    'type = "yes/no"',
    'unit = "person"',
    'unit = "yuan/year"',
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
])  # fmt: skip
HEAD += """
[units.mu]
title = { zh = "亩", en = "mu" }
[tables.of_county]
title = { zh = "各县", en = "By county" }
keys = ["county"]
unit = "yuan/year"
source = "s"
rows = [
    { from = 2015-01-01, county = "甲县", value = 7 }, { county = "乙县", value = 12_874.01 },
    { from = 2018-06-01, county = "甲县", value = 0.07 }, { county = "丙县", value = 50_000 },
]
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


def catalogue(*programmes: str, limit: str = "50_000", crowd: str = "1_000", each: str = "8_000",
              listed: str = '["甲县", "乙县"]') -> str:  # fmt: skip
    """policies.toml of the random policies, of these programmes and with these values."""
    text = HEAD.replace("<programmes>", ", ".join(f'"{id_}"' for id_ in programmes))
    values = {"limit": limit, "crowd": crowd, "each": each, "listed": listed}
    for name, value in values.items():
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
TEXTS = ("then = \"'乙县' if poor else county\"", "then = \"'x' if reading == 'one' else name\"")
LISTS = ('value = "listed"', 'value = "listed if poor else others"')
"""What a rule may add to a list, and what may stand where none does."""
DAYS = ("", "", "", "from = 2020-01-01", "until = 2020-01-01", "from = 2020-01-02")
"""When a rule holds: all but the last on the policy's own day."""
MONEY_EDGES = [0, 1, 4_999_999, 5_000_000, 5_000_001, 100_000_000]
PEOPLE_EDGES = [0, 1, 999, 1_000, 1_001, 10_000]


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

    `rows`: values of many rows may be drawn, too; `before`: what there was last time.
    """

    money: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    once: list[str] = field(default_factory=list)
    rows: bool = False
    before: bool = False


NOTHING = Earlier()


def money(draw: st.DrawFn, outputs: Earlier = NOTHING, depth: int = 2) -> str:
    """An expression in yuan/year; not negative, so that it can weigh and cap a share."""
    plain = ["income", "funds", "limit", "cadres * each", "each * person", *outputs.money]
    plain += ["of_county[county]", "of_both[county, people]"]
    plain += [f"max(income, {one})" for one in outputs.once]
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


def over_rows(a: str, b: str, way: str) -> list[str]:
    """Values of many rows; where perhaps none counts, that is asked first."""
    return [
        f"mean({a}, per=county, to=0.01, direction='{way}')", f"sum(min({a}, 7), where=poor)",
        f"greatest({a}, per=(county, name))", f"least({a})",
        f"(least({a}, per=county, where=weak) if count(per=county, where=weak) > 0 else {b})",
        f"(mean({a}, where=poor, to=100) if sum(people, where=poor) > 0 * person else {b})",
    ]  # fmt: skip


def ranked(some: str, op: str) -> list[str]:
    """Conditions on a row's place among others."""
    return [
        f"rank({some}, per=county) <= 2", f"rank(people, where=poor) {op} 2",
        f"{some} {op} mean({some}, per=county, to=1)", f"count(per=county, where=weak) {op} 2",
    ]  # fmt: skip


def looking_back(some: str, op: str) -> list[str]:
    """Conditions on what there was last time."""
    return [
        f"before.income {op} {some}", "before.poor and not poor", "before.county in ['甲县', '']",
        "before.county != county", f"before.people {op} people",
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


def _programme(draw: st.DrawFn, number: int, outputs: Earlier) -> tuple[str, bool]:
    """One programme file, and whether its output is money."""
    policy = draw(st.sampled_from(HIT_POLICIES))
    text = policy in ("unique", "first") and draw(st.integers(0, 4)) == 0
    is_money = not text and policy in AMOUNTS
    kind = 'type = "text"' if text else ('unit = "yuan/year"' if is_money else "")
    kind += draw(st.sampled_from(["", "\npaper = false", "\npaper = true"]))
    kind += draw(st.sampled_from(["", "\npublic = true"])) if is_money else ""
    lines = [
        f'[programme]\nid = "p{number}"\ntitle = {{ zh = "项目", en = "P{number}" }}',
        f'hit_policy = "{policy}"\noutput = "o{number}"\n{kind}',
    ]
    same = money(draw, outputs)
    before: list[str] = []
    for index in range(draw(st.integers(1, 5))):
        when = condition(draw, outputs)
        if policy == "unique":
            own = " and ".join([f"({when})", *(f"not ({other})" for other in before)])
            before.append(when)
            when = own
        lines.append(f'[[rule]]\nid = "r{index}"\nsource = "s"\nwhen = "{when}"')
        lines.append(draw(st.sampled_from(DAYS)))
        if is_money:
            lines.append(_decides(draw, outputs, same if policy == "any" else None))
        elif policy == "collect":
            lines.append(draw(st.sampled_from(["", 'then = "county"', *TEXTS])))
    if policy == "collect sum" and not any("share" in line for line in lines):
        lines[1] += draw(st.sampled_from(["", "\namounts_per_rule = true"]))
    value = "" if not is_money else f'value = "{money(draw, outputs)}"'
    if policy == "collect":
        value = draw(st.sampled_from(["", *LISTS, *(f'value = "{one}"' for one in outputs.lists)]))
    lines.append(f'[otherwise]\nid = "none"\n{value}')
    also = f'[[also]]\nid = "a{number}"\nunit = "yuan/year"\n'
    also += draw(st.sampled_from(["", "public = true\n", "paper = false\npublic = true\n"]))
    if is_money and draw(st.booleans()):
        lines.append(also + f'value = "max(o{number} - funds, 0)"')
    elif policy == "collect count":
        lines.append(also + f'share = {{ pool = "limit", per = "all", by = "o{number}" }}')
    return "\n".join(lines), is_money


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
    head = f'[programme]\nid = "p{number}"\ntitle = {{ zh = "项目", en = "P{number}" }}\nper = "county"\n'
    policy, op = draw(st.sampled_from(AMOUNTS)), draw(st.sampled_from(COMPARISONS))
    head += f'hit_policy = "{policy}"\noutput = "o{number}"\nunit = "yuan/year"\n'
    tests = [
        f"count(where=weak) {op} 2", f"sum(income) {op} limit", "county in listed", "reading == 'one'",
        f"count() > 1 and sum(people, where=poor) {op} crowd", f"of_county[county] {op} 50_000",
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


def _tabled(draw: st.DrawFn, number: int, outputs: Earlier) -> tuple[str, bool, bytes]:
    """One programme file, whether its output is money, and the decision table that has its rules."""
    policy = draw(st.sampled_from([one for one in HIT_POLICIES if one != "unique"]))
    is_money = policy in AMOUNTS
    tests = {
        "county": ["-", '"甲县"', "乙县", '"甲县", 丁县', 'not("乙县")', "listed", "not(listed, 丙县)"],
        "people": ["-", "< 1_000", "[1..crowd)", "(0..1000]", "3, 1000", "not(0)", "< 1, [999..5000)"],
        "income": ["", ">= limit", "(0.01..limit]", "not([0..50000])", "< funds + 1", "50_000, > limit"],
        "poor": ["-", "yes", "否", "not(true)"],
        "reading": ["-", '"one"', "two", "not(one)"],
    }  # fmt: skip
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
    table.writerow(["id", "title", "source", *inputs, f"o{number}"])
    for index in range(draw(st.integers(1, 5))):
        gives = same if policy == "any" else money(draw, outputs) if is_money else ""
        cells = [draw(st.sampled_from(tests[name])) for name in inputs]
        table.writerow([f"r{index}", draw(st.sampled_from(["", "一行"])), "s", *cells, gives])
    head = f'[programme]\nid = "p{number}"\ntitle = {{ zh = "项目", en = "P{number}" }}\n'
    head += f'hit_policy = "{policy}"\noutput = "o{number}"\n'
    head += 'unit = "yuan/year"\n' if is_money else ""
    last = 'value = "limit"\n' if is_money else ""
    text = f'{head}rules_from = "tables/p{number}.csv"\n[otherwise]\nid = "none"\n{last}'
    return text, is_money, out.getvalue().encode()


@st.composite
def policies(draw: st.DrawFn, villages: int = 12, *, before: bool = True) -> Made:
    """A random policy that loads, and a random roster with edge values for it.

    Perhaps it looks back at what there was last time, unless that is not wanted.
    """
    outputs = Earlier(rows=True, before=before and draw(st.booleans()))
    content: dict[str, bytes] = {"rules/village.toml": VILLAGE.encode()}
    names: list[str] = []
    for number in range(draw(st.integers(1, 4))):
        if draw(st.integers(0, 7)) == 0:
            content[f"rules/p{number}.toml"] = _of_counties(draw, number, outputs).encode()
            names.append(f"p{number}")
            outputs.once.append(f"o{number}")
            continue
        if draw(st.integers(0, 4)):
            text, is_money = _programme(draw, number, outputs)
        else:
            text, is_money, content[f"tables/p{number}.csv"] = _tabled(draw, number, outputs)
        content[f"rules/p{number}.toml"] = text.encode()
        names.append(f"p{number}")
        if is_money:
            outputs.money.append(f"o{number}")
        elif 'hit_policy = "collect"\n' in text:
            outputs.lists.append(f"o{number}")
    head = catalogue(
        *names,
        limit=draw(st.sampled_from(["0", "50_000", "0.01", "90_000.55"])),
        crowd=draw(st.sampled_from(["0", "1_000"])),
        each=draw(st.sampled_from(["8_000", "0.33"])),
        listed=draw(st.sampled_from(["[]", '["甲县"]', '["甲县", "乙县"]'])),
    )
    content["policies.toml"] = head.encode()
    count = draw(st.integers(1, villages))
    bundle = Bundle("", content)
    facts = sound(bundle).facts.values() if outputs.before else ()
    return Made(bundle, columns(draw, count, [one.id for one in facts if one.of_before]))


def columns(draw: st.DrawFn, count: int, before: Iterable[str] = ()) -> dict[str, list[Value]]:
    """A roster of so many villages, of which some were not there last time."""
    codes = draw(st.permutations([f"{n:06d}" for n in range(count)]))
    many = range(count)
    there = [draw(st.booleans()) for _ in many]
    kinds: dict[str, tuple[st.SearchStrategy[Value], Value]] = {
        "before.people": (st.sampled_from(PEOPLE_EDGES), 0), "before.poor": (st.booleans(), False),
        "before.county": (st.sampled_from(COUNTIES), ""),
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
        **last,
    }
