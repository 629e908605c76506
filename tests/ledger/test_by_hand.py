"""Corrections and overrides: what they change in money, where they show, and what is refused."""

from __future__ import annotations

import csv
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from tests.ledger.conftest import EXAMPLE, VILLAGES

from fundcalc import api

if TYPE_CHECKING:
    from tests.ledger.conftest import Cli, Make

HEAD = "village,output,amount,code,reason,document,approver"
GROUNDS = "A1,核减,并政〔2018〕3号,王某"
TWO = (
    f"东村,guaranteed_funds,180000,{GROUNDS}",
    '140123000201,保障经费,"210,000.50",B2,特殊困难,纪要5,李某',
)
"""Two amounts set by hand: one village by its name and an id, one by its code and a title."""
COLUMNS = [
    "funding_gap",
    "municipal_share",
    "county_share",
    "party_dues_share",
    "collective_support_share",
]


def overrides(folder: Path, *lines: str, head: str = HEAD) -> Path:
    path = folder / "overrides.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


# -- overrides ------------------------------------------------------------------------------------


def test_an_override_is_applied_after_the_rules_and_shown_everywhere(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    file = overrides(tmp_path, *TWO)
    outputs = ("-o", "o.csv", "-o", "o.json", "-o", "o.xlsx", "-o", "o.parquet")
    answer = cli("run", roster(), "--overrides", file, *outputs)
    assert answer.code == 0
    assert (
        "Set by hand: 2 amounts in 2 villages; up 40,000.50, down 20,000.00 (code A1: 1, B2: 1)"
        in " ".join(answer.out.split())
    )
    found = rows(tmp_path / "o.csv")
    east, west, other = (found[f"14012{code}"] for code in ("1000201", "3000201", "1000203"))
    assert east["guaranteed_funds"] == "180000.00" and east["funding_gap"] == "80000.00"
    assert east["operating_funds_rule"] == "large_village"  # what the rules said stays
    assert west["guaranteed_funds"] == "210000.50" and west["funding_gap"] == "210000.50"
    assert "200000.00 → 180000.00 [A1] 核减" in east["overrides"] and not other["overrides"]
    data = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    assert [(o["output"], o["value"], o["follows"]) for o in data["overrides"]] == [
        ("guaranteed_funds", "180000.00", False), ("funding_gap", "80000.00", True),
        ("guaranteed_funds", "210000.50", False), ("funding_gap", "210000.50", True),
    ]  # fmt: skip
    first = openpyxl.load_workbook(tmp_path / "o.xlsx")["To sign"]
    cells = [str(cell.value) for row in first.iter_rows() for cell in row if cell.value is not None]
    assert any("Set by hand: 2 amounts" in cell for cell in cells)
    assert any("核减" in cell and "王某" in cell and "180,000.00" in cell for cell in cells)
    listed = json.loads(cli("runs", "list", "--format", "json").out)
    assert listed[0]["overrides"] == 2
    assert listed[0]["totals"]["guaranteed_funds"] == "930000.50"
    assert cli("runs", "verify").code == 0


@pytest.mark.parametrize(
    "amounts",
    [
        "西左家窑村,funding_gap,999999.99 白石岭村,guaranteed_funds,1000.50",
        "西左家窑村,guaranteed_funds,200000 白石岭村,municipal_share,5 白石岭村,subsidy_gap,1",
    ],
)
def test_what_another_reading_would_change_is_what_a_rerun_with_it_gives(
    amounts: str, tmp_path: Path
) -> None:
    """A hand-set amount stands under every reading, so only what else moves is at stake."""
    policy = api.load_policy()
    roster = api.read_roster([EXAMPLE], policy)
    known = {o.id for p in policy.programmes for o in p.outputs}
    file = overrides(tmp_path, *[f"{one},{GROUNDS}" for one in amounts.split()])
    run = api.override(api.calculate(api.plan(policy), roster), file)
    paid = {id_: run.result.column(id_) for id_ in known}
    assert len(run.stakes) == 6
    for hinge in run.stakes:
        plan = api.plan(policy, None, {hinge.reading: hinge.option})
        again = api.override(api.calculate(plan, roster), file).result
        for id_ in known:
            moved = {
                index: new
                for index, (old, new) in enumerate(zip(paid[id_], again.column(id_), strict=True))
                if old != new
            }
            assert dict(hinge.changes.get(id_, {})) == moved, (hinge.reading, hinge.option, id_)


def test_the_papers_agree_on_what_another_reading_would_change(cli: Cli, tmp_path: Path) -> None:
    file = overrides(tmp_path, f"西左家窑村,funding_gap,999999.99,{GROUNDS}")
    run = ("run", EXAMPLE, "--overrides", file, "--lang", "zh")
    answer = cli(*run, "-o", "o.xlsx")
    assert "千人以上包括本数：2 个村，否则资金来源待定（文件未明确） −30,000.00" in answer.out
    sheet = openpyxl.load_workbook(tmp_path / "o.xlsx")["须明确口径的事项"]
    said = [str(cell.value) for row in sheet.iter_rows() for cell in row]
    assert any("需补足经费" in one for one in said)
    assert not any("999,999.99" in one for one in said)
    assert cli("report", "last", "-o", "r.html", "--lang", "zh").code == 0
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert ">-30,000.00<" in page and ">-42,000.00<" not in page


def test_the_formulas_are_of_what_the_rules_give(cli: Cli, roster: Make, tmp_path: Path) -> None:
    """Recalculating finds no difference, though the sheet to sign says what is paid."""
    file = overrides(tmp_path, f"东村,guaranteed_funds,180000,{GROUNDS}")
    assert cli("run", roster(), "--overrides", file, "-o", "o.xlsx").code == 0
    assert cli("run", roster(), "-o", "plain.xlsx", "--no-record").code == 0
    with_it, without = (
        openpyxl.load_workbook(tmp_path / name, data_only=True) for name in ("o.xlsx", "plain.xlsx")
    )
    for sheet in ("Formulas", "Pools", "Workings"):
        one, other = with_it[sheet], without[sheet]
        assert list(one.values) == list(other.values), sheet
    paid = [value for row in with_it["To sign"].values for value in row]
    assert 180_000 in paid


def test_an_override_is_shown_in_the_explanation(cli: Cli, roster: Make, tmp_path: Path) -> None:
    cli(
        "run",
        roster(),
        "--overrides",
        overrides(tmp_path, f"东村,guaranteed_funds,180000,{GROUNDS}"),
    )
    data = json.loads(cli("explain", "东村", "--run", "1", "--format", "json").out)
    assert data["decisions"][0]["outputs"]["guaranteed_funds"]["value"] == "200000.00"
    assert data["overrides"] == [
        {"output": "guaranteed_funds", "by_rules": "200000.00", "value": "180000.00", "follows": False,
         "code": "A1", "reason": "核减", "document": "并政〔2018〕3号", "approver": "王某"},
        {"output": "funding_gap", "by_rules": "100000.00", "value": "80000.00", "follows": True},
    ]  # fmt: skip
    jsonschema.validate(data, api.explanation_schema())
    said = cli("explain", "东村", "--run", "1", "--lang", "zh").out
    assert "180,000（手工调整，按规则200,000）" in "".join(said.split())
    text = cli("explain", "东村", "--run", "1", "--lang", "zh", "--full").out
    assert (
        "手工调整" in text
        and "由 200,000.00 元/年调整为 180,000.00 元/年" in text
        and "批准人：王某" in text
    )
    assert "手工调整" not in cli("explain", "北村", "--run", "1", "--lang", "zh").out
    why_not = ("explain", "东村", "--run", "1", "--why-not", "income_tested")
    answer = cli(*why_not, "--lang", "zh").out
    assert "批准人：王某" in answer and "调整为 180,000.00 元/年" in answer
    found = json.loads(cli(*why_not, "--format", "json").out)
    assert found["overrides"] == data["overrides"]
    jsonschema.validate(found, api.explanation_schema())


def test_what_follows_keeps_the_books_balanced_and_nobody_else_moves(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    """A total set by hand moves who pays it; shares of pools stay with everybody."""
    cli("run", roster(), "-o", "before.csv", "--no-record")
    file = overrides(
        tmp_path, f"东村,subsidy_total,50000,{GROUNDS}", f"西村,subsidy_total,1000.01,{GROUNDS}",
        f"西村,party_dues_share,5,{GROUNDS}",
    )  # fmt: skip
    assert cli("run", roster(), "--overrides", file, "-o", "after.csv", "--no-record").code == 0
    before, after = rows(tmp_path / "before.csv"), rows(tmp_path / "after.csv")
    east, west = after["140121000201"], after["140123000201"]
    assert east["municipal_share"] == before["140121000201"]["municipal_share"]  # of a pool: stays
    assert Decimal(east["county_share"]) == 50000 - Decimal(east["municipal_share"])
    assert west["municipal_share"] == "1000.01" and west["county_share"] == "0.00"
    assert west["party_dues_share"] == "5.00"
    for code, row in after.items():
        assert Decimal(row["municipal_share"]) + Decimal(row["county_share"]) == Decimal(
            row["subsidy_total"]
        )
        if code not in ("140121000201", "140123000201"):
            assert {k: v for k, v in row.items() if k != "overrides"} == before[code]


def test_a_pool_exceeded_is_a_warning(cli: Cli, roster: Make, tmp_path: Path) -> None:
    file = overrides(tmp_path, f"西村,party_dues_share,3785000.01,{GROUNDS}")
    answer = cli("run", roster(), "--overrides", file)
    assert answer.code == 0 and "FC829" in answer.err
    said = " ".join(answer.err.split())
    assert "Party dues" in said and "yuan of 3,785,000.00" in said


def test_a_pool_exceeded_by_a_village_without_a_share_is_a_warning(
    cli: Cli, tmp_path: Path
) -> None:
    """The rules gave 白石岭村 none of it; what it gets by hand comes out of the same pool."""
    file = overrides(tmp_path, f"白石岭村,collective_support_share,7654321.01,{GROUNDS}")
    answer = cli("run", EXAMPLE, "--overrides", file, "--lang", "zh", "--no-record")
    said = "".join(answer.err.split())
    assert answer.code == 0 and "FC829" in said
    assert "共付28,074,321.01元，而总额为20,420,000.00元，超支7,654,321.01元" in said


def test_what_would_follow_below_nothing_is_refused(cli: Cli, roster: Make, tmp_path: Path) -> None:
    file = overrides(tmp_path, f"东村,municipal_share,999999,{GROUNDS}")
    answer = cli("run", roster(), "--overrides", file, "-o", "o.csv")
    assert answer.code == 2 and "FC828" in answer.err and "county_share" in answer.err
    assert not (tmp_path / "o.csv").exists()
    both = overrides(
        tmp_path, f"东村,municipal_share,999999,{GROUNDS}", f"东村,county_share,0,{GROUNDS}"
    )
    assert cli("run", roster(), "--overrides", both).code == 0


def test_every_fault_of_every_row_at_once(
    cli: Cli, roster: Make, ledger: Path, tmp_path: Path
) -> None:
    file = overrides(
        tmp_path,
        "东村,guaranteed_funds,180000,,核减,文件,王某",
        "东村,guaranteed_funds,180000,A1,核减,文件,",
        "无此村,guaranteed_funds,180000,A1,核减,文件,王某",
        "南村,guaranteed_funds,180000,A1,核减,文件,王某",
        "东村,guaranteed_fund,180000,A1,核减,文件,王某",
        "东村,income_band,180000,A1,核减,文件,王某",
        "北村,guaranteed_funds,18万,A1,核减,文件,王某",
        "北村,guaranteed_funds,-1,A1,核减,文件,王某",
        "北村,guaranteed_funds,1.005,A1,核减,文件,王某",
        "北村,guaranteed_funds,1e5,A1,核减,文件,王某",
        "西村,guaranteed_funds,1,A1,核减,文件,王某",
        "140123000201,保障经费,2,A1,核减,文件,王某",
    )
    answer = cli("run", roster(), "--overrides", file, "-o", "o.csv")
    assert answer.code == 2
    for line in (*range(2, 12), 13):
        assert f"overrides.csv:{line}:" in answer.err
    assert answer.err.count("error[FC827]") == 11 + 4  # four of them set an amount again, too
    assert "did you mean `guaranteed_funds`" in answer.err
    assert (
        "140121000202" in answer.err and "140123000202" in answer.err
    )  # both villages called 南村
    assert not ledger.exists() and not (tmp_path / "o.csv").exists() and not answer.out


@pytest.mark.parametrize("missing", HEAD.split(","))
def test_a_missing_field_is_refused(cli: Cli, roster: Make, tmp_path: Path, missing: str) -> None:
    good = dict(
        zip(HEAD.split(","), f"东村,guaranteed_funds,180000,{GROUNDS}".split(","), strict=True)
    )
    blank = overrides(tmp_path, ",".join({**good, missing: "  "}.values()))
    assert (
        "FC827" in (answer := cli("run", roster(), "--overrides", blank)).err and answer.code == 2
    )
    assert missing in answer.err
    del good[missing]
    gone = overrides(tmp_path, ",".join(good.values()), head=",".join(good))
    answer = cli("run", roster(), "--overrides", gone)
    assert answer.code == 2 and missing in answer.err


@pytest.mark.parametrize(
    "content", ["", HEAD + "\n", "village;output\n1;2\n", "x" * 5000, "a,b\n" * 300]
)
def test_files_that_hold_no_overrides(cli: Cli, roster: Make, tmp_path: Path, content: str) -> None:
    path = tmp_path / "overrides.csv"
    path.write_text(content, encoding="utf-8")
    answer = cli("run", roster(), "--overrides", path)
    assert answer.code == 2 and ("FC827" in answer.err or "FC6" in answer.err)


def test_overrides_from_a_workbook_with_chinese_heads(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["村", "项目", "金额", "原因代码", "理由", "文件", "批准人"])
    sheet.append(["东村", "保障经费", 180000.5, "A1", "核减", "并政3号", "王某"])
    book.save(tmp_path / "o.xlsx")
    answer = cli("run", roster(), "--overrides", tmp_path / "o.xlsx", "-o", "o.csv")
    assert answer.code == 0
    assert rows(tmp_path / "o.csv")["140121000201"]["guaranteed_funds"] == "180000.50"
    sheet.append(["东村", "保障经费", "x", "A1", "核减", "并政3号", "王某"])
    book.save(tmp_path / "o.xlsx")
    assert "o.xlsx!Sheet!C3" in cli("run", roster(), "--overrides", tmp_path / "o.xlsx").err


# -- corrections ----------------------------------------------------------------------------------


def test_a_correction_says_what_to_pay_and_to_deduct(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    old = json.loads(cli("run", roster(), "--format", "json", "-o", "old.csv").out)["run"]
    mended = [VILLAGES[0].replace("1200,60000", "900,60000"), *VILLAGES[1:3], VILLAGES[4]]
    mended.append("140123000209,新村,乙乡,娄烦县,1500,0,0,2,0")
    answer = cli(
        "run", roster(*mended), "--corrects", old["id"][:6], "--reason", "人口核实", "--format", "json",
        "-o", "new.csv", "-o", "new.json", "--differences", "d.csv",
    )  # fmt: skip
    assert answer.code == 0
    data = json.loads(answer.out)
    one = data["correction"]
    assert (one["corrects"], one["head"], one["reason"]) == (old["id"], old["head"], "人口核实")
    presence = {v["name"]: v["presence"] for v in one["villages"]}
    assert presence["东村"] == "both" and presence["新村"] == "new" and presence["西村"] == "gone"
    before, after = rows(tmp_path / "old.csv"), rows(tmp_path / "new.csv")
    expected: dict[tuple[str, str], Decimal] = {}
    for code in before.keys() | after.keys():
        for name in COLUMNS:
            was = Decimal(before.get(code, {}).get(name, "0"))
            now = Decimal(after.get(code, {}).get(name, "0"))
            if was != now:
                expected[code, name] = now - was
    found = {
        (v["code"], id_): Decimal(a["difference"])
        for v in one["villages"]
        for id_, a in v["amounts"].items()
    }
    assert found == expected
    pay = sum(d for d in expected.values() if d > 0)
    deduct = -sum(d for d in expected.values() if d < 0)
    assert one["total"] == {
        "pay": f"{pay:.2f}",
        "deduct": f"{deduct:.2f}",
        "net": f"{pay - deduct:.2f}",
    }
    for parts in (one["payers"].values(), one["counties"]):
        assert sum(Decimal(part["net"]) for part in parts) == pay - deduct
    with (tmp_path / "d.csv").open(encoding="utf-8-sig", newline="") as file:
        table = {
            (row["code"], row["output"]): Decimal(row["difference"]) for row in csv.DictReader(file)
        }
    assert table == expected
    for code, row in after.items():
        for name in COLUMNS:
            assert Decimal(row[f"{name}_difference"]) == Decimal(row[name]) - Decimal(
                row[f"{name}_before"]
            )
            if code in before:
                assert row[f"{name}_before"] == before[code][name]
    assert json.loads((tmp_path / "new.json").read_text(encoding="utf-8"))["correction"] == one
    listed = json.loads(cli("runs", "list", "--format", "json").out)
    assert listed[1]["corrects"] == {"id": old["id"], "head": old["head"], "reason": "人口核实"}
    assert cli("runs", "verify").code == 0
    assert "人口核实" in cli("runs", "show", "2").out
    assert cli("runs", "show", "2", "--differences", "again.csv").code == 0
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "d.csv").read_bytes()
    assert cli("runs", "show", "1", "--differences", "none.csv").code == 2
    assert cli("runs", "show", "2", "--differences", "none.txt").code == 2
    assert not list(tmp_path.glob("none.*"))


def page_of(folder: str) -> str:
    """The text of a folder's one letter, without spaces."""
    [file] = Path(folder).iterdir()
    text = "".join(page.extract_text() for page in PdfReader(file).pages)
    return re.sub(r"[\s\u200b]", "", text)


def test_the_explanation_says_what_a_correction_changes(cli: Cli, roster: Make) -> None:
    """Of the village asked about, to the fen; and the run that was corrected says by which."""
    cli("run", roster())
    fewer = VILLAGES[0].replace("1200,60000", "900,60000")
    new = roster(fewer, *VILLAGES[1:], name="new.csv")
    cli("run", new, "--corrects", "1", "--reason", "人口核实")
    kept = [json.loads(cli("runs", "list", "--format", "json").out)[n]["id"] for n in (0, 1)]
    data = json.loads(cli("explain", "东村", "--run", "2", "--format", "json").out)
    jsonschema.validate(data, api.explanation_schema())
    assert data["correction"] == {
        "corrects": kept[0], "reason": "人口核实", "net": "-100000.00",
        "amounts": [{"output": "funding_gap", "before": "100000.00", "after": "0.00",
                     "difference": "-100000.00"}],
    }  # fmt: skip
    assert f"更正 {kept[0]}：人口核实" in cli("explain", "东村", "--run", "2", "--lang", "zh").out
    text = cli("explain", "东村", "--run", "2", "--lang", "zh", "--full").out
    assert "需补足经费：100,000.00 → 0.00（抵扣 100,000.00）" in text
    assert "应付金额没有差别" in cli("explain", "北村", "--run", "2", "--lang", "zh", "--full").out
    old = json.loads(cli("explain", "东村", "--run", "1", "--format", "json").out)
    assert old["corrected_by"] == [{"run": kept[1], "reason": "人口核实"}]
    assert "correction" not in old and "corrected_by" not in data
    for command in (("explain", "东村", "--run", "1"), ("runs", "show", "1")):
        assert f"后来由 {kept[1]} 更正：人口核实" in cli(*command, "--lang", "zh").out
    assert cli("letter", "2", "东村", "-o", "new", "--lang", "zh").code == 0
    assert cli("letter", "1", "东村", "-o", "old", "--lang", "zh").code == 0
    new_letter, old_letter = page_of("new"), page_of("old")
    assert f"更正记录{kept[0]}：人口核实" in new_letter
    assert "需补足经费：100,000.00→0.00（抵扣100,000.00）" in new_letter
    assert (
        f"后来由{kept[1]}更正，以上金额以更正后的告知书为准" in old_letter
        and "人口核实" not in old_letter
    )
    assert "抵扣" not in old_letter
    assert cli("report", "1", "-o", "r.html").code == 0
    assert kept[1] in Path("r.html").read_text(encoding="utf-8")


def test_a_correction_of_a_correction_with_overrides(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    """What was set by hand counts as what was paid."""
    cli("run", roster(), "--overrides", overrides(tmp_path, f"东村,funding_gap,7,{GROUNDS}"))
    answer = cli("run", roster(), "--corrects", "last", "--reason", "撤销调整", "--format", "json")
    [village] = json.loads(answer.out)["correction"]["villages"]
    assert village["amounts"] == {
        "funding_gap": {"before": "7.00", "after": "100000.00", "difference": "99993.00"}
    }
    same = cli("run", roster(), "--corrects", "last", "--reason", "再核")
    assert same.code == 0 and "no amount differs" in same.out
    assert cli("runs", "verify").code == 0


@pytest.mark.parametrize(
    "options",
    [
        ["--corrects", "1"], ["--corrects", "1", "--reason", "  "], ["--reason", "x"],
        ["--differences", "d.csv"], ["--corrects", "7", "--reason", "x"],
        ["--corrects", "1", "--reason", "x", "--differences", "d.pdf"],
    ],
)  # fmt: skip
def test_corrections_that_cannot_be(
    cli: Cli, roster: Make, ledger: Path, options: list[str]
) -> None:
    cli("run", roster())
    answer = cli("run", roster(), *options, "-o", "o.csv")
    assert answer.code == 2 and answer.err and not answer.out
    assert len(api.runs(ledger)) == 1 and not (ledger.parent / "o.csv").exists()


AMOUNTS = st.integers(0, 10**13)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.dictionaries(
        st.tuples(st.sampled_from([v.split(",")[0] for v in VILLAGES]), st.sampled_from(COLUMNS)),
        AMOUNTS, min_size=1, max_size=6,
    )
)  # fmt: skip
def test_no_fen_is_lost_between_overrides_and_correction(
    cli: Cli, roster: Make, tmp_path: Path, chosen: dict[tuple[str, str], int]
) -> None:
    """Setting amounts by hand, then correcting back, deducts and pays exactly what was changed."""
    policy = api.load_policy()
    run = api.calculate(api.plan(policy), api.read_roster(roster(), policy), engine="columnar")
    both: dict[tuple[str, str], int] = dict(chosen)
    for code, output in chosen:  # what would follow is set too, so that nothing follows
        if output == "municipal_share":
            both.setdefault((code, "county_share"), 1)
    lines = [f"{c},{o},{a // 100}.{a % 100:02},{GROUNDS}" for (c, o), a in both.items()]
    changed = api.override(run, overrides(tmp_path, *lines))
    ledger = tmp_path / "h.db"
    api.record(changed, ledger)
    back: Any = api.correct(run, ledger, "last", "x").correction
    expected = 0
    for (code, output), amount in both.items():
        index = api.find_village(run, code)[0]
        expected += int(run.result.numbers(output)[index]) - amount
    assert back.total().net == expected
    again = api.open_run(ledger, "last")
    assert (
        again.result.numbers("funding_gap").tolist()
        == changed.result.numbers("funding_gap").tolist()
    )


def test_page_one_counts_what_was_set_by_hand_in_chinese_too(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    file = overrides(tmp_path, *TWO)
    answer = cli("run", roster(), "--overrides", file, "--lang", "zh")
    assert answer.code == 0
    said = "".join(answer.out.split())
    assert "手工调整：2项，2个村；调增40,000.50，调减20,000.00（原因代码A11项、B21项）" in said


def test_what_only_moves_between_payers_is_no_increase(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    """The county's share follows what the city's is set to."""
    head = ("--lang", "zh", "--no-record")
    whole = roster(*VILLAGES[:3])
    assert cli("run", whole, "-o", "before.csv", *head[2:], "--lang", "en").code == 0
    before = rows(tmp_path / "before.csv")["140121000202"]
    city, county = before["municipal_share"], before["county_share"]
    assert float(city) > 100 and float(county) >= 0
    less = f"{float(city) - 100:.2f}"
    file = overrides(tmp_path, f"140121000202,municipal_share,{less},A1,核减,文件,王某")
    said = "".join(cli("run", whole, "--overrides", file, *head).out.split())
    assert "手工调整：1项，1个村；调增0.00，调减0.00，资金承担主体之间调剂100.00" in said
