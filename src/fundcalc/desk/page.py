"""What a page is made with: its template, the language, and how forms are read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cache, cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from fundcalc import api
from fundcalc.base.catalogue import Field, text, words
from fundcalc.base.diagnostics import Span, character_columns
from fundcalc.base.money import grouped, yuan
from fundcalc.base.system import beijing
from fundcalc.base.width import HIDDEN, shown
from fundcalc.base.words import Lang, Words
from fundcalc.desk.guard import MOST_UPLOADED, Refused, same
from fundcalc.desk.state import Desk, Stale

if TYPE_CHECKING:
    from fundcalc.roster.intake import IntakeFile

MOST = {"fields": 20_000, "files": 1_000}
MOST_TYPED = 20_000
"""Characters of an address up to which what was typed into a form stands in it."""

PARTS = "on", "cause", "page"
"""What an address says of the part of its page that is shown."""

STEPS = "rosters", "columns", "faults", "readings", "results", "papers", "records", "policy"
"""The eight pages, in the order of the officer's work."""


def language(text: str, else_: Lang) -> Lang:
    """The language that a text names, or another where it names none."""
    return "zh" if text == "zh" else "en" if text == "en" else else_


class Ask(Request):
    """What a page is asked for: its address, and the form that was sent.

    Of a form that was refused what was typed into it stands in the address of its page, and is had alike.
    """

    @cached_property
    def desk(self) -> Desk:
        """The desk that is served; rows are called what its policy calls them."""
        desk: Desk = self.app.state.desk
        desk.speak()
        return desk

    @property
    def lang(self) -> Lang:
        """The language that was chosen on a page, then the one the desk was started in."""
        return language(self.cookies.get("fundcalc-lang", ""), self.app.state.lang)

    @property
    def here(self) -> str:
        """The address that was asked for."""
        return self.url.path + (f"?{self.url.query}" if self.url.query else "")

    def query(self, name: str) -> str:
        """What the address has under a name, "" where it has nothing."""
        return self.query_params.get(name, "")

    def number(self, name: str, least: int = 1) -> int:
        """A place in a list that the address has, beyond any list if need be; the least where it has none."""
        text = self.query(name)
        return max(int(text[:9]), least) if text.isdecimal() else least

    @cached_property
    def sent(self) -> FormData:
        """The form's fields and files."""
        sent = getattr(self.state, "form", None)
        return FormData([*parse_qsl(self.query("typed"))]) if sent is None else sent

    @property
    def seen(self) -> str:
        """The digest of the draft that the form's page showed."""
        return self.text("seen")

    def text(self, name: str) -> str:
        """A field, without blanks around it; "" where it is not there."""
        value = self.sent.get(name)
        return value.strip() if isinstance(value, str) else ""

    def line(self, name: str) -> str:
        """A field on one line, such as a name or a reason."""
        return "".join(filter(str.isprintable, self.text(name)))[:500].strip()

    def texts(self, name: str) -> list[str]:
        """Every field of that name."""
        return [value.strip() for value in self.sent.getlist(name) if isinstance(value, str)]

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

    def files(self, name: str) -> list[UploadFile]:
        """Files that were dropped or chosen; an empty choice is none."""
        uploads = self.sent.getlist(name)
        return [upload for upload in uploads if isinstance(upload, UploadFile) and upload.filename]

    def save(self, **changed: Any) -> RedirectResponse:
        """Keep what the form decides; back to its page. Raises Stale and OSError."""
        self.desk.save(self.seen, **changed)
        return goto(self.stood())

    def settle(self, change: Callable[[IntakeFile], object]) -> RedirectResponse:
        """Change what is settled about reading; back. Raises Stale, PolicyProblem and OSError."""
        self.desk.settle(self.seen, self.lang, change)
        return goto(self.stood())

    def stood(self, **query: str) -> str:
        """The page on which the form stood, and which part of it was shown."""
        page = urlsplit(self.headers.get("referer", ""))
        part = {name: text for name, text in parse_qsl(page.query) if name in PARTS}
        return url("/" + page.path.lstrip("/\\"), **(part | query))

    @property
    def typed(self) -> str:
        """What was typed into the form, as an address has it; too much is not kept."""
        fields = [(name, text) for name, text in self.sent.multi_items() if isinstance(text, str)]
        typed = urlencode([field for field in fields if field[0] not in ("token", "seen", "once")])
        return typed if len(typed) < MOST_TYPED else ""

    def again(self, wanting: str) -> RedirectResponse:
        """To the form, where all that was typed stands, and what is wanting is said."""
        to = self.stood(wanting=wanting, typed=self.typed)
        return RedirectResponse(f"{to}#", 303)  # not to where its answer would be: to the field


def page(
    ask: Ask, template: str, *, status: int = 200, command: Sequence[str] = (),
    commands: Sequence[Sequence[str]] = (), **context: Any,
) -> HTMLResponse:  # fmt: skip
    """A page from a template; `command` is the equal command of the command line, without `fundcalc`.

    `commands` are several, each on its own.

    In a template: `t(key, …)` says words of the catalogue, `say` puts Words into the language, `yuan` writes
    fen, `of` a number of an output, `n` a number with thousands; `url(path, …)` makes an address.
    """
    lang, desk = ask.lang, ask.desk
    desk.speak(context["run"].plan.policy if context.get("run") else None)
    html = _environment(lang).get_template(template).render(
        lang=lang, here=ask.here, desk=desk, request=ask, given=ask, steps=STEPS, path=ask.url.path,
        door=ask.app.state.door, seen=f"{desk.seen()}.{context.get('basis', '')}",
        commands=[api.quoted("fundcalc", *each) for each in commands or [command] if each],
        **context,
    )  # fmt: skip
    if HIDDEN.search(html):  # some turn what follows round; what a form sends back stays as it is
        html = _TEXTS.sub(lambda part: part[0] if part[0][0] == "<" else shown(part[0]), html)
    return HTMLResponse(html, status)


_NAMED = re.compile("`([^`]*)`")
_TEXTS = re.compile(r"<textarea\b.*?</textarea>|>[^<]*", re.DOTALL)


def bare(template: str, lang: Lang, status: int, **context: Any) -> HTMLResponse:
    """A page for somebody who is not let in: nothing of the desk stands on it."""
    html = _environment(lang).get_template(template).render(lang=lang, **context)
    return HTMLResponse(html, status)


def goto(path: str, /, **query: str | Sequence[str]) -> RedirectResponse:
    """After a change: on to a page, which a reload then asks for again."""
    return RedirectResponse(url(path, **query), 303)


def url(path: str, /, **query: str | int | Sequence[str] | None) -> str:
    """An address of the desk; what is None or empty is left out, a list stands there several times."""
    present = {name: value for name, value in query.items() if value not in (None, "", [])}
    return f"{path}?{urlencode(present, doseq=True)}" if present else path


class Part(NamedTuple):
    """A page of a longer list."""

    items: list[Any]
    at: int
    of: int
    total: int


def part(ask: Ask, items: Sequence[Any], name: str = "page") -> Part:
    """The page of a list that the address asks for; the last where there are fewer."""
    of = max(1, -(-len(items) // api.VILLAGES_A_PAGE))
    at = min(ask.number(name), of)
    first = (at - 1) * api.VILLAGES_A_PAGE
    return Part(list(items[first : first + api.VILLAGES_A_PAGE]), at, of, len(items))


def download(name: str, write: Callable[[Path], object]) -> Response:
    """A file made to be kept at once, under its name."""
    folder = TemporaryDirectory(prefix="fundcalc-", ignore_cleanup_errors=True)
    path = Path(folder.name) / name
    write(path)
    return FileResponse(path, filename=name, background=BackgroundTask(folder.cleanup))


Handler = TypeVar("Handler", bound=Callable[[Ask], Response])


ROUTES: list[Route] = []
"""Every address of the desk's pages, each listed where its handler stands."""


def shows(*paths: str) -> Callable[[Handler], Handler]:
    """What is shown at these addresses."""

    def listed(handler: Handler) -> Handler:
        def show(request: Request) -> Response:
            return handler(Ask(request.scope))

        ROUTES.extend(Route(path, show) for path in paths)
        return handler

    return listed


def takes(*paths: str, writes: bool = True) -> Callable[[Handler], Handler]:
    """What takes our own form; where it `writes`, not on a desk that is only to be looked at."""

    def listed(handler: Handler) -> Handler:
        async def take(request: Request) -> Response:
            async with request.form(
                max_files=MOST["files"], max_fields=MOST["fields"], max_part_size=MOST_UPLOADED
            ) as request.state.form:
                ask = Ask(request.scope)
                if not same(ask.text("token"), ask.app.state.door.form):
                    raise Refused(403, words("desk.refused_form"))
                if writes and ask.desk.read_only:
                    raise Refused(403, words("desk.refused_read_only"))
                return await run_in_threadpool(handler, ask)

        ROUTES.extend(Route(path, take, methods=["POST"]) for path in paths)
        return handler

    return listed


@cache
def _environment(lang: Lang) -> Environment:
    environment = Environment(
        loader=PackageLoader("fundcalc.desk"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip

    def said(words: Words | str) -> str:
        return words if isinstance(words, str) else words.say(lang)

    def t(key: str, /, **fields: Field) -> str:
        return text(key, lang, **fields)

    def marked(span: Span) -> Markup:
        """A source line with the place in it marked."""
        (first, after), line = character_columns(span), span.text
        parts = line[: first - 1], line[first - 1 : after - 1], line[after - 1 :]
        return Markup("{}<mark>{}</mark>{}").format(*parts)

    def coded(words: Words | str) -> Markup:
        """What stands between back-ticks as a name, in the type of names."""
        parts = enumerate(_NAMED.split(said(words)))
        return Markup("").join(
            Markup("<code>{}</code>").format(x) if at % 2 else x for at, x in parts
        )

    environment.filters.update(
        json=partial(json.dumps, ensure_ascii=False), say=said, coded=coded, yuan=yuan, of=api.figure,
        grouped=grouped, signed=lambda fen: f"+{yuan(fen)}" if fen > 0 else yuan(fen), n="{:,}".format,
        marked=marked, beijing=beijing, value=lambda raw, kind: api.value_text(api.Amount(raw, kind), lang),
        said=partial(api.value_text, lang=lang), kind=lambda block: type(block).__name__.lower(), shown=shown,
        is_yuan=api.is_yuan,
    )  # fmt: skip
    environment.globals.update(
        t=t, url=url, with_unit=api.title_with_unit, stake_said=api.stake_said
    )
    return environment
