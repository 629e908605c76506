"""Where a check comes to no conclusion, the help is of what stands there."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli
from tests.cli.small import OTHERWISE, decides, fact, policy, rule


def test_years_between_two_dates_have_help_of_their_own(cli: Cli, tmp_path: Path) -> None:
    days = fact("began", 'type = "date"') + fact("ended", 'type = "date"')
    table = """
[tables.each]
title = { zh = "每年", en = "Each year" }
keys = ["served"]
unit = "yuan/year"
source = "paper"
rows = [{ served = "2..9", value = 10 }, { served = "10..", value = 20 }]
"""
    made = policy(
        tmp_path, facts=days, head=table,
        service=decides("unique", "served", 'unit = "year"\n') + rule("years", "true", "years(began, ended)"),
        funds=decides("first") + rule("enough", "served >= 3 and ended <= on", "each[served]") + OTHERWISE,
    )  # fmt: skip
    answer = cli("check", made, "--lang", "en")
    assert "[FC799]" in answer.out, answer.out + answer.err
    said = " ".join(answer.out.split())
    assert "this rests on years or months between two dates" in said
    assert "give the facts used here a `range`" not in said
