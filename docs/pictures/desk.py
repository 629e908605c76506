"""Pictures of the desk, in both languages: a year's work on the invented example, by the hands of a browser.

`make pictures` takes them with the others.
"""

from __future__ import annotations

import base64
import csv
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

WIDE, HIGH = 1060, 640
NAMES = {"zh": "2017年村级经费", "en": "village-funds-2017"}
LETTER = ("340", "34O")
"""The letter among digits that one county sends."""


def take(folder: Path, roster: Path, lang: str, keep: Callable[[Path, str], None]) -> None:
    """Do a year's work in a new folder, and keep a picture of each page."""
    place = folder / NAMES[lang]
    with served(place, lang) as address:
        hands = Hands(address, folder, lang, keep)
        try:
            work(hands, offices(roster, folder / "offices"))
        finally:
            hands.browser.quit()


def work(hands: Hands, files: list[Path]) -> None:
    """From ten files to a record, and a change of the policy."""
    hands.send("/rosters", "#file", *files)
    hands.picture("rosters")
    hands.go("/columns")
    hands.picture("columns", "details[open]")
    hands.click(".answers button.go")
    hands.go("/faults")
    hands.fill("td.fault input", LETTER[0])
    hands.fill("[id^=why-]", {"zh": "电话核实", "en": "asked by telephone"}[hands.lang])
    hands.fill("[id^=by-]", {"zh": "张三", "en": "Zhang San"}[hands.lang])
    hands.picture("faults")
    hands.click("form[action='/faults/correct'] button")
    hands.go("/results")
    hands.picture("results")
    hands.go("/results?q=鹰落沟")
    hands.click("#villages ~ .wide tbody th a")
    hands.picture("village")
    hands.go("/papers")
    hands.fill("#prepared_by", {"zh": "张三", "en": "Zhang San"}[hands.lang])
    hands.picture("papers")
    hands.click("button[formaction='/papers/record']")
    hands.go("/records")
    hands.click("main tbody th a")
    hands.picture("record")
    hands.go("/policy/value/baseline_guarantee")
    hands.fill("#typed", "180_000")
    hands.browser.execute_script("document.getElementById('since').value = '2018-01-01'")
    Select(hands.browser.find_element(By.ID, "source")).select_by_index(1)
    hands.click("main form.card button.go")
    hands.picture("change")


class Hands:
    """A browser at the desk."""

    def __init__(
        self, address: str, folder: Path, lang: str, keep: Callable[[Path, str], None]
    ) -> None:
        options = webdriver.ChromeOptions()
        for one in ("--headless=new", "--no-sandbox", "--hide-scrollbars"):
            options.add_argument(one)
        options.binary_location = str(shutil.which("chromium"))
        driver = Service(str(shutil.which("chromedriver")))
        self.browser = webdriver.Chrome(options=options, service=driver)
        size = {"width": WIDE, "height": HIGH, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.folder, self.lang, self._keep = folder, lang, keep
        self.browser.get(address)
        self.origin = "/".join(address.split("/")[:3])

    def go(self, path: str) -> None:
        """Open a page, once what takes long is done."""
        self.browser.get(self.origin + path)
        self._wait()

    def all(self, css: str) -> list[Any]:
        """What a selector finds."""
        return self.browser.find_elements(By.CSS_SELECTOR, css)

    def fill(self, css: str, text: str) -> None:
        """Type into a field."""
        found = self.all(css)[0]
        found.clear()
        found.send_keys(text)

    def click(self, what: str | Any) -> None:
        """Press what leads on to another page."""
        found = self.all(what)[0] if isinstance(what, str) else what
        self._leave(lambda: self.browser.execute_script("arguments[0].click()", found))

    def send(self, path: str, css: str, *files: Path) -> None:
        """Choose files on a page, which sends them."""
        self.go(path)
        self._leave(lambda: self.all(css)[0].send_keys("\n".join(map(str, files))))

    def picture(self, name: str, first: str = "") -> None:
        """The page from its top, or from the first of some elements, as high as a window."""
        box = self.all(first)[0].rect if first else {"y": 0}
        clip = {"x": 0, "y": max(0, box["y"] - 16), "width": WIDE, "height": HIGH, "scale": 1}
        shot = self.browser.execute_cdp_cmd(
            "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip}
        )
        file = self.folder / f"{name}.png"
        file.write_bytes(base64.b64decode(shot["data"]))
        self._keep(file, f"desk-{name}.{self.lang}")

    def _leave(self, act: Callable[[], object]) -> None:
        self.browser.execute_script("window.stillHere = true")
        act()
        gone = "return !window.stillHere && document.readyState === 'complete'"
        WebDriverWait(self.browser, 120).until(lambda browser: browser.execute_script(gone))
        self._wait()

    def _wait(self) -> None:
        WebDriverWait(self.browser, 300).until(lambda _: not self.all("[data-work]"))


@contextmanager
def served(place: Path, lang: str) -> Iterator[str]:
    """A desk on a new folder with a policy of its own; the address that lets a browser in."""
    program = [sys.executable, "-m", "fundcalc_cli"]
    subprocess.run([*program, "init", str(place)], check=True, capture_output=True)  # noqa: S603
    (place / "roster.xlsx").unlink()
    asked = [*program, "desk", str(place), "--no-browser", "--lang", lang]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, encoding="utf-8") as process:  # noqa: S603
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        try:
            yield found[0]
        finally:
            process.terminate()


def offices(roster: Path, folder: Path) -> list[Path]:
    """The example as ten offices send it: one in 万元 that does not say so, one with a letter for a digit."""
    folder.mkdir()
    sheet = openpyxl.load_workbook(roster).worksheets[0]
    header, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    at = header.index("县（市、区）")
    money = [n for n, title in enumerate(header) if "元/年）" in str(title)]
    files = []
    for number, county in enumerate(dict.fromkeys(row[at] for row in rows)):
        own, names = [list(row) for row in rows if row[at] == county], list(header)
        for n in money if number == 1 else []:
            names[n] = str(names[n]).partition("（")[0]
            for row in own:
                row[n] = row[n] / 10_000 if row[n] is not None else None
        if number == 2:
            own[4][header.index("常住人口（人）")] = LETTER[1]
        out = StringIO()
        csv.writer(out).writerows([one[:at] + one[at + 1 :] for one in (names, *own)])
        files.append(folder / f"{county}.csv")
        files[-1].write_text(out.getvalue(), encoding="utf-8-sig")
    return files
