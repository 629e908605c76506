"""/api/: the answers are the command line's, as the OpenAPI document describes them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli import small, test_groups
from tests.conftest import ROOT
from tests.desk.conftest import EXAMPLE, Open, Reply, Server, command

BROKEN = (
    "代码,村名,乡镇,县(市、区),常住人口,集体经济收入（元）,其他班子成员\n"
    "140100000001,甲村,乙镇,丙县,很多,5,3\n140100000002,丁村,乙镇,丙县,800,60000,3\n"
)


@pytest.fixture(scope="module")
def desk(desks: Open) -> Server:
    one = desks("--api", enter=False)
    shutil.copy(EXAMPLE, one.folder / "roster.xlsx")
    (one.folder / "broken.csv").write_text(BROKEN, encoding="utf-8")
    (one.folder / "old").mkdir()
    shutil.copy(EXAMPLE, one.folder / "old" / "名册.xlsx")
    return one


def ask(desk: Server, path: str, question: object = None, bearer: str | None = None) -> Reply:
    headers = {"Authorization": f"Bearer {desk.bearer if bearer is None else bearer}"}
    if question is None:
        return desk.raw("GET", f"/api{path}", headers=headers)
    body = question if isinstance(question, bytes) else json.dumps(question).encode()
    return desk.raw("POST", f"/api{path}", body, headers)


def fundcalc(folder: Path, *asked: str) -> Any:
    """What the command prints, as data."""
    done = command(folder, *asked, "--format", "json")
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def document(desk: Server) -> dict[str, Any]:
    found = ask(desk, "/openapi.json")
    assert found.status == 200
    made: dict[str, Any] = found.json
    return made


def fits(document: dict[str, Any], path: str, answer: Reply) -> None:
    """The answer is as the document describes it."""
    (call,) = document["paths"][path].values()
    said = call["responses"]["200" if answer.status == 200 else "default"]
    schema = said["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(
        answer.json
    )


def test_the_document_is_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    text = json.dumps(document)
    for reference in walk(document):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
    assert "$defs" not in text
    ids = [call["operationId"] for path in document["paths"].values() for call in path.values()]
    assert len(set(ids)) == len(ids) == 6


def walk(data: Any) -> Iterator[str]:
    match data:
        case dict():
            if isinstance(data.get("$ref"), str):
                yield data["$ref"]
            for one in data.values():
                yield from walk(one)
        case list():
            for one in data:
                yield from walk(one)


def test_each_answer_is_what_the_command_prints(desk: Server, document: dict[str, Any]) -> None:
    recorded = ask(desk, "/run", {"roster": ["roster.xlsx"], "prepared_by": "张三"})
    assert recorded.status == 200, recorded.text
    fits(document, "/api/run", recorded)
    folder = desk.folder
    same = (
        ("/run", {"roster": ["roster.xlsx"], "no_record": True}, ["run", "roster.xlsx", "--no-record"]),
        ("/run", {"roster": ["old"], "no_record": True, "readings": {"supplement_pool": "citywide"}},
         ["run", "old", "--no-record", "--reading", "supplement_pool=citywide"]),
        ("/check", {}, ["check"]),
        ("/explain", {"roster": ["roster.xlsx"], "village": "鹰落沟村"},
         ["explain", "鹰落沟村", "--roster", "roster.xlsx"]),
        ("/explain", {"run": "last", "village": "鹰落沟村"}, ["explain", "鹰落沟村", "--run", "last"]),
        ("/explain", {"run": "last", "village": "鹰落沟村", "why_not": "large_village"},
         ["explain", "鹰落沟村", "--run", "last", "--why-not", "large_village"]),
        ("/explain", {"run": "last", "village": "鹰落沟村", "what_if": {"residents": "1200"}},
         ["explain", "鹰落沟村", "--run", "last", "--what-if", "residents=1200"]),
        ("/compare", {"old": "current", "new": "baseline_guarantee=180000", "roster": "roster.xlsx",
                      "top": 3, "prove": True},
         ["compare", "current", "baseline_guarantee=180000", "roster.xlsx", "--top", "3", "--prove"]),
        ("/runs", None, ["runs", "list"]),
        ("/runs/last", None, ["runs", "show", "last"]),
    )  # fmt: skip
    for path, question, asked in same:
        answer = ask(desk, path, question)
        assert answer.status == 200, (path, answer.text)
        assert answer.json == fundcalc(folder, *asked), path
        fits(document, "/api/runs/{id}" if "last" in path else f"/api{path}", answer)


def test_rejects_are_the_commands_too(desk: Server, document: dict[str, Any]) -> None:
    answer = ask(desk, "/run", {"roster": ["broken.csv"]})
    assert answer.status == 422
    fits(document, "/api/run", answer)
    printed = fundcalc(desk.folder, "run", "broken.csv")
    assert answer.json["rejects"] == printed["rejects"]
    assert answer.json["problems"] == printed.get("problems", [])


REFUSED = [
    ("/run", b"{", 400), ("/run", b"[]", 400), ("/run", {"rosters": []}, 400), ("/run", b"\xff", 400),
    ("/run", {"roster": "roster.xlsx"}, 400), ("/run", {"on": "yesterday"}, 400),
    ("/run", {"roster": ["none.xlsx"]}, 422), ("/run", {"roster": []}, 400),
    ("/run", {"roster": ["../roster.xlsx"]}, 422), ("/run", {"roster": ["/etc/passwd"]}, 422),
    ("/run", {"roster": ["old/../roster.xlsx"]}, 422), ("/run", {"roster": ["roster.xlsx/x"]}, 422),
    ("/run", {"roster": ["out/passwd"]}, 422), ("/run", {"roster": [""]}, 422),
    ("/run", {"roster": ["roster.xlsx"], "readings": {"none": "x"}}, 422),
    ("/explain", {}, 400), ("/explain", {"village": "鹰落沟村", "run": "none"}, 422),
    ("/explain", {"village": "没有的村", "roster": ["roster.xlsx"]}, 422),
    ("/explain", {"village": "鹰落沟村", "roster": ["roster.xlsx"], "why_not": "none"}, 422),
    ("/explain", {"village": "鹰落沟村", "roster": ["roster.xlsx"], "programme": "none"}, 422),
    ("/explain", {"village": "鹰落沟村", "roster": ["roster.xlsx"], "what_if": {"none": "1"}}, 422),
    ("/compare", {"old": "current", "new": "/etc", "roster": "roster.xlsx"}, 422),
    ("/compare", {"old": "..", "new": "current", "roster": "roster.xlsx"}, 422),
    ("/compare", {"old": "current", "new": "shipped", "roster": "broken.csv"}, 422),
    ("/check", {"on": "2017-02-30"}, 400), ("/nothing", {}, 404), ("/runs", {}, 405),
    ("/run", {"top": 1e999}, 400),
    ("/run", {"roster": ["roster.xlsx"], "before": "zz", "no_record": True}, 422),
    ("/explain", {"village": "鹰落沟村", "roster": ["roster.xlsx"], "before": "zz"}, 422),
    ("/explain", {"village": "鹰落沟村", "roster": ["roster.xlsx"], "what_if": {"residents": "5"},
                  "programme": "operating_funds"}, 422),
    *[("/explain", {"village": "鹰落沟村", "run": "last", **more}, 422) for more in (
        {"on": "2018-12-31"}, {"readings": {"x": "y"}}, {"before": "1"}, {"roster": ["roster.xlsx"]},
    )],
]  # fmt: skip


@pytest.mark.parametrize(("path", "question", "status"), REFUSED)
def test_what_cannot_be_done_is_said_in_diagnostics(
    desk: Server, document: dict[str, Any], path: str, question: object, status: int
) -> None:
    link = desk.folder / "out"
    if not link.is_symlink():
        link.symlink_to("/etc")
    answer = ask(desk, path, question)
    assert answer.status == status, answer.text
    fits(document, "/api/run", answer)
    assert answer.json["problems"] or answer.json["rejects"]


def test_the_language_can_be_chosen(desk: Server) -> None:
    zh = ask(desk, "/run?lang=zh", {"roster": ["none.xlsx"]}).json["problems"][0]["message"]
    en = ask(desk, "/run?lang=en", {"roster": ["none.xlsx"]}).json["problems"][0]["message"]
    assert "文件夹里没有" in zh and "the folder has nothing" in en


def test_what_is_not_as_the_document_says_is_told_in_the_language(desk: Server) -> None:
    for asked, says in {
        b"{": "/api/explain：不是 JSON", b"{}": "缺这一项", b'{"village": "x", "zz": 1}': "没有这一项",
        b'{"village": 5}': "类型或写法",
    }.items():  # fmt: skip
        problems = ask(desk, "/explain?lang=zh", asked).json["problems"]
        assert any(says in each["message"] for each in problems), problems
        assert not re.search("[a-z]{4} [a-z]{4}", " ".join(each["message"] for each in problems))


def test_what_a_run_has_settled_cannot_be_asked_for_anew(desk: Server) -> None:
    assert ask(desk, "/run", {"roster": ["roster.xlsx"]}).status == 200
    whole = {"village": "鹰落沟村", "run": "last"}
    assert ask(desk, "/explain", whole).status == 200
    for more in (
        {"on": "2018-12-31"},
        {"readings": {}},
        {"before": "1"},
        {"roster": ["roster.xlsx"]},
    ):
        [problem] = ask(desk, "/explain?lang=zh", whole | more).json["problems"]
        assert problem["code"] == "FC961" and next(iter(more)) in problem["message"]


def test_runs_are_compared_over_their_own_rosters(desk: Server) -> None:
    for _ in range(2):
        assert ask(desk, "/run", {"roster": ["roster.xlsx"]}).status == 200
    answer = ask(desk, "/compare", {"old": "run:1", "new": "run:last"})
    assert answer.json == fundcalc(desk.folder, "compare", "run:1", "run:last")


def test_villages_of_one_name_are_offered_so_that_they_can_be_asked_for(desk: Server) -> None:
    head = "村名,乡镇,县(市、区),常住人口,集体经济收入（元）,其他班子成员\n"
    rows = "东村,甲镇,丙县,900,500,3\n东村,乙镇,丙县,800,60000,3\n"
    (desk.folder / "alike.csv").write_text(head + rows, encoding="utf-8")
    asked = {"roster": ["alike.csv"], "village": "东村"}
    [problem] = ask(desk, "/explain?lang=zh", asked).json["problems"]
    assert "有 2 个村叫" in problem["message"]
    for way in problem["hint"].partition("：")[2].split("; "):
        answer = ask(desk, "/explain", asked | {"village": way})
        assert answer.status == 200 and answer.json["village"]["town"] == way.split()[1]
    [problem] = ask(desk, "/explain?lang=zh", asked | {"village": "没有"}).json["problems"]
    assert not problem["hint"].endswith("：")


def test_only_the_token_opens_it(desk: Server, desks: Open, document: dict[str, Any]) -> None:
    for bearer in ("", "x", f"{desk.bearer}x", str(desk.bearer)[:-1], "é"):
        answer = ask(desk, "/runs", bearer=bearer)
        assert answer.status == 401
        fits(document, "/api/runs", answer)
    assert desk.raw("GET", "/api/openapi.json").status == 401
    closed = desks()
    assert ask(closed, "/runs", bearer="").status == 404
    kept = "; ".join(f"{name}={value}" for name, value in closed.cookies.items())
    assert closed.raw("GET", "/api/runs", headers={"Cookie": kept}).status == 404


def test_a_desk_to_look_at_records_nothing(desks: Open, desk: Server) -> None:
    assert ask(desk, "/run", {"roster": ["roster.xlsx"]}).status == 200
    looking = desks("--api", "--read-only", folder=desk.folder, enter=False)
    before = fundcalc(desk.folder, "runs", "list")
    assert ask(looking, "/run", {"roster": ["roster.xlsx"]}).status == 403
    assert ask(looking, "/run", {"roster": ["roster.xlsx"], "no_record": True}).status == 200
    assert ask(looking, "/runs").json == before


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_the_calls_of_the_page_answer_as_it_says(desks: Open, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    calls = re.findall(r"```sh\n(curl .*?)\n```\n\n```json\n(.*?)\n```", page, re.DOTALL)
    assert len(calls) == page.count("```sh") == 4
    shutil.copy(EXAMPLE, tmp_path)
    desk = desks("--api", folder=tmp_path, enter=False)
    env = os.environ | {"DESK": desk.origin, "TOKEN": str(desk.bearer)}
    for call, said in calls:
        done = subprocess.run(
            [str(shutil.which("bash")), "-c", call],
            env=env,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        at = 0
        for line in said.splitlines():
            at = done.stdout.find(line, at)
            assert at >= 0, f"{call}\n{line}\n{done.stdout[:2000]}"


def test_a_run_and_an_explanation_take_the_run_before(desks: Open, tmp_path: Path) -> None:
    folder = tmp_path / "back"
    shutil.copytree(ROOT / "examples" / "policies" / "equalisation", folder)
    fundcalc(folder, "run", "last_year.csv", "--on", "2021-12-31")
    desk = desks("--api", folder=folder, enter=False)
    asked = {"roster": ["roster.csv"], "before": "1"}
    ran = ask(desk, "/run", asked | {"no_record": True})
    wanted = fundcalc(folder, "run", "roster.csv", "--before", "1", "--no-record")
    assert ran.status == 200 and ran.json["payers"] == wanted["payers"] != []
    told = ask(desk, "/explain", asked | {"village": "水口村"})
    facts = [one["facts"].get("before.grant") for one in told.json["decisions"]]
    assert {one["origin"][:9] for one in facts if one} == {"run:0001-"}
    assert ask(desk, "/run", asked | {"before": "7"}).status == 422


def test_what_is_decided_for_groups_is_in_the_document(
    desks: Open, document: dict[str, Any], tmp_path: Path
) -> None:
    test_groups.write(tmp_path)
    small.roster(tmp_path, *test_groups.ROWS)
    desk = desks("--api", folder=tmp_path, enter=False)
    for path, question, key in (
        ("/run", {"roster": ["roster.csv"], "no_record": True}, "groups"),
        (
            "/compare",
            {"old": "current", "new": "current,base=60000", "roster": "roster.csv"},
            "groups",
        ),
    ):
        answer = ask(desk, path, question)
        assert answer.status == 200 and answer.json[key], answer.text
        fits(document, f"/api{path}", answer)


def test_a_page_of_results_has_each_group_once(desks: Open, tmp_path: Path) -> None:
    """The whole has what groups get; some villages have none of it, and the page says so."""
    test_groups.write(tmp_path)
    fundcalc(tmp_path, "run", str(small.roster(tmp_path, *test_groups.ROWS)))
    server = desks(folder=tmp_path)
    page = server.get("/results?run=1")
    assert page.status == 200 and "460,000.00" in page.said and "70,000.00" in page.said
    some = server.get("/results?run=1&county=丑县")
    assert "按组决定的金额不在所选各村的数内" in some.said and "70,000.00" not in some.said
    table = page.text.partition('id="places"')[2].partition("</table>")[0]
    lines = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in table.split("<tr")[2:]]
    cells = [[re.sub(r"<[^>]*>", "", cell).replace(",", "") for cell in row] for row in lines]
    *counties, total = [[Decimal(cell) for cell in row[1:]] for row in cells]
    assert total == list(map(sum, zip(*counties, strict=True))) and total[-1] == 460_000
    assert all(sum(row[1:-1]) == row[-1] for row in (*counties, total))
