"""Recorded runs for reports and letters."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fundcalc import api
from fundcalc.api import RecordedRun, Run

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
def carrying(tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    """Four invented villages a year after a correction, of which one has three amounts set by hand.

    The correction left 200,000 to be deducted from 甲村, of which fewer live there than were reported;
    nothing is carried for 乙村. In 丙村's county nobody is short of a subsidy.
    """
    folder = tmp_path_factory.mktemp("carrying")
    ledger, overrides = folder / "fundcalc.db", folder / "overrides.csv"
    policy = api.load_policy(ROOT)

    def calculated(people: int, on: date) -> Run:
        roster = folder / f"{people}.csv"
        lines = [
            f"140121000001,甲村,甲镇,清徐县,{people},60000,,4,5000",
            "140123000002,乙村,乙乡,娄烦县,312,36800,120000,4,5000",
            "140181000003,丙村,丙镇,古交市,400,70000,,3,9000",
            "140181000004,丁村,丙镇,古交市,400,70000,,0,",
        ]
        roster.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        return api.calculate(api.plan(policy, on=on), api.read_roster(roster, policy))

    old = api.record(calculated(1200, date(2017, 12, 31)), ledger)
    api.record(api.correct(calculated(900, date(2017, 12, 31)), ledger, old.id, "人口核实"), ledger)
    by_hand = {
        "guaranteed_funds": 180000,
        "municipal_share": 2000,
        "collective_support_share": 150000,
    }
    grounds = f"A1,{'由其他渠道安排的资金已经足够' * 3},并政办〔2018〕12号,王某"
    lines = [f"140123000002,{output},{amount},{grounds}" for output, amount in by_hand.items()]
    head = "village,output,amount,code,reason,document,approver"
    overrides.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    run = api.override(calculated(1300, date(2018, 12, 31)), overrides)
    kept = api.record(api.carry(run, ledger), ledger, prepared_by="张三", reviewed_by="李四")
    return api.open_run(ledger, kept.id)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    """Villages whose names would be code, markup or paths elsewhere."""
    folder = tmp_path_factory.mktemp("hostile")
    roster = folder / "roster.csv"
    roster.write_text("\n".join([HEADER, *HOSTILE]) + "\n", encoding="utf-8")
    return recorded(roster, folder / "fundcalc.db")
