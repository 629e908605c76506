"""A desk as a person has it: its own process and folder, asked by HTTP as a browser asks, or by a browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection, HTTPResponse
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from selenium.webdriver.chrome.webdriver import WebDriver

EXAMPLE = ROOT / "examples" / "taiyuan-2017.xlsx"
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
browser_only = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="Chromium with its driver is not on this machine"
    ),
]
"""`pytestmark = browser_only` in a file whose tests drive a browser."""


@dataclass(frozen=True)
class Reply:
    """What the desk answered."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The page's source."""
        return self.content.decode()

    @property
    def said(self) -> str:
        """What a person reads, tags and runs of blanks away."""
        body = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", self.text)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

    def to_form(self, desk: Server) -> Reply:
        """The page of the form that was refused, by the button that leads back to it."""
        found = re.search(r'<a class="button[^"]*" href="([^"]*[?&;]typed=[^"]*)"', self.text)
        assert found, self.said
        return desk.get(unescape(found[1]).removeprefix(desk.origin))

    @property
    def json(self) -> Any:
        """The answer as data."""
        return json.loads(self.content)

    def field(self, name: str) -> str:
        """The value of a hidden field of the page's forms."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found, f"no field {name}"
        return unescape(found[1])


@dataclass
class Server:
    """A desk that runs; `folder` is what it serves."""

    folder: Path
    process: subprocess.Popen[str]
    address: str
    bearer: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """Where it listens."""
        found = urlsplit(self.address).port
        assert found is not None
        return found

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    def raw(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    ) -> Reply:
        """One request with exactly these headers (and a Host, unless one is given), nothing followed."""
        pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        if not any(name.lower() == "host" for name, _ in pairs):
            pairs.insert(0, ("Host", f"127.0.0.1:{self.port}"))
        if body is not None and not any(n.lower() == "content-length" for n, _ in pairs):
            pairs.append(("Content-Length", str(len(body))))
        for name, value in pairs:
            connection.putheader(name, value)
        connection.endheaders(body)
        answer: HTTPResponse = connection.getresponse()
        content = answer.read()
        told = {name.lower(): value for name, value in answer.getheaders()}
        connection.close()
        return Reply(answer.status, told, content)

    def enter(self) -> None:
        """Open the address that lets one browser in."""
        parts = urlsplit(self.address)
        answer = self.raw("GET", f"{parts.path}?{parts.query}")
        assert answer.status == 303, answer.text
        name, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
        self.cookies[name] = value

    def get(self, path: str, *, follow: bool = True) -> Reply:
        """A page as the browser gets it, work that takes long waited for."""
        at = quote(path, safe="/?&=%+#:,;@!$'()*~")
        for _ in range(200):
            at = at.partition("#")[0]
            answer = self.raw("GET", at, headers=self._own())
            if follow and answer.status == 303:
                at = answer.headers["location"]
            elif not (follow and answer.status == 202):
                return answer
        raise AssertionError(f"{path} leads nowhere")

    def post(
        self,
        path: str,
        fields: Mapping[str, object] | Sequence[tuple[str, object]] = (),
        files: Sequence[tuple[str, str, bytes]] = (),
        *,
        page: str | None = None,
        follow: bool = True,
    ) -> Reply:
        """A form as a page of the desk sends it: with the token and the draft that the page `page` shows."""
        there = self.get(page or "/rosters")
        pairs = list(fields.items() if isinstance(fields, Mapping) else fields)
        hidden = {name: there.field(name) for name in ("token", "seen")}
        given = [*hidden.items(), *((name, str(value)) for name, value in pairs)]
        if files:
            body, kind = _multipart(given, files)
        else:
            body, kind = urlencode(given).encode(), "application/x-www-form-urlencoded"
        from_page = [
            ("Origin", self.origin),
            ("Referer", self.origin + quote(page or "/rosters", "/?&=%")),
        ]
        own = [*self._own(), *from_page, ("Content-Type", kind)]
        answer = self.raw("POST", path, body, own)
        return self.get(answer.headers["location"]) if follow and answer.status == 303 else answer

    def drop(self, *files: Path | tuple[str, bytes]) -> Reply:
        """Drop files on page 1."""
        given = [
            ("file", one.name, one.read_bytes()) if isinstance(one, Path) else ("file", *one)
            for one in files
        ]
        return self.post("/rosters/drop", files=given)

    def _own(self) -> list[tuple[str, str]]:
        said = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return [("Cookie", said)] if said else []

    def close(self) -> None:
        """End it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
        if self.process.stdout is not None:
            self.process.stdout.close()


def _multipart(
    fields: Sequence[tuple[str, str]], files: Sequence[tuple[str, str, bytes]]
) -> tuple[bytes, str]:
    mark = uuid.uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    for name, file, content in files:
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        kind = "Content-Type: application/octet-stream\r\n\r\n"
        parts.append(head.encode() + kind.encode() + content + b"\r\n")
    return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


def command(folder: Path, *asked: object) -> subprocess.CompletedProcess[str]:
    """A command as a person types it in the folder, in Chinese.

    It runs in this process, as starting one takes longer than most of what is asked.
    """
    from fundcalc_cli.app import main

    streams = [TextIOWrapper(BytesIO(), encoding="utf-8", newline="\n") for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("FUNDCALC_LEDGER", raising=False)
        patch.setenv("FUNDCALC_LANG", "zh")
        patch.setattr(sys, "argv", ["fundcalc", *map(str, asked)])
        patch.setattr(sys, "stdout", streams[0])
        patch.setattr(sys, "stderr", streams[1])
        with pytest.raises(SystemExit) as left:
            main()
        for stream in streams:
            stream.seek(0)
    out, err = (stream.read() for stream in streams)
    return subprocess.CompletedProcess(asked, int(left.value.code or 0), out, err)


Open = Callable[..., Server]
PROGRAM = "from fundcalc_cli.__main__ import main; main()"


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Open a desk on a new folder, or on one that is given; options as on the command line."""
    running: list[Server] = []

    own_cache = tmp_path_factory.mktemp("cache")

    def open_(
        *options: object,
        folder: Path | None = None,
        enter: bool = True,
        program: str = PROGRAM,
        cache: Path = own_cache,
    ) -> Server:
        where = folder or tmp_path_factory.mktemp("desk")
        asked = ["desk", str(where), "--no-browser", *map(str, options)]
        env = {k: v for k, v in os.environ.items() if k != "FUNDCALC_LEDGER"}
        own = {"FUNDCALC_LANG": "zh", "PYTHONUTF8": "1", "XDG_CACHE_HOME": str(cache)}
        process = subprocess.Popen(
            [sys.executable, "-c", program, *asked],
            stdout=subprocess.PIPE,
            text=True,
            env=env | own,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        process.stdout.readline()
        server = Server(where, process, found[0])
        if "--api" in asked:
            server.bearer = process.stdout.readline().partition("：")[2].strip()
        if enter:
            server.enter()
        running.append(server)
        return server

    yield open_
    for one in running:
        one.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[WebDriver]:
    """Chromium without a window, 1280 wide; downloads are kept in `browser.downloads`."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for one in ("--headless=new", "--no-sandbox", "--window-size=1280,900", "--lang=zh-CN"):
        options.add_argument(one)
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()
