"""Recorded runs for reports and letters."""

from __future__ import annotations

from pathlib import Path

import pytest

from fundcalc import api
from fundcalc.api import RecordedRun

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "taiyuan-2017.xlsx"
HEADER = "代码,村名,乡镇,县（市、区）,常住人口,集体经济收入,已安排党建经费,其他班子成员,现行补贴"
HOSTILE = [
    "140123000001,<script>alert(1)</script>,甲乡,娄烦县,1200,60000,,4,5000",
    '140123000002,"#panic(""x"") $a^2$ */ [",甲乡,娄烦县,900,0,0,4,5000',
    "140121000003,../../etc/passwd,乙镇,清徐县,1000,50000,,3,0",
    "140121000004,}{{name}}{% raw %},乙镇,清徐县,999,49999.99,10000,0,0",
    "140121000005,</script><!--\u2028𠮷野,乙镇,清徐县,10,0,10000,1,8000",
]


def recorded(roster: Path, ledger: Path) -> RecordedRun:
    policy = api.load_policy(ROOT)
    run = api.calculate(api.plan(policy), api.read_roster(roster, policy))
    kept = api.record(run, ledger, prepared_by="<b>张三</b>", reviewed_by="李四")
    return api.open_run(ledger, kept.id)


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    """The example roster of 890 invented villages, from a ledger."""
    return recorded(EXAMPLE, tmp_path_factory.mktemp("example") / "fundcalc.db")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    """Villages whose names would be code, markup or paths elsewhere."""
    folder = tmp_path_factory.mktemp("hostile")
    roster = folder / "roster.csv"
    roster.write_text("\n".join([HEADER, *HOSTILE]) + "\n", encoding="utf-8")
    return recorded(roster, folder / "fundcalc.db")
