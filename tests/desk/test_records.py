"""Page 7 by HTTP: runs listed, reviewed, verified, held against paper, compared, handed over."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import subprocess
import sys
import zlib
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from tests.conftest import ROOT
from tests.desk.conftest import Open, Server, command
from tests.desk.ledgers import (
    CORRECTED,
    equal_command,
    lay_out,
    links,
    name_of,
    record,
    run_id,
)
from tests.ledger.conftest import altered


@pytest.fixture
def desk(desks: Open, tmp_path: Path) -> Server:
    """A desk with one recorded run, which 张三 prepared."""
    desk = desks(folder=lay_out(tmp_path))
    record(desk, ("prepared_by", "张三"), ("kinds", "notice"))
    return desk


@pytest.fixture
def two(desk: Server) -> tuple[Server, str, str]:
    """The same, and a run that corrects it."""
    first = run_id(desk.get("/records"))
    lay_out(desk.folder, CORRECTED)
    desk.post("/papers/correct", {"run": first, "reason": "经费核实"}, page="/papers")
    return desk, first, run_id(record(desk, ("prepared_by", "李四")))


def sheet_of(desk: Server, id_: str) -> bytes:
    """The sheet to sign of a run."""
    page = desk.get(f"/records/{id_}/papers?kinds=sign")
    return desk.get(links(page, f"/records/{id_}/papers/0")[0]).content


def test_without_a_ledger_the_page_says_the_one_next_step(desks: Open) -> None:
    desk = desks()
    page = desk.get("/records")
    assert page.status == 200 and "还没有台账" in page.said and 'href="/papers"' in page.text
    assert desk.get("/records/7").status == 422
    assert "FC824" in desk.get("/records/last").said
    assert list(desk.folder.glob("fundcalc.db*")) == []


def test_runs_are_listed_with_what_became_of_them(two: tuple[Server, str, str]) -> None:
    desk, first, second = two
    page = desk.get("/records")
    assert page.said.index(second) < page.said.index(first)
    assert f"已被 {second} 更正" in page.said and f"更正 {first}" in page.said
    told = json.loads(command(desk.folder, "runs", "show", first, "--format", "json").stdout)
    fen = sum(int(amount.replace(".", "")) for amount in told["payers"].values())
    assert f"{fen // 100:,}.{fen % 100:02}" in page.said
    assert "张三" in page.said and equal_command(page) == ["runs", "list"]
    one = desk.get(f"/records/{first}")
    assert told["head"] in one.said and "经费核实" in one.said
    assert "复核通过" not in one.said and "已被更正的测算不再复核" in one.said
    due = desk.get(f"/records/{second}/differences")
    assert "30,000.00" in due.said and due.status == 200


def test_a_review_is_kept_and_stands_on_the_sheet(desk: Server) -> None:
    id_ = run_id(desk.get("/records"))
    here, form = f"/records/{id_}", f"/records/{id_}/review"
    nobody = desk.post(form, {"by": " ", "decision": "approved"}, page=here)
    why = desk.post(form, {"by": "王五", "decision": "returned", "reason": ""}, page=here)
    assert "姓名" in nobody.said and "理由" in why.said and "待复核" in why.said
    assert 'name="by" value="王五"' in why.text
    page = desk.post(form, {"by": "王五", "decision": "approved"}, page=here)
    assert "复核已记入台账" in page.said and "已复核 王五" in page.said
    assert 'value="sign" checked' in desk.get(f"{here}/papers").text
    book = load_workbook(io.BytesIO(sheet_of(desk, id_)))
    texts = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row]
    assert any("王五" in one for one in texts) and any("张三" in one for one in texts)
    twice = desk.post(form, {"by": "王五", "decision": "approved"}, page=here)
    assert twice.status == 422 and "FC835" in twice.said
    assert 'name="by" value="王五"' in twice.to_form(desk).text
    (desk.folder / "s.xlsx").write_bytes(sheet_of(desk, id_))
    assert command(desk.folder, "runs", "verify", id_, "--paper", "s.xlsx").returncode == 0
    assert command(desk.folder, "runs", "show", id_, "-o", "c.xlsx").returncode == 0
    assert (desk.folder / "c.xlsx").read_bytes() == (desk.folder / "s.xlsx").read_bytes()


def test_a_review_by_who_prepared_the_run_is_doubted_for_as_long_as_it_stands(desk: Server) -> None:
    id_ = run_id(desk.get("/records"))
    here, form = f"/records/{id_}", f"/records/{id_}/review"
    page = desk.post(form, {"by": "张三", "decision": "approved"}, page=here)
    assert "FC837" in page.said and "FC837" in desk.get(here).said
    page = desk.post(form, {"by": "王五", "decision": "approved"}, page=here)
    assert "已复核 王五" in page.said and "FC837" not in page.said


def test_a_run_returned_after_it_was_approved_is_said_to_be_paid_perhaps(desk: Server) -> None:
    id_ = run_id(desk.get("/records"))
    here, form = f"/records/{id_}", f"/records/{id_}/review"
    page = desk.post(form, {"by": "王五", "decision": "approved"}, page=here)
    assert "FC835" not in page.said
    page = desk.post(form, {"by": "王五", "decision": "returned", "reason": "有误"}, page=here)
    assert "FC835" in page.said and "可能已经付款" in page.said and "出表" in page.said
    assert "FC835" in desk.get(here).said


def test_a_paper_is_held_cell_by_cell(desk: Server) -> None:
    id_, sheet = run_id(desk.get("/records")), sheet_of(desk, run_id(desk.get("/records")))
    here, form = f"/records/{id_}", f"/records/{id_}/hold"
    clean = desk.post(form, {}, [("file", "签发表.xlsx", sheet)], page=here)
    assert "签发表.xlsx" in clean.said and 'class="done"' in clean.text
    book = load_workbook(io.BytesIO(sheet))
    signed = book["签发表"]
    at = next(cell for row in signed.iter_rows() for cell in row if cell.value == 100000)
    at.value = 90000
    changed = io.BytesIO()
    book.save(changed)
    page = desk.post(form, {}, [("file", "..\\..\\改<b>.xlsx", changed.getvalue())], page=here)
    assert f"签发表!{at.coordinate}" in page.said and "90000 100000" in page.said
    assert "<b>" not in page.text and 'class="finding"' in page.text
    other = desk.post(
        form, {}, [("file", "a.xlsx", b"PK nonsense"), ("file", "b.xlsx", sheet)], page=here
    )
    assert "没有核对的" in other.said and " a.xlsx " in other.said and 'class="done"' in other.text
    assert "请选要核对的文件" in desk.post(form, {}, page=here).said
    assert not list(desk.folder.glob("**/签发表.xlsx"))


def test_verifying_names_what_was_altered(desk: Server) -> None:
    id_ = run_id(desk.get("/records"))
    clean = desk.post("/records/verify", {}, page="/records")
    assert "一致，5 个村" in clean.said and equal_command(clean) == ["runs", "verify"]
    head = json.loads(command(desk.folder, "runs", "list", "--format", "json").stdout)[0]["head"]
    paper = desk.post("/records/verify", {"heads": head[:30], "chain": "1"}, page="/records")
    assert 'class="done"' in paper.text and "--chain" in equal_command(paper)
    wrong = desk.post("/records/verify", {"heads": "abc"}, page="/records")
    assert wrong.status == 422 and "FC967" in wrong.said
    assert ">abc</textarea>" in wrong.to_form(desk).text
    with altered(desk.folder / "fundcalc.db") as connection:
        [record_] = connection.execute("SELECT record FROM runs").fetchone()
        digest = json.loads(record_)["parts"]["results/funding_gap.txt"]
        content = zlib.compress(b"1\n2\n3\n4\n5\n")
        connection.execute(
            "UPDATE contents SET packed = ?, size = 10 WHERE digest = ?", (content, digest)
        )
    page = desk.post("/records/verify", {}, page="/records")
    assert 'class="finding"' in page.text and "不一致" in page.said and "140121000201" in page.said
    with altered(desk.folder / "fundcalc.db") as connection:
        connection.execute("INSERT INTO runs VALUES (2, 'sha256:22', ?)", (b"{}",))
    assert "0002-22 这条记录已损坏" in desk.get("/records").said
    broken = desk.get(f"/records/{id_}")
    assert broken.status == 422 and "FC825" in broken.said and "开始验证" in broken.said


def test_a_file_that_is_no_ledger_and_one_that_is_held_are_said(
    desks: Open, tmp_path: Path
) -> None:
    desk = desks(folder=lay_out(tmp_path))
    (tmp_path / "fundcalc.db").write_bytes(b"no ledger at all, and long enough to be read" * 40)
    assert "FC820" in desk.get("/records").said
    page = desk.get("/papers")
    assert page.status == 200 and "FC820" in page.said
    refused = record(desk)
    assert refused.status == 422 and "FC820" in refused.said
    (tmp_path / "fundcalc.db").unlink()
    record(desk)
    with sqlite3.connect(tmp_path / "fundcalc.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        held = record(desk)
        assert held.status == 422 and "FC822" in held.said and "什么也没有记入" in held.said
        other.execute("ROLLBACK")
    assert run_id(record(desk)).startswith("0002-")


def test_doubts_and_lines_are_listed_and_saved(two: tuple[Server, str, str]) -> None:
    desk, first, second = two
    page = desk.get(f"/records/{second}/doubts?before={first}&within=10&sample=2")
    asked = equal_command(page)
    assert asked[:3] == ["runs", "doubts", second] and "--seed" in asked
    said = command(desk.folder, *asked, "-o", "doubts.xlsx")
    assert said.returncode == 0, said.stderr
    [address] = links(page, f"/records/{second}/doubts.xlsx")
    saved = desk.get(address)
    assert saved.content == (desk.folder / "doubts.xlsx").read_bytes()
    assert name_of(saved) == f"疑点清单-{second}.xlsx"
    gone = desk.get(f"/records/{second}/doubts?before={first}&kind=gone")
    assert "140123000202" in gone.said
    assert desk.get(f"/records/{second}/doubts?before={first}&kind=UNKNOWN").status == 200
    near = desk.get(f"/records/{first}/near?within=5")
    table = command(desk.folder, "runs", "near", first, "--within", "5 %", "--format", "csv")
    assert "&lt;script&gt;村" in near.text and "<script>村" not in near.text
    assert desk.get(links(near, f"/records/{first}/near.csv")[0]).content == table.stdout.encode(
        "utf-8-sig"
    )


def test_two_runs_are_compared_and_what_is_open_is_settled(two: tuple[Server, str, str]) -> None:
    desk, first, second = two
    page = desk.get(f"/records/compare?old={first}&new={second}")
    asked = equal_command(page)
    found = json.loads(command(desk.folder, *asked, "--format", "json").stdout)
    assert found["total"]["change"].split(".")[0].lstrip("-") in page.said.replace(",", "")
    open_ = desk.get("/records/balance")
    assert "30,000.00" in open_.said and "东村" in open_.said
    saved = desk.get("/records/balance.xlsx")
    assert command(desk.folder, "runs", "balance", "-o", "b.xlsx").returncode == 0
    assert saved.content == (desk.folder / "b.xlsx").read_bytes()
    unsigned = {"run": second, "by": "", "reason": "凭证 3 号"}
    nobody = desk.post("/records/settle", unsigned, page="/records/balance")
    assert 'value="凭证 3 号"' in nobody.text
    assert "姓名" in nobody.said
    done = desk.post(
        "/records/settle", {"run": second, "by": "王五", "reason": "凭证"}, page="/records/balance"
    )
    assert "已记入台账" in done.said and "30,000.00" not in done.said


def test_the_audit_pack_checks_itself(desk: Server, tmp_path: Path) -> None:
    id_ = run_id(desk.get("/records"))
    assert "已做好" not in desk.get(f"/records/{id_}/pack").said
    page = desk.get(f"/records/{id_}/pack?explain=yes")
    saved = desk.get(links(page, f"/records/{id_}/pack/all")[0])
    assert name_of(saved) == f"审计包-{id_}.zip"
    with ZipFile(io.BytesIO(saved.content)) as pack:
        pack.extractall(tmp_path / "pack")
    [folder] = (tmp_path / "pack").iterdir()
    checked = subprocess.run([sys.executable, "-I", "check.py"], cwd=folder, check=False)
    assert checked.returncode == 0


def test_a_desk_to_look_at_verifies_and_keeps_nothing(desks: Open, desk: Server) -> None:
    id_ = run_id(desk.get("/records"))
    desk.close()
    looking = desks("--read-only", folder=desk.folder)
    here = looking.get(f"/records/{id_}")
    assert "复核通过" not in here.said
    answer = looking.post(
        f"/records/{id_}/review", {"by": "王", "decision": "approved"}, page="/records"
    )
    assert answer.status == 403
    assert 'class="done"' in looking.post("/records/verify", {"run": id_}, page="/records").text
    assert sheet_of(looking, id_)[:2] == b"PK"


def test_a_run_is_listed_by_the_title_of_its_policy(desk: Server) -> None:
    page = desk.get("/records")
    assert "太原市村级党建经费保障 · 2017-12-31" in page.said and "taiyuan" not in page.said


def test_where_there_is_no_money_none_is_said_to_be_at_stake(desks: Open, tmp_path: Path) -> None:
    folder = tmp_path / "posts"
    shutil.copytree(ROOT / "examples" / "policies" / "posts", folder)
    assert command(folder, "run", "roster.csv").returncode == 0
    desk = desks(folder=folder)
    for which in ("doubts", "doubts?kind=near", "near"):
        page = desk.get(f"/records/{run_id(desk.get('/records'))}/{which}")
        assert page.status == 200 and "石门村" in page.said
        assert "0.00" not in page.said and "涉及数额" not in page.said
