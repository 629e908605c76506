"""One fault put into sound files: what it is called, and the very text to which it points."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.strategies import MONEY, TEXT, programme

from fundcalc.base.diagnostics import Diagnostic, PolicyProblem, errors
from fundcalc.base.width import width
from fundcalc.policy.bundle import Bundle, find
from fundcalc.policy.cases import read_cases
from fundcalc.policy.load import read
from fundcalc.policy.plan import make_plan

CATALOGUE = """[policy]
id = "t"
title = { zh = "甲", en = "A" }
on = 2020-06-30
programmes = ["grant", "kind", "part"]
[sources.paper]
title = { zh = "文件", en = "Paper" }
[payers.city]
title = { zh = "市", en = "City" }
[readings.edge]
question = { zh = "含本数？", en = "Inclusive?" }
chosen = "in"
options = { in = { zh = "含", en = "yes" }, out = { zh = "不含", en = "no" } }
[parameters.floor]
title = { zh = "标准", en = "Floor" }
unit = "yuan/year"
source = "paper"
values = { 2020-01-01 = 1_000 }
[parameters.floor.growth]
rate = "3 %"
every = "year"
after = 2020-02-29
round = { to = 10, direction = "half up" }
[parameters.named]
title = { zh = "名单", en = "Named" }
source = "paper"
values = { 2020-01-01 = ["甲县"] }
"""
VILLAGE = """[facts.name]
title = { zh = "村名", en = "Village" }
type = "text"
required = true
[facts.county]
title = { zh = "县", en = "County" }
type = "text"
options = ["甲县", "乙县"]
default = "甲县"
[facts.people]
title = { zh = "人口", en = "People" }
unit = "person"
range = [0, 5_000]
default = 3
example = 17
[facts.founded]
title = { zh = "设立", en = "Founded" }
type = "date"
range = [1950-01-01, 2020-12-31]
default = 1960-01-01
[facts.poor]
title = { zh = "贫困", en = "Poor" }
type = "yes/no"
default = true
"""
GRANT = (
    programme(
        "grant",
        "补助",
        "Grant",
        "first",
        "amount",
        MONEY,
        'payer = "city"',
    )
    + """[[rule]]
id = "old"
source = "paper"
when = "founded < '1960-01-01' and county in named"
then = 2_000.50
because = { zh = "{founded} {{早}}", en = "{founded} is early" }
[[rule]]
id = "large"
source = "paper"
when = "people >= 1_000 and edge == 'in'"
then = "floor"
[otherwise]
id = "none"
value = 0
source = "paper"
[[also]]
id = "twice"
unit = "yuan/year"
value = "amount * 2"
[[summary]]
id = "granted"
title = { zh = "享受", en = "Granted" }
among = "people > 0"
count = "amount > 0"
round = { to = 0.001, direction = "down" }
"""
)
KIND = (
    programme("kind", "类别", "Kind", "unique", "called", TEXT)
    + """[[rule]]
id = "small"
source = "paper"
when = "people < 100"
[otherwise]
id = "other"
"""
)
PART = (
    programme("part", "份额", "Part", "collect sum", "share_of_it", MONEY)
    + """[[rule]]
id = "shared"
source = "paper"
when = "poor"
share = { pool = "floor * count()", per = "county", by = "people", at_most = "floor" }
[otherwise]
id = "no_share"
value = 0
"""
)
CASES = """[[case]]
name = "A small one"
readings = { edge = "out" }
village = { people = 10, founded = 1955-01-01 }
expect = { amount = 2_000.5, called = "small", twice = 4_001 }
fired = { grant = ["old"] }
hinges_on = ["edge"]
"""
FILES = {
    "policies.toml": CATALOGUE, "rules/village.toml": VILLAGE, "rules/grant.toml": GRANT,
    "rules/kind.toml": KIND, "rules/part.toml": PART, "rules/cases/c.toml": CASES,
}  # fmt: skip


def found_in(name: str, old: str, new: str) -> tuple[list[Diagnostic], str]:
    """Everything said of the files with one text replaced, and the replaced file."""
    assert FILES[name].count(old) == 1
    texts = {**FILES, name: FILES[name].replace(old, new)}
    bundle = Bundle("", {path: text.encode() for path, text in texts.items()})
    policy, found = read(bundle)
    return found + (read_cases(bundle, policy)[1] if policy else []), texts[name]


def pointed_at(text: str, found: Diagnostic) -> str:
    """The text under the carets, which count wide characters as two."""
    span, columns = found.spans[0], ""
    for char in text.split("\n")[span.line - 1]:
        columns += char + "\0" * (width(char) - 1)
    return columns[span.column - 1 : span.end_column - 1].replace("\0", "")


def test_the_files_are_sound() -> None:
    bundle = Bundle("", {path: text.encode() for path, text in FILES.items()})
    policy, found = read(bundle)
    assert policy is not None and not found
    (case,), problems = read_cases(bundle, policy)
    assert not problems
    (village,) = case.villages
    assert village.facts["county"] == "甲县" and village.facts["poor"] is True
    assert {one.id: one.value for one in village.outputs} == {
        "amount": 200_050, "called": "small", "twice": 400_100,
    }  # fmt: skip
    assert policy.facts["people"].example == 17


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "at"),
    [
        # policies.toml
        ("policies.toml", '"grant", "kind"', '"grant", "kind", "grant"', "FC107", '"grant"'),
        ("policies.toml", 'chosen = "in"', 'chosen = "no"', "FC109", '"no"'),
        ("policies.toml", "to = 10", "to = 0", "FC115", "0"),
        ("policies.toml", "to = 10", "to = 0.001", "FC115", "0.001"),
        ("policies.toml", "to = 10", 'to = "ten"', "FC115", '"ten"'),
        ("policies.toml", '"half up"', '"half"', "FC104", '"half"'),
        ("policies.toml", '"3 %"', '"three"', "FC116", '"three"'),
        ("policies.toml", "values = { 2020-01-01 = 1_000 }", "values = {}", "FC103", "{}"),
        ("policies.toml", "= 1_000 }", '= "many" }', "FC115", '"many"'),
        ("policies.toml", "= 1_000 }", "= 0.001 }", "FC115", "0.001"),
        ("policies.toml", '["甲县"]', '["甲县", 1]', "FC115", '["甲县", 1]'),
        ("policies.toml", 'source = "paper"\nvalues = { 2020-01-01 = 1_000',
         'source = "letter"\nvalues = { 2020-01-01 = 1_000', "FC108", '"letter"'),
        # village.toml
        ("rules/village.toml", "[0, 5_000]", "[5_000, 0]", "FC115", "[5_000, 0]"),
        ("rules/village.toml", "[0, 5_000]", "[0.5, 2]", "FC115", "[0.5, 2]"),
        ("rules/village.toml", "[0, 5_000]", "[1950-01-01, 2]", "FC115", "[1950-01-01, 2]"),
        ("rules/village.toml", "[1950-01-01, 2020-12-31]", "[1950, 2020]", "FC115", "[1950, 2020]"),
        ("rules/village.toml", "default = 3", "default = 3.5", "FC115", "3.5"),
        ("rules/village.toml", "example = 17", 'example = "a few"', "FC115", '"a few"'),
        ("rules/village.toml", "default = 1960-01-01", "default = 1960", "FC115", "1960"),
        ("rules/village.toml", "default = true", 'default = "yes"', "FC115", '"yes"'),
        ("rules/village.toml", 'default = "甲县"', 'default = "丁县"', "FC115", '"丁县"'),
        ("rules/village.toml", 'unit = "person"', 'unit = "persom"', "FC105", '"persom"'),
        # programmes
        ("rules/grant.toml", 'unit = "yuan/year"\npayer', "payer", "FC102", "programme"),
        ("rules/grant.toml", 'payer = "city"', 'payer = "town"', "FC108", '"town"'),
        ("rules/grant.toml", "value = 0\n", "", "FC102", "otherwise"),
        ("rules/grant.toml", 'value = 0\nsource = "paper"', 'value = 0\nsource = "x"', "FC108", '"x"'),
        ("rules/grant.toml", "then = 2_000.50", "then = 1960-01-01", "FC205", "1960-01-01"),
        ("rules/grant.toml", "then = 2_000.50", "then = true", "FC205", "true"),
        ("rules/grant.toml", "then = 2_000.50", "then = [1]", "FC103", "[1]"),
        ("rules/grant.toml", 'value = "amount * 2"', "", "FC110", "also"),
        ("rules/grant.toml", 'among = "people > 0"', 'among = "people"', "FC205", "people"),
        ("rules/grant.toml", 'among = "people > 0"', 'among = "nobody > 0"', "FC203", "nobody"),
        ("rules/grant.toml", "to = 0.001", "to = 0", "FC115", "0"),
        ("rules/grant.toml", '"none"', '"large"', "FC107", '"large"'),
        ("rules/grant.toml", '"large"', '"7"', "FC106", '"7"'),
        ("rules/grant.toml", "{founded} {{早}}", "{founded} {早}", "FC113",
         '"{founded} {早}"'),
        ("rules/grant.toml", 'id = "twice"', 'id = "people"', "FC107", '"people"'),
        ("rules/grant.toml", '"amount * 2"', '"amount / 2"', "FC207", "amount / 2"),
        ("rules/grant.toml", '"amount * 2"', '"min(amount / 2, 1)"', "FC207", "amount / 2"),
        ("rules/grant.toml", '"amount * 2"', '"count()"', "FC204", "count()"),
        ("rules/kind.toml", '"unique"', '"collect sum"', "FC117", '"text"'),
        ("rules/kind.toml", '"unique"', '"collect"\nunit = "person"', "FC117", '"collect"'),
        ("rules/part.toml", 'by = "people"', 'by = "county"', "FC103", '"county"'),
        ("rules/part.toml", 'per = "county"', 'per = "people"', "FC205", "people"),
        ("rules/part.toml", 'per = "county"', 'per = "called"', "FC118", '"called"'),
        ("rules/part.toml", 'per = "county"', "per = \"county if poor else all\"", "FC118",
         '"county if poor else all"'),
        ("rules/part.toml", "count()", "count(poor)", "FC210", "count(poor)"),
        ("rules/part.toml", "floor * count()", "sum(floor, if_=poor)", "FC210",
         "sum(floor, if_=poor)"),
        ("rules/part.toml", "floor * count()", "sum(floor / 2)", "FC207", "floor / 2"),
        ("rules/part.toml", 'at_most = "floor"', 'at_most = "people"', "FC204", "people"),
        ("rules/part.toml", "floor * count()", "sum(people)", "FC204", "sum(people)"),
        # cases
        ("rules/cases/c.toml", "readings = { edge =", "readings = { brim =", "FC802", "brim"),
        ("rules/cases/c.toml", 'edge = "out"', 'edge = "off"', "FC109", '"off"'),
        ("rules/cases/c.toml", "people = 10", "peeple = 10", "FC802", "peeple"),
        ("rules/cases/c.toml", "people = 10", "people = 1.5", "FC115", "1.5"),
        ("rules/cases/c.toml", "people = 10", "people = 5_001", "FC115", "5_001"),
        ("rules/cases/c.toml", "people = 10", "people = -1", "FC115", "-1"),
        ("rules/cases/c.toml", "founded = 1955-01-01", "founded = 1949-12-31", "FC115", "1949-12-31"),
        ("rules/cases/c.toml", "founded = 1955-01-01", 'county = "丁县"', "FC115", '"丁县"'),
        ("rules/cases/c.toml", "amount = 2_000.5", "amaunt = 2_000.5", "FC802", "amaunt"),
        ("rules/cases/c.toml", "amount = 2_000.5", "amount = 0.001", "FC115", "0.001"),
        ("rules/cases/c.toml", "{ grant =", "{ grand =", "FC802", "grand"),
        ("rules/cases/c.toml", '["old"]', '["older"]', "FC802", '["older"]'),
        ("rules/cases/c.toml", 'hinges_on = ["edge"]', 'hinges_on = ["brim"]', "FC802", '["brim"]'),
        ("rules/cases/c.toml", "hinges_on", "hinges_upon", "FC101", "hinges_upon"),
        ("rules/cases/c.toml", 'name = "A small one"', 'name = "A small one"\nvillages = []',
         "", ""),
        ("rules/cases/c.toml", "[[case]]", "[[case]", "FC003", ""),
    ],
)  # fmt: skip
def test_one_fault(name: str, old: str, new: str, code: str, at: str) -> None:
    found, text = found_in(name, old, new)
    if not code:
        assert not found
        return
    wrong = errors(found)
    assert [one.code for one in wrong] == [code], [one.message.en for one in wrong]
    assert wrong[0].spans[0].file == name
    if at:
        assert pointed_at(text, wrong[0]) == at


@pytest.mark.parametrize(
    ("name", "old", "new", "places"),
    [
        # several out of shape in one pass, those of sound keys too
        ("rules/grant.toml", 'title = { zh = "补助", en = "Grant" }', "tilte = 3\nnote = 4",
         [("FC101", "tilte"), ("FC102", "programme"), ("FC103", "4")]),
        ("rules/grant.toml", 'payer = "city"', "payer = 1\nnoet = 2\nunits = 3",
         [("FC101", "noet"), ("FC101", "units"), ("FC103", "1")]),
        ("policies.toml", "on = 2020-06-30", "on = 2020-06-30T12:00:00", [("FC103", "2020-06-30T12:00:00")]),
        ("policies.toml", "on = 2020-06-30", "on = true", [("FC103", "true")]),
        ("policies.toml", 'every = "year"', 'every = "month"', [("FC103", '"month"')]),
        ("policies.toml", 'programmes = ["grant", "kind", "part"]', "programmes = []",
         [("FC103", "[]")]),
        ("rules/village.toml", "example = 17", "digits = 0", [("FC103", "0")]),
        ("rules/village.toml", "example = 17", "digits = 33", [("FC103", "33")]),
        ("rules/village.toml", "[0, 5_000]", "[0]", [("FC103", "[0]")]),
        ("rules/village.toml", "[0, 5_000]", "[0, 1, 2]", [("FC103", "[0, 1, 2]")]),
        # no TOML
        ("policies.toml", "on = 2020-06-30", "on = ", [("FC003", "")]),
        ("rules/grant.toml", '"first"', '"first" "last"', [("FC003", '"')]),
        ("rules/grant.toml", "then = 2_000.50", "then = 2__000", [("FC003", "_")]),
        ("rules/kind.toml", "[[rule]]", "[[rule]]\nid = 'x'", [("FC003", "")]),
    ],
)  # fmt: skip
def test_what_is_out_of_shape_is_said_where_it_stands(
    name: str, old: str, new: str, places: list[tuple[str, str]]
) -> None:
    found, text = found_in(name, old, new)
    wrong = errors(found)
    assert sorted((one.code, pointed_at(text, one)) for one in wrong) == sorted(places)


def test_names_of_a_file_out_of_shape_are_not_called_unknown() -> None:
    """Another programme uses `amount` and `twice`; both are declared in the broken file."""
    uses = {"rules/kind.toml": KIND.replace('"people < 100"', '"amount < 100 and twice > 0"')}
    for broken in (GRANT.replace("payer", "prayer"), GRANT.replace("[[rule]]", "[[role]]")):
        texts = {**FILES, **uses, "rules/grant.toml": broken}
        policy, found = read(Bundle("", {path: text.encode() for path, text in texts.items()}))
        assert policy is None
        assert {one.code for one in errors(found)} <= {"FC101", "FC102"}
    no_toml = {**FILES, **uses, "rules/grant.toml": "[programme"}
    _, found = read(Bundle("", {path: text.encode() for path, text in no_toml.items()}))
    assert [one.code for one in errors(found)] == ["FC003"]


def test_a_name_used_twice_points_to_the_first_in_a_file_out_of_shape() -> None:
    broken = GRANT.replace("payer", "prayer").replace("hit_policy", "hit_polity")
    twice = KIND.replace('"called"', '"amount"')
    texts = {**FILES, "rules/grant.toml": broken, "rules/kind.toml": twice}
    _, found = read(Bundle("", {path: text.encode() for path, text in texts.items()}))
    (one,) = [one for one in errors(found) if one.code == "FC107"]
    places = {span.file: texts[span.file].splitlines()[span.line - 1] for span in one.spans}
    assert places == {
        "rules/kind.toml": 'output = "amount"',
        "rules/grant.toml": 'output = "amount"',
    }


@pytest.mark.parametrize(
    ("written", "at", "line"),
    [
        ('"people > nobody"', "nobody", 0),
        ("'people > nobody'", "nobody", 0),
        ("\"county == '甲县' and nobody > 1\"", "nobody", 0),
        ('"\\u0070eople > 1 and nobody > 2"', "nobody", 0),
        ('"\\U00000070eople > 1 and nobody"', "nobody", 0),
        ('"people > 1 and nobody == \'\\\\\\\\\'"', "nobody", 0),
        ('"""people > nobody"""', "nobody", 0),
        ('"""\npeople > 1\n  and nobody > 2"""', "nobody", 2),
        ("'''\npeople > 1 and\n\tnobody > 2'''", "nobody", 2),
        ('"""people > 1 \\\n     and nobody > 2"""', "nobody", 1),
        ('"""\\\n\n  nobody > 2"""', "nobody", 2),
        ('"""people > 1 and (nobody\n > 2)"""', "nobody", 0),
        ("nobody", None, 0),
    ],
)  # fmt: skip
def test_a_name_is_pointed_at_in_every_kind_of_string(
    written: str, at: str | None, line: int
) -> None:
    old = "\"people >= 1_000 and edge == 'in'\""
    found, text = found_in("rules/grant.toml", old, written)
    (wrong,) = errors(found)
    assert wrong.code == ("FC203" if at else "FC003")
    row = text[: text.index("when = " + written)].count("\n") + 1
    assert wrong.spans[0].line == row + line
    if at:
        assert pointed_at(text.replace("\t", " "), wrong) == at


def test_a_folder_stands_before_the_names_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in FILES.items():
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("people < 100", "nobody < 100"), encoding="utf-8")
    (tmp_path / "mine" / "rules" / "~$kind.toml").write_text("no TOML", encoding="utf-8")
    (tmp_path / "mine" / "rules" / "notes.txt").write_text("no TOML", encoding="utf-8")
    (tmp_path / "mine" / "rules" / "old.toml.d").mkdir()
    monkeypatch.chdir(tmp_path)
    for given, label in (("mine", "mine/"), ("mine/policies.toml", "mine/")):
        found = find(Path(given))
        assert sorted(found.content) == sorted(FILES)
        (wrong,) = errors(read(found)[1])
        assert wrong.spans[0].file == f"{label}rules/kind.toml"
    monkeypatch.chdir(tmp_path / "mine")
    (wrong,) = errors(read(find(None))[1])
    assert wrong.spans[0].file == "rules/kind.toml"
    with pytest.raises(PolicyProblem) as nowhere:
        find(Path("nowhere"))
    assert nowhere.value.diagnostics[0].spans[0].file == "nowhere"


def test_a_gap_is_shown_by_a_village_that_falls_into_it() -> None:
    otherwise = '[otherwise]\nid = "other"\n'
    assert KIND.endswith(otherwise)
    kind = KIND.removesuffix(otherwise).replace("people < 100", "people != 7 or not poor")
    texts = {**FILES, "rules/kind.toml": kind}
    policy, _ = read(Bundle("", {name: text.encode() for name, text in texts.items()}))
    assert policy is not None
    with pytest.raises(PolicyProblem) as caught:
        make_plan(policy)
    (found,) = caught.value.diagnostics
    assert found.code == "FC111" and found.witness == {"people": "7", "poor": "true"}


def test_a_programme_that_is_no_name_is_quoted() -> None:
    found, text = found_in("policies.toml", '"kind", "part"', '"kind of", "part"')
    (wrong,) = [one for one in errors(found) if one.code == "FC106"]
    assert "`kind of`" in wrong.message.en and pointed_at(text, wrong) == '"kind of"'
