"""Laying files out: spaces and line breaks only, the same twice, nothing where it cannot be done."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.policy import edit
from fundcalc.policy.bundle import Bundle, find_shipped
from fundcalc.policy.edit import laid_out
from fundcalc.policy.tomlfile import TomlFile, read_toml

UGLY = """#:schema ./schema/policies.json
# 第一行
[policy]
id="t"   # id
on   = 2020-01-01
programmes = ["p",
  "q", # the second
]


[sources]
s = {title={zh="甲",en="A"}}
[parameters.a]
when = '''
  kept   as it is
'''
"""


def test_the_shipped_files_are_laid_out() -> None:
    assert not [file.name for file in laid_out(find_shipped()) if file.changed]


def test_values_and_comments_stay() -> None:
    (file,) = laid_out(Bundle("", {"policies.toml": UGLY.encode()}))
    text = file.after.decode()
    assert 'id = "t"  # id' in text and "  kept   as it is\n" in text
    for comment in ("#:schema ./schema/policies.json", "# 第一行", "# id", "# the second"):
        assert comment in text
    (again,) = laid_out(Bundle("", {"policies.toml": file.after}))
    assert not again.changed


@pytest.mark.parametrize("table", [b"case,people\n\xef\xbb\xbf,1\n", b"no workbook", b""])
@pytest.mark.parametrize("name", ["some.csv", "some.xlsx"])
def test_tables_of_cases_are_left_alone(name: str, table: bytes) -> None:
    files = {"policies.toml": UGLY.encode(), f"rules/cases/{name}": table}
    assert [file.name for file in laid_out(Bundle("", files))] == ["policies.toml"]


def test_a_byte_order_mark_stays() -> None:
    (plain,) = laid_out(Bundle("", {"policies.toml": UGLY.encode()}))
    (marked,) = laid_out(Bundle("", {"policies.toml": UGLY.encode("utf-8-sig")}))
    assert marked.after == plain.after.decode().encode("utf-8-sig")
    (again,) = laid_out(Bundle("", {"policies.toml": marked.after}))
    assert not again.changed and not again.diff()


def test_broken_files_are_all_named_and_none_is_laid_out() -> None:
    files = {"policies.toml": b"a = = 1\n", "rules/p.toml": b"[x\n"}
    with pytest.raises(PolicyProblem) as caught:
        laid_out(Bundle("", files))
    assert [d.where.file for d in caught.value.diagnostics] == list(files)


def test_without_the_formatter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit.shutil, "which", lambda *_, **__: None)
    with pytest.raises(PolicyProblem) as caught:
        laid_out(Bundle("", {"policies.toml": UGLY.encode()}))
    assert caught.value.diagnostics[0].code == "FC931"


@pytest.mark.parametrize("does", ["raise SystemExit(1)", "print('id = 2')"])
def test_a_formatter_that_fails_or_changes_a_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, does: str
) -> None:
    tool = tmp_path / "tombi"
    tool.write_text(f"#!{sys.executable}\n{does}\n", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setattr(edit.shutil, "which", lambda *_, **__: str(tool))
    with pytest.raises(PolicyProblem) as caught:
        laid_out(Bundle("", {"policies.toml": UGLY.encode()}))
    assert caught.value.diagnostics[0].code == "FC932"


MOVED = """# 甲
[b]  # of b
x = 1
a.y = 2
z = 3
a.w = 4

# --- 下面是 c ---

[c]
q = 1
# of the sub-table of b
[b . sub]
k = { n.x = 1, m = 2, n.y = 3 }

[[rule]]
id = "一"
# of d
[d]
[[rule]]
id = "二"
"kk0" = 5
# the last
"""


def test_tables_and_keys_stay_where_they_are_with_their_comments() -> None:
    (file,) = laid_out(Bundle("", {"policies.toml": MOVED.encode()}))
    lines = [line for line in file.after.decode().split("\n") if line]
    before = [line for line in MOVED.split("\n") if line]
    before[before.index("[b . sub]")] = "[b.sub]"
    at = before.index("k = { n.x = 1, m = 2, n.y = 3 }")
    assert lines[:at] + lines[at + 1 :] == before[:at] + before[at + 1 :]


COMMENTS = st.sampled_from(
    ["", "", "# 说明", "# 说明\n\n", "\n\n# --- section ---\n", "#:odd", "\n\n"]
)
HEADS = st.sampled_from(
    ["[a]", "[a.b]", "[ a.c ]", "[[rule]]", "[b]  # of b", '["a".d]', "[c.d.e]", "[c]"]
)
PAIRS = st.sampled_from(
    ["x = 1", "y.z=[1,\n  # in the list\n 2]", "y.w = 'q'  # of w", "v = { p = 1 }", '"甲" = 2']
)


@st.composite
def toml_files(draw: st.DrawFn) -> str:
    """Tables in any order, each with some of the keys, and comments anywhere."""
    heads = draw(st.lists(HEADS, unique=True, max_size=7))
    heads += ["[[rule]]"] * draw(st.integers(0, 2)) * ("[[rule]]" in heads)
    lines = [draw(COMMENTS)]
    for head in ["", *draw(st.permutations(heads))]:
        lines += [draw(COMMENTS), head]
        for pair in draw(st.lists(PAIRS, unique=True, max_size=4)):
            lines += [draw(COMMENTS), pair]
    return "\n".join([*lines, draw(COMMENTS)])


@settings(max_examples=60)
@given(toml_files())
def test_whatever_the_order_each_comment_stays_before_its_key(text: str) -> None:
    data = text.encode()
    before = read_toml("policies.toml", data)
    assume(isinstance(before, TomlFile))
    (file,) = laid_out(Bundle("", {"policies.toml": data}))
    after = read_toml("policies.toml", file.after)
    assert isinstance(before, TomlFile) and isinstance(after, TomlFile)
    assert before.values == after.values and list(before.keys) == list(after.keys)
    assert _following(text) == _following(file.after.decode())
    (again,) = laid_out(Bundle("", {"policies.toml": file.after}))
    assert not again.changed


def _following(text: str) -> list[tuple[str, str]]:
    """Each comment of a line of its own, with the first word of the next line that is none."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    found = []
    for at, line in enumerate(lines):
        if line.startswith("#"):
            after = next((one for one in lines[at:] if not one.startswith("#")), "")
            found.append(
                (line.lstrip("# "), re.split("[=#,]", after.rstrip("],").replace(" ", ""))[0])
            )
    return found
