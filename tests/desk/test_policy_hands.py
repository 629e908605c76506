"""Page 8 in a browser: an amount changed by hand, and pages that everybody can use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axe_core_python.selenium import Axe
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.desk.conftest import EXAMPLE, Open, browser_only

if TYPE_CHECKING:
    from selenium.webdriver.chrome.webdriver import WebDriver

pytestmark = browser_only

PAGES = ("/policy", "/policy/values", "/policy/cases?programme=cadre_subsidy", "/policy/check")
WIDTHS = (1280, 390)


def usable(browser: WebDriver) -> None:
    """No serious barrier, and nothing that makes the page itself wider than a phone."""
    found: Any = Axe().run(browser)
    barriers = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert not barriers, [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in barriers]
    for width in WIDTHS:
        asked = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", asked)
        page = "document.documentElement"
        over = browser.execute_script(f"return {page}.scrollWidth - {page}.clientWidth")
        assert over <= 0, (browser.current_url, width)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_an_amount_is_changed_by_hand_and_every_page_can_be_used(
    desks: Open, browser: WebDriver
) -> None:
    desk = desks(enter=False)
    browser.get(desk.address)
    browser.get(f"{desk.origin}/policy")
    waiting = WebDriverWait(browser, 60)
    browser.find_element(By.CSS_SELECTOR, "form[action^='/policy/own'] button").click()
    waiting.until(lambda _: (desk.folder / "policies.toml").is_file())
    waiting.until(lambda one: not one.find_elements(By.CSS_SELECTOR, "form[action^='/policy/own']"))
    browser.get(f"{desk.origin}/rosters")
    waiting.until(lambda one: one.find_elements(By.ID, "file"))
    browser.find_element(By.ID, "file").send_keys(str(EXAMPLE))
    waiting.until(lambda _: (desk.folder / "intake.toml").is_file())
    for path in PAGES:
        browser.get(desk.origin + path)
        waiting.until(lambda one: not one.find_elements(By.CSS_SELECTOR, "[data-work]"))
        usable(browser)
    browser.get(f"{desk.origin}/policy/value/baseline_guarantee")
    browser.find_element(By.ID, "typed").send_keys("18万")
    browser.execute_script("document.getElementById('since').value = '2018-01-01'")
    Select(browser.find_element(By.ID, "source")).select_by_index(1)
    usable(browser)
    browser.find_element(By.CSS_SELECTOR, "form.card button.go").click()
    waiting.until(lambda one: one.find_elements(By.CSS_SELECTOR, "pre.diff"))
    usable(browser)
    browser.find_element(By.CSS_SELECTOR, "form[action^='/policy/change/save'] button").click()
    waiting.until(lambda one: one.find_elements(By.CSS_SELECTOR, "p.done"))
    assert "2018-01-01 = 180_000" in (desk.folder / "policies.toml").read_text(encoding="utf-8")
    usable(browser)
