"""Who may come in, tried from outside: every line of docs/security.md about the desk."""

from __future__ import annotations

import json
import random
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from fundcalc.desk import app
from fundcalc.desk.guard import MOST_ASKED, MOST_UPLOADED
from fundcalc.desk.page import ROUTES
from tests.desk.conftest import EXAMPLE, PROGRAM, Open, Reply, Server
from tests.desk.counties import clean

REFUSED = (400, 403, 404, 405, 411, 413, 421, 431)
FORM = ("Content-Type", "application/x-www-form-urlencoded")


@pytest.fixture(scope="module")
def desk(desks: Open) -> Server:
    """One desk for all that must leave nothing behind."""
    return desks()


@pytest.fixture(autouse=True)
def unharmed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever was tried, the desk serves its own browser as before, and its folder is as it was."""
    if "desk" not in request.fixturenames:
        yield
        return
    one: Server = request.getfixturevalue("desk")
    yield
    assert one.get("/rosters").status == 200
    assert not listed(one.folder)


def listed(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def cookie(desk: Server) -> tuple[str, str]:
    return ("Cookie", "; ".join(f"{name}={value}" for name, value in desk.cookies.items()))


def says_nothing(answer: Reply, desk: Server) -> None:
    """The answer is a refusal and has nothing of the desk on it."""
    assert answer.status in REFUSED, (answer.status, answer.text[:300])
    assert desk.folder.name not in answer.text
    assert 'name="token"' not in answer.text


def spoken(desk: Server, sent: bytes) -> bytes:
    """What comes back on bytes as they are, until the desk closes the connection."""
    with socket.create_connection(("127.0.0.1", desk.port), timeout=60) as line:
        found = b""
        with suppress(OSError):  # the desk may leave the rest unread
            line.sendall(sent)
            line.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while part := line.recv(65_536):
                found += part
        return found


# -- Host -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["evil.example:{port}", "localhost:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.:{port}",
     "[::1]:{port}", "127.1:{port}", "", "127.0.0.1:{port}, evil.example", "evil@127.0.0.1:{port}"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/rosters", "/static/desk.css", "/open?token=x", "/api/runs"])
def test_another_host_is_refused(desk: Server, host: str, path: str) -> None:
    given = [("Host", host.format(port=desk.port)), cookie(desk)]
    says_nothing(desk.raw("GET", path, headers=given), desk)


def test_no_host_and_two_are_refused(desk: Server) -> None:
    own = f"Host: 127.0.0.1:{desk.port}\r\n"
    kept = ": ".join(cookie(desk)) + "\r\n"
    for version, hosts in (
        ("1.0", ""),
        ("1.1", ""),
        ("1.1", own * 2),
        ("1.1", own + "Host: e\r\n"),
    ):
        answer = spoken(desk, f"GET /rosters HTTP/{version}\r\n{hosts}{kept}\r\n".encode())
        assert re.match(rb"HTTP/1\.1 4\d\d ", answer), answer[:200]
        assert b'name="token"' not in answer


def test_an_absolute_address_of_another_host_leads_nowhere(desk: Server) -> None:
    own = f"Host: 127.0.0.1:{desk.port}\r\n{': '.join(cookie(desk))}\r\n"
    answer = spoken(desk, f"GET http://evil.example/rosters HTTP/1.1\r\n{own}\r\n".encode())
    assert b" 200 " not in answer.partition(b"\r\n")[0]


# -- where a request comes from ---------------------------------------------------------------------

OTHERS = ["http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1:{port}", "null", "", None]
"""Origins that are not ours; None is none at all."""


@pytest.mark.parametrize("origin", OTHERS)
def test_a_change_from_another_origin_is_refused(desk: Server, origin: str | None) -> None:
    token = desk.get("/rosters").field("token")
    given = [cookie(desk), FORM]
    if origin is not None:
        given.append(("Origin", origin.format(port=desk.port)))
    says_nothing(desk.raw("POST", "/close", urlencode({"token": token}).encode(), given), desk)


def test_a_change_with_two_origins_is_refused(desk: Server) -> None:
    token = urlencode({"token": desk.get("/rosters").field("token")}).encode()
    given = [cookie(desk), FORM, ("Origin", desk.origin), ("Origin", "http://evil.example")]
    says_nothing(desk.raw("POST", "/close", token, given), desk)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_that_the_browser_says_is_foreign_is_refused(desk: Server, site: str) -> None:
    given = [cookie(desk), ("Sec-Fetch-Site", site)]
    says_nothing(desk.raw("GET", "/rosters", headers=given), desk)
    token = urlencode({"token": desk.get("/rosters").field("token")}).encode()
    given += [FORM, ("Origin", desk.origin)]
    says_nothing(desk.raw("POST", "/close", token, given), desk)


# -- what lets in -----------------------------------------------------------------------------------


def test_without_the_cookie_nothing_is_shown(desk: Server) -> None:
    for path in ("/", "/rosters", "/results", "/records", "/work/1", "/rule/FC203", "/nothing"):
        says_nothing(desk.raw("GET", path), desk)
        says_nothing(desk.raw("GET", path, headers={"Cookie": "fundcalc-desk-1=x; \x7f"}), desk)
    zh = desk.raw("GET", "/", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert "重新打开工作台" in zh.said and "再双击图标" in zh.said
    assert "open the desk again from its icon" in desk.raw("GET", "/").said.lower()


def test_an_address_lets_in_once(desks: Open) -> None:
    desk = desks()
    parts = urlsplit(desk.address)
    says_nothing(desk.raw("GET", f"{parts.path}?{parts.query}"), desk)


def test_a_made_up_address_lets_nobody_in(desk: Server) -> None:
    name, _, signature = urlsplit(desk.address).query.removeprefix("token=").partition(".")
    for token in ("", ".", name, f"other.{signature}", f"{name}.{signature[:-1]}", "é", "%00.%00"):
        says_nothing(desk.raw("GET", f"/open?token={token}".replace("é", "%C3%A9")), desk)
    says_nothing(desk.raw("GET", "/open"), desk)


def test_what_opens_one_desk_opens_no_other(desk: Server, desks: Open) -> None:
    other = desks(enter=False)
    query = urlsplit(other.address).query
    says_nothing(desk.raw("GET", f"/open?{query}"), desk)
    other.enter()
    ((_, value),) = other.cookies.items()
    for name in (*other.cookies, *desk.cookies):
        says_nothing(desk.raw("GET", "/rosters", headers={"Cookie": f"{name}={value}"}), desk)


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(desks: Open) -> None:
    desk = desks(enter=False)
    parts = urlsplit(desk.address)
    answer = desk.raw("GET", f"{parts.path}?{parts.query}")
    told = answer.headers["set-cookie"].lower()
    assert answer.headers["location"] == "/"
    assert "httponly" in told and "samesite=strict" in told and "path=/" in told


def test_a_desk_started_anew_lets_in_nobody_from_before(desks: Open) -> None:
    first = desks()
    old, port = dict(first.cookies), first.port
    first.close()
    second = desks("--port", port, folder=first.folder)
    assert second.port == port
    second.cookies = old
    says_nothing(second.get("/rosters"), second)


# -- forms ------------------------------------------------------------------------------------------


def routes() -> Iterator[tuple[str, bool]]:
    """Every address of every page, and whether it takes a form."""
    assert app.PAGES
    for one in ROUTES:
        yield re.sub(r"\{[^}]*\}", "1", one.path), "POST" in (one.methods or ())


@pytest.mark.parametrize("path", sorted({path for path, takes in routes() if takes}))
def test_a_form_that_is_not_ours_changes_nothing(desk: Server, path: str) -> None:
    given = [cookie(desk), FORM, ("Origin", desk.origin)]
    for body in (b"", b"token=", b"token=%C3%A9", b"token=" + b"x" * 43):
        answer = desk.raw("POST", path, body, given)
        assert answer.status == 403, (path, answer.status)
    other = [cookie(desk), ("Content-Type", "text/plain"), ("Origin", desk.origin)]
    assert desk.raw("POST", path, b"token", other).status == 403


@pytest.mark.parametrize("path", sorted({path for path, takes in routes() if not takes}))
def test_looking_changes_nothing(desk: Server, path: str) -> None:
    assert desk.get(path).status in (200, 400, 404, 409, 422), path


def test_a_desk_to_look_at_writes_nothing(desks: Open) -> None:
    desk = desks("--read-only")
    token = desk.get("/rosters").field("token")
    given = [cookie(desk), FORM, ("Origin", desk.origin)]
    for path in sorted({path for path, takes in routes() if takes and path != "/close"}):
        answer = desk.raw("POST", path, urlencode({"token": token}).encode(), given)
        assert answer.status < 500, (path, answer.said)
        assert not list(desk.folder.iterdir()), path
    assert desk.drop(("a.csv", b"a,b\n1,2\n")).status == 403
    assert not list(desk.folder.iterdir())


# -- names ------------------------------------------------------------------------------------------

NAMES = [
    "../up.csv", "..\\up.csv", "/etc/up.csv", "C:\\up.csv", "a/../../up.csv", "..", ".", "a/..", "\\",
    "x" * 300 + ".csv", "a\x00.csv", "名册.csv", "<script>.csv", "CON.csv", "a:b.csv", ".hidden",
]  # fmt: skip


def test_a_file_lands_only_among_the_rosters(desks: Open, tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    desk = desks(folder=tmp_path / "desk")
    for name in NAMES:
        answer = desk.drop((name, "村名,代码\n甲村,1\n".encode()))
        assert answer.status < 500, (name, answer.said)
        strange = {
            one
            for one in listed(tmp_path) - {"desk"}
            if not re.fullmatch(r"desk/(rosters(/[^/]+)?|intake\.toml)", one)
        }
        assert not strange, (name, strange)


@pytest.mark.parametrize(
    "name",
    ["../guard.py", "..%2fguard.py", "%2e%2e/guard.py", "..\\guard.py", "/etc/passwd", "%2fetc%2fpasswd",
     "desk.css%00", "", ".", "..", "desk.css/", "DESK.CSS%20"],
)  # fmt: skip
def test_only_the_files_of_the_desk_are_served(desk: Server, name: str) -> None:
    assert desk.raw("GET", f"/static/{name}", headers=[cookie(desk)]).status in (307, 400, 403, 404)


# -- how much ---------------------------------------------------------------------------------------


def test_what_is_too_large_is_refused_before_it_is_read(desk: Server) -> None:
    given = [cookie(desk), ("Origin", desk.origin)]
    multi = ("Content-Type", "multipart/form-data; boundary=x")
    for kind, most in ((multi, MOST_UPLOADED), (FORM, MOST_ASKED)):
        length = ("Content-Length", str(most + 1))
        answer = desk.raw("POST", "/rosters/drop", b"", [*given, kind, length])
        assert answer.status == 413, answer.said
    for length in ("9" * 16, "-1", "1e3", "0x10", ""):
        answer = desk.raw("POST", "/rosters/drop", b"", [*given, multi, ("Content-Length", length)])
        assert answer.status in (400, 411, 413), (length, answer.status)


def test_what_is_too_large_says_how_much_may_be_sent_and_leads_back(desk: Server) -> None:
    large = {"reading.x": "x" * (MOST_ASKED + 1)}
    form = desk.post("/readings/choose", large, page="/readings")
    given = [cookie(desk), ("Origin", desk.origin), ("Referer", f"{desk.origin}/readings")]
    multi = ("Content-Type", "multipart/form-data; boundary=x")
    length = ("Content-Length", str(MOST_UPLOADED + 1))
    files = desk.raw("POST", "/rosters/drop", b"", [*given, multi, length])
    for answer, most in ((form, "至多 1 MB"), (files, "至多 300 MB")):
        assert answer.status == 413 and most in answer.said, answer.said
        assert '<a class="button" href="/readings">回到刚才的页面</a>' in answer.text


def test_a_body_without_a_length_is_refused(desk: Server) -> None:
    given = [cookie(desk), ("Origin", desk.origin), FORM, ("Transfer-Encoding", "chunked")]
    head = "".join(f"{name}: {value}\r\n" for name, value in given)
    own = f"Host: 127.0.0.1:{desk.port}\r\n"
    answer = spoken(
        desk, f"POST /close HTTP/1.1\r\n{own}{head}\r\n5\r\ntoken\r\n0\r\n\r\n".encode()
    )
    assert answer.startswith(b"HTTP/1.1 411 ")


def test_a_length_that_lies_does_nothing(desk: Server) -> None:
    token = urlencode({"token": desk.get("/rosters").field("token")})
    own = f"Host: 127.0.0.1:{desk.port}\r\nOrigin: {desk.origin}\r\n{': '.join(cookie(desk))}\r\n"
    for length in (len(token) + 10, len(token) - 10):
        head = f"{': '.join(FORM)}\r\nContent-Length: {length}\r\n"
        answer = spoken(desk, f"POST /close HTTP/1.1\r\n{own}{head}\r\n{token}".encode())
        assert b" 200 " not in answer.partition(b"\r\n")[0]


def test_a_head_that_is_too_large_is_refused(desk: Server) -> None:
    own = f"GET /rosters HTTP/1.1\r\nHost: 127.0.0.1:{desk.port}\r\n{': '.join(cookie(desk))}\r\n"
    for more in ("X: " + "x" * 200_000, "\r\n".join(f"X-{n}: y" for n in range(20_000))):
        answer = spoken(desk, f"{own}{more}\r\n\r\n".encode())
        assert b" 200 " not in answer.partition(b"\r\n")[0]
    long = f"GET /{'x' * 200_000} HTTP/1.1\r\n\r\n".encode()
    assert b" 200 " not in spoken(desk, long).partition(b"\r\n")[0]


def test_more_fields_than_a_page_has_are_refused(desk: Server) -> None:
    given = [cookie(desk), ("Origin", desk.origin), FORM]
    token = desk.get("/rosters").field("token")
    body = f"token={token}&".encode() + b"a=&" * 100_000
    assert desk.raw("POST", "/close", body, given).status in (400, 413)


# -- answers ----------------------------------------------------------------------------------------


def test_every_answer_keeps_strangers_out(desk: Server) -> None:
    parts = urlsplit(desk.address)
    asked = [
        ("GET", "/rosters", [cookie(desk)]), ("GET", "/static/desk.css", []), ("GET", "/nothing", []),
        ("GET", "/nothing", [cookie(desk)]), ("GET", f"/open?{parts.query}", []),
        ("POST", "/close", [cookie(desk), FORM]), ("GET", "/", [cookie(desk)]), ("PUT", "/", []),
        ("GET", "/api/runs", []), ("GET", "/rosters", [("Host", "evil.example")]),
    ]  # fmt: skip
    for method, path, headers in asked:
        told = desk.raw(method, path, b"" if method == "POST" else None, headers).headers
        policy = told["content-security-policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "data:" not in policy
        assert told["x-content-type-options"] == "nosniff"
        assert told["x-frame-options"] == "DENY"
        assert not [name for name in told if name.startswith("access-control-")]
        assert "server" not in told
    assert (
        desk.raw("GET", "/rosters", headers=[cookie(desk)]).headers["cache-control"] == "no-store"
    )


def test_pages_bring_no_script_and_no_style_of_their_own(desk: Server) -> None:
    for path in sorted({path for path, takes in routes() if not takes}):
        text = desk.get(path).text
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", text), (
            path
        )
        assert not re.search(r'(?:src|href|action)="(?:https?:|//|data:)', text), path


@pytest.mark.parametrize(
    "method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "GETS", "get"]
)
def test_only_looking_and_changing_are_known(desk: Server, method: str) -> None:
    says_nothing(desk.raw(method, "/rosters", headers=[cookie(desk)]), desk)


def test_there_is_no_web_socket(desk: Server) -> None:
    given = [
        ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "eHh4eHh4eHh4eHh4eHh4eA=="), ("Origin", "http://evil.example"),
    ]  # fmt: skip
    says_nothing(desk.raw("GET", "/rosters", headers=given), desk)
    assert desk.raw("GET", "/rosters", headers=[*given, cookie(desk)]).status == 200  # a page


def test_the_way_to_another_language_leads_to_no_other_site(desk: Server) -> None:
    for back in ("//evil.example", "/\\evil.example", "http://evil.example", "/%09/evil.example"):
        answer = desk.raw("GET", f"/lang?to=zh&back={back}", headers=[cookie(desk)])
        place = answer.headers["location"]
        assert place == "/" or (place[0] == "/" and place[1] not in "/\\\t"), place


ONLY_HERE = """
import sys

def refuse(event, arguments):
    here = event == "socket.bind" and arguments[1][0] == "127.0.0.1"
    if event in ("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.sendto") and not here:
        print(f"network: {event} {arguments[1:]}", flush=True)
        raise RuntimeError(event)

sys.addaudithook(refuse)
"""


def test_it_listens_here_and_reaches_nothing(desks: Open, tmp_path: Path) -> None:
    desk = desks("--api", folder=tmp_path, program=ONLY_HERE + PROGRAM)
    desk.drop(EXAMPLE)
    for path in sorted({path for path, takes in routes() if not takes}):
        desk.get(path)
    desk.post("/close")
    assert desk.process.wait(60) == 0 and desk.process.stdout is not None
    assert "network:" not in desk.process.stdout.read()


def test_nobody_listens_but_on_this_machine(desk: Server) -> None:
    other = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in other - {"127.0.0.1"}:
        with pytest.raises(OSError, match=r"refused|timed out|unreachable"):
            socket.create_connection((str(address), desk.port), timeout=2)


# -- slow and many ----------------------------------------------------------------------------------

STARTED = """
import sys
from pathlib import Path
from fundcalc.desk.server import Settings, serve
serve(Settings(Path(sys.argv[2]), "zh", browser=False, {more}), lambda w: print(w.say("zh"), flush=True))
"""


def test_whoever_sends_a_head_by_and_by_is_cut_off(desks: Open) -> None:
    desk = desks(program=STARTED.format(more="slow=0.5"))
    for begun in (b"", b"GET", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "):
        with socket.create_connection(("127.0.0.1", desk.port), timeout=60) as line:
            line.sendall(begun)
            assert line.recv(100) == b""
    kept = (
        f"GET /rosters HTTP/1.1\r\nHost: 127.0.0.1:{desk.port}\r\n{': '.join(cookie(desk))}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", desk.port), timeout=60) as line:
        line.sendall(kept.encode() + b"GET /ros")
        answer = b"".join(iter(lambda: line.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_many_who_wait_keep_nobody_else_out(desk: Server) -> None:
    lines = [socket.create_connection(("127.0.0.1", desk.port), timeout=60) for _ in range(300)]
    try:
        for line in lines:
            line.sendall(b"POST / HTTP/1.1\r\n")
        assert desk.get("/rosters").status == 200
    finally:
        for line in lines:
            line.close()


@pytest.mark.slow
def test_ten_thousand_requests_leave_the_memory_as_it_was(desk: Server) -> None:
    def held() -> int:
        status = Path(f"/proc/{desk.process.pid}/status").read_text(encoding="utf-8")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1])

    def ask(times: int) -> None:
        for n in range(times):
            assert desk.raw("GET", f"/rosters?x={n}", headers=[cookie(desk)]).status == 200
            assert desk.raw("GET", f"/open?token={n}.{n}").status == 403

    ask(500)
    before = held()
    ask(4_500)
    assert held() - before < 10_000


# -- beginning and end ------------------------------------------------------------------------------


def test_it_closes_by_itself_when_nobody_uses_it(desks: Open) -> None:
    desk = desks(program=STARTED.format(more="idle=0.5"))
    assert desk.process.wait(60) == 0


def test_it_is_closed_from_its_page(desks: Open) -> None:
    desk = desks()
    said = desk.post("/close").said
    assert "工作台已关闭" in said and desk.folder.name not in said
    assert desk.process.wait(60) == 0


def fundcalc(*asked: object) -> subprocess.CompletedProcess[str]:
    program = "from fundcalc_cli.__main__ import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, asked), "--lang", "en"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_a_port_that_is_taken_and_a_folder_that_is_none_are_said(
    desk: Server, tmp_path: Path
) -> None:
    taken = fundcalc("desk", tmp_path, "--port", desk.port, "--no-browser")
    assert taken.returncode == 2 and f"127.0.0.1:{desk.port}" in taken.stderr
    (tmp_path / "file").write_text("a file, no folder", encoding="utf-8")
    missing = fundcalc("desk", tmp_path / "file" / "none", "--no-browser")
    assert missing.returncode == 2 and "is a file" in missing.stderr
    assert "Traceback" not in taken.stderr + missing.stderr


def test_a_second_start_opens_the_same_desk(desks: Open) -> None:
    first = desks()
    second = desks(folder=first.folder)
    assert second.process.wait(60) == 0 and second.port == first.port
    assert second.cookies == first.cookies
    looking = desks("--read-only", folder=first.folder)
    assert looking.port != first.port and looking.get("/rosters").status == 200
    looking.close()
    first.process.kill()
    first.process.wait(60)
    third = desks(folder=first.folder)
    assert third.process.poll() is None and third.get("/rosters").status == 200


def test_what_a_second_start_needs_is_nobody_elses(desks: Open, tmp_path: Path) -> None:
    desks(cache=tmp_path / "cache")
    (kept,) = (tmp_path / "cache" / "fundcalc").iterdir()
    assert not kept.stat().st_mode & 0o077 and not kept.parent.stat().st_mode & 0o077


def test_where_nothing_can_be_kept_a_desk_opens_all_the_same(desks: Open, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    desk = desks(cache=tmp_path / "file")
    assert desk.get("/rosters").status == 200


def test_a_second_window_saves_nothing_over_the_first(desks: Open) -> None:
    desk = desks()
    desk.drop(EXAMPLE)
    stale = desk.get("/papers")
    saved = desk.post("/papers/save", {"prepared_by": "张三"}, page="/papers")
    assert saved.status == 200 and 'value="张三"' in saved.text
    old = {"token": stale.field("token"), "seen": stale.field("seen"), "prepared_by": "李四"}
    given = [cookie(desk), FORM, ("Origin", desk.origin)]
    answer = desk.raw("POST", "/papers/save", urlencode(old).encode(), given)
    assert answer.status == 409 and "草稿已经变了" in answer.said
    assert 'value="张三"' in desk.get("/papers").text


def test_a_draft_is_whole_whenever_its_desk_is_killed(desks: Open, tmp_path: Path) -> None:
    saved = 0
    for seed in range(6):
        desk = desks(folder=tmp_path)
        if not seed:
            desk.drop(EXAMPLE)
        for _ in range(random.Random(seed).randint(1, 4)):
            saved += 1
            desk.post("/papers/save", {"prepared_by": str(saved)}, page="/papers")
        there = desk.get("/papers")
        fields = {
            "token": there.field("token"),
            "seen": there.field("seen"),
            "prepared_by": saved + 1,
        }
        body = urlencode(fields).encode()
        own = (
            f"Host: 127.0.0.1:{desk.port}\r\nOrigin: {desk.origin}\r\n{': '.join(cookie(desk))}\r\n"
        )
        head = f"POST /papers/save HTTP/1.1\r\n{own}{': '.join(FORM)}\r\nContent-Length: {len(body)}\r\n"
        with socket.create_connection(("127.0.0.1", desk.port), timeout=60) as line:
            line.sendall(head.encode() + b"\r\n" + body)  # whose answer nobody waits for
            if seed % 2:
                desk.raw("GET", "/static/desk.css")
            desk.process.kill()
        desk.process.wait(60)
        kept = json.loads((tmp_path / "desk.json").read_text(encoding="utf-8"))
        assert saved <= int(kept["prepared_by"]) <= saved + 1
        saved = int(kept["prepared_by"])
    assert desks(folder=tmp_path).get("/papers").field("token")


def test_a_draft_that_cannot_be_read_is_told_and_kept(desks: Open) -> None:
    desk = desks()
    draft = desk.folder / "desk.json"
    wrong = (
        {"on": "zz"}, {"readings": []}, {"papers": []}, {"correction": 5}, {"prepared_by": 5},
        {"skip": "no"}, {"readings": {"x": 5}}, {"earlier": None},
    )  # fmt: skip
    for broken in ("{", "[]", "\udcff", *map(json.dumps, wrong)):
        for path in ("/papers", "/results", "/readings"):
            draft.write_text(broken, encoding="utf-8", errors="surrogateescape")
            assert desk.get(path).status < 500, broken
        draft.write_text(broken, encoding="utf-8", errors="surrogateescape")
        page = desk.get("/")
        assert page.status < 500 and "FC960" in page.said and "desk.json" in page.said
        assert draft.read_bytes() == broken.encode(errors="surrogateescape")


def test_a_draft_leads_to_no_file_outside_the_folder(desks: Open, tmp_path: Path) -> None:
    outside = tmp_path / "outside.toml"
    outside.write_text("[[file]]\nnot = intake\n", encoding="utf-8")
    desk = desks()
    desk.drop(("丁县.xlsx", clean()["丁县.xlsx"]))
    for name in (str(outside), f"../{outside.parent.name}/{outside.name}"):
        draft = {"earlier": name, "register": name}
        (desk.folder / "desk.json").write_text(json.dumps(draft), encoding="utf-8")
        for path in ("/rosters", "/columns"):
            page = desk.get(path)
            assert page.status < 500 and "not = intake" not in page.text and "FC9" not in page.said


def test_too_many_files_or_fields_are_said_to_be_too_many(desks: Open) -> None:
    desk = desks()
    page = desk.drop(*((f"{at}.csv", b"a") for at in range(1001)))
    assert page.status == 400 and "最多交 1,000 个文件" in page.said
    page = desk.post("/rosters/drop", [("x", "")] * 20_001, [("file", "a.csv", b"a")])
    assert page.status == 400 and "20,000 个栏目" in page.said
    assert not (desk.folder / "rosters").exists()


def test_a_broken_policy_is_blamed_for_nothing_else(desks: Open) -> None:
    desk = desks()
    (desk.folder / "policies.toml").write_text("[policy\n", encoding="utf-8")
    page = desk.get("/records/balance")
    assert page.status == 422 and "政策文件里" not in page.said
    page = desk.get("/readings")
    assert page.status == 422 and "错在政策文件里" in page.said
