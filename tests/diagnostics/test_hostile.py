"""Policies made to break the program: each gets a diagnostic, quickly, and nothing is evaluated."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Cli

BASE = Path(__file__).parent / "base"
WHEN = "income <= limit if edge == 'yes' else income < limit"
Check = Callable[[Path], str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def check(cli: Cli) -> Check:
    """What `check` says of a faulty policy: exit code 1 or 2, no traceback, within seconds."""

    def run(folder: Path) -> str:
        began = time.monotonic()
        answer = cli("check", folder)
        assert time.monotonic() - began < 60, "it hangs"
        assert answer.code in (1, 2)
        assert "[FC" in answer.said
        assert len(answer.said) < 100_000
        return answer.said

    return run


def write(folder: Path, old: str, new: str | bytes, name: str = "rules/floor.toml") -> Path:
    path = folder / name
    data = path.read_bytes()
    assert old.encode() in data
    path.write_bytes(data.replace(old.encode(), new if isinstance(new, bytes) else new.encode(), 1))
    return folder


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 10_000 + "weak" + ")" * 10_000,
        "not " * 400 + "weak",
        "weak or " * 125_000 + "weak",
        "-" * 900 + "income < limit",
        "income < " + "9" * 1_900,
        "income < 1e999",
        "income < 0x" + "f" * 500,
        "income < 1_000j",
        "__import__('os').system('touch hacked')",
        "().__class__.__bases__[0].__subclasses__()",
        "weak.__class__",
        "[x for x in range(10**9)]",
        "(lambda: weak)()",
        "(hacked := weak)",
        "f'{weak}'",
        "weak if 1 else (yield)",
        "income < 10 ** 10 ** 10",
        "'a' * 10**9 == 'b'",
        "exec('x = 1')",
        "eval('weak')",
        "weak, weak",
        "weak; weak",
        "*weak",
        "min(*income)",
        "round(limit, ndigits=1)",
        "None",
        "...",
        "b'weak'",
        "weak is True",
        "ｗｅａｋ and income < １",
        "\\u0000",
        "\\ud800",
        "weak\\u202e",
        "\\u2028weak or income",
        "𝐢ncome < limit and weak.a",
    ],
)
def test_expressions(folder: Path, check: Check, expression: str) -> None:
    check(write(folder, WHEN, expression))
    assert not (folder / "hacked").exists()
    assert not Path("hacked").exists()


@pytest.mark.parametrize(
    "field",
    ["{__class__}", "{income.__class__}", "{income[0]}", "{income!r}", "{income:>999999999}", "{}",
     "{0}", "{income", "income}", "{{income}", "{ income }", "{收入}"],
)  # fmt: skip
def test_sentences(folder: Path, check: Check, field: str) -> None:
    said = check(write(folder, "{income} 不高于", f"{field} 不高于"))
    assert "FC113" in said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"unique"', '"' + "u" * 1_000_000 + '"'),
        ('id = "low"', 'id = "' + "l" * 100_000 + '"'),
        ('id = "low"', 'id = ""'),
        ('id = "low"', 'id = "__class__"'),
        ('id = "low"', 'id = "../../etc/passwd"'),
        ('then = "limit"', "then = nan"),
        ('then = "limit"', "then = -inf"),
        ('then = "limit"', "then = 1e400"),
        ('then = "limit"', "then = 0.1e-400"),
        ('then = "limit"', "then = " + "9" * 5_000),
        ('then = "limit"', "then = 2017-02-30"),
        ('then = "limit"', "then = { a = { b = { c = 1 } } }"),
        ('then = "limit"', "then = " + "[" * 5_000 + "]" * 5_000),
        ("[otherwise]", "[a." + ".".join("b" * 2_000) + "]\n[otherwise]"),
        ("[[rule]]", "[rule]"),
        ("保障", b"\xff\xfe"),
        ("保障", b"\x00"),
        ('"floor"', b'"\xef\xbb\xbffloor"'),
        ('id = "low"', b"id = \"low\"\rid = 'low'"),
    ],
)
def test_files(folder: Path, check: Check, old: str, new: str | bytes) -> None:
    check(write(folder, old, new))


def test_a_file_in_utf_16(folder: Path, check: Check) -> None:
    path = folder / "rules" / "floor.toml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    check(folder)


def test_a_file_of_50_megabytes(folder: Path, check: Check) -> None:
    (folder / "rules" / "floor.toml").write_bytes(b"# " + b"x" * 50_000_000)
    assert "FC004" in check(folder)


def test_a_folder_in_place_of_a_file(folder: Path, check: Check) -> None:
    (folder / "rules" / "floor.toml").unlink()
    (folder / "rules" / "floor.toml").mkdir()
    check(folder)


def test_a_programme_outside_the_folder(folder: Path, check: Check) -> None:
    shutil.copy(folder / "rules" / "floor.toml", folder.parent / "secret.toml")
    said = check(
        write(folder, '["floor", "visits"]', '["floor", "visits", "../../secret"]', "policies.toml")
    )
    assert "FC106" in said and "secret.toml" not in said


def test_a_link_in_a_circle(folder: Path, check: Check) -> None:
    (folder / "rules" / "floor.toml").unlink()
    (folder / "rules" / "floor.toml").symlink_to("floor.toml")
    check(folder)


def test_five_hundred_faulty_rules(folder: Path, check: Check) -> None:
    rules = "".join(
        f'[[rule]]\nid = "r{n}"\nsource = "paper"\nwhen = "nobody"\nthen = 0\n\n'
        for n in range(500)
    )
    check(write(folder, "[otherwise]", rules + "[otherwise]"))
