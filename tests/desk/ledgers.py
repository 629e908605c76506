"""A folder as a desk serves it, with an invented roster, and what its pages lead to."""

from __future__ import annotations

import html
import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from tests.desk.conftest import Reply, Server, command

HEADER = (
    "代码,村名,乡镇,县（市、区）,常住人口（人）,集体经济收入（元/年）,已安排党建经费（元/年）,"
    "其他班子成员（人）,现行补贴（元/人·年）"
)
VILLAGES = (
    "140121000201,东村,甲镇,清徐县,1200,60000,100000,4,5000",
    "140121000202,南村,甲镇,清徐县,400,20000,,3,5000",
    "140121000203,<script>村,丙镇,清徐县,999,50000,0,5,7000",
    "140123000201,=西村,乙乡,娄烦县,300,0,,3,8000",
    "140123000202,南村,乙乡,娄烦县,1000,50000.01,20000,2,100",
)
CORRECTED = ("140121000201,东村,甲镇,清徐县,1200,60000,70000,4,5000", *VILLAGES[1:4])
"""東村 has less arranged so far, and one village is gone."""

CHOICE = [
    ("kinds", "sign"),
    ("kinds", "table"),
    ("unit", "yuan"),
    ("paper", "a4"),
    ("one_file", "yes"),
]


def lay_out(folder: Path, villages: Sequence[str] = VILLAGES) -> Path:
    """Rosters and intake as pages 1 to 3 leave them."""
    (folder / "rosters").mkdir(parents=True, exist_ok=True)
    text = "\n".join([HEADER, *villages]) + "\n"
    (folder / "rosters" / "名册.csv").write_text(text, encoding="utf-8")
    if not (folder / "intake.toml").exists():
        done = command(folder, "roster", "intake", "rosters", "-o", "intake.toml")
        assert done.returncode == 0, done.stderr
    return folder


def equal_commands(reply: Reply) -> list[list[str]]:
    """The commands that a page shows at its foot, as a shell takes them apart."""
    shown = re.findall(r"<code aria-labelledby=\"equal\"[^>]*>(.*?)</code>", reply.text, re.DOTALL)
    commands = [shlex.split(html.unescape(each)) for each in shown]
    assert all(name == "fundcalc" for name, *_ in commands)
    return [asked for _, *asked in commands]


def equal_command(reply: Reply) -> list[str]:
    """The first of them."""
    commands = equal_commands(reply)
    assert commands, reply.said
    return commands[0]


def links(reply: Reply, pattern: str) -> list[str]:
    """Addresses on a page that begin so."""
    return [html.unescape(one) for one in re.findall(rf'href="({pattern}[^"]*)"', reply.text)]


def name_of(reply: Reply) -> str:
    """The name under which a browser saves an answer."""
    told = reply.headers["content-disposition"]
    kind, _, name = told.partition("; filename")
    assert kind == "attachment", told
    return unquote(name.removeprefix("*=utf-8''").removeprefix('="').removesuffix('"'))


def record(desk: Server, *more: tuple[str, str], once: str = "") -> Reply:
    """Choose and record on page 6, and go on to the papers."""
    given = [*CHOICE, ("once", once or os.urandom(4).hex()), *more]
    return desk.post("/papers/record", given, page="/papers")


def run_id(reply: Reply) -> str:
    """The run that a page is about."""
    found = re.search(r"\d{4}-[0-9a-f]{8}", reply.said)
    assert found, reply.said
    return found[0]
