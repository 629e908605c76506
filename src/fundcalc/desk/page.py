"""What a page is made with: its template, the language, and how forms are read."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import cache, wraps
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from fundcalc import api
from fundcalc.base import VERSION
from fundcalc.base.catalogue import Field, text
from fundcalc.base.diagnostics import Span, character_columns
from fundcalc.base.money import grouped, yuan
from fundcalc.base.system import beijing
from fundcalc.base.width import HIDDEN, shown
from fundcalc.base.words import Lang, Words
from fundcalc.desk.guard import MOST_UPLOADED, Door, Refused, same
from fundcalc.desk.state import Desk, Stale

MOST_FIELDS, MOST_FILES = 20_000, 1_000


class Step(NamedTuple):
    """An entry of the navigation: where it leads, and the key of its title."""

    path: str
    title: str


STEPS = (
    Step("/rosters", "desk.nav_rosters"),
    Step("/columns", "desk.nav_columns"),
    Step("/faults", "desk.nav_faults"),
    Step("/readings", "desk.nav_readings"),
    Step("/results", "desk.nav_results"),
    Step("/papers", "desk.nav_papers"),
    Step("/records", "desk.nav_records"),
    Step("/policy", "desk.nav_policy"),
)
"""The eight pages, in the order of the officer's work."""


def lang_of(request: Request) -> Lang:
    """The language that was chosen on a page, then the one the desk was started in."""
    chosen = request.cookies.get("fundcalc-lang")
    if chosen in ("zh", "en"):
        return "zh" if chosen == "zh" else "en"
    started_in: Lang = request.app.state.lang
    return started_in


def desk_of(request: Request) -> Desk:
    """The desk that is served."""
    desk: Desk = request.app.state.desk
    return desk


def page(
    request: Request,
    template: str,
    *,
    command: Sequence[str] = (),
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page from a template; `command` is the equal command of the command line, without `fundcalc`.

    In a template: `t(key, …)` says words of the catalogue, `say` puts Words into the language, `yuan` writes
    fen, `of` a number of an output, `n` a number with thousands; `url(path, …)` makes an address;
    `form_token()` and `seen()` are the hidden fields that every form needs.
    """
    lang, desk, door = lang_of(request), desk_of(request), request.app.state.door
    loaded = _environment(lang).get_template(template)
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    html = loaded.render(
        lang=lang, version=VERSION, desk=desk, request=request, steps=STEPS,
        path=request.url.path, asked=rest, command=api.quoted("fundcalc", *command) if command else "",
        door=door, seen=desk.draft_seen, policy_broken=desk.broken, **context,
    )  # fmt: skip
    return HTMLResponse(_seen(html), status, headers)


_NAMED = re.compile("`([^`]*)`")
_TEXTS = re.compile(r"<textarea\b.*?</textarea>|>[^<]*", re.DOTALL)


def _seen(html: str) -> str:
    r"""A page whose texts show their hidden characters as `\u202e`: some turn the figures after them round.

    What a form sends back stays as it is.
    """
    if HIDDEN.search(html) is None:
        return html
    return _TEXTS.sub(lambda part: part[0] if part[0][0] == "<" else shown(part[0]), html)


def bare(request: Request, template: str, lang: Lang, status: int, **context: Any) -> HTMLResponse:
    """A page for somebody who is not let in: nothing of the desk stands on it."""
    html = _environment(lang).get_template(template).render(lang=lang, version=VERSION, **context)
    return HTMLResponse(html, status)


def goto(path: str, /, **query: str) -> RedirectResponse:
    """After a change: on to a page, which a reload then asks for again."""
    return RedirectResponse(url(path, **query), 303)


def url(path: str, /, **query: str | int | None) -> str:
    """An address of the desk; what is None is left out."""
    present = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(present)}" if present else path


def number(request: Request, name: str, least: int = 1) -> int:
    """A place in a list that the address has, beyond any list if need be; the least where it has none."""
    text = request.query_params.get(name, "")
    return max(int(text[:9]), least) if text.isdecimal() else least


def urls(path: str, query: Sequence[tuple[str, str]]) -> str:
    """An address with a query whose names may stand there several times."""
    return f"{path}?{urlencode(query)}" if query else path


def download(content: bytes, name: str) -> Response:
    """A file to be kept, under its name."""
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(
        content, headers={"Content-Disposition": disposition}, media_type="application/octet-stream"
    )


class Form:
    """A form that was sent: its fields, its files, and the draft that the page showed."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    @property
    def seen(self) -> str:
        """The digest of the draft that the page showed."""
        return self.text("seen")

    def text(self, name: str) -> str:
        """A field, without blanks around it; "" where it is not there."""
        value = self._data.get(name)
        return value.strip() if isinstance(value, str) else ""

    def exact(self, name: str, count: int) -> list[list[str]]:
        """Fields that hold so many texts each as JSON, blanks around them too; None is "". Raises Stale."""
        rows: list[list[str]] = []
        for value in self.texts(name):
            try:
                texts = json.loads(value)
            except ValueError:
                raise Stale from None
            if not isinstance(texts, list) or len(texts) != count:
                raise Stale
            rows.append([text if isinstance(text, str) else "" for text in texts])
        if not rows:
            raise Stale
        return rows

    def texts(self, name: str) -> list[str]:
        """Every field of that name."""
        return [value.strip() for value in self._data.getlist(name) if isinstance(value, str)]

    def fields(self, prefix: str) -> dict[str, str]:
        """Every field whose name begins so, by the rest of its name."""
        return {
            name.removeprefix(prefix): value.strip()
            for name, value in self._data.multi_items()
            if name.startswith(prefix) and isinstance(value, str)
        }

    def files(self, name: str) -> list[UploadFile]:
        """Files that were dropped or chosen; an empty choice is none."""
        uploads = self._data.getlist(name)
        return [upload for upload in uploads if isinstance(upload, UploadFile) and upload.filename]


Handler = Callable[[Request, Form], Response]


def change(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A route that changes something: it needs our own form's token, and a desk that may be written to."""
    return _taking(handler, writes=True)


def question(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A route that takes a form or a file but changes nothing, so that a desk to look at has it too."""
    return _taking(handler, writes=False)


def _taking(handler: Handler, *, writes: bool) -> Callable[[Request], Awaitable[Response]]:
    @wraps(handler)
    async def take(request: Request) -> Response:
        door: Door = request.app.state.door
        async with request.form(
            max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=MOST_UPLOADED
        ) as data:
            form = Form(data)
            if not same(form.text("token"), door.form):
                raise Refused(403, "desk.refused_form")
            if writes and desk_of(request).read_only:
                raise Refused(403, "desk.refused_read_only")
            return await run_in_threadpool(handler, request, form)

    return take


@cache
def _environment(lang: Lang) -> Environment:
    environment = Environment(
        loader=PackageLoader("fundcalc.desk"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def said(words: Words | str) -> str:
        return words if isinstance(words, str) else words.say(lang)

    def t(key: str, /, **fields: Field) -> str:
        return text(key, lang, **fields)

    def signed(fen: int) -> str:
        return f"+{yuan(fen)}" if fen > 0 else yuan(fen)

    def marked(span: Span) -> Markup:
        """A source line with the place in it marked."""
        first, after = character_columns(span)
        line = span.text
        return Markup("{}<mark>{}</mark>{}").format(
            line[: first - 1], line[first - 1 : after - 1], line[after - 1 :]
        )

    def coded(words: Words | str) -> Markup:
        """What stands between back-ticks as a name, in the type of names."""
        parts = enumerate(_NAMED.split(said(words)))
        return Markup("").join(
            Markup("<code>{}</code>").format(x) if at % 2 else x for at, x in parts
        )

    def as_json(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    environment.filters.update(
        json=as_json, say=said, coded=coded, yuan=yuan, of=api.figure, grouped=grouped, signed=signed,
        n="{:,}".format, marked=marked, beijing=beijing,
    )  # fmt: skip
    own = {"t": t, "url": url, "with_unit": api.title_with_unit, "stake_said": api.stake_said}
    environment.globals.update(own)
    return environment
