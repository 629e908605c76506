"""Who may come in: this machine, this browser, this program's own pages, and nobody else.

A page of another site, open in the same browser, can send requests to 127.0.0.1, and by way of a name of its
own that it lets point here (DNS rebinding) even read the answers. So: the Host must be ours to the letter;
the browser must have the cookie that only the opened address gives; a change must come from our own page,
with the token that stands in its forms. See docs/security.md.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fundcalc.base.catalogue import words
from fundcalc.base.words import Words

HOST = "127.0.0.1"
MOST_UPLOADED = 300_000_000
"""Bytes that one request may bring; the nation's roster has 100 million."""
MOST_ASKED = 1_000_000
"""Bytes of a request that brings no file."""

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer, forms would come without their Origin
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass
class Door:
    """What opens the desk: its port, and the secrets of this start.

    `session` is the cookie's value, `form` stands in every form; `bearer` opens /api, where it is asked for.
    Whoever has `key` can invite: this process, and a second start in the same folder by the same person.
    """

    port: int
    bearer: str | None = None
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    form: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    used: float = field(default_factory=monotonic)
    """When somebody last asked for a page."""
    _opened: set[str] = field(default_factory=set)

    @property
    def address(self) -> str:
        """The origin of all its pages."""
        return f"http://{HOST}:{self.port}"

    @property
    def cookie(self) -> str:
        """Cookies know no ports: each desk has a name of its own."""
        return f"fundcalc-desk-{self.port}"

    def invite(self) -> str:
        """An address that lets one browser in, once."""
        name = secrets.token_urlsafe(18)
        return f"{self.address}/open?token={name}.{self._signed(name)}"

    def admit(self, token: str) -> bool:
        """Whether a token lets somebody in; it does so but once."""
        name, _, signature = token.partition(".")
        if name in self._opened or not same(signature, self._signed(name)):
            return False
        self._opened.add(name)
        return True

    def _signed(self, name: str) -> str:
        return hmac.digest(self.key.encode(), name.encode(), "sha256").hex()


def same(text: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing of them."""
    return secrets.compare_digest(text.encode(), other.encode())


class Refused(Exception):
    """A request that is not let in: the status, and the page's words."""

    def __init__(self, status: int, why: Words) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Guard:
    """Lets in what may come in, and gives every answer the headers that keep strangers out.

    `refuse` makes the answer to whom it does not let in, from the status and the words.
    """

    def __init__(self, app: ASGIApp, door: Door, refuse: Any) -> None:
        self._app, self._door, self._refuse = app, door, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # a web socket: the desk has none
            await send({"type": "websocket.close", "code": 1008})
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._app
        try:
            admitted = self._check(scope)
        except Refused as refused:
            answer = self._refuse(scope, refused)
        else:
            if admitted is not None:
                answer = admitted
            else:
                self._door.used = monotonic()
                receive = _bounded(receive, Headers(scope=scope))
        await answer(scope, receive, guarded)

    def _check(self, scope: Scope) -> ASGIApp | None:
        """None where a request may go on; an answer of our own where it opens the desk."""
        headers, path, method = Headers(scope=scope), scope["path"], scope["method"]
        if headers.getlist("host") != [f"{HOST}:{self._door.port}"]:
            raise Refused(421, words("desk.refused_host"))
        if method not in ("GET", "HEAD", "POST"):
            raise Refused(405, words("desk.refused_method"))
        if path.startswith("/api/"):
            if self._door.bearer is None:
                raise Refused(404, words("desk.refused_no_api"))
            if not same(headers.get("authorization", ""), f"Bearer {self._door.bearer}"):
                raise Refused(401, words("desk.refused_bearer"))
            return None
        if path.startswith("/static/"):
            return None
        if path == "/open":
            tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
            if method != "GET" or not self._door.admit(tokens[0]):
                raise Refused(403, words("desk.refused_closed"))
            return self._admitted()
        if not self._has_cookie(headers):
            raise Refused(403, words("desk.refused_closed"))
        site = headers.get("sec-fetch-site", "same-origin")
        if method == "POST":
            if headers.getlist("origin") != [self._door.address] or site != "same-origin":
                raise Refused(403, words("desk.refused_origin"))
            length = headers.get("content-length", "")
            if not length.isdecimal() or len(length) > 15:
                raise Refused(411, words("desk.refused_length"))
        elif site not in ("same-origin", "none"):
            raise Refused(403, words("desk.refused_origin"))
        return None

    def _has_cookie(self, headers: Headers) -> bool:
        try:
            cookies = SimpleCookie("; ".join(headers.getlist("cookie")))
        except CookieError:
            return False
        cookie = cookies.get(self._door.cookie)
        return cookie is not None and same(cookie.value, self._door.session)

    def _admitted(self) -> ASGIApp:
        """To the first page, without the token, with the cookie."""
        answer, door = RedirectResponse("/", 303), self._door
        answer.set_cookie(door.cookie, door.session, httponly=True, samesite="strict", path="/")
        return answer


def _bounded(receive: Receive, headers: Headers) -> Receive:
    """A request's body, refused to whoever reads it where it brings, or says that it brings, too much."""
    files = headers.get("content-type", "").startswith("multipart/form-data")
    most, so_far = MOST_UPLOADED if files else MOST_ASKED, 0
    said = int(headers.get("content-length", "0"))
    too_much = Refused(413, words("desk.refused_size", most=most // 1_000_000))

    async def bounded() -> MutableMapping[str, Any]:
        nonlocal so_far
        if said > most:
            raise too_much
        message = await receive()
        so_far += len(message.get("body", b""))
        if so_far > most:
            raise too_much
        return message

    return bounded
