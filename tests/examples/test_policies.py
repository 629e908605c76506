"""Every policy of examples/policies/: checked, its cases run, its roster right in every engine.

`expected.py` beside each works the figures out by other means and prints them as CSV: first the fact that
says which row it is, then outputs by their ids.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader
from tests.conformance.corpus import cannot
from tests.conformance.engine import Engine, engines
from tests.conftest import ROOT, Cli

from fundcalc import api
from fundcalc.base.money import scaled
from fundcalc.language.datatypes import Date, Number, Text, Texts, Type, YesNo
from fundcalc.language.nodes import Value
from fundcalc.policy.bundle import examples
from fundcalc.policy.plan import Plan
from fundcalc.roster.model import Roster

FOLDERS = [ROOT / "examples" / "policies" / name for name in examples()]


def _named(folder: Path) -> str:
    return folder.name


def test_they_are_found() -> None:
    there = {one.parent for one in (ROOT / "examples" / "policies").glob("*/policies.toml")}
    assert set(FOLDERS) == there and "notice" in examples()


@pytest.mark.parametrize("folder", FOLDERS, ids=_named)
def test_nothing_is_found_and_its_cases_pass(folder: Path, cli: Cli) -> None:
    checked = cli("check", "--sources", cwd=folder)
    assert checked.code == 0, checked.said
    tested = cli("test", cwd=folder).said
    assert tested.startswith("exit 0") and " 0 pass" not in tested
    laid = cli("fmt", "--check", cwd=folder)
    assert laid.code == 0, laid.said


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("folder", FOLDERS, ids=_named)
def test_its_empty_roster_is_read_once_filled_in(
    folder: Path, lang: str, cli: Cli, tmp_path: Path
) -> None:
    assert (
        cli("roster", "template", "-o", tmp_path / "t.xlsx", "--lang", lang, cwd=folder).code == 0
    )
    untouched = cli("roster", "check", tmp_path / "t.xlsx", "--lang", "en", cwd=folder)
    assert untouched.code == 2 and untouched.err.startswith("error[FC605]: there are no ")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    rows = csv.reader((folder / "roster.csv").read_text(encoding="utf-8-sig").splitlines())
    given = [*zip(next(rows), next(rows), strict=True)]
    facts = [fact for fact in api.load_policy(folder).facts.values() if not fact.of_before]
    for column, fact in enumerate(facts, 2):
        cells = [cell for head, cell in given if head.startswith(fact.title.zh)]
        book.active.cell(5, column).value = cells[0] if cells else None
    book.save(tmp_path / "t.xlsx")
    filled = cli("roster", "check", tmp_path / "t.xlsx", "--lang", "en", cwd=folder)
    assert filled.code == 0, filled.said


@pytest.mark.parametrize("folder", FOLDERS, ids=_named)
def test_its_page_says_what_is_invented(folder: Path) -> None:
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert "invented" in page and "编造" in page


@cache
def _given(folder: Path) -> tuple[Plan, Roster]:
    """The plan and the roster; where last year's roster lies beside it, with what was computed of that."""
    policy = api.load_policy(folder)
    plan = api.plan(policy)
    [path] = folder.glob("roster.*")
    roster = api.read_roster(path, policy)
    for earlier in folder.glob("last_year.*"):
        first = api.plan(policy, plan.on.replace(year=plan.on.year - 1))
        with TemporaryDirectory() as there:
            ledger = Path(there) / "runs.db"
            run = api.record(api.calculate(first, api.read_roster(earlier, policy)), ledger)
            roster = api.calculate(plan, roster, before=(ledger, run.id)).roster
    return plan, roster


@cache
def _expected(folder: Path) -> list[dict[str, str]]:
    command = [sys.executable, "-B", folder / "expected.py"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    return list(csv.DictReader(done.stdout.splitlines()))


def _every() -> Iterator[Any]:
    for engine in engines():
        marks = [getattr(pytest.mark, mark) for mark in engine.marks]
        marks += [pytest.mark.xdist_group(engine.group)] if engine.group else []
        for folder in FOLDERS:
            if f"example: {folder.name}" not in cannot(engine.name):
                yield pytest.param(engine, folder, id=f"{engine.name}: {folder.name}", marks=marks)


@pytest.mark.parametrize(("engine", "folder"), list(_every()))
def test_every_engine_gives_the_figures_worked_out_apart(engine: Engine, folder: Path) -> None:
    reason = engine.missing()
    if reason:
        pytest.skip(reason)
    plan, roster = _given(folder)
    assert not roster.rejects
    expected = _expected(folder)
    key, *outputs = expected[0]
    [known] = [id_ for id_, fact in plan.policy.facts.items() if fact.called == key]
    assert outputs and [str(one) for one in roster.column(known)] == [row[key] for row in expected]
    columns = {id_: roster.column(id_) for id_ in plan.policy.facts}
    outcome = engine.run(plan, columns)
    types = {output.id: output.type for one in plan.programmes for output in one.outputs}
    missing = set(outputs) - set(outcome.outputs)
    assert all(
        isinstance(types[id_], Text | Texts) for id_ in missing
    )  # which a workbook leaves out
    for id_ in set(outputs) - missing:
        assert outcome.outputs[id_] == [_value(row[id_], types[id_]) for row in expected], id_
    assert missing < set(outputs)


def _value(text: str, kind: Type) -> Value:
    """A cell as a value of a type; the script writes yes and no as true and false."""
    match kind:
        case Number():
            from decimal import Decimal

            found = scaled(Decimal(text), kind.decimals or 0)
            assert found is not None, f"{text} has more decimals than its output"
            return found
        case YesNo():
            return {"true": True, "false": False}[text]
        case Date():
            return date.fromisoformat(text).toordinal()
        case Texts():
            return tuple(text.split("+")) if text else ()
        case _:
            return text


@pytest.mark.parametrize("folder", FOLDERS, ids=_named)
def test_a_copy_is_whole(folder: Path, cli: Cli, tmp_path: Path) -> None:
    begun = cli("init", tmp_path / "mine", "--from", folder.name)
    assert begun.code == 0, begun.said
    assert cli("check", cwd=tmp_path / "mine").code == 0
    for path in folder.rglob("*"):
        copy = tmp_path / "mine" / path.relative_to(folder)
        if path.is_file() and path.suffix != ".toml" and "__pycache__" not in path.parts:
            assert copy.read_bytes() == path.read_bytes()
    for path in (tmp_path / "mine").rglob("*.toml"):
        first, *_ = path.read_text(encoding="utf-8").splitlines()
        assert not first.startswith("#:schema") or (path.parent / first.split()[1]).is_file()


def test_an_unknown_example_names_those_there_are(cli: Cli, tmp_path: Path) -> None:
    for name in ("notce", "../notice", ""):
        said = cli("init", tmp_path / "mine", "--from", name).said
        assert said.startswith("exit 2") and "FC006" in said and "there are: " in said
        assert all(one in said for one in examples())
    assert not (tmp_path / "mine").exists()
    both = cli("init", tmp_path / "mine", "--from", "notice", "--blank")
    assert both.code == 2 and "--from" in both.err


def test_a_blank_policy_is_led_on_to_one_that_computes(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    begun = cli("init", folder, "--blank")
    assert begun.code == 0 and "Next: fundcalc check" in begun.err
    checked = cli("check", cwd=folder)
    assert checked.code == 1 and "FC103" in checked.out
    hint = checked.out.partition("for example:\n")[2].partition("\n\n")[0]
    (folder / "rules" / "first.toml").write_text(hint, encoding="utf-8")
    path = folder / "policies.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("programmes = []", 'programmes = ["first"]'), encoding="utf-8")
    led = cli("check", cwd=folder)
    assert led.code == 0, led.said
    (folder / "r.csv").write_text("代码,名称\n01,甲\n02,乙\n", encoding="utf-8")
    ran = cli("run", "r.csv", "--no-record", cwd=folder)
    assert ran.code == 0 and "2 rows" in ran.out and "First 20" in ran.out, ran.said
    assert not re.search("village|yuan|county", ran.said), ran.said


def test_a_blank_policy_assumes_no_village_and_no_money(cli: Cli, tmp_path: Path) -> None:
    assert cli("init", tmp_path / "mine", "--blank").code == 0
    written = {path.name: path for path in (tmp_path / "mine").rglob("*.toml")}
    assert set(written) == {"policies.toml", "roster.toml"}
    for name, path in written.items():
        lines = [line.partition("#")[0] for line in path.read_text(encoding="utf-8").splitlines()]
        assert not re.search("村|village|元|yuan|县|county", "\n".join(lines)), name


@pytest.mark.parametrize("folder", FOLDERS, ids=_named)
def test_a_run_is_kept_and_verified(folder: Path, cli: Cli, tmp_path: Path) -> None:
    [roster] = folder.glob("roster.*")
    ran = cli("run", roster, "--policy", folder)
    assert ran.code == 0 and "Recorded as run" in ran.out, ran.said
    verified = cli("runs", "verify", "last")
    assert verified.code == 0, verified.said


QUOTED = "30人以上不足60人的，为每站每年3.5万元"


def test_the_sentence_stands_beside_the_rule(cli: Cli, tmp_path: Path) -> None:
    folder = ROOT / "examples" / "policies" / "notice"
    assert cli("run", folder / "roster.csv", "--policy", folder).code == 0
    assert cli("letter", "last", "竹园村", "-o", tmp_path / "letters").code == 0
    assert cli("report", "last", "-o", "report.html").code == 0
    [letter] = (tmp_path / "letters").iterdir()
    texts = {
        "explanation": cli("explain", "竹园村", "--run", "last", "--full").out,
        "JSON": cli("explain", "竹园村", "--run", "last", "--format", "json").out,
        "decision table": cli("show", "base_grant", "--policy", folder).out,
        "page": (tmp_path / "report.html").read_text(encoding="utf-8"),
        "letter": "".join(page.extract_text() for page in PdfReader(letter).pages),
    }
    for name, text in texts.items():
        assert QUOTED in "".join(text.split()), name


def test_rows_of_tables_stand_on_the_letter_and_in_the_working(cli: Cli, tmp_path: Path) -> None:
    """Each band that an amount reaches, with the part that lies in it; the row of the look-up."""
    [folder] = [folder for folder in FOLDERS if folder.name == "household"]
    assert cli("run", folder / "roster.csv", "--policy", folder).code == 0
    used = [
        "（0..300）：其中 300 元",
        "（300.01..1500）：其中 1,200 元",
        "（1500.01..）：其中 1,180.40 元",
        "按家庭人口的标准（4..5）",
    ]
    explained = cli("explain", "高月娥", "--run", "last", "--full", "--lang", "zh")
    assert all(re.sub(r"[ ,]", "", row) in re.sub(r"[ ,]|\.00", "", explained.out) for row in used)
    made = cli("letter", "last", "00410006", "-o", tmp_path / "letters", "--lang", "zh")
    assert made.code == 0, made.said
    [path] = (tmp_path / "letters").glob("*.pdf")
    text = "".join(page.extract_text() for page in PdfReader(path).pages)
    printed = re.sub(r"[\s,\u200b]|\.00", "", text)
    assert all(re.sub(r"[ ,]", "", row) in printed for row in used), printed
