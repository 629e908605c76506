"""No command but `desk` opens a socket: an office computer has no network, and a roster is nobody else's.

What `desk` opens is tried in tests/desk/test_door.py: it listens on 127.0.0.1 and reaches nothing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

REFUSING = """
import sys

def refuse(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        raise RuntimeError(f"network: {event} {arguments}")
    if event == "urllib.Request":
        raise RuntimeError(f"network: {arguments}")

sys.addaudithook(refuse)
from fundcalc_cli.app import main
main()
"""
ROSTER = str(ROOT / "examples" / "taiyuan-2017.xlsx")
COMMANDS = (
    "init office",
    f"run {ROSTER} -o out.xlsx -o out.csv -o out.parquet -o out.json",
    "roster clean out.parquet -o clean --column code=code",
    "run clean --backend duckdb --no-record -o duck.csv",
    f"roster check {ROSTER}",
    "roster template -o empty.xlsx",
    f"roster intake {ROSTER} -o intake.toml",
    "explain 鹰落沟村 --run last --format html",
    "report last -o report.html",
    "letter last 鹰落沟村 -o letters",
    "runs verify",
    "runs export last pack",
    "runs near last",
    "runs doubts last -o doubts.xlsx",
    "runs review last --by 李四 --approve",
    "runs verify last --paper out.csv",
    "check",
    "test --coverage",
    "compare current baseline_guarantee=180000 --prove",
    f"compare current current,thousand_or_more=exclusive {ROSTER} -o compare.xlsx -o compare.html",
    f"grid {ROSTER} --years 2017:2018 -o grid.parquet",
    f"project {ROSTER} --years 2018:2019",
    "show",
    "fmt --check office",
    "schema -o schema",
    "sql --dialect duckdb",
    "rule FC701",
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk")


def test_commands_work_where_every_socket_is_refused(desk: Path) -> None:
    for command in COMMANDS:
        done = subprocess.run(
            [sys.executable, "-c", REFUSING, *command.split()],
            cwd=desk,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "network:" not in done.stderr, f"{command}\n{done.stderr[-2000:]}"
        assert done.returncode in (0, 1), f"{command}\n{done.stderr[-2000:]}"


def test_only_the_desk_needs_one(desk: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", REFUSING, "desk", "--no-browser"],
        cwd=desk,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode and "network: socket.__new__" in done.stderr


def test_a_refused_socket_would_be_seen() -> None:
    code = REFUSING.replace(
        "from fundcalc_cli.app import main\nmain()", "import socket\nsocket.socket()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "network: socket.__new__" in done.stderr
