"""Runs recorded, listed, shown and explained from the ledger alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fundcalc import api
from fundcalc.ledger import encoding

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make

POOL = "supplement_pool=flat_per_village"


def test_a_run_is_recorded_and_says_its_digest(cli: Cli, roster: Make, ledger: Path) -> None:
    answer = cli("run", roster(), "--prepared-by", "张三", "--reviewed-by", "李四", "--details")
    assert answer.code == 0
    [listed] = json.loads(cli("runs", "list", "--format", "json").out)
    assert listed["id"] in answer.out and listed["head"] in answer.out
    assert listed["prepared_by"] == "张三" and listed["reviewed_by"] == "李四"
    assert listed["roster"]["villages"] == 5 and listed["engine"]["double_checked"] == 5
    data = json.loads(cli("run", roster(), "--format", "json").out)
    assert data["run"]["id"].startswith("0002-")
    assert data["run"]["head"].startswith("sha256:" + data["run"]["id"][5:])
    text = cli("runs", "list").out
    assert "0001-" in text and "张三" in text and data["run"]["head"] in text
    assert [path.name for path in ledger.parent.glob("fundcalc.db*")] == ["fundcalc.db"]


def test_no_record_keeps_none(cli: Cli, roster: Make, ledger: Path) -> None:
    answer = cli("run", roster(), "--no-record", "--format", "json")
    assert answer.code == 0 and json.loads(answer.out)["run"] is None
    assert not ledger.exists()


def test_a_run_that_computes_nothing_records_nothing(cli: Cli, roster: Make, ledger: Path) -> None:
    bad = roster("140121000202,南村,甲镇,清徐县,300,5万,0,4,5000")
    assert cli("run", bad).code == 1
    assert not ledger.exists()


def test_rejects_are_recorded(cli: Cli, roster: Make, ledger: Path) -> None:
    bad = roster(
        "140121000201,东村,甲镇,清徐县,1200,60000,0,4,5000",
        "140121000202,南村,甲镇,清徐县,300,5万,0,4,5000",
    )
    assert cli("run", bad, "--skip-rejects").code == 0
    [reject] = api.open_run(ledger, "1").roster.rejects
    assert reject.cell == "F3" and reject.value == "5万"


def test_a_run_is_found_by_number_prefix_and_last(cli: Cli, roster: Make) -> None:
    for _ in range(2):
        cli("run", roster())
    first, second = json.loads(cli("runs", "list", "--format", "json").out)
    for wanted, meant in (
        ("1", first), ("0001", first), (first["id"], first), (first["head"], first),
        (second["head"][7:20], second), ("last", second), ("0002-", second),
    ):  # fmt: skip
        assert json.loads(cli("runs", "show", wanted, "--format", "json").out)["id"] == meant["id"]
    several = cli("runs", "show", "000")
    assert several.code == 2 and first["id"] in several.err and second["id"] in several.err
    unknown = cli("runs", "show", "9")
    assert unknown.code == 2 and "FC826" in unknown.err and second["id"] in unknown.err


def test_show_says_what_run_said(cli: Cli, roster: Make) -> None:
    said = cli("run", roster(), "--reading", POOL, "--lang", "zh", "--details").out
    details = said.rpartition("\n\n")[0] + "\n"
    assert cli("runs", "show", "last", "--lang", "zh").out.endswith(details)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("village", ["东村", "140123000201", "140123000202"])
@pytest.mark.parametrize("reading", ["supplement_pool=by_county", POOL])
def test_the_explanation_of_a_run_is_that_of_its_roster(
    cli: Cli, roster: Make, village: str, form: str, reading: str
) -> None:
    """Also when roster and policy are gone."""
    file = roster()
    assert cli("init", "p").code == 0
    options = ("--policy", "p", "--reading", reading)
    cli("run", file, *options)
    asked = ("explain", village, "--format", form, "--full")
    expected = cli(*asked, "--roster", file, *options)
    file.unlink()
    shutil.rmtree("p")
    again = cli(*asked, "--run", "last")
    assert again.code == 0
    assert again.out == expected.out


def test_a_plan_kept_by_another_program_is_made_anew_from_the_policy(
    cli: Cli, roster: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("run", roster())
    expected = cli("explain", "东村", "--run", "1").out
    monkeypatch.setattr(encoding, "shape", lambda: "another")
    assert cli("explain", "东村", "--run", "1").out == expected
    assert cli("runs", "verify").code == 0


def test_a_run_from_the_ledger_is_the_run(cli: Cli, example: Path, ledger: Path) -> None:
    """Every table and total made from the record equals the one made from the run."""
    policy = api.load_policy()
    run = api.calculate(api.plan(policy), api.read_roster(example, policy), engine="columnar")
    api.record(run, ledger)
    again = api.open_run(ledger, "last")
    assert api.summary_json(again, api.summarise(again)) == {
        **api.summary_json(run, api.summarise(run)),
        "run": {"id": again.id, "head": again.head},
    }
    for name in ("a.csv", "a.parquet", "a.json"):
        api.write(run, ledger.with_name(f"1{name}"), "zh")
        api.write(again, ledger.with_name(f"2{name}"), "zh")
        assert (
            ledger.with_name(f"1{name}").read_bytes() == ledger.with_name(f"2{name}").read_bytes()
        )


def test_a_recorded_run_takes_no_other_policy(cli: Cli, roster: Make) -> None:
    cli("run", roster())
    answer = cli("explain", "东村", "--run", "1", "--on", "2017-06-01")
    assert answer.code == 2 and "--run" in answer.err
    assert cli("explain", "东村").code == 2
    assert cli("explain", "东村", "--lang", "fr", "--run", "1").code == 2


@pytest.mark.parametrize("name", ["甲\\n乙", "甲\\\\", "'; DROP TABLE runs", "  ", "é" * 40])
def test_odd_names_come_back_as_they_were(cli: Cli, roster: Make, ledger: Path, name: str) -> None:
    text = name.strip() or "空"
    cli("run", roster(f"140121000201,{text},甲镇,清徐县,1200,60000,100000,4,5000"))
    run = api.open_run(ledger, "1")
    assert run.result.rows[0]["name"] == text
    assert cli("runs", "verify").code == 0


@pytest.fixture
def example() -> Path:
    """The example roster of 890 invented villages."""
    from tests.ledger.conftest import EXAMPLE

    return EXAMPLE
