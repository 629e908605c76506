"""The list of doubts: each cause to ask is found with its cells and what is at stake; samples repeat."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli import small
from tests.cli.small import decides, fact, rule
from tests.conftest import ROOT
from tests.ledger.conftest import EXAMPLE, VILLAGES

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make

AFTER = (
    "140121000201,东村,甲镇,清徐县,400,60000,100000,4,5000",  # exchanged with the next
    "140121000202,南村,甲镇,清徐县,1200,20000,,3,5000",
    "140121000203,北村,丙镇,清徐县,1000,50000,0,5,7000",  # one more resident
    "140123000201,西村,乙乡,娄烦县,300,10000,,3,8000",  # from nothing
    "140123000299,新村,乙乡,娄烦县,1000,0,20000,2,100",  # in place of the other 南村
)


def doubts(cli: Cli, *more: object) -> list[dict[str, Any]]:
    answer = cli("runs", "doubts", "last", *more, "--format", "json")
    assert answer.code == 0, answer.err
    found: list[dict[str, Any]] = json.loads(answer.out)["entries"]
    return found


def of(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [one for one in found if one["kind"] == kind]


@pytest.fixture
def two(cli: Cli, roster: Make) -> None:
    """Two runs of two years, the second with an amount set by hand."""
    Path("o.csv").write_text(
        "village,output,amount,code,reason,document,approver\n西村,funding_gap,7,A1,核减,文件,王某\n",
        encoding="utf-8",
    )
    assert cli("run", roster(name="a.csv")).code == 0
    assert cli("run", roster(*AFTER, name="b.csv"), "--overrides", "o.csv").code == 0


@pytest.mark.usefixtures("two")
def test_what_changed_since_the_run_before(cli: Cli) -> None:
    found = doubts(cli, "--before", "1")
    [swap] = of(found, "swap")
    assert swap["village"]["name"] == "东村" and "南村 140121000202" in swap["what"]
    assert (swap["cell_before"], swap["cell"]) == ("a.csv!E2", "b.csv!E2") and "b.csv!E3" in swap[
        "what"
    ]
    line = next(one for one in of(found, "line") if one["fact"] == "Residents")
    assert line["village"]["name"] == "北村" and line["cell_before"] == "a.csv!E4"
    assert (line["before"], line["now"]) == ("999 people", "1,000 people")
    assert line["moves"] == "30000.00"  # 200,000 in place of 170,000
    [gone], [new] = of(found, "gone"), of(found, "new")
    assert gone["village"]["code"] == "140123000202" and gone["cell_before"] == "a.csv!A6"
    assert new["village"]["code"] == "140123000299" and new["cell"] == "b.csv!A6"
    jumped = {(one["village"]["name"], one["fact"]) for one in of(found, "jump")}
    assert ("西村", "Collective income") in jumped and ("东村", "Residents") in jumped
    assert not of(doubts(cli), "line") and not of(doubts(cli), "gone")


@pytest.mark.usefixtures("two")
def test_what_the_run_itself_gives_cause_to_ask(cli: Cli) -> None:
    found = doubts(cli)
    [by_hand] = of(found, "by_hand")
    assert "核减" in by_hand["what"] and by_hand["now"] == "7.00 yuan/year"
    assumed = {one["village"]["code"][-3:]: one["what"] for one in of(found, "assumed")}
    assert {"201", "202"} <= assumed.keys() and "Funding already arranged" in assumed["202"]
    assert of(found, "hinge") and all(float(one["moves"]) > 0 for one in of(found, "hinge"))
    near = json.loads(cli("runs", "near", "last", "--format", "json").out)
    assert len(of(found, "near")) == len(near) > 0
    for kind in {one["kind"] for one in found}:
        moves = [float(one["moves"]) for one in of(found, kind)]
        assert moves == sorted(moves, reverse=True)


@pytest.mark.usefixtures("two")
def test_every_doubt_says_where_what_it_rests_on_stands(cli: Cli) -> None:
    found = doubts(cli, "--before", "1", "--sample", 2, "--seed", "7")
    assert {"hinge", "assumed", "by_hand", "sample", "near", "gone"} <= {d["kind"] for d in found}
    assert all(one["cell"] or one["cell_before"] for one in found)
    hinge = next(one for one in of(found, "hinge") if one["village"]["name"] == "北村")
    assert hinge["cell"] == "b.csv!E4, F4"  # residents and income, in the words of the rule
    assert "Residents 1,000 people, Collective income 50,000.00" in hinge["now"]
    assumed = next(one for one in of(found, "assumed") if one["village"]["name"] == "南村")
    assert assumed["cell"].startswith("b.csv!G3")  # the blank cell
    assert of(found, "by_hand")[0]["cell"] == "o.csv:2"  # its row
    assert {one["cell"] for one in of(found, "sample")} <= {f"b.csv!A{row}" for row in range(2, 7)}


def test_a_fact_without_a_column_is_asked_about_at_the_village(cli: Cli, roster: Make) -> None:
    lines = ["代码,村名,乡镇,县（市、区）,常住人口,集体经济收入,其他班子成员,现行补贴"]
    lines += [",".join(v.split(",")[:6] + v.split(",")[7:]) for v in VILLAGES]
    path = roster()
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert cli("run", path).code == 0
    cells = [one["cell"] for one in of(doubts(cli), "assumed")]
    assert len(cells) == 5 and all(cell.startswith("roster.csv!A") for cell in cells)


@pytest.mark.parametrize("code", ["140121000201", "140121000000000201"])
def test_the_sheet_has_room_for_a_code_in_one_line(cli: Cli, tmp_path: Path, code: str) -> None:
    policy = small.policy(
        tmp_path / "p",
        facts=fact("code", 'type = "text"') + fact("people", 'unit = "person"'),
        grant=decides("unique") + rule("many", "people >= 1000", "100") + small.OTHERWISE,
    )
    roster = small.roster(tmp_path, "code,村名,people", f"{code},甲,999")
    assert cli("run", roster, "--policy", policy).code == 0
    assert cli("runs", "doubts", "last", "-o", "d.xlsx").code == 0
    from openpyxl import load_workbook

    sheet = load_workbook(tmp_path / "d.xlsx").active
    [column] = {c.column_letter for row in sheet.iter_rows() for c in row if code in str(c.value)}
    assert sheet.column_dimensions[column].width >= len(code) + 2


def test_equal_figures_in_many_villages(cli: Cli, roster: Make) -> None:
    lines = [v.split(",") for v in VILLAGES]
    for line in lines[:4]:
        line[5] = "12345.67"
    cli("run", roster(*map(",".join, lines)))
    [one] = of(doubts(cli), "equal")
    assert one["fact"] == "Collective income" and one["what"].startswith("4 villages")
    assert one["cell"] == "roster.csv!F2" and "roster.csv!F5" in one["what"]


def test_cells_that_were_set_right_by_hand(cli: Cli, roster: Make, tmp_path: Path) -> None:
    lines = [v.replace(",1200,", ",1千2,") for v in VILLAGES]
    path = roster(*lines)
    cli("roster", "intake", path, "-o", "intake.toml")
    with (tmp_path / "intake.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[[correction]]\ncell = "roster.csv!E2"\nwas = "1千2"\nis = "1200"\n'
            'why = "电话核实"\nby = "张三"\n'
        )
    answer = cli("run", "intake.toml")
    assert answer.code == 0, answer.err
    [one] = of(doubts(cli), "corrected")
    assert one["village"]["name"] == "东村" and one["cell"] == "roster.csv!E2"
    assert (one["before"], one["now"]) == ("1千2", "1200") and "张三" in one["what"]


def test_a_sample_can_be_drawn_again_by_anybody(cli: Cli, roster: Make) -> None:
    cli("run", roster())
    drawn = [one["village"] for one in of(doubts(cli, "--sample", 3, "--seed", "2017"), "sample")]

    def digest(line: str) -> str:
        code, name, town, county = line.split(",")[:4]
        text = f"2017|{code}|{name}|{town}|{county}"
        return hashlib.sha256(text.encode()).hexdigest()

    wanted = [line.split(",")[0] for line in sorted(VILLAGES, key=digest)[:3]]
    assert sorted(one["code"] for one in drawn) == sorted(wanted)
    text = cli("runs", "doubts", "1", "--sample", 3, "--lang", "en").out
    assert "3 villages of 5 drawn at random" in text and "seed" in text


@pytest.mark.usefixtures("two")
def test_the_list_as_text_and_files(cli: Cli, tmp_path: Path) -> None:
    answer = cli("runs", "doubts", "last", "--before", "1", "-o", "d.xlsx", "--lang", "zh")
    assert answer.code == 0 and "两村互换" in answer.out
    assert max(sum(2 if ord(c) > 255 else 1 for c in line) for line in answer.out.split("\n")) <= 80
    assert cli("runs", "doubts", "last", "-o", "d.csv", "--lang", "zh").code == 0
    with (tmp_path / "d.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {"核查结果", "核查人", "日期"} <= rows[0].keys() and len(rows) == len(doubts(cli))
    from openpyxl import load_workbook

    sheet = load_workbook(tmp_path / "d.xlsx").active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(at for at, row in enumerate(cells) if "核查结果" in row)
    assert len(cells) - head - 1 == len(doubts(cli, "--before", "1"))


@pytest.mark.parametrize(
    "asked",
    [["9"], ["last", "--before", "9"], ["last", "--sample", "0"], ["last", "--sample", "6"],
     ["last", "--sample", "-1"], ["last", "--sample", "x"], ["last", "--seed", "1"],
     ["last", "--within", "5"], ["last", "-o", "d.pdf"]],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_in_words(cli: Cli, roster: Make, asked: list[str]) -> None:
    cli("run", roster())
    answer = cli("runs", "doubts", *asked)
    assert answer.code == 2 and answer.err and not answer.out


def test_a_run_of_another_policy_is_no_run_before(cli: Cli, roster: Make, tmp_path: Path) -> None:
    cli("run", roster())
    assert cli("init", "other").code == 0
    policy = tmp_path / "other" / "policies.toml"
    text = policy.read_text("utf-8")
    assert 'id = "taiyuan"' in text
    policy.write_text(text.replace('id = "taiyuan"', 'id = "another"'), "utf-8")
    answer = cli("run", roster(), "--policy", "other")
    assert answer.code == 0, answer.err
    answer = cli("runs", "doubts", "2", "--before", "1")
    assert answer.code == 2 and "FC882" in answer.err and "another" in answer.err


def test_the_example_of_890(cli: Cli) -> None:
    cli("run", EXAMPLE)
    cli("run", EXAMPLE)
    found = doubts(cli, "--before", "1")
    assert not [one for one in found if one["kind"] in ("line", "jump", "swap", "gone", "new")]
    assert of(found, "near") and of(found, "hinge") and of(found, "assumed")


def test_a_run_says_what_is_to_be_asked_since_the_run_before(cli: Cli, roster: Make) -> None:
    assert cli("run", roster()).code == 0
    answer = cli("run", roster(*AFTER, name="b.csv"), "--before", "last", "--lang", "en")
    assert answer.code == 0 and "Crossed a line: " in answer.out and "Gone: 1" in answer.out
    assert "--before 0001-" in answer.out  # the next command
    answer = cli("run", roster(*AFTER, name="b.csv"), "--before", "1", "--format", "json")
    since = json.loads(answer.out)["since"]
    counts = json.loads(cli("runs", "doubts", "last", "--before", "1", "--format", "json").out)[
        "counts"
    ]
    assert since["run"].startswith("0001-") and since["doubts"].items() <= counts.items()
    answer = cli("run", roster(), "--before", "1", "--lang", "en")
    assert answer.code == 0 and "Nothing to ask since 0001-" in answer.out
    before = len(json.loads(cli("runs", "list", "--format", "json").out))
    assert cli("run", roster(), "--before", "99").code == 2
    assert len(json.loads(cli("runs", "list", "--format", "json").out)) == before


def test_what_is_to_be_asked_comes_next_where_no_reading_moves_money(
    cli: Cli, tmp_path: Path
) -> None:
    many = decides("unique") + rule("many", "people >= 1000", "100")
    policy = small.policy(
        tmp_path / "p", facts=fact("people", 'unit = "person"'), grant=many + small.OTHERWISE
    )
    first = small.roster(tmp_path, "村名,people", "甲,999", "乙,20")
    assert cli("run", first, "--policy", policy).code == 0
    second = small.roster(tmp_path, "村名,people", "甲,1001", "乙,20", name="b.csv")
    answer = cli("run", second, "--policy", policy, "--before", "1", "--lang", "zh")
    assert "越过界线 1" in answer.out and "fundcalc runs doubts 0002-" in answer.out
    again = cli("run", second, "--policy", policy, "--before", "2", "--lang", "zh")
    assert "runs doubts" not in again.out


def test_a_run_before_is_an_earlier_one(cli: Cli, roster: Make) -> None:
    for name in ("a.csv", "b.csv"):
        assert cli("run", roster(name=name)).code == 0
    itself = cli("runs", "doubts", "2", "--before", "2", "--lang", "en")
    assert itself.code == 2 and "FC882" in itself.err and "against itself" in itself.err
    later = cli("runs", "doubts", "1", "--before", "2", "--lang", "en")
    assert later.code == 2 and "FC882" in later.err and "is later than" in later.err


def test_a_line_between_two_rows_of_a_table_is_near(cli: Cli, tmp_path: Path) -> None:
    """Where the amount comes out of a table, its bands are lines as much as those of a rule."""
    sizes = (
        '[tables.sizes]\ntitle = { zh = "定额", en = "By size" }\nkeys = ["people"]\nunit = "yuan/year"\n'
        'source = "paper"\nrows = [\n  { people = "0..999", value = 200 },\n'
        '  { people = "1000..", value = 500 },\n]\n'
    )
    small.policy(
        tmp_path, head=sizes, facts=fact("people", 'unit = "person"', "range = [0, 100_000]"),
        a=decides("first") + rule("every", "true", "sizes[people]") + small.OTHERWISE,
    )  # fmt: skip
    roster = small.roster(tmp_path, "name,people", "甲村,999", "乙村,1000", "丙村,5000")
    assert cli("run", roster).code == 0
    near = " ".join(cli("runs", "near", "last").out.split())
    assert "Villages close to a line: 2" in near and "丙村" not in near
    assert "999 people; at 1,000 people" in near and "200.00 yuan/year → 500.00 yuan/year" in near


def test_where_a_policy_has_no_money_nothing_is_said_to_be_at_stake(cli: Cli) -> None:
    """Not 0.00 either: what a crossing moves is posts."""
    posts = ROOT / "examples" / "policies" / "posts"
    assert cli("run", posts / "roster.csv", "--policy", posts).code == 0
    near = json.loads(cli("runs", "near", "last", "--within", "30%", "--format", "json").out)
    assert near and {line["moves"] for line in near} == {None}
    answer = json.loads(cli("runs", "doubts", "last", "--within", "30%", "--format", "json").out)
    assert answer["entries"] and {entry["moves"] for entry in answer["entries"]} == {None}
    assert answer["counts"]["near"]["moves"] is None and answer["unit"] is None
