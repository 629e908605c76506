"""Amounts near the end of 64 bits of fen: exact wherever they stand, and refused where they cannot."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.cli.clean import for_engine
from tests.cli.conftest import Cli
from tests.cli.small import decides, fact, policy, roster, rule

from fundcalc.base.money import INT64_MAX
from fundcalc.reports.workbook.paper import in_cell

COUNTY = '\n[facts.county]\ntitle = { zh = "县", en = "County" }\ntype = "text"\nrequired = true\n'
FACTS = COUNTY + fact("income", 'unit = "yuan/year"') + fact("people", 'unit = "person"')
POOL = (
    '\n[[also]]\nid = "shared"\nunit = "yuan/year"\nsource = "paper"\n'
    'share = { pool = "30_000_000_000_000_000", per = "county", by = "people" }\n'
)
PAYER = '\n[payers.city]\ntitle = { zh = "市级", en = "City" }\n'
VILLAGES = [f"村{n},甲县,{90_000_000_000_000_000 - n}.01,{n}" for n in range(4)]
LARGE = "89999999999999998.01"
TOTAL = "359999999999999994.04"


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A roster of incomes of 9 × 10^16 yuan, each granted in full, with a pool of 3 × 10^16."""
    rules = decides("unique") + 'payer = "city"\n' + rule("r", "people >= 0", "income") + POOL
    policy(tmp_path, facts=FACTS, head=PAYER, g=rules)
    return roster(tmp_path, "name,county,income,people", *VILLAGES)


@pytest.mark.parametrize(
    "how", [["--engine", "rules"], ["--engine", "columnar"], ["--backend", "duckdb"], []]
)
def test_csv_and_summary_are_exact(cli: Cli, large: Path, how: list[str]) -> None:
    answer = cli(
        "run", for_engine(cli, large, how), "--no-record", "-o", "out.csv", "--format", "json", *how
    )
    assert answer.code == 0
    assert json.loads(answer.out)["total"]["amounts"] == {
        "granted": TOTAL, "shared": "30000000000000000.00",
    }  # fmt: skip
    lines = Path("out.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[3].startswith(f"村2,甲县,{LARGE},2,{LARGE},10000000000000000.00,r")


def test_json_and_papers_are_exact(cli: Cli, large: Path) -> None:
    answer = cli("run", large, "-o", "out.json", "--ledger", "l.db", "--lang", "en")
    assert answer.code == 0
    assert "359,999,999,999,999,994.04" in answer.out
    assert LARGE in Path("out.json").read_text(encoding="utf-8")
    id_ = json.loads(cli("runs", "list", "--ledger", "l.db", "--format", "json").out)[0]["id"]
    for command in (["letter", id_, "-o", "letters"], ["report", id_, "-o", "report.html"]):
        assert cli(*command, "--ledger", "l.db").code == 0
    assert cli("runs", "verify", "--ledger", "l.db").code == 0
    assert cli("runs", "export", id_, "pack", "--ledger", "l.db").code == 0
    explained = cli("explain", "村2", "--run", id_, "--ledger", "l.db")
    assert "89,999,999,999,999,998.01" in explained.out
    page = Path("report.html").read_text(encoding="utf-8")
    data = re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert data is not None and LARGE.replace(".", "") in data.group(1)
    numbers: list[int] = []
    json.loads(data.group(1), parse_int=lambda text: numbers.append(int(text)))
    assert max(map(abs, numbers)) < 2**53, "a browser would read it as another number"


@pytest.mark.parametrize(
    ("file", "code", "how"),
    [
        ("out.xlsx", "FC854", []),
        ("out.parquet", "FC855", []),
        ("out.parquet", "FC855", ["--backend", "duckdb"]),
    ],
)
def test_files_that_cannot_hold_them_say_so(
    cli: Cli, large: Path, file: str, code: str, how: list[str]
) -> None:
    answer = cli("run", for_engine(cli, large, how), "--no-record", "-o", file, *how)
    assert answer.code == 2 and code in answer.err
    assert not Path(file).exists()


@pytest.mark.parametrize(
    ("fen", "decimals", "cell"),
    [
        (10**15 - 1, 2, 9_999_999_999_999.99),
        (10**17, 2, 1e15),
        (92_233_720_368_547_700, 2, 922_337_203_685_477.0),
        (-(10**15 - 1), 6, -999_999_999.999999),
        (10**15 + 1, 2, None),
        (INT64_MAX, 2, None),
        (-INT64_MAX - 1, 2, None),
    ],
)
def test_a_cell_has_fifteen_digits(fen: int, decimals: int, cell: float | None) -> None:
    from fundcalc.base.diagnostics import PolicyProblem

    if cell is not None:
        assert in_cell(fen, decimals) == cell
        return
    with pytest.raises(PolicyProblem, match="15"):
        in_cell(fen, decimals)
