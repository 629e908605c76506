"""Villages of one name, without codes: found, set by hand and held to letters. The roster is invented."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli

HEAD = "村名,乡镇,县（市、区）,常住人口,集体经济收入,已安排党建经费,其他班子成员,现行补贴"
ROWS = (
    "东村,甲镇,清徐县,1200,60000,100000,4,5000",
    "东村,乙镇,清徐县,400,20000,,3,5000",
    "东村,甲镇,娄烦县,999,50000,0,5,7000",
    "<新>村 二,甲镇,娄烦县,300,0,,3,8000",
    "城,城,城区,1000,50000.01,20000,2,100",
    "城,城关,城区,900,40000.01,20000,2,100",
)
OVERRIDES = "村,项目,金额,原因代码,理由,文件,批准人"


@pytest.fixture
def run(cli: Cli, tmp_path: Path) -> str:
    """A recorded run of them."""
    (tmp_path / "r.csv").write_text("\n".join([HEAD, *ROWS]) + "\n", encoding="utf-8")
    assert cli("run", "r.csv").code == 0
    return "last"


def offered(text: str) -> list[str]:
    """What is offered where a name means several."""
    return re.findall(r"(?:东村|城)  \S+  \S+[^\s;；:：]", text)


@pytest.mark.parametrize("name", ["东村", "城"])
def test_what_is_offered_for_a_name_is_taken(cli: Cli, run: str, tmp_path: Path, name: str) -> None:
    several = cli("explain", name, "--run", run)
    ways = offered(several.out + several.err)
    assert several.code == 1 and len(ways) == sum(row.startswith(f"{name},") for row in ROWS)
    for way in ways:
        answer = cli("explain", way, "--run", run, "--lang", "zh")
        told, town, county = way.split("  ")
        assert answer.code == 0 and answer.out.startswith(f"{told}（{county} {town}）")
        assert cli("letter", run, way, "-o", f"letter-{town}-{county}", "--short").code == 0
        spelt = f"{county}{town}，{told}", f"{told} ({town}、{county})"
        assert all(
            cli("explain", each, "--run", run, "--lang", "zh").out == answer.out.replace(way, each)
            for each in spelt
        )
    line = ",guaranteed_funds,180000,A,甲,乙,丙"
    Path("o.csv").write_text(f"{OVERRIDES}\n{name}{line}\n", encoding="utf-8")
    refused = cli("run", "r.csv", "--no-record", "--overrides", "o.csv")
    assert refused.code == 2 and "FC827" in refused.err and f"{len(ways)} villages" in refused.err
    said = "".join(refused.err.split())
    assert all("".join(way.split()) in said for way in ways)
    for way in ways:
        Path("o.csv").write_text(f"{OVERRIDES}\n{way}{line}\n", encoding="utf-8")
        assert cli("run", "r.csv", "--no-record", "--overrides", "o.csv").code == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("short", [[], ["--short"]])
def test_each_letter_is_held_to_its_own_village(
    cli: Cli, run: str, lang: str, short: list[str]
) -> None:
    assert cli("letter", run, "--one-file", "-o", "all", "--lang", lang, *short).code == 0
    [paper] = Path("all").iterdir()
    answer = cli("runs", "verify", "1", "--paper", paper, "--format", "json")
    [held] = json.loads(answer.out)["papers"]
    assert answer.code == 0 and held["villages"] == len(ROWS) and not held["differences"]
