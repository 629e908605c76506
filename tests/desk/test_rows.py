"""The desk with a policy whose rows are no villages: no page speaks of villages or counties."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from fundcalc.base.words import Lang
from tests.conftest import Cli
from tests.desk.conftest import Open
from tests.desk.ledgers import equal_commands, record, run_id
from tests.policies.test_rows import ASSUMES, ROWS, SAID, WRONG, assumed, lay_out
from tests.policies.test_stalls import lay_out as lay_out_stalls
from tests.policies.test_words import MONEY, begin

PAGES = (
    "/rosters", "/columns", "/results", "/readings", "/papers", "/policy", "/policy/values", "/policy/check",
    "/policy/cases", "/records", "/rule/FC401",
)  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", list(ROWS))
def test_no_page_speaks_of_villages(kind: str, lang: str, desks: Open, tmp_path: Path) -> None:
    said: dict[str, str] = {}
    for more, pages in (("", PAGES), (WRONG[kind], ("/rosters", "/columns", "/faults"))):
        folder = tmp_path / f"desk{len(more)}"
        folder.mkdir()
        lay_out(kind, folder)
        for roster in folder.glob("*.csv"):
            roster.unlink()
        desk = desks("--lang", lang, folder=folder)
        desk.drop(("roster.csv", (ROWS[kind] + more).encode()))
        said |= {path: f"{said.get(path, '')} {desk.get(path).said}" for path in pages}
    assert {path: found for path, text in said.items() if (found := assumed(text, kind))} == {}
    there = (SAID[kind]["en"][0].partition(" in ")[0], SAID[kind]["zh"][0])
    assert any(one in text for one in there for text in said.values())


@pytest.mark.parametrize(
    ("kind", "lang"), [("libraries", "zh"), ("pupils", "en"), ("machines", "zh")]
)
def test_every_page_of_a_recorded_run_speaks_as_its_policy(
    kind: str, lang: Lang, desks: Open, cli: Cli, tmp_path: Path
) -> None:
    """All that a click leads to, but results narrowed down twice, and what the codes mean."""
    begin(kind, tmp_path)
    assert cli("run", "roster.csv", "--ledger", tmp_path / "fundcalc.db", "--lang", lang).code == 0
    desk, seen, ahead = desks("--lang", lang, folder=tmp_path), set[str](), ["/rosters", "/policy"]
    while ahead:
        path = ahead.pop()
        if path not in seen:
            seen.add(path)
            answer = desk.get(path)
            assert answer.status == 200, path
            if "html" in answer.headers["content-type"]:
                for word in (ASSUMES, re.compile(MONEY[kind])):
                    assert not word.search(answer.said), (path, word.search(answer.said))
                links = map(unescape, re.findall(r'href="(/[^"#]+)', answer.text))
                others = ("/lang", "/rule/", "/static")
                ahead += [at for at in links if at.count("&") < 2 and not at.startswith(others)]
    assert any("/doubts" in path for path in seen) and "/papers" in seen
    if kind == "machines":
        # what machines get, without the fee and the tax that are paid for them
        assert "47,739.98 欧元" in desk.get("/records").said
        [results] = [at for at in seen if re.fullmatch(r"/results\?run=[^&]+", at)]
        assert "47,739.98 欧元" in desk.get(results).said
        [first] = [at for at in seen if "/village?run=" in at and at.endswith("000001")]
        for page in (desk.get(results).said, desk.get(first).said):
            assert "6,000.00" in page and "12,175.82" not in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_rows_of_one_identity_and_no_groups(
    lang: Lang, desks: Open, cli: Cli, tmp_path: Path
) -> None:
    """Nothing is asked or told by groups, and a row's one name stands once wherever it is named."""
    lay_out_stalls("alone", tmp_path)
    text = (tmp_path / "roster.csv").read_text("utf-8")
    for rows in (text, text.replace("12.5", "13.5")):
        (tmp_path / "roster.csv").write_text(rows, "utf-8")
        answer = cli("run", "roster.csv", "--ledger", tmp_path / "fundcalc.db", "--lang", lang)
        assert answer.code == 0
    (tmp_path / "roster.csv").unlink()
    desk = desks("--lang", lang, folder=tmp_path)
    desk.drop(("roster.csv", text.encode()))
    pages = ("/rosters", "/columns", "/results", "/readings", "/papers", "/records")
    for path in pages:
        said = desk.get(path).said
        assert not re.search("组(?!合)|(?i:\\bgroups?\\b)", said), (path, said)
    assert re.search(r"(合计|All) 4 4\b", desk.get("/columns").said), "now and in the last run"
    results = desk.get("/results")
    assert "A-02 A-02" not in results.said
    assert ("摊号" if lang == "zh" else "Stall number") in results.said
    [there] = {
        unescape(at) for at in re.findall(r'href="(/results/village[^"#]*A-02[^"#]*)', results.text)
    }
    page = desk.get(there)
    assert "A-02" in page.said and not re.search(r"A-02\s+A-02|（未填）|\(blank\)", page.said)
    assert page.said.count("1,620.00") >= 1, "what it got before"


def test_a_correction_by_which_nobody_pays_is_recorded(desks: Open, tmp_path: Path) -> None:
    """It has no sheet of what to pay and deduct, and none is asked for, drawn or offered as a command."""
    begin("libraries", tmp_path)
    text = (tmp_path / "roster.csv").read_text("utf-8")
    (tmp_path / "roster.csv").unlink()
    desk = desks("--lang", "zh", folder=tmp_path)
    desk.drop(("roster.csv", text.encode()))
    first = run_id(record(desk))
    desk.drop(("roster.csv", text.replace("南馆,1200", "南馆,120").encode()))
    chosen = desk.post("/papers/correct", {"run": first, "reason": "核实"}, page="/papers")
    page = desk.get("/papers")
    assert chosen.status in (200, 303) and "没有补拨、抵扣" in page.said, page.said
    assert not any("--differences" in part for asked in equal_commands(page) for part in asked)
    assert "--differences" not in desk.get("/papers/preview").text
    before = desk.get("/papers/correction")
    second = run_id(record(desk))
    assert second.startswith("0002-")
    for page in (before, desk.get(f"/records/{second}/differences")):
        assert "没有补拨、抵扣" in page.said and not equal_commands(page), page.said
