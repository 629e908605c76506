"""The report as a person uses it: opened in a browser, searched, sorted, a village opened, printed."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from tests.reports.conftest import HEADER, HOSTILE, recorded

from fundcalc import api
from fundcalc.api import RecordedRun
from fundcalc.base.diagnostics import PolicyProblem
from fundcalc.base.money import yuan
from fundcalc.base.system import beijing
from fundcalc.explain.document import steps

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
browser_only = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="Chromium with its driver is not on this machine"
    ),
]


class Outside(HTMLParser):
    """Notes everything by which a page would reach beyond itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str | None]] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        for name, value in attrs:
            if name in ("src", "href", "action", "data", "srcset") or name.startswith("on"):
                self.found.append((tag, name, value))


def page(run: RecordedRun, lang: str = "zh") -> str:
    return api.report_html(run, "zh" if lang == "zh" else "en").decode()


def test_the_page_is_whole_small_and_stands_alone(example: RecordedRun) -> None:
    text = page(example)
    assert len(text.encode()) <= 3_000_000
    outside = Outside()
    outside.feed(text)
    assert not outside.found
    assert outside.scripts == 2  # the data and the page's own script
    assert "default-src 'none'" in text and "script-src 'sha256-" in text
    assert text == page(example)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_says_what_the_run_rests_on(example: RecordedRun, lang: str) -> None:
    text = page(example, lang)
    summary = api.summarise(example)
    for wanted in (
        example.id, example.head, example.plan.policy.digest, example.roster.digest,
        example.roster.file, "李四", "555 / 564", "431 / 555", "77.6 %", "20,420,000.00",
    ):  # fmt: skip
        assert wanted in text, wanted
    for group in summary.groups:
        assert group.name in text
    for reading in example.plan.policy.readings.values():
        assert reading.question.say("zh" if lang == "zh" else "en") in text
    total = sum(bill.amount for bill in summary.bills)
    assert yuan(total) in text and ("北京时间" if lang == "zh" else "Beijing time") in text
    assert beijing(example.recorded_at) in text
    titles = re.findall(r"<desc [^>]*>([^<]+)</desc>", text)
    assert any("20,556,600.00" in title for title in titles)  # charts say their numbers


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_says_what_is_carried_over_and_who_is_only_named(
    carrying: RecordedRun, lang: str
) -> None:
    text = page(carrying, lang)
    head = text.partition("<h2>")[0]
    assert "李四" in head and ("尚未复核" if lang == "zh" else "not reviewed yet") in head
    assert text.count('data-n="-20000000">-200,000.00') == 1
    for wanted in (
        ("上年结转（元；另计，不在任何合计之内）",) if lang == "zh" else ("apart, in no total",)
    ):
        assert wanted in text
    assert ("各行之和大于全部村" in text) == (lang == "zh" and any_meets_several(carrying))


def any_meets_several(run: RecordedRun) -> bool:
    """Whether a village meets several rules of a programme."""
    return any(len(ids) > 1 for fired in run.result.fired.values() for ids in fired)


def test_names_in_the_roster_are_text(hostile: RecordedRun) -> None:
    text = page(hostile)
    outside = Outside()
    outside.feed(text)
    assert outside.scripts == 2 and not outside.found
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_more_villages_than_a_page_takes_are_refused(
    example: RecordedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fundcalc.reports.html.report.MOST_VILLAGES", 889)
    with pytest.raises(PolicyProblem) as refused:
        page(example)
    assert refused.value.diagnostics[0].code == "FC943"


def small_roster(path: Path, people: int) -> Path:
    """Two invented villages, the first of so many people."""
    lines = [HEADER, f"140121000201,东村,甲镇,清徐县,{people},60000,10000,4,5000", HOSTILE[0]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# ---- in a browser -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for one in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(one)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


def open_page(browser: Any, folder: Path, run: RecordedRun, lang: str = "zh") -> None:
    path = folder / "report.html"
    path.write_text(page(run, lang), encoding="utf-8")
    browser.get(path.as_uri())


def shown(browser: Any) -> list[Any]:
    rows = browser.find_elements("css selector", "#list > tbody > tr:not(.detail):not([hidden])")
    assert all(row.is_displayed() for row in rows)
    return list(rows)


def requests(browser: Any) -> list[str]:
    """What the page asked for; browsers look for an icon on their own."""
    found = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            found.append(message["params"]["request"]["url"])
    return [url for url in found if not url.startswith(("file:", "data:", "chrome"))]


class TestInABrowser:
    pytestmark = browser_only

    def test_search_open_and_close(
        self, browser: Any, example: RecordedRun, tmp_path: Path
    ) -> None:
        from selenium.webdriver.common.keys import Keys

        requests(browser)
        open_page(browser, tmp_path, example)
        browser.find_element("id", "find").send_keys("娄烦 鹰落沟")
        assert "1 / 890" in browser.find_element("id", "shown").text
        [row] = shown(browser)
        name = row.find_element("css selector", ".name")
        name.send_keys(Keys.ENTER)
        assert name.get_attribute("aria-expanded") == "true"
        detail = browser.find_element("css selector", ".detail").text
        assert detail.startswith(
            "保障经费 170,000.00 元/年，需补足经费 50,000.00 元/年：集体经济收入5万元以下\n"
        )
        [index] = api.find_village(example, "鹰落沟")
        explanation = api.explain(example, index)
        explained = api.explanation_json(explanation, "zh")
        for decision in explained["decisions"]:
            for rule in decision["rules"]:
                if rule["fired"]:
                    assert rule["says"] in detail
        worked = [step for one in explanation.decisions for step in steps(one, "zh")]
        assert any(step.numbers for step in worked)
        assert all(step.numbers in detail for step in worked)
        assert "36,800.00 元/年 ≤ 集体经济收入上限 50,000.00 元/年" in detail
        assert "若 常住人口 为 1,000 人 → 保障经费 200,000.00 元/年" in detail
        name.send_keys(Keys.ESCAPE)
        assert not browser.find_elements("css selector", ".detail")
        assert not requests(browser)
        assert not browser.get_log("browser")

    def test_enter_opens_the_only_hit(
        self, browser: Any, example: RecordedRun, tmp_path: Path
    ) -> None:
        from selenium.webdriver.common.keys import Keys

        open_page(browser, tmp_path, example)
        find = browser.find_element("id", "find")
        find.send_keys("娄烦", Keys.ENTER)
        assert not browser.find_elements("css selector", ".detail")
        find.send_keys(" 鹰落沟", Keys.ENTER)
        assert browser.find_element("css selector", ".detail").is_displayed()
        assert browser.switch_to.active_element.text == "鹰落沟村"
        find.send_keys(Keys.ENTER)  # it stays open
        assert browser.find_elements("css selector", ".detail")

    def test_a_village_shows_what_a_correction_changes(self, browser: Any, tmp_path: Path) -> None:
        ledger, roster = tmp_path / "runs.db", tmp_path / "new.csv"
        old = recorded(small_roster(tmp_path / "old.csv", people=1200), ledger)
        policy = old.plan.policy
        run = api.calculate(
            api.plan(policy), api.read_roster(small_roster(roster, people=900), policy)
        )
        kept = api.record(api.correct(run, ledger, old.id, "<b>复核</b>"), ledger)
        open_page(browser, tmp_path, api.open_run(ledger, kept.id))
        browser.execute_script("document.querySelector('#list .name').click()")
        detail = browser.find_element("css selector", ".detail").text
        assert f"更正记录 {old.id}：<b>复核</b>" in detail
        assert "需补足经费：190,000.00 → 0.00（抵扣 190,000.00）" in detail

    def test_every_explanation_is_what_explain_says(
        self, browser: Any, example: RecordedRun, tmp_path: Path
    ) -> None:
        """Values, rules and what would change it, for villages of all kinds, in English."""
        open_page(browser, tmp_path, example, "en")
        explainer = api.explainer(example)
        for name in ("西左家窑村", "坪里村", "140123255217"):
            [index] = api.find_village(example, name)
            browser.execute_script(
                "document.querySelectorAll('#list .name')[arguments[0]].click()", index
            )
            detail = browser.find_element("css selector", ".detail").text
            browser.execute_script(
                "document.querySelectorAll('#list .name')[arguments[0]].click()", index
            )
            told = api.explanation_text(explainer.explain(index), "en")
            plain = re.sub(r"[\s│└─✓✗]+", "", told)
            lines = [re.sub(r"[\s✓✗]+", "", line) for line in detail.splitlines()]
            conditions = [line for line in lines if re.search("[≤≥<>]", line)]
            changes = [line for line in lines if line.startswith("if")]
            assert len(conditions) > 10 and changes
            for line in (*conditions, *changes):
                assert line in plain, line

    def test_sort(self, browser: Any, example: RecordedRun, tmp_path: Path) -> None:
        open_page(browser, tmp_path, example)
        heads = browser.find_elements("css selector", "#list thead th")
        number = next(n for n, head in enumerate(heads) if "扶持资金份额" in head.text)
        for direction in ("ascending", "descending"):
            heads[number].find_element("tag name", "button").click()
            assert heads[number].get_attribute("aria-sort") == direction
            amounts = browser.execute_script(
                "return Array.from(document.querySelectorAll('#list > tbody > tr'))"
                ".map(r => Number(r.cells[arguments[0]].dataset.n))",
                number,
            )
            assert amounts == sorted(amounts, reverse=direction == "descending")
            assert len(amounts) == 890

    def test_print(self, browser: Any, example: RecordedRun, tmp_path: Path) -> None:
        open_page(browser, tmp_path, example)
        browser.find_element("id", "find").send_keys("鹰落沟")
        browser.find_element("css selector", "#list tr:not([hidden]) .name").click()
        printed = browser.execute_cdp_cmd(
            "Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True}
        )
        pdf = PdfReader(io.BytesIO(base64.b64decode(printed["data"])))
        sizes = {tuple(sorted(map(round, one.mediabox[2:]))) for one in pdf.pages}
        assert {tuple(round(side / 2) for side in size) for size in sizes} == {(298, 421)}  # A4
        text = re.sub(r"\s", "", "".join(one.extract_text() for one in pdf.pages))
        assert example.head in text and "鹰落沟村" in text and "查找村名" not in text
        assert len(pdf.pages) < 20

    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_a_telephone_shows_all_and_can_be_read(
        self, browser: Any, example: RecordedRun, tmp_path: Path, lang: str
    ) -> None:
        """Nothing but what scrolls in a box of its own is wider than the page, and charts are no smaller."""
        screen = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        open_page(browser, tmp_path, example, lang)
        browser.execute_script("document.querySelector('#list .name').click()")
        wide = browser.execute_script(
            """
            const whole = [document.documentElement, document.querySelector(".detail .inner")];
            return Array.from(document.querySelectorAll("body *"))
              .filter((one) => !one.closest(".wide") && one.getBoundingClientRect().right > innerWidth + 1)
              .concat(whole.filter((one) => one.scrollWidth > innerWidth))
              .map((one) => one.tagName + " " + one.className + " " + one.textContent.slice(0, 60));
            """
        )
        sizes = browser.execute_script(
            """
            return Array.from(document.querySelectorAll("svg.chart text"))
              .map((one) => one.getScreenCTM().d * parseFloat(getComputedStyle(one).fontSize));
            """
        )
        conditions = browser.execute_script(
            """
            return Array.from(document.querySelectorAll("td.when"))
              .map((one) => one.getBoundingClientRect().width / parseFloat(getComputedStyle(one).fontSize));
            """
        )
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        assert not wide and min(sizes) >= 12
        assert len(conditions) > 10 and min(conditions) >= 12  # characters in a line of a condition

    def test_the_villages_of_a_rule_are_listed(
        self, browser: Any, example: RecordedRun, tmp_path: Path
    ) -> None:
        open_page(browser, tmp_path, example)
        everyone = browser.find_element("id", "everyone")
        assert not everyone.is_displayed()
        for rule in ("operating_funds.large_village", "operating_funds.not_guaranteed"):
            programme, _, id_ = rule.partition(".")
            button = browser.find_element("css selector", f"[data-find='{rule}']")
            browser.execute_script("arguments[0].click()", button)
            wanted = [
                str(row["name"])
                for row, fired in zip(
                    example.result.rows, example.result.fired[programme], strict=True
                )
                if id_ in (fired or ("not_guaranteed",))
            ]
            names = [row.find_element("css selector", ".name").text for row in shown(browser)[:40]]
            assert names == wanted[:40] and button.text == str(len(wanted))
            assert f"{len(wanted)} / 890" in browser.find_element("id", "shown").text
        everyone.click()
        assert "890 / 890" in browser.find_element("id", "shown").text

    def test_hostile_names_do_nothing(
        self, browser: Any, hostile: RecordedRun, tmp_path: Path
    ) -> None:
        requests(browser)
        open_page(browser, tmp_path, hostile)
        names = browser.find_elements("css selector", "#list .name")
        assert names[0].text == "<script>alert(1)</script>"
        for name in names:
            browser.execute_script("arguments[0].click()", name)
        assert len(browser.find_elements("css selector", ".detail")) == len(names)
        assert not browser.find_elements("css selector", "td script")
        assert not requests(browser) and not browser.get_log("browser")


def test_more_letters_than_are_set_at_once_are_refused(
    example: RecordedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fundcalc.reports.letters.content.MOST_LETTERS", 1)
    with pytest.raises(PolicyProblem) as refused:
        api.letters_in_one(example, [0, 1], "zh")
    assert refused.value.diagnostics[0].code == "FC943"
