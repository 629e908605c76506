"""Every page as people have it: in both languages, light and dark, wide and narrow, with odd texts."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.desk.conftest import Open, Reply, Server, browser_only, command

if TYPE_CHECKING:
    from selenium.webdriver.chrome.webdriver import WebDriver

pytestmark = browser_only

AXE = resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
STEPS = [
    "/rosters",
    "/columns",
    "/faults",
    "/readings",
    "/results",
    "/papers",
    "/records",
    "/policy",
]
HEADER = [
    "代码",
    "村名",
    "乡镇",
    "县（市、区）",
    "常住人口（人）",
    "上年集体经济收入（元/年）",
    "其他班子成员（人）",
]
NAMES = [
    "<script>window.hit = 1</script>", "长" * 200, "قرية", '"><img src=x onerror="window.hit = 1">',
    "{{ 7 * 7 }}村", "&amp;村", "'; window.hit = 1; '", "<!--", "]]>", "=HYPERLINK(1)",
]  # fmt: skip
"""Names that a roster may have; invented."""
REFUSED = ["长" * 1_000, "\u202e村甲", "甲\u200b村"]
"""Names that it may not have, which the pages show all the same."""


MOST = 40
"""Kinds of pages that are looked at."""


def sheet(names: list[str]) -> bytes:
    """A roster of so many villages."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for n, name in enumerate(names):
        writer.writerow(
            [
                f"1401000000{n:02}",
                name,
                "<b class=odd>镇</b>",
                "小店区",
                1000 + n,
                20_000 + n * 7_000,
                3,
            ]
        )
    return ("\ufeff" + out.getvalue()).encode()


def fundcalc(folder: Path, *asked: str) -> None:
    done = command(folder, *asked, "--ledger", "fundcalc.db")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def full(desks: Open, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A policy of its own, villages of one county, a run, its review and a correction."""
    folder = tmp_path_factory.mktemp("office")
    assert command(folder, "init", ".").returncode == 0
    desk = desks(folder=folder)
    assert desk.drop(("名册.csv", sheet([f"第{n}村" for n in range(20)]))).status == 200
    fundcalc(folder, "run", "intake.toml", "--prepared-by", "张三")
    fundcalc(folder, "runs", "review", "last", "--by", "李四", "--approve")
    fundcalc(folder, "run", "intake.toml", "--corrects", "last", "--reason", "更正",
             "--prepared-by", "张三", "--on", "2018-01-01")  # fmt: skip
    return desk


@pytest.fixture(scope="module")
def odd(desks: Open) -> Server:
    """Rosters whose names try to be more than names."""
    desk = desks()
    assert desk.drop(("<img src=x onerror=alert(1)>.csv", sheet(NAMES))).status == 200
    assert desk.drop(("名册.csv", sheet(NAMES))).status == 200
    return desk


@pytest.fixture(scope="module")
def refused(desks: Open) -> Server:
    """A roster with names that are refused."""
    desk = desks()
    assert desk.drop(("名册.csv", sheet([*NAMES, *REFUSED]))).status == 200
    return desk


def pages(desk: Server) -> list[str]:
    """A page of every kind that can be reached by links; what these desks hold stays as it is."""
    return _pages(desk.get)


@cache
def _pages(get: Callable[[str], Reply]) -> list[str]:
    found: dict[str, str] = {}
    waiting = list(STEPS)
    while waiting:
        path = waiting.pop(0)
        names = sorted({part.partition("=")[0] for part in urlsplit(path).query.split("&")})
        kind = (
            re.sub(r"(?<=/value/)\w+|[0-9a-f]{8,}|\d+", "#", urlsplit(path).path)
            + "?"
            + "&".join(names)
        )
        if kind in found or len(found) > MOST:
            continue
        answer = get(path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        found[kind] = path
        for link in re.findall(r'<a [^>]*?href="([^"#]+)', answer.text):
            there = urljoin(path, link.replace("&amp;", "&"))
            if there.startswith("/") and not there.startswith(("/lang", "/static", "/open")):
                waiting.append(there)
    return list(found.values())


def enter(desk: Server, browser: WebDriver) -> None:
    """Let the browser in with the cookie that this desk has given."""
    browser.get(f"{desk.origin}/static/icon.svg")
    for name, value in desk.cookies.items():
        browser.add_cookie({"name": name, "value": value, "path": "/"})


def settle(browser: WebDriver, desk: Server, path: str) -> None:
    """A page, once what takes long is done."""
    desk.get(path)
    browser.get(desk.origin + path)


def dress(browser: WebDriver, *, dark: bool, width: int = 1280) -> None:
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


@pytest.fixture(autouse=True)
def plain_dress(browser: WebDriver) -> Iterator[None]:
    yield
    dress(browser, dark=False)


def faults(browser: WebDriver, *, contrast: bool = True) -> list[Any]:
    """What axe calls serious or critical; contrast, which takes it longest, in light and in dark."""
    browser.execute_script(
        "for (const one of document.querySelectorAll('details')) one.open = true;"
    )
    browser.execute_script(AXE)
    asked: list[dict[str, Any]] = [{"rules": {"color-contrast": {"enabled": contrast}}}]
    if contrast:
        asked.append({"runOnly": ["color-contrast"]})
    found = []
    for dark, of in enumerate(asked):
        dress(browser, dark=bool(dark))
        found += json.loads(
            browser.execute_async_script(
                "const [of, done] = arguments;"
                "axe.run(document, {resultTypes: ['violations'], ...of})"
                ".then((r) => done(JSON.stringify(r.violations.map("
                "(v) => [v.impact, v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160))]))))",
                of,
            )
        )
    dress(browser, dark=False)
    return [one for one in found if one[0] in ("serious", "critical")]


@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.slow)])
def test_axe_finds_nothing_serious(full: Server, browser: WebDriver, lang: str) -> None:
    enter(full, browser)
    browser.get(f"{full.origin}/lang?to={lang}")
    wrong = {}
    for path in pages(full):
        settle(browser, full, path)
        found = faults(browser, contrast=lang == "zh")  # the same colours in both
        if found:
            wrong[path] = found
    assert not wrong, json.dumps(wrong, ensure_ascii=False, indent=1)


def test_axe_finds_nothing_on_empty_and_faulty_pages(
    refused: Server, desks: Open, browser: WebDriver
) -> None:
    for desk in (refused, desks(), desks("--read-only")):
        enter(desk, browser)
        for path in [*STEPS, "/nothing", "/rule/FC637"]:
            settle(browser, desk, path)
            assert not faults(browser), path
        browser.delete_all_cookies()
        browser.get(desk.origin + "/rosters")
        assert not faults(browser)


def test_no_page_is_wider_than_its_window_and_a_name_is_text(
    full: Server, odd: Server, refused: Server, browser: WebDriver
) -> None:
    wrong = []
    for desk in (full, odd, refused):
        enter(desk, browser)
        for path in pages(desk):
            dress(browser, dark=False)
            settle(browser, desk, path)
            for width in (1280, 390):
                dress(browser, dark=False, width=width)
                over = browser.execute_script(
                    "const e = document.documentElement; return e.scrollWidth - e.clientWidth"
                )
                if over > 0:
                    wrong.append((path, width, over))
            hit = browser.execute_script(
                "return window.hit || document.querySelectorAll("
                "'main script, b.odd, img[src=x], [onerror]').length"
            )
            assert not hit, path
            assert "49村" not in browser.page_source
    assert not wrong, wrong
    villages = odd.get("/results").said
    assert all(name in villages for name in NAMES if "&" not in name)


def test_signs_that_nobody_sees_are_shown(refused: Server) -> None:
    for path in pages(refused):
        text = re.sub(r"<[^>]*>", " ", refused.get(path).text)
        assert not re.search("[\u200b\u202a-\u202e]", text), path
    assert "\\u202e村甲" in refused.get("/faults").said


def test_each_page_has_one_heading_and_a_title(full: Server) -> None:
    for path in pages(full):
        text = full.get(path).text
        assert len(re.findall(r"<h1\b", text)) == 1, path
        assert re.search(r"<title>[^<· ][^<]*· ", text), path
        levels = [int(n) for n in re.findall(r"<h([1-6])\b", text)]
        assert all(b <= a + 1 for a, b in pairwise(levels)), (path, levels)


def test_each_form_says_where_its_answer_stands(full: Server, odd: Server, refused: Server) -> None:
    """Without it the keyboard would begin at the top of the frame, after each form again."""
    for desk in (full, odd, refused):
        for path in pages(desk):
            main = desk.get(path).text.partition("<main")[2]
            forms = re.findall(r'method="post" action="([^"]*)"', main)
            assert not [action for action in forms if not re.fullmatch(r".*#[\w-]+", action)], path


def test_each_page_says_its_equal_command(full: Server, desks: Open) -> None:
    for desk in (full, desks()):  # an empty page too
        silent = [path for path in STEPS if 'id="equal"' not in desk.get(path).text]
        assert not silent, silent


REACHED = """
const missed = [], kinds = "a[href], button, input, select, textarea, summary, [tabindex='0']";
for (const one of document.querySelectorAll(kinds)) {
  const shut = one.closest("details:not([open]) > :not(summary)");
  const off = shut || one.disabled || one.type === "hidden" || !one.getBoundingClientRect().width;
  const radio = one.type === "radio" && !one.checked;
  if (!off && !radio && !one.dataset.reached) missed.push(one.outerHTML.slice(0, 120));
}
return missed;
"""
MARK = """
const one = document.activeElement;
if (!one || one === document.body) return "end";
if (one.dataset.reached) return "again";
one.dataset.reached = "1";
const style = getComputedStyle(one);
const seen = style.outlineStyle !== "none" || style.boxShadow !== "none";
return seen ? "" : "unseen " + one.outerHTML.slice(0, 120);
"""


@pytest.mark.parametrize("path", STEPS)
def test_the_keyboard_reaches_all_and_shows_where_it_is(
    full: Server, browser: WebDriver, path: str
) -> None:
    enter(full, browser)
    settle(browser, full, path)
    steps = []
    for _ in range(600):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        steps.append(browser.execute_script(MARK))
        if steps[-1] == "end" or steps[-8:] == ["again"] * 8:  # a date has several stops
            break
    assert steps[-1] in ("end", "again")
    assert not [one for one in steps if one.startswith("unseen")]
    assert not browser.execute_script(REACHED)


def test_a_cell_is_put_right_by_the_keyboard_alone(desks: Open, browser: WebDriver) -> None:
    desk = desks()
    assert desk.drop(("名册.csv", sheet(["甲村", REFUSED[2]]))).status == 200
    enter(desk, browser)
    settle(browser, desk, "/faults")
    browser.find_element("css selector", "body").send_keys(
        Keys.TAB, Keys.ENTER
    )  # to the page itself
    for _ in range(60):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        if browser.switch_to.active_element.get_attribute("name") == "is":
            break
    act = ActionChains(browser)
    act.key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).send_keys("乙村")
    act.send_keys(Keys.TAB, "电话核实", Keys.TAB, "张三", Keys.ENTER).perform()
    WebDriverWait(browser, 20).until(lambda _: "电话核实" in desk.get("/faults").said)
    assert "乙村" in desk.get("/faults").said
    assert len(desk.get("/results").said) and "乙村" in desk.get("/results").said


def test_the_enter_key_in_a_field_records_and_approves_nothing(
    desks: Open, browser: WebDriver
) -> None:
    """What cannot be undone has its own button pressed; a name or a reason is only typed."""
    desk = desks()
    assert desk.drop(("名册.csv", sheet(["甲村"]))).status == 200
    enter(desk, browser)
    settle(browser, desk, "/papers")
    browser.find_element("name", "prepared_by").send_keys("张三", Keys.ENTER)
    assert browser.current_url.endswith("/papers")
    assert not (desk.folder / "fundcalc.db").exists()
    fundcalc(desk.folder, "run", "intake.toml", "--prepared-by", "张三")
    run = re.search(r"\d{4}-[0-9a-f]{8}", desk.get("/records").said)
    assert run
    settle(browser, desk, f"/records/{run[0]}")
    browser.find_element("name", "by").send_keys("李四", Keys.ENTER)
    browser.find_element("name", "reason").send_keys("不对", Keys.ENTER)
    assert "待复核" in desk.get("/records").said
    browser.find_element("css selector", "button[value=returned]").send_keys(Keys.ENTER)
    WebDriverWait(browser, 20).until(lambda _: "退回" in desk.get("/records").said)


@pytest.mark.parametrize("width", [1280, 1180, 800, 390])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_step_is_in_sight(full: Server, browser: WebDriver, lang: str, width: int) -> None:
    enter(full, browser)
    browser.get(f"{full.origin}/lang?to={lang}&back=/records")
    dress(browser, dark=False, width=width)
    inside = browser.execute_script(
        "return [...document.querySelectorAll('.steps a, .tools a, .tools button')]"
        ".map((a) => a.getBoundingClientRect().right <= innerWidth)"
    )
    assert inside == [True] * 10
