"""Opens the desk of a bundle: first it makes an environment from the wheels beside it, once.

It uses nothing but Python. `start.py terminal` opens a shell in which `fundcalc` is a command, as pages and
messages say it; `start.py ARGUMENTS` runs `fundcalc ARGUMENTS`.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Refused(Exception):
    """What stands in the way, in words."""


def requirements(folder: Path) -> dict[str, str]:
    """The file of each wheel of a bundle, with its SHA-256."""
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return {line.split()[1]: line.split()[0] for line in lines}


def missing(folder: Path) -> list[str]:
    """The wheels that a bundle lacks, or of which it has half a copy."""
    found = []
    for name, wanted in requirements(folder).items():
        path = folder / "wheels" / name
        if not path.is_file():
            found.append("缺少 missing: " + name)
        elif hashlib.sha256(path.read_bytes()).hexdigest() != wanted:
            found.append("已损坏 damaged: " + name)
    return found


def refuse_other(about: dict[str, str], python: str, system: str, machine: str) -> None:
    """Raise Refused on another Python or kind of machine than the bundle is for."""
    if python != about["python"]:
        raise Refused(
            "本安装包要用 Python {0}，找到的是 {1}。请安装 Python {0}。\n"
            "This bundle is for Python {0}; this is {1}.".format(about["python"], python)
        )
    names = {"amd64": "x86_64", "arm64": "aarch64"}
    this = f"{system.lower()}-{names.get(machine.lower(), machine.lower())}"
    if this != about["for"]:
        raise Refused(
            "本安装包是给 {0} 的，这台电脑是 {1}。请拿另一个安装包。\n"
            "This bundle is for {0}; this machine is {1}.".format(about["for"], this)
        )


def place(digest: str) -> Path:
    """Where the environment goes: among this user's data, since a bundle may lie on a disc or a share."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "fundcalc" / digest[:12]


def environment(folder: Path) -> Path:
    """The Python of the bundle's environment, made where it is not there or was not finished."""
    where = place(hashlib.sha256((folder / "requirements.txt").read_bytes()).hexdigest())
    program = where / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if (where / "ready").is_file() and program.exists():
        return program
    lost = missing(folder)
    if lost:
        said = "安装包不全，请重新拷贝。\nThis bundle is not whole; copy it again."
        raise Refused("\n  ".join([said, *lost]))
    print("第一次打开，正在安装（一分钟左右）…\nInstalling, once…", flush=True)
    venv.EnvBuilder(clear=True, symlinks=os.name != "nt").create(str(where))
    wheels = folder / "wheels"
    pip = next(wheels.glob("pip-*.whl")) / "pip"
    names = [str(wheels / name) for name in requirements(folder) if not name.startswith("pip-")]
    quiet = ["--no-index", "--no-deps", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([str(program), str(pip), "install", *quiet, *names], check=False)
    if done.returncode != 0:
        raise Refused("没有装成，原因见上。\nIt could not be installed; the reason stands above.")
    (where / "ready").touch()
    return program


def terminal(program: Path, home: Path) -> int:
    """A shell in the folder of the desk, in which `fundcalc` is a command; 0 when it is left."""
    home.mkdir(parents=True, exist_ok=True)
    os.environ["PATH"] = f"{program.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    shell = (
        os.environ.get("COMSPEC", "cmd.exe") if os.name == "nt" else os.environ.get("SHELL", "sh")
    )
    print(
        f"{home}\n在这里打 fundcalc 命令，例如：fundcalc run 名册.xlsx -o 结果.xlsx；打 exit 关闭。\n"
        "Type commands here, such as: fundcalc run ROSTER -o result.xlsx; exit closes it.",
        flush=True,
    )
    subprocess.run([shell], cwd=home, check=False)
    return 0


def main(arguments: list[str]) -> int:
    """Check, install if need be, run; returns the exit code."""
    try:
        about = json.loads((HERE / "bundle.json").read_text(encoding="utf-8"))
        python = "{}.{}".format(*sys.version_info[:2])
        refuse_other(about, python, platform.system(), platform.machine())
        program = environment(HERE)
    except (Refused, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    os.environ.setdefault("FUNDCALC_LANG", "zh")
    home = Path.home() / "fundcalc"
    if arguments == ["terminal"]:
        return terminal(program, home)
    asked = arguments or ["desk", str(home)]
    done = subprocess.run([str(program), "-m", "fundcalc_cli", *asked], check=False).returncode
    if arguments:
        print(
            "上面写的 fundcalc …… 在打命令的窗口里打：同样打开，后面写 terminal。\n"
            "Commands above that begin with fundcalc: start this again with the one word terminal.",
            file=sys.stderr,
        )
    return done


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
