"""Results on the desk: totals, places, villages by the hundred; a village's page, what if, earlier runs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest

from fundcalc import api
from fundcalc.base.money import yuan
from fundcalc.desk.state import Desk
from fundcalc.ledger.store import opened
from tests.conftest import ROOT
from tests.desk import ledgers
from tests.desk.conftest import Open, Reply, Server, command

HEADER = (
    "代码,村名,乡镇,县（市、区）,常住人口,集体经济收入（元）,已安排党建经费（元）,其他班子成员,"
    "现行补贴（元）,软弱涣散村,有活动场所"
)
COUNTIES = ("娄烦县", "阳曲县", "清徐县")
HOSTILE = (
    "<script>alert(1)</script>村",
    "קריה מרחק 村",
    "名" * 180,
    "a&b\"c'd",
    "=1+1村",
    "{{777*7}}村",
)
SHOWN = 100


def rows(villages: int) -> list[str]:
    """Invented villages, many of them close to a line; the first have names that would do harm."""
    names = [*HOSTILE, *(f"第{n}村" for n in range(len(HOSTILE), villages))]
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    return [
        f"14012300{n:04},{quoted[n]},镇{n % 4},{COUNTIES[n % 3]},{900 + n * 13 % 220},"
        f"{n * 7919 % 60_000}.{n % 100:02},{n % 5 * 41_000},{n % 7},{n * 631 % 9_000},"
        f"{'是' if n % 6 == 0 else '否'},{'否' if n % 5 == 0 else '是'}"
        for n in range(villages)
    ]


def printed(folder: Path, *asked: object) -> str:
    """What a command prints in the desk's folder."""
    done = command(folder, *asked)
    assert done.returncode == 0, done.stderr
    return done.stdout


def prepared(
    folder: Path, lines: Sequence[str], header: str = HEADER, policy: Path | None = None
) -> Path:
    """A folder with a roster and the intake that `roster intake` proposes for it."""
    more = ["--policy", policy] if policy is not None else []
    (folder / "rosters").mkdir(parents=True)
    text = "\n".join([header, *lines]) + "\n"
    (folder / "rosters" / "名册.csv").write_text(text, encoding="utf-8")
    printed(folder, "roster", "intake", "rosters", "-o", "intake.toml", *more)
    return folder


def links(page: Reply) -> list[tuple[str, str]]:
    """Every link with what it says."""
    found = re.findall(r'(?s)<a [^>]*?href="([^"]+)"[^>]*>(.*?)</a>', page.text)
    return [
        (unescape(href), " ".join(re.sub(r"<[^>]+>", "", said).split())) for href, said in found
    ]


def counted(page: Reply) -> int:
    """How many villages a page of results is about."""
    found = re.search(r'<h2 id="villages">([\d,]+) 个村', page.text)
    assert found, page.said
    return int(found[1].replace(",", ""))


def amounts(page: Reply, title: str) -> list[str]:
    """The numbers of the table's row that begins so."""
    for row in re.findall(r"(?s)<tr\b.*?</tr>", page.text):
        cells = [
            " ".join(re.sub(r"<[^>]+>", " ", one).split())
            for one in re.findall(r"(?s)<t[hd]\b.*?</t[hd]>", row)
        ]
        if cells and unescape(cells[0]).startswith(title):
            return cells[1:]
    raise AssertionError(title)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("results") / "desk", rows(230))


@pytest.fixture(scope="module")
def desk(desks: Open, folder: Path) -> Server:
    return desks(folder=folder)


@pytest.fixture(scope="module")
def run(folder: Path) -> api.Run:
    """The same run without a desk."""
    policy = api.load_policy(None)
    roster = api.read_roster(folder / "intake.toml", policy)
    return api.calculate(api.plan(policy, None, {}), roster)


def test_facts_that_some_rosters_lack_are_told_before_the_others(
    desks: Open, tmp_path: Path
) -> None:
    folder = prepared(tmp_path / "desk", rows(12))
    lacking = [
        ",".join(one.split(",")[:8] + one.split(",")[9:]) for one in (HEADER, *rows(18)[12:])
    ]
    (folder / "rosters" / "晚.csv").write_text("\n".join(lacking), encoding="utf-8")
    (folder / "intake.toml").unlink()
    printed(folder, "roster", "intake", "rosters", "-o", "intake.toml")
    desk = desks(folder=folder)
    page = desk.get("/results")
    told = page.said[page.said.index("名册未填，按默认值（村数）：") :]
    first, _, rest = told.partition("18")  # what every row lacks comes after
    assert "现行补贴 6" in first and "已派第一书记" in rest
    assert "第17村" in desk.get("/results?flag=current_subsidy%3Aassumed").said


def test_totals_are_those_of_the_run(desk: Server, run: api.Run) -> None:
    page, summary = desk.get("/results"), api.summarise(run)
    assert counted(page) == 230
    for one in summary.payments:
        assert one.title.zh in page.said and yuan(one.amount) in page.said
    assert yuan(sum(one.amount for one in summary.payments)) in page.said
    shown = [o.id for o in run.plan.policy.granted_outputs]
    for group in summary.groups:
        of = [yuan(group.amounts[id_]) for id_ in shown]
        whole = yuan(sum(group.amounts[id_] for id_ in shown))
        assert amounts(page, group.name) == [str(group.villages), *of, whole]


def test_every_number_leads_to_as_many_rows(desk: Server) -> None:
    seen = 0
    for start in ("/results", f"/results?{urlencode({'county': '娄烦县'})}"):
        for href, said in links(desk.get(start)):
            if href.startswith("/results?") and href.endswith("#villages") and said.isdecimal():
                assert counted(desk.get(href.partition("#")[0])) == int(said), (href, said)
                seen += 1
    assert seen > 40


def test_an_amount_leads_to_the_villages_that_it_adds_up(desk: Server) -> None:
    page = desk.get("/results")
    href, said = next(one for one in links(page) if one[0] == "/results?paid=city#villages")
    there = desk.get(href.partition("#")[0])
    assert said in there.said and "只看有“市级财政”金额的村" in there.said
    assert 0 < counted(there) < 230


def test_counties_lead_to_towns_and_towns_to_villages(desk: Server) -> None:
    county = next(href for href, said in links(desk.get("/results")) if said == "娄烦县")
    page = desk.get(county)
    assert "分乡镇" in page.said and counted(page) == 77
    town = next(href for href, said in links(page) if said == "镇1")
    page = desk.get(town)
    assert "分乡镇" not in page.said and 0 < counted(page) < 77
    village = next(href for href, said in links(page) if said.startswith("第"))
    assert "集体经济收入" in desk.get(village).said


def test_villages_come_by_the_hundred(desk: Server) -> None:
    first, third = desk.get("/results"), desk.get("/results?p=3")
    many = [href for href, _ in links(first) if "/results/village" in href]
    assert len(set(many)) == SHOWN
    assert len({href for href, _ in links(third) if "/results/village" in href}) == 30
    assert "第 3 页，共 3 页" in desk.get("/results?p=99999999999").said
    for odd in ("0", "-1", "x", "1e9"):
        assert desk.get(f"/results?p={odd}").status == 200


def test_names_and_codes_are_found(desk: Server) -> None:
    for asked, villages in (("第77村", 1), ("77村委会", 3), ("140123000077", 1), ("不存在", 0)):
        assert counted(desk.get(f"/results?{urlencode({'q': asked})}")) == villages, asked
    page = desk.get(f"/results?{urlencode({'q': '不存在'})}")
    assert "没有符合这些条件的村" in page.said and "看全部" in page.said


def test_villages_are_sorted_by_what_they_get(desk: Server, run: api.Run) -> None:
    page = desk.get("/results?sort=-funding_gap")
    most = max(run.result.numbers("funding_gap").tolist())
    first = re.search(r'(?s)<h2 id="villages">.*?<tbody>\s*<tr>.*?</tr>', page.text)
    assert first and yuan(most) in first[0]
    assert desk.get("/results?sort=nonsense").status == 200


def test_a_county_is_known_by_a_part_of_its_name(desk: Server) -> None:
    page = desk.get(f"/results?{urlencode({'county': '娄烦'})}")
    assert counted(page) == 77 and "› 娄烦县" in page.said
    assert counted(desk.get(f"/results?{urlencode({'county': '县'})}")) == 0, "several have it"


def test_what_is_not_there_is_no_fault(desk: Server) -> None:
    for query in ("county=没有", "town=没有", "rule=no.such", "flag=no=such", "paid=nobody"):
        name, _, value = query.partition("=")
        assert counted(desk.get(f"/results?{urlencode({name: value})}")) == 0, query
    assert desk.get("/results/village?code=0").status == 404
    assert desk.get("/results/village").status == 404
    assert desk.get("/results/village?at=5&who=other").status == 404


def test_names_that_would_do_harm_do_none(desk: Server) -> None:
    for number, name in enumerate(HOSTILE):
        where = f"/results/village?code=14012300{number:04}"
        for page in (
            desk.get("/results"),
            desk.get(where),
            desk.get(where.replace("village", "what-if")),
        ):
            assert page.status == 200
            assert "<script>alert" not in page.text and "5439村" not in page.said
        if "<" not in name:
            assert name in unescape(desk.get(where).text)
    long = "长" * 1_000
    for query in ({"q": long}, {"county": long}, {"rule": long}, {"flag": long}, {"sort": long}):
        assert desk.get(f"/results?{urlencode(query)}").status == 200
    typed = urlencode({"code": "140123000001", "if.residents": "<b>" + "9" * 1_000})
    page = desk.get(f"/results/what-if?{typed}")
    assert page.status == 200 and "<b>9" not in page.text and "没有试算" in page.said


# -- a village ----------------------------------------------------------------------------------------


def test_a_village_has_the_answer_of_explain(desk: Server, run: api.Run) -> None:
    for index in (7, 60, 200):
        explanation = api.explain(run, index)
        page = desk.get(f"/results/village?code=14012300{index:04}")
        for title, sentence in api.answer_lines(explanation, "zh"):
            assert title in page.said and " ".join(sentence.split()) in page.said
        for decision in explanation.decisions:
            for step in decision.steps:
                assert step.title.zh in page.said
        assert f"fundcalc explain 14012300{index:04} --roster intake.toml --full" in page.said


def test_a_rule_that_does_not_apply_is_asked_about(desk: Server) -> None:
    where = "/results/village?code=140123000007&rule=operating_funds.large_village"
    page = desk.get(where)
    assert "为什么不是“千人以上的村”" in page.said and "要适用，须" in page.said
    assert desk.get(where.replace("large_village", "nonsense")).status == 200


def test_a_line_close_by_is_told(desk: Server, run: api.Run) -> None:
    from fractions import Fraction

    index = next(i for i in range(230) if api.near_village(run, i, Fraction(1, 20)))
    one = api.near_village(run, index, Fraction(1, 20))[0]
    page = desk.get(f"/results/village?code=14012300{index:04}")
    assert api.value_text(one.threshold, "zh") in page.said and "到线后" in page.said


def test_a_village_without_a_code_of_its_own(desks: Open, tmp_path: Path) -> None:
    lines = [line.partition(",")[2].replace("第", "") for line in rows(12)]
    lines[8] = lines[7].replace("镇3", "镇2")  # a name twice
    server = desks(folder=prepared(tmp_path / "desk", lines, HEADER.partition(",")[2]))
    found = [href for href, said in links(server.get("/results")) if "/results/village" in href]
    assert len(set(found)) == 12
    twins = [href for href, said in links(server.get("/results")) if said == "7村"]
    assert len(set(twins)) == 2
    towns = ["镇3" in server.get(href).said.split("执行标准")[0] for href in dict.fromkeys(twins)]
    assert sorted(towns) == [False, True]
    other = re.sub(r"at=\d+", "at=3", twins[0])
    page = server.get(other)
    assert page.status == 404 and "没有找到这个村" in page.said


def test_what_if_is_a_run_with_that_fact_and_saves_nothing(
    desk: Server, folder: Path, tmp_path: Path
) -> None:
    def state() -> dict[Path, bytes]:
        return {
            p: p.read_bytes()
            for p in folder.rglob("*")
            if p.is_file() and "fundcalc.db" not in p.name
        }

    before, index = state(), 9
    asked = {"code": f"14012300{index:04}", "if.collective_income": "0", "if.other_cadres": "9"}
    page = desk.get(f"/results/what-if?{urlencode(asked)}")
    assert state() == before

    lines = rows(230)
    cells = lines[index].split(",")
    cells[5], cells[7] = "0", "9"
    lines[index] = ",".join(cells)
    changed = prepared(tmp_path / "changed", lines)
    policy = api.load_policy(None)
    real = api.calculate(
        api.plan(policy, None, {}), api.read_roster(changed / "intake.toml", policy)
    ).result
    assert amounts(page, "党费份额")[1] == yuan(real.number(index, "party_dues_share"))
    assert amounts(page, "市级承担")[1] == yuan(real.number(index, "municipal_share"))
    own = f"第{index}村"
    villages = [href for href, said in links(page) if said.startswith("第") and said != own]
    place = int(villages[0].rpartition("14012300")[2])
    assert yuan(real.number(place, "party_dues_share")) in page.said
    assert "个别的村跟着变" in page.said
    assert "--what-if collective_income=0 --what-if other_cadres=9" in page.said


def test_what_if_says_what_cannot_be_read(desk: Server) -> None:
    page = desk.get("/results/what-if?code=140123000009&if.residents=abc")
    assert (
        'aria-invalid="true"' in page.text and "不是数字" in page.said and "没有试算" in page.said
    )
    assert "没有改动任何事实" in desk.get("/results/what-if?code=140123000009").said


def test_amounts_in_several_units_are_not_added_up(desks: Open, tmp_path: Path) -> None:
    policy = ROOT / "tests" / "conformance" / "policies" / "units"
    lines = [f"村{n},{n * 40}.12,{50 + n}.5,{n}.345" for n in range(30)]
    header = "村名,面积（亩）,得分（分值）,加权学生（人）"
    server = desks("--policy", policy, folder=prepared(tmp_path / "desk", lines, header, policy))
    page = server.get("/results")
    assert "欧元/年" in page.said and "合计" not in page.said and "分县" not in page.said
    village = next(href for href, said in links(page) if said == "村3")
    tried = server.get(village.replace("village?", "what-if?") + "&if.area=3")
    assert "（欧元/年）" not in tried.said and "村负责人（元/年）" in tried.said


# -- recorded runs --------------------------------------------------------------------------------------


def test_a_recorded_run_shows_what_was_set_by_hand_and_corrected(
    desks: Open, tmp_path: Path
) -> None:
    folder = prepared(tmp_path / "desk", rows(12))
    printed(folder, "run", "intake.toml", "-o", "one.csv")
    head = "村,项目,金额,原因代码,理由,文件,批准人"
    hand = f"{head}\n140123000009,funding_gap,12345.67,K1,灾情,县发〔1〕,李四\n"
    (folder / "hand.csv").write_text(hand, encoding="utf-8")
    printed(
        folder, "run", "intake.toml", "-o", "two.csv", "--overrides", "hand.csv",
        "--corrects", "1", "--reason", "补录", "--prepared-by", "张三",
    )  # fmt: skip
    server = desks(folder=folder)
    page = server.get("/results?run=2")
    assert "测算编号 0002-" in page.said and "手工调整" in page.said and "12,345.67" in page.said
    assert "by_hand" in page.text and counted(server.get("/results?run=2&flag=by_hand")) == 1
    assert counted(server.get("/results?run=2&flag=corrected")) == 1
    village = server.get("/results/village?run=2&code=140123000009")
    assert "12,345.67" in village.said and "灾情" in village.said and "更正" in village.said
    assert "后来由 0002-" in server.get("/results?run=1").said
    assert "12,345.67" not in server.get("/results").said, "the draft has nothing set by hand"
    history = village.said.partition("历次存档")[2]
    assert "0001-" in history and "0002-" in history and "后由 0002-" in history
    tried = server.get("/results/what-if?run=2&code=140123000009&if.residents=1200")
    assert "不含手工调整" in tried.said
    assert server.get("/results?run=77").status == 422


def test_reading_a_ledger_is_no_change_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = prepared(tmp_path / "desk", rows(4))
    printed(folder, "run", "intake.toml", "-o", "one.csv")
    monkeypatch.chdir(folder)
    desk = Desk(ledger=Path("fundcalc.db"))
    before = desk.ledger_state
    with opened(Path("fundcalc.db")) as ledger:
        assert ledger.entries()
        assert desk.ledger_state == before, (
            "a run that takes long to open would begin anew for ever"
        )
    assert desk.ledger_state == before
    printed(folder, "run", "intake.toml", "-o", "two.csv")
    assert desk.ledger_state != before


def test_a_draft_shows_what_is_set_by_hand_over_it(desks: Open, tmp_path: Path) -> None:
    folder = prepared(tmp_path / "desk", rows(12))
    head = "村,项目,金额,原因代码,理由,文件,批准人"
    hand = f"{head}\n140123000009,funding_gap,12345.67,K1,灾情,县发〔1〕,李四\n"
    (folder / "overrides.csv").write_text(hand, encoding="utf-8")
    draft = {"papers": {"overrides": "overrides.csv"}}
    (folder / "desk.json").write_text(json.dumps(draft), encoding="utf-8")
    server = desks(folder=folder)
    page = server.get("/results?flag=by_hand")
    assert counted(page) == 1 and "12,345.67" in page.said and "手工调整" in page.said
    assert "--overrides overrides.csv" in page.said
    assert "灾情" in server.get("/results/village?code=140123000009").said


def test_a_ledger_that_is_damaged_hides_nothing_else(desks: Open, tmp_path: Path) -> None:
    folder = prepared(tmp_path / "desk", rows(12))
    (folder / "fundcalc.db").write_bytes(b"no ledger")
    page = desks(folder=folder).get("/results/village?code=140123000009")
    assert page.status == 200 and "FC820" in page.said and "集体经济收入" in page.said


# -- why there is nothing -------------------------------------------------------------------------------


def test_without_a_run_there_is_one_next_step(desks: Open, tmp_path: Path) -> None:
    server = desks(folder=tmp_path)
    page = server.get("/results")
    assert "还没有名册" in page.said and 'href="/rosters"' in page.text
    assert "还没有名册" in server.get("/results/village?code=1").said
    broken = rows(4)
    broken[1] = broken[1].replace(",913,", ",很多,")
    prepared(tmp_path / "inner", broken)
    (tmp_path / "inner" / "rosters").rename(tmp_path / "rosters")
    (tmp_path / "inner" / "intake.toml").rename(tmp_path / "intake.toml")
    page = server.get("/results")
    assert "1 行需更正" in page.said and 'class="button go" href="/faults"' in page.text
    (tmp_path / "policies.toml").write_text("[policy\n", encoding="utf-8")
    page = server.get("/results")
    assert page.status == 422 and "policies.toml" in page.said


def test_a_desk_to_look_at_has_it_all(desks: Open, folder: Path) -> None:
    server = desks("--read-only", folder=folder)
    for path in (
        "/results",
        "/results/village?code=140123000009",
        "/results/what-if?code=140123000009&if.residents=1",
    ):
        assert server.get(path).status == 200


def test_what_if_says_what_the_roster_has_as_the_page_says_it(desks: Open, tmp_path: Path) -> None:
    desk = desks(folder=ledgers.lay_out(tmp_path))
    [village, *_] = ledgers.links(desk.get("/results"), "/results/village")
    there = village.replace("/results/village", "/results/what-if")
    page = desk.get(f"{there}&if.collective_income=1&if.has_venue=false")
    assert "名册：60,000.00" in page.said and "名册：是" in page.said
