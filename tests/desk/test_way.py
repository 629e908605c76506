"""The officer's whole way in a browser, from ten files to a correction, and the policy staff's.

Each step is held against the command line.

The tests go one after another on the same desk, as one person would. All villages are invented.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from inspect import signature
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.desk.conftest import Open, Server, browser_only, command

if TYPE_CHECKING:
    from selenium.webdriver.chrome.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement

pytestmark = browser_only

COUNTIES = [
    "小店区",
    "迎泽区",
    "杏花岭区",
    "尖草坪区",
    "万柏林区",
    "晋源区",
    "清徐县",
    "古交市",
    "阳曲县",
    "娄烦县",
]
HEADER = [
    "村名",
    "乡镇",
    "常住人口（人）",
    "上年集体经济收入（元/年）",
    "其他班子成员（人）",
    "现行补贴（元/人·年）",
]
VILLAGE = "小店区第3村"


def villages(at: int) -> list[list[Any]]:
    """A county's eight."""
    return [
        [f"{COUNTIES[at]}第{n}村", "一镇", 600 + 97 * n + 13 * at, 21_000 + 7_300 * n + 900 * at,
         2 + n % 3, 5_000 + 800 * n]
        for n in range(8)
    ]  # fmt: skip


def written(header: list[str], rows: list[list[Any]]) -> bytes:
    out = StringIO()
    csv.writer(out).writerows([header, *rows])
    return ("\ufeff" + out.getvalue()).encode()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Ten offices' files: one has no unit for its amounts, one a letter among its digits."""
    folder = tmp_path_factory.mktemp("offices")
    files = []
    for at, county in enumerate(COUNTIES):
        header, rows = HEADER, villages(at)
        if county == "迎泽区":
            header = [*HEADER[:3], "上年集体经济收入", *HEADER[4:]]
            rows = [[*row[:3], f"{row[3] / 10_000:.2f}", *row[4:]] for row in rows]
        if county == "杏花岭区":
            rows[4][2] = "9O0"
        files.append(folder / f"{county}.csv")
        files[-1].write_bytes(written(header, rows))
    return files


@pytest.fixture(scope="module")
def desk(desks: Open, tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder = tmp_path_factory.mktemp("desk")
    assert command(folder, "init", ".").returncode == 0
    (folder / "roster.xlsx").unlink()
    return desks(folder=folder, enter=False)


class Hands:
    """What a person does in the browser."""

    def __init__(self, browser: WebDriver, desk: Server, downloads: Path) -> None:
        self.browser, self.desk, self.downloads = browser, desk, downloads
        browser.execute_cdp_cmd(
            "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)}
        )
        browser.get(desk.address)
        assert "token" not in browser.current_url

    def go(self, path: str) -> None:
        self.browser.get(self.desk.origin + path)
        self.done()

    def one(self, css: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def all(self, css: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, css)

    def done(self) -> None:
        """Until what takes long is done."""
        WebDriverWait(self.browser, 300).until(
            lambda _: (
                self.browser.execute_script("return document.readyState") == "complete"
                and not self.all("[data-work]")
            )
        )

    def click(self, what: str | WebElement) -> None:
        found = self.one(what) if isinstance(what, str) else what
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
        self._leads_on(found.click)

    def choose(self, css: str, *files: Path) -> None:
        """Choose files, which sends them."""
        self._leads_on(lambda: self.one(css).send_keys("\n".join(map(str, files))))

    def _leads_on(self, act: Callable[[], object]) -> None:
        before = self.one("html")
        act()
        WebDriverWait(self.browser, 60).until(lambda _: _gone(before))
        self.done()

    def fill(self, css: str, text: str) -> None:
        found = self.one(css)
        found.clear()
        found.send_keys(text)

    @property
    def said(self) -> str:
        return self.one("main").text

    @property
    def equal(self) -> str:
        """The equal command at the foot of the page."""
        return self.one("footer.equal code").text

    def download(self, link: WebElement) -> Path:
        for old in self.downloads.iterdir():
            old.unlink()
        link.click()
        WebDriverWait(self.browser, 120).until(
            lambda _: [p for p in self.downloads.iterdir() if not p.name.endswith(".crdownload")]
        )
        (found,) = self.downloads.iterdir()
        return found


def _gone(element: WebElement) -> bool:
    from selenium.common.exceptions import StaleElementReferenceException, WebDriverException

    try:
        element.is_enabled()
    except (StaleElementReferenceException, WebDriverException):
        return True
    return False


@pytest.fixture(scope="module")
def hands(browser: WebDriver, desk: Server, tmp_path_factory: pytest.TempPathFactory) -> Hands:
    return Hands(browser, desk, tmp_path_factory.mktemp("downloads"))


def cli(folder: Path, asked: str | list[str], *more: str) -> subprocess.CompletedProcess[str]:
    """A command as typed in the folder, such as a page says it."""
    parts = shlex.split(asked.removeprefix("fundcalc ")) if isinstance(asked, str) else asked
    return command(folder, *parts, *more)


def data(folder: Path, *asked: str) -> Any:
    done = command(folder, *asked, "--format", "json")
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def amounts(text: str) -> list[str]:
    """Every amount with two decimals, in its order."""
    return re.findall(r"-?[\d,]+\.\d\d", text)


def plain(amount: str) -> str:
    return amount.replace(",", "")


# -- the officer's way ------------------------------------------------------------------------------


def step_1_ten_files_are_dropped(hands: Hands, office: list[Path]) -> None:
    hands.go("/")
    assert hands.browser.current_url.endswith("/rosters")
    hands.choose("#file", *office)
    missing = [county for county in COUNTIES if f"{county}.csv" not in hands.said]
    assert not missing, hands.said
    (confirm,) = [one for one in hands.all("main button") if "全部确认" in one.text]
    hands.click(confirm)
    assert not [one for one in hands.all("main button") if "全部确认" in one.text]


def step_2_a_unit_is_chosen(hands: Hands) -> None:
    hands.go("/columns")
    buttons = [one for one in hands.all(".answers button") if "万元" in one.text]
    assert buttons, hands.said
    hands.click(buttons[0])
    assert not [one for one in hands.all(".answers button") if "万元" in one.text]


def step_3_a_cell_is_put_right(hands: Hands, desk: Server) -> None:
    hands.go("/faults")
    assert "9O0" in hands.browser.page_source
    hands.fill("td.fault input", "900")
    hands.fill("[id^=why-]", "电话核实")
    hands.fill("[id^=by-]", "张三")
    hands.click("form[action^='/faults/correct'] button")
    assert "电话核实" in hands.said and not hands.all("td.fault input")
    assert "电话核实" in (desk.folder / "intake.toml").read_text(encoding="utf-8")


def step_4_the_results_are_the_commands(hands: Hands, desk: Server) -> None:
    hands.go("/results")
    found = data(desk.folder, "run", "intake.toml", "--no-record")
    assert found["total"]["villages"] == 80
    shown = {plain(one) for one in amounts(hands.one("section.totals").text)}
    assert {one["amount"] for one in found["totals"]} <= shown
    whole = sum(int(one["amount"].replace(".", "")) for one in found["totals"])
    assert f"{whole // 100}.{whole % 100:02}" in shown
    rows = [
        one.text
        for one in hands.all("#places ~ .wide:first-of-type tbody tr, #places + .wide tbody tr")
    ]
    for county in found["counties"]:
        (row,) = [row for row in rows if row.startswith(county["name"])]
        assert {plain(one) for one in amounts(row)} >= {
            county["amounts"]["municipal_share"], county["amounts"]["county_share"],
        }  # fmt: skip
    again = cli(desk.folder, hands.equal, "--format", "json")
    assert json.loads(again.stdout) == found


def step_4b_another_reading_moves_what_it_says(hands: Hands, desk: Server) -> None:
    def money() -> dict[str, int]:
        found = data(desk.folder, *shlex.split(hands.equal)[1:])
        return {one["payer"]: int(one["amount"].replace(".", "")) for one in found["totals"]}

    hands.go("/results")
    before = money()
    hands.go("/readings")
    option = hands.one("#large_village_clause .option:not(.chosen)")
    said = [int(plain(one).replace(".", "")) for one in amounts(option.text)]
    option.find_element(By.CSS_SELECTOR, "input").click()
    hands.click("#large_village_clause button")
    hands.go("/results")
    after = money()
    assert "--reading large_village_clause=" in hands.equal
    assert said and sorted(
        after[one] - before[one] for one in after if after[one] != before[one]
    ) == sorted(said)
    hands.go("/readings")
    hands.one("#large_village_clause .option:not(.chosen) input").click()
    hands.click("#large_village_clause button")
    hands.go("/results")
    assert money() == before


def step_5_a_village_is_answered(hands: Hands, desk: Server) -> None:
    hands.go("/results")
    hands.fill("#q", VILLAGE)
    hands.click("form.filter button.go")
    hands.click(hands.browser.find_element(By.LINK_TEXT, VILLAGE))
    found = data(desk.folder, "explain", VILLAGE, "--roster", "intake.toml")
    for one in found["answer"]["programmes"]:
        assert " ".join(one["says"].split()) in " ".join(hands.said.split())
    for total in found["answer"]["totals"]:
        assert plain(total["amount"]) in map(plain, amounts(hands.said))


def step_6_what_if_is_what_a_run_gives(hands: Hands, desk: Server, tmp_path: Path) -> None:
    field = "[name='if.residents'], [name='residents']"
    hands.fill(field, "1200")
    button = [one for one in hands.all("form.levers button") if one.is_displayed()][-1]
    hands.click(button)
    copy = tmp_path / "copy"
    shutil.copytree(desk.folder, copy)
    file = copy / "rosters" / "小店区.csv"
    rows = list(csv.reader(StringIO(file.read_text(encoding="utf-8-sig"))))
    at = next(row for row in rows if row[0] == VILLAGE)
    at[2] = "1200"
    file.write_bytes(written(rows[0], rows[1:]))

    before, after = results(desk.folder), results(copy)
    own, *there, whole = hands.all("main .wide table")
    assert rows_of(own), hands.said
    for title, _, then in rows_of(own):
        assert then == after[VILLAGE][title], title
    changed = {title for title in after[VILLAGE] if after[VILLAGE][title] != before[VILLAGE][title]}
    assert {title for title, _, _ in rows_of(own)} == {
        title for title in changed if re.fullmatch(r"-?\d+\.\d\d", after[VILLAGE][title])
    }
    others = {name for name in after if after[name] != before[name]} - {VILLAGE}
    listed = {
        one.text for table in there for one in table.find_elements(By.CSS_SELECTOR, "tbody th")
    }
    assert listed - {""} == others
    assert rows_of(whole)


def results(folder: Path) -> dict[str, dict[str, str]]:
    """What the command computes in a folder, by village and title."""
    done = cli(folder, ["run", "intake.toml", "--no-record", "-o", "all.csv"])
    assert done.returncode == 0, done.stderr
    with (folder / "all.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = [
            {title.partition("（")[0]: value for title, value in one.items()}
            for one in csv.DictReader(opened)
        ]
    (folder / "all.csv").unlink()
    return {one["村名"]: one for one in rows}


def rows_of(table: WebElement) -> list[tuple[str, str, str]]:
    """A table's rows: title, first and second amount."""
    found = []
    for row in table.find_elements(By.CSS_SELECTOR, "tbody tr"):
        title = row.find_element(By.CSS_SELECTOR, "th").text.partition("（")[0]
        now, then, *_ = map(plain, amounts(row.text))
        found.append((title, now, then))
    return found


def step_7_the_workbook_is_the_commands_to_the_byte(
    hands: Hands, desk: Server, tmp_path: Path
) -> None:
    hands.go("/papers")
    for box in hands.all("input[name=kinds]"):
        if box.is_selected() != (box.get_attribute("value") in ("sign", "table")):
            box.click()
    hands.fill("#prepared_by", "张三")
    hands.click("button[name=then][value=made]")
    links = hands.all("main .wide a")
    assert links, hands.said
    command = hands.equal
    copy = tmp_path / "copy"
    shutil.copytree(desk.folder, copy)
    assert command.count(" -o ") == 1 and len(links) == 2
    done = cli(copy, command, "-o", links[1].text)
    assert done.returncode == 0, done.stderr
    for link in links:
        file = hands.download(link)
        assert (copy / file.name).read_bytes() == file.read_bytes(), file.name
    assert not (desk.folder / "fundcalc.db").exists()


def step_8_the_run_is_recorded_and_corrected(hands: Hands, desk: Server) -> None:
    hands.go("/papers")
    hands.click("button[formaction^='/papers/record']")
    (first,) = data(desk.folder, "runs", "list")
    assert first["id"] in hands.said and first["prepared_by"] == "张三"
    assert hands.all("main .wide a")
    kept = hands.downloads.parent / "signed.xlsx"
    shutil.move(hands.download(hands.all("main .wide a")[0]), kept)
    hands.go("/records")
    hands.click(hands.browser.find_element(By.LINK_TEXT, first["id"]))
    hands.fill("form[action*='/review'] #by", "李四")
    hands.click("form[action*='/review'] button[value=approved]")
    assert "李四" in hands.said

    edited = desk.folder / "rosters" / "小店区.csv"
    text = edited.read_text(encoding="utf-8-sig")
    rows = list(csv.reader(StringIO(text)))
    next(row for row in rows if row[0] == VILLAGE)[2] = "1200"
    edited.write_bytes(written(rows[0], rows[1:]))
    hands.go("/papers")
    chosen = Select(hands.one("form[action^='/papers/correct'] select"))
    chosen.select_by_value(first["id"])
    hands.fill("form[action^='/papers/correct'] #reason", "人口更正")
    hands.click("form[action^='/papers/correct'] button")
    assert VILLAGE in hands.said
    before = cli(desk.folder, hands.equal.replace("--no-record", "--no-record --format json"))
    hands.click("main .row a.go")
    hands.click("button[formaction^='/papers/record']")
    _, second = data(desk.folder, "runs", "list")
    assert second["corrects"]["id"] == first["id"] and second["corrects"]["reason"] == "人口更正"
    shown = data(desk.folder, "runs", "show", second["id"])
    assert before.returncode == 0, before.stderr
    assert json.loads(before.stdout)["correction"] == shown["correction"]
    assert cli(desk.folder, ["runs", "verify"]).returncode == 0


def step_9_a_paper_is_held_against_its_run(hands: Hands, desk: Server) -> None:
    first, second = (one["id"] for one in data(desk.folder, "runs", "list"))
    kept = hands.downloads.parent / "signed.xlsx"
    forged = kept.with_name("forged.xlsx")
    book = openpyxl.load_workbook(kept)
    cell = next(one for row in book["签发表"].iter_rows() for one in row if one.value == VILLAGE)
    amount = next(
        one
        for one in book["签发表"][cell.row]
        if isinstance(one.value, int | float) and one.value > 1_000
    )
    amount.value += 1_000
    book.save(forged)
    for paper in (kept, forged):
        hands.go(f"/records/{first}")
        hands.choose("form[action*='/hold'] input[type=file]", paper)
        found = data(desk.folder, "runs", "verify", first, "--chain", "--paper", str(paper))
        (held,) = found["papers"]
        assert held["clean"] is (paper == kept), held
        assert bool(hands.all("section.done")) is held["clean"], hands.said
        listed = [one.text for one in hands.all("main .wide tbody th")]
        assert listed == [one["where"] for one in held["differences"]]
    hands.go(f"/records/{second}")
    hands.choose("form[action*='/hold'] input[type=file]", kept)
    assert "FC881" in hands.said and not hands.all("section.done")


# -- the policy staff's way -------------------------------------------------------------------------


def step_10_an_amount_is_changed_from_a_date(hands: Hands, desk: Server) -> None:
    rules = desk.folder / "policies.toml"
    before = {p: p.read_text(encoding="utf-8") for p in desk.folder.glob("**/*.toml")}
    hands.go("/policy/value/baseline_guarantee")
    hands.fill("#typed", "180_000")
    hands.browser.execute_script("document.getElementById('since').value = '2018-01-01'")
    Select(hands.one("#source")).select_by_index(1)
    hands.click("main form.card button.go")
    assert "180,000" in hands.said and "180_000" in hands.said, hands.said
    assert {p: p.read_text(encoding="utf-8") for p in before} == before
    compared = data(desk.folder, "compare", "current,2018-01-01",
                    "2018-01-01,baseline_guarantee=180000", "intake.toml")  # fmt: skip
    bill = amounts(hands.said)
    for key in ("old", "new"):
        assert compared["total"][key] in map(plain, bill), key
    hands.click("form[action^='/policy/change/save'] button.go")
    after = {p: p.read_text(encoding="utf-8") for p in before}
    (changed,) = [p for p in before if before[p] != after[p]]
    assert changed == rules or changed.parent.name == "rules"
    assert "2018-01-01" in after[changed] and "180_000" in after[changed]
    assert cli(desk.folder, ["fmt", "--check"]).returncode == 0
    hands.go("/policy/check")
    assert cli(desk.folder, ["check"]).returncode == 0
    assert not hands.all("article.finding.error")


def step_11_the_desk_is_closed(hands: Hands, desk: Server) -> None:
    hands.click("form[action^='/close'] button")
    assert desk.process.wait(60) == 0
    assert "关闭" in hands.said


def test_the_whole_way(request: pytest.FixtureRequest) -> None:
    """Each step goes on from where the one before it left the desk."""
    steps = [step for name, step in globals().items() if name.startswith("step_")]
    assert len(steps) == 12
    folders: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    for step in steps:
        given = {name: request.getfixturevalue(name) for name in signature(step).parameters}
        if "tmp_path" in given:
            given["tmp_path"] = folders.mktemp(step.__name__)
        step(**given)
