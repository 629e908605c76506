"""Bundles for machines without a network: what goes into one, and a starter that installs it and opens it."""

from __future__ import annotations

import ensurepip
import hashlib
import importlib.util
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest
from tests.conftest import ROOT

BUNDLES = ROOT / "bundles"
MAIN = (ROOT / "requirements.lock").read_text(encoding="utf-8")
MORE = (BUNDLES / "requirements.lock").read_text(encoding="utf-8")
PYTHON = "{}.{}".format(*sys.version_info[:2])


def script(name: str) -> ModuleType:
    """A script of bundles/, imported."""
    spec = importlib.util.spec_from_file_location(f"bundle_{name}", BUNDLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


make, start = script("make"), script("start")
ARM = make.Target("linux-aarch64", (3, 12))
INTEL = make.Target("linux-x86_64", (3, 11), (2, 31))
WINDOWS = make.Target("windows-x86_64", (3, 12))


def wheel(folder: Path, name: str, files: Mapping[str, str | bytes]) -> Path:
    """A wheel with these files."""
    path = folder / name
    with ZipFile(path, "w") as archive:
        for inner, content in files.items():
            archive.writestr(inner, content)
    return path


# -- what is collected ------------------------------------------------------------------------------


def test_a_bundle_has_what_the_program_needs_and_no_tools_of_the_tests() -> None:
    arm = make.needed(make.read_lock(MAIN, ARM))
    assert {"numpy", "polars", "polars-runtime-32", "z3-solver", "starlette", "h11"} <= set(arm)
    assert {"durable-rules", "duckdb", "markupsafe"} <= set(arm)
    assert not {"pytest", "mypy", "hatchling", "selenium"} & set(arm)
    windows = make.needed(make.read_lock(MAIN, WINDOWS))
    assert set(windows) - set(arm) == {"colorama"} and set(arm) - set(windows) == {"durable-rules"}


def test_each_python_gets_its_version() -> None:
    for target in (ARM, INTEL):
        one = make.read_lock(MAIN, target)["numpy"]
        assert f"numpy=={one.version} ; python_full_version" in MAIN and len(one.hashes) > 10


def test_the_second_lock_has_what_an_old_glibc_needs() -> None:
    more = make.read_lock(MORE, ARM)
    assert set(make.needed(more, "start.py")) == {"pip"}
    assert set(make.needed(more, "z3-solver")) == {"setuptools"}
    assert all(one.hashes for one in more.values())


def test_whatever_is_fetched_must_have_a_digest_of_the_lock(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The rules engine, too, which is built here."""
    asked: dict[str, str] = {}

    def pip(what: str, *given: str) -> bool:
        wanted = Path(given[given.index("--requirement") + 1]).read_text(encoding="utf-8")
        assert "--require-hashes" in given and not any("==" in one for one in given)
        asked[wanted.partition("==")[0]] = what
        assert "--hash=sha256:" in wanted
        return False

    monkeypatch.setattr(make, "_pip", pip)
    monkeypatch.setattr(make, "this_machine", lambda: "linux-x86_64")
    here = make.Target("linux-x86_64", sys.version_info[:2])
    assert "numpy" in " ".join(make.collect(here, tmp_path))
    assert asked["durable-rules"] == "wheel" and asked["numpy"] == "download"


@pytest.mark.parametrize(
    ("name", "fitting"),
    [
        ("a-1-py3-none-any.whl", [ARM, INTEL, WINDOWS]),
        ("a-1-cp312-cp312-manylinux_2_28_aarch64.whl", [ARM]),
        ("a-1-cp312-cp312-manylinux_2_31_aarch64.whl", []),
        ("a-1-cp311-cp311-manylinux_2_31_x86_64.whl", [INTEL]),
        ("a-1-cp39-abi3-manylinux2014_x86_64.whl", [INTEL]),
        ("a-1-cp312-cp312-win_amd64.whl", [WINDOWS]),
        ("a-1-cp311-cp311-win_amd64.whl", []),
        ("a-1-cp312-cp312-musllinux_1_2_aarch64.whl", []),
    ],
)
def test_a_wheel_fits_by_its_name(tmp_path: Path, name: str, fitting: list[object]) -> None:
    found = wheel(tmp_path, name, {"a.py": ""})
    assert [one for one in (ARM, INTEL, WINDOWS) if one.fits(found)] == fitting


def test_a_wheel_that_promises_too_much_does_not_fit(tmp_path: Path) -> None:
    asks = b"\x7fELF\0GLIBC_2.17\0GLIBC_2.34\0"
    found = wheel(tmp_path, "a-1-py3-none-manylinux2014_aarch64.whl", {"a.so": asks})
    assert not ARM.fits(found)
    assert make.Target("linux-aarch64", (3, 12), (2, 34)).fits(found)


def test_what_has_no_wheel_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def download(one: object, target: object, wheels: Path) -> bool:
        asked.append(f"{one.name}=={one.version}")  # type: ignore[attr-defined]
        return not asked[-1].startswith(("typst==", "z3-solver==5"))

    monkeypatch.setattr(make, "_download", download)
    [missing] = make.collect(ARM, tmp_path)
    assert missing.startswith("typst==")
    assert {"z3-solver==4.12.2.0", "setuptools==75.8.2", "pip==26.3"} <= set(asked)


@pytest.mark.parametrize("whole", [False, True])
def test_a_bundle_is_replaced_by_a_whole_one_or_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    folder = tmp_path / "offline"
    (folder / "wheels").mkdir(parents=True)
    (folder / "before").touch()

    def collect(_target: object, wheels: Path) -> list[str]:
        wheel(wheels, "a-1-py3-none-any.whl", {"a.py": ""})
        return [] if whole else ["typst==1"]

    monkeypatch.setattr(make, "collect", collect)
    monkeypatch.setattr(make.subprocess, "run", lambda *_a, **_k: None)
    monkeypatch.setattr(sys, "argv", ["make.py", "linux-x86_64", "-o", str(folder)])
    assert make.main() == (0 if whole else 1)
    assert [one.name for one in tmp_path.iterdir()] == ["offline"]
    assert (folder / "before").exists() != whole and (folder / "fundcalc.sh").exists() == whole


# -- the folder -------------------------------------------------------------------------------------

PROGRAM = (
    "import os, sys\ndef main():\n"
    "    print('asked', *sys.argv[1:], os.environ['FUNDCALC_LANG'], flush=True)\n"
    "    sys.exit(1)\nif __name__ == '__main__':\n    main()\n"
)
ABOUT = "Metadata-Version: 2.1\nName: fundcalc\nVersion: 0.1.0\n"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle of this machine's kind whose program only says what it was asked, and exits 1."""
    folder = tmp_path / "安装 包"
    (folder / "wheels").mkdir(parents=True)
    [pip] = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    (folder / "wheels" / pip.name).write_bytes(pip.read_bytes())
    info = "fundcalc-0.1.0.dist-info"
    wheel(folder / "wheels", "fundcalc-0.1.0-py3-none-any.whl", {
        "fundcalc_cli/__main__.py": PROGRAM, f"{info}/METADATA": ABOUT, f"{info}/RECORD": "",
        f"{info}/entry_points.txt": "[console_scripts]\nfundcalc = fundcalc_cli.__main__:main\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    })  # fmt: skip
    make.lay_out(make.Target("linux-x86_64", sys.version_info[:2]), folder)
    about = {"for": make.this_machine(), "python": PYTHON}
    (folder / "bundle.json").write_text(json.dumps(about), encoding="utf-8")
    return folder


def opened(bundle: Path, *arguments: str, typed: str = "") -> tuple[int, str]:
    """What the starter says, and its exit code, for a user whose home is beside the bundle."""
    home = bundle.parent / "home"
    python = Path(sys.base_prefix, "bin")
    env = {
        "HOME": str(home),
        "PATH": f"{python}{os.pathsep}/usr/bin:/bin",
        "PYTHONUTF8": "1",
        "SHELL": "/bin/sh",
    }
    done = subprocess.run(
        ["/bin/sh", str(bundle / "fundcalc.sh"), *arguments], cwd="/", env=env, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, input=typed, encoding="utf-8",
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.skipif(platform.system() != "Linux", reason="a shell's starter, for Linux")
def test_the_starter_installs_once_and_opens_the_desk(bundle: Path) -> None:
    code, said = opened(bundle)
    home = bundle.parent / "home"
    assert code == 1 and "第一次打开" in said
    assert said.endswith(f"asked desk {home / 'fundcalc'} zh\n")
    code, said = opened(bundle, "run", "a b.csv")
    assert code == 1 and said.startswith("asked run a b.csv zh\n") and "terminal" in said


@pytest.mark.skipif(platform.system() != "Linux", reason="a shell's starter, for Linux")
def test_what_pages_say_to_type_can_be_typed(bundle: Path) -> None:
    """In the window for commands, `fundcalc` is one, in the folder of the desk."""
    code, said = opened(bundle, "terminal", typed="pwd\nfundcalc run 名册.csv\nexit 3\n")
    home = bundle.parent / "home"
    assert code == 0 and said.endswith(f"\n{home / 'fundcalc'}\nasked run 名册.csv zh\n")


@pytest.mark.skipif(platform.system() != "Linux", reason="a shell's starter, for Linux")
def test_a_start_that_was_cut_off_is_made_good(bundle: Path) -> None:
    opened(bundle)
    [place] = (bundle.parent / "home/.local/share/fundcalc").iterdir()
    (place / "ready").unlink()
    (place / "bin" / "python").unlink()
    code, said = opened(bundle, "check")
    assert code == 1 and "\nasked check zh\n" in said


@pytest.mark.skipif(platform.system() != "Linux", reason="a shell's starter, for Linux")
def test_half_a_copy_is_named_wheel_by_wheel(bundle: Path) -> None:
    [pip] = (bundle / "wheels").glob("pip-*")
    pip.write_bytes(pip.read_bytes()[:1000])
    (bundle / "wheels" / "fundcalc-0.1.0-py3-none-any.whl").unlink()
    code, said = opened(bundle)
    assert code == 2 and "Traceback" not in said
    assert "missing: fundcalc-0.1.0-py3-none-any.whl" in said and f"damaged: {pip.name}" in said


@pytest.mark.skipif(platform.system() != "Linux", reason="a shell's starter, for Linux")
def test_without_its_python_it_says_which_to_install(bundle: Path) -> None:
    make.lay_out(make.Target("linux-x86_64", (3, 99)), bundle)
    code, said = opened(bundle)
    assert code == 2 and "没有找到 Python 3.99" in said


@pytest.mark.parametrize(
    ("python", "system", "machine", "said"),
    [
        ("3.12", "Linux", "aarch64", None),
        ("3.13", "Linux", "aarch64", "3.12"),
        ("3.12", "Linux", "x86_64", "linux-x86_64"),
        ("3.12", "Windows", "ARM64", "windows-aarch64"),
        ("3.12", "Linux", "loongarch64", "linux-loongarch64"),
    ],
)
def test_another_machine_is_refused(
    python: str, system: str, machine: str, said: str | None
) -> None:
    about = {"for": "linux-aarch64", "python": "3.12"}
    if said is None:
        start.refuse_other(about, python, system, machine)
        start.refuse_other(about | {"for": "windows-x86_64"}, python, "Windows", "AMD64")
        return
    with pytest.raises(start.Refused, match=said):
        start.refuse_other(about, python, system, machine)


def test_a_bundle_for_windows(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    wheel(tmp_path / "wheels", "a-1-py3-none-any.whl", {"a.py": ""})
    make.lay_out(WINDOWS, tmp_path)
    content = (tmp_path / "fundcalc.cmd").read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n") > 10
    text = content.decode("gbk")  # what the console of a Chinese Windows shows
    assert "没有找到 Python 3.12" in text and "@" not in text.replace("@echo", "")
    assert "pushd" not in text and "cd /d" not in text  # files are those of the caller's folder
    assert '"%~dp0start.py" %*' in text
    assert '"%~dp0fundcalc.cmd" terminal' in (tmp_path / "terminal.cmd").read_text(encoding="gbk")
    first = (tmp_path / "请先读我.txt").read_bytes()
    assert first.startswith(b"\xef\xbb\xbf") and b"\r\n" in first and b"@" not in first
    digest = hashlib.sha256((tmp_path / "wheels/a-1-py3-none-any.whl").read_bytes()).hexdigest()
    assert start.requirements(tmp_path) == {"a-1-py3-none-any.whl": digest}
    assert start.missing(tmp_path) == []
    assert not list(tmp_path.glob("*.sh")) and not list(tmp_path.glob("*.desktop"))
