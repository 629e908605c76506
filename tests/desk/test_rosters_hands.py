"""Pages in a browser: a folder chosen, samples by unit, a cell set right in place, a page gone back to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.desk.conftest import Open, Server, browser_only
from tests.desk.counties import HEADER, book, clean, in_wan, rows_of, troubled, villages

if TYPE_CHECKING:
    from selenium.webdriver.chrome.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement

pytestmark = browser_only


def enter(browser: WebDriver, desk: Server, path: str) -> None:
    """Show a page to the browser that the desk knows."""
    browser.get(f"{desk.origin}/static/desk.css")
    for name, value in desk.cookies.items():
        browser.add_cookie({"name": name, "value": value})
    browser.get(desk.origin + path)


def find(browser: WebDriver, css: str) -> WebElement:
    from selenium.webdriver.common.by import By

    return browser.find_element(By.CSS_SELECTOR, css)


def said(browser: WebDriver, text: str) -> None:
    """Wait until the page says something."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    def there(driver: WebDriver) -> bool:
        return text in driver.find_element(By.TAG_NAME, "main").text

    WebDriverWait(browser, 30, ignored_exceptions=[Exception]).until(there)


def test_a_folder_that_is_chosen_keeps_its_names(
    desks: Open, browser: WebDriver, tmp_path: Path
) -> None:
    folder = tmp_path / "上报"
    (folder / "壬").mkdir(parents=True)
    (folder / "壬" / "名册.xlsx").write_bytes(clean()["壬县.xlsx"])
    (folder / "~$名册.xlsx").write_bytes(b"x")
    desk = desks()
    enter(browser, desk, "/rosters")
    find(browser, "#folder").send_keys(str(folder))
    said(browser, "收到 1 个文件")
    said(browser, "临时文件（~$）")
    assert (desk.folder / "rosters" / "上报" / "壬" / "名册.xlsx").is_file()


def test_files_that_are_dropped_are_taken(desks: Open, browser: WebDriver) -> None:
    desk = desks()
    enter(browser, desk, "/rosters")
    text = "村名,乡镇,常住人口,集体经济收入（元）,其他班子成员\\n甲村,一镇,500,43000,3"
    browser.execute_script(
        f'''const dropped = new DataTransfer();
        dropped.items.add(new File(["{text}"], "子县.csv"));
        document.querySelector("form[data-drop]").dispatchEvent(
            new DragEvent("drop", {{ dataTransfer: dropped, bubbles: true, cancelable: true }}));'''
    )
    said(browser, "子县.csv")
    said(browser, "下一步：看结果")


def test_a_folder_that_is_dropped_by_the_mouse_is_taken(
    desks: Open, browser: WebDriver, tmp_path: Path
) -> None:
    """What the browser does itself with files from a desktop's window, by its own protocol."""
    folder = tmp_path / "上报"
    (folder / "壬").mkdir(parents=True)
    (folder / "壬" / "名册.xlsx").write_bytes(clean()["壬县.xlsx"])
    (tmp_path / "丁县.xlsx").write_bytes(clean()["丁县.xlsx"])
    desk = desks()
    enter(browser, desk, "/rosters")
    where = find(browser, "form[data-drop] p").rect
    files = [str(folder), str(tmp_path / "丁县.xlsx")]
    for step in ("dragEnter", "dragOver", "drop"):
        browser.execute_cdp_cmd(
            "Input.dispatchDragEvent",
            {"type": step, "x": where["x"] + 9, "y": where["y"] + 9,
             "data": {"items": [], "files": files, "dragOperationsMask": 1}},
        )  # fmt: skip
    said(browser, "收到 2 个文件")
    focused(browser, "told")
    assert (desk.folder / "rosters" / "上报" / "壬" / "名册.xlsx").is_file()
    assert (desk.folder / "rosters" / "丁县.xlsx").is_file()


def focused(browser: WebDriver, id_: str) -> None:
    """Wait until something has the keyboard."""
    from selenium.webdriver.support.ui import WebDriverWait

    def there(driver: WebDriver) -> bool:
        return bool(driver.execute_script("return document.activeElement.id") == id_)

    WebDriverWait(browser, 30, ignored_exceptions=[Exception]).until(there)


def test_after_a_form_the_keyboard_goes_on_where_its_answer_stands(
    desks: Open, browser: WebDriver
) -> None:
    desk = desks()
    desk.drop(*clean().items(), ("子县.xlsx", troubled()["壬县.xlsx"]))
    enter(browser, desk, "/rosters")
    find(browser, "#sheet-3-1 form[action^='/rosters/county'] button").click()
    focused(browser, "sheet-3-1")
    find(browser, "form[action^='/rosters/confirm'] button").click()
    focused(browser, "state")
    enter(browser, desk, "/faults")
    browser.execute_script(
        "document.querySelectorAll('[required]').forEach(f => f.required = false)"
    )
    find(browser, "#why-1-1").send_keys("电话核实\n")
    said(browser, "没有更正")
    focused(browser, "by-1-1")
    find(browser, "#by-1-1").send_keys("张三\n")
    said(browser, "已在这里更正的 1 个格")
    focused(browser, "cause-1")
    find(browser, "form[action^='/faults/undo'] button").click()
    said(browser, "4 个村需更正")
    focused(browser, "main")  # the list of what was set right is gone
    seen = find(browser, "input[name=seen]")
    browser.execute_script("arguments[0].value = 'older'", seen)
    find(browser, "#why-1-1").send_keys("核实")
    find(browser, "#by-1-1").send_keys("张三\n")
    said(browser, "另一个窗口")
    focused(browser, "main")


def test_samples_follow_the_unit_that_is_chosen(desks: Open, browser: WebDriver) -> None:
    from selenium.webdriver.support.ui import Select

    desk = desks()
    rows = in_wan(villages(3))
    rows[0][3] = 12.34
    desk.drop(("丁县.xlsx", book(rows_of([HEADER, *rows]))))
    enter(browser, desk, "/columns")
    assert "12.34 元" in find(browser, "tr.asked .samples").text
    for unit, shown in (("万元", "123,400.00 元"), ("千元", "12,340.00 元"), ("元", "12.34 元")):
        Select(find(browser, "tr.asked select[data-unit]")).select_by_value(unit)
        assert shown in find(browser, "tr.asked .samples").text, unit


def test_a_cell_is_set_right_where_it_stands(desks: Open, browser: WebDriver) -> None:
    desk = desks()
    desk.drop(("壬县.xlsx", troubled()["壬县.xlsx"]))
    enter(browser, desk, "/faults")
    cell = find(browser, "td.fault input")
    assert cell.get_attribute("value") == "5万"
    cell.clear()
    cell.send_keys("50000")
    find(browser, "input[name=why]").send_keys("电话核实")
    find(browser, "input[name=by]").send_keys("张三\n")
    said(browser, "已在这里更正的 1 个格")
    assert 'is = "50000"' in (desk.folder / "intake.toml").read_text(encoding="utf-8")


def test_a_page_that_is_gone_back_to_has_the_draft_as_it_is(
    desks: Open, browser: WebDriver
) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    desk = desks()
    desk.drop(("壬县.xlsx", clean()["壬县.xlsx"]))
    enter(browser, desk, "/papers")
    find(browser, "#prepared_by").send_keys("张三")
    find(browser, "button[value=preview]").click()
    said(browser, "预览：")
    browser.back()
    now = desk.get("/papers").field("seen")

    def there(driver: WebDriver) -> bool:
        return find(driver, "input[name=seen]").get_attribute("value") == now

    WebDriverWait(browser, 30, ignored_exceptions=[Exception]).until(there)
    find(browser, "button[formaction^='/papers/record']").click()
    said(browser, "已存档")
