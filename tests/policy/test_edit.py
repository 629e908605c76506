"""A dated value put into policies.toml: every other byte stays, whatever the layout."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from tests.conftest import ROOT
from tests.strategies import MONEY, programme

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.policy.bundle import Bundle, find, find_shipped
from fundcalc.policy.edit import Setting, edited
from fundcalc.policy.load import read
from fundcalc.policy.model import Parameter

HEAD = """# 政策
[policy]
id = "t"
title = { zh = "甲", en = "A" }   # a comment
on = 2020-01-01
programmes = ["p"]

[sources.s]
title = { zh = "甲", en = "A" }
[sources.t]
title = { zh = "乙", en = "B" }
"""
VILLAGE = '[facts.name]\ntitle = { zh = "村名", en = "Village" }\ntype = "text"\nrequired = true\n'
RULES = (
    programme("p", "甲", "A", "first", "o", MONEY)
    + """[[rule]]
id = "r"
when = "true"
then = "lim"
source = "s"
"""
)
ABOUT = 'title = { zh = "线", en = "L" }\nunit = "yuan/year"\nsource = "s"'
LAYOUTS = {
    "inline": f"[parameters.lim]\n{ABOUT}\nvalues = {{ 2019-01-01 = 1_000 }}\n",
    "tight": f"[parameters.lim]\n{ABOUT}\nvalues = {{2019-01-01=1,2021-01-01=3}} # why\n\n# end",
    "quoted": f'[parameters.lim]\n{ABOUT}\nvalues = {{ "2019-01-01" = 1 }} # why\n',
    "table": f"[parameters.lim]\n{ABOUT}\n\n[parameters.lim.values]\n2019-01-01 = 1 # x\n"
    '2021-01-01 = 3\n\n# about b\n[payers.b]\ntitle = { zh = "甲", en = "A" }\n',
    "dotted": f"[parameters.lim]\n{ABOUT}\nvalues.2019-01-01 = 1 # x\n  values.2021-01-01 = 3",
    "indented": f"[parameters]\n  [parameters.lim]\n  {ABOUT}\n  values = {{ 2019-01-01 = 1 }}",
    "whole": '[parameters]\nlim = { title = { zh = "线", en = "L" }, unit = "yuan/year", '
    'source = "s", values = { 2019-01-01 = 1 } }\n',
    "growing": f"[parameters.lim]\nvalues = {{ 2019-01-01 = 1_000 }}\n{ABOUT}\n"
    '[parameters.lim.growth]\nrate = "3 %"\nevery = "year"\nafter = 2019-01-01\n'
    'round = { to = 1, direction = "half up" }\n',
    "sources": f"[parameters.lim]\n{ABOUT}\nvalues = {{ 2019-01-01 = 1 }}\n"
    'sources = { 2019-01-01 = "t" }   # kept\n',
}


def bundle(parameter: str, newline: str = "\n", *, bom: bool = False) -> Bundle:
    text = (HEAD + parameter).replace("\n", newline)
    data = (b"\xef\xbb\xbf" if bom else b"") + text.encode()
    files = {"policies.toml": data, "rules/village.toml": VILLAGE.encode()}
    return Bundle("", {**files, "rules/p.toml": RULES.encode()})


def parameter(of: Bundle) -> Parameter:
    policy, found = read(of)
    assert policy is not None, found
    return policy.parameters["lim"]


def inserted(before: bytes, after: bytes) -> bool:
    """Whether `after` is `before` with something put in: no byte taken away or moved."""
    rest = iter(after)
    return all(byte in rest for byte in before)


@settings(max_examples=120)
@given(
    st.sampled_from(sorted(LAYOUTS)),
    st.dates(date(2015, 1, 1), date(2025, 12, 31)),
    st.sampled_from(["0", "1234.5", "180_000", "false", "999999999.99"]),
    st.sampled_from(["s", "t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_a_value_is_added_and_nothing_else_changes(
    layout: str, since: date, text: str, source: str, newline: str, bom: bool
) -> None:
    before = bundle(LAYOUTS[layout], newline, bom=bom)
    old = {d.since: d for d in parameter(before).values}
    setting = Setting("lim", text, since, source)
    if since in old:
        with pytest.raises(PolicyProblem):
            edited(before, setting)
        return
    if text == "false" and since <= date(2020, 1, 1):
        return  # the policy's own day would be without a value: see below
    edit = edited(before, setting)
    assert edit.before == before.content["policies.toml"]
    assert inserted(edit.before, edit.after)
    after = Bundle("", {**before.content, "policies.toml": edit.after})
    new = {d.since: d for d in parameter(after).values}
    assert {day: one for day, one in new.items() if day != since} == old
    value = new[since].value
    assert value == (None if text == "false" else round(float(text.replace("_", "")) * 100))
    assert parameter(after).source_on(since) == source
    again = edited(after, Setting("lim", "7", since, source, replace=True))
    back = Bundle("", {**after.content, "policies.toml": again.after})
    restored = edited(back, Setting("lim", text, since, source, replace=True))
    assert restored.after == edit.after


def test_the_shipped_file_changes_in_one_line() -> None:
    shipped = Bundle("", dict(find_shipped().content))
    setting = Setting("subsidy_floor", "9_000", date(2019, 7, 1), "people-daily-2017")
    edit = edited(shipped, setting)
    changed = [line for line in edit.diff().splitlines() if line[:1] in "+-"][2:]
    assert changed == [
        "-values = { 2017-01-01 = 8_000 }",
        "+values = { 2017-01-01 = 8_000, 2019-07-01 = 9_000 }",
    ]


def test_what_would_break_the_policy_is_refused() -> None:
    with pytest.raises(PolicyProblem, match="lim"):
        edited(bundle(LAYOUTS["inline"]), Setting("lim", "false", date(2019, 6, 1), "s"))


def test_the_shipped_policy_is_not_edited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PolicyProblem) as caught:
        api.set_value(None, "subsidy_floor", "1", date(2019, 7, 1), "people-daily-2017")
    assert caught.value.diagnostics[0].code == "FC921"


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(PolicyProblem) as caught:
        edited(bundle(LAYOUTS["inline"]), Setting("lim", "x", date(2019, 1, 1), "u"))
    assert [d.code for d in caught.value.diagnostics] == ["FC923", "FC924", "FC925"]


def test_a_later_value_is_explained_by_its_own_source() -> None:
    edit = edited(bundle(LAYOUTS["inline"]), Setting("lim", "2_000", date(2019, 7, 1), "t"))
    after = Bundle("", {**bundle(LAYOUTS["inline"]).content, "policies.toml": edit.after})
    one = parameter(after)
    assert one.source_on(date(2019, 6, 30)) == "s" and one.source_on(date(2020, 1, 1)) == "t"
    assert one.source_on(date(2019, 7, 1)) == "t" and one.source_on(date(2018, 12, 31)) == "s"


@pytest.mark.parametrize(
    ("day", "text", "replace", "asked"),
    [
        ("2021-01-01", "9", False, True),
        ("2021-01-01", "10.01", False, False),
        ("2021-01-01", "10", False, True),
        ("2018-01-01", "100_000", False, True),
        ("2018-01-01", "99_999.99", False, False),
        ("2019-01-01", "10", True, True),
        ("2019-01-01", "900", True, False),
        ("2021-01-01", "0", False, False),
        ("2021-01-01", "false", False, False),
    ],
)
def test_a_value_a_hundred_times_another_is_asked_about(
    day: str, text: str, replace: bool, asked: bool
) -> None:
    setting = Setting("lim", text, date.fromisoformat(day), "s", replace)
    edit = edited(bundle(LAYOUTS["inline"]), setting)
    assert [d.code for d in edit.warnings] == ["FC716"] * asked


def test_the_amount_in_yuan_is_told_and_old_jumps_are_not_told_again() -> None:
    before = bundle(LAYOUTS["inline"].replace("1_000", "170_000"))
    edit = edited(before, Setting("lim", "18", date(2021, 1, 1), "s"))
    (asked,) = edit.warnings
    assert asked.hint and "18 万元 is written 180_000" in asked.hint.en
    assert asked.where.text.strip() == "values = { 2019-01-01 = 170_000, 2021-01-01 = 18 }"
    again = Bundle("", {**before.content, "policies.toml": edit.after})
    assert not edited(again, Setting("lim", "19", date(2022, 1, 1), "s")).warnings


@pytest.mark.parametrize(
    ("name", "text", "written"),
    [
        ("rate", " 8.2 % ", '"8.2 %"'), ("rate", "0.08", "0.080"), ("line", "1234567.5", "1_234_567.50"),
        ("line", "2000", "2_000"), ("R1C1", "1000", "1_000"), ("day_now", "2001-03-31", "2001-03-31"),
        ("switch", "false", "false"), ("word_now", 'a"b', '"a\\"b"'), ("word_now", "false", "false"),
        ("县名", "甲县，乙县", '["甲县", "乙县"]'),
    ],
)  # fmt: skip
def test_a_value_of_every_type_is_written_in_toml(name: str, text: str, written: str) -> None:
    shipped = find(ROOT / "tests" / "formulas" / "everything")
    before = Bundle("", dict(shipped.content))
    edit = edited(before, Setting(name, text, date(2021, 1, 1), "paper"))
    assert f"2021-01-01 = {written} }}" in edit.after.decode()
    policy, _ = read(Bundle("", {**before.content, "policies.toml": edit.after}))
    assert policy is not None
    assert policy.parameters[name].values[-1].since == date(2021, 1, 1)


def test_a_file_that_is_wrong_is_not_edited() -> None:
    broken = bundle(LAYOUTS["inline"].replace('source = "s"', 'source = "z"'))
    with pytest.raises(PolicyProblem) as caught:
        edited(broken, Setting("lim", "1", date(2021, 1, 1), "s"))
    assert [d.code for d in caught.value.diagnostics] == ["FC108"]


def test_an_unknown_parameter_names_those_that_there_are() -> None:
    with pytest.raises(PolicyProblem) as caught:
        edited(bundle(LAYOUTS["inline"]), Setting("lom", "1", date(2021, 1, 1), "s"))
    (found,) = caught.value.diagnostics
    assert found.code == "FC922" and found.hint is not None and "`lim`" in found.hint.en


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_new_document_is_declared_below_the_others(layout: str, newline: str) -> None:
    before = bundle(LAYOUTS[layout], newline)
    new = {
        "title": {"zh": "通知“甲”", "en": "通知“甲”"},
        "publisher": "市财政局",
        "date": date(2022, 1, 5),
    }
    edit = edited(before, Setting("lim", "7", date(2022, 2, 1), "n-1", document=new))
    assert inserted(edit.before, edit.after)
    policy, found = read(edit.new)
    assert policy is not None, found
    declared = policy.sources["n-1"]
    assert (declared.title.zh, declared.publisher, declared.day) == (
        "通知“甲”",
        "市财政局",
        date(2022, 1, 5),
    )
    assert list(policy.sources)[-1] == "n-1"
    assert policy.parameters["lim"].source_on(date(2022, 2, 1)) == "n-1"
    again = Setting("lim", "8", date(2023, 2, 1), "n-1", document=new)
    with pytest.raises(PolicyProblem, match="already"):
        edited(edit.new, again)


def test_a_file_that_was_edited_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    api.init(tmp_path, "en", with_roster=False)
    assert not (tmp_path / "roster.xlsx").exists()
    edit = api.set_value(
        tmp_path, "subsidy_floor", "9_000", date(2019, 7, 1), "n=通知；市财政局；2019-06-01；第3条"
    )
    file = tmp_path / "policies.toml"
    file.write_bytes(edit.before + b"# by another\n")
    with pytest.raises(PolicyProblem) as caught:
        api.save(tmp_path, edit)
    assert [d.code for d in caught.value.diagnostics] == ["FC927"]
    assert file.read_bytes().endswith(b"# by another\n")
    file.write_bytes(edit.before)
    api.save(tmp_path, edit)
    assert api.load_policy(tmp_path).sources["n"].locator == "第3条"


# -- rows of look-up tables ------------------------------------------------------------------------

TABLE = """
[tables.base]
title = { zh = "基数", en = "Base" }
keys = ["name", "people"]
unit = "yuan/year"
source = "s"
"""
ROWS = {
    "one line": 'rows = [{ from = 2019-01-01, name = "甲", people = "0..9", value = 1_000 }, '
    '{ name = "乙", people = "0..", value = 7 }] # why\n',
    "a line each": 'rows = [\n  # 甲\n  { from = 2019-01-01, name = "甲", people = "0..9", value = 1_000 },'
    '  # kept\n  { name = "乙", people = "0..", value = 7, source = "t" },\n]\n\n# end\n',
    "no last comma": 'rows = [\n\t{from = 2019-01-01, name = "甲", people = "0..9", value = 1}\n]',
    "tables": '[[tables.base.rows]]\nfrom = 2019-01-01\nname = "甲"\npeople = "0..9"\nvalue = 1 # a\n\n'
    '[[tables.base.rows]]\nname = "乙"\npeople = "0.."\nvalue = 7\n\n# end\n',
}  # fmt: skip
FILES = {
    "plain": "from,name,people,value\n2019-01-01,甲,0..9,1000\n,乙,0..,7\n",
    "crlf": "from,name,people,value,source\r\n2019-01-01,甲,0..9,1000,t\r\n,乙,0..,7,\r\n",
    "no end": "name,people,from,value\n甲,0..9,2019-01-01,1000",
    "marks": '"from","name","people","value"\n"2019-01-01","甲","0..9","1,000"\n\n,乙,0..,"7"\n,,,\n',
    "blanks": "from, name ,people,value\n\n 2019-01-01 ,甲,0..9 ,1000\n,,,\n",
}  # fmt: skip


def with_table(rows: str, data: bytes | None = None) -> Bundle:
    rules = RULES.replace('"lim"', '"base[name, people]"')
    village = VILLAGE + (
        '[facts.people]\ntitle = { zh = "人口", en = "People" }\nunit = "person"\nrange = [0, 9]\n'
    )
    files = {
        "policies.toml": (HEAD + TABLE + rows).encode(),
        "rules/p.toml": rules.encode(),
        "rules/village.toml": village.encode(),
    }
    return Bundle("", {**files, **({"tables/base.csv": data} if data is not None else {})})


def in_file(data: bytes) -> Bundle:
    return with_table('file = "tables/base.csv"\n', data)


BUNDLES = {
    **{name: with_table(rows) for name, rows in ROWS.items()},
    **{f"csv, {name}": in_file(text.encode()) for name, text in FILES.items()},
    "csv, mark": in_file(("\ufeff" + FILES["crlf"]).encode()),
    "csv, gb18030": in_file(FILES["plain"].encode("gb18030")),
}


@pytest.mark.parametrize("name", BUNDLES)
@pytest.mark.parametrize("day", ["2019-01-01", "2020-07-01"])
def test_a_row_is_put_in_and_nothing_else(name: str, day: str) -> None:
    before, since = BUNDLES[name], date.fromisoformat(day)
    old = read(before)[0]
    assert old is not None
    setting = Setting("base[name=甲, people=0..9]", "2_500.50", since, "", replace=True)
    edit = edited(before, setting)
    new = read(edit.new)[0]
    assert new is not None
    kept = {(row.keys, row.since): row for row in old.tables["base"].rows}
    now = {(row.keys, row.since): row for row in new.tables["base"].rows}
    [key] = [key for key in now if kept.get(key) != now[key]]
    assert key[0][0] == "甲" and key[1] == since and now[key].value == 250_050
    assert set(now) == {*kept, key}
    places = [n for n, row in enumerate(new.tables["base"].rows) if row.keys[0] == "甲"]
    assert places == list(range(len(places)))  # below the row of its keys
    removed = [one for one in edit.diff().splitlines()[2:] if one.startswith("-")]
    assert len(removed) <= 1
    assert edit.before.startswith(b"\xef\xbb\xbf") == edit.after.startswith(b"\xef\xbb\xbf")
    assert (edit.before.count(b"\r\n") > 0) == (edit.after.count(b"\r\n") > 0)
    assert edited(edit.new, setting).after == edit.after


def test_a_row_of_a_new_key_or_of_a_slip_is_told() -> None:
    for name in ("one line", "csv, plain", "csv, gb18030", "tables"):
        edit = edited(BUNDLES[name], Setting("base[丙,0..]", "5", date(2020, 1, 1), ""))
        assert "FC929" in [one.code for one in edit.warnings]
        far = edited(BUNDLES["one line"], Setting("base[甲,0..9]", "18", date(2020, 1, 1), ""))
        assert "FC716" not in [one.code for one in far.warnings]
    far = edited(BUNDLES["one line"], Setting("base[甲,0..9]", "9", date(2020, 1, 1), ""))
    assert "FC716" in [one.code for one in far.warnings]


@pytest.mark.parametrize(
    ("bundle_", "name", "text", "source", "code"),
    [
        ("one line", "bse[甲,0..9]", "1", "", "FC922"),
        ("one line", "base[甲]", "1", "", "FC929"),
        ("one line", "base[]", "1", "", "FC929"),
        ("one line", "base[nam=甲,people=0..9]", "1", "", "FC929"),
        ("one line", "base[name=甲,0..9]", "1", "", "FC929"),
        ("one line", "base[甲,0..9]", "1.005", "", "FC925"),
        ("one line", "base[甲,0..9]", "18万", "", "FC925"),
        ("one line", "base[甲,0..9]", "false", "", "FC925"),
        ("one line", "base[甲,0..9]", "1", "u", "FC923"),
        ("one line", "base[甲,五]", "1", "", "FC132"),
        ("one line", "base[甲,5..12]", "1", "", "FC133"),
        ("csv, plain", "base[甲,5..12]", "1", "", "FC133"),
        ("csv, plain", "base[甲,0..9]", "1", "t", "FC929"),
        ("csv, plain", "base[甲,0..9]", "1", "n=通知", "FC929"),
    ],
)
def test_a_row_that_cannot_be_is_refused(
    bundle_: str, name: str, text: str, source: str, code: str
) -> None:
    id_, new, title = source.partition("=")
    document = {"title": {"zh": title, "en": title}} if new else None
    day = date(2019, 1, 1) if code == "FC133" else date(2020, 1, 1)
    with pytest.raises(PolicyProblem) as problem:
        edited(BUNDLES[bundle_], Setting(name, text, day, id_, document=document))
    assert code in [one.code for one in problem.value.diagnostics]


def test_a_row_taken_is_replaced_only_when_asked() -> None:
    for name in ("tables", "csv, marks"):
        with pytest.raises(PolicyProblem) as problem:
            edited(BUNDLES[name], Setting("base[甲,0..9]", "1", date(2019, 1, 1), ""))
        assert problem.value.diagnostics[0].code == "FC924"


def test_a_row_has_a_source_of_its_own() -> None:
    new = {"title": {"zh": "通知", "en": "Notice"}}
    edit = edited(
        BUNDLES["a line each"],
        Setting("base[甲,0..9]", "2_000", date(2020, 1, 1), "n", document=new),
    )
    policy = read(edit.new)[0]
    assert policy is not None and "n" in policy.sources
    assert [row.source for row in policy.tables["base"].rows] == [None, "n", "t"]
    again = edited(BUNDLES["csv, crlf"], Setting("base[甲,0..9]", "2", date(2020, 1, 1), "t"))
    policy = read(again.new)[0]
    assert policy is not None
    assert [row.source for row in policy.tables["base"].rows] == ["t", "t", None]


def test_a_workbook_is_left_alone_and_a_row_is_saved_to_its_file(tmp_path: Path) -> None:
    book = Workbook()
    for row in [line.split(",") for line in FILES["plain"].splitlines()]:
        book.active.append(row)
    book.save(tmp_path / "base.xlsx")
    files = with_table('file = "tables/base.xlsx"\n').content
    there = Bundle("", {**files, "tables/base.xlsx": (tmp_path / "base.xlsx").read_bytes()})
    with pytest.raises(PolicyProblem) as problem:
        edited(there, Setting("base[乙,0..]", "8", date(2020, 1, 1), ""))
    assert [one.code for one in problem.value.diagnostics] == ["FC929"]
    before = BUNDLES["csv, gb18030"]
    for name, data in before.content.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    edit = api.set_value(tmp_path, "base[name=乙,people=0..]", "8", date(2020, 1, 1), "")
    api.save(tmp_path, edit)
    text = (tmp_path / "tables" / "base.csv").read_text(encoding="gb18030")
    assert text == FILES["plain"] + "2020-01-01,乙,0..,8\n"
    assert "+2020-01-01,乙,0..,8" in edit.diff()
