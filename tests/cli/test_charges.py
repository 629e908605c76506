"""What is to be paid: a rise is a loss, nothing adds it to what is granted, and papers say which it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pypdf import PdfReader
from tests.cli.small import OTHERWISE, YUAN, decides, fact, policy, roster, rule
from tests.conftest import Cli

HEAD = """
[payers.city]
title = { zh = "市财政", en = "City" }
[parameters.edge]
title = { zh = "起征点", en = "Threshold" }
unit = "yuan/year"
source = "paper"
values = { 2020-01-01 = 1_000, 2022-01-01 = 900 }
[parameters.each]
title = { zh = "每人", en = "A head" }
unit = "yuan/(person·year)"
source = "paper"
values = { 2020-01-01 = 100, 2022-01-01 = 90 }
"""
TENTH = "round(income / 10, 1, 'down') + 200"


@pytest.fixture(autouse=True)
def levy(tmp_path: Path) -> None:
    policy(
        tmp_path, head=HEAD,
        facts=fact("people", 'unit = "person"', "range = [0, 1000]")
        + fact("income", 'unit = "yuan/year"', "range = [0, 100_000]"),
        tax=decides("first", "tax", YUAN + 'direction = "charge"\n')
        + rule("rich", "income > edge", TENTH) + OTHERWISE,
        grant=decides("first", "grant", YUAN + 'payer = "city"\n')
        + rule("each", "people > 0", "people * each") + OTHERWISE,
    )  # fmt: skip
    rows = ("甲村,1,950", "乙村,2,1000", "丙村,3,2000")
    roster(tmp_path, "name,people,income", *rows, name="r.csv")


def test_a_run_keeps_charges_apart(cli: Cli) -> None:
    found = json.loads(cli("run", "r.csv", "--format", "json").out)
    assert found["total"]["amounts"] == {"tax": "400.00", "grant": "600.00"}
    assert found["totals"] == [{"payer": "city", "unit": "yuan/year", "amount": "600.00"}]
    said = cli("run", "r.csv", "--lang", "zh").out
    assert "合计 600.00 元/年：市财政 600.00" in said
    assert "项目tax（应缴） 400.00 元/年" in said and "1,000.00" not in said
    assert "Programme tax (to pay) 400.00 yuan/year" in cli("run", "r.csv").out


def test_winners_of_a_charge_pay_less(cli: Cli) -> None:
    """甲村 and 乙村 pay under the lower threshold, and the grant falls for all."""
    found = json.loads(cli("compare", "2020-01-01", "2022-12-31", "r.csv", "--format", "json").out)
    grant, tax = found["units"]
    assert grant["unit"] == tax["unit"] == "yuan/year" and tax["direction"] == "charge"
    for one, old, new, down in ((grant, "600.00", "540.00", 3), (tax, "400.00", "995.00", 2)):
        assert (one["total"]["old"], one["total"]["new"]) == (old, new)
        assert one["total"]["villages"]["up"] == 0 and one["total"]["villages"]["down"] == down
        assert {mover["way"] for mover in one["movers"]} == {"down"}
    back = json.loads(cli("compare", "2022-12-31", "2020-01-01", "r.csv", "--format", "json").out)
    assert {mover["way"] for mover in back["units"][1]["movers"]} == {"up"}
    said = cli("compare", "2020-01-01", "2022-12-31", "r.csv").out
    assert "0 villages pay less, 2 pay more" in said and "0 villages gain, 3 lose" in said
    assert (
        "多缴的 2 个村" in cli("compare", "2020-01-01", "2022-12-31", "r.csv", "--lang", "zh").out
    )


def test_years_of_a_charge_are_no_bill(cli: Cli) -> None:
    years = json.loads(cli("project", "r.csv", "--years", "2021:2022", "--format", "json").out)[
        "years"
    ]
    assert [year["total"] for year in years] == ["600.00", "540.00"]
    assert [year["units"][1] for year in years] == [
        {"unit": "yuan/year", "direction": "charge", "total": total, "payers": {"": total}}
        for total in ("400.00", "995.00")
    ]


def test_a_charge_that_jumps_is_a_cliff_and_one_that_falls_is_none(
    cli: Cli, tmp_path: Path
) -> None:
    def cliffs() -> str:
        said = " ".join(cli("check").said.split())
        return said[said.find("[FC711]") :] if "FC711" in said else ""

    assert "more of `income`" in cliffs() and "costs" in cliffs() and "more of `tax`" in cliffs()
    tax = tmp_path / "rules/tax.toml"
    tax.write_text(tax.read_text("utf-8").replace("income > edge", "income <= edge"), "utf-8")
    assert not cliffs()
    tax.write_text(tax.read_text("utf-8").replace('direction = "charge"\n', ""), "utf-8")
    assert "loses" in cliffs()


@pytest.mark.parametrize(
    ("lang", "lead", "row", "total"),
    [
        ("zh", "贵村合计 300.00 元", "项目tax（应缴）", "合计"),
        ("en", "due 300.00 yuan", "Programme tax (to pay)", "Total"),
    ],
)
def test_a_letter_says_what_is_to_be_paid(
    cli: Cli, tmp_path: Path, lang: str, lead: str, row: str, total: str
) -> None:
    assert cli("run", "r.csv").code == 0
    assert cli("letter", "last", "丙村", "-o", "letters", "--lang", lang).code == 0
    text = PdfReader(next((tmp_path / "letters").glob("*.pdf"))).pages[0].extract_text()
    assert lead in text and row in text and "400" in text
    assert not re.search(r"\b700\b", text)  # digests may have it
    # the total of what is granted stands below it, above what is to be paid
    lines = text.splitlines()
    places = [
        next(at for at, line in enumerate(lines) if line.startswith(one)) for one in (total, row)
    ]
    assert places == sorted(places)


def test_the_sheet_to_sign_arranges_no_charge(cli: Cli, tmp_path: Path) -> None:
    import openpyxl

    assert cli("run", "r.csv", "-o", "r.xlsx", "--lang", "zh").code == 0
    sheet = openpyxl.load_workbook("r.xlsx")["签发表"]
    cells = [[str(cell.value).replace("\n", "") for cell in row] for row in sheet.iter_rows()]
    assert any("项目tax（应缴）" in cell for row in cells for cell in row)
    assert any("600.00" in cell for row in cells for cell in row)
    assert not any("1,000.00" in cell or "1000.00" in cell for row in cells for cell in row)


def test_whoever_pays_a_charge_is_no_payer_of_grants(cli: Cli, tmp_path: Path) -> None:
    tax = tmp_path / "rules/tax.toml"
    text = tax.read_text("utf-8").replace("direction", 'payer = "city"\ndirection')
    tax.write_text(text, "utf-8")
    found = json.loads(cli("run", "r.csv", "--format", "json").out)
    assert found["totals"] == [{"payer": "city", "unit": "yuan/year", "amount": "600.00"}]
    assert "Programme tax (to pay by City) 400.00 yuan/year" in cli("run", "r.csv").out


def test_who_is_paid_a_charge_is_no_unused_payer(cli: Cli, tmp_path: Path) -> None:
    head = HEAD + '[payers.town]\ntitle = { zh = "镇财政", en = "Town" }\n'
    people = fact("people", 'unit = "person"', "range = [0, 1000]")
    levy = decides("first", "levy", YUAN + 'direction = "charge"\npayer = "city"\n')
    policy(
        tmp_path, head=head, facts=people, levy=levy + rule("each", "people > 0", "7") + OTHERWISE
    )
    said = cli("check", "--lang", "en").out
    assert "nothing uses payer `town`" in said and "`city`" not in said


def test_a_net_charge_is_not_added_to_the_gross(cli: Cli, tmp_path: Path) -> None:
    head = '[payers.state]\ntitle = { zh = "国库", en = "State" }\n'
    net = """
[[also]]
id = "net"
title = { zh = "净额", en = "Net" }
unit = "yuan/year"
direction = "charge"
payer = "state"
value = "max(gross - 10, 0)"
"""
    about = decides("unique", "gross") + 'direction = "charge"\npayer = "state"\n'
    tax = about + rule("due", "income > 0", "income") + OTHERWISE + net
    facts = fact("income", 'unit = "yuan/year"', "range = [0, 1_000]")
    made = policy(tmp_path / "old", facts=facts, head=head, tax=tax)
    new = policy(tmp_path / "new", facts=facts, head=head, tax=tax.replace("- 10", "- 30"))
    people = roster(tmp_path, "村名,Fact income", "甲,100", "乙,50")
    said = cli("project", people, "--policy", made, "--years", "2020", "--lang", "en").out
    assert "130.00" in said and "280.00" not in said, said
    asked = ("project", people, "--policy", made, "--years", "2020", "--format", "json")
    sums = json.loads(cli(*asked).out)["years"][0]["units"]
    assert {one["output"]: one["total"] for one in sums} == {"gross": "150.00", "net": "130.00"}
    said = cli("compare", made, new, people, "--lang", "en").out
    assert "The largest movers (Amounts in yuan: Net (to pay by State))" in said, said
