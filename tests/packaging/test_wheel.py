"""The wheel is complete: installed on its own, far from the checkout, it does the main job."""

from __future__ import annotations

import configparser
import csv
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

# All tests of this file share one wheel, so that parallel runs give them to one process.
pytestmark = pytest.mark.xdist_group("wheel")

ROOT = Path(__file__).parents[2]
ROSTER = ROOT / "examples" / "taiyuan-2017.xlsx"
VILLAGES = 890
BUNDLE = "fundcalc/_bundle/"


@dataclass(frozen=True)
class Installed:
    """An environment with nothing of fundcalc but the wheel."""

    environment: Path
    desk: Path  # an empty folder to work in

    def run(self, command: str, *arguments: str | Path) -> str:
        """The standard output of one of the environment's commands, which must succeed."""
        program = self.environment / "bin" / command
        assert program.is_file(), f"the wheel installs no command {command}"
        return _run(self.desk, program, *arguments)


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive, built from the checkout, and the wheel, built from the archive."""
    out = tmp_path_factory.mktemp("dist")
    _run(ROOT, sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT)
    return out


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    """The wheel."""
    [built] = dist.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in a fresh environment, its dependencies borrowed from the running one.

    A .pth file puts the running environment's packages at the end of the path: nothing is
    downloaded or compiled again. Python does not read the .pth files found there, and one of those
    is what makes the checkout importable: it stays out of reach.
    """
    environment = tmp_path_factory.mktemp("installed")
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    _run(ROOT, sys.executable, "-m", "pip", "--python", python, "install",
         "--quiet", "--no-deps", "--no-index", wheel)  # fmt: skip
    [packages] = environment.glob("lib/python*/site-packages")
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "borrowed.pth").write_text("\n".join(borrowed), encoding="utf-8")
    return Installed(environment, tmp_path_factory.mktemp("desk"))


def test_the_bundle_is_the_policy_of_the_checkout(wheel: Path) -> None:
    expected = {
        BUNDLE + path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in [ROOT / "policies.toml", *(ROOT / "rules").rglob("*")]
        if path.is_file()
    }
    examples = ROOT / "examples" / "policies"
    expected |= {
        f"{BUNDLE}examples/{path.relative_to(examples).as_posix()}": path.read_bytes()
        for path in examples.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with ZipFile(wheel) as archive:
        bundled = {n: archive.read(n) for n in archive.namelist() if n.startswith(BUNDLE)}
    assert sorted(bundled) == sorted(expected)
    assert bundled == expected


def test_the_code_is_that_of_the_checkout_and_nothing_else_is_there(wheel: Path) -> None:
    expected = {
        path.relative_to(folder).as_posix()
        for folder in (ROOT / "src", ROOT / "cli")
        for path in folder.glob("fundcalc*/**/*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    others = (BUNDLE, _metadata(wheel))
    assert {name for name in _names(wheel) if not name.startswith(others)} == expected


def test_the_source_archive_holds_what_make_test_needs(dist: Path) -> None:
    [archive] = dist.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert names >= {
        "Makefile", "README.md", "README.zh.md", "requirements.lock", "policies.toml", "rules/village.toml",
        "src/fundcalc/__init__.py", "cli/fundcalc_cli/app.py", "tests/packaging/test_wheel.py",
        "docs/architecture.md", "examples/make_taiyuan.py", "benchmarks/__main__.py",
    }  # fmt: skip
    assert not [name for name in names if name.startswith((".venv", "build/", "shared"))]


def test_the_wheel_names_the_command_and_the_licence(wheel: Path) -> None:
    metadata = _metadata(wheel)
    assert f"{metadata}/licenses/LICENSE" in _names(wheel)
    entry_points = configparser.ConfigParser()
    with ZipFile(wheel) as archive:
        entry_points.read_string(archive.read(f"{metadata}/entry_points.txt").decode())
    assert dict(entry_points["console_scripts"]) == {"fundcalc": "fundcalc_cli.__main__:main"}


def test_the_installed_wheel_uses_its_own_code_and_policy(installed: Installed) -> None:
    lines = installed.run(
        "python",
        "-c",
        "import fundcalc, fundcalc_cli\n"
        "from fundcalc.policy.bundle import find, shipped\n"
        "print(fundcalc.__file__, fundcalc_cli.__file__, shipped(), sep='\\n')\n"
        "print(find(None).shipped)",
    ).splitlines()
    *places, is_shipped = lines
    for place in places:
        assert Path(place).is_relative_to(installed.environment), place
    assert Path(places[-1]).name == "_bundle"
    assert is_shipped == "True"


def test_the_installed_wheel_computes_the_example(installed: Installed) -> None:
    assert ROSTER.is_file(), f"{ROSTER} is missing: run examples/make_taiyuan.py"
    installed.run("fundcalc", "run", ROSTER, "-o", "out.csv", "--no-record")
    with (installed.desk / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert len(head) > 1
    assert len(rows) == VILLAGES


def test_the_installed_wheel_begins_policies(installed: Installed) -> None:
    installed.run("fundcalc", "init", "blank", "--blank")
    installed.run("fundcalc", "init", "mine", "--from", "notice")
    installed.run("fundcalc", "check", "mine")
    installed.run("fundcalc", "run", "mine/roster.csv", "--policy", "mine", "--no-record")


def test_the_installed_package_runs_as_a_module(installed: Installed) -> None:
    assert "explain" in installed.run("python", "-m", "fundcalc_cli", "--help")


def _names(wheel: Path) -> list[str]:
    with ZipFile(wheel) as archive:
        return archive.namelist()


def _metadata(wheel: Path) -> str:
    """The name of the wheel's metadata folder."""
    name, version, *_ = wheel.name.split("-")
    return f"{name}-{version}.dist-info"


def _run(folder: Path, *command: str | Path) -> str:
    """Standard output of a command that must succeed, with no way to the checkout by PYTHONPATH."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    told = f"{' '.join(map(str, command))}\nended with {done.returncode}:\n"
    assert done.returncode == 0, told + done.stdout + done.stderr
    return done.stdout
