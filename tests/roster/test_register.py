"""A roster held against a register, also where both are too large for plain lists."""

from __future__ import annotations

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
