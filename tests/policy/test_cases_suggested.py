"""What `test --suggest` writes is read by `test`, and says what a case expects in either way."""

from __future__ import annotations

from pathlib import Path

from tests.cli.small import OTHERWISE, YUAN, decides, fact, policy, rule
from tests.conftest import Cli


def test_amounts_per_rule(cli: Cli, tmp_path: Path) -> None:
    people = fact("people", 'unit = "person"', "range = [0, 90]")
    grant = decides("collect sum", unit=f"{YUAN}amounts_per_rule = true\n")
    grant += rule("work", "people > 5", "30") + rule("meals", "people > 50", "20") + OTHERWISE
    policy(tmp_path, facts=people, grant=grant)
    suggested = cli("test", "--suggest").out
    assert "grant.work = 30" in suggested
    cases = tmp_path / "rules" / "cases" / "c.toml"
    cases.parent.mkdir()
    cases.write_text(suggested, encoding="utf-8")
    tested = cli("test")
    assert tested.code == 0 and " 0 fail" in tested.said, tested.said
    quoted = suggested.replace("grant.work =", '"grant.work" =')
    cases.write_text(quoted.replace('"grant.work" = 30', '"grant.work" = 31'), encoding="utf-8")
    wrong = cli("test")
    assert wrong.code == 1 and "grant.work" in wrong.said, wrong.said
