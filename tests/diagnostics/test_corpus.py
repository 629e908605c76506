"""Good and bad policies, each with the text that it provokes; `--reset` writes the texts anew.

A case (tests/cases.py) holds what differs from `base/`, and what a command says in both languages.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from fundcalc.analysis.check import all_checks
from fundcalc.base.catalogue import pages
from fundcalc.base.width import width
from tests.cases import begin, blocks, replay
from tests.conftest import Cli
from tests.diagnostics.splice import splice

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src" / "fundcalc"
BAD = sorted(path.stem for path in (HERE / "bad").iterdir())
GOOD = sorted(path.stem for path in (HERE / "good").iterdir())

NO_EXAMPLE = {
    "FC006": "names all examples there are: tests/examples/test_policies.py",
    "FC403": "the plan refuses a policy that may leave a village without a rule (FC111)",
    "FC501": "needs 4,100 rules: tests/engines/test_limits_by_policy.py",
    "FC502": "needs a machine without durable-rules: tests/cli/test_without_rules.py",
    "FC503": "needs a very large roster: tests/cli/test_double_check.py",
    "FC597": "engines that give different results: a fault of the program",
    "FC598": "a rules engine that fails: a fault of the program, tests/engines",
    "FC846": "a value no roster may have, from a caller in Python: tests/engines/test_bounds.py",
    "FC599": "engines that disagree: a fault of the program, tests/engines",
    **{f"FC{number}": "needs a ledger: tests/ledger" for number in range(820, 840)},
    **{f"FC{number}": "needs a ledger and a paper: tests/ledger" for number in range(880, 883)},
    **{f"FC{number}": "needs a ledger: tests/ledger/test_before.py" for number in (883, 884)},
    "FC848": "needs a ledger: tests/ledger/test_corrections.py",
    "FC921": "needs a folder without a policy: tests/policy/test_edit.py",
    "FC926": "a layout that was not foreseen",
    "FC927": "needs another program that writes meanwhile: tests/policy/test_edit.py",
    "FC931": "needs an environment without tombi: tests/policy/test_layout.py",
    "FC932": "a formatter that fails: tests/policy/test_layout.py",
    "FC799": "z3 giving up: tests/analysis/test_checks.py",
    **{f"FC{number}": "needs letters: tests/reports/test_letters.py" for number in (940, 941, 944)},
    "FC862": "what a database says in its own words: tests/cli/test_backends.py",
    "FC863": "a package that is not installed: tests/cli/test_backends.py",
    "FC864": "Spark without Java: tests/cli/test_backends.py",
    "FC868": "needs a parquet file: tests/cli/test_backends.py",
    "FC871": "needs a parquet file: tests/cli/test_backends.py",
    **{f"FC{n}": "needs a database: tests/cli/test_tables.py" for n in (876, 878)},
    "FC869": "a database and the rules engine that differ: a fault of the program",
    **{f"FC{n}": "needs the desk's data interface: tests/desk/test_data.py" for n in (961, 962)},
    "FC990": "needs an editor: tests/cli/test_lsp.py",
    "FC960": "needs the desk's draft: tests/desk",
    "FC966": "needs a file dropped on the desk: tests/desk/test_papers.py",
    "FC967": "needs a form of the desk: tests/desk/test_records.py",
    "FC943": "needs a run of 20,001 villages: tests/reports/test_report.py",
    "FC851": "needs 5,001 villages: tests/formulas/test_large.py",
    "FC852": "needs 20,001 villages: tests/formulas/test_large.py",
    "FC853": "needs a million villages: tests/formulas/test_large.py",
    "FC856": "needs 251 counties: tests/formulas/test_large.py",
    "FC859": "needs a file of results: tests/cli/test_groups.py",
    "FC857": "needs a policy without counties: tests/reports/test_workbook.py",
}
WARNINGS = ("FC407", "FC408", "FC410", "FC415", "FC416", "FC850", "FC934")
"""What a run, or a table written, says without failing."""
NOTES = ("FC726",)
"""What a check says without failing."""
CHECKS = sorted(module.CODE for module in all_checks())
"""Their bad examples stand on their pages; what is said of them in checks/."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(HERE / "base", tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.mark.parametrize("name", BAD)
def test_bad(name: str, cli: Cli, folder: Path, request: pytest.FixtureRequest) -> None:
    case = HERE / "bad" / f"{name}.md"
    said = replay(case, folder, cli, reset=request.config.getoption("--reset"))
    assert set(said) == {"en", "zh"}
    for text in said.values():
        assert f"[{name[:5]}]" in text
        assert not text.startswith("exit 0") or name[:5] in WARNINGS


@pytest.mark.parametrize("code", CHECKS)
def test_check(code: str, cli: Cli, folder: Path, request: pytest.FixtureRequest) -> None:
    """What each check says of the bad example on its page."""
    command = splice(HERE / "base", pages()[code].bad, folder)
    case = HERE / "checks" / f"{code}.md"
    if not case.exists() and request.config.getoption("--reset"):
        begin(case, command)
    assert case.exists(), f"{case.name} is missing: --reset begins it"
    for text in replay(case, folder, cli, reset=request.config.getoption("--reset")).values():
        assert f"[{code}]" in text and text.startswith("exit 0" if code in NOTES else "exit 1")


@pytest.mark.parametrize("name", GOOD)
def test_good(name: str, cli: Cli, folder: Path) -> None:
    replay(HERE / "good" / f"{name}.md", folder, cli)
    checked = cli("check").said
    assert checked.startswith("exit 0\n") and set(re.findall(r"\[(FC\d+)\]", checked)) <= set(NOTES)
    tested = cli("test").said
    assert tested.startswith("exit 0\n")
    assert " 0 fail" in tested and " 0 pass" not in tested


def test_every_code_has_an_example() -> None:
    """A diagnostic that nobody has looked at is one that nobody understands."""
    codes: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        codes.update(re.findall(r'"(FC\d{3})[".]', path.read_text(encoding="utf-8")))
    codes -= {code for code in codes if code.startswith("FC6")}  # of rosters: tests/rosters
    shown = {name[:5] for name in BAD} | {name[:5] for name in CHECKS}
    assert codes - shown == set(NO_EXAMPLE)
    assert shown <= codes


def test_messages_fit_the_terminal() -> None:
    """Only a place, an engine's or a usage message may be longer than 80 columns."""
    too_long = [
        f"{path.name}: {line}"
        for path in [*HERE.glob("bad/*.md"), *HERE.glob("checks/*.md")]
        for block in blocks(path.read_text(encoding="utf-8"))
        for line in block.lines[1:]
        if block.kind == "console" and width(line) > 80 and not line.lstrip().startswith("--> ")
    ]
    assert not too_long, "\n".join(too_long)
