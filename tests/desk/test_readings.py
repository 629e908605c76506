"""Readings on the desk: what every answer moves is what it moves once it is chosen."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from fundcalc import api
from fundcalc.base.money import yuan
from tests.conftest import ROOT
from tests.desk.conftest import Open, Server
from tests.desk.test_results import command, counted, links, prepared, rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = [line.rsplit(",", 9) for line in rows(60)]
    for n, cells in enumerate(lines[10:], 10):  # on the lines, and with more to pay than a pool has
        cells[3:5] = ["1000" if n % 3 else cells[3], "50000.00" if n % 4 else cells[4]]
        cells[6:8] = [str(n % 13), "1000"]
    made = [",".join(cells) for cells in lines]
    return prepared(tmp_path_factory.mktemp("readings") / "desk", made)


@pytest.fixture
def desk(desks: Open, folder: Path) -> Server:
    (folder / "desk.json").unlink(missing_ok=True)
    return desks(folder=folder)


def total(folder: Path, readings: dict[str, str]) -> dict[str, int]:
    """What each payer pays under readings, in a run without the desk."""
    policy = api.load_policy(None)
    roster = api.read_roster(folder / "intake.toml", policy)
    run = api.calculate(api.plan(policy, None, readings), roster)
    return {one.payer: one.amount for one in api.summarise(run).payments}


def test_each_answer_says_what_choosing_it_moves(desk: Server, folder: Path) -> None:
    policy, page = api.load_policy(None), desk.get("/readings")
    chosen = total(folder, {})
    moving = 0
    for reading in policy.readings.values():
        card = page.text.partition(f'id="{reading.id}"')[2].partition("</article>")[0]
        assert reading.question.zh in page.said
        for option, title in reading.options.items():
            said = card.partition(f'value="{option}"')[2].partition("<input")[0]
            assert title.zh in said
            other = total(folder, {reading.id: option})
            moved = {yuan(other[p] - chosen[p]) for p in chosen if other[p] != chosen[p]}
            found = set(re.findall(r"<strong>\+?([^<]+)</strong>", said))
            assert found == moved, (reading.id, option)
            moving += len(moved)
    assert moving > 3


def test_the_villages_that_an_answer_moves_are_one_click_away(desk: Server) -> None:
    seen = 0
    for href, said in links(desk.get("/readings")):
        if href.startswith("/results?flag="):
            number = re.search(r"([\d,]+) 个村", said)
            assert number
            assert counted(desk.get(href.partition("#")[0])) == int(number[1].replace(",", ""))
            seen += 1
    assert seen > 4


def test_an_answer_chosen_is_kept_and_computed_with(desk: Server, folder: Path) -> None:
    asked = {"reading.large_village_clause": "within_income_test"}
    page = desk.post("/readings/choose", asked, page="/readings")
    assert page.status == 200
    kept = json.loads((folder / "desk.json").read_text(encoding="utf-8"))
    assert kept["readings"] == {"large_village_clause": "within_income_test"}
    wanted = total(folder, kept["readings"])
    results = desk.get("/results")
    assert yuan(wanted["unstated"]) in results.said
    assert "--reading large_village_clause=within_income_test" in results.said
    back = {"reading.large_village_clause": "independent"}
    desk.post("/readings/choose", back, page="/readings")
    kept = json.loads((folder / "desk.json").read_text(encoding="utf-8"))
    assert kept["readings"] == {}, "the policy's own answer follows the policy"


def test_what_no_reading_has_is_not_kept(desk: Server, folder: Path) -> None:
    for asked in ({"reading.no_such": "x"}, {"reading.large_village_clause": "x"}):
        assert desk.post("/readings/choose", asked, page="/readings").status == 200
        assert json.loads((folder / "desk.json").read_text(encoding="utf-8"))["readings"] == {}


def test_two_windows_do_not_undo_each_other(desk: Server) -> None:
    old = desk.get("/readings").field("seen")
    desk.post("/readings/choose", {"reading.thousand_or_more": "exclusive"}, page="/readings")
    from urllib.parse import urlencode

    token = desk.get("/readings").field("token")
    body = urlencode({"token": token, "seen": old, "reading.thousand_or_more": "inclusive"})
    cookie = "; ".join(f"{name}={value}" for name, value in desk.cookies.items())
    heads = {
        "Cookie": cookie, "Origin": desk.origin,
        "Content-Type": "application/x-www-form-urlencoded",
    }  # fmt: skip
    assert desk.raw("POST", "/readings/choose", body.encode(), heads).status == 409


def test_the_day_is_kept_and_one_without_values_can_be_taken_back(
    desk: Server, folder: Path
) -> None:
    page = desk.post("/readings/day", {"on": "2018-06-30"}, page="/readings")
    assert "2018-06-30" in desk.get("/results").said and page.status == 200
    page = desk.post("/readings/day", {"on": "soon"}, page="/readings")
    assert "soon" in page.said and 'value="soon"' in page.text
    refused = desk.post("/readings/day", {"on": "2011-01-01"}, page="/readings")
    assert refused.status == 422 and "2011-01-01" in refused.said
    assert 'value="2011-01-01"' in refused.to_form(desk).text
    draft = json.loads((folder / "desk.json").read_text(encoding="utf-8"))
    assert draft["on"] == "2018-06-30"
    draft |= {"on": "2011-01-01", "readings": {"gone": "x"}}  # as after an edit of the policy
    (folder / "desk.json").write_text(json.dumps(draft), encoding="utf-8")
    stuck = desk.get("/readings")
    assert stuck.status == 200 and "日期和口径都回到政策文件的选择" in stuck.said
    assert desk.post("/readings/anew", page="/readings").status == 200
    on = api.load_policy(None).on
    assert isinstance(on, date) and on.isoformat() in desk.get("/results").said


def test_the_request_is_ready_to_be_copied(desk: Server, folder: Path) -> None:
    page = desk.get("/readings")
    text = re.search(r'(?s)<pre class="copied"[^>]*>(.*?)</pre>', page.text)
    assert text
    policy = api.load_policy(None)
    roster = api.read_roster(folder / "intake.toml", policy)
    run = api.calculate(api.plan(policy, None, {}), roster)
    assert text[1].strip() == api.questions_text(run, "zh").strip()
    assert text[1].startswith("关于明确太原市村级党建经费保障有关口径的请示")
    assert "一、" in text[1] and "现暂按“" in text[1] and "如改按“" in text[1]
    assert "妥否，请批示。" in text[1]
    desk.get("/lang?to=en&back=/readings")


def test_without_rosters_questions_are_shown_without_money(desks: Open, tmp_path: Path) -> None:
    page = desks(folder=tmp_path).get("/readings")
    assert "还没有名册" in page.said and "千人以上" in page.said
    assert "改选它" not in page.said and "请示全文" not in page.said


def test_a_desk_to_look_at_offers_no_choice(desks: Open, folder: Path) -> None:
    page = desks("--read-only", folder=folder).get("/readings")
    assert page.status == 200 and page.text.count("disabled") > 10


def test_the_command_beside_the_page_writes_the_same_request(desk: Server, folder: Path) -> None:
    page = desk.get("/readings")
    text = re.search(r'(?s)<pre class="copied"[^>]*>(.*?)</pre>', page.text)
    asked = re.search(r"fundcalc (run intake.toml [^<]*)</code>", page.text)
    assert text and asked and asked[1].endswith("-o 口径请示.txt")
    command(folder, *asked[1].split())
    assert (folder / "口径请示.txt").read_text(encoding="utf-8").strip() == text[1].strip()


def test_the_run_before_is_chosen_where_the_policy_looks_back(
    desks: Open, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("back") / "desk"
    shutil.copytree(ROOT / "examples" / "policies" / "equalisation", folder)
    command(folder, "run", "last_year.csv", "--on", "2021-12-31")
    head, *rows_ = (folder / "roster.csv").read_text(encoding="utf-8").splitlines()
    prepared(folder, rows_, head)
    desk = desks(folder=folder)
    runs = api.runs(folder / "fundcalc.db")
    assert "没有给上次的值" in desk.get("/papers").said + desk.get("/results").said
    page = desk.post("/readings/day", {"on": "2022-12-31", "before": runs[0].id}, page="/readings")
    assert f'value="{runs[0].id}" selected' in page.text
    assert "415,318.51" in desk.get("/results").said
    assert f"--before {runs[0].id}" in desk.get("/papers").said
    gone = desk.post("/readings/day", {"on": "2022-12-31", "before": "0009-aa"}, page="/readings")
    assert gone.status == 200 and "FC826" in gone.said
