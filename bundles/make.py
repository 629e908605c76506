"""A bundle: a folder that installs and opens fundcalc without a network, on this or another kind of machine.

    python bundles/make.py windows-x86_64 --python 3.12 -o build/offline
    python bundles/make.py linux-aarch64 --glibc 2.28

What is needed follows from requirements.lock. Where no wheel of a package fits, another version is taken from
bundles/requirements.lock; where that does not help, the wheel is named and nothing is made. A wheel fits by
its name and, on Linux, by the glibc that its libraries ask for, since names promise too much.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TARGETS = {
    "linux-x86_64": "Linux，x86-64（兆芯、海光、Intel、AMD）",
    "linux-aarch64": "Linux，ARM64（飞腾、鲲鹏）",
    "windows-x86_64": "Windows 10 及以上，64 位",
}
RULES = "durable-rules"
OWN = "fundcalc (pyproject.toml)"
_OLD = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_ENTRY = re.compile(
    r"^([\w.-]+)==([^\s;]+)(?: ; ([^\\\n]+?))? \\\n((?:    --hash=.*\n)+)((?:    # .*\n)+)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Target:
    """A kind of machine: `glibc` is (2, 28) for 2.28, and of no meaning on Windows."""

    name: str
    python: tuple[int, int]
    glibc: tuple[int, int] = (2, 28)

    @property
    def linux(self) -> bool:
        """Whether it is a Linux."""
        return self.name.startswith("linux")

    @property
    def machine(self) -> str:
        """The processor."""
        return self.name.partition("-")[2]

    @property
    def platforms(self) -> list[str]:
        """What wheels for it may be called, the newest first; only `linux_…` is built here."""
        if not self.linux:
            return ["win_amd64"]
        found: list[str] = []
        for minor in range(self.glibc[1], 4, -1):
            found += [f"manylinux_2_{minor}_{self.machine}"]
            found += [f"{_OLD[minor]}_{self.machine}"] if minor in _OLD else []
        return [*found, f"linux_{self.machine}"]

    @property
    def tags(self) -> set[Tag]:
        """All that a fitting wheel may be tagged with."""
        name = "cp{}{}".format(*self.python)
        made = cpython_tags(self.python, [name, "abi3", "none"], self.platforms)
        return {*made, *compatible_tags(self.python, name, self.platforms)}

    def holds(self, marker: str) -> bool:
        """Whether a requirement with this marker is one on such a machine."""
        python = "{}.{}".format(*self.python)
        system = ("posix", "linux", "Linux") if self.linux else ("nt", "win32", "Windows")
        about = dict(zip(("os_name", "sys_platform", "platform_system"), system, strict=True))
        machine = self.machine if self.linux else "AMD64"
        about |= {"python_version": python, "python_full_version": f"{python}.0"}
        about |= {"platform_machine": machine, "implementation_name": "cpython", "extra": ""}
        about |= {"platform_python_implementation": "CPython"}
        return not marker or Marker(marker).evaluate(about)

    def fits(self, wheel: Path) -> bool:
        """Whether a wheel runs there, by its name and by what its libraries ask for."""
        named = bool(parse_wheel_filename(wheel.name)[3] & self.tags)
        return named and not (self.linux and glibc_of(wheel) > self.glibc)


@dataclass(frozen=True)
class Locked:
    """A line of a lock file: its digests, and what asks for it."""

    name: str
    version: str
    hashes: tuple[str, ...]
    via: frozenset[str]


def read_lock(text: str, target: Target) -> dict[str, Locked]:
    """The lines of a lock file that hold on a kind of machine, by name."""
    found: dict[str, Locked] = {}
    for name, version, marker, hashes, said in _ENTRY.findall(text):
        if target.holds(marker):
            via = re.findall(r"# (?:via|  )? *([\w.-][\w .():-]*)$", said, re.MULTILINE)
            digests = tuple(re.findall(r"sha256:[0-9a-f]{64}", hashes))
            found[name] = Locked(name, version, digests, frozenset(via))
    return found


def needed(locked: Mapping[str, Locked], start: str = OWN) -> dict[str, Locked]:
    """What is installed to run the program, its desk and DuckDB included; no tools of the tests."""
    want = {name for name, one in locked.items() if start in one.via}
    while more := {n for n, one in locked.items() if n not in want and one.via & want}:
        want |= more
    return {name: locked[name] for name in sorted(want)}


def glibc_of(wheel: Path) -> tuple[int, int]:
    """The newest glibc that a wheel's libraries ask for; (0, 0) where they ask for none."""
    newest = (0, 0)
    with ZipFile(wheel) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if content[:4] == b"\x7fELF":
                asked = re.findall(rb"GLIBC_(\d+)\.(\d+)", content)
                newest = max([newest, *((int(one), int(two)) for one, two in asked)])
    return newest


# -- collecting -----------------------------------------------------------------------------------


def collect(target: Target, wheels: Path) -> list[str]:
    """Bring all wheels for a kind of machine into a folder; names what no wheel could be had for."""
    main, more = (
        read_lock((folder / "requirements.lock").read_text(encoding="utf-8"), target)
        for folder in (ROOT, HERE)
    )
    missing: list[str] = []
    queue = [*needed(main).values(), *needed(more, "start.py").values()]
    while queue:
        one = queue.pop(0)
        print(f"  {one.name} {one.version}", flush=True)
        if one.name == RULES:
            _build_rules(one, target, wheels)
        elif not _download(one, target, wheels):
            other = more.get(one.name)
            if other is None or other == one:
                missing.append(f"{one.name}=={one.version}")
                continue
            print(f"    no wheel fits; {other.version} instead", flush=True)
            queue += [other, *needed(more, one.name).values()]
    return missing


def _download(one: Locked, target: Target, wheels: Path) -> bool:
    """The wheel of this version and digest, if there is one that fits."""
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder, "wheels")
        python = ["--python-version", "{}.{}".format(*target.python), "--implementation", "cp"]
        kinds = [part for each in target.platforms for part in ("--platform", each)]
        _pip("download", "--no-deps", "--only-binary=:all:", *python, *kinds, "--dest", str(into),
             *_locked(one, Path(folder)))  # fmt: skip
        for wheel in into.glob("*.whl") if into.is_dir() else ():
            if target.fits(wheel):
                shutil.move(wheel, wheels / wheel.name)
                return True
    return False


def _build_rules(one: Locked, target: Target, wheels: Path) -> None:
    """The rules engine, which has no wheels: built where this machine is of that kind, else left out."""
    if this_machine() != target.name or sys.version_info[:2] != target.python:
        print("    has no wheels and is not built for another machine: left out", flush=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        _pip("wheel", "--no-deps", "--no-build-isolation", "--use-pep517", "--wheel-dir", folder,
             *_locked(one, Path(folder)))  # fmt: skip
        fitting = [wheel for wheel in Path(folder).glob("*.whl") if target.fits(wheel)]
        for wheel in fitting:
            shutil.move(wheel, wheels / wheel.name)
    if not fitting:
        print("    could not be built for it: left out", flush=True)


def _locked(one: Locked, folder: Path) -> list[str]:
    """What tells pip to take this version, and nothing whose digest is not the lock file's."""
    wanted, hashes = folder / "one.txt", " ".join(f"--hash={each}" for each in one.hashes)
    wanted.write_text(f"{one.name}=={one.version} {hashes}\n", encoding="utf-8")
    return ["--require-hashes", "--requirement", str(wanted)]


def _pip(*arguments: str) -> bool:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def this_machine() -> str:
    """This machine's kind, as in `TARGETS`, or another word."""
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    return f"{platform.system().lower()}-{machine}"


# -- the folder -----------------------------------------------------------------------------------


def lay_out(target: Target, folder: Path) -> None:
    """What stands beside the wheels: the list of them, the starter, what to read first."""
    wheels = sorted((folder / "wheels").iterdir())
    digests = (hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels)
    lines = [f"{digest}  {wheel.name}\n" for digest, wheel in zip(digests, wheels, strict=True)]
    _write(folder / "requirements.txt", "".join(lines))
    python = "{}.{}".format(*target.python)
    about = {"for": target.name, "python": python}
    _write(folder / "bundle.json", json.dumps(about) + "\n")
    shutil.copy(HERE / "start.py", folder / "start.py")
    words = dict(_words(target, any(w.name.startswith("durable_rules") for w in wheels)))
    files = ["fundcalc.cmd", "terminal.cmd"]
    if target.linux:
        files = ["fundcalc.sh", "fundcalc.desktop", "terminal.desktop"]
    for name in (*files, "README.zh.txt"):
        text = (HERE / name).read_text(encoding="utf-8").replace("@PYTHON@", python)
        for mark, said in words.items():
            text = text.replace(f"@{mark}@", said)
        path = folder / name.replace("README.zh", "请先读我")
        if name.endswith(".cmd"):  # the console of a Chinese Windows reads code page 936
            path.write_bytes(text.replace("\n", "\r\n").encode("gbk"))
        else:
            _write(path, text if target.linux else "\ufeff" + text.replace("\n", "\r\n"))
    for name in files:
        (folder / name).chmod(0o755)


def _words(target: Target, rules: bool) -> Iterator[tuple[str, str]]:
    python = "{}.{}".format(*target.python)
    glibc = "，glibc {}.{} 及以上".format(*target.glibc) if target.linux else ""
    yield "FOR_ZH", TARGETS[target.name] + glibc
    if target.linux:
        yield (
            "INSTALL",
            f"     麒麟、统信：软件商店，或 apt install python{python} python{python}-venv",
        )
        yield "START", "双击 fundcalc.desktop（先在“属性”里允许执行），或在终端里 sh fundcalc.sh"
        yield "TERMINAL", "双击 terminal.desktop，或在终端里 sh fundcalc.sh terminal"
        yield "PLACE", "~/.local/share/fundcalc"
    else:
        yield "INSTALL", f"     Python {python} 的 64 位安装程序，安装时勾选 Add python.exe to PATH"
        yield "START", "双击 fundcalc.cmd"
        yield "TERMINAL", "双击 terminal.cmd"
        yield "PLACE", r"%LOCALAPPDATA%\fundcalc"
    yield (
        "RULES",
        "包里有。" if rules else "没有现成的安装包；由求值器按条文复核，结果一样，台账会写明。",
    )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")


def make(target: Target, folder: Path) -> list[str]:
    """Make a bundle; names the wheels that cannot be had, and then makes none.

    It is made aside, so that one of before is replaced by a whole one or left as it is.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}-", dir=folder.parent) as aside:
        new, old = Path(aside, "new"), Path(aside, "old")
        wheels = new / "wheels"
        wheels.mkdir(parents=True)
        missing = collect(target, wheels)
        if not missing:
            command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir"]
            subprocess.run(
                [*command, str(wheels), str(ROOT)], check=True, stdout=subprocess.DEVNULL
            )
            lay_out(target, new)
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
    return missing


def _version(text: str) -> tuple[int, int]:
    major, minor = map(int, text.split("."))
    return major, minor


def main() -> int:
    """0, or 1 with the name of each wheel that is missing."""
    here = ".".join(map(str, sys.version_info[:2]))
    parser = argparse.ArgumentParser(description="A bundle that needs no network.")
    parser.add_argument("target", nargs="?", default=this_machine(), choices=list(TARGETS))
    parser.add_argument("--glibc", type=_version, default=(2, 28), help="the oldest, such as 2.28")
    parser.add_argument("--python", type=_version, default=_version(here), help=f"such as {here}")
    parser.add_argument("-o", "--output", type=Path, default=Path("build", "offline"))
    asked = parser.parse_args()
    target = Target(asked.target, asked.python, asked.glibc)
    print("==> Collecting wheels for {}, Python {}.{}".format(target.name, *target.python))
    missing = make(target, asked.output)
    if missing:
        print("There is no wheel for it of:", *missing, sep="\n  ")
        print("Nothing was made. Put a version that has one into bundles/requirements.lock.")
        return 1
    size = sum(path.stat().st_size for path in asked.output.rglob("*")) / 1e6
    print(f"==> {asked.output}{os.sep}: {size:.0f} MB; copy the whole folder")
    return 0


if __name__ == "__main__":
    sys.exit(main())
