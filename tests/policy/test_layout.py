"""Laying files out: spaces and line breaks only, the same twice, nothing where it cannot be done."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.policy import edit
from fundcalc.policy.bundle import Bundle, find_shipped
from fundcalc.policy.edit import laid_out

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
