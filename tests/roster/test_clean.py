"""`fundcalc roster clean`: what it writes reads back as the very same facts, or is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from tests.conftest import ROOT, Cli
from tests.roster.conftest import read_roster

from fundcalc import api
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.words import same
from fundcalc.language.datatypes import Date, Number, Text, YesNo
from fundcalc.language.units import Unit
from fundcalc.policy.model import Fact, Policy
from fundcalc.roster import clean
from fundcalc.roster.model import Roster

EXAMPLE = ROOT / "examples" / "taiyuan-2017.xlsx"
HEADER = "代码,村名,乡镇,县,常住人口,集体经济收入（万元）,已安排党建经费,其他班子成员,有无活动场所"
GOOD = """140123904209,鹰落沟村,示例镇,娄烦县,1200,6,,4,有
140123904210,鹰落二村,示例镇,娄烦县,1201,6.000001,0,4,
140123904211,鹰落三村,示例镇,婁煩縣,999,0.5,"80,000.00",3,无"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "名册.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n合计,,,,3400,12.500001,,,\n", encoding="gb18030")
    return path


def only(folder: Path) -> Path:
    [part] = sorted(folder.iterdir())
    assert part.name == "part-00000.parquet"
    return part


def test_types_say_unit_and_decimals(cli: Cli, good: Path) -> None:
    answer = cli("roster", "clean", good, "-o", "clean")
    assert (answer.code, answer.out.splitlines()[0]) == (0, "clean"), answer.err
    part = only(Path("clean"))
    table = pl.read_parquet(part)
    assert table.schema["collective_income"] == pl.Decimal(18, 2)
    assert table.schema["residents"] == pl.Int64
    assert table.schema["has_venue"] == pl.Boolean
    assert table["collective_income"].to_list() == [*map(Decimal, ("60000", "60000.01", "5000"))]
    assert table["existing_funding"].to_list() == [None, Decimal(0), Decimal(80000)]
    assert table["has_venue"].to_list() == [True, None, False]
    assert table["county"].to_list() == ["娄烦县"] * 3
    assert "current_subsidy" not in table.columns, "what the roster lacks has no column"
    said = clean.statement(pl.read_parquet_metadata(part))
    assert said is not None
    assert said.result.facts["collective_income"].unit == "yuan/year"
    assert (said.part, said.rows, said.result.villages, said.result.source) == (0, 3, 3, "名册.csv")


@pytest.mark.parametrize("source", ["example", "good"])
def test_run_gives_the_same(
    cli: Cli,
    good: Path,
    source: str,
) -> None:
    roster = good if source == "good" else EXAMPLE
    assert cli("roster", "clean", roster, "-o", "clean").code == 0
    for name, path in (("a", roster), ("b", "clean"), ("c", only(Path("clean")))):
        answer = cli("run", path, "--no-record", "-o", f"{name}.csv")
        assert answer.code == 0, answer.err
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes() == Path("c.csv").read_bytes()


def test_several_parts_are_one_roster(
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clean, "ROWS", 300)
    answer = cli("roster", "clean", EXAMPLE, "-o", "clean", "--format", "json")
    assert answer.code == 0, answer.err
    data = json.loads(answer.out)
    assert (data["villages"], data["parts"], data["rejected_rows"]) == (890, 3, 0)
    assert len(list(Path("clean").iterdir())) == 3
    assert cli("run", EXAMPLE, "--no-record", "-o", "a.csv").code == 0
    assert cli("run", "clean", "--no-record", "-o", "b.csv").code == 0
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    next(iter(sorted(Path("clean").iterdir()))).unlink()
    missing = cli("run", "clean", "--no-record")
    assert (
        missing.code == 2
        and "FC656" in missing.err
        and "only 2 of the result's 3 parts" in missing.err
    )


def test_rejected_rows_are_never_dropped_in_silence(
    cli: Cli,
    tmp_path: Path,
) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n140123904212,鹰落四村,示例镇,娄烦县,12人,1,0,3,无\n")
    answer = cli("roster", "clean", path, "-o", "clean")
    assert answer.code == 1 and "FC622" in answer.err
    assert "1 row rejected; nothing was written" in answer.err
    assert not Path("clean").exists()
    assert cli("roster", "clean", path, "-o", "clean", "--skip-rejects").code == 0
    assert pl.read_parquet(only(Path("clean"))).height == 3
    answer = cli("run", "clean", "--no-record")
    assert answer.code == 0
    assert "1 row of “roster.csv” were rejected when it was cleaned" in " ".join(answer.err.split())


def test_a_question_is_asked_before_anything_is_written(
    cli: Cli,
    tmp_path: Path,
) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(f"{HEADER.replace('（万元）', '')}\n{GOOD}\n")
    answer = cli("roster", "clean", path, "-o", "clean")
    assert answer.code == 2 and "FC650" in answer.err and not Path("clean").exists()
    answer = cli(
        "roster", "clean", path, "-o", "clean", "--column", "集体经济收入=collective_income:元"
    )
    assert answer.code == 1  # 6.000001 yuan is finer than a fen
    path.write_text(path.read_text().replace("6.000001", "6.01"))
    column = ("--column", "集体经济收入=collective_income:元")
    assert cli("roster", "clean", path, "-o", "clean", *column).code == 0
    assert cli("run", "clean", "--no-record").code == 0, "what a person has settled stays settled"


def test_the_folder_is_new_or_an_earlier_result(cli: Cli, good: Path) -> None:
    assert cli("roster", "clean", good, "-o", "clean").code == 0
    before = only(Path("clean")).read_bytes()
    again = cli("roster", "clean", good, "-o", "clean")
    assert again.code == 2 and "--force" in again.err
    assert cli("roster", "clean", good, "-o", "clean", "--force").code == 0
    assert only(Path("clean")).read_bytes() == before
    (Path("clean") / "notes.txt").write_text("mine")
    refused = cli("roster", "clean", good, "-o", "clean", "--force")
    assert refused.code == 2 and (Path("clean") / "notes.txt").read_text() == "mine"
    Path("empty").mkdir()
    assert cli("roster", "clean", good, "-o", "empty").code == 0
    inside = cli("roster", "clean", Path("empty"), "-o", "empty/clean")
    assert inside.code == 2 and "inside" in inside.err
    assert not list(Path.cwd().glob(".fundcalc-*"))


def test_a_failure_leaves_the_earlier_result(
    cli: Cli,
    good: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert cli("roster", "clean", good, "-o", "clean").code == 0
    before = only(Path("clean")).read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.LazyFrame, "sink_parquet", fail)
    assert cli("roster", "clean", good, "-o", "clean", "--force").code == 2
    assert only(Path("clean")).read_bytes() == before
    assert not list(Path.cwd().glob(".fundcalc-*"))


def test_a_unit_on_the_command_line_never_rescales(cli: Cli, good: Path) -> None:
    assert cli("roster", "clean", good, "-o", "万元").code == 0
    only(Path("万元")).rename("名册（万元）.parquet")  # a name that gives a unit to other files
    answer = cli("run", "名册（万元）.parquet", "--no-record", "-o", "a.csv")
    assert answer.code == 0 and "60000.01" in Path("a.csv").read_text()
    column = ("--column", "collective_income=collective_income:万元")
    answer = cli("run", "名册（万元）.parquet", "--no-record", *column)
    assert answer.code == 2 and "FC617" in answer.err


# -- what is not the policy's, or was edited ------------------------------------------------------


@pytest.fixture
def made(tmp_path: Path, good: Path) -> tuple[Path, Policy]:
    policy = api.load_policy()
    api.write_clean(tmp_path / "clean", api.read_roster(good, policy), policy)
    return only(tmp_path / "clean"), policy


def test_other_units_or_decimals_are_refused(made: tuple[Path, Policy]) -> None:
    path, policy = made
    income = policy.facts["collective_income"]
    for kind in (Number(Unit((("yuan", 1),)), 2), Number(income.type.unit, 0), Text(), YesNo()):  # type: ignore[union-attr]
        facts = {**policy.facts, income.id: replace(income, type=kind)}
        with pytest.raises(PolicyProblem) as refused:
            read_roster(path, facts)
        assert "FC656" in {one.code for one in refused.value.diagnostics}, kind


def test_a_fact_gone_from_the_policy_is_not_used(made: tuple[Path, Policy]) -> None:
    path, policy = made
    facts = {id_: fact for id_, fact in policy.facts.items() if id_ != "has_venue"}
    read = read_roster(path, facts)
    assert len(read) == 3 and any("has_venue" in notice.en for notice in read.notices)


def test_edited_parts_are_refused(made: tuple[Path, Policy]) -> None:
    path, policy = made
    table, metadata = pl.read_parquet(path), pl.read_parquet_metadata(path)
    kept = {clean.KEY: metadata[clean.KEY]}
    pl.concat([table, table.tail(1)]).write_parquet(path, metadata=kept)
    with pytest.raises(PolicyProblem) as refused:
        read_roster(path, policy.facts)
    assert [one.code for one in refused.value.diagnostics] == ["FC656"]
    table.write_parquet(path, metadata={clean.KEY: '{"version": 2}'})
    with pytest.raises(PolicyProblem):
        read_roster(path, policy.facts)


def test_values_are_checked_again(made: tuple[Path, Policy]) -> None:
    path, policy = made
    residents = replace(policy.facts["residents"], high=1000)
    read = read_roster(path, {**policy.facts, "residents": residents})
    assert [one.code for one in read.rejects if one.severity == "error"] == ["FC625", "FC625"]


# -- every type, at its ends ----------------------------------------------------------------------


def fact(model: Fact, id_: str, **changes: object) -> Fact:
    plain = {"aliases": (), "digits": None, "typical": None, "outlier": None, "of_year": None}
    ends = {"low": None, "high": None, "default": None, "required": False, "near_aliases": ()}
    return replace(model, id=id_, title=same(id_), **{**plain, **ends, **changes})  # type: ignore[arg-type]


def test_every_type_to_its_ends(made: tuple[Path, Policy], tmp_path: Path) -> None:
    _, policy = made
    model, most = policy.facts["collective_income"], 2**63 - 1
    yuan = Unit((("yuan", 1),))
    facts = {
        one.id: one
        for one in (
            policy.facts["name"],
            fact(model, "wide", type=Number(yuan, 2), high=most),
            fact(model, "fen", type=Number(yuan, 2), low=-5, high=10**18 - 1, default=7),
            fact(model, "thin", type=Number(yuan, 4), high=10**6),
            fact(model, "count", type=Number(Unit(), 0), high=most),
            fact(model, "day", type=Date(), low=1, high=3_652_059),
            fact(model, "yes", type=YesNo(), default=True),
            fact(model, "word", type=Text()),
        )
    }
    days = [date(1, 1, 1).toordinal(), date(9999, 12, 31).toordinal(), date(1970, 1, 1).toordinal()]
    columns = {
        "name": ["甲村", "乙村", "丙村"],
        "wide": [most, 0, 1],
        "fen": [10**18 - 1, -5, 7],
        "thin": [1, 10**6, 99],
        "count": [most, 0, 1],
        "day": days,
        "yes": [False, True, True],
        "word": ["=1+1", "", "中"],
    }
    assumed = {id_: [False, False, False] for id_ in columns}
    assumed["fen"], assumed["yes"], assumed["word"] = (
        [False, False, True],
        [False, False, True],
        [False, True, False],
    )
    roster = Roster("r.csv", None, "sha256:0", dict(columns), dict(assumed), rows=[2, 3, 4])
    roster.parts = api.read_roster(made[0], policy).parts[:1]
    roster.parts = [replace(roster.parts[0], cells=dict.fromkeys(columns, "A"))]
    api.write_clean(tmp_path / "all", roster, replace(policy, facts=facts))
    table = pl.read_parquet(only(tmp_path / "all"))
    assert table.schema["wide"] == pl.Decimal(38, 2) and table.schema["fen"] == pl.Decimal(18, 2)
    assert table.schema["thin"] == pl.Decimal(18, 4) and table.schema["day"] == pl.Date
    read = read_roster(only(tmp_path / "all"), facts)
    assert not read.rejects
    assert read.columns == columns and read.assumed == assumed
