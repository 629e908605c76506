"""A roster held against a register, also where both are too large for plain lists."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Cli

from fundcalc.roster.gather import PLAIN_LISTS


def test_a_large_roster_against_a_large_register(cli: Cli, tmp_path: Path) -> None:
    lines = [f"{140123000001 + n},村{n}村,镇{n // 20}镇,娄烦县" for n in range(PLAIN_LISTS + 1)]
    figures = [f"{line},1200,60000,0,4" for line in lines[1:]]
    register, roster = tmp_path / "register.csv", tmp_path / "roster.csv"
    register.write_text("\n".join(["代码,村名,乡镇,县", *lines]))
    header = "代码,村名,乡镇,县,常住人口,集体经济收入（元）,已安排党建经费,其他班子成员"
    roster.write_text("\n".join([header, *figures]))
    answer = cli("roster", "check", roster, "--register", register)
    assert answer.code == 1 and "村0村" in answer.out, answer.err


def test_a_register_is_held_against_an_intake_that_names_columns(cli: Cli, tmp_path: Path) -> None:
    """The columns that an intake names may be of facts that a register has not."""
    (tmp_path / "子县.csv").write_text(
        "乡镇,村名,常住人口,集体进账,其他班子成员\n一镇,甲村,500,43000,3\n一镇,乙村,700,50000,4\n",
        encoding="utf-8",
    )
    (tmp_path / "register.csv").write_text("县,村名\n子县,甲村\n子县,丙村\n", encoding="utf-8")
    columns = '"集体进账" = { fact = "collective_income", unit = "元" }'
    intake = tmp_path / "intake.toml"
    intake.write_text(
        f'[[file]]\npath = "子县.csv"\n[[file.sheet]]\n[file.sheet.columns]\n{columns}\n',
        encoding="utf-8",
    )
    answer = cli(
        "roster", "check", intake, "--register", tmp_path / "register.csv", "--format", "json"
    )
    found = json.loads(answer.out)["register"]
    assert [one["name"] for one in found["missing"]] == ["丙村"]
    assert [one["name"] for one in found["extra"]] == ["乙村"]
