"""Page 6 by HTTP: papers byte for byte as the commands write them, recorded once, corrected, set by hand."""

from __future__ import annotations

import io
import os
import shutil
import signal
import sqlite3
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from urllib.parse import quote, urlencode
from zipfile import ZipFile

import pytest

from tests.conftest import ROOT
from tests.desk.conftest import PROGRAM, Open, Reply, Server, command
from tests.desk.ledgers import (
    CHOICE,
    CORRECTED,
    VILLAGES,
    equal_command,
    equal_commands,
    lay_out,
    links,
    name_of,
    record,
    run_id,
)

OVERRIDES = "村,项目,金额,原因代码,理由,文件,批准人\n"
PNG = b"\x89PNG\r\n"


@pytest.fixture
def desk(desks: Open, tmp_path: Path) -> Server:
    """A desk with five invented villages, read and settled."""
    return desks(folder=lay_out(tmp_path))


def runs_in(folder: Path) -> int:
    """How many runs the ledger has."""
    if not (folder / "fundcalc.db").exists():
        return 0
    with sqlite3.connect(folder / "fundcalc.db") as connection:
        [found] = connection.execute("SELECT count(*) FROM runs").fetchone()
    return int(found)


def test_without_a_roster_the_page_says_the_one_next_step(desks: Open) -> None:
    desk = desks()
    page = desk.get("/papers")
    assert page.status == 200 and 'href="/rosters"' in page.text
    assert "存档并出表" not in page.said


PLAIN: list[tuple[str, str]] = []
LOOKS = [
    ("unit", "wan"), ("paper", "a3"), ("by_county", "1"), ("issuer", "甲'乙 县财政局"), ("contact", "0351-1"),
    ("document_no", "财农〔2018〕1号"), ("prepared_by", "张 '三\""), ("short", "1"), ("until", "7 月 1 日"),
]  # fmt: skip
KINDS = ("sign", "notice", "letters", "report", "table")


def written(folder: Path, asked: list[str]) -> list[Path]:
    """Run a command that a page shows, in a folder that has the desk's files: what it writes."""
    before = {path for path in folder.rglob("*") if path.is_file()}
    done = command(folder, *asked)
    assert done.returncode == 0, f"{asked}: {done.stderr}"
    assert "--no-record" in asked or asked[0] != "run"
    return [path for path in folder.rglob("*") if path.is_file() and path not in before]


def check_each(desk: Server, page: Reply, base: str) -> int:
    """Every paper of a page is, byte for byte, what the command for it writes; how many there are."""
    files = [desk.get(each) for each in links(page, rf"{base}/[0-9]")]
    for asked, file in zip(equal_commands(page), files, strict=True):
        paths = written(desk.folder, asked)
        if name_of(file).endswith(".zip"):
            with ZipFile(io.BytesIO(file.content)) as whole:
                desks = {name: whole.read(name) for name in whole.namelist()}
            assert {path.name: path.read_bytes() for path in paths} == desks
        else:
            [path] = paths
            assert path.read_bytes() == file.content, asked
            assert asked[0] == "letter" or path.name == name_of(file)
        for path in paths:
            path.unlink()
    return len(files)


@pytest.mark.parametrize("looks", [PLAIN, LOOKS])
def test_papers_without_a_record_are_what_the_commands_on_the_page_write(
    desk: Server, looks: list[tuple[str, str]]
) -> None:
    chosen = [*dict([*CHOICE[2:], *looks]).items()]
    for kinds in (KINDS, ("notice",), ("table",), ("letters",)):
        fields = [*(("kinds", kind) for kind in kinds), *chosen]
        page = desk.post("/papers/save", [*fields, ("then", "made")], page="/papers")
        assert "没有存档" in page.said
        assert ("须先存档" in page.said) == ("letters" in kinds)  # they bear the run's number
        of_record = {"letters", "report"}
        assert check_each(desk, page, "/papers/made") == len({*kinds} - of_record)
    assert runs_in(desk.folder) == 0


def test_a_preview_shows_the_command_that_writes_what_is_seen_or_none(desk: Server) -> None:
    desk.post("/papers/save", LOOKS, page="/papers")
    page = desk.get("/papers/made")
    for kind, told in {"sign": "签发表-未存档.xlsx", "notice": "公示表-未存档.xlsx"}.items():
        [asked] = equal_commands(desk.get(f"/papers/preview?paper={kind}"))
        assert asked[-1] == told and ("--public" in asked) == (kind == "notice")
        assert written(desk.folder, asked)
    page = desk.get("/papers/preview?paper=letters")
    assert equal_commands(page) == [] and "fundcalc letter" in page.said


@pytest.mark.parametrize("looks", [PLAIN, LOOKS])
@pytest.mark.parametrize("public", [False, True])
def test_recorded_papers_are_what_the_commands_on_the_page_write(
    desk: Server, looks: list[tuple[str, str]], public: bool
) -> None:
    kinds = [("kinds", kind) for kind in KINDS]
    if public:  # by the command line, as the notice
        asked = ("run", "intake.toml", "--public", "-o", "公示.xlsx", "--issuer", "县财政局")
        assert command(desk.folder, *asked).returncode == 0
        [address] = links(desk.get("/records"), "/records/0001-")
        page = desk.get(f"{address}/papers?{urlencode([*kinds, *looks])}")
    else:
        page = record(desk, *kinds, *looks)
        assert "已存档" in page.said and runs_in(desk.folder) == 1
    id_ = run_id(page)
    assert check_each(desk, page, f"/records/{id_}/papers") == len(KINDS)
    addresses = links(page, f"/records/{id_}/papers/")
    files = {name_of(one): one.content for one in map(desk.get, addresses)}
    assert set(files) == {
        f"签发表-{id_}.xlsx", f"公示表-{id_}.xlsx", f"通知-{id_}.pdf", f"报告-{id_}.html", f"明细-{id_}.csv",
        f"全部文件-{id_}.zip",
    }  # fmt: skip
    with ZipFile(io.BytesIO(files.pop(f"全部文件-{id_}.zip"))) as whole:
        assert {one: whole.read(one) for one in whole.namelist()} == files
    assert b"'=" in files[f"明细-{id_}.csv"]  # a village called =西村 is no formula
    assert files[f"签发表-{id_}.xlsx"] != files[f"公示表-{id_}.xlsx"]
    page = desk.get(f"/records/{id_}/papers?kinds=letters&one_file=no")
    assert check_each(desk, page, f"/records/{id_}/papers") == 1


@pytest.mark.parametrize("kinds", [KINDS, ("notice",), ("table", "report")])
def test_page_6_says_with_which_commands_its_record_and_papers_are_made(
    desk: Server, kinds: tuple[str, ...]
) -> None:
    chosen = [*dict([*CHOICE[2:], *LOOKS]).items(), *(("kinds", kind) for kind in kinds)]
    page = desk.post("/papers/save", chosen, page="/papers")
    there = {*desk.folder.rglob("*")}
    for asked in equal_commands(page):
        done = command(desk.folder, *asked)
        assert done.returncode == 0, f"{asked}: {done.stderr}"
    made = {path.read_bytes() for path in {*desk.folder.rglob("*")} - there if path.is_file()}
    assert runs_in(desk.folder) == 1
    sent = [each for each in chosen if each[0] in ("kinds", "contact", "until", "short")]
    [address] = links(desk.get("/records"), "/records/0001-")
    page = desk.get(f"{address}/papers?{urlencode(sent)}")
    files = [desk.get(each) for each in links(page, f"{address}/papers/[0-9]")]
    assert len(files) == len(kinds) and {file.content for file in files} <= made


def test_a_desk_without_the_rules_engine_says_so_and_records_it(
    desks: Open, tmp_path: Path
) -> None:
    hiding = "import sys; sys.modules['durable_rules_engine'] = None\n"
    desk = desks(folder=lay_out(tmp_path), program=hiding + PROGRAM)
    assert "没有安装 durable-rules" in desk.get("/papers").said
    id_ = run_id(record(desk))
    shown = command(desk.folder, "runs", "verify", id_)
    assert shown.returncode == 0, shown.stderr


def test_a_form_sent_twice_records_once(desk: Server) -> None:
    once = record(desk, once="k1")
    again = desk.post("/papers/record", [*CHOICE, ("once", "k1")], page="/papers")
    assert run_id(once) == run_id(again) and runs_in(desk.folder) == 1
    assert "再存档会多一条" in desk.get("/papers").said


def test_a_correction_is_shown_before_it_is_recorded(desk: Server) -> None:
    first = run_id(record(desk, ("prepared_by", "张三")))
    lay_out(desk.folder, CORRECTED)
    without = desk.post("/papers/correct", {"run": first, "reason": " "}, page="/papers")
    assert "请写明为什么更正" in without.said
    page = desk.post("/papers/correct", {"run": first, "reason": "经费核实"}, page="/papers")
    assert "还没有存档" in page.said and runs_in(desk.folder) == 1
    assert "补拨" in page.said and "30,000.00" in page.said and "（不在新名册）" in page.said
    asked = equal_command(page)
    assert asked[asked.index("--corrects") + 1] == first
    done = record(desk, ("prepared_by", "李四"))
    second = run_id(done)
    assert runs_in(desk.folder) == 2 and "补拨抵扣表" in done.said
    [due] = [one for one in links(done, f"/records/{second}/papers/") if "/2" in one]
    shown = command(desk.folder, "runs", "show", second, "--differences", "due.xlsx")
    assert shown.returncode == 0, shown.stderr
    assert (desk.folder / "due.xlsx").read_bytes() == desk.get(due).content
    assert f"已被 {second} 更正" in desk.get("/records").said
    assert "更正 " + first not in desk.get("/papers").said  # the next run corrects nothing


def test_what_cannot_be_corrected_is_not_offered_nor_kept(desk: Server) -> None:
    first = run_id(record(desk))
    lay_out(desk.folder, CORRECTED)
    desk.post("/papers/correct", {"run": first, "reason": "甲"}, page="/papers")
    second = run_id(record(desk))
    page = desk.get("/papers")
    assert f'<option value="{second}"' in page.text and f'<option value="{first}"' not in page.text
    page = desk.post("/papers/correct", {"run": first, "reason": "乙"}, page="/papers")
    assert page.status == 422 and "FC831" in page.said and 'value="乙"' in page.text
    assert desk.get("/results").status == 200 and "存档并出表" in desk.get("/papers").said
    page = desk.post("/papers/correct", {"run": second, "reason": " "}, page="/papers")
    assert "请写明为什么更正" in page.said and f'<option value="{second}" selected' in page.text


def test_after_a_correction_the_same_again_is_warned_of(desk: Server) -> None:
    first = run_id(record(desk))
    lay_out(desk.folder, CORRECTED)
    desk.post("/papers/correct", {"run": first, "reason": "核实"}, page="/papers")
    record(desk)
    assert runs_in(desk.folder) == 2 and "再存档会多一条" in desk.get("/papers").said


def test_a_correction_that_holds_no_longer_says_so_and_can_be_dropped(desk: Server) -> None:
    first = run_id(record(desk))
    lay_out(desk.folder, CORRECTED)
    desk.post("/papers/correct", {"run": first, "reason": "甲"}, page="/papers")
    done = command(desk.folder, "run", "intake.toml", "--corrects", first, "--reason", "乙")
    assert done.returncode == 0, done.stderr
    for path in ("/results", "/papers/preview"):
        page = desk.get(path)
        assert page.status == 422 and "FC831" in page.said
        assert 'class="button go" href="/papers"' in page.text
    page = desk.get("/readings")
    assert "FC831" in page.said and 'class="button go" href="/papers"' in page.text
    page = desk.get("/papers")
    assert page.status == 200 and "FC831" in page.said and "存档并出表" not in page.said
    assert f"现在定的是更正 {first}，不再成立" in page.said
    page = desk.post("/papers/correct", {"run": ""}, page="/papers")
    assert "FC831" not in page.said and "存档并出表" in page.said


@pytest.mark.parametrize("changed", ["roster", "policy", "overrides"])
def test_what_is_recorded_is_what_the_page_showed(
    changed: str, desks: Open, tmp_path: Path
) -> None:
    assert command(tmp_path, "init", ".").returncode == 0
    (tmp_path / "roster.xlsx").unlink()
    desk = desks(folder=lay_out(tmp_path))
    if changed == "overrides":
        listed = f"{OVERRIDES}东村,guaranteed_funds,180000,A,经批准,甲〔2018〕1号,丙\n".encode()
        desk.post("/papers/overrides", {}, [("file", "调整.csv", listed)], page="/papers")
    shown = desk.get("/papers")
    hidden = [("token", shown.field("token")), ("seen", shown.field("seen"))]
    edited, was, now = {
        "roster": ("rosters/名册.csv", "100000,4", "70000,4"),
        "policy": ("policies.toml", "200_000", "230_000"),
        "overrides": ("overrides.csv", "180000", "190000"),
    }[changed]
    text = (tmp_path / edited).read_text(encoding="utf-8")
    assert was in text
    (tmp_path / edited).write_text(text.replace(was, now), encoding="utf-8")
    given = [
        *hidden,
        *CHOICE,
        ("once", "1"),
        ("issuer", "甲局"),
        ("kinds", "report"),
        ("short", "1"),
    ]
    page = desk.post("/papers/record", given, page="/papers")
    assert page.status == 409 and "草稿已经变了" in page.said and runs_in(tmp_path) == 0
    page = page.to_form(desk)
    typed = ('value="甲局"', 'value="report" checked', 'name="short" value="1" checked')
    assert all(each in page.text for each in typed)
    total = desk.get("/papers").text.split('<span class="big">')[1].split("<")[0]
    page = record(desk)
    assert page.status == 200 and total in page.said and runs_in(tmp_path) == 1


def test_papers_that_cannot_be_made_are_found_before_anything_is_recorded(
    desks: Open, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "examples" / "policies" / "posts", tmp_path, dirs_exist_ok=True)
    desk = desks(folder=tmp_path)
    desk.drop(tmp_path / "roster.csv")
    page = record(desk, ("kinds", "notice"), ("prepared_by", "王五"))
    assert page.status == 422 and "FC858" in page.said and "没有存档" in page.said
    assert 'value="王五"' in page.text and runs_in(tmp_path) == 0
    assert record(desk).status == 200 and runs_in(tmp_path) == 1


def test_an_amount_that_no_cell_holds_is_found_before_anything_is_recorded(
    desks: Open, tmp_path: Path
) -> None:
    desk = desks(folder=lay_out(tmp_path))
    large = f"{OVERRIDES}东村,guaranteed_funds,1234567890123456.78,A,经批准,甲〔2018〕1号,丙\n"
    desk.post("/papers/overrides", {}, [("file", "调整.csv", large.encode())], page="/papers")
    page = record(desk)
    assert page.status == 422 and "FC854" in page.said and runs_in(tmp_path) == 0


def test_a_paper_that_fails_leaves_the_others_and_the_record(desks: Open, tmp_path: Path) -> None:
    """Two villages of one name and without codes: their letters cannot be files of their own."""
    alike = [line.partition(",")[2] for line in VILLAGES]
    desk = desks(folder=lay_out(tmp_path, [f",{line}" for line in alike]))
    page = record(desk, ("kinds", "letters"), ("one_file", "no"))
    assert page.status == 422 and "FC941" in page.said and runs_in(tmp_path) == 0
    first = run_id(record(desk))
    page = desk.get(f"/records/{first}/papers?kinds=letters&kinds=table&one_file=no")
    assert page.status == 200 and "通知没有做成" in page.said and "FC941" in page.said
    assert len(links(page, f"/records/{first}/papers/0")) == 1 and "明细" in page.said


def test_what_is_open_is_carried_or_says_why_not(desk: Server) -> None:
    page = desk.post("/papers/save", [*CHOICE, ("carry", "1")], page="/papers")
    assert (
        page.status == 200
        and "FC824" in page.said
        and 'name="carry" value="1" checked' in page.text
    )
    page = desk.post("/papers/save", CHOICE, page="/papers")
    assert "FC824" not in page.said and "存档并出表" in page.said
    record(desk)
    page = desk.post("/papers/save", [*CHOICE, ("carry", "1")], page="/papers")
    assert "--carry" in equal_command(page) and "未办结" in page.said


def test_amounts_set_by_hand_are_taken_whole_or_not_at_all(desk: Server) -> None:
    bad = f"{OVERRIDES}东村,补助,1,A,甲,乙,丙\n南村,guaranteed_funds,1,A,甲,乙,丙\n".encode()
    page = desk.post("/papers/overrides", {}, [("file", "调整.csv", bad)], page="/papers")
    assert page.status == 422 and "FC827" in page.said and "调整.csv" in page.said
    assert not (desk.folder / "overrides.csv").exists()
    page = desk.post("/papers/overrides", {}, [("file", "坏.xlsx", b"PK?")], page="/papers")
    assert page.status == 422 and " 坏.xlsx " in page.said
    page = desk.post("/papers/overrides", {}, [("file", "调整.doc", bad)], page="/papers")
    assert page.status == 422 and "FC966" in page.said
    good = f"{OVERRIDES}东村,guaranteed_funds,180000,A,经批准,甲〔2018〕1号,丙\n".encode()
    page = desk.post("/papers/overrides", {}, [("file", "../../调整.csv", good)], page="/papers")
    assert (desk.folder / "overrides.csv").read_bytes() == good
    assert "1 个村" in page.said and "overrides.csv" in equal_command(page)
    page = desk.post("/papers/save", [*CHOICE, ("then", "made")], page="/papers")
    asked = equal_command(page)
    assert command(desk.folder, *asked).returncode == 0
    made = desk.get(links(page, "/papers/made/0")[0])
    assert made.content == (desk.folder / asked[-1]).read_bytes()
    page = desk.post("/papers/overrides", {}, page="/papers")
    assert "overrides.csv" not in equal_command(page)


def test_pages_are_seen_before_anything_is_recorded(desk: Server) -> None:
    for paper, words in {"sign": "汇总表", "notice": "公示表", "letters": "东村"}.items():
        page = desk.get(f"/papers/preview?paper={paper}")
        assert page.status == 200 and words in page.said
        [address] = [
            one.replace("&amp;", "&") for one in page.text.split('"') if "preview.png" in one
        ]
        picture = desk.get(address)
        assert picture.headers["content-type"] == "image/png" and picture.content.startswith(PNG)
    other = desk.get("/papers/preview.png?paper=letters&village=140123000201")
    assert other.content.startswith(PNG) and other.content != picture.content
    assert desk.get("/papers/preview?paper=%2e%2e&sheet=9&page=99").status == 200
    assert runs_in(desk.folder) == 0


ALIKE = [
    ",东村,甲镇,清徐县,1200,60000,100000,4,5000", ",东村,乙镇,清徐县,400,20000,,3,5000",
    ",西村,乙镇,清徐县,300,20000,,3,5000",
]  # fmt: skip


def test_a_letter_is_seen_of_the_village_that_is_meant_or_of_none(
    desks: Open, tmp_path: Path
) -> None:
    desk = desks(folder=lay_out(tmp_path, ALIKE))
    assert desk.get("/papers").status == 200
    for typed, says in {"没有这个村": "名册里没有 没有这个村", "东村": "有 2 个村叫 东村"}.items():
        page = desk.get(f"/papers/preview?paper=letters&village={quote(typed)}")
        assert page.status == 200 and says in page.said.replace("`", "")
        assert "preview.png" not in page.text
    ways = links(page, "/papers/preview\\?paper=letters&amp;village=")
    assert len(ways) == 2
    for way, town in zip(ways, ("甲镇", "乙镇"), strict=True):
        page = desk.get(way)
        assert "preview.png" in page.text and f"东村 {town} 清徐县" in page.said
    assert "preview.png" in desk.get("/papers/preview?paper=letters").text


def test_a_page_says_what_to_do_on_it_and_names_no_option(desks: Open, tmp_path: Path) -> None:
    desk = desks(folder=lay_out(tmp_path, ALIKE))
    id_ = run_id(record(desk))
    page = desk.get(f"/records/{id_}/papers?kinds=letters&one_file=no")
    assert "FC941" in page.said
    assert "选“合成一个 PDF”" in page.said and "--one-file" not in page.said
    desk.post("/readings/day", {"on": "2018-12-31"}, page="/readings")
    page = desk.post("/papers/correct", {"run": id_, "reason": "核实"}, page="/papers")
    page = desk.get("/papers")
    assert "FC834" in page.said and "“定口径”页把执行日期改回" in page.said
    assert "--on" not in page.said.partition("等同的命令")[0]


def test_of_villages_of_one_name_each_page_shows_the_command_that_explains_it(
    desks: Open, tmp_path: Path
) -> None:
    desk = desks(folder=lay_out(tmp_path, ALIKE))
    pages = [desk.get(one) for one in links(desk.get("/results"), "/results/village")]
    commands = {tuple(equal_command(page)) for page in pages}
    told = [command(desk.folder, *asked) for asked in commands]
    assert len(told) == len(ALIKE) and not any(each.returncode for each in told)
    assert len({each.stdout for each in told}) == len(ALIKE)


def test_a_desk_to_look_at_makes_papers_and_records_nothing(desks: Open, tmp_path: Path) -> None:
    desk = desks("--read-only", folder=lay_out(tmp_path))
    page = desk.get("/papers")
    assert "存档并出表" not in page.said and "只读" in page.said
    assert "--no-record" in equal_command(page)
    made = desk.get("/papers/made")
    assert desk.get(links(made, "/papers/made/0")[0]).content[:2] == b"PK"
    assert record(desk).status == 403
    assert not (tmp_path / "fundcalc.db").exists() and not (tmp_path / "desk.json").exists()


def test_a_choice_from_an_older_page_is_not_kept(desk: Server) -> None:
    seen = desk.get("/papers").field("seen")
    desk.post("/papers/save", [*CHOICE, ("issuer", "甲")], page="/papers")
    page = desk.post("/papers/save", [*CHOICE, ("issuer", "乙"), ("seen", seen)], page="/papers")
    assert page.status == 409 and "草稿已经变了" in page.said
    assert 'value="甲"' in desk.get("/papers").text


@pytest.mark.skipif(os.name == "nt", reason="a kill is as on POSIX")
def test_a_desk_killed_while_it_records_leaves_a_whole_ledger(desks: Open, tmp_path: Path) -> None:
    lay_out(tmp_path)
    for runs in (0, 1, 2):
        desk = desks(folder=tmp_path)
        desk.get("/papers")
        there = set(tmp_path.iterdir())

        def send(desk: Server = desk) -> None:
            with suppress(OSError, HTTPException):
                record(desk)

        sending = Thread(target=send)
        sending.start()
        while sending.is_alive() and not any(
            "db" in one.name for one in set(tmp_path.iterdir()) - there
        ):
            pass  # the ledger is being written once a file of it appears
        desk.process.send_signal(signal.SIGKILL)
        desk.process.wait(20)
        sending.join()
        if (tmp_path / "fundcalc.db").exists():
            done = command(tmp_path, "runs", "verify")
            assert done.returncode == 0, done.stdout + done.stderr
        assert runs_in(tmp_path) <= runs + 1
    desk = desks(folder=tmp_path)
    before = runs_in(tmp_path)
    record(desk)
    assert runs_in(tmp_path) == before + 1 and desk.get("/records").status == 200
