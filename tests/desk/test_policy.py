"""Page 8: what is in force, and an amount changed from a day, seen whole before it is written."""

from __future__ import annotations

import json
import re
import shlex
import signal
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest

from fundcalc import api
from tests.desk.conftest import EXAMPLE, Open, Reply, Server, command

VALUE = "/policy/value/baseline_guarantee"
RAISED = {"typed": "18万", "since": "2018-01-01", "source": "people-daily-2017"}


@pytest.fixture
def own(desks: Open) -> Server:
    """A desk whose folder has a policy of its own, as the page makes it."""
    desk = desks()
    desk.post("/policy/own", page="/policy")
    return desk


@pytest.fixture
def rostered(own: Server) -> Server:
    """With the example roster handed in, too."""
    own.drop(EXAMPLE)
    return own


def raise_it(desk: Server, **other: str) -> Reply:
    """The guarantee raised, as far as the preview."""
    return desk.post(VALUE, RAISED | other, page=VALUE)


def save(desk: Server, page: Reply) -> Reply:
    """What the button to save on a preview does, though the page may be an old one."""
    fields = {name: page.field(name) for name in ("token", "seen", "digest")}
    cookies = "; ".join(f"{name}={value}" for name, value in desk.cookies.items())
    kind = "application/x-www-form-urlencoded"
    answer = desk.raw(
        "POST", "/policy/change/save", urlencode(fields).encode(),
        {"Cookie": cookies, "Origin": desk.origin, "Content-Type": kind},
    )  # fmt: skip
    return desk.get(answer.headers["location"]) if answer.status == 303 else answer


def removed_and_added(page: Reply) -> list[str]:
    """The lines of the diffs that the page shows."""
    found = re.findall(r'<span class="(?:removed|added)">(.*?)\n</span>', page.text)
    return [unescape(line) for line in found]


def diff(page: Reply) -> list[str]:
    """Every line of the page's diff."""
    found = re.search(r'<pre class="diff".*?</pre>', page.text, re.DOTALL)
    assert found
    return unescape(re.sub(r"<[^>]+>", "", found[0])).rstrip("\n").split("\n")


def test_a_shipped_policy_is_shown_and_made_the_folder_s_own(desks: Open) -> None:
    desk = desks()
    page = desk.get("/policy")
    assert "村级党建工作经费" in page.said and "170,000.00" in page.said
    assert 'name="typed"' not in desk.get(VALUE).text  # there is nothing to edit
    assert desk.post("/policy/own", page="/policy").status == 200
    assert (desk.folder / "policies.toml").is_file() and (desk.folder / "rules").is_dir()
    assert 'name="typed"' in desk.get(VALUE).text


def test_villages_are_counted_by_rule(rostered: Server) -> None:
    page = rostered.get("/policy")
    run = command(rostered.folder, "run", "intake.toml", "--no-record", "--format", "json")
    met = json.loads(run.stdout)["rules"]["Party-building operating funds"]
    counts = [met[id_] for id_ in ("income_tested", "large_village", "not_guaranteed")]
    shown = re.findall(r'href="(/results\?rule=operating_funds[^"]+)">([\d,]+)</a>', page.text)
    assert [int(number.replace(",", "")) for _, number in shown] == counts
    assert f"{counts[0]:,}" in rostered.get(shown[0][0]).said  # each number leads to its villages


def test_a_chosen_day_has_its_values(own: Server) -> None:
    command(own.folder, "set", "baseline_guarantee", "190_000", "--from", "2019-01-01",
            "--source", "people-daily-2017")  # fmt: skip
    assert "190,000.00" not in own.get("/policy").said
    assert "190,000.00" in own.get("/policy?on=2019-05-01").said
    assert "不是日期" in own.get("/policy?on=yesterday").said
    assert "FC" in own.get("/policy?on=1999-01-01").said  # before the first value


def test_a_change_is_seen_whole_before_it_is_saved(rostered: Server) -> None:
    file = rostered.folder / "policies.toml"
    before = file.read_bytes()
    page = raise_it(rostered)
    assert "18万" in page.said and "180,000.00 元/年" in page.said
    assert file.read_bytes() == before

    asked = re.search(r"<code>fundcalc (compare [^<]*)</code>", page.text)
    assert asked
    told = json.loads(command(rostered.folder, *asked[1].split(), "--format", "json").stdout)
    for part in (told["total"], *told["payers"], *told["counties"]):
        old, new = (f"{float(part[key]):,.2f}" for key in ("old", "new"))
        up, down = part["villages"]["up"], part["villages"]["down"]
        row = rf"{old}</td>.*?{new}</td>.*?>{up}</td><td class=\"number\">{down}</td>"
        assert re.search(row, page.text), part

    assert removed_and_added(page) == [
        "-values = { 2017-01-01 = 170_000 }",
        "+values = { 2017-01-01 = 170_000, 2018-01-01 = 180_000 }",
    ]
    done = save(rostered, page)
    assert "已写入" in done.said
    after = file.read_text(encoding="utf-8").splitlines()
    was = before.decode().splitlines()
    assert [f"-{one}" for one in was if one not in after] + [
        f"+{one}" for one in after if one not in was
    ] == removed_and_added(page)
    checked = command(rostered.folder, "check")
    assert checked.returncode == 0, checked.stdout
    assert "尚未保存" not in rostered.get("/policy").said
    assert rostered.get("/policy/change").said == rostered.get("/policy/values").said


@pytest.mark.parametrize(
    ("typed", "file"),
    [
        ("180000", "180_000"), ("180,000", "180_000"), ("18万", "180_000"), ("18.5 万元", "185_000"),
        ("１８０，０００元", "180_000"), ("180 000 元/年", "180_000"), ("180_000.50", "180_000.5"),
        ("180,00", None), ("1,80,000", None), ("18w", None), ("18万5千", None), ("十八万", None),
        ("180000人", None), ("18e4", None), ("180000.555", None), ("", None), ("18.", None), ("<b>", None),
    ],
)  # fmt: skip
def test_amounts_as_people_type_them_are_read_right_or_refused(
    typed: str, file: str | None
) -> None:
    policy = api.load_policy()
    if file is not None:
        assert api.understood(policy, "baseline_guarantee", typed) == file
        return
    with pytest.raises(Exception, match="is no value for"):
        api.understood(policy, "baseline_guarantee", typed)


def test_what_cannot_be_read_is_said_and_what_was_typed_stays(own: Server) -> None:
    page = raise_it(own, typed="18w")
    assert page.status == 422
    assert "FC925" in page.said and "18万" in page.said and 'value="18w"' in page.text
    assert "位数太多" in raise_it(own, typed="170000" * 60).said
    assert not (own.folder / "desk.json").exists()
    taken = raise_it(own, since="2017-01-01")
    assert "FC924" in taken.said
    assert "不是日期" in raise_it(own, since="2018-13-01").said
    assert "FC923" in raise_it(own, source="nowhere").said
    assert "写明一个出处" in raise_it(own, source="").said
    assert "只留一样" in raise_it(own, ends="1").said


def test_an_outside_edit_is_reloaded_and_never_written_over(own: Server) -> None:
    file = own.folder / "policies.toml"
    page = raise_it(own)
    outside = file.read_text(encoding="utf-8").replace("200_000", "210_000")
    file.write_text(outside, encoding="utf-8")
    assert "210,000.00" in own.get("/policy").said
    refused = save(own, page)
    assert refused.status == 409
    assert "+values = { 2017-01-01 = 210_000 }" in removed_and_added(refused)  # theirs
    assert "+values = { 2017-01-01 = 170_000, 2018-01-01 = 180_000 }" in removed_and_added(refused)
    assert file.read_text(encoding="utf-8") == outside

    again = own.post("/policy/change/again", page="/policy/change")
    assert "-values = { 2017-01-01 = 210_000 }" not in removed_and_added(again)
    save(own, again)
    saved = file.read_text(encoding="utf-8")
    assert "210_000" in saved and "2018-01-01 = 180_000" in saved


def test_another_file_edited_meanwhile_is_looked_at_anew(own: Server) -> None:
    page = raise_it(own)
    rules = own.folder / "rules" / "operating_funds.toml"
    rules.write_text(rules.read_text(encoding="utf-8") + "\n# 改过\n", encoding="utf-8")
    moved = own.post("/policy/change/save", {"digest": page.field("digest")}, page="/policy/change")
    assert moved.status == 409 and "重新试算" in moved.said
    assert "180_000" not in (own.folder / "policies.toml").read_text(encoding="utf-8")


def test_findings_that_a_change_brings_come_first(own: Server) -> None:
    page = raise_it(own, typed="18")
    new, _, known = page.text.partition("<details>")
    assert "FC716" in new and "FC716" not in known  # a value that jumps
    assert "1个不通过" not in page.said.replace(" ", "")


def test_cases_that_fail_by_the_change_are_shown(own: Server) -> None:
    page = raise_it(own, since="2017-01-01", replace="1")
    assert "FC801" in page.said
    listed = own.get("/policy/cases")
    assert "0 个不通过" in listed.said  # the file is as it was


def test_a_broken_file_is_shown_with_its_line_and_the_rest_points_there(rostered: Server) -> None:
    file = rostered.folder / "rules" / "operating_funds.toml"
    sound = file.read_text(encoding="utf-8")
    file.write_text(sound.replace("collective_income <=", "colective_income <="), encoding="utf-8")
    page = rostered.get("/policy")
    assert "FC203" in page.said and "<mark>colective_income</mark>" in page.text
    assert "rules/operating_funds.toml" in page.said
    other = rostered.get("/results")
    assert "FC203" in other.said and 'href="/policy"' in other.text and "政策文件" in other.said
    file.write_text(sound, encoding="utf-8")
    assert rostered.get("/policy").status == 200


def test_a_change_survives_a_kill_and_a_save_cut_short(desks: Open) -> None:
    desk = desks()
    desk.post("/policy/own", page="/policy")
    raise_it(desk)
    desk.process.send_signal(signal.SIGKILL)
    desk.process.wait(20)
    again = desks(folder=desk.folder)
    page = again.get("/policy")
    assert "还没有保存" in page.said
    preview = again.get("/policy/change")
    assert "180,000.00 元/年" in preview.said

    kept = json.loads((desk.folder / "desk.json").read_text(encoding="utf-8"))
    (desk.folder / "policies.toml").write_bytes(kept["change"]["after"].encode())
    done = again.get(
        "/policy/change"
    )  # killed after writing the file, before the draft was cleared
    assert done.status == 200 and "修改已经写入" in done.said
    again.post("/policy/change/drop", page="/policy/change")
    assert "还没有保存" not in again.get("/policy").said


def test_check_says_what_the_command_says(own: Server) -> None:
    assert "没有发现问题" in own.get("/policy/check").said
    file = own.folder / "policies.toml"
    text = file.read_text(encoding="utf-8").replace("on = 2017-12-31", "on = 2019-12-31")
    file.write_text(text, encoding="utf-8")
    told = json.loads(command(own.folder, "check", "--format", "json").stdout)
    page = own.get("/policy/check")
    assert told
    for one in told:
        message = re.sub(r"[\s`]", "", one["message"])  # names stand in a type of their own
        assert message in page.said.replace(" ", "") and f'href="/rule/{one["code"]}"' in page.text


def test_cases_are_a_table_that_runs(own: Server) -> None:
    told = command(own.folder, "test", "--coverage")
    page = own.get("/policy/cases?programme=operating_funds")
    totals = next(line for line in told.stderr.splitlines() if line.startswith("覆盖"))
    assert totals in page.said
    assert "≥" not in page.said  # expected and found, not conditions
    case = own.folder / "rules" / "cases" / "operating_funds.toml"
    text = case.read_text(encoding="utf-8")
    case.write_text(text.replace("guaranteed_funds = 170_000", "guaranteed_funds = 1", 1), "utf-8")
    failed = own.get("/policy/cases")
    assert "1 个不通过" in failed.said
    assert "1.00 元/年" in failed.said and "170,000.00 元/年" in failed.said


def test_a_desk_to_look_at_shows_and_saves_nothing(desks: Open, own: Server) -> None:
    preview = raise_it(own)
    looking = desks("--read-only", folder=own.folder)
    page = looking.get("/policy/change")
    assert "180,000.00" in page.said and "/policy/change/save" not in page.text
    before = (own.folder / "policies.toml").read_bytes()
    token = page.field("token")
    refused = save(
        looking,
        replace(
            preview,
            content=preview.content.replace(preview.field("token").encode(), token.encode()),
        ),
    )
    assert refused.status == 403
    assert (own.folder / "policies.toml").read_bytes() == before


def test_two_windows_cannot_overwrite_each_other_s_change(own: Server) -> None:
    old = raise_it(own)
    raise_it(own, typed="19万")
    assert save(own, old).status == 409
    assert "180_000" not in (own.folder / "policies.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("title", ["关于提高标准的通知", "关于提高标准；附表; 的通知"])
def test_a_new_document_is_declared_with_the_value_that_rests_on_it(
    own: Server, title: str
) -> None:
    document = {"title": title, "publisher": "市财政局", "published": "2017-12-20"}
    page = raise_it(own, source="", **document)
    assert f"市财政局《{title}》，2017-12-20" in page.said
    assert "+[sources.document-2017-12-20]" in removed_and_added(page)
    assert "检查新发现" not in page.said  # the document itself vouches for the value
    asked = re.search(r"data-copied=\"[^\"]*\">fundcalc (set .*?)</code>", page.text)
    assert asked
    typed = command(own.folder, *shlex.split(unescape(asked[1])), "--dry-run")
    assert typed.returncode == 0, typed.stderr
    assert typed.stdout.splitlines() == diff(page)
    save(own, page)
    told = api.load_policy(own.folder).parameters["baseline_guarantee"]
    assert told.source_on(date(2018, 1, 1)) == "document-2017-12-20"


def test_villages_left_out_of_the_bill_are_said(own: Server) -> None:
    head = "编号,村名,县,常住人口,集体经济收入（元）,其他班子成员"
    roster = f"{head}\n1,甲村,甲县,900,40000,0\n2,乙村,甲县,-5,1,0\n"
    own.drop(("r.csv", roster.encode()))
    raise_it(own)
    assert "看不到金额变化" in own.get("/policy/change").said
    kept = json.loads((own.folder / "desk.json").read_text(encoding="utf-8"))
    (own.folder / "desk.json").write_text(json.dumps(kept | {"skip": True}), encoding="utf-8")
    page = own.get("/policy/change")
    assert "另有 1 行需更正，没有计入" in page.said
    assert "170,000.00 → 180,000.00 元" in page.said
    assert "fundcalc compare" not in page.said  # which takes a whole roster only


def test_a_value_ends_and_what_then_is_missing_is_said(own: Server) -> None:
    page = raise_it(own, typed="", ends="1")
    assert "停止执行" in page.said and "2018-01-01 = false" in page.text
    assert "检查新发现 1 处错误" in page.said and "FC302" in page.said  # no values from that day
    assert "问题没有了" not in page.said  # most checks could not look


def test_a_day_before_the_first_value_had_none(own: Server) -> None:
    page = raise_it(own, since="2000-01-01")
    assert "原为 没有数值" in page.said, page.said


def test_words_of_a_policy_are_words(own: Server) -> None:
    file = own.folder / "policies.toml"
    text = file.read_text(encoding="utf-8")
    bad = "<script>alert(1)</script>"
    file.write_text(text.replace("党建工作经费保障标准", bad), encoding="utf-8")
    for path in ("/policy", "/policy/values", VALUE, "/policy/cases?programme=operating_funds"):
        assert bad not in own.get(path).text and "<script>alert(1)" not in own.get(path).text
    assert bad not in raise_it(own).text


def test_a_policy_elsewhere_is_changed_there(desks: Open, tmp_path: Path) -> None:
    api.init(tmp_path, "zh", with_roster=False)
    desk = desks("--policy", tmp_path)
    page = raise_it(desk)
    assert f"--policy {tmp_path}" in page.said
    assert "已写入" in save(desk, page).said
    assert "2018-01-01 = 180_000" in (tmp_path / "policies.toml").read_text(encoding="utf-8")
    assert not (desk.folder / "policies.toml").exists()


def test_a_policy_of_its_own_that_is_gone_is_said_and_no_other_is_used(rostered: Server) -> None:
    assert rostered.get("/results").status == 200
    policy = rostered.folder / "policies.toml"
    kept = policy.rename(policy.with_suffix(".aside"))
    for path in ("/results", "/papers", "/policy", "/rosters"):
        page = rostered.get(path)
        assert page.status == 422 and "policies.toml" in page.said, path
    kept.rename(policy)
    assert rostered.get("/results").status == 200
