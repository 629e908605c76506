"""fundcalc compare as a person calls it: what it says, writes and answers."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from fundcalc.analysis import prove as proving

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

Make = Callable[..., Path]
GOLDEN = Path(__file__).parent / "golden"
VILLAGES = (
    "140121000201,东村,甲镇,清徐县,1200,60000,100000,4,5000",
    "140121000202,西村,甲镇,清徐县,1000,50000,0,6,3600",
    "140121000203,<b>南村</b>,甲镇,清徐县,400,0,20000,0,0",
    "140123000201,北村,乙乡,娄烦县,800,20000,170000,3,9000",
    "140181000201,中村,丙镇,古交市,3000,900000,0,5,7000.50",
)
CHANGE = "shipped,baseline_guarantee=180000,thousand_or_more=exclusive,supplement_pool=citywide"


def golden(name: str, said: str, request: pytest.FixtureRequest) -> None:
    """The text as kept, digests left out; `--reset` keeps it anew."""
    said = re.sub(r"sha256:[0-9a-f]+", "sha256:…", said)
    path = GOLDEN / name
    if request.config.getoption("--reset"):
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_it_says(cli: Cli, roster: Make, lang: str, request: pytest.FixtureRequest) -> None:
    answer = cli("compare", "shipped", CHANGE, roster(*VILLAGES), "--lang", lang)
    assert answer.code == 0
    golden(f"compare.{lang}.txt", answer.out, request)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_two_rosters(cli: Cli, roster: Make, lang: str, request: pytest.FixtureRequest) -> None:
    old = roster(*VILLAGES, name="old.csv")
    grown = VILLAGES[0].replace(",1200,60000,", ",900,40000,")
    joined = "140181000209,新村,丙镇,古交市,1500,10000,0,4,0"
    new = roster(grown, *VILLAGES[2:], joined, name="new.csv")
    answer = cli(
        "compare", "shipped", "shipped,2018-12-31", new, "--old-roster", old, "--lang", lang
    )
    golden(f"compare_rosters.{lang}.txt", answer.out, request)


def test_json_adds_up(cli: Cli, roster: Make) -> None:
    answer = cli("compare", "shipped", CHANGE, roster(*VILLAGES), "--format", "json")
    found = json.loads(answer.out)
    cents = {key: _fen(found["total"][key]) for key in ("old", "new", "change")}
    for table in ("counties", "programmes", "payers"):
        for key, total in cents.items():
            assert sum(_fen(part[key]) for part in found[table]) == total
    assert sum(_fen(step["change"]) for step in found["bridge"]) == cents["change"]
    assert [step["kind"] for step in found["bridge"]] == ["amounts", "readings", "readings"]
    assert found["old"]["policy"]["set"] == {}
    assert found["new"]["policy"]["set"] == {"baseline_guarantee": "180000.00"}
    mover = next(m for m in found["movers"] if m["village"]["name"] == "西村")
    assert mover["rules"]["operating_funds"]["new"] == "income_tested"
    assert {"kind": "readings", "id": "thousand_or_more", "change": "-20000.00"} in mover["because"]


def _fen(text: str) -> int:
    return int(text.replace(".", ""))


def test_nothing_differs_between_dates_of_the_same_values(cli: Cli, roster: Make) -> None:
    answer = cli("compare", "shipped", "2018-12-31", roster(*VILLAGES))
    assert answer.code == 0 and "No difference" in answer.out


def test_folders_are_versions(cli: Cli, roster: Make, tmp_path: Path) -> None:
    cli("init", "mine")
    rule = tmp_path / "mine" / "rules" / "operating_funds.toml"
    text = rule.read_text(encoding="utf-8").replace(
        'then = "large_village_guarantee"', 'then = "large_village_guarantee + 10_000"'
    )
    rule.write_text(text, encoding="utf-8")
    answer = cli("compare", "shipped", "mine", roster(*VILLAGES), "--format", "json")
    (step,) = json.loads(answer.out)["bridge"]
    assert (step["kind"], step["change"]) == ("rules", "30000.00")
    both = cli(
        "compare",
        "shipped",
        "mine,thousand_or_more=exclusive",
        roster(*VILLAGES),
        "--format",
        "json",
    )
    assert [s["kind"] for s in json.loads(both.out)["bridge"]] == ["readings", "rules"]


@pytest.mark.parametrize(("limit", "code"), [("5 %", 1), ("59.9%", 1), ("100%", 0)])
def test_stop_over(cli: Cli, roster: Make, limit: str, code: int) -> None:
    answer = cli("compare", "shipped", CHANGE, roster(*VILLAGES), "--stop-over", limit)
    assert answer.code == code and bool(code) == (f"More than {limit} moves" in answer.err)


def test_rejected_rows_stop_it(cli: Cli, roster: Make) -> None:
    bad = roster(VILLAGES[0].replace("1200", "12.5"), VILLAGES[1])
    answer = cli("compare", "shipped", CHANGE, bad, "--format", "json")
    assert answer.code == 1 and json.loads(answer.out)["rejects"][0]["cell"] == "E2"


def test_the_workbook_holds_the_same_sums(cli: Cli, roster: Make, tmp_path: Path) -> None:
    file = tmp_path / "out" / "c.xlsx"
    answer = cli(
        "compare", "shipped", CHANGE, roster(*VILLAGES), "-o", file, "--format", "json", "--top", 1
    )
    found = json.loads(answer.out)
    assert len(found["movers"]) == 1
    book = openpyxl.load_workbook(io.BytesIO(file.read_bytes()))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    total = next(row for row in rows if row[0] == "Total")
    assert f"{total[1]:.2f}" == found["total"]["old"]
    assert f"{total[3]:.2f}" == found["total"]["change"]
    villages = list(book.worksheets[-1].iter_rows(values_only=True))
    assert len(villages) - 2 == found["villages_moved"]
    again = tmp_path / "again.xlsx"
    cli("compare", "shipped", CHANGE, roster(*VILLAGES), "-o", again)
    assert again.read_bytes() == file.read_bytes()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_stands_alone_and_is_escaped(
    cli: Cli, roster: Make, tmp_path: Path, lang: str
) -> None:
    file = tmp_path / "c.html"
    cli("compare", "shipped", CHANGE, roster(*VILLAGES), "-o", file, "--lang", lang)
    text = file.read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    tags = [tag for tag, _ in page.tags]
    assert not {"script", "link", "img", "iframe", "b"} & set(tags)
    assert "&lt;b&gt;南村&lt;/b&gt;" in text
    assert not re.search(r"(src|href)\s*=\s*\"(?!#)", text) and "url(http" not in text
    charts = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert len(charts) == 3
    ids = [attrs["id"] for _, attrs in page.tags if attrs.get("id")]
    assert len(ids) == len(set(ids))
    for chart in charts:
        assert chart["role"] == "img"
        assert all(part in ids for part in (chart["aria-labelledby"] or "").split())


@pytest.mark.parametrize("ending", ["c.pdf", "c"])
def test_an_unknown_ending_is_refused_first(cli: Cli, ending: str) -> None:
    answer = cli("compare", "shipped", CHANGE, "nowhere.csv", "-o", ending)
    assert answer.code == 2 and ".xlsx, .html, .json" in answer.err


def test_proof_without_a_roster(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    equal = cli("compare", "shipped", "shipped,2018-12-31", "--prove")
    assert equal.code == 0 and "\nEqual:" in equal.out
    assert equal.out.startswith("Old shipped: ") and "\nNew shipped,2018-12-31: " in equal.out
    differ = cli("compare", "shipped", "shipped,thousand_or_more=exclusive", "--prove")
    assert differ.code == 1
    assert "Residents 1,000 people" in differ.out
    assert "Guaranteed funds 200,000.00 yuan/year → 170,000.00 yuan/year" in differ.out
    monkeypatch.setattr(proving, "LIMIT", 1)
    unknown = cli("compare", "shipped", "shipped,subsidy_floor=8001", "--prove")
    assert unknown.code == 2 and "\nUnknown:" in unknown.out


def test_a_county_that_the_roster_lacks_is_told(cli: Cli, roster: Make) -> None:
    missing = "shipped,backstop_counties=娄烦,阳曲县"
    answer = cli("compare", "shipped", missing, roster(*VILLAGES), "--lang", "en")
    assert answer.err.count("[FC407]") == 2 and "`娄烦`" in answer.err and "`阳曲县`" in answer.err


def test_proof_beside_a_comparison(cli: Cli, roster: Make) -> None:
    answer = cli(
        "compare", "shipped", "shipped,income_ceiling_edge=exclusive", roster(VILLAGES[0]),
        "--prove", "--format", "json",
    )  # fmt: skip
    found = json.loads(answer.out)
    assert answer.code == 1 and not found["changed"] and found["proof"]["equal"] is False
    (village,) = found["proof"]["witness"]["villages"]
    assert village["collective_income"] == "50000.00"


def test_a_recorded_run_stands_for_its_policy_and_its_roster(
    cli: Cli, roster: Make, tmp_path: Path
) -> None:
    path, ledger = roster(*VILLAGES), ("--ledger", tmp_path / "runs.db")
    assert cli("run", path, *ledger).code == 0
    changed = cli(
        "compare", "run:1", "large_village_guarantee=210000", path, *ledger, "--format", "json"
    )
    plain = cli("compare", "shipped", "large_village_guarantee=210000", path, "--format", "json")
    assert changed.code == plain.code == 0
    assert json.loads(changed.out)["total"] == json.loads(plain.out)["total"]
    path.unlink()
    same = cli("compare", "run:1", "run:last", *ledger, "--lang", "en")
    assert same.code == 0 and "No difference" in same.out
    assert "run `7`" in cli("compare", "run:7", "run:1", *ledger, "--lang", "en").err


@pytest.mark.parametrize(
    ("version", "code", "part"),
    [
        ("shipped,2017-12-31,2018-12-31", "FC901", "2018-12-31"),
        ("shipped,./nowhere", "FC901", "./nowhere"),
        ("income_ceiling=1,income_ceiling=2", "FC901", "income_ceiling=2"),
        ("nowhere-at-all", "FC900", "nowhere-at-all"),
        ("shipped,2017-13-45", "FC900", "2017-13-45"),
    ],
)
def test_a_version_that_says_one_thing_twice_or_nothing(
    cli: Cli, roster: Make, version: str, code: str, part: str
) -> None:
    answer = cli("compare", "shipped", version, roster(*VILLAGES))
    assert answer.code == 2
    assert answer.err.startswith(f"error[{code}]: `{part}`")
