"""What a terminal says where there is more than it shows, or less than a table takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

Make = Callable[..., Path]
BY_COUNTY = {"en": "Totals by county: --format json", "zh": "分县合计见 --format json"}
ONE = "140121000201,东村,甲镇,清徐县,1200,60000,100000,4,5000"


def villages(count: int, residents: int = 1200) -> list[str]:
    return [f"14012100{n:04},村{n},甲镇,清徐县,{residents},60000,0,4,5000" for n in range(count)]


@pytest.mark.parametrize(
    ("lang", "rest", "between"),
    [
        ("en", "  … and 4 more: see --differences", "nothing in all; between payers"),
        ("zh", "  …… 还有 4 个，见 --differences", "总额不变，资金承担主体之间调整"),
    ],
)
def test_a_correction_of_many_villages(
    cli: Cli, roster: Make, tmp_path: Path, lang: str, rest: str, between: str
) -> None:
    """24 villages differ; then one that another payer pays."""
    assert cli("run", roster(*villages(24), ONE)).code == 0
    mended = villages(24, residents=900)
    answer = cli(
        "run",
        roster(*mended, ONE),
        "--corrects",
        "last",
        "--reason",
        "核实",
        "--lang",
        lang,
        "--details",
    )
    assert answer.code == 0 and rest in answer.out
    move = tmp_path / "move.csv"
    head = "village,output,amount,code,reason,document,approver"
    grounds = "A1,改由县出,文件,王某"
    move.write_text(
        f"{head}\n东村,municipal_share,0,{grounds}\n东村,county_share,32000,{grounds}\n",
        encoding="utf-8",
    )
    again = cli("run", roster(*mended, ONE), "--overrides", move, "--corrects", "last", "--reason",
                "改资金承担主体", "--lang", lang, "--details")  # fmt: skip
    assert again.code == 0 and between in again.out, again.out


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_grid_of_one_county_has_no_tables_by_county(cli: Cli, roster: Make, lang: str) -> None:
    answer = cli("grid", roster(ONE), "--years", "2018:2019", "--lang", lang)
    assert answer.code == 0
    assert "清徐县" not in answer.out
    two = roster(ONE, ONE.replace("140121000201", "140123000201").replace("清徐县", "娄烦县"))
    assert "清徐县" in cli("grid", two, "--years", "2018:2019", "--lang", lang).out


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_grid_of_many_counties_and_scenarios_is_for_a_file(
    cli: Cli, roster: Make, tmp_path: Path, lang: str
) -> None:
    lines = [
        f"1401{n:02}000201,东村,甲镇,{'甲乙丙丁戊己庚辛壬癸'[n - 10]}县,12,6000,0,4,5000"
        for n in range(10, 20)
    ]
    amounts = "baseline_guarantee=170000:190000:500"
    answer = cli("grid", roster(*lines), "--set", amounts, "--lang", lang)
    assert answer.code == 0, answer.err
    assert "甲县" not in answer.out and BY_COUNTY[lang] in answer.out


@pytest.mark.parametrize(
    ("lang", "rest"),
    [
        ("en", ["… and 4 more, each moving 170,000.00 yuan at most: --all lists them",
                "… and 4 more, none of which moves money: --all lists them"]),
        ("zh", ["…… 还有 4 处，每处至多牵动 170,000.00 元；加 --all 全部列出",
                "…… 还有 4 处，都不牵动金额；加 --all 全部列出"]),
    ],
)  # fmt: skip
def test_more_villages_near_a_line_than_are_shown(
    cli: Cli, roster: Make, lang: str, rest: list[str]
) -> None:
    lines = [line.replace(",1200,60000,", ",300,51000,") for line in villages(14)]
    assert cli("run", roster(*lines)).code == 0
    near = ("runs", "near", "last", "--within", "5 %", "--lang", lang)
    short, whole = cli(*near).out, cli(*near, "--all").out
    assert [line.strip() for line in short.splitlines() if "--all" in line] == rest
    assert "--all" not in whole and "村13" in whole and "村13" not in short


LATER = """
[parameters.since]
title = { zh = "起", en = "Since" }
source = "people-daily-2017"
values = { 2017-01-01 = 2017-05-01, 2019-01-01 = 2019-06-01 }

[parameters.named]
title = { zh = "名单", en = "Named" }
source = "people-daily-2017"
values = { 2017-01-01 = ["甲县", "乙县"], 2019-01-01 = [] }

[parameters.later]
title = { zh = "以后", en = "Later" }
unit = "yuan/year"
source = "people-daily-2017"
values = { 2019-01-01 = 5 }
"""


def test_a_projection_of_days_and_lists_and_of_what_begins_later(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    cli("init", "mine")
    with (tmp_path / "mine" / "policies.toml").open("a", encoding="utf-8") as file:
        file.write(LATER)
    answer = cli("project", roster(ONE), "--years", "2018:2019", "--policy", "mine")
    assert answer.code == 0
    rows = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert "Year Since Named Later" in rows
    assert "2018 2017-05-01 甲县、乙县 –" in rows and "2019 2019-06-01 – 5.00" in rows


@pytest.mark.parametrize("years", ["0000:0003", "2019:2018", "2018:2400", "x"])
def test_years_that_are_none(cli: Cli, roster: Make, years: str) -> None:
    answer = cli("project", roster(ONE), "--years", years)
    assert answer.code == 2 and "error[FC910]" in answer.err
