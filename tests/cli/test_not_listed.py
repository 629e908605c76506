"""A programme's file that `programmes` does not list is told by `check` and each run until accepted."""

from __future__ import annotations

from pathlib import Path

from tests.cli.small import OTHERWISE, decides, fact, policy, roster, rule
from tests.conftest import Cli

ACCEPT = """
[[accept]]
code = "FC143"
where = "rules/later.toml"
reason = { zh = "明年才施行", en = "begins next year" }
"""


def test_it_is_told_until_it_is_accepted(cli: Cli, tmp_path: Path) -> None:
    grant = decides("unique") + rule("given", "people > 5", "30") + OTHERWISE
    later = grant.replace("granted", "due")
    people = fact("people", 'unit = "person"', "range = [0, 90]")
    policy(tmp_path, facts=people, grant=grant, later=later)
    catalogue = tmp_path / "policies.toml"
    listed = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(listed.replace(', "later"', ""), encoding="utf-8")
    roster(tmp_path, "村名,项people", "甲村,9")
    assert "[FC143]: `programmes` does not list rules/later.toml" in cli("check").out
    assert "[FC143]" in cli("run", "roster.csv", "--no-record").said
    catalogue.write_text(listed.replace(', "later"', "") + ACCEPT, encoding="utf-8")
    assert "FC143" not in cli("check").said
    assert "FC143" not in cli("run", "roster.csv", "--no-record").said
